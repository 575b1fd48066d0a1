/* Who there is: ids that links make one are one, a previousId is nobody of its own, and
 * those of ours are marked wherever SQL sees them (semantics 15-17). */
#include "history/history_fixture.h"

static const us_str domains[] = {US_S_INIT("ours.com"), US_S_INIT("lab")};

static void open_with(
    struct us_tap *t, struct fixture *x, size_t internal, struct us_history **h)
{
    struct us_history_rules rules = {.internal = domains,
        .internal_count = internal,
        .currency = US_S("USD"),
        .threads = 1};
    us_history_close(*h);
    *h = NULL;
    OK(t, us_history_open(x->dir, &rules, true, NULL, NULL, h, e));
}

static int64_t message(struct fixture *x, const char *m)
{
    return fixture_line(x, US_LINE_MESSAGE, x->seq * US_HOUR_US, us_str_c(m));
}

static void load(struct us_tap *t, struct fixture *x, struct us_history *h)
{
    OK(t, fixture_load(x, h, e));
    OK(t, us_history_settle(h, e));
}

static bool there_are(
    struct us_tap *t, struct us_history *h, int64_t identified, int64_t anonymous)
{
    struct us_history_people n;
    OK(t, us_history_people(h, &n, e));
    if (n.identified != identified || n.anonymous != anonymous)
        printf("# %lld identified, %lld anonymous\n", (long long)n.identified,
            (long long)n.anonymous);
    return n.identified == identified && n.anonymous == anonymous;
}

#define AT         ",\"timestamp\":\"1970-01-01\"}"
#define EVENT(who) "{\"type\":\"track\",\"event\":\"E\"," who AT

static void links(struct us_tap *t, struct fixture *x)
{
    struct us_history *h = NULL;
    open_with(t, x, 0, &h);
    message(x, EVENT("\"userId\":\"u1\""));
    message(x, EVENT("\"anonymousId\":\"a1\""));
    message(x, EVENT("\"anonymousId\":\"a2\""));
    message(x, "{\"type\":\"identify\",\"userId\":\"u3\"" AT);
    load(t, x, h);
    CHECK_AS(t, there_are(t, h, 2, 2), "semantics 17: identified and anonymous apart");
    message(x, "{\"type\":\"identify\",\"userId\":\"u1\",\"anonymousId\":\"a1\"" AT);
    int64_t alias =
        message(x, "{\"type\":\"alias\",\"userId\":\"u2\",\"previousId\":\"a2\"" AT);
    message(x, "{\"type\":\"alias\",\"userId\":\"u2\",\"previousId\":\"p9\"" AT);
    load(t, x, h);
    CHECK_AS(t, there_are(t, h, 3, 0), "a previousId is nobody of its own: u1, u2, u3");
    ASKED(t, x, h, "SELECT person, identified, merged FROM people_view ORDER BY ALL",
        "a1|false|true\na2|false|true\na2|true|true\np9|false|true\np9|true|true\n"
        "u1|true|false\nu2|true|false\nu3|true|false\n");
    message(x, "{\"type\":\"alias\",\"userId\":\"u2\",\"previousId\":\"u1\"" AT);
    load(t, x, h);
    CHECK_AS(t, there_are(t, h, 2, 0), "two users merged are one");
    message(x, "{\"type\":\"alias\",\"userId\":\"u1\",\"previousId\":\"u2\"" AT);
    load(t, x, h);
    CHECK_AS(t, there_are(t, h, 2, 0), "and a circle leaves one of them");
    us_str undo = us_arena_fmt(&x->a, "{\"link\":%lld}", (long long)alias);
    fixture_line(x, US_LINE_UNDO, x->seq * US_HOUR_US, undo);
    load(t, x, h);
    CHECK_AS(t, there_are(t, h, 2, 1), "undone, a2 is the anonymous one that was seen");
    us_history_close(h);
}

static void traits(struct us_tap *t, struct fixture *x)
{
    struct us_history *h = NULL;
    struct us_history_trait *list;
    size_t count = 0;
    open_with(t, x, 0, &h);
    message(
        x, "{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"title\":\"A\"}" AT);
    message(
        x, "{\"type\":\"identify\",\"userId\":\"u2\",\"traits\":{\"title\":\"B\"}" AT);
    message(x, "{\"type\":\"identify\",\"userId\":\"u3\",\"traits\":{\"age\":3}" AT);
    message(
        x, "{\"type\":\"identify\",\"anonymousId\":\"a4\",\"traits\":{\"age\":4}" AT);
    message(x, "{\"type\":\"alias\",\"userId\":\"u2\",\"previousId\":\"u1\"" AT);
    load(t, x, h);
    OK(t, us_history_traits(h, &x->a, &list, &count, e));
    CHECK(t, count == 2 && list[0].user && list[1].user);
    CHECK_AS(t, list[0].known == 1 && list[0].of == 2, "age: u3 of u2, u3");
    CHECK_AS(t, list[1].known == 1 && list[1].of == 2, "title: u1 and u2 are one");
    us_history_close(h);
}

static const char *const flagged =
    "SELECT person, account, internal FROM events_now ORDER BY seq";

static void internal(struct us_tap *t, struct fixture *x)
{
    struct us_history *h = NULL;
    open_with(t, x, 1, &h);
    message(x, EVENT("\"userId\":\"u1\",\"context\":{\"groupId\":\"g1\"}"));
    message(x, EVENT("\"userId\":\"u2\",\"context\":{\"groupId\":\"lab\"}"));
    message(x, EVENT("\"userId\":\"me@ours.com\""));
    fixture_line(x, US_LINE_PAYMENT, US_HOUR_US,
        US_S("{\"account\":\"lab\",\"at\":\"1970-01-01\",\"amount\":1}"));
    load(t, x, h);
    ASKED(t, x, h, flagged, "u1|g1|false\nu2|lab|false\nme@ours.com|NULL|true\n");
    message(x, "{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"email\":"
               "\"A@Mail.Ours.com\"}" AT);
    load(t, x, h);
    ASKED(t, x, h, flagged, "u1|g1|true\nu2|lab|false\nme@ours.com|NULL|true\n");
    open_with(t, x, 2, &h);
    ASKED(t, x, h, flagged, "u1|g1|true\nu2|lab|true\nme@ours.com|NULL|true\n");
    ASKED(t, x, h, "SELECT account, internal FROM payments_view", "lab|true\n");
    ASKED(t, x, h, "SELECT person, internal FROM user_traits_now", "u1|true\n");
    ASKED(t, x, h, "SELECT count(*) FROM event_log WHERE NOT internal", "0\n");
    open_with(t, x, 0, &h);
    ASKED(t, x, h, flagged, "u1|g1|false\nu2|lab|false\nme@ours.com|NULL|false\n");
    us_history_close(h);
}

int main(void)
{
    struct us_tap t = {0};
    void (*const stories[])(struct us_tap *, struct fixture *) = {
        links, traits, internal};
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++) {
        struct fixture x;
        fixture_init(&x);
        stories[i](&t, &x);
        fixture_done(&x);
    }
    return us_tap_done(&t);
}
