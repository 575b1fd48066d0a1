#include "base/time.h"
#include "journal/journal_fixture.h"

#include <sys/stat.h>

struct printer {
    size_t lines; /* that it was asked for */
};

/* Lines whose seq ends in 0 have no id. */
static bool print_line(void *ctx, us_str line, us_print *out, int64_t *known)
{
    struct printer *p = ctx;
    p->lines++;
    us_str rest = line;
    us_str_cut(rest, ':', &rest);
    us_str_cut(rest, ':', &rest);
    us_str seq = us_str_cut(rest, '}', &rest);
    if (!us_str_int(seq, known)) return false;
    if (us_str_has_suffix(seq, US_S("0"))) return false;
    *out = us_print_of(line);
    return true;
}

/* Writes a group and appends the fingerprints of its lines. */
static us_code write_with_ids(
    struct fixture *f, struct us_journal *j, uint64_t lines, bool append)
{
    us_print prints[64];
    size_t count = 0;
    struct printer p = {0};
    int64_t known = 0;
    struct us_group g = fixture_group(f, lines);
    us_str text = {g.bytes, g.len};
    while (text.len) {
        us_str line = us_str_cut(text, '\n', &text);
        count += print_line(&p, line, &prints[count], &known);
    }
    struct us_ids_group ids = {prints, count, known - (int64_t)lines + 1, known};
    us_journal_place(j, &g);
    US_TRY(us_journal_write(j, &g, NULL));
    return append ? us_ids_append(j, &ids, NULL) : US_OK;
}

/* Loads; says how many lines had to be read for it. All ids must be there. */
static size_t load(struct us_tap *t, struct fixture *f, int64_t seq, const char *what)
{
    struct printer p = {0};
    struct us_print_map map;
    us_print_map_init(&map);
    struct us_ids_wanted all = {.print = print_line, .ctx = &p, .since = US_ALWAYS};
    int64_t last = 0;
    bool good = us_ids_load(f->dir, &all, &map, &last, NULL) == US_OK && last == seq;
    good &= map.count == (size_t)(seq - seq / 10);
    for (int64_t i = 1; i <= seq; i++) {
        us_mark mark = us_arena_mark(&f->arena);
        us_str line = us_str_trim(fixture_line(&f->arena, i));
        good &= (us_print_map_find(&map, us_print_of(line)) == NULL) == (i % 10 == 0);
        us_arena_pop(&f->arena, mark);
    }
    us_print_map_done(&map);
    CHECK_AS(t, good, what);
    return p.lines;
}

static void test_ids(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct us_journal_tuning tuning = fixture_tuning();
    struct us_journal *j;
    CHECK(t, us_journal_open_tuned(f.dir, true, &tuning, &j, NULL) == US_OK);
    bool good = true;
    for (int i = 0; i < 52; i++)
        good &= write_with_ids(&f, j, (uint64_t)(i % 5) + 1, true) == US_OK;
    CHECK(t, good && us_journal_end(j).segment > 4);
    size_t work = load(t, &f, f.seq, "ids while a segment is in work");
    CHECK_AS(t, work > 0 && work < (size_t)f.seq / 2, "its lines alone are read");
    us_journal_close(j);
    CHECK_AS(t, load(t, &f, f.seq, "ids of sealed segments") == 0, "no line is read");

    us_str whole = fixture_file(&f, "00000002.ids");
    char *bad = us_new(&f.arena, char, whole.len);
    size_t step = 7;
    for (size_t i = 0; i < whole.len; i += step) {
        memcpy(bad, whole.ptr, whole.len);
        bad[i] ^= 1;
        fixture_put(&f, "00000002.ids", (us_str){bad, whole.len});
        good &= load(t, &f, f.seq, "ids with a damaged sidecar") > 0;
        good &= us_str_eq(fixture_file(&f, "00000002.ids"), whole);
    }
    for (size_t i = 0; i < whole.len; i += step) {
        fixture_put(&f, "00000002.ids", us_str_slice(whole, 0, i));
        good &= load(t, &f, f.seq, "ids with a cut sidecar") > 0;
    }
    good &= us_str_eq(fixture_file(&f, "00000002.ids"), whole);
    us_str third = fixture_file(&f, "00000003.ids");
    fixture_put(&f, "00000002.ids", third);
    CHECK_AS(t, load(t, &f, f.seq, "ids of another segment") > 0, "are not believed");
    unlink(us_arena_cstr(&f.arena, fixture_path(&f, "00000002.ids")));
    good &= load(t, &f, f.seq, "ids with a missing sidecar") > 0;
    good &= us_str_eq(fixture_file(&f, "00000002.ids"), whole);
    CHECK_AS(t, good, "what is made anew is what was there");

    /* Those of another writer are left to it. */
    struct printer p = {0};
    struct us_print_map map;
    us_print_map_init(&map);
    struct us_ids_wanted beside = {
        .print = print_line, .ctx = &p, .since = US_ALWAYS, .below = 3};
    unlink(us_arena_cstr(&f.arena, fixture_path(&f, "00000002.ids")));
    unlink(us_arena_cstr(&f.arena, fixture_path(&f, "00000003.ids")));
    CHECK(t, us_ids_load(f.dir, &beside, &map, NULL, NULL) == US_OK);
    CHECK_AS(t, us_file_exists(fixture_path(&f, "00000002.ids")), "ours is made anew");
    CHECK_AS(t, !us_file_exists(fixture_path(&f, "00000003.ids")), "another's is not");
    us_print_map_done(&map);
    fixture_done(&f);
}

/* A caller that forgets to append gets a slower start, not a wrong one. */
static void test_forgotten(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct us_journal_tuning tuning = fixture_tuning();
    struct us_journal *j;
    CHECK(t, us_journal_open_tuned(f.dir, true, &tuning, &j, NULL) == US_OK);
    bool good = true;
    for (int i = 0; i < 40; i++)
        good &= write_with_ids(&f, j, 3, i % 11 != 5) == US_OK;
    us_journal_close(j);
    CHECK(t, good);
    CHECK(t, load(t, &f, f.seq, "ids where groups were not appended") > 0);
    CHECK(t, load(t, &f, f.seq, "the same, once made anew") == 0);
    us_str path = fixture_path(&f, "00000001.ndjson.zst");
    unlink(us_arena_cstr(&f.arena, path));
    unlink(us_arena_cstr(&f.arena, fixture_path(&f, "00000003.ndjson.zst")));
    struct us_print_map map;
    struct printer p = {0};
    struct us_error e;
    struct us_ids_wanted all = {.print = print_line, .ctx = &p, .since = US_ALWAYS};
    us_print_map_init(&map);
    CHECK(t, us_ids_load(f.dir, &all, &map, NULL, &e) == US_INPUT);
    CHECK(t, us_str_eq(us_str_c(e.key), US_S("journal.gap")));
    us_print_map_done(&map);
    fixture_done(&f);
}

/* Loads what was known from `since` on, and no more than `most` ids. */
static size_t load_late(
    struct fixture *f, int64_t since, size_t most, int64_t *first, size_t *read)
{
    struct printer p = {0};
    struct us_print_map map;
    struct us_ids_wanted w = {
        .print = print_line, .ctx = &p, .since = since, .most = most};
    int64_t last = 0;
    us_print_map_init(&map);
    us_code code = us_ids_load(f->dir, &w, &map, &last, NULL);
    us_assert(code == US_OK && last == f->seq);
    size_t count = map.count;
    *first = 0;
    for (int64_t i = f->seq; i > 0; i--) {
        us_mark mark = us_arena_mark(&f->arena);
        us_str line = us_str_trim(fixture_line(&f->arena, i));
        if (us_print_map_find(&map, us_print_of(line))) *first = i;
        us_arena_pop(&f->arena, mark);
    }
    *read = p.lines;
    us_print_map_done(&map);
    return count;
}

/* Of a server's segments, as it was stopped and as it was killed. Known is seq here. */
static void test_late(struct us_tap *t)
{
    struct fixture f;
    int64_t first;
    size_t read;
    fixture_init(&f);
    struct us_journal *j = fixture_open(&f, US_JOURNAL_LIVE);
    bool good = true;
    for (int i = 0; i < 40; i++)
        good &= write_with_ids(&f, j, 3, true) == US_OK;
    us_journal_close(j);
    CHECK(t, good && us_journal_sizes(f.dir, &(struct us_journal_sizes){0}, NULL) == 0);
    size_t all = (size_t)(f.seq - f.seq / 10);
    CHECK(t, load_late(&f, US_ALWAYS, 0, &first, &read) == all && read == 0);
    CHECK_AS(t, load_late(&f, US_NEVER, 0, &first, &read) == 0 && read == 0,
        "none wanted: it still says what was known last");
    size_t some = load_late(&f, 61, 0, &first, &read);
    CHECK_AS(t, some < all && first > 30 && first <= 61 && read == 0,
        "segments of before are left out, by what their sidecars say");
    CHECK(t, load_late(&f, f.seq + 1, 0, &first, &read) == 0);
    some = load_late(&f, US_ALWAYS, 50, &first, &read);
    CHECK_AS(t, some > 30 && some <= 50 && first > 60, "the newest come first");

    /* A process that was killed: one segment plain, without the end of its sidecar. */
    j = fixture_open(&f, US_JOURNAL_LIVE);
    for (int i = 0; i < 3; i++)
        good &= write_with_ids(&f, j, 3, true) == US_OK;
    us_pos end = us_journal_end(j);
    CHECK(t, good && end.offset > 0);
    some = load_late(&f, f.seq - 4, 0, &first, &read);
    CHECK_AS(t, first > f.seq - 5 && some >= 4 && read == 9,
        "of the segment in work the lines are read, those of before left out");
    CHECK(
        t, load_late(&f, US_ALWAYS, 0, &first, &read) == (size_t)(f.seq - f.seq / 10));
    CHECK_AS(t, read == 0, "its sidecar was made anew");
    us_journal_close(j);
    fixture_done(&f);
}

int main(void)
{
    struct us_tap t = {0};
    test_ids(&t);
    test_forgotten(&t);
    test_late(&t);
    return us_tap_done(&t);
}
