/* rolling_json.c: what was seen week by week, as JSON. */

#include "base/time.h"
#include "study/field.h"
#include "study/rolling.h"

static void excluded_put(const struct us_rolling *f, struct us_buf *out)
{
    us_buf_fmt(out,
        ",\"excluded\":{\"early\":%lld,\"short_followup\":%lld,\"converted\":%lld,"
        "\"sales_touched\":%lld,\"hand_raised\":%lld,\"sales_before_outcome\":%lld,"
        "\"silent\":%lld}",
        (long long)f->early, (long long)f->short_followup, (long long)f->left_converted,
        (long long)f->left_touched, (long long)f->left_raised,
        (long long)f->touched_next, (long long)f->silent);
}

static void frame_put(
    const struct us_landmark_asked *q, const struct us_rolling *f, struct us_buf *out)
{
    us_buf_put(out, US_S("{\"within_days\":"));
    us_buf_real(out, (double)q->within / (double)US_DAY_US);
    us_field_whole(out, "n", (int64_t)f->count);
    us_field_whole(out, "n_converted", f->converted);
    us_field_whole(out, "units", (int64_t)f->units);
    us_field_whole(out, "units_converted", f->converted_units);
    us_field_whole(out, "companies", (int64_t)f->clusters);
    us_field_whole(out, "companies_converted", (int64_t)f->converted_clusters);
    us_field_whole(out, "weeks", (int64_t)f->weeks);
    us_field_number(out, "base_rate", (double)f->converted / (double)f->count);
    excluded_put(f, out);
    us_buf_char(out, '}');
}

static void head_put(const struct us_discover_told *told,
    const struct us_rolling *frames, const struct us_rolled_all *all,
    struct us_buf *out)
{
    const struct us_landmark_asked *q = told->asked;
    us_buf_put(out, US_S("{\"unit\":"));
    us_buf_json(out, told->unit);
    us_field_text(out, "start", told->start);
    us_field_text(out, "outcome", told->outcome);
    us_field_whole(out, "nth", q->nth);
    us_field_text(out, "design", US_S("rolling"));
    us_field_number(out, "within_days", (double)q->within / (double)US_DAY_US);
    us_field_number(out, "horizon_days", (double)q->horizon / (double)US_DAY_US);
    us_field_time(out, "from", q->from);
    us_field_time(out, "data_until", q->to);
    us_field_whole(out, "units_seen", (int64_t)q->units->count);
    us_field_whole(out, "n", (int64_t)frames->count);
    us_field_whole(out, "n_converted", frames->converted);
    us_field_number(out, "base_rate", all->base_rate);
    us_field_key(out, "windows");
    for (size_t i = 0; i < told->windows; i++) {
        us_buf_char(out, i ? ',' : '[');
        frame_put(&told->asked[i], &frames[i], out);
    }
    us_buf_char(out, ']');
    us_field_names(out, "traits_unseen", told->unseen, told->unseen_count);
    us_field_whole(out, "tested", (int64_t)all->count);
}

static void row_put(
    const struct us_discover_told *told, const struct us_rolled *r, struct us_buf *out)
{
    us_buf_put(out, US_S("{\"event\":"));
    us_buf_json(out, told->asked->units->names[r->is.event]);
    us_field_whole(out, "k", r->is.k);
    us_field_text(out, "kind", us_behaviour_word(r->is.kind));
    us_field_number(
        out, "within_days", (double)told->asked[r->window].within / (double)US_DAY_US);
    us_field_whole(out, "a", r->table.a);
    us_field_whole(out, "b", r->table.b);
    us_field_whole(out, "c", r->table.c);
    us_field_whole(out, "dd", r->table.d);
    us_field_whole(out, "units", r->units);
    us_field_whole(out, "companies", r->companies);
    us_field_whole(out, "companies_without", r->others);
    us_field_number(out, "rate_exposed", r->rate_exposed);
    us_field_number(out, "rate_unexposed", r->rate_unexposed);
    us_field_number(out, "lift", r->lift);
    us_field_number(out, "odds_ratio", r->odds.odds.value);
    us_field_interval(out, "or_ci95", r->odds.odds.in);
    us_field_number(out, "p", r->odds.p);
    us_field_number(out, "bh_q", r->q);
    us_field_number(out, "adjusted_or", r->adjusted.odds.value);
    us_field_interval(out, "adjusted_or_ci95", r->adjusted.odds.in);
    us_field_text(
        out, "adjusted_for", US_S("week × activity without it × active users"));
    us_field_number(out, "rate_late_half", r->rate_late);
    us_field_whole(out, "n_late_half", r->late_exposed);
    us_field_number(out, "coverage", r->coverage);
    us_field_number(out, "fires_per_week", r->fires_per_week);
    us_buf_fmt(out, ",\"leak\":%s", r->leak == US_LEAK_NONE ? "false" : "true");
    us_field_text(out, "leak_reason",
        r->leak == US_LEAK_NONE ? (us_str){0} : us_leak_word(r->leak));
    us_buf_char(out, '}');
}

void us_rolling_json(const struct us_discover_told *told,
    const struct us_rolling *frames, const struct us_rolled_all *all,
    struct us_buf *out)
{
    head_put(told, frames, all, out);
    us_discover_wrote_json(told, out);
    us_buf_put(out, US_S(",\"rows\":["));
    for (size_t i = 0; i < all->count; i++) {
        if (i) us_buf_char(out, ',');
        row_put(told, &all->rows[i], out);
    }
    us_buf_put(out, US_S("]}\n"));
}
