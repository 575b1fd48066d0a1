/* ceiling_bins.c: accounts, tries and steps into bins of their annual value. */

#include "study/ceiling_inner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PER_DECADE = 100,
    NUMBER_MOST = 1400, /* 10^14 a year; beyond it values are held at the edge */
    SPIKE_LEAST = 5,
    SEATS_LEAST = 2,
};

static const double SPIKE_P = 1e-3;
static const double SPIKE_NEAR = 0.2; /* of the logarithm, on either side */
static const double CENT = 0.01;

int us_ceiling_bin_of(double value)
{
    double number = ceil(PER_DECADE * log10(value) - 1e-9);
    return (int)fmin(fmax(number, -NUMBER_MOST), NUMBER_MOST);
}

double us_ceiling_edge(int number)
{
    return pow(10, (double)number / PER_DECADE);
}

double us_ceiling_value(double log_value)
{
    double number = log_value / log(10) * PER_DECADE;
    bool edge = fabs(number - round(number)) < 1e-6;
    return edge ? us_ceiling_edge((int)round(number)) : exp(log_value);
}

/* ---- entries ---- */

static uint32_t bin_of(const struct us_ceiling_work *w, double value)
{
    int bin = us_ceiling_bin_of(value) - w->first;
    return bin < 0 ? 0 : (uint32_t)bin;
}

static void put(
    struct us_ceiling_work *w, us_ceiling_field field, uint32_t bin, double add)
{
    *us_push(w->a, w->entries, w->entry_count, w->entry_cap) =
        (struct us_ceiling_entry){(uint32_t)((size_t)field * w->bins + bin), add};
}

/* An account of k seats is somewhere between k − 1 and k: over the width of its last
 * seat, so that prices × seats make no comb. */
static void put_listed(struct us_ceiling_work *w, const struct us_ceiling_account *x)
{
    uint32_t last = bin_of(w, x->value);
    if (x->seats < SEATS_LEAST) {
        put(w, US_FIELD_LISTED, last, 1);
        return;
    }
    double width = x->value / x->seats;
    double high = x->value;
    for (uint32_t bin = last;; bin--) {
        double edge = us_ceiling_edge(w->first + (int)bin - 1);
        double low = fmax(x->value - width, bin ? edge : 0);
        if (high > low) put(w, US_FIELD_LISTED, bin, (high - low) / width);
        high = low;
        if (bin == 0 || low <= x->value - width) return;
    }
}

/* ---- list prices ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* P(X >= n) of a Poisson count. */
static double at_least(size_t n, double mean)
{
    double term = exp(-mean);
    double below = 0;
    for (size_t k = 0; k < n; k++) {
        below += term;
        term *= mean / (double)(k + 1);
    }
    return fmax(1 - below, 0);
}

/* Bought by itself, at a price that hangs on no seats. */
static bool is_flat(const struct us_ceiling_account *x)
{
    return x->value > 0 && !x->sales && x->seats < SEATS_LEAST;
}

struct amounts {
    double *values; /* different ones, ascending */
    size_t *counts;
    size_t count;
};

static struct amounts amounts_of(const struct us_ceiling_work *w)
{
    const struct us_ceiling_asked *q = w->q;
    double *all = us_new(w->a, double, q->account_count + 1);
    struct amounts m = {us_new(w->a, double, q->account_count + 1),
        us_new(w->a, size_t, q->account_count + 1), 0};
    size_t n = 0;
    for (size_t i = 0; i < q->account_count; i++)
        if (is_flat(&q->accounts[i])) all[n++] = q->accounts[i].value;
    if (n) qsort(all, n, sizeof *all, by_value);
    for (size_t i = 0; i < n; i++) {
        bool same = m.count && all[i] - m.values[m.count - 1] < CENT / 2;
        if (!same) m.values[m.count++] = all[i];
        m.counts[m.count - 1]++;
    }
    return m;
}

/* Far more often paid than the other amounts about it. */
static bool is_spike(const struct amounts *m, size_t at)
{
    double near = exp(SPIKE_NEAR);
    size_t others = 0;
    size_t amounts = 0;
    if (m->counts[at] < SPIKE_LEAST) return false;
    for (size_t i = at; i-- > 0 && m->values[i] * near >= m->values[at]; amounts++)
        others += m->counts[i];
    for (size_t i = at + 1; i < m->count && m->values[i] <= m->values[at] * near;
         i++, amounts++)
        others += m->counts[i];
    double mean = amounts ? (double)others / (double)amounts : 0;
    return at_least(m->counts[at], fmax(mean, 1)) < SPIKE_P;
}

static bool is_price(const struct us_ceiling_asked *q, double value)
{
    for (size_t i = 0; i < q->price_count; i++)
        if (fabs(value - q->prices[i]) < CENT / 2) return true;
    return false;
}

/* Amounts that are list prices: of usher.yml, or paid far more often than others. */
static struct amounts list_prices(const struct us_ceiling_work *w)
{
    struct amounts m = amounts_of(w);
    struct amounts prices = {us_new(w->a, double, m.count + 1), NULL, 0};
    for (size_t i = 0; i < m.count; i++)
        if (is_price(w->q, m.values[i]) || is_spike(&m, i))
            prices.values[prices.count++] = m.values[i];
    return prices;
}

static bool is_listed(const struct amounts *prices, double value)
{
    size_t from = 0;
    size_t to = prices->count;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (prices->values[mid] < value - CENT / 2)
            from = mid + 1;
        else
            to = mid;
    }
    return from < prices->count && prices->values[from] < value + CENT / 2;
}

/* ---- all of it ---- */

static void span(struct us_ceiling_work *w)
{
    const struct us_ceiling_asked *q = w->q;
    int least = NUMBER_MOST;
    int most = -NUMBER_MOST;
    for (size_t i = 0; i < q->account_count + q->try_count + q->step_count; i++) {
        size_t k = i;
        double value = 0;
        if (k < q->account_count)
            value = q->accounts[k].value;
        else if ((k -= q->account_count) < q->try_count)
            value = q->tries[k].value;
        else
            value = q->steps[k - q->try_count].value;
        if (!(value > 0)) continue;
        int bin = us_ceiling_bin_of(value);
        if (bin < least) least = bin;
        if (bin > most) most = bin;
    }
    if (least > most) least = most = 0;
    /* Room above the largest, where accounts may lack. */
    most += US_CEILING_WINDOW + 1;
    w->first = least;
    w->bins = (size_t)(most - least + 1);
    w->edges = us_new(w->a, double, w->bins);
    w->middle = us_new(w->a, double, w->bins);
    for (size_t i = 0; i < w->bins; i++) {
        w->edges[i] = (double)(least + (int)i) / PER_DECADE * log(10);
        w->middle[i] = w->edges[i] - log(10) / PER_DECADE / 2;
    }
}

static void put_account(struct us_ceiling_work *w, const struct us_ceiling_account *x,
    const struct amounts *prices)
{
    uint32_t bin = bin_of(w, x->value);
    bool listed = is_flat(x) && is_listed(prices, x->value);
    if (x->method != US_PAID_UNKNOWN) put(w, US_FIELD_ACCOUNTS, bin, 1);
    if (x->method == US_PAID_BY_CARD) put(w, US_FIELD_CARDS, bin, 1);
    w->out->listed += listed;
    if (!x->sales && !listed) put_listed(w, x);
}

/* The lower quartile of where quarters begin. Whoever has just begun grows fastest:
 * that this ends is no ceiling. */
static double small_step(const struct us_ceiling_work *w)
{
    us_mark mark = us_arena_mark(w->a);
    double *v = us_new(w->a, double, w->q->step_count + 1);
    for (size_t i = 0; i < w->q->step_count; i++)
        v[i] = w->q->steps[i].value;
    us_sort(v, w->q->step_count);
    double small = us_quantile(v, w->q->step_count, 0.25);
    us_arena_pop(w->a, mark);
    return small;
}

static void entries(struct us_ceiling_work *w)
{
    const struct us_ceiling_asked *q = w->q;
    struct amounts prices = list_prices(w);
    double small = small_step(w);
    size_t t = 0;
    size_t s = 0;
    w->from = us_new(w->a, size_t, q->account_count + 1);
    for (size_t i = 0; i < q->account_count; i++) {
        w->from[i] = w->entry_count;
        if (q->accounts[i].value > 0) put_account(w, &q->accounts[i], &prices);
        for (; t < q->try_count && q->tries[t].account == i; t++) {
            uint32_t at = bin_of(w, q->tries[t].value);
            put(w, US_FIELD_TRIES, at, 1);
            if (q->tries[t].failed) put(w, US_FIELD_FAILED, at, 1);
        }
        for (; s < q->step_count && q->steps[s].account == i; s++) {
            if (q->steps[s].value < small) continue;
            uint32_t at = bin_of(w, q->steps[s].value);
            put(w, US_FIELD_STEPS, at, 1);
            put(w, US_FIELD_GROWTH, at, q->steps[s].growth);
            double square = q->steps[s].growth * q->steps[s].growth;
            put(w, US_FIELD_SQUARES, at, square);
            put(w, US_FIELDS, 0, square);
        }
    }
    w->from[q->account_count] = w->entry_count;
    w->slots = (size_t)US_FIELDS * w->bins + 1;
    w->all = us_new(w->a, double, w->slots);
    for (size_t i = 0; i < w->entry_count; i++)
        w->all[w->entries[i].slot] += w->entries[i].add;
}

/* ---- hinges ---- */

/* Accounts with an entry of the field at or below each bin, and above it. */
static void sides(const struct us_ceiling_work *w, us_ceiling_field field,
    size_t *below, size_t *above)
{
    size_t begin = (size_t)field * w->bins;
    memset(below, 0, w->bins * sizeof *below);
    memset(above, 0, w->bins * sizeof *above);
    for (size_t i = 0; i < w->q->account_count; i++) {
        size_t low = w->bins;
        size_t high = 0;
        for (size_t k = w->from[i]; k < w->from[i + 1]; k++) {
            size_t slot = w->entries[k].slot;
            if (slot < begin || slot >= begin + w->bins) continue;
            if (slot - begin < low) low = slot - begin;
            if (slot - begin > high) high = slot - begin;
        }
        if (low == w->bins) continue;
        below[low]++;
        if (high) above[high - 1]++;
    }
    for (size_t i = 1; i < w->bins; i++)
        below[i] += below[i - 1];
    for (size_t i = w->bins; i-- > 1;)
        above[i - 1] += above[i];
}

/* A ceiling has three of four accounts up to it, or it is a price. */
static void hinges(
    struct us_ceiling_work *w, us_ceiling_evidence evidence, us_ceiling_field field)
{
    size_t *below = us_new(w->a, size_t, w->bins);
    size_t *above = us_new(w->a, size_t, w->bins);
    sides(w, field, below, above);
    size_t least = (3 * below[w->bins - 1] + 3) / 4;
    if (least < US_CEILING_SIDE_LEAST) least = US_CEILING_SIDE_LEAST;
    w->hinges[evidence] = us_new(w->a, uint32_t, w->bins);
    for (size_t i = 0; i + 1 < w->bins; i++)
        if (below[i] >= least && above[i] >= US_CEILING_SIDE_LEAST)
            w->hinges[evidence][w->hinge_count[evidence]++] = (uint32_t)i;
}

/* The curve begins at the lower quartile: what lies below says nothing of a ceiling. */
static void curve(struct us_ceiling_work *w)
{
    const double *listed = us_ceiling_field_of(w, w->all, US_FIELD_LISTED);
    double sum = 0;
    double upto = 0;
    w->hinges[US_CEILING_BUNCHING] = us_new(w->a, uint32_t, w->bins);
    for (size_t i = 0; i < w->bins; i++)
        sum += listed[i];
    w->curve_to = 0;
    for (size_t i = 0; i < w->bins; i++) {
        if (upto < sum / 4) w->curve_from = i;
        upto += listed[i];
        if (listed[i] > 0) w->curve_to = i + 1;
    }
    w->curve_to += US_CEILING_WINDOW;
    if (w->curve_to > w->bins) w->curve_to = w->bins;
    upto = 0;
    for (size_t i = 0; i + US_CEILING_WINDOW < w->curve_to; i++) {
        upto += listed[i];
        if (upto >= 3 * sum / 4 && i + 1 >= w->curve_from + US_CEILING_WINDOW)
            w->hinges[US_CEILING_BUNCHING][w->hinge_count[US_CEILING_BUNCHING]++] =
                (uint32_t)i;
    }
}

void us_ceiling_bins(struct us_ceiling_work *w)
{
    span(w);
    entries(w);
    hinges(w, US_CEILING_CARDS, US_FIELD_ACCOUNTS);
    hinges(w, US_CEILING_DECLINES, US_FIELD_TRIES);
    hinges(w, US_CEILING_GROWTH, US_FIELD_STEPS);
    curve(w);
    struct us_smooth_asked q = {
        us_ceiling_field_of(w, w->all, US_FIELD_LISTED) + w->curve_from, NULL,
        w->curve_to - w->curve_from, US_CEILING_DEGREE, w->curve};
    if (!us_smooth_counts(&q, us_new(w->a, double, w->bins)))
        memset(w->curve, 0, sizeof w->curve);
}
