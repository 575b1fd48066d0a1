/* html.h: what a command says to people as one self-contained page, readable offline,
 * in one language or two side by side.
 *
 * Sentences, headings and tables of cli.h become elements of the page while cli->html
 * is set; charts are drawn there alone.
 *
 * Fails:   US_IO as us_file_write.
 */
#pragma once

#include "cli/cli.h"

/* Text with < > & and quotes as entities. */
void us_html_put(struct us_buf *out, us_str text);
/* <name>text</name>, and `code` between backticks. */
void us_html_element(struct us_buf *out, const char *name, us_str text);

/* One more option of each command that has a page. */
#define US_OPTION_HTML                       \
    {                                        \
        "html", 0, "FILE", "cli.option_html" \
    }

/* Everything `say` says, in the language of the call or in both, written to --html's
 * file; then one line that says so. title: a key, said with args. */
typedef us_code us_html_say(void *ctx, struct us_error *e);
us_code us_html_page(struct us_cli *cli, const char *title, const us_arg *args,
    us_html_say *say, void *ctx, struct us_error *e);

/* ---- charts ---- */

/* A stretch of a chart, in columns: 1.5 is the middle of the second. */
struct us_shade {
    double from, to;
    us_str says; /* when pointed at */
};

/* Columns, or points with whiskers, over labels from left to right. */
struct us_chart {
    const char *title;        /* key */
    const us_arg *title_args; /* NULL: none */
    const us_str *labels;
    const double *values;     /* NaN: nothing there */
    const double *low, *high; /* whiskers; NULL: columns */
    size_t count;
    bool share;            /* values are 0 to 1, said as per cent */
    double line;           /* a line across; NaN: none */
    const char *line_says; /* key */
    const struct us_shade *shades;
    size_t shade_count;
    const char *shade_says; /* key */
};
/* Nothing unless cli->html. */
void us_chart_put(struct us_cli *cli, const struct us_chart *chart);
