/* stats.h: numbers in, numbers out. Tables of two rows and two columns, rates and their
 * intervals, tests, times to an outcome, ranks, scorecards, how much data a question
 * takes.
 *
 * Shapes:  counts are int64_t, not negative; matrices row by row, one row a unit.
 * Units:   probabilities and rates from 0 to 1; logarithms natural, unless the name
 *          says log10; times in whatever unit they came.
 * Errors:  what cannot be told (a rate of nothing, an odds ratio of 0/0) is NaN; what
 *          has no bound is infinite. No function stops or prints.
 * Owns:    nothing; what is returned lies in the arena given.
 * Threads: any; no state but the arguments'.
 * Sources: at each function. References computed with R, scipy, statsmodels and
 *          scikit-learn are in the tests, with the code that made them.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct us_interval {
    double low, high;
};

/* The half-width of a two-sided interval in standard errors: 1.96 for 0.95. */
double us_z_of(double level);

/* ---- rates (interval.c) ---- */

/* Wilson, JASA 22 (1927). NaN when n is 0. */
struct us_interval us_wilson(int64_t hits, int64_t n, double level);
/* Clopper and Pearson, Biometrika 26 (1934): exact, and wide. */
struct us_interval us_exact_rate(int64_t hits, int64_t n, double level);
/* Of so many events in so much time, a rate in its unit (Garwood, Biometrika 28 (1936);
 * R's poisson.test): exact. NaN without time. */
struct us_interval us_poisson_rate(int64_t events, double time, double level);
/* p1 − p2 by two Wilson intervals (Newcombe, Stat. Med. 17 (1998), method 10). */
struct us_interval us_newcombe(
    int64_t hits1, int64_t n1, int64_t hits2, int64_t n2, double level);

/* ---- two rows, two columns (table.c, fisher.c, odds.c) ---- */

/*               outcome   none
 *    exposed       a        b
 *    unexposed     c        d      */
struct us_fourfold {
    int64_t a, b, c, d;
};

/* a point and its interval */
struct us_ratio {
    double value;
    struct us_interval in;
};

double us_table_exposed(struct us_fourfold t);   /* a/(a+b) */
double us_table_unexposed(struct us_fourfold t); /* c/(c+d) */
double us_table_lift(struct us_fourfold t);      /* rate exposed ÷ rate of all */
/* Katz et al., Biometrics 34 (1978): normal on the logarithm. */
struct us_ratio us_risk_ratio(struct us_fourfold t, double level);
/* Woolf, Ann. Hum. Genet. 19 (1955): normal on the logarithm; no interval when a cell
 * is 0. */
struct us_ratio us_odds_ratio(struct us_fourfold t, double level);
/* Conditional on both margins: the maximum of the likelihood and the exact interval of
 * two one-sided tests (Cornfield 1956; R's fisher.test). */
struct us_ratio us_odds_exact(struct us_fourfold t, double level);

/* log P of a hypergeometric count: x of `drawn` are marked, of `marked` in `all`. By
 * Loader's expansion ("Fast and accurate computation of binomial probabilities", 2000):
 * exact to 1e-14 of itself however large the counts. −inf where it cannot be. */
double us_hypergeometric_log(int64_t x, int64_t drawn, int64_t marked, int64_t all);

struct us_p {
    double p, log10_p; /* log10_p where p itself underflows to 0 */
};
/* Fisher's exact test, two-sided: all tables with these margins that are no more likely
 * than this one, within 1e-7 of its probability (as in R). */
struct us_p us_fisher(struct us_fourfold t);

/* q of each p by Benjamini and Hochberg, JRSS B 57 (1995), over all n; NaN stay out of
 * the count and stay NaN. p and q may be one array. */
void us_bh(const double *p, size_t n, double *q, struct us_arena *scratch);

/* ---- tables of several strata (strata.c) ---- */

struct us_strata {
    struct us_ratio odds; /* Mantel and Haenszel, JNCI 22 (1959); interval of Robins,
                             Breslow and Greenland, Biometrics 42 (1986) */
    double chi2;          /* of no association, without correction */
    double p;
    int64_t informative; /* strata in which both rows and both columns are met */
};
struct us_strata us_mantel_haenszel(
    const struct us_fourfold *strata, size_t n, double level);

/* The same odds ratio when units come in clusters (snapshots of one company): one row a
 * unit, `cluster` and `stratum` numbered from 0. Its interval and p come from the sum
 * over each cluster of what its units move log(odds) (infinitesimal jackknife), times
 * G/(G−1), with a t of G−1 degrees. */
struct us_clustered_row {
    uint32_t stratum, cluster;
    bool exposed, outcome;
};
struct us_clustered {
    struct us_ratio odds;
    double error; /* of log(odds) */
    double p;
    size_t clusters;
};
struct us_clustered us_clustered_odds(const struct us_clustered_row *rows, size_t n,
    double level, struct us_arena *scratch);
/* Its interval and p with a t of fewer degrees: where a handful of the clusters carry
 * what there is to know (few are exposed, or few have the outcome), G−1 degrees promise
 * too much (MacKinnon and Webb, J. Appl. Econometrics 32 (2017)). NaN below 1. */
struct us_clustered us_clustered_degrees(
    struct us_clustered r, double degrees, double level);

/* ---- a rate against others' in the same strata (standard.c) ---- */

/* Directly standardised: the rate of the exposed, and `base`, what they would have at
 * the rates of the unexposed of their own strata (Rothman, Greenland and Lash, Modern
 * Epidemiology, 3rd ed., ch. 4: standardised to the exposed, an SMR). Strata without
 * both are left out. The interval is on log(ratio), from what each cluster moves it by,
 * as in us_clustered_odds. */
struct us_standard {
    int64_t exposed; /* in strata that have both */
    double rate, base;
    struct us_ratio ratio;
    double error; /* of log(ratio) */
    size_t clusters;
};
struct us_standard us_standard_ratio(const struct us_clustered_row *rows, size_t n,
    double level, struct us_arena *scratch);

/* ---- order (order.c) ---- */

void us_sort(double *v, size_t n);
/* Of sorted v; between neighbours by straight line (R's type 7). NaN when n is 0. */
double us_quantile(const double *sorted, size_t n, double p);
double us_mean(const double *v, size_t n);
/* Over n, not n − 1. */
double us_deviation(const double *v, size_t n, double mean);

/* ---- time to an outcome (survival.c) ---- */

struct us_life {
    double time;
    bool outcome; /* else last seen at time, without it */
};
struct us_survival_step {
    double time;
    int64_t at_risk, outcomes;
    double surviving;  /* after this time */
    double log_error2; /* Greenwood's sum: the variance of log(surviving) */
};
struct us_survival {
    struct us_survival_step *steps; /* times with outcomes, ascending */
    size_t step_count;
    double *times; /* of all, ascending */
    size_t n;
    int64_t outcomes;
};
/* Kaplan and Meier, JASA 53 (1958). Sorts lives. */
struct us_survival us_kaplan_meier(struct us_life *lives, size_t n, struct us_arena *a);

struct us_survival_at {
    double happened;       /* 1 − surviving */
    struct us_interval in; /* normal on log(surviving), R's default */
    int64_t at_risk;       /* seen at least so long */
};
struct us_survival_at us_survival_at(
    const struct us_survival *s, double time, double level);

/* ---- ranks (rank.c) ---- */

struct us_auc {
    double value; /* P(score of one with the outcome > of one without), ties a half */
    double error; /* Hanley and McNeil, Radiology 143 (1982) */
    int64_t with, without;
};
struct us_auc us_auc_of(
    const double *scores, const uint8_t *outcomes, size_t n, struct us_arena *scratch);

/* Units by predicted rate in bands of equal size: what was said, what came. */
struct us_calibration_band {
    int64_t n, hits;
    double predicted;      /* mean */
    struct us_interval in; /* Wilson, 0.95, of hits/n */
};
/* Fills at most `bands`; how many. Those with equal predictions may be parted. */
size_t us_calibration(const double *predicted, const uint8_t *outcomes, size_t n,
    struct us_calibration_band *into, size_t bands, struct us_arena *scratch);

/* ---- scorecards (logistic.c) ---- */

struct us_logistic_asked {
    const double *x; /* n × k, no column of ones */
    const uint8_t *y;
    size_t n, k;
    double penalty; /* λ: λ/2·Σβ² is added to −log likelihood; 0 none. The
                       intercept is never penalised. scikit-learn's C is 1/λ */
    const uint32_t *cluster; /* of each row, numbered from 0; NULL: none */
    size_t cluster_count;
};
typedef enum us_fit {
    US_FIT_GOOD,
    US_FIT_ONE_OUTCOME, /* all have it, or none */
    US_FIT_SEPARATED,   /* without a penalty some line parts the outcomes: no maximum */
    US_FIT_SINGULAR,    /* columns say the same */
} us_fit;
struct us_logistic {
    us_fit fit;
    double intercept, *beta; /* k */
    /* Standard errors, of the intercept at 0; by clusters with G/(G−1)·(n−1)/(n−k−1)
     * where clusters are given, else from the second derivative. */
    double *errors;
    double log_likelihood; /* without the penalty */
    int steps;
};
/* Newton's steps with halving until the gradient is below 1e-10 of n. */
struct us_logistic us_logistic_fit(
    const struct us_logistic_asked *asked, struct us_arena *a);
double us_logistic_rate(const struct us_logistic *m, const double *x, size_t k);

/* ---- how much data a question takes (power.c) ---- */

/* Units in both arms together, a share `held` of them in the arm with rate p1, to see
 * p1 against p2 with two-sided level alpha and this power: variances of each arm by
 * itself (Fleiss, Levin and Paik, 3rd ed., 4.14 with unequal arms). */
double us_power_units(double p1, double p2, double held, double alpha, double power);
double us_power_of(double p1, double p2, double held, double units, double alpha);
/* The smallest p2 above p1 that so many units show; NaN when none does. */
double us_power_least(double p1, double held, double units, double alpha, double power);
