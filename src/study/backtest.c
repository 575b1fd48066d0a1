#include "study/backtest_inner.h"

#include <math.h>
#include <stdlib.h>

us_str us_bought_word(us_bought bought)
{
    static const us_str words[] = {[US_BOUGHT_ALONE] = US_S_INIT("self_serve"),
        [US_BOUGHT_TOUCHED] = US_S_INIT("touched"),
        [US_BOUGHT_SOURCED] = US_S_INIT("sourced")};
    return words[bought];
}

us_bought us_backtest_bought(const struct us_backtest_account *account)
{
    if (account->touched >= account->outcome) return US_BOUGHT_ALONE;
    return account->touched <= account->seen ? US_BOUGHT_SOURCED : US_BOUGHT_TOUCHED;
}

struct us_backtest_rate us_backtest_rate_of(int64_t hits, int64_t n)
{
    return (struct us_backtest_rate){
        hits, n, n ? (double)hits / (double)n : NAN, us_wilson(hits, n, 0.95)};
}

const struct us_backtest_entry *us_backtest_first(
    const struct us_backtesting *b, const struct us_backtest_group *group)
{
    for (size_t i = group->from; i < group->to; i++)
        if (b->entries[i].t >= b->q->from)
            return b->entries[i].t <= b->q->to ? &b->entries[i] : NULL;
    return NULL;
}

us_backtest_case us_backtest_case_of(
    const struct us_backtesting *b, const struct us_backtest_entry *first)
{
    const struct us_backtest_account *account = &b->q->accounts[first->account];
    if (first->hand_raised) return US_CASE_HAND;
    if (account->outcome <= first->t) return US_CASE_ALREADY;
    if (first->t > b->q->until - b->q->horizon) return US_CASE_OPEN;
    return account->outcome - first->t <= b->q->horizon ? US_CASE_HIT : US_CASE_NONE;
}

struct us_backtest_days us_backtest_days_of(double *days, size_t n)
{
    if (n) us_sort(days, n);
    return (struct us_backtest_days){(int64_t)n, us_quantile(days, n, 0.25),
        us_quantile(days, n, 0.5), us_quantile(days, n, 0.75)};
}

static double days_between(int64_t from, int64_t to)
{
    return (double)(to - from) / (double)US_DAY_US;
}

/* ---- who fired, and what came of them ---- */

/* Nobody was there before its outcome, or before the horizon ended. */
static bool untouched(
    const struct us_backtesting *b, const struct us_backtest_entry *first)
{
    const struct us_backtest_account *account = &b->q->accounts[first->account];
    int64_t end = first->t + b->q->horizon;
    return account->touched >= (account->outcome < end ? account->outcome : end);
}

struct worth {
    double *items;
    size_t count;
};

static void hit(struct us_backtesting *b, const struct us_backtest_account *account,
    struct worth *worth)
{
    b->out->hits_by[us_backtest_bought(account)]++;
    if (!isnan(account->value)) worth->items[worth->count++] = account->value;
}

static bool hand_hit(
    const struct us_backtesting *b, const struct us_backtest_entry *first)
{
    int64_t outcome = b->q->accounts[first->account].outcome;
    return outcome > first->t && outcome - first->t <= b->q->horizon;
}

static void worth_sum(struct us_backtesting *b, struct worth *worth)
{
    struct us_backtest *out = b->out;
    if (worth->count) us_sort(worth->items, worth->count);
    out->valued = (int64_t)worth->count;
    for (size_t i = 0; i < worth->count; i++)
        out->value_sum += worth->items[i];
    out->value_mean = us_mean(worth->items, worth->count);
    out->value_median = us_quantile(worth->items, worth->count, 0.5);
    double cost = b->q->worked_cost;
    bool told = cost > 0 && worth->count && out->value_mean > 0;
    out->uplift_needed = told ? US_BACKTEST_RETURN * cost / out->value_mean : NAN;
}

static void firings(struct us_backtesting *b)
{
    struct us_backtest *out = b->out;
    int64_t n = 0, hits = 0, alone = 0, alone_hits = 0, hands = 0, hand_hits = 0;
    struct worth worth = {us_new(b->a, double, b->group_count + 1), 0};
    for (size_t i = 0; i < b->group_count; i++) {
        const struct us_backtest_entry *first = us_backtest_first(b, &b->groups[i]);
        if (!first) continue;
        us_backtest_case is = us_backtest_case_of(b, first);
        out->fired++;
        out->hand_raised += is == US_CASE_HAND;
        out->already += is == US_CASE_ALREADY;
        out->open += is == US_CASE_OPEN;
        if (is == US_CASE_HAND && first->t <= b->q->until - b->q->horizon) {
            hands++;
            hand_hits += hand_hit(b, first);
        }
        if (is != US_CASE_HIT && is != US_CASE_NONE) continue;
        n++;
        if (is == US_CASE_HIT) hit(b, &b->q->accounts[first->account], &worth);
        hits += is == US_CASE_HIT;
        if (!untouched(b, first)) continue;
        alone++;
        alone_hits += is == US_CASE_HIT;
    }
    out->rate = us_backtest_rate_of(hits, n);
    out->untouched = us_backtest_rate_of(alone_hits, alone);
    out->hands = us_backtest_rate_of(hand_hits, hands);
    worth_sum(b, &worth);
}

/* ---- outcomes, and which of them it found ---- */

struct leads {
    double *outcome, *touch, *deal;
    size_t outcomes, touches, deals;
};

/* The first entry in the horizon before the outcome. */
static const struct us_backtest_entry *finder(
    const struct us_backtesting *b, const struct us_backtest_group *group)
{
    int64_t outcome = b->q->accounts[group->account].outcome;
    for (size_t i = group->from; i < group->to; i++) {
        const struct us_backtest_entry *entry = &b->entries[i];
        if (entry->t >= outcome) return NULL;
        if (outcome - entry->t <= b->q->horizon) return entry;
    }
    return NULL;
}

static void lead(struct us_backtesting *b, const struct us_backtest_account *account,
    const struct us_backtest_entry *entry, struct leads *leads)
{
    leads->outcome[leads->outcomes++] = days_between(entry->t, account->outcome);
    if (account->touched <= entry->t)
        b->out->touched_before++;
    else if (account->touched <= account->outcome)
        leads->touch[leads->touches++] = days_between(entry->t, account->touched);
    if (account->deal > entry->t && account->deal != US_NEVER)
        leads->deal[leads->deals++] = days_between(entry->t, account->deal);
}

static void miss(
    struct us_backtesting *b, const struct us_backtest_group *group, bool brief)
{
    int64_t outcome = b->q->accounts[group->account].outcome;
    bool any = group->from < group->to;
    bool before = any && b->entries[group->from].t < outcome;
    b->out->early += before;
    b->out->late += any && !before;
    if (!brief) b->out->missed[b->out->missed_count++] = group->account;
}

/* A hand was up before it: not the trigger's to find. */
static bool hand_before(
    const struct us_backtesting *b, const struct us_backtest_group *group)
{
    int64_t outcome = b->q->accounts[group->account].outcome;
    for (size_t k = group->from; k < group->to; k++)
        if (b->entries[k].hand_raised && b->entries[k].t < outcome) return true;
    return false;
}

static void outcome(
    struct us_backtesting *b, uint32_t i, bool brief, struct leads *leads)
{
    const struct us_backtest_account *account = &b->q->accounts[i];
    const struct us_backtest_group group = us_backtest_group_of(b, i);
    struct us_backtest *out = b->out;
    if (account->seen >= account->outcome) {
        out->at_once++;
        return;
    }
    if (hand_before(b, &group)) {
        out->of_hands++;
        return;
    }
    us_bought by = us_backtest_bought(account);
    out->outcomes++;
    out->outcomes_by[by]++;
    const struct us_backtest_entry *entry = finder(b, &group);
    if (!entry) {
        miss(b, &group, brief);
        return;
    }
    out->found++;
    out->found_by[by]++;
    lead(b, account, entry, leads);
}

static int missed_order(const void *a, const void *b, void *ctx)
{
    const struct us_backtest_account *accounts = ctx;
    const struct us_backtest_account *x = &accounts[*(const uint32_t *)a];
    const struct us_backtest_account *y = &accounts[*(const uint32_t *)b];
    double vx = isnan(x->value) ? -1 : x->value;
    double vy = isnan(y->value) ? -1 : y->value;
    if (vx != vy) return vx > vy ? -1 : 1;
    if (x->outcome != y->outcome) return x->outcome < y->outcome ? -1 : 1;
    return us_str_cmp(x->key, y->key);
}

static void outcomes(struct us_backtesting *b, bool brief)
{
    struct us_backtest *out = b->out;
    size_t n = b->outcome_count;
    struct leads leads = {.outcome = us_new(b->a, double, n + 1),
        .touch = us_new(b->a, double, n + 1),
        .deal = us_new(b->a, double, n + 1)};
    if (!brief) out->missed = us_new(b->a, uint32_t, n + 1);
    for (size_t i = 0; i < n; i++)
        outcome(b, b->outcomes[i], brief, &leads);
    out->recall = us_backtest_rate_of(out->found, out->outcomes);
    out->to_outcome = us_backtest_days_of(leads.outcome, leads.outcomes);
    out->to_touch = us_backtest_days_of(leads.touch, leads.touches);
    out->to_deal = us_backtest_days_of(leads.deal, leads.deals);
    if (out->missed_count)
        qsort_r(out->missed, out->missed_count, sizeof *out->missed, missed_order,
            (void *)(uintptr_t)b->q->accounts);
}

/* ---- what a holdout could show ---- */

static void power(struct us_backtesting *b)
{
    struct us_backtest *out = b->out;
    double weeks = days_between(b->q->from, b->q->to) / 7;
    int64_t first = out->fired - out->hand_raised - out->already;
    out->power_accounts = (double)first / weeks * US_BACKTEST_POWER_WEEKS;
    out->power_rate = NAN;
    if (b->q->held > 0 && out->rate.n)
        out->power_rate =
            us_power_least(out->rate.rate, b->q->held, out->power_accounts, 0.05, 0.8);
}

/* What is the same whatever is asked. */
static void places_make(struct us_backtesting *b)
{
    const struct us_backtest_asked *q = b->q;
    uint32_t *outcomes = us_new(b->a, uint32_t, q->account_count + 1);
    b->group_of = us_new(b->a, uint32_t, q->account_count + 1);
    for (uint32_t i = 0; i < q->account_count; i++) {
        int64_t outcome = q->accounts[i].outcome;
        bool in = outcome != US_NEVER && outcome >= q->from && outcome <= q->to;
        if (in) outcomes[b->outcome_count++] = i;
    }
    b->outcomes = outcomes;
}

static void groups_find(struct us_backtesting *b)
{
    size_t cap = 0;
    b->groups = NULL;
    b->group_count = 0;
    for (size_t i = 0; i < b->count;) {
        struct us_backtest_group group = {b->entries[i].account, i, i};
        while (group.to < b->count && b->entries[group.to].account == group.account)
            group.to++;
        *us_push(b->a, b->groups, b->group_count, cap) = group;
        b->group_of[group.account] = (uint32_t)b->group_count;
        i = group.to;
    }
}

static void groups_forget(struct us_backtesting *b)
{
    for (size_t i = 0; i < b->group_count; i++)
        b->group_of[b->groups[i].account] = 0;
}

static void judged(
    struct us_backtesting *b, const struct us_backtest_list *list, bool brief)
{
    *b->out = (struct us_backtest){0};
    b->entries = list->entries;
    b->count = list->count;
    groups_find(b);
    firings(b);
    outcomes(b, brief);
    us_backtest_spans(b, !brief);
    us_backtest_queue(b);
    power(b);
}

void us_backtest_of(const struct us_backtest_asked *asked,
    const struct us_backtest_list *list, struct us_arena *a, struct us_backtest *out)
{
    struct us_backtesting b = {.q = asked, .a = a, .out = out};
    places_make(&b);
    judged(&b, list, false);
    us_backtest_base(&b);
    us_backtest_silences(&b);
}

void us_backtest_each(const struct us_backtest_asked *asked,
    const struct us_backtest_list *lists, size_t count, struct us_arena *a,
    struct us_backtest *out)
{
    struct us_backtesting b = {.q = asked, .a = a};
    us_mark mark = us_arena_mark(a);
    places_make(&b);
    us_mark own = us_arena_mark(a);
    for (size_t i = 0; i < count; i++) {
        b.out = &out[i];
        judged(&b, &lists[i], true);
        groups_forget(&b);
        us_arena_pop(a, own);
        out[i].weeks = out[i].months = NULL;
        out[i].week_count = out[i].month_count = 0;
    }
    us_arena_pop(a, mark);
}
