/* The server over real sockets, byte by byte where it matters: bodies plain, chunked
 * and packed; answers that come later and out of order; every limit; requests that are
 * none; stopping. */

#include "base/tap.h"
#include "http/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum { TEXT_MAX = 1 << 20, LATER_MAX = 512, WAIT_MS = 10000, MIB = 1 << 20 };

/* A sanitizer takes memory of its own beside what is measured. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define US_WATCHED 1
#endif
#endif
#if defined(US_WATCHED) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { WATCHED = 1 };
#else
enum { WATCHED = 0 };
#endif

/* ---- handlers ---- */

static struct {
    pthread_mutex_t lock;
    struct us_http_request *items[LATER_MAX];
    size_t count;
} later = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void hello(void *ctx, struct us_http_request *r)
{
    (void)ctx;
    struct us_http_answer a = {.status = 200, .type = "text/plain"};
    a.body = us_arena_fmt(us_http_arena(r), "hello %.*s, %.*s",
        US_ARG(us_http_param(r, 0)), US_ARG(us_http_query(r, "how")));
    us_http_answer(r, &a);
}

/* How long the body is, the sum of its bytes, and its beginning. */
static void echo(void *ctx, struct us_http_request *r)
{
    (void)ctx;
    us_str body = us_http_body(r);
    unsigned sum = 0;
    bool padded = true;
    for (size_t i = 0; i < body.len; i++)
        sum += (unsigned char)body.ptr[i];
    for (size_t i = 0; i < US_HTTP_PAD; i++)
        padded = padded && body.ptr[body.len + i] == 0;
    struct us_http_answer a = {.status = 200};
    a.body = us_arena_fmt(us_http_arena(r), "%zu %u %d %.*s", body.len, sum, padded,
        US_ARG(us_str_slice(body, 0, body.len < 20 ? body.len : 20)));
    us_http_answer(r, &a);
}

static void keep(void *ctx, struct us_http_request *r)
{
    (void)ctx;
    pthread_mutex_lock(&later.lock);
    later.items[later.count++] = r;
    pthread_mutex_unlock(&later.lock);
}

static void busy(void *ctx, struct us_http_request *r)
{
    (void)ctx;
    us_http_refuse(r, 429, US_S("later"), 7);
}

/* So many KiB, made of three times as much. */
static void much(void *ctx, struct us_http_request *r)
{
    (void)ctx;
    int64_t n = 0;
    us_str_int(us_http_param(r, 0), &n);
    size_t len = (size_t)n << 10;
    struct us_arena *a = us_http_arena(r);
    memset(us_alloc_raw(a, 1, 1, 2 * len), 'x', 2 * len);
    char *text = us_alloc_raw(a, 1, 1, len);
    memset(text, 'm', len);
    us_http_answer(r, &(struct us_http_answer){.status = 200, .body = {text, len}});
}

static const struct us_http_route routes[] = {
    {"GET", "/much/{kib}", much, true},
    {"GET", "/hello/{name}", hello, false},
    {"POST", "/echo", echo, true},
    {"PUT", "/echo", echo, true},
    {"POST", "/keep/{n}", keep, false},
    {"POST", "/busy", busy, false},
};

static size_t kept(void)
{
    pthread_mutex_lock(&later.lock);
    size_t n = later.count;
    pthread_mutex_unlock(&later.lock);
    return n;
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static bool kept_are(size_t n)
{
    for (int i = 0; i < WAIT_MS && kept() != n; i++)
        pause_ms(1);
    return kept() == n;
}

/* The last first, each by its own number. */
static void answer_kept(void)
{
    pthread_mutex_lock(&later.lock);
    while (later.count) {
        struct us_http_request *r = later.items[--later.count];
        struct us_http_answer a = {.status = 201, .body = us_http_param(r, 0)};
        us_http_answer(r, &a);
    }
    pthread_mutex_unlock(&later.lock);
}

/* ---- a client ---- */

static int wait_ms = WAIT_MS;

static int dial(const struct us_http *h)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(us_http_port(h))};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (struct sockaddr *)&at, sizeof at) == 0) return s;
    close(s);
    return -1;
}

static void send_all(int s, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t sent = send(s, at, n, MSG_NOSIGNAL);
        if (sent <= 0) return;
        at += sent;
        n -= (size_t)sent;
    }
}

static void say(int s, const char *text)
{
    send_all(s, text, strlen(text));
}

/* What comes until `answers` answers are whole, the other end hangs up, or nothing does
 * for a while. */
static const char *hear(int s, int answers)
{
    static char text[TEXT_MAX];
    size_t len = 0;
    for (;;) {
        size_t from = 0;
        int whole = 0;
        text[len] = 0;
        for (const char *head; (head = strstr(text + from, "\r\n\r\n"));) {
            const char *said = strstr(text + from, "Content-Length: ");
            size_t body = said && said < head ? strtoul(said + 16, NULL, 10) : 0;
            size_t end = (size_t)(head - text) + 4 + body;
            if (end > len) break;
            from = end;
            whole++;
        }
        struct pollfd p = {s, POLLIN, 0};
        if (whole >= answers || poll(&p, 1, wait_ms) <= 0) return text;
        ssize_t got = recv(s, text + len, sizeof text - 1 - len, 0);
        if (got <= 0) return text;
        len += (size_t)got;
    }
}

static const char *ask(const struct us_http *h, const char *text)
{
    int s = dial(h);
    say(s, text);
    const char *heard = hear(s, 1);
    close(s);
    return heard;
}

static bool is(const char *heard, int status, const char *holds)
{
    char line[32];
    snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    bool good = strncmp(heard, line, strlen(line)) == 0 && strstr(heard, holds);
    if (!good) printf("# wanted %d and “%s”, got: %.300s\n", status, holds, heard);
    return good;
}

struct bytes {
    unsigned char *at;
    size_t len;
};

static struct bytes pack(const void *from, size_t n, int window)
{
    z_stream z = {0};
    deflateInit2(&z, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
    struct bytes out = {malloc(n + 1024), 0};
    z.next_in = (z_const Bytef *)(uintptr_t)from;
    z.avail_in = (uInt)n;
    z.next_out = out.at;
    z.avail_out = (uInt)(n + 1024);
    deflate(&z, Z_FINISH);
    out.len = z.total_out;
    deflateEnd(&z);
    return out;
}

static const char *post(
    const struct us_http *h, const void *body, size_t n, const char *headers)
{
    char head[500];
    int s = dial(h);
    snprintf(head, sizeof head,
        "POST /echo HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n", headers, n);
    say(s, head);
    send_all(s, body, n);
    const char *heard = hear(s, 1);
    close(s);
    return heard;
}

/* ---- cases ---- */

static bool nothing_held(const struct us_http *h)
{
    for (int i = 0; i < WAIT_MS && us_http_counts(h).held_bytes; i++)
        pause_ms(1);
    return us_http_counts(h).held_bytes == 0;
}

static void plain(struct us_tap *t, const struct us_http *h)
{
    CHECK(t, is(ask(h, "GET /hello/ann?how=well%20you HTTP/1.1\r\nHost: x\r\n\r\n"),
                 200, "hello ann, well you"));
    CHECK_AS(t,
        is(ask(h, "GET /hello/ann/ HTTP/1.1\r\nHost: x\r\n\r\n"), 200, "hello ann"),
        "a slash at the end is none, and nobody is redirected");
    CHECK(t, is(ask(h, "HEAD /hello/ann HTTP/1.1\r\nHost: x\r\n\r\n"), 200,
                 "Content-Length: 11\r\n"));
    CHECK(t, is(ask(h, "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"), 404,
                 "application/problem+json"));
    CHECK(
        t, is(ask(h, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 404, "\"status\":404"));
    CHECK(t, is(ask(h, "DELETE /echo HTTP/1.1\r\nHost: x\r\n\r\n"), 405,
                 "Allow: POST, PUT, OPTIONS\r\n"));
    CHECK(t, is(ask(h, "POST /busy HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"),
                 429, "Retry-After: 7\r\n"));
}

/* A path is cut at its slashes before it is decoded; what follows ? is decoded, too. */
static void encoded(struct us_tap *t, const struct us_http *h)
{
    static const struct {
        const char *asked;
        int status;
        const char *holds;
    } rows[] = {{"/hello/ac%2Fme", 200, "hello ac/me, "},
        {"/hello/ac%2fme/", 200, "hello ac/me, "}, {"/hello/%2F", 200, "hello /, "},
        {"/hello/a%2F", 200, "hello a/, "}, {"/hello/50%25", 200, "hello 50%, "},
        {"/hello/a%252Fb", 200, "hello a%2Fb, "},
        {"/hello/a%3Fb%23c%26d", 200, "hello a?b#c&d, "},
        {"/hello/a+b%20c%2Bd", 200, "hello a+b c+d, "},
        {"/hello/%E4%B8%AD", 200, "hello \xe4\xb8\xad, "},
        {"/h%65llo/ann", 200, "hello ann, "}, {"/hello%2Fann", 404, "\"status\":404"},
        {"/hello/a/b", 404, "\"status\":404"}, {"/hello//", 404, "\"status\":404"},
        {"/a/b/c/d/e/f/g/h/i/j/k/l", 404, "\"status\":404"},
        {"/hello/50%", 400, "a % is written %25"},
        {"/hello/%2", 400, "a % is written %25"},
        {"/hello/%zz", 400, "a % is written %25"},
        {"/hello/a%00b", 400, "a % is written %25"},
        {"/hello/%ff", 400, "a % is written %25"},
        {"/a/b/c/d/e/f/g/h/i/j/k/%", 400, "a % is written %25"},
        {"/hello/a?how=b%2Fc%25+d%26e", 200, "hello a, b/c% d&e"},
        {"/hello/a?h%6Fw=1&how=2", 200, "hello a, 1"},
        {"/hello/a?HOW=1", 200, "hello a, 1"}, {"/hello/a?x=how&how", 200, "hello a, "},
        {"/hello/a?how=50%", 200, "hello a, 50%"}, {"/hello/a?how=b%00c", 200, ", b"},
        {"/hello/a%2Fb?how=%3F?", 200, "hello a/b, ??"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[200];
        snprintf(
            text, sizeof text, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", rows[i].asked);
        CHECK_AS(t, is(ask(h, text), rows[i].status, rows[i].holds), rows[i].asked);
    }
}

/* Clients send headers of their own with each event, under names that change. */
static void asked_headers(struct us_tap *t, const struct us_http *h)
{
    static char many[1200];
    static const struct {
        const char *asked;
        bool good;
    } rows[] = {{"anonymousid,authorization,content-type", true},
        {"AnonymousId, X-IP-Policy, x-enable-debug", true}, {"content-type", true},
        {"", false}, {"a,,b", false}, {"a b", false}, {"a\tb", false}, {"a(b)", false},
        {"a\xc3\xa4", false}, {many, false}};
    memset(many, 'x', sizeof many - 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[1500];
        char wanted[200];
        snprintf(text, sizeof text,
            "OPTIONS /echo HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\n"
            "Access-Control-Request-Headers: %s\r\n\r\n",
            rows[i].asked);
        snprintf(wanted, sizeof wanted, "Access-Control-Allow-Headers: %.100s",
            rows[i].good ? rows[i].asked : "authorization, content-type, x-retry");
        const char *heard = ask(h, text);
        CHECK_AS(t, is(heard, 204, wanted),
            rows[i].good ? "the headers that a client asks for may be sent"
                         : "what is no list of names is not said back");
        CHECK(t, is(heard, 204, "Vary: Origin, Access-Control-Request-Headers\r\n"));
    }
    CHECK(t, is(post(h, "{}", 2, "Origin: null\r\n"), 200, "Vary: Origin\r\n"));
}

static void browsers(struct us_tap *t, const struct us_http *h)
{
    const char *heard =
        ask(h, "OPTIONS /echo HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\n"
               "Access-Control-Request-Headers: authorization\r\n\r\n");
    CHECK(t, is(heard, 204, "Access-Control-Allow-Origin: https://app.example\r\n"));
    CHECK(t, is(heard, 204, "Access-Control-Allow-Headers: authorization\r\n"));
    CHECK(t, is(heard, 204, "Access-Control-Max-Age: "));
    CHECK(t, is(heard, 204, "Access-Control-Expose-Headers: Retry-After\r\n"));
    CHECK(t, strstr(heard, "Content-Type") == NULL);
    asked_headers(t, h);
    heard = post(h, "{}", 2, "Origin: null\r\n");
    CHECK(t, is(heard, 200, "Access-Control-Allow-Origin: null\r\n"));
    CHECK_AS(t, is(post(h, "{}", 2, "Origin: a\tb\r\n"), 200, "2 248 1 {}"),
        "an origin that cannot be said back is left out");
    CHECK(t, is(post(h, "{}", 2, "Origin: \r\n"), 200, "2 248 1 {}"));
    heard = ask(h, "OPTIONS /hello/x HTTP/1.1\r\nHost: x\r\nOrigin: https://e\r\n\r\n");
    CHECK_AS(t,
        is(heard, 204, "Allow: GET, OPTIONS") && !strstr(heard, "Access-Control"),
        "what is not for browsers says so");
}

static void packed(struct us_tap *t, const struct us_http *h)
{
    static char zeros[2 * MIB];
    memset(zeros, 'a', sizeof zeros);
    CHECK(t, is(post(h, "{\"a\":1}", 7, "Content-Encoding: gzip\r\n"), 200,
                 "7 520 1 {\"a\":1}"));
    CHECK(t, is(post(h, "", 0, ""), 200, "0 0 1 "));
    CHECK(t, is(post(h, "x", 1, ""), 200, "1 120 1 x"));
    struct bytes gzip = pack("{\"a\":1}", 7, 15 + 16);
    CHECK_AS(t,
        is(post(h, gzip.at, gzip.len,
               "Content-Type: application/x-www-form-urlencoded\r\n"),
            200, "7 520 1 {\"a\":1}"),
        "gzip is known by its bytes");
    CHECK(t, is(post(h, gzip.at, gzip.len - 3, ""), 400, "not whole gzip"));
    gzip.at[gzip.len - 5] ^= 1;
    CHECK(t, is(post(h, gzip.at, gzip.len, ""), 400, "not whole gzip"));
    gzip.at[gzip.len - 5] ^= 1;
    struct bytes two = {malloc(2 * gzip.len), 2 * gzip.len};
    memcpy(two.at, gzip.at, gzip.len);
    memcpy(two.at + gzip.len, gzip.at, gzip.len);
    CHECK(t, is(post(h, two.at, two.len, ""), 200, "14 1040 1 {\"a\":1}{\"a\":1}"));
    struct bytes zlib = pack("{\"a\":1}", 7, 15);
    CHECK(t, is(post(h, zlib.at, zlib.len, ""), 200, "7 520 1 {\"a\":1}"));
    struct bytes much = pack(zeros, MIB, 15 + 16);
    CHECK_AS(t,
        much.len * 900 < MIB && is(post(h, much.at, much.len, ""), 200, "1048576 "),
        "900:1 is taken");
    struct bytes bomb = pack(zeros, sizeof zeros, 15 + 16);
    CHECK(t, is(post(h, bomb.at, bomb.len, ""), 413, "1048576 bytes, after inflating"));
    CHECK_AS(t, nothing_held(h), "nothing is held");
    free(gzip.at);
    free(two.at);
    free(zlib.at);
    free(much.at);
    free(bomb.at);
}

static void pieces(struct us_tap *t, const struct us_http *h)
{
    struct bytes gzip = pack("{\"a\":[1,2]}", 11, 15 + 16);
    char text[400];
    int s = dial(h);
    say(s, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (size_t i = 0; i < gzip.len; i++) {
        say(s, "1\r\n");
        send_all(s, gzip.at + i, 1);
        say(s, "\r\n");
        pause_ms(1);
    }
    say(s, "0\r\n\r\n");
    CHECK_AS(t, is(hear(s, 1), 200, "11 "), "gzip, chunked, byte by byte");
    snprintf(text, sizeof text,
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nde"
        "GET /hello/z HTTP/1.1\r\nHost: x\r\n\r\n");
    say(s, text);
    const char *heard = hear(s, 3);
    CHECK_AS(t,
        strstr(heard, "3 294 1 abc") && strstr(heard, "2 201 1 de") &&
            strstr(heard, "hello z"),
        "three at once on one connection, answered in order");
    close(s);
    free(gzip.at);
}

static void lately(struct us_tap *t, const struct us_http *h)
{
    enum { MANY = 200 };
    int s[MANY];
    char text[200];
    for (int i = 0; i < MANY; i++) {
        s[i] = dial(h);
        snprintf(text, sizeof text,
            "POST /keep/%d HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1", i);
        say(s[i], text);
    }
    CHECK_AS(t, kept_are(MANY), "handlers keep two hundred requests, no thread waits");
    CHECK(t, us_http_waiting(h) == MANY);
    CHECK_AS(t, is(ask(h, "GET /hello/ann HTTP/1.1\r\nHost: x\r\n\r\n"), 200, "hello"),
        "others are answered meanwhile");
    answer_kept();
    bool good = true;
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "\r\n\r\n%d", i);
        good = good && is(hear(s[i], 1), 201, text);
        close(s[i]);
    }
    CHECK_AS(t, good, "each has its own answer");
    CHECK(t, us_http_waiting(h) == 0);
}

static void limits(struct us_tap *t, const struct us_http *h)
{
    CHECK_AS(t,
        is(ask(h, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"),
            413, "Connection: close"),
        "what is too long is told before it is sent");
    static char body[MIB];
    int s[3];
    int64_t came = us_http_counts(h).body_bytes;
    memset(body, 'b', sizeof body);
    for (int i = 0; i < 3; i++) {
        s[i] = dial(h);
        say(s[i], "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n");
        send_all(s[i], body, sizeof body - 1);
        came += MIB - 1;
        for (int k = 0; k < WAIT_MS && us_http_counts(h).body_bytes < came; k++)
            pause_ms(1);
    }
    CHECK(t, us_http_counts(h).held_bytes == 2 * MIB);
    int full = 0;
    int taken = 0;
    for (int i = 0; i < 3; i++) {
        say(s[i], "b");
        const char *heard = hear(s[i], 1);
        full +=
            strncmp(heard, "HTTP/1.1 429", 12) == 0 && strstr(heard, "Retry-After: ");
        taken += strncmp(heard, "HTTP/1.1 200", 12) == 0;
        close(s[i]);
    }
    CHECK_AS(
        t, full == 1 && taken == 2, "two bodies are held, the third is to come again");
    CHECK_AS(t, nothing_held(h), "and let go");
    int slow = dial(h);
    say(slow, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n");
    char byte = 'x';
    ssize_t sent = 1;
    for (int i = 0; i < 100 && sent == 1; i++) {
        sent = send(slow, &byte, 1, MSG_NOSIGNAL);
        pause_ms(100);
    }
    CHECK_AS(t, sent != 1, "who trickles is hung up on, long before being idle");
    close(slow);
}

/* Where a body ends is said in one way, or some proxy before it may think otherwise:
 * what follows is taken for no request. */
static void framed(struct us_tap *t, const struct us_http *h)
{
    static const char *const rows[] = {"Content-Length: 1\r\nContent-Length: 2\r\n",
        "Content-Length: 1\r\ncontent-length: 1\r\n", "Content-Length: 1, 1\r\n",
        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: identity\r\n", "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"};
    static const char *const lines[] = {
        "POST /echo", "PUT /echo", "GET /hello/a", "DELETE /echo", "POST /nowhere"};
    wait_ms = 2000;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t k = 0; k < sizeof lines / sizeof *lines; k++) {
            char text[500];
            int s = dial(h);
            snprintf(text, sizeof text,
                "%s HTTP/1.1\r\nHost: x\r\n%s\r\n"
                "1\r\na\r\n0\r\n\r\nGET /hello/b HTTP/1.1\r\nHost: x\r\n\r\n",
                lines[k], rows[i]);
            say(s, text);
            const char *heard = hear(s, 2);
            CHECK_AS(t,
                is(heard, 400, "onnection: close\r\n") && !strstr(heard, "hello"),
                "400, and hung up on");
            close(s);
        }
    wait_ms = WAIT_MS;
    CHECK_AS(t,
        is(ask(h, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
                  "1\r\na\r\n0\r\n\r\n"),
            200, "1 97 1 a"),
        "letters of either size");
}

static size_t resident(void)
{
    unsigned long size = 0;
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    int read = f ? fscanf(f, "%lu %lu", &size, &pages) : 0;
    if (f) fclose(f);
    us_assert(read == 2);
    return pages * 4096;
}

/* How much of its answer comes, after the head. */
static size_t body_whole(int s)
{
    static char text[1 << 16];
    size_t len = 0;
    ssize_t got;
    do {
        got = recv(s, text, sizeof text, 0);
        for (ssize_t i = 0; i < got; i++)
            len += text[i] == 'm';
    } while (got > 0);
    return len;
}

static bool answers_are(const struct us_http *h, int64_t bytes)
{
    for (int i = 0; i < WAIT_MS && us_http_counts(h).answer_bytes != bytes; i++)
        pause_ms(1);
    return us_http_counts(h).answer_bytes == bytes;
}

static int ask_much(const struct us_http *h, int kib)
{
    char text[200];
    int s = dial(h);
    int few = 1 << 16; /* what the kernel takes in for who does not read */
    setsockopt(s, SOL_SOCKET, SO_RCVBUF, &few, sizeof few);
    snprintf(text, sizeof text,
        "GET /much/%d HTTP/1.1\r\nHost: x\r\nOrigin: null\r\n"
        "Connection: close\r\n\r\n",
        kib);
    say(s, text);
    return s;
}

/* Nobody reads: each large answer is held once, and all of them have a bound. */
static void unread(struct us_tap *t, const struct us_http *h)
{
    enum { MANY = 4, LARGE = 8 * MIB };
    int s[MANY];
    size_t before = resident();
    for (int i = 0; i < MANY; i++) {
        s[i] = ask_much(h, LARGE >> 10);
        CHECK_AS(t, answers_are(h, (i + 1) * (int64_t)LARGE), "an answer is held");
    }
    /* The last is counted before it is let go of what it was made of. */
    size_t most = MANY * (size_t)LARGE * 5 / 4;
    for (int i = 0; i < WAIT_MS && !WATCHED && resident() - before > most; i++)
        pause_ms(1);
    size_t more = resident() - before;
    printf("# %zu MiB for %d of %d MiB\n", more / MIB, (int)MANY, LARGE / MIB);
    CHECK_AS(t, WATCHED || more <= most, "once");
    int over = ask_much(h, LARGE >> 10);
    const char *heard = hear(over, 1);
    CHECK_AS(t,
        is(heard, 503, "Retry-After: 5\r\n") &&
            strstr(heard, "Access-Control-Allow-Origin: null\r\n"),
        "one more is not");
    close(over);
    CHECK_AS(t, is(ask(h, "GET /much/64 HTTP/1.1\r\nHost: x\r\n\r\n"), 200, "mmm"),
        "small ones are");
    CHECK_AS(t, body_whole(s[0]) == LARGE, "who reads after all has the whole");
    close(s[0]);
    CHECK(t, answers_are(h, (MANY - 1) * (int64_t)LARGE));
    over = ask_much(h, LARGE >> 10);
    CHECK_AS(t, body_whole(over) == LARGE, "and there is room again");
    close(over);
    for (int i = 1; i < MANY; i++)
        close(s[i]);
    CHECK_AS(t, answers_are(h, 0), "nothing is held of those that went away");
}

/* None of it may hurt the server, and none may be taken for a request. */
static void broken(struct us_tap *t, const struct us_http *h)
{
    static const char *const texts[] = {"\r\n\r\n", "GET\r\n\r\n",
        "\x16\x03\x01\x02\x00", "GET /hello/a HTTP/9.9\r\n\r\n",
        "GET  /hello/a HTTP/1.1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5x\r\n\r\nabcde",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
        "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n999999999999\r\n",
        "GET /hello/%00%0a%ff HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /hello/a HTTP/1.1\r\nHost"};
    static char big[100000];
    wait_ms = 300; /* to some of it there is no answer */
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int s = dial(h);
        say(s, texts[i]);
        shutdown(s, SHUT_WR);
        hear(s, 1);
        close(s);
    }
    memset(big, 'h', sizeof big - 1);
    memcpy(big, "GET /hello/a HTTP/1.1\r\nX: ", 26);
    int s = dial(h);
    say(s, big);
    hear(s, 1);
    close(s);
    CHECK_AS(t,
        is(ask(h, "GET /hello/ann HTTP/1.1\r\nHost: x\r\n\r\n"), 200, "hello ann"),
        "requests that are none are survived");
}

static void stopping(struct us_tap *t, struct us_http *h)
{
    int old = dial(h);
    say(old, "GET /hello/a HTTP/1.1\r\nHost: x\r\n\r\n");
    hear(old, 1);
    int waits = dial(h);
    say(waits, "POST /keep/9 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    CHECK(t, kept_are(1));
    us_http_quiesce(h);
    say(old, "GET /hello/a HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_AS(t, is(hear(old, 1), 503, "Retry-After: "), "new requests go elsewhere");
    answer_kept();
    CHECK_AS(t, is(hear(waits, 1), 201, "\r\n\r\n9"), "what was begun is answered");
    close(old);
    close(waits);
    int late = dial(h);
    CHECK_AS(t, late < 0, "nobody is taken in any more");
    if (late >= 0) close(late);
}

static void taken(struct us_tap *t, const struct us_http *h)
{
    struct us_http_options again = us_http_defaults();
    struct us_http *other = NULL;
    struct us_error e = {0};
    again.port = us_http_port(h);
    CHECK(t,
        us_http_open(&again, &other, &e) == US_IO && strcmp(e.key, "http.bind") == 0);
    again.host = US_S("no such host");
    CHECK(t, us_http_open(&again, &other, &e) == US_IO);
}

int main(void)
{
    struct us_tap t = {0};
    struct us_error e = {0};
    struct us_http *h = NULL;
    struct us_http_options o = us_http_defaults();
    signal(SIGPIPE, SIG_IGN);
    o.routes = routes;
    o.route_count = sizeof routes / sizeof *routes;
    o.body_bytes_max = MIB;
    o.held_bytes_max = 2 * MIB + 1000;
    o.answers_bytes_max = 33 * MIB;
    o.body_seconds_max = 4;
    o.idle_seconds_max = 20;
    if (us_http_open(&o, &h, &e) != US_OK) {
        CHECK_AS(&t, false, e.key);
        return us_tap_done(&t);
    }
    plain(&t, h);
    encoded(&t, h);
    browsers(&t, h);
    packed(&t, h);
    pieces(&t, h);
    lately(&t, h);
    limits(&t, h);
    framed(&t, h);
    unread(&t, h);
    broken(&t, h);
    taken(&t, h);
    stopping(&t, h);
    us_http_close(h);
    return us_tap_done(&t);
}
