/* count.c: count(E, W): how many events match E in the window W. */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

#include <math.h>

static const char week[] = "2026-03-01T23:59 ann \"Invite Sent\"\n"
                           "2026-03-02T00:00 ann \"Invite Sent\"\n"
                           "2026-03-05T10:00 bob \"Invite Sent\"\n"
                           "2026-03-05T10:00 bob \"Page Viewed\" path=\"/pricing\"\n"
                           "2026-03-08T09:30 ann \"Invite Sent\"\n";

static const struct us_case cases[] = {
    {"signal.case_count_window", week, "count(\"Invite Sent\", 7d)", NULL,
        "2026-03-08T12:00", "3"},
    {"signal.case_count_tomorrow", week, "count(\"Invite Sent\", 7d)", NULL,
        "2026-03-09T00:00", "2"},
    {"signal.case_count_user", week, "count(\"Invite Sent\", 7d)", "ann",
        "2026-03-08T12:00", "2"},
    {"signal.case_count_any", week, "count(any, all)", NULL, "2026-03-08T12:00", "5"},
    {"signal.case_count_hours", week, "count(any, 1h)", NULL, "2026-03-05T10:59", "2"},
    {"signal.case_count_where",
        "2026-03-01T09:00 ann \"Limit Reached\" resource=\"seats\"\n"
        "2026-03-01T09:05 ann \"Limit Reached\" resource=\"storage\"\n"
        "2026-03-01T09:10 ann \"Limit Reached\"\n",
        "count(\"Limit Reached\" where resource == \"seats\", 14d)", NULL,
        "2026-03-01T10:00", "1"},
    {"signal.case_count_known",
        "2026-03-01T09:00 known 2026-03-03T08:00 ann \"Invite Sent\"\n",
        "count(\"Invite Sent\", 1d)", NULL, "2026-03-01T23:00", "0"},
    {"signal.case_count_late",
        "2026-03-01T09:00 known 2026-03-03T08:00 ann \"Invite Sent\"\n",
        "count(\"Invite Sent\", 3d)", NULL, "2026-03-03T08:00", "1"},
    {"signal.case_count_left",
        "2026-03-01T09:00 until 2026-03-02T12:00 ann \"Invite Sent\"\n",
        "count(\"Invite Sent\", all)", NULL, "2026-03-02T12:00", "0"},
    {"signal.case_count_nothing", "", "count(\"Invite Sent\", all)", NULL,
        "2026-03-08T12:00", "0"},
    {NULL},
};

static us_value over(
    struct us_past *s, const struct us_node *n, const struct us_rows *r)
{
    (void)s;
    (void)n;
    if (!r->check) return us_number((double)(r->to - r->from));
    size_t i = r->sure > r->from ? r->sure : r->from;
    size_t count = i - r->from;
    for (; i < r->to; i++)
        count += us_rows_has(r, i);
    return us_number((double)count);
}

static us_value over_any(
    struct us_past *s, const struct us_node *n, const struct us_any *any)
{
    double count = over(s, n, &any->today).number;
    for (size_t i = 0; i < any->day_count; i++)
        if (any->user == US_NOBODY || any->days[i].user == any->user)
            count += any->days[i].count;
    return us_number(count);
}

/* Within a day the window only gains rows, from none of that day to all. */
static bool sieve(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    if (n->window.unit == US_HOURS) return false;
    size_t window = n->window.unit == US_ALL ? s->days : (size_t)n->window.n;
    const int32_t *counts = us_past_day_counts(s, n->pattern);
    us_vector_wholes(s, v);
    us_days_within(counts, window, v->whole_end, s->days);
    for (size_t d = 0; d < s->days; d++)
        v->whole_least[d] = v->whole_end[d] - counts[d];
    us_vector_loosen(s, false, v);
    return true;
}

/* With every row. */
static size_t rises(
    struct us_past *s, const struct us_node *n, const struct us_rows *r, int64_t *out)
{
    (void)s;
    (void)n;
    for (size_t i = r->from; i < r->to; i++)
        out[i - r->from] = us_rows_known(r, i);
    return r->to - r->from;
}

static us_value live(struct us_now *q, const struct us_node *n)
{
    return us_number((double)us_now_count(q, n));
}

const struct us_function us_function_count = {
    .id = US_FN_count,
    .name = US_S_INIT("count"),
    .about = "signal.about_count",
    .cases = cases,
    .pattern = US_TAKES_MUST,
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
    .sql = "CAST(count(*) AS DOUBLE)",
    .live_keeps = US_KEEP_BIT(COUNT),
    .live = live,
};
