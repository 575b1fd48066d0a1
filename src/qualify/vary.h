/* vary.h: variants of a definition, for a sweep: the same rules with one number other.
 *
 * What varies:
 *   threshold        of the first axis that has one; threshold.usage .fit .intent
 *   window           every window of days or hours in `must`, also of the signals named
 *                    there; in days
 *   SIGNAL           the number it is held against in `must` by < <= > >=
 * Scores, `who` and `stay` are the definition's own.
 *
 * Owns:    everything, in the arena given.
 * Fails:   US_USAGE when there is nothing such to vary, or a value cannot be: a window
 *          that is no whole number of days from 1 to US_WINDOW_DAYS_MAX.
 */
#pragma once

#include "qualify/qualify.h"

enum { US_VARIANTS_MAX = 1000 };

struct us_vary_of {
    uint32_t definition;
    us_str what;
    const double *values;
    size_t count; /* at most US_VARIANTS_MAX */
};

/* New rules over the same configuration: all definitions at their places, and the
 * variants after them, in order, from `first` on. They need nothing of history that r
 * does not need. */
struct us_varied {
    struct us_rules *rules;
    uint32_t first;
    size_t count;
    const double *values;
    bool ascending; /* values */
    /* What is held against them, in these rules: of SIGNAL its node, else of an axis.
     * Neither: US_NODE_NONE. */
    uint32_t number;
    bool of_axis;
    us_axis axis;
    struct us_vary_levels *levels; /* decided together; NULL: one by one */
};
us_code us_vary(const struct us_rules *r, const struct us_vary_of *of,
    struct us_arena *a, struct us_varied *out, struct us_error *e);

/* What variants do at the account taken: those from first to last all do the same.
 * `definition` of what they did is that of one of them. */
struct us_replay;
struct us_replayed; /* replay.h */
struct us_vary_life {
    size_t first, last;
    const struct us_replayed *items;
    size_t count;
};

/* The lives of all variants; valid until the next us_replay_take. */
struct us_vary_lives {
    const struct us_vary_life *items;
    size_t count;
};
struct us_vary_lives us_vary_ask(const struct us_varied *v, struct us_replay *p);

/* What stands there now; NaN for windows of several lengths. */
us_code us_vary_now(const struct us_rules *r, const struct us_vary_of *of,
    struct us_arena *a, double *now, struct us_error *e);
