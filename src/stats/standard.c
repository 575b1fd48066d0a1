/* standard.c: a rate against that of others in the same strata. */

#include "stats/special.h"
#include "stats/stats.h"

#include <math.h>

struct side {
    double n, hits;
};

struct sums {
    struct side *sides; /* by stratum: without, with */
    uint32_t strata, clusters;
    double exposed, hits; /* of strata that have both */
    double expected;      /* hits, at the rates of the others */
};

static bool both(const struct sums *s, uint32_t stratum)
{
    return s->sides[2 * stratum].n > 0 && s->sides[2 * stratum + 1].n > 0;
}

static struct sums sums_of(
    const struct us_clustered_row *rows, size_t n, struct us_arena *a)
{
    struct sums s = {0};
    for (size_t i = 0; i < n; i++) {
        if (rows[i].stratum >= s.strata) s.strata = rows[i].stratum + 1;
        if (rows[i].cluster >= s.clusters) s.clusters = rows[i].cluster + 1;
    }
    s.sides = us_new(a, struct side, 2 * (size_t)s.strata + 1);
    for (size_t i = 0; i < n; i++) {
        struct side *side = &s.sides[2 * rows[i].stratum + rows[i].exposed];
        side->n++;
        side->hits += rows[i].outcome;
    }
    for (uint32_t w = 0; w < s.strata; w++) {
        if (!both(&s, w)) continue;
        const struct side *without = &s.sides[2 * w];
        const struct side *with = without + 1;
        s.exposed += with->n;
        s.hits += with->hits;
        s.expected += with->n * without->hits / without->n;
    }
    return s;
}

/* What one more such row moves log(ratio) by. */
static double move(const struct sums *s, const struct us_clustered_row *row)
{
    const struct side *without = &s->sides[2 * row->stratum];
    double rate = without->hits / without->n;
    if (row->exposed) return row->outcome / s->hits - rate / s->expected;
    double weight = without[1].n / without->n;
    return -weight * (row->outcome - rate) / s->expected;
}

struct us_standard us_standard_ratio(const struct us_clustered_row *rows, size_t n,
    double level, struct us_arena *scratch)
{
    us_mark mark = us_arena_mark(scratch);
    struct sums s = sums_of(rows, n, scratch);
    double *moved = us_new(scratch, double, s.clusters + 1);
    bool *met = us_new(scratch, bool, s.clusters + 1);
    struct us_standard r = {.exposed = (int64_t)s.exposed,
        .rate = s.hits / s.exposed,
        .base = s.expected / s.exposed};
    for (size_t i = 0; i < n; i++) {
        if (!both(&s, rows[i].stratum)) continue;
        moved[rows[i].cluster] += move(&s, &rows[i]);
        met[rows[i].cluster] = true;
    }
    double sum = 0;
    for (uint32_t g = 0; g < s.clusters; g++) {
        sum += moved[g] * moved[g];
        r.clusters += met[g];
    }
    us_arena_pop(scratch, mark);
    double count = (double)r.clusters;
    r.ratio = (struct us_ratio){s.hits / s.expected, {NAN, NAN}};
    r.error = count > 1 ? sqrt(sum * count / (count - 1)) : NAN;
    if (!isfinite(r.error) || !isfinite(r.ratio.value) || r.ratio.value == 0) return r;
    double factor = exp(us_t_quantile((1 + level) / 2, count - 1) * r.error);
    r.ratio.in = (struct us_interval){r.ratio.value / factor, r.ratio.value * factor};
    return r;
}
