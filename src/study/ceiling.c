#include "study/ceiling_inner.h"

#include <math.h>

static const double FOUND_P = 0.05;
/* Less than that is seen in large data, and is no ceiling. */
static const double BUNCHED_LEAST = 1.25;  /* times what is expected */
static const double DECLINED_LEAST = 0.05; /* of all tries, more than below */

/* ---- words ---- */

us_str us_ceiling_word(us_ceiling_evidence evidence)
{
    static const us_str words[] = {[US_CEILING_CARDS] = US_S_INIT("card_share"),
        [US_CEILING_BUNCHING] = US_S_INIT("bunching"),
        [US_CEILING_DECLINES] = US_S_INIT("declines"),
        [US_CEILING_GROWTH] = US_S_INIT("growth")};
    return words[evidence];
}

us_str us_ceiling_verdict_word(us_ceiling_verdict verdict)
{
    static const us_str words[] = {[US_CEILING_FOUND] = US_S_INIT("found"),
        [US_CEILING_NONE] = US_S_INIT("none"),
        [US_CEILING_CANNOT_TELL] = US_S_INIT("cannot_tell")};
    return words[verdict];
}

us_str us_ceiling_lack_word(us_ceiling_lack lack)
{
    static const us_str words[] = {[US_CEILING_LACKS_NOTHING] = US_S_INIT("nothing"),
        [US_CEILING_LACKS_ACCOUNTS] = US_S_INIT("accounts"),
        [US_CEILING_LACKS_OTHERS] = US_S_INIT("one_method"),
        [US_CEILING_LACKS_TRIES] = US_S_INIT("card_tries"),
        [US_CEILING_LACKS_DECLINES] = US_S_INIT("declines"),
        [US_CEILING_LACKS_STEPS] = US_S_INIT("quarters"),
        [US_CEILING_LACKS_SPREAD] = US_S_INIT("spread"),
        [US_CEILING_LACKS_POWER] = US_S_INIT("power"),
        [US_CEILING_LACKS_PLACE] = US_S_INIT("place")};
    return words[lack];
}

us_str us_ceiling_by_word(us_ceiling_by by)
{
    static const us_str words[] = {[US_CEILING_BY_ROWS] = US_S_INIT("rows_agree"),
        [US_CEILING_BY_ONE] = US_S_INIT("one_row"),
        [US_CEILING_BY_RANGE] = US_S_INIT("range"),
        [US_CEILING_BY_PRESET] = US_S_INIT("default"),
        [US_CEILING_BY_NOTHING] = US_S_INIT("none")};
    return words[by];
}

us_str us_ceiling_order_word(us_ceiling_order order)
{
    static const us_str words[] = {[US_CEILING_NO_BAND] = US_S_INIT("none"),
        [US_CEILING_BELOW_FLOOR] = US_S_INIT("ceiling_below_floor"),
        [US_CEILING_ABOVE_FLOOR] = US_S_INIT("ceiling_above_floor")};
    return words[order];
}

/* ---- what can be asked ---- */

static double sum_of(const struct us_ceiling_work *w, us_ceiling_field field)
{
    const double *v = us_ceiling_field_of(w, w->all, field);
    double sum = 0;
    for (size_t i = 0; i < w->bins; i++)
        sum += v[i];
    return sum;
}

/* Observations, and accounts that have any. */
static void counted(
    const struct us_ceiling_work *w, us_ceiling_field field, struct us_ceiling_row *r)
{
    double n = 0;
    for (size_t i = 0; i < w->q->account_count; i++) {
        double before = n;
        for (size_t k = w->from[i]; k < w->from[i + 1]; k++)
            if (w->entries[k].slot / w->bins == (size_t)field) n += w->entries[k].add;
        r->accounts += n > before;
    }
    r->n = llround(n);
}

/* What a row lacks to be asked, and how many accounts more that takes. */
static us_ceiling_lack lack_of(
    const struct us_ceiling_work *w, us_ceiling_evidence evidence, int64_t *more)
{
    const struct us_ceiling_row *r = &w->out->rows[evidence];
    double least = 0;
    double have = (double)r->n;
    us_ceiling_lack lack = US_CEILING_LACKS_NOTHING;
    double cards = sum_of(w, US_FIELD_CARDS);
    switch (evidence) {
    case US_CEILING_CARDS:
        least = US_CEILING_SIDE_LEAST;
        have = fmin(cards, (double)r->n - cards);
        lack = US_CEILING_LACKS_OTHERS;
        break;
    case US_CEILING_BUNCHING:
        least = US_CEILING_LISTED_LEAST;
        lack = US_CEILING_LACKS_ACCOUNTS;
        break;
    case US_CEILING_DECLINES:
        least = US_CEILING_DECLINES_LEAST;
        have = sum_of(w, US_FIELD_FAILED);
        lack = r->n ? US_CEILING_LACKS_DECLINES : US_CEILING_LACKS_TRIES;
        break;
    case US_CEILING_GROWTH:
        least = US_CEILING_STEPS_LEAST;
        lack = US_CEILING_LACKS_STEPS;
        break;
    case US_CEILING_EVIDENCES: break;
    }
    if (have < least) {
        /* At the pace of those there are; of none it is not known. */
        if (have > 0) *more = llround(ceil((double)r->accounts * (least / have - 1)));
        return lack;
    }
    if (w->hinge_count[evidence]) return US_CEILING_LACKS_NOTHING;
    *more = 2 * US_CEILING_SIDE_LEAST;
    return US_CEILING_LACKS_SPREAD;
}

static void row_of(struct us_ceiling_work *w, us_ceiling_evidence evidence)
{
    static const us_ceiling_field fields[] = {[US_CEILING_CARDS] = US_FIELD_ACCOUNTS,
        [US_CEILING_BUNCHING] = US_FIELD_LISTED,
        [US_CEILING_DECLINES] = US_FIELD_TRIES,
        [US_CEILING_GROWTH] = US_FIELD_STEPS};
    struct us_ceiling_row *r = &w->out->rows[evidence];
    double needed = NAN;
    *r = (struct us_ceiling_row){.verdict = US_CEILING_CANNOT_TELL,
        .estimate = NAN,
        .in = {NAN, NAN},
        .p = NAN,
        .p_adjusted = NAN,
        .below = NAN,
        .above = NAN,
        .expected_below = NAN,
        .expected_above = NAN,
        .half = NAN,
        .up_to = NAN};
    counted(w, fields[evidence], r);
    r->lack = lack_of(w, evidence, &r->more);
    if (r->lack != US_CEILING_LACKS_NOTHING) return;
    r->up_to =
        us_ceiling_value(w->edges[w->hinges[evidence][w->hinge_count[evidence] - 1]]);
    r->p = us_ceiling_test(w, evidence, &needed);
    if (isnan(r->p)) {
        r->lack = US_CEILING_LACKS_ACCOUNTS;
        return;
    }
    double more = ceil(needed - (double)r->accounts);
    if (isfinite(more) && more > 0) r->more = llround(more);
    bool enough = isfinite(needed) && more <= 0;
    r->verdict = enough ? US_CEILING_NONE : US_CEILING_CANNOT_TELL;
    r->lack = enough ? US_CEILING_LACKS_NOTHING : US_CEILING_LACKS_POWER;
}

/* Holm, Scand. J. Stat. 6 (1979), over the rows that could be asked. */
static void adjust(struct us_ceiling *c)
{
    double before = 0;
    size_t left = 0;
    bool done[US_CEILING_EVIDENCES] = {false};
    for (size_t i = 0; i < US_CEILING_EVIDENCES; i++)
        left += isnan(c->rows[i].p) ? 0 : 1;
    for (; left > 0; left--) {
        size_t least = US_CEILING_EVIDENCES;
        for (size_t i = 0; i < US_CEILING_EVIDENCES; i++)
            if (!done[i] && !isnan(c->rows[i].p) &&
                (least == US_CEILING_EVIDENCES || c->rows[i].p < c->rows[least].p))
                least = i;
        before = fmax(before, fmin((double)left * c->rows[least].p, 1));
        c->rows[least].p_adjusted = before;
        done[least] = true;
    }
}

/* Of bunching, against what a curve says that did not see the windows. */
static void without_windows(const struct us_ceiling_work *w,
    const struct us_ceiling_place *place, struct us_ceiling_row *r)
{
    const double *listed = us_ceiling_field_of(w, w->all, US_FIELD_LISTED);
    size_t edge = place->edge + 1;
    size_t from = edge - US_CEILING_WINDOW;
    size_t to = edge + US_CEILING_WINDOW;
    us_mark mark = us_arena_mark(w->a);
    double *expected = us_new(w->a, double, w->bins);
    if (us_ceiling_curve(w, listed, from, to, expected)) {
        r->expected_below = r->expected_above = 0;
        for (size_t i = from; i < to; i++)
            *(i < edge ? &r->expected_below : &r->expected_above) += expected[i];
    }
    us_arena_pop(w->a, mark);
}

/* Whether what there is is as much as a ceiling makes. */
static bool is_enough(us_ceiling_evidence evidence, const struct us_ceiling_row *r)
{
    switch (evidence) {
    case US_CEILING_CARDS: return r->above <= r->below / 2;
    case US_CEILING_BUNCHING: return r->below >= BUNCHED_LEAST * r->expected_below;
    case US_CEILING_DECLINES: return r->above >= r->below + DECLINED_LEAST;
    case US_CEILING_GROWTH: return r->above <= r->below / 2;
    case US_CEILING_EVIDENCES: break;
    }
    return false;
}

static void place(struct us_ceiling_work *w, us_ceiling_evidence evidence)
{
    struct us_ceiling_row *r = &w->out->rows[evidence];
    struct us_ceiling_place at;
    if (!(r->p_adjusted < FOUND_P)) return;
    us_ceiling_place_of(w, evidence, w->all, 0.5, &at);
    if (!at.told) return;
    r->below = at.below;
    r->above = at.above;
    if (evidence == US_CEILING_BUNCHING) without_windows(w, &at, r);
    if (!is_enough(evidence, r)) return;
    r->verdict = US_CEILING_FOUND;
    r->lack = US_CEILING_LACKS_NOTHING;
    r->more = 0;
    r->estimate = us_ceiling_value(at.at);
    if (evidence == US_CEILING_BUNCHING) w->bunch_edge = at.edge + 1;
}

/* ---- bins as they are told ---- */

static int64_t whole(double n)
{
    return llround(n);
}

static void bins(struct us_ceiling_work *w)
{
    struct us_ceiling *c = w->out;
    const double *field[US_FIELDS];
    double *share = us_new(w->a, double, w->bins);
    double *fit = us_new(w->a, double, w->bins);
    double *expected = us_new(w->a, double, w->bins);
    for (int f = 0; f < US_FIELDS; f++)
        field[f] = us_ceiling_field_of(w, w->all, (us_ceiling_field)f);
    for (size_t i = 0; i < w->bins; i++) {
        expected[i] = NAN;
        if (field[US_FIELD_ACCOUNTS][i] > 0)
            share[i] = field[US_FIELD_CARDS][i] / field[US_FIELD_ACCOUNTS][i];
    }
    us_isotonic_falling(share, field[US_FIELD_ACCOUNTS], w->bins, fit, w->a);
    if (!isnan(c->rows[US_CEILING_BUNCHING].p)) {
        size_t edge = w->bunch_edge;
        bool found = edge > 0;
        us_ceiling_curve(w, field[US_FIELD_LISTED],
            found ? edge - US_CEILING_WINDOW : 0, found ? edge + US_CEILING_WINDOW : 0,
            expected);
    }
    if (!isnan(c->rows[US_CEILING_CARDS].p))
        c->rows[US_CEILING_CARDS].half = exp(us_ceiling_half(w, fit));
    c->bin_count = w->bins;
    c->bins = us_new(w->a, struct us_ceiling_bin, w->bins);
    for (size_t i = 0; i < w->bins; i++)
        c->bins[i] =
            (struct us_ceiling_bin){.from = us_ceiling_edge(w->first + (int)i - 1),
                .to = us_ceiling_edge(w->first + (int)i),
                .accounts = whole(field[US_FIELD_ACCOUNTS][i]),
                .cards = whole(field[US_FIELD_CARDS][i]),
                .tries = whole(field[US_FIELD_TRIES][i]),
                .failed = whole(field[US_FIELD_FAILED][i]),
                .steps = whole(field[US_FIELD_STEPS][i]),
                .growth = field[US_FIELD_GROWTH][i],
                .growth_squares = field[US_FIELD_SQUARES][i],
                .listed = field[US_FIELD_LISTED][i],
                .expected = expected[i],
                .share = fit[i]};
}

/* ---- floor and band ---- */

static double dollars(const struct us_ceiling_asked *q, double n)
{
    return q->usd > 0 ? n * q->usd : n;
}

static void floor_of(const struct us_ceiling_asked *q, struct us_ceiling_floor *out)
{
    const struct us_ceiling_costs *c = &q->costs;
    out->preset = !(c->rep_hour > 0 && c->hours_per_deal > 0 && c->win_rate > 0);
    out->cost = out->preset ? NAN : c->rep_hour * c->hours_per_deal / c->win_rate;
    out->value = out->preset ? dollars(q, US_CEILING_FLOOR_PRESET)
                             : US_CEILING_RETURN * out->cost;
}

/* No row found it: none as far as accounts go, or what is preset. A "none" that does
 * not reach as far as the preset says nothing of that. */
static void not_found(const struct us_ceiling_asked *q, struct us_ceiling *c)
{
    double preset = dollars(q, US_CEILING_PRESET);
    double up_to = NAN;
    for (size_t i = 0; i < US_CEILING_EVIDENCES; i++)
        if (c->rows[i].verdict == US_CEILING_NONE)
            up_to = fmax(up_to, c->rows[i].up_to);
    c->top.up_to = up_to;
    c->top.by = up_to >= preset ? US_CEILING_BY_NOTHING : US_CEILING_BY_PRESET;
    if (c->top.by == US_CEILING_BY_PRESET) c->top.value = preset;
}

static void band(struct us_ceiling *c)
{
    double low = c->top.by == US_CEILING_BY_RANGE ? c->top.in.low : c->top.value;
    double high = c->top.by == US_CEILING_BY_RANGE ? c->top.in.high : c->top.value;
    c->band = (struct us_interval){NAN, NAN};
    if (c->top.by == US_CEILING_BY_NOTHING) return;
    c->order = high <= c->floor.value ? US_CEILING_BELOW_FLOOR : US_CEILING_ABOVE_FLOOR;
    c->band.low = fmin(low, c->floor.value);
    c->band.high = fmax(high, c->floor.value);
}

void us_ceiling_of(
    const struct us_ceiling_asked *asked, struct us_arena *a, struct us_ceiling *out)
{
    struct us_ceiling_work w = {.q = asked, .a = a, .out = out};
    *out = (struct us_ceiling){
        .top = {US_CEILING_BY_PRESET, {false}, NAN, {NAN, NAN}, NAN}};
    us_ceiling_bins(&w);
    for (int i = 0; i < US_CEILING_EVIDENCES; i++)
        row_of(&w, (us_ceiling_evidence)i);
    adjust(out);
    for (int i = 0; i < US_CEILING_EVIDENCES; i++)
        place(&w, (us_ceiling_evidence)i);
    us_ceiling_intervals(&w);
    if (isnan(out->top.in.low)) not_found(asked, out);
    bins(&w);
    floor_of(asked, &out->floor);
    band(out);
    us_ceiling_inside(&w);
    us_ceiling_coming(&w);
}
