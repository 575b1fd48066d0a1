/* loader_inner.h: what the files of the loader share. Inside this folder only. */
#pragma once

#include "server/fresh.h"
#include "server/loader.h"

#include <pthread.h>

struct us_loader {
    struct us_arena own; /* it lies in this */
    struct us_loader_options options;
    pthread_t thread;
    pthread_t layer;
    pthread_mutex_t laying; /* of the files of the replay store */

    /* Whose turn it is: held only to look at these and at what is below `shown`. */
    pthread_mutex_t lock;
    pthread_cond_t turned, woken, stopped;
    uint64_t turn, turn_next;
    bool stop;

    /* Of whoever has the turn. */
    struct us_history *history; /* NULL: not open */
    struct us_fresh_follower follower;
    us_pos caught; /* the journal held nothing between position and this */
    struct us_json *json;
    struct us_arena head;
    int64_t seq, known; /* of the last line loaded */
    bool unsettled;
    bool anew;        /* history was opened by other rules than are to hold */
    int64_t measured; /* ticks, when the database was asked for its memory */

    /* Under the lock. */
    struct us_loader_counts shown;
    struct us_error why; /* of the last failure */
    uint64_t wakes;
    int beside;        /* handles given out */
    int gates;         /* not 0: none is given out, somebody wants to be alone */
    int64_t laid_rows; /* of shown.rows, when the replay store was last laid; -1 */
    int64_t lay_from;  /* ticks; not before it, as it failed or has just been done */
    int alones;        /* who wants to be alone: nobody lays meanwhile */
    bool layer_runs;
    _Atomic bool lay_ends; /* alones, or stop */
    int64_t behind_since;  /* 0: nothing is to be loaded */
    int64_t pause_until;
    int64_t settle_at; /* when settling is due; US_NEVER: there is nothing to settle */
    int64_t settled_at, settling_us; /* when it last ended, and took */
};

/* ---- loader.c ---- */

/* Turns, in the order they were asked for. */
void loader_turn_take(struct us_loader *l);
void loader_turn_give(struct us_loader *l);

/* loader_beside.c: has the replay store laid again and again, until it is to stop. */
void *loader_lay_run(void *ctx);

/* loader_turn.c: before a turn of who wants a handle. */
void loader_gate_pass(struct us_loader *l);

/* Of whoever has the turn. US_BUSY "server.history_asked" while handles are given out.
 */
us_code loader_nobody_beside(struct us_loader *l, struct us_error *e);
us_code loader_opened(struct us_loader *l, struct us_error *e);
void loader_closed(struct us_loader *l);
