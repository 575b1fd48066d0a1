/* power.c: how many qualified accounts a holdout needs before it can show anything. */

#include "cli/cli.h"
#include "stats/stats.h"

#include <math.h>

enum { WEEK_MAX = 1000000 };

#define ALPHA 0.05
#define POWER 0.8

/* What is asked about when nothing is: field.md B12 has the same. */
static const double pairs[][2] = {
    {0.05, 0.10}, {0.10, 0.15}, {0.10, 0.20}, {0.15, 0.25}};
static const double shares[] = {0.10, 0.15, 0.20, 0.33, 0.50};
enum { PAIRS = sizeof pairs / sizeof *pairs, SHARES = sizeof shares / sizeof *shares };

struct asking {
    double rate, with, held; /* NaN: not given */
    double week;             /* accounts that qualify in a week; NaN */
};

/* "20%" or "0.2" */
static us_code share_asked(
    struct us_cli *cli, const char *name, double *out, struct us_error *e)
{
    us_str text = us_cli_option(cli, name);
    double unit = 1;
    *out = NAN;
    if (!text.ptr) return US_OK;
    us_str digits = text;
    if (us_str_has_suffix(text, US_S("%"))) {
        digits = us_str_slice(text, 0, text.len - 1);
        unit = 100;
    }
    bool good = us_str_real(digits, out);
    *out /= unit;
    if (good && *out > 0 && *out < 1) return US_OK;
    return us_fail(e, US_USAGE, "cli.power_share",
        US_ARGS(US_TEXT("option", us_str_c(name)), US_TEXT("value", text)));
}

static us_code asked_read(struct us_cli *cli, struct asking *x, struct us_error *e)
{
    us_str week = us_cli_option(cli, "week");
    US_TRY(share_asked(cli, "rate", &x->rate, e));
    US_TRY(share_asked(cli, "with", &x->with, e));
    US_TRY(share_asked(cli, "holdout", &x->held, e));
    x->week = NAN;
    bool good = !week.ptr ||
                (us_str_real(week, &x->week) && x->week > 0 && x->week <= WEEK_MAX);
    if (!good)
        return us_fail(e, US_USAGE, "cli.power_week", US_ARGS(US_TEXT("value", week)));
    if (x->with <= x->rate) return us_fail(e, US_USAGE, "cli.power_order", NULL);
    if (isnan(x->rate) && !isnan(x->with))
        return us_fail(e, US_USAGE, "cli.power_rate", NULL);
    return US_OK;
}

static us_arg weeks_cell(double accounts, double week)
{
    us_arg cell = US_WHOLE("weeks", ceil(accounts / week));
    if (isnan(week)) cell.kind = US_ARG_NONE;
    return cell;
}

static us_code row(struct us_table *t, const struct asking *x, double rate, double with,
    double held, struct us_error *e)
{
    double units = ceil(us_power_units(rate, with, held, ALPHA, POWER));
    return us_table_row(t,
        US_ARGS(US_SHARE("rate", rate), US_SHARE("with", with), US_SHARE("held", held),
            US_WHOLE("accounts", units), US_WHOLE("held_out", round(held * units)),
            weeks_cell(units, x->week)),
        e);
}

static us_code rows_of(struct us_table *t, const struct asking *x, double rate,
    double with, struct us_error *e)
{
    if (!isnan(x->held)) return row(t, x, rate, with, x->held, e);
    for (size_t i = 0; i < SHARES; i++)
        US_TRY(row(t, x, rate, with, shares[i], e));
    return US_OK;
}

static us_code rows(struct us_table *t, const struct asking *x, struct us_error *e)
{
    if (!isnan(x->with)) return rows_of(t, x, x->rate, x->with, e);
    for (size_t i = 0; i < PAIRS && isnan(x->rate); i++)
        US_TRY(rows_of(t, x, pairs[i][0], pairs[i][1], e));
    /* From one rate: half as much again, and twice. */
    for (double times = 1.25; times <= 2 && !isnan(x->rate); times += 0.25)
        if (x->rate * times < 1) US_TRY(rows_of(t, x, x->rate, x->rate * times, e));
    return US_OK;
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"rate", "cli.power_column_rate", US_RIGHT},
        {"with", "cli.power_column_with", US_RIGHT},
        {"held", "cli.power_column_held", US_RIGHT},
        {"accounts", "cli.power_column_accounts", US_RIGHT},
        {"held_out", "cli.power_column_out", US_RIGHT},
        {"weeks", "cli.power_column_weeks", US_RIGHT},
    };
    struct asking x;
    struct us_table table;
    US_TRY(asked_read(cli, &x, e));
    size_t count = sizeof columns / sizeof *columns;
    bool people = cli->format == US_FORMAT_PEOPLE;
    us_table_begin(&table, cli, columns, people && isnan(x.week) ? count - 1 : count);
    US_TRY(rows(&table, &x, e));
    US_TRY(us_table_end(&table, e));
    if (!people) return US_OK;
    us_buf_char(cli->out, '\n');
    us_screen_say(cli, us_text(cli->arena, cli->lang, "cli.power_reading", NULL), 0);
    return US_OK;
}

static const struct us_option options[] = {
    {"rate", 0, "10%", "cli.power_option_rate"},
    {"with", 0, "15%", "cli.power_option_with"},
    {"holdout", 0, "20%", "cli.power_option_holdout"},
    {"week", 0, "N", "cli.power_option_week"},
    {0},
};

static const struct us_example examples[] = {
    {"usher power --rate 10% --with 15% --holdout 20% --week 12", "cli.power_example"},
    {"usher power", "cli.power_example_table"},
    {0},
};

const struct us_command us_command_power = {
    .name = "power",
    .group = US_GROUP_LOOK,
    .summary = "cli.power",
    .about = "cli.power_about",
    .usage = "[--rate 10%] [--with 15%] [--holdout 20%] [--week N]",
    .args_max = 0,
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS_NOTHING,
};
