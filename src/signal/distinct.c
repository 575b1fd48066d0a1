/* distinct.c: distinct(E.p, W): how many different values the property p has among the
 * events E in W.
 *
 * It reads the property as number, as text and as condition, and adds up how many
 * different ones there are of each: 1 and "1" are two. Numbers are decimals (semantics
 * 8), so two that differ after the sixth place are one, and one too large for a decimal
 * is skipped. A property that is absent is no value.
 */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

#include <math.h>
#include <stdlib.h>

static const char history[] =
    "2026-03-01T23:59 ann \"File Exported\" format=\"csv\"\n"
    "2026-03-02T00:00 ann \"File Exported\" format=\"pdf\"\n"
    "2026-03-02T10:00 bob \"File Exported\" format=\"pdf\" rows=12\n"
    "2026-03-02T10:00 bob \"File Exported\" format=\"PDF\" rows=3\n"
    "2026-03-02T11:00 bob \"File Exported\"\n";

static const struct us_case cases[] = {
    {"signal.case_distinct_window", history, "distinct(\"File Exported\".format, 2d)",
        NULL, "2026-03-02T12:00", "3"},
    {"signal.case_distinct_tomorrow", history, "distinct(\"File Exported\".format, 2d)",
        NULL, "2026-03-03T00:00", "2"},
    {"signal.case_distinct_user", history, "distinct(\"File Exported\".format, 2d)",
        "bob", "2026-03-02T12:00", "2"},
    {"signal.case_distinct_where", history,
        "distinct(\"File Exported\".format where rows > 5, all)", NULL,
        "2026-03-02T12:00", "1"},
    {"signal.case_distinct_hours", history, "distinct(\"File Exported\".format, 11h)",
        NULL, "2026-03-02T10:59", "2"},
    {"signal.case_distinct_nothing", history, "distinct(\"File Exported\".size, all)",
        NULL, "2026-03-02T12:00", "0"},
    {"signal.case_distinct_kinds",
        "2026-03-01T09:00 ann \"Flag Set\" to=1\n"
        "2026-03-01T09:00 ann \"Flag Set\" to=\"1\"\n"
        "2026-03-01T09:00 ann \"Flag Set\" to=true\n"
        "2026-03-01T09:00 bob \"Flag Set\" to=false\n"
        "2026-03-01T09:00 bob \"Flag Set\" to=1.0000004\n"
        "2026-03-01T09:00 bob \"Flag Set\" to=1e15\n",
        "distinct(\"Flag Set\".to, 1d)", NULL, "2026-03-01T10:00", "4"},
    {"signal.case_distinct_late",
        "2026-03-01T09:00 ann \"File Exported\" format=\"csv\"\n"
        "2026-03-01T09:00 known 2026-03-02T08:00 ann \"File Exported\" format=\"pdf\"\n"
        "2026-03-01T09:00 until 2026-03-02T08:00 bob \"File Exported\" "
        "format=\"svg\"\n",
        "distinct(\"File Exported\".format, 2d)", NULL, "2026-03-02T08:00", "2"},
    {NULL},
};

static int value_order(const void *a, const void *b)
{
    return us_value_cmp(*(const us_value *)a, *(const us_value *)b);
}

/* The value of a row as it is told apart: numbers by their decimals. */
static us_value value_of(
    struct us_past *s, const struct us_node *n, const struct us_rows *r, size_t i)
{
    for (int k = 0; k < 3; k++) {
        int64_t millionths = 0;
        us_value v = us_lane_value(s, r->lane, i, n->columns[k]);
        if (v.kind == US_MISSING) continue;
        if (v.kind != US_NUMBER) return v;
        if (us_decimal(v, &millionths))
            return us_number((double)millionths / US_MILLION);
    }
    return us_missing();
}

static us_value over(
    struct us_past *s, const struct us_node *n, const struct us_rows *r)
{
    us_mark mark = us_arena_mark(&s->work);
    us_value *list = us_new(&s->work, us_value, r->to - r->from + 1);
    size_t count = 0;
    for (size_t i = r->from; i < r->to; i++) {
        if (!us_rows_has(r, i)) continue;
        list[count] = value_of(s, n, r, i);
        count += list[count].kind != US_MISSING;
    }
    if (count) qsort(list, count, sizeof *list, value_order);
    size_t different = 0;
    for (size_t i = 0; i < count; i++)
        different += i == 0 || !us_value_same(list[i - 1], list[i]);
    us_arena_pop(&s->work, mark);
    return us_number((double)different);
}

/* No more than there are rows. */
static bool sieve(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    if (n->window.unit == US_HOURS) return false;
    size_t window = n->window.unit == US_ALL ? s->days : (size_t)n->window.n;
    int32_t *rows = us_new(&s->work, int32_t, s->days + US_DAY_PAD);
    us_days_within(us_past_day_counts(s, n->pattern), window, rows, s->days);
    us_vector_ranges(s, v);
    for (size_t d = 0; d < s->days; d++)
        v->range_in[d] = v->range_end[d] = us_range_number(0, rows[d]);
    return true;
}

static us_value live(struct us_now *q, const struct us_node *n)
{
    return us_number((double)us_now_values(q, n));
}

const struct us_function us_function_distinct = {
    .id = US_FN_distinct,
    .name = US_S_INIT("distinct"),
    .about = "signal.about_distinct",
    .cases = cases,
    .pattern = US_TAKES_MUST,
    .property = US_READS_ANY,
    .window = true,
    .result = US_NUMBER,
    .none = {.kind = US_NUMBER},
    .least = 0,
    .most = INFINITY,
    .over = over,
    .sieve = sieve,
    .rows_each = true,
    .sql = "CAST(count(DISTINCT us_millionths({number})) + count(DISTINCT "
           "{text}) + count(DISTINCT {truth}) AS DOUBLE)",
    .live_keeps = US_KEEP_BIT(VALUES),
    .live = live,
};
