/* queue.c: who stands in the queue: found by replaying every account from the store, by
 * as many threads as there are; what is said of them is read row by row, for them
 * alone.
 */

#include "answer/engine_inner.h"

#include <stdlib.h>

enum { ACTIVE_DAYS = 30 };

struct build {
    const struct us_ask *ask;
    uint32_t definition;
    struct us_arena *a;
    struct us_queue *out;
    size_t cap;
};

/* An account at work, on any thread. */
struct account {
    const struct us_ask *ask;
    struct us_hand *hand;
    struct us_arena *a; /* until it is told */
    struct us_queue_row *rows;
    size_t count, cap;
    /* Made when somebody is in. */
    struct us_log log;
    const struct us_log *own;       /* of each of its people; for rows about them */
    struct us_queue_row whole;      /* what all rows have of the account */
    struct us_verdict **of_account; /* by definition; NULL: not judged yet */
};

/* ---- values ---- */

static us_value kept(us_value v, struct us_arena *a)
{
    if (v.kind == US_STRING) v.text = us_arena_str(a, v.text);
    return v;
}

static us_value past_value(void *ctx, uint32_t node, uint32_t user, int64_t t)
{
    return us_past_value(ctx, node, user, t);
}

static us_value value(const struct account *x, uint32_t node, uint32_t user)
{
    if (node == US_NODE_NONE) return us_missing();
    return us_past_value(us_replay_past(x->hand->replay), node, user, x->ask->at);
}

static us_str text_of(const struct account *x, uint32_t node, uint32_t user)
{
    us_value v = value(x, node, user);
    return v.kind == US_STRING ? us_arena_str(x->a, v.text) : (us_str){0};
}

static bool number_of(const struct account *x, uint32_t node, double *out)
{
    us_value v = value(x, node, US_NOBODY);
    if (v.kind == US_NUMBER) *out = v.number;
    return v.kind == US_NUMBER;
}

static int64_t people_of(const struct account *x)
{
    const struct us_runs *r = x->hand->runs;
    int64_t t = x->ask->at;
    bool *active = us_new(x->hand->scratch, bool, r->facts.person_count + 1);
    int64_t count = 0;
    for (uint32_t i = 0; i < r->row_count; i++) {
        bool seen = r->known[i] <= t && (!r->to || t < r->to[i]);
        if (!seen || t - r->at[i] >= ACTIVE_DAYS * US_DAY_US) continue;
        uint32_t user = us_runs_user(r, i, t);
        if (user == US_NOBODY || active[user]) continue;
        active[user] = true;
        count++;
    }
    return count;
}

/* ---- why now ---- */

static bool heavier(const struct us_fact *a, const struct us_fact *b)
{
    return a->weight > b->weight;
}

static struct us_fact_asked facts_of(const struct account *x, uint32_t user)
{
    return (struct us_fact_asked){
        x->ask->rules, &x->log, x->own, user, x->ask->at, x->hand->scratch};
}

/* When somebody asked for a person. */
static void hand_raise(const struct account *x, struct us_queue_row *row)
{
    struct us_facts asked = {0};
    const struct us_rules *r = x->ask->rules;
    const struct us_fact_asked of = facts_of(x, US_NOBODY);
    us_fact_find(&of, r->hand_raise, &asked);
    for (size_t i = 0; i < asked.count; i++) {
        const struct us_fact *f = &asked.items[i];
        bool later = row->hand_raised_at == US_NEVER || f->last > row->hand_raised_at;
        if (f->events && later) row->hand_raised_at = f->last;
    }
}

/* Of gates and lines that hold. */
static void facts_find(const struct account *x, const struct us_queue_row *row,
    uint32_t user, struct us_facts *out)
{
    const struct us_fact_asked of = facts_of(x, user);
    for (size_t i = 0; i < row->verdict.judged_count; i++) {
        const struct us_judged *j = &row->verdict.judged[i];
        bool speaks =
            j->passed && (j->gate == US_GATE_MUST || j->gate == US_GATE_SCORE);
        if (speaks) us_fact_find(&of, j->node, out);
    }
}

/* Those that say most; of two that say as much the one found first. */
static void facts(const struct account *x, struct us_queue_row *row, uint32_t user)
{
    us_mark mark = us_arena_mark(x->hand->scratch);
    struct us_facts all = {0};
    facts_find(x, row, user, &all);
    if (row->verdict.hand_raised) hand_raise(x, row);
    for (size_t n = 0; n < US_FACTS_SHOWN; n++) {
        struct us_fact *most = NULL;
        for (size_t i = 0; i < all.count; i++)
            if (!most || heavier(&all.items[i], most)) most = &all.items[i];
        if (!most || most->weight <= 0.1) break;
        row->facts[n] = *most;
        row->facts[n].now = kept(most->now, x->a);
        row->fact_count++;
        most->weight = 0; /* it is said */
    }
    us_arena_pop(x->hand->scratch, mark);
}

static void checkout_open(const struct account *x, struct us_queue_row *row)
{
    us_value v = value(x, x->ask->rules->shown.checkout, US_NOBODY);
    if (v.kind == US_BOOL && v.truth)
        us_caution_add(row, "answer.caution.checkout", NULL);
}

/* ---- a row ---- */

static us_str person_key(const struct us_log *facts, uint32_t user)
{
    size_t i = us_log_person_at(facts, user);
    return i < facts->person_count ? facts->people[i].key : (us_str){0};
}

static void judge(
    const struct account *x, uint32_t definition, uint32_t user, struct us_verdict *out)
{
    const struct us_rules *r = x->ask->rules;
    struct us_judging of = {r, &r->definitions[definition], user, x->ask->at,
        past_value, us_replay_past(x->hand->replay)};
    us_judge_by(&of, x->a, out);
    for (size_t i = 0; i < out->judged_count; i++)
        out->judged[i].value = kept(out->judged[i].value, x->a);
}

/* Once for all rows of an account: of what every one has, and for those about one of
 * its people. */
static void begin(struct account *x)
{
    const struct us_rules *r = x->ask->rules;
    struct us_queue_row *row = &x->whole;
    us_log_of_runs(
        x->hand->runs, &r->plan->need, x->ask->at, x->hand->scratch, &x->log);
    x->of_account = us_new(x->hand->scratch, struct us_verdict *, r->definition_count);
    *row = (struct us_queue_row){.hand_raised_at = US_NEVER};
    row->account = us_arena_str(x->a, x->hand->runs->facts.key);
    row->name = text_of(x, r->shown.name, US_NOBODY);
    row->plan = text_of(x, r->shown.plan, US_NOBODY);
    row->has_mrr = number_of(x, r->shown.mrr, &row->mrr);
    number_of(x, r->shown.paid, &row->paid);
    row->people = people_of(x);
}

static struct us_verdict *of_account(struct account *x, uint32_t definition)
{
    struct us_verdict **v = &x->of_account[definition];
    if (*v) return *v;
    *v = us_new(x->a, struct us_verdict, 1);
    judge(x, definition, US_NOBODY, *v);
    return *v;
}

static void add_row(struct account *x, const struct us_standing *standing)
{
    const struct us_rules *r = x->ask->rules;
    uint32_t user = standing->user;
    if (!x->of_account) begin(x);
    if (user != US_NOBODY && !x->own) x->own = us_log_split(&x->log, x->hand->scratch);
    struct us_queue_row *row = us_push(x->a, x->rows, x->count, x->cap);
    *row = x->whole;
    row->definition = standing->definition;
    row->standing = *standing;
    row->user = us_arena_str(x->a, person_key(&x->hand->runs->facts, user));
    judge(x, standing->definition, user, &row->verdict);
    uint32_t within = r->definitions[standing->definition].within;
    if (within != US_NODE_NONE) row->of_account = of_account(x, within);
    if (user != US_NOBODY) {
        row->user_name = text_of(x, r->shown.user_name, user);
        row->user_email = text_of(x, r->shown.user_email, user);
        row->user_title = text_of(x, r->shown.user_title, user);
    }
    facts(x, row, user);
    checkout_open(x, row);
}

/* Who is in by a definition. */
static void of_definition(struct account *x, uint32_t definition)
{
    const struct us_definition *def = &x->ask->rules->definitions[definition];
    const struct us_log *of = &x->hand->runs->facts;
    size_t count = def->pql ? of->person_count : 1;
    struct us_machine *machines =
        us_new(x->hand->scratch, struct us_machine, count + 1);
    us_replay_machines(x->hand->replay, definition, machines);
    for (size_t i = 0; i < count; i++) {
        uint32_t user = def->pql ? of->people[i].id : US_NOBODY;
        struct us_standing s = us_standing_of(def, definition, user, &machines[i]);
        if (s.qualified) add_row(x, &s);
    }
}

static void *work(void *ctx, struct us_hand *hand, size_t i)
{
    (void)i;
    const struct build *b = ctx;
    struct account *x = us_new(hand->results, struct account, 1);
    *x = (struct account){.ask = b->ask, .hand = hand, .a = hand->results};
    const uint32_t *possible;
    size_t n = us_replay_possible(hand->replay, &possible);
    for (size_t k = 0; k < n; k++)
        if (b->definition == US_NODE_NONE || b->definition == possible[k])
            of_definition(x, possible[k]);
    return x;
}

/* ---- told ---- */

static void keep(us_str *text, struct us_arena *a)
{
    *text = us_arena_str(a, *text);
}

static void verdict_keep(struct us_verdict *v, struct us_arena *a)
{
    struct us_judged *judged = us_new(a, struct us_judged, v->judged_count + 1);
    for (size_t i = 0; i < v->judged_count; i++) {
        judged[i] = v->judged[i];
        judged[i].value = kept(judged[i].value, a);
    }
    v->judged = judged;
}

static void row_keep(struct us_queue_row *row, struct us_arena *a)
{
    us_str *const texts[] = {&row->account, &row->name, &row->plan, &row->user,
        &row->user_name, &row->user_email, &row->user_title};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        keep(texts[i], a);
    verdict_keep(&row->verdict, a);
    for (size_t i = 0; i < row->fact_count; i++)
        row->facts[i].now = kept(row->facts[i].now, a);
    if (!row->of_account) return;
    struct us_verdict *of_account = us_new(a, struct us_verdict, 1);
    *of_account = *row->of_account;
    verdict_keep(of_account, a);
    row->of_account = of_account;
}

static us_code tell(void *ctx, size_t i, void *result, struct us_error *e)
{
    (void)i;
    struct build *b = ctx;
    const struct account *x = result;
    struct us_queue *q = b->out;
    q->accounts++;
    for (size_t k = 0; k < x->count; k++) {
        struct us_queue_row *row = us_push(b->a, q->rows, q->count, b->cap);
        *row = x->rows[k];
        row_keep(row, b->a);
    }
    if (q->count <= US_QUEUE_ROWS_MAX) return US_OK;
    return us_fail(
        e, US_LIMIT, "answer.too_many", US_ARGS(US_WHOLE("max", US_QUEUE_ROWS_MAX)));
}

static int compare(const void *left, const void *right, void *ctx)
{
    const struct us_rules *r = ctx;
    const struct us_queue_row *a = left;
    const struct us_queue_row *b = right;
    if (a->definition != b->definition) return a->definition < b->definition ? -1 : 1;
    const struct us_definition *def = &r->definitions[a->definition];
    int order = 0;
    if (a->of_account && b->of_account) { /* people of the first account first */
        order =
            us_verdict_cmp(&r->definitions[def->within], a->of_account, b->of_account);
        if (order == 0) order = us_str_cmp(a->account, b->account);
        if (order) return order;
    }
    order = us_verdict_cmp(def, &a->verdict, &b->verdict);
    if (order) return order;
    if (a->standing.since != b->standing.since)
        return a->standing.since > b->standing.since ? -1 : 1; /* newest first */
    order = us_str_cmp(a->account, b->account);
    return order ? order : us_str_cmp(a->user, b->user);
}

us_code us_queue_ask(const struct us_ask *ask, uint32_t definition, struct us_arena *a,
    struct us_queue *out, struct us_error *e)
{
    *out = (struct us_queue){0};
    struct build b = {.ask = ask, .definition = definition, .a = a, .out = out};
    struct us_look_asked everybody = {.until = ask->at};
    struct us_engine_job job = {work, tell, &b};
    US_TRY(us_engine_work(ask, &everybody, &job, e));
    struct us_rules rules = *ask->rules;
    if (out->count) qsort_r(out->rows, out->count, sizeof *out->rows, compare, &rules);
    us_timing_lap(ask->timing, US_LAP_SORTING);
    us_code asked = us_cautions_ask(ask, out, a, e);
    us_timing_lap(ask->timing, US_LAP_READING);
    return asked;
}
