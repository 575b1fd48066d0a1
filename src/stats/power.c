/* power.c: how many units a comparison of two rates takes. */

#include "stats/special.h"
#include "stats/stats.h"

#include <math.h>

enum { HALVINGS = 200 };

/* variance of p1 − p2, times the number of units in both arms */
static double spread(double p1, double p2, double held)
{
    return p1 * (1 - p1) / held + p2 * (1 - p2) / (1 - held);
}

double us_power_units(double p1, double p2, double held, double alpha, double power)
{
    double z = us_z_of(1 - alpha) + us_normal_quantile(power);
    return z * z * spread(p1, p2, held) / ((p1 - p2) * (p1 - p2));
}

/* The far tail, in which the sign would be wrong, is not counted. */
double us_power_of(double p1, double p2, double held, double units, double alpha)
{
    double error = sqrt(spread(p1, p2, held) / units);
    return us_normal_below(fabs(p1 - p2) / error - us_z_of(1 - alpha));
}

double us_power_least(double p1, double held, double units, double alpha, double power)
{
    double low = p1;
    double high = 1;
    if (!(us_power_units(p1, high, held, alpha, power) <= units)) return NAN;
    for (int i = 0; i < HALVINGS && low < high; i++) {
        double middle = low + (high - low) / 2;
        if (us_power_units(p1, middle, held, alpha, power) <= units)
            high = middle;
        else if (middle == low)
            break;
        else
            low = middle;
    }
    return high;
}
