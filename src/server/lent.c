#include "server/lent.h"

#include "base/arena.h"
#include "base/thread.h"
#include "file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    OWN_BYTES = 4 << 20,
    FDS = 4, /* stdout, stderr, the folder, stdin */
    LOOK_MS = 200,
    GREETING_MS = 5000,
};

struct head {
    uint32_t args, env, bytes;
};

struct call {
    struct us_lent *lent;
    struct us_arena arena;
    pthread_t thread;
    bool busy, over, muted;
    _Atomic bool stop; /* muted, for the command itself */
    int socket;
    int fds[FDS];
};

struct us_lent {
    struct us_arena own;
    us_str path;
    us_lent_run *run;
    void *ctx;
    int listening, nowhere;
    pthread_t thread;
    pthread_mutex_t lock; /* of stop, and of what calls show */
    bool stop;
    struct call calls[US_LENT_MAX];
};

/* ---- both sides ---- */

/* By way of the folder, since the path of a socket may have but 107 bytes. */
static int at_folder(us_str data, struct sockaddr_un *at, struct us_arena *a)
{
    int folder = open(us_arena_cstr(a, data), O_PATH | O_DIRECTORY | O_CLOEXEC);
    *at = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (folder >= 0)
        snprintf(at->sun_path, sizeof at->sun_path, "/proc/self/fd/%d/" US_LENT_SOCKET,
            folder);
    return folder;
}

static bool whole(int fd, void *into, size_t n, bool out)
{
    char *at = into;
    while (n) {
        ssize_t did = out ? send(fd, at, n, MSG_NOSIGNAL) : recv(fd, at, n, 0);
        if (did < 0 && errno == EINTR) continue;
        if (did <= 0) return false;
        at += did;
        n -= (size_t)did;
    }
    return true;
}

/* ---- the server's side ---- */

static void woken(int signal_number)
{
    (void)signal_number;
}

/* Nobody is there to see it any more. A write that waits for a reader is woken from it
 * and goes nowhere when it is tried again. */
static void mute(struct call *c)
{
    if (!c->muted) dup2(c->lent->nowhere, c->fds[0]);
    if (!c->muted) dup2(c->lent->nowhere, c->fds[1]);
    c->muted = true;
    c->stop = true;
    pthread_kill(c->thread, SIGUSR1);
}

static bool greeted(struct call *c, struct head *head)
{
    struct iovec iov = {head, sizeof *head};
    union {
        char bytes[CMSG_SPACE(sizeof(int) * FDS)];
        struct cmsghdr align;
    } control;
    struct msghdr m = {.msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof control};
    struct timeval most = {GREETING_MS / 1000, 0};
    setsockopt(c->socket, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    ssize_t got = recvmsg(c->socket, &m, MSG_CMSG_CLOEXEC | MSG_WAITALL);
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    if (!h || h->cmsg_type != SCM_RIGHTS || h->cmsg_len > CMSG_LEN(sizeof c->fds))
        return false;
    pthread_mutex_lock(&c->lent->lock);
    memcpy(c->fds, CMSG_DATA(h), h->cmsg_len - CMSG_LEN(0)); /* end() closes them */
    pthread_mutex_unlock(&c->lent->lock);
    if (h->cmsg_len != CMSG_LEN(sizeof c->fds)) return false; /* of another version */
    return got == (ssize_t)sizeof *head && head->args >= 1 &&
           head->bytes <= US_LENT_BYTES_MAX &&
           head->args + (uint64_t)head->env <= US_LENT_TEXTS_MAX;
}

/* The texts one after the other, each with its NUL, as a list that ends in NULL. */
static char **texts(struct us_arena *a, uint32_t count, char **at, const char *end)
{
    char **list = us_new(a, char *, (size_t)count + 1);
    for (uint32_t i = 0; i < count; i++) {
        list[i] = *at;
        size_t len = strnlen(*at, (size_t)(end - *at));
        if (*at + len >= end) return NULL;
        *at += len + 1;
    }
    return list;
}

static bool asked(struct call *c, struct us_lent_call *out)
{
    struct head head;
    if (!greeted(c, &head)) return false;
    char *bytes = us_new(&c->arena, char, head.bytes + 1);
    char *at = bytes;
    if (!whole(c->socket, bytes, head.bytes, false)) return false;
    out->argc = (int)head.args;
    out->argv = texts(&c->arena, head.args, &at, bytes + head.bytes);
    if (!out->argv) return false;
    out->env = texts(&c->arena, head.env, &at, bytes + head.bytes);
    out->out_fd = c->fds[0];
    out->err_fd = c->fds[1];
    out->in_fd = c->fds[3];
    return out->env != NULL;
}

/* A working folder of its own is what lets a thread stand in for a process. */
static void *serve(void *ctx)
{
    us_thread_is("usher-command", 0);
    struct call *c = ctx;
    struct us_lent *l = c->lent;
    struct us_lent_call call;
    if (unshare(CLONE_FS) == 0 && asked(c, &call) && fchdir(c->fds[2]) == 0) {
        struct us_lent_watch watch = {.stop = &c->stop};
        call.watch = &watch;
        int32_t status = l->run(l->ctx, &call);
        whole(c->socket, &status, sizeof status, true);
    }
    pthread_mutex_lock(&l->lock);
    c->over = true;
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

static void end(struct call *c)
{
    pthread_join(c->thread, NULL);
    close(c->socket);
    for (size_t i = 0; i < FDS; i++)
        if (c->fds[i] >= 0) close(c->fds[i]);
    us_arena_done(&c->arena);
    c->busy = false;
}

static bool begin(struct us_lent *l, struct call *c, int socket)
{
    *c = (struct call){
        .lent = l, .busy = true, .socket = socket, .fds = {-1, -1, -1, -1}};
    us_arena_init(&c->arena, OWN_BYTES);
    if (pthread_create(&c->thread, NULL, serve, c) == 0) return true;
    close(socket);
    us_arena_done(&c->arena);
    c->busy = false;
    return false;
}

/* Those that are over go; who went away is not written to any more. The number that may
 * begin. */
static size_t look_after(struct us_lent *l, struct call **spare)
{
    size_t busy = 0;
    *spare = NULL;
    for (size_t i = 0; i < US_LENT_MAX; i++) {
        struct call *c = &l->calls[i];
        struct pollfd p = {c->socket, POLLRDHUP, 0};
        pthread_mutex_lock(&l->lock);
        bool over = c->over;
        bool stop = l->stop;
        bool told = c->fds[1] >= 0;
        pthread_mutex_unlock(&l->lock);
        if (c->busy && over) end(c);
        if (c->busy && told && (stop || poll(&p, 1, 0) > 0)) mute(c);
        if (c->busy) busy++;
        if (!c->busy) *spare = c;
    }
    return busy;
}

static void *listen_run(void *ctx)
{
    us_thread_is("usher-lend", 0);
    struct us_lent *l = ctx;
    for (;;) {
        struct call *spare;
        size_t busy = look_after(l, &spare);
        pthread_mutex_lock(&l->lock);
        bool stop = l->stop;
        pthread_mutex_unlock(&l->lock);
        if (stop && !busy) return NULL;
        struct pollfd p = {l->listening, POLLIN, 0};
        bool takes = spare && !stop;
        if (poll(&p, takes, busy ? LOOK_MS / 20 : LOOK_MS) <= 0 || !takes) continue;
        int socket = accept4(l->listening, NULL, NULL, SOCK_CLOEXEC);
        if (socket >= 0) begin(l, spare, socket);
    }
}

static int listen_at(struct us_lent *l, us_str data)
{
    struct sockaddr_un at;
    int folder = at_folder(data, &at, &l->own);
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = folder >= 0 && s >= 0;
    unlink(us_arena_cstr(&l->own, l->path)); /* who has the lock is alone here */
    good = good && fchmod(s, S_IRUSR | S_IWUSR) == 0 &&
           bind(s, (struct sockaddr *)&at, sizeof at) == 0 &&
           chmod(us_arena_cstr(&l->own, l->path), S_IRUSR | S_IWUSR) == 0 &&
           listen(s, US_LENT_MAX * 4) == 0;
    int why = errno;
    if (folder >= 0) close(folder);
    if (!good && s >= 0) close(s);
    errno = why;
    return good ? s : -1;
}

us_code us_lent_open(
    us_str data, us_lent_run *run, void *ctx, struct us_lent **out, struct us_error *e)
{
    struct us_arena own;
    us_arena_init(&own, OWN_BYTES);
    struct us_lent *l = us_new(&own, struct us_lent, 1);
    *l = (struct us_lent){.run = run, .ctx = ctx};
    l->path = us_file_join(&own, data, US_S(US_LENT_SOCKET));
    l->own = own;
    pthread_mutex_init(&l->lock, NULL);
    struct sigaction wake = {.sa_handler = woken};
    sigaction(SIGUSR1, &wake, NULL);
    l->listening = listen_at(l, data);
    l->nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (l->listening >= 0 && pthread_create(&l->thread, NULL, listen_run, l) == 0) {
        *out = l;
        return US_OK;
    }
    us_code code = us_fail_errno(e, US_IO, "server.lent", l->path);
    if (l->listening >= 0) close(l->listening);
    own = l->own;
    us_arena_done(&own);
    return code;
}

void us_lent_close(struct us_lent *l)
{
    if (!l) return;
    unlink(us_arena_cstr(&l->own, l->path));
    pthread_mutex_lock(&l->lock);
    l->stop = true;
    pthread_mutex_unlock(&l->lock);
    pthread_join(l->thread, NULL);
    close(l->listening);
    close(l->nowhere);
    pthread_mutex_destroy(&l->lock);
    struct us_arena own = l->own;
    us_arena_done(&own);
}

/* ---- the command's side ---- */

static bool hand_over(int s, const struct us_lent_call *call, struct us_arena *a)
{
    struct head head = {.args = (uint32_t)call->argc};
    char *bytes = us_new(a, char, US_LENT_BYTES_MAX);
    int fds[FDS] = {call->out_fd, call->err_fd,
        open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
        open("/dev/stdin", O_RDONLY | O_CLOEXEC)};
    if (fds[3] < 0) fds[3] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    while (call->env[head.env])
        head.env++;
    for (uint32_t i = 0; i < head.args + head.env; i++) {
        const char *text = i < head.args ? call->argv[i] : call->env[i - head.args];
        size_t n = strlen(text) + 1;
        if (n > US_LENT_BYTES_MAX - head.bytes) return false;
        memcpy(bytes + head.bytes, text, n);
        head.bytes += (uint32_t)n;
    }
    struct iovec iov = {&head, sizeof head};
    union {
        char bytes[CMSG_SPACE(sizeof fds)];
        struct cmsghdr align;
    } control = {{0}};
    struct msghdr m = {.msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof control};
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof fds);
    memcpy(CMSG_DATA(h), fds, sizeof fds);
    bool sent = fds[2] >= 0 && sendmsg(s, &m, MSG_NOSIGNAL) == (ssize_t)sizeof head &&
                whole(s, bytes, head.bytes, true);
    if (fds[2] >= 0) close(fds[2]);
    if (fds[3] >= 0) close(fds[3]);
    return sent;
}

us_code us_lent_ask(
    us_str data, const struct us_lent_call *call, int *status, struct us_error *e)
{
    struct us_arena a;
    struct sockaddr_un at;
    int32_t said = 0;
    us_arena_init(&a, OWN_BYTES);
    int folder = at_folder(data, &at, &a);
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool there =
        folder >= 0 && s >= 0 && connect(s, (struct sockaddr *)&at, sizeof at) == 0;
    bool good = there && hand_over(s, call, &a) && whole(s, &said, sizeof said, false);
    if (folder >= 0) close(folder);
    if (s >= 0) close(s);
    us_arena_done(&a);
    if (!there) return US_NOT_FOUND;
    if (!good) return us_fail(e, US_IO, "server.lent_lost", NULL);
    *status = said;
    return US_OK;
}
