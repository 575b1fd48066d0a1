/* lowest.c: lowest(E.p, W): the smallest numeric property p among the events E in W.
 *
 * Numbers are decimals, as in sum.c; over no number at all it is missing (semantics 9).
 */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

#include <math.h>

static const char history[] = "2026-03-01T09:00 ann \"Survey Sent\" score=2\n"
                              "2026-03-02T00:00 ann \"Survey Sent\" score=9\n"
                              "2026-03-02T08:00 bob \"Survey Sent\" score=6.5\n"
                              "2026-03-02T08:00 bob \"Survey Sent\" score=\"1\"\n"
                              "2026-03-02T08:00 bob \"Survey Sent\" score=-1e12\n";

static const struct us_case cases[] = {
    {"signal.case_lowest_window", history, "lowest(\"Survey Sent\".score, 2d)", NULL,
        "2026-03-02T12:00", "2"},
    {"signal.case_lowest_tomorrow", history, "lowest(\"Survey Sent\".score, 2d)", NULL,
        "2026-03-03T00:00", "6.5"},
    {"signal.case_lowest_user", history, "lowest(\"Survey Sent\".score, 1d)", "ann",
        "2026-03-02T12:00", "9"},
    {"signal.case_lowest_where", history,
        "lowest(\"Survey Sent\".score where score > 7, all)", NULL, "2026-03-02T12:00",
        "9"},
    {"signal.case_lowest_hours", history, "lowest(\"Survey Sent\".score, 4h)", NULL,
        "2026-03-02T12:00", "missing"},
    {"signal.case_lowest_nothing", "", "lowest(\"Survey Sent\".score, all)", NULL,
        "2026-03-02T12:00", "missing"},
    {"signal.case_lowest_late",
        "2026-03-01T09:00 ann \"Survey Sent\" score=3\n"
        "2026-03-01T09:00 known 2026-03-02T09:00 bob \"Survey Sent\" score=1\n",
        "lowest(\"Survey Sent\".score, 2d)", NULL, "2026-03-02T09:00", "1"},
    {NULL},
};

static us_value over(
    struct us_past *s, const struct us_node *n, const struct us_rows *r)
{
    struct us_decimals d = us_rows_decimals(s, n, r);
    if (d.count == 0) return us_missing();
    return us_number((double)d.lowest / US_MILLION);
}

static us_value live(struct us_now *q, const struct us_node *n)
{
    int64_t lowest = 0;
    bool some = us_now_extreme(q, n, US_KEEP_LOWEST, &lowest);
    return some ? us_number(us_in_units(lowest)) : us_missing();
}

const struct us_function us_function_lowest = {
    .id = US_FN_lowest,
    .name = US_S_INIT("lowest"),
    .about = "signal.about_lowest",
    .cases = cases,
    .pattern = US_TAKES_MUST,
    .property = US_READS_NUMBER,
    .window = true,
    .result = US_NUMBER,
    .least = -INFINITY,
    .most = INFINITY,
    .over = over,
    .sieve = us_sieve_between,
    .sql = "us_units(min(us_millionths({p})))",
    .live_keeps = US_KEEP_BIT(LOWEST),
    .live = live,
};
