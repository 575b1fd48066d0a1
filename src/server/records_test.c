/* Records over real sockets: 200 only for what the journal then holds, row by row. */
#include "server/post_fixture.h"
#include "server/records.h"

#include <sys/resource.h>

static const struct us_ingest_source sources[] = {
    {US_S_INIT("crm_key"), US_S_INIT("crm"), false},
    {US_S_INIT("try_key"), US_S_INIT("try"), true}};

#define KEY  "Authorization: Bearer crm_key\r\n"
#define PAID "{\"account\":\"acme\",\"at\":\"2026-01-02\",\"amount\":5}"

static const char *sent(
    const struct house *h, const char *path, const char *headers, const char *body)
{
    static char text[TEXT_MAX];
    return post(h, path, headers, body, text);
}

static void taken(struct house *h)
{
    struct us_tap *t = &h->t;
    CHECK(t, is(sent(h, "/v1/payments", KEY, PAID), 200,
                 "\r\n\r\n{\"added\":1,\"repeats\":0,\"rejected\":0,\"rows\":[]}"));
    CHECK_AS(t,
        is(sent(h, "/v1/payments/", KEY, PAID), 200, "\"added\":0,\"repeats\":1"),
        "word for word again is a repeat");
    CHECK(t,
        is(sent(h, "/v1/deals", KEY,
               "[{\"deal_id\":\"d\",\"account\":\"a\",\"stage\":\"new\",\"stage_at\":"
               "\"2026-01-02\",\"hue\":1},{\"deal_id\":\"d\",\"account\":\"a\"},"
               "7]"),
            200,
            "{\"added\":1,\"repeats\":0,\"rejected\":2,\"rows\":[{\"index\":0,"
            "\"ignored\":[\"hue\"]},{\"index\":1,\"reason\":\"import.empty\","
            "\"message\":\""));
    CHECK(t,
        is(sent(h, "/v1/activities", "X-Write-Key: crm_key\r\n",
               "{\"account\":\"a\",\"at\":\"2026-01-02\",\"kind\":\"call\"}\r\n\n"
               "{\"account\":\"a\",\"at\":\"2026-01-03\",\"kind\":\"call\"}\nhm\n"
               "{\"account\":\"a\",\"at\":\"2026-01-03\",\"kind\":\"call\"}"),
            200, "{\"added\":2,\"repeats\":1,\"rejected\":1,\"rows\":[{\"index\":2,"));
    CHECK(
        t, is(sent(h, "/v1/contacts", KEY, "{\"email\":\"a@b.co\",\"account\":\"a\"}"),
               200, "\"added\":1"));
    CHECK(t, is(sent(h, "/v1/companies", KEY,
                    "{\"company\":\"c\",\"account\":\"a\",\"at\":\"2026-01-02\"}"),
                 200, "\"added\":1"));
    CHECK(t, is(sent(h, "/v1/mqls", KEY,
                    "{\"contact\":\"a@b.co\",\"account\":\"a\",\"at\":\"2026-01-02\"}"),
                 200, "\"added\":1"));
    /* Without a date it is a fact of now, however often it was so before. */
    static const char *const plans[] = {"pro", "free", "pro"};
    for (size_t i = 0; i < 3; i++) {
        char body[100];
        snprintf(body, sizeof body, "{\"account\":\"a\",\"plan\":\"%s\"}", plans[i]);
        CHECK(t, is(sent(h, "/v1/accounts", KEY, body), 200, "\"added\":1"));
    }
    us_str all = journal(h);
    CHECK(t, times(all, "\"type\":\"payment\"") == 1);
    CHECK(t, times(all, "\"type\":\"deal\"") == 1);
    CHECK(t, times(all, "\"type\":\"activity\"") == 2);
    CHECK(
        t, times(all, "\"plan\":\"pro\"") == 2 && times(all, "\"plan\":\"free\"") == 1);
    CHECK(t, times(all, "\"source\":\"crm\"") == 10);
    CHECK(t, is(sent(h, "/v1/payments", "X-Write-Key: try_key\r\n", PAID), 200,
                 "\"added\":1"));
    all = journal(h);
    CHECK_AS(t,
        times(all, "\"type\":\"payment\"") == 1 && times(all, "\"type\":\"test\"") == 1,
        "a test source is kept apart");
}

static void refused(struct house *h)
{
    struct us_tap *t = &h->t;
    size_t before = journal(h).len;
    CHECK(t, is(sent(h, "/v1/payments", "", PAID), 401, "kind records"));
    CHECK(t, is(sent(h, "/v1/payments", "Authorization: Bearer crm\r\n", PAID), 401,
                 "kind records"));
    CHECK(t, is(sent(h, "/v1/payments", KEY, "{\"account\":"), 400, "problem+json"));
    CHECK(t, is(sent(h, "/v1/payments", KEY, "[{},{}]"), 400,
                 "{\"added\":0,\"repeats\":0,\"rejected\":2,"));
    CHECK(t, is(sent(h, "/v1/payments", KEY, "[]"), 200, "\"rejected\":0"));
    CHECK_AS(t, journal(h).len == before, "nothing of it is kept");
    struct us_buf many = us_buf_new(&h->a, 8 << 20);
    us_buf_char(&many, '[');
    for (int i = 0; i <= US_RECORDS_MAX; i++)
        us_buf_put(&many, i ? US_S(",{}") : US_S("{}"));
    us_buf_put(&many, US_S("]"));
    us_buf_char(&many, 0);
    CHECK(t, is(sent(h, "/v1/accounts", KEY, many.ptr), 413, "smaller batches"));
    struct rlimit was;
    getrlimit(RLIMIT_FSIZE, &was);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){16, was.rlim_max});
    const char *other = "{\"account\":\"b\",\"at\":\"2026-01-02\",\"amount\":6}";
    CHECK(t, is(sent(h, "/v1/payments", KEY, other), 503, "Retry-After: "));
    setrlimit(RLIMIT_FSIZE, &was);
    CHECK(t, is(sent(h, "/v1/payments", KEY, other), 200, "\"added\":1"));
}

int main(void)
{
    static struct house h;
    house_init(&h);
    house_committer(&h);
    struct us_records_options o = {
        .committer = h.committer, .sources = sources, .source_count = 2};
    h.served = us_records_new(&o, &h.a);
    house_http(&h, us_records_routes, us_records_route_count);
    taken(&h);
    refused(&h);
    struct us_records_counts c = us_records_counts(h.served);
    CHECK(&h.t, c.added == 12 && c.repeats == 2 && c.rejected == 5);
    house_down(&h);
    return house_done(&h);
}
