/* sum.c: sum(E.p, W): the numeric property p of the events E in W, added up.
 *
 * Each number is a decimal rounded to 1e-6, and they are added as 128-bit integers, so
 * that the order of events cannot matter; what is no number, or too large for a
 * decimal, is skipped (semantics 8).
 */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

#include <math.h>

static const char history[] =
    "2026-03-01T09:00 ann \"File Exported\" rows=0.1 kind=\"csv\"\n"
    "2026-03-01T10:00 ann \"File Exported\" rows=0.2 kind=\"csv\"\n"
    "2026-03-02T09:00 ann \"File Exported\" rows=\"many\" kind=\"csv\"\n"
    "2026-03-02T09:00 bob \"File Exported\" rows=-3 kind=\"pdf\"\n"
    "2026-03-02T09:00 bob \"File Exported\" kind=\"pdf\"\n";

static const struct us_case cases[] = {
    {"signal.case_sum_skips", history, "sum(\"File Exported\".rows, 7d)", NULL,
        "2026-03-03T00:00", "-2.7"},
    {"signal.case_sum_exact", history, "sum(\"File Exported\".rows, 7d) == 0.3", "ann",
        "2026-03-03T00:00", "true"},
    {"signal.case_sum_where", history,
        "sum(\"File Exported\".rows where kind == \"pdf\", 7d)", NULL,
        "2026-03-03T00:00", "-3"},
    {"signal.case_sum_nothing", history, "sum(\"File Exported\".rows, 1d)", NULL,
        "2026-03-03T00:00", "0"},
    {"signal.case_sum_equal",
        "2026-03-01T09:00 ann \"File Exported\" rows=1.5\n"
        "2026-03-01T09:00 bob \"File Exported\" rows=1.5\n",
        "sum(\"File Exported\".rows, 7d)", NULL, "2026-03-03T00:00", "3"},
    {NULL},
};

__extension__ typedef __int128 wide;

static us_value over(
    struct us_past *s, const struct us_node *n, const struct us_rows *r)
{
    const int64_t *sums = us_past_sums(s, n);
    wide total = 0;
    int64_t millionths = 0;
    size_t i = r->from;
    size_t sure = r->check ? r->sure : r->to;
    if (sums && sure > i) {
        total = sums[sure] - sums[i];
        i = sure;
    }
    for (; i < r->to; i++)
        if (us_rows_has(r, i) &&
            us_decimal(us_lane_value(s, r->lane, i, n->column), &millionths))
            total += millionths;
    return us_number((double)total / US_MILLION);
}

/* Millionths of each day that add and that take away. */
static void day_sums(struct us_past *s, const struct us_node *n, const int64_t *sums,
    int64_t *more, int64_t *less)
{
    const struct us_lane *l = us_past_lane(s, n->pattern);
    for (size_t i = 0; i < l->count; i++) {
        int64_t d = us_day(l->at[i]) - s->first_day;
        int64_t part = sums[i + 1] - sums[i];
        if (d >= (int64_t)s->days) break;
        if (!us_lane_stays(l, i)) continue;
        *(part < 0 ? &less[d] : &more[d]) += part;
    }
}

static bool sieve(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    if (n->window.unit == US_HOURS) return false;
    size_t window = n->window.unit == US_ALL ? s->days : (size_t)n->window.n;
    int64_t *more = us_new(&s->work, int64_t, s->days + US_DAY_PAD);
    int64_t *less = us_new(&s->work, int64_t, s->days + US_DAY_PAD);
    const int64_t *sums = us_past_sums(s, n);
    if (!sums) return false;
    day_sums(s, n, sums, more, less);
    us_vector_reals(s, v);
    int64_t sum = 0;
    for (size_t d = 0; d < s->days; d++) {
        if (d >= window) sum -= more[d - window] + less[d - window];
        v->real_least[d] = (double)(sum + less[d]) / US_MILLION;
        v->real_most[d] = (double)(sum + more[d]) / US_MILLION;
        sum += more[d] + less[d];
        v->real_end[d] = (double)sum / US_MILLION;
    }
    return true;
}

static us_value live(struct us_now *q, const struct us_node *n)
{
    return us_number(us_in_units(us_now_sum(q, n)));
}

const struct us_function us_function_sum = {
    .id = US_FN_sum,
    .name = US_S_INIT("sum"),
    .about = "signal.about_sum",
    .cases = cases,
    .pattern = US_TAKES_MUST,
    .property = US_READS_NUMBER,
    .window = true,
    .result = US_NUMBER,
    .none = {.kind = US_NUMBER},
    .least = -INFINITY,
    .most = INFINITY,
    .over = over,
    .sieve = sieve,
    .sql = "us_units(sum(us_millionths({p})))",
    .live_keeps = US_KEEP_BIT(SUM),
    .live = live,
};
