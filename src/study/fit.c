/* fit.c: inputs, the split, the fit, and how it does on later units. */

#include "study/fit.h"

#include "base/time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_ALL = 100, TOP_SHARE = 10 };

struct table {
    double *x; /* n × k */
    uint8_t *y;
    size_t n, k;
};

struct work {
    const struct us_fit_asked *q;
    struct us_fitted *f;
    struct us_arena *a;
    uint32_t *column; /* by name: its input + 1; 0 none */
    struct table train, test;
};

static void counts(const struct work *w, const struct us_landmark_unit *x, double *into)
{
    const struct us_units *u = w->q->landmark->units;
    int64_t landmark = x->start + w->q->landmark->within;
    memset(into, 0, w->q->count * sizeof *into);
    for (uint32_t i = u->from[x->unit]; i < u->from[x->unit + 1] && u->at[i] < landmark;
         i++)
        if (u->at[i] >= x->start && w->column[u->name[i]])
            into[w->column[u->name[i]] - 1] += 1;
    for (size_t j = 0; j < w->q->count; j++)
        into[j] = log1p(into[j]);
}

static void row_add(struct work *w, struct table *t, const struct us_landmark_unit *x)
{
    counts(w, x, t->x + t->n * t->k);
    t->y[t->n++] = x->converted;
}

static struct table table_new(struct work *w)
{
    size_t n = w->q->frame->count;
    size_t k = w->q->count;
    return (struct table){
        us_new(w->a, double, n *k + 1), us_new(w->a, uint8_t, n + 1), 0, k};
}

static void split(struct work *w)
{
    const struct us_landmark *frame = w->q->frame;
    const struct us_landmark_asked *l = w->q->landmark;
    size_t at = (size_t)floor(w->q->split * (double)frame->count);
    if (at >= frame->count) at = frame->count - 1;
    w->f->split_at = frame->eligible[at].start;
    w->train = table_new(w);
    w->test = table_new(w);
    for (uint32_t i = 0; i < frame->count; i++) {
        const struct us_landmark_unit *x = &frame->eligible[i];
        if (x->start + l->within + l->horizon <= w->f->split_at)
            row_add(w, &w->train, x);
        if (x->start >= w->f->split_at) row_add(w, &w->test, x);
    }
}

/* Every input as its distance from the training mean, in training deviations. */
static void scale(struct work *w)
{
    size_t k = w->q->count;
    double *column = us_new(w->a, double, w->train.n + 1);
    for (size_t j = 0; j < k; j++) {
        for (size_t i = 0; i < w->train.n; i++)
            column[i] = w->train.x[i * k + j];
        double mean = us_mean(column, w->train.n);
        double deviation = us_deviation(column, w->train.n, mean);
        w->f->means[j] = mean;
        w->f->deviations[j] = deviation > 0 ? deviation : 1;
    }
    struct table *const tables[] = {&w->train, &w->test};
    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < tables[t]->n; i++)
            for (size_t j = 0; j < k; j++) {
                double *cell = &tables[t]->x[i * k + j];
                *cell = (*cell - w->f->means[j]) / w->f->deviations[j];
            }
}

static double *rates(struct work *w, const struct us_logistic *m, const struct table *t)
{
    double *rate = us_new(w->a, double, t->n + 1);
    for (size_t i = 0; i < t->n; i++)
        rate[i] = us_logistic_rate(m, t->x + i * t->k, t->k);
    return rate;
}

static struct us_fit_side side(
    struct work *w, const double *rate, const struct table *t)
{
    struct us_fit_side s = {.n = (int64_t)t->n};
    s.auc = us_auc_of(rate, t->y, t->n, w->a);
    s.hits = s.auc.with;
    return s;
}

struct ranked {
    double rate;
    size_t at;
};

/* Rows of the test lie by t0 and unit already. */
static int by_rate(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    if (x->rate != y->rate) return x->rate > y->rate ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static void top(struct work *w, const double *rate)
{
    struct ranked *order = us_new(w->a, struct ranked, w->test.n + 1);
    for (size_t i = 0; i < w->test.n; i++)
        order[i] = (struct ranked){rate[i], i};
    if (w->test.n) qsort(order, w->test.n, sizeof *order, by_rate);
    w->f->top_n = (int64_t)(w->test.n / TOP_SHARE);
    for (int64_t i = 0; i < w->f->top_n; i++)
        w->f->top_hits += w->test.y[order[i].at];
}

static void calibrate(struct work *w, const double *rate)
{
    struct us_fitted *f = w->f;
    size_t n = w->test.n;
    double *odds = us_new(w->a, double, n + 1);
    for (size_t i = 0; i < n; i++) {
        double off = rate[i] - w->test.y[i];
        f->brier += off * off / (double)n;
        f->mean_predicted += rate[i] / (double)n;
        odds[i] = log(rate[i]) - log1p(-rate[i]);
    }
    f->rate = (double)f->test.hits / (double)n;
    f->band_count = us_calibration(rate, w->test.y, n, f->bands, US_FIT_BANDS, w->a);
    struct us_logistic_asked asked = {.x = odds, .y = w->test.y, .n = n, .k = 1};
    struct us_logistic m = us_logistic_fit(&asked, w->a);
    f->slope = m.fit == US_FIT_GOOD ? m.beta[0] : NAN;
}

static void singles(struct work *w)
{
    double *column = us_new(w->a, double, w->test.n + 1);
    for (size_t j = 0; j < w->q->count; j++) {
        for (size_t i = 0; i < w->test.n; i++)
            column[i] = w->test.x[i * w->q->count + j];
        w->f->single_auc[j] = us_auc_of(column, w->test.y, w->test.n, w->a).value;
    }
}

/* What one, three and ten times add to the log odds, as shares of a hundred points when
 * everything that speaks for the outcome is there; what speaks against it has none. */
static void points(struct work *w)
{
    static const uint32_t steps[] = {1, 3, 10};
    enum { STEPS = sizeof steps / sizeof *steps };
    struct us_fitted *f = w->f;
    double all = 0;
    for (size_t j = 0; j < w->q->count; j++)
        if (f->beta[j] > 0)
            all += f->beta[j] / f->deviations[j] * log1p(steps[STEPS - 1]);
    f->points = us_new(w->a, struct us_fit_points, w->q->count * STEPS + 1);
    for (size_t j = 0; j < w->q->count && all > 0; j++) {
        double before = 0;
        for (size_t s = 0; s < STEPS && f->beta[j] > 0; s++) {
            double now =
                f->beta[j] / f->deviations[j] * log1p(steps[s]) / all * POINTS_ALL;
            int more = (int)(nearbyint(now) - nearbyint(before));
            before = now;
            if (more > 0)
                f->points[f->point_count++] =
                    (struct us_fit_points){(uint32_t)j, steps[s], more};
        }
    }
}

void us_fit_study(
    const struct us_fit_asked *q, struct us_arena *a, struct us_fitted *out)
{
    *out = (struct us_fitted){.fit = US_FIT_ONE_OUTCOME,
        .means = us_new(a, double, q->count + 1),
        .deviations = us_new(a, double, q->count + 1),
        .single_auc = us_new(a, double, q->count + 1)};
    if (q->frame->count == 0) return;
    struct work w = {.q = q, .f = out, .a = a};
    w.column = us_new(a, uint32_t, q->landmark->units->name_count + 1);
    for (uint32_t j = 0; j < q->count; j++)
        w.column[q->events[j]] = j + 1;
    split(&w);
    scale(&w);
    struct us_logistic_asked asked = {.x = w.train.x,
        .y = w.train.y,
        .n = w.train.n,
        .k = q->count,
        .penalty = q->penalty};
    struct us_logistic m = us_logistic_fit(&asked, a);
    out->fit = m.fit;
    out->intercept = m.intercept;
    out->beta = m.beta;
    out->errors = m.errors;
    if (m.fit != US_FIT_GOOD) return;
    const double *rate = rates(&w, &m, &w.test);
    out->train = side(&w, rates(&w, &m, &w.train), &w.train);
    out->test = side(&w, rate, &w.test);
    top(&w, rate);
    calibrate(&w, rate);
    singles(&w);
    points(&w);
}

size_t us_fit_inputs(const struct us_landmark_asked *q, const struct us_landmark *frame,
    struct us_arena *a, uint32_t **out)
{
    const struct us_units *u = q->units;
    struct us_fit_met {
        uint32_t now, first; /* times by the unit at hand, and by the first */
        bool differs;
    } *met = us_new(a, struct us_fit_met, u->name_count + 1);
    for (uint32_t i = 0; i < frame->count; i++) {
        const struct us_landmark_unit *x = &frame->eligible[i];
        for (uint32_t name = 0; name < u->name_count; name++)
            met[name].now = 0;
        for (uint32_t r = u->from[x->unit]; r < u->from[x->unit + 1]; r++)
            if (u->at[r] >= x->start && u->at[r] < x->start + q->within)
                met[u->name[r]].now++;
        for (uint32_t name = 0; name < u->name_count; name++) {
            if (i == 0) met[name].first = met[name].now;
            met[name].differs |= met[name].now != met[name].first;
        }
    }
    size_t count = 0;
    *out = us_new(a, uint32_t, u->name_count + 1);
    for (uint32_t name = 0; name < u->name_count; name++)
        if (met[name].differs && name != q->outcome) (*out)[count++] = name;
    return count;
}
