/* post_fixture.h: what the tests of routes share: a server with a journal of its own,
 * requests over real sockets, and what the journal then holds. */
#pragma once

#include "base/err.h"
#include "base/tap.h"
#include "file/file.h"
#include "http/http.h"
#include "server/commit.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 16 };

struct house {
    struct us_tap t;
    struct us_arena a;
    char path[64]; /* of the journal */
    struct us_committer *committer;
    struct us_http *http;
    void *served; /* what the routes serve */
};

static inline void house_init(struct house *h)
{
    const char *top = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(h->path, sizeof h->path, "%s/usher-post-XXXXXX", top);
    us_assert(mkdtemp(h->path));
    us_arena_init(&h->a, 512 << 20);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

static inline int house_done(struct house *h)
{
    us_code code = us_file_remove_tree(us_str_c(h->path), NULL);
    us_assert(code == US_OK);
    us_arena_done(&h->a);
    return us_tap_done(&h->t);
}

static inline void house_committer(struct house *h)
{
    struct us_error e;
    struct us_committer_options c = {.dir = us_str_c(h->path), .last_known = US_ALWAYS};
    us_code code = us_committer_open(&c, &h->committer, &e);
    us_assert(code == US_OK);
}

static inline void house_http(
    struct house *h, const struct us_http_route *routes, size_t count)
{
    struct us_error e;
    struct us_http_options o = us_http_defaults();
    o.routes = routes;
    o.route_count = count;
    o.ctx = h->served;
    us_code code = us_http_open(&o, &h->http, &e);
    us_assert(code == US_OK);
}

static inline void house_down(struct house *h)
{
    us_http_quiesce(h->http);
    while (us_http_waiting(h->http))
        usleep(1000);
    us_committer_close(h->committer);
    us_http_close(h->http);
}

static inline void send_all(int s, const char *bytes, size_t n)
{
    for (ssize_t sent = 1; n && sent > 0; bytes += sent, n -= (size_t)sent)
        sent = send(s, bytes, n, MSG_NOSIGNAL);
}

/* One request on a connection of its own; the whole answer. */
static inline const char *post(const struct house *h, const char *path,
    const char *headers, const char *body, char text[TEXT_MAX])
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

static inline bool is(const char *heard, int status, const char *holds)
{
    char line[32];
    snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    bool good = strncmp(heard, line, strlen(line)) == 0 && strstr(heard, holds);
    if (!good) printf("# wanted %d and %s, got: %.400s\n", status, holds, heard);
    return good;
}

/* All of the journal. */
static inline us_str journal(struct house *h)
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

static inline size_t times(us_str text, const char *what)
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
