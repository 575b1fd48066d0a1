#include "file/file.h"
#include "journal/journal_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Room for the longest name of a file in the folder. */
enum { PATH_ROOM = PATH_MAX - US_NAME_MAX - 1 };

static us_code path_fail(us_str path, struct us_error *e)
{
    bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    us_code code = us_file_fail(e, full ? "journal.full" : "journal.io", path);
    if (code == US_IO || !e) return US_IO;
    return e->code = US_IO;
}

us_code us_dir_open(us_str path, bool make, struct us_dir *out, struct us_error *e)
{
    char text[PATH_MAX];
    if (path.len == 0 || path.len > PATH_ROOM || memchr(path.ptr, 0, path.len)) {
        errno = path.len > PATH_ROOM ? ENAMETOOLONG : EINVAL;
        return path_fail(path, e);
    }
    memcpy(text, path.ptr, path.len);
    text[path.len] = 0;
    int fd = open(text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && make) {
        US_TRY(us_file_make_dirs(path, e));
        US_TRY(us_file_sync_dir(us_file_dir(path), e));
        fd = open(text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (fd < 0 && errno == ENOENT)
        return us_fail(
            e, US_NOT_FOUND, "journal.missing", US_ARGS(US_TEXT("path", path)));
    if (fd < 0) return path_fail(path, e);
    *out = (struct us_dir){.fd = fd, .path = path};
    return US_OK;
}

void us_dir_close(struct us_dir *d)
{
    if (d->fd >= 0) close(d->fd);
    d->fd = -1;
}

us_code us_dir_sync(const struct us_dir *d, struct us_error *e)
{
    return fsync(d->fd) == 0 ? US_OK : path_fail(d->path, e);
}

/* 0 when it is not the name of a segment. */
static uint32_t number_of(const char *name, bool *plain)
{
    char again[US_NAME_MAX];
    int64_t number = 0;
    us_str s = us_str_c(name);
    if (!us_str_int(us_str_slice(s, 0, s.len < 8 ? s.len : 8), &number)) return 0;
    if (number < 1 || number > US_SEGMENT_NUMBER_MAX) return 0;
    snprintf(again, sizeof again, US_NAME_PLAIN, (uint32_t)number);
    *plain = us_str_eq(s, us_str_c(again));
    if (*plain) return (uint32_t)number;
    snprintf(again, sizeof again, US_NAME_TEXT, (uint32_t)number);
    return us_str_eq(s, us_str_c(again)) ? (uint32_t)number : 0;
}

static us_code each_name(const struct us_dir *d,
    void (*take)(void *ctx, const char *name), void *ctx, struct us_error *e)
{
    /* A handle of its own: reading a folder moves the handle's place. */
    int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    if (!list) {
        us_code code = path_fail(d->path, e);
        if (fd >= 0) close(fd);
        return code;
    }
    for (;;) {
        errno = 0;
        const struct dirent *row = readdir(list);
        if (!row) break;
        take(ctx, row->d_name);
    }
    us_code code = errno ? path_fail(d->path, e) : US_OK;
    closedir(list);
    return code;
}

struct range {
    uint32_t first, last;              /* of all */
    uint32_t from, below;              /* of the plain ones looked for */
    uint32_t plain_first, plain_count; /* of those */
};

static void take_range(void *ctx, const char *name)
{
    struct range *r = ctx;
    bool plain;
    uint32_t n = number_of(name, &plain);
    if (!n) return;
    if (!r->first || n < r->first) r->first = n;
    if (n > r->last) r->last = n;
    if (!plain || n < r->from || n >= r->below) return;
    if (!r->plain_first || n < r->plain_first) r->plain_first = n;
    r->plain_count++;
}

/* A segment that is sealed while the folder is read may be seen by neither name: the
 * new one was made behind where the reading is, the old one gone before it came there.
 * It happens to a segment once, so that two looks that agree are right. */
us_code us_dir_range(
    const struct us_dir *d, uint32_t *first, uint32_t *last, struct us_error *e)
{
    struct range before;
    struct range r = {0};
    us_code code = each_name(d, take_range, &r, e);
    do {
        before = r;
        r = (struct range){0};
        if (code == US_OK) code = each_name(d, take_range, &r, e);
    } while (code == US_OK && (r.first != before.first || r.last != before.last));
    *first = r.first;
    *last = r.last;
    return code;
}

us_code us_dir_plain(const struct us_dir *d, uint32_t from, uint32_t below,
    uint32_t *lowest, uint32_t *count, struct us_error *e)
{
    struct range r = {.from = from, .below = below};
    us_code code = each_name(d, take_range, &r, e);
    *lowest = r.plain_first;
    *count = r.plain_count;
    return code;
}

static void tidy(void *ctx, const char *name)
{
    const struct us_dir *d = ctx;
    char sealed[US_NAME_MAX];
    bool plain;
    uint32_t n = number_of(name, &plain);
    snprintf(sealed, sizeof sealed, US_NAME_TEXT, n);
    bool old = n && plain && faccessat(d->fd, sealed, F_OK, 0) == 0;
    if (old || us_str_has_suffix(us_str_c(name), US_S(".part")))
        unlinkat(d->fd, name, 0);
}

us_code us_dir_tidy(const struct us_dir *d, struct us_error *e)
{
    struct us_dir own = *d;
    return each_name(d, tidy, &own, e);
}

/* ---- segments ---- */

static const char *name_of(uint32_t number, bool plain, char name[US_NAME_MAX])
{
    if (plain)
        snprintf(name, US_NAME_MAX, US_NAME_PLAIN, number);
    else
        snprintf(name, US_NAME_MAX, US_NAME_TEXT, number);
    return name;
}

/* As the one that is there is called. */
static us_str path_of(const struct us_dir *d, uint32_t number, char text[PATH_MAX])
{
    char name[US_NAME_MAX];
    bool plain = faccessat(d->fd, name_of(number, false, name), F_OK, 0) != 0 &&
                 faccessat(d->fd, name_of(number, true, name), F_OK, 0) == 0;
    int n = snprintf(
        text, PATH_MAX, "%.*s/%s", US_ARG(d->path), name_of(number, plain, name));
    us_assert(n > 0 && n < PATH_MAX);
    return (us_str){text, (size_t)n};
}

us_code us_segment_sealed(
    const struct us_dir *d, uint32_t number, int *fd, struct us_error *e)
{
    char name[US_NAME_MAX];
    *fd = openat(d->fd, name_of(number, false, name), O_RDONLY | O_CLOEXEC);
    if (*fd >= 0 || errno == ENOENT) return US_OK;
    return us_segment_errno(d, number, e);
}

us_code us_segment_open(const struct us_dir *d, uint32_t number, int flags,
    struct us_segment *out, struct us_error *e)
{
    char name[US_NAME_MAX];
    for (int i = 0; i < 3; i++) { /* it may be sealed between the first two */
        bool plain = i == 1;
        int fd = openat(d->fd, name_of(number, plain, name), flags | O_CLOEXEC);
        *out = (struct us_segment){fd, plain};
        if (fd >= 0) return US_OK;
        if (errno != ENOENT) return us_segment_errno(d, number, e);
    }
    return us_segment_fail(d, number, US_NOT_FOUND, "journal.gap", 0, e);
}

us_code us_segment_make(
    const struct us_dir *d, uint32_t number, bool plain, int *fd, struct us_error *e)
{
    char name[US_NAME_MAX];
    int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
    *fd = openat(d->fd, name_of(number, plain, name), flags, 0640);
    return *fd >= 0 ? US_OK : us_segment_errno(d, number, e);
}

us_code us_segment_remove(
    const struct us_dir *d, uint32_t number, bool plain, struct us_error *e)
{
    char name[US_NAME_MAX];
    if (unlinkat(d->fd, name_of(number, plain, name), 0) != 0)
        return us_segment_errno(d, number, e);
    return US_OK;
}

us_code us_segment_errno(const struct us_dir *d, uint32_t number, struct us_error *e)
{
    char text[PATH_MAX];
    int why = errno; /* looking for the name sets it */
    us_str path = path_of(d, number, text);
    errno = why;
    return path_fail(path, e);
}

us_code us_segment_fail(const struct us_dir *d, uint32_t number, us_code code,
    const char *key, uint64_t byte, struct us_error *e)
{
    char text[PATH_MAX];
    us_str path = path_of(d, number, text);
    return us_fail(
        e, code, key, US_ARGS(US_TEXT("path", path), US_WHOLE("byte", byte)));
}

bool us_read_at(int fd, uint64_t at, char *to, size_t len, size_t *got)
{
    *got = 0;
    while (*got < len) {
        ssize_t n = pread(fd, to + *got, len - *got, (off_t)(at + *got));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        if (n == 0) break;
        *got += (size_t)n;
    }
    return true;
}

bool us_write_at(int fd, uint64_t at, const char *from, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = pwrite(fd, from + done, len - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        done += (size_t)n;
    }
    return true;
}
