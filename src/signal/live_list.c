/* live_list.c: lanes that are lists: all of a person's, and of an account the days,
 * moments, values and first rows, of which there is no ring.
 */

#include "signal/live_inner.h"

#include <string.h>

enum { SLOTS_FIRST = 8 };

struct us_vec *us_list_of(struct us_now *q, const struct us_lane_live *lane)
{
    if (!lane->user) return (struct us_vec *)(void *)(q->block + lane->list);
    if (q->member == US_MEMBER_NONE) return NULL;
    struct us_sheet *s = us_sheet_of(q->live, q->member, false);
    return s ? us_sheet_list(q->plan, s, lane->list) : NULL;
}

static size_t words_of(const struct us_lane_live *lane)
{
    return (lane->back + 63) / 64;
}

size_t us_list_size(const struct us_lane_live *lane)
{
    switch ((us_keep)lane->keep) {
    case US_KEEP_SUM: return sizeof(struct us_cell_wide);
    case US_KEEP_VALUES:
        return sizeof(struct us_seen) + words_of(lane) * sizeof(uint64_t);
    case US_KEEP_DAYS:
    case US_KEEP_FIRST:
    case US_KEEP_LAST: return sizeof(int32_t);
    case US_KEEP_MOMENTS: return sizeof(int64_t);
    case US_KEEP_START: return sizeof(struct us_start_row);
    case US_KEEP_NEWEST: return sizeof(struct us_newest);
    case US_KEEP_COUNT:
    case US_KEEP_NUMBERS:
    case US_KEEP_HIGHEST:
    case US_KEEP_LOWEST:
    case US_KEEP_PEOPLE:
    case US_KEEPS:
    default: return sizeof(struct us_cell);
    }
}

void us_list_free(struct us_live *l, const struct us_lane_live *lane, struct us_vec *v)
{
    us_vec_free(&l->pool, v, us_list_size(lane));
}

/* ---- buckets, in order ---- */

/* The buckets of cells of either size begin alike but for their place. */
static int32_t bucket_at(const struct us_lane_live *lane, const void *items, size_t i)
{
    if (lane->keep == US_KEEP_SUM)
        return ((const struct us_cell_wide *)items)[i].bucket;
    return ((const struct us_cell *)items)[i].bucket;
}

/* Those that no window reaches any more. */
static void prune(struct us_now *q, const struct us_lane_live *lane, struct us_vec *v)
{
    size_t gone = 0;
    int64_t oldest = (int64_t)us_live_bucket(q->live, lane->unit) - lane->reach + 1;
    const void *items = us_vec_items(&q->live->pool, v);
    if (lane->unit == US_ALL) return;
    while (gone < v->count && bucket_at(lane, items, gone) < oldest)
        gone++;
    us_vec_drop(&q->live->pool, v, us_list_size(lane), gone);
}

static void join(const struct us_lane_live *lane, void *item, us_wide value)
{
    struct us_cell *cell = item;
    switch ((int)lane->keep) {
    case US_KEEP_SUM: ((struct us_cell_wide *)item)->value += value; break;
    case US_KEEP_HIGHEST:
        if (value > cell->value) cell->value = (int64_t)value;
        break;
    case US_KEEP_LOWEST:
        if (value < cell->value) cell->value = (int64_t)value;
        break;
    default: cell->value += (int64_t)value; break;
    }
}

/* The bucket is new. */
static bool bucket_add(struct us_now *q, const struct us_lane_live *lane,
    struct us_vec *v, int32_t bucket, us_wide value)
{
    size_t size = us_list_size(lane);
    char *items = us_vec_items(&q->live->pool, v);
    size_t i = v->count;
    while (i > 0 && bucket_at(lane, items, i - 1) > bucket)
        i--;
    if (i > 0 && bucket_at(lane, items, i - 1) == bucket) {
        join(lane, items + (i - 1) * size, value);
        return false;
    }
    void *made = us_vec_insert(&q->live->pool, v, size, i);
    if (lane->keep == US_KEEP_SUM)
        *(struct us_cell_wide *)made =
            (struct us_cell_wide){.bucket = bucket, .value = value};
    else
        *(struct us_cell *)made =
            (struct us_cell){.bucket = bucket, .value = (int64_t)value};
    prune(q, lane, v);
    return true;
}

/* ---- values ---- */

static us_print print_of(us_value v, int64_t millionths)
{
    us_str tag = v.kind == US_NUMBER ? US_S("n")
                 : v.kind == US_BOOL ? US_S("b")
                                     : US_S("t");
    us_str content = v.text;
    if (v.kind == US_NUMBER)
        content = (us_str){(const char *)&millionths, sizeof millionths};
    if (v.kind == US_BOOL) content = v.truth ? US_S("1") : US_S("0");
    us_print key = us_print_pair(tag, content);
    return key.lo | key.hi ? key : (us_print){1, 0};
}

static struct us_seen *slot_at(
    const struct us_now *q, const struct us_vec *v, size_t size, size_t i)
{
    return (void *)((char *)us_vec_items(&q->live->pool, v) + i * size);
}

/* The slot of a key, or the free one where it goes. */
static struct us_seen *seek(
    const struct us_now *q, const struct us_vec *v, size_t size, us_print key)
{
    size_t mask = v->room - 1;
    for (size_t i = key.lo & mask;; i = (i + 1) & mask) {
        struct us_seen *s = slot_at(q, v, size, i);
        bool free_slot = !(s->key.lo | s->key.hi);
        if (free_slot || (s->key.lo == key.lo && s->key.hi == key.hi)) return s;
    }
}

static bool is_kept(struct us_now *q, const struct us_lane_live *lane, int32_t bucket)
{
    int64_t reach = lane->reach > lane->back ? lane->reach : lane->back;
    return lane->unit == US_ALL ||
           us_live_bucket(q->live, lane->unit) - (int64_t)bucket < reach;
}

/* Room for one more; values in no window any more are left behind. */
static void values_widen(
    struct us_now *q, const struct us_lane_live *lane, struct us_vec *v)
{
    size_t size = us_list_size(lane);
    struct us_vec old = *v;
    size_t kept = 0;
    for (size_t i = 0; i < old.room; i++) {
        const struct us_seen *s = slot_at(q, &old, size, i);
        kept += (s->key.lo | s->key.hi) && is_kept(q, lane, s->last);
    }
    size_t room = SLOTS_FIRST;
    while (2 * (kept + 1) > room)
        room *= 2;
    v->place = us_pool_take(&q->live->pool, room * size);
    v->room = (uint32_t)room;
    v->count = (uint32_t)kept;
    for (size_t i = 0; i < old.room; i++) {
        const struct us_seen *s = slot_at(q, &old, size, i);
        if ((s->key.lo | s->key.hi) && is_kept(q, lane, s->last))
            memcpy(seek(q, v, size, s->key), s, size);
    }
    us_vec_free(&q->live->pool, &old, size);
}

static void bits_move(uint64_t *bits, size_t words, uint64_t by)
{
    uint64_t skip = by / 64;
    unsigned shift = (unsigned)(by % 64);
    for (size_t i = words; i-- > 0;) {
        uint64_t high = i >= skip ? bits[i - skip] : 0;
        uint64_t low = i > skip ? bits[i - skip - 1] : 0;
        bits[i] = high << shift | (shift ? low >> (64 - shift) : 0);
    }
}

/* Whether the value is new to the bucket. */
static bool value_add(struct us_now *q, const struct us_lane_live *lane,
    struct us_vec *v, us_print key, int32_t bucket)
{
    if (!is_kept(q, lane, bucket)) return false;
    if ((v->count + 1) * 4 > v->room * 3) values_widen(q, lane, v);
    struct us_seen *s = seek(q, v, us_list_size(lane), key);
    bool fresh = !(s->key.lo | s->key.hi);
    if (fresh) {
        s->key = key;
        s->last = bucket;
        v->count++;
    }
    bool later = bucket > s->last;
    uint64_t apart =
        (uint64_t)(later ? (int64_t)bucket - s->last : (int64_t)s->last - bucket);
    if (!lane->back) {
        if (later) s->last = bucket;
        return fresh || later;
    }
    if (later) {
        bits_move(s->bits, words_of(lane), apart);
        s->last = bucket;
        apart = 0;
    }
    if (apart >= lane->back || (!fresh && us_bit(s->bits, (uint32_t)apart)))
        return false;
    s->bits[apart / 64] |= UINT64_C(1) << (apart % 64);
    return true;
}

static bool values_add(struct us_now *q, const struct us_lane_live *lane,
    struct us_vec *v, const struct us_brought *b)
{
    bool changed = false;
    for (int i = 0; i < 3; i++) {
        us_value value = b->values[lane->columns[i]];
        int64_t millionths = 0;
        bool good =
            value.kind == US_NUMBER ? us_decimal(value, &millionths) : value.kind;
        if (good)
            changed |= value_add(q, lane, v, print_of(value, millionths), b->bucket);
    }
    return changed;
}

bool us_list_is_idle(struct us_now *q, const struct us_lane_live *lane)
{
    const struct us_vec *v = us_list_of(q, lane);
    if (!v || !v->count) return true;
    const void *items = us_vec_items(&q->live->pool, v);
    if (lane->keep == US_KEEP_MOMENTS) {
        int64_t last = ((const int64_t *)items)[v->count - 1];
        return lane->reach && q->live->day - us_day(last) >= (int64_t)lane->reach;
    }
    if (lane->keep != US_KEEP_VALUES)
        return !is_kept(q, lane, bucket_at(lane, items, v->count - 1));
    bool some = false;
    for (size_t i = 0; i < v->room && !some; i++) {
        const struct us_seen *s = slot_at(q, v, us_list_size(lane), i);
        some = (s->key.lo | s->key.hi) && is_kept(q, lane, s->last);
    }
    return !some;
}

/* ---- days, moments, first rows ---- */

/* Whether it is new to the list. */
static bool day_add(struct us_now *q, struct us_vec *v, int32_t day)
{
    const int32_t *days = us_vec_items(&q->live->pool, v);
    size_t i = v->count;
    while (i > 0 && days[i - 1] > day)
        i--;
    if (i > 0 && days[i - 1] == day) return false;
    *(int32_t *)us_vec_insert(&q->live->pool, v, sizeof day, i) = day;
    return true;
}

static bool moment_add(
    struct us_now *q, const struct us_lane_live *lane, struct us_vec *v, int64_t at)
{
    const int64_t *list = us_vec_items(&q->live->pool, v);
    int64_t oldest = ((int64_t)q->live->day - lane->reach + 1) * US_DAY_US;
    if (lane->reach && at < oldest) return false;
    size_t i = v->count;
    while (i > 0 && list[i - 1] > at)
        i--;
    if (i > 0 && list[i - 1] == at) return false;
    *(int64_t *)us_vec_insert(&q->live->pool, v, sizeof at, i) = at;
    size_t gone = 0;
    list = us_vec_items(&q->live->pool, v);
    while (lane->reach && gone < v->count && list[gone] < oldest)
        gone++;
    us_vec_drop(&q->live->pool, v, sizeof at, gone);
    return true;
}

/* Of one moment the greatest counts. */
static bool newest_add(struct us_now *q, struct us_vec *v, const struct us_brought *b)
{
    struct us_newest row = {b->at, b->millionths};
    struct us_newest *kept = us_vec_items(&q->live->pool, v);
    if (!v->count) {
        *(struct us_newest *)us_vec_insert(&q->live->pool, v, sizeof row, 0) = row;
        return true;
    }
    bool newer = row.at > kept->at || (row.at == kept->at && row.value > kept->value);
    bool other = newer && row.value != kept->value;
    if (newer) *kept = row;
    return other;
}

bool us_now_newest(struct us_now *q, const struct us_node *n, int64_t *out)
{
    const struct us_vec *v = us_list_of(q, us_now_lane(q, n, US_KEEP_NEWEST));
    if (!v || !v->count) return false;
    *out = ((const struct us_newest *)us_vec_items(&q->live->pool, v))->value;
    return true;
}

static bool is_done(const struct us_now *q, const struct us_vec *v)
{
    const struct us_start_row *rows = us_vec_items(&q->live->pool, v);
    return v->count == 1 && rows[0].at == US_NEVER;
}

static int64_t begun_of(struct us_now *q, const struct us_lane_live *lane)
{
    if (!lane->user) return q->head->begun;
    struct us_sheet *s =
        q->member == US_MEMBER_NONE ? NULL : us_sheet_of(q->live, q->member, false);
    return s ? s->begun : US_NEVER;
}

static int64_t length_of(const struct us_now *q, const struct us_lane_live *lane)
{
    us_window w = q->plan->plan->nodes[lane->node].window;
    return w.n * (w.unit == US_HOURS ? US_HOUR_US : US_DAY_US);
}

static bool start_add(struct us_now *q, const struct us_lane_live *lane,
    struct us_vec *v, const struct us_brought *b)
{
    if (b->at >= begun_of(q, lane) + length_of(q, lane)) return false;
    if (is_done(q, v)) {
        q->head->stale = true;
        return true;
    }
    us_print key = {b->user, 0};
    if (b->number) key = (us_print){(uint64_t)b->millionths, 1};
    bool values = lane->columns[0] != US_NODE_NONE;
    if (values) key = (us_print){0, 0};
    for (int i = 0; i < 3 && values; i++) {
        us_value value = b->values[lane->columns[i]];
        int64_t millionths = 0;
        bool good =
            value.kind == US_NUMBER ? us_decimal(value, &millionths) : value.kind;
        if (good) key = print_of(value, millionths);
    }
    *(struct us_start_row *)us_vec_push(&q->live->pool, v,
        sizeof(struct us_start_row)) = (struct us_start_row){b->at, key};
    return true;
}

void us_list_begun(struct us_now *q, bool user)
{
    for (size_t i = 0; i < q->plan->lane_count; i++) {
        const struct us_lane_live *lane = &q->plan->lanes[i];
        if (lane->keep != US_KEEP_START || lane->user != user) continue;
        const struct us_vec *v = us_list_of(q, lane);
        if (v && is_done(q, v)) q->head->stale = true;
    }
}

us_start us_now_start(struct us_now *q, const struct us_node *n, us_value *done)
{
    const struct us_lane_live *lane = us_now_lane(q, n, US_KEEP_START);
    int64_t begun = begun_of(q, lane);
    if (begun == US_NEVER || q->t < begun + length_of(q, lane)) return US_START_NOT_YET;
    q->start = lane;
    const struct us_vec *v = us_list_of(q, lane);
    if (!v || !is_done(q, v)) return US_START_ROWS;
    const struct us_start_row *row = us_vec_items(&q->live->pool, v);
    double number = 0;
    memcpy(&number, &row->key.lo, sizeof number);
    *done = row->key.hi ? us_number(number) : us_missing();
    return US_START_DONE;
}

void us_now_start_done(struct us_now *q, const struct us_node *n, us_value value)
{
    const struct us_lane_live *lane = us_now_lane(q, n, US_KEEP_START);
    struct us_vec *v = us_list_of(q, lane);
    if (!v) return;
    struct us_start_row row = {.at = US_NEVER, .key = {0, value.kind == US_NUMBER}};
    memcpy(&row.key.lo, &value.number, sizeof value.number);
    us_vec_free(&q->live->pool, v, sizeof row);
    *(struct us_start_row *)us_vec_push(&q->live->pool, v, sizeof row) = row;
}

struct us_start_rows us_start_rows(struct us_now *q)
{
    struct us_start_rows r = {.from = begun_of(q, q->start)};
    const struct us_vec *v = us_list_of(q, q->start);
    r.to = r.from + length_of(q, q->start);
    if (!v) return r;
    r.items = us_vec_items(&q->live->pool, v);
    r.count = v->count;
    return r;
}

bool us_list_add(
    struct us_now *q, const struct us_lane_live *lane, const struct us_brought *b)
{
    struct us_vec *v = us_list_of(q, lane);
    int32_t *day = us_vec_items(&q->live->pool, v);
    switch ((us_keep)lane->keep) {
    case US_KEEP_COUNT: return bucket_add(q, lane, v, b->bucket, 1) || !lane->presence;
    case US_KEEP_NUMBERS:
        return b->number && (bucket_add(q, lane, v, b->bucket, 1) || true);
    case US_KEEP_SUM:
    case US_KEEP_HIGHEST:
    case US_KEEP_LOWEST:
        return b->number && (bucket_add(q, lane, v, b->bucket, b->millionths) || true);
    case US_KEEP_VALUES: return values_add(q, lane, v, b);
    case US_KEEP_DAYS: return day_add(q, v, (int32_t)us_day(b->at));
    case US_KEEP_FIRST:
    case US_KEEP_LAST:
        if (v->count) {
            int32_t now = (int32_t)us_day(b->at);
            bool better = lane->keep == US_KEEP_FIRST ? now < *day : now > *day;
            if (better) *day = now;
            return better;
        }
        return day_add(q, v, (int32_t)us_day(b->at));
    case US_KEEP_MOMENTS: return moment_add(q, lane, v, b->at);
    case US_KEEP_START: return start_add(q, lane, v, b);
    case US_KEEP_NEWEST: return b->number && newest_add(q, v, b);
    case US_KEEP_PEOPLE:
    case US_KEEPS:
    default: return false;
    }
}
