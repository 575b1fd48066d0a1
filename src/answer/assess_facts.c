/* assess_facts.c: what SQL tells beside accounts' stages: months in use, hands raised,
 * marketing leads, money, the size of accounts. */

#include "answer/assess_inner.h"
#include "answer/silence.h"
#include "history/units.h"

#include <math.h>

static us_code no_cell(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    int64_t *out = ctx;
    if (!cells[0].null) us_str_int(cells[0].text, out);
    return US_OK;
}

static us_str until_of(const struct us_assessing *g)
{
    char text[US_TIME_TEXT_MAX];
    return us_arena_str(g->a, us_time_write(g->until, text));
}

/* ---- months ---- */

/* Cells: account, the first moment of a month. */
static us_code active_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct us_assessing *g = ctx;
    int64_t at = 0;
    uint32_t id = us_intern_find(&g->keys, cells[0].text);
    if (id == US_INTERN_NONE || !us_str_int(cells[1].text, &at)) return US_OK;
    for (size_t m = 0; m < g->out->month_count; m++) {
        bool this_one =
            at < g->months[m].to && us_add_months(at, 1) > g->months[m].from;
        if (this_one) g->active[id * g->out->month_count + m] = 1;
    }
    return US_OK;
}

static us_code months(struct us_assessing *g, struct us_error *e)
{
    size_t n = g->out->month_count;
    char from[US_TIME_TEXT_MAX];
    g->active = us_new(g->a, uint8_t, g->count * n + 1);
    us_str until = until_of(g);
    struct us_buf sql = us_assess_sql_new(g);
    us_buf_fmt(&sql,
        "SELECT DISTINCT account, epoch_us(date_trunc('month', happened)) FROM "
        "events_now WHERE account IS NOT NULL AND NOT internal AND happened >= "
        "TIMESTAMP '%.*s' AND happened <= TIMESTAMP '%.*s' AND known <= TIMESTAMP "
        "'%.*s'",
        US_ARG(us_time_write(g->out->from, from)), US_ARG(until), US_ARG(until));
    return us_assess_sql(g, &sql, active_row, g, e);
}

/* ---- hands ---- */

struct hands {
    struct us_assessing *g;
    struct us_hand_week *weeks;
    size_t count, cap;
};

/* Cells: Monday, how many asked. */
static us_code hand_week(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct hands *h = ctx;
    struct us_hand_week week = {0};
    us_str_int(cells[0].text, &week.from);
    us_str_int(cells[1].text, &week.hands);
    *us_push(h->g->a, h->weeks, h->count, h->cap) = week;
    return US_OK;
}

/* Cells: account, when it first asked. */
static us_code hand_first(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct us_assessing *g = ctx;
    uint32_t id = us_intern_find(&g->keys, cells[0].text);
    if (id != US_INTERN_NONE && !cells[1].null)
        us_str_int(cells[1].text, &g->past[id].raised);
    return US_OK;
}

/* Somebody without an account who asks is one more that asks. */
static us_code hands(struct us_assessing *g, struct us_error *e)
{
    const struct us_config *c = g->ask->rules->config;
    size_t count = c->role_count[US_ROLE_HAND_RAISE];
    struct hands h = {.g = g};
    us_str until = until_of(g);
    g->out->asks = count > 0;
    if (!count) {
        us_hands_of(NULL, 0, 0, 0, g->a, &g->out->hands);
        return US_OK;
    }
    struct us_buf where = us_assess_sql_new(g);
    us_buf_put(&where, US_S(" FROM events_now WHERE NOT internal AND event"));
    us_assess_names(c, c->roles[US_ROLE_HAND_RAISE], count, &where);
    us_buf_fmt(&where,
        " AND happened <= TIMESTAMP '%.*s' AND known <= TIMESTAMP '%.*s'",
        US_ARG(until), US_ARG(until));
    US_TRY(us_assess_sql_whole(&where, e));
    struct us_buf sql = us_assess_sql_new(g);
    us_buf_fmt(&sql,
        "SELECT epoch_us(date_trunc('week', happened)), count(DISTINCT CASE WHEN "
        "account "
        "IS NULL THEN 'person ' || coalesce(person, '') ELSE 'account ' || account END)"
        "%.*s GROUP BY 1 ORDER BY 1",
        US_ARG(us_buf_str(&where)));
    US_TRY(us_assess_sql(g, &sql, hand_week, &h, e));
    us_hands_of(h.weeks, h.count, g->out->from, g->out->to, g->a, &g->out->hands);
    sql = us_assess_sql_new(g);
    us_buf_fmt(&sql,
        "SELECT account, epoch_us(min(happened))%.*s AND account IS NOT NULL GROUP BY "
        "1",
        US_ARG(us_buf_str(&where)));
    return us_assess_sql(g, &sql, hand_first, g, e);
}

/* ---- marketing leads, touches ---- */

/* Cells: account, when it first became one, how many. */
static us_code mql_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct us_assessing *g = ctx;
    int64_t count = 0;
    us_str_int(cells[2].text, &count);
    g->out->mqls += count;
    uint32_t id =
        cells[0].null ? US_INTERN_NONE : us_intern_find(&g->keys, cells[0].text);
    if (id == US_INTERN_NONE)
        g->out->mqls_nowhere += count;
    else
        us_str_int(cells[1].text, &g->past[id].mql);
    return US_OK;
}

static us_code touch_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct us_assessing *g = ctx;
    uint32_t id =
        cells[0].null ? US_INTERN_NONE : us_intern_find(&g->keys, cells[0].text);
    if (id == US_INTERN_NONE) return US_OK;
    g->out->touches++;
    if (!cells[1].null) us_time_read(cells[1].text, &g->past[id].touched);
    return US_OK;
}

static us_code leads(struct us_assessing *g, struct us_error *e)
{
    us_str until = until_of(g);
    struct us_buf sql = us_assess_sql_new(g);
    us_buf_fmt(&sql,
        "SELECT account, epoch_us(min(known)), count(*) FROM mqls_view WHERE NOT "
        "internal AND known <= TIMESTAMP '%.*s' GROUP BY 1",
        US_ARG(until));
    US_TRY(us_assess_sql(g, &sql, mql_row, g, e));
    return us_history_sql(
        g->ask->history, us_touched_sql(g->until, g->a), touch_row, g, e);
}

/* ---- money, size ---- */

static us_code won_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct us_assessed *x = ctx;
    us_str_int(cells[0].text, &x->won);
    x->won_median = NAN;
    if (!cells[1].null) us_str_real(cells[1].text, &x->won_median);
    return US_OK;
}

/* Deals that were won, each once, as the CRM had them last. */
static us_code won(struct us_assessing *g, struct us_error *e)
{
    us_str until = until_of(g);
    struct us_buf sql = us_assess_sql_new(g);
    us_buf_fmt(&sql,
        "SELECT count(*), median(value)::DOUBLE FROM (SELECT deal_id, "
        "last(coalesce(arr, amount) ORDER BY known, seq) AS value FROM deals_view "
        "WHERE "
        "NOT internal AND known <= TIMESTAMP '%.*s' AND replace(replace(lower(stage), "
        "'_', ''), ' ', '') IN ('won', 'closedwon') AND coalesce(lower(channel), "
        "'sales') = 'sales' GROUP BY 1) WHERE value > 0",
        US_ARG(until));
    return us_assess_sql(g, &sql, won_row, g->out, e);
}

static us_code counts(struct us_assessing *g, struct us_error *e)
{
    const struct us_config *c = g->ask->rules->config;
    us_str until = until_of(g);
    char lately[US_TIME_TEXT_MAX];
    us_str since =
        us_time_write(g->out->to - US_ASSESS_ACTIVE_DAYS * US_DAY_US, lately);
    struct us_buf sql = us_assess_sql_new(g);
    us_buf_fmt(&sql,
        "SELECT count(DISTINCT account) FROM events_now WHERE NOT internal AND "
        "happened "
        ">= TIMESTAMP '%.*s' AND happened <= TIMESTAMP '%.*s' AND known <= TIMESTAMP "
        "'%.*s'",
        US_ARG(since), US_ARG(until), US_ARG(until));
    US_TRY(us_assess_sql(g, &sql, no_cell, &g->out->active, e));
    sql = us_assess_sql_new(g);
    us_buf_fmt(&sql,
        "SELECT count(*) FILTER (WHERE channel = 'self_serve' OR (channel IS NULL AND "
        "lower(method) = 'card')) FROM payments_view WHERE NOT internal AND amount > 0 "
        "AND coalesce(lower(status), 'paid') = 'paid' AND known <= TIMESTAMP '%.*s'",
        US_ARG(until));
    US_TRY(us_assess_sql(g, &sql, no_cell, &g->out->self_serve, e));
    sql = us_assess_sql_new(g);
    us_buf_fmt(&sql,
        "SELECT count(*) FROM payments_view WHERE NOT internal AND amount > 0 AND "
        "coalesce(lower(status), 'paid') = 'paid' AND known <= TIMESTAMP '%.*s'",
        US_ARG(until));
    US_TRY(us_assess_sql(g, &sql, no_cell, &g->out->paid, e));
    if (!c->role_count[US_ROLE_CHECKOUT]) return US_OK;
    sql = us_assess_sql_new(g);
    us_buf_put(&sql, US_S("SELECT count(DISTINCT account) FROM events_now WHERE NOT "
                          "internal AND event"));
    us_assess_names(
        c, c->roles[US_ROLE_CHECKOUT], c->role_count[US_ROLE_CHECKOUT], &sql);
    us_buf_fmt(&sql, " AND happened <= TIMESTAMP '%.*s'", US_ARG(until));
    return us_assess_sql(g, &sql, no_cell, &g->out->checkout, e);
}

static us_code sizes(struct us_assessing *g, struct us_error *e)
{
    struct us_buf sql = us_assess_sql_new(g);
    us_buf_put(&sql, US_S("SELECT count(TRY_CAST(value AS DOUBLE)) FROM "
                          "account_traits_now WHERE trait = 'employees' AND NOT "
                          "internal"));
    US_TRY(us_assess_sql(g, &sql, no_cell, &g->out->employees, e));
    sql = us_assess_sql_new(g);
    us_buf_fmt(&sql,
        "SELECT count(*) FROM account_traits_now WHERE trait = 'employees' AND NOT "
        "internal AND TRY_CAST(value AS DOUBLE) >= %d",
        US_ASSESS_ENTERPRISE);
    return us_assess_sql(g, &sql, no_cell, &g->out->enterprise, e);
}

/* Spans of silence that reach into the period. */
static us_code silences(struct us_assessing *g, struct us_error *e)
{
    struct us_backtest_silent *all;
    size_t count, kept = 0;
    US_TRY(us_silence_ask(g->ask, g->until, g->a, &all, &count, e));
    for (size_t i = 0; i < count; i++)
        if (all[i].span.to > g->out->from) all[kept++] = all[i];
    g->out->silent = all;
    g->out->silent_count = kept;
    return US_OK;
}

us_code us_assess_facts(struct us_assessing *g, struct us_error *e)
{
    US_TRY(months(g, e));
    US_TRY(hands(g, e));
    US_TRY(leads(g, e));
    US_TRY(won(g, e));
    US_TRY(counts(g, e));
    US_TRY(sizes(g, e));
    US_TRY(silences(g, e));
    return us_history_traits_unseen(g->ask->history, US_UNITS_ACCOUNTS, g->a,
        &g->out->unseen, &g->out->unseen_count, e);
}
