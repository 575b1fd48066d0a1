/* Events by account and by user, as links have it now; ours and nobody's left out. */
#include "history/history_fixture.h"
#include "history/units.h"

#include <string.h>

static const us_str domains[] = {US_S_INIT("ours.com")};

static void message(struct fixture *x, const char *who, const char *event, int hour)
{
    us_str m = us_arena_fmt(&x->a,
        "{\"type\":\"track\",\"event\":\"%s\",%s,\"timestamp\":\"1970-01-01T%02d:00:"
        "00Z\"}",
        event, who, hour);
    fixture_line(x, US_LINE_MESSAGE, (int64_t)hour * US_HOUR_US, m);
}

static us_str shown(const struct us_units *u, struct us_arena *a)
{
    struct us_buf out = us_buf_new(a, 1 << 16);
    for (size_t i = 0; i < u->count; i++) {
        us_buf_put(&out, u->keys[i]);
        for (uint32_t row = u->from[i]; row < u->from[i + 1]; row++)
            us_buf_fmt(&out, " %.*s@%lld", US_ARG(u->names[u->name[row]]),
                (long long)(u->at[row] / US_HOUR_US));
        us_buf_char(&out, '\n');
    }
    return us_buf_str(&out);
}

static void say(us_str got)
{
    printf("# %.*s", US_ARG(got));
}

static void check(struct us_tap *t, struct fixture *x, struct us_history *h,
    us_units_of which, const char *want, const char *what)
{
    struct us_units u;
    OK(t, us_history_units(h, which, &x->a, &u, e));
    us_str got = shown(&u, &x->a);
    if (!CHECK_AS(t, us_str_eq(got, us_str_c(want)), what)) say(got);
}

/* g0 and g1 are mapped to one company. */
static void companies(struct us_tap *t, struct fixture *x, struct us_history *h)
{
    fixture_line(x, US_LINE_COMPANY, 13 * US_HOUR_US,
        US_S("{\"account\":\"g0\",\"company\":\"acme\"}"));
    fixture_line(x, US_LINE_COMPANY, 13 * US_HOUR_US,
        US_S("{\"account\":\"g1\",\"company\":\"acme\"}"));
    message(x, "\"userId\":\"u9\",\"context\":{\"groupId\":\"g2\"}", "C", 15);
    OK(t, fixture_load(x, h, e));
    OK(t, us_history_settle(h, e));
    check(t, x, h, US_UNITS_COMPANIES, "acme A@3 A@5 A@7 B@9\ng2 C@15\n",
        "by company: mapped ones together, another by itself");
    check(t, x, h, US_UNITS_ACCOUNTS, "g0 A@5\ng1 A@3 A@7 B@9\ng2 C@15\n",
        "accounts are as they were");
    struct us_units u;
    OK(t, us_history_units(h, US_UNITS_ACCOUNTS, &x->a, &u, e));
    CHECK_AS(t,
        u.company_count == 2 && u.company[0] == u.company[1] &&
            u.company[0] != u.company[2],
        "whose each account is");
    OK(t, us_history_units(h, US_UNITS_USERS, &x->a, &u, e));
    CHECK_AS(t,
        u.count == 2 && u.company_count == 2 && u.company[0] != u.company[1] &&
            us_str_eq(u.keys[0], US_S("u1")),
        "and each user, by the account they were in last");
}

static int64_t touched(struct us_tap *t, struct fixture *x, struct us_history *h,
    us_units_of which, size_t unit)
{
    struct us_units u;
    int64_t *at = NULL;
    OK(t, us_history_units(h, which, &x->a, &u, e));
    OK(t, us_history_touches(h, which, &u, &x->a, &at, e));
    return at && at[unit] != US_NEVER ? at[unit] / US_HOUR_US : -1;
}

static void facts(struct us_tap *t, struct fixture *x, struct us_history *h)
{
    fixture_line(x, US_LINE_ACTIVITY, 16 * US_HOUR_US,
        US_S("{\"activity_id\":\"1\",\"account\":\"g0\",\"kind\":\"ticket\",\"at\":"
             "\"1970-01-01T01:00:00Z\"}"));
    fixture_line(x, US_LINE_ACTIVITY, 16 * US_HOUR_US,
        US_S("{\"activity_id\":\"2\",\"account\":\"g0\",\"kind\":\"call\",\"at\":"
             "\"1970-01-01T06:00:00Z\"}"));
    fixture_line(x, US_LINE_DEAL, 16 * US_HOUR_US,
        US_S("{\"deal_id\":\"d\",\"account\":\"g1\",\"created\":"
             "\"1970-01-01T02:00:00Z\",\"stage\":\"demo\",\"stage_at\":"
             "\"1970-01-01T10:00:00Z\"}"));
    fixture_line(x, US_LINE_ACCOUNT, 17 * US_HOUR_US,
        US_S("{\"account\":\"g1\",\"student\":true,\"old\":false}"));
    OK(t, fixture_load(x, h, e));
    OK(t, us_history_settle(h, e));
    CHECK_AS(t, touched(t, x, h, US_UNITS_ACCOUNTS, 0) == 6, "a call, not a ticket");
    CHECK_AS(t, touched(t, x, h, US_UNITS_ACCOUNTS, 1) == 2, "a deal when it was made");
    CHECK_AS(t, touched(t, x, h, US_UNITS_ACCOUNTS, 2) == -1, "nobody called these");
    CHECK_AS(
        t, touched(t, x, h, US_UNITS_COMPANIES, 0) == 2, "whichever account it was");
    CHECK_AS(t, touched(t, x, h, US_UNITS_USERS, 0) == 2, "a user by their account");
    struct us_units u;
    bool *has = NULL;
    struct us_error no = {0};
    OK(t, us_history_units(h, US_UNITS_ACCOUNTS, &x->a, &u, e));
    struct us_unit_trait asked = {US_UNITS_ACCOUNTS, US_S("student")};
    OK(t, us_history_unit_trait(h, &asked, &u, &x->a, &has, e));
    CHECK(t, has && !has[0] && has[1] && !has[2]);
    asked.key = US_S("old");
    OK(t, us_history_unit_trait(h, &asked, &u, &x->a, &has, e));
    CHECK_AS(t, has && !has[1], "false is not to have it");
    asked.key = US_S("studemt");
    CHECK(t, us_history_unit_trait(h, &asked, &u, &x->a, &has, &no) == US_NOT_FOUND);
    CHECK(t, strcmp(no.key, "history.no_unit_trait") == 0);
    us_str *unseen = NULL;
    size_t count = 0;
    OK(t, us_history_traits_unseen(h, US_UNITS_ACCOUNTS, &x->a, &unseen, &count, e));
    CHECK_AS(t, count == 2 && us_str_eq(unseen[0], US_S("old")),
        "undated traits have no past; one with a date has");
}

/* What an account is mapped to is mapped after both were settled. */
static void mapped_later(struct us_tap *t)
{
    struct fixture x;
    fixture_init(&x);
    struct us_history *h = NULL;
    struct us_history_rules rules = {
        .unit = US_COMPANY, .currency = US_S("USD"), .threads = 1};
    static const struct {
        const char *line, *want;
    } steps[] = {
        {"{\"account\":\"g0\",\"company\":\"acme\"}", "acme A@5\n"},
        {"{\"account\":\"acme\",\"company\":\"bolt\"}", "bolt A@5\n"},
        {"{\"account\":\"acme\",\"company\":\"corp\"}", "corp A@5\n"},
    };
    OK(t, us_history_open(x.dir, &rules, true, NULL, NULL, &h, e));
    message(&x, "\"userId\":\"u1\",\"context\":{\"groupId\":\"g0\"}", "A", 5);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        fixture_line(&x, US_LINE_COMPANY, (6 + (int64_t)i) * US_HOUR_US,
            us_str_c(steps[i].line));
        OK(t, fixture_load(&x, h, e));
        OK(t, us_history_settle(h, e));
        check(t, &x, h, US_UNITS_ACCOUNTS, steps[i].want, "what is mapped is mapped");
    }
    us_history_close(h);
    fixture_done(&x);
}

int main(void)
{
    struct us_tap t = {0};
    struct fixture x;
    fixture_init(&x);
    struct us_history *h = NULL;
    struct us_history_rules rules = {.internal = domains,
        .internal_count = 1,
        .currency = US_S("USD"),
        .threads = 1};
    OK(&t, us_history_open(x.dir, &rules, true, NULL, NULL, &h, e));
    struct us_units none;
    OK(&t, us_history_units(h, US_UNITS_ACCOUNTS, &x.a, &none, e));
    CHECK_AS(&t, none.count == 0 && none.last_at == US_ALWAYS, "nothing in it");
    message(&x, "\"userId\":\"u2\",\"context\":{\"groupId\":\"g1\"}", "B", 9);
    message(&x, "\"userId\":\"u2\",\"context\":{\"groupId\":\"g1\"}", "A", 3);
    message(&x, "\"userId\":\"u1\",\"context\":{\"groupId\":\"g0\"}", "A", 5);
    message(&x, "\"anonymousId\":\"a1\"", "A", 6);
    message(&x, "\"userId\":\"me@ours.com\",\"context\":{\"groupId\":\"g1\"}", "A", 7);
    fixture_line(&x, US_LINE_MESSAGE, 10 * US_HOUR_US,
        US_S("{\"type\":\"group\",\"userId\":\"u9\",\"groupId\":\"g2\",\"traits\":{"
             "\"plan\":"
             "\"free\"},\"timestamp\":\"1970-01-01T10:00:00Z\"}"));
    OK(&t, fixture_load(&x, h, e));
    OK(&t, us_history_settle(h, e));
    check(&t, &x, h, US_UNITS_ACCOUNTS, "g0 A@5\ng1 A@3 A@7 B@9\ng2\n",
        "by account, in order of time; g2 has a trait alone");
    check(&t, &x, h, US_UNITS_USERS, "u1 A@5\nu2 A@3 B@9\n",
        "by user: nobody anonymous, none of ours");
    struct us_units u;
    OK(&t, us_history_units(h, US_UNITS_USERS, &x.a, &u, e));
    CHECK_AS(&t, u.unnamed == 2, "those two are counted");
    CHECK_AS(
        &t, u.last_at == 10 * US_HOUR_US, "the data end at a message, event or not");
    fixture_line(&x, US_LINE_MESSAGE, 11 * US_HOUR_US,
        US_S("{\"type\":\"identify\",\"userId\":\"u1\",\"anonymousId\":\"a1\","
             "\"timestamp\":"
             "\"1970-01-01T11:00:00Z\"}"));
    fixture_line(&x, US_LINE_MESSAGE, 12 * US_HOUR_US,
        US_S(
            "{\"type\":\"alias\",\"userId\":\"u1\",\"previousId\":\"u2\",\"timestamp\":"
            "\"1970-01-01T12:00:00Z\"}"));
    OK(&t, fixture_load(&x, h, e));
    OK(&t, us_history_settle(h, e));
    check(&t, &x, h, US_UNITS_USERS, "u1 A@3 A@5 A@6 B@9\n",
        "links hand on what was done before them");
    companies(&t, &x, h);
    facts(&t, &x, h);
    us_history_close(h);
    fixture_done(&x);
    mapped_later(&t);
    return us_tap_done(&t);
}
