/* review_inner.h: what the files of a review share. Inside this folder only. */
#pragma once

#include "answer/review.h"

/* review_gates.c: rules over the same history in which each gate of all is a
 * definition; those of r stay at their places. */
const struct us_rules *us_review_gates(const struct us_rules *r,
    struct us_review_definition *all, size_t count, struct us_arena *a);

/* review_facts.c: what is asked of history beside a replay. */
us_code us_review_weeks(
    const struct us_ask *ask, struct us_reviewed *r, struct us_error *e);

/* Touches by account, as us_review_asked has them. */
struct us_review_touches {
    const int64_t *at;
    const size_t *from;
};
us_code us_review_touches(const struct us_ask *ask, const struct us_reviewed *r,
    struct us_arena *a, struct us_review_touches *out, struct us_error *e);
us_code us_review_did(const struct us_ask *ask, struct us_reviewed *r,
    struct us_arena *a, struct us_error *e);

/* review_propose.c */
void us_review_propose(struct us_reviewed *r, struct us_arena *a);
