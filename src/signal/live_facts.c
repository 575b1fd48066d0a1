/* live_facts.c: traits, of which the newest counts, and money and deals, all of them.
 */

#include "signal/live_inner.h"

#include <string.h>

/* The newest by at, then from; equal in both, the greatest value. */
static bool is_newer(
    const struct us_live_trait_kept *kept, const struct us_log_trait *r)
{
    if (!kept->any || r->at != kept->at) return !kept->any || r->at > kept->at;
    if (r->from != kept->from) return r->from > kept->from;
    return us_value_cmp(r->value, kept->value) > 0;
}

static us_str kept_text(struct us_live *l, us_str text)
{
    return us_intern_text(&l->texts, us_intern_put(&l->texts, text));
}

static bool trait_take(
    struct us_live *l, struct us_live_trait_kept *kept, const struct us_log_trait *r)
{
    if (!is_newer(kept, r)) return false;
    bool same = kept->any && us_value_same(kept->value, r->value);
    *kept = (struct us_live_trait_kept){r->at, r->from, r->value, true};
    if (r->value.kind == US_STRING) kept->value.text = kept_text(l, r->value.text);
    return !same;
}

void us_live_trait(struct us_live *l, uint32_t slot, const struct us_log_trait *r)
{
    const struct us_live_plan *p = l->plan;
    struct us_now *q = us_live_row(l, slot, r->from);
    const uint32_t *places = r->user == US_NOBODY ? p->trait_of : p->user_trait_of;
    uint32_t place = places[r->key];
    if (place == US_NODE_NONE) return;
    if (r->user == US_NOBODY) {
        struct us_live_trait_kept *kept = (void *)(q->block + p->traits);
        bool changed = trait_take(l, &kept[place], r);
        if (changed) us_source_sync(q, US_SOURCE_TRAIT(p, place), US_WHY_MOVED);
        return;
    }
    uint32_t member = us_member_of(l, slot, r->user, true);
    struct us_sheet *s = us_sheet_of(l, member, true);
    struct us_live_trait_kept *kept = (void *)((char *)s + p->sheet_traits);
    if (trait_take(l, &kept[place], r)) us_live_touch_member(l, slot, member);
}

bool us_live_is_told(
    const struct us_live *l, uint32_t slot, const struct us_log_trait *r)
{
    const struct us_live_plan *p = l->plan;
    uint32_t place = p->trait_of[r->key];
    if (place == US_NODE_NONE) return true; /* nobody reads it */
    const struct us_live_trait_kept *kept =
        (const void *)(us_live_block(l, slot) + p->traits);
    kept += place;
    return kept->any && kept->from == US_ALWAYS && us_value_same(kept->value, r->value);
}

void us_live_payment(struct us_live *l, uint32_t slot, const struct us_log_payment *r)
{
    struct us_now *q = us_live_row(l, slot, r->from);
    if (!l->plan->payments) return;
    struct us_log_payment *kept =
        us_vec_push(&l->pool, &q->head->payments, sizeof *kept);
    *kept = *r;
    kept->method = kept_text(l, r->method);
    kept->channel = kept_text(l, r->channel);
    kept->plan = kept_text(l, r->plan);
    kept->invoice = kept_text(l, r->invoice);
    us_source_sync(q, US_SOURCE_MONEY(l->plan), US_WHY_MOVED);
}

void us_live_deal(struct us_live *l, uint32_t slot, const struct us_log_deal *r)
{
    struct us_now *q = us_live_row(l, slot, r->from);
    if (!l->plan->deals) return;
    struct us_log_deal *kept = us_vec_push(&l->pool, &q->head->deals, sizeof *kept);
    *kept = *r;
    kept->id = kept_text(l, r->id);
    kept->stage = kept_text(l, r->stage);
    kept->type = kept_text(l, r->type);
    kept->channel = kept_text(l, r->channel);
    kept->owner = kept_text(l, r->owner);
    kept->source = kept_text(l, r->source);
}

struct us_log us_live_facts(const struct us_live *l, uint32_t slot)
{
    const struct us_head *h = (const void *)us_live_block(l, slot);
    return (struct us_log){.account = h->account,
        .payments = us_vec_items(&l->pool, &h->payments),
        .payment_count = h->payments.count,
        .deals = us_vec_items(&l->pool, &h->deals),
        .deal_count = h->deals.count};
}
