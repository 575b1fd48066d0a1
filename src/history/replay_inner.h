/* replay_inner.h: what the files of the replay store share. Inside this folder only.
 *
 * docs/replay.md has the layout of its files. Numbers are as this machine writes them;
 * a file of another kind of machine has another magic number, and is built again.
 */
#pragma once

#include "history/core.h"
#include "history/logs.h"
#include "history/replay.h"

/* ---- replay_file.c: files of checked parts ---- */

enum {
    REPLAY_FORMAT = 2,
    REPLAY_HEAD_BYTES = 4096, /* then the body; its parts and sums stand in the head */
    REPLAY_CHUNK_BYTES = 1 << 20, /* of body under one checksum */
    REPLAY_PARTS = 5,
};

enum replay_kind { REPLAY_ROWS = 1, REPLAY_CELLS = 2 };

/* Of rows. */
enum { PART_DATA, PART_ENTRIES, PART_LINKS };
/* Of cells. */
enum { PART_CELLS, PART_RUNS, PART_TEXT_ENDS, PART_TEXTS, PART_ABSENT };

struct replay_part {
    uint64_t from, bytes; /* in the body */
};

/* Events with from < seq <= to. */
struct replay_range {
    int64_t from, to;
};

struct replay_head {
    uint64_t magic;
    uint32_t format, kind;
    uint64_t number; /* as its name says */
    int64_t birth;   /* of the history it was made from */
    uint32_t schema, unit;
    struct replay_range range;
    int64_t settled;   /* links up to that seq are in it */
    uint32_t segment;  /* the journal up to here is in it */
    uint32_t accounts; /* of cells: in PART_ABSENT */
    uint64_t offset;
    uint64_t spans; /* sum over its rows of event_spans */
    uint64_t events, rows, runs;
    int64_t last_known;
    uint64_t of;         /* cells: the sum of the head of its rows */
    uint64_t what;       /* cells: which property, of which kind */
    uint64_t text_base;  /* cells: number of its first text */
    uint64_t body, sums; /* bytes; the sum of its sums */
    struct replay_part parts[REPLAY_PARTS];
    uint64_t own; /* sum of all before */
};

/* Read only: mapped, or made in memory. */
struct replay_file {
    struct replay_head head;
    const char *body;
    size_t mapped; /* bytes; 0: in memory */
    struct us_arena memory;
};

struct replay_sink {
    struct replay_head head;
    struct us_arena arena;  /* paths, the chunk, sums */
    struct us_arena memory; /* the body, when it stays in memory */
    us_str path, made;      /* where it will be, and is now; empty: in memory */
    int fd;
    char *chunk; /* not yet written */
    size_t len;
    uint64_t *sums; /* of the chunks written */
    size_t sum_count, sum_cap;
};

/* In memory when path is empty. path is kept by the caller. */
us_code replay_sink_open(us_str path, struct replay_sink *s, struct us_error *e);
us_code replay_sink_put(
    struct replay_sink *s, const void *bytes, size_t count, struct us_error *e);
us_code replay_sink_pad(struct replay_sink *s, struct us_error *e); /* to 8 bytes */
void replay_part_begin(struct replay_sink *s, size_t part);
us_code replay_part_end(struct replay_sink *s, size_t part, struct us_error *e);
/* On the disk under its name, and open. The sink is done with either way. */
us_code replay_sink_finish(
    struct replay_sink *s, struct replay_file *out, struct us_error *e);
void replay_sink_drop(struct replay_sink *s);

/* All of it is checked. False: there is none, or it is damaged or of another format. */
bool replay_file_open(
    us_str path, enum replay_kind kind, uint64_t number, struct replay_file *out);
void replay_file_close(struct replay_file *f);
static inline const void *replay_part_of(const struct replay_file *f, size_t part)
{
    return f->body + f->head.parts[part].from;
}
/* Only the head; for status. */
bool replay_head_read(us_str path, struct replay_head *out);

/* ---- the rows of a segment ---- */

/* One account, in order of keys. At `data` stand its arrays, in the order of struct
 * replay_arrays. */
struct replay_entry {
    uint64_t data;      /* in PART_DATA */
    uint64_t first_run; /* of all runs of the segment */
    int64_t first_at, last_at;
    uint32_t account, flags;
    uint32_t rows, runs, days, user_days, people, late, swaps, unused;
};
enum {
    REPLAY_HAS_KNOWN = 1, /* else all are known as they happen */
    REPLAY_HAS_TO = 2,    /* else all stay */
    REPLAY_HAS_PLACE = 4, /* else each run came in order of its rows */
};

struct replay_run {
    uint32_t name; /* id of names */
    uint32_t from, day_from;
};

struct replay_arrays {
    const struct replay_run *runs; /* by name; one more closes the last */
    const struct us_run_day *days;
    const struct us_user_day *user_days;
    const uint32_t *people; /* global ids, in order */
    const uint32_t *late;
    const uint32_t *user;
    const uint32_t *seq;   /* of its event, from the range's `from` on */
    const uint32_t *place; /* of run.from + i: the row of the run's i-th to come */
    const struct us_swap *swaps;
    const int64_t *at, *known, *to;
};
void replay_arrays_of(
    const char *data, const struct replay_entry *e, struct replay_arrays *out);

/* What the links said of an account's events when they were put in. */
struct replay_link {
    uint32_t account, unused;
    uint64_t sum;
};

struct replay_column {
    struct replay_file file;
    uint64_t what;
};

enum { REPLAY_COLUMNS_MAX = US_HISTORY_COLUMNS_MAX };

struct replay_segment {
    struct replay_file file;
    const struct replay_entry *entries;
    size_t count;
    const char *data;
    struct us_arena arena; /* the list of columns */
    struct replay_column *columns;
    size_t column_count, column_cap;
};
void replay_segment_of(struct replay_file *file, struct replay_segment *out);
void replay_segment_close(struct replay_segment *s);

/* ---- replay_order.c ---- */

struct replay_order {
    struct us_arena arena;
    uint32_t *account; /* by rank */
    uint32_t *rank;    /* by account */
    size_t count;
};
/* Accounts by key. Made anew when there are more than before. */
void replay_order_make(const struct us_history *h, struct replay_order *o);
void replay_order_done(struct replay_order *o);

/* ---- replay_links.c ---- */

struct replay_span {
    int64_t seq, from, to;
    uint32_t person, account;
};

struct replay_spans {
    struct us_arena arena;
    struct replay_span *items; /* by seq, then from */
    size_t count;
    uint64_t sum;
};
us_code replay_spans_read(struct us_history *h, struct replay_range range,
    struct replay_spans *out, struct us_error *e);
void replay_spans_done(struct replay_spans *s);
/* What one row adds to the sum of its account, and of the one its event stands under.
 */
uint64_t replay_span_sum(const struct replay_span *s);
uint64_t replay_span_sum_stored(const struct replay_span *s);
/* The spans of an event; from *at on, where the last look-up ended. */
size_t replay_spans_find(const struct replay_spans *s, int64_t seq, size_t *at);
/* Of spans[0 … count) of one event, how many are one row: they follow on one another in
 * one account. */
size_t replay_spans_row(const struct replay_span *spans, size_t count);

/* Marks accounts of which the segment does not say what the links say now. */
us_code replay_links_audit(struct us_history *h, const struct replay_segment *s,
    bool *dirty, struct us_error *e);

/* ---- replay_scan.c ---- */

/* A row on its way: a and b are at and known, or cells of two columns. */
struct replay_rec {
    int64_t a, b;
    uint32_t rank, name, person;
    uint32_t extra; /* number in extras; 0: it stays, and was always of person */
};

/* When a row is not seen any more, and of whom it was before a link. */
struct replay_extra {
    int64_t to;
    uint32_t swap_from, swap_count; /* of swaps */
};
struct replay_swap {
    int64_t until;
    uint32_t person;
};

/* The rows of one account in order of seq: recs[order[0 … count)]. */
struct replay_taken {
    uint32_t account;
    const struct replay_rec *recs;
    const uint32_t *seqs; /* of recs, from the range's `from` on; NULL: of cells */
    const uint32_t *order;
    size_t count;
    const struct replay_extra *extras;
    const struct replay_swap *swaps;
};
typedef us_code replay_take(
    void *ctx, const struct replay_taken *taken, struct us_error *e);

struct replay_value {
    const struct core_column *column;
    struct us_intern *texts; /* of a text column; their numbers begin at: */
    uint64_t text_base;
};

struct replay_scan {
    struct us_history *h;
    struct replay_range range;
    const struct replay_order *order;
    const bool *only;  /* by account; NULL: all */
    const bool *names; /* by name; NULL: all */
    const struct replay_value *values;
    size_t value_count; /* 0: rows; at most 2 */
    uint64_t *links;    /* by account: sums of spans; NULL: not asked for */
    uint64_t spans;     /* out: their sum */
    uint64_t events;    /* out: how many were looked at */
    size_t took;        /* out: passes over them */
    replay_take *take;
    void *ctx;
    us_history_progress *progress;
    void *progress_ctx;
    const char *what; /* for progress */
    size_t pass_rows; /* as many at once; 0: REPLAY_PASS_ROWS */
    size_t passes;    /* so many at most, with more at once; 0: as many as it takes */
};
enum { REPLAY_PASS_ROWS = 16 << 20 };
us_code replay_scan(struct replay_scan *s, struct us_error *e);

/* ---- replay_build.c, replay_column.c ---- */

/* Rows of a range as a segment; path as for replay_sink_open. In scan: h, range, order,
 * only, progress. */
us_code replay_build(struct replay_scan *scan, us_str path, uint64_t number,
    struct replay_segment *out, struct us_error *e);

uint64_t replay_column_what(us_str path, us_kind kind);
/* The columns of need that the segment lacks. dir empty: in memory. dirty: accounts
 * whose cells cannot be told; NULL: none. */
struct replay_columns {
    struct replay_scan scan; /* h, order, only, progress */
    struct replay_segment *segment;
    const struct us_need *need;
    const bool *dirty;
    us_str dir;
};
us_code replay_columns_build(struct replay_columns *c, struct us_error *e);
const struct replay_column *replay_column_find(
    const struct replay_segment *s, const struct us_column *asked);
