/* past_moments.c: when on a day a node can change, and whether it ever can be true. */

#include "signal/past_inner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- moments ---- */

struct finding {
    struct us_past *s;
    int64_t from, to; /* the day */
    int64_t *at;
    size_t count, cap;
};

static void put(struct finding *f, int64_t at)
{
    if (at < f->from || at >= f->to) return;
    *us_push(&f->s->work, f->at, f->count, f->cap) = at;
}

static void lane_moments(struct finding *f, const struct us_lane *l)
{
    if (!l->known && !l->to) {
        size_t i = us_first_at(l->at, l->count, f->from);
        for (; i < l->count && l->at[i] < f->to; i++)
            put(f, l->at[i]);
        return;
    }
    for (size_t i = 0; i < l->count && l->at[i] < f->to; i++) {
        put(f, l->known ? l->known[i] : l->at[i]);
        if (l->to) put(f, l->to[i]);
    }
}

/* Rows of any name that come to be known that day: all of them, or the first alone. */
static void any_moments(struct finding *f, bool all)
{
    struct us_past *s = f->s;
    const struct us_runs *r = s->runs;
    int64_t first = US_NEVER;
    if (s->settled) {
        const struct us_lane *l = us_past_today(s, us_day(f->from));
        for (size_t i = 0; i < l->count; i++) {
            int64_t at = l->known ? l->known[i] : l->at[i];
            if (all) put(f, at);
            if (at < first) first = at;
        }
    } else {
        for (size_t i = 0; i < r->row_count; i++) {
            int64_t at = r->known[i];
            if (all) put(f, at);
            if (at >= f->from && at < first) first = at;
            if (r->to && all) put(f, r->to[i]);
            if (r->to && r->to[i] >= f->from && r->to[i] < first) first = r->to[i];
        }
    }
    put(f, first);
}

static void fact_moments(struct finding *f)
{
    const struct us_log *facts = &f->s->runs->facts;
    for (size_t i = 0; i < facts->trait_count; i++) {
        put(f, facts->traits[i].from);
        put(f, facts->traits[i].to);
    }
    for (size_t i = 0; i < facts->payment_count; i++)
        put(f, facts->payments[i].from);
    for (size_t i = 0; i < facts->deal_count; i++)
        put(f, facts->deals[i].from);
}

static int moment_order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

struct us_moments us_past_moments(
    struct us_past *s, const struct us_moments_asked *asked, int64_t day)
{
    const uint32_t *nodes = asked->nodes;
    size_t count = asked->count;
    bool hours = asked->hours;
    struct finding f = {.s = s, .from = day * US_DAY_US, .to = (day + 1) * US_DAY_US};
    uint64_t *reads = us_new(&s->work, uint64_t, s->read_words);
    bool all = hours || asked->all;
    for (size_t i = 0; i < count; i++) {
        for (size_t w = 0; w < s->read_words; w++)
            reads[w] |= s->reads[nodes[i] * s->read_words + w];
        all = all || s->reads_clock[nodes[i]];
    }
    for (uint32_t p = 0; p < s->plan->pattern_count && !all; p++) {
        if (!(reads[p / 64] >> (p % 64) & 1)) continue;
        if (s->plan->patterns[p].name == US_ANY_NAME)
            all = true;
        else
            lane_moments(&f, us_past_lane(s, p));
    }
    if (all || asked->first) any_moments(&f, all);
    fact_moments(&f);
    for (int64_t h = 1; hours && h < 24; h++)
        put(&f, f.from + h * US_HOUR_US - 1);
    put(&f, f.to - 1);
    qsort(f.at, f.count, sizeof *f.at, moment_order);
    size_t kept = 0;
    for (size_t i = 0; i < f.count; i++)
        if (!kept || f.at[kept - 1] != f.at[i]) f.at[kept++] = f.at[i];
    return (struct us_moments){f.at, kept};
}

/* ---- never ---- */

/* Rows of a pattern, at most. */
static size_t rows_at_most(const struct us_past *s, uint32_t pattern)
{
    const struct us_pattern *p = &s->plan->patterns[pattern];
    const struct us_runs *r = s->runs;
    if (p->name == US_ANY_NAME) return r->row_count;
    uint32_t from = s->name_runs[p->name];
    uint32_t to = s->name_runs[p->name + 1];
    size_t rows = 0;
    for (; from < to; from++)
        rows += r->runs[from].to - r->runs[from].from;
    return rows;
}

/* The least that a call over so many rows can be said to need for a value that high. */
static bool call_never(const struct us_past *s, uint32_t node, double need)
{
    const struct us_node *n = &s->plan->nodes[node];
    while (n->op == US_OP_SIGNAL)
        n = &s->plan->nodes[us_node_arg(n, 0)];
    if (n->op != US_OP_CALL || !(need > 0)) return false;
    if (n->pattern == US_NODE_NONE || n->function->none.kind != US_NUMBER) return false;
    size_t rows = rows_at_most(s, n->pattern);
    if (n->function->rows_each) return (double)rows < need;
    return rows == 0;
}

bool us_past_never(struct us_past *s, uint32_t node)
{
    const struct us_node *n = &s->plan->nodes[node];
    switch ((int)n->op) {
    case US_OP_SIGNAL: return us_past_never(s, us_node_arg(n, 0));
    case US_OP_AND:
        return us_past_never(s, us_node_arg(n, 0)) ||
               us_past_never(s, us_node_arg(n, 1));
    case US_OP_OR:
        return us_past_never(s, us_node_arg(n, 0)) &&
               us_past_never(s, us_node_arg(n, 1));
    case US_OP_GE:
    case US_OP_GT: {
        const struct us_node *k = &s->plan->nodes[us_node_arg(n, 1)];
        if (k->op != US_OP_CONST || k->constant.kind != US_NUMBER) return false;
        return call_never(s, us_node_arg(n, 0), k->constant.number);
    }
    case US_OP_CALL:
        return n->function->result == US_BOOL && n->pattern != US_NODE_NONE &&
               rows_at_most(s, n->pattern) == 0;
    default: return false;
    }
}
