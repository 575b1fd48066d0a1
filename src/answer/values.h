/* values.h: what signals are worth, at a moment, for accounts or their people.
 *
 * Owns:    what is in the arena given.
 * Fails:   US_NOT_FOUND for a signal or an account that is not there, with the nearest.
 * Threads: one at a time on one history.
 */
#pragma once

#include "answer/engine.h"

struct us_values_column {
    us_str name;
    uint32_t node;
};

struct us_values {
    struct us_values_column *columns; /* signals in the order asked for */
    size_t count;
    bool people; /* a row a person */
};

/* The signals of these names; none: all of the file's, in its order. A signal of people
 * makes it a row a person, as people does, which alone means all user_signals. */
us_code us_values_choose(const struct us_ask *ask, const us_str *names, size_t count,
    bool people, struct us_arena *a, struct us_values *out, struct us_error *e);

/* Rows in order of account, then user; values[i] is of columns[i]. */
us_code us_values_ask(const struct us_ask *ask, const struct us_values *v,
    struct us_whom whom, us_values_take *take, void *ctx, struct us_error *e);

/* "account,SIGNAL,…" or "account,user,SIGNAL,…". A line ends in \n alone: this is what
 * join, cut and awk are fed with. A missing value is an empty field. */
void us_values_csv_head(const struct us_values *v, struct us_buf *out);
void us_values_csv(
    const struct us_values *v, const struct us_values_row *row, struct us_buf *out);

/* {"account":"acme","at":"…","values":{"invites":3,…}} and a line end; a missing value
 * is null. */
void us_values_json(const struct us_ask *ask, const struct us_values *v,
    const struct us_values_row *row, struct us_buf *out);

/* One value as JSON has it: null when missing. */
void us_value_json(us_value v, struct us_buf *out);
