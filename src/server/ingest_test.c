/* Requests as clients make them, over real sockets: 200 only for what the journal then
 * holds, each message once, keys checked, every other body told what it is. */

#include "server/ingest.h"
#include "server/post_fixture.h"

#include <pthread.h>
#include <sys/resource.h>

enum { CLIENTS = 8, POSTS = 40 };

static const struct us_ingest_source sources[] = {
    {US_S_INIT("wk_web"), US_S_INIT("web")}, {US_S_INIT("phc_app"), US_S_INIT("app")}};

static void open_house(struct house *h, size_t source_count)
{
    house_committer(h);
    struct us_ingest_options in = {.committer = h->committer,
        .sources = sources,
        .source_count = source_count,
        .source = US_S("any")};
    h->served = us_ingest_new(&in, &h->a);
    house_http(h, us_ingest_routes, us_ingest_route_count);
}

static void close_house(struct house *h)
{
    house_down(h);
    us_ingest_done(h->served);
}

/* ---- cases ---- */

static void clients(struct house *h)
{
    static char text[TEXT_MAX];
    struct us_tap *t = &h->t;
    const char *basic = "Authorization: Basic d2tfd2ViOg==\r\n"; /* wk_web: */
    CHECK(t,
        is(post(h, "/v1/batch", basic,
               "{\"batch\":[{\"type\":\"track\",\"event\":\"A\",\"userId\":\"u\","
               "\"messageId\":\"s1\"},{\"type\":\"track\",\"userId\":\"u\"}]}",
               text),
            200, "{\"success\":true,\"dead\":1,\"errors\":[{\"index\":1,\"reason\":"));
    CHECK(
        t, is(post(h, "/v1/t/", basic,
                  "{\"event\":\"B\",\"userId\":\"u\",\"messageId\":\"s2\",\"writeKey\":"
                  "\"wk_web\"}",
                  text),
               200, "\r\n\r\n{\"success\":true}"));
    CHECK(t, is(post(h, "/v1/t", basic,
                    "{\"event\":\"B\",\"userId\":\"u\",\"messageId\":\"s2\"}", text),
                 200, "{\"success\":true}"));
    CHECK(t,
        is(post(h, "/batch/", "",
               "{\"api_key\":\"phc_app\",\"batch\":[{\"event\":\"C\",\"distinct_id\":"
               "\"u\",\"uuid\":\"p1\",\"properties\":{}}],\"sent_at\":"
               "\"2025-01-01T00:00:00Z\"}",
               text),
            200, "{\"status\":1}"));
    CHECK(
        t, is(post(h, "/i/v1/analytics/events", "Authorization: Bearer phc_app\r\n",
                  "{\"batch\":[{\"event\":\"D\",\"distinct_id\":\"u\",\"uuid\":\"p2\","
                  "\"properties\":{}}],\"created_at\":\"2025-01-01T00:00:00Z\"}",
                  text),
               200, "{\"results\":{\"p2\":{\"result\":\"ok\"}}}"));
    CHECK(
        t, is(post(h, "/api/s/track", "X-Write-Key: wk_web:secret\r\n",
                  "{\"event\":\"E\",\"userId\":\"u\",\"messageId\":\"j1\",\"writeKey\":"
                  "\"wk_web:***\"}",
                  text),
               200, "{\"success\":true}"));
    CHECK(t, is(post(h, "/api/s/s2s/identify", "X-Write-Key: wk_web:secret\r\n",
                    "{\"userId\":\"u\",\"messageId\":\"j3\"}", text),
                 200, "\r\n\r\n{\"success\":true}"));
    CHECK(t, is(post(h, "/api/s/x%22,%22y%22:%22z", "X-Write-Key: wk_web\r\n",
                    "{\"event\":\"F\",\"userId\":\"u\",\"messageId\":\"j2\"}", text),
                 200, "\"success\":true"));
    CHECK(t, is(post(h, "/v1/m", "", "{}", text), 200, "true"));
    us_str all = journal(h);
    CHECK_AS(t,
        times(all, "\"messageId\":\"s1\"") == 1 && times(all, "\"uuid\":\"p1\"") == 1,
        "what got a 200 is there");
    CHECK_AS(
        t, times(all, "\"messageId\":\"s2\"") == 1, "and once, however often it comes");
    CHECK(t,
        times(all, "\"source\":\"web\"") >= 3 && times(all, "\"source\":\"app\"") == 2);
    CHECK_AS(
        t, times(all, "wk_web") == 0 && times(all, "phc_app") == 0, "without keys");
    CHECK(t, times(all, "\"reason\":\"event.") == 1 && times(all, "\"y\"") == 0);
}

/* PostHog takes an event that is not named for one that was delivered. */
static void dropped(struct house *h)
{
    static char text[TEXT_MAX];
    struct us_tap *t = &h->t;
    const char *key = "Authorization: Bearer phc_app\r\n";
    const char *path = "/i/v1/analytics/events";
    CHECK(
        t, is(post(h, path, key,
                  "{\"batch\":[{\"event\":\"V\",\"distinct_id\":\"u\",\"uuid\":"
                  "\"v1\"},{\"event\":\"\",\"distinct_id\":\"u\",\"uuid\":\"v2\"},"
                  "{\"event\":\"V\",\"uuid\":\"v3\"},7,{\"event\":\"\",\"uuid\":{}}]}",
                  text),
               200,
               "{\"results\":{\"v1\":{\"result\":\"ok\"},\"v2\":{\"result\":\"drop\","
               "\"details\":\"event.no_name\"},\"v3\":{\"result\":\"drop\","
               "\"details\":\"event.no_person\"}},\"dead\":4,"));
    CHECK_AS(t,
        is(post(h, path, key,
               "{\"batch\":[{\"event\":\"V\",\"distinct_id\":\"u\",\"uuid\":\"v2\"}]}",
               text),
            200, "{\"results\":{\"v2\":{\"result\":\"ok\"}}}"),
        "what was refused under an id is none that came");
    us_str all = journal(h);
    CHECK(t, times(all, "\"uuid\":\"v2\"") == 1 &&
                 times(all, "\\\"uuid\\\":\\\"v2\\\"") == 1);
}

/* Segment with OAuth: a token that is no key here, and the key in the body. */
static void by_token(struct house *h)
{
    static char text[TEXT_MAX];
    struct us_tap *t = &h->t;
    const char *token = "Authorization: Bearer eyJh.eyJz.c2ln\r\n";
    const char *both = "X-Write-Key: none\r\nAuthorization: Bearer eyJh.eyJz.c2ln\r\n";
#define OAUTH(key)                                                                    \
    "{\"batch\":[{\"type\":\"track\",\"event\":\"O\",\"userId\":\"u\",\"messageId\":" \
    "\"o1\"},{\"type\":\"track\"}]" key "}"
    size_t before = journal(h).len;
    CHECK(t, is(post(h, "/v1/batch", token, OAUTH(""), text), 401, "sources:"));
    CHECK(t, is(post(h, "/v1/batch", token, OAUTH(",\"writeKey\":\"none\""), text), 401,
                 "sources:"));
    CHECK(t, is(post(h, "/v1/batch", token, OAUTH(",\"writeKey\":\"\""), text), 401,
                 "sources:"));
    CHECK(t, is(post(h, "/v1/batch", token, "{\"writeKey\":\"wk_web\"", text), 401,
                 "sources:"));
    CHECK_AS(t,
        is(post(h, "/v1/batch", both, OAUTH(",\"writeKey\":\"wk_web\""), text), 401,
            "sources:"),
        "a key of a header that is none stays one");
    CHECK_AS(t, journal(h).len == before, "nothing of it is kept");
    CHECK(t, is(post(h, "/v1/batch", token, OAUTH(",\"writeKey\":\"wk_web\""), text),
                 200, "{\"success\":true,\"dead\":1,"));
#undef OAUTH
    us_str all = journal(h);
    us_str added = us_str_slice(all, before, all.len);
    CHECK(t, times(added, "\"messageId\":\"o1\"") == 1 &&
                 times(added, "\"source\":\"web\"") == 2);
    CHECK_AS(t, times(added, "eyJ") == 0 && times(added, "wk_web") == 0,
        "the token is kept nowhere");
}

static void refused(struct house *h)
{
    static char text[TEXT_MAX];
    struct us_tap *t = &h->t;
    const char *track = "{\"type\":\"track\",\"event\":\"X\",\"userId\":\"u\"}";
    size_t before = journal(h).len;
    CHECK(t, is(post(h, "/v1/batch", "Authorization: Basic bm9uZTo=\r\n", track, text),
                 401, "no source has this write key"));
    CHECK(t, is(post(h, "/v1/batch", "", track, text), 401, "sources:"));
    CHECK_AS(t, journal(h).len == before, "nothing of it is kept");
    CHECK(t, is(post(h, "/v1/batch", "X-Write-Key: wk_web\r\n", "{\"batch\":[", text),
                 400, "kept as a dead letter"));
    CHECK_AS(t, times(journal(h), "\"bytes\":\"{\\\"batch\\\":[\"") == 1, "and it is");
    CHECK(t, is(post(h, "/v1/batch", "X-Write-Key: wk_web\r\n", "{\"batch\":[]}", text),
                 200, "{\"success\":true}"));
    struct rlimit was;
    getrlimit(RLIMIT_FSIZE, &was);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){16, was.rlim_max});
    CHECK_AS(t,
        is(post(h, "/v1/batch", "X-Write-Key: wk_web\r\n", track, text), 503,
            "Retry-After: "),
        "a disk that takes nothing is no 200");
    setrlimit(RLIMIT_FSIZE, &was);
    CHECK_AS(t,
        is(post(h, "/v1/batch", "X-Write-Key: wk_web\r\n", track, text), 200,
            "success"),
        "and one that does again is");
}

/* count times `what`, with commas, between `before` and `after`. */
static const char *repeated(struct house *h, const char *before, const char *what,
    size_t count, const char *after)
{
    struct us_buf out = us_buf_new(&h->a, 32 << 20);
    us_buf_put(&out, us_str_c(before));
    for (size_t i = 0; i < count; i++)
        us_buf_fmt(&out, "%s%s", i ? "," : "", what);
    us_buf_put(&out, us_str_c(after));
    us_buf_char(&out, 0);
    us_assert(!out.full);
    return out.ptr;
}

/* Whatever is sent, however little of it is a message, the server stands. */
static void much(struct house *h)
{
    static char text[TEXT_MAX];
    struct us_tap *t = &h->t;
    const char *key = "X-Write-Key: wk_web\r\n";
    size_t before = journal(h).len;
    const char *body = repeated(h, "{\"batch\":[", "{}", 2000000, "]}");
    CHECK_AS(t, is(post(h, "/v1/batch", key, body, text), 413, "in smaller batches"),
        "two million messages in one request");
    char *context = us_new(&h->a, char, 300100);
    memset(context, 'c', 300000);
    const char *one = "{\"type\":\"track\",\"event\":\"X\",\"userId\":\"u\"}";
    us_str head =
        us_arena_fmt(&h->a, "{\"context\":{\"a\":\"%s\"},\"batch\":[", context);
    body = repeated(h, us_arena_cstr(&h->a, head), one, 1000, "]}");
    CHECK_AS(t, is(post(h, "/v1/batch", key, body, text), 413, "in smaller batches"),
        "a batch's own context that would be repeated a thousand times");
    CHECK_AS(t, journal(h).len == before, "nothing of either is kept");
    body = repeated(h, "{\"batch\":[", one, 20000, "]}");
    CHECK_AS(t, is(post(h, "/v1/batch", key, body, text), 200, "true"),
        "twenty thousand are taken");
    CHECK(t, times(journal(h), "\"event\":\"X\"") == 20001);
}

struct client {
    struct house *h;
    int number;
    bool good;
    pthread_t thread;
};

static void *many(void *ctx)
{
    struct client *c = ctx;
    char *text = malloc(TEXT_MAX);
    char body[300];
    c->good = true;
    for (int i = 0; i < POSTS; i++) {
        snprintf(body, sizeof body,
            "{\"batch\":[{\"type\":\"track\",\"event\":\"M\",\"userId\":\"u\","
            "\"messageId\":"
            "\"m-%d-%d\"},{\"type\":\"track\",\"event\":\"M\",\"userId\":\"u\","
            "\"messageId\":"
            "\"shared-%d\"}]}",
            c->number, i, i);
        const char *heard = post(c->h, "/v1/b", "X-Write-Key: wk_web\r\n", body, text);
        c->good = c->good && is(heard, 200, "{\"success\":true}");
    }
    free(text);
    return NULL;
}

static void at_once(struct house *h)
{
    struct client clients_of[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        clients_of[i] = (struct client){.h = h, .number = i};
        pthread_create(&clients_of[i].thread, NULL, many, &clients_of[i]);
    }
    bool good = true;
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(clients_of[i].thread, NULL);
        good = good && clients_of[i].good;
    }
    us_str all = journal(h);
    CHECK_AS(&h->t, good, "all are answered");
    CHECK(&h->t, times(all, "\"messageId\":\"m-") == CLIENTS * POSTS);
    CHECK_AS(&h->t, times(all, "\"messageId\":\"shared-") == POSTS, "each id once");
}

static void keyless(struct house *h)
{
    static char text[TEXT_MAX];
    CHECK_AS(&h->t,
        is(post(h, "/v1/track", "", "{\"event\":\"K\",\"userId\":\"u\"}", text), 200,
            "true"),
        "without sources any key will do, or none");
    CHECK(&h->t, times(journal(h), "\"source\":\"any\"") == 1);
}

int main(void)
{
    static struct house h;
    house_init(&h);
    open_house(&h, 2);
    clients(&h);
    dropped(&h);
    by_token(&h);
    refused(&h);
    much(&h);
    at_once(&h);
    close_house(&h);
    open_house(&h, 0);
    keyless(&h);
    close_house(&h);
    return house_done(&h);
}
