/* age.c: age(E): whole UTC days from the first E to now; missing if there was none. */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

#include <math.h>

static const char history[] = "1969-12-31T23:00 ann \"Login\"\n"
                              "1970-01-03T09:00 ann \"Login\"\n"
                              "1970-01-02T09:00 bob \"Login\"\n";

static const struct us_case cases[] = {
    {"signal.case_age_first", history, "age(\"Login\")", NULL, "1970-01-04T12:00", "4"},
    {"signal.case_age_user", history, "age(\"Login\")", "bob", "1970-01-04T12:00", "2"},
    {"signal.case_age_account", history, "account.age", NULL, "1970-01-04T12:00", "4"},
    {"signal.case_age_person", history, "user.age", "bob", "1970-01-04T12:00", "2"},
    {"signal.case_age_never", history, "age(\"Invite Sent\")", NULL, "1970-01-04T12:00",
        "missing"},
    {NULL},
};

static us_value over(
    struct us_past *s, const struct us_node *n, const struct us_rows *r)
{
    (void)s;
    (void)n;
    for (size_t i = r->from; i < r->to; i++)
        if (us_rows_has(r, i))
            return us_number((double)(us_day(r->t) - us_day(r->lane->at[i])));
    return us_missing();
}

static us_value over_any(
    struct us_past *s, const struct us_node *n, const struct us_any *any)
{
    for (size_t i = 0; i < any->day_count; i++)
        if (any->user == US_NOBODY || any->days[i].user == any->user)
            return us_number((double)(us_day(any->today.t) - any->days[i].day));
    return over(s, n, &any->today);
}

static bool sieve(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    const int32_t *counts = us_past_day_counts(s, n->pattern);
    us_vector_ranges(s, v);
    struct us_range now = us_range_missing();
    for (size_t d = 0; d < s->days; d++) {
        if (us_range_has_number(now))
            now = us_range_number(now.least + 1, now.least + 1);
        v->range_in[d] = now;
        if (!us_range_has_number(now) && counts[d]) {
            now = us_range_number(0, 0);
            v->range_in[d] = us_range_or(v->range_in[d], now);
        }
        v->range_end[d] = now;
    }
    return true;
}

static us_value live(struct us_now *q, const struct us_node *n)
{
    int32_t first = 0;
    bool some = us_now_day(q, n, US_KEEP_FIRST, &first);
    return some ? us_number((double)(us_now_today(q) - first)) : us_missing();
}

const struct us_function us_function_age = {
    .id = US_FN_age,
    .name = US_S_INIT("age"),
    .about = "signal.about_age",
    .cases = cases,
    .pattern = US_TAKES_MUST,
    .result = US_NUMBER,
    .least = 0,
    .most = INFINITY,
    .over = over,
    .over_any = over_any,
    .sieve = sieve,
    .sql = "CAST(CAST(q.t AS DATE) - CAST(min(e.happened) AS DATE) AS DOUBLE)",
    .live_keeps = US_KEEP_BIT(FIRST),
    .live = live,
};
