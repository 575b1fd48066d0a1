/* queue.c: who should be helped today, and why. */

#include "answer/answer.h"
#include "cli/asked.h"

enum { ROWS_SHOWN = 20, WHY_BYTES_MAX = 64 << 10 };

static us_code csv(struct us_cli *cli, const struct us_ask *ask,
    const struct us_queue *q, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"definition", "cli.column_definition", US_LEFT},
        {"account", "cli.column_account", US_LEFT},
        {"user", "cli.column_user", US_LEFT},
        {"name", "cli.column_name", US_LEFT},
        {"plan", "cli.column_plan", US_LEFT},
        {"usage", "answer.usage", US_RIGHT},
        {"fit", "answer.fit", US_RIGHT},
        {"intent", "answer.intent", US_RIGHT},
        {"since", "cli.column_since", US_LEFT},
        {"why_now", "cli.column_why_now", US_LEFT},
    };
    struct us_table table;
    us_table_begin(&table, cli, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < q->count; i++) {
        const struct us_queue_row *row = &q->rows[i];
        us_mark mark = us_arena_mark(cli->arena);
        struct us_buf why = us_buf_new(cli->arena, WHY_BYTES_MAX);
        for (size_t k = 0; k < row->fact_count; k++) {
            if (k) us_buf_put(&why, US_S("; "));
            us_fact_say_dated(ask->rules, &row->facts[k], ask->lang, ask->at, &why);
        }
        us_code code = us_table_row(&table,
            US_ARGS(
                US_TEXT("definition", ask->rules->definitions[row->definition].name),
                US_TEXT("account", row->account), US_TEXT("user", row->user),
                US_TEXT("name", row->name), US_TEXT("plan", row->plan),
                US_REAL("usage", row->verdict.points[US_AXIS_USAGE]),
                US_REAL("fit", row->verdict.points[US_AXIS_FIT]),
                US_REAL("intent", row->verdict.points[US_AXIS_INTENT]),
                US_TIME("since", row->standing.since),
                US_TEXT("why_now", us_buf_str(&why))),
            e);
        us_arena_pop(cli->arena, mark);
        if (code != US_OK) return code;
    }
    return us_table_end(&table, e);
}

static us_code answer(struct us_cli *cli, struct us_asked *a, struct us_error *e)
{
    struct us_ask *ask = &a->ask;
    uint32_t definition = US_NODE_NONE;
    int64_t rows = 0;
    struct us_queue q;
    US_TRY(us_workspace_definition(cli, &a->w, 0, &definition, e));
    US_TRY(
        us_cli_option_whole(cli, "limit", ROWS_SHOWN, 1, US_QUEUE_ROWS_MAX, &rows, e));
    US_TRY(us_workspace_at(cli, &a->w, &ask->at, e));
    US_TRY(us_queue_ask(ask, definition, cli->arena, &q, e));
    bool cut = us_cli_option(cli, "limit").ptr != NULL;
    if (cut && cli->format != US_FORMAT_PEOPLE) us_queue_cut(&q, (size_t)rows);
    if (cli->format == US_FORMAT_CSV)
        US_TRY(csv(cli, ask, &q, e));
    else if (cli->format == US_FORMAT_JSON)
        us_queue_json(ask, &q, cli->out);
    else
        us_queue_say(ask, &q, definition, (size_t)rows, cli->colour, cli->out);
    return us_asked_end(cli, a, true, e);
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct us_asked a;
    US_TRY(us_asked_open(cli, NULL, &a, e));
    us_code code = answer(cli, &a, e);
    us_asked_close(&a);
    return code;
}

static const struct us_option options[] = {
    {"at", 0, "TIME", "cli.option_at"},
    {"limit", 'n', "N", "cli.queue_limit"},
    US_OPTION_TIMING,
    {0},
};

static const struct us_example examples[] = {
    {"usher queue", "cli.queue_example"},
    {"usher queue team_expansion --at 2026-03-01", "cli.queue_example_at"},
    {"usher queue --csv > today.csv", "cli.queue_example_csv"},
    {0},
};

const struct us_command us_command_queue = {
    .name = "queue",
    .group = US_GROUP_LOOK,
    .summary = "cli.queue",
    .about = "cli.queue_about",
    .usage = "[DEFINITION]",
    .args_max = 1,
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};
