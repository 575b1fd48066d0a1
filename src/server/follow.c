#include "server/follow.h"

#include "server/clock.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

enum {
    IDLE_MS = 1000, /* the longest wait for something to do */
    TICK_MS = 20,   /* after a tick, for lines known before it to be durable */
    PAUSE_MS = 500, /* after a failure; it doubles up to: */
    PAUSE_MAX_MS = 60000,
    RULES_MS = 60000, /* to leave the old configuration */
    KEEP_MS = 5000,   /* a place is kept so often though nothing was told */
};

struct us_follow {
    struct us_follow_options o;
    struct us_committer *committer;
    struct us_loader *loader;
    const struct us_server_log *log;
    pthread_t thread;
    bool running;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool stop, woken;
    bool has_next; /* there is another configuration to go on by: */
    struct us_serve_rules next;
    struct us_follow_counts counts; /* under the lock */
    us_pos done;                    /* lines before it are decided; under the lock */

    /* Of the thread alone. */
    struct us_arena memory, batch;
    struct us_state *state;
    struct us_evaluator *evaluator;
    struct us_state_position place;
    int64_t kept; /* ticks, when the place was */
    int pause_ms;
    us_str config; /* all versions; config_of */
    struct us_state_version *versions;
    us_str *plays;
};

/* ---- into state ---- */

static us_code use(
    void *ctx, us_pos upto, us_evaluator_work *work, void *work_ctx, struct us_error *e)
{
    struct us_follow *f = ctx;
    return us_loader_use(f->loader, upto, work, work_ctx, e);
}

static us_pos durable(void *ctx)
{
    const struct us_follow *f = ctx;
    return us_committer_end(f->committer).at;
}

static void transition_of(const struct us_follow *f, const struct us_told *told,
    struct us_state_transition *out)
{
    const struct us_definition *def = &f->o.rules->definitions[told->definition];
    *out = (struct us_state_transition){.definition = def->name,
        .version = def->version,
        .account = told->account,
        .user = told->user,
        .change = us_change_word(told->change.change),
        .t = told->change.t,
        .since = told->change.since,
        .ordinal = told->change.ordinal,
        .live = told->live,
        .explanation = told->explanation,
        .corrected = US_NEVER};
}

static us_code commit(
    struct us_follow *f, const struct us_told_batch *b, struct us_error *e)
{
    struct us_state_batch batch = {.versions = f->versions,
        .version_count = f->o.rules->definition_count,
        .plays = f->plays,
        .play_count = f->o.play_count,
        .from = f->place.at,
        .position = {b->to, b->until, f->config},
        .now = us_server_now()};
    us_arena_reset(&f->batch);
    batch.transition_count = b->count;
    batch.transitions = us_new(&f->batch, struct us_state_transition, b->count + 1);
    for (size_t i = 0; i < b->count; i++)
        transition_of(f, &b->items[i], &batch.transitions[i]);
    US_TRY(us_state_commit(f->state, &batch, e));
    f->place = batch.position;
    f->kept = us_server_ticks();
    return US_OK;
}

static us_code told(void *ctx, const struct us_told_batch *b, struct us_error *e)
{
    struct us_follow *f = ctx;
    bool keep = us_server_ticks() - f->kept > (int64_t)KEEP_MS * 1000;
    int64_t last_id = 0;
    if (b->count || keep || f->place.known == US_ALWAYS) US_TRY(commit(f, b, e));
    if (b->count) US_TRY(us_state_last_id(f->state, &last_id, e));
    int64_t now = us_server_now();
    pthread_mutex_lock(&f->lock);
    f->counts.commits += b->count != 0;
    f->counts.over = b->until;
    f->done = b->to;
    if (b->count) {
        f->counts.last_id = last_id;
        f->counts.took_us = now - b->items[0].change.t;
    }
    pthread_cond_broadcast(&f->moved);
    pthread_mutex_unlock(&f->lock);
    if (b->count && f->o.told) f->o.told(f->o.ctx, last_id);
    return US_OK;
}

/* ---- up ---- */

/* A line "NAME VERSION" a definition: what is kept with the place. */
static us_str config_of(const struct us_rules *r, struct us_arena *a)
{
    struct us_buf out = us_buf_new(a, 1 << 20);
    for (size_t i = 0; i < r->definition_count; i++)
        us_buf_fmt(&out, "%.*s %.*s\n", US_ARG(r->definitions[i].name),
            US_ARG(r->definitions[i].version));
    return us_buf_str(&out);
}

/* The version a definition had in such a text; empty: it was not in it. */
static us_str version_in(us_str config, us_str name)
{
    while (config.len) {
        us_str version;
        us_str line = us_str_cut(config, '\n', &config);
        if (us_str_eq(us_str_cut(line, ' ', &version), name)) return version;
    }
    return (us_str){"", 0};
}

static void versions_of(struct us_follow *f)
{
    const struct us_rules *r = f->o.rules;
    f->config = config_of(r, &f->memory);
    f->versions = us_new(&f->memory, struct us_state_version, r->definition_count + 1);
    for (size_t i = 0; i < r->definition_count; i++)
        f->versions[i] = (struct us_state_version){.definition = r->definitions[i].name,
            .version = r->definitions[i].version,
            .canon = r->definitions[i].canon,
            .first_run = us_server_now()};
    f->plays = us_new(&f->memory, us_str, f->o.play_count + 1);
    for (size_t i = 0; i < f->o.play_count; i++)
        f->plays[i] = f->o.plays[i].name;
}

static us_code plays_put(struct us_follow *f, struct us_error *e)
{
    int64_t now = us_server_now();
    for (size_t i = 0; i < f->o.play_count; i++) {
        struct us_state_play play = f->o.plays[i];
        bool fresh;
        play.first_seen = now;
        play.live_from = us_state_live_from(now, f->o.plays[i].live_from);
        US_TRY(us_state_play_put(f->state, &play, &fresh, e));
    }
    return US_OK;
}

/* Against the last run; nothing ran yet: all the same, as nothing was told. */
static us_code how_of(struct us_follow *f, us_evaluator_how **out, struct us_error *e)
{
    const struct us_rules *r = f->o.rules;
    us_evaluator_how *how =
        us_new(&f->memory, us_evaluator_how, r->definition_count + 1);
    *out = how;
    for (size_t i = 0; i < r->definition_count; i++) {
        const struct us_definition *def = &r->definitions[i];
        us_str last = version_in(f->place.config, def->name);
        struct us_state_version_list list;
        if (f->place.known == US_ALWAYS) continue;
        US_TRY(us_state_versions(f->state, def->name, &f->memory, &list, e));
        how[i] = list.count > 1 ? US_DEFINITION_GIVEN : US_DEFINITION_SAME;
        if (!list.count) how[i] = US_DEFINITION_NEW;
        if (list.count && !us_str_eq(last, def->version))
            how[i] = US_DEFINITION_CHANGED;
    }
    return US_OK;
}

struct standing_asking {
    us_evaluator_standing *take;
    void *ctx;
};

/* A machine as its last transition left it. */
static us_code standing_row(
    void *ctx, const struct us_state_transition *row, struct us_error *e)
{
    const struct standing_asking *q = ctx;
    us_change change = US_CHANGE_NONE;
    while (change < US_CHANGES && !us_str_eq(us_change_word(change), row->change))
        change++;
    struct us_machine m = {.entered = row->since, .entries = row->ordinal};
    if (change == US_CHANGE_ENTERED) {
        m.phase = US_PHASE_QUALIFIED;
    } else {
        m.phase = US_PHASE_COOLING;
        m.left = row->t;
        m.left_by = (uint8_t)change;
        m.must_reset = change == US_CHANGE_EXPIRED || change == US_CHANGE_CONVERTED;
    }
    return q->take(q->ctx, row->account, row->user, &m, e);
}

static us_code standings(void *ctx, uint32_t definition, us_evaluator_standing *take,
    void *take_ctx, struct us_error *e)
{
    struct us_follow *f = ctx;
    struct standing_asking q = {take, take_ctx};
    us_str name = f->o.rules->definitions[definition].name;
    return us_state_standings(f->state, name, standing_row, &q, e);
}

static us_code evaluator_up(struct us_follow *f, struct us_error *e)
{
    us_evaluator_how *how;
    US_TRY(us_state_position(f->state, &f->memory, &f->place, e));
    /* With no line at all there is no past: whatever comes is live. */
    if (f->place.known == US_ALWAYS && us_committer_end(f->committer).seq == 0)
        f->place.known = us_committer_passed(f->committer);
    US_TRY(how_of(f, &how, e));
    struct us_evaluator_options o = {.data = f->o.data,
        .journal = f->o.journal,
        .rules = f->o.rules,
        .history_rules = f->o.history_rules,
        .use = use,
        .use_ctx = f,
        .durable = durable,
        .durable_ctx = f,
        .told = told,
        .told_ctx = f,
        .told_until = f->place.known,
        .how = how,
        .standings = standings,
        .standings_ctx = f,
        .told_at = f->place.at};
    return us_evaluator_open(&o, &f->evaluator, e);
}

static us_code up(struct us_follow *f, struct us_error *e)
{
    if (!f->state) US_TRY(us_state_open(f->o.data, true, &f->state, e));
    US_TRY(plays_put(f, e));
    return evaluator_up(f, e);
}

/* The place as it is, so that a start knows how far all of it is told. */
static us_code place_keep(struct us_follow *f, struct us_error *e)
{
    struct us_told_batch end = {
        .to = us_evaluator_counts(f->evaluator).position, .until = f->counts.over};
    return f->counts.over == US_ALWAYS ? US_OK : commit(f, &end, e);
}

/* By another configuration: all up to here is told by the old one. */
static us_code rules_take(struct us_follow *f, struct us_error *e)
{
    pthread_mutex_lock(&f->lock);
    bool has_next = f->has_next;
    pthread_mutex_unlock(&f->lock);
    if (!has_next) return US_OK;
    if (f->evaluator) US_TRY(place_keep(f, e));
    us_evaluator_close(f->evaluator);
    f->evaluator = NULL;
    pthread_mutex_lock(&f->lock);
    if (f->has_next) {
        f->o.rules = f->next.rules;
        f->o.history_rules = f->next.history_rules;
        f->o.plays = f->next.plays;
        f->o.play_count = f->next.play_count;
        f->has_next = false;
    }
    pthread_cond_broadcast(&f->moved);
    pthread_mutex_unlock(&f->lock);
    versions_of(f);
    return US_OK;
}

/* ---- the thread ---- */

static void failed(struct us_follow *f, const struct us_error *why)
{
    pthread_mutex_lock(&f->lock);
    bool first = f->counts.failing++ == 0;
    f->counts.failures++;
    f->counts.why = *why;
    pthread_mutex_unlock(&f->lock);
    if (first)
        us_server_say_error(f->log, US_WARN, "server.said_evaluator_failed", why);
    f->pause_ms = f->pause_ms ? f->pause_ms * 2 : PAUSE_MS;
    if (f->pause_ms > PAUSE_MAX_MS) f->pause_ms = PAUSE_MAX_MS;
}

static void does_well(struct us_follow *f)
{
    f->pause_ms = 0;
    pthread_mutex_lock(&f->lock);
    bool again = f->counts.failing != 0;
    f->counts.failing = 0;
    if (f->evaluator) {
        f->counts.evaluator = us_evaluator_counts(f->evaluator);
        f->done = f->counts.evaluator.position;
    }
    pthread_cond_broadcast(&f->moved);
    pthread_mutex_unlock(&f->lock);
    if (again) us_server_say(f->log, US_INFO, "server.said_evaluator_again", NULL);
}

/* All there is, then all time that has passed. */
static us_code round_of(struct us_follow *f, struct us_error *e)
{
    US_TRY(rules_take(f, e));
    if (!f->o.rules->definition_count) return US_OK;
    if (!f->evaluator) US_TRY(up(f, e));
    int64_t passed = us_committer_passed(f->committer);
    us_code code;
    while ((code = us_evaluator_step(f->evaluator, e)) == US_OK) {
        does_well(f);
        passed = us_committer_passed(f->committer);
    }
    if (code != US_NOT_FOUND) return code;
    /* What becomes durable since `passed` was asked for is later than it. */
    int64_t due = us_evaluator_due(f->evaluator);
    if (passed >= due) US_TRY(us_evaluator_until(f->evaluator, passed, e));
    return US_OK;
}

static struct timespec moment_in(int64_t ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_nsec += (long)(ms % 1000) * 1000000;
    at.tv_sec += ms / 1000 + at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
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
    struct timespec at = moment_in(ms);
    pthread_mutex_lock(&f->lock);
    int code = 0;
    while (!f->stop && (f->pause_ms || !f->woken) && !f->has_next && code == 0)
        code = pthread_cond_timedwait(&f->moved, &f->lock, &at);
    f->woken = false;
    bool on = !f->stop;
    pthread_mutex_unlock(&f->lock);
    return on;
}

static void *run(void *ctx)
{
    struct us_follow *f = ctx;
    struct us_error why;
    do {
        if (round_of(f, &why) == US_OK) {
            does_well(f);
        } else {
            failed(f, &why);
        }
    } while (wait_for(f));
    if (f->evaluator && round_of(f, &why) == US_OK) {
        struct us_told_batch end = {
            .to = us_evaluator_counts(f->evaluator).position, .until = f->counts.over};
        if (f->counts.over != US_ALWAYS) (void)commit(f, &end, &why);
    }
    us_evaluator_close(f->evaluator);
    us_state_close(f->state);
    f->evaluator = NULL;
    f->state = NULL;
    return NULL;
}

/* ---- a part of the server ---- */

static us_code part_open(void *ctx, struct us_committer *c, struct us_loader *l,
    const struct us_server_log *log, struct us_error *e)
{
    struct us_follow *f = ctx;
    f->committer = c;
    f->loader = l;
    f->log = log;
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
    pthread_cond_broadcast(&f->moved);
    pthread_mutex_unlock(&f->lock);
}

static void part_close(void *ctx)
{
    struct us_follow *f = ctx;
    if (!f->running) return;
    pthread_mutex_lock(&f->lock);
    f->stop = true;
    pthread_cond_broadcast(&f->moved);
    pthread_mutex_unlock(&f->lock);
    pthread_join(f->thread, NULL);
    f->running = false;
    us_arena_done(&f->memory);
    us_arena_done(&f->batch);
}

/* Where the old one cannot be left, as state cannot be written, it stays. */
static us_code part_rules(
    void *ctx, const struct us_serve_rules *next, struct us_error *e)
{
    struct us_follow *f = ctx;
    struct timespec at = moment_in(RULES_MS);
    int code = 0;
    pthread_mutex_lock(&f->lock);
    f->next = *next;
    f->has_next = true;
    pthread_cond_broadcast(&f->moved);
    while (f->has_next && code == 0)
        code = pthread_cond_timedwait(&f->moved, &f->lock, &at);
    bool taken = !f->has_next;
    f->has_next = false;
    pthread_mutex_unlock(&f->lock);
    return taken ? US_OK : us_fail(e, US_BUSY, "server.evaluator_behind", NULL);
}

static bool part_ready(void *ctx, struct us_buf *why)
{
    struct us_follow_counts c = us_follow_counts(ctx);
    if (c.failing) us_buf_put(why, US_S("evaluator_failing"));
    return true; /* events are taken all the same */
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
    metric(out, "history_loads_total", "counter", v->loads);
    metric(out, "evaluator_commits_total", "counter", c.commits);
    metric(out, "evaluator_failures_total", "counter", c.failures);
    metric(out, "decision_microseconds", "gauge", c.took_us);
}

struct us_follow *us_follow_new(
    const struct us_follow_options *options, struct us_arena *a)
{
    struct us_follow *f = us_new(a, struct us_follow, 1);
    pthread_condattr_t monotonic;
    f->o = *options;
    f->counts.over = US_ALWAYS;
    us_arena_init(&f->memory, (size_t)1 << 30);
    us_arena_init(&f->batch, (size_t)16 << 30);
    pthread_mutex_init(&f->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&f->moved, &monotonic);
    pthread_condattr_destroy(&monotonic);
    versions_of(f);
    return f;
}

struct us_serve_part us_follow_part(struct us_follow *f)
{
    return (struct us_serve_part){.ctx = f,
        .open = part_open,
        .group = part_group,
        .ready = part_ready,
        .rules = part_rules,
        .metrics = part_metrics,
        .close = part_close};
}

struct us_follow_counts us_follow_counts(struct us_follow *f)
{
    pthread_mutex_lock(&f->lock);
    struct us_follow_counts c = f->counts;
    pthread_mutex_unlock(&f->lock);
    return c;
}

static bool before(us_pos a, us_pos b)
{
    return a.segment < b.segment || (a.segment == b.segment && a.offset < b.offset);
}

us_code us_follow_settled(struct us_follow *f, int wait_ms, struct us_error *e)
{
    us_pos end = us_committer_end(f->committer).at;
    struct timespec at = moment_in(wait_ms);
    int code = 0;
    pthread_mutex_lock(&f->lock);
    while (before(f->done, end) && code == 0)
        code = pthread_cond_timedwait(&f->moved, &f->lock, &at);
    bool there = !before(f->done, end);
    pthread_mutex_unlock(&f->lock);
    return there ? US_OK : us_fail(e, US_BUSY, "server.evaluator_behind", NULL);
}
