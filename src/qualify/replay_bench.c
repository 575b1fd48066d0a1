/* replay_bench.c: definitions replayed over a workspace already imported, beside DuckDB
 * SQL for the same answers over the same history.
 *
 *     replay_bench WORKSPACE [ROUNDS [FIRST.sql NOW.sql]]
 *
 * Prints medians of ROUNDS: first firings, whole lives, and what holds at the end, each
 * over all accounts on one thread, in CPU time; and, where the peer's two statements
 * are given, theirs on all threads by the clock, with both answers held against each
 * other. The statements read a table e(account, usr, event, ts, value) that is made for
 * them beforehand and not charged; they tell days apart, not moments. Accounts with
 * lines known on a later day than they happened, or handed on by links, are left out of
 * both, since the statements cannot say what was known when.
 */
#include "base/err.h"
#include "history/history.h"
#include "history/replay.h"
#include "qualify/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS_MAX = 20, FILE_MAX = 1 << 20, DEFINITIONS_MAX = 64 };

/* How many accounts, and the days of all added up. */
struct answer {
    int64_t count[DEFINITIONS_MAX], days[DEFINITIONS_MAX];
};

struct bench {
    struct us_arena memory, work;
    struct us_rules *rules;
    struct us_history *history;
    struct us_replay_store *store;
    struct us_replay_view *view;
    struct us_runs *accounts;
    size_t count, passed_over, events;
    int64_t first_day, last_day; /* of all events */
    struct us_buf left_out;      /* ids of accounts */
    struct answer first, now;
};

static double clock_of(clockid_t which)
{
    struct timespec ts;
    clock_gettime(which, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *list, int n)
{
    qsort(list, (size_t)n, sizeof *list, by_size);
    return list[n / 2];
}

/* ---- reading ---- */

/* Accounts of the store as they lie there; those that are left out, by id. */
static void accounts_read(struct bench *b)
{
    b->accounts = us_new(&b->memory, struct us_runs, us_replay_count(b->view));
    for (size_t i = 0; i < us_replay_count(b->view); i++) {
        us_mark mark = us_arena_mark(&b->memory);
        struct us_runs *r = &b->accounts[b->count];
        us_replay_account(b->view, i, &b->memory, r);
        bool none = r->row_count == 0;
        if (!none && us_day(r->first_at) < b->first_day)
            b->first_day = us_day(r->first_at);
        if (!none && us_day(r->last_at) > b->last_day) b->last_day = us_day(r->last_at);
        if (none || r->late_count || r->swap_count || r->to) {
            if (!none)
                us_buf_fmt(&b->left_out, "%s%u", b->passed_over++ ? "," : "",
                    r->facts.account);
            us_arena_pop(&b->memory, mark);
            continue;
        }
        b->events += r->row_count;
        b->count++;
    }
}

static us_code open(struct bench *b, us_str dir, struct us_error *e)
{
    struct us_diags d = {.arena = &b->memory};
    struct us_config *c = NULL;
    us_str yml = us_arena_fmt(&b->memory, "%.*s/usher.yml", US_ARG(dir));
    us_str data = us_arena_fmt(&b->memory, "%.*s/data", US_ARG(dir));
    US_TRY(us_config_read(yml, &b->memory, &d, &c, e));
    us_rules_compile(c, &b->memory, &d, &b->rules);
    us_assert(d.errors == 0 && b->rules->definition_count <= DEFINITIONS_MAX);
    struct us_history_rules rules = {.unit = c->unit,
        .currency = c->currency,
        .columns = b->rules->plan->need.columns,
        .column_count = b->rules->plan->need.column_count};
    US_TRY(us_history_open(data, &rules, true, NULL, NULL, &b->history, e));
    b->left_out = us_buf_new(&b->work, (size_t)256 << 20);
    b->first_day = INT64_MAX;
    b->last_day = INT64_MIN;
    double began = clock_of(CLOCK_MONOTONIC);
    US_TRY(us_replay_open(data, b->history, NULL, NULL, &b->store, e));
    double opened = clock_of(CLOCK_MONOTONIC);
    US_TRY(us_replay_view(b->store, &b->rules->plan->need, NULL, NULL, &b->view, e));
    double viewed = clock_of(CLOCK_MONOTONIC);
    accounts_read(b);
    printf("store %.3f s (built when it was not there), view %.3f s, runs %.3f s\n",
        opened - began, viewed - opened, clock_of(CLOCK_MONOTONIC) - viewed);
    printf("%zu accounts with %zu events, %zu left out; days %lld to %lld\n", b->count,
        b->events, b->passed_over, (long long)b->first_day, (long long)b->last_day);
    return US_OK;
}

/* ---- ours ---- */

static double lives(struct bench *b, bool first_only, struct us_replay *p)
{
    size_t definitions = b->rules->definition_count;
    int64_t until = (b->last_day + 1) * US_DAY_US - 1;
    struct answer found = {0};
    double began = clock_of(CLOCK_THREAD_CPUTIME_ID);
    for (size_t i = 0; i < b->count; i++) {
        us_replay_take(p, &b->accounts[i], until);
        for (uint32_t d = 0; d < definitions; d++) {
            struct us_replay_answer a = us_replay_ask(p, d, first_only);
            if (!a.count) continue;
            found.count[d]++;
            found.days[d] += us_day(a.items[0].change.t) - b->first_day;
        }
    }
    double spent = clock_of(CLOCK_THREAD_CPUTIME_ID) - began;
    b->first = found;
    return spent;
}

static double values(struct bench *b, struct us_past *p)
{
    size_t definitions = b->rules->definition_count;
    int64_t until = (b->last_day + 1) * US_DAY_US - 1;
    struct answer found = {0};
    double began = clock_of(CLOCK_THREAD_CPUTIME_ID);
    for (size_t i = 0; i < b->count; i++) {
        us_past_take(p, &b->accounts[i], until);
        for (uint32_t d = 0; d < definitions; d++) {
            uint32_t node = b->rules->definitions[d].must[0];
            us_value v = us_past_value(p, node, US_NOBODY, until);
            found.count[d] += v.kind == US_BOOL && v.truth;
        }
    }
    double spent = clock_of(CLOCK_THREAD_CPUTIME_ID) - began;
    b->now = found;
    return spent;
}

static double ours(struct bench *b, const char *what, int kind, int rounds)
{
    double spent[ROUNDS_MAX];
    struct us_replay *p = us_replay_new(b->rules, &b->memory);
    for (int i = 0; i < rounds; i++)
        spent[i] = kind == 2 ? values(b, us_replay_past(p)) : lives(b, kind == 0, p);
    us_replay_done(p);
    double t = median(spent, rounds);
    printf("%-14s %8.3f s  %7.2f ns/event  %7.0f ns/account  1 thread, CPU\n", what, t,
        t * 1e9 / (double)b->events, t * 1e9 / (double)b->count);
    return t;
}

/* ---- the peer ---- */

static const char *const events[][2] = {{"17", "Invite Sent"},
    {"22", "Invite Accepted"}, {"14", "API Called"}, {"15", "Export Created"},
    {"18", "Project Created"}, {"10", "Report Viewed"}, {"23", "Integration Connected"},
    {"31", "Limit Reached"}, {"30", "Help Article Viewed"}, {"32", "Plan Upgraded"},
    {"2", "Comment Added"}, {"4", "Task Created"}, {"9", "Dashboard Viewed"},
    {"8", "File Uploaded"}};

static us_code table_make(struct bench *b, struct us_error *e)
{
    /* Their day 0 is 20089, and a day has 86,400,000 of ts. */
    struct us_buf sql = us_buf_new(&b->memory, (size_t)64 << 20);
    us_buf_put(
        &sql, US_S("CREATE OR REPLACE TEMP TABLE e AS WITH now AS (SELECT "
                   "e.*, CASE WHEN x.seq IS NULL THEN e.account ELSE x.account "
                   "END AS of_account, CASE WHEN x.seq IS NULL THEN e.person ELSE "
                   "x.person END AS of_person FROM events e LEFT JOIN event_spans x "
                   "ON x.seq = e.seq AND x.to_known = TIMESTAMP 'infinity') SELECT "
                   "e.of_account AS account, coalesce(e.of_person, 4294967295) AS "
                   "usr, (CASE n.name"));
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        us_buf_fmt(&sql, " WHEN '%s' THEN %s", events[i][1], events[i][0]);
    us_buf_fmt(&sql,
        " ELSE 0 END)::USMALLINT AS event, epoch_ms(e.happened) + %lld AS ts, "
        "coalesce(CASE n.name WHEN 'Export Created' THEN e.p_rows_num WHEN 'API "
        "Called' "
        "THEN e.p_calls_num WHEN 'File Uploaded' THEN e.p_size_num END, 0)::INT AS "
        "value "
        "FROM now e JOIN names n ON n.id = e.name WHERE e.of_account IS NOT NULL",
        (long long)(20089 - b->first_day) * 86400000);
    if (b->passed_over)
        us_buf_fmt(&sql, " AND e.of_account NOT IN (SELECT unnest([%.*s]))",
            (int)b->left_out.len, b->left_out.ptr);
    return us_history_run(b->history, us_buf_str(&sql), e);
}

struct peer {
    struct answer found;
    size_t columns;
};

/* c0, s0, c1, …: accounts, and their days added up; or c0, c1, … */
static us_code cells_read(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)e;
    struct peer *p = ctx;
    p->columns = head->column_count;
    for (size_t i = 0; i < head->column_count; i++) {
        int64_t n = 0;
        int64_t d = 0;
        us_str_int(us_str_slice(head->columns[i], 1, head->columns[i].len), &d);
        if (!cells[i].null) us_str_int(cells[i].text, &n);
        *(head->columns[i].ptr[0] == 'c' ? &p->found.count[d] : &p->found.days[d]) = n;
    }
    return US_OK;
}

static us_str file_text(struct bench *b, const char *path)
{
    FILE *f = fopen(path, "rb");
    us_assert(f != NULL);
    char *text = us_new(&b->memory, char, FILE_MAX);
    size_t len = fread(text, 1, FILE_MAX, f);
    fclose(f);
    while (len && (text[len - 1] == '\n' || text[len - 1] == ';'))
        len--;
    return (us_str){text, len};
}

static us_code theirs(struct bench *b, const char *path, const struct answer *mine,
    double t, struct us_error *e)
{
    struct peer p = {0};
    us_str sql = file_text(b, path);
    double began = clock_of(CLOCK_MONOTONIC);
    double cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    US_TRY(us_history_sql(b->history, sql, cells_read, &p, e));
    double spent = clock_of(CLOCK_MONOTONIC) - began;
    cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    size_t same = 0;
    bool days = p.columns > b->rules->definition_count;
    for (size_t d = 0; d < b->rules->definition_count; d++) {
        bool equal = p.found.count[d] == mine->count[d] &&
                     (!days || p.found.days[d] == mine->days[d]);
        same += equal;
        if (!equal)
            printf("  signal %zu: ours %lld accounts, %lld days; theirs %lld, %lld\n",
                d, (long long)mine->count[d], (long long)mine->days[d],
                (long long)p.found.count[d], (long long)p.found.days[d]);
    }
    printf("DuckDB SQL     %8.3f s clock, %.3f s CPU: %.0fx ours by CPU, %.0fx by its "
           "clock; %zu of %zu answers equal\n",
        spent, cpu, cpu / t, spent / t, same, b->rules->definition_count);
    return US_OK;
}

static us_code run(struct bench *b, int argc, char **argv, struct us_error *e)
{
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 3;
    if (rounds < 1 || rounds > ROUNDS_MAX) rounds = 3;
    US_TRY(open(b, us_str_c(argv[1]), e));
    ours(b, "whole lives", 1, rounds);
    double first = ours(b, "first firings", 0, rounds);
    double now = ours(b, "values now", 2, rounds);
    if (argc < 5) return US_OK;
    US_TRY(table_make(b, e));
    US_TRY(theirs(b, argv[3], &b->first, first, e));
    return theirs(b, argv[4], &b->now, now, e);
}

int main(int argc, char **argv)
{
    if (argc < 2) return 1;
    struct bench b = {0};
    struct us_error e = {0};
    us_arena_init(&b.memory, (size_t)64 << 30);
    us_arena_init(&b.work, (size_t)8 << 30);
    us_code code = run(&b, argc, argv, &e);
    if (code != US_OK) printf("failed: %s %.*s\n", e.key, US_ARG(e.args[0].text));
    us_replay_view_close(b.view);
    us_replay_close(b.store);
    us_history_close(b.history);
    return code != US_OK;
}
