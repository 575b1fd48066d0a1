/* values.c: what signals are worth, for every account, as known at a moment. */

#include "answer/values.h"

#include "cli/asked.h"

#include <string.h>

/* What was asked for, in the order of the call. */
struct wanted {
    us_str *names;  /* of signals; an expression has one that nobody sees */
    us_str *titles; /* as written */
    size_t count;
    us_str *texts, *hidden;
    struct us_expressions expressions;
};

static void wanted_read(struct us_cli *cli, struct wanted *w)
{
    size_t most = cli->given_count + 1;
    *w = (struct wanted){.names = us_new(cli->arena, us_str, most),
        .titles = us_new(cli->arena, us_str, most),
        .texts = us_new(cli->arena, us_str, most),
        .hidden = us_new(cli->arena, us_str, most)};
    for (size_t i = 0; i < cli->given_count; i++) {
        const struct us_given *given = &cli->given[i];
        bool expression = strcmp(given->option->name, "expr") == 0;
        if (!expression && strcmp(given->option->name, "signal") != 0) continue;
        us_str name = given->value;
        if (expression) {
            size_t n = w->expressions.count++;
            name = us_arena_fmt(cli->arena, "usher_expression_%zu", n + 1);
            w->texts[n] = given->value;
            w->hidden[n] = name;
        }
        w->titles[w->count] = given->value;
        w->names[w->count++] = name;
    }
    w->expressions.texts = w->texts;
    w->expressions.names = w->hidden;
    w->expressions.people = us_cli_has(cli, "user");
}

/* ---- as a table ---- */

enum { COLUMNS_FIRST = 2 };

struct rows {
    struct us_cli *cli;
    struct us_asked *asked;
    const struct us_values *values;
    struct us_table table;
    struct us_arg cells[US_TABLE_COLUMNS_MAX + 1];
};

static us_arg cell_of(struct us_cli *cli, const char *name, us_value v)
{
    us_arg cell = US_NONE(name);
    if (v.kind == US_NUMBER) cell = (us_arg)US_REAL(name, v.number);
    if (v.kind == US_STRING) cell = (us_arg)US_TEXT(name, v.text);
    if (v.kind == US_BOOL) {
        us_str word =
            us_text(cli->arena, cli->lang, v.truth ? "cli.yes" : "cli.no", NULL);
        cell = (us_arg)US_TEXT(name, word);
    }
    return cell;
}

static us_code take_table(
    void *ctx, const struct us_values_row *row, struct us_error *e)
{
    struct rows *r = ctx;
    size_t at = 0;
    r->cells[at++] = (us_arg)US_TEXT("account", row->account);
    if (r->values->people) r->cells[at++] = (us_arg)US_TEXT("user", row->user);
    for (size_t i = 0; i < r->values->count; i++, at++)
        r->cells[at] = cell_of(r->cli, r->table.columns[at].key, row->values[i]);
    r->cells[at] = (us_arg){.name = NULL};
    us_progress_end(&r->asked->w.progress);
    return us_table_row(&r->table, r->cells, e);
}

static us_code as_table(struct rows *r, struct us_whom whom, struct us_error *e)
{
    const struct us_values *v = r->values;
    struct us_cli *cli = r->cli;
    size_t before = v->people ? COLUMNS_FIRST : 1;
    if (before + v->count > US_TABLE_COLUMNS_MAX)
        return us_fail(e, US_USAGE, "cli.values_wide",
            US_ARGS(US_WHOLE("n", v->count),
                US_WHOLE("max", US_TABLE_COLUMNS_MAX - before)));
    struct us_table_column *columns =
        us_new(cli->arena, struct us_table_column, before + v->count);
    columns[0] = (struct us_table_column){"account", "cli.column_account", US_LEFT};
    if (v->people)
        columns[1] = (struct us_table_column){"user", "cli.column_user", US_LEFT};
    for (size_t i = 0; i < v->count; i++)
        columns[before + i] = (struct us_table_column){
            us_arena_cstr(cli->arena, v->columns[i].name), NULL, US_RIGHT};
    us_table_begin(&r->table, cli, columns, before + v->count);
    US_TRY(us_values_ask(&r->asked->ask, v, whom, take_table, r, e));
    return us_table_end(&r->table, e);
}

/* ---- for programs ---- */

static us_code take_line(void *ctx, const struct us_values_row *row, struct us_error *e)
{
    struct rows *r = ctx;
    if (r->cli->format == US_FORMAT_JSON)
        us_values_json(&r->asked->ask, r->values, row, r->cli->out);
    else
        us_values_csv(r->values, row, r->cli->out);
    return us_asked_drain(r->cli, r->asked, e);
}

static us_code answer(
    struct us_cli *cli, struct us_asked *a, const struct wanted *w, struct us_error *e)
{
    struct us_values values;
    US_TRY(us_workspace_at(cli, &a->w, &a->ask.at, e));
    US_TRY(us_values_choose(
        &a->ask, w->names, w->count, us_cli_has(cli, "user"), cli->arena, &values, e));
    for (size_t i = 0; i < w->count; i++)
        values.columns[i].name = w->titles[i];
    struct us_whom whom = us_asked_whom(cli);
    struct rows rows = {.cli = cli, .asked = a, .values = &values};
    if (us_cli_has(cli, "table") && cli->format == US_FORMAT_PEOPLE) {
        US_TRY(as_table(&rows, whom, e));
    } else {
        if (cli->format != US_FORMAT_JSON) us_values_csv_head(&values, cli->out);
        US_TRY(us_values_ask(&a->ask, &values, whom, take_line, &rows, e));
    }
    return us_asked_end(cli, a, false, e);
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct wanted w;
    struct us_asked a;
    wanted_read(cli, &w);
    US_TRY(us_asked_open(cli, &w.expressions, &a, e));
    us_code code = answer(cli, &a, &w, e);
    us_asked_close(&a);
    return code;
}

static const struct us_option options[] = {
    {"at", 0, "TIME", "cli.option_at"},
    {"account", 'a', "ACCOUNT", "cli.option_account"},
    {"signal", 's', "SIGNAL", "cli.values_signal"},
    {"expr", 'e', "EXPRESSION", "cli.values_expr"},
    {"user", 'u', NULL, "cli.values_user"},
    {"table", 't', NULL, "cli.values_table"},
    US_OPTION_TIMING,
    {0},
};

static const struct us_example examples[] = {
    {"usher values > today.csv", "cli.values_example"},
    {"usher values --at 2026-03-01 --account acme --table", "cli.values_example_at"},
    {"usher values --expr 'count(\"Invite Sent\", 7d)' --json",
        "cli.values_example_expr"},
    {"usher values --user --signal active_days", "cli.values_example_user"},
    {0},
};

const struct us_command us_command_values = {
    .name = "values",
    .group = US_GROUP_LOOK,
    .summary = "cli.values",
    .about = "cli.values_about",
    .usage = "[--at TIME] [--account ACCOUNT]… [--signal SIGNAL]…",
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};
