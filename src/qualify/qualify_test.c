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

static struct us_standing stand(struct world *w, const char *at)
{
    return us_stand(w->rules, &w->rules->definitions[0], &w->log, US_NOBODY,
        us_case_time(us_str_c(at)), &w->arena);
}

static bool since_is(struct us_standing s, const char *at)
{
    return s.qualified && s.since == us_case_time(us_str_c(at));
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
    CHECK_AS(
        t, since_is(stand(&w, "2026-03-04T10:00"), "2026-03-02T09:00"), "since then");
    close_world(&w);
}

static void standings(struct us_tap *t)
{
    struct world w;
    open_world(&w, team, growing);
    CHECK_AS(t, since_is(stand(&w, "2026-03-03T11:30"), "2026-03-03T11:30"),
        "semantics 3: entered at the very line");
    CHECK_AS(
        t, since_is(stand(&w, "2026-03-05T00:00"), "2026-03-03T11:30"), "days later");
    CHECK_AS(t, !stand(&w, "2026-03-03T11:29").qualified, "not a minute before");
    CHECK_AS(t, stand(&w, "2026-03-08T23:59").qualified, "the last day of the window");
    CHECK_AS(t, !stand(&w, "2026-03-09T12:00").qualified, "left when the window left");
    close_world(&w);

    open_world(&w, team,
        "2026-03-01T08:00 account sets plan=\"pro\"\n2026-03-01T09:00 bob \"Invite "
        "Sent\"\n"
        "2026-03-01T09:01 ann \"Invite Sent\"\n2026-03-05T09:00 bob \"Invite Sent\"\n"
        "2026-03-05T09:01 ann \"Invite Sent\"\n2026-03-10T09:00 bob \"Invite Sent\"\n"
        "2026-03-10T09:01 ann \"Invite Sent\"\n");
    CHECK_AS(t, since_is(stand(&w, "2026-03-10T12:00"), "2026-03-01T09:01"),
        "an unbroken run counts from its first moment");
    struct us_standing s = stand(&w, "2026-03-12T12:00");
    CHECK_AS(t, s.expired && !s.qualified, "expires: 10d");
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

int main(void)
{
    struct us_tap t = {0};
    refuses(&t);
    mistakes_stay(&t);
    verdicts(&t);
    standings(&t);
    versions(&t);
    return us_tap_done(&t);
}
