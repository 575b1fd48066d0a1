/* history_killed_fixture.h: a history that was loaded in several sittings and died in
 * the last of them, kept in memory and put anew for each trial. For tests.
 */
#pragma once

#include "history/duck.h"
#include "history/history_fixture.h"

#include <sys/wait.h>

static const struct us_history_rules rules = {
    .currency = US_S_INIT("USD"), .threads = 1};

static const int64_t START = INT64_C(1700000000000000);

enum {
    GROUP_LINES = 400,
    SITTING_GROUPS = 6,
    SITTINGS = 6, /* so many leave blocks in the file that are in use in part */
    FILE_BYTES_MAX = 64 << 20,
    PAGE_BYTES = 4096,
};

/* ---- loading ---- */

static inline void track(struct fixture *x, int64_t i)
{
    struct us_buf m = us_buf_new(&x->a, 4096);
    char at[US_TIME_TEXT_MAX];
    us_buf_fmt(&m,
        "{\"type\":\"track\",\"userId\":\"u%d\",\"event\":\"e%d\",\"properties\":{"
        "\"n\":%d},\"context\":{\"groupId\":\"g%d\"},\"timestamp\":\"%.*s\"}",
        (int)(i % 7), (int)(i % 3), (int)i, (int)(i % 4),
        US_ARG(us_time_write(START + i * US_SECOND_US, at)));
    fixture_line(x, US_LINE_MESSAGE, START + i * US_SECOND_US, us_buf_str(&m));
}

/* A segment a group makes the place of each easy to name. */
static inline us_code group_load(struct us_history *h, int64_t g, struct us_error *e)
{
    struct fixture x = {.seq = g * GROUP_LINES};
    us_arena_init(&x.a, (size_t)1 << 30);
    x.text = us_buf_new(&x.a, (size_t)1 << 24);
    for (int64_t i = 0; i < GROUP_LINES; i++)
        track(&x, g * GROUP_LINES + i);
    us_str text = us_buf_str(&x.text);
    char *padded = us_new(&x.a, char, text.len + US_JSON_PAD);
    memcpy(padded, text.ptr, text.len);
    us_pos next = {(uint32_t)g + 1, 0};
    us_code code = us_history_load(
        h, (us_str){padded, text.len}, (us_pos){(uint32_t)g, 0}, next, e);
    us_arena_done(&x.a);
    return code;
}

/* Opened, loaded from its position on, settled; the end is the caller's. */
static inline us_code sit(
    us_str dir, int64_t groups, struct us_history **h, struct us_error *e)
{
    US_TRY(us_history_open(dir, &rules, true, NULL, NULL, h, e));
    for (int64_t g = us_history_position(*h).segment; g < groups; g++) {
        US_TRY(group_load(*h, g, e));
        if (g % 2) US_TRY(us_history_commit(*h, e));
    }
    US_TRY(us_history_commit(*h, e));
    return us_history_settle(*h, e);
}

static inline bool sat(us_str dir, int64_t groups)
{
    struct us_history *h = NULL;
    struct us_error e = {0};
    us_code code = sit(dir, groups, &h, &e);
    if (code != US_OK) fixture_say(&e);
    us_history_close(h);
    return code == US_OK;
}

/* ---- a folder kept in memory, and put anew for each death ---- */

static const char *const names[] = {"history.duckdb", "history.duckdb.wal"};
enum { NAMES = sizeof names / sizeof *names };

struct kept {
    struct us_arena a;
    us_str texts[NAMES];
};

static inline void keep(struct us_tap *t, struct kept *k, us_str dir)
{
    us_arena_init(&k->a, (size_t)1 << 30);
    for (size_t i = 0; i < NAMES; i++) {
        us_str path = us_file_join(&k->a, dir, us_str_c(names[i]));
        OK(t, us_file_read(path, FILE_BYTES_MAX, &k->a, &k->texts[i], e));
    }
}

static inline void put(const struct kept *k, struct fixture *x)
{
    fixture_init(x);
    for (size_t i = 0; i < NAMES; i++) {
        us_str path = us_file_join(&x->a, x->dir, us_str_c(names[i]));
        us_assert(us_file_write(path, k->texts[i], NULL) == US_OK);
    }
}

/* Closed five times and then not: blocks of several checkpoints, and a log to replay.
 */
static inline void base_make(struct us_tap *t, struct kept *k)
{
    struct fixture x;
    int status = 0;
    fixture_init(&x);
    for (int64_t i = 1; i < SITTINGS; i++)
        CHECK(t, sat(x.dir, i * SITTING_GROUPS));
    fflush(stdout);
    pid_t child = fork();
    us_assert(child >= 0);
    if (child == 0) {
        struct us_history *h = NULL;
        _exit(sit(x.dir, SITTINGS * (int64_t)SITTING_GROUPS, &h, NULL) != US_OK);
    }
    us_assert(waitpid(child, &status, 0) == child);
    CHECK(t, WIFEXITED(status) && WEXITSTATUS(status) == 0);
    keep(t, k, x.dir);
    fixture_done(&x);
}
