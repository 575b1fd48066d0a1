/* assess.h: is it time for product-led sales? Numbers of history in, a funnel, rates
 * with their intervals and a verdict out (design §7).
 *
 * Funnel. An account begins at t0, its first event, and belongs to the month of it. A
 * stage counts when it came within so many days of t0; a rate is of the accounts whose
 * days are over alone, the rest are `young` and in no rate: a cohort of last week has
 * not failed to pay, it has not had the time. Stages stand side by side, not one inside
 * the other; `step` is the rate among those that had the stage before it.
 *
 *   activated  an event of events.activated
 *   habitual   events in US_HABIT_WEEKS_LEAST of the first US_HABIT_WEEKS weeks from
 *              t0: reached with the first event of the last of them. Our own starting
 *              guess; no source read gives one
 *   paid       the outcome `paid`, else the first payment
 *   expanded   the outcome `expanded`, else revenue US_EXPANDED_TIMES what the first
 *              payment made it. Ours as well
 *
 * How long each is given: activated 14 days (GitLab's team activation: two users and
 * two features in 14 days, field.md B2), paid 180 days (free-to-paid is measured so by
 * Poyar, field.md B7), expanded 365 days (NRR is of 12 months, B7); habitual as long as
 * its weeks.
 *
 * Units:   moments in microseconds; rates 0 to 1; money a year in the reporting
 *          currency.
 * Errors:  what cannot be told is NaN.
 * Owns:    nothing; all of it lies in the arena given.
 * Threads: any.
 */
#pragma once

#include "study/backtest.h"

typedef enum us_stage {
    US_STAGE_SEEN,
    US_STAGE_ACTIVATED,
    US_STAGE_HABITUAL,
    US_STAGE_PAID,
    US_STAGE_EXPANDED,
    US_STAGES
} us_stage;
const char *us_stage_word(us_stage stage); /* "seen", "activated", … */

enum {
    US_HABIT_WEEKS = 4,
    US_HABIT_WEEKS_LEAST = 3,
    US_WITHIN_ACTIVATED_DAYS = 14,
    US_WITHIN_PAID_DAYS = 180,
    US_WITHIN_EXPANDED_DAYS = 365,
    US_SEGMENTS_MAX = 12, /* the largest; others are one, the last */
};
#define US_EXPANDED_TIMES 1.2

/* ---- the funnel ---- */

struct us_assess_account {
    us_str key;
    int64_t reached[US_STAGES]; /* US_NEVER; [US_STAGE_SEEN] is t0 */
    int64_t pricing;            /* views of prices */
    uint32_t segment;
};

struct us_assess_asked {
    const struct us_assess_account *accounts;
    size_t count;
    int64_t from, to; /* accounts that begin in [from, to) */
    int64_t until;    /* the end of the data */
    int64_t within[US_STAGES];
    bool known[US_STAGES]; /* whether history can tell of the stage */
    size_t segment_count;
};

struct us_funnel_cell {
    struct us_backtest_rate rate; /* of those whose days are over */
    struct us_backtest_rate step; /* of those of them that had the stage before */
    int64_t so_far;               /* of all, by the end of the data, however late */
    int64_t young;                /* whose days are not over */
    int64_t over_at; /* the last account's days are over; US_NEVER of none */
};

struct us_funnel {
    int64_t from, to; /* of a cohort: its month, cut to the period */
    int64_t accounts;
    struct us_funnel_cell stages[US_STAGES];
};

struct us_assess {
    struct us_funnel all, *months, *segments;
    size_t month_count;
    /* Accounts that saw the prices once, and three times, of those that ever were
     * activated, or of all where that is not known. */
    struct us_backtest_rate pricing, pricing_often;
};
enum { US_PRICING_OFTEN = 3 }; /* exposures to aim for: Verna, field.md B7 */

void us_assess_of(
    const struct us_assess_asked *asked, struct us_arena *a, struct us_assess *out);

/* The calendar's months over [from, to), as spans with from and to cut to it. */
struct us_assess_month {
    int64_t from, to;
    bool whole; /* from its first moment to its last */
};
size_t us_assess_months(
    int64_t from, int64_t to, struct us_arena *a, struct us_assess_month **out);

/* ---- hand-raisers ---- */

/* Who asked for a person, once a calendar week each; whole weeks of the period alone,
 * so that a half week counts for none. */
struct us_hand_week {
    int64_t from, hands;
};
struct us_hands {
    struct us_hand_week *weeks;
    size_t week_count;
    int64_t hands;         /* in them */
    double per_week;       /* NaN without a whole week */
    struct us_interval in; /* exact, of a Poisson count (Garwood 1936), 0.95 */
};
void us_hands_of(const struct us_hand_week *raised, size_t count, int64_t from,
    int64_t to, struct us_arena *a, struct us_hands *out);

/* ---- PQA rate ---- */

/* Accounts newly qualified ÷ active accounts in the target segment, a month (Verna,
 * field.md A2). Active: an event in the month; in the segment: `who` held at its end,
 * or at the entry. New: the account's first entry of all; entries of hand-raisers are
 * counted apart and in no rate. */
struct us_pqa_month {
    struct us_assess_month month;
    struct us_backtest_rate rate; /* n: active in the segment; hits: new */
    int64_t again;                /* accounts that had entered in an earlier month */
    int64_t raised;               /* first entries of hand-raisers */
    int64_t
        idle; /* first entries without an event in the month: time alone made them */
};
struct us_pqa_asked {
    const struct us_assess_month *months;
    size_t month_count;
    const struct us_backtest_entry *entries; /* by account, then t */
    size_t entry_count;
    size_t account_count;
    const uint8_t *target; /* account × month: active, and `who` held at its end */
    const uint8_t *active; /* account × month: an event in it */
};
void us_pqa_months(
    const struct us_pqa_asked *asked, struct us_arena *a, struct us_pqa_month **out);

/* ---- PQA beside MQL ---- */

/* What became of accounts that were a PQA, an MQL, both or neither, each judged from
 * the moment at which it became so, by what was known then: nobody is put in a group by
 * what came later. An account that is a PQA first and an MQL later is in the first
 * group from the one moment and in `both` from the other. Neither: those that were
 * neither at the age at which others become one (the median), from that age on. */
typedef enum us_lead {
    US_LEAD_PQA,
    US_LEAD_MQL,
    US_LEAD_BOTH,
    US_LEAD_NEITHER,
    US_LEADS
} us_lead;
us_str us_lead_word(us_lead lead); /* "pqa", "mql", "both", "neither" */

/* US_NEVER where there is none. */
struct us_lead_account {
    int64_t seen, outcome, touched;
    int64_t pqa, mql; /* the first time */
    int64_t raised;   /* asked for a person */
};
struct us_lead_group {
    int64_t accounts;                  /* that came to be so in the period */
    int64_t raised;                    /* had asked for a person by then: in no rate */
    int64_t already;                   /* had the outcome by then */
    int64_t open;                      /* the horizon ends after the data */
    struct us_backtest_rate rate;      /* of the rest: the outcome within the horizon */
    struct us_backtest_rate untouched; /* of those nobody touched before their outcome,
                                          or the end of the horizon */
    struct us_backtest_days to_outcome;
};
struct us_leads_asked {
    const struct us_lead_account *accounts;
    size_t count;
    int64_t from, to, until, horizon;
};
struct us_leads {
    struct us_lead_group groups[US_LEADS];
    struct us_backtest_rate hands; /* of those who had asked for a person, over all */
    double neither_days;           /* the age, in days; NaN: nobody ever became one */
    int64_t pqa, mql, both;        /* accounts, ever, in the period */
    int64_t pqa_first, mql_first, same; /* of both */
    struct us_backtest_days between;    /* days from the one to the other */
};
void us_leads_of(
    const struct us_leads_asked *asked, struct us_arena *a, struct us_leads *out);
