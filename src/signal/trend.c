/* trend.c: trend(f), trend(f, floor): f over the last N complete buckets, divided by
 * the greater of floor (1 when it is not said) and f over the N buckets before them.
 *
 * The bucket of now is in neither: half a day would be a dip every morning. With
 * nothing before, the floor makes a burst from nothing count as itself. Where f is
 * missing over either stretch, so is its trend.
 */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

#include <math.h>

static const char weeks[] = "2026-03-01T10:00 ann \"Report Made\" pages=4\n"
                            "2026-03-02T23:59 ann \"Report Made\" pages=2\n"
                            "2026-03-03T00:00 ann \"Report Made\" pages=1\n"
                            "2026-03-03T00:00 bob \"Report Made\" pages=5\n"
                            "2026-03-04T23:59 cat \"Report Made\" pages=9\n"
                            "2026-03-05T00:00 cat \"Report Made\" pages=50\n";

static const struct us_case cases[] = {
    {"signal.case_trend_grows", weeks, "trend(count(\"Report Made\", 2d))", NULL,
        "2026-03-05T12:00", "1.5"},
    {"signal.case_trend_night", weeks, "trend(count(\"Report Made\", 2d))", NULL,
        "2026-03-05T00:00", "1.5"},
    {"signal.case_trend_burst", weeks, "trend(count(\"Report Made\", 4d))", NULL,
        "2026-03-05T12:00", "5"},
    {"signal.case_trend_floor", weeks, "trend(count(\"Report Made\", 4d), 2.5)", NULL,
        "2026-03-05T12:00", "2"},
    {"signal.case_trend_floor_low", weeks, "trend(count(\"Report Made\", 4d), 0.5)",
        NULL, "2026-03-05T12:00", "10"},
    {"signal.case_trend_users", weeks, "trend(users(2d))", NULL, "2026-03-05T12:00",
        "3"},
    {"signal.case_trend_user", weeks, "trend(count(\"Report Made\", 2d))", "ann",
        "2026-03-05T12:00", "0.5"},
    {"signal.case_trend_mean", weeks, "trend(mean(\"Report Made\".pages, 2d))", NULL,
        "2026-03-05T12:00", "1.6666666666666667"},
    {"signal.case_trend_missing", weeks, "trend(mean(\"Report Made\".pages, 2d))", NULL,
        "2026-03-03T12:00", "missing"},
    {"signal.case_trend_stops", weeks, "trend(days(\"Report Made\", 2d))", NULL,
        "2026-03-07T12:00", "0.5"},
    {"signal.case_trend_hours", weeks, "trend(count(any, 1h))", NULL,
        "2026-03-03T01:30", "2"},
    {"signal.case_trend_nothing", "", "trend(count(\"Report Made\", 7d))", NULL,
        "2026-03-05T12:00", "0"},
    {"signal.case_trend_late",
        "2026-03-01T09:00 known 2026-03-03T09:00 ann \"Login\"\n"
        "2026-03-01T09:00 known 2026-03-03T09:00 bob \"Login\"\n"
        "2026-03-02T09:00 ann \"Login\"\n",
        "trend(count(\"Login\", 1d))", NULL, "2026-03-03T09:00", "0.5"},
    {NULL},
};

static us_value at(struct us_past *s, const struct us_node *n, uint32_t user, int64_t t)
{
    const struct us_node *in = &s->plan->nodes[n->args[0]];
    int64_t window = in->window.n;
    double floor = n->constant.number;
    us_value now = us_past_call(s, in, us_span_of_buckets(in, t, window, 1), user, t);
    us_value before =
        us_past_call(s, in, us_span_of_buckets(in, t, 2 * window, window + 1), user, t);
    if (now.kind != US_NUMBER || before.kind != US_NUMBER) return us_missing();
    return us_number(now.number / (before.number > floor ? before.number : floor));
}

/* From its function at the end of the day before, and N days before that. */
static bool sieve(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    const struct us_node *in = &s->plan->nodes[n->args[0]];
    const struct us_vector *of = us_past_vector(s, n->args[0]);
    size_t window = (size_t)in->window.n;
    double floor = n->constant.number;
    if (of->form != US_FORM_WHOLE && of->form != US_FORM_REAL) return false;
    if (!in->function->loose && s->open) return false;
    us_vector_reals(s, v);
    v->real_end_most = us_new(&s->work, double, s->days + US_DAY_PAD);
    v->real_least = v->real_end;
    v->real_most = v->real_end_most;
    bool people = in->function->people;
    for (size_t d = 0; d < s->days; d++) {
        struct us_range now = us_range_number(0, 0);
        struct us_range before = now;
        if (d > 0) now = us_vector_then(s, of, d - 1, d, people);
        if (d > window) before = us_vector_then(s, of, d - 1 - window, d, people);
        v->real_end[d] = now.least / fmax(floor, before.most);
        v->real_end_most[d] = now.most / fmax(floor, before.least);
    }
    return true;
}

static us_value live(struct us_now *q, const struct us_node *n)
{
    const struct us_node *in = us_now_inside(q, n);
    int64_t window = in->window.n;
    double floor = n->constant.number;
    us_now_window(q, window, 1);
    us_value now = us_now_call(q, in);
    us_now_window(q, 2 * window, window + 1);
    us_value before = us_now_call(q, in);
    if (now.kind != US_NUMBER || before.kind != US_NUMBER) return us_missing();
    return us_number(now.number / (before.number > floor ? before.number : floor));
}

const struct us_function us_function_trend = {
    .id = US_FN_trend,
    .name = US_S_INIT("trend"),
    .about = "signal.about_trend",
    .cases = cases,
    .inside = true,
    .floor = true,
    .args = "f[, floor]",
    .result = US_NUMBER,
    .least = -INFINITY,
    .most = INFINITY,
    .at = at,
    .sieve = sieve,
    .loose = true,
    .steady = true,
    .sql = "us_finite({now} / CASE WHEN {before} <= {floor} THEN {floor} ELSE "
           "{before} END)",
    .live = live,
};
