/* hash.h: fingerprints and hash tables over XXH3 (xxHash, BSD-2).
 *
 * A 128-bit fingerprint stands for the bytes it was made of: with 10^10 of them the
 * chance of any collision is under 10^-18 (birthday bound), so it is used as identity.
 * Fingerprints are stored on disk: the function and its byte order never change.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

#include <stdint.h>

typedef struct us_print {
    uint64_t lo, hi;
} us_print;

uint64_t us_hash(us_str s);
us_print us_print_of(us_str s);

/* Two texts as one fingerprint, not confusable with other cuts of the same bytes. */
us_print us_print_pair(us_str a, us_str b);

/* Strings interned to dense ids 0, 1, 2 … in order of first sight. Never forgets,
 * never moves a string. Threads: one at a time. */
struct us_intern {
    struct us_arena bytes; /* the texts */
    struct us_arena rows;  /* one us_str an id: a vector that never moves */
    struct us_arena slots; /* open addressing, id + 1 and 32 bits of hash */
    size_t count;
    size_t slot_count;
    bool numbers_only; /* us_intern_add was called */
};

#define US_INTERN_NONE UINT32_MAX

/* Room for a table of slots, none of them there yet; a large one asks for large pages,
 * as every look-up is a miss. */
void us_slots_init(struct us_arena *a, size_t bytes);

void us_intern_init(struct us_intern *t);
void us_intern_done(struct us_intern *t);
uint32_t us_intern_put(struct us_intern *t, us_str s);
/* One that the caller knows to be new: it gets the next id, and no place by which it
 * could be found. Whoever keeps a map of its own needs no second one; none may be put
 * or looked up in the same table. */
uint32_t us_intern_add(struct us_intern *t, us_str s);
/* US_INTERN_NONE when it was never put. */
uint32_t us_intern_find(const struct us_intern *t, us_str s);
void us_intern_prefetch(const struct us_intern *t, us_str s); /* it will be looked up */
us_str us_intern_text(const struct us_intern *t, uint32_t id);

/* A set of fingerprints that can carry a 32-bit value each: 20 bytes a slot, at most
 * three quarters of the slots in use. It grows by and by: what is in the table before
 * is moved by the puts that follow, some slots each, so that none of them takes long.
 */
struct us_print_table {
    struct us_arena slots;  /* keys; all zero is free */
    struct us_arena values; /* one a slot */
    size_t slot_count;
};
struct us_print_map {
    struct us_print_table now;
    struct us_print_table before; /* slot_count 0: all is moved */
    size_t moved;                 /* of its slots; they stay there, too */
    struct us_print_table next;   /* of one that is made ready ahead */
    size_t ready;                 /* bytes of it */
    size_t count;
    bool ahead;
};

void us_print_map_init(struct us_print_map *m);
void us_print_map_done(struct us_print_map *m);
/* The value's place, zero when new; *fresh says so. Valid until the next put. */
uint32_t *us_print_map_put(struct us_print_map *m, us_print key, bool *fresh);
uint32_t *us_print_map_find(const struct us_print_map *m, us_print key);
/* Of the table made ready ahead only what was touched. */
size_t us_print_map_bytes(const struct us_print_map *m);
/* Memory that was never touched is the kernel's to clear, which takes longer than all
 * else here: have the table after this one touched by and by, from half full on. For
 * who must never stand still, at the price of that memory some time before. */
void us_print_map_ahead(struct us_print_map *m);
/* Room for so many more: it grows once. */
void us_print_map_reserve(struct us_print_map *m, size_t more);
void us_print_map_prefetch(const struct us_print_map *m, us_print key);
/* Empty again; of a small one the memory stays. */
void us_print_map_clear(struct us_print_map *m);
