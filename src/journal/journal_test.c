#include "journal/journal_fixture.h"
#include "json/json.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static_assert(
    (int)US_JOURNAL_PAD == (int)US_JSON_PAD, "readers pad for the JSON scanner");

static struct us_journal *must_open(struct fixture *f, bool write)
{
    struct us_journal_tuning t = fixture_tuning();
    struct us_journal *j = NULL;
    us_code code = us_journal_open_tuned(f->dir, write, &t, &j, NULL);
    us_assert(code == US_OK);
    return j;
}

static bool same(us_pos a, us_pos b)
{
    return a.segment == b.segment && a.offset == b.offset;
}

static void test_round_trip(struct us_tap *t)
{
    struct fixture f;
    struct us_error e = {0};
    fixture_init(&f);
    struct us_journal *j;
    f.dir = fixture_path(&f, "data/journal");
    CHECK(t, us_journal_open(f.dir, false, &j, &e) == US_NOT_FOUND);
    CHECK(t, us_str_eq(us_str_c(e.key), US_S("journal.missing")));
    CHECK(t, us_journal_open(f.dir, true, &j, NULL) == US_OK);
    CHECK(t, same(us_journal_end(j), (us_pos){1, 0}) && us_journal_last_seq(j) == 0);
    struct us_group g = fixture_group(&f, 3);
    size_t len = g.len;
    us_journal_place(j, &g);
    CHECK(t, same(g.at, (us_pos){1, 0}) && g.len > len && !g.seals);
    CHECK(t, g.bytes[g.len - 1] == '\n' && g.len - len <= US_COMMIT_BYTES_MAX);
    CHECK(t, us_journal_write(j, &g, NULL) == US_OK);
    CHECK(t, same(us_journal_end(j), (us_pos){1, g.len}));
    CHECK(t, us_journal_last_seq(j) == 3);
    struct all all = fixture_read(&f.arena, f.dir, (us_pos){0});
    CHECK_AS(t, all.groups == 1 && us_str_eq(all.text, fixture_text(&f.arena, 3)),
        "a group is read while its segment is in work");
    CHECK(t, all.code == US_NOT_FOUND && same(all.end, us_journal_end(j)));
    us_journal_close(j);
    all = fixture_read(&f.arena, f.dir, (us_pos){0});
    CHECK(t, all.groups == 1 && us_str_eq(all.text, fixture_text(&f.arena, 3)));
    CHECK(t, same(all.end, (us_pos){2, 0}));
    CHECK(t, us_journal_open(f.dir, false, &j, NULL) == US_OK);
    CHECK(t, us_journal_last_seq(j) == 3 && same(us_journal_end(j), (us_pos){2, 0}));
    us_journal_close(j);
    f.dir = us_str_c(f.path);
    fixture_done(&f);
}

/* Groups over many segments and openings; every group's position can be read from. */
static void test_many(struct us_tap *t)
{
    enum { GROUPS = 120 };
    struct fixture f;
    fixture_init(&f);
    us_pos at[GROUPS];
    int64_t seq[GROUPS];
    struct us_journal *j = must_open(&f, true);
    bool good = true;
    for (int i = 0; i < GROUPS; i++) {
        if (i % 31 == 30) {
            us_journal_close(j);
            j = must_open(&f, true);
        }
        if (i % 17 == 16) good &= us_journal_seal(j, NULL) == US_OK;
        seq[i] = f.seq;
        struct us_group g = fixture_group(&f, (uint64_t)(i % 5) + 1);
        us_journal_place(j, &g);
        good &= same(g.at, us_journal_end(j));
        good &= us_journal_write(j, &g, NULL) == US_OK;
        at[i] = g.at;
    }
    CHECK_AS(t, good, "groups stand where the end was");
    CHECK(t, at[GROUPS - 1].segment > 10);
    us_journal_close(j);
    us_str whole = fixture_text(&f.arena, f.seq);
    for (int i = 0; i < GROUPS; i++) {
        us_mark mark = us_arena_mark(&f.arena);
        struct all all = fixture_read(&f.arena, f.dir, at[i]);
        size_t before = fixture_text(&f.arena, seq[i]).len;
        good &= all.groups == (size_t)(GROUPS - i) && all.code == US_NOT_FOUND;
        good &= us_str_eq(all.text, us_str_slice(whole, before, whole.len));
        us_arena_pop(&f.arena, mark);
    }
    CHECK_AS(t, good, "reading from every group gives the rest");
    us_pos bad[] = {{at[5].segment, at[5].offset + 1}, {2, 1 << 20}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(t, fixture_read(&f.arena, f.dir, bad[i]).code == US_INPUT);
    j = must_open(&f, false);
    CHECK(t, us_journal_last_seq(j) == f.seq);
    us_journal_close(j);
    fixture_done(&f);
}

enum { AHEAD = 200 };

struct writing {
    struct us_journal *j;
    struct us_group groups[AHEAD];
    _Atomic int placed;
    bool good;
};

static void *write_placed(void *ctx)
{
    struct writing *w = ctx;
    w->good = true;
    for (int i = 0; i < AHEAD; i++) {
        while (atomic_load(&w->placed) <= i)
            sched_yield();
        w->good &= us_journal_write(w->j, &w->groups[i], NULL) == US_OK;
    }
    return NULL;
}

/* Placed in one thread, well ahead of what another writes. */
static void test_place_ahead(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct us_journal *j = must_open(&f, true);
    struct writing *w = us_new(&f.arena, struct writing, 1);
    w->j = j;
    size_t seals = 0;
    pthread_t thread;
    us_assert(pthread_create(&thread, NULL, write_placed, w) == 0);
    for (int i = 0; i < AHEAD; i++) {
        w->groups[i] = fixture_group(&f, 4);
        us_journal_place(j, &w->groups[i]);
        seals += w->groups[i].seals;
        atomic_store(&w->placed, i + 1);
    }
    us_assert(pthread_join(thread, NULL) == 0);
    CHECK(t, w->good && seals > 3);
    struct us_group lost = fixture_group(&f, 1);
    us_journal_place(j, &lost);
    CHECK_AS(t, us_journal_seal(j, NULL) == US_OK, "a placed group may be dropped");
    f.seq--;
    CHECK(t, fixture_write(&f, j, 1, NULL) == US_OK);
    us_journal_close(j);
    struct all all = fixture_read(&f.arena, f.dir, (us_pos){0});
    CHECK(t, all.groups == AHEAD + 1);
    CHECK(t, us_str_eq(all.text, fixture_text(&f.arena, f.seq)));
    fixture_done(&f);
}

/* A line longer than a frame, and a frame at exactly the limit. */
static void test_long_lines(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct us_journal *j = must_open(&f, true);
    static const size_t sizes[] = {1, 699, 700, 701, 1400, 3 << 20};
    struct us_buf b = us_buf_new(&f.arena, 64 << 20);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t k = 0; k + 1 < sizes[i]; k++)
            us_buf_char(&b, (char)('a' + k * k % 23));
        us_buf_char(&b, '\n');
    }
    us_str text = us_arena_str(&f.arena, us_buf_str(&b));
    struct us_group g = {.len = b.len, .lines = sizeof sizes / sizeof *sizes};
    g.bytes = us_new(&f.arena, char, g.len + US_COMMIT_BYTES_MAX);
    memcpy(g.bytes, text.ptr, text.len);
    us_journal_place(j, &g);
    CHECK(t, g.seals && us_journal_write(j, &g, NULL) == US_OK);
    us_journal_close(j);
    struct all all = fixture_read(&f.arena, f.dir, (us_pos){0});
    CHECK(t, us_str_eq(all.text, text));
    us_str line;
    us_pos at = {1, text.len - sizes[5]};
    CHECK(t, us_journal_line(f.dir, at, &f.arena, &line, NULL) == US_OK);
    CHECK(t, us_str_eq(line, us_str_slice(text, at.offset, text.len - 1)));
    fixture_done(&f);
}

/* Every line by position, in sealed segments and in the one in work. */
static void test_lines(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct us_journal *j = must_open(&f, true);
    CHECK(t, fixture_fill(&f, j, 33) == US_OK);
    struct us_journal_reader *r;
    CHECK(t, us_journal_reader_open(f.dir, (us_pos){0}, &r, NULL) == US_OK);
    us_str text;
    us_pos at;
    us_pos next;
    int64_t seq = 0;
    bool good = true;
    while (us_journal_reader_next(r, &text, &at, &next, NULL) == US_OK) {
        us_str rest = text;
        while (rest.len) {
            us_mark mark = us_arena_mark(&f.arena);
            us_pos here = {at.segment, at.offset + (uint64_t)(rest.ptr - text.ptr)};
            us_str want = us_str_cut(rest, '\n', &rest);
            us_str line;
            good &= us_journal_line(f.dir, here, &f.arena, &line, NULL) == US_OK;
            good &= us_str_eq(line, want);
            us_str made = us_str_trim(fixture_line(&f.arena, ++seq));
            good &= us_str_eq(line, made);
            us_arena_pop(&f.arena, mark);
        }
    }
    us_journal_reader_close(r);
    CHECK_AS(t, good && seq == f.seq, "every line is found by its position");
    CHECK(t, us_journal_line(f.dir, (us_pos){1, 1}, &f.arena, &text, NULL) == US_INPUT);
    us_pos past = {1, 1 << 20};
    CHECK(t, us_journal_line(f.dir, past, &f.arena, &text, NULL) == US_NOT_FOUND);
    past.segment = 99;
    CHECK(t, us_journal_line(f.dir, past, &f.arena, &text, NULL) == US_NOT_FOUND);
    us_journal_close(j);
    fixture_done(&f);
}

/* One reader that goes on as the writer does, over seals and new segments. */
static void test_tail(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct us_journal *j = must_open(&f, true);
    struct us_journal_reader *r;
    us_str text;
    us_pos at;
    us_pos next;
    CHECK(t, us_journal_reader_open(f.dir, (us_pos){0}, &r, NULL) == US_OK);
    CHECK(t, us_journal_reader_next(r, &text, &at, &next, NULL) == US_NOT_FOUND);
    bool good = true;
    for (int i = 0; i < 60; i++) {
        good &= fixture_write(&f, j, 2, NULL) == US_OK;
        good &= us_journal_reader_next(r, &text, &at, &next, NULL) == US_OK;
        us_str first = us_str_cut(text, '\n', &text);
        us_str made = us_str_trim(fixture_line(&f.arena, f.seq - 1));
        good &= us_str_eq(first, made);
        good &= same(next, us_journal_end(j));
        good &= us_journal_reader_next(r, &text, &at, &next, NULL) == US_NOT_FOUND;
        if (i % 7 == 6) good &= us_journal_seal(j, NULL) == US_OK;
    }
    CHECK_AS(t, good, "a reader follows the writer");
    us_journal_reader_close(r);
    us_journal_close(j);
    fixture_done(&f);
}

static void test_sizes_and_lock(struct us_tap *t)
{
    struct fixture f;
    struct us_error e = {0};
    fixture_init(&f);
    struct us_journal *j = must_open(&f, true);
    CHECK(t, fixture_fill(&f, j, 20) == US_OK);
    struct us_journal *second = NULL;
    CHECK(t, us_journal_open(f.dir, true, &second, &e) == US_BUSY && !second);
    CHECK(t, us_str_eq(us_str_c(e.key), US_S("journal.busy")));
    CHECK(t, us_journal_open(f.dir, false, &second, NULL) == US_OK);
    CHECK(t, same(us_journal_end(second), us_journal_end(j)));
    CHECK(t, us_journal_last_seq(second) == f.seq);
    us_journal_close(second);
    us_journal_close(j);
    struct us_journal_sizes sizes;
    CHECK(t, us_journal_sizes(f.dir, &sizes, NULL) == US_OK);
    uint64_t disk = 0;
    for (uint32_t n = 1; n <= sizes.segments; n++) {
        char name[US_NAME_MAX];
        snprintf(name, sizeof name, US_NAME_TEXT, n);
        disk += fixture_file(&f, name).len;
    }
    CHECK(t, sizes.segments > 2 && sizes.disk == disk);
    CHECK(t, sizes.text > fixture_text(&f.arena, f.seq).len);
    fixture_done(&f);
}

/* What any tool sees: the text with its commit lines. */
static void test_zstdcat(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct us_journal *j = must_open(&f, true);
    struct us_buf want = us_buf_new(&f.arena, 1 << 20);
    for (int i = 0; i < 12; i++) {
        struct us_group g = fixture_group(&f, 3);
        us_journal_place(j, &g);
        us_code code = us_journal_write(j, &g, NULL);
        us_assert(code == US_OK);
        us_buf_put(&want, (us_str){g.bytes, g.len});
    }
    us_journal_close(j);
    char command[256];
    snprintf(command, sizeof command, "zstdcat %s/*.zst 2>/dev/null", f.path);
    FILE *pipe = popen(command, "r");
    char *got = us_new(&f.arena, char, want.len + 1);
    size_t len = pipe ? fread(got, 1, want.len + 1, pipe) : 0;
    bool there = pipe && pclose(pipe) == 0;
    if (there)
        CHECK(t, us_str_eq((us_str){got, len}, us_buf_str(&want)));
    else
        printf("# skipped: no zstdcat on this machine\n");
    fixture_done(&f);
}

int main(void)
{
    struct us_tap t = {0};
    test_round_trip(&t);
    test_many(&t);
    test_place_ahead(&t);
    test_long_lines(&t);
    test_lines(&t);
    test_tail(&t);
    test_sizes_and_lock(&t);
    test_zstdcat(&t);
    return us_tap_done(&t);
}
