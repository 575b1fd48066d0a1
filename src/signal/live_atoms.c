/* live_atoms.c: which conditions watched nodes are made of, and what each stands on.
 *
 * Above a condition there is only and, or, not; where a number is asked for, each part
 * that reads rows is an atom of its own, any change of which counts.
 */

#include "signal/live_plan.h"

#include <string.h>

/* For one group, which changes of what is below concern it. */
struct visit {
    struct us_planning *b;
    uint32_t group;
    bool rise, fall;
};

static const struct us_node *node_of(const struct us_planning *b, uint32_t node)
{
    return &b->plan->plan->nodes[node];
}

static uint32_t unwrapped(const struct us_planning *b, uint32_t node)
{
    while (node_of(b, node)->op == US_OP_SIGNAL)
        node = us_node_arg(node_of(b, node), 0);
    return node;
}

/* ---- one atom ---- */

static void leaves_of(struct us_planning *b, uint32_t node, struct us_atom *a)
{
    const struct us_node *n = node_of(b, node);
    if (!us_reads_rows(n)) {
        for (uint32_t i = 0; i < n->arg_count; i++)
            leaves_of(b, us_node_arg(n, i), a);
        return;
    }
    for (uint32_t i = 0; i < a->leaf_count; i++)
        if (a->leaves[i] == node) return;
    uint32_t *more = us_new(b->arena, uint32_t, a->leaf_count + 1);
    if (a->leaf_count) memcpy(more, a->leaves, a->leaf_count * sizeof *more);
    more[a->leaf_count++] = node;
    a->leaves = more;
    us_planning_leaf(b, node);
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

static us_atom_kind kind_of(const struct us_node *leaf, struct us_atom *a)
{
    if (leaf->op == US_OP_AGE) return US_ATOM_AGE;
    if (leaf->op != US_OP_CALL || leaf->function->inside) return US_ATOM_OTHER;
    us_function_id id = leaf->function->id;
    a->n = (uint32_t)us_live_buckets(leaf);
    a->buckets = id == US_FN_days && leaf->window.unit == US_DAYS;
    if (id == US_FN_count || id == US_FN_ever || a->buckets) return US_ATOM_COUNT;
    if (id == US_FN_users) return US_ATOM_PEOPLE;
    if (id == US_FN_sum) return US_ATOM_SUM;
    return id == US_FN_since || id == US_FN_age ? US_ATOM_AGE : US_ATOM_OTHER;
}

/* One number against a constant: the forms whose needs are known beforehand. */
static void simplify(struct us_planning *b, struct us_atom *a)
{
    uint32_t node = unwrapped(b, a->node);
    const struct us_node *n = node_of(b, node);
    uint32_t leaf = node;
    a->op = US_OP_GE;
    a->constant = 1;
    if (n->op >= US_OP_EQ && n->op <= US_OP_GE) {
        uint32_t args[2] = {
            unwrapped(b, us_node_arg(n, 0)), unwrapped(b, us_node_arg(n, 1))};
        int k = node_of(b, args[1])->op == US_OP_CONST ? 1 : 0;
        const struct us_node *constant = node_of(b, args[k]);
        bool number =
            constant->op == US_OP_CONST && constant->constant.kind == US_NUMBER;
        if (!number) return;
        leaf = args[1 - k];
        a->op = (uint8_t)(k ? n->op : mirrored(n->op));
        a->constant = constant->constant.number;
    } else if (n->op != US_OP_CALL || n->function->id != US_FN_ever) {
        return;
    }
    const struct us_node *of = node_of(b, leaf);
    if (!us_reads_rows(of)) return;
    us_atom_kind kind = kind_of(of, a);
    us_keep keep = kind == US_ATOM_PEOPLE ? US_KEEP_PEOPLE
                   : kind == US_ATOM_SUM  ? US_KEEP_SUM
                                          : US_KEEP_COUNT;
    a->kind = (uint8_t)kind;
    bool ring = kind == US_ATOM_COUNT || kind == US_ATOM_PEOPLE || kind == US_ATOM_SUM;
    if (ring) a->lane = b->plan->calls[b->plan->call_of[leaf]].lanes[keep];
}

/* Whether the passing of hours, or of moments, may change it. */
static void timing(struct us_planning *b, struct us_atom *a)
{
    for (uint32_t i = 0; i < a->leaf_count; i++) {
        const struct us_node *n = node_of(b, a->leaves[i]);
        bool money = n->op == US_OP_MRR || n->op == US_OP_ARR;
        bool first = n->op == US_OP_CALL && n->function->id == US_FN_first;
        const struct us_node *of =
            n->op == US_OP_CALL && n->function->inside ? node_of(b, n->args[0]) : n;
        bool windowed =
            of->op == US_OP_PAID || (of->op == US_OP_CALL && of->function->window);
        a->hours |= windowed && of->window.unit == US_HOURS;
        a->instant |= money || first;
    }
    b->plan->hours |= a->hours;
}

/* Of the account, over days, and in windows that do but lose days as they go by. */
static bool is_clockwork(const struct us_planning *b, const struct us_node *n)
{
    if (n->op == US_OP_TRAIT) return true;
    if (n->op != US_OP_CALL || n->function->id == US_FN_first) return false;
    if (n->function->id == US_FN_ever) return true;
    const struct us_node *of = n->function->inside ? node_of(b, n->args[0]) : n;
    us_function_id id = of->function->id;
    bool windowed = of->function->window && id != US_FN_distinct && id != US_FN_seq;
    return windowed && of->window.unit != US_HOURS;
}

/* Days in which the rows that come now are seen by none of its leaves; 0: some. */
static int32_t settled_days(const struct us_planning *b, const struct us_atom *a)
{
    int64_t days = 32;
    for (uint32_t i = 0; i < a->leaf_count; i++) {
        const struct us_node *n = node_of(b, a->leaves[i]);
        bool prior = n->op == US_OP_CALL && n->function->id == US_FN_prior;
        if (!prior) return 0;
        us_window w = node_of(b, n->args[0])->window;
        if (w.unit != US_DAYS) return 0;
        if (w.n < days) days = w.n;
    }
    return (int32_t)days;
}

/* Days with a row are one more with the first of one; ever is true from the first on.
 */
static bool counts_first(const struct us_planning *b, const struct us_node *n)
{
    if (n->op != US_OP_CALL) return false;
    if (n->function->inside) n = node_of(b, n->args[0]);
    return n->function->id == US_FN_days || n->function->id == US_FN_ever;
}

/* A mean moves with its sum and its count, one after the other. */
static bool counts_numbers(const struct us_node *n)
{
    return n->op == US_OP_CALL && (n->function->live_keeps & US_KEEP_BIT(NUMBERS));
}

static void foresee(struct us_planning *b, struct us_atom *a)
{
    a->settled = a->leaf_count ? settled_days(b, a) : 0;
    a->steady = true;
    for (uint32_t i = 0; i < a->leaf_count; i++)
        a->steady &= is_clockwork(b, node_of(b, a->leaves[i]));
    a->settled = a->steady ? a->settled : 0;
    if (a->steady) us_planning_reckon(b, a);
}

static uint32_t atom_put(struct us_planning *b, uint32_t node, us_atom_kind kind)
{
    struct us_live_plan *p = b->plan;
    if (p->atom_of[node] != US_NODE_NONE) return p->atom_of[node];
    struct us_atom *a = us_push(b->arena, p->atoms, p->atom_count, p->atom_cap);
    *a = (struct us_atom){.node = node, .kind = (uint8_t)kind};
    a->rise = us_new(b->arena, uint64_t, p->words);
    a->fall = us_new(b->arena, uint64_t, p->words);
    a->all = us_new(b->arena, uint64_t, p->words);
    leaves_of(b, node, a);
    timing(b, a);
    if (kind == US_ATOM_OTHER) simplify(b, a);
    if (a->kind == US_ATOM_OTHER) foresee(b, a);
    a->first = a->kind == US_ATOM_FREE;
    for (uint32_t i = 0; i < a->leaf_count; i++) {
        a->first |= counts_first(b, node_of(b, a->leaves[i]));
        a->each |= counts_numbers(node_of(b, a->leaves[i]));
    }
    p->atom_of[node] = (uint32_t)p->atom_count - 1;
    return p->atom_of[node];
}

static void concern(const struct visit *v, uint32_t atom)
{
    struct us_atom *a = &v->b->plan->atoms[atom];
    uint64_t bit = UINT64_C(1) << (v->group % 64);
    bool any = a->kind == US_ATOM_FREE;
    if (v->rise || any) a->rise[v->group / 64] |= bit;
    if (v->fall || any) a->fall[v->group / 64] |= bit;
    a->all[v->group / 64] |= bit;
}

/* ---- walking down ---- */

static bool has_rows(const struct us_planning *b, uint32_t node)
{
    const struct us_node *n = node_of(b, node);
    if (us_reads_rows(n)) return true;
    for (uint32_t i = 0; i < n->arg_count; i++)
        if (has_rows(b, us_node_arg(n, i))) return true;
    return false;
}

static void visit(struct visit v, uint32_t node);

/* `x if condition`: more is better where x is a number that is not negative. */
static void visit_if(struct visit v, const struct us_node *n)
{
    const struct us_node *x = node_of(v.b, unwrapped(v.b, us_node_arg(n, 0)));
    bool plain = x->op == US_OP_CONST && x->constant.kind == US_NUMBER &&
                 x->constant.number >= 0;
    struct visit both = v;
    both.rise = both.fall = v.rise || v.fall;
    visit(both, us_node_arg(n, 0));
    visit(plain ? v : both, us_node_arg(n, 1));
}

static void visit(struct visit v, uint32_t node)
{
    struct us_planning *b = v.b;
    const struct us_node *n = node_of(b, node);
    struct visit both = v;
    both.rise = both.fall = v.rise || v.fall;
    bool logic = n->op == US_OP_AND || n->op == US_OP_OR || n->op == US_OP_SIGNAL;
    if (!has_rows(b, node)) return;
    if (logic || n->op == US_OP_NOT) {
        bool rise = v.rise;
        if (n->op == US_OP_NOT) v.rise = v.fall;
        if (n->op == US_OP_NOT) v.fall = rise;
        for (uint32_t i = 0; i < n->arg_count; i++)
            visit(v, us_node_arg(n, i));
    } else if (n->op == US_OP_IF) {
        visit_if(v, n);
    } else if (n->scope == US_PER_USER && !us_reads_rows(n)) {
        for (uint32_t i = 0; i < n->arg_count; i++)
            visit(both, us_node_arg(n, i));
    } else if (n->scope == US_PER_USER) {
        us_planning_leaf(b, node);
    } else if (n->kind == US_BOOL) {
        concern(&v, atom_put(b, node, US_ATOM_OTHER));
    } else if (us_reads_rows(n)) {
        concern(&both, atom_put(b, node, US_ATOM_FREE));
    } else {
        for (uint32_t i = 0; i < n->arg_count; i++)
            visit(both, us_node_arg(n, i));
    }
}

void us_planning_watch(struct us_planning *b, const struct us_live_watch *w)
{
    struct visit v = {.b = b,
        .group = w->group,
        .rise = w->turn == US_TURN_RISE,
        .fall = w->turn == US_TURN_FALL};
    visit(v, w->node);
}

/* ---- sources ---- */

static void source_put(struct us_planning *b, uint32_t atom, uint32_t source)
{
    struct us_atom *a = &b->plan->atoms[atom];
    for (uint32_t i = 0; i < a->source_count; i++)
        if (a->sources[i] == source) return;
    uint32_t *more = us_new(b->arena, uint32_t, a->source_count + 1);
    if (a->source_count) memcpy(more, a->sources, a->source_count * sizeof *more);
    more[a->source_count++] = source;
    a->sources = more;
}

static void leaf_sources(struct us_planning *b, uint32_t atom, uint32_t leaf)
{
    const struct us_live_plan *p = b->plan;
    const struct us_node *n = node_of(b, leaf);
    if (n->op == US_OP_TRAIT)
        source_put(b, atom, US_SOURCE_TRAIT(p, p->trait_of[n->trait]));
    if (n->op == US_OP_AGE) source_put(b, atom, US_SOURCE_BEGUN(p));
    if (n->op != US_OP_CALL) {
        bool money = n->op == US_OP_MRR || n->op == US_OP_ARR || n->op == US_OP_PAID;
        if (money) source_put(b, atom, US_SOURCE_MONEY(p));
        return;
    }
    bool first = n->function->id == US_FN_first;
    if (first) source_put(b, atom, US_SOURCE_BEGUN(p));
    uint32_t of = n->function->inside && !first ? n->args[0] : leaf;
    const struct us_live_call *call = &p->calls[p->call_of[of]];
    for (int k = 0; k < US_KEEPS; k++)
        if (call->lanes[k] != US_NODE_NONE) source_put(b, atom, call->lanes[k]);
    for (uint32_t i = 0; i < n->step_count; i++)
        source_put(b, atom, call->steps[i]);
}

/* The list of what stands on a source, and its length. */
static uint32_t **source_list(struct us_live_plan *p, uint32_t source, uint32_t **count)
{
    bool lane = source < p->lane_count;
    struct us_sources *other = lane ? NULL : &p->others[source - p->lane_count];
    *count = lane ? &p->lanes[source].atom_count : &other->count;
    return lane ? &p->lanes[source].atoms : &other->atoms;
}

void us_planning_sources(struct us_planning *b)
{
    struct us_live_plan *p = b->plan;
    size_t sources = p->lane_count + 2 + p->trait_count;
    uint32_t *room = us_new(b->arena, uint32_t, sources);
    p->others = us_new(b->arena, struct us_sources, 2 + p->trait_count);
    for (uint32_t i = 0; i < p->atom_count; i++) {
        for (uint32_t k = 0; k < p->atoms[i].leaf_count; k++)
            leaf_sources(b, i, p->atoms[i].leaves[k]);
        for (uint32_t k = 0; k < p->atoms[i].source_count; k++) {
            uint32_t source = p->atoms[i].sources[k];
            room[source]++;
            bool other =
                p->atoms[i].kind == US_ATOM_OTHER || p->atoms[i].kind == US_ATOM_FREE;
            if (source < p->lane_count) p->lanes[source].daily |= other;
        }
    }
    uint32_t *count = NULL;
    for (uint32_t i = 0; i < sources; i++)
        *source_list(p, i, &count) = us_new(b->arena, uint32_t, room[i] + 1);
    for (uint32_t i = 0; i < p->atom_count; i++) {
        for (uint32_t k = 0; k < p->atoms[i].source_count; k++) {
            uint32_t *list = *source_list(p, p->atoms[i].sources[k], &count);
            list[(*count)++] = i;
        }
    }
}
