/* live_plan.c: from watched nodes to lanes, and where everything lies. */

#include "signal/live_plan.h"

#include <string.h>

/* ---- lanes ---- */

static bool same_lane(const struct us_lane_live *a, const struct us_lane_live *b)
{
    return a->keep == b->keep && a->unit == b->unit && a->user == b->user &&
           a->pattern == b->pattern && a->column == b->column && a->node == b->node &&
           memcmp(a->columns, b->columns, sizeof a->columns) == 0;
}

/* Its index; it reaches as far back as any that asks for it. */
static uint32_t lane_put(struct us_planning *b, const struct us_lane_live *lane)
{
    struct us_live_plan *p = b->plan;
    size_t i = 0;
    while (i < p->lane_count && !same_lane(&p->lanes[i], lane))
        i++;
    if (i == p->lane_count) {
        struct us_lane_live *made =
            us_push(b->arena, p->lanes, p->lane_count, p->lane_cap);
        *made = *lane;
        made->past_count = 0;
        made->presence = true;
        made->least = UINT32_MAX;
    }
    struct us_lane_live *of = &p->lanes[i];
    if (lane->reach > of->reach) of->reach = lane->reach;
    if (lane->back > of->back) of->back = lane->back;
    if (lane->least && lane->least < of->least) of->least = lane->least;
    p->hours |= of->unit == US_HOURS;
    return (uint32_t)i;
}

static void past_put(struct us_planning *b, uint32_t lane, uint32_t n)
{
    struct us_lane_live *of = &b->plan->lanes[lane];
    for (uint32_t i = 0; i < of->past_count; i++)
        if (of->past[i].n == n) return;
    struct us_live_past *more =
        us_new(b->arena, struct us_live_past, of->past_count + 1);
    if (of->past_count) memcpy(more, of->past, of->past_count * sizeof *more);
    more[of->past_count++].n = n;
    of->past = more;
}

static struct us_lane_live lane_for(const struct us_node *n, us_keep keep)
{
    bool valued = keep == US_KEEP_NUMBERS || keep == US_KEEP_SUM ||
                  keep == US_KEEP_HIGHEST || keep == US_KEEP_LOWEST ||
                  keep == US_KEEP_START || keep == US_KEEP_NEWEST;
    bool values = keep == US_KEEP_VALUES || keep == US_KEEP_START;
    struct us_lane_live lane = {.keep = (uint8_t)keep,
        .unit = US_ALL,
        .user = n->scope == US_PER_USER,
        .pattern = n->pattern,
        .column = valued ? n->column : US_NODE_NONE,
        .columns = {US_NODE_NONE, US_NODE_NONE, US_NODE_NONE},
        .node = US_NODE_NONE,
        .reach = 1};
    if (values) memcpy(lane.columns, n->columns, sizeof lane.columns);
    return lane;
}

static struct us_live_call *call_new(struct us_planning *b, uint32_t node)
{
    struct us_live_plan *p = b->plan;
    struct us_live_call *call = us_push(b->arena, p->calls, p->call_count, p->call_cap);
    memset(call, 0xff, sizeof *call);
    call->steps = NULL;
    p->call_of[node] = (uint32_t)p->call_count - 1;
    return call;
}

static struct us_live_call *call_of(struct us_planning *b, uint32_t node)
{
    uint32_t at = b->plan->call_of[node];
    return at == US_NODE_NONE ? call_new(b, node) : &b->plan->calls[at];
}

/* In the sheet of a person, whether they were there is whether they have a row. */
static us_keep keep_for(const struct us_node *n, us_keep keep)
{
    bool alone = n->scope == US_PER_USER && keep == US_KEEP_PEOPLE;
    return alone ? US_KEEP_COUNT : keep;
}

/* What a function keeps; of windows, as many times the window as are asked back. */
static void call_put(
    struct us_planning *b, uint32_t node, uint32_t times, uint32_t more)
{
    const struct us_node *n = &b->plan->plan->nodes[node];
    bool windowed = n->function->window && n->window.unit != US_ALL;
    unsigned keeps = n->function->live_keeps;
    if (n->window.unit == US_ALL && n->function->live_keeps_all)
        keeps = n->function->live_keeps_all;
    call_of(b, node);
    for (unsigned k = 0; k < US_KEEPS; k++) {
        if (!(keeps >> k & 1)) continue;
        struct us_lane_live lane = lane_for(n, keep_for(n, (us_keep)k));
        uint32_t n_of = (uint32_t)us_live_buckets(n);
        bool ring = lane.keep == US_KEEP_PEOPLE && !lane.user;
        if (windowed) lane.unit = (uint8_t)n->window.unit;
        lane.reach = ring ? n_of : n_of * times + more;
        lane.least = times == 1 ? n_of : 0;
        if (times > 1 && ring) lane.back = 2 * n_of + 2;
        if (times > 1 && k == US_KEEP_VALUES) lane.back = lane.reach;
        uint32_t at = lane_put(b, &lane);
        if (times > 1 && ring) past_put(b, at, n_of);
        if (n->function == &us_function_count) b->plan->lanes[at].presence = false;
        call_of(b, node)->lanes[k] = at;
    }
}

static void steps_put(struct us_planning *b, uint32_t node)
{
    const struct us_node *n = &b->plan->plan->nodes[node];
    uint32_t *steps = us_new(b->arena, uint32_t, n->step_count);
    for (uint32_t i = 0; i < n->step_count; i++) {
        struct us_lane_live lane = lane_for(n, US_KEEP_MOMENTS);
        lane.pattern = n->steps[i];
        lane.reach = (uint32_t)n->window.n;
        if (n->window.unit == US_HOURS) lane.reach = (uint32_t)n->window.n / 24 + 2;
        /* One that reaches back for ever is another lane: 0 is no greatest reach. */
        if (n->window.unit == US_ALL) lane.reach = 0;
        lane.node = n->window.unit == US_ALL ? 0 : 1;
        steps[i] = lane_put(b, &lane);
    }
    call_of(b, node)->steps = steps;
}

static void start_put(struct us_planning *b, uint32_t node)
{
    const struct us_node *n = &b->plan->plan->nodes[node];
    const struct us_node *in = &b->plan->plan->nodes[n->args[0]];
    struct us_lane_live lane = lane_for(in, US_KEEP_START);
    lane.node = n->args[0];
    uint32_t at = lane_put(b, &lane);
    call_of(b, node)->lanes[US_KEEP_START] = at;
    if (lane.user) b->plan->user_begun = true;
}

void us_planning_leaf(struct us_planning *b, uint32_t node)
{
    struct us_live_plan *p = b->plan;
    const struct us_node *n = &p->plan->nodes[node];
    bool user = n->scope == US_PER_USER;
    if (n->op == US_OP_MRR || n->op == US_OP_ARR || n->op == US_OP_PAID)
        p->payments = true;
    if (n->op == US_OP_AGE && user) p->user_begun = true;
    if (n->op == US_OP_TRAIT) {
        uint32_t *place = user ? p->user_trait_of : p->trait_of;
        uint32_t *count = user ? &p->user_trait_count : &p->trait_count;
        if (place[n->trait] == US_NODE_NONE) place[n->trait] = (*count)++;
    }
    if (n->op != US_OP_CALL) return;
    us_function_id id = n->function->id;
    if (id == US_FN_first) {
        start_put(b, node);
    } else if (id == US_FN_prior) {
        call_put(b, n->args[0], 2, 0);
    } else if (id == US_FN_trend) {
        call_put(b, n->args[0], 2, 1);
    } else if (n->steps) {
        steps_put(b, node);
    } else {
        call_put(b, node, 1, 0);
    }
}

/* ---- routes ---- */

static void columns_add(struct us_routes *r, uint32_t column)
{
    if (column == US_NODE_NONE) return;
    for (uint32_t i = 0; i < r->column_count; i++)
        if (r->columns[i] == column) return;
    r->columns[r->column_count++] = column;
}

static void where_columns(const struct us_plan *p, struct us_routes *r, uint32_t node)
{
    const struct us_node *n = &p->nodes[node];
    if (n->op == US_OP_PROPERTY) columns_add(r, n->column);
    for (uint32_t i = 0; i < n->arg_count; i++)
        where_columns(p, r, us_node_arg(n, i));
}

static void route_put(struct us_planning *b, struct us_routes *r, uint32_t pattern)
{
    struct us_live_plan *p = b->plan;
    struct us_route route = {.pattern = pattern,
        .where = p->plan->patterns[pattern].where,
        .lanes = us_new(b->arena, uint32_t, p->lane_count)};
    for (uint32_t i = 0; i < p->lane_count; i++) {
        if (p->lanes[i].pattern != pattern) continue;
        route.lanes[route.count++] = i;
        columns_add(r, p->lanes[i].column);
        for (int k = 0; k < 3; k++)
            columns_add(r, p->lanes[i].columns[k]);
    }
    if (!route.count) return;
    if (route.where != US_NODE_NONE) where_columns(p->plan, r, route.where);
    r->items[r->count++] = route;
}

static void routes_make(struct us_planning *b)
{
    struct us_live_plan *p = b->plan;
    const struct us_need *need = &p->plan->need;
    p->routes = us_new(b->arena, struct us_routes, need->name_count + 1);
    for (uint32_t name = 0; name <= need->name_count; name++) {
        struct us_routes *r = &p->routes[name];
        r->items = us_new(b->arena, struct us_route, p->plan->pattern_count + 1);
        r->columns = us_new(b->arena, uint32_t, need->column_count + 1);
        for (uint32_t i = 0; i < p->plan->pattern_count; i++) {
            uint32_t of = p->plan->patterns[i].name;
            if (of == US_ANY_NAME || of == name) route_put(b, r, i);
        }
    }
}

struct us_live_columns us_live_columns_of(const struct us_live_plan *p, uint32_t name)
{
    if (name == US_NAME_OTHER) name = (uint32_t)p->plan->need.name_count;
    const struct us_routes *r = &p->routes[name];
    return (struct us_live_columns){r->columns, r->column_count};
}

/* ---- the whole ---- */

static uint32_t *none_of(struct us_arena *a, size_t count)
{
    uint32_t *list = us_new(a, uint32_t, count + 1);
    memset(list, 0xff, (count + 1) * sizeof *list);
    return list;
}

struct us_live_plan *us_live_plan_new(
    const struct us_plan *plan, const struct us_live_asked *asked, struct us_arena *a)
{
    struct us_live_plan *p = us_new(a, struct us_live_plan, 1);
    struct us_planning b = {.plan = p, .arena = a};
    p->plan = plan;
    p->asked = *asked;
    p->words = US_LIVE_WORDS(asked->groups);
    p->payments = asked->payments;
    p->deals = asked->deals;
    p->call_of = none_of(a, plan->node_count);
    p->atom_of = none_of(a, plan->node_count);
    p->trait_of = none_of(a, plan->need.account_trait_count);
    p->user_trait_of = none_of(a, plan->need.user_trait_count);
    for (size_t i = 0; i < asked->count; i++)
        us_planning_watch(&b, &asked->watches[i]);
    us_planning_sources(&b);
    us_planning_layout(&b);
    routes_make(&b);
    return p;
}
