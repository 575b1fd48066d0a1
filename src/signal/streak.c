/* streak.c: streak(E): how many UTC days in a row E happened, up to today.
 *
 * A day is not lost before it is over: when today has no E yet, the run that ended
 * yesterday still stands (semantics 12).
 */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

#include <math.h>

static const char history[] = "2024-02-26T12:00 ann \"Login\"\n"
                              "2024-02-28T23:59 ann \"Login\"\n"
                              "2024-02-29T00:00 ann \"Login\"\n"
                              "2024-02-29T18:00 bob \"Login\"\n"
                              "2024-03-01T09:00 bob \"Login\"\n"
                              "2024-03-01T09:00 bob \"Report Made\" pages=2\n";

static const struct us_case cases[] = {
    {"signal.case_streak_today", history, "streak(\"Login\")", NULL, "2024-03-01T12:00",
        "3"},
    {"signal.case_streak_yesterday", history, "streak(\"Login\")", NULL,
        "2024-03-02T23:59", "3"},
    {"signal.case_streak_over", history, "streak(\"Login\")", NULL, "2024-03-03T00:00",
        "0"},
    {"signal.case_streak_morning", history, "streak(\"Login\")", NULL,
        "2024-03-01T08:59", "2"},
    {"signal.case_streak_user", history, "streak(\"Login\")", "bob", "2024-03-01T12:00",
        "2"},
    {"signal.case_streak_gap", history, "streak(any)", NULL, "2024-02-27T12:00", "1"},
    {"signal.case_streak_where", history, "streak(\"Report Made\" where pages > 1)",
        NULL, "2024-03-01T12:00", "1"},
    {"signal.case_streak_nothing", history, "streak(\"Report Shared\")", NULL,
        "2024-03-01T12:00", "0"},
    {"signal.case_streak_late",
        "2026-03-01T09:00 ann \"Login\"\n"
        "2026-03-02T09:00 known 2026-03-03T09:00 ann \"Login\"\n"
        "2026-03-03T08:00 ann \"Login\"\n",
        "streak(\"Login\")", NULL, "2026-03-03T09:00", "3"},
    {"signal.case_streak_not_yet",
        "2026-03-01T09:00 ann \"Login\"\n"
        "2026-03-02T09:00 known 2026-03-03T09:00 ann \"Login\"\n"
        "2026-03-03T08:00 ann \"Login\"\n",
        "streak(\"Login\")", NULL, "2026-03-03T08:59", "1"},
    {NULL},
};

static int64_t bucket(int64_t at)
{
    return us_day(at);
}

static us_value over(
    struct us_past *s, const struct us_node *n, const struct us_rows *r)
{
    (void)s;
    (void)n;
    int64_t next = bucket(r->t); /* that would make the run longer */
    double length = 0;
    for (size_t i = r->to; i > r->from; i--) {
        int64_t now = bucket(r->lane->at[i - 1]);
        if (now > next || !us_rows_has(r, i - 1)) continue;
        bool begins = length == 0 && now + 1 == next; /* nothing yet in the last one */
        if (now < next && !begins) break;
        length++;
        next = now - 1;
    }
    return us_number(length);
}

/* Until the day has one, the run is that of the day before. */
static bool sieve(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    const int32_t *counts = us_past_day_counts(s, n->pattern);
    us_vector_wholes(s, v);
    int32_t run = 0;
    for (size_t d = 0; d < s->days; d++) {
        if (d > 0 && !counts[d - 1]) run = 0;
        v->whole_least[d] = run;
        v->whole_end[d] = counts[d] ? ++run : run;
    }
    return true;
}

static us_value live(struct us_now *q, const struct us_node *n)
{
    int32_t last = (int32_t)us_now_today(q);
    int32_t length = 0;
    if (!us_now_had(q, n, last, 1)) last--;
    while (us_now_had(q, n, last - length, 1))
        length++;
    return us_number(length);
}

const struct us_function us_function_streak = {
    .id = US_FN_streak,
    .name = US_S_INIT("streak"),
    .about = "signal.about_streak",
    .cases = cases,
    .pattern = US_TAKES_MUST,
    .result = US_NUMBER,
    .none = {.kind = US_NUMBER},
    .least = 0,
    .most = INFINITY,
    .over = over,
    .rows_each = true,
    .sieve = sieve,
    .sql = "CAST(count(*) FILTER (WHERE q.day = q.last - CAST(q.place - 1 AS "
           "INTEGER)) AS DOUBLE)",
    .live_keeps = US_KEEP_BIT(DAYS),
    .live = live,
};
