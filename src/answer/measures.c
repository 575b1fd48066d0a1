/* measures.c: from a condition to what it looks at. */

#include "answer/trace.h"

enum { DEPTH = 32, NAME_BYTES_MAX = 4096 };

struct find {
    const struct us_plan *p;
    struct us_arena *a;
    struct us_measure *out;
    size_t count, max;
};

static bool reads_rows(us_op op)
{
    return op == US_OP_CALL || op == US_OP_TRAIT || op == US_OP_MRR ||
           op == US_OP_ARR || op == US_OP_PAID || op == US_OP_AGE;
}

static void add(struct find *f, uint32_t node)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->out[i].node == node) return;
    if (f->count == f->max) return;
    const struct us_node *n = &f->p->nodes[node];
    us_str name =
        n->op == US_OP_SIGNAL ? f->p->signals[n->signal].name : n->source.text;
    f->out[f->count++] = (struct us_measure){us_arena_str(f->a, name), node};
}

/* A signal that is itself a condition says less than what it is made of. */
static void walk(struct find *f, uint32_t node, int depth)
{
    const struct us_node *n = &f->p->nodes[node];
    if (depth == DEPTH) return;
    bool figure = n->op == US_OP_SIGNAL && n->kind != US_BOOL;
    if (figure || reads_rows(n->op)) {
        add(f, node);
        return;
    }
    for (uint32_t i = 0; i < n->arg_count; i++)
        walk(f, us_node_arg(n, i), depth + 1);
}

size_t us_measures_find(const struct us_plan *p, uint32_t node, struct us_arena *a,
    struct us_measure *out, size_t count, size_t max)
{
    struct find f = {p, a, out, count, max};
    walk(&f, node, 0);
    return f.count;
}
