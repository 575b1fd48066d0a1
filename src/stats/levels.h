/* levels.h: how a share, a rate, a mean or a count changes along levels of something
 * else, and the chance that bootstraps draw.
 *
 * Shapes:  bins in order of level; a bin without weight says nothing.
 * Units:   levels are whatever the caller's x are, logarithms as a rule.
 * Errors:  what cannot be told is NaN, or `told` is false. No function stops or prints.
 * Owns:    nothing; what is returned lies in the arena given.
 * Threads: any; no state but the arguments'.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- chance (draws.c) ---- */

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014): the same seed, the same draws, on every
 * machine. */
struct us_draws {
    uint64_t state;
};
uint64_t us_draw(struct us_draws *d);
size_t us_draw_below(struct us_draws *d, size_t n); /* 0 … n − 1; n below 2^32 */
double us_draw_even(struct us_draws *d);            /* in (0, 1) */
double us_draw_normal(struct us_draws *d);
/* By multiplying up to a mean of 30, by a rounded normal beyond it. */
int64_t us_draw_poisson(struct us_draws *d, double mean);

/* ---- a share that only falls (isotonic.c) ---- */

/* The decreasing fit of y with weights w, by pooling adjacent violators (Ayer, Brunk,
 * Ewing, Reid and Silverman, Ann. Math. Stat. 26 (1955)). Bins with w = 0 take the fit
 * of the bin before them, or after, if none is before. fit and y may not be one array.
 */
void us_isotonic_falling(
    const double *y, const double *w, size_t n, double *fit, struct us_arena *scratch);

/* ---- counts along a smooth curve (smooth.c) ---- */

enum { US_SMOOTH_DEGREE_MAX = 7 };

/* The counts a curve exp(polynomial) of so many bins expects, by the greatest Poisson
 * likelihood of the bins that are not left out; of those left out it says what would
 * have been there (Chetty, Friedman, Olsen and Pistaferri, QJE 126 (2011); Kleven and
 * Waseem, QJE 128 (2013); with a logarithm, so that no count is below 0). Counts need
 * not be whole. left_out: NULL, or n of them. False when it has no maximum: too few
 * bins with counts. */
struct us_smooth_asked {
    const double *counts;
    const bool *left_out;
    size_t n;
    int degree;
    double *curve; /* NULL; or degree + 1 coefficients over Chebyshev polynomials: where
                      to begin (all 0: anywhere), and where it ended */
};
bool us_smooth_counts(const struct us_smooth_asked *asked, double *expected);

/* ---- where a rate or a mean leaves its level (ramp.c) ---- */

/* Observations of one bin: how many, their sum, and the level they stand for. */
struct us_ramp_bin {
    double n, sum, x;
};

/* `below` up to a hinge, `above` from hinge + width on, a straight line between: with
 * width 0 a step. The hinge lies at the upper edge of bin `hinges[i]`. */
struct us_ramp_asked {
    const struct us_ramp_bin *bins;
    const double *edges; /* upper edge of each bin */
    size_t count;
    const uint32_t *hinges; /* ascending; fewer than count − 1 */
    size_t hinge_count;
    const double *widths;
    size_t width_count;
    bool rate;  /* sums are of 0 and 1: binomial likelihood; else least squares */
    bool rises; /* above is not less than below; else not more */
    double square_sum; /* of all observations, of a mean */
    double *gains; /* NULL, or room for hinge_count × width_count: of each, hinge by
                      hinge; −INFINITY where it is no better than one level */
};
struct us_ramp {
    bool told; /* false: no hinge makes it better than one level for all */
    /* Hinges that nothing parts, since no observation lies between them: indexes of
     * `hinges`. */
    size_t first, last;
    double width, below, above;
    double gain; /* of log likelihood over one level for all */
};
struct us_ramp us_ramp_fit(const struct us_ramp_asked *asked, struct us_arena *scratch);
