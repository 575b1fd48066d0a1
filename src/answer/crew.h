/* crew.h: the same work on every account of a view, by several threads, told in order.
 *
 * Accounts are taken in waves: the hands share one out among them, each with a replay
 * and memory of its own, and when all of it is done the caller's thread tells it in
 * order of account. So what is told does not depend on how many hands there are.
 *
 * Owns:    its threads and their memory, for the length of a run.
 * Fails:   US_IO when no thread can be begun; what tell answers, which ends the run.
 * Threads: work runs on any; tell on the caller's.
 */
#pragma once

#include "history/replay.h"
#include "qualify/replay.h"

enum { US_CREW_HANDS_MAX = 64 };

struct us_hand {
    struct us_replay *replay; /* of the account at hand: already taken */
    const struct us_runs *runs;
    struct us_arena *results; /* until the wave is told */
    struct us_arena *scratch; /* of the account at hand */
};

/* What came of account i, in hand->results; NULL: nothing is told of it. */
typedef void *us_crew_work(void *ctx, struct us_hand *hand, size_t i);
typedef us_code us_crew_tell(void *ctx, size_t i, void *result, struct us_error *e);

struct us_crew_asked {
    const struct us_replay_view *view;
    const struct us_rules *rules;
    int64_t until;
    int hands; /* 0: one for each processor */
    us_crew_work *work;
    us_crew_tell *tell;
    void *ctx;
    us_history_progress *progress; /* NULL: nobody asks */
    void *progress_ctx;
    const _Atomic bool *stop; /* as in answer.h; looked at between waves */
};
us_code us_crew_run(const struct us_crew_asked *asked, struct us_error *e);

/* Account i of the view, into the arena, and taken by the replay. False: nothing of it
 * is known by then. */
struct us_crew_account {
    const struct us_replay_view *view;
    size_t i;
    int64_t until;
};
bool us_crew_take(const struct us_crew_account *of, struct us_replay *replay,
    struct us_arena *a, struct us_runs *out);
