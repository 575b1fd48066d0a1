/* live_settle.c: what became of an account at a moment.
 *
 * Definitions of accounts come first, then those of people, who go by where their
 * account stands after that. A definition is stepped once a moment; which, its marks
 * and its due moment say. Reading may mark others: what a moment changed by time.
 */

#include "qualify/live_inner.h"

#include <string.h>

static bool bit_of(const uint64_t *bits, uint32_t i)
{
    return bits[i / 64] >> (i % 64) & 1;
}

static void bit_put(uint64_t *bits, uint32_t i, bool on)
{
    uint64_t bit = UINT64_C(1) << (i % 64);
    bits[i / 64] = on ? bits[i / 64] | bit : bits[i / 64] & ~bit;
}

/* ---- what is kept ---- */

struct us_kept *us_shard_kept_of(struct us_shard *s, uint32_t slot, uint32_t definition)
{
    const struct us_shard_account *a = us_shard_account_at(s, slot);
    struct us_kept *list = us_vec_items(&s->pool, &a->kept);
    for (uint32_t i = 0; i < a->kept.count; i++)
        if (list[i].definition == definition) return &list[i];
    return NULL;
}

struct us_kept_machine us_shard_machine_of(
    struct us_shard *s, uint32_t slot, const struct us_kept *k)
{
    struct us_kept_machine none = {.converted_at = US_NEVER};
    if (!k || !k->machine) return none;
    const struct us_shard_account *a = us_shard_account_at(s, slot);
    const struct us_kept_machine *list = us_vec_items(&s->pool, &a->machines);
    return list[k->machine - 1];
}

static bool is_blank(const struct us_kept_machine *m)
{
    static const struct us_machine zero;
    return m->converted_at == US_NEVER && memcmp(&m->machine, &zero, sizeof zero) == 0;
}

void us_shard_keep(struct us_shard *s, uint32_t slot, uint32_t definition, int64_t due,
    const struct us_kept_machine *m)
{
    struct us_shard_account *a = us_shard_account_at(s, slot);
    struct us_kept *k = us_shard_kept_of(s, slot, definition);
    bool blank = is_blank(m);
    if (!k && blank && due == US_NEVER) return;
    if (!k) {
        k = us_vec_push(&s->pool, &a->kept, sizeof *k);
        *k = (struct us_kept){.definition = definition};
    }
    k->due = due;
    if (blank && !k->machine) return;
    if (!k->machine) {
        us_vec_push(&s->pool, &a->machines, sizeof *m);
        k->machine = a->machines.count & INT32_MAX;
    }
    struct us_kept_machine *list = us_vec_items(&s->pool, &a->machines);
    list[k->machine - 1] = *m;
}

/* ---- one definition ---- */

struct us_standpoint us_shard_standpoint(
    struct us_shard *s, const struct us_settling *of, uint32_t definition)
{
    return (struct us_standpoint){.shard = s,
        .def = &s->of->rules->definitions[definition],
        .definition = definition,
        .slot = of->slot,
        .member = US_MEMBER_NONE,
        .now = us_live_now(s->live, of->slot, of->t),
        .t = of->t,
        .converted_at = US_NEVER};
}

void us_shard_tell(struct us_standpoint *p, const struct us_transition *made)
{
    struct us_shard *s = p->shard;
    uint32_t user =
        p->member == US_MEMBER_NONE ? US_NOBODY : us_live_user(s->live, p->member);
    *us_push(&s->fired_room, s->fired, s->fired_count, s->fired_cap) =
        (struct us_firing){
            us_live_account(s->live, p->slot), p->definition, user, *made};
}

void us_shard_stands(const struct us_standpoint *p, const struct us_machine *was,
    const struct us_machine *is)
{
    struct us_shard *s = p->shard;
    if (!s->calls.stands || is->phase == US_PHASE_QUALIFIED) return;
    bool same = was->phase == is->phase && was->must_reset == is->must_reset &&
                was->holding == is->holding &&
                (!is->holding || was->holding_since == is->holding_since);
    if (same) return;
    const struct us_kept *k = us_shard_kept_of(s, p->slot, p->definition);
    if (!bit_of(s->given, p->definition) && !(k && k->as_told)) return;
    uint32_t user =
        p->member == US_MEMBER_NONE ? US_NOBODY : us_live_user(s->live, p->member);
    s->calls.stands(
        s->calls.ctx, &(struct us_given_machine){
                          us_live_account(s->live, p->slot), p->definition, user, *is});
}

/* The first moment at which the aim holds stays that moment. */
static void latch(struct us_standpoint *p, struct us_kept_machine *m)
{
    bool asked = p->def->aim != US_NODE_NONE && m->converted_at == US_NEVER;
    if (asked && us_standpoint_aim(p)) m->converted_at = p->t;
    p->converted_at = m->converted_at;
}

static void step_account(
    struct us_shard *s, const struct us_settling *of, uint32_t definition)
{
    struct us_standpoint p = us_shard_standpoint(s, of, definition);
    struct us_kept_machine m =
        us_shard_machine_of(s, of->slot, us_shard_kept_of(s, of->slot, definition));
    struct us_transition made;
    bool cared = false;
    latch(&p, &m);
    const struct us_machine was = m.machine;
    if (us_standpoint_step(&p, &m.machine, &made)) us_shard_tell(&p, &made);
    us_shard_stands(&p, &was, &m.machine);
    int64_t due = us_standpoint_due(&p, &m.machine, &cared);
    us_shard_keep(s, of->slot, definition, due, &m);
    bit_put(us_live_cared(s->live, of->slot), definition, cared);
}

/* ---- people ---- */

/* Where the person's record is, or would be. */
uint32_t us_shard_person_place(
    const struct us_shard *s, uint32_t slot, uint32_t definition, uint32_t member)
{
    const struct us_shard_account *a = us_shard_account_at(s, slot);
    const struct us_kept_person *list = us_vec_items(&s->pool, &a->people);
    uint32_t from = 0;
    uint32_t to = a->people.count;
    while (from < to) {
        uint32_t mid = from + (to - from) / 2;
        bool before = list[mid].definition < definition ||
                      (list[mid].definition == definition && list[mid].member < member);
        if (before)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

struct us_kept_person *us_shard_person_of(
    const struct us_shard *s, uint32_t slot, uint32_t definition, uint32_t member)
{
    const struct us_shard_account *a = us_shard_account_at(s, slot);
    struct us_kept_person *list = us_vec_items(&s->pool, &a->people);
    uint32_t at = us_shard_person_place(s, slot, definition, member);
    bool there = at < a->people.count && list[at].definition == definition &&
                 list[at].member == member;
    return there ? &list[at] : NULL;
}

/* p is of the definition; the same for each person but who it is. */
static void step_person(struct us_standpoint *p, uint32_t member)
{
    static const struct us_machine zero;
    struct us_shard *s = p->shard;
    struct us_shard_account *a = us_shard_account_at(s, p->slot);
    struct us_kept_person *found =
        us_shard_person_of(s, p->slot, p->definition, member);
    struct us_kept_person kept = {
        .due = US_NEVER, .definition = p->definition, .member = member};
    struct us_transition made;
    bool cared = false;
    if (found) kept = *found;
    p->member = member;
    us_now_of(p->now, member);
    const struct us_machine was = kept.machine;
    if (us_standpoint_step(p, &kept.machine, &made)) us_shard_tell(p, &made);
    us_shard_stands(p, &was, &kept.machine);
    kept.due = us_standpoint_due(p, &kept.machine, &cared);
    us_now_of(p->now, US_MEMBER_NONE);
    p->member = US_MEMBER_NONE;
    if (kept.due < a->people_due) a->people_due = kept.due;
    bool blank = kept.due == US_NEVER && memcmp(&kept.machine, &zero, sizeof zero) == 0;
    if (!found && blank) return;
    if (!found) {
        uint32_t at = us_shard_person_place(s, p->slot, p->definition, member);
        found = us_vec_insert(&s->pool, &a->people, sizeof kept, at);
    }
    *found = kept;
}

/* Those something changed for, and those that are due by time. */
static void step_some(struct us_standpoint *p, const struct us_settling *of)
{
    struct us_shard *s = p->shard;
    const struct us_shard_account *a = us_shard_account_at(s, p->slot);
    for (size_t i = 0; i < of->touched_count; i++)
        if (us_live_is_listed(s->live, of->touched[i].member))
            step_person(p, of->touched[i].member);
    if (a->people_due > of->t) return;
    uint32_t at = us_shard_person_place(s, p->slot, p->definition, 0);
    for (; at < a->people.count; at++) {
        const struct us_kept_person *list = us_vec_items(&s->pool, &a->people);
        if (list[at].definition != p->definition) break;
        if (list[at].due <= of->t) step_person(p, list[at].member);
    }
}

static bool is_outside(const struct us_standpoint *p)
{
    struct us_shard *s = p->shard;
    if (p->def->within == US_NODE_NONE) return false;
    const struct us_kept *in = us_shard_kept_of(s, p->slot, p->def->within);
    return us_shard_machine_of(s, p->slot, in).machine.phase != US_PHASE_QUALIFIED;
}

static void step_people(
    struct us_shard *s, const struct us_settling *of, uint32_t definition, bool all)
{
    struct us_standpoint p = us_shard_standpoint(s, of, definition);
    struct us_kept_machine m =
        us_shard_machine_of(s, of->slot, us_shard_kept_of(s, of->slot, definition));
    bool asked = bit_of(us_live_marked(s->live, of->slot), definition) ||
                 bit_of(s->due, definition);
    if (asked) latch(&p, &m);
    p.converted_at = m.converted_at;
    p.outside = is_outside(&p);
    struct us_live_people people = us_live_people(s->live, of->slot);
    for (size_t i = 0; (all || asked) && i < people.count; i++)
        step_person(&p, people.members[i]);
    if (!all && !asked) step_some(&p, of);
    if (asked) us_shard_keep(s, of->slot, definition, us_standpoint_aim_due(&p), &m);
}

void us_shard_step(struct us_shard *s, const struct us_settling *of,
    uint32_t definition, uint32_t member)
{
    if (member == US_MEMBER_NONE) {
        step_account(s, of, definition);
        return;
    }
    const struct us_kept *k = us_shard_kept_of(s, of->slot, definition);
    struct us_standpoint p = us_shard_standpoint(s, of, definition);
    p.converted_at = us_shard_machine_of(s, of->slot, k).converted_at;
    p.outside = is_outside(&p);
    step_person(&p, member);
}

/* ---- the account ---- */

/* A definition looks at moments of rows, ends of days, and of hours if it has such. */
static bool looks(
    const struct us_shard *s, uint32_t definition, const struct us_settling *of)
{
    const struct us_definition *def = &s->of->rules->definitions[definition];
    if (of->only && !bit_of(of->only, definition)) return false;
    bool day = (us_day(of->t) + 1) * US_DAY_US - 1 == of->t;
    return of->row || day || def->times.hour_ticks;
}

/* Steps of definitions of accounts, as long as some are marked that had none. */
static void settle_accounts(struct us_shard *s, const struct us_settling *of)
{
    const uint64_t *marked = us_live_marked(s->live, of->slot);
    bool some = true;
    while (some) {
        some = false;
        for (uint32_t w = 0; w < s->of->words; w++) {
            uint64_t todo = (marked[w] | s->due[w]) & s->of->accounts[w];
            todo &= ~s->stepped[w];
            for (; todo; todo &= todo - 1) {
                uint32_t d = w * 64 + (uint32_t)__builtin_ctzll(todo);
                if (!looks(s, d, of)) continue;
                size_t before = s->fired_count;
                step_account(s, of, d);
                bit_put(s->stepped, d, true);
                some = true;
                if (s->fired_count != before) bit_put(s->moved, d, true);
            }
        }
    }
}

static void settle_people(struct us_shard *s, const struct us_settling *of)
{
    const struct us_rules *r = s->of->rules;
    struct us_shard_account *a = us_shard_account_at(s, of->slot);
    const uint64_t *marked = us_live_marked(s->live, of->slot);
    bool due = a->people_due <= of->t;
    for (uint32_t d = 0; d < r->definition_count; d++) {
        const struct us_definition *def = &r->definitions[d];
        if (!bit_of(s->of->people, d) || !looks(s, d, of)) continue;
        bool all = def->within != US_NODE_NONE && bit_of(s->moved, def->within);
        bool asked = bit_of(marked, d) || bit_of(s->due, d);
        if (!all && !asked && !due && !of->touched_count) continue;
        step_people(s, of, d, all);
        bit_put(s->stepped, d, true);
    }
    if (!due) return;
    const struct us_kept_person *list = us_vec_items(&s->pool, &a->people);
    a->people_due = US_NEVER;
    for (uint32_t i = 0; i < a->people.count; i++)
        if (list[i].due < a->people_due) a->people_due = list[i].due;
}

/* Marks of those that looked are answered; the others look at their own next moment. */
static void answered(struct us_shard *s, const struct us_settling *of)
{
    uint64_t *marked = us_live_marked(s->live, of->slot);
    for (uint32_t w = 0; w < s->of->words; w++) {
        marked[w] &= ~s->stepped[w] & (s->of->accounts[w] | s->of->people[w]);
        if (of->only) continue; /* they are put off */
        for (uint64_t rest = marked[w]; rest; rest &= rest - 1) {
            uint32_t d = w * 64 + (uint32_t)__builtin_ctzll(rest);
            struct us_kept_machine m =
                us_shard_machine_of(s, of->slot, us_shard_kept_of(s, of->slot, d));
            us_shard_keep(s, of->slot, d, of->t, &m);
        }
    }
}

/* The hour of the tick at which a definition that is due looks, if no row comes. */
static int64_t tick_of(const struct us_rules *r, uint32_t definition, int64_t due)
{
    if (due == US_NEVER) return INT32_MAX;
    return us_hour(us_machine_tick(&r->definitions[definition].times, due));
}

/* Due moments lie after t, but for those that could not look at it. */
static void set_due(struct us_shard *s, const struct us_settling *of)
{
    const struct us_shard_account *a = us_shard_account_at(s, of->slot);
    const struct us_kept *kept = us_vec_items(&s->pool, &a->kept);
    int64_t due = a->people_due;
    int64_t tick = INT32_MAX;
    if (due != US_NEVER)
        tick = us_hour(us_machine_tick(
            &(struct us_machine_times){.hour_ticks = s->of->hours}, due));
    for (uint32_t i = 0; i < a->kept.count; i++) {
        int64_t at = kept[i].due > of->t ? kept[i].due : of->t + 1;
        if (kept[i].due == US_NEVER) continue;
        int64_t hour = tick_of(s->of->rules, kept[i].definition, at);
        if (kept[i].due < due) due = kept[i].due;
        if (hour < tick) tick = hour;
    }
    *us_live_due(s->live, of->slot) = due;
    *us_shard_tick_at(s, of->slot) = (int32_t)tick;
    if (tick < s->least_tick) s->least_tick = (int32_t)tick;
}

void us_shard_settle(struct us_shard *s, const struct us_settling *of)
{
    const struct us_shard_account *a = us_shard_account_at(s, of->slot);
    const struct us_kept *kept = us_vec_items(&s->pool, &a->kept);
    size_t bytes = s->of->words * sizeof(uint64_t);
    memset(s->stepped, 0, bytes);
    memset(s->due, 0, bytes);
    memset(s->moved, 0, bytes);
    for (uint32_t i = 0; i < a->kept.count; i++)
        if (kept[i].due <= of->t) bit_put(s->due, kept[i].definition, true);
    settle_accounts(s, of);
    if (s->of->some_people) settle_people(s, of);
    answered(s, of);
    set_due(s, of);
}

struct us_machine us_shard_machine(
    struct us_shard *s, uint32_t account, uint32_t definition, uint32_t user)
{
    uint32_t slot = us_live_slot(s->live, account);
    if (slot >= s->account_count) return (struct us_machine){0};
    if (user == US_NOBODY)
        return us_shard_machine_of(s, slot, us_shard_kept_of(s, slot, definition))
            .machine;
    uint32_t member = us_live_member(s->live, slot, user);
    const struct us_kept_person *found =
        us_shard_person_of(s, slot, definition, member);
    return found ? found->machine : (struct us_machine){0};
}
