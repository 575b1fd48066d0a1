/* range.h: what a value can be, before any data is seen. Inside this folder only. */
#pragma once

#include "base/value.h"

#include <stdbool.h>

/* A condition true (yes) or false (no), text, a number from least to most (none when
 * least > most), or missing. Never narrower than the truth. */
struct us_range {
    bool missing, yes, no, text;
    double least, most;
};

struct us_range us_range_none(void);
struct us_range us_range_missing(void);
struct us_range us_range_all(void);
struct us_range us_range_number(double least, double most);
struct us_range us_range_of(us_value v); /* that and no other */
struct us_range us_range_or(struct us_range a, struct us_range b); /* of either */

bool us_range_has_number(struct us_range r);
bool us_range_has_other(struct us_range r); /* missing, a condition or text */
bool us_range_is_one(struct us_range r);    /* as a condition: true, false or unknown */

/* The outcome of arithmetic: not finite is missing, so what can grow without end can
 * be missing, and what must is. */
struct us_range us_range_settle(struct us_range r);
struct us_range us_range_divide(struct us_range a, struct us_range b);

struct us_node;
/* What an operator or helper can be over what its arguments can be. */
struct us_range us_range_apply(const struct us_node *n, const struct us_range *args);
