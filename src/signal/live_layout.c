/* live_layout.c: where a block, a member and a sheet have what they hold.
 *
 * What every row reads stands first: head, marks, needs by unit. Then what is looked at
 * past a need: levels of conditions and the state of each ring; then the cells.
 */

#include "signal/live_plan.h"

#include <string.h>

struct ruler {
    size_t at;
};

static uint32_t take(struct ruler *r, size_t size, size_t align, size_t count)
{
    r->at = (r->at + align - 1) / align * align;
    uint32_t at = (uint32_t)r->at;
    r->at += size * count;
    return at;
}

static bool is_ring(const struct us_lane_live *lane)
{
    bool list = lane->keep == US_KEEP_VALUES || lane->keep == US_KEEP_DAYS ||
                lane->keep == US_KEEP_MOMENTS || lane->keep == US_KEEP_START ||
                lane->keep == US_KEEP_NEWEST;
    bool day = lane->keep == US_KEEP_FIRST || lane->keep == US_KEEP_LAST;
    return !lane->user && !list && !day;
}

static bool is_day(const struct us_lane_live *lane)
{
    return !lane->user && (lane->keep == US_KEEP_FIRST || lane->keep == US_KEEP_LAST);
}

/* A list of days has its newest at hand too. */
static bool has_day(const struct us_lane_live *lane)
{
    return is_day(lane) || (!lane->user && lane->keep == US_KEEP_DAYS);
}

/* Needs of one unit, one after the other. */
static void hot(struct us_live_plan *p, struct ruler *r, uint8_t unit)
{
    p->counts[unit] = take(r, sizeof(struct us_hot_count), 4, 0);
    for (size_t i = 0; i < p->lane_count; i++) {
        struct us_lane_live *lane = &p->lanes[i];
        if (lane->user || lane->unit != unit || !us_is_count(lane)) continue;
        lane->hot = take(r, sizeof(struct us_hot_count), 4, 1);
        p->count_counts[unit]++;
    }
}

static void hot_sums(struct us_live_plan *p, struct ruler *r, uint8_t unit)
{
    p->sums[unit] = take(r, sizeof(struct us_hot_sum), alignof(us_wide), 0);
    for (size_t i = 0; i < p->lane_count; i++) {
        struct us_lane_live *lane = &p->lanes[i];
        if (lane->user || lane->unit != unit || lane->keep != US_KEEP_SUM) continue;
        lane->hot = take(r, sizeof(struct us_hot_sum), alignof(us_wide), 1);
        p->sum_counts[unit]++;
    }
}

static void rings(struct us_live_plan *p, struct us_arena *a, struct ruler *r)
{
    for (size_t i = 0; i < p->lane_count; i++) {
        struct us_lane_live *lane = &p->lanes[i];
        if (is_ring(lane)) lane->meta = take(r, sizeof(struct us_lane_meta), 4, 1);
        if (has_day(lane)) lane->hot = take(r, sizeof(int32_t), 4, 1);
    }
    for (size_t i = 0; i < p->lane_count; i++)
        if (!p->lanes[i].user && p->lanes[i].keep == US_KEEP_SUM)
            p->lanes[i].minus = take(r, 1, 1, 1);
    for (size_t i = 0; i < p->lane_count; i++) {
        struct us_lane_live *lane = &p->lanes[i];
        if (!is_ring(lane)) continue;
        bool small = us_is_count(lane) || lane->keep == US_KEEP_PEOPLE;
        size_t size = small ? sizeof(uint16_t) : sizeof(int64_t);
        lane->cells = take(r, size, size, lane->reach);
        struct us_live_past *past =
            us_new(a, struct us_live_past, lane->past_count + 1);
        for (uint32_t k = 0; k < lane->past_count; k++) {
            past[k].n = lane->past[k].n;
            past[k].cells = take(r, sizeof(uint16_t), 2, past[k].n + 2);
        }
        lane->past = past;
    }
}

/* Of each condition on a count, how many rows it takes. */
static void needs(struct us_planning *b, struct ruler *r)
{
    struct us_live_plan *p = b->plan;
    p->needs = take(r, sizeof(uint32_t), 4, 0);
    for (size_t i = 0; i < p->atom_count; i++)
        p->atoms[i].needs = us_new(b->arena, uint32_t, p->atoms[i].source_count + 1);
    for (uint32_t i = 0; i < p->lane_count; i++) {
        struct us_lane_live *lane = &p->lanes[i];
        if (lane->user || !us_is_count(lane)) continue;
        lane->needs = take(r, sizeof(uint32_t), 4, lane->atom_count);
        p->need_count += lane->atom_count;
        for (uint32_t k = 0; k < lane->atom_count; k++) {
            struct us_atom *a = &p->atoms[lane->atoms[k]];
            for (uint32_t j = 0; j < a->source_count; j++)
                if (a->sources[j] == i) a->needs[j] = lane->needs + 4 * k;
        }
    }
}

static void block(struct us_planning *b)
{
    struct us_live_plan *p = b->plan;
    struct ruler r = {sizeof(struct us_head)};
    p->marked = take(&r, sizeof(uint64_t), 8, p->words);
    p->cared = take(&r, sizeof(uint64_t), 8, p->words);
    for (uint8_t unit = 0; unit < 3; unit++)
        hot(p, &r, unit);
    for (uint8_t unit = 0; unit < 3; unit++)
        hot_sums(p, &r, unit);
    p->watched = take(&r, sizeof(uint64_t), 8, p->atom_words);
    p->fresh = take(&r, sizeof(uint64_t), 8, p->atom_words);
    p->asleep = take(&r, sizeof(uint64_t), 8, p->atom_words);
    p->levels = take(&r, 1, 1, p->atom_count);
    needs(b, &r);
    rings(p, b->arena, &r);
    for (size_t i = 0; i < p->lane_count; i++) {
        struct us_lane_live *lane = &p->lanes[i];
        bool list = !lane->user && !is_ring(lane) && !is_day(lane);
        if (list) lane->list = take(&r, sizeof(struct us_vec), 4, 1);
    }
    size_t trait = sizeof(struct us_live_trait_kept);
    p->traits = take(&r, trait, alignof(struct us_live_trait_kept), p->trait_count);
    p->block_bytes = take(&r, 0, 64, 0);
}

/* What a block is before anything happened. */
static void fresh_block(struct us_planning *b)
{
    struct us_live_plan *p = b->plan;
    char *block = us_alloc(b->arena, 1, 64, p->block_bytes);
    struct us_head *head = (void *)block;
    head->due = head->begun = US_NEVER;
    head->day = head->hour = US_BUCKET_NONE;
    for (size_t i = 0; i < p->lane_count; i++) {
        const struct us_lane_live *lane = &p->lanes[i];
        if (is_ring(lane)) {
            struct us_lane_meta *meta = (void *)(block + lane->meta);
            *meta = (struct us_lane_meta){US_BUCKET_NONE, US_BUCKET_NONE};
        }
        if (has_day(lane)) {
            int32_t none = US_BUCKET_NONE;
            memcpy(block + lane->hot, &none, sizeof none);
        }
        if (lane->user) continue;
        if (lane->keep == US_KEEP_SUM)
            ((struct us_hot_sum *)(void *)(block + lane->hot))->high = INT64_MIN;
        int64_t *cells = (void *)(block + lane->cells);
        bool high = lane->keep == US_KEEP_HIGHEST;
        for (uint32_t k = 0; (high || lane->keep == US_KEEP_LOWEST) && k < lane->reach;
             k++)
            cells[k] = high ? INT64_MIN : INT64_MAX;
    }
    p->fresh_block = block;
    p->begun_block = us_alloc(b->arena, 1, 64, p->block_bytes);
    memcpy(p->begun_block, block, p->block_bytes);
    memset(p->begun_block + p->marked, 0xff, p->words * sizeof(uint64_t));
}

void us_live_plan_begin(struct us_live_plan *p, const struct us_live *l, uint32_t slot,
    const uint64_t *marked)
{
    const char *from = us_live_block(l, slot);
    uint32_t end = p->needs + 4 * p->need_count;
    for (int unit = 0; unit < 3; unit++)
        memcpy(p->begun_block + p->counts[unit], from + p->counts[unit],
            p->count_counts[unit] * sizeof(struct us_hot_count));
    memcpy(p->begun_block + p->watched, from + p->watched, end - p->watched);
    memset(p->begun_block + p->fresh, 0, p->atom_words * sizeof(uint64_t));
    memcpy(p->begun_block + p->marked, marked, p->words * sizeof *marked);
}

static void people(struct us_live_plan *p)
{
    struct ruler r = {offsetof(struct us_member, stamps)};
    for (size_t i = 0; i < p->lane_count; i++) {
        struct us_lane_live *lane = &p->lanes[i];
        p->sheets |= lane->user;
        if (lane->user || lane->keep != US_KEEP_PEOPLE) continue;
        p->members = true;
        lane->stamp = take(&r, sizeof(uint16_t), 2, 1 + (lane->back + 15) / 16);
    }
    p->stamp_bytes = (uint32_t)(r.at - offsetof(struct us_member, stamps));
    p->sheets |= p->user_begun || p->user_trait_count || p->asked.people;
    p->members |= p->sheets;
    if (p->sheets) p->sheet_at = take(&r, sizeof(uint32_t), 4, 1);
    if (p->asked.people) p->user_at = take(&r, sizeof(uint32_t), 4, 1);
    if (p->asked.people) p->listed_at = take(&r, 1, 1, 1);
    p->member_bytes = take(&r, 0, alignof(struct us_member), 0);
    struct ruler s = {sizeof(struct us_sheet)};
    p->sheet_lists = take(&s, sizeof(struct us_vec), 4, 0);
    for (size_t i = 0; i < p->lane_count; i++) {
        struct us_lane_live *lane = &p->lanes[i];
        if (!lane->user) continue;
        take(&s, sizeof(struct us_vec), 4, 1);
        lane->list = p->sheet_list_count++;
    }
    size_t trait = sizeof(struct us_live_trait_kept);
    p->sheet_traits =
        take(&s, trait, alignof(struct us_live_trait_kept), p->user_trait_count);
    p->sheet_bytes = take(&s, 0, alignof(us_wide), 0);
}

void us_planning_layout(struct us_planning *b)
{
    struct us_live_plan *p = b->plan;
    p->atom_words = (uint32_t)(p->atom_count + 63) / 64;
    for (size_t i = 0; i < p->lane_count; i++) {
        struct us_lane_live *lane = &p->lanes[i];
        if (lane->back && lane->keep == US_KEEP_VALUES && lane->back < lane->reach)
            lane->back = lane->reach;
    }
    p->daily = us_new(b->arena, uint64_t, p->atom_words + 1);
    p->hourly = us_new(b->arena, uint64_t, p->atom_words + 1);
    for (size_t i = 0; i < p->atom_count; i++) {
        uint64_t bit = UINT64_C(1) << (i % 64);
        p->daily[i / 64] |= bit;
        if (p->atoms[i].hours) p->hourly[i / 64] |= bit;
    }
    people(p);
    block(b);
    fresh_block(b);
}

size_t us_live_account_bytes(const struct us_live_plan *p)
{
    return p->block_bytes;
}

size_t us_live_person_bytes(const struct us_live_plan *p)
{
    if (!p->members) return 0;
    return sizeof(uint32_t) + p->member_bytes + (p->sheets ? p->sheet_bytes : 0);
}
