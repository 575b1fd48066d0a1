/* sql.c: a signal or a definition as SQL, to be read, kept or asked. */

#include "answer/sql.h"

#include "cli/asked.h"

static us_code answer(struct us_cli *cli, struct us_asked *a, us_str name, us_str title,
    struct us_error *e)
{
    struct us_buf sql = us_buf_new(cli->arena, US_SQL_BYTES_MAX);
    US_TRY(us_workspace_at(cli, &a->w, &a->ask.at, e));
    US_TRY(us_workspace_seen(&a->w, e));
    US_TRY(us_sql_answer(
        &a->ask, name, title, us_cli_has(cli, "moments"), cli->arena, &sql, e));
    us_buf_put(cli->out, us_buf_str(&sql));
    return us_asked_end(cli, a, true, e);
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    static const us_str hidden[] = {US_S_INIT("usher_expression")};
    us_str expression = us_cli_option(cli, "expr");
    if ((cli->arg_count == 0) == (expression.ptr == NULL))
        return us_fail(e, US_USAGE, "cli.sql_what", NULL);
    struct us_expressions more = {.texts = &expression,
        .names = hidden,
        .count = expression.ptr != NULL,
        .people = us_cli_has(cli, "user")};
    us_str name = expression.ptr ? hidden[0] : cli->args[0];
    struct us_asked a;
    US_TRY(us_asked_open(cli, &more, &a, e));
    us_code code = answer(cli, &a, name, expression.ptr ? expression : name, e);
    us_asked_close(&a);
    return code;
}

static const struct us_option options[] = {
    {"at", 0, "TIME", "cli.option_at"},
    {"moments", 'm', NULL, "cli.sql_moments"},
    {"expr", 'e', "EXPRESSION", "cli.sql_expr"},
    {"user", 'u', NULL, "cli.sql_user"},
    {0},
};

static const struct us_example examples[] = {
    {"usher query \"$(usher sql active_users --at 2026-03-01)\"", "cli.sql_example"},
    {"usher sql team_expansion > eligible.sql", "cli.sql_example_definition"},
    {"usher query --csv \"$(usher sql team_expansion --moments)\"",
        "cli.sql_example_moments"},
    {"usher sql --expr 'count(\"Invite Sent\", 7d)'", "cli.sql_example_expr"},
    {0},
};

const struct us_command us_command_sql = {
    .name = "sql",
    .group = US_GROUP_LOOK,
    .summary = "cli.sql_summary",
    .about = "cli.sql_about",
    .usage = "SIGNAL|DEFINITION [--at TIME] [--moments]",
    .args_max = 1,
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS_SEEN,
};
