/* replay_people.c: a definition of people, person by person.
 *
 * What a definition says of a person changes with the person's own rows, with the day
 * (or hour), and with what it reads of the account: traits, money, who is excluded,
 * where the account itself stands. So a person is looked at when one of their rows
 * comes or goes, and at the key moments of the account, which are found once; and is
 * read from their own rows alone. Only where a gate reads events of the whole account
 * is every moment of the account looked at.
 */

#include "qualify/replay_inner.h"
#include "signal/function.h"

#include <stdlib.h>

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

/* ---- what a definition reads ---- */

struct reading {
    const struct us_plan *plan;
    bool account; /* events of the whole account, or what changes within a day by itself
                   */
    bool traits;  /* of the account */
};

static void read(struct reading *r, uint32_t node)
{
    if (node == US_NODE_NONE) return;
    const struct us_node *n = &r->plan->nodes[node];
    bool of_account = n->scope == US_PER_ACCOUNT;
    bool events = n->op == US_OP_CALL || n->op == US_OP_AGE;
    bool clock = n->op == US_OP_MRR || n->op == US_OP_ARR ||
                 (n->op == US_OP_CALL && n->function->within_day);
    r->account = r->account || clock || (events && of_account);
    r->traits = r->traits || (n->op == US_OP_TRAIT && of_account);
    for (uint32_t i = 0; i < n->arg_count; i++)
        read(r, us_node_arg(n, i));
}

static struct reading reading_of(
    const struct us_replay *p, const struct us_definition *def)
{
    struct reading r = {.plan = p->rules->plan};
    read(&r, def->who);
    read(&r, def->stay);
    for (size_t i = 0; i < def->must_count; i++)
        read(&r, def->must[i]);
    for (int axis = 0; axis < US_AXES; axis++)
        for (size_t i = 0; i < def->score_count[axis]; i++)
            read(&r, def->score[axis][i]);
    return r;
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
    for (size_t i = 0; i < facts->payment_count; i++)
        first_put(f, facts->payments[i].from);
    for (size_t i = 0; i < facts->deal_count; i++)
        first_put(f, facts->deals[i].from);
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

/* Moments at which `exclude` begins or ends to hold. */
static void exclusions(const struct us_replay_run *r, struct moments *m)
{
    struct us_replay *p = r->p;
    if (p->rules->exclude == US_NODE_NONE) return;
    struct us_moments_asked asked = {.nodes = &p->rules->exclude,
        .count = 1,
        .hours = r->def->times.hour_ticks,
        .first = true};
    bool last = false;
    for (int64_t day = us_day(m->from); day <= us_day(m->until); day++) {
        struct us_moments at = us_past_moments(p->past, &asked, day);
        for (size_t i = 0; i < at.count; i++) {
            bool now = us_replay_excluded(r, at.at[i]);
            if (now != last) put(m, at.at[i]);
            last = now;
        }
    }
}

static void account_facts(const struct us_replay_run *r, struct moments *m)
{
    const struct us_log *facts = &r->p->runs->facts;
    const struct us_runs_people *people = r->p->people;
    for (size_t i = 0; i < people->account_trait_count; i++) {
        const struct us_log_trait *t = &facts->traits[people->account_traits[i]];
        put(m, t->from);
        put(m, t->to);
    }
    for (size_t i = 0; i < facts->payment_count; i++)
        put(m, facts->payments[i].from);
    for (size_t i = 0; i < r->account_count; i++)
        put(m, r->account[i].change.t);
    put(m, r->converted_at);
}

/* ---- a person ---- */

static struct moments own_moments(
    const struct us_replay_run *r, uint32_t person, int64_t from)
{
    const struct us_replay *p = r->p;
    const struct us_runs *runs = p->runs;
    const struct us_runs_people *people = p->people;
    struct moments m = {.a = &r->p->person_work, .from = from, .until = p->until};
    for (uint32_t i = people->row_from[person]; i < people->row_from[person + 1]; i++) {
        put(&m, people->rows[i].from);
        put(&m, people->rows[i].to);
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

/* Steps at the moments of both, each once. */
static void merge(
    struct us_replay_run *r, const struct moments *a, const struct moments *b)
{
    size_t i = 0;
    while (i < a->count && a->at[i] < r->from)
        i++;
    size_t k = 0;
    while (i < a->count || k < b->count) {
        int64_t x = i < a->count ? a->at[i] : US_NEVER;
        int64_t y = k < b->count ? b->at[k] : US_NEVER;
        us_replay_step_at(r, x < y ? x : y);
        i += x <= y;
        k += y <= x;
    }
}

static void person_alone(struct us_replay_run *r, uint32_t person, bool account_traits,
    const struct moments *keys)
{
    struct us_replay *p = r->p;
    struct us_runs runs;
    struct us_runs_person of = {p->people, person, account_traits};
    us_arena_reset(&p->person_work);
    us_runs_of_person(p->runs, &of, &p->person_work, &runs);
    us_past_take(p->person_past, &runs, p->until);
    struct moments own = own_moments(r, person, keys->from);
    r->past = p->person_past;
    merge(r, keys, &own);
}

static void person_in_all(struct us_replay_run *r, int64_t from)
{
    const struct us_replay *p = r->p;
    if (from < r->from) from = r->from;
    for (int64_t day = us_day(from); day <= us_day(p->until); day++)
        us_replay_day(r, day);
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
    struct moments keys = {.a = &p->work, .from = from, .until = p->until};
    struct reading reads = reading_of(p, def);
    if (!reads.account) {
        buckets(&of, &keys);
        exclusions(&of, &keys);
        account_facts(&of, &keys);
        in_order(&keys);
    }
    for (uint32_t i = 0; i < facts->person_count; i++) {
        if (!facts->people[i].identified) continue;
        struct us_replay_run r = of;
        r.user = facts->people[i].id;
        r.from = us_runs_person_from(p->runs, p->people, i);
        if (r.from > p->until) continue; /* nobody knows them yet */
        if (reads.account)
            person_in_all(&r, from);
        else
            person_alone(&r, i, reads.traits, &keys);
        if (machines) machines[i] = r.machine;
    }
}
