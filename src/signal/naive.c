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

static bool is_false(us_value v)
{
    return v.kind == US_BOOL && !v.truth;
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

static us_value arithmetic(us_op op, us_value a, us_value b)
{
    if (a.kind != US_NUMBER || b.kind != US_NUMBER) return us_missing();
    if (op == US_OP_ADD) return us_number(a.number + b.number);
    if (op == US_OP_SUBTRACT) return us_number(a.number - b.number);
    if (op == US_OP_MULTIPLY) return us_number(a.number * b.number);
    return b.number == 0 ? us_missing() : us_number(a.number / b.number);
}

static us_value compare(us_op op, us_value a, us_value b)
{
    if (a.kind != b.kind || a.kind == US_MISSING) return us_missing();
    int order = us_value_cmp(a, b);
    if (op == US_OP_EQ) return us_bool(order == 0);
    if (op == US_OP_NE) return us_bool(order != 0);
    if (a.kind == US_BOOL) return us_missing();
    if (op == US_OP_LT) return us_bool(order < 0);
    if (op == US_OP_LE) return us_bool(order <= 0);
    if (op == US_OP_GT) return us_bool(order > 0);
    return us_bool(order >= 0);
}

static us_value contains(us_value text, us_value part)
{
    if (text.kind != US_STRING || part.kind != US_STRING) return us_missing();
    return us_bool(
        part.text.len == 0 || us_str_find(text.text, part.text) < text.text.len);
}

/* Kleene's three values; what is neither true nor false is unknown. */
static us_value not_of(us_value a)
{
    if (a.kind != US_BOOL) return us_missing();
    return us_bool(!a.truth);
}

static us_value and_of(us_value a, us_value b)
{
    if (is_false(a) || is_false(b)) return us_bool(false);
    return is_true(a) && is_true(b) ? us_bool(true) : us_missing();
}

static us_value or_of(us_value a, us_value b)
{
    if (is_true(a) || is_true(b)) return us_bool(true);
    return is_false(a) && is_false(b) ? us_bool(false) : us_missing();
}

static us_value in(struct asked q, const struct us_node *n)
{
    us_value found = us_bool(false);
    us_value left = value(q, us_node_arg(n, 0));
    for (uint32_t i = 1; i < n->arg_count; i++)
        found = or_of(found, compare(US_OP_EQ, left, value(q, us_node_arg(n, i))));
    return found;
}

static us_value choose(us_value v, us_value condition)
{
    if (!is_true(condition)) return us_number(0);
    return v.kind == US_NUMBER ? v : us_missing();
}

static us_value helper(struct asked q, const struct us_node *n)
{
    us_mark mark = us_arena_mark(q.of.arena);
    us_value *args = us_new(q.of.arena, us_value, n->arg_count);
    for (uint32_t i = 0; i < n->arg_count; i++)
        args[i] = value(q, us_node_arg(n, i));
    us_value v = n->function->apply(args, n->arg_count);
    us_arena_pop(q.of.arena, mark);
    return v;
}

static us_value value(struct asked q, uint32_t node)
{
    const struct us_node *n = &q.of.plan->nodes[node];
    if (n->scope == US_PER_ACCOUNT) q.of.user = US_NOBODY;
    bool list = n->op == US_OP_IN || n->op == US_OP_HELPER;
    us_value a = n->arg_count > 0 && !list ? value(q, n->args[0]) : us_missing();
    us_value b = n->arg_count > 1 && !list ? value(q, n->args[1]) : us_missing();
    switch (n->op) {
    case US_OP_CONST: return n->constant;
    case US_OP_SIGNAL: return a;
    case US_OP_CALL: return call(q, n);
    case US_OP_TRAIT: return trait(q, n);
    case US_OP_MRR: return us_money_mrr(q.of.log, q.of.t);
    case US_OP_ARR: return us_money_arr(q.of.log, q.of.t);
    case US_OP_PAID: return us_money_paid(q.of.log, n->window, q.of.t);
    case US_OP_AGE: return age(q);
    case US_OP_NEGATE: return arithmetic(US_OP_SUBTRACT, us_number(0), a);
    case US_OP_ADD:
    case US_OP_SUBTRACT:
    case US_OP_MULTIPLY:
    case US_OP_DIVIDE: return arithmetic(n->op, a, b);
    case US_OP_EQ:
    case US_OP_NE:
    case US_OP_LT:
    case US_OP_LE:
    case US_OP_GT:
    case US_OP_GE: return compare(n->op, a, b);
    case US_OP_IN: return in(q, n);
    case US_OP_CONTAINS: return contains(a, b);
    case US_OP_NOT: return not_of(a);
    case US_OP_AND: return and_of(a, b);
    case US_OP_OR: return or_of(a, b);
    case US_OP_IF: return choose(a, b);
    case US_OP_HELPER: return helper(q, n);
    case US_OP_PROPERTY:
    default: return q.of.log->values[q.row * q.of.log->column_count + n->column];
    }
}

us_value us_naive(const struct us_plan *p, uint32_t node, const struct us_log *log,
    uint32_t user, int64_t t, struct us_arena *a)
{
    return value((struct asked){.of = {p, log, user, t, a}}, node);
}
