/* journal.h: the facts, as lines of NDJSON that are on disk when it says so.
 *
 * data/journal/ holds numbered segments. A sealed one is NNNNNNNN.ndjson.zst: zstd
 * frames of about 256 KB of text each, a seek table last (the seekable format of
 * zstd's contrib, so that zstdcat reads it too). Lines come in groups; a group ends
 * with a commit line {"us":{"commit":{segment, group, from, to, lines, seq, sum,
 * chain}}}: its byte range in the text, its last seq, XXH3-128 of those bytes, and the
 * chained sum of this line and all groups before it in the segment. What follows the
 * last good commit line is cut when the journal is opened for writing, and not read
 * otherwise.
 *
 * An import writes sealed segments at once. A server writes plain ones while its groups
 * are small, each a file NNNNNNNN.ndjson of one size that holds nothing but line ends
 * at first, so that making a group durable moves no metadata; a thread of its own packs
 * a full one into its sealed form, gives it that name whole and synced, and only then
 * uses the file again. Where both are there, the sealed one holds. Positions are the
 * same in both.
 *
 * A group is placed (it gets its position and commit line), then written (to the file,
 * and fdatasynced); the two may run in different threads, so that the loader can
 * work on a placed group while it is being written.
 *
 * Fails:   US_IO with the path and the kernel's words; disk full is "journal.full".
 *          After a failed write the segment is closed for good at its last good commit.
 *          Commit lines after what would be cut are damage, not a torn end: US_INPUT.
 * Threads: place and write may run in one thread each; everything else in one at a
 *          time. Readers work beside a writer, in any process, and may see a group
 *          moments before it is durable.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/str.h"

#include <stdint.h>

enum {
    US_FRAME_BYTES = 256 << 10,    /* text in one zstd frame, about */
    US_GROUP_BYTES_MAX = 64 << 20, /* text of one group */
    US_SEGMENT_BYTES = 1 << 30,    /* text after which a segment is sealed */
    US_LINE_BYTES_MAX = 16 << 20,

    /* A plain segment's file: of it three are kept at most (the one in work, the next
     * one, a used one). Long enough that beginning one, two metadata writes for 150,000
     * lines, is not seen; so short that reading through it, as a start after a crash
     * does, and packing it, as a stop does, take a fraction of a second. */
    US_PLAIN_BYTES = 64 << 20,
    /* A longer group is an import's: it goes into a sealed segment at once. */
    US_PLAIN_GROUP_BYTES = 8 << 20,
    /* And so do groups that are longer in the mean, as they are when much comes: a
     * plain segment saves each the time of a metadata write, and gives the disk 17
     * times the bytes. journal_bench: even at 200 to 400 KB. */
    US_PLAIN_MEAN_BYTES = 128 << 10,
    /* Full plain segments that wait to be sealed: beyond it the writer waits too. */
    US_PLAIN_WAITING_MAX = 16,
};

/* Where a line begins: segment number and offset in the segment's text. */
typedef struct us_pos {
    uint32_t segment;
    uint64_t offset;
} us_pos;

static inline bool us_pos_before(us_pos a, us_pos b)
{
    return a.segment < b.segment || (a.segment == b.segment && a.offset < b.offset);
}

static inline bool us_pos_same(us_pos a, us_pos b)
{
    return a.segment == b.segment && a.offset == b.offset;
}

/* Lines that become durable together. The bytes are the caller's, and must stay until
 * the group is written; there is room for US_COMMIT_BYTES_MAX more after them. No line
 * is empty where a server writes. */
enum { US_COMMIT_BYTES_MAX = 512 };
struct us_group {
    char *bytes;
    size_t len;       /* whole lines; place adds the commit line to it */
    uint64_t lines;   /* without the commit line */
    int64_t last_seq; /* the highest given so far; 0 when there are no seqs */
    us_pos at;        /* set by place */
    bool seals;       /* set by place: the segment ends with this group */
    bool plain;       /* set by place: the segment is a plain one */
};

struct us_journal; /* opaque */

typedef enum us_journal_how {
    US_JOURNAL_READ,
    US_JOURNAL_WRITE, /* sealed segments: long groups, as an import has them */
    US_JOURNAL_LIVE,  /* plain ones, sealed behind, while groups are small */
} us_journal_how;

/* dir is made when missing. Writing takes a lock (US_BUSY when another holds it) and
 * recovers; reading takes none and sees whole groups only. */
us_code us_journal_open(
    us_str dir, us_journal_how how, struct us_journal **out, struct us_error *e);
/* Seals what is not, so that a journal at rest has sealed segments alone. NULL is fine.
 * Errors of sealing are lost to the caller but not to the data: opening again finishes
 * it. */
void us_journal_close(struct us_journal *j);

void us_journal_place(struct us_journal *j, struct us_group *g);
us_code us_journal_write(
    struct us_journal *j, const struct us_group *g, struct us_error *e);
/* Ends the segment in work; a plain one is sealed behind. */
us_code us_journal_seal(struct us_journal *j, struct us_error *e);

/* The last_seq of the last durable group; 0 in an empty journal. */
int64_t us_journal_last_seq(const struct us_journal *j);

/* The first position after all whole groups: {segment + 1, 0} after one that ended. */
us_pos us_journal_end(const struct us_journal *j);

/* Read groups from a position on (the start of a group, or {0,0} for the beginning).
 * The text is checked against its sums, has US_JSON_PAD readable bytes after it,
 * excludes the commit line, and stays until the next call. At the end (US_NOT_FOUND)
 * one may ask again later: groups written since are seen. Damage is US_INPUT
 * "journal.damaged" with path and byte; nothing after it is read. */
struct us_journal_reader;
us_code us_journal_reader_open(
    us_str dir, us_pos from, struct us_journal_reader **out, struct us_error *e);
us_code us_journal_reader_next(struct us_journal_reader *r, us_str *text, us_pos *at,
    us_pos *next, struct us_error *e);
void us_journal_reader_close(struct us_journal_reader *r);

/* One line, by position: the seek table finds its frame; in a plain segment its group
 * is summed up. In the arena, without '\n', with US_JSON_PAD readable bytes after it.
 */
us_code us_journal_line(
    us_str dir, us_pos at, struct us_arena *a, us_str *line, struct us_error *e);

/* ---- lines taken out (rewrite.c) ---- */

/* The lowest and the highest segment; both 0 when there is none. */
us_code us_journal_range(
    us_str dir, uint32_t *first, uint32_t *last, struct us_error *e);
/* Whether every segment before `below` has its sealed form and no other. */
us_code us_journal_is_sealed(
    us_str dir, uint32_t below, bool *sealed, struct us_error *e);

/* Bytes of text in a segment that is plain, as of now: what a writer adds lies behind.
 * It may end within a group. US_NOT_FOUND: it is sealed, or gone. */
us_code us_journal_plain_text(
    us_str dir, uint32_t number, uint64_t *bytes, struct us_error *e);

/* What becomes of a group's text: bytes may be changed in place, no line end moved. A
 * line that goes becomes line ends, so that every position stays what it was. The text
 * has US_JSON_PAD readable bytes after it. */
typedef us_code us_journal_edit(
    void *ctx, us_pos at, char *text, size_t len, bool *changed, struct us_error *e);

/* Write a sealed segment anew as edit leaves it, with sums and chain of its own. Killed
 * at any instant, the old one holds or the new one, whole and synced. Where edit
 * changed nothing, nothing is written. The sidecar stays: it has fingerprints of ids,
 * no text, and knows a line that went if it comes once more. For who holds the
 * journal's lock, or is in the process that does; readers may be at work. */
us_code us_journal_rewrite(us_str dir, uint32_t number, us_journal_edit *edit,
    void *ctx, bool *changed, struct us_error *e);

/* Remove the first segment and its sidecar; not the last one there is. */
us_code us_journal_drop_first(us_str dir, uint32_t number, struct us_error *e);

/* Away with the file that waits to be used again, as it holds text of a segment sealed
 * since. */
us_code us_journal_drop_used(us_str dir, struct us_error *e);

/* Bytes on disk (segments alone, without sidecars) and of text; for status. */
struct us_journal_sizes {
    uint64_t disk, text;
    uint32_t segments;
};
us_code us_journal_sizes(us_str dir, struct us_journal_sizes *out, struct us_error *e);

/* Fingerprints of every line that has an id, in order, beside its segment as
 * NNNNNNNN.ids (derived: 16 bytes a line, then when its lines were known, and sums).
 * The caller of write makes them and appends once for each group, after its write; what
 * is missing or damaged is made anew from the lines. A sidecar that cannot be written
 * is no error of load. */
struct us_ids_group {
    const us_print *prints;
    size_t count;
    int64_t known_first, known_last; /* of all its lines, with an id or without */
};
us_code us_ids_append(
    struct us_journal *j, const struct us_ids_group *g, struct us_error *e);

struct us_ids_wanted {
    /* Whether the line has an id; when it was known in any case. */
    bool (*print)(void *ctx, us_str line, us_print *out, int64_t *known);
    void *ctx;
    /* Ids of lines known before it may be left out, and are with their segment where
     * that has no later one. US_ALWAYS: none is; US_NEVER: all are. */
    int64_t since;
    /* A segment's ids that would make them more in the map are left out, the newest
     * segments coming first. 0: all are loaded. */
    size_t most;
    /* Not 0: sidecars of this segment and later ones are somebody else's, who writes
     * the journal, and are not made anew. */
    uint32_t below;
};
/* *known_last: the latest of any line; US_ALWAYS when there
 * is none. NULL is fine. */
us_code us_ids_load(us_str dir, const struct us_ids_wanted *w,
    struct us_print_map *into, int64_t *known_last, struct us_error *e);
