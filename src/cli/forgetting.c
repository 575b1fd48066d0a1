#include "cli/forgetting.h"

#include "cli/states.h"
#include "file/file.h"

const struct us_option us_forgetting_options[] = {
    {"dry-run", 0, NULL, "forget.option_dry_run"},
    {0},
};

/* It rewrites what a server would go on writing to. */
static us_code alone(struct us_cli *cli, us_str data, int *lock, struct us_error *e)
{
    struct us_error why;
    if (!us_file_exists(us_file_join(cli->arena, data, US_S("journal"))))
        return us_fail(e, US_NOT_FOUND, "journal.missing",
            US_ARGS(US_TEXT("path", us_file_join(cli->arena, data, US_S("journal")))));
    us_str path = us_file_join(cli->arena, data, US_S("server.lock"));
    us_code code = us_file_lock(path, lock, &why);
    if (code == US_BUSY) return us_fail(e, US_BUSY, "server.running", why.args);
    return code == US_OK ? US_OK : us_fail(e, code, why.key, why.args);
}

static struct us_import_options options_of(struct us_cli *cli, struct us_workspace *w)
{
    return (struct us_import_options){.dir = w->data,
        .rules = &w->history_rules,
        .now = cli->now,
        .progress = us_progress_show,
        .ctx = &w->progress};
}

static us_code finish_first(
    struct us_cli *cli, struct us_workspace *w, struct us_error *e)
{
    struct us_forget begun;
    struct us_import_options o = options_of(cli, w);
    us_code code = us_forget_read(w->data, cli->arena, &begun, e);
    if (code == US_NOT_FOUND) return US_OK;
    if (code == US_OK) code = us_forget_finish(&o, &begun, e);
    us_progress_end(&w->progress);
    if (code == US_OK && cli->format == US_FORMAT_PEOPLE)
        us_cli_say(cli, "forget.finished", US_ARGS(US_TIME("made", begun.made)));
    return code;
}

us_code us_forgetting_open(
    struct us_cli *cli, struct us_workspace *w, int *lock, struct us_error *e)
{
    *lock = -1;
    US_TRY(us_workspace_read(cli, w, NULL, e));
    if (cli->lender) return us_workspace_history(w, e);
    US_TRY(alone(cli, w->data, lock, e));
    us_code code = finish_first(cli, w, e);
    if (code == US_OK) code = us_workspace_history(w, e);
    if (code != US_OK) us_file_unlock(*lock);
    return code;
}

void us_forgetting_close(struct us_workspace *w, int lock)
{
    us_progress_end(&w->progress);
    us_workspace_close(w);
    if (lock >= 0) us_file_unlock(lock);
}

/* ---- what is said ---- */

static us_code row(struct us_table *t, const char *what, int64_t n, struct us_error *e)
{
    if (!n) return US_OK;
    return us_table_row(t, US_ARGS(US_WORD("what", what), US_WHOLE("lines", n)), e);
}

static us_code counts_say(
    struct us_cli *cli, const struct us_forget_counts *c, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"what", "forget.column_what", US_LEFT},
        {"lines", "forget.column_lines", US_RIGHT},
    };
    static const char *const kinds[US_LINE_TYPES] = {
        [US_LINE_MESSAGE] = "forget.message",
        [US_LINE_ACCOUNT] = "forget.account",
        [US_LINE_CONTACT] = "forget.contact",
        [US_LINE_PAYMENT] = "forget.payment",
        [US_LINE_DEAL] = "forget.deal",
        [US_LINE_ACTIVITY] = "forget.activity",
        [US_LINE_MQL] = "forget.mql",
        [US_LINE_COMPANY] = "forget.company",
        [US_LINE_UNDO] = "forget.undo",
        [US_LINE_DEAD] = "forget.dead",
        [US_LINE_IMPORT] = "forget.import",
        [US_LINE_TEST] = "forget.test",
    };
    struct us_table t;
    us_table_begin(&t, cli, columns, 2);
    for (size_t i = 0; i < US_LINE_TYPES; i++)
        US_TRY(row(&t, kinds[i], c->lines[i], e));
    US_TRY(row(&t, "forget.masked", c->masked, e));
    return us_table_end(&t, e);
}

static void result_say(struct us_cli *cli, const struct us_forget *f, bool dry)
{
    if (cli->format != US_FORMAT_PEOPLE) return;
    us_cli_say(cli, dry ? "forget.would" : "forget.done",
        US_ARGS(US_WHOLE("lines", f->counts.all), US_WHOLE("masked", f->counts.masked),
            US_WHOLE("segments", f->counts.segments)));
    if (f->circle.others_emails)
        us_cli_say(cli, "forget.others_emails",
            US_ARGS(US_WHOLE("n", f->circle.others_emails)));
    if (!dry) us_cli_say(cli, "forget.backups", NULL);
}

/* ---- the work ---- */

static us_code here(
    struct us_cli *cli, struct us_workspace *w, struct us_forget *f, struct us_error *e)
{
    struct us_import_options o = options_of(cli, w);
    US_TRY(us_forget_begin(w->data, f, cli->arena, e));
    return us_forget_finish(&o, f, e);
}

us_code us_forgetting_run(
    struct us_cli *cli, struct us_workspace *w, struct us_forget *f, struct us_error *e)
{
    bool dry = us_cli_has(cli, "dry-run");
    struct us_import_options o = options_of(cli, w);
    f->made = cli->now;
    f->who = us_cli_who(cli);
    f->below = UINT32_MAX;
    bool lends = cli->lender && !dry; /* who does it counts it, too */
    us_code code = lends ? US_OK : us_forget_scan(&o, w->history, f, e);
    us_workspace_close(w);
    if (lends) code = cli->lender->forget(cli->lender->ctx, f, cli->arena, e);
    bool any = f->counts.all || f->counts.masked;
    if (code == US_OK && any && !dry && !lends) code = here(cli, w, f, e);
    us_progress_end(&w->progress);
    if (code == US_OK) code = counts_say(cli, &f->counts, e);
    if (code == US_OK && any) result_say(cli, f, dry);
    if (code == US_OK && !any && cli->format == US_FORMAT_PEOPLE)
        us_cli_say(cli, "forget.nothing", NULL);
    return code;
}
