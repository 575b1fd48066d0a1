/* machine.h: none → qualified → cooling → none, for one definition and one account, or
 * one user of it when the definition is a pql (design §6, semantics 19 to 21).
 *
 * A machine is stepped at evaluation moments, in order of time, with what the
 * definition says at that moment. Ticks are the last microsecond of a UTC day, and of
 * an hour for a definition that reaches a window of hours; that a moment is one is read
 * off the moment itself, so a row known at that very microsecond makes one step, a
 * tick.
 *
 * State  none:      enters when eligible; with a hold, at the first tick past it.
 *        qualified: leaves at once when excluded or converted; at exit-ticks when `who`
 *                   or `stay` no longer holds, or its time is over. In that order.
 *        cooling:   ends at the first tick past the cooldown that is later than the
 *                   exit. That step may already enter.
 * After an exit by expiry or conversion it must have been ineligible once, at the exit
 * or later, before it enters again.
 *
 * A step between ticks with the inputs of the step before it changes nothing, and one
 * at a tick before us_machine_next neither: executors may leave such moments out.
 *
 * Owns:    nothing; a machine is 32 bytes, all zero at the start, and may be copied.
 * Threads: any; no state but the machine's.
 */
#pragma once

#include "base/str.h"
#include "base/time.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum us_phase { US_PHASE_NONE, US_PHASE_QUALIFIED, US_PHASE_COOLING } us_phase;
us_str us_phase_word(us_phase phase); /* "none", "qualified", "cooling" */

/* What a step did. All but the entry are exits. */
typedef enum us_change {
    US_CHANGE_NONE,
    US_CHANGE_ENTERED,
    US_CHANGE_CONVERTED, /* the aim came true */
    US_CHANGE_EXCLUDED,
    US_CHANGE_LEFT,  /* `who` no longer true, or its account left `within` */
    US_CHANGE_FADED, /* `stay`, default `must`, stopped holding */
    US_CHANGE_EXPIRED,
    US_CHANGE_REDEFINED, /* not eligible by a new version */
    US_CHANGES
} us_change;
us_str us_change_word(us_change change); /* "entered", "converted", … */

/* Of a definition: what the machine has to know of it. Lengths are in microseconds. */
struct us_machine_times {
    int64_t hold;     /* 0: none */
    int64_t cooldown; /* 0: until the next tick */
    int64_t expires;  /* at least 1 */
    int64_t within;   /* of its aim, counted from entry; 0: no limit */
    bool hour_ticks;  /* it reaches a window of hours: each hour's end is a tick */
    bool hour_exits;  /* all its windows are of hours: those are exit-ticks too */
};

struct us_machine_inputs {
    bool eligible; /* who, not excluded, and (all gates and thresholds, or hand_raised)
                    */
    bool who;      /* true, or none given */
    bool stays;    /* `stay`, else all of `must`; or hand_raised */
    bool excluded;
    bool hand_raised;
    bool outside; /* of a pql: its account is not qualified for `within`, after its own
                     step of this moment */
    int64_t converted_at; /* the moment its aim first came true; US_NEVER before it */
};

struct us_machine {
    int64_t entered;       /* the last entry; there is none while entries is 0 */
    int64_t left;          /* the last exit; there is none while left_by is 0 */
    int64_t holding_since; /* while holding */
    uint32_t entries;
    uint8_t phase;   /* us_phase */
    uint8_t left_by; /* us_change */
    bool holding;    /* eligible, and waiting for the hold to pass */
    bool must_reset; /* has to be ineligible once before it may enter */
};

struct us_transition {
    us_change change;
    int64_t t;
    int64_t since;    /* of the entry it ends; t when it enters */
    uint32_t ordinal; /* of the entry: 1, 2, … */
};

/* Which inputs a step at t reads, given those of the list that cost nothing; others may
 * have any value. */
enum {
    US_ASKS_ELIGIBLE = 1,
    US_ASKS_WHO = 2,
    US_ASKS_STAYS = 4,
    US_ASKS_EXCLUDED = 8,
    US_ASKS_HAND_RAISED = 16,
};
unsigned us_machine_asks(const struct us_machine_times *times,
    const struct us_machine *m, bool outside, int64_t converted_at, int64_t t);

/* One evaluation at t, which is later than that of any step before. True when it made
 * the transition in *out; at most one. */
bool us_machine_step(const struct us_machine_times *times, struct us_machine *m,
    const struct us_machine_inputs *in, int64_t t, struct us_transition *out);

/* The definition has a new version, and eligible says whether it holds by that at t:
 * who qualified stays if so, else leaves. A hold begins anew, since what held was
 * something else. The step at t, by the new version, follows. */
bool us_machine_redefine(
    struct us_machine *m, bool eligible, int64_t t, struct us_transition *out);

/* The first tick after t at which a step could change anything though its inputs are
 * those of the step at t; US_NEVER when there is none. */
int64_t us_machine_next(const struct us_machine_times *times,
    const struct us_machine *m, const struct us_machine_inputs *in, int64_t t);

/* The tick at which the hold passes, the qualification expires or the cooling ends, if
 * nothing else happens; US_NEVER in none without a hold running. */
int64_t us_machine_due(
    const struct us_machine_times *times, const struct us_machine *m);

/* Whether a definition of these times has a tick at t, and the first at t or later. */
bool us_machine_ticks(const struct us_machine_times *times, int64_t t);
int64_t us_machine_tick(const struct us_machine_times *times, int64_t t);
