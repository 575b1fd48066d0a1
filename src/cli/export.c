/* export.c: a table, a view or any SQL as Parquet, CSV or NDJSON. */

#include "cli/workspace.h"
#include "file/file.h"

#include <stdio.h>
#include <unistd.h>

enum { SQL_BYTES_MAX = 1 << 16 };

/* The name of a table or view as it stands, or a query in brackets. */
static us_str from_clause(struct us_cli *cli, us_str what)
{
    bool name = what.len > 0;
    for (size_t i = 0; i < what.len; i++) {
        char c = what.ptr[i];
        name = name && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
    }
    return us_arena_fmt(
        cli->arena, name ? "(SELECT * FROM %.*s)" : "(%.*s)", US_ARG(what));
}

static const char *copy_options(us_str path)
{
    if (us_str_has_suffix(path, US_S(".parquet")))
        return "FORMAT parquet, COMPRESSION zstd";
    if (us_str_has_suffix(path, US_S(".csv"))) return "FORMAT csv, HEADER";
    if (us_str_has_suffix(path, US_S(".ndjson"))) return "FORMAT json";
    return NULL;
}

/* Written beside its place and renamed, so that half an export is never taken for one.
 */
static us_code copy(struct us_cli *cli, struct us_workspace *w, us_str what,
    us_str path, struct us_error *e)
{
    us_str part = us_arena_fmt(cli->arena, "%.*s.part", US_ARG(path));
    struct us_buf sql = us_buf_new(cli->arena, SQL_BYTES_MAX);
    us_buf_put(&sql, US_S("COPY "));
    us_buf_put(&sql, from_clause(cli, what));
    us_buf_put(&sql, US_S(" TO '"));
    for (size_t i = 0; i < part.len; i++) {
        if (part.ptr[i] == '\'') us_buf_char(&sql, '\'');
        us_buf_char(&sql, part.ptr[i]);
    }
    us_buf_fmt(&sql, "' (%s)", copy_options(path));
    us_code code = us_history_run(w->history, us_buf_str(&sql), e);
    if (code != US_OK) {
        struct us_error ignored;
        us_code cleaned = us_file_remove_tree(part, &ignored);
        (void)cleaned;
        return code;
    }
    if (rename(us_arena_cstr(cli->arena, part), us_arena_cstr(cli->arena, path)) == 0)
        return US_OK;
    return us_fail_errno(e, US_IO, "cli.export_rename", path);
}

/* In a server the folder is the caller's for this thread alone, and it is a thread of
 * the database's that opens the file. */
static us_code whole_path(struct us_cli *cli, us_str *path, struct us_error *e)
{
    char here[US_FILE_PATH_MAX];
    if (!cli->lender || us_str_has_prefix(*path, US_S("/"))) return US_OK;
    if (!getcwd(here, sizeof here))
        return us_fail_errno(e, US_IO, "cli.export_rename", *path);
    *path = us_file_join(cli->arena, us_str_c(here), *path);
    *path = us_arena_str(cli->arena, *path);
    return US_OK;
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct us_workspace w;
    us_str what = cli->args[0];
    us_str path = cli->args[1];
    us_str shown = path;
    if (!copy_options(path))
        return us_fail(
            e, US_USAGE, "cli.export_format", US_ARGS(US_TEXT("path", path)));
    US_TRY(whole_path(cli, &path, e));
    US_TRY(us_workspace_open(cli, &w, e));
    us_code code = us_workspace_seen(&w, e);
    if (code == US_OK) code = copy(cli, &w, what, path, e);
    us_workspace_close(&w);
    if (code == US_OK)
        us_cli_say(cli, "cli.export_done", US_ARGS(US_TEXT("path", shown)));
    return code;
}

static const struct us_example examples[] = {
    {"usher export events_now events.parquet", "cli.export_example"},
    {"usher export \"SELECT * FROM payments_view WHERE status = 'paid'\" paid.csv",
        "cli.export_example_sql"},
    {0},
};

const struct us_command us_command_export = {
    .name = "export",
    .group = US_GROUP_DATA,
    .summary = "cli.export",
    .about = "cli.export_about",
    .usage = "TABLE|SQL FILE.parquet|.csv|.ndjson",
    .args_min = 2,
    .args_max = 2,
    .examples = examples,
    .run = run,
    .asks = US_ASKS_SEEN,
};
