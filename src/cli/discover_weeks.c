/* discover_weeks.c: what was seen week by week, for people. */

#include "cli/discover.h"

#include <math.h>
#include <stdlib.h>

enum { SHOWN = 20 };

static const struct us_table_column columns[] = {
    {"behaviour", "cli.column_before_monday", US_LEFT},
    {"within_days", "cli.column_first_days", US_RIGHT},
    {"n", "cli.column_weeks_met", US_RIGHT},
    {"companies", "cli.column_companies", US_RIGHT},
    {"rate", "cli.column_go_on", US_RIGHT},
    {"later", "cli.column_later_half", US_RIGHT},
    {"without", "cli.column_without", US_RIGHT},
    {"odds", "cli.column_odds", US_RIGHT},
    {"low", "cli.column_odds_low", US_RIGHT},
    {"high", "cli.column_odds_high", US_RIGHT},
    {"adjusted", "cli.column_adjusted", US_RIGHT},
    {"q", "cli.column_q", US_RIGHT},
    {"fires", "cli.column_a_week", US_RIGHT},
    {"leak", NULL, US_LEFT},
};
enum { COLUMNS = sizeof columns / sizeof *columns, READABLE = COLUMNS - 1 };

static us_code row_say(struct us_cli *cli, const struct us_discovering *x,
    const struct us_rolled *r, struct us_table *table, struct us_error *e)
{
    bool whole = cli->format != US_FORMAT_PEOPLE; /* numbers as they are */
    us_arg q = US_TEXT("q", us_arena_fmt(cli->arena, "%.*g", whole ? 17 : 2, r->q));
    if (isnan(r->q)) q.kind = US_ARG_NONE;
    double odds[] = {r->odds.odds.value, r->odds.odds.in.low, r->odds.odds.in.high,
        r->adjusted.odds.value, r->fires_per_week};
    for (size_t i = 0; i < sizeof odds / sizeof *odds && !whole; i++)
        odds[i] = us_two_digits(odds[i]);
    double days = (double)x->q[r->window].within / (double)US_DAY_US;
    const us_arg cells[] = {
        US_TEXT("behaviour", us_behaviour_text(cli, &x->s.units, &r->is)),
        US_REAL("within_days", days), US_WHOLE("n", r->table.a + r->table.b),
        US_WHOLE("companies", r->companies), us_cell_share("rate", r->rate_exposed),
        us_cell_share("later", r->rate_late),
        us_cell_share("without", r->rate_unexposed), us_cell_real("odds", odds[0]),
        us_cell_real("low", odds[1]), us_cell_real("high", odds[2]),
        us_cell_real("adjusted", odds[3]), q, us_cell_real("fires", odds[4]),
        US_TEXT("leak", us_leak_word(r->leak)), {.name = NULL}};
    return us_table_row(table, cells, e);
}

static double promise(const struct us_rolled *r)
{
    return isnan(r->odds.odds.in.low) ? -INFINITY : r->odds.odds.in.low;
}

static int by_promise(const void *a, const void *b)
{
    const struct us_rolled *x = a;
    const struct us_rolled *y = b;
    double p = promise(x);
    double q = promise(y);
    if (p != q) return p > q ? -1 : 1;
    if (x->is.event != y->is.event) return x->is.event < y->is.event ? -1 : 1;
    return (x->is.k > y->is.k) - (x->is.k < y->is.k);
}

us_code us_discover_weeks_csv(
    struct us_cli *cli, const struct us_discovering *x, struct us_error *e)
{
    struct us_table table;
    us_table_begin(&table, cli, columns, COLUMNS);
    for (size_t i = 0; i < x->rolled.count; i++)
        US_TRY(row_say(cli, x, &x->rolled.rows[i], &table, e));
    return us_table_end(&table, e);
}

static us_code table_of(
    struct us_cli *cli, const struct us_discovering *x, bool leaks, struct us_error *e)
{
    struct us_table table;
    size_t left = SHOWN;
    us_table_begin(&table, cli, columns, READABLE);
    for (size_t i = 0; i < x->rolled.count && left; i++) {
        const struct us_rolled *r = &x->rolled.rows[i];
        if ((r->leak != US_LEAK_NONE) != leaks) continue;
        US_TRY(row_say(cli, x, r, &table, e));
        left--;
    }
    return us_table_end(&table, e);
}

us_code us_discover_weeks_say(
    struct us_cli *cli, struct us_discovering *x, struct us_error *e)
{
    const struct us_rolling *f = &x->mondays[0];
    size_t leaks = 0;
    for (size_t i = 0; i < x->rolled.count; i++)
        leaks += x->rolled.rows[i].leak != US_LEAK_NONE;
    if (x->rolled.count)
        qsort(x->rolled.rows, x->rolled.count, sizeof *x->rolled.rows, by_promise);
    us_cli_say(cli, "cli.discover_weeks",
        US_ARGS(US_WHOLE("n", (int64_t)f->count), US_WHOLE("weeks", (int64_t)f->weeks),
            US_WHOLE("units", (int64_t)f->units),
            US_WHOLE("companies", (int64_t)f->clusters),
            US_WHOLE("converted", f->converted), US_SHARE("rate", x->rolled.base_rate),
            US_WHOLE("converted_units", f->converted_units),
            US_TEXT("outcome", x->s.said),
            US_REAL("horizon", (double)x->q[0].horizon / (double)US_DAY_US)));
    us_cli_say(cli, "cli.discover_weeks_left",
        US_ARGS(US_WHOLE("early", f->early), US_WHOLE("short", f->short_followup),
            US_WHOLE("converted", f->left_converted),
            US_WHOLE("touched", f->left_touched + f->touched_next),
            US_WHOLE("raised", f->left_raised), US_WHOLE("silent", f->silent),
            US_WHOLE("days", US_ROLLING_SILENT_DAYS)));
    us_buf_char(cli->out, '\n');
    if (x->rolled.count == leaks) us_cli_say(cli, "cli.discover_weeks_nothing", NULL);
    if (x->rolled.count > leaks) US_TRY(table_of(cli, x, false, e));
    if (leaks) {
        us_buf_char(cli->out, '\n');
        us_screen_heading(cli, "cli.cards_leak",
            US_ARGS(US_TEXT("outcome", x->s.outcome),
                US_WHOLE("minutes", US_LEAK_MINUTES)));
        US_TRY(table_of(cli, x, true, e));
    }
    us_buf_char(cli->out, '\n');
    us_cli_say(cli, "cli.discover_weeks_reading",
        US_ARGS(US_WHOLE("tested", (int64_t)x->rolled.count)));
    return US_OK;
}
