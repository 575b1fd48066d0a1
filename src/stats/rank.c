/* rank.c: how well scores tell outcomes apart, and whether rates said come true. */

#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>

struct scored {
    double score;
    uint8_t outcome;
};

static int by_score(const void *a, const void *b)
{
    const struct scored *x = a;
    const struct scored *y = b;
    return (x->score > y->score) - (x->score < y->score);
}

static struct scored *in_order(
    const double *scores, const uint8_t *outcomes, size_t n, struct us_arena *scratch)
{
    struct scored *all = us_new(scratch, struct scored, n + 1);
    for (size_t i = 0; i < n; i++)
        all[i] = (struct scored){scores[i], outcomes[i]};
    if (n) qsort(all, n, sizeof *all, by_score);
    return all;
}

struct us_auc us_auc_of(
    const double *scores, const uint8_t *outcomes, size_t n, struct us_arena *scratch)
{
    us_mark mark = us_arena_mark(scratch);
    const struct scored *all = in_order(scores, outcomes, n, scratch);
    struct us_auc r = {0};
    double won = 0; /* pairs, a tie one half */
    for (size_t i = 0; i < n;) {
        int64_t with = 0;
        int64_t without = 0;
        for (double score = all[i].score; i < n && all[i].score == score; i++)
            *(all[i].outcome ? &with : &without) += 1;
        won += (double)with * ((double)r.without + 0.5 * (double)without);
        r.with += with;
        r.without += without;
    }
    us_arena_pop(scratch, mark);
    double n1 = (double)r.with;
    double n0 = (double)r.without;
    double v = r.value = won / (n1 * n0);
    double q1 = v / (2 - v);
    double q2 = 2 * v * v / (1 + v);
    r.error = sqrt(
        (v * (1 - v) + (n1 - 1) * (q1 - v * v) + (n0 - 1) * (q2 - v * v)) / (n1 * n0));
    return r;
}

size_t us_calibration(const double *predicted, const uint8_t *outcomes, size_t n,
    struct us_calibration_band *into, size_t bands, struct us_arena *scratch)
{
    us_mark mark = us_arena_mark(scratch);
    const struct scored *all = in_order(predicted, outcomes, n, scratch);
    size_t count = bands < n ? bands : n;
    for (size_t b = 0; b < count; b++) {
        struct us_calibration_band band = {0};
        double sum = 0;
        for (size_t i = b * n / count; i < (b + 1) * n / count; i++) {
            band.n++;
            band.hits += all[i].outcome != 0;
            sum += all[i].score;
        }
        band.predicted = sum / (double)band.n;
        band.in = us_wilson(band.hits, band.n, 0.95);
        into[b] = band;
    }
    us_arena_pop(scratch, mark);
    return count;
}
