/* replay_given.c: what a definition of people reads of their account, worked out once.
 *
 * An expression of a person holds parts that are the account's alone: its plan, its
 * money, a number of all its people. The greatest such parts are read from the account,
 * as steps: a value and the moment from which on it holds. People are then read from
 * their own rows and these steps; and the moments at which a step begins within a day
 * are moments at which everybody is looked at.
 */

#include "qualify/replay_inner.h"

struct giving {
    struct us_replay *p;
    struct us_replay_given *out;
    bool hours;
};

static bool reads_rows(const struct us_plan *plan, uint32_t node)
{
    const struct us_node *n = &plan->nodes[node];
    bool itself = n->op == US_OP_CALL || n->op == US_OP_AGE || n->op == US_OP_TRAIT ||
                  n->op == US_OP_MRR || n->op == US_OP_ARR || n->op == US_OP_PAID;
    for (uint32_t i = 0; i < n->arg_count && !itself; i++)
        itself = reads_rows(plan, us_node_arg(n, i));
    return itself;
}

static void moment_put(struct us_replay *p, struct us_replay_given *g, int64_t at)
{
    *us_push(&p->work, g->at, g->moment_count, g->moment_cap) = at;
}

/* ---- steps of one node ---- */

struct steps {
    int64_t *from;
    us_value *values;
    size_t count, from_cap, value_cap;
};

static bool step_put(struct us_replay *p, struct steps *s, int64_t at, us_value v)
{
    if (s->count && us_value_same(s->values[s->count - 1], v)) return false;
    size_t count = s->count;
    *us_push(&p->work, s->from, count, s->from_cap) = at;
    *us_push(&p->work, s->values, s->count, s->value_cap) = v;
    return true;
}

/* The one value a condition has all day. */
static bool all_day(uint8_t can, us_value *v)
{
    if (can != US_CAN_YES && can != US_CAN_NO && can != US_CAN_MISS) return false;
    *v = can == US_CAN_MISS ? us_missing() : us_bool(can == US_CAN_YES);
    return true;
}

static struct us_given steps_of(const struct giving *g, uint32_t node, int64_t since)
{
    struct us_replay *p = g->p;
    struct steps s = {0};
    struct us_day_truth truth = {0};
    bool condition = p->rules->plan->nodes[node].kind == US_BOOL;
    if (condition) truth = us_past_truth(p->past, node);
    struct us_moments_asked asked = {
        .nodes = &node, .count = 1, .hours = g->hours, .first = true};
    for (size_t d = (size_t)(us_day(since) - p->first_day); d < p->days; d++) {
        int64_t day = p->first_day + (int64_t)d;
        us_value v;
        if (condition && all_day(truth.in[d], &v)) {
            step_put(p, &s, day * US_DAY_US, v);
            continue;
        }
        struct us_moments m = us_past_moments(p->past, &asked, day);
        for (size_t i = 0; i < m.count; i++) {
            v = us_past_value(p->past, node, US_NOBODY, m.at[i]);
            if (step_put(p, &s, m.at[i], v)) moment_put(p, g->out, m.at[i]);
        }
    }
    return (struct us_given){node, s.from, s.values, s.count};
}

/* ---- which nodes ---- */

static void find(struct giving *g, uint32_t node, int64_t since)
{
    if (node == US_NODE_NONE) return;
    struct us_replay_given *out = g->out;
    const struct us_plan *plan = g->p->rules->plan;
    const struct us_node *n = &plan->nodes[node];
    if (n->scope == US_PER_USER) {
        for (uint32_t i = 0; i < n->arg_count; i++)
            find(g, us_node_arg(n, i), since);
        return;
    }
    for (size_t i = 0; i < out->count; i++)
        if (out->items[i].node == node) return;
    if (!reads_rows(plan, node)) return;
    struct us_given given = steps_of(g, node, since);
    *us_push(&g->p->work, out->items, out->count, out->cap) = given;
}

bool us_replay_own(const struct us_plan *plan, uint32_t node)
{
    const struct us_node *n = &plan->nodes[node];
    if (n->scope == US_PER_ACCOUNT) return !reads_rows(plan, node);
    for (uint32_t i = 0; i < n->arg_count; i++)
        if (!us_replay_own(plan, us_node_arg(n, i))) return false;
    return true;
}

void us_replay_give(
    const struct us_replay_run *r, int64_t since, struct us_replay_given *out)
{
    const struct us_definition *def = r->def;
    struct giving g = {r->p, out, def->times.hour_ticks};
    *out = (struct us_replay_given){0};
    find(&g, def->who, since);
    find(&g, def->stay, since);
    for (size_t i = 0; i < def->must_count; i++)
        find(&g, def->must[i], since);
    for (int axis = 0; axis < US_AXES; axis++)
        for (size_t i = 0; i < def->score_count[axis]; i++)
            find(&g, def->score[axis][i], since);
    /* Who is excluded is asked of the account itself, but when it changes matters. */
    if (r->p->rules->exclude != US_NODE_NONE)
        (void)steps_of(&g, r->p->rules->exclude, since);
}
