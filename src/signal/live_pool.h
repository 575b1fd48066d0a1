/* live_pool.h: small lists that grow and go, in one arena. Inside this folder only.
 *
 * Chunks are 16 bytes times a power of two; one that is given back is used again for
 * its size. Places are 4 bytes, so that lists cost little where they are empty.
 */
#pragma once

#include "base/arena.h"
#include "file/kept.h"

#include <stdint.h>

enum { US_POOL_UNIT = 16, US_POOL_SIZES = 32 };

struct us_pool {
    struct us_arena arena;
    uint32_t free[US_POOL_SIZES]; /* first of each size; 0: none */
    size_t used;                  /* bytes given out */
};

void us_pool_init(struct us_pool *p, size_t limit);
void us_pool_done(struct us_pool *p);

void us_pool_kept(
    struct us_kept_file *k, struct us_pool *p); /* to a file or from one */

/* Zeroed. 0 is no place. */
uint32_t us_pool_take(struct us_pool *p, size_t bytes);
void us_pool_give(struct us_pool *p, uint32_t place, size_t bytes);

static inline void *us_pool_at(const struct us_pool *p, uint32_t place)
{
    return p->arena.base + (size_t)place * US_POOL_UNIT;
}

/* A list of items of one size, which the caller knows. All zero is empty. */
struct us_vec {
    uint32_t place, count, room;
};

static inline void *us_vec_items(const struct us_pool *p, const struct us_vec *v)
{
    return us_pool_at(p, v->place);
}

/* Room for one more at index, the rest moved up; the new item is not set. */
void *us_vec_insert(struct us_pool *p, struct us_vec *v, size_t size, size_t index);
static inline void *us_vec_push(struct us_pool *p, struct us_vec *v, size_t size)
{
    return us_vec_insert(p, v, size, v->count);
}
void us_vec_remove(struct us_pool *p, struct us_vec *v, size_t size, size_t index);
/* The first count items go. */
void us_vec_drop(struct us_pool *p, struct us_vec *v, size_t size, size_t count);
void us_vec_free(struct us_pool *p, struct us_vec *v, size_t size);
