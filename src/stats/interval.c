/* interval.c: rates and what they leave open. */

#include "stats/special.h"
#include "stats/stats.h"

#include <math.h>

double us_z_of(double level)
{
    return -us_normal_quantile((1 - level) / 2);
}

struct us_interval us_wilson(int64_t hits, int64_t n, double level)
{
    if (n <= 0) return (struct us_interval){NAN, NAN};
    double z = us_z_of(level);
    double all = (double)n;
    double p = (double)hits / all;
    double wide = 1 + z * z / all;
    double middle = (p + z * z / (2 * all)) / wide;
    double half = z / wide * sqrt(p * (1 - p) / all + z * z / (4 * all * all));
    /* at no hits and at nothing but hits the end is a plain number; rounding would miss
     * it */
    return (struct us_interval){
        hits == 0 ? 0 : middle - half, hits == n ? 1 : middle + half};
}

struct us_interval us_exact_rate(int64_t hits, int64_t n, double level)
{
    if (n <= 0) return (struct us_interval){NAN, NAN};
    double out = (1 - level) / 2;
    double x = (double)hits;
    double left = (double)(n - hits);
    return (struct us_interval){hits == 0 ? 0 : us_beta_quantile(out, x, left + 1),
        hits == n ? 1 : us_beta_quantile(1 - out, x + 1, left)};
}

struct us_interval us_poisson_rate(int64_t events, double time, double level)
{
    if (!(time > 0) || events < 0) return (struct us_interval){NAN, NAN};
    double out = (1 - level) / 2;
    double n = 2 * (double)events;
    double low = events == 0 ? 0 : us_chi2_quantile(out, n) / 2;
    return (struct us_interval){
        low / time, us_chi2_quantile(1 - out, n + 2) / 2 / time};
}

struct us_interval us_newcombe(
    int64_t hits1, int64_t n1, int64_t hits2, int64_t n2, double level)
{
    if (n1 <= 0 || n2 <= 0) return (struct us_interval){NAN, NAN};
    double p1 = (double)hits1 / (double)n1;
    double p2 = (double)hits2 / (double)n2;
    struct us_interval w1 = us_wilson(hits1, n1, level);
    struct us_interval w2 = us_wilson(hits2, n2, level);
    double d = p1 - p2;
    return (struct us_interval){
        d - hypot(p1 - w1.low, w2.high - p2), d + hypot(w1.high - p1, p2 - w2.low)};
}
