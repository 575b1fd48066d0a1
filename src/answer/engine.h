/* engine.h: what answers ask of the past, and nothing of how it is found out.
 *
 * Whoever asks names accounts, nodes or definitions, and moments; rows come back one by
 * one in order of account key. Where the past is read from and which executor works it
 * out is engine.c's alone.
 *
 * Owns:    nothing; a row and its texts are valid during the call that brings it.
 * Fails:   US_NOT_FOUND for an account named in us_whom of which nothing is known by
 *          the last moment asked about; what history says. A non-OK answer of a taker
 *          ends the scan and is passed on.
 * Threads: one scan at a time on one history; takers run on the caller's thread.
 */
#pragma once

#include "answer/answer.h"

/* ---- where the time goes ---- */

typedef enum us_lap {
    US_LAP_OPENING, /* configuration and history */
    US_LAP_READING, /* rows of accounts */
    US_LAP_REPLAY,  /* values and transitions */
    US_LAP_SORTING,
    US_LAP_SAYING, /* words, and writing them */
    US_LAPS
} us_lap;

struct us_timing {
    int64_t (*clock)(void); /* microseconds; only cli and server may read one */
    int64_t last;           /* when the lap at hand began */
    int64_t spent[US_LAPS];
    int64_t accounts, events; /* looked at */
};

/* What passed since the lap before was this. NULL: nobody asks. */
void us_timing_lap(struct us_timing *t, us_lap lap);

/* ---- whom ---- */

struct us_whom {
    const us_str *accounts; /* in any order, twice is once */
    size_t count;           /* 0: every account */
};

/* ---- values ---- */

struct us_values_asked {
    struct us_whom whom;
    const uint32_t *nodes;
    size_t node_count;
    const int64_t *moments;
    size_t moment_count;
    bool people; /* a row for each identified person known at the account by the last of
                    the moments, instead of one for the account */
};

struct us_values_row {
    us_str account;
    us_str user;            /* empty: the account itself */
    const us_value *values; /* of the first moment by node, then of the next */
};

typedef us_code us_values_take(
    void *ctx, const struct us_values_row *row, struct us_error *e);
us_code us_engine_values(const struct us_ask *ask, const struct us_values_asked *asked,
    us_values_take *take, void *ctx, struct us_error *e);

/* ---- transitions ---- */

/* Transitions in [from, to]; the machines run from the beginning whatever from is. */
struct us_changes_asked {
    struct us_whom whom;
    uint32_t definition; /* US_NODE_NONE: all */
    int64_t from, to;
    bool judged; /* with the verdict at each */
};

struct us_changes_row {
    us_str account;
    us_str user; /* of a pql; else empty */
    uint32_t definition;
    struct us_transition change;
    const struct us_verdict *verdict; /* NULL unless asked for */
};

/* Of one account in order of moment, definition and user. */
typedef us_code us_changes_take(
    void *ctx, const struct us_changes_row *row, struct us_error *e);
us_code us_engine_changes(const struct us_ask *ask,
    const struct us_changes_asked *asked, us_changes_take *take, void *ctx,
    struct us_error *e);

/* ---- a closer look at a few accounts ---- */

struct us_view; /* the past of one account, up to `until` */

us_str us_view_account(const struct us_view *v);
size_t us_view_people(const struct us_view *v, const struct us_log_person **out);
/* Whether the person, one of them, was known at the account at t. */
bool us_view_knows(const struct us_view *v, uint32_t user, int64_t t);
/* The first moment at which anything was known. */
int64_t us_view_start(const struct us_view *v);
us_value us_view_value(
    const struct us_view *v, uint32_t node, uint32_t user, int64_t t);

/* Of a definition, or one person of it (US_NOBODY for a pqa), at t. */
struct us_view_asked {
    uint32_t definition, user;
    int64_t t;
};
void us_view_judge(const struct us_view *v, const struct us_view_asked *asked,
    struct us_arena *a, struct us_verdict *out);
/* Where it stands after the last evaluation moment at or before t, which is not later
 * than `until`. */
struct us_standing us_view_standing(
    const struct us_view *v, const struct us_view_asked *asked);
/* Transitions of a definition up to `until`, in order of time, people one after
 * another; in the arena. */
struct us_view_change {
    uint32_t user; /* US_NOBODY for a pqa */
    struct us_transition change;
};
size_t us_view_changes(const struct us_view *v, uint32_t definition, struct us_arena *a,
    struct us_view_change **out);

struct us_look_asked {
    struct us_whom whom; /* named ones */
    int64_t until;
};
typedef us_code us_look_take(void *ctx, const struct us_view *v, struct us_error *e);
us_code us_engine_look(const struct us_ask *ask, const struct us_look_asked *asked,
    us_look_take *take, void *ctx, struct us_error *e);

/* All rows of an account as they are known at ask->at, as us_history_logs has them, but
 * for where their lines are. */
us_code us_engine_log(const struct us_ask *ask, us_str account, us_history_take *take,
    void *ctx, struct us_error *e);

/* "No account X", with the nearest key there is. */
us_code us_engine_no_account(
    const struct us_ask *ask, us_str account, struct us_error *e);
