/* signals.h: the signal language, from text to a plan that executors run.
 *
 * The expressions of a workspace compile into one plan: a table of nodes in which equal
 * sub-expressions stand once, and of the event patterns, windows, columns and traits
 * they need. A plan is what the naive evaluator (naive.c, the referee), the live and
 * the replay executor and the SQL lowering all walk. A function is one file: its
 * contract, signature, cases and words; its forms are columns of struct us_function.
 *
 * Owns:    everything, in the arena given.
 * Fails:   mistakes are diags with places, all at once.
 * Threads: a plan is never written after it is closed; any thread may read it.
 */
#pragma once

#include "config/config.h"
#include "history/log.h"

#include <stdint.h>

enum {
    US_WINDOW_HOURS_MAX = 72,
    US_WINDOW_DAYS_MAX = 400,
    US_NODES_MAX = 100000,
    US_EXPRESSION_BYTES_MAX = 16 << 10,
    US_DEPTH_MAX = 200,       /* of nesting in one expression; of signals in signals */
    US_NODE_DEPTH_MAX = 1000, /* of nodes below one another, through signals too */
    US_NODE_ARGS_MAX = 64,    /* of a list or of least, most, coalesce */
};

typedef enum us_op {
    US_OP_CONST,
    US_OP_SIGNAL, /* args[0]: what it stands for; signal: which */
    US_OP_CALL,   /* a function over events: function, pattern, column, window; seq has
                   * steps, distinct columns; prior, trend, first have args[0]: the call
                   * they take elsewhere in time, whose window is theirs */
    US_OP_TRAIT,  /* account.X or user.X by level of the node; trait */
    US_OP_MRR,    /* account.mrr, in the reporting currency */
    US_OP_ARR,
    US_OP_PAID, /* account.paid(W): money received in the window, net */
    US_OP_AGE,  /* account.age, user.age: days since first seen */
    US_OP_NEGATE,
    US_OP_ADD,
    US_OP_SUBTRACT,
    US_OP_MULTIPLY,
    US_OP_DIVIDE,
    US_OP_EQ,
    US_OP_NE,
    US_OP_LT,
    US_OP_LE,
    US_OP_GT,
    US_OP_GE,
    US_OP_IN, /* args: a value, then those of the list */
    US_OP_CONTAINS,
    US_OP_NOT,
    US_OP_AND,
    US_OP_OR,
    US_OP_IF,       /* args: value, condition; 0 when the condition is not true */
    US_OP_HELPER,   /* ratio least most round coalesce: function, args */
    US_OP_PROPERTY, /* inside a where: column */
} us_op;

typedef enum us_scope { US_PER_ACCOUNT, US_PER_USER } us_scope;

/* UTC buckets: n hours, n days (weeks are days), or all. */
typedef enum us_window_unit { US_HOURS, US_DAYS, US_ALL } us_window_unit;
typedef struct us_window {
    us_window_unit unit;
    int64_t n;
} us_window;

/* Which events: a name or any, and a where over columns (US_NODE_NONE: none). */
#define US_NODE_NONE UINT32_MAX
#define US_ANY_NAME  UINT32_MAX
struct us_pattern {
    uint32_t name; /* index of need.names, or US_ANY_NAME */
    uint32_t where;
};

/* Each function of the language. The enum is made from the same list as the table. */
typedef enum us_function_id {
#define X(name) US_FN_##name,
#include "signal/functions_list.inc"
#undef X
    US_FUNCTIONS
} us_function_id;

struct us_function; /* function.h */

struct us_node {
    us_op op;
    us_kind kind;   /* of its value; US_MISSING: any kind (a trait, coalesce of them) */
    us_scope scope; /* user when anything in it is per user */
    uint32_t args[4];     /* the first four */
    const uint32_t *more; /* all of them when there are more than four, else NULL */
    uint32_t arg_count;
    us_value constant; /* of trend: its floor */
    const struct us_function *function;
    uint32_t pattern;      /* US_NODE_NONE when none */
    uint32_t column;       /* of sum mean highest lowest; US_NODE_NONE when none */
    uint32_t columns[3];   /* of distinct: as number, text, condition; else NONE */
    const uint32_t *steps; /* of seq: patterns, in order; NULL when none */
    uint32_t step_count;
    uint32_t trait;
    uint32_t signal;
    us_window window;
    us_source source; /* its text, as written, and place where it first stood */
};

struct us_plan_signal {
    us_str name;
    uint32_t node;
    us_scope scope;
    us_phrase say;
    bool may_mention;
    us_place place;
};

struct us_plan {
    struct us_arena *arena;
    struct us_node *nodes;
    size_t node_count;
    struct us_pattern *patterns;
    size_t pattern_count;
    struct us_plan_signal *signals; /* account signals, then user signals */
    size_t signal_count;
    struct us_need need;
    struct us_facts *facts;       /* of each node: what bounds.c found */
    struct us_compiler *compiler; /* what us_plan_add works with */
};

static inline uint32_t us_node_arg(const struct us_node *n, uint32_t i)
{
    return n->more ? n->more[i] : n->args[i];
}

/* Compile signals: and user_signals: of c; cycles are an error that shows the cycle.
 * c lives as long as the plan; a signal with a mistake has node US_NODE_NONE. */
void us_plan_open(const struct us_config *c, struct us_arena *a, struct us_diags *d,
    struct us_plan **out);

/* Compile one more expression. want is the kind it must have (US_MISSING: any; a trait,
 * whose kind only its value tells, is taken for any kind). scope is what may stand in
 * it: functions over events are per user in US_PER_USER, where account.X and account
 * signals may stand too. US_NODE_NONE after a mistake. The text is copied. */
uint32_t us_plan_add(struct us_plan *p, us_source source, us_kind want, us_scope scope,
    struct us_diags *d);

/* Done: need is complete, nothing is added any more. */
void us_plan_close(struct us_plan *p);

uint32_t us_plan_signal_find(
    const struct us_plan *p, us_str name); /* or US_NODE_NONE */

/* The canonical text of a node: the same for any spelling; what versions hash.
 * signals: references stay names, and it parses to the same node. Else they are written
 * out and functions over events of one user begin with "user:", which no expression
 * does: so an account's days(7d) and a person's are different text. */
void us_plan_print(
    const struct us_plan *p, uint32_t node, bool signals, struct us_buf *out);

/* The least and most a number can be (±INFINITY where unbounded; a condition is 0 or 1;
 * missing counts as 0, as in a score). Never narrower than the truth. */
struct us_bounds {
    double least, most;
};
struct us_bounds us_plan_bounds(const struct us_plan *p, uint32_t node);

/* The same for an account (or user) without any event, whatever its traits and money.
 */
struct us_bounds us_plan_bounds_idle(const struct us_plan *p, uint32_t node);

/* Whether an event anywhere in it can move its value. */
bool us_plan_uses_events(const struct us_plan *p, uint32_t node);

/* The first moment of the window ending now, of t's bucket: rows with at >= it and
 * at < us_window_end(t) are in. */
int64_t us_window_start(us_window w, int64_t t);
int64_t us_window_end(us_window w, int64_t t);

/* The value of an operator or helper over the values of its arguments; missing for what
 * reads rows. */
us_value us_node_apply(const struct us_node *n, const us_value *args);

/* ---- the referee ---- */

/* The value of a node for the account of log (user == US_NOBODY) or one user of it, at
 * t, by the definition and nothing else. Scratch comes from a. */
us_value us_naive(const struct us_plan *p, uint32_t node, const struct us_log *log,
    uint32_t user, int64_t t, struct us_arena *a);

/* Of which log, whom and when something is asked; user and arena as in us_naive. */
struct us_question {
    const struct us_plan *plan;
    const struct us_log *log;
    uint32_t user;
    int64_t t;
    struct us_arena *arena;
};

/* The events behind the value of a call: those from `from` and before `to` that match
 * its pattern or one of its steps. Of prior and first that is their stretch of time, of
 * trend both of its stretches, of streak the current run; none where first is missing.
 */
struct us_behind {
    const struct us_node *call; /* of prior, trend, first: the one inside */
    int64_t from, to;
};
struct us_behind us_naive_behind(
    const struct us_question *q, const struct us_node *call);

/* Whether row i is one of them: seen at t, and the user's (US_NOBODY: anybody's, as in
 * any call per account). */
bool us_naive_matches(
    const struct us_question *q, const struct us_behind *behind, size_t i);

/* Money of the account at t, as numbers of the reporting currency; money.c states the
 * rules. Missing before any payment is known: mrr, arr. */
enum { US_PERIOD_MONTHS_MAX = 1200 }; /* a longer period is no period */
us_value us_money_mrr(const struct us_log *log, int64_t t);
us_value us_money_arr(const struct us_log *log, int64_t t);
us_value us_money_paid(const struct us_log *log, us_window w, int64_t t);

/* docs/signals.md, from the function tables and their cases. */
void us_signals_manual(us_lang lang, struct us_buf *out);
