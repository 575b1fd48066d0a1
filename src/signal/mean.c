/* mean.c: mean(E.p, W): the numeric property p of the events E in W, on average.
 *
 * The decimals of sum.c are added as 128-bit integers, and divided once at the end: the
 * total in millionths by a million times their number, both as doubles (semantics 8).
 * Over no number at all it is missing (semantics 9).
 */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

#include <math.h>

static const char history[] = "2026-03-01T23:59 ann \"Order Placed\" amount=10\n"
                              "2026-03-02T00:00 ann \"Order Placed\" amount=20\n"
                              "2026-03-02T00:00 bob \"Order Placed\" amount=0.5\n"
                              "2026-03-03T09:00 ann \"Order Placed\" amount=\"free\"\n"
                              "2026-03-03T09:00 ann \"Order Placed\"\n"
                              "2026-03-03T09:00 bob \"Order Placed\" amount=1e12\n";

static const struct us_case cases[] = {
    {"signal.case_mean_skips", history, "mean(\"Order Placed\".amount, 2d)", NULL,
        "2026-03-03T10:00", "10.25"},
    {"signal.case_mean_user", history, "mean(\"Order Placed\".amount, 3d)", "ann",
        "2026-03-03T10:00", "15"},
    {"signal.case_mean_nothing", history, "mean(\"Order Placed\".amount, 1d)", NULL,
        "2026-03-03T10:00", "missing"},
    {"signal.case_mean_where", history,
        "mean(\"Order Placed\".amount where amount > 5, all)", NULL, "2026-03-03T10:00",
        "15"},
    {"signal.case_mean_hours", history, "mean(\"Order Placed\".amount, 2h)", NULL,
        "2026-03-02T00:59", "10.166666666666666"},
    {"signal.case_mean_exact",
        "2026-03-01T09:00 ann \"Order Placed\" amount=0.1\n"
        "2026-03-01T09:00 ann \"Order Placed\" amount=0.2\n"
        "2026-03-01T09:00 bob \"Order Placed\" amount=-0.3\n",
        "mean(\"Order Placed\".amount, 1d) == 0", NULL, "2026-03-01T10:00", "true"},
    {"signal.case_mean_late",
        "2026-03-01T09:00 ann \"Order Placed\" amount=4\n"
        "2026-03-01T08:00 known 2026-03-02T08:00 ann \"Order Placed\" amount=8\n",
        "mean(\"Order Placed\".amount, 2d)", NULL, "2026-03-02T07:59", "4"},
    {NULL},
};

static us_value over(
    struct us_past *s, const struct us_node *n, const struct us_rows *r)
{
    struct us_decimals d = us_rows_decimals(s, n, r);
    if (d.count == 0) return us_missing();
    return us_number((double)d.total / ((double)d.count * US_MILLION));
}

static us_value live(struct us_now *q, const struct us_node *n)
{
    int64_t count = us_now_numbers(q, n);
    if (count == 0) return us_missing();
    return us_number((double)us_now_sum(q, n) / ((double)count * US_MILLION));
}

const struct us_function us_function_mean = {
    .id = US_FN_mean,
    .name = US_S_INIT("mean"),
    .about = "signal.about_mean",
    .cases = cases,
    .pattern = US_TAKES_MUST,
    .property = US_READS_NUMBER,
    .window = true,
    .result = US_NUMBER,
    .least = -INFINITY,
    .most = INFINITY,
    .over = over,
    .sieve = us_sieve_between,
    .sql = "us_double(sum(us_millionths({p}))) / (CAST(count({p}) AS DOUBLE) "
           "* 1e6)",
    .live_keeps = US_KEEP_BIT(NUMBERS) | US_KEEP_BIT(SUM),
    .live = live,
};
