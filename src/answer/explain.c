#include "answer/explain.h"

#include "answer/answer.h"

#include <math.h>

enum { SCRATCH_BYTES = 1 << 28 };

struct found {
    struct us_explain x;
    bool json;
    bool any;
};

static us_code take(void *ctx, const struct us_log *log, struct us_error *e)
{
    (void)e;
    struct found *f = ctx;
    f->any = true;
    f->x.log = log;
    if (f->json)
        us_explain_json(&f->x);
    else
        us_explain_say(&f->x);
    return US_OK;
}

/* The account with the nearest key, for "did you mean". */
struct nearest {
    us_str wanted;
    us_str best;
    size_t distance;
    struct us_arena *a;
};

static us_code near_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct nearest *n = ctx;
    size_t d = us_str_distance(n->wanted, cells[0].text);
    bool close = d != SIZE_MAX && d <= n->wanted.len / 3 + 1;
    if (!close || (n->best.len && d >= n->distance)) return US_OK;
    n->best = us_arena_str(n->a, cells[0].text);
    n->distance = d;
    return US_OK;
}

static us_code not_there(
    const struct us_ask *ask, us_str account, struct us_arena *a, struct us_error *e)
{
    struct nearest n = {.wanted = account, .a = a};
    US_TRY(us_history_sql(
        ask->history, US_S("SELECT key FROM accounts"), near_row, &n, e));
    const char *key = n.best.len ? "answer.no_account_near" : "answer.no_account";
    return us_fail(e, US_NOT_FOUND, key,
        US_ARGS(US_TEXT("account", account), US_TEXT("nearest", n.best)));
}

struct us_left_out us_explain_left_out(const struct us_explain *x)
{
    struct us_left_out n = {0};
    for (size_t i = 0; i < x->log->payment_count; i++) {
        const struct us_log_payment *p = &x->log->payments[i];
        if (p->from > x->ask->at) continue;
        n.no_rate += !p->converted;
        n.no_period += p->converted && p->status == US_PAY_PAID && p->months == 0;
    }
    return n;
}

us_code us_explain(const struct us_ask *ask, us_str account, uint32_t definition,
    bool json, bool colour, struct us_arena *a, struct us_buf *out, struct us_error *e)
{
    struct us_arena scratch;
    us_arena_init(&scratch, SCRATCH_BYTES);
    struct found f = {.json = json};
    f.x = (struct us_explain){.ask = ask,
        .definition = definition,
        .colour = colour,
        .out = out,
        .a = &scratch};
    us_code code = us_history_logs(
        ask->history, &ask->rules->plan->need, account, ask->at, take, &f, e);
    us_arena_done(&scratch);
    if (code != US_OK) return code;
    return f.any ? US_OK : not_there(ask, account, a, e);
}
