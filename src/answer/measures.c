/* measures.c: from a condition to what it looks at. */

#include "answer/trace.h"

#include <string.h>

struct find {
    const struct us_plan *p;
    struct us_arena *a;
    struct us_measures *out;
};

static bool reads_rows(us_op op)
{
    return op == US_OP_CALL || op == US_OP_TRAIT || op == US_OP_MRR ||
           op == US_OP_ARR || op == US_OP_PAID || op == US_OP_AGE;
}

static void add(struct find *f, uint32_t node)
{
    const struct us_node *n = &f->p->nodes[node];
    us_str name =
        n->op == US_OP_SIGNAL ? f->p->signals[n->signal].name : n->source.text;
    *us_push(f->a, f->out->items, f->out->count, f->out->cap) =
        (struct us_measure){name, node};
}

/* A signal that is itself a condition says less than what it is made of. Nodes are as
 * deep as US_NODE_DEPTH_MAX lets them, and may be reached by many ways. */
static void walk(struct find *f, uint32_t node)
{
    const struct us_node *n = &f->p->nodes[node];
    if (f->out->seen[node]) return;
    f->out->seen[node] = true;
    bool figure = n->op == US_OP_SIGNAL && n->kind != US_BOOL;
    if (figure || reads_rows(n->op)) {
        add(f, node);
        return;
    }
    for (uint32_t i = 0; i < n->arg_count; i++)
        walk(f, us_node_arg(n, i));
}

void us_measures_begin(struct us_measures *m, const struct us_plan *p)
{
    m->count = 0;
    if (m->seen) memset(m->seen, 0, p->node_count * sizeof *m->seen);
}

void us_measures_find(
    const struct us_plan *p, uint32_t node, struct us_arena *a, struct us_measures *out)
{
    struct find f = {p, a, out};
    if (!out->seen) out->seen = us_new(a, bool, p->node_count);
    walk(&f, node);
}
