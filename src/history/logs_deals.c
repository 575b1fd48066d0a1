/* logs_deals.c: stages of deals, whole, by account. */
#include "history/logs.h"

enum { SQL_MAX = 4096 };

enum {
    D_ACCOUNT,
    D_AT,
    D_KNOWN,
    D_SEQ,
    D_ID,
    D_STAGE,
    D_TYPE,
    D_CHANNEL,
    D_OWNER,
    D_SOURCE,
    D_STAGE_AT,
    D_CREATED,
    D_FIRST_TOUCH,
    D_AMOUNT,
    D_ARR
};

static int64_t number_or(
    const struct duck_rows *r, size_t column, size_t row, int64_t absent)
{
    return duck_null(r, column, row) ? absent : duck_i64(r, column, row);
}

static void deal(struct logs_facts *f, const struct duck_rows *r, size_t i)
{
    struct us_log_deal d = {.at = duck_i64(r, D_AT, i),
        .seq = duck_i64(r, D_SEQ, i),
        .id = logs_kept(f, duck_text(r, D_ID, i)),
        .stage = logs_kept(f, duck_text(r, D_STAGE, i)),
        .type = logs_kept(f, duck_text(r, D_TYPE, i)),
        .channel = logs_kept(f, duck_text(r, D_CHANNEL, i)),
        .owner = logs_kept(f, duck_text(r, D_OWNER, i)),
        .source = logs_kept(f, duck_text(r, D_SOURCE, i)),
        .stage_at = number_or(r, D_STAGE_AT, i, US_NEVER),
        .created = number_or(r, D_CREATED, i, US_NEVER),
        .first_touch = number_or(r, D_FIRST_TOUCH, i, US_NEVER),
        .amount = number_or(r, D_AMOUNT, i, 0),
        .arr = number_or(r, D_ARR, i, 0)};
    struct us_span *spans;
    size_t count = logs_account_spans(
        f, duck_id(r, D_ACCOUNT, i), duck_i64(r, D_KNOWN, i), &spans);
    for (size_t s = 0; s < count; s++) {
        if (!logs_wanted(f, spans[s].account)) continue;
        d.from = spans[s].from;
        d.to = spans[s].to;
        *us_push(&f->arena_deals, f->deals, f->deal_count, f->deal_cap) =
            (struct logs_deal){spans[s].account, d};
    }
}

static int deal_order(const void *a, const void *b)
{
    const struct logs_deal *x = a;
    const struct logs_deal *y = b;
    if (x->account != y->account) return x->account < y->account ? -1 : 1;
    int order = logs_time_order(x->row.at, y->row.at, x->row.seq, y->row.seq);
    return order ? order : (x->row.from > y->row.from) - (x->row.from < y->row.from);
}

static us_code deals(struct logs_facts *f, struct us_error *e)
{
    struct us_buf sql = us_buf_new(&f->h->line, SQL_MAX);
    us_buf_put(&sql,
        US_S("SELECT account, happened, known, seq, deal_id, stage, type, channel, "
             "owner, source, stage_at, created, first_touch, amount, arr FROM deals "
             "WHERE account IS NOT NULL"));
    logs_only(f, &sql);
    logs_until(f, "known", &sql);
    us_buf_put(&sql, US_S(" ORDER BY account, happened, seq"));
    struct duck_rows r;
    US_TRY(duck_ask(f->h->duck.side, us_buf_str(&sql), &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            deal(f, &r, i);
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code logs_deals_read(struct logs_facts *f, struct us_error *e)
{
    if (f->need->deals) US_TRY(deals(f, e));
    if (f->h->rules.unit == US_COMPANY)
        logs_sort(f->deals, f->deal_count, sizeof *f->deals, deal_order);
    f->deal_from = logs_index(&f->arena, f->h->accounts.terms.count, f->deals,
        sizeof *f->deals, f->deal_count);
    return US_OK;
}
