/* replay_store.h: the two handles, as the files of the replay store share them. Inside
 * this folder only. */
#pragma once

#include "history/replay_inner.h"

/* What tests make small. */
struct replay_tuning {
    int64_t events_min;   /* fewer than these are no segment yet */
    int64_t merge_factor; /* a segment up to so many times the next joins it */
    size_t pass_rows;     /* at once in memory; more, where that took more than */
    size_t passes;        /* so many; 0: it does not */
    uint64_t dirty_share; /* one row in so many dirty: the segment is built again */
};

struct us_replay_store {
    struct us_arena arena; /* it lies in it */
    struct us_arena lists; /* segments */
    struct us_history *history;
    us_str dir; /* data/replay */
    struct replay_order order;
    /* By range. Those in memory hold what is not worth a file yet, or may not be
     * written; they are made anew each time. */
    struct replay_segment *segments;
    size_t count, cap;
    bool current; /* as of seq and settled; else something failed */
    struct replay_tuning tuning;
    uint64_t next_number;
    /* Accounts whose links have changed since; patch has all of their rows. */
    struct us_arena dirty_arena;
    bool *dirty; /* by account; NULL: none */
    struct replay_segment patch;
    int64_t seq, settled; /* history, as it was */
    us_history_progress *progress;
    void *progress_ctx;
};

/* What a file's name says. */
struct replay_name {
    uint64_t number;
    bool rows, cells; /* neither: of one that was being made */
};
bool replay_name_read(us_str name, struct replay_name *out);

/* Whether it may write files. */
static inline bool replay_lays(const struct us_history *h)
{
    return h->write || h->lays;
}

/* ---- replay_segment.c ---- */
us_str replay_rows_path(const struct us_replay_store *s, uint64_t number);
us_code replay_segments_load(struct us_replay_store *s, struct us_error *e);
/* Remove files that count no more. */
us_code replay_files_tidy(struct us_replay_store *s, struct us_error *e);

/* ---- replay.c ---- */
struct replay_progress {
    us_history_progress *show;
    void *ctx;
};
us_code replay_open_tuned(us_str dir, struct us_history *h,
    const struct replay_tuning *tuning, struct replay_progress progress,
    struct us_replay_store **out, struct us_error *e);
us_code replay_lay_tuned(us_str dir, struct us_history *h,
    const struct replay_tuning *tuning, struct us_error *e);
struct replay_scan replay_scan_of(struct us_replay_store *s, const char *what);

/* ---- replay_view.c, replay_account.c ---- */

/* An account in a segment. */
struct replay_source {
    uint32_t segment, entry;
};

/* A segment as one need sees it. */
struct replay_seen {
    const struct replay_segment *segment;
    const uint64_t **cells; /* by column: of the file */
    const uint32_t **runs;  /* by column: where a run's cells begin, + 1 */
    const us_str *texts;
};

struct us_replay_view {
    struct us_arena arena; /* it lies in it */
    struct us_history *history;
    const struct us_need *need;
    struct replay_seen *seen;
    size_t seen_count;
    struct replay_segment absent; /* of accounts whose cells cannot be told */
    uint32_t *names;              /* by id: index in need, or US_NAME_OTHER */
    uint64_t *identified;         /* by person: bits; NULL: history is asked */
    struct logs_facts facts;
    uint32_t *accounts; /* those there are, by key */
    size_t count;
    struct replay_source *sources;
    size_t *source_from, *source_to; /* by place in accounts */
};

/* One of the segments the account is in. */
struct replay_piece {
    const struct replay_seen *seen;
    const struct replay_entry *entry;
    struct replay_arrays a;
    uint32_t *local; /* by its local user: index of people; US_NOBODY: left out */
};

/* Their columns, and where cells cannot be told the rows anew; absent: which accounts
 * that are, NULL when none. only: the one account asked for; US_NOBODY: all. */
us_code replay_view_segments(struct us_replay_store *s, struct us_replay_view *v,
    uint32_t only, const bool **absent, struct us_error *e);
void replay_view_names(struct us_replay_view *v);
struct us_replay_view *replay_view_new(
    struct us_replay_store *s, const struct us_need *need);

void replay_person_fill(
    const struct us_replay_view *v, uint32_t id, struct us_log_person *out);

/* ---- replay_join.c ---- */
void replay_join(const struct us_replay_view *v, struct replay_piece *parts,
    size_t count, struct us_arena *a, struct us_runs *out);
