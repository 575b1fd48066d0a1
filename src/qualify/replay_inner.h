/* replay_inner.h: what the files of the replay of definitions share. Inside this folder
 * only.
 */
#pragma once

#include "qualify/replay.h"

/* Inputs of a definition over the days of an account, each as what it can be: within a
 * day, and at its end. */
struct us_replay_sieve {
    struct us_day_bits eligible, excluded, who, stays, hand;
    struct us_day_bits always, never;
};

/* The nodes that a definition's inputs are, not those they are made of. */
struct us_replay_roots {
    uint32_t *nodes;
    size_t count;
};

/* Definitions that need rows of one kind, those that need fewest first. */
struct us_replay_need {
    uint32_t least, definition;
};
struct us_replay_index {
    struct us_replay_need *items;
    size_t count, cap;
};

struct us_replay {
    const struct us_rules *rules;
    struct us_replay_roots *roots; /* by definition */
    struct us_least *least;        /* by definition: without which it never begins */
    struct us_least hand_least;
    struct us_replay_index *index; /* by a place in an account's totals */
    size_t index_count;
    uint32_t *unbound; /* definitions that may be without any rows */
    size_t unbound_count;
    uint32_t *possible;
    struct us_arena *arena;
    struct us_arena work; /* of the account at hand */
    struct us_past *past;
    const struct us_runs *runs;
    int64_t until, start, first_day;
    size_t days;
    struct us_day_bits always, never; /* of the account; made when asked for */
    struct us_replayed *out;
    size_t out_count, out_cap;

    struct us_past *person_past; /* reads the rows of one person; NULL at first */
    struct us_arena person_work; /* of the person at hand */
    const struct us_runs_people *people; /* of the account; NULL until asked for */
};

/* A definition at work on the account, or on a person of it. */
struct us_replay_run {
    struct us_replay *p;
    const struct us_definition *def;
    uint32_t index, user;
    struct us_past *past; /* what its own expressions are read from */
    struct us_replay_sieve sieve;
    struct us_machine machine;
    int64_t converted_at;
    const struct us_replayed *account; /* of a pql within: that definition's */
    size_t account_count;
    int64_t from; /* of a person: known at the account since then */
    bool first_only, over;
};

/* replay_index.c */
void us_replay_index_make(struct us_replay *p);
/* Whether it has too few rows to be eligible ever. */
bool us_replay_never(const struct us_replay *p, uint32_t definition);

/* replay_sweep.c: a gate that holds a number against a constant, the number first.
 * False: it does not. */
struct us_replay_gate {
    uint32_t number;
    us_op op; /* < <= > >= */
    double constant;
};
bool us_replay_gate_read(
    const struct us_plan *p, uint32_t gate, struct us_replay_gate *out);

/* replay_step.c */
bool us_replay_holds(const struct us_replay_run *r, uint32_t node, int64_t t);
bool us_replay_excluded(const struct us_replay_run *r, int64_t t);
bool us_replay_who(const struct us_replay_run *r, int64_t t);
bool us_replay_hand_raised(const struct us_replay_run *r, int64_t t);
void us_replay_step(
    struct us_replay_run *r, const struct us_machine_inputs *in, int64_t t);
bool us_replay_eligible(const struct us_replay_run *r, int64_t t);
/* With the exact inputs of t, if that is a moment of the account at all. */
void us_replay_step_at(struct us_replay_run *r, int64_t t);
/* Every moment of a day that touches the definition. */
void us_replay_day(struct us_replay_run *r, int64_t day);

/* replay_days.c: all days, by the sieve; nothing when it rules all of them out. The aim
 * is looked for where one is given. */
void us_replay_days(struct us_replay_run *r);
/* False: it is eligible at no moment at all. */
bool us_replay_sieve_make(struct us_replay_run *r);

/* replay.c: a definition that has not begun. */
struct us_replay_run us_replay_run_of(struct us_replay *p, uint32_t definition);
/* replay.c: the first evaluation moment at which the aim holds; US_NEVER. */
int64_t us_replay_aim(struct us_replay *p, uint32_t definition);

/* replay_given.c: what a definition of people reads of the account, and the moments at
 * which that changes within a day, in any order; from since on. */
struct us_replay_given {
    struct us_given *items;
    size_t count, cap;
    int64_t *at;
    size_t moment_count, moment_cap;
};
void us_replay_give(
    const struct us_replay_run *r, int64_t since, struct us_replay_given *out);
/* Whether a node reads nothing of the account. */
bool us_replay_own(const struct us_plan *plan, uint32_t node);

/* replay_people.c: the people of a pql, one after another. account: the transitions of
 * the definition they are within. machines: of each of facts.people, or NULL. */
void us_replay_people(struct us_replay *p, uint32_t definition,
    struct us_replay_answer account, struct us_machine *machines);
