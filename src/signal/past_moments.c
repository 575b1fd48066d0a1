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
    bool all;   /* every moment at which any line is known */
    bool facts; /* those of traits, payments and deals */
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
    size_t i = us_past_settled(f->s, us_day(f->from))
                   ? us_first_at(l->at, l->count, f->from)
                   : 0;
    for (; i < l->count && l->at[i] < f->to; i++) {
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
    if (us_past_settled(s, us_day(f->from))) {
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

/* A link that gives a row to another person is a line of its own. */
static void swap_moments(struct finding *f)
{
    const struct us_runs *r = f->s->runs;
    if (us_past_named(f->s, us_day(f->from))) return;
    for (size_t i = 0; i < r->swap_count; i++)
        put(f, r->swaps[i].until);
}

/* Changes of traits, payments and deals that day: all of them, or the first alone. */
static void fact_moments(struct finding *f, bool all)
{
    const struct us_log *facts = &f->s->runs->facts;
    struct finding own = *f;
    own.at = NULL;
    own.count = own.cap = 0;
    for (size_t i = 0; i < facts->trait_count; i++) {
        put(&own, facts->traits[i].from);
        put(&own, facts->traits[i].to);
    }
    for (size_t i = 0; i < facts->payment_count; i++) {
        put(&own, facts->payments[i].from);
        put(&own, facts->payments[i].to);
    }
    for (size_t i = 0; i < facts->deal_count; i++) {
        put(&own, facts->deals[i].from);
        put(&own, facts->deals[i].to);
    }
    int64_t first = US_NEVER;
    for (size_t i = 0; i < own.count; i++) {
        if (all) put(f, own.at[i]);
        if (own.at[i] < first) first = own.at[i];
    }
    put(f, first);
}

static int moment_order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Most are a handful. */
void us_sort_moments(int64_t *at, size_t n)
{
    enum { FEW = 24 };
    if (n > FEW) {
        qsort(at, n, sizeof *at, moment_order);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        int64_t moved = at[i];
        size_t k = i;
        for (; k > 0 && at[k - 1] > moved; k--)
            at[k] = at[k - 1];
        at[k] = moved;
    }
}

static void pattern_moments(struct finding *f, uint32_t pattern)
{
    if (f->s->plan->patterns[pattern].name == US_ANY_NAME)
        f->all = true;
    else
        lane_moments(f, us_past_lane(f->s, pattern));
}

static void node_moments(struct finding *f, uint32_t node);

static void call_moments(struct finding *f, uint32_t node)
{
    struct us_past *s = f->s;
    const struct us_node *n = &s->plan->nodes[node];
    const struct us_vector *v = &s->vectors[node];
    int64_t day = us_day(f->from);
    bool steady = v->turn == s->turn && v->form == US_FORM_REAL && n->function->steady;
    if (steady && us_past_settled(s, day) && us_past_named(s, day)) return;
    const struct us_rises *r = us_past_rises(s, node, day);
    for (size_t i = 0; r && i < r->count; i++)
        put(f, r->at[i]);
    if (r) return;
    f->all = f->all || n->function->within_day;
    if (n->pattern != US_NODE_NONE) pattern_moments(f, n->pattern);
    for (uint32_t k = 0; k < n->step_count; k++)
        pattern_moments(f, n->steps[k]);
    for (uint32_t k = 0; k < n->arg_count; k++)
        node_moments(f, us_node_arg(n, k));
}

/* When a number that rises by ones becomes n. */
static void crossing(struct finding *f, const struct us_rises *r, double n)
{
    double nth = n - r->begins;
    if (nth >= 1 && nth <= (double)r->count) put(f, r->at[(size_t)nth - 1]);
}

/* Of such a number against a constant only a crossing matters. */
static bool compare_moments(struct finding *f, const struct us_node *n)
{
    struct us_past *s = f->s;
    if (n->op < US_OP_EQ || n->op > US_OP_GE) return false;
    uint32_t left = us_past_through_signals(s, us_node_arg(n, 0));
    const struct us_node *right =
        &s->plan->nodes[us_past_through_signals(s, us_node_arg(n, 1))];
    if (right->op != US_OP_CONST || right->constant.kind != US_NUMBER) return false;
    const struct us_rises *r = us_past_rises(s, left, us_day(f->from));
    if (!r) return false;
    double k = right->constant.number;
    crossing(f, r, ceil(k));
    crossing(f, r, floor(k) + 1);
    return true;
}

static void node_moments(struct finding *f, uint32_t node)
{
    struct us_past *s = f->s;
    const struct us_node *n = &s->plan->nodes[node];
    if (s->visits[node] == s->visit || f->all) return;
    s->visits[node] = s->visit;
    if (n->op == US_OP_CALL) {
        call_moments(f, node);
    } else if (n->op == US_OP_TRAIT || n->op == US_OP_PAID) {
        f->facts = true;
    } else if (n->op == US_OP_MRR || n->op == US_OP_ARR || n->op == US_OP_AGE) {
        f->all = true;
    } else if (!compare_moments(f, n)) {
        for (uint32_t k = 0; k < n->arg_count; k++)
            node_moments(f, us_node_arg(n, k));
    }
}

struct us_moments us_past_moments(
    struct us_past *s, const struct us_moments_asked *asked, int64_t day)
{
    struct finding f = {.s = s,
        .from = day * US_DAY_US,
        .to = (day + 1) * US_DAY_US,
        .all = asked->hours || asked->all};
    s->visit++;
    for (size_t i = 0; i < asked->count; i++)
        node_moments(&f, asked->nodes[i]);
    if (f.all || asked->first) any_moments(&f, f.all);
    swap_moments(&f);
    if (f.all || f.facts || asked->first) fact_moments(&f, f.all || f.facts);
    for (int64_t h = 1; asked->hours && h < 24; h++)
        put(&f, f.from + h * US_HOUR_US - 1);
    put(&f, f.to - 1);
    us_sort_moments(f.at, f.count);
    size_t kept = 0;
    for (size_t i = 0; i < f.count; i++)
        if (!kept || f.at[kept - 1] != f.at[i]) f.at[kept++] = f.at[i];
    return (struct us_moments){f.at, kept};
}

static void sooner(int64_t *first, int64_t at, int64_t from)
{
    if (at >= from && at < *first) *first = at;
}

static int64_t first_row(const struct us_runs *r, int64_t day)
{
    int64_t first = US_NEVER;
    for (size_t k = 0; k < r->run_count; k++) {
        const struct us_run_day *of = us_past_run_day(r, &r->runs[k], day);
        size_t count = !of ? 0 : r->known == r->at ? 1 : of->count;
        for (size_t i = 0; i < count; i++)
            sooner(&first, r->known[of->from + i], US_ALWAYS);
    }
    return first;
}

int64_t us_past_first_moment(struct us_past *s, int64_t day)
{
    const struct us_runs *r = s->runs;
    const struct us_log *f = &r->facts;
    int64_t from = day * US_DAY_US;
    bool plain = us_past_settled(s, day) && us_past_named(s, day) && !r->to;
    if (!plain) {
        struct us_moments_asked asked = {.first = true};
        return us_past_moments(s, &asked, day).at[0];
    }
    int64_t first = first_row(r, day);
    sooner(&first, from + US_DAY_US - 1, from);
    for (size_t i = 0; i < f->trait_count; i++) {
        sooner(&first, f->traits[i].from, from);
        sooner(&first, f->traits[i].to, from);
    }
    for (size_t i = 0; i < f->payment_count; i++) {
        sooner(&first, f->payments[i].from, from);
        sooner(&first, f->payments[i].to, from);
    }
    for (size_t i = 0; i < f->deal_count; i++) {
        sooner(&first, f->deals[i].from, from);
        sooner(&first, f->deals[i].to, from);
    }
    return first;
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
