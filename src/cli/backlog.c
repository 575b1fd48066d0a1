/* backlog.c: who was qualified before a play was live, or by time alone while a source
 * was silent, and handing some of them on. */

#include "base/time.h"
#include "cli/states.h"

enum { IDS_MAX = 1000 };

static us_code play_rows(
    struct us_table *table, struct us_state *s, us_str play, struct us_error *e)
{
    struct us_state_backlog_rows rows;
    US_TRY(us_state_backlog_list(
        s, play, US_BACKLOG_WAITING, table->cli->arena, &rows, e));
    for (size_t i = 0; i < rows.count; i++) {
        const struct us_state_backlog *b = &rows.items[i];
        US_TRY(us_table_row(table,
            US_ARGS(US_DIGITS("id", b->id), US_TEXT("play", b->play),
                US_TEXT("account", b->account), US_TEXT("user", b->user),
                US_TEXT("definition", b->definition), US_TIME("since", b->since),
                US_TEXT("silent", b->silent)),
            e));
    }
    return US_OK;
}

static us_code list(struct us_cli *cli, struct us_state *s, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"id", "cli.column_id", US_RIGHT},
        {"play", "cli.column_play", US_LEFT},
        {"account", "cli.column_account", US_LEFT},
        {"user", "cli.column_user", US_LEFT},
        {"definition", "cli.column_definition", US_LEFT},
        {"since", "cli.column_since", US_LEFT},
        {"silent", "cli.column_silent", US_LEFT},
    };
    struct us_state_play_list plays = {0};
    struct us_table table;
    if (s) US_TRY(us_state_plays(s, cli->arena, &plays, e));
    us_table_begin(&table, cli, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < plays.count; i++)
        US_TRY(play_rows(&table, s, plays.items[i].name, e));
    return us_table_end(&table, e);
}

/* All ids are read before the first is released: a slip of the pen releases nothing. */
static us_code release(struct us_cli *cli, struct us_state *s, struct us_error *e)
{
    int64_t ids[IDS_MAX];
    size_t count = 0;
    for (size_t i = 1; i < cli->arg_count; i++) {
        if (!us_str_int(cli->args[i], &ids[count]) || ids[count] < 1)
            return us_fail(
                e, US_USAGE, "cli.backlog_id", US_ARGS(US_TEXT("given", cli->args[i])));
        count++;
    }
    for (size_t i = 0; i < count; i++) {
        int64_t handoff = 0;
        US_TRY(us_state_backlog_release(s, ids[i], cli->now, &handoff, e));
        US_TRY(us_cli_noted(cli, s,
            (struct us_state_audit){.what = US_S("release"),
                .about = us_arena_fmt(cli->arena, "%lld", (long long)ids[i]),
                .details =
                    us_arena_fmt(cli->arena, "{\"handoff\":%lld}", (long long)handoff)},
            e));
        us_cli_say(cli, "cli.backlog_released",
            US_ARGS(US_DIGITS("id", ids[i]), US_DIGITS("handoff", handoff)));
    }
    return US_OK;
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    bool releases = cli->arg_count > 1 && us_str_eq(cli->args[0], US_S("release"));
    struct us_state *s = NULL;
    if (cli->arg_count && !releases)
        return us_fail(e, US_USAGE, "cli.backlog_usage", NULL);
    US_TRY(releases ? us_cli_state(cli, true, &s, e) : us_cli_state_if_any(cli, &s, e));
    us_code code = releases ? release(cli, s, e) : list(cli, s, e);
    us_state_close(s);
    return code;
}

static const struct us_example examples[] = {
    {"usher backlog", "cli.backlog_example"},
    {0},
};

const struct us_command us_command_backlog = {
    .name = "backlog",
    .group = US_GROUP_LOOK,
    .summary = "cli.backlog",
    .about = "cli.backlog_about",
    .usage = "[release ID...]",
    .args_max = IDS_MAX,
    .examples = examples,
    .run = run,
};
