/* study_fixture.h: random units for the tests of studies. */
#pragma once

#include "base/tap.h"
#include "base/time.h"
#include "study/landmark.h"

#include <stdlib.h>

enum {
    UNITS = 60,
    ROWS_MAX = 40,
    NAMES = 5,
    PEOPLE = 6,
    COMPANIES = 40,
    WORLDS = 200,
    MEMORY = 256 << 20
};
enum { START, OUTCOME = 1, NEAR = 2 };

static const us_str names[NAMES] = {US_S_INIT("start"), US_S_INIT("outcome"),
    US_S_INIT("near"), US_S_INIT("calm"), US_S_INIT("busy")};

struct world {
    struct us_arena a;
    uint64_t seed;
    struct us_units units;
    struct us_landmark_asked q;
    struct us_landmark frame;
};

static inline uint64_t below(struct world *w, uint64_t n)
{
    w->seed = w->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (w->seed >> 33) % n;
}

struct row {
    int64_t at;
    uint32_t name, user;
};

static inline int by_time(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return (x->name > y->name) - (x->name < y->name);
}

/* Outcomes that are no event's. */
static inline void outcomes_given(struct world *w)
{
    int64_t *at = us_new(&w->a, int64_t, UNITS);
    for (size_t i = 0; i < UNITS; i++)
        at[i] = below(w, 3) ? US_NEVER : (int64_t)below(w, 1400) * US_HOUR_US;
    w->q.outcome_at = at;
    w->q.outcome = US_NO_EVENT;
}

static inline void make(struct world *w, bool near)
{
    uint32_t *from = us_new(&w->a, uint32_t, UNITS + 1);
    int64_t *at = us_new(&w->a, int64_t, UNITS * ROWS_MAX * 2);
    uint32_t *name = us_new(&w->a, uint32_t, UNITS * ROWS_MAX * 2);
    uint32_t *user = us_new(&w->a, uint32_t, UNITS * ROWS_MAX * 2);
    uint32_t count = 0;
    for (uint32_t i = 0; i < UNITS; i++) {
        struct row rows[ROWS_MAX * 2];
        size_t n = 0;
        int64_t begin = (int64_t)below(w, 40) * US_DAY_US;
        for (uint64_t k = below(w, ROWS_MAX); k > 0; k--) {
            uint32_t which = (uint32_t)below(w, 8);
            if (which >= NAMES) which = 4;
            if (near && which == NEAR) which = 3;
            int64_t t = begin + (int64_t)below(w, 400) * US_HOUR_US;
            uint32_t who = below(w, 5) ? (uint32_t)below(w, PEOPLE) : US_NOBODY;
            rows[n++] = (struct row){t, which, who};
            if (near && which == OUTCOME)
                rows[n++] = (struct row){t + US_MINUTE_US, NEAR, who};
        }
        if (n) qsort(rows, n, sizeof *rows, by_time);
        for (size_t k = 0; k < n; k++) {
            at[count] = rows[k].at;
            name[count] = rows[k].name;
            user[count++] = rows[k].user;
        }
        from[i + 1] = count;
    }
    uint32_t *company = us_new(&w->a, uint32_t, UNITS);
    for (uint32_t i = 0; i < UNITS; i++)
        company[i] = i % COMPANIES;
    w->units = (struct us_units){.count = UNITS,
        .from = from,
        .at = at,
        .name = name,
        .user = user,
        .user_count = PEOPLE,
        .company = company,
        .company_count = COMPANIES,
        .names = names,
        .name_count = NAMES,
        .row_count = count,
        .last_at = 60 * US_DAY_US};
    w->q = (struct us_landmark_asked){.units = &w->units,
        .start = below(w, 2) ? START : US_ANY_EVENT,
        .outcome = OUTCOME,
        .nth = 1 + (uint32_t)below(w, 2),
        .within = (int64_t)(1 + below(w, 8)) * US_DAY_US,
        .horizon = (int64_t)(1 + below(w, 12)) * US_DAY_US,
        .from = (int64_t)below(w, 5) * US_DAY_US,
        .to = (int64_t)(40 + below(w, 20)) * US_DAY_US};
    bool *excluded = us_new(&w->a, bool, UNITS);
    for (size_t i = 0; i < UNITS; i++)
        excluded[i] = below(w, 6) == 0;
    w->q.excluded = below(w, 3) ? excluded : NULL;
    bool *raising = us_new(&w->a, bool, NAMES);
    raising[3] = true;
    w->q.raising = below(w, 4) ? NULL : raising;
    int64_t *touched = us_new(&w->a, int64_t, UNITS);
    for (size_t i = 0; i < UNITS; i++)
        touched[i] = below(w, 3) ? US_NEVER : (int64_t)below(w, 60) * US_DAY_US;
    w->q.touched_at = below(w, 4) ? touched : NULL;
    if (below(w, 5) == 0) outcomes_given(w);
    us_landmark_frame(&w->q, &w->a, &w->frame);
}

static inline void cell(struct us_fourfold *t, bool exposed, bool hit)
{
    *(exposed ? (hit ? &t->a : &t->b) : (hit ? &t->c : &t->d)) += 1;
}

static inline bool equal(struct us_fourfold x, struct us_fourfold y)
{
    return x.a == y.a && x.b == y.b && x.c == y.c && x.d == y.d;
}

/* Bands are doublings of activity without the behaviour, and of people. */
static inline int band(size_t n, int most)
{
    int b = 0;
    while (n >> b && b < most)
        b++;
    return b;
}
