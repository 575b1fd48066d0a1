/* live_bench.h: between the files of live_bench: rows kept, and what replay finds in
 * them. */
#pragma once

#include "qualify/live.h"

/* What a transition adds to the sum of all, whatever their order. */
uint64_t live_bench_sum(
    uint32_t account, uint32_t definition, const struct us_transition *made);

struct live_bench_kept;
struct live_bench_kept *live_bench_kept_new(const struct us_rules *r);
/* values may be NULL: it has none. Their texts are copied. */
void live_bench_keep(struct live_bench_kept *k, uint32_t account,
    const struct us_log_event *e, const us_value *values);

struct live_bench_found {
    uint64_t transitions, sum;
};
struct live_bench_found live_bench_replay(struct live_bench_kept *k, int64_t until);
