/* live_when.c: values of nodes, and when they may change though no row comes.
 *
 * A bound is never later than the change, and stays so while rows come: rows only put
 * off what a window's count may do by itself, what else a row may alter wakes the atom
 * (us_atom_sleep). Where one part decides (of `and`, one that is not true), that part
 * is read, so that a row that changes it is noticed.
 */

#include "signal/live_inner.h"

#include <math.h>

static const struct us_node *node_of(const struct us_now *q, uint32_t node)
{
    return &q->plan->plan->nodes[node];
}

/* ---- values ---- */

static us_value truth_of(us_value a, us_value b, bool decides)
{
    bool first = a.kind == US_BOOL && a.truth == decides;
    bool second = b.kind == US_BOOL && b.truth == decides;
    if (first || second) return us_bool(decides);
    return a.kind == US_BOOL && b.kind == US_BOOL ? us_bool(!decides) : us_missing();
}

us_value us_now_value(struct us_now *q, uint32_t node)
{
    const struct us_node *n = node_of(q, node);
    us_value args[US_NODE_ARGS_MAX + 1];
    uint32_t atom = q->plan->atom_of[node];
    if (atom != US_NODE_NONE) return us_atom_read(q, atom);
    switch ((int)n->op) {
    case US_OP_CALL:
    case US_OP_TRAIT:
    case US_OP_AGE: return us_now_leaf(q, n);
    case US_OP_AND:
    case US_OP_OR:
        args[0] = us_now_value(q, us_node_arg(n, 0));
        if (args[0].kind == US_BOOL && args[0].truth == (n->op == US_OP_OR))
            return args[0];
        return truth_of(args[0], us_now_value(q, us_node_arg(n, 1)), n->op == US_OP_OR);
    case US_OP_IF:
        args[1] = us_now_value(q, us_node_arg(n, 1));
        if (args[1].kind != US_BOOL || !args[1].truth) return us_number(0);
        args[0] = us_now_value(q, us_node_arg(n, 0));
        return us_node_apply(n, args);
    default: break;
    }
    for (uint32_t i = 0; i < n->arg_count; i++)
        args[i] = us_now_value(q, us_node_arg(n, i));
    return us_node_apply(n, args);
}

bool us_now_holds(struct us_now *q, uint32_t node)
{
    us_value v = us_now_value(q, node);
    return v.kind == US_BOOL && v.truth;
}

/* ---- leaves ---- */

static int64_t bucket_start(uint8_t unit, int64_t bucket)
{
    return bucket * (unit == US_HOURS ? US_HOUR_US : US_DAY_US);
}

/* The first moment of the next bucket. */
static int64_t next_bucket(const struct us_now *q, uint8_t unit)
{
    return bucket_start(unit, (int64_t)us_live_bucket(q->live, unit) + 1);
}

/* Whether nothing is left that could leave a window. */
static bool is_idle(struct us_now *q, const struct us_lane_live *lane)
{
    bool list =
        lane->user || lane->keep == US_KEEP_VALUES || lane->keep == US_KEEP_MOMENTS;
    if (list) return us_list_is_idle(q, lane);
    const struct us_lane_meta *meta = us_meta_of(q, lane);
    int64_t reach = lane->reach;
    for (uint32_t i = 0; i < lane->past_count; i++)
        if (2 * lane->past[i].n + 1 > reach) reach = 2 * lane->past[i].n + 1;
    int64_t now = us_live_bucket(q->live, lane->unit);
    return meta->last == US_BUCKET_NONE || now - meta->last >= reach;
}

static int64_t window_changes(struct us_now *q, uint32_t node)
{
    const struct us_node *n = node_of(q, node);
    if (n->window.unit == US_ALL) return US_NEVER;
    const struct us_live_call *call = &q->plan->calls[q->plan->call_of[node]];
    bool idle = true;
    for (int k = 0; k < US_KEEPS; k++)
        if (call->lanes[k] != US_NODE_NONE)
            idle &= is_idle(q, &q->plan->lanes[call->lanes[k]]);
    for (uint32_t i = 0; i < n->step_count; i++)
        idle &= is_idle(q, &q->plan->lanes[call->steps[i]]);
    return idle ? US_NEVER : next_bucket(q, (uint8_t)n->window.unit);
}

static int64_t first_changes(struct us_now *q, const struct us_node *n)
{
    us_window w = node_of(q, n->args[0])->window;
    int64_t length = w.n * (w.unit == US_HOURS ? US_HOUR_US : US_DAY_US);
    int64_t begun = q->head->begun;
    if (n->scope == US_PER_USER) {
        const struct us_sheet *s =
            q->member == US_MEMBER_NONE ? NULL : us_sheet_of(q->live, q->member, false);
        begun = s ? s->begun : US_NEVER;
    }
    if (begun == US_NEVER) return US_NEVER;
    return begun + length > q->t ? begun + length : US_NEVER;
}

static int64_t call_changes(struct us_now *q, uint32_t node)
{
    const struct us_node *n = node_of(q, node);
    const struct us_function *f = n->function;
    if (f->id == US_FN_first) return first_changes(q, n);
    if (f->inside) return window_changes(q, n->args[0]);
    if (f->by_rows) return US_NEVER;
    if (f->window) return window_changes(q, node);
    us_value v = us_now_leaf(q, n); /* days since, or of a run */
    bool still = v.kind == US_MISSING ||
                 (f->id != US_FN_since && f->id != US_FN_age && v.number == 0);
    return still ? US_NEVER : next_bucket(q, US_DAYS);
}

/* The first of the moments after t at which money can change by itself. */
static int64_t money_changes(struct us_now *q, const struct us_node *n)
{
    struct us_log facts = us_live_facts(q->live, q->slot);
    if (!facts.payment_count) return US_NEVER;
    if (n->op == US_OP_PAID && n->window.unit != US_ALL)
        return next_bucket(q, (uint8_t)n->window.unit);
    int64_t next = US_NEVER;
    for (size_t i = 0; i < facts.payment_count && n->op != US_OP_PAID; i++) {
        const struct us_log_payment *r = &facts.payments[i];
        bool months = r->months > 0 && r->months <= US_PERIOD_MONTHS_MAX;
        int64_t at[3] = {r->start, r->end,
            months ? us_add_months(r->end, (int)r->months) : US_NEVER};
        for (int k = 0; k < 3; k++)
            if (at[k] > q->t && at[k] < next) next = at[k];
    }
    return next;
}

static int64_t leaf_changes(struct us_now *q, uint32_t node)
{
    const struct us_node *n = node_of(q, node);
    switch ((int)n->op) {
    case US_OP_CALL: return call_changes(q, node);
    case US_OP_AGE: {
        us_value v = us_now_leaf(q, n);
        return v.kind == US_MISSING ? US_NEVER : next_bucket(q, US_DAYS);
    }
    case US_OP_MRR:
    case US_OP_ARR:
    case US_OP_PAID: return money_changes(q, n);
    default: return US_NEVER;
    }
}

/* ---- conditions ---- */

/* Of a count of rows, buckets or people: as the oldest buckets leave the window. */
static int64_t count_flips(struct us_now *q, const struct us_atom *a)
{
    const struct us_lane_live *lane = &q->plan->lanes[a->lane];
    int64_t now = us_atom_number(q, a);
    int64_t left = now;
    int64_t newest = us_live_bucket(q->live, lane->unit);
    if (lane->unit == US_ALL || now == 0) return US_NEVER;
    bool equal = a->op == US_OP_EQ || a->op == US_OP_NE;
    if (equal && (double)now < a->constant) return US_NEVER;
    for (int64_t i = 1; i <= a->n; i++) {
        int32_t gone = (int32_t)(newest - a->n + i);
        int64_t cell = a->kind == US_ATOM_PEOPLE ? us_people_last(q, lane, gone)
                                                 : us_ring_at(q, lane, gone);
        left -= a->buckets ? cell > 0 : cell;
        if (us_atom_would_flip(a, (double)now, (double)left))
            return bucket_start(lane->unit, newest + i);
        if (left == 0) break;
    }
    return US_NEVER;
}

/* Of whole days since something, which grow by one a day. */
static int64_t age_flips(struct us_now *q, const struct us_atom *a)
{
    uint32_t leaf = a->leaves[0];
    us_value v = us_now_leaf(q, node_of(q, leaf));
    if (v.kind != US_NUMBER) return US_NEVER;
    int64_t next = us_atom_next(a, (int64_t)v.number);
    if (next == INT64_MAX) return US_NEVER;
    int64_t days = next - (int64_t)v.number;
    return bucket_start(US_DAYS, q->live->day + days);
}

/* Of one whose later days are known. */
static int64_t steady_flips(struct us_now *q, uint32_t atom, bool watch)
{
    const struct us_atom *a = &q->plan->atoms[atom];
    int64_t next = US_NEVER;
    for (uint32_t i = 0; i < a->leaf_count && next == US_NEVER; i++)
        next = leaf_changes(q, a->leaves[i]);
    bool never = next == US_NEVER || us_atom_is_fixed(q, a);
    /* A further row of today would not be noticed. */
    bool soon = !never && !a->settled && us_atom_has_today(q, a);
    if (watch) us_atom_sleep(q, atom, never || (!soon && !a->settled));
    if (never) return US_NEVER;
    return soon ? next_bucket(q, US_DAYS) : us_atom_ahead(q, a);
}

static int64_t atom_flips(struct us_now *q, uint32_t atom, bool watch)
{
    const struct us_atom *a = &q->plan->atoms[atom];
    int64_t next = US_NEVER;
    if (watch) us_atom_read(q, atom);
    if (a->kind == US_ATOM_COUNT || a->kind == US_ATOM_PEOPLE) return count_flips(q, a);
    if (a->steady) return steady_flips(q, atom, watch);
    /* A row can lift a sum past what it must be equal to, and change nothing by it. */
    bool ordered = a->op != US_OP_EQ && a->op != US_OP_NE;
    bool grows = ordered && a->kind == US_ATOM_SUM &&
                 us_sum_only_grows(q, &q->plan->lanes[a->lane]);
    if (grows) return us_atom_sum_flips(q, a);
    bool wakes = a->kind == US_ATOM_AGE;
    if (wakes) next = age_flips(q, a);
    for (uint32_t i = 0; i < a->leaf_count && a->kind != US_ATOM_AGE; i++) {
        int64_t at = leaf_changes(q, a->leaves[i]);
        if (at < next) next = at;
        wakes |= at == US_NEVER; /* a row may give it something to change by */
    }
    if (watch && wakes) us_atom_sleep(q, atom, true);
    return next;
}

/* ---- nodes ---- */

/* A node as false, unknown or true, without reading it for good. */
static us_truth peek(struct us_now *q, uint32_t node)
{
    const struct us_node *n = node_of(q, node);
    uint32_t atom = q->plan->atom_of[node];
    if (atom != US_NODE_NONE && q->plan->atoms[atom].kind != US_ATOM_FREE)
        return us_atom_peek(q, atom);
    us_truth a = US_IS_UNKNOWN;
    us_truth b = US_IS_UNKNOWN;
    switch ((int)n->op) {
    case US_OP_SIGNAL: return peek(q, us_node_arg(n, 0));
    case US_OP_NOT: return US_IS_TRUE - peek(q, us_node_arg(n, 0));
    case US_OP_AND:
        a = peek(q, us_node_arg(n, 0));
        if (a == US_IS_FALSE) return a;
        b = peek(q, us_node_arg(n, 1));
        return a < b ? a : b;
    case US_OP_OR:
        a = peek(q, us_node_arg(n, 0));
        if (a == US_IS_TRUE) return a;
        b = peek(q, us_node_arg(n, 1));
        return a > b ? a : b;
    default: break;
    }
    us_value v = us_now_value(q, node);
    if (v.kind != US_BOOL) return US_IS_UNKNOWN;
    return v.truth ? US_IS_TRUE : US_IS_FALSE;
}

static int64_t any_changes(struct us_now *q, uint32_t node, bool watch);

/* When [node is target] may become another; target: true or false. */
static int64_t flips(struct us_now *q, uint32_t node, us_truth target, bool watch)
{
    const struct us_node *n = node_of(q, node);
    uint32_t atom = q->plan->atom_of[node];
    if (atom != US_NODE_NONE) return atom_flips(q, atom, watch);
    if (n->op == US_OP_SIGNAL) return flips(q, us_node_arg(n, 0), target, watch);
    if (n->op == US_OP_NOT)
        return flips(q, us_node_arg(n, 0), US_IS_TRUE - target, watch);
    if (n->op != US_OP_AND && n->op != US_OP_OR) return any_changes(q, node, watch);
    /* Both are needed for `and` to be true, and for `or` to be false. */
    bool both = (n->op == US_OP_AND) == (target == US_IS_TRUE);
    uint32_t args[2] = {us_node_arg(n, 0), us_node_arg(n, 1)};
    bool is[2] = {peek(q, args[0]) == target, peek(q, args[1]) == target};
    bool holds = both ? is[0] && is[1] : is[0] || is[1];
    if (both == holds) { /* whichever of the two changes first */
        int64_t first = flips(q, args[0], target, watch);
        int64_t second = flips(q, args[1], target, watch);
        return first < second ? first : second;
    }
    /* Every one that stands against it has to change: the last of them decides. */
    int64_t last = INT64_MIN;
    int which = -1;
    for (int i = 0; i < 2 && last != US_NEVER; i++) {
        if (is[i] == both) continue;
        int64_t at = flips(q, args[i], target, false);
        if (which < 0 || at > last) which = i;
        if (at > last) last = at;
    }
    return watch ? flips(q, args[which], target, true) : last;
}

/* When anything below it may. */
static int64_t any_changes(struct us_now *q, uint32_t node, bool watch)
{
    const struct us_node *n = node_of(q, node);
    uint32_t atom = q->plan->atom_of[node];
    if (atom != US_NODE_NONE) return atom_flips(q, atom, watch);
    if (n->op == US_OP_CALL) return call_changes(q, node);
    int64_t next = n->arg_count ? US_NEVER : leaf_changes(q, node);
    for (uint32_t i = 0; i < n->arg_count; i++) {
        int64_t at = any_changes(q, us_node_arg(n, i), watch);
        if (at < next) next = at;
    }
    return next;
}

int64_t us_now_flips(struct us_now *q, uint32_t node)
{
    return flips(q, node, US_IS_TRUE, true);
}

int64_t us_now_changes(struct us_now *q, uint32_t node)
{
    return any_changes(q, node, true);
}
