/* caution.c: what CRM and desk know that speaks against a call today (design §8). */

#include "answer/answer.h"
#include "base/hash.h"

enum { SQL_MAX = 4096 };

struct match {
    struct us_queue *q;
    struct us_intern accounts; /* account key → index into first */
    size_t *first;             /* the first row of that account */
    size_t *next;              /* the next row of the same account; count at the end */
    struct us_arena *a;
    const char *key;
};

void us_caution_add(struct us_queue_row *row, const char *key, const us_arg *args)
{
    size_t most = sizeof row->cautions / sizeof *row->cautions;
    if (row->caution_count == most) return;
    struct us_caution *c = &row->cautions[row->caution_count++];
    *c = (struct us_caution){.key = key};
    size_t room = sizeof c->args / sizeof *c->args - 1;
    for (size_t i = 0; args && args[i].name && i < room; i++)
        c->args[i] = args[i];
}

/* Cells: account, who, when (ISO). */
static us_code take(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct match *m = ctx;
    if (cells[0].null) return US_OK;
    uint32_t id = us_intern_find(&m->accounts, cells[0].text);
    if (id == US_INTERN_NONE) return US_OK;
    us_str who = cells[1].null ? US_S("?") : us_arena_str(m->a, cells[1].text);
    int64_t at = 0;
    bool dated = !cells[2].null && us_time_read(cells[2].text, &at);
    const us_arg args[] = {
        US_TEXT("who", who),
        US_DAY("day", dated ? at : 0),
        {.name = NULL},
    };
    for (size_t i = m->first[id]; i < m->q->count; i = m->next[i])
        us_caution_add(&m->q->rows[i], m->key, args);
    return US_OK;
}

/* {t} is the moment asked for, as a literal. */
static const struct {
    const char *key;
    const char *sql;
} questions[] = {
    {"answer.caution.deal",
        "SELECT account, coalesce(any_value(owner), '?'), strftime(max(stage_at), "
        "'%Y-%m-%dT%H:%M:%SZ') FROM (SELECT * FROM deals_view WHERE known <= {t} "
        "QUALIFY "
        "row_number() OVER (PARTITION BY deal_id ORDER BY coalesce(stage_at, happened) "
        "DESC, seq "
        "DESC) = 1) WHERE lower(stage) NOT IN ('won', 'lost', 'closed won', 'closed "
        "lost', "
        "'closedwon', 'closedlost', 'unknown') GROUP BY account"},
    {"answer.caution.opted_out", "SELECT account, string_agg(DISTINCT email, ', '), "
                                 "NULL FROM contacts_view WHERE "
                                 "known <= {t} AND lower(consent) IN ('no', 'false', "
                                 "'opted_out', 'unsubscribed') "
                                 "GROUP BY account"},
    {"answer.caution.activity",
        "SELECT account, any_value(coalesce(owner, kind)), strftime(max(happened), "
        "'%Y-%m-%dT%H:%M:%SZ') FROM activities_view WHERE known <= {t} AND happened > "
        "{t} - "
        "INTERVAL 14 DAY AND kind <> 'ticket' GROUP BY account"},
    {"answer.caution.ticket",
        "SELECT account, any_value(coalesce(owner, kind)), strftime(max(happened), "
        "'%Y-%m-%dT%H:%M:%SZ') FROM activities_view WHERE known <= {t} AND happened > "
        "{t} - "
        "INTERVAL 14 DAY AND kind = 'ticket' GROUP BY account"},
};

static us_str filled(const char *sql, int64_t t, struct us_arena *a)
{
    struct us_buf out = us_buf_new(a, SQL_MAX);
    us_str rest = us_str_c(sql);
    while (rest.len) {
        size_t at = us_str_find(rest, US_S("{t}"));
        us_buf_put(&out, us_str_slice(rest, 0, at));
        if (at == rest.len) break;
        us_buf_fmt(&out, "make_timestamp(%lld)", (long long)t);
        rest = us_str_slice(rest, at + 3, rest.len);
    }
    return us_buf_str(&out);
}

us_code us_cautions_ask(const struct us_ask *ask, struct us_queue *q,
    struct us_arena *a, struct us_error *e)
{
    if (q->count == 0) return US_OK;
    struct match m = {.q = q, .a = a};
    us_intern_init(&m.accounts);
    m.first = us_new(a, size_t, q->count);
    m.next = us_new(a, size_t, q->count);
    for (size_t i = q->count; i-- > 0;) {
        size_t known = m.accounts.count;
        uint32_t id = us_intern_put(&m.accounts, q->rows[i].account);
        m.next[i] = id == known ? q->count : m.first[id];
        m.first[id] = i;
    }
    us_code code = US_OK;
    for (size_t i = 0; i < sizeof questions / sizeof *questions && code == US_OK; i++) {
        m.key = questions[i].key;
        us_str sql = filled(questions[i].sql, ask->at, a);
        code = us_history_sql(ask->history, sql, take, &m, e);
    }
    us_intern_done(&m.accounts);
    return code;
}
