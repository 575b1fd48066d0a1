/* backup.c: a backup made, checked and put back. */

#include "import/backup.h"

#include "import/backup_inner.h"
#include "state/state.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* One backup being made. */
struct making {
    const struct us_backup_options *options;
    struct us_arena *arena;
    us_str part; /* the folder it grows in */
    struct backup_work work;
    struct us_backup *backup;
};

static us_code add(struct making *m, struct us_backup_file f, struct us_error *e)
{
    struct us_backup *b = m->backup;
    if (b->file_count == US_BACKUP_FILES_MAX)
        return us_fail(e, US_LIMIT, "backup.many",
            US_ARGS(US_TEXT("path", m->part), US_WHOLE("most", US_BACKUP_FILES_MAX)));
    *us_push(m->arena, b->files, b->file_count, b->file_cap) = f;
    return US_OK;
}

static us_code copy_some(
    struct making *m, us_str path, int64_t most, struct us_error *e)
{
    us_str from = us_file_join(m->arena, m->options->dir, path);
    us_str to = us_file_join(m->arena, m->part, path);
    struct us_backup_file f = {
        .path = path,
    };
    US_TRY(backup_copy(&m->work, from, to, most, &f, e));
    return add(m, f, e);
}

static us_code copy(struct making *m, us_str path, struct us_error *e)
{
    return copy_some(m, path, INT64_MAX, e);
}

/* A server may be writing them: SQLite copies a file that is in use as of one moment.
 */
static us_code copy_state(struct making *m, struct us_error *e)
{
    us_str data = us_file_join(m->arena, m->options->dir, US_S("data"));
    us_str to = us_file_join(m->arena, m->part, US_S(BACKUP_STATE));
    struct us_backup_file f = {.path = US_S(BACKUP_STATE)};
    if (!us_file_exists(us_state_path(data, m->arena))) return US_OK;
    US_TRY(us_file_make_dirs(us_file_dir(to), e));
    US_TRY(us_state_copy(data, to, e));
    US_TRY(backup_sum(&m->work, to, &f, e));
    return add(m, f, e);
}

static void take_back(struct making *m)
{
    struct us_backup_file *f = &m->backup->files[--m->backup->file_count];
    unlink(us_arena_cstr(m->arena, us_file_join(m->arena, m->part, f->path)));
    m->work.done -= f->bytes;
}

static us_str segment_file(struct making *m, uint32_t number, const char *form)
{
    return us_file_join(m->arena, US_S(BACKUP_JOURNAL),
        us_arena_fmt(m->arena, "%08u.%s", number, form));
}

/* What of a plain segment is written by now: read while a writer goes on, a chunk might
 * end before what it wrote, and the next one begin behind it. */
static us_code copy_plain(
    struct making *m, us_str plain, uint32_t number, struct us_error *e)
{
    us_str dir = us_file_join(m->arena, m->options->dir, US_S(BACKUP_JOURNAL));
    uint64_t bytes;
    US_TRY(us_journal_plain_text(dir, number, &bytes, e));
    return copy_some(m, plain, bytes ? (int64_t)bytes : 1, e);
}

/* A plain segment may be sealed while it is copied, and its file be another's: the copy
 * counts only while there is no sealed form. That is copied in its place. */
static us_code copy_segment(struct making *m, uint32_t number, struct us_error *e)
{
    us_str plain = segment_file(m, number, "ndjson");
    us_str sealed = us_arena_fmt(m->arena, "%.*s.zst", US_ARG(plain));
    us_str there = us_file_join(m->arena, m->options->dir, sealed);
    us_code code = US_NOT_FOUND;
    if (!us_file_exists(there)) code = copy_plain(m, plain, number, e);
    if (code != US_OK && code != US_NOT_FOUND) return code;
    if (!us_file_exists(there)) return code;
    if (code == US_OK) take_back(m);
    return copy(m, sealed, e);
}

static int64_t size_of(struct making *m, us_str path)
{
    return backup_size(us_file_join(m->arena, m->options->dir, path));
}

/* By number, so that a segment is never ahead of the one before it, nor a sidecar of
 * its segment. One that is gone was empty: recovery had begun it anew. */
static us_code copy_journal(struct making *m, struct us_error *e)
{
    us_str dir = us_file_join(m->arena, m->options->dir, US_S(BACKUP_JOURNAL));
    uint32_t first = 0;
    uint32_t last = 0;
    if (us_file_exists(dir)) US_TRY(us_journal_range(dir, &first, &last, e));
    if (!last)
        return us_fail(
            e, US_NOT_FOUND, "backup.nothing", US_ARGS(US_TEXT("path", dir)));
    static const char *const forms[] = {"ids", "ndjson", "ndjson.zst"};
    for (uint32_t n = first; n <= last; n++)
        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
            m->work.total += size_of(m, segment_file(m, n, forms[i]));
    for (uint32_t n = first; n <= last; n++) {
        us_code code = copy(m, segment_file(m, n, "ids"), e);
        if (code == US_OK || code == US_NOT_FOUND) code = copy_segment(m, n, e);
        if (code != US_OK && code != US_NOT_FOUND) return code;
    }
    return US_OK;
}

/* The journal's error names the copy; what is wrong is wrong with the original. */
static us_code in_original(
    struct making *m, us_code code, struct us_error *own, struct us_error *e)
{
    us_str dir = us_file_join(m->arena, m->options->dir, US_S(BACKUP_JOURNAL));
    for (us_arg *g = own->args; code == US_INPUT && g->name; g++)
        if (us_str_eq(us_str_c(g->name), US_S("path")))
            g->text = us_file_join(m->arena, dir, us_file_name(g->text));
    return us_fail(e, code, own->key, own->args);
}

static us_code read_through(struct making *m, us_str dir, struct us_error *e)
{
    const struct us_backup_options *o = m->options;
    struct us_journal_sizes sizes;
    US_TRY(us_journal_sizes(dir, &sizes, e));
    struct us_journal_reader *r;
    US_TRY(us_journal_reader_open(dir, (us_pos){0}, &r, e));
    us_str text;
    us_pos at;
    us_pos next;
    int64_t done = 0;
    us_code code;
    while ((code = us_journal_reader_next(r, &text, &at, &next, e)) == US_OK) {
        done += (int64_t)text.len;
        if (o->progress)
            o->progress(o->ctx, "backup.progress_read", done, (int64_t)sizes.text);
    }
    us_journal_reader_close(r);
    return code == US_NOT_FOUND ? US_OK : code;
}

/* Opening a journal for writing cuts what is not whole and seals. */
static us_code recover(struct making *m, us_str dir, struct us_error *e)
{
    struct us_journal *j;
    US_TRY(us_journal_open(dir, true, &j, e));
    m->backup->end = us_journal_end(j);
    m->backup->seq = us_journal_last_seq(j);
    us_journal_close(j);
    US_TRY(us_file_remove_tree(us_file_join(m->arena, dir, US_S("lock")), e));
    return read_through(m, dir, e);
}

/* Of a file in the copy's journal: as it was copied, unless recovery made or changed
 * it. Both lists are in the order of names; *old is the next one that was copied. */
static us_code keep_or_sum(struct making *m, us_str path, bool changed,
    const struct us_backup_file **old, const struct us_backup_file *end,
    struct us_error *e)
{
    struct us_backup *b = m->backup;
    struct us_backup_file f = {.path = path};
    while (*old < end && us_str_cmp((*old)->path, path) < 0)
        (*old)++;
    bool same = *old < end && us_str_eq((*old)->path, path) && !changed;
    if (same)
        f = **old;
    else
        US_TRY(backup_sum(&m->work, us_file_join(m->arena, m->part, path), &f, e));
    f.path = path;
    *us_push(m->arena, b->files, b->file_count, b->file_cap) = f;
    return US_OK;
}

/* Plain segments were sealed by it, the last one was changed, and those without a group
 * are gone. */
static us_code sum_again(struct making *m, struct us_error *e)
{
    struct us_backup *b = m->backup;
    us_str dir = us_file_join(m->arena, m->part, US_S(BACKUP_JOURNAL));
    const struct us_backup_file *old = b->files;
    const struct us_backup_file *end = old + b->file_count;
    us_str *names = NULL;
    size_t count = 0;
    size_t last = SIZE_MAX;
    US_TRY(us_file_list(dir, m->arena, &names, &count, e));
    for (size_t i = 0; i < count; i++)
        if (backup_is_segment(names[i])) last = i;
    b->files = NULL;
    b->file_count = b->file_cap = 0;
    for (; old < end && !us_str_has_prefix(old->path, US_S(BACKUP_JOURNAL)); old++)
        *us_push(m->arena, b->files, b->file_count, b->file_cap) = *old;
    m->work.progress = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!backup_is_segment(names[i]) && !backup_is_sidecar(names[i])) continue;
        us_str path = us_file_join(m->arena, US_S(BACKUP_JOURNAL), names[i]);
        US_TRY(keep_or_sum(m, path, i == last, &old, end, e));
    }
    return US_OK;
}

/* DuckDB guards its file with a lock on the whole of it; a reader's keeps writers out
 * as long as the copy takes. The lock is the process's and goes with the first of its
 * handles that is closed: backup_copy's, at the end of the copy. */
static us_code copy_history(struct making *m, struct us_error *e)
{
    us_str path = us_file_join(m->arena, m->options->dir, US_S(BACKUP_HISTORY));
    int fd = open(us_arena_cstr(m->arena, path), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return us_file_fail(e, "backup.no_read", path);
    m->work.total += backup_size(path);
    struct flock all = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    us_code code = US_OK;
    if (fcntl(fd, F_SETLK, &all) != 0)
        code = errno == EACCES || errno == EAGAIN
                   ? us_fail(e, US_BUSY, "backup.busy", US_ARGS(US_TEXT("path", path)))
                   : us_file_fail(e, "backup.no_read", path);
    /* The log of what is not in the file yet goes first, while the lock is held. */
    us_str log = us_arena_fmt(m->arena, "%.*s.wal", US_ARG(path));
    if (code == US_OK && us_file_exists(log))
        code = copy(m, US_S(BACKUP_HISTORY ".wal"), e);
    if (code == US_OK) code = copy(m, US_S(BACKUP_HISTORY), e);
    close(fd);
    return code;
}

static us_code sync_dirs(struct making *m, struct us_error *e)
{
    const struct us_backup *b = m->backup;
    us_str synced = {0};
    for (size_t i = 0; i < b->file_count; i++) {
        us_str dir = us_file_dir(us_file_join(m->arena, m->part, b->files[i].path));
        if (!us_str_eq(dir, synced)) US_TRY(us_file_sync_dir(dir, e));
        synced = dir;
    }
    US_TRY(us_file_sync_dir(us_file_join(m->arena, m->part, US_S("data")), e));
    return us_file_sync_dir(m->part, e);
}

static us_code fill(struct making *m, struct us_error *e)
{
    const struct us_backup_options *o = m->options;
    /* History is never ahead of the journal, and so not of one copied later. */
    if (o->history) US_TRY(copy_history(m, e));
    /* Nor are decisions. */
    US_TRY(copy_state(m, e));
    US_TRY(copy_journal(m, e));
    struct us_error own = {0};
    us_str dir = us_file_join(m->arena, m->part, US_S(BACKUP_JOURNAL));
    us_code code = recover(m, dir, &own);
    if (code != US_OK) return in_original(m, code, &own, e);
    US_TRY(sum_again(m, e));
    for (size_t i = 0; i < o->path_count; i++)
        US_TRY(copy(m, o->paths[i], e));
    for (size_t i = 0; i < m->backup->file_count; i++)
        m->backup->bytes += m->backup->files[i].bytes;
    US_TRY(sync_dirs(m, e));
    return backup_manifest_write(m->part, m->backup, m->arena, e);
}

static us_str without_slashes(us_str path)
{
    while (path.len > 1 && path.ptr[path.len - 1] == '/')
        path.len--;
    return path;
}

static us_code place_is_free(us_str dest, struct us_arena *a, struct us_error *e)
{
    us_str *names = NULL;
    size_t count = 0;
    if (!us_file_exists(dest)) return US_OK;
    if (us_file_is_dir(dest)) US_TRY(us_file_list(dest, a, &names, &count, e));
    if (us_file_is_dir(dest) && count == 0) return US_OK;
    return us_fail(e, US_REFUSED, "backup.there", US_ARGS(US_TEXT("path", dest)));
}

us_code us_backup_make(const struct us_backup_options *o, us_str dest,
    struct us_arena *a, struct us_backup *out, struct us_error *e)
{
    int lock;
    dest = without_slashes(dest);
    US_TRY(place_is_free(dest, a, e));
    struct us_backup b = {.usher = o->usher, .made = o->now, .history = o->history};
    struct making m = {.options = o, .arena = a, .backup = &b};
    m.part = us_arena_fmt(a, "%.*s.part", US_ARG(dest));
    backup_work_init(&m.work, o->progress, o->ctx, "backup.progress_copy", a);
    US_TRY(backup_part_open(m.part, &lock, a, e));
    us_code code = fill(&m, e);
    if (code == US_OK)
        code = us_file_remove_tree(us_file_join(a, m.part, US_S("lock")), e);
    if (code == US_OK) code = backup_rename(m.part, dest, a, e);
    if (code != US_OK) {
        backup_part_drop(m.part, lock);
        return code;
    }
    us_file_unlock(lock);
    *out = b;
    return US_OK;
}

/* ---- checked ---- */

static bool same_sum(const struct us_backup_file *a, const struct us_backup_file *b)
{
    return a->bytes == b->bytes && a->sum.lo == b->sum.lo && a->sum.hi == b->sum.hi;
}

us_code us_backup_check(us_str from, const struct us_backup *b,
    us_history_progress *progress, void *ctx, struct us_arena *a, struct us_error *e)
{
    struct backup_work w;
    us_str first = {0};
    int64_t count = 0;
    backup_work_init(&w, progress, ctx, "backup.progress_check", a);
    w.total = b->bytes;
    for (size_t i = 0; i < b->file_count; i++) {
        struct us_backup_file f;
        us_str path = us_file_join(a, from, b->files[i].path);
        bool there = us_file_exists(path);
        if (there) US_TRY(backup_sum(&w, path, &f, e));
        if (there && same_sum(&f, &b->files[i])) continue;
        if (count++ == 0) first = path;
    }
    if (count == 0) return US_OK;
    return us_fail(e, US_INPUT, count > 1 ? "backup.damaged_more" : "backup.damaged",
        US_ARGS(US_TEXT("path", first), US_WHOLE("n", count - 1)));
}

/* ---- put back ---- */

struct restoring {
    const struct us_backup *backup;
    us_str from, dir, part;
    struct us_arena *arena;
    struct backup_work work;
};

static bool is_data(us_str path)
{
    return us_str_has_prefix(path, US_S("data/"));
}

/* A file of the target that says something else than the backup's of that path. */
static us_code same_or_none(
    struct restoring *r, const struct us_backup_file *wanted, struct us_error *e)
{
    us_str path = us_file_join(r->arena, r->dir, wanted->path);
    struct us_backup_file f;
    if (!us_file_exists(path)) return US_OK;
    US_TRY(backup_sum_there(&r->work, path, &f, e));
    if (same_sum(&f, wanted)) return US_OK;
    return us_fail(e, US_REFUSED,
        is_data(wanted->path) ? "backup.target" : "backup.differs",
        US_ARGS(US_TEXT("path", path)));
}

/* What is in the way: a journal, a history, or a file that says something else; also
 * decisions that the backup has none of. */
static us_code target_is_free(struct restoring *r, struct us_error *e)
{
    us_str journal = us_file_join(r->arena, r->dir, US_S(BACKUP_JOURNAL));
    us_str history = us_file_join(r->arena, r->dir, US_S(BACKUP_HISTORY));
    us_str state = us_file_join(r->arena, r->dir, US_S(BACKUP_STATE));
    bool decided = false;
    us_str *names = NULL;
    size_t count = 0;
    if (us_file_exists(journal))
        US_TRY(us_file_list(journal, r->arena, &names, &count, e));
    for (size_t i = 0; i < count; i++)
        if (backup_is_segment(names[i]))
            return us_fail(
                e, US_REFUSED, "backup.target", US_ARGS(US_TEXT("path", journal)));
    if (us_file_exists(history))
        return us_fail(
            e, US_REFUSED, "backup.target", US_ARGS(US_TEXT("path", history)));
    for (size_t i = 0; i < r->backup->file_count; i++) {
        const struct us_backup_file *wanted = &r->backup->files[i];
        bool is_state = us_str_eq(wanted->path, US_S(BACKUP_STATE));
        decided |= is_state;
        if (is_state || !is_data(wanted->path)) US_TRY(same_or_none(r, wanted, e));
    }
    if (decided || !us_file_exists(state)) return US_OK;
    return us_fail(e, US_REFUSED, "backup.target", US_ARGS(US_TEXT("path", state)));
}

static us_code stage(struct restoring *r, struct us_error *e)
{
    r->work.done = 0;
    r->work.total = r->backup->bytes;
    for (size_t i = 0; i < r->backup->file_count; i++) {
        const struct us_backup_file *wanted = &r->backup->files[i];
        us_str from = us_file_join(r->arena, r->from, wanted->path);
        us_str to = us_file_join(r->arena, r->part, wanted->path);
        struct us_backup_file f;
        US_TRY(backup_copy(&r->work, from, to, INT64_MAX, &f, e));
        if (!same_sum(&f, wanted))
            return us_fail(
                e, US_INPUT, "backup.damaged", US_ARGS(US_TEXT("path", from)));
    }
    us_str journal = us_file_join(r->arena, r->part, US_S(BACKUP_JOURNAL));
    US_TRY(us_file_make_dirs(journal, e));
    return us_file_sync_dir(journal, e);
}

/* A log that a lost file left behind would be worked into the one put back. */
static us_code drop_log(struct restoring *r, us_str path, struct us_error *e)
{
    static const char *const beside[] = {"-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++)
        US_TRY(us_file_remove_tree(
            us_arena_fmt(r->arena, "%.*s%s", US_ARG(path), beside[i]), e));
    return US_OK;
}

/* The journal goes after what decides and before what is derived: wherever this is
 * killed, either it can be tried again, or the workspace is whole. */
static us_code put_in_place(struct restoring *r, struct us_error *e)
{
    us_str journal = us_file_join(r->arena, r->dir, US_S(BACKUP_JOURNAL));
    us_str staged = us_file_join(r->arena, r->part, US_S(BACKUP_JOURNAL));
    for (size_t i = 0; i < r->backup->file_count; i++) {
        us_str path = r->backup->files[i].path;
        us_str to = us_file_join(r->arena, r->dir, path);
        bool is_state = us_str_eq(path, US_S(BACKUP_STATE));
        if ((is_data(path) && !is_state) || us_file_exists(to)) continue;
        US_TRY(us_file_make_dirs(us_file_dir(to), e));
        us_str from = us_file_join(r->arena, r->part, path);
        if (is_state) US_TRY(drop_log(r, to, e));
        US_TRY(backup_rename(from, to, r->arena, e));
    }
    US_TRY(us_file_remove_tree(journal, e)); /* it has no segment */
    US_TRY(backup_rename(staged, journal, r->arena, e));
    for (size_t i = 0; i < r->backup->file_count; i++) {
        us_str path = r->backup->files[i].path;
        if (!us_str_has_prefix(path, US_S(BACKUP_HISTORY))) continue;
        us_str to = us_file_join(r->arena, r->dir, path);
        us_str from = us_file_join(r->arena, r->part, path);
        US_TRY(backup_rename(from, to, r->arena, e));
    }
    return us_file_sync_dir(r->dir, e);
}

us_code us_backup_restore(us_str from, const struct us_backup *b, us_str dir,
    us_history_progress *progress, void *ctx, struct us_arena *a, struct us_error *e)
{
    int lock;
    struct restoring r = {.backup = b, .from = from, .dir = dir, .arena = a};
    us_str data = us_file_join(a, dir, US_S("data"));
    r.part = us_file_join(a, data, US_S("restore.part"));
    backup_work_init(&r.work, progress, ctx, "backup.progress_restore", a);
    US_TRY(target_is_free(&r, e));
    US_TRY(us_file_make_dirs(data, e));
    US_TRY(backup_part_open(r.part, &lock, a, e));
    us_code code = stage(&r, e);
    if (code == US_OK) code = put_in_place(&r, e);
    backup_part_drop(r.part, lock);
    return code;
}
