/* follow_inner.h: what the files of the evaluator's part of the server share. */
#pragma once

#include "server/follow.h"

#include <pthread.h>

struct us_follow {
    struct us_follow_options o;
    struct us_serve_parts with;
    /* When not a line was there: what comes after it is never past, however late this
     * part comes up. US_ALWAYS: there was one. */
    int64_t empty;
    pthread_t thread;
    bool running;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool stop, woken;
    bool has_next; /* there is another configuration to go on by: */
    struct us_serve_rules next;
    bool hold, held;                /* nothing is to be decided meanwhile; nothing is */
    struct us_follow_counts counts; /* under the lock */
    uint64_t groups;                /* that became durable */
    int64_t behind_since;           /* ticks; 0: all of them are decided */
    int64_t caught_seq;             /* of lines; all up to it are; 0: not known */

    /* Of the thread alone. */
    struct us_arena memory, batch;
    struct us_state *state;
    struct us_evaluator *evaluator;
    struct us_state_position place;
    int64_t kept; /* ticks, when the place was */
    int pause_ms;
    us_str config; /* all versions; config_of */
    struct us_state_version *versions;
    us_str *plays;
    int64_t released; /* ticks, when backlogs were looked at */
    int64_t heard;    /* likewise, those that wait for a source */
};

/* ---- follow_state.c ---- */

/* Commit a batch with the place it ends at. */
us_code us_follow_commit(
    struct us_follow *f, const struct us_told_batch *b, struct us_error *e);
/* What the texts of definitions are now, to be committed with every batch. */
void us_follow_versions(struct us_follow *f);
/* Of backlogs, when a look is due: those whose source has been heard again, and so many
 * of each play as usher.yml asks for. */
us_code us_follow_release(struct us_follow *f, struct us_error *e);
/* State, plays, and an evaluator that goes on where state ends. */
us_code us_follow_up(struct us_follow *f, struct us_error *e);
