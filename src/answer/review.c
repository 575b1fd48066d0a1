#include "answer/review_inner.h"

#include <math.h>
#include <stdlib.h>

static int64_t end_of(const struct us_reviewed *r)
{
    return r->weeks[0].to - 1;
}

/* ---- weeks by name ---- */

/* ISO 8601: a week is of the year its Thursday is in. */
us_str us_review_name(int64_t monday, struct us_arena *a)
{
    int64_t thursday = monday + 3 * US_DAY_US;
    us_date d = us_date_of(thursday);
    int64_t first = 0;
    us_date_time((us_date){.year = d.year, .month = 1, .day = 1}, &first);
    int week = (int)((thursday - first) / (7 * US_DAY_US)) + 1;
    return us_arena_fmt(a, "%04d-W%02d", d.year, week);
}

bool us_review_named(us_str text, int64_t *monday)
{
    int64_t year = 0, week = 0, fourth = 0;
    bool shaped = text.len == 8 && text.ptr[4] == '-' &&
                  (text.ptr[5] == 'W' || text.ptr[5] == 'w');
    if (!shaped || !us_str_int(us_str_slice(text, 0, 4), &year) ||
        !us_str_int(us_str_slice(text, 6, 8), &week) || week < 1 || week > 53)
        return false;
    us_date d = {.year = (int)year, .month = 1, .day = 4}; /* is always in week 1 */
    if (!us_date_time(d, &fourth)) return false;
    int64_t first = fourth - (us_date_of(fourth).weekday - 1) * US_DAY_US;
    int64_t at = first + (week - 1) * 7 * US_DAY_US;
    if (us_date_of(at + 3 * US_DAY_US).year != (int)year) return false;
    *monday = at;
    return true;
}

/* ---- what can be asked ---- */

static int64_t first_seen(const struct us_reviewed *r)
{
    int64_t first = US_NEVER;
    for (size_t i = 0; i < r->account_count; i++)
        if (r->accounts[i].seen < first) first = r->accounts[i].seen;
    return first;
}

static us_code week_good(struct us_reviewed *r, struct us_error *e)
{
    const struct us_review_week *w = &r->weeks[0];
    const us_arg *args = US_ARGS(US_DAY("from", r->of->monday),
        US_DAY("to", r->of->monday + 6 * US_DAY_US), US_TIME("at", r->of->at));
    if (w->from > r->of->at) return us_fail(e, US_INPUT, "review.week_after", args);
    if (w->to > r->of->at) return us_fail(e, US_INPUT, "review.week_open", args);
    return US_OK;
}

/* How many weeks before it are wholly within the data. */
static us_code weeks_known(struct us_reviewed *r, struct us_error *e)
{
    int64_t first = first_seen(r);
    if (first == US_NEVER || first >= r->weeks[0].to)
        return us_fail(e, US_INPUT, "review.week_before",
            US_ARGS(US_DAY("from", r->of->monday),
                US_DAY("to", r->of->monday + 6 * US_DAY_US)));
    r->week_count = 1;
    while (r->week_count <= US_REVIEW_WEEKS && r->weeks[r->week_count].from >= first)
        r->week_count++;
    return US_OK;
}

/* ---- a definition ---- */

/* The same accounts and entries over another period. */
static void judge(const struct us_backtested *b, size_t list, int64_t from,
    struct us_arena *a, struct us_backtest *out)
{
    struct us_backtest_asked q = b->asked;
    q.from = from;
    us_backtest_of(&q, &b->lists[list], a, out);
}

static void gates_judge(const struct us_reviewed *r, const struct us_backtested *b,
    struct us_review_definition *d, struct us_arena *a)
{
    for (size_t i = 0; i < d->gate_count; i++) {
        struct us_review_gate *gate = &d->gates[i];
        struct us_review_asked q = {.list = &b->lists[i + 1],
            .weeks = r->weeks,
            .week_count = r->week_count,
            .until = end_of(r)};
        struct us_review_volume volume;
        us_review_of(&q, a, &volume);
        gate->entries = volume.entries;
        gate->verdict = US_REVIEW_CANNOT_TELL;
        if (!d->judged) continue;
        judge(b, i + 1, b->asked.from, a, &gate->judged);
        gate->verdict = us_review_worth(&gate->judged);
        bool often = gate->entries.mean >= 1;
        if (gate->verdict == US_REVIEW_NOISY && !often)
            gate->verdict = US_REVIEW_CANNOT_TELL;
    }
}

/* Whether it asks for more than one thing: else all that are missed are near. */
static bool asks_more(const struct us_definition *def)
{
    size_t asks = def->must_count + (def->who != US_NODE_NONE);
    for (int axis = 0; axis < US_AXES; axis++)
        asks += def->text->threshold[axis] > 0;
    return asks > 1;
}

/* The gate of must that failed alone, with something of what it asks for; SIZE_MAX. */
static size_t near_gate(const struct us_review_definition *d, const struct us_rules *r,
    const struct us_backtest_why *why)
{
    bool some = why->gates[0].now.kind == US_NUMBER && why->gates[0].now.number != 0;
    bool alone = why->count == 1 && !why->excluded && some;
    for (int axis = 0; axis < US_AXES; axis++)
        alone &= !why->axes[axis];
    if (!alone) return SIZE_MAX;
    us_str text = r->plan->nodes[why->gates[0].node].source.text;
    for (size_t i = 0; i < d->gate_count; i++)
        if (!d->gates[i].line && us_str_eq(d->gates[i].text, text)) return i;
    return SIZE_MAX;
}

static void nearly(struct us_review_definition *d, const struct us_backtested *b,
    const struct us_backtest *lately, struct us_arena *a)
{
    int64_t *by = us_new(a, int64_t, d->gate_count + 1);
    d->missed = (int64_t)lately->missed_count;
    if (!asks_more(&b->rules->definitions[d->definition])) return;
    for (size_t i = 0; i < lately->missed_count; i++) {
        size_t gate = near_gate(d, b->rules, &b->why[lately->missed[i]]);
        if (gate == SIZE_MAX) continue;
        d->near++;
        if (++by[gate] <= d->near_most) continue;
        d->near_most = by[gate];
        d->near_gate = gate;
    }
}

/* How many definitions of accounts with that aim, and by account how many missed it. */
struct tally {
    uint8_t *missed; /* outcome_count × accounts */
    uint8_t *aims;   /* by outcome */
    size_t accounts;
};

static void missed_note(struct tally *t, const struct us_review_definition *d,
    const struct us_backtest *week)
{
    if (t->aims[d->outcome] == UINT8_MAX) return;
    t->aims[d->outcome]++;
    for (size_t i = 0; i < week->missed_count; i++)
        t->missed[d->outcome * t->accounts + week->missed[i]]++;
}

struct reading {
    struct us_ask ask; /* of the rules with gates */
    struct us_reviewed *r;
    struct us_review_touches touches;
    struct tally tally;
    struct us_arena *a;
};

static void tally_init(struct reading *x)
{
    const struct us_rules *rules = x->r->rules;
    x->tally.accounts = x->r->account_count;
    x->tally.aims = us_new(x->a, uint8_t, rules->outcome_count + 1);
    x->tally.missed =
        us_new(x->a, uint8_t, (rules->outcome_count + 1) * (x->tally.accounts + 1));
}

static us_code first_read(
    struct reading *x, const struct us_backtested *b, struct us_error *e)
{
    struct us_reviewed *r = x->r;
    r->accounts = b->asked.accounts;
    r->account_count = b->asked.account_count;
    r->touches = b->touches;
    US_TRY(weeks_known(r, e));
    tally_init(x);
    return us_review_touches(&x->ask, r, x->a, &x->touches, e);
}

static void definition_judge(struct reading *x, struct us_backtested *b,
    struct us_review_definition *d, bool pql)
{
    struct us_reviewed *r = x->r;
    struct us_review_asked q = {.list = &b->lists[0],
        .weeks = r->weeks,
        .week_count = r->week_count,
        .touches = x->touches.at,
        .touch_from = x->touches.from,
        .until = end_of(r)};
    us_review_of(&q, x->a, &d->volume);
    d->why = b->why;
    d->verdict = US_REVIEW_CANNOT_TELL;
    r->money |= b->money;
    struct us_backtest week;
    judge(b, 0, r->weeks[0].from, x->a, &week);
    if (!r->silent) {
        r->silent = week.silent;
        r->silent_count = week.silent_count;
    }
    if (d->outcome == US_NODE_NONE) return;
    d->judged = b->asked.from <= end_of(r) - d->horizon;
    if (!pql) missed_note(&x->tally, d, &week);
    if (d->judged) {
        judge(b, 0, b->asked.from, x->a, &d->life);
        d->verdict = us_review_worth(&d->life);
    }
    gates_judge(r, b, d, x->a);
    struct us_backtest lately;
    judge(b, 0, r->weeks[r->week_count - 1].from, x->a, &lately);
    if (!pql) nearly(d, b, &lately, x->a);
}

static us_code definition_read(
    struct reading *x, struct us_review_definition *d, struct us_error *e)
{
    struct us_reviewed *r = x->r;
    uint32_t *others = us_new(x->a, uint32_t, d->gate_count + 1);
    for (size_t i = 0; i < d->gate_count; i++)
        others[i] = d->gates[i].definition;
    struct us_backtest_of of = {.definition = d->definition,
        .others = others,
        .other_count = d->gate_count,
        .outcome = d->outcome,
        .from = US_ALWAYS,
        .to = end_of(r),
        .until = end_of(r),
        .horizon = d->horizon,
        .capacity = r->of->capacity};
    struct us_backtested b;
    US_TRY(us_backtest_read(&x->ask, &of, x->a, &b, e));
    if (!r->week_count) US_TRY(first_read(x, &b, e));
    us_assert(b.asked.account_count == r->account_count);
    if (d->outcome != US_NODE_NONE) r->accounts_by[d->outcome] = b.asked.accounts;
    definition_judge(x, &b, d, r->rules->definitions[d->definition].pql);
    return US_OK;
}

/* ---- who was missed ---- */

static int missed_order(const void *a, const void *b, void *ctx)
{
    const struct us_reviewed *r = ctx;
    const struct us_review_missed *p = a;
    const struct us_review_missed *q = b;
    const struct us_backtest_account *x = us_review_account(r, p);
    const struct us_backtest_account *y = us_review_account(r, q);
    double vx = isnan(x->value) ? -1 : x->value;
    double vy = isnan(y->value) ? -1 : y->value;
    if (vx != vy) return vx > vy ? -1 : 1;
    if (x->outcome != y->outcome) return x->outcome < y->outcome ? -1 : 1;
    int key = us_str_cmp(x->key, y->key);
    return key ? key : (p->outcome > q->outcome) - (p->outcome < q->outcome);
}

static void missed_list(struct reading *x)
{
    struct us_reviewed *r = x->r;
    size_t cap = 0;
    for (uint32_t o = 0; o < r->rules->outcome_count; o++)
        for (uint32_t i = 0; i < r->account_count && x->tally.aims[o]; i++)
            if (x->tally.missed[o * r->account_count + i] == x->tally.aims[o])
                *us_push(x->a, r->missed, r->missed_count, cap) =
                    (struct us_review_missed){.account = i, .outcome = o};
    if (r->missed_count)
        qsort_r(r->missed, r->missed_count, sizeof *r->missed, missed_order, r);
}

const struct us_backtest_account *us_review_account(
    const struct us_reviewed *r, const struct us_review_missed *m)
{
    return &r->accounts_by[m->outcome][m->account];
}

/* ---- news ---- */

static void news(struct reading *x)
{
    struct us_reviewed *r = x->r;
    size_t n = 0;
    for (size_t i = 0; i < r->definition_count; i++)
        n += 1 + r->definitions[i].gate_count;
    struct us_review_count **all = us_new(x->a, struct us_review_count *, n + 1);
    n = 0;
    for (size_t i = 0; i < r->definition_count; i++) {
        struct us_review_definition *d = &r->definitions[i];
        all[n++] = &d->volume.entries;
        for (size_t k = 0; k < d->gate_count; k++)
            all[n++] = &d->gates[k].entries;
    }
    us_review_judged(all, n, x->a);
}

us_code us_review_ask(const struct us_ask *ask, const struct us_review_of *of,
    struct us_arena *a, struct us_reviewed *out, struct us_error *e)
{
    const struct us_rules *rules = ask->rules;
    struct reading x = {.ask = *ask, .r = out, .a = a};
    *out = (struct us_reviewed){.rules = rules, .of = of};
    if (!rules->definition_count)
        return us_fail(e, US_INPUT, "review.no_definitions", NULL);
    US_TRY(us_review_weeks(ask, out, e));
    US_TRY(week_good(out, e));
    out->definition_count = rules->definition_count;
    out->definitions = us_new(a, struct us_review_definition, out->definition_count);
    out->accounts_by =
        us_new(a, const struct us_backtest_account *, rules->outcome_count + 1);
    for (uint32_t i = 0; i < out->definition_count; i++)
        out->definitions[i] = (struct us_review_definition){.definition = i,
            .outcome = rules->definitions[i].aim,
            .horizon = rules->definitions[i].text->horizon_days * US_DAY_US};
    x.ask.rules = us_review_gates(rules, out->definitions, out->definition_count, a);
    out->rules = x.ask.rules; /* reasons are nodes of these */
    x.ask.at = end_of(out);
    for (size_t i = 0; i < out->definition_count; i++)
        US_TRY(definition_read(&x, &out->definitions[i], e));
    news(&x);
    missed_list(&x);
    US_TRY(us_review_did(ask, out, a, e));
    us_review_propose(out, a);
    us_timing_lap(ask->timing, US_LAP_SORTING);
    return US_OK;
}
