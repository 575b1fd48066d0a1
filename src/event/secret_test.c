/* What opens something is taken out of broken texts, and nothing else is. */

#include "base/tap.h"
#include "event/event.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *text, *kept;
} cases[] = {
    {"{\"writeKey\":\"abc\",\"type\":\"track\"",
        "{\"writeKey\":\"***\",\"type\":\"track\""},
    {"{\"api_key\" : \"phc_1\\\"2\", \"a\":1", "{\"api_key\" : \"***\", \"a\":1"},
    {"{'Authorization': 'Basic YWJj='}", "{'Authorization': '***'}"},
    {"{\"context\":{\"headers\":{\"X-Write-Key\":\"id:se\"}}} x",
        "{\"context\":{\"headers\":{\"X-Write-Key\":\"***\"}}} x"},
    {"\"body\":\"{\\\"apiKey\\\":\\\"abc\\\",\\\"n\\\":\\\"b\\\"}\"",
        "\"body\":\"{\\\"apiKey\\\":\\\"***\\\",\\\"n\\\":\\\"b\\\"}\""},
    {"{\"token\":12345,\"n\":[1]", "{\"token\":***,\"n\":[1]"},
    {"{\"secret\":{\"a\":\"}\",\"b\":[1]},\"n\":1", "{\"secret\":***,\"n\":1"},
    {"{\"a\":1,\"access_token\":\"never ends", "{\"a\":1,\"access_token\":\"***"},
    {"GET /v1?writeKey=abc&x=1 token=t1;next",
        "GET /v1?writeKey=***&x=1 token=***;next"},
    {"authorization: Bearer abc.def\r\nHost: x", "authorization: ***\r\nHost: x"},
    {"\"h\":\"Authorization: Basic abc=\",\"n\":1",
        "\"h\":\"Authorization: ***\",\"n\":1"},
    {"{\"refreshToken\":\"a\",\"client-secret\":\"b\",\"Password\":\"c\"}",
        "{\"refreshToken\":\"***\",\"client-secret\":\"***\",\"Password\":\"***\"}"},
    {"{\"token\"", "{\"token\""},
    {"{\"token\":", "{\"token\":"},
    {"{\"secret\":{\"a\":[", "{\"secret\":***"},
    {"{\"secret\":{\\\\\\},\"n\":1", "{\"secret\":***,\"n\":1"},
    {"{\"a\":\"\\\\\",\"token\":\"x\\\\\",\"b\":2}",
        "{\"a\":\"\\\\\",\"token\":\"***\",\"b\":2}"},
    /* not secrets */
    {"{\"event\":\"Token: created\",\"tokens\":3,\"secretary\":\"Ann\"}", NULL},
    {"{\"event\":\"API key\",\"name\":\"authorization\"}", NULL},
    {"{\"key\":\"k\",\"writeKeys\":\"k\",\"plan\":\"pro\"", NULL},
    {"a,b,c\n1,2,3", NULL},
    {"", NULL},
};

static void hidden(struct us_tap *t, struct us_arena *a)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        us_str text = us_str_c(cases[i].text);
        us_str want = us_str_c(cases[i].kept ? cases[i].kept : cases[i].text);
        struct us_buf out = us_buf_new(a, 1 << 16);
        us_secrets_hide(&out, text);
        CHECK_AS(t, us_str_eq(us_buf_str(&out), want), cases[i].text);
    }
}

/* Whatever it is cut from, no byte of the key is left, and what it gives is the same
 * when it is asked again. */
static void cut_anywhere(struct us_tap *t, struct us_arena *a)
{
    us_str text = US_S("{\"m\":{\"writeKey\":\"QQQQ\",\"b\":\"{\\\"token\\\": "
                       "\\\"QQ\\\\\\\"QQ\\\"}\"},\"Cookie\":\"s=QQ; t=QQ\"}");
    bool clean = true;
    bool settled = true;
    for (size_t from = 0; from < 6; from++) {
        for (size_t to = from; to <= text.len; to++) {
            struct us_buf once = us_buf_new(a, 1 << 16);
            struct us_buf twice = us_buf_new(a, 1 << 16);
            us_secrets_hide(&once, us_str_slice(text, from, to));
            us_secrets_hide(&twice, us_buf_str(&once));
            clean &= us_str_find(us_buf_str(&once), US_S("Q")) == once.len;
            settled &= us_str_eq(us_buf_str(&once), us_buf_str(&twice));
        }
    }
    CHECK_AS(t, clean, "no byte of a key is left");
    CHECK_AS(t, settled, "hiding again changes nothing");
}

/* A run of backslashes within brackets is read once, not once a byte of it. */
static void long_run(struct us_tap *t, struct us_arena *a)
{
    enum { RUN = 1 << 20 };
    char *text = us_new(a, char, RUN + 16);
    size_t len = (size_t)sprintf(text, "{\"apikey\":{");
    memset(text + len, '\\', RUN);
    struct us_buf out = us_buf_new(a, 1 << 16);
    us_secrets_hide(&out, (us_str){text, len + RUN});
    CHECK(t, us_str_eq(us_buf_str(&out), US_S("{\"apikey\":***")));
}

/* A body tells whether it has a member that has to go. */
static void members(struct us_tap *t, struct us_arena *a)
{
    struct us_json *json = us_json_new();
    static const char *const others[] = {"type", "userId", "keys", "tokens",
        "write_kez", "sentAt", "anonymousId", "originalTimestamp", "api_kez"};
    enum { OTHERS = sizeof others / sizeof *others };
    for (size_t i = 0; us_message_secrets[i].len || i < OTHERS; i++) {
        bool is = us_message_secrets[i].len > 0;
        for (int other = 0; other < 2; other++) {
            us_str key =
                other ? us_str_c(i < OTHERS ? others[i] : "x") : us_message_secrets[i];
            if (!other && !is) continue;
            char *text = us_new(a, char, 128 + US_JSON_PAD);
            int len =
                snprintf(text, 128, "{\"event\":\"E\",\"%.*s\":\"k\"}", US_ARG(key));
            struct us_json_doc doc;
            struct us_head head = {0};
            bool secret = other;
            us_assert(
                us_json_parse(json, (us_str){text, (size_t)len}, &doc, NULL) == US_OK);
            us_body_read(&doc, 0, &head, &secret);
            CHECK_AS(t, secret == !other, text);
        }
        if (!is && i >= OTHERS) break;
    }
    us_json_free(json);
}

int main(void)
{
    struct us_tap t = {0};
    struct us_arena a;
    us_arena_init(&a, (size_t)64 << 20);
    hidden(&t, &a);
    members(&t, &a);
    cut_anywhere(&t, &a);
    long_run(&t, &a);
    for (const us_str *s = us_message_secrets; s->len; s++)
        CHECK_AS(&t, us_is_secret(*s) && us_is_message_secret(*s),
            "what never enters the journal is secret");
    CHECK(&t, !us_is_message_secret(US_S("taken")) && !us_is_message_secret(US_S("")));
    CHECK(&t, us_is_secret(US_S("API Key")) && !us_is_secret(US_S("Key")));
    us_arena_done(&a);
    return us_tap_done(&t);
}
