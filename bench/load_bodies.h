/* load_bodies.h: what the load clients send, made beforehand.
 *
 * A file of bodies has one a line, its events parted by tabs (JSON has none inside). In
 * each event sixteen M stand for a messageId and twenty-four T for a time: both are
 * filled in when it is sent, so that nothing is a repeat and everything is of now.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { ID_BYTES = 16, TIME_BYTES = 24, EVENTS_MAX = 1000 };
static const char id_mark[] = "MMMMMMMMMMMMMMMM";
static const char time_mark[] = "TTTTTTTTTTTTTTTTTTTTTTTT";

struct body {
    char *text; /* whole, ends in NUL */
    size_t len;
    size_t ids[EVENTS_MAX], times[EVENTS_MAX]; /* where they go */
    size_t id_count, time_count;
};

static void bodies_fail(const char *what, const char *why)
{
    fprintf(stderr, "load: %s: %s\n", what, why);
    exit(1);
}

static size_t marks_find(const char *text, const char *mark, size_t *at)
{
    size_t n = 0;
    for (const char *x = strstr(text, mark); x; x = strstr(x + strlen(mark), mark)) {
        if (n == EVENTS_MAX) bodies_fail("a body", "more than 1000 events");
        at[n++] = (size_t)(x - text);
    }
    return n;
}

/* A body a line, with `joint` where tabs are; 0 leaves them. */
static struct body *bodies_read(const char *path, char joint, size_t *count)
{
    FILE *in = fopen(path, "r");
    struct body *list = NULL;
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    *count = 0;
    if (!in) bodies_fail(path, "cannot be read");
    while ((len = getline(&line, &cap, in)) > 0) {
        list = realloc(list, (*count + 1) * sizeof *list);
        if (!list) bodies_fail(path, "no memory");
        struct body *b = &list[(*count)++];
        if (line[len - 1] == '\n') line[--len] = 0;
        for (char *c = line; joint && (c = strchr(c, '\t')) != NULL;)
            *c = joint;
        b->text = strdup(line);
        b->len = (size_t)len;
        b->id_count = marks_find(b->text, id_mark, b->ids);
        b->time_count = marks_find(b->text, time_mark, b->times);
    }
    free(line);
    fclose(in);
    if (*count == 0) bodies_fail(path, "holds no bodies");
    return list;
}

/* Sixteen characters that no other call with this `run` and `number` writes. */
static void id_write(char *at, unsigned run, unsigned long long number)
{
    static const char hex[] = "0123456789abcdef";
    for (int i = ID_BYTES - 1; i >= 4; i--, number >>= 4)
        at[i] = hex[number & 15];
    for (int i = 3; i >= 0; i--, run >>= 4)
        at[i] = hex[run & 15];
}

static void time_text(char out[TIME_BYTES + 1])
{
    struct timespec now;
    struct tm day;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &day);
    size_t n = strftime(out, TIME_BYTES + 1, "%Y-%m-%dT%H:%M:%S", &day);
    unsigned ms = (unsigned)(now.tv_nsec / 1000000) % 1000;
    const char tail[] = {'.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10),
        (char)('0' + ms % 10), 'Z', 0};
    memcpy(out + n, tail, sizeof tail);
}

static void body_fill(const struct body *b, char *text, unsigned run,
    unsigned long long *number, const char *time)
{
    for (size_t i = 0; i < b->id_count; i++)
        id_write(text + b->ids[i], run, (*number)++);
    for (size_t i = 0; i < b->time_count; i++)
        memcpy(text + b->times[i], time, TIME_BYTES);
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double cpu_seconds(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

/* Latencies of requests, in seconds. */
struct took {
    float *list;
    size_t count, cap;
};

static void took_put(struct took *t, double seconds)
{
    if (t->count == t->cap) {
        t->cap = t->cap ? 2 * t->cap : 65536;
        t->list = realloc(t->list, t->cap * sizeof *t->list);
        if (!t->list) bodies_fail("latencies", "no memory");
    }
    t->list[t->count++] = (float)seconds;
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* In milliseconds; the list is sorted. */
static double took_at(const struct took *t, double share)
{
    size_t i = (size_t)(share * (double)t->count);
    if (t->count == 0) return 0;
    return 1e3 * (double)t->list[i < t->count ? i : t->count - 1];
}

/* One line of JSON, read by bench/serve_speed.py. */
static void took_print(struct took *t, size_t batch, double seconds, double cpu)
{
    if (t->count) qsort(t->list, t->count, sizeof *t->list, by_size);
    printf("\"requests\":%zu,\"events_s\":%.1f,\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,"
           "\"most\":%.3f,\"seconds\":%.3f,\"client_cpu\":%.3f",
        t->count, (double)(t->count * batch) / seconds, took_at(t, .5), took_at(t, .99),
        took_at(t, .999), took_at(t, 1), seconds, cpu);
}
