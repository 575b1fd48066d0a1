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

/* How an account went in the months up to `since` months ago. */
struct pace {
    size_t n; /* changes */
    double drift, deviation;
};

static struct pace pace_of(const struct us_ceiling_account *x, size_t since)
{
    struct pace p = {0};
    double squares = 0;
    while (since + p.n < US_CEILING_MONTHS && x->months[since + p.n + 1] > 0)
        p.n++;
    if (p.n < US_CEILING_MONTHS_LEAST) return p;
    p.drift = log(x->months[since] / x->months[since + p.n]) / (double)p.n;
    for (size_t i = since; i < since + p.n; i++) {
        double r = log(x->months[i] / x->months[i + 1]) - p.drift;
        squares += r * r;
    }
    p.deviation = sqrt(squares / (double)(p.n - 1));
    return p;
}

/* Months until it comes to the band, at its pace; NAN: it does not, or is there. */
static double months_ahead(const struct us_ceiling_work *w,
    const struct us_ceiling_account *x, size_t since, struct pace *pace)
{
    double now = x->months[since];
    if (x->sales || !(now > 0) || now >= w->out->band.low) return NAN;
    *pace = pace_of(x, since);
    if (pace->n < US_CEILING_MONTHS_LEAST || !(pace->drift > 0)) return NAN;
    return log(w->out->band.low / now) / pace->drift;
}

static bool coming(
    const struct us_ceiling_work *w, uint32_t account, struct us_ceiling_coming *into)
{
    const struct us_ceiling_account *x = &w->q->accounts[account];
    struct pace p;
    double months = months_ahead(w, x, 0, &p);
    if (!(months <= US_CEILING_MONTHS)) return false;
    double far = months * p.drift;
    double n = (double)p.n;
    double z = us_t_quantile(1 - RANGE_TAIL, n - 1);
    *into = (struct us_ceiling_coming){.account = account,
        .growth = expm1(p.drift),
        .at = after(w->q->to, months),
        .soonest = after(w->q->to, months_to(far, p.drift, p.deviation, n, -z)),
        .latest = after(w->q->to, months_to(far, p.drift, p.deviation, n, z))};
    return true;
}

/* What would have been said then, and what became of it. */
static void record(struct us_ceiling_work *w, const struct us_ceiling_account *x)
{
    struct pace p;
    bool came = false;
    if (!(months_ahead(w, x, US_CEILING_RECORD, &p) <= US_CEILING_RECORD)) return;
    for (size_t i = 0; i < US_CEILING_RECORD; i++)
        came |= x->months[i] >= w->out->band.low;
    w->out->were_coming++;
    w->out->came += came;
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
    for (uint32_t i = 0; i < w->q->account_count; i++) {
        c->coming_count += coming(w, i, &c->coming[c->coming_count]);
        record(w, &w->q->accounts[i]);
    }
    if (c->coming_count)
        qsort(c->coming, c->coming_count, sizeof *c->coming, coming_order);
}
