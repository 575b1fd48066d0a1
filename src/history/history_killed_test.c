/* history_killed_test.c: the loader killed at each of its steps on the disk, before the
 * step and in the middle of it: each line is there once, whatever it was at.
 *
 * What lies on the disk changes at the library's calls of the system alone. They come
 * through here and are counted: no step is missed, and no clock decides which are met.
 */
#include "history/duck.h"
#include "history/history_fixture.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static const struct us_history_rules rules = {
    .currency = US_S_INIT("USD"), .threads = 1};

static const int64_t START = INT64_C(1700000000000000);

enum {
    GROUP_LINES = 400,
    SITTING_GROUPS = 6,
    SITTINGS = 6, /* so many leave blocks in the file that are in use in part */
    STEPS_MIN = 15,
    FILE_BYTES_MAX = 64 << 20,
    PAGE_BYTES = 4096,
    BLOCKS_FROM = 3 * PAGE_BYTES,
    BLOCK_BYTES = 262144,
    SCRIBBLES = 40,
};

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

/* ---- loading ---- */

static void track(struct fixture *x, int64_t i)
{
    struct us_buf m = us_buf_new(&x->a, 4096);
    char at[US_TIME_TEXT_MAX];
    us_buf_fmt(&m,
        "{\"type\":\"track\",\"userId\":\"u%d\",\"event\":\"e%d\",\"properties\":{"
        "\"n\":%d},\"context\":{\"groupId\":\"g%d\"},\"timestamp\":\"%.*s\"}",
        (int)(i % 7), (int)(i % 3), (int)i, (int)(i % 4),
        US_ARG(us_time_write(START + i * US_SECOND_US, at)));
    fixture_line(x, US_LINE_MESSAGE, START + i * US_SECOND_US, us_buf_str(&m));
}

/* A segment a group makes the place of each easy to name. */
static us_code group_load(struct us_history *h, int64_t g, struct us_error *e)
{
    struct fixture x = {.seq = g * GROUP_LINES};
    us_arena_init(&x.a, (size_t)1 << 30);
    x.text = us_buf_new(&x.a, (size_t)1 << 24);
    for (int64_t i = 0; i < GROUP_LINES; i++)
        track(&x, g * GROUP_LINES + i);
    us_str text = us_buf_str(&x.text);
    char *padded = us_new(&x.a, char, text.len + US_JSON_PAD);
    memcpy(padded, text.ptr, text.len);
    us_pos next = {(uint32_t)g + 1, 0};
    us_code code = us_history_load(
        h, (us_str){padded, text.len}, (us_pos){(uint32_t)g, 0}, next, e);
    us_arena_done(&x.a);
    return code;
}

/* Opened, loaded from its position on, settled; the end is the caller's. */
static us_code sit(
    us_str dir, int64_t groups, struct us_history **h, struct us_error *e)
{
    US_TRY(us_history_open(dir, &rules, true, NULL, NULL, h, e));
    for (int64_t g = us_history_position(*h).segment; g < groups; g++) {
        US_TRY(group_load(*h, g, e));
        if (g % 2) US_TRY(us_history_commit(*h, e));
    }
    US_TRY(us_history_commit(*h, e));
    return us_history_settle(*h, e);
}

static bool sat(us_str dir, int64_t groups)
{
    struct us_history *h = NULL;
    struct us_error e = {0};
    us_code code = sit(dir, groups, &h, &e);
    if (code != US_OK) fixture_say(&e);
    us_history_close(h);
    return code == US_OK;
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

/* ---- a folder kept in memory, and put anew for each death ---- */

static const char *const names[] = {"history.duckdb", "history.duckdb.wal"};
enum { NAMES = sizeof names / sizeof *names };

struct kept {
    struct us_arena a;
    us_str texts[NAMES];
};

static void keep(struct us_tap *t, struct kept *k, us_str dir)
{
    us_arena_init(&k->a, (size_t)1 << 30);
    for (size_t i = 0; i < NAMES; i++) {
        us_str path = us_file_join(&k->a, dir, us_str_c(names[i]));
        OK(t, us_file_read(path, FILE_BYTES_MAX, &k->a, &k->texts[i], e));
    }
}

static void put(const struct kept *k, struct fixture *x)
{
    fixture_init(x);
    for (size_t i = 0; i < NAMES; i++) {
        us_str path = us_file_join(&x->a, x->dir, us_str_c(names[i]));
        us_assert(us_file_write(path, k->texts[i], NULL) == US_OK);
    }
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

/* Closed five times and then not: blocks of several checkpoints, and a log to replay.
 */
static void base_make(struct us_tap *t, struct kept *k)
{
    struct fixture x;
    fixture_init(&x);
    for (int64_t i = 1; i < SITTINGS; i++)
        CHECK(t, sat(x.dir, i * SITTING_GROUPS));
    struct killing not_at_all = {0};
    int64_t groups = SITTINGS * (int64_t)SITTING_GROUPS;
    CHECK(t, victim(x.dir, groups, not_at_all, false) == 0);
    keep(t, k, x.dir);
    fixture_done(&x);
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

/* ---- damaged ---- */

/* A block of it scribbled over. */
static char *damaged(us_str text, size_t block, uint64_t *seed, struct us_arena *a)
{
    char *bytes = us_new(a, char, text.len);
    memcpy(bytes, text.ptr, text.len);
    for (size_t i = 0; i < 64; i++) {
        *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        size_t at = (size_t)(*seed >> 33) % (BLOCK_BYTES / 8);
        memcpy(bytes + BLOCKS_FROM + block * BLOCK_BYTES + at * 8, seed, 8);
    }
    return bytes;
}

/* Of how many blocks the sum was made anew; SIZE_MAX where anything else was touched.
 */
static size_t mended(us_str dir, const char *before, size_t count, struct us_arena *a)
{
    us_str after = {0};
    us_str path = us_file_join(a, dir, us_str_c(names[0]));
    us_assert(us_file_write(path, (us_str){before, count}, NULL) == US_OK);
    duck_mend(us_arena_cstr(a, path));
    us_assert(us_file_read(path, FILE_BYTES_MAX, a, &after, NULL) == US_OK);
    size_t sums = 0;
    for (size_t i = 0; i < count; i += 8) {
        bool same = memcmp(before + i, after.ptr + i, 8) == 0;
        bool sum = i >= BLOCKS_FROM && (i - BLOCKS_FROM) % BLOCK_BYTES == 0;
        if (!same && !sum) return SIZE_MAX;
        sums += !same;
    }
    return after.len == count ? sums : SIZE_MAX;
}

static void damage(struct us_tap *t, const struct kept *k)
{
    struct fixture x;
    struct us_arena a;
    uint64_t seed = 1;
    size_t most = 0;
    size_t count = k->texts[0].len;
    size_t blocks = (count - BLOCKS_FROM) / BLOCK_BYTES;
    size_t kept_wrong = 0;
    us_arena_init(&a, (size_t)1 << 30);
    put(k, &x);
    for (size_t i = 0; i < SCRIBBLES; i++) {
        us_arena_reset(&a);
        char *bytes = damaged(k->texts[0], i % blocks, &seed, &a);
        size_t n = mended(x.dir, bytes, count, &a);
        if (n > most) most = n;
        kept_wrong += n == 0;
    }
    CHECK_AS(t, most <= 1, "sums alone are mended, of the damaged block alone");
    CHECK_AS(t, kept_wrong > SCRIBBLES / 2, "and not of blocks of rows");
    for (size_t cut = 0; cut < count; cut += BLOCK_BYTES / 2 + 8) {
        us_arena_reset(&a);
        CHECK(t, mended(x.dir, k->texts[0].ptr, cut / 8 * 8, &a) == 0);
    }
    us_arena_reset(&a);
    us_str log = us_file_join(&a, x.dir, us_str_c(names[1]));
    OK(t, us_file_remove_tree(log, e));
    size_t n = 0;
    for (size_t i = 0; i < blocks; i++) {
        us_arena_reset(&a);
        char *bytes = damaged(k->texts[0], i, &seed, &a);
        n += mended(x.dir, bytes, count, &a);
    }
    CHECK_AS(t, n == 0, "nothing of a file that was closed");
    us_arena_done(&a);
    fixture_done(&x);
}

int main(void)
{
    struct us_tap t = {0};
    struct kept k;
    base_make(&t, &k);
    killed(&t, &k);
    damage(&t, &k);
    us_arena_done(&k.a);
    return us_tap_done(&t);
}
