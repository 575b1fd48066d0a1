/* follow_beside.c: definitions to come, loaded and following beside those in force. */

#include "base/err.h"
#include "base/thread.h"
#include "server/clock.h"
#include "server/follow_inner.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

/* One that always has more to take joins after it has followed for so long. */
enum { FOLLOWED_MS = 5000, AGAIN_MS = 500, LOOK_MS = 20 };

bool us_follow_beside_can(const struct us_follow *f, const struct us_serve_rules *next)
{
    return f->evaluator && us_evaluator_counts(f->evaluator).loaded &&
           f->place.known != US_ALWAYS && next->rules->definition_count &&
           us_history_rules_alike(f->o.history_rules, next->history_rules);
}

/* ---- its thread ---- */

/* How far the one in force is. */
static us_pos evaluated(void *ctx)
{
    struct us_follow *f = ctx;
    pthread_mutex_lock(&f->lock);
    us_pos at = f->counts.evaluator.position;
    pthread_mutex_unlock(&f->lock);
    return at;
}

static us_code nobody(void *ctx, const struct us_told_batch *b, struct us_error *e)
{
    (void)ctx;
    (void)b;
    (void)e;
    return US_OK;
}

static bool stops(const struct us_follow_beside *b, int ms)
{
    for (; ms > 0 && !b->stop; ms -= LOOK_MS)
        usleep(LOOK_MS * 1000);
    return b->stop;
}

/* Until it has no more to take, or has followed for long. */
static void *run(void *ctx)
{
    struct us_follow *f = ctx;
    struct us_follow_beside *b = &f->beside;
    us_thread_is("usher-beside", US_LOADER_NICE);
    int64_t from = 0;
    bool ready = false;
    while (!ready && !stops(b, 0)) {
        struct us_error why;
        us_code code = us_evaluator_step(b->evaluator, &why);
        int64_t now = us_server_ticks();
        if (!from) from = now;
        if (code != US_OK && code != US_NOT_FOUND) {
            from = 0;
            (void)stops(b, AGAIN_MS);
        }
        ready = code == US_NOT_FOUND ||
                (code == US_OK && now - from > FOLLOWED_MS * INT64_C(1000));
    }
    pthread_mutex_lock(&f->lock);
    b->ready = ready;
    pthread_cond_broadcast(&f->moved);
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

/* ---- the follower's ---- */

static void besides_set(struct us_follow *f, bool there)
{
    pthread_mutex_lock(&f->lock);
    f->besides = there;
    f->beside.ready = false;
    pthread_cond_broadcast(&f->moved);
    pthread_mutex_unlock(&f->lock);
}

static void thread_end(struct us_follow_beside *b)
{
    b->stop = true;
    if (b->running) pthread_join(b->thread, NULL);
    b->running = false;
}

void us_follow_beside_end(struct us_follow *f)
{
    struct us_follow_beside *b = &f->beside;
    if (!b->evaluator) return;
    thread_end(b);
    us_evaluator_close(b->evaluator);
    us_arena_done(&b->memory);
    b->evaluator = NULL;
    besides_set(f, false);
}

static us_code begin(
    struct us_follow *f, const struct us_serve_rules *next, struct us_error *e)
{
    struct us_follow_beside *b = &f->beside;
    struct us_evaluator_options o = us_follow_options_of(f);
    us_arena_init(&b->memory, (size_t)1 << 30);
    us_code code = us_follow_how(f, next->rules, &b->memory, &b->how, e);
    o.rules = next->rules;
    o.history_rules = next->history_rules;
    o.silent = true;
    o.how = b->how;
    o.durable = evaluated;
    o.fresh = NULL; /* the one in force reads that */
    o.told = nobody;
    o.stop = &b->stop;
    if (code == US_OK) code = us_evaluator_open(&o, &b->evaluator, e);
    if (code != US_OK) {
        us_arena_done(&b->memory);
        return code;
    }
    b->next = *next;
    b->stop = false;
    besides_set(f, true);
    int failed = pthread_create(&b->thread, NULL, run, f);
    b->running = failed == 0;
    if (b->running) return US_OK;
    us_follow_beside_end(f);
    return us_fail(
        e, US_IO, "server.thread", US_ARGS(US_TEXT("why", us_str_c(strerror(failed)))));
}

static void stepped(void *ctx)
{
    us_follow_does_well(ctx);
}

static us_code join(struct us_follow *f, struct us_error *e)
{
    US_TRY(us_follow_plays(f, e));
    struct us_evaluator_options o = us_follow_options_of(f);
    o.told_at = us_evaluator_counts(f->evaluator).position; /* the same place */
    US_TRY(us_evaluator_join(f->evaluator, &o, e));
    return us_follow_place_keep(f, e);
}

/* All of it is told by the old one up to its place, and by this one from there on.
 * Where this one cannot go on, one is opened anew. */
static us_code swap(struct us_follow *f, struct us_error *e)
{
    struct us_follow_beside *b = &f->beside;
    thread_end(b);
    b->stop = false; /* it may have to load once more */
    US_TRY(us_evaluator_meet(b->evaluator, f->evaluator, stepped, f, e));
    US_TRY(us_follow_place_keep(f, e));
    struct us_serve_rules next = b->next;
    us_evaluator_close(f->evaluator);
    f->evaluator = b->evaluator;
    b->evaluator = NULL;
    us_follow_rules_set(f, &next);
    us_follow_given(f, b->how);
    us_code code = join(f, e);
    if (code != US_OK) {
        us_evaluator_close(f->evaluator);
        f->evaluator = NULL;
    }
    us_arena_done(&b->memory);
    besides_set(f, false);
    return code;
}

us_code us_follow_beside_on(
    struct us_follow *f, const struct us_serve_rules *next, struct us_error *e)
{
    struct us_follow_beside *b = &f->beside;
    if (b->evaluator && b->next.rules != next->rules) us_follow_beside_end(f);
    if (!b->evaluator) return begin(f, next, e);
    pthread_mutex_lock(&f->lock);
    bool ready = b->ready;
    pthread_mutex_unlock(&f->lock);
    return ready ? swap(f, e) : US_OK;
}
