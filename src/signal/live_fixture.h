/* live_fixture.h: a log given to the live executor row by row, as it becomes known. For
 * tests.
 */
#pragma once

#include "signal/live.h"
#include "signal/story.h"

#include <stdlib.h>
#include <string.h>

/* A row of any kind: where it stands in the log, and from when it is seen. */
struct feed_row {
    int64_t from, to;
    enum { FEED_EVENT, FEED_TRAIT, FEED_PAYMENT, FEED_DEAL } kind;
    size_t at;
    uint64_t tie; /* order among rows of one moment */
};

struct feed {
    struct us_live *live;
    const struct us_log *log;
    uint32_t slot;
    struct feed_row *rows; /* by from, then tie */
    size_t row_count;
    size_t next;
    size_t cleared; /* how often */
};

static inline int feed_order(const void *a, const void *b)
{
    const struct feed_row *x = a;
    const struct feed_row *y = b;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    return (x->tie > y->tie) - (x->tie < y->tie);
}

static inline uint64_t feed_tie(uint64_t seed, uint64_t i)
{
    uint64_t z = (seed + i + 1) * 0x9e3779b97f4a7c15U;
    return (z ^ z >> 29) * 0xbf58476d1ce4e5b9U;
}

/* seed: of the order of ties. */
static inline void feed_open(struct feed *f, struct us_live *live,
    const struct us_log *log, uint64_t seed, struct us_arena *a)
{
    size_t most = log->event_count + log->trait_count + log->payment_count;
    most += log->deal_count;
    *f = (struct feed){.live = live, .log = log};
    f->rows = us_new(a, struct feed_row, most + 1);
    size_t n = 0;
    for (size_t i = 0; i < log->event_count; i++)
        f->rows[n++] =
            (struct feed_row){log->events[i].from, log->events[i].to, FEED_EVENT, i, 0};
    for (size_t i = 0; i < log->trait_count; i++)
        f->rows[n++] =
            (struct feed_row){log->traits[i].from, log->traits[i].to, FEED_TRAIT, i, 0};
    for (size_t i = 0; i < log->payment_count; i++)
        f->rows[n++] = (struct feed_row){
            log->payments[i].from, log->payments[i].to, FEED_PAYMENT, i, 0};
    for (size_t i = 0; i < log->deal_count; i++)
        f->rows[n++] =
            (struct feed_row){log->deals[i].from, log->deals[i].to, FEED_DEAL, i, 0};
    for (size_t i = 0; i < n; i++)
        f->rows[i].tie = feed_tie(seed, i);
    f->row_count = n;
    qsort(f->rows, n, sizeof *f->rows, feed_order);
    f->slot = us_live_slot(live, log->account);
}

static inline void feed_one(struct feed *f, const struct feed_row *r)
{
    const struct us_log *log = f->log;
    const us_value *values = log->values + r->at * log->column_count;
    switch (r->kind) {
    case FEED_EVENT:
        us_live_event(f->live, f->slot, &log->events[r->at], values);
        return;
    case FEED_TRAIT: us_live_trait(f->live, f->slot, &log->traits[r->at]); return;
    case FEED_PAYMENT: us_live_payment(f->live, f->slot, &log->payments[r->at]); return;
    case FEED_DEAL:
    default: us_live_deal(f->live, f->slot, &log->deals[r->at]); return;
    }
}

static inline void feed_again(struct feed *f, int64_t t)
{
    us_live_clear(f->live, f->slot);
    for (size_t i = 0; i < f->row_count && f->rows[i].from <= t; i++)
        if (t < f->rows[i].to) feed_one(f, &f->rows[i]);
    us_live_settled(f->live, f->slot);
    f->cleared++;
}

/* All that is known by t, which only grows; what leaves by t makes it begin anew. */
static inline void feed_until(struct feed *f, int64_t t)
{
    for (;;) {
        int64_t next = US_NEVER; /* the first change of what is seen */
        bool leaves = false;
        if (f->next < f->row_count) next = f->rows[f->next].from;
        for (size_t i = 0; i < f->next; i++) {
            int64_t to = f->rows[i].to;
            if (to == US_NEVER || to == INT64_MIN || to > next) continue;
            next = to;
            leaves = true;
        }
        if (next > t) return;
        while (f->next < f->row_count && f->rows[f->next].from == next)
            feed_one(f, &f->rows[f->next++]);
        if (leaves || us_live_stale(f->live, f->slot)) feed_again(f, next);
        for (size_t i = 0; i < f->row_count && leaves; i++)
            if (f->rows[i].to <= next) f->rows[i].to = INT64_MIN; /* gone, for good */
    }
}
