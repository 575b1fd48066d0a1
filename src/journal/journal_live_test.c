/* Plain segments: read beside the writer and while they turn into sealed ones; every
 * place on that way where a machine can stop. */
#include "journal/journal_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define PLAIN "00000001.ndjson"

static void test_round_trip(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct us_journal *j = fixture_open(&f, US_JOURNAL_LIVE);
    struct us_group g = fixture_group(&f, 3);
    us_journal_place(j, &g);
    CHECK(t, g.plain && !g.seals);
    CHECK(t, us_journal_write(j, &g, NULL) == US_OK);
    us_str file = fixture_file(&f, PLAIN);
    CHECK_AS(t, file.len == fixture_tuning().plain_bytes, "a file of one size");
    CHECK(t, us_str_eq(us_str_slice(file, 0, g.len), (us_str){g.bytes, g.len}));
    bool clear = true;
    for (size_t i = g.len; i < file.len; i++)
        clear &= file.ptr[i] == '\n';
    CHECK_AS(t, clear, "then line ends");
    struct us_journal_sizes sizes;
    CHECK(t, us_journal_sizes(f.dir, &sizes, NULL) == US_OK);
    CHECK(t, sizes.text == g.len && sizes.disk == file.len && sizes.segments == 1);
    CHECK(t, fixture_holds(&f, 3));
    struct us_journal *second;
    CHECK(t, us_journal_open(f.dir, US_JOURNAL_READ, &second, NULL) == US_OK);
    CHECK(t, us_journal_last_seq(second) == 3);
    CHECK(t, us_journal_end(second).segment == 1);
    CHECK(t, us_journal_end(second).offset == g.len);
    us_journal_close(second);
    us_journal_close(j);
    CHECK_AS(t, fixture_at_rest(&f) && fixture_holds(&f, 3), "closed, it is sealed");
    CHECK(t, us_journal_open(f.dir, US_JOURNAL_READ, &second, NULL) == US_OK);
    CHECK(t, us_journal_end(second).segment == 2);
    us_journal_close(second);
    fixture_done(&f);
}

/* What was read ahead of a group is line ends; what was written there since is seen. */
static void test_tail(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct us_journal *j = fixture_open(&f, US_JOURNAL_LIVE);
    struct us_journal_reader *r;
    us_str text;
    us_pos at;
    us_pos next;
    bool good = us_journal_reader_open(f.dir, (us_pos){0}, &r, NULL) == US_OK;
    for (int i = 0; i < 40; i++) {
        good &= fixture_write(&f, j, 2, NULL) == US_OK;
        good &= us_journal_reader_next(r, &text, &at, &next, NULL) == US_OK;
        us_str made = us_str_trim(fixture_line(&f.arena, f.seq - 1));
        good &= us_str_eq(us_str_cut(text, '\n', &text), made);
        if (i % 3 == 2)
            good &= us_journal_reader_next(r, &text, &at, &next, NULL) == US_NOT_FOUND;
    }
    CHECK_AS(t, good, "a reader sees each group at once");
    us_journal_reader_close(r);
    us_journal_close(j);
    fixture_done(&f);
}

/* It has its name already, and the folder could not be synced then: it is tried again,
 * and the plain form may go. */
static void test_named(struct us_tap *t)
{
    struct fixture f;
    struct us_dir d;
    struct us_pack pack;
    struct us_scan scan;
    fixture_init(&f);
    struct us_journal_tuning tuning = fixture_tuning();
    struct us_journal *j = fixture_open(&f, US_JOURNAL_LIVE);
    CHECK(t, fixture_write(&f, j, 3, NULL) == US_OK);
    us_str plain = fixture_file(&f, PLAIN);
    us_journal_close(j);
    fixture_put(&f, PLAIN, plain);
    CHECK(t, us_dir_open(f.dir, false, &d, NULL) == US_OK);
    us_pack_init(&pack, &d, &tuning);
    us_scan_init(&scan, &d, &f.arena);
    CHECK_AS(t, us_plain_seal(&pack, &scan, 1, NULL) == US_OK, "both forms are there");
    us_scan_done(&scan);
    us_pack_done(&pack);
    us_dir_close(&d);
    CHECK(t, fixture_holds(&f, 3));
    fixture_done(&f);
}

/* ---- beside a writer, while segments turn ---- */

enum { GROUPS = 3000 };

struct beside {
    struct fixture f;
    us_pos at[GROUPS]; /* of each group, set before it is counted */
    _Atomic int written;
    _Atomic bool over;
    bool good;
    int64_t lines;
};

static void *read_along(void *ctx)
{
    struct beside *b = ctx;
    struct us_journal_reader *r;
    struct us_arena a;
    us_arena_init(&a, 64 << 20);
    b->good = us_journal_reader_open(b->f.dir, (us_pos){0}, &r, NULL) == US_OK;
    int64_t seq = 0;
    for (bool last = false; b->good;) {
        us_str text;
        us_pos at;
        us_pos next;
        struct us_error e;
        us_code code = us_journal_reader_next(r, &text, &at, &next, &e);
        if (code == US_NOT_FOUND && last) break;
        last = code == US_NOT_FOUND && atomic_load(&b->over);
        b->good = code == US_OK || code == US_NOT_FOUND;
        if (!b->good) printf("# %s after line %" PRId64 "\n", e.key, seq);
        for (us_str rest = code == US_OK ? text : (us_str){0}; rest.len;) {
            us_str line = us_str_cut(rest, '\n', &rest);
            b->good &= us_str_eq(line, us_str_trim(fixture_line(&a, ++seq)));
        }
        us_arena_reset(&a);
    }
    b->lines = seq;
    us_journal_reader_close(r);
    us_arena_done(&a);
    return NULL;
}

/* From any group there is, and any line of it, again and again. */
static void *look_around(void *ctx)
{
    struct beside *b = ctx;
    struct us_arena a;
    uint64_t random = 7;
    us_arena_init(&a, 64 << 20);
    b->good = true;
    while (!atomic_load(&b->over) && b->good) {
        int written = atomic_load(&b->written);
        if (!written) continue;
        random = random * 6364136223846793005U + 1442695040888963407U;
        /* Often one of the last, which are on their way. */
        uint64_t back = (random >> 40) % (random >> 36 & 1 ? (unsigned)written : 12);
        us_pos at = b->at[written - 1 - (int)(back < (unsigned)written ? back : 0)];
        struct us_journal_reader *r;
        struct us_journal_sizes sizes;
        us_str text;
        us_str line;
        us_pos here;
        us_pos next;
        b->good &= us_journal_reader_open(b->f.dir, at, &r, NULL) == US_OK;
        if (!b->good) break;
        b->good &= us_journal_reader_next(r, &text, &here, &next, NULL) == US_OK;
        b->good &= us_journal_line(b->f.dir, at, &a, &line, NULL) == US_OK;
        if (b->good) b->good &= us_str_eq(line, us_str_cut(text, '\n', &text));
        if (b->lines % 32 == 0)
            b->good &= us_journal_sizes(b->f.dir, &sizes, NULL) == US_OK;
        us_journal_reader_close(r);
        us_arena_reset(&a);
        b->lines++;
    }
    us_arena_done(&a);
    return NULL;
}

static void test_beside(struct us_tap *t)
{
    static struct beside along;
    static struct beside around;
    pthread_t threads[2];
    bool good = true;
    fixture_init(&along.f);
    around.f.dir = along.f.dir;
    struct us_journal *j = fixture_open(&along.f, US_JOURNAL_LIVE);
    us_assert(pthread_create(&threads[0], NULL, read_along, &along) == 0);
    us_assert(pthread_create(&threads[1], NULL, look_around, &around) == 0);
    for (int i = 0; i < GROUPS; i++) {
        us_mark mark = us_arena_mark(&along.f.arena);
        struct us_group g =
            fixture_group(&along.f, i % 100 == 99 ? 40 : (uint64_t)(i % 5) + 1);
        us_journal_place(j, &g);
        good &= us_journal_write(j, &g, NULL) == US_OK;
        around.at[i] = g.at;
        atomic_store(&around.written, i + 1);
        us_arena_pop(&along.f.arena, mark);
    }
    uint32_t segments = us_journal_end(j).segment;
    us_journal_close(j);
    atomic_store(&along.over, true);
    atomic_store(&around.over, true);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    printf("# %u segments, %" PRId64 " looks\n", segments, around.lines);
    CHECK(t, good && segments > 100);
    CHECK_AS(
        t, along.good && along.lines == along.f.seq, "a reader follows over turns");
    CHECK_AS(t, around.good && around.lines > 3, "positions hold over turns");
    CHECK(t, fixture_at_rest(&along.f) && fixture_holds(&along.f, along.f.seq));
    fixture_done(&along.f);
}

/* A file that is used again holds nothing of what it held, for any tool that reads it.
 */
static void test_used_again(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct us_journal *j = fixture_open(&f, US_JOURNAL_LIVE);
    ino_t seen[64] = {0};
    size_t files = 0;
    size_t again = 0;
    bool clear = true;
    while (us_journal_end(j).segment < 40) {
        us_mark mark = us_arena_mark(&f.arena);
        struct stat st;
        char name[US_NAME_MAX];
        us_code code = fixture_write(&f, j, 2, NULL);
        us_assert(code == US_OK);
        us_pos end = us_journal_end(j);
        snprintf(name, sizeof name, US_NAME_PLAIN, end.segment);
        if (end.offset && files < 64) {
            us_str file = fixture_file(&f, name);
            for (size_t i = end.offset; i < file.len; i++)
                clear &= file.ptr[i] == '\n';
            us_str path = fixture_path(&f, name);
            us_assert(stat(us_arena_cstr(&f.arena, path), &st) == 0);
            bool known = false;
            for (size_t i = 0; i + 1 < files; i++)
                known |= seen[i] == st.st_ino;
            again += known;
            if (!files || seen[files - 1] != st.st_ino) seen[files++] = st.st_ino;
        }
        us_arena_pop(&f.arena, mark);
    }
    us_journal_close(j);
    printf("# %zu files one after the other, %zu groups in used ones\n", files, again);
    CHECK_AS(t, clear && again > 0, "a file used again holds nothing of before");
    fixture_done(&f);
}

/* ---- long groups, small groups ---- */

static void test_forms(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct us_journal *j = fixture_open(&f, US_JOURNAL_LIVE);
    struct us_group g[6];
    static const uint64_t lines[] = {2, 40, 40, 2, 2, 40};
    static const uint32_t in[] = {1, 2, 3, 4, 4, 5};
    bool good = true;
    for (size_t i = 0; i < 6; i++) { /* placed ahead, as a loader may want it */
        g[i] = fixture_group(&f, lines[i]);
        us_journal_place(j, &g[i]);
        good &= g[i].plain == (lines[i] == 2) && g[i].at.segment == in[i];
    }
    CHECK_AS(t, good, "a long group goes into a sealed segment of its own");
    for (size_t i = 0; i < 6; i++) {
        good &= us_journal_write(j, &g[i], NULL) == US_OK;
        good &= us_journal_last_seq(j) == g[i].last_seq;
        good &= fixture_holds(&f, g[i].last_seq);
    }
    CHECK_AS(t, good, "each is there when it is written");
    CHECK(t, fixture_has(&f, "00000003.ndjson.zst"));
    CHECK(t, !fixture_has(&f, "00000003.ndjson"));
    CHECK(t, us_journal_seal(j, NULL) == US_OK && us_journal_end(j).segment == 6);
    CHECK(t, fixture_write(&f, j, 2, NULL) == US_OK && us_journal_end(j).segment == 6);
    us_journal_close(j);
    CHECK(t, fixture_at_rest(&f) && fixture_holds(&f, f.seq));
    fixture_done(&f);
}

/* Many large ones are packed at once; small ones end that. */
static void test_mean(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct us_journal_tuning tuning = fixture_tuning();
    struct us_journal *j;
    tuning.plain_mean = 1200;
    tuning.segment_bytes = 1 << 20;
    CHECK(t, us_journal_open_tuned(f.dir, US_JOURNAL_LIVE, &tuning, &j, NULL) == US_OK);
    static const uint64_t lines[] = {1, 5, 1};
    bool good = true;
    bool was = true;
    int turns = 0;
    bool at_end[3] = {false};
    for (int i = 0; i < 300; i++) {
        us_mark mark = us_arena_mark(&f.arena);
        struct us_group g = fixture_group(&f, lines[i / 100]);
        if (lines[i / 100] == 1) { /* the shortest line there is */
            g = (struct us_group){.bytes = us_new(&f.arena, char, 600),
                .len = 3,
                .lines = 1,
                .last_seq = f.seq};
            memcpy(g.bytes, "{}\n", 3);
        }
        us_journal_place(j, &g);
        good &= us_journal_write(j, &g, NULL) == US_OK;
        turns += g.plain != was;
        was = at_end[i / 100] = g.plain;
        us_arena_pop(&f.arena, mark);
    }
    CHECK(t, good && turns == 2 && at_end[0] && !at_end[1] && at_end[2]);
    CHECK(t, us_journal_end(j).segment < 12);
    us_journal_close(j);
    CHECK(t, fixture_at_rest(&f));
    fixture_done(&f);
}

/* Groups of a line or two share a frame: they would be packed badly else. */
static void test_small_groups(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct us_journal_tuning tuning = us_journal_usual;
    tuning.plain_bytes = 8 << 20;
    tuning.plain_group = 1 << 20;
    struct us_journal *j;
    us_pos at[700];
    CHECK(t, us_journal_open_tuned(f.dir, US_JOURNAL_LIVE, &tuning, &j, NULL) == US_OK);
    bool good = true;
    for (int i = 0; i < 700; i++) {
        struct us_group g = fixture_group(&f, i == 350 ? 900 : 1);
        us_journal_place(j, &g);
        at[i] = g.at;
        good &= us_journal_write(j, &g, NULL) == US_OK;
    }
    us_journal_close(j);
    struct us_dir d;
    struct us_segment s;
    struct us_index x;
    us_code code = us_dir_open(f.dir, false, &d, NULL);
    us_assert(code == US_OK);
    code = us_segment_open(&d, 1, O_RDONLY, &s, NULL);
    us_assert(code == US_OK && !s.plain);
    code = us_index_load(&d, 1, s.fd, &f.arena, &x, NULL);
    us_assert(code == US_OK);
    CHECK(t, good && x.sealed && x.count >= 3 && x.count <= 8);
    close(s.fd);
    us_dir_close(&d);
    CHECK(t, fixture_holds(&f, f.seq));
    for (int i = 0; i < 700; i++) {
        us_mark mark = us_arena_mark(&f.arena);
        struct all all = fixture_read(&f.arena, f.dir, at[i]);
        good &= all.code == US_NOT_FOUND && all.groups == (size_t)(700 - i);
        us_arena_pop(&f.arena, mark);
    }
    CHECK_AS(t, good, "each can be read from in the middle of a frame");
    fixture_done(&f);
}

/* ---- killed at every step ---- */

static _Atomic int steps_left;

static void stop_there(const char *done)
{
    (void)done;
    if (atomic_fetch_sub(&steps_left, 1) == 1) kill(getpid(), SIGKILL);
}

static void child(void *ctx, int pipe)
{
    struct fixture *f = ctx;
    struct us_journal_tuning tuning = fixture_tuning();
    struct us_journal *j;
    tuning.step = stop_there;
    if (us_journal_open_tuned(f->dir, US_JOURNAL_LIVE, &tuning, &j, NULL) != US_OK)
        _exit(1);
    f->seq = us_journal_last_seq(j);
    for (int i = 0; i < 60; i++) {
        us_mark mark = us_arena_mark(&f->arena);
        if (fixture_write(f, j, i % 20 == 19 ? 40 : 3, NULL) != US_OK) _exit(2);
        if (write(pipe, &f->seq, sizeof f->seq) != sizeof f->seq) _exit(3);
        us_arena_pop(&f->arena, mark);
    }
    us_journal_close(j);
    _exit(0);
}

/* Lives that end at their first, second, third … step, each in what the one before
 * left; until one comes to its end. */
static void test_steps(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    bool good = true;
    bool over = false;
    int64_t said = 0;
    int steps = 0;
    while (!over && good && steps < 500) {
        int status = 0;
        atomic_store(&steps_left, ++steps);
        int64_t more = fixture_life(child, &f, 0, &status);
        if (more) said = more;
        over = WIFEXITED(status);
        good &= !over || WEXITSTATUS(status) == 0;
        struct us_journal *j;
        good &= us_journal_open(f.dir, US_JOURNAL_READ, &j, NULL) == US_OK;
        int64_t last = us_journal_last_seq(j);
        us_journal_close(j);
        good &= last == said || (!over && last > said && last <= said + 40);
        good &= fixture_holds(&f, last);
        said = last;
    }
    printf("# %d lives, %" PRId64 " lines\n", steps, said);
    CHECK_AS(t, good && over && steps > 40, "killed at any step, nothing is lost");
    CHECK(t, fixture_at_rest(&f));
    fixture_done(&f);
}

/* ---- sealing that fails ---- */

static _Atomic bool seals_fail;

static int no_seals(int fd)
{
    char path[64];
    char name[512];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(path, name, sizeof name);
    us_str file = {name, n > 0 ? (size_t)n : 0};
    if (!atomic_load(&seals_fail) || !us_str_has_suffix(file, US_S(".part"))) return 0;
    errno = ENOSPC;
    return -1;
}

/* The thread gets there in a moment, or never. */
static bool soon(struct fixture *f, bool (*is)(struct fixture *f))
{
    for (int i = 0; i < 2000 && !is(f); i++)
        usleep(1000);
    return is(f);
}

static bool has_no_spare(struct fixture *f)
{
    return !fixture_has(f, "spare") && !fixture_has(f, "spare.part");
}

static bool is_behind_none(struct fixture *f)
{
    return fixture_files(f, ".ndjson") <= 1;
}

static void test_no_seal(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct us_journal_tuning tuning = fixture_tuning();
    tuning.sync = no_seals;
    tuning.plain_waiting = 2;
    struct us_journal *j;
    atomic_store(&seals_fail, true);
    CHECK(t, us_journal_open_tuned(f.dir, US_JOURNAL_LIVE, &tuning, &j, NULL) == US_OK);
    bool good = true;
    for (int i = 0; i < 60; i++)
        good &= fixture_write(&f, j, 3, NULL) == US_OK;
    CHECK_AS(t, good, "what cannot be sealed stops nobody");
    CHECK(t, fixture_files(&f, ".zst") == 0 && fixture_files(&f, ".ndjson") > 5);
    CHECK(t, fixture_holds(&f, f.seq));
    CHECK_AS(t, soon(&f, has_no_spare), "the next file gives its room to it");
    atomic_store(&seals_fail, false);
    for (int i = 0; i < 6; i++)
        good &= fixture_write(&f, j, 3, NULL) == US_OK;
    CHECK_AS(t, good && soon(&f, is_behind_none), "and it is sealed as soon as it can");
    atomic_store(&seals_fail, true);
    for (int i = 0; i < 20; i++)
        good &= fixture_write(&f, j, 3, NULL) == US_OK;
    us_journal_close(j);
    CHECK(t, good && fixture_holds(&f, f.seq) && fixture_files(&f, ".part") == 0);
    CHECK(t, (j = fixture_open(&f, US_JOURNAL_LIVE)) != NULL);
    CHECK(t, us_journal_last_seq(j) == f.seq);
    us_journal_close(j);
    CHECK_AS(
        t, fixture_at_rest(&f) && fixture_holds(&f, f.seq), "or when it is opened");
    fixture_done(&f);
}

/* ---- a folder that changes while it is read ---- */

enum { TURNS = 3000, OTHERS = 4000 };

struct turning {
    char path[64];          /* on a disk, where names lie in the order of their hash */
    _Atomic uint32_t there; /* segments up to it exist, by one name or the other */
};

static void name_put(const struct turning *x, bool plain, uint32_t n, bool there)
{
    char name[US_NAME_MAX];
    char path[256];
    if (plain)
        snprintf(name, sizeof name, US_NAME_PLAIN, n);
    else
        snprintf(name, sizeof name, US_NAME_TEXT, n);
    snprintf(path, sizeof path, "%s/%s", x->path, name);
    int fd = there ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd >= 0) close(fd);
    if (!there) unlink(path);
}

/* Each segment is made plain, gets its sealed form, and is plain no more. */
static void *turn(void *ctx)
{
    struct turning *x = ctx;
    for (uint32_t n = 1; n <= TURNS; n++) {
        name_put(x, true, n, true);
        x->there = n;
        name_put(x, false, n, true);
        name_put(x, true, n, false);
    }
    return NULL;
}

/* What was sealed while the folder was read may be seen by neither of its names: a
 * server that began anew did not know the ids of its last segment, once in a thousand
 * starts, and took twice what clients sent again. */
static void test_turning(struct us_tap *t)
{
    struct turning x = {.path = "/tmp/usher-turning-XXXXXX"};
    us_assert(mkdtemp(x.path));
    struct us_dir d;
    pthread_t thread;
    bool good = us_dir_open(us_str_c(x.path), false, &d, NULL) == US_OK;
    for (uint32_t n = 0; n < OTHERS; n++) { /* a look takes a while */
        char path[128];
        snprintf(path, sizeof path, "%s/%u.ids", x.path, n);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        close(fd);
    }
    us_assert(pthread_create(&thread, NULL, turn, &x) == 0);
    uint32_t looks = 0;
    for (uint32_t there = 0; there < TURNS; looks++) {
        uint32_t first;
        uint32_t last;
        there = x.there;
        good &= us_dir_range(&d, &first, &last, NULL) == US_OK;
        good &= last >= there && (!there || first == 1);
    }
    pthread_join(thread, NULL);
    us_dir_close(&d);
    CHECK_AS(t, good && looks > 2, "no segment is missed that turns while one looks");
    us_code code = us_file_remove_tree(us_str_c(x.path), NULL);
    us_assert(code == US_OK);
}

int main(void)
{
    struct us_tap t = {0};
    test_round_trip(&t);
    test_tail(&t);
    test_named(&t);
    test_beside(&t);
    test_used_again(&t);
    test_forms(&t);
    test_mean(&t);
    test_small_groups(&t);
    test_steps(&t);
    test_no_seal(&t);
    test_turning(&t);
    return us_tap_done(&t);
}
