/* live_sync.c: conditions as they stand, when to look at them again, and whom a change
 * concerns.
 *
 * An atom is watched from the moment it is read until it changes. Fresh says that its
 * level is that of now: nothing that could have changed it has happened since. A count
 * lane's need is the least count of the bucket at which a watched atom could change.
 */

#include "signal/live_inner.h"

#include <math.h>
#include <string.h>

/* Rows since ever are counted modulo 2^32: none waits for more than half of it. */
#define NEED_MOST (INT64_C(1) << 30)

static uint64_t *bits_of(const struct us_now *q, uint32_t place)
{
    return (uint64_t *)(void *)(q->block + place);
}

static uint8_t *level_of(const struct us_now *q, uint32_t atom)
{
    return (uint8_t *)q->block + q->plan->levels + atom;
}

static uint32_t *need_at(const struct us_now *q, uint32_t place)
{
    return (uint32_t *)(void *)(q->block + place);
}

static void bit_put(uint64_t *bits, uint32_t i, bool on)
{
    uint64_t bit = UINT64_C(1) << (i % 64);
    bits[i / 64] = on ? bits[i / 64] | bit : bits[i / 64] & ~bit;
}

/* ---- levels ---- */

bool us_atom_compare(const struct us_atom *a, double v)
{
    switch ((int)a->op) {
    case US_OP_EQ: return v == a->constant;
    case US_OP_NE: return v != a->constant;
    case US_OP_LT: return v < a->constant;
    case US_OP_LE: return v <= a->constant;
    case US_OP_GT: return v > a->constant;
    default: return v >= a->constant;
    }
}

/* Rows, buckets or people of a simple atom's window. */
int64_t us_atom_number(struct us_now *q, const struct us_atom *a)
{
    const struct us_lane_live *lane = &q->plan->lanes[a->lane];
    us_now_window(q, (int64_t)a->n - 1, 0);
    if (a->kind == US_ATOM_PEOPLE) return us_people_count(q, lane);
    return a->buckets ? us_ring_buckets(q, lane) : us_ring_count(q, lane);
}

static us_truth compute(struct us_now *q, const struct us_atom *a)
{
    us_wide sum = 0;
    bool holds = false;
    switch ((us_atom_kind)a->kind) {
    case US_ATOM_COUNT:
    case US_ATOM_PEOPLE:
        holds = us_atom_compare(a, (double)us_atom_number(q, a));
        break;
    case US_ATOM_SUM:
        us_now_window(q, (int64_t)a->n - 1, 0);
        sum = us_ring_sum(q, &q->plan->lanes[a->lane]);
        holds = us_atom_compare(a, us_in_units(sum));
        break;
    case US_ATOM_AGE:
    case US_ATOM_OTHER:
    case US_ATOM_FREE:
    default: return us_atom_level(q, a);
    }
    return holds ? US_IS_TRUE : US_IS_FALSE;
}

/* ---- marks ---- */

void us_live_touch(struct us_live *l, struct us_head *h, uint32_t slot)
{
    if (h->touched || h->quiet) return;
    h->touched = true;
    l->touched_count++;
    *us_new(&l->touched[l->touched_side], struct us_live_touched, 1) =
        (struct us_live_touched){slot, US_MEMBER_NONE};
}

void us_live_touch_member(struct us_live *l, uint32_t slot, uint32_t member)
{
    struct us_sheet *s = us_sheet_of(l, member, true);
    const struct us_head *h = (const void *)us_live_block(l, slot);
    if (s->touched || h->quiet) return;
    s->touched = true;
    l->touched_count++;
    *us_new(&l->touched[l->touched_side], struct us_live_touched, 1) =
        (struct us_live_touched){slot, member};
}

static void mark(struct us_now *q, const struct us_atom *a, bool up, bool down)
{
    uint64_t *marked = bits_of(q, q->plan->marked);
    const uint64_t *cared = bits_of(q, q->plan->cared);
    bool some = false;
    for (uint32_t i = 0; i < q->plan->words; i++) {
        uint64_t more = (up ? a->rise[i] : 0) | (down ? a->fall[i] : 0);
        more |= a->all[i] & cared[i];
        some |= more != 0;
        marked[i] |= more;
    }
    if (some) us_live_touch(q->live, q->head, q->slot);
}

/* ---- needs ---- */

/* The least whole number above v for which the comparison is another; never: too far
 * to matter. */
int64_t us_atom_next(const struct us_atom *a, int64_t v)
{
    double c = a->constant;
    double now = (double)v;
    double next = NAN;
    if (!(c < 4e9)) return INT64_MAX;
    switch ((int)a->op) {
    case US_OP_GE:
    case US_OP_LT:
        if (now < c) next = ceil(c);
        break;
    case US_OP_GT:
    case US_OP_LE:
        if (now <= c) next = floor(c) + 1;
        break;
    default:
        if (now == c)
            next = now + 1;
        else if (now < c && floor(c) == c)
            next = c;
        break;
    }
    return isnan(next) ? INT64_MAX : (int64_t)next;
}

/* How many more rows in a bucket leave it as it is, and one. */
static uint32_t allowance(struct us_now *q, const struct us_atom *a, bool asleep)
{
    static const uint32_t steps[] = {4096, 512, 64, 16, 4, 1};
    if (a->kind == US_ATOM_FREE) return 1;
    struct us_leaves l;
    us_leaves_read(q, a, asleep && a->steady, &l);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (us_leaves_are_one(q, &l, steps[i])) return steps[i] + 1;
    return 1;
}

/* After how many more rows of its lanes a may change. */
static int64_t more_of(struct us_now *q, const struct us_atom *a, bool asleep)
{
    if (a->each) return 1;
    if (a->kind != US_ATOM_COUNT) return allowance(q, a, asleep);
    int64_t now = us_atom_number(q, a);
    if (a->buckets) { /* the first row of a bucket is looked at in any case */
        bool today = us_hot_count_of(q, &q->plan->lanes[a->lane])->today > 0;
        return today ? NEED_MOST : 1;
    }
    int64_t next = us_atom_next(a, now);
    return next == INT64_MAX ? NEED_MOST : next - now;
}

/* Sums as doubles round: near the constant every row is looked at. */
static void sum_need(
    struct us_now *q, const struct us_lane_live *lane, const struct us_atom *a)
{
    struct us_hot_sum *hot = us_hot_sum_of(q, lane);
    double edge = a->constant * US_MILLION;
    double margin = 4 + fabs(edge) * 1e-14;
    if (a->kind != US_ATOM_SUM) hot->high = INT64_MIN;
    if (hot->high == INT64_MIN) return;
    us_now_window(q, (int64_t)a->n - 1, 0);
    double sum = (double)us_ring_sum(q, lane);
    double today = (double)hot->today;
    double high = today + (edge - margin - sum);
    double low = today - (sum - edge - margin);
    bool below = sum < edge - margin;
    bool above = sum > edge + margin;
    if (!(fabs(high) < 9e15) || !(fabs(low) < 9e15) || (!below && !above)) {
        hot->high = INT64_MIN;
    } else if (below) {
        if ((int64_t)high - 2 < hot->high) hot->high = (int64_t)high - 2;
    } else if ((int64_t)low + 2 > hot->low) {
        hot->low = (int64_t)low + 2;
    }
}

/* Put down the needs of all that a stands on. */
static void put_needs(struct us_now *q, uint32_t atom)
{
    const struct us_atom *a = &q->plan->atoms[atom];
    bool asleep = us_bit(bits_of(q, q->plan->asleep), atom);
    int64_t more = -1;
    for (uint32_t i = 0; i < a->source_count; i++) {
        if (a->sources[i] >= q->plan->lane_count) continue;
        const struct us_lane_live *lane = &q->plan->lanes[a->sources[i]];
        if (lane->keep == US_KEEP_SUM) sum_need(q, lane, a);
        if (!us_is_count(lane)) continue;
        if (more < 0) more = more_of(q, a, asleep);
        if (more > NEED_MOST) more = NEED_MOST;
        us_ring_roll(q, lane);
        struct us_hot_count *hot = us_hot_count_of(q, lane);
        uint32_t need = hot->today + (uint32_t)more;
        if (need < hot->need) hot->need = need;
        *need_at(q, a->needs[i]) = hot->base + need;
    }
}

/* ---- reading and looking again ---- */

/* Its level as of now; and if it was watched and is another, whom that concerns. A row
 * that can bring a change by time nearer counts as one. */
static void renew(struct us_now *q, uint32_t atom, us_why why)
{
    const struct us_atom *a = &q->plan->atoms[atom];
    uint64_t *watched = bits_of(q, q->plan->watched);
    uint64_t *asleep = bits_of(q, q->plan->asleep);
    uint8_t *kept = level_of(q, atom);
    bool free = a->kind == US_ATOM_FREE;
    uint8_t now = free ? 0 : (uint8_t)compute(q, a);
    bool row = why != US_WHY_READ && why != US_WHY_MOVED;
    bool moved = why == US_WHY_MOVED || (row && free);
    if (why == US_WHY_LATE) moved |= a->settled > 0;
    if (row && !moved && us_bit(asleep, atom)) moved = !us_atom_is_fixed(q, a);
    bool changed = us_bit(watched, atom) && (now != *kept || moved);
    if (changed) mark(q, a, moved || now > *kept, moved || now < *kept);
    *kept = now;
    bool keep = why == US_WHY_READ || !changed;
    bit_put(watched, atom, keep);
    bit_put(bits_of(q, q->plan->fresh), atom, keep && !a->instant);
    if (!keep) bit_put(asleep, atom, false);
    if (keep) put_needs(q, atom);
}

us_value us_atom_read(struct us_now *q, uint32_t atom)
{
    const struct us_atom *a = &q->plan->atoms[atom];
    if (!us_bit(bits_of(q, q->plan->fresh), atom)) renew(q, atom, US_WHY_READ);
    if (a->kind == US_ATOM_FREE) return us_now_leaf(q, &q->plan->plan->nodes[a->node]);
    uint8_t kept = *level_of(q, atom);
    return kept == US_IS_UNKNOWN ? us_missing() : us_bool(kept == US_IS_TRUE);
}

us_truth us_atom_peek(struct us_now *q, uint32_t atom)
{
    bool fresh = us_bit(bits_of(q, q->plan->fresh), atom);
    return fresh ? *level_of(q, atom) : compute(q, &q->plan->atoms[atom]);
}

void us_atom_sleep(struct us_now *q, uint32_t atom, bool asleep)
{
    bit_put(bits_of(q, q->plan->asleep), atom, asleep);
    if (asleep && q->plan->atoms[atom].steady) put_needs(q, atom);
}

/* ---- all on a source ---- */

/* Whether a row that came to a lane can concern one of its conditions. */
static bool looks(
    const struct us_now *q, const struct us_lane_live *lane, uint32_t atom, us_why why)
{
    const struct us_atom *a = &q->plan->atoms[atom];
    if (why == US_WHY_LATE || why == US_WHY_MOVED) return true;
    if (a->kind == US_ATOM_PEOPLE)
        return why == US_WHY_ROW && q->live->gap >= (int64_t)a->n;
    if (us_bit(bits_of(q, q->plan->asleep), atom)) return true;
    if (a->settled) return false;
    return why == US_WHY_ROW || a->first || lane->keep == US_KEEP_SUM;
}

static void sync_all(struct us_now *q, const struct us_lane_live *lane, us_why why)
{
    const uint64_t *watched = bits_of(q, q->plan->watched);
    for (uint32_t i = 0; i < lane->atom_count; i++) {
        uint32_t atom = lane->atoms[i];
        if (us_bit(watched, atom) && looks(q, lane, atom, why)) renew(q, atom, why);
    }
}

/* Those whose need is reached, and those that the first row of a bucket concerns. What
 * a window loses between makes a need no less. */
static void sync_counts(struct us_now *q, const struct us_lane_live *lane, us_why why)
{
    const uint64_t *watched = bits_of(q, q->plan->watched);
    struct us_hot_count *hot = us_hot_count_of(q, lane);
    uint32_t rows = hot->base + hot->today;
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; i < lane->atom_count; i++) {
        uint32_t atom = lane->atoms[i];
        if (!us_bit(watched, atom)) continue;
        const struct us_atom *a = &q->plan->atoms[atom];
        const uint32_t *need = need_at(q, lane->needs + 4 * i);
        bool reached = why == US_WHY_LATE || (int32_t)(*need - rows) <= 0;
        bool wakes = !a->steady && us_bit(bits_of(q, q->plan->asleep), atom);
        bool first = why == US_WHY_FIRST && (a->first || wakes);
        if (reached || first) renew(q, atom, why);
        if (us_bit(watched, atom) && *need - hot->base < least)
            least = *need - hot->base;
    }
    hot->need = hot->today ? least : 0;
}

void us_source_sync(struct us_now *q, uint32_t source, us_why why)
{
    const struct us_live_plan *p = q->plan;
    if (q->head->quiet) return;
    if (q->live->taking) {
        q->live->moved[q->live->moved_count++] =
            (struct us_moved){source, why, q->live->gap};
        return;
    }
    if (source >= p->lane_count) {
        const struct us_sources *s = &p->others[source - p->lane_count];
        for (uint32_t i = 0; i < s->count; i++)
            if (us_bit(bits_of(q, p->watched), s->atoms[i]))
                renew(q, s->atoms[i], US_WHY_MOVED);
        return;
    }
    const struct us_lane_live *lane = &p->lanes[source];
    if (us_is_count(lane) && !lane->user) {
        sync_counts(q, lane, why);
        return;
    }
    struct us_hot_sum *sum = us_hot_sum_of(q, lane);
    if (lane->keep == US_KEEP_SUM)
        *sum = (struct us_hot_sum){sum->today, INT64_MAX, INT64_MIN};
    sync_all(q, lane, lane->keep == US_KEEP_FIRST ? US_WHY_MOVED : why);
}
