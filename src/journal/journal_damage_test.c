/* Files cut short and bytes turned: what is read back is always a beginning of what was
 * written, in whole groups, or damage is reported. */
#include "journal/journal_fixture.h"

#include <sys/stat.h>

/* Unmapping an arena takes milliseconds under ASan: some bytes must do there. */
#if defined(__SANITIZE_ADDRESS__)
enum { STEP = 41 };
#else
enum { STEP = 1 };
#endif

static const char SEGMENT[] = "00000001.ndjson.zst";

static us_code open_small(struct fixture *f, bool write, struct us_journal **j)
{
    struct us_journal_tuning t = fixture_tuning();
    t.segment_bytes = 1 << 20;
    t.frame_bytes = 300;
    return us_journal_open_tuned(f->dir, write, &t, j, NULL);
}

struct written {
    us_str file;     /* the sealed segment */
    size_t disk[16]; /* after each group */
    size_t text[16]; /* without commit lines */
    int64_t seq[16];
    size_t groups;
};

static size_t disk_size(struct fixture *f)
{
    struct stat st;
    int bad = stat(us_arena_cstr(&f->arena, fixture_path(f, SEGMENT)), &st);
    return bad ? 0 : (size_t)st.st_size;
}

static struct written write_small(struct fixture *f, size_t groups)
{
    struct written w = {.groups = groups};
    struct us_journal *j;
    us_code code = open_small(f, true, &j);
    us_assert(code == US_OK);
    for (size_t i = 0; i < groups; i++) {
        code = fixture_write(f, j, i % 3 + 1, NULL);
        us_assert(code == US_OK);
        w.disk[i] = disk_size(f);
        w.seq[i] = f->seq;
        w.text[i] = fixture_text(&f->arena, f->seq).len;
    }
    us_journal_close(j);
    w.file = fixture_file(f, SEGMENT);
    return w;
}

/* How many groups a file of so many bytes must give. */
static size_t groups_in(const struct written *w, size_t bytes)
{
    size_t n = 0;
    while (n < w->groups && w->disk[n] <= bytes)
        n++;
    return n;
}

static bool cut_at(struct fixture *f, const struct written *w, size_t bytes)
{
    size_t n = groups_in(w, bytes);
    us_str want = fixture_text(&f->arena, n ? w->seq[n - 1] : 0);
    fixture_put(f, SEGMENT, us_str_slice(w->file, 0, bytes));
    struct all all = fixture_read(&f->arena, f->dir, (us_pos){0});
    bool good =
        all.groups == n && us_str_eq(all.text, want) && all.code == US_NOT_FOUND;

    struct us_journal *j;
    good &= open_small(f, false, &j) == US_OK;
    good &= us_journal_last_seq(j) == (n ? w->seq[n - 1] : 0);
    us_journal_close(j);
    good &= disk_size(f) == bytes;

    good &= open_small(f, true, &j) == US_OK;
    good &= us_journal_last_seq(j) == (n ? w->seq[n - 1] : 0);
    good &= us_journal_end(j).segment == (n ? 2 : 1);
    f->seq = us_journal_last_seq(j);
    good &= fixture_write(f, j, 2, NULL) == US_OK;
    us_journal_close(j);
    all = fixture_read(&f->arena, f->dir, (us_pos){0});
    good &= all.groups == n + 1 && all.code == US_NOT_FOUND;
    good &= us_str_eq(all.text, fixture_text(&f->arena, f->seq));
    if (n) unlink(us_arena_cstr(&f->arena, fixture_path(f, "00000002.ndjson.zst")));
    return good;
}

static void test_cut(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct written w = write_small(&f, 6);
    CHECK(t, w.file.len > w.disk[5] && w.file.len < 8000);
    size_t bad = SIZE_MAX;
    for (size_t i = 0; i <= w.file.len && bad == SIZE_MAX; i += STEP) {
        us_mark mark = us_arena_mark(&f.arena);
        if (!cut_at(&f, &w, i)) bad = i;
        us_arena_pop(&f.arena, mark);
    }
    if (bad != SIZE_MAX) printf("# cut at byte %zu of %zu\n", bad, w.file.len);
    CHECK_AS(t, bad == SIZE_MAX, "cut at every byte, it opens to the last whole group");
    fixture_done(&f);
}

static void turn(char *byte, size_t bit)
{
    *byte = (char)((unsigned char)*byte ^ 1U << bit);
}

static void test_flip(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct written w = write_small(&f, 3);
    us_str whole = fixture_text(&f.arena, f.seq);
    char *bytes = us_new(&f.arena, char, w.file.len);
    size_t bad = SIZE_MAX;
    size_t told = 0;
    for (size_t i = 0; i < w.file.len * 8 && bad == SIZE_MAX; i += STEP) {
        us_mark mark = us_arena_mark(&f.arena);
        memcpy(bytes, w.file.ptr, w.file.len);
        turn(&bytes[i / 8], i % 8);
        fixture_put(&f, SEGMENT, (us_str){bytes, w.file.len});
        struct all all = fixture_read(&f.arena, f.dir, (us_pos){0});
        bool same = all.code == US_NOT_FOUND && us_str_eq(all.text, whole);
        bool damage = all.code == US_INPUT && us_str_has_prefix(whole, all.text);
        if (!same && !damage) bad = i;
        told += damage;
        us_arena_pop(&f.arena, mark);
    }
    if (bad != SIZE_MAX) printf("# bit %zu of %zu bytes\n", bad, w.file.len);
    CHECK_AS(
        t, bad == SIZE_MAX, "any bit turned: damage is told, or the text is right");
    CHECK(t, told * STEP >= w.disk[2] * 8 * 9 / 10);
    fixture_done(&f);
}

/* The text that positions count in, with commit lines. */
static us_str whole_text(struct fixture *f, const struct written *w)
{
    struct us_buf b = us_buf_new(&f->arena, 1 << 20);
    struct us_dir d;
    struct us_scan s;
    us_code code = us_dir_open(f->dir, false, &d, NULL);
    us_assert(code == US_OK);
    us_scan_init(&s, &d, &f->arena);
    struct us_segment segment;
    code = us_segment_open(&d, 1, 0, &segment, NULL);
    us_assert(code == US_OK);
    us_scan_start(&s, 1, segment.fd, segment.plain);
    us_str text;
    for (size_t i = 0; i < w->groups; i++) {
        code = us_scan_next(&s, NULL, &text, NULL);
        us_assert(code == US_OK);
        us_buf_put(&b, us_scan_group(&s, text));
    }
    close(segment.fd);
    us_scan_done(&s);
    us_dir_close(&d);
    return us_buf_str(&b);
}

/* Every line by position, and the byte after: as it was, or an error. */
static bool lines_hold(struct fixture *f, us_str text, size_t *errors)
{
    bool good = true;
    us_str rest = text;
    while (rest.len) {
        us_pos at = {1, (uint64_t)(rest.ptr - text.ptr)};
        us_str want = us_str_cut(rest, '\n', &rest);
        us_str line;
        us_code code = us_journal_line(f->dir, at, &f->arena, &line, NULL);
        good &= code == US_OK ? us_str_eq(line, want) : code == US_INPUT;
        *errors += code != US_OK;
        at.offset++;
        good &= us_journal_line(f->dir, at, &f->arena, &line, NULL) == US_INPUT;
    }
    return good;
}

static void test_flip_lines(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    struct written w = write_small(&f, 3);
    us_str whole = whole_text(&f, &w);
    char *bytes = us_new(&f.arena, char, w.file.len);
    size_t errors = 0;
    CHECK(t, lines_hold(&f, whole, &errors) && errors == 0);
    size_t bad = SIZE_MAX;
    for (size_t i = 0; i < w.file.len && bad == SIZE_MAX; i += STEP) {
        us_mark mark = us_arena_mark(&f.arena);
        memcpy(bytes, w.file.ptr, w.file.len);
        turn(&bytes[i], i % 8);
        fixture_put(&f, SEGMENT, (us_str){bytes, w.file.len});
        if (!lines_hold(&f, whole, &errors)) bad = i;
        us_arena_pop(&f.arena, mark);
    }
    if (bad != SIZE_MAX) printf("# byte %zu of %zu\n", bad, w.file.len);
    printf("# %zu refused in %zu turned bytes\n", errors, w.file.len);
    CHECK_AS(t, bad == SIZE_MAX && errors * STEP > w.disk[2] / 2,
        "a bit turned: a line by position is right or refused");
    fixture_done(&f);
}

/* A group whose first line is `line`; two more follow. */
static struct us_group group_with(struct fixture *f, us_str line)
{
    struct us_group g = fixture_group(f, 2);
    char *bytes = us_new(&f->arena, char, line.len + g.len + US_COMMIT_BYTES_MAX);
    memcpy(bytes, line.ptr, line.len);
    memcpy(bytes + line.len, g.bytes, g.len);
    g.bytes = bytes;
    g.len += line.len;
    g.lines++;
    return g;
}

/* What a client might send, were it to reach the start of a line and the end of a
 * frame: an old commit line, and one that claims all but a chain it cannot know. */
static us_str forged(
    struct fixture *f, int how, const struct us_commit *old, uint64_t at)
{
    char text[US_COMMIT_BYTES_MAX];
    struct us_commit c = *old;
    if (how > 0) {
        c.group = old->group + 1;
        c.from = c.to = at;
        c.sum = us_print_of((us_str){"", 0});
    }
    if (how == 2) c.chain = us_commit_chain(&c, (us_print){0});
    size_t len = us_commit_write(&c, text);
    us_str line = us_arena_str(&f->arena, (us_str){text, len});
    if (how < 3) return line;
    struct us_buf b = us_buf_new(&f->arena, 4096);
    us_buf_put(&b, US_S("{\"us\":{\"seq\":1},\"m\":{\"text\":"));
    us_buf_json(&b, (us_str){text, len});
    us_buf_put(&b, US_S("}}\n"));
    return us_buf_str(&b);
}

static void test_forged(struct us_tap *t)
{
    for (int how = 0; how < 4; how++) {
        struct fixture f;
        fixture_init(&f);
        struct us_journal *j;
        CHECK(t, open_small(&f, true, &j) == US_OK);
        struct us_group g = fixture_group(&f, 2);
        us_journal_place(j, &g);
        CHECK(t, us_journal_write(j, &g, NULL) == US_OK);
        struct us_commit old;
        size_t start;
        CHECK(t, us_commit_read((us_str){g.bytes, g.len}, &old, &start));
        us_str line = forged(&f, how, &old, g.len);
        size_t before = disk_size(&f);
        size_t frames = j->pack.index.count;
        struct us_group h = group_with(&f, line);
        us_journal_place(j, &h);
        CHECK(t, us_journal_write(j, &h, NULL) == US_OK);
        size_t after = disk_size(&f);
        CHECK(t, j->pack.index.entries[frames].text == line.len);
        CHECK(t, j->pack.index.count > frames + 1);
        struct all all = fixture_read(&f.arena, f.dir, (us_pos){0});
        CHECK(t, all.groups == 2);
        us_journal_close(j);
        us_str file = fixture_file(&f, SEGMENT);
        bool good = true;
        for (size_t i = before; i < after; i += STEP) {
            fixture_put(&f, SEGMENT, us_str_slice(file, 0, i));
            all = fixture_read(&f.arena, f.dir, (us_pos){0});
            good &= all.groups == 1 && all.code == US_NOT_FOUND;
        }
        good &= open_small(&f, true, &j) == US_OK;
        us_journal_close(j);
        good &= disk_size(&f) < before + 200;
        CHECK_AS(t, good, "a line that looks like a commit line ends no group");
        fixture_done(&f);
    }
}

int main(void)
{
    struct us_tap t = {0};
    test_cut(&t);
    test_flip(&t);
    test_flip_lines(&t);
    test_forged(&t);
    return us_tap_done(&t);
}
