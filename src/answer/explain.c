#include "answer/explain.h"

#include "answer/engine.h"

#include <math.h>

static const size_t SCRATCH_BYTES = (size_t)4 << 30;

struct found {
    struct us_explain x;
    bool json;
};

static bool about_people(const struct us_explain *x)
{
    const struct us_rules *r = x->ask->rules;
    bool any = false;
    for (uint32_t i = 0; i < r->definition_count; i++)
        any |= r->definitions[i].pql &&
               (x->definition == US_NODE_NONE || x->definition == i);
    return any;
}

/* Whether events of others than a person count in a node; found once for each. */
static bool whole(const struct us_plan *p, uint32_t node, bool *seen, bool *out)
{
    const struct us_node *n = &p->nodes[node];
    if (seen[node]) return out[node];
    seen[node] = true;
    bool rows = n->op == US_OP_CALL || n->op == US_OP_AGE;
    bool any = rows && n->scope == US_PER_ACCOUNT;
    for (uint32_t i = 0; i < n->arg_count; i++)
        any |= whole(p, us_node_arg(n, i), seen, out);
    out[node] = any;
    return any;
}

static void split(struct us_explain *x)
{
    const struct us_plan *p = x->ask->rules->plan;
    bool *seen = us_new(x->a, bool, p->node_count);
    bool *out = us_new(x->a, bool, p->node_count);
    for (uint32_t i = 0; i < p->node_count; i++)
        whole(p, i, seen, out);
    x->whole = out;
    x->own = us_log_split(x->log, x->a);
}

const struct us_log *us_explain_log(
    const struct us_explain *x, uint32_t node, uint32_t user)
{
    if (!x->own || user == US_NOBODY || x->whole[node]) return x->log;
    size_t place = us_log_person_at(x->log, user);
    return place < x->log->person_count ? &x->own[place] : x->log;
}

static us_value value(void *ctx, uint32_t node, uint32_t user, int64_t t)
{
    const struct us_explain *x = ctx;
    return us_naive(
        x->ask->rules->plan, node, us_explain_log(x, node, user), user, t, x->a);
}

void us_explain_judge(const struct us_explain *x, const struct us_definition *def,
    uint32_t user, int64_t t, struct us_verdict *out)
{
    struct us_explain with = *x;
    const struct us_judging of = {x->ask->rules, def, user, t, value, &with};
    us_judge_by(&of, x->a, out);
}

static us_code take(void *ctx, const struct us_log *log, struct us_error *e)
{
    (void)e;
    struct found *f = ctx;
    struct us_timing *timing = f->x.ask->timing;
    us_timing_lap(timing, US_LAP_READING);
    if (timing) timing->accounts++;
    if (timing) timing->events += (int64_t)log->event_count;
    struct us_explain *x = &f->x;
    x->log = log;
    if (about_people(x)) split(x);
    struct us_standings *s = us_standings_new(x->ask->rules, x->a);
    const struct us_standings_asked asked = {log, x->definition, x->ask->at};
    x->standing_count = us_standings_ask(s, &asked, &x->standings);
    us_timing_lap(timing, US_LAP_REPLAY);
    if (f->json)
        us_explain_json(x);
    else
        us_explain_say(x);
    us_standings_done(s);
    return US_OK;
}

struct us_fact_asked us_explain_asked(const struct us_explain *x, uint32_t user)
{
    return (struct us_fact_asked){
        x->ask->rules, x->log, x->own, user, x->ask->at, x->a};
}

struct us_left_out us_explain_left_out(const struct us_explain *x)
{
    struct us_left_out n = {0};
    for (size_t i = 0; i < x->log->payment_count; i++) {
        const struct us_log_payment *p = &x->log->payments[i];
        if (!us_log_seen(p->from, p->to, x->ask->at)) continue;
        n.no_rate += !p->converted;
        n.no_period += p->converted && p->status == US_PAY_PAID && p->months == 0;
    }
    return n;
}

us_code us_explain(const struct us_ask *ask, us_str account, uint32_t definition,
    bool json, bool colour, struct us_buf *out, struct us_error *e)
{
    struct us_arena scratch;
    us_arena_init(&scratch, SCRATCH_BYTES);
    struct found f = {.json = json};
    f.x = (struct us_explain){.ask = ask,
        .definition = definition,
        .colour = colour,
        .out = out,
        .a = &scratch};
    us_code code = us_engine_log(ask, account, take, &f, e);
    us_arena_done(&scratch);
    return code;
}
