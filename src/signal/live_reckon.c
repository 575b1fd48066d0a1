/* live_reckon.c: conditions that compare what is made of numbers alone.
 *
 * `count(any, 7d) >= 1.5 * prior(count(any, 7d))` is asked for every later day and for
 * every number of rows that might come; so its parts are put down once in the order in
 * which a stack works them out. Operations are those of us_node_apply, on the same
 * doubles in the same order; as ranges, those of us_range_apply. What is not of finite
 * numbers is left to those.
 */

#include "signal/live_plan.h"

#include <math.h>
#include <string.h>

enum { STEPS_MAX = 24, STACK_MAX = 8 };

/* ---- putting down ---- */

struct putting {
    const struct us_plan *plan;
    const struct us_atom *atom;
    struct us_reckon_step steps[STEPS_MAX];
    uint32_t count, depth;
};

static bool put(struct putting *w, struct us_reckon_step step, int more)
{
    if (w->count == STEPS_MAX) return false;
    w->steps[w->count++] = step;
    w->depth = (uint32_t)((int)w->depth + more);
    return w->depth <= STACK_MAX;
}

static bool number(struct putting *w, uint32_t node)
{
    const struct us_node *n = &w->plan->nodes[node];
    if (us_reads_rows(n)) {
        uint8_t i = 0;
        while (w->atom->leaves[i] != node)
            i++;
        return put(w, (struct us_reckon_step){.op = US_OP_CALL, .leaf = i}, 1);
    }
    switch ((int)n->op) {
    case US_OP_SIGNAL: return number(w, us_node_arg(n, 0));
    case US_OP_CONST:
        return n->constant.kind == US_NUMBER &&
               put(w,
                   (struct us_reckon_step){
                       .op = US_OP_CONST, .constant = n->constant.number},
                   1);
    case US_OP_ADD:
    case US_OP_SUBTRACT:
    case US_OP_MULTIPLY: break;
    default: return false;
    }
    return number(w, us_node_arg(n, 0)) && number(w, us_node_arg(n, 1)) &&
           put(w, (struct us_reckon_step){.op = (uint8_t)n->op}, -1);
}

void us_planning_reckon(struct us_planning *b, struct us_atom *a)
{
    const struct us_plan *p = b->plan->plan;
    uint32_t node = a->node;
    while (p->nodes[node].op == US_OP_SIGNAL)
        node = us_node_arg(&p->nodes[node], 0);
    const struct us_node *n = &p->nodes[node];
    if (n->op < US_OP_EQ || n->op > US_OP_GE || a->leaf_count > US_LEAVES_MAX) return;
    struct putting w = {.plan = p, .atom = a};
    bool good = number(&w, us_node_arg(n, 0)) && number(&w, us_node_arg(n, 1)) &&
                put(&w, (struct us_reckon_step){.op = (uint8_t)n->op}, -1);
    if (!good) return;
    a->step_count = w.count;
    a->steps = us_new(b->arena, struct us_reckon_step, w.count);
    memcpy(a->steps, w.steps, w.count * sizeof *w.steps);
}

/* ---- as values ---- */

static us_truth compared(us_op op, double a, double b)
{
    switch ((int)op) {
    case US_OP_EQ: return a == b ? US_IS_TRUE : US_IS_FALSE;
    case US_OP_NE: return a != b ? US_IS_TRUE : US_IS_FALSE;
    case US_OP_LT: return a < b ? US_IS_TRUE : US_IS_FALSE;
    case US_OP_LE: return a <= b ? US_IS_TRUE : US_IS_FALSE;
    case US_OP_GT: return a > b ? US_IS_TRUE : US_IS_FALSE;
    default: return a >= b ? US_IS_TRUE : US_IS_FALSE;
    }
}

us_truth us_reckon_level(const struct us_atom *a, const double *leaves)
{
    double stack[STACK_MAX] = {0};
    uint32_t top = 0;
    for (uint32_t i = 0; i < a->step_count; i++) {
        const struct us_reckon_step *s = &a->steps[i];
        if (s->op == US_OP_CALL || s->op == US_OP_CONST) {
            stack[top++] = s->op == US_OP_CALL ? leaves[s->leaf] : s->constant;
            continue;
        }
        double y = stack[--top];
        double x = stack[top - 1];
        switch ((int)s->op) {
        case US_OP_ADD: x += y; break;
        case US_OP_SUBTRACT: x -= y; break;
        case US_OP_MULTIPLY: x *= y; break;
        default: return compared((us_op)s->op, x, y);
        }
        if (!isfinite(x)) return US_IS_UNKNOWN; /* a number too large is missing */
        stack[top - 1] = x;
    }
    return US_IS_UNKNOWN;
}

/* ---- as ranges ---- */

struct reach {
    double least, most;
};

static struct reach product(struct reach a, struct reach b)
{
    double ends[] = {
        a.least * b.least, a.least * b.most, a.most * b.least, a.most * b.most};
    struct reach r = {ends[0], ends[0]};
    for (int i = 1; i < 4; i++) {
        r.least = ends[i] < r.least ? ends[i] : r.least;
        r.most = ends[i] > r.most ? ends[i] : r.most;
    }
    return r;
}

/* Whether the comparison is the same, whichever of each is meant. */
static bool one(us_op op, struct reach a, struct reach b)
{
    switch ((int)op) {
    case US_OP_LT:
    case US_OP_GE: return a.most < b.least || a.least >= b.most;
    case US_OP_GT:
    case US_OP_LE: return a.least > b.most || a.most <= b.least;
    default: break;
    }
    bool apart = a.most < b.least || b.most < a.least;
    return apart || (a.least == a.most && b.least == b.most && a.least == b.least);
}

bool us_reckon_is_one(const struct us_leaves *l, double more)
{
    const struct us_atom *a = l->of;
    struct reach stack[STACK_MAX] = {{0, 0}};
    uint32_t top = 0;
    for (uint32_t i = 0; i < a->step_count; i++) {
        const struct us_reckon_step *s = &a->steps[i];
        if (s->op == US_OP_CALL) {
            const struct us_range *v = &l->values[s->leaf];
            stack[top++] =
                (struct reach){v->least, v->most + (l->grow[s->leaf] ? more : 0)};
            continue;
        }
        if (s->op == US_OP_CONST) {
            stack[top++] = (struct reach){s->constant, s->constant};
            continue;
        }
        struct reach y = stack[--top];
        struct reach x = stack[top - 1];
        switch ((int)s->op) {
        case US_OP_ADD: x = (struct reach){x.least + y.least, x.most + y.most}; break;
        case US_OP_SUBTRACT:
            x = (struct reach){x.least - y.most, x.most - y.least};
            break;
        case US_OP_MULTIPLY: x = product(x, y); break;
        default: return one((us_op)s->op, x, y);
        }
        if (!isfinite(x.least) || !isfinite(x.most)) return false;
        stack[top - 1] = x;
    }
    return false;
}
