/* landmark.h: who takes part in a study of what goes before an outcome, by the landmark
 * design (design §7; van Houwelingen, Scand. J. Stat. 34 (2007)).
 *
 * A unit starts at t0, its first start event. What it did in [t0, t0 + within) is known
 * at the landmark L = t0 + within; whether its outcome comes in [L, L + horizon) is
 * what is asked. Units that had the outcome before L are left out, and counted: looking
 * at them would find the outcome's own traces; units whose horizon ends after the data
 * are left out too.
 *
 * Owns:    nothing; all of it lies in the arena given.
 * Threads: any.
 */
#pragma once

#include "history/units.h"
#include "stats/stats.h"

#define US_ANY_EVENT UINT32_MAX
#define US_NO_EVENT  UINT32_MAX

struct us_landmark_asked {
    const struct us_units *units;
    uint32_t start;            /* index of units.names, or US_ANY_EVENT */
    uint32_t outcome;          /* index of units.names; US_NO_EVENT: outcome_at alone */
    uint32_t nth;              /* the outcome is its nth; from 1 */
    const int64_t *outcome_at; /* by unit, instead of counting; NULL: count */
    int64_t within, horizon;   /* microseconds */
    int64_t from;              /* only units with t0 at or after it; US_ALWAYS: all */
    int64_t to;                /* end of the data */
    const bool *excluded;      /* by unit; NULL: none */
    const int64_t *touched_at; /* by unit: sales turned to it; NULL: to none */
    /* By name: whoever does it asks for a person. Units that did before the landmark
     * are set apart, never inside a rate; NULL: nobody is asked. */
    const bool *raising;
    int64_t split; /* t0 from which a unit is of the later half; 0: the median */
};

struct us_landmark_unit {
    uint32_t unit;   /* index of units */
    bool converted;  /* in [L, L + horizon) */
    bool raised;     /* asked for a person before L: in no table and no rate */
    bool touched;    /* by sales before that, or before L + horizon */
    int64_t start;   /* t0 */
    int64_t outcome; /* its moment; US_NEVER when it has none */
};

struct us_landmark {
    /* By t0, then unit. Cohort: all that started in time and are not excluded. */
    struct us_landmark_unit *cohort, *eligible;
    size_t cohort_count, count;
    /* Units: seen at all, started, and why some are left out, in the order of asking.
     */
    int64_t seen, started, before_from, excluded, short_followup, converted_before;
    int64_t raised, raised_converted; /* set apart; those with the outcome after L */
    int64_t converted;                /* of eligible */
    int64_t converted_touched;        /* of those: sales came before the outcome */
    int64_t converted_sourced;        /* of those: even before t0 */
    int64_t split;                    /* as asked, else t0 of the middle one */
    int64_t converted_ever;           /* of the cohort, at any time */
    struct us_survival survival; /* days from t0 over the cohort, censored at `to` */
};

void us_landmark_frame(
    const struct us_landmark_asked *asked, struct us_arena *a, struct us_landmark *out);
