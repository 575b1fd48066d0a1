/* links.c: who was found to be whom, and taking it back. */

#include "cli/workspace.h"
#include "import/import.h"

enum { SQL_BYTES_MAX = 4096, ROWS_SHOWN = 1000 };

struct rows {
    struct us_table table;
    int64_t all; /* shown or not */
};

static us_code row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    struct rows *r = ctx;
    int64_t seq = 0;
    us_str_int(cells[0].text, &seq);
    us_str_int(cells[6].text, &r->all);
    us_arg undone = US_TEXT("undone", cells[5].text);
    if (cells[5].null) undone.kind = US_ARG_NONE;
    const us_arg args[] = {US_WHOLE("link", seq), US_TEXT("kind", cells[1].text),
        US_TEXT("from", cells[2].text), US_TEXT("to", cells[3].text),
        US_TEXT("known", cells[4].text), undone, {.name = NULL}};
    return us_table_row(&r->table, args, e);
}

/* A text as an SQL literal. */
static void literal(struct us_buf *out, us_str text)
{
    us_buf_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') us_buf_char(out, '\'');
        us_buf_char(out, text.ptr[i]);
    }
    us_buf_char(out, '\'');
}

static us_str question(struct us_cli *cli, int64_t limit)
{
    us_str of = cli->arg_count ? cli->args[0] : (us_str){0};
    struct us_buf sql = us_buf_new(cli->arena, SQL_BYTES_MAX + 4 * of.len);
    us_buf_put(
        &sql, US_S("SELECT seq, kind, from_key, to_key, strftime(known, "
                   "'%Y-%m-%dT%H:%M:%SZ'), CASE WHEN isfinite(undone) THEN "
                   "strftime(undone, '%Y-%m-%dT%H:%M:%SZ') END, count(*) OVER () FROM "
                   "links WHERE "));
    if (cli->arg_count) {
        us_buf_put(&sql, US_S("from_key = "));
        literal(&sql, of);
        us_buf_put(&sql, US_S(" OR to_key = "));
        literal(&sql, of);
    } else {
        us_buf_put(&sql, US_S("kind <> 'group' AND kind <> 'email'"));
    }
    us_buf_fmt(&sql, " ORDER BY seq DESC LIMIT %lld", (long long)limit);
    us_assert(!sql.full);
    return us_buf_str(&sql);
}

/* For people the newest, and how many more there are; for programs all. */
static us_code list(struct us_cli *cli, struct us_workspace *w, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"link", "cli.column_link", US_RIGHT},
        {"kind", "cli.column_kind", US_LEFT},
        {"from", "cli.column_from", US_LEFT},
        {"to", "cli.column_to", US_LEFT},
        {"known", "cli.column_known_at", US_LEFT},
        {"undone", "cli.column_undone", US_LEFT},
    };
    struct rows r = {.all = 0};
    int64_t limit = cli->format == US_FORMAT_PEOPLE ? ROWS_SHOWN : INT64_MAX;
    US_TRY(us_cli_option_whole(cli, "limit", limit, 1, INT64_MAX, &limit, e));
    us_table_begin(&r.table, cli, columns, sizeof columns / sizeof *columns);
    US_TRY(us_history_sql(w->history, question(cli, limit), row, &r, e));
    US_TRY(us_table_end(&r.table, e));
    if (cli->format == US_FORMAT_PEOPLE && r.all > limit)
        us_cli_say(cli, "cli.links_more", US_ARGS(US_WHOLE("n", r.all - limit)));
    return US_OK;
}

static us_code undo(struct us_cli *cli, struct us_error *e)
{
    struct us_workspace w;
    struct us_import *im = NULL;
    int64_t link = 0;
    US_TRY(us_cli_option_whole(cli, "undo", 0, 1, INT64_MAX, &link, e));
    US_TRY(us_workspace_read(cli, &w, NULL, e));
    const struct us_lender *lender = cli->lender;
    struct us_import_options options = {.dir = w.data,
        .put = lender ? lender->put : NULL,
        .put_ctx = lender ? lender->ctx : NULL,
        .rules = &w.history_rules,
        .now = cli->now,
        .progress = us_progress_show,
        .ctx = &w.progress};
    us_code code = us_import_open(&options, &im, e);
    if (code == US_OK) code = us_import_undo(im, link, e);
    us_progress_end(&w.progress);
    us_import_close(im);
    if (code == US_OK)
        us_cli_say(cli, "cli.links_undone", US_ARGS(US_WHOLE("link", link)));
    return code;
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct us_workspace w;
    if (us_cli_has(cli, "undo")) return undo(cli, e);
    US_TRY(us_workspace_open(cli, &w, e));
    us_code code = list(cli, &w, e);
    us_workspace_close(&w);
    return code;
}

static const struct us_option options[] = {
    {"limit", 'n', "N", "cli.links_limit"},
    {"undo", 0, "LINK", "cli.links_undo"},
    {0},
};

static const struct us_example examples[] = {
    {"usher links ada@norvik.example", "cli.links_example"},
    {"usher links --undo 4711", "cli.links_example_undo"},
    {0},
};

const struct us_command us_command_links = {
    .name = "links",
    .group = US_GROUP_DATA,
    .summary = "cli.links",
    .about = "cli.links_about",
    .usage = "[USER|ACCOUNT]",
    .args_max = 1,
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};
