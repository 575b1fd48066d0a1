/* serve.c: take events from clients until told to stop. */

#include "cli/senders.h"
#include "cli/workspace.h"
#include "file/file.h"
#include "server/api.h"
#include "server/follow.h"

#include <stdlib.h>

enum { THREADS_MAX = 256, PORT_MAX = 65535 };
static const size_t RELOAD_BYTES = (size_t)1 << 30; /* address space */

static us_code no_address(us_str text, struct us_error *e)
{
    return us_fail(e, US_USAGE, "cli.serve_listen", US_ARGS(US_TEXT("given", text)));
}

/* "127.0.0.1:7171", "[::1]:7171", ":7171", "7171"; a host alone has the usual port. */
static us_code address(us_str text, struct us_serve_options *o, struct us_error *e)
{
    int64_t port = 0;
    size_t at = text.len;
    while (at && text.ptr[at - 1] != ':' && text.ptr[at - 1] != ']')
        at--;
    bool colon = at && text.ptr[at - 1] == ':';
    bool bracket = text.len && text.ptr[0] == '[';
    us_str tail = us_str_slice(text, at, text.len);
    us_str host = us_str_slice(text, 0, colon ? at - 1 : at);
    if (us_str_int(tail, &port)) {
        if (port < 0 || port > PORT_MAX || tail.len == 0) return no_address(text, e);
        o->port = (uint16_t)port;
    } else if (colon || !text.len) {
        return no_address(text, e);
    } else {
        host = text;
    }
    if (bracket) {
        if (host.len < 2 || host.ptr[host.len - 1] != ']') return no_address(text, e);
        host = us_str_slice(host, 1, host.len - 1);
    }
    o->host = host;
    return US_OK;
}

static us_code pem(
    struct us_cli *cli, const char *option, const char **out, struct us_error *e)
{
    us_str path = us_cli_option(cli, option);
    us_str text;
    if (!path.ptr) return US_OK;
    US_TRY(us_file_read(path, US_SERVE_KEY_BYTES_MAX, cli->arena, &text, e));
    *out = us_arena_cstr(cli->arena, text);
    return US_OK;
}

static us_code tls(struct us_cli *cli, struct us_serve_options *o, struct us_error *e)
{
    bool cert = us_cli_has(cli, "tls-cert");
    if (cert != us_cli_has(cli, "tls-key"))
        return us_fail(e, US_USAGE, "cli.serve_tls", NULL);
    US_TRY(pem(cli, "tls-cert", &o->tls_cert, e));
    return pem(cli, "tls-key", &o->tls_key, e);
}

static const struct us_state_play *plays(struct us_cli *cli, const struct us_config *c)
{
    struct us_state_play *list =
        us_new(cli->arena, struct us_state_play, c->play_count + 1);
    for (size_t i = 0; i < c->play_count; i++)
        list[i] = (struct us_state_play){.name = c->plays[i].name.text,
            .definition = c->plays[i].on.text,
            .live_from = c->plays[i].live_from,
            .backlog = c->plays[i].backlog};
    return list;
}

/* A configuration read anew lies in an arena of its own, until the one after the next:
 * by then nobody reads it any more. */
struct reloading {
    const struct us_cli *cli;
    us_unit unit;
    struct us_arena arenas[2];
    struct us_serve_sources sources[2]; /* of these: their files of customers */
    bool there[2];
    int turn;
};

static us_code reload(void *ctx, struct us_serve_rules *next, struct us_error *e)
{
    struct reloading *r = ctx;
    struct us_cli cli = *r->cli;
    int turn = r->turn;
    us_sources_close(&r->sources[turn]);
    r->sources[turn] = (struct us_serve_sources){0};
    if (r->there[turn]) us_arena_done(&r->arenas[turn]);
    us_arena_init(&r->arenas[turn], RELOAD_BYTES);
    r->there[turn] = true;
    cli.arena = &r->arenas[turn];
    struct us_workspace *w = us_new(cli.arena, struct us_workspace, 1);
    struct us_error why = {0};
    us_code code = us_workspace_read(&cli, w, NULL, &why);
    if (code != US_OK && why.key) return us_fail(e, code, why.key, why.args);
    if (code != US_OK) return us_fail(e, code, "server.config_mistakes", NULL);
    if (w->config->unit != r->unit)
        return us_fail(e, US_REFUSED, "server.config_unit", NULL);
    *next = (struct us_serve_rules){.rules = w->rules,
        .history_rules = &w->history_rules,
        .plays = plays(&cli, w->config),
        .play_count = w->config->play_count,
        .retention = w->config->retention};
    code = us_sources_of(&cli, w->config, &next->sources, &why);
    r->sources[turn] = next->sources;
    return code == US_OK ? US_OK : us_fail(e, US_REFUSED, why.key, why.args);
}

static void reloaded(void *ctx)
{
    struct reloading *r = ctx;
    r->turn = !r->turn;
}

/* A command of another process, as it would run there. */
static int lent(void *ctx, const struct us_lent_call *call)
{
    struct us_lender lender = {.lend = us_api_lend,
        .back = us_api_lend_back,
        .lag = us_api_lag,
        .forget = us_api_forget,
        .retry = us_api_letters,
        .put = us_api_import,
        .rebuild = us_api_rebuild,
        .ctx = ctx,
        .watch = call->watch};
    struct us_cli_call own = {call->argc, call->argv, call->out_fd, call->err_fd,
        call->env, &lender, call->in_fd};
    return us_cli_run(&own);
}

/* The API, and with it what decides. */
static struct us_serve_part part(struct us_cli *cli, const struct us_workspace *w,
    const struct us_serve_sources *from)
{
    struct us_api_options asked = {.dir = cli->dir,
        .data = w->data,
        .journal = w->journal,
        .rules = w->rules,
        .retention = w->config->retention,
        .sources = *from,
        .run = lent};
    struct us_api *api = us_api_new(&asked, cli->arena);
    struct us_follow_options follow = {.data = w->data,
        .journal = w->journal,
        .rules = w->rules,
        .history_rules = &w->history_rules,
        .plays = plays(cli, w->config),
        .play_count = w->config->play_count,
        .told = us_api_told,
        .ctx = api};
    return us_api_part(api, us_follow_part(us_follow_new(&follow, cli->arena)));
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct us_workspace w;
    int64_t threads = 0;
    us_str listen = us_cli_option(cli, "listen");
    US_TRY(us_workspace_read(cli, &w, NULL, e));
    US_TRY(us_cli_option_whole(cli, "threads", 0, 1, THREADS_MAX, &threads, e));
    struct us_serve_options o = {.data = w.data,
        .journal = w.journal,
        .rules = &w.history_rules,
        .source = US_S("live"),
        .host = US_S("127.0.0.1"),
        .port = US_SERVE_PORT,
        .threads = (int)threads,
        .version = US_VERSION,
        .log = {cli->err_fd, cli->err_terminal, cli->lang}};
    if (listen.ptr) US_TRY(address(listen, &o, e));
    US_TRY(tls(cli, &o, e));
    US_TRY(us_sources_of(cli, w.config, &o.sources, e));
    o.part = part(cli, &w, &o.sources);
    struct reloading again = {.cli = cli, .unit = w.config->unit};
    o.reload = reload;
    o.reloaded = reloaded;
    o.reload_ctx = &again;
    return us_serve(&o, e);
}

static const struct us_option options[] = {
    {"listen", 0, "ADDRESS:PORT", "cli.serve_option_listen"},
    {"threads", 0, "N", "cli.serve_option_threads"},
    {"tls-cert", 0, "FILE", "cli.serve_option_tls_cert"},
    {"tls-key", 0, "FILE", "cli.serve_option_tls_key"},
    {0},
};

static const struct us_example examples[] = {
    {"usher serve", "cli.serve_example"},
    {"usher serve --listen 0.0.0.0:443 --tls-cert chain.pem --tls-key key.pem",
        "cli.serve_example_tls"},
    {0},
};

const struct us_command us_command_serve = {
    .name = "serve",
    .group = US_GROUP_DATA,
    .summary = "cli.serve_summary",
    .about = "cli.serve_about",
    .usage = "",
    .options = options,
    .examples = examples,
    .run = run,
};
