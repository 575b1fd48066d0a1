/* replay_bench.c: definitions replayed over a workspace already imported.
 *
 *     replay_bench WORKSPACE [runs]
 *
 * Prints the time of first firings, of whole lives and of values at the end, each over
 * all accounts on one thread, in nanoseconds an event.
 */
#include "base/err.h"
#include "history/history.h"
#include "qualify/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS_MAX = 4000000 };

struct bench {
    struct us_arena memory, work;
    struct us_rules *rules;
    struct us_history *history;
    struct us_runs *accounts;
    size_t count;
    int64_t until;
    size_t events;
};

static double seconds(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static us_code take(void *ctx, const struct us_log *log, struct us_error *e)
{
    (void)e;
    struct bench *b = ctx;
    struct us_log kept = *log;
    kept.people = us_new(&b->memory, struct us_log_person, log->person_count + 1);
    if (log->person_count)
        memcpy(kept.people, log->people, log->person_count * sizeof *kept.people);
    kept.trait_count = kept.payment_count = kept.deal_count = 0;
    struct us_runs *r = &b->accounts[b->count++];
    us_runs_of_log(&kept, &b->rules->plan->need, &b->memory, r);
    b->events += r->row_count;
    bool prompt = true;
    for (size_t i = 0; i < r->row_count; i++) {
        prompt &= r->known[i] == r->at[i];
        if (r->known[i] > b->until) b->until = r->known[i];
    }
    if (prompt) r->known = r->at;
    return US_OK;
}

static us_code open(struct bench *b, us_str dir, struct us_error *e)
{
    struct us_diags d = {.arena = &b->memory};
    struct us_config *c = NULL;
    us_str yml = us_arena_fmt(&b->memory, "%.*s/usher.yml", US_ARG(dir));
    us_str data = us_arena_fmt(&b->memory, "%.*s/data", US_ARG(dir));
    US_TRY(us_config_read(yml, &b->memory, &d, &c, e));
    us_rules_compile(c, &b->memory, &d, &b->rules);
    us_assert(d.errors == 0);
    struct us_history_rules rules = {.unit = c->unit,
        .currency = c->currency,
        .columns = b->rules->plan->need.columns,
        .column_count = b->rules->plan->need.column_count};
    US_TRY(us_history_open(data, &rules, true, NULL, NULL, &b->history, e));
    b->accounts = us_new(&b->memory, struct us_runs, RUNS_MAX);
    double t = seconds();
    us_code code = us_history_logs(
        b->history, &b->rules->plan->need, (us_str){0}, US_NEVER - 1, take, b, e);
    printf(
        "read: %.2f s, %zu events, %zu accounts\n", seconds() - t, b->events, b->count);
    us_history_close(b->history);
    return code;
}

static void lives(struct bench *b, bool first_only)
{
    struct us_replay *p = us_replay_new(b->rules, &b->work);
    size_t definitions = b->rules->definition_count;
    size_t *fired = us_new(&b->work, size_t, definitions);
    size_t total = 0;
    double t = seconds();
    for (size_t i = 0; i < b->count; i++) {
        us_replay_take(p, &b->accounts[i], b->until);
        for (uint32_t d = 0; d < definitions; d++) {
            struct us_replay_answer a = us_replay_ask(p, d, first_only);
            fired[d] += a.count > 0;
            total += a.count;
        }
    }
    t = seconds() - t;
    printf("%s: %.3f s, %.2f ns/event, %.0f ns/account, %zu transitions\n",
        first_only ? "first firings" : "whole lives", t, t * 1e9 / (double)b->events,
        t * 1e9 / (double)b->count, total);
    for (size_t d = 0; first_only && getenv("FIRED") && d < definitions; d++)
        printf("  %.*s %zu\n", US_ARG(b->rules->definitions[d].name), fired[d]);
    us_replay_done(p);
}

static void values(struct bench *b)
{
    struct us_past *p = us_past_new(b->rules->plan, &b->work);
    size_t definitions = b->rules->definition_count;
    size_t yes = 0;
    double t = seconds();
    for (size_t i = 0; i < b->count; i++) {
        us_past_take(p, &b->accounts[i], b->until);
        for (uint32_t d = 0; d < definitions; d++) {
            uint32_t node = b->rules->definitions[d].must[0];
            us_value v = us_past_value(p, node, US_NOBODY, b->until);
            yes += v.kind == US_BOOL && v.truth;
        }
    }
    t = seconds() - t;
    printf("values: %.3f s, %.2f ns/event, %.0f ns/account, %zu true\n", t,
        t * 1e9 / (double)b->events, t * 1e9 / (double)b->count, yes);
    us_past_done(p);
}

int main(int argc, char **argv)
{
    if (argc < 2) return 1;
    struct bench b = {0};
    struct us_error e = {0};
    us_arena_init(&b.memory, (size_t)64 << 30);
    us_arena_init(&b.work, (size_t)8 << 30);
    if (open(&b, us_str_c(argv[1]), &e) != US_OK) {
        printf("failed: %s\n", e.key);
        return 1;
    }
    for (int run = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 3; run > 0; run--) {
        lives(&b, true);
        lives(&b, false);
        values(&b);
        us_arena_reset(&b.work);
    }
    return 0;
}
