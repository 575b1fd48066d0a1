/* http_inner.h: what the files of the HTTP server share. Inside this folder only. */
#pragma once

#include "http/http.h"

#include <microhttpd.h>

#include <pthread.h>
#include <stdatomic.h>
#include <zlib.h>

enum { US_HTTP_PARTS_MAX = 8 }; /* more than any route has */

/* A path cut at each slash that came as one, its parts decoded after that: a part may
 * hold a slash. */
struct us_http_parts {
    us_str items[US_HTTP_PARTS_MAX];
    size_t count; /* beyond the most: it is of no route */
    bool bad;     /* some part is not percent-encoded UTF-8; of no route either */
};

/* Where a request is. Whoever answers it and the thread that handed it out meet here:
 * the later of the two sends the answer on its way. */
enum us_http_phase {
    US_HTTP_COLLECTING,
    US_HTTP_HANDED, /* its handler runs, or it has been kept and not put to sleep yet */
    US_HTTP_ASLEEP,
    US_HTTP_ANSWERED,
};

struct us_http_request {
    struct us_http *http;
    struct MHD_Connection *connection;
    struct us_http_request *next;      /* among those not in use */
    const struct us_http_route *route; /* NULL: none */
    bool known;                        /* its path, if by another method */
    struct us_arena arena, bytes;      /* bytes: the body, and nothing else */
    us_str method, path;               /* path: decoded as a whole */
    struct us_http_parts parts;
    us_str params[US_HTTP_PARAMS_MAX];
    char *body;
    size_t body_len, body_cap;
    size_t held;         /* of http->held */
    size_t answer_bytes; /* of http->answer_bytes */
    uint8_t head[2];     /* the first bytes, while there are fewer than two */
    size_t head_len;
    z_stream inflate;
    bool inflating, inflated; /* its stream is at work; a whole one has ended */
    bool plain;               /* it is not packed */
    int refused;              /* a status: the rest of the body is dropped */
    int64_t begun;            /* seconds of the monotonic clock */
    _Atomic int phase;
    struct MHD_Response *response;
    int status;
};

struct us_http {
    struct us_http_options options;
    struct MHD_Daemon *daemon;
    MHD_socket listening;
    struct us_arena own;  /* this and all requests lie in it */
    pthread_mutex_t lock; /* of spare and own */
    struct us_http_request *spare;
    _Atomic bool quiet;
    _Atomic size_t held, answer_bytes;
    _Atomic int64_t waiting, requests, connections, body_bytes, inflated_bytes, streams;
    _Atomic int64_t answers[6];
};

/* body.c: take bytes of the body; what cannot be taken sets refused. */
void us_http_body_take(struct us_http_request *r, const char *bytes, size_t n);
/* The body has ended. */
void us_http_body_end(struct us_http_request *r);
void us_http_body_drop(struct us_http_request *r);

/* http.c: the answer is this response, which is given away. */
void us_http_answer_with(struct us_http_request *r, int status,
    struct MHD_Response *response, const char *type);
/* False: no header can have such a value, as a client may have sent it; left out. */
bool us_http_header_put(
    struct MHD_Response *response, const char *name, const char *text);

/* read.c: what is wrong with how it says where its body ends; empty: nothing. The
 * library goes by the first header it finds, a proxy before it perhaps by the last. */
us_str us_http_misframed(const struct us_http_request *r);

/* cors.c: what lets a page of another origin read this answer. */
void us_http_cors_put(const struct us_http_request *r, struct MHD_Response *response);
/* What a browser asks before it sends such a request. */
struct us_http_answer us_http_cors_preflight(struct us_http_request *r, us_str allow);

/* read.c: a text of a URL, decoded as leniently as the library does. */
us_str us_http_decoded(us_str text, struct us_arena *a);

/* route.c: in the place of the library's decoding: paths are cut before it, and what is
 * asked for after them is decoded when it is wanted. */
size_t us_http_as_it_came(void *ctx, struct MHD_Connection *c, char *text);
/* The path of a request, as it came. */
void us_http_path_take(struct us_http_request *r, us_str path);
/* The route of a method and path, its parameters put; NULL, and whether the path alone
 * is known. */
const struct us_http_route *us_http_find(const struct us_http_options *o, us_str method,
    const struct us_http_parts *path, us_str params[US_HTTP_PARAMS_MAX], bool *known);
/* The methods that a path knows, for Allow. */
us_str us_http_allowed(const struct us_http_options *o,
    const struct us_http_parts *path, struct us_arena *a, bool *browsers);

/* wait.c: flags for the library, whose threads wait by it. */
unsigned us_http_wait_flags(void);
