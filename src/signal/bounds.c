/* bounds.c: what nodes can be, found once when each is made, from those below it. */

#include "signal/compile.h"

#include <math.h>

static bool has_truth(struct us_range r)
{
    return r.yes || r.no;
}

/* As a condition: everything but true and false is unknown. */
static struct us_range truth(struct us_range r)
{
    struct us_range t = us_range_none();
    t.yes = r.yes;
    t.no = r.no;
    t.missing = r.missing || r.text || us_range_has_number(r);
    return t;
}

static double times(double a, double b)
{
    return a == 0 || b == 0 ? 0 : a * b;
}

static struct us_range arithmetic(us_op op, struct us_range a, struct us_range b)
{
    if (op == US_OP_DIVIDE) return us_range_divide(a, b);
    struct us_range r = us_range_none();
    r.missing = us_range_has_other(a) || us_range_has_other(b);
    if (!us_range_has_number(a) || !us_range_has_number(b)) return r;
    if (op == US_OP_ADD) {
        r.least = a.least + b.least;
        r.most = a.most + b.most;
    } else if (op == US_OP_SUBTRACT) {
        r.least = a.least - b.most;
        r.most = a.most - b.least;
    } else {
        double ends[] = {times(a.least, b.least), times(a.least, b.most),
            times(a.most, b.least), times(a.most, b.most)};
        for (int i = 0; i < 4; i++) {
            r.least = fmin(r.least, ends[i]);
            r.most = fmax(r.most, ends[i]);
        }
    }
    return us_range_settle(r);
}

/* yes and no of a comparison between numbers. */
static struct us_range number_order(us_op op, struct us_range a, struct us_range b)
{
    struct us_range r = us_range_none();
    bool meet = a.least <= b.most && b.least <= a.most;
    bool point = a.least == a.most && b.least == b.most && a.least == b.least;
    bool less = a.least < b.most; /* can be */
    bool more = a.most > b.least;
    if (op == US_OP_EQ || op == US_OP_NE) {
        r.yes = op == US_OP_EQ ? meet : !point;
        r.no = op == US_OP_EQ ? !point : meet;
    } else if (op == US_OP_LT || op == US_OP_GE) {
        r.yes = op == US_OP_LT ? less : more || meet;
        r.no = op == US_OP_LT ? more || meet : less;
    } else {
        r.yes = op == US_OP_GT ? more : less || meet;
        r.no = op == US_OP_GT ? less || meet : more;
    }
    return r;
}

static struct us_range compare(us_op op, struct us_range a, struct us_range b)
{
    struct us_range r = us_range_none();
    bool numbers[] = {us_range_has_number(a), us_range_has_number(b)};
    bool equality = op == US_OP_EQ || op == US_OP_NE;
    if (numbers[0] && numbers[1]) r = number_order(op, a, b);
    if (a.text && b.text) r.yes = r.no = true;
    if (equality && has_truth(a) && has_truth(b)) {
        bool same = (a.yes && b.yes) || (a.no && b.no);
        bool other = (a.yes && b.no) || (a.no && b.yes);
        r.yes |= op == US_OP_EQ ? same : other;
        r.no |= op == US_OP_EQ ? other : same;
    }
    bool differ = (numbers[0] && (b.text || has_truth(b))) ||
                  (a.text && (numbers[1] || has_truth(b))) ||
                  (has_truth(a) && (numbers[1] || b.text));
    bool orders_truth = !equality && has_truth(a) && has_truth(b);
    r.missing = a.missing || b.missing || differ || orders_truth;
    return r;
}

static struct us_range negated(struct us_range a)
{
    struct us_range t = truth(a);
    bool yes = t.yes;
    t.yes = t.no;
    t.no = yes;
    return t;
}

/* Kleene's and; or is made of it and negation. */
static struct us_range both(struct us_range a, struct us_range b)
{
    struct us_range x = truth(a);
    struct us_range y = truth(b);
    struct us_range r = us_range_none();
    bool some = (x.yes || x.no || x.missing) && (y.yes || y.no || y.missing);
    if (!some) return r;
    r.no = x.no || y.no;
    r.yes = x.yes && y.yes;
    r.missing = (x.missing && (y.missing || y.yes)) || (y.missing && x.yes);
    return r;
}

static struct us_range choose(struct us_range value, struct us_range condition)
{
    struct us_range t = truth(condition);
    struct us_range r = us_range_none();
    if (t.yes) {
        r.missing = us_range_has_other(value);
        r.least = value.least;
        r.most = value.most;
    }
    return t.no || t.missing ? us_range_or(r, us_range_number(0, 0)) : r;
}

/* UTC days that a window can touch. */
static double days_in(us_window w)
{
    if (w.unit == US_ALL) return INFINITY;
    if (w.unit == US_DAYS) return (double)w.n;
    return 1 + ceil((double)(w.n - 1) / 24);
}

/* prior, trend and first, of the call inside. */
static struct us_range elsewhere(
    const struct us_plan *p, const struct us_node *n, bool idle)
{
    const struct us_node *of = &p->nodes[n->args[0]];
    const struct us_facts *facts = &p->facts[n->args[0]];
    struct us_range r = idle ? facts->idle : facts->any;
    if (n->function->id == US_FN_first) {
        /* Not of whole buckets: it begins in the middle of a day and ends in one. */
        double days = of->window.unit == US_DAYS ? (double)of->window.n
                                                 : ceil((double)of->window.n / 24);
        if (of->function->id == US_FN_days) r.most = days + 1;
        r.missing = true;
        return idle ? us_range_missing() : r;
    }
    if (n->function->id != US_FN_trend || !us_range_has_number(r)) return r;
    double floor = n->constant.number;
    struct us_range below = us_range_number(fmax(floor, r.least), fmax(floor, r.most));
    return us_range_divide(r, below);
}

static struct us_range call(const struct us_node *n, bool idle)
{
    const struct us_function *f = n->function;
    if (idle) return us_range_of(f->none);
    struct us_range r = us_range_number(f->least, f->most);
    if (f->result == US_BOOL) {
        r = us_range_none();
        r.yes = r.no = true;
    }
    if (f->id == US_FN_days) r.most = days_in(n->window);
    r.missing = f->none.kind == US_MISSING;
    return r;
}

static struct us_range property(us_kind kind)
{
    struct us_range r = us_range_none();
    r.missing = true;
    r.yes = r.no = kind == US_BOOL;
    r.text = kind == US_STRING;
    return kind == US_NUMBER ? us_range_or(r, us_range_number(-INFINITY, INFINITY)) : r;
}

/* Of what reads no other node. */
static struct us_range leaf(const struct us_node *n, bool idle)
{
    struct us_range r = us_range_number(n->op == US_OP_AGE ? 0 : -INFINITY, INFINITY);
    r.missing = n->op != US_OP_PAID;
    if (n->op == US_OP_CONST) return us_range_of(n->constant);
    if (n->op == US_OP_CALL) return call(n, idle);
    if (n->op == US_OP_TRAIT) return us_range_all();
    if (n->op == US_OP_PROPERTY) return property(n->kind);
    if (n->op == US_OP_AGE && idle) return us_range_of(us_missing());
    return r; /* account.mrr, account.arr, account.paid */
}

static struct us_range operation(us_op op, const struct us_range *args, uint32_t count)
{
    struct us_range none = us_range_none();
    switch (us_op_level(op)) {
    case US_LEVEL_OR: return negated(both(negated(args[0]), negated(args[1])));
    case US_LEVEL_AND: return both(args[0], args[1]);
    case US_LEVEL_NOT: return negated(args[0]);
    case US_LEVEL_IF: return choose(args[0], args[1]);
    case US_LEVEL_NEGATE:
        return arithmetic(US_OP_SUBTRACT, us_range_number(0, 0), args[0]);
    case US_LEVEL_COMPARE:
        if (op == US_OP_CONTAINS) {
            none.yes = none.no = args[0].text && args[1].text;
            none.missing = !none.yes || us_range_has_number(args[0]) ||
                           us_range_has_number(args[1]) || args[0].missing ||
                           args[1].missing || has_truth(args[0]) || has_truth(args[1]);
            return none;
        }
        if (op != US_OP_IN) return compare(op, args[0], args[1]);
        none.no = true;
        for (uint32_t i = 1; i < count; i++)
            none = negated(
                both(negated(none), negated(compare(US_OP_EQ, args[0], args[i]))));
        return none;
    case US_LEVEL_SUM:
    case US_LEVEL_PRODUCT:
    case US_LEVEL_VALUE:
    default: return arithmetic(op, args[0], args[1]);
    }
}

struct us_range us_range_apply(const struct us_node *n, const struct us_range *args)
{
    if (n->op == US_OP_CONST) return us_range_of(n->constant);
    if (n->op == US_OP_SIGNAL) return args[0];
    if (n->op == US_OP_HELPER) return n->function->reach(args, n->arg_count);
    return operation(n->op, args, n->arg_count);
}

static struct us_range range_of(
    const struct us_plan *p, const struct us_node *n, bool idle)
{
    struct us_range args[US_NODE_ARGS_MAX + 1];
    if (n->arg_count == 0) return leaf(n, idle);
    if (n->op == US_OP_CALL) return elsewhere(p, n, idle);
    for (uint32_t i = 0; i < n->arg_count; i++) {
        const struct us_facts *f = &p->facts[us_node_arg(n, i)];
        args[i] = idle ? f->idle : f->any;
    }
    return us_range_apply(n, args);
}

static uint32_t depth_of_where(const struct us_plan *p, uint32_t pattern)
{
    uint32_t where = p->patterns[pattern].where;
    return where == US_NODE_NONE ? 0 : p->facts[where].depth;
}

struct us_facts us_facts_of(const struct us_plan *p, const struct us_node *n)
{
    struct us_facts f = {.any = range_of(p, n, false), .idle = range_of(p, n, true)};
    f.uses_events = n->op == US_OP_CALL || n->op == US_OP_AGE;
    for (uint32_t i = 0; i < n->arg_count; i++) {
        const struct us_facts *arg = &p->facts[us_node_arg(n, i)];
        f.uses_events |= arg->uses_events;
        if (arg->depth > f.depth) f.depth = arg->depth;
    }
    if (n->pattern != US_NODE_NONE) f.depth = depth_of_where(p, n->pattern);
    for (uint32_t i = 0; i < n->step_count; i++)
        if (depth_of_where(p, n->steps[i]) > f.depth)
            f.depth = depth_of_where(p, n->steps[i]);
    f.depth++;
    return f;
}

static struct us_bounds bounds(struct us_range r)
{
    if (r.yes) r = us_range_or(r, us_range_number(1, 1));
    if (r.no || r.missing || r.text) r = us_range_or(r, us_range_number(0, 0));
    return (struct us_bounds){r.least, r.most};
}

struct us_bounds us_plan_bounds(const struct us_plan *p, uint32_t node)
{
    return bounds(p->facts[node].any);
}

struct us_bounds us_plan_bounds_idle(const struct us_plan *p, uint32_t node)
{
    return bounds(p->facts[node].idle);
}

bool us_plan_uses_events(const struct us_plan *p, uint32_t node)
{
    return p->facts[node].uses_events;
}
