/* special.h: functions of mathematics, from Boost.Math.
 *
 * All are exact to a few units of the last place. An argument outside of the domain
 * gives NaN, one at its edge the limit; nothing is thrown.
 *
 * Threads: any; no state.
 */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

double us_normal_below(double z);    /* P(Z <= z) */
double us_normal_above(double z);    /* P(Z > z), precise in the tail */
double us_normal_quantile(double p); /* z with P(Z <= z) = p */

double us_chi2_above(double x, double degrees);
double us_chi2_quantile(double p, double degrees); /* x with P(X <= x) = p */

double us_t_above(double t, double degrees);
double us_t_quantile(double p, double degrees);

/* P(X <= x) of a beta distribution, and x with P(X <= x) = p: exact intervals of
 * proportions (Clopper and Pearson, Biometrika 26, 1934). */
double us_beta_below(double x, double a, double b);
double us_beta_quantile(double p, double a, double b);

#ifdef __cplusplus
}
#endif
