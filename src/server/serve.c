#include "server/serve.h"

#include "base/thread.h"
#include "file/file.h"
#include "import/forget.h"
#include "server/clock.h"
#include "server/fresh.h"
#include "server/health.h"
#include "server/sources.h"
#include "server/tail.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    OWN_BYTES = 64 << 20,
    THREADS_MAX = 8,
    SECOND_MS = 1000,
    RELOAD_WAIT_MS = 10000,   /* for another reload, by the API */
    ANSWERED_WAIT_MS = 30000, /* for requests at work, when stopping */
};

struct server {
    struct us_arena own; /* it lies in this */
    const struct us_serve_options *options;
    int lock;
    bool parted; /* part.open went well */
    pthread_mutex_t reloading;
    /* SIGHUP, by a thread of its own: loading may take long, and a server is stopped
     * and looked after meanwhile. Under the lock. */
    pthread_t reloader;
    bool reloader_runs, asked, stopping;
    pthread_mutex_t lock_asked;
    pthread_cond_t moved;
    struct us_fresh *fresh;
    struct us_committer *committer;
    struct us_loader *loader;
    struct us_ingest *ingest;
    struct us_records *records;
    struct us_webhook *webhook;
    struct us_http *http;
    struct us_sources *sources;
    struct us_health health;
    struct us_http_route routes[US_SERVE_ROUTES_MAX];
    size_t route_count;

    _Atomic bool learnt; /* sources know what is usual */
    int64_t failed_seen; /* groups that failed, at the last look */
    bool failing;        /* it was said, and not yet that they do not */
    _Atomic bool history_failing;
};

/* ---- what its parts tell it ---- */

static void on_group(void *ctx, const struct us_group *g)
{
    struct server *s = ctx;
    const struct us_serve_part *part = &s->options->part;
    if (s->loader) us_loader_wake(s->loader);
    if (s->parted && part->group) part->group(part->ctx, g);
}

static void on_taken(void *ctx, us_str source, const struct us_batch *b)
{
    struct server *s = ctx;
    us_sources_take(s->sources, source, b, us_server_now());
}

static struct us_loader_end on_durable(void *ctx)
{
    const struct server *s = ctx;
    struct us_commit_end end = us_committer_end(s->committer);
    return (struct us_loader_end){end.at, end.seq};
}

static void on_history_failed(void *ctx, const struct us_error *why, int pause_ms)
{
    struct server *s = ctx;
    (void)pause_ms;
    s->history_failing = true;
    us_server_say_error(&s->options->log, US_WARN, "server.said_history_failed", why);
}

static void on_loaded(void *ctx, us_pos position, int64_t known)
{
    struct server *s = ctx;
    (void)position;
    (void)known;
    if (!s->history_failing) return;
    s->history_failing = false;
    us_server_say(&s->options->log, US_INFO, "server.said_history_again", NULL);
}

/* ---- up ---- */

static us_code lock_take(struct server *s, struct us_error *e)
{
    US_TRY(us_file_make_dirs(s->options->data, e));
    us_str path = us_file_join(&s->own, s->options->data, US_S("server.lock"));
    struct us_error why;
    us_code code = us_file_lock(path, &s->lock, &why);
    if (code == US_BUSY) return us_fail(e, US_BUSY, "server.running", why.args);
    if (code != US_OK) return us_fail(e, code, why.key, why.args);
    return US_OK;
}

/* What a server that was killed had begun to take out: before anything else writes. */
static us_code forget_finish(struct server *s, struct us_error *e)
{
    struct us_forget begun;
    struct us_import_options o = {
        .dir = s->options->data, .rules = s->options->rules, .now = us_server_now()};
    us_code code = us_forget_read(s->options->data, &s->own, &begun, e);
    if (code == US_NOT_FOUND) return US_OK;
    if (code != US_OK) return code;
    us_server_say(&s->options->log, US_INFO, "server.said_forget",
        US_ARGS(US_TIME("made", begun.made)));
    return us_forget_finish(&o, &begun, e);
}

static us_code committer_up(struct server *s, struct us_error *e)
{
    struct us_committer_options o = {.dir = s->options->journal,
        .last_known = US_ALWAYS,
        .group = on_group,
        .ctx = s,
        .fresh = s->fresh};
    US_TRY(us_file_make_dirs(s->options->journal, e));
    return us_committer_open(&o, &s->committer, e);
}

static us_code loader_up(struct server *s, struct us_error *e)
{
    struct us_loader_options o = {.data = s->options->data,
        .journal = s->options->journal,
        .rules = s->options->rules,
        .durable = on_durable,
        .loaded = on_loaded,
        .failed = on_history_failed,
        .ctx = s,
        .fresh = s->fresh};
    return us_loader_open(&o, &s->loader, e);
}

static void sources_set(struct server *s, const struct us_serve_sources *next)
{
    us_str any = s->options->source;
    us_sources_set(s->sources, next->clients, next->client_count, any);
    us_ingest_sources(s->ingest, next->clients, next->client_count);
    us_records_sources(s->records, next->records, next->record_count);
    us_webhook_sources(s->webhook, next->webhooks, next->webhook_count);
    s->health.keys = next->client_count > 0;
    s->learnt = false;
}

static us_code reload(struct server *s, us_str who, struct us_error *e)
{
    const struct us_serve_options *o = s->options;
    struct us_serve_rules next = {0};
    US_TRY(o->reload(o->reload_ctx, &next, e));
    next.who = who;
    const struct us_history_rules *old = us_loader_ruled(s->loader);
    bool same = next.history_rules == old; /* what is loaded stays so */
    if (!same) US_TRY(us_loader_rules(s->loader, next.history_rules, e));
    us_code code = US_OK;
    if (s->parted && o->part.rules) code = o->part.rules(o->part.ctx, &next, e);
    if (code != US_OK) { /* the next reload reads into where these were read */
        us_loader_rules_back(s->loader, old);
        return code;
    }
    sources_set(s, &next.sources);
    o->reloaded(o->reload_ctx);
    return US_OK;
}

/* By whichever thread; one at a time. */
static us_code reload_once(void *ctx, us_str who, struct us_error *e)
{
    struct server *s = ctx;
    const struct us_server_log *log = &s->options->log;
    struct us_error why = {0};
    if (!s->options->reload) return us_fail(e, US_REFUSED, "server.no_reload", NULL);
    bool signal = us_str_eq(who, US_S("SIGHUP"));         /* in a thread of its own */
    struct timespec at = us_server_in_ms(RELOAD_WAIT_MS); /* others have questions */
    if (signal)
        pthread_mutex_lock(&s->reloading);
    else if (pthread_mutex_clocklock(&s->reloading, CLOCK_MONOTONIC, &at))
        return us_fail(e, US_BUSY, "server.config_busy", NULL);
    us_code code = reload(s, who, &why);
    pthread_mutex_unlock(&s->reloading);
    if (code == US_OK)
        us_server_say(log, US_INFO, "server.said_config", NULL);
    else
        us_server_say_error(log, US_WARN, "server.said_config_refused", &why);
    return code == US_OK ? US_OK : us_fail(e, code, why.key, why.args);
}

static void *reloads(void *ctx)
{
    us_thread_is("usher-reload", 0);
    struct server *s = ctx;
    pthread_mutex_lock(&s->lock_asked);
    while (!s->stopping) {
        if (!s->asked) {
            pthread_cond_wait(&s->moved, &s->lock_asked);
            continue;
        }
        s->asked = false;
        pthread_mutex_unlock(&s->lock_asked);
        (void)reload_once(s, US_S("SIGHUP"), NULL); /* it says how it went */
        pthread_mutex_lock(&s->lock_asked);
    }
    pthread_mutex_unlock(&s->lock_asked);
    return NULL;
}

static us_code reloader_up(struct server *s, struct us_error *e)
{
    int code = pthread_create(&s->reloader, NULL, reloads, s);
    s->reloader_runs = code == 0;
    return code == 0 ? US_OK
                     : us_fail(e, US_IO, "server.thread",
                           US_ARGS(US_TEXT("why", us_str_c(strerror(code)))));
}

static void reload_ask(struct server *s, bool stop)
{
    pthread_mutex_lock(&s->lock_asked);
    s->stopping |= stop;
    s->asked |= !stop;
    pthread_cond_signal(&s->moved);
    pthread_mutex_unlock(&s->lock_asked);
}

static us_code part_up(struct server *s, struct us_error *e)
{
    const struct us_serve_options *o = s->options;
    struct us_serve_parts parts = {
        s->committer, s->loader, s->sources, s->fresh, &o->log};
    if (o->part.control) o->part.control(o->part.ctx, reload_once, s);
    if (o->part.open) US_TRY(o->part.open(o->part.ctx, &parts, e));
    s->parted = true;
    return US_OK;
}

static void routes_add(
    struct server *s, const struct us_http_route *routes, size_t count, void *ctx)
{
    us_assert(s->route_count + count <= US_SERVE_ROUTES_MAX);
    for (size_t i = 0; i < count; i++) {
        s->routes[s->route_count] = routes[i];
        if (ctx) s->routes[s->route_count].ctx = ctx;
        s->route_count++;
    }
}

/* What others than clients post. */
static void posted_make(struct server *s)
{
    const struct us_serve_options *o = s->options;
    struct us_webhook_options w = {.committer = s->committer,
        .sources = o->sources.webhooks,
        .source_count = o->sources.webhook_count,
        .domains = o->sources.domains};
    struct us_records_options r = {.committer = s->committer,
        .sources = o->sources.records,
        .source_count = o->sources.record_count};
    struct us_webhook *webhook = s->webhook = us_webhook_new(&w, &s->own);
    struct us_records *records = s->records = us_records_new(&r, &s->own);
    routes_add(s, us_webhook_routes, us_webhook_route_count, webhook);
    routes_add(s, us_records_routes, us_records_route_count, records);
    s->health.webhook = webhook;
    s->health.records = records;
}

static void routes_make(struct server *s)
{
    const struct us_serve_options *o = s->options;
    struct us_ingest_options i = {.committer = s->committer,
        .sources = o->sources.clients,
        .source_count = o->sources.client_count,
        .source = o->source,
        .taken = on_taken,
        .ctx = s};
    s->ingest = us_ingest_new(&i, &s->own);
    s->health = (struct us_health){.options = o,
        .committer = s->committer,
        .loader = s->loader,
        .sources = s->sources,
        .fresh = s->fresh,
        .keys = o->sources.client_count > 0,
        .started = us_server_now()};
    routes_add(s, us_ingest_routes, us_ingest_route_count, s->ingest);
    posted_make(s);
    routes_add(s, us_health_routes, us_health_route_count, &s->health);
    routes_add(s, o->part.routes, o->part.route_count, NULL);
}

static int threads_of(const struct us_serve_options *o)
{
    long there = sysconf(_SC_NPROCESSORS_ONLN);
    if (o->threads > 0) return o->threads;
    return there < 1 ? 1 : there > THREADS_MAX ? THREADS_MAX : (int)there;
}

static us_code http_up(struct server *s, struct us_error *e)
{
    const struct us_serve_options *o = s->options;
    struct us_http_options h = us_http_defaults();
    h.host = o->host;
    h.port = o->port;
    h.threads = threads_of(o);
    h.routes = s->routes;
    h.route_count = s->route_count;
    h.tls_cert = o->tls_cert;
    h.tls_key = o->tls_key;
    US_TRY(us_http_open(&h, &s->http, e));
    s->health.http = s->http;
    return US_OK;
}

static us_code up(struct server *s, struct us_error *e)
{
    const struct us_serve_options *o = s->options;
    US_TRY(lock_take(s, e));
    s->sources =
        us_sources_new(o->sources.clients, o->sources.client_count, o->source, &s->own);
    s->fresh = us_fresh_new(0);
    US_TRY(forget_finish(s, e));
    US_TRY(committer_up(s, e));
    US_TRY(loader_up(s, e));
    US_TRY(part_up(s, e));
    US_TRY(reloader_up(s, e));
    routes_make(s);
    return http_up(s, e);
}

/* ---- down ---- */

static void answered_wait(const struct server *s)
{
    for (int ms = 0; ms < ANSWERED_WAIT_MS && us_http_waiting(s->http) > 0; ms += 5)
        usleep(5000);
}

/* The committer tells everybody whose messages wait, so that nobody is left without an
 * answer when HTTP is closed. */
static void down(struct server *s)
{
    const struct us_serve_part *part = &s->options->part;
    s->health.stopping = true;
    if (s->http) {
        us_http_quiesce(s->http);
        answered_wait(s);
    }
    /* The end of the journal is asked for until the loader is gone. */
    us_committer_stop(s->committer);
    reload_ask(s, true);
    if (s->parted && part->close) part->close(part->ctx); /* no reload waits after it */
    if (s->reloader_runs) pthread_join(s->reloader, NULL);
    us_loader_close(s->loader);
    us_http_close(s->http);
    us_committer_close(s->committer);
    us_fresh_free(s->fresh);
    if (s->ingest) us_ingest_done(s->ingest);
    if (s->records) us_records_done(s->records);
    if (s->webhook) us_webhook_done(s->webhook);
    if (s->sources) us_sources_done(s->sources);
    if (s->lock >= 0) us_file_unlock(s->lock);
}

/* ---- while it runs ---- */

static void said_at_start(struct server *s)
{
    const struct us_serve_options *o = s->options;
    us_str host = o->host.len ? o->host : US_S("*");
    bool six = us_str_find(host, US_S(":")) < host.len;
    us_str at = us_arena_fmt(&s->own, six ? "%s://[%.*s]:%d" : "%s://%.*s:%d",
        o->tls_cert ? "https" : "http", US_ARG(host), us_http_port(s->http));
    size_t sources =
        o->sources.client_count + o->sources.webhook_count + o->sources.record_count;
    us_server_say(&o->log, US_INFO, "server.said_listening",
        US_ARGS(US_TEXT("address", at), US_WHOLE("sources", sources)));
    if (!o->sources.client_count)
        us_server_say(&o->log, US_WARN, "server.said_any_key",
            US_ARGS(US_TEXT("source", o->source)));
}

static void look_after(struct server *s)
{
    struct us_error why;
    struct us_commit_counts c = us_committer_counts(s->committer);
    /* It may have failed and come back since the last look. */
    bool worse = c.failed > s->failed_seen;
    if (worse && !s->failing) {
        us_committer_why(s->committer, &why);
        us_server_say_error(
            &s->options->log, US_SEVERE, "server.said_journal_failed", &why);
    }
    s->failing |= worse;
    s->failed_seen = c.failed;
    if (s->failing && !c.failing) {
        s->failing = false;
        us_server_say(&s->options->log, US_INFO, "server.said_journal_again", NULL);
    }
    if (s->learnt || !us_loader_counts(s->loader).open) return;
    s->learnt = us_sources_learn(s->sources, s->loader, &why) == US_OK;
}

/* Until SIGTERM or SIGINT. */
static int stop_wait(struct server *s, const sigset_t *signals)
{
    for (;;) {
        struct timespec second = {SECOND_MS / 1000, 0};
        int got = sigtimedwait(signals, NULL, &second);
        if (got == SIGTERM || got == SIGINT) return got;
        if (got == SIGHUP) reload_ask(s, false);
        look_after(s);
    }
}

static us_code run(struct server *s, struct us_error *e)
{
    const struct us_server_log *log = &s->options->log;
    sigset_t signals;
    sigset_t before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    us_code code = up(s, e);
    if (code == US_OK) {
        said_at_start(s);
        int got = stop_wait(s, &signals);
        us_server_say(log, US_INFO, "server.said_stopping",
            US_ARGS(US_TEXT("signal", us_str_c(got == SIGINT ? "SIGINT" : "SIGTERM"))));
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL); /* a second signal ends it at once */
    down(s);
    if (code == US_OK) us_server_say(log, US_INFO, "server.said_stopped", NULL);
    return code;
}

us_code us_serve(const struct us_serve_options *options, struct us_error *e)
{
    struct us_arena own;
    us_arena_init(&own, OWN_BYTES);
    struct server *s = us_new(&own, struct server, 1);
    s->own = own;
    s->options = options;
    s->lock = -1;
    pthread_mutex_init(&s->reloading, NULL);
    pthread_mutex_init(&s->lock_asked, NULL);
    pthread_cond_init(&s->moved, NULL);
    signal(SIGPIPE, SIG_IGN); /* a client, or whoever reads the log, goes away */
    us_code code = run(s, e);
    own = s->own;
    us_arena_done(&own);
    return code;
}
