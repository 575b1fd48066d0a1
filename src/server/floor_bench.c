/* The floor under `usher serve`: requests are read, inflated, parsed and judged as it
 * does, and answered 200 with nothing kept. What the server costs beyond it is the
 * journal, history and the evaluator. For bench/serve_speed.py.
 *
 *     floor_bench PORT [THREADS]
 */
#include "base/err.h"
#include "http/http.h"
#include "server/clock.h"
#include "server/intake.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 2 };

static void post(void *ctx, struct us_http_request *r)
{
    (void)ctx;
    struct us_intake in;
    struct us_intake_asked asked = {.body = us_http_body(r),
        .path = us_http_path(r),
        .source = US_S("web"),
        .received = us_server_now(),
        .message_bytes_max = US_MESSAGE_BYTES_MAX};
    static _Thread_local struct us_json *json;
    if (!json) json = us_json_new();
    us_intake_read(json, &asked, us_http_arena(r), &in);
    struct us_http_answer a = {.status = in.broken ? 400 : 200,
        .body = in.dead ? US_S("{\"success\":false}") : US_S("{\"success\":true}")};
    us_http_answer(r, &a);
}

int main(int argc, char **argv)
{
    static const struct us_http_route routes[] = {{"POST", "/v1/batch", post, true}};
    struct us_http_options o = us_http_defaults();
    struct us_http *h = NULL;
    struct us_error e;
    sigset_t stop;
    int got = 0;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    o.host = US_S("127.0.0.1");
    o.port = (uint16_t)(argc > 1 ? atoi(argv[1]) : 0);
    o.threads = argc > 2 ? atoi(argv[2]) : THREADS;
    o.routes = routes;
    o.route_count = 1;
    if (us_http_open(&o, &h, &e) != US_OK) {
        fprintf(stderr, "floor_bench: the port cannot be had\n");
        return 1;
    }
    printf("%d\n", us_http_port(h));
    fflush(stdout);
    sigwait(&stop, &got);
    us_http_quiesce(h);
    us_http_close(h);
    return 0;
}
