/* live_ahead.c: what becomes of a condition while no row comes.
 *
 * Windows of days then only lose their oldest days, one a day; what prior and trend see
 * moves through rows that are there already. So a later day's value can be worked out
 * today, and between two such looks nothing has to be looked at. Two bounds are cheaper
 * still: a condition that is the same whatever is left of its windows never changes,
 * and prior(f) over n days is settled for n days whatever rows come today.
 */

#include "signal/live_inner.h"

#include <math.h>

/* So many days at once. */
enum { AHEAD_DAYS = 7 };

/* The first moment of a day that many ahead. */
static int64_t day_ahead(const struct us_now *q, int64_t days)
{
    return (q->live->day + days) * US_DAY_US;
}

bool us_atom_would_flip(const struct us_atom *a, double now, double then)
{
    if (a->op != US_OP_EQ && a->op != US_OP_NE)
        return us_atom_compare(a, now) != us_atom_compare(a, then);
    return now > a->constant ? then <= a->constant : then < a->constant;
}

static us_truth level(us_value v)
{
    if (v.kind != US_BOOL) return US_IS_UNKNOWN;
    return v.truth ? US_IS_TRUE : US_IS_FALSE;
}

us_truth us_atom_level(struct us_now *q, const struct us_atom *a)
{
    double leaves[US_LEAVES_MAX];
    bool numbers = a->step_count > 0;
    for (uint32_t i = 0; i < a->leaf_count && numbers; i++) {
        us_value v = us_now_leaf(q, &q->plan->plan->nodes[a->leaves[i]]);
        numbers = v.kind == US_NUMBER;
        leaves[i] = v.number;
    }
    us_truth now = numbers ? us_reckon_level(a, leaves) : US_IS_UNKNOWN;
    return now == US_IS_UNKNOWN ? level(us_now_raw(q, a->node)) : now;
}

/* A leaf as days go by. Of rows in a window of days that is what it loses and gains;
 * else it is read anew. */
struct going {
    const struct us_lane_live *lane; /* NULL: anew */
    int32_t old, young;
    double value;
};

static struct going going_of(struct us_now *q, const struct us_node *n)
{
    const struct us_node *of = n;
    struct going g = {.lane = NULL};
    if (n->op == US_OP_CALL && n->function->id == US_FN_prior) of = us_now_inside(q, n);
    if (of->op != US_OP_CALL || of->function->id != US_FN_count) return g;
    if (of->window.unit != US_DAYS) return g;
    q->start = NULL;
    g.young = of == n ? 0 : (int32_t)of->window.n;
    g.old = g.young + (int32_t)of->window.n - 1;
    g.lane = us_now_lane(q, of, US_KEEP_COUNT);
    us_now_window(q, g.old, g.young);
    g.value = (double)us_ring_count(q, g.lane);
    return g;
}

/* To day i, from that before. False: it is no number. */
static bool go(struct us_now *q, const struct us_node *n, struct going *g, int32_t i)
{
    if (g->lane) {
        q->old = g->old;
        q->young = g->young;
        g->value += (double)us_ring_turn(q, g->lane, i);
        return true;
    }
    q->ahead = i;
    us_value v = us_now_leaf(q, n);
    q->ahead = 0;
    g->value = v.number;
    return v.kind == US_NUMBER;
}

/* The first of the days after now on which it is another than now; one more than days
 * when on none, 0 when it is not of numbers. */
static int32_t day_of_change(
    struct us_now *q, const struct us_atom *a, us_truth now, int32_t days)
{
    struct going going[US_LEAVES_MAX];
    double leaves[US_LEAVES_MAX];
    if (!a->step_count) return 0;
    for (uint32_t k = 0; k < a->leaf_count; k++)
        going[k] = going_of(q, &q->plan->plan->nodes[a->leaves[k]]);
    for (int32_t i = 1; i <= days; i++) {
        for (uint32_t k = 0; k < a->leaf_count; k++) {
            if (!go(q, &q->plan->plan->nodes[a->leaves[k]], &going[k], i)) return 0;
            leaves[k] = going[k].value;
        }
        us_truth then = us_reckon_level(a, leaves);
        if (then == US_IS_UNKNOWN) return 0;
        if (then != now) return i;
    }
    return days + 1;
}

int64_t us_atom_ahead(struct us_now *q, const struct us_atom *a)
{
    us_truth now = us_atom_level(q, a);
    int32_t days = a->settled ? a->settled - 1 : AHEAD_DAYS;
    int32_t change = day_of_change(q, a, now, days);
    if (change) return day_ahead(q, change);
    bool same = true;
    int32_t i = 1;
    for (; i <= days && same; i++) {
        q->ahead = i;
        same = level(us_now_raw(q, a->node)) == now;
    }
    q->ahead = 0;
    return day_ahead(q, same ? i : i - 1);
}

/* ---- sums ---- */

bool us_sum_only_grows(const struct us_now *q, const struct us_lane_live *lane)
{
    return lane->unit == US_DAYS && !q->block[lane->minus];
}

int64_t us_atom_sum_flips(struct us_now *q, const struct us_atom *a)
{
    const struct us_lane_live *lane = &q->plan->lanes[a->lane];
    us_now_window(q, (int64_t)a->n - 1, 0);
    us_wide left = us_ring_sum(q, lane);
    double now = us_in_units(left);
    if (now == 0) return US_NEVER;
    if (!us_atom_would_flip(a, now, 0)) return US_NEVER;
    for (int32_t i = 1; i < (int32_t)a->n; i++) {
        left -= us_ring_sum_at(q, lane, (int32_t)(q->live->day - (int64_t)a->n + i));
        if (us_atom_would_flip(a, now, us_in_units(left))) return day_ahead(q, i);
    }
    return day_ahead(q, a->n);
}

bool us_atom_has_today(struct us_now *q, const struct us_atom *a)
{
    for (uint32_t i = 0; i < a->source_count; i++) {
        if (a->sources[i] >= q->plan->lane_count) continue;
        const struct us_lane_live *lane = &q->plan->lanes[a->sources[i]];
        bool some = lane->unit == US_DAYS && us_meta_of(q, lane)->last == q->live->day;
        if (some) return true;
    }
    return false;
}

/* ---- what a condition can be ---- */

/* Of a function over a window, as its days leave. */
static struct us_range window_left(
    struct us_now *q, const struct us_node *n, double now)
{
    us_function_id id = n->function->id;
    bool shrinks = id == US_FN_count || id == US_FN_users || id == US_FN_days;
    if (id == US_FN_sum) shrinks = us_sum_only_grows(q, us_now_lane(q, n, US_KEEP_SUM));
    return shrinks ? us_range_number(0, now) : us_range_all();
}

/* Of prior of a count: what is in its window and in the one after it. */
static struct us_range prior_left(struct us_now *q, const struct us_node *in)
{
    if (in->function->id != US_FN_count) return us_range_all();
    q->start = NULL;
    us_now_window(q, 2 * in->window.n - 1, 0);
    return us_range_number(0, (double)us_now_count(q, in));
}

static struct us_range leaf_left(struct us_now *q, const struct us_node *n)
{
    bool call = n->op == US_OP_CALL;
    if (call && n->function->id == US_FN_prior)
        return prior_left(q, us_now_inside(q, n));
    if (call && n->function->inside) return us_range_all();
    us_value v = us_now_leaf(q, n);
    bool moves = call && n->function->window && n->window.unit != US_ALL;
    if (!moves) return us_range_of(v);
    return v.kind == US_NUMBER ? window_left(q, n, v.number) : us_range_all();
}

/* A count may grow by rows that are not looked at. */
static bool is_growing(const struct us_now *q, const struct us_node *n, bool by_time)
{
    if (n->op != US_OP_CALL) return false;
    if (by_time && n->function->id == US_FN_prior) n = us_now_inside(q, n);
    return n->function->id == US_FN_count;
}

void us_leaves_read(
    struct us_now *q, const struct us_atom *a, bool by_time, struct us_leaves *out)
{
    out->of = a;
    out->good = a->leaf_count <= US_LEAVES_MAX;
    out->numbers = a->step_count > 0;
    for (uint32_t i = 0; i < a->leaf_count && out->good; i++) {
        const struct us_node *n = &q->plan->plan->nodes[a->leaves[i]];
        out->values[i] = by_time ? leaf_left(q, n) : us_range_of(us_now_leaf(q, n));
        out->grow[i] = is_growing(q, n, by_time);
        out->numbers &= !us_range_has_other(out->values[i]) &&
                        isfinite(out->values[i].least) && isfinite(out->values[i].most);
    }
}

static struct us_range range_of(
    const struct us_now *q, const struct us_leaves *l, uint32_t node, double more)
{
    const struct us_node *n = &q->plan->plan->nodes[node];
    struct us_range args[US_NODE_ARGS_MAX + 1];
    if (us_reads_rows(n)) {
        uint32_t i = 0;
        while (l->of->leaves[i] != node)
            i++;
        args[0] = l->values[i];
        if (l->grow[i]) args[0].most += more;
        return args[0];
    }
    for (uint32_t i = 0; i < n->arg_count; i++)
        args[i] = range_of(q, l, us_node_arg(n, i), more);
    return us_range_apply(n, args);
}

bool us_leaves_are_one(const struct us_now *q, const struct us_leaves *l, double more)
{
    if (l->numbers) return us_reckon_is_one(l, more);
    return l->good && us_range_is_one(range_of(q, l, l->of->node, more));
}

bool us_atom_is_fixed(struct us_now *q, const struct us_atom *a)
{
    if (!a->steady) return false;
    struct us_leaves l;
    us_leaves_read(q, a, true, &l);
    return us_leaves_are_one(q, &l, 0);
}
