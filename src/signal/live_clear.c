/* live_clear.c: an account's people, and its rows forgotten and fed again. */

#include "base/err.h"
#include "signal/live_inner.h"

#include <string.h>

static struct us_head *head_of(const struct us_live *l, uint32_t slot)
{
    return (struct us_head *)(void *)us_live_block(l, slot);
}

bool us_live_person(struct us_live *l, uint32_t slot, uint32_t user)
{
    struct us_head *h = head_of(l, slot);
    us_assert(l->plan->asked.people);
    uint32_t member = us_member_of(l, slot, user, true);
    char *listed = (char *)us_member_at(l, member) + l->plan->listed_at;
    if (*listed) return true;
    *listed = 1;
    *(uint32_t *)us_vec_push(&l->pool, &h->people, sizeof member) = member;
    if (l->plan->sheets) us_live_touch_member(l, slot, member);
    return l->plan->sheets;
}

bool us_live_is_listed(const struct us_live *l, uint32_t member)
{
    return *((const char *)us_member_at(l, member) + l->plan->listed_at);
}

struct us_live_people us_live_people(const struct us_live *l, uint32_t slot)
{
    const struct us_head *h = head_of(l, slot);
    return (struct us_live_people){us_vec_items(&l->pool, &h->people), h->people.count};
}

uint32_t us_live_member(struct us_live *l, uint32_t slot, uint32_t user)
{
    return l->plan->members ? us_member_of(l, slot, user, true) : US_MEMBER_NONE;
}

/* Epochs have come round: members of the account must not pass for new ones. */
static void epoch_wrap(struct us_live *l, uint32_t slot)
{
    for (uint32_t i = 0; i < l->member_count; i++) {
        struct us_member *m = us_member_at(l, i);
        if (m->slot == slot) m->epoch = UINT16_MAX;
    }
}

void us_live_clear(struct us_live *l, uint32_t slot)
{
    const struct us_live_plan *p = l->plan;
    char *block = us_live_block(l, slot);
    struct us_head *h = head_of(l, slot);
    struct us_head kept = *h;
    us_vec_free(&l->pool, &kept.payments, sizeof(struct us_log_payment));
    us_vec_free(&l->pool, &kept.deals, sizeof(struct us_log_deal));
    for (size_t i = 0; i < p->lane_count; i++) {
        const struct us_lane_live *lane = &p->lanes[i];
        if (lane->list && !lane->user)
            us_list_free(l, lane, (struct us_vec *)(void *)(block + lane->list));
    }
    /* All but the owner's marks and what conditions were is as at first. */
    size_t from = p->counts[0];
    memcpy(block + from, p->fresh_block + from, p->watched - from);
    size_t rest = p->needs + (size_t)4 * p->need_count;
    memcpy(block + rest, p->fresh_block + rest, p->block_bytes - rest);
    memset(block + p->fresh, 0, p->atom_words * sizeof(uint64_t));
    *h = kept;
    h->begun = US_NEVER;
    h->day = h->hour = US_BUCKET_NONE;
    h->stale = false;
    h->quiet = true;
    if (++h->epoch == 0) epoch_wrap(l, slot);
}

void us_live_settled(struct us_live *l, uint32_t slot)
{
    struct us_head *h = head_of(l, slot);
    uint64_t *marked = us_live_marked(l, slot);
    h->quiet = false;
    memset(marked, 0xff, l->plan->words * sizeof *marked);
    us_live_touch(l, h, slot);
    for (uint32_t i = 0; i < h->people.count && l->plan->sheets; i++) {
        const uint32_t *members = us_vec_items(&l->pool, &h->people);
        uint32_t user = us_live_user(l, members[i]);
        us_live_touch_member(l, slot, us_member_of(l, slot, user, true));
    }
}
