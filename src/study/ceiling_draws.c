/* ceiling_draws.c: accounts drawn anew, as many as there are, again and again: where
 * each row lies then, and what the rows say together (Efron, Ann. Stat. 7 (1979);
 * percentiles). An account is drawn with all its tries and quarters. */

#include "study/ceiling_inner.h"

#include <math.h>
#include <string.h>

static const double TAIL = 0.025;
static const double BIN_PART = 0.0228; /* of a value */
static const double TOLD_LEAST = 0.9;  /* of the draws, for a row to have a place */

/* By draw; NaN where a draw does not tell. */
struct drawn {
    double *at[US_CEILING_EVIDENCES];
    size_t told[US_CEILING_EVIDENCES];
    size_t count;
};

static void draw(const struct us_ceiling_work *w, struct us_draws *d, double *tally)
{
    size_t accounts = w->q->account_count;
    memset(tally, 0, w->slots * sizeof *tally);
    for (size_t i = 0; i < accounts; i++) {
        size_t account = us_draw_below(d, accounts);
        for (size_t k = w->from[account]; k < w->from[account + 1]; k++)
            tally[w->entries[k].slot] += w->entries[k].add;
    }
}

static bool is_found(const struct us_ceiling_work *w, size_t row)
{
    return w->out->rows[row].verdict == US_CEILING_FOUND;
}

static void draws(const struct us_ceiling_work *w, struct drawn *all)
{
    struct us_draws d = {w->q->seed};
    double *tally = us_new(w->a, double, w->slots);
    for (size_t row = 0; row < US_CEILING_EVIDENCES; row++)
        all->at[row] = us_new(w->a, double, w->q->draws);
    all->count = w->q->draws;
    for (size_t i = 0; i < all->count; i++) {
        draw(w, &d, tally);
        double part = us_draw_even(&d);
        /* Where within its bin, or the one beside it, something stops is not known. */
        double shift = (2 * us_draw_even(&d) - 1) * (w->edges[1] - w->edges[0]);
        for (size_t row = 0; row < US_CEILING_EVIDENCES; row++) {
            struct us_ceiling_place place = {0};
            if (is_found(w, row))
                us_ceiling_place_of(w, (us_ceiling_evidence)row, tally, part, &place);
            all->at[row][i] = place.told ? place.at + shift : NAN;
            all->told[row] += place.told;
        }
    }
}

static double quantile_of(
    const struct us_ceiling_work *w, const double *v, size_t n, double p)
{
    us_mark mark = us_arena_mark(w->a);
    double *sorted = us_new(w->a, double, n + 1);
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(v[i])) sorted[count++] = v[i];
    us_sort(sorted, count);
    double q = us_quantile(sorted, count, p);
    us_arena_pop(w->a, mark);
    return q;
}

static struct us_interval between(
    const struct us_ceiling_work *w, const double *at, size_t n)
{
    return (struct us_interval){us_ceiling_value(quantile_of(w, at, n, TAIL)),
        us_ceiling_value(quantile_of(w, at, n, 1 - TAIL))};
}

static void rows(struct us_ceiling_work *w, const struct drawn *all)
{
    for (size_t row = 0; row < US_CEILING_EVIDENCES; row++) {
        struct us_ceiling_row *r = &w->out->rows[row];
        if (!is_found(w, row)) continue;
        if ((double)all->told[row] < TOLD_LEAST * (double)all->count) {
            r->verdict = US_CEILING_CANNOT_TELL;
            r->lack = US_CEILING_LACKS_PLACE;
            r->estimate = NAN;
            continue;
        }
        r->in = between(w, all->at[row], all->count);
        /* At the last value asked about it is the data that end, not the interval. */
        if (r->in.high >= r->up_to * (1 - BIN_PART)) r->in.high = INFINITY;
    }
}

/* ---- together ---- */

/* How sure a row is: 1 ÷ variance over the draws, and of a bin. */
static double weight_of(const struct drawn *all, size_t row)
{
    double n = 0;
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < all->count; i++) {
        double at = all->at[row][i];
        if (isnan(at)) continue;
        n++;
        sum += at;
        squares += at * at;
    }
    double bin = log(us_ceiling_edge(1));
    double variance = fmax(squares / n - sum / n * (sum / n), 0);
    return 1 / (variance + bin * bin / 12);
}

static void together(struct us_ceiling_work *w, const struct drawn *all)
{
    struct us_ceiling_top *top = &w->out->top;
    double weights[US_CEILING_EVIDENCES] = {0};
    double *at = us_new(w->a, double, all->count);
    double sum = 0;
    double value = 0;
    for (size_t row = 0; row < US_CEILING_EVIDENCES; row++) {
        if (!top->from[row]) continue;
        weights[row] = weight_of(all, row);
        sum += weights[row];
        value += weights[row] * log(w->out->rows[row].estimate);
    }
    for (size_t i = 0; i < all->count; i++)
        for (size_t row = 0; row < US_CEILING_EVIDENCES; row++)
            if (weights[row] > 0) at[i] += weights[row] / sum * all->at[row][i];
    top->value = us_ceiling_value(value / sum);
    top->in = between(w, at, all->count);
}

/* The most rows whose intervals share a value, which is then the low end of one. */
static size_t agreeing(struct us_ceiling_work *w)
{
    struct us_ceiling *c = w->out;
    size_t most = 0;
    for (size_t low = 0; low < US_CEILING_EVIDENCES; low++) {
        bool from[US_CEILING_EVIDENCES] = {false};
        size_t count = 0;
        double at = c->rows[low].in.low;
        if (!is_found(w, low)) continue;
        for (size_t row = 0; row < US_CEILING_EVIDENCES; row++) {
            const struct us_ceiling_row *r = &c->rows[row];
            from[row] = is_found(w, row) && r->in.low <= at && at <= r->in.high;
            count += from[row];
        }
        if (count <= most) continue;
        most = count;
        memcpy(c->top.from, from, sizeof from);
    }
    return most;
}

/* From the lowest end to the highest; what is open ends at its estimate. */
static void range(struct us_ceiling_work *w)
{
    struct us_ceiling *c = w->out;
    c->top.by = US_CEILING_BY_RANGE;
    c->top.in = (struct us_interval){INFINITY, 0};
    for (size_t row = 0; row < US_CEILING_EVIDENCES; row++) {
        const struct us_ceiling_row *r = &c->rows[row];
        c->top.from[row] = is_found(w, row);
        if (!c->top.from[row]) continue;
        double high = isinf(r->in.high) ? r->estimate : r->in.high;
        c->top.in.low = fmin(c->top.in.low, r->in.low);
        c->top.in.high = fmax(c->top.in.high, high);
    }
}

static void top(struct us_ceiling_work *w, const struct drawn *all)
{
    struct us_ceiling *c = w->out;
    size_t found = 0;
    size_t last = 0;
    for (size_t row = 0; row < US_CEILING_EVIDENCES; row++) {
        if (!is_found(w, row)) continue;
        found++;
        last = row;
    }
    /* What accounts bunch below alone may as well be a package. */
    if (!found || (found == 1 && last == US_CEILING_BUNCHING)) return;
    if (found == 1) {
        c->top.by = US_CEILING_BY_ONE;
        c->top.from[last] = true;
        c->top.value = c->rows[last].estimate;
        c->top.in = c->rows[last].in;
    } else if (2 * agreeing(w) > found) {
        c->top.by = US_CEILING_BY_ROWS;
        together(w, all);
    } else {
        range(w);
    }
}

void us_ceiling_intervals(struct us_ceiling_work *w)
{
    struct drawn all = {.count = 0};
    bool any = false;
    for (size_t row = 0; row < US_CEILING_EVIDENCES; row++)
        any |= is_found(w, row);
    if (!any) return;
    draws(w, &all);
    rows(w, &all);
    top(w, &all);
}
