/* `usher serve` with the journal and the evaluator alone: HTTP, judging, the committer
 * with its journal on the disk, the evaluator in its thread and state it commits its
 * transitions to are those of the server, by us_serve itself. For bench/serve_speed.py.
 *
 *     alone_bench FOLDER PORT [THREADS]
 *
 * FOLDER has usher.yml, and data/ is made in it; it must not have one yet. Until
 * SIGTERM; then a line of JSON says what the evaluator did and what it asked for.
 *
 * What is not there is the loader: the functions of loader.h below take the place of
 * loader.c when this is linked, so that the product needs no switch that would lose
 * anything. They load nothing. What the evaluator asks of history it is answered from
 * one that is empty, and counted: lines of people who are not at hand (recent.h), money
 * likewise, are `asked_lines`; an account's rows `asked_accounts`; all of them
 * `asked_all`, of which the first is the load at the start, when history is empty by
 * right. Where another one is not 0 less was decided than a server would.
 */
#include "base/err.h"
#include "config/config.h"
#include "file/file.h"
#include "qualify/qualify.h"
#include "server/follow.h"
#include "server/fresh.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static const size_t BYTES_MAX = (size_t)1 << 30; /* address space */

/* ---- a loader that loads nothing ---- */

/* The server makes it and main reads it when the server is gone. */
static struct us_loader {
    pthread_mutex_t turn; /* at history */
    struct us_history *history;
    const struct us_history_rules *rules;
    _Atomic int64_t lines, accounts, all;
} alone = {.turn = PTHREAD_MUTEX_INITIALIZER};

us_code us_loader_open(
    const struct us_loader_options *options, struct us_loader **out, struct us_error *e)
{
    us_fresh_leave(options->fresh, US_FRESH_LOADER);
    alone.rules = options->rules;
    US_TRY(us_history_open(
        options->data, options->rules, true, NULL, NULL, &alone.history, e));
    *out = &alone;
    return US_OK;
}

void us_loader_close(struct us_loader *l)
{
    if (!l) return;
    us_history_close(l->history);
    l->history = NULL;
}

void us_loader_wake(struct us_loader *l)
{
    (void)l;
}

static us_code take_turn(
    struct us_loader *l, us_loader_work *work, void *ctx, struct us_error *e)
{
    pthread_mutex_lock(&l->turn);
    us_code code = work(ctx, l->history, e);
    pthread_mutex_unlock(&l->turn);
    return code;
}

/* Sources ask what is loaded already, at the start; the evaluator up to where it is. */
us_code us_loader_use(struct us_loader *l, us_pos upto, us_loader_work *work, void *ctx,
    struct us_error *e)
{
    l->accounts += !us_pos_same(upto, (us_pos){0});
    return take_turn(l, work, ctx, e);
}

us_code us_loader_use_lines(struct us_loader *l, us_pos upto, us_loader_work *work,
    void *ctx, struct us_error *e)
{
    (void)upto;
    l->lines++;
    return take_turn(l, work, ctx, e);
}

us_code us_loader_lay(struct us_loader *l, struct us_error *e)
{
    (void)l;
    (void)e;
    return US_OK;
}

us_code us_loader_beside(
    struct us_loader *l, us_pos upto, struct us_history **out, struct us_error *e)
{
    (void)upto;
    (void)e;
    l->all++;
    pthread_mutex_lock(&l->turn);
    *out = l->history;
    return US_OK;
}

void us_loader_beside_close(struct us_loader *l, struct us_history *h)
{
    (void)h;
    pthread_mutex_unlock(&l->turn);
}

/* There is no reload here. */
us_code us_loader_rules(
    struct us_loader *l, const struct us_history_rules *rules, struct us_error *e)
{
    (void)l;
    (void)rules;
    return us_fail(e, US_REFUSED, "server.no_reload", NULL);
}

const struct us_history_rules *us_loader_ruled(struct us_loader *l)
{
    return l->rules;
}

void us_loader_rules_back(struct us_loader *l, const struct us_history_rules *rules)
{
    (void)l;
    (void)rules;
}

struct us_loader_counts us_loader_counts(struct us_loader *l)
{
    return (struct us_loader_counts){
        .open = l->history != NULL, .known = US_ALWAYS, .lag_lines = -1};
}

bool us_loader_why(struct us_loader *l, struct us_error *why)
{
    (void)l;
    (void)why;
    return false;
}

/* ---- the server ---- */

static us_code rules_read(us_str dir, struct us_arena *a, struct us_rules **rules,
    struct us_history_rules *history, struct us_error *e)
{
    struct us_config *c = NULL;
    struct us_diags d = {.arena = a};
    US_TRY(us_config_read(us_file_join(a, dir, US_S("usher.yml")), a, &d, &c, e));
    if (d.errors == 0) us_rules_compile(c, a, &d, rules);
    if (d.errors) return us_fail(e, US_INPUT, "server.config_mistakes", NULL);
    const struct us_need *need = &(*rules)->plan->need;
    *history = (struct us_history_rules){.unit = c->unit,
        .fixed = c->fixed,
        .fixed_count = c->fixed_count,
        .internal = c->internal,
        .internal_count = c->internal_count,
        .rates = c->rates,
        .rate_count = c->rate_count,
        .currency = c->currency,
        .columns = need->columns,
        .column_count = need->column_count};
    return US_OK;
}

static void say_counts(struct us_follow *f)
{
    struct us_follow_counts c = us_follow_counts(f);
    const struct us_evaluator_counts *v = &c.evaluator;
    printf("{\"lines\":%lld,\"transitions\":%lld,\"last_id\":%lld,\"commits\":%lld,"
           "\"failures\":%lld,\"accounts\":%lld,\"rows_come\":%lld,\"loads\":%lld,"
           "\"asked_lines\":%lld,\"asked_accounts\":%lld,\"asked_all\":%lld}\n",
        (long long)v->lines, (long long)v->told, (long long)c.last_id,
        (long long)c.commits, (long long)c.failures, (long long)v->accounts,
        (long long)v->came, (long long)v->loads, (long long)alone.lines,
        (long long)alone.accounts, (long long)alone.all);
}

static us_code run(int argc, char **argv, struct us_arena *a, struct us_error *e)
{
    static const struct us_ingest_source web = {US_S_INIT("wk_web"), US_S_INIT("web")};
    struct us_rules *rules = NULL;
    struct us_history_rules history;
    us_str dir = us_str_c(argv[1]);
    us_str data = us_file_join(a, dir, US_S("data"));
    us_str journal = us_file_join(a, data, US_S("journal"));
    us_assert(!us_file_exists(data)); /* what was told would not be known */
    US_TRY(rules_read(dir, a, &rules, &history, e));
    struct us_follow_options follow = {
        .data = data, .journal = journal, .rules = rules, .history_rules = &history};
    struct us_follow *f = us_follow_new(&follow, a);
    struct us_serve_options o = {.data = data,
        .journal = journal,
        .rules = &history,
        .sources = {.clients = &web, .client_count = 1},
        .source = US_S("live"),
        .host = US_S("127.0.0.1"),
        .port = (uint16_t)atoi(argv[2]),
        .threads = argc > 3 ? atoi(argv[3]) : 0,
        .version = "bench",
        .log = {.fd = 2, .lang = US_EN},
        .part = us_follow_part(f)};
    US_TRY(us_serve(&o, e));
    say_counts(f);
    return US_OK;
}

int main(int argc, char **argv)
{
    struct us_arena a;
    struct us_error e = {0};
    if (argc < 3) {
        fprintf(stderr, "alone_bench FOLDER PORT [THREADS]\n");
        return 2;
    }
    us_arena_init(&a, BYTES_MAX);
    us_code code = run(argc, argv, &a, &e);
    if (code != US_OK) fprintf(stderr, "alone_bench: %s\n", e.key);
    us_arena_done(&a);
    return code != US_OK;
}
