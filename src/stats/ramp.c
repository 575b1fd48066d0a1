#include "stats/levels.h"

#include <math.h>

enum { STEPS_MAX = 10 };

static const double RATE_LEAST = 1e-6;
static const double ALIKE = 1e-9; /* gains that nothing parts */
static const double CLOSE_ENOUGH = 1e-5;
static const double SQUARES_LEAST = 1e-12; /* of all: a fit is never better */

/* Sums of the bins below a hinge, on the ramp and above it. */
struct part {
    double n, sum;
};

struct levels {
    double below, above, gain;
};

struct work {
    const struct us_ramp_asked *q;
    struct part *upto;     /* [k]: bins before k */
    struct levels *levels; /* by width, of the hinge before */
    double flat;           /* log likelihood, or squares, of one level for all */
};

static double clamped(double rate)
{
    if (rate < RATE_LEAST) return RATE_LEAST;
    return rate > 1 - RATE_LEAST ? 1 - RATE_LEAST : rate;
}

static double of_rate(struct part p, double rate)
{
    double r = clamped(rate);
    double value = 0;
    if (p.sum > 0) value += p.sum * log(r);
    if (p.n > p.sum) value += (p.n - p.sum) * log(1 - r);
    return value;
}

static double share_above(
    const struct us_ramp_asked *q, size_t bin, uint32_t hinge, double width)
{
    if (bin <= hinge) return 0;
    double over = q->bins[bin].x - q->edges[hinge];
    if (over >= width) return 1;
    return over > 0 ? over / width : 0;
}

/* Where the ramp is over: the first bin with a share of 1. */
static size_t ramp_end(const struct us_ramp_asked *q, uint32_t hinge, double width)
{
    size_t bin = hinge + 1;
    while (bin < q->count && share_above(q, bin, hinge, width) < 1)
        bin++;
    return bin;
}

/* Normal equations of y on 1 − t and t, with weights. */
struct equations {
    double aa, ab, bb, ay, by;
};

static void add(struct equations *e, struct part p, double t, double weight)
{
    double a = 1 - t;
    e->aa += weight * p.n * a * a;
    e->ab += weight * p.n * a * t;
    e->bb += weight * p.n * t * t;
    e->ay += weight * p.sum * a;
    e->by += weight * p.sum * t;
}

static bool solve(const struct equations *e, double *below, double *above)
{
    double det = e->aa * e->bb - e->ab * e->ab;
    if (!(det > 1e-12 * e->aa * e->bb)) return false;
    *below = (e->ay * e->bb - e->by * e->ab) / det;
    *above = (e->by * e->aa - e->ay * e->ab) / det;
    return true;
}

static double weight_of(bool rate, double p)
{
    if (!rate) return 1;
    double r = clamped(p);
    return 1 / (r * (1 - r));
}

struct place {
    uint32_t hinge;
    double width;
    size_t end;
    struct part low, high;
};

static struct part bin_part(const struct us_ramp_bin *b)
{
    return (struct part){b->n, b->sum};
}

static bool once(const struct work *w, const struct place *at, struct levels *l)
{
    const struct us_ramp_asked *q = w->q;
    struct equations e = {0};
    add(&e, at->low, 0, weight_of(q->rate, l->below));
    add(&e, at->high, 1, weight_of(q->rate, l->above));
    for (size_t i = at->hinge + 1; i < at->end; i++) {
        if (!(q->bins[i].n > 0)) continue;
        double t = share_above(q, i, at->hinge, at->width);
        double now = l->below + t * (l->above - l->below);
        add(&e, bin_part(&q->bins[i]), t, weight_of(q->rate, now));
    }
    if (!solve(&e, &l->below, &l->above)) return false;
    if (!q->rate) return true;
    l->below = clamped(l->below);
    l->above = clamped(l->above);
    return true;
}

static double likelihood(
    const struct work *w, const struct place *at, const struct levels *l)
{
    const struct us_ramp_asked *q = w->q;
    double value = of_rate(at->low, l->below) + of_rate(at->high, l->above);
    for (size_t i = at->hinge + 1; i < at->end; i++) {
        if (!(q->bins[i].n > 0)) continue;
        double t = share_above(q, i, at->hinge, at->width);
        value += of_rate(bin_part(&q->bins[i]), l->below + t * (l->above - l->below));
    }
    return value;
}

static double squares_left(
    const struct work *w, const struct place *at, const struct levels *l)
{
    const struct us_ramp_asked *q = w->q;
    double sum = q->square_sum;
    struct part ends[2] = {at->low, at->high};
    double level[2] = {l->below, l->above};
    for (int i = 0; i < 2; i++)
        sum += level[i] * (level[i] * ends[i].n - 2 * ends[i].sum);
    for (size_t i = at->hinge + 1; i < at->end; i++) {
        double t = share_above(q, i, at->hinge, at->width);
        double mean = l->below + t * (l->above - l->below);
        sum += mean * (mean * q->bins[i].n - 2 * q->bins[i].sum);
    }
    return sum;
}

/* Log likelihood of one level for all; of a mean it is the scale for the others. */
static double flat(const struct work *w)
{
    struct part all = w->upto[w->q->count];
    if (w->q->rate) return of_rate(all, all.sum / all.n);
    return w->q->square_sum - all.sum * all.sum / all.n;
}

/* From where the hinge before this one ended, or from the ends of the ramp. */
static bool levels_at(const struct work *w, const struct place *at, struct levels *l)
{
    const struct us_ramp_asked *q = w->q;
    bool straight = at->end == (size_t)at->hinge + 1;
    if (straight || !(l->above > 0))
        *l = (struct levels){at->low.sum / at->low.n, at->high.sum / at->high.n, 0};
    for (int i = 0; i < STEPS_MAX && !straight; i++) {
        struct levels before = *l;
        if (!once(w, at, l)) return false;
        double moved = fabs(l->below - before.below) + fabs(l->above - before.above);
        if (moved < CLOSE_ENOUGH || !q->rate) break;
    }
    return q->rises ? l->above > l->below : l->above < l->below;
}

static bool fit_at(const struct work *w, const struct place *at, struct levels *l)
{
    if (!(at->low.n > 0) || !(at->high.n > 0)) return false;
    if (!levels_at(w, at, l)) return false;
    if (w->q->rate) {
        l->gain = likelihood(w, at, l) - w->flat;
    } else {
        double left = fmax(squares_left(w, at, l), SQUARES_LEAST * w->flat);
        l->gain = w->flat > 0 ? w->upto[w->q->count].n / 2 * log(w->flat / left) : 0;
    }
    return l->gain > 0;
}

static struct levels best_width(struct work *w, size_t i, struct us_ramp *out)
{
    const struct us_ramp_asked *q = w->q;
    struct levels best = {0};
    uint32_t hinge = q->hinges[i];
    struct part all = w->upto[q->count];
    for (size_t k = 0; k < q->width_count; k++) {
        struct levels *l = &w->levels[k];
        size_t end = ramp_end(q, hinge, q->widths[k]);
        struct place at = {hinge, q->widths[k], end, w->upto[hinge + 1],
            {all.n - w->upto[end].n, all.sum - w->upto[end].sum}};
        bool better = fit_at(w, &at, l);
        if (q->gains) q->gains[i * q->width_count + k] = better ? l->gain : -INFINITY;
        if (!better) {
            *l = (struct levels){0};
            continue;
        }
        if (l->gain <= best.gain) continue;
        best = *l;
        out->width = q->widths[k];
    }
    return best;
}

struct us_ramp us_ramp_fit(const struct us_ramp_asked *q, struct us_arena *scratch)
{
    us_mark mark = us_arena_mark(scratch);
    struct work w = {q, us_new(scratch, struct part, q->count + 1),
        us_new(scratch, struct levels, q->width_count + 1), 0};
    struct us_ramp out = {0};
    for (size_t i = 0; i < q->count; i++)
        w.upto[i + 1] =
            (struct part){w.upto[i].n + q->bins[i].n, w.upto[i].sum + q->bins[i].sum};
    w.flat = flat(&w);
    for (size_t i = 0; i < q->hinge_count; i++) {
        struct us_ramp here = {.told = true, .first = i, .last = i};
        struct levels l = best_width(&w, i, &here);
        if (l.gain <= 0) continue;
        bool same = out.told && out.last + 1 == i &&
                    fabs(l.gain - out.gain) <= ALIKE * (1 + out.gain);
        here.below = l.below;
        here.above = l.above;
        here.gain = l.gain;
        if (same) {
            out.last = i;
        } else if (l.gain > out.gain) {
            out = here;
        }
    }
    us_arena_pop(scratch, mark);
    return out;
}
