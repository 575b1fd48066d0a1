/* trace.h: how one account moved: every signal and grade day by day, and the entries
 * and exits between.
 *
 * A day's value is that at its end (its last microsecond), the last day's that at the
 * moment asked about when it is not over by then.
 *
 * Owns:    what is in the arena given.
 * Fails:   US_NOT_FOUND for an account or signal that is not there, with the nearest;
 *          US_LIMIT past US_TRACE_DAYS_MAX days.
 * Threads: one at a time on one history.
 */
#pragma once

#include "answer/firings.h"
#include "answer/values.h"

enum {
    US_TRACE_DAYS_MAX = 4000,
    US_TRACE_DAYS_DEFAULT = 91, /* thirteen weeks: a quarter */
};

struct us_trace_asked {
    us_str account;
    uint32_t definition;   /* US_NODE_NONE: all */
    const us_str *signals; /* none: those the definition reads, or all of accounts */
    size_t signal_count;
    int64_t from; /* US_ALWAYS: US_TRACE_DAYS_DEFAULT days before `at` of the ask, or
                     when the account was first known, if that is later */
};

struct us_trace_signal {
    us_str name;
    const us_value *days;
    uint32_t gate; /* the first of the definitions' gates that holds it against a
                      number: a comparison, op and need; or US_NODE_NONE */
    us_op op;
    double need;
};

/* Whether the gate holds on a day. */
bool us_trace_passes(const struct us_trace_signal *s, size_t day);

/* What gates looked at, at one moment. */
struct us_trace_number {
    us_str name;
    us_value value;
};

/* An entry or exit, with the numbers behind it. */
struct us_trace_change {
    struct us_firings_row row; /* with its lines */
    struct us_trace_number *numbers;
    size_t number_count;
};

/* A definition at the account, or at one of its people. */
struct us_trace_course {
    uint32_t definition;
    us_str user;            /* of a pql */
    const us_phase *phases; /* of each day */
    const double *points[US_AXES];
    const char *grades[US_AXES];
    struct us_trace_change *changes; /* within the days, in order */
    size_t change_count;
    int64_t since; /* of the entry that holds as the days begin; US_NEVER: none does */
};

struct us_trace {
    us_str account, name, plan; /* of accounts; empty when not known */
    int64_t first_day;          /* UTC day */
    size_t days;
    int64_t known; /* the first moment at which anything was known */
    int64_t at;    /* the last day's moment */
    struct us_trace_signal *signals;
    size_t signal_count;
    struct us_trace_course *courses; /* of people, those with a change alone */
    size_t course_count;
};

us_code us_trace_ask(const struct us_ask *ask, const struct us_trace_asked *asked,
    struct us_arena *a, struct us_trace *out, struct us_error *e);

/* The moment a day's values are of. */
int64_t us_trace_moment(const struct us_trace *t, size_t day);

/* One object and a line end. */
void us_trace_json(
    const struct us_ask *ask, const struct us_trace *t, struct us_buf *out);

/* What a gate or line looked at: signals by name, functions and traits as written. */
struct us_measure {
    us_str name;
    uint32_t node;
};
/* In the order found; begins as {0}, each time with us_measures_begin. */
struct us_measures {
    struct us_measure *items;
    size_t count, cap;
    bool *seen; /* by node of the plan: it was looked at */
};
void us_measures_begin(struct us_measures *m, const struct us_plan *p);

/* All of them, appended, each once. */
void us_measures_find(const struct us_plan *p, uint32_t node, struct us_arena *a,
    struct us_measures *out);
