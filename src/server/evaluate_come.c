/* evaluate_come.c: lines that were in no account, or traits of somebody who is
 * somewhere new, become rows of an account. What is there already stays as it is. */

#include "server/evaluate_inner.h"

struct coming {
    struct us_evaluator *v;
    const struct us_book_touched *what;
    struct us_raw_lines lines;
    int64_t t;
};

static us_code come_work(void *ctx, struct us_history *h, struct us_error *e)
{
    struct coming *c = ctx;
    struct us_evaluator *v = c->v;
    size_t count = c->what->coming_count;
    struct us_raw_id *ids = us_new(&v->come, struct us_raw_id, count + 1);
    for (size_t i = 0; i < count; i++)
        ids[i] = (struct us_raw_id){us_book_person_key(v->book, c->what->coming[i]),
            us_book_identified(v->book, c->what->coming[i])};
    return us_history_lines_of(
        h, &v->o.rules->plan->need, ids, count, c->t, &v->come, &c->lines, e);
}

/* Whose a line of the id is as of now. */
static struct us_book_now whose(const struct coming *c, uint32_t of, int64_t known)
{
    uint32_t raw = c->what->coming[of];
    bool user = us_book_identified(c->v->book, raw);
    struct us_who who = {
        user ? raw : US_NOBODY, user ? US_NOBODY : raw, US_NOBODY, known};
    return us_book_at(c->v->book, &who);
}

static bool counts(const struct coming *c, const struct us_book_now *now)
{
    struct us_evaluator *v = c->v;
    return now->account != US_NOBODY && !us_book_is_internal(v->book, now->person) &&
           !us_history_is_internal(v->o.history_rules,
               us_book_account_key(v->book, now->account), &v->come);
}

static void given(struct coming *c, const struct us_book_now *now)
{
    struct us_evaluator *v = c->v;
    if (us_book_identified(v->book, now->person))
        us_shard_person(v->shard, now->account, now->person);
    v->now = c->t;
    v->counts.came++;
}

static void event_give(struct coming *c, const struct us_raw_event *raw)
{
    struct us_evaluator *v = c->v;
    struct us_book_now now = whose(c, raw->of, raw->row.from);
    if (raw->group.len || !counts(c, &now)) return; /* it has an account of its own */
    struct us_log_event row = raw->row;
    row.from = c->t;
    row.user = now.person;
    us_shard_event(v->shard, now.account, &row, raw->values);
    us_book_member(v->book, now.person, now.account);
    given(c, &now);
}

static void trait_give(struct coming *c, const struct us_raw_trait *raw)
{
    const struct us_book_touched *what = c->what;
    struct us_evaluator *v = c->v;
    struct us_book_now now = whose(c, raw->of, raw->row.from);
    if (what->person != US_NOBODY && what->person != now.person) return;
    struct us_log_trait row = raw->row;
    row.from = c->t;
    row.user = now.person;
    for (size_t i = 0;; i++) {
        now.account = us_book_account_of(v->book, now.person, i);
        if (now.account == US_NOBODY) break;
        if (what->account != US_NOBODY && what->account != now.account) continue;
        if (!counts(c, &now)) continue;
        us_shard_trait(v->shard, now.account, &row);
        given(c, &now);
    }
}

void us_evaluator_come(
    struct us_evaluator *v, const struct us_book_touched *what, int64_t t)
{
    if (!what->coming_count || v->stale || v->broken != US_OK) return;
    us_arena_reset(&v->come);
    struct coming c = {.v = v, .what = what, .t = t};
    /* What is before it may ask for rows, too: one turn at history at a time. */
    if (v->now < t) {
        us_shard_until(v->shard, t - 1);
        v->now = t - 1;
    }
    bool at_hand = us_recent_lines(
        v->recent, what->coming, what->coming_count, what->events, &v->come, &c.lines);
    if (v->broken == US_OK && !at_hand)
        v->broken =
            v->o.use(v->o.use_ctx, v->group_end, US_ASK_LINES, come_work, &c, &v->why);
    if (v->broken != US_OK) return;
    if (!at_hand)
        us_recent_learn(v->recent, what->coming, what->coming_count, &c.lines);
    for (size_t i = 0; what->events && i < c.lines.event_count; i++)
        event_give(&c, &c.lines.events[i]);
    for (size_t i = 0; what->traits && i < c.lines.trait_count; i++)
        trait_give(&c, &c.lines.traits[i]);
}

/* ---- money ---- */

struct paying {
    struct us_evaluator *v;
    uint32_t account;
    int64_t t;
};

static us_code money_take(void *ctx, const struct us_log *log, struct us_error *e)
{
    (void)e;
    const struct paying *p = ctx;
    struct us_evaluator *v = p->v;
    for (size_t i = 0; i < log->payment_count; i++)
        us_shard_payment(v->shard, p->account, &log->payments[i]);
    for (size_t i = 0; i < log->deal_count; i++)
        us_shard_deal(v->shard, p->account, &log->deals[i]);
    if (log->payment_count || log->deal_count) v->now = p->t;
    return US_OK;
}

static us_code money_work(void *ctx, struct us_history *h, struct us_error *e)
{
    const struct paying *p = ctx;
    return us_history_money_at(h, &p->v->o.rules->plan->need,
        us_book_account_key(p->v->book, p->account), p->t, money_take, ctx, e);
}

/* What a row of a payment adds depends on those known before it, which history has. */
void us_evaluator_money(struct us_evaluator *v, uint32_t account, int64_t t)
{
    struct paying p = {v, account, t};
    if (v->now < t) {
        us_shard_until(v->shard, t - 1);
        v->now = t - 1;
    }
    if (v->broken == US_OK)
        v->broken =
            v->o.use(v->o.use_ctx, v->group_end, US_ASK_LINES, money_work, &p, &v->why);
}
