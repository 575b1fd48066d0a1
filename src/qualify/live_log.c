/* live_log.c: one account from its log, through the live form. */

#include "base/err.h"
#include "qualify/live_inner.h"

#include <stdlib.h>

typedef enum kind { EVENT, TRAIT, PAYMENT, DEAL } kind;

struct row {
    int64_t from, to;
    kind kind;
    uint32_t at; /* in its list */
};

struct member {
    int64_t from; /* known since */
    uint32_t user;
};

struct us_shard_feed {
    const struct us_log *log;
    struct row *rows; /* by from */
    size_t count;
    int64_t *leaves; /* moments at which some row is seen no more, in order */
    size_t leave_count;
    struct member *people; /* the identified, by from */
    size_t person_count;
};

static int row_order(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static int moment_order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int member_order(const void *a, const void *b)
{
    const struct member *x = a;
    const struct member *y = b;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    return (x->user > y->user) - (x->user < y->user);
}

static void people_put(struct us_shard_feed *f, struct us_arena *a)
{
    const struct us_log *log = f->log;
    int64_t *from = us_new(a, int64_t, log->person_count + 1);
    us_log_people_from(log, from);
    f->people = us_new(a, struct member, log->person_count + 1);
    for (size_t i = 0; i < log->person_count; i++)
        if (log->people[i].identified)
            f->people[f->person_count++] = (struct member){from[i], log->people[i].id};
    if (f->person_count)
        qsort(f->people, f->person_count, sizeof *f->people, member_order);
}

static void put(struct us_shard_feed *f, struct row row)
{
    f->rows[f->count++] = row;
    if (row.to != US_NEVER) f->leaves[f->leave_count++] = row.to;
}

static struct us_shard_feed feed_of(const struct us_log *log, struct us_arena *a)
{
    size_t most =
        log->event_count + log->trait_count + log->payment_count + log->deal_count;
    struct us_shard_feed f = {.log = log,
        .rows = us_new(a, struct row, most + 1),
        .leaves = us_new(a, int64_t, most + 1)};
    for (uint32_t i = 0; i < log->event_count; i++)
        put(&f, (struct row){log->events[i].from, log->events[i].to, EVENT, i});
    for (uint32_t i = 0; i < log->trait_count; i++)
        put(&f, (struct row){log->traits[i].from, log->traits[i].to, TRAIT, i});
    for (uint32_t i = 0; i < log->payment_count; i++)
        put(&f, (struct row){log->payments[i].from, log->payments[i].to, PAYMENT, i});
    for (uint32_t i = 0; i < log->deal_count; i++)
        put(&f, (struct row){log->deals[i].from, log->deals[i].to, DEAL, i});
    if (f.count) qsort(f.rows, f.count, sizeof *f.rows, row_order);
    if (f.leave_count) qsort(f.leaves, f.leave_count, sizeof *f.leaves, moment_order);
    people_put(&f, a);
    return f;
}

static void give(struct us_shard *s, const struct row *row)
{
    const struct us_log *log = s->feed->log;
    const us_value *values = log->values;
    if (values && row->kind == EVENT) values += row->at * log->column_count;
    switch (row->kind) {
    case EVENT: us_shard_event(s, log->account, &log->events[row->at], values); return;
    case TRAIT: us_shard_trait(s, log->account, &log->traits[row->at]); return;
    case PAYMENT: us_shard_payment(s, log->account, &log->payments[row->at]); return;
    case DEAL:
    default: us_shard_deal(s, log->account, &log->deals[row->at]); return;
    }
}

void us_shard_feed_again(struct us_shard *s, int64_t t)
{
    const struct us_shard_feed *f = s->feed;
    for (size_t i = 0; i < f->count && f->rows[i].from <= t; i++)
        if (t < f->rows[i].to) give(s, &f->rows[i]);
}

void us_shard_log(struct us_shard *s, const struct us_log *log, int64_t until)
{
    struct us_shard_feed f = feed_of(log, &s->order);
    s->feed = &f;
    size_t leave = 0;
    size_t person = 0;
    for (size_t i = 0;;) {
        int64_t from = i < f.count ? f.rows[i].from : US_NEVER;
        int64_t to = leave < f.leave_count ? f.leaves[leave] : US_NEVER;
        int64_t t = from < to ? from : to;
        if (t == US_NEVER || t > until) break;
        while (i < f.count && f.rows[i].from == t)
            give(s, &f.rows[i++]);
        for (; person < f.person_count && f.people[person].from <= t; person++)
            us_shard_person(s, log->account, f.people[person].user);
        if (to == t) us_shard_left(s, log->account, t);
        while (leave < f.leave_count && f.leaves[leave] == t)
            leave++;
    }
    us_shard_until(s, until);
    s->feed = NULL;
    us_arena_reset(&s->order);
}

void us_shard_load(struct us_shard *s, const struct us_log *log, int64_t until)
{
    uint32_t slot = us_live_slot(s->live, log->account);
    us_shard_account_new(s, slot);
    s->only = slot;
    s->now = s->ticked = US_ALWAYS;
    s->least_tick = INT32_MAX;
    us_shard_log(s, log, until);
}

static void aims_keep(struct us_shard *s, uint32_t slot, const int64_t *converted)
{
    for (uint32_t d = 0; d < s->of->rules->definition_count; d++) {
        if (converted[d] == US_NEVER) continue;
        const struct us_kept *k = us_shard_kept_of(s, slot, d);
        struct us_kept_machine m = us_shard_machine_of(s, slot, k);
        m.converted_at = converted[d];
        us_shard_keep(s, slot, d, k ? k->due : US_NEVER, &m);
    }
}

/* Rows are given as those of an account that was cleared. All definitions are then
 * marked, and look at its next row or tick; until is over, and is no moment of it. */
void us_shard_adopt(struct us_shard *s, const struct us_given_account *given)
{
    const struct us_log *log = given->log;
    struct us_shard_feed f = feed_of(log, &s->order);
    uint32_t slot = us_live_slot(s->live, log->account);
    us_shard_account_new(s, slot);
    s->only = slot;
    s->now = s->ticked = given->until;
    s->least_tick = INT32_MAX;
    us_live_clear(s->live, slot);
    s->feed = &f;
    s->again = true;
    us_shard_feed_again(s, given->until);
    s->again = false;
    s->feed = NULL;
    for (size_t i = 0; i < f.person_count && f.people[i].from <= given->until; i++)
        us_shard_person(s, log->account, f.people[i].user);
    us_live_settled(s->live, slot);
    for (size_t i = 0; i < given->count; i++)
        us_shard_give_back(s, &given->machines[i]);
    aims_keep(s, slot, given->converted);
    us_shard_account_at(s, slot)->moment = given->until - 1;
    us_shard_until(s, given->until); /* puts off what is marked */
    us_arena_reset(&s->order);
}

static void machines_blank(struct us_shard *s, uint32_t slot)
{
    struct us_shard_account *a = us_shard_account_at(s, slot);
    struct us_kept *kept = us_vec_items(&s->pool, &a->kept);
    struct us_kept_machine *machines = us_vec_items(&s->pool, &a->machines);
    struct us_kept_person *people = us_vec_items(&s->pool, &a->people);
    for (uint32_t i = 0; i < a->kept.count; i++)
        kept[i].due = s->now;
    for (uint32_t i = 0; i < a->machines.count; i++)
        machines[i] = (struct us_kept_machine){.converted_at = US_NEVER};
    for (uint32_t i = 0; i < a->people.count; i++) {
        people[i].machine = (struct us_machine){0};
        people[i].due = s->now;
    }
    if (a->people.count) a->people_due = s->now;
}

void us_shard_adopt_again(struct us_shard *s, const struct us_given_account *given)
{
    uint32_t slot = us_live_slot(s->live, given->log->account);
    int32_t least = s->least_tick;
    us_assert(s->now == given->until);
    us_shard_account_new(s, slot);
    machines_blank(s, slot);
    us_shard_adopt(s, given);
    s->only = US_SLOT_NONE;
    if (least < s->least_tick) s->least_tick = least;
}

bool us_shard_is_told(
    struct us_shard *s, uint32_t account, const struct us_log_trait *r)
{
    uint32_t slot = us_live_find(s->live, account);
    if (slot == US_SLOT_NONE || slot >= s->account_count) return true;
    return us_shard_account_at(s, slot)->moment == US_ALWAYS ||
           us_live_is_told(s->live, slot, r);
}

void us_shard_loaded(struct us_shard *s, int64_t until)
{
    s->only = US_SLOT_NONE;
    s->now = s->ticked = until;
    s->least_tick = INT32_MAX;
    for (uint32_t slot = 0; slot < s->account_count; slot++) {
        int32_t tick = *us_shard_tick_at(s, slot);
        if (tick < s->least_tick) s->least_tick = tick;
    }
}
