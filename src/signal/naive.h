/* naive.h: what the two files of the referee share. Inside this folder only. */
#pragma once

#include "signal/signals.h"

/* row: of a where, the event's. */
struct us_asked {
    struct us_question of;
    size_t row;
};

us_value us_naive_value(struct us_asked q, uint32_t node);

/* A function over events, by its definition (naive_call.c). */
us_value us_naive_call(struct us_asked q, const struct us_node *n);

/* The same over another stretch than its own. */
us_value us_naive_over(const struct us_question *q, struct us_behind b);

/* Whether row i is seen at the moment, and theirs. */
bool us_naive_seen(struct us_asked q, size_t i);
