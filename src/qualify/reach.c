/* reach.c: what of the plan a definition stands on, and how time alone moves it. */

#include "qualify/compile.h"
#include "signal/function.h"

enum { DAY_HOURS = 24 };

/* A set of nodes, by index. */
struct set {
    const struct us_plan *plan;
    bool *in;
};

/* With all below it; nodes are as deep as US_NODE_DEPTH_MAX lets them. */
static void put(struct set *s, uint32_t node)
{
    if (node == US_NODE_NONE || s->in[node]) return;
    s->in[node] = true;
    const struct us_node *n = &s->plan->nodes[node];
    for (uint32_t i = 0; i < n->arg_count; i++)
        put(s, us_node_arg(n, i));
}

/* The definition's own expressions. */
static void put_own(struct set *s, const struct us_definition *def)
{
    put(s, def->who);
    put(s, def->stay);
    for (size_t i = 0; i < def->must_count; i++)
        put(s, def->must[i]);
    for (int axis = 0; axis < US_AXES; axis++)
        for (size_t i = 0; i < def->score_count[axis]; i++)
            put(s, def->score[axis][i]);
}

static bool has_window(const struct us_node *n, us_window_unit unit)
{
    bool windowed = n->op == US_OP_PAID || (n->op == US_OP_CALL && n->function->window);
    return windowed && n->window.unit == unit;
}

static bool any_window(const struct set *s, us_window_unit unit)
{
    for (size_t i = 0; i < s->plan->node_count; i++)
        if (s->in[i] && has_window(&s->plan->nodes[i], unit)) return true;
    return false;
}

/* Whether its value may change though nothing becomes known: a bucket leaves a window,
 * days go by, a period of money ends. */
static bool moves(const struct us_node *n)
{
    if (has_window(n, US_HOURS) || has_window(n, US_DAYS)) return true;
    bool money = n->op == US_OP_MRR || n->op == US_OP_ARR;
    if (money || n->op == US_OP_AGE) return true;
    bool bare = n->op == US_OP_CALL && !n->function->window;
    return bare && !n->function->by_rows;
}

/* Whether it has money of one channel, which is no node, and whose periods end. */
static bool money_aim(const struct us_rules *r, const struct us_definition *def)
{
    if (def->aim == US_NODE_NONE) return false;
    us_outcome_kind kind = r->outcomes[def->aim].kind;
    return kind == US_OUTCOME_MRR || kind == US_OUTCOME_ARR;
}

void us_build_reach(struct us_build *b, struct us_definition *def)
{
    const struct us_rules *r = b->r;
    const struct us_plan *plan = r->plan;
    struct set s = {plan, us_new(b->a, bool, plan->node_count + 1)};
    put_own(&s, def);
    bool hours = any_window(&s, US_HOURS);
    def->times.hour_exits = hours && !any_window(&s, US_DAYS);
    put(&s, r->exclude);
    def->times.hour_ticks = any_window(&s, US_HOURS);
    if (!def->pql) put(&s, r->hand_raise);
    if (def->aim != US_NODE_NONE) put(&s, r->outcomes[def->aim].node);
    def->by_time = money_aim(r, def);
    def->reach = us_new(b->a, uint32_t, plan->node_count + 1);
    for (uint32_t i = 0; i < plan->node_count; i++) {
        if (!s.in[i]) continue;
        def->reach[def->reach_count++] = i;
        def->by_time |= moves(&plan->nodes[i]);
    }
}

/* How many days of events its value needs; 0: it needs none, or all there are, which
 * nobody expects of a journal that is not kept for ever. */
static int64_t looks_back(const struct us_plan *plan, const struct us_node *n)
{
    if (n->op != US_OP_CALL) return 0;
    if (n->function->id == US_FN_prior || n->function->id == US_FN_trend)
        return 2 * looks_back(plan, &plan->nodes[us_node_arg(n, 0)]);
    if (has_window(n, US_DAYS)) return n->window.n;
    return has_window(n, US_HOURS) ? (n->window.n + DAY_HOURS - 1) / DAY_HOURS : 0;
}

void us_build_retention(struct us_build *b)
{
    const struct us_retention *kept = &b->c->retention;
    const struct us_definition *of = NULL;
    int64_t most = kept->events;
    for (size_t i = 0; kept->events && i < b->r->definition_count; i++) {
        const struct us_definition *def = &b->r->definitions[i];
        for (size_t k = 0; k < def->reach_count; k++) {
            const struct us_plan *plan = b->r->plan;
            int64_t days = looks_back(plan, &plan->nodes[def->reach[k]]);
            if (days <= most) continue;
            most = days;
            of = def;
        }
    }
    if (!of) return;
    us_diag_add(b->d, kept->place, true, "qualify.retention_short",
        US_ARGS(US_TEXT("definition", of->name), US_WHOLE("days", most),
            US_WHOLE("kept", kept->events)),
        (us_str){0});
}
