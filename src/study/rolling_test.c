/* Rows of weeks and their tables equal those counted one by one, over random units;
 * odds are those of the rows so counted. */

#include "study/rolling.h"
#include "study/study_fixture.h"

#include <math.h>

enum { WEEKS_MAX = 20, ROWS_ALL = UNITS * WEEKS_MAX, SILENT = US_ROLLING_SILENT_DAYS };

struct counted {
    struct us_clustered_row rows[ROWS_ALL], banded[ROWS_ALL];
    size_t count;
    struct us_fourfold table;
    int64_t units, companies, others, fresh, late, late_hits;
};

static int64_t nth_of(const struct world *w, uint32_t unit, uint32_t name, uint32_t nth)
{
    const struct us_units *u = &w->units;
    for (uint32_t i = u->from[unit]; i < u->from[unit + 1]; i++)
        if (u->name[i] == name && --nth == 0) return u->at[i];
    return US_NEVER;
}

struct days {
    size_t times, all, people_of_it, people;
};

static struct days days_of(
    const struct world *w, uint32_t unit, uint32_t event, int64_t from, int64_t to)
{
    const struct us_units *u = &w->units;
    struct days d = {0};
    bool met[PEOPLE] = {0};
    bool met_it[PEOPLE] = {0};
    for (uint32_t i = u->from[unit]; i < u->from[unit + 1]; i++) {
        if (u->at[i] < from || u->at[i] >= to) continue;
        bool it = u->name[i] == event;
        d.all++;
        d.times += it;
        if (u->user[i] == US_NOBODY) continue;
        d.people += !met[u->user[i]];
        met[u->user[i]] = true;
        d.people_of_it += it && !met_it[u->user[i]];
        met_it[u->user[i]] |= it;
    }
    return d;
}

/* Whether unit is looked at on that Monday, from the words of the header. */
static bool looked_at(const struct world *w, uint32_t unit, int64_t at, bool *converted)
{
    const struct us_landmark_asked *q = &w->q;
    const struct us_units *u = &w->units;
    if (u->from[unit] == u->from[unit + 1]) return false;
    int64_t start =
        q->start == US_ANY_EVENT ? u->at[u->from[unit]] : nth_of(w, unit, q->start, 1);
    int64_t outcome =
        q->outcome_at ? q->outcome_at[unit] : nth_of(w, unit, OUTCOME, q->nth);
    int64_t touched = q->touched_at ? q->touched_at[unit] : US_NEVER;
    int64_t raised = q->raising ? nth_of(w, unit, 3, 1) : US_NEVER;
    int64_t end = at + q->horizon;
    *converted = outcome >= at && outcome < end;
    if (q->excluded && q->excluded[unit]) return false;
    if (start == US_NEVER || start > at - q->within || at < q->from || end > q->to)
        return false;
    if (outcome < at || touched < at || raised < at) return false;
    if (touched < end && touched < outcome) return false;
    return days_of(w, unit, 0, at - SILENT * US_DAY_US, at).all > 0;
}

static void count_all(const struct world *w, const struct us_behaviour *is,
    const struct us_rolling *f, struct counted *c)
{
    bool seen[COMPANIES] = {0};
    bool missed[COMPANIES] = {0};
    *c = (struct counted){0};
    int64_t first =
        f->count ? f->rows[0].at - (int64_t)f->rows[0].week * 7 * US_DAY_US : 0;
    for (uint32_t unit = 0; unit < UNITS; unit++) {
        bool before = false; /* the week before was a row that met it */
        bool ever = false;
        for (uint32_t week = 0; week < WEEKS_MAX; week++) {
            int64_t at = first + (int64_t)week * 7 * US_DAY_US;
            bool hit = false;
            if (!looked_at(w, unit, at, &hit)) {
                before = false;
                continue;
            }
            struct days d = days_of(w, unit, is->event, at - w->q.within, at);
            bool yes =
                (is->kind == US_BEHAVIOUR_USERS ? d.people_of_it : d.times) >= is->k;
            uint32_t company = w->units.company[unit];
            uint32_t own =
                (uint32_t)(band(d.all - d.times, 15) * 8 + band(d.people, 7));
            c->rows[c->count] = (struct us_clustered_row){week, company, yes, hit};
            c->banded[c->count++] =
                (struct us_clustered_row){week * 128 + own, company, yes, hit};
            cell(&c->table, yes, hit);
            c->units += yes && !ever;
            c->fresh += yes && !before;
            ever |= yes;
            before = yes;
            c->companies += yes && !seen[company];
            seen[company] |= yes;
            c->others += !yes && !missed[company];
            missed[company] |= !yes;
            bool late = week >= f->weeks / 2;
            c->late += yes && late;
            c->late_hits += yes && late && hit;
        }
    }
}

static bool close_to(double got, double want)
{
    if (isnan(want) || isinf(want)) return isnan(got) == isnan(want);
    return fabs(got - want) <= 1e-12 + 1e-9 * fabs(want);
}

static double degrees_of(const struct us_rolling *f, const struct counted *c)
{
    int64_t few = (int64_t)f->converted_clusters;
    if (c->companies < few) few = c->companies;
    if (c->others < few) few = c->others;
    return (double)few - 1;
}

static bool odds_same(struct us_clustered got, const struct us_clustered_row *rows,
    size_t count, double degrees, struct us_arena *a)
{
    struct us_clustered want = us_clustered_odds(rows, count, 0.95, a);
    want = us_clustered_degrees(want, degrees, 0.95);
    return close_to(got.odds.value, want.odds.value) &&
           close_to(got.odds.in.low, want.odds.in.low) &&
           close_to(got.odds.in.high, want.odds.in.high) && close_to(got.p, want.p);
}

static void worlds(struct us_tap *t)
{
    bool tables = true;
    bool odds = true;
    bool known = true;
    int64_t met = 0;
    int64_t told = 0;
    struct us_arena counting;
    us_arena_init(&counting, MEMORY);
    struct counted *c = us_new(&counting, struct counted, 1);
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct world w = {.seed = seed * 104729};
        us_arena_init(&w.a, MEMORY);
        make(&w, false);
        struct us_rolling f;
        us_rolling_frame(&w.q, &w.a, &f);
        struct us_behaviour rows[] = {{US_BEHAVIOUR_COUNT, 4, 2, 0},
            {US_BEHAVIOUR_USERS, 4, 2, 0}, {US_BEHAVIOUR_COUNT, OUTCOME, 1, 0},
            {US_BEHAVIOUR_COUNT, 0, 1, 0}};
        struct us_rolled_all all;
        us_roll(&w.q, &f, rows, 4, &w.a, &all);
        for (size_t i = 0; i < 4 && f.count; i++) {
            const struct us_rolled *r = &all.rows[i];
            count_all(&w, &rows[i], &f, c);
            double degrees = degrees_of(&f, c);
            bool good =
                c->count == f.count && equal(c->table, r->table) &&
                c->units == r->units && c->companies == r->companies &&
                c->others == r->others && c->late == r->late_exposed &&
                close_to(r->rate_late, (double)c->late_hits / (double)c->late) &&
                close_to(r->fires_per_week, (double)c->fresh / (double)f.weeks);
            bool well = odds_same(r->odds, c->rows, c->count, degrees, &w.a) &&
                        odds_same(r->adjusted, c->banded, c->count, degrees, &w.a);
            if (!good || !well)
                printf("# seed %llu row %zu\n", (unsigned long long)seed, i);
            tables &= good;
            odds &= well;
            met += c->table.a;
            told += isfinite(r->odds.p);
        }
        int64_t mondays = f.early + f.short_followup + f.left_converted +
                          f.left_touched + f.left_raised + f.touched_next + f.silent;
        known &= mondays > 0 && (f.count == 0 || f.units <= f.count);
        us_arena_done(&w.a);
    }
    us_arena_done(&counting);
    CHECK_AS(t, tables, "rows of weeks as counted one by one");
    CHECK_AS(t, odds, "odds by week, and by bands, clustered");
    CHECK_AS(t, known, "who is left out is counted");
    CHECK_AS(t, met > WORLDS && told > WORLDS / 2, "and there was something to tell");
}

/* q counts what is kept alone. */
static void kept(struct us_tap *t)
{
    struct us_arena a;
    us_arena_init(&a, MEMORY);
    struct us_rolled rows[3] = {
        {.companies = 5, .others = 5, .table = {1, 4, 0, 5}, .odds = {.p = 0.01}},
        {.companies = 4, .others = 9, .table = {1, 4, 0, 5}, .odds = {.p = 0.02}},
        {.companies = 9, .others = 9, .table = {1, 4, 0, 5}, .odds = {.p = 0.04}}};
    struct us_rolled_all all = {rows, 3, 0.1};
    us_rolled_keep(&all, &a);
    CHECK(t, all.count == 2 && fabs(rows[0].q - 0.02) < 1e-15);
    CHECK(t, fabs(rows[1].q - 0.04) < 1e-15);
    us_arena_done(&a);
}

int main(void)
{
    struct us_tap t = {0};
    worlds(&t);
    kept(&t);
    return us_tap_done(&t);
}
