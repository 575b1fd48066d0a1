/* behaviours.c: which behaviours are looked at when none are named. */

#include "study/discover.h"

#include <stdlib.h>

static const uint32_t times[] = {1, 2, 3, 5, 7, 10, 15, 20, 30, 50};
enum { TIMES = sizeof times / sizeof *times };

struct met {
    uint32_t event;
    int64_t units;
};

static int by_units(const void *a, const void *b)
{
    const struct met *x = a;
    const struct met *y = b;
    if (x->units != y->units) return x->units > y->units ? -1 : 1;
    return (x->event > y->event) - (x->event < y->event);
}

/* Events by how many eligible units have them in the first days. */
static struct met *events_met(const struct us_landmark_asked *q,
    const struct us_landmark *frame, struct us_arena *a)
{
    const struct us_units *u = q->units;
    struct met *met = us_new(a, struct met, u->name_count + 1);
    uint32_t *stamp = us_new(a, uint32_t, u->name_count + 1);
    for (uint32_t i = 0; i < u->name_count; i++)
        met[i].event = i;
    for (size_t i = 0; i < frame->count; i++) {
        const struct us_landmark_unit *x = &frame->eligible[i];
        for (uint32_t r = u->from[x->unit]; r < u->from[x->unit + 1]; r++) {
            if (u->at[r] >= x->start + q->within) break;
            if (u->at[r] < x->start || stamp[u->name[r]] == i + 1) continue;
            stamp[u->name[r]] = (uint32_t)i + 1;
            met[u->name[r]].units++;
        }
    }
    /* what all begin with goes before everything */
    if (q->start != US_ANY_EVENT) met[q->start].units = 0;
    qsort(met, u->name_count, sizeof *met, by_units);
    return met;
}

size_t us_behaviours_counted(const struct us_units *units, bool people,
    struct us_arena *a, struct us_behaviour **out)
{
    size_t count = 0;
    size_t pairs = (size_t)US_PAIR_EVENTS * US_PAIR_EVENTS; /* room for them */
    *out = us_new(a, struct us_behaviour, units->name_count * TIMES * 2 + pairs + 1);
    for (uint32_t event = 0; event < units->name_count; event++) {
        for (size_t i = 0; i < TIMES; i++)
            (*out)[count++] =
                (struct us_behaviour){US_BEHAVIOUR_COUNT, event, times[i], 0};
        /* one person is what one event is */
        for (size_t i = 1; i < TIMES && people; i++)
            (*out)[count++] =
                (struct us_behaviour){US_BEHAVIOUR_USERS, event, times[i], 0};
    }
    return count;
}

size_t us_behaviours_all(const struct us_landmark_asked *asked,
    const struct us_landmark *frame, bool people, struct us_arena *a,
    struct us_behaviour **out)
{
    size_t names = asked->units->name_count;
    size_t count = us_behaviours_counted(asked->units, people, a, out);
    if (!names) return 0;
    const struct met *met = events_met(asked, frame, a);
    size_t paired = names < US_PAIR_EVENTS ? names : US_PAIR_EVENTS;
    for (size_t i = 0; i < paired; i++)
        for (size_t k = 0; k < paired; k++)
            if (i != k && met[i].units && met[k].units)
                (*out)[count++] = (struct us_behaviour){
                    US_BEHAVIOUR_PAIR, met[i].event, 1, met[k].event};
    return count;
}
