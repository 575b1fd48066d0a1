/* What follows the text of a plain segment: a torn group, old ones, nothing; and
 * damage, which is none of them. */
#include "journal/journal_fixture.h"

#if defined(__SANITIZE_ADDRESS__)
enum { STEP = 37 };
#else
enum { STEP = 1 };
#endif

#define PLAIN "00000001.ndjson"

struct ends {
    us_str file;     /* as a process that was killed left it */
    size_t text[16]; /* after each group */
    int64_t seq[16];
    size_t groups;
};

/* A plain segment of some groups, and no journal around it. */
static struct ends write_plain(struct fixture *f, size_t groups)
{
    struct ends x = {.groups = groups};
    struct us_journal *j = fixture_open(f, US_JOURNAL_LIVE);
    f->seq = 0;
    for (size_t i = 0; i < groups; i++) {
        us_code code = fixture_write(f, j, i % 2 + 1, NULL);
        us_assert(code == US_OK);
        x.text[i] = (size_t)us_journal_end(j).offset;
        x.seq[i] = f->seq;
    }
    x.file = fixture_file(f, PLAIN);
    us_journal_close(j);
    return x;
}

static void empty_folder(struct fixture *f)
{
    us_str *names = NULL;
    size_t count = 0;
    us_code code = us_file_list(f->dir, &f->arena, &names, &count, NULL);
    us_assert(code == US_OK);
    for (size_t i = 0; i < count; i++) {
        us_str path = us_file_join(&f->arena, f->dir, names[i]);
        unlink(us_arena_cstr(&f->arena, path));
    }
}

/* The segment was `bytes` when the machine stopped: it is read, opened, gone on with,
 * and has the first n groups. */
static bool opens_to(
    struct fixture *f, const struct ends *x, us_str bytes, size_t n, us_journal_how how)
{
    us_mark mark = us_arena_mark(&f->arena);
    int64_t seq = n ? x->seq[n - 1] : 0;
    empty_folder(f);
    fixture_put(f, PLAIN, bytes);
    bool good = fixture_holds(f, seq);
    struct us_journal *j;
    good &= us_journal_open(f->dir, US_JOURNAL_READ, &j, NULL) == US_OK;
    good &= us_journal_last_seq(j) == seq;
    us_journal_close(j);
    j = fixture_open(f, how);
    good &= us_journal_last_seq(j) == seq;
    good &= us_journal_end(j).segment == (n ? 2 : 1);
    f->seq = seq;
    good &= fixture_holds(f, seq);
    good &= fixture_write(f, j, 2, NULL) == US_OK && fixture_holds(f, f->seq);
    us_journal_close(j);
    good &= fixture_at_rest(f) && fixture_holds(f, f->seq);
    us_arena_pop(&f->arena, mark);
    return good;
}

/* The first `at` bytes came to the disk; after them stands what was there before. */
static us_str torn(struct fixture *f, us_str file, size_t at, us_str before)
{
    char *bytes = us_new(&f->arena, char, file.len);
    memset(bytes, '\n', file.len);
    memcpy(bytes, before.ptr, before.len < file.len ? before.len : file.len);
    memcpy(bytes, file.ptr, at);
    return (us_str){bytes, file.len};
}

/* Whole ones: the last byte of one is a line end, as what was there before may be. */
static size_t groups_in(const struct ends *x, us_str bytes)
{
    size_t n = 0;
    while (n < x->groups && x->text[n] <= bytes.len &&
           memcmp(bytes.ptr, x->file.ptr, x->text[n]) == 0)
        n++;
    return n;
}

/* The file of a second segment. */
static us_str write_other(struct fixture *f)
{
    struct us_journal *j = fixture_open(f, US_JOURNAL_LIVE);
    us_code code = fixture_write(f, j, 1, NULL);
    if (code == US_OK) code = us_journal_seal(j, NULL);
    for (int i = 0; i < 6 && code == US_OK; i++)
        code = fixture_write(f, j, 2, NULL);
    us_assert(code == US_OK);
    us_str file = fixture_file(f, "00000002.ndjson");
    us_journal_close(j);
    empty_folder(f);
    return file;
}

static void test_torn(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    us_str old = write_other(&f);
    struct ends x = write_plain(&f, 4);
    us_str was[] = {{"", 0}, old, us_str_slice(old, 200, old.len)};
    for (size_t k = 0; k < sizeof was / sizeof *was; k++) {
        size_t bad = SIZE_MAX;
        size_t step = k ? 5 * STEP : STEP;
        for (size_t at = x.text[1]; at <= x.text[3] && bad == SIZE_MAX; at += step) {
            us_mark mark = us_arena_mark(&f.arena);
            us_str bytes = torn(&f, x.file, at, was[k]);
            us_journal_how how = at % 8 ? US_JOURNAL_WRITE : US_JOURNAL_LIVE;
            if (!opens_to(&f, &x, bytes, groups_in(&x, bytes), how)) bad = at;
            us_arena_pop(&f.arena, mark);
        }
        if (bad != SIZE_MAX) printf("# torn at byte %zu, before it %zu\n", bad, k);
        CHECK_AS(t, bad == SIZE_MAX, "torn at any byte, it opens to the last group");
    }
    /* A file that grew, for want of a cleared one, just ends. */
    size_t bad = SIZE_MAX;
    for (size_t at = 0; at <= x.text[3] && bad == SIZE_MAX; at += 7) {
        us_str bytes = us_str_slice(x.file, 0, at);
        if (!opens_to(&f, &x, bytes, groups_in(&x, bytes), US_JOURNAL_LIVE)) bad = at;
    }
    CHECK_AS(t, bad == SIZE_MAX, "cut at any byte too");
    fixture_done(&f);
}

/* Groups of another segment, whole and in order, follow: none passes for one of this.
 */
static void test_used_file(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    us_str second = write_other(&f);
    struct ends x = write_plain(&f, 4);
    for (size_t n = 0; n <= 4; n++) {
        /* Where a group of the other begins, so that they come at a line's start. */
        size_t at = n ? x.text[n - 1] : 0;
        char *bytes = us_new(&f.arena, char, x.file.len);
        memset(bytes, '\n', x.file.len);
        memcpy(bytes, x.file.ptr, at);
        memcpy(bytes + at, second.ptr, second.len - at);
        us_str old = {bytes, x.file.len};
        CHECK_AS(t,
            opens_to(&f, &x, old, n, n % 2 ? US_JOURNAL_LIVE : US_JOURNAL_WRITE),
            "old groups in a file used again are none");
    }
    fixture_done(&f);
}

/* ---- damage is no torn end ---- */

static us_code read_code(struct fixture *f)
{
    us_mark mark = us_arena_mark(&f->arena);
    us_code code = fixture_read(&f->arena, f->dir, (us_pos){0}).code;
    us_arena_pop(&f->arena, mark);
    return code;
}

static void test_damage(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct ends x = write_plain(&f, 6);
    char *bytes = us_new(&f.arena, char, x.file.len);
    size_t refused = 0;
    size_t cut = 0;
    size_t tried = 0;
    bool good = true;
    for (size_t i = 0; i < x.text[5]; i += 7 * STEP) {
        us_mark mark = us_arena_mark(&f.arena);
        memcpy(bytes, x.file.ptr, x.file.len);
        bytes[i] = (char)((unsigned char)bytes[i] ^ 1U << i % 8);
        empty_folder(&f);
        fixture_put(&f, PLAIN, (us_str){bytes, x.file.len});
        struct us_journal_tuning tuning = fixture_tuning();
        struct us_journal *j;
        us_code code = us_journal_open_tuned(f.dir, US_JOURNAL_LIVE, &tuning, &j, NULL);
        tried++;
        refused += code == US_INPUT;
        cut += code == US_OK;
        /* Only the last group may be missing: it could have been torn. */
        if (code == US_OK) good &= us_journal_last_seq(j) == x.seq[4];
        if (code == US_OK) us_journal_close(j);
        us_arena_pop(&f.arena, mark);
    }
    printf("# %zu turned: %zu refused, %zu cut\n", tried, refused, cut);
    CHECK_AS(t, good && refused + cut == tried && cut > 0 && refused > cut,
        "what was durable once is never cut");
    fixture_done(&f);
}

/* In a segment that has a later one. It is not sealed, and readers say so. */
static void test_damage_before(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct ends x = write_plain(&f, 4);
    empty_folder(&f);
    struct us_journal *j = fixture_open(&f, US_JOURNAL_LIVE);
    bool good = fixture_write(&f, j, 1, NULL) == US_OK;
    good &= us_journal_seal(j, NULL) == US_OK;
    good &= fixture_write(&f, j, 2, NULL) == US_OK;
    us_journal_close(j);
    char *bytes = us_new(&f.arena, char, x.file.len);
    static const size_t group[] = {0, 2, 3}; /* the last one, and others */
    for (size_t k = 0; k < 3 && good; k++) {
        memcpy(bytes, x.file.ptr, x.file.len);
        us_pos place = {1, group[k] ? x.text[group[k] - 1] : 0};
        bytes[place.offset + 20] ^= 1;
        unlink(us_arena_cstr(&f.arena, fixture_path(&f, "00000001.ndjson.zst")));
        fixture_put(&f, PLAIN, (us_str){bytes, x.file.len});
        CHECK_AS(t, read_code(&f) == US_INPUT, "damage is told");
        us_journal_how how = k % 2 ? US_JOURNAL_WRITE : US_JOURNAL_LIVE;
        us_journal_close(fixture_open(&f, how));
        CHECK_AS(t, fixture_has(&f, PLAIN) && !fixture_has(&f, "00000001.ndjson.zst"),
            "and never sealed");
        CHECK(t, read_code(&f) == US_INPUT);
        us_str line;
        CHECK(t, us_journal_line(f.dir, place, &f.arena, &line, NULL) == US_INPUT);
        place.offset = 0;
        us_code first = us_journal_line(f.dir, place, &f.arena, &line, NULL);
        CHECK_AS(t, first == (group[k] ? US_OK : US_INPUT), "lines elsewhere are read");
    }
    CHECK(t, good);
    fixture_done(&f);
}

/* Both forms, as after a crash between the two names: the sealed one holds. */
static void test_both(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct ends x = write_plain(&f, 4);
    us_str sealed = fixture_file(&f, "00000001.ndjson.zst");
    us_str other = us_str_slice(x.file, x.text[0], x.file.len);
    fixture_put(&f, PLAIN, other);
    fixture_put(&f, "00000007.part", other);
    fixture_put(&f, "spare.part", other);
    CHECK(t, fixture_holds(&f, f.seq));
    struct us_journal *j = fixture_open(&f, US_JOURNAL_LIVE);
    CHECK(t, us_journal_last_seq(j) == f.seq && us_journal_end(j).segment == 2);
    CHECK(t, !fixture_has(&f, PLAIN) && !fixture_has(&f, "00000007.part"));
    us_journal_close(j);
    CHECK(t, fixture_at_rest(&f) && fixture_holds(&f, f.seq));
    CHECK(t, us_str_eq(fixture_file(&f, "00000001.ndjson.zst"), sealed));
    fixture_done(&f);
}

int main(void)
{
    struct us_tap t = {0};
    test_torn(&t);
    test_used_file(&t);
    test_damage(&t);
    test_damage_before(&t);
    test_both(&t);
    return us_tap_done(&t);
}
