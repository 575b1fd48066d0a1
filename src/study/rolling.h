/* rolling.h: what goes before an outcome, looked at every week (design §7).
 *
 * A landmark sees the first days alone. Here each unit is looked at on every Monday,
 * 00:00 UTC: what it did in the days before (`within`) against whether its outcome
 * comes in the `horizon` after. One unit has many such rows, and companies several
 * units, so intervals and p are by clusters of companies, and rows are compared within
 * their calendar week alone: a week in which everybody is busy and many convert says
 * nothing. Where few companies met it, missed it or had the outcome, they are all that
 * is known: t has one degree less than the fewest of the three.
 *
 * A unit is in the rows of a Monday when its days before are whole (it started early
 * enough) and the horizon ends within the data. It leaves with its outcome, with the
 * first touch or deal of sales, and when it asks for a person; it is away while it did
 * nothing for US_ROLLING_SILENT_DAYS. A row in whose horizon sales comes before the
 * outcome is none: what then happens is no longer self-serve.
 *
 * Owns:    nothing; all of it lies in the arena given.
 * Threads: any.
 */
#pragma once

#include "study/discover.h"

enum {
    US_ROLLING_SILENT_DAYS = 28,
    US_ROLLING_CLUSTERS_LEAST = 5, /* companies on either side */
};

struct us_snapshot {
    uint32_t unit, week; /* from 0, of those with rows */
    int64_t at;          /* the Monday */
    int64_t outcome;     /* of the unit; US_NEVER */
    bool converted;      /* in [at, at + horizon) */
};

struct us_rolling {
    struct us_snapshot *rows; /* by unit, then week */
    size_t count;
    size_t units, weeks, clusters; /* companies */
    size_t converted_clusters;     /* that have a row with the outcome */
    int64_t converted;             /* rows */
    int64_t converted_units;       /* that have such a row */
    /* Mondays of units that started that are no rows, and why, in this order. */
    int64_t early; /* before --from, or its days before are not whole */
    int64_t short_followup;
    int64_t left_converted, left_touched, left_raised;
    int64_t touched_next; /* sales came within the horizon */
    int64_t silent;
};

/* Of a landmark's question start, outcome, within, horizon, from, to, excluded,
 * touched_at and raising are read. */
void us_rolling_frame(
    const struct us_landmark_asked *asked, struct us_arena *a, struct us_rolling *out);

struct us_rolled {
    struct us_behaviour is; /* counts and people, not pairs */
    uint32_t window;
    struct us_fourfold table; /* of rows */
    int64_t units, companies; /* that met it in some row */
    int64_t others;           /* companies that missed it in some row */
    double rate_exposed, rate_unexposed, lift;
    struct us_clustered odds;     /* Mantel and Haenszel by week, clustered */
    struct us_clustered adjusted; /* by week, activity without it and active people */
    double q;                     /* of odds.p, over all rows of the answer */
    double rate_late;             /* of rows in the later half of weeks */
    int64_t late_exposed;
    double coverage;       /* units that met it in some row, of all with rows */
    double fires_per_week; /* rows that meet it and did not the week before */
    us_leak leak;
};

struct us_rolled_all {
    struct us_rolled *rows;
    size_t count;
    double base_rate;
};

/* The behaviours given, in order. */
void us_roll(const struct us_landmark_asked *asked, const struct us_rolling *frame,
    const struct us_behaviour *rows, size_t count, struct us_arena *a,
    struct us_rolled_all *out);

/* As us_discover_json; frames by window; of told, frames and cards are not read. */
void us_rolling_json(const struct us_discover_told *told,
    const struct us_rolling *frames, const struct us_rolled_all *all,
    struct us_buf *out);

/* What has fewer companies than US_ROLLING_CLUSTERS_LEAST on a side, or no outcome on
 * either, was not asked; q counts without it. */
void us_rolled_keep(struct us_rolled_all *all, struct us_arena *scratch);
void us_rolled_join(const struct us_rolled_all *each, size_t windows,
    struct us_arena *a, struct us_rolled_all *out);
