/* ceiling_coming.c: who pays within the band now, and who comes to it. */

#include "stats/special.h"
#include "study/ceiling_inner.h"

#include <math.h>
#include <stdlib.h>

static const double RANGE_TAIL = 0.1;       /* 80 % */
static const double MONTH_DAYS = 30.436875; /* 365.2425 ÷ 12 */

struct ranked {
    double by;
    uint32_t account;
};

static int rank_order(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    if (x->by != y->by) return x->by > y->by ? -1 : 1;
    return (x->account > y->account) - (x->account < y->account);
}

void us_ceiling_inside(struct us_ceiling_work *w)
{
    const struct us_ceiling_asked *q = w->q;
    struct us_ceiling *c = w->out;
    struct ranked *found = us_new(w->a, struct ranked, q->account_count + 1);
    if (c->order == US_CEILING_NO_BAND) return;
    for (size_t i = 0; i < q->account_count; i++)
        if (q->accounts[i].now >= c->band.low && q->accounts[i].now <= c->band.high)
            found[c->inside_count++] = (struct ranked){q->accounts[i].now, (uint32_t)i};
    if (c->inside_count) qsort(found, c->inside_count, sizeof *found, rank_order);
    c->inside = us_new(w->a, uint32_t, c->inside_count + 1);
    for (size_t i = 0; i < c->inside_count; i++)
        c->inside[i] = found[i].account;
}

/* Months until a walk of this drift and deviation, both estimated from n months, comes
 * to `far`; z > 0: as late as that many deviations make it. INFINITY: never. The root
 * of far = drift·t − z·s·√(t + t²/n). */
static double months_to(double far, double drift, double s, double n, double z)
{
    double k = z * z * s * s;
    double a = drift * drift - k / n;
    double b = 2 * far * drift + k;
    if (k == 0) return far / drift;
    if (z > 0 && (drift <= 0 || a <= 0)) return INFINITY;
    if (fabs(a) < 1e-12 * b) return far * far / b;
    double root = sqrt(fmax(b * b - 4 * a * far * far, 0));
    return z > 0 ? (b + root) / (2 * a) : 2 * far * far / (b + root);
}

static int64_t after(int64_t t, double months)
{
    double us = months * MONTH_DAYS * (double)US_DAY_US;
    return us < 1e17 ? t + (int64_t)us : US_NEVER;
}

static bool coming(
    const struct us_ceiling_work *w, uint32_t account, struct us_ceiling_coming *into)
{
    const struct us_ceiling_account *x = &w->q->accounts[account];
    size_t n = x->month_count ? x->month_count - 1 : 0;
    if (x->sales || !(x->now > 0) || x->now >= w->out->band.low) return false;
    if (n < US_CEILING_MONTHS_LEAST) return false;
    double far = log(w->out->band.low / x->now);
    double drift = log(x->months[0] / x->months[n]) / (double)n;
    double squares = 0;
    if (!(drift > 0) || far / drift > US_CEILING_MONTHS) return false;
    for (size_t i = 0; i < n; i++) {
        double r = log(x->months[i] / x->months[i + 1]) - drift;
        squares += r * r;
    }
    double s = sqrt(squares / (double)(n - 1));
    double z = us_t_quantile(1 - RANGE_TAIL, (double)(n - 1));
    *into = (struct us_ceiling_coming){.account = account,
        .growth = expm1(drift),
        .at = after(w->q->to, far / drift),
        .soonest = after(w->q->to, months_to(far, drift, s, (double)n, -z)),
        .latest = after(w->q->to, months_to(far, drift, s, (double)n, z))};
    return true;
}

static int coming_order(const void *a, const void *b)
{
    const struct us_ceiling_coming *x = a;
    const struct us_ceiling_coming *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return (x->account > y->account) - (x->account < y->account);
}

void us_ceiling_coming(struct us_ceiling_work *w)
{
    struct us_ceiling *c = w->out;
    c->coming = us_new(w->a, struct us_ceiling_coming, w->q->account_count + 1);
    if (c->order == US_CEILING_NO_BAND) return;
    for (uint32_t i = 0; i < w->q->account_count; i++)
        c->coming_count += coming(w, i, &c->coming[c->coming_count]);
    if (c->coming_count)
        qsort(c->coming, c->coming_count, sizeof *c->coming, coming_order);
}
