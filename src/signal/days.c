/* days.c: days(W), days(E, W): on how many different UTC days E (anything) happened. */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

#include <math.h>

static const char history[] = "2026-03-01T00:00 ann \"Page Viewed\"\n"
                              "2026-03-01T23:59 bob \"Page Viewed\"\n"
                              "2026-03-02T00:00 ann \"Page Viewed\"\n"
                              "2026-03-04T12:00 ann \"Invite Sent\"\n";

static const struct us_case cases[] = {
    {"signal.case_days_any", history, "days(14d)", NULL, "2026-03-04T18:00", "3"},
    {"signal.case_days_event", history, "days(\"Page Viewed\", 14d)", NULL,
        "2026-03-04T18:00", "2"},
    {"signal.case_days_user", history, "days(14d)", "bob", "2026-03-04T18:00", "1"},
    {"signal.case_days_hours", history, "days(\"Page Viewed\", 2h)", NULL,
        "2026-03-02T00:30", "2"},
    {NULL},
};

static us_value over(
    struct us_past *s, const struct us_node *n, const struct us_rows *r)
{
    (void)s;
    (void)n;
    int64_t last = INT64_MIN;
    size_t count = 0;
    for (size_t i = r->from; i < r->to; i++) {
        int64_t day = us_day(r->lane->at[i]);
        if (day == last || !us_rows_has(r, i)) continue;
        last = day;
        count++;
    }
    return us_number((double)count);
}

static us_value over_any(
    struct us_past *s, const struct us_node *n, const struct us_any *any)
{
    double count = over(s, n, &any->today).number;
    int32_t last = INT32_MIN;
    for (size_t i = 0; i < any->day_count; i++) {
        bool theirs = any->user == US_NOBODY || any->days[i].user == any->user;
        if (!theirs || any->days[i].day == last) continue;
        last = any->days[i].day;
        count++;
    }
    return us_number(count);
}

static bool sieve(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    if (n->window.unit == US_HOURS) return false;
    size_t window = n->window.unit == US_ALL ? s->days : (size_t)n->window.n;
    int32_t *counts = us_past_day_counts(s, n->pattern);
    for (size_t d = 0; d < s->days; d++)
        counts[d] = counts[d] > 0;
    us_vector_wholes(s, v);
    us_days_within(counts, window, v->whole_end, s->days);
    for (size_t d = 0; d < s->days; d++)
        v->whole_least[d] = v->whole_end[d] - counts[d];
    us_vector_loosen(s, false, v);
    return true;
}

/* With the first row that is known. */
static size_t rises(
    struct us_past *s, const struct us_node *n, const struct us_rows *r, int64_t *out)
{
    (void)s;
    (void)n;
    if (r->from == r->to) return 0;
    *out = US_NEVER;
    for (size_t i = r->from; i < r->to; i++)
        if (us_rows_known(r, i) < *out) *out = us_rows_known(r, i);
    return 1;
}

static us_value live(struct us_now *q, const struct us_node *n)
{
    return us_number((double)us_now_days(q, n));
}

const struct us_function us_function_days = {
    .id = US_FN_days,
    .name = US_S_INIT("days"),
    .about = "signal.about_days",
    .cases = cases,
    .pattern = US_TAKES_MAY,
    .window = true,
    .result = US_NUMBER,
    .none = {.kind = US_NUMBER},
    .least = 0,
    .most = INFINITY,
    .over = over,
    .over_any = over_any,
    .sieve = sieve,
    .rises = rises,
    .loose = true,
    .rows_each = true,
    .sql = "CAST(count(DISTINCT CAST(e.happened AS DATE)) AS DOUBLE)",
    .live_keeps = US_KEEP_BIT(COUNT),
    .live_keeps_all = US_KEEP_BIT(DAYS),
    .live = live,
};
