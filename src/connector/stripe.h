/* stripe.h: what Stripe tells by webhook: whether it is Stripe's, and which line of the
 * journal it becomes.
 *
 * A webhook is signed: Stripe-Signature: t=UNIX,v1=HEX[,v1=HEX…], each v1 the
 * HMAC-SHA256 of "t.body" with one secret of the endpoint (the whole whsec_… text is
 * the key); while a secret is rotated there are two of either (stripe-node 23.1.0,
 * Webhooks.js). The body is taken as it came, before it is JSON. Stripe's libraries
 * bound only the age; here a moment in the future is refused too, since a signature
 * kept back could else be used when its time comes.
 *
 * Events come twice and in any order. Each becomes a fact with its own moment, and its
 * id is made of what it says (charge or invoice, status, amount), so that the same fact
 * told by two events is one line; history then counts rows of one payment_id and status
 * once, whichever of webhook and export told them. What that is for an event is in the
 * table of stripe_event.c; docs/import.md shows it.
 *
 * Owns:    nothing; texts lie in the document or the arena.
 * Fails:   US_INPUT with a key that is the reason: a request to refuse, or a dead
 * letter. Threads: any.
 */
#pragma once

#include "event/event.h"
#include "import/customers.h"

enum {
    US_STRIPE_TOLERANCE_SECONDS = 300, /* either way; stripe-node's for the age */
    US_STRIPE_SIGNATURES_MAX = 8,      /* v1 of one header that are looked at */
};

/* Whether one of the secrets signed the body, at most the tolerance before or after
 * now. Takes the same time whichever is wrong. */
us_code us_stripe_verify(us_str header, us_str body, const us_str *secrets,
    size_t secret_count, int64_t now, struct us_error *e);

struct us_stripe_asked {
    const struct us_json_doc *doc;
    const struct us_customers
        *customers; /* whose account is whose; NULL: nobody said */
    bool domains;   /* a customer is the company of its e-mail's domain */
    bool live;      /* the source is a production one */
};

struct us_stripe_line {
    us_line_type type;
    us_str id; /* by which a repeat is known */
    us_str m;
    int64_t at;
};

/* US_NOT_FOUND "stripe.passed": it is understood and tells nothing that is kept. */
us_code us_stripe_read(const struct us_stripe_asked *asked, struct us_arena *a,
    struct us_stripe_line *out, struct us_error *e);
