/* tally.c: the pass over what units did. */

#include "study/tally.h"

#include "base/time.h"

#include <stdlib.h>
#include <string.h>

enum { SEEN_MIN = 256 };

struct tally_pair {
    uint64_t key; /* event, user */
    uint32_t stamp;
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

static void order(struct tally *w)
{
    struct place *places = us_new(w->scratch, struct place, w->count + 1);
    for (uint32_t i = 0; i < w->count; i++)
        places[i] = (struct place){w->is[i], i};
    if (w->count) qsort(places, w->count, sizeof *places, by_behaviour);
    w->sorted = us_new(w->scratch, uint32_t, w->count + 1);
    w->pairs = us_new(w->scratch, uint32_t, w->count + 1);
    for (uint32_t i = 0; i < w->count; i++) {
        const struct us_behaviour *is = &places[i].is;
        w->sorted[i] = places[i].row;
        if (is->kind == US_BEHAVIOUR_PAIR) {
            w->pairs[w->pair_count++] = places[i].row;
            continue;
        }
        struct tally_event *e = &w->events[is->event];
        bool first = i == 0 || places[i - 1].is.event != is->event ||
                     places[i - 1].is.kind != is->kind;
        if (first) e->from[is->kind] = i;
        e->to[is->kind] = i + 1;
    }
}

/* ---- one unit ---- */

/* Whether this one did it for the first time in this unit. */
static bool first_time(struct tally *w, uint32_t event, uint32_t user)
{
    uint64_t key = (uint64_t)event << 32 | user;
    /* high bits of the product fold down, so that the event counts as the user does */
    uint64_t hash = key * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(hash ^ hash >> 32) & (w->seen_used - 1);
    while (w->seen[at].stamp == w->stamp) {
        if (w->seen[at].key == key) return false;
        at = (at + 1) & (w->seen_used - 1);
    }
    w->seen[at] = (struct tally_pair){key, w->stamp};
    return true;
}

static void count_one(
    struct tally *w, struct tally_event *e, us_behaviour_kind kind, int64_t at)
{
    uint32_t done = ++e->done[kind];
    while (e->cursor[kind] < e->to[kind] && w->is[w->sorted[e->cursor[kind]]].k <= done)
        w->reached_at[e->cursor[kind]++] = at;
}

/* A table with room for the rows of a unit; its stamps stay valid. A small unit uses
 * the beginning alone, which stays in the cache. */
static void seen_fit(struct tally *w, size_t rows)
{
    w->seen_used = SEEN_MIN;
    while (w->seen_used < rows * 2)
        w->seen_used *= 2;
    if (w->seen_used <= w->seen_cap) return;
    w->seen_cap = w->seen_used;
    w->seen = us_new(w->scratch, struct tally_pair, w->seen_cap);
}

struct stretch {
    int64_t from, to;
};

static void unit_count(
    struct tally *w, uint32_t unit, struct stretch when, size_t *activity)
{
    const struct us_units *u = w->u;
    int64_t sales = w->q->touched_at ? w->q->touched_at[unit] : US_NEVER;
    w->stamp++;
    w->touched_count = 0;
    w->users = 0;
    *activity = 0;
    seen_fit(w, u->from[unit + 1] - u->from[unit]);
    for (uint32_t i = u->from[unit]; i < u->from[unit + 1] && u->at[i] < when.to; i++) {
        if (u->at[i] < when.from) continue;
        struct tally_event *e = &w->events[u->name[i]];
        if (e->done[US_BEHAVIOUR_COUNT] == 0) {
            w->touched[w->touched_count++] = u->name[i];
            e->first = u->at[i];
        }
        e->last = u->at[i];
        e->times++;
        e->after_sales += u->at[i] >= sales;
        ++*activity;
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

static uint32_t doublings(size_t n, uint32_t most)
{
    uint32_t band = 0;
    while (n && band < most) {
        band++;
        n >>= 1;
    }
    return band;
}

uint32_t us_tally_band(size_t activity, uint32_t users)
{
    return doublings(activity, TALLY_BANDS - 1) * TALLY_USER_BANDS +
           doublings(users, TALLY_USER_BANDS - 1);
}

static void cell_add(struct tally_cells *c, bool yes, int64_t by)
{
    *(yes ? &c->yes : &c->no) += by;
}

static void exposed_add(
    struct tally *w, uint32_t row, const struct us_landmark_unit *x, uint32_t own)
{
    struct tally_row *r = &w->rows[row];
    cell_add(&r->exposed, x->converted, 1);
    cell_add(&r->strata[own], x->converted, 1);
    if (x->start >= w->late_from) cell_add(&r->late, x->converted, 1);
    if (!x->touched) cell_add(&r->untouched, x->converted, 1);
}

static bool pair_done(const struct tally *w, const struct us_behaviour *is)
{
    const struct tally_event *first = &w->events[is->event];
    const struct tally_event *second = &w->events[is->second];
    return first->done[US_BEHAVIOUR_COUNT] && second->done[US_BEHAVIOUR_COUNT] &&
           first->first < second->last;
}

static void pairs_judge(
    struct tally *w, const struct us_landmark_unit *x, size_t activity, uint32_t idle)
{
    for (size_t p = 0; p < w->pair_count; p++) {
        uint32_t row = w->pairs[p];
        const struct us_behaviour *is = &w->is[row];
        size_t own = w->events[is->event].done[US_BEHAVIOUR_COUNT];
        if (is->second != is->event)
            own += w->events[is->second].done[US_BEHAVIOUR_COUNT];
        if (!own) continue;
        uint32_t band = us_tally_band(activity - own, w->users);
        cell_add(&w->rows[row].shift[idle], x->converted, -1);
        cell_add(&w->rows[row].shift[band], x->converted, 1);
        if (pair_done(w, is)) exposed_add(w, row, x, band);
    }
}

/* An eligible unit: into tables and strata. */
static void unit_judge(
    struct tally *w, const struct us_landmark_unit *x, size_t activity)
{
    uint32_t idle = us_tally_band(activity, w->users);
    cell_add(&w->idle[idle], x->converted, 1);
    if (x->start >= w->late_from) cell_add(&w->late, x->converted, 1);
    if (!x->touched) cell_add(&w->untouched, x->converted, 1);
    for (size_t t = 0; t < w->touched_count; t++) {
        struct tally_event *e = &w->events[w->touched[t]];
        uint32_t own = us_tally_band(activity - e->done[US_BEHAVIOUR_COUNT], w->users);
        e->touched++;
        cell_add(&e->shift[idle], x->converted, -1);
        cell_add(&e->shift[own], x->converted, 1);
        for (int kind = 0; kind < TALLY_COUNTED; kind++)
            if (e->cursor[kind] > e->from[kind])
                exposed_add(w, w->sorted[e->cursor[kind] - 1], x, own);
    }
    pairs_judge(w, x, activity, idle);
}

static void lead_add(struct tally *w, uint32_t row, int64_t span, bool eligible)
{
    *us_push(w->scratch, w->leads, w->lead_count, w->lead_cap) =
        (struct tally_lead){row, eligible, (double)span / (double)US_DAY_US};
}

/* When the second of a pair came after the first time of the first. */
static int64_t pair_at(
    const struct tally *w, uint32_t unit, const struct us_behaviour *is)
{
    const struct us_units *u = w->u;
    uint32_t i = u->from[unit];
    while (u->at[i] <= w->events[is->event].first || u->name[i] != is->second)
        i++;
    return u->at[i];
}

static void pairs_leave(
    struct tally *w, const struct us_landmark_unit *x, bool hit, bool eligible)
{
    for (size_t p = 0; p < w->pair_count; p++) {
        uint32_t row = w->pairs[p];
        if (!pair_done(w, &w->is[row])) continue;
        w->rows[row].reached++;
        w->rows[row].all_hits += hit;
        if (hit)
            lead_add(w, row, x->outcome - pair_at(w, x->unit, &w->is[row]), eligible);
    }
}

/* What is reached, of whoever is followed up; and all is cleared for the next. */
static void unit_leave(struct tally *w, const struct us_landmark_unit *x, bool followed)
{
    int64_t landmark = x->start + w->q->within;
    bool hit = followed && !x->raised && x->outcome < landmark + w->q->horizon;
    bool eligible = x->outcome >= landmark;
    w->all += hit;
    pairs_leave(w, x, hit, eligible);
    for (size_t t = 0; t < w->touched_count; t++) {
        struct tally_event *e = &w->events[w->touched[t]];
        for (int kind = 0; kind < TALLY_COUNTED; kind++) {
            if (e->cursor[kind] > e->from[kind]) {
                uint32_t top = w->sorted[e->cursor[kind] - 1];
                w->rows[top].reached++;
                w->rows[top].all_hits += hit;
            }
            for (uint32_t i = e->from[kind]; i < e->cursor[kind] && hit; i++)
                lead_add(w, w->sorted[i], x->outcome - w->reached_at[i], eligible);
            e->cursor[kind] = e->from[kind];
            e->done[kind] = 0;
        }
    }
}

/* Which events lie close to its outcome. */
static void unit_near(struct tally *w, const struct us_landmark_unit *x)
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
        struct tally_event *e = &w->events[u->name[i]];
        if (e->near_unit != x->unit + 1) e->near++;
        e->near_unit = x->unit + 1;
    }
}

static void unit_take(struct tally *w, const struct us_landmark_unit *x, bool eligible)
{
    int64_t landmark = x->start + w->q->within;
    bool followed = landmark + w->q->horizon <= w->q->to;
    size_t activity;
    struct stretch when = {x->start, x->outcome < landmark ? x->outcome : landmark};
    unit_near(w, x);
    unit_count(w, x->unit, when, &activity);
    if (eligible) unit_judge(w, x, activity);
    unit_leave(w, x, followed);
}

/* ---- all of them ---- */

static void begin(struct tally *w)
{
    w->events = us_new(w->scratch, struct tally_event, w->u->name_count + 1);
    w->touched = us_new(w->scratch, uint32_t, w->u->name_count + 1);
    w->user_stamp = us_new(w->scratch, uint32_t, w->u->user_count + 1);
    w->rows = us_new(w->scratch, struct tally_row, w->count + 1);
    w->reached_at = us_new(w->scratch, int64_t, w->count + 1);
    for (size_t i = 0; i < w->count; i++) {
        w->rows[i].strata = us_new(w->scratch, struct tally_cells, TALLY_STRATA);
        if (w->is[i].kind == US_BEHAVIOUR_PAIR)
            w->rows[i].shift = us_new(w->scratch, struct tally_cells, TALLY_STRATA);
    }
    order(w);
    for (uint32_t i = 0; i < w->u->name_count; i++) {
        struct tally_event *e = &w->events[i];
        memcpy(e->cursor, e->from, sizeof e->from);
        e->shift = us_new(w->scratch, struct tally_cells, TALLY_STRATA);
    }
}

static void cells_sum(struct tally_cells *into, const struct tally_cells *more)
{
    into->yes += more->yes;
    into->no += more->no;
}

/* Who reached k reached every lesser one. */
static void sum_up(struct tally *w)
{
    for (size_t i = w->count; i-- > 1;) {
        const struct us_behaviour *less = &w->is[w->sorted[i - 1]];
        const struct us_behaviour *more = &w->is[w->sorted[i]];
        bool same = less->kind == more->kind && less->event == more->event &&
                    less->kind != US_BEHAVIOUR_PAIR;
        if (!same) continue;
        struct tally_row *into = &w->rows[w->sorted[i - 1]];
        const struct tally_row *from = &w->rows[w->sorted[i]];
        cells_sum(&into->exposed, &from->exposed);
        cells_sum(&into->late, &from->late);
        cells_sum(&into->untouched, &from->untouched);
        into->all_hits += from->all_hits;
        into->reached += from->reached;
        for (int s = 0; s < TALLY_STRATA; s++)
            cells_sum(&into->strata[s], &from->strata[s]);
    }
}

void us_tally(struct tally *w, const struct us_landmark *frame)
{
    begin(w);
    w->late_from = frame->split;
    /* eligible are among the cohort, in its order */
    size_t next = 0;
    for (size_t i = 0; i < frame->cohort_count; i++) {
        const struct us_landmark_unit *x = &frame->cohort[i];
        bool eligible = next < frame->count && frame->eligible[next].unit == x->unit;
        unit_take(w, eligible ? &frame->eligible[next++] : x, eligible);
    }
    sum_up(w);
    for (size_t i = 0; i < w->u->name_count; i++) {
        w->times += w->events[i].times;
        w->after_sales += w->events[i].after_sales;
    }
}
