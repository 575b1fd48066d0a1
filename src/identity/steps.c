/* steps.c: lists of links, and what of them holds when. */

#include "base/err.h"
#include "identity/tables.h"

#include <stdlib.h>

int us_edge_cmp(const struct us_identity *i, const struct edge *x, const struct edge *y)
{
    if (x->known != y->known) return x->known < y->known ? -1 : 1;
    if (x->to == y->to) return 0;
    int order = us_str_cmp(i->links[x->link].text, i->links[y->link].text);
    if (order) return order;
    return x->to < y->to ? -1 : 1;
}

uint32_t us_edges_until(const struct edge *rows, uint32_t count, int64_t t)
{
    uint32_t lo = 0;
    while (lo < count) {
        uint32_t mid = lo + (count - lo) / 2;
        if (rows[mid].known <= t)
            lo = mid + 1;
        else
            count = mid;
    }
    return lo;
}

uint32_t us_edge_newest(const struct edge *rows, uint32_t count, int64_t t)
{
    for (uint32_t k = count; k > 0; k--)
        if (rows[k - 1].undone > t) return k - 1;
    return count;
}

void us_moments_add(struct us_arena *scratch, struct moments *m,
    const struct edge *rows, uint32_t count)
{
    for (uint32_t k = 0; k < count; k++) {
        *us_push(scratch, m->at, m->count, m->cap) = rows[k].known;
        if (rows[k].undone != US_NEVER)
            *us_push(scratch, m->at, m->count, m->cap) = rows[k].undone;
    }
}

static int moment_cmp(const void *x, const void *y)
{
    const int64_t *a = x;
    const int64_t *b = y;
    return (*a > *b) - (*a < *b);
}

void us_moments_sort(struct moments *m)
{
    if (m->count == 0) return;
    qsort(m->at, m->count, sizeof *m->at, moment_cmp);
    size_t kept = 1;
    for (size_t k = 1; k < m->count; k++)
        if (m->at[k] != m->at[kept - 1]) m->at[kept++] = m->at[k];
    m->count = kept;
}

void us_steps_begin(
    struct steps_maker *m, struct us_arena *arena, struct steps *made, uint32_t ids)
{
    *m = (struct steps_maker){.arena = arena, .made = made};
    *made = (struct steps){0};
    if (ids == 0) return;
    made->start = us_new(arena, uint32_t, (size_t)ids + 1);
    made->ids = ids;
}

void us_steps_id(struct steps_maker *m, uint32_t id)
{
    m->id = id;
    m->made->start[id] = (uint32_t)m->count;
}

void us_steps_add(struct steps_maker *m, int64_t since, uint32_t to)
{
    us_assert(m->count < UINT32_MAX);
    *us_push(m->arena, m->made->rows, m->count, m->cap) = (struct step){since, to};
}

void us_steps_end(struct steps_maker *m)
{
    if (m->count == 0) *m->made = (struct steps){0};
    if (m->made->ids) m->made->start[m->made->ids] = (uint32_t)m->count;
}

void us_steps_newest(struct steps_maker *m, struct us_arena *scratch,
    const struct edge *rows, uint32_t count)
{
    us_mark mark = us_arena_mark(scratch);
    struct moments moments = {0};
    us_moments_add(scratch, &moments, rows, count);
    us_moments_sort(&moments);
    uint32_t now = US_NOBODY;
    for (size_t k = 0; k < moments.count; k++) {
        uint32_t until = us_edges_until(rows, count, moments.at[k]);
        uint32_t newest = us_edge_newest(rows, until, moments.at[k]);
        uint32_t to = newest < until ? rows[newest].to : US_NOBODY;
        if (to == now) continue;
        us_steps_add(m, moments.at[k], to);
        now = to;
    }
    us_arena_pop(scratch, mark);
}

struct visitors us_edges_turned(
    struct us_arena *a, const struct edges *edges, uint32_t ids, const uint8_t *only)
{
    uint32_t *start = us_new(a, uint32_t, (size_t)ids + 2);
    uint32_t *rows = NULL;
    uint32_t count = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t id = 0; id < edges->ids; id++) {
            if (only && !(only[id] & (HAS_GROUP | HAS_EMAIL))) continue;
            for (uint32_t k = edges->start[id]; k < edges->start[id + 1]; k++) {
                uint32_t to = edges->rows[k].to;
                if (pass)
                    rows[start[to + 1]++] = id;
                else
                    start[to + 2]++;
                count += pass == 0;
            }
        }
        if (count == 0) return (struct visitors){0};
        if (pass) break;
        rows = us_new(a, uint32_t, count);
        for (uint32_t id = 0; id < ids; id++)
            start[id + 2] += start[id + 1];
    }
    uint32_t put = 0;
    for (uint32_t id = 0; id < ids; id++) {
        uint32_t from = start[id];
        uint32_t end = start[id + 1];
        start[id] = put;
        for (uint32_t k = from; k < end; k++)
            if (k == from || rows[k] != rows[k - 1]) rows[put++] = rows[k];
    }
    start[ids] = put;
    return (struct visitors){start, rows, ids};
}
