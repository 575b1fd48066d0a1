/* http_stream.c: an answer that goes on. Two own a stream: whoever writes, and the
 * connection; the later to leave takes it away. */

#include "http/http_inner.h"

#include <string.h>

struct us_http_stream {
    struct us_arena own; /* it lies in this, and what waits */
    struct us_http *http;
    struct MHD_Connection *connection;
    pthread_mutex_t lock;
    char *ring;
    size_t cap, from, len; /* what waits: len bytes from `from` on */
    bool asleep;           /* the connection sleeps until there is something */
    bool ended;            /* by the writer */
    bool gone;             /* the connection is */
};

static void stream_free(struct us_http_stream *s)
{
    atomic_fetch_sub(&s->http->streams, 1);
    pthread_mutex_destroy(&s->lock);
    struct us_arena own = s->own;
    us_arena_done(&own);
}

static size_t taken(struct us_http_stream *s, char *into, size_t most)
{
    size_t n = s->len < most ? s->len : most;
    size_t first = s->cap - s->from < n ? s->cap - s->from : n;
    memcpy(into, s->ring + s->from, first);
    memcpy(into + first, s->ring, n - first);
    s->from = (s->from + n) % s->cap;
    s->len -= n;
    return n;
}

static ssize_t on_read(void *ctx, uint64_t at, char *into, size_t most)
{
    (void)at;
    struct us_http_stream *s = ctx;
    ssize_t n = 0;
    pthread_mutex_lock(&s->lock);
    if (s->len) {
        n = (ssize_t)taken(s, into, most);
    } else if (s->ended) {
        n = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        s->asleep = true;
        MHD_suspend_connection(s->connection);
    }
    pthread_mutex_unlock(&s->lock);
    return n;
}

static void on_gone(void *ctx)
{
    struct us_http_stream *s = ctx;
    pthread_mutex_lock(&s->lock);
    s->gone = true;
    bool last = s->ended;
    pthread_mutex_unlock(&s->lock);
    if (last) stream_free(s);
}

/* With the lock. */
static void wake(struct us_http_stream *s)
{
    if (!s->asleep) return;
    s->asleep = false;
    MHD_resume_connection(s->connection);
}

struct us_http_stream *us_http_stream_begin(
    struct us_http_request *r, const char *type, size_t waiting_bytes_max)
{
    enum { BLOCK = 16 << 10, SLACK = 1 << 16 };
    struct us_arena own;
    us_arena_init(&own, waiting_bytes_max + SLACK);
    struct us_http_stream *s = us_new(&own, struct us_http_stream, 1);
    *s = (struct us_http_stream){
        .http = r->http, .connection = r->connection, .cap = waiting_bytes_max};
    s->ring = us_new(&own, char, waiting_bytes_max);
    s->own = own;
    pthread_mutex_init(&s->lock, NULL);
    atomic_fetch_add(&r->http->streams, 1);
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, on_read, s, on_gone);
    us_assert(response != NULL);
    us_http_answer_with(r, 200, response, type);
    return s;
}

size_t us_http_stream_room(struct us_http_stream *s)
{
    pthread_mutex_lock(&s->lock);
    size_t room = s->gone ? 0 : s->cap - s->len;
    pthread_mutex_unlock(&s->lock);
    return room;
}

bool us_http_stream_put(struct us_http_stream *s, us_str bytes)
{
    pthread_mutex_lock(&s->lock);
    bool good = !s->gone && bytes.len <= s->cap - s->len;
    if (good) {
        size_t to = (s->from + s->len) % s->cap;
        size_t first = s->cap - to < bytes.len ? s->cap - to : bytes.len;
        memcpy(s->ring + to, bytes.ptr, first);
        memcpy(s->ring, bytes.ptr + first, bytes.len - first);
        s->len += bytes.len;
        wake(s);
    }
    pthread_mutex_unlock(&s->lock);
    return good;
}

bool us_http_stream_gone(struct us_http_stream *s)
{
    pthread_mutex_lock(&s->lock);
    bool gone = s->gone;
    pthread_mutex_unlock(&s->lock);
    return gone;
}

void us_http_stream_end(struct us_http_stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->ended = true;
    bool last = s->gone;
    if (!last) wake(s);
    pthread_mutex_unlock(&s->lock);
    if (last) stream_free(s);
}
