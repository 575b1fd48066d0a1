/* lent.h: commands of other processes that need history, run in this one.
 *
 * History has one holder. While that is the server, a command connects to the socket
 * usher.sock beside history, hands over its arguments, what of its environment
 * matters, its folder, stdout and stderr, and is told the exit status in the end: what
 * it writes goes where it would have gone. Who may connect is who may write to the
 * socket's file: its owner alone.
 *
 * A command whose client goes away, or that is at work when the server stops, is told
 * so (its watch), and nobody sees what it writes from then on.
 *
 * Owns:    its threads; the options' texts stay the caller's.
 * Fails:   US_IO "server.lent" when the socket cannot be had.
 */
#pragma once

#include "base/err.h"

enum {
    US_LENT_MAX = 16,              /* commands at once; more wait */
    US_LENT_BYTES_MAX = 256 << 10, /* of arguments and environment */
    US_LENT_TEXTS_MAX = 4096,
};
#define US_LENT_SOCKET "usher.sock"

/* How far a call is, told in its thread (as us_history_progress), and whether anybody
 * still waits for it: once stop is true it may end with whatever status. */
struct us_lent_watch {
    void (*progress)(void *ctx, const char *what, int64_t done, int64_t total);
    void *ctx;
    const _Atomic bool *stop;
};

/* Texts end in NUL; lists in NULL. The thread's working folder is the client's. */
struct us_lent_call {
    int argc;
    char **argv;
    char **env;                        /* "NAME=value" */
    int out_fd, err_fd, in_fd;         /* in_fd: as the server has it */
    const struct us_lent_watch *watch; /* NULL: nobody watches */
};
typedef int us_lent_run(void *ctx, const struct us_lent_call *call);

struct us_lent;
us_code us_lent_open(
    us_str data, us_lent_run *run, void *ctx, struct us_lent **out, struct us_error *e);
/* Waits for what is at work. NULL is fine. */
void us_lent_close(struct us_lent *l);

/* The other side. US_NOT_FOUND: nobody listens there. US_IO "server.lent_lost": it went
 * away before the end. */
us_code us_lent_ask(
    us_str data, const struct us_lent_call *call, int *status, struct us_error *e);
