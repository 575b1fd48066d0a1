/* Whole imports: the simulated company in, once, twice, in pieces, packed, damaged; bad
 * rows with their places; a Parquet file as the table it is. */

#include "import/csv.h"
#include "import/import_fixture.h"
#include "import/take.h"
#include "sim/sim_sink.h"

#include <zlib.h>
#include <zstd.h>

enum { EVENTS = 20000 };

/* All that is known of every account, as text. */
static us_str logs_of(struct place *p)
{
    static us_str names[] = {US_S_INIT("Invite Sent"), US_S_INIT("Limit Reached")};
    static us_str account_traits[] = {US_S_INIT("plan"), US_S_INIT("employees")};
    static us_str user_traits[] = {US_S_INIT("email"), US_S_INIT("title")};
    static const struct us_need need = {.names = names,
        .name_count = 2,
        .account_traits = account_traits,
        .account_trait_count = 2,
        .user_traits = user_traits,
        .user_trait_count = 2,
        .any = true,
        .payments = true};
    struct us_history *h = NULL;
    us_assert(us_history_open(p->dir, &p->rules, false, NULL, NULL, &h, NULL) == US_OK);
    us_str logs = fixture_logs(p->a, h, &need, (us_str){0}, US_NEVER);
    us_history_close(h);
    return logs;
}

/* ---- the simulated company ---- */

static us_str gzipped(struct us_arena *a, us_str text)
{
    z_stream z = {0};
    us_assert(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    size_t room = deflateBound(&z, text.len);
    unsigned char *out = us_new(a, unsigned char, room);
    unsigned char *in = us_new(a, unsigned char, text.len);
    memcpy(in, text.ptr, text.len);
    z.next_in = in;
    z.avail_in = (unsigned)text.len;
    z.next_out = out;
    z.avail_out = (unsigned)room;
    us_assert(deflate(&z, Z_FINISH) == Z_STREAM_END);
    us_str packed = {(char *)out, z.total_out};
    deflateEnd(&z);
    return packed;
}

static us_str zstded(struct us_arena *a, us_str text)
{
    size_t room = ZSTD_compressBound(text.len);
    char *out = us_new(a, char, room);
    size_t len = ZSTD_compress(out, room, text.ptr, text.len, 3);
    us_assert(!ZSTD_isError(len));
    return (us_str){out, len};
}

static const us_sim_file sim_files[] = {US_SIM_EVENTS, US_SIM_ACCOUNTS, US_SIM_CONTACTS,
    US_SIM_PAYMENTS, US_SIM_DEALS, US_SIM_ACTIVITIES, US_SIM_MQLS, US_SIM_COMPANIES};
enum { FILES = sizeof sim_files / sizeof *sim_files };

struct company {
    us_str text[FILES];
    us_str path[FILES];
};

static void company_make(struct company *c, struct fixture *x)
{
    struct sink s;
    sink_init(&s, true);
    struct us_sim_options options = asked(&s, 3, EVENTS);
    us_assert(us_sim_run(&options, NULL) == US_OK);
    for (size_t i = 0; i < FILES; i++) {
        c->text[i] = us_arena_str(&x->a, kept(&s, sim_files[i]));
        c->path[i] = written(x, us_sim_file_name(sim_files[i]), c->text[i]);
    }
    sink_done(&s);
}

/* The header and the rows from one share of the lines to another. */
static us_str piece(struct fixture *x, us_str text, bool header, size_t part, size_t of)
{
    struct us_buf out = us_buf_new(&x->a, (size_t)256 << 20);
    us_str rest = text;
    if (header) {
        us_str head = us_str_cut(rest, '\n', &rest);
        us_buf_put(&out, head);
        us_buf_char(&out, '\n');
    }
    for (size_t i = 0; rest.len; i++) {
        us_str line = us_str_cut(rest, '\n', &rest);
        if (i * 7 % of != part) continue;
        us_buf_put(&out, line);
        us_buf_char(&out, '\n');
    }
    return us_buf_str(&out);
}

/* Of two copies of a message that were received at different moments the one that comes
 * first stands, so that here each has but one. */
static us_str without_repeats(struct fixture *x, us_str events)
{
    struct us_buf out = us_buf_new(&x->a, (size_t)256 << 20);
    struct us_intern seen;
    us_intern_init(&seen);
    while (events.len) {
        us_str line = us_str_cut(events, '\n', &events);
        size_t at = us_str_find(line, US_S("\"messageId\":\""));
        us_str rest;
        us_str id = us_str_cut(us_str_slice(line, at + 13, line.len), '"', &rest);
        if (us_intern_find(&seen, id) != US_INTERN_NONE) continue;
        us_intern_put(&seen, id);
        us_buf_put(&out, line);
        us_buf_char(&out, '\n');
    }
    us_intern_done(&seen);
    return us_buf_str(&out);
}

static int64_t lines_of(us_str text)
{
    int64_t lines = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    return lines;
}

static void once_and_again(struct us_tap *t, struct place *p, const struct company *c)
{
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < FILES; i++) {
            OK(t, import(p, &c->path[i], 1, e));
            int64_t rows = lines_of(c->text[i]) - (sim_files[i] != US_SIM_EVENTS);
            const struct us_import_counts *n = &p->counts;
            const char *name = us_sim_file_name(sim_files[i]);
            CHECK_AS(t, n->lines == rows && n->dead == 0, name);
            CHECK_AS(t, n->added + n->duplicates == rows, name);
            if (sim_files[i] != US_SIM_EVENTS)
                CHECK_AS(t, (round ? n->duplicates : n->added) == rows, name);
            CHECK_AS(t, round == 0 || n->added == 0, name);
        }
    }
    static const struct {
        size_t file;
        const char *sql;
    } tables[] = {{2, "SELECT count(*) FROM contacts"},
        {3, "SELECT count(*) FROM payments"}, {4, "SELECT count(*) FROM deals"},
        {5, "SELECT count(*) FROM activities"}, {6, "SELECT count(*) FROM mqls"},
        {7, "SELECT count(*) FROM companies"}};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        us_str want = us_arena_fmt(
            p->a, "%lld\n", (long long)lines_of(c->text[tables[i].file]) - 1);
        CHECK_AS(t, fixture_same(answer(p, tables[i].sql), want), tables[i].sql);
    }
}

/* In pieces, the last first, packed in turn. */
static void in_pieces(
    struct us_tap *t, struct fixture *x, const struct company *c, us_str logs)
{
    enum { PIECES = 3 };
    struct place p;
    place_init(&p, x, "pieces");
    us_str paths[FILES * PIECES];
    size_t count = 0;
    for (size_t part = PIECES; part-- > 0;) {
        for (size_t i = FILES; i-- > 0;) {
            bool events = sim_files[i] == US_SIM_EVENTS;
            us_str text = events ? without_repeats(x, c->text[i]) : c->text[i];
            text = piece(x, text, !events, part, PIECES);
            if (part == 1) text = gzipped(&x->a, text);
            if (part == 2) text = zstded(&x->a, text);
            char *name = us_arena_cstr(&x->a, us_arena_fmt(&x->a, "piece%zu", count));
            paths[count++] = written(x, name, text);
        }
    }
    OK(t, import(&p, paths, count, e));
    CHECK_AS(
        t, fixture_same(logs, logs_of(&p)), "pieces in any order, plain and packed");
}

static void damaged(struct us_tap *t, struct fixture *x, const struct company *c)
{
    struct place p;
    struct us_error why = {0};
    place_init(&p, x, "damaged");
    us_str packed[] = {gzipped(&x->a, c->text[0]), zstded(&x->a, c->text[0])};
    for (size_t i = 0; i < 2; i++) {
        us_str cut = us_str_slice(packed[i], 0, packed[i].len / 2);
        us_str path = written(x, i ? "cut.zst" : "cut.gz", cut);
        CHECK(t, import(&p, &path, 1, &why) == US_INPUT);
        CHECK(t, us_str_eq(us_str_c(why.key), US_S("import.damaged")));
        path = written(x, i ? "mended.zst" : "mended.gz", packed[i]);
        OK(t, import(&p, &path, 1, e));
        CHECK_AS(t, p.counts.added + p.counts.duplicates == p.counts.lines,
            "what came before the cut is known again");
    }
}

/* ---- rows that cannot be understood ---- */

static const char *const bad = "\xef\xbb\xbf"
                               "account;at;amount;status\r\n"
                               "a1;2026-01-01;10;paid\r\n"
                               "a2;yesterday;10;paid\r\n"
                               "a3;2026-01-01;10\r\n"
                               "\"a\r\n4\";2026-01-01;10;payed\r\n"
                               "a5;2026-01-01;10;paid\r\n";

static void dead_letters(struct us_tap *t, struct fixture *x)
{
    struct place p;
    place_init(&p, x, "dead");
    us_str path = written(x, "bad.csv", us_str_c(bad));
    OK(t, import(&p, &path, 1, e));
    CHECK(t, p.counts.lines == 5 && p.counts.added == 2 && p.counts.dead == 3);
    const char *told =
        "3:52 import.bad_time\n4:74 import.fields\n5:92 import.bad_word\n";
    CHECK(t, fixture_same(us_buf_str(&p.told), us_str_c(told)));
    us_str rows = answer(&p, "SELECT line, byte, reason, message->>'bytes' FROM "
                             "dead_letters WHERE line < 5 ORDER BY line");
    CHECK(t, fixture_same(rows, US_S("3|52|import.bad_time|a2;yesterday;10;paid\n"
                                     "4|74|import.fields|a3;2026-01-01;10\n")));
    OK(t, import(&p, &path, 1, e));
    CHECK(t, p.counts.added == 0 && p.counts.dead == 3);
    CHECK_AS(t,
        fixture_same(answer(&p, "SELECT count(*) FROM dead_letters"), US_S("3\n")),
        "a dead letter lies there once");
}

static void strict(struct us_tap *t, struct fixture *x)
{
    struct place p;
    struct us_error why = {0};
    place_init(&p, x, "strict");
    p.options.strict = true;
    us_str path = written(x, "strict.csv", us_str_c(bad));
    CHECK(t, import(&p, &path, 1, &why) == US_INPUT);
    CHECK(t, us_str_eq(us_str_c(why.key), US_S("import.strict")));
    CHECK(t, us_str_has_suffix(why.args[0].text, US_S("strict.csv:3")));
    CHECK_AS(t, fixture_same(answer(&p, "SELECT count(*) FROM payments"), US_S("1\n")),
        "rows before it are kept");
}

static void a_file_fails(struct us_tap *t, struct fixture *x)
{
    struct place p;
    struct us_error why = {0};
    place_init(&p, x, "fails");
    us_str paths[] = {
        written(x, "first.csv", US_S("account,at,amount\na1,2026-01-01,10\n")),
        us_file_join(&x->a, x->dir, US_S("absent.csv"))};
    CHECK(t, import(&p, paths, 2, &why) == US_IO);
    CHECK_AS(t, fixture_same(answer(&p, "SELECT count(*) FROM payments"), US_S("1\n")),
        "files before the one that cannot be read are kept");
}

#define PAYMENTS                                                                \
    "id,Created date (UTC),Amount,Amount Refunded,Currency,Status,Customer ID," \
    "Refunded date (UTC),Invoice ID\n"

/* The same export, made again as time goes on: what went back of ch_1 has grown. */
static const char *const exports[] = {
    PAYMENTS "ch_1,2026-01-02 13:45,100.00,40.00,usd,Paid,c1,2026-01-05 00:00,in_1\n"
             "ch_2,2026-01-02 13:45,100.00,0.00,usd,Pending,c1,,\n"
             "ch_3,2026-01-02 13:45,100.00,0.00,usd,Paid,c2,,\n",
    PAYMENTS "ch_1,2026-01-02 13:45,100.00,70.00,usd,Paid,c1,2026-01-09 00:00,in_1\n",
    PAYMENTS "ch_1,2026-01-02 13:45,100.00,100.00,usd,Refunded,c1,2026-02-03 "
             "00:00,in_1\n",
};
static const char *const paid = "SELECT key, amount, status, invoice_id, months FROM "
                                "payments_counted JOIN accounts ON id = account "
                                "ORDER BY happened, status";

static void stripe(struct us_tap *t, struct fixture *x)
{
    struct place p;
    place_init(&p, x, "stripe");
    p.options.customers =
        written(x, "customers.csv", US_S("customer,account\nc1,a1\n"));
    us_str periods =
        written(x, "subscriptions.csv", US_S("Customer ID,Interval\nc1,month\n"));
    p.options.periods = &periods;
    p.options.periods_count = 1;
    us_str path = written(x, "unified_payments.csv", us_str_c(exports[0]));
    OK(t, import(&p, &path, 1, e));
    CHECK(t, p.counts.lines == 3 && p.counts.added == 2 && p.counts.passed == 1);
    CHECK(t, p.counts.dead == 1 && us_str_eq(p.counts.kind, US_S("stripe payments")));
    CHECK(t, fixture_same(answer(&p, paid),
                 US_S("a1|100.000000|paid|in_1|1\na1|40.000000|refunded|in_1|0\n")));
}

/* Whatever order the exports are taken in, and however often, the money is the same. */
static void refund_grows(struct us_tap *t, struct fixture *x)
{
    static const int orders[][4] = {{0, 1, 2, 2}, {2, 1, 0, 1}, {1, 0, 2, 0}};
    for (size_t i = 0; i < 3; i++) {
        struct place p;
        us_str paths[4];
        place_init(&p, x, us_arena_cstr(&x->a, us_arena_fmt(&x->a, "grows%zu", i)));
        p.options.customers =
            written(x, "customers.csv", US_S("customer,account\nc1,a1\n"));
        for (size_t k = 0; k < 4; k++)
            paths[k] = written(x, us_arena_cstr(&x->a, us_arena_fmt(&x->a, "e%zu", k)),
                us_str_c(exports[orders[i][k]]));
        OK(t, import(&p, paths, 4, e));
        CHECK_AS(t,
            fixture_same(answer(&p, "SELECT amount, status, happened::DATE FROM "
                                    "payments_view ORDER BY happened, status"),
                US_S("100.000000|paid|2026-01-02\n40.000000|refunded|2026-01-05\n"
                     "30.000000|refunded|2026-01-09\n30.000000|refunded|2026-02-03\n")),
            "a refund counts what it has grown by");
        static const struct us_need need = {.payments = true};
        struct us_history *h = NULL;
        us_assert(
            us_history_open(p.dir, &p.rules, false, NULL, NULL, &h, NULL) == US_OK);
        us_str logs = fixture_logs(&x->a, h, &need, US_S("a1"), US_NEVER);
        us_history_close(h);
        bool once = us_str_find(logs, US_S(" 2 30000000 ")) < logs.len &&
                    us_str_find(logs, US_S(" 2 70000000 ")) == logs.len &&
                    us_str_find(logs, US_S(" 2 100000000 ")) == logs.len;
        CHECK_AS(t, once, "and so it does in an account's log");
    }
}

/* ---- property columns ---- */

static const struct us_column columns[] = {{US_S_INIT("resource"), US_STRING},
    {US_S_INIT("resource"), US_NUMBER}, {US_S_INIT("seats"), US_NUMBER},
    {US_S_INIT("path"), US_STRING}, {US_S_INIT("a.b"), US_BOOL},
    {US_S_INIT("name"), US_STRING}};
static const char *const values =
    "SELECT event, p_resource, p_resource_num, p_seats_num, p_path, \"p_a.b_bool\", "
    "p_name FROM event_log WHERE seq <= 400 OR seq > 19990 ORDER BY seq";

/* What import hands to the loader is what the loader reads by itself in a rebuild. */
static void handed_over(struct us_tap *t, struct fixture *x, const struct company *c)
{
    struct place p;
    place_init(&p, x, "columns");
    p.rules.columns = columns;
    p.rules.column_count = sizeof columns / sizeof *columns;
    us_str odd = written(x, "odd.ndjson",
        US_S("{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\",\"timestamp\":"
             "\"2026-01-01\",\"properties\":{\"re\\u0073ource\":\"\",\"seats\":-1.5,"
             "\"path\":\"a\\n\\u00e9\",\"a\":{\"b\":true},\"name\":null}}\n"
             "{\"batch\":[{\"type\":\"track\",\"event\":\"F\",\"userId\":\"u\","
             "\"timestamp\":\"2026-01-01\",\"properties\":{\"seats\":3,\"resource\":7}}"
             "]}\n{\"type\":\"page\",\"name\":\"P\",\"userId\":\"u\",\"timestamp\":"
             "\"2026-01-01\",\"properties\":{\"path\":\"/p\"}}\n"));
    us_str paths[] = {c->path[0], odd};
    OK(t, import(&p, paths, 2, e));
    CHECK_AS(t,
        fixture_same(
            answer(&p, "SELECT p_resource, p_resource_num, p_seats_num, p_path, "
                       "\"p_a.b_bool\", p_name FROM event_log WHERE event IN "
                       "('E', 'F') OR p_path = '/p' ORDER BY seq"),
            US_S("|NULL|-1.500000|a\n\xc3\xa9|true|NULL\n"
                 "NULL|7.000000|3.000000|NULL|NULL|NULL\nNULL|NULL|NULL|/p|NULL|P\n")),
        "what is odd, in a batch, or of a page");
    us_str handed = answer(&p, values);
    CHECK(t, us_str_find(handed, US_S("|seats|NULL|")) < handed.len);
    OK(t, us_import_rebuild(&p.options, e));
    CHECK_AS(t, fixture_same(handed, answer(&p, values)), "read again it is the same");
}

/* ---- another layout ---- */

/* A history of an older usher is refused with the way out, and made anew by it. */
static void upgrade(struct us_tap *t, struct place *p, us_str logs)
{
    struct us_history *h = NULL;
    struct us_error why = {0};
    us_assert(us_history_open(p->dir, &p->rules, true, NULL, NULL, &h, NULL) == US_OK);
    OK(t,
        us_history_run(h, US_S("UPDATE meta SET value = '1' WHERE key = 'schema'"), e));
    us_history_close(h);
    for (int write = 0; write < 2; write++) {
        us_code code = us_history_open(p->dir, &p->rules, write, NULL, NULL, &h, &why);
        CHECK(t, code == US_INPUT && strcmp(why.key, "history.schema") == 0);
    }
    struct us_import *im = NULL;
    CHECK(t, us_import_open(&p->options, &im, &why) == US_INPUT);
    OK(t, us_import_rebuild(&p->options, e));
    CHECK_AS(t, fixture_same(logs, logs_of(p)), "rebuild brings it up to date");
}

/* ---- Parquet ---- */

static void parquet(struct us_tap *t, struct fixture *x, const struct company *c)
{
    struct place p;
    struct us_error why = {0};
    place_init(&p, x, "parquet");
    us_str path = us_file_join(&x->a, x->dir, US_S("a 'quoted' [1]* name.parquet"));
    us_str safe = us_file_join(&x->a, x->dir, US_S("made.parquet"));
    struct us_history *h = NULL;
    us_assert(us_history_scratch(&h, &why) == US_OK);
    us_str sql = us_arena_fmt(&x->a, "COPY (FROM read_csv('%.*s')) TO '%.*s'",
        US_ARG(c->path[3]), US_ARG(safe));
    OK(t, us_history_run(h, sql, e));
    us_history_close(h);
    us_assert(rename(us_arena_cstr(&x->a, safe), us_arena_cstr(&x->a, path)) == 0);
    OK(t, import(&p, &path, 1, e));
    int64_t rows = lines_of(c->text[3]) - 1;
    CHECK(t, p.counts.lines == rows && p.counts.added == rows && p.counts.dead == 0);
    CHECK(t, us_str_eq(p.counts.kind, US_S("payments")));
    OK(t, import(&p, &c->path[3], 1, e));
    const char *sums = "SELECT count(*) FROM (SELECT DISTINCT account, amount, "
                       "invoice_id, status, period_end, quantity FROM payments)";
    us_str want = us_arena_fmt(&x->a, "%lld\n", (long long)rows);
    CHECK_AS(t, fixture_same(answer(&p, sums), want), "the same payments as by CSV");
    struct us_take piped = {.path = US_S("-")};
    CHECK(t, us_take_parquet(&piped, &why) == US_USAGE);
    CHECK(t, us_str_eq(us_str_c(why.key), US_S("import.parquet_stdin")));
    us_str wrong = written(x, "wrong.parquet", US_S("PAR1 but no more than that PAR1"));
    CHECK(t, import(&p, &wrong, 1, &why) == US_INPUT);
    CHECK(t, us_str_eq(us_str_c(why.key), US_S("import.parquet")));
}

int main(void)
{
    struct us_tap t = {0};
    struct fixture x;
    struct company company;
    struct place whole;
    fixture_init(&x);
    company_make(&company, &x);
    place_init(&whole, &x, "whole");
    once_and_again(&t, &whole, &company);
    us_str logs = logs_of(&whole);
    CHECK(&t, logs.len > 10000);
    in_pieces(&t, &x, &company, logs);
    damaged(&t, &x, &company);
    dead_letters(&t, &x);
    strict(&t, &x);
    a_file_fails(&t, &x);
    stripe(&t, &x);
    refund_grows(&t, &x);
    parquet(&t, &x, &company);
    handed_over(&t, &x, &company);
    upgrade(&t, &whole, logs);
    fixture_done(&x);
    return us_tap_done(&t);
}
