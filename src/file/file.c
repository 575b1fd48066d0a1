#include "file/file.h"

#include "file/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_FIRST = 1 << 16, MODE_BITS = 07777 };

static us_str no_words(char *text, size_t size, int error)
{
    return us_str_c(strerror_r(error, text, size));
}

us_code us_file_fail(struct us_error *e, const char *key, us_str path)
{
    static const struct {
        int error;
        us_code code;
        const char *why;
    } known[] = {
        {ENOENT, US_NOT_FOUND, "file.why_missing"},
        {ENOTDIR, US_INPUT, "file.why_no_folder"},
        {EISDIR, US_INPUT, "file.why_folder"},
        {EACCES, US_IO, "file.why_access"},
        {EPERM, US_IO, "file.why_access"},
        {EROFS, US_IO, "file.why_read_only"},
        {ENOSPC, US_IO, "file.why_full"},
        {EDQUOT, US_IO, "file.why_quota"},
        {EIO, US_IO, "file.why_disk"},
        {EEXIST, US_INPUT, "file.why_exists"},
        {EMFILE, US_IO, "file.why_many_open"},
        {ENFILE, US_IO, "file.why_many_open"},
        {ENAMETOOLONG, US_INPUT, "file.why_long"},
    };
    int error = errno;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].error == error)
            return us_fail(e, known[i].code, key,
                US_ARGS(US_TEXT("path", path), US_WORD("why", known[i].why)));
    char text[128];
    return us_fail(e, US_IO, key,
        US_ARGS(
            US_TEXT("path", path), US_TEXT("why", no_words(text, sizeof text, error))));
}

us_code us_path_c(us_str path, struct us_path *out, struct us_error *e)
{
    if (path.len == 0) return us_fail(e, US_INPUT, "file.empty_path", NULL);
    if (path.len >= sizeof out->c || memchr(path.ptr, 0, path.len))
        return us_fail(e, US_INPUT, "file.bad_path",
            US_ARGS(US_TEXT("path", us_str_clip(path, 200))));
    memcpy(out->c, path.ptr, path.len);
    out->c[path.len] = 0;
    return US_OK;
}

/* Read on to the end into a growing chunk; the last one of the arena. */
static us_code read_all(
    int fd, size_t cap, size_t bytes_max, struct us_arena *a, us_str *out)
{
    char *text = us_new(a, char, cap);
    size_t len = 0;
    for (;;) {
        if (len == cap) {
            if (cap > bytes_max) return US_LIMIT;
            size_t more = cap > bytes_max - cap ? bytes_max + 1 - cap : cap;
            us_new(a, char, more); /* goes on where text ends */
            cap += more;
        }
        ssize_t n = read(fd, text + len, cap - len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return US_IO;
        if (n == 0) break;
        len += (size_t)n;
    }
    *out = (us_str){text, len};
    return len > bytes_max ? US_LIMIT : US_OK;
}

us_code us_file_read(
    us_str path, size_t bytes_max, struct us_arena *a, us_str *out, struct us_error *e)
{
    us_assert(bytes_max > 0 && bytes_max < SIZE_MAX / 4);
    struct us_path p;
    US_TRY(us_path_c(path, &p, e));
    int fd = open(p.c, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return us_file_fail(e, "file.no_open", path);
    struct stat st = {0};
    us_mark mark = us_arena_mark(a);
    us_str text = {0};
    us_code code = US_OK;
    if (fstat(fd, &st) || S_ISDIR(st.st_mode)) {
        if (S_ISDIR(st.st_mode)) errno = EISDIR;
        code = US_IO;
    } else {
        size_t size = S_ISREG(st.st_mode) ? (size_t)st.st_size : READ_FIRST;
        size_t cap = (size < bytes_max ? size : bytes_max) + 1;
        code = size > bytes_max && S_ISREG(st.st_mode)
                   ? US_LIMIT
                   : read_all(fd, cap, bytes_max, a, &text);
    }
    if (code == US_IO) code = us_file_fail(e, "file.no_read", path);
    close(fd);
    if (code == US_LIMIT)
        code = us_fail(e, US_LIMIT, "file.too_large",
            US_ARGS(US_TEXT("path", path), US_BYTES("most", bytes_max)));
    if (code == US_OK) {
        *out = text;
    } else {
        us_arena_pop(a, mark);
    }
    return code;
}

static bool write_all(int fd, us_str text)
{
    while (text.len) {
        ssize_t n = write(fd, text.ptr, text.len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        text = us_str_slice(text, (size_t)n, text.len);
    }
    return true;
}

us_code us_file_write(us_str path, us_str text, struct us_error *e)
{
    struct us_path p;
    struct us_path made;
    US_TRY(us_path_c(path, &p, e));
    /* No two living threads have this name; a dead one's leaving is written over. */
    int len = snprintf(made.c, sizeof made.c, "%s.new-%ld", p.c, (long)gettid());
    if (len < 0 || (size_t)len >= sizeof made.c)
        return us_fail(e, US_INPUT, "file.bad_path",
            US_ARGS(US_TEXT("path", us_str_clip(path, 200))));
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
    int fd = open(made.c, flags, 0666);
    if (fd < 0) return us_file_fail(e, "file.no_write", path);
    struct stat old;
    bool good = stat(p.c, &old) != 0 || fchmod(fd, old.st_mode & MODE_BITS) == 0;
    good = good && write_all(fd, text) && fsync(fd) == 0;
    us_code code = good ? US_OK : us_file_fail(e, "file.no_write", path);
    if (close(fd) && code == US_OK) code = us_file_fail(e, "file.no_write", path);
    if (code == US_OK && rename(made.c, p.c))
        code = us_file_fail(e, "file.no_write", path);
    if (code == US_OK) return us_file_sync_dir(us_file_dir(path), e);
    unlink(made.c);
    return code;
}

us_code us_file_lock(us_str path, int *out, struct us_error *e)
{
    struct us_path p;
    US_TRY(us_path_c(path, &p, e));
    int fd = open(p.c, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return us_file_fail(e, "file.no_lock", path);
    char holder[24] = {0};
    us_code code = US_OK;
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        code = errno == EWOULDBLOCK ? US_BUSY : US_IO;
        if (code == US_IO) code = us_file_fail(e, "file.no_lock", path);
    }
    if (code == US_BUSY) {
        ssize_t n = pread(fd, holder, sizeof holder - 1, 0);
        us_str who = us_str_trim((us_str){holder, n > 0 ? (size_t)n : 0});
        code = us_fail(e, US_BUSY, "file.locked",
            US_ARGS(US_TEXT("path", path), US_TEXT("pid", who.len ? who : US_S("?"))));
    }
    if (code != US_OK) {
        close(fd);
        return code;
    }
    int len = snprintf(holder, sizeof holder, "%ld\n", (long)getpid());
    /* The id only helps a message: a disk too full for it does not unlock. */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, holder, (size_t)len, 0) < 0) errno = 0;
    *out = fd;
    return US_OK;
}

void us_file_unlock(int lock)
{
    close(lock);
}
