/* live_begin.c: what every account begins with.
 *
 * An account of which nothing is known stands the same at any moment. All definitions
 * are stepped at such a one once; those that did nothing and wait for no moment need
 * not be stepped at a new account: what they have read is watched from its first row
 * on.
 */

#include "qualify/live_inner.h"

static void take(void *ctx, const struct us_firing *f)
{
    (void)ctx;
    (void)f;
}

void us_live_rules_begin(struct us_live_rules *r, struct us_arena *a)
{
    struct us_shard_calls calls = {.take = take};
    struct us_shard *s = us_shard_new(r, &calls, a);
    uint32_t slot = us_live_slot(s->live, 0);
    uint64_t *marked = us_new(a, uint64_t, r->words + 1);
    us_shard_account_new(s, slot);
    us_shard_settle(s, &(struct us_settling){.slot = slot, .t = 0, .row = true});
    const struct us_shard_account *account = us_shard_account_at(s, slot);
    const struct us_kept *kept = us_vec_items(&s->pool, &account->kept);
    for (uint32_t i = 0; i < account->kept.count; i++)
        marked[kept[i].definition / 64] |= UINT64_C(1) << (kept[i].definition % 64);
    for (uint32_t w = 0; w < r->words; w++)
        marked[w] |= r->people[w];
    us_live_plan_begin(r->plan, s->live, slot, marked);
    us_shard_done(s);
}
