/* ceiling.h: payments of a period, read for where self-serve stops (study/ceiling.h).
 *
 * What was known by `to` is known. A value a year is that of `account.arr`: what covers
 * the moment, tax and refunds out, in the reporting currency.
 *
 * Owns:    nothing; all of it lies in the arena given.
 * Fails:   US_INPUT with a reason when there is nothing to ask: no payments, none in
 *          the period, none in a currency that has a rate.
 * Threads: one at a time on one history.
 */
#pragma once

#include "answer/answer.h"
#include "study/ceiling.h"

struct us_ceiling_of {
    int64_t from, to; /* from US_ALWAYS: from the first payment */
    size_t draws;
    uint64_t seed;
};

enum { US_CEILING_METHODS_MAX = 32, US_CEILING_CHANNELS = 3 };

/* Accounts by how they paid last, and their paid bills in the period. */
struct us_ceiling_by_method {
    us_str method; /* in small letters; "unknown" */
    int64_t accounts, payments;
};

struct us_ceiled {
    const struct us_rules *rules;
    const struct us_ceiling_of *of;
    int64_t from; /* as it was, or the first payment */
    struct us_ceiling_asked asked;
    struct us_ceiling found;
    struct us_ceiling_by_method methods[US_CEILING_METHODS_MAX];
    size_t method_count;
    int64_t accounts; /* that paid: those of asked that have a value */
    int64_t self_serve, sales, channel_unknown; /* accounts; unknown ones are taken as
                                                   self-serve */
    int64_t payments;                           /* rows known by the end */
    /* Accounts with payments that are not in it, but for their card tries. */
    int64_t never_paid, no_rate, no_period, kept_nothing, ended_before;
    int64_t rows_no_rate, rows_no_period; /* payments left out */
    int64_t steps_ended, steps_moved; /* quarters at whose end it did not pay, or paid
                                         through sales */
};

us_code us_ceiling_ask(const struct us_ask *ask, const struct us_ceiling_of *of,
    struct us_arena *a, struct us_ceiled *out, struct us_error *e);

/* The last moment at which a payment became known; US_ALWAYS. */
us_code us_ceiling_last(struct us_history *h, int64_t *last, struct us_error *e);

/* As a JSON object without its closing brace. */
void us_ceiling_json(const struct us_ceiled *c, struct us_buf *out);
