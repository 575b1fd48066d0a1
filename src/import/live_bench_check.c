/* live_bench_check.c: the same rows, account by account, through replay. */
#include "base/hash.h"
#include "import/live_bench.h"
#include "qualify/replay.h"

#include <stdlib.h>
#include <string.h>

struct row {
    struct us_log_event e;
    uint32_t account;
    us_value *values; /* NULL: all are missing */
};

struct live_bench_kept {
    struct us_arena memory, rows, work; /* of all; rows one after another; of one */
    const struct us_rules *rules;
    size_t count;
};

uint64_t live_bench_sum(
    uint32_t account, uint32_t definition, const struct us_transition *made)
{
    int64_t key[5] = {
        account, definition, (int64_t)made->change, made->t, made->ordinal};
    return us_hash((us_str){(const char *)key, sizeof key});
}

struct live_bench_kept *live_bench_kept_new(const struct us_rules *r)
{
    struct us_arena memory;
    us_arena_init(&memory, (size_t)16 << 30);
    struct live_bench_kept *k = us_new(&memory, struct live_bench_kept, 1);
    k->memory = memory;
    k->rules = r;
    us_arena_init(&k->rows, (size_t)16 << 30);
    us_arena_init(&k->work, (size_t)16 << 30);
    return k;
}

void live_bench_keep(struct live_bench_kept *k, uint32_t account,
    const struct us_log_event *e, const us_value *values)
{
    size_t columns = k->rules->plan->need.column_count;
    struct row *row = us_new(&k->rows, struct row, 1);
    *row = (struct row){.e = *e, .account = account};
    k->count++;
    if (!values) return;
    row->values = us_new(&k->memory, us_value, columns);
    memcpy(row->values, values, columns * sizeof *values);
    for (size_t i = 0; i < columns; i++)
        if (values[i].kind == US_STRING)
            row->values[i].text = us_arena_str(&k->memory, values[i].text);
}

static int row_order(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    if (x->account != y->account) return x->account < y->account ? -1 : 1;
    if (x->e.at != y->e.at) return x->e.at < y->e.at ? -1 : 1;
    return (x->e.seq > y->e.seq) - (x->e.seq < y->e.seq);
}

static int person_order(const void *a, const void *b)
{
    const struct us_log_person *x = a;
    const struct us_log_person *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static void people_of(struct us_log *log, struct us_arena *a)
{
    log->people = us_new(a, struct us_log_person, log->event_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < log->event_count; i++)
        if (log->events[i].user != US_NOBODY)
            log->people[count++] =
                (struct us_log_person){.id = log->events[i].user, .identified = true};
    if (count) qsort(log->people, count, sizeof *log->people, person_order);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || log->people[i].id != log->people[log->person_count - 1].id)
            log->people[log->person_count++] = log->people[i];
}

static struct us_log log_of(const struct live_bench_kept *k, const struct row *rows,
    size_t count, struct us_arena *a)
{
    size_t columns = k->rules->plan->need.column_count;
    struct us_log log = {.account = rows->account,
        .events = us_new(a, struct us_log_event, count),
        .event_count = count,
        .values = us_new(a, us_value, count * columns + 1),
        .column_count = columns};
    for (size_t i = 0; i < count; i++) {
        log.events[i] = rows[i].e;
        if (rows[i].values)
            memcpy(
                &log.values[i * columns], rows[i].values, columns * sizeof *log.values);
    }
    people_of(&log, a);
    return log;
}

struct live_bench_found live_bench_replay(struct live_bench_kept *k, int64_t until)
{
    struct live_bench_found found = {0};
    struct row *rows = (struct row *)(void *)k->rows.base;
    struct us_replay *replay = us_replay_new(k->rules, &k->memory);
    if (k->count) qsort(rows, k->count, sizeof *rows, row_order);
    for (size_t from = 0, to = 0; from < k->count; from = to) {
        while (to < k->count && rows[to].account == rows[from].account)
            to++;
        us_arena_reset(&k->work);
        struct us_log log = log_of(k, rows + from, to - from, &k->work);
        struct us_runs runs;
        us_runs_of_log(&log, &k->rules->plan->need, &k->work, &runs);
        us_replay_take(replay, &runs, until);
        for (uint32_t d = 0; d < k->rules->definition_count; d++) {
            struct us_replay_answer a = us_replay_ask(replay, d, false);
            for (size_t i = 0; i < a.count; i++)
                found.sum += live_bench_sum(log.account, d, &a.items[i].change);
            found.transitions += a.count;
        }
    }
    us_replay_done(replay);
    return found;
}
