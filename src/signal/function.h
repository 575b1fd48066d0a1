/* function.h: what a function of the language is.
 *
 * One file a function: it ends in a us_function_NAME of designated initialisers, and
 * NAME stands in the list of src/signal/meson.build, which makes the enum, the table,
 * the manual and the tests. The naive form is a case of the switch in naive.c: the
 * compiler asks for it. An executor's own form is a further member here. Those of
 * replay may be NULL: a function that has neither over nor at is read as the referee
 * reads it, slowly, and without a sieve every day is looked at. live, since the live
 * form has no rows to fall back to, and sql every function has.
 *
 * Cases are histories in the small text form of case.h, run by every executor's tests
 * and printed in the manual.
 */
#pragma once

#include "signal/range.h"
#include "signal/signals.h"

struct us_past; /* past_inner.h */
struct us_rows;
struct us_any;
struct us_vector;
struct us_now; /* live_inner.h */

typedef enum us_takes { US_TAKES_NONE, US_TAKES_MAY, US_TAKES_MUST } us_takes;
typedef enum us_reads { US_READS_NOTHING, US_READS_NUMBER, US_READS_ANY } us_reads;

struct us_case {
    const char *about;   /* a key of i18n/ */
    const char *history; /* lines as case.h reads them */
    const char *expr;
    const char *user; /* NULL: of the account */
    const char *at;
    const char *want; /* a number, true, false, missing or text in quotes */
};

struct us_function {
    us_function_id id;
    us_str name;
    const char *about;           /* a key of i18n/ */
    const struct us_case *cases; /* end at a NULL about */

    /* Over events: name([E[.property],] [W]). */
    us_takes pattern;
    us_reads property;
    bool window;
    bool steps;  /* name(E1, E2, …, W) */
    bool inside; /* name(f): f is one of the functions with a window and no steps */
    bool floor;  /* name(f[, number]) */
    us_kind result;
    us_value none;      /* its value over no events at all (semantics 9) */
    double least, most; /* of a number, whatever the events */

    /* Replay (past_inner.h): the value over rows, and over those of any name by days
     * (NULL: it has no such form); what a day can bring (NULL: anything). */
    us_value (*over)(
        struct us_past *s, const struct us_node *n, const struct us_rows *rows);
    us_value (*over_any)(
        struct us_past *s, const struct us_node *n, const struct us_any *any);
    bool (*sieve)(struct us_past *s, const struct us_node *n, struct us_vector *out);
    /* Of a whole number that only grows within a day whose rows are known by its end:
     * the moments, in any order, at which rows, all of one day, make it one more than
     * it was as the day began; how many. out has room for a moment a row. */
    size_t (*rises)(struct us_past *s, const struct us_node *n,
        const struct us_rows *rows, int64_t *out);
    /* Of a function that reads rows in its own way, instead of the first two. */
    us_value (*at)(
        struct us_past *s, const struct us_node *n, uint32_t user, int64_t t);
    bool steady;     /* one value all day, where rows are known by the day's end */
    bool loose;      /* its sieve holds while rows may yet come to be known */
    bool people;     /* reads whose rows are */
    bool rows_each;  /* a number that is at most how many rows there are */
    bool within_day; /* may change within a day though no row comes */
    bool by_rows;    /* of one without a window: changes with rows, never with time */

    /* SQL (sql.h): what it is of the events e that match, of whoever is asked, q; {p}
     * is the property, {number} {text} {truth} are those of distinct. Of prior, trend
     * and first it is over the values of the function inside. Helpers have {all} of
     * their arguments; {known} comes first when none of them may be missing. */
    const char *sql;

    /* Live (live_inner.h): what is kept of its rows, as bits of us_keep, and, where
     * that is other, over all time; its value from that. */
    unsigned live_keeps, live_keeps_all;
    us_value (*live)(struct us_now *q, const struct us_node *n);

    /* Helpers, over values: name(a, b, …). NULL in functions over events. */
    us_value (*apply)(const us_value *args, uint32_t count);
    struct us_range (*reach)(const struct us_range *args, uint32_t count);
    const char *args; /* as the manual writes them; of steps and inside too */
    uint32_t args_least, args_most;
    bool any_kind; /* takes any one kind, and gives it; else numbers */
};

/* May stand in prior, trend and first. */
static inline bool us_function_is_windowed(const struct us_function *f)
{
    return f->window && !f->steps;
}

const struct us_function *us_function_of(us_function_id id);
const struct us_function *us_function_find(us_str name); /* NULL when there is none */

#define X(name) extern const struct us_function us_function_##name;
#include "signal/functions_list.inc"
#undef X
