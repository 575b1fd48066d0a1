/* live_redefine.c: definitions that have, or once had, another text; and machines that
 * go on as they were told. */

#include "qualify/live_inner.h"

#include <stdlib.h>
#include <string.h>

static bool bit_of(const uint64_t *bits, uint32_t i)
{
    return bits[i / 64] >> (i % 64) & 1;
}

static void people_forget(struct us_shard *s, uint32_t slot, uint32_t definition)
{
    struct us_shard_account *a = us_shard_account_at(s, slot);
    struct us_kept_person *people = us_vec_items(&s->pool, &a->people);
    for (uint32_t i = 0; i < a->people.count; i++) {
        if (people[i].definition != definition) continue;
        people[i].machine = (struct us_machine){0};
        people[i].due = s->now;
        if (s->now < a->people_due) a->people_due = s->now;
    }
}

/* The machines, of accounts and of people, are looked at at their account's next row or
 * tick. */
void us_shard_forget(struct us_shard *s, uint32_t definition)
{
    for (uint32_t slot = 0; slot < s->account_count; slot++) {
        const struct us_kept *k = us_shard_kept_of(s, slot, definition);
        if (k) {
            struct us_kept_machine m = us_shard_machine_of(s, slot, k);
            m.machine = (struct us_machine){0};
            us_shard_keep(s, slot, definition, s->now, &m);
        }
        people_forget(s, slot, definition);
    }
}

void us_shard_forget_people(struct us_shard *s, uint32_t account, uint32_t definition)
{
    uint32_t slot = us_live_find(s->live, account);
    if (slot < s->account_count) people_forget(s, slot, definition);
}

static void person_give_back(
    struct us_shard *s, uint32_t slot, const struct us_given_machine *given)
{
    uint32_t member = us_live_member(s->live, slot, given->user);
    uint32_t d = given->definition;
    struct us_kept_person *found = us_shard_person_of(s, slot, d, member);
    if (!found) {
        struct us_shard_account *a = us_shard_account_at(s, slot);
        uint32_t at = us_shard_person_place(s, slot, d, member);
        found = us_vec_insert(&s->pool, &a->people, sizeof *found, at);
        *found = (struct us_kept_person){.definition = d, .member = member};
    }
    found->due = s->now;
    found->machine = given->machine;
    struct us_shard_account *a = us_shard_account_at(s, slot);
    if (s->now < a->people_due) a->people_due = s->now;
}

void us_shard_give_back(struct us_shard *s, const struct us_given_machine *given)
{
    uint32_t slot = us_live_slot(s->live, given->account);
    if (slot >= s->account_count) us_shard_account_new(s, slot);
    if (given->user != US_NOBODY) {
        person_give_back(s, slot, given);
        return;
    }
    const struct us_kept *k = us_shard_kept_of(s, slot, given->definition);
    struct us_kept_machine m = us_shard_machine_of(s, slot, k);
    m.machine = given->machine;
    us_shard_keep(s, slot, given->definition, s->now, &m);
}

/* By the new text; a machine that need not be ineligible first may enter at once. */
static void redefine(struct us_standpoint *p, struct us_machine *m)
{
    struct us_transition made;
    const struct us_machine was = *m;
    bool eligible = us_standpoint_eligible(p);
    if (!eligible) m->must_reset = false;
    if (us_machine_redefine(m, eligible, p->t, &made)) us_shard_tell(p, &made);
    us_shard_stands(p, &was, m);
}

static void cooled(struct us_standpoint *p, struct us_machine *m)
{
    const struct us_machine was = *m;
    bool cooling = m->phase == US_PHASE_COOLING;
    if (cooling && us_machine_due(&p->def->times, m) <= p->t) m->phase = US_PHASE_NONE;
    us_shard_stands(p, &was, m);
}

/* It may have cooled, or been ineligible, while nobody wrote that down. No step. */
static void look_back(struct us_standpoint *p, struct us_machine *m)
{
    const struct us_machine was = *m;
    if (m->must_reset && !us_standpoint_eligible(p)) m->must_reset = false;
    us_shard_stands(p, &was, m);
    cooled(p, m);
}

typedef void change(struct us_standpoint *p, struct us_machine *m);

static void change_account(
    struct us_shard *s, const struct us_settling *of, uint32_t definition, change *make)
{
    const struct us_kept *k = us_shard_kept_of(s, of->slot, definition);
    if (!k && make != redefine) return;
    struct us_kept_machine m = us_shard_machine_of(s, of->slot, k);
    struct us_standpoint p = us_shard_standpoint(s, of, definition);
    make(&p, &m.machine);
    us_shard_keep(s, of->slot, definition, of->t, &m);
}

/* p is of the definition and the account; at is the place of the person's record. */
static void change_person(struct us_standpoint *p, uint32_t at, change *make)
{
    struct us_shard *s = p->shard;
    const struct us_shard_account *a = us_shard_account_at(s, p->slot);
    struct us_kept_person *list = us_vec_items(&s->pool, &a->people);
    struct us_machine m = list[at].machine;
    p->member = list[at].member;
    us_now_of(p->now, p->member);
    make(p, &m);
    us_now_of(p->now, US_MEMBER_NONE);
    list = us_vec_items(&s->pool, &a->people);
    list[at].machine = m;
}

static void change_people(
    struct us_shard *s, const struct us_settling *of, uint32_t definition, change *make)
{
    const struct us_shard_account *a = us_shard_account_at(s, of->slot);
    struct us_standpoint p = us_shard_standpoint(s, of, definition);
    uint32_t at = us_shard_person_place(s, of->slot, definition, 0);
    for (; at < a->people.count; at++) {
        const struct us_kept_person *list = us_vec_items(&s->pool, &a->people);
        if (list[at].definition != definition) break;
        change_person(&p, at, make);
    }
}

static int number_order(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool moved(
    const struct us_shard *s, const struct us_shard_given *g, uint32_t slot)
{
    uint32_t account = us_live_account(s->live, slot);
    return g->moved_count && bsearch(&account, g->moved, g->moved_count, sizeof account,
                                 number_order) != NULL;
}

/* Who left as redefined is cooling, and does not enter at this moment. Of the others it
 * is none: as after a load, they look at their account's next row or tick. */
void us_shard_given(struct us_shard *s, const struct us_shard_given *given)
{
    const struct us_rules *r = s->of->rules;
    if (given->moved_count)
        qsort(given->moved, given->moved_count, sizeof *given->moved, number_order);
    memcpy(s->given, given->definitions, s->of->words * sizeof *s->given);
    for (uint32_t slot = 0; slot < s->account_count; slot++) {
        struct us_settling of = {
            .slot = slot, .t = s->now, .row = true, .only = given->redefined};
        if (moved(s, given, slot)) of.only = given->definitions;
        us_live_busy(s->live, slot);
        for (uint32_t d = 0; d < r->definition_count; d++) {
            if (!bit_of(given->definitions, d)) continue;
            change *make = bit_of(given->left, d) ? look_back : cooled;
            if (bit_of(given->redefined, d)) make = redefine;
            if (bit_of(s->of->people, d))
                change_people(s, &of, d, make);
            else
                change_account(s, &of, d, make);
        }
        uint64_t *marked = us_live_marked(s->live, slot);
        for (uint32_t w = 0; w < s->of->words; w++)
            marked[w] |= of.only[w];
        us_shard_settle(s, &of);
        us_shard_put_off(s, slot);
        us_live_rest(s->live, &(struct us_live_touched){slot, US_MEMBER_NONE});
    }
    if (s->now != US_ALWAYS) us_shard_until(s, s->now); /* tells */
}

/* ---- single machines ---- */

void us_shard_as_told(struct us_shard *s, uint32_t account, uint32_t definition)
{
    uint32_t slot = us_live_slot(s->live, account);
    if (slot >= s->account_count) us_shard_account_new(s, slot);
    struct us_kept *k = us_shard_kept_of(s, slot, definition);
    if (!k) {
        struct us_shard_account *a = us_shard_account_at(s, slot);
        k = us_vec_push(&s->pool, &a->kept, sizeof *k);
        *k = (struct us_kept){.due = US_NEVER, .definition = definition};
    }
    k->as_told = 1;
}

/* As us_shard_given goes about it, but that all others stay as they are. */
void us_shard_go_on(
    struct us_shard *s, const struct us_given_machine *told, bool looks_now)
{
    us_shard_give_back(s, told);
    us_shard_as_told(s, told->account, told->definition);
    if (s->now == US_ALWAYS) return;
    struct us_settling of = {.slot = us_live_find(s->live, told->account),
        .t = s->now,
        .row = true,
        .only = s->none};
    us_live_busy(s->live, of.slot);
    uint32_t member = US_MEMBER_NONE;
    if (told->user == US_NOBODY) {
        change_account(s, &of, told->definition, look_back);
    } else {
        struct us_standpoint p = us_shard_standpoint(s, &of, told->definition);
        member = us_live_member(s->live, of.slot, told->user);
        uint32_t at = us_shard_person_place(s, of.slot, told->definition, member);
        change_person(&p, at, look_back);
    }
    if (looks_now) us_shard_step(s, &of, told->definition, member);
    us_shard_settle(s, &of);
    us_shard_put_off(s, of.slot);
    us_live_rest(s->live, &(struct us_live_touched){of.slot, US_MEMBER_NONE});
}
