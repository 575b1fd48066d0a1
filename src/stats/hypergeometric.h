/* hypergeometric.h: counts with fixed margins. Inside this folder only. */
#pragma once

#include "stats/stats.h"

/* What a table's cell a can be when its margins are given. */
struct margins {
    int64_t row, column, all; /* a+b, a+c, a+b+c+d */
    int64_t least, most;
};
struct margins us_margins_of(struct us_fourfold t);

/* P(a = x + 1) ÷ P(a = x) of two rows that do not differ; falls with x. */
double us_margins_ratio(const struct margins *m, int64_t x);
