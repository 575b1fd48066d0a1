#include "base/err.h"
#include "qualify/qualify.h"

#include <math.h>

static us_value eval(const struct us_rules *r, uint32_t node, const struct us_log *log,
    uint32_t user, int64_t t, struct us_arena *a)
{
    return us_naive(r->plan, node, log, user, t, a);
}

static bool is_true(us_value v)
{
    return v.kind == US_BOOL && v.truth;
}

struct judge {
    const struct us_judging *of;
    struct us_verdict *out;
};

static us_value read(const struct judge *j, uint32_t node, uint32_t user)
{
    return j->of->value(j->of->ctx, node, user, j->of->t);
}

static struct us_judged *put(
    struct judge *j, us_gate gate, us_axis axis, uint32_t node, us_value value)
{
    struct us_judged *at = &j->out->judged[j->out->judged_count++];
    *at = (struct us_judged){.gate = gate, .axis = axis, .node = node, .value = value};
    return at;
}

static bool gate(struct judge *j, us_gate kind, uint32_t node)
{
    if (node == US_NODE_NONE) return true;
    us_value v = read(j, node, j->of->user);
    struct us_judged *at = put(j, kind, US_AXIS_USAGE, node, v);
    at->unknown = v.kind == US_MISSING;
    at->passed = is_true(v);
    return at->passed;
}

/* A line is unknown when its value is, or the condition of its `if` is. */
static bool line_unknown(struct judge *j, uint32_t node, us_value v)
{
    if (v.kind == US_MISSING) return true;
    const struct us_node *n = &j->of->rules->plan->nodes[node];
    if (n->op != US_OP_IF) return false;
    us_value c = read(j, us_node_arg(n, 1), j->of->user);
    return c.kind == US_MISSING;
}

static void score(struct judge *j, us_axis axis)
{
    const struct us_definition *def = j->of->def;
    double points = 0;
    for (size_t i = 0; i < def->score_count[axis]; i++) {
        uint32_t node = def->score[axis][i];
        us_value v = read(j, node, j->of->user);
        struct us_judged *at = put(j, US_GATE_SCORE, axis, node, v);
        at->unknown = line_unknown(j, node, v);
        double given = v.kind == US_NUMBER ? v.number : 0;
        at->passed = given != 0;
        points += given;
    }
    const double *least = def->text->grades;
    points = points < 0 ? 0 : points > 100 ? 100 : points; /* semantics 25 */
    j->out->points[axis] = points;
    j->out->grade[axis] = points >= least[0]   ? 'A'
                          : points >= least[1] ? 'B'
                          : points >= least[2] ? 'C'
                                               : 'D';
    j->out->reached[axis] = points >= def->text->threshold[axis];
}

void us_judge_by(
    const struct us_judging *of, struct us_arena *a, struct us_verdict *out)
{
    const struct us_rules *r = of->rules;
    const struct us_definition *def = of->def;
    *out = (struct us_verdict){0};
    size_t most = 3 + def->must_count;
    for (int axis = 0; axis < US_AXES; axis++)
        most += def->score_count[axis];
    out->judged = us_new(a, struct us_judged, most);
    struct judge j = {of, out};
    out->who = gate(&j, US_GATE_WHO, def->who);
    if (r->exclude != US_NODE_NONE) {
        us_value v = read(&j, r->exclude, US_NOBODY);
        struct us_judged *at = put(&j, US_GATE_EXCLUDE, US_AXIS_USAGE, r->exclude, v);
        out->excluded = is_true(v);
        at->passed = !out->excluded;
        at->unknown = v.kind == US_MISSING;
    }
    bool gates = true;
    for (size_t i = 0; i < def->must_count; i++)
        gates = gate(&j, US_GATE_MUST, def->must[i]) && gates;
    bool reached = true;
    for (int axis = 0; axis < US_AXES; axis++) {
        score(&j, (us_axis)axis);
        reached = reached && out->reached[axis];
    }
    if (r->hand_raise != US_NODE_NONE && !def->pql)
        out->hand_raised = is_true(read(&j, r->hand_raise, US_NOBODY));
    bool stay = def->stay == US_NODE_NONE ? gates : gate(&j, US_GATE_STAY, def->stay);
    out->stays = stay || out->hand_raised;
    out->eligible =
        out->who && !out->excluded && ((gates && reached) || out->hand_raised);
}

/* What us_naive works with. */
struct naive {
    const struct us_plan *plan;
    const struct us_log *log;
    struct us_arena *arena;
};

static us_value naive_value(void *ctx, uint32_t node, uint32_t user, int64_t t)
{
    const struct naive *n = ctx;
    return us_naive(n->plan, node, n->log, user, t, n->arena);
}

void us_judge(const struct us_rules *r, const struct us_definition *def,
    const struct us_log *log, uint32_t user, int64_t t, struct us_arena *a,
    struct us_verdict *out)
{
    struct naive n = {r->plan, log, a};
    struct us_judging of = {r, def, user, t, naive_value, &n};
    us_judge_by(&of, a, out);
}

struct us_machine_inputs us_verdict_inputs(const struct us_verdict *v)
{
    return (struct us_machine_inputs){.eligible = v->eligible,
        .who = v->who,
        .stays = v->stays,
        .excluded = v->excluded,
        .hand_raised = v->hand_raised,
        .converted_at = US_NEVER};
}

bool us_lack_of(const struct us_rules *r, uint32_t node, const struct us_log *log,
    uint32_t user, int64_t t, struct us_arena *a, struct us_lack *out)
{
    const struct us_node *n = &r->plan->nodes[node];
    while (n->op == US_OP_SIGNAL)
        n = &r->plan->nodes[us_node_arg(n, 0)];
    if (n->op < US_OP_EQ || n->op > US_OP_GE || n->op == US_OP_NE) return false;
    us_value left = eval(r, us_node_arg(n, 0), log, user, t, a);
    us_value right = eval(r, us_node_arg(n, 1), log, user, t, a);
    if (left.kind != US_NUMBER || right.kind != US_NUMBER) return false;
    *out = (struct us_lack){us_node_arg(n, 0), left.number, right.number, n->op};
    return true;
}

int us_verdict_cmp(const struct us_definition *def, const struct us_verdict *a,
    const struct us_verdict *b)
{
    if (a->hand_raised != b->hand_raised) return a->hand_raised ? -1 : 1;
    const us_axis *rank = def->text->rank;
    for (size_t i = 0; i < def->text->rank_count; i++)
        if (a->grade[rank[i]] != b->grade[rank[i]])
            return a->grade[rank[i]] < b->grade[rank[i]] ? -1 : 1;
    for (size_t i = 0; i < def->text->rank_count; i++)
        if (a->points[rank[i]] != b->points[rank[i]])
            return a->points[rank[i]] > b->points[rank[i]] ? -1 : 1;
    return 0;
}
