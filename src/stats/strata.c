/* strata.c: an odds ratio common to several tables, units alone or in clusters. */

#include "stats/special.h"
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- units alone ---- */

struct sums {
    double r, s;          /* Σ ad/n, Σ bc/n */
    double pr, ps_qr, qs; /* Robins, Breslow and Greenland's three */
    double off, spread;   /* Σ (a − E a), Σ var a */
    int64_t informative;
};

static void stratum_add(struct sums *s, struct us_fourfold t)
{
    double a = (double)t.a;
    double b = (double)t.b;
    double c = (double)t.c;
    double d = (double)t.d;
    double n = a + b + c + d;
    if (a + b == 0 || c + d == 0 || a + c == 0 || b + d == 0) return;
    double r = a * d / n;
    double q = b * c / n;
    double same = (a + d) / n;
    double other = (b + c) / n;
    s->informative++;
    s->r += r;
    s->s += q;
    s->pr += same * r;
    s->ps_qr += same * q + other * r;
    s->qs += other * q;
    s->off += a - (a + b) * (a + c) / n;
    s->spread += (a + b) * (c + d) * (a + c) * (b + d) / (n * n * (n - 1));
}

static struct us_ratio with_error(double value, double error, double times)
{
    struct us_ratio r = {value, {NAN, NAN}};
    if (!isfinite(error) || isnan(value) || value == 0 || isinf(value)) return r;
    double factor = exp(times * error);
    r.in = (struct us_interval){value / factor, value * factor};
    return r;
}

struct us_strata us_mantel_haenszel(
    const struct us_fourfold *strata, size_t n, double level)
{
    struct sums s = {0};
    for (size_t i = 0; i < n; i++)
        stratum_add(&s, strata[i]);
    double error2 =
        s.pr / (2 * s.r * s.r) + s.ps_qr / (2 * s.r * s.s) + s.qs / (2 * s.s * s.s);
    struct us_strata r = {.odds = with_error(s.r / s.s, sqrt(error2), us_z_of(level)),
        .chi2 = s.off * s.off / s.spread,
        .informative = s.informative};
    r.p = us_chi2_above(r.chi2, 1);
    return r;
}

/* ---- units in clusters ---- */

struct sizes {
    uint32_t strata, clusters;
};

static struct sizes sizes_of(const struct us_clustered_row *rows, size_t n)
{
    struct sizes s = {0};
    for (size_t i = 0; i < n; i++) {
        if (rows[i].stratum >= s.strata) s.strata = rows[i].stratum + 1;
        if (rows[i].cluster >= s.clusters) s.clusters = rows[i].cluster + 1;
    }
    return s;
}

/* What one more unit in each cell of a stratum would move log(R/S) by: R and S are of
 * degree one in the cells, so that the moves of all units add up to nothing. */
struct moves {
    double of[2][2]; /* exposed, outcome */
};

static struct moves moves_of(struct us_fourfold t, double r_all, double s_all)
{
    double a = (double)t.a;
    double b = (double)t.b;
    double c = (double)t.c;
    double d = (double)t.d;
    double n = a + b + c + d;
    double r = a * d / n;
    double s = b * c / n;
    struct moves m;
    m.of[1][1] = (d - r) / n / r_all - (0 - s) / n / s_all;
    m.of[0][0] = (a - r) / n / r_all - (0 - s) / n / s_all;
    m.of[1][0] = (0 - r) / n / r_all - (c - s) / n / s_all;
    m.of[0][1] = (0 - r) / n / r_all - (b - s) / n / s_all;
    return m;
}

static struct us_fourfold *tables_of(
    const struct us_clustered_row *rows, size_t n, uint32_t strata, struct us_arena *a)
{
    struct us_fourfold *all = us_new(a, struct us_fourfold, strata + 1);
    for (size_t i = 0; i < n; i++) {
        struct us_fourfold *t = &all[rows[i].stratum];
        if (rows[i].exposed)
            *(rows[i].outcome ? &t->a : &t->b) += 1;
        else
            *(rows[i].outcome ? &t->c : &t->d) += 1;
    }
    return all;
}

static double variance_of(
    const double *moved, const bool *met, struct sizes z, size_t *clusters)
{
    double sum = 0;
    *clusters = 0;
    for (uint32_t g = 0; g < z.clusters; g++) {
        sum += moved[g] * moved[g];
        *clusters += met[g];
    }
    double count = (double)*clusters;
    return count > 1 ? sum * count / (count - 1) : NAN;
}

struct us_clustered us_clustered_odds(const struct us_clustered_row *rows, size_t n,
    double level, struct us_arena *scratch)
{
    us_mark mark = us_arena_mark(scratch);
    struct sizes z = sizes_of(rows, n);
    const struct us_fourfold *tables = tables_of(rows, n, z.strata, scratch);
    struct sums s = {0};
    for (uint32_t i = 0; i < z.strata; i++)
        stratum_add(&s, tables[i]);
    struct moves *moves = us_new(scratch, struct moves, z.strata + 1);
    for (uint32_t i = 0; i < z.strata; i++)
        moves[i] = moves_of(tables[i], s.r, s.s);
    double *moved = us_new(scratch, double, z.clusters + 1);
    bool *met = us_new(scratch, bool, z.clusters + 1);
    for (size_t i = 0; i < n; i++) {
        const struct us_clustered_row *row = &rows[i];
        moved[row->cluster] += moves[row->stratum].of[row->exposed][row->outcome];
        met[row->cluster] = true;
    }
    struct us_clustered r = {0};
    r.error = sqrt(variance_of(moved, met, z, &r.clusters));
    us_arena_pop(scratch, mark);
    r.odds.value = s.r / s.s;
    return us_clustered_degrees(r, (double)r.clusters - 1, level);
}

struct us_clustered us_clustered_degrees(
    struct us_clustered r, double degrees, double level)
{
    bool told = degrees >= 1;
    double t = told ? us_t_quantile((1 + level) / 2, degrees) : NAN;
    r.odds = with_error(r.odds.value, r.error, t);
    r.p = told ? 2 * us_t_above(fabs(log(r.odds.value)) / r.error, degrees) : NAN;
    return r;
}
