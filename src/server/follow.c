#include "base/thread.h"
#include "server/clock.h"
#include "server/follow_inner.h"
#include "server/sources.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

enum {
    IDLE_MS = 1000, /* the longest wait for something to do */
    TICK_MS = 20,   /* after a tick, for lines known before it to be durable */
    PAUSE_MS = 500, /* after a failure; it doubles up to: */
    PAUSE_MAX_MS = 60000,
    RULES_MS = 3600000, /* for another configuration: all of history may be loaded */
    HOLD_MS = 600000,   /* to stand still: all of history may be being loaded */
};

us_code us_follow_place_keep(struct us_follow *f, struct us_error *e)
{
    struct us_told_batch end = {
        .to = us_evaluator_counts(f->evaluator).position, .until = f->counts.over};
    return f->counts.over == US_ALWAYS ? US_OK : us_follow_commit(f, &end, e);
}

/* The same before another evaluator goes on there. One that told nothing yet leaves the
 * place to the definitions that did: by its own, what is new would be known already,
 * and its past told by nobody. */
static us_code place_leave(struct us_follow *f, struct us_error *e)
{
    bool told = f->evaluator && us_str_eq(f->place.config, f->config);
    return told ? us_follow_place_keep(f, e) : US_OK;
}

void us_follow_rules_set(struct us_follow *f, const struct us_serve_rules *next)
{
    pthread_mutex_lock(&f->lock);
    f->o.rules = next->rules;
    f->o.history_rules = next->history_rules;
    f->o.plays = next->plays;
    f->o.play_count = next->play_count;
    f->has_next = false;
    pthread_cond_broadcast(&f->moved);
    pthread_mutex_unlock(&f->lock);
    us_follow_versions(f);
}

/* By another configuration: all up to here is told by the old one. Where the other
 * cannot be loaded beside it, nothing is decided until it is. */
static us_code rules_go(struct us_follow *f, bool has_next,
    const struct us_serve_rules *next, struct us_error *e)
{
    if (has_next && us_follow_beside_can(f, next))
        return us_follow_beside_on(f, next, e);
    us_follow_beside_end(f);
    if (!has_next) return US_OK;
    US_TRY(place_leave(f, e));
    us_evaluator_close(f->evaluator);
    f->evaluator = NULL;
    us_follow_rules_set(f, next);
    return US_OK;
}

static us_code rules_take(struct us_follow *f, struct us_error *e)
{
    pthread_mutex_lock(&f->lock);
    bool has_next = f->has_next;
    struct us_serve_rules next = f->next;
    f->taking = has_next;
    f->news = false;
    pthread_mutex_unlock(&f->lock);
    us_code code = rules_go(f, has_next, &next, e);
    pthread_mutex_lock(&f->lock);
    f->taking = false;
    pthread_cond_broadcast(&f->moved);
    pthread_mutex_unlock(&f->lock);
    return code;
}

/* Something of it is to be done now. With the lock. */
static bool rules_due(const struct us_follow *f)
{
    return f->has_next ? !f->besides || f->beside.ready : f->besides;
}

/* Whether it is to stand still: state and evaluator are closed then, and opened again
 * where they stood. */
static us_code hold_take(struct us_follow *f, bool *held, struct us_error *e)
{
    pthread_mutex_lock(&f->lock);
    bool hold = f->hold;
    if (!hold) f->held = false;
    pthread_mutex_unlock(&f->lock);
    *held = hold;
    if (!hold) return US_OK;
    us_follow_beside_end(f);
    US_TRY(place_leave(f, e));
    us_evaluator_close(f->evaluator);
    us_state_close(f->state);
    f->evaluator = NULL;
    f->state = NULL;
    pthread_mutex_lock(&f->lock);
    f->held = true;
    pthread_cond_broadcast(&f->moved);
    pthread_mutex_unlock(&f->lock);
    return US_OK;
}

/* ---- the thread ---- */

static void failed(struct us_follow *f, const struct us_error *why)
{
    pthread_mutex_lock(&f->lock);
    bool first = f->counts.failing++ == 0;
    f->counts.failures++;
    pthread_mutex_unlock(&f->lock);
    if (first)
        us_server_say_error(f->with.log, US_WARN, "server.said_evaluator_failed", why);
    f->pause_ms = f->pause_ms ? f->pause_ms * 2 : PAUSE_MS;
    if (f->pause_ms > PAUSE_MAX_MS) f->pause_ms = PAUSE_MAX_MS;
}

void us_follow_does_well(struct us_follow *f)
{
    f->pause_ms = 0;
    pthread_mutex_lock(&f->lock);
    bool again = f->counts.failing != 0;
    f->counts.failing = 0;
    if (f->evaluator) f->counts.evaluator = us_evaluator_counts(f->evaluator);
    pthread_cond_broadcast(&f->moved);
    pthread_mutex_unlock(&f->lock);
    if (again) us_server_say(f->with.log, US_INFO, "server.said_evaluator_again", NULL);
}

/* What is durable before anything of it is read. */
struct since {
    uint64_t groups;
    int64_t from, seq;
};
static struct since since_now(struct us_follow *f)
{
    struct since s = {.from = us_server_ticks()};
    pthread_mutex_lock(&f->lock);
    s.groups = f->groups;
    pthread_mutex_unlock(&f->lock);
    s.seq = us_committer_end(f->with.committer).seq;
    return s;
}

/* All of that is decided. */
static void caught_up(struct us_follow *f, const struct since *s)
{
    pthread_mutex_lock(&f->lock);
    f->behind_since = f->groups == s->groups ? 0 : s->from;
    f->caught_seq = s->seq;
    pthread_mutex_unlock(&f->lock);
}

/* Who is silent has to be known before anything is told. While history fails nobody is
 * called so, and the server goes on trying. */
static void sources_learn(struct us_follow *f)
{
    struct us_error why;
    if (f->evaluator && !us_loader_counts(f->with.loader).open) return;
    us_code code = us_sources_learn(f->with.sources, f->with.loader, &why);
    (void)code;
}

/* Somebody waits for the round to end, though more may come for ever. */
static bool is_asked(struct us_follow *f)
{
    pthread_mutex_lock(&f->lock);
    bool asked = f->hold || rules_due(f);
    pthread_mutex_unlock(&f->lock);
    return asked;
}

/* All there is, then all time that has passed. */
static us_code round_of(struct us_follow *f, struct us_error *e)
{
    bool held;
    US_TRY(rules_take(f, e));
    US_TRY(hold_take(f, &held, e));
    if (held) return US_OK;
    struct since since = since_now(f);
    if (!f->o.rules->definition_count) {
        f->empty = US_ALWAYS; /* those to come have a past */
        caught_up(f, &since);
        return US_OK;
    }
    sources_learn(f);
    if (!f->evaluator) US_TRY(us_follow_up(f, e));
    int64_t passed = us_committer_passed(f->with.committer);
    us_code code;
    while ((code = us_evaluator_step(f->evaluator, e)) == US_OK) {
        us_follow_does_well(f);
        /* One that is to load stands before lines of which some moments are told. */
        if (is_asked(f) && us_evaluator_counts(f->evaluator).loaded) return US_OK;
        since = since_now(f);
        passed = us_committer_passed(f->with.committer);
    }
    if (code != US_NOT_FOUND) return code;
    caught_up(f, &since);
    /* What becomes durable since `passed` was asked for is later than it. */
    int64_t due = us_evaluator_due(f->evaluator);
    if (passed >= due) US_TRY(us_evaluator_until(f->evaluator, passed, e));
    return us_follow_release(f, e);
}

/* Until a group is durable, something is due, or the pause is over; false: it is to
 * stop. */
static bool wait_for(struct us_follow *f)
{
    int64_t ms = f->pause_ms ? f->pause_ms : IDLE_MS;
    int64_t due = f->evaluator ? us_evaluator_due(f->evaluator) : US_NEVER;
    int64_t now = us_server_now();
    if (!f->pause_ms && due != US_NEVER && due - now < ms * 1000)
        ms = due < now ? TICK_MS : (due - now) / 1000 + TICK_MS;
    struct timespec at = us_server_in_ms(ms);
    pthread_mutex_lock(&f->lock);
    int code = 0;
    while (!f->stop && (f->pause_ms || !f->woken || f->held) && !f->news &&
           (f->pause_ms || !rules_due(f)) && f->hold == f->held && code == 0)
        code = pthread_cond_timedwait(&f->moved, &f->lock, &at);
    f->woken = false;
    bool on = !f->stop;
    pthread_mutex_unlock(&f->lock);
    return on;
}

/* For the next start; without it that reads all of history. */
static void accounts_keep(struct us_follow *f)
{
    struct us_error why;
    us_str path = us_follow_kept(f, &f->batch);
    if (us_evaluator_keep(f->evaluator, path, &why) != US_OK)
        us_server_say_error(f->with.log, US_WARN, "server.said_not_kept", &why);
}

static void *run(void *ctx)
{
    us_thread_is("usher-evaluate", 0);
    struct us_follow *f = ctx;
    struct us_error why = {0};
    do {
        if (round_of(f, &why) == US_OK) {
            us_follow_does_well(f);
        } else {
            failed(f, &why);
        }
    } while (wait_for(f));
    bool loaded = f->evaluator && us_evaluator_counts(f->evaluator).loaded;
    if (loaded && round_of(f, &why) == US_OK && f->evaluator) {
        struct us_told_batch end = {
            .to = us_evaluator_counts(f->evaluator).position, .until = f->counts.over};
        bool told =
            f->counts.over != US_ALWAYS && us_follow_commit(f, &end, &why) == US_OK;
        if (told) accounts_keep(f);
    }
    us_follow_beside_end(f);
    us_evaluator_close(f->evaluator);
    us_state_close(f->state);
    f->evaluator = NULL;
    f->state = NULL;
    return NULL;
}

/* ---- a part of the server ---- */

static us_code part_open(
    void *ctx, const struct us_serve_parts *parts, struct us_error *e)
{
    struct us_follow *f = ctx;
    struct us_committer *c = parts->committer;
    f->with = *parts;
    f->behind_since = us_server_ticks(); /* until it is seen that it is not */
    f->begun_at = us_committer_end(c).at;
    f->empty = us_committer_end(c).seq ? US_ALWAYS : us_committer_passed(c);
    int code = pthread_create(&f->thread, NULL, run, f);
    if (code)
        return us_fail(e, US_IO, "server.thread",
            US_ARGS(US_TEXT("why", us_str_c(strerror(code)))));
    f->running = true;
    return US_OK;
}

static void part_group(void *ctx, const struct us_group *g)
{
    (void)g;
    struct us_follow *f = ctx;
    pthread_mutex_lock(&f->lock);
    f->woken = true;
    f->groups++;
    if (!f->behind_since) f->behind_since = us_server_ticks();
    pthread_cond_broadcast(&f->moved);
    pthread_mutex_unlock(&f->lock);
}

static void part_close(void *ctx)
{
    struct us_follow *f = ctx;
    if (!f->running) return;
    f->ending = true;
    pthread_mutex_lock(&f->lock);
    f->stop = true;
    pthread_cond_broadcast(&f->moved);
    pthread_mutex_unlock(&f->lock);
    pthread_join(f->thread, NULL);
    f->running = false;
    us_arena_done(&f->memory);
    us_arena_done(&f->batch);
}

/* Where the old one cannot be left, as state cannot be written, it stays. What the next
 * one was to be is not looked at by anybody after this returns. */
static us_code part_rules(
    void *ctx, const struct us_serve_rules *next, struct us_error *e)
{
    struct us_follow *f = ctx;
    struct timespec at = us_server_in_ms(RULES_MS);
    int code = 0;
    pthread_mutex_lock(&f->lock);
    if (next->rules == f->o.rules) { /* the evaluator goes on */
        pthread_mutex_unlock(&f->lock);
        return US_OK;
    }
    f->next = *next;
    f->has_next = f->news = true;
    pthread_cond_broadcast(&f->moved);
    while (f->has_next && !f->stop && code == 0)
        code = pthread_cond_timedwait(&f->moved, &f->lock, &at);
    f->has_next = false;
    f->news = f->besides;
    pthread_cond_broadcast(&f->moved);
    while (f->besides || f->taking)
        pthread_cond_wait(&f->moved, &f->lock);
    bool taken = f->o.rules == next->rules;
    pthread_mutex_unlock(&f->lock);
    return taken ? US_OK : us_fail(e, US_BUSY, "server.config_undecided", NULL);
}

static us_code part_hold(void *ctx, bool hold, struct us_error *e)
{
    struct us_follow *f = ctx;
    struct timespec at = us_server_in_ms(HOLD_MS);
    int code = 0;
    pthread_mutex_lock(&f->lock);
    f->hold = hold;
    pthread_cond_broadcast(&f->moved);
    while (hold && f->running && !f->held && code == 0)
        code = pthread_cond_timedwait(&f->moved, &f->lock, &at);
    bool done = !hold || !f->running || f->held;
    if (!done) f->hold = false;
    pthread_mutex_unlock(&f->lock);
    return done ? US_OK : us_fail(e, US_BUSY, "server.config_undecided", NULL);
}

static bool part_ready(void *ctx, struct us_buf *why)
{
    struct us_follow_counts c = us_follow_counts(ctx);
    if (c.failing) us_buf_put(why, US_S("evaluator_failing"));
    return true; /* events are taken all the same */
}

static void part_behind(void *ctx, struct us_lag *out)
{
    struct us_follow *f = ctx;
    int64_t end = us_committer_end(f->with.committer).seq;
    pthread_mutex_lock(&f->lock);
    int64_t seq = f->counts.evaluator.seq;
    if (f->caught_seq > seq) seq = f->caught_seq;
    *out = (struct us_lag){0};
    if (f->behind_since) {
        out->us = us_server_ticks() - f->behind_since;
        out->events = !seq ? -1 : end > seq ? end - seq : 0;
    }
    pthread_mutex_unlock(&f->lock);
}

static void metric(
    struct us_buf *out, const char *name, const char *kind, int64_t value)
{
    us_buf_fmt(
        out, "# TYPE usher_%s %s\nusher_%s %lld\n", name, kind, name, (long long)value);
}

static void part_metrics(void *ctx, struct us_buf *out)
{
    struct us_follow_counts c = us_follow_counts(ctx);
    const struct us_evaluator_counts *v = &c.evaluator;
    metric(out, "evaluated_lines_total", "counter", v->lines);
    metric(out, "transitions_total", "counter", v->told);
    metric(out, "accounts", "gauge", v->accounts);
    metric(out, "evaluator_bytes", "gauge", v->bytes);
    metric(out, "accounts_given_anew_total", "counter", v->again);
    metric(out, "rows_come_total", "counter", v->came);
    metric(out, "history_loads_total", "counter", v->loads);
    metric(out, "evaluator_commits_total", "counter", c.commits);
    metric(out, "evaluator_failures_total", "counter", c.failures);
    metric(out, "definitions_loading", "gauge", c.besides);
    metric(out, "handoffs_held", "gauge", c.held);
    metric(out, "decision_microseconds", "gauge", c.took_us);
    struct us_lag behind;
    part_behind(ctx, &behind);
    metric(out, "decisions_lag_lines", "gauge", behind.events);
    metric(out, "decisions_lag_seconds", "gauge", behind.us / 1000000);
}

struct us_follow *us_follow_new(
    const struct us_follow_options *options, struct us_arena *a)
{
    struct us_follow *f = us_new(a, struct us_follow, 1);
    f->o = *options;
    f->counts.over = US_ALWAYS;
    us_arena_init(&f->memory, (size_t)1 << 30);
    us_arena_init(&f->batch, (size_t)16 << 30);
    pthread_mutex_init(&f->lock, NULL);
    us_server_cond_init(&f->moved);
    us_follow_versions(f);
    return f;
}

struct us_serve_part us_follow_part(struct us_follow *f)
{
    return (struct us_serve_part){.ctx = f,
        .open = part_open,
        .group = part_group,
        .ready = part_ready,
        .behind = part_behind,
        .rules = part_rules,
        .hold = part_hold,
        .metrics = part_metrics,
        .close = part_close};
}

struct us_follow_counts us_follow_counts(struct us_follow *f)
{
    pthread_mutex_lock(&f->lock);
    struct us_follow_counts c = f->counts;
    c.besides = f->besides;
    pthread_mutex_unlock(&f->lock);
    return c;
}
