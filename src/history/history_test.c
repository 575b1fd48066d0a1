/* history_test.c: lines become rows, rows become views, answers and logs. */
#include "history/history_fixture.h"

#include <zlib.h>

static const us_str fixed[] = {US_S_INIT("country")};
static const us_str internal[] = {US_S_INIT("ours.com"), US_S_INIT("g9")};
static const struct us_rate rates[] = {{US_S_INIT("EUR"), 1.25}};
static const struct us_column columns[] = {{US_S_INIT("amount"), US_NUMBER},
    {US_S_INIT("amount"), US_STRING}, {US_S_INIT("Amount"), US_NUMBER},
    {US_S_INIT("ok"), US_BOOL}, {US_S_INIT("deep.er"), US_STRING},
    {US_S_INIT("name"), US_STRING}};
enum { COLUMNS = sizeof columns / sizeof *columns };

static const struct us_history_rules rules = {.fixed = fixed,
    .fixed_count = 1,
    .internal = internal,
    .internal_count = 2,
    .rates = rates,
    .rate_count = 1,
    .currency = US_S_INIT("USD"),
    .columns = columns,
    .column_count = COLUMNS,
    .threads = 1};

/* ---- a real file ---- */

static const char *shared(char path[4096], const char *name)
{
    const char *base = getenv("USHER_SHARED");
    snprintf(path, 4096, "%s/data/%s", base ? base : USHER_SOURCE "/../shared", name);
    return access(path, R_OK) == 0 ? path : NULL;
}

static int64_t time_of(us_str line)
{
    const us_str key = US_S("\"timestamp\":\"");
    size_t at = us_str_find(line, key) + key.len;
    int64_t t = US_NEVER;
    us_assert(us_time_read(us_str_slice(line, at, at + 24), &t));
    return t;
}

static void callmemaybe(struct us_tap *t)
{
    char path[4096];
    if (!shared(path, "callmemaybe/callmemaybe.ndjson.gz")) {
        printf("# skipped: no %s\n", path);
        return;
    }
    struct fixture x;
    fixture_init(&x);
    struct us_history *h = NULL;
    OK(t, us_history_open(x.dir, &rules, true, NULL, NULL, &h, e));
    gzFile file = gzopen(path, "rb");
    enum { LINE = 1 << 16 };
    char *line = us_new(&x.a, char, LINE);
    while (file && gzgets(file, line, LINE)) {
        us_str m = us_str_trim(us_str_c(line));
        fixture_line(&x, US_LINE_MESSAGE, time_of(m), m);
    }
    gzclose(file);
    OK(t, fixture_load(&x, h, e));
    OK(t, us_history_settle(h, e));
    ASKED(t, &x, h, "SELECT kind, lines FROM counts WHERE lines > 0 ORDER BY kind",
        "group|1824\nidentify|1092\ntrack|50826\n");
    ASKED(t, &x, h, "SELECT sum(lines) FROM counts", "53742\n");
    ASKED(t, &x, h,
        "SELECT event, count(*) FROM event_log GROUP BY event ORDER BY 2 DESC",
        "Call Out Answered|12873\nCall In Answered|11745\nCall Out Missed|11144\n"
        "Call In Missed|7587\nInternal Call Out Answered|2560\n"
        "Internal Call Out Missed|2422\nSeat Activated|1092\nAccount Registered|732\n"
        "Internal Call In Answered|371\nInternal Call In Missed|300\n");
    ASKED(t, &x, h, "SELECT count(*) FROM people WHERE identified", "1092\n");
    ASKED(t, &x, h, "SELECT count(*) FROM accounts", "732\n");
    ASKED(t, &x, h, "SELECT min(happened), max(happened) FROM events",
        "2019-07-31T21:00:00Z|2019-11-28T09:00:00Z\n");
    us_history_close(h);
    fixture_done(&x);
}

/* ---- rows of every kind ---- */

static const int64_t DAY0 = INT64_C(1767225600000000); /* 2026-01-01 */

struct line {
    us_line_type type;
    int day; /* known, in days after 2026-01-01 */
    const char *m;
};

static const struct line lines[] = {
    {US_LINE_MESSAGE, 1,
        "{\"type\":\"group\",\"userId\":\"u1\",\"groupId\":\"g1\",\"traits\":{\"plan\":"
        "\"pro\",\"address\":{\"city\":\"K\\u00f6ln\",\"zip\":null},\"tags\":[1]},"
        "\"timestamp\":\"2026-01-02\"}"},
    {US_LINE_MESSAGE, 2,
        "{\"type\":\"identify\",\"userId\":\"u1\",\"anonymousId\":\"a1\",\"traits\":{"
        "\"email\":\"x@acme.com\",\"age\":41.5,\"vip\":true},\"timestamp\":"
        "\"2026-01-03\"}"},
    {US_LINE_MESSAGE, 5,
        "{\"type\":\"track\",\"userId\":\"u1\",\"event\":\"Paid\",\"properties\":{"
        "\"amount\":19.99,\"Amount\":7,\"ok\":true,\"deep\":{\"er\":\"x\"}},"
        "\"timestamp\":\"2026-01-03T10:00:00Z\"}"},
    {US_LINE_MESSAGE, 6,
        "{\"type\":\"track\",\"anonymousId\":\"a1\",\"event\":\"Paid\",\"properties\":{"
        "\"amount\":\"twenty\",\"ok\":1,\"deep.er\":\"flat\"},\"context\":{\"groupId\":"
        "\"g1\"},\"timestamp\":\"2026-01-07T00:00:00Z\"}"},
    {US_LINE_MESSAGE, 7,
        "{\"type\":\"page\",\"userId\":\"u2\",\"name\":\"Pricing\",\"context\":{"
        "\"groupId\":\"g2\"},\"timestamp\":\"2026-01-08T00:00:00Z\"}"},
    {US_LINE_MESSAGE, 7,
        "{\"type\":\"track\",\"userId\":\"boss@ours.com\",\"event\":\"Paid\","
        "\"context\":{\"groupId\":\"g2\"},\"timestamp\":\"2026-01-08T00:00:00Z\"}"},
    {US_LINE_MESSAGE, 7,
        "{\"type\":\"track\",\"userId\":\"u2\",\"event\":\"Paid\",\"context\":{"
        "\"groupId\":\"g9\"},\"timestamp\":\"2026-01-08T00:00:00Z\"}"},
    {US_LINE_ACCOUNT, 20,
        "{\"account\":\"g1\",\"country\":\"DE\",\"employees\":\"50\",\"plan\":null}"},
    {US_LINE_ACCOUNT, 20,
        "{\"account\":\"g2\",\"at\":\"2026-01-10\",\"country\":\"FR\"}"},
    {US_LINE_PAYMENT, 10,
        "{\"account\":\"g1\",\"at\":\"2026-01-11\",\"amount\":\"1190\",\"currency\":"
        "\"eur\",\"status\":\"paid\",\"method\":\"card\",\"channel\":\"self_serve\","
        "\"interval\":\"year\",\"quantity\":3,\"plan\":\"pro\",\"tax\":190,"
        "\"invoice_id\":\"i1\"}"},
    {US_LINE_PAYMENT, 11,
        "{\"account\":\"g1\",\"at\":\"2026-01-12\",\"amount\":10,\"currency\":\"CHF\","
        "\"status\":\"refunded\",\"period_start\":\"2026-01-31\",\"period_end\":"
        "\"2026-02-28\"}"},
    {US_LINE_PAYMENT, 12,
        "{\"account\":\"g1\",\"at\":\"2026-01-13\",\"amount\":5,\"period_start\":"
        "\"2026-01-01\",\"period_end\":\"2026-12-31\"}"},
    {US_LINE_PAYMENT, 13,
        "{\"account\":\"g1\",\"at\":\"2026-01-14\",\"amount\":1,\"interval\":\"3 "
        "months\"}"},
    {US_LINE_DEAL, 14,
        "{\"deal_id\":\"d1\",\"account\":\"g1\",\"stage\":\"won\",\"stage_at\":"
        "\"2026-01-15\",\"created\":\"2026-01-13\",\"amount\":1000.5,\"arr\":1200,"
        "\"type\":\"new\",\"channel\":\"sales\",\"source\":\"inbound\","
        "\"owner\":\"ann\"}"},
    {US_LINE_ACTIVITY, 14,
        "{\"activity_id\":\"x1\",\"account\":\"g1\",\"contact\":\"c@acme.com\",\"at\":"
        "\"2026-01-15\",\"kind\":\"call\",\"direction\":\"out\"}"},
    {US_LINE_CONTACT, 14,
        "{\"email\":\"c@acme.com\",\"account\":\"g1\",\"name\":\"\xe7\x8e\x8b\","
        "\"title\""
        ":\"CTO\",\"consent\":\"no\"}"},
    {US_LINE_MQL, 14,
        "{\"contact\":\"c@acme.com\",\"account\":\"g1\",\"at\":\"2026-01-15\","
        "\"source\""
        ":\"webinar\"}"},
    {US_LINE_COMPANY, 14,
        "{\"company\":\"Acme\",\"account\":\"g1\",\"domain\":\"acme.com\"}"},
    {US_LINE_DEAD, 14,
        "{\"file\":\"e.ndjson\",\"line\":7,\"byte\":3,\"reason\":\"event.no_name\","
        "\"bytes\":\"{}\"}"},
    {US_LINE_IMPORT, 14, "{\"file\":\"e.ndjson\",\"lines\":9,\"added\":8}"},
    {US_LINE_PAYMENT, 14, "{\"account\":7,\"amount\":\"much\",\"at\":\"soon\"}"},
};
enum { LINES = sizeof lines / sizeof *lines };

static void lines_load(struct us_tap *t, struct fixture *x, struct us_history **h)
{
    OK(t, us_history_open(x->dir, &rules, true, NULL, NULL, h, e));
    for (size_t i = 0; i < LINES; i++)
        fixture_line(
            x, lines[i].type, DAY0 + lines[i].day * US_DAY_US, us_str_c(lines[i].m));
    OK(t, fixture_load(x, *h, e));
    CHECK(t, us_history_pending(*h) == LINES);
    OK(t, us_history_settle(*h, e));
    CHECK(t, us_history_pending(*h) == 0);
}

static const struct {
    const char *sql, *rows;
} asked[] = {
    {"SELECT seq, event, account, person, user_id, anonymous_id, group_id, late, "
     "skewed FROM event_log ORDER BY seq LIMIT 3",
        "3|Paid|g1|u1|u1|NULL|NULL|true|false\n"
        "4|Paid|g1|u1|NULL|a1|g1|false|false\n"
        "5|Page Viewed|g2|u2|u2|NULL|g2|false|false\n"},
    {"SELECT p_amount_num, p_amount, \"p_Amount_num_2\", p_ok_bool, \"p_deep.er\", "
     "p_name FROM event_log ORDER BY seq LIMIT 3",
        "19.990000|NULL|7.000000|true|x|NULL\nNULL|twenty|NULL|NULL|flat|NULL\n"
        "NULL|NULL|NULL|NULL|NULL|Pricing\n"},
    {"SELECT account, trait, value, undated, happened FROM account_traits ORDER BY ALL",
        "g1|address.city|K\xc3\xb6ln|false|2026-01-02T00:00:00Z\n"
        "g1|address.zip|NULL|false|2026-01-02T00:00:00Z\n"
        "g1|country|DE|true|2026-01-21T00:00:00Z\n"
        "g1|employees|50|true|2026-01-21T00:00:00Z\n"
        "g1|plan|pro|false|2026-01-02T00:00:00Z\n"
        "g1|plan|NULL|true|2026-01-21T00:00:00Z\n"
        "g2|country|FR|false|2026-01-10T00:00:00Z\n"},
    {"SELECT account, trait, value FROM account_traits_now WHERE trait = 'plan'",
        "g1|plan|NULL\n"},
    {"SELECT person, trait, value FROM user_traits ORDER BY trait",
        "u1|age|41.5\nu1|email|x@acme.com\nu1|vip|true\n"},
    {"SELECT account, amount, currency, status, every, quantity, tax, period_start, "
     "period_end, months FROM payments_view ORDER BY seq LIMIT 4",
        "g1|1190.000000|eur|paid|year|3.000000|190.000000|2026-01-11T00:00:00Z|"
        "2027-01-11T00:00:00Z|12\n"
        "g1|10.000000|CHF|refunded|NULL|NULL|NULL|2026-01-31T00:00:00Z|"
        "2026-02-28T00:00:00Z|1\n"
        "g1|5.000000|NULL|NULL|NULL|NULL|NULL|2026-01-01T00:00:00Z|"
        "2026-12-31T00:00:00Z|12\n"
        "g1|1.000000|NULL|NULL|3 months|NULL|NULL|2026-01-14T00:00:00Z|"
        "2026-04-14T00:00:00Z|3\n"},
    {"SELECT account, amount, happened, months FROM payments_view WHERE account = '7'",
        "7|NULL|2026-01-15T00:00:00Z|0\n"},
    {"SELECT deal_id, account, stage, stage_at, happened, arr, owner FROM deals_view",
        "d1|g1|won|2026-01-15T00:00:00Z|2026-01-15T00:00:00Z|1200.000000|ann\n"},
    {"SELECT activity_id, account, contact, kind, direction FROM activities_view",
        "x1|g1|c@acme.com|call|out\n"},
    {"SELECT email, account, name, title, consent, created FROM contacts_view",
        "c@acme.com|g1|\xe7\x8e\x8b|CTO|no|NULL\n"},
    {"SELECT contact, account, source FROM mqls_view", "c@acme.com|g1|webinar\n"},
    {"SELECT company, account, domain FROM companies_view", "Acme|g1|acme.com\n"},
    {"SELECT file, line, byte, reason, message->>'bytes' FROM dead_letters",
        "e.ndjson|7|3|event.no_name|{}\n"},
    {"SELECT file, lines, added, duplicates FROM imports", "e.ndjson|9|8|NULL\n"},
    {"SELECT seq, kind, from_key, to_key, undone FROM links ORDER BY seq, from_key",
        "1|group|u1|g1|infinity\n2|anonymous|a1|u1|infinity\n"
        "18|company|acme.com|Acme|infinity\n18|company|g1|Acme|infinity\n"},
    /* how cells become text, and what is refused */
    {"SELECT 1::TINYINT, -2::SMALLINT, 3::UINTEGER, 1e300, 0.1::FLOAT, true, NULL",
        "1|-2|3|1e+300|0.10000000149011612|true|NULL\n"},
    {"SELECT 1 AS a, 2 AS a, [1, 2], DATE '2026-02-03' -- and a comment",
        "1|2|[1, 2]|2026-02-03\n"},
    {"SELECT sum(i)::HUGEINT FROM range(5) t(i);", "10\n"},
    {"SELECT i, i::DECIMAL(9, 2) FROM range(3) t(i) ORDER BY i DESC",
        "2|2.00\n1|1.00\n0|0.00\n"},
    {"SELECT 'infinity'::DOUBLE", "NULL\n"},
    {"DELETE FROM events",
        "SQL: TransactionContext Error: Cannot write to database \"history\" - "
        "transaction is launched in read-only mode"},
    {"SELECT 1; SELECT 2", "Ask one statement at a time."},
};

static void answers(struct us_tap *t)
{
    struct fixture x;
    fixture_init(&x);
    struct us_history *h = NULL;
    lines_load(t, &x, &h);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        CHECK_AS(t,
            fixture_same(fixture_asked(&x.a, h, us_str_c(asked[i].sql)),
                us_str_c(asked[i].rows)),
            asked[i].sql);
    struct us_history_name *names;
    struct us_history_trait *traits;
    size_t count;
    OK(t, us_history_names(h, &x.a, &names, &count, e));
    CHECK(t, count == 2 && us_str_eq(names[0].name, US_S("Paid")));
    CHECK(t, names[0].count == 4 && names[0].users == 3 && names[0].accounts == 3);
    OK(t, us_history_traits(h, &x.a, &traits, &count, e));
    CHECK(t, count == 7 && us_str_eq(traits[0].key, US_S("country")));
    CHECK(t, traits[0].known == 2 && traits[0].of == 4 && !traits[0].user);
    OK(t, us_history_run(h, US_S("CREATE TEMP TABLE mine AS SELECT 1 AS one"), e));
    struct us_error why = {0};
    CHECK(t, us_history_run(h, US_S("COPY nothing TO 'x'"), &why) == US_INPUT);
    us_history_close(h);
    fixture_done(&x);
}

static us_str names[] = {US_S_INIT("Paid"), US_S_INIT("Viewed")};
static struct us_other_name others[] = {{US_S_INIT("Page Viewed"), 1}};
static us_str traits[] = {US_S_INIT("country"), US_S_INIT("plan")};
static us_str user_traits[] = {US_S_INIT("age"), US_S_INIT("email")};

static const us_str g1 = US_S_INIT(
    "account g1\n"
    "deal 1768435200000000 1768435200000000 never 1768435200000000 1768262400000000 "
    "never "
    "d1/won/new/sales/ann/inbound 1000500000 1200000000\n"
    "event 1767434400000000 Paid u:u1 1767657600000000 never 19.99 -\n"
    "event 1767744000000000 Paid u:u1 1767744000000000 never - -\n"
    "payment 1768089600000000 1768089600000000 never 0 1487500000 237500000 "
    "1768089600000000..1799625600000000 12 x3 yes card/self_serve/pro/i1\n"
    "payment 1768176000000000 1768176000000000 never 2 10000000 0 "
    "1769817600000000..1772236800000000 1 x1 no ///\n"
    "payment 1768262400000000 1768262400000000 never 0 5000000 0 "
    "1767225600000000..1798675200000000 12 x1 yes ///\n"
    "payment 1768348800000000 1768348800000000 never 0 1000000 0 "
    "1768348800000000..1776124800000000 3 x1 yes ///\n"
    "person u:u1\n"
    "trait 1767312000000000 plan nobody 1767312000000000 never \"pro\"\n"
    "trait 1767398400000000 age u:u1 1767398400000000 never 41.5\n"
    "trait 1767398400000000 email u:u1 1767398400000000 never \"x@acme.com\"\n"
    "trait 1768953600000000 country nobody always never \"DE\"\n"
    "trait 1768953600000000 plan nobody 1768953600000000 never -\n");

static void logs(struct us_tap *t)
{
    struct us_column wanted[] = {columns[0], columns[5]};
    struct us_need need = {.names = names,
        .name_count = 2,
        .others = others,
        .other_count = 1,
        .columns = wanted,
        .column_count = 2,
        .account_traits = traits,
        .account_trait_count = 2,
        .user_traits = user_traits,
        .user_trait_count = 2,
        .payments = true,
        .deals = true};
    struct fixture x;
    fixture_init(&x);
    struct us_history *h = NULL;
    lines_load(t, &x, &h);
    const us_str all = us_arena_fmt(&x.a, "%s%.*s%s",
        "account 7\npayment 1768435200000000 1768435200000000 never 0 0 0 "
        "1768435200000000..1768435200000000 0 x1 yes ///\n",
        US_ARG(g1),
        "account g2\n"
        "event 1767830400000000 Viewed u:u2 1767830400000000 never - \"Pricing\"\n"
        "person u:u2\n"
        "trait 1768003200000000 country nobody 1768953600000000 never \"FR\"\n");
    CHECK(t, fixture_same(fixture_logs(&x.a, h, &need, US_S(""), US_NEVER), all));
    CHECK(t, fixture_same(fixture_logs(&x.a, h, &need, US_S("g1"), US_NEVER), g1));
    CHECK(
        t, fixture_same(fixture_logs(&x.a, h, &need, US_S("g8"), US_NEVER), US_S("")));
    CHECK(
        t, fixture_same(fixture_logs(&x.a, h, &need, US_S("g1"), DAY0 + 5 * US_DAY_US),
               US_S("account g1\n"
                    "event 1767434400000000 Paid u:u1 1767657600000000 never 19.99 -\n"
                    "person u:u1\n"
                    "trait 1767312000000000 plan nobody 1767312000000000 never "
                    "\"pro\"\n"
                    "trait 1767398400000000 age u:u1 1767398400000000 never 41.5\n"
                    "trait 1767398400000000 email u:u1 1767398400000000 never "
                    "\"x@acme.com\"\n"
                    "trait 1768953600000000 country nobody always never \"DE\"\n")));
    struct us_column absent[] = {{US_S("never_asked"), US_NUMBER}};
    need.columns = absent;
    need.column_count = 1;
    us_str failed = fixture_logs(&x.a, h, &need, US_S(""), US_NEVER);
    CHECK(t, us_str_has_suffix(failed, US_S("FAILED INPUT\n")));
    us_history_close(h);
    fixture_done(&x);
}

/* ---- many at once ---- */

enum { MANY = 900, FIRST = 9000 };

/* Ids of four digits and names of five, so that lists of them are long. And a link, as
 * the first that are settled are settled with all events. */
static void many_lines(struct fixture *x)
{
    fixture_line(x, US_LINE_MESSAGE, DAY0,
        US_S("{\"type\":\"identify\",\"anonymousId\":\"b\",\"userId\":\"w\"}"));
    for (size_t i = 0; i < FIRST + MANY; i++)
        fixture_line(x, US_LINE_MESSAGE, DAY0,
            us_arena_fmt(&x->a,
                "{\"type\":\"track\",\"anonymousId\":\"a%zu\",\"event\":\"E%zu\"}", i,
                i));
}

static void many_links(struct fixture *x)
{
    for (size_t i = FIRST; i < FIRST + MANY; i++)
        fixture_line(x, US_LINE_MESSAGE, DAY0 + US_DAY_US,
            us_arena_fmt(&x->a,
                "{\"type\":\"identify\",\"anonymousId\":\"a%zu\",\"userId\":\"u%zu\"}",
                i, i));
}

/* Statements that name many name all of them. */
static void many(struct us_tap *t)
{
    struct fixture x;
    fixture_init(&x);
    struct us_history *h = NULL;
    OK(t, us_history_open(x.dir, &rules, true, NULL, NULL, &h, e));
    many_lines(&x);
    OK(t, fixture_load(&x, h, e));
    OK(t, us_history_settle(h, e));
    many_links(&x);
    OK(t, fixture_load(&x, h, e));
    OK(t, us_history_settle(h, e));
    ASKED(t, &x, h, "SELECT count(*), count(DISTINCT seq) FROM event_spans",
        "1800|900\n"); /* who they were, and who they are */

    us_str *wanted = us_new(&x.a, us_str, MANY);
    struct us_raw_id *ids = us_new(&x.a, struct us_raw_id, MANY);
    for (size_t i = 0; i < MANY; i++)
        wanted[i] = us_arena_fmt(&x.a, "E%zu", FIRST + i);
    for (size_t i = 0; i < MANY; i++)
        ids[i] = (struct us_raw_id){us_arena_fmt(&x.a, "a%zu", FIRST + i), false};
    struct us_need need = {.names = wanted, .name_count = MANY};
    struct us_raw_lines sent = {0};
    OK(t, us_history_lines_of(h, &need, ids, MANY, US_NEVER - 1, &x.a, &sent, e));
    CHECK_AS(t, sent.event_count == MANY, "what each of them sent");
    us_history_close(h);
    fixture_done(&x);
}

struct answer {
    size_t columns;
    bool good; /* the last cell is the number of columns */
};

static us_code answer_take(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)e;
    struct answer *a = ctx;
    int64_t last = 0;
    a->columns = head->column_count;
    us_str_int(us_str_cut(cells[a->columns - 1].text, '.', &(us_str){0}), &last);
    a->good = (size_t)last == a->columns;
    return US_OK;
}

/* Numbers from 1; of a kind that is cast to text, or not. */
static us_str wide_sql(struct us_arena *a, size_t count, bool cast)
{
    struct us_buf sql = us_buf_new(a, 1 << 20);
    us_buf_put(&sql, US_S("SELECT "));
    for (size_t i = 1; i <= count; i++)
        us_buf_fmt(&sql, "%s%zu%s", i > 1 ? ", " : "", i, cast ? ".0" : "");
    return us_buf_str(&sql);
}

/* An answer is given whole or not at all. */
static void wide(struct us_tap *t)
{
    struct fixture x;
    fixture_init(&x);
    struct us_history *h = NULL;
    OK(t, us_history_open(x.dir, &rules, true, NULL, NULL, &h, e));
    for (int cast = 0; cast < 2; cast++) {
        struct us_error why = {0};
        struct answer a = {0};
        us_str sql = wide_sql(&x.a, US_HISTORY_SQL_COLUMNS_MAX, cast);
        OK(t, us_history_sql(h, sql, answer_take, &a, e));
        CHECK(t, a.columns == US_HISTORY_SQL_COLUMNS_MAX && a.good);
        sql = wide_sql(&x.a, US_HISTORY_SQL_COLUMNS_MAX + 1, cast);
        CHECK(t, us_history_sql(h, sql, answer_take, &a, &why) == US_LIMIT);
        CHECK(t, strcmp(why.key, "history.sql_wide") == 0);
        ASKED(t, &x, h, "SELECT 7", "7\n");
    }

    /* names that are too long together, though the text is not */
    struct us_buf sql = us_buf_new(&x.a, 1 << 20);
    us_buf_put(&sql, US_S("SELECT t.*"));
    for (int i = 0; i < 400; i++)
        us_buf_put(&sql, US_S(", t.*"));
    us_buf_put(&sql, US_S(" FROM (SELECT 7 AS \""));
    for (int i = 0; i < 400000; i++)
        us_buf_char(&sql, 'n');
    us_buf_put(&sql, US_S("\") t"));
    struct us_error why = {0};
    struct answer a = {0};
    us_code code = us_history_sql(h, us_buf_str(&sql), answer_take, &a, &why);
    CHECK(t, code == US_LIMIT && strcmp(why.key, "history.sql_names") == 0);
    ASKED(t, &x, h, "SELECT 7", "7\n");
    us_history_close(h);
    fixture_done(&x);
}

/* By what makes another past, and by nothing else. */
static void digests(struct us_tap *t)
{
    const uint64_t one = us_history_rules_digest(&rules);
    const us_str turned[] = {internal[1], internal[0]};
    const struct us_rate other[] = {{US_S("EUR"), 1.5}};
    struct us_history_rules r[] = {rules, rules, rules, rules, rules, rules};
    r[0].unit = US_COMPANY;
    r[1].currency = US_S("EUR");
    r[2].fixed_count = 0;
    r[3].internal_count = 1;
    r[4].rates = other;
    r[5].internal = turned;
    r[5].column_count = 0;
    r[5].threads = 2;
    for (size_t i = 0; i < 5; i++)
        CHECK(t, us_history_rules_digest(&r[i]) != one);
    CHECK(t, us_history_rules_digest(&r[5]) == one);
    CHECK_AS(t, one == UINT64_C(0x3d267ba6662d6ac1),
        "files that are there know it by this number");
}

int main(void)
{
    struct us_tap t = {0};
    callmemaybe(&t);
    answers(&t);
    logs(&t);
    many(&t);
    wide(&t);
    digests(&t);
    return us_tap_done(&t);
}
