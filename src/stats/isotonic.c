#include "stats/levels.h"

#include <math.h>

struct block {
    double mean, weight;
    size_t from;
};

/* Bins without weight are a part of the block before them. */
static void spread(const struct block *blocks, size_t count, size_t n, double *fit)
{
    for (size_t b = 0; b < count; b++) {
        size_t to = b + 1 < count ? blocks[b + 1].from : n;
        for (size_t i = b ? blocks[b].from : 0; i < to; i++)
            fit[i] = blocks[b].mean;
    }
    for (size_t i = 0; i < n && count == 0; i++)
        fit[i] = NAN;
}

void us_isotonic_falling(
    const double *y, const double *w, size_t n, double *fit, struct us_arena *scratch)
{
    us_mark mark = us_arena_mark(scratch);
    struct block *blocks = us_new(scratch, struct block, n + 1);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(w[i] > 0)) continue;
        blocks[count++] = (struct block){y[i], w[i], i};
        while (count > 1 && blocks[count - 2].mean <= blocks[count - 1].mean) {
            struct block *into = &blocks[count - 2];
            const struct block *last = &blocks[count - 1];
            double weight = into->weight + last->weight;
            into->mean =
                (into->mean * into->weight + last->mean * last->weight) / weight;
            into->weight = weight;
            count--;
        }
    }
    spread(blocks, count, n, fit);
    us_arena_pop(scratch, mark);
}
