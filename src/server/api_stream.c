/* api_stream.c: GET /api/v1/stream, transitions as server-sent events.
 *
 * Each reader has a place, the id it has seen; what comes after it is read from state
 * when there is room for it, so that a reader far behind costs no memory, and one that
 * comes back with Last-Event-ID (or ?after=) misses nothing and gets nothing twice. One
 * that takes nothing for US_API_STREAM_SLOW_SECONDS is dropped: it will come back. */

#include "base/thread.h"
#include "server/api_inner.h"
#include "server/clock.h"

#include <string.h>
#include <time.h>

enum {
    OWN_BYTES = 64 << 10,
    ROWS = 100,
    ROW_BYTES = US_API_STREAM_BYTES, /* a transition is dropped to its head past it */
    BEHIND_MS = 20,                  /* a reader waits for room, or for its next rows */
    IDLE_MS = 1000,
    RETRY_MS = 1000, /* after which a client comes back */
};

/* ---- readers come and go ---- */

static void reader_end(struct us_api *api, struct stream_reader *r)
{
    us_http_stream_end(r->stream);
    pthread_mutex_lock(&api->lock);
    api->readers--;
    pthread_mutex_unlock(&api->lock);
    struct us_arena own = r->arena;
    us_arena_done(&own);
}

static bool place_of(struct api_asked *q, int64_t *after)
{
    us_str last = us_http_header(q->request, "Last-Event-ID");
    *after = -1; /* from now on */
    if (last.len && us_str_int(last, after) && *after >= 0) return true;
    return api_whole(q, "after", -1, INT64_MAX, after);
}

/* Where it begins: from now on is the end of what is told already, or before there is
 * state its beginning. There is such a definition, or it once told something. */
static us_code begin(struct api_asked *q, int64_t *after, struct us_error *e)
{
    struct us_state *s = NULL;
    us_code code = api_state_take(q->api, &s, e);
    if (code == US_NOT_FOUND) code = US_OK;
    if (code == US_OK)
        code = api_definition_is(q, s, us_http_query(q->request, "definition"), e);
    if (*after < 0 && !s) *after = 0;
    if (*after < 0 && code == US_OK) code = us_state_last_id(s, after, e);
    if (s) api_state_give(q->api, s);
    return code;
}

/* A place among the readers, while there is one. */
static bool seated(struct us_api *api)
{
    pthread_mutex_lock(&api->lock);
    bool free = !api->stop && api->readers < US_API_STREAMS_MAX;
    if (free) api->readers++;
    pthread_mutex_unlock(&api->lock);
    return free;
}

/* False: its thread has ended, or will not look again. */
static bool handed_over(struct us_api *api, struct stream_reader *r)
{
    pthread_mutex_lock(&api->lock);
    bool on = !api->stop;
    if (on) {
        r->next = api->fresh;
        api->fresh = r;
        pthread_cond_broadcast(&api->moved);
    }
    pthread_mutex_unlock(&api->lock);
    return on;
}

static void stream(struct api_asked *q)
{
    struct us_api *api = q->api;
    int64_t after = 0;
    struct us_error why;
    struct us_arena own;
    if (!place_of(q, &after)) return;
    us_code code = begin(q, &after, &why);
    if (code != US_OK) {
        api_refuse(q, code, &why);
        return;
    }
    if (!seated(api)) {
        api_refuse_by(q, 503, "server.api_streams", NULL, API_BUSY_SECONDS);
        return;
    }
    us_arena_init(&own, OWN_BYTES);
    struct stream_reader *r = us_new(&own, struct stream_reader, 1);
    *r = (struct stream_reader){.after = after,
        .definition = us_arena_str(&own, us_http_query(q->request, "definition")),
        .account = us_arena_str(&own, us_http_query(q->request, "account")),
        .said = us_server_ticks()};
    r->stream =
        us_http_stream_begin(q->request, "text/event-stream", US_API_STREAM_BYTES);
    us_http_stream_put(r->stream, us_arena_fmt(&own, "retry: %d\n\n", RETRY_MS));
    r->arena = own;
    if (!handed_over(api, r)) reader_end(api, r);
}

/* ---- telling ---- */

static void event_put(struct us_buf *out, const struct us_state_transition *row)
{
    us_buf_fmt(out, "event: transition\nid: %lld\ndata: ", (long long)row->id);
    api_transition_put(out, row);
    us_buf_put(out, US_S("\n\n"));
}

/* One event more; false: there is no room now. */
static bool told_one(
    struct stream_reader *r, const struct us_state_transition *row, struct us_arena *a)
{
    us_mark mark = us_arena_mark(a);
    struct us_buf out = us_buf_new(a, ROW_BYTES);
    event_put(&out, row);
    if (out.full || out.len > ROW_BYTES) {
        struct us_state_transition head = *row;
        head.explanation = (us_str){0};
        out = us_buf_new(a, ROW_BYTES);
        event_put(&out, &head);
    }
    bool good = us_http_stream_put(r->stream, us_buf_str(&out));
    us_arena_pop(a, mark);
    return good;
}

/* *more: there is, or there was no room. */
static us_code told(struct stream_reader *r, struct us_state *s, struct us_arena *a,
    bool *more, struct us_error *e)
{
    struct us_state_transition_list list;
    struct us_state_transitions_asked asked = {.definition = r->definition,
        .account = r->account,
        .after = r->after,
        .limit = ROWS};
    int64_t last = 0;
    US_TRY(us_state_last_id(s, &last, e));
    if (last <= r->after) return US_OK;
    US_TRY(us_state_transitions(s, &asked, a, &list, e));
    int64_t now = us_server_ticks();
    for (size_t i = 0; i < list.count; i++) {
        if (!told_one(r, &list.items[i], a)) {
            if (!r->full) r->full = now;
            *more = true;
            return US_OK;
        }
        r->after = list.items[i].id;
        r->said = now;
        r->full = 0;
    }
    if (list.count == ROWS || list.more)
        *more = true;
    else if (last > r->after)
        r->after = last; /* nothing up to it is for this reader */
    return US_OK;
}

static bool is_over(struct stream_reader *r, int64_t now)
{
    const int64_t second = 1000000;
    if (r->full && now - r->full > US_API_STREAM_SLOW_SECONDS * second) return true;
    if (now - r->said > US_API_HEARTBEAT_SECONDS * second) {
        r->said = now;
        bool put = us_http_stream_put(r->stream, US_S(":\n\n"));
        if (!put && !r->full) r->full = now;
    }
    return us_http_stream_gone(r->stream);
}

static bool told_all(
    struct us_api *api, struct stream_reader **readers, struct us_arena *a)
{
    struct us_state *s = NULL;
    struct us_error why;
    bool more = false;
    bool there = *readers && api_state_take(api, &s, &why) == US_OK;
    for (struct stream_reader **at = readers; *at;) {
        struct stream_reader *r = *at;
        us_arena_reset(a);
        /* What cannot be read now is read later. */
        if (there && told(r, s, a, &more, &why) != US_OK) more = true;
        if (is_over(r, us_server_ticks())) {
            *at = r->next;
            reader_end(api, r);
        } else {
            at = &r->next;
        }
    }
    if (there) api_state_give(api, s);
    return more;
}

/* ---- its thread ---- */

/* New readers are taken on; false: it is to stop. */
static bool wait_for(
    struct us_api *api, struct stream_reader **readers, int64_t *seen, bool more)
{
    struct timespec at = us_server_in_ms(more ? BEHIND_MS : IDLE_MS);
    int code = 0;
    pthread_mutex_lock(&api->lock);
    while (!api->stop && !api->fresh && (more || api->told == *seen) && code == 0)
        code = pthread_cond_timedwait(&api->moved, &api->lock, &at);
    *seen = api->told;
    while (api->fresh) {
        struct stream_reader *r = api->fresh;
        api->fresh = r->next;
        r->next = *readers;
        *readers = r;
    }
    bool on = !api->stop;
    pthread_mutex_unlock(&api->lock);
    return on;
}

void *api_stream_run(void *ctx)
{
    us_thread_is("usher-stream", 0);
    struct us_api *api = ctx;
    struct stream_reader *readers = NULL;
    struct us_arena a;
    us_arena_init(&a, API_MEMORY);
    int64_t seen = 0;
    bool more = false;
    while (wait_for(api, &readers, &seen, more))
        more = told_all(api, &readers, &a);
    (void)told_all(api, &readers, &a);
    while (readers) {
        struct stream_reader *r = readers;
        readers = r->next;
        reader_end(api, r);
    }
    us_arena_done(&a);
    return NULL;
}

const struct api_door api_stream_doors[] = {
    {"GET", "/api/v1/stream", API_READ, false, stream},
};
const size_t api_stream_door_count = sizeof api_stream_doors / sizeof *api_stream_doors;
