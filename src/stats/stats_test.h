/* stats_test.h: what the tests of this folder share. */
#pragma once

#include "base/tap.h"
#include "stats/stats.h"

#include <math.h>

/* Equal within a part of the larger; NaN equals NaN, and so does infinity itself. */
static inline bool near(double got, double want, double within)
{
    bool good = got == want || (isnan(got) && isnan(want)) ||
                fabs(got - want) <= within * fmax(fabs(got), fabs(want));
    if (!good) printf("# got %.17g, wanted %.17g\n", got, want);
    return good;
}

static inline bool near_ratio(
    struct us_ratio got, double value, double low, double high, double within)
{
    bool all = near(got.value, value, within);
    all = near(got.in.low, low, within) && all;
    return near(got.in.high, high, within) && all;
}
