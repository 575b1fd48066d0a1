#include "cli/cells.h"

#include <math.h>

enum { BAR = 12, BAR_BYTES_MAX = 256 };

double us_two_digits(double value)
{
    if (!isfinite(value) || value == 0) return value;
    double scale = pow(10, floor(log10(fabs(value))) - 1);
    return scale >= 1 ? round(value) : round(value / scale) * scale;
}

us_arg us_cell_share(const char *name, double value)
{
    us_arg arg = US_SHARE(name, value);
    if (!isfinite(value)) arg.kind = US_ARG_NONE;
    return arg;
}

us_arg us_cell_real(const char *name, double value)
{
    us_arg arg = US_REAL(name, value);
    if (!isfinite(value)) arg.kind = US_ARG_NONE;
    return arg;
}

us_arg us_cell_digits(const char *name, double value)
{
    return us_cell_real(name, us_two_digits(value));
}

us_str us_cell_bar(struct us_cli *cli, double part)
{
    struct us_buf out = us_buf_new(cli->arena, BAR_BYTES_MAX);
    us_screen_bar(&out, part, BAR);
    return us_buf_str(&out);
}
