/* Outcomes, and what compiling finds out about a definition. */

#include "qualify/qualify_fixture.h"

#include <string.h>

/* ---- outcomes ---- */

static const char aims[] = "events: {alias: {\"Seat Activated\": [seat_on]}}\n"
                           "outcomes:\n"
                           "  third_seat: {event: \"Seat Activated\", nth: 3}\n"
                           "  seat: {event: \"Seat Activated\"}\n"
                           "  paid: {payment: first}\n"
                           "  card: {payment: first, channel: self_serve}\n"
                           "  upmarket: {arr: 1200, within: 180d}\n"
                           "  monthly: {mrr: 100}\n"
                           "  by_sales: {arr: 1200, channel: sales}\n"
                           "  mrr_sales: {mrr: 50.5, channel: sales}\n"
                           "  opened: {deal: created}\n"
                           "  won: {deal: won}\n"
                           "  sales_won: {deal: won, channel: sales}\n"
                           "signals: {a: 'count(\"Other\", 1d)'}\n";

#define YEAR " from=2026-03-01 to=2027-03-01 months=12"

static const struct {
    const char *name, *outcome, *history;
    const char *not_yet, *then; /* moments; then NULL: never */
    const char *happened;       /* when it was, where that is not then */
} rows[] = {
    {"the third of an event, by any of its names", "third_seat",
        "2026-03-01T09:00 ann \"Seat Activated\"\n2026-03-02T09:00 bob \"seat_on\"\n"
        "2026-03-03T09:00 ann \"Seat Activated\"\n2026-03-03T10:00 ann \"Other\"\n",
        "2026-03-03T08:59:59.999999", "2026-03-03T09:00"},
    {"the first when no nth is given", "seat",
        "2026-03-01T09:00 ann \"Seat Activated\"\n", "2026-03-01T08:59",
        "2026-03-01T09:00"},
    {"as soon as it is known", "seat",
        "2026-03-01T09:00 known 2026-03-04T09:00 ann \"Seat Activated\"\n",
        "2026-03-04T08:59", "2026-03-04T09:00"},
    {"the first payment", "paid",
        "2026-03-01T09:00 account fails 10\n2026-03-01T10:00 account pays 0\n"
        "2026-03-02T09:00 account pays 10 rate=no\n",
        "2026-03-02T08:59", "2026-03-02T09:00"},
    {"is it though it was paid back", "paid",
        "2026-03-02T09:00 account pays 10 invoice=\"i\"\n"
        "2026-03-02T10:00 account refunds 10 invoice=\"i\"\n",
        "2026-03-02T08:59", "2026-03-02T12:00", "2026-03-02T09:00"},
    {"a payment that went to another account", "paid",
        "2026-03-02T09:00 until 2026-03-05T09:00 account pays 10\n", "2026-03-05T09:00",
        NULL},
    {"one that came from another", "paid",
        "2026-03-02T09:00 known 2026-03-05T09:00 account pays 10\n", "2026-03-05T08:59",
        "2026-03-05T09:00", "2026-03-02T09:00"},
    {"a refund alone is none", "paid", "2026-03-02T10:00 account refunds 10\n",
        "2026-03-03T08:59", NULL},
    {"the first payment of a channel", "card",
        "2026-03-01T09:00 account pays 10 channel=\"sales\"\n"
        "2026-03-01T10:00 account pays 10\n"
        "2026-03-02T09:00 account pays 10 channel=\"self_serve\"\n",
        "2026-03-02T08:59", "2026-03-02T09:00"},
    {"revenue that reaches it", "upmarket",
        "2026-03-01T09:00 account pays 1199" YEAR "\n"
        "2026-03-05T09:00 account pays 1" YEAR "\n",
        "2026-03-05T08:59", "2026-03-05T09:00"},
    {"a month's revenue", "monthly", "2026-03-01T09:00 account pays 1200" YEAR "\n",
        "2026-03-01T08:59", "2026-03-01T09:00"},
    {"revenue of one channel", "by_sales",
        "2026-03-01T09:00 account pays 5000 channel=\"self_serve\"" YEAR "\n"
        "2026-03-02T09:00 account pays 1199 channel=\"sales\"" YEAR "\n"
        "2026-03-03T09:00 account pays 1 channel=\"sales\"" YEAR "\n",
        "2026-03-03T08:59", "2026-03-03T09:00"},
    {"less what went back of it", "mrr_sales",
        "2026-03-01T09:00 account pays 606 channel=\"sales\" invoice=\"i\"" YEAR "\n"
        "2026-03-01T09:00 account refunds 1 invoice=\"i\"\n"
        "2026-03-02T09:00 account pays 12 channel=\"sales\"" YEAR "\n",
        "2026-03-02T08:59", "2026-03-02T09:00"},
    {"a deal of any stage", "opened",
        "2026-03-02T09:00 account deals id=\"d\" stage=\"demo\"\n", "2026-03-02T08:59",
        "2026-03-02T09:00"},
    {"a deal that went to another account", "opened",
        "2026-03-02T09:00 until 2026-03-05T09:00 account deals id=\"d\" "
        "stage=\"won\"\n",
        "2026-03-05T09:00", NULL},
    {"a deal won", "won",
        "2026-03-02T09:00 account deals id=\"d\" stage=\"demo\"\n"
        "2026-03-03T09:00 account deals id=\"e\" stage=\"lost\"\n"
        "2026-03-04T09:00 known 2026-03-05T09:00 account deals id=\"d\" "
        "stage=\"Closed Won\"\n",
        "2026-03-05T08:59", "2026-03-05T09:00", "2026-03-04T09:00"},
    {"won by sales", "sales_won",
        "2026-03-02T09:00 account deals id=\"d\" stage=\"won\" channel=\"self_serve\"\n"
        "2026-03-03T09:00 account deals id=\"e\" stage=\"won\"\n"
        "2026-03-04T09:00 account deals id=\"f\" stage=\"won\" channel=\"sales\"\n",
        "2026-03-04T08:59", "2026-03-04T09:00"},
};

static const struct us_outcome *outcome_of(const struct us_rules *r, const char *name)
{
    for (size_t i = 0; i < r->outcome_count; i++)
        if (us_str_eq(r->outcomes[i].name, us_str_c(name))) return &r->outcomes[i];
    return NULL;
}

static bool holds(struct world *w, const struct us_outcome *o, const char *at)
{
    int64_t t = us_case_time(us_str_c(at));
    bool yes = us_outcome_holds(w->rules, o, &w->log, t, &w->arena);
    struct us_log facts = w->log;
    facts.event_count = 0;
    if (o->kind != US_OUTCOME_CONDITION &&
        us_outcome_of_facts(o, &facts, t, &w->arena) != yes)
        printf("# facts alone say otherwise\n");
    return yes;
}

/* By when things happened; an event's outcome asks for no money. */
static bool happened(struct world *w, const struct us_outcome *o, size_t row)
{
    const char *when = rows[row].happened ? rows[row].happened : rows[row].then;
    bool of_event = o->kind == US_OUTCOME_CONDITION && w->log.payment_count == 0;
    int64_t want = when && !of_event ? us_case_time(us_str_c(when)) : US_NEVER;
    return us_outcome_when(w->rules, o, &w->log, &w->arena) == want;
}

static void outcomes(struct us_tap *t)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        open_world(&w, aims, rows[i].history);
        const struct us_outcome *o = outcome_of(w.rules, rows[i].outcome);
        bool good = w.diags.errors == 0 && o && !holds(&w, o, rows[i].not_yet);
        if (good && rows[i].then) good = holds(&w, o, rows[i].then);
        CHECK_AS(t, good, rows[i].name);
        for (size_t k = 0; !good && k < w.diags.count; k++)
            printf("# %s\n", w.diags.items[k].key);
        if (o) CHECK_AS(t, happened(&w, o, i), "and when that was");
        close_world(&w);
    }
    struct world w;
    open_world(&w, aims, "2026-03-01T09:00 ann \"Seat Activated\"\n");
    const struct us_need *need = &w.rules->plan->need;
    CHECK_AS(t, need->payments && need->deals, "money and deals are asked for");
    CHECK(t, outcome_of(w.rules, "upmarket")->within == 180 * US_DAY_US);
    CHECK_AS(t,
        outcome_of(w.rules, "upmarket")->kind == US_OUTCOME_CONDITION &&
            outcome_of(w.rules, "by_sales")->kind == US_OUTCOME_ARR,
        "what the language can say is a condition of the plan");
    close_world(&w);
    open_world(&w, "outcomes: {o: {event: E}, m: {arr: 1000000000000000000000}}\n", "");
    CHECK_AS(t, w.diags.errors == 0 && !w.rules->plan->need.deals,
        "deals are not asked for without need; any number can be written");
    close_world(&w);
}

/* ---- the text of a version ---- */

static const char whole[] =
    "exclude: leaving\n"
    "events: {hand_raise: [\"Sales Asked\", \"Demo Asked\"]}\n"
    "outcomes: {up: {arr: 15000, within: 26w}, won: {deal: won, channel: sales}}\n"
    "signals: {invites: 'count( \"Invite Sent\",1w)', leaving: ever(\"Left\")}\n"
    "user_signals: {own: days(14d)}\n"
    "qualify:\n"
    "  team:\n"
    "    kind: pqa\n"
    "    aim: up\n"
    "    who: account.plan == \"free\"\n"
    "    must: [invites >= 3, users(14d)>=2]\n"
    "    score: {usage: [40 if invites >= 5], fit: [account.size]}\n"
    "    threshold: {usage: 40}\n"
    "    stay: invites >= 1\n"
    "    hold: 36h\n"
    "    cooldown: 2w\n"
    "  buyer: {kind: pql, within: team, aim: won, must: [own >= 3]}\n";

static const char team_text[] = "kind: pqa\n"
                                "who: account.plan == \"free\"\n"
                                "exclude: ever(\"Left\")\n"
                                "hand_raise: count(\"Sales Asked\", 30d) > 0 or "
                                "count(\"Demo Asked\", 30d) > 0\n"
                                "must: count(\"Invite Sent\", 7d) >= 3\n"
                                "must: users(14d) >= 2\n"
                                "score usage: 40 if count(\"Invite Sent\", 7d) >= 5\n"
                                "threshold usage: 40\n"
                                "score fit: account.size\n"
                                "stay: count(\"Invite Sent\", 7d) >= 1\n"
                                "aim: account.arr >= 15000\n"
                                "aim within: 182d\n"
                                "hold: 36h\n"
                                "cooldown: 14d\n"
                                "expires: 30d\n";

static const char buyer_text[] = "kind: pql\n"
                                 "within: team\n"
                                 "exclude: ever(\"Left\")\n"
                                 "must: user:days(14d) >= 3\n"
                                 "aim: deal won by sales\n"
                                 "expires: 30d\n";

static bool text_is(us_str got, const char *want)
{
    if (us_str_eq(got, us_str_c(want))) return true;
    printf("# it is:\n");
    while (got.len) {
        us_str row = us_str_cut(got, '\n', &got);
        printf("#   %.*s\n", US_ARG(row));
    }
    return false;
}

/* What makes a version another one; each is put for the text before the arrow. */
static const struct {
    const char *name, *from, *to;
    bool same;
} changes[] = {
    {"words do not", "    kind: pqa\n", "    kind: pqa\n    say: {en: hello}\n", true},
    {"nor the order of the queue", "    hold: 36h\n",
        "    hold: 36h\n    rank: [fit]\n", true},
    {"nor grades and horizon", "    hold: 36h\n",
        "    hold: 36h\n    grades: {A: 90}\n    horizon: 10d\n", true},
    {"nor a signal's name and spelling", "'count( \"Invite Sent\",1w)'",
        "'count(\"Invite Sent\", 7d)'", true},
    {"what a signal is does", ",1w)", ",2w)", false},
    {"who does", "\"free\"", "\"pro\"", false},
    {"exclude does", "exclude: leaving", "exclude: not leaving", false},
    {"who raises a hand does", "\"Demo Asked\"", "\"Trial Asked\"", false},
    {"a gate does", "users(14d)>=2", "users(14d)>=4", false},
    {"a score does", "40 if", "50 if", false},
    {"a threshold does", "{usage: 40}", "{usage: 30}", false},
    {"stay does", "invites >= 1", "invites >= 2", false},
    {"hold does", "hold: 36h", "hold: 37h", false},
    {"cooldown does", "cooldown: 2w", "cooldown: 3w", false},
    {"the aim does", "arr: 15000", "arr: 16000", false},
    {"and its limit", "within: 26w", "within: 27w", false},
};

static void versions(struct us_tap *t)
{
    struct world w;
    open_world(&w, whole, NULL);
    CHECK(t, w.diags.errors == 0);
    CHECK_AS(t, text_is(w.rules->definitions[0].canon, team_text),
        "semantics 21: a version is the text of all it reaches");
    CHECK_AS(t, text_is(w.rules->definitions[1].canon, buyer_text),
        "an account's days are other than a person's");
    us_str version = w.rules->definitions[0].version;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const char *at = strstr(whole, changes[i].from);
        us_assert(at);
        us_str yml = us_arena_fmt(&w.arena, "%.*s%s%s", (int)(at - whole), whole,
            changes[i].to, at + strlen(changes[i].from));
        struct world other;
        open_world(&other, us_arena_cstr(&w.arena, yml), NULL);
        bool same = us_str_eq(version, other.rules->definitions[0].version);
        us_str name = us_arena_fmt(&w.arena, "semantics 21: %s", changes[i].name);
        CHECK_AS(t, other.diags.errors == 0 && same == changes[i].same,
            us_arena_cstr(&w.arena, name));
        close_world(&other);
    }
    close_world(&w);
}

/* ---- what it reaches ---- */

#define SCORED(must) "qualify:\n  q: {kind: pqa, must: ['" must "']}\n"

static const struct {
    const char *name, *yml;
    bool hour_ticks, hour_exits, by_time;
} reaches[] = {
    {"windows of days", SCORED("count(\"A\", 7d) > 0"), false, false, true},
    {"windows of hours", SCORED("count(\"A\", 7h) > 0"), true, true, true},
    {"of hours, and all of time", SCORED("count(\"A\", 7h) > count(\"A\", all)"), true,
        true, true},
    {"of both", SCORED("count(\"A\", 7h) > count(\"A\", 7d)"), true, false, true},
    {"days in a score",
        "qualify:\n  q: {kind: pqa, must: ['count(\"A\", 7h) > 0'], score: {usage: [5 "
        "if "
        "days(7d) > 1]}}\n",
        true, false, true},
    {"through signals and inside",
        "signals: {a: 'prior(count(\"A\", 6h))'}\n" SCORED("a > 0"), true, true, true},
    {"hours in exclude", "exclude: count(\"A\", 2h) > 9\n" SCORED("ever(\"A\")"), true,
        false, true},
    {"days in exclude", "exclude: count(\"A\", 2d) > 9\n" SCORED("users(2h) > 1"), true,
        true, true},
    {"hand-raisers of a month", "events: {hand_raise: H}\n" SCORED("users(2h) > 1"),
        true, true, true},
    {"nothing that moves",
        SCORED("ever(\"A\") and count(\"B\", all) > 2 and account.size > 1"), false,
        false, false},
    {"days since", SCORED("since(\"A\") < 4"), false, false, true},
    {"days in a row", SCORED("streak(\"A\") > 4"), false, false, true},
    {"the first days", SCORED("first(count(\"A\", 7d)) > 4"), false, false, true},
    {"money", SCORED("ever(\"A\") and account.mrr > 4"), false, false, true},
    {"age", SCORED("ever(\"A\") and account.age > 4"), false, false, true},
    {"an aim of money",
        "outcomes: {o: {arr: 5, channel: sales}}\nqualify:\n  q: {kind: pqa, aim: o, "
        "must: ['ever(\"A\")']}\n",
        false, false, true},
    {"an aim of a deal",
        "outcomes: {o: {deal: won}}\nqualify:\n  q: {kind: pqa, aim: o, must: "
        "['ever(\"A\")']}\n",
        false, false, false},
};

static bool reached(const struct us_definition *def, uint32_t node)
{
    for (size_t i = 0; i < def->reach_count; i++)
        if (def->reach[i] == node) return true;
    return false;
}

static void reach(struct us_tap *t)
{
    struct world w;
    for (size_t i = 0; i < sizeof reaches / sizeof *reaches; i++) {
        open_world(&w, reaches[i].yml, NULL);
        const struct us_definition *def = &w.rules->definitions[0];
        bool good = w.diags.errors == 0 &&
                    def->times.hour_ticks == reaches[i].hour_ticks &&
                    def->times.hour_exits == reaches[i].hour_exits &&
                    def->by_time == reaches[i].by_time;
        CHECK_AS(t, good, reaches[i].name);
        close_world(&w);
    }
    open_world(&w, whole, NULL);
    const struct us_definition *team = &w.rules->definitions[0];
    const struct us_definition *buyer = &w.rules->definitions[1];
    bool ordered = true;
    for (size_t i = 1; i < team->reach_count; i++)
        ordered = ordered && team->reach[i - 1] < team->reach[i];
    CHECK_AS(t, ordered, "nodes below stand before those above");
    CHECK_AS(t,
        reached(team, team->who) && reached(team, team->stay) &&
            reached(team, team->must[1]) && reached(team, team->score[1][0]) &&
            reached(team, w.rules->exclude) && reached(team, w.rules->hand_raise) &&
            reached(team, w.rules->outcomes[team->aim].node),
        "all that its inputs are made of");
    CHECK_AS(t,
        !reached(team, buyer->must[0]) && !reached(buyer, team->must[0]) &&
            !reached(buyer, w.rules->hand_raise) && reached(buyer, w.rules->exclude),
        "and nothing else");
    close_world(&w);
    open_world(&w,
        "user_signals: {own: days(14d)}\nqualify:\n"
        "  b: {kind: pql, within: q, must: [own > 3]}\n"
        "  q: {kind: pqa, must: ['users(2h) > 1']}\n",
        NULL);
    CHECK_AS(t,
        w.rules->definitions[0].times.hour_ticks &&
            !w.rules->definitions[0].times.hour_exits,
        "a pql is looked at whenever its accounts may come and go");
    close_world(&w);
}

int main(void)
{
    struct us_tap t = {0};
    outcomes(&t);
    versions(&t);
    reach(&t);
    return us_tap_done(&t);
}
