/* ingest.h: the routes that clients post to: Segment's, long and short, and those of
 * RudderStack, PostHog and Jitsu, all on one port.
 *
 * 200 means that every message of the request is on disk: the good ones as they came,
 * those that cannot be understood as dead letters, of which the answer names a hundred.
 * A body that is no JSON is kept too, and answered 400, since no client can send it any
 * better. 413 is for more than a group of the journal holds. 429 with Retry-After while
 * too much waits, 503 while the disk fails: clients keep both and come again.
 *
 * Owns:    nothing of what it is given.
 * Threads: its handlers run in those of the HTTP server and of the committer.
 */
#pragma once

#include "http/http.h"
#include "server/commit.h"

struct us_ingest_source {
    us_str key, name;
    bool test; /* its messages are kept apart: lines of US_LINE_TEST */
};

struct us_ingest_options {
    struct us_committer *committer;
    const struct us_ingest_source *sources; /* none: any key will do, and be `source` */
    size_t source_count;
    us_str source; /* of messages while there are no sources */
    /* A request of a source is on disk. In the committer's thread, before it is
     * answered; NULL: nobody asks. */
    void (*taken)(void *ctx, us_str source, const struct us_batch *b);
    void *ctx;
    size_t message_bytes_max; /* at most US_MESSAGE_BYTES_MAX */
    int64_t (*now)(void);     /* microseconds; NULL: the clock */
};

struct us_ingest;
/* In the arena. */
struct us_ingest *us_ingest_new(
    const struct us_ingest_options *options, struct us_arena *a);
void us_ingest_done(struct us_ingest *in);

/* Other sources from here on; they are copied. From any thread. */
void us_ingest_sources(
    struct us_ingest *in, const struct us_ingest_source *sources, size_t count);

/* A copy of sources, texts too. */
const struct us_ingest_source *us_ingest_copy(
    const struct us_ingest_source *sources, size_t count, struct us_arena *a);

/* What the route of a path says a message is that does not say so itself: "track" …;
 * empty: nothing. False: no client posts there. */
bool us_ingest_call(us_str path, us_str *call);

/* Routes whose handlers take a struct us_ingest as ctx. */
extern const struct us_http_route us_ingest_routes[];
extern const size_t us_ingest_route_count;
