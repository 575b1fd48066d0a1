#include "signal/live_pool.h"

#include "base/err.h"

#include <string.h>

void us_pool_init(struct us_pool *p, size_t limit)
{
    *p = (struct us_pool){0};
    us_arena_init(&p->arena, limit);
    us_alloc(&p->arena, US_POOL_UNIT, US_POOL_UNIT, 1); /* place 0 */
}

void us_pool_done(struct us_pool *p)
{
    us_arena_done(&p->arena);
}

/* The least power of two of units that holds so many bytes. */
static unsigned size_of(size_t bytes)
{
    size_t units = (bytes + US_POOL_UNIT - 1) / US_POOL_UNIT;
    return units <= 1 ? 0 : 64 - (unsigned)__builtin_clzll(units - 1);
}

uint32_t us_pool_take(struct us_pool *p, size_t bytes)
{
    unsigned size = size_of(bytes);
    us_assert(size < US_POOL_SIZES);
    size_t length = (size_t)US_POOL_UNIT << size;
    uint32_t place = p->free[size];
    p->used += length;
    if (place) {
        memcpy(&p->free[size], us_pool_at(p, place), sizeof place);
        memset(us_pool_at(p, place), 0, length);
        return place;
    }
    char *at = us_alloc(&p->arena, 1, US_POOL_UNIT, length);
    size_t unit = (size_t)(at - p->arena.base) / US_POOL_UNIT;
    us_assert(unit < UINT32_MAX);
    return (uint32_t)unit;
}

void us_pool_give(struct us_pool *p, uint32_t place, size_t bytes)
{
    if (!place) return;
    unsigned size = size_of(bytes);
    p->used -= (size_t)US_POOL_UNIT << size;
    memcpy(us_pool_at(p, place), &p->free[size], sizeof place);
    p->free[size] = place;
}

static void widen(struct us_pool *p, struct us_vec *v, size_t size)
{
    size_t length = (size_t)US_POOL_UNIT << size_of((v->room ? 2 * v->room : 1) * size);
    uint32_t place = us_pool_take(p, length);
    if (v->count) memcpy(us_pool_at(p, place), us_vec_items(p, v), v->count * size);
    us_pool_give(p, v->place, v->room * size);
    v->place = place;
    v->room = (uint32_t)(length / size);
}

void *us_vec_insert(struct us_pool *p, struct us_vec *v, size_t size, size_t index)
{
    if (v->count == v->room) widen(p, v, size);
    char *at = (char *)us_vec_items(p, v) + index * size;
    if (index < v->count) memmove(at + size, at, (v->count - index) * size);
    v->count++;
    return at;
}

void us_vec_remove(struct us_pool *p, struct us_vec *v, size_t size, size_t index)
{
    char *at = (char *)us_vec_items(p, v) + index * size;
    v->count--;
    if (index < v->count) memmove(at, at + size, (v->count - index) * size);
}

void us_vec_drop(struct us_pool *p, struct us_vec *v, size_t size, size_t count)
{
    if (!count) return;
    char *at = us_vec_items(p, v);
    v->count -= (uint32_t)count;
    if (v->count) memmove(at, at + count * size, v->count * size);
}

void us_vec_free(struct us_pool *p, struct us_vec *v, size_t size)
{
    us_pool_give(p, v->place, v->room * size);
    *v = (struct us_vec){0};
}
