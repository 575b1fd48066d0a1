/* restore.c: a backup put back, and history made from it. */

#include "cli/workspace.h"
#include "file/file.h"
#include "import/backup.h"

enum { COUNTS = 5 };

struct counts {
    int64_t of[COUNTS];
};

static us_code take_counts(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct counts *c = ctx;
    for (size_t i = 0; i < COUNTS; i++)
        us_str_int(cells[i].text, &c->of[i]);
    return US_OK;
}

static us_code say_counts(
    struct us_cli *cli, struct us_workspace *w, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"events", "backup.column_events", US_RIGHT},
        {"accounts", "backup.column_accounts", US_RIGHT},
        {"people", "backup.column_people", US_RIGHT},
        {"payments", "backup.column_payments", US_RIGHT},
        {"deals", "backup.column_deals", US_RIGHT},
    };
    struct counts c = {0};
    struct us_table table;
    US_TRY(us_history_sql(w->history,
        US_S("SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM accounts), "
             "(SELECT count(*) FROM people), (SELECT count(*) FROM payments), "
             "(SELECT count(DISTINCT deal_id) FROM deals)"),
        take_counts, &c, e));
    us_table_begin(&table, cli, columns, COUNTS);
    US_TRY(us_table_row(&table,
        US_ARGS(US_WHOLE("events", c.of[0]), US_WHOLE("accounts", c.of[1]),
            US_WHOLE("people", c.of[2]), US_WHOLE("payments", c.of[3]),
            US_WHOLE("deals", c.of[4])),
        e));
    return us_table_end(&table, e);
}

/* What a server holds is not put back under it. */
static us_code nobody_runs(struct us_cli *cli, struct us_error *e)
{
    struct us_error why;
    int lock = -1;
    us_str path = us_cli_path(cli, US_S("data/server.lock"));
    if (!us_file_exists(path)) return US_OK;
    us_code code = us_file_lock(path, &lock, &why);
    if (code == US_BUSY) return us_fail(e, US_BUSY, "server.running", why.args);
    if (code == US_OK) us_file_unlock(lock);
    return US_OK;
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct us_backup b;
    struct us_progress progress;
    us_str from = cli->args[0];
    if (cli->arg_count > 1) cli->dir = cli->args[1];
    US_TRY(nobody_runs(cli, e));
    us_progress_init(&progress, cli);
    progress.bytes = true;
    US_TRY(us_backup_read(from, cli->arena, &b, e));
    us_code code = us_backup_restore(
        from, &b, cli->dir, us_progress_show, &progress, cli->arena, e);
    us_progress_end(&progress);
    if (code != US_OK) return code;
    if (cli->format == US_FORMAT_PEOPLE)
        us_cli_say(cli, "backup.restored",
            US_ARGS(US_WHOLE("n", b.file_count), US_BYTES("bytes", b.bytes),
                US_TEXT("dir", cli->dir), US_TIME("made", b.made)));
    /* The facts are back; should usher.yml have mistakes, history follows later. */
    struct us_workspace w;
    US_TRY(us_workspace_open(cli, &w, e));
    code = say_counts(cli, &w, e);
    us_workspace_close(&w);
    return code;
}

static const struct us_example examples[] = {
    {"usher restore /backups/usher-2026-11-23 workspace", "backup.example_restore"},
    {0},
};

const struct us_command us_command_restore = {
    .name = "restore",
    .group = US_GROUP_DATA,
    .summary = "backup.restore",
    .about = "backup.restore_about",
    .usage = "BACKUP [FOLDER]",
    .args_min = 1,
    .args_max = 2,
    .examples = examples,
    .run = run,
};
