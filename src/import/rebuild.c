/* rebuild.c: history anew from the journal, beside the old one until it is whole. */

#include "file/file.h"
#include "history/replay.h"
#include "import/import.h"

#include <stdio.h>
#include <unistd.h>

static us_code build(us_str dir, us_str journal_dir, const struct us_import_options *o,
    struct us_error *e)
{
    struct us_history *h = NULL;
    US_TRY(us_history_open(dir, o->rules, true, o->progress, o->ctx, &h, e));
    us_code code = us_history_catch_up(h, journal_dir, o->progress, o->ctx, e);
    us_history_close(h);
    return code;
}

/* The past sorted once more, so that the first question need not wait for it. */
static us_code replay(const struct us_import_options *o, struct us_error *e)
{
    struct us_history *h = NULL;
    struct us_replay_store *s = NULL;
    US_TRY(us_history_open(o->dir, o->rules, true, o->progress, o->ctx, &h, e));
    us_code code = us_replay_open(o->dir, h, o->progress, o->ctx, &s, e);
    us_replay_close(s);
    us_history_close(h);
    return code;
}

static us_code swap(
    us_str from, us_str to, us_str dir, struct us_arena *a, struct us_error *e)
{
    us_str old_log = us_arena_fmt(a, "%.*s.wal", US_ARG(to));
    US_TRY(us_file_remove_tree(old_log, e));
    if (rename(us_arena_cstr(a, from), us_arena_cstr(a, to)) != 0)
        return us_fail_errno(e, US_IO, "import.rename", to);
    return us_file_sync_dir(dir, e);
}

us_code us_import_rebuild(const struct us_import_options *o, struct us_error *e)
{
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    us_str journal_dir = us_file_join(&a, o->dir, US_S("journal"));
    us_str work = us_file_join(&a, o->dir, US_S("rebuild"));
    us_str made = us_file_join(&a, work, US_S("history.duckdb"));
    us_str place = us_file_join(&a, o->dir, US_S("history.duckdb"));
    int lock = -1;
    us_code code =
        us_file_lock(us_file_join(&a, o->dir, US_S("rebuild.lock")), &lock, e);
    if (code == US_OK) code = us_file_remove_tree(work, e);
    if (code == US_OK) code = us_file_make_dirs(work, e);
    if (code == US_OK) code = build(work, journal_dir, o, e);
    if (code == US_OK) code = us_replay_drop(o->dir, e);
    if (code == US_OK) code = swap(made, place, o->dir, &a, e);
    if (code == US_OK) code = replay(o, e);
    if (code == US_OK) code = us_file_remove_tree(work, e);
    if (lock >= 0) us_file_unlock(lock);
    us_arena_done(&a);
    return code;
}
