/* past_least.c: how many rows an account must have for conditions to hold at all. */

#include "signal/past_inner.h"

#include <math.h>

struct gathering {
    const struct us_plan *plan;
    struct us_arena *a;
    struct us_least *out;
    size_t cap;
};

static void put(struct gathering *g, uint32_t of, double least)
{
    uint32_t n = least < UINT32_MAX ? (uint32_t)least : UINT32_MAX;
    *us_push(g->a, g->out->items, g->out->count, g->cap) =
        (struct us_least_rows){of, n};
}

/* For a call to be k or more, k whole. */
static void of_call(struct gathering *g, const struct us_node *n, double k)
{
    uint32_t names = (uint32_t)g->plan->need.name_count;
    bool elsewhere = n->function->id == US_FN_prior || n->function->id == US_FN_trend;
    if (elsewhere) {
        bool same = n->function->id == US_FN_prior;
        n = &g->plan->nodes[n->args[0]];
        if (!same || !n->function->rows_each) k = 1;
    }
    bool of_rows = n->pattern != US_NODE_NONE && n->function->none.kind == US_NUMBER;
    if (!of_rows || n->function->none.number != 0) return;
    uint32_t name = g->plan->patterns[n->pattern].name;
    put(g, name == US_ANY_NAME ? names : name, n->function->rows_each ? k : 1);
    if (n->function->people && n->function->rows_each && n->scope == US_PER_ACCOUNT)
        put(g, names + 1, k);
}

/* For a number to be at least k, or more. */
static void of_number(struct gathering *g, uint32_t node, double k, bool more)
{
    const struct us_node *n = &g->plan->nodes[node];
    while (n->op == US_OP_SIGNAL)
        n = &g->plan->nodes[us_node_arg(n, 0)];
    if (n->op == US_OP_SUBTRACT) {
        struct us_bounds b = us_plan_bounds(g->plan, n->args[1]);
        if (b.least >= 0) of_number(g, n->args[0], k, more);
        return;
    }
    if (n->op != US_OP_CALL || !(k > 0 || (more && k == 0))) return;
    of_call(g, n, more ? floor(k) + 1 : ceil(k));
}

static void of_condition(struct gathering *g, uint32_t node)
{
    const struct us_plan *p = g->plan;
    const struct us_node *n = &p->nodes[node];
    if (n->op == US_OP_SIGNAL || n->op == US_OP_AND)
        for (uint32_t i = 0; i < n->arg_count; i++)
            of_condition(g, us_node_arg(n, i));
    if (n->op == US_OP_CALL && n->function->result == US_BOOL &&
        n->pattern != US_NODE_NONE) {
        uint32_t name = p->patterns[n->pattern].name;
        put(g, name == US_ANY_NAME ? (uint32_t)p->need.name_count : name, 1);
    }
    if (n->op != US_OP_GE && n->op != US_OP_GT && n->op != US_OP_EQ) return;
    const struct us_node *k = &p->nodes[us_node_arg(n, 1)];
    if (k->op != US_OP_CONST || k->constant.kind != US_NUMBER) return;
    of_number(g, us_node_arg(n, 0), k->constant.number, n->op == US_OP_GT);
}

struct us_least us_past_least(
    const struct us_plan *p, const uint32_t *nodes, size_t count, struct us_arena *a)
{
    struct us_least out = {0};
    struct gathering g = {.plan = p, .a = a, .out = &out};
    for (size_t i = 0; i < count; i++)
        of_condition(&g, nodes[i]);
    return out;
}

uint32_t us_past_total(const struct us_past *s, uint32_t of)
{
    return s->totals[of];
}

bool us_past_short(const struct us_past *s, const struct us_least *least)
{
    for (size_t i = 0; i < least->count; i++)
        if (s->totals[least->items[i].of] < least->items[i].least) return true;
    return false;
}
