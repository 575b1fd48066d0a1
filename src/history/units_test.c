/* Events by account and by user, as links have it now; ours and nobody's left out. */
#include "history/history_fixture.h"
#include "history/units.h"

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
    us_history_close(h);
    fixture_done(&x);
    return us_tap_done(&t);
}
