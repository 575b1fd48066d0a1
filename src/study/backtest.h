/* backtest.h: what a trigger would have found, from whom it would have fired on as the
 * past was known then, and what became of them (design §7).
 *
 * The unit is the account. Its first entry in the period is judged: did its outcome
 * come within the horizon after it? Accounts whose outcome had come already, whose
 * horizon ends after the data, and those who raised a hand by themselves are counted
 * and left out of the rate. Held against it is the rate of accounts that did not fire,
 * in the same calendar weeks. Association is not effect: what a call changes only a
 * holdout shows.
 *
 * Units:   moments in microseconds; rates 0 to 1; money a year in the reporting
 *          currency; leads in days.
 * Owns:    nothing; all of it lies in the arena given.
 * Threads: any.
 */
#pragma once

#include "base/str.h"
#include "base/time.h"
#include "stats/stats.h"
#include "study/silence.h"

/* Who had a hand in an outcome, by the first activity or deal that CRM has of it. */
typedef enum us_bought {
    US_BOUGHT_ALONE,   /* nobody had been there before it */
    US_BOUGHT_TOUCHED, /* somebody had */
    US_BOUGHT_SOURCED, /* before the account used the product */
    US_BOUGHTS
} us_bought;
us_str us_bought_word(us_bought bought); /* "self_serve", "touched", "sourced" */

/* US_NEVER where there is none. */
struct us_backtest_account {
    us_str key;
    int64_t seen;    /* the first moment at which anything of it was known */
    int64_t outcome; /* the first moment at which it held */
    int64_t touched; /* the first activity or deal */
    int64_t deal;    /* the first deal */
    double value;    /* what it pays a year, at the outcome plus horizon or at the end
                        of the data; NaN: unknown */
};

/* How an entry ended. */
typedef enum us_exit {
    US_EXIT_NONE, /* it is in */
    US_EXIT_CONVERTED,
    US_EXIT_EXCLUDED,
    US_EXIT_LEFT,
    US_EXIT_FADED,
    US_EXIT_EXPIRED,
    US_EXIT_REDEFINED,
    US_EXITS
} us_exit;

/* An entry, of the account or of one of its people. By account, then t. */
struct us_backtest_entry {
    uint32_t account; /* index of accounts */
    bool hand_raised;
    uint8_t exit;    /* us_exit */
    int64_t t, left; /* left: the exit; US_NEVER while it is in */
};

/* A span in which a source sent nothing for longer than usual, and what fell into it.
 */
struct us_backtest_silent {
    us_str source;
    struct us_silent_span span;
    int64_t entries, exits; /* exits that absence brings: left, faded */
    int64_t missed;         /* outcomes in it that were not found */
};

struct us_backtest_asked {
    const struct us_backtest_account *accounts;
    size_t account_count;
    int64_t from, to; /* entries in [from, to] are judged */
    int64_t until;    /* the end of the data */
    int64_t horizon;
    double capacity;    /* new ones a week that the team can work; 0: not said */
    double held;        /* share held out, for what could be seen; 0: not said */
    double worked_cost; /* of one account that is worked; 0: not said */
    const struct us_backtest_silent
        *silent; /* of all sources; counts are nothing yet */
    size_t silent_count;
};

struct us_backtest_rate {
    int64_t hits, n;
    double rate;           /* NaN of nothing */
    struct us_interval in; /* Wilson, 0.95 */
};
struct us_backtest_rate us_backtest_rate_of(int64_t hits, int64_t n);

/* Quartiles in days; NaN of none. */
struct us_backtest_days {
    int64_t n;
    double p25, median, p75;
};

/* A calendar week, from Monday 0:00 UTC, or a month; cut to the period. */
struct us_backtest_span {
    int64_t from, to;
    int64_t fired; /* accounts, for the first time in the period */
    int64_t again; /* entries after that */
    struct us_backtest_rate rate;
    /* The queue with so much capacity: worked, gone by themselves before anybody came,
     * and waiting at the end. */
    int64_t worked, gone, waiting;
};

enum { US_BACKTEST_POWER_WEEKS = 26, US_BACKTEST_RETURN = 4 };

struct us_backtest {
    /* Accounts that fired, by first entry in the period. */
    int64_t fired, again, hand_raised, already, open;
    struct us_backtest_rate rate;      /* of the rest: the outcome within the horizon */
    struct us_backtest_rate untouched; /* of those nobody touched before their outcome,
                                          or the end of the horizon */
    struct us_backtest_rate hands;     /* of those who raised a hand */
    int64_t hits_by[US_BOUGHTS];       /* of rate.hits */
    double per_week;                   /* entries a week, first and again */
    int64_t most_in_week;

    /* Against accounts that did not fire in the same week, nor within a horizon before
     * it, and had no outcome yet: us_standard_ratio with weeks as strata. */
    struct us_standard base;
    int64_t base_accounts;

    /* Outcomes in the period, and which had an entry in the horizon before them. */
    int64_t outcomes, outcomes_by[US_BOUGHTS], found, found_by[US_BOUGHTS];
    int64_t at_once;     /* it held when the account was first seen: no trigger
                            comes before that; not in outcomes */
    int64_t of_hands;    /* by those who raised a hand before; not in outcomes */
    int64_t early, late; /* missed: fired longer before, or only after */
    struct us_backtest_rate recall;
    struct us_backtest_days to_outcome; /* from the first such entry */
    struct us_backtest_days to_touch;   /* of those touched after it */
    struct us_backtest_days to_deal;
    int64_t touched_before; /* of found: somebody was there at the entry already */
    uint32_t *missed;       /* accounts, by value, then moment of outcome */
    size_t missed_count;

    /* Value at the hits, which is not the value of calling them. */
    int64_t valued;
    double value_sum, value_mean, value_median;
    /* The chance of buying that a call has to add to pay for itself US_BACKTEST_RETURN
     * times (field.md B8), at value_mean; NaN where it cannot be told. */
    double uplift_needed;

    /* With capacity: tokens of an even share each day from Monday to Friday, the oldest
     * first; who left before their turn is gone. Hits and worth are what rate and
     * value_mean say of as many, less worked_cost. */
    double worked_per_week, hits_per_week, worth_per_week;
    int64_t worked, gone, waiting_most, waiting_at_end;

    /* With a share held out: the least rate that US_BACKTEST_POWER_WEEKS weeks of
     * first entries would show against this one, and how many accounts those are. */
    double power_rate, power_accounts;

    struct us_backtest_span *weeks, *months;
    size_t week_count, month_count;

    struct us_backtest_silent *silent; /* that touch the period, by from */
    size_t silent_count;
};

/* What one definition, or variant of it, did. */
struct us_backtest_list {
    const struct us_backtest_entry *entries;
    size_t count;
};
void us_backtest_of(const struct us_backtest_asked *asked,
    const struct us_backtest_list *list, struct us_arena *a, struct us_backtest *out);

/* Of many, as sweeps want it: without base, lift, weeks, months, silences and the list
 * of missed; all else is the same. out: as many; nothing in the arena stays. */
void us_backtest_each(const struct us_backtest_asked *asked,
    const struct us_backtest_list *lists, size_t count, struct us_arena *a,
    struct us_backtest *out);

us_bought us_backtest_bought(const struct us_backtest_account *account);
