/* status.c: counts, span, coverage and what is wrong with the data. */

#include "answer/status.h"

#include "cli/workspace.h"

enum { NAMES_SHOWN = 15 };

static us_arg value_arg(const struct us_status_figure *f)
{
    us_arg arg = {.name = "value", .kind = f->kind, .whole = f->value};
    if (!f->known) arg.kind = US_ARG_NONE;
    return arg;
}

static us_code figure_rows(
    struct us_cli *cli, const struct us_status *s, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"figure", "cli.column_figure", US_LEFT},
        {"value", "cli.column_value", US_RIGHT},
        {"share", "cli.column_share", US_RIGHT},
    };
    struct us_table table;
    us_table_begin(&table, cli, columns, 3);
    for (size_t i = 0; i < s->figure_count; i++) {
        const struct us_status_figure *f = &s->figures[i];
        us_arg share = US_SHARE("share", f->share);
        if (!f->has_share) share.kind = US_ARG_NONE;
        const us_arg cells[] = {
            US_WORD("figure", f->key), value_arg(f), share, {.name = NULL}};
        US_TRY(us_table_row(&table, cells, e));
    }
    return us_table_end(&table, e);
}

static us_code event_rows(
    struct us_cli *cli, const struct us_status *s, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"event", "cli.column_event", US_LEFT},
        {"events", "cli.column_events", US_RIGHT},
        {"people", "cli.column_people", US_RIGHT},
        {"accounts", "cli.column_accounts", US_RIGHT},
        {"last", "cli.column_last", US_LEFT},
    };
    struct us_table table;
    us_table_begin(&table, cli, columns, 5);
    for (size_t i = 0; i < s->events.count; i++) {
        const struct us_status_row *r = &s->events.rows[i];
        if (i == NAMES_SHOWN && !us_cli_has(cli, "all")) break;
        US_TRY(us_table_row(&table,
            US_ARGS(US_TEXT("event", r->name), US_WHOLE("events", r->values[0]),
                US_WHOLE("people", r->values[1]), US_WHOLE("accounts", r->values[2]),
                US_TIME("last", r->values[3])),
            e));
    }
    return us_table_end(&table, e);
}

static us_code dead_rows(
    struct us_cli *cli, const struct us_status *s, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"reason", "cli.column_reason", US_LEFT},
        {"letters", "cli.column_letters", US_RIGHT},
        {"last", "cli.column_last", US_LEFT},
    };
    struct us_table table;
    us_table_begin(&table, cli, columns, 3);
    for (size_t i = 0; i < s->dead.count; i++) {
        const struct us_status_row *r = &s->dead.rows[i];
        const us_arg cells[] = {US_TEXT("reason", r->words.len ? r->words : r->name),
            US_WHOLE("letters", r->values[0]), US_TIME("last", r->values[1]),
            {.name = NULL}};
        US_TRY(us_table_row(&table, cells, e));
    }
    return us_table_end(&table, e);
}

static us_code source_rows(
    struct us_cli *cli, const struct us_status *s, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"source", "cli.column_source", US_LEFT},
        {"events", "cli.column_events", US_RIGHT},
        {"last", "cli.column_last", US_LEFT},
        {"state", "cli.column_state", US_LEFT},
    };
    struct us_table table;
    us_table_begin(&table, cli, columns, 4);
    for (size_t i = 0; i < s->sources.count; i++) {
        const struct us_status_row *r = &s->sources.rows[i];
        bool silent = us_status_silent(r, cli->now);
        US_TRY(us_table_row(&table,
            US_ARGS(US_TEXT("source", r->name), US_WHOLE("events", r->values[0]),
                US_TIME("last", r->values[2]),
                US_WORD("state", silent ? "cli.silent" : "cli.flowing")),
            e));
    }
    return us_table_end(&table, e);
}

static us_code lag_row(struct us_table *table, const char *part, const struct us_lag *b,
    struct us_error *e)
{
    us_arg events = US_WHOLE("events", b->events);
    if (b->events < 0) events.kind = US_ARG_NONE;
    const us_arg cells[] = {US_WORD("part", part), events,
        US_WHOLE("seconds", b->us / 1000000), {.name = NULL}};
    return us_table_row(table, cells, e);
}

/* How far the server is behind what it has acknowledged. */
static us_code lag_rows(struct us_cli *cli, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"part", "cli.column_part", US_LEFT},
        {"events", "cli.column_events", US_RIGHT},
        {"seconds", "cli.column_seconds", US_RIGHT},
    };
    struct us_table table;
    struct us_server_lag lag;
    cli->lender->lag(cli->lender->ctx, &lag);
    us_screen_heading(cli, "cli.status_server", NULL);
    us_table_begin(&table, cli, columns, 3);
    US_TRY(lag_row(&table, "cli.part_history", &lag.history, e));
    US_TRY(lag_row(&table, "cli.part_decisions", &lag.decisions, e));
    return us_table_end(&table, e);
}

static void lag_json(struct us_cli *cli)
{
    struct us_server_lag lag;
    cli->lender->lag(cli->lender->ctx, &lag);
    us_server_lag_add(&lag, cli->out);
    us_lag_add(&cli->behind, true, cli->out);
}

static us_code say_people(struct us_cli *cli, const struct us_status *s,
    const struct us_journal_sizes *sizes, const struct us_replay_sizes *replay,
    struct us_error *e)
{
    US_TRY(figure_rows(cli, s, e));
    if (s->events.count) {
        us_screen_heading(cli, "cli.status_events", NULL);
        US_TRY(event_rows(cli, s, e));
    }
    if (s->sources.count) {
        us_screen_heading(cli, "cli.status_sources", NULL);
        US_TRY(source_rows(cli, s, e));
    }
    if (s->dead.count) {
        us_screen_heading(cli, "cli.status_dead", NULL);
        US_TRY(dead_rows(cli, s, e));
    }
    us_cli_say(cli, "cli.status_journal",
        US_ARGS(US_BYTES("text", sizes->text), US_BYTES("disk", sizes->disk),
            US_WHOLE("segments", sizes->segments)));
    if (replay->segments)
        us_cli_say(cli, "cli.status_replay",
            US_ARGS(US_WHOLE("events", replay->events),
                US_WHOLE("segments", replay->segments), US_BYTES("disk", replay->disk),
                US_TIME("last", replay->last_known)));
    return cli->lender ? lag_rows(cli, e) : US_OK;
}

/* JSON is one document with all there is; CSV is a table, and that of the figures. */
static us_code say(struct us_cli *cli, struct us_workspace *w, struct us_error *e)
{
    struct us_status s;
    struct us_journal_sizes sizes;
    struct us_replay_sizes replay;
    struct us_ask ask = {.history = w->history, .rules = w->rules, .lang = cli->lang};
    US_TRY(us_status_ask(&ask, cli->arena, &s, e));
    US_TRY(us_journal_sizes(w->journal, &sizes, e));
    US_TRY(us_replay_sizes(w->data, &replay, e));
    switch (cli->format) {
    case US_FORMAT_JSON:
        us_status_json(&s, &sizes, &replay, cli->now, cli->out);
        if (cli->lender) lag_json(cli);
        break;
    case US_FORMAT_CSV: US_TRY(figure_rows(cli, &s, e)); break;
    case US_FORMAT_PEOPLE:
    default: US_TRY(say_people(cli, &s, &sizes, &replay, e)); break;
    }
    return us_cli_flush(cli, e);
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct us_workspace w;
    US_TRY(us_workspace_open(cli, &w, e));
    us_code code = say(cli, &w, e);
    us_workspace_close(&w);
    return code;
}

static const struct us_option options[] = {
    {"all", 0, NULL, "cli.status_all"},
    {0},
};

static const struct us_example examples[] = {
    {"usher status", "cli.status_example"},
    {"usher status --json", "cli.status_example_json"},
    {0},
};

const struct us_command us_command_status = {
    .name = "status",
    .group = US_GROUP_LOOK,
    .summary = "cli.status",
    .about = "cli.status_about",
    .usage = "",
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};
