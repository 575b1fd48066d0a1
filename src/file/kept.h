/* kept.h: what is in memory, in a file: written at one end, read at the next start.
 *
 * One function says what belongs to it, and the same is called to write and to read, so
 * that the two cannot differ. A file holds what one build of the program laid out in
 * memory, and is read by no other: whoever opens it says by a key what it was made of.
 * It is read once: opening takes it away, so that nothing is ever taken from a file
 * that was overtaken.
 *
 *   us_kept_bytes(k, &x, sizeof x);
 *   us_kept_arena(k, &arena);
 *
 * File:    blocks of at most 1 MiB, each packed (zstd) and with a check (XXH3) of what
 *          is packed, which place it has and the key; the last is empty. It takes its
 *          name when all of it is on disk.
 * Fails:   never within: what is read after a fault is zero, and us_kept_close says
 *          US_INPUT or US_IO. Who reads fills what can be thrown away, and does so.
 * Owns:    its buffers; arenas are the caller's.
 * Threads: one at a time.
 */
#pragma once

#include "base/err.h"
#include "base/hash.h"

struct us_kept_file;

/* Where accounts stand, in the folder of data (server/evaluate_kept.c). */
#define US_KEPT_ACCOUNTS US_S("accounts.kept")

/* US_NOT_FOUND: there is none by that key. */
us_code us_kept_read(
    us_str path, us_print key, struct us_kept_file **out, struct us_error *e);
us_code us_kept_write(
    us_str path, us_print key, struct us_kept_file **out, struct us_error *e);
/* Of one that is read: whether all was there and nothing more. Of one that is written:
 * whether it is on disk; else there is none. */
us_code us_kept_close(struct us_kept_file *k, struct us_error *e);
/* Take it away, and half of one by a process that was killed. */
us_code us_kept_remove(us_str path, struct us_error *e);
bool us_kept_is_good(const struct us_kept_file *k); /* so far */

void us_kept_bytes(struct us_kept_file *k, void *p, size_t count);
#define US_KEPT(k, x) us_kept_bytes((k), &(x), sizeof(x))
/* What has to be the same at both ends; else the file is of no use. */
void us_kept_same(struct us_kept_file *k, uint64_t value);
/* All of an arena from its base on; read, it takes the place of what was there. */
void us_kept_arena(struct us_kept_file *k, struct us_arena *a);
void us_kept_map(struct us_kept_file *k, struct us_print_map *m);
/* Texts get another place when they are read: as is whatever points into them, which
 * us_kept_moved makes right. */
struct us_kept_texts {
    const char *from; /* where they were */
    size_t count;
    char *to;
};
struct us_kept_texts us_kept_intern(struct us_kept_file *k, struct us_intern *t);
us_str us_kept_moved(const struct us_kept_texts *t, us_str text);
