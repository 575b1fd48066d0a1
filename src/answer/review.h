/* review.h: a week looked back on (study/review.h): how many qualified against the
 * weeks before, how they left, whether anybody turned to them, which gates fire for
 * nothing, who came to an outcome without ever qualifying, and what to try.
 *
 * Owns:    nothing; all of it lies in the arena given.
 * Fails:   US_INPUT with a reason when history cannot answer.
 * Threads: one at a time on one history; the replay uses several.
 */
#pragma once

#include "answer/backtest.h"
#include "study/review.h"

enum {
    US_REVIEW_MISSED_LOOKED = 50, /* by value: what these did is looked up */
    US_REVIEW_DID = 3,
    US_REVIEW_DID_DAYS = 30,
    US_REVIEW_NEAR_LEAST = 5, /* missed by one gate alone, before that is a proposal */
};

/* Monday 0:00 by calendar.time_zone. */
struct us_review_of {
    int64_t monday;  /* of the week: its local date at 0:00, as if it were UTC */
    int64_t at;      /* up to which anything is known: the week must be over by then */
    double capacity; /* a definition and week; 0: not said */
};

/* One gate or score line, as if it qualified accounts alone. */
struct us_review_gate {
    us_str text;         /* as written */
    us_str signal;       /* that it holds against a number; empty: none */
    bool line;           /* of the score, else of must */
    uint32_t definition; /* that stands for it, in the rules of the replay */
    struct us_review_count entries;
    struct us_backtest judged; /* brief but for base */
    us_review_verdict verdict;
};

struct us_review_definition {
    uint32_t definition, outcome; /* outcome US_NODE_NONE: it has no aim */
    int64_t horizon;
    struct us_review_volume volume;
    bool judged; /* its horizon lies within what is known, and it has an aim */
    struct us_backtest life; /* all entries up to the end of the week */
    us_review_verdict verdict;
    struct us_review_gate *gates; /* of a pqa */
    size_t gate_count;
    int64_t near;                      /* missed in these weeks by one gate alone … */
    int64_t missed;                    /* … of so many */
    size_t near_gate;                  /* the one that most of these failed */
    int64_t near_most;                 /* by how many; 0: none */
    const struct us_backtest_why *why; /* by account */
};

/* What an account did before its outcome that few others did. */
struct us_review_did {
    us_str event;
    int64_t times, others; /* others: accounts that did it in the 30 days to the end of
                              the week */
};

struct us_review_missed {
    uint32_t account, outcome;
    struct us_review_did did[US_REVIEW_DID];
    size_t did_count;
};

typedef enum us_review_change {
    US_REVIEW_OVER_CAPACITY,
    US_REVIEW_NOT_ABOVE_BASE,
    US_REVIEW_GATE_NOISY,
    US_REVIEW_NEAR_MISS,
    US_REVIEW_CHANGES
} us_review_change;
us_str us_review_change_word(us_review_change change);

struct us_review_proposed {
    us_review_change change;
    size_t definition; /* of definitions */
    size_t gate;       /* of its gates; SIZE_MAX: none */
    us_str command;    /* to try it */
    double mean, low;  /* entries a week, and the low end of its 0.95 interval */
};

struct us_reviewed {
    const struct us_rules
        *rules; /* those asked of, and behind them one for each gate */
    const struct us_review_of *of;
    struct us_review_week weeks[US_REVIEW_WEEKS + 1]; /* the one, then those before */
    size_t week_count;                                /* of which history knows all */
    struct us_review_definition *definitions;
    size_t definition_count;
    const struct us_backtest_account *accounts;
    size_t account_count;
    const struct us_backtest_account **accounts_by; /* by outcome: when it came true */
    bool money;
    int64_t touches; /* accounts that CRM has an activity or a deal of */
    struct us_review_missed *missed; /* by value */
    size_t missed_count;
    int64_t others; /* accounts with an event in the 30 days to the end of the week */
    const struct us_backtest_silent *silent; /* that touch the week */
    size_t silent_count;
    struct us_review_proposed *proposed;
    size_t proposed_count;
};

/* The account of one that was missed, with that outcome. */
const struct us_backtest_account *us_review_account(
    const struct us_reviewed *r, const struct us_review_missed *m);

us_code us_review_ask(const struct us_ask *ask, const struct us_review_of *of,
    struct us_arena *a, struct us_reviewed *out, struct us_error *e);

/* The Monday of the local week that holds t, as us_review_of.monday has it. */
us_code us_review_monday(
    const struct us_ask *ask, int64_t t, int64_t *out, struct us_error *e);

/* "2026-W47" of a Monday, and back: false for what is none. */
us_str us_review_name(int64_t monday, struct us_arena *a);
bool us_review_named(us_str text, int64_t *monday);

/* All of it as a JSON object and a line end. */
void us_review_json(
    const struct us_reviewed *r, struct us_arena *a, struct us_buf *out);
