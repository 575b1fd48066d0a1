/* live_people.c: who was there, exactly and without any list of who was there when.
 *
 * Of each person in an account the bucket last seen is known, and of each bucket how
 * many were last seen in it: people in the window that ends now are the sum over its
 * buckets. Windows that end earlier (prior, trend) have their number put down as each
 * bucket ends; a late row may add to those, which the bits of a person's earlier
 * buckets decide.
 */

#include "base/err.h"
#include "signal/live_inner.h"

#include <string.h>

/* A bucket as 16 bits: 0 never, 1 longer ago than any window, else past the base. */
enum { LONG_AGO = 1, STAMP_FIRST = 2, STAMP_MOST = 65000, BASE_BACK = 32000 };

/* ---- members ---- */

static uint32_t *home_of(const struct us_live *l)
{
    return (uint32_t *)(void *)l->home.base;
}

static us_print elsewhere_key(uint32_t slot, uint32_t user)
{
    uint64_t pair = (uint64_t)slot << 32 | user;
    return (us_print){us_hash((us_str){(const char *)&pair, sizeof pair}), pair};
}

static void sheet_clear(struct us_live *l, struct us_sheet *s)
{
    const struct us_live_plan *p = l->plan;
    for (size_t i = 0; i < p->lane_count; i++) {
        const struct us_lane_live *lane = &p->lanes[i];
        if (lane->user) us_list_free(l, lane, us_sheet_list(p, s, lane->list));
    }
    memset(s, 0, p->sheet_bytes);
    s->begun = US_NEVER;
}

struct us_sheet *us_sheet_of(struct us_live *l, uint32_t member, bool make)
{
    const struct us_live_plan *p = l->plan;
    if (!p->sheets) return NULL;
    struct us_member *m = us_member_at(l, member);
    const struct us_head *head = (const void *)us_live_block(l, m->slot);
    uint32_t *at = (uint32_t *)(void *)((char *)m + p->sheet_at);
    if (m->epoch != head->epoch && !make) return NULL; /* of rows that were cleared */
    if (!*at && make) {
        struct us_sheet *s = us_alloc(&l->sheets, 1, alignof(us_wide), p->sheet_bytes);
        s->begun = US_NEVER;
        *at = (uint32_t)++l->sheet_count;
    }
    if (!*at) return NULL;
    return (void *)(l->sheets.base + (size_t)(*at - 1) * p->sheet_bytes);
}

static uint32_t member_new(struct us_live *l, uint32_t slot, uint32_t user)
{
    struct us_member *m =
        us_alloc(&l->members, 1, alignof(struct us_member), l->plan->member_bytes);
    m->slot = slot;
    if (l->plan->user_at) memcpy((char *)m + l->plan->user_at, &user, sizeof user);
    m->epoch = ((const struct us_head *)(const void *)us_live_block(l, slot))->epoch;
    return (uint32_t)l->member_count++;
}

/* Of an account that was cleared: as if new. */
static uint32_t renewed(struct us_live *l, uint32_t member)
{
    struct us_member *m = us_member_at(l, member);
    const struct us_head *head = (const void *)us_live_block(l, m->slot);
    if (m->epoch == head->epoch) return member;
    m->epoch = head->epoch;
    memset(m->stamps, 0, l->plan->stamp_bytes);
    struct us_sheet *s = us_sheet_of(l, member, false);
    if (s) sheet_clear(l, s);
    return member;
}

uint32_t us_live_user(const struct us_live *l, uint32_t member)
{
    uint32_t user = US_NOBODY;
    const struct us_member *m = us_member_at(l, member);
    us_assert(l->plan->user_at);
    memcpy(&user, (const char *)m + l->plan->user_at, sizeof user);
    return user;
}

uint32_t us_member_of(struct us_live *l, uint32_t slot, uint32_t user, bool make)
{
    if (user >= l->home_count && make) {
        size_t more = user + 1 - l->home_count;
        us_new(&l->home, uint32_t, more);
        l->home_count += more;
    }
    uint32_t first = user < l->home_count ? home_of(l)[user] : 0;
    if (first && us_member_at(l, first - 1)->slot == slot) return renewed(l, first - 1);
    uint32_t *at = NULL;
    if (first) at = us_print_map_find(&l->elsewhere, elsewhere_key(slot, user));
    if (at) return renewed(l, *at);
    if (!make) return US_MEMBER_NONE;
    uint32_t member = member_new(l, slot, user);
    if (!first) {
        home_of(l)[user] = member + 1;
    } else {
        bool fresh = false;
        *us_print_map_put(&l->elsewhere, elsewhere_key(slot, user), &fresh) = member;
    }
    return member;
}

/* ---- stamps ---- */

static uint16_t *stamp_at(struct us_member *m, const struct us_lane_live *lane)
{
    return (uint16_t *)(void *)((char *)m + lane->stamp);
}

/* All stamps of a unit count from a later base. */
static void rebase(struct us_live *l, uint8_t unit)
{
    l->stamp_base[unit] += BASE_BACK;
    for (uint32_t i = 0; i < l->member_count; i++) {
        struct us_member *m = us_member_at(l, i);
        for (size_t k = 0; k < l->plan->lane_count; k++) {
            const struct us_lane_live *lane = &l->plan->lanes[k];
            if (lane->keep != US_KEEP_PEOPLE || lane->unit != unit) continue;
            uint16_t *stamp = stamp_at(m, lane);
            if (*stamp < STAMP_FIRST) continue;
            bool kept = *stamp >= BASE_BACK + STAMP_FIRST;
            *stamp = kept ? (uint16_t)(*stamp - BASE_BACK) : LONG_AGO;
        }
    }
}

static uint16_t stamp_of(struct us_live *l, uint8_t unit, int32_t bucket)
{
    if (unit == US_ALL) return STAMP_FIRST;
    if (!l->based) {
        l->based = true;
        l->stamp_base[US_DAYS] = l->day - BASE_BACK;
        l->stamp_base[US_HOURS] = l->hour - BASE_BACK;
    }
    while ((int64_t)bucket - l->stamp_base[unit] > STAMP_MOST)
        rebase(l, unit);
    int64_t stamp = (int64_t)bucket - l->stamp_base[unit];
    return stamp < STAMP_FIRST ? LONG_AGO : (uint16_t)stamp;
}

static int32_t bucket_of(const struct us_live *l, uint8_t unit, uint16_t stamp)
{
    if (unit == US_ALL) return 0;
    return stamp < STAMP_FIRST ? US_BUCKET_NONE : l->stamp_base[unit] + stamp;
}

/* ---- bits: i is the bucket i before the last ---- */

static bool bit_get(const uint16_t *bits, uint32_t i)
{
    return bits[i / 16] >> (i % 16) & 1;
}

static void bit_set(uint16_t *bits, uint32_t i)
{
    bits[i / 16] = (uint16_t)(bits[i / 16] | 1U << (i % 16));
}

/* The last moves on by so many buckets. */
static void bits_move(uint16_t *bits, uint32_t back, int64_t by)
{
    uint32_t words = (back + 15) / 16;
    int64_t skip = by / 16;
    unsigned shift = (unsigned)(by % 16);
    for (int64_t i = words - 1; i >= 0; i--) {
        uint32_t high = i >= skip ? bits[i - skip] : 0;
        uint32_t low = i > skip ? bits[i - skip - 1] : 0;
        bits[i] = (uint16_t)(high << shift | (shift ? low >> (16 - shift) : 0));
    }
}

/* Whether it was there in some bucket of [from, to]. */
static bool was_there(
    const uint16_t *bits, uint32_t back, int32_t last, int32_t from, int32_t to)
{
    if (last == US_BUCKET_NONE || from > last) return false;
    if (to > last) to = last;
    for (int32_t b = to; b >= from && (int64_t)last - b < back; b--)
        if (bit_get(bits, (uint32_t)(last - b))) return true;
    return false;
}

/* ---- the ring of those last seen in each bucket ---- */

static uint16_t *cells_at(const struct us_now *q, uint32_t place)
{
    return (uint16_t *)(void *)(q->block + place);
}

/* A lane's own ring is part 0 of it. */
static uint32_t which_of(
    const struct us_now *q, const struct us_lane_live *lane, uint32_t part)
{
    return (uint32_t)(lane - q->plan->lanes) | part << 24;
}

int64_t us_people_last(
    const struct us_now *q, const struct us_lane_live *lane, int32_t bucket)
{
    uint16_t cell = cells_at(q, lane->cells)[us_ring_place(lane->reach, bucket)];
    return us_cell_get(q, cell, which_of(q, lane, 0), bucket);
}

static void last_seen_add(
    struct us_now *q, const struct us_lane_live *lane, int32_t bucket, int64_t more)
{
    uint16_t *cell = &cells_at(q, lane->cells)[us_ring_place(lane->reach, bucket)];
    int64_t now = us_cell_get(q, *cell, which_of(q, lane, 0), bucket) + more;
    us_cell_set(q, cell, which_of(q, lane, 0), bucket, now);
}

static int64_t within(const struct us_now *q, const struct us_lane_live *lane,
    int32_t newest, int64_t count)
{
    if (count <= 0) return 0;
    const uint16_t *cells = cells_at(q, lane->cells);
    uint32_t all = (uint32_t)count;
    uint32_t last = us_ring_place(lane->reach, newest);
    uint32_t below = all < last + 1 ? all : last + 1;
    bool wide = false;
    int64_t sum = us_cells_sum(cells + last + 1 - below, below, &wide);
    sum += us_cells_sum(cells + lane->reach - (all - below), all - below, &wide);
    if (!wide) return sum;
    sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += us_people_last(q, lane, newest - (int32_t)i);
    return sum;
}

/* Put down the numbers of the buckets that are over. */
static void put_down(struct us_now *q, const struct us_lane_live *lane, uint32_t part)
{
    const struct us_live_past *past = &lane->past[part];
    const struct us_lane_meta *meta = us_meta_of(q, lane);
    int64_t now = us_live_bucket(q->live, lane->unit);
    int64_t from = now - past->n - 1;
    if (from < meta->bucket) from = meta->bucket;
    uint16_t *cells = cells_at(q, past->cells);
    for (int64_t d = from; d < now; d++) {
        int64_t beyond = d - meta->bucket; /* nobody was seen in those */
        int64_t count =
            beyond < past->n ? within(q, lane, meta->bucket, past->n - beyond) : 0;
        us_cell_set(q, &cells[us_ring_place(past->n + 2, (int32_t)d)],
            which_of(q, lane, part + 1), (int32_t)d, count);
    }
    cells[us_ring_place(past->n + 2, (int32_t)now)] = 0; /* not over yet */
}

static bool is_quiet(const struct us_now *q, const struct us_lane_live *lane)
{
    const struct us_lane_meta *meta = us_meta_of(q, lane);
    if (meta->last == US_BUCKET_NONE) return true;
    int64_t least = lane->reach;
    for (uint32_t i = 0; i < lane->past_count; i++)
        if (2 * lane->past[i].n + 2 > least) least = 2 * lane->past[i].n + 2;
    return (int64_t)meta->bucket - meta->last >= least;
}

void us_people_roll(struct us_now *q, const struct us_lane_live *lane)
{
    struct us_lane_meta *meta = us_meta_of(q, lane);
    int32_t now = us_live_bucket(q->live, lane->unit);
    if (meta->bucket == now) return;
    if (!is_quiet(q, lane)) {
        for (uint32_t i = 0; i < lane->past_count; i++)
            put_down(q, lane, i);
        int64_t gone = (int64_t)now - meta->bucket;
        if (gone > lane->reach) gone = lane->reach;
        uint16_t *cells = cells_at(q, lane->cells);
        for (int32_t i = 0; i < (int32_t)gone; i++)
            cells[us_ring_place(lane->reach, now - i)] = 0;
    }
    meta->bucket = now;
}

/* A late row adds the person to the windows that ended since and that it was not in. */
static bool past_add(struct us_now *q, const struct us_lane_live *lane,
    const uint16_t *bits, int32_t last, int32_t bucket)
{
    int32_t now = us_meta_of(q, lane)->bucket;
    bool changed = false;
    for (uint32_t i = 0; i < lane->past_count; i++) {
        const struct us_live_past *past = &lane->past[i];
        int32_t n = (int32_t)past->n;
        uint16_t *cells = cells_at(q, past->cells);
        int32_t from = bucket > now - n - 1 ? bucket : now - n - 1;
        for (int32_t d = from; d < now && d < bucket + n; d++) {
            if (was_there(bits, lane->back, last, d - n + 1, d)) continue;
            uint16_t *cell = &cells[us_ring_place(past->n + 2, d)];
            uint32_t which = which_of(q, lane, i + 1);
            us_cell_set(q, cell, which, d, us_cell_get(q, *cell, which, d) + 1);
            changed = true;
        }
    }
    return changed;
}

us_why us_people_add(
    struct us_now *q, const struct us_lane_live *lane, uint32_t member, int32_t bucket)
{
    struct us_live *l = q->live;
    struct us_member *m = us_member_at(l, member);
    uint16_t *stamp = stamp_at(m, lane);
    uint16_t *bits = stamp + 1;
    uint16_t fresh = stamp_of(l, lane->unit, bucket);
    if (*stamp == fresh) return US_WHY_READ;
    us_people_roll(q, lane);
    struct us_lane_meta *meta = us_meta_of(q, lane);
    int32_t last = bucket_of(l, lane->unit, *stamp);
    bool changed = false;
    if (bucket < meta->bucket) changed = past_add(q, lane, bits, last, bucket);
    if (*stamp > fresh) { /* seen later already */
        int64_t before = (int64_t)last - bucket;
        if (lane->back && before < lane->back) bit_set(bits, (uint32_t)before);
        return changed ? US_WHY_ROW : US_WHY_READ;
    }
    bool known = last != US_BUCKET_NONE && *stamp != 0;
    bool counted = known && (int64_t)meta->bucket - last < (int64_t)lane->reach;
    if (counted) last_seen_add(q, lane, last, -1);
    if ((int64_t)meta->bucket - bucket < (int64_t)lane->reach)
        last_seen_add(q, lane, bucket, 1);
    bool first = bucket > meta->last; /* windows to come will have somebody */
    if (first) meta->last = bucket;
    if (lane->back) {
        bits_move(bits, lane->back, known ? (int64_t)bucket - last : UINT16_MAX);
        bit_set(bits, 0);
    }
    *stamp = fresh;
    l->gap = known ? (int64_t)meta->bucket - last : INT64_MAX;
    changed |= l->gap >= (int64_t)lane->least;
    if (changed) return US_WHY_ROW;
    return first && lane->daily ? US_WHY_FIRST : US_WHY_READ;
}

int64_t us_people_count(struct us_now *q, const struct us_lane_live *lane)
{
    us_people_roll(q, lane);
    const struct us_lane_meta *meta = us_meta_of(q, lane);
    if (q->young == 0) {
        int64_t count = (int64_t)q->old + 1;
        if (count > lane->reach) count = lane->reach;
        return is_quiet(q, lane) ? 0 : within(q, lane, meta->bucket, count);
    }
    for (uint32_t i = 0; i < lane->past_count; i++) {
        const struct us_live_past *past = &lane->past[i];
        if ((int32_t)past->n != q->old - q->young + 1) continue;
        int32_t d = meta->bucket - q->young;
        uint16_t cell = cells_at(q, past->cells)[us_ring_place(past->n + 2, d)];
        return us_cell_get(q, cell, which_of(q, lane, i + 1), d);
    }
    us_assert(false); /* every window asked of it was planned */
    return 0;
}
