/* value.h: one value of a trait, a property or an expression.
 *
 * A number is a double. What is summed is first a decimal: a number rounded half
 * away from zero to 1e-6, held as a whole count of millionths, within ±1e12; a
 * number outside is no decimal and is skipped by sums (semantics 8).
 */
#pragma once

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum us_kind {
    US_MISSING, /* not there; in a condition: unknown */
    US_BOOL,
    US_NUMBER,
    US_STRING,
} us_kind;

typedef struct us_value {
    us_kind kind;
    bool truth;
    double number;
    us_str text; /* borrowed */
} us_value;

static inline us_value us_missing(void)
{
    return (us_value){.kind = US_MISSING};
}

static inline us_value us_bool(bool truth)
{
    return (us_value){.kind = US_BOOL, .truth = truth};
}

/* A non-finite number is missing. */
us_value us_number(double number);

static inline us_value us_string(us_str text)
{
    return (us_value){.kind = US_STRING, .text = text};
}

/* Same kind and same content; missing equals missing (this is not the language's ==).
 */
bool us_value_same(us_value a, us_value b);

/* A total order over values, by kind then content, for ties that must not depend on
 * the order of arrival. */
int us_value_cmp(us_value a, us_value b);

/* Millionths. False: no number, not finite, or outside ±1e12 (exclusive). */
enum { US_MILLION = 1000000 };
bool us_decimal(us_value v, int64_t *millionths);
