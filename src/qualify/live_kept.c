/* live_kept.c: a shard in a file (file/kept.h), between two moments. */

#include "qualify/live_inner.h"

bool us_shard_can_be_kept(const struct us_shard *s)
{
    return !us_live_any_touched(s->live) && !s->fired_count && !s->feed && !s->again;
}

void us_shard_kept(struct us_kept_file *k, struct us_shard *s)
{
    us_kept_same(k, sizeof(struct us_shard_account));
    us_kept_same(k, sizeof(struct us_kept_machine));
    us_kept_same(k, s->of->words);
    us_live_kept(k, s->live);
    us_pool_kept(k, &s->pool);
    US_KEPT(k, s->account_count);
    us_kept_arena(k, &s->accounts);
    us_kept_arena(k, &s->ticks);
    us_kept_bytes(k, s->given, s->of->words * sizeof *s->given);
    US_KEPT(k, s->now);
    US_KEPT(k, s->ticked);
    US_KEPT(k, s->least_tick);
}
