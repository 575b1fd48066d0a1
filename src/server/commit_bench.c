/* Durable lines a second through the committer, and how long each batch waits to be
 * told: 1, 16 and 256 writers, each of which puts its next batch when the last one is
 * durable; batches of 1 and of 100 lines of about 390 bytes.
 *
 *     commit_bench [FOLDER [SECONDS]] */
#include "base/err.h"
#include "file/file.h"
#include "server/clock.h"
#include "server/commit.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WRITERS_MAX = 256, LINES_MAX = 100, TIMES_MAX = 1 << 16 };

static const char BODY[] =
    "{\"type\":\"track\",\"messageId\":\"ajs-%016" PRIx64 "%016" PRIx64
    "\",\"userId\":\"u-%06" PRIu64 "\",\"event\":\"Report Opened\",\"timestamp\":"
    "\"2026-11-02T10:11:12.123Z\",\"properties\":{\"plan\":\"pro\",\"count\":%d},"
    "\"context\":{\"groupId\":\"ws_%05" PRIu64 "\",\"library\":{\"name\":"
    "\"analytics.js\",\"version\":\"2.11.1\"},\"locale\":\"en-US\"}}";

struct bench {
    struct us_committer *committer;
    _Atomic bool stop;
    int lines;
};

struct writer {
    struct bench *bench;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool told;
    struct us_arena a;
    uint64_t state;
    int64_t done;
    int64_t times[TIMES_MAX]; /* us of each batch, the latest */
};

static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
}

static void told(void *ctx, struct us_batch *b)
{
    struct writer *w = ctx;
    us_assert(b->code == US_OK);
    pthread_mutex_lock(&w->lock);
    w->told = true;
    pthread_cond_signal(&w->moved);
    pthread_mutex_unlock(&w->lock);
}

static void message_make(struct writer *w, struct us_intake_message *m)
{
    uint64_t a = next(&w->state);
    uint64_t b = next(&w->state);
    uint64_t user = a % 50000;
    *m = (struct us_intake_message){.id = us_arena_fmt(&w->a, "%016" PRIx64, a),
        .print = {a, b},
        .head = {.sent = US_NEVER, .source = US_S("web")}};
    m->m = us_arena_fmt(&w->a, BODY, a, b, user, (int)(b & 63), user / 9);
}

static void *write_on(void *ctx)
{
    struct writer *w = ctx;
    struct bench *bench = w->bench;
    while (!atomic_load(&bench->stop)) {
        struct us_intake_message items[LINES_MAX];
        us_arena_reset(&w->a);
        for (int i = 0; i < bench->lines; i++)
            message_make(w, &items[i]);
        struct us_batch b = {
            .items = items, .count = (size_t)bench->lines, .done = told, .ctx = w};
        int64_t start = us_server_ticks();
        us_code code = us_committer_put(bench->committer, &b, NULL);
        us_assert(code == US_OK);
        pthread_mutex_lock(&w->lock);
        while (!w->told)
            pthread_cond_wait(&w->moved, &w->lock);
        w->told = false;
        pthread_mutex_unlock(&w->lock);
        w->times[w->done++ % TIMES_MAX] = us_server_ticks() - start;
    }
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void show(struct writer *writers, int count, const struct bench *bench,
    const struct us_commit_counts *counts, double seconds)
{
    struct us_arena a;
    size_t n = 0;
    int64_t batches = 0;
    us_arena_init(&a, (size_t)1 << 30);
    int64_t *all = us_new(&a, int64_t, (size_t)count * TIMES_MAX);
    for (int i = 0; i < count; i++) {
        size_t own = (size_t)writers[i].done;
        batches += writers[i].done;
        if (own > TIMES_MAX) own = TIMES_MAX;
        memcpy(all + n, writers[i].times, own * sizeof *all);
        n += own;
    }
    qsort(all, n, sizeof *all, by_size);
    printf(
        "%3d writers, %3d lines a batch  %8.0f lines/s %7.0f batches/s %6.0f groups/s"
        "  p50 %7.3f ms  p99 %7.3f ms  p99.9 %7.3f ms\n",
        count, bench->lines, (double)(batches * bench->lines) / seconds,
        (double)batches / seconds, (double)counts->groups / seconds,
        (double)all[n / 2] / 1e3, (double)all[n * 99 / 100] / 1e3,
        (double)all[n * 999 / 1000] / 1e3);
    us_arena_done(&a);
}

static void run(const char *top, int count, int lines, int seconds)
{
    char path[256];
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 30);
    snprintf(path, sizeof path, "%s/usher-bench-XXXXXX", top);
    us_assert(mkdtemp(path));
    struct bench bench = {.lines = lines};
    struct us_committer_options o = {.dir = us_str_c(path), .last_known = US_ALWAYS};
    us_code code = us_committer_open(&o, &bench.committer, NULL);
    us_assert(code == US_OK);
    struct writer *writers = us_new(&a, struct writer, (size_t)count);
    int64_t start = us_server_ticks();
    for (int i = 0; i < count; i++) {
        struct writer *w = &writers[i];
        w->bench = &bench;
        w->state = (uint64_t)i * 1000003;
        us_arena_init(&w->a, 1 << 20);
        pthread_mutex_init(&w->lock, NULL);
        pthread_cond_init(&w->moved, NULL);
        us_assert(pthread_create(&w->thread, NULL, write_on, w) == 0);
    }
    sleep((unsigned)seconds);
    atomic_store(&bench.stop, true);
    for (int i = 0; i < count; i++)
        pthread_join(writers[i].thread, NULL);
    double took = (double)(us_server_ticks() - start) / 1e6;
    struct us_commit_counts counts = us_committer_counts(bench.committer);
    us_committer_close(bench.committer);
    show(writers, count, &bench, &counts, took);
    for (int i = 0; i < count; i++)
        us_arena_done(&writers[i].a);
    us_arena_done(&a);
    code = us_file_remove_tree(us_str_c(path), NULL);
    us_assert(code == US_OK);
}

int main(int count, char **args)
{
    const char *top = count > 1 ? args[1] : "/tmp";
    int64_t seconds = 3;
    if (count > 2 && !us_str_int(us_str_c(args[2]), &seconds)) return 2;
    static const int writers[] = {1, 16, WRITERS_MAX};
    static const int lines[] = {1, LINES_MAX};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < 3; i++)
            run(top, writers[i], lines[k], (int)seconds);
    return 0;
}
