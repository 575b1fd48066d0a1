/* Requests as clients make them, over real sockets: 200 only for what the journal then
 * holds, each message once, keys checked, every other body told what it is. */

#include "base/err.h"
#include "base/tap.h"
#include "file/file.h"
#include "server/ingest.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 16, CLIENTS = 8, POSTS = 40 };

struct house {
    struct us_tap t;
    struct us_arena a;
    char path[64];
    struct us_committer *committer;
    struct us_ingest *ingest;
    struct us_http *http;
};

static const struct us_ingest_source sources[] = {
    {US_S_INIT("wk_web"), US_S_INIT("web")}, {US_S_INIT("phc_app"), US_S_INIT("app")}};

static void open_house(struct house *h, size_t source_count)
{
    struct us_error e;
    struct us_committer_options c = {.dir = us_str_c(h->path), .last_known = US_ALWAYS};
    us_code code = us_committer_open(&c, &h->committer, &e);
    us_assert(code == US_OK);
    struct us_ingest_options in = {.committer = h->committer,
        .sources = sources,
        .source_count = source_count,
        .source = US_S("any")};
    h->ingest = us_ingest_new(&in, &h->a);
    struct us_http_options o = us_http_defaults();
    o.routes = us_ingest_routes;
    o.route_count = us_ingest_route_count;
    o.ctx = h->ingest;
    code = us_http_open(&o, &h->http, &e);
    us_assert(code == US_OK);
}

static void close_house(struct house *h)
{
    us_http_quiesce(h->http);
    while (us_http_waiting(h->http))
        usleep(1000);
    us_committer_close(h->committer);
    us_http_close(h->http);
    us_ingest_done(h->ingest);
}

static void send_all(int s, const char *bytes, size_t n)
{
    for (ssize_t sent = 1; n && sent > 0; bytes += sent, n -= (size_t)sent)
        sent = send(s, bytes, n, MSG_NOSIGNAL);
}

/* One request on a connection of its own; the whole answer. */
static const char *post(const struct house *h, const char *path, const char *headers,
    const char *body, char text[TEXT_MAX])
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(us_http_port(h->http))};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    size_t len = 0;
    ssize_t got = connect(s, (struct sockaddr *)&at, sizeof at);
    us_assert(got == 0);
    int n = snprintf(text, TEXT_MAX,
        "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%sContent-Length: "
        "%zu\r\n\r\n",
        path, headers, strlen(body));
    us_assert(n > 0 && n < TEXT_MAX);
    send_all(s, text, (size_t)n);
    send_all(s, body, strlen(body));
    while ((got = recv(s, text + len, TEXT_MAX - 1 - len, 0)) > 0)
        len += (size_t)got;
    text[len] = 0;
    close(s);
    return text;
}

static bool is(const char *heard, int status, const char *holds)
{
    char line[32];
    snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    bool good = strncmp(heard, line, strlen(line)) == 0 && strstr(heard, holds);
    if (!good) printf("# wanted %d and %s, got: %.400s\n", status, holds, heard);
    return good;
}

/* All of the journal. */
static us_str journal(struct house *h)
{
    struct us_buf out = us_buf_new(&h->a, 64 << 20);
    struct us_journal_reader *r = NULL;
    struct us_error e;
    us_str text;
    us_pos at;
    us_pos next;
    us_code code = us_journal_reader_open(us_str_c(h->path), (us_pos){0}, &r, &e);
    us_assert(code == US_OK);
    while (us_journal_reader_next(r, &text, &at, &next, &e) == US_OK)
        us_buf_put(&out, text);
    us_journal_reader_close(r);
    return us_buf_str(&out);
}

static size_t times(us_str text, const char *what)
{
    us_str needle = us_str_c(what);
    size_t n = 0;
    for (;;) {
        size_t at = us_str_find(text, needle);
        if (at == text.len) return n;
        n++;
        text = us_str_slice(text, at + needle.len, text.len);
    }
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
    const char *top = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(h.path, sizeof h.path, "%s/usher-ingest-XXXXXX", top);
    us_assert(mkdtemp(h.path));
    us_arena_init(&h.a, 512 << 20);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    open_house(&h, 2);
    clients(&h);
    refused(&h);
    much(&h);
    at_once(&h);
    close_house(&h);
    open_house(&h, 0);
    keyless(&h);
    close_house(&h);
    us_code code = us_file_remove_tree(us_str_c(h.path), NULL);
    us_assert(code == US_OK);
    us_arena_done(&h.a);
    return us_tap_done(&h.t);
}
