#include "stats/levels.h"

#include <math.h>

enum { MULTIPLIED_MEAN_MAX = 30 };

uint64_t us_draw(struct us_draws *d)
{
    uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* The bias of multiplying is below n / 2^32. */
size_t us_draw_below(struct us_draws *d, size_t n)
{
    return (size_t)(((us_draw(d) >> 32) * (uint64_t)n) >> 32);
}

double us_draw_even(struct us_draws *d)
{
    return ((double)(us_draw(d) >> 11) + 0.5) / 9007199254740992.0;
}

/* Box and Muller, Ann. Math. Stat. 29 (1958); the second of a pair is not kept. */
double us_draw_normal(struct us_draws *d)
{
    double radius = sqrt(-2 * log(us_draw_even(d)));
    return radius * cos(6.283185307179586 * us_draw_even(d));
}

int64_t us_draw_poisson(struct us_draws *d, double mean)
{
    if (!(mean > 0)) return 0;
    if (mean > MULTIPLIED_MEAN_MAX) {
        double drawn = round(mean + sqrt(mean) * us_draw_normal(d));
        return drawn > 0 ? (int64_t)drawn : 0;
    }
    double least = exp(-mean);
    double product = us_draw_even(d);
    int64_t n = 0;
    for (; product > least; n++)
        product *= us_draw_even(d);
    return n;
}
