/* backup_inner.h: what the sources of backups share. */
#pragma once

#include "file/file.h"
#include "import/backup.h"

#define BACKUP_MANIFEST "manifest.json"
#define BACKUP_JOURNAL  "data/journal"
#define BACKUP_HISTORY  "data/history.duckdb"
#define BACKUP_STATE    "data/state.sqlite"

/* ---- backup_files.c: bytes from one file into another ---- */

struct backup_work {
    struct us_arena *arena;
    char *buffer;
    us_history_progress *progress;
    void *ctx;
    const char *what; /* key of the progress */
    int64_t done, total;
};

void backup_work_init(struct backup_work *w, us_history_progress *progress, void *ctx,
    const char *what, struct us_arena *a);

/* The file's size and sum into f. Links are not followed. */
us_code backup_sum(
    struct backup_work *w, us_str path, struct us_backup_file *f, struct us_error *e);

/* The same in a workspace, whose usher.yml may be a link: the package's is. */
us_code backup_sum_there(
    struct backup_work *w, us_str path, struct us_backup_file *f, struct us_error *e);

/* A new file `to` of the first bytes of `from`, so many at most, on the disk when it
 * returns, with the folders above it; what was copied into f. */
us_code backup_copy(struct backup_work *w, us_str from, us_str to, int64_t most,
    struct us_backup_file *f, struct us_error *e);

/* The size of a file, 0 when it is not there. */
int64_t backup_size(us_str path);

/* A folder nobody but us works in, empty but for its lock: a new one, or one that a
 * killed run left. The lock's file is "lock" in it. */
us_code backup_part_open(
    us_str part, int *lock, struct us_arena *a, struct us_error *e);

/* Away with it after a failure. */
void backup_part_drop(us_str part, int lock);

us_code backup_rename(us_str from, us_str to, struct us_arena *a, struct us_error *e);

bool backup_is_segment(us_str name); /* of either form */
bool backup_is_sidecar(us_str name);

/* ---- backup_manifest.c ---- */

us_code backup_manifest_write(
    us_str folder, const struct us_backup *b, struct us_arena *a, struct us_error *e);
