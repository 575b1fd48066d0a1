/* tally.h: what one pass over the units of a landmark gathers for discover. Inside this
 * folder only.
 *
 * Of the behaviours of one event and kind each includes those of greater k. So a unit
 * is put to the greatest it reached alone, and sums from the end make the rest; what it
 * did not reach follows from totals.
 */
#pragma once

#include "study/discover.h"

enum {
    TALLY_BANDS = 16,     /* of activity: doublings */
    TALLY_USER_BANDS = 8, /* of active people: doublings */
    TALLY_STRATA = TALLY_BANDS * TALLY_USER_BANDS,
};

/* units with the outcome, and without */
struct tally_cells {
    int64_t yes, no;
};

struct tally_lead {
    uint32_t row;  /* of the answer */
    bool eligible; /* else its outcome came before the landmark */
    double days;
};

struct tally_row {
    struct tally_cells exposed, late, untouched;
    struct tally_cells *strata; /* exposed, by their own band */
    struct tally_cells *shift;  /* of a pair: what units that did some of it differ */
    int64_t all_hits, reached;
};

#define TALLY_COUNTED US_BEHAVIOUR_PAIR /* kinds before it go by k */

struct tally_event {
    uint32_t from[TALLY_COUNTED], to[TALLY_COUNTED]; /* of sorted[], by k */
    uint32_t cursor[TALLY_COUNTED];                  /* reached up to here */
    uint32_t done[TALLY_COUNTED];                    /* by the unit: times, people */
    int64_t first, last;                             /* of the unit */
    struct tally_cells *shift;  /* what units that did it differ, by band */
    int64_t touched;            /* eligible units with it at all */
    int64_t near;               /* outcomes with it close by */
    uint32_t near_unit;         /* the last it was counted for, + 1 */
    int64_t times, after_sales; /* times in the window; those after a touch */
};

struct tally {
    const struct us_landmark_asked *q;
    const struct us_units *u;
    struct us_arena *scratch;
    const struct us_behaviour *is;
    struct tally_row *rows;
    size_t count;
    uint32_t *sorted; /* rows by kind, event, k */
    uint32_t *pairs;  /* rows that are pairs */
    size_t pair_count;
    struct tally_event *events;
    struct tally_cells
        idle[TALLY_STRATA];             /* eligible units as if nobody did anything */
    struct tally_cells late, untouched; /* eligible units in all */
    struct tally_lead *leads;
    size_t lead_count, lead_cap;
    int64_t late_from;
    int64_t outcomes;           /* of the cohort, in the data */
    int64_t all;                /* outcomes in [t0, L + horizon), followed up */
    int64_t times, after_sales; /* of all events */
    /* of the unit at hand */
    int64_t *reached_at; /* by place in sorted */
    uint32_t *touched;
    size_t touched_count;
    uint32_t stamp, users;
    uint32_t *user_stamp;
    struct tally_pair *seen; /* who did what, open addressing */
    size_t seen_cap, seen_used;
};

/* The band of so many events by so many people. */
uint32_t us_tally_band(size_t activity, uint32_t users);

/* All of frame; lies in scratch. */
void us_tally(struct tally *w, const struct us_landmark *frame);
