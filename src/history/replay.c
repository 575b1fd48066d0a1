/* replay.c: views of all accounts.
 *
 * Every log is brought once and kept as runs in memory.
 */
#include "history/replay.h"

#include "history/core.h"

static const size_t ROWS_MAX = (size_t)64 << 30;

struct us_replay_store {
    struct us_arena arena; /* it lies in it */
    struct us_history *history;
};

struct us_replay_view {
    struct us_arena arena; /* it lies in it */
    struct us_arena lists; /* of accounts */
    const struct us_need *need;
    struct us_runs *accounts;
    size_t count, cap;
};

us_code us_replay_open(us_str dir, struct us_history *h, us_history_progress *progress,
    void *ctx, struct us_replay_store **out, struct us_error *e)
{
    (void)dir;
    struct us_arena arena;
    us_arena_init(&arena, 1 << 20);
    struct us_replay_store *s = us_new(&arena, struct us_replay_store, 1);
    *s = (struct us_replay_store){.arena = arena, .history = h};
    us_code code = us_replay_refresh(s, progress, ctx, e);
    if (code == US_OK) {
        *out = s;
    } else {
        us_replay_close(s);
    }
    return code;
}

void us_replay_close(struct us_replay_store *s)
{
    if (!s) return;
    struct us_arena arena = s->arena;
    us_arena_done(&arena);
}

us_code us_replay_refresh(struct us_replay_store *s, us_history_progress *progress,
    void *ctx, struct us_error *e)
{
    (void)progress;
    (void)ctx;
    (void)e;
    us_assert(!s->history->batch);
    return US_OK;
}

static us_value value_kept(struct us_arena *a, us_value v)
{
    if (v.kind == US_STRING) v.text = us_arena_str(a, v.text);
    return v;
}

/* A log that outlives its turn, its events apart: runs copy what they need of those. */
static struct us_log log_kept(struct us_arena *a, const struct us_log *log)
{
    struct us_log kept = *log;
    kept.traits = us_new(a, struct us_log_trait, log->trait_count + 1);
    for (size_t i = 0; i < log->trait_count; i++) {
        kept.traits[i] = log->traits[i];
        kept.traits[i].value = value_kept(a, log->traits[i].value);
    }
    kept.payments = us_new(a, struct us_log_payment, log->payment_count + 1);
    for (size_t i = 0; i < log->payment_count; i++) {
        struct us_log_payment p = log->payments[i];
        us_str *texts[] = {&p.method, &p.channel, &p.plan, &p.invoice};
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            *texts[k] = us_arena_str(a, *texts[k]);
        kept.payments[i] = p;
    }
    kept.deals = us_new(a, struct us_log_deal, log->deal_count + 1);
    for (size_t i = 0; i < log->deal_count; i++) {
        struct us_log_deal d = log->deals[i];
        us_str *texts[] = {&d.id, &d.stage, &d.type, &d.channel, &d.owner, &d.source};
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            *texts[k] = us_arena_str(a, *texts[k]);
        kept.deals[i] = d;
    }
    kept.people = us_new(a, struct us_log_person, log->person_count + 1);
    for (size_t i = 0; i < log->person_count; i++)
        kept.people[i] = log->people[i];
    size_t values = log->event_count * log->column_count;
    kept.values = us_new(a, us_value, values + 1);
    for (size_t i = 0; i < values; i++)
        kept.values[i] = value_kept(a, log->values[i]);
    return kept;
}

static us_code take(void *ctx, const struct us_log *log, struct us_error *e)
{
    (void)e;
    struct us_replay_view *v = ctx;
    struct us_log kept = log_kept(&v->arena, log);
    us_runs_of_log(
        &kept, v->need, &v->arena, us_push(&v->lists, v->accounts, v->count, v->cap));
    return US_OK;
}

us_code us_replay_view(struct us_replay_store *s, const struct us_need *need,
    us_history_progress *progress, void *ctx, struct us_replay_view **out,
    struct us_error *e)
{
    (void)progress;
    (void)ctx;
    struct us_arena arena;
    us_arena_init(&arena, ROWS_MAX);
    struct us_replay_view *v = us_new(&arena, struct us_replay_view, 1);
    *v = (struct us_replay_view){.arena = arena, .need = need};
    us_arena_init(&v->lists, ROWS_MAX);
    us_code code =
        us_history_logs(s->history, need, (us_str){"", 0}, US_NEVER, take, v, e);
    if (code == US_OK) {
        *out = v;
    } else {
        us_replay_view_close(v);
    }
    return code;
}

void us_replay_view_close(struct us_replay_view *v)
{
    if (!v) return;
    us_arena_done(&v->lists);
    struct us_arena arena = v->arena;
    us_arena_done(&arena);
}

size_t us_replay_count(const struct us_replay_view *v)
{
    return v->count;
}

us_str us_replay_key(const struct us_replay_view *v, size_t i)
{
    return v->accounts[i].facts.key;
}

us_code us_replay_find(const struct us_replay_view *v, us_str key, size_t *i)
{
    size_t from = 0;
    size_t to = v->count;
    while (from < to) {
        size_t mid = (from + to) / 2;
        if (us_str_cmp(us_replay_key(v, mid), key) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    if (from == v->count || !us_str_eq(us_replay_key(v, from), key))
        return US_NOT_FOUND;
    *i = from;
    return US_OK;
}

size_t us_replay_rows(const struct us_replay_view *v, size_t i)
{
    return v->accounts[i].row_count;
}

void us_replay_account(
    const struct us_replay_view *v, size_t i, struct us_arena *a, struct us_runs *out)
{
    (void)a;
    *out = v->accounts[i];
}
