/* live.c: accounts and their rows. */

#include "signal/live.h"

#include "base/err.h"
#include "signal/live_inner.h"

#include <string.h>

/* Address space, not memory: the ceilings of one thread's accounts. */
static const size_t BYTES_MAX = (size_t)64 << 30;
static const size_t TEXT_BYTES_MAX = (size_t)4 << 30;

struct us_live *us_live_new(const struct us_live_plan *p, struct us_arena *a)
{
    struct us_live *l = us_new(a, struct us_live, 1);
    l->plan = p;
    us_arena_init(&l->slots, BYTES_MAX / 16);
    us_arena_init(&l->blocks, BYTES_MAX);
    us_arena_init(&l->home, BYTES_MAX / 16);
    us_arena_init(&l->members, BYTES_MAX);
    us_arena_init(&l->sheets, BYTES_MAX);
    us_arena_init(&l->touched[0], TEXT_BYTES_MAX);
    us_arena_init(&l->touched[1], TEXT_BYTES_MAX);
    us_arena_init(&l->wides.values, TEXT_BYTES_MAX);
    us_pool_init(&l->pool, BYTES_MAX / 2);
    us_print_map_init(&l->elsewhere);
    us_print_map_init(&l->wides.map);
    us_intern_init(&l->texts);
    l->moved = us_new(a, struct us_moved, p->lane_count + 1);
    l->day_from = l->day_to = l->hour_from = l->hour_to = US_ALWAYS;
    return l;
}

void us_live_done(struct us_live *l)
{
    us_arena_done(&l->slots);
    us_arena_done(&l->blocks);
    us_arena_done(&l->home);
    us_arena_done(&l->members);
    us_arena_done(&l->sheets);
    us_arena_done(&l->touched[0]);
    us_arena_done(&l->touched[1]);
    us_arena_done(&l->wides.values);
    us_pool_done(&l->pool);
    us_print_map_done(&l->elsewhere);
    us_print_map_done(&l->wides.map);
    us_intern_done(&l->texts);
}

size_t us_live_bytes(const struct us_live *l)
{
    size_t tables = us_print_map_bytes(&l->elsewhere) +
                    us_print_map_bytes(&l->wides.map) + l->texts.slot_count * 8;
    return us_arena_used(&l->slots) + us_arena_used(&l->blocks) +
           us_arena_used(&l->home) + us_arena_used(&l->members) +
           us_arena_used(&l->sheets) + us_arena_used(&l->wides.values) + l->pool.used +
           us_arena_used(&l->texts.bytes) + us_arena_used(&l->texts.rows) + tables;
}

size_t us_live_people_bytes(const struct us_live *l)
{
    return us_arena_used(&l->home) + us_arena_used(&l->members) +
           us_arena_used(&l->sheets) + us_print_map_bytes(&l->elsewhere);
}

/* ---- accounts ---- */

static struct us_head *head_of(const struct us_live *l, uint32_t slot)
{
    return (struct us_head *)(void *)us_live_block(l, slot);
}

uint32_t us_live_slot(struct us_live *l, uint32_t account)
{
    if (account >= l->account_count) {
        us_new(&l->slots, uint32_t, account + 1 - l->account_count);
        l->account_count = (size_t)account + 1;
    }
    uint32_t *slot = (uint32_t *)(void *)l->slots.base + account;
    if (*slot) return *slot - 1;
    char *block = us_alloc(&l->blocks, 1, 64, l->plan->block_bytes);
    memcpy(block, l->plan->begun_block, l->plan->block_bytes);
    ((struct us_head *)(void *)block)->account = account;
    *slot = (uint32_t)++l->slot_count;
    const uint64_t *marked = us_live_marked(l, *slot - 1);
    uint64_t some = 0;
    for (uint32_t i = 0; i < l->plan->words; i++)
        some |= marked[i];
    if (some) us_live_touch(l, (struct us_head *)(void *)block, *slot - 1);
    return *slot - 1;
}

uint32_t us_live_slot_count(const struct us_live *l)
{
    return (uint32_t)l->slot_count;
}

uint32_t us_live_account(const struct us_live *l, uint32_t slot)
{
    return head_of(l, slot)->account;
}

uint32_t us_live_find(const struct us_live *l, uint32_t account)
{
    if (account >= l->account_count) return US_SLOT_NONE;
    return ((const uint32_t *)(const void *)l->slots.base)[account] - 1;
}

void us_live_prefetch(const struct us_live *l, uint32_t slot, uint32_t who)
{
    enum { LINE = 64 };
    const char *block = us_live_block(l, slot);
    for (uint32_t at = 0; at < l->plan->watched; at += LINE) /* what every row reads */
        __builtin_prefetch(block + at, 1);
    if (who >= l->home_count) return;
    uint32_t home = ((const uint32_t *)(const void *)l->home.base)[who];
    if (home) __builtin_prefetch(us_member_at(l, home - 1), 1);
}

uint64_t *us_live_marked(struct us_live *l, uint32_t slot)
{
    return (uint64_t *)(void *)(us_live_block(l, slot) + l->plan->marked);
}

uint64_t *us_live_cared(struct us_live *l, uint32_t slot)
{
    return (uint64_t *)(void *)(us_live_block(l, slot) + l->plan->cared);
}

int64_t *us_live_due(struct us_live *l, uint32_t slot)
{
    return &head_of(l, slot)->due;
}

bool us_live_stale(const struct us_live *l, uint32_t slot)
{
    return head_of(l, slot)->stale;
}

/* ---- touched ---- */

bool us_live_any_touched(const struct us_live *l)
{
    return l->touched_count > 0;
}

size_t us_live_take_touched(struct us_live *l, const struct us_live_touched **out)
{
    size_t count = l->touched_count;
    *out =
        (const struct us_live_touched *)(const void *)l->touched[l->touched_side].base;
    l->touched_side = 1 - l->touched_side;
    us_arena_reset(&l->touched[l->touched_side]);
    l->touched_count = 0;
    return count;
}

void us_live_rest(struct us_live *l, const struct us_live_touched *of)
{
    if (of->member == US_MEMBER_NONE)
        head_of(l, of->slot)->touched = false;
    else
        us_sheet_of(l, of->member, true)->touched = false;
}

void us_live_busy(struct us_live *l, uint32_t slot)
{
    head_of(l, slot)->touched = true;
}

void us_live_nudge(struct us_live *l, uint32_t slot)
{
    us_live_touch(l, head_of(l, slot), slot);
}

/* ---- the moment ---- */

/* What is seen since ever comes at any moment. */
static void clock_set(struct us_live *l, int64_t t)
{
    if (t == US_ALWAYS) return;
    if (t < l->hour_from || t >= l->hour_to) {
        int64_t hour = us_hour(t);
        l->hour = (int32_t)hour;
        l->hour_from = hour * US_HOUR_US;
        l->hour_to = l->hour_from + US_HOUR_US;
    }
    if (t < l->day_from || t >= l->day_to) {
        int64_t day = us_day(t);
        l->day = (int32_t)day;
        l->day_from = day * US_DAY_US;
        l->day_to = l->day_from + US_DAY_US;
    }
}

/* Needs of a unit say nothing in a new bucket of it. */
static void needs_void(const struct us_live_plan *p, char *block, us_window_unit unit)
{
    struct us_hot_count *counts = (void *)(block + p->counts[unit]);
    struct us_hot_sum *sums = (void *)(block + p->sums[unit]);
    for (uint32_t i = 0; i < p->count_counts[unit]; i++)
        counts[i].need = 0;
    for (uint32_t i = 0; i < p->sum_counts[unit]; i++)
        sums[i].high = INT64_MIN;
}

static void new_hour(
    const struct us_live_plan *p, char *block, struct us_head *h, int32_t hour)
{
    uint64_t *fresh = (uint64_t *)(void *)(block + p->fresh);
    needs_void(p, block, US_HOURS);
    for (uint32_t i = 0; i < p->atom_words; i++)
        fresh[i] &= ~p->hourly[i];
    h->hour = hour;
}

static void new_day(
    const struct us_live_plan *p, char *block, struct us_head *h, int32_t day)
{
    uint64_t *fresh = (uint64_t *)(void *)(block + p->fresh);
    needs_void(p, block, US_DAYS);
    for (uint32_t i = 0; i < p->atom_words; i++)
        fresh[i] &= ~p->daily[i];
    h->day = day;
}

static struct us_now *now_of(struct us_live *l, uint32_t slot, int64_t t)
{
    const struct us_live_plan *p = l->plan;
    struct us_now *q = &l->now;
    clock_set(l, t);
    q->live = l;
    q->plan = p;
    q->block = us_live_block(l, slot);
    q->head = (struct us_head *)(void *)q->block;
    q->slot = slot;
    q->member = US_MEMBER_NONE;
    q->t = t;
    q->start = NULL;
    if (q->head->day != l->day) new_day(p, q->block, q->head, l->day);
    if (p->hours && q->head->hour != l->hour) new_hour(p, q->block, q->head, l->hour);
    return q;
}

struct us_now *us_live_now(struct us_live *l, uint32_t slot, int64_t t)
{
    return now_of(l, slot, t);
}

void us_now_of(struct us_now *q, uint32_t member)
{
    q->member = member;
}

struct us_now *us_live_row(struct us_live *l, uint32_t slot, int64_t t)
{
    struct us_now *q = now_of(l, slot, t);
    if (t >= q->head->due) us_live_touch(l, q->head, slot);
    return q;
}

/* ---- events ---- */

/* One row on its way into lanes. */
struct row {
    struct us_now *q;
    const struct us_log_event *e;
    const us_value *values;
    bool settled; /* today and this hour: it is of the newest bucket in any unit */
};

static us_value property(const struct row *r, uint32_t node)
{
    const struct us_node *n = &r->q->plan->plan->nodes[node];
    if (n->op == US_OP_PROPERTY) return r->values[n->column];
    us_value args[US_NODE_ARGS_MAX + 1];
    for (uint32_t i = 0; i < n->arg_count; i++)
        args[i] = property(r, us_node_arg(n, i));
    return us_node_apply(n, args);
}

static bool matches(const struct row *r, uint32_t where)
{
    us_value v = property(r, where);
    return v.kind == US_BOOL && v.truth;
}

/* A need is reached, or the row is the first of its bucket. */
static void count_look(
    struct us_now *q, const struct us_lane_live *lane, uint32_t source)
{
    const struct us_hot_count *hot = us_hot_count_of(q, lane);
    us_meta_of(q, lane)->last = us_live_bucket(q->live, lane->unit);
    if (hot->today >= hot->need)
        us_source_sync(q, source, hot->need ? US_WHY_ROW : US_WHY_FIRST);
}

static void count_take(
    struct us_now *q, const struct us_lane_live *lane, uint32_t source)
{
    struct us_hot_count *hot = us_hot_count_of(q, lane);
    if (us_meta_of(q, lane)->bucket != us_live_bucket(q->live, lane->unit)) {
        hot->today--; /* what stood there is of an older bucket */
        us_ring_roll(q, lane);
        hot->today++;
    }
    count_look(q, lane, source);
}

static void ring_take(const struct row *r, const struct us_lane_live *lane,
    uint32_t source, int64_t value)
{
    struct us_now *q = r->q;
    int32_t bucket = r->settled ? us_live_bucket(q->live, lane->unit)
                                : us_bucket(lane->unit, r->e->at);
    us_ring_roll(q, lane);
    if (!us_ring_add(q, lane, bucket, value)) return;
    bool newest = bucket == us_meta_of(q, lane)->bucket;
    if (lane->keep == US_KEEP_SUM && value < 0 && !q->block[lane->minus]) {
        q->block[lane->minus] = 1;
        us_source_sync(q, source, US_WHY_MOVED);
        return;
    }
    if (newest && us_is_count(lane)) {
        count_look(q, lane, source);
        return;
    }
    if (newest && lane->keep == US_KEEP_SUM) {
        const struct us_hot_sum *hot = us_hot_sum_of(q, lane);
        if (hot->today < hot->high && hot->today > hot->low) return;
    }
    us_source_sync(q, source, newest ? US_WHY_ROW : US_WHY_LATE);
}

static void day_take(
    const struct row *r, const struct us_lane_live *lane, uint32_t source)
{
    int32_t *kept = (int32_t *)(void *)(r->q->block + lane->hot);
    int32_t day = (int32_t)us_day(r->e->at);
    bool first = lane->keep == US_KEEP_FIRST;
    if (*kept != US_BUCKET_NONE && (first ? day >= *kept : day <= *kept)) return;
    *kept = day;
    us_source_sync(r->q, source, US_WHY_ROW);
}

static us_why why_of(
    const struct us_now *q, const struct us_lane_live *lane, int32_t bucket)
{
    bool late = bucket < us_live_bucket(q->live, lane->unit);
    return late ? US_WHY_LATE : US_WHY_ROW;
}

static void list_take(const struct row *r, const struct us_lane_live *lane,
    uint32_t source, const int64_t *millionths)
{
    struct us_now *q = r->q;
    struct us_brought b = {.at = r->e->at,
        .bucket = us_bucket(lane->unit, r->e->at),
        .user = r->e->user,
        .number = millionths != NULL,
        .millionths = millionths ? *millionths : 0,
        .values = r->values};
    if (lane->user && q->member == US_MEMBER_NONE) return;
    if (lane->user) us_sheet_of(q->live, q->member, true);
    if (!us_list_add(q, lane, &b)) return;
    if (lane->user)
        us_live_touch_member(q->live, q->slot, q->member);
    else
        us_source_sync(q, source, why_of(q, lane, b.bucket));
}

/* Most rows are of a day that is there already, and that the newest one. */
static void days_take(
    const struct row *r, const struct us_lane_live *lane, uint32_t source)
{
    int32_t *newest = (int32_t *)(void *)(r->q->block + lane->hot);
    int32_t day = (int32_t)us_day(r->e->at);
    if (day == *newest) return;
    if (day > *newest) *newest = day;
    list_take(r, lane, source, NULL);
}

static void people_take(
    const struct row *r, const struct us_lane_live *lane, uint32_t source)
{
    struct us_now *q = r->q;
    int32_t bucket = us_bucket(lane->unit, r->e->at);
    if (q->member == US_MEMBER_NONE) return;
    us_why why = us_people_add(q, lane, q->member, bucket);
    if (why == US_WHY_READ) return;
    bool late = bucket < us_live_bucket(q->live, lane->unit);
    us_source_sync(q, source, late ? US_WHY_LATE : why);
}

static void lane_take(const struct row *r, uint32_t source)
{
    struct us_now *q = r->q;
    const struct us_lane_live *lane = &q->plan->lanes[source];
    int64_t millionths = 0;
    bool number = lane->column != US_NODE_NONE &&
                  us_decimal(r->values[lane->column], &millionths);
    if (lane->column != US_NODE_NONE && lane->keep != US_KEEP_START && !number) return;
    if (lane->user) {
        list_take(r, lane, source, number ? &millionths : NULL);
        return;
    }
    switch ((us_keep)lane->keep) {
    case US_KEEP_COUNT:
    case US_KEEP_NUMBERS: ring_take(r, lane, source, 1); return;
    case US_KEEP_SUM:
    case US_KEEP_HIGHEST:
    case US_KEEP_LOWEST: ring_take(r, lane, source, millionths); return;
    case US_KEEP_PEOPLE: people_take(r, lane, source); return;
    case US_KEEP_FIRST:
    case US_KEEP_LAST: day_take(r, lane, source); return;
    case US_KEEP_DAYS: days_take(r, lane, source); return;
    case US_KEEP_VALUES:
    case US_KEEP_MOMENTS:
    case US_KEEP_NEWEST:
    case US_KEEP_START: list_take(r, lane, source, number ? &millionths : NULL); return;
    case US_KEEPS:
    default: return;
    }
}

static void begin(struct row *r)
{
    struct us_now *q = r->q;
    if (r->e->at < q->head->begun) {
        q->head->begun = r->e->at;
        us_list_begun(q, false);
        us_source_sync(q, US_SOURCE_BEGUN(q->plan), US_WHY_MOVED);
    }
    if (!q->plan->user_begun || q->member == US_MEMBER_NONE) return;
    struct us_sheet *s = us_sheet_of(q->live, q->member, true);
    if (r->e->at >= s->begun) return;
    s->begun = r->e->at;
    us_list_begun(q, true);
    us_live_touch_member(q->live, q->slot, q->member);
}

void us_live_event(struct us_live *l, uint32_t slot, const struct us_log_event *e,
    const us_value *values)
{
    const struct us_live_plan *p = l->plan;
    struct us_now *q = us_live_row(l, slot, e->from);
    struct row r = {.q = q, .e = e, .values = values};
    r.settled = e->at >= l->day_from && (!p->hours || e->at >= l->hour_from);
    if (p->members && e->user != US_NOBODY)
        q->member = us_member_of(l, slot, e->user, true);
    begin(&r);
    l->taking = true;
    size_t name = e->name == US_NAME_OTHER ? p->plan->need.name_count : e->name;
    const struct us_routes *routes = &p->routes[name];
    for (uint32_t i = 0; i < routes->count; i++) {
        const struct us_route *route = &routes->items[i];
        if (route->where != US_NODE_NONE && !matches(&r, route->where)) continue;
        for (uint32_t k = 0; k < route->count; k++) {
            const struct us_lane_live *lane = &p->lanes[route->lanes[k]];
            bool plain = lane->keep == US_KEEP_COUNT && !lane->user && r.settled;
            if (!plain) {
                lane_take(&r, route->lanes[k]);
                continue;
            }
            struct us_hot_count *hot = us_hot_count_of(q, lane);
            if (++hot->today >= hot->need) count_take(q, lane, route->lanes[k]);
        }
    }
    l->taking = false;
    for (size_t i = 0; i < l->moved_count; i++) {
        l->gap = l->moved[i].gap;
        us_source_sync(q, l->moved[i].source, l->moved[i].why);
    }
    l->moved_count = 0;
}
