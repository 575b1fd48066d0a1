/* Values by definition: logic, kinds, buckets, knowledge, traits. */

#include "signal/signal_test.h"

/* t is true, f is false, u is not there. */
static const struct {
    const char *expr, *want;
} logic[] = {
    {"account.t and account.t", "true"},
    {"account.t and account.f", "false"},
    {"account.t and account.u", "missing"},
    {"account.f and account.t", "false"},
    {"account.f and account.f", "false"},
    {"account.f and account.u", "false"},
    {"account.u and account.t", "missing"},
    {"account.u and account.f", "false"},
    {"account.u and account.u", "missing"},
    {"account.t or account.t", "true"},
    {"account.t or account.f", "true"},
    {"account.t or account.u", "true"},
    {"account.f or account.t", "true"},
    {"account.f or account.f", "false"},
    {"account.f or account.u", "missing"},
    {"account.u or account.t", "true"},
    {"account.u or account.f", "missing"},
    {"account.u or account.u", "missing"},
    {"not account.t", "false"},
    {"not account.f", "true"},
    {"not account.u", "missing"},
    {"account.n and account.t", "missing"}, /* a number is no truth */
    {"account.n and account.f", "false"},
    {"not account.s", "missing"},
    {"5 if account.t", "5"},
    {"5 if account.f", "0"},
    {"5 if account.u", "0"},
    {"5 if account.n", "0"},
    {"account.u if account.t", "missing"},
    {"account.s if account.t", "missing"},
    {"account.u if account.f", "0"},
    {"account.n == 3", "true"},
    {"account.n == \"3\"", "missing"},
    {"account.n != \"3\"", "missing"},
    {"account.n != 4", "true"},
    {"account.t == true", "true"},
    {"account.t != account.f", "true"},
    {"account.t > account.f", "missing"},
    {"account.u == account.u", "missing"},
    {"account.u != 1", "missing"},
    {"account.s < \"b\"", "true"},
    {"account.s <= \"abc\"", "true"},
    {"account.s >= \"B\"", "true"}, /* by code point: lower case after upper */
    {"\"中\" > \"z\"", "true"},
    {"account.s > 1", "missing"},
    {"account.n < 3", "false"},
    {"account.n <= 3", "true"},
    {"account.n > 2.5", "true"},
    {"account.n in [1, 3]", "true"},
    {"account.n in [1, 2]", "false"},
    {"account.n in [account.u, 3]", "true"},
    {"account.n in [account.u, 2]", "missing"},
    {"account.n in [\"3\", 2]", "missing"},
    {"account.u in [1, 2]", "missing"},
    {"account.s contains \"bc\"", "true"},
    {"account.s contains \"BC\"", "false"},
    {"account.s contains \"\"", "true"},
    {"\"\" contains \"\"", "true"},
    {"account.s contains \"abcd\"", "false"},
    {"account.u contains \"a\"", "missing"},
    {"account.n contains \"3\"", "missing"},
    {"account.n + 1", "4"},
    {"account.n - 1 * 2", "1"},
    {"account.n / 0", "missing"},
    {"0 / account.n", "0"},
    {"account.n * account.u", "missing"},
    {"account.s + 1", "missing"},
    {"account.t + 1", "missing"},
    {"-account.n", "-3"},
    {"-account.u", "missing"},
    {"account.big * account.big", "missing"}, /* not finite */
    {"ratio(account.n, 2)", "1.5"},
    {"ratio(account.n, account.u)", "missing"},
    {"least(account.n, 2, 9)", "2"},
    {"most(account.n, 2, 9)", "9"},
    {"most(account.s, 2)", "missing"},
    {"round(account.n / 2)", "2"},
    {"coalesce(account.u, account.n)", "3"},
    {"coalesce(account.u, account.u)", "missing"},
    {"coalesce(account.u, account.s)", "\"abc\""},
};

static void logic_is_three_valued(struct proof *p)
{
    static const char history[] =
        "2026-01-01T00:00 account sets t=true f=false n=3 s=\"abc\" big=1e200\n";
    for (size_t i = 0; i < sizeof logic / sizeof *logic; i++) {
        us_value v = proof_value(p, history, logic[i].expr, NULL, "2026-01-01T00:00");
        proof_same(p, v, logic[i].want, logic[i].expr);
    }
}

/* One event; whether it is in the window at a moment. Seconds are written out. */
static const struct {
    const char *event, *window, *at;
    bool in;
} edges[] = {
    {"2026-03-01T10:59:59.999999Z", "1h", "2026-03-01T11:00:00Z", false},
    {"2026-03-01T11:00:00Z", "1h", "2026-03-01T11:59:59.999999Z", true},
    {"2026-03-01T11:00:00Z", "1h", "2026-03-01T12:00:00Z", false},
    {"2026-03-01T11:00:00Z", "72h", "2026-03-04T10:59:59.999999Z", true},
    {"2026-03-01T11:00:00Z", "72h", "2026-03-04T11:00:00Z", false},
    {"2026-03-01T23:59:59.999999Z", "1d", "2026-03-02T00:00:00Z", false},
    {"2026-03-02T00:00:00Z", "1d", "2026-03-02T23:59:59.999999Z", true},
    {"2026-03-02T00:00:00Z", "1d", "2026-03-03T00:00:00Z", false},
    {"2024-02-29T12:00:00Z", "2d", "2024-03-01T12:00:00Z", true},
    {"2024-02-28T23:59:59.999999Z", "2d", "2024-03-01T00:00:00Z", false},
    {"2023-02-28T00:00:00Z", "2d", "2023-03-01T23:59:59.999999Z", true},
    {"2025-12-31T23:59:59.999999Z", "1d", "2025-12-31T23:59:59.999999Z", true},
    {"2025-12-31T23:59:59.999999Z", "1d", "2026-01-01T00:00:00Z", false},
    {"2025-12-31T23:59:59.999999Z", "2d", "2026-01-01T00:00:00Z", true},
    {"1969-12-31T23:59:59.999999Z", "1d", "1969-12-31T23:59:59.999999Z", true},
    {"1969-12-31T23:59:59.999999Z", "1d", "1970-01-01T00:00:00Z", false},
    {"1969-12-31T23:59:59.999999Z", "1h", "1970-01-01T00:00:00Z", false},
    {"1960-02-29T00:00:00Z", "1d", "1960-02-29T23:59:59.999999Z", true},
    {"1960-02-29T22:59:59.999999Z", "1h", "1960-02-29T23:00:00Z", false},
    {"2026-03-01T00:00:00Z", "400d", "2027-04-04T23:59:59.999999Z", true},
    {"2026-03-01T00:00:00Z", "400d", "2027-04-05T00:00:00Z", false},
    {"1900-01-01T00:00:00Z", "all", "2199-12-31T23:59:59.999999Z", true},
    {"2026-03-01T00:00:01Z", "all", "2026-03-01T00:00:00Z", false},
};

static void windows_are_buckets(struct proof *p)
{
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        char expr[64];
        char history[128];
        snprintf(expr, sizeof expr, "count(\"A\", %s)", edges[i].window);
        snprintf(history, sizeof history, "%s ann \"A\"\n", edges[i].event);
        us_value v = proof_value(p, history, expr, NULL, edges[i].at);
        proof_same(p, v, edges[i].in ? "1" : "0", edges[i].event);
    }
}

static void windows_have_ends(struct proof *p)
{
    static const struct {
        us_window w;
        const char *at, *start, *end;
    } table[] = {
        {{US_HOURS, 1}, "2026-03-01T10:30", "2026-03-01T10:00", "2026-03-01T11:00"},
        {{US_HOURS, 24}, "2026-03-01T10:00", "2026-02-28T11:00", "2026-03-01T11:00"},
        {{US_DAYS, 1}, "2026-03-01T10:30", "2026-03-01T00:00", "2026-03-02T00:00"},
        {{US_DAYS, 2}, "2024-03-01T00:00", "2024-02-29T00:00", "2024-03-02T00:00"},
        {{US_DAYS, 7}, "1969-12-31T23:59", "1969-12-25T00:00", "1970-01-01T00:00"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t t = us_case_time(us_str_c(table[i].at));
        int64_t start = us_window_start(table[i].w, t);
        int64_t end = us_window_end(table[i].w, t);
        CHECK_AS(&p->t, start == us_case_time(us_str_c(table[i].start)), table[i].at);
        CHECK_AS(&p->t, end == us_case_time(us_str_c(table[i].end)), table[i].at);
    }
    us_window all = {.unit = US_ALL};
    CHECK(&p->t,
        us_window_start(all, 0) == US_ALWAYS && us_window_end(all, 0) == US_NEVER);
}

static const struct {
    const char *what, *expr, *user, *at, *want;
} known[] = {
    {"not before it is known", "count(any, all)", NULL, "2026-03-04T23:59", "1"},
    {"from when it is known", "count(any, all)", NULL, "2026-03-05T00:00", "2"},
    {"in its own bucket", "count(any, 1d)", NULL, "2026-03-05T00:00", "0"},
    {"in a bucket that reaches it", "count(any, 6d)", NULL, "2026-03-05T00:00", "2"},
    {"up to the end of its stretch", "count(any, all)", NULL, "2026-03-06T11:59", "2"},
    {"and not at it", "count(any, all)", NULL, "2026-03-06T12:00", "1"},
    {"of a person", "count(any, all)", "bob", "2026-03-05T00:00", "1"},
    {"an account's value for a person", "account.age", "bob", "2026-03-05T00:00", "5"},
    {"first seen moves with what is known", "account.age", NULL, "2026-03-04T00:00",
        "3"},
    {"a person of whom nothing is known", "user.age", "bob", "2026-03-04T00:00",
        "missing"},
    {"a trait is not seen before", "account.plan", NULL, "2026-03-01T11:59", "missing"},
    {"the newest by when it happened", "account.plan", NULL, "2026-03-02T12:00",
        "\"pro\""},
    {"a late old one changes nothing", "account.plan", NULL, "2026-03-05T00:00",
        "\"pro\""},
    {"removed is missing", "account.plan", NULL, "2026-03-07T00:00", "missing"},
    {"a trait of a person", "user.title", "ann", "2026-03-05T00:00", "\"CTO\""},
    {"and of no other", "user.title", "bob", "2026-03-05T00:00", "missing"},
    {"no longer theirs", "user.title", "ann", "2026-03-06T00:00", "missing"},
    {"an account trait for a person", "account.plan", "bob", "2026-03-05T00:00",
        "\"pro\""},
};

static void values_read_what_was_known(struct proof *p)
{
    static const char history[] =
        "2026-02-28T12:00 known 2026-03-05T00:00 bob \"A\"\n"
        "2026-03-01T12:00 until 2026-03-06T12:00 ann \"A\"\n"
        "2026-03-01T12:00 account sets plan=\"free\"\n"
        "2026-03-02T12:00 account sets plan=\"pro\"\n"
        "2026-03-01T13:00 known 2026-03-04T00:00 account sets plan=\"old\"\n"
        "2026-03-07T00:00 account sets plan=\n"
        "2026-03-02T00:00 until 2026-03-06T00:00 ann sets title=\"CTO\"\n";
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        us_value v = proof_value(p, history, known[i].expr, known[i].user, known[i].at);
        proof_same(p, v, known[i].want, known[i].what);
    }
}

static void ties_have_one_answer(struct proof *p)
{
    static const char *const rows[] = {"2026-03-01T12:00 account sets x=\"b\"\n",
        "2026-03-01T12:00 account sets x=\"a\"\n",
        "2026-03-01T12:00 account sets x=7\n", "2026-03-01T12:00 account sets x=\n"};
    for (int first = 0; first < 4; first++) {
        char history[512];
        int len = 0;
        for (int i = 0; i < 4; i++)
            len += snprintf(history + len, sizeof history - (size_t)len, "%s",
                rows[(first + i * 3) % 4]);
        us_value v = proof_value(p, history, "account.x", NULL, "2026-03-02T00:00");
        proof_same(p, v, "\"b\"", "the greatest of equal moments");
    }
    us_value v = proof_value(p,
        "2026-03-01T12:00 known 2026-03-02T00:00 account sets x=1\n"
        "2026-03-01T12:00 account sets x=2\n",
        "account.x", NULL, "2026-03-03T00:00");
    proof_same(p, v, "1", "of equal moments the one known last");
}

static void properties_are_typed(struct proof *p)
{
    static const char history[] = "2026-03-01T12:00 ann \"A\" x=1 y=\"1\" b=true\n"
                                  "2026-03-01T12:00 ann \"A\" x=\"1\" y=1 b=\"true\"\n"
                                  "2026-03-01T12:00 ann \"A\"\n";
    static const struct {
        const char *where, *want;
    } table[] = {
        {"x == 1", "1"},
        {"x == \"1\"", "1"},
        {"x != 2", "1"},
        {"not x == 2", "1"},
        {"x == 1 or y == 1", "2"},
        {"b", "1"},
        {"not b", "0"},
        {"b == true", "1"},
        {"coalesce(x, 5) == 5", "2"},
        {"x in [1, 2]", "1"},
        {"y contains \"1\"", "1"},
        {"true", "3"},
        {"3 > 2", "3"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char expr[128];
        snprintf(expr, sizeof expr, "count(\"A\" where %s, 1d)", table[i].where);
        us_value v = proof_value(p, history, expr, NULL, "2026-03-01T23:00");
        proof_same(p, v, table[i].want, expr);
    }
}

/* Rows 0 to 7, and which of them stand behind each value at 12:00 on 9 March. */
static void matches_tell_the_rows(struct proof *p)
{
    static const char history[] = "2026-03-02T12:00 ann \"A\" x=1\n"
                                  "2026-03-03T12:00 bob \"B\" x=2\n"
                                  "2026-03-04T12:00 ann \"A\" x=3\n"
                                  "2026-03-06T12:00 bob \"A\" x=4\n"
                                  "2026-03-07T12:00 ann \"A\"\n"
                                  "2026-03-08T12:00 bob \"A\" x=1\n"
                                  "2026-03-09T11:00 ann \"C\" x=5\n"
                                  "2026-03-09T13:00 ann \"A\" x=9\n";
    static const struct {
        const char *expr, *user, *rows;
    } table[] = {
        {"count(\"A\" where x > 1, 4d)", NULL, "3"},
        {"count(any, 2d)", NULL, "56"},
        {"count(any, 2d)", "bob", "5"},
        {"users(3d)", "ann", "46"},
        {"mean(\"A\".x, 3d)", NULL, "45"},
        {"since(\"A\")", NULL, "02345"},
        {"ever(\"B\")", "ann", ""},
        {"prior(count(\"A\", 2d))", NULL, "34"},
        {"prior(count(\"A\", 2d))", "bob", "3"},
        {"trend(count(\"A\" where x > 1, 3d))", NULL, "23"},
        {"first(count(\"A\", 2d))", NULL, "0"},
        {"first(count(any, 49h))", NULL, "012"},
        {"first(count(any, 3d))", "bob", "1"},
        {"first(count(any, 8d))", NULL, ""},
        {"seq(\"B\", \"A\" where x > 1, 6d)", NULL, "23"},
        {"streak(\"A\")", NULL, "345"},
        {"streak(any)", "bob", "5"},
        {"streak(\"B\")", NULL, ""},
        {"streak_weeks(any)", NULL, "0123456"},
        {"streak_weeks(\"C\")", NULL, "6"},
    };
    for (size_t k = 0; k < sizeof table / sizeof *table; k++) {
        proof_open(p, "");
        us_scope scope = table[k].user ? US_PER_USER : US_PER_ACCOUNT;
        uint32_t node = proof_add(p, table[k].expr, US_MISSING, scope);
        us_plan_close(p->plan);
        struct us_log log;
        us_case_read(p->plan, us_str_c(history), &p->a, &log);
        struct us_question q = {
            p->plan, &log, US_NOBODY, us_case_time(US_S("2026-03-09T12:00")), &p->a};
        if (table[k].user) q.user = us_case_person(&log, us_str_c(table[k].user));
        struct us_behind behind = us_naive_behind(&q, &p->plan->nodes[node]);
        char rows[16];
        size_t count = 0;
        for (size_t i = 0; i < log.event_count; i++)
            if (us_naive_matches(&q, &behind, i)) rows[count++] = (char)('0' + i);
        us_str found = {rows, count};
        CHECK_AS(&p->t, us_str_eq(found, us_str_c(table[k].rows)), table[k].expr);
        if (!us_str_eq(found, us_str_c(table[k].rows)))
            printf("# rows %.*s\n", US_ARG(found));
    }
}

/* Asked for a person, a call per account is still about everybody. */
static void matches_keep_to_the_scope(struct proof *p)
{
    proof_open(p, "all_of_them: count(\"A\", 1d)\n");
    uint32_t node = proof_add(p, "all_of_them", US_NUMBER, US_PER_USER);
    us_plan_close(p->plan);
    struct us_log log;
    us_case_read(p->plan,
        US_S("2026-03-01T12:00 ann \"A\"\n2026-03-01T12:01 bob \"A\"\n"), &p->a, &log);
    struct us_question q = {p->plan, &log, us_case_person(&log, US_S("ann")),
        us_case_time(US_S("2026-03-01T13:00")), &p->a};
    const struct us_node *call = &p->plan->nodes[p->plan->nodes[node].args[0]];
    struct us_behind behind = us_naive_behind(&q, call);
    CHECK(&p->t, us_naive_matches(&q, &behind, 0) && us_naive_matches(&q, &behind, 1));
}

void proof_values(struct proof *p)
{
    logic_is_three_valued(p);
    windows_are_buckets(p);
    windows_have_ends(p);
    values_read_what_was_known(p);
    ties_have_one_answer(p);
    properties_are_typed(p);
    matches_tell_the_rows(p);
    matches_keep_to_the_scope(p);
}
