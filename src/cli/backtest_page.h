/* backtest_page.h: what `usher backtest` says to people. */
#pragma once

#include "answer/backtest.h"
#include "cli/cli.h"

struct us_backtest_page {
    struct us_cli *cli;
    const struct us_backtested *b, *against; /* against: NULL: none */
    us_str against_name;
    const struct us_vary_of *sweep; /* NULL: none */
    double now;                     /* of the sweep */
    size_t missed_shown;
};

us_code us_backtest_page(const struct us_backtest_page *p, struct us_error *e);

/* "invites >= 3 (2) · usage 20 < 40" */
us_str us_backtest_why_words(struct us_cli *cli, const struct us_rules *r,
    uint32_t definition, const struct us_backtest_why *why);

/* The variants as a table; of CSV every column, with numbers as they are. */
us_code us_backtest_sweep_table(const struct us_backtest_page *p, struct us_error *e);

/* Spans in which a source was silent, and what fell into them (backtest_silent.c). */
void us_backtest_silent_say(const struct us_backtest_page *p);
us_str us_backtest_silent_text(
    const struct us_backtest_page *p, const struct us_backtest_silent *s);

/* Nothing unless it becomes a page (html.h). backtest_charts.c */
void us_backtest_week_charts(const struct us_backtest_page *p);
void us_backtest_month_chart(const struct us_backtest_page *p);
void us_backtest_sweep_charts(const struct us_backtest_page *p);
