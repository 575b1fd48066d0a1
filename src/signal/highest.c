/* highest.c: highest(E.p, W): the greatest numeric property p among the events E in W.
 *
 * Numbers are decimals, as in sum.c; over no number at all it is missing (semantics 9).
 */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

#include <math.h>

static const char history[] = "2026-03-01T09:00 ann \"Plan Viewed\" seats=40\n"
                              "2026-03-02T23:00 ann \"Plan Viewed\" seats=-7\n"
                              "2026-03-02T23:59 bob \"Plan Viewed\" seats=-2.5\n"
                              "2026-03-03T00:00 bob \"Plan Viewed\" seats=\"90\"\n"
                              "2026-03-03T00:00 bob \"Plan Viewed\" seats=2e12\n";

static const struct us_case cases[] = {
    {"signal.case_highest_window", history, "highest(\"Plan Viewed\".seats, 3d)", NULL,
        "2026-03-03T12:00", "40"},
    {"signal.case_highest_negative", history, "highest(\"Plan Viewed\".seats, 2d)",
        NULL, "2026-03-03T12:00", "-2.5"},
    {"signal.case_highest_user", history, "highest(\"Plan Viewed\".seats, 2d)", "ann",
        "2026-03-03T12:00", "-7"},
    {"signal.case_highest_hours", history, "highest(\"Plan Viewed\".seats, 1h)", "ann",
        "2026-03-02T23:30", "-7"},
    {"signal.case_highest_nothing", history, "highest(\"Plan Viewed\".seats, 1d)", NULL,
        "2026-03-03T12:00", "missing"},
    {"signal.case_highest_unknown", history, "highest(\"Plan Viewed\".seats, 1d) < 5",
        NULL, "2026-03-03T12:00", "missing"},
    {"signal.case_highest_rounded",
        "2026-03-01T09:00 ann \"Plan Viewed\" seats=0.12345649\n",
        "highest(\"Plan Viewed\".seats, all)", NULL, "2026-03-03T12:00", "0.123456"},
    {"signal.case_highest_left",
        "2026-03-01T09:00 ann \"Plan Viewed\" seats=3\n"
        "2026-03-01T09:00 until 2026-03-02T09:00 bob \"Plan Viewed\" seats=8\n",
        "highest(\"Plan Viewed\".seats, all)", NULL, "2026-03-02T09:00", "3"},
    {NULL},
};

static us_value over(
    struct us_past *s, const struct us_node *n, const struct us_rows *r)
{
    struct us_decimals d = us_rows_decimals(s, n, r);
    if (d.count == 0) return us_missing();
    return us_number((double)d.highest / US_MILLION);
}

static us_value live(struct us_now *q, const struct us_node *n)
{
    int64_t highest = 0;
    bool some = us_now_extreme(q, n, US_KEEP_HIGHEST, &highest);
    return some ? us_number(us_in_units(highest)) : us_missing();
}

const struct us_function us_function_highest = {
    .id = US_FN_highest,
    .name = US_S_INIT("highest"),
    .about = "signal.about_highest",
    .cases = cases,
    .pattern = US_TAKES_MUST,
    .property = US_READS_NUMBER,
    .window = true,
    .result = US_NUMBER,
    .least = -INFINITY,
    .most = INFINITY,
    .over = over,
    .sieve = us_sieve_between,
    .sql = "us_units(max(us_millionths({p})))",
    .live_keeps = US_KEEP_BIT(HIGHEST),
    .live = live,
};
