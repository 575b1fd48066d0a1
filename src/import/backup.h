/* backup.h: the facts of a workspace, copied whole, and put back.
 *
 * A backup is a folder: the files of the workspace at their own paths (usher.yml and
 * what it includes, data/state.sqlite, data/journal/) and manifest.json, which names
 * each with its size and its XXH3-128 (as `xxhsum -H2` prints it), ends in its own sum,
 * and says how far the journal goes. History is derived and left out unless it is asked
 * for.
 *
 * An import may run meanwhile: of the segment in work the copy holds the groups that
 * were whole, for the journal itself recovers the copy. Every group of the copy is read
 * back before the backup gets its name, so that damage is found while the original of
 * today can still be repaired from the backup of yesterday.
 *
 * Owns:    nothing; texts live in the arena given.
 * Fails:   US_REFUSED where something stands in the place; US_INPUT, naming the file,
 *          for damage; US_BUSY when another usher holds what is needed. Killed at any
 *          instant, there is no backup, and no journal in the target of a restore: only
 *          a folder ending in .part, which the next try removes.
 * Threads: one at a time.
 */
#pragma once

#include "base/hash.h"
#include "history/history.h"
#include "journal/journal.h"

enum {
    US_BACKUP_FILES_MAX = 1 << 20,
    US_BACKUP_MANIFEST_MAX = 60 << 20, /* bytes */
};

struct us_backup_file {
    us_str path; /* relative to the workspace; '/' between folders, no ".." */
    int64_t bytes;
    us_print sum;
};

/* What the manifest says. */
struct us_backup {
    us_str usher; /* the version that made it */
    int64_t made;
    us_pos end;  /* of the journal */
    int64_t seq; /* its last */
    bool history;
    struct us_backup_file *files;
    size_t file_count, file_cap;
    int64_t bytes;
};

struct us_backup_options {
    us_str dir;          /* the workspace */
    const us_str *paths; /* files besides the journal and history, relative to dir */
    size_t path_count;
    bool history; /* copy it too; nobody may be writing it */
    us_str usher;
    int64_t now;
    us_history_progress *progress; /* in bytes; NULL is fine */
    void *ctx;
};

/* dest is a new folder, or an empty one. */
us_code us_backup_make(const struct us_backup_options *o, us_str dest,
    struct us_arena *a, struct us_backup *out, struct us_error *e);

/* The manifest alone. */
us_code us_backup_read(
    us_str from, struct us_arena *a, struct us_backup *out, struct us_error *e);

/* Every file against its size and sum. */
us_code us_backup_check(us_str from, const struct us_backup *b,
    us_history_progress *progress, void *ctx, struct us_arena *a, struct us_error *e);

/* Copy every file to its place under dir, checked on the way. dir may be there and hold
 * the same usher.yml, but no journal, no history and no other file of a name that is in
 * the backup. */
us_code us_backup_restore(us_str from, const struct us_backup *b, us_str dir,
    us_history_progress *progress, void *ctx, struct us_arena *a, struct us_error *e);
