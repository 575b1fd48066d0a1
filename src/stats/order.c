/* order.c: sorted numbers, and many tests at once. */

#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

void us_sort(double *v, size_t n)
{
    if (n) qsort(v, n, sizeof *v, by_value);
}

double us_quantile(const double *sorted, size_t n, double p)
{
    if (n == 0) return NAN;
    double at = (double)(n - 1) * p;
    size_t i = (size_t)at;
    if (i + 1 >= n) return sorted[n - 1];
    return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

double us_mean(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    return sum / (double)n;
}

double us_deviation(const double *v, size_t n, double mean)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (v[i] - mean) * (v[i] - mean);
    return sqrt(sum / (double)n);
}

struct placed {
    double p;
    size_t at;
};

static int by_p(const void *a, const void *b)
{
    const struct placed *x = a;
    const struct placed *y = b;
    return (x->p > y->p) - (x->p < y->p);
}

void us_bh(const double *p, size_t n, double *q, struct us_arena *scratch)
{
    us_mark mark = us_arena_mark(scratch);
    struct placed *order = us_new(scratch, struct placed, n + 1);
    size_t told = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(p[i])) order[told++] = (struct placed){p[i], i};
        q[i] = p[i];
    }
    if (told) qsort(order, told, sizeof *order, by_p);
    double least = 1;
    for (size_t i = told; i-- > 0;) {
        double raised = order[i].p * (double)told / (double)(i + 1);
        if (raised < least) least = raised;
        q[order[i].at] = least;
    }
    us_arena_pop(scratch, mark);
}
