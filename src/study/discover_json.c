/* discover_json.c: what was discovered, as JSON. */

#include "base/time.h"
#include "study/discover.h"

#include <math.h>

static void key(struct us_buf *out, const char *name)
{
    us_buf_fmt(out, ",\"%s\":", name);
}

static void number(struct us_buf *out, double value)
{
    if (isfinite(value))
        us_buf_real(out, value);
    else
        us_buf_put(out, US_S("null"));
}

static void number_field(struct us_buf *out, const char *name, double value)
{
    key(out, name);
    number(out, value);
}

static void whole_field(struct us_buf *out, const char *name, int64_t value)
{
    key(out, name);
    us_buf_int(out, value);
}

static void text_field(struct us_buf *out, const char *name, us_str value)
{
    key(out, name);
    if (value.ptr)
        us_buf_json(out, value);
    else
        us_buf_put(out, US_S("null"));
}

static void time_field(struct us_buf *out, const char *name, int64_t at)
{
    key(out, name);
    if (at <= US_TIME_MIN || at >= US_TIME_MAX) {
        us_buf_put(out, US_S("null"));
        return;
    }
    us_buf_char(out, '"');
    us_time_put(out, at);
    us_buf_char(out, '"');
}

/* [low, high]; an end that cannot be told is null. */
static void interval_field(struct us_buf *out, const char *name, struct us_interval in)
{
    key(out, name);
    us_buf_char(out, '[');
    number(out, in.low);
    us_buf_char(out, ',');
    number(out, in.high);
    us_buf_char(out, ']');
}

static void survival_put(const struct us_survival *s, struct us_buf *out)
{
    static const double days[] = {1, 3, 7, 14, 30, 60, 90, 180, 365};
    key(out, "survival");
    us_buf_fmt(
        out, "{\"n\":%zu,\"events\":%lld,\"km\":[", s->n, (long long)s->outcomes);
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        struct us_survival_at at = us_survival_at(s, days[i], 0.95);
        us_buf_fmt(out, "%s{\"day\":%g", i ? "," : "", days[i]);
        number_field(out, "converted", at.happened);
        interval_field(out, "ci95_log", at.in);
        whole_field(out, "n_risk", at.at_risk);
        us_buf_char(out, '}');
    }
    us_buf_put(out, US_S("]}"));
}

static void head_put(const struct us_landmark_asked *asked, const struct us_landmark *f,
    const struct us_discovered_all *all, const struct us_discover_words *words,
    struct us_buf *out)
{
    us_buf_put(out, US_S("{\"unit\":"));
    us_buf_json(out, words->unit);
    text_field(out, "start", words->start);
    text_field(out, "outcome", words->outcome);
    whole_field(out, "nth", asked->nth);
    text_field(out, "design", US_S("landmark"));
    number_field(out, "within_days", (double)asked->within / (double)US_DAY_US);
    number_field(out, "horizon_days", (double)asked->horizon / (double)US_DAY_US);
    time_field(out, "from", asked->from);
    time_field(out, "data_until", asked->to);
    whole_field(out, "units_seen", f->seen);
    whole_field(out, "units_started", f->started);
    us_buf_fmt(out,
        ",\"excluded\":{\"before_from\":%lld,\"trait\":%lld,\"short_followup\":%lld,"
        "\"converted_before_landmark\":%lld}",
        (long long)f->before_from, (long long)f->excluded, (long long)f->short_followup,
        (long long)f->converted_before);
    whole_field(out, "converted_before_landmark", f->converted_before);
    whole_field(out, "converted_ever", f->converted_ever);
    whole_field(out, "n", (int64_t)f->count);
    whole_field(out, "n_converted", f->converted);
    number_field(out, "base_rate", all->base_rate);
    whole_field(out, "tested", (int64_t)all->count);
    survival_put(&f->survival, out);
}

static void row_put(const struct us_landmark_asked *asked,
    const struct us_discovered *r, struct us_buf *out)
{
    us_buf_put(out, US_S("{\"event\":"));
    us_buf_json(out, asked->units->names[r->is.event]);
    whole_field(out, "k", r->is.k);
    text_field(out, "kind", us_behaviour_word(r->is.kind));
    whole_field(out, "a", r->table.a);
    whole_field(out, "b", r->table.b);
    whole_field(out, "c", r->table.c);
    whole_field(out, "dd", r->table.d);
    number_field(out, "rate_exposed", r->rate_exposed);
    interval_field(out, "rate_exposed_ci95", r->rate_in);
    number_field(out, "rate_unexposed", r->rate_unexposed);
    number_field(out, "lift", r->lift);
    number_field(out, "rr", r->risk.value);
    interval_field(out, "rr_ci95", r->risk.in);
    number_field(out, "odds_ratio", r->odds.value);
    interval_field(out, "or_ci95", r->odds.in);
    interval_field(out, "or_ci95_exact", r->odds_exact.in);
    number_field(out, "fisher_p", r->fisher.p);
    number_field(out, "log10_fisher_p", r->fisher.log10_p);
    number_field(out, "bh_q", r->q);
    number_field(out, "precision", r->precision);
    number_field(out, "recall", r->recall);
    number_field(out, "recall_all", r->recall_all);
    number_field(out, "lead_days_median", r->lead_median);
    number_field(out, "lead_days_p25", r->lead_p25);
    number_field(out, "lead_days_p75", r->lead_p75);
    number_field(out, "lead_days_all_median", r->lead_all_median);
    number_field(out, "adjusted_or", r->adjusted.odds.value);
    interval_field(out, "adjusted_or_ci95", r->adjusted.odds.in);
    text_field(out, "adjusted_for", US_S("activity without it × active users"));
    number_field(out, "rate_late_half", r->rate_late);
    whole_field(out, "n_late_half", r->late_exposed);
    number_field(out, "coverage", r->coverage);
    number_field(out, "fires_per_week", r->fires_per_week);
    number_field(out, "min_detectable_lift", r->least_lift);
    us_buf_fmt(out, ",\"leak\":%s", r->leak == US_LEAK_NONE ? "false" : "true");
    text_field(out, "leak_reason",
        r->leak == US_LEAK_NONE ? (us_str){0} : us_leak_word(r->leak));
    us_buf_char(out, '}');
}

void us_discover_json(const struct us_landmark_asked *asked,
    const struct us_landmark *frame, const struct us_discovered_all *all,
    const struct us_discover_words *words, struct us_buf *out)
{
    head_put(asked, frame, all, words, out);
    us_buf_put(out, US_S(",\"rows\":["));
    for (size_t i = 0; i < all->count; i++) {
        if (i) us_buf_char(out, ',');
        row_put(asked, &all->rows[i], out);
    }
    us_buf_put(out, US_S("]}\n"));
}
