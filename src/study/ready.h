/* ready.h: a readiness verdict from what was found, and the bars it is held against.
 *
 * A row is one question: the value found, its bar, where the bar comes from, how strong
 * that is, and pass, fail or unanswered. Unanswered is not failed.
 *
 * Strength, as in notes of the field: P a practitioner at first hand, S a second-hand
 * copy that names its study, A asserted with no evidence shown, or our own guess.
 *
 * From rows to verdict:
 *   1. not yet: nobody pulls. No row of the pull passes and one of them fails
 *      (Verna: no seller until people ask for one).
 *   2. needs prerequisites: else, when a prerequisite fails, or one that all rests on
 *      (`core`) or the pull is unanswered.
 *   3. ready: else.
 * Rows that are only shown decide nothing. The verdict is worked out a second time from
 * rows of strength P and S alone; where the two differ, it rests on guesses, and says
 * so. Rows stand in the order in which they are to be mended: what is recorded,
 * activation, checkout, the pull, and the definition of a PQL last (Hila Qu, field.md
 * A6).
 *
 * Owns:    nothing.
 * Threads: any.
 */
#pragma once

#include "stats/stats.h"

typedef enum us_ready_key {
    US_READY_COVERAGE,
    US_READY_ACTIVATION_DEFINED,
    US_READY_ACTIVATION,
    US_READY_PRICING,
    US_READY_CHECKOUT,
    US_READY_PAID,
    US_READY_HANDS,
    US_READY_SIGNS,
    US_READY_CONTRACT,
    US_READY_ACTIVE,
    US_READY_ARR,
    US_READY_OWNER,
    US_READY_DEFINITION,
    US_READY_ROWS
} us_ready_key;

typedef enum us_ready_unit {
    US_READY_YES,   /* 1 or 0 */
    US_READY_SHARE, /* 0 to 1 */
    US_READY_COUNT,
    US_READY_WEEKLY,
    US_READY_MONEY, /* a year, in the reporting currency */
} us_ready_unit;

typedef enum us_ready_part {
    US_READY_BASE,
    US_READY_PULL,
    US_READY_SHOWN
} us_ready_part;

/* The questions, in order. */
struct us_ready_bar {
    const char *key; /* "account_coverage" */
    us_ready_unit unit;
    us_ready_part part;
    bool core;
    double bar; /* at least */
    char strength;
    const char *source; /* key of i18n/: who says so */
};
extern const struct us_ready_bar us_ready_bars[US_READY_ROWS];

/* Free-to-paid of a trial is another bar than of a free plan (Poyar, field.md B7). */
#define US_READY_PAID_TRIAL 0.08

/* The yes-or-no questions of US_READY_SIGNS, and how many of them are asked for. */
enum { US_READY_SIGNS_ASKED = 7, US_READY_SIGNS_LEAST = 3 };

typedef enum us_ready_is {
    US_READY_UNANSWERED,
    US_READY_FAIL,
    US_READY_PASS
} us_ready_is;
const char *us_ready_is_word(us_ready_is is); /* "unanswered", "fail", "pass" */

struct us_ready_found {
    bool answered;
    bool told; /* by whoever wrote usher.yml, not by the data */
    double value;
    struct us_interval in; /* 0.95; NaN: none */
    int64_t hits, n;       /* what a share is of; n 0: no share */
};

struct us_ready_row {
    struct us_ready_found found;
    double bar;
    us_ready_is is;
    bool sure; /* the whole interval lies on that side of the bar; of a value without an
                  interval true */
};

typedef enum us_verdict_of {
    US_READY_NOT_YET,
    US_READY_PREREQUISITES,
    US_READY_READY
} us_verdict_of;
const char *us_ready_word(
    us_verdict_of verdict); /* "not_yet", "prerequisites", "ready" */

struct us_readiness {
    struct us_ready_row rows[US_READY_ROWS];
    us_verdict_of verdict, strong;   /* strong: of rows of strength P and S alone */
    us_ready_key fix[US_READY_ROWS]; /* what fails, then what is unanswered, of those
                                        that decide, each in order */
    size_t fix_count, fail_count;
};

/* trial: people try before they pay, instead of a free plan. */
void us_ready_of(const struct us_ready_found found[US_READY_ROWS], bool trial,
    struct us_readiness *out);

/* Of seven questions: yes, no, and not answered. Three of them decide it, as soon as
 * the open ones can no longer change that. */
struct us_ready_found us_ready_signs(int64_t yes, int64_t no);
