#include "base/thread.h"
#include "server/clock.h"
#include "server/loader_inner.h"
#include "server/tail.h"

#include <errno.h>
#include <time.h>

enum { OWN_BYTES = 1 << 20, HEAD_BYTES = 64 << 20, SECOND_US = 1000000 };

/* ---- turns ---- */

void loader_turn_take(struct us_loader *l)
{
    pthread_mutex_lock(&l->lock);
    uint64_t mine = l->turn_next++;
    while (l->turn != mine)
        pthread_cond_wait(&l->turned, &l->lock);
    pthread_mutex_unlock(&l->lock);
}

void loader_turn_give(struct us_loader *l)
{
    pthread_mutex_lock(&l->lock);
    l->turn++;
    l->settle_at = l->unsettled && l->history
                       ? l->settled_at + US_LOADER_SETTLE_SHARE * l->settling_us
                       : US_NEVER;
    pthread_cond_broadcast(&l->turned);
    pthread_mutex_unlock(&l->lock);
}

/* ---- what was loaded ---- */

static void head_note(struct us_loader *l, us_str text)
{
    struct us_head head;
    if (!us_tail_head(l->json, text, &l->head, &head)) return;
    l->seq = head.seq;
    l->known = head.known;
}

static us_code number_cell(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    int64_t *number = ctx;
    if (!cells[0].null) us_str_int(cells[0].text, number);
    return US_OK;
}

/* ---- open, close ---- */

/* They keep the database open that was closed here: two would write one file. */
us_code loader_nobody_beside(struct us_loader *l, struct us_error *e)
{
    pthread_mutex_lock(&l->lock);
    int beside = l->beside;
    pthread_mutex_unlock(&l->lock);
    return beside ? us_fail(e, US_BUSY, "server.history_asked", NULL) : US_OK;
}

us_code loader_opened(struct us_loader *l, struct us_error *e)
{
    const struct us_loader_options *o = &l->options;
    if (l->anew && loader_nobody_beside(l, NULL) == US_OK) loader_closed(l);
    if (l->history) return US_OK;
    US_TRY(loader_nobody_beside(l, e));
    l->anew = false;
    US_TRY(
        us_history_open(o->data, o->rules, true, o->progress, o->ctx, &l->history, e));
    l->unsettled = true; /* one that was killed may have loaded and not settled */
    US_TRY(us_history_sql(l->history, US_S("SELECT value FROM meta WHERE key = 'seq'"),
        number_cell, &l->seq, e));
    pthread_mutex_lock(&l->lock);
    l->shown.open = true;
    l->shown.position = us_history_position(l->history);
    l->shown.seq = l->seq;
    pthread_mutex_unlock(&l->lock);
    return US_OK;
}

void loader_closed(struct us_loader *l)
{
    us_fresh_stop(&l->follower);
    us_history_close(l->history);
    l->history = NULL;
    l->caught = (us_pos){0};
    pthread_mutex_lock(&l->lock);
    l->shown.open = false;
    pthread_mutex_unlock(&l->lock);
}

/* ---- loading ---- */

static us_code groups_load(
    struct us_loader *l, const struct us_loader_end *end, struct us_error *e)
{
    us_str text;
    us_pos at, next;
    us_pos from = us_history_position(l->history);
    while (us_history_pending(l->history) < l->options.rows) {
        US_TRY(us_fresh_next(
            &l->follower, from, end ? &end->at : NULL, &text, &at, &next, e));
        US_TRY(us_history_load(l->history, text, at, next, e));
        from = next;
        if (text.len) head_note(l, text);
    }
    us_fresh_passed(l->follower.fresh, l->follower.who, from);
    return US_OK;
}

/* How far it is. What came durable since `wakes` were counted, at `from`, is to be
 * loaded yet; `all`: what came before is there. */
struct since {
    uint64_t wakes;
    int64_t from;
};
static void progress_show(
    struct us_loader *l, const struct since *since, int64_t rows, bool all)
{
    pthread_mutex_lock(&l->lock);
    l->shown.position = us_history_position(l->history);
    l->shown.seq = l->seq;
    l->shown.known = l->known;
    l->shown.rows += rows;
    l->shown.commits += rows > 0;
    if (all) l->behind_since = l->wakes == since->wakes ? 0 : since->from;
    pthread_mutex_unlock(&l->lock);
    if (rows && l->options.loaded)
        l->options.loaded(l->options.ctx, us_history_position(l->history), l->known);
}

static us_code measured(struct us_loader *l, struct us_error *e)
{
    int64_t bytes = 0;
    int64_t now = us_server_ticks();
    if (now - l->measured < SECOND_US) return US_OK;
    l->measured = now;
    US_TRY(us_history_sql(l->history,
        US_S("SELECT sum(memory_usage_bytes)::BIGINT FROM duckdb_memory()"),
        number_cell, &bytes, e));
    pthread_mutex_lock(&l->lock);
    l->shown.memory_bytes = bytes;
    pthread_mutex_unlock(&l->lock);
    return US_OK;
}

/* One transaction; *more: it ended because it was large enough. */
static us_code transaction(struct us_loader *l, bool *more, struct us_error *e)
{
    struct us_loader_end now = {0};
    US_TRY(loader_opened(l, e));
    pthread_mutex_lock(&l->lock);
    struct since since = {l->wakes, us_server_ticks()};
    pthread_mutex_unlock(&l->lock);
    bool bounded = l->options.durable != NULL;
    if (bounded) now = l->options.durable(l->options.ctx);
    us_code code = groups_load(l, bounded ? &now : NULL, e);
    if (code != US_OK && code != US_NOT_FOUND) return code;
    int64_t rows = us_history_pending(l->history);
    *more = code == US_OK;
    if (!*more && now.seq > l->seq) l->seq = now.seq; /* the last lines may be gone */
    if (rows) l->unsettled = true;
    US_TRY(us_history_commit(l->history, e));
    US_TRY(measured(l, e));
    if (code == US_NOT_FOUND && us_pos_before(l->caught, now.at)) l->caught = now.at;
    progress_show(l, &since, rows, !*more);
    return US_OK;
}

static us_code settled(struct us_loader *l, struct us_error *e)
{
    if (!l->unsettled) return US_OK;
    int64_t from = us_server_ticks();
    US_TRY(us_history_settle(l->history, e));
    l->unsettled = false;
    pthread_mutex_lock(&l->lock);
    l->settled_at = us_server_ticks();
    l->settling_us = l->settled_at - from;
    l->shown.settles++;
    pthread_mutex_unlock(&l->lock);
    return US_OK;
}

/* Once everything is in, settled too. */
static void went_well(struct us_loader *l)
{
    if (l->unsettled) return;
    pthread_mutex_lock(&l->lock);
    l->shown.failing = 0;
    l->pause_until = 0;
    pthread_mutex_unlock(&l->lock);
}

/* A database that failed may refuse everything from then on: it is opened anew. */
static void went_wrong(struct us_loader *l, const struct us_error *why)
{
    loader_closed(l);
    pthread_mutex_lock(&l->lock);
    struct us_loader_counts *s = &l->shown;
    int64_t pause = l->options.pause_ms;
    for (int64_t i = 0; i < s->failing && pause < US_LOADER_PAUSE_MAX_MS; i++)
        pause *= 2;
    if (pause > US_LOADER_PAUSE_MAX_MS) pause = US_LOADER_PAUSE_MAX_MS;
    s->failures++;
    s->failing++;
    us_error_copy(&l->why, why);
    l->pause_until = us_server_ticks() + pause * 1000;
    pthread_mutex_unlock(&l->lock);
    if (l->options.failed) l->options.failed(l->options.ctx, why, (int)pause);
}

/* ---- a turn of somebody else ---- */

static bool reached(const struct us_loader *l, us_pos upto)
{
    return !us_pos_before(us_history_position(l->history), upto) ||
           !us_pos_before(l->caught, upto);
}

static void behind_note(struct us_loader *l, struct us_loader_wish *w, bool there)
{
    int64_t events = w->upto.seq - l->seq;
    w->behind = (struct us_lag){0};
    if (there) return;
    w->behind.events = w->upto.seq <= 0 ? -1 : events > 0 ? events : 1;
    pthread_mutex_lock(&l->lock);
    if (l->behind_since) w->behind.us = us_server_ticks() - l->behind_since;
    pthread_mutex_unlock(&l->lock);
}

/* A transaction nearer; *ready: it is there, or is not waited for any longer. */
static us_code nearer(
    struct us_loader *l, struct us_loader_wish *w, bool *ready, struct us_error *e)
{
    bool more = true;
    US_TRY(loader_opened(l, e));
    if (!reached(l, w->upto.at) && us_server_ticks() < w->until)
        US_TRY(transaction(l, &more, e));
    bool there = reached(l, w->upto.at);
    *ready = there || us_server_ticks() >= w->until;
    behind_note(l, w, there);
    if (*ready || more) return US_OK;
    return us_fail(e, US_NOT_FOUND, "server.history_not_there", NULL);
}

struct work {
    us_loader_work *run;
    void *ctx;
    bool settle;
};

/* Within a turn. */
static us_code attempt(struct us_loader *l, struct us_loader_wish *w,
    const struct work *work, bool *done, struct us_error *e)
{
    us_code code = nearer(l, w, done, e);
    if (code == US_OK && !*done) return US_OK;
    *done = true;
    if (code == US_OK && work->settle) code = settled(l, e);
    if (code == US_OK) {
        went_well(l);
        code = work->run(work->ctx, l->history, e);
        if (code == US_IO) loader_closed(l); /* perhaps of the database itself */
    } else if (code != US_NOT_FOUND) {
        went_wrong(l, e);
    }
    return code;
}

static us_code use(struct us_loader *l, struct us_loader_wish *w,
    const struct work *work, struct us_error *e)
{
    struct us_error own;
    us_code code = US_OK;
    for (bool done = false; !done;) {
        loader_turn_take(l);
        code = attempt(l, w, work, &done, e ? e : &own);
        loader_turn_give(l);
    }
    return code;
}

us_code us_loader_use(struct us_loader *l, us_pos upto, us_loader_work *work, void *ctx,
    struct us_error *e)
{
    struct us_loader_wish w = {.upto.at = upto, .until = INT64_MAX};
    return use(l, &w, &(struct work){work, ctx, true}, e);
}

us_code us_loader_use_lines(struct us_loader *l, us_pos upto, us_loader_work *work,
    void *ctx, struct us_error *e)
{
    struct us_loader_wish w = {.upto.at = upto, .until = INT64_MAX};
    return use(l, &w, &(struct work){work, ctx, false}, e);
}

us_code us_loader_use_soon(struct us_loader *l, struct us_loader_wish *wish,
    us_loader_work *work, void *ctx, struct us_error *e)
{
    return use(l, wish, &(struct work){work, ctx, true}, e);
}

/* ---- its thread ---- */

static struct us_loader_end end_of(struct us_loader *l)
{
    if (!l->options.durable) return (struct us_loader_end){0};
    return l->options.durable(l->options.ctx);
}

/* With the lock. */
static int64_t lag_lines(const struct us_loader *l, const struct us_loader_end *end)
{
    if (end->seq <= 0) return -1;
    return end->seq > l->shown.seq ? end->seq - l->shown.seq : 0;
}

/* When there is something to do; US_NEVER: when somebody says so. With the lock. */
static int64_t due(const struct us_loader *l, const struct us_loader_end *end)
{
    int64_t at = l->settle_at;
    if (!l->shown.open) at = 0;
    if (l->behind_since) {
        int64_t full = l->behind_since + (int64_t)l->options.wait_ms * 1000;
        if (lag_lines(l, end) >= l->options.rows) full = 0;
        if (full < at) at = full;
    }
    return at < l->pause_until ? l->pause_until : at;
}

/* Until somebody wakes it, or `at`; whether so much waits already that it is to begin
 * is looked up now and then. With the lock. */
static void doze(struct us_loader *l, int64_t at, int64_t now)
{
    int64_t most = now + INT64_C(1000) * (l->behind_since ? l->options.wait_ms / 4 + 1
                                                          : US_LOADER_PAUSE_MAX_MS);
    if (at > most) at = most;
    struct timespec t = {at / 1000000, at % 1000000 * 1000};
    pthread_cond_timedwait(&l->woken, &l->lock, &t);
}

/* False: it is to stop. The durable end is asked for without the lock, since asking may
 * take one of its own. */
static bool wait_until_due(struct us_loader *l)
{
    for (;;) {
        struct us_loader_end end = end_of(l);
        pthread_mutex_lock(&l->lock);
        int64_t now = us_server_ticks();
        int64_t at = due(l, &end);
        bool stop = l->stop;
        if (!stop && at > now) doze(l, at, now);
        pthread_mutex_unlock(&l->lock);
        if (stop || at <= now) return !stop;
    }
}

static us_code step(struct us_loader *l, bool *more, struct us_error *e)
{
    US_TRY(transaction(l, more, e));
    pthread_mutex_lock(&l->lock);
    int64_t at = l->settled_at + US_LOADER_SETTLE_SHARE * l->settling_us;
    pthread_mutex_unlock(&l->lock);
    return *more || at > us_server_ticks() ? US_OK : settled(l, e);
}

static us_code turn_of_own(struct us_loader *l, bool *more)
{
    struct us_error why;
    loader_turn_take(l);
    us_code code = step(l, more, &why);
    if (code == US_OK)
        went_well(l);
    else
        went_wrong(l, &why);
    loader_turn_give(l);
    return code;
}

static void *run(void *ctx)
{
    struct us_loader *l = ctx;
    us_thread_is("usher-load", US_LOADER_NICE); /* and those that history begins */
    bool more = false;
    while (wait_until_due(l)) {
        us_code code = turn_of_own(l, &more);
        (void)code; /* it is shown, and the pause is set */
    }
    do {
        if (turn_of_own(l, &more) != US_OK) break;
    } while (more);
    return NULL;
}

/* ---- outside ---- */

us_code us_loader_open(
    const struct us_loader_options *options, struct us_loader **out, struct us_error *e)
{
    struct us_arena own;
    us_arena_init(&own, OWN_BYTES);
    struct us_loader *l = us_new(&own, struct us_loader, 1);
    l->own = own;
    l->options = *options;
    l->follower = (struct us_fresh_follower){
        .fresh = options->fresh, .who = US_FRESH_LOADER, .journal = options->journal};
    if (!l->options.rows) l->options.rows = US_LOADER_ROWS;
    if (!l->options.wait_ms) l->options.wait_ms = US_LOADER_WAIT_MS;
    if (!l->options.pause_ms) l->options.pause_ms = US_LOADER_PAUSE_MS;
    l->known = l->shown.known = US_ALWAYS;
    l->settle_at = US_NEVER;
    l->behind_since = us_server_ticks(); /* until it is seen that it is not */
    l->json = us_json_line_new();
    us_arena_init(&l->head, HEAD_BYTES);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->turned, NULL);
    us_server_cond_init(&l->woken);
    us_server_cond_init(&l->stopped);
    pthread_mutex_init(&l->laying, NULL);
    l->laid_rows = -1;
    int failed = pthread_create(&l->thread, NULL, run, l);
    if (failed) {
        us_json_free(l->json);
        us_arena_done(&l->head);
        us_arena_done(&own);
        errno = failed;
        return us_fail_errno(e, US_IO, "server.thread", (us_str){0});
    }
    /* Without it questions cost more, and nothing else. */
    l->layer_runs = pthread_create(&l->layer, NULL, loader_lay_run, l) == 0;
    *out = l;
    return US_OK;
}

void us_loader_wake(struct us_loader *l)
{
    pthread_mutex_lock(&l->lock);
    l->wakes++;
    if (!l->behind_since) {
        l->behind_since = us_server_ticks();
        pthread_cond_signal(&l->woken);
    }
    pthread_mutex_unlock(&l->lock);
}

struct us_loader_counts us_loader_counts(struct us_loader *l)
{
    struct us_loader_end end = end_of(l);
    pthread_mutex_lock(&l->lock);
    struct us_loader_counts out = l->shown;
    out.lag_lines = lag_lines(l, &end);
    out.lag_us = l->behind_since ? us_server_ticks() - l->behind_since : 0;
    pthread_mutex_unlock(&l->lock);
    return out;
}

bool us_loader_why(struct us_loader *l, struct us_error *why)
{
    pthread_mutex_lock(&l->lock);
    bool any = l->why.key != NULL;
    if (any) us_error_copy(why, &l->why);
    pthread_mutex_unlock(&l->lock);
    return any;
}

void us_loader_close(struct us_loader *l)
{
    if (!l) return;
    pthread_mutex_lock(&l->lock);
    l->stop = true;
    l->lay_ends = true;
    pthread_cond_signal(&l->woken);
    pthread_cond_signal(&l->stopped);
    pthread_mutex_unlock(&l->lock);
    if (l->layer_runs) pthread_join(l->layer, NULL);
    pthread_join(l->thread, NULL);
    us_assert(l->beside == 0);
    loader_closed(l);
    us_json_free(l->json);
    us_arena_done(&l->head);
    pthread_cond_destroy(&l->woken);
    pthread_cond_destroy(&l->stopped);
    pthread_cond_destroy(&l->turned);
    pthread_mutex_destroy(&l->laying);
    pthread_mutex_destroy(&l->lock);
    struct us_arena own = l->own; /* l lies in it */
    us_arena_done(&own);
}
