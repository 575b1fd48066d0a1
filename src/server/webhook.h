/* webhook.h: POST /webhooks/stripe, which Stripe calls.
 *
 * Whose secret signed the body is the source. 200 means: what the event tells is on
 * disk, or it is kept as a dead letter because nobody said whose customer it is about,
 * or it tells nothing that is kept; the answer says which. 400 is for what Stripe did
 * not sign, signed at another time, or signed and is no event: Stripe shows the reason
 * beside its delivery, and comes again for three days. 404 while usher.yml has no
 * source of kind stripe. 429 and 503 as ingest.h.
 *
 * Owns:    nothing of what it is given.
 * Threads: its handler runs in those of the HTTP server and of the committer.
 */
#pragma once

#include "http/http.h"
#include "import/customers.h"
#include "server/commit.h"

struct us_webhook_source {
    us_str name;
    const us_str *secrets;
    size_t secret_count;
    bool test; /* of Stripe's test mode: its lines are of US_LINE_TEST */
    struct us_customers *customers; /* only read here; NULL: nobody said */
};

struct us_webhook_options {
    struct us_committer *committer;
    const struct us_webhook_source *sources;
    size_t source_count;
    bool domains;         /* accounts are companies, known by their domain */
    int64_t (*now)(void); /* microseconds; NULL: the clock */
};

struct us_webhook;
/* In the arena. */
struct us_webhook *us_webhook_new(
    const struct us_webhook_options *options, struct us_arena *a);

/* Other sources from here on; texts are copied, customers stay the caller's until the
 * next call after this one. From any thread. */
void us_webhook_sources(
    struct us_webhook *w, const struct us_webhook_source *sources, size_t count);
void us_webhook_done(struct us_webhook *w);

/* The line that an event of the source becomes (US_JSON_PAD readable bytes follow it).
 * Fails as us_stripe_read. */
us_code us_webhook_read(const struct us_webhook_source *s, bool domains, us_str body,
    struct us_arena *a, struct us_intake_message *out, struct us_error *e);

/* Routes whose handlers take a struct us_webhook as ctx. */
extern const struct us_http_route us_webhook_routes[];
extern const size_t us_webhook_route_count;

struct us_webhook_counts {
    int64_t lines, repeats, dead, passed, refused;
};
struct us_webhook_counts us_webhook_counts(const struct us_webhook *w);
