/* history_bench.c: what loading costs an event, and what bringing logs costs.
 *
 *     history_bench [events] [events without a groupId, in 100] [property columns]
 *
 * Lines are made in memory as the journal would give them; time is the CPU's, of all
 * threads (one is used), split into parse, message, and the rest.
 */
#include "history/history_fixture.h"

#include <time.h>

enum {
    USERS = 14,
    ACCOUNTS = 10,
    GROUP_BYTES = 8 << 20
}; /* a user of each 14 events, an account of 10 users */

static double seconds(clockid_t which)
{
    struct timespec ts;
    clock_gettime(which, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static uint64_t draw(uint64_t *seed, uint64_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*seed >> 33) % below;
}

static const char *const names[] = {"Page Viewed", "Project Created", "Task Completed",
    "Comment Added", "File Uploaded", "Invite Sent", "Limit Reached", "Report Exported",
    "Search Performed", "Settings Changed", "Seat Activated", "Checkout Started"};
enum { NAMES = sizeof names / sizeof *names };

static void line_put(struct fixture *x, uint64_t *seed, int64_t i, int64_t n, int bare)
{
    char at[US_TIME_TEXT_MAX];
    int64_t known = INT64_C(1700000000000000) + i * (INT64_C(15552000000000) / n);
    uint64_t user = draw(seed, (uint64_t)n / USERS + 1);
    struct us_buf m = us_buf_new(&x->a, 4096);
    us_buf_fmt(&m,
        "{\"type\":\"track\",\"messageId\":\"msg-%016llx-%lld\",\"userId\":\"usr_%"
        "llu\","
        "\"event\":\"%s\",\"properties\":{\"resource\":\"seats\",\"amount\":%llu.5,"
        "\"plan\":\"pro\",\"path\":\"/projects/%llu/settings\"},\"context\":{",
        (unsigned long long)draw(seed, 1u << 31), (long long)i,
        (unsigned long long)user, names[draw(seed, NAMES)],
        (unsigned long long)draw(seed, 1000), (unsigned long long)draw(seed, 5000));
    if ((int)draw(seed, 100) >= bare)
        us_buf_fmt(
            &m, "\"groupId\":\"ws_%llu\",", (unsigned long long)(user / ACCOUNTS));
    us_buf_fmt(&m,
        "\"library\":{\"name\":\"analytics-node\",\"version\":\"2.1.0\"},"
        "\"ip\":\"10.0.0.1\"},\"timestamp\":\"%.*s\"}",
        US_ARG(us_time_write(known, at)));
    fixture_line(x, US_LINE_MESSAGE, known, us_buf_str(&m));
}

/* Each user, before all events: an identify with the anonymousId of before, a group. */
static void links_put(struct fixture *x, int64_t n)
{
    for (int64_t user = 0; user <= n / USERS; user++) {
        fixture_line(x, US_LINE_MESSAGE, INT64_C(1699990000000000) + user,
            us_arena_fmt(&x->a,
                "{\"type\":\"identify\",\"userId\":\"usr_%lld\",\"anonymousId\":"
                "\"a-%lld\",\"traits\":{\"role\":\"admin\"},\"timestamp\":"
                "\"2023-11-14T00:00:00Z\"}",
                (long long)user, (long long)user));
        fixture_line(x, US_LINE_MESSAGE, INT64_C(1699990000000000) + user,
            us_arena_fmt(&x->a,
                "{\"type\":\"group\",\"userId\":\"usr_%lld\",\"groupId\":\"ws_%lld\","
                "\"traits\":{\"plan\":\"pro\"},\"timestamp\":\"2023-11-14T00:00:00Z\"}",
                (long long)user, (long long)(user / ACCOUNTS)));
    }
}

/* The parts of loading that are other modules', alone. */
static void parts(struct fixture *x, us_str text, int64_t n)
{
    struct us_json *json = us_json_new();
    struct us_arena a;
    us_arena_init(&a, 1 << 30);
    for (int part = 0; part < 2; part++) {
        double from = seconds(CLOCK_PROCESS_CPUTIME_ID);
        us_str rest = text;
        while (rest.len) {
            us_str line = us_str_cut(rest, '\n', &rest);
            struct us_json_doc doc;
            struct us_head head;
            struct us_message m;
            uint32_t node;
            us_arena_reset(&a);
            us_assert(us_json_parse(json, line, &doc, NULL) == US_OK);
            if (part == 0) continue;
            us_assert(us_head_read(&doc, &head, &node, &a, NULL) == US_OK);
            us_assert(
                us_message_read(&doc, node, &head, US_NEVER, &a, &m, NULL) == US_OK);
        }
        double took = seconds(CLOCK_PROCESS_CPUTIME_ID) - from;
        printf("%-28s %8.0f ns/event\n", part ? "parse, head, message" : "parse",
            took * 1e9 / (double)n);
    }
    (void)x;
    us_arena_done(&a);
    us_json_free(json);
}

static us_code count(void *ctx, const struct us_log *log, struct us_error *e)
{
    (void)e;
    *(size_t *)ctx += log->event_count;
    return US_OK;
}

static void bring(struct us_history *h, bool any, int64_t n)
{
    us_str wanted[5];
    for (size_t i = 0; i < 5; i++)
        wanted[i] = us_str_c(names[i]);
    struct us_need need = {.names = wanted, .name_count = 5, .any = any};
    size_t events = 0;
    double from = seconds(CLOCK_MONOTONIC);
    us_assert(us_history_logs(
                  h, &need, (us_str){"", 0}, US_NEVER, count, &events, NULL) == US_OK);
    double took = seconds(CLOCK_MONOTONIC) - from;
    printf("logs, %-22s %8.2f s for %zu of %lld events\n",
        any ? "all names" : "5 names", took, events, (long long)n);
}

int main(int argc, char **argv)
{
    int64_t n = argc > 1 ? strtoll(argv[1], NULL, 10) : 1000000;
    int bare = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 0;
    struct fixture x;
    fixture_init(&x);
    uint64_t seed = 1;
    struct us_arena lines;
    us_arena_init(&lines, (size_t)64 << 30);
    x.text = us_buf_new(&lines, (size_t)32 << 30);
    if (bare) links_put(&x, n);
    for (int64_t i = 0; i < n; i++) {
        us_mark mark = us_arena_mark(&x.a);
        line_put(&x, &seed, i, n, bare);
        us_arena_pop(&x.a, mark);
    }
    us_str text = us_buf_str(&x.text);
    for (int i = 0; i < US_JSON_PAD; i++)
        us_buf_char(&x.text, 0);
    text.ptr = x.text.ptr;
    printf(
        "%lld events, %.0f bytes a line\n", (long long)n, (double)text.len / (double)n);
    parts(&x, text, n);
    struct us_column columns[] = {
        {US_S("amount"), US_NUMBER}, {US_S("resource"), US_STRING}};
    struct us_history_rules rules = {.currency = US_S("USD"),
        .columns = columns,
        .column_count = argc > 3 ? (size_t)strtol(argv[3], NULL, 10) : 1,
        .threads = 1};
    struct us_history *h;
    us_assert(us_history_open(x.dir, &rules, true, NULL, NULL, &h, NULL) == US_OK);
    double wall = seconds(CLOCK_MONOTONIC);
    double from = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (us_pos at = {0, 0}, next; at.offset < text.len; at = next) {
        size_t to =
            at.offset + GROUP_BYTES < text.len ? at.offset + GROUP_BYTES : text.len;
        while (text.ptr[to - 1] != '\n')
            to++;
        next = (us_pos){0, to};
        us_assert(us_history_load(
                      h, us_str_slice(text, at.offset, to), at, next, NULL) == US_OK);
    }
    us_assert(us_history_commit(h, NULL) == US_OK);
    double loaded = seconds(CLOCK_PROCESS_CPUTIME_ID);
    us_assert(us_history_settle(h, NULL) == US_OK);
    double settled = seconds(CLOCK_PROCESS_CPUTIME_ID);
    wall = seconds(CLOCK_MONOTONIC) - wall;
    printf("load and commit              %8.0f ns/event\n",
        (loaded - from) * 1e9 / (double)n);
    printf("settle                       %8.0f ns/event\n",
        (settled - loaded) * 1e9 / (double)n);
    printf("wall                         %8.0f ns/event\n", wall * 1e9 / (double)n);
    bring(h, false, n);
    bring(h, true, n);
    us_history_close(h);
    us_arena_done(&lines);
    fixture_done(&x);
    return 0;
}
