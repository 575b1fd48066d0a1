/* explain.h: what the two forms of an explanation share. Internal to the folder. */
#pragma once

#include "answer/answer.h"

struct us_explain {
    const struct us_ask *ask;
    const struct us_log *log, *own;      /* us_log_split of it, where it is needed */
    const bool *whole;                   /* by node: it reads events of the account */
    uint32_t definition;                 /* US_NODE_NONE: all */
    const struct us_standing *standings; /* of the account and its people */
    size_t standing_count;
    bool colour;
    struct us_buf *out;
    struct us_arena *a; /* scratch */
};

void us_explain_say(struct us_explain *x);
void us_explain_json(struct us_explain *x);

/* Payments known by now that MRR cannot count: in a currency without a rate (no sum
 * counts them), and paid ones that cover no period. */
struct us_left_out {
    int64_t no_rate, no_period;
};
struct us_left_out us_explain_left_out(const struct us_explain *x);

/* Facts of the account, or of a person of it. */
struct us_fact_asked us_explain_asked(const struct us_explain *x, uint32_t user);

/* Where those stand whom a definition is about, by id: the account itself for a pqa,
 * all of its people with a name for a pql. */
const struct us_standing *us_explain_standings(
    const struct us_explain *x, const struct us_definition *def, size_t *count);

/* us_judge, each gate and line over no more events than it needs. */
void us_explain_judge(const struct us_explain *x, const struct us_definition *def,
    uint32_t user, int64_t t, struct us_verdict *out);

/* The log a node is asked of for somebody: little of what a large account has, where
 * only their own events count. */
const struct us_log *us_explain_log(
    const struct us_explain *x, uint32_t node, uint32_t user);

/* The events behind a fact, newest first. */
size_t us_explain_events(const struct us_explain *x, uint32_t user,
    const struct us_fact *fact, const struct us_log_event **events, size_t max);

/* The event's name, also of one that no signal names. */
us_str us_explain_name(const struct us_explain *x, const struct us_log_event *ev);

us_str us_explain_person(const struct us_log *log, uint32_t user);
