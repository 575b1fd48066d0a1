/* vary_level.h: variants that differ in how far one number has to come, decided
 * together. Inside this folder only.
 *
 * Such a number (points of an axis; what a gate holds against a constant) is turned so
 * that more is farther: its level. At any moment it is the level alone in which they
 * differ, so values are read once for all of them, and only on days on which some
 * variant needs them; and two variants between whose values no level was seen do the
 * same.
 */
#pragma once

#include "qualify/replay_inner.h"
#include "qualify/vary.h"

struct us_vary_levels {
    const struct us_rules *rules;
    uint32_t first;             /* the definition of the first variant */
    size_t count;               /* of variants */
    struct us_definition rest;  /* without what varies */
    struct us_levels_asked of;  /* the number */
    us_axis axis;               /* of points */
    bool more;                  /* farther than the value: > or < */
    bool fades;                 /* it stays by gates, of which the number is one */
    const double *values;       /* as levels, ascending */
    bool backwards;             /* the last variant's value is the first of them */
    struct us_moments_asked at; /* when anything of it changes */
};

/* NULL: they differ in something else, or are of people. */
struct us_vary_levels *us_vary_levels_new(
    const struct us_varied *v, struct us_arena *a);

struct us_vary_lives us_vary_levels_ask(
    const struct us_vary_levels *levels, struct us_replay *p);
