/* ceiling_places.c: where each row of evidence lies, in any tally of bins. */

#include "study/ceiling_inner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double EXPECTED_LEAST = 2; /* below a bunch, for there to be one */
static const double WIDTHS[] = {0, 0.1, 0.2, 0.4};

enum { WIDTH_COUNT = sizeof WIDTHS / sizeof *WIDTHS };

/* ---- cards: what the share is half of what small accounts have at ---- */

static double share_of_small(
    const struct us_ceiling_work *w, const double *accounts, const double *cards)
{
    double sum = 0;
    double n = 0;
    double hits = 0;
    for (size_t i = 0; i < w->bins; i++)
        sum += accounts[i];
    for (size_t i = 0; i < w->bins && n < sum / 2; i++) {
        n += accounts[i];
        hits += cards[i];
    }
    return n > 0 ? hits / n : NAN;
}

double us_ceiling_half(const struct us_ceiling_work *w, const double *share)
{
    const double *accounts = us_ceiling_field_of(w, w->all, US_FIELD_ACCOUNTS);
    const double *hits = us_ceiling_field_of(w, w->all, US_FIELD_CARDS);
    double small = share_of_small(w, accounts, hits);
    for (size_t i = 0; i < w->bins; i++)
        if (accounts[i] > 0 && share[i] < small / 2) return w->middle[i];
    return NAN;
}

/* ---- bunching: more than a curve expects just below, fewer just above ---- */

bool us_ceiling_curve(const struct us_ceiling_work *w, const double *counts,
    size_t without_from, size_t without_to, double *expected)
{
    us_mark mark = us_arena_mark(w->a);
    size_t n = w->curve_to - w->curve_from;
    bool *left_out = us_new(w->a, bool, n + 1);
    /* Draws are much like all accounts: they begin where those ended. */
    double curve[US_CEILING_DEGREE + 1];
    memcpy(curve, w->curve, sizeof curve);
    for (size_t i = 0; i < n; i++)
        left_out[i] =
            i + w->curve_from >= without_from && i + w->curve_from < without_to;
    struct us_smooth_asked q = {
        counts + w->curve_from, left_out, n, US_CEILING_DEGREE, curve};
    bool good = us_smooth_counts(&q, expected + w->curve_from);
    us_arena_pop(w->a, mark);
    return good;
}

/* Twice the log likelihood of a count of its own over the expected. */
static double deviance(double count, double expected)
{
    double log_part = count > 0 ? count * log(count / expected) : 0;
    return 2 * (log_part - count + expected);
}

static double sum_of(const double *v, size_t from, size_t to)
{
    double sum = 0;
    for (size_t i = from; i < to; i++)
        sum += v[i];
    return sum;
}

static double bunch_at(const double *counts, const double *expected, size_t hinge)
{
    size_t edge = hinge + 1;
    double below = sum_of(counts, edge - US_CEILING_WINDOW, edge);
    double above = sum_of(counts, edge, edge + US_CEILING_WINDOW);
    double want_below = sum_of(expected, edge - US_CEILING_WINDOW, edge);
    double want_above = sum_of(expected, edge, edge + US_CEILING_WINDOW);
    if (want_below < EXPECTED_LEAST || below <= want_below || above >= want_above)
        return 0;
    return deviance(below, want_below) + deviance(above, want_above);
}

/* How much more counts vary than chance alone makes them: companies are not as smooth
 * as a curve. From the median over windows beside each other, which one bunch does not
 * move; that of chi-squared of one degree is 0.455. */
static double spread_of(const struct us_ceiling_work *w, const double *counts,
    const double *expected, size_t without)
{
    double *squares = us_new(w->a, double, w->bins);
    size_t n = 0;
    for (size_t i = w->curve_from; i + US_CEILING_WINDOW <= w->curve_to;
         i += US_CEILING_WINDOW) {
        double want = sum_of(expected, i, i + US_CEILING_WINDOW);
        double off = sum_of(counts, i, i + US_CEILING_WINDOW) - want;
        bool about =
            i < without + US_CEILING_WINDOW && without < i + 2 * US_CEILING_WINDOW;
        if (want >= EXPECTED_LEAST && !about) squares[n++] = off * off / want;
    }
    us_sort(squares, n);
    return n ? fmax(us_quantile(squares, n, 0.5) / 0.455, 1) : 1;
}

/* The last bin below the surest bunch; its statistic. */
static double surest(const struct us_ceiling_work *w, const double *counts,
    const double *expected, size_t *edge)
{
    double best = 0;
    for (size_t i = 0; i < w->hinge_count[US_CEILING_BUNCHING]; i++) {
        size_t hinge = w->hinges[US_CEILING_BUNCHING][i];
        double here = bunch_at(counts, expected, hinge);
        if (here <= best) continue;
        best = here;
        *edge = hinge;
    }
    return best;
}

/* Twice: first against a curve through everything, then against one that does not see
 * the bunch that was found, which bends the first towards itself. */
static void bunching(
    const struct us_ceiling_work *w, const double *tally, struct us_ceiling_place *out)
{
    const double *counts = us_ceiling_field_of(w, tally, US_FIELD_LISTED);
    us_mark mark = us_arena_mark(w->a);
    double *expected = us_new(w->a, double, w->bins);
    size_t best = 0;
    bool good = us_ceiling_curve(w, counts, 0, 0, expected) &&
                surest(w, counts, expected, &best) > 0 &&
                us_ceiling_curve(w, counts, best + 1 - US_CEILING_WINDOW,
                    best + 1 + US_CEILING_WINDOW, expected);
    if (good) out->statistic = surest(w, counts, expected, &best);
    out->told = out->statistic > 0;
    if (out->told) {
        out->at = w->edges[best];
        out->edge = best;
        out->spread = spread_of(w, counts, expected, best + 1);
        out->statistic /= out->spread;
        out->below = sum_of(counts, best + 1 - US_CEILING_WINDOW, best + 1);
        out->above = sum_of(counts, best + 1, best + 1 + US_CEILING_WINDOW);
        out->expected_below = sum_of(expected, best + 1 - US_CEILING_WINDOW, best + 1);
        out->expected_above = sum_of(expected, best + 1, best + 1 + US_CEILING_WINDOW);
    }
    us_arena_pop(w->a, mark);
}

/* ---- cards, declines and growth: where they leave their level ---- */

struct ramp_of {
    us_ceiling_field n, sum;
    bool rate, rises, grows;
};

/* A quarter begun below the ceiling ends at it, so growth slows before: its place is
 * where usual growth would carry who begins in the middle of the fall. */
static const struct ramp_of ramps[US_CEILING_EVIDENCES] = {
    [US_CEILING_CARDS] = {US_FIELD_ACCOUNTS, US_FIELD_CARDS, true, false, false},
    [US_CEILING_DECLINES] = {US_FIELD_TRIES, US_FIELD_FAILED, true, true, false},
    [US_CEILING_GROWTH] = {US_FIELD_STEPS, US_FIELD_GROWTH, false, false, true}};

static double place_at(const struct us_ceiling_work *w, const struct us_ramp_asked *q,
    const struct ramp_of *of, size_t at)
{
    double hinge = w->edges[q->hinges[at / WIDTH_COUNT]];
    return of->grows ? hinge + WIDTHS[at % WIDTH_COUNT] / 2 : hinge;
}

struct weighed {
    double place, weight;
};

static int by_place(const void *a, const void *b)
{
    const struct weighed *x = a;
    const struct weighed *y = b;
    return (x->place > y->place) - (x->place < y->place);
}

/* Of all hinges and widths, weighed by likelihood, the one at `part` of the weight;
 * NAN. None beyond the last hinge: nothing is known there. */
static double place_of_part(const struct us_ceiling_work *w,
    const struct us_ramp_asked *q, const struct ramp_of *of, double part)
{
    struct weighed *all =
        us_new(w->a, struct weighed, q->hinge_count * WIDTH_COUNT + 1);
    double last = w->edges[q->hinges[q->hinge_count - 1]];
    double best = -INFINITY;
    size_t count = 0;
    double sum = 0;
    double upto = 0;
    for (size_t i = 0; i < q->hinge_count * WIDTH_COUNT; i++) {
        double place = place_at(w, q, of, i);
        if (place > last || !isfinite(q->gains[i])) continue;
        all[count++] = (struct weighed){place, q->gains[i]};
        best = fmax(best, q->gains[i]);
    }
    for (size_t i = 0; i < count; i++)
        sum += all[i].weight = exp(all[i].weight - best);
    if (of->grows && count) qsort(all, count, sizeof *all, by_place);
    for (size_t i = 0; i < count; i++) {
        upto += all[i].weight;
        if (upto >= part * sum) return all[i].place;
    }
    return count ? all[count - 1].place : NAN;
}

static void ramp(const struct us_ceiling_work *w, us_ceiling_evidence evidence,
    const double *tally, double part, struct us_ceiling_place *out)
{
    const struct ramp_of *of = &ramps[evidence];
    const double *n = us_ceiling_field_of(w, tally, of->n);
    const double *sum = us_ceiling_field_of(w, tally, of->sum);
    us_mark mark = us_arena_mark(w->a);
    struct us_ramp_bin *bins = us_new(w->a, struct us_ramp_bin, w->bins);
    for (size_t i = 0; i < w->bins; i++)
        bins[i] = (struct us_ramp_bin){n[i], sum[i], w->middle[i]};
    struct us_ramp_asked q = {.bins = bins,
        .edges = w->edges,
        .count = w->bins,
        .hinges = w->hinges[evidence],
        .hinge_count = w->hinge_count[evidence],
        .widths = WIDTHS,
        .width_count = WIDTH_COUNT,
        .rate = of->rate,
        .rises = of->rises,
        .square_sum = tally[w->slots - 1],
        .gains = us_new(w->a, double, w->hinge_count[evidence] * WIDTH_COUNT + 1)};
    struct us_ramp fit = us_ramp_fit(&q, w->a);
    out->below = fit.below;
    out->above = fit.above;
    out->at = fit.told ? place_of_part(w, &q, of, part) : NAN;
    if (of->grows) out->at += fit.below;
    out->told = !isnan(out->at);
    us_arena_pop(w->a, mark);
}

void us_ceiling_place_of(const struct us_ceiling_work *w, us_ceiling_evidence evidence,
    const double *tally, double part, struct us_ceiling_place *out)
{
    *out = (struct us_ceiling_place){0};
    if (evidence == US_CEILING_BUNCHING)
        bunching(w, tally, out);
    else
        ramp(w, evidence, tally, part, out);
}
