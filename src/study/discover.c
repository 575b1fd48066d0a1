/* discover.c: tables of behaviours by outcome, in one pass over what units did.
 *
 * A unit touches the few names it has; for each it reaches the behaviours up to its
 * count. So behaviours are kept by (kind, event), k ascending, and only those of
 * touched names are looked at; what a unit did not reach follows from totals.
 */

#include "study/discover.h"

#include "base/time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BANDS = 16,     /* of activity: doublings */
    USER_BANDS = 8, /* of active people: doublings */
    STRATA = BANDS * USER_BANDS,
    PAIRS_MIN = 256,
};
static const size_t SCRATCH_MAX = (size_t)16 << 30;

struct pair {
    uint64_t key; /* event, user */
    uint32_t stamp;
};

us_str us_behaviour_word(us_behaviour_kind kind)
{
    return kind == US_BEHAVIOUR_USERS ? US_S("users") : US_S("count");
}

us_str us_leak_word(us_leak leak)
{
    static const us_str words[] = {[US_LEAK_NONE] = US_S_INIT(""),
        [US_LEAK_OUTCOME] = US_S_INIT("outcome"),
        [US_LEAK_NEAR] = US_S_INIT("near")};
    return words[leak];
}

struct lead {
    uint32_t row;  /* of the answer */
    bool eligible; /* else its outcome came before the landmark */
    double days;
};

/* What one behaviour gathers beside its row. */
struct gathering {
    struct us_fourfold *strata; /* what units that touch its event differ from idle */
    int64_t late_hits, all_hits;
    int64_t reached; /* units of the cohort */
};

/* The same for an event. */
struct event {
    uint32_t from[US_BEHAVIOUR_KINDS], to[US_BEHAVIOUR_KINDS]; /* of sorted[], by k */
    uint32_t cursor[US_BEHAVIOUR_KINDS];                       /* reached up to here */
    uint32_t done[US_BEHAVIOUR_KINDS]; /* by the unit at hand: times, people */
    int64_t touched;                   /* eligible units with it at all */
    int64_t near;                      /* outcomes with it close by */
    uint32_t near_unit;                /* the last it was counted for, + 1 */
};

struct work {
    const struct us_landmark_asked *q;
    const struct us_units *u;
    struct us_arena *scratch;
    struct us_discovered *rows;
    struct gathering *gathered;
    size_t count;
    uint32_t *sorted; /* rows by kind, event, k */
    struct event *events;
    int64_t *reached_at; /* by place in sorted */
    struct us_fourfold
        idle[STRATA]; /* eligible units as if nobody had reached anything */
    struct lead *leads;
    size_t lead_count, lead_cap;
    int64_t late_from; /* t0 from which a unit is in the later half */
    int64_t outcomes;  /* of the cohort, in the data */
    int64_t all;       /* outcomes in [t0, L + horizon), followed up */
    /* of the unit at hand */
    uint32_t *touched;
    size_t touched_count;
    uint32_t stamp, users;
    uint32_t *user_stamp;
    struct pair *pairs; /* who did what, open addressing */
    size_t pair_cap;
};

/* ---- order ---- */

struct place {
    struct us_behaviour is;
    uint32_t row;
};

static int by_behaviour(const void *a, const void *b)
{
    const struct us_behaviour *x = &((const struct place *)a)->is;
    const struct us_behaviour *y = &((const struct place *)b)->is;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    if (x->event != y->event) return x->event < y->event ? -1 : 1;
    return (x->k > y->k) - (x->k < y->k);
}

static void order(struct work *w)
{
    struct place *places = us_new(w->scratch, struct place, w->count + 1);
    for (uint32_t i = 0; i < w->count; i++)
        places[i] = (struct place){w->rows[i].is, i};
    if (w->count) qsort(places, w->count, sizeof *places, by_behaviour);
    w->sorted = us_new(w->scratch, uint32_t, w->count + 1);
    for (uint32_t i = 0; i < w->count; i++) {
        const struct us_behaviour *is = &places[i].is;
        struct event *e = &w->events[is->event];
        bool first = i == 0 || places[i - 1].is.event != is->event ||
                     places[i - 1].is.kind != is->kind;
        if (first) e->from[is->kind] = i;
        e->to[is->kind] = i + 1;
        w->sorted[i] = places[i].row;
    }
}

/* ---- one unit ---- */

/* Whether this one did it for the first time in this unit. */
static bool first_time(struct work *w, uint32_t event, uint32_t user)
{
    uint64_t key = (uint64_t)event << 32 | user;
    size_t at =
        (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & (w->pair_cap - 1);
    while (w->pairs[at].stamp == w->stamp) {
        if (w->pairs[at].key == key) return false;
        at = (at + 1) & (w->pair_cap - 1);
    }
    w->pairs[at] = (struct pair){key, w->stamp};
    return true;
}

static void count_one(
    struct work *w, struct event *e, us_behaviour_kind kind, int64_t at)
{
    uint32_t done = ++e->done[kind];
    while (e->cursor[kind] < e->to[kind] &&
           w->rows[w->sorted[e->cursor[kind]]].is.k <= done)
        w->reached_at[e->cursor[kind]++] = at;
}

/* A pair table with room for the rows of a unit; its stamps stay valid. */
static void pairs_fit(struct work *w, size_t rows)
{
    if (rows * 2 <= w->pair_cap) return;
    while (w->pair_cap < rows * 2)
        w->pair_cap = w->pair_cap ? w->pair_cap * 2 : PAIRS_MIN;
    w->pairs = us_new(w->scratch, struct pair, w->pair_cap);
}

static void unit_count(
    struct work *w, uint32_t unit, int64_t from, int64_t to, size_t *rows)
{
    const struct us_units *u = w->u;
    w->stamp++;
    w->touched_count = 0;
    w->users = 0;
    *rows = 0;
    pairs_fit(w, u->from[unit + 1] - u->from[unit]);
    for (uint32_t i = u->from[unit]; i < u->from[unit + 1] && u->at[i] < to; i++) {
        if (u->at[i] < from) continue;
        struct event *e = &w->events[u->name[i]];
        if (e->done[US_BEHAVIOUR_COUNT] == 0)
            w->touched[w->touched_count++] = u->name[i];
        ++*rows;
        count_one(w, e, US_BEHAVIOUR_COUNT, u->at[i]);
        uint32_t user = u->user[i];
        if (user == US_NOBODY) continue;
        if (w->user_stamp[user] != w->stamp) w->users++;
        w->user_stamp[user] = w->stamp;
        if (e->from[US_BEHAVIOUR_USERS] < e->to[US_BEHAVIOUR_USERS] &&
            first_time(w, u->name[i], user))
            count_one(w, e, US_BEHAVIOUR_USERS, u->at[i]);
    }
}

static int doublings(size_t n, int most)
{
    int band = 0;
    while (n && band < most) {
        band++;
        n >>= 1;
    }
    return band;
}

static int stratum(size_t activity, uint32_t users)
{
    return doublings(activity, BANDS - 1) * USER_BANDS +
           doublings(users, USER_BANDS - 1);
}

static void cell_add(struct us_fourfold *t, bool exposed, bool outcome, int64_t by)
{
    int64_t *cell = exposed ? (outcome ? &t->a : &t->b) : (outcome ? &t->c : &t->d);
    *cell += by;
}

static void lead_add(struct work *w, uint32_t row, int64_t span, bool eligible)
{
    *us_push(w->scratch, w->leads, w->lead_count, w->lead_cap) =
        (struct lead){row, eligible, (double)span / (double)US_DAY_US};
}

/* An eligible unit: into tables and strata. */
static void unit_judge(
    struct work *w, const struct us_landmark_unit *x, bool converted, size_t activity)
{
    int idle = stratum(activity, w->users);
    cell_add(&w->idle[idle], false, converted, 1);
    for (size_t t = 0; t < w->touched_count; t++) {
        struct event *e = &w->events[w->touched[t]];
        int own = stratum(activity - e->done[US_BEHAVIOUR_COUNT], w->users);
        e->touched++;
        for (int kind = 0; kind < US_BEHAVIOUR_KINDS; kind++)
            for (uint32_t i = e->from[kind]; i < e->to[kind]; i++) {
                uint32_t row = w->sorted[i];
                struct gathering *g = &w->gathered[row];
                bool exposed = i < e->cursor[kind];
                cell_add(&g->strata[idle], false, converted, -1);
                cell_add(&g->strata[own], exposed, converted, 1);
                if (!exposed) continue;
                cell_add(&w->rows[row].table, true, converted, 1);
                bool late = x->start >= w->late_from;
                w->rows[row].late_exposed += late;
                g->late_hits += late && converted;
            }
    }
}

/* What is reached, of whoever is followed up; and all is cleared for the next. */
static void unit_leave(struct work *w, const struct us_landmark_unit *x, bool followed)
{
    int64_t landmark = x->start + w->q->within;
    bool hit = followed && x->outcome < landmark + w->q->horizon;
    w->all += hit;
    for (size_t t = 0; t < w->touched_count; t++) {
        struct event *e = &w->events[w->touched[t]];
        for (int kind = 0; kind < US_BEHAVIOUR_KINDS; kind++) {
            for (uint32_t i = e->from[kind]; i < e->cursor[kind]; i++) {
                uint32_t row = w->sorted[i];
                w->gathered[row].reached++;
                w->gathered[row].all_hits += hit;
                if (hit)
                    lead_add(
                        w, row, x->outcome - w->reached_at[i], x->outcome >= landmark);
            }
            e->cursor[kind] = e->from[kind];
            e->done[kind] = 0;
        }
    }
}

/* Which events lie close to its outcome. */
static void unit_near(struct work *w, const struct us_landmark_unit *x)
{
    const struct us_units *u = w->u;
    const int64_t close = US_LEAK_MINUTES * US_MINUTE_US;
    if (x->outcome > w->q->to) return;
    w->outcomes++;
    uint32_t low = u->from[x->unit];
    for (uint32_t high = u->from[x->unit + 1]; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        if (u->at[middle] < x->outcome - close)
            low = middle + 1;
        else
            high = middle;
    }
    for (uint32_t i = low; i < u->from[x->unit + 1] && u->at[i] <= x->outcome + close;
         i++) {
        struct event *e = &w->events[u->name[i]];
        if (e->near_unit != x->unit + 1) e->near++;
        e->near_unit = x->unit + 1;
    }
}

static void unit_take(struct work *w, const struct us_landmark_unit *x)
{
    int64_t landmark = x->start + w->q->within;
    bool followed = landmark + w->q->horizon <= w->q->to;
    size_t activity;
    unit_near(w, x);
    unit_count(
        w, x->unit, x->start, x->outcome < landmark ? x->outcome : landmark, &activity);
    if (followed && x->outcome >= landmark)
        unit_judge(w, x, x->outcome < landmark + w->q->horizon, activity);
    unit_leave(w, x, followed);
}

/* ---- what follows ---- */

static int by_lead(const void *a, const void *b)
{
    const struct lead *x = a;
    const struct lead *y = b;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return (x->days > y->days) - (x->days < y->days);
}

static void leads(struct work *w)
{
    if (w->lead_count) qsort(w->leads, w->lead_count, sizeof *w->leads, by_lead);
    double *days = us_new(w->scratch, double, w->lead_count + 1);
    double *all = us_new(w->scratch, double, w->lead_count + 1);
    size_t at = 0;
    for (uint32_t row = 0; row < w->count; row++) {
        size_t n = 0;
        size_t count = 0;
        for (; at < w->lead_count && w->leads[at].row == row; at++) {
            all[count++] = w->leads[at].days;
            if (w->leads[at].eligible) days[n++] = w->leads[at].days;
        }
        struct us_discovered *r = &w->rows[row];
        r->lead_p25 = us_quantile(days, n, 0.25);
        r->lead_median = us_quantile(days, n, 0.5);
        r->lead_p75 = us_quantile(days, n, 0.75);
        r->lead_all_median = us_quantile(all, count, 0.5);
    }
}

static us_leak leak_of(const struct work *w, uint32_t event)
{
    if (event == w->q->outcome) return US_LEAK_OUTCOME;
    double share = (double)w->events[event].near / (double)w->outcomes;
    return share >= US_LEAK_SHARE ? US_LEAK_NEAR : US_LEAK_NONE;
}

static void row_finish(
    struct work *w, const struct us_landmark *frame, uint32_t row, double weeks)
{
    struct us_discovered *r = &w->rows[row];
    struct gathering *g = &w->gathered[row];
    struct us_fourfold *t = &r->table;
    t->c = frame->converted - t->a;
    t->d = (int64_t)frame->count - frame->converted - t->b;
    r->rate_exposed = us_table_exposed(*t);
    r->rate_unexposed = us_table_unexposed(*t);
    r->rate_in = us_wilson(t->a, t->a + t->b, 0.95);
    r->lift = us_table_lift(*t);
    r->risk = us_risk_ratio(*t, 0.95);
    r->odds = us_odds_ratio(*t, 0.95);
    r->odds_exact = us_odds_exact(*t, 0.95);
    r->fisher = us_fisher(*t);
    r->precision = r->rate_exposed;
    r->recall = (double)t->a / (double)frame->converted;
    r->recall_all = (double)g->all_hits / (double)w->all;
    for (int i = 0; i < STRATA; i++) {
        g->strata[i].c += w->idle[i].c;
        g->strata[i].d += w->idle[i].d;
    }
    r->adjusted = us_mantel_haenszel(g->strata, STRATA, 0.95);
    r->rate_late = (double)g->late_hits / (double)r->late_exposed;
    r->coverage = (double)w->events[r->is.event].touched / (double)frame->count;
    r->fires_per_week = (double)g->reached / weeks;
    double units = (double)frame->count;
    double base = (double)frame->converted / units;
    double exposed = (double)(t->a + t->b) / units;
    r->least_lift =
        us_power_least(r->rate_unexposed, 1 - exposed, units, 0.05, 0.8) / base;
    r->leak = leak_of(w, r->is.event);
}

static double weeks_of(const struct us_landmark *frame)
{
    if (frame->cohort_count < 2) return 1;
    int64_t span =
        frame->cohort[frame->cohort_count - 1].start - frame->cohort[0].start;
    double weeks = (double)span / (double)(7 * US_DAY_US);
    return weeks < 1 ? 1 : weeks;
}

static void finish(struct work *w, const struct us_landmark *frame)
{
    double weeks = weeks_of(frame);
    double *p = us_new(w->scratch, double, w->count + 1);
    for (uint32_t row = 0; row < w->count; row++) {
        row_finish(w, frame, row, weeks);
        p[row] = w->rows[row].fisher.p;
    }
    us_bh(p, w->count, p, w->scratch);
    for (uint32_t row = 0; row < w->count; row++)
        w->rows[row].q = p[row];
    leads(w);
}

static void begin(struct work *w, const struct us_landmark *frame)
{
    w->events = us_new(w->scratch, struct event, w->u->name_count + 1);
    w->touched = us_new(w->scratch, uint32_t, w->u->name_count + 1);
    w->user_stamp = us_new(w->scratch, uint32_t, w->u->user_count + 1);
    w->gathered = us_new(w->scratch, struct gathering, w->count + 1);
    w->reached_at = us_new(w->scratch, int64_t, w->count + 1);
    for (size_t i = 0; i < w->count; i++)
        w->gathered[i].strata = us_new(w->scratch, struct us_fourfold, STRATA);
    order(w);
    for (uint32_t i = 0; i < w->u->name_count; i++)
        memcpy(w->events[i].cursor, w->events[i].from, sizeof w->events[i].from);
    w->late_from = frame->count ? frame->eligible[frame->count / 2].start : US_NEVER;
}

void us_discover(const struct us_landmark_asked *asked, const struct us_landmark *frame,
    const struct us_behaviour *rows, size_t count, struct us_arena *a,
    struct us_discovered_all *out)
{
    struct us_arena scratch;
    us_arena_init(&scratch, SCRATCH_MAX);
    struct work w = {.q = asked,
        .u = asked->units,
        .scratch = &scratch,
        .rows = us_new(a, struct us_discovered, count + 1),
        .count = count};
    for (size_t i = 0; i < count; i++)
        w.rows[i].is = rows[i];
    begin(&w, frame);
    for (size_t i = 0; i < frame->cohort_count; i++)
        unit_take(&w, &frame->cohort[i]);
    finish(&w, frame);
    us_arena_done(&scratch);
    *out = (struct us_discovered_all){.rows = w.rows,
        .count = count,
        .base_rate = (double)frame->converted / (double)frame->count};
}
