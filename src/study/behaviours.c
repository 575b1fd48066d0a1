/* behaviours.c: which behaviours are looked at when none are named. */

#include "study/discover.h"

static const uint32_t times[] = {1, 2, 3, 5, 10, 20};
enum { TIMES = sizeof times / sizeof *times };

size_t us_behaviours_all(const struct us_units *units, bool people, struct us_arena *a,
    struct us_behaviour **out)
{
    size_t count = 0;
    *out = us_new(a, struct us_behaviour, units->name_count * TIMES * 2 + 1);
    for (uint32_t event = 0; event < units->name_count; event++) {
        for (size_t i = 0; i < TIMES; i++)
            (*out)[count++] =
                (struct us_behaviour){US_BEHAVIOUR_COUNT, event, times[i]};
        /* one person is what one event is */
        for (size_t i = 1; i < TIMES && people; i++)
            (*out)[count++] =
                (struct us_behaviour){US_BEHAVIOUR_USERS, event, times[i]};
    }
    return count;
}

void us_discovered_keep(struct us_discovered_all *all, struct us_arena *scratch)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++) {
        struct us_fourfold t = all->rows[i].table;
        bool asked = t.a + t.b >= US_DISCOVER_UNITS_LEAST &&
                     t.c + t.d >= US_DISCOVER_UNITS_LEAST;
        if (asked) all->rows[kept++] = all->rows[i];
    }
    all->count = kept;
    us_mark mark = us_arena_mark(scratch);
    double *p = us_new(scratch, double, kept + 1);
    for (size_t i = 0; i < kept; i++)
        p[i] = all->rows[i].fisher.p;
    us_bh(p, kept, p, scratch);
    for (size_t i = 0; i < kept; i++)
        all->rows[i].q = p[i];
    us_arena_pop(scratch, mark);
}
