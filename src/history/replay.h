/* replay.h: the past of every account, sorted, for executors that read all of it.
 *
 * A view is what one need asks for: the accounts us_history_logs would give, in the
 * same order, each as struct us_runs. Nothing is cut at a moment: rows known later are
 * there, and executors read them by their known.
 *
 * Owns:    a store its segments, a view its facts; what us_replay_account hands out
 *          lives in the arena given, the view and the store. History must be committed
 *          and settled when either is opened, and stay open as long as they are.
 * Fails:   US_IO for the disk; US_INPUT "history.column_absent" when need asks for a
 *          property column history does not have.
 * Threads: opening, refreshing and closing by the one that has the history; of an open
 *          view any number may take accounts at once, each with its own arena.
 */
#pragma once

#include "history/history.h"
#include "history/runs.h"

struct us_replay_store; /* opaque */
struct us_replay_view;  /* opaque */

/* dir is data/. Up to date with history when it returns. */
us_code us_replay_open(us_str dir, struct us_history *h, us_history_progress *progress,
    void *ctx, struct us_replay_store **out, struct us_error *e);
void us_replay_close(struct us_replay_store *s); /* NULL is fine */

/* Put on the disk what is worth it, with the cells of all property columns, so that who
 * opens the store after it sorts less than US_REPLAY_SEGMENT_EVENTS. h may be a handle
 * beside. One at a time for a dir, and nobody opens it meanwhile with a handle that
 * writes; those who read go on. ends: NULL, or when it is set, by any thread, laying
 * ends soon, with US_BUSY "history.lay_ended", and what was there is there. */
enum { US_REPLAY_SEGMENT_EVENTS = 200000 };
us_code us_replay_lay(
    us_str dir, struct us_history *h, const _Atomic bool *ends, struct us_error *e);

/* The same after history went on; no view is open then. */
us_code us_replay_refresh(struct us_replay_store *s, us_history_progress *progress,
    void *ctx, struct us_error *e);

/* need stays the caller's and must outlive the view. */
us_code us_replay_view(struct us_replay_store *s, const struct us_need *need,
    us_history_progress *progress, void *ctx, struct us_replay_view **out,
    struct us_error *e);
void us_replay_view_close(struct us_replay_view *v); /* NULL is fine */

/* The same of one account at the cost of one: the view has it, or is empty when nothing
 * of it is known by until. Unlike a whole view it has no traits, payments and deals
 * that are known later. */
struct us_replay_one {
    us_str key;
    int64_t until;
};
us_code us_replay_view_one(struct us_replay_store *s, const struct us_need *need,
    const struct us_replay_one *one, struct us_replay_view **out, struct us_error *e);

/* Accounts, by key. */
size_t us_replay_count(const struct us_replay_view *v);
us_str us_replay_key(const struct us_replay_view *v, size_t i);
/* US_NOT_FOUND when the view has no such account. */
us_code us_replay_find(const struct us_replay_view *v, us_str key, size_t *i);
/* Since when anything of it is known that is no event, whether the need asks for it or
 * not; US_NEVER: no such thing is. */
int64_t us_replay_since(const struct us_replay_view *v, size_t i);
/* About how many rows it has: for sharing accounts out to threads. */
size_t us_replay_rows(const struct us_replay_view *v, size_t i);

void us_replay_account(
    const struct us_replay_view *v, size_t i, struct us_arena *a, struct us_runs *out);

/* What lies in data/replay/ (dir is data/), from the heads of its files alone; for
 * status. All zero when there is nothing. */
struct us_replay_sizes {
    uint64_t disk; /* bytes */
    uint32_t segments;
    int64_t events;     /* in segments */
    int64_t last_known; /* the latest of them; US_ALWAYS without any */
};
us_code us_replay_sizes(us_str dir, struct us_replay_sizes *out, struct us_error *e);
/* All of it goes; it is made again when next asked for. */
us_code us_replay_drop(us_str dir, struct us_error *e);
