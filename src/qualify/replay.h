/* replay.h: the whole life of definitions at one account, from its past.
 *
 * The same transitions, to the microsecond, as evaluating every definition at every
 * evaluation moment (the referee, referee.h), at a cost that grows with what happens
 * and not with what could: an account whose rows can never reach a gate costs a look at
 * its totals; days on which the sieve of past.h lets nothing happen are passed over; on
 * the rest, moments that touch the definition are stepped one by one.
 *
 * Owns:    its scratch, in the arena it was given.
 * Threads: one replay a thread; rules and runs are only read.
 */
#pragma once

#include "qualify/qualify.h"
#include "signal/past.h"

struct us_replay;

struct us_replay *us_replay_new(const struct us_rules *r, struct us_arena *a);
void us_replay_done(struct us_replay *p);

/* The account from now on; nothing after until is looked at. */
void us_replay_take(struct us_replay *p, const struct us_runs *runs, int64_t until);

/* What it reads values from, for the account taken. */
struct us_past *us_replay_past(struct us_replay *p);

/* One transition of a definition, and of whom: US_NOBODY, or a person's global id. */
struct us_replayed {
    uint32_t definition;
    uint32_t user;
    struct us_transition change;
};

/* All transitions of one definition in order of time, people one after another; valid
 * until the next us_replay_take. first_only: no more than the first entry is looked
 * for. */
struct us_replay_answer {
    const struct us_replayed *items;
    size_t count;
};
struct us_replay_answer us_replay_ask(
    struct us_replay *p, uint32_t definition, bool first_only);

/* The definitions that the account has rows enough for: all others have no transition.
 * At little cost for those it has not; in no order; valid until the next call. */
size_t us_replay_possible(struct us_replay *p, const uint32_t **definitions);

/* The first evaluation moment at which an outcome (its index) holds; US_NEVER. hours:
 * the ends of hours are such moments too, as for a definition that reaches windows of
 * hours. */
int64_t us_replay_outcome(struct us_replay *p, uint32_t outcome, bool hours);

/* The machines of a definition after the last evaluation moment up to until: of a pql
 * one for each of the account's people (those not identified stay at the start), else
 * one. */
void us_replay_machines(
    struct us_replay *p, uint32_t definition, struct us_machine *out);

/* The one of them; user is a global id, US_NOBODY for a pqa. */
struct us_machine us_replay_machine(
    struct us_replay *p, uint32_t definition, uint32_t user);

/* ---- thresholds ---- */

/* How many accounts would enter at each of many thresholds of one gate, all else as it
 * is: what a slider shows. Thresholds ascend, and stay as they are. */
struct us_sweep;
struct us_sweep_asked {
    uint32_t definition;
    uint32_t gate; /* index of its must */
    const double *thresholds;
    size_t count;
};
/* NULL when that gate holds no number against a constant by < <= > >=, the definition
 * is of people, or has a hold: these have to be replayed threshold by threshold. */
struct us_sweep *us_sweep_new(
    const struct us_rules *r, const struct us_sweep_asked *asked, struct us_arena *a);

/* Once for each account, after us_replay_take. */
void us_sweep_take(struct us_sweep *s, struct us_replay *p);

/* Of each threshold: the accounts so far that enter at least once. */
const size_t *us_sweep_entered(struct us_sweep *s);
