/* Shards of the live executor: rows of many accounts as one stream, in any order that
 * what is known allows, given to one, two and seven shards on threads of their own.
 * Each time the same is told, and it is what the referee says of each account.
 *
 *   shards_test [SEED [COUNT]]    COUNT tales from SEED on; USHER_SOAK multiplies
 */

#include "base/err.h"
#include "qualify/live.h"
#include "qualify/referee.h"
#include "qualify/tale.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { TALES = 12, ACCOUNTS = 9, SHARDS_MAX = 7, CHANGES_MAX = 1 << 16 };

/* A row, a person with the first that is theirs, or the moment at which one leaves: of
 * what log, from when. */
struct row {
    int64_t at;
    uint32_t account;
    enum { EVENT, TRAIT, PAYMENT, DEAL, PERSON, LEAVES } kind;
    size_t i;
    uint64_t tie;
};

struct list {
    struct us_firing *items;
    size_t count;
};

struct world {
    struct tale tale;
    struct us_arena arena;
    struct us_log logs[ACCOUNTS];
    struct row *rows;
    size_t row_count;
};

/* One shard on its thread: the accounts whose number leaves a rest of `rest`. */
struct worker {
    const struct world *w;
    const struct us_live_rules *rules;
    uint32_t shards, rest;
    int64_t loaded; /* accounts are loaded whole up to here; US_ALWAYS: none are */
    struct us_arena arena;
    struct list told;
    bool sorted; /* told in order of moment, account, definition, user */
};

/* ---- accounts ---- */

static bool one_in(struct world *w, uint64_t n)
{
    return story_below(&w->tale.story, n) == 0;
}

/* Part of the tale's own account, later by some days, with people of its own. */
static void account(struct world *w, uint32_t k)
{
    const struct us_log *from = w->tale.log;
    struct us_log *log = &w->logs[k];
    struct us_arena *a = &w->arena;
    int64_t by = (int64_t)story_below(&w->tale.story, 6) * 7 * US_HOUR_US;
    *log = *from;
    log->account = k;
    log->event_count = log->trait_count = 0;
    log->events = us_new(a, struct us_log_event, from->event_count + 1);
    log->values = us_new(a, us_value, from->event_count * from->column_count + 1);
    log->traits = us_new(a, struct us_log_trait, from->trait_count + 1);
    log->people = us_new(a, struct us_log_person, from->person_count + 1);
    size_t columns = from->column_count;
    for (size_t i = 0; i < from->event_count; i++) {
        if (one_in(w, 4)) continue;
        struct us_log_event *e = &log->events[log->event_count];
        *e = from->events[i];
        e->at += by;
        e->from += by;
        if (e->to != US_NEVER) e->to += by;
        /* Some are in several accounts. */
        if (e->user != US_NOBODY && e->user > 0) e->user += k * 10;
        memcpy(&log->values[log->event_count++ * columns], &from->values[i * columns],
            columns * sizeof(us_value));
    }
    for (size_t i = 0; i < from->trait_count; i++) {
        if (one_in(w, 4)) continue;
        struct us_log_trait *r = &log->traits[log->trait_count++];
        *r = from->traits[i];
        if (r->user != US_NOBODY && r->user > 0) r->user += k * 10;
    }
    for (size_t i = 0; i < from->person_count; i++) {
        log->people[i] = from->people[i];
        if (log->people[i].id > 0) log->people[i].id += k * 10;
    }
}

static void put(struct world *w, struct row row)
{
    row.tie = story_below(&w->tale.story, UINT64_C(1) << 40);
    w->rows[w->row_count++] = row;
}

/* After all rows of a moment people are told of, and then what leaves does so. */
static int order(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    int last_x = x->kind < PERSON ? 0 : (int)x->kind;
    int last_y = y->kind < PERSON ? 0 : (int)y->kind;
    if (last_x != last_y) return last_x - last_y;
    return (x->tie > y->tie) - (x->tie < y->tie);
}

static void put_people(struct world *w, uint32_t k)
{
    const struct us_log *log = &w->logs[k];
    int64_t *from = us_new(&w->arena, int64_t, log->person_count + 1);
    us_log_people_from(log, from);
    for (size_t i = 0; i < log->person_count; i++)
        if (log->people[i].identified && from[i] != US_NEVER)
            put(w, (struct row){from[i], k, PERSON, i, 0});
}

static void stream(struct world *w)
{
    size_t most = 0;
    for (uint32_t k = 0; k < ACCOUNTS; k++)
        most += 2 * (w->logs[k].event_count + w->logs[k].trait_count +
                        w->logs[k].payment_count + w->logs[k].deal_count) +
                w->logs[k].person_count;
    w->rows = us_new(&w->arena, struct row, most + 1);
    for (uint32_t k = 0; k < ACCOUNTS; k++) {
        const struct us_log *log = &w->logs[k];
        for (size_t i = 0; i < log->event_count; i++) {
            put(w, (struct row){log->events[i].from, k, EVENT, i, 0});
            if (log->events[i].to != US_NEVER)
                put(w, (struct row){log->events[i].to, k, LEAVES, i, 0});
        }
        for (size_t i = 0; i < log->trait_count; i++) {
            put(w, (struct row){log->traits[i].from, k, TRAIT, i, 0});
            if (log->traits[i].to != US_NEVER)
                put(w, (struct row){log->traits[i].to, k, LEAVES, i, 0});
        }
        for (size_t i = 0; i < log->payment_count; i++) {
            put(w, (struct row){log->payments[i].from, k, PAYMENT, i, 0});
            if (log->payments[i].to != US_NEVER)
                put(w, (struct row){log->payments[i].to, k, LEAVES, i, 0});
        }
        for (size_t i = 0; i < log->deal_count; i++) {
            put(w, (struct row){log->deals[i].from, k, DEAL, i, 0});
            if (log->deals[i].to != US_NEVER)
                put(w, (struct row){log->deals[i].to, k, LEAVES, i, 0});
        }
        put_people(w, k);
    }
    if (w->row_count) qsort(w->rows, w->row_count, sizeof *w->rows, order);
}

/* ---- shards ---- */

static void give(struct us_shard *s, const struct world *w, const struct row *r)
{
    const struct us_log *log = &w->logs[r->account];
    switch (r->kind) {
    case EVENT:
        us_shard_event(
            s, r->account, &log->events[r->i], &log->values[r->i * log->column_count]);
        return;
    case TRAIT: us_shard_trait(s, r->account, &log->traits[r->i]); return;
    case PAYMENT: us_shard_payment(s, r->account, &log->payments[r->i]); return;
    case DEAL: us_shard_deal(s, r->account, &log->deals[r->i]); return;
    case PERSON: us_shard_person(s, r->account, log->people[r->i].id); return;
    case LEAVES:
    default: us_shard_left(s, r->account, r->at); return;
    }
}

static int64_t until_of(const struct us_log *log, const struct row *r)
{
    switch (r->kind) {
    case EVENT: return log->events[r->i].to;
    case TRAIT: return log->traits[r->i].to;
    case PAYMENT: return log->payments[r->i].to;
    case DEAL: return log->deals[r->i].to;
    case PERSON:
    case LEAVES:
    default: return US_NEVER;
    }
}

static void again(void *ctx, struct us_shard *s, uint32_t account, int64_t t)
{
    const struct world *w = ((const struct worker *)ctx)->w;
    for (size_t i = 0; i < w->row_count && w->rows[i].at <= t; i++) {
        const struct row *r = &w->rows[i];
        bool seen = r->account == account && r->kind < PERSON &&
                    t < until_of(&w->logs[account], r);
        if (seen) give(s, w, r);
    }
}

static int firing_order(const void *a, const void *b)
{
    const struct us_firing *x = a;
    const struct us_firing *y = b;
    int64_t s = x->transition.t;
    int64_t t = y->transition.t;
    if (s != t) return s < t ? -1 : 1;
    if (x->account != y->account) return x->account < y->account ? -1 : 1;
    if (x->definition != y->definition) return x->definition < y->definition ? -1 : 1;
    return (x->user > y->user) - (x->user < y->user);
}

static void take(void *ctx, const struct us_firing *f)
{
    struct worker *k = ctx;
    struct list *l = &k->told;
    us_assert(l->count < CHANGES_MAX);
    if (l->count && firing_order(&l->items[l->count - 1], f) >= 0) k->sorted = false;
    l->items[l->count++] = *f;
}

/* Account by account, so that what is told so far is in order only within each. */
static void load(struct worker *k, struct us_shard *s)
{
    const struct world *w = k->w;
    for (uint32_t i = 0; i < ACCOUNTS; i++)
        if (i % k->shards == k->rest) us_shard_load(s, &w->logs[i], k->loaded);
    us_shard_loaded(s, k->loaded);
    struct list *l = &k->told;
    if (l->count) qsort(l->items, l->count, sizeof *l->items, firing_order);
    k->sorted = true;
}

static void *work(void *ctx)
{
    struct worker *k = ctx;
    const struct world *w = k->w;
    struct us_shard_calls calls = {.ctx = k, .take = take, .again = again};
    struct us_shard *s = us_shard_new(k->rules, &calls, &k->arena);
    if (k->loaded != US_ALWAYS) load(k, s);
    for (size_t i = 0; i < w->row_count && w->rows[i].at <= w->tale.until; i++)
        if (w->rows[i].account % k->shards == k->rest && w->rows[i].at > k->loaded)
            give(s, w, &w->rows[i]);
    us_shard_until(s, w->tale.until);
    us_shard_done(s);
    return NULL;
}

static struct list run(struct world *w, uint32_t shards, int64_t loaded, bool *sorted)
{
    struct worker workers[SHARDS_MAX];
    pthread_t threads[SHARDS_MAX];
    const struct us_live_rules *rules = us_live_rules_new(w->tale.rules, &w->arena);
    struct list all = {us_new(&w->arena, struct us_firing, CHANGES_MAX), 0};
    for (uint32_t i = 0; i < shards; i++) {
        workers[i] = (struct worker){.w = w,
            .rules = rules,
            .shards = shards,
            .rest = i,
            .loaded = loaded,
            .sorted = true};
        us_arena_init(&workers[i].arena, (size_t)1 << 30);
        workers[i].told.items =
            us_new(&workers[i].arena, struct us_firing, CHANGES_MAX);
        us_assert(pthread_create(&threads[i], NULL, work, &workers[i]) == 0);
    }
    for (uint32_t i = 0; i < shards; i++) {
        pthread_join(threads[i], NULL);
        us_assert(all.count + workers[i].told.count <= CHANGES_MAX);
        memcpy(all.items + all.count, workers[i].told.items,
            workers[i].told.count * sizeof *all.items);
        all.count += workers[i].told.count;
        *sorted = *sorted && workers[i].sorted;
        us_arena_done(&workers[i].arena);
    }
    if (all.count) qsort(all.items, all.count, sizeof *all.items, firing_order);
    return all;
}

/* ---- what it should be ---- */

static us_code take_referee(void *ctx, const struct us_firing *f, struct us_error *e)
{
    (void)e;
    struct list *l = ctx;
    us_assert(l->count < CHANGES_MAX);
    l->items[l->count++] = *f;
    return US_OK;
}

static struct list referee(struct world *w)
{
    struct list all = {us_new(&w->arena, struct us_firing, CHANGES_MAX), 0};
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        struct us_trial trial = {
            w->tale.rules, &w->logs[i], US_NODE_NONE, w->tale.until, &w->arena};
        us_assert(us_referee(&trial, take_referee, &all, NULL) == US_OK);
    }
    if (all.count) qsort(all.items, all.count, sizeof *all.items, firing_order);
    return all;
}

static bool same(const struct list *a, const struct list *b)
{
    bool good = a->count == b->count;
    for (size_t i = 0; good && i < a->count; i++) {
        const struct us_firing *x = &a->items[i];
        const struct us_firing *y = &b->items[i];
        good = x->account == y->account && x->definition == y->definition &&
               x->user == y->user && x->transition.change == y->transition.change &&
               x->transition.t == y->transition.t &&
               x->transition.since == y->transition.since &&
               x->transition.ordinal == y->transition.ordinal;
    }
    return good;
}

static size_t one_tale(struct us_tap *t, uint64_t seed)
{
    static const uint32_t counts[] = {1, 2, 7};
    struct us_arena arena;
    us_arena_init(&arena, (size_t)2 << 30);
    struct world *w = us_new(&arena, struct world, 1);
    tale_open(&w->tale, seed);
    w->arena = arena;
    for (uint32_t k = 0; k < ACCOUNTS; k++)
        account(w, k);
    stream(w);
    struct list want = referee(w);
    for (size_t i = 0; i < 6; i++) {
        bool sorted = true;
        int64_t loaded = US_ALWAYS;
        if (i >= 3 && w->row_count) /* up to a row, or just before it */
            loaded = w->rows[story_below(&w->tale.story, w->row_count)].at;
        if (loaded != US_ALWAYS) loaded -= (int64_t)story_below(&w->tale.story, 2);
        struct list got = run(w, counts[i % 3], loaded, &sorted);
        bool good = same(&want, &got);
        if (!good)
            printf("# seed %llu, %u shards\n%s", (unsigned long long)seed,
                counts[i % 3], w->tale.text);
        CHECK_AS(t, good, "shards tell what the referee says");
        CHECK_AS(t, sorted, "in order");
    }
    size_t told = want.count;
    tale_close(&w->tale);
    arena = w->arena;
    us_arena_done(&arena);
    return told;
}

int main(int argc, char **argv)
{
    struct us_tap t = {0};
    const char *soak = getenv("USHER_SOAK");
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : TALES;
    if (soak) count *= strtoull(soak, NULL, 10);
    size_t told = 0;
    for (uint64_t i = 0; i < count; i++)
        told += one_tale(&t, seed + i);
    printf("# %zu transitions\n", told);
    CHECK_AS(&t, told > count, "something is told");
    return us_tap_done(&t);
}
