/* follow_inner.h: what the files of the evaluator's part of the server share. */
#pragma once

#include "server/follow.h"

#include <pthread.h>

/* The evaluator of definitions to come (us_evaluator_join): a thread loads it and has
 * it follow the one in force. */
struct us_follow_beside {
    struct us_evaluator *evaluator; /* NULL: there is none */
    struct us_serve_rules next;
    struct us_arena memory;
    us_evaluator_how *how; /* in it */
    pthread_t thread;
    bool running; /* the thread is to be joined */
    _Atomic bool stop;
    bool ready; /* under the lock: loaded, and near the other one's place */
};

struct us_follow {
    struct us_follow_options o;
    struct us_serve_parts with;
    /* When not a line was there: what comes after it is never past, however late this
     * part comes up. US_ALWAYS: there was one. */
    int64_t empty;
    us_pos begun_at; /* the end of the journal then */
    pthread_t thread;
    bool running;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool stop, woken;
    bool has_next; /* there is another configuration to go on by: */
    struct us_serve_rules next;
    bool taking; /* it is being looked at, by a copy */
    bool news;   /* it was not looked at yet: a pause after a failure ends */
    struct us_follow_beside beside; /* of the thread but for `ready` */
    bool besides;                   /* there is one; under the lock */
    _Atomic bool ending;            /* as stop, for who loads */
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
/* Which of them go on by how accounts stand, for ever: kept with the texts, in the
 * commit that takes the change. */
void us_follow_given(struct us_follow *f, const us_evaluator_how *how);
/* Of backlogs, when a look is due: those whose source has been heard again, and so many
 * of each play as usher.yml asks for. */
us_code us_follow_release(struct us_follow *f, struct us_error *e);
/* What usher.yml says of plays, into state. */
us_code us_follow_plays(struct us_follow *f, struct us_error *e);
/* Of definitions to come, against those that ran last. */
us_code us_follow_how(struct us_follow *f, const struct us_rules *r, struct us_arena *a,
    us_evaluator_how **out, struct us_error *e);
/* How an evaluator goes on where state ends. */
struct us_evaluator_options us_follow_options_of(struct us_follow *f);
/* State, plays, and an evaluator that goes on where state ends. */
us_code us_follow_up(struct us_follow *f, struct us_error *e);

/* ---- follow.c ---- */

/* The place as it is, so that a start knows how far all of it is told. */
us_code us_follow_place_keep(struct us_follow *f, struct us_error *e);
/* After a step that went well: how far it is. */
void us_follow_does_well(struct us_follow *f);
/* From here on by these; under no lock. */
void us_follow_rules_set(struct us_follow *f, const struct us_serve_rules *next);

/* The file of where accounts stand, from one run to the next. */
us_str us_follow_kept(const struct us_follow *f, struct us_arena *a);

/* ---- follow_beside.c ---- */

/* Whether definitions to come can be loaded beside those in force: something is decided
 * by both, and history means the same to both. */
bool us_follow_beside_can(const struct us_follow *f, const struct us_serve_rules *next);
/* Begin, where it has not begun; put them in force, when they are ready. */
us_code us_follow_beside_on(
    struct us_follow *f, const struct us_serve_rules *next, struct us_error *e);
/* There is none from here on. */
void us_follow_beside_end(struct us_follow *f);

/* ---- follow_stands.c ---- */
us_evaluator_standings us_follow_standings;
us_evaluator_stood us_follow_stood;
us_evaluator_reached us_follow_reached;
