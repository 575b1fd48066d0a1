#include "qualify/vary_level.h"

/* ---- what they have in common ---- */

static bool values_turned(
    const struct us_varied *v, struct us_vary_levels *out, struct us_arena *a)
{
    double *values = us_new(a, double, v->count);
    for (size_t i = 0; i < v->count; i++)
        values[i] = out->of.low ? -v->values[v->count - 1 - i] : v->values[i];
    out->values = values;
    out->backwards = out->of.low;
    return v->ascending;
}

static const struct us_definition *variant_of(const struct us_varied *v, size_t i)
{
    return &v->rules->definitions[v->first + i];
}

/* The only gate in which all of them differ; must_count: there is no such. */
static size_t gate_of(const struct us_varied *v)
{
    const struct us_definition *def = variant_of(v, 0);
    size_t gate = def->must_count;
    for (size_t g = 0; g < def->must_count; g++) {
        bool differs = false;
        for (size_t i = 1; i < v->count; i++)
            differs = differs || variant_of(v, i)->must[g] != def->must[g];
        if (differs && gate != def->must_count) return def->must_count;
        if (differs) gate = g;
    }
    return gate;
}

/* False: in some variant it holds something else against something else. */
static bool gate_held(const struct us_varied *v, size_t gate, struct us_replay_gate *of)
{
    const struct us_plan *plan = v->rules->plan;
    if (!us_replay_gate_read(plan, variant_of(v, 0)->must[gate], of)) return false;
    for (size_t i = 0; i < v->count; i++) {
        struct us_replay_gate own;
        if (!us_replay_gate_read(plan, variant_of(v, i)->must[gate], &own))
            return false;
        bool same = own.number == of->number && own.op == of->op &&
                    own.constant == v->values[i];
        if (!same) return false;
    }
    return true;
}

static bool by_gate(
    const struct us_varied *v, struct us_vary_levels *out, struct us_arena *a)
{
    const struct us_definition *def = variant_of(v, 0);
    struct us_replay_gate of;
    size_t gate = gate_of(v);
    if (gate == def->must_count || !gate_held(v, gate, &of)) return false;
    uint32_t *number = us_new(a, uint32_t, 1);
    *number = of.number;
    out->of = (struct us_levels_asked){
        .nodes = number, .count = 1, .low = of.op == US_OP_LT || of.op == US_OP_LE};
    out->more = of.op == US_OP_LT || of.op == US_OP_GT;
    out->fades = def->stay == US_NODE_NONE;
    out->rest.must = us_new(a, uint32_t, def->must_count);
    out->rest.must_count = 0;
    for (size_t i = 0; i < def->must_count; i++)
        if (i != gate) out->rest.must[out->rest.must_count++] = def->must[i];
    return true;
}

static void by_points(
    const struct us_varied *v, struct us_vary_levels *out, struct us_arena *a)
{
    struct us_definition_text *text = us_new(a, struct us_definition_text, 1);
    *text = *out->rest.text;
    text->threshold[v->axis] = 0;
    out->axis = v->axis;
    out->rest.text = text;
    out->of = (struct us_levels_asked){.nodes = out->rest.score[v->axis],
        .count = out->rest.score_count[v->axis],
        .points = true};
}

static void moments_set(struct us_vary_levels *l, struct us_arena *a)
{
    const struct us_definition *def = &l->rest;
    size_t most = def->must_count + l->of.count + 4;
    size_t n = 0;
    for (int axis = 0; axis < US_AXES; axis++)
        most += def->score_count[axis];
    uint32_t *nodes = us_new(a, uint32_t, most);
    const uint32_t singles[] = {
        def->who, def->stay, l->rules->exclude, l->rules->hand_raise};
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++)
        if (singles[i] != US_NODE_NONE) nodes[n++] = singles[i];
    for (size_t i = 0; i < def->must_count; i++)
        nodes[n++] = def->must[i];
    for (size_t i = 0; i < l->of.count; i++)
        nodes[n++] = l->of.nodes[i];
    for (int axis = 0; axis < US_AXES; axis++)
        for (size_t i = 0; def->text->threshold[axis] > 0 && i < def->score_count[axis];
             i++)
            nodes[n++] = def->score[axis][i];
    l->at = (struct us_moments_asked){
        .nodes = nodes, .count = n, .hours = def->times.hour_ticks, .first = true};
}

struct us_vary_levels *us_vary_levels_new(const struct us_varied *v, struct us_arena *a)
{
    struct us_vary_levels *l = us_new(a, struct us_vary_levels, 1);
    if (v->count < 2) return NULL;
    const struct us_definition *def = variant_of(v, 0);
    *l = (struct us_vary_levels){
        .rules = v->rules, .first = v->first, .count = v->count, .rest = *def};
    if (def->pql) return NULL;
    if (v->of_axis)
        by_points(v, l, a);
    else if (!by_gate(v, l, a))
        return NULL;
    if (!values_turned(v, l, a)) return NULL;
    moments_set(l, a);
    return l;
}
