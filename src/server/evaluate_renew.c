/* evaluate_renew.c: one account once more, with rows from history. */

#include "server/evaluate_inner.h"

#include <stdlib.h>

/* ---- a log in the numbers of the book ---- */

static int person_order(const void *a, const void *b)
{
    uint32_t x = ((const struct us_log_person *)a)->id;
    uint32_t y = ((const struct us_log_person *)b)->id;
    return (x > y) - (x < y);
}

/* The book's number of the log's person. */
uint32_t us_evaluator_person(
    const struct us_log *log, const uint32_t *people, uint32_t id)
{
    if (id == US_NOBODY) return US_NOBODY;
    size_t at = us_log_person_at(log, id);
    us_assert(at < log->person_count);
    return people[at];
}

/* Whom rows put into the account. Whom a group call did the book knows itself. */
static void members_take(struct us_evaluator *v, const struct us_log *log)
{
    uint32_t last = US_NOBODY;
    for (size_t i = 0; i < log->person_count; i++)
        us_book_was_member(v->book, log->people[i].id, log->account);
    for (size_t i = 0; i < log->event_count; i++) {
        const struct us_log_event *e = &log->events[i];
        if (e->user == US_NOBODY || e->user == last) continue;
        if (e->to != US_NEVER && us_book_undid(v->book, e->to)) continue;
        us_book_member(v->book, e->user, log->account);
        last = e->user;
    }
}

void us_evaluator_adopt(struct us_evaluator *v, struct us_arena *a,
    const struct us_log *log, struct us_log *out)
{
    *out = *log;
    out->account = us_book_account(v->book, log->key);
    uint32_t *people = us_new(a, uint32_t, log->person_count + 1);
    out->people = us_new(a, struct us_log_person, log->person_count + 1);
    for (size_t i = 0; i < log->person_count; i++) {
        const struct us_log_person *p = &log->people[i];
        people[i] = us_book_person(v->book, p->key, p->identified);
        out->people[i] = *p;
        out->people[i].id = people[i];
    }
    if (log->person_count)
        qsort(out->people, log->person_count, sizeof *out->people, person_order);
    out->events = us_new(a, struct us_log_event, log->event_count + 1);
    for (size_t i = 0; i < log->event_count; i++) {
        out->events[i] = log->events[i];
        out->events[i].user = us_evaluator_person(log, people, log->events[i].user);
    }
    out->traits = us_new(a, struct us_log_trait, log->trait_count + 1);
    for (size_t i = 0; i < log->trait_count; i++) {
        out->traits[i] = log->traits[i];
        out->traits[i].user = us_evaluator_person(log, people, log->traits[i].user);
        if (log->traits[i].user != US_NOBODY)
            us_book_traits(v->book, out->traits[i].user);
    }
    members_take(v, out);
}

/* ---- one account ---- */

struct renewing {
    struct us_evaluator *v;
    struct us_shard *shard;
    uint32_t account;
    int64_t t;
    bool asked;
};

/* Rows seen at t, in the order in which they became known: those of a kind apart, since
 * only events of one moment could be told apart by it, and they are not. */
struct seen_row {
    int64_t from;
    uint32_t kind, at;
};

static int seen_order(const void *a, const void *b)
{
    const struct seen_row *x = a;
    const struct seen_row *y = b;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static size_t seen_rows(
    const struct us_log *log, int64_t t, struct us_arena *a, struct seen_row **out)
{
    size_t most =
        log->event_count + log->trait_count + log->payment_count + log->deal_count;
    struct seen_row *rows = us_new(a, struct seen_row, most + 1);
    size_t n = 0;
    for (uint32_t i = 0; i < log->event_count; i++)
        if (us_log_seen(log->events[i].from, log->events[i].to, t))
            rows[n++] = (struct seen_row){log->events[i].from, 0, i};
    for (uint32_t i = 0; i < log->trait_count; i++)
        if (us_log_seen(log->traits[i].from, log->traits[i].to, t))
            rows[n++] = (struct seen_row){log->traits[i].from, 1, i};
    for (uint32_t i = 0; i < log->payment_count; i++)
        if (us_log_seen(log->payments[i].from, log->payments[i].to, t))
            rows[n++] = (struct seen_row){log->payments[i].from, 2, i};
    for (uint32_t i = 0; i < log->deal_count; i++)
        if (us_log_seen(log->deals[i].from, log->deals[i].to, t))
            rows[n++] = (struct seen_row){log->deals[i].from, 3, i};
    if (n) qsort(rows, n, sizeof *rows, seen_order);
    *out = rows;
    return n;
}

static void row_give(
    const struct renewing *r, const struct us_log *log, const struct seen_row *row)
{
    const us_value *values = log->values;
    if (values && row->kind == 0) values += row->at * log->column_count;
    switch (row->kind) {
    case 0: us_shard_event(r->shard, r->account, &log->events[row->at], values); return;
    case 1: us_shard_trait(r->shard, r->account, &log->traits[row->at]); return;
    case 2: us_shard_payment(r->shard, r->account, &log->payments[row->at]); return;
    default: us_shard_deal(r->shard, r->account, &log->deals[row->at]); return;
    }
}

static void rows_give(const struct renewing *r, const struct us_log *log)
{
    struct seen_row *rows;
    size_t count = seen_rows(log, r->t, &r->v->again, &rows);
    for (size_t i = 0; i < count; i++)
        row_give(r, log, &rows[i]);
}

/* Whether t is a moment of the account: some row begins or ends to be seen. One that is
 * no moment must not be made one, as time would then be looked at that nobody asked to.
 */
static bool is_moment(const struct us_log *log, int64_t t)
{
    for (size_t i = 0; i < log->event_count; i++)
        if (log->events[i].from == t || log->events[i].to == t) return true;
    for (size_t i = 0; i < log->trait_count; i++)
        if (log->traits[i].from == t || log->traits[i].to == t) return true;
    for (size_t i = 0; i < log->payment_count; i++)
        if (log->payments[i].from == t || log->payments[i].to == t) return true;
    for (size_t i = 0; i < log->deal_count; i++)
        if (log->deals[i].from == t || log->deals[i].to == t) return true;
    return false;
}

static us_code renew_take(void *ctx, const struct us_log *log, struct us_error *e)
{
    (void)e;
    struct renewing *r = ctx;
    struct us_evaluator *v = r->v;
    struct us_log *mine = &v->given;
    us_arena_reset(&v->again);
    us_evaluator_adopt(v, &v->again, log, mine);
    us_evaluator_not_yet(v, mine);
    us_assert(mine->account == r->account);
    if (r->asked) { /* by the shard, in the middle of a moment */
        rows_give(r, mine);
        return US_OK;
    }
    if (!is_moment(mine, r->t)) return US_OK;
    v->given_now = true;
    us_shard_left(r->shard, r->account, r->t);
    v->given_now = false;
    v->now = r->t;
    v->counts.again++;
    int64_t *from = us_new(&v->again, int64_t, mine->person_count + 1);
    us_log_people_from(mine, from);
    for (size_t i = 0; i < mine->person_count; i++)
        if (mine->people[i].identified && from[i] <= r->t)
            us_shard_person(r->shard, r->account, mine->people[i].id);
    return US_OK;
}

static us_code renew_work(void *ctx, struct us_history *h, struct us_error *e)
{
    struct renewing *r = ctx;
    us_str key = us_book_account_key(r->v->book, r->account);
    return us_history_logs(h, &r->v->o.rules->plan->need, key, r->t, renew_take, r, e);
}

void us_evaluator_renew(struct us_evaluator *v, uint32_t account, int64_t t)
{
    struct renewing r = {v, v->shard, account, t, false};
    if (us_evaluator_is_ours(v, us_book_account_key(v->book, account))) return;
    /* What is before it may ask for rows, too: one turn at history at a time. */
    if (v->now < t) {
        us_shard_until(v->shard, t - 1);
        v->now = t - 1;
    }
    if (v->broken == US_OK)
        v->broken = v->o.use(
            v->o.use_ctx, v->group_end, US_ASK_ACCOUNT, renew_work, &r, &v->why);
}

void us_evaluator_again(void *ctx, struct us_shard *s, uint32_t account, int64_t t)
{
    struct us_evaluator *v = ctx;
    struct renewing r = {v, s, account, t, true};
    if (v->broken != US_OK) return;
    if (v->given_now && v->given.account == account) {
        rows_give(&r, &v->given);
    } else {
        v->broken = v->o.use(
            v->o.use_ctx, v->group_end, US_ASK_ACCOUNT, renew_work, &r, &v->why);
    }
}
