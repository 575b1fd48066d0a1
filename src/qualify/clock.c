#include "qualify/clock.h"

#include <stdlib.h>

struct rows {
    int64_t *at;
    size_t count;
    int64_t until;
};

static void put(struct rows *r, int64_t at)
{
    if (at != US_ALWAYS && at != US_NEVER && at <= r->until) r->at[r->count++] = at;
}

static int order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t end_of(bool hours, int64_t t)
{
    return hours ? (us_hour(t) + 1) * US_HOUR_US - 1 : (us_day(t) + 1) * US_DAY_US - 1;
}

struct us_clock us_clock_of(
    const struct us_log *log, bool hours, int64_t until, struct us_arena *a)
{
    size_t most = 2 * (log->event_count + log->trait_count + log->payment_count +
                          log->deal_count);
    struct rows r = {us_new(a, int64_t, most + 1), 0, until};
    for (size_t i = 0; i < log->event_count; i++) {
        put(&r, log->events[i].from);
        put(&r, log->events[i].to);
    }
    for (size_t i = 0; i < log->trait_count; i++) {
        put(&r, log->traits[i].from);
        put(&r, log->traits[i].to);
    }
    for (size_t i = 0; i < log->payment_count; i++) {
        put(&r, log->payments[i].from);
        put(&r, log->payments[i].to);
    }
    for (size_t i = 0; i < log->deal_count; i++) {
        put(&r, log->deals[i].from);
        put(&r, log->deals[i].to);
    }
    if (r.count) qsort(r.at, r.count, sizeof *r.at, order);
    size_t kept = 0;
    for (size_t i = 0; i < r.count; i++)
        if (kept == 0 || r.at[kept - 1] != r.at[i]) r.at[kept++] = r.at[i];
    int64_t tick = kept ? end_of(hours, r.at[0]) : US_NEVER;
    return (struct us_clock){r.at, kept, 0, tick, until, hours};
}

bool us_clock_next(struct us_clock *c, int64_t *t, bool *row)
{
    int64_t at = c->next < c->count ? c->rows[c->next] : US_NEVER;
    *row = at <= c->tick && at != US_NEVER;
    *t = *row ? at : c->tick;
    if (*t == US_NEVER || *t > c->until) return false;
    if (*row) c->next++;
    if (*t == c->tick) c->tick = end_of(c->hours, *t + 1);
    return true;
}
