/* Answers that go on, over real sockets: what is put arrives, in order and whole; a
 * client that goes away is noticed; one that does not read holds no more than was said;
 * the server closes while some are open. */

#include "base/tap.h"
#include "http/http.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 1 << 16, TEXT_MAX = 1 << 22, WAIT_MS = 5000, READERS = 20 };

static struct {
    pthread_mutex_t lock;
    struct us_http_stream *items[READERS];
    size_t count;
    bool local;
} made = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void stream(void *ctx, struct us_http_request *r)
{
    (void)ctx;
    pthread_mutex_lock(&made.lock);
    made.local = us_http_is_local(r);
    made.items[made.count++] = us_http_stream_begin(r, "text/event-stream", ROOM);
    pthread_mutex_unlock(&made.lock);
}

static const struct us_http_route routes[] = {{"GET", "/stream", stream, false}};

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static int dial(const struct us_http *h, const char *headers)
{
    char text[1000];
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(us_http_port(h))};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    int failed = connect(s, (struct sockaddr *)&at, sizeof at);
    us_assert(!failed);
    int n = snprintf(text, sizeof text, "GET /stream HTTP/1.1\r\n%s\r\n", headers);
    ssize_t sent = send(s, text, (size_t)n, MSG_NOSIGNAL);
    us_assert(sent == n);
    return s;
}

/* The stream of the n-th client. */
static struct us_http_stream *nth(size_t n)
{
    for (int i = 0; i < WAIT_MS; i++) {
        pthread_mutex_lock(&made.lock);
        struct us_http_stream *s = made.count > n ? made.items[n] : NULL;
        pthread_mutex_unlock(&made.lock);
        if (s) return s;
        pause_ms(1);
    }
    us_panic(__FILE__, __LINE__, "a client has no stream");
}

/* Until the text is there, or nothing comes for a while. */
static const char *hear(int s, const char *wanted)
{
    static char text[TEXT_MAX];
    size_t len = 0;
    text[0] = 0;
    while (!strstr(text, wanted)) {
        struct pollfd p = {s, POLLIN, 0};
        if (poll(&p, 1, WAIT_MS) <= 0) break;
        ssize_t got = recv(s, text + len, sizeof text - 1 - len, 0);
        if (got <= 0) break;
        len += (size_t)got;
        text[len] = 0;
    }
    return text;
}

#define LOCAL "Host: localhost:1\r\n"

static void told(struct us_tap *t, const struct us_http *h)
{
    int s = dial(h, LOCAL);
    struct us_http_stream *stream_of = nth(0);
    CHECK_AS(t, strstr(hear(s, "\r\n\r\n"), "text/event-stream") != NULL,
        "the head comes before there is anything to tell");
    CHECK(t, us_http_stream_put(stream_of, US_S("one ")));
    CHECK_AS(t, strstr(hear(s, "one "), "one ") != NULL, "and what is put, at once");
    pause_ms(50);
    CHECK(t, us_http_stream_put(stream_of, US_S("two")));
    CHECK(t, strstr(hear(s, "two"), "two") != NULL);
    us_http_stream_end(stream_of);
    CHECK_AS(t, strstr(hear(s, "0\r\n\r\n"), "0\r\n\r\n") != NULL, "then it ends");
    close(s);
}

/* More than there is room for, in pieces that wrap around, while somebody reads. */
static void whole(struct us_tap *t, const struct us_http *h)
{
    static char piece[7001];
    int s = dial(h, "Host: localhost\r\nConnection: close\r\n");
    struct us_http_stream *stream_of = nth(1);
    static char got[TEXT_MAX];
    size_t len = 0;
    size_t pieces = 0;
    bool end = false;
    for (int i = 0; i < WAIT_MS && !end; i++) {
        memset(piece, 'a' + (int)(pieces % 26), sizeof piece - 1);
        us_str put = us_str_slice(us_str_c(piece), 0, sizeof piece - 1);
        if (pieces < 100 && us_http_stream_room(stream_of) >= put.len) {
            pieces += us_http_stream_put(stream_of, put);
            if (pieces == 100) us_http_stream_end(stream_of);
        }
        struct pollfd p = {s, POLLIN, 0};
        if (poll(&p, 1, 1) <= 0) continue;
        ssize_t n = recv(s, got + len, sizeof got - len, 0);
        end = n <= 0;
        if (n > 0) len += (size_t)n;
    }
    size_t count[26] = {0};
    for (size_t i = 0; i < len; i++)
        if (got[i] >= 'g' && got[i] <= 'z') count[got[i] - 'a']++;
    bool good = end && pieces == 100;
    for (size_t i = 'p' - 'a'; i < 26; i++) /* letters that no head has many of */
        good &= count[i] >= 7000 * 3 && count[i] < 7000 * 4 + 100;
    CHECK_AS(t, good, "all of it arrives, each byte once");
    close(s);
}

static void slow(struct us_tap *t, const struct us_http *h)
{
    static char piece[4096];
    int s = dial(h, LOCAL);
    struct us_http_stream *stream_of = nth(2);
    size_t put = 0;
    memset(piece, 'x', sizeof piece);
    for (int i = 0; i < 20000; i++) {
        if (!us_http_stream_put(stream_of, (us_str){piece, sizeof piece})) break;
        put++;
    }
    pause_ms(200);
    while (us_http_stream_put(stream_of, (us_str){piece, sizeof piece}))
        put++;
    CHECK_AS(t, put < 20000 && !us_http_stream_gone(stream_of),
        "who does not read is told no more, and nobody waits for it");
    us_http_stream_end(stream_of);
    close(s);
}

static void gone(struct us_tap *t, const struct us_http *h)
{
    int s = dial(h, LOCAL);
    struct us_http_stream *stream_of = nth(3);
    hear(s, "\r\n\r\n");
    close(s);
    bool put = true;
    for (int i = 0; i < 200 && put; i++) {
        put = us_http_stream_put(stream_of, US_S(":\n\n"));
        pause_ms(10);
    }
    CHECK_AS(t, !put && us_http_stream_gone(stream_of), "who went away is noticed");
    us_http_stream_end(stream_of);
    for (int i = 0; i < WAIT_MS && us_http_counts(h).streams; i++)
        pause_ms(1);
    CHECK_AS(t, us_http_counts(h).streams == 0, "and nothing is left of any");
}

static void local(struct us_tap *t, const struct us_http *h)
{
    static const struct {
        const char *headers;
        bool local;
    } rows[] = {{LOCAL, true}, {"Host: 127.0.0.1\r\n", true},
        {"Host: [::1]:7171\r\n", true}, {"Host: evil.example\r\n", false},
        {"Host: localhost.evil.example\r\n", false},
        {LOCAL "X-Forwarded-For: 10.0.0.1\r\n", false},
        {LOCAL "Origin: https://evil.example\r\n", false},
        {LOCAL "Origin: http://localhost:5173\r\n", true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int s = dial(h, rows[i].headers);
        struct us_http_stream *stream_of = nth(4 + i);
        CHECK_AS(t, made.local == rows[i].local,
            rows[i].local ? "it is of this machine" : "it may be of another");
        us_http_stream_end(stream_of);
        close(s);
    }
}

int main(void)
{
    struct us_tap t = {0};
    struct us_error e = {0};
    struct us_http *h = NULL;
    struct us_http_options o = us_http_defaults();
    signal(SIGPIPE, SIG_IGN);
    o.routes = routes;
    o.route_count = 1;
    us_code code = us_http_open(&o, &h, &e);
    us_assert(code == US_OK);
    told(&t, h);
    whole(&t, h);
    slow(&t, h);
    gone(&t, h);
    local(&t, h);
    /* Some are open, asleep and with something waiting, when it closes. */
    int last = dial(h, LOCAL);
    struct us_http_stream *stream_of = nth(12);
    hear(last, "\r\n\r\n");
    us_http_quiesce(h);
    us_http_stream_put(stream_of, US_S("bye"));
    us_http_stream_end(stream_of);
    us_http_close(h);
    CHECK_AS(&t, true, "it closes");
    close(last);
    return us_tap_done(&t);
}
