/* Records are judged as rows of a file are, and become the same lines. */
#include "import/record.h"
#include "import/sheet_fixture.h"

static us_code read_record(struct fixture *x, const struct us_sheet_kind *kind,
    const char *text, struct us_record *out, struct us_error *e)
{
    struct us_json_doc doc;
    size_t len = strlen(text);
    char *padded = us_new(&x->a, char, len + US_JSON_PAD);
    memcpy(padded, text, len);
    us_code code = us_json_parse(x->json, (us_str){padded, len}, &doc, NULL);
    us_assert(code == US_OK);
    return us_record_read(kind, &doc, 0, &x->a, out, e);
}

/* A row of a file, and the same as a record. */
static const struct {
    const struct us_sheet_kind *kind;
    const char *csv, *json;
} same[] = {
    {&us_kind_payments,
        "account,at,amount,currency,status,method,channel,interval,quantity,payment_"
        "id\n"
        "acme,2026-01-02,120.50,EUR,paid,card,self-service,monthly,3,p1\n",
        "{\"account\":\"acme\",\"at\":\"2026-01-02\",\"amount\":120.50,\"currency\":"
        "\"EUR\",\"status\":\"paid\",\"method\":\"card\",\"channel\":\"self-service\","
        "\"interval\":\"monthly\",\"quantity\":3,\"payment_id\":\"p1\"}"},
    {&us_kind_payments, "workspace_id,paid_at,amount,seats\nacme,2026-01-02,5,2\n",
        "{\"workspaceId\":\"acme\",\"paidAt\":\"2026-01-02\",\"amount\":\"5\","
        "\"Seats\":2,"
        "\"plan\":null,\"tax\":\" \"}"},
    {&us_kind_deals,
        "deal_id,account,stage,stage_at,arr,type,owner\n"
        "d1,acme,demo,2026-01-02T03:04:05Z,9000,expansion,\"Ann, \"\"A\"\"\"\n",
        "{\"owner\":\"Ann, \\\"A\\\"\",\"arr\":9000,\"type\":\"expansion\",\"deal_id\":"
        "\"d1\",\"account\":\"acme\",\"stage\":\"demo\",\"stage_at\":\"2026-01-02T03:"
        "04:"
        "05Z\"}"},
    {&us_kind_activities,
        "activity_id,account,contact,at,kind,direction\nx,acme,a@b.co,2026-01-02,demo,"
        "outbound\n",
        "{\"activity_id\":\"x\",\"account\":\"acme\",\"email\":\"a@b.co\",\"at\":"
        "\"2026-01-"
        "02\",\"kind\":\"demo\",\"direction\":\"outbound\"}"},
    {&us_kind_contacts, "email,account,title,consent\na@b.co,acme,Head of Ops,true\n",
        "{\"email\":\"a@b.co\",\"account\":\"acme\",\"title\":\"Head of "
        "Ops\",\"consent\":"
        "true}"},
    {&us_kind_companies, "company,account,domain,crm_id\nc1,acme,acme.com,77\n",
        "{\"company\":\"c1\",\"account\":\"acme\",\"domain\":\"acme.com\",\"crm_id\":"
        "77}"},
    {&us_kind_accounts, "account,at,plan,employees,vip\nacme,2026-01-02,pro,12,true\n",
        "{\"account\":\"acme\",\"at\":\"2026-01-02\",\"plan\":\"pro\",\"employees\":12,"
        "\"vip\":true,\"writeKey\":\"wk\"}"},
};

static void test_same(struct us_tap *t, struct fixture *x)
{
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        struct us_record record;
        struct us_error e = {0};
        us_str csv = fixture_read(x, us_str_c(same[i].csv));
        bool good = read_record(x, same[i].kind, same[i].json, &record, &e) == US_OK;
        us_str want = good ? us_arena_fmt(&x->a, " %.*s\n", US_ARG(record.m)) : csv;
        good &= us_str_has_suffix(csv, want) && record.ignored_count == 0;
        if (!CHECK_AS(t, good, fixture_name(x, us_str_c(same[i].csv))))
            printf("# csv %.*s# %s %.*s\n", US_ARG(csv), e.key ? e.key : "",
                US_ARG(record.m));
    }
}

static const struct {
    const struct us_sheet_kind *kind;
    const char *json, *want; /* the reason */
} bad[] = {
    {&us_kind_payments, "[]", "event.not_object"},
    {&us_kind_payments, "{}", "import.empty"},
    {&us_kind_payments, "{\"account\":\"a\",\"at\":\"2026-01-02\"}", "import.empty"},
    {&us_kind_payments, "{\"account\":null,\"at\":\"2026-01-02\",\"amount\":1}",
        "import.empty"},
    {&us_kind_payments, "{\"account\":\"a\",\"at\":\"soon\",\"amount\":1}",
        "import.bad_time"},
    {&us_kind_payments, "{\"account\":\"a\",\"at\":\"2026-01-02\",\"amount\":\"much\"}",
        "import.bad_number"},
    {&us_kind_payments, "{\"account\":\"a\",\"at\":\"2026-01-02\",\"amount\":{}}",
        "import.record_nested"},
    {&us_kind_payments,
        "{\"account\":\"a\",\"workspace_id\":\"b\",\"at\":\"2026-01-02\",\"amount\":1}",
        "import.record_twice"},
    {&us_kind_activities,
        "{\"account\":\"a\",\"at\":\"2026-01-02\",\"kind\":\"lunch\"}",
        "import.bad_word"},
};

static void test_bad(struct us_tap *t, struct fixture *x)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct us_record record;
        struct us_error e = {0};
        us_code code = read_record(x, bad[i].kind, bad[i].json, &record, &e);
        if (!CHECK_AS(t, code == US_INPUT && !strcmp(e.key, bad[i].want), bad[i].json))
            printf("# %s\n", code == US_OK ? "fine" : e.key);
    }
}

static void test_rest(struct us_tap *t, struct fixture *x)
{
    struct us_record r;
    struct us_error e = {0};
    CHECK(t, read_record(x, &us_kind_deals,
                 "{\"deal_id\":1,\"account\":\"a\",\"stage\":\"s\",\"color\":\"red\","
                 "\"x\":[1]}",
                 &r, &e) == US_OK);
    CHECK(t, !r.dated && r.ignored_count == 2 && us_str_eq(r.ignored[1], US_S("x")));
    CHECK(t,
        us_str_eq(r.m, US_S("{\"deal_id\":\"1\",\"account\":\"a\",\"stage\":\"s\"}")));
    CHECK(t, read_record(x, &us_kind_accounts,
                 "{\"account\":\"a\",\"tags\":[1, {\"b\" : 2}],\"plan\":null}", &r,
                 &e) == US_OK);
    CHECK(t, us_str_eq(r.m,
                 US_S("{\"account\":\"a\",\"tags\":[1,{\"b\":2}],\"plan\":null}")));
    CHECK(t, read_record(x, &us_kind_payments,
                 "{\"account\":\"a\",\"at\":\"2026-01-02\",\"amount\":1}", &r,
                 &e) == US_OK &&
                 r.dated);
    char *large = us_new(&x->a, char, US_RECORD_BYTES_MAX + 100);
    memset(large, ' ', US_RECORD_BYTES_MAX + 10);
    large[0] = '{';
    strcpy(large + US_RECORD_BYTES_MAX + 10, "}");
    CHECK(t, read_record(x, &us_kind_accounts, large, &r, &e) == US_LIMIT);
    /* As many escapes as there can be. */
    memset(large, '\\', US_RECORD_BYTES_MAX);
    memcpy(large, "{\"account\":\"", 12);
    memcpy(large + US_RECORD_BYTES_MAX - 2, "\"}", 3);
    CHECK(t, read_record(x, &us_kind_accounts, large, &r, &e) == US_OK);
}

int main(void)
{
    struct us_tap t = {0};
    struct fixture x;
    fixture_init(&x);
    test_same(&t, &x);
    test_bad(&t, &x);
    test_rest(&t, &x);
    fixture_done(&x);
    return us_tap_done(&t);
}
