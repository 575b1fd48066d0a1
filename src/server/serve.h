/* serve.h: the server as a whole: what it is made of, in which order it comes up and
 * goes down.
 *
 * Up:   lock, journal (recovered; ids of late lines remembered), loader, what else
 *       belongs to it, HTTP. Events are taken before history is open.
 * Down: SIGTERM or SIGINT. New connections are refused, requests at work are answered,
 *       the journal is closed, history loads the rest, then HTTP is closed. A second
 *       signal ends it at once, which loses nothing: the journal has what was answered
 *       200, and history goes on where it was.
 * SIGHUP reads the configuration anew: history gets the columns it asks for, and each
 *       part goes on by it. One with mistakes is refused, and the old one stays.
 * Addresses are those of the start.
 *
 * Owns:    everything below it. Texts and rules of the options stay the caller's.
 * Fails:   US_BUSY when another server holds the workspace ("server.running"), as
 *          journal and HTTP do; with nothing left behind.
 * Threads: us_serve blocks the signals it waits for in the calling thread and all it
 *          starts; a process has one.
 */
#pragma once

#include "history/history.h"
#include "http/http.h"
#include "server/commit.h"
#include "server/ingest.h"
#include "server/loader.h"
#include "server/records.h"
#include "server/say.h"
#include "server/webhook.h"

enum {
    US_SERVE_PORT = 7171,
    US_SERVE_ROUTES_MAX = 128,
    US_SERVE_KEY_BYTES_MAX = 1 << 20, /* of a certificate or key */
};

/* Who may post what. */
struct us_serve_sources {
    const struct us_ingest_source *clients; /* none: any key is taken */
    size_t client_count;
    const struct us_webhook_source *webhooks; /* none: Stripe is told 404 */
    size_t webhook_count;
    const struct us_ingest_source *records; /* payments, deals … */
    size_t record_count;
    bool domains; /* accounts are companies: a payer's is that of its e-mail */
};

/* A configuration read anew. All of it must stay until the next one, or the end. Rules
 * that are those in force, by their address, are not taken anew. */
struct us_rules;
struct us_state_play;
struct us_serve_rules {
    us_str who; /* asked for it; set by the server */
    const struct us_rules *rules;
    const struct us_history_rules *history_rules;
    const struct us_state_play *plays;
    size_t play_count;
    struct us_retention retention;
    struct us_serve_sources sources;
};

/* What a part may use until it is closed. */
struct us_sources;
struct us_serve_parts {
    struct us_committer *committer;
    struct us_loader *loader;
    struct us_sources *sources;
    struct us_fresh *fresh;
    const struct us_server_log *log;
};

/* What a part that is not built in here does. Any function may be NULL. */
struct us_serve_part {
    void *ctx;
    /* After journal and loader are open; nothing is taken yet. */
    us_code (*open)(void *ctx, const struct us_serve_parts *parts, struct us_error *e);
    /* A group is durable; in the committer's thread, before its clients are told. */
    void (*group)(void *ctx, const struct us_group *g);
    /* False, and why, while the server should not be said to be ready. */
    bool (*ready)(void *ctx, struct us_buf *why);
    /* Go on by another configuration; history is by it already. */
    us_code (*rules)(void *ctx, const struct us_serve_rules *next, struct us_error *e);
    /* Stand still, with state closed, until it is told to go on: history and state are
     * written anew meanwhile. It stands when this returns. */
    us_code (*hold)(void *ctx, bool hold, struct us_error *e);
    /* How it may have the configuration read anew, as SIGHUP does: reload may be called
     * from any thread that has no turn at history. Before open. */
    void (*control)(void *ctx,
        us_code (*reload)(void *server, us_str who, struct us_error *e), void *server);
    /* How far it is behind what is durable. */
    void (*behind)(void *ctx, struct us_lag *out);
    /* Append to /metrics. */
    void (*metrics)(void *ctx, struct us_buf *out);
    /* Nothing comes any more; history is still there. */
    void (*close)(void *ctx);
    /* Their ctx is set by whoever made them. */
    const struct us_http_route *routes;
    size_t route_count;
};

struct us_serve_options {
    us_str data, journal; /* folders */
    const struct us_history_rules *rules;
    struct us_serve_sources sources;
    us_str source; /* of messages while there are no clients */
    us_str host;
    uint16_t port;
    int threads;                    /* 0: as many as there are processors, 8 at most */
    const char *tls_cert, *tls_key; /* texts of PEM files, or NULL */
    const char *version;
    struct us_server_log log;
    struct us_serve_part part;
    /* On SIGHUP: read the configuration. A failure leaves the server as it is. NULL: it
     * cannot be read anew. */
    us_code (*reload)(void *ctx, struct us_serve_rules *next, struct us_error *e);
    void (*reloaded)(void *ctx); /* it holds from here on: the one before may go */
    void *reload_ctx;
};

/* Until it is told to stop. */
us_code us_serve(const struct us_serve_options *options, struct us_error *e);
