/* history_killed_test.c: the loader killed at each of its steps on the disk, before the
 * step and in the middle of it: each line is there once, whatever it was at.
 *
 * What lies on the disk changes at the library's calls of the system alone. They come
 * through here and are counted: no step is missed, and no clock decides which are met.
 */
#include "history/history_killed_fixture.h"

#include <signal.h>
#include <sys/syscall.h>

enum { STEPS_MIN = 15 };

/* ---- the library's steps ---- */

/* How much of the last step's bytes come to the disk. */
enum tear { NOTHING, BEGUN, NEARLY, TEARS };
static const char *const tear_names[TEARS] = {"before", "at the begin of", "late in"};

/* Of this process, which is then a child: it dies at the last one. */
static struct {
    int64_t left; /* 0: it lives */
    enum tear tear;
} death;

static bool dies(void)
{
    return death.left > 0 && --death.left == 0;
}

static void die(void)
{
    kill(getpid(), SIGKILL);
}

/* The kernel looks for a deadly signal after each page it has copied. */
static size_t torn(size_t count)
{
    size_t page = count > PAGE_BYTES ? PAGE_BYTES : count / 2;
    return death.tear == NOTHING ? 0 : death.tear == BEGUN ? page : count - page;
}

#define STEP(name) __asm__(#name) __attribute__((visibility("default"), used))
ssize_t step_pwrite(int fd, const void *bytes, size_t count, off_t at) STEP(pwrite);
ssize_t step_write(int fd, const void *bytes, size_t count) STEP(write);
int step_ftruncate(int fd, off_t bytes) STEP(ftruncate);
int step_rename(const char *from, const char *to) STEP(rename);
int step_unlink(const char *path) STEP(unlink);

ssize_t step_pwrite(int fd, const void *bytes, size_t count, off_t at)
{
    if (dies()) {
        (void)syscall(SYS_pwrite64, fd, bytes, torn(count), at);
        die();
    }
    return syscall(SYS_pwrite64, fd, bytes, count, at);
}

ssize_t step_write(int fd, const void *bytes, size_t count)
{
    if (dies()) {
        (void)syscall(SYS_write, fd, bytes, torn(count));
        die();
    }
    return syscall(SYS_write, fd, bytes, count);
}

int step_ftruncate(int fd, off_t bytes)
{
    if (dies()) die();
    return (int)syscall(SYS_ftruncate, fd, bytes);
}

int step_rename(const char *from, const char *to)
{
    if (dies()) die();
    return (int)syscall(SYS_rename, from, to);
}

int step_unlink(const char *path)
{
    if (dies()) die();
    return (int)syscall(SYS_unlink, path);
}

/* ---- what is there ---- */

static bool counted(
    struct us_arena *a, struct us_history *h, const char *sql, int64_t n)
{
    us_str found = us_str_trim(fixture_asked(a, h, us_str_c(sql)));
    us_str wanted = us_arena_fmt(a, "%lld", (long long)n);
    if (us_str_eq(found, wanted)) return true;
    printf("# %s: %.*s, not %lld\n", sql, US_ARG(found), (long long)n);
    return false;
}

/* Each line of so many groups once; of as many as its position says where it is -1. */
static bool whole(us_str dir, bool write, int64_t groups)
{
    struct us_arena a;
    struct us_history *h = NULL;
    struct us_error e = {0};
    if (us_history_open(dir, &rules, write, NULL, NULL, &h, &e) != US_OK) {
        fixture_say(&e);
        return false;
    }
    us_arena_init(&a, (size_t)1 << 30);
    int64_t position = us_history_position(h).segment;
    int64_t n = position * GROUP_LINES;
    bool good = groups < 0 || position == groups;
    good &= counted(&a, h, "SELECT count(*) FROM events", n);
    good &= counted(&a, h, "SELECT count(DISTINCT seq) FROM events", n);
    good &= counted(&a, h, "SELECT sum(lines)::BIGINT FROM counts", n);
    good &= counted(&a, h, "SELECT count(*) - count(DISTINCT key) FROM people", 0);
    us_history_close(h);
    us_arena_done(&a);
    return good;
}

/* ---- killed ---- */

struct killing {
    int64_t step; /* 0: not at all */
    enum tear tear;
};

/* Its status, as waitpid gives it. */
static int victim(us_str dir, int64_t groups, struct killing at, bool closes)
{
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    us_assert(child >= 0);
    if (child == 0) {
        struct us_history *h = NULL;
        death.left = at.step;
        death.tear = at.tear;
        us_code code = sit(dir, groups, &h, NULL);
        if (closes) us_history_close(h);
        _exit(code == US_OK ? 0 : 1);
    }
    us_assert(waitpid(child, &status, 0) == child);
    return status;
}

/* What is there is read, or read and written; then the rest is loaded. */
static bool recovered(us_str dir, bool write)
{
    int64_t all = (SITTINGS + 1) * SITTING_GROUPS;
    return whole(dir, write, -1) && sat(dir, all) && whole(dir, !write, all);
}

/* False: it came to its end. */
static bool killed_at(const struct kept *k, struct killing at, int64_t *broken)
{
    struct fixture x;
    put(k, &x);
    int status = victim(x.dir, (SITTINGS + 1) * SITTING_GROUPS, at, true);
    bool ended = WIFEXITED(status);
    bool good = !ended || WEXITSTATUS(status) == 0;
    good = recovered(x.dir, at.step % 2) && good;
    if (!good)
        printf("# killed %s step %lld\n", tear_names[at.tear], (long long)at.step);
    *broken += !good;
    fixture_done(&x);
    return !ended;
}

static void killed(struct us_tap *t, const struct kept *k)
{
    int64_t broken = 0;
    int64_t steps = 0;
    for (bool more = true; more; steps += more)
        for (enum tear tear = NOTHING; tear < TEARS && more; tear++)
            more = killed_at(k, (struct killing){steps + 1, tear}, &broken);
    CHECK_AS(t, broken == 0, "each line once after every kill");
    CHECK_AS(t, steps >= STEPS_MIN, "kills hit the loader at work");
    printf("# killed at %lld steps\n", (long long)steps);
}

int main(void)
{
    struct us_tap t = {0};
    struct kept k;
    base_make(&t, &k);
    killed(&t, &k);
    us_arena_done(&k.a);
    return us_tap_done(&t);
}
