/* discover_json.c: what was discovered, as JSON. */

#include "base/time.h"
#include "study/discover.h"
#include "study/field.h"

#include <math.h>

static void survival_put(const struct us_survival *s, struct us_buf *out)
{
    static const double days[] = {1, 3, 7, 14, 30, 60, 90, 180, 365};
    us_field_key(out, "survival");
    us_buf_fmt(
        out, "{\"n\":%zu,\"events\":%lld,\"km\":[", s->n, (long long)s->outcomes);
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        struct us_survival_at at = us_survival_at(s, days[i], 0.95);
        us_buf_fmt(out, "%s{\"day\":%g", i ? "," : "", days[i]);
        us_field_number(out, "converted", at.happened);
        us_field_interval(out, "ci95_log", at.in);
        us_field_whole(out, "n_risk", at.at_risk);
        us_buf_char(out, '}');
    }
    us_buf_put(out, US_S("]}"));
}

static void excluded_put(const struct us_landmark *f, struct us_buf *out)
{
    us_buf_fmt(out,
        ",\"excluded\":{\"before_from\":%lld,\"trait\":%lld,\"short_followup\":%lld,"
        "\"converted_before_landmark\":%lld,\"hand_raised\":%lld}",
        (long long)f->before_from, (long long)f->excluded, (long long)f->short_followup,
        (long long)f->converted_before, (long long)f->raised);
}

static double base_rate(const struct us_landmark *f)
{
    return (double)f->converted / (double)f->count;
}

/* Outcomes by whether sales had turned to the unit before. */
static void touched_put(
    const struct us_landmark_asked *q, const struct us_landmark *f, struct us_buf *out)
{
    double share = (double)f->converted_touched / (double)f->converted;
    us_field_number(out, "touched_share", q->touched_at ? share : NAN);
    us_buf_fmt(out,
        ",\"outcomes\":{\"self_serve\":%lld,\"sales_touched\":%lld,"
        "\"sales_sourced\":%lld}",
        (long long)(f->converted - f->converted_touched),
        (long long)(f->converted_touched - f->converted_sourced),
        (long long)f->converted_sourced);
    us_buf_fmt(out, ",\"hand_raisers\":{\"n\":%lld,\"converted\":%lld",
        (long long)f->raised, (long long)f->raised_converted);
    us_field_number(out, "rate", (double)f->raised_converted / (double)f->raised);
    us_field_interval(
        out, "rate_ci95", us_wilson(f->raised_converted, f->raised, 0.95));
    us_buf_char(out, '}');
}

static void windows_put(const struct us_discover_told *told, struct us_buf *out)
{
    us_field_key(out, "windows");
    for (size_t i = 0; i < told->windows; i++) {
        const struct us_landmark *f = &told->frames[i];
        us_buf_put(out, i ? US_S(",{") : US_S("[{"));
        us_buf_put(out, US_S("\"within_days\":"));
        us_buf_real(out, (double)told->asked[i].within / (double)US_DAY_US);
        us_field_whole(out, "n", (int64_t)f->count);
        us_field_whole(out, "n_converted", f->converted);
        us_field_number(out, "base_rate", base_rate(f));
        excluded_put(f, out);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

static void head_put(const struct us_discover_told *told,
    const struct us_discovered_all *all, struct us_buf *out)
{
    const struct us_landmark_asked *asked = told->asked;
    const struct us_landmark *f = told->frames;
    us_buf_put(out, US_S("{\"unit\":"));
    us_buf_json(out, told->unit);
    us_field_text(out, "start", told->start);
    us_field_text(out, "outcome", told->outcome);
    us_field_whole(out, "nth", asked->nth);
    us_field_text(out, "design", US_S("landmark"));
    us_field_number(out, "within_days", (double)asked->within / (double)US_DAY_US);
    us_field_number(out, "horizon_days", (double)asked->horizon / (double)US_DAY_US);
    us_field_time(out, "from", asked->from);
    us_field_time(out, "data_until", asked->to);
    us_field_time(out, "later_half_from", f->split);
    us_field_whole(out, "units_seen", f->seen);
    us_field_whole(out, "units_started", f->started);
    excluded_put(f, out);
    us_field_whole(out, "converted_before_landmark", f->converted_before);
    us_field_whole(out, "converted_ever", f->converted_ever);
    us_field_whole(out, "n", (int64_t)f->count);
    us_field_whole(out, "n_converted", f->converted);
    us_field_number(out, "base_rate", all->base_rate);
    windows_put(told, out);
    touched_put(asked, f, out);
    us_field_names(out, "traits_unseen", told->unseen, told->unseen_count);
    us_field_whole(out, "tested", (int64_t)all->count);
    survival_put(&f->survival, out);
}

/* A table of its own with what can be said of it. */
static void table_put(const char *name, struct us_fourfold t, struct us_buf *out)
{
    struct us_ratio odds = us_odds_ratio(t, 0.95);
    us_field_key(out, name);
    us_buf_fmt(out, "{\"a\":%lld,\"b\":%lld,\"c\":%lld,\"dd\":%lld", (long long)t.a,
        (long long)t.b, (long long)t.c, (long long)t.d);
    us_field_number(out, "rate_exposed", us_table_exposed(t));
    us_field_number(out, "rate_unexposed", us_table_unexposed(t));
    us_field_number(out, "odds_ratio", odds.value);
    us_field_interval(out, "or_ci95", odds.in);
    us_buf_char(out, '}');
}

static void behaviour_put(const struct us_discover_told *told,
    const struct us_discovered *r, struct us_buf *out)
{
    const us_str *names = told->asked->units->names;
    us_buf_put(out, US_S("{\"event\":"));
    us_buf_json(out, names[r->is.event]);
    us_field_whole(out, "k", r->is.k);
    us_field_text(out, "kind", us_behaviour_word(r->is.kind));
    us_field_text(out, "second_event",
        r->is.kind == US_BEHAVIOUR_PAIR ? names[r->is.second] : (us_str){0});
    us_field_number(
        out, "within_days", (double)told->asked[r->window].within / (double)US_DAY_US);
}

static void row_put(const struct us_discover_told *told, const struct us_discovered *r,
    struct us_buf *out)
{
    behaviour_put(told, r, out);
    us_field_whole(out, "a", r->table.a);
    us_field_whole(out, "b", r->table.b);
    us_field_whole(out, "c", r->table.c);
    us_field_whole(out, "dd", r->table.d);
    us_field_number(out, "rate_exposed", r->rate_exposed);
    us_field_interval(out, "rate_exposed_ci95", r->rate_in);
    us_field_number(out, "rate_unexposed", r->rate_unexposed);
    us_field_number(out, "lift", r->lift);
    us_field_number(out, "rr", r->risk.value);
    us_field_interval(out, "rr_ci95", r->risk.in);
    us_field_number(out, "odds_ratio", r->odds.value);
    us_field_interval(out, "or_ci95", r->odds.in);
    us_field_interval(out, "or_ci95_exact", r->odds_exact.in);
    us_field_number(out, "fisher_p", r->fisher.p);
    us_field_number(out, "log10_fisher_p", r->fisher.log10_p);
    us_field_number(out, "bh_q", r->q);
    us_field_number(out, "precision", r->precision);
    us_field_number(out, "recall", r->recall);
    us_field_number(out, "recall_all", r->recall_all);
    us_field_number(out, "lead_days_median", r->lead_median);
    us_field_number(out, "lead_days_p25", r->lead_p25);
    us_field_number(out, "lead_days_p75", r->lead_p75);
    us_field_number(out, "lead_days_all_median", r->lead_all_median);
    us_field_number(out, "adjusted_or", r->adjusted.odds.value);
    us_field_interval(out, "adjusted_or_ci95", r->adjusted.odds.in);
    us_field_text(out, "adjusted_for", US_S("activity without it × active users"));
    us_field_number(out, "rate_late_half", r->rate_late);
    us_field_whole(out, "n_late_half", r->late_exposed);
    us_field_number(out, "coverage", r->coverage);
    us_field_number(out, "fires_per_week", r->fires_per_week);
    us_field_number(out, "min_detectable_lift", r->least_lift);
    if (told->asked->touched_at) table_put("untouched", r->untouched, out);
    us_buf_fmt(out, ",\"leak\":%s", r->leak == US_LEAK_NONE ? "false" : "true");
    us_field_text(out, "leak_reason",
        r->leak == US_LEAK_NONE ? (us_str){0} : us_leak_word(r->leak));
    us_buf_char(out, '}');
}

static void card_put(
    const struct us_discover_told *told, const struct us_card *card, struct us_buf *out)
{
    const struct us_discovered *r = card->row;
    behaviour_put(told, r, out);
    us_field_text(out, "verdict", us_card_word(card->verdict));
    us_field_number(out, "rate", card->rate);
    us_field_interval(out, "rate_ci95", card->in);
    us_field_text(out, "rate_ci95_by", card->exact ? US_S("exact") : US_S("wilson"));
    us_field_whole(out, "n", r->late.a + r->late.b);
    us_field_number(out, "base_rate", card->base);
    us_field_number(out, "rate_all_time", r->rate_exposed);
    us_field_whole(out, "n_all_time", r->table.a + r->table.b);
    us_field_number(out, "bh_q", r->q);
    us_field_number(out, "adjusted_or", r->adjusted.odds.value);
    us_field_interval(out, "adjusted_or_ci95", r->adjusted.odds.in);
    us_field_number(out, "adjusted_q", card->adjusted_q);
    us_field_number(out, "lead_days_median", r->lead_median);
    us_field_number(out, "units_for_a_doubling", card->units);
    us_field_number(out, "weeks_more", card->weeks);
    us_field_text(out, "leak_reason",
        r->leak == US_LEAK_NONE ? (us_str){0} : us_leak_word(r->leak));
    us_buf_char(out, '}');
}

void us_discover_wrote_json(const struct us_discover_told *told, struct us_buf *out)
{
    if (!told->wrote.len) return;
    us_field_key(out, "wrote");
    us_buf_put(out, US_S("{\"gate\":"));
    us_buf_json(out, told->wrote);
    us_field_text(out, "definition", told->wrote_into);
    us_field_text(out, "file", told->wrote_file);
    us_buf_char(out, '}');
}

void us_discover_json(const struct us_discover_told *told,
    const struct us_discovered_all *all, struct us_buf *out)
{
    head_put(told, all, out);
    us_discover_wrote_json(told, out);
    if (told->has_cards) {
        us_buf_put(out, US_S(",\"cards\":["));
        for (size_t i = 0; i < told->card_count; i++) {
            if (i) us_buf_char(out, ',');
            card_put(told, &told->cards[i], out);
        }
        us_buf_char(out, ']');
    }
    us_buf_put(out, US_S(",\"rows\":["));
    for (size_t i = 0; i < all->count; i++) {
        if (i) us_buf_char(out, ',');
        row_put(told, &all->rows[i], out);
    }
    us_buf_put(out, US_S("]}\n"));
}
