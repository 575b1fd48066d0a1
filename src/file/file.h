/* file.h: whole files and folders, with errors that name the path.
 *
 * Owns:    nothing; what is read or joined lives in the arena given.
 * Fails:   US_NOT_FOUND when the path is not there, US_LIMIT past a size, US_INPUT for
 *          a path no kernel takes, US_BUSY for a lock that is held, US_IO for the rest.
 * Threads: any.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <stddef.h>

enum { US_FILE_PATH_MAX = 4096, US_FILE_DEPTH_MAX = 64 };

/* errno, right after a failed call, as an error: the code that fits it, and key with
 * {path} and {why}, the latter in the reader's language where it is a common one. */
__attribute__((warn_unused_result)) us_code us_file_fail(
    struct us_error *e, const char *key, us_str path);

/* The whole file; a pipe works too. On failure the arena is as it was. */
us_code us_file_read(
    us_str path, size_t bytes_max, struct us_arena *a, us_str *out, struct us_error *e);

/* All or nothing, and on the disk when it returns: a neighbour is written, synced and
 * renamed over path. Keeps the mode of the file it replaces. */
us_code us_file_write(us_str path, us_str text, struct us_error *e);

/* The folder and those above it; it may be there already. */
us_code us_file_make_dirs(us_str path, struct us_error *e);

/* So that a file made, renamed or removed in the folder stays so after a crash. */
us_code us_file_sync_dir(us_str path, struct us_error *e);

bool us_file_exists(us_str path);
bool us_file_is_dir(us_str path);

/* Names in a folder, without "." and "..", by their bytes. */
us_code us_file_list(
    us_str path, struct us_arena *a, us_str **out, size_t *count, struct us_error *e);

/* Hold path as a lock until us_file_unlock or the end of the process. US_BUSY, with the
 * holder's process id, when another holds it. The file is left lying: removing it
 * would let two hold it. */
us_code us_file_lock(us_str path, int *out, struct us_error *e);
void us_file_unlock(int lock);

/* The folder or file and all below it; symbolic links are removed, not followed. It may
 * be missing. The empty path and the root are refused. */
us_code us_file_remove_tree(us_str path, struct us_error *e);

/* "dir/name"; name alone when it is absolute or dir is empty or ".". */
us_str us_file_join(struct us_arena *a, us_str dir, us_str name);

/* What stands before the last slash ("." without one), and after it. */
us_str us_file_dir(us_str path);
us_str us_file_name(us_str path);
