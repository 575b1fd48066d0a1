/* Webhooks as stripe-node signs them: taken when they are Stripe's, and as what. */
#include "base/tap.h"
#include "connector/stripe.h"
#include "connector/stripe_reference.inc"

#include <string.h>

static const int64_t NOW = STRIPE_NOW * US_SECOND_US;
static const us_str secrets[] = {
    US_S_INIT(STRIPE_SECRET), US_S_INIT("whsec_a"), US_S_INIT(STRIPE_OTHER)};

static const struct vector *vector(const char *name)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        if (strcmp(vectors[i].name, name) == 0) return &vectors[i];
    us_panic(__FILE__, __LINE__, name);
}

/* ---- signatures ---- */

static const char *why(us_code code, const struct us_error *e)
{
    return code == US_OK ? "" : e->key;
}

static const char *verified(us_str header, us_str body, int64_t now)
{
    struct us_error e = {0};
    return why(us_stripe_verify(header, body, secrets, 1, now, &e), &e);
}

static void test_vectors(struct us_tap *t)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct vector *v = &vectors[i];
        us_str body = us_str_c(v->body);
        us_str header = us_str_c(v->header);
        bool good = !*verified(header, body, NOW);
        struct us_error e = {0};
        /* The other secret is longer than a block of the hash. */
        good &= us_stripe_verify(us_str_c(v->other), body, &secrets[2], 1, NOW, &e) ==
                US_OK;
        good &= strcmp(verified(us_str_c(v->other), body, NOW),
                    "stripe.wrong_signature") == 0;
        good &= strcmp(verified(header, us_str_slice(body, 0, body.len - 1), NOW),
                    "stripe.wrong_signature") == 0;
        CHECK_AS(t, good, v->name);
    }
}

static void test_header(struct us_tap *t)
{
    const struct vector *v = vector("spaced");
    us_str body = us_str_c(v->body);
    const char *sum = strstr(v->header, "v1=") + 3;
    char many[2048] = "t=1795651200";
    for (int i = 0; i < US_STRIPE_SIGNATURES_MAX; i++)
        strncat(many, ",v1=00", sizeof many - strlen(many) - 1);
    struct {
        const char *before, *after, *want;
    } cases[] = {
        {"t=1795651200,v1=", "", ""},
        {"t=1795651200,v0=aa,v1=", ",v0=bb", ""},
        {" t=1795651200 , v1=", " ", ""},
        /* While a secret is rotated there is one of each. */
        {"t=1795651200,v1="
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aa,v1=",
            "", ""},
        {"t=1795651201,v1=", "", "stripe.wrong_signature"},
        {"t=01795651200,v1=", "", "stripe.wrong_signature"},
        {"t=1795651200,v1=", "0", "stripe.bad_signature"},
        {"t=1795651200,v0=", "", "stripe.bad_signature"},
        {"v1=", "", "stripe.bad_signature"},
        {"t=x,v1=", "", "stripe.bad_signature"},
        {"t=-5,v1=", "", "stripe.bad_signature"},
        {"t=9223372036854775807,v1=", "", "stripe.bad_signature"},
        {"t=1795651200,t=1795651200,v1=", "", "stripe.bad_signature"},
        /* What is no signature takes no place of one. */
        {many, ",v1=", "stripe.bad_signature"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char header[4096];
        snprintf(header, sizeof header, "%s%s%s", cases[i].before, sum, cases[i].after);
        const char *got = verified(us_str_c(header), body, NOW);
        if (!CHECK_AS(t, strcmp(got, cases[i].want) == 0, "a header"))
            printf("# case %zu: %s\n", i, got);
    }
    char last[4096];
    snprintf(last, sizeof last, "%s,v1=%s", many, sum);
    CHECK(t, !*verified(us_str_c(last), body, NOW));
    CHECK(t, strcmp(verified((us_str){0}, body, NOW), "stripe.no_signature") == 0);
    struct us_error e = {0};
    us_str header = us_str_c(v->header);
    CHECK(t, us_stripe_verify(header, body, secrets, 0, NOW, &e) == US_INPUT);
    CHECK(t, us_stripe_verify(header, body, secrets, 3, NOW, &e) == US_OK);
    CHECK(t, us_stripe_verify(us_str_c(v->other), body, secrets, 3, NOW, &e) == US_OK);
}

static void test_time(struct us_tap *t)
{
    const struct vector *v = vector("spaced");
    us_str body = us_str_c(v->body);
    us_str header = us_str_c(v->header);
    int64_t most = US_STRIPE_TOLERANCE_SECONDS * US_SECOND_US;
    CHECK(t, !*verified(header, body, NOW + most + US_SECOND_US - 1));
    CHECK(t, !*verified(header, body, NOW - most));
    CHECK(t, strcmp(verified(header, body, NOW + most + US_SECOND_US),
                 "stripe.too_old") == 0);
    CHECK(t, strcmp(verified(header, body, NOW - most - 1), "stripe.too_early") == 0);
    /* Whether a forged one is old is nobody's business. */
    us_str other = us_str_c(v->other);
    CHECK(t,
        strcmp(verified(other, body, NOW + 9 * most), "stripe.wrong_signature") == 0);
}

/* ---- events ---- */

struct reader {
    struct us_arena arena;
    struct us_json *json;
    struct us_stripe_asked asked;
    struct us_stripe_line line;
    struct us_error e;
};

static void reader_init(struct reader *r)
{
    *r = (struct reader){.asked = {.live = true}};
    us_arena_init(&r->arena, 64 << 20);
    r->json = us_json_new();
}

static void reader_done(struct reader *r)
{
    us_json_free(r->json);
    us_arena_done(&r->arena);
}

static us_code read_text(struct reader *r, us_str body)
{
    struct us_json_doc doc;
    char *padded = us_new(&r->arena, char, body.len + US_JSON_PAD);
    memcpy(padded, body.ptr, body.len);
    us_code code = us_json_parse(r->json, (us_str){padded, body.len}, &doc, &r->e);
    us_assert(code == US_OK);
    r->asked.doc = &doc;
    return us_stripe_read(&r->asked, &r->arena, &r->line, &r->e);
}

static us_code read_event(struct reader *r, const char *name)
{
    return read_text(r, us_str_c(vector(name)->body));
}

/* What each event becomes: a line, or the key of why it is none. */
static const struct {
    const char *name, *id, *m;
} lines[] = {
    {"invoice_paid", "stripe:in_1Pabc:paid:5950",
        "{\"account\":\"ws_7\",\"at\":\"2026-11-25T23:26:40Z\",\"amount\":59.50,"
        "\"currency\":\"USD\",\"status\":\"paid\",\"method\":\"card\",\"channel\":"
        "\"self_"
        "serve\",\"plan\":\"prod_team\",\"quantity\":5,\"tax\":9.50,\"invoice_id\":"
        "\"in_"
        "1Pabc\",\"payment_id\":\"in_1Pabc\",\"period_start\":\"2026-11-16T00:00:00Z\","
        "\"period_end\":\"2026-12-26T00:00:00Z\"}"},
    {"invoice_old", "stripe:in_1Old:paid:120000",
        "{\"account\":\"acct 3\",\"at\":\"2026-11-25T23:58:20Z\",\"amount\":120000,"
        "\"currency\":\"JPY\",\"status\":\"paid\",\"method\":\"invoice\",\"channel\":"
        "\"sales\",\"plan\":\"Business\",\"quantity\":1,\"tax\":10909,\"invoice_id\":"
        "\"in_1Old\",\"payment_id\":\"in_1Old\",\"period_start\":\"2026-11-25T23:58:"
        "20Z\","
        "\"period_end\":\"2027-11-26T00:00:00Z\"}"},
    {"invoice_failed", "stripe:in_1Pabc:failed:5950",
        "{\"account\":\"ws_7\",\"at\":\"2026-11-25T23:59:00Z\",\"amount\":59.50,"
        "\"currency\":\"USD\",\"status\":\"failed\",\"method\":\"card\",\"channel\":"
        "\"self_serve\",\"plan\":\"prod_team\",\"quantity\":5,\"invoice_id\":\"in_"
        "1Pabc\","
        "\"payment_id\":\"in_1Pabc\"}"},
    {"charge_old", "stripe:ch_1:paid:2000",
        "{\"account\":\"a1\",\"at\":\"2026-11-25T23:59:00Z\",\"amount\":20.00,"
        "\"currency\":\"EUR\",\"status\":\"paid\",\"method\":\"sepa\",\"channel\":"
        "\"self_serve\",\"invoice_id\":\"ch_1\",\"payment_id\":\"ch_1\"}"},
    {"charge_failed", "stripe:ch_1:failed:2000",
        "{\"account\":\"a1\",\"at\":\"2026-11-25T23:59:00Z\",\"amount\":20.00,"
        "\"currency\":\"EUR\",\"status\":\"failed\",\"method\":\"sepa\",\"channel\":"
        "\"self_serve\",\"invoice_id\":\"ch_1\",\"payment_id\":\"ch_1\"}"},
    {"refund_part", "stripe:ch_1:refunded:500",
        "{\"account\":\"a1\",\"at\":\"2026-11-25T23:59:00Z\",\"amount\":5.00,"
        "\"currency\":\"EUR\",\"status\":\"refunded\",\"method\":\"sepa\",\"payment_"
        "id\":"
        "\"ch_1\"}"},
    {"refund_all", "stripe:ch_1:refunded:2000",
        "{\"account\":\"a1\",\"at\":\"2026-11-25T23:59:00Z\",\"amount\":20.00,"
        "\"currency\":\"EUR\",\"status\":\"refunded\",\"method\":\"sepa\",\"payment_"
        "id\":"
        "\"ch_1\"}"},
    {"checkout", "stripe:pi_5:paid:1234567",
        "{\"account\":\"ws_8\",\"at\":\"2026-11-25T23:59:00Z\",\"amount\":1234.567,"
        "\"currency\":\"KWD\",\"status\":\"paid\",\"channel\":\"self_serve\",\"tax\":0."
        "070,\"invoice_id\":\"pi_5\",\"payment_id\":\"pi_5\"}"},
    {"disputed", "stripe:ch_1:disputed:2000",
        "{\"account\":\"a1\",\"at\":\"2026-11-25T23:59:00Z\",\"amount\":20.00,"
        "\"currency\":\"EUR\",\"status\":\"disputed\",\"payment_id\":\"ch_1\"}"},
    {"reinstated", "stripe:du_1:paid:2000",
        "{\"account\":\"a1\",\"at\":\"2026-11-25T23:59:00Z\",\"amount\":20.00,"
        "\"currency\":\"EUR\",\"status\":\"paid\",\"payment_id\":\"du_1\"}"},
    {"invoice_nothing", NULL, "stripe.passed"},
    {"invoice_by_mail", NULL, "stripe.unknown_customer"},
    {"invoice_nobody", NULL, "stripe.unknown_customer"},
    {"invoice_no_amount", NULL, "stripe.lacks"},
    {"charge_of_invoice", NULL, "stripe.passed"},
    {"charge_held", NULL, "stripe.passed"},
    {"charge_new", NULL, "stripe.passed"},
    {"checkout_later", NULL, "stripe.passed"},
    {"checkout_subscription", NULL, "stripe.passed"},
    {"checkout_old", NULL, "stripe.passed"},
    {"inquiry", NULL, "stripe.passed"},
    {"subscribed", NULL, "stripe.unknown_customer"},
    {"unknown_type", NULL, "stripe.passed"},
    {"test_mode", NULL, "stripe.passed"},
    {"thin", NULL, "stripe.thin"},
    {"no_event", NULL, "stripe.no_event"},
};

static void test_lines(struct us_tap *t)
{
    struct reader r;
    reader_init(&r);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        us_code code = read_event(&r, lines[i].name);
        bool good = false;
        if (lines[i].id)
            good = code == US_OK && r.line.type == US_LINE_PAYMENT &&
                   us_str_eq(r.line.id, us_str_c(lines[i].id)) &&
                   us_str_eq(r.line.m, us_str_c(lines[i].m));
        else
            good = code != US_OK && strcmp(r.e.key, lines[i].m) == 0 &&
                   (code == US_NOT_FOUND) == !strcmp(lines[i].m, "stripe.passed");
        if (!CHECK_AS(t, good, lines[i].name))
            printf("# %s\n# %.*s\n# %.*s\n", code == US_OK ? "" : r.e.key,
                US_ARG(r.line.id), US_ARG(r.line.m));
    }
    reader_done(&r);
}

/* One fact told by two events, or in another order, is one line. */
static void test_same(struct us_tap *t)
{
    static const char *const pairs[][2] = {
        {"invoice_paid", "invoice_succeeded"}, {"disputed", "withdrawn"}};
    struct reader r;
    reader_init(&r);
    for (size_t i = 0; i < 2; i++) {
        us_code code = read_event(&r, pairs[i][0]);
        struct us_stripe_line first = r.line;
        CHECK(t, code == US_OK && read_event(&r, pairs[i][1]) == US_OK);
        CHECK(t, us_str_eq(first.id, r.line.id) && us_str_eq(first.m, r.line.m));
    }
    reader_done(&r);
}

static void test_subscription(struct us_tap *t)
{
    struct reader r;
    reader_init(&r);
    struct us_customers known = {0};
    known.open = true;
    us_intern_init(&known.names);
    us_intern_init(&known.accounts);
    uint32_t of[] = {us_intern_put(&known.accounts, US_S("ws_1")),
        us_intern_put(&known.accounts, US_S("ws_2"))};
    us_intern_put(&known.names, US_S("cus_42"));
    us_intern_put(&known.names, US_S("x@gmail.com"));
    known.account_of = of;
    r.asked.customers = &known;
    CHECK(t, read_event(&r, "subscribed") == US_OK && r.line.type == US_LINE_ACCOUNT);
    CHECK(t, us_str_eq(r.line.m,
                 US_S("{\"account\":\"ws_1\",\"at\":\"2026-11-25T23:59:00Z\",\"plan\":"
                      "\"team_quarter\",\"quantity\":12,\"interval\":\"3 months\","
                      "\"subscription_status\":\"active\"}")));
    CHECK(t, us_str_eq(r.line.id, US_S("stripe:evt_customer_subscription_updated")));
    CHECK(t, read_event(&r, "ended") == US_OK);
    CHECK(t, us_str_find(r.line.m, US_S("\"canceled\"")) < r.line.m.len);
    /* By the customer's mail, where its id is not in the table. */
    CHECK(t, read_event(&r, "invoice_nobody") == US_OK);
    CHECK(t, us_str_has_prefix(r.line.m, US_S("{\"account\":\"ws_2\"")));
    CHECK(t, read_event(&r, "invoice_by_mail") == US_INPUT);
    us_intern_done(&known.names);
    us_intern_done(&known.accounts);
    reader_done(&r);
}

static void test_domains(struct us_tap *t)
{
    struct reader r;
    reader_init(&r);
    r.asked.domains = true;
    CHECK(t, read_event(&r, "invoice_by_mail") == US_OK);
    CHECK(t, us_str_has_prefix(r.line.m, US_S("{\"account\":\"acme.co.uk\"")));
    CHECK_AS(t, read_event(&r, "invoice_nobody") == US_INPUT,
        "nobody's company is at gmail.com");
    r.asked.live = false;
    CHECK(t, read_event(&r, "test_mode") == US_OK);
    CHECK(t, read_event(&r, "invoice_paid") == US_NOT_FOUND);
    reader_done(&r);
}

/* Smallest units: docs.stripe.com/currencies. */
static void test_currencies(struct us_tap *t)
{
    static const struct {
        const char *currency, *want;
    } cases[] = {{"usd", "12.34"}, {"BIF", "1234"}, {"vnd", "1234"}, {"ugx", "12.34"},
        {"isk", "12.34"}, {"huf", "12.34"}, {"bhd", "1.234"}, {"xpf", "1234"},
        {"tnd", "1.234"}, {"eur", "12.34"}};
    struct reader r;
    reader_init(&r);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        us_str body = us_arena_fmt(&r.arena,
            "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"invoice.paid\","
            "\"created\":1,\"livemode\":true,\"data\":{\"object\":{\"id\":\"in_1\","
            "\"amount_paid\":1234,\"currency\":\"%s\",\"metadata\":{\"account\":\"a\"}}"
            "}}",
            cases[i].currency);
        us_str want = us_arena_fmt(&r.arena, "\"amount\":%s,", cases[i].want);
        bool good =
            read_text(&r, body) == US_OK && us_str_find(r.line.m, want) < r.line.m.len;
        CHECK_AS(t, good, cases[i].currency);
    }
    reader_done(&r);
}

/* Members of other kinds than they should be: reasons, never more. */
static void test_odd(struct us_tap *t)
{
    static const char *const odd[] = {
        "[]",
        "7",
        "{}",
        "\"event\"",
        "{\"object\":\"event\"}",
        "{\"object\":\"event\",\"id\":\"e\",\"type\":\"invoice.paid\",\"created\":1,"
        "\"data\":[]}",
        "{\"object\":\"event\",\"id\":\"e\",\"type\":\"invoice.paid\",\"created\":"
        "\"1\","
        "\"data\":{\"object\":{}}}",
        "{\"object\":\"event\",\"id\":\"e\",\"type\":\"invoice.paid\",\"created\":1,"
        "\"livemode\":true,\"data\":{\"object\":{\"lines\":{\"data\":[]},\"total_"
        "taxes\":"
        "[3],\"amount_paid\":5,\"id\":\"i\",\"currency\":null}}}",
        "{\"object\":\"event\",\"id\":\"e\",\"type\":\"invoice.paid\",\"created\":1,"
        "\"livemode\":true,\"data\":{\"object\":{\"lines\":{\"data\":[1,[],{}]},"
        "\"metadata\":[1],\"customer\":7,\"amount_paid\":5,\"id\":\"i\",\"currency\":"
        "\"usd\"}}}",
        "{\"object\":\"event\",\"id\":\"e\",\"type\":\"invoice.paid\",\"created\":1,"
        "\"livemode\":true,\"data\":{\"object\":{\"amount_paid\":99999999999999999999,"
        "\"id\":\"i\",\"currency\":\"usd\"}}}",
        "{\"object\":\"event\",\"id\":\"e\",\"type\":\"customer.subscription.updated\","
        "\"created\":1,\"livemode\":true,\"data\":{\"object\":{\"items\":7,\"status\":"
        "5}}"
        "}",
    };
    struct reader r;
    reader_init(&r);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        CHECK(t, read_text(&r, us_str_c(odd[i])) == US_INPUT);
    reader_done(&r);
}

int main(void)
{
    struct us_tap t = {0};
    test_vectors(&t);
    test_header(&t);
    test_time(&t);
    test_lines(&t);
    test_same(&t);
    test_subscription(&t);
    test_domains(&t);
    test_currencies(&t);
    test_odd(&t);
    return us_tap_done(&t);
}
