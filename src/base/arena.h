/* arena.h: memory with one lifetime.
 *
 * Owns:    every byte it hands out; freed together by pop, reset or done.
 * Fails:   never with NULL. Past `limit` it still serves, and sets `full`, which
 *          the loop over the input checks; past twice that it panics, because
 *          then a check was forgotten. A size that comes from outside is held
 *          against a named limit before it is asked for here.
 * Threads: one at a time.
 *
 * An arena is one reserved mapping: a limit of many GiB costs address space, not
 * memory. A chunk that is the last one given out can be made longer in place,
 * so an arena with a single growing array in it is a vector that never moves.
 */
#pragma once

#include "base/str.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>

struct us_arena {
    char *base;
    char *at;
    char *soft;
    char *end;
    char *high; /* as far as it was ever used */
    bool full;
};

typedef struct us_mark {
    char *at;
} us_mark;

void us_arena_init(struct us_arena *a, size_t limit);
void us_arena_done(struct us_arena *a);

/* Scratch: take a mark, allocate, pop. Forgetting to pop wastes, never leaks. */
us_mark us_arena_mark(const struct us_arena *a);
void us_arena_pop(struct us_arena *a, us_mark mark);
void us_arena_reset(struct us_arena *a);
size_t us_arena_used(const struct us_arena *a);

/* Zeroed. Typed calls go through us_new. */
void *us_alloc(struct us_arena *a, size_t size, size_t align, size_t count);
#define us_new(a, type, count) \
    ((type *)us_alloc((a), sizeof(type), alignof(type), (count)))

/* The same with whatever was there: for what is written before it is read. */
void *us_alloc_raw(struct us_arena *a, size_t size, size_t align, size_t count);

/* A copy of s that lives as long as the arena. */
us_str us_arena_str(struct us_arena *a, us_str s);

/* The same, ended by a NUL, for calls into libc and libraries. */
char *us_arena_cstr(struct us_arena *a, us_str s);

/* Formatted text in the arena. */
__attribute__((format(printf, 2, 3))) us_str us_arena_fmt(
    struct us_arena *a, const char *fmt, ...);

/* Make room for one more in a growing array: doubles by copying (the old chunk is
 * left to the arena). `items` is T *, count and cap are size_t. Returns the slot. */
void *us_grow(struct us_arena *a, void *items, size_t size, size_t count, size_t *cap);
#define us_push(a, items, count, cap)                                              \
    ((items) = us_grow((a), (items), sizeof *(items), (count), &(cap)), (count)++, \
        &(items)[(count)-1])
