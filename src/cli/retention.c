/* retention.c: what is older than it may be kept goes. */

#include "cli/forgetting.h"

static us_code work(struct us_cli *cli, struct us_workspace *w, struct us_error *e)
{
    struct us_forget f = {.older = true};
    f.limits = us_forget_limits_of(&w->config->retention, cli->now);
    return us_forgetting_run(cli, w, &f, e);
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct us_workspace w;
    int lock;
    US_TRY(us_forgetting_open(cli, &w, &lock, e));
    const struct us_retention *r = &w.config->retention;
    us_code code = US_OK;
    if (!r->events && !r->dead_letters && !r->test)
        code = us_fail(
            e, US_REFUSED, "forget.no_retention", US_ARGS(US_TEXT("path", w.yml)));
    if (code == US_OK) code = work(cli, &w, e);
    us_forgetting_close(&w, lock);
    return code;
}

static const struct us_example examples[] = {
    {"usher retention --dry-run", "forget.retention_example"},
    {0},
};

const struct us_command us_command_retention = {
    .name = "retention",
    .group = US_GROUP_DATA,
    .summary = "forget.retention_summary",
    .about = "forget.retention_about",
    .usage = "",
    .options = us_forgetting_options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};
