/* ceiling_tests.c: whether there is anything to be seen at all.
 *
 * Where a share, a rate or growth may change is not known beforehand: the greatest of
 * the scores over all values is held against its own distribution when each account's
 * part is given a random sign (Hansen, Econometrica 64 (1996)), so that tries and
 * quarters of one account count as one. Of rates and growth a straight line along the
 * logarithm of the value is taken out before: that larger accounts grow slower is no
 * ceiling. Bunches are held against counts drawn from the smooth curve.
 */

#include "study/ceiling_inner.h"

#include <math.h>
#include <string.h>

static const double HALF = 0.5;
static const double LEVEL = 0.05;
static const double POWER = 0.8;
static const double TENTH = 0.1; /* what a ceiling stops: the largest accounts */
static const double DECLINED_MORE = 0.2; /* a rise that should be seen */

struct score_of {
    us_ceiling_evidence evidence;
    us_ceiling_field n, sum;
    bool line;   /* taken out */
    double sign; /* 1: rises */
};

/* A residual of an account in a bin. */
struct part {
    uint32_t bin;
    double r;
};

struct scores {
    const struct us_ceiling_work *w;
    struct score_of of;
    double level, slope; /* of all, along middle − origin */
    double origin;
    struct part *parts;
    size_t *from;
    double *shift, *tilt; /* by hinge: what level and slope take out of a step */
    double *spread;       /* by hinge: deviation of the score; 0: none */
};

static double x_of(const struct scores *s, size_t bin)
{
    return s->w->middle[bin] - s->origin;
}

/* Regression of (n, sum) on 1 and x. */
static void line_of(const double *n, const double *sum, const struct scores *s,
    bool line, double *level, double *slope)
{
    double w = 0;
    double wx = 0;
    double wxx = 0;
    double y = 0;
    double yx = 0;
    for (size_t i = 0; i < s->w->bins; i++) {
        double x = x_of(s, i);
        w += n[i];
        wx += n[i] * x;
        wxx += n[i] * x * x;
        y += sum[i];
        yx += sum[i] * x;
    }
    double det = w * wxx - wx * wx;
    *slope = line && det > 1e-9 * w * wxx ? (w * yx - wx * y) / det : 0;
    *level = (y - *slope * wx) / w;
}

static void residuals(struct scores *s)
{
    const struct us_ceiling_work *w = s->w;
    size_t count = 0;
    struct us_ceiling_entry *e = w->entries;
    s->parts = us_new(w->a, struct part, w->entry_count + 1);
    s->from = us_new(w->a, size_t, w->q->account_count + 1);
    for (size_t i = 0; i < w->q->account_count; i++) {
        s->from[i] = count;
        for (size_t k = w->from[i]; k < w->from[i + 1]; k++) {
            size_t field = e[k].slot / w->bins;
            uint32_t bin = (uint32_t)(e[k].slot % w->bins);
            double r = 0;
            if (field == (size_t)s->of.n)
                r = -e[k].add * (s->level + s->slope * x_of(s, bin));
            else if (field == (size_t)s->of.sum)
                r = e[k].add;
            else
                continue;
            s->parts[count++] = (struct part){bin, r};
        }
    }
    s->from[w->q->account_count] = count;
}

/* A step at each hinge, less what a level and a line would say of it. */
static void steps(struct scores *s)
{
    const struct us_ceiling_work *w = s->w;
    const double *n = us_ceiling_field_of(w, w->all, s->of.n);
    us_mark mark;
    s->shift = us_new(w->a, double, w->bins);
    s->tilt = us_new(w->a, double, w->bins);
    s->spread = us_new(w->a, double, w->bins);
    mark = us_arena_mark(w->a);
    double *over = us_new(w->a, double, w->bins);
    memcpy(over, n, w->bins * sizeof *over);
    size_t bin = 0;
    for (size_t i = 0; i < w->hinge_count[s->of.evidence]; i++) {
        for (; bin <= w->hinges[s->of.evidence][i]; bin++)
            over[bin] = 0;
        line_of(n, over, s, s->of.line, &s->shift[i], &s->tilt[i]);
    }
    us_arena_pop(w->a, mark);
}

/* Scores by hinge of the residuals r by bin. */
static void scores_at(const struct scores *s, const double *r, double *into)
{
    const struct us_ceiling_work *w = s->w;
    double sum = 0;
    double sum_x = 0;
    for (size_t i = 0; i < w->bins; i++) {
        sum += r[i];
        sum_x += r[i] * x_of(s, i);
    }
    double upto = 0;
    size_t bin = 0;
    for (size_t i = 0; i < w->hinge_count[s->of.evidence]; i++) {
        for (; bin <= w->hinges[s->of.evidence][i]; bin++)
            upto += r[bin];
        into[i] = sum - upto - s->shift[i] * sum - s->tilt[i] * sum_x;
    }
}

/* The score of one account, by hinge, squared and added. */
static void spread_of(struct scores *s)
{
    const struct us_ceiling_work *w = s->w;
    size_t hinges = w->hinge_count[s->of.evidence];
    us_mark mark = us_arena_mark(w->a);
    double *r = us_new(w->a, double, w->bins);
    double *mine = us_new(w->a, double, hinges + 1);
    for (size_t i = 0; i < w->q->account_count; i++) {
        if (s->from[i] == s->from[i + 1]) continue;
        for (size_t k = s->from[i]; k < s->from[i + 1]; k++)
            r[s->parts[k].bin] += s->parts[k].r;
        scores_at(s, r, mine);
        for (size_t h = 0; h < hinges; h++)
            s->spread[h] += mine[h] * mine[h];
        for (size_t k = s->from[i]; k < s->from[i + 1]; k++)
            r[s->parts[k].bin] = 0;
    }
    for (size_t h = 0; h < hinges; h++)
        s->spread[h] = sqrt(s->spread[h]);
    us_arena_pop(w->a, mark);
}

static double greatest(const struct scores *s, const double *scores)
{
    double most = -INFINITY;
    for (size_t h = 0; h < s->w->hinge_count[s->of.evidence]; h++)
        if (s->spread[h] > 0) most = fmax(most, s->of.sign * scores[h] / s->spread[h]);
    return most;
}

static double signs_p(const struct scores *s)
{
    const struct us_ceiling_work *w = s->w;
    struct us_draws d = {w->q->seed + (uint64_t)s->of.evidence};
    us_mark mark = us_arena_mark(w->a);
    double *r = us_new(w->a, double, w->bins);
    double *scores = us_new(w->a, double, w->bins);
    for (size_t k = 0; k < s->from[w->q->account_count]; k++)
        r[s->parts[k].bin] += s->parts[k].r;
    scores_at(s, r, scores);
    double seen = greatest(s, scores);
    size_t as_great = 0;
    for (size_t draw = 0; draw < w->q->draws; draw++) {
        uint64_t bits = 0;
        memset(r, 0, w->bins * sizeof *r);
        for (size_t i = 0; i < w->q->account_count; i++) {
            if (i % 64 == 0) bits = us_draw(&d);
            double sign = bits >> (i % 64) & 1 ? 1 : -1;
            for (size_t k = s->from[i]; k < s->from[i + 1]; k++)
                r[s->parts[k].bin] += sign * s->parts[k].r;
        }
        scores_at(s, r, scores);
        as_great += greatest(s, scores) >= seen;
    }
    us_arena_pop(w->a, mark);
    if (!isfinite(seen)) return 1;
    return (double)(as_great + 1) / (double)(w->q->draws + 1);
}

static double by_signs(const struct us_ceiling_work *w, struct score_of of)
{
    struct scores s = {.w = w, .of = of};
    const double *n = us_ceiling_field_of(w, w->all, of.n);
    const double *sum = us_ceiling_field_of(w, w->all, of.sum);
    double weight = 0;
    for (size_t i = 0; i < w->bins; i++) {
        weight += n[i];
        s.origin += n[i] * w->middle[i];
    }
    if (!(weight > 0)) return NAN;
    s.origin /= weight;
    line_of(n, sum, &s, of.line, &s.level, &s.slope);
    residuals(&s);
    steps(&s);
    spread_of(&s);
    return signs_p(&s);
}

/* ---- bunches ---- */

/* p, and the statistic that one in twenty of smooth companies exceeds. */
static double by_curve(const struct us_ceiling_work *w, double *critical)
{
    struct us_draws d = {w->q->seed + US_CEILING_BUNCHING};
    struct us_ceiling_place seen;
    us_mark mark = us_arena_mark(w->a);
    double *expected = us_new(w->a, double, w->bins);
    double *drawn = us_new(w->a, double, w->slots);
    double *statistics = us_new(w->a, double, w->q->draws);
    size_t as_great = 0;
    *critical = NAN;
    us_ceiling_place_of(w, US_CEILING_BUNCHING, w->all, HALF, &seen);
    if (!us_ceiling_curve(
            w, us_ceiling_field_of(w, w->all, US_FIELD_LISTED), 0, 0, expected)) {
        us_arena_pop(w->a, mark);
        return NAN;
    }
    for (size_t draw = 0; draw < w->q->draws; draw++) {
        struct us_ceiling_place place;
        double *counts = drawn + (size_t)US_FIELD_LISTED * w->bins;
        for (size_t i = w->curve_from; i < w->curve_to; i++)
            counts[i] = (double)us_draw_poisson(&d, expected[i]);
        us_ceiling_place_of(w, US_CEILING_BUNCHING, drawn, HALF, &place);
        statistics[draw] = place.statistic;
        as_great += place.statistic >= seen.statistic;
    }
    us_sort(statistics, w->q->draws);
    *critical = us_quantile(statistics, w->q->draws, 1 - LEVEL) * fmax(seen.spread, 1);
    us_arena_pop(w->a, mark);
    return (double)(as_great + 1) / (double)(w->q->draws + 1);
}

/* ---- what it would have taken ---- */

static double total(const struct us_ceiling_work *w, us_ceiling_field field)
{
    const double *v = us_ceiling_field_of(w, w->all, field);
    double sum = 0;
    for (size_t i = 0; i < w->bins; i++)
        sum += v[i];
    return sum;
}

/* Accounts, so that a halved share in the largest tenth is seen. */
static double cards_needed(const struct us_ceiling_work *w)
{
    double share = total(w, US_FIELD_CARDS) / total(w, US_FIELD_ACCOUNTS);
    return us_power_units(share, share / 2, TENTH, LEVEL, POWER);
}

/* Accounts, so that a fifth more declined in the largest tenth of tries is. */
static double declines_needed(const struct us_ceiling_work *w, double accounts)
{
    double tries = total(w, US_FIELD_TRIES);
    double rate = total(w, US_FIELD_FAILED) / tries;
    double more = fmin(rate + DECLINED_MORE, (1 + rate) / 2);
    return us_power_units(rate, more, TENTH, LEVEL, POWER) * accounts / tries;
}

/* Accounts, so that a stall of the largest tenth is. */
static double growth_needed(const struct us_ceiling_work *w, double accounts)
{
    double n = total(w, US_FIELD_STEPS);
    double mean = total(w, US_FIELD_GROWTH) / n;
    double variance = w->all[w->slots - 1] / n - mean * mean;
    double z = us_z_of(1 - LEVEL) + us_z_of(2 * POWER - 1);
    if (!(mean > 0)) return INFINITY;
    double steps = z * z * variance * (1 / TENTH + 1 / (1 - TENTH)) / (mean * mean);
    return steps * accounts / n;
}

/* Accounts, so that all who would lie just above where the largest tenth begins are
 * seen to lie below: of E expected on either side 2E below and none above is a
 * deviance of 4·ln 2·E. */
static double bunching_needed(const struct us_ceiling_work *w, double critical)
{
    us_mark mark = us_arena_mark(w->a);
    double *expected = us_new(w->a, double, w->bins);
    const double *listed = us_ceiling_field_of(w, w->all, US_FIELD_LISTED);
    double all = total(w, US_FIELD_LISTED);
    double above = 0;
    size_t from = w->curve_to;
    us_ceiling_curve(w, listed, 0, 0, expected);
    while (from > w->curve_from + US_CEILING_WINDOW && above < TENTH * all)
        above += listed[--from];
    double about = 0;
    for (size_t i = from; i < from + US_CEILING_WINDOW && i < w->curve_to; i++)
        about += expected[i];
    us_arena_pop(w->a, mark);
    double root = sqrt(critical) + us_z_of(2 * POWER - 1);
    return about > 0 ? all * root * root / (4 * log(2) * about) : INFINITY;
}

double us_ceiling_test(
    const struct us_ceiling_work *w, us_ceiling_evidence evidence, double *needed)
{
    double accounts = (double)w->out->rows[evidence].accounts;
    double p = NAN;
    double critical;
    switch (evidence) {
    case US_CEILING_CARDS:
        p = by_signs(w,
            (struct score_of){evidence, US_FIELD_ACCOUNTS, US_FIELD_CARDS, false, -1});
        *needed = cards_needed(w);
        break;
    case US_CEILING_BUNCHING:
        p = by_curve(w, &critical);
        *needed = isnan(p) ? NAN : bunching_needed(w, critical);
        break;
    case US_CEILING_DECLINES:
        p = by_signs(
            w, (struct score_of){evidence, US_FIELD_TRIES, US_FIELD_FAILED, true, 1});
        *needed = declines_needed(w, accounts);
        break;
    case US_CEILING_GROWTH:
        p = by_signs(
            w, (struct score_of){evidence, US_FIELD_STEPS, US_FIELD_GROWTH, true, -1});
        *needed = growth_needed(w, accounts);
        break;
    case US_CEILING_EVIDENCES: break;
    }
    return p;
}
