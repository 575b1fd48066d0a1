/* fact.c: from a gate or a score line to what was measured, in words with dates and
 * comparisons. "Usually" is the median of the same measure in the windows before, each
 * as it was known then, as far back as the account has events. */

#include "answer/answer.h"
#include "signal/function.h"

#include <math.h>
#include <string.h>

struct find {
    const struct us_rules *r;
    const struct us_log *log;
    const struct us_log *mine; /* with no events but the person's, where there is one */
    uint32_t user;
    int64_t t;
    struct us_arena *a;
    struct us_facts *facts;
};

/* What a call reads of events. */
static const struct us_log *log_of(const struct find *f, const struct us_node *n)
{
    return n->op == US_OP_CALL && n->scope != US_PER_ACCOUNT ? f->mine : f->log;
}

static us_value eval_at(const struct find *f, uint32_t node, int64_t t)
{
    const struct us_plan *plan = f->r->plan;
    return us_naive(plan, node, log_of(f, &plan->nodes[node]), f->user, t, f->a);
}

static bool measure(us_op op)
{
    return op == US_OP_CALL || op == US_OP_TRAIT || op == US_OP_MRR ||
           op == US_OP_ARR || op == US_OP_PAID || op == US_OP_AGE;
}

static int64_t window_length(us_window w)
{
    return w.unit == US_HOURS ? w.n * US_HOUR_US : w.n * US_DAY_US;
}

static int by_number(const double *a, const double *b)
{
    return (*a > *b) - (*a < *b);
}

static double median(double *v, size_t n)
{
    for (size_t i = 1; i < n; i++) /* n is under ten */
        for (size_t k = i; k > 0 && by_number(&v[k - 1], &v[k]) > 0; k--) {
            double swap = v[k];
            v[k] = v[k - 1];
            v[k - 1] = swap;
        }
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static int64_t first_seen(const struct find *f)
{
    int64_t first = US_NEVER;
    for (size_t i = 0; i < f->mine->event_count; i++) {
        const struct us_log_event *ev = &f->mine->events[i];
        bool seen = ev->from <= f->t && f->t < ev->to;
        bool mine = f->user == US_NOBODY || ev->user == f->user;
        if (seen && mine && ev->at < first) first = ev->at;
    }
    return first;
}

static void usual(const struct find *f, const struct us_node *n, struct us_fact *fact)
{
    if (n->op != US_OP_CALL || n->window.unit == US_ALL || n->kind != US_NUMBER) return;
    if (n->window.n == 0) return; /* it has none of its own */
    double values[US_USUAL_WINDOWS];
    size_t count = 0;
    int64_t length = window_length(n->window);
    int64_t from = first_seen(f);
    for (int64_t k = 1; k <= US_USUAL_WINDOWS; k++) {
        int64_t t = f->t - k * length;
        if (us_window_start(n->window, t) < from) break;
        us_value v = eval_at(f, fact->node, t);
        if (v.kind == US_NUMBER) values[count++] = v.number;
    }
    if (count < US_USUAL_WINDOWS_LEAST) return;
    fact->has_usual = true;
    fact->usual = median(values, count);
}

static void events_behind(
    const struct find *f, const struct us_node *n, struct us_fact *fact)
{
    if (n->op != US_OP_CALL) return;
    const struct us_log *log = log_of(f, n);
    const struct us_question q = {f->r->plan, log, f->user, f->t, f->a};
    const struct us_behind behind = us_naive_behind(&q, n);
    for (size_t i = 0; i < log->event_count; i++) {
        if (!us_naive_matches(&q, &behind, i)) continue;
        int64_t at = log->events[i].at;
        if (fact->events == 0 || at < fact->first) fact->first = at;
        if (fact->events == 0 || at > fact->last) fact->last = at;
        fact->events++;
    }
}

/* A change against usual says more than a level, a level more than an attribute. */
static double weigh(const struct find *f, const struct us_fact *fact)
{
    if (fact->now.kind == US_MISSING) return 0;
    if (fact->now.kind == US_NUMBER && fact->now.number == 0) return 0.1;
    if (fact->now.kind == US_BOOL && !fact->now.truth) return 0.1;
    const struct us_node *n = &f->r->plan->nodes[fact->node];
    if (n->op != US_OP_CALL) return 0.5;
    us_function_id id = n->function->id;
    bool past =
        id == US_FN_since || id == US_FN_age || id == US_FN_prior || id == US_FN_first;
    if (past) return 0.3; /* what was long ago is seldom why now */
    if (id == US_FN_trend) return fmin(fact->now.number, 10);
    if (fact->has_usual) {
        double ratio = fact->now.number / fmax(fact->usual, 1);
        return fmin(ratio, 10) + (fact->usual == 0 ? 1 : 0);
    }
    bool fresh = fact->events && f->t - fact->first < 7 * US_DAY_US;
    return fresh ? 2.5 : 1.2;
}

static void add(struct find *f, uint32_t node, uint32_t signal)
{
    struct us_facts *all = f->facts;
    struct us_fact *fact = us_push(f->a, all->items, all->count, all->cap);
    *fact = (struct us_fact){
        .node = node, .signal = signal, .first = US_NEVER, .last = US_NEVER};
    us_mark mark = us_arena_mark(f->a);
    const struct us_node *n = &f->r->plan->nodes[node];
    fact->now = eval_at(f, node, f->t);
    events_behind(f, n, fact);
    usual(f, n, fact);
    fact->weight = weigh(f, fact);
    us_arena_pop(f->a, mark);
}

/* Nodes are as deep as US_NODE_DEPTH_MAX lets them, and may be reached by many ways. */
static void walk(struct find *f, uint32_t node, uint32_t signal)
{
    const struct us_node *n = &f->r->plan->nodes[node];
    if (f->facts->seen[node]) return;
    f->facts->seen[node] = true;
    if (measure(n->op)) {
        add(f, node, signal);
    } else if (n->op == US_OP_SIGNAL) {
        uint32_t target = us_node_arg(n, 0);
        bool plain = measure(f->r->plan->nodes[target].op);
        bool number = f->r->plan->nodes[target].kind == US_NUMBER;
        if (plain || !number)
            walk(f, target, plain ? n->signal : signal);
        else
            add(f, node, n->signal); /* a figure of its own, said by its name */
    } else {
        for (uint32_t i = 0; i < n->arg_count; i++)
            walk(f, us_node_arg(n, i), signal);
    }
}

void us_fact_find(
    const struct us_fact_asked *asked, uint32_t node, struct us_facts *facts)
{
    const struct us_log *log = asked->log;
    struct find f = {.r = asked->rules,
        .log = log,
        .mine = log,
        .user = asked->user,
        .t = asked->t,
        .a = asked->a,
        .facts = facts};
    size_t place = asked->own ? us_log_person_at(log, f.user) : log->person_count;
    if (place < log->person_count) f.mine = &asked->own[place];
    if (!facts->seen) facts->seen = us_new(f.a, bool, f.r->plan->node_count);
    walk(&f, node, US_NODE_NONE);
}
