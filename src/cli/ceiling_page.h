/* ceiling_page.h: what `usher ceiling` says to people. */
#pragma once

#include "answer/ceiling.h"
#include "cli/cli.h"

struct us_ceiling_page {
    struct us_cli *cli;
    const struct us_ceiled *c;
    size_t shown; /* accounts of each list */
};

us_code us_ceiling_page(const struct us_ceiling_page *p, struct us_error *e);

/* The bins, every column, for CSV. */
us_code us_ceiling_bins_table(const struct us_ceiling_page *p, struct us_error *e);

/* Nothing unless it becomes a page (html.h). ceiling_charts.c */
void us_ceiling_charts(const struct us_ceiling_page *p);
