#include "server/api.h"

#include "base/hash.h"
#include "base/thread.h"
#include "base/time.h"
#include "server/api_inner.h"
#include "server/clock.h"

#include <string.h>
#include <time.h>

/* ---- handles of state ---- */

us_code api_state_take(struct us_api *api, struct us_state **out, struct us_error *e)
{
    *out = NULL;
    pthread_mutex_lock(&api->desk);
    if (api->spare_count) *out = api->spare[--api->spare_count];
    pthread_mutex_unlock(&api->desk);
    return *out ? US_OK : us_state_open(api->o.data, false, out, e);
}

void api_state_give(struct us_api *api, struct us_state *s)
{
    pthread_mutex_lock(&api->desk);
    bool keep = api->spare_count < API_SPARE;
    if (keep) api->spare[api->spare_count++] = s;
    pthread_mutex_unlock(&api->desk);
    if (!keep) us_state_close(s);
}

void api_noted(struct us_api *api, struct us_state_audit *row)
{
    struct us_state *s;
    struct us_error why;
    row->at = us_server_now();
    us_code code = us_state_open(api->o.data, true, &s, &why);
    if (code == US_OK) {
        code = us_state_audit_put(s, row, &why);
        us_state_close(s);
    }
    if (code != US_OK)
        us_server_say_error(api->log, US_WARN, "server.said_not_noted", &why);
}

/* ---- answers ---- */

static int status_of(us_code code)
{
    if (code == US_NOT_FOUND) return 404;
    if (code == US_INPUT || code == US_USAGE) return 400;
    if (code == US_REFUSED) return 409;
    if (code == US_LIMIT) return 413;
    if (code == US_BUSY) return 429;
    return 503;
}

us_lang api_lang(const struct api_asked *q)
{
    us_str rest;
    us_str lang = us_http_query(q->request, "lang");
    if (!lang.len) lang = us_http_header(q->request, "Accept-Language");
    lang = us_str_cut(us_str_cut(lang, ',', &rest), ';', &rest);
    return us_lang_of(us_str_trim(lang));
}

void api_refuse_by(struct api_asked *q, int status, const char *key, const us_arg *args,
    int retry_seconds)
{
    struct us_arena *a = us_http_arena(q->request);
    us_str why = key ? us_text(a, api_lang(q), key, args) : (us_str){0};
    us_http_refuse(q->request, status, why, retry_seconds);
}

void api_refuse(struct api_asked *q, us_code code, const struct us_error *e)
{
    int status = status_of(code);
    int retry = status == 503 || status == 429 ? API_BUSY_SECONDS : 0;
    api_refuse_by(q, status, e ? e->key : NULL, e ? e->args : NULL, retry);
}

static us_str tag_of(struct api_asked *q, us_str tag)
{
    return us_arena_fmt(us_http_arena(q->request), "W/\"%.*s\"", US_ARG(tag));
}

us_str api_tag_of(struct api_asked *q, us_str body)
{
    us_print sum = us_print_of(body);
    return us_arena_fmt(us_http_arena(q->request), "b%016llx%016llx",
        (unsigned long long)sum.hi, (unsigned long long)sum.lo);
}

bool api_has_already(struct api_asked *q, us_str tag)
{
    us_str own = tag_of(q, tag);
    us_str has = us_http_header(q->request, "If-None-Match");
    if (!has.len || us_str_find(has, own) == has.len) return false;
    struct us_http_answer a = {.status = 304};
    a.headers[a.header_count++] = (struct us_http_header){"ETag", own};
    a.headers[a.header_count++] =
        (struct us_http_header){"Vary", US_S("Accept-Language")};
    us_http_answer(q->request, &a);
    return true;
}

void api_answer(struct api_asked *q, us_str body, const char *type, us_str tag)
{
    struct us_http_answer a = {.status = 200, .type = type, .body = body};
    if (tag.len && api_has_already(q, tag)) return;
    if (tag.len)
        a.headers[a.header_count++] = (struct us_http_header){"ETag", tag_of(q, tag)};
    a.headers[a.header_count++] =
        (struct us_http_header){"Vary", US_S("Accept-Language")};
    us_http_answer(q->request, &a);
}

bool api_whole(
    struct api_asked *q, const char *name, int64_t preset, int64_t most, int64_t *out)
{
    us_str text = us_http_query(q->request, name);
    *out = preset;
    if (!text.ptr) return true;
    if (us_str_int(text, out) && *out >= 0 && *out <= most) return true;
    /* as it is to be written: without commas */
    us_str largest = us_arena_fmt(us_http_arena(q->request), "%lld", (long long)most);
    api_refuse_by(q, 400, "server.api_whole",
        US_ARGS(US_TEXT("name", us_str_c(name)), US_TEXT("most", largest)), 0);
    return false;
}

bool api_time(struct api_asked *q, const char *name, int64_t preset, int64_t *out)
{
    us_str text = us_http_query(q->request, name);
    *out = preset;
    if (!text.ptr || us_time_read(text, out)) return true;
    api_refuse_by(
        q, 400, "server.api_time", US_ARGS(US_TEXT("name", us_str_c(name))), 0);
    return false;
}

/* ---- requests ---- */

static void put_off(struct api_asked *q)
{
    struct us_api *api = q->api;
    pthread_mutex_lock(&api->lock);
    bool full = api->stop || api->waiting == US_API_WAITING_MAX;
    if (!full) {
        *api->last = q;
        api->last = &q->next;
        api->waiting++;
        pthread_cond_broadcast(&api->moved);
    }
    pthread_mutex_unlock(&api->lock);
    if (full) api_refuse_by(q, 503, "server.api_busy", NULL, API_BUSY_SECONDS);
}

static void enter(void *ctx, struct us_http_request *r)
{
    const struct api_entry *entry = ctx;
    struct api_asked *q = us_new(us_http_arena(r), struct api_asked, 1);
    *q = (struct api_asked){.api = entry->api, .request = r, .door = entry->door};
    if (!api_let_in(q)) return;
    if (q->door->history)
        put_off(q);
    else
        q->door->handler(q);
}

/* What needs history, first come, first served; at the end those that wait are refused.
 */
static void *work(void *ctx)
{
    us_thread_is("usher-answer", 0);
    struct api_worker *own = ctx;
    struct us_api *api = own->api;
    for (;;) {
        pthread_mutex_lock(&api->lock);
        while (!api->first && !api->stop)
            pthread_cond_wait(&api->moved, &api->lock);
        struct api_asked *q = api->first;
        bool stop = api->stop;
        if (q) {
            api->first = q->next;
            if (!api->first) api->last = &api->first;
            api->waiting--;
        }
        pthread_mutex_unlock(&api->lock);
        if (!q) return NULL;
        q->a = &own->memory;
        if (stop)
            api_refuse_by(q, 503, "server.stops", NULL, API_BUSY_SECONDS);
        else
            q->door->handler(q);
        us_arena_reset(&own->memory); /* a long answer's goes back */
    }
}

/* ---- commands ---- */

/* Whether it has all columns. */
static bool has_columns(struct us_history *h, const struct us_history_rules *rules)
{
    struct us_arena a;
    us_arena_init(&a, (rules->column_count + 1) * sizeof(us_str) * 2);
    us_str *names = us_new(&a, us_str, rules->column_count + 1);
    us_code code =
        us_history_column_names(h, rules->columns, rules->column_count, names, NULL);
    us_arena_done(&a);
    return code == US_OK;
}

struct us_loader_wish api_wish(struct us_api *api)
{
    struct us_commit_end end = us_committer_end(api->committer);
    return (struct us_loader_wish){.upto = {end.at, end.seq},
        .until = us_server_ticks() + US_API_FRESH_MS * INT64_C(1000)};
}

struct lending {
    const struct us_history_rules *rules;
    bool seen;
};

static us_code lend_prepare(void *ctx, struct us_history *h, struct us_error *e)
{
    const struct lending *l = ctx;
    if (l->seen) US_TRY(us_history_seen(h, e));
    return has_columns(h, l->rules) ? US_OK
                                    : us_history_want(h, l->rules, NULL, NULL, e);
}

us_code us_api_lend(void *ctx, const struct us_history_rules *rules, bool seen,
    struct us_lag *behind, struct us_history **out, struct us_error *e)
{
    struct us_api *api = ctx;
    struct lending lending = {rules, seen};
    struct us_loader_wish wish = api_wish(api);
    us_code code =
        us_loader_beside_soon(api->loader, &wish, lend_prepare, &lending, out, e);
    *behind = wish.behind;
    return code;
}

void us_api_lag(void *ctx, struct us_server_lag *out)
{
    struct us_api *api = ctx;
    struct us_loader_counts c = us_loader_counts(api->loader);
    *out = (struct us_server_lag){
        .history = {c.lag_us ? c.lag_lines : 0, c.lag_lines ? c.lag_us : 0}};
    if (api->inner.behind) api->inner.behind(api->inner.ctx, &out->decisions);
}

void us_api_lend_back(void *ctx, struct us_history *h)
{
    struct us_api *api = ctx;
    us_loader_beside_close(api->loader, h);
}

void us_api_told(void *ctx, int64_t last_id)
{
    struct us_api *api = ctx;
    pthread_mutex_lock(&api->lock);
    api->told = last_id;
    pthread_cond_broadcast(&api->moved);
    pthread_mutex_unlock(&api->lock);
}

/* ---- a part of the server ---- */

static us_code start(
    void *(*run)(void *), void *ctx, pthread_t *t, bool *is, struct us_error *e)
{
    int code = pthread_create(t, NULL, run, ctx);
    *is = code == 0;
    if (!code) return US_OK;
    return us_fail(
        e, US_IO, "server.thread", US_ARGS(US_TEXT("why", us_str_c(strerror(code)))));
}

/* It may be taking lines out, for which the others are needed. */
static void keeper_end(struct us_api *api)
{
    pthread_mutex_lock(&api->lock);
    api->stop = true;
    pthread_cond_broadcast(&api->moved);
    pthread_mutex_unlock(&api->lock);
    if (api->keeping) pthread_join(api->keeper, NULL);
    api->keeping = false;
}

static void halt(struct us_api *api)
{
    pthread_mutex_lock(&api->lock);
    api->stop = true;
    pthread_cond_broadcast(&api->moved);
    pthread_mutex_unlock(&api->lock);
    for (size_t i = 0; i < API_WORKERS; i++) {
        struct api_worker *w = &api->workers[i];
        if (w->working) pthread_join(w->thread, NULL);
        w->working = false;
        us_arena_done(&w->memory);
    }
    if (api->streaming) pthread_join(api->streamer, NULL);
    api->streaming = false;
    while (api->spare_count)
        us_state_close(api->spare[--api->spare_count]);
}

static us_code jobs_open(struct us_api *api, struct us_error *e)
{
    struct us_jobs_options o = {.dir = api->o.dir,
        .data = api->o.data,
        .run = api->o.run,
        .ctx = api,
        .log = api->log};
    return us_jobs_open(&o, &api->jobs, e);
}

static us_code part_open(
    void *ctx, const struct us_serve_parts *parts, struct us_error *e)
{
    struct us_api *api = ctx;
    const struct us_serve_part *inner = &api->inner;
    api->committer = parts->committer;
    api->loader = parts->loader;
    api->log = parts->log;
    us_code code = US_OK;
    for (size_t i = 0; i < API_WORKERS && code == US_OK; i++) {
        struct api_worker *w = &api->workers[i];
        code = start(work, w, &w->thread, &w->working, e);
    }
    if (code == US_OK)
        code = start(api_stream_run, api, &api->streamer, &api->streaming, e);
    if (code == US_OK && api->o.run) code = jobs_open(api, e);
    if (code == US_OK && api->o.run)
        code = us_lent_open(api->o.data, api->o.run, api, &api->lent, e);
    if (code == US_OK && inner->open) code = inner->open(inner->ctx, parts, e);
    api->inner_up = code == US_OK;
    if (code == US_OK) code = start(api_keep_run, api, &api->keeper, &api->keeping, e);
    if (code != US_OK) {
        us_lent_close(api->lent);
        us_jobs_close(api->jobs);
        halt(api);
    }
    return code;
}

static void part_group(void *ctx, const struct us_group *g)
{
    const struct us_serve_part *inner = &((struct us_api *)ctx)->inner;
    if (inner->group) inner->group(inner->ctx, g);
}

static bool part_ready(void *ctx, struct us_buf *why)
{
    const struct us_serve_part *inner = &((struct us_api *)ctx)->inner;
    return !inner->ready || inner->ready(inner->ctx, why);
}

static us_code part_rules(
    void *ctx, const struct us_serve_rules *next, struct us_error *e)
{
    struct us_api *api = ctx;
    if (api->inner.rules) US_TRY(api->inner.rules(api->inner.ctx, next, e));
    /* Who forgets holds the old ones for long: questions need not wait behind it. */
    pthread_mutex_lock(&api->forgets);
    pthread_rwlock_wrlock(&api->ruled);
    const struct us_rules *old = api->o.rules;
    api->o.rules = next->rules;
    api->loaded = us_server_now();
    api->o.retention = next->retention;
    api->o.sources = next->sources;
    api->since = api->loaded;
    pthread_rwlock_unlock(&api->ruled);
    pthread_mutex_unlock(&api->forgets);
    api_reload_noted(api, old, next);
    return US_OK;
}

static void part_control(void *ctx,
    us_code (*reload)(void *server, us_str who, struct us_error *e), void *server)
{
    struct us_api *api = ctx;
    api->o.reload = reload;
    api->o.reload_ctx = server;
}

static void part_metrics(void *ctx, struct us_buf *out)
{
    struct us_api *api = ctx;
    const struct us_serve_part *inner = &api->inner;
    if (inner->metrics) inner->metrics(inner->ctx, out);
    pthread_mutex_lock(&api->lock);
    size_t readers = api->readers;
    size_t waiting = api->waiting;
    pthread_mutex_unlock(&api->lock);
    us_buf_fmt(out,
        "# TYPE usher_stream_readers gauge\nusher_stream_readers %zu\n"
        "# TYPE usher_questions_waiting gauge\nusher_questions_waiting %zu\n",
        readers, waiting);
}

static void part_close(void *ctx)
{
    struct us_api *api = ctx;
    const struct us_serve_part *inner = &api->inner;
    api->ending = true;
    if (api->jobs) us_jobs_stop(api->jobs);
    us_lent_close(api->lent);
    api->lent = NULL;
    keeper_end(api);
    if (api->inner_up && inner->close) inner->close(inner->ctx);
    halt(api);
    us_jobs_close(api->jobs); /* whoever forgets holds them */
}

static void routes_put(struct us_api *api, const struct api_door *doors, size_t count)
{
    us_assert(api->route_count + count <= API_DOORS_MAX);
    for (size_t i = 0; i < count; i++, api->route_count++) {
        struct api_entry *entry = &api->entries[api->route_count];
        *entry = (struct api_entry){api, &doors[i]};
        api->routes[api->route_count] =
            (struct us_http_route){doors[i].method, doors[i].path, enter, false, entry};
    }
}

/* Questions that overlap for ever would keep a new configuration out for ever. */
static void ruled_init(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t how;
    pthread_rwlockattr_init(&how);
    pthread_rwlockattr_setkind_np(&how, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(lock, &how);
    pthread_rwlockattr_destroy(&how);
}

struct us_api *us_api_new(const struct us_api_options *options, struct us_arena *a)
{
    struct us_api *api = us_new(a, struct us_api, 1);
    api->o = *options;
    api->last = &api->first;
    api->loaded = us_server_now();
    api->since = api->loaded;
    ruled_init(&api->ruled);
    for (size_t i = 0; i < API_WORKERS; i++) {
        api->workers[i].api = api;
        us_arena_init(&api->workers[i].memory, (size_t)16 << 30);
    }
    pthread_mutex_init(&api->desk, NULL);
    pthread_mutex_init(&api->forgets, NULL);
    pthread_mutex_init(&api->letters, NULL);
    pthread_mutex_init(&api->lock, NULL);
    us_server_cond_init(&api->moved);
    routes_put(api, api_state_doors, api_state_door_count);
    routes_put(api, api_ask_doors, api_ask_door_count);
    routes_put(api, api_stream_doors, api_stream_door_count);
    routes_put(api, api_letter_doors, api_letter_door_count);
    routes_put(api, api_config_doors, api_config_door_count);
    if (api->o.run) routes_put(api, api_study_doors, api_study_door_count);
    return api;
}

struct us_serve_part us_api_part(struct us_api *api, struct us_serve_part inner)
{
    us_assert(inner.route_count == 0);
    api->inner = inner;
    return (struct us_serve_part){.ctx = api,
        .open = part_open,
        .group = part_group,
        .ready = part_ready,
        .rules = part_rules,
        .control = part_control,
        .metrics = part_metrics,
        .close = part_close,
        .routes = api->routes,
        .route_count = api->route_count};
}
