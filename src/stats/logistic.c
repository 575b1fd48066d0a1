/* logistic.c: the chance of an outcome from several numbers, by Newton's method.
 *
 * With D = (1, x) the gradient of the penalised log likelihood is Dᵀ(y − p) − λβ, and
 * the second derivative −(Dᵀ W D + λ), W = p(1 − p); LAPACK solves for the step.
 */

#include "stats/stats.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

enum {
    STEPS_MAX = 100,
    HALVINGS_MAX = 30,
    /* Newton doubles its digits once it is near; where lines part the outcomes it goes
     * on by a constant stride instead, and never gets near. */
    STEPS_UNPARTED = 18,
};
static const double steep = 1e-10; /* gradient, of n */

struct work {
    const struct us_logistic_asked *asked;
    size_t m; /* k + 1, the intercept first */
    double *at, *next;
    double *gradient, *second; /* m; m × m, its upper triangle by rows */
    double *rates;
};

static double line_of(const double *beta, const double *x, size_t k)
{
    double sum = beta[0];
    for (size_t j = 0; j < k; j++)
        sum += beta[j + 1] * x[j];
    return sum;
}

static double rate_of(double line)
{
    return line >= 0 ? 1 / (1 + exp(-line)) : exp(line) / (1 + exp(line));
}

/* log P(y) without overflow; without the penalty */
static double likelihood(const struct work *w, const double *beta)
{
    const struct us_logistic_asked *q = w->asked;
    double sum = 0;
    for (size_t i = 0; i < q->n; i++) {
        double line = line_of(beta, q->x + i * q->k, q->k);
        double against = q->y[i] ? -line : line;
        sum -= against > 0 ? against + log1p(exp(-against)) : log1p(exp(against));
    }
    return sum;
}

static double goal(const struct work *w, const double *beta)
{
    double sum = 0;
    for (size_t j = 1; j < w->m; j++)
        sum += beta[j] * beta[j];
    return likelihood(w, beta) - w->asked->penalty / 2 * sum;
}

/* Rates, gradient and second derivative where the work is at. */
static void derive(struct work *w)
{
    const struct us_logistic_asked *q = w->asked;
    memset(w->gradient, 0, w->m * sizeof(double));
    memset(w->second, 0, w->m * w->m * sizeof(double));
    for (size_t i = 0; i < q->n; i++) {
        const double *x = q->x + i * q->k;
        double p = w->rates[i] = rate_of(line_of(w->at, x, q->k));
        double off = (q->y[i] ? 1 : 0) - p;
        double weight = p * (1 - p);
        w->gradient[0] += off;
        w->second[0] += weight;
        for (size_t j = 0; j < q->k; j++) {
            double part = weight * x[j];
            w->gradient[j + 1] += off * x[j];
            w->second[j + 1] += part;
            for (size_t l = j; l < q->k; l++)
                w->second[(j + 1) * w->m + l + 1] += part * x[l];
        }
    }
    for (size_t j = 1; j < w->m; j++) {
        w->gradient[j] -= q->penalty * w->at[j];
        w->second[j * w->m + j] += q->penalty;
    }
}

static bool flat(const struct work *w)
{
    for (size_t j = 0; j < w->m; j++)
        if (fabs(w->gradient[j]) > steep * (double)w->asked->n) return false;
    return true;
}

/* Columns that say the same leave nothing of a diagonal. */
static bool factored(struct work *w)
{
    static const double lost = 1e-12;
    int m = (int)w->m;
    for (size_t j = 0; j < w->m; j++)
        w->next[j] = w->second[j * w->m + j];
    if (LAPACKE_dpotrf(LAPACK_ROW_MAJOR, 'U', m, w->second, m) != 0) return false;
    for (size_t j = 0; j < w->m; j++) {
        double left = w->second[j * w->m + j];
        if (left * left <= lost * w->next[j]) return false;
    }
    return true;
}

/* One step of Newton's, halved until it does not lead down; false: singular. */
static bool step(struct work *w)
{
    int m = (int)w->m;
    if (!factored(w)) return false;
    LAPACKE_dpotrs(LAPACK_ROW_MAJOR, 'U', m, 1, w->second, m, w->gradient, 1);
    double before = goal(w, w->at);
    double share = 1;
    for (int i = 0; i < HALVINGS_MAX; i++, share /= 2) {
        for (size_t j = 0; j < w->m; j++)
            w->next[j] = w->at[j] + share * w->gradient[j];
        if (goal(w, w->next) >= before - 1e-12 * fabs(before)) break;
    }
    memcpy(w->at, w->next, w->m * sizeof(double));
    return true;
}

static us_fit climb(struct work *w, int *steps)
{
    for (*steps = 0; *steps < STEPS_MAX; ++*steps) {
        derive(w);
        if (flat(w)) return US_FIT_GOOD;
        if (w->asked->penalty == 0 && *steps >= STEPS_UNPARTED) return US_FIT_SEPARATED;
        /* without any spread left, all rates being 0 or 1, the second derivative is too
         */
        double spread = w->second[0];
        if (!step(w))
            return spread < 1e-8 * (double)w->asked->n ? US_FIT_SEPARATED
                                                       : US_FIT_SINGULAR;
    }
    return US_FIT_SEPARATED;
}

/* ---- standard errors ---- */

/* Sum over clusters of (Σ score)(Σ score)ᵀ, times the correction for few clusters. */
static double *meat(const struct work *w, struct us_arena *a)
{
    const struct us_logistic_asked *q = w->asked;
    double *scores = us_new(a, double, q->cluster_count * w->m + 1);
    bool *met = us_new(a, bool, q->cluster_count + 1);
    double count = 0;
    for (size_t i = 0; i < q->n; i++) {
        double *score = scores + q->cluster[i] * w->m;
        double off = (q->y[i] ? 1 : 0) - w->rates[i];
        count += !met[q->cluster[i]];
        met[q->cluster[i]] = true;
        score[0] += off;
        for (size_t j = 0; j < q->k; j++)
            score[j + 1] += off * q->x[i * q->k + j];
    }
    double *sum = us_new(a, double, w->m * w->m);
    for (size_t g = 0; g < q->cluster_count; g++)
        for (size_t j = 0; j < w->m; j++)
            for (size_t l = 0; l < w->m; l++)
                sum[j * w->m + l] += scores[g * w->m + j] * scores[g * w->m + l];
    double n = (double)q->n;
    double correction = count / (count - 1) * (n - 1) / (n - (double)w->m);
    for (size_t j = 0; j < w->m * w->m; j++)
        sum[j] *= correction;
    return sum;
}

/* The inverse of the second derivative, whole. */
static bool invert(struct work *w)
{
    int m = (int)w->m;
    if (!factored(w)) return false;
    if (LAPACKE_dpotri(LAPACK_ROW_MAJOR, 'U', m, w->second, m) != 0) return false;
    for (size_t j = 0; j < w->m; j++)
        for (size_t l = 0; l < j; l++)
            w->second[j * w->m + l] = w->second[l * w->m + j];
    return true;
}

static void errors(struct work *w, double *into, struct us_arena *a)
{
    for (size_t j = 0; j < w->m; j++)
        into[j] = NAN;
    derive(w);
    if (!invert(w)) return;
    const double *inverse = w->second;
    size_t m = w->m;
    if (!w->asked->cluster) {
        for (size_t j = 0; j < m; j++)
            into[j] = sqrt(inverse[j * m + j]);
        return;
    }
    us_mark mark = us_arena_mark(a);
    const double *between = meat(w, a);
    for (size_t j = 0; j < m; j++) {
        double sum = 0;
        for (size_t l = 0; l < m; l++)
            for (size_t i = 0; i < m; i++)
                sum += inverse[j * m + l] * between[l * m + i] * inverse[i * m + j];
        into[j] = sqrt(sum);
    }
    us_arena_pop(a, mark);
}

struct us_logistic us_logistic_fit(
    const struct us_logistic_asked *asked, struct us_arena *a)
{
    struct us_logistic r = {.beta = us_new(a, double, asked->k + 1),
        .errors = us_new(a, double, asked->k + 1)};
    size_t hits = 0;
    for (size_t i = 0; i < asked->n; i++)
        hits += asked->y[i] != 0;
    if (hits == 0 || hits == asked->n) {
        r.fit = US_FIT_ONE_OUTCOME;
        return r;
    }
    us_mark mark = us_arena_mark(a);
    size_t m = asked->k + 1;
    struct work w = {.asked = asked,
        .m = m,
        .at = us_new(a, double, m),
        .next = us_new(a, double, m),
        .gradient = us_new(a, double, m),
        .second = us_new(a, double, m *m),
        .rates = us_new(a, double, asked->n)};
    w.at[0] = log((double)hits / (double)(asked->n - hits));
    r.fit = climb(&w, &r.steps);
    r.intercept = w.at[0];
    memcpy(r.beta, w.at + 1, asked->k * sizeof(double));
    r.log_likelihood = likelihood(&w, w.at);
    errors(&w, r.errors, a);
    us_arena_pop(a, mark);
    return r;
}

double us_logistic_rate(const struct us_logistic *m, const double *x, size_t k)
{
    double sum = m->intercept;
    for (size_t j = 0; j < k; j++)
        sum += m->beta[j] * x[j];
    return rate_of(sum);
}
