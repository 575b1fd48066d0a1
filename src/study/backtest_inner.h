/* backtest_inner.h: what the files of the backtest share. Inside this folder only. */
#pragma once

#include "study/backtest.h"

/* The entries of one account: [from, to). */
struct us_backtest_group {
    uint32_t account;
    size_t from, to;
};

struct us_backtesting {
    const struct us_backtest_asked *q;
    const struct us_backtest_entry *entries;
    size_t count;
    struct us_backtest_group *groups; /* accounts with entries */
    size_t group_count;
    uint32_t *group_of;       /* by account: its group plus 1; 0: none */
    const uint32_t *outcomes; /* accounts with an outcome in the period */
    size_t outcome_count;
    struct us_arena *a;
    struct us_backtest *out;
};

/* The entries of an account, of which there may be none. */
static inline struct us_backtest_group us_backtest_group_of(
    const struct us_backtesting *b, uint32_t account)
{
    uint32_t at = b->group_of[account];
    return at ? b->groups[at - 1] : (struct us_backtest_group){account, 0, 0};
}

/* The first entry in the period; NULL. */
const struct us_backtest_entry *us_backtest_first(
    const struct us_backtesting *b, const struct us_backtest_group *group);

/* What its rate makes of a first entry. */
typedef enum us_backtest_case {
    US_CASE_HAND, /* raised a hand */
    US_CASE_ALREADY,
    US_CASE_OPEN, /* its horizon ends after the data */
    US_CASE_HIT,
    US_CASE_NONE,
} us_backtest_case;
us_backtest_case us_backtest_case_of(
    const struct us_backtesting *b, const struct us_backtest_entry *first);

/* backtest_base.c */
void us_backtest_base(struct us_backtesting *b);

/* backtest_weeks.c: weeks, months, and the queue. */
void us_backtest_spans(struct us_backtesting *b, bool months);
void us_backtest_queue(struct us_backtesting *b);
int64_t us_backtest_week(int64_t t);  /* its Monday, 0:00 UTC */
int64_t us_backtest_month(int64_t t); /* its first day, 0:00 UTC */

/* Quartiles of so many; sorts them. */
struct us_backtest_days us_backtest_days_of(double *days, size_t n);

/* backtest_silent.c: what fell into the spans in which a source was silent. */
void us_backtest_silences(struct us_backtesting *b);
