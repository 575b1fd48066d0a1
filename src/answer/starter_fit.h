/* starter_fit.h: what traits can say in a first definition; for starter_*.c alone. */
#pragma once

#include "answer/starter.h"

enum { US_FITS_MAX = 4 };

/* A score line of the fit axis, with the words that explain it. */
struct us_fit {
    int points;
    us_str condition;
    const char *note;
    us_arg args[4];
};

size_t us_starter_fits(
    const struct us_starter *s, struct us_arena *a, struct us_fit out[US_FITS_MAX]);

/* Who can buy, as a condition on a person; empty when no trait tells. */
us_str us_starter_buyer(const struct us_starter *s, struct us_arena *a);

/* A text as an expression writes it, in quotes. */
void us_starter_quote(struct us_buf *out, us_str text);

/* What may stand behind account. or user. */
bool us_starter_is_key(us_str s);
