/* naive.c: the referee. Every value by its definition, with plain loops over all rows
 * and nothing kept: slow, and meant to be read beside docs/signals.md. Every executor
 * is held to it. Rows have at <= from, as journal lines do.
 */

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

/* row: of a where, the event's. */
struct asked {
    struct us_question of;
    size_t row;
};

static us_value value(struct asked q, uint32_t node);

static bool is_true(us_value v)
{
    return v.kind == US_BOOL && v.truth;
}

static bool seen(struct asked q, size_t i)
{
    const struct us_log_event *e = &q.of.log->events[i];
    bool theirs = q.of.user == US_NOBODY || e->user == q.of.user;
    return theirs && e->from <= q.of.t && q.of.t < e->to;
}

static bool matches(struct asked q, const struct us_node *call, size_t i)
{
    const struct us_log_event *e = &q.of.log->events[i];
    const struct us_pattern *p = &q.of.plan->patterns[call->pattern];
    us_window w = call->function->window ? call->window : (us_window){.unit = US_ALL};
    if (!seen(q, i)) return false;
    if (e->at < us_window_start(w, q.of.t) || e->at >= us_window_end(w, q.of.t))
        return false;
    if (p->name != US_ANY_NAME && p->name != e->name) return false;
    q.row = i;
    return p->where == US_NODE_NONE || is_true(value(q, p->where));
}

bool us_naive_matches(const struct us_question *q, const struct us_node *call, size_t i)
{
    return matches((struct asked){.of = *q}, call, i);
}

/* How many different numbers there are. */
static size_t distinct(const int64_t *list, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        size_t earlier = 0;
        while (list[earlier] != list[i])
            earlier++;
        found += earlier == i;
    }
    return found;
}

static us_value sum(struct asked q, const struct us_node *n)
{
    __extension__ typedef __int128 wide;
    wide total = 0;
    int64_t millionths = 0;
    for (size_t i = 0; i < q.of.log->event_count; i++) {
        us_value v = q.of.log->values[i * q.of.log->column_count + n->column];
        if (matches(q, n, i) && us_decimal(v, &millionths)) total += millionths;
    }
    return us_number((double)total / US_MILLION);
}

/* What the functions over events are defined on: the rows that match. */
struct found {
    size_t count;
    int64_t *days, *users; /* of each; users has those of somebody */
    size_t user_count;
    int64_t first, last; /* day */
};

static struct found find(struct asked q, const struct us_node *n)
{
    struct found f = {.first = US_NEVER, .last = US_ALWAYS};
    f.days = us_new(q.of.arena, int64_t, q.of.log->event_count);
    f.users = us_new(q.of.arena, int64_t, q.of.log->event_count);
    for (size_t i = 0; i < q.of.log->event_count; i++) {
        const struct us_log_event *e = &q.of.log->events[i];
        if (!matches(q, n, i)) continue;
        int64_t day = us_day(e->at);
        if (day < f.first) f.first = day;
        if (day > f.last) f.last = day;
        f.days[f.count++] = day;
        if (e->user != US_NOBODY) f.users[f.user_count++] = e->user;
    }
    return f;
}

static us_value number_if(bool there, int64_t number)
{
    return there ? us_number((double)number) : us_missing();
}

static us_value call(struct asked q, const struct us_node *n)
{
    us_mark mark = us_arena_mark(q.of.arena);
    struct found f = find(q, n);
    us_value v = us_missing();
    switch (n->function->id) {
    case US_FN_count: v = us_number((double)f.count); break;
    case US_FN_users: v = us_number((double)distinct(f.users, f.user_count)); break;
    case US_FN_days: v = us_number((double)distinct(f.days, f.count)); break;
    case US_FN_sum: v = sum(q, n); break;
    case US_FN_since: v = number_if(f.count > 0, us_day(q.of.t) - f.last); break;
    case US_FN_age: v = number_if(f.count > 0, us_day(q.of.t) - f.first); break;
    case US_FN_ever: v = us_bool(f.count > 0); break;
    case US_FN_ratio: /* these are over values: helper */
    case US_FN_least:
    case US_FN_most:
    case US_FN_round:
    case US_FN_coalesce:
    case US_FUNCTIONS:
    default: break;
    }
    us_arena_pop(q.of.arena, mark);
    return v;
}

/* The newest by at, then from; equal in both, the greatest value, whichever came first.
 */
static us_value trait(struct asked q, const struct us_node *n)
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

static us_value age(struct asked q)
{
    int64_t first = US_NEVER;
    for (size_t i = 0; i < q.of.log->event_count; i++)
        if (seen(q, i) && q.of.log->events[i].at < first)
            first = q.of.log->events[i].at;
    if (first == US_NEVER) return us_missing();
    return us_number((double)(us_day(q.of.t) - us_day(first)));
}

static us_value value(struct asked q, uint32_t node)
{
    const struct us_node *n = &q.of.plan->nodes[node];
    if (n->scope == US_PER_ACCOUNT) q.of.user = US_NOBODY;
    switch (n->op) {
    case US_OP_CALL: return call(q, n);
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
        args[i] = value(q, us_node_arg(n, i));
    return us_node_apply(n, args);
}

us_value us_naive(const struct us_plan *p, uint32_t node, const struct us_log *log,
    uint32_t user, int64_t t, struct us_arena *a)
{
    return value((struct asked){.of = {p, log, user, t, a}}, node);
}
