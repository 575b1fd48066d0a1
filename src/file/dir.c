/* dir.c: folders: made, listed, synced, removed; and paths put together. */
#include "file/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool us_file_exists(us_str path)
{
    struct us_path p;
    return us_path_c(path, &p, NULL) == US_OK && access(p.c, F_OK) == 0;
}

bool us_file_is_dir(us_str path)
{
    struct us_path p;
    struct stat st;
    return us_path_c(path, &p, NULL) == US_OK && stat(p.c, &st) == 0 &&
           S_ISDIR(st.st_mode);
}

us_code us_file_make_dirs(us_str path, struct us_error *e)
{
    struct us_path p;
    US_TRY(us_path_c(path, &p, e));
    for (size_t i = 1; i <= path.len; i++) {
        if (p.c[i] != '/' && p.c[i] != 0) continue;
        char was = p.c[i];
        p.c[i] = 0;
        struct stat st;
        bool there = mkdir(p.c, 0777) == 0 ||
                     (errno == EEXIST && stat(p.c, &st) == 0 && S_ISDIR(st.st_mode));
        if (!there && errno == EEXIST) errno = ENOTDIR;
        if (!there) return us_file_fail(e, "file.no_folder", us_str_slice(path, 0, i));
        p.c[i] = was;
    }
    return US_OK;
}

us_code us_file_sync_dir(us_str path, struct us_error *e)
{
    struct us_path p;
    US_TRY(us_path_c(path, &p, e));
    int fd = open(p.c, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return us_file_fail(e, "file.no_open", path);
    us_code code = fsync(fd) ? us_file_fail(e, "file.no_write", path) : US_OK;
    close(fd);
    return code;
}

static bool dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int by_bytes(const void *a, const void *b)
{
    return us_str_cmp(*(const us_str *)a, *(const us_str *)b);
}

us_code us_file_list(
    us_str path, struct us_arena *a, us_str **out, size_t *count, struct us_error *e)
{
    struct us_path p;
    US_TRY(us_path_c(path, &p, e));
    DIR *dir = opendir(p.c);
    if (!dir) return us_file_fail(e, "file.no_open", path);
    us_str *names = NULL;
    size_t n = 0;
    size_t cap = 0;
    errno = 0;
    for (struct dirent *d = readdir(dir); d; d = readdir(dir)) {
        if (dots(d->d_name)) continue;
        us_str name = us_arena_str(a, us_str_c(d->d_name));
        *us_push(a, names, n, cap) = name;
    }
    us_code code = errno ? us_file_fail(e, "file.no_read", path) : US_OK;
    closedir(dir);
    if (code != US_OK) return code;
    if (n) qsort(names, n, sizeof *names, by_bytes);
    *out = names;
    *count = n;
    return US_OK;
}

/* errno says why not. Down to US_FILE_DEPTH_MAX.
 * NOLINTBEGIN(misc-no-recursion) */
static bool empty_out(int at, const char *name, int depth);

static bool remove_one(int at, const char *name, int depth)
{
    if (unlinkat(at, name, 0) == 0) return true;
    if (errno != EISDIR && errno != EPERM) return errno == ENOENT;
    return empty_out(at, name, depth) && unlinkat(at, name, AT_REMOVEDIR) == 0;
}

static bool empty_out(int at, const char *name, int depth)
{
    if (depth == US_FILE_DEPTH_MAX) {
        errno = ELOOP;
        return false;
    }
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return false;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return false;
    }
    bool good = true;
    struct dirent *d = readdir(dir);
    for (; good && d; d = readdir(dir))
        good = dots(d->d_name) || remove_one(fd, d->d_name, depth + 1);
    int why = errno;
    closedir(dir);
    errno = why;
    return good;
}
/* NOLINTEND(misc-no-recursion) */

us_code us_file_remove_tree(us_str path, struct us_error *e)
{
    struct us_path p;
    US_TRY(us_path_c(path, &p, e));
    struct stat root;
    struct stat here;
    if (lstat(p.c, &here)) {
        return errno == ENOENT ? US_OK : us_file_fail(e, "file.no_remove", path);
    }
    /* However it is spelt: "/", "//", "a/../..". */
    bool is_root = stat("/", &root) == 0 && root.st_dev == here.st_dev &&
                   root.st_ino == here.st_ino;
    if (is_root) return us_fail(e, US_REFUSED, "file.root", NULL);
    if (!remove_one(AT_FDCWD, p.c, 0)) return us_file_fail(e, "file.no_remove", path);
    return US_OK;
}

us_str us_file_join(struct us_arena *a, us_str dir, us_str name)
{
    bool here = dir.len == 0 || us_str_eq(dir, US_S("."));
    if (here || us_str_has_prefix(name, US_S("/"))) return us_arena_str(a, name);
    bool slash = us_str_has_suffix(dir, US_S("/"));
    size_t len = dir.len + !slash + name.len;
    char *text = us_new(a, char, len);
    memcpy(text, dir.ptr, dir.len);
    if (!slash) text[dir.len] = '/';
    if (name.len) memcpy(text + len - name.len, name.ptr, name.len);
    return (us_str){text, len};
}

static size_t last_slash(us_str path)
{
    size_t i = path.len;
    while (i && path.ptr[i - 1] != '/')
        i--;
    return i; /* just behind it; 0 without one */
}

us_str us_file_dir(us_str path)
{
    size_t end = last_slash(path);
    if (end == 0) return US_S(".");
    return us_str_slice(path, 0, end == 1 ? 1 : end - 1);
}

us_str us_file_name(us_str path)
{
    return us_str_slice(path, last_slash(path), path.len);
}
