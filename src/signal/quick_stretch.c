/* quick_stretch.c: from when to when on one day a condition is true, to the
 * microsecond.
 *
 * On a day that is known by its end counts only grow, so a comparison with what stands
 * still that day turns once.
 */

#include "base/err.h"
#include "signal/function.h"
#include "signal/quick.h"

#include <math.h>

/* [from, to): US_ALWAYS since before the day, US_NEVER to its end; from == to: not at
 * all. */
struct stretch {
    int64_t from, to;
};

static const struct stretch all_day = {US_ALWAYS, US_NEVER};
static const struct stretch never = {US_NEVER, US_NEVER};

static bool is_never(struct stretch w)
{
    return w.from >= w.to;
}

struct asking {
    struct us_past *s;
    int64_t day;
    size_t d;
};

/* ---- when a count becomes so many ---- */

/* Moments at which the rows of a day came to be known, in order. */
struct known {
    const int64_t *at;
    size_t count;
};

static struct known in_order(struct us_past *s, const int64_t *known, size_t n)
{
    int64_t *at = us_new(&s->work, int64_t, n + 1);
    for (size_t i = 0; i < n; i++)
        at[i] = known[i];
    us_sort_moments(at, n);
    return (struct known){at, n};
}

static struct known of_lane(struct asking *q, const struct us_lane *l)
{
    size_t from = us_first_at(l->at, l->count, q->day * US_DAY_US);
    size_t to = us_first_at(l->at, l->count, (q->day + 1) * US_DAY_US);
    if (!l->known) return (struct known){l->at + from, to - from};
    return in_order(q->s, l->known + from, to - from);
}

/* Rows of any name. */
static struct known of_any(struct asking *q)
{
    struct us_past *s = q->s;
    const struct us_runs *r = s->runs;
    if (s->quick->today_turn == s->turn && s->quick->today == q->day)
        return (struct known){s->quick->known, s->quick->known_count};
    int64_t *at = NULL;
    size_t count = 0;
    size_t cap = 0;
    for (size_t k = 0; k < r->run_count; k++) {
        const struct us_run_day *of = us_past_run_day(r, &r->runs[k], q->day);
        for (uint32_t i = 0; of && i < of->count; i++)
            *us_push(&s->work, at, count, cap) = r->known[of->from + i];
    }
    us_sort_moments(at, count);
    s->quick->known = at;
    s->quick->known_count = count;
    s->quick->today = q->day;
    s->quick->today_turn = s->turn;
    return (struct known){at, count};
}

static struct known rows_of(struct asking *q, uint32_t pattern)
{
    const struct us_pattern *p = &q->s->plan->patterns[pattern];
    if (p->name == US_ANY_NAME && p->where == US_NODE_NONE) return of_any(q);
    return of_lane(q, us_past_lane(q->s, pattern));
}

static int64_t nth_person(struct asking *q, const struct us_quick_row *row, size_t nth)
{
    struct us_past *s = q->s;
    const struct us_node *n = &s->plan->nodes[row->node];
    const struct us_pattern *p = &s->plan->patterns[row->pattern];
    bool any = p->name == US_ANY_NAME && p->where == US_NODE_NONE;
    const struct us_lane *l =
        any ? us_past_today(s, q->day) : us_past_lane(s, row->pattern);
    struct us_rows rows = {.lane = l, .runs = s->runs, .user = US_NOBODY};
    rows.from = us_first_at(l->at, l->count, q->day * US_DAY_US);
    rows.to = us_first_at(l->at, l->count, (q->day + 1) * US_DAY_US);
    int64_t *at = us_new(&s->work, int64_t, rows.to - rows.from + 1);
    size_t count = n->function->rises(s, n, &rows, at);
    us_assert(nth >= 1 && nth <= count);
    us_sort_moments(at, count);
    return at[nth - 1];
}

/* The moment at which a term becomes k or more. */
static int64_t becomes(struct asking *q, struct us_quick_term t, int64_t k)
{
    struct us_quick_view v = us_quick_view(q->s, t);
    int64_t end = v.end[q->d] - v.end_less[q->d];
    int64_t begin = v.begin[q->d] - v.begin_less[q->d];
    if (begin >= k) return US_ALWAYS;
    if (end < k) return US_NEVER;
    const struct us_quick_row *row = &q->s->quick->rows[t.row];
    size_t nth = (size_t)(k - begin);
    if (row->of == US_ROW_USERS) return nth_person(q, row, nth);
    struct known known = rows_of(q, row->pattern);
    us_assert(nth <= known.count);
    return known.at[nth - 1];
}

/* ---- comparisons ---- */

static bool against(
    struct asking *q, us_op op, struct us_quick_term t, int64_t k, struct stretch *out)
{
    bool one_more = op == US_OP_GT || op == US_OP_LE;
    int64_t from = becomes(q, t, k + one_more);
    *out = (struct stretch){from, US_NEVER};
    if (op == US_OP_GE || op == US_OP_GT) return true;
    *out = (struct stretch){US_ALWAYS, from};
    if (op == US_OP_LE || op == US_OP_LT) return true;
    *out = (struct stretch){from, becomes(q, t, k + 1)};
    if (op == US_OP_EQ) return true;
    bool whole = is_never(*out) || (out->from == US_ALWAYS && out->to == US_NEVER);
    *out = is_never(*out) ? all_day : never;
    return whole;
}

/* Whole numbers against a number that stands still. */
static bool against_number(
    struct asking *q, us_op op, struct us_quick_term t, double v, struct stretch *out)
{
    if (v > US_QUICK_ROWS_MAX) v = US_QUICK_ROWS_MAX + 1.5;
    if (v < -1) v = -1.5;
    bool whole = floor(v) == v;
    if (op == US_OP_EQ && !whole) {
        *out = never;
        return true;
    }
    if (op == US_OP_NE && !whole) {
        *out = all_day;
        return true;
    }
    if (!whole) op = op == US_OP_GT || op == US_OP_GE ? US_OP_GE : US_OP_LT;
    return against(q, op, t, (int64_t)ceil(v), out);
}

static bool holds(us_op op, double x, double y)
{
    switch ((int)op) {
    case US_OP_GE: return x >= y;
    case US_OP_GT: return x > y;
    case US_OP_LE: return x <= y;
    case US_OP_LT: return x < y;
    case US_OP_EQ: return x == y;
    default: return x != y;
    }
}

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

static bool compare(
    struct asking *q, const struct us_quick_node *n, struct stretch *out)
{
    const struct us_quick_node *a = &q->s->quick->nodes[n->a];
    const struct us_quick_node *b = &q->s->quick->nodes[n->b];
    struct us_quick_number x = us_quick_number(q->s, n->a, q->d);
    struct us_quick_number y = us_quick_number(q->s, n->b, q->d);
    bool still = x.least == x.most && y.least == y.most;
    if (a->kind == US_QUICK_COUNT && y.least == y.most)
        return against_number(q, n->op, a->x, y.end, out);
    if (b->kind == US_QUICK_COUNT && x.least == x.most)
        return against_number(q, mirrored(n->op), b->x, x.end, out);
    if (!still) return false;
    *out = holds(n->op, x.end, y.end) ? all_day : never;
    return true;
}

static bool still(struct asking *q, const struct us_quick_node *n, struct stretch *out)
{
    struct us_quick_view x = us_quick_view(q->s, n->x);
    struct us_quick_view y = us_quick_view(q->s, n->y);
    int32_t of_x = x.end[q->d] - x.end_less[q->d];
    int32_t of_y = y.end[q->d] - y.end_less[q->d];
    *out = holds(n->op, of_x - of_y, n->k) ? all_day : never;
    return true;
}

static bool atom(struct asking *q, const struct us_quick_node *n, struct stretch *out)
{
    if (!n->two) return against(q, n->op, n->x, n->k, out);
    struct us_quick_view y = us_quick_view(q->s, n->y);
    int64_t end = y.end[q->d] - y.end_less[q->d];
    int64_t begin = y.begin[q->d] - y.begin_less[q->d];
    if (us_quick_still(n)) return still(q, n, out);
    return end == begin && against(q, n->op, n->x, n->k + end, out);
}

static bool sums(struct asking *q, const struct us_quick_node *n, struct stretch *out)
{
    struct us_past *s = q->s;
    const struct us_node *call = &s->plan->nodes[s->quick->totals[n->x.row].node];
    const int64_t *total = us_quick_total(s, n->x.row);
    if (!total) return false;
    int64_t gone = n->x.n ? total[(int64_t)q->d - n->x.n] : 0;
    int64_t begin = total[(int64_t)q->d - 1] - gone;
    int64_t at = US_NEVER;
    if (begin >= n->m) {
        at = US_ALWAYS;
    } else if (total[q->d] - gone >= n->m) {
        const struct us_lane *l = us_past_lane(s, call->pattern);
        const int64_t *before = us_past_sums(s, call);
        const int64_t *known = l->known ? l->known : l->at;
        size_t i = us_first_at(l->at, l->count, q->day * US_DAY_US);
        int64_t base = before[i];
        size_t to = us_first_at(l->at, l->count, (q->day + 1) * US_DAY_US);
        for (size_t k = i + 1; k < to; k++)
            if (known[k] < known[k - 1]) return false; /* they came in another order */
        while (begin + before[i + 1] - base < n->m)
            i++;
        at = known[i];
    }
    *out = n->op == US_OP_LT ? (struct stretch){US_ALWAYS, at}
                             : (struct stretch){at, US_NEVER};
    return true;
}

/* ---- conditions ---- */

static bool by_truth(struct asking *q, uint32_t node, struct stretch *out)
{
    uint8_t can = us_past_truth(q->s, node).in[q->d];
    *out = can == US_CAN_YES ? all_day : never;
    return can == US_CAN_YES || !(can & US_CAN_YES);
}

static bool negated(struct stretch a, struct stretch *out)
{
    if (is_never(a)) {
        *out = all_day;
    } else if (a.from == US_ALWAYS) {
        *out = a.to == US_NEVER ? never : (struct stretch){a.to, US_NEVER};
    } else if (a.to == US_NEVER) {
        *out = (struct stretch){US_ALWAYS, a.from};
    } else {
        return false;
    }
    return true;
}

static bool either(struct stretch a, struct stretch b, struct stretch *out)
{
    *out = is_never(a) ? b : a;
    if (is_never(a) || is_never(b)) return true;
    bool meet = a.from <= b.to && b.from <= a.to;
    out->from = a.from < b.from ? a.from : b.from;
    out->to = a.to > b.to ? a.to : b.to;
    return meet;
}

static bool condition(struct asking *q, uint32_t node, struct stretch *out)
{
    const struct us_quick_node *n = &q->s->quick->nodes[node];
    struct stretch a;
    struct stretch b;
    if (n->kind == US_QUICK_ATOM) return atom(q, n, out);
    if (n->kind == US_QUICK_COMPARE) return compare(q, n, out);
    if (n->kind == US_QUICK_SUMS) return sums(q, n, out);
    if (n->kind == US_QUICK_NEGATION) return condition(q, n->a, &a) && negated(a, out);
    if (n->kind != US_QUICK_AND && n->kind != US_QUICK_OR)
        return by_truth(q, node, out);
    if (!condition(q, n->a, &a)) return false;
    if (n->kind == US_QUICK_AND && is_never(a)) {
        *out = never;
        return true;
    }
    if (!condition(q, n->b, &b)) return false;
    if (n->kind == US_QUICK_OR) return either(a, b, out);
    out->from = a.from > b.from ? a.from : b.from;
    out->to = a.to < b.to ? a.to : b.to;
    if (is_never(*out)) *out = never;
    return true;
}

bool us_past_stretch(
    struct us_past *s, uint32_t node, int64_t day, int64_t *from, int64_t *to)
{
    struct asking q = {s, day, (size_t)(day - s->first_day)};
    struct stretch out;
    if (us_past_blurred(s, day) || s->runs->to) return false;
    if (!condition(&q, node, &out)) return false;
    *from = out.from;
    *to = out.to;
    return true;
}
