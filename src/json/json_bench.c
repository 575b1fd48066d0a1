/* json_bench.c: nanoseconds a line, for the scanner and its ways apart. Lines are those
 * of a Segment client, 366 bytes in the mean, as in the notes of design.md. */
#include "json/scan.h"

#include <stdio.h>
#include <time.h>

enum { LINES = 1000000, ROUNDS = 5, SHAPES = 4, BYTES_MAX = 600 << 20 };

struct lines {
    char *bytes;
    size_t *at; /* LINES + 1 of them */
};

static uint64_t draw(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = (*state ^ *state >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static int member(char *to, size_t room, int which, uint64_t *state)
{
    static const char *const events[] = {"Report Viewed", "Dashboard Shared",
        "Seat Added", "Export Finished", "Query Ran", "Invite Sent"};
    static const char *const plans[] = {"free", "team", "business", "enterprise"};
    uint64_t r = draw(state);
    switch (which) {
    case 0: return snprintf(to, room, "\"type\":\"track\"");
    case 1:
        return snprintf(to, room,
            "\"messageId\":\"node-next-%013llu-%08x-%04x-%012llx\"",
            1790000000000ULL + r % 99999999999ULL, (unsigned)r, (unsigned)(r >> 48),
            (unsigned long long)(draw(state) & 0xffffffffffffULL));
    case 2: return snprintf(to, room, "\"userId\":\"u_%u\"", (unsigned)(r % 145000));
    case 3: return snprintf(to, room, "\"event\":\"%s\"", events[r % 6]);
    case 4:
        return snprintf(to, room,
            "\"timestamp\":\"2026-%02u-%02uT%02u:%02u:%02u.%03uZ\"",
            1 + (unsigned)(r % 12), 1 + (unsigned)(r >> 8) % 28,
            (unsigned)(r >> 16) % 24, (unsigned)(r >> 24) % 60,
            (unsigned)(r >> 32) % 60, (unsigned)(r >> 40) % 1000);
    case 5:
        return snprintf(to, room,
            "\"context\":{\"groupId\":\"acc_%u\",\"library\":{\"name\":"
            "\"@segment/analytics-node\",\"version\":\"3.1.0\"}}",
            (unsigned)(r % 93000));
    default:
        return snprintf(to, room,
            "\"properties\":{\"plan\":\"%s\",\"seats\":%u,\"source\":\"workspace "
            "settings menu\","
            "\"value\":%u.%02u,\"trial\":%s}",
            plans[r % 4], (unsigned)(r >> 8) % 500, (unsigned)(r >> 16) % 1000,
            (unsigned)(r >> 32) % 100, r >> 63 ? "true" : "false");
    }
}

static struct lines make(struct us_arena *a, int shapes)
{
    static const int orders[SHAPES][7] = {{0, 1, 2, 3, 4, 5, 6}, {1, 4, 0, 2, 3, 6, 5},
        {2, 3, 0, 6, 5, 4, 1}, {0, 3, 2, 5, 6, 1, 4}};
    struct lines l = {
        us_new(a, char, (size_t)LINES * 512), us_new(a, size_t, LINES + 1)};
    uint64_t state = 7;
    size_t n = 0;
    for (int i = 0; i < LINES; i++) {
        l.at[i] = n;
        const int *order = orders[draw(&state) % (unsigned)shapes];
        for (int k = 0; k < 7; k++) {
            l.bytes[n++] = k ? ',' : '{';
            n += (size_t)member(l.bytes + n, 512, order[k], &state);
        }
        l.bytes[n++] = '}';
        l.bytes[n++] = '\n';
    }
    l.at[LINES] = n;
    return l;
}

typedef us_code read_one(
    struct us_json *p, us_str text, struct us_json_doc *doc, struct us_error *e);

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void run(const char *what, const struct lines *l, bool speculate, read_one *read)
{
    struct us_json *p = us_json_new();
    p->speculate = speculate;
    double best = 1e9;
    uint64_t nodes = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double from = seconds();
        for (int i = 0; i < LINES; i++) {
            us_str text = {l->bytes + l->at[i], l->at[i + 1] - l->at[i] - 1};
            struct us_json_doc doc;
            us_assert(read(p, text, &doc, NULL) == US_OK);
            nodes += doc.count;
        }
        double took = seconds() - from;
        if (took < best) best = took;
    }
    printf("%-28s %6.1f ns/line  %5.2f GB/s  %.1f nodes\n", what, 1e9 * best / LINES,
        1e-9 * (double)l->at[LINES] / best, (double)nodes / LINES / ROUNDS);
    us_json_free(p);
}

/* All lines in batches of 100, as an SDK posts them; still counted a line. */
static void run_batches(struct us_arena *a, const struct lines *l)
{
    enum { BATCH = 100 };
    struct us_json *p = us_json_new();
    char *body = us_new(a, char, BATCH * 512 + US_JSON_PAD);
    double took = 0;
    for (int i = 0; i + BATCH <= LINES; i += BATCH) {
        size_t n = 0;
        for (int k = 0; k < BATCH; k++) {
            size_t len = l->at[i + k + 1] - l->at[i + k] - 1;
            body[n++] = k ? ',' : '[';
            memcpy(body + n, l->bytes + l->at[i + k], len);
            n += len;
        }
        body[n++] = ']';
        struct us_json_doc doc;
        double from = seconds();
        us_assert(us_json_parse(p, (us_str){body, n}, &doc, NULL) == US_OK);
        took += seconds() - from;
    }
    printf("%-28s %6.1f ns/line\n", "batches of 100, 4 shapes", 1e9 * took / LINES);
    us_json_free(p);
}

int main(void)
{
    struct us_arena a;
    us_arena_init(&a, (size_t)BYTES_MAX * 2);
    struct lines one = make(&a, 1);
    struct lines four = make(&a, SHAPES);
    printf("%.1f bytes a line\n", (double)one.at[LINES] / LINES - 1);
    run("one shape", &one, true, us_json_parse);
    run("four shapes at random", &four, true, us_json_parse);
    run("no speculation, one shape", &one, false, us_json_parse);
    run("no speculation, four", &four, false, us_json_parse);
    run("checked (simdjson), one", &one, false, us_json_parse_checked);
    run("checked (simdjson), four", &four, false, us_json_parse_checked);
    run_batches(&a, &four);
    us_arena_done(&a);
    return 0;
}
