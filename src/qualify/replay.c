/* replay.c: one account, one definition: sieve, then step what is left. */

#include "qualify/replay.h"

#include "base/err.h"

#include <string.h>

/* What an input can be on a day, as bits. */
enum { MAY = 1, MAY_NOT = 2, EITHER = 3 };

/* Inputs of a definition over the days of an account, each as such bits: within a day,
 * and at its end. */
struct sieve {
    uint8_t *eligible_in, *eligible_end;
    uint8_t *excluded_in, *excluded_end;
    uint8_t *who_end, *stays_end;
    uint8_t *hand_in, *hand_end;
    bool never; /* eligible at no moment */
};

/* The nodes that a definition's inputs are, not those they are made of. */
struct roots {
    uint32_t *nodes;
    size_t count;
};

struct us_replay {
    const struct us_rules *rules;
    struct roots *roots; /* by definition */
    struct us_arena *arena;
    struct us_arena work; /* of the account at hand */
    struct us_past *past;
    const struct us_runs *runs;
    int64_t until, start, first_day;
    size_t days;
    struct us_replayed *out;
    size_t out_count, out_cap;
};

/* A definition at work on the account. */
struct run {
    struct us_replay *p;
    const struct us_definition *def;
    uint32_t index, user;
    struct sieve sieve;
    struct us_machine machine;
    int64_t converted_at;
    const struct us_replayed *account; /* of a pql within: that definition's */
    size_t account_count;
    bool first_only, over;
};

static const size_t WORK_BYTES_MAX = (size_t)8 << 30;

static void root(struct roots *r, uint32_t node)
{
    if (node != US_NODE_NONE) r->nodes[r->count++] = node;
}

static struct roots roots_of(
    const struct us_rules *r, const struct us_definition *def, struct us_arena *a)
{
    struct roots out = {0};
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

struct us_replay *us_replay_new(const struct us_rules *r, struct us_arena *a)
{
    struct us_replay *p = us_new(a, struct us_replay, 1);
    p->rules = r;
    p->arena = a;
    p->past = us_past_new(r->plan, a);
    us_arena_init(&p->work, WORK_BYTES_MAX);
    p->roots = us_new(a, struct roots, r->definition_count + 1);
    for (size_t i = 0; i < r->definition_count; i++)
        p->roots[i] = roots_of(r, &r->definitions[i], a);
    return p;
}

void us_replay_done(struct us_replay *p)
{
    us_past_done(p->past);
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
    p->out = NULL;
    p->out_count = p->out_cap = 0;
}

struct us_past *us_replay_past(struct us_replay *p)
{
    return p->past;
}

/* ---- exact inputs ---- */

static bool holds(const struct run *r, uint32_t node, int64_t t)
{
    us_value v = us_past_value(r->p->past, node, r->user, t);
    return v.kind == US_BOOL && v.truth;
}

static bool given_holds(const struct run *r, uint32_t node, int64_t t)
{
    return node == US_NODE_NONE || holds(r, node, t);
}

static bool hand_raised(const struct run *r, int64_t t)
{
    uint32_t node = r->p->rules->hand_raise;
    return !r->def->pql && node != US_NODE_NONE && holds(r, node, t);
}

static bool excluded(const struct run *r, int64_t t)
{
    uint32_t node = r->p->rules->exclude;
    return node != US_NODE_NONE && holds(r, node, t);
}

static bool musts_hold(const struct run *r, int64_t t)
{
    for (size_t i = 0; i < r->def->must_count; i++)
        if (!holds(r, r->def->must[i], t)) return false;
    return true;
}

/* As the judge adds up. */
static bool reaches(const struct run *r, int64_t t)
{
    const struct us_definition *def = r->def;
    for (int axis = 0; axis < US_AXES; axis++) {
        double threshold = def->text->threshold[axis];
        if (threshold <= 0) continue; /* points are never below 0 */
        double points = 0;
        for (size_t i = 0; i < def->score_count[axis]; i++) {
            us_value v = us_past_value(r->p->past, def->score[axis][i], r->user, t);
            points += v.kind == US_NUMBER ? v.number : 0;
        }
        points = points > 100 ? 100 : points;
        if (points < threshold) return false;
    }
    return true;
}

static bool eligible(const struct run *r, int64_t t)
{
    if (!given_holds(r, r->def->who, t)) return false;
    bool all = musts_hold(r, t) && reaches(r, t);
    if (!all && !hand_raised(r, t)) return false;
    return !excluded(r, t);
}

static bool stays(const struct run *r, int64_t t)
{
    bool good =
        r->def->stay == US_NODE_NONE ? musts_hold(r, t) : holds(r, r->def->stay, t);
    return good || hand_raised(r, t);
}

/* Of a pql: whether its account is not qualified after its own step at t. */
static bool outside(const struct run *r, int64_t t)
{
    if (r->def->within == US_NODE_NONE) return false;
    bool in = false;
    for (size_t i = 0; i < r->account_count && r->account[i].change.t <= t; i++)
        in = r->account[i].change.change == US_CHANGE_ENTERED;
    return !in;
}

static struct us_machine_inputs inputs(const struct run *r, int64_t t)
{
    struct us_machine_inputs in = {.outside = outside(r, t)};
    in.converted_at = r->converted_at <= t ? r->converted_at : US_NEVER;
    if (r->machine.phase != US_PHASE_QUALIFIED) {
        in.eligible = eligible(r, t);
        in.hand_raised = in.eligible && hand_raised(r, t);
        in.excluded = !in.eligible && excluded(r, t);
        return in;
    }
    in.excluded = excluded(r, t);
    in.who = given_holds(r, r->def->who, t);
    in.stays = stays(r, t);
    in.eligible = eligible(r, t); /* an exit asks whether it must reset */
    in.hand_raised = hand_raised(r, t);
    return in;
}

/* ---- stepping ---- */

static void step(struct run *r, const struct us_machine_inputs *in, int64_t t)
{
    struct us_transition change;
    if (!us_machine_step(&r->def->times, &r->machine, in, t, &change)) return;
    struct us_replay *p = r->p;
    *us_push(&p->work, p->out, p->out_count, p->out_cap) =
        (struct us_replayed){r->index, r->user, change};
    if (r->first_only) r->over = true;
}

/* The aim's moment, and those of the account's own definition for its people. */
static bool other_moment(const struct run *r, int64_t after, int64_t before, int64_t *t)
{
    bool found = r->converted_at > after && r->converted_at < before;
    *t = r->converted_at;
    for (size_t i = 0; i < r->account_count; i++) {
        int64_t at = r->account[i].change.t;
        if (at <= after || at >= before) continue;
        if (!found || at < *t) *t = at;
        return true;
    }
    return found;
}

static void step_at(struct run *r, int64_t t)
{
    if (t < r->p->start || t > r->p->until || r->over) return;
    struct us_machine_inputs in = inputs(r, t);
    step(r, &in, t);
}

/* Every moment of a day that touches the definition. */
static void day_exactly(struct run *r, int64_t day)
{
    const struct us_definition *def = r->def;
    bool hours = def->times.hour_ticks;
    bool first = hours || r->user != US_NOBODY;
    /* What holds as the day begins is seen at its first line. */
    if (!first)
        first = eligible(r, day * US_DAY_US) || excluded(r, day * US_DAY_US) ||
                r->machine.phase != US_PHASE_NONE || r->machine.must_reset;
    const struct roots *roots = &r->p->roots[r->index];
    struct us_moments_asked asked = {
        .nodes = roots->nodes, .count = roots->count, .hours = hours, .first = first};
    struct us_moments m = us_past_moments(r->p->past, &asked, day);
    int64_t last = day * US_DAY_US - 1;
    for (size_t i = 0; i < m.count && !r->over; i++) {
        int64_t between = 0;
        while (other_moment(r, last, m.at[i], &between)) {
            step_at(r, between);
            last = between;
        }
        step_at(r, m.at[i]);
        last = m.at[i];
    }
}

/* ---- the sieve ---- */

static uint8_t bits_of(uint8_t can)
{
    return (uint8_t)((can & US_CAN_YES ? MAY : 0) |
                     (can & (US_CAN_NO | US_CAN_MISS) ? MAY_NOT : 0));
}

/* and, or of what may and may not be. */
static uint8_t both(uint8_t a, uint8_t b)
{
    return (uint8_t)((a & b & MAY) | ((a | b) & MAY_NOT));
}

static uint8_t either(uint8_t a, uint8_t b)
{
    return (uint8_t)(((a | b) & MAY) | (a & b & MAY_NOT));
}

static void narrow(uint8_t *in, uint8_t *end, struct us_day_truth t, size_t days)
{
    for (size_t d = 0; d < days; d++) {
        in[d] = both(in[d], bits_of(t.in[d]));
        end[d] = both(end[d], bits_of(t.end[d]));
    }
}

static uint8_t *days_of(struct run *r, uint8_t what)
{
    uint8_t *bits = us_new(&r->p->work, uint8_t, r->p->days + 8);
    memset(bits, what, r->p->days);
    return bits;
}

/* Whether some gate rules the account out at every moment, by its totals alone. */
static bool never(const struct run *r)
{
    const struct us_definition *def = r->def;
    struct us_past *past = r->p->past;
    uint32_t hand = def->pql ? US_NODE_NONE : r->p->rules->hand_raise;
    if (def->who != US_NODE_NONE && us_past_never(past, def->who)) return true;
    if (hand != US_NODE_NONE && !us_past_never(past, hand)) return false;
    for (size_t i = 0; i < def->must_count; i++)
        if (us_past_never(past, def->must[i])) return true;
    return false;
}

static void sieve_make(struct run *r)
{
    const struct us_definition *def = r->def;
    struct us_replay *p = r->p;
    struct sieve *s = &r->sieve;
    uint32_t hand = def->pql ? US_NODE_NONE : p->rules->hand_raise;
    s->eligible_in = days_of(r, MAY);
    s->eligible_end = days_of(r, MAY);
    for (size_t i = 0; i < def->must_count; i++)
        narrow(s->eligible_in, s->eligible_end, us_past_truth(p->past, def->must[i]),
            p->days);
    s->stays_end = days_of(r, MAY);
    memcpy(s->stays_end, s->eligible_end, p->days);
    for (int axis = 0; axis < US_AXES; axis++) {
        double threshold = def->text->threshold[axis];
        if (threshold <= 0) continue;
        narrow(s->eligible_in, s->eligible_end,
            us_past_reaches(
                p->past, def->score[axis], def->score_count[axis], threshold),
            p->days);
    }
    if (def->stay != US_NODE_NONE) {
        struct us_day_truth t = us_past_truth(p->past, def->stay);
        for (size_t d = 0; d < p->days; d++)
            s->stays_end[d] = bits_of(t.end[d]);
    }
    s->hand_in = days_of(r, MAY_NOT);
    s->hand_end = days_of(r, MAY_NOT);
    if (hand != US_NODE_NONE) {
        struct us_day_truth t = us_past_truth(p->past, hand);
        for (size_t d = 0; d < p->days; d++) {
            s->hand_in[d] = bits_of(t.in[d]);
            s->hand_end[d] = bits_of(t.end[d]);
            s->eligible_in[d] = either(s->eligible_in[d], bits_of(t.in[d]));
            s->eligible_end[d] = either(s->eligible_end[d], s->hand_end[d]);
            s->stays_end[d] = either(s->stays_end[d], s->hand_end[d]);
        }
    }
    s->who_end = days_of(r, MAY);
    if (def->who != US_NODE_NONE) {
        struct us_day_truth t = us_past_truth(p->past, def->who);
        narrow(s->eligible_in, s->eligible_end, t, p->days);
        for (size_t d = 0; d < p->days; d++)
            s->who_end[d] = bits_of(t.end[d]);
    }
    s->excluded_in = days_of(r, MAY_NOT);
    s->excluded_end = s->excluded_in;
    if (p->rules->exclude == US_NODE_NONE) return;
    s->excluded_end = days_of(r, MAY_NOT);
    struct us_day_truth t = us_past_truth(p->past, p->rules->exclude);
    for (size_t d = 0; d < p->days; d++) {
        s->excluded_in[d] = bits_of(t.in[d]);
        s->excluded_end[d] = bits_of(t.end[d]);
        uint8_t free_in =
            (uint8_t)((s->excluded_in[d] & MAY) << 1 | s->excluded_in[d] >> 1);
        uint8_t free_end =
            (uint8_t)((s->excluded_end[d] & MAY) << 1 | s->excluded_end[d] >> 1);
        s->eligible_in[d] = both(s->eligible_in[d], free_in);
        s->eligible_end[d] = both(s->eligible_end[d], free_end);
    }
}

/* ---- days ---- */

/* The inputs at the end of a day, when the sieve knows each. */
static bool tick_known(const struct run *r, size_t d, struct us_machine_inputs *in)
{
    const struct sieve *s = &r->sieve;
    bool qualified = r->machine.phase == US_PHASE_QUALIFIED;
    if (s->eligible_end[d] == EITHER || s->excluded_end[d] == EITHER) return false;
    if (s->hand_end[d] == EITHER) return false;
    if (qualified && (s->who_end[d] == EITHER || s->stays_end[d] == EITHER))
        return false;
    int64_t t = (r->p->first_day + (int64_t)d + 1) * US_DAY_US - 1;
    *in = (struct us_machine_inputs){.eligible = s->eligible_end[d] & MAY,
        .who = s->who_end[d] & MAY,
        .stays = s->stays_end[d] & MAY,
        .excluded = s->excluded_end[d] & MAY,
        .hand_raised = s->hand_end[d] & MAY,
        .converted_at = r->converted_at <= t ? r->converted_at : US_NEVER};
    return true;
}

/* Whether something may happen within a day d, before its end or at it by more than the
 * inputs there. */
static bool within_day(const struct run *r, size_t d)
{
    const struct sieve *s = &r->sieve;
    const struct us_machine *m = &r->machine;
    if (m->phase == US_PHASE_QUALIFIED)
        return (s->excluded_in[d] & MAY) ||
               us_day(r->converted_at) == r->p->first_day + (int64_t)d;
    if (m->phase == US_PHASE_COOLING)
        return m->must_reset && (s->eligible_in[d] & MAY_NOT);
    if (m->must_reset) return s->eligible_in[d] & MAY_NOT;
    if (m->holding) return (s->excluded_in[d] | s->hand_in[d]) & MAY;
    return s->eligible_in[d] & MAY;
}

/* The next day, d or later, on which the machine is worth a look. */
static size_t next_day(const struct run *r, size_t d)
{
    const struct sieve *s = &r->sieve;
    const struct us_machine *m = &r->machine;
    size_t days = r->p->days;
    if (m->phase == US_PHASE_NONE && !m->holding && !m->must_reset) {
        for (; d < days && !(s->eligible_in[d] & MAY); d++) {
        }
        return d;
    }
    if (m->phase != US_PHASE_QUALIFIED || m->holding) return d;
    int64_t due = us_day(us_machine_due(&r->def->times, m)) - r->p->first_day;
    int64_t conversion = us_day(r->converted_at) - r->p->first_day;
    for (; d < days; d++) {
        bool stays = s->who_end[d] == MAY && s->stays_end[d] == MAY &&
                     s->excluded_in[d] == MAY_NOT;
        if (!stays || (int64_t)d >= due || (int64_t)d == conversion) break;
    }
    return d;
}

static void days_run(struct run *r)
{
    struct us_replay *p = r->p;
    bool hours = r->def->times.hour_ticks;
    int64_t start = us_day(p->start) - p->first_day;
    for (size_t d = start > 0 ? (size_t)start : 0; d < p->days && !r->over; d++) {
        if (!hours) d = next_day(r, d);
        if (d >= p->days) break;
        int64_t day = p->first_day + (int64_t)d;
        struct us_machine_inputs in;
        if (hours || within_day(r, d) || !tick_known(r, d, &in)) {
            day_exactly(r, day);
        } else {
            int64_t t = (day + 1) * US_DAY_US - 1;
            if (t <= p->until) step(r, &in, t);
        }
    }
}

/* ---- the aim ---- */

/* The first moment of a day at which the aim holds; US_NEVER. */
static int64_t aim_on(struct run *r, const struct us_outcome *o, int64_t day)
{
    struct us_replay *p = r->p;
    bool condition = o->kind == US_OUTCOME_CONDITION;
    struct us_moments_asked asked = {.nodes = &o->node,
        .count = condition,
        .hours = r->def->times.hour_ticks,
        .first = true,
        .all = !condition};
    struct us_moments m = us_past_moments(p->past, &asked, day);
    for (size_t i = 0; i < m.count; i++) {
        int64_t t = m.at[i];
        if (t < p->start || t > p->until) continue;
        bool now = condition ? holds(r, o->node, t)
                             : us_outcome_of_facts(o, &p->runs->facts, t, &p->work);
        if (now) return t;
    }
    return US_NEVER;
}

/* Money moves by time too; a payment and a deal come with their line. */
static bool aim_may(const struct run *r, const struct us_outcome *o, int64_t day)
{
    const struct us_log *f = &r->p->runs->facts;
    if (o->kind == US_OUTCOME_MRR || o->kind == US_OUTCOME_ARR) return f->payment_count;
    for (size_t i = 0; i < f->payment_count; i++)
        if (us_day(f->payments[i].from) == day) return true;
    for (size_t i = 0; i < f->deal_count; i++)
        if (us_day(f->deals[i].from) == day) return true;
    return false;
}

/* The first evaluation moment at which the aim holds; US_NEVER. */
static int64_t aim_at(struct run r)
{
    struct us_replay *p = r.p;
    r.user = US_NOBODY;
    if (r.def->aim == US_NODE_NONE) return US_NEVER;
    const struct us_outcome *o = &p->rules->outcomes[r.def->aim];
    bool condition = o->kind == US_OUTCOME_CONDITION;
    struct us_day_truth truth = {0};
    if (condition && us_past_never(p->past, o->node)) return US_NEVER;
    if (condition) truth = us_past_truth(p->past, o->node);
    for (size_t d = 0; d < p->days; d++) {
        int64_t day = p->first_day + (int64_t)d;
        bool may = condition ? truth.in[d] & US_CAN_YES : aim_may(&r, o, day);
        int64_t t = may ? aim_on(&r, o, day) : US_NEVER;
        if (t != US_NEVER) return t;
    }
    return US_NEVER;
}

/* ---- asking ---- */

static struct us_machine account_run(
    struct us_replay *p, uint32_t definition, bool first_only)
{
    struct run r = {.p = p,
        .def = &p->rules->definitions[definition],
        .index = definition,
        .user = US_NOBODY,
        .first_only = first_only,
        .converted_at = US_NEVER};
    if (never(&r)) return r.machine;
    sieve_make(&r);
    bool some = false;
    for (size_t d = 0; d < p->days && !some; d++)
        some = r.sieve.eligible_in[d] & MAY;
    if (!some) return r.machine;
    r.converted_at = first_only ? US_NEVER : aim_at(r);
    days_run(&r);
    return r.machine;
}

static struct us_machine person_run(struct us_replay *p, uint32_t definition,
    uint32_t user, struct us_replay_answer account, int64_t converted_at)
{
    struct run r = {.p = p,
        .def = &p->rules->definitions[definition],
        .index = definition,
        .user = user,
        .account = account.items,
        .account_count = account.count,
        .converted_at = converted_at};
    bool within = r.def->within != US_NODE_NONE;
    if (within && !account.count) return r.machine;
    int64_t first = within ? account.items[0].change.t : p->start;
    size_t d = (size_t)(us_day(first) - p->first_day);
    for (; d < p->days; d++)
        day_exactly(&r, p->first_day + (int64_t)d);
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

static int64_t people_aim(struct us_replay *p, uint32_t definition)
{
    struct run r = {
        .p = p, .def = &p->rules->definitions[definition], .user = US_NOBODY};
    return aim_at(r);
}

struct us_replay_answer us_replay_ask(
    struct us_replay *p, uint32_t definition, bool first_only)
{
    const struct us_definition *def = &p->rules->definitions[definition];
    size_t from = p->out_count;
    if (p->start == US_NEVER || p->start > p->until) return cut(p, from);
    if (!def->pql) {
        account_run(p, definition, first_only);
        return cut(p, from);
    }
    struct us_replay_answer account = account_of(p, def);
    if (def->within != US_NODE_NONE && !account.count) return cut(p, from);
    int64_t converted = people_aim(p, definition);
    for (size_t i = 0; i < p->runs->facts.person_count; i++) {
        const struct us_log_person *person = &p->runs->facts.people[i];
        if (person->identified)
            person_run(p, definition, person->id, account, converted);
    }
    return cut(p, from);
}

struct us_machine us_replay_machine(
    struct us_replay *p, uint32_t definition, uint32_t user)
{
    const struct us_definition *def = &p->rules->definitions[definition];
    struct us_machine none = {0};
    if (p->start == US_NEVER || p->start > p->until) return none;
    if (!def->pql) return account_run(p, definition, false);
    struct us_replay_answer account = account_of(p, def);
    return person_run(p, definition, user, account, people_aim(p, definition));
}
