/* Definitions that must be refused, verdicts, and where an account stands. */

#include "qualify/qualify_fixture.h"

#include <string.h>

static bool said(const struct world *w, const char *key)
{
    for (size_t i = 0; i < w->diags.count; i++)
        if (strcmp(w->diags.items[i].key, key) == 0) return true;
    return false;
}

/* Semantics and design §6: what could never qualify anybody, or would qualify
 * everybody, is refused. The key is the one mistake expected; NULL: none. */
static const struct {
    const char *name;
    const char *body;
    const char *key;
} refusals[] = {
    {"reachable",
        "must: ['count(\"A\", 7d) >= 1'], score: {usage: [40 if users(7d) > 1]}, "
        "threshold: {usage: 40}",
        NULL},
    {"never reached",
        "must: ['count(\"A\", 7d) >= 1'], score: {usage: [30 if users(7d) > 1, "
        "9 if days(7d) > 1]}, threshold: {usage: 40}",
        "qualify.never_reached"},
    {"never reached, for a product of a capped part",
        "must: ['count(\"A\", 7d) >= 1'], score: {usage: ['3 * least(count(\"A\", 7d), "
        "10)']}, "
        "threshold: {usage: 31}",
        "qualify.never_reached"},
    {"reached exactly",
        "must: ['count(\"A\", 7d) >= 1'], score: {usage: ['3 * least(count(\"A\", 7d), "
        "10)']}, "
        "threshold: {usage: 30}",
        NULL},
    {"no usage needed: fit alone reaches it",
        "score: {fit: [60 if account.employees >= 500]}, threshold: {fit: 60}",
        "qualify.no_usage_needed"},
    {"no usage needed: absence of usage gives the points",
        "score: {usage: ['50 if count(\"A\", 14d) == 0']}, threshold: {usage: 50}",
        "qualify.no_usage_needed"},
    {"a gate that an idle account passes asks for nothing",
        "must: ['count(\"A\", 14d) < 3'], score: {fit: [60 if account.employees >= "
        "500]}, "
        "threshold: {fit: 60}",
        "qualify.no_usage_needed"},
    {"usage through the threshold is enough",
        "score: {usage: ['50 if count(\"A\", 14d) > 3']}, threshold: {usage: 50}",
        NULL},
    {"gates, but none of usage",
        "must: [account.employees >= 500], score: {fit: [60 if account.employees >= "
        "500]}",
        "qualify.no_gate"},
};

static void refuses(struct us_tap *t)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        char yml[1024];
        snprintf(yml, sizeof yml, "qualify:\n  q: {kind: pqa, %s}\n", refusals[i].body);
        struct world w;
        open_world(&w, yml, NULL);
        bool good = refusals[i].key ? said(&w, refusals[i].key) && w.diags.errors == 1
                                    : w.diags.errors == 0;
        CHECK_AS(t, good, refusals[i].name);
        for (size_t k = 0; !good && k < w.diags.count; k++)
            printf("# %s\n", w.diags.items[k].key);
        close_world(&w);
    }
}

/* A window, or the two of a comparison, that events are not kept for: said once, of the
 * one that looks back the furthest. */
static void retention_short(struct us_tap *t)
{
    static const struct {
        const char *must, *kept;
        const char *days; /* said; NULL: nothing is */
    } rows[] = {
        {"count(\"A\", 30d) >= 1", "30d", NULL},
        {"count(\"A\", 31d) >= 1", "30d", "31"},
        {"count(\"A\", 72h) >= 1", "3d", NULL},
        {"count(\"A\", 71h) >= 1", "2d", "3"},
        {"trend(count(\"A\", 15d)) >= 2", "30d", NULL},
        {"trend(count(\"A\", 16d)) >= 2", "30d", "32"},
        {"prior(count(\"A\", 16d)) >= 2", "30d", "32"},
        {"ever(\"A\")", "30d", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char yml[512];
        snprintf(yml, sizeof yml,
            "retention: {events: %s}\nqualify:\n"
            "  q: {kind: pqa, must: ['%s']}\n  r: {kind: pqa, must: ['days(1d) >= "
            "1']}\n",
            rows[i].kept, rows[i].must);
        struct world w;
        open_world(&w, yml, NULL);
        us_str text = US_S("");
        int told = 0;
        for (size_t k = 0; k < w.diags.count; k++) {
            const us_diag *d = &w.diags.items[k];
            if (strcmp(d->key, "qualify.retention_short") != 0) continue;
            text = us_text(&w.arena, US_EN, d->key, d->args);
            told += d->warning && d->place.line == 1;
        }
        const char *days = rows[i].days;
        bool good = days ? told == 1 && us_str_find(text, us_str_c(days)) < text.len &&
                               us_str_find(text, US_S("q looks")) < text.len
                         : told == 0;
        CHECK_AS(t, good && w.diags.errors == 0, rows[i].must);
        close_world(&w);
    }
}

/* What is told of one definition outlives the compiling of those after it. */
static void mistakes_stay(struct us_tap *t)
{
    struct world w;
    open_world(&w,
        "qualify:\n"
        "  first: {kind: pqa, must: ['account.x > 1']}\n"
        "  second: {kind: pqa, must: ['count(\"A\", 7d) >= 1'], "
        "score: {usage: [30 if users(7d) > 1]}, threshold: {usage: 40}}\n"
        "  third: {kind: pqa, must: ['users(7d) >= 1', 'account.y == \"b\"', "
        "'days(7d) >= 1', 'days(\"C\", 8d) >= 1', 'days(\"D\", 9d) >= 1']}\n",
        NULL);
    int told = 0;
    for (size_t i = 0; i < w.diags.count; i++) {
        const us_diag *d = &w.diags.items[i];
        us_str text = us_text(&w.arena, US_EN, d->key, d->args);
        if (strcmp(d->key, "qualify.no_gate") == 0)
            told += us_str_find(text, US_S("first")) < text.len;
        if (strcmp(d->key, "qualify.never_reached") == 0)
            told += us_str_find(text, US_S("second")) < text.len &&
                    us_str_find(text, US_S("30")) < text.len;
    }
    CHECK(t, w.diags.errors == 2 && told == 2);
    close_world(&w);
}

static const char team[] =
    "exclude: account.plan == \"student\"\n"
    "events: {hand_raise: \"Contact Sales Submitted\"}\n"
    "signals:\n"
    "  invites: count(\"Invite Sent\", 7d)\n"
    "qualify:\n"
    "  team:\n"
    "    kind: pqa\n"
    "    who: account.plan in [\"free\", \"pro\"]\n"
    "    must: [invites >= 2]\n"
    "    score:\n"
    "      usage: [40 if users(14d) >= 2, 200 if invites >= 5]\n"
    "      fit: [60 if account.employees >= 50, -20 if invites > 3]\n"
    "    threshold: {usage: 40}\n"
    "    expires: 10d\n";

static const char growing[] = "2026-03-01T08:00 account sets plan=\"pro\"\n"
                              "2026-03-02T09:00 ann \"Invite Sent\"\n"
                              "2026-03-02T10:00 bob \"Seen\"\n"
                              "2026-03-03T11:30 ann \"Invite Sent\"\n";

static struct us_verdict judge(struct world *w, const char *at)
{
    struct us_verdict v;
    us_judge(w->rules, &w->rules->definitions[0], &w->log, US_NOBODY,
        us_case_time(us_str_c(at)), &w->arena, &v);
    return v;
}

static void verdicts(struct us_tap *t)
{
    struct world w;
    open_world(&w, team, growing);
    CHECK(t, w.diags.errors == 0);
    struct us_verdict v = judge(&w, "2026-03-03T12:00");
    CHECK_AS(t, v.eligible && v.reached[US_AXIS_USAGE], "all gates and the threshold");
    CHECK_AS(
        t, v.points[US_AXIS_USAGE] == 40 && v.grade[US_AXIS_USAGE] == 'C', "grade C");
    bool unknown = false;
    for (size_t i = 0; i < v.judged_count; i++)
        if (v.judged[i].gate == US_GATE_SCORE && v.judged[i].axis == US_AXIS_FIT)
            unknown |= v.judged[i].unknown;
    CHECK_AS(t, unknown && v.points[US_AXIS_FIT] == 0,
        "an unknown condition gives 0, shown");
    CHECK_AS(
        t, !judge(&w, "2026-03-03T11:00").eligible, "not before the second invitation");
    struct us_lack lack;
    CHECK(t, us_lack_of(w.rules, w.rules->definitions[0].must[0], &w.log, US_NOBODY,
                 us_case_time(US_S("2026-03-02T12:00")), &w.arena, &lack));
    CHECK_AS(t, lack.now == 1 && lack.need == 2, "what is missing, in numbers");
    close_world(&w);

    open_world(&w, team,
        "2026-03-01T08:00 account sets plan=\"free\" employees=80\n"
        "2026-03-02T09:00 ann \"Invite Sent\"\n2026-03-02T09:01 ann \"Invite Sent\"\n"
        "2026-03-02T09:02 ann \"Invite Sent\"\n2026-03-02T09:03 ann \"Invite Sent\"\n"
        "2026-03-02T09:04 bob \"Invite Sent\"\n");
    v = judge(&w, "2026-03-02T10:00");
    CHECK_AS(t, v.points[US_AXIS_USAGE] == 100, "semantics 25: axes clamp at 100");
    CHECK_AS(t, v.points[US_AXIS_FIT] == 40, "a negative line counts");
    close_world(&w);

    open_world(&w, team,
        "2026-03-01T08:00 account sets plan=\"student\"\n"
        "2026-03-02T09:00 ann \"Contact Sales Submitted\"\n");
    CHECK_AS(t, judge(&w, "2026-03-02T10:00").excluded, "exclude is looked at");
    CHECK_AS(t, !judge(&w, "2026-03-02T10:00").eligible, "and stops a hand-raiser too");
    close_world(&w);

    open_world(&w, team,
        "2026-03-01T08:00 account sets plan=\"free\"\n"
        "2026-03-02T09:00 ann \"Contact Sales Submitted\"\n");
    v = judge(&w, "2026-03-02T10:00");
    CHECK_AS(t, v.eligible && v.hand_raised, "who asks for a person qualifies at once");
    close_world(&w);
}

/* Where the account, or a person, stands at a moment. */
static struct us_standing stand(
    struct world *w, const char *definition, const char *person, const char *at)
{
    uint32_t index = us_rules_find(w->rules, us_str_c(definition));
    uint32_t user =
        person ? us_case_person(&w->log, us_str_c(person)) : (uint32_t)US_NOBODY;
    struct us_standings *s = us_standings_new(w->rules, &w->arena);
    struct us_standings_asked asked = {
        &w->log, US_NODE_NONE, us_case_time(us_str_c(at))};
    const struct us_standing *list;
    size_t count = us_standings_ask(s, &asked, &list);
    const struct us_standing *found = us_standing_find(list, count, index, user);
    struct us_standing out = found ? *found : (struct us_standing){.since = 0};
    us_standings_done(s);
    return out;
}

static bool is_at(int64_t t, const char *at)
{
    return at ? t == us_case_time(us_str_c(at)) : t == US_NEVER;
}

/* team above, with a hold and a cooldown, and people of it. */
static const char steady[] = "user_signals: {own: days(14d)}\n"
                             "qualify:\n"
                             "  team:\n"
                             "    kind: pqa\n"
                             "    must: ['count(\"Invite Sent\", 7d) >= 2']\n"
                             "    hold: 1d\n"
                             "    cooldown: 2d\n"
                             "    expires: 4d\n"
                             "  buyer: {kind: pql, within: team, must: [own >= 1]}\n";

static void standings(struct us_tap *t)
{
    struct world w;
    open_world(&w, steady,
        "2026-03-02T09:00 ann \"Invite Sent\"\n2026-03-03T11:30 ann \"Invite Sent\"\n"
        "2026-03-05T11:30 bob \"Invite Sent\"\n2026-03-08T11:30 bob \"Seen\"\n");
    struct us_standing s = stand(&w, "team", NULL, "2026-03-03T11:29:59");
    CHECK_AS(t,
        s.phase == US_PHASE_NONE && !s.holding && is_at(s.since, NULL) &&
            is_at(s.due, NULL) && s.ordinal == 0,
        "nothing yet");
    s = stand(&w, "team", NULL, "2026-03-04T11:30");
    CHECK_AS(t,
        s.phase == US_PHASE_NONE && s.holding && is_at(s.since, "2026-03-03T11:30") &&
            is_at(s.due, "2026-03-04T23:59:59.999999"),
        "holding: since when, and when it qualifies");
    s = stand(&w, "team", NULL, "2026-03-05T00:00");
    CHECK_AS(t,
        s.qualified && is_at(s.since, "2026-03-04T23:59:59.999999") &&
            is_at(s.due, "2026-03-08T23:59:59.999999") && s.ordinal == 1 &&
            s.left_by == US_CHANGE_NONE,
        "qualified: since when, and when it expires");
    CHECK_AS(t,
        stand(&w, "buyer", "ann", "2026-03-05T00:00").qualified &&
            !stand(&w, "buyer", "bob", "2026-03-05T00:00").qualified &&
            stand(&w, "buyer", "bob", "2026-03-05T11:30").qualified,
        "so do its people, each from their own moment");
    s = stand(&w, "team", NULL, "2026-03-09T12:00");
    CHECK_AS(t,
        s.phase == US_PHASE_COOLING && s.left_by == US_CHANGE_EXPIRED &&
            is_at(s.since, "2026-03-08T23:59:59.999999") &&
            is_at(s.due, "2026-03-10T23:59:59.999999") && s.must_reset &&
            is_at(s.entered, "2026-03-04T23:59:59.999999"),
        "cooling: how it left, and until when");
    s = stand(&w, "team", NULL, "2026-03-20T12:00");
    CHECK_AS(t,
        s.phase == US_PHASE_NONE && s.left_by == US_CHANGE_EXPIRED && !s.must_reset &&
            is_at(s.since, NULL) && is_at(s.left, "2026-03-08T23:59:59.999999"),
        "and afterwards how it left the last time");
    close_world(&w);
}

static void versions(struct us_tap *t)
{
    static const char words[] =
        "qualify:\n  q: {kind: pqa, must: ['count(\"A\",7d)>=1']}\n";
    static const char spaced[] = "signals: {a: 'count( \"A\" , 1w )'}\n"
                                 "qualify:\n  q: {kind: pqa, must: [a >= 1]}\n";
    static const char other[] =
        "qualify:\n  q: {kind: pqa, must: ['count(\"A\", 7d) >= 2']}\n";
    struct world a;
    struct world b;
    struct world c;
    open_world(&a, words, NULL);
    open_world(&b, spaced, NULL);
    open_world(&c, other, NULL);
    us_str va = a.rules->definitions[0].version;
    CHECK_AS(t, us_str_eq(va, b.rules->definitions[0].version),
        "semantics 21: spelling and names do not make a version");
    CHECK_AS(t, !us_str_eq(va, c.rules->definitions[0].version), "a threshold does");
    close_world(&a);
    close_world(&b);
    close_world(&c);
}

static us_str version_of(struct us_arena *a, const char *events)
{
    struct world w;
    open_world(&w,
        us_arena_cstr(a, us_arena_fmt(a,
                             "%soutcomes: {won: {event: \"W\"}}\n"
                             "qualify:\n  q: {kind: pqa, aim: won, must: ['seq(\"A\", "
                             "\"B\", 7d)']}\n",
                             events)),
        NULL);
    us_str version = us_arena_str(a, w.rules->definitions[0].version);
    close_world(&w);
    return version;
}

/* What an event is also called makes another past of a definition that counts it. */
static void aliases(struct us_tap *t)
{
    static const char *const others[] = {
        "events: {alias: {\"A\": [a]}}\n",
        "events: {alias: {\"B\": [a]}}\n",
        "events: {alias: {\"W\": [a]}}\n",
        "events: {alias: {\"A\": [a, b]}}\n",
        "events: {alias: {\"A\": [a], \"B\": [b]}}\n",
    };
    enum { OTHERS = sizeof others / sizeof *others };
    struct us_arena a;
    us_arena_init(&a, 1 << 24);
    us_str is[OTHERS + 1];
    is[OTHERS] = version_of(&a, "");
    for (size_t i = 0; i < OTHERS; i++)
        is[i] = version_of(&a, others[i]);
    for (size_t i = 0; i <= OTHERS; i++)
        for (size_t k = 0; k < i; k++)
            CHECK(t, !us_str_eq(is[i], is[k]));
    CHECK_AS(t,
        us_str_eq(is[OTHERS], version_of(&a, "events: {alias: {\"C\": [a]}}\n")),
        "one that is not counted does not");
    CHECK_AS(t, us_str_eq(is[3], version_of(&a, "events: {alias: {\"A\": [b, a]}}\n")),
        "the order says nothing");
    CHECK_AS(t, us_str_eq(is[OTHERS], US_S("f2c330e648136e65")),
        "one without any is known by this in files that are there");
    us_arena_done(&a);
}

int main(void)
{
    struct us_tap t = {0};
    refuses(&t);
    mistakes_stay(&t);
    retention_short(&t);
    verdicts(&t);
    standings(&t);
    versions(&t);
    aliases(&t);
    return us_tap_done(&t);
}
