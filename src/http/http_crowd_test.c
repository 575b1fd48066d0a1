/* http_crowd_test.c: many clients who speak at the same moment, while the thread they
 * are of is at work: as soon as it is not, all are answered, however many they are. */

#include "base/tap.h"
#include "http/http.h"

#include <arpa/inet.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CROWD_MAX = 512, WAIT_MS = 5000 };

static struct {
    sem_t begun, ends;
} work;

static void answer(struct us_http_request *r)
{
    us_http_answer(r, &(struct us_http_answer){.status = 200, .body = US_S("ok")});
}

static void quick(void *ctx, struct us_http_request *r)
{
    (void)ctx;
    answer(r);
}

static void slow(void *ctx, struct us_http_request *r)
{
    (void)ctx;
    sem_post(&work.begun);
    sem_wait(&work.ends);
    answer(r);
}

static const struct us_http_route routes[] = {
    {"GET", "/quick", quick, false}, {"GET", "/slow", slow, false}};

static int dial(const struct us_http *h)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(us_http_port(h))};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    int failed = connect(s, (struct sockaddr *)&at, sizeof at);
    us_assert(!failed);
    return s;
}

static void ask(int s, const char *path)
{
    char text[100];
    int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
    ssize_t sent = send(s, text, (size_t)n, MSG_NOSIGNAL);
    us_assert(sent == n);
}

/* A whole answer is one piece, as it is small. */
static bool hears(int s)
{
    char text[1000];
    struct pollfd p = {s, POLLIN, 0};
    return poll(&p, 1, WAIT_MS) == 1 && recv(s, text, sizeof text, 0) > 0;
}

static void crowd(struct us_tap *t, struct us_http *h, size_t n)
{
    int all[CROWD_MAX];
    size_t heard = 0;
    int busy = dial(h);
    for (size_t i = 0; i < n; i++) { /* each known to the thread, and at rest */
        all[i] = dial(h);
        ask(all[i], "/quick");
        bool there = hears(all[i]);
        us_assert(there);
    }
    ask(busy, "/slow");
    sem_wait(&work.begun);
    for (size_t i = 0; i < n; i++)
        ask(all[i], "/quick");
    sem_post(&work.ends);
    while (heard < n && hears(all[heard]))
        heard++;
    CHECK_AS(t, heard == n, "all who spoke at once are answered");
    if (heard < n) printf("# %zu of %zu\n", heard, n);
    for (size_t i = 0; i < n; i++)
        close(all[i]);
    close(busy);
}

int main(void)
{
    /* The library looks at 128 events at a time. */
    static const size_t many[] = {1, 127, 128, 129, 256, 384};
    struct us_tap t = {0};
    struct us_error e = {0};
    struct us_http_options o = us_http_defaults();
    signal(SIGPIPE, SIG_IGN);
    sem_init(&work.begun, 0, 0);
    sem_init(&work.ends, 0, 0);
    o.routes = routes;
    o.route_count = sizeof routes / sizeof *routes;
    o.threads = 1;
    for (size_t i = 0; i < sizeof many / sizeof *many; i++) {
        struct us_http *h = NULL;
        CHECK_AS(&t, us_http_open(&o, &h, &e) == US_OK, e.key ? e.key : "opened");
        crowd(&t, h, many[i]);
        us_http_close(h);
    }
    return us_tap_done(&t);
}
