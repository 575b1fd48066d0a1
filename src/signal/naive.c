/* naive.c: the referee. Every value by its definition, with plain loops over all rows
 * and nothing kept: slow, and meant to be read beside docs/signals.md. Every executor
 * is held to it. Rows have at <= from, as journal lines do. Functions over events are
 * in naive_call.c.
 */

#include "signal/naive.h"

#include "signal/function.h"

int64_t us_window_start(us_window w, int64_t t)
{
    if (w.unit == US_ALL) return US_ALWAYS;
    if (w.unit == US_HOURS) return (us_hour(t) - w.n + 1) * US_HOUR_US;
    return (us_day(t) - w.n + 1) * US_DAY_US;
}

int64_t us_window_end(us_window w, int64_t t)
{
    if (w.unit == US_ALL) return US_NEVER;
    return w.unit == US_HOURS ? (us_hour(t) + 1) * US_HOUR_US
                              : (us_day(t) + 1) * US_DAY_US;
}

/* The newest by at, then from; equal in both, the greatest value, whichever came first.
 */
static us_value trait(struct us_asked q, const struct us_node *n)
{
    const struct us_log_trait *best = NULL;
    for (size_t i = 0; i < q.of.log->trait_count; i++) {
        const struct us_log_trait *r = &q.of.log->traits[i];
        if (r->key != n->trait || r->user != q.of.user) continue;
        if (r->from > q.of.t || q.of.t >= r->to) continue;
        bool newer = !best || r->at > best->at;
        if (best && r->at == best->at) {
            newer = r->from > best->from;
            if (r->from == best->from) newer = us_value_cmp(r->value, best->value) > 0;
        }
        if (newer) best = r;
    }
    return best ? best->value : us_missing();
}

static us_value age(struct us_asked q)
{
    int64_t first = US_NEVER;
    for (size_t i = 0; i < q.of.log->event_count; i++)
        if (us_naive_seen(q, i) && q.of.log->events[i].at < first)
            first = q.of.log->events[i].at;
    if (first == US_NEVER) return us_missing();
    return us_number((double)(us_day(q.of.t) - us_day(first)));
}

us_value us_naive_value(struct us_asked q, uint32_t node)
{
    const struct us_node *n = &q.of.plan->nodes[node];
    if (n->scope == US_PER_ACCOUNT) q.of.user = US_NOBODY;
    switch (n->op) {
    case US_OP_CALL: return us_naive_call(q, n);
    case US_OP_TRAIT: return trait(q, n);
    case US_OP_MRR: return us_money_mrr(q.of.log, q.of.t);
    case US_OP_ARR: return us_money_arr(q.of.log, q.of.t);
    case US_OP_PAID: return us_money_paid(q.of.log, n->window, q.of.t);
    case US_OP_AGE: return age(q);
    case US_OP_PROPERTY:
        return q.of.log->values[q.row * q.of.log->column_count + n->column];
    case US_OP_CONST:
    case US_OP_SIGNAL:
    case US_OP_NEGATE:
    case US_OP_ADD:
    case US_OP_SUBTRACT:
    case US_OP_MULTIPLY:
    case US_OP_DIVIDE:
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
    case US_OP_OR:
    case US_OP_IF:
    case US_OP_HELPER:
    default: break;
    }
    us_value args[US_NODE_ARGS_MAX + 1];
    for (uint32_t i = 0; i < n->arg_count; i++)
        args[i] = us_naive_value(q, us_node_arg(n, i));
    return us_node_apply(n, args);
}

us_value us_naive(const struct us_plan *p, uint32_t node, const struct us_log *log,
    uint32_t user, int64_t t, struct us_arena *a)
{
    return us_naive_value((struct us_asked){.of = {p, log, user, t, a}}, node);
}
