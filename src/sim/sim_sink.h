/* sim_sink.h: where the tests of the simulator catch what it writes. */
#pragma once

#include "base/hash.h"
#include "base/tap.h"
#include "base/time.h"
#include "sim/sim.h"

#include <string.h>

#define END INT64_C(1767225600000000) /* 2026-01-01 */

/* Everything written, kept or only counted and hashed. */
struct sink {
    struct us_arena kept[US_SIM_FILES];
    bool keep;
    uint64_t hash[US_SIM_FILES];
    int64_t lines[US_SIM_FILES];
    int64_t told; /* by progress */
    int calls;
    int fail_at; /* the call that fails; 0 is none */
};

static inline int take(void *ctx, us_sim_file file, us_str bytes)
{
    struct sink *s = ctx;
    s->calls++;
    if (s->fail_at && s->calls >= s->fail_at) return -1;
    for (size_t i = 0; i < bytes.len; i++)
        s->lines[file] += bytes.ptr[i] == '\n';
    s->hash[file] = us_hash(bytes) + s->hash[file] * 31;
    if (s->keep) memcpy(us_new(&s->kept[file], char, bytes.len), bytes.ptr, bytes.len);
    return 0;
}

static inline void told(void *ctx, int64_t events_done)
{
    ((struct sink *)ctx)->told = events_done;
}

static inline void sink_init(struct sink *s, bool keep)
{
    *s = (struct sink){.keep = keep};
    for (int f = 0; f < US_SIM_FILES; f++)
        us_arena_init(&s->kept[f], (size_t)1 << 30);
}

static inline void sink_done(struct sink *s)
{
    for (int f = 0; f < US_SIM_FILES; f++)
        us_arena_done(&s->kept[f]);
}

static inline us_str kept(const struct sink *s, us_sim_file file)
{
    return (us_str){s->kept[file].base, us_arena_used(&s->kept[file])};
}

static inline struct us_sim_options asked(struct sink *s, uint64_t seed, int64_t events)
{
    return (struct us_sim_options){.seed = seed,
        .events = events,
        .days = 180,
        .end = END,
        .write = take,
        .progress = told,
        .ctx = s};
}

/* The number of truth.json that follows these keys in turn. */
static inline int64_t truth(
    const struct sink *s, const char *a, const char *b, const char *c)
{
    const char *const keys[3] = {a, b, c};
    us_str rest = kept(s, US_SIM_TRUTH);
    for (int i = 0; i < 3 && keys[i]; i++) {
        char text[64];
        int len = snprintf(text, sizeof text, "\"%s\":", keys[i]);
        size_t at = us_str_find(rest, (us_str){text, (size_t)len});
        if (at == rest.len) return -1;
        rest = us_str_slice(rest, at + (size_t)len, rest.len);
    }
    size_t digits = 0;
    while (digits < rest.len && rest.ptr[digits] >= '0' && rest.ptr[digits] <= '9')
        digits++;
    int64_t n = -1;
    us_str_int(us_str_slice(rest, 0, digits), &n);
    return n;
}
