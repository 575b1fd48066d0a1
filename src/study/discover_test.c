/* Tables in one pass equal those counted behaviour by behaviour and unit by unit, over
 * random units; and what leaks is set apart. */

#include "study/discover.h"
#include "study/study_fixture.h"

#include <math.h>

/* ---- the same, slowly ---- */

/* When the first B came that has an A before it. */
static int64_t pair_reached(const struct us_units *u, const struct us_landmark_unit *x,
    struct us_behaviour is, int64_t from, int64_t to)
{
    for (uint32_t i = u->from[x->unit]; i < u->from[x->unit + 1]; i++)
        for (uint32_t j = u->from[x->unit]; j < i && u->name[i] == is.second; j++)
            if (u->name[j] == is.event && u->at[j] >= from && u->at[i] < to &&
                u->at[j] < u->at[i])
                return u->at[i];
    return US_NEVER;
}

static bool raised_before(
    const struct world *w, const struct us_landmark_unit *x, int64_t landmark)
{
    const struct us_units *u = &w->units;
    for (uint32_t i = u->from[x->unit]; i < u->from[x->unit + 1] && w->q.raising; i++)
        if (w->q.raising[u->name[i]] && u->at[i] >= x->start && u->at[i] < landmark)
            return true;
    return false;
}

/* When the k-th came in [from, to), by this kind; US_NEVER. */
static int64_t reached(const struct us_units *u, const struct us_landmark_unit *x,
    struct us_behaviour is, int64_t from, int64_t to)
{
    uint32_t done = 0;
    if (is.kind == US_BEHAVIOUR_PAIR) return pair_reached(u, x, is, from, to);
    for (uint32_t i = u->from[x->unit]; i < u->from[x->unit + 1]; i++) {
        bool theirs = u->name[i] == is.event && u->at[i] >= from && u->at[i] < to;
        bool again = is.kind == US_BEHAVIOUR_USERS && u->user[i] == US_NOBODY;
        for (uint32_t j = u->from[x->unit]; j < i && is.kind == US_BEHAVIOUR_USERS; j++)
            again |=
                u->name[j] == is.event && u->at[j] >= from && u->user[j] == u->user[i];
        if (theirs && !again && ++done == is.k) return u->at[i];
    }
    return US_NEVER;
}

static int64_t came_before(const struct us_landmark_unit *x, int64_t landmark)
{
    return x->outcome < landmark ? x->outcome : landmark;
}

static bool tables_same(struct world *w, const struct us_discovered *r)
{
    struct us_fourfold t = {0};
    struct us_fourfold late = {0};
    struct us_fourfold alone = {0};
    double lead[UNITS];
    double all[UNITS];
    size_t leads = 0;
    size_t alls = 0;
    int64_t outcomes = 0;
    int64_t reach = 0;
    for (size_t i = 0; i < w->frame.cohort_count; i++) {
        const struct us_landmark_unit *x = &w->frame.cohort[i];
        int64_t landmark = x->start + w->q.within;
        int64_t met = reached(&w->units, x, r->is, x->start, came_before(x, landmark));
        reach += met != US_NEVER;
        if (landmark + w->q.horizon > w->q.to) continue;
        bool hit = x->outcome < landmark + w->q.horizon;
        if (raised_before(w, x, landmark)) continue;
        double days = (double)(x->outcome - met) / (double)US_DAY_US;
        outcomes += hit;
        if (hit && met != US_NEVER) all[alls++] = days;
        if (x->outcome < landmark) continue;
        bool is_late = x->start >= w->frame.eligible[w->frame.count / 2].start;
        int64_t until = hit ? x->outcome : landmark + w->q.horizon;
        bool touched = w->q.touched_at && w->q.touched_at[x->unit] < until;
        if (is_late) cell(&late, met != US_NEVER, hit);
        if (!touched) cell(&alone, met != US_NEVER, hit);
        cell(&t, met != US_NEVER, hit);
        if (hit && met != US_NEVER) lead[leads++] = days;
    }
    us_sort(lead, leads);
    us_sort(all, alls);
    double recall = (double)alls / (double)outcomes;
    double median = us_quantile(lead, leads, 0.5);
    double all_median = us_quantile(all, alls, 0.5);
    for (size_t i = 0; i < w->frame.cohort_count; i++)
        if (w->q.excluded && w->q.excluded[w->frame.cohort[i].unit]) return false;
    struct us_fourfold early = {t.a - late.a, t.b - late.b, t.c - late.c, t.d - late.d};
    bool same = equal(t, r->table) && equal(late, r->late) && equal(early, r->early) &&
                equal(alone, r->untouched);
    same &= recall == r->recall_all || (isnan(recall) && isnan(r->recall_all));
    same &= median == r->lead_median || (isnan(median) && isnan(r->lead_median));
    same &= all_median == r->lead_all_median ||
            (isnan(all_median) && isnan(r->lead_all_median));
    double weeks = 1;
    size_t n = w->frame.cohort_count;
    if (n > 1)
        weeks =
            fmax(1, (double)(w->frame.cohort[n - 1].start - w->frame.cohort[0].start) /
                        (double)(7 * US_DAY_US));
    return same && fabs(r->fires_per_week - (double)reach / weeks) < 1e-9;
}

static bool adjusted_same(struct world *w, const struct us_discovered *r)
{
    struct us_fourfold strata[16][8] = {0};
    for (size_t i = 0; i < w->frame.count; i++) {
        const struct us_landmark_unit *x = &w->frame.eligible[i];
        int64_t landmark = x->start + w->q.within;
        size_t others = 0;
        size_t people = 0;
        bool met[PEOPLE] = {0};
        for (uint32_t k = w->units.from[x->unit]; k < w->units.from[x->unit + 1]; k++) {
            if (w->units.at[k] < x->start || w->units.at[k] >= landmark) continue;
            bool second =
                r->is.kind == US_BEHAVIOUR_PAIR && w->units.name[k] == r->is.second;
            others += w->units.name[k] != r->is.event && !second;
            uint32_t user = w->units.user[k];
            if (user != US_NOBODY && !met[user]) people++;
            if (user != US_NOBODY) met[user] = true;
        }
        bool exposed = reached(&w->units, x, r->is, x->start, landmark) != US_NEVER;
        struct us_fourfold *t = &strata[band(others, 15)][band(people, 7)];
        cell(t, exposed, x->converted);
    }
    struct us_strata s = us_mantel_haenszel(&strata[0][0], 128, 0.95);
    double got = r->adjusted.odds.value;
    return s.informative == r->adjusted.informative &&
           (s.odds.value == got || fabs(s.odds.value - got) < 1e-9 * got ||
               (isnan(s.odds.value) && isnan(got)));
}

static void random_worlds(struct us_tap *t)
{
    bool tables = true;
    bool adjusted = true;
    bool counts = true;
    int64_t exposed = 0;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct world w = {.seed = seed * 7919};
        us_arena_init(&w.a, MEMORY);
        make(&w, false);
        struct us_behaviour *rows;
        size_t count = us_behaviours_all(&w.q, &w.frame, true, &w.a, &rows);
        struct us_discovered_all all;
        us_discover(&w.q, &w.frame, rows, count, &w.a, &all);
        for (size_t i = 0; i < all.count; i++) {
            bool good = tables_same(&w, &all.rows[i]);
            bool well = adjusted_same(&w, &all.rows[i]);
            if (!good || !well)
                printf("# seed %llu row %zu\n", (unsigned long long)seed, i);
            tables &= good;
            adjusted &= well;
            exposed += all.rows[i].table.a;
        }
        counts &= w.frame.started == w.frame.before_from + w.frame.excluded +
                                         w.frame.short_followup +
                                         w.frame.converted_before + w.frame.raised +
                                         (int64_t)w.frame.count;
        us_arena_done(&w.a);
    }
    CHECK_AS(t, tables, "tables, recall and lead as counted one by one");
    CHECK_AS(t, adjusted, "odds within bands of activity and people");
    CHECK_AS(t, counts, "who is left out adds up");
    CHECK_AS(t, exposed > WORLDS, "and there was something to count");
}

static void leaks(struct us_tap *t)
{
    struct world w = {.seed = 5};
    us_arena_init(&w.a, MEMORY);
    make(&w, true);
    struct us_behaviour rows[] = {{US_BEHAVIOUR_COUNT, OUTCOME, 1, 0},
        {US_BEHAVIOUR_COUNT, NEAR, 1, 0}, {US_BEHAVIOUR_COUNT, 3, 1, 0}};
    struct us_discovered_all all;
    us_discover(&w.q, &w.frame, rows, 3, &w.a, &all);
    CHECK(t, all.rows[0].leak == US_LEAK_OUTCOME);
    CHECK(t, all.rows[1].leak == US_LEAK_NEAR);
    CHECK(t, all.rows[2].leak == US_LEAK_NONE);
    us_discovered_keep(&all, &w.a);
    bool some = true;
    for (size_t i = 0; i < all.count; i++)
        some &= all.rows[i].table.a + all.rows[i].table.b >= US_DISCOVER_UNITS_LEAST;
    CHECK_AS(t, some, "what hardly anybody does is not asked about");
    us_arena_done(&w.a);
}

static void nobody(struct us_tap *t)
{
    struct world w = {.seed = 1};
    us_arena_init(&w.a, MEMORY);
    make(&w, false);
    w.units.count = 0;
    us_landmark_frame(&w.q, &w.a, &w.frame);
    struct us_behaviour row = {US_BEHAVIOUR_COUNT, 3, 1, 0};
    struct us_discovered_all all;
    us_discover(&w.q, &w.frame, &row, 1, &w.a, &all);
    CHECK(t, w.frame.count == 0 && all.count == 1 && isnan(all.base_rate));
    CHECK(t, isnan(all.rows[0].rate_exposed) && isnan(all.rows[0].lead_median));
    us_arena_done(&w.a);
}

int main(void)
{
    struct us_tap t = {0};
    random_worlds(&t);
    leaks(&t);
    nobody(&t);
    return us_tap_done(&t);
}
