/* records.h: POST /v1/payments, /v1/deals, /v1/activities, /v1/contacts, /v1/companies,
 * /v1/accounts and /v1/mqls: what a CRM or a billing system tells as it happens.
 *
 * A body is one object, an array of them, or a line each (NDJSON); each is judged by
 * itself, as a row of a file would be (import/record.h), and what is good becomes
 * durable before the answer. {"added","repeats","rejected","rows":[…]}: rows has a word
 * for each that was rejected, or had members that mean nothing, up to a hundred. What
 * is rejected is not kept: the caller is told, and is the one who can mend it. 200 when
 * any was taken or there were none, 400 when all were rejected.
 *
 * The key is that of a source of kind `records`, never a write key, which browsers show
 * to anybody. A row that says when it happened is a repeat when it comes again word for
 * word; one without a date is a fact of now.
 *
 * Owns:    nothing of what it is given.
 * Threads: its handlers run in those of the HTTP server and of the committer.
 */
#pragma once

#include "http/http.h"
#include "server/ingest.h"

enum { US_RECORDS_MAX = 50000 }; /* of one request */

struct us_records_options {
    struct us_committer *committer;
    const struct us_ingest_source *sources;
    size_t source_count;
};

struct us_records;
/* In the arena. */
struct us_records *us_records_new(
    const struct us_records_options *options, struct us_arena *a);

/* Other sources from here on; they are copied. From any thread. */
void us_records_sources(
    struct us_records *r, const struct us_ingest_source *sources, size_t count);
void us_records_done(struct us_records *r);

/* Routes whose handlers take a struct us_records as ctx. */
extern const struct us_http_route us_records_routes[];
extern const size_t us_records_route_count;

struct us_records_counts {
    int64_t added, repeats, rejected;
};
struct us_records_counts us_records_counts(const struct us_records *r);
