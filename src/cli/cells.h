/* cells.h: cells and arguments of tables and sentences that studies have alike; what is
 * NaN or infinite is not there. */
#pragma once

#include "cli/cli.h"

/* Two digits that count, or whole: 0.034, 1.2, 17, 1204. */
double us_two_digits(double value);
us_arg us_cell_share(const char *name, double value);
us_arg us_cell_real(const char *name, double value);   /* as it is */
us_arg us_cell_digits(const char *name, double value); /* two digits that count */
us_str us_cell_bar(struct us_cli *cli, double part);
