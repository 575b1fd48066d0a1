#include "base/buf.h"
#include "base/time.h"
#include "http/http_inner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    ARENA_BYTES_MAX = 64 << 20, /* address space of one request */
    OWN_BYTES_MAX = 256 << 20,  /* requests at once, each some hundred bytes */
    BODY_SLACK = 2,
    DROPPED_TIMES = 10, /* body_bytes_max: what is read though it is refused */
    PROBLEM_BYTES_MAX = 4096,
    HEADER_MEMORY = 32 << 10, /* of a connection: its request line and headers */
    BUSY_SECONDS = 5,
};

struct us_http_options us_http_defaults(void)
{
    return (struct us_http_options){.threads = 2,
        .body_bytes_max = 10 << 20,
        .held_bytes_max = 256 << 20,
        .answers_bytes_max = 256 << 20,
        .connections_max = 10000,
        .idle_seconds_max = 75,
        .body_seconds_max = 60};
}

static int64_t seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* ---- requests come and go ---- */

static struct us_http_request *request_new(struct us_http *h, struct MHD_Connection *c)
{
    pthread_mutex_lock(&h->lock);
    struct us_http_request *r = h->spare;
    bool made = !r;
    if (made) r = us_new(&h->own, struct us_http_request, 1);
    if (!made) h->spare = r->next;
    pthread_mutex_unlock(&h->lock);
    if (made) {
        us_arena_init(&r->arena, ARENA_BYTES_MAX);
        us_arena_init(&r->bytes, BODY_SLACK * h->options.body_bytes_max + US_HTTP_PAD);
    }
    struct us_arena arena = r->arena;
    struct us_arena bytes = r->bytes;
    *r = (struct us_http_request){
        .http = h, .connection = c, .arena = arena, .bytes = bytes, .begun = seconds()};
    atomic_store(&r->phase, US_HTTP_COLLECTING);
    return r;
}

static void request_end(struct us_http_request *r)
{
    struct us_http *h = r->http;
    us_http_body_drop(r);
    us_arena_reset(&r->arena);
    if (r->response) MHD_destroy_response(r->response);
    r->response = NULL;
    atomic_fetch_sub(&h->answer_bytes, r->answer_bytes);
    r->answer_bytes = 0;
    pthread_mutex_lock(&h->lock);
    r->next = h->spare;
    h->spare = r;
    pthread_mutex_unlock(&h->lock);
}

/* ---- answers ---- */

static const char *reason_of(int status)
{
    return MHD_get_reason_phrase_for((unsigned)status);
}

bool us_http_header_put(
    struct MHD_Response *response, const char *name, const char *text)
{
    return MHD_add_response_header(response, name, text) == MHD_YES;
}

static struct MHD_Response *response_of(
    struct us_http_request *r, const struct us_http_answer *a, bool browsers)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        a->body.len, (void *)(uintptr_t)a->body.ptr, MHD_RESPMEM_MUST_COPY);
    us_assert(response != NULL);
    if (a->body.len)
        us_http_header_put(
            response, "Content-Type", a->type ? a->type : "application/json");
    for (size_t i = 0; i < a->header_count; i++)
        us_http_header_put(response, a->headers[i].name,
            us_arena_cstr(&r->arena, a->headers[i].value));
    if (browsers) us_http_cors_put(r, response);
    return response;
}

static struct us_http_answer problem_of(
    struct us_arena *a, int status, us_str detail, int retry_seconds)
{
    struct us_buf out = us_buf_new(a, PROBLEM_BYTES_MAX);
    us_buf_put(&out, US_S("{\"type\":\"about:blank\",\"title\":"));
    us_buf_json(&out, us_str_c(reason_of(status)));
    us_buf_fmt(&out, ",\"status\":%d", status);
    if (detail.len) {
        us_buf_put(&out, US_S(",\"detail\":"));
        us_buf_json(&out, us_str_clip(detail, PROBLEM_BYTES_MAX / 8));
    }
    us_buf_put(&out, US_S("}\n"));
    struct us_http_answer answer = {
        .status = status, .type = "application/problem+json", .body = us_buf_str(&out)};
    if (retry_seconds > 0)
        answer.headers[answer.header_count++] = (struct us_http_header){
            "Retry-After", us_arena_fmt(a, "%d", retry_seconds)};
    if (status == 401)
        answer.headers[answer.header_count++] =
            (struct us_http_header){"WWW-Authenticate", US_S("Bearer")};
    return answer;
}

static void count(struct us_http *h, int status)
{
    atomic_fetch_add(&h->answers[status / 100 < 6 ? status / 100 : 0], 1);
}

/* The handler is done and the response has its own copy: whatever the answer was made
 * of need not wait until somebody reads it. */
static enum MHD_Result queue(struct us_http_request *r)
{
    count(r->http, r->status);
    us_http_body_drop(r);
    us_arena_reset(&r->arena);
    return MHD_queue_response(r->connection, (unsigned)r->status, r->response);
}

/* Without a handler, from the thread of the connection. */
static enum MHD_Result answer_now(
    struct us_http_request *r, const struct us_http_answer *a, bool browsers)
{
    r->response = response_of(r, a, browsers);
    r->status = a->status;
    atomic_store(&r->phase, US_HTTP_ANSWERED);
    return queue(r);
}

static void answered(
    struct us_http_request *r, int status, struct MHD_Response *response)
{
    struct us_http *h = r->http;
    r->response = response;
    r->status = status;
    int before = atomic_exchange(&r->phase, US_HTTP_ANSWERED);
    us_assert(before == US_HTTP_HANDED || before == US_HTTP_ASLEEP);
    if (before == US_HTTP_ASLEEP) MHD_resume_connection(r->connection);
    atomic_fetch_sub(&h->waiting, 1);
}

/* False: what others have not read yet is too much for n bytes beside it. */
static bool has_room(struct us_http_request *r, size_t n)
{
    struct us_http *h = r->http;
    size_t all = atomic_fetch_add(&h->answer_bytes, n) + n;
    if (n > US_HTTP_ANSWER_SMALL && all > h->options.answers_bytes_max) {
        atomic_fetch_sub(&h->answer_bytes, n);
        return false;
    }
    r->answer_bytes = n;
    return true;
}

void us_http_answer(struct us_http_request *r, const struct us_http_answer *a)
{
    struct us_http_answer busy;
    if (!has_room(r, a->body.len)) {
        us_str why = US_S("too many answers are not read yet; ask again later");
        busy = problem_of(&r->arena, 503, why, BUSY_SECONDS);
        a = &busy;
    }
    answered(r, a->status, response_of(r, a, r->route->browsers));
}

void us_http_answer_with(struct us_http_request *r, int status,
    struct MHD_Response *response, const char *type)
{
    us_http_header_put(response, "Content-Type", type);
    us_http_header_put(response, "Cache-Control", "no-store");
    answered(r, status, response);
}

void us_http_refuse(
    struct us_http_request *r, int status, us_str detail, int retry_seconds)
{
    struct us_http_answer a = problem_of(&r->arena, status, detail, retry_seconds);
    us_http_answer(r, &a);
}

/* ---- a request is whole ---- */

/* No handler takes it. */
static enum MHD_Result no_route(struct us_http_request *r)
{
    bool known = r->known;
    bool browsers = false;
    if (r->parts.bad) {
        struct us_http_answer bad = problem_of(&r->arena, 400,
            US_S("the path is not percent-encoded UTF-8; a % is written %25"), 0);
        return answer_now(r, &bad, false);
    }
    us_str allow = us_http_allowed(&r->http->options, &r->parts, &r->arena, &browsers);
    if (known && us_str_eq(r->method, US_S("OPTIONS"))) {
        struct us_http_answer a = {
            .status = 204, .header_count = 1, .headers = {{"Allow", allow}}};
        if (browsers) a = us_http_cors_preflight(r, allow);
        return answer_now(r, &a, browsers);
    }
    struct us_http_answer a = problem_of(&r->arena, known ? 405 : 404, (us_str){0}, 0);
    if (known) a.headers[a.header_count++] = (struct us_http_header){"Allow", allow};
    return answer_now(r, &a, browsers);
}

static enum MHD_Result refused(struct us_http_request *r)
{
    us_str why = US_S("the body is not whole gzip or zlib");
    if (r->refused == 413)
        why = us_arena_fmt(&r->arena, "a body may have %zu bytes, after inflating",
            r->http->options.body_bytes_max);
    if (r->refused == 429) why = US_S("too many bodies are held; send it again later");
    struct us_http_answer a =
        problem_of(&r->arena, r->refused, why, r->refused == 429 ? BUSY_SECONDS : 0);
    return answer_now(r, &a, r->route && r->route->browsers);
}

/* A connection may sleep only while it has no answer; whoever finds the other done
 * sends it. */
static enum MHD_Result hand_out(struct us_http_request *r)
{
    struct us_http *h = r->http;
    atomic_fetch_add(&h->waiting, 1);
    atomic_store(&r->phase, US_HTTP_HANDED);
    r->route->handler(r->route->ctx ? r->route->ctx : h->options.ctx, r);
    if (atomic_load(&r->phase) == US_HTTP_ANSWERED) return queue(r);
    MHD_suspend_connection(r->connection);
    int handed = US_HTTP_HANDED;
    if (!atomic_compare_exchange_strong(&r->phase, &handed, US_HTTP_ASLEEP))
        MHD_resume_connection(r->connection);
    return MHD_YES;
}

static enum MHD_Result whole(struct us_http_request *r)
{
    us_http_body_end(r);
    if (!r->route) return no_route(r);
    if (r->refused) return refused(r);
    if (atomic_load(&r->http->quiet)) {
        struct us_http_answer a = problem_of(&r->arena, 503,
            US_S("the server is stopping; send it again"), BUSY_SECONDS);
        return answer_now(r, &a, r->route->browsers);
    }
    return hand_out(r);
}

/* Where it ends nobody can say, so nothing that follows is read. */
static enum MHD_Result hang_up(struct us_http_request *r, us_str why)
{
    struct us_http_answer a = problem_of(&r->arena, 400, why, 0);
    a.headers[a.header_count++] = (struct us_http_header){"Connection", US_S("close")};
    r->refused = 400;
    return answer_now(r, &a, r->route && r->route->browsers);
}

/* ---- what the library calls ---- */

static enum MHD_Result begin(struct us_http *h, struct MHD_Connection *c,
    const char *path, const char *method, void **own)
{
    struct us_http_request *r = request_new(h, c);
    *own = r;
    atomic_fetch_add(&h->requests, 1);
    r->method = us_arena_str(&r->arena, us_str_c(method));
    us_http_path_take(r, us_str_c(path));
    r->route = us_http_find(&h->options, r->method, &r->parts, r->params, &r->known);
    us_str wrong = us_http_misframed(r);
    if (wrong.len) return hang_up(r, wrong);
    int64_t length = 0;
    us_str said = us_http_header(r, "Content-Length");
    int64_t most = (int64_t)h->options.body_bytes_max;
    if (!us_str_int(said, &length) || length <= most) return MHD_YES;
    /* Who asks first is told at once. Who sends without asking would lose the answer if
     * the connection were closed on what it sends: a body that is not absurd is read
     * and dropped. */
    r->refused = 413;
    bool asks = us_http_header(r, "Expect").len > 0;
    return asks || length > DROPPED_TIMES * most ? refused(r) : MHD_YES;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *path,
    const char *method, const char *version, const char *bytes, size_t *n, void **own)
{
    (void)version;
    struct us_http *h = ctx;
    struct us_http_request *r = *own;
    if (!r) return begin(h, c, path, method, own);
    if (*n) {
        us_http_body_take(r, bytes, *n);
        *n = 0;
        bool slow = seconds() - r->begun > h->options.body_seconds_max;
        return slow ? MHD_NO : MHD_YES;
    }
    if (atomic_load(&r->phase) == US_HTTP_ANSWERED) return queue(r);
    return whole(r);
}

static void on_end(void *ctx, struct MHD_Connection *c, void **own,
    enum MHD_RequestTerminationCode how)
{
    (void)ctx;
    (void)c;
    (void)how;
    if (*own) request_end(*own);
    *own = NULL;
}

static void on_connection(void *ctx, struct MHD_Connection *c, void **own,
    enum MHD_ConnectionNotificationCode code)
{
    (void)c;
    (void)own;
    struct us_http *h = ctx;
    bool begins = code == MHD_CONNECTION_NOTIFY_STARTED;
    atomic_fetch_add(&h->connections, begins ? 1 : -1);
}

/* ---- open and close ---- */

static us_code no_address(
    const struct us_http_options *o, const char *why, struct us_error *e)
{
    us_str host = o->host.len ? o->host : US_S("*");
    return us_fail(e, US_IO, "http.bind",
        US_ARGS(US_TEXT("host", host), US_DIGITS("port", o->port),
            US_TEXT("why", us_str_c(why))));
}

/* A socket that listens; -1, and what the kernel says. */
static int listen_at(const struct addrinfo *at, const char **why)
{
    enum { WAITING = 1024 };
    int on = 1;
    int off = 0;
    int s = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s < 0) {
        *why = strerror(errno);
        return -1;
    }
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (at->ai_family == AF_INET6)
        setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(s, at->ai_addr, at->ai_addrlen) == 0 && listen(s, WAITING) == 0) return s;
    *why = strerror(errno);
    close(s);
    return -1;
}

static us_code listen_on(const struct us_http_options *o, int *out, struct us_error *e)
{
    char host[256];
    char port[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    const char *why = "";
    if (o->host.len >= sizeof host) return no_address(o, "?", e);
    snprintf(host, sizeof host, "%.*s", US_ARG(o->host));
    snprintf(port, sizeof port, "%u", (unsigned)o->port);
    int code = getaddrinfo(o->host.len ? host : NULL, port, &hints, &found);
    if (code != 0) return no_address(o, gai_strerror(code), e);
    *out = -1;
    for (int six = 1; six >= 0 && *out < 0; six--) /* IPv6 takes IPv4 too */
        for (struct addrinfo *at = found; at && *out < 0; at = at->ai_next)
            if ((at->ai_family == AF_INET6) == six) *out = listen_at(at, &why);
    freeaddrinfo(found);
    return *out < 0 ? no_address(o, why, e) : US_OK;
}

static struct MHD_Daemon *daemon_start(struct us_http *h)
{
    const struct us_http_options *o = &h->options;
    struct MHD_OptionItem more[4] = {{MHD_OPTION_END, 0, NULL}};
    size_t n = 0;
    unsigned flags = us_http_wait_flags();
    if (o->threads > 1)
        more[n++] =
            (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, o->threads, NULL};
    if (o->tls_cert) {
        flags |= MHD_USE_TLS;
        more[n++] = (struct MHD_OptionItem){
            MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)o->tls_cert};
        more[n++] = (struct MHD_OptionItem){
            MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)o->tls_key};
    }
    more[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, h,
        MHD_OPTION_LISTEN_SOCKET, h->listening, MHD_OPTION_NOTIFY_COMPLETED, on_end,
        NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)o->connections_max,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)o->idle_seconds_max,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_MEMORY,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK,
        us_http_as_it_came, NULL, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
}

us_code us_http_open(
    const struct us_http_options *options, struct us_http **out, struct us_error *e)
{
    int listening = -1;
    US_TRY(listen_on(options, &listening, e));
    struct us_arena own;
    us_arena_init(&own, OWN_BYTES_MAX);
    struct us_http *h = us_new(&own, struct us_http, 1);
    h->own = own;
    h->options = *options;
    h->listening = listening;
    pthread_mutex_init(&h->lock, NULL);
    h->daemon = daemon_start(h);
    if (!h->daemon) {
        close(listening);
        pthread_mutex_destroy(&h->lock);
        own = h->own;
        us_arena_done(&own);
        if (options->tls_cert) return us_fail(e, US_INPUT, "http.tls", NULL);
        return no_address(options, "libmicrohttpd", e);
    }
    *out = h;
    return US_OK;
}

uint16_t us_http_port(const struct us_http *h)
{
    struct sockaddr_storage at;
    socklen_t len = sizeof at;
    if (getsockname(h->listening, (struct sockaddr *)&at, &len) != 0) return 0;
    if (at.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&at)->sin6_port);
    return ntohs(((const struct sockaddr_in *)&at)->sin_port);
}

void us_http_quiesce(struct us_http *h)
{
    if (atomic_exchange(&h->quiet, true)) return;
    MHD_socket listening = MHD_quiesce_daemon(h->daemon);
    if (listening != MHD_INVALID_SOCKET) close(listening);
}

int64_t us_http_waiting(const struct us_http *h)
{
    return atomic_load(&h->waiting);
}

void us_http_close(struct us_http *h)
{
    if (!h) return;
    us_assert(us_http_waiting(h) == 0);
    MHD_stop_daemon(h->daemon); /* and the listening socket with it */
    while (h->spare) {
        struct us_http_request *r = h->spare;
        h->spare = r->next;
        us_arena_done(&r->arena);
        us_arena_done(&r->bytes);
    }
    pthread_mutex_destroy(&h->lock);
    struct us_arena own = h->own; /* h lies in it */
    us_arena_done(&own);
}

struct us_http_counts us_http_counts(const struct us_http *h)
{
    struct us_http_counts out = {.requests = atomic_load(&h->requests),
        .connections = atomic_load(&h->connections),
        .held_bytes = (int64_t)atomic_load(&h->held),
        .answer_bytes = (int64_t)atomic_load(&h->answer_bytes),
        .streams = atomic_load(&h->streams),
        .body_bytes = atomic_load(&h->body_bytes),
        .inflated_bytes = atomic_load(&h->inflated_bytes)};
    for (int i = 0; i < 6; i++)
        out.answers[i] = atomic_load(&h->answers[i]);
    return out;
}
