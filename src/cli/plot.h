/* plot.h: days as columns of a terminal. */
#pragma once

#include "cli/cli.h"

/* So many days in so many columns: several days in one, or a day in up to three. */
struct us_plot {
    int64_t first_day; /* UTC */
    size_t days, columns;
};

struct us_plot us_plot_fit(int64_t first_day, size_t days, size_t room);

/* The day a column shows: the last of those in it. */
size_t us_plot_day(const struct us_plot *p, size_t column);
/* The (first) column a day is in. */
size_t us_plot_column(const struct us_plot *p, size_t day);

/* One of eight heights: the lowest for 0 or less, the highest for 1. */
us_str us_plot_level(double share);

/* A line of dates above the plot: months, or Mondays when the days are few; January is
 * its year. Padded to the width of the plot. */
void us_plot_dates(const struct us_plot *p, us_lang lang, struct us_buf *out);
