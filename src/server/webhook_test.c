/* Stripe's webhooks over real sockets: 200 only for what the journal then holds, once,
 * however often and in which order it comes; a reason for everything else. */
#include "connector/stripe.h"
#include "connector/stripe_reference.inc"
#include "server/post_fixture.h"
#include "server/webhook.h"

#include <sys/resource.h>

static int64_t now(void)
{
    return STRIPE_NOW * US_SECOND_US;
}

static const us_str live_secrets[] = {
    US_S_INIT("whsec_the_one_before"), US_S_INIT(STRIPE_SECRET)};
static const us_str test_secrets[] = {US_S_INIT(STRIPE_OTHER)};
static const struct us_webhook_source sources[] = {
    {.name = US_S_INIT("billing"), .secrets = live_secrets, .secret_count = 2},
    {.name = US_S_INIT("sandbox"),
        .secrets = test_secrets,
        .secret_count = 1,
        .test = true},
};

static void open_house(struct house *h)
{
    house_committer(h);
    struct us_webhook_options o = {
        .committer = h->committer, .sources = sources, .source_count = 2, .now = now};
    h->served = us_webhook_new(&o, &h->a);
    house_http(h, us_webhook_routes, us_webhook_route_count);
}

static const struct vector *vector(const char *name)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        if (strcmp(vectors[i].name, name) == 0) return &vectors[i];
    us_panic(__FILE__, __LINE__, name);
}

static const char *sent(const struct house *h, const char *header, const char *body)
{
    static char text[TEXT_MAX];
    char headers[512];
    snprintf(headers, sizeof headers,
        "Content-Type: application/json; charset=utf-8\r\nStripe-Signature: %s\r\n",
        header);
    return post(h, "/webhooks/stripe", headers, body, text);
}

static const char *event(const struct house *h, const char *name)
{
    const struct vector *v = vector(name);
    return sent(h, v->header, v->body);
}

static void taken(struct house *h)
{
    struct us_tap *t = &h->t;
    /* Out of order: the dispute before the charge, the refund of all before the first
     * part of it. */
    static const char *const names[] = {
        "disputed", "refund_all", "refund_part", "charge_old", "invoice_paid"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CHECK_AS(
            t, is(event(h, names[i]), 200, "\r\n\r\n{\"received\":true}"), names[i]);
    us_str all = journal(h);
    CHECK(t, times(all, "\"type\":\"payment\"") == 5);
    CHECK(t, times(all, "\"source\":\"billing\"") == 5);
    CHECK(t, times(all, "\"payment_id\":\"in_1Pabc\"") == 1);
    CHECK(t, times(all, "\"status\":\"refunded\"") == 2);
    /* Again, and by another event that tells the same. */
    CHECK(t, is(event(h, "invoice_paid"), 200, "\"repeat\""));
    CHECK(t, is(event(h, "invoice_succeeded"), 200, "\"repeat\""));
    CHECK(t, is(event(h, "withdrawn"), 200, "\"repeat\""));
    CHECK(t, times(journal(h), "\"type\":\"payment\"") == 5);
    CHECK(t, is(event(h, "subscribed"), 200, "\"dead\":\"stripe.unknown_customer\""));
    CHECK(t, is(event(h, "subscribed"), 200, "\"dead\""));
    all = journal(h);
    CHECK_AS(
        t, times(all, "\"reason\":\"stripe.unknown_customer\"") == 1, "kept, and once");
    CHECK(t, times(all, "cus_42") >= 1);
}

static void passed(struct house *h)
{
    struct us_tap *t = &h->t;
    size_t before = journal(h).len;
    CHECK(t, is(event(h, "unknown_type"), 200, "\"passed\":\"stripe.passed\""));
    CHECK(t, is(event(h, "invoice_nothing"), 200, "\"passed\""));
    CHECK_AS(t, is(event(h, "test_mode"), 200, "\"passed\""),
        "money of the test mode is none");
    CHECK(t, journal(h).len == before);
    /* Signed by the secret of the test endpoint. */
    const struct vector *v = vector("test_mode");
    CHECK(t, is(sent(h, v->other, v->body), 200, "{\"received\":true}"));
    us_str all = journal(h);
    CHECK(t, times(all, "\"type\":\"test\"") == 1 &&
                 times(all, "\"source\":\"sandbox\"") == 1);
}

static void refused(struct house *h)
{
    struct us_tap *t = &h->t;
    static char text[TEXT_MAX];
    const struct vector *v = vector("charge_failed");
    size_t before = journal(h).len;
    char forged[256];
    snprintf(forged, sizeof forged, "%s", v->header);
    char *end = &forged[strlen(forged) - 1];
    *end = *end == '0' ? '1' : '0';
    CHECK(t, is(sent(h, forged, v->body), 400, "signing secret"));
    CHECK(t, is(post(h, "/webhooks/stripe", "", v->body, text), 400,
                 "no Stripe-Signature header"));
    CHECK(t, is(sent(h, "t=1", v->body), 400, "t=\xe2\x80\xa6,v1="));
    CHECK(t, is(event(h, "thin"), 400, "thin event"));
    CHECK(t, is(event(h, "no_event"), 400, "no event of Stripe's"));
    CHECK(t, is(event(h, "not_json"), 400, "problem+json"));
    CHECK_AS(t, journal(h).len == before, "nothing of it is kept");
    struct rlimit was;
    getrlimit(RLIMIT_FSIZE, &was);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){16, was.rlim_max});
    CHECK(t, is(event(h, "charge_failed"), 503, "Retry-After: "));
    setrlimit(RLIMIT_FSIZE, &was);
    CHECK_AS(t, is(event(h, "charge_failed"), 200, "{\"received\":true}"),
        "what Stripe sends again is taken");
    CHECK(t, times(journal(h), "\"status\":\"failed\"") == 1);
}

int main(void)
{
    static struct house h;
    house_init(&h);
    open_house(&h);
    taken(&h);
    passed(&h);
    refused(&h);
    struct us_webhook_counts c = us_webhook_counts(h.served);
    CHECK(&h.t, c.lines == 7 && c.repeats == 4 && c.dead == 1 && c.passed == 3);
    CHECK(&h.t, c.refused == 6);
    house_down(&h);
    return house_done(&h);
}
