/* rebuild.c: history made anew from the journal. */

#include "cli/workspace.h"
#include "file/file.h"
#include "import/import.h"

/* It takes the place of a file that a server would go on writing to. */
static us_code alone(struct us_cli *cli, us_str data, int *lock, struct us_error *e)
{
    struct us_error why;
    US_TRY(us_file_make_dirs(data, e));
    us_str path = us_file_join(cli->arena, data, US_S("server.lock"));
    us_code code = us_file_lock(path, lock, &why);
    if (code == US_BUSY) return us_fail(e, US_BUSY, "server.running", why.args);
    return code == US_OK ? US_OK : us_fail(e, code, why.key, why.args);
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct us_workspace w;
    int lock = -1;
    US_TRY(us_workspace_read(cli, &w, NULL, e));
    if (cli->lender) {
        US_TRY(cli->lender->rebuild(cli->lender->ctx, e));
        us_cli_say(cli, "cli.rebuild_done", NULL);
        return US_OK;
    }
    US_TRY(alone(cli, w.data, &lock, e));
    struct us_import_options options = {
        .dir = w.data,
        .rules = &w.history_rules,
        .now = cli->now,
        .progress = us_progress_show,
        .ctx = &w.progress,
    };
    us_code code = us_import_rebuild(&options, e);
    us_file_unlock(lock);
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
    .asks = US_ASKS,
};
