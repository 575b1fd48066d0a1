/* backup_files.c: bytes from one file into another, summed up on the way. */

#include "import/backup_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { BUFFER_BYTES = 1 << 20, MODE_BITS = 0777, SEGMENT_DIGITS = 8 };

void backup_work_init(struct backup_work *w, us_history_progress *progress, void *ctx,
    const char *what, struct us_arena *a)
{
    *w = (struct backup_work){
        .arena = a, .progress = progress, .ctx = ctx, .what = what};
    w->buffer = us_new(a, char, BUFFER_BYTES);
}

static us_code open_file(
    struct backup_work *w, us_str path, int flags, mode_t mode, int *out)
{
    us_mark mark = us_arena_mark(w->arena);
    *out = open(us_arena_cstr(w->arena, path), flags | O_CLOEXEC, mode);
    int why = errno;
    us_arena_pop(w->arena, mark);
    errno = why;
    return *out < 0 ? US_IO : US_OK;
}

static bool put(int fd, const char *from, size_t len)
{
    while (len) {
        ssize_t n = write(fd, from, len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        from += n;
        len -= (size_t)n;
    }
    return true;
}

/* One run of bytes; 0 at the end, -1 with errno. */
static ssize_t get(int fd, char *to)
{
    ssize_t n;
    do
        n = read(fd, to, BUFFER_BYTES);
    while (n < 0 && errno == EINTR);
    return n;
}

/* All of fd into f's size and sum, and into `out` unless it is -1. */
static us_code pump(struct backup_work *w, int fd, us_str from, int out, us_str to,
    int64_t most, struct us_backup_file *f, struct us_error *e)
{
    XXH3_state_t state;
    XXH3_128bits_reset(&state);
    f->bytes = 0;
    for (;;) {
        ssize_t n = get(fd, w->buffer);
        if (n > most - f->bytes) n = (ssize_t)(most - f->bytes);
        if (n < 0) return us_file_fail(e, "backup.no_read", from);
        if (n == 0) break;
        XXH3_128bits_update(&state, w->buffer, (size_t)n);
        if (out >= 0 && !put(out, w->buffer, (size_t)n))
            return us_file_fail(e, "backup.no_write", to);
        f->bytes += n;
        w->done += n;
        if (w->progress) w->progress(w->ctx, w->what, w->done, w->total);
    }
    if (out >= 0 && fsync(out) != 0) return us_file_fail(e, "backup.no_write", to);
    XXH128_hash_t sum = XXH3_128bits_digest(&state);
    f->sum = (us_print){sum.low64, sum.high64};
    return US_OK;
}

static us_code sum(struct backup_work *w, us_str path, int flags,
    struct us_backup_file *f, struct us_error *e)
{
    int fd;
    if (open_file(w, path, O_RDONLY | flags, 0, &fd) != US_OK)
        return us_file_fail(e, "backup.no_read", path);
    us_code code = pump(w, fd, path, -1, path, INT64_MAX, f, e);
    close(fd);
    return code;
}

us_code backup_sum(
    struct backup_work *w, us_str path, struct us_backup_file *f, struct us_error *e)
{
    return sum(w, path, O_NOFOLLOW, f, e);
}

us_code backup_sum_there(
    struct backup_work *w, us_str path, struct us_backup_file *f, struct us_error *e)
{
    return sum(w, path, 0, f, e);
}

us_code backup_copy(struct backup_work *w, us_str from, us_str to, int64_t most,
    struct us_backup_file *f, struct us_error *e)
{
    int in;
    int out;
    US_TRY(us_file_make_dirs(us_file_dir(to), e));
    if (open_file(w, from, O_RDONLY, 0, &in) != US_OK)
        return us_file_fail(e, "backup.no_read", from);
    struct stat st;
    bool good = fstat(in, &st) == 0;
    if (good && !S_ISREG(st.st_mode)) errno = EISDIR;
    if (!good || !S_ISREG(st.st_mode)) {
        us_code code = us_file_fail(e, "backup.no_read", from);
        close(in);
        return code;
    }
    us_code code = US_OK;
    mode_t mode = st.st_mode & MODE_BITS;
    if (open_file(w, to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode, &out) != US_OK)
        code = us_file_fail(e, "backup.no_write", to);
    if (code == US_OK) {
        code = pump(w, in, from, out, to, most, f, e);
        if (close(out) != 0 && code == US_OK)
            code = us_file_fail(e, "backup.no_write", to);
    }
    close(in);
    return code;
}

int64_t backup_size(us_str path)
{
    struct us_arena a;
    struct stat st;
    us_arena_init(&a, US_FILE_PATH_MAX * 2);
    bool there = path.len < US_FILE_PATH_MAX && stat(us_arena_cstr(&a, path), &st) == 0;
    us_arena_done(&a);
    return there ? (int64_t)st.st_size : 0;
}

us_code backup_part_open(us_str part, int *lock, struct us_arena *a, struct us_error *e)
{
    us_str path = us_file_join(a, part, US_S("lock"));
    bool mine = us_file_exists(path); /* left by a run that was killed */
    us_str *names = NULL;
    size_t count = 0;
    if (us_file_exists(part)) US_TRY(us_file_list(part, a, &names, &count, e));
    if (count && !mine)
        return us_fail(e, US_REFUSED, "backup.part", US_ARGS(US_TEXT("path", part)));
    US_TRY(us_file_make_dirs(part, e));
    US_TRY(us_file_lock(path, lock, e));
    us_code code = US_OK;
    for (size_t i = 0; i < count && code == US_OK; i++)
        if (!us_str_eq(names[i], US_S("lock")))
            code = us_file_remove_tree(us_file_join(a, part, names[i]), e);
    if (code != US_OK) us_file_unlock(*lock);
    return code;
}

void backup_part_drop(us_str part, int lock)
{
    us_code lost = us_file_remove_tree(part, NULL);
    (void)lost; /* what failed before is the news */
    us_file_unlock(lock);
}

us_code backup_rename(us_str from, us_str to, struct us_arena *a, struct us_error *e)
{
    if (rename(us_arena_cstr(a, from), us_arena_cstr(a, to)) != 0)
        return us_file_fail(e, "backup.no_write", to);
    return us_file_sync_dir(us_file_dir(to), e);
}

static bool numbered(us_str name, us_str end)
{
    if (name.len != SEGMENT_DIGITS + end.len || !us_str_has_suffix(name, end))
        return false;
    for (size_t i = 0; i < SEGMENT_DIGITS; i++)
        if (name.ptr[i] < '0' || name.ptr[i] > '9') return false;
    return true;
}

bool backup_is_segment(us_str name)
{
    return numbered(name, US_S(".ndjson.zst")) || numbered(name, US_S(".ndjson"));
}

bool backup_is_sidecar(us_str name)
{
    return numbered(name, US_S(".ids"));
}
