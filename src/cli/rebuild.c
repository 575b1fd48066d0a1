/* rebuild.c: history made anew from the journal. */

#include "cli/workspace.h"
#include "import/import.h"

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct us_workspace w;
    US_TRY(us_workspace_read(cli, &w, NULL, e));
    struct us_import_options options = {
        .dir = w.data,
        .rules = &w.history_rules,
        .now = cli->now,
        .progress = us_progress_show,
        .ctx = &w.progress,
    };
    us_code code = us_import_rebuild(&options, e);
    us_progress_end(&w.progress);
    if (code == US_OK) us_cli_say(cli, "cli.rebuild_done", NULL);
    return code;
}

static const struct us_example examples[] = {
    {"usher rebuild", "cli.rebuild_example"},
    {0},
};

const struct us_command us_command_rebuild = {
    .name = "rebuild",
    .group = US_GROUP_DATA,
    .summary = "cli.rebuild",
    .about = "cli.rebuild_about",
    .usage = "",
    .examples = examples,
    .run = run,
};
