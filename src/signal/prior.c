/* prior.c: prior(f): f over the N complete buckets just before the window of f.
 *
 * f is one function over a window of N days or hours; the window of prior(f) is the
 * buckets from 2N - 1 to N before that of now, so count(E, 7d) and prior(count(E, 7d))
 * lie side by side. A window of hours is moved by hours.
 */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

#include <math.h>

static const char weeks[] = "2024-02-22T23:59 ann \"Report Made\" pages=4\n"
                            "2024-02-23T00:00 ann \"Report Made\" pages=6\n"
                            "2024-02-29T23:59 bob \"Report Made\" pages=2\n"
                            "2024-03-01T00:00 bob \"Report Made\" pages=9\n"
                            "2024-03-01T00:00 bob \"Report Shared\"\n";

static const struct us_case cases[] = {
    {"signal.case_prior_before", weeks, "prior(count(\"Report Made\", 7d))", NULL,
        "2024-03-07T12:00", "2"},
    {"signal.case_prior_beside", weeks, "count(\"Report Made\", 7d)", NULL,
        "2024-03-07T12:00", "1"},
    {"signal.case_prior_moves", weeks, "prior(sum(\"Report Made\".pages, 7d))", NULL,
        "2024-03-08T00:00", "11"},
    {"signal.case_prior_day", weeks, "prior(count(any, 1d))", NULL, "2024-03-02T00:00",
        "2"},
    {"signal.case_prior_users", weeks, "prior(users(7d))", NULL, "2024-03-07T12:00",
        "2"},
    {"signal.case_prior_user", weeks, "prior(days(7d))", "ann", "2024-03-07T12:00",
        "1"},
    {"signal.case_prior_sum", weeks, "prior(sum(\"Report Made\".pages, 7d))", NULL,
        "2024-03-07T12:00", "8"},
    {"signal.case_prior_mean", weeks, "prior(mean(\"Report Made\".pages, 7d))", NULL,
        "2024-03-07T12:00", "4"},
    {"signal.case_prior_highest", weeks, "prior(highest(\"Report Made\".pages, 7d))",
        NULL, "2024-03-07T12:00", "6"},
    {"signal.case_prior_distinct", weeks, "prior(distinct(\"Report Made\".pages, 2d))",
        NULL, "2024-03-03T12:00", "2"},
    {"signal.case_prior_hours", weeks, "prior(count(any, 1h))", NULL,
        "2024-03-01T01:59", "2"},
    {"signal.case_prior_nothing", weeks, "prior(count(any, 7d))", NULL,
        "2024-02-25T00:00", "0"},
    {"signal.case_prior_missing", weeks, "prior(lowest(\"Report Made\".pages, 7d))",
        NULL, "2024-02-25T00:00", "missing"},
    {"signal.case_prior_where", weeks,
        "prior(count(\"Report Made\" where pages > 3, 7d))", NULL, "2024-03-07T12:00",
        "1"},
    {"signal.case_prior_late",
        "2024-03-01T09:00 known 2024-03-03T08:00 ann \"Login\"\n",
        "prior(count(\"Login\", 1d))", NULL, "2024-03-02T10:00", "0"},
    {NULL},
};

static us_value at(struct us_past *s, const struct us_node *n, uint32_t user, int64_t t)
{
    const struct us_node *in = &s->plan->nodes[n->args[0]];
    struct us_span_of span =
        us_span_of_buckets(in, t, 2 * in->window.n - 1, in->window.n);
    return us_past_call(s, in, span, user, t);
}

/* As its function was at the end of the day N before. */
static bool sieve(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    const struct us_node *in = &s->plan->nodes[n->args[0]];
    const struct us_vector *of = us_past_vector(s, n->args[0]);
    size_t window = (size_t)in->window.n;
    if (of->form != US_FORM_WHOLE && of->form != US_FORM_REAL) return false;
    if (!in->function->loose && s->open) return false;
    us_vector_reals(s, v);
    v->real_end_most = us_new(&s->work, double, s->days + US_DAY_PAD);
    v->real_least = v->real_end;
    v->real_most = v->real_end_most;
    if (!s->open && !s->swapping && of->form == US_FORM_WHOLE) {
        v->real_end_most = v->real_end;
        v->real_most = v->real_end;
        for (size_t d = window; d < s->days; d++)
            v->real_end[d] = of->whole_end[d - window];
        return true;
    }
    for (size_t d = 0; d < s->days; d++) {
        struct us_range r = us_range_number(0, 0);
        if (d >= window) r = us_vector_then(s, of, d - window, d, in->function->people);
        v->real_end[d] = r.least;
        v->real_end_most[d] = r.most;
    }
    return true;
}

static us_value live(struct us_now *q, const struct us_node *n)
{
    const struct us_node *in = us_now_inside(q, n);
    us_now_window(q, 2 * in->window.n - 1, in->window.n);
    return us_now_call(q, in);
}

const struct us_function us_function_prior = {
    .id = US_FN_prior,
    .name = US_S_INIT("prior"),
    .about = "signal.about_prior",
    .cases = cases,
    .inside = true,
    .args = "f",
    .result = US_NUMBER,
    .least = -INFINITY,
    .most = INFINITY,
    .at = at,
    .sieve = sieve,
    .loose = true,
    .steady = true,
    .sql = "{f}",
    .live = live,
};
