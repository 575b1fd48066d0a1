/* quick.c: which nodes of a plan have the forms of quick.h; found once. */

#include "signal/quick.h"

#include "base/err.h"

#include <math.h>

struct finding {
    const struct us_plan *plan;
    struct us_quick *q;
    size_t row_cap, total_cap;
    struct us_arena *a;
};

static uint32_t through(const struct us_plan *p, uint32_t node)
{
    while (p->nodes[node].op == US_OP_SIGNAL)
        node = us_node_arg(&p->nodes[node], 0);
    return node;
}

/* ---- numbers ---- */

static uint32_t row_of(struct finding *f, us_quick_of of, uint32_t node)
{
    const struct us_node *n = &f->plan->nodes[node];
    struct us_quick *q = f->q;
    int32_t window = n->window.unit == US_ALL ? 0 : (int32_t)n->window.n;
    if (of != US_ROW_USERS) window = 0;
    for (size_t i = 0; i < q->row_count; i++)
        if (q->rows[i].of == of && q->rows[i].pattern == n->pattern &&
            q->rows[i].n == window)
            return (uint32_t)i;
    *us_push(f->a, q->rows, q->row_count, f->row_cap) = (struct us_quick_row){
        .of = of, .pattern = n->pattern, .node = node, .n = window};
    return (uint32_t)q->row_count - 1;
}

static uint32_t total_of(struct finding *f, uint32_t node)
{
    const struct us_node *n = &f->plan->nodes[node];
    struct us_quick *q = f->q;
    for (size_t i = 0; i < q->total_count; i++)
        if (q->totals[i].pattern == n->pattern && q->totals[i].column == n->column)
            return (uint32_t)i;
    *us_push(f->a, q->totals, q->total_count, f->total_cap) = (struct us_quick_total){
        .pattern = n->pattern, .column = n->column, .node = node};
    return (uint32_t)q->total_count - 1;
}

static void call(struct finding *f, uint32_t node, struct us_quick_node *out)
{
    const struct us_node *n = &f->plan->nodes[node];
    us_quick_of of = US_ROW_COUNT;
    if (n->scope == US_PER_USER) return;
    us_function_id id = n->function->id;
    if (id == US_FN_prior || id == US_FN_trend) {
        const struct us_quick_node *in = &f->q->nodes[n->args[0]];
        if (in->kind != US_QUICK_COUNT || in->x.n == 0 || in->x.back) return;
        bool prior = id == US_FN_prior;
        bool modest = n->constant.number > 1e-9 && n->constant.number < 1e60;
        if (!prior && !modest) return;
        out->kind = prior ? US_QUICK_COUNT : US_QUICK_TREND;
        out->x = in->x;
        out->x.back = prior ? in->x.n : 1;
        return;
    }
    if (n->window.unit == US_HOURS || n->pattern == US_NODE_NONE) return;
    int32_t window = n->window.unit == US_ALL ? 0 : (int32_t)n->window.n;
    if (id == US_FN_sum) {
        out->kind = US_QUICK_SUM;
        out->x = (struct us_quick_term){total_of(f, node), window, 0};
        return;
    }
    if (id != US_FN_count && id != US_FN_days && id != US_FN_users) return;
    if (id == US_FN_days) of = US_ROW_DAYS;
    if (id == US_FN_users) of = US_ROW_USERS;
    out->kind = US_QUICK_COUNT;
    out->x = (struct us_quick_term){row_of(f, of, node), window, 0};
}

static bool is_number(us_quick_kind k)
{
    return k == US_QUICK_CONST || k == US_QUICK_COUNT || k == US_QUICK_TREND ||
           k == US_QUICK_ARITHMETIC;
}

static void constant(const struct us_node *n, struct us_quick_node *out)
{
    bool modest = n->constant.kind == US_NUMBER && fabs(n->constant.number) < 1e60;
    if (modest) out->kind = US_QUICK_CONST;
}

/* Of modest constants and counts; so shallow that all stays finite. */
static void arithmetic(struct finding *f, struct us_quick_node *out)
{
    const struct us_quick_node *a = &f->q->nodes[out->a];
    const struct us_quick_node *b = &f->q->nodes[out->b];
    bool both = is_number(a->kind) && is_number(b->kind);
    bool deep = a->kind == US_QUICK_ARITHMETIC && b->kind == US_QUICK_ARITHMETIC;
    bool chain = a->cost + b->cost >= 3;
    if (!both || deep || chain) return;
    out->kind = US_QUICK_ARITHMETIC;
    out->cost = a->cost + b->cost + 1;
}

/* ---- conditions ---- */

static us_op mirrored(us_op op)
{
    switch ((int)op) {
    case US_OP_LT: return US_OP_GT;
    case US_OP_LE: return US_OP_GE;
    case US_OP_GT: return US_OP_LT;
    case US_OP_GE: return US_OP_LE;
    default: return op;
    }
}

/* Whole numbers against a constant: x >= 2.5 is x >= 3. What no count can tell apart is
 * left alone. */
static bool whole(us_op *op, double k, int32_t *out)
{
    if (!(fabs(k) < US_QUICK_ROWS_MAX)) return false;
    if (floor(k) != k) {
        if (*op == US_OP_EQ || *op == US_OP_NE) return false;
        bool up = *op == US_OP_GE || *op == US_OP_GT;
        k = up ? ceil(k) : floor(k);
        *op = up ? US_OP_GE : US_OP_LE;
    }
    *out = (int32_t)k;
    return true;
}

/* The least total that counts as at least k. */
static int64_t millionths(double k)
{
    int64_t m = (int64_t)(k * US_MILLION);
    while ((double)(m - 1) / US_MILLION >= k)
        m--;
    while ((double)m / US_MILLION < k)
        m++;
    return m;
}

static bool atom(struct finding *f, us_op op, struct us_quick_node *out)
{
    const struct us_quick_node *a = &f->q->nodes[out->a];
    double k = f->plan->nodes[out->b].constant.number;
    if (a->kind == US_QUICK_SUM) {
        if ((op != US_OP_GE && op != US_OP_LT) || !(fabs(k) < 1e9)) return false;
        *out = (struct us_quick_node){.kind = US_QUICK_SUMS,
            .op = op,
            .a = out->a,
            .b = out->b,
            .cost = 6,
            .m = millionths(k),
            .x = a->x};
        return true;
    }
    if (!whole(&op, k, &out->k)) return false;
    out->two = a->kind == US_QUICK_ARITHMETIC;
    out->x = a->x;
    if (out->two) {
        const struct us_quick_node *x = &f->q->nodes[a->a];
        const struct us_quick_node *y = &f->q->nodes[a->b];
        bool minus = a->op == US_OP_SUBTRACT;
        if (!minus || x->kind != US_QUICK_COUNT || y->kind != US_QUICK_COUNT)
            return false;
        out->x = x->x;
        out->y = y->x;
    } else if (a->kind != US_QUICK_COUNT) {
        return false;
    }
    out->kind = US_QUICK_ATOM;
    out->op = op;
    out->cost = out->two ? 3 : 1;
    if (f->q->rows[out->x.row].of == US_ROW_USERS) out->cost += 3;
    return true;
}

static void comparison(struct finding *f, uint32_t node, struct us_quick_node *out)
{
    us_op op = f->plan->nodes[node].op;
    us_quick_kind a = f->q->nodes[out->a].kind;
    us_quick_kind b = f->q->nodes[out->b].kind;
    if (a == US_QUICK_CONST && b != US_QUICK_CONST) {
        uint32_t swap = out->a;
        out->a = out->b;
        out->b = swap;
        op = mirrored(op);
        b = a;
        a = f->q->nodes[out->a].kind;
    }
    out->op = op;
    if (b == US_QUICK_CONST && atom(f, op, out)) return;
    if (!is_number(a) || !is_number(b)) return;
    out->kind = US_QUICK_COMPARE;
    out->cost = 40;
}

/* Of what has none of the forms. */
enum { OTHER = 1000 };

static uint32_t cost_of(const struct us_quick_node *n)
{
    return n->kind < US_QUICK_ATOM ? OTHER : n->cost;
}

static void logic(struct finding *f, uint32_t node, struct us_quick_node *out)
{
    us_op op = f->plan->nodes[node].op;
    const struct us_quick_node *a = &f->q->nodes[out->a];
    const struct us_quick_node *b = &f->q->nodes[out->b];
    /* What may be missing may stand in and: it is not true then. */
    if (op == US_OP_NOT) {
        if (a->kind < US_QUICK_ATOM || a->mixed) return;
        out->kind = US_QUICK_NEGATION;
        out->cost = a->cost;
        return;
    }
    uint32_t first = cost_of(a);
    uint32_t second = cost_of(b);
    out->kind = op == US_OP_AND ? US_QUICK_AND : US_QUICK_OR;
    out->cost = first + second;
    out->mixed = a->mixed || b->mixed || first == OTHER || second == OTHER;
    if (second < first) {
        out->swapped = true;
        uint32_t swap = out->a;
        out->a = out->b;
        out->b = swap;
    }
}

static void find(struct finding *f, uint32_t node)
{
    const struct us_node *n = &f->plan->nodes[node];
    struct us_quick_node *out = &f->q->nodes[node];
    out->op = n->op;
    if (n->op == US_OP_CONST) {
        constant(n, out);
        return;
    }
    if (n->op == US_OP_SIGNAL) {
        *out = f->q->nodes[us_node_arg(n, 0)];
        return;
    }
    if (n->op == US_OP_CALL) {
        call(f, node, out);
        return;
    }
    if (n->arg_count > 0) out->a = out->b = through(f->plan, us_node_arg(n, 0));
    if (n->arg_count > 1) out->b = through(f->plan, us_node_arg(n, 1));
    if (n->op == US_OP_ADD || n->op == US_OP_SUBTRACT || n->op == US_OP_MULTIPLY)
        arithmetic(f, out);
    if (n->op >= US_OP_EQ && n->op <= US_OP_GE) comparison(f, node, out);
    if (n->op == US_OP_AND || n->op == US_OP_OR || n->op == US_OP_NOT)
        logic(f, node, out);
}

struct us_quick *us_quick_new(const struct us_plan *p, struct us_arena *a)
{
    struct us_quick *q = us_new(a, struct us_quick, 1);
    struct finding f = {.plan = p, .q = q, .a = a};
    q->nodes = us_new(a, struct us_quick_node, p->node_count + 1);
    q->views = us_new(a, struct us_quick_view, p->node_count + 1);
    q->viewed = us_new(a, uint32_t, p->node_count + 1);
    for (uint32_t i = 0; i < p->node_count; i++)
        find(&f, i);
    return q;
}
