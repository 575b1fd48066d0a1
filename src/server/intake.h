/* intake.h: what a client posted, judged message by message, as lines for the journal.
 *
 * A message that cannot be understood, or is no JSON, is a dead letter of its own and
 * harms no other; a body of which nobody can tell its messages is one dead letter.
 * Sizes are judged a message, since clients give up a whole batch that is refused
 * (wire.md B.4); only what one request's memory cannot hold is too many.
 *
 * Owns:    nothing; texts lie in the body or the arena.
 * Fails:   never; what is wrong is in the answer.
 * Threads: any; a json parser a thread.
 */
#pragma once

#include "base/hash.h"
#include "event/event.h"

enum { US_INTAKE_MESSAGES_MAX = 50000 }; /* of one request */

struct us_intake_asked {
    us_str body;   /* US_JSON_PAD readable bytes follow it */
    us_str path;   /* of the request, for dead letters */
    us_str call;   /* what the route says a single message is: "track" …; or empty */
    us_str source; /* of its key */
    bool test;     /* its messages are lines of US_LINE_TEST */
    int64_t received;
    size_t message_bytes_max;
};

/* Which moments of its head the committer gives a message; the others are its own. */
typedef enum us_stamp {
    US_STAMP_NOW,   /* known and received */
    US_STAMP_KNOWN, /* known: it was received before */
    US_STAMP_OWN,   /* none: a row of a file says when it could be known */
} us_stamp;

struct us_intake_message {
    struct us_head head; /* seq and known are given when it is committed */
    us_stamp stamp;
    us_str id;      /* its own; empty: it has none, and is no repeat of any */
    us_print print; /* by which a repeat is known; of one with an id */
    us_str m;       /* minified, without write keys; of a dead one its letter */
    us_str refused; /* of a dead one the id its sender gave it, to be told by; it is
                       none of its own, or the same id, mended, would be a repeat */
    const struct us_error *dead; /* why; NULL: it is good */
};

struct us_intake {
    us_str key;    /* that the body itself names; or empty */
    bool too_many; /* or too much that is none: nothing of it is to be taken */
    bool broken;   /* no JSON, or none that holds messages: one dead letter in all */
    struct us_intake_message *items;
    size_t count, dead;
};
void us_intake_read(struct us_json *json, const struct us_intake_asked *asked,
    struct us_arena *a, struct us_intake *out);

/* The source of all of them, where it was not known before. */
void us_intake_source(struct us_intake *in, us_str source, bool test);

/* The key a client names, of its headers (values; empty where there is none) or else
 * its body: X-Write-Key first, then Basic's user, then Bearer. Clients mask or leave
 * out that of the body, so a header wins. In the arena. */
struct us_intake_keys {
    us_str write_key, authorization, body;
};
us_str us_intake_key(const struct us_intake_keys *keys, struct us_arena *a);

/* Whether that is Bearer's. Where it is no source's key it may be a token of OAuth,
 * which Segment's clients send beside the key in the body; nobody here can judge it, so
 * it opens nothing, and the body's key must be one. */
bool us_intake_by_bearer(const struct us_intake_keys *keys);
