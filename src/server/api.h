/* api.h: /api/v1, what programs ask of the running server.
 *
 * Answers are the JSON that commands print with --json. What state has (transitions) is
 * answered at once by whatever thread of HTTP asks; what needs history waits for a turn
 * at it (loader.h) in a thread of its own, one after the other, US_API_WAITING_MAX at
 * most. GET /api/v1/stream tells transitions as they are committed.
 *
 * Who may: a token (state.h) as Bearer, whose scopes are words of read, write, admin;
 * each has what stands before it. While there is no token in use, only who sits at this
 * machine.
 *
 * Owns:    its threads and its handles of state. Texts and rules stay the caller's.
 * Threads: us_api_told from any.
 */
#pragma once

#include "qualify/qualify.h"
#include "server/lent.h"
#include "server/serve.h"

enum {
    US_API_WAITING_MAX = 64,         /* questions to history, at once */
    US_API_FRESH_MS = 3000,          /* a question waits for what is acknowledged */
    US_API_ROWS = 100,               /* of one answer, unless asked for more */
    US_API_ROWS_MAX = 1000,          /* … and then at most */
    US_API_STREAMS_MAX = 256,        /* readers of /api/v1/stream */
    US_API_STREAM_BYTES = 1 << 20,   /* that wait for one of them */
    US_API_STREAM_SLOW_SECONDS = 30, /* without room for what is to be told: dropped */
    US_API_HEARTBEAT_SECONDS = 15,   /* of silence, then a comment is sent */
    US_API_USED_US = 60 * 1000000,   /* a token's last use is noted no more often */
};

struct us_api_options {
    us_str dir, data, journal; /* the workspace, and in it */
    const struct us_rules *rules;
    struct us_retention retention; /* applied once a day */
    struct us_serve_sources sources;
    us_code (*reload)(
        void *ctx, us_str who, struct us_error *e); /* set by the server */
    void *reload_ctx;
    bool local; /* while no token is in use, who asks from this machine may do all. Not
                   behind a proxy: it asks from this machine for anybody */
    us_lent_run *run; /* a command of another process (lent.h), with the api as ctx;
                         NULL: none are run */
};

struct us_api;
/* In the arena; begins to work when the server opens it as a part. */
struct us_api *us_api_new(const struct us_api_options *options, struct us_arena *a);
/* As a part; `inner` is another one that lives with it, {0}: none. */
struct us_serve_part us_api_part(struct us_api *api, struct us_serve_part inner);

/* For commands: all that is durable now, but for what could not be loaded within
 * US_API_FRESH_MS, to ask by until it is given back, with the property columns of
 * rules, which are built where they are missing; seen: with us_history_seen before. */
us_code us_api_lend(void *api, const struct us_history_rules *rules, bool seen,
    struct us_lag *behind, struct us_history **out, struct us_error *e);
void us_api_lend_back(void *api, struct us_history *h);
void us_api_lag(void *api, struct us_server_lag *out);

/* Lines are taken out (import/forget.h) while events are taken all the while; nothing
 * is lent to the caller then. Counts what went. One at a time; the others wait. */
struct us_forget;
us_code us_api_forget(
    void *api, struct us_forget *f, struct us_arena *a, struct us_error *e);
/* Dead letters tried again, one call after the other; sources and put are set here. */
struct us_letters_asked;
struct us_letters_done;
us_code us_api_letters(void *api, struct us_letters_asked *asked, struct us_arena *a,
    struct us_letters_done *out, struct us_error *e);

/* Lines of an import, with what of their heads is theirs; us_import_options.put. */
struct us_import_line;
us_code us_api_import(void *api, const struct us_import_line *lines, size_t count,
    size_t *added, struct us_error *e);

/* History is made anew from the journal beside the one in use, and takes its place;
 * events are taken all the while. One at a time, with us_api_forget. */
us_code us_api_rebuild(void *api, struct us_error *e);

/* Transitions up to that id are in state; cheap. For us_follow_options.told. */
void us_api_told(void *api, int64_t last_id);
