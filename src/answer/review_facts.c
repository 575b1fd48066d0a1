/* review_facts.c: weeks of a time zone, who turned to whom, and what the missed did. */

#include "answer/review_inner.h"
#include "base/hash.h"

#include <stdlib.h>

enum { SQL_MAX = 1 << 20 };

static void quoted(struct us_buf *out, us_str text)
{
    us_buf_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') us_buf_char(out, '\'');
        us_buf_char(out, text.ptr[i]);
    }
    us_buf_char(out, '\'');
}

static void moment(struct us_buf *out, int64_t t)
{
    char text[US_TIME_TEXT_MAX];
    us_buf_fmt(out, "TIMESTAMP '%.*s'", US_ARG(us_time_write(t, text)));
}

/* ---- weeks ---- */

struct moments {
    int64_t *items;
    size_t count, most;
};

static us_code moment_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct moments *m = ctx;
    if (m->count < m->most && us_str_int(cells[0].text, &m->items[m->count]))
        m->count++;
    return US_OK;
}

us_code us_review_monday(
    const struct us_ask *ask, int64_t t, int64_t *out, struct us_error *e)
{
    struct us_arena a;
    us_arena_init(&a, SQL_MAX);
    struct us_buf sql = us_buf_new(&a, SQL_MAX / 2);
    struct moments one = {out, 0, 1};
    us_buf_put(&sql, US_S("SELECT epoch_us(date_trunc('week', ("));
    moment(&sql, t);
    us_buf_put(&sql, US_S(" AT TIME ZONE 'UTC') AT TIME ZONE "));
    quoted(&sql, ask->rules->config->time_zone);
    us_buf_put(&sql, US_S(")::TIMESTAMP)"));
    us_code code = us_history_sql(ask->history, us_buf_str(&sql), moment_row, &one, e);
    us_arena_done(&a);
    return code;
}

us_code us_review_weeks(
    const struct us_ask *ask, struct us_reviewed *r, struct us_error *e)
{
    enum { EDGES = US_REVIEW_WEEKS + 2 };
    int64_t edges[EDGES] = {0}; /* the Monday after, that of the week, those before */
    struct moments all = {edges, 0, EDGES};
    struct us_arena a;
    us_arena_init(&a, SQL_MAX);
    struct us_buf sql = us_buf_new(&a, SQL_MAX / 2);
    us_buf_put(&sql, US_S("SELECT epoch_us(("));
    moment(&sql, r->of->monday);
    us_buf_put(&sql, US_S(" - to_days((7 * k)::INTEGER)) AT TIME ZONE "));
    quoted(&sql, ask->rules->config->time_zone);
    us_buf_fmt(&sql, ") FROM range(-1, %d) AS t(k) ORDER BY k", US_REVIEW_WEEKS + 1);
    us_code code = us_history_sql(ask->history, us_buf_str(&sql), moment_row, &all, e);
    us_arena_done(&a);
    if (code != US_OK) return code;
    us_assert(all.count == EDGES);
    for (int i = 0; i <= US_REVIEW_WEEKS; i++) {
        int64_t local = r->of->monday - i * 7 * US_DAY_US;
        r->weeks[i] =
            (struct us_review_week){edges[i + 1], edges[i], local - edges[i + 1]};
    }
    return US_OK;
}

/* ---- touches ---- */

struct touch {
    uint32_t account;
    int64_t at;
};

struct touching {
    struct us_intern keys;
    struct us_arena *a;
    struct touch *items;
    size_t count, cap;
};

static us_code touch_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct touching *t = ctx;
    int64_t at = 0;
    if (cells[0].null || !us_str_int(cells[1].text, &at)) return US_OK;
    uint32_t account = us_intern_find(&t->keys, cells[0].text);
    if (account == US_INTERN_NONE) return US_OK;
    *us_push(t->a, t->items, t->count, t->cap) = (struct touch){account, at};
    return US_OK;
}

static int touch_order(const void *a, const void *b)
{
    const struct touch *x = a;
    const struct touch *y = b;
    if (x->account != y->account) return x->account < y->account ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static void touches_lay(
    struct touching *t, size_t accounts, struct us_review_touches *out)
{
    int64_t *at = us_new(t->a, int64_t, t->count + 1);
    size_t *from = us_new(t->a, size_t, accounts + 2);
    size_t next = 0;
    if (t->count) qsort(t->items, t->count, sizeof *t->items, touch_order);
    for (uint32_t i = 0; i <= accounts; i++) {
        while (next < t->count && t->items[next].account < i)
            next++;
        from[i] = next;
    }
    for (size_t i = 0; i < t->count; i++)
        at[i] = t->items[i].at;
    *out = (struct us_review_touches){at, from};
}

us_code us_review_touches(const struct us_ask *ask, const struct us_reviewed *r,
    struct us_arena *a, struct us_review_touches *out, struct us_error *e)
{
    struct touching t = {.a = a};
    struct us_buf sql = us_buf_new(a, SQL_MAX);
    *out = (struct us_review_touches){NULL, NULL};
    if (r->touches == 0) return US_OK;
    us_buf_put(&sql, US_S("SELECT account, epoch_us(t) FROM (SELECT account, happened "
                          "AS t FROM activities_view WHERE kind <> 'ticket' AND known "
                          "<= "));
    moment(&sql, r->weeks[0].to - 1);
    us_buf_put(&sql, US_S(" UNION ALL SELECT account, least(coalesce(first_touch, "
                          "happened), coalesce(created, happened), happened) FROM "
                          "deals_view WHERE known <= "));
    moment(&sql, r->weeks[0].to - 1);
    us_buf_char(&sql, ')');
    us_intern_init(&t.keys);
    for (size_t i = 0; i < r->account_count; i++)
        us_intern_put(&t.keys, r->accounts[i].key);
    us_code code = us_history_sql(ask->history, us_buf_str(&sql), touch_row, &t, e);
    us_intern_done(&t.keys);
    if (code == US_OK) touches_lay(&t, r->account_count, out);
    return code;
}

/* ---- what the missed did ---- */

struct doing {
    struct us_reviewed *r;
    struct us_arena *a;
    us_str base; /* events of the 30 days to the end of the week, by event */
    struct us_intern names;
    int64_t *others; /* accounts, by name */
    size_t count, cap;
};

/* Cells: event (NULL: any), accounts. */
static us_code base_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct doing *d = ctx;
    int64_t n = 0;
    us_str_int(cells[1].text, &n);
    if (cells[0].null) {
        d->r->others = n;
        return US_OK;
    }
    us_intern_put(&d->names, us_arena_str(d->a, cells[0].text));
    *us_push(d->a, d->others, d->count, d->cap) = n;
    return US_OK;
}

/* The rarest among others first, then what was done oftenest. */
static bool rather(const struct us_review_did *x, const struct us_review_did *y)
{
    if (x->others != y->others) return x->others < y->others;
    return x->times > y->times;
}

/* Cells: which of the missed, event, times. */
static us_code did_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct doing *d = ctx;
    struct us_review_did did = {.times = 0};
    int64_t which = 0;
    us_str_int(cells[0].text, &which);
    us_str_int(cells[2].text, &did.times);
    struct us_review_missed *m = &d->r->missed[which];
    uint32_t name = us_intern_find(&d->names, cells[1].text);
    did.others = name == US_INTERN_NONE ? 0 : d->others[name];
    if (2 * did.others >= d->r->others) return US_OK; /* what most do says nothing */
    did.event = us_arena_str(d->a, cells[1].text);
    size_t at = m->did_count;
    while (at > 0 && rather(&did, &m->did[at - 1]))
        at--;
    if (at == US_REVIEW_DID) return US_OK;
    if (m->did_count < US_REVIEW_DID) m->did_count++;
    for (size_t i = m->did_count - 1; i > at; i--)
        m->did[i] = m->did[i - 1];
    m->did[at] = did;
    return US_OK;
}

static us_code did_ask(const struct us_ask *ask, struct doing *d, struct us_error *e)
{
    const struct us_reviewed *r = d->r;
    struct us_buf sql = us_buf_new(d->a, SQL_MAX);
    int64_t end = r->weeks[0].to;
    us_buf_put(&sql, US_S("SELECT event, count(DISTINCT account) FROM events_now WHERE "
                          "account IS NOT NULL AND NOT internal AND happened < "));
    moment(&sql, end);
    us_buf_put(&sql, US_S(" AND happened >= "));
    moment(&sql, end - US_REVIEW_DID_DAYS * US_DAY_US);
    us_buf_put(&sql, US_S(" GROUP BY GROUPING SETS ((event), ())"));
    US_TRY(us_history_sql(ask->history, us_buf_str(&sql), base_row, d, e));
    sql = us_buf_new(d->a, SQL_MAX);
    us_buf_put(&sql, US_S("SELECT m.i, e.event, count(*) FROM (VALUES "));
    size_t looked = r->missed_count < US_REVIEW_MISSED_LOOKED ? r->missed_count
                                                              : US_REVIEW_MISSED_LOOKED;
    for (size_t i = 0; i < looked; i++) {
        const struct us_backtest_account *account = us_review_account(r, &r->missed[i]);
        us_buf_fmt(&sql, "%s(%zu, ", i ? ", " : "", i);
        quoted(&sql, account->key);
        us_buf_put(&sql, US_S(", "));
        moment(&sql, account->outcome);
        us_buf_char(&sql, ')');
    }
    us_buf_fmt(&sql,
        ") AS m(i, account, t) JOIN events_now e ON e.account = m.account AND "
        "e.happened < m.t AND e.happened >= m.t - INTERVAL %d DAY GROUP BY 1, 2 "
        "ORDER "
        "BY 1, 2",
        US_REVIEW_DID_DAYS);
    return us_history_sql(ask->history, us_buf_str(&sql), did_row, d, e);
}

us_code us_review_did(const struct us_ask *ask, struct us_reviewed *r,
    struct us_arena *a, struct us_error *e)
{
    struct doing d = {.r = r, .a = a};
    if (r->missed_count == 0) return US_OK;
    us_intern_init(&d.names);
    us_code code = did_ask(ask, &d, e);
    us_intern_done(&d.names);
    return code;
}
