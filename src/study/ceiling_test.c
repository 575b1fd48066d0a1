/* Companies with a ceiling and without, list prices, and what is too little to ask. */

#include "base/tap.h"
#include "study/ceiling.h"

#include <math.h>

enum { MEMORY = 512 << 20, ACCOUNTS = 1500, TRIES = 6, QUARTERS = 2, DRAWS = 200 };

struct company {
    struct us_ceiling_account accounts[ACCOUNTS];
    struct us_ceiling_try tries[ACCOUNTS * TRIES];
    struct us_ceiling_step steps[ACCOUNTS * QUARTERS];
    struct us_ceiling_asked q;
};

/* Values about 2,000, and cards stop at `ceiling`: half of those above stay below it,
 * four of five others pay otherwise, cards fail, nobody grows beyond it. INFINITY:
 * nothing stops.
 */
static void made(struct company *c, struct us_draws *d, double ceiling, size_t n)
{
    c->q = (struct us_ceiling_asked){.accounts = c->accounts,
        .tries = c->tries,
        .steps = c->steps,
        .account_count = n,
        .usd = 1,
        .draws = DRAWS,
        .seed = 7};
    for (uint32_t i = 0; i < n; i++) {
        double value = 2000 * exp(1.3 * us_draw_normal(d));
        bool above = value > ceiling;
        if (above && us_draw_below(d, 2) == 0) {
            value = ceiling * (0.92 + 0.08 * us_draw_even(d));
            above = false;
        }
        bool card = us_draw_below(d, 100) < (above ? 20U : 95U);
        c->accounts[i] = (struct us_ceiling_account){.key = US_S("a"),
            .value = value,
            .now = value,
            .method = card ? US_PAID_BY_CARD : US_PAID_OTHERWISE};
        for (int k = 0; k < TRIES; k++)
            c->tries[c->q.try_count++] = (struct us_ceiling_try){
                i, us_draw_below(d, 100) < (above ? 60U : 3U), value};
        for (int k = 0; k < QUARTERS; k++) {
            double growth = (above ? 0 : 0.25) + 0.2 * us_draw_normal(d);
            if (!above) growth = fmin(growth, log(ceiling / value));
            c->steps[c->q.step_count++] = (struct us_ceiling_step){i, value, growth};
        }
    }
}

static bool within(struct us_interval in, double value)
{
    return in.low <= value * (1 + 1e-9) && value <= in.high * (1 + 1e-9);
}

static void stops(struct us_tap *t, struct company *c, struct us_arena *a)
{
    struct us_draws d = {3};
    struct us_ceiling out;
    made(c, &d, 8000, ACCOUNTS);
    us_ceiling_of(&c->q, a, &out);
    for (int i = 0; i < US_CEILING_EVIDENCES; i++) {
        const struct us_ceiling_row *r = &out.rows[i];
        printf("# %s: %.0f (%.0f to %.0f), p %.4f\n",
            us_ceiling_word((us_ceiling_evidence)i).ptr, r->estimate, r->in.low,
            r->in.high, r->p);
        CHECK_AS(t,
            r->verdict == US_CEILING_FOUND && r->lack == US_CEILING_LACKS_NOTHING,
            us_ceiling_word((us_ceiling_evidence)i).ptr);
        CHECK(t, within(r->in, r->estimate) && r->p_adjusted >= r->p);
        /* Growth has no edge: its place is one that usual growth points to. */
        CHECK(t, i == US_CEILING_GROWTH ? fabs(r->estimate / 8000 - 1) < 0.15
                                        : within(r->in, 8000));
    }
    CHECK(t, out.top.by == US_CEILING_BY_ROWS && within(out.top.in, out.top.value));
    CHECK(t, out.top.value > 7000 && out.top.value < 9000);
    CHECK(t, out.rows[US_CEILING_BUNCHING].below >
                 1.5 * out.rows[US_CEILING_BUNCHING].expected_below);
    CHECK(t, out.rows[US_CEILING_DECLINES].below < 0.06 &&
                 out.rows[US_CEILING_DECLINES].above > 0.4);
    /* Twice the same. */
    struct us_ceiling again;
    us_ceiling_of(&c->q, a, &again);
    CHECK(t, again.top.in.low == out.top.in.low && again.top.value == out.top.value);
    c->q.seed++;
    us_ceiling_of(&c->q, a, &again);
    CHECK_AS(t, again.top.in.low != out.top.in.low, "another seed, other draws");
}

static void nothing(struct us_tap *t, struct company *c, struct us_arena *a)
{
    int found = 0;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct us_draws d = {seed};
        struct us_ceiling out;
        us_mark mark = us_arena_mark(a);
        made(c, &d, INFINITY, ACCOUNTS);
        us_ceiling_of(&c->q, a, &out);
        for (int i = 0; i < US_CEILING_EVIDENCES; i++)
            found += out.rows[i].verdict == US_CEILING_FOUND;
        CHECK(t, out.top.by == US_CEILING_BY_NOTHING && isnan(out.top.value));
        CHECK(t, out.top.up_to >= US_CEILING_PRESET);
        CHECK(t, out.order == US_CEILING_NO_BAND && !out.inside_count);
        us_arena_pop(a, mark);
    }
    CHECK_AS(t, found <= 1, "of twenty rows, one at most by chance");
}

/* p of nothing is as often below a half as above it: signs of accounts, tries of one of
 * them not independent. */
static void even(struct us_tap *t, struct company *c, struct us_arena *a)
{
    enum { COMPANIES = 40, SMALL = 300 };
    double sum[US_CEILING_EVIDENCES] = {0};
    double told[US_CEILING_EVIDENCES] = {0};
    for (uint64_t seed = 1; seed <= COMPANIES; seed++) {
        struct us_draws d = {1000 + seed};
        struct us_ceiling out;
        us_mark mark = us_arena_mark(a);
        made(c, &d, INFINITY, SMALL);
        c->q.draws = 100;
        /* All tries of an account fail, or none does. */
        for (size_t i = 0; i < c->q.try_count; i++)
            c->tries[i].failed = c->tries[i].account % 20 == 0;
        us_ceiling_of(&c->q, a, &out);
        for (int i = 0; i < US_CEILING_EVIDENCES; i++) {
            if (isnan(out.rows[i].p)) continue;
            sum[i] += out.rows[i].p;
            told[i]++;
        }
        us_arena_pop(a, mark);
    }
    for (int i = 0; i < US_CEILING_EVIDENCES; i++) {
        printf("# mean p %.3f of %.0f\n", sum[i] / told[i], told[i]);
        CHECK_AS(t, fabs(sum[i] / told[i] - 0.5) < 0.14,
            us_ceiling_word((us_ceiling_evidence)i).ptr);
    }
}

/* A fifth of all at one price is a list price, whether it is told or seen. */
static void listed(struct us_tap *t, struct company *c, struct us_arena *a)
{
    const double price[] = {6000};
    struct us_draws d = {11};
    struct us_ceiling out;
    made(c, &d, INFINITY, ACCOUNTS);
    for (int i = 0; i < ACCOUNTS / 5; i++)
        c->accounts[i].value = 6000;
    us_ceiling_of(&c->q, a, &out);
    CHECK_AS(t, out.listed == ACCOUNTS / 5, "seen");
    CHECK(t, out.rows[US_CEILING_BUNCHING].verdict != US_CEILING_FOUND);
    for (int i = 0; i < ACCOUNTS / 5; i++)
        c->accounts[i].value = i < 3 ? 6000 : 5500 + 499.0 * i / (ACCOUNTS / 5.0);
    c->q.prices = price;
    c->q.price_count = 1;
    us_ceiling_of(&c->q, a, &out);
    CHECK_AS(t, out.listed == 3, "told");
    CHECK_AS(t,
        out.rows[US_CEILING_BUNCHING].verdict == US_CEILING_FOUND &&
            out.rows[US_CEILING_BUNCHING].n == ACCOUNTS - 3,
        "many amounts below one value are no price");
    CHECK_AS(t, out.top.by == US_CEILING_BY_NOTHING,
        "bunching alone may be a package, and makes no ceiling");
    /* Seats at 100 each: a comb, spread over the last seat. */
    made(c, &d, INFINITY, ACCOUNTS);
    for (int i = 0; i < ACCOUNTS; i++) {
        c->accounts[i].seats = ceil(c->accounts[i].value / 100);
        c->accounts[i].value = 100 * c->accounts[i].seats;
    }
    us_ceiling_of(&c->q, a, &out);
    double sum = 0;
    double between = 0; /* where no value lies */
    for (size_t i = 0; i < out.bin_count; i++) {
        sum += out.bins[i].listed;
        if (out.bins[i].from < 1450 && out.bins[i].to >= 1450)
            between = out.bins[i].listed;
    }
    CHECK(t, fabs(sum + (double)out.listed - ACCOUNTS) < 1e-6 && between > 1);
    CHECK(t, out.rows[US_CEILING_BUNCHING].verdict != US_CEILING_FOUND);
}

/* ---- too little ---- */

static void little(struct us_tap *t, struct company *c, struct us_arena *a)
{
    struct us_draws d = {5};
    struct us_ceiling out;
    made(c, &d, 8000, 0);
    us_ceiling_of(&c->q, a, &out);
    CHECK_AS(t,
        out.top.by == US_CEILING_BY_PRESET && out.top.value == US_CEILING_PRESET,
        "nobody at all");
    made(c, &d, 8000, 1);
    us_ceiling_of(&c->q, a, &out);
    for (int i = 0; i < US_CEILING_EVIDENCES; i++)
        CHECK(t, out.rows[i].verdict == US_CEILING_CANNOT_TELL &&
                     out.rows[i].lack != US_CEILING_LACKS_NOTHING &&
                     isnan(out.rows[i].p));
    CHECK_AS(t, out.top.by == US_CEILING_BY_PRESET, "one account");
    made(c, &d, 8000, ACCOUNTS);
    for (int i = 0; i < ACCOUNTS; i++)
        c->accounts[i].method = US_PAID_BY_CARD;
    for (size_t i = 0; i < c->q.try_count; i++)
        c->tries[i].failed = false;
    us_ceiling_of(&c->q, a, &out);
    CHECK_AS(
        t, out.rows[US_CEILING_CARDS].lack == US_CEILING_LACKS_OTHERS, "all by card");
    CHECK_AS(t,
        out.rows[US_CEILING_DECLINES].lack == US_CEILING_LACKS_DECLINES &&
            out.rows[US_CEILING_DECLINES].more == 0,
        "no declines: nobody knows how many more accounts it takes");
    c->tries[0].failed = c->tries[20].failed = true;
    us_ceiling_of(&c->q, a, &out);
    CHECK_AS(t, out.rows[US_CEILING_DECLINES].more == 4 * ACCOUNTS, "two of ten");
    c->q.try_count = 0;
    us_ceiling_of(&c->q, a, &out);
    CHECK(t, out.rows[US_CEILING_DECLINES].lack == US_CEILING_LACKS_TRIES);
    made(c, &d, INFINITY, ACCOUNTS);
    for (int i = 0; i < ACCOUNTS; i++)
        c->accounts[i].value = 4800;
    for (size_t i = 0; i < c->q.try_count; i++)
        c->tries[i].value = 4800;
    for (size_t i = 0; i < c->q.step_count; i++)
        c->steps[i] = (struct us_ceiling_step){c->steps[i].account, 4800, 0};
    us_ceiling_of(&c->q, a, &out);
    for (int i = 0; i < US_CEILING_EVIDENCES; i++)
        CHECK_AS(
            t, out.rows[i].verdict == US_CEILING_CANNOT_TELL, "all amounts are equal");
    CHECK(t, out.rows[US_CEILING_CARDS].lack == US_CEILING_LACKS_SPREAD &&
                 out.rows[US_CEILING_BUNCHING].lack == US_CEILING_LACKS_ACCOUNTS);
}

static void few(struct us_tap *t, struct company *c, struct us_arena *a)
{
    struct us_draws d = {9};
    struct us_ceiling out;
    made(c, &d, INFINITY, 130);
    us_ceiling_of(&c->q, a, &out);
    bool told = false;
    for (int i = 0; i < US_CEILING_EVIDENCES; i++) {
        told |= out.rows[i].verdict == US_CEILING_FOUND;
        if (out.rows[i].lack == US_CEILING_LACKS_POWER) CHECK(t, out.rows[i].more > 0);
    }
    CHECK(t, !told && out.rows[US_CEILING_BUNCHING].lack == US_CEILING_LACKS_POWER);
    /* A "none" that does not reach as far as the preset says nothing of it. */
    for (int i = 0; i < 130; i++)
        c->accounts[i].value /= 20;
    for (size_t i = 0; i < c->q.try_count; i++)
        c->tries[i].value /= 20;
    for (size_t i = 0; i < c->q.step_count; i++)
        c->steps[i].value /= 20;
    us_ceiling_of(&c->q, a, &out);
    CHECK(
        t, out.top.by == US_CEILING_BY_PRESET && !(out.top.up_to >= US_CEILING_PRESET));
}

/* ---- floor, band, who comes ---- */

static void ends(struct us_tap *t, struct company *c, struct us_arena *a)
{
    struct us_draws d = {5};
    struct us_ceiling out;
    made(c, &d, INFINITY, 3);
    c->accounts[0].now = 12000;
    c->accounts[1].now = 16000;
    c->accounts[2].now = 0;
    c->q.costs = (struct us_ceiling_costs){50, 6, 0.25};
    us_ceiling_of(&c->q, a, &out);
    CHECK(t, !out.floor.preset && out.floor.value == 4800 && out.floor.cost == 1200);
    CHECK(t, out.order == US_CEILING_ABOVE_FLOOR && out.band.low == 4800 &&
                 out.band.high == 10000 && !out.inside_count);
    c->q.costs.win_rate = 0;
    us_ceiling_of(&c->q, a, &out);
    CHECK(t, out.floor.preset && out.floor.value == 15000 && isnan(out.floor.cost));
    CHECK(t, out.order == US_CEILING_BELOW_FLOOR && out.band.low == 10000 &&
                 out.band.high == 15000);
    CHECK(t, out.inside_count == 1 && out.inside[0] == 0);
    c->q.usd = 0.8;
    us_ceiling_of(&c->q, a, &out);
    CHECK_AS(
        t, out.floor.value == 12000 && out.top.value == 8000, "in another currency");
}

/* 8 % a month on the whole, and 3,000 now: 10,000 in 15.6 months is too far; 6,000 in
 * 6.6 months is not. Ranges as scipy solves drift·t ± t(0.9; n−1)·s·√(t + t²/n). */
static void coming(struct us_tap *t, struct company *c, struct us_arena *a)
{
    static const double grown[] = {0.10, 0.02, 0.12, 0.08, 0.06, 0.10, 0.08, 0.08};
    enum { N = sizeof grown / sizeof *grown };
    struct us_draws d = {5};
    struct us_ceiling out;
    made(c, &d, INFINITY, 2);
    for (int i = 0; i < 2; i++) {
        struct us_ceiling_account *x = &c->accounts[i];
        x->now = i ? 3000 : 6000;
        x->months[0] = x->now;
        for (int k = 0; k < N; k++)
            x->months[k + 1] = x->months[k] * exp(-grown[k]);
    }
    us_ceiling_of(&c->q, a, &out);
    double month = 30.436875 * (double)US_DAY_US;
    CHECK(t, out.coming_count == 1 && out.coming[0].account == 0);
    CHECK(t, fabs(out.coming[0].growth - expm1(0.08)) < 1e-12);
    CHECK(t, fabs((double)out.coming[0].at / month - log(10.0 / 6) / 0.08) < 1e-6);
    printf("# %.6f to %.6f months\n", (double)out.coming[0].soonest / month,
        (double)out.coming[0].latest / month);
    CHECK(t, fabs((double)out.coming[0].soonest / month - 4.885200723) < 1e-4);
    CHECK(t, fabs((double)out.coming[0].latest / month - 8.655524539) < 1e-4);
    c->accounts[0].sales = true;
    us_ceiling_of(&c->q, a, &out);
    CHECK_AS(t, out.coming_count == 0, "through sales already");
    c->accounts[0].sales = false;
    c->accounts[0].months[US_CEILING_MONTHS_LEAST] = 0;
    us_ceiling_of(&c->q, a, &out);
    CHECK_AS(t, out.coming_count == 0, "three changes are too few");
    c->accounts[0].months[US_CEILING_MONTHS_LEAST] = 4500;
    for (int k = 1; k <= N; k += 2)
        c->accounts[0].months[k] *= 3;
    us_ceiling_of(&c->q, a, &out);
    CHECK_AS(t,
        out.coming_count == 1 && out.coming[0].latest == US_NEVER &&
            out.coming[0].soonest < out.coming[0].at,
        "so unsteady that it may never");
    /* Half a year ago: 8 % a month and 7,000 comes to 10,000 in 4.5; one did, one not.
     */
    CHECK_AS(t, out.were_coming == 0, "nobody was near then");
    for (int i = 0; i < 2; i++)
        for (int k = 0; k <= US_CEILING_MONTHS; k++)
            c->accounts[i].months[k] = k < US_CEILING_RECORD
                                           ? (i ? 9000 : 10000)
                                           : 7000 * exp(-0.08 * (k - 6));
    us_ceiling_of(&c->q, a, &out);
    CHECK(t, out.were_coming == 2 && out.came == 1);
}

static void edges(struct us_tap *t)
{
    CHECK(t, us_ceiling_bin_of(10000) == 400 && us_ceiling_bin_of(10000.01) == 401);
    CHECK(t, us_ceiling_edge(400) == 10000 && us_ceiling_bin_of(1) == 0);
    CHECK(t, us_ceiling_value(log(10000)) == 10000);
}

int main(void)
{
    struct us_tap t = {0};
    struct us_arena a;
    us_arena_init(&a, MEMORY);
    struct company *c = us_new(&a, struct company, 1);
    edges(&t);
    stops(&t, c, &a);
    nothing(&t, c, &a);
    even(&t, c, &a);
    listed(&t, c, &a);
    little(&t, c, &a);
    few(&t, c, &a);
    ends(&t, c, &a);
    coming(&t, c, &a);
    us_arena_done(&a);
    return us_tap_done(&t);
}
