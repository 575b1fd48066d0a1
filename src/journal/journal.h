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
 * A group is placed (it gets its position and commit line), then written (compressed,
 * appended, fdatasync); the two may run in different threads, so that the loader can
 * work on a placed group while it is being written.
 *
 * Fails:   US_IO with the path and the kernel's words; disk full is "journal.full".
 *          After a failed write the segment is closed for good at its last good commit.
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
};

/* Where a line begins: segment number and offset in the segment's text. */
typedef struct us_pos {
    uint32_t segment;
    uint64_t offset;
} us_pos;

/* Lines that become durable together. The bytes are the caller's, and must stay until
 * the group is written; there is room for US_COMMIT_BYTES_MAX more after them. */
enum { US_COMMIT_BYTES_MAX = 512 };
struct us_group {
    char *bytes;
    size_t len;       /* whole lines; place adds the commit line to it */
    uint64_t lines;   /* without the commit line */
    int64_t last_seq; /* the highest given so far; 0 when there are no seqs */
    us_pos at;        /* set by place */
    bool seals;       /* set by place: the segment ends with this group */
};

struct us_journal; /* opaque */

/* dir is made when missing. Writing takes a lock (US_BUSY when another holds it) and
 * recovers; reading takes none and sees whole groups only. */
us_code us_journal_open(
    us_str dir, bool write, struct us_journal **out, struct us_error *e);
/* Seals the segment in work. NULL is fine. Errors of sealing are lost to the caller but
 * not to the data: opening again finishes it. */
void us_journal_close(struct us_journal *j);

void us_journal_place(struct us_journal *j, struct us_group *g);
us_code us_journal_write(
    struct us_journal *j, const struct us_group *g, struct us_error *e);
us_code us_journal_seal(struct us_journal *j, struct us_error *e);

/* The last_seq of the last durable group; 0 in an empty journal. */
int64_t us_journal_last_seq(const struct us_journal *j);

/* The first position after all whole groups: {segment + 1, 0} after a sealed one. */
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

/* One line, by position: the seek table finds its frame. In the arena, without '\n',
 * with US_JSON_PAD readable bytes after it. */
us_code us_journal_line(
    us_str dir, us_pos at, struct us_arena *a, us_str *line, struct us_error *e);

/* Bytes on disk (segments alone, without sidecars) and of text; for status. */
struct us_journal_sizes {
    uint64_t disk, text;
    uint32_t segments;
};
us_code us_journal_sizes(us_str dir, struct us_journal_sizes *out, struct us_error *e);

/* Fingerprints of every line that has an id, in order, beside its segment as
 * NNNNNNNN.ids (derived: 16 bytes a line, a checksum last). The caller of write makes
 * them and appends once for each group, after its write; what is missing or damaged is
 * made anew with `print` (which says false for a line without an id). A sidecar that
 * cannot be written is no error of load. */
us_code us_ids_append(
    struct us_journal *j, const us_print *prints, size_t count, struct us_error *e);
us_code us_ids_load(us_str dir, bool (*print)(void *ctx, us_str line, us_print *out),
    void *ctx, struct us_print_map *into, struct us_error *e);
