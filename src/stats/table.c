/* table.c: what a table of two rows and two columns says, by formulas. */

#include "stats/stats.h"

#include <math.h>

double us_table_exposed(struct us_fourfold t)
{
    return (double)t.a / (double)(t.a + t.b);
}

double us_table_unexposed(struct us_fourfold t)
{
    return (double)t.c / (double)(t.c + t.d);
}

double us_table_lift(struct us_fourfold t)
{
    double all = (double)(t.a + t.c) / (double)(t.a + t.b + t.c + t.d);
    return us_table_exposed(t) / all;
}

/* value · e^(±z·error); without an error everything is possible */
static struct us_ratio around(double value, double error2, double level)
{
    struct us_ratio r = {value, {NAN, NAN}};
    if (!isfinite(error2) || isnan(value)) return r;
    double factor = exp(us_z_of(level) * sqrt(error2));
    r.in = (struct us_interval){value / factor, value * factor};
    return r;
}

struct us_ratio us_risk_ratio(struct us_fourfold t, double level)
{
    double a = (double)t.a;
    double c = (double)t.c;
    double error2 = 1 / a - 1 / (a + (double)t.b) + 1 / c - 1 / (c + (double)t.d);
    return around(us_table_exposed(t) / us_table_unexposed(t), error2, level);
}

struct us_ratio us_odds_ratio(struct us_fourfold t, double level)
{
    double a = (double)t.a;
    double b = (double)t.b;
    double c = (double)t.c;
    double d = (double)t.d;
    return around(a * d / (b * c), 1 / a + 1 / b + 1 / c + 1 / d, level);
}
