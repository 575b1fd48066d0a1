/* api_inner.h: what the files of the API share. Inside this folder only. */
#pragma once

#include "server/api.h"
#include "server/jobs.h"
#include "state/state.h"
#include "text/text.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    API_DOORS_MAX = 32,
    API_WORKERS = 3,              /* questions at once: a slow one holds no other up */
    API_SPARE = 8,                /* handles of state that are kept open */
    API_ANSWER_BYTES = 256 << 20, /* of one answer */
    API_MEMORY = 1 << 30,         /* of what makes it; address space */
    API_WORDS_BYTES = 64 << 10,
    API_BUSY_SECONDS = 2,
};

enum api_scope { API_READ, API_WRITE, API_ADMIN };

/* A request that was let in. */
struct api_asked {
    struct us_api *api;
    struct us_http_request *request;
    const struct api_door *door;
    us_str who;         /* the token's name; "local" */
    struct us_arena *a; /* a worker's, for this answer alone; NULL: it has none */
    struct api_asked *next;
};

typedef void api_handler(struct api_asked *q);

/* One of the API's routes. */
struct api_door {
    const char *method, *path;
    enum api_scope scope;
    bool history; /* it is handed to the threads that wait for turns */
    api_handler *handler;
};

struct api_entry { /* ctx of a route */
    struct us_api *api;
    const struct api_door *door;
};

struct stream_reader {
    struct us_http_stream *stream;
    us_str definition, account;
    int64_t after;
    int64_t said; /* ticks: something was sent */
    int64_t full; /* ticks: since when there is no room; 0: there is */
    struct us_arena arena;
    struct stream_reader *next;
};

struct us_api {
    struct us_api_options o;
    struct us_serve_part inner;
    struct us_http_route routes[API_DOORS_MAX];
    struct api_entry entries[API_DOORS_MAX];
    size_t route_count;
    struct us_committer *committer;
    struct us_loader *loader;
    const struct us_server_log *log;
    bool inner_up;
    struct us_lent *lent; /* NULL: none */
    struct us_jobs *jobs; /* NULL: none */
    _Atomic bool ending;  /* the server stops */
    _Atomic bool warned;  /* that there is no token */

    pthread_rwlock_t ruled; /* of o.rules: held while a question is answered by them */
    int64_t loaded;         /* o.rules */
    _Atomic int64_t since;  /* as loaded, or forgetting: a part of tags of history */

    pthread_mutex_t letters; /* held while some are tried again */

    pthread_mutex_t desk; /* of the three below */
    struct us_state *spare[API_SPARE];
    size_t spare_count;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t moved;
    bool stop;
    struct api_asked *first, **last; /* for history */
    size_t waiting;
    int64_t told;                /* the last id */
    struct stream_reader *fresh; /* not yet taken by the thread */
    size_t readers;

    struct api_worker {
        struct us_api *api;
        struct us_arena memory; /* of one answer */
        pthread_t thread;
        bool working;
    } workers[API_WORKERS];
    pthread_t streamer, keeper;
    bool streaming, keeping;
    pthread_mutex_t forgets; /* while lines are taken out */
};

/* ---- api.c ---- */

/* A handle of state to read with, for the time of one answer. US_NOT_FOUND: there is no
 * state yet. */
us_code api_state_take(struct us_api *api, struct us_state **out, struct us_error *e);
/* US_NOT_FOUND: there is none of that name. None is named: fine. One that was taken out
 * keeps its rows. s NULL: there is no state. */
us_code api_definition_is(
    struct api_asked *q, struct us_state *s, us_str name, struct us_error *e);
void api_state_give(struct us_api *api, struct us_state *s);

/* Who changed what, for good; at is set. It is done: what cannot be noted is said in
 * the log. */
void api_noted(struct us_api *api, struct us_state_audit *row);

/* All that is durable now, as far as it is there soon. */
struct us_loader_wish api_wish(struct us_api *api);

/* The language asked for: by ?lang=, else by the first one of Accept-Language. */
us_lang api_lang(const struct api_asked *q);

/* The answer of an error, by its code; that of a status, in words of i18n/. Both in the
 * language asked for. */
void api_refuse(struct api_asked *q, us_code code, const struct us_error *e);
void api_refuse_by(struct api_asked *q, int status, const char *key, const us_arg *args,
    int retry_seconds);
/* type NULL: JSON. A tag is all that the answer depends on: who has it already is told
 * so; empty: it has none. */
void api_answer(struct api_asked *q, us_str body, const char *type, us_str tag);
/* A tag of the answer's bytes: whatever becomes of what it was made of, it is right. */
us_str api_tag_of(struct api_asked *q, us_str body);
/* True: the client has it, and was answered 304. */
bool api_has_already(struct api_asked *q, us_str tag);

/* ?name= as a whole number, as a moment; preset where it is not there. False: it was
 * refused. */
bool api_whole(
    struct api_asked *q, const char *name, int64_t preset, int64_t most, int64_t *out);
bool api_time(struct api_asked *q, const char *name, int64_t preset, int64_t *out);

/* ---- api_admit.c ---- */

/* Whether its door is open to whoever asks; sets who. False: it was refused. */
bool api_let_in(struct api_asked *q);

/* ---- api_cursor.c: `list` is a letter that each list has for itself ---- */

us_str api_cursor(struct us_arena *a, char list, us_str position);
us_str api_cursor_whole(struct us_arena *a, char list, int64_t position);
/* ?after= as the position it was made of; empty, or 0, where it is not there. False: it
 * was refused. */
bool api_after(struct api_asked *q, char list, us_str *out);
bool api_after_whole(struct api_asked *q, char list, int64_t *out);

/* ---- api_config.c ---- */

/* Whether the text is a configuration without a mistake, in one file. */
us_code api_config_good(struct api_asked *q, us_str text, struct us_error *e);

/* A reload is in force, in the place of old. */
void api_reload_noted(
    struct us_api *api, const struct us_rules *old, const struct us_serve_rules *next);

/* ,"name":"…" or null. */
void api_moment_put(struct us_buf *out, const char *name, int64_t t);

/* A row of transitions, as JSON. */
void api_transition_put(struct us_buf *out, const struct us_state_transition *row);

/* ---- doors ---- */
extern const struct api_door api_state_doors[], api_ask_doors[], api_stream_doors[],
    api_study_doors[], api_letter_doors[], api_config_doors[];
extern const size_t api_state_door_count, api_ask_door_count, api_stream_door_count,
    api_study_door_count, api_letter_door_count, api_config_door_count;

/* ---- api_forget.c: its thread, which keeps no line longer than it may ---- */
void *api_keep_run(void *api);

/* ---- api_stream.c: its thread ---- */
void *api_stream_run(void *api);
