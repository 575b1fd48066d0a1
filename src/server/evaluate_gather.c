/* evaluate_gather.c: what a replay says of every account, by several threads, in order.
 *
 * Each of them takes every so manieth chunk of accounts and works a chunk ahead of
 * whoever takes what they found. A chunk ends by its rows, too, so that memory is that
 * of so many rows, or of the largest account.
 */

#include "base/err.h"
#include "base/thread.h"
#include "qualify/replay.h"
#include "server/evaluate_inner.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { THREADS_MAX = 4, AHEAD = 2, CHUNK_ROWS = 20000 };
static const size_t BYTES_MAX = (size_t)32 << 30; /* address space */

struct chunk {
    struct us_arena a;
    struct us_gathered *items;
    size_t count;
    bool full; /* under the lock */
};

struct worker {
    struct crew *crew;
    size_t number;
    pthread_t thread;
    struct us_arena own, scratch;
    struct us_replay *replay;
    struct chunk chunks[AHEAD];
};

struct crew {
    const struct us_gathering *g;
    struct us_arena plan;
    size_t *begins; /* of each chunk its first account; and the end */
    size_t chunks;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool quit; /* under the lock */
    struct worker workers[THREADS_MAX];
    size_t made;
};

/* ---- one account ---- */

struct asking {
    const struct us_gathering *g;
    struct worker *by;
    struct us_gathered *out;
    struct us_arena *a;
};

static uint32_t index_of(const struct us_log *facts, uint32_t id)
{
    return id == US_NOBODY ? US_NOBODY : (uint32_t)us_log_person_at(facts, id);
}

static us_value past_value(void *ctx, uint32_t node, uint32_t user, int64_t t)
{
    return us_past_value(ctx, node, user, t);
}

static void transitions_gather(struct asking *x, uint32_t definition)
{
    struct us_gathered *out = x->out;
    struct us_replay_answer all = us_replay_ask(x->by->replay, definition, false);
    for (size_t i = 0; i < all.count; i++) {
        const struct us_replayed *r = &all.items[i];
        if (r->change.t <= x->g->after[definition]) continue;
        struct us_judging of = {x->g->rules, &x->g->rules->definitions[definition],
            r->user, r->change.t, past_value, us_replay_past(x->by->replay)};
        us_str why = us_evaluator_explain(&of, x->a, &x->by->scratch);
        *us_push(x->a, out->told, out->told_count, out->told_cap) =
            (struct us_gathered_told){
                definition, index_of(&out->runs.facts, r->user), r->change, why};
    }
}

static void machine_put(
    struct asking *x, uint32_t definition, uint32_t user, const struct us_machine *m)
{
    static const struct us_machine zero;
    struct us_gathered *out = x->out;
    if (memcmp(m, &zero, sizeof zero) == 0) return;
    *us_push(x->a, out->machines, out->machine_count, out->machine_cap) =
        (struct us_given_machine){US_NOBODY, definition, user, *m};
}

static void machines_gather(struct asking *x, uint32_t definition)
{
    bool pql = x->g->rules->definitions[definition].pql;
    size_t count = pql ? x->out->runs.facts.person_count : 1;
    struct us_machine *list = us_new(x->a, struct us_machine, count + 1);
    us_replay_machines(x->by->replay, definition, list);
    for (uint32_t i = 0; i < count; i++)
        machine_put(x, definition, pql ? i : US_NOBODY, &list[i]);
}

static void definitions_gather(struct asking *x)
{
    const struct us_rules *r = x->g->rules;
    const uint32_t *possible;
    size_t count = us_replay_possible(x->by->replay, &possible);
    uint32_t *own = us_new(x->a, uint32_t, count + 1);
    if (count) memcpy(own, possible, count * sizeof *own);
    for (size_t i = 0; i < count; i++) {
        /* When things happened costs as much to work out as where they stand. */
        if (x->g->after[own[i]] < x->g->until) transitions_gather(x, own[i]);
        machines_gather(x, own[i]);
    }
    x->out->converted = us_new(x->a, int64_t, r->definition_count + 1);
    for (uint32_t d = 0; d < r->definition_count; d++) {
        const struct us_definition *def = &r->definitions[d];
        x->out->converted[d] =
            def->aim == US_NODE_NONE
                ? US_NEVER
                : us_replay_outcome(x->by->replay, def->aim, def->times.hour_ticks);
    }
}

/* Its runs are there. */
static void runs_gather(struct worker *by, struct us_arena *a, struct us_gathered *out)
{
    const struct us_gathering *g = by->crew->g;
    struct asking x = {g, by, out, a};
    us_replay_take(by->replay, &out->runs, g->until);
    definitions_gather(&x);
}

static void account_gather(
    struct worker *by, size_t i, struct us_arena *a, struct us_gathered *out)
{
    const struct us_gathering *g = by->crew->g;
    us_replay_account(g->view, i, a, &out->runs);
    us_log_of_runs(&out->runs, &g->rules->plan->need, g->until, a, &out->log);
    runs_gather(by, a, out);
}

/* ---- chunks ---- */

static void chunk_fill(struct worker *by, size_t chunk, struct chunk *out)
{
    const struct crew *w = by->crew;
    size_t from = w->begins[chunk];
    us_arena_reset(&out->a);
    out->count = w->begins[chunk + 1] - from;
    out->items = us_new(&out->a, struct us_gathered, out->count);
    for (size_t i = 0; i < out->count; i++)
        account_gather(by, from + i, &out->a, &out->items[i]);
}

static us_code chunk_take(const struct crew *w, struct chunk *c, struct us_error *e)
{
    us_code code = US_OK;
    for (size_t i = 0; i < c->count && code == US_OK; i++)
        code = w->g->take(w->g->ctx, &c->items[i], &c->a, e);
    if (code == US_OK && w->g->stop && *w->g->stop)
        code = us_fail(e, US_BUSY, "server.stops", NULL);
    return code;
}

/* False: nobody wants it any more. */
static bool chunk_wait(struct crew *w, const struct chunk *c, bool full)
{
    pthread_mutex_lock(&w->lock);
    while (c->full != full && !w->quit)
        pthread_cond_wait(&w->moved, &w->lock);
    bool on = !w->quit;
    pthread_mutex_unlock(&w->lock);
    return on;
}

static void chunk_turn(struct crew *w, struct chunk *c, bool full)
{
    pthread_mutex_lock(&w->lock);
    c->full = full;
    pthread_cond_broadcast(&w->moved);
    pthread_mutex_unlock(&w->lock);
}

static struct chunk *chunk_of(struct crew *w, size_t chunk)
{
    return &w->workers[chunk % w->made].chunks[chunk / w->made % AHEAD];
}

static void *work(void *ctx)
{
    us_thread_is("usher-replay", 0);
    struct worker *own = ctx;
    struct crew *w = own->crew;
    for (size_t i = own->number; i < w->chunks; i += w->made) {
        struct chunk *c = chunk_of(w, i);
        if (!chunk_wait(w, c, false)) break;
        chunk_fill(own, i, c);
        chunk_turn(w, c, true);
    }
    return NULL;
}

/* ---- all of them ---- */

static void worker_make(struct crew *w, size_t number)
{
    struct worker *own = &w->workers[number];
    *own = (struct worker){.crew = w, .number = number};
    us_arena_init(&own->own, BYTES_MAX);
    us_arena_init(&own->scratch, BYTES_MAX);
    own->replay = us_replay_new(w->g->rules, &own->own);
    for (size_t i = 0; i < AHEAD; i++)
        us_arena_init(&own->chunks[i].a, BYTES_MAX);
}

static void worker_end(struct worker *own)
{
    us_replay_done(own->replay);
    us_arena_done(&own->own);
    us_arena_done(&own->scratch);
    for (size_t i = 0; i < AHEAD; i++)
        us_arena_done(&own->chunks[i].a);
}

static us_code alone(struct crew *w, struct us_error *e)
{
    struct worker *own = &w->workers[0];
    us_code code = US_OK;
    for (size_t i = 0; i < w->chunks && code == US_OK; i++) {
        chunk_fill(own, i, &own->chunks[0]);
        code = chunk_take(w, &own->chunks[0], e);
    }
    return code;
}

static us_code together(struct crew *w, struct us_error *e)
{
    us_code code = US_OK;
    size_t begun = 0;
    while (begun < w->made && code == US_OK) {
        struct worker *own = &w->workers[begun];
        int failed = pthread_create(&own->thread, NULL, work, own);
        if (failed)
            code = us_fail(e, US_IO, "server.thread",
                US_ARGS(US_TEXT("why", us_str_c(strerror(failed)))));
        begun += failed == 0;
    }
    for (size_t i = 0; i < w->chunks && code == US_OK; i++) {
        struct chunk *c = chunk_of(w, i);
        (void)chunk_wait(w, c, true);
        code = chunk_take(w, c, e);
        chunk_turn(w, c, false);
    }
    pthread_mutex_lock(&w->lock);
    w->quit = true;
    pthread_cond_broadcast(&w->moved);
    pthread_mutex_unlock(&w->lock);
    while (begun)
        pthread_join(w->workers[--begun].thread, NULL);
    return code;
}

static void plan(struct crew *w)
{
    const struct us_gathering *g = w->g;
    size_t accounts = us_replay_count(g->view);
    w->begins = us_new(&w->plan, size_t, accounts + 1);
    size_t rows = 0;
    for (size_t i = 0; i < accounts; i++) {
        size_t from = w->chunks ? w->begins[w->chunks - 1] : 0;
        if (!i || i - from >= g->chunk || rows >= CHUNK_ROWS) {
            w->begins[w->chunks++] = i;
            rows = 0;
        }
        rows += us_replay_rows(g->view, i);
    }
    w->begins[w->chunks] = accounts;
}

static size_t threads_of(size_t chunks)
{
    long there = sysconf(_SC_NPROCESSORS_ONLN);
    size_t threads = there < 1 ? 1 : there > THREADS_MAX ? THREADS_MAX : (size_t)there;
    return threads < chunks ? threads : chunks;
}

void us_evaluator_gather_one(const struct us_gathering *g, const struct us_log *log,
    struct us_arena *a, struct us_gathered *out)
{
    struct crew w = {.g = g};
    struct worker *own = &w.workers[0];
    worker_make(&w, 0);
    *out = (struct us_gathered){.log = *log};
    us_runs_of_log(log, &g->rules->plan->need, a, &out->runs);
    runs_gather(own, a, out);
    worker_end(own);
}

us_code us_evaluator_gather(const struct us_gathering *g, struct us_error *e)
{
    struct crew w = {.g = g};
    us_arena_init(&w.plan, BYTES_MAX);
    plan(&w);
    w.made = threads_of(w.chunks);
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.moved, NULL);
    for (size_t i = 0; i < w.made; i++)
        worker_make(&w, i);
    us_code code = w.chunks < 2 ? alone(&w, e) : together(&w, e);
    for (size_t i = 0; i < w.made; i++)
        worker_end(&w.workers[i]);
    pthread_mutex_destroy(&w.lock);
    pthread_cond_destroy(&w.moved);
    us_arena_done(&w.plan);
    return code;
}
