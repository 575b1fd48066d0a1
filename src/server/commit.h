/* commit.h: lines of many requests become durable together.
 *
 * One thread takes every batch that waits, gives each line its seq and its known
 * (strictly rising, semantics 1), leaves out repeats of what it remembers, places and
 * writes one group with one fdatasync, and then tells each batch. While it writes the
 * next ones gather: that is all the delay there is.
 *
 * A repeat of a line that is not durable yet is in its original's group or comes after
 * it, so it is told when that is (semantics 27). Of a group that could not be written
 * nothing is remembered.
 *
 * When it is opened it reads back from the journal which ids of the last hours it has
 * (newest first, half of ids_max at most), and the latest known.
 *
 * A journal that could not be written is closed at its last good group and opened
 * again for the next one, so that a disk made free is used again.
 *
 * Owns:    its thread, the journal and what it remembers. A batch is the caller's until
 *          it is told.
 * Fails:   as us_journal_open; US_BUSY when more waits than may; US_LIMIT for a batch
 *          that no group can hold. A batch carries the error of its group.
 * Threads: put from any. `done` runs in the committer's thread and must not wait.
 */
#pragma once

#include "journal/journal.h"
#include "server/intake.h"

enum {
    US_COMMIT_GROUP_BYTES = 8 << 20,
    US_COMMIT_WAITING_BYTES = 256 << 20,
    US_COMMIT_IDS_MAX = 32 << 20, /* ids remembered, 20 to 27 bytes each */
    US_COMMIT_HOURS = 24,         /* for which an id is remembered at the least */
};

struct us_batch {
    struct us_intake_message *items;
    size_t count;
    void (*done)(void *ctx, struct us_batch *b);
    void *ctx;

    /* when it is done */
    us_code code;
    struct us_error why; /* unless US_OK */
    size_t added, repeats;
    size_t bytes; /* the committer's own from here on */
    struct us_batch *next;
};

struct us_committer_options {
    us_str dir;               /* of the journal; stays */
    int64_t last_known;       /* known goes on after it, and after the journal's last */
    size_t waiting_bytes_max; /* of text; 0: US_COMMIT_WAITING_BYTES */
    size_t ids_max;           /* 0: US_COMMIT_IDS_MAX */
    int64_t (*now)(void);     /* NULL: the clock */
    /* Each durable group, in the committer's thread, before its batches are told; the
     * text stays during the call. NULL: nobody asks. */
    void (*group)(void *ctx, const struct us_group *g);
    void *ctx;
    struct us_fresh *fresh; /* given every durable group; NULL: there is none */
};

struct us_committer;
us_code us_committer_open(const struct us_committer_options *options,
    struct us_committer **out, struct us_error *e);

us_code us_committer_put(
    struct us_committer *c, struct us_batch *b, struct us_error *e);

/* Put, and wait until it is told; the answer is its code. done and ctx are set
 * here. Not in the committer's thread. */
us_code us_committer_put_wait(
    struct us_committer *c, struct us_batch *b, struct us_error *e);

/* End the segment in work: all that was durable before the call lies in segments before
 * *below, final, though perhaps not packed yet. */
us_code us_committer_seal(struct us_committer *c, uint32_t *below, struct us_error *e);

/* Everything put is told before it returns, and the journal closed; what is put later
 * is US_BUSY. It may still be asked for counts and end. NULL is fine, and twice. */
void us_committer_stop(struct us_committer *c);
/* Stops it. NULL is fine. */
void us_committer_close(struct us_committer *c);

/* How long a group took to be written and synced: so many took at most the bound of
 * the same place; the last place has all. */
enum { US_COMMIT_BOUNDS = 12 };
extern const int64_t us_commit_bounds_us[US_COMMIT_BOUNDS];

struct us_commit_counts {
    int64_t groups, lines, repeats, bytes;
    int64_t dead;         /* of the lines: dead letters */
    int64_t failed;       /* groups that could not be written */
    int64_t failing;      /* of these, since the last that could be */
    int64_t failed_ticks; /* when the last of them failed; us_server_ticks */
    int64_t waiting_bytes;
    int64_t ids, ids_bytes;                      /* remembered, and what that takes */
    int64_t took[US_COMMIT_BOUNDS + 1], took_us; /* of groups written */
};
struct us_commit_counts us_committer_counts(struct us_committer *c);
/* Of the last group that could not be written; there was one. */
void us_committer_why(struct us_committer *c, struct us_error *why);

/* How far the journal is durable, and the last seq before that. */
struct us_commit_end {
    us_pos at;
    int64_t seq;
};
struct us_commit_end us_committer_end(struct us_committer *c);

/* Lines that are not durable yet will be known later than it; so every line known at or
 * before it is durable already. */
int64_t us_committer_passed(struct us_committer *c);
