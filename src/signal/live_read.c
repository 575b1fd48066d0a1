/* live_read.c: what functions stand on, from rings, lists or the rows of first days. */

#include "signal/live_inner.h"

#include <string.h>

/* ---- lists of buckets ---- */

struct cells {
    const struct us_cell *items;
    size_t count;
    int64_t from, to; /* buckets asked, the last among them */
};

static struct cells cells_of(struct us_now *q, const struct us_lane_live *lane)
{
    const struct us_vec *v = us_list_of(q, lane);
    struct cells c = {0};
    if (!v) return c;
    int64_t now = us_live_bucket(q->live, lane->unit);
    c.items = us_vec_items(&q->live->pool, v);
    c.count = v->count;
    c.from = lane->unit == US_ALL ? INT32_MIN : now - q->old;
    c.to = now - q->young;
    return c;
}

static bool has(const struct cells *c, size_t i)
{
    return c->items[i].bucket >= c->from && c->items[i].bucket <= c->to;
}

static int64_t cells_count(struct us_now *q, const struct us_lane_live *lane)
{
    struct cells c = cells_of(q, lane);
    int64_t count = 0;
    for (size_t i = 0; i < c.count; i++)
        if (has(&c, i)) count += c.items[i].value;
    return count;
}

/* ---- rows of the first days ---- */

/* Of rows that have what is asked: how many; different ones of them. */
static int64_t start_count(struct us_now *q)
{
    struct us_start_rows r = us_start_rows(q);
    int64_t count = 0;
    for (size_t i = 0; i < r.count; i++)
        count += r.items[i].at < r.to;
    return count;
}

static bool start_same(const struct us_start_row *a, const struct us_start_row *b)
{
    return a->key.lo == b->key.lo && a->key.hi == b->key.hi;
}

static int64_t start_different(struct us_now *q, us_print nothing)
{
    struct us_start_rows r = us_start_rows(q);
    struct us_start_row none = {.key = nothing};
    int64_t count = 0;
    for (size_t i = 0; i < r.count; i++) {
        if (r.items[i].at >= r.to || start_same(&r.items[i], &none)) continue;
        size_t k = 0;
        while (
            k < i && (r.items[k].at >= r.to || !start_same(&r.items[k], &r.items[i])))
            k++;
        count += k == i;
    }
    return count;
}

static int64_t start_days(struct us_now *q)
{
    struct us_start_rows r = us_start_rows(q);
    int64_t count = 0;
    for (size_t i = 0; i < r.count; i++) {
        if (r.items[i].at >= r.to) continue;
        size_t k = 0;
        while (k < i && (r.items[k].at >= r.to ||
                            us_day(r.items[k].at) != us_day(r.items[i].at)))
            k++;
        count += k == i;
    }
    return count;
}

/* The next row from i on with a number; false after the last. */
static bool start_number(const struct us_start_rows *r, size_t *i, int64_t *millionths)
{
    for (; *i < r->count; (*i)++) {
        const struct us_start_row *row = &r->items[*i];
        if (row->at >= r->to || row->key.hi != 1) continue;
        *millionths = (int64_t)row->key.lo;
        (*i)++;
        return true;
    }
    return false;
}

/* ---- what functions ask ---- */

int64_t us_now_count(struct us_now *q, const struct us_node *n)
{
    if (q->start) return start_count(q);
    const struct us_lane_live *lane = us_now_lane(q, n, US_KEEP_COUNT);
    return lane->user ? cells_count(q, lane) : us_ring_count(q, lane);
}

int64_t us_now_people(struct us_now *q, const struct us_node *n)
{
    if (q->start) return start_different(q, (us_print){US_NOBODY, 0});
    const struct us_lane_live *lane = us_now_lane(q, n, US_KEEP_PEOPLE);
    return lane->user ? cells_count(q, lane) > 0 : us_people_count(q, lane);
}

static bool seen_within(
    const struct us_lane_live *lane, const struct us_seen *s, int64_t from, int64_t to)
{
    if (lane->unit == US_ALL) return true;
    if (!lane->back) return s->last >= from && s->last <= to;
    for (int64_t b = s->last < to ? s->last : to; b >= from; b--) {
        int64_t before = s->last - b;
        if (before >= lane->back) return false;
        if (us_bit(s->bits, (uint32_t)before)) return true;
    }
    return false;
}

int64_t us_now_values(struct us_now *q, const struct us_node *n)
{
    if (q->start) return start_different(q, (us_print){0, 0});
    const struct us_lane_live *lane = us_now_lane(q, n, US_KEEP_VALUES);
    const struct us_vec *v = us_list_of(q, lane);
    if (!v) return 0;
    int64_t now = us_live_bucket(q->live, lane->unit);
    size_t size = us_list_size(lane);
    const char *items = us_vec_items(&q->live->pool, v);
    int64_t count = 0;
    for (size_t i = 0; i < v->room; i++) {
        const struct us_seen *s = (const void *)(items + i * size);
        bool used = s->key.lo | s->key.hi;
        count += used && seen_within(lane, s, now - q->old, now - q->young);
    }
    return count;
}

static int64_t days_of_cells(struct us_now *q, const struct us_lane_live *lane)
{
    struct cells c = cells_of(q, lane);
    int64_t days = 0;
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < c.count; i++) {
        int64_t day = c.items[i].bucket;
        if (lane->unit == US_HOURS) day = us_floor_div(day, 24);
        if (!has(&c, i) || day == last) continue;
        last = day;
        days++;
    }
    return days;
}

int64_t us_now_days(struct us_now *q, const struct us_node *n)
{
    if (q->start) return start_days(q);
    if (n->window.unit == US_ALL) {
        const struct us_vec *v = us_list_of(q, us_now_lane(q, n, US_KEEP_DAYS));
        return v ? v->count : 0;
    }
    const struct us_lane_live *lane = us_now_lane(q, n, US_KEEP_COUNT);
    return lane->user ? days_of_cells(q, lane) : us_ring_days(q, lane);
}

int64_t us_now_numbers(struct us_now *q, const struct us_node *n)
{
    int64_t count = 0;
    if (q->start) {
        struct us_start_rows r = us_start_rows(q);
        int64_t unused = 0;
        for (size_t i = 0; start_number(&r, &i, &unused);)
            count++;
        return count;
    }
    const struct us_lane_live *lane = us_now_lane(q, n, US_KEEP_NUMBERS);
    return lane->user ? cells_count(q, lane) : us_ring_count(q, lane);
}

us_wide us_now_sum(struct us_now *q, const struct us_node *n)
{
    us_wide sum = 0;
    if (q->start) {
        struct us_start_rows r = us_start_rows(q);
        int64_t millionths = 0;
        for (size_t i = 0; start_number(&r, &i, &millionths);)
            sum += millionths;
        return sum;
    }
    const struct us_lane_live *lane = us_now_lane(q, n, US_KEEP_SUM);
    if (!lane->user) return us_ring_sum(q, lane);
    struct cells c = cells_of(q, lane);
    const struct us_cell_wide *wide = (const void *)c.items;
    for (size_t i = 0; i < c.count; i++)
        if (wide[i].bucket >= c.from && wide[i].bucket <= c.to) sum += wide[i].value;
    return sum;
}

bool us_now_extreme(
    struct us_now *q, const struct us_node *n, us_keep keep, int64_t *out)
{
    bool found = false;
    int64_t value = 0;
    struct cells c = {0};
    struct us_start_rows r = {0};
    if (q->start) {
        r = us_start_rows(q);
    } else {
        const struct us_lane_live *lane = us_now_lane(q, n, keep);
        if (!lane->user) return us_ring_extreme(q, lane, out);
        c = cells_of(q, lane);
    }
    for (size_t i = 0; q->start ? start_number(&r, &i, &value) : i < c.count;) {
        if (!q->start) {
            value = c.items[i].value;
            if (!has(&c, i++)) continue;
        }
        bool better = keep == US_KEEP_HIGHEST ? value > *out : value < *out;
        if (!found || better) *out = value;
        found = true;
    }
    return found;
}

bool us_now_day(struct us_now *q, const struct us_node *n, us_keep keep, int32_t *out)
{
    const struct us_lane_live *lane = us_now_lane(q, n, keep);
    if (!lane->user) {
        memcpy(out, q->block + lane->hot, sizeof *out);
        return *out != US_BUCKET_NONE;
    }
    const struct us_vec *v = us_list_of(q, lane);
    if (!v || !v->count) return false;
    memcpy(out, us_vec_items(&q->live->pool, v), sizeof *out);
    return true;
}

bool us_now_had(struct us_now *q, const struct us_node *n, int32_t day, int32_t days)
{
    const struct us_vec *v = us_list_of(q, us_now_lane(q, n, US_KEEP_DAYS));
    if (!v) return false;
    const int32_t *list = us_vec_items(&q->live->pool, v);
    size_t from = 0;
    size_t to = v->count;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (list[mid] < day)
            from = mid + 1;
        else
            to = mid;
    }
    return from < v->count && list[from] < day + days;
}

int64_t us_now_step(
    struct us_now *q, const struct us_node *n, uint32_t step, int64_t after)
{
    size_t node = (size_t)(n - q->plan->plan->nodes);
    const struct us_live_call *call = &q->plan->calls[q->plan->call_of[node]];
    const struct us_vec *v = us_list_of(q, &q->plan->lanes[call->steps[step]]);
    if (!v) return US_NEVER;
    const int64_t *list = us_vec_items(&q->live->pool, v);
    size_t from = 0;
    size_t to = v->count;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (list[mid] <= after)
            from = mid + 1;
        else
            to = mid;
    }
    return from < v->count ? list[from] : US_NEVER;
}

/* ---- leaves ---- */

us_value us_now_call(struct us_now *q, const struct us_node *n)
{
    return n->function->live(q, n);
}

static us_value trait(struct us_now *q, const struct us_node *n)
{
    const struct us_live_trait_kept *kept = NULL;
    if (n->scope == US_PER_ACCOUNT) {
        kept = (const void *)(q->block + q->plan->traits);
    } else if (q->member != US_MEMBER_NONE) {
        const struct us_sheet *s = us_sheet_of(q->live, q->member, false);
        if (s) kept = (const void *)((const char *)s + q->plan->sheet_traits);
    }
    if (!kept) return us_missing();
    const uint32_t *place =
        n->scope == US_PER_ACCOUNT ? q->plan->trait_of : q->plan->user_trait_of;
    kept += place[n->trait];
    return kept->any ? kept->value : us_missing();
}

static us_value age(struct us_now *q, const struct us_node *n)
{
    int64_t begun = q->head->begun;
    if (n->scope == US_PER_USER) {
        const struct us_sheet *s =
            q->member == US_MEMBER_NONE ? NULL : us_sheet_of(q->live, q->member, false);
        begun = s ? s->begun : US_NEVER;
    }
    if (begun == US_NEVER) return us_missing();
    return us_number((double)(q->live->day - us_day(begun)));
}

us_value us_now_leaf(struct us_now *q, const struct us_node *n)
{
    struct us_log facts;
    switch ((int)n->op) {
    case US_OP_CALL:
        q->start = NULL;
        us_now_window(q, us_live_buckets(n) - 1, 0);
        if (!n->function->window || n->window.unit == US_ALL) q->old = 0;
        return us_now_call(q, n);
    case US_OP_TRAIT: return trait(q, n);
    case US_OP_AGE: return age(q, n);
    default: break;
    }
    facts = us_live_facts(q->live, q->slot);
    if (n->op == US_OP_MRR) return us_money_mrr(&facts, q->t);
    if (n->op == US_OP_ARR) return us_money_arr(&facts, q->t);
    return us_money_paid(&facts, n->window, q->t);
}

us_value us_now_raw(struct us_now *q, uint32_t node)
{
    const struct us_node *n = &q->plan->plan->nodes[node];
    us_value args[US_NODE_ARGS_MAX + 1];
    if (us_reads_rows(n)) return us_now_leaf(q, n);
    for (uint32_t i = 0; i < n->arg_count; i++)
        args[i] = us_now_raw(q, us_node_arg(n, i));
    return us_node_apply(n, args);
}
