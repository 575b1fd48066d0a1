/* circles.c: who is the same person since when, when aliases run in circles.
 *
 * Of each person's alias links the newest that holds counts, so at any moment the links
 * form a graph with one way out of each person: every walk ends, or runs into a circle,
 * and circles never touch. Of each circle the newest link is left out, and the next
 * older of that person takes its place, until no circle is left. The outcome does not
 * depend on where one begins, since leaving out a link of one circle changes no other.
 *
 * That is only done for persons who stand on a circle of links of any time (or on a way
 * between two); all others cannot be on one at any moment.
 */

#include "base/err.h"
#include "identity/tables.h"

#include <stdlib.h>
#include <string.h>

static const uint32_t NONE = UINT32_MAX, DONE = UINT32_MAX;

/* A step of a person on a circle, before they are sorted by person. */
struct cut {
    uint32_t from;
    struct step step;
};

struct circles {
    const struct us_identity *identity;
    struct us_arena *scratch;
    const struct edges *links;
    struct visitors back;
    uint8_t *knotted; /* by person: may be on a circle */
    uint32_t *at;     /* by person: the row that counts now, or NONE */
    uint32_t *mark;   /* by person: the last walk that came by, or DONE */
    uint32_t *last;   /* by person: where its last step led */
    struct cut *cuts;
    size_t cut_count, cut_cap;
};

static uint32_t holding(const struct circles *c, uint32_t id, uint32_t until, int64_t t)
{
    const struct edge *rows = c->links->rows + c->links->start[id];
    uint32_t newest = us_edge_newest(rows, until, t);
    return newest < until ? newest : NONE;
}

static const struct edge *row_of(const struct circles *c, uint32_t id)
{
    return &c->links->rows[c->links->start[id] + c->at[id]];
}

/* One walk from id. Where it runs into itself, that person; else NONE. */
static uint32_t walk(struct circles *c, uint32_t id, uint32_t number)
{
    while (c->knotted[id] && c->mark[id] != DONE) {
        if (c->mark[id] == number) return id;
        c->mark[id] = number;
        if (c->at[id] == NONE) break;
        id = row_of(c, id)->to;
    }
    return NONE;
}

static void leave_out_newest(struct circles *c, uint32_t on, int64_t t)
{
    uint32_t newest = on;
    for (uint32_t id = row_of(c, on)->to; id != on; id = row_of(c, id)->to)
        if (us_edge_cmp(c->identity, row_of(c, id), row_of(c, newest)) > 0) newest = id;
    c->at[newest] = holding(c, newest, c->at[newest], t);
}

static void finish(struct circles *c, uint32_t id)
{
    while (c->knotted[id] && c->mark[id] != DONE) {
        c->mark[id] = DONE;
        if (c->at[id] == NONE) break;
        id = row_of(c, id)->to;
    }
}

/* What counts at t for the persons of one knot. */
static void settle(struct circles *c, const uint32_t *knot, size_t count, int64_t t)
{
    for (size_t k = 0; k < count; k++) {
        uint32_t id = knot[k];
        const struct edge *rows = c->links->rows + c->links->start[id];
        uint32_t all = c->links->start[id + 1] - c->links->start[id];
        c->at[id] = holding(c, id, us_edges_until(rows, all, t), t);
        c->mark[id] = 0;
    }
    uint32_t number = 0;
    for (size_t k = 0; k < count; k++) {
        for (;;) {
            uint32_t on = walk(c, knot[k], ++number);
            if (on == NONE) break;
            leave_out_newest(c, on, t);
        }
        finish(c, knot[k]);
    }
    for (size_t k = 0; k < count; k++) {
        uint32_t id = knot[k];
        uint32_t to = c->at[id] == NONE ? US_NOBODY : row_of(c, id)->to;
        if (to == c->last[id]) continue;
        c->last[id] = to;
        *us_push(c->scratch, c->cuts, c->cut_count, c->cut_cap) =
            (struct cut){id, {t, to}};
    }
}

/* Peel off whoever has no way in or no way out among those left. */
static void find_knotted(struct circles *c, uint32_t ids)
{
    const struct edges *e = c->links;
    uint32_t *ins = us_new(c->scratch, uint32_t, ids);
    uint32_t *outs = us_new(c->scratch, uint32_t, ids);
    uint32_t *stack = us_new(c->scratch, uint32_t, ids);
    size_t count = 0;
    for (uint32_t id = 0; id < ids; id++) {
        outs[id] = e->start[id + 1] - e->start[id];
        c->knotted[id] = 1;
        for (uint32_t k = e->start[id]; k < e->start[id + 1]; k++)
            ins[e->rows[k].to]++;
    }
    for (uint32_t id = 0; id < ids; id++) {
        if (ins[id] && outs[id]) continue;
        c->knotted[id] = 0;
        stack[count++] = id;
    }
    while (count) {
        uint32_t id = stack[--count];
        for (uint32_t k = e->start[id]; k < e->start[id + 1]; k++) {
            uint32_t to = e->rows[k].to;
            if (--ins[to] || !c->knotted[to]) continue;
            c->knotted[to] = 0;
            stack[count++] = to;
        }
        for (uint32_t k = c->back.start[id]; k < c->back.start[id + 1]; k++) {
            uint32_t from = c->back.rows[k];
            if (!c->knotted[from]) continue;
            for (uint32_t r = e->start[from]; r < e->start[from + 1]; r++)
                outs[from] -= e->rows[r].to == id;
            if (outs[from]) continue;
            c->knotted[from] = 0;
            stack[count++] = from;
        }
    }
}

/* The persons that hang together with id; `seen` is by person. */
static size_t knot_of(struct circles *c, uint32_t id, uint8_t *seen, uint32_t *knot)
{
    const struct edges *e = c->links;
    size_t count = 0;
    knot[count++] = id;
    seen[id] = 1;
    for (size_t at = 0; at < count; at++) {
        id = knot[at];
        for (uint32_t k = e->start[id]; k < e->start[id + 1]; k++) {
            uint32_t to = e->rows[k].to;
            if (!c->knotted[to] || seen[to]) continue;
            seen[to] = 1;
            knot[count++] = to;
        }
        for (uint32_t k = c->back.start[id]; k < c->back.start[id + 1]; k++) {
            uint32_t from = c->back.rows[k];
            if (!c->knotted[from] || seen[from]) continue;
            seen[from] = 1;
            knot[count++] = from;
        }
    }
    return count;
}

static int cut_cmp(const void *x, const void *y)
{
    const struct cut *a = x;
    const struct cut *b = y;
    if (a->from != b->from) return a->from < b->from ? -1 : 1;
    return (a->step.since > b->step.since) - (a->step.since < b->step.since);
}

static void knots_settle(struct circles *c, uint32_t ids)
{
    uint8_t *seen = us_new(c->scratch, uint8_t, ids);
    uint32_t *knot = us_new(c->scratch, uint32_t, ids);
    struct moments moments = {0};
    for (uint32_t id = 0; id < ids; id++) {
        if (!c->knotted[id] || seen[id]) continue;
        size_t count = knot_of(c, id, seen, knot);
        moments.count = 0;
        for (size_t k = 0; k < count; k++)
            us_moments_add(c->scratch, &moments,
                c->links->rows + c->links->start[knot[k]],
                c->links->start[knot[k] + 1] - c->links->start[knot[k]]);
        us_moments_sort(&moments);
        for (size_t k = 0; k < moments.count; k++)
            settle(c, knot, count, moments.at[k]);
    }
    if (c->cut_count) qsort(c->cuts, c->cut_count, sizeof *c->cuts, cut_cmp);
}

void us_alias_settle(
    struct us_identity *i, struct us_arena *scratch, const struct edges *aliases)
{
    uint32_t ids = aliases->ids;
    struct steps_maker m;
    us_steps_begin(&m, &i->made, &i->alias, ids);
    if (ids == 0) return;
    struct circles c = {.identity = i, .scratch = scratch, .links = aliases};
    c.back = us_edges_turned(scratch, aliases, ids, NULL);
    c.knotted = us_new(scratch, uint8_t, ids);
    c.at = us_new(scratch, uint32_t, ids);
    c.mark = us_new(scratch, uint32_t, ids);
    c.last = us_new(scratch, uint32_t, ids);
    memset(c.last, 0xff, ids * sizeof *c.last);
    find_knotted(&c, ids);
    knots_settle(&c, ids);
    size_t cut = 0;
    for (uint32_t id = 0; id < ids; id++) {
        us_steps_id(&m, id);
        for (; cut < c.cut_count && c.cuts[cut].from == id; cut++)
            us_steps_add(&m, c.cuts[cut].step.since, c.cuts[cut].step.to);
        if (!c.knotted[id])
            us_steps_newest(&m, scratch, aliases->rows + aliases->start[id],
                aliases->start[id + 1] - aliases->start[id]);
    }
    us_steps_end(&m);
}
