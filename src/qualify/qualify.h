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
        30, /* design §3's own; field.md B3 re-evaluates at 30 d */
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
    US_GATE_STAY, /* looked at while it is qualified */
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

/* When an outcome of payments and deals came true, by when they happened, for studies
 * of the past; US_NEVER. An outcome of an event is counted there: of one this asks for
 * nothing but money. */
int64_t us_outcome_when(const struct us_rules *r, const struct us_outcome *o,
    const struct us_log *facts, struct us_arena *a);

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
    bool who;         /* true, or none given */
    bool stays;       /* `stay`, else all of `must`; or hand_raised */
    bool hand_raised; /* asked for a person: thresholds and gates are skipped */
    bool excluded;
    double points[US_AXES];   /* clamped to 0..100 */
    char grade[US_AXES];      /* 'A' to 'D' */
    bool reached[US_AXES];    /* threshold */
    struct us_judged *judged; /* who, exclude, must…, score lines by axis, stay */
    size_t judged_count;
};

/* What is judged, and what reads its values: any executor whose values are those of
 * us_naive. user: US_NOBODY for a pqa, the person for a pql. */
struct us_judging {
    const struct us_rules *rules;
    const struct us_definition *def;
    uint32_t user;
    int64_t t;
    us_value (*value)(void *ctx, uint32_t node, uint32_t user, int64_t t);
    void *ctx;
};
void us_judge_by(
    const struct us_judging *of, struct us_arena *a, struct us_verdict *out);

/* The same by us_naive. */
void us_judge(const struct us_rules *r, const struct us_definition *def,
    const struct us_log *log, uint32_t user, int64_t t, struct us_arena *a,
    struct us_verdict *out);

/* What a step of the machine asks of the moment a verdict is of: all but `outside` and
 * `converted_at`. */
struct us_machine_inputs us_verdict_inputs(const struct us_verdict *v);

/* A transition of an account, or of one of its people. What made it so is the verdict
 * at its moment: us_judge gives the value of every gate and the points of every line.
 */
struct us_firing {
    uint32_t account;    /* as in its log */
    uint32_t definition; /* index; its version is the definition's */
    uint32_t user;       /* US_NOBODY for a pqa */
    struct us_transition transition;
};
typedef us_code us_firing_take(
    void *ctx, const struct us_firing *firing, struct us_error *e);

/* Where an account, or a person of it, stands by a definition: its machine after the
 * last evaluation moment at or before the one asked for. */
struct us_standing {
    uint32_t definition, user;
    us_phase phase;
    bool qualified;        /* phase is US_PHASE_QUALIFIED */
    bool holding;          /* eligible, and its hold has not passed yet */
    bool must_reset;       /* has to be ineligible once before it may enter again */
    int64_t since;         /* of the phase, or the hold; US_NEVER in none without one */
    int64_t due;           /* when that ends by itself: passed, expired, cooled */
    uint32_t ordinal;      /* entries so far */
    us_change left_by;     /* its last exit; US_CHANGE_NONE when there was none */
    int64_t entered, left; /* the last; US_NEVER when there was none */
};
struct us_standing us_standing_of(const struct us_definition *def, uint32_t definition,
    uint32_t user, const struct us_machine *m);

/* Asks where accounts stand, one account after the other. Held to the referee. */
struct us_standings;
struct us_standings *us_standings_new(const struct us_rules *r, struct us_arena *a);
void us_standings_done(struct us_standings *s);

/* The account of log at t by the definition (US_NODE_NONE: all); of a pql each
 * identified person. In order of definition, then user; valid until the next call. */
struct us_standings_asked {
    const struct us_log *log;
    uint32_t definition;
    int64_t t;
};
size_t us_standings_ask(struct us_standings *s, const struct us_standings_asked *asked,
    const struct us_standing **out);

/* The standing of one of them in such an answer; NULL when it is not among them. */
const struct us_standing *us_standing_find(
    const struct us_standing *list, size_t count, uint32_t definition, uint32_t user);

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
