/* What is computed here is what R, scipy, statsmodels, scikit-learn and exact
 * arithmetic compute: numbers in stats_reference.inc, made by reference/make.py. */

#include "stats/stats_test.h"

#include "stats/special.h"

#include <string.h>

enum { MEMORY = 64 << 20 };

struct table_row {
    int64_t a, b, c, d;
    double p, log10_p, woolf, woolf_low, woolf_high, risk, risk_low, risk_high;
    bool odds_known;
    double odds, odds_low, odds_high;
};
struct r_fisher_row {
    int64_t a, b, c, d;
    double p, odds, low, high;
};
struct rate_row {
    int64_t hits, n;
    double low, high, exact_low, exact_high;
};
struct newcombe_row {
    int64_t hits1, n1, hits2, n2;
    double low, high;
};
struct poisson_row {
    int64_t events;
    double time, low, high;
};
struct pq {
    double p, q;
};
struct survival_row {
    double time, happened, low, high, at_risk;
};
struct special_row {
    double x, below, above, chi2, t;
};
struct quantile_row {
    double p, normal, t, beta;
};
struct power_row {
    double p1, p2, held, units;
};

#include "stats/stats_reference.inc"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void tables(struct us_tap *t)
{
    for (size_t i = 0; i < COUNT(table_rows); i++) {
        const struct table_row *r = &table_rows[i];
        struct us_fourfold x = {r->a, r->b, r->c, r->d};
        printf("# %lld %lld %lld %lld\n", (long long)r->a, (long long)r->b,
            (long long)r->c, (long long)r->d);
        struct us_p p = us_fisher(x);
        CHECK_AS(t, near(p.p, r->p, 1e-10), "Fisher's p");
        CHECK_AS(t,
            near(p.log10_p, r->log10_p, 1e-11) || fabs(p.log10_p - r->log10_p) < 1e-11,
            "Fisher's log10 p");
        if (!isnan(r->woolf)) {
            CHECK_AS(t,
                near_ratio(us_odds_ratio(x, 0.95), r->woolf, r->woolf_low,
                    r->woolf_high, 1e-12),
                "odds ratio and Woolf's interval");
            CHECK_AS(t,
                near_ratio(
                    us_risk_ratio(x, 0.95), r->risk, r->risk_low, r->risk_high, 1e-12),
                "risk ratio and Katz's interval");
        }
        if (r->odds_known)
            CHECK_AS(t,
                near_ratio(
                    us_odds_exact(x, 0.95), r->odds, r->odds_low, r->odds_high, 1e-9),
                "odds ratio given the margins, and its exact interval");
    }
}

static void words_of_r(struct us_tap *t)
{
    for (size_t i = 0; i < COUNT(r_fisher_rows); i++) {
        const struct r_fisher_row *r = &r_fisher_rows[i];
        struct us_fourfold x = {r->a, r->b, r->c, r->d};
        CHECK_AS(t, near(us_fisher(x).p, r->p, 1e-9), "fisher.test: p");
        CHECK_AS(t, near_ratio(us_odds_exact(x, 0.95), r->odds, r->low, r->high, 1e-2),
            "fisher.test: odds ratio and interval, to the precision of its roots");
    }
}

static void ends_of_tables(struct us_tap *t)
{
    struct us_fourfold none = {0, 0, 0, 0};
    CHECK(t, us_fisher(none).p == 1);
    CHECK(t, isnan(us_odds_exact(none, 0.95).value));
    CHECK(t, isnan(us_odds_ratio(none, 0.95).value));
    CHECK(t, isnan(us_table_exposed(none)) && isnan(us_table_lift(none)));
    struct us_fourfold no_b = {7, 0, 5, 9};
    CHECK(t, isinf(us_odds_ratio(no_b, 0.95).value));
    CHECK(t, isnan(us_odds_ratio(no_b, 0.95).in.low));
    CHECK(t, isinf(us_odds_exact(no_b, 0.95).in.high));
    struct us_fourfold no_a = {0, 10, 12, 30};
    CHECK(t,
        us_odds_exact(no_a, 0.95).value == 0 && us_odds_exact(no_a, 0.95).in.low == 0);
    CHECK(t, us_hypergeometric_log(3, 2, 5, 9) == -INFINITY);
    double sum = 0;
    for (int64_t x = 0; x <= 40; x++)
        sum += exp(us_hypergeometric_log(x, 40, 100, 300));
    CHECK_AS(t, near(sum, 1, 1e-13), "all cells together are certain");
}

/* The table turned over says the same of its turned question. */
static void turned(struct us_tap *t)
{
    struct us_fourfold x = {41, 139, 108, 792};
    struct us_fourfold y = {108, 792, 41, 139};
    CHECK(t, near(us_fisher(x).p, us_fisher(y).p, 1e-12));
    struct us_ratio one = us_odds_exact(x, 0.9);
    struct us_ratio other = us_odds_exact(y, 0.9);
    CHECK(t,
        near_ratio(one, 1 / other.value, 1 / other.in.high, 1 / other.in.low, 1e-11));
}

static void rates(struct us_tap *t)
{
    for (size_t i = 0; i < COUNT(rate_rows); i++) {
        const struct rate_row *r = &rate_rows[i];
        struct us_interval w = us_wilson(r->hits, r->n, 0.95);
        struct us_interval e = us_exact_rate(r->hits, r->n, 0.95);
        CHECK_AS(
            t, near(w.low, r->low, 1e-11) && near(w.high, r->high, 1e-11), "Wilson");
        CHECK_AS(t,
            near(e.low, r->exact_low, 1e-11) && near(e.high, r->exact_high, 1e-11),
            "Clopper and Pearson");
    }
    for (size_t i = 0; i < COUNT(newcombe_rows); i++) {
        const struct newcombe_row *r = &newcombe_rows[i];
        struct us_interval d = us_newcombe(r->hits1, r->n1, r->hits2, r->n2, 0.95);
        CHECK_AS(
            t, near(d.low, r->low, 1e-10) && near(d.high, r->high, 1e-10), "Newcombe");
    }
    for (size_t i = 0; i < COUNT(poisson_rows); i++) {
        const struct poisson_row *r = &poisson_rows[i];
        struct us_interval in = us_poisson_rate(r->events, r->time, 0.95);
        CHECK_AS(t, near(in.low, r->low, 1e-10) && near(in.high, r->high, 1e-10),
            "exact interval of a count");
    }
    CHECK(t, isnan(us_poisson_rate(3, 0, 0.95).low));
    CHECK(t, isnan(us_wilson(0, 0, 0.95).low));
    CHECK(t, isnan(us_newcombe(0, 0, 1, 2, 0.95).low));
}

static void many(struct us_tap *t, struct us_arena *a)
{
    enum { N = COUNT(pq_rows) };
    double p[N + 1];
    for (size_t i = 0; i < N; i++)
        p[i] = pq_rows[i].p;
    p[N] = NAN;
    us_bh(p, N + 1, p, a);
    bool all = isnan(p[N]);
    for (size_t i = 0; i < N; i++)
        all = near(p[i], pq_rows[i].q, 1e-13) && all;
    CHECK_AS(t, all, "Benjamini and Hochberg, what has no p left out, in place");
    us_bh(p, 0, p, a);
}

static void strata(struct us_tap *t, struct us_arena *a)
{
    struct us_strata s = us_mantel_haenszel(strata_tables, COUNT(strata_tables), 0.95);
    const double *w = strata_wanted;
    CHECK_AS(t, near_ratio(s.odds, w[0], w[1], w[2], 1e-10), "Mantel and Haenszel");
    CHECK(t, near(s.chi2, w[3], 1e-10) && near(s.p, w[4], 1e-10));
    CHECK_AS(t, s.informative == 5, "a stratum without any outcome says nothing");
    CHECK(t, isnan(us_mantel_haenszel(NULL, 0, 0.95).odds.value));
    struct us_clustered c =
        us_clustered_odds(clustered_rows, COUNT(clustered_rows), 0.95, a);
    const double *v = clustered_wanted;
    CHECK_AS(t, near_ratio(c.odds, v[0], v[1], v[2], 1e-7), "odds ratio by clusters");
    CHECK(t, near(c.error, v[3], 1e-7) && near(c.p, v[4], 1e-6) && c.clusters == 60);
    CHECK(t, isnan(us_clustered_odds(NULL, 0, 0.95, a).odds.value));
    struct us_standard d =
        us_standard_ratio(clustered_rows, COUNT(clustered_rows), 0.95, a);
    v = standard_wanted;
    CHECK_AS(t, near_ratio(d.ratio, v[0], v[1], v[2], 1e-7) && d.clusters == 60,
        "a rate against others' of the same strata, by clusters");
    CHECK(t, near(d.error, v[3], 1e-7) && near(d.rate / d.base, v[0], 1e-12));
    CHECK(t, isnan(us_standard_ratio(NULL, 0, 0.95, a).ratio.value));
    struct us_clustered_row alone[] = {{0, 0, true, true}, {1, 1, false, false}};
    CHECK_AS(t, us_standard_ratio(alone, 2, 0.95, a).exposed == 0,
        "a stratum without others is left out");
    /* qt(0.975, 3) and 2 * pt(-2, 3) of R */
    struct us_clustered few = us_clustered_degrees(
        (struct us_clustered){.odds = {.value = exp(1)}, .error = 0.5}, 3, 0.95);
    CHECK_AS(t,
        near_ratio(few.odds, exp(1), exp(1 - 0.5 * 3.182446305284263),
            exp(1 + 0.5 * 3.182446305284263), 1e-10) &&
            near(few.p, 0.1393261, 1e-6),
        "a t of fewer degrees");
    CHECK(t, isnan(us_clustered_degrees(few, 0, 0.95).p));
}

static void survival(struct us_tap *t, struct us_arena *a)
{
    struct us_life copy[COUNT(lives)];
    for (size_t i = 0; i < COUNT(lives); i++)
        copy[(i * 7) % COUNT(lives)] = lives[i];
    struct us_survival s = us_kaplan_meier(copy, COUNT(lives), a);
    for (size_t i = 0; i < COUNT(survival_rows); i++) {
        const struct survival_row *r = &survival_rows[i];
        struct us_survival_at got = us_survival_at(&s, r->time, 0.95);
        CHECK_AS(t, near(got.happened, r->happened, 1e-12), "Kaplan and Meier");
        CHECK(t, near(got.in.low, r->low, 1e-12) || r->happened == 0);
        CHECK(t, near(got.in.high, r->high, 1e-12) || r->happened == 0);
        CHECK(t, (double)got.at_risk == r->at_risk);
    }
    struct us_survival none = us_kaplan_meier(NULL, 0, a);
    CHECK(t, us_survival_at(&none, 3, 0.95).happened == 0 && none.outcomes == 0);
}

static bool all_near(const double *got, const double *want, size_t n, double within)
{
    bool all = true;
    for (size_t i = 0; i < n; i++)
        all = near(got[i], want[i], within) && all;
    return all;
}

static void scorecards(struct us_tap *t, struct us_arena *a)
{
    enum { K = 4, N = COUNT(logistic_y) };
    struct us_logistic_asked asked = {.x = logistic_x, .y = logistic_y, .n = N, .k = K};
    struct us_logistic m = us_logistic_fit(&asked, a);
    CHECK(t, m.fit == US_FIT_GOOD && m.steps < 12);
    CHECK(t, near(m.intercept, logistic_plain[0], 1e-9));
    CHECK_AS(t, all_near(m.beta, logistic_plain + 1, K, 1e-9), "statsmodels and glm");
    CHECK_AS(t, all_near(m.errors, logistic_plain + K + 1, K + 1, 1e-8), "errors");
    CHECK(t, near(m.log_likelihood, logistic_plain[2 * K + 2], 1e-12));
    asked.cluster = logistic_cluster;
    asked.cluster_count = 40;
    m = us_logistic_fit(&asked, a);
    CHECK_AS(t, all_near(m.errors, logistic_robust, K + 1, 1e-7), "errors by clusters");
    asked.cluster = NULL;
    asked.penalty = 2;
    m = us_logistic_fit(&asked, a);
    CHECK(t, near(m.intercept, logistic_ridge[0], 1e-8));
    CHECK_AS(t, all_near(m.beta, logistic_ridge + 1, K, 1e-8), "scikit-learn, C = 0.5");
    double score[N];
    double rate[N];
    for (size_t i = 0; i < N; i++) {
        score[i] = nearbyint(logistic_x[i * K] * 2) / 2;
        rate[i] = us_logistic_rate(&m, logistic_x + i * K, K);
    }
    CHECK(t, near(us_auc_of(score, logistic_y, N, a).value, auc_wanted[0], 1e-13));
    CHECK(t, near(us_auc_of(rate, logistic_y, N, a).value, auc_wanted[1], 1e-13));
    struct us_calibration_band band[7];
    CHECK(t, us_calibration(rate, logistic_y, N, band, 7, a) == 7);
    int64_t n = 0;
    int64_t hits = 0;
    double predicted = 0;
    for (size_t i = 0; i < 7; i++) {
        n += band[i].n;
        hits += band[i].hits;
        predicted += band[i].predicted * (double)band[i].n;
        CHECK(t, i == 0 || band[i].predicted > band[i - 1].predicted);
    }
    CHECK_AS(t, n == N && near(predicted, (double)hits, 1e-9),
        "an intercept without penalty makes what is said and what came the same in "
        "sum");
}

static void no_scorecard(struct us_tap *t, struct us_arena *a)
{
    double x[] = {1, 2, 2, 4, 3, 6, 4, 8, 5, 10, 6, 12};
    uint8_t y[] = {0, 1, 0, 1, 1, 0};
    struct us_logistic_asked asked = {.x = x, .y = y, .n = 6, .k = 2};
    CHECK_AS(t, us_logistic_fit(&asked, a).fit == US_FIT_SINGULAR,
        "two columns that say the same");
    asked.penalty = 1;
    CHECK_AS(
        t, us_logistic_fit(&asked, a).fit == US_FIT_GOOD, "a penalty shares it out");
    uint8_t parted[] = {0, 0, 0, 1, 1, 1};
    double line[] = {1, 2, 3, 4, 5, 6};
    struct us_logistic_asked apart = {.x = line, .y = parted, .n = 6, .k = 1};
    CHECK_AS(t, us_logistic_fit(&apart, a).fit == US_FIT_SEPARATED,
        "a line parts the outcomes");
    apart.penalty = 1;
    CHECK(t, us_logistic_fit(&apart, a).fit == US_FIT_GOOD);
    double flag[] = {0, 0, 0, 1, 1, 1};
    uint8_t half[] = {0, 1, 0, 1, 1, 1};
    struct us_logistic_asked quasi = {.x = flag, .y = half, .n = 6, .k = 1};
    CHECK_AS(t, us_logistic_fit(&quasi, a).fit == US_FIT_SEPARATED,
        "one of two groups has nothing but outcomes");
    uint8_t ones[] = {1, 1, 1, 1, 1, 1};
    apart.y = ones;
    CHECK(t, us_logistic_fit(&apart, a).fit == US_FIT_ONE_OUTCOME);
}

static void order(struct us_tap *t)
{
    static const double asked[] = {0, 0.1, 0.25, 0.5, 0.75, 0.999, 1};
    double v[50];
    for (size_t i = 0; i < 50; i++)
        v[i] = logistic_x[i * 4];
    us_sort(v, 50);
    bool all = true;
    for (size_t i = 0; i < COUNT(asked); i++)
        all = near(us_quantile(v, 50, asked[i]), quantile_wanted[i], 1e-13) && all;
    CHECK_AS(t, all, "quantiles of numpy, R's type 7");
    CHECK(t, isnan(us_quantile(v, 0, 0.5)));
    CHECK(t, us_quantile(v, 1, 0.5) == v[0]);
}

static void specials(struct us_tap *t)
{
    for (size_t i = 0; i < COUNT(special_rows); i++) {
        const struct special_row *r = &special_rows[i];
        CHECK(t, near(us_normal_below(r->x), r->below, 1e-12));
        CHECK(t, near(us_normal_above(r->x), r->above, 1e-12));
        CHECK(t, r->x < 0 ? isnan(us_chi2_above(r->x, 3))
                          : near(us_chi2_above(r->x, 3), r->chi2, 1e-12));
        CHECK(t, near(us_t_above(r->x, 5), r->t, 1e-12));
    }
    for (size_t i = 0; i < COUNT(quantile_rows); i++) {
        const struct quantile_row *r = &quantile_rows[i];
        CHECK(t, near(us_normal_quantile(r->p), r->normal, 1e-12) ||
                     fabs(r->normal) < 1e-15);
        CHECK(t, near(us_t_quantile(r->p, 4), r->t, 1e-8) || fabs(r->t) < 1e-12);
        CHECK(t, near(us_beta_quantile(r->p, 3, 40), r->beta, 1e-9));
    }
    CHECK(t, isnan(us_normal_quantile(2)) && isinf(us_normal_quantile(1)));
    CHECK(t, isnan(us_t_above(NAN, 3)) && us_t_above(INFINITY, 3) == 0);
    CHECK(t, isnan(us_t_quantile(0.5, 0)));
}

/* field.md's table of units that a holdout needs: rounded to whole ones. */
static void power(struct us_tap *t)
{
    static const int64_t published[] = {
        1327, 1099, 863, 2355, 1913, 1366, 619, 510, 392, 840, 684, 494};
    for (size_t i = 0; i < COUNT(power_rows); i++) {
        const struct power_row *r = &power_rows[i];
        double units = us_power_units(r->p1, r->p2, r->held, 0.05, 0.8);
        CHECK(t, near(units, r->units, 1e-11));
        CHECK(t, (int64_t)nearbyint(units) == published[i]);
        CHECK(t, near(us_power_of(r->p1, r->p2, r->held, units, 0.05), 0.8, 1e-11));
        CHECK(t, near(us_power_least(r->p1, r->held, units, 0.05, 0.8), r->p2, 1e-9));
    }
    CHECK_AS(t, isnan(us_power_least(0.5, 0.5, 3, 0.05, 0.8)), "too few for anything");
}

int main(void)
{
    struct us_tap t = {0};
    struct us_arena a;
    us_arena_init(&a, MEMORY);
    tables(&t);
    words_of_r(&t);
    ends_of_tables(&t);
    turned(&t);
    rates(&t);
    many(&t, &a);
    strata(&t, &a);
    survival(&t, &a);
    scorecards(&t, &a);
    no_scorecard(&t, &a);
    order(&t);
    specials(&t);
    power(&t);
    us_arena_done(&a);
    return us_tap_done(&t);
}
