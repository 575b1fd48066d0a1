/* assess_past.c: what the replay tells of accounts: entries, outcomes, money, and who
 * was in the target segment at the end of each month. */

#include "answer/assess_inner.h"

#include <string.h>

/* What came of one account, on any thread. */
struct found {
    us_str key;
    int64_t paid, expanded;
    double arr;
    int64_t *outcomes, *entered;
    uint8_t *who;
    struct us_backtest_entry *entries; /* account: of which definition */
    size_t count, cap;
};

static bool holds(struct us_hand *hand, uint32_t node, int64_t t)
{
    us_value v = us_past_value(us_replay_past(hand->replay), node, US_NOBODY, t);
    return v.kind == US_BOOL && v.truth;
}

static void entries_of(
    const struct us_assessing *g, struct us_hand *hand, uint32_t at, struct found *f)
{
    const struct us_rules *r = g->ask->rules;
    uint32_t definition = g->out->definitions[at].definition;
    struct us_replay_answer all = us_replay_ask(hand->replay, definition, false);
    f->entered[at] = US_NEVER;
    for (size_t k = 0; k < all.count; k++) {
        const struct us_transition *change = &all.items[k].change;
        if (change->change != US_CHANGE_ENTERED) continue;
        if (f->entered[at] == US_NEVER) f->entered[at] = change->t;
        *us_push(hand->results, f->entries, f->count, f->cap) =
            (struct us_backtest_entry){.account = at,
                .t = change->t,
                .left = US_NEVER,
                .hand_raised = us_hand_up(r, us_replay_past(hand->replay), change->t)};
    }
}

/* Whom the definition is about, at the end of each month. */
static void target(
    const struct us_assessing *g, struct us_hand *hand, size_t at, struct found *f)
{
    const struct us_rules *r = g->ask->rules;
    const struct us_definition *def =
        &r->definitions[g->out->definitions[at].definition];
    size_t n = g->out->month_count;
    for (size_t m = 0; m < n; m++) {
        int64_t t = g->months[m].to - 1;
        bool in = def->who == US_NODE_NONE || holds(hand, def->who, t);
        if (in && r->exclude != US_NODE_NONE) in = !holds(hand, r->exclude, t);
        f->who[at * n + m] = in;
    }
}

/* The first moment at which revenue was so many times what the first payment made it.
 */
static int64_t grown(const struct us_log *facts, struct us_arena *a)
{
    us_mark mark = us_arena_mark(a);
    struct us_log log = us_log_money_at(facts, US_NEVER - 1, a);
    int64_t when = US_NEVER;
    double first = 0;
    for (size_t i = 0; i < log.payment_count && when == US_NEVER; i++) {
        int64_t t = log.payments[i].from;
        us_value mrr = us_money_mrr(&log, t);
        if (mrr.kind != US_NUMBER || mrr.number <= 0) continue;
        if (first <= 0) first = mrr.number;
        if (mrr.number >= US_EXPANDED_TIMES * first) when = t;
    }
    us_arena_pop(a, mark);
    return when;
}

/* A stage that is no event; what events tell is known already. */
static int64_t stage_of(
    const struct us_assessing *g, struct us_hand *hand, us_stage stage)
{
    const struct us_rules *r = g->ask->rules;
    const struct us_log *facts = &hand->runs->facts;
    static const struct us_outcome payment = {
        .kind = US_OUTCOME_PAYMENT, .node = US_NODE_NONE};
    uint32_t outcome = g->out->sources[stage].outcome;
    if (outcome == US_NODE_NONE && stage == US_STAGE_EXPANDED)
        return grown(facts, hand->scratch);
    const struct us_outcome *o =
        outcome == US_NODE_NONE ? &payment : &r->outcomes[outcome];
    if (o->kind == US_OUTCOME_CONDITION) return US_NEVER;
    return us_outcome_when(r, o, facts, hand->scratch);
}

static void *work(void *ctx, struct us_hand *hand, size_t index)
{
    (void)index;
    const struct us_assessing *g = ctx;
    const struct us_rules *r = g->ask->rules;
    size_t n = g->out->definition_count;
    struct found *f = us_new(hand->results, struct found, 1);
    *f = (struct found){.key = us_arena_str(hand->results, hand->runs->facts.key),
        .paid = stage_of(g, hand, US_STAGE_PAID),
        .expanded = stage_of(g, hand, US_STAGE_EXPANDED),
        .outcomes = us_new(hand->results, int64_t, n + 1),
        .entered = us_new(hand->results, int64_t, n + 1),
        .who = us_new(hand->results, uint8_t, n * g->out->month_count + 1)};
    if (hand->runs->facts.payment_count) {
        us_value arr = us_money_arr(&hand->runs->facts, g->until);
        if (arr.kind == US_NUMBER) f->arr = arr.number;
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct us_definition *def =
            &r->definitions[g->out->definitions[i].definition];
        f->outcomes[i] = US_NEVER;
        if (def->aim != US_NODE_NONE)
            f->outcomes[i] =
                us_replay_outcome(hand->replay, def->aim, def->times.hour_ticks);
        entries_of(g, hand, i, f);
        target(g, hand, i, f);
    }
    return f;
}

static void past_put(struct us_assessing *g, uint32_t id, const struct found *f)
{
    size_t n = g->out->definition_count;
    size_t months = n * g->out->month_count;
    struct us_assess_past *past = &g->past[id];
    past->outcomes = us_new(g->a, int64_t, n + 1);
    past->entered = us_new(g->a, int64_t, n + 1);
    past->who = us_new(g->a, uint8_t, months + 1);
    if (n) memcpy(past->outcomes, f->outcomes, n * sizeof *f->outcomes);
    if (n) memcpy(past->entered, f->entered, n * sizeof *f->entered);
    if (months) memcpy(past->who, f->who, months);
    for (size_t i = 0; i < f->count; i++) {
        struct us_backtest_entry entry = f->entries[i];
        struct entry_list *list = &g->entries[entry.account];
        entry.account = id;
        *us_push(g->a, list->items, list->count, list->cap) = entry;
    }
}

static us_code tell(void *ctx, size_t at, void *result, struct us_error *e)
{
    (void)at;
    (void)e;
    struct us_assessing *g = ctx;
    const struct found *f = result;
    uint32_t id = us_intern_find(&g->keys, f->key);
    g->out->arr += f->arr;
    g->out->accounts++;
    if (id == US_INTERN_NONE) { /* traits or payments, and no event */
        g->out->without_events++;
        return US_OK;
    }
    struct us_assess_account *x = &g->accounts[id];
    if (f->paid < x->reached[US_STAGE_PAID]) x->reached[US_STAGE_PAID] = f->paid;
    if (f->expanded < x->reached[US_STAGE_EXPANDED])
        x->reached[US_STAGE_EXPANDED] = f->expanded;
    past_put(g, id, f);
    return US_OK;
}

us_code us_assess_replay(struct us_assessing *g, struct us_error *e)
{
    struct us_look_asked look = {.until = g->until};
    struct us_engine_job job = {work, tell, g};
    size_t n = g->out->definition_count;
    g->entries = us_new(g->a, struct entry_list, n + 1);
    g->past = us_new(g->a, struct us_assess_past, g->count + 1);
    for (size_t i = 0; i < g->count; i++)
        g->past[i] = (struct us_assess_past){
            .touched = US_NEVER, .mql = US_NEVER, .raised = US_NEVER};
    return us_engine_work(g->ask, &look, &job, e);
}

/* ---- PQA rate, PQA beside MQL ---- */

static void months_of(struct us_assessing *g, size_t at)
{
    size_t n = g->out->month_count;
    struct us_assess_definition *d = &g->out->definitions[at];
    uint8_t *in = us_new(g->a, uint8_t, g->count * n + 1);
    for (size_t i = 0; i < g->count; i++)
        for (size_t m = 0; m < n && g->past[i].who; m++)
            in[i * n + m] = g->active[i * n + m] && g->past[i].who[at * n + m];
    struct us_pqa_asked asked = {.months = g->months,
        .month_count = n,
        .entries = g->entries[at].items,
        .entry_count = g->entries[at].count,
        .account_count = g->count,
        .target = in,
        .active = g->active};
    us_pqa_months(&asked, g->a, &d->months);
    d->last = us_backtest_rate_of(0, 0);
    for (size_t m = 0; m < n; m++)
        if (g->months[m].whole) d->last = d->months[m].rate;
}

static void leads_of(struct us_assessing *g, size_t at)
{
    struct us_assess_definition *d = &g->out->definitions[at];
    const struct us_definition *def = &g->ask->rules->definitions[d->definition];
    struct us_lead_account *accounts =
        us_new(g->a, struct us_lead_account, g->count + 1);
    size_t count = 0;
    d->horizon = def->text->horizon_days * US_DAY_US;
    if (def->aim == US_NODE_NONE) return;
    for (size_t i = 0; i < g->count; i++) {
        const struct us_assess_past *past = &g->past[i];
        if (!past->outcomes) continue;
        d->judged |= past->outcomes[at] != US_NEVER;
        accounts[count++] =
            (struct us_lead_account){.seen = g->accounts[i].reached[US_STAGE_SEEN],
                .outcome = past->outcomes[at],
                .touched = past->touched,
                .pqa = past->entered[at],
                .mql = past->mql,
                .raised = past->raised};
    }
    struct us_leads_asked asked = {.accounts = accounts,
        .count = count,
        .from = g->out->from,
        .to = g->out->to,
        .until = g->until,
        .horizon = d->horizon};
    us_leads_of(&asked, g->a, &d->leads);
}

us_code us_assess_leads(struct us_assessing *g, struct us_error *e)
{
    (void)e;
    for (size_t i = 0; i < g->out->definition_count; i++) {
        months_of(g, i);
        leads_of(g, i);
    }
    return US_OK;
}
