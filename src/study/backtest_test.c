/* What is said of a trigger, worked by hand over twelve accounts of which each is there
 * for one reason; and the queue of a team, day by day. */

#include "base/tap.h"
#include "study/backtest.h"

#include <math.h>

enum { MEMORY = 64 << 20 };

/* Monday 2026-03-02 */
#define MONDAY INT64_C(1772409600000000)
#define DAY(n) (MONDAY + (n)*US_DAY_US)

static struct us_backtest_account account(
    const char *key, int64_t seen, int64_t outcome, int64_t touched, double value)
{
    return (struct us_backtest_account){.key = us_str_c(key),
        .seen = seen,
        .outcome = outcome,
        .touched = touched,
        .deal = US_NEVER,
        .value = value};
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fabs(b);
}

/* What each is there for. */
enum { ALONE, HELPED, NONE, OPEN, ALREADY, HAND, EARLY, MISSED, LATE, ONCE, QUIET, N };

static struct us_backtest_account accounts[N];
static const struct us_backtest_entry entries[] = {
    {ALONE, false, US_EXIT_NONE, DAY(1), DAY(4)},
    {ALONE, false, US_EXIT_NONE, DAY(5), US_NEVER}, /* again */
    {HELPED, false, US_EXIT_NONE, DAY(2), US_NEVER},
    {NONE, false, US_EXIT_NONE, DAY(3), DAY(9)},
    {OPEN, false, US_EXIT_NONE, DAY(75), US_NEVER},
    {ALREADY, false, US_EXIT_NONE, DAY(20), US_NEVER},
    {HAND, true, US_EXIT_NONE, DAY(8), US_NEVER},
    {EARLY, false, US_EXIT_NONE, DAY(-30),
        DAY(-20)}, /* before the period, and its outcome far after */
    {LATE, false, US_EXIT_NONE, DAY(40), US_NEVER},
};
static const struct us_backtest_list all = {entries, sizeof entries / sizeof *entries};

static void world(void)
{
    accounts[ALONE] = account("alone", DAY(0), DAY(11), US_NEVER, 1200);
    accounts[HELPED] = account("helped", DAY(0), DAY(22), DAY(7), 3600);
    accounts[HELPED].deal = DAY(12);
    accounts[NONE] = account("none", DAY(0), DAY(50), US_NEVER, 100);
    accounts[OPEN] = account("open", DAY(0), US_NEVER, US_NEVER, NAN);
    accounts[ALREADY] = account("already", DAY(0), DAY(10), DAY(-1), 10);
    accounts[HAND] = account("hand", DAY(0), DAY(9), US_NEVER, 700);
    accounts[EARLY] = account("early", DAY(-40), DAY(14), US_NEVER, 20);
    accounts[MISSED] = account("missed", DAY(0), DAY(15), US_NEVER, 500);
    accounts[LATE] = account("late", DAY(0), DAY(30), US_NEVER, 500);
    accounts[ONCE] = account("once", DAY(16), DAY(16), US_NEVER, 5);
    accounts[QUIET] = account("quiet", DAY(0), US_NEVER, US_NEVER, NAN);
}

static const struct us_backtest_asked asked = {.accounts = accounts,
    .account_count = N,
    .from = DAY(0),
    .to = DAY(84),
    .until = DAY(84),
    .horizon = 30 * US_DAY_US,
    .capacity = 5,
    .held = 0.5,
    .worked_cost = 300};

static void firings(struct us_tap *t, const struct us_backtest *b)
{
    CHECK(t, b->fired == 7 && b->again == 1 && b->hand_raised == 1);
    CHECK_AS(t, b->already == 2, "what had its outcome before, twice, is in no rate");
    CHECK_AS(t, b->open == 1, "nor what is not over");
    CHECK(t, b->rate.n == 3 && b->rate.hits == 2);
    CHECK(t, b->hits_by[US_BOUGHT_ALONE] == 1 && b->hits_by[US_BOUGHT_TOUCHED] == 1);
    CHECK_AS(t, b->untouched.n == 2 && b->untouched.hits == 1, "untouched: two");
    CHECK_AS(t, b->hands.n == 1 && b->hands.hits == 1, "hands up apart");
    CHECK(t, near(b->per_week, 8.0 / 12) && b->most_in_week == 4);
    CHECK(t, b->value_sum == 4800 && b->value_mean == 2400 && b->value_median == 2400);
    CHECK_AS(t, near(b->uplift_needed, 4 * 300.0 / 2400), "four times its cost");
}

static void outcomes(struct us_tap *t, const struct us_backtest *b)
{
    CHECK_AS(t, b->outcomes == 7, "alone helped none already early missed late");
    CHECK(t, b->at_once == 1 && b->of_hands == 1);
    CHECK(t, b->found == 2 && near(b->recall.rate, 2.0 / 7));
    CHECK_AS(t, b->early == 2, "none and early fired more than a horizon before");
    CHECK_AS(t, b->late == 2, "already and late fired only after");
    CHECK(t, b->to_outcome.n == 2 && b->to_outcome.median == 15);
    CHECK(t, b->to_touch.n == 1 && b->to_touch.median == 5 && b->to_deal.median == 10);
    CHECK(t, b->outcomes_by[US_BOUGHT_SOURCED] == 1 && b->touched_before == 0);
    CHECK(t, b->missed_count == 5);
    CHECK_AS(t,
        b->missed_count == 5 && b->missed[0] == MISSED && b->missed[1] == LATE &&
            b->missed[2] == NONE && b->missed[3] == EARLY && b->missed[4] == ALREADY,
        "missed by value, then by when");
}

/* Those held against the three that are judged, all of the first week: who had not
 * fired in it and had no outcome at its Monday: open, already, hand, missed, late and
 * quiet; early had fired a horizon before. Four of these six came to it within thirty
 * days of the Monday, late on the thirtieth. */
static void base(struct us_tap *t, const struct us_backtest *b)
{
    CHECK(t, b->base.exposed == 3 && near(b->base.rate, 2.0 / 3));
    CHECK_AS(t, near(b->base.base, 4.0 / 6), "four of six others");
    CHECK(t, near(b->base.ratio.value, 1));
    CHECK(t, b->base.ratio.in.low < 1 && b->base.ratio.in.high > 1);
}

static void weeks(struct us_tap *t, const struct us_backtest *b)
{
    CHECK(t, b->week_count == 13 && b->month_count == 3);
    CHECK(t, b->weeks[0].fired == 3 && b->weeks[0].again == 1);
    CHECK(t, b->weeks[1].fired == 1 && b->weeks[2].fired == 1);
    CHECK(t, b->months[0].from == DAY(0) && b->months[0].fired == 5);
    CHECK(t, b->months[1].fired == 1 && b->months[2].fired == 1);
    CHECK_AS(t, b->worked == 8 && b->gone == 0, "five a week are enough for all");
}

static void queue(struct us_tap *t, struct us_arena *a)
{
    struct us_backtest_asked few = asked;
    struct us_backtest b;
    few.capacity = 1; /* a token on Fridays: days 4, 11, 18 and so on */
    us_backtest_of(&few, &all, a, &b);
    CHECK_AS(t,
        b.weeks[0].worked == 1 && b.weeks[0].gone == 1 && b.weeks[0].waiting == 2,
        "the oldest left on the day itself, the next was worked, two wait");
    CHECK_AS(t,
        b.weeks[1].gone == 1 && b.weeks[1].worked == 1 && b.weeks[1].waiting == 1,
        "one faded, one more came, one was worked");
    CHECK(t, b.worked + b.gone + b.waiting_at_end == 8);
    few.capacity = 0;
    us_backtest_each(&few, &all, 1, a, &b);
    CHECK_AS(t, b.worked == 0 && b.missed_count == 0 && b.found == 2, "briefly");
}

/* Lists one after another, of which none may find what another left. */
static void each(struct us_tap *t, struct us_arena *a)
{
    struct us_backtest_list lists[] = {
        all, {entries, 1}, {NULL, 0}, {entries + 2, 3}, all};
    struct us_backtest b[5];
    struct us_backtest alone;
    us_backtest_each(&asked, lists, 5, a, b);
    bool good = true;
    for (int i = 0; i < 5; i++) {
        us_backtest_of(&asked, &lists[i], a, &alone);
        good = good && b[i].fired == alone.fired && b[i].again == alone.again &&
               b[i].rate.n == alone.rate.n && b[i].rate.hits == alone.rate.hits &&
               b[i].found == alone.found && b[i].outcomes == alone.outcomes &&
               b[i].early == alone.early && b[i].late == alone.late &&
               b[i].most_in_week == alone.most_in_week && b[i].worked == alone.worked &&
               b[i].gone == alone.gone && b[i].to_outcome.n == alone.to_outcome.n;
    }
    CHECK_AS(t, good, "each of many is what it is alone");
    CHECK(t, b[1].found == 1 && b[2].fired == 0 && b[3].fired == 3);
}

/* Days 2 to 12: the entries of days 2, 3, 5 and 8 are after its beginning, the last
 * event of day 2; one of them faded in it, one converted; one missed outcome is of
 * day 10. */
static void silent(struct us_tap *t, struct us_arena *a)
{
    enum { ENTRIES = sizeof entries / sizeof *entries };
    struct us_backtest_entry own[ENTRIES];
    const struct us_backtest_silent spans[] = {
        {.source = US_S("site"), .span = {DAY(70), DAY(90), DAY(71), true}},
        {.source = US_S("app"), .span = {DAY(2) - 1, DAY(12), DAY(3), false}},
        {.source = US_S("app"), .span = {DAY(-30), DAY(-20), DAY(-29), false}},
    };
    struct us_backtest_asked q = asked;
    struct us_backtest b;
    for (size_t i = 0; i < ENTRIES; i++)
        own[i] = entries[i];
    own[0].exit = US_EXIT_CONVERTED; /* day 4 */
    own[3].exit = US_EXIT_FADED;     /* day 9 */
    q.silent = spans;
    q.silent_count = 3;
    us_backtest_of(&q, &(struct us_backtest_list){own, ENTRIES}, a, &b);
    CHECK_AS(t, b.silent_count == 2, "those of the period");
    CHECK(t,
        b.silent[0].span.to == DAY(12) && us_str_eq(b.silent[1].source, US_S("site")));
    CHECK(t, b.silent[0].entries == 4 && b.silent[0].exits == 1);
    CHECK_AS(t, b.silent[0].missed == 1, "already, on day 10");
    CHECK(t, b.silent[1].entries == 1 && b.silent[1].exits == 0);
}

static void empty(struct us_tap *t, struct us_arena *a)
{
    struct us_backtest b;
    const struct us_backtest_list none = {NULL, 0};
    us_backtest_of(&asked, &none, a, &b);
    CHECK(t, b.fired == 0 && isnan(b.rate.rate) && isnan(b.to_outcome.median));
    CHECK(t, b.found == 0 && b.outcomes == 8 && b.of_hands == 0);
    CHECK(t, isnan(b.uplift_needed) && isnan(b.power_rate));
}

int main(void)
{
    struct us_tap t = {0};
    struct us_arena a;
    struct us_backtest b;
    us_arena_init(&a, MEMORY);
    world();
    us_backtest_of(&asked, &all, &a, &b);
    firings(&t, &b);
    outcomes(&t, &b);
    base(&t, &b);
    weeks(&t, &b);
    CHECK_AS(&t,
        b.power_accounts > 0 && (isnan(b.power_rate) || b.power_rate > 2.0 / 3),
        "what a holdout could show lies above the rate");
    queue(&t, &a);
    each(&t, &a);
    silent(&t, &a);
    empty(&t, &a);
    us_arena_done(&a);
    return us_tap_done(&t);
}
