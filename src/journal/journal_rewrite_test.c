/* Lines taken out of sealed segments: the others stay where they were, whatever is
 * killed when. */
#include "journal/journal_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

enum { GROUPS = 60, GONE = 3, ROUNDS = 60 };

/* Every GONE-th line goes. */
struct editing {
    int64_t gone;
    bool none; /* nothing is to go */
};

static int64_t seq_of(us_str line)
{
    int64_t seq = 0;
    us_str_int(us_str_cut(us_str_slice(line, 13, line.len), '}', &line), &seq);
    return seq;
}

static bool goes(int64_t seq)
{
    return seq % GONE == 0;
}

static us_code edit(
    void *ctx, us_pos at, char *text, size_t len, bool *changed, struct us_error *e)
{
    (void)at;
    (void)e;
    struct editing *x = ctx;
    for (us_str rest = {text, len}; rest.len;) {
        size_t from = (size_t)(rest.ptr - text);
        us_str line = us_str_cut(rest, '\n', &rest);
        if (!line.len || x->none || !goes(seq_of(line))) continue;
        memset(text + from, '\n', line.len);
        x->gone++;
        *changed = true;
    }
    return US_OK;
}

static us_code rewrite_all(struct fixture *f, const struct us_journal_tuning *t,
    struct editing *x, struct us_error *e)
{
    uint32_t first;
    uint32_t last;
    bool changed;
    US_TRY(us_journal_range(f->dir, &first, &last, e));
    for (uint32_t n = first; n <= last; n++)
        US_TRY(us_journal_rewrite_tuned(f->dir, n, t, edit, x, &changed, e));
    return US_OK;
}

static void fill(struct fixture *f, us_journal_how how)
{
    struct us_journal *j = fixture_open(f, how);
    us_code code = fixture_fill(f, j, GROUPS);
    us_assert(code == US_OK);
    us_journal_close(j);
}

/* A reader of all of it that has taken so many groups. */
static struct us_journal_reader *reader_after(struct fixture *f, size_t groups)
{
    struct us_journal_reader *r;
    us_str text;
    us_pos at;
    us_pos next;
    us_code code = us_journal_reader_open(f->dir, (us_pos){0}, &r, NULL);
    for (; groups && code == US_OK; groups--)
        code = us_journal_reader_next(r, &text, &at, &next, NULL);
    us_assert(code == US_OK);
    return r;
}

/* The text with the lines that go as line ends. */
static us_str text_without(struct fixture *f, us_str text)
{
    char *copy = us_new(&f->arena, char, text.len + 1);
    bool changed = false;
    struct editing x = {0};
    memcpy(copy, text.ptr, text.len);
    us_code code = edit(&x, (us_pos){0}, copy, text.len, &changed, NULL);
    us_assert(code == US_OK && changed);
    return (us_str){copy, text.len};
}

static void test_taken_out(struct us_tap *t, us_journal_how how)
{
    struct fixture f;
    struct us_error e = {0};
    struct editing x = {0};
    struct us_journal_tuning tuning = fixture_tuning();
    fixture_init(&f);
    fill(&f, how);
    struct all before = fixture_read(&f.arena, f.dir, (us_pos){0});
    us_str want = text_without(&f, before.text);
    CHECK(t, rewrite_all(&f, &tuning, &x, &e) == US_OK && x.gone == f.seq / GONE);
    struct all after = fixture_read(&f.arena, f.dir, (us_pos){0});
    CHECK(t, after.code == US_NOT_FOUND && after.groups == before.groups);
    CHECK_AS(t, us_str_eq(after.text, want), "the others stay where they were");
    CHECK(t, after.end.segment == before.end.segment &&
                 after.end.offset == before.end.offset);
    CHECK(t, fixture_at_rest(&f));
    /* A writer goes on after it. */
    struct us_journal *j = fixture_open(&f, how);
    CHECK(t, us_journal_last_seq(j) == f.seq);
    CHECK(t, fixture_write(&f, j, 2, NULL) == US_OK);
    us_journal_close(j);
    struct all more = fixture_read(&f.arena, f.dir, (us_pos){0});
    CHECK(t, more.code == US_NOT_FOUND && more.groups == before.groups + 1);
    fixture_done(&f);
}

/* Positions of lines that stay find them; of those that went, nothing. */
static void test_lines(struct us_tap *t)
{
    struct fixture f;
    struct editing x = {0};
    struct us_journal_tuning tuning = fixture_tuning();
    fixture_init(&f);
    fill(&f, US_JOURNAL_WRITE);
    struct us_journal_reader *r = reader_after(&f, 0);
    us_pos *places = us_new(&f.arena, us_pos, (size_t)f.seq + 1);
    us_str text;
    us_pos at;
    us_pos next;
    int64_t seq = 0;
    while (us_journal_reader_next(r, &text, &at, &next, NULL) == US_OK)
        for (us_str rest = text; rest.len;) {
            uint64_t from = at.offset + (uint64_t)(rest.ptr - text.ptr);
            us_str_cut(rest, '\n', &rest);
            places[++seq] = (us_pos){at.segment, from};
        }
    us_journal_reader_close(r);
    CHECK(t, seq == f.seq && rewrite_all(&f, &tuning, &x, NULL) == US_OK);
    bool stay = true;
    bool went = true;
    for (int64_t i = 1; i <= seq; i++) {
        us_str line;
        struct us_error e = {0};
        us_code code = us_journal_line(f.dir, places[i], &f.arena, &line, &e);
        us_str wanted = us_str_trim(fixture_line(&f.arena, i));
        if (goes(i))
            went &=
                code == US_INPUT && us_str_eq(us_str_c(e.key), US_S("journal.no_line"));
        else
            stay &= code == US_OK && us_str_eq(line, wanted);
    }
    CHECK_AS(t, stay, "a line that stays is found by its position");
    CHECK_AS(t, went, "one that went is not");
    fixture_done(&f);
}

/* Nothing to take out: the files are not touched. */
static void test_none(struct us_tap *t)
{
    struct fixture f;
    struct editing x = {.none = true};
    struct us_journal_tuning tuning = fixture_tuning();
    struct stat before;
    struct stat after;
    fixture_init(&f);
    fill(&f, US_JOURNAL_LIVE);
    const char *path = us_arena_cstr(&f.arena, fixture_path(&f, "00000001.ndjson.zst"));
    CHECK(t, stat(path, &before) == 0);
    CHECK(t, rewrite_all(&f, &tuning, &x, NULL) == US_OK);
    CHECK(t, stat(path, &after) == 0 && before.st_ino == after.st_ino);
    CHECK(t, fixture_at_rest(&f) && fixture_holds(&f, f.seq));
    fixture_done(&f);
}

/* A reader that stands in the middle reads on. */
static void test_reader(struct us_tap *t)
{
    struct fixture f;
    struct editing x = {0};
    struct us_journal_tuning tuning = fixture_tuning();
    fixture_init(&f);
    fill(&f, US_JOURNAL_WRITE);
    struct us_journal_reader *r = reader_after(&f, 3);
    us_str text;
    us_pos at;
    us_pos next;
    us_code code;
    size_t groups = 3;
    CHECK(t, rewrite_all(&f, &tuning, &x, NULL) == US_OK);
    while ((code = us_journal_reader_next(r, &text, &at, &next, NULL)) == US_OK)
        groups++;
    CHECK_AS(t, code == US_NOT_FOUND && groups == GROUPS, "a reader at work reads on");
    us_journal_reader_close(r);
    fixture_done(&f);
}

/* ---- damage ---- */

static void test_damaged(struct us_tap *t)
{
    struct fixture f;
    struct editing x = {0};
    struct us_journal_tuning tuning = fixture_tuning();
    struct us_error e = {0};
    fixture_init(&f);
    fill(&f, US_JOURNAL_WRITE);
    us_str file = fixture_file(&f, "00000002.ndjson.zst");
    char *broken = us_arena_cstr(&f.arena, file);
    broken[file.len / 3] ^= 1;
    fixture_put(&f, "00000002.ndjson.zst", (us_str){broken, file.len});
    CHECK(t, rewrite_all(&f, &tuning, &x, &e) == US_INPUT);
    CHECK(t, us_str_eq(us_str_c(e.key), US_S("journal.damaged")));
    CHECK_AS(t,
        us_str_eq(fixture_file(&f, "00000002.ndjson.zst"), (us_str){broken, file.len}),
        "what is damaged stays for all to see");
    CHECK(t, fixture_files(&f, ".part") == 0);
    fixture_done(&f);
}

/* After it damage is found as before. */
static void test_damaged_after(struct us_tap *t)
{
    struct fixture f;
    struct editing x = {0};
    struct us_journal_tuning tuning = fixture_tuning();
    fixture_init(&f);
    fill(&f, US_JOURNAL_LIVE);
    CHECK(t, rewrite_all(&f, &tuning, &x, NULL) == US_OK);
    us_str file = fixture_file(&f, "00000001.ndjson.zst");
    size_t found = 0;
    size_t tries = 0;
    for (size_t at = 20; at < file.len; at += 97, tries++) {
        us_mark mark = us_arena_mark(&f.arena);
        char *broken = us_arena_cstr(&f.arena, file);
        broken[at] ^= 4;
        fixture_put(&f, "00000001.ndjson.zst", (us_str){broken, file.len});
        struct all all = fixture_read(&f.arena, f.dir, (us_pos){0});
        struct all good = {0};
        fixture_put(&f, "00000001.ndjson.zst", file);
        good = fixture_read(&f.arena, f.dir, (us_pos){0});
        found += all.code == US_INPUT || us_str_eq(all.text, good.text);
        us_arena_pop(&f.arena, mark);
    }
    CHECK_AS(t, tries > 10 && found == tries, "no flipped bit gives another text");
    fixture_done(&f);
}

static void test_not_sealed(struct us_tap *t)
{
    struct fixture f;
    struct editing x = {0};
    struct us_journal_tuning tuning = fixture_tuning();
    struct us_error e = {0};
    bool changed;
    bool sealed = true;
    fixture_init(&f);
    struct us_journal *j = fixture_open(&f, US_JOURNAL_LIVE);
    CHECK(t, fixture_write(&f, j, 3, NULL) == US_OK);
    CHECK(t, us_journal_rewrite_tuned(f.dir, 1, &tuning, edit, &x, &changed, &e) ==
                 US_REFUSED);
    CHECK(t, us_journal_is_sealed(f.dir, 2, &sealed, NULL) == US_OK && !sealed);
    CHECK(t, us_journal_is_sealed(f.dir, 1, &sealed, NULL) == US_OK && sealed);
    us_journal_close(j);
    CHECK(t, us_journal_is_sealed(f.dir, 2, &sealed, NULL) == US_OK && sealed);
    CHECK(t, fixture_holds(&f, f.seq));
    fixture_done(&f);
}

/* ---- killed ---- */

static const char *dies_at;
static int dies_after;

static void dying_step(const char *done)
{
    if (!us_str_eq(us_str_c(done), us_str_c(dies_at))) return;
    if (dies_after-- == 0) kill(getpid(), SIGKILL);
}

static void killed_child(void *ctx, int pipe)
{
    struct fixture *f = ctx;
    struct editing x = {0};
    struct us_journal_tuning tuning = fixture_tuning();
    tuning.step = dying_step;
    us_code code = rewrite_all(f, &tuning, &x, NULL);
    _exit(code == US_OK && write(pipe, &x.gone, sizeof x.gone) > 0 ? 0 : 1);
}

/* Of each segment the old text or the new one. */
static bool old_or_new(struct fixture *f, us_str old, us_str new)
{
    struct all all = fixture_read(&f->arena, f->dir, (us_pos){0});
    if (all.code != US_NOT_FOUND || all.text.len != old.len) return false;
    for (us_str rest = all.text; rest.len;) {
        size_t at = (size_t)(rest.ptr - all.text.ptr);
        us_str line = us_str_cut(rest, '\n', &rest);
        size_t end = at + line.len;
        if (!us_str_eq(line, us_str_slice(old, at, end)) &&
            !us_str_eq(line, us_str_slice(new, at, end)))
            return false;
    }
    return true;
}

static void test_killed(struct us_tap *t, const char *step)
{
    struct fixture f;
    bool good = true;
    dies_at = step;
    for (int after = 0; after < 4 && good; after++) {
        fixture_init(&f);
        fill(&f, US_JOURNAL_WRITE);
        struct editing x = {0};
        struct us_journal_tuning tuning = fixture_tuning();
        int status = 0;
        us_str old = fixture_text(&f.arena, f.seq);
        us_str new = text_without(&f, old);
        dies_after = after;
        fixture_life(killed_child, &f, 0, &status);
        good &= WIFSIGNALED(status) && old_or_new(&f, old, new);
        struct us_journal *j = fixture_open(&f, US_JOURNAL_WRITE);
        good &= us_journal_last_seq(j) == f.seq;
        us_journal_close(j);
        good &= fixture_at_rest(&f) && old_or_new(&f, old, new);
        good &= rewrite_all(&f, &tuning, &x, NULL) == US_OK;
        struct all all = fixture_read(&f.arena, f.dir, (us_pos){0});
        good &= us_str_eq(all.text, new);
        fixture_done(&f);
    }
    CHECK_AS(t, good, step);
}

/* At any instant, not only between steps. */
static void test_killed_anywhere(struct us_tap *t)
{
    struct fixture f;
    bool good = true;
    size_t killed = 0;
    uint64_t random = 7;
    dies_at = "never";
    for (int i = 0; i < ROUNDS && good; i++) {
        fixture_init(&f);
        fill(&f, US_JOURNAL_LIVE);
        int status = 0;
        us_str old = fixture_text(&f.arena, f.seq);
        us_str new = text_without(&f, old);
        random = random * 6364136223846793005U + 1442695040888963407U;
        fixture_life(killed_child, &f, (long)(random >> 33) % 4000 + 200, &status);
        killed += WIFSIGNALED(status);
        good &= old_or_new(&f, old, new);
        fixture_done(&f);
    }
    printf("# %zu of %d lives ended before they were done\n", killed, ROUNDS);
    CHECK_AS(t, good && killed > 0, "after SIGKILL each segment is the old or the new");
}

/* ---- whole segments ---- */

static void test_drop(struct us_tap *t)
{
    struct fixture f;
    uint32_t first;
    uint32_t last;
    fixture_init(&f);
    fill(&f, US_JOURNAL_WRITE);
    CHECK(t, us_journal_range(f.dir, &first, &last, NULL) == US_OK && last > 2);
    struct all second = fixture_read(&f.arena, f.dir, (us_pos){2, 0});
    CHECK(t, us_journal_drop_first(f.dir, 1, NULL) == US_OK);
    CHECK(t, !fixture_has(&f, "00000001.ndjson.zst"));
    CHECK(t, !fixture_has(&f, "00000001.ids"));
    struct all all = fixture_read(&f.arena, f.dir, (us_pos){0});
    CHECK(t, all.code == US_NOT_FOUND && us_str_eq(all.text, second.text));
    struct us_journal *j = fixture_open(&f, US_JOURNAL_LIVE);
    CHECK(t, us_journal_last_seq(j) == f.seq);
    CHECK(t, fixture_write(&f, j, 2, NULL) == US_OK);
    us_journal_close(j);
    fixture_done(&f);
}

static void test_used(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    CHECK(t, us_journal_drop_used(f.dir, NULL) == US_OK);
    fixture_put(&f, "spare.part", US_S("old text\n"));
    CHECK(t, us_journal_drop_used(f.dir, NULL) == US_OK);
    CHECK(t, !fixture_has(&f, "spare.part"));
    fixture_done(&f);
}

int main(void)
{
    struct us_tap t = {0};
    test_taken_out(&t, US_JOURNAL_WRITE);
    test_taken_out(&t, US_JOURNAL_LIVE);
    test_lines(&t);
    test_none(&t);
    test_reader(&t);
    test_damaged(&t);
    test_damaged_after(&t);
    test_not_sealed(&t);
    test_killed(&t, "packed");
    test_killed(&t, "sealed");
    test_killed(&t, "named");
    test_killed(&t, "holds");
    test_killed_anywhere(&t);
    test_drop(&t);
    test_used(&t);
    return us_tap_done(&t);
}
