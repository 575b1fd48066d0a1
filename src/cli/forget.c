/* forget.c: a person taken out of everything. */

#include "cli/forgetting.h"

static us_code work(struct us_cli *cli, struct us_workspace *w, struct us_error *e)
{
    struct us_forget f = {0};
    US_TRY(us_history_circle(w->history, cli->args[1], cli->arena, &f.circle, e));
    return us_forgetting_run(cli, w, &f, e);
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct us_workspace w;
    int lock;
    if (!us_str_eq(cli->args[0], US_S("user")))
        return us_fail(
            e, US_USAGE, "forget.usage", US_ARGS(US_TEXT("given", cli->args[0])));
    US_TRY(us_forgetting_open(cli, &w, &lock, e));
    us_code code = work(cli, &w, e);
    us_forgetting_close(&w, lock);
    return code;
}

static const struct us_example examples[] = {
    {"usher forget user ada@norvik.example --dry-run", "forget.example_dry_run"},
    {"usher forget user u_812", "forget.example"},
    {0},
};

const struct us_command us_command_forget = {
    .name = "forget",
    .group = US_GROUP_DATA,
    .summary = "forget.summary",
    .about = "forget.about",
    .usage = "user ID|E-MAIL",
    .args_min = 2,
    .args_max = 2,
    .options = us_forgetting_options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};
