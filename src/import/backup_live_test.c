/* Backups from under a writer whose plain segments turn into sealed ones all the while:
 * each holds a beginning of what was written, at least as far as it was durable when
 * the backup was begun, in sealed segments alone, and its sums are those of its files.
 */
#include "import/backup.h"
#include "journal/journal_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

enum { BACKUPS = 12 };

struct writing {
    struct fixture f; /* its dir is the journal */
    _Atomic int64_t durable;
    _Atomic bool stop;
    bool good;
};

static void *write_on(void *ctx)
{
    struct writing *w = ctx;
    struct us_journal *j = fixture_open(&w->f, US_JOURNAL_LIVE);
    w->good = true;
    while (!atomic_load(&w->stop) && w->good) {
        us_mark mark = us_arena_mark(&w->f.arena);
        w->good = fixture_write(&w->f, j, 3, NULL) == US_OK;
        atomic_store(&w->durable, w->f.seq);
        us_arena_pop(&w->f.arena, mark);
    }
    us_journal_close(j);
    return NULL;
}

/* The copy's lines; -1 when they are no beginning of what was written. */
static int64_t lines_of(struct us_arena *a, us_str journal)
{
    struct all all = fixture_read(a, journal, (us_pos){0});
    int64_t seq = 0;
    if (all.code != US_NOT_FOUND) return -1;
    for (us_str rest = all.text; rest.len;) {
        us_mark mark = us_arena_mark(a);
        us_str line = us_str_cut(rest, '\n', &rest);
        if (!us_str_eq(line, us_str_trim(fixture_line(a, ++seq)))) return -1;
        us_arena_pop(a, mark);
    }
    return seq;
}

static bool one_backup(struct us_arena *a, us_str space, int i, int64_t durable)
{
    struct us_backup made;
    struct us_backup read;
    struct us_error e = {0};
    us_str usher = US_S("usher.yml");
    us_str dest = us_arena_fmt(a, "%.*s/backup-%d", US_ARG(space), i);
    struct us_backup_options o = {
        .dir = space, .paths = &usher, .path_count = 1, .usher = US_S("0")};
    if (us_backup_make(&o, dest, a, &made, &e) != US_OK) {
        printf("# %s\n", e.key);
        return false;
    }
    bool good = us_backup_read(dest, a, &read, &e) == US_OK;
    good = good && us_backup_check(dest, &read, NULL, NULL, a, &e) == US_OK;
    for (size_t k = 0; good && k < read.file_count; k++)
        good = !us_str_has_suffix(read.files[k].path, US_S(".ndjson")) &&
               !us_str_has_suffix(read.files[k].path, US_S(".part"));
    int64_t seq = lines_of(a, us_file_join(a, dest, US_S("data/journal")));
    good = good && seq >= durable && seq == read.seq;
    if (!good)
        printf("# backup %d: %" PRId64 " lines of %" PRId64 "\n", i, seq, durable);
    us_code code = us_file_remove_tree(dest, &e);
    return good && code == US_OK;
}

/* ---- a group that ends behind what was read, and begins before it ---- */

enum { CHUNK = 1 << 20, BEFORE = 8 << 10 };

struct growing {
    struct fixture *f;
    struct us_journal *j;
    bool good, grown;
};

/* When the first chunk of the segment is read. */
static void grow(void *ctx, const char *what, int64_t done, int64_t total)
{
    (void)what;
    (void)total;
    struct growing *g = ctx;
    if (g->grown || done < CHUNK - BEFORE) return;
    g->grown = true;
    while (g->good && us_journal_end(g->j).offset < CHUNK + BEFORE)
        g->good = fixture_write(g->f, g->j, 3, NULL) == US_OK;
}

static void grows(struct us_tap *t, struct us_arena *a)
{
    struct fixture f;
    fixture_init(&f);
    us_str space = f.dir;
    us_str usher = US_S("usher.yml");
    us_str dest = us_file_join(a, space, US_S("grown"));
    struct us_journal_tuning tuning = fixture_tuning();
    struct us_error e = {0};
    tuning.plain_bytes = 4 * CHUNK;
    fixture_put(&f, "usher.yml", US_S("account: {unit: workspace}\n"));
    f.dir = fixture_path(&f, "data/journal");
    struct growing g = {.f = &f, .good = true};
    us_assert(
        us_journal_open_tuned(f.dir, US_JOURNAL_LIVE, &tuning, &g.j, &e) == US_OK);
    while (g.good && us_journal_end(g.j).offset < CHUNK - BEFORE)
        g.good = fixture_write(&f, g.j, 3, NULL) == US_OK;
    int64_t seq = f.seq;
    struct us_backup made;
    struct us_backup_options o = {.dir = space,
        .paths = &usher,
        .path_count = 1,
        .usher = US_S("0"),
        .progress = grow,
        .ctx = &g};
    us_code code = us_backup_make(&o, dest, a, &made, &e);
    CHECK_AS(t, g.good && g.grown && code == US_OK, "it is sound while it is written");
    CHECK_AS(t, code == US_OK && made.seq == seq, "and has what was there");
    us_journal_close(g.j);
    f.dir = space;
    fixture_done(&f);
}

int main(void)
{
    static struct writing w;
    struct us_tap t = {0};
    struct us_arena a;
    pthread_t thread;
    us_arena_init(&a, (size_t)2 << 30);
    fixture_init(&w.f);
    us_str space = w.f.dir;
    fixture_put(&w.f, "usher.yml", US_S("account: {unit: workspace}\n"));
    w.f.dir = fixture_path(&w.f, "data/journal");
    us_assert(pthread_create(&thread, NULL, write_on, &w) == 0);
    bool good = true;
    while (atomic_load(&w.durable) < 300)
        usleep(1000);
    int i = 0;
    for (; i < BACKUPS && good; i++) {
        us_mark mark = us_arena_mark(&a);
        good = one_backup(&a, space, i, atomic_load(&w.durable));
        us_arena_pop(&a, mark);
    }
    atomic_store(&w.stop, true);
    pthread_join(thread, NULL);
    printf("# %d backups, %" PRId64 " lines at the end\n", i, atomic_load(&w.durable));
    CHECK_AS(&t, good && w.good, "each holds all that was durable when it was begun");
    w.f.dir = space;
    fixture_done(&w.f);
    grows(&t, &a);
    us_arena_done(&a);
    return us_tap_done(&t);
}
