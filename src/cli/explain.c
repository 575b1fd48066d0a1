/* explain.c: every gate and line of one account, with what is behind it. */

#include "answer/answer.h"
#include "cli/asked.h"

static us_code answer(struct us_cli *cli, struct us_asked *a, struct us_error *e)
{
    struct us_ask *ask = &a->ask;
    uint32_t definition = US_NODE_NONE;
    US_TRY(us_workspace_definition(cli, &a->w, 1, &definition, e));
    US_TRY(us_workspace_at(cli, &a->w, &ask->at, e));
    bool json = cli->format == US_FORMAT_JSON;
    US_TRY(us_explain(ask, cli->args[0], definition, json, cli->colour, cli->out, e));
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
    US_OPTION_TIMING,
    {0},
};

static const struct us_example examples[] = {
    {"usher explain acme", "cli.explain_example"},
    {"usher explain acme team_expansion --at 2026-03-01 --json",
        "cli.explain_example_json"},
    {0},
};

const struct us_command us_command_explain = {
    .name = "explain",
    .group = US_GROUP_LOOK,
    .summary = "cli.explain",
    .about = "cli.explain_about",
    .usage = "ACCOUNT [DEFINITION]",
    .args_min = 1,
    .args_max = 2,
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};
