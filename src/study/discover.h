/* discover.h: which behaviours go before an outcome, and how sure that is (design §7).
 *
 * A behaviour is "at least k of E in the first days", counted by the unit's events or
 * by the different people who did it. For each there is a table of two rows and two
 * columns over the units of a landmark (landmark.h), and everything that follows from
 * it. Association is not effect: a behaviour may only mean a big, busy account, so each
 * has an odds ratio within bands of equal activity beside it.
 *
 * Owns:    nothing; all of it lies in the arena given.
 * Threads: any.
 */
#pragma once

#include "base/buf.h"
#include "study/landmark.h"

typedef enum us_behaviour_kind {
    US_BEHAVIOUR_COUNT,
    US_BEHAVIOUR_USERS,
    US_BEHAVIOUR_KINDS
} us_behaviour_kind;
us_str us_behaviour_word(us_behaviour_kind kind); /* "count", "users" */

struct us_behaviour {
    us_behaviour_kind kind;
    uint32_t event; /* index of units.names */
    uint32_t k;     /* at least so many; from 1 */
};

typedef enum us_leak {
    US_LEAK_NONE,
    US_LEAK_OUTCOME, /* it is the outcome's own event */
    US_LEAK_NEAR,    /* nearly always within minutes of it */
} us_leak;
us_str us_leak_word(us_leak leak); /* "", "outcome", "near" */

/* Nearly always: this share of the cohort's outcomes have it within so many minutes. */
#define US_LEAK_SHARE   0.8
#define US_LEAK_MINUTES 10

struct us_discovered {
    struct us_behaviour is;
    struct us_fourfold table;
    double rate_exposed, rate_unexposed, lift;
    struct us_interval rate_in; /* Wilson, 0.95 */
    struct us_ratio risk, odds, odds_exact;
    struct us_p fisher;
    double q; /* Benjamini and Hochberg, over all rows of the answer */
    double precision, recall;
    /* Of outcomes the landmark hides as well: any in [t0, L + horizon), and the
     * behaviour before it, within the window. */
    double recall_all;
    /* Days from the k-th to the outcome, quartiles; of exposed units that converted,
     * and of all of recall_all. NaN without any. */
    double lead_p25, lead_median, lead_p75, lead_all_median;
    /* Within bands of activity without the behaviour and of active people. */
    struct us_strata adjusted;
    double rate_late; /* exposed units of the later half by t0 */
    int64_t late_exposed;
    double coverage;       /* share of eligible units that ever did it in the window */
    double fires_per_week; /* units of the cohort reaching k, over the cohort's weeks */
    double least_lift;     /* that so many units show: two-sided 0.05, power 0.8 */
    us_leak leak;
};

struct us_discovered_all {
    struct us_discovered *rows;
    size_t count;
    double base_rate;
};

/* The behaviours given, in order. */
void us_discover(const struct us_landmark_asked *asked, const struct us_landmark *frame,
    const struct us_behaviour *rows, size_t count, struct us_arena *a,
    struct us_discovered_all *out);

/* The behaviours that are looked at when none are named: every event × at least 1, 2,
 * 3, 5, 10, 20, and of accounts × so many people. */
size_t us_behaviours_all(const struct us_units *units, bool people, struct us_arena *a,
    struct us_behaviour **out);

/* What has something to compare: at least so many units on either side; the rest was
 * not asked, and q counts without it. */
#define US_DISCOVER_UNITS_LEAST 5
void us_discovered_keep(struct us_discovered_all *all, struct us_arena *scratch);

/* The answer as one object of JSON: rates and intervals as numbers, null where they
 * cannot be told. Field names are those of the manual. */
struct us_discover_words {
    us_str unit, start, outcome;
};
void us_discover_json(const struct us_landmark_asked *asked,
    const struct us_landmark *frame, const struct us_discovered_all *all,
    const struct us_discover_words *words, struct us_buf *out);
