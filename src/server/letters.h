/* letters.h: dead letters, tried again.
 *
 * A letter keeps the bytes that could not be understood, and where they came in. What
 * was posted to a client's route, or by Stripe, is judged once more as if it came now,
 * by what is configured now: a customer that was mapped since, another version of
 * usher. What is understood becomes lines, together with one that takes its letter off
 * the list (US_LINE_RETRY): all of it is one batch, so that a server killed in between
 * has done all or nothing. A message with an id that came again by itself is a repeat,
 * as ever; that also takes its letter off.
 *
 * Rows of imported files are left alone: the mended file, imported again, adds what is
 * missing.
 *
 * A call tries so many in order of their numbers and says where the next one goes on:
 * what stays dead is at the head of the list each time, and would else be all that is
 * ever tried.
 *
 * Owns:    nothing.
 * Threads: one at a time.
 */
#pragma once

#include "server/serve.h"
#include "state/state.h"

enum {
    US_LETTERS_MAX = 10000,       /* tried in one call */
    US_LETTERS_BYTES = 128 << 20, /* … of about so many bytes */
    US_LETTERS_BATCH = 500,       /* become durable together */
    US_LETTERS_TOLD = 100,        /* that are still dead are named */
};

/* Makes a batch durable; added and repeats are set then. */
typedef us_code us_letters_put(void *ctx, struct us_batch *b, struct us_error *e);

struct us_letters_asked {
    us_str who;
    const int64_t *seqs; /* of their lines; none: all */
    size_t seq_count;
    us_str reason; /* a key; empty: whatever it is */
    int64_t after; /* those with larger numbers alone: `next` of the call before */
    size_t limit;  /* at most US_LETTERS_MAX, which 0 is too */
    const struct us_serve_sources *sources; /* by which they are judged */
    us_letters_put *put;
    void *ctx;
};

struct us_letters_told {
    int64_t seq;
    us_str reason; /* why now */
    us_str words;
};
struct us_letters_done {
    size_t tried, taken, dead;
    size_t added, repeats; /* lines that those taken became */
    struct us_letters_told told[US_LETTERS_TOLD];
    size_t told_count;
    bool more;    /* there are others beyond the limit */
    int64_t next; /* … after this one; 0: there are not */
};

/* Who had which tried again, to be noted where any was taken. */
struct us_state_audit us_letters_audit(const struct us_letters_asked *asked,
    const struct us_letters_done *d, struct us_arena *a);

void us_letters_json(const struct us_letters_done *d, struct us_buf *out);

/* Everything durable is in h. After a failure what was made durable before stays so. */
us_code us_letters_retry(struct us_history *h, const struct us_letters_asked *asked,
    struct us_arena *a, struct us_letters_done *out, struct us_error *e);
