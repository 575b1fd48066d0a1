/* outcome.c: from outcomes as written to what can be asked of an account. */

#include "qualify/compile.h"

enum { TEXT_BYTES_MAX = 4096 };

/* An outcome's condition as the language has it; empty where it has none. */
static us_str condition_of(struct us_build *b, const struct us_outcome_text *text)
{
    struct us_buf out = us_buf_new(b->a, TEXT_BYTES_MAX);
    if (text->event.text.len) {
        us_buf_put(&out, US_S("count("));
        us_buf_json(&out, text->event.text);
        us_buf_fmt(&out, ", all) >= %lld", (long long)text->nth);
    } else if (text->arr > 0 && text->channel.text.len == 0) {
        us_buf_put(&out, US_S("account.arr >= "));
        us_buf_real(&out, text->arr);
    } else if (text->mrr > 0 && text->channel.text.len == 0) {
        us_buf_put(&out, US_S("account.mrr >= "));
        us_buf_real(&out, text->mrr);
    }
    return us_buf_str(&out);
}

static us_outcome_kind kind_of(const struct us_outcome_text *text)
{
    if (text->payment.text.len) return US_OUTCOME_PAYMENT;
    if (us_str_eq(text->deal.text, US_S("won"))) return US_OUTCOME_DEAL_WON;
    if (text->deal.text.len) return US_OUTCOME_DEAL_CREATED;
    return text->arr > 0 ? US_OUTCOME_ARR : US_OUTCOME_MRR;
}

void us_build_outcomes(struct us_build *b)
{
    struct us_rules *r = b->r;
    struct us_need *need = &r->plan->need;
    r->outcomes = us_new(b->a, struct us_outcome, b->c->outcome_count + 1);
    r->outcome_count = b->c->outcome_count;
    for (size_t i = 0; i < r->outcome_count; i++) {
        const struct us_outcome_text *text = &b->c->outcomes[i];
        struct us_outcome *o = &r->outcomes[i];
        *o = (struct us_outcome){.name = text->name.text,
            .node = US_NODE_NONE,
            .channel = text->channel.text,
            .least = text->arr > 0 ? text->arr : text->mrr,
            .within = text->within_days * US_DAY_US};
        us_source source = {condition_of(b, text), text->name.place};
        if (source.text.len) {
            o->node = us_plan_add(r->plan, source, US_BOOL, US_PER_ACCOUNT, b->d);
            continue;
        }
        o->kind = kind_of(text);
        bool deal =
            o->kind == US_OUTCOME_DEAL_CREATED || o->kind == US_OUTCOME_DEAL_WON;
        need->deals |= deal;
        need->payments |= !deal;
    }
}

static us_str word_of(us_outcome_kind kind)
{
    static const us_str words[] = {
        [US_OUTCOME_PAYMENT] = US_S_INIT("payment first"),
        [US_OUTCOME_DEAL_CREATED] = US_S_INIT("deal created"),
        [US_OUTCOME_DEAL_WON] = US_S_INIT("deal won"),
        [US_OUTCOME_MRR] = US_S_INIT("account.mrr"),
        [US_OUTCOME_ARR] = US_S_INIT("account.arr"),
    };
    return words[kind];
}

void us_outcome_print(
    const struct us_rules *r, const struct us_outcome *o, struct us_buf *out)
{
    if (o->kind == US_OUTCOME_CONDITION) {
        if (o->node != US_NODE_NONE) us_plan_print(r->plan, o->node, false, out);
        return;
    }
    us_buf_put(out, word_of(o->kind));
    if (o->kind == US_OUTCOME_MRR || o->kind == US_OUTCOME_ARR) {
        us_buf_put(out, US_S(" >= "));
        us_buf_real(out, o->least);
    }
    if (o->channel.len) us_buf_fmt(out, " by %.*s", US_ARG(o->channel));
}

static bool of_channel(const struct us_outcome *o, us_str channel)
{
    return o->channel.len == 0 || us_str_eq_nocase(o->channel, channel);
}

static bool paid(const struct us_outcome *o, const struct us_log *log, int64_t t)
{
    for (size_t i = 0; i < log->payment_count; i++) {
        const struct us_log_payment *p = &log->payments[i];
        bool received = p->status == US_PAY_PAID && p->amount > 0;
        if (received && us_log_seen(p->from, p->to, t) && of_channel(o, p->channel))
            return true;
    }
    return false;
}

/* The names the CRMs give a stage that is won. */
static bool won(us_str stage)
{
    static const us_str words[] = {
        US_S_INIT("won"), US_S_INIT("closed won"), US_S_INIT("closedwon")};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (us_str_eq_nocase(stage, words[i])) return true;
    return false;
}

static bool dealt(const struct us_outcome *o, const struct us_log *log, int64_t t)
{
    for (size_t i = 0; i < log->deal_count; i++) {
        const struct us_log_deal *d = &log->deals[i];
        bool stage = o->kind == US_OUTCOME_DEAL_CREATED || won(d->stage);
        if (stage && us_log_seen(d->from, d->to, t) && of_channel(o, d->channel))
            return true;
    }
    return false;
}

/* What came in by other channels is left out, and with it what went back of it. */
static bool money(
    const struct us_outcome *o, const struct us_log *log, int64_t t, struct us_arena *a)
{
    us_mark mark = us_arena_mark(a);
    struct us_log own = *log;
    own.payments = us_new(a, struct us_log_payment, log->payment_count);
    own.payment_count = 0;
    for (size_t i = 0; i < log->payment_count; i++) {
        const struct us_log_payment *p = &log->payments[i];
        if (p->status == US_PAY_PAID && !of_channel(o, p->channel)) continue;
        own.payments[own.payment_count++] = *p;
    }
    us_value v =
        o->kind == US_OUTCOME_ARR ? us_money_arr(&own, t) : us_money_mrr(&own, t);
    us_arena_pop(a, mark);
    return v.kind == US_NUMBER && v.number >= o->least;
}

bool us_outcome_of_facts(const struct us_outcome *o, const struct us_log *facts,
    int64_t t, struct us_arena *a)
{
    switch (o->kind) {
    case US_OUTCOME_PAYMENT: return paid(o, facts, t);
    case US_OUTCOME_DEAL_CREATED:
    case US_OUTCOME_DEAL_WON: return dealt(o, facts, t);
    case US_OUTCOME_MRR:
    case US_OUTCOME_ARR: return money(o, facts, t, a);
    case US_OUTCOME_CONDITION:
    default: return false;
    }
}

bool us_outcome_holds(const struct us_rules *r, const struct us_outcome *o,
    const struct us_log *log, int64_t t, struct us_arena *a)
{
    if (o->kind != US_OUTCOME_CONDITION) return us_outcome_of_facts(o, log, t, a);
    us_value v = us_naive(r->plan, o->node, log, US_NOBODY, t, a);
    return v.kind == US_BOOL && v.truth;
}
