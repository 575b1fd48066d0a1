#include "base/hash.h"

#include "base/err.h"

#define XXH_INLINE_ALL
#include <string.h>
#include <sys/mman.h>
#include <xxhash.h>

/* Address space, not memory: the ceilings of one table. */
static const size_t BYTES_MAX = (size_t)16 << 30;
static const size_t ROWS_MAX = (size_t)8 << 30;
enum { SLOTS_FIRST = 1024, SLOTS_KEPT = 1 << 16, HUGE_FROM = 4 << 20 };

struct slot {
    uint32_t id1; /* id + 1; 0 is free */
    uint32_t hash;
};

uint64_t us_hash(us_str s)
{
    return XXH3_64bits(s.ptr, s.len);
}

us_print us_print_of(us_str s)
{
    XXH128_hash_t h = XXH3_128bits(s.ptr, s.len);
    return (us_print){h.low64, h.high64};
}

us_print us_print_pair(us_str a, us_str b)
{
    XXH128_hash_t first = XXH3_128bits(a.ptr, a.len);
    XXH128_hash_t both =
        XXH3_128bits_withSeed(b.ptr, b.len, first.low64 ^ first.high64);
    return (us_print){both.low64, both.high64};
}

static struct slot *slots_of(const struct us_intern *t)
{
    return (struct slot *)(void *)t->slots.base;
}

static us_str *rows_of(const struct us_intern *t)
{
    return (us_str *)(void *)t->rows.base;
}

/* A table of slots; a large one asks for large pages, as every look-up is a miss. */
static void slots_make(struct us_arena *a, size_t size, size_t count)
{
    us_arena_init(a, size * count);
    if (size * count >= HUGE_FROM) madvise(a->base, size * count, MADV_HUGEPAGE);
    us_alloc(a, size, 64, count);
}

void us_intern_init(struct us_intern *t)
{
    *t = (struct us_intern){.slot_count = SLOTS_FIRST};
    us_arena_init(&t->bytes, BYTES_MAX);
    us_arena_init(&t->rows, ROWS_MAX);
    slots_make(&t->slots, sizeof(struct slot), t->slot_count);
}

void us_intern_done(struct us_intern *t)
{
    us_arena_done(&t->bytes);
    us_arena_done(&t->rows);
    us_arena_done(&t->slots);
    *t = (struct us_intern){0};
}

/* The slot that holds s, or the free one where it would go. */
static struct slot *seek(const struct us_intern *t, us_str s, uint64_t h)
{
    struct slot *slots = slots_of(t);
    size_t mask = t->slot_count - 1;
    for (size_t i = h & mask;; i = (i + 1) & mask) {
        struct slot *at = &slots[i];
        if (at->id1 == 0) return at;
        if (at->hash == (uint32_t)(h >> 32) && us_str_eq(rows_of(t)[at->id1 - 1], s))
            return at;
    }
}

static void widen(struct us_intern *t)
{
    struct us_arena old = t->slots;
    const struct slot *from = (const struct slot *)(const void *)old.base;
    size_t from_count = t->slot_count;
    t->slot_count *= 2;
    slots_make(&t->slots, sizeof(struct slot), t->slot_count);
    size_t mask = t->slot_count - 1;
    struct slot *slots = slots_of(t);
    for (size_t k = 0; k < from_count; k++) {
        if (from[k].id1 == 0) continue;
        size_t i = us_hash(rows_of(t)[from[k].id1 - 1]) & mask;
        while (slots[i].id1)
            i = (i + 1) & mask;
        slots[i] = from[k];
    }
    us_arena_done(&old);
}

static uint32_t row_add(struct us_intern *t, us_str s)
{
    us_assert(t->count < UINT32_MAX - 2);
    us_str *row = us_new(&t->rows, us_str, 1);
    *row = us_arena_str(&t->bytes, s);
    return (uint32_t)t->count++;
}

uint32_t us_intern_add(struct us_intern *t, us_str s)
{
    us_assert(t->numbers_only || !t->count);
    t->numbers_only = true;
    return row_add(t, s);
}

uint32_t us_intern_put(struct us_intern *t, us_str s)
{
    us_assert(!t->numbers_only);
    uint64_t h = us_hash(s);
    struct slot *at = seek(t, s, h);
    if (at->id1) return at->id1 - 1;
    uint32_t id = row_add(t, s);
    *at = (struct slot){id + 1, (uint32_t)(h >> 32)};
    if (t->count * 2 > t->slot_count) widen(t);
    return id;
}

uint32_t us_intern_find(const struct us_intern *t, us_str s)
{
    us_assert(!t->numbers_only);
    const struct slot *at = seek(t, s, us_hash(s));
    return at->id1 ? at->id1 - 1 : US_INTERN_NONE;
}

void us_intern_prefetch(const struct us_intern *t, us_str s)
{
    __builtin_prefetch(&slots_of(t)[us_hash(s) & (t->slot_count - 1)]);
}

us_str us_intern_text(const struct us_intern *t, uint32_t id)
{
    us_assert(id < t->count);
    return rows_of(t)[id];
}

static us_print *keys_of(const struct us_print_map *m)
{
    return (us_print *)(void *)m->slots.base;
}

static uint32_t *values_of(const struct us_print_map *m)
{
    return (uint32_t *)(void *)m->values.base;
}

static void print_slots(struct us_print_map *m, size_t slot_count)
{
    m->slot_count = slot_count;
    slots_make(&m->slots, sizeof(us_print), slot_count);
    slots_make(&m->values, sizeof(uint32_t), slot_count);
}

void us_print_map_init(struct us_print_map *m)
{
    *m = (struct us_print_map){0};
    print_slots(m, SLOTS_FIRST);
}

void us_print_map_done(struct us_print_map *m)
{
    us_arena_done(&m->slots);
    us_arena_done(&m->values);
    *m = (struct us_print_map){0};
}

/* All zero marks a free slot, so that one fingerprint of 2^128 is moved aside. */
static us_print not_zero(us_print key)
{
    return key.lo | key.hi ? key : (us_print){1, 0};
}

/* The slot of that key, or the free one where it would go. */
static size_t print_seek(const struct us_print_map *m, us_print key)
{
    const us_print *keys = keys_of(m);
    size_t mask = m->slot_count - 1;
    for (size_t i = key.lo & mask;; i = (i + 1) & mask) {
        bool same = keys[i].lo == key.lo && keys[i].hi == key.hi;
        if (same || !(keys[i].lo | keys[i].hi)) return i;
    }
}

static void print_widen(struct us_print_map *m, size_t slot_count)
{
    struct us_print_map old = *m;
    print_slots(m, slot_count);
    for (size_t k = 0; k < old.slot_count; k++) {
        us_print key = keys_of(&old)[k];
        if (!(key.lo | key.hi)) continue;
        size_t i = print_seek(m, key);
        keys_of(m)[i] = key;
        values_of(m)[i] = values_of(&old)[k];
    }
    us_arena_done(&old.slots);
    us_arena_done(&old.values);
}

uint32_t *us_print_map_put(struct us_print_map *m, us_print key, bool *fresh)
{
    if ((m->count + 1) * 4 > m->slot_count * 3) print_widen(m, m->slot_count * 2);
    key = not_zero(key);
    size_t i = print_seek(m, key);
    us_print *at = &keys_of(m)[i];
    *fresh = !(at->lo | at->hi);
    if (*fresh) {
        *at = key;
        m->count++;
    }
    return &values_of(m)[i];
}

uint32_t *us_print_map_find(const struct us_print_map *m, us_print key)
{
    size_t i = print_seek(m, not_zero(key));
    const us_print *at = &keys_of(m)[i];
    return at->lo | at->hi ? &values_of(m)[i] : NULL;
}

void us_print_map_prefetch(const struct us_print_map *m, us_print key)
{
    __builtin_prefetch(&keys_of(m)[key.lo & (m->slot_count - 1)]);
}

void us_print_map_clear(struct us_print_map *m)
{
    if (m->slot_count > SLOTS_KEPT) {
        us_print_map_done(m);
        us_print_map_init(m);
    } else if (m->count) {
        memset(m->slots.base, 0, m->slot_count * sizeof(us_print));
        memset(m->values.base, 0, m->slot_count * sizeof(uint32_t));
        m->count = 0;
    }
}

void us_print_map_reserve(struct us_print_map *m, size_t more)
{
    size_t slots = m->slot_count;
    while ((m->count + more) * 4 > slots * 3)
        slots *= 2;
    if (slots != m->slot_count) print_widen(m, slots);
}
