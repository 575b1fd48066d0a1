#include "answer/backtest.h"

#include "answer/engine_inner.h"
#include "answer/silence.h"
#include "base/hash.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Variants that did the same. */
struct life {
    uint32_t first, last;
};

/* What came of one account, on any thread. */
struct found {
    us_str key;
    int64_t seen, outcome;
    double value;
    struct us_backtest_why why;
    struct us_backtest_entry *entries; /* account: 0, of the definition; else of a life
                                        */
    size_t count, cap;
    struct life *lives;
    size_t life_count;
};

struct list {
    struct us_backtest_entry *items;
    size_t count, cap;
};

struct gather {
    const struct us_ask *ask;
    const struct us_backtest_of *of;
    bool hours; /* moments of the outcome */
    struct us_arena *a;
    struct us_backtest_account *accounts;
    struct us_backtest_why *why;
    size_t count, cap, why_cap;
    struct list *lists; /* of the definition, then of each variant */
    struct us_intern keys;
    bool money;
    int64_t touches;
    struct us_backtest_silent *silent;
    size_t silent_count;
};

static size_t variants(const struct us_backtest_of *of)
{
    return of->varied ? of->varied->count : of->other_count;
}

static uint32_t definition_of(const struct us_backtest_of *of, size_t i)
{
    if (i == 0) return of->definition;
    return of->varied ? of->varied->first + (uint32_t)i - 1 : of->others[i - 1];
}

/* ---- an account ---- */

bool us_hand_up(const struct us_rules *r, struct us_past *past, int64_t t)
{
    if (r->hand_raise == US_NODE_NONE) return false;
    us_value v = us_past_value(past, r->hand_raise, US_NOBODY, t);
    return v.kind == US_BOOL && v.truth;
}

static const struct us_replayed *exit_of(
    const struct us_replay_answer *all, size_t entry)
{
    for (size_t i = entry + 1; i < all->count; i++)
        if (all->items[i].user == all->items[entry].user) return &all->items[i];
    return NULL;
}

/* Entries of a pql are those of its people, in order of time. */
static int entry_order(const void *a, const void *b)
{
    const struct us_backtest_entry *x = a;
    const struct us_backtest_entry *y = b;
    if (x->account != y->account) return x->account < y->account ? -1 : 1;
    return (x->t > y->t) - (x->t < y->t);
}

static us_exit exit_as(const struct us_replayed *exit)
{
    static const us_exit exits[US_CHANGES] = {[US_CHANGE_CONVERTED] = US_EXIT_CONVERTED,
        [US_CHANGE_EXCLUDED] = US_EXIT_EXCLUDED,
        [US_CHANGE_LEFT] = US_EXIT_LEFT,
        [US_CHANGE_FADED] = US_EXIT_FADED,
        [US_CHANGE_EXPIRED] = US_EXIT_EXPIRED,
        [US_CHANGE_REDEFINED] = US_EXIT_REDEFINED};
    return exit ? exits[exit->change.change] : US_EXIT_NONE;
}

static void entries_of(const struct gather *g, struct us_hand *hand, uint32_t which,
    struct us_replay_answer all, struct found *f)
{
    bool people = g->ask->rules->definitions[g->of->definition].pql;
    for (size_t k = 0; k < all.count; k++) {
        const struct us_transition *change = &all.items[k].change;
        if (change->change != US_CHANGE_ENTERED) continue;
        const struct us_replayed *out = exit_of(&all, k);
        *us_push(hand->results, f->entries, f->count, f->cap) =
            (struct us_backtest_entry){.account = which,
                .t = change->t,
                .left = out ? out->change.t : US_NEVER,
                .exit = (uint8_t)exit_as(out),
                .hand_raised = !people && us_hand_up(g->ask->rules,
                                              us_replay_past(hand->replay), change->t)};
    }
}

/* What the variants did, those that did the same once. */
static void lives_of(const struct gather *g, struct us_hand *hand, struct found *f)
{
    struct us_vary_lives lives = us_vary_ask(g->of->varied, hand->replay);
    f->lives = us_new(hand->results, struct life, lives.count + 1);
    f->life_count = lives.count;
    for (size_t i = 0; i < lives.count; i++) {
        const struct us_vary_life *life = &lives.items[i];
        f->lives[i] = (struct life){(uint32_t)life->first, (uint32_t)life->last};
        struct us_replay_answer all = {life->items, life->count};
        entries_of(g, hand, (uint32_t)i + 1, all, f);
    }
}

static void others_of(const struct gather *g, struct us_hand *hand, struct found *f)
{
    f->lives = us_new(hand->results, struct life, g->of->other_count + 1);
    f->life_count = g->of->other_count;
    for (uint32_t i = 0; i < g->of->other_count; i++) {
        f->lives[i] = (struct life){i, i};
        entries_of(
            g, hand, i + 1, us_replay_ask(hand->replay, g->of->others[i], false), f);
    }
}

static double value_at(const struct us_hand *hand, int64_t t)
{
    if (!hand->runs->facts.payment_count) return 0;
    us_value v = us_money_arr(&hand->runs->facts, t);
    return v.kind == US_NUMBER ? v.number : 0;
}

/* ---- why not ---- */

static us_value value_of(void *ctx, uint32_t node, uint32_t user, int64_t t)
{
    return us_past_value(ctx, node, user, t);
}

static void gate_put(const struct us_judged *j, const struct us_judging *of,
    struct us_arena *a, struct us_backtest_why *why)
{
    if (why->count == US_BACKTEST_GATES) return;
    const struct us_node *node = &of->rules->plan->nodes[j->node];
    bool compares = node->op >= US_OP_EQ && node->op <= US_OP_GE;
    us_value now = {0};
    if (compares) now = of->value(of->ctx, node->args[0], US_NOBODY, of->t);
    if (now.kind == US_STRING) now.text = us_arena_str(a, now.text);
    why->gates[why->count].node = j->node;
    why->gates[why->count++].now = now;
}

/* Of a definition of accounts, at the last moment before its outcome. */
static void why_not(const struct gather *g, struct us_hand *hand, struct found *f)
{
    const struct us_rules *r = g->ask->rules;
    const struct us_definition *def = &r->definitions[g->of->definition];
    if (def->pql || f->outcome <= f->seen) return;
    struct us_past *past = us_replay_past(hand->replay);
    struct us_judging of = {r, def, US_NOBODY, f->outcome - 1, value_of, past};
    struct us_verdict v;
    us_judge_by(&of, hand->scratch, &v);
    f->why.excluded = v.excluded;
    for (size_t i = 0; i < v.judged_count; i++) {
        const struct us_judged *j = &v.judged[i];
        bool gate = j->gate == US_GATE_WHO || j->gate == US_GATE_MUST;
        if (gate && !j->passed) gate_put(j, &of, hand->results, &f->why);
    }
    for (int axis = 0; axis < US_AXES; axis++) {
        f->why.axes[axis] = !v.reached[axis];
        f->why.points[axis] = v.points[axis];
    }
}

static void *work(void *ctx, struct us_hand *hand, size_t index)
{
    (void)index;
    const struct gather *g = ctx;
    const struct us_backtest_of *of = g->of;
    struct found *f = us_new(hand->results, struct found, 1);
    *f = (struct found){.key = us_arena_str(hand->results, hand->runs->facts.key),
        .seen = us_past_start(us_replay_past(hand->replay)),
        .outcome = US_NEVER,
        .value = NAN};
    if (of->outcome != US_NODE_NONE)
        f->outcome = us_replay_outcome(hand->replay, of->outcome, g->hours);
    if (f->outcome != US_NEVER) {
        int64_t end =
            f->outcome < of->until - of->horizon ? f->outcome + of->horizon : of->until;
        f->value = value_at(hand, end);
        why_not(g, hand, f);
    }
    entries_of(g, hand, 0, us_replay_ask(hand->replay, of->definition, false), f);
    if (of->varied)
        lives_of(g, hand, f);
    else if (of->other_count)
        others_of(g, hand, f);
    bool people = g->ask->rules->definitions[of->definition].pql;
    if (people && f->count > 1)
        qsort(f->entries, f->count, sizeof *f->entries, entry_order);
    return f;
}

static void entry_put(
    struct gather *g, size_t which, uint32_t account, struct us_backtest_entry entry)
{
    struct list *list = &g->lists[which];
    entry.account = account;
    *us_push(g->a, list->items, list->count, list->cap) = entry;
}

static us_code tell(void *ctx, size_t at, void *result, struct us_error *e)
{
    (void)at;
    (void)e;
    struct gather *g = ctx;
    const struct found *f = result;
    uint32_t account = (uint32_t)g->count;
    us_str key = us_arena_str(g->a, f->key);
    *us_push(g->a, g->accounts, g->count, g->cap) =
        (struct us_backtest_account){.key = key,
            .seen = f->seen,
            .outcome = f->outcome,
            .touched = US_NEVER,
            .deal = US_NEVER,
            .value = f->value};
    us_intern_put(&g->keys, key);
    size_t whys = g->count - 1;
    *us_push(g->a, g->why, whys, g->why_cap) = f->why;
    for (size_t k = 0; k < f->why.count; k++) {
        us_value *now = &g->why[account].gates[k].now;
        if (now->kind == US_STRING) now->text = us_arena_str(g->a, now->text);
    }
    for (size_t k = 0; k < f->count; k++) {
        uint32_t which = f->entries[k].account;
        struct life life = {0, 0};
        if (which) life = f->lives[which - 1];
        uint32_t own = which ? 1 : 0; /* the definition's own list comes first */
        for (uint32_t i = life.first; i <= life.last; i++)
            entry_put(g, i + own, account, f->entries[k]);
    }
    return US_OK;
}

/* ---- what CRM has ---- */

/* Cells: account, the first activity or deal, the first deal; microseconds. */
static us_code touch(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct gather *g = ctx;
    if (cells[0].null) return US_OK;
    uint32_t id = us_intern_find(&g->keys, cells[0].text);
    if (id == US_INTERN_NONE) return US_OK;
    struct us_backtest_account *account = &g->accounts[id];
    int64_t at = 0;
    if (!cells[1].null && us_time_read(cells[1].text, &at)) account->touched = at;
    if (!cells[2].null && us_time_read(cells[2].text, &at)) account->deal = at;
    g->touches++;
    return US_OK;
}

us_str us_touched_sql(int64_t until, struct us_arena *a)
{
    char text[US_TIME_TEXT_MAX];
    us_str t = us_time_write(until, text);
    return us_arena_fmt(a,
        "SELECT account, strftime(min(first), '%%Y-%%m-%%dT%%H:%%M:%%S.%%fZ'), "
        "strftime(min(deal), '%%Y-%%m-%%dT%%H:%%M:%%S.%%fZ') FROM ("
        "SELECT account, happened AS first, NULL::TIMESTAMP AS deal FROM "
        "activities_view "
        "WHERE kind <> 'ticket' AND known <= TIMESTAMP '%.*s' UNION ALL "
        "SELECT account, least(coalesce(first_touch, happened), coalesce(created, "
        "happened), happened), least(coalesce(created, happened), happened) "
        "FROM deals_view WHERE known <= TIMESTAMP '%.*s') GROUP BY account",
        US_ARG(t), US_ARG(t));
}

static us_code touches(struct gather *g, struct us_error *e)
{
    return us_history_sql(
        g->ask->history, us_touched_sql(g->of->until, g->a), touch, g, e);
}

/* ---- together ---- */

static int64_t first_seen(const struct gather *g)
{
    int64_t first = US_NEVER;
    for (size_t i = 0; i < g->count; i++)
        if (g->accounts[i].seen < first) first = g->accounts[i].seen;
    return first;
}

static us_code answerable(const struct us_backtested *b, struct us_error *e)
{
    const struct us_backtest_asked *q = &b->asked;
    us_arg outcome = US_TEXT("outcome", b->rules->outcomes[b->of->outcome].name);
    us_arg days = US_WHOLE("days", q->horizon / US_DAY_US);
    if (q->account_count == 0)
        return us_fail(e, US_INPUT, "answer.backtest_nothing", NULL);
    if (q->from >= q->to || q->from > q->until - q->horizon)
        return us_fail(e, US_INPUT, "answer.backtest_short",
            US_ARGS(days, US_DAY("from", q->from), US_DAY("until", q->until)));
    for (size_t i = 0; i < q->account_count; i++)
        if (q->accounts[i].outcome != US_NEVER) return US_OK;
    return us_fail(e, US_INPUT, "answer.backtest_never", US_ARGS(outcome));
}

static bool paying(const struct gather *g)
{
    for (size_t i = 0; i < g->count; i++)
        if (g->accounts[i].value > 0) return true;
    return false;
}

/* Without any payment nothing is worth nothing: it is not known. */
static void unvalued(struct gather *g)
{
    for (size_t i = 0; i < g->count && !g->money; i++)
        g->accounts[i].value = NAN;
}

static void read_out(struct gather *g, struct us_backtested *out)
{
    const struct us_backtest_of *of = g->of;
    const struct us_config *c = g->ask->rules->config;
    size_t count = variants(of) + 1;
    g->money = paying(g);
    unvalued(g);
    struct us_backtest_list *lists = us_new(g->a, struct us_backtest_list, count);
    for (size_t i = 0; i < count; i++)
        lists[i] = (struct us_backtest_list){g->lists[i].items, g->lists[i].count};
    *out = (struct us_backtested){.rules = g->ask->rules,
        .of = of,
        .lists = lists,
        .why = g->why,
        .money = g->money,
        .touches = g->touches,
        .asked = {.accounts = g->accounts,
            .account_count = g->count,
            .from = of->from == US_ALWAYS ? first_seen(g) : of->from,
            .to = of->to,
            .until = of->until,
            .horizon = of->horizon,
            .capacity = of->capacity,
            .held = of->held,
            .worked_cost = c->rep_hour * c->hours_per_deal,
            .silent = g->silent,
            .silent_count = g->silent_count}};
}

us_code us_backtest_read(const struct us_ask *ask, const struct us_backtest_of *of,
    struct us_arena *a, struct us_backtested *out, struct us_error *e)
{
    struct gather g = {.ask = ask, .of = of, .a = a};
    struct us_look_asked look = {.until = of->until};
    struct us_engine_job job = {work, tell, &g};
    for (size_t i = 0; i <= variants(of); i++)
        g.hours |= ask->rules->definitions[definition_of(of, i)].times.hour_ticks;
    g.lists = us_new(a, struct list, variants(of) + 1);
    us_intern_init(&g.keys);
    us_code code = us_engine_work(ask, &look, &job, e);
    if (code == US_OK) code = touches(&g, e);
    if (code == US_OK)
        code = us_silence_ask(ask, of->until, a, &g.silent, &g.silent_count, e);
    us_intern_done(&g.keys);
    us_timing_lap(ask->timing, US_LAP_SORTING);
    if (code == US_OK) read_out(&g, out);
    return code;
}

us_code us_backtest_ask(const struct us_ask *ask, const struct us_backtest_of *of,
    struct us_arena *a, struct us_backtested *out, struct us_error *e)
{
    US_TRY(us_backtest_read(ask, of, a, out, e));
    US_TRY(answerable(out, e));
    us_backtest_of(&out->asked, &out->lists[0], a, &out->main);
    out->variants = us_new(a, struct us_backtest, variants(of) + 1);
    us_backtest_each(&out->asked, out->lists + 1, variants(of), a, out->variants);
    us_timing_lap(ask->timing, US_LAP_SORTING);
    return US_OK;
}

/* What a variant is sure to be worth a week; NaN when it has too few to tell. */
static double sure_worth(const struct us_backtested *b, const struct us_backtest *v)
{
    if (v->rate.hits < US_BACKTEST_HITS_LEAST) return NAN;
    double hits = v->worked_per_week * v->rate.in.low;
    if (!b->money || isnan(b->main.value_mean)) return hits;
    return hits * b->main.value_mean - v->worked_per_week * b->asked.worked_cost;
}

size_t us_backtest_best(const struct us_backtested *b)
{
    size_t count = b->of->varied ? b->of->varied->count : 0;
    size_t best = count;
    double most = NAN;
    for (size_t i = 0; i < count && b->asked.capacity > 0; i++) {
        const struct us_backtest *v = &b->variants[i];
        double worth = sure_worth(b, v);
        bool fewer = best < count && v->per_week < b->variants[best].per_week;
        if (isnan(worth)) continue;
        if (best < count && (worth < most || (worth == most && !fewer))) continue;
        best = i;
        most = worth;
    }
    return best;
}
