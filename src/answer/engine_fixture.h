/* engine_fixture.h: a workspace of a few accounts at random, for tests of what is asked
 * of the past.
 */
#pragma once

#include "answer/engine.h"
#include "history/history_fixture.h"
#include "qualify/referee.h"

static const char yml[] =
    "account: {unit: workspace}\n"
    "events: {hand_raise: \"Asked\"}\n"
    "exclude: ever(\"Cancelled\")\n"
    "outcomes: {paid_seat: {event: \"Seat\", nth: 2}}\n"
    "signals:\n"
    "  invites: count(\"Invite\", 7d)\n"
    "  team: users(5d)\n"
    "  quiet: since(any)\n"
    "  plan: account.plan\n"
    "  share: ratio(invites, team)\n"
    "user_signals:\n"
    "  sent: count(\"Invite\", 7d)\n"
    "  weight: sum(\"Invite\".n, 7d)\n"
    "  title: user.title\n"
    "qualify:\n"
    "  growing:\n"
    "    kind: pqa\n"
    "    aim: paid_seat\n"
    "    must: [invites >= 3, team >= 2]\n"
    "    score: {usage: [10 * invites, 5 if team >= 3], fit: [60 if plan == \"pro\"]}\n"
    "    stay: invites >= 1\n"
    "    cooldown: 2d\n"
    "    expires: 9d\n"
    "  slow: {kind: pqa, must: [team >= 2], hold: 2d, expires: 6d}\n"
    "  sender: {kind: pql, within: growing, must: [sent >= 2]}\n"
    "  heavy: {kind: pql, within: slow, must: [weight >= 4, invites >= 2]}\n";

enum { ACCOUNTS = 9, USERS = 4, DAYS = 60, EVENTS = 900 };

struct world {
    struct us_tap *t;
    struct fixture x;
    struct us_rules *rules;
    struct us_history *h;
    struct us_ask ask;
    struct us_arena work;
    uint64_t state;
};

static inline uint64_t below(struct world *w, uint64_t n)
{
    w->state = w->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (w->state >> 33) % n;
}

static inline void put(
    struct world *w, int64_t known, int64_t at, const char *what, bool user)
{
    struct us_arena *a = &w->x.a;
    char when[US_TIME_TEXT_MAX];
    us_str time = us_time_write(at, when);
    int account = (int)below(w, ACCOUNTS);
    bool links = user && us_str_has_prefix(us_str_c(what), US_S("\"type\":\"identify"));
    us_str who =
        user ? us_arena_fmt(a, "\"userId\":\"u%d.%d\",", account, (int)below(w, USERS))
             : (us_str){0};
    if (!user || links) /* an identify says whose the browser is */
        who = us_arena_fmt(a, "%.*s\"anonymousId\":\"x%d\",", US_ARG(who), account);
    us_str m = us_arena_fmt(a,
        "{%s,%.*s\"context\":{\"groupId\":\"acc %d\"},\"properties\":{\"n\":%d},"
        "\"timestamp\":\"%.*s\"}",
        what, US_ARG(who), account, (int)(known % 5), US_ARG(time));
    fixture_line(&w->x, US_LINE_MESSAGE, known, m);
}

static inline const char *event_of(struct world *w)
{
    static const char *const events[] = {"\"type\":\"track\",\"event\":\"Invite\"",
        "\"type\":\"track\",\"event\":\"Invite\"",
        "\"type\":\"track\",\"event\":\"Other\"",
        "\"type\":\"track\",\"event\":\"Seat\"",
        "\"type\":\"identify\",\"traits\":{\"title\":\"Head\"}",
        "\"type\":\"track\",\"event\":\"Asked\"",
        "\"type\":\"track\",\"event\":\"Cancelled\""};
    uint64_t pick = below(w, 200);
    size_t i = pick < 110   ? 0
               : pick < 120 ? 1
               : pick < 170 ? 2
               : pick < 180 ? 3
               : pick < 197 ? 4
               : pick < 199 ? 5
                            : 6;
    return events[i];
}

/* Bursts and silences; some lines are known late. */
static inline void fill(struct world *w)
{
    int64_t known = 100 * US_DAY_US;
    for (int i = 0; i < EVENTS; i++) {
        int64_t step = (int64_t)below(w, (uint64_t)(2 * DAYS) * 86400 / EVENTS);
        known += step * US_SECOND_US + (int64_t)below(w, 3);
        int64_t late = below(w, 20) ? 0 : (int64_t)below(w, 9) * US_DAY_US / 2;
        put(w, known, known - late, event_of(w), below(w, 8) != 0);
    }
    for (int i = 0; i < ACCOUNTS; i += 2) {
        us_str m = us_arena_fmt(&w->x.a,
            "{\"type\":\"group\",\"userId\":\"u%d.0\",\"groupId\":\"acc "
            "%d\",\"traits\":"
            "{\"plan\":\"%s\"}}",
            i, i, i % 4 ? "free" : "pro");
        fixture_line(&w->x, US_LINE_MESSAGE, known + 1 + i, m);
    }
}

static inline void open_world(struct world *w, struct us_tap *t, uint64_t seed)
{
    *w = (struct world){.t = t, .state = seed};
    fixture_init(&w->x);
    us_arena_init(&w->work, (size_t)1 << 32);
    struct us_diags d = {.arena = &w->x.a};
    struct us_config *c = NULL;
    OK(t, us_config_parse(US_S("usher.yml"), us_str_c(yml), &w->x.a, &d, &c, e));
    us_rules_compile(c, &w->x.a, &d, &w->rules);
    CHECK_AS(t, d.errors == 0, "the definitions compile");
    const struct us_need *need = &w->rules->plan->need;
    struct us_history_rules rules = {.columns = need->columns,
        .column_count = need->column_count,
        .currency = US_S("USD"),
        .threads = 1};
    OK(t, us_history_open(w->x.dir, &rules, true, NULL, NULL, &w->h, e));
    fill(w);
    OK(t, fixture_load(&w->x, w->h, e));
    OK(t, us_history_commit(w->h, e));
    OK(t, us_history_settle(w->h, e));
    w->ask = (struct us_ask){.history = w->h, .rules = w->rules};
}

static inline void close_world(struct world *w)
{
    us_history_close(w->h);
    us_arena_done(&w->work);
    fixture_done(&w->x);
}

static inline int64_t day(int n)
{
    return (100 + n) * US_DAY_US - 1;
}
