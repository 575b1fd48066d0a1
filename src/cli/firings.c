/* firings.c: entries and exits of definitions, with their moments and reasons. */

#include "answer/firings.h"

#include "cli/asked.h"

#include <math.h>
#include <string.h>

static const struct us_table_column columns[] = {
    {"account", "cli.column_account", US_LEFT},
    {"user", "cli.column_user", US_LEFT},
    {"definition", "cli.column_definition", US_LEFT},
    {"what", "cli.column_what", US_LEFT},
    {"reason", "cli.column_reason", US_LEFT},
    {"at", "cli.column_at", US_LEFT},
    {"since", "cli.column_since", US_LEFT},
    {"entry", "cli.column_entry", US_RIGHT},
    {"version", "cli.column_version", US_LEFT},
    {"usage", "answer.usage", US_RIGHT},
    {"fit", "answer.fit", US_RIGHT},
    {"intent", "answer.intent", US_RIGHT},
};
enum { COLUMNS = sizeof columns / sizeof *columns, USER = 1 };

/* The user's column is there for definitions of people alone. */
static size_t shown_columns(const struct us_firings *f, struct us_table_column *out)
{
    size_t count = 0;
    for (size_t i = 0; i < COLUMNS; i++)
        if (i != USER || f->people) out[count++] = columns[i];
    return count;
}

static us_code csv_row(const struct us_ask *ask, const struct us_firings *f,
    const struct us_firings_row *row, struct us_table *table, struct us_error *e)
{
    const struct us_definition *def = &ask->rules->definitions[row->definition];
    bool entered = row->change.change == US_CHANGE_ENTERED;
    us_arg cells[] = {
        US_TEXT("account", row->account),
        US_TEXT("user", row->user),
        US_TEXT("definition", def->name),
        US_TEXT("what", entered ? US_S("entered") : US_S("exited")),
        US_TEXT("reason", us_firing_reason(row)),
        US_TIME("at", row->change.t),
        US_TIME("since", row->change.since),
        US_WHOLE("entry", row->change.ordinal),
        US_TEXT("version", def->version),
        US_REAL("usage", row->verdict.points[US_AXIS_USAGE]),
        US_REAL("fit", row->verdict.points[US_AXIS_FIT]),
        US_REAL("intent", row->verdict.points[US_AXIS_INTENT]),
        {.name = NULL},
    };
    if (!row->user.len) cells[USER].kind = US_ARG_NONE;
    if (!f->people)
        memmove(cells + USER, cells + USER + 1, (COLUMNS - USER) * sizeof *cells);
    return us_table_row(table, cells, e);
}

static us_code as_csv(struct us_cli *cli, const struct us_ask *ask,
    const struct us_firings *f, struct us_error *e)
{
    struct us_table_column shown[COLUMNS];
    struct us_table table;
    us_table_begin(&table, cli, shown, shown_columns(f, shown));
    for (size_t i = 0; i < f->count; i++)
        US_TRY(csv_row(ask, f, &f->rows[i], &table, e));
    return us_table_end(&table, e);
}

/* ---- for people ---- */

static const struct us_table_column readable[] = {
    {"at", "cli.column_at", US_LEFT},
    {"what", "cli.column_what", US_LEFT},
    {"account", "cli.column_account", US_LEFT},
    {"definition", "cli.column_definition", US_LEFT},
    {"usage", "answer.usage", US_RIGHT},
    {"fit", "answer.fit", US_RIGHT},
    {"intent", "answer.intent", US_RIGHT},
    {"since", "cli.column_since", US_LEFT},
    {"reason", "cli.column_reason", US_LEFT},
};
enum { READABLE = sizeof readable / sizeof *readable, DEFINITION = 3 };

/* "B 65" */
static us_str grade(struct us_cli *cli, const struct us_verdict *v, us_axis axis)
{
    return us_arena_fmt(cli->arena, "%c %.0f", v->grade[axis], round(v->points[axis]));
}

/* A column that would say the same in every row is left out. */
static bool one_definition(const struct us_cli *cli, const struct us_ask *ask)
{
    return cli->arg_count > 0 || ask->rules->definition_count == 1;
}

static us_code people_row(struct us_cli *cli, const struct us_ask *ask,
    const struct us_firings_row *row, struct us_table *table, struct us_error *e)
{
    bool entered = row->change.change == US_CHANGE_ENTERED;
    us_str who = row->account;
    if (row->user.len)
        who = us_arena_fmt(
            cli->arena, "%.*s · %.*s", US_ARG(row->user), US_ARG(row->account));
    us_arg since = US_DAY("since", row->change.since);
    if (entered) since.kind = US_ARG_NONE;
    us_arg cells[] = {
        US_TIME("at", row->change.t),
        US_WORD("what", entered ? "cli.firings_entered" : "cli.firings_exited"),
        US_TEXT("account", who),
        US_TEXT("definition", ask->rules->definitions[row->definition].name),
        US_TEXT("usage", grade(cli, &row->verdict, US_AXIS_USAGE)),
        US_TEXT("fit", grade(cli, &row->verdict, US_AXIS_FIT)),
        US_TEXT("intent", grade(cli, &row->verdict, US_AXIS_INTENT)),
        since,
        US_WORD("reason", us_firing_words(row)),
        {.name = NULL},
    };
    if (one_definition(cli, ask))
        memmove(cells + DEFINITION, cells + DEFINITION + 1,
            (READABLE - DEFINITION) * sizeof *cells);
    return us_table_row(table, cells, e);
}

static us_code for_people(struct us_cli *cli, const struct us_ask *ask,
    const struct us_firings *f, struct us_error *e)
{
    struct us_table table;
    size_t entries = 0;
    struct us_table_column shown[READABLE];
    size_t count = 0;
    for (size_t i = 0; i < READABLE; i++)
        if (i != DEFINITION || !one_definition(cli, ask)) shown[count++] = readable[i];
    us_table_begin(&table, cli, shown, count);
    for (size_t i = 0; i < f->count; i++) {
        entries += f->rows[i].change.change == US_CHANGE_ENTERED;
        US_TRY(people_row(cli, ask, &f->rows[i], &table, e));
    }
    if (f->count) US_TRY(us_table_end(&table, e));
    if (f->count) us_buf_char(cli->out, '\n');
    us_cli_say(cli, f->count ? "cli.firings_count" : "cli.firings_none",
        US_ARGS(US_WHOLE("entries", entries), US_WHOLE("exits", f->count - entries),
            US_TIME("to", ask->at)));
    return US_OK;
}

static us_code answer(struct us_cli *cli, struct us_asked *a, struct us_error *e)
{
    struct us_ask *ask = &a->ask;
    struct us_firings f;
    struct us_firings_asked asked = {
        .whom = us_asked_whom(cli), .lines = cli->format == US_FORMAT_JSON};
    US_TRY(us_workspace_definition(cli, &a->w, 0, &asked.definition, e));
    US_TRY(us_workspace_time(cli, &a->w, "to", &asked.to, e));
    US_TRY(us_cli_option_time(cli, "from", US_ALWAYS, &asked.from, e));
    if (asked.from > asked.to)
        return us_fail(e, US_USAGE, "cli.from_after_to",
            US_ARGS(US_TIME("from", asked.from), US_TIME("to", asked.to)));
    ask->at = asked.to;
    US_TRY(us_firings_ask(ask, &asked, cli->arena, &f, e));
    us_progress_end(&a->w.progress);
    if (cli->format == US_FORMAT_CSV) US_TRY(as_csv(cli, ask, &f, e));
    if (cli->format == US_FORMAT_PEOPLE) US_TRY(for_people(cli, ask, &f, e));
    for (size_t i = 0; i < f.count && cli->format == US_FORMAT_JSON; i++) {
        us_firings_json(ask, &f, &f.rows[i], cli->out);
        US_TRY(us_asked_drain(cli, a, e));
    }
    return us_asked_end(cli, a, false, e);
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
    {"from", 0, "TIME", "cli.option_from"},
    {"to", 0, "TIME", "cli.option_to"},
    {"account", 'a', "ACCOUNT", "cli.option_account"},
    US_OPTION_TIMING,
    {0},
};

static const struct us_example examples[] = {
    {"usher firings team_expansion --from 7d", "cli.firings_example"},
    {"usher firings --account acme", "cli.firings_example_account"},
    {"usher firings team_expansion --csv > firings.csv", "cli.firings_example_csv"},
    {0},
};

const struct us_command us_command_firings = {
    .name = "firings",
    .group = US_GROUP_LOOK,
    .summary = "cli.firings",
    .about = "cli.firings_about",
    .usage = "[DEFINITION] [--from TIME] [--to TIME]",
    .args_max = 1,
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};
