/* stripe_inner.h: one event being read. Inside this folder only. */
#pragma once

#include "connector/stripe.h"

/* What sums of a thousand of them cannot overflow; Stripe's amounts have twelve digits
 * at most. */
#define STRIPE_AMOUNT_MAX INT64_C(1000000000000000)

struct stripe_reading {
    const struct us_stripe_asked *asked;
    const struct us_json_doc *doc;
    struct us_arena *a;
    us_str event, kind; /* id and type */
    us_str version;     /* of the API */
    int64_t created;    /* microseconds */
    uint32_t object;    /* data.object */
    struct us_stripe_line *out;
};

/* ---- stripe_member.c: texts are empty, moments US_NEVER, where there is none ---- */

us_str us_stripe_text_at(
    const struct stripe_reading *r, uint32_t node, const char *path);
us_str us_stripe_text(
    const struct stripe_reading *r, const char *path); /* of the object */

/* An id, or the object itself where Stripe was asked to put it in. */
us_str us_stripe_id(const struct stripe_reading *r, const char *name);

bool us_stripe_whole_at(
    const struct stripe_reading *r, uint32_t node, const char *path, int64_t *out);
int64_t us_stripe_moment_at(
    const struct stripe_reading *r, uint32_t node, const char *path);

/* It is there and null; whether it says anything at all. */
bool us_stripe_is_null(const struct stripe_reading *r, const char *name);
bool us_stripe_is_set(const struct stripe_reading *r, const char *name);

/* The first element of a list of the object, or US_JSON_NONE. */
uint32_t us_stripe_first(const struct stripe_reading *r, const char *list);

us_str us_stripe_email(const struct stripe_reading *r);
us_str us_stripe_account(const struct stripe_reading *r); /* empty: nobody said */
