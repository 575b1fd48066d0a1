/* A person taken out of what was decided: theirs goes, what names them has stars,
 * others stay, and nothing is left in the bytes of the file or of its log. */
#include "state/state_fixture.h"

static struct us_state_transition of(const char *account, const char *user, uint32_t n)
{
    struct us_state_transition t =
        fixture_change(us_str_c(account), "entered", n, 10 + n);
    t.user = us_str_c(user);
    t.definition = user[0] ? US_S("buyer") : US_S("team");
    t.explanation = US_S("{\"gates\":[\"asked by ada-7731\"]}");
    return t;
}

/* Every "ada-7731" but in the plan itself. */
static bool mask(void *ctx, char *text, size_t len)
{
    bool any = false;
    us_str word = US_S("ada-7731");
    for (size_t at = 0; at + word.len <= len; at++) {
        if (memcmp(text + at, word.ptr, word.len) != 0) continue;
        memset(text + at, '*', word.len);
        any = true;
        ++*(int *)ctx;
    }
    return any;
}

static void fill(struct fixture *f)
{
    struct us_state_play play = {US_S("call"), US_S("buyer"), 1, 1};
    struct us_state_outbox row = {.kind = US_S("webhook"), .created = 5};
    bool fresh;
    us_assert(us_state_play_put(f->state, &play, &fresh, NULL) == US_OK);
    struct us_state_transition list[] = {of("norvik", "", 1),
        of("norvik", "ada-7731", 1), of("norvik", "ben-1001", 1),
        of("sund", "ada-7731", 1)};
    for (size_t i = 0; i < 4; i++)
        us_assert(fixture_commit(f, &list[i], US_S("call"), i + 1) == US_OK);
    row.key =
        us_state_key(US_S("buyer"), US_S("norvik"), US_S("ada-7731"), 1, &f->arena);
    row.body = US_S("{\"to\":\"ada-7731\"}");
    us_assert(state_outbox_put(f->state, &row, NULL) == US_OK);
    /* From a backlog, of which there is no transition. */
    us_assert(db_script(f->state->db,
                  "INSERT INTO backlogs (play, definition, version, account, user, "
                  "company, since, ordinal, status) VALUES ('call', 'buyer', 'v', "
                  "'duo', 'ada-7731', '', 1, 4, 0)",
                  NULL) == US_OK);
    us_assert(db_script(f->state->db,
                  "INSERT INTO standings (definition, account, user, entries, cooled, "
                  "reset, holding) VALUES ('buyer', 'sund', 'ada-7731', 1, 1, 0, 7), "
                  "('buyer', 'sund', 'ben-1001', 1, 1, 0, 7)",
                  NULL) == US_OK);
    row.key = us_state_key(US_S("buyer"), US_S("duo"), US_S("ada-7731"), 4, &f->arena);
    us_assert(state_outbox_put(f->state, &row, NULL) == US_OK);
    row.key =
        us_state_key(US_S("buyer"), US_S("norvik"), US_S("ben-1001"), 1, &f->arena);
    row.body = US_S("{\"to\":\"ben\",\"cc\":\"ada-7731\"}");
    us_assert(state_outbox_put(f->state, &row, NULL) == US_OK);
}

/* Whether the word stands anywhere in the file or beside it. */
static bool in_bytes(struct fixture *f, us_str word)
{
    static const char *const names[] = {"state.sqlite", "state.sqlite-wal"};
    bool found = false;
    for (size_t i = 0; i < 2; i++) {
        us_str text = {0};
        us_str path = us_file_join(&f->arena, f->dir, us_str_c(names[i]));
        us_code code = us_file_read(path, 64 << 20, &f->arena, &text, NULL);
        us_assert(code == US_OK || code == US_NOT_FOUND);
        found |= us_str_find(text, word) < text.len;
    }
    return found;
}

static int64_t rows_of(struct fixture *f, const char *sql)
{
    int64_t n = -1;
    struct db_ask ask = {sql, NULL};
    us_assert(db_one(f->state->db, &ask, 0, &n, NULL) == US_OK);
    return n;
}

static void test_forget(struct us_tap *t)
{
    struct fixture f;
    static us_str users[] = {US_S_INIT("ada-7731")};
    int masked = 0;
    int64_t rows = 0;
    bool any = true;
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    fill(&f);
    CHECK(t, us_state_forgotten(f.state, &any, &f.e) == US_OK && !any);
    CHECK(t, in_bytes(&f, US_S("ada-7731")));
    struct us_state *other = NULL; /* a handle that nobody asks by at the moment */
    CHECK(t, us_state_open(f.dir, false, &other, &f.e) == US_OK);
    struct us_state_forget asked = {.users = users,
        .user_count = 1,
        .mask = mask,
        .ctx = &masked,
        .audit = {20, US_S("ci"), US_S("forget"), US_S("1a2b"), US_S("{}"), 0}};
    CHECK(t, us_state_forget(f.state, &asked, &rows, &f.e) == US_OK);
    CHECK_AS(t, !in_bytes(&f, US_S("ada-7731")), "nothing is left in the bytes");
    CHECK(t, rows_of(&f, "SELECT count(*) FROM transitions") == 2);
    CHECK(t,
        rows_of(&f, "SELECT count(*) FROM transitions WHERE user = 'ben-1001'") == 1);
    CHECK(
        t, rows_of(&f, "SELECT count(*) FROM routings WHERE transition NOT IN (SELECT "
                       "id FROM transitions)") == 0);
    CHECK(t, rows_of(&f, "SELECT count(*) FROM handoffs WHERE user = 'ada-7731'") == 0);
    CHECK(t, rows_of(&f, "SELECT count(*) FROM backlogs") == 0);
    CHECK(t, rows_of(&f, "SELECT count(*) FROM standings") == 1);
    CHECK(t, rows_of(&f, "SELECT count(*) FROM outbox") == 1);
    CHECK(t, rows_of(&f, "SELECT body LIKE '%ben%********%' FROM outbox") == 1);
    CHECK(t, masked == 3 && rows >= 6);
    CHECK(t, us_state_forgotten(f.state, &any, &f.e) == US_OK && any);
    /* A plan that was left is worked on once more: recorded once. */
    CHECK(t, us_state_forget(f.state, &asked, &rows, &f.e) == US_OK && rows == 0);
    CHECK(t, rows_of(&f, "SELECT count(*) FROM audit") == 1);
    CHECK(t, us_state_check(f.state, &f.e) == US_OK);
    us_state_close(other);
    fixture_done(&f);
}

/* Of retention nobody's decisions go. */
static void test_retention(struct us_tap *t)
{
    struct fixture f;
    int64_t rows = 1;
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    fill(&f);
    struct us_state_forget asked = {
        .audit = {20, US_S("ci"), US_S("retention"), US_S("3c"), US_S("{}"), 0}};
    CHECK(t, us_state_forget(f.state, &asked, &rows, &f.e) == US_OK && rows == 0);
    CHECK(t, rows_of(&f, "SELECT count(*) FROM transitions") == 4);
    CHECK(t, rows_of(&f, "SELECT count(*) FROM audit WHERE what = 'retention'") == 1);
    fixture_done(&f);
}

int main(void)
{
    struct us_tap t = {0};
    test_forget(&t);
    test_retention(&t);
    return us_tap_done(&t);
}
