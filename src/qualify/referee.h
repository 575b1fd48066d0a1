/* referee.h: every transition of one account by its definition, and nothing else.
 *
 * At every evaluation moment (clock.h) every definition is judged with the naive
 * evaluator and its machine stepped; then every pql likewise for each identified
 * person known at the account by then, by where its account stands after that. Slow,
 * and meant to be read: every executor is held to it.
 */
#pragma once

#include "qualify/qualify.h"

struct us_trial {
    const struct us_rules *rules;
    const struct us_log *log;
    uint32_t definition; /* US_NODE_NONE: all */
    int64_t until;       /* moments up to and with it */
    struct us_arena *arena;
};

/* Transitions in order of moment, definition and user. A non-OK answer of take ends it
 * and is passed on. */
us_code us_referee(
    const struct us_trial *trial, us_firing_take *take, void *ctx, struct us_error *e);

/* Where each stands at the end, in order of definition and user; in the arena. */
size_t us_referee_standings(
    const struct us_trial *trial, const struct us_standing **out);
