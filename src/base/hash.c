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

/* Of a table before, by one put: it is empty after an eighth as many puts as it has
 * slots, and the next widening comes after three quarters as many. */
enum { SLOTS_MOVED = 8 };

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

void us_slots_init(struct us_arena *a, size_t bytes)
{
    us_arena_init(a, bytes);
    if (bytes >= HUGE_FROM) madvise(a->base, bytes, MADV_HUGEPAGE);
}

static void slots_make(struct us_arena *a, size_t size, size_t count)
{
    us_slots_init(a, size * count);
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

static us_print *keys_of(const struct us_print_table *t)
{
    return (us_print *)(void *)t->slots.base;
}

static uint32_t *values_of(const struct us_print_table *t)
{
    return (uint32_t *)(void *)t->values.base;
}

static struct us_print_table table_make(size_t slot_count)
{
    struct us_print_table t = {.slot_count = slot_count};
    slots_make(&t.slots, sizeof(us_print), slot_count);
    slots_make(&t.values, sizeof(uint32_t), slot_count);
    return t;
}

static void table_done(struct us_print_table *t)
{
    us_arena_done(&t->slots);
    us_arena_done(&t->values);
    *t = (struct us_print_table){0};
}

void us_print_map_init(struct us_print_map *m)
{
    *m = (struct us_print_map){.now = table_make(SLOTS_FIRST)};
}

void us_print_map_done(struct us_print_map *m)
{
    table_done(&m->now);
    table_done(&m->before);
    table_done(&m->next);
    *m = (struct us_print_map){0};
}

void us_print_map_ahead(struct us_print_map *m)
{
    m->ahead = true;
}

static bool is_free(us_print key)
{
    return !(key.lo | key.hi);
}

/* All zero marks a free slot, so that one fingerprint of 2^128 is moved aside. */
static us_print not_zero(us_print key)
{
    return is_free(key) ? (us_print){1, 0} : key;
}

/* The slot of that key, or the free one where it would go. */
static size_t print_seek(const struct us_print_table *t, us_print key)
{
    const us_print *keys = keys_of(t);
    size_t mask = t->slot_count - 1;
    for (size_t i = key.lo & mask;; i = (i + 1) & mask) {
        bool same = keys[i].lo == key.lo && keys[i].hi == key.hi;
        if (same || is_free(keys[i])) return i;
    }
}

static uint32_t *table_find(const struct us_print_table *t, us_print key)
{
    size_t i = print_seek(t, key);
    return is_free(keys_of(t)[i]) ? NULL : &values_of(t)[i];
}

/* So many slots of the table before, none of which is in the new one yet. */
static void move(struct us_print_map *m, size_t slots)
{
    struct us_print_table *from = &m->before;
    size_t left = from->slot_count - m->moved;
    size_t end = m->moved + (slots < left ? slots : left);
    for (size_t k = m->moved; k < end; k++) {
        us_print key = keys_of(from)[k];
        if (is_free(key)) continue;
        size_t i = print_seek(&m->now, key);
        keys_of(&m->now)[i] = key;
        values_of(&m->now)[i] = values_of(from)[k];
    }
    m->moved = end;
    if (end == from->slot_count) table_done(from);
}

static void print_widen(struct us_print_map *m, size_t slot_count)
{
    if (m->before.slot_count) move(m, m->before.slot_count);
    m->before = m->now;
    m->moved = 0;
    if (m->next.slot_count == slot_count)
        m->now = m->next;
    else
        m->now = table_make(slot_count);
    if (m->next.slot_count != slot_count) table_done(&m->next);
    m->next = (struct us_print_table){0};
    if (m->before.slot_count <= SLOTS_KEPT) move(m, m->before.slot_count);
}

/* As much of the next table as there is of the way from half full to full enough. */
static void make_ready(struct us_print_map *m)
{
    enum { PAGE = 4096 };
    struct us_print_table *t = &m->next;
    size_t half = m->now.slot_count / 2;
    if (!m->ahead || m->count < half || half < SLOTS_KEPT) return;
    if (!t->slot_count) {
        *t = table_make(m->now.slot_count * 2);
        m->ready = 0;
    }
    size_t keys = t->slot_count * sizeof(us_print);
    size_t all = keys + t->slot_count * sizeof(uint32_t);
    size_t want = (m->count - half) * 2 * (all / half) + PAGE;
    if (want > all) want = all;
    for (; m->ready < want; m->ready += PAGE) {
        bool of_keys = m->ready < keys;
        volatile char *base = of_keys ? t->slots.base : t->values.base;
        base[of_keys ? m->ready : m->ready - keys] = 0;
    }
}

uint32_t *us_print_map_put(struct us_print_map *m, us_print key, bool *fresh)
{
    if ((m->count + 1) * 4 > m->now.slot_count * 3)
        print_widen(m, m->now.slot_count * 2);
    if (m->before.slot_count) move(m, SLOTS_MOVED);
    make_ready(m);
    key = not_zero(key);
    size_t i = print_seek(&m->now, key);
    us_print *at = &keys_of(&m->now)[i];
    *fresh = is_free(*at);
    if (!*fresh) return &values_of(&m->now)[i];
    uint32_t *value = m->before.slot_count ? table_find(&m->before, key) : NULL;
    *fresh = value == NULL;
    if (value) return value; /* not moved yet */
    *at = key;
    m->count++;
    return &values_of(&m->now)[i];
}

uint32_t *us_print_map_find(const struct us_print_map *m, us_print key)
{
    key = not_zero(key);
    uint32_t *value = table_find(&m->now, key);
    return value || !m->before.slot_count ? value : table_find(&m->before, key);
}

void us_print_map_prefetch(const struct us_print_map *m, us_print key)
{
    __builtin_prefetch(&keys_of(&m->now)[key.lo & (m->now.slot_count - 1)]);
    if (m->before.slot_count)
        __builtin_prefetch(&keys_of(&m->before)[key.lo & (m->before.slot_count - 1)]);
}

size_t us_print_map_bytes(const struct us_print_map *m)
{
    size_t whole = m->now.slot_count + m->before.slot_count;
    size_t ahead = m->next.slot_count ? m->ready : 0;
    return whole * (sizeof(us_print) + sizeof(uint32_t)) + ahead;
}

void us_print_map_clear(struct us_print_map *m)
{
    if (m->now.slot_count > SLOTS_KEPT) {
        bool ahead = m->ahead;
        us_print_map_done(m);
        us_print_map_init(m);
        m->ahead = ahead;
    } else if (m->count) {
        memset(m->now.slots.base, 0, m->now.slot_count * sizeof(us_print));
        memset(m->now.values.base, 0, m->now.slot_count * sizeof(uint32_t));
        m->count = 0;
    }
}

void us_print_map_reserve(struct us_print_map *m, size_t more)
{
    size_t slots = m->now.slot_count;
    while ((m->count + more) * 4 > slots * 3)
        slots *= 2;
    if (slots != m->now.slot_count) print_widen(m, slots);
}
