/* The simulator: same options same bytes, the target met, causes planted or not. */

#include "base/hash.h"
#include "base/tap.h"
#include "base/time.h"
#include "sim/sim_sink.h"

#include <math.h>

static void target_is_met(struct us_tap *t)
{
    static const struct {
        int64_t events, days;
        uint64_t seeds;
    } rows[] = {{10000, 180, 8}, {100000, 180, 3}, {1000000, 180, 1}, {50000, 30, 3},
        {100000, 7, 2}, {100000, 1, 2}, {200000, 1000, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (uint64_t seed = 1; seed <= rows[i].seeds; seed++) {
            struct sink s;
            sink_init(&s, false);
            struct us_sim_options o = asked(&s, seed, rows[i].events);
            o.days = rows[i].days;
            o.only_events = true;
            us_code code = us_sim_run(&o, NULL);
            double share = (double)s.lines[US_SIM_EVENTS] / (double)rows[i].events;
            printf("# %lld events over %lld days: %.3f\n", (long long)rows[i].events,
                (long long)rows[i].days, share);
            CHECK(t, code == US_OK && share > 0.9 && share < 1.1);
            CHECK(t, s.told == s.lines[US_SIM_EVENTS]);
            sink_done(&s);
        }
    }
}

static void hashes(uint64_t seed, bool nothing, bool only, uint64_t hash[US_SIM_FILES])
{
    struct sink s;
    sink_init(&s, false);
    struct us_sim_options o = asked(&s, seed, 30000);
    o.nothing = nothing;
    o.only_events = only;
    us_sim_run(&o, NULL);
    memcpy(hash, s.hash, sizeof s.hash);
    sink_done(&s);
}

static void same_options_same_bytes(struct us_tap *t)
{
    uint64_t one[US_SIM_FILES];
    uint64_t two[US_SIM_FILES];
    hashes(5, false, false, one);
    hashes(5, false, false, two);
    CHECK(t, memcmp(one, two, sizeof one) == 0);
    hashes(5, false, true, two);
    CHECK(t, one[US_SIM_EVENTS] == two[US_SIM_EVENTS]);
    int others = 0;
    for (int f = US_SIM_EVENTS + 1; f < US_SIM_FILES; f++)
        others += two[f] != 0;
    CHECK(t, others == 0);
    hashes(6, false, false, two);
    CHECK(t, one[US_SIM_EVENTS] != two[US_SIM_EVENTS]);
    hashes(5, true, false, two);
    CHECK(t, one[US_SIM_EVENTS] != two[US_SIM_EVENTS]);
}

enum { BEHAVIOURS = 6 };

static const char *const behaviours[BEHAVIOURS] = {"Invite Sent",
    "Integration Connected", "Limit Reached", "Search Performed", "Comment Added",
    "Tour Completed"};

/* z of the difference of two shares. */
static double apart(int64_t a, int64_t n, int64_t c, int64_t m)
{
    double p = (double)(a + c) / (double)(n + m);
    double se = sqrt(p * (1 - p) * (1 / (double)n + 1 / (double)m));
    return ((double)a / (double)n - (double)c / (double)m) / se;
}

static double apart_by(const struct sink *s, const char *behaviour)
{
    static const char head[] = "landmark\":{\n\"d_days";
    int64_t a = truth(s, head, behaviour, "a");
    int64_t c = truth(s, head, behaviour, "c");
    return apart(
        a, a + truth(s, head, behaviour, "b"), c, c + truth(s, head, behaviour, "d"));
}

static double apart_by_help(const struct sink *s)
{
    return apart(truth(s, "helped", "converted", NULL),
        truth(s, "helped", "accounts", NULL), truth(s, "left_alone", "converted", NULL),
        truth(s, "left_alone", "accounts", NULL));
}

static void effects_are_planted(struct us_tap *t)
{
    for (int nothing = 0; nothing < 2; nothing++) {
        struct sink s;
        sink_init(&s, true);
        struct us_sim_options o = asked(&s, 2, 1000000);
        o.nothing = nothing;
        us_sim_run(&o, NULL);
        double z[BEHAVIOURS];
        for (int i = 0; i < BEHAVIOURS; i++) {
            z[i] = apart_by(&s, behaviours[i]);
            printf("# nothing %d: %s z %.1f\n", nothing, behaviours[i], z[i]);
        }
        double help = apart_by_help(&s);
        printf("# nothing %d: help z %.1f\n", nothing, help);
        for (int i = 0; i < BEHAVIOURS; i++)
            if (nothing) CHECK_AS(t, fabs(z[i]) < 3, behaviours[i]);
        if (nothing) {
            CHECK(t, fabs(help) < 3);
            CHECK(t, truth(&s, "cards_above_ceiling", "declined", NULL) * 5 <=
                         truth(&s, "cards_above_ceiling", "tried", NULL));
        } else {
            CHECK(t, z[0] > 6 && z[1] > 3 && z[2] > 4); /* causes */
            CHECK(t, z[3] > 4 && z[4] > 4);             /* what follows activity */
            CHECK(t, fabs(z[5]) < 3);                   /* a decoy */
            CHECK(t, help > 2);
            CHECK(t, truth(&s, "cards_above_ceiling", "declined", NULL) * 3 >=
                         truth(&s, "cards_above_ceiling", "tried", NULL));
        }
        sink_done(&s);
    }
}

static void bad_options_are_named(struct us_tap *t)
{
    struct sink s;
    sink_init(&s, false);
    static const struct {
        int64_t events, days, end;
        const char *key;
    } rows[] = {{0, 10, END, "sim.bad_events"}, {-1, 10, END, "sim.bad_events"},
        {INT64_C(1000000001), 10, END, "sim.bad_events"}, {10, 0, END, "sim.bad_days"},
        {10, 3651, END, "sim.bad_days"}, {10, 10, END + 1, "sim.bad_end"},
        {10, 10, INT64_MIN / US_DAY_US * US_DAY_US, "sim.bad_end"},
        {10, 10, INT64_MAX / US_DAY_US * US_DAY_US, "sim.bad_end"},
        {1000000000, 3, END, "sim.too_many_a_day"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct us_sim_options o = asked(&s, 1, rows[i].events);
        o.days = rows[i].days;
        o.end = rows[i].end;
        struct us_error e = {0};
        us_code code = us_sim_run(&o, &e);
        CHECK_AS(t, code != US_OK && strcmp(e.key, rows[i].key) == 0, rows[i].key);
    }
    CHECK(t, s.calls == 0);
    struct us_sim_options least = asked(&s, 1, 1);
    least.days = 1;
    CHECK(t, us_sim_run(&least, NULL) == US_OK && s.lines[US_SIM_EVENTS] > 0);
    sink_done(&s);
}

static void a_failed_write_ends_the_run(struct us_tap *t)
{
    struct sink s;
    sink_init(&s, false);
    s.fail_at = 3;
    struct us_sim_options o = asked(&s, 1, 100000);
    struct us_error e = {0};
    CHECK(t, us_sim_run(&o, &e) == US_IO && strcmp(e.key, "sim.write_failed") == 0);
    CHECK(t, s.calls == 3);
    sink_done(&s);
}

int main(void)
{
    struct us_tap t = {0};
    bad_options_are_named(&t);
    a_failed_write_ends_the_run(&t);
    same_options_same_bytes(&t);
    target_is_met(&t);
    effects_are_planted(&t);
    return us_tap_done(&t);
}
