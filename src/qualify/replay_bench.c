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

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    ROUNDS_MAX = 20,
    FILE_MAX = 1 << 20,
    DEFINITIONS_MAX = 512,
    MORE = 300, /* further signals, for the price of one more */
    THRESHOLDS = 1000,
};

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
    us_str text; /* of usher.yml */
    us_unit unit;
    us_str currency;
    const size_t *swept; /* by threshold */
    double sweep;        /* seconds */
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

/* The rules of usher.yml, with as many more count signals, in `b`. */
static us_code rules_read(struct bench *b, int more, struct us_error *e)
{
    static const char *const names[] = {"Invite Sent", "Invite Accepted", "API Called",
        "Export Created", "Project Created", "Report Viewed", "Integration Connected",
        "Limit Reached", "Help Article Viewed", "Plan Upgraded", "Comment Added",
        "Task Created", "Dashboard Viewed", "File Uploaded"};
    struct us_diags d = {.arena = &b->memory};
    struct us_config *c = NULL;
    struct us_buf text = us_buf_new(&b->memory, (size_t)1 << 20);
    us_buf_put(&text, b->text);
    us_buf_put(&text, US_S("\n"));
    for (int i = 0; i < more; i++)
        us_buf_fmt(&text,
            "  m%03d: {kind: pqa, expires: 400d, must: ['count(\"%s\", %dd) >= %d']}\n",
            i, names[i % 14], 1 + i * 7 % 60, 1 + i * 5 % 43);
    US_TRY(
        us_config_parse(US_S("usher.yml"), us_buf_str(&text), &b->memory, &d, &c, e));
    us_rules_compile(c, &b->memory, &d, &b->rules);
    us_assert(d.errors == 0 && b->rules->definition_count <= DEFINITIONS_MAX);
    b->unit = c->unit;
    b->currency = c->currency;
    return US_OK;
}

static us_code open(struct bench *b, us_str dir, struct us_error *e)
{
    us_str yml = us_arena_fmt(&b->memory, "%.*s/usher.yml", US_ARG(dir));
    us_str data = us_arena_fmt(&b->memory, "%.*s/data", US_ARG(dir));
    b->text = file_text(b, us_arena_cstr(&b->memory, yml));
    US_TRY(rules_read(b, 0, e));
    struct us_history_rules rules = {.unit = b->unit,
        .currency = b->currency,
        .columns = b->rules->plan->need.columns,
        .column_count = b->rules->plan->need.column_count,
        /* Half of it for the peer, which otherwise takes no more than a few GiB. */
        .memory_bytes = sysconf(_SC_PHYS_PAGES) / 2 * sysconf(_SC_PAGESIZE)};
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
    const uint32_t *possible = NULL;
    int64_t until = (b->last_day + 1) * US_DAY_US - 1;
    struct answer found = {0};
    double began = clock_of(CLOCK_THREAD_CPUTIME_ID);
    for (size_t i = 0; i < b->count; i++) {
        us_replay_take(p, &b->accounts[i], until);
        size_t count = us_replay_possible(p, &possible);
        for (size_t k = 0; k < count; k++) {
            uint32_t d = possible[k];
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

/* What one more signal costs: many more, and all of them again. */
static us_code more(struct bench *b, int rounds, struct us_error *e)
{
    double spent[2][ROUNDS_MAX];
    struct us_replay_view *view = b->view;
    for (int k = 0; k < 2; k++) {
        US_TRY(rules_read(b, k * MORE, e));
        US_TRY(
            us_replay_view(b->store, &b->rules->plan->need, NULL, NULL, &b->view, e));
        b->count = b->events = 0;
        b->passed_over = 0;
        b->left_out.len = 0;
        accounts_read(b);
        struct us_replay *p = us_replay_new(b->rules, &b->memory);
        for (int i = 0; i < rounds; i++)
            spent[k][i] = lives(b, true, p);
        us_replay_done(p);
        us_replay_view_close(b->view);
    }
    b->view = view;
    double t = median(spent[1], rounds) - median(spent[0], rounds);
    printf("%d more counts %6.3f s  %7.1f ps/event each, first firings\n", MORE, t,
        t * 1e12 / MORE / (double)b->events);
    return US_OK;
}

/* Accounts shared out to two threads, by the clock. */
struct half {
    struct bench of;
    struct us_arena memory;
};

static void *half_run(void *ctx)
{
    struct half *h = ctx;
    struct us_replay *p = us_replay_new(h->of.rules, &h->memory);
    lives(&h->of, true, p);
    us_replay_done(p);
    return NULL;
}

static void two_threads(struct bench *b, int rounds)
{
    double spent[ROUNDS_MAX];
    for (int i = 0; i < rounds; i++) {
        struct half halves[2];
        pthread_t threads[2];
        size_t middle = b->count / 2;
        for (int k = 0; k < 2; k++) {
            halves[k].of = *b;
            halves[k].of.accounts = b->accounts + (k ? middle : 0);
            halves[k].of.count = k ? b->count - middle : middle;
            us_arena_init(&halves[k].memory, (size_t)8 << 30);
        }
        double began = clock_of(CLOCK_MONOTONIC);
        for (int k = 0; k < 2; k++)
            us_assert(pthread_create(&threads[k], NULL, half_run, &halves[k]) == 0);
        for (int k = 0; k < 2; k++)
            pthread_join(threads[k], NULL);
        spent[i] = clock_of(CLOCK_MONOTONIC) - began;
        for (int k = 0; k < 2; k++)
            us_arena_done(&halves[k].memory);
    }
    double t = median(spent, rounds);
    printf("%-14s %8.3f s  %7.2f ns/event  %7.0f ns/account  2 threads, clock\n",
        "first firings", t, t * 1e9 / (double)b->events, t * 1e9 / (double)b->count);
}

/* How many accounts enter at each of many thresholds of the first definition. */
static void sweep(struct bench *b, int rounds)
{
    double spent[ROUNDS_MAX];
    double thresholds[THRESHOLDS];
    int64_t until = (b->last_day + 1) * US_DAY_US - 1;
    for (int i = 0; i < THRESHOLDS; i++)
        thresholds[i] = i + 1;
    struct us_sweep_asked asked = {0, 0, thresholds, THRESHOLDS};
    for (int i = 0; i < rounds; i++) {
        struct us_replay *p = us_replay_new(b->rules, &b->memory);
        struct us_sweep *s = us_sweep_new(b->rules, &asked, &b->memory);
        double began = clock_of(CLOCK_THREAD_CPUTIME_ID);
        for (size_t k = 0; k < b->count; k++) {
            us_replay_take(p, &b->accounts[k], until);
            us_sweep_take(s, p);
        }
        b->swept = us_sweep_entered(s);
        spent[i] = clock_of(CLOCK_THREAD_CPUTIME_ID) - began;
        us_replay_done(p);
    }
    b->sweep = median(spent, rounds);
    printf("%-14s %8.3f s  %7.2f ns/event  %7.0f ns/account  1 thread, CPU; %d "
           "thresholds\n",
        "sweep", b->sweep, b->sweep * 1e9 / (double)b->events,
        b->sweep * 1e9 / (double)b->count, THRESHOLDS);
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

/* Sums of their column may be greater than their 32 bits. */
static us_str wider(struct bench *b, us_str sql)
{
    static const us_str narrow = US_S_INIT("w::INT t_s_");
    struct us_buf out = us_buf_new(&b->memory, (size_t)FILE_MAX);
    for (size_t i = 0; i < sql.len;) {
        us_str here = us_str_slice(sql, i, sql.len);
        bool found = us_str_has_prefix(here, narrow);
        us_buf_put(&out, found ? US_S("w::BIGINT t_s_") : us_str_slice(here, 0, 1));
        i += found ? narrow.len : 1;
    }
    return us_buf_str(&out);
}

static us_code theirs(struct bench *b, const char *path, const struct answer *mine,
    double t, struct us_error *e)
{
    struct peer p = {0};
    us_str sql = wider(b, file_text(b, path));
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

/* The same question as the sweep, one statement a threshold. */
static us_code thresholds_ask(struct bench *b, struct us_error *e)
{
    enum { ASKED = 8 };
    double cpu = 0;
    size_t same = 0;
    for (int64_t k = 1; k <= ASKED; k++) {
        struct peer p = {0};
        us_str sql = us_arena_fmt(&b->memory,
            "SELECT count(DISTINCT account) AS c0 FROM (SELECT account, sum(n) OVER "
            "(PARTITION BY account ORDER BY day RANGE BETWEEN 6 PRECEDING AND CURRENT "
            "ROW) AS s FROM (SELECT account, ts // 86400000 AS day, count(*) AS n FROM "
            "e WHERE event = 17 GROUP BY ALL)) WHERE s >= %lld",
            (long long)k);
        double began = clock_of(CLOCK_PROCESS_CPUTIME_ID);
        US_TRY(us_history_sql(b->history, sql, cells_read, &p, e));
        cpu += clock_of(CLOCK_PROCESS_CPUTIME_ID) - began;
        same += p.found.count[0] == (int64_t)b->swept[k - 1];
    }
    double one = cpu / ASKED;
    printf("DuckDB SQL     %8.4f s CPU a threshold (mean of %d), %.1f s for %d: %.0fx "
           "ours; %zu of %d answers equal\n",
        one, ASKED, one * THRESHOLDS, THRESHOLDS, one * THRESHOLDS / b->sweep, same,
        ASKED);
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
    two_threads(b, rounds);
    sweep(b, rounds);
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    printf("memory         %8.0f MB at most, history and store with it\n",
        (double)use.ru_maxrss / 1024);
    if (argc < 5) return more(b, rounds, e);
    US_TRY(table_make(b, e));
    US_TRY(theirs(b, argv[3], &b->first, first, e));
    US_TRY(thresholds_ask(b, e));
    US_TRY(theirs(b, argv[4], &b->now, now, e));
    return more(b, rounds, e);
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
