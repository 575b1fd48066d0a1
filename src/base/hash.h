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
 * three quarters of the slots in use. */
struct us_print_map {
    struct us_arena slots;  /* keys; all zero is free */
    struct us_arena values; /* one a slot */
    size_t count;
    size_t slot_count;
};

void us_print_map_init(struct us_print_map *m);
void us_print_map_done(struct us_print_map *m);
/* The value's place, zero when new; *fresh says so. Valid until the next put. */
uint32_t *us_print_map_put(struct us_print_map *m, us_print key, bool *fresh);
uint32_t *us_print_map_find(const struct us_print_map *m, us_print key);
/* Room for so many more without growing on the way. */
void us_print_map_reserve(struct us_print_map *m, size_t more);
void us_print_map_prefetch(const struct us_print_map *m, us_print key);
/* Empty again; of a small one the memory stays. */
void us_print_map_clear(struct us_print_map *m);
