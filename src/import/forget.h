/* forget.h: lines taken out of a workspace for good, and all that was made of them.
 *
 * Of a person, or of what is older than it may be kept. The plan is on disk before
 * anything is touched and goes when all is done, so that whoever comes after a crash
 * finishes it; each step may be done twice. In order:
 *
 *   journal   segments that hold such lines are written anew (journal.h)
 *   history   and the replay store are made anew from the journal, beside the old ones,
 *             and take their place
 *   state     decisions about the person go, and that it was done is recorded: when, by
 *             whom, how many lines; not of whom
 *
 * Of retention: messages that are tracks, older than `events`, go; those that say who
 * is who (identify, group, alias) and with them traits stay, but for people of whom
 * nothing newer is there. Leading segments in which nothing is left go whole, but never
 * one that the evaluator's place stands in.
 *
 * Owns:    nothing. Texts of a plan live in the arena given.
 * Fails:   as journal, history and state do; the plan then stays.
 * Threads: one at a time, in the process that holds the journal's lock.
 */
#pragma once

#include "history/history.h"
#include "import/import.h"
#include "state/state.h"

/* Moments before which lines go; US_ALWAYS: none of that kind. */
struct us_forget_limits {
    int64_t events, dead_letters, test;
};

/* What usher.yml says, as of now: whole UTC days are kept. */
struct us_forget_limits us_forget_limits_of(const struct us_retention *r, int64_t now);

struct us_forget_counts {
    int64_t lines[US_LINE_TYPES]; /* that go */
    int64_t all;                  /* the sum of them */
    int64_t masked;               /* that stay, with stars */
    int64_t segments;             /* that hold any of both */
};

struct us_forget {
    us_str id; /* by which it is recorded; random */
    int64_t made;
    us_str who;     /* asked for it */
    uint32_t below; /* the segments before it are meant; all are sealed */
    bool older;     /* by age; else a person: */
    struct us_forget_limits limits;
    struct us_history_circle circle;
    struct us_forget_counts counts; /* of us_forget_scan */
};

/* A plan that was begun; US_NOT_FOUND when there is none. dir is data/. */
us_code us_forget_read(
    us_str dir, struct us_arena *a, struct us_forget *out, struct us_error *e);
/* From here on it will be done, whatever is killed. Sets its id. */
us_code us_forget_begin(
    us_str dir, struct us_forget *f, struct us_arena *a, struct us_error *e);
us_code us_forget_end(us_str dir, struct us_error *e);

/* What would go. history is asked by age alone, and may be NULL for a person. */
us_code us_forget_scan(const struct us_import_options *o, struct us_history *history,
    struct us_forget *f, struct us_error *e);

/* Sidecars that are missing are made while the lines are there whose ids they know.
 * below: not 0 where a server writes those of this segment and later ones. */
us_code us_forget_sidecars(us_str dir, uint32_t below, struct us_error *e);

/* The steps. history as above. */
us_code us_forget_journal(const struct us_import_options *o, struct us_history *history,
    const struct us_forget *f, struct us_error *e);
us_code us_forget_state(us_str dir, const struct us_forget *f, struct us_error *e);

/* All steps of a plan that was begun, where no server runs: takes the journal's lock.
 */
us_code us_forget_finish(
    const struct us_import_options *o, const struct us_forget *f, struct us_error *e);
