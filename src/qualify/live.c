/* live.c: shards: rows in, time onward, transitions out. */

#include "qualify/live.h"

#include "base/err.h"
#include "qualify/live_inner.h"

#include <stdlib.h>
#include <string.h>

/* Address space, not memory: the ceilings of one thread's accounts. */
static const size_t BYTES_MAX = (size_t)32 << 30;

/* ---- what is watched ---- */

struct watching {
    struct us_live_watch *list;
    size_t count;
    uint32_t group;
};

static void watch(struct watching *w, uint32_t node, us_turn turn)
{
    if (node == US_NODE_NONE) return;
    w->list[w->count++] = (struct us_live_watch){node, w->group, turn};
}

/* What may make an account eligible, and what is asked while it is qualified. Of people
 * every change counts: there may be one for whom it does. */
static void watch_definition(
    struct watching *w, const struct us_rules *r, const struct us_definition *def)
{
    for (int turn = US_TURN_RISE; turn <= (def->pql ? US_TURN_FALL : US_TURN_RISE);
         turn++) {
        us_turn other = turn == US_TURN_RISE ? US_TURN_FALL : US_TURN_RISE;
        watch(w, def->who, (us_turn)turn);
        for (size_t i = 0; i < def->must_count; i++)
            watch(w, def->must[i], (us_turn)turn);
        for (int axis = 0; axis < US_AXES; axis++)
            for (size_t i = 0; i < def->score_count[axis]; i++)
                watch(w, def->score[axis][i], (us_turn)turn);
        watch(w, def->stay, def->pql ? (us_turn)turn : US_TURN_CARE);
        watch(w, r->exclude, other);
        if (!def->pql) watch(w, r->hand_raise, US_TURN_RISE);
        if (def->aim != US_NODE_NONE)
            watch(w, r->outcomes[def->aim].node, US_TURN_RISE);
    }
}

static size_t watches_most(const struct us_rules *r)
{
    size_t most = 1;
    for (size_t i = 0; i < r->definition_count; i++) {
        const struct us_definition *def = &r->definitions[i];
        size_t one = 5 + def->must_count;
        for (int axis = 0; axis < US_AXES; axis++)
            one += def->score_count[axis];
        most += 2 * one;
    }
    return most;
}

static void bit_set(uint64_t *bits, uint32_t i)
{
    bits[i / 64] |= UINT64_C(1) << (i % 64);
}

struct us_live_rules *us_live_rules_new(const struct us_rules *r, struct us_arena *a)
{
    struct us_live_rules *l = us_new(a, struct us_live_rules, 1);
    uint32_t count = (uint32_t)r->definition_count;
    struct watching w = {.list = us_new(a, struct us_live_watch, watches_most(r))};
    l->rules = r;
    l->words = US_LIVE_WORDS(count);
    l->accounts = us_new(a, uint64_t, l->words + 1);
    l->people = us_new(a, uint64_t, l->words + 1);
    l->money_aims = us_new(a, uint64_t, l->words + 1);
    l->deal_aims = us_new(a, uint64_t, l->words + 1);
    for (uint32_t i = 0; i < count; i++) {
        const struct us_definition *def = &r->definitions[i];
        w.group = i;
        watch_definition(&w, r, def);
        bit_set(def->pql ? l->people : l->accounts, i);
        l->hours |= def->times.hour_ticks;
        l->some_people |= def->pql;
        if (def->aim == US_NODE_NONE) continue;
        us_outcome_kind kind = r->outcomes[def->aim].kind;
        bool deal = kind == US_OUTCOME_DEAL_CREATED || kind == US_OUTCOME_DEAL_WON;
        if (deal) bit_set(l->deal_aims, i);
        if (!deal && kind != US_OUTCOME_CONDITION) bit_set(l->money_aims, i);
    }
    struct us_live_asked asked = {.watches = w.list,
        .count = w.count,
        .groups = count,
        .payments = r->plan->need.payments,
        .deals = r->plan->need.deals,
        .people = l->some_people};
    l->plan = us_live_plan_new(r->plan, &asked, a);
    us_live_rules_begin(l, a);
    return l;
}

const struct us_live_plan *us_live_rules_plan(const struct us_live_rules *r)
{
    return r->plan;
}

/* ---- shards ---- */

struct us_shard *us_shard_new(const struct us_live_rules *r,
    const struct us_shard_calls *calls, struct us_arena *a)
{
    struct us_shard *s = us_new(a, struct us_shard, 1);
    s->of = r;
    s->calls = *calls;
    s->live = us_live_new(r->plan, a);
    us_pool_init(&s->pool, BYTES_MAX);
    us_arena_init(&s->accounts, BYTES_MAX);
    us_arena_init(&s->ticks, BYTES_MAX);
    us_arena_init(&s->fired_room, BYTES_MAX);
    us_arena_init(&s->work, BYTES_MAX);
    us_arena_init(&s->order, BYTES_MAX);
    s->stepped = us_new(a, uint64_t, r->words + 1);
    s->due = us_new(a, uint64_t, r->words + 1);
    s->moved = us_new(a, uint64_t, r->words + 1);
    s->given = us_new(a, uint64_t, r->words + 1);
    s->none = us_new(a, uint64_t, r->words + 1);
    s->now = s->ticked = US_ALWAYS;
    s->least_tick = INT32_MAX;
    s->only = US_SLOT_NONE;
    return s;
}

void us_shard_done(struct us_shard *s)
{
    us_live_done(s->live);
    us_pool_done(&s->pool);
    us_arena_done(&s->accounts);
    us_arena_done(&s->ticks);
    us_arena_done(&s->fired_room);
    us_arena_done(&s->work);
    us_arena_done(&s->order);
}

struct us_live *us_shard_live(struct us_shard *s)
{
    return s->live;
}

size_t us_shard_bytes(const struct us_shard *s)
{
    return us_live_bytes(s->live) + s->pool.used + us_arena_used(&s->accounts) +
           us_arena_used(&s->ticks);
}

/* ---- transitions out ---- */

static int firing_order(const void *a, const void *b)
{
    const struct us_firing *x = a;
    const struct us_firing *y = b;
    if (x->account != y->account) return x->account < y->account ? -1 : 1;
    if (x->definition != y->definition) return x->definition < y->definition ? -1 : 1;
    return (x->user > y->user) - (x->user < y->user);
}

static void emit(struct us_shard *s)
{
    if (s->fired_count == 0) return;
    qsort(s->fired, s->fired_count, sizeof *s->fired, firing_order);
    for (size_t i = 0; i < s->fired_count; i++)
        s->calls.take(s->calls.ctx, &s->fired[i]);
    s->fired_count = 0;
}

/* ---- moments of rows ---- */

static void give_again(struct us_shard *s, uint32_t slot, int64_t t)
{
    us_live_clear(s->live, slot);
    s->again = true;
    if (s->feed)
        us_shard_feed_again(s, t);
    else
        s->calls.again(s->calls.ctx, s, us_live_account(s->live, slot), t);
    s->again = false;
    us_live_settled(s->live, slot);
}

void us_shard_put_off(struct us_shard *s, uint32_t slot)
{
    const struct us_shard_account *a = us_shard_account_at(s, slot);
    const uint64_t *marked = us_live_marked(s->live, slot);
    bool some = false;
    for (uint32_t w = 0; w < s->of->words; w++)
        some |= (marked[w] & (s->of->accounts[w] | s->of->people[w])) != 0;
    if (!some) return;
    *us_live_due(s->live, slot) = US_ALWAYS;
    if (a->moment == US_ALWAYS) return;
    int32_t tick = (int32_t)us_hour(s->now);
    *us_shard_tick_at(s, slot) = tick;
    if (tick < s->least_tick) s->least_tick = tick;
}

/* Definitions that nothing in the plan marks. */
static void mark(struct us_shard *s, uint32_t slot, const uint64_t *definitions)
{
    uint64_t *marked = us_live_marked(s->live, slot);
    bool some = false;
    for (uint32_t w = 0; w < s->of->words; w++) {
        marked[w] |= definitions[w];
        some |= definitions[w] != 0;
    }
    if (some) us_live_nudge(s->live, slot);
}

/* All of one account that was touched: itself first, then its people. */
static void settle_one(
    struct us_shard *s, const struct us_live_touched *list, size_t count)
{
    uint32_t slot = list[0].slot;
    struct us_settling of = {.slot = slot, .t = s->now, .row = true};
    bool itself = list[count - 1].member == US_MEMBER_NONE;
    of.touched = list;
    of.touched_count = itself ? count - 1 : count;
    int64_t moment = us_shard_account_at(s, slot)->moment;
    if (moment == US_ALWAYS || moment != s->now) {
        if (of.touched_count) mark(s, slot, s->of->people);
        us_shard_put_off(s, slot);
    } else {
        us_live_busy(s->live, slot);
        if (us_live_stale(s->live, slot)) give_again(s, slot, s->now);
        us_shard_settle(s, &of);
        us_live_rest(s->live, &(struct us_live_touched){slot, US_MEMBER_NONE});
    }
    for (size_t i = 0; i < count; i++)
        us_live_rest(s->live, &list[i]);
}

static int touched_order(const void *a, const void *b)
{
    const struct us_live_touched *x = a;
    const struct us_live_touched *y = b;
    if (x->slot != y->slot) return x->slot < y->slot ? -1 : 1;
    return (x->member > y->member) - (x->member < y->member);
}

static void settle_rows(struct us_shard *s)
{
    const struct us_live_touched *taken = NULL;
    size_t count = us_live_take_touched(s->live, &taken);
    struct us_live_touched one = {0};
    struct us_live_touched *list = &one;
    if (count == 0) return;
    if (count > 1) list = us_new(&s->work, struct us_live_touched, count);
    memcpy(list, taken, count * sizeof *list);
    if (count > 1) qsort(list, count, sizeof *list, touched_order);
    for (size_t from = 0; from < count;) {
        size_t to = from + 1;
        while (to < count && list[to].slot == list[from].slot)
            to++;
        settle_one(s, list + from, to - from);
        from = to;
    }
    us_arena_reset(&s->work);
}

/* ---- ticks ---- */

static void tick(struct us_shard *s, int64_t t)
{
    int32_t hour = (int32_t)us_hour(t);
    const int32_t *ticks = us_shard_tick_at(s, 0);
    bool one = s->only != US_SLOT_NONE;
    size_t end = one ? (size_t)s->only + 1 : s->account_count;
    s->least_tick = INT32_MAX;
    for (uint32_t slot = one ? s->only : 0; slot < end; slot++) {
        if (ticks[slot] <= hour) {
            struct us_settling of = {.slot = slot, .t = t};
            us_live_busy(s->live, slot);
            us_shard_settle(s, &of);
            us_live_rest(s->live, &(struct us_live_touched){slot, US_MEMBER_NONE});
        }
        if (ticks[slot] < s->least_tick) s->least_tick = ticks[slot];
    }
}

static int64_t end_of(bool hours, int64_t t)
{
    return hours ? (us_hour(t) + 1) * US_HOUR_US - 1 : (us_day(t) + 1) * US_DAY_US - 1;
}

/* The next tick at which some account is due, now or later. */
static int64_t next_tick(const struct us_shard *s)
{
    if (s->least_tick == INT32_MAX || s->now == US_ALWAYS) return US_NEVER;
    int64_t from = s->now > s->ticked ? s->now : s->ticked + 1;
    int64_t least = (int64_t)s->least_tick * US_HOUR_US;
    return end_of(s->of->hours, from > least ? from : least);
}

/* All moments before t, and at it too when `with`. */
static void advance(struct us_shard *s, int64_t t, bool with)
{
    if (us_live_any_touched(s->live)) settle_rows(s);
    for (int64_t at = next_tick(s); at < t || (with && at == t); at = next_tick(s)) {
        if (at != s->now) emit(s);
        s->now = at;
        tick(s, at);
        s->ticked = at;
    }
    emit(s);
    s->now = t;
}

int64_t us_shard_due(const struct us_shard *s)
{
    return next_tick(s);
}

void us_shard_until(struct us_shard *s, int64_t t)
{
    if (s->now != US_ALWAYS && s->now <= t) advance(s, t, true);
}

/* ---- rows ---- */

void us_shard_account_new(struct us_shard *s, uint32_t slot)
{
    for (; s->account_count <= slot; s->account_count++) {
        struct us_shard_account *a = us_new(&s->accounts, struct us_shard_account, 1);
        a->moment = US_ALWAYS;
        a->people_due = US_NEVER;
        *us_new(&s->ticks, int32_t, 1) = INT32_MAX;
    }
}

static uint32_t begin(struct us_shard *s, uint32_t account, int64_t from)
{
    bool moment = !s->again && from != US_ALWAYS;
    if (moment && from != s->now) {
        us_assert(from > s->now);
        advance(s, from, false);
    }
    uint32_t slot = us_live_slot(s->live, account);
    if (slot >= s->account_count) us_shard_account_new(s, slot);
    if (moment) us_shard_account_at(s, slot)->moment = from;
    return slot;
}

void us_shard_event(struct us_shard *s, uint32_t account, const struct us_log_event *e,
    const us_value *values)
{
    us_live_event(s->live, begin(s, account, e->from), e, values);
}

void us_shard_trait(struct us_shard *s, uint32_t account, const struct us_log_trait *r)
{
    us_live_trait(s->live, begin(s, account, r->from), r);
}

void us_shard_payment(
    struct us_shard *s, uint32_t account, const struct us_log_payment *r)
{
    uint32_t slot = begin(s, account, r->from);
    us_live_payment(s->live, slot, r);
    mark(s, slot, s->of->money_aims);
}

void us_shard_deal(struct us_shard *s, uint32_t account, const struct us_log_deal *r)
{
    uint32_t slot = begin(s, account, r->from);
    us_live_deal(s->live, slot, r);
    mark(s, slot, s->of->deal_aims);
}

void us_shard_prefetch(const struct us_shard *s, uint32_t account, uint32_t who)
{
    uint32_t slot = us_live_find(s->live, account);
    if (slot >= s->account_count) return;
    us_live_prefetch(s->live, slot, who);
    __builtin_prefetch(us_shard_account_at(s, slot), 1);
    __builtin_prefetch(us_shard_tick_at(s, slot), 1);
}

void us_shard_person(struct us_shard *s, uint32_t account, uint32_t user)
{
    if (!s->of->some_people) return;
    uint32_t slot = begin(s, account, US_ALWAYS);
    if (!us_live_person(s->live, slot, user)) mark(s, slot, s->of->people);
}

void us_shard_left(struct us_shard *s, uint32_t account, int64_t t)
{
    uint32_t slot = begin(s, account, t);
    give_again(s, slot, t);
}
