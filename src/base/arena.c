#include "base/arena.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* Arenas hide use-after-free from ASan unless told what is dead. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define US_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define US_ASAN 1
#endif
#ifdef US_ASAN
#include <sanitizer/asan_interface.h>
#define poison(p, n)   ASAN_POISON_MEMORY_REGION((p), (n))
#define unpoison(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define poison(p, n)   ((void)(p), (void)(n))
#define unpoison(p, n) ((void)(p), (void)(n))
#endif

/* ThreadSanitizer leaves less address space than the largest tables reserve. */
#if defined(__SANITIZE_THREAD__)
static const size_t LIMIT_MAX = (size_t)4 << 30;
#else
static const size_t LIMIT_MAX = SIZE_MAX / 4;
#endif

/* Past this much touched since then, popped or not, reset gives the pages back. */
enum { KEEP = 1 << 20 };

/* As much of a fresh mapping is poisoned: all of a large one would cost its shadow. */
enum { POISON_FIRST = 1 << 20 };

void us_arena_init(struct us_arena *a, size_t limit)
{
    us_assert(limit > 0 && limit <= SIZE_MAX / 4);
    if (limit > LIMIT_MAX) limit = LIMIT_MAX;
    size_t size = 2 * limit;
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    us_assert(p != MAP_FAILED);
    *a = (struct us_arena){.base = p};
    a->at = a->high = a->base;
    a->soft = a->base + limit;
    a->end = a->base + size;
    poison(a->base, size < POISON_FIRST ? size : POISON_FIRST);
}

void us_arena_done(struct us_arena *a)
{
    if (!a->base) return;
    size_t touched = (size_t)(a->high - a->base);
    size_t size = (size_t)(a->end - a->base);
    if (touched < POISON_FIRST) touched = size < POISON_FIRST ? size : POISON_FIRST;
    unpoison(a->base, touched); /* whoever is given these pages next may use them */
    munmap(a->base, size);
    *a = (struct us_arena){0};
}

us_mark us_arena_mark(const struct us_arena *a)
{
    return (us_mark){a->at};
}

void us_arena_pop(struct us_arena *a, us_mark mark)
{
    us_assert(mark.at >= a->base && mark.at <= a->at);
    poison(mark.at, (size_t)(a->at - mark.at));
    a->at = mark.at;
}

void us_arena_reset(struct us_arena *a)
{
    us_arena_pop(a, (us_mark){a->base});
    a->full = false;
    size_t touched = (size_t)(a->high - a->base);
    if (touched <= KEEP) return;
    madvise(a->base, touched, MADV_DONTNEED); /* zero again */
    a->high = a->base;
}

/* dirty: how many bytes of it were used before, at its beginning. */
static char *chunk(
    struct us_arena *a, size_t size, size_t align, size_t count, size_t *dirty)
{
    us_assert(size > 0 && align > 0 && (align & (align - 1)) == 0);
    size_t pad = -(uintptr_t)a->at & (align - 1);
    size_t room = (size_t)(a->end - a->at);
    us_assert(pad <= room && count <= (room - pad) / size);
    char *p = a->at + pad;
    size_t bytes = size * count;
    a->at = p + bytes;
    a->full |= a->at > a->soft;
    unpoison(p, bytes);
    size_t used = a->high > p ? (size_t)(a->high - p) : 0;
    if (a->at > a->high) a->high = a->at;
    *dirty = used < bytes ? used : bytes;
    return p;
}

void *us_alloc(struct us_arena *a, size_t size, size_t align, size_t count)
{
    size_t dirty;
    char *p = chunk(a, size, align, count, &dirty);
    /* What was never used is zero already: a large first chunk costs no touch. */
    memset(p, 0, dirty);
    return p;
}

void *us_alloc_raw(struct us_arena *a, size_t size, size_t align, size_t count)
{
    size_t dirty;
    return chunk(a, size, align, count, &dirty);
}

size_t us_arena_used(const struct us_arena *a)
{
    return (size_t)(a->at - a->base);
}

us_str us_arena_str(struct us_arena *a, us_str s)
{
    if (s.len == 0) return (us_str){"", 0};
    char *p = us_alloc_raw(a, 1, 1, s.len);
    memcpy(p, s.ptr, s.len);
    return (us_str){p, s.len};
}

char *us_arena_cstr(struct us_arena *a, us_str s)
{
    char *p = us_new(a, char, s.len + 1);
    if (s.len) memcpy(p, s.ptr, s.len);
    return p;
}

us_str us_arena_fmt(struct us_arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    us_assert(len >= 0);
    char *p = us_new(a, char, (size_t)len + 1);
    vsnprintf(p, (size_t)len + 1, fmt, again);
    va_end(again);
    va_end(ap);
    return (us_str){p, (size_t)len};
}

void *us_grow(struct us_arena *a, void *items, size_t size, size_t count, size_t *cap)
{
    if (count < *cap) return items;
    size_t more = *cap ? *cap * 2 : 8;
    char *last = items ? (char *)items + *cap * size : NULL;
    if (last && last == a->at) {
        us_alloc(a, size, 1, more - *cap);
        *cap = more;
        return items;
    }
    void *moved = us_alloc(a, size, alignof(max_align_t), more);
    if (count) memcpy(moved, items, count * size);
    *cap = more;
    return moved;
}
