/* faults.c: a disk and a clock that misbehave when told to; loaded before a server's
 * own libc (LD_PRELOAD) by serve_faults.sh and serve_soak.sh.
 *
 * $USHER_FAULTS names a file of four numbers, 64 bits each, mapped and looked at on
 * every call: which files cannot be synced (bits: 1 the journal, 2 state, 4 history),
 * by how many milliseconds syncing the journal is slower, by how many microseconds the
 * clock of the day is off (the clock that only goes forward is left alone), and by how
 * many milliseconds syncing history is slower.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { JOURNAL = 1, STATE = 2, HISTORY = 4 };

struct faults {
    volatile int64_t failing, slow_ms, clock_us, slow_history_ms;
};

static const struct faults *faults(void)
{
    static const struct faults none;
    static const struct faults *_Atomic at;
    if (at) return at;
    const char *path = getenv("USHER_FAULTS");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *p =
        fd >= 0 ? mmap(NULL, sizeof none, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (fd >= 0) close(fd);
    at = p == MAP_FAILED ? &none : p;
    return at;
}

/* Which of the three a file belongs to; 0: none. */
static int kind_of(int fd)
{
    char link[64];
    char path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    if (strstr(path, "/journal")) return JOURNAL;
    if (strstr(path, "/state.sqlite")) return STATE;
    return strstr(path, "/history.duckdb") ? HISTORY : 0;
}

static int fails(int fd)
{
    int kind = kind_of(fd);
    int64_t slow = kind == JOURNAL   ? faults()->slow_ms
                   : kind == HISTORY ? faults()->slow_history_ms
                                     : 0;
    if (slow) usleep((useconds_t)slow * 1000);
    if (!(faults()->failing & kind)) return 0;
    errno = EIO;
    return 1;
}

static void *next_of(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

int fsync(int fd)
{
    int (*next)(int) = (int (*)(int))next_of("fsync");
    return fails(fd) ? -1 : next(fd);
}

int fdatasync(int fd)
{
    int (*next)(int) = (int (*)(int))next_of("fdatasync");
    return fails(fd) ? -1 : next(fd);
}

int clock_gettime(clockid_t id, struct timespec *t)
{
    static int (*next)(clockid_t, struct timespec *);
    if (!next) next = (int (*)(clockid_t, struct timespec *))next_of("clock_gettime");
    int code = next(id, t);
    int64_t off = id == CLOCK_REALTIME ? faults()->clock_us : 0;
    if (code != 0 || !off) return code;
    int64_t us = (int64_t)t->tv_sec * 1000000 + t->tv_nsec / 1000 + off;
    t->tv_sec = us / 1000000;
    t->tv_nsec = us % 1000000 * 1000;
    return 0;
}
