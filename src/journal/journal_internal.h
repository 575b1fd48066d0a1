/* journal_internal.h: what the files of this folder share, and what its tests turn.
 *
 * A segment on disk:
 *
 *     zstd frame … zstd frame         text; a frame ends at a line end, and the frame
 *                                     that ends a group ends with its commit line
 *     skippable frame 0x184D2A50      16 bytes: XXH3-128 of the seek table's frame
 *     skippable frame 0x184D2A5E      the seek table, one entry for each frame above
 *
 * A segment whose end is not a seek table with the right sum is in work, or was when
 * the machine went down: its whole groups are all there is of it. The table's sum is
 * ours; the seekable format knows such a frame as an entry of no text.
 */
#pragma once

#include "journal/journal.h"

#include <zstd.h>

enum {
    US_FRAME_TEXT_MAX = US_GROUP_BYTES_MAX + US_COMMIT_BYTES_MAX,
    US_JOURNAL_PAD = 64, /* equals US_JSON_PAD; a test holds them together */
    US_SEGMENT_GROUPS_MAX = 1 << 20,
    US_SEGMENT_FRAMES_MAX = 1 << 21,
    US_SEGMENT_NUMBER_MAX = 99999999,
};

struct us_journal_tuning {
    size_t frame_bytes;
    uint64_t segment_bytes;
    uint64_t segment_groups;
    int level;           /* of zstd */
    int hash_log;        /* its table of positions; 0 is the level's own */
    int (*sync)(int fd); /* fdatasync; a test's own may fail */
};

extern const struct us_journal_tuning us_journal_usual;

us_code us_journal_open_tuned(us_str dir, bool write, const struct us_journal_tuning *t,
    struct us_journal **out, struct us_error *e);

/* Ceilings of the arenas: the largest group, compressed and not, in buffers that
 * double; and the largest index, the same with its seal. */
static const size_t US_JOURNAL_ROOM = (size_t)512 << 20;
static const size_t US_INDEX_ROOM = (size_t)64 << 20;

/* ---- files.c: the folder, names, whole reads and writes ---- */

struct us_dir {
    int fd;
    us_str path; /* the caller's */
};

enum { US_NAME_MAX = 32 };
#define US_NAME_TEXT "%08u.ndjson.zst"
#define US_NAME_IDS  "%08u.ids"

us_code us_dir_open(us_str path, bool make, struct us_dir *out, struct us_error *e);
void us_dir_close(struct us_dir *d);
us_code us_dir_sync(const struct us_dir *d, struct us_error *e);
/* The lowest and the highest segment; both 0 when there is none. */
us_code us_dir_range(
    const struct us_dir *d, uint32_t *first, uint32_t *last, struct us_error *e);
/* flags as open(2) has them. A missing one is US_NOT_FOUND "journal.gap". */
us_code us_segment_open(
    const struct us_dir *d, uint32_t number, int flags, int *fd, struct us_error *e);

/* errno's words with the path of a segment; disk full has its own key. */
us_code us_segment_errno(const struct us_dir *d, uint32_t number, struct us_error *e);
us_code us_segment_fail(const struct us_dir *d, uint32_t number, us_code code,
    const char *key, uint64_t byte, struct us_error *e);

/* False with errno set. Reading past the end is fine: *got says how far it went. */
bool us_read_at(int fd, uint64_t at, char *to, size_t len, size_t *got);
bool us_write_at(int fd, uint64_t at, const char *from, size_t len);

/* ---- commit.c: the line that ends a group ---- */

struct us_commit {
    uint32_t segment;
    uint64_t group; /* 1, 2, 3 … in the segment */
    uint64_t from;  /* of the group in the segment's text */
    uint64_t to;    /* where its lines end and this one begins */
    uint64_t lines;
    int64_t seq;    /* the group's last */
    us_print sum;   /* of the bytes from..to */
    us_print chain; /* of the chain before and all of the above */
};

us_print us_commit_chain(const struct us_commit *c, us_print before);
/* With its line end. */
size_t us_commit_write(const struct us_commit *c, char out[US_COMMIT_BYTES_MAX]);
/* The last line of text, when it has the form of a commit line: c->to is then the place
 * the line itself claims, *start where it stands. Nothing else of it is checked. */
bool us_commit_read(us_str text, struct us_commit *c, size_t *start);

/* ---- index.c: where the frames of a segment are ---- */

struct us_entry {
    uint32_t disk, text; /* sizes of one frame */
};

struct us_index {
    struct us_entry *entries; /* without that of the sum */
    size_t count;
    size_t cap;
    uint64_t disk, text; /* sums of the entries */
    bool sealed;
};

void us_index_put(struct us_index *x, struct us_arena *a, uint32_t disk, uint32_t text);
void us_index_cut(struct us_index *x, size_t count);
/* The two frames that seal a segment. */
us_str us_index_seal(const struct us_index *x, struct us_arena *a);
/* From the seek table, when there is one that holds; else not sealed, and empty. */
us_code us_index_load(const struct us_dir *d, uint32_t number, int fd,
    struct us_arena *a, struct us_index *out, struct us_error *e);

/* ---- scan.c: frames and groups in order ---- */

struct us_scan {
    const struct us_dir *dir;
    int fd; /* the caller's */
    uint32_t segment;
    uint64_t disk, text;     /* where the next group begins */
    uint64_t group;          /* its number */
    us_print chain;          /* that of the group before it */
    uint64_t stop;           /* where on disk the last try found no more */
    struct us_commit commit; /* of the last group */

    struct us_arena *arena; /* the caller's; the buffers below grow in it */
    size_t step;            /* bytes read of the file at once */
    ZSTD_DCtx *zstd;
    char *in; /* bytes of the file from in_from on */
    size_t in_cap, in_len;
    uint64_t in_from;
    char *out;
    size_t out_cap, out_len;
};

struct us_frame {
    const char *ptr; /* in the scan's buffer, until its next call */
    uint32_t disk, text;
};

void us_scan_init(struct us_scan *s, const struct us_dir *d, struct us_arena *a);
void us_scan_done(struct us_scan *s);
/* To the start of a segment. */
void us_scan_start(struct us_scan *s, uint32_t segment, int fd);
/* The whole frame of text at a byte of the file; US_NOT_FOUND when there is none. */
us_code us_scan_frame(
    struct us_scan *s, uint64_t disk, struct us_frame *f, struct us_error *e);
/* Its text after what s->out has; false when it is damaged. */
bool us_scan_decode(struct us_scan *s, const struct us_frame *f);
/* The next whole group, checked; its frames go into x (NULL is fine). US_NOT_FOUND when
 * there is none: the scan stays where it was and forgets what it read of the file. */
us_code us_scan_next(
    struct us_scan *s, struct us_index *x, us_str *text, struct us_error *e);
/* All frames from the start, by their headers alone. */
us_code us_scan_index(struct us_scan *s, struct us_index *x, struct us_error *e);
/* To the group that begins at `text`: the commit line before it gives number and chain.
 * US_INPUT "journal.no_group" when none begins there. */
us_code us_scan_seek(
    struct us_scan *s, const struct us_index *x, uint64_t text, struct us_error *e);

/* ---- ids.c: the sidecar of the segment in work ---- */

struct us_ids;
struct us_ids *us_ids_new(struct us_arena *a);
/* The segment is sealed with so many groups and so much text: ends its sidecar, when
 * that has the fingerprints of every group. */
void us_ids_seal(struct us_ids *ids, uint32_t segment, uint64_t groups, uint64_t text);
void us_ids_close(struct us_ids *ids);

/* ---- journal.c, write.c: the handle ---- */

struct us_journal {
    struct us_arena life;   /* itself, its path, its buffers */
    struct us_arena frames; /* the index of the segment in work */
    struct us_journal_tuning tuning;
    struct us_dir dir;
    bool write;
    int lock;

    /* Of place: where the next group goes. */
    us_pos plan;
    uint64_t plan_group;
    us_print plan_chain;

    /* Of write: what is durable. */
    us_pos end;
    int64_t last_seq;
    struct us_error failed; /* the first that did; US_OK before */
    int fd;                 /* the segment in work, or -1 */
    struct us_index index;
    uint64_t groups; /* in the segment in work, or the one sealed last */
    uint64_t disk;   /* bytes given to the file, synced or not */
    ZSTD_CCtx *zstd;
    char *out;
    size_t out_cap, out_len;
    struct us_ids *ids;
};

/* Appends the seal to what is an unsealed segment of j->index, and syncs. */
us_code us_segment_seal(struct us_journal *j, uint32_t number, struct us_error *e);
