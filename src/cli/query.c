/* query.c: any SQL over history. */

#include "cli/workspace.h"

struct answer {
    struct us_cli *cli;
    struct us_table table;
    struct us_table_column columns[US_TABLE_COLUMNS_MAX];
    bool begun;
};

static us_code begin(
    struct answer *a, const struct us_history_rows *head, struct us_error *e)
{
    if (head->column_count > US_TABLE_COLUMNS_MAX)
        return us_fail(e, US_LIMIT, "cli.query_columns",
            US_ARGS(US_WHOLE("max", US_TABLE_COLUMNS_MAX)));
    for (size_t i = 0; i < head->column_count; i++) {
        char *name = us_arena_cstr(a->cli->arena, head->columns[i]);
        a->columns[i] = (struct us_table_column){name, name, US_LEFT};
    }
    us_table_begin(&a->table, a->cli, a->columns, head->column_count);
    a->begun = true;
    return US_OK;
}

/* A whole number past 64 bits keeps its digits instead. */
static bool fraction(us_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '.' || text.ptr[i] == 'e' || text.ptr[i] == 'E') return true;
    return false;
}

static us_code row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    struct answer *a = ctx;
    if (!a->begun) US_TRY(begin(a, head, e));
    us_arg args[US_TABLE_COLUMNS_MAX + 1] = {{0}};
    for (size_t i = 0; i < head->column_count; i++) {
        args[i] = (us_arg){.name = a->columns[i].key, .text = cells[i].text};
        args[i].kind = cells[i].null ? US_ARG_NONE : US_ARG_TEXT;
        int64_t whole = 0;
        double real = 0;
        if (cells[i].null || !cells[i].number) continue;
        if (us_str_int(cells[i].text, &whole)) {
            args[i].kind = US_ARG_WHOLE;
            args[i].whole = whole;
        } else if (fraction(cells[i].text) && us_str_real(cells[i].text, &real)) {
            args[i].kind = US_ARG_REAL;
            args[i].real = real;
        }
    }
    return us_table_row(&a->table, args, e);
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct us_workspace w;
    struct answer a = {.cli = cli};
    US_TRY(us_workspace_open(cli, &w, e));
    us_code code = us_workspace_seen(&w, e);
    if (code == US_OK) code = us_history_sql(w.history, cli->args[0], row, &a, e);
    if (code == US_OK && a.begun) code = us_table_end(&a.table, e);
    if (code == US_OK && cli->format == US_FORMAT_JSON)
        us_lag_add(&cli->behind, false, cli->out);
    us_workspace_close(&w);
    return code;
}

static const struct us_example examples[] = {
    {"usher query \"SELECT event, count(*) AS n FROM events_now GROUP BY 1 ORDER BY 2 "
     "DESC\"",
        "cli.query_example"},
    {"usher query --csv \"FROM payments_view\"", "cli.query_example_csv"},
    {0},
};

const struct us_command us_command_query = {
    .name = "query",
    .group = US_GROUP_DATA,
    .summary = "cli.query",
    .about = "cli.query_about",
    .usage = "SQL",
    .args_min = 1,
    .args_max = 1,
    .examples = examples,
    .run = run,
    .asks = US_ASKS_SEEN,
};
