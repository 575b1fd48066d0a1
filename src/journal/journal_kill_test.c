/* Processes killed and disks that fail: what write said is durable is there. */
#include "journal/journal_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { ROUNDS = 100, GROUP_LINES = 5 };

/* Writes groups until it is killed; says each durable seq on the pipe. */
struct life {
    struct fixture *f;
    us_journal_how how;
};

static void child(void *ctx, int pipe)
{
    struct fixture *f = ((struct life *)ctx)->f;
    us_journal_how how = ((struct life *)ctx)->how;
    struct us_journal_tuning t = fixture_tuning();
    t.segment_bytes = 60000;
    struct us_journal *j;
    if (us_journal_open_tuned(f->dir, how, &t, &j, NULL) != US_OK) _exit(1);
    f->seq = us_journal_last_seq(j);
    for (int i = 0;; i++) {
        us_mark mark = us_arena_mark(&f->arena);
        if (fixture_write(f, j, GROUP_LINES, NULL) != US_OK) _exit(2);
        if (write(pipe, &f->seq, sizeof f->seq) != sizeof f->seq) _exit(3);
        if (i % 50 == 49 && us_journal_seal(j, NULL) != US_OK) _exit(4);
        us_arena_pop(&f->arena, mark);
    }
}

static void test_kill(struct us_tap *t, us_journal_how how)
{
    struct fixture f;
    fixture_init(&f);
    bool good = true;
    int64_t durable = 0;
    uint64_t random = 1;
    size_t more = 0;
    struct us_arena lines;
    us_arena_init(&lines, (size_t)1 << 30);
    struct us_buf want = us_buf_new(&lines, (size_t)256 << 20);
    for (int i = 0; i < ROUNDS && good; i++) {
        us_mark mark = us_arena_mark(&f.arena);
        random = random * 6364136223846793005U + 1442695040888963407U;
        int status = 0;
        struct life life = {&f, how};
        long wait_us = (long)(random >> 33) % 8000 + 1;
        int64_t seq = fixture_life(child, &life, wait_us, &status);
        good &= WIFSIGNALED(status);
        int64_t said = seq ? seq : durable;
        struct us_journal *j;
        good &= us_journal_open(f.dir, false, &j, NULL) == US_OK;
        if (!good) break;
        int64_t last = us_journal_last_seq(j);
        us_journal_close(j);
        good &= last == said || last == said + GROUP_LINES;
        more += last > said;
        while (durable < last)
            us_buf_put(&want, fixture_line(&f.arena, ++durable));
        struct all all = fixture_read(&f.arena, f.dir, (us_pos){0});
        good &= all.code == US_NOT_FOUND && all.groups * GROUP_LINES == (size_t)last;
        good &= us_str_eq(all.text, us_buf_str(&want));
        us_arena_pop(&f.arena, mark);
    }
    printf("# %" PRId64
           " lines over %d lives; %zu times one group more than was said\n",
        durable, ROUNDS, more);
    CHECK_AS(t, good, "every group said to be durable is there after SIGKILL");
    CHECK(t, durable > ROUNDS);
    us_arena_done(&lines);
    fixture_done(&f);
}

/* A disk that takes writes and loses them at a sync. */
static _Atomic int syncs_left;

static int failing_sync(int fd)
{
    (void)fd;
    if (atomic_fetch_sub(&syncs_left, 1) > 0) return 0;
    errno = EIO;
    return -1;
}

/* Writes until it fails; the first error again and again; then opens what is left. */
static void write_till_failure(struct us_tap *t, struct fixture *f, us_journal_how how,
    const struct us_journal_tuning *tuning, const char *key)
{
    struct us_journal *j;
    struct us_error e = {0};
    CHECK(t, us_journal_open_tuned(f->dir, how, tuning, &j, NULL) == US_OK);
    int64_t durable = 0;
    us_code code = US_OK;
    while (code == US_OK && f->seq < 100000) {
        durable = f->seq;
        code = fixture_write(f, j, GROUP_LINES, &e);
    }
    CHECK(t, code == US_IO && durable > 0);
    CHECK_AS(t, us_str_eq(us_str_c(e.key), us_str_c(key)), key);
    CHECK(t, e.args[0].text.len > f->dir.len && us_journal_last_seq(j) == durable);
    struct us_error again = {0};
    CHECK(t, fixture_write(f, j, 1, &again) == US_IO && again.key == e.key);
    CHECK(t, us_str_eq(again.args[0].text, e.args[0].text));
    CHECK(t, us_journal_seal(j, &again) == US_IO);
    us_journal_close(j);
    f->seq = durable;
    struct all all = fixture_read(&f->arena, f->dir, (us_pos){0});
    CHECK(t, all.code == US_NOT_FOUND);
    CHECK(t, us_str_eq(all.text, fixture_text(&f->arena, durable)));
}

static void goes_on(struct us_tap *t, struct fixture *f, us_journal_how how)
{
    struct us_journal *j;
    struct us_journal_tuning tuning = fixture_tuning();
    us_code code = us_journal_open_tuned(f->dir, how, &tuning, &j, NULL);
    CHECK(t, code == US_OK);
    if (code != US_OK) return;
    CHECK(t, us_journal_last_seq(j) == f->seq);
    CHECK(t, fixture_write(f, j, 2, NULL) == US_OK);
    us_journal_close(j);
    struct all all = fixture_read(&f->arena, f->dir, (us_pos){0});
    CHECK(t, us_str_eq(all.text, fixture_text(&f->arena, f->seq)));
}

static void test_sync_fails(struct us_tap *t, us_journal_how how)
{
    struct fixture f;
    fixture_init(&f);
    struct us_journal_tuning tuning = fixture_tuning();
    tuning.sync = failing_sync;
    atomic_store(&syncs_left, 9);
    tuning.segment_bytes = 1 << 20;
    write_till_failure(t, &f, how, &tuning, "journal.io");
    goes_on(t, &f, how);
    fixture_done(&f);
}

/* A limit on the size of a file fails as a full disk does, and needs no privilege. */
static void test_limit(struct us_tap *t, us_journal_how how)
{
    struct fixture f;
    struct rlimit was;
    fixture_init(&f);
    struct us_journal_tuning tuning = fixture_tuning();
    tuning.segment_bytes = 1 << 20;
    us_assert(getrlimit(RLIMIT_FSIZE, &was) == 0);
    struct rlimit tight = {.rlim_cur = 5000, .rlim_max = was.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    us_assert(setrlimit(RLIMIT_FSIZE, &tight) == 0);
    write_till_failure(t, &f, how, &tuning, "journal.full");
    us_assert(setrlimit(RLIMIT_FSIZE, &was) == 0);
    goes_on(t, &f, how);
    fixture_done(&f);
}

/* Takes what room is left. */
static void fill_disk(struct fixture *f)
{
    char block[4096] = {1};
    char *path = us_arena_cstr(&f->arena, fixture_path(f, "filler"));
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    us_assert(fd >= 0);
    while (write(fd, block, sizeof block) > 0)
        continue;
    close(fd);
}

static void test_full(struct us_tap *t, us_journal_how how)
{
    struct fixture f;
    fixture_init(&f);
    if (mount("none", f.path, "tmpfs", 0, "size=256k") != 0) {
        printf("# skipped: a full disk needs the right to mount one (%s)\n",
            strerror(errno));
        fixture_done(&f);
        return;
    }
    struct us_journal_tuning tuning = fixture_tuning();
    tuning.segment_bytes = 200000;
    write_till_failure(t, &f, how, &tuning, "journal.full");
    fill_disk(&f);
    struct us_journal *j;
    struct us_error e = {0};
    us_code code = us_journal_open_tuned(f.dir, how, &tuning, &j, &e);
    if (code == US_OK) /* the seal went into the last page */
        us_journal_close(j);
    else
        CHECK(t, us_str_eq(us_str_c(e.key), US_S("journal.full")));
    unlink(us_arena_cstr(&f.arena, fixture_path(&f, "filler")));
    us_assert(mount("none", f.path, "tmpfs", MS_REMOUNT, "size=1m") == 0);
    goes_on(t, &f, how);
    umount(f.path);
    fixture_done(&f);
}

/* Where room is short none is taken beforehand: groups grow their file. */
static void test_short(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    if (mount("none", f.path, "tmpfs", 0, "size=256k") != 0) {
        fixture_done(&f);
        return;
    }
    struct us_journal_tuning tuning = fixture_tuning();
    tuning.plain_bytes = 100000;
    struct us_journal *j;
    CHECK(t, us_journal_open_tuned(f.dir, US_JOURNAL_LIVE, &tuning, &j, NULL) == US_OK);
    CHECK(t, fixture_write(&f, j, 3, NULL) == US_OK);
    us_str file = fixture_file(&f, "00000001.ndjson");
    CHECK_AS(
        t, file.len == us_journal_end(j).offset, "a file grows where room is short");
    CHECK(t, !fixture_has(&f, "spare") && !fixture_has(&f, "spare.part"));
    us_journal_close(j);
    CHECK(t, fixture_holds(&f, f.seq));
    umount(f.path);
    fixture_done(&f);
}

int main(void)
{
    struct us_tap t = {0};
    for (us_journal_how how = US_JOURNAL_WRITE; how <= US_JOURNAL_LIVE; how++) {
        test_kill(&t, how);
        test_sync_fails(&t, how);
        test_limit(&t, how);
        test_full(&t, how);
    }
    test_short(&t);
    return us_tap_done(&t);
}
