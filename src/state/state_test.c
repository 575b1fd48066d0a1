/* What is committed is there, whole, once, and in order. */
#include "state/state_fixture.h"

/* ---- commits ---- */

static struct us_state_transition *all_of(struct fixture *f, size_t *count)
{
    struct us_state_transition_list out;
    struct us_state_transitions_asked asked = {0};
    us_assert(us_state_transitions(f->state, &asked, &f->arena, &out, &f->e) == US_OK);
    *count = out.count;
    return out.items;
}

static void test_commit(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    CHECK(t, fixture_open(&f, false) == US_NOT_FOUND);
    CHECK(t, fixture_failed(&f, "state.missing"));
    CHECK(t, fixture_open(&f, true) == US_OK);
    struct us_state_position p;
    CHECK(t, us_state_position(f.state, &f.arena, &p, NULL) == US_OK);
    CHECK(t, p.at.segment == 0 && p.at.offset == 0 && p.known == US_ALWAYS &&
                 p.config.len == 0);

    struct us_state_transition two[] = {
        fixture_change(US_S("acme"), "entered", 1, 100),
        fixture_change(US_S("acme"), "faded", 1, 200),
    };
    two[0].company = US_S("acme.com");
    two[1].since = 100;
    two[1].live = false;
    struct us_state_version version = {US_S("team"), US_S("0123456789abcdef"),
        US_S("count(any, 14d) >= 3"), US_S("kind: pqa"), 90, false};
    struct us_state_outbox box = {.key = US_S("team/acme//1"),
        .kind = US_S("webhook"),
        .body = US_S("{}"),
        .created = 100};
    struct us_state_batch b = {.transitions = two,
        .transition_count = 2,
        .versions = &version,
        .version_count = 1,
        .outbox = &box,
        .outbox_count = 1,
        .position = {{3, 4096}, 200, US_S("c0ffee")},
        .now = 300};
    CHECK(t, us_state_commit(f.state, &b, &f.e) == US_OK);
    CHECK(t, b.added == 2 && b.repeated == 0 && b.differing == 0 && b.queued == 0);
    CHECK(t, two[0].put == US_PUT_ADDED && two[1].id > two[0].id && two[0].id > 0);
    CHECK(t, box.put == US_PUT_ADDED);
    fixture_close(&f);

    CHECK(t, fixture_open(&f, false) == US_OK);
    size_t count;
    struct us_state_transition *got = all_of(&f, &count);
    CHECK(t, count == 2);
    CHECK(t, us_str_eq(got[0].company, US_S("acme.com")) && got[0].live &&
                 got[0].t == 100 && got[0].ordinal == 1 &&
                 got[0].corrected == US_NEVER);
    CHECK(t, us_str_eq(got[1].change, US_S("faded")) && !got[1].live &&
                 got[1].since == 100 && got[1].id == two[1].id);
    CHECK(t, us_str_eq(got[1].explanation, US_S("{\"gates\":[]}")));
    CHECK(t, us_state_position(f.state, &f.arena, &p, NULL) == US_OK);
    CHECK(t, p.at.segment == 3 && p.at.offset == 4096 && p.known == 200 &&
                 us_str_eq(p.config, US_S("c0ffee")));
    struct us_state_version v;
    CHECK(t, us_state_version(
                 f.state, US_S("team"), version.version, &f.arena, &v, &f.e) == US_OK);
    CHECK(t, us_str_eq(v.canon, version.canon) && us_str_eq(v.text, version.text) &&
                 v.first_run == 90);
    CHECK(t, us_state_version(f.state, US_S("team"), US_S("00"), &f.arena, &v, &f.e) ==
                 US_NOT_FOUND);
    /* A reader writes nothing. */
    CHECK(t, us_state_token_revoke(f.state, US_S("none"), 1, &f.e) == US_IO);
    fixture_done(&f);
}

/* Semantics 23: what was committed and comes again is no second one. */
static void test_repeat(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    struct us_state_transition first = fixture_change(US_S("a"), "entered", 1, 100);
    CHECK(t, fixture_commit(&f, &first, US_S(""), 10) == US_OK);
    struct us_state_transition again = fixture_change(US_S("a"), "entered", 1, 100);
    CHECK(t, fixture_commit(&f, &again, US_S(""), 20) == US_OK);
    CHECK(t, again.put == US_PUT_REPEATED && again.id == first.id);
    struct us_state_transition other = fixture_change(US_S("a"), "entered", 1, 101);
    CHECK(t, fixture_commit(&f, &other, US_S(""), 30) == US_OK);
    CHECK(t, other.put == US_PUT_DIFFERS && other.id == first.id);
    /* One end of each entry, whatever it is called. */
    struct us_state_transition end = fixture_change(US_S("a"), "left", 1, 150);
    CHECK(t, fixture_commit(&f, &end, US_S(""), 40) == US_OK);
    CHECK(t, end.put == US_PUT_ADDED);
    struct us_state_transition end2 = fixture_change(US_S("a"), "expired", 1, 150);
    CHECK(t, fixture_commit(&f, &end2, US_S(""), 50) == US_OK);
    CHECK(t, end2.put == US_PUT_DIFFERS && end2.id == end.id);
    /* A person of the account, and the next entry, are others. */
    struct us_state_transition person = first;
    person.user = US_S("u1");
    CHECK(t, fixture_commit(&f, &person, US_S(""), 60) == US_OK);
    CHECK(t, person.put == US_PUT_ADDED);
    struct us_state_transition next = fixture_change(US_S("a"), "entered", 2, 170);
    CHECK(t, fixture_commit(&f, &next, US_S(""), 70) == US_OK);
    CHECK(t, next.put == US_PUT_ADDED && next.id > person.id);
    size_t count;
    struct us_state_transition *got = all_of(&f, &count);
    CHECK(t, count == 4 && got[0].t == 100 && us_str_eq(got[1].change, US_S("left")));
    fixture_done(&f);
}

/* A definition that goes on by how accounts stand does so for ever. */
static void test_given(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    static const bool commits[] = {false, true, false};
    static const bool kept[] = {false, true, true};
    for (size_t i = 0; i < 3; i++) {
        struct us_state_version version = {.definition = US_S("team"),
            .version = US_S("0123456789abcdef"),
            .canon = US_S("must: users(1d) >= 1"),
            .first_run = 90 + (int64_t)i,
            .given = commits[i]};
        struct us_state_batch b = {.versions = &version,
            .version_count = 1,
            .from = {i ? 1 : 0, i},
            .position = {{1, i + 1}, 100, US_S("c")}};
        struct us_state_version_list l;
        CHECK(t, us_state_commit(f.state, &b, &f.e) == US_OK);
        CHECK(
            t, us_state_versions(f.state, US_S("team"), &f.arena, &l, &f.e) == US_OK &&
                   l.count == 1 && l.items[0].given == kept[i] &&
                   l.items[0].first_run == 90);
    }
    fixture_done(&f);
}

/* A commit that fails leaves nothing: not the transitions before the bad one, nor the
 * position. */
static void test_whole(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    char *large = us_new(&f.arena, char, US_STATE_TEXT_MAX + 1);
    memset(large, ' ', US_STATE_TEXT_MAX + 1);
    struct us_state_transition two[] = {
        fixture_change(US_S("a"), "entered", 1, 100),
        fixture_change(US_S("b"), "entered", 1, 100),
    };
    two[1].explanation = (us_str){large, US_STATE_TEXT_MAX + 1};
    struct us_state_batch b = {.transitions = two,
        .transition_count = 2,
        .position = {{1, 50}, 100, US_S("c")}};
    CHECK(t, us_state_commit(f.state, &b, &f.e) == US_LIMIT);
    CHECK(t, fixture_failed(&f, "state.text"));
    two[1].explanation.len = US_STATE_TEXT_MAX;
    us_str unknown = US_S("none");
    b.plays = &unknown;
    b.play_count = 1;
    CHECK(t, us_state_commit(f.state, &b, &f.e) == US_NOT_FOUND);
    CHECK(t, fixture_failed(&f, "state.no_play"));
    b.play_count = 0;
    b.from = (us_pos){1, 49};
    CHECK(t, us_state_commit(f.state, &b, &f.e) == US_REFUSED);
    CHECK(t, fixture_failed(&f, "state.position"));
    size_t count;
    all_of(&f, &count);
    struct us_state_position p;
    us_assert(us_state_position(f.state, &f.arena, &p, NULL) == US_OK);
    CHECK(t, count == 0 && p.at.segment == 0);
    b.from = (us_pos){0};
    CHECK(t, us_state_commit(f.state, &b, &f.e) == US_OK);
    all_of(&f, &count);
    CHECK(t, count == 2 && b.added == 2);
    fixture_done(&f);
}

/* ---- reading ---- */

static void fill(struct fixture *f)
{
    uint64_t at = 0;
    for (int i = 0; i < 30; i++) {
        us_str account = us_arena_fmt(&f->arena, "a%d", i % 10);
        uint32_t ordinal = (uint32_t)(i / 20) + 1;
        const char *change = i / 10 == 1 ? "converted" : "entered";
        struct us_state_transition t = fixture_change(account, change, ordinal, i);
        if (i % 2) t.definition = US_S("buyer");
        if (i % 3 == 0) t.company = US_S("big.com");
        if (i % 2) t.user = US_S("u");
        us_assert(fixture_commit(f, &t, US_S(""), ++at) == US_OK);
    }
}

static size_t asked(struct fixture *f, struct us_state_transitions_asked ask,
    int64_t *first, int64_t *last)
{
    struct us_state_transition_list l;
    us_assert(us_state_transitions(f->state, &ask, &f->arena, &l, &f->e) == US_OK);
    *first = l.count ? l.items[0].t : -1;
    *last = l.count ? l.items[l.count - 1].t : -1;
    return l.count;
}

/* However many are asked for: what follows is asked for behind the last. */
static void test_large(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    char *large = us_new(&f.arena, char, US_STATE_TEXT_MAX);
    memset(large, ' ', US_STATE_TEXT_MAX);
    for (int i = 0; i < 12; i++) {
        us_str account = us_arena_fmt(&f.arena, "a%d", i);
        struct us_state_transition row = fixture_change(account, "entered", 1, i);
        row.explanation = (us_str){large, US_STATE_TEXT_MAX};
        us_assert(fixture_commit(&f, &row, US_S(""), (uint64_t)i + 1) == US_OK);
    }
    struct us_state_transition_list l;
    struct us_state_transitions_asked ask = {.limit = 1000};
    us_assert(us_state_transitions(f.state, &ask, &f.arena, &l, &f.e) == US_OK);
    CHECK_AS(t, l.count == 8 && l.more, "large rows are a short page");
    ask.after = l.items[l.count - 1].id;
    us_assert(us_state_transitions(f.state, &ask, &f.arena, &l, &f.e) == US_OK);
    CHECK(t, l.count == 4 && !l.more && l.items[0].t == 8);
    fixture_done(&f);
}

static us_code take_standing(
    void *ctx, const struct us_state_transition *row, struct us_error *e)
{
    struct us_buf *b = ctx;
    (void)e;
    us_buf_fmt(
        b, "%.*s:%.*s:%d ", US_ARG(row->account), US_ARG(row->change), (int)row->t);
    return US_OK;
}

static us_code refuse(
    void *ctx, const struct us_state_transition *row, struct us_error *e)
{
    (void)row;
    (void)e;
    ++*(int *)ctx;
    return US_REFUSED;
}

static us_code take_reached(void *ctx, const struct us_state_who *who, uint32_t entries,
    bool over, struct us_error *e)
{
    struct us_buf *b = ctx;
    (void)e;
    us_buf_fmt(b, "%.*s:%.*s:%u%s ", US_ARG(who->account), US_ARG(who->user), entries,
        over ? "-" : "");
    return US_OK;
}

static us_str reached(struct fixture *f)
{
    struct us_buf said = us_buf_new(&f->arena, 1000);
    us_code code = us_state_reached(f->state, US_S("team"), take_reached, &said, &f->e);
    us_assert(code == US_OK);
    return us_buf_str(&said);
}

static void test_read(struct us_tap *t)
{
    struct fixture f;
    int64_t a;
    int64_t z;
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    fill(&f);
    typedef struct us_state_transitions_asked q;
    CHECK(t, asked(&f, (q){0}, &a, &z) == 30 && a == 0 && z == 29);
    CHECK(t, asked(&f, (q){.newest_first = true, .limit = 4}, &a, &z) == 4 && a == 29 &&
                 z == 26);
    CHECK(t, asked(&f, (q){.after = 28}, &a, &z) == 2 && a == 28);
    CHECK(t, asked(&f, (q){.after = 3, .newest_first = true}, &a, &z) == 2 && a == 1 &&
                 z == 0);
    CHECK(t, asked(&f, (q){.account = US_S("a3")}, &a, &z) == 3 && a == 3 && z == 23);
    CHECK(t, asked(&f, (q){.account = US_S("a3"), .newest_first = true, .limit = 1}, &a,
                 &z) == 1 &&
                 a == 23);
    CHECK(t, asked(&f, (q){.definition = US_S("buyer")}, &a, &z) == 15 && a == 1);
    CHECK(t, asked(&f, (q){.definition = US_S("buyer"), .account = US_S("a2")}, &a,
                 &z) == 0);
    CHECK(t, asked(&f, (q){.change = US_S("converted")}, &a, &z) == 10 && a == 10);
    CHECK(t, asked(&f, (q){.company = US_S("big.com")}, &a, &z) == 10 && z == 27);
    CHECK(t, asked(&f, (q){.user = US_S("u")}, &a, &z) == 15);
    CHECK(t, asked(&f, (q){.from = 5, .to = 7}, &a, &z) == 3 && a == 5 && z == 7);
    CHECK(t, us_state_last_id(f.state, &a, &f.e) == US_OK && a == 30);

    struct us_buf said = us_buf_new(&f.arena, 1000);
    CHECK(t,
        us_state_standings(f.state, US_S("team"), take_standing, &said, &f.e) == US_OK);
    CHECK(t, us_str_eq(us_buf_str(&said), US_S("a0:entered:20 a2:entered:22 "
                                               "a4:entered:24 a6:entered:26 "
                                               "a8:entered:28 ")));
    struct us_state_transition end = fixture_change(US_S("a4"), "expired", 2, 40);
    us_assert(fixture_commit(&f, &end, US_S(""), 31) == US_OK);
    said.len = 0;
    CHECK(t,
        us_state_standings(f.state, US_S("team"), take_standing, &said, &f.e) == US_OK);
    CHECK(t, us_str_find(us_buf_str(&said), US_S("a4:expired:40")) < said.len);
    int told = 0;
    CHECK(t,
        us_state_standings(f.state, US_S("team"), refuse, &told, &f.e) == US_REFUSED &&
            told == 1);
    said.len = 0;
    struct us_state_who a4 = {US_S("team"), US_S("a4"), US_S("")};
    CHECK(t, us_state_standing(f.state, &a4, take_standing, &said, &f.e) == US_OK &&
                 us_str_eq(us_buf_str(&said), US_S("a4:expired:40 ")));
    a4.user = US_S("u");
    CHECK(t, us_state_standing(f.state, &a4, refuse, &told, &f.e) == US_OK);
    CHECK(t, us_str_eq(reached(&f), US_S("a0::2 a2::2 a4::2- a6::2 a8::2 ")));

    fixture_done(&f);
}

/* Semantics 15: what a link taken back made untrue stays, marked. */
static void test_corrected(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    fill(&f);
    struct us_state_transition end = fixture_change(US_S("a4"), "expired", 2, 40);
    struct us_state_correction is = {
        US_S("team"), US_S("a4"), US_S(""), US_S("expired"), 40, 77};
    struct us_state_correction told[] = {is, is, is, is, is};
    told[1].at = 99;
    told[2].t = 41;
    told[3].change = US_S("entered");
    told[4].account = US_S("nobody");
    struct us_state_position before;
    us_assert(us_state_position(f.state, &f.arena, &before, NULL) == US_OK);
    struct us_state_batch b = {.transitions = &end,
        .transition_count = 1,
        .corrections = told,
        .correction_count = sizeof told / sizeof *told,
        .from = before.at,
        .position = {{1, 31}, 40, US_S("c0ffee")}};
    us_assert(us_state_commit(f.state, &b, &f.e) == US_OK);
    size_t count;
    struct us_state_transition *got = all_of(&f, &count);
    CHECK(t, count == 31 && got[30].corrected == 77);
    for (size_t i = 0; i < 30; i++)
        CHECK(t, got[i].corrected == US_NEVER);
    fixture_done(&f);
}

/* ---- outbox ---- */

static size_t in_outbox(struct fixture *f, us_outbox_status status)
{
    struct us_state_outbox_rows l;
    us_assert(us_state_outbox_list(f->state, status, 0, &f->arena, &l, &f->e) == US_OK);
    return l.count;
}

static void test_outbox(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    struct us_arena *a = &f.arena;
    us_str key = us_state_key(US_S("team"), US_S("a/b%"), US_S("u"), 3, a);
    CHECK(t, us_str_eq(key, US_S("team/a%2Fb%25/u/3")));
    struct us_state_outbox rows[] = {
        {.key = key, .kind = US_S("slack"), .body = US_S("{\"n\":1}"), .created = 10},
        {.key = key, .kind = US_S("webhook"), .body = US_S("{\"n\":2}"), .created = 5},
        {.key = key, .kind = US_S("slack"), .body = US_S("{\"n\":3}"), .created = 11},
    };
    struct us_state_batch b = {
        .outbox = rows, .outbox_count = 3, .position = {{1, 1}, 1, US_S("c")}};
    CHECK(t, us_state_commit(f.state, &b, &f.e) == US_OK);
    CHECK(t, rows[1].put == US_PUT_ADDED && rows[2].put == US_PUT_REPEATED);
    CHECK(t, in_outbox(&f, US_OUTBOX_WAITING) == 2);

    struct us_state_outbox got;
    CHECK(t, us_state_outbox_take(f.state, 4, 60, a, &got, &f.e) == US_NOT_FOUND);
    CHECK(t, us_state_outbox_take(f.state, 20, 60, a, &got, &f.e) == US_OK);
    CHECK(t, us_str_eq(got.kind, US_S("webhook")) && got.attempts == 1);
    CHECK(t, us_state_outbox_done(f.state, got.id, 21, &f.e) == US_OK);
    CHECK(t, us_state_outbox_take(f.state, 20, 60, a, &got, &f.e) == US_OK);
    CHECK(t, us_str_eq(got.body, US_S("{\"n\":1}")) && got.due == 60);
    /* Nobody else gets it before its time is over. */
    int64_t id = got.id;
    CHECK(t, us_state_outbox_take(f.state, 59, 99, a, &got, &f.e) == US_NOT_FOUND);
    CHECK(t, us_state_outbox_take(f.state, 60, 99, a, &got, &f.e) == US_OK);
    CHECK(t, got.id == id && got.attempts == 2);
    CHECK(t, us_state_outbox_failed(f.state, id, 120, US_S("503"), &f.e) == US_OK);
    CHECK(t, us_state_outbox_take(f.state, 119, 200, a, &got, &f.e) == US_NOT_FOUND);
    CHECK(t, us_state_outbox_take(f.state, 120, 200, a, &got, &f.e) == US_OK);
    CHECK(t, us_str_eq(got.why, US_S("503")) && got.attempts == 3);
    CHECK(t, us_state_outbox_failed(f.state, id, US_NEVER, US_S("410"), &f.e) == US_OK);
    CHECK(t, us_state_outbox_take(f.state, 999, 1000, a, &got, &f.e) == US_NOT_FOUND);
    CHECK(
        t, in_outbox(&f, US_OUTBOX_FAILED) == 1 && in_outbox(&f, US_OUTBOX_DONE) == 1);
    CHECK(t, us_state_outbox_done(f.state, 77, 1, &f.e) == US_NOT_FOUND);
    fixture_done(&f);
}

/* ---- what the last transition does not say ---- */

static us_code take_beyond(
    void *ctx, const struct us_state_standing *w, struct us_error *e)
{
    struct us_buf *b = ctx;
    (void)e;
    us_buf_fmt(b, "%.*s:%.*s:%d:%d %s%s%d ", US_ARG(w->account), US_ARG(w->user),
        (int)w->entries, (int)w->t, w->cooled ? "cooled " : "",
        w->reset ? "reset " : "", w->holding == US_NEVER ? -1 : (int)w->holding);
    return US_OK;
}

static us_str beyond(struct fixture *f)
{
    struct us_buf said = us_buf_new(&f->arena, 1000);
    us_code code =
        us_state_standings_beyond(f->state, US_S("team"), take_beyond, &said, &f->e);
    us_assert(code == US_OK);
    return us_buf_str(&said);
}

static void stands(struct fixture *f, const struct us_state_standing *rows, size_t n)
{
    struct us_state_position before;
    us_assert(us_state_position(f->state, &f->arena, &before, NULL) == US_OK);
    struct us_state_batch b = {.standings = rows,
        .standing_count = n,
        .from = before.at,
        .position = {{1, before.at.offset + 1}, 0, US_S("c0ffee")}};
    us_code code = us_state_commit(f->state, &b, &f->e);
    us_assert(code == US_OK);
}

static void changes(struct fixture *f, const char *change, uint32_t ordinal, int64_t t)
{
    struct us_state_transition c = fixture_change(US_S("a1"), change, ordinal, t);
    us_code code = fixture_commit(f, &c, US_S(""), (uint64_t)t * 100);
    us_assert(code == US_OK);
}

static void test_beyond(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    struct us_state_standing rows[] = {
        {US_S("team"), US_S("a1"), US_S(""), 0, false, false, 7, {"", 0}, 0, 0},
        {US_S("team"), US_S("a0"), US_S("u"), 0, true, false, 8, {"", 0}, 0, 0},
        {US_S("team"), US_S("a0"), US_S("u"), 0, true, false, 9, {"", 0}, 0, 0},
        {US_S("next"), US_S("a0"), US_S("u"), 0, true, true, 9, {"", 0}, 0, 0}};
    stands(&f, rows, 4);
    CHECK_AS(t, us_str_eq(beyond(&f), US_S("a0:u:0:0 cooled 9 a1::0:0 7 ")),
        "before any entry, the last of each");
    CHECK(t, us_str_eq(reached(&f), US_S("a0:u:0- a1::0- ")));
    struct us_state_who a0 = {US_S("team"), US_S("a0"), US_S("u")};
    struct us_buf said = us_buf_new(&f.arena, 1000);
    CHECK(
        t, us_state_standing_beyond(f.state, &a0, take_beyond, &said, &f.e) == US_OK &&
               us_str_eq(us_buf_str(&said), US_S("a0:u:0:0 cooled 9 ")));
    changes(&f, "entered", 1, 20);
    CHECK_AS(t, us_str_eq(beyond(&f), US_S("a0:u:0:0 cooled 9 ")), "an entry is newer");
    CHECK(t, us_str_eq(reached(&f), US_S("a1::1 a0:u:0- ")));
    rows[0].entries = 1;
    rows[0].holding = US_NEVER;
    rows[0].reset = true;
    changes(&f, "expired", 1, 30);
    CHECK(t, us_str_eq(beyond(&f), US_S("a0:u:0:0 cooled 9 ")));
    stands(&f, rows, 1);
    CHECK_AS(t, us_str_eq(beyond(&f), US_S("a0:u:0:0 cooled 9 a1::1:30 reset -1 ")),
        "of that exit");
    rows[0].cooled = true;
    rows[0].reset = false;
    rows[1].holding = US_NEVER;
    stands(&f, rows, 2);
    CHECK_AS(t, us_str_eq(beyond(&f), US_S("a1::1:30 cooled -1 ")),
        "one of which nothing is to be said is gone");
    changes(&f, "entered", 2, 40);
    changes(&f, "left", 2, 50);
    CHECK(t, us_str_eq(beyond(&f), US_S("")));
    fixture_done(&f);
}

int main(void)
{
    struct us_tap t = {0};
    test_commit(&t);
    test_repeat(&t);
    test_given(&t);
    test_whole(&t);
    test_read(&t);
    test_corrected(&t);
    test_large(&t);
    test_outbox(&t);
    test_beyond(&t);
    return us_tap_done(&t);
}
