/* What a week brought: counts as scipy has them; no news of weeks in which nothing
 * happened, and news of those in which something did; clocks that stop on week ends. */

#include "base/tap.h"
#include "study/random_fixture.h"
#include "study/review.h"

#include <math.h>
#include <stdio.h>

/* Monday 2026-03-02 */
#define MONDAY        INT64_C(1772409600000000)
#define AT(day, hour) (MONDAY + (day)*US_DAY_US + (hour)*US_HOUR_US)
enum { MEMORY = 64 << 20 };

static const struct {
    int64_t now, before[US_REVIEW_WEEKS];
    size_t weeks;
    double mean, low, high, p;
} reference[] = {
#include "review_reference.inc"
};

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-8 * fabs(b) + 1e-9;
}

static void scipy(struct us_tap *t)
{
    bool good = true;
    for (size_t i = 0; i < sizeof reference / sizeof *reference; i++) {
        struct us_review_count c = us_review_counted(
            reference[i].now, reference[i].before, reference[i].weeks);
        good = good && near(c.mean, reference[i].mean) &&
               near(c.low, reference[i].low) && near(c.high, reference[i].high) &&
               near(c.p, reference[i].p);
    }
    CHECK_AS(t, good, "as scipy has them");
    struct us_review_count few = us_review_counted(90, reference[0].before, 3);
    CHECK_AS(t, isnan(few.p) && isnan(few.low) && near(few.mean, 10),
        "three weeks before it tell nothing");
}

/* ---- weeks in which nothing happened ---- */

static int64_t poisson(uint64_t *seed, double mean)
{
    int64_t n = -1;
    for (double sum = 0; sum < mean; n++)
        sum -= log(uniform(seed));
    return n;
}

/* Of shape 3, a gamma of mean 1: the negative binomial, of variance m + m²/3. */
static int64_t bursting(uint64_t *seed, double mean)
{
    double gamma = -log(uniform(seed) * uniform(seed) * uniform(seed)) / 3;
    return poisson(seed, mean * gamma);
}

enum { CHECKS = 12, SEEDS = 400 };

/* A review of twelve counts, of which one is `times` what it was; how many are news. */
static int news_of(uint64_t seed, bool bursts, double times, struct us_arena *a)
{
    struct us_review_count c[CHECKS], *all[CHECKS];
    int news = 0;
    for (size_t i = 0; i < CHECKS; i++) {
        double mean = 1 + 60 * uniform(&seed);
        if (i == 0 && times > 1) mean = 30;
        int64_t n[US_REVIEW_WEEKS + 1];
        for (size_t w = 0; w <= US_REVIEW_WEEKS; w++) {
            double m = w == 0 && i == 0 ? mean * times : mean;
            n[w] = bursts ? bursting(&seed, m) : poisson(&seed, m);
        }
        c[i] = us_review_counted(n[0], n + 1, US_REVIEW_WEEKS);
        all[i] = &c[i];
    }
    us_review_judged(all, CHECKS, a);
    for (size_t i = 0; i < CHECKS; i++)
        news += c[i].news;
    return times > 1 ? c[0].news : news > 0;
}

static void noise(struct us_tap *t, struct us_arena *a)
{
    int calm = 0, bursts = 0, trebled = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        us_mark mark = us_arena_mark(a);
        calm += news_of(seed * 7919, false, 1, a);
        bursts += news_of(seed * 7919, true, 1, a);
        trebled += news_of(seed * 7919, false, 3, a);
        us_arena_pop(a, mark);
    }
    printf(
        "# of %d reviews without news %d and %d have some; a trebled count is seen %d "
        "times\n",
        SEEDS, calm, bursts, trebled);
    CHECK_AS(t, calm <= SEEDS * 0.07, "chance alone is no news");
    CHECK_AS(t, bursts <= SEEDS * 0.07, "nor are bursts");
    CHECK_AS(t, trebled >= SEEDS * 0.7, "thrice as many are");
}

/* ---- a week ---- */

static const struct us_review_week weeks[] = {
    {AT(0, -1), AT(7, -1), US_HOUR_US}, {AT(-7, -1), AT(0, -1), US_HOUR_US}};

/* Accounts 0 to 5. */
static const struct us_backtest_entry entries[] = {
    {0, false, US_EXIT_FADED, AT(-3, 0), AT(2, 0)},
    {1, false, US_EXIT_NONE, AT(0, 9), US_NEVER},
    {2, false, US_EXIT_CONVERTED, AT(1, 9), AT(3, 0)},
    {3, false, US_EXIT_NONE, AT(4, 9), US_NEVER}, /* Friday: until Tuesday */
    {4, false, US_EXIT_NONE, AT(5, 9), US_NEVER}, /* Saturday */
    {5, false, US_EXIT_LEFT, AT(-6, 9), AT(-2, 0)},
};
static const int64_t touches[] = {AT(-2, 0), AT(-4, 0), AT(3, 10), AT(3, 8), AT(6, 0)};
static const size_t touch_from[] = {0, 1, 3, 4, 5, 5, 5};

static void week(struct us_tap *t, struct us_arena *a)
{
    static const struct us_backtest_list list = {entries, 6};
    struct us_review_asked q = {.list = &list,
        .weeks = weeks,
        .week_count = 2,
        .touches = touches,
        .touch_from = touch_from,
        .until = AT(7, -1) - 1};
    struct us_review_volume v;
    us_review_of(&q, a, &v);
    CHECK(t, v.entries.now == 4 && v.entries.before[0] == 2 && v.entries.weeks == 1);
    CHECK(t, v.exits[US_EXIT_FADED] == 1 && v.exits[US_EXIT_CONVERTED] == 1);
    CHECK_AS(t, v.exits[US_EXIT_LEFT] == 0, "that was the week before");
    CHECK(t, v.in_before == 1 && v.in == 3);
    CHECK_AS(
        t, v.waiting == 1, "of these one was turned to in time, one late, one never");
    CHECK_AS(t,
        v.week.in_time.n == 3 && v.week.in_time.hits == 2 && v.week.running == 1,
        "one after three days, one in two, one on Sunday though its clock ran; one "
        "waits");
    CHECK(t, v.week.touched == 3 && near(v.week.median_days, 47.0 / 24));
    CHECK_AS(t, v.before.in_time.n == 2 && v.before.in_time.hits == 1,
        "a touch of the week before, and none");
    q.touch_from = NULL;
    us_review_of(&q, a, &v);
    CHECK(t, v.week.in_time.n == 0 && isnan(v.week.median_days));
}

static void clocks(struct us_tap *t)
{
    struct us_review_asked q = {.weeks = weeks, .week_count = 2};
    CHECK(t, us_review_deadline(&q, AT(0, 9)) == AT(2, 9));
    CHECK_AS(t, us_review_deadline(&q, AT(3, 22)) == AT(7, 22), "over a week end");
    CHECK_AS(t, us_review_deadline(&q, AT(4, 23)) == AT(8, 23),
        "which begins an hour before midnight UTC");
    CHECK(t, us_review_deadline(&q, AT(5, 9)) == AT(9, -1));
    CHECK(t, us_review_deadline(&q, AT(6, 22)) == AT(9, -1));
}

static void worth(struct us_tap *t)
{
    struct us_backtest b = {.rate = {.n = 40}};
    static const struct {
        double low, high;
        int64_t n;
        us_review_verdict is;
    } rows[] = {
        {1.1, 4, 40, US_REVIEW_EARNS},
        {0.6, 1.4, 40, US_REVIEW_NOISY},
        {0.6, 1.4, 19, US_REVIEW_CANNOT_TELL},
        {0.6, 2.4, 40, US_REVIEW_CANNOT_TELL},
        {NAN, NAN, 40, US_REVIEW_CANNOT_TELL},
        {0.2, 0.9, 40, US_REVIEW_NOISY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b.rate.n = rows[i].n;
        b.base.ratio.in = (struct us_interval){rows[i].low, rows[i].high};
        CHECK(t, us_review_worth(&b) == rows[i].is);
    }
}

int main(void)
{
    struct us_tap t = {0};
    struct us_arena a;
    us_arena_init(&a, MEMORY);
    scipy(&t);
    noise(&t, &a);
    week(&t, &a);
    clocks(&t);
    worth(&t);
    us_arena_done(&a);
    return us_tap_done(&t);
}
