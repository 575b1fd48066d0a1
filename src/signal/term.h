/* term.h: an expression as it was written, before its names mean anything. */
#pragma once

#include "signal/lex.h"

typedef enum us_term_kind {
    US_TERM_NUMBER,
    US_TERM_TEXT,
    US_TERM_TRUTH,
    US_TERM_NAME,  /* a signal; inside a where: a property, text its path */
    US_TERM_TRAIT, /* account.X or user.X: of, path; called with args */
    US_TERM_CALL,  /* text: the function */
    US_TERM_APPLY, /* op over args; of US_OP_IN the first is looked for in the rest */
    US_TERM_WINDOW,
    US_TERM_PATTERN, /* text: the event, any when it is none; property, where */
} us_term_kind;

struct us_term {
    us_term_kind kind;
    us_op op;
    us_str text;
    double number;
    bool truth;
    bool any;    /* of a pattern */
    bool quoted; /* a trait: written in quotes, so it is no account.mrr */
    bool called;
    us_scope of;     /* account. or user. */
    us_str property; /* of a pattern: "Name".property; empty when none */
    struct us_term *where;
    us_window window;
    struct us_term **args;
    uint32_t arg_count;
    uint32_t depth;
    uint32_t from, to; /* bytes of the expression */
};

/* How tightly operators bind; those of one level stand in a row from the left, save
 * comparisons, which do not. */
typedef enum us_level {
    US_LEVEL_IF,
    US_LEVEL_OR,
    US_LEVEL_AND,
    US_LEVEL_NOT,
    US_LEVEL_COMPARE,
    US_LEVEL_SUM,
    US_LEVEL_PRODUCT,
    US_LEVEL_NEGATE,
    US_LEVEL_VALUE, /* names, calls, literals */
} us_level;

us_str us_op_text(us_op op); /* "and", "==" …; empty when it is no operator */
us_level us_op_level(us_op op);
bool us_op_find(us_str text, us_op *op); /* one between two values */

/* NULL after a mistake, which is then among the diags; the first ends the parse. */
struct us_term *us_parse(us_source source, struct us_arena *a, struct us_diags *d);

/* The place of bytes [from, to) of an expression. */
us_place us_source_place(us_source source, uint32_t from, uint32_t to);

/* Those bytes, clipped to what a message can hold. */
us_str us_source_text(us_source source, uint32_t from, uint32_t to);
