/* since.c: since(E): whole UTC days from the last E to now; missing if there was none.
 *
 * Days are counted by calendar: yesterday at 23:59 is 1 day ago at 00:00 (semantics 5).
 */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

#include <math.h>

static const char history[] = "2024-02-28T08:00 ann \"Export Failed\"\n"
                              "2024-02-27T23:59 ann \"Login\"\n"
                              "2024-02-28T23:59 ann \"Login\"\n";

static const struct us_case cases[] = {
    {"signal.case_since_today", history, "since(\"Login\")", NULL, "2024-02-28T23:59",
        "0"},
    {"signal.case_since_midnight", history, "since(\"Login\")", NULL,
        "2024-02-29T00:00", "1"},
    {"signal.case_since_leap", history, "since(any)", NULL, "2024-03-01T00:00", "2"},
    {"signal.case_since_never", history, "since(\"Invite Sent\")", NULL,
        "2024-03-01T00:00", "missing"},
    {"signal.case_since_unknown", history, "since(\"Invite Sent\") > 14", NULL,
        "2024-03-01T00:00", "missing"},
    {NULL},
};

static us_value over(
    struct us_past *s, const struct us_node *n, const struct us_rows *r)
{
    (void)s;
    (void)n;
    for (size_t i = r->to; i > r->from; i--)
        if (us_rows_has(r, i - 1))
            return us_number((double)(us_day(r->t) - us_day(r->lane->at[i - 1])));
    return us_missing();
}

static us_value over_any(
    struct us_past *s, const struct us_node *n, const struct us_any *any)
{
    us_value today = over(s, n, &any->today);
    if (today.kind == US_NUMBER) return today;
    for (size_t i = any->day_count; i > 0; i--)
        if (any->user == US_NOBODY || any->days[i - 1].user == any->user)
            return us_number((double)(us_day(any->today.t) - any->days[i - 1].day));
    return us_missing();
}

/* As a day begins the last one lies before it; when the day has one, 0 from it on. */
static bool sieve(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    const int32_t *counts = us_past_day_counts(s, n->pattern);
    us_vector_ranges(s, v);
    struct us_range now = us_range_missing();
    for (size_t d = 0; d < s->days; d++) {
        if (us_range_has_number(now))
            now = us_range_number(now.least + 1, now.least + 1);
        v->range_in[d] = now;
        if (counts[d]) {
            now = us_range_number(0, 0);
            v->range_in[d] = us_range_or(v->range_in[d], now);
        }
        v->range_end[d] = now;
    }
    return true;
}

static us_value live(struct us_now *q, const struct us_node *n)
{
    int32_t last = 0;
    bool some = us_now_day(q, n, US_KEEP_LAST, &last);
    return some ? us_number((double)(us_now_today(q) - last)) : us_missing();
}

const struct us_function us_function_since = {
    .id = US_FN_since,
    .name = US_S_INIT("since"),
    .about = "signal.about_since",
    .cases = cases,
    .pattern = US_TAKES_MUST,
    .result = US_NUMBER,
    .least = 0,
    .most = INFINITY,
    .over = over,
    .over_any = over_any,
    .sieve = sieve,
    .sql = "CAST(CAST(q.t AS DATE) - CAST(max(e.happened) AS DATE) AS DOUBLE)",
    .live_keeps = US_KEEP_BIT(LAST),
    .live = live,
};
