/* backtest_inner.h: what the files of the backtest share. Inside this folder only. */
#pragma once

#include "study/backtest.h"

struct us_backtesting {
    const struct us_backtest_asked *q;
    const struct us_backtest_entry *entries;
    size_t count;
    size_t *from; /* of account i: entries [from[i], from[i + 1]) */
    struct us_arena *a;
    struct us_backtest *out;
};

/* The first entry of an account in the period; NULL. */
const struct us_backtest_entry *us_backtest_first(
    const struct us_backtesting *b, uint32_t account);

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
void us_backtest_spans(struct us_backtesting *b);
void us_backtest_queue(struct us_backtesting *b);
int64_t us_backtest_week(int64_t t); /* its Monday, 0:00 UTC */
