/* past.h: the replay executor's reading of one account: any value at any moment of its
 * past, and what values can be on each day.
 *
 * us_past_value is exact: the rows of a pattern stand by time (a lane), so a window is
 * two searches and what its function reads between. us_past_truth is a sieve: for each
 * UTC day it says what a condition can be at the moments of that day and what it is at
 * its end, for all days in one sweep, so that only days on which something can happen
 * are looked at moment by moment. It may say too much, never too little; where the end
 * of a day is known to be one value, it is that value.
 *
 * Owns:    its scratch in the arena it was given; what it hands out is valid until the
 *          next us_past_take.
 * Threads: one reader a thread; plan and runs are only read.
 */
#pragma once

#include "history/runs.h"
#include "signal/signals.h"

struct us_past;

struct us_past *us_past_new(const struct us_plan *p, struct us_arena *a);
void us_past_done(struct us_past *s);

/* The account asked about from now on; days beyond that of `until` are not looked at.
 * runs stays as it is until the next call. */
void us_past_take(struct us_past *s, const struct us_runs *runs, int64_t until);

/* As us_naive; user is a global id, or US_NOBODY. */
us_value us_past_value(struct us_past *s, uint32_t node, uint32_t user, int64_t t);

/* A node whose values are known from elsewhere: each from its moment on, in order. */
struct us_given {
    uint32_t node;
    const int64_t *from;
    const us_value *values;
    size_t count;
};
/* us_past_value takes them from the list, for whatever account or person, until another
 * is given (none: NULL, 0), and the list has to live that long; missing before the
 * first. What is said of days knows nothing of it. */
void us_past_give(struct us_past *s, const struct us_given *list, size_t count);

/* ---- days ---- */

/* What a condition can be, as bits. */
enum { US_CAN_YES = 1, US_CAN_NO = 2, US_CAN_MISS = 4, US_CAN_ALL = 7 };

/* The first moment at which anything is known; US_NEVER when nothing is. */
int64_t us_past_start(const struct us_past *s);

/* The first day looked at, and how many: from the first event on, which may have been
 * known later. */
int64_t us_past_first_day(const struct us_past *s);
size_t us_past_day_count(const struct us_past *s);

/* Of a condition (or anything else, which counts as missing): for each day what it can
 * be at a moment of it (in, the end among them) and at its end. */
struct us_day_truth {
    const uint8_t *in, *end;
};
struct us_day_truth us_past_truth(struct us_past *s, uint32_t node);

/* The same as bits, of 64 days a word: whether it can be true on a day and at its end,
 * and whether anything else. Only days in `among` are looked at: of others they say
 * anything. Bits past the last day mean nothing. Cheaper the fewer there are, and by
 * far for conditions over counts. */
struct us_day_bits {
    uint64_t *in_yes, *in_no, *end_yes, *end_no;
};
size_t us_past_words(const struct us_past *s);
struct us_day_bits us_past_bits(
    struct us_past *s, uint32_t node, const uint64_t *among);

/* Whether bits say nothing of a day, as rows of it or before may yet come or go. */
bool us_past_blurred(struct us_past *s, int64_t day);

/* From which moment on up to which a condition is true on a day: US_ALWAYS since before
 * it began, US_NEVER to its end; from == to: not at all. False: not to be told so. */
bool us_past_stretch(
    struct us_past *s, uint32_t node, int64_t day, int64_t *from, int64_t *to);

/* The same of points: the range of the sum of nodes, each counting 0 unless it is a
 * number, clamped to 0..100, against a threshold. */
struct us_day_truth us_past_reaches(
    struct us_past *s, const uint32_t *nodes, size_t count, double threshold);

/* Whether a node has one value at all evaluation moments of a day (its place among
 * them), as far as days tell. */
bool us_past_day_value(struct us_past *s, uint32_t node, size_t day, us_value *v);

/* How far a number is on each day and at its end: at least and at most. low:
 * the less the farther, by the number turned round. What is no number is at
 * -INFINITY. points: the sum of nodes, as above; else of the one node. */
struct us_levels_asked {
    const uint32_t *nodes;
    size_t count;
    bool points, low;
};
struct us_day_levels {
    double *least, *most, *end_least, *end_most;
};
struct us_day_levels us_past_levels(
    struct us_past *s, const struct us_levels_asked *asked);

/* The moments of day at which a node in list can change, in order, each once, the day's
 * last microsecond (the tick) always the last of them. */
struct us_moments_asked {
    const uint32_t *nodes;
    size_t count;
    bool hours; /* the ticks of hours too */
    bool all;   /* every moment at which any line is known */
    bool first; /* and the first moment of the day at which any line is known, which an
                   evaluation needs if what holds as the day begins matters */
};
struct us_moments {
    const int64_t *at;
    size_t count;
};
struct us_moments us_past_moments(
    struct us_past *s, const struct us_moments_asked *asked, int64_t day);

/* The most that a sum, or a count of rows, days or people (or prior of one), is at the
 * end of any day, of those in `among` alone unless it is NULL; -1 when there is none.
 * False: it is no such number, or days say too little of this account. */
bool us_past_peak(
    struct us_past *s, uint32_t node, const uint64_t *among, double *most);

/* When a condition first becomes true; US_NEVER. False: it is no count of events of one
 * name that has to be so many, or cannot be told so of this account. */
bool us_past_first_reach(struct us_past *s, uint32_t node, int64_t *t);

/* The first moment of a day at which any line is known; its end when none is. */
int64_t us_past_first_moment(struct us_past *s, int64_t day);

/* Whether node cannot be true at any moment, from the account's totals alone: cheap,
 * and no promise when it says false. */
bool us_past_never(struct us_past *s, uint32_t node);

/* The same of several that must all be true, found once: as good a promise, and a
 * comparison or two an account. */
struct us_least_rows {
    uint32_t of, least; /* of: a place in the totals of an account */
};
struct us_least {
    struct us_least_rows *items;
    size_t count;
};
struct us_least us_past_least(
    const struct us_plan *p, const uint32_t *nodes, size_t count, struct us_arena *a);
uint32_t us_past_total(const struct us_past *s, uint32_t of);
bool us_past_short(const struct us_past *s, const struct us_least *least);
