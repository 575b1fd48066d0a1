/* fresh.h: the text of the groups that became durable last, for those who follow the
 * journal in the same process: they need not read it back, unpack and sum it up.
 *
 * A ring of bytes. The committer puts every group, over the oldest ones; it never
 * waits: where somebody is at work on what would be written over, the group is left
 * out. Who finds a group here no more reads it from the journal, as at a start, so
 * nothing depends on what is here but time. What all readers have passed is dropped,
 * and as long as they keep up the same few bytes are used again and again.
 *
 * Owns:    its memory: touched as far as it was used, US_FRESH_BYTES at most.
 * Threads: put and clear: one, the committer's. take and leave: one for each reader.
 */
#pragma once

#include "journal/journal.h"

enum {
    /* The loader lets 100,000 lines come together (loader.h), and as many come
     * meanwhile: 75 MB of lines of 376 bytes. */
    US_FRESH_BYTES = 128 << 20,
    US_FRESH_GROUPS = 16384,
};

typedef enum us_fresh_reader {
    US_FRESH_LOADER,
    US_FRESH_EVALUATOR,
    US_FRESH_READERS,
} us_fresh_reader;

struct us_fresh;
struct us_fresh *us_fresh_new(size_t bytes); /* 0: US_FRESH_BYTES */
void us_fresh_free(struct us_fresh *f);      /* NULL is fine */

/* A durable group, without its commit line; next: where a reader goes on after it. */
void us_fresh_put(struct us_fresh *f, us_pos at, us_pos next, us_str text);

/* Nothing is here any more. What a reader has taken stays until it takes another. */
void us_fresh_clear(struct us_fresh *f);

/* The group that begins at `at`: as us_journal_reader_next gives it, and as long.
 * False: it is not here. All before `at` is passed. f NULL: never anything. */
bool us_fresh_take(
    struct us_fresh *f, us_fresh_reader reader, us_pos at, us_str *text, us_pos *next);
/* All before `at` is passed, and it is at work on nothing. NULL is fine. */
void us_fresh_passed(struct us_fresh *f, us_fresh_reader reader, us_pos at);
/* It is gone: nothing is kept for it. NULL is fine. */
void us_fresh_leave(struct us_fresh *f, us_fresh_reader reader);

/* ---- on in the journal, from memory as long as it is there ---- */

/* Made with what is named here; the rest is nothing at first. */
struct us_fresh_follower {
    struct us_fresh *fresh; /* NULL: there is none */
    us_fresh_reader who;
    us_str journal;
    struct us_journal_reader *reader; /* NULL: not open */
    us_pos reader_at;                 /* where it stands */
};

/* The group from a position on, as us_journal_reader_next gives it; it stays until the
 * next call. durable: what begins before it alone (NULL: whatever readers see), since a
 * group may be seen moments before it is durable, and may never be; memory is asked
 * only with it. US_NOT_FOUND: there is none yet, and next
 * stays what it was. */
us_code us_fresh_next(struct us_fresh_follower *f, us_pos from, const us_pos *durable,
    us_str *text, us_pos *at, us_pos *next, struct us_error *e);
/* It may go on later, from anywhere. */
void us_fresh_stop(struct us_fresh_follower *f);

struct us_fresh_counts {
    int64_t put, left_out, taken, missed;
};
struct us_fresh_counts us_fresh_counts(struct us_fresh *f);
