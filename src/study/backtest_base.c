/* backtest_base.c: those who fired against those who did not, week by week. */

#include "study/backtest_inner.h"

#include <math.h>

struct base {
    struct us_backtesting *b;
    struct us_clustered_row *rows;
    size_t count, cap;
    int64_t monday; /* of the first week */
};

static void put(struct base *x, struct us_clustered_row row)
{
    *us_push(x->b->a, x->rows, x->count, x->cap) = row;
}

/* Whether it fired in [from, to). */
static bool fired(
    const struct us_backtesting *b, uint32_t account, int64_t from, int64_t to)
{
    const struct us_backtest_group group = us_backtest_group_of(b, account);
    for (size_t i = group.from; i < group.to; i++)
        if (b->entries[i].t >= from) return b->entries[i].t < to;
    return false;
}

/* The weeks in which it is one of the others. */
static bool others(struct base *x, uint32_t i)
{
    struct us_backtesting *b = x->b;
    const struct us_backtest_asked *q = b->q;
    const struct us_backtest_account *account = &q->accounts[i];
    bool any = false;
    for (int64_t week = x->monday; week <= q->to; week += 7 * US_DAY_US) {
        int64_t start = week > q->from ? week : q->from;
        if (start > q->until - q->horizon || account->outcome <= start) break;
        if (account->seen > start) continue;
        if (fired(b, i, start - q->horizon, week + 7 * US_DAY_US)) continue;
        any = true;
        put(x, (struct us_clustered_row){
                   .stratum = (uint32_t)((week - x->monday) / (7 * US_DAY_US)),
                   .cluster = i,
                   .outcome = account->outcome != US_NEVER &&
                              account->outcome - start <= q->horizon});
    }
    return any;
}

void us_backtest_base(struct us_backtesting *b)
{
    struct base x = {.b = b, .monday = us_backtest_week(b->q->from)};
    us_mark mark = us_arena_mark(b->a);
    int64_t accounts = 0;
    for (uint32_t i = 0; i < b->q->account_count; i++) {
        accounts += others(&x, i);
        const struct us_backtest_group group = us_backtest_group_of(b, i);
        const struct us_backtest_entry *first = us_backtest_first(b, &group);
        if (!first) continue;
        us_backtest_case is = us_backtest_case_of(b, first);
        if (is != US_CASE_HIT && is != US_CASE_NONE) continue;
        put(&x, (struct us_clustered_row){
                    .stratum = (uint32_t)((us_backtest_week(first->t) - x.monday) /
                                          (7 * US_DAY_US)),
                    .cluster = i,
                    .exposed = true,
                    .outcome = is == US_CASE_HIT});
    }
    struct us_standard base = us_standard_ratio(x.rows, x.count, 0.95, b->a);
    us_arena_pop(b->a, mark);
    b->out->base = base;
    b->out->base_accounts = accounts;
}
