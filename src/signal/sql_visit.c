/* sql_visit.c: what a question stands on, and which parts of it get a name. */

#include "signal/function.h"
#include "signal/sql_inner.h"

#include <math.h>

static const double HUGE_ENOUGH = 1e300; /* below it a sum or product is finite */

/* ---- what it can be ---- */

static struct us_sql_extent of_number(double most, double least, bool whole, bool miss)
{
    /* A product or quotient may be too small for a double. */
    return (struct us_sql_extent){
        most, least > 1 / HUGE_ENOUGH ? least : 0, whole, miss};
}

static struct us_sql_extent of_call(const struct us_sql *s, const struct us_node *n)
{
    bool miss = n->function->none.kind == US_MISSING;
    struct us_sql_extent x;
    switch (n->function->id) {
    case US_FN_count:
    case US_FN_users:
    case US_FN_days:
    case US_FN_distinct: return of_number(1e19, 1, true, miss);
    case US_FN_since:
    case US_FN_age:
    case US_FN_streak:
    case US_FN_streak_weeks: return of_number(1e10, 1, true, miss);
    case US_FN_sum: return of_number(1e32, 1e-6, false, miss);
    case US_FN_highest:
    case US_FN_latest:
    case US_FN_lowest: return of_number(1e12, 1e-6, false, miss);
    case US_FN_mean: return of_number(1e12, 1e-26, false, miss);
    case US_FN_prior:
    case US_FN_first:
        x = of_call(s, &s->plan->nodes[n->args[0]]);
        x.miss |= n->function->id == US_FN_first;
        return x;
    case US_FN_ever:
    case US_FN_seq: return of_number(0, 0, false, false);
    case US_FN_trend:
    case US_FN_ratio:
    case US_FN_least:
    case US_FN_most:
    case US_FN_round:
    case US_FN_coalesce:
    case US_FUNCTIONS:
    default: return of_number(INFINITY, 0, false, true);
    }
}

static struct us_sql_extent of_quotient(
    struct us_sql_extent a, struct us_sql_extent b, bool never_zero)
{
    double most = b.least > 0 ? a.most / b.least : INFINITY;
    double least = b.most > 0 ? a.least / b.most : 0;
    return of_number(most, least, false, a.miss || b.miss || !never_zero);
}

/* Doubles of at least some size differ by at least the last digit of that. */
static struct us_sql_extent of_sum(struct us_sql_extent a, struct us_sql_extent b)
{
    bool whole = a.whole && b.whole && a.most + b.most < 9e15;
    double least = fmin(a.least, b.least) * 1e-17;
    return of_number(a.most + b.most, whole ? 1 : least, whole, a.miss || b.miss);
}

/* Of any of them; a helper misses when one does, or when all do. */
static struct us_sql_extent of_helper(
    const struct us_sql_frame *f, const struct us_node *n)
{
    struct us_sql_extent x = f->refs[us_node_arg(n, 0)].extent;
    for (uint32_t i = 1; i < n->arg_count; i++) {
        struct us_sql_extent y = f->refs[us_node_arg(n, i)].extent;
        x.most = fmax(x.most, y.most);
        x.least = fmin(x.least, y.least);
        x.whole &= y.whole;
        x.miss = n->function->any_kind ? x.miss && y.miss : x.miss || y.miss;
    }
    if (n->function->id == US_FN_round) x = of_number(x.most + 1, 1, true, x.miss);
    return x;
}

/* Conditions: whether one of their parts can be unknown. */
static struct us_sql_extent of_condition(
    const struct us_sql_frame *f, const struct us_node *n)
{
    bool miss = false;
    for (uint32_t i = 0; i < n->arg_count; i++)
        miss |= f->refs[us_node_arg(n, i)].extent.miss;
    return of_number(0, 0, false, miss);
}

bool us_sql_is_nonzero(const struct us_sql *s, uint32_t node)
{
    while (s->plan->nodes[node].op == US_OP_SIGNAL)
        node = s->plan->nodes[node].args[0];
    const struct us_node *n = &s->plan->nodes[node];
    return n->op == US_OP_CONST && n->kind == US_NUMBER && n->constant.number != 0;
}

bool us_sql_is_division(const struct us_node *n)
{
    return n->op == US_OP_DIVIDE ||
           (n->op == US_OP_HELPER && n->function->id == US_FN_ratio);
}

static struct us_sql_extent of_constant(const struct us_node *n)
{
    double size = fabs(n->constant.number);
    return of_number(size, size > 0 ? size : 1, size == floor(size), false);
}

static struct us_sql_extent extent_of(
    const struct us_sql *s, const struct us_sql_frame *f, const struct us_node *n)
{
    struct us_sql_extent a = {INFINITY, 0, false, true};
    struct us_sql_extent b = a;
    if (n->op == US_OP_CALL) return of_call(s, n);
    if (n->arg_count > 0) a = f->refs[us_node_arg(n, 0)].extent;
    if (n->arg_count > 1) b = f->refs[us_node_arg(n, 1)].extent;
    if (us_sql_is_division(n))
        return of_quotient(a, b, us_sql_is_nonzero(s, us_node_arg(n, 1)));
    switch (n->op) {
    case US_OP_CONST: return of_constant(n);
    case US_OP_MRR:
    case US_OP_ARR: return of_number(1e33, 1e-6, false, true);
    case US_OP_PAID: return of_number(1e33, 1e-6, false, false);
    case US_OP_AGE: return of_number(1e10, 1, true, true);
    case US_OP_PROPERTY: return of_number(1e12, 1e-6, false, true);
    case US_OP_SIGNAL:
    case US_OP_NEGATE:
    case US_OP_IF: return a; /* or 0, which is smaller than anything, and no divisor */
    case US_OP_ADD:
    case US_OP_SUBTRACT: return of_sum(a, b);
    case US_OP_MULTIPLY:
        return of_number(
            a.most * b.most, a.least * b.least, a.whole && b.whole, a.miss || b.miss);
    case US_OP_HELPER: return of_helper(f, n);
    case US_OP_EQ:
    case US_OP_NE:
    case US_OP_LT:
    case US_OP_LE:
    case US_OP_GT:
    case US_OP_GE:
    case US_OP_IN:
    case US_OP_CONTAINS:
    case US_OP_NOT:
    case US_OP_AND:
    case US_OP_OR: return of_condition(f, n);
    case US_OP_CALL:
    case US_OP_TRAIT:
    case US_OP_DIVIDE:
    default: return (struct us_sql_extent){INFINITY, 0, false, true};
    }
}

bool us_sql_is_arithmetic(const struct us_node *n)
{
    return us_sql_is_division(n) || n->op == US_OP_ADD || n->op == US_OP_SUBTRACT ||
           n->op == US_OP_MULTIPLY;
}

bool us_sql_may_overflow(const struct us_sql_frame *f, uint32_t node)
{
    return !(f->refs[node].extent.most < HUGE_ENOUGH);
}

/* ---- what gets a name ---- */

static bool reads_rows(const struct us_node *n)
{
    return n->op == US_OP_CALL || n->op == US_OP_TRAIT || n->op == US_OP_MRR ||
           n->op == US_OP_ARR || n->op == US_OP_PAID || n->op == US_OP_AGE;
}

static const char *const kinds[] = {"_truth", "_number", "_text", NULL};

/* What else of it is called after it. */
static const char *const *ends_of(struct us_sql *s, const struct us_node *n)
{
    static const char *const halves[] = {"_now", "_before", NULL};
    if (n->kind == US_MISSING) return kinds;
    if (n->op != US_OP_CALL) return NULL;
    if (n->function->id == US_FN_trend) return halves;
    const char **steps = us_new(s->arena, const char *, n->step_count + 1);
    for (uint32_t i = 0; i < n->step_count; i++)
        steps[i] = us_arena_cstr(s->arena, us_arena_fmt(s->arena, "_%u", i + 1));
    return steps;
}

static void input(struct us_sql *s, struct us_sql_ref *r, uint32_t node)
{
    const struct us_node *n = &s->plan->nodes[node];
    us_str name = s->signals[node].len ? s->signals[node] : us_sql_name_of(s, n);
    r->name = us_sql_unique(s, name, ends_of(s, n));
    r->cost = 1;
    *us_push(s->arena, s->inputs, s->input_count, s->input_cap) = node;
}

static bool is_dynamic(const struct us_sql *s, uint32_t node)
{
    return s->plan->nodes[node].kind == US_MISSING;
}

/* How often the arguments stand in the text of a node. */
static uint32_t times(const struct us_sql *s, const struct us_sql_frame *f,
    const struct us_node *n, uint32_t node)
{
    uint32_t count = 1;
    if (us_sql_is_arithmetic(n) && us_sql_may_overflow(f, node)) count = 2;
    if (us_sql_is_division(n)) count *= 2;
    bool pair = n->arg_count == 2 && is_dynamic(s, us_node_arg(n, 0)) &&
                is_dynamic(s, us_node_arg(n, 1));
    if (pair) count = 3;
    if (n->op == US_OP_IN) count = 2;
    if (n->op == US_OP_HELPER) count *= 2;
    if (n->op == US_OP_HELPER && n->kind == US_MISSING) count = 4;
    return count;
}

static void give_name(
    struct us_sql *s, struct us_sql_frame *f, uint32_t node, us_str name)
{
    struct us_sql_ref *r = &f->refs[node];
    us_str want = name.len ? name : us_arena_fmt(s->arena, "part_%u", ++s->part);
    r->name = us_sql_unique(s, want, is_dynamic(s, node) ? kinds : NULL);
    r->cost = 1;
    r->level++;
    if (r->level > f->levels) f->levels = r->level;
    *us_push(s->arena, f->named, f->named_count, f->named_cap) = node;
}

void us_sql_visit(struct us_sql *s, struct us_sql_frame *f, uint32_t node)
{
    struct us_sql_ref *r = &f->refs[node];
    const struct us_node *n = &s->plan->nodes[node];
    if (r->seen) return;
    r->seen = true;
    uint32_t cost = 0;
    for (uint32_t i = 0; i < n->arg_count && !reads_rows(n); i++) {
        uint32_t arg = us_node_arg(n, i);
        us_sql_visit(s, f, arg);
        cost += f->refs[arg].cost;
        if (f->refs[arg].level > r->level) r->level = f->refs[arg].level;
    }
    r->extent = extent_of(s, f, n);
    if (us_sql_is_arithmetic(n) && us_sql_may_overflow(f, node)) r->extent.miss = true;
    if (reads_rows(n)) {
        input(s, r, node);
        return;
    }
    /* A signal is written as what it stands for, which has its name. */
    bool signal = n->op == US_OP_SIGNAL;
    us_str name = f == &s->values ? s->signals[node] : (us_str){0};
    r->cost = signal ? cost : 1 + cost * times(s, f, n, node);
    bool wants = name.len || r->cost > US_SQL_COST_MAX;
    if (wants && !signal && n->op != US_OP_CONST) give_name(s, f, node, name);
}
