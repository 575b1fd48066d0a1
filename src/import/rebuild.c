/* rebuild.c: history anew from the journal, beside the old one until it is whole. */

#include "file/file.h"
#include "history/replay.h"
#include "import/import.h"

#include <stdio.h>
#include <unistd.h>

/* All lines before upto. */
static us_code lines_load(struct us_history *h, struct us_journal_reader *r,
    us_pos upto, const struct us_import_options *o, int64_t total, struct us_error *e)
{
    us_str text;
    us_pos at;
    us_pos next;
    int64_t done = 0;
    us_code code;
    while ((code = us_journal_reader_next(r, &text, &at, &next, e)) == US_OK) {
        if (at.segment >= upto.segment) break;
        US_TRY(us_history_load(h, text, at, next, e));
        if (us_history_pending(h) >= US_HISTORY_BATCH_ROWS)
            US_TRY(us_history_commit(h, e));
        done += (int64_t)text.len;
        if (o->progress) o->progress(o->ctx, "history.load", done, total);
    }
    if (code != US_OK && code != US_NOT_FOUND) return code;
    US_TRY(us_history_commit(h, e));
    return us_history_settle(h, e);
}

static us_code all_load(struct us_history *h, us_str journal_dir, us_pos upto,
    const struct us_import_options *o, struct us_error *e)
{
    struct us_journal_sizes sizes = {0};
    struct us_journal_reader *r;
    US_TRY(us_journal_sizes(journal_dir, &sizes, e));
    US_TRY(us_journal_reader_open(journal_dir, (us_pos){0}, &r, e));
    us_code code = lines_load(h, r, upto, o, (int64_t)sizes.text, e);
    us_journal_reader_close(r);
    return code;
}

/* History, and the past sorted, so that the first question need not wait for it. */
static us_code build(us_str work, us_str journal_dir, us_pos upto,
    const struct us_import_options *o, struct us_error *e)
{
    struct us_history *h = NULL;
    struct us_replay_store *s = NULL;
    US_TRY(us_history_open(work, o->rules, true, o->progress, o->ctx, &h, e));
    us_code code = all_load(h, journal_dir, upto, o, e);
    if (code == US_OK) code = us_replay_open(work, h, o->progress, o->ctx, &s, e);
    us_replay_close(s);
    us_history_close(h);
    return code;
}

static us_code put(us_str from, us_str to, struct us_arena *a, struct us_error *e)
{
    if (rename(us_arena_cstr(a, from), us_arena_cstr(a, to)) == 0) return US_OK;
    return us_fail_errno(e, US_IO, "import.rename", to);
}

static us_str part(struct us_arena *a, us_str dir, const char *name)
{
    return us_file_join(a, dir, us_str_c(name));
}

us_code us_import_make_anew(
    const struct us_import_options *o, us_pos upto, struct us_error *e)
{
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    us_str work = part(&a, o->dir, "rebuild");
    int lock = -1;
    us_code code = us_file_lock(part(&a, o->dir, "rebuild.lock"), &lock, e);
    if (code == US_OK) code = us_file_remove_tree(work, e);
    if (code == US_OK) code = us_file_make_dirs(work, e);
    if (code == US_OK) code = build(work, part(&a, o->dir, "journal"), upto, o, e);
    if (lock >= 0) us_file_unlock(lock);
    us_arena_done(&a);
    return code;
}

static us_code put_anew(us_str dir, struct us_arena *a, struct us_error *e)
{
    us_str work = part(a, dir, "rebuild");
    us_str replay = part(a, work, "replay");
    US_TRY(us_replay_drop(dir, e));
    US_TRY(us_file_remove_tree(part(a, dir, "history.duckdb.wal"), e));
    US_TRY(put(part(a, work, "history.duckdb"), part(a, dir, "history.duckdb"), a, e));
    if (us_file_exists(replay)) US_TRY(put(replay, part(a, dir, "replay"), a, e));
    US_TRY(us_file_sync_dir(dir, e));
    return us_file_remove_tree(work, e);
}

us_code us_import_put_anew(us_str dir, struct us_error *e)
{
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    us_code code = put_anew(dir, &a, e);
    us_arena_done(&a);
    return code;
}

us_code us_import_rebuild(const struct us_import_options *o, struct us_error *e)
{
    US_TRY(us_import_make_anew(o, (us_pos){UINT32_MAX, 0}, e));
    return us_import_put_anew(o->dir, e);
}
