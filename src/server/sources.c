#include "server/sources.h"

#include "base/buf.h"
#include "study/silence.h"

#include <pthread.h>

enum { SQL_BYTES = 1024, LISTS_BYTES = 1 << 30 };

struct source {
    struct us_source_counts counts;
    struct us_silence silence;
    struct us_silent_span ended; /* the last that is over; to is 0: there was none */
};

struct us_sources {
    pthread_mutex_t lock;
    struct us_arena memory; /* of all lists there ever were: texts are handed out */
    struct source *items;
    size_t count;
    bool learnt;
};

static void take(struct source *of, int64_t t)
{
    struct us_silent_span ended;
    if (us_silence_take(&of->silence, t, &ended)) of->ended = ended;
}

static struct source *find(const struct us_sources *s, us_str name)
{
    for (size_t i = 0; i < s->count; i++)
        if (us_str_eq(s->items[i].counts.name, name)) return &s->items[i];
    return NULL;
}

void us_sources_set(struct us_sources *s, const struct us_ingest_source *sources,
    size_t count, us_str name)
{
    size_t all = count ? count : 1;
    pthread_mutex_lock(&s->lock);
    struct source *items = us_new(&s->memory, struct source, all);
    for (size_t i = 0; i < all; i++) {
        us_str own = count ? sources[i].name : name;
        bool test = count && sources[i].test;
        const struct source *before = find(s, own);
        items[i].counts = (struct us_source_counts){
            .name = us_arena_str(&s->memory, own), .test = test, .last = US_ALWAYS};
        us_silence_init(&items[i].silence);
        if (before && before->counts.test == test) items[i] = *before;
    }
    s->items = items;
    s->count = all;
    s->learnt = false;
    pthread_mutex_unlock(&s->lock);
}

struct us_sources *us_sources_new(const struct us_ingest_source *sources, size_t count,
    us_str name, struct us_arena *a)
{
    struct us_sources *s = us_new(a, struct us_sources, 1);
    us_arena_init(&s->memory, (size_t)LISTS_BYTES);
    pthread_mutex_init(&s->lock, NULL);
    us_sources_set(s, sources, count, name);
    return s;
}

void us_sources_done(struct us_sources *s)
{
    us_arena_done(&s->memory);
    pthread_mutex_destroy(&s->lock);
}

void us_sources_take(
    struct us_sources *s, us_str source, const struct us_batch *b, int64_t now)
{
    int64_t dead = 0;
    for (size_t i = 0; i < b->count; i++)
        dead += b->items[i].dead != NULL;
    pthread_mutex_lock(&s->lock);
    struct source *of = find(s, source);
    if (of) { /* else it was taken out meanwhile */
        of->counts.requests++;
        of->counts.added += (int64_t)b->added;
        of->counts.repeats += (int64_t)b->repeats;
        of->counts.dead += dead;
        of->counts.last = now;
        take(of, now);
    }
    pthread_mutex_unlock(&s->lock);
}

/* ---- what history says ---- */

/* Rows come by source, then time. What came meanwhile is newer than any of them. */
struct learning {
    const struct source *items; /* those there were when it began; names are read */
    size_t count;
    struct us_arena a;
    struct source *learnt;
};

static us_code hour(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    const struct learning *l = ctx;
    for (size_t i = 0; i < l->count; i++) {
        if (!us_str_eq(l->items[i].counts.name, cells[0].text)) continue;
        for (int k = 1; k <= 2; k++) {
            int64_t t = 0;
            if (us_str_int(cells[k].text, &t)) take(&l->learnt[i], t);
        }
    }
    return US_OK;
}

static us_code ask(void *ctx, struct us_history *h, struct us_error *e)
{
    return us_history_sql(h,
        US_S("SELECT any_value(s.name), epoch_us(min(known)), epoch_us(max(known)) "
             "FROM events e JOIN sources s ON s.id = e.source "
             "GROUP BY e.source, epoch_us(known) // 3600000000 ORDER BY 1, 2"),
        hour, ctx, e);
}

us_code us_sources_learn(struct us_sources *s, struct us_loader *l, struct us_error *e)
{
    pthread_mutex_lock(&s->lock);
    struct learning learning = {.items = s->items, .count = s->count};
    bool learnt = s->learnt;
    pthread_mutex_unlock(&s->lock);
    if (learnt) return US_OK;
    us_arena_init(
        &learning.a, learning.count * (sizeof(struct source) + 64) + SQL_BYTES);
    learning.learnt = us_new(&learning.a, struct source, learning.count);
    for (size_t i = 0; i < learning.count; i++)
        us_silence_init(&learning.learnt[i].silence);
    us_code code = us_loader_use(l, (us_pos){0}, ask, &learning, e);
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; code == US_OK && i < learning.count; i++) {
        struct source *of = find(s, learning.items[i].counts.name);
        if (!of) continue;
        of->silence = learning.learnt[i].silence;
        of->ended = learning.learnt[i].ended;
        if (of->counts.last == US_ALWAYS)
            of->counts.last = of->silence.last;
        else
            take(of, of->counts.last);
    }
    if (code == US_OK && s->items == learning.items) s->learnt = true;
    pthread_mutex_unlock(&s->lock);
    us_arena_done(&learning.a);
    return code;
}

/* ---- shown ---- */

static bool silent_at(const struct source *of, int64_t t)
{
    struct us_silent_span now;
    int64_t settle = (int64_t)US_SOURCES_SETTLE_MINUTES * US_MINUTE_US;
    bool was = t >= of->ended.noticed && t < of->ended.to + settle;
    return !of->counts.test && (was || us_silence_at(&of->silence, t, &now));
}

us_str us_sources_silent_at(struct us_sources *s, int64_t t)
{
    us_str out = {"", 0};
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->count && !out.len; i++)
        if (silent_at(&s->items[i], t)) out = s->items[i].counts.name;
    pthread_mutex_unlock(&s->lock);
    return out;
}

bool us_sources_is_silent(struct us_sources *s, us_str name, int64_t t)
{
    pthread_mutex_lock(&s->lock);
    const struct source *of = find(s, name);
    bool silent = of && silent_at(of, t);
    pthread_mutex_unlock(&s->lock);
    return silent;
}

size_t us_sources_count(struct us_sources *s)
{
    pthread_mutex_lock(&s->lock);
    size_t count = s->count;
    pthread_mutex_unlock(&s->lock);
    return count;
}

struct us_source_counts us_sources_counts(
    struct us_sources *s, size_t source, int64_t now)
{
    struct us_silent_span span;
    struct us_source_counts out = {.last = US_ALWAYS};
    pthread_mutex_lock(&s->lock);
    const struct source *of = source < s->count ? &s->items[source] : NULL;
    if (of) out = of->counts;
    out.silent = of && !out.test && us_silence_at(&of->silence, now, &span);
    if (out.silent) out.silent_from = span.from;
    pthread_mutex_unlock(&s->lock);
    return out;
}
