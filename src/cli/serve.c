/* serve.c: take events from clients until told to stop. */

#include "cli/senders.h"
#include "cli/workspace.h"
#include "file/file.h"
#include "server/api.h"
#include "server/follow.h"

#include <stdlib.h>

/* Those in force and just before may be four; one more is read into. */
enum { THREADS_MAX = 256, PORT_MAX = 65535, RELOADS = 5 };
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

/* Configurations read anew. Rules and sources may come from two of them: where the text
 * is what it was, rules stay, and accounts need not be evaluated again. Each lies in an
 * arena of its own until it is in force no more, nor was just before: by then nobody
 * reads it. */
struct reloading {
    const struct us_cli *cli;
    struct read {
        struct us_arena arena;
        bool there;
        struct us_workspace *workspace;
        struct us_serve_sources sources; /* their files of customers are open */
    } reads[RELOADS];
    struct in_force {
        const struct us_workspace *rules;
        const struct read *rules_read, *sources_read; /* NULL: those of the start */
    } now, before, next;
};

static bool in_use(const struct reloading *r, const struct read *one)
{
    return r->now.rules_read == one || r->now.sources_read == one ||
           r->before.rules_read == one || r->before.sources_read == one;
}

static struct read *read_anew(struct reloading *r)
{
    struct read *one = r->reads;
    while (in_use(r, one))
        one++;
    us_sources_close(&one->sources);
    if (one->there) us_arena_done(&one->arena);
    *one = (struct read){.there = true};
    us_arena_init(&one->arena, RELOAD_BYTES);
    return one;
}

static bool same_text(const struct us_config *a, const struct us_config *b)
{
    bool same = a->file_count == b->file_count;
    for (size_t i = 0; same && i < a->file_count; i++)
        same = us_str_eq(a->files[i].path, b->files[i].path) &&
               us_str_eq(a->files[i].text, b->files[i].text);
    return same;
}

static us_code reload(void *ctx, struct us_serve_rules *next, struct us_error *e)
{
    struct reloading *r = ctx;
    struct us_cli cli = *r->cli;
    struct read *one = read_anew(r);
    cli.arena = &one->arena;
    const struct us_workspace *now = r->now.rules;
    struct us_workspace *w = us_new(cli.arena, struct us_workspace, 1);
    struct us_error why = {0};
    us_code code = us_workspace_read(&cli, w, NULL, &why);
    if (code != US_OK && why.key) return us_fail(e, code, why.key, why.args);
    if (code != US_OK) return us_fail(e, code, "server.config_mistakes", NULL);
    if (w->config->unit != now->config->unit)
        return us_fail(e, US_REFUSED, "server.config_unit", NULL);
    bool same = same_text(w->config, now->config);
    r->next = (struct in_force){same ? now : w, same ? r->now.rules_read : one, one};
    const struct us_workspace *by = r->next.rules;
    *next = (struct us_serve_rules){.rules = by->rules,
        .history_rules = &by->history_rules,
        .plays = plays(&cli, by->config),
        .play_count = by->config->play_count,
        .retention = by->config->retention};
    code = us_sources_of(&cli, w->config, &one->sources, &why);
    next->sources = one->sources;
    return code == US_OK ? US_OK : us_fail(e, US_REFUSED, why.key, why.args);
}

static void reloaded(void *ctx)
{
    struct reloading *r = ctx;
    r->before = r->now;
    r->now = r->next;
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
        .local = us_cli_has(cli, "local-api"),
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
    struct reloading again = {
        .cli = cli, .now = {.rules = &w}, .before = {.rules = &w}};
    o.reload = reload;
    o.reloaded = reloaded;
    o.reload_ctx = &again;
    return us_serve(&o, e);
}

static const struct us_option options[] = {
    {"listen", 0, "ADDRESS:PORT", "cli.serve_option_listen"},
    {"threads", 0, "N", "cli.serve_option_threads"},
    {"local-api", 0, NULL, "cli.serve_option_local_api"},
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
