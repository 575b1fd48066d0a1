/* survival.c: how long until an outcome, when many have not met it yet. */

#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>

static int by_time(const void *a, const void *b)
{
    const struct us_life *x = a;
    const struct us_life *y = b;
    return (x->time > y->time) - (x->time < y->time);
}

struct us_survival us_kaplan_meier(struct us_life *lives, size_t n, struct us_arena *a)
{
    struct us_survival s = {.n = n};
    if (n) qsort(lives, n, sizeof *lives, by_time);
    s.times = us_new(a, double, n + 1);
    s.steps = us_new(a, struct us_survival_step, n + 1);
    double surviving = 1;
    double error2 = 0;
    for (size_t i = 0; i < n;) {
        double time = lives[i].time;
        int64_t at_risk = (int64_t)(n - i);
        int64_t outcomes = 0;
        for (; i < n && lives[i].time == time; i++) {
            outcomes += lives[i].outcome;
            s.times[i] = time;
        }
        if (outcomes == 0) continue;
        double left = (double)(at_risk - outcomes);
        surviving *= left / (double)at_risk;
        error2 += (double)outcomes / ((double)at_risk * left);
        s.outcomes += outcomes;
        s.steps[s.step_count++] = (struct us_survival_step){.time = time,
            .at_risk = at_risk,
            .outcomes = outcomes,
            .surviving = surviving,
            .log_error2 = error2};
    }
    return s;
}

struct us_survival_at us_survival_at(
    const struct us_survival *s, double time, double level)
{
    struct us_survival_at r = {0};
    size_t step = 0;
    for (size_t high = s->step_count; step < high;) {
        size_t middle = step + (high - step) / 2;
        if (s->steps[middle].time <= time)
            step = middle + 1;
        else
            high = middle;
    }
    size_t gone = 0;
    for (size_t high = s->n; gone < high;) {
        size_t middle = gone + (high - gone) / 2;
        if (s->times[middle] < time)
            gone = middle + 1;
        else
            high = middle;
    }
    r.at_risk = (int64_t)(s->n - gone);
    if (step == 0) return r;
    const struct us_survival_step *last = &s->steps[step - 1];
    double factor = exp(us_z_of(level) * sqrt(last->log_error2));
    double most = last->surviving * factor;
    r.happened = 1 - last->surviving;
    r.in.low = 1 - (most < 1 ? most : 1);
    r.in.high = last->surviving > 0 ? 1 - last->surviving / factor : NAN;
    if (last->surviving == 0) r.in.low = NAN;
    return r;
}
