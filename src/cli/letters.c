/* letters.c: what could not be understood, and trying it again. */

#include "server/letters.h"

#include "cli/senders.h"
#include "cli/states.h"
#include "cli/workspace.h"
#include "import/import.h"

enum { SQL_BYTES_MAX = 4096, LIMIT = 100 };

/* ---- the list ---- */

static us_code row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    struct us_table *table = ctx;
    int64_t seq = 0;
    int64_t line = 0;
    us_str_int(cells[0].text, &seq);
    us_str_int(cells[4].text, &line);
    return us_table_row(table,
        US_ARGS(US_DIGITS("letter", seq), US_TEXT("known", cells[1].text),
            US_TEXT("source", cells[2].text), US_TEXT("file", cells[3].text),
            US_WHOLE("line", line), US_TEXT("reason", cells[5].text),
            US_TEXT("bytes", us_screen_clean(table->cli->arena, cells[6].text))),
        e);
}

static us_code list(struct us_cli *cli, struct us_workspace *w, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"letter", "cli.column_letter", US_RIGHT},
        {"known", "cli.column_known_at", US_LEFT},
        {"source", "cli.column_source", US_LEFT},
        {"file", "cli.column_file", US_LEFT},
        {"line", "cli.column_line", US_RIGHT},
        {"reason", "cli.column_reason", US_LEFT},
        {"bytes", "cli.column_bytes", US_LEFT},
    };
    struct us_table table;
    int64_t limit = LIMIT;
    int64_t after = 0;
    us_str reason = us_cli_option(cli, "reason");
    struct us_buf sql = us_buf_new(cli->arena, SQL_BYTES_MAX + reason.len * 2);
    US_TRY(us_cli_option_whole(cli, "limit", LIMIT, 1, US_LETTERS_MAX, &limit, e));
    US_TRY(us_cli_option_whole(cli, "after", 0, 0, INT64_MAX, &after, e));
    us_buf_put(&sql, US_S("SELECT seq, strftime(known, '%Y-%m-%dT%H:%M:%SZ'), source, "
                          "file, line, reason, coalesce(message->>'bytes', "
                          "message->>'base64') FROM dead_letters"));
    us_buf_fmt(&sql, " WHERE seq > %lld", (long long)after);
    if (reason.len) us_buf_put(&sql, US_S(" AND reason = '"));
    for (size_t i = 0; i < reason.len; i++) {
        if (reason.ptr[i] == '\'') us_buf_char(&sql, '\'');
        us_buf_char(&sql, reason.ptr[i]);
    }
    if (reason.len) us_buf_char(&sql, '\'');
    us_buf_fmt(&sql, " ORDER BY seq LIMIT %lld", (long long)limit);
    us_table_begin(&table, cli, columns, sizeof columns / sizeof *columns);
    US_TRY(us_history_sql(w->history, us_buf_str(&sql), row, &table, e));
    return us_table_end(&table, e);
}

static us_code listed(struct us_cli *cli, struct us_error *e)
{
    struct us_workspace w;
    US_TRY(us_workspace_open(cli, &w, e));
    us_code code = list(cli, &w, e);
    us_workspace_close(&w);
    return code;
}

/* ---- trying again ---- */

static us_code asked_read(
    struct us_cli *cli, struct us_letters_asked *asked, struct us_error *e)
{
    int64_t limit = US_LETTERS_MAX;
    int64_t *seqs = us_new(cli->arena, int64_t, cli->arg_count);
    US_TRY(us_cli_option_whole(
        cli, "limit", US_LETTERS_MAX, 1, US_LETTERS_MAX, &limit, e));
    US_TRY(us_cli_option_whole(cli, "after", 0, 0, INT64_MAX, &asked->after, e));
    asked->limit = (size_t)limit;
    asked->reason = us_cli_option(cli, "reason");
    asked->seqs = seqs;
    for (size_t i = 1; i < cli->arg_count; i++)
        if (!us_str_int(cli->args[i], &seqs[asked->seq_count++]))
            return us_fail(e, US_USAGE, "cli.letters_number",
                US_ARGS(US_TEXT("given", cli->args[i])));
    return US_OK;
}

/* Without a server: its lines are put as an import's are. */
struct alone {
    struct us_import *import;
    struct us_arena *a;
    int64_t now;
};

static us_code put(void *ctx, struct us_batch *b, struct us_error *e)
{
    struct alone *x = ctx;
    struct us_import_counts counts = {0};
    struct us_import_line *lines = us_new(x->a, struct us_import_line, b->count);
    for (size_t i = 0; i < b->count; i++) {
        lines[i] =
            (struct us_import_line){b->items[i].head, b->items[i].m, b->items[i].print};
        lines[i].head.known = x->now;
    }
    US_TRY(us_import_lines(x->import, lines, b->count, &counts, e));
    b->added = (size_t)counts.added;
    b->repeats = (size_t)counts.duplicates;
    return US_OK;
}

/* Some may be taken though it failed later. */
static us_code noted(struct us_cli *cli, const struct us_letters_asked *asked,
    const struct us_letters_done *done, us_code code, struct us_error *e)
{
    struct us_state *s;
    struct us_error own;
    struct us_error *why = code == US_OK ? e : &own;
    us_code wrote = us_cli_state(cli, true, &s, why);
    if (wrote != US_OK) return code == US_OK ? wrote : code;
    wrote = us_cli_noted(cli, s, us_letters_audit(asked, done, cli->arena), why);
    us_state_close(s);
    return code == US_OK ? wrote : code;
}

static us_code alone(struct us_cli *cli, struct us_letters_asked *asked,
    struct us_letters_done *out, struct us_error *e)
{
    struct us_workspace w;
    struct us_serve_sources sources = {0};
    struct alone x = {.a = cli->arena, .now = cli->now};
    US_TRY(us_workspace_read(cli, &w, NULL, e));
    struct us_import_options options = {.dir = w.data,
        .rules = &w.history_rules,
        .now = cli->now,
        .progress = us_progress_show,
        .ctx = &w.progress};
    us_code code = us_sources_of(cli, w.config, &sources, e);
    if (code == US_OK) code = us_import_open(&options, &x.import, e);
    us_progress_end(&w.progress);
    asked->sources = &sources;
    asked->put = put;
    asked->ctx = &x;
    if (code == US_OK) {
        code = us_letters_retry(us_import_history(x.import), asked, cli->arena, out, e);
        us_import_close(x.import);
    }
    us_sources_close(&sources);
    return out->taken ? noted(cli, asked, out, code, e) : code;
}

static us_code replay(struct us_cli *cli, struct us_error *e)
{
    struct us_letters_asked asked = {.who = us_cli_who(cli)};
    struct us_letters_done *done = us_new(cli->arena, struct us_letters_done, 1);
    const struct us_lender *lender = cli->lender;
    US_TRY(asked_read(cli, &asked, e));
    if (lender)
        US_TRY(lender->retry(lender->ctx, &asked, cli->arena, done, e));
    else
        US_TRY(alone(cli, &asked, done, e));
    if (cli->format == US_FORMAT_JSON) {
        us_letters_json(done, cli->out);
        return US_OK;
    }
    us_cli_say(cli, "cli.letters_done",
        US_ARGS(US_WHOLE("tried", done->tried), US_WHOLE("taken", done->taken),
            US_WHOLE("dead", done->dead), US_WHOLE("added", done->added),
            US_WHOLE("repeats", done->repeats)));
    for (size_t i = 0; i < done->told_count; i++)
        us_cli_say(cli, "cli.letters_dead",
            US_ARGS(US_DIGITS("letter", done->told[i].seq),
                US_TEXT("reason", done->told[i].reason),
                US_TEXT("why", done->told[i].words)));
    if (done->more) /* as it is to be written: without commas */
        us_cli_say(cli, "cli.letters_more",
            US_ARGS(US_TEXT(
                "next", us_arena_fmt(cli->arena, "%lld", (long long)done->next))));
    return US_OK;
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    if (cli->arg_count == 0) return listed(cli, e);
    if (us_str_eq(cli->args[0], US_S("replay"))) return replay(cli, e);
    return us_fail(e, US_USAGE, "cli.letters_usage", NULL);
}

static const struct us_option options[] = {
    {"reason", 0, "KEY", "cli.letters_reason"},
    {"limit", 0, "N", "cli.letters_limit"},
    {"after", 0, "LETTER", "cli.letters_after"},
    {0},
};

static const struct us_example examples[] = {
    {"usher dead-letters --reason stripe.unknown_customer", "cli.letters_example"},
    {"usher dead-letters replay", "cli.letters_example_replay"},
    {0},
};

const struct us_command us_command_letters = {
    .name = "dead-letters",
    .group = US_GROUP_DATA,
    .summary = "cli.letters",
    .about = "cli.letters_about",
    .usage = "[replay [LETTER…]]",
    .args_max = 1000,
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};
