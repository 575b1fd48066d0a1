#include "stats/levels.h"

#include <math.h>
#include <string.h>

enum { TERMS_MAX = US_SMOOTH_DEGREE_MAX + 1, STEPS_MAX = 60, HALVINGS_MAX = 30 };

static const double CLOSE_ENOUGH = 1e-8; /* of the log likelihood: after a step of
                                         Newton as small, its square */

struct curve {
    const double *counts;
    const bool *left_out;
    size_t n;
    int terms;
    double beta[TERMS_MAX];
    double *expected; /* at beta, of all bins */
};

/* Chebyshev polynomials over [−1, 1]: their matrix stays well conditioned. */
static void terms_at(const struct curve *c, size_t bin, double *into)
{
    double x = c->n > 1 ? 2 * (double)bin / (double)(c->n - 1) - 1 : 0;
    into[0] = 1;
    if (c->terms > 1) into[1] = x;
    for (int k = 2; k < c->terms; k++)
        into[k] = 2 * x * into[k - 1] - into[k - 2];
}

/* The log likelihood at beta, but for a constant; expected is set. */
static double likelihood(const struct curve *c, const double *beta)
{
    double sum = 0;
    for (size_t i = 0; i < c->n; i++) {
        double term[TERMS_MAX];
        double eta = 0;
        terms_at(c, i, term);
        for (int k = 0; k < c->terms; k++)
            eta += beta[k] * term[k];
        c->expected[i] = exp(eta < 700 ? eta : 700);
        if (!c->left_out || !c->left_out[i]) sum += c->counts[i] * eta - c->expected[i];
    }
    return sum;
}

struct slope {
    double g[TERMS_MAX], h[TERMS_MAX][TERMS_MAX];
};

static void slope_of(const struct curve *c, struct slope *s)
{
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < c->n; i++) {
        double term[TERMS_MAX];
        if (c->left_out && c->left_out[i]) continue;
        double mean = c->expected[i];
        terms_at(c, i, term);
        for (int k = 0; k < c->terms; k++) {
            s->g[k] += (c->counts[i] - mean) * term[k];
            for (int m = 0; m <= k; m++)
                s->h[k][m] += mean * term[k] * term[m];
        }
    }
}

/* Cholesky in place; false when it is singular. */
static bool factor(struct slope *s, int terms)
{
    for (int k = 0; k < terms; k++) {
        for (int m = 0; m <= k; m++) {
            double sum = s->h[k][m];
            for (int j = 0; j < m; j++)
                sum -= s->h[k][j] * s->h[m][j];
            if (m < k)
                s->h[k][m] = sum / s->h[m][m];
            else if (sum > 1e-12 * (1 + s->h[k][k]))
                s->h[k][k] = sqrt(sum);
            else
                return false;
        }
    }
    return true;
}

static void solve(struct slope *s, int terms)
{
    for (int k = 0; k < terms; k++) {
        for (int j = 0; j < k; j++)
            s->g[k] -= s->h[k][j] * s->g[j];
        s->g[k] /= s->h[k][k];
    }
    for (int k = terms - 1; k >= 0; k--) {
        for (int j = k + 1; j < terms; j++)
            s->g[k] -= s->h[j][k] * s->g[j];
        s->g[k] /= s->h[k][k];
    }
}

static bool step(struct curve *c, double *value, bool *done)
{
    struct slope s;
    slope_of(c, &s);
    if (!factor(&s, c->terms)) return false;
    solve(&s, c->terms);
    double part = 1;
    for (int halving = 0; halving < HALVINGS_MAX; halving++, part /= 2) {
        double to[TERMS_MAX] = {0};
        for (int k = 0; k < c->terms; k++)
            to[k] = c->beta[k] + part * s.g[k];
        double better = likelihood(c, to);
        if (better < *value) continue;
        *done = better - *value <= CLOSE_ENOUGH * (1 + fabs(*value));
        memcpy(c->beta, to, sizeof c->beta);
        *value = better;
        return true;
    }
    /* No way is up: as high as rounding lets it be. */
    *value = likelihood(c, c->beta);
    *done = true;
    return true;
}

bool us_smooth_counts(const struct us_smooth_asked *q, double *expected)
{
    struct curve c = {q->counts, q->left_out, q->n, q->degree + 1, {0}, expected};
    double sum = 0;
    size_t bins = 0;
    size_t filled = 0;
    for (size_t i = 0; i < q->n; i++) {
        if (q->left_out && q->left_out[i]) continue;
        bins++;
        sum += q->counts[i];
        filled += q->counts[i] > 0;
    }
    if (filled <= (size_t)q->degree) return false;
    if (q->curve) memcpy(c.beta, q->curve, (size_t)c.terms * sizeof *c.beta);
    if (c.beta[0] == 0) c.beta[0] = log(sum / (double)bins);
    double value = likelihood(&c, c.beta);
    bool done = false;
    for (int i = 0; i < STEPS_MAX && !done; i++)
        if (!step(&c, &value, &done)) return false;
    if (q->curve) memcpy(q->curve, c.beta, (size_t)c.terms * sizeof *c.beta);
    return done;
}
