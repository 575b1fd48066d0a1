/* trace.c: how one account moved, day by day. */

#include "answer/trace.h"

#include "cli/asked.h"
#include "cli/trace_page.h"

/* ---- as CSV ---- */

static us_arg value_cell(const char *name, us_value v)
{
    us_arg none = US_NONE(name);
    if (v.kind == US_NUMBER) return (us_arg)US_REAL(name, v.number);
    if (v.kind == US_STRING) return (us_arg)US_TEXT(name, v.text);
    if (v.kind == US_BOOL)
        return (us_arg)US_TEXT(name, v.truth ? US_S("true") : US_S("false"));
    return none;
}

/* The names of a course's columns: its state, then the points of the axes it scores. */
static size_t course_columns(struct us_cli *cli, const struct us_ask *ask,
    const struct us_trace_course *c, struct us_table_column *out)
{
    static const char *const names[] = {
        [US_AXIS_USAGE] = "usage", [US_AXIS_FIT] = "fit", [US_AXIS_INTENT] = "intent"};
    const struct us_definition *def = &ask->rules->definitions[c->definition];
    us_str name = def->name;
    if (c->user.len)
        name = us_arena_fmt(cli->arena, "%.*s.%.*s", US_ARG(name), US_ARG(c->user));
    size_t count = 0;
    out[count++].key = us_arena_cstr(cli->arena, name);
    for (int axis = 0; axis < US_AXES; axis++) {
        if (!def->score_count[axis]) continue;
        us_str key = us_arena_fmt(cli->arena, "%.*s.%s", US_ARG(name), names[axis]);
        out[count++].key = us_arena_cstr(cli->arena, key);
    }
    return count;
}

static size_t course_cells(const struct us_ask *ask, const struct us_trace_course *c,
    size_t day, const struct us_table_column *columns, us_arg *out)
{
    const struct us_definition *def = &ask->rules->definitions[c->definition];
    size_t count = 0;
    us_str phase = us_phase_word(c->phases[day]);
    out[count] = (us_arg)US_TEXT(columns[count].key, phase);
    count++;
    for (int axis = 0; axis < US_AXES; axis++) {
        if (!def->score_count[axis]) continue;
        out[count] = (us_arg)US_REAL(columns[count].key, c->points[axis][day]);
        count++;
    }
    return count;
}

/* A line a day. */
static us_code as_csv(struct us_cli *cli, const struct us_ask *ask,
    const struct us_trace *t, struct us_error *e)
{
    size_t most = 1 + t->signal_count + t->course_count * (1 + US_AXES);
    struct us_table_column *columns = us_new(cli->arena, struct us_table_column, most);
    us_arg *cells = us_new(cli->arena, us_arg, most + 1);
    size_t count = 0;
    columns[count++].key = "day";
    for (size_t i = 0; i < t->signal_count; i++)
        columns[count++].key = us_arena_cstr(cli->arena, t->signals[i].name);
    for (size_t i = 0; i < t->course_count; i++)
        count += course_columns(cli, ask, &t->courses[i], columns + count);
    if (count > US_TABLE_COLUMNS_MAX)
        return us_fail(e, US_USAGE, "cli.trace_wide",
            US_ARGS(US_WHOLE("n", count), US_WHOLE("max", US_TABLE_COLUMNS_MAX)));
    struct us_table table;
    us_table_begin(&table, cli, columns, count);
    for (size_t d = 0; d < t->days; d++) {
        size_t at = 0;
        cells[at++] = (us_arg)US_DAY("day", (t->first_day + (int64_t)d) * US_DAY_US);
        for (size_t i = 0; i < t->signal_count; i++, at++)
            cells[at] = value_cell(columns[at].key, t->signals[i].days[d]);
        for (size_t i = 0; i < t->course_count; i++)
            at += course_cells(ask, &t->courses[i], d, columns + at, cells + at);
        US_TRY(us_table_row(&table, cells, e));
    }
    return us_table_end(&table, e);
}

/* ---- the command ---- */

static us_code answer(struct us_cli *cli, struct us_asked *a, struct us_error *e)
{
    struct us_ask *ask = &a->ask;
    struct us_trace t;
    us_str *signals = us_new(cli->arena, us_str, US_CLI_OPTIONS_MAX);
    struct us_trace_asked asked = {.account = cli->args[0], .signals = signals};
    for (us_str s; (s = us_cli_option_nth(cli, "signal", asked.signal_count)).ptr;)
        signals[asked.signal_count++] = s;
    US_TRY(us_workspace_definition(cli, &a->w, 1, &asked.definition, e));
    US_TRY(us_workspace_time(cli, &a->w, "to", &ask->at, e));
    US_TRY(us_cli_option_time(cli, "from", US_ALWAYS, &asked.from, e));
    if (asked.from > ask->at)
        return us_fail(e, US_USAGE, "cli.from_after_to",
            US_ARGS(US_TIME("from", asked.from), US_TIME("to", ask->at)));
    US_TRY(us_trace_ask(ask, &asked, cli->arena, &t, e));
    us_progress_end(&a->w.progress);
    if (cli->format == US_FORMAT_JSON)
        us_trace_json(ask, &t, cli->out);
    else if (cli->format == US_FORMAT_CSV)
        US_TRY(as_csv(cli, ask, &t, e));
    else
        us_trace_page(cli, ask, &t);
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
    {"from", 0, "TIME", "cli.trace_from"},
    {"to", 0, "TIME", "cli.option_to"},
    {"signal", 's', "SIGNAL", "cli.trace_signal"},
    US_OPTION_TIMING,
    {0},
};

static const struct us_example examples[] = {
    {"usher trace acme", "cli.trace_example"},
    {"usher trace acme team_expansion --from 2026-01-01 --to 2026-03-31",
        "cli.trace_example_from"},
    {"usher trace acme --json", "cli.trace_example_json"},
    {0},
};

const struct us_command us_command_trace = {
    .name = "trace",
    .group = US_GROUP_LOOK,
    .summary = "cli.trace",
    .about = "cli.trace_about",
    .usage = "ACCOUNT [DEFINITION] [--from TIME] [--to TIME]",
    .args_min = 1,
    .args_max = 2,
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};
