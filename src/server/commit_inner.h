/* commit_inner.h: what the committer is, for the two files it is made of: commit.c has
 * its thread and those who wait for it, commit_group.c what it does with a group.
 */
#pragma once

#include "import/print.h"
#include "server/commit.h"
#include "server/fresh.h"

#include <pthread.h>

/* Ids of the last day or two: the younger half is written to, the older one goes when
 * the younger is old or full. */
struct core_remembered {
    struct us_print_map young, old;
    int64_t since; /* when the young one began */
    size_t most;   /* of either */
};

struct us_committer {
    struct us_arena own; /* it lies in this */
    struct us_committer_options options;
    struct us_journal *journal; /* NULL: it failed, and is opened for the next group */
    struct core_remembered ids;
    struct us_arena text, memory; /* of the group at hand: its lines; the rest */
    us_mark text_start, memory_start;
    struct us_print_map group_ids; /* of its lines */
    int64_t seq, known;
    bool busy;      /* a group is being made; under the lock, as is: */
    int64_t passed; /* the last known before it */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct us_batch *first, *last; /* that wait */
    size_t waiting;                /* bytes */
    bool stop;
    bool seal; /* the segment in work is to end; when it has: */
    pthread_cond_t sealed;
    us_code seal_code;
    struct us_error seal_why;
    struct us_commit_counts counts;
    struct us_error why; /* of the last group that could not be written */
    struct us_commit_end end;
};

/* In the committer's thread: one group of these batches, durable, each of them told. */
void core_commit_group(struct us_committer *c, struct us_batch *batches);
us_code core_commit_open(struct us_committer *c, struct us_error *e); /* the journal */
