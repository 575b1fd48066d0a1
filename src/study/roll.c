/* roll.c: tables of behaviours in the days before by outcomes after, week by week. */

#include "base/time.h"
#include "study/rolling.h"
#include "study/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t SCRATCH_MAX = (size_t)32 << 30;

/* What one event was in the days before one snapshot. */
struct entry {
    uint32_t row; /* of the frame */
    uint32_t times, people;
    uint32_t band; /* of activity without it and of active people */
};

struct event {
    struct entry *entries; /* by row */
    size_t count, cap;
    int64_t near, times, after_sales;
};

struct work {
    const struct us_landmark_asked *q;
    const struct us_rolling *f;
    struct us_arena *a;
    struct event *events;
    uint32_t *idle; /* by row: its band */
    struct us_clustered_row *rows, *banded;
    uint32_t *stamp_user, *stamp_event; /* of the snapshot, of the unit at hand */
    uint32_t *stamp_company;            /* of the behaviour at hand */
    uint32_t *company_rows, *company_met;
    uint32_t turn;
    int64_t outcomes, times, after_sales;
};

/* ---- what was done before each snapshot ---- */

static int by_key(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Rows [from, to) of the units are the days before it: (event, user) in order, from
 * which times and people of each event follow. */
static void snapshot_take(
    struct work *w, uint32_t row, uint32_t from, uint32_t to, uint64_t *keys)
{
    const struct us_units *u = w->q->units;
    size_t n = to - from;
    uint32_t users = 0;
    for (uint32_t i = from; i < to; i++) {
        uint32_t user = u->user[i];
        keys[i - from] = (uint64_t)u->name[i] << 32 | user;
        if (user == US_NOBODY) continue;
        users += w->stamp_user[user] != row + 1;
        w->stamp_user[user] = row + 1;
    }
    if (n) qsort(keys, n, sizeof *keys, by_key);
    w->idle[row] = us_tally_band(n, users);
    for (size_t i = 0; i < n;) {
        uint32_t name = (uint32_t)(keys[i] >> 32);
        struct entry e = {.row = row};
        for (; i < n && (uint32_t)(keys[i] >> 32) == name; i++) {
            bool again = e.times && keys[i] == keys[i - 1];
            e.people += !again && (uint32_t)keys[i] != US_NOBODY;
            e.times++;
        }
        e.band = us_tally_band(n - e.times, users);
        struct event *event = &w->events[name];
        *us_push(w->a, event->entries, event->count, event->cap) = e;
    }
}

/* Which events lie close to its outcome, and which after sales came. */
static void unit_leaks(struct work *w, uint32_t unit, int64_t outcome)
{
    const struct us_units *u = w->q->units;
    const int64_t close = US_LEAK_MINUTES * US_MINUTE_US;
    int64_t touched = w->q->touched_at ? w->q->touched_at[unit] : US_NEVER;
    bool came = outcome <= w->q->to;
    w->outcomes += came;
    for (uint32_t i = u->from[unit]; i < u->from[unit + 1]; i++) {
        struct event *e = &w->events[u->name[i]];
        bool near = came && u->at[i] >= outcome - close && u->at[i] <= outcome + close;
        e->near += near && w->stamp_event[u->name[i]] != unit + 1;
        if (near) w->stamp_event[u->name[i]] = unit + 1;
        e->times++;
        e->after_sales += u->at[i] >= touched;
        w->times++;
        w->after_sales += u->at[i] >= touched;
    }
}

static void gather(struct work *w)
{
    const struct us_units *u = w->q->units;
    size_t most = 0;
    for (size_t i = 0; i < u->count; i++)
        if (u->from[i + 1] - u->from[i] > most) most = u->from[i + 1] - u->from[i];
    uint64_t *keys = us_new(w->a, uint64_t, most + 1);
    uint32_t low = 0;
    uint32_t high = 0;
    for (uint32_t row = 0; row < w->f->count; row++) {
        const struct us_snapshot *s = &w->f->rows[row];
        if (row == 0 || s[-1].unit != s->unit) {
            low = high = u->from[s->unit];
            unit_leaks(w, s->unit, s->outcome);
        }
        while (low < u->from[s->unit + 1] && u->at[low] < s->at - w->q->within)
            low++;
        while (high < u->from[s->unit + 1] && u->at[high] < s->at)
            high++;
        snapshot_take(w, row, low, high, keys);
    }
}

/* ---- one behaviour ---- */

static us_leak leak_of(const struct work *w, uint32_t event)
{
    const struct event *e = &w->events[event];
    if (event == w->q->outcome) return US_LEAK_OUTCOME;
    if ((double)e->near >= US_LEAK_SHARE * (double)w->outcomes && w->outcomes)
        return US_LEAK_NEAR;
    double share = (double)e->after_sales / (double)e->times;
    double usual = (double)w->after_sales / (double)w->times;
    return share >= US_LEAK_SALES_SHARE && share >= 2 * usual ? US_LEAK_SALES
                                                              : US_LEAK_NONE;
}

static bool meets(const struct entry *e, const struct us_behaviour *is)
{
    return (is->kind == US_BEHAVIOUR_USERS ? e->people : e->times) >= is->k;
}

/* One more row of a company meets it. */
static void company_met(struct work *w, uint32_t company, struct us_rolled *r)
{
    bool fresh = w->stamp_company[company] != w->turn;
    w->stamp_company[company] = w->turn;
    w->company_met[company] = fresh ? 1 : w->company_met[company] + 1;
    r->companies += fresh;
    r->others -= w->company_met[company] == w->company_rows[company];
}

/* One less than the companies that can tell. */
static double degrees_of(const struct work *w, const struct us_rolled *r)
{
    int64_t fewest = (int64_t)w->f->converted_clusters;
    if (r->companies < fewest) fewest = r->companies;
    if (r->others < fewest) fewest = r->others;
    return (double)fewest - 1;
}

/* Marks the rows that meet it, and those of its event by their own band. */
static void mark(struct work *w, const struct us_behaviour *is, struct us_rolled *r)
{
    const struct event *event = &w->events[is->event];
    const struct us_snapshot *rows = w->f->rows;
    int64_t late_hits = 0;
    int64_t fresh = 0;
    uint32_t last = UINT32_MAX; /* row that met it */
    w->turn++;
    r->others = (int64_t)w->f->clusters;
    for (size_t i = 0; i < event->count; i++) {
        const struct entry *e = &event->entries[i];
        bool yes = meets(e, is);
        w->rows[e->row].exposed = w->banded[e->row].exposed = yes;
        w->banded[e->row].stratum = rows[e->row].week * TALLY_STRATA + e->band;
        if (!yes) continue;
        const struct us_snapshot *s = &rows[e->row];
        *(s->converted ? &r->table.a : &r->table.b) += 1;
        bool late = s->week >= w->f->weeks / 2;
        r->late_exposed += late;
        late_hits += late && s->converted;
        bool same = last != UINT32_MAX && rows[last].unit == s->unit;
        r->units += !same;
        fresh += !(same && rows[last].week + 1 == s->week);
        company_met(w, w->q->units->company[s->unit], r);
        last = e->row;
    }
    r->rate_late = (double)late_hits / (double)r->late_exposed;
    r->fires_per_week = (double)fresh / (double)w->f->weeks;
    r->coverage = (double)r->units / (double)w->f->units;
}

static void unmark(struct work *w, uint32_t name)
{
    const struct event *event = &w->events[name];
    for (size_t i = 0; i < event->count; i++) {
        uint32_t row = event->entries[i].row;
        w->rows[row].exposed = w->banded[row].exposed = false;
        w->banded[row].stratum = w->f->rows[row].week * TALLY_STRATA + w->idle[row];
    }
}

static void row_make(struct work *w, const struct us_behaviour *is, struct us_rolled *r)
{
    const struct us_rolling *f = w->f;
    *r = (struct us_rolled){.is = *is};
    mark(w, is, r);
    r->table.c = f->converted - r->table.a;
    r->table.d = (int64_t)f->count - f->converted - r->table.b;
    r->rate_exposed = us_table_exposed(r->table);
    r->rate_unexposed = us_table_unexposed(r->table);
    r->lift = us_table_lift(r->table);
    double degrees = degrees_of(w, r);
    r->odds = us_clustered_odds(w->rows, f->count, 0.95, w->a);
    r->odds = us_clustered_degrees(r->odds, degrees, 0.95);
    r->adjusted = us_clustered_odds(w->banded, f->count, 0.95, w->a);
    r->adjusted = us_clustered_degrees(r->adjusted, degrees, 0.95);
    r->leak = leak_of(w, is->event);
    unmark(w, is->event);
}

/* ---- all of them ---- */

static void begin(struct work *w)
{
    const struct us_units *u = w->q->units;
    const struct us_rolling *f = w->f;
    w->events = us_new(w->a, struct event, u->name_count + 1);
    w->idle = us_new(w->a, uint32_t, f->count + 1);
    w->stamp_user = us_new(w->a, uint32_t, u->user_count + 1);
    w->stamp_company = us_new(w->a, uint32_t, u->company_count + 1);
    w->stamp_event = us_new(w->a, uint32_t, u->name_count + 1);
    gather(w);
    w->rows = us_new(w->a, struct us_clustered_row, f->count + 1);
    w->banded = us_new(w->a, struct us_clustered_row, f->count + 1);
    w->company_rows = us_new(w->a, uint32_t, u->company_count + 1);
    w->company_met = us_new(w->a, uint32_t, u->company_count + 1);
    for (size_t i = 0; i < f->count; i++) {
        const struct us_snapshot *s = &f->rows[i];
        w->company_rows[u->company[s->unit]]++;
        w->rows[i] = (struct us_clustered_row){
            s->week, u->company[s->unit], false, s->converted};
        w->banded[i] = w->rows[i];
        w->banded[i].stratum = s->week * TALLY_STRATA + w->idle[i];
    }
}

static void rows_q(struct us_rolled *rows, size_t count, struct us_arena *scratch)
{
    us_mark mark_of = us_arena_mark(scratch);
    double *p = us_new(scratch, double, count + 1);
    for (size_t i = 0; i < count; i++)
        p[i] = rows[i].odds.p;
    us_bh(p, count, p, scratch);
    for (size_t i = 0; i < count; i++)
        rows[i].q = p[i];
    us_arena_pop(scratch, mark_of);
}

void us_roll(const struct us_landmark_asked *asked, const struct us_rolling *frame,
    const struct us_behaviour *rows, size_t count, struct us_arena *a,
    struct us_rolled_all *out)
{
    struct us_arena scratch;
    us_arena_init(&scratch, SCRATCH_MAX);
    struct work w = {.q = asked, .f = frame, .a = &scratch};
    begin(&w);
    out->rows = us_new(a, struct us_rolled, count + 1);
    out->count = count;
    out->base_rate = (double)frame->converted / (double)frame->count;
    for (size_t i = 0; i < count; i++)
        row_make(&w, &rows[i], &out->rows[i]);
    rows_q(out->rows, count, &scratch);
    us_arena_done(&scratch);
}

void us_rolled_keep(struct us_rolled_all *all, struct us_arena *scratch)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct us_rolled *r = &all->rows[i];
        bool asked = r->companies >= US_ROLLING_CLUSTERS_LEAST &&
                     r->others >= US_ROLLING_CLUSTERS_LEAST &&
                     r->table.a + r->table.c > 0;
        if (asked) all->rows[kept++] = *r;
    }
    all->count = kept;
    rows_q(all->rows, kept, scratch);
}

void us_rolled_join(const struct us_rolled_all *each, size_t windows,
    struct us_arena *a, struct us_rolled_all *out)
{
    size_t count = 0;
    for (size_t i = 0; i < windows; i++)
        count += each[i].count;
    *out = (struct us_rolled_all){.rows = us_new(a, struct us_rolled, count + 1),
        .base_rate = windows ? each[0].base_rate : NAN};
    for (uint32_t i = 0; i < windows; i++)
        for (size_t k = 0; k < each[i].count; k++) {
            out->rows[out->count] = each[i].rows[k];
            out->rows[out->count++].window = i;
        }
    rows_q(out->rows, out->count, a);
}
