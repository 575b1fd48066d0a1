/* api_forget.c: lines taken out while the server runs.
 *
 * What was durable when it was asked for is sealed first; events go on being taken into
 * later segments, and being loaded and decided by the history there is, while segments
 * are written anew and a history of them is made beside it. Only while that takes its
 * place, a fraction of a second, nothing is decided, and no study runs; then the
 * evaluator loads what there is now, and goes on where it stood.
 */
#include "base/thread.h"
#include "base/time.h"
#include "import/forget.h"
#include "server/api_inner.h"
#include "server/clock.h"

#include <unistd.h>

enum {
    SEALED_WAIT_MS = 120000,
    LOOK_MS = 20,
    KEEP_SECONDS = 10, /* how often it is looked whether a day has begun */
};
static const int64_t MEMORY = INT64_C(1) << 30; /* of the database that is made */

struct forgetting {
    struct us_api *api;
    struct us_forget *f;
    struct us_history_rules rules; /* of the history that is made */
    struct us_import_options o;
};

/* By one thread and in bounded memory, as clients are served meanwhile. */
static void options_make(struct forgetting *x)
{
    x->rules = *us_loader_ruled(x->api->loader);
    x->rules.threads = 1;
    if (!x->rules.memory_bytes) x->rules.memory_bytes = MEMORY;
    x->o = (struct us_import_options){
        .dir = x->api->o.data, .rules = &x->rules, .now = us_server_now()};
}

static us_code seal(struct forgetting *x, struct us_error *e)
{
    struct us_api *api = x->api;
    bool sealed = false;
    int64_t until = us_server_ticks() + (int64_t)SEALED_WAIT_MS * 1000;
    US_TRY(us_committer_seal(api->committer, &x->f->below, e));
    for (;;) {
        US_TRY(us_journal_is_sealed(api->o.journal, x->f->below, &sealed, e));
        if (sealed) return US_OK;
        if (us_server_ticks() > until)
            return us_fail(e, US_BUSY, "server.not_sealed", NULL);
        usleep(LOOK_MS * 1000);
    }
}

/* ---- the steps ---- */

static us_code put_in_place(void *ctx, struct us_error *e)
{
    struct forgetting *x = ctx;
    return us_import_put_anew(x->api->o.data, e);
}

/* Of lines taken out; of the same lines there is nothing to be done in state. */
static us_code put_and_state(struct forgetting *x, struct us_error *e)
{
    struct us_api *api = x->api;
    US_TRY(us_loader_anew(api->loader, put_in_place, x, e));
    return x->f->id.len ? us_forget_state(api->o.data, x->f, e) : US_OK;
}

static us_code hold(struct us_api *api, bool on, struct us_error *e)
{
    return api->inner.hold ? api->inner.hold(api->inner.ctx, on, e) : US_OK;
}

/* While nothing is decided. Whoever asks for long is waited for before. */
static us_code put_held(struct forgetting *x, struct us_error *e)
{
    struct us_error later;
    US_TRY(us_loader_alone(x->api->loader, e));
    US_TRY(hold(x->api, true, e));
    us_code code = put_and_state(x, e);
    us_code on = hold(x->api, false, code == US_OK ? e : &later);
    return code == US_OK ? on : code;
}

/* And no study runs, whose answer might say what is not there any more. */
static us_code put_alone(struct forgetting *x, struct us_error *e)
{
    struct us_jobs *jobs = x->api->jobs;
    if (jobs) us_jobs_hold(jobs, true);
    us_code code = put_held(x, e);
    if (jobs) us_jobs_hold(jobs, false);
    return code;
}

/* Answers of before are those of another history. */
static void tags_end(struct us_api *api)
{
    pthread_mutex_lock(&api->desk);
    while (api->spare_count)
        us_state_close(api->spare[--api->spare_count]);
    pthread_mutex_unlock(&api->desk);
    api->since = us_server_now();
}

/* Of a plan that is on the disk. */
static us_code steps(struct forgetting *x, struct us_error *e)
{
    struct us_history *h = NULL;
    us_pos upto = {x->f->below, 0};
    us_code code = US_OK;
    if (x->f->older) code = us_loader_beside(x->api->loader, upto, &h, e);
    if (code == US_OK) code = us_forget_sidecars(x->api->o.journal, upto.segment, e);
    if (code == US_OK) code = us_forget_journal(&x->o, h, x->f, e);
    if (h) us_loader_beside_close(x->api->loader, h);
    if (code == US_OK) code = us_import_make_anew(&x->o, upto, e);
    if (code == US_OK) code = put_alone(x, e);
    if (code == US_OK) code = us_forget_end(x->api->o.data, e);
    tags_end(x->api);
    return code;
}

static us_code count(struct forgetting *x, struct us_error *e)
{
    struct us_history *h = NULL;
    us_pos upto = {x->f->below, 0};
    US_TRY(us_loader_beside(x->api->loader, upto, &h, e));
    us_code code = us_forget_scan(&x->o, h, x->f, e);
    us_loader_beside_close(x->api->loader, h);
    return code;
}

/* One that an earlier failure left. */
static us_code finish_first(struct us_api *api, struct us_arena *a, struct us_error *e)
{
    struct us_forget begun;
    us_code code = us_forget_read(api->o.data, a, &begun, e);
    if (code == US_NOT_FOUND) return US_OK;
    if (code != US_OK) return code;
    struct forgetting x = {.api = api, .f = &begun};
    options_make(&x);
    return steps(&x, e);
}

static us_code forget(
    struct us_api *api, struct us_forget *f, struct us_arena *a, struct us_error *e)
{
    struct forgetting x = {.api = api, .f = f};
    US_TRY(finish_first(api, a, e));
    options_make(&x);
    US_TRY(seal(&x, e));
    US_TRY(count(&x, e));
    if (!f->counts.all && !f->counts.masked) return US_OK;
    US_TRY(us_forget_begin(api->o.data, f, a, e));
    return steps(&x, e);
}

us_code us_api_forget(
    void *ctx, struct us_forget *f, struct us_arena *a, struct us_error *e)
{
    struct us_api *api = ctx;
    pthread_mutex_lock(&api->forgets);
    pthread_rwlock_rdlock(&api->ruled);
    us_code code = forget(api, f, a, e);
    pthread_rwlock_unlock(&api->ruled);
    pthread_mutex_unlock(&api->forgets);
    return code;
}

/* ---- history made anew, of the same lines ---- */

static us_code rebuild(struct forgetting *x, struct us_error *e)
{
    US_TRY(seal(x, e));
    US_TRY(us_import_make_anew(&x->o, (us_pos){x->f->below, 0}, e));
    us_code code = put_alone(x, e);
    tags_end(x->api);
    return code;
}

us_code us_api_rebuild(void *ctx, struct us_error *e)
{
    struct us_api *api = ctx;
    struct us_forget f = {0};
    struct forgetting x = {.api = api, .f = &f};
    pthread_mutex_lock(&api->forgets);
    pthread_rwlock_rdlock(&api->ruled);
    options_make(&x);
    us_code code = rebuild(&x, e);
    pthread_rwlock_unlock(&api->ruled);
    pthread_mutex_unlock(&api->forgets);
    return code;
}

/* ---- once a day ---- */

static us_code older_cell(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    *(bool *)ctx = !cells[0].null && us_str_eq(cells[0].text, US_S("true"));
    return US_OK;
}

struct older {
    struct us_forget_limits limits;
    bool any;
};

/* Lines of test sources are not in history: whether there are any old ones is seen when
 * they are looked for. */
static us_code older_ask(void *ctx, struct us_history *h, struct us_error *e)
{
    struct older *o = ctx;
    struct us_arena a;
    us_arena_init(&a, 1 << 16);
    int64_t events = o->limits.events == US_ALWAYS ? US_TIME_MIN : o->limits.events;
    int64_t dead =
        o->limits.dead_letters == US_ALWAYS ? US_TIME_MIN : o->limits.dead_letters;
    us_str sql = us_arena_fmt(&a,
        "SELECT EXISTS (FROM events WHERE happened < make_timestamp(%lld)) OR EXISTS "
        "(FROM letters WHERE known < make_timestamp(%lld))",
        (long long)events, (long long)dead);
    us_code code = us_history_sql(h, sql, older_cell, &o->any, e);
    us_arena_done(&a);
    return code;
}

static us_code keep(struct us_api *api, int64_t now, struct us_error *e)
{
    struct us_arena a;
    struct us_forget f = {.older = true, .made = now};
    pthread_rwlock_rdlock(&api->ruled);
    f.limits = us_forget_limits_of(&api->o.retention, f.made);
    pthread_rwlock_unlock(&api->ruled);
    struct older older = {.limits = f.limits, .any = f.limits.test != US_ALWAYS};
    f.who = US_S("retention");
    if (!older.any)
        US_TRY(us_loader_use(api->loader, (us_pos){0}, older_ask, &older, e));
    if (!older.any) return US_OK;
    us_arena_init(&a, (size_t)1 << 30);
    us_code code = us_api_forget(api, &f, &a, e);
    us_arena_done(&a);
    if (code == US_OK && f.counts.all)
        us_server_say(api->log, US_INFO, "server.said_retention",
            US_ARGS(US_WHOLE("lines", f.counts.all)));
    return code;
}

static bool keeps_any(struct us_api *api)
{
    pthread_rwlock_rdlock(&api->ruled);
    const struct us_retention r = api->o.retention;
    pthread_rwlock_unlock(&api->ruled);
    return r.events || r.dead_letters || r.test;
}

/* False: it is to stop. */
static bool doze(struct us_api *api)
{
    struct timespec at = us_server_in_ms(KEEP_SECONDS * 1000);
    int code = 0;
    pthread_mutex_lock(&api->lock);
    while (!api->stop && code == 0)
        code = pthread_cond_timedwait(&api->moved, &api->lock, &at);
    bool on = !api->stop;
    pthread_mutex_unlock(&api->lock);
    return on;
}

/* A clock that jumps ahead makes nothing old: the time is the start's, and what passed
 * since. One that is set back is believed. */
static int64_t passed(int64_t *began, int64_t ticks)
{
    int64_t now = us_server_now();
    int64_t since = us_server_ticks() - ticks;
    if (now < *began + since) *began = now - since;
    return *began + since;
}

/* After the start, and when a day has begun. */
void *api_keep_run(void *ctx)
{
    us_thread_is("usher-keep", 0);
    struct us_api *api = ctx;
    int64_t day = US_ALWAYS;
    int64_t began = us_server_now();
    int64_t ticks = us_server_ticks();
    while (doze(api)) {
        struct us_error why = {0};
        int64_t now = passed(&began, ticks);
        int64_t today = us_day(now);
        if (today == day || !keeps_any(api)) continue;
        if (!us_loader_counts(api->loader).open) continue;
        if (keep(api, now, &why) != US_OK)
            us_server_say_error(
                api->log, US_WARN, "server.said_retention_failed", &why);
        day = today;
    }
    return NULL;
}
