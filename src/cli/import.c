/* import.c: files of events, payments, deals … into the workspace. */

#include "import/import.h"

#include "cli/workspace.h"

enum { MAPS_MAX = US_CLI_OPTIONS_MAX };

/* One dead letter as it is met: "events.ndjson:12 (byte 3456): …". */
static void dead(
    void *ctx, us_str file, int64_t line, int64_t byte, const struct us_error *why)
{
    struct us_progress *progress = ctx;
    const struct us_cli *cli = progress->cli;
    us_progress_end(progress);
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    struct us_buf words = us_buf_new(&a, 1 << 16);
    us_say_error(&words, cli->lang, why);
    us_say(cli->out, cli->lang, "cli.import_dead",
        US_ARGS(US_TEXT("file", file), US_WHOLE("line", line), US_WHOLE("byte", byte),
            US_TEXT("why", us_screen_clean(&a, us_buf_str(&words)))));
    us_buf_char(cli->out, '\n');
    us_arena_done(&a);
}

static us_code maps(
    struct us_cli *cli, struct us_column_map *map, size_t *count, struct us_error *e)
{
    for (*count = 0; *count < MAPS_MAX; ++*count) {
        us_str pair = us_cli_option_nth(cli, "map", *count);
        if (!pair.ptr) return US_OK;
        us_str from;
        us_str to = us_str_cut(pair, '=', &from);
        if (from.len == 0 || to.len == 0)
            return us_fail(
                e, US_USAGE, "cli.import_map", US_ARGS(US_TEXT("given", pair)));
        map[*count] = (struct us_column_map){from, to};
    }
    return US_OK;
}

static size_t all_of(const struct us_cli *cli, const char *name, us_str *list)
{
    size_t count = 0;
    while (count < MAPS_MAX && us_cli_option_nth(cli, name, count).ptr) {
        list[count] = us_cli_option_nth(cli, name, count);
        count++;
    }
    return count;
}

static us_code file_row(struct us_cli *cli, struct us_table *table, us_str path,
    const struct us_import_counts *c, struct us_error *e)
{
    (void)cli;
    return us_table_row(table,
        US_ARGS(US_TEXT("file", path), US_TEXT("kind", c->kind),
            US_WHOLE("rows", c->lines), US_WHOLE("added", c->added),
            US_WHOLE("duplicates", c->duplicates), US_WHOLE("dead", c->dead)),
        e);
}

/* "-" is what the caller's standard input is, in a server too. */
static us_str path_of(const struct us_cli *cli, us_str path)
{
    if (!cli->lender || !us_str_eq(path, US_S("-"))) return path;
    return us_arena_fmt(cli->arena, "/proc/self/fd/%d", cli->in_fd);
}

static us_code import_all(struct us_cli *cli, struct us_workspace *w,
    struct us_import *im, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"file", "cli.column_file", US_LEFT},
        {"kind", "cli.column_kind", US_LEFT},
        {"rows", "cli.column_rows", US_RIGHT},
        {"added", "cli.column_added", US_RIGHT},
        {"duplicates", "cli.column_duplicates", US_RIGHT},
        {"dead", "cli.column_dead", US_RIGHT},
    };
    struct us_table table;
    int64_t dead_letters = 0;
    us_table_begin(&table, cli, columns, sizeof columns / sizeof *columns);
    us_code code = US_OK;
    for (size_t i = 0; i < cli->arg_count && code == US_OK; i++) {
        struct us_import_counts counts;
        code = us_import_file(im, path_of(cli, cli->args[i]), &counts, e);
        us_progress_end(&w->progress);
        if (code == US_OK) code = file_row(cli, &table, cli->args[i], &counts, e);
        if (code == US_OK) dead_letters += counts.dead;
    }
    if (code == US_OK) code = us_import_finish(im, e);
    us_progress_end(&w->progress);
    if (code != US_OK) { /* the files before the one that failed are in */
        struct us_error later;
        bool shown = table.total && us_table_end(&table, &later) == US_OK;
        if (shown) (void)us_cli_flush(cli, &later);
        return code;
    }
    US_TRY(us_table_end(&table, e));
    if (cli->format == US_FORMAT_PEOPLE && dead_letters)
        us_cli_say(cli, "cli.import_dead_total", US_ARGS(US_WHOLE("n", dead_letters)));
    return us_cli_flush(cli, e);
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct us_workspace w;
    struct us_column_map map[MAPS_MAX];
    us_str periods[MAPS_MAX];
    size_t map_count = 0;
    struct us_import *im = NULL;
    US_TRY(us_workspace_read(cli, &w, NULL, e));
    US_TRY(maps(cli, map, &map_count, e));
    const struct us_lender *lender = cli->lender;
    struct us_import_options options = {
        .put = lender ? lender->put : NULL,
        .put_ctx = lender ? lender->ctx : NULL,
        .dir = w.data,
        .rules = &w.history_rules,
        .source = us_cli_option(cli, "source"),
        .kind = us_cli_option(cli, "as"),
        .map = map,
        .map_count = map_count,
        .customers = us_cli_option(cli, "customers"),
        .periods = periods,
        .periods_count = all_of(cli, "periods", periods),
        .strict = us_cli_has(cli, "strict"),
        .now = cli->now,
        .progress = us_progress_show,
        .ctx = &w.progress,
        .dead = cli->format == US_FORMAT_PEOPLE ? dead : NULL,
    };
    us_code code = us_import_open(&options, &im, e);
    if (code == US_OK) code = import_all(cli, &w, im, e);
    us_progress_end(&w.progress);
    us_import_close(im);
    return code;
}

static const struct us_option options[] = {
    {"as", 0, "KIND", "cli.import_as"},
    {"map", 'm', "OURS=THEIRS", "cli.import_map_option"},
    {"source", 0, "NAME", "cli.import_source"},
    {"customers", 0, "FILE", "cli.import_customers"},
    {"periods", 0, "FILE", "cli.import_periods"},
    {"strict", 0, NULL, "cli.import_strict"},
    {0},
};

static const struct us_example examples[] = {
    {"usher import events.ndjson.gz payments.csv deals.csv", "cli.import_example"},
    {"usher import --as events --map timestamp=Time --map event=Action log.csv",
        "cli.import_example_map"},
    {"usher import --customers customers.csv stripe_invoices.csv",
        "cli.import_example_stripe"},
    {0},
};

const struct us_command us_command_import = {
    .name = "import",
    .group = US_GROUP_DATA,
    .summary = "cli.import",
    .about = "cli.import_about",
    .usage = "FILE…|-",
    .args_min = 1,
    .args_max = 10000,
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};
