/* journal_internal.h: what the files of this folder share, and what its tests turn.
 *
 * A segment on disk:
 *
 *     zstd frame … zstd frame         text; a frame ends at a line end, and holds whole
 *                                     groups, or a part of one
 *     skippable frame 0x184D2A50      16 bytes: XXH3-128 of the seek table's frame
 *     skippable frame 0x184D2A5E      the seek table, one entry for each frame above
 *
 * A segment whose end is not a seek table with the right sum is in work, or was when
 * the machine went down: its whole groups are all there is of it. The table's sum is
 * ours; the seekable format knows such a frame as an entry of no text.
 *
 * A plain segment is the text itself, then line ends up to the file's size. It is final
 * once there is a later segment. Its way to the sealed form, each step after a sync of
 * what was before it, so that wherever it ends there is one truth:
 *
 *     NNNNNNNN.part                 is written
 *     → NNNNNNNN.ndjson.zst         from here on it holds; NNNNNNNN.ndjson does no more
 *     NNNNNNNN.ndjson → spare.part  to be used again, or is removed
 *     spare.part                    is overwritten with line ends
 *     → spare → MMMMMMMM.ndjson     the next segment
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
    int level;            /* of zstd */
    int hash_log;         /* its table of positions; 0 is the level's own */
    uint64_t plain_bytes; /* of a plain segment's file */
    uint64_t plain_group; /* text of the longest group there; ends it this much early */
    double plain_mean;    /* of groups; where it is more a segment is not plain */
    uint32_t plain_waiting;
    int (*sync)(int fd);            /* fdatasync; a test's own may fail */
    void (*step)(const char *done); /* NULL; a test's own may be killed in it */
};

extern const struct us_journal_tuning us_journal_usual;

us_code us_journal_open_tuned(us_str dir, us_journal_how how,
    const struct us_journal_tuning *t, struct us_journal **out, struct us_error *e);

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
#define US_NAME_TEXT  "%08u.ndjson.zst"
#define US_NAME_PLAIN "%08u.ndjson"
#define US_NAME_PART  "%08u.part"
#define US_NAME_IDS   "%08u.ids"
#define US_NAME_SPARE "spare"
#define US_NAME_USED  "spare.part"

us_code us_dir_open(us_str path, bool make, struct us_dir *out, struct us_error *e);
void us_dir_close(struct us_dir *d);
us_code us_dir_sync(const struct us_dir *d, struct us_error *e);
/* The lowest and the highest segment; both 0 when there is none. */
us_code us_dir_range(
    const struct us_dir *d, uint32_t *first, uint32_t *last, struct us_error *e);
/* Of the plain segments from..below-1 the lowest (0: none) and how many there are. */
us_code us_dir_plain(const struct us_dir *d, uint32_t from, uint32_t below,
    uint32_t *lowest, uint32_t *count, struct us_error *e);
/* What a crash left: unfinished files, and plain segments that are sealed. */
us_code us_dir_tidy(const struct us_dir *d, struct us_error *e);

struct us_segment {
    int fd;
    bool plain;
};
/* flags as open(2) has them. A missing one is US_NOT_FOUND "journal.gap". The sealed
 * form comes first: where it is, a plain one may be in use as another already. */
us_code us_segment_open(const struct us_dir *d, uint32_t number, int flags,
    struct us_segment *out, struct us_error *e);
/* The sealed form; *fd is -1 when there is none. */
us_code us_segment_sealed(
    const struct us_dir *d, uint32_t number, int *fd, struct us_error *e);
/* A new one. */
us_code us_segment_make(
    const struct us_dir *d, uint32_t number, bool plain, int *fd, struct us_error *e);
us_code us_segment_remove(
    const struct us_dir *d, uint32_t number, bool plain, struct us_error *e);

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

/* ---- scan.c, frame.c: groups in order ---- */

struct us_scan {
    const struct us_dir *dir;
    int fd; /* the caller's */
    uint32_t segment;
    bool plain;
    uint64_t disk;           /* of frames: where the next one stands */
    uint64_t text;           /* where the next group begins */
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
    char *out; /* text; from out_at on that of the next group, so far as it was read */
    size_t out_cap, out_at, out_len;
};

struct us_frame {
    const char *ptr; /* in the scan's buffer, until its next call */
    uint32_t disk, text;
};

void us_scan_init(struct us_scan *s, const struct us_dir *d, struct us_arena *a);
void us_scan_done(struct us_scan *s);
/* To the start of a segment. */
void us_scan_start(struct us_scan *s, uint32_t segment, int fd, bool plain);
/* Room for so much more text; what is before the next group goes. */
void us_scan_widen(struct us_scan *s, size_t more);
/* The whole frame of text at a byte of the file; US_NOT_FOUND when there is none. */
us_code us_scan_frame(
    struct us_scan *s, uint64_t disk, struct us_frame *f, struct us_error *e);
/* Its text after what s->out has; false when it is damaged. */
bool us_scan_decode(struct us_scan *s, const struct us_frame *f);
/* The next whole group, checked; its frames go into x (NULL is fine). US_NOT_FOUND when
 * there is none: the scan stays where it was and forgets what it read of the file. The
 * group with its commit line is what stands before out_at from text->ptr on. */
us_code us_scan_next(
    struct us_scan *s, struct us_index *x, us_str *text, struct us_error *e);
us_str us_scan_group(const struct us_scan *s, us_str text);
/* All frames from the start, by their headers alone. */
us_code us_scan_index(struct us_scan *s, struct us_index *x, struct us_error *e);
/* To the group that begins at `text`: the commit line before it gives number and chain.
 * x is of frames alone. US_INPUT "journal.no_group" when none begins there. */
us_code us_scan_seek(
    struct us_scan *s, const struct us_index *x, uint64_t text, struct us_error *e);

/* ---- plain.c: what a plain segment holds ---- */

/* Whether nothing but line ends follows. */
us_code us_plain_is_clear(const struct us_dir *d, uint32_t number, int fd,
    uint64_t from, bool *clear, struct us_error *e);
/* Whether a commit line of this segment, of a later group than `group`, follows: then
 * what is at `from` was durable once. */
us_code us_plain_goes_on(const struct us_scan *s, bool *more, struct us_error *e);
/* Where its text ends, by looking at few bytes. */
us_code us_plain_end(
    const struct us_dir *d, uint32_t number, int fd, uint64_t *end, struct us_error *e);
/* Line ends over all of it, and its size; synced step by step, so that others' syncs
 * need not wait long. */
bool us_plain_clear(int fd, uint64_t bytes);

/* ---- pack.c: text into the frames of a sealed segment ---- */

struct us_pack {
    const struct us_dir *dir;
    const struct us_journal_tuning *tuning;
    struct us_arena buffer;
    struct us_arena frames; /* the index */
    int fd;                 /* -1: none in work */
    uint32_t number;
    struct us_index index;
    uint64_t disk; /* bytes given to the file, synced or not */
    ZSTD_CCtx *zstd;
    char *out;
    size_t out_cap, out_len;
};
void us_pack_init(
    struct us_pack *p, const struct us_dir *d, const struct us_journal_tuning *t);
void us_pack_done(struct us_pack *p);
/* The file is closed by end. */
void us_pack_begin(struct us_pack *p, uint32_t number, int fd);
void us_pack_end(struct us_pack *p);
/* As one frame; or as frames of the usual size. */
us_code us_pack_frame(struct us_pack *p, us_str text, struct us_error *e);
us_code us_pack_text(struct us_pack *p, us_str text, struct us_error *e);
us_code us_pack_flush(struct us_pack *p, struct us_error *e);
/* Appends the seal, and syncs. */
us_code us_pack_seal(struct us_pack *p, struct us_error *e);

/* Whole groups go into one frame until it is long enough: those of few lines, each
 * packed by itself, would take several times the room. */
struct us_gather {
    struct us_pack *pack;
    char *bytes;
    size_t len;
};
void us_gather_init(struct us_gather *g, struct us_pack *p, struct us_arena *a);
us_code us_gather_put(struct us_gather *g, us_str group, struct us_error *e);
us_code us_gather_end(struct us_gather *g, struct us_error *e);

/* ---- seal.c: a final plain segment becomes a sealed one ---- */

/* When it is OK the sealed form holds, and the plain one is still there. Damage is
 * never sealed: it stays for all to see. p and s are at rest. */
us_code us_plain_seal(
    struct us_pack *p, struct us_scan *s, uint32_t number, struct us_error *e);

/* ---- rewrite.c ---- */

us_code us_journal_rewrite_tuned(us_str dir, uint32_t number,
    const struct us_journal_tuning *t, us_journal_edit *edit, void *ctx, bool *changed,
    struct us_error *e);

/* ---- plains.c: the thread behind plain segments ---- */

struct us_plains;
/* Seals all plain segments before `begin`, which is the next to be begun. */
struct us_plains *us_plains_new(const struct us_dir *d,
    const struct us_journal_tuning *t, uint32_t begin, struct us_arena *a);
/* After it nothing plain is left but what could not be sealed. */
void us_plains_close(struct us_plains *l);
/* The file of a new segment; in the folder, which is not synced. */
us_code us_plains_begin(
    struct us_plains *l, uint32_t number, int *fd, struct us_error *e);
/* Nothing is written to it any more. */
void us_plains_finish(struct us_plains *l, uint32_t number);

/* ---- ids.c: the sidecar of the segment in work ---- */

struct us_ids;
struct us_ids *us_ids_new(struct us_arena *a);
/* The segment is sealed with so many groups and so much text: ends its sidecar, when
 * that has the fingerprints of every group. */
void us_ids_seal(struct us_ids *ids, uint32_t segment, uint64_t groups, uint64_t text);
void us_ids_close(struct us_ids *ids);

/* ---- journal.c, write.c: the handle ---- */

struct us_journal {
    struct us_arena life; /* itself, its path */
    struct us_journal_tuning tuning;
    struct us_dir dir;
    us_journal_how how;
    int lock;

    /* Of place: where the next group goes. */
    us_pos plan;
    uint64_t plan_group;
    us_print plan_chain;
    bool plan_plain;
    double plan_mean; /* bytes of the latest groups */

    /* Of write: what is durable. */
    us_pos end;
    int64_t last_seq;
    struct us_error failed;   /* the first that did; US_OK before */
    uint64_t groups;          /* in the segment in work, or the one that ended last */
    struct us_pack pack;      /* its fd is that of a sealed one in work */
    int fd;                   /* of a plain one in work; -1 */
    struct us_plains *plains; /* of US_JOURNAL_LIVE */
    struct us_ids *ids;
};

bool us_journal_in_work(const struct us_journal *j); /* a segment is */
