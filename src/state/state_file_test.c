/* The file itself: killed processes, several at once, disks that fill, old formats,
 * damage, copies. */
#include "state/state_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

enum { LIVES = 60, BATCH = 5 };

/* ---- killed ---- */

/* Batch number n: BATCH entries and an outbox row, then the journal is read up to n. */
static us_code batch(struct us_state *s, struct us_arena *a, uint64_t n)
{
    struct us_state_transition rows[BATCH];
    for (uint64_t i = 0; i < BATCH; i++)
        rows[i] = fixture_change(us_arena_fmt(a, "a%d", (int)(n * BATCH + i)),
            "entered", 1, 200 + (int64_t)n);
    struct us_state_outbox box = {.key = us_arena_fmt(a, "k%d", (int)n),
        .kind = US_S("webhook"),
        .body = US_S("{}"),
        .created = 1};
    us_str play = US_S("help");
    struct us_state_batch b = {.transitions = rows,
        .transition_count = BATCH,
        .outbox = &box,
        .outbox_count = 1,
        .plays = &play,
        .play_count = 1,
        .from = {n ? 1 : 0, n},
        .position = {{1, n + 1}, 200 + (int64_t)n, US_S("c")},
        .now = 1};
    return us_state_commit(s, &b, NULL);
}

/* A new file with the play that batches go through. */
static void begin(struct fixture *f)
{
    struct us_state_play play = {US_S("help"), US_S("team"), 100, 100};
    bool fresh;
    us_assert(fixture_open(f, true) == US_OK);
    us_assert(us_state_play_put(f->state, &play, &fresh, NULL) == US_OK);
}

/* Commits until it is killed; says on the pipe how far it is. */
static _Noreturn void child(struct fixture *f, int pipe)
{
    struct us_state_position p;
    if (fixture_open(f, true) != US_OK) _exit(1);
    if (us_state_position(f->state, &f->arena, &p, NULL) != US_OK) _exit(2);
    for (uint64_t n = p.at.offset;; n++) {
        us_mark mark = us_arena_mark(&f->arena);
        if (batch(f->state, &f->arena, n) != US_OK) _exit(3);
        uint64_t said = n + 1;
        if (write(pipe, &said, sizeof said) != sizeof said) _exit(4);
        us_arena_pop(&f->arena, mark);
    }
}

static uint64_t one_life(struct fixture *f, long wait_us, bool *good)
{
    int fds[2];
    int status = 0;
    uint64_t durable = 0;
    uint64_t said;
    us_assert(pipe(fds) == 0);
    pid_t pid = fork();
    us_assert(pid >= 0);
    if (pid == 0) child(f, fds[1]);
    close(fds[1]);
    struct timespec wait = {.tv_nsec = wait_us * 1000};
    nanosleep(&wait, NULL);
    kill(pid, SIGKILL);
    while (read(fds[0], &said, sizeof said) == sizeof said)
        durable = said;
    close(fds[0]);
    *good &= waitpid(pid, &status, 0) == pid && WIFSIGNALED(status);
    return durable;
}

static void test_kill(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    begin(&f);
    fixture_close(&f);
    bool good = true;
    uint64_t durable = 0;
    uint64_t random = 1;
    int more = 0;
    for (int i = 0; i < LIVES && good; i++) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        uint64_t said = one_life(&f, (long)(random >> 33) % 12000, &good);
        if (said < durable) said = durable;
        good &= fixture_open(&f, false) == US_OK;
        if (!good) break;
        struct us_state_position p;
        us_assert(us_state_position(f.state, &f.arena, &p, NULL) == US_OK);
        int64_t n = (int64_t)p.at.offset;
        good &= p.at.offset == said || p.at.offset == said + 1;
        good &= fixture_count(&f, "SELECT count(*) FROM transitions") == n * BATCH;
        good &= fixture_count(&f, "SELECT count(*) FROM handoffs") == n * BATCH;
        good &= fixture_count(&f, "SELECT count(*) FROM routings") == n * BATCH;
        good &= fixture_count(&f, "SELECT count(*) FROM outbox") == n;
        more += p.at.offset > said;
        durable = p.at.offset;
        fixture_close(&f);
    }
    printf("# %d commits over %d lives; %d times one more than was said\n",
        (int)durable, LIVES, more);
    CHECK_AS(t, good, "transitions, handoffs, outbox and position are never apart");
    CHECK(t, durable > LIVES);
    us_assert(fixture_open(&f, true) == US_OK);
    CHECK(t, us_state_check(f.state, &f.e) == US_OK);
    fixture_done(&f);
}

/* ---- several at once ---- */

static void test_two(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    begin(&f);
    struct us_state *reader;
    struct us_state *writer;
    CHECK(t, us_state_open(f.dir, false, &reader, &f.e) == US_OK);
    CHECK(t, us_state_open(f.dir, true, &writer, &f.e) == US_OK);
    int64_t last;
    CHECK(t, batch(f.state, &f.arena, 0) == US_OK);
    CHECK(t, us_state_last_id(reader, &last, &f.e) == US_OK && last == BATCH);
    CHECK(t, batch(writer, &f.arena, 1) == US_OK);
    CHECK(t, us_state_last_id(reader, &last, &f.e) == US_OK && last == 2 * BATCH);
    /* The other has moved on. */
    struct us_state_batch stale = {.from = {1, 1}, .position = {{1, 9}, 1, US_S("c")}};
    CHECK(t, us_state_commit(f.state, &stale, &f.e) == US_REFUSED);
    us_state_close(writer);
    /* A reader sees nothing of a transaction at work, and waits for none. */
    us_assert(db_script(f.state->db, "BEGIN IMMEDIATE; DELETE FROM transitions;",
                  NULL) == US_OK);
    CHECK(t, us_state_last_id(reader, &last, &f.e) == US_OK && last == 2 * BATCH);
    us_assert(db_script(f.state->db, "ROLLBACK", NULL) == US_OK);
    us_state_close(reader);
    fixture_done(&f);
}

static void test_busy(struct us_tap *t)
{
    struct fixture f;
    struct us_state *other;
    struct us_error e = {0};
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    us_assert(us_state_open(f.dir, true, &other, NULL) == US_OK);
    us_assert(db_script(other->db, "PRAGMA busy_timeout = 20", NULL) == US_OK);
    us_assert(db_script(f.state->db, "BEGIN IMMEDIATE", NULL) == US_OK);
    CHECK(t, us_state_token_revoke(other, US_S("none"), 1, &e) == US_BUSY);
    CHECK(t, us_str_eq(us_str_c(e.key), US_S("state.busy")));
    us_assert(db_script(f.state->db, "ROLLBACK", NULL) == US_OK);
    CHECK(t, us_state_token_revoke(other, US_S("none"), 1, &e) == US_NOT_FOUND);
    us_state_close(other);
    fixture_done(&f);
}

/* ---- a disk that is full ---- */

static void test_full(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    if (mount("none", f.path, "tmpfs", 0, "size=2m") != 0) {
        printf("# skipped: a full disk needs the right to mount one (%s)\n",
            strerror(errno));
        fixture_done(&f);
        return;
    }
    begin(&f);
    uint64_t n = 0;
    us_code code;
    while ((code = batch(f.state, &f.arena, n)) == US_OK && n < 100000)
        n++;
    struct us_state_position p;
    us_assert(us_state_position(f.state, &f.arena, &p, NULL) == US_OK);
    printf("# full after %d commits\n", (int)n);
    CHECK(t, code == US_IO && n > 10 && p.at.offset == n);
    struct us_state_batch b = {.from = {1, n}, .position = {{1, n}, 1, US_S("c")}};
    struct us_state_transition big = fixture_change(US_S("z"), "entered", 1, 1);
    char *text = us_new(&f.arena, char, US_STATE_TEXT_MAX);
    memset(text, ' ', US_STATE_TEXT_MAX);
    big.explanation = (us_str){text, US_STATE_TEXT_MAX};
    b.transitions = &big;
    b.transition_count = 1;
    CHECK(t, us_state_commit(f.state, &b, &f.e) == US_IO);
    CHECK(t, fixture_failed(&f, "state.full"));
    CHECK(
        t, fixture_count(&f, "SELECT count(*) FROM transitions") == (int64_t)n * BATCH);
    us_assert(mount("none", f.path, "tmpfs", MS_REMOUNT, "size=16m") == 0);
    CHECK_AS(t, us_state_commit(f.state, &b, &f.e) == US_OK, "with room it goes on");
    CHECK(t, us_state_check(f.state, &f.e) == US_OK);
    fixture_close(&f);
    umount(f.path);
    fixture_done(&f);
}

/* ---- formats ---- */

/* Batch 0 in the words of the first format. */
static const char old_rows[] =
    "INSERT INTO plays (name, definition, first_seen, live_from) VALUES ('help', "
    "'team', 100, 100);"
    "INSERT INTO transitions (definition, version, account, user, company, change, "
    "ends, t, since, ordinal, live, explanation) SELECT 'team', '0011223344556677', "
    "'a' || value, '', '', 'entered', 0, 200, 200, 1, 1, '{}' FROM "
    "json_each('[0,1,2,3,4]');"
    "INSERT INTO handoffs (play, definition, version, account, user, company, unit, "
    "ordinal, transition, status, queued) SELECT 'help', definition, version, account, "
    "user, company, 'a' || account, ordinal, id, 'queued', 1 FROM transitions;"
    "INSERT INTO routings (transition, play, routing, at, handoff) SELECT transition, "
    "play, 0, 1, id FROM handoffs;"
    "INSERT INTO versions (definition, version, canon, text, first_run) VALUES "
    "('team', '00', '', '', 1), ('team', '0011223344556677', '', '', 2), ('one', "
    "'00', '', '', 1);"
    "INSERT INTO positions (reader, segment, byte, known, config) VALUES ('evaluator', "
    "1, 1, 200, 'c');";

/* A file as usher of the first format left it, with one batch in it. */
static void old_file(struct fixture *f)
{
    struct us_state old = {.path = us_state_path(f->dir, &f->arena)};
    us_arena_init(&old.scratch, 1 << 20);
    us_assert(db_open(old.path, true, &f->arena, &old.db, NULL) == US_OK);
    us_assert(state_migrate(&old, 1, NULL) == US_OK);
    us_assert(db_script(old.db, old_rows, NULL) == US_OK);
    db_close(old.db);
    us_arena_done(&old.scratch);
}

static void test_older(struct us_tap *t)
{
    struct fixture f;
    struct us_state_audit row = {1, US_S("ci"), US_S("x"), US_S(""), US_S("{}"), 0};
    fixture_init(&f);
    old_file(&f);
    CHECK(t, fixture_open(&f, false) == US_REFUSED);
    CHECK(t, fixture_failed(&f, "state.older"));
    CHECK(t, fixture_open(&f, true) == US_OK);
    CHECK(t, fixture_count(&f, "PRAGMA user_version") == US_STATE_FORMAT);
    CHECK(t, fixture_count(&f, "SELECT count(*) FROM handoffs") == BATCH);
    CHECK(t, fixture_count(&f, "SELECT count(*) FROM sqlite_schema WHERE name = "
                               "'replays'") == 0);
    CHECK(t, fixture_count(&f, "SELECT count(*) FROM transitions WHERE silent = ''") ==
                 BATCH);
    CHECK(t, fixture_count(&f, "SELECT count(*) FROM versions WHERE given = 1") == 2);
    CHECK(t,
        fixture_count(&f, "SELECT given FROM versions WHERE definition = 'one'") == 0);
    CHECK(t, batch(f.state, &f.arena, 1) == US_OK);
    CHECK(t, fixture_count(&f, "SELECT count(*) FROM handoffs") == 2 * BATCH);
    CHECK(t, us_state_audit_put(f.state, &row, &f.e) == US_OK);
    /* Once: it is opened as it is from then on. */
    fixture_close(&f);
    CHECK(t, fixture_open(&f, true) == US_OK);
    fixture_close(&f);
    CHECK(t, fixture_open(&f, false) == US_OK);
    CHECK(t, fixture_count(&f, "SELECT count(*) FROM audit") == 1);
    fixture_done(&f);
}

static void set_format(struct fixture *f, int format)
{
    us_assert(fixture_open(f, true) == US_OK);
    us_assert(db_set_format(f->state->db, format, NULL) == US_OK);
    fixture_close(f);
}

static void test_formats(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    set_format(&f, US_STATE_FORMAT + 1);
    CHECK(t, fixture_open(&f, true) == US_REFUSED);
    CHECK(t, fixture_failed(&f, "state.newer"));
    CHECK(t, fixture_open(&f, false) == US_REFUSED);
    fixture_done(&f);
}

/* ---- damage ---- */

static void scribble(struct fixture *f, off_t at, size_t len)
{
    char *path = us_arena_cstr(&f->arena, us_state_path(f->dir, &f->arena));
    int fd = open(path, O_WRONLY);
    us_assert(fd >= 0);
    for (size_t i = 0; i < len; i++)
        us_assert(pwrite(fd, "x", 1, at + (off_t)i) == 1);
    close(fd);
}

static void test_damage(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    begin(&f);
    for (uint64_t n = 0; n < 50; n++)
        us_assert(batch(f.state, &f.arena, n) == US_OK);
    fixture_close(&f); /* the log is worked in: all is in the file */
    struct stat st;
    char *path = us_arena_cstr(&f.arena, us_state_path(f.dir, &f.arena));
    us_assert(stat(path, &st) == 0);
    CHECK_AS(t, (st.st_mode & 077) == 0, "nobody else may read it");
    CHECK(t, st.st_size > 40000);
    scribble(&f, 4096 + 4096, (size_t)st.st_size - 8192);
    us_code code = fixture_open(&f, true);
    if (code == US_OK) code = us_state_check(f.state, &f.e);
    CHECK(t, code == US_INPUT && fixture_failed(&f, "state.damaged"));
    if (f.state) {
        struct us_state_transitions_asked all = {0};
        struct us_state_transition_list l;
        CHECK(t, us_state_transitions(f.state, &all, &f.arena, &l, &f.e) == US_INPUT);
    }
    fixture_close(&f);
    scribble(&f, 0, 200);
    CHECK(t, fixture_open(&f, true) == US_INPUT);
    CHECK(t, fixture_failed(&f, "state.damaged"));
    CHECK(t, f.e.args[0].text.len > f.dir.len);
    us_assert(
        us_file_write(us_state_path(f.dir, &f.arena), US_S("hello"), NULL) == US_OK);
    CHECK(t, fixture_open(&f, true) == US_INPUT);
    CHECK(t, fixture_failed(&f, "state.damaged"));
    fixture_done(&f);
}

/* A database of another program is left as it is. */
static void test_foreign(struct us_tap *t)
{
    struct fixture f;
    struct db *db;
    fixture_init(&f);
    us_str path = us_state_path(f.dir, &f.arena);
    us_assert(db_open(path, true, &f.arena, &db, NULL) == US_OK);
    us_assert(db_script(db, "CREATE TABLE notes (x)", NULL) == US_OK);
    db_close(db);
    us_str before;
    us_str after;
    us_assert(us_file_read(path, 1 << 20, &f.arena, &before, NULL) == US_OK);
    CHECK(t, fixture_open(&f, true) == US_INPUT);
    CHECK(t, fixture_failed(&f, "state.foreign"));
    us_assert(us_file_read(path, 1 << 20, &f.arena, &after, NULL) == US_OK);
    CHECK(t, us_str_eq(before, after));
    fixture_done(&f);
}

/* ---- copies ---- */

static void test_copy(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    us_str other = us_file_join(&f.arena, f.dir, US_S("other"));
    us_str to = us_state_path(other, &f.arena);
    CHECK(t, us_state_copy(f.dir, to, &f.e) == US_NOT_FOUND);
    begin(&f);
    us_assert(us_file_make_dirs(other, NULL) == US_OK);
    us_assert(batch(f.state, &f.arena, 0) == US_OK);
    CHECK(t, us_state_copy(f.dir, to, &f.e) == US_OK);
    CHECK(t, batch(f.state, &f.arena, 1) == US_OK);
    us_str *names;
    size_t count;
    us_assert(us_file_list(other, &f.arena, &names, &count, NULL) == US_OK);
    CHECK_AS(t, count == 1, "one file, without a log beside it");
    struct us_state *copy;
    CHECK(t, us_state_open(other, true, &copy, &f.e) == US_OK);
    int64_t last;
    CHECK(t, us_state_last_id(copy, &last, &f.e) == US_OK && last == BATCH);
    CHECK(t, us_state_check(copy, &f.e) == US_OK);
    CHECK(t, batch(copy, &f.arena, 1) == US_OK);
    us_state_close(copy);
    fixture_done(&f);
}

int main(void)
{
    struct us_tap t = {0};
    test_kill(&t);
    test_two(&t);
    test_busy(&t);
    test_full(&t);
    test_older(&t);
    test_formats(&t);
    test_damage(&t);
    test_foreign(&t);
    test_copy(&t);
    return us_tap_done(&t);
}
