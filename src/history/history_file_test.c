/* history_file_test.c: the file and its place in the journal, one holder, columns and
 * units that change.
 */
#include "history/history_fixture.h"

#include <sys/wait.h>

static const struct us_history_rules plain = {
    .currency = US_S_INIT("USD"), .threads = 1};

static const int64_t START = INT64_C(1700000000000000);

static void track(struct fixture *x, int64_t i)
{
    struct us_buf m = us_buf_new(&x->a, 4096);
    char at[US_TIME_TEXT_MAX];
    us_buf_fmt(&m,
        "{\"type\":\"track\",\"userId\":\"u%d\",\"event\":\"e%d\",\"properties\":{"
        "\"n\":"
        "%d,\"text\":\"t%d\",\"deep\":{\"flag\":%s}},\"context\":{\"groupId\":\"g%d\"},"
        "\"timestamp\":\"%.*s\"}",
        (int)(i % 7), (int)(i % 3), (int)i, (int)(i % 5), i % 2 ? "true" : "\"no\"",
        (int)(i % 4), US_ARG(us_time_write(START + i * US_SECOND_US, at)));
    fixture_line(x, US_LINE_MESSAGE, START + i * US_SECOND_US, us_buf_str(&m));
}

static int64_t number(struct fixture *x, struct us_history *h, const char *sql)
{
    int64_t n = -1;
    us_str_int(us_str_trim(fixture_asked(&x->a, h, us_str_c(sql))), &n);
    return n;
}

/* ---- places ---- */

static void places(struct us_tap *t)
{
    struct fixture x;
    fixture_init(&x);
    struct us_history *h = NULL;
    struct us_error e1 = {0};
    CHECK(
        t, us_history_open(x.dir, &plain, false, NULL, NULL, &h, &e1) == US_NOT_FOUND);
    OK(t, us_history_open(x.dir, &plain, true, NULL, NULL, &h, e));
    CHECK(t, us_history_position(h).offset == 0);
    track(&x, 1);
    track(&x, 2);
    us_str text = us_buf_str(&x.text);
    OK(t, fixture_load(&x, h, e));
    CHECK(t, us_history_pending(h) == 2 && us_history_position(h).offset == text.len);
    CHECK(t, number(&x, h, "SELECT count(*) FROM events") == 0);
    OK(t, us_history_commit(h, e));
    CHECK(t, number(&x, h, "SELECT count(*) FROM events") == 2);

    /* a group given again is not taken again */
    char *again = us_new(&x.a, char, text.len + US_JSON_PAD);
    memcpy(again, text.ptr, text.len);
    OK(t, us_history_load(h, (us_str){again, text.len}, (us_pos){0, 0}, x.at, e));
    CHECK(t, us_history_pending(h) == 0);

    /* closing without commit, and a line that cannot be read, leave the last commit */
    track(&x, 3);
    OK(t, fixture_load(&x, h, e));
    us_history_close(h);
    OK(t, us_history_open(x.dir, &plain, true, NULL, NULL, &h, e));
    CHECK(t, us_history_position(h).offset == text.len);
    x.at = us_history_position(h);
    track(&x, 3);
    us_buf_put(&x.text, US_S("{\"us\":{\"seq\":4},\"m\":[}\n"));
    struct us_error e2 = {0};
    CHECK(t, fixture_load(&x, h, &e2) == US_INPUT);
    CHECK(t, strcmp(e2.key, "history.line") == 0);
    CHECK(t, us_history_position(h).offset == text.len && us_history_pending(h) == 0);
    x.at = us_history_position(h);
    track(&x, 4);
    OK(t, fixture_load(&x, h, e));
    OK(t, us_history_settle(h, e));
    CHECK(t, number(&x, h, "SELECT count(*) FROM events") == 3);
    CHECK(t, number(&x, h, "SELECT count(*) - count(DISTINCT id) FROM people") == 0);
    us_history_close(h);

    OK(t, us_history_open(x.dir, &plain, false, NULL, NULL, &h, e));
    CHECK(t, number(&x, h, "SELECT count(*) FROM event_log") == 3);
    struct us_need need = {.any = true};
    us_str logs = fixture_logs(&x.a, h, &need, US_S("g1"), US_NEVER);
    CHECK(
        t, us_str_has_prefix(logs, US_S("account g1\nevent 1700000001000000 * u:u1")));
    us_history_close(h);
    fixture_done(&x);
}

/* ---- one holder ---- */

static void busy(struct us_tap *t)
{
    struct fixture x;
    fixture_init(&x);
    int ends[2];
    int stop[2];
    us_assert(pipe(ends) == 0 && pipe(stop) == 0);
    fflush(stdout);
    pid_t child = fork();
    us_assert(child >= 0);
    if (child == 0) {
        close(stop[1]);
        struct us_history *held = NULL;
        bool opened =
            us_history_open(x.dir, &plain, true, NULL, NULL, &held, NULL) == US_OK;
        char byte = opened ? 'y' : 'n';
        if (write(ends[1], &byte, 1) == 1 && read(stop[0], &byte, 1) >= 0)
            us_history_close(held);
        _exit(0);
    }
    close(stop[0]);
    char byte = 0;
    CHECK(t, read(ends[0], &byte, 1) == 1 && byte == 'y');
    struct us_history *h = NULL;
    struct us_error e1 = {0};
    CHECK(t, us_history_open(x.dir, &plain, true, NULL, NULL, &h, &e1) == US_BUSY);
    CHECK(t, strcmp(e1.key, "history.busy") == 0);
    CHECK(t, us_history_open(x.dir, &plain, false, NULL, NULL, &h, &e1) == US_BUSY);
    close(stop[1]);
    waitpid(child, NULL, 0);
    OK(t, us_history_open(x.dir, &plain, true, NULL, NULL, &h, e));
    us_history_close(h);
    close(ends[0]);
    close(ends[1]);
    fixture_done(&x);
}

/* ---- columns and units ---- */

static const struct us_column columns[] = {{US_S_INIT("n"), US_NUMBER},
    {US_S_INIT("text"), US_STRING}, {US_S_INIT("deep.flag"), US_BOOL},
    {US_S_INIT("deep.flag"), US_STRING}};

/* Three groups in a journal; the file is loaded from there. */
static void journal_fill(struct us_tap *t, struct fixture *x)
{
    struct us_journal *j = NULL;
    us_str dir = us_file_join(&x->a, x->dir, US_S("journal"));
    OK(t, us_journal_open(dir, true, &j, e));
    for (int64_t i = 0; i < 900; i++) {
        track(x, i);
        if (i % 90 == 0)
            fixture_line(x, US_LINE_MESSAGE, START + i * US_SECOND_US,
                US_S("{\"type\":\"group\",\"userId\":\"u1\",\"groupId\":\"g0\","
                     "\"traits\":{\"plan\":\"pro\"},\"timestamp\":\"2023-11-14\"}"));
        if (i % 300 == 299) OK(t, fixture_journal(x, j, e));
    }
    us_journal_close(j);
}

static us_str picture(struct fixture *x, struct us_history *h)
{
    struct us_need need = {
        .columns = us_new(&x->a, struct us_column, 4), .column_count = 4, .any = true};
    memcpy(need.columns, columns, sizeof columns);
    us_str names[] = {US_S("e0"), US_S("e1")};
    need.names = names;
    need.name_count = 2;
    return fixture_logs(&x->a, h, &need, US_S(""), US_NEVER);
}

static us_code open_with(struct fixture *x, size_t count, us_unit unit,
    struct us_history **h, struct us_error *e)
{
    struct us_history_rules r = plain;
    r.columns = columns;
    r.column_count = count;
    r.unit = unit;
    return us_history_open(x->dir, &r, true, NULL, NULL, h, e);
}

static us_code caught_up(struct fixture *x, struct us_history *h, struct us_error *e)
{
    us_str dir = us_file_join(&x->a, x->dir, US_S("journal"));
    return us_history_catch_up(h, dir, NULL, NULL, e);
}

static void columns_change(struct us_tap *t)
{
    struct fixture x, y;
    struct us_history *h = NULL;
    fixture_init(&x);
    fixture_init(&y);
    journal_fill(t, &x);
    journal_fill(t, &y);
    OK(t, open_with(&x, 4, US_WORKSPACE, &h, e));
    OK(t, caught_up(&x, h, e));
    CHECK(t, number(&x, h, "SELECT count(*) FROM events") == 900);
    us_str at_once = picture(&x, h);
    us_history_close(h);

    OK(t, open_with(&y, 1, US_WORKSPACE, &h, e));
    OK(t, caught_up(&y, h, e));
    us_history_close(h);
    OK(t, open_with(&y, 4, US_WORKSPACE, &h, e));
    CHECK_AS(t, fixture_same(picture(&y, h), at_once), "columns built later are equal");
    CHECK(t, number(&y, h, "SELECT count(p_text) FROM event_log") == 900);
    us_history_close(h);
    OK(t, open_with(&y, 0, US_WORKSPACE, &h, e));
    CHECK_AS(t, fixture_same(picture(&y, h), at_once), "columns no longer named stay");

    /* catching up again takes nothing twice */
    OK(t, caught_up(&y, h, e));
    CHECK(t, number(&y, h, "SELECT count(*) FROM events") == 900);
    us_history_close(h);

    /* by company nobody here has an account: mapping and addresses are missing */
    OK(t, open_with(&y, 4, US_COMPANY, &h, e));
    CHECK(t, number(&y, h, "SELECT count(*) FROM events") == 900);
    CHECK(t, number(&y, h, "SELECT count(account) FROM events_now") == 0);
    us_history_close(h);
    struct us_error e1 = {0};
    CHECK(t, us_history_open(y.dir, &plain, false, NULL, NULL, &h, &e1) == US_INPUT);
    OK(t, open_with(&y, 4, US_WORKSPACE, &h, e));
    CHECK_AS(t, fixture_same(picture(&y, h), at_once), "and back");
    us_history_close(h);
    fixture_done(&x);
    fixture_done(&y);
}

static void scratch(struct us_tap *t)
{
    struct fixture x;
    fixture_init(&x);
    struct us_history *h = NULL;
    OK(t, us_history_scratch(&h, e));
    OK(t, us_history_run(h, US_S("CREATE TABLE t AS SELECT 7 AS n"), e));
    ASKED(t, &x, h, "SELECT n FROM t", "7\n");
    us_history_close(h);
    CHECK(t, strcmp(us_history_engine(), "DuckDB v1.5.6") == 0);
    fixture_done(&x);
}

/* On a history that is open, and is loaded further. */
static void columns_wanted(struct us_tap *t)
{
    struct fixture x, y;
    struct us_history *hx = NULL;
    struct us_history *hy = NULL;
    struct us_history *beside = NULL;
    struct us_history_rules all = plain;
    us_str names[4];
    all.columns = columns;
    all.column_count = 4;
    fixture_init(&x);
    fixture_init(&y);
    journal_fill(t, &x);
    journal_fill(t, &y);
    OK(t, open_with(&x, 4, US_WORKSPACE, &hx, e));
    OK(t, caught_up(&x, hx, e));
    OK(t, open_with(&y, 1, US_WORKSPACE, &hy, e));
    OK(t, caught_up(&y, hy, e));
    OK(t, us_history_beside(hy, &beside, e));
    struct us_error absent = {0};
    CHECK(t, us_history_column_names(beside, columns, 4, names, &absent) == US_INPUT);
    OK(t, us_history_want(hy, &all, NULL, NULL, e));
    us_history_close(beside);
    CHECK_AS(t, fixture_same(picture(&y, hy), picture(&x, hx)),
        "columns wanted later are equal");
    OK(t, us_history_beside(hy, &beside, e));
    OK(t, us_history_column_names(beside, columns, 4, names, e));
    us_history_close(beside);
    journal_fill(t, &x);
    journal_fill(t, &y);
    OK(t, caught_up(&x, hx, e));
    OK(t, caught_up(&y, hy, e));
    CHECK_AS(
        t, fixture_same(picture(&y, hy), picture(&x, hx)), "and filled from then on");
    CHECK(t, number(&y, hy, "SELECT count(p_text) FROM event_log") == 1800);
    OK(t, us_history_want(hy, &all, NULL, NULL, e));
    us_history_close(hx);
    us_history_close(hy);
    fixture_done(&x);
    fixture_done(&y);
}

/* ---- more columns than there is room for ---- */

static struct us_history_rules rules_wide(struct fixture *x, size_t count)
{
    struct us_column *wide = us_new(&x->a, struct us_column, count);
    for (size_t i = 0; i < count; i++)
        wide[i] = (struct us_column){us_arena_fmt(&x->a, "w%zu", i), US_STRING};
    struct us_history_rules r = plain;
    r.columns = wide;
    r.column_count = count;
    return r;
}

static bool refused(us_code code, const struct us_error *e, const char *key)
{
    return code == US_LIMIT && strcmp(e->key, key) == 0;
}

static void columns_many(struct us_tap *t)
{
    struct fixture x;
    struct us_history *h = NULL;
    struct us_error e1 = {0};
    fixture_init(&x);
    struct us_history_rules most = rules_wide(&x, US_HISTORY_COLUMNS_MAX);
    struct us_history_rules more = rules_wide(&x, US_HISTORY_COLUMNS_MAX + 1);
    us_code code = us_history_open(x.dir, &more, true, NULL, NULL, &h, &e1);
    CHECK(t, refused(code, &e1, "history.columns_wanted") && !h);

    OK(t, open_with(&x, 1, US_WORKSPACE, &h, e));
    code = us_history_want(h, &more, NULL, NULL, &e1);
    CHECK(t, refused(code, &e1, "history.columns_wanted"));
    code = us_history_want(h, &most, NULL, NULL, &e1);
    CHECK_AS(t, refused(code, &e1, "history.columns_many"), "with the one it has");
    for (int64_t i = 0; i < 9; i++)
        track(&x, i);
    OK(t, fixture_load(&x, h, e));
    OK(t, us_history_commit(h, e));
    CHECK_AS(t, number(&x, h, "SELECT count(p_n_num) FROM event_log") == 9,
        "events go on being loaded");
    us_history_close(h);
    fixture_done(&x);
}

int main(void)
{
    struct us_tap t = {0};
    scratch(&t);
    places(&t);
    busy(&t);
    columns_change(&t);
    columns_wanted(&t);
    columns_many(&t);
    return us_tap_done(&t);
}
