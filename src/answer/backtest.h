/* backtest.h: definitions replayed over the past as it was known, and what they would
 * have found (study/backtest.h); one, two side by side, or a sweep of variants in one
 * replay.
 *
 * Owns:    nothing; all of it lies in the arena given.
 * Threads: one at a time on one history; the replay uses several.
 */
#pragma once

#include "answer/engine.h"
#include "qualify/vary.h"
#include "study/backtest.h"

struct us_backtest_of {
    uint32_t definition;
    const struct us_varied *varied; /* NULL, or variants, judged briefly; then ask of
                                       their rules */
    const uint32_t *others; /* further definitions read alongside; without varied */
    size_t other_count;
    uint32_t outcome; /* US_NODE_NONE: none is asked about */
    int64_t from, to; /* US_ALWAYS: from the first moment anything was known */
    int64_t until;    /* what is known by then is known */
    int64_t horizon;
    double capacity, held;
};

/* What was not so in the moment before an account's outcome: gates of the definition,
 * the first few; of a comparison, what its left side was. */
enum { US_BACKTEST_GATES = 3 };
struct us_backtest_why {
    bool excluded, axes[US_AXES]; /* below the threshold of the axis */
    double points[US_AXES];
    size_t count;
    struct {
        uint32_t node;
        us_value now; /* missing when it is no comparison, or not known */
    } gates[US_BACKTEST_GATES];
};

struct us_backtested {
    const struct us_rules *rules;
    const struct us_backtest_of *of;
    struct us_backtest_asked asked;
    const struct us_backtest_list *lists; /* of the definition, then of each variant, or
                                             of the others */
    struct us_backtest main, *variants;   /* varied->count */
    const struct us_backtest_why *why;    /* by account, of those with an outcome */
    bool money;                           /* any of them ever paid */
    int64_t touches; /* accounts that CRM has an activity or a deal of */
};

/* What is there to be judged: all but main and variants. Nothing known is no failure;
 * accounts are those known by `until`, in order of key whatever is asked of them. */
us_code us_backtest_read(const struct us_ask *ask, const struct us_backtest_of *of,
    struct us_arena *a, struct us_backtested *out, struct us_error *e);

/* US_INPUT with a reason when history cannot answer: nothing there, a horizon longer
 * than the period, an outcome that never comes. */
us_code us_backtest_ask(const struct us_ask *ask, const struct us_backtest_of *of,
    struct us_arena *a, struct us_backtested *out, struct us_error *e);

/* The variant that is worth most a week to a team of this capacity, by the low end of
 * its rate's interval, so that a lucky few do not win, and the mean value of the
 * definition as it is; the one with fewer entries among equals. The count when none can
 * be told: no capacity, or fewer than so many hits each. */
enum { US_BACKTEST_HITS_LEAST = 5 };
size_t us_backtest_best(const struct us_backtested *b);

/* ---- said ---- */

/* An answer as a JSON object without its closing brace. */
void us_backtest_json(const struct us_backtested *b, struct us_buf *out);
/* ,"not_met":[…] */
void us_backtest_why_json(
    struct us_buf *out, const struct us_rules *r, const struct us_backtest_why *why);
/* The variants, as the value of a field. */
void us_backtest_sweep_json(const struct us_backtested *b,
    const struct us_vary_of *sweep, double now, struct us_buf *out);
