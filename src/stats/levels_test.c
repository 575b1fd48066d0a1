/* What changes along levels, against scikit-learn, statsmodels, scipy and numpy:
 * numbers in levels_reference.inc, made by reference/levels.py. And where there is
 * nothing. */

#include "stats/levels.h"
#include "stats/levels_reference.inc"
#include "stats/stats_test.h"

enum { MEMORY = 64 << 20, DRAWS = 20000 };

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool all_near(const double *got, const double *want, size_t n, double within)
{
    bool good = true;
    for (size_t i = 0; i < n; i++)
        good = near(got[i], want[i], within) && good;
    return good;
}

static void chance(struct us_tap *t)
{
    struct us_draws d = {42};
    for (size_t i = 0; i < COUNT(draws_wanted); i++)
        CHECK(t, us_draw(&d) == draws_wanted[i]);
    size_t below[3] = {0};
    double normal = 0;
    double square = 0;
    double few = 0;
    double many = 0;
    bool within = true;
    for (int i = 0; i < DRAWS; i++) {
        double even = us_draw_even(&d);
        double z = us_draw_normal(&d);
        within = within && even > 0 && even < 1;
        below[us_draw_below(&d, 3)]++;
        normal += z;
        square += z * z;
        few += (double)us_draw_poisson(&d, 0.7);
        many += (double)us_draw_poisson(&d, 400);
    }
    CHECK(t, within);
    /* Five standard errors each. */
    for (int i = 0; i < 3; i++)
        CHECK(t, fabs((double)below[i] - DRAWS / 3.0) < 5 * sqrt(DRAWS * 2 / 9.0));
    CHECK(t, fabs(normal / DRAWS) < 5 / sqrt(DRAWS));
    CHECK(t, fabs(square / DRAWS - 1) < 5 * sqrt(2.0 / DRAWS));
    CHECK(t, fabs(few / DRAWS - 0.7) < 5 * sqrt(0.7 / DRAWS));
    CHECK(t, fabs(many / DRAWS - 400) < 5 * sqrt(400.0 / DRAWS));
    CHECK(t, us_draw_poisson(&d, 0) == 0 && us_draw_poisson(&d, NAN) == 0);
}

static void falling(struct us_tap *t, struct us_arena *a)
{
    enum { N = COUNT(isotonic_y) };
    double fit[N];
    us_isotonic_falling(isotonic_y, isotonic_w, N, fit, a);
    CHECK_AS(t, all_near(fit, isotonic_fit, N, 1e-12), "as scikit-learn");
    const double y[] = {0.2, 0.9, 0.4, 0.1, 0.7};
    const double w[] = {0, 2, 0, 1, 0};
    double five[5];
    us_isotonic_falling(y, w, 5, five, a);
    const double want[] = {0.9, 0.9, 0.9, 0.1, 0.1};
    CHECK_AS(t, all_near(five, want, 5, 0), "bins without weight");
    const double none[5] = {0};
    us_isotonic_falling(y, none, 5, five, a);
    CHECK_AS(t, isnan(five[0]) && isnan(five[4]), "nothing at all");
    const double even[] = {1, 1, 1, 1, 1};
    const double rising[] = {0, 0.25, 0.5, 0.75, 1};
    us_isotonic_falling(rising, even, 5, five, a);
    CHECK_AS(t, near(five[0], 0.5, 1e-15) && near(five[4], 0.5, 1e-15), "only rises");
}

static void smooth(struct us_tap *t)
{
    enum { N = COUNT(smooth_counts) };
    double got[N];
    bool out[N];
    double curve[5] = {0};
    for (size_t i = 0; i < N; i++)
        out[i] = i >= 76 && i < 88;
    struct us_smooth_asked q = {smooth_counts, NULL, N, 4, NULL};
    CHECK(t, us_smooth_counts(&q, got));
    CHECK_AS(t, all_near(got, smooth_all, N, 1e-8), "as statsmodels");
    q.left_out = out;
    q.curve = curve;
    CHECK(t, us_smooth_counts(&q, got));
    CHECK_AS(t, all_near(got, smooth_without, N, 1e-8), "without some bins");
    CHECK_AS(t, got[80] < smooth_all[80] && smooth_counts[80] > got[80] + 10,
        "it does not see what was left out");
    /* From where it ended it ends there again. */
    CHECK(t, us_smooth_counts(&q, got) && all_near(got, smooth_without, N, 1e-8));
    double few[N] = {0};
    few[3] = few[9] = 4;
    q = (struct us_smooth_asked){few, NULL, N, 4, NULL};
    CHECK_AS(t, !us_smooth_counts(&q, got), "too few bins with counts");
    for (size_t i = 0; i < N; i++)
        few[i] = 7;
    CHECK(t,
        us_smooth_counts(&q, got) && near(got[0], 7, 1e-9) && near(got[60], 7, 1e-9));
}

enum {
    RAMP_BINS = COUNT(ramp_x),
    RAMP_TRIED = COUNT(ramp_hinges) * COUNT(ramp_widths)
};

static struct us_ramp_asked ramp_asked(
    struct us_ramp_bin *bins, const double *n, const double *sum)
{
    for (size_t i = 0; i < RAMP_BINS; i++)
        bins[i] = (struct us_ramp_bin){n[i], sum[i], ramp_x[i]};
    return (struct us_ramp_asked){.bins = bins,
        .edges = ramp_edges,
        .count = RAMP_BINS,
        .hinges = ramp_hinges,
        .hinge_count = COUNT(ramp_hinges),
        .widths = ramp_widths,
        .width_count = COUNT(ramp_widths)};
}

static void ramps(struct us_tap *t, struct us_arena *a)
{
    struct us_ramp_bin bins[RAMP_BINS];
    double gains[RAMP_TRIED];
    struct us_ramp_asked q = ramp_asked(bins, ramp_tries, ramp_failed);
    q.rate = q.rises = true;
    q.gains = gains;
    struct us_ramp got = us_ramp_fit(&q, a);
    CHECK_AS(t, all_near(gains, ramp_rate_gains, RAMP_TRIED, 1e-6), "rates, as scipy");
    CHECK(t, got.told && (double)got.first == ramp_best[0] && got.first == got.last);
    CHECK(t, got.width == ramp_best[1] && near(got.below, ramp_best[2], 1e-4) &&
                 near(got.above, ramp_best[3], 1e-4) &&
                 near(got.gain, ramp_best[4], 1e-6));
    q = ramp_asked(bins, ramp_steps, ramp_growth);
    q.square_sum = ramp_squares[0];
    q.gains = gains;
    got = us_ramp_fit(&q, a);
    CHECK(t, got.told && got.above < got.below);
    CHECK_AS(t, all_near(gains, ramp_mean_gains, RAMP_TRIED, 1e-9), "means, as numpy");
}

/* Ten bins; observations in the first and the last of them alone. */
static void gaps(struct us_tap *t, struct us_arena *a)
{
    struct us_ramp_bin bins[10];
    double edges[10];
    const uint32_t hinges[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    const double step[] = {0};
    for (int i = 0; i < 10; i++) {
        edges[i] = i + 1;
        bins[i] = (struct us_ramp_bin){0, 0, i + 0.5};
    }
    bins[0].n = bins[9].n = 20;
    bins[0].sum = 1;
    bins[9].sum = 15;
    struct us_ramp_asked q = {.bins = bins,
        .edges = edges,
        .count = 10,
        .hinges = hinges,
        .hinge_count = 9,
        .widths = step,
        .width_count = 1,
        .rate = true,
        .rises = true};
    struct us_ramp got = us_ramp_fit(&q, a);
    CHECK_AS(t, got.told && got.first == 0 && got.last == 8, "nothing parts a gap");
    CHECK(t, near(got.below, 0.05, 1e-9) && near(got.above, 0.75, 1e-9));
    q.rises = false;
    CHECK_AS(t, !us_ramp_fit(&q, a).told, "it rises, and was asked to fall");
    bins[9].sum = 1;
    q.rises = true;
    CHECK_AS(t, !us_ramp_fit(&q, a).told, "the same everywhere");
    bins[0].sum = bins[9].sum = 0;
    CHECK_AS(t, !us_ramp_fit(&q, a).told, "none at all");
    bins[9].sum = 20;
    got = us_ramp_fit(&q, a);
    CHECK_AS(t, got.told && isfinite(got.gain), "none, then all");
    q.rate = q.rises = false;
    bins[0].sum = 20;
    bins[9].sum = 0;
    q.square_sum = 20;
    got = us_ramp_fit(&q, a);
    CHECK_AS(t, got.told && isfinite(got.gain), "a mean that leaves nothing over");
    q.hinge_count = 0;
    CHECK_AS(t, !us_ramp_fit(&q, a).told, "no hinge to try");
}

int main(void)
{
    struct us_tap t = {0};
    struct us_arena a;
    us_arena_init(&a, MEMORY);
    chance(&t);
    falling(&t, &a);
    smooth(&t);
    ramps(&t, &a);
    gaps(&t, &a);
    us_arena_done(&a);
    return us_tap_done(&t);
}
