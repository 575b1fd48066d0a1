/* http.h: requests and answers over libmicrohttpd; the only folder that sees it.
 *
 * A request comes whole: its body is collected, inflated where its own first bytes say
 * gzip or zlib (headers are never asked: clients send both under any name), and handed
 * to the handler of its route. The handler answers at once, or keeps the request and
 * answers later from any thread, while the connection sleeps and holds no thread.
 *
 * A request that says in two ways where its body ends, or in one that is not known
 * here, is answered 400 and hung up on: what follows it might be taken for a request.
 *
 * What it does by itself: a path is cut at its slashes and decoded after that, so that
 * %2F is a slash in a part; one that is not percent-encoded UTF-8 is answered 400. A
 * path with a slash at its end is the path without it; nobody is ever redirected
 * (clients follow with GET and believe that they have delivered); OPTIONS on a route
 * that browsers use is answered with what a preflight wants, any headers it asks for
 * among it; other refusals are application/problem+json (RFC 9457).
 *
 * Memory: a body is at most body_bytes_max after inflating, all bodies at once at most
 * held_bytes_max: what goes beyond is read, dropped and answered 413, or 429 with
 * Retry-After. A body that takes longer than body_seconds_max to come is hung up on.
 * An answer is held once, until it is read; all at once have at most answers_bytes_max,
 * beyond which those that are not small are refused: 503 with Retry-After.
 *
 * Owns:    a request belongs to this module; its texts live until it is answered.
 * Fails:   US_IO when the address cannot be had ("http.bind"), US_INPUT when it takes
 *          not this certificate and key ("http.tls").
 * Threads: handlers run in several at once; us_http_answer from any.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

enum {
    US_HTTP_PARAMS_MAX = 4,          /* {…} in a route */
    US_HTTP_HEADERS_MAX = 8,         /* of an answer, beside type and length */
    US_HTTP_PAD = 64,                /* readable bytes after a body */
    US_HTTP_ANSWER_SMALL = 64 << 10, /* such are given whatever waits to be read */
};

struct us_http_request;
typedef void us_http_handler(void *ctx, struct us_http_request *r);

struct us_http_route {
    const char *method; /* "GET", "POST", … */
    const char *path;   /* "/v1/projects/{key}/settings" */
    us_http_handler *handler;
    bool browsers; /* pages of any origin may use it (CORS) */
    void *ctx;     /* of this handler; NULL: that of the options */
};

struct us_http_options {
    us_str host;   /* an address; empty: every interface */
    uint16_t port; /* 0: any that is free */
    int threads;   /* 0: one */
    const struct us_http_route *routes;
    size_t route_count;
    void *ctx; /* of the handlers */
    size_t body_bytes_max, held_bytes_max, answers_bytes_max;
    int connections_max, idle_seconds_max, body_seconds_max;
    const char *tls_cert, *tls_key; /* texts of PEM files; NULL: plain HTTP */
};
/* What wire.md measured clients to need: 10 MB bodies, 900:1 gzip. */
struct us_http_options us_http_defaults(void);

struct us_http;
/* Texts need only stay during the call. */
us_code us_http_open(
    const struct us_http_options *options, struct us_http **out, struct us_error *e);
uint16_t us_http_port(const struct us_http *h);

/* Take no new connections; new requests on the old ones are answered 503. Those at work
 * are still answered. */
void us_http_quiesce(struct us_http *h);
/* How many were handed to a handler and are not answered yet. */
int64_t us_http_waiting(const struct us_http *h);
/* All requests have to be answered before it. NULL is fine. */
void us_http_close(struct us_http *h);

/* ---- a request ---- */

us_str us_http_method(const struct us_http_request *r);
/* Decoded, without a slash at its end. */
us_str us_http_path(const struct us_http_request *r);
us_str us_http_param(const struct us_http_request *r, size_t i); /* the i-th {…} */
us_str us_http_query(struct us_http_request *r, const char *name);
us_str us_http_header(const struct us_http_request *r, const char *name);
us_str us_http_body(const struct us_http_request *r); /* zero bytes follow it */

/* For whatever belongs to the request alone; one thread at a time. */
struct us_arena *us_http_arena(struct us_http_request *r);

struct us_http_header {
    const char *name;
    us_str value;
};

struct us_http_answer {
    int status;
    const char *type; /* NULL: application/json */
    us_str body;      /* copied */
    struct us_http_header headers[US_HTTP_HEADERS_MAX];
    size_t header_count;
};

/* Exactly once for each request handed to a handler; r is gone after it. */
void us_http_answer(struct us_http_request *r, const struct us_http_answer *a);

/* A refusal as problem+json. retry_seconds > 0 goes into Retry-After; 401 asks for a
 * token as Bearer. */
void us_http_refuse(
    struct us_http_request *r, int status, us_str detail, int retry_seconds);

/* Whether it came from this machine and by no proxy that says otherwise, asking for it
 * by a local name: a page of some other site cannot make a browser do that. */
bool us_http_is_local(const struct us_http_request *r);

/* ---- an answer that goes on ---- */

/* Answers r with 200 and a body that is whatever is put, as long as both want; r is
 * gone after it, and s is the caller's to end. What waits to be sent is at most
 * waiting_bytes_max. Functions from any thread, one at a time. All streams have to be
 * ended before the server is closed.
 *
 * A client that went away is noticed only by sending: put something now and then. One
 * that takes nothing is hung up on after idle_seconds_max. */
struct us_http_stream *us_http_stream_begin(
    struct us_http_request *r, const char *type, size_t waiting_bytes_max);
/* How much can be put. */
size_t us_http_stream_room(struct us_http_stream *s);
/* False, and nothing of it is sent: there is no room, or nobody reads any more. */
bool us_http_stream_put(struct us_http_stream *s, us_str bytes);
bool us_http_stream_gone(struct us_http_stream *s);
/* What was put is still sent, then the answer ends. s is gone after it. */
void us_http_stream_end(struct us_http_stream *s);

/* ---- for /metrics ---- */

struct us_http_counts {
    int64_t requests, connections, held_bytes, answer_bytes, streams;
    int64_t answers[6]; /* by hundreds of their status: [2] 200 to 299 */
    int64_t body_bytes, inflated_bytes;
};
struct us_http_counts us_http_counts(const struct us_http *h);
