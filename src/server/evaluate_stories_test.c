/* Stories of the evaluator, line by line: what is told, how often history is asked for
 * it, and how often all of it is loaded. */
#include "server/evaluate_inner.h"
#include "server/evaluate_wanted.h"

/* A world by that configuration, in which nothing has happened. */
static struct world *story(struct us_tap *t, enum by by, const char *text)
{
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 32);
    struct world *w = us_new(&a, struct world, 1);
    world_open(t, w, a, 1, by, text);
    return w;
}

static void story_end(struct world *w)
{
    evaluator_close(w);
    world_close(w);
}

static const char *const before =
    "account: {unit: workspace}\nqualify:\n"
    "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 2']}\n"
    "  b: {kind: pqa, must: ['count(\"E0\", 30d) >= 2']}\n"
    "  p: {kind: pql, within: b, who: 'true', must: ['count(\"E0\", 30d) >= 1']}\n"
    "  l: {kind: pqa, must: ['count(\"E0\", 30d) >= 9']}\n";
static const char *const after =
    "account: {unit: workspace}\nqualify:\n"
    "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 3']}\n"
    "  b: {kind: pqa, must: ['count(\"E0\", 30d) >= 2']}\n"
    "  p: {kind: pql, within: b, who: 'true', must: ['count(\"E0\", 30d) >= 2']}\n"
    "  l: {kind: pqa, must: ['count(\"E0\", 30d) >= 2']}\n"
    "  n: {kind: pqa, must: ['count(\"E0\", 30d) >= 3']}\n";
/* One account that qualified, and one of its people. */
static struct world *two_in(struct us_tap *t)
{
    struct world *w = story(t, BY_GROUP, before);
    steps(t, w);
    say_e0(w, "two", "u1");
    say_e0(w, "two", "u1");
    steps(t, w);
    return w;
}

/* What two lines of "old" bring that became known before all that, and once more what
 * was told. */
static const char *const told_again = "old/ a entered 1 past\n"
                                      "old/ b entered 1 past\n"
                                      "old/u5 p entered 1 past\n"
                                      "two/ a entered 1 past\n"
                                      "two/ b entered 1 past\n"
                                      "two/u1 p entered 1 past\n";

/* Rows imported while no evaluator is there: what they make of the past is told, as not
 * live, and what was told before comes once more. */
static void imported(struct us_tap *t)
{
    struct world *w = two_in(t);
    size_t from = w->got.count;
    CHECK(t, from == 3);
    evaluator_close(w);
    evaluator_open(w);
    steps(t, w);
    CHECK(t, w->got.count == from);
    evaluator_close(w);
    w->known -= 10 * US_DAY_US;
    say_e0(w, "old", "u5");
    say_e0(w, "old", "u5");
    OK(t, fixture_journal(&w->x, w->journal, e));
    evaluator_open(w);
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), us_str_c(told_again)));
    /* The same while one is there. */
    from = w->got.count;
    say_e0(w, "older", "u6");
    say_e0(w, "older", "u6");
    steps(t, w);
    CHECK(t, w->got.count == from + 9);
    story_end(w);
}

/* What a line of the past brought is told though the step that found it could not be.
 */
static void imported_refused(struct us_tap *t)
{
    struct world *w = two_in(t);
    size_t from = w->got.count;
    w->known -= 10 * US_DAY_US;
    say_e0(w, "old", "u5");
    say_e0(w, "old", "u5");
    OK(t, fixture_journal(&w->x, w->journal, e));
    w->refuse_next = 2;
    CHECK(t, us_evaluator_step(w->evaluator, NULL) == US_BUSY);
    CHECK(t, us_evaluator_step(w->evaluator, NULL) == US_BUSY);
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), us_str_c(told_again)));
    story_end(w);
}

static void group_u4(struct world *w, const char *account)
{
    say_line(
        w, us_arena_fmt(&w->a,
               "{\"type\":\"group\",\"userId\":\"u4\",\"groupId\":\"%s\"}", account));
}

static void day_goes(struct us_tap *t, struct world *w, int64_t days)
{
    w->known = (us_day(w->known) + days) * US_DAY_US + US_HOUR_US;
    OK(t, us_evaluator_until(w->evaluator, w->known - 1, e));
}

static void reopened(struct us_tap *t, struct world *w)
{
    evaluator_close(w);
    evaluator_open(w);
    steps(t, w);
}

/* ---- facts of all time ---- */

static const char *const ever =
    "account: {unit: UNIT, fixed: [size]}\n"
    "exclude: account.blocked == true\n"
    "qualify:\n"
    "  big: {kind: pqa, must: ['count(\"E0\", 30d) >= 2', account.size >= 50]}\n"
    "  any: {kind: pqa, must: ['count(\"E0\", 30d) >= 2']}\n"
    "  head: {kind: pql, within: big, must: ['count(\"E0\", 30d) >= 1']}\n";

static void account_row(struct world *w, const char *account, const char *traits)
{
    us_str m = us_arena_fmt(&w->a, "{\"account\":\"%s\",%s}", account, traits);
    fixture_line(&w->x, US_LINE_ACCOUNT, w->known, m);
    w->known += 60000000;
}

/* What is told in the end, each once as state keeps it, is what a replay says. */
static void as_replayed(struct us_tap *t, struct world *w)
{
    OK(t, us_history_catch_up(w->history, w->journal_dir, NULL, NULL, e));
    struct list kept = {us_new(&w->a, struct told, TOLD_MAX), 0};
    for (size_t i = 0; i < w->got.count; i++) {
        const struct told *g = &w->got.items[i];
        bool there = false;
        for (size_t k = 0; k < kept.count && !there; k++) {
            const struct told *o = &kept.items[k];
            there = o->definition == g->definition &&
                    us_str_eq(o->account, g->account) && us_str_eq(o->user, g->user) &&
                    o->change.ordinal == g->change.ordinal &&
                    (o->change.change == US_CHANGE_ENTERED) ==
                        (g->change.change == US_CHANGE_ENTERED);
        }
        if (!there) kept.items[kept.count++] = *g;
    }
    w->got = kept;
    w->want.count = 0;
    OK(t, us_history_logs(
              w->history, &w->rules->plan->need, US_S(""), US_NEVER, judge, w, e));
    CHECK_AS(t, equal(w), "what was told is what the referee says");
}

enum then { GOES_ON, STARTS, LOADS, JOINS };

/* An account is known to be large after it did what qualifies; then the server goes on,
 * starts before it evaluated that, or loads all of history with it. */
static void turns_out_large(struct us_tap *t, enum then then)
{
    struct world *w = story(t, BY_GROUP, ever);
    steps(t, w);
    say_e0(w, "one", "u1");
    say_e0(w, "one", "u1");
    say_e0(w, "two", "u2");
    say_e0(w, "two", "u2");
    steps(t, w);
    size_t from = w->got.count;
    CHECK(t, from == 2);
    if (then == STARTS) evaluator_close(w);
    if (then == LOADS) /* that nobody knows is taken back */
        fixture_line(&w->x, US_LINE_UNDO, w->known++, US_S("{\"link\":1}"));
    account_row(w, "one", "\"size\":80");
    if (then == STARTS) {
        OK(t, fixture_journal(&w->x, w->journal, e));
        evaluator_open(w);
    }
    uint64_t loads = (uint64_t)us_evaluator_counts(w->evaluator).loads;
    steps(t, w);
    if (then == GOES_ON) {
        CHECK(t, (uint64_t)us_evaluator_counts(w->evaluator).loads == loads);
        CHECK(
            t, fixture_same(told_text(w, from), US_S("one/ big entered 1 past\n"
                                                     "one/u1 head entered 1 past\n")));
        /* What is said once more says nothing. */
        size_t asked = w->asked;
        account_row(w, "one", "\"size\":80");
        account_row(w, "three", "\"size\":80");
        steps(t, w);
        CHECK(t, w->asked == asked && w->got.count == from + 2);
    }
    CHECK(t, w->got.count >= from + 2);
    say_e0(w, "three", "u3");
    say_e0(w, "three", "u3");
    steps(t, w);
    account_row(w, "one", "\"blocked\":true");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, w->got.count - 3),
                 US_S("one/ big excluded 1 live\n"
                      "one/ any excluded 1 live\n"
                      "one/u1 head excluded 1 live\n")));
    w->known += 40 * US_DAY_US;
    OK(t, us_evaluator_until(w->evaluator, w->known, e));
    as_replayed(t, w);
    story_end(w);
}

/* A file of a CRM: of so many accounts at once none is asked for by itself. */
static void many_turn_out_large(struct us_tap *t)
{
    enum { ACCOUNTS = 200, EACH = 2 };
    struct world *w = story(t, BY_GROUP, ever);
    steps(t, w);
    for (int i = 0; i < EACH * ACCOUNTS; i++) {
        const char *account = us_arena_fmt(&w->a, "m%d", i / EACH).ptr;
        say_e0(w, account, us_arena_fmt(&w->a, "u%d", i / EACH).ptr);
    }
    steps(t, w);
    CHECK(t, w->got.count == ACCOUNTS);
    size_t asked = w->asked;
    int64_t loads = us_evaluator_counts(w->evaluator).loads;
    for (int i = 0; i < ACCOUNTS; i++)
        account_row(w, us_arena_fmt(&w->a, "m%d", i).ptr, "\"size\":80");
    steps(t, w);
    CHECK(t, us_evaluator_counts(w->evaluator).loads == loads + 1);
    CHECK(t, w->asked < asked + ACCOUNTS);
    as_replayed(t, w);
    CHECK_AS(t, w->got.count == 3 * ACCOUNTS, "all of them are large, and somebody's");
    story_end(w);
}

/* An evaluator goes on, another one starts or takes its place, or all is loaded again.
 */
static void and_then(struct us_tap *t, struct world *w, enum then then)
{
    size_t from = w->got.count;
    if (then == STARTS) {
        evaluator_close(w);
        evaluator_open(w);
    }
    if (then == LOADS) /* that nobody knows is taken back */
        fixture_line(&w->x, US_LINE_UNDO, w->known++, US_S("{\"link\":1}"));
    if (then == JOINS) {
        stepped(w);
        beside_open(w);
        CHECK(t, beside_meet(w) == US_OK);
        OK(t, beside_join(w));
    }
    steps(t, w);
    CHECK_AS(t, w->got.count == from, "nothing is told by that");
}

/* What was told stays where a replay no longer says it, and goes on as it stands: it
 * leaves by its own rule and may come again, whatever begins in between. */
static void turns_out_small(struct us_tap *t, enum then then)
{
    struct world *w = story(t, BY_GROUP, ever);
    steps(t, w);
    account_row(w, "one", "\"size\":80");
    for (int i = 0; i < 2; i++)
        say_e0(w, "one", "u1");
    for (int i = 0; i < 2; i++)
        say_e0(w, "two", "u2");
    steps(t, w);
    size_t from = w->got.count;
    CHECK(t, from == 4);
    account_row(w, "one", "\"size\":8");
    steps(t, w);
    CHECK(t, w->got.count == from);
    and_then(t, w, then);
    day_goes(t, w, 2);
    CHECK(t, fixture_same(told_text(w, from), US_S("one/ big faded 1 live\n"
                                                   "one/u1 head left 1 live\n")));
    from = w->got.count;
    and_then(t, w, then);
    day_goes(t, w, 2);
    CHECK_AS(t, w->got.count == from, "it has left, and does not enter");
    /* It was large all the time: a replay says that it never left. Who comes while it
     * is out was never in. */
    say_e0(w, "one", "u3");
    account_row(w, "one", "\"size\":90");
    steps(t, w);
    CHECK(t, w->got.count == from);
    and_then(t, w, then);
    day_goes(t, w, 1);
    say_e0(w, "one", "u1");
    steps(t, w);
    us_str again = told_text(w, from);
    CHECK(t, fixture_same(again, US_S("one/ big entered 2 live\n"
                                      "one/u1 head entered 2 live\n"
                                      "one/u3 head entered 1 live\n")));
    from = w->got.count;
    and_then(t, w, then);
    account_row(w, "one", "\"blocked\":true");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("one/ big excluded 2 live\n"
                                                   "one/ any excluded 1 live\n"
                                                   "one/u1 head excluded 2 live\n"
                                                   "one/u3 head excluded 1 live\n")));
    story_end(w);
}

/* What becomes of it while nobody is there is told at the start. */
static void turned_out_small(struct us_tap *t)
{
    struct world *w = story(t, BY_GROUP, ever);
    steps(t, w);
    account_row(w, "one", "\"size\":80");
    for (int i = 0; i < 2; i++)
        say_e0(w, "one", "u1");
    steps(t, w);
    size_t from = w->got.count;
    CHECK(t, from == 3);
    account_row(w, "one", "\"size\":8");
    steps(t, w);
    evaluator_close(w);
    account_row(w, "one", "\"blocked\":true");
    OK(t, fixture_journal(&w->x, w->journal, e));
    evaluator_open(w);
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("one/ big excluded 1 live\n"
                                                   "one/ any excluded 1 live\n"
                                                   "one/u1 head excluded 1 live\n")));
    story_end(w);
}

/* By rows that become known in the past, too: an account without E1 was told, and had
 * E1. Who had not, and was told nothing, is told as ever. */
static void imported_against(struct us_tap *t, enum then then)
{
    struct world *w = story(t, BY_GROUP,
        "account: {unit: workspace}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 1', 'count(\"E1\", 30d) < "
        "1']}\n"
        "  b: {kind: pqa, must: ['count(\"E0\", 30d) >= 1']}\n");
    steps(t, w);
    w->known += 10 * US_DAY_US;
    say_e0(w, "one", "u1");
    say_e0(w, "two", "u2");
    steps(t, w);
    size_t from = w->got.count;
    CHECK(t, from == 4);
    int64_t now = w->known;
    if (then == STARTS) evaluator_close(w);
    w->known -= 5 * US_DAY_US;
    say_line(w, US_S("{\"type\":\"track\",\"event\":\"E1\",\"userId\":\"u1\","
                     "\"context\":{\"groupId\":\"one\"}}"));
    say_e0(w, "old", "u5");
    OK(t, fixture_journal(&w->x, w->journal, e));
    w->known = now;
    if (then == STARTS) evaluator_open(w);
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("old/ a entered 1 past\n"
                                                   "old/ b entered 1 past\n"
                                                   "one/ b entered 1 past\n"
                                                   "two/ a entered 1 past\n"
                                                   "two/ b entered 1 past\n")));
    from = w->got.count;
    and_then(t, w, then);
    day_goes(t, w, 2);
    CHECK(t, fixture_same(told_text(w, from), US_S("one/ a faded 1 live\n")));
    story_end(w);
}

/* Ten days of an account that was told, was too small and is large. opened: it begins
 * anew each day, and what is over says a line of nobody's. */
static us_str small_days(struct us_tap *t, struct us_arena *a, bool opened)
{
    struct world *w = story(t, BY_GROUP,
        "account: {unit: workspace, fixed: [size]}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 1', account.size >= 50], "
        "hold: 2d, cooldown: 1d}\n"
        "  b: {kind: pqa, must: ['count(\"E0\", 30d) >= 1', account.size >= 50], "
        "expires: 1d}\n");
    steps(t, w);
    int64_t day = us_day(w->known) + 1;
    for (int i = 0; i < 12; i++, day++) {
        w->known = day * US_DAY_US + 10 * US_HOUR_US;
        if (i == 0 || i == 5) account_row(w, "one", "\"size\":80");
        if (i == 3) account_row(w, "one", "\"size\":8");
        say_e0(w, "one", "u1");
        say_e0(w, "other", "u3");
        steps(t, w);
        OK(t, us_evaluator_until(w->evaluator, (day + 1) * US_DAY_US, e));
        w->known = (day + 1) * US_DAY_US + US_HOUR_US;
        say_line(
            w, US_S("{\"type\":\"track\",\"event\":\"E9\",\"anonymousId\":\"z\"}"));
        steps(t, w);
        if (opened) and_then(t, w, STARTS);
    }
    struct us_buf out = us_buf_new(a, 1 << 16);
    for (size_t i = 0; i < w->got.count; i++) {
        const struct told *is = &w->got.items[i];
        us_buf_fmt(&out, "%s %.*s %u %d; ", is->definition ? "b" : "a",
            US_ARG(us_change_word(is->change.change)), is->change.ordinal,
            (int)(us_day(is->change.t) - day + 12));
    }
    story_end(w);
    return us_buf_str(&out);
}

static void small_days_alike(struct us_tap *t)
{
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    us_str days = small_days(t, &a, false);
    CHECK_AS(t, us_str_find(days, US_S("a entered 2")) < days.len, "it comes again");
    CHECK_AS(t, fixture_same(small_days(t, &a, true), days), "opened anew each day");
    us_arena_done(&a);
}

/* Of definitions that are loaded beside: those that are new find it in their past. */
static void turns_out_beside(struct us_tap *t)
{
    struct world *w = story(t, BY_GROUP, ever);
    steps(t, w);
    say_e0(w, "one", "u1");
    say_e0(w, "one", "u1");
    steps(t, w);
    stepped(w);
    us_evaluator_how how[] = {
        US_DEFINITION_NEW, US_DEFINITION_SAME, US_DEFINITION_SAME};
    w->absent = US_S("big");
    w->how = how;
    beside_open(w);
    while (us_evaluator_step(w->beside, NULL) == US_OK) {
    }
    account_row(w, "one", "\"size\":80");
    steps(t, w);
    stepped(w);
    OK(t, beside_meet(w));
    w->absent = (us_str){"", 0};
    OK(t, beside_join(w));
    w->how = NULL;
    say_e0(w, "two", "u2");
    steps(t, w);
    as_replayed(t, w);
    story_end(w);
}

/* Somebody known by traits alone comes to an account with an event of theirs, and the
 * traits with them. Who changes places and takes no line along makes no moment: that
 * two days went by is seen when the second is over. */
static void coming(struct us_tap *t)
{
    static const char text[] =
        "account: {unit: workspace}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 1']}\n"
        "  p: {kind: pql, within: a, who: user.role == \"admin\", must: [days(14d) >= "
        "1]}\n"
        "  s: {kind: pqa, must: ['since(\"E0\") >= 2']}\n";
    struct world *w = story(t, BY_GROUP, text);
    steps(t, w);
    say_line(w, US_S("{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"role\":"
                     "\"admin\"}}"));
    say_e0(w, "one", "u2");
    steps(t, w);
    size_t from = w->got.count;
    say_e0(w, "one", "u1");
    say_e0(w, "one", "u4");
    group_u4(w, "three");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("one/u1 p entered 1 live\n")));
    from = w->got.count;
    say_e0(w, "two", "u3");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("two/ a entered 1 live\n")));
    w->known = (us_day(w->known) + 2) * US_DAY_US + US_HOUR_US;
    from = w->got.count;
    group_u4(w, "two");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("")));
    OK(t, us_evaluator_until(w->evaluator, (us_day(w->known) + 1) * US_DAY_US - 1, e));
    CHECK(t, fixture_same(told_text(w, from), US_S("one/ s entered 1 live\n"
                                                   "two/ s entered 1 live\n")));
    /* Somebody of no account, with all that is known of them and all they did. */
    w->known += 2 * US_DAY_US;
    from = w->got.count;
    say_line(w, US_S("{\"type\":\"identify\",\"userId\":\"u5\",\"traits\":{\"role\":"
                     "\"admin\"}}"));
    say_line(w, US_S("{\"type\":\"track\",\"event\":\"E0\",\"userId\":\"u5\"}"));
    steps(t, w);
    say_line(w, US_S("{\"type\":\"group\",\"userId\":\"u5\",\"groupId\":\"home\"}"));
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("home/ a entered 1 live\n"
                                                   "home/u5 p entered 1 live\n")));
    story_end(w);
}

/* What one id of a person says again counts, when another of theirs said something else
 * in between. */
static void said_again(struct us_tap *t)
{
    static const char text[] = "account: {unit: workspace}\nqualify:\n"
                               "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 1']}\n";
    struct world *w = story(t, BY_GROUP, text);
    steps(t, w);
    say_line(
        w, US_S("{\"type\":\"identify\",\"userId\":\"u1\",\"anonymousId\":\"a1\"}"));
    say_line(w, US_S("{\"type\":\"group\",\"userId\":\"u1\",\"groupId\":\"one\"}"));
    say_line(
        w, US_S("{\"type\":\"group\",\"anonymousId\":\"a1\",\"groupId\":\"two\"}"));
    say_line(w, US_S("{\"type\":\"group\",\"userId\":\"u1\",\"groupId\":\"one\"}"));
    say_line(w, US_S("{\"type\":\"track\",\"event\":\"E0\",\"userId\":\"u1\"}"));
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, 0), US_S("one/ a entered 1 live\n")));
    /* What somebody else said, who shared an id once, is not said again. */
    size_t from = w->got.count;
    say_line(w, US_S("{\"type\":\"track\",\"event\":\"E0\",\"userId\":\"u8\"}"));
    say_line(
        w, US_S("{\"type\":\"identify\",\"userId\":\"u7\",\"anonymousId\":\"a7\"}"));
    say_line(
        w, US_S("{\"type\":\"identify\",\"userId\":\"u8\",\"anonymousId\":\"a7\"}"));
    say_line(w, US_S("{\"type\":\"group\",\"userId\":\"u7\",\"groupId\":\"three\"}"));
    say_line(w, US_S("{\"type\":\"group\",\"userId\":\"u8\",\"groupId\":\"three\"}"));
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("three/ a entered 1 live\n")));
    story_end(w);
}

/* Who was there before all was loaded: what is known of them is asked for once, and
 * what is said of them later counts. */
static void at_hand(struct us_tap *t)
{
    static const char text[] =
        "account: {unit: workspace}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 1']}\n"
        "  p: {kind: pql, within: a, who: 'user.role == \"admin\" and user.team == 1', "
        "must: [days(14d) >= 1]}\n";
    struct world *w = story(t, BY_GROUP, text);
    steps(t, w);
    say_line(w, US_S("{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"role\":"
                     "\"admin\",\"team\":1}}"));
    say_e0(w, "one", "u2");
    say_e0(w, "two", "u2");
    say_e0(w, "three", "u2");
    steps(t, w);
    evaluator_close(w);
    evaluator_open(w);
    steps(t, w);
    size_t from = w->got.count;
    size_t asked = w->asked;
    say_e0(w, "one", "u1");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("one/u1 p entered 1 live\n")));
    CHECK(t, w->asked == asked + 1);
    say_line(w, US_S("{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"role\":"
                     "\"none\"}}"));
    from = w->got.count;
    say_e0(w, "two", "u1");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("")));
    say_line(w, US_S("{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"role\":"
                     "\"admin\"}}"));
    steps(t, w);
    from = w->got.count;
    say_e0(w, "three", "u1");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("three/u1 p entered 1 live\n")));
    CHECK_AS(t, w->asked == asked + 1, "history was asked once");
    story_end(w);
}

/* By company, where nothing names a group: an address brings what was sent before it to
 * the company of its domain, and only that is asked for. Whoever gets another address
 * is elsewhere from then on. */
static void addressed(struct us_tap *t)
{
    static const char text[] =
        "account: {unit: company}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 2']}\n"
        "  p: {kind: pql, within: a, who: user.role == \"admin\", must: [days(14d) >= "
        "1]}\n"
        "  m: {kind: pqa, who: account.plan == \"pro\", must: ['account.paid(30d) >= "
        "10', days(14d) >= 1]}\n";
    struct world *w = story(t, BY_COMPANY, text);
    steps(t, w);
    size_t asked = w->asked;
    say_line(w, US_S("{\"type\":\"track\",\"event\":\"E0\",\"anonymousId\":\"a1\"}"));
    say_line(w, US_S("{\"type\":\"track\",\"event\":\"E0\",\"anonymousId\":\"a1\"}"));
    steps(t, w);
    say_line(w, US_S("{\"type\":\"identify\",\"anonymousId\":\"a1\",\"userId\":\"u1\","
                     "\"traits\":{\"email\":\"x@one.com\",\"role\":\"admin\"}}"));
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, 0), US_S("one.com/ a entered 1 live\n"
                                                "one.com/u1 p entered 1 live\n")));
    size_t from = w->got.count;
    say_line(w, US_S("{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"email\":"
                     "\"x@two.com\"}}"));
    for (int i = 0; i < 2; i++)
        say_line(w, US_S("{\"type\":\"track\",\"event\":\"E0\",\"userId\":\"u1\"}"));
    fixture_line(&w->x, US_LINE_ACCOUNT, w->known++,
        US_S("{\"account\":\"two.com\",\"plan\":\"pro\"}"));
    fixture_line(&w->x, US_LINE_PAYMENT, w->known++,
        US_S("{\"account\":\"two.com\",\"amount\":20,\"at\":\"2023-11-14\","
             "\"status\":\"paid\"}"));
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("two.com/ a entered 1 live\n"
                                                   "two.com/u1 p entered 1 live\n"
                                                   "two.com/ m entered 1 live\n")));
    from = w->got.count; /* who has an address and sent nothing is somewhere, too */
    say_line(w, US_S("{\"type\":\"identify\",\"userId\":\"u9\",\"traits\":{\"email\":"
                     "\"x@three.com\"}}"));
    for (int i = 0; i < 2; i++)
        say_line(
            w, US_S("{\"type\":\"track\",\"event\":\"E0\",\"anonymousId\":\"a9\"}"));
    say_line(
        w, US_S("{\"type\":\"identify\",\"userId\":\"u9\",\"anonymousId\":\"a9\"}"));
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("three.com/ a entered 1 live\n")));
    CHECK_AS(t, w->asked == asked + 1, "history is asked for the payment alone");
    CHECK_AS(
        t, us_evaluator_counts(w->evaluator).loads == 1, "nothing is loaded again");
    say_e0(w, "two", "u1"); /* a group: from here on addresses vote */
    steps(t, w);
    CHECK(t, us_evaluator_counts(w->evaluator).loads == 2);
    say_line(w, US_S("{\"type\":\"group\",\"userId\":\"u1\",\"groupId\":\"two\"}"));
    fixture_line(&w->x, US_LINE_COMPANY, w->known++,
        US_S("{\"account\":\"two\",\"company\":\"crm-17\"}"));
    steps(t, w);
    int64_t loads = us_evaluator_counts(w->evaluator).loads;
    for (int i = 0; i < 2; i++)
        say_line(
            w, US_S("{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"email\":"
                    "\"x@two.com\"}}"));
    steps(t, w);
    CHECK_AS(t, us_evaluator_counts(w->evaluator).loads == loads,
        "who has an account of another name may say the same address again");
    story_end(w);
}

/* By company, where groups are named: whoever has an address and sends a first line of
 * a group has a say in whose it is, and its traits go there. */
static void voting(struct us_tap *t, enum keeps keeps)
{
    static const char text[] = "account: {unit: company}\nqualify:\n"
                               "  m: {kind: pqa, who: account.plan == \"pro\", must: "
                               "['count(\"E0\", 30d) >= 1']}\n";
    struct world *w = story(t, BY_COMPANY, text);
    steps(t, w);
    say_line(
        w, US_S("{\"type\":\"group\",\"userId\":\"u1\",\"groupId\":\"g1\",\"traits\":"
                "{\"plan\":\"pro\"}}"));
    say_line(w, US_S("{\"type\":\"identify\",\"userId\":\"u2\",\"traits\":{\"email\":"
                     "\"x@one.com\"}}"));
    steps(t, w);
    CHECK(t, w->got.count == 0);
    for (int i = 0; i < 3; i++)
        say_e0(w, "g1", "u2");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, 0), US_S("one.com/ m entered 1 live\n")));
    int64_t loads = us_evaluator_counts(w->evaluator).loads;
    say_e0(w, "g1", "u2");
    steps(t, w);
    CHECK_AS(t, us_evaluator_counts(w->evaluator).loads == loads,
        "who had a say has none more");
    w->keeps = keeps;
    reopened(t, w);
    CHECK(t, us_evaluator_counts(w->evaluator).taken == (keeps == KEEPS));
    loads = us_evaluator_counts(w->evaluator).loads;
    say_e0(w, "g1", "u2");
    steps(t, w);
    CHECK_AS(t, us_evaluator_counts(w->evaluator).loads == loads,
        "and it is known after a start");
    say_line(w, US_S("{\"type\":\"identify\",\"userId\":\"u3\",\"traits\":{\"email\":"
                     "\"x@one.com\"}}"));
    steps(t, w);
    CHECK_AS(t, us_evaluator_counts(w->evaluator).loads == loads + 1,
        "as it is that groups are named");
    story_end(w);
}

/* What an account is mapped to, and facts of all time that came before, hold on after a
 * start by what was kept. */
static void kept_on(struct us_tap *t)
{
    static const char company[] =
        "account: {unit: company}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 2']}\n";
    static const char fixed[] =
        "account: {unit: UNIT, fixed: [size]}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 3', account.size >= 50]}\n";
    struct world *w = story(t, BY_COMPANY, company);
    w->keeps = KEEPS;
    fixture_line(&w->x, US_LINE_COMPANY, w->known++,
        US_S("{\"account\":\"two\",\"company\":\"crm-17\"}"));
    steps(t, w);
    say_e0(w, "zero", "u0");
    say_e0(w, "two", "u1");
    steps(t, w);
    reopened(t, w);
    CHECK(t, us_evaluator_counts(w->evaluator).taken == 1);
    say_e0(w, "two", "u1");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, 0), US_S("crm-17/ a entered 1 live\n")));
    story_end(w);

    w = story(t, BY_GROUP, fixed);
    w->keeps = KEEPS;
    steps(t, w);
    say_e0(w, "zero", "u0"); /* so that none of the others is number 0 */
    account_row(w, "one", "\"size\":80");
    say_e0(w, "one", "u1");
    say_line(w, US_S("{\"type\":\"track\",\"event\":\"E0\",\"anonymousId\":\"a1\","
                     "\"context\":{\"groupId\":\"one\"}}"));
    steps(t, w);
    reopened(t, w);
    CHECK(t, us_evaluator_counts(w->evaluator).taken == 1);
    say_line(/* its rows are given anew */
        w, US_S("{\"type\":\"identify\",\"userId\":\"u1\",\"anonymousId\":\"a1\"}"));
    steps(t, w);
    CHECK(t, us_evaluator_counts(w->evaluator).again == 1);
    say_e0(w, "one", "u1");
    steps(t, w);
    CHECK(t, us_evaluator_counts(w->evaluator).loads == 0);
    CHECK(t, fixture_same(told_text(w, 0), US_S("one/ a entered 1 live\n")));
    story_end(w);
}

/* What was kept is not taken where state went on since, by a line or by time alone, nor
 * by a definition that changed, which takes it away. */
static void overtaken(struct us_tap *t, bool by_line)
{
    static const us_evaluator_how changed[] = {US_DEFINITION_CHANGED};
    struct world *w = story(t, BY_GROUP,
        "account: {unit: workspace}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 2d) >= 1'], expires: 1d}\n");
    us_str path = us_file_join(&w->a, w->x.dir, US_KEPT_ACCOUNTS);
    us_str bytes;
    steps(t, w);
    say_e0(w, "one", "u1");
    steps(t, w);
    CHECK(t, us_evaluator_keep(w->evaluator, path, NULL) == US_OK);
    OK(t, us_file_read(path, (size_t)1 << 26, &w->a, &bytes, e));
    w->keeps = KEEPS;
    reopened(t, w);
    CHECK(t, us_evaluator_counts(w->evaluator).taken == 1);
    if (by_line) {
        say_e0(w, "two", "u1");
        steps(t, w);
    } else {
        day_goes(t, w, 3);
    }
    CHECK(t, w->got.count == 2);
    w->keeps = KEEPS_NOT;
    evaluator_close(w);
    OK(t, us_file_write(path, bytes, e));
    w->keeps = KEEPS;
    evaluator_open(w);
    steps(t, w);
    CHECK(t, us_evaluator_counts(w->evaluator).taken == 0);
    CHECK(t, us_evaluator_counts(w->evaluator).loads == 1);
    evaluator_close(w);
    CHECK(t, us_file_exists(path));
    w->how = changed;
    evaluator_open(w);
    w->how = NULL;
    steps(t, w);
    CHECK(t, us_evaluator_counts(w->evaluator).loads == 1);
    CHECK(t, !us_file_exists(path));
    story_end(w);
}

/* However much is there to be taken: a line that asks a history which is slow is told
 * of before the next such line is taken. */
static void told_meanwhile(struct us_tap *t)
{
    static const char text[] = "account: {unit: workspace}\nqualify:\n"
                               "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 1']}\n";
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 32);
    struct world *w = us_new(&a, struct world, 1);
    w->batch_bytes = 1 << 20;
    world_open(t, w, a, 7, BY_GROUP, text);
    for (int i = 0; i < 3; i++)
        say_line(w, us_arena_fmt(&w->a,
                        "{\"type\":\"track\",\"event\":\"E0\",\"userId\":\"u%d\"}", i));
    steps(t, w);
    for (int i = 0; i < 3; i++) {
        say_line(w,
            us_arena_fmt(&w->a,
                "{\"type\":\"group\",\"userId\":\"u%d\",\"groupId\":\"g%d\"}", i, i));
        OK(t, fixture_journal(&w->x, w->journal, e));
    }
    w->slow_us = 60000;
    for (size_t i = 0; i < 3; i++) {
        CHECK(t, w->got.count == i);
        OK(t, us_evaluator_step(w->evaluator, e));
    }
    CHECK(t, w->got.count == 3);
    CHECK(t, us_evaluator_step(w->evaluator, NULL) == US_NOT_FOUND);
    story_end(w);
}

/* An anonymous id that turns out to be somebody: lines that named their account become
 * theirs there, and lines that named none come to the account they are of, for which
 * nobody is given all rows anew. */
static void turns_out(struct us_tap *t)
{
    static const char text[] = "account: {unit: workspace}\nqualify:\n"
                               "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 1']}\n"
                               "  p: {kind: pql, within: a, must: [days(14d) >= 1]}\n";
    struct world *w = story(t, false, text);
    steps(t, w);
    say_line(w, US_S("{\"type\":\"track\",\"event\":\"E0\",\"anonymousId\":\"a1\","
                     "\"context\":{\"groupId\":\"one\"}}"));
    say_line(w, US_S("{\"type\":\"track\",\"event\":\"E0\",\"anonymousId\":\"a2\"}"));
    say_line(w, US_S("{\"type\":\"group\",\"userId\":\"u2\",\"groupId\":\"two\"}"));
    steps(t, w);
    size_t from = w->got.count;
    say_line(
        w, US_S("{\"type\":\"identify\",\"userId\":\"u1\",\"anonymousId\":\"a1\"}"));
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("one/u1 p entered 1 live\n")));
    from = w->got.count;
    struct us_evaluator_counts was = us_evaluator_counts(w->evaluator);
    say_line(
        w, US_S("{\"type\":\"identify\",\"userId\":\"u2\",\"anonymousId\":\"a2\"}"));
    steps(t, w);
    struct us_evaluator_counts is = us_evaluator_counts(w->evaluator);
    CHECK(t, fixture_same(told_text(w, from), US_S("two/ a entered 1 live\n"
                                                   "two/u2 p entered 1 live\n")));
    CHECK(t, is.again == was.again && is.came == was.came + 1);
    story_end(w);
}

/* By the old text, of which `after` makes something else. */
static struct world *before_after(struct us_tap *t)
{
    struct world *w = story(t, BY_GROUP, before);
    steps(t, w);
    for (int i = 0; i < 2; i++)
        say_e0(w, "two", "u1");
    for (int i = 0; i < 2; i++)
        say_e0(w, "many", "u2");
    return w;
}

/* Two days later, by the new text. */
static void goes_on(struct us_tap *t, struct world *w)
{
    size_t from = w->got.count;
    w->known = (us_day(w->known) + 2) * US_DAY_US;
    say_e0(w, "two", "u1");
    say_e0(w, "many", "u3");
    say_e0(w, "one", "u4");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("two/ a entered 2 live\n"
                                                   "two/ n entered 1 live\n"
                                                   "many/u3 p entered 2 live\n"
                                                   "one/ b entered 1 live\n"
                                                   "one/u4 p entered 1 live\n"
                                                   "one/ l entered 1 live\n")));
}

/* The others go on while other texts of them are loaded beside: what is the same is
 * told by the old one alone, up to the end, and by the new one from there on. */
static void redefined_beside(struct us_tap *t)
{
    static const us_evaluator_how how[] = {US_DEFINITION_CHANGED, US_DEFINITION_SAME,
        US_DEFINITION_CHANGED, US_DEFINITION_CHANGED, US_DEFINITION_NEW};
    struct world *w = before_after(t);
    struct us_rules *old = w->rules;
    say_e0(w, "one", "u4");
    steps(t, w);
    w->evaluated = us_evaluator_counts(w->evaluator).position;
    size_t from = w->got.count;
    rules_read(w, after);
    w->how = how;
    beside_open(w);
    CHECK(t, us_evaluator_step(w->beside, NULL) == US_OK); /* it loads */
    struct us_rules *fresh = w->rules;
    w->rules = old;
    say_e0(w, "many", "u3");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("many/u3 p entered 1 live\n")));
    CHECK_AS(t, us_evaluator_step(w->beside, NULL) == US_NOT_FOUND,
        "it never passes the other one");
    say_e0(w, "late", "u7");
    say_e0(w, "late", "u7");
    say_e0(w, "late", "u7");
    steps(t, w);
    w->evaluated = us_evaluator_counts(w->evaluator).position;
    us_str last = told_text(w, from);
    CHECK(t, fixture_same(last, US_S("many/u3 p entered 1 live\n"
                                     "late/ a entered 1 live\n"
                                     "late/ b entered 1 live\n"
                                     "late/u7 p entered 1 live\n")));
    from = w->got.count;
    w->rules = fresh;
    CHECK(t, beside_meet(w) == US_OK);
    OK(t, beside_join(w));
    us_str joined = told_text(w, from);
    CHECK(t, fixture_same(joined, US_S("many/ n entered 1 past\n"
                                       "late/ l entered 1 live\n"
                                       "late/ n entered 1 past\n"
                                       "many/u3 p redefined 1 live\n"
                                       "many/ l entered 1 live\n"
                                       "two/ a redefined 1 live\n"
                                       "two/ l entered 1 live\n")));
    from = w->got.count;
    steps(t, w);
    CHECK(t, w->got.count == from);
    goes_on(t, w);
    story_end(w);
}

/* One that has to load once more before it joins finds all of the past of what is new
 * again, and tells it once. */
static void loaded_twice(struct us_tap *t)
{
    static const us_evaluator_how how[] = {US_DEFINITION_SAME, US_DEFINITION_SAME,
        US_DEFINITION_SAME, US_DEFINITION_SAME, US_DEFINITION_NEW};
    struct world *w = story(t, BY_GROUP, after);
    w->absent = US_S("n");
    steps(t, w);
    for (int i = 0; i < 3; i++)
        say_e0(w, "many", "u2");
    steps(t, w);
    w->evaluated = us_evaluator_counts(w->evaluator).position;
    w->how = how;
    beside_open(w);
    CHECK(t, us_evaluator_step(w->beside, NULL) == US_OK);
    w->known -= 10 * US_DAY_US; /* it was imported */
    say_e0(w, "old", "u5");
    steps(t, w);
    w->evaluated = us_evaluator_counts(w->evaluator).position;
    size_t from = w->got.count;
    w->absent = (us_str){"", 0};
    CHECK(t, beside_meet(w) == US_OK);
    OK(t, beside_join(w));
    CHECK(t, us_evaluator_counts(w->evaluator).loads == 2);
    CHECK(t, fixture_same(told_text(w, from), US_S("many/ n entered 1 past\n")));
    story_end(w);
}

/* They do not meet while the old one is to load again: of the group before which it
 * stands it told some moments already. */
static void meets_while_stale(struct us_tap *t)
{
    struct world *w = two_in(t);
    stepped(w);
    beside_open(w);
    CHECK(t, us_evaluator_step(w->beside, NULL) == US_OK);
    size_t from = w->got.count;
    for (int i = 0; i < 2; i++)
        say_e0(w, "late", "u7");
    fixture_line(&w->x, US_LINE_UNDO, w->known++, US_S("{\"link\":999999}"));
    for (int i = 0; i < 2; i++)
        say_e0(w, "more", "u8");
    OK(t, fixture_journal(&w->x, w->journal, e));
    CHECK(t, us_evaluator_step(w->evaluator, NULL) == US_OK);
    stepped(w);
    CHECK(t, !us_evaluator_counts(w->evaluator).loaded && w->got.count > from);
    CHECK(t, beside_meet(w) == US_OK);
    OK(t, beside_join(w));
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("late/ a entered 1 live\n"
                                                   "late/ b entered 1 live\n"
                                                   "late/u7 p entered 1 live\n"
                                                   "more/ a entered 1 live\n"
                                                   "more/ b entered 1 live\n"
                                                   "more/u8 p entered 1 live\n")));
    story_end(w);
}

static void redefined(struct us_tap *t)
{
    static const us_evaluator_how how[] = {US_DEFINITION_CHANGED, US_DEFINITION_SAME,
        US_DEFINITION_CHANGED, US_DEFINITION_CHANGED, US_DEFINITION_NEW};
    static const us_evaluator_how given[] = {US_DEFINITION_GIVEN, US_DEFINITION_SAME,
        US_DEFINITION_GIVEN, US_DEFINITION_GIVEN, US_DEFINITION_SAME};
    struct world *w = before_after(t);
    say_e0(w, "many", "u3");
    say_e0(w, "one", "u4");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, 0), US_S("two/ a entered 1 live\n"
                                                "two/ b entered 1 live\n"
                                                "two/u1 p entered 1 live\n"
                                                "many/ a entered 1 live\n"
                                                "many/ b entered 1 live\n"
                                                "many/u2 p entered 1 live\n"
                                                "many/u3 p entered 1 live\n")));
    evaluator_close(w);
    size_t from = w->got.count;
    /* What came meanwhile is told once, by the new text. */
    for (int i = 0; i < 3; i++)
        say_e0(w, "late", "u7");
    OK(t, fixture_journal(&w->x, w->journal, e));
    rules_read(w, after);
    w->how = how;
    evaluator_open(w);
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("many/ n entered 1 past\n"
                                                   "late/ b entered 1 live\n"
                                                   "late/ a entered 1 live\n"
                                                   "late/u7 p entered 1 live\n"
                                                   "late/ l entered 1 live\n"
                                                   "late/ n entered 1 past\n"
                                                   "many/u3 p redefined 1 live\n"
                                                   "many/ l entered 1 live\n"
                                                   "two/ a redefined 1 live\n"
                                                   "two/ l entered 1 live\n")));
    from = w->got.count;
    /* From here on they are what they are by the new text. */
    w->how = given;
    evaluator_close(w);
    evaluator_open(w);
    steps(t, w);
    CHECK(t, w->got.count == from);
    goes_on(t, w);
    story_end(w);
}
/* An id said of a group what it says again, but it was another person's then: whose it
 * is now is there since now. opened: before that line, all is loaded from history. */
static void says_again(struct us_tap *t, bool opened)
{
    struct world *w = story(t, BY_GROUP, before);
    static const char *const lines[] = {
        "\"type\":\"identify\",\"userId\":\"u5\",\"anonymousId\":\"a1\"",
        "\"type\":\"group\",\"userId\":\"u4\",\"groupId\":\"own\"",
        "\"type\":\"group\",\"userId\":\"u3\",\"anonymousId\":\"a1\",\"groupId\":\"t\"",
        "\"type\":\"group\",\"anonymousId\":\"a1\",\"groupId\":\"two\"",
        "\"type\":\"identify\",\"userId\":\"u4\",\"anonymousId\":\"a1\"",
        "\"type\":\"identify\",\"userId\":\"u4\",\"anonymousId\":\"a2\"",
        "\"type\":\"group\",\"anonymousId\":\"a1\",\"groupId\":\"two\"",
        "\"type\":\"track\",\"anonymousId\":\"a2\",\"event\":\"E0\"",
        "\"type\":\"track\",\"anonymousId\":\"a2\",\"event\":\"E0\""};
    size_t count = sizeof lines / sizeof *lines;
    for (size_t i = 0; i < count; i++) {
        if (opened && i == count - 2) {
            evaluator_close(w);
            evaluator_open(w);
        }
        say_line(w, us_arena_fmt(&w->a, "{%s}", lines[i]));
        steps(t, w);
    }
    CHECK(t, fixture_same(told_text(w, 0), US_S("two/ a entered 1 live\n"
                                                "two/ b entered 1 live\n"
                                                "two/u4 p entered 1 live\n")));
    story_end(w);
}

/* Twelve days of two who hold, cool, expire and come again. opened: it begins anew each
 * day, and what is over says a line of nobody's. */
static us_str twelve_days(struct us_tap *t, struct us_arena *a, bool opened)
{
    static const us_evaluator_how given[] = {US_DEFINITION_GIVEN, US_DEFINITION_GIVEN};
    struct world *w = story(t, BY_GROUP,
        "account: {unit: workspace}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 3d) >= 2'], hold: 2d, cooldown: 1d}\n"
        "  b: {kind: pqa, must: ['count(\"E0\", 4d) >= 2'], hold: 1d, expires: 1d}\n");
    w->always = given;
    evaluator_close(w);
    evaluator_open(w);
    steps(t, w);
    int64_t day = us_day(w->known) + 1;
    for (int i = 0; i < 12; i++, day++) {
        w->known = day * US_DAY_US + 10 * US_HOUR_US;
        if (i == 0 || i == 6) say_e0(w, "one", "u1");
        if (i == 0 || i == 6) say_e0(w, "one", "u2");
        say_e0(w, "other", "u3");
        steps(t, w);
        if (!opened) continue;
        w->known = (day + 1) * US_DAY_US + US_HOUR_US;
        say_line(
            w, US_S("{\"type\":\"track\",\"event\":\"E9\",\"anonymousId\":\"z\"}"));
        steps(t, w);
        evaluator_close(w);
        evaluator_open(w);
        steps(t, w);
    }
    OK(t, us_evaluator_until(w->evaluator, day * US_DAY_US, e));
    struct us_buf out = us_buf_new(a, 1 << 16);
    for (size_t i = 0; i < w->got.count; i++) {
        const struct told *is = &w->got.items[i];
        us_buf_fmt(&out, "%.*s %.*s %d %d; ", US_ARG(is->account),
            US_ARG(us_change_word(is->change.change)),
            (int)(us_day(is->change.t) - day + 12),
            (int)(is->change.t % US_HOUR_US == US_HOUR_US - 1));
    }
    story_end(w);
    return us_buf_str(&out);
}

/* One that joins looks at no account before its next row or tick. */
static void joins_later(struct us_tap *t)
{
    static const us_evaluator_how given[] = {US_DEFINITION_GIVEN};
    struct world *w = story(t, BY_GROUP,
        "account: {unit: workspace}\nqualify:\n"
        "  a: {kind: pqa, must: ['since(\"E0\") >= 2']}\n");
    w->always = given;
    evaluator_close(w);
    evaluator_open(w);
    steps(t, w);
    say_e0(w, "one", "u1");
    steps(t, w);
    int64_t day = us_day(w->known) + 2;
    w->known = day * US_DAY_US + US_HOUR_US;
    say_line(w, US_S("{\"type\":\"track\",\"event\":\"E9\",\"anonymousId\":\"z\"}"));
    steps(t, w);
    w->evaluated = us_evaluator_counts(w->evaluator).position;
    beside_open(w);
    CHECK(t, beside_meet(w) == US_OK);
    OK(t, beside_join(w));
    CHECK(t, w->got.count == 0);
    OK(t, us_evaluator_until(w->evaluator, (day + 1) * US_DAY_US, e));
    CHECK(t, fixture_same(told_text(w, 0), US_S("one/ a entered 1 live\n")));
    CHECK(
        t, w->got.count == 1 && w->got.items[0].change.t == (day + 1) * US_DAY_US - 1);
    story_end(w);
}

static const us_evaluator_how one_given[] = {US_DEFINITION_GIVEN};
static const us_evaluator_how one_left[] = {US_DEFINITION_LEFT};

/* From here on by where it stands: of what was before nothing but transitions is kept.
 */
static void from_now_given(struct us_tap *t, struct world *w)
{
    evaluator_close(w);
    w->how = one_left;
    evaluator_open(w);
    w->how = NULL;
    w->always = one_given;
    steps(t, w);
}

/* ---- what a link taken back had brought about (semantics 15) ---- */

static us_str corrected_text(struct world *w)
{
    struct us_buf out = us_buf_new(&w->a, 1 << 12);
    size_t definitions = w->rules->definition_count;
    for (size_t i = 0; i < w->corrected.count * definitions; i++) {
        const struct told *is = &w->corrected.items[i % w->corrected.count];
        if (is->definition != i / w->corrected.count) continue;
        us_buf_fmt(&out, "%.*s/%.*s %.*s %.*s %u at %lld\n", US_ARG(is->account),
            US_ARG(is->user), US_ARG(w->rules->definitions[is->definition].name),
            US_ARG(us_change_word(is->change.change)), is->change.ordinal,
            (long long)(is->change.since - w->links[0]));
    }
    return us_buf_str(&out);
}

static void said(struct us_tap *t, struct world *w, const char *text)
{
    say_line(w, us_str_c(text));
    steps(t, w);
    w->known += US_HOUR_US;
}

/* It happened before it was known, in an account that it names itself. */
static void late_e2(struct world *w)
{
    struct us_buf out = us_buf_new(&w->a, 1 << 12);
    us_buf_put(&out, US_S("{\"type\":\"track\",\"event\":\"E2\",\"anonymousId\":\"x\","
                          "\"context\":{\"groupId\":\"one\"},\"timestamp\":\""));
    us_time_put(&out, w->known - US_HOUR_US / 2);
    us_buf_put(&out, US_S("\"}"));
    say_line(w, us_buf_str(&out));
    w->known += US_HOUR_US;
}

/* Who was nobody's is somebody's, and then is not. */
static void link_undone(struct us_tap *t, bool given)
{
    static const us_evaluator_how as_given[] = {US_DEFINITION_GIVEN,
        US_DEFINITION_GIVEN, US_DEFINITION_GIVEN, US_DEFINITION_GIVEN,
        US_DEFINITION_GIVEN};
    static const us_evaluator_how first_new[] = {US_DEFINITION_NEW, US_DEFINITION_SAME,
        US_DEFINITION_SAME, US_DEFINITION_SAME, US_DEFINITION_SAME};
    struct world *w = story(t, BY_GROUP,
        "account: {unit: workspace}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 14d) >= 3']}\n"
        "  b: {kind: pqa, must: ['count(\"E1\", 14d) >= 1']}\n"
        "  c: {kind: pqa, must: ['count(\"E2\", 14d) >= 1']}\n"
        "  d: {kind: pql, within: a, must: ['count(\"E0\", 14d) >= 1']}\n"
        "  e: {kind: pqa, must: [account.age >= 1]}\n");
    if (given) {
        w->always = as_given;
        evaluator_close(w);
        evaluator_open(w);
    }
    said(t, w, "{\"type\":\"track\",\"event\":\"E0\",\"anonymousId\":\"x\"}");
    said(t, w, "{\"type\":\"track\",\"event\":\"E0\",\"anonymousId\":\"x\"}");
    w->known += US_DAY_US;
    said(t, w, "{\"type\":\"group\",\"userId\":\"u\",\"groupId\":\"one\"}");
    said(t, w, "{\"type\":\"track\",\"event\":\"E0\",\"userId\":\"u\"}");
    CHECK(t, w->got.count == 0);
    int64_t link = fixture_line(&w->x, US_LINE_MESSAGE, w->known,
        US_S("{\"type\":\"identify\",\"userId\":\"u\",\"anonymousId\":\"x\"}"));
    w->known += US_HOUR_US;
    steps(t, w);
    said(t, w, "{\"type\":\"track\",\"event\":\"E1\",\"userId\":\"u\"}");
    late_e2(w);
    steps(t, w);
    CHECK(t,
        fixture_same(told_text(w, 0),
            US_S(
                "one/ a entered 1 live\none/u d entered 1 live\none/ e entered 1 live\n"
                "one/ b entered 1 live\none/ c entered 1 live\n")));
    CHECK(t, w->corrected.count == 0);
    w->links[0] = w->known;
    us_str undo = us_arena_fmt(&w->a, "{\"link\":%lld}", (long long)link);
    fixture_line(&w->x, US_LINE_UNDO, w->known, undo);
    w->known += US_HOUR_US;
    OK(t, fixture_journal(&w->x, w->journal, e));
    w->refuse_next = 1; /* it is told with the batch that is taken */
    CHECK(t, us_evaluator_step(w->evaluator, NULL) == US_BUSY);
    CHECK(t, w->corrected.count == 0);
    steps(t, w);
    us_str wrong =
        US_S("one/ a entered 1 at 0\none/u d entered 1 at 0\none/ e entered 1 at 0\n");
    CHECK(t, fixture_same(corrected_text(w), wrong));
    said(t, w, "{\"type\":\"track\",\"event\":\"E1\",\"userId\":\"u\"}");
    reopened(t, w);
    CHECK(t, w->corrected.count == 3);
    w->corrected.count = 0;
    w->how = first_new;
    reopened(t, w);
    CHECK(t, fixture_same(corrected_text(w), US_S("one/ a entered 1 at 0\n")));
    story_end(w);
}

/* Who was somebody's is another one's meanwhile. */
static void alias_undone(struct us_tap *t)
{
    struct world *w = story(t, BY_GROUP,
        "account: {unit: workspace}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 14d) >= 1']}\n");
    said(t, w, "{\"type\":\"group\",\"userId\":\"v\",\"groupId\":\"two\"}");
    said(t, w, "{\"type\":\"group\",\"userId\":\"u\",\"groupId\":\"one\"}");
    said(t, w, "{\"type\":\"track\",\"event\":\"E0\",\"userId\":\"v\"}");
    int64_t link = fixture_line(&w->x, US_LINE_MESSAGE, w->known,
        US_S("{\"type\":\"alias\",\"userId\":\"u\",\"previousId\":\"v\"}"));
    w->known += US_HOUR_US;
    steps(t, w);
    day_goes(t, w, 2);
    CHECK(t, fixture_same(told_text(w, 0), US_S("two/ a entered 1 live\n"
                                                "one/ a entered 1 live\n"
                                                "two/ a faded 1 live\n")));
    w->links[0] = w->known;
    us_str undo = us_arena_fmt(&w->a, "{\"link\":%lld}", (long long)link);
    fixture_line(&w->x, US_LINE_UNDO, w->known++, undo);
    steps(t, w);
    CHECK(t, fixture_same(corrected_text(w), US_S("one/ a entered 1 at 0\n"
                                                  "two/ a faded 1 at 0\n")));
    story_end(w);
}

/* Whom a link that was undone, and nothing else, made one of an account's people: what
 * is known of them later is not seen there, until they do something in it. */
static void lent_by_a_link(struct us_tap *t, const char *lends)
{
    struct world *w = story(t, BY_GROUP,
        "account: {unit: workspace}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 1']}\n"
        "  b: {kind: pql, within: a, who: user.role == \"admin\", must: "
        "[account.age >= 1]}\n");
    said(t, w,
        "{\"type\":\"track\",\"event\":\"E0\",\"userId\":\"z\",\"context\":"
        "{\"groupId\":\"one\"}}");
    said(t, w,
        "{\"type\":\"track\",\"event\":\"E1\",\"anonymousId\":\"x\",\"context\":{"
        "\"groupId\":\"one\"}}");
    w->known += 2 * US_DAY_US;
    said(t, w, "{\"type\":\"group\",\"userId\":\"v\",\"groupId\":\"one\"}");
    int64_t link = fixture_line(&w->x, US_LINE_MESSAGE, w->known, us_str_c(lends));
    w->known += US_HOUR_US;
    steps(t, w);
    said(t, w,
        "{\"type\":\"identify\",\"userId\":\"u\",\"traits\":{\"role\":"
        "\"viewer\"}}");
    us_str undo = us_arena_fmt(&w->a, "{\"link\":%lld}", (long long)link);
    fixture_line(&w->x, US_LINE_UNDO, w->known++, undo);
    steps(t, w);
    said(t, w,
        "{\"type\":\"identify\",\"userId\":\"u\",\"traits\":{\"role\":"
        "\"admin\"}}");
    CHECK(t, fixture_same(told_text(w, 1), US_S("")));
    w->keeps = KEEPS; /* and who goes on by what this one leaves knows it as well */
    reopened(t, w);
    CHECK(t, us_evaluator_counts(w->evaluator).taken == 1);
    said(t, w, "{\"type\":\"identify\",\"userId\":\"z\",\"anonymousId\":\"x\"}");
    said(t, w,
        "{\"type\":\"identify\",\"userId\":\"u\",\"traits\":{\"role\":"
        "\"admin\"}}");
    CHECK(t, fixture_same(told_text(w, 1), US_S("")));
    said(t, w,
        "{\"type\":\"track\",\"event\":\"E1\",\"userId\":\"u\",\"context\":"
        "{\"groupId\":\"one\"}}");
    CHECK(t, fixture_same(told_text(w, 1), US_S("one/u b entered 1 live\n")));
    story_end(w);
}

/* It expired, and was ineligible before anybody wrote that down. */
static void was_ineligible(struct us_tap *t)
{
    struct world *w = story(t, BY_GROUP,
        "account: {unit: workspace}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 2d) >= 1'], expires: 1d}\n");
    steps(t, w);
    say_e0(w, "one", "u1");
    steps(t, w);
    day_goes(t, w, 5);
    CHECK(t, fixture_same(told_text(w, 0), US_S("one/ a entered 1 live\n"
                                                "one/ a expired 1 live\n")));
    from_now_given(t, w);
    day_goes(t, w, 0);
    say_e0(w, "one", "u1");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, 2), US_S("one/ a entered 2 live\n")));
    story_end(w);
}

/* A start looks at no account: it was never ineligible at a row of its own or a tick.
 */
static void between_moments(struct us_tap *t)
{
    struct world *w = story(t, BY_GROUP,
        "account: {unit: workspace}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 60h) >= 1'], expires: 1d}\n");
    from_now_given(t, w);
    say_e0(w, "one", "u1");
    steps(t, w);
    int64_t first = w->known;
    day_goes(t, w, 2);
    CHECK(t, fixture_same(told_text(w, 0), US_S("one/ a entered 1 live\n"
                                                "one/ a expired 1 live\n")));
    w->known = first + 60 * US_HOUR_US + US_HOUR_US / 3;
    say_line(w, US_S("{\"type\":\"track\",\"event\":\"E9\",\"anonymousId\":\"z\"}"));
    steps(t, w);
    reopened(t, w);
    w->known += US_HOUR_US / 6;
    say_e0(w, "one", "u1");
    steps(t, w);
    day_goes(t, w, 1);
    CHECK(t, w->got.count == 2);
    day_goes(t, w, 5);
    say_e0(w, "one", "u1");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, 2), US_S("one/ a entered 2 live\n")));
    story_end(w);
}

/* It was ineligible once while one went on by what the run before kept: that is written
 * down as ever, and the next start, which reads history, knows it. */
static void given_kept(struct us_tap *t)
{
    struct world *w = story(t, BY_GROUP,
        "account: {unit: workspace}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 2d) >= 1'], expires: 1d, cooldown: "
        "5d}\n");
    from_now_given(t, w);
    say_e0(w, "one", "u1");
    steps(t, w);
    w->keeps = KEEPS;
    reopened(t, w);
    CHECK(t, us_evaluator_counts(w->evaluator).taken == 1);
    w->keeps = KEEPS_NOT;
    day_goes(t, w, 1);
    say_e0(w, "one", "u1");
    steps(t, w);
    day_goes(t, w, 5); /* it expired, and was ineligible then */
    say_e0(w, "one", "u1");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, 0), US_S("one/ a entered 1 live\n"
                                                "one/ a expired 1 live\n")));
    reopened(t, w);
    day_goes(t, w, 1);
    CHECK(t, fixture_same(told_text(w, 2), US_S("one/ a entered 2 live\n")));
    story_end(w);
}

/* By a replay of the present text it would be cooling for a month; it never was in. */
static void never_was_in(struct us_tap *t)
{
    struct world *w = story(t, BY_GROUP,
        "account: {unit: workspace}\nqualify:\n"
        "  a: {kind: pqa, must: ['since(\"E0\") >= 2'], stay: 'since(\"E0\") < 4', "
        "cooldown: 30d}\n");
    w->absent = US_S("a");
    steps(t, w);
    say_e0(w, "one", "u1");
    steps(t, w);
    day_goes(t, w, 5);
    from_now_given(t, w);
    w->evaluated = us_evaluator_counts(w->evaluator).position;
    beside_open(w);
    CHECK(t, us_evaluator_step(w->beside, NULL) == US_OK);
    say_e0(w, "one", "u1");
    steps(t, w);
    w->evaluated = us_evaluator_counts(w->evaluator).position;
    w->absent = (us_str){"", 0};
    CHECK(t, beside_meet(w) == US_OK);
    OK(t, beside_join(w));
    CHECK(t, w->got.count == 0);
    day_goes(t, w, 3);
    CHECK(t, fixture_same(told_text(w, 0), US_S("one/ a entered 1 live\n")));
    story_end(w);
}

/* What the first lines say is of nobody, and nothing was known before. */
static void begins_with_dead(struct us_tap *t)
{
    struct world *w = story(t, BY_GROUP, before);
    steps(t, w);
    fixture_line(&w->x, US_LINE_DEAD, w->known++, US_S("{\"reason\":\"x\"}"));
    steps(t, w);
    for (int i = 0; i < 2; i++)
        say_e0(w, "two", "u1");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, 0), US_S("two/ a entered 1 live\n"
                                                "two/ b entered 1 live\n"
                                                "two/u1 p entered 1 live\n")));
    CHECK(t, us_evaluator_counts(w->evaluator).loads == 1);
    story_end(w);
}

/* What had another text once goes on to the moment, however often the server begins. */
static void stands_on(struct us_tap *t)
{
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    us_str days = twelve_days(t, &a, false);
    CHECK(t,
        fixture_same(days, US_S("one entered 1 1; one entered 2 1; one expired 2 1; "
                                "other entered 2 1; one faded 3 1; other entered 3 1; "
                                "other expired 3 1; one entered 7 1; one entered 8 1; "
                                "one expired 8 1; one faded 9 1; ")));
    CHECK_AS(t, fixture_same(twelve_days(t, &a, true), days), "opened anew each day");
    us_arena_done(&a);
}

/* Accounts of one chunk follow on one another in memory. */
struct gathered {
    const struct us_gathered *last;
    size_t accounts, chunks;
};

static us_code gathered_take(
    void *ctx, struct us_gathered *g, struct us_arena *a, struct us_error *e)
{
    (void)a;
    (void)e;
    struct gathered *x = ctx;
    if (!x->last || g != x->last + 1) x->chunks++;
    x->last = g;
    x->accounts++;
    return US_OK;
}

/* What a thread gathers at once ends by its rows, however few accounts they are of. */
static void gathered_by_rows(struct us_tap *t)
{
    enum { ROWS = 20000, ACCOUNTS = 4 };
    struct world *w = story(t, BY_GROUP, before);
    struct gathered x = {0};
    struct us_replay_store *store;
    struct us_replay_view *view;
    for (int i = 0; i < ROWS; i++)
        say_e0(w, "a", "u1");
    for (int i = 1; i < ACCOUNTS; i++)
        say_e0(w, us_arena_fmt(&w->a, "b%d", i).ptr, "u1");
    OK(t, fixture_journal(&w->x, w->journal, e));
    OK(t, us_history_catch_up(w->history, w->journal_dir, NULL, NULL, e));
    OK(t, us_replay_open(w->x.dir, w->history, NULL, NULL, &store, e));
    OK(t, us_replay_view(store, &w->rules->plan->need, NULL, NULL, &view, e));
    const int64_t none[] = {US_NEVER, US_NEVER, US_NEVER, US_NEVER};
    struct us_gathering g = {.rules = w->rules,
        .view = view,
        .until = w->known,
        .after = none,
        .chunk = 32,
        .take = gathered_take,
        .ctx = &x};
    OK(t, us_evaluator_gather(&g, e));
    CHECK(t, x.accounts == ACCOUNTS);
    CHECK_AS(t, x.chunks == 2, "the large one, and all the small ones");
    us_replay_view_close(view);
    us_replay_close(store);
    story_end(w);
}

int main(void)
{
    struct us_tap t = {0};
    redefined(&t);
    redefined_beside(&t);
    loaded_twice(&t);
    meets_while_stale(&t);
    coming(&t);
    turns_out(&t);
    told_meanwhile(&t);
    said_again(&t);
    at_hand(&t);
    addressed(&t);
    voting(&t, KEEPS_NOT);
    voting(&t, KEEPS);
    kept_on(&t);
    overtaken(&t, false);
    overtaken(&t, true);
    imported(&t);
    imported_refused(&t);
    turns_out_large(&t, GOES_ON);
    turns_out_large(&t, STARTS);
    turns_out_large(&t, LOADS);
    many_turn_out_large(&t);
    for (enum then then = GOES_ON; then <= JOINS; then++)
        turns_out_small(&t, then);
    for (enum then then = GOES_ON; then <= JOINS; then++)
        imported_against(&t, then);
    turned_out_small(&t);
    small_days_alike(&t);
    turns_out_beside(&t);
    stands_on(&t);
    joins_later(&t);
    link_undone(&t, false);
    link_undone(&t, true);
    alias_undone(&t);
    lent_by_a_link(&t, "{\"type\":\"alias\",\"userId\":\"u\",\"previousId\":\"v\"}");
    lent_by_a_link(
        &t, "{\"type\":\"identify\",\"userId\":\"u\",\"anonymousId\":\"x\"}");
    lent_by_a_link(&t, "{\"type\":\"group\",\"userId\":\"u\",\"groupId\":\"one\"}");
    was_ineligible(&t);
    between_moments(&t);
    given_kept(&t);
    never_was_in(&t);
    begins_with_dead(&t);
    gathered_by_rows(&t);
    says_again(&t, false);
    says_again(&t, true);
    return us_tap_done(&t);
}
