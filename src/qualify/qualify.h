/* qualify.h: definitions of who qualifies, compiled; and the verdict on one account.
 *
 * A definition asks `who` (always rechecked), not `exclude`, all of `must`, and for
 * each axis its `threshold`. Scores are three axes, 0 to 100 each, never added up. A
 * verdict is a pure function of rules, log and moment; it keeps what every gate and
 * line gave, so that it can be explained and checked.
 *
 * Owns:    everything, in the arena given.
 * Fails:   mistakes are diags with places.
 * Threads: rules are never written after compiling; any thread may judge.
 */
#pragma once

#include "qualify/machine.h"
#include "signal/signals.h"

enum {
    US_EXPIRES_DEFAULT_DAYS =
        30,                     /* design §3's own; field.md B3 re-evaluates at 30 d */
    US_STANDING_DAYS_MAX = 400, /* how far back a run is followed: the largest window */
};

/* What counts as success, compiled. It comes true at the first evaluation moment at
 * which it holds, and stays true. */
typedef enum us_outcome_kind {
    US_OUTCOME_CONDITION,    /* node holds */
    US_OUTCOME_PAYMENT,      /* a payment of more than nothing was received */
    US_OUTCOME_DEAL_CREATED, /* a deal is known */
    US_OUTCOME_DEAL_WON,     /* a deal was won */
    US_OUTCOME_MRR,          /* of money of one channel: at least `least` */
    US_OUTCOME_ARR,
} us_outcome_kind;

struct us_outcome {
    us_str name;
    us_outcome_kind kind;
    uint32_t node;  /* of US_OUTCOME_CONDITION, per account; else US_NODE_NONE */
    us_str channel; /* self_serve or sales; empty: any */
    double least;
    int64_t within; /* from entry, in microseconds; 0: no limit */
};

typedef enum us_gate {
    US_GATE_WHO,
    US_GATE_EXCLUDE,
    US_GATE_MUST,
    US_GATE_SCORE,
} us_gate;

struct us_definition {
    us_str name;
    bool pql;
    const struct us_definition_text *text;
    uint32_t within;    /* index of the pqa for a pql, else US_NODE_NONE */
    uint32_t who, stay; /* US_NODE_NONE when not given */
    uint32_t *must;
    size_t must_count;
    uint32_t *score[US_AXES];
    size_t score_count[US_AXES];
    uint32_t aim; /* index of an outcome, or US_NODE_NONE */
    struct us_machine_times times;
    us_str canon;   /* the canonical expressions of everything it reaches, one a line */
    us_str version; /* 16 hex digits of them (semantics 21) */

    /* What an executor brings up to date for it: the nodes its inputs are made of,
     * those below before those above; `exclude`, hand-raisers and the aim are among
     * them. */
    uint32_t *reach;
    size_t reach_count;
    bool by_time; /* some of them change as time passes, without any row */
};

/* What pages and packets show beside a verdict; nodes of the plan. */
struct us_shown {
    uint32_t name, plan, mrr, paid, employees; /* of the account */
    uint32_t user_name, user_email, user_title;
    uint32_t
        checkout; /* a checkout was started in the last 72 h; US_NODE_NONE: unknown */
};

struct us_rules {
    const struct us_config *config;
    struct us_plan *plan;
    struct us_definition *definitions;
    size_t definition_count;
    struct us_outcome *outcomes; /* as in the configuration */
    size_t outcome_count;
    uint32_t exclude;    /* node, or US_NODE_NONE */
    uint32_t hand_raise; /* node: somebody asked for a person lately; or US_NODE_NONE */
    struct us_shown shown;
};

/* Compile all of c; out is usable where d->errors is 0. Warnings may be there. */
void us_rules_compile(const struct us_config *c, struct us_arena *a, struct us_diags *d,
    struct us_rules **out);

/* The definition of that name; US_NODE_NONE when there is none. */
uint32_t us_rules_find(const struct us_rules *r, us_str name);

/* Whether an outcome holds at t. Scratch comes from a. */
bool us_outcome_holds(const struct us_rules *r, const struct us_outcome *o,
    const struct us_log *log, int64_t t, struct us_arena *a);

/* The same for the kinds that are no condition: of payments and deals alone, so that
 * the facts of a us_runs will do. */
bool us_outcome_of_facts(const struct us_outcome *o, const struct us_log *facts,
    int64_t t, struct us_arena *a);

/* One gate or score line, judged. */
struct us_judged {
    us_gate gate;
    us_axis axis; /* of a score line */
    uint32_t node;
    us_value value; /* missing: unknown */
    bool passed;    /* a gate: true; a line: gave points */
    bool unknown;   /* a condition in it could not be known */
};

struct us_verdict {
    bool eligible;
    bool hand_raised; /* asked for a person: thresholds and gates are skipped */
    bool excluded;
    double points[US_AXES];   /* clamped to 0..100 */
    char grade[US_AXES];      /* 'A' to 'D' */
    bool reached[US_AXES];    /* threshold */
    struct us_judged *judged; /* who, exclude, must…, score lines by axis */
    size_t judged_count;
};

/* user: US_NOBODY for a pqa, the person for a pql. */
void us_judge(const struct us_rules *r, const struct us_definition *def,
    const struct us_log *log, uint32_t user, int64_t t, struct us_arena *a,
    struct us_verdict *out);

/* Where an account stands at t by the current run of moments at which it held: entered
 * at the first eligible moment of the run, exact to the line; `stay` (else must) is
 * looked at at day ends only, so that a half-filled day cannot throw it out. */
struct us_standing {
    bool qualified;
    bool expired; /* entered longer ago than the definition keeps it */
    bool holding; /* hold: has not passed yet */
    int64_t since;
};
struct us_standing us_stand(const struct us_rules *r, const struct us_definition *def,
    const struct us_log *log, uint32_t user, int64_t t, struct us_arena *a);

/* What a definition still lacks, for explain: of a failing comparison with a number on
 * one side, the value now and the least change that would pass. False when it is no
 * such comparison. */
struct us_lack {
    uint32_t node;
    double now, need;
    us_op op;
};
bool us_lack_of(const struct us_rules *r, uint32_t node, const struct us_log *log,
    uint32_t user, int64_t t, struct us_arena *a, struct us_lack *out);

/* Order of the queue: grade along rank, then points along rank; < 0 when a is first. */
int us_verdict_cmp(const struct us_definition *def, const struct us_verdict *a,
    const struct us_verdict *b);
