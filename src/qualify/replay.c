/* replay.c: one account, one definition: sieve (replay_days.c), then step what is left
 * (replay_step.c); and its people (replay_people.c). */

#include "qualify/replay_inner.h"

#include <string.h>

static const size_t WORK_BYTES_MAX = (size_t)8 << 30;

static void root(struct us_replay_roots *r, uint32_t node)
{
    if (node != US_NODE_NONE) r->nodes[r->count++] = node;
}

static struct us_replay_roots roots_of(
    const struct us_rules *r, const struct us_definition *def, struct us_arena *a)
{
    struct us_replay_roots out = {0};
    size_t most = def->must_count + 4;
    for (int axis = 0; axis < US_AXES; axis++)
        most += def->score_count[axis];
    out.nodes = us_new(a, uint32_t, most);
    root(&out, def->who);
    root(&out, def->stay);
    root(&out, r->exclude);
    if (!def->pql) root(&out, r->hand_raise);
    for (size_t i = 0; i < def->must_count; i++)
        root(&out, def->must[i]);
    for (int axis = 0; axis < US_AXES; axis++)
        for (size_t i = 0; i < def->score_count[axis]; i++)
            root(&out, def->score[axis][i]);
    return out;
}

/* Rows without which it is never eligible, unless somebody asks for a person. */
static struct us_least least_of(
    const struct us_rules *r, const struct us_definition *def, struct us_arena *a)
{
    uint32_t *nodes = us_new(a, uint32_t, def->must_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < def->must_count; i++)
        nodes[count++] = def->must[i];
    if (def->who != US_NODE_NONE) nodes[count++] = def->who;
    return us_past_least(r->plan, nodes, count, a);
}

struct us_replay *us_replay_new(const struct us_rules *r, struct us_arena *a)
{
    struct us_replay *p = us_new(a, struct us_replay, 1);
    p->rules = r;
    p->arena = a;
    p->past = us_past_new(r->plan, a);
    us_arena_init(&p->work, WORK_BYTES_MAX);
    us_arena_init(&p->person_work, WORK_BYTES_MAX);
    p->roots = us_new(a, struct us_replay_roots, r->definition_count + 1);
    for (size_t i = 0; i < r->definition_count; i++)
        p->roots[i] = roots_of(r, &r->definitions[i], a);
    p->least = us_new(a, struct us_least, r->definition_count + 1);
    for (size_t i = 0; i < r->definition_count; i++)
        p->least[i] = least_of(r, &r->definitions[i], a);
    if (r->hand_raise != US_NODE_NONE)
        p->hand_least = us_past_least(r->plan, &r->hand_raise, 1, a);
    us_replay_index_make(p);
    return p;
}

void us_replay_done(struct us_replay *p)
{
    us_past_done(p->past);
    if (p->person_past) us_past_done(p->person_past);
    us_arena_done(&p->person_work);
    us_arena_done(&p->work);
}

void us_replay_take(struct us_replay *p, const struct us_runs *runs, int64_t until)
{
    us_arena_reset(&p->work);
    p->runs = runs;
    p->until = until;
    us_past_take(p->past, runs, until);
    p->start = us_past_start(p->past);
    p->first_day = us_past_first_day(p->past);
    p->days = us_past_day_count(p->past);
    p->people = NULL;
    p->always = p->never = (struct us_day_bits){0};
    p->out = NULL;
    p->out_count = p->out_cap = 0;
}

struct us_past *us_replay_past(struct us_replay *p)
{
    return p->past;
}

struct us_replay_run us_replay_run_of(struct us_replay *p, uint32_t definition)
{
    return (struct us_replay_run){.p = p,
        .def = &p->rules->definitions[definition],
        .index = definition,
        .user = US_NOBODY,
        .past = p->past,
        .from = US_ALWAYS,
        .converted_at = US_NEVER};
}

/* ---- outcomes ---- */

struct outcome_run {
    struct us_replay_run run; /* whom and when; of no definition's own */
    const struct us_outcome *outcome;
    bool hours;
};

/* The first moment of a day at which it holds; US_NEVER. */
static int64_t outcome_on(struct outcome_run *x, int64_t day)
{
    struct us_replay *p = x->run.p;
    const struct us_outcome *o = x->outcome;
    bool condition = o->kind == US_OUTCOME_CONDITION;
    struct us_moments_asked asked = {.nodes = &o->node,
        .count = condition,
        .hours = x->hours,
        .first = true,
        .all = !condition};
    struct us_moments m = us_past_moments(p->past, &asked, day);
    for (size_t i = 0; i < m.count; i++) {
        int64_t t = m.at[i];
        if (t < p->start || t > p->until) continue;
        bool now = condition ? us_replay_holds(&x->run, o->node, t)
                             : us_outcome_of_facts(o, &p->runs->facts, t, &p->work);
        if (now) return t;
    }
    return US_NEVER;
}

/* A payment or a deal comes with its line, which is an evaluation moment. */
static int64_t outcome_of_lines(struct us_replay *p, const struct us_outcome *o)
{
    const struct us_log *f = &p->runs->facts;
    bool deals = o->kind != US_OUTCOME_PAYMENT;
    size_t count = deals ? f->deal_count : f->payment_count;
    struct us_log one = {.payment_count = !deals, .deal_count = deals};
    int64_t first = US_NEVER;
    for (size_t i = 0; i < count; i++) {
        if (deals) one.deals = &f->deals[i];
        if (!deals) one.payments = &f->payments[i];
        int64_t t = deals ? f->deals[i].from : f->payments[i].from;
        if (t < first && us_outcome_of_facts(o, &one, t, &p->work)) first = t;
    }
    if (first > p->until) return US_NEVER;
    return first < p->start ? p->start : first;
}

/* Money and conditions move by time too. */
static int64_t outcome_of_days(struct outcome_run *x)
{
    struct us_replay *p = x->run.p;
    const struct us_outcome *o = x->outcome;
    bool condition = o->kind == US_OUTCOME_CONDITION;
    struct us_day_truth truth = {0};
    if (condition && us_past_never(p->past, o->node)) return US_NEVER;
    if (!condition && p->runs->facts.payment_count == 0) return US_NEVER;
    if (condition) truth = us_past_truth(p->past, o->node);
    for (size_t d = 0; d < p->days; d++) {
        bool may = !condition || truth.in[d] & US_CAN_YES;
        int64_t t = may ? outcome_on(x, p->first_day + (int64_t)d) : US_NEVER;
        if (t != US_NEVER) return t;
    }
    return US_NEVER;
}

int64_t us_replay_outcome(struct us_replay *p, uint32_t outcome, bool hours)
{
    const struct us_outcome *o = &p->rules->outcomes[outcome];
    bool lines = o->kind == US_OUTCOME_PAYMENT || o->kind == US_OUTCOME_DEAL_CREATED ||
                 o->kind == US_OUTCOME_DEAL_WON;
    struct outcome_run x = {
        .run = {.p = p, .user = US_NOBODY, .past = p->past, .from = US_ALWAYS},
        .outcome = o,
        .hours = hours};
    return lines ? outcome_of_lines(p, o) : outcome_of_days(&x);
}

int64_t us_replay_aim(struct us_replay *p, uint32_t definition)
{
    const struct us_definition *def = &p->rules->definitions[definition];
    if (def->aim == US_NODE_NONE) return US_NEVER;
    return us_replay_outcome(p, def->aim, def->times.hour_ticks);
}

/* ---- asking ---- */

static struct us_machine account_run(
    struct us_replay *p, uint32_t definition, bool first_only)
{
    if (us_replay_never(p, definition)) return (struct us_machine){0};
    struct us_replay_run r = us_replay_run_of(p, definition);
    r.first_only = first_only;
    us_replay_days(&r);
    return r.machine;
}

static struct us_replay_answer cut(struct us_replay *p, size_t from)
{
    return (struct us_replay_answer){p->out + from, p->out_count - from};
}

/* The transitions of the definition whose people a pql looks at, kept apart. */
static struct us_replay_answer account_of(
    struct us_replay *p, const struct us_definition *def)
{
    size_t from = p->out_count;
    if (def->within == US_NODE_NONE) return (struct us_replay_answer){0};
    account_run(p, def->within, false);
    struct us_replay_answer found = cut(p, from);
    struct us_replayed *kept = us_new(&p->work, struct us_replayed, found.count + 1);
    if (found.count) memcpy(kept, found.items, found.count * sizeof *kept);
    p->out_count = from;
    return (struct us_replay_answer){kept, found.count};
}

/* Nothing is known yet, or nothing ever. */
static bool empty(const struct us_replay *p)
{
    return p->start == US_NEVER || p->start > p->until;
}

struct us_replay_answer us_replay_ask(
    struct us_replay *p, uint32_t definition, bool first_only)
{
    const struct us_definition *def = &p->rules->definitions[definition];
    size_t from = p->out_count;
    if (empty(p)) return cut(p, from);
    if (def->pql)
        us_replay_people(p, definition, account_of(p, def), NULL);
    else
        account_run(p, definition, first_only);
    return cut(p, from);
}

void us_replay_machines(
    struct us_replay *p, uint32_t definition, struct us_machine *out)
{
    const struct us_definition *def = &p->rules->definitions[definition];
    size_t from = p->out_count;
    size_t count = def->pql ? p->runs->facts.person_count : 1;
    for (size_t i = 0; i < count; i++)
        out[i] = (struct us_machine){0};
    if (empty(p)) return;
    if (def->pql)
        us_replay_people(p, definition, account_of(p, def), out);
    else
        out[0] = account_run(p, definition, false);
    p->out_count = from;
}

struct us_machine us_replay_machine(
    struct us_replay *p, uint32_t definition, uint32_t user)
{
    const struct us_log *facts = &p->runs->facts;
    struct us_machine *all =
        us_new(&p->work, struct us_machine, facts->person_count + 1);
    size_t which = 0;
    us_replay_machines(p, definition, all);
    while (user != US_NOBODY && facts->people[which].id != user)
        which++;
    return all[which];
}
