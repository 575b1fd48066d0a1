/* live_ring.c: cells of an account, one a bucket, as far back as some window reaches.
 *
 * The newest bucket's count or sum stands in the hot part of the block and is put into
 * its cell when the ring rolls on. Counts are cells of sixteen bits, sums and extremes
 * of sixty-four; what is larger is kept by itself (wide), which is rare.
 */

#include "signal/live_inner.h"

#include <string.h>

#define WIDE_SUM  INT64_MIN
#define NONE_HIGH INT64_MIN
#define NONE_LOW  INT64_MAX

/* ---- what is too large for its cell ---- */

static us_print wide_key(const struct us_now *q, uint32_t which, int32_t bucket)
{
    uint32_t key[4] = {q->slot, q->head->epoch, which, (uint32_t)bucket};
    return us_print_of((us_str){(const char *)key, sizeof key});
}

static us_wide wide_get(const struct us_now *q, uint32_t which, int32_t bucket)
{
    const struct us_live_wides *w = &q->live->wides;
    const uint32_t *at = us_print_map_find(&w->map, wide_key(q, which, bucket));
    return at ? ((const us_wide *)(const void *)w->values.base)[*at] : 0;
}

static void wide_set(
    const struct us_now *q, uint32_t which, int32_t bucket, us_wide value)
{
    struct us_live_wides *w = &q->live->wides;
    bool fresh = false;
    uint32_t *at = us_print_map_put(&w->map, wide_key(q, which, bucket), &fresh);
    if (fresh) {
        *at = (uint32_t)w->count++;
        us_new(&w->values, us_wide, 1);
    }
    ((us_wide *)(void *)w->values.base)[*at] = value;
}

int64_t us_cell_wide_get(const struct us_now *q, uint32_t which, int32_t bucket)
{
    return (int64_t)wide_get(q, which, bucket);
}

void us_cell_set(const struct us_now *q, uint16_t *cell, uint32_t which, int32_t bucket,
    int64_t value)
{
    *cell = value < UINT16_MAX ? (uint16_t)value : UINT16_MAX;
    if (value >= UINT16_MAX) wide_set(q, which, bucket, value);
}

/* ---- cells ---- */

static uint16_t *counts_of(const struct us_now *q, const struct us_lane_live *lane)
{
    return (uint16_t *)(void *)(q->block + lane->cells);
}

static int64_t *numbers_of(const struct us_now *q, const struct us_lane_live *lane)
{
    return (int64_t *)(void *)(q->block + lane->cells);
}

static uint32_t which_of(const struct us_now *q, const struct us_lane_live *lane)
{
    return (uint32_t)(lane - q->plan->lanes);
}

static us_wide sum_at(
    const struct us_now *q, const struct us_lane_live *lane, int32_t bucket)
{
    int64_t cell = numbers_of(q, lane)[us_ring_place(lane->reach, bucket)];
    return cell == WIDE_SUM ? wide_get(q, which_of(q, lane), bucket) : cell;
}

us_wide us_ring_sum_at(
    const struct us_now *q, const struct us_lane_live *lane, int32_t bucket)
{
    return sum_at(q, lane, bucket);
}

static void sum_set(const struct us_now *q, const struct us_lane_live *lane,
    int32_t bucket, us_wide sum)
{
    bool fits = sum > INT64_MIN && sum <= INT64_MAX;
    numbers_of(q, lane)[us_ring_place(lane->reach, bucket)] =
        fits ? (int64_t)sum : WIDE_SUM;
    if (!fits) wide_set(q, which_of(q, lane), bucket, sum);
}

static int64_t nothing_of(const struct us_lane_live *lane)
{
    if (lane->keep == US_KEEP_SUM) return 0;
    return lane->keep == US_KEEP_HIGHEST ? NONE_HIGH : NONE_LOW;
}

/* ---- rolling ---- */

static void put_away(struct us_now *q, const struct us_lane_live *lane, int32_t bucket)
{
    if (us_is_count(lane)) {
        struct us_hot_count *hot = us_hot_count_of(q, lane);
        us_cell_set(q, &counts_of(q, lane)[us_ring_place(lane->reach, bucket)],
            which_of(q, lane), bucket, hot->today);
        hot->base += hot->today;
        hot->today = 0;
    } else if (lane->keep == US_KEEP_SUM) {
        struct us_hot_sum *hot = us_hot_sum_of(q, lane);
        sum_set(q, lane, bucket, hot->today);
        hot->today = 0;
    }
}

static void clear(
    const struct us_now *q, const struct us_lane_live *lane, int32_t bucket)
{
    uint32_t place = us_ring_place(lane->reach, bucket);
    if (us_is_count(lane))
        counts_of(q, lane)[place] = 0;
    else
        numbers_of(q, lane)[place] = nothing_of(lane);
}

bool us_ring_is_empty(const struct us_now *q, const struct us_lane_live *lane)
{
    const struct us_lane_meta *meta = us_meta_of(q, lane);
    return meta->last == US_BUCKET_NONE ||
           (int64_t)meta->bucket - meta->last >= (int64_t)lane->reach;
}

void us_ring_roll(struct us_now *q, const struct us_lane_live *lane)
{
    struct us_lane_meta *meta = us_meta_of(q, lane);
    int32_t now = us_live_bucket(q->live, lane->unit);
    if (meta->bucket == now) return;
    /* An empty ring has empty cells: what left it was cleared as it left. */
    if (!us_ring_is_empty(q, lane)) {
        put_away(q, lane, meta->bucket);
        int64_t gone = (int64_t)now - meta->bucket;
        if (gone > lane->reach) gone = lane->reach;
        for (int32_t i = 0; i < (int32_t)gone; i++)
            clear(q, lane, now - i);
    }
    meta->bucket = now;
}

bool us_ring_add(
    struct us_now *q, const struct us_lane_live *lane, int32_t bucket, us_wide value)
{
    struct us_lane_meta *meta = us_meta_of(q, lane);
    if ((int64_t)meta->bucket - bucket >= (int64_t)lane->reach) return false;
    if (bucket > meta->last) meta->last = bucket;
    uint32_t place = us_ring_place(lane->reach, bucket);
    if (us_is_count(lane)) {
        if (bucket == meta->bucket) {
            us_hot_count_of(q, lane)->today += (uint32_t)value;
            return true;
        }
        uint16_t *cell = &counts_of(q, lane)[place];
        int64_t old = us_cell_get(q, *cell, which_of(q, lane), bucket);
        us_cell_set(q, cell, which_of(q, lane), bucket, old + (int64_t)value);
    } else if (lane->keep == US_KEEP_SUM) {
        if (bucket == meta->bucket)
            us_hot_sum_of(q, lane)->today += value;
        else
            sum_set(q, lane, bucket, sum_at(q, lane, bucket) + value);
    } else {
        int64_t *cell = &numbers_of(q, lane)[place];
        bool better = lane->keep == US_KEEP_HIGHEST ? value > *cell : value < *cell;
        if (better) *cell = (int64_t)value;
    }
    return true;
}

/* ---- reading ---- */

/* The buckets asked, as far as the ring has them, newest first. */
struct stretch {
    int32_t newest;
    uint32_t count;
};

static struct stretch stretch_of(struct us_now *q, const struct us_lane_live *lane)
{
    us_ring_roll(q, lane);
    if (us_ring_is_empty(q, lane)) return (struct stretch){0, 0};
    int32_t old = q->old < (int32_t)lane->reach ? q->old : (int32_t)lane->reach - 1;
    uint32_t count = old < q->young ? 0 : (uint32_t)(old - q->young + 1);
    return (struct stretch){us_meta_of(q, lane)->bucket - q->young, count};
}

int64_t us_ring_at(
    const struct us_now *q, const struct us_lane_live *lane, int32_t bucket)
{
    if (bucket == us_meta_of(q, lane)->bucket) return us_hot_count_of(q, lane)->today;
    uint16_t cell = counts_of(q, lane)[us_ring_place(lane->reach, bucket)];
    return us_cell_get(q, cell, which_of(q, lane), bucket);
}

int64_t us_ring_turn(const struct us_now *q, const struct us_lane_live *lane, int32_t i)
{
    int32_t now = us_meta_of(q, lane)->bucket;
    int32_t gone = q->old - (i - 1); /* before now; as is what comes */
    int64_t turn = 0;
    if (gone >= 0 && gone < (int32_t)lane->reach)
        turn -= us_ring_at(q, lane, now - gone);
    if (q->young >= i) turn += us_ring_at(q, lane, now - (q->young - i));
    return turn;
}

uint32_t us_cells_sum(const uint16_t *cells, uint32_t count, bool *wide)
{
    uint32_t sum = 0;
    uint16_t most = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += cells[i];
        most = cells[i] > most ? cells[i] : most;
    }
    *wide |= most == UINT16_MAX;
    return sum;
}

int64_t us_ring_count(struct us_now *q, const struct us_lane_live *lane)
{
    struct stretch s = stretch_of(q, lane);
    if (!s.count) return 0;
    int64_t total = q->young == 0 ? us_hot_count_of(q, lane)->today : 0;
    if (q->young == 0) { /* its cell is not set yet */
        s.newest--;
        s.count--;
    }
    const uint16_t *cells = counts_of(q, lane);
    uint32_t last = us_ring_place(lane->reach, s.newest);
    uint32_t below = s.count < last + 1 ? s.count : last + 1;
    bool wide = false;
    uint32_t sum = us_cells_sum(cells + last + 1 - below, below, &wide);
    sum +=
        us_cells_sum(cells + lane->reach - (s.count - below), s.count - below, &wide);
    if (!wide) return total + sum;
    for (uint32_t i = 0; i < s.count; i++)
        total += us_ring_at(q, lane, s.newest - (int32_t)i);
    return total;
}

static uint32_t add_up_some(const uint16_t *cells, uint32_t count)
{
    uint32_t some = 0;
    for (uint32_t i = 0; i < count; i++)
        some += cells[i] > 0;
    return some;
}

int64_t us_ring_buckets(struct us_now *q, const struct us_lane_live *lane)
{
    struct stretch s = stretch_of(q, lane);
    if (!s.count) return 0;
    int64_t some = q->young == 0 && us_hot_count_of(q, lane)->today > 0;
    if (q->young == 0) { /* its cell is not set yet */
        s.newest--;
        s.count--;
    }
    const uint16_t *cells = counts_of(q, lane);
    uint32_t last = us_ring_place(lane->reach, s.newest);
    uint32_t below = s.count < last + 1 ? s.count : last + 1;
    some += add_up_some(cells + last + 1 - below, below);
    return some + add_up_some(cells + lane->reach - (s.count - below), s.count - below);
}

int64_t us_ring_days(struct us_now *q, const struct us_lane_live *lane)
{
    if (lane->unit == US_DAYS) return us_ring_buckets(q, lane);
    struct stretch s = stretch_of(q, lane);
    int64_t days = 0;
    int64_t last = INT64_MIN;
    for (uint32_t i = 0; i < s.count; i++) {
        int32_t hour = s.newest - (int32_t)i;
        int64_t day = us_floor_div(hour, 24);
        if (day == last || us_ring_at(q, lane, hour) == 0) continue;
        last = day;
        days++;
    }
    return days;
}

us_wide us_ring_sum(struct us_now *q, const struct us_lane_live *lane)
{
    struct stretch s = stretch_of(q, lane);
    us_wide sum = 0;
    for (uint32_t i = 0; i < s.count; i++) {
        int32_t bucket = s.newest - (int32_t)i;
        bool today = bucket == us_meta_of(q, lane)->bucket;
        sum += today ? us_hot_sum_of(q, lane)->today : sum_at(q, lane, bucket);
    }
    return sum;
}

bool us_ring_extreme(struct us_now *q, const struct us_lane_live *lane, int64_t *out)
{
    struct stretch s = stretch_of(q, lane);
    int64_t nothing = nothing_of(lane);
    int64_t best = nothing;
    for (uint32_t i = 0; i < s.count; i++) {
        int32_t bucket = s.newest - (int32_t)i;
        int64_t cell = numbers_of(q, lane)[us_ring_place(lane->reach, bucket)];
        bool better = lane->keep == US_KEEP_HIGHEST ? cell > best : cell < best;
        if (better) best = cell;
    }
    *out = best;
    return best != nothing;
}
