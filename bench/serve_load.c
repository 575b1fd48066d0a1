/* serve_load.c: a load over HTTP, and how long answers take.
 *
 *   serve_load PORT BODIES CONNECTIONS RATE SECONDS [HEAD TAIL JOINT PATH AUTH]
 *
 * One thread, epoll, keep-alive. RATE, in requests a second, is a schedule fixed before
 * the first is sent: one that comes due while every connection is busy waits, and that
 * counts, for a latency is from when the request was due to the last byte of its answer
 * (an open loop). RATE 0: each connection sends its next request when it has its answer
 * (closed). The first tenth of the time is warming up and not counted.
 *
 * Prints one line of JSON. `late` is the client's own share: how late it was, at the
 * 99th percentile, to look at a request that was due while a connection was free.
 */
#include "load_bodies.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_BYTES = 1024, ANSWER_BYTES = 1 << 16, LOOKED_AT = 256, DRAIN_SECONDS = 10 };

struct link {
    int fd;
    char *out;
    size_t len, sent;
    char in[ANSWER_BYTES];
    size_t got;
    double due;
    bool busy;
};

struct load {
    unsigned short port;
    int epoll;
    struct body *bodies;
    size_t body_count, next_body, batch;
    char *heads; /* of each body, HEAD_BYTES apart */
    const char *head, *tail;
    unsigned run;
    unsigned long long number;
    char time[TIME_BYTES + 1];
    double time_at;

    struct link *links;
    size_t link_count;
    struct link **idle;
    size_t idle_count;

    double start, count_from, until, step; /* step 0: closed */
    size_t due_count;                      /* requests begun */
    size_t failed, in_flight;
    struct took took, late;
};

/* ---- connections ---- */

static void link_open(struct load *l, struct link *k)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(l->port)};
    int on = 1;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    k->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (k->fd < 0 || connect(k->fd, (struct sockaddr *)&at, sizeof at) != 0)
        bodies_fail("connect", strerror(errno));
    setsockopt(k->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = k};
    epoll_ctl(l->epoll, EPOLL_CTL_ADD, k->fd, &e);
    k->got = k->len = k->sent = 0;
    k->busy = false;
}

static void want(struct load *l, struct link *k, unsigned events)
{
    struct epoll_event e = {.events = events, .data.ptr = k};
    epoll_ctl(l->epoll, EPOLL_CTL_MOD, k->fd, &e);
}

static void ended(struct load *l, struct link *k, bool good, double now)
{
    if (good && k->due >= l->count_from) took_put(&l->took, now - k->due);
    if (!good) l->failed++;
    k->busy = false;
    k->got = 0;
    l->in_flight--;
    l->idle[l->idle_count++] = k;
}

static void broken(struct load *l, struct link *k, double now)
{
    close(k->fd);
    if (k->busy) ended(l, k, false, now);
    link_open(l, k);
}

static void send_on(struct load *l, struct link *k, double now)
{
    while (k->sent < k->len) {
        ssize_t n = send(
            k->fd, k->out + k->sent, k->len - k->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            want(l, k, EPOLLIN | EPOLLOUT);
            return;
        }
        if (n < 0) {
            broken(l, k, now);
            return;
        }
        k->sent += (size_t)n;
    }
}

static void begin(struct load *l, double due, double now)
{
    struct link *k = l->idle[--l->idle_count];
    size_t at = l->next_body++ % l->body_count;
    const struct body *b = &l->bodies[at];
    const char *head = l->heads + at * HEAD_BYTES;
    size_t head_len = strlen(head);
    size_t before = strlen(l->head);
    size_t tail_len = strlen(l->tail);
    if (now - l->time_at >= 0.001) {
        time_text(l->time);
        l->time_at = now;
    }
    memcpy(k->out, head, head_len);
    memcpy(k->out + head_len, l->head, before);
    char *text = k->out + head_len + before;
    memcpy(text, b->text, b->len);
    body_fill(b, text, l->run, &l->number, l->time);
    memcpy(text + b->len, l->tail, tail_len);
    k->len = head_len + before + b->len + tail_len;
    k->sent = 0;
    k->due = due;
    k->busy = true;
    l->in_flight++;
    send_on(l, k, now);
}

/* ---- answers ---- */

/* 0: not whole yet; else its status. Of an answer in chunks the head is enough: those
 * met here (ClickHouse's, to an INSERT) have nothing in them, and their end comes with
 * the next answer at times, in front of which it is left out. */
static int whole(struct link *k)
{
    static const char last[] = "0\r\n\r\n";
    size_t n = sizeof last - 1;
    if (k->got >= n && memcmp(k->in, last, n) == 0) {
        memmove(k->in, k->in + n, k->got - n + 1);
        k->got -= n;
    }
    char *end = memmem(k->in, k->got, "\r\n\r\n", 4);
    if (!end || k->got < 12) return 0;
    size_t body = k->got - (size_t)(end + 4 - k->in);
    char *length = strcasestr(k->in, "\r\nContent-Length:");
    if (length && length < end && body < strtoul(length + 17, NULL, 10)) return 0;
    return atoi(k->in + 9);
}

static void receive(struct load *l, struct link *k)
{
    ssize_t n = recv(k->fd, k->in + k->got, sizeof k->in - 1 - k->got, MSG_DONTWAIT);
    double now = seconds_now();
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
        broken(l, k, now);
        return;
    }
    k->got += (size_t)n;
    k->in[k->got] = 0;
    int status = whole(k);
    if (!k->busy) k->got = 0;
    if (!status || !k->busy) return;
    if (status != 200 && l->failed == 0)
        fprintf(stderr, "load: answered %.300s\n", k->in);
    ended(l, k, status == 200, now);
}

static void turn(struct load *l, double wait)
{
    struct epoll_event events[LOOKED_AT];
    struct timespec t = {(time_t)wait, (long)(1e9 * (wait - (double)(time_t)wait))};
    int n = epoll_pwait2(l->epoll, events, LOOKED_AT, &t, NULL);
    for (int i = 0; i < n; i++) {
        struct link *k = events[i].data.ptr;
        if (events[i].events & EPOLLOUT) {
            want(l, k, EPOLLIN);
            send_on(l, k, seconds_now());
        }
        if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(l, k);
    }
}

/* ---- the two loops ---- */

static void closed_loop(struct load *l)
{
    for (double now = l->start; now < l->until; now = seconds_now()) {
        while (l->idle_count)
            begin(l, seconds_now(), now);
        turn(l, 0.1);
    }
}

static void open_loop(struct load *l)
{
    for (;;) {
        double now = seconds_now();
        double due = l->start + (double)l->due_count * l->step;
        bool was_free = l->idle_count > 0;
        while (due <= now && due < l->until && l->idle_count) {
            if (was_free && due >= l->count_from) took_put(&l->late, now - due);
            was_free = false; /* those after it waited for it */
            begin(l, due, now);
            l->due_count++;
            due = l->start + (double)l->due_count * l->step;
        }
        if (due >= l->until || now > l->until + DRAIN_SECONDS) return;
        double wait = l->idle_count && due > now ? due - now : 0.1;
        turn(l, l->idle_count && due <= now ? 0 : wait);
    }
}

static void drain(struct load *l)
{
    double until = seconds_now() + DRAIN_SECONDS;
    while (l->in_flight && seconds_now() < until)
        turn(l, 0.1);
}

/* ---- setting up ---- */

static void heads_make(struct load *l, const char *path, const char *auth)
{
    l->heads = calloc(l->body_count, HEAD_BYTES);
    size_t most = 0;
    for (size_t i = 0; l->heads && i < l->body_count; i++) {
        size_t len = strlen(l->head) + l->bodies[i].len + strlen(l->tail);
        int n = snprintf(l->heads + i * HEAD_BYTES, HEAD_BYTES,
            "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            "%s%s%sContent-Length: %zu\r\n\r\n",
            path, *auth ? "Authorization: Basic " : "", auth, *auth ? "\r\n" : "", len);
        if (n < 0 || n >= HEAD_BYTES) bodies_fail(path, "too long");
        most = len > most ? len : most;
    }
    l->links = calloc(l->link_count, sizeof *l->links);
    l->idle = calloc(l->link_count, sizeof(struct link *));
    if (!l->heads || !l->links || !l->idle) bodies_fail("set-up", "no memory");
    for (size_t i = 0; i < l->link_count; i++) {
        l->links[i].out = malloc(HEAD_BYTES + most);
        if (!l->links[i].out) bodies_fail("set-up", "no memory");
        link_open(l, &l->links[i]);
        l->idle[l->idle_count++] = &l->links[i];
    }
}

int main(int argc, char **argv)
{
    struct load l = {.head = "{\"batch\":[", .tail = "]}", .run = (unsigned)getpid()};
    const char *path = "/v1/batch";
    const char *auth = "d2tfd2ViOg=="; /* wk_web: */
    char joint = ',';
    if (argc != 6 && argc != 11)
        bodies_fail("arguments", "see the head of serve_load.c");
    if (argc == 11) {
        l.head = argv[6];
        l.tail = argv[7];
        joint = argv[8][0];
        path = argv[9];
        auth = argv[10];
    }
    l.port = (unsigned short)atoi(argv[1]);
    l.bodies = bodies_read(argv[2], joint, &l.body_count);
    l.batch = l.bodies[0].id_count;
    l.link_count = (size_t)atoi(argv[3]);
    double rate = atof(argv[4]);
    double seconds = atof(argv[5]);
    l.epoll = epoll_create1(0);
    heads_make(&l, path, auth);
    l.step = rate > 0 ? 1 / rate : 0;
    l.start = seconds_now();
    l.count_from = l.start + seconds / 10;
    l.until = l.start + seconds;
    double cpu = cpu_seconds();
    if (rate > 0)
        open_loop(&l);
    else
        closed_loop(&l);
    cpu = cpu_seconds() - cpu;
    size_t waiting = 0;
    size_t due = (size_t)(rate * seconds);
    if (due > l.due_count) waiting = due - l.due_count;
    drain(&l);
    printf("{");
    took_print(&l.took, l.batch, seconds * 0.9, cpu);
    if (l.late.count) qsort(l.late.list, l.late.count, sizeof *l.late.list, by_size);
    printf(",\"failed\":%zu,\"never_sent\":%zu,\"unanswered\":%zu,\"late\":%.3f,"
           "\"sent\":%zu,\"batch\":%zu}\n",
        l.failed, waiting, l.in_flight, took_at(&l.late, .99), l.next_body, l.batch);
    return 0;
}
