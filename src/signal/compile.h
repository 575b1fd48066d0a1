/* compile.h: what the parts of the compiler share. Inside this folder only. */
#pragma once

#include "base/hash.h"
#include "signal/function.h"
#include "signal/term.h"

/* What is known of a node without any data. */
struct us_facts {
    struct us_range any;  /* what it can be */
    struct us_range idle; /* without events */
    bool uses_events;
    uint32_t depth;
};

/* Found for the newest node, whose arguments have theirs (bounds.c). */
struct us_facts us_facts_of(const struct us_plan *p, const struct us_node *n);

/* From content to the index of what has it. */
struct us_index {
    us_print *keys;
    uint32_t *values;
    size_t count, slot_count;
};

typedef enum us_progress { US_UNSEEN, US_AT_WORK, US_DONE } us_progress;

struct us_compiler {
    const struct us_config *config;
    struct us_index index;
    size_t node_cap, fact_cap, pattern_cap, name_cap, other_cap, column_cap;
    size_t account_trait_cap, user_trait_cap;
    us_source *sources;    /* of each signal */
    us_progress *progress; /* of each signal */
    uint32_t *levels;      /* of each signal: of signals below it */
    us_str *signal_names;
    uint32_t *stack; /* the signals at work, outermost first */
    size_t stack_count;
    uint32_t depth; /* of terms being compiled, through signals */
    bool closed;
};

/* One expression at work. */
struct us_check {
    struct us_plan *plan;
    struct us_diags *diags;
    us_source source;
    us_scope scope;
    bool where;
};

/* The term as a node. want is the kind it is used as (US_MISSING: not known): it gives
 * properties theirs. US_NODE_NONE after a mistake. */
uint32_t us_check_term(struct us_check *c, const struct us_term *t, us_kind want);

/* account.X, user.X and calls (call.c); of functions over events (over.c). */
uint32_t us_check_trait(struct us_check *c, const struct us_term *t);
uint32_t us_check_call(struct us_check *c, const struct us_term *t, us_kind want);
uint32_t us_check_over(
    struct us_check *c, const struct us_function *f, const struct us_term *t);

/* Whether a window is within its limits; says so where it is not. */
bool us_check_window(struct us_check *c, const struct us_term *t);

/* A mistake at t without a suggestion: US_NODE_NONE. */
uint32_t us_check_refuse(
    struct us_check *c, const struct us_term *t, const char *key, const us_arg *args);

/* Whether a node can be of kind need; says so where it cannot. user is the operator or
 * function that needs it, empty when it is the place of the whole expression. */
bool us_check_kind(struct us_check *c, const struct us_term *t, uint32_t node,
    us_kind need, us_str user);

/* A mistake at t. */
void us_check_fail(struct us_check *c, const struct us_term *t, const char *key,
    const us_arg *args, us_str suggestion);

/* The node with this content, made when it is new. args has n->arg_count of them. */
uint32_t us_plan_node(struct us_check *c, struct us_node *n, const uint32_t *args,
    const struct us_term *t);

/* What trend divides by at least, unless it says otherwise. */
enum { US_FLOOR = 1 };

/* False when a signal has that name. */
bool us_plan_signal_add(struct us_plan *p, us_str name, uint32_t signal);

/* need.others, once need.names is complete. */
void us_plan_others(struct us_plan *p);

uint32_t us_plan_pattern(struct us_plan *p, struct us_pattern pattern);
uint32_t us_plan_name(struct us_plan *p, us_str name);
/* The column of a property that stands at t; US_NODE_NONE, told, when there are as many
 * as there may be. */
uint32_t us_plan_column(
    struct us_check *c, us_str path, us_kind kind, const struct us_term *t);
uint32_t us_plan_trait(struct us_plan *p, us_str key, us_scope of);

/* A signal's own node, compiled when it is not yet; c stands where it is named. */
uint32_t us_plan_signal(struct us_check *c, const struct us_term *t, uint32_t signal);

/* A value as the language writes it. */
void us_print_value(us_value v, struct us_buf *out);
void us_print_window(us_window w, struct us_buf *out);
