/* replay_people.c: a definition of people, person by person.
 *
 * What a definition says of a person changes with the person's own rows, with the day
 * (or hour), and with what it reads of the account: traits, money, all its events, who
 * is excluded, where the account itself stands. So a person is looked at when one of
 * their rows comes or goes, and at the key moments of the account, which are found
 * once; and is read from their own rows and from what replay_given.c found out. Of
 * these moments those are passed over on whose days the person's own gates cannot hold.
 */

#include "qualify/replay_inner.h"
#include "signal/function.h"

#include <stdlib.h>
#include <string.h>

struct moments {
    struct us_arena *a;
    int64_t *at;
    size_t count, cap;
    int64_t from, until;
};

static void put(struct moments *m, int64_t at)
{
    if (at < m->from || at > m->until) return;
    *us_push(m->a, m->at, m->count, m->cap) = at;
}

static int order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void in_order(struct moments *m)
{
    if (m->count) qsort(m->at, m->count, sizeof *m->at, order);
    size_t kept = 0;
    for (size_t i = 0; i < m->count; i++)
        if (kept == 0 || m->at[kept - 1] != m->at[i]) m->at[kept++] = m->at[i];
    m->count = kept;
}

/* ---- key moments of the account ---- */

/* The first moment of each bucket (day or hour) at which a row comes or goes: what
 * holds as the bucket begins is seen there. */
struct firsts {
    int64_t *at;
    int64_t unit, base;
    size_t count;
};

static void first_put(struct firsts *f, int64_t at)
{
    if (at == US_NEVER || at == US_ALWAYS) return;
    int64_t bucket = us_floor_div(at, f->unit) - f->base;
    if (bucket < 0 || bucket >= (int64_t)f->count) return;
    if (f->at[bucket] > at) f->at[bucket] = at;
}

static void firsts_put(const struct us_replay *p, struct firsts *f)
{
    const struct us_runs *r = p->runs;
    const struct us_log *facts = &r->facts;
    for (size_t i = 0; i < r->row_count; i++) {
        first_put(f, r->known[i]);
        if (r->to) first_put(f, r->to[i]);
    }
    for (size_t i = 0; i < r->swap_count; i++)
        first_put(f, r->swaps[i].until);
    for (size_t i = 0; i < facts->trait_count; i++) {
        first_put(f, facts->traits[i].from);
        first_put(f, facts->traits[i].to);
    }
    for (size_t i = 0; i < facts->payment_count; i++) {
        first_put(f, facts->payments[i].from);
        first_put(f, facts->payments[i].to);
    }
    for (size_t i = 0; i < facts->deal_count; i++) {
        first_put(f, facts->deals[i].from);
        first_put(f, facts->deals[i].to);
    }
}

/* Ticks, and the first moment of each bucket. */
static void buckets(const struct us_replay_run *r, struct moments *m)
{
    int64_t unit = r->def->times.hour_ticks ? US_HOUR_US : US_DAY_US;
    struct firsts f = {.unit = unit, .base = us_floor_div(m->from, unit)};
    f.count = (size_t)(us_floor_div(m->until, unit) - f.base) + 1;
    f.at = us_new(m->a, int64_t, f.count);
    for (size_t i = 0; i < f.count; i++)
        f.at[i] = US_NEVER;
    firsts_put(r->p, &f);
    for (size_t i = 0; i < f.count; i++) {
        if (f.at[i] != US_NEVER) put(m, f.at[i]);
        put(m, (f.base + (int64_t)i + 1) * unit - 1);
    }
}

static void account_moves(
    const struct us_replay_run *r, const struct us_replay_given *g, struct moments *m)
{
    for (size_t i = 0; i < g->moment_count; i++)
        put(m, g->at[i]);
    for (size_t i = 0; i < r->account_count; i++)
        put(m, r->account[i].change.t);
    put(m, r->converted_at);
}

/* Every moment of the account at which a row comes or goes, in order. */
static struct moments all_moments(struct us_replay *p)
{
    struct moments m = {.a = &p->work, .from = p->start, .until = p->until};
    const struct us_runs *r = p->runs;
    const struct us_log *facts = &r->facts;
    for (size_t i = 0; i < r->row_count; i++) {
        put(&m, r->known[i]);
        if (r->to) put(&m, r->to[i]);
    }
    for (size_t i = 0; i < r->swap_count; i++)
        put(&m, r->swaps[i].until);
    for (size_t i = 0; i < facts->trait_count; i++) {
        put(&m, facts->traits[i].from);
        put(&m, facts->traits[i].to);
    }
    for (size_t i = 0; i < facts->payment_count; i++) {
        put(&m, facts->payments[i].from);
        put(&m, facts->payments[i].to);
    }
    for (size_t i = 0; i < facts->deal_count; i++) {
        put(&m, facts->deals[i].from);
        put(&m, facts->deals[i].to);
    }
    in_order(&m);
    return m;
}

/* ---- a person ---- */

/* Everything a definition of people has in common for all of them. */
struct crowd {
    struct us_replay_run of;
    struct moments keys;
    const uint32_t *spans; /* calls of a person that end within a day by themselves */
    size_t span_count;
    struct moments all;  /* of the account, where there are such */
    const uint32_t *own; /* who and must that read nothing of the account */
    size_t own_count;
};

/* A span that begins with one of the person's rows is over at the account's first
 * moment at or after its end. */
static void span_ends(const struct crowd *c, struct moments *m, int64_t at)
{
    const struct us_plan *plan = c->of.p->rules->plan;
    for (size_t i = 0; i < c->span_count; i++) {
        us_window w = plan->nodes[us_node_arg(&plan->nodes[c->spans[i]], 0)].window;
        int64_t end = at + w.n * (w.unit == US_HOURS ? US_HOUR_US : US_DAY_US);
        size_t from = 0;
        size_t to = c->all.count;
        while (from < to) {
            size_t mid = from + (to - from) / 2;
            if (c->all.at[mid] < end)
                from = mid + 1;
            else
                to = mid;
        }
        if (from < c->all.count) put(m, c->all.at[from]);
    }
}

static struct moments own_moments(
    const struct crowd *c, const struct us_replay_run *r, uint32_t person)
{
    const struct us_replay *p = r->p;
    const struct us_runs *runs = p->runs;
    const struct us_runs_people *people = p->people;
    struct moments m = {
        .a = &r->p->person_work, .from = c->keys.from, .until = p->until};
    for (uint32_t i = people->row_from[person]; i < people->row_from[person + 1]; i++) {
        put(&m, people->rows[i].from);
        put(&m, people->rows[i].to);
        if (c->span_count) span_ends(c, &m, runs->at[people->rows[i].row]);
    }
    for (uint32_t i = people->trait_from[person]; i < people->trait_from[person + 1];
         i++) {
        const struct us_log_trait *t = &runs->facts.traits[people->traits[i]];
        put(&m, t->from);
        put(&m, t->to);
    }
    in_order(&m);
    return m;
}

/* ---- days on which they can get in ---- */

/* By day of the account, whether all the person's own gates may hold; NULL: on none. */
static const bool *open_days(const struct crowd *c)
{
    const struct us_replay *p = c->of.p;
    struct us_past *past = p->person_past;
    for (size_t i = 0; i < c->own_count; i++)
        if (us_past_never(past, c->own[i])) return NULL;
    bool *open = us_new(&c->of.p->person_work, bool, p->days + 1);
    memset(open, true, p->days);
    int64_t begins = us_past_first_day(past);
    size_t days = us_past_day_count(past);
    for (size_t i = 0; i < c->own_count && days; i++) {
        struct us_day_truth truth = us_past_truth(past, c->own[i]);
        size_t before = (size_t)(begins - p->first_day);
        for (size_t d = 0; d < days; d++)
            open[before + d] = open[before + d] && (truth.in[d] & US_CAN_YES);
    }
    return open;
}

/* Steps at the moments of both, each once. */
static void merge(struct us_replay_run *r, const bool *open, const struct moments *a,
    const struct moments *b)
{
    const struct us_machine *m = &r->machine;
    size_t i = 0;
    size_t k = 0;
    while (i < a->count && a->at[i] < r->from)
        i++;
    while (i < a->count || k < b->count) {
        int64_t x = i < a->count ? a->at[i] : US_NEVER;
        int64_t y = k < b->count ? b->at[k] : US_NEVER;
        int64_t t = x < y ? x : y;
        i += x <= y;
        k += y <= x;
        bool idle = m->phase == US_PHASE_NONE && !m->holding && !m->must_reset;
        if (idle && !open[us_day(t) - r->p->first_day]) continue;
        us_replay_step_at(r, t);
    }
}

static void person(const struct crowd *c, struct us_replay_run *r, uint32_t i)
{
    struct us_replay *p = r->p;
    struct us_runs runs;
    struct us_runs_person of = {p->people, i, false};
    us_arena_reset(&p->person_work);
    us_runs_of_person(p->runs, &of, &p->person_work, &runs);
    us_past_take(p->person_past, &runs, p->until);
    const bool *open = open_days(c);
    if (!open) return;
    struct moments own = own_moments(c, r, i);
    r->past = p->person_past;
    merge(r, open, &c->keys, &own);
}

/* ---- all of them ---- */

static void spans_find(struct crowd *c, uint32_t *out, uint32_t node)
{
    if (node == US_NODE_NONE) return;
    const struct us_node *n = &c->of.p->rules->plan->nodes[node];
    if (n->scope == US_PER_ACCOUNT) return;
    if (n->op == US_OP_CALL && n->function->within_day) {
        for (size_t i = 0; i < c->span_count; i++)
            if (out[i] == node) return;
        out[c->span_count++] = node;
    }
    for (uint32_t i = 0; i < n->arg_count; i++)
        spans_find(c, out, us_node_arg(n, i));
}

static void own_find(struct crowd *c, uint32_t *out, uint32_t node)
{
    if (node != US_NODE_NONE && us_replay_own(c->of.p->rules->plan, node))
        out[c->own_count++] = node;
}

static void crowd_look(struct crowd *c)
{
    struct us_replay *p = c->of.p;
    const struct us_definition *def = c->of.def;
    const struct us_replay_roots *roots = &p->roots[c->of.index];
    uint32_t *spans = us_new(&p->work, uint32_t, p->rules->plan->node_count + 1);
    uint32_t *own = us_new(&p->work, uint32_t, def->must_count + 2);
    for (size_t i = 0; i < roots->count; i++)
        spans_find(c, spans, roots->nodes[i]);
    own_find(c, own, def->who);
    for (size_t i = 0; i < def->must_count; i++)
        own_find(c, own, def->must[i]);
    c->spans = spans;
    c->own = own;
    if (c->span_count) c->all = all_moments(p);
}

static void people_make(struct us_replay *p)
{
    if (!p->person_past) p->person_past = us_past_new(p->rules->plan, p->arena);
    if (p->people) return;
    struct us_runs_people *people = us_new(&p->work, struct us_runs_people, 1);
    us_runs_by_person(p->runs, &p->work, people);
    p->people = people;
}

void us_replay_people(struct us_replay *p, uint32_t definition,
    struct us_replay_answer account, struct us_machine *machines)
{
    const struct us_definition *def = &p->rules->definitions[definition];
    const struct us_log *facts = &p->runs->facts;
    if (def->within != US_NODE_NONE && account.count == 0) return;
    people_make(p);
    struct us_replay_run of = {.p = p,
        .def = def,
        .index = definition,
        .past = p->past,
        .converted_at = us_replay_aim(p, definition),
        .account = account.items,
        .account_count = account.count};
    /* Before its account qualifies nothing can happen to anybody. */
    int64_t from = account.count ? account.items[0].change.t : p->start;
    struct crowd c = {
        .of = of, .keys = {.a = &p->work, .from = from, .until = p->until}};
    struct us_replay_given given;
    us_replay_give(&of, from, &given);
    us_past_give(p->person_past, given.items, given.count);
    buckets(&of, &c.keys);
    account_moves(&of, &given, &c.keys);
    in_order(&c.keys);
    crowd_look(&c);
    for (uint32_t i = 0; i < facts->person_count; i++) {
        if (!facts->people[i].identified) continue;
        struct us_replay_run r = of;
        r.user = facts->people[i].id;
        r.from = us_runs_person_from(p->runs, p->people, i);
        if (r.from > p->until) continue; /* nobody knows them yet */
        person(&c, &r, i);
        if (machines) machines[i] = r.machine;
    }
    us_past_give(p->person_past, NULL, 0);
}
