/* What a line costs on its way to disk and back, at several levels of compression.
 *
 * Lines are track calls as browsers send them, about 400 bytes with the journal's head:
 * random ids and times, few event names, the same context again and again. */
#include "base/buf.h"
#include "base/time.h"
#include "file/file.h"
#include "journal/journal_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { GROUPS = 40, IDS = 10000000 };
static const size_t GROUP_BYTES = 16 << 20;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Of this thread: what others do on the machine does not count. */
static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
}

static void put_line(struct us_buf *b, int64_t seq, uint64_t *state)
{
    static const char *const names[] = {"Page Viewed", "Report Opened",
        "Seat Activated", "Invite Sent", "Project Published", "Limit Reached",
        "Export Finished"};
    uint64_t r = next(state);
    uint64_t user = next(state) % 50000;
    int64_t at = 1700000000000000 + seq * 1234 + (int64_t)(r % 1000);
    us_buf_fmt(b,
        "{\"us\":{\"seq\":%" PRId64 ",\"received\":%" PRId64 ",\"known\":%" PRId64
        ",\"source\":\"web\"},\"m\":{\"type\":\"track\",\"messageId\":\"ajs-%016" PRIx64
        "%016" PRIx64 "\",\"userId\":\"u-%06" PRIu64 "\",\"event\":\"%s\","
        "\"timestamp\":\"2026-11-%02dT%02d:%02d:%02d.%03dZ\",\"properties\":{\"plan\":"
        "\"%s\",\"count\":%d},\"context\":{\"groupId\":\"ws_%05" PRIu64
        "\",\"library\":{\"name\":\"analytics.js\",\"version\":\"2.11.1\"},"
        "\"locale\":\"en-US\"}}}\n",
        seq, at, at, next(state), next(state), user,
        names[r >> 32 & 7 ? r >> 40 & 3 : 6], (int)(seq / 90000 % 28) + 1,
        (int)(seq / 3600 % 24), (int)(seq / 60 % 60), (int)(seq % 60), (int)(r % 1000),
        r & 1 ? "pro" : "free", (int)(r >> 8 & 63), user / 9);
}

static struct us_group make_group(struct us_arena *a, int64_t *seq, uint64_t *state)
{
    struct us_buf b = us_buf_new(a, 2 * GROUP_BYTES);
    struct us_group g = {0};
    while (b.len < GROUP_BYTES) {
        put_line(&b, ++*seq, state);
        g.lines++;
    }
    g.len = b.len;
    g.last_seq = *seq;
    g.bytes = us_new(a, char, g.len + US_COMMIT_BYTES_MAX);
    memcpy(g.bytes, b.ptr, b.len);
    return g;
}

static void must(us_code code)
{
    us_assert(code == US_OK);
}

static void read_back(us_str dir, uint64_t lines)
{
    struct us_journal_reader *r;
    us_str text;
    us_pos at;
    us_pos after;
    uint64_t bytes = 0;
    double start = cpu();
    must(us_journal_reader_open(dir, (us_pos){0}, &r, NULL));
    while (us_journal_reader_next(r, &text, &at, &after, NULL) == US_OK)
        bytes += text.len;
    us_journal_reader_close(r);
    double took = cpu() - start;
    printf("  read %7.0f MB/s  %6.1f ns/line\n", (double)bytes / took / 1e6,
        took * 1e9 / (double)lines);
}

static void bench_level(int level, int hash_log, const char *top)
{
    char path[256];
    snprintf(path, sizeof path, "%s/usher-bench-XXXXXX", top);
    us_assert(mkdtemp(path));
    us_str dir = us_str_c(path);
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 30);
    struct us_journal_tuning tuning = us_journal_usual;
    tuning.level = level;
    tuning.hash_log = hash_log;
    struct us_journal *j;
    must(us_journal_open_tuned(dir, true, &tuning, &j, NULL));
    uint64_t state = 1;
    int64_t seq = 0;
    double place = 0;
    double write = 0;
    double wall = 0;
    double bytes = 0;
    for (int i = 0; i < GROUPS; i++) {
        us_arena_reset(&a);
        struct us_group g = make_group(&a, &seq, &state);
        double start = now();
        double t0 = cpu();
        us_journal_place(j, &g);
        double t1 = cpu();
        must(us_journal_write(j, &g, NULL));
        place += t1 - t0;
        write += cpu() - t1;
        wall += now() - start;
        bytes += (double)g.len;
    }
    us_journal_close(j);
    struct us_journal_sizes sizes;
    must(us_journal_sizes(dir, &sizes, NULL));
    double lines = (double)seq;
    printf("level %2d/%-2d  %.0f bytes/line, %.2fx  place %6.0f MB/s %5.1f ns/line"
           "  write %5.0f MB/s %6.1f ns/line  with sync, by the clock %5.0f MB/s",
        level, hash_log, bytes / lines, (double)sizes.text / (double)sizes.disk,
        bytes / place / 1e6, place * 1e9 / lines, bytes / write / 1e6,
        write * 1e9 / lines, bytes / wall / 1e6);
    read_back(dir, (uint64_t)seq);
    us_arena_done(&a);
    must(us_file_remove_tree(us_str_c(path), NULL));
}

static bool no_print(void *ctx, us_str line, us_print *out, int64_t *known)
{
    (void)known;
    (void)ctx;
    (void)line;
    (void)out;
    us_assert(false);
    return false;
}

/* Fingerprints of as many lines as a large customer has in a month, back from disk. */
static void bench_ids(const char *top)
{
    enum { LINES = 100000 };
    static const char empty[] = {'{', '}', '\n'};
    const size_t len = LINES * sizeof empty;
    char path[256];
    snprintf(path, sizeof path, "%s/usher-bench-XXXXXX", top);
    us_assert(mkdtemp(path));
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 30);
    struct us_journal *j;
    must(us_journal_open(us_str_c(path), true, &j, NULL));
    us_print *prints = us_new(&a, us_print, LINES);
    char *bytes = us_new(&a, char, len + US_COMMIT_BYTES_MAX);
    uint64_t state = 1;
    for (int i = 0; i < IDS / LINES; i++) {
        for (size_t k = 0; k < LINES; k++) {
            prints[k] = (us_print){next(&state), next(&state)};
            memcpy(bytes + k * sizeof empty, empty, sizeof empty);
        }
        struct us_group g = {.bytes = bytes, .len = len, .lines = LINES};
        us_journal_place(j, &g);
        must(us_journal_write(j, &g, NULL));
        struct us_ids_group ids = {prints, LINES, i, i};
        must(us_ids_append(j, &ids, NULL));
    }
    us_journal_close(j);
    struct us_print_map map;
    double start = now();
    us_print_map_init(&map);
    struct us_ids_wanted all = {.print = no_print, .since = US_ALWAYS};
    must(us_ids_load(us_str_c(path), &all, &map, NULL, NULL));
    double took = now() - start;
    us_assert(map.count == IDS);
    printf("ids: %d loaded in %.2f s (%.0f ns each)\n", IDS, took, took * 1e9 / IDS);
    us_print_map_done(&map);
    us_arena_done(&a);
    must(us_file_remove_tree(us_str_c(path), NULL));
}

/* ---- groups made durable: both forms by turns, in the same run ---- */

enum { GROUPS_MOST = 4000, ROUNDS = 3 };

struct group_times {
    double each[GROUPS_MOST]; /* seconds */
    double all, close;
};

/* Lines of one group, made once; each time it is written they are the same, but for
 * what place puts after them. */
static struct us_group group_of(struct us_arena *a, size_t bytes)
{
    uint64_t state = 7;
    int64_t seq = 0;
    struct us_buf b = us_buf_new(a, bytes + 4096);
    struct us_group g = {0};
    while (b.len + 400 < bytes || !b.len) {
        put_line(&b, ++seq, &state);
        g.lines++;
    }
    g.len = b.len;
    g.last_seq = seq;
    g.bytes = us_new(a, char, g.len + US_COMMIT_BYTES_MAX);
    memcpy(g.bytes, b.ptr, b.len);
    return g;
}

static void write_groups(const char *top, us_journal_how how,
    const struct us_group *one, int groups, struct group_times *out)
{
    char path[256];
    struct us_journal *j;
    snprintf(path, sizeof path, "%s/usher-bench-XXXXXX", top);
    us_assert(mkdtemp(path));
    must(us_journal_open(us_str_c(path), how, &j, NULL));
    double begin = 0;
    for (int i = -1; i < groups; i++) { /* the first makes the file */
        struct us_group g = *one;
        double start = now();
        if (i == 0) begin = start;
        us_journal_place(j, &g);
        must(us_journal_write(j, &g, NULL));
        if (i >= 0) out->each[i] = now() - start;
    }
    out->all = now() - begin;
    double start = now();
    us_journal_close(j);
    out->close = now() - start;
    must(us_file_remove_tree(us_str_c(path), NULL));
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double middle(double *three)
{
    qsort(three, ROUNDS, sizeof *three, by_size);
    return three[ROUNDS / 2];
}

static void bench_groups(const char *top)
{
    static const size_t sizes[] = {4 << 10, 24 << 10, 366 << 10, 3600 << 10};
    static const int counts[] = {4000, 3000, 500, 60};
    static const char *const names[] = {"grows ", "plain "};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        struct us_arena a;
        us_arena_init(&a, (size_t)64 << 20);
        struct us_group one = group_of(&a, sizes[k]);
        int n = counts[k];
        double rate[2][ROUNDS];
        double half[2][ROUNDS];
        double high[2][ROUNDS];
        double end[2][ROUNDS];
        struct group_times *t = us_new(&a, struct group_times, 1);
        for (int round = 0; round < ROUNDS; round++)
            for (int form = 0; form < 2; form++) {
                write_groups(
                    top, form ? US_JOURNAL_LIVE : US_JOURNAL_WRITE, &one, n, t);
                qsort(t->each, (size_t)n, sizeof *t->each, by_size);
                rate[form][round] = n / t->all;
                half[form][round] = t->each[n / 2] * 1e3;
                high[form][round] = t->each[n * 99 / 100] * 1e3;
                end[form][round] = t->close;
            }
        double first = 0;
        for (int form = 0; form < 2; form++) {
            double r = middle(rate[form]);
            if (!form) first = r;
            printf("group %5zu KB  %s %6.0f groups/s %6.0f MB/s  p50 %6.3f ms  "
                   "p99 %6.3f ms  close %.2f s  %5.2fx\n",
                sizes[k] >> 10, names[form], r, r * (double)one.len / 1e6,
                middle(half[form]), middle(high[form]), middle(end[form]), r / first);
        }
        us_arena_done(&a);
    }
}

static void bench_levels(const char *top)
{
    static const int levels[][2] = {
        {-3, 0}, {-2, 0}, {-1, 0}, {1, 0}, {1, 13}, {1, 12}, {1, 11}, {2, 0}};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        bench_level(levels[i][0], levels[i][1], top);
}

/* journal_bench [FOLDER [levels|ids|groups]] */
int main(int count, char **args)
{
    static const struct {
        const char *name;
        void (*run)(const char *top);
    } parts[] = {
        {"levels", bench_levels}, {"ids", bench_ids}, {"groups", bench_groups}};
    const char *top = count > 1 ? args[1] : "/tmp";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (count < 3 || strcmp(args[2], parts[i].name) == 0) parts[i].run(top);
    return 0;
}
