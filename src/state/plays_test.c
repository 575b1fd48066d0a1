/* What a transition means for plays: handoffs, backlogs, and what leads to neither. */
#include "state/state_fixture.h"

static void test_route(struct us_tap *t)
{
    static const struct {
        const char *change;
        int64_t at;
        bool live, open;
        us_routing want;
        const char *silent;
        bool found;
    } cases[] = {
        {"entered", 100, true, false, US_ROUTING_QUEUED},
        {"entered", 101, true, false, US_ROUTING_QUEUED},
        {"entered", 99, true, false, US_ROUTING_BEFORE},
        {"entered", 99, false, false, US_ROUTING_BEFORE},
        {"entered", 100, false, false, US_ROUTING_IMPORTED},
        {"entered", 100, false, false, US_ROUTING_BEFORE, .found = true},
        {"entered", 100, false, true, US_ROUTING_BEFORE, .found = true},
        {"faded", 100, false, false, US_ROUTING_NO_ENTRY, .found = true},
        {"entered", 100, true, true, US_ROUTING_OPEN},
        {"entered", 100, false, true, US_ROUTING_IMPORTED},
        {"entered", 100, true, false, US_ROUTING_SILENT, "web"},
        {"entered", 100, true, true, US_ROUTING_OPEN, "web"},
        {"entered", 99, true, false, US_ROUTING_BEFORE, "web"},
        {"faded", 100, true, false, US_ROUTING_NO_ENTRY, "web"},
        {"converted", 100, true, false, US_ROUTING_NO_ENTRY},
        {"redefined", 99, false, true, US_ROUTING_NO_ENTRY},
    };
    struct us_state_play play = {US_S("help"), US_S("team"), 100, 100};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct us_state_transition change =
            fixture_change(US_S("a"), cases[i].change, 1, cases[i].at);
        change.live = cases[i].live;
        change.found = cases[i].found;
        if (cases[i].silent) change.silent = us_str_c(cases[i].silent);
        us_routing got = us_state_route(&play, &change, cases[i].open);
        if (!CHECK_AS(t, got == cases[i].want, "what a transition means for a play"))
            printf("# case %zu: %.*s\n", i, US_ARG(us_routing_word(got)));
    }
    for (int r = 0; r < US_ROUTINGS; r++)
        CHECK(t, us_routing_word((us_routing)r).len > 0);
    CHECK(t, us_state_live_from(50, US_ALWAYS) == 50 &&
                 us_state_live_from(50, 40) == 50 && us_state_live_from(50, 60) == 60);
}

static size_t backlog_of(
    struct fixture *f, us_backlog_status status, struct us_state_backlog **out)
{
    struct us_state_backlog_rows l;
    us_assert(us_state_backlog_list(
                  f->state, US_S("help"), status, &f->arena, &l, &f->e) == US_OK);
    *out = l.items;
    return l.count;
}

static struct us_state_routed_list routed_of(struct fixture *f, int64_t transition)
{
    struct us_state_routed_list l;
    us_assert(us_state_routed(f->state, transition, &f->arena, &l, &f->e) == US_OK);
    return l;
}

static struct us_state_handoff_list handoffs_of(struct fixture *f)
{
    struct us_state_handoff_list l;
    us_assert(us_state_handoffs(f->state, US_S(""), &f->arena, &l, &f->e) == US_OK);
    return l;
}

static struct us_state_transition one(
    struct fixture *f, struct us_state_transition t, us_str play)
{
    static const int64_t SEGMENT = 1;
    struct us_state_position p;
    us_assert(us_state_position(f->state, &f->arena, &p, NULL) == US_OK);
    uint64_t next = p.at.segment == SEGMENT ? p.at.offset + 1 : 1;
    us_code code = fixture_commit(f, &t, play, next);
    us_assert(code == US_OK);
    return t;
}

/* Semantics 22: what was there before a play is its backlog and goes nowhere by
 * itself. */
static void test_backlog(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    us_str none = US_S("");
    us_str help = US_S("help");
    one(&f, fixture_change(US_S("stays"), "entered", 1, 10), none);
    one(&f, fixture_change(US_S("left"), "entered", 1, 11), none);
    one(&f, fixture_change(US_S("left"), "left", 1, 12), none);
    one(&f, fixture_change(US_S("twice"), "entered", 1, 13), none);
    one(&f, fixture_change(US_S("twice"), "left", 1, 14), none);
    one(&f, fixture_change(US_S("twice"), "entered", 2, 15), none);
    struct us_state_transition other = fixture_change(US_S("x"), "entered", 1, 16);
    other.definition = US_S("other");
    one(&f, other, none);

    struct us_state_play play = {help, US_S("team"), 100, 100};
    bool fresh = false;
    CHECK(t, us_state_play_put(f.state, &play, &fresh, &f.e) == US_OK && fresh);
    struct us_state_backlog *b;
    CHECK(t, backlog_of(&f, US_BACKLOG_WAITING, &b) == 2);
    CHECK(t, us_str_eq(b[0].account, US_S("stays")) && b[0].since == 10);
    CHECK(t, us_str_eq(b[1].account, US_S("twice")) && b[1].ordinal == 2);
    /* Another server: the play is the one that it was. */
    struct us_state_play later = {help, US_S("team"), 200, US_ALWAYS};
    CHECK(t, us_state_play_put(f.state, &later, &fresh, &f.e) == US_OK && !fresh);
    struct us_state_play_list plays;
    CHECK(t, us_state_plays(f.state, &f.arena, &plays, &f.e) == US_OK);
    CHECK(t, plays.count == 1 && plays.items[0].live_from == 100 &&
                 plays.items[0].first_seen == 100);
    CHECK(t, backlog_of(&f, US_BACKLOGS, &b) == 2);

    /* The evaluator was behind: it joins, though it is committed later. */
    struct us_state_transition late =
        one(&f, fixture_change(US_S("late"), "entered", 1, 99), help);
    struct us_state_routed_list routed = routed_of(&f, late.id);
    CHECK(t, routed.count == 1 && routed.items[0].routing == US_ROUTING_BEFORE);
    CHECK(t, backlog_of(&f, US_BACKLOG_WAITING, &b) == 3);
    /* It had left by then. */
    one(&f, fixture_change(US_S("brief"), "entered", 1, 60), help);
    one(&f, fixture_change(US_S("brief"), "converted", 1, 99), help);
    CHECK(t, backlog_of(&f, US_BACKLOGS, &b) == 3);
    /* It leaves before anybody released it. */
    one(&f, fixture_change(US_S("stays"), "expired", 1, 130), help);
    CHECK(t, backlog_of(&f, US_BACKLOG_GONE, &b) == 1 && b[0].ended == 130);
    int64_t handoff = 0;
    CHECK(t, us_state_backlog_release(f.state, b[0].id, 140, &handoff, &f.e) ==
                 US_NOT_FOUND);
    CHECK(t, fixture_failed(&f, "state.no_backlog") && handoff == 0);
    /* Released by hand: it becomes a handoff, once. */
    us_assert(backlog_of(&f, US_BACKLOG_WAITING, &b) == 2);
    int64_t id = b[1].id;
    CHECK(t, us_state_backlog_release(f.state, id, 150, &handoff, &f.e) == US_OK);
    CHECK(
        t, us_state_backlog_release(f.state, id, 150, &handoff, &f.e) == US_NOT_FOUND);
    CHECK(t, backlog_of(&f, US_BACKLOG_RELEASED, &b) == 1 && b[0].handoff == handoff);
    int64_t released = 0;
    CHECK(t, us_state_backlog_released(f.state, help, 150, &released, &f.e) == US_OK &&
                 released == 1);
    CHECK(t, us_state_backlog_released(f.state, help, 151, &released, &f.e) == US_OK &&
                 released == 0);
    struct us_state_handoff_list l = handoffs_of(&f);
    const struct us_state_handoff *h = l.items;
    CHECK(t, l.count == 1 && h[0].id == handoff && h[0].transition == 0 &&
                 us_str_eq(h[0].account, US_S("late")) && h[0].queued == 150 &&
                 h[0].closed == US_NEVER && us_str_eq(h[0].status, US_S("queued")));
    fixture_done(&f);
}

static int64_t live_from_of(struct fixture *f)
{
    struct us_state_play_list l;
    us_assert(us_state_plays(f->state, &f->arena, &l, &f->e) == US_OK && l.count == 1);
    return l.items[0].live_from;
}

/* As a server does that meets the play at `now`; the moment from which it is live. */
static int64_t met(struct fixture *f, const char *on, int64_t now, int64_t asked)
{
    struct us_state_play play = {US_S("help"), us_str_c(on), now, asked};
    bool fresh;
    us_assert(us_state_play_put(f->state, &play, &fresh, &f->e) == US_OK);
    return live_from_of(f);
}

/* Whose backlog row, of those in a state, is in which place. */
static bool is_backlog(
    struct fixture *f, us_backlog_status status, const char *accounts)
{
    struct us_state_backlog *b;
    size_t count = backlog_of(f, status, &b);
    struct us_buf out = us_buf_new(&f->arena, 1 << 12);
    for (size_t i = 0; i < count; i++)
        us_buf_fmt(&out, "%s%.*s", i ? " " : "", US_ARG(b[i].account));
    bool same = us_str_eq(us_buf_str(&out), us_str_c(accounts));
    if (!same) printf("# backlog: %.*s\n", US_ARG(us_buf_str(&out)));
    return same;
}

/* usher.yml asks for another day than it did when the play was met. */
static void test_live_from(struct us_tap *t)
{
    struct fixture f;
    us_str help = US_S("help");
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    CHECK(t, met(&f, "team", 100, US_ALWAYS) == 100);
    one(&f, fixture_change(US_S("first"), "entered", 1, 110), help);
    struct us_state_transition held = fixture_change(US_S("held"), "entered", 1, 111);
    held.silent = US_S("web");
    one(&f, held, help);
    CHECK(t, handoffs_of(&f).count == 1 && is_backlog(&f, US_BACKLOGS, "held"));
    /* It is put off: nobody goes to people before that day, also of those that wait
     * for a source. */
    CHECK(t, met(&f, "team", 120, 500) == 500);
    struct us_state_backlog_rows l;
    CHECK(t,
        us_state_backlog_silent(f.state, &f.arena, &l, &f.e) == US_OK && l.count == 0);
    one(&f, fixture_change(US_S("soon"), "entered", 1, 130), help);
    CHECK(t, handoffs_of(&f).count == 1);
    CHECK(t, is_backlog(&f, US_BACKLOG_WAITING, "held soon"));
    /* It is brought forward, and then asked for no more: never before it was met. */
    CHECK(t, met(&f, "team", 140, 138) == 138);
    one(&f, fixture_change(US_S("now"), "entered", 1, 141), help);
    CHECK(t, handoffs_of(&f).count == 2);
    CHECK(t, met(&f, "team", 150, 20) == 100);
    CHECK(
        t, met(&f, "team", 150, 500) == 500 && met(&f, "team", 160, US_ALWAYS) == 100);
    CHECK(t, is_backlog(&f, US_BACKLOG_WAITING, "held soon"));
    fixture_done(&f);
}

/* While it was out of usher.yml, or on something else, nothing was made of entries. */
static void test_away(struct us_tap *t)
{
    struct fixture f;
    us_str none = US_S("");
    us_str help = US_S("help");
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    met(&f, "team", 100, US_ALWAYS);
    one(&f, fixture_change(US_S("first"), "entered", 1, 110), help);
    one(&f, fixture_change(US_S("away"), "entered", 1, 120), none);
    one(&f, fixture_change(US_S("brief"), "entered", 1, 121), none);
    one(&f, fixture_change(US_S("brief"), "left", 1, 122), none);
    struct us_state_transition other = fixture_change(US_S("x"), "entered", 1, 123);
    other.definition = US_S("other");
    one(&f, other, help);
    CHECK(t, is_backlog(&f, US_BACKLOGS, ""));
    for (int i = 0; i < 2; i++) { /* it is back; the second time from no absence */
        CHECK(t, met(&f, "team", 130 + i, US_ALWAYS) == 100);
        CHECK(t, is_backlog(&f, US_BACKLOGS, "away"));
    }
    one(&f, fixture_change(US_S("back"), "entered", 1, 140), help);
    CHECK(t, handoffs_of(&f).count == 2);
    /* On something else, and on what it was on again. */
    met(&f, "other", 150, US_ALWAYS);
    CHECK(t, is_backlog(&f, US_BACKLOG_WAITING, "away x"));
    one(&f, fixture_change(US_S("meanwhile"), "entered", 1, 160), help);
    met(&f, "team", 170, US_ALWAYS);
    CHECK(t, is_backlog(&f, US_BACKLOG_WAITING, "away x meanwhile"));
    /* Who was released or left is not there once more. */
    struct us_state_backlog *b;
    int64_t handoff;
    us_assert(backlog_of(&f, US_BACKLOG_WAITING, &b) == 3);
    us_assert(us_state_backlog_release(f.state, b[0].id, 171, &handoff, &f.e) == US_OK);
    one(&f, fixture_change(US_S("meanwhile"), "left", 1, 172), help);
    met(&f, "team", 180, US_ALWAYS);
    CHECK(t, is_backlog(&f, US_BACKLOG_WAITING, "x") &&
                 is_backlog(&f, US_BACKLOG_GONE, "meanwhile"));
    fixture_done(&f);
}

/* A definition never ran: what its load finds is its backlog, however long the play has
 * been live, but for who left again. */
static void test_found(struct us_tap *t)
{
    static const struct {
        const char *account, *change;
        int64_t t;
    } rows[] = {{"stays", "entered", 110}, {"left", "entered", 111},
        {"left", "faded", 112}, {"old", "entered", 90}};
    struct fixture f;
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    met(&f, "team", 100, US_ALWAYS);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct us_state_transition change =
            fixture_change(us_str_c(rows[i].account), rows[i].change, 1, rows[i].t);
        change.live = false;
        change.found = true;
        one(&f, change, US_S("help"));
    }
    CHECK(t, is_backlog(&f, US_BACKLOGS, "stays old") && handoffs_of(&f).count == 0);
    /* It ends after the load: it is told that it went. */
    one(&f, fixture_change(US_S("stays"), "left", 1, 130), US_S("help"));
    CHECK(t, is_backlog(&f, US_BACKLOG_GONE, "stays"));
    fixture_done(&f);
}

/* Semantics 24: by time alone while a source was silent; it waits, but not for the
 * weekly number, and whoever leaves meanwhile is gone. */
static void test_silent(struct us_tap *t)
{
    struct fixture f;
    struct us_state_backlog_rows l;
    struct us_state_play play = {US_S("help"), US_S("team"), 100, 100};
    bool fresh;
    int64_t handoff = 0;
    int64_t released = 1;
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    us_assert(us_state_play_put(f.state, &play, &fresh, &f.e) == US_OK);
    static const struct {
        const char *account, *silent;
        int64_t t;
    } rows[] = {{"waits", "web", 110}, {"leaves", "app", 110}, {"old", "web", 99},
        {"goes", "", 111}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct us_state_transition change =
            fixture_change(us_str_c(rows[i].account), "entered", 1, rows[i].t);
        change.silent = us_str_c(rows[i].silent);
        one(&f, change, play.name);
    }
    struct us_state_transitions_asked asked = {.account = US_S("waits")};
    struct us_state_transition_list told;
    CHECK(t, us_state_transitions(f.state, &asked, &f.arena, &told, &f.e) == US_OK &&
                 told.count == 1 && us_str_eq(told.items[0].silent, US_S("web")));
    struct us_state_routed_list routed = routed_of(&f, told.items[0].id);
    CHECK(t, routed.count == 1 && routed.items[0].routing == US_ROUTING_SILENT);
    CHECK(t, handoffs_of(&f).count == 1);
    CHECK(t, us_state_backlog_silent(f.state, &f.arena, &l, &f.e) == US_OK);
    CHECK(t, l.count == 2 && us_str_eq(l.items[0].account, US_S("waits")) &&
                 us_str_eq(l.items[0].silent, US_S("web")) &&
                 us_str_eq(l.items[1].silent, US_S("app")));
    one(&f, fixture_change(US_S("leaves"), "left", 1, 112), play.name);
    CHECK(t, us_state_backlog_silent(f.state, &f.arena, &l, &f.e) == US_OK);
    CHECK(t, l.count == 1 && us_str_eq(l.items[0].account, US_S("waits")));
    int64_t id = l.items[0].id;
    CHECK(t, us_state_backlog_release(f.state, id, 150, &handoff, &f.e) == US_OK);
    CHECK(t, us_state_backlog_silent(f.state, &f.arena, &l, &f.e) == US_OK);
    CHECK(t, l.count == 0 && handoffs_of(&f).count == 2);
    CHECK(
        t, us_state_backlog_released(f.state, play.name, 0, &released, &f.e) == US_OK &&
               released == 0);
    /* Its company has an open handoff when the source is heard again. */
    struct us_state_transition taken = fixture_change(US_S("w2"), "entered", 1, 113);
    taken.silent = US_S("web");
    one(&f, taken, play.name);
    us_assert(us_state_backlog_silent(f.state, &f.arena, &l, &f.e) == US_OK);
    CHECK(t, l.count == 1);
    struct us_state_backlog *b;
    CHECK(t, us_state_backlog_heard(f.state, l.items[0].id, &f.e) == US_OK);
    CHECK(t, us_state_backlog_silent(f.state, &f.arena, &l, &f.e) == US_OK);
    CHECK(t, l.count == 0 && backlog_of(&f, US_BACKLOG_WAITING, &b) == 2 &&
                 b[1].silent.len == 0);
    fixture_done(&f);
}

/* One open handoff a company over all plays (semantics 18). */
static void test_handoffs(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    struct us_state_play plays[] = {
        {US_S("help"), US_S("team"), 100, 100},
        {US_S("more"), US_S("team"), 100, 100},
        {US_S("away"), US_S("team"), 100, 100},
    };
    bool fresh;
    us_str names[] = {US_S("help"), US_S("more")};
    for (size_t i = 0; i < 3; i++)
        us_assert(us_state_play_put(f.state, &plays[i], &fresh, &f.e) == US_OK);
    struct us_state_transition rows[] = {
        fixture_change(US_S("w1"), "entered", 1, 110),
        fixture_change(US_S("w2"), "entered", 1, 111),
        fixture_change(US_S("big.com"), "entered", 1, 112),
        fixture_change(US_S("old"), "entered", 1, 99),
        fixture_change(US_S("moved"), "entered", 1, 113),
    };
    rows[0].company = rows[1].company = rows[3].company = US_S("big.com");
    rows[4].live = false;
    struct us_state_batch b = {.transitions = rows,
        .transition_count = 5,
        .plays = names,
        .play_count = 2,
        .position = {{1, 1}, 113, US_S("c")},
        .now = 120};
    CHECK(t, us_state_commit(f.state, &b, &f.e) == US_OK && b.queued == 2);
    struct us_state_handoff_list l = handoffs_of(&f);
    const struct us_state_handoff *h = l.items;
    CHECK(t, l.count == 2 && us_str_eq(h[0].account, US_S("w1")) &&
                 us_str_eq(h[0].play, US_S("help")) && h[0].transition == rows[0].id &&
                 h[0].queued == 120);
    /* An account is not the company of the same name. */
    CHECK(t, us_str_eq(h[1].account, US_S("big.com")) && h[1].company.len == 0);
    struct us_state_routed_list routed = routed_of(&f, rows[0].id);
    CHECK(t, routed.count == 2 && routed.items[0].routing == US_ROUTING_QUEUED &&
                 routed.items[0].handoff == h[0].id &&
                 routed.items[1].routing == US_ROUTING_OPEN &&
                 routed.items[1].handoff == 0);
    routed = routed_of(&f, rows[1].id);
    CHECK(t, routed.count == 2 && routed.items[0].routing == US_ROUTING_OPEN);
    routed = routed_of(&f, rows[4].id);
    CHECK(t, routed.count == 2 && routed.items[0].routing == US_ROUTING_IMPORTED);
    /* The backlog waits for the company too. */
    struct us_state_backlog *backlog;
    us_assert(backlog_of(&f, US_BACKLOG_WAITING, &backlog) == 1);
    int64_t handoff = 0;
    CHECK(t, us_state_backlog_release(f.state, backlog[0].id, 130, &handoff, &f.e) ==
                 US_REFUSED);
    CHECK(t, fixture_failed(&f, "state.open"));
    CHECK(t, backlog_of(&f, US_BACKLOG_WAITING, &backlog) == 1);
    /* A transition that comes again is routed no second time. */
    b.from = (us_pos){1, 1};
    CHECK(t, us_state_commit(f.state, &b, &f.e) == US_OK);
    CHECK(t, b.queued == 0 && b.repeated == 5);
    fixture_done(&f);
}

int main(void)
{
    struct us_tap t = {0};
    test_route(&t);
    test_backlog(&t);
    test_live_from(&t);
    test_away(&t);
    test_found(&t);
    test_silent(&t);
    test_handoffs(&t);
    return us_tap_done(&t);
}
