/* streak_weeks.c: streak_weeks(E): how many ISO weeks in a row E happened, up to this
 * one.
 *
 * ISO 8601: a week begins on Monday, at 00:00 UTC here. As with days, a week without E
 * so far is not lost before it is over (semantics 12).
 */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

#include <math.h>

/* 2026-02-16 is a Monday. */
static const char history[] = "2026-02-15T23:59 ann \"Report Made\"\n"
                              "2026-02-16T00:00 ann \"Report Made\"\n"
                              "2026-03-01T23:59 bob \"Report Made\"\n"
                              "2026-03-02T00:00 ann \"Report Made\"\n";

static const struct us_case cases[] = {
    {"signal.case_streak_weeks_week", history, "streak_weeks(\"Report Made\")", NULL,
        "2026-03-08T12:00", "4"},
    {"signal.case_streak_weeks_last", history, "streak_weeks(\"Report Made\")", NULL,
        "2026-03-15T23:59", "4"},
    {"signal.case_streak_weeks_over", history, "streak_weeks(\"Report Made\")", NULL,
        "2026-03-16T00:00", "0"},
    {"signal.case_streak_weeks_sunday", history, "streak_weeks(\"Report Made\")", NULL,
        "2026-02-15T23:59", "1"},
    {"signal.case_streak_weeks_gap", history, "streak_weeks(any)", "ann",
        "2026-03-08T12:00", "1"},
    {"signal.case_streak_weeks_new_year",
        "2024-12-23T09:00 ann \"Login\"\n"
        "2024-12-30T09:00 ann \"Login\"\n"
        "2025-01-05T09:00 ann \"Login\"\n"
        "2025-01-06T09:00 ann \"Login\"\n",
        "streak_weeks(\"Login\")", NULL, "2025-01-06T10:00", "3"},
    {"signal.case_streak_weeks_1969",
        "1969-12-28T09:00 ann \"Login\"\n"
        "1969-12-29T09:00 ann \"Login\"\n",
        "streak_weeks(\"Login\")", NULL, "1970-01-04T10:00", "2"},
    {"signal.case_streak_weeks_nothing", "", "streak_weeks(\"Login\")", NULL,
        "2025-01-06T10:00", "0"},
    {NULL},
};

/* ISO weeks begin on Monday; 29 December 1969 was one. */
static int64_t bucket(int64_t at)
{
    return us_floor_div(us_day(at) + 3, 7);
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

static us_value live(struct us_now *q, const struct us_node *n)
{
    enum { MONDAY = -3, WEEK_DAYS = 7 }; /* the first day of 1970's first ISO week */
    int64_t week = us_floor_div(us_now_today(q) - MONDAY, WEEK_DAYS);
    int32_t monday = (int32_t)(week * WEEK_DAYS + MONDAY);
    int32_t length = 0;
    if (!us_now_had(q, n, monday, WEEK_DAYS)) monday -= WEEK_DAYS;
    while (us_now_had(q, n, monday - length * WEEK_DAYS, WEEK_DAYS))
        length++;
    return us_number(length);
}

const struct us_function us_function_streak_weeks = {
    .id = US_FN_streak_weeks,
    .name = US_S_INIT("streak_weeks"),
    .about = "signal.about_streak_weeks",
    .cases = cases,
    .pattern = US_TAKES_MUST,
    .result = US_NUMBER,
    .none = {.kind = US_NUMBER},
    .least = 0,
    .most = INFINITY,
    .over = over,
    .rows_each = true,
    .sql = "CAST(count(*) FILTER (WHERE q.day = q.last - CAST(7 * (q.place - "
           "1) AS INTEGER)) AS DOUBLE)",
    .live_keeps = US_KEEP_BIT(DAYS),
    .live = live,
};
