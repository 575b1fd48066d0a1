/* follow.h: the evaluator as a part of the server: a thread that follows the journal,
 * decides, and puts what it decided into state.
 *
 * One commit of state has the transitions of a batch, what plays make of them, the
 * texts of the definitions' versions and the evaluator's place, so that a server that
 * died goes on where the last commit ended: nothing is told twice and nothing missed
 * (semantics 23). Time passes for accounts of which nothing is heard: when the
 * committer says that no line known before a tick can come any more, what is due at
 * that tick is decided.
 *
 * What fails (history, state, the journal) is said once, shown in /metrics and /readyz,
 * and tried again after a pause that doubles up to a minute; clients notice nothing.
 *
 * Owns:    its thread, the evaluator and its handle of state.
 * Threads: the functions below from any.
 */
#pragma once

#include "server/evaluate.h"
#include "server/serve.h"
#include "state/state.h"

struct us_follow_options {
    us_str data, journal;
    const struct us_rules *rules;
    const struct us_history_rules *history_rules;
    const struct us_state_play *plays; /* of usher.yml; first_seen is set here */
    size_t play_count;
    /* After a commit that told something, in its thread: the last id given. NULL:
     * nobody asks. */
    void (*told)(void *ctx, int64_t last_id);
    void *ctx;
};

struct us_follow;
/* In the arena; begins to work when the server opens it as a part. */
struct us_follow *us_follow_new(
    const struct us_follow_options *options, struct us_arena *a);
struct us_serve_part us_follow_part(struct us_follow *f);

struct us_follow_counts {
    struct us_evaluator_counts evaluator;
    int64_t commits, failures;
    int64_t failing; /* in a row; 0: it does well */
    int64_t last_id; /* of transitions */
    int64_t over;    /* moments up to it are decided; US_ALWAYS: none yet */
    bool besides;    /* definitions to come are loaded beside these */
    int64_t held;    /* entries that wait for a source to be heard again */
    int64_t took_us; /* from a line's known to its decision being durable: the most
                        of the last batch with a transition */
};
struct us_follow_counts us_follow_counts(struct us_follow *f);
