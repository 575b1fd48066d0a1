/* The lines of the exact semantics that an expression alone can show, each by its
 * number: a history, an expression, a moment, the value. */

#include "base/tap.h"
#include "qualify/qualify.h"
#include "signal/case.h"

#include <stdlib.h>
#include <string.h>

static const char late[] =
    "2026-03-01T09:00 known 2026-03-05T08:00 ann \"Invite Sent\"\n"
    "2026-03-04T09:00 ann \"Invite Sent\"\n";
static const char midnight[] = "2026-03-01T23:59 ann \"Invite Sent\"\n";
static const char amounts[] = "2026-03-01T09:00 ann \"Paid\" amount=0.1\n"
                              "2026-03-01T09:01 ann \"Paid\" amount=0.2\n"
                              "2026-03-01T09:02 ann \"Paid\" amount=\"12\"\n"
                              "2026-03-01T09:03 ann \"Paid\" amount=true\n"
                              "2026-03-01T09:04 ann \"Paid\" amount=1000000000000\n"
                              "2026-03-01T09:05 ann \"Paid\" amount=0.0000004\n"
                              "2026-03-01T09:06 ann \"Paid\"\n";
static const char runs[] = "2026-03-01T08:00 ann \"B\"\n"
                           "2026-03-02T08:00 ann \"A\"\n"
                           "2026-03-02T09:00 bob \"B\"\n"
                           "2026-03-03T07:00 bob \"A\"\n"
                           "2026-03-03T08:00 bob \"A\"\n";
static const char kinds[] = "2026-03-01T09:00 ann \"Limit\" resource=\"seats\" n=3\n"
                            "2026-03-01T09:01 ann \"Limit\" resource=3 n=\"3\"\n"
                            "2026-03-01T09:02 ann \"Limit\"\n"
                            "2026-03-01T09:03 account sets plan=\"pro\" size=50 odd=\n";

static const struct {
    const char *name, *history, *expr, *at, *want;
} rows[] = {
    {"semantics 2: not before it is known", late, "count(\"Invite Sent\", 7d)",
        "2026-03-04T23:00", "1"},
    {"semantics 2: then in the bucket of when it happened", late,
        "count(\"Invite Sent\", 2d)", "2026-03-05T09:00", "1"},
    {"semantics 2: a window that reaches back finds it", late,
        "count(\"Invite Sent\", 7d)", "2026-03-05T08:00", "2"},
    {"semantics 5: since counts whole UTC days, a minute over midnight is one",
        midnight, "since(\"Invite Sent\")", "2026-03-02T00:00", "1"},
    {"semantics 5: and none before it", midnight, "since(\"Invite Sent\")",
        "2026-03-01T23:59", "0"},
    {"semantics 5: age over a leap day", "2024-02-28T12:00 ann \"A\"\n", "age(\"A\")",
        "2024-03-01T01:00", "2"},
    {"semantics 5: account.age", midnight, "account.age", "2026-03-04T00:00", "3"},
    {"semantics 8: decimals, text and bool skipped, 1e12 out of range", amounts,
        "sum(\"Paid\".amount, 1d) == 0.3", "2026-03-01T12:00", "true"},
    {"semantics 8: rounded to a millionth each",
        "2026-03-01T09:05 a \"P\" v=0.0000005\n", "sum(\"P\".v, 1d)",
        "2026-03-01T12:00", "0.000001"},
    {"semantics 9: count over nothing", "", "count(\"A\", 7d)", "2026-03-01T12:00",
        "0"},
    {"semantics 9: users over nothing", "", "users(7d)", "2026-03-01T12:00", "0"},
    {"semantics 9: days over nothing", "", "days(7d)", "2026-03-01T12:00", "0"},
    {"semantics 9: sum over nothing", "", "sum(\"A\".v, 7d)", "2026-03-01T12:00", "0"},
    {"semantics 9: since over nothing", "", "since(\"A\")", "2026-03-01T12:00",
        "missing"},
    {"semantics 9: age over nothing", "", "age(\"A\")", "2026-03-01T12:00", "missing"},
    {"semantics 9: account.age over nothing", "", "account.age", "2026-03-01T12:00",
        "missing"},
    {"semantics 8: mean is one division at the end", amounts,
        "mean(\"Paid\".amount, 1d)", "2026-03-01T12:00", "0.1"},
    {"semantics 8: highest and lowest are over decimals", amounts,
        "highest(\"Paid\".amount, 1d) - lowest(\"Paid\".amount, 1d)",
        "2026-03-01T12:00", "0.2"},
    {"semantics 9: distinct over nothing", "", "distinct(\"A\".v, 7d)",
        "2026-03-01T12:00", "0"},
    {"semantics 9: mean over nothing", "", "mean(\"A\".v, 7d)", "2026-03-01T12:00",
        "missing"},
    {"semantics 9: highest over nothing", "", "highest(\"A\".v, 7d)",
        "2026-03-01T12:00", "missing"},
    {"semantics 9: lowest over nothing", "", "lowest(\"A\".v, 7d)", "2026-03-01T12:00",
        "missing"},
    {"semantics 9: prior of nothing is f of nothing", "", "prior(sum(\"A\".v, 7d))",
        "2026-03-01T12:00", "0"},
    {"semantics 11: a property of another kind does not match", kinds,
        "count(\"Limit\" where resource == \"seats\", 1d)", "2026-03-01T12:00", "1"},
    {"semantics 11: nor does an absent one, not even !=", kinds,
        "count(\"Limit\" where resource != \"seats\", 1d)", "2026-03-01T12:00", "0"},
    {"semantics 11: == across kinds is unknown", kinds, "account.plan == 50",
        "2026-03-01T12:00", "missing"},
    {"semantics 11: so is its negation", kinds, "not (account.plan == 50)",
        "2026-03-01T12:00", "missing"},
    {"semantics 11: and or knows true without the other", kinds,
        "account.plan == 50 or account.size > 10", "2026-03-01T12:00", "true"},
    {"semantics 11: and and knows false without the other", kinds,
        "account.plan == 50 and account.size > 100", "2026-03-01T12:00", "false"},
    {"semantics 11: text compares by code point", kinds, "account.plan < \"pro1\"",
        "2026-03-01T12:00", "true"},
    {"semantics 11: a removed trait is missing", kinds, "account.odd == 1",
        "2026-03-01T12:00", "missing"},
    {"semantics 12: a streak ends yesterday while today has none", runs,
        "streak(\"A\")", "2026-03-04T23:59", "2"},
    {"semantics 12: and is broken when today is over", runs, "streak(\"A\")",
        "2026-03-05T00:00", "0"},
    {"semantics 12: all steps of seq lie inside the one window", runs,
        "seq(\"A\", \"B\", 4d)", "2026-03-04T12:00", "true"},
    {"semantics 12: and one that left it is no step", runs, "seq(\"B\", \"A\", 2d)",
        "2026-03-04T12:00", "false"},
    {"semantics 13: trend of users knows who was there in each bucket", runs,
        "trend(users(1d))", "2026-03-04T12:00", "0.5"},
    {"semantics 13: prior of users counts those who came again later", runs,
        "prior(users(1d))", "2026-03-03T12:00", "2"},
    {"semantics 14: first is over at N x 86,400 s to the microsecond", runs,
        "first(count(any, 2d))", "2026-03-03T08:00", "4"},
    {"semantics 14: and not before", runs, "first(count(any, 2d))",
        "2026-03-03T07:59:59.999999", "missing"},
    {"design 5: Nh is the hour of t and those before it",
        "2026-03-01T09:59 a \"A\"\n2026-03-01T10:00 a \"A\"\n", "count(\"A\", 2h)",
        "2026-03-01T11:59", "1"},
    {"design 5: Nw is 7N d", "2026-03-01T00:00 a \"A\"\n", "count(\"A\", 1w)",
        "2026-03-07T23:59", "1"},
    {"design 5: and no longer", "2026-03-01T00:00 a \"A\"\n", "count(\"A\", 1w)",
        "2026-03-08T00:00", "0"},
    {"design 5: division by zero is missing", "", "1 / count(\"A\", 7d)",
        "2026-03-01T12:00", "missing"},
};

static us_value value_of(const char *expr, const char *history, const char *at,
    struct us_arena *a, uint64_t shuffle)
{
    struct us_diags d = {.arena = a};
    struct us_config *config = NULL;
    struct us_plan *plan = NULL;
    us_assert(us_config_parse(US_S("usher.yml"), US_S("account: {unit: workspace}\n"),
                  a, &d, &config, NULL) == US_OK);
    us_plan_open(config, a, &d, &plan);
    uint32_t node = us_plan_add(plan, (us_source){us_str_c(expr), {0, 1, 1, 1}},
        US_MISSING, US_PER_ACCOUNT, &d);
    us_assert(node != US_NODE_NONE);
    us_plan_close(plan);
    struct us_log log;
    us_case_read(plan, us_str_c(history), a, &log);
    size_t columns = log.column_count;
    for (size_t i = log.event_count; shuffle && i > 1; i--) { /* Fisher and Yates */
        shuffle = shuffle * UINT64_C(6364136223846793005) + 1442695040888963407U;
        size_t k = (shuffle >> 33) % i;
        struct us_log_event swap = log.events[i - 1];
        log.events[i - 1] = log.events[k];
        log.events[k] = swap;
        for (size_t c = 0; c < columns; c++) {
            us_value v = log.values[(i - 1) * columns + c];
            log.values[(i - 1) * columns + c] = log.values[k * columns + c];
            log.values[k * columns + c] = v;
        }
    }
    return us_naive(plan, node, &log, US_NOBODY, us_case_time(us_str_c(at)), a);
}

static void table(struct us_tap *t)
{
    struct us_arena a;
    us_arena_init(&a, 64 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        us_value got = value_of(rows[i].expr, rows[i].history, rows[i].at, &a, 0);
        us_value want = us_case_value(us_str_c(rows[i].want));
        CHECK_AS(t, us_value_same(got, want), rows[i].name);
        us_arena_reset(&a);
    }
    us_arena_done(&a);
}

/* Semantics 7: the order within one moment, and of the rows at all, changes nothing. */
static void ties(struct us_tap *t)
{
    static const char same[] = "2026-03-01T09:00 ann \"A\" v=1\n"
                               "2026-03-01T09:00 bob \"A\" v=2.5\n"
                               "2026-03-01T09:00 ann \"B\" v=4\n"
                               "2026-03-01T09:00 account sets plan=\"free\"\n"
                               "2026-03-01T09:00 account sets plan=\"pro\"\n"
                               "2026-03-02T09:00 cid \"A\" v=8\n";
    static const char *const exprs[] = {"count(\"A\", 7d)", "users(7d)", "days(7d)",
        "sum(\"A\".v, 7d)", "since(\"B\")", "age(\"A\")", "ever(\"B\")", "account.plan",
        "count(\"A\" where v > 1, 2d)", "mean(\"A\".v, 7d)", "highest(\"A\".v, 7d)",
        "lowest(\"A\".v, 7d)", "distinct(\"A\".v, 7d)", "prior(users(1d))",
        "trend(sum(\"A\".v, 1d))", "first(days(20h))", "seq(\"A\", \"B\", 7d)",
        "seq(\"B\", \"A\", 7d)", "streak(\"A\")", "streak_weeks(any)"};
    struct us_arena a;
    us_arena_init(&a, 64 << 20);
    for (size_t i = 0; i < sizeof exprs / sizeof *exprs; i++) {
        us_value first = value_of(exprs[i], same, "2026-03-02T12:00", &a, 0);
        bool equal = true;
        for (uint64_t seed = 1; seed <= 50; seed++)
            equal &= us_value_same(
                first, value_of(exprs[i], same, "2026-03-02T12:00", &a, seed));
        CHECK_AS(t, equal, "semantics 7: shuffled ties give the same");
        us_arena_reset(&a);
    }
    us_arena_done(&a);
}

int main(void)
{
    struct us_tap t = {0};
    table(&t);
    ties(&t);
    return us_tap_done(&t);
}
