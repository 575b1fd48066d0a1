/* diff.h: who is qualified by one definition at one moment and not by another, or at
 * another; with the gates and points that decide.
 *
 * Owns:    what is in the arena given.
 * Fails:   US_LIMIT past US_DIFF_ROWS_MAX rows; what the engine says.
 * Threads: one at a time on one history.
 */
#pragma once

#include "answer/trace.h"

enum { US_DIFF_ROWS_MAX = 1000000 };

/* One of the two: a definition of some rules at a moment (ask->at). */
struct us_diff_side {
    const struct us_ask *ask;
    uint32_t definition;
};

/* Why a row is out, where it is out; the strongest that holds. */
typedef enum us_diff_why {
    US_DIFF_UNKNOWN,  /* nothing was known of it by then */
    US_DIFF_GATES,    /* gates do not pass, or points do not reach a threshold */
    US_DIFF_HOLDING,  /* all holds, its hold has not passed */
    US_DIFF_COOLING,  /* it left a short while ago */
    US_DIFF_RESET,    /* it left, and nothing has failed since */
    US_DIFF_OUTSIDE,  /* of a pql: its account is not qualified */
    US_DIFF_NOT_SEEN, /* all holds; it enters with its next evaluation */
} us_diff_why;

struct us_diff_number {
    us_str name;
    us_value a,
        b; /* at the moment of either side, by the rules of the side it is out */
};

/* A gate that does not pass where it is out. */
struct us_diff_gate {
    us_gate gate;
    us_str text;
    struct us_diff_number *numbers;
    size_t number_count;
};

/* A threshold that is not reached there. */
struct us_diff_axis {
    us_axis axis;
    double a, b, threshold;
};

struct us_diff_row {
    us_str account, user, name; /* user of a pql; name of the account */
    bool in_b;                  /* else in A alone */
    int64_t since;              /* of its entry there */
    us_change left_by;          /* where it is out: by what it had left … */
    int64_t left;               /* … and when; US_NEVER: it was not in */
    us_diff_why why;
    struct us_diff_gate *gates;
    size_t gate_count;
    struct us_diff_axis axes[US_AXES];
    size_t axis_count;
};

struct us_diff {
    struct us_diff_side a, b;
    size_t in_a, in_b, both;  /* how many are qualified */
    struct us_diff_row *rows; /* those in A alone, then those in B alone; by key */
    size_t count, only_a;
    us_str *gone, *come; /* lines of the definitions' canonical text that differ */
    size_t gone_count, come_count;
};

us_code us_diff_ask(const struct us_diff_side *a, const struct us_diff_side *b,
    struct us_arena *arena, struct us_diff *out, struct us_error *e);

/* One object and a line end. name_a and name_b are the sides as they were asked for. */
void us_diff_json(
    const struct us_diff *d, us_str name_a, us_str name_b, struct us_buf *out);

us_str us_diff_why_word(us_diff_why why); /* "gates", "holding", … */
