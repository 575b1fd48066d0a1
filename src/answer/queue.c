#include "answer/engine.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum { SCRATCH_BYTES = 1 << 28, FACTS_MAX = 64, ACTIVE_DAYS = 30 };

struct build {
    const struct us_ask *ask;
    uint32_t definition;
    struct us_arena *a;
    struct us_arena scratch, work;
    struct us_standings *standings;
    struct us_queue *out;
    size_t cap;
};

static us_str text_of(const struct us_rules *r, uint32_t node, const struct us_log *log,
    uint32_t user, int64_t t, struct us_arena *a)
{
    if (node == US_NODE_NONE) return (us_str){0};
    us_value v = us_naive(r->plan, node, log, user, t, a);
    return v.kind == US_STRING ? us_arena_str(a, v.text) : (us_str){0};
}

static bool number_of(const struct us_rules *r, uint32_t node, const struct us_log *log,
    int64_t t, struct us_arena *a, double *out)
{
    if (node == US_NODE_NONE) return false;
    us_value v = us_naive(r->plan, node, log, US_NOBODY, t, a);
    if (v.kind != US_NUMBER) return false;
    *out = v.number;
    return true;
}

static int64_t people_of(const struct us_log *log, int64_t t)
{
    int64_t count = 0;
    for (size_t p = 0; p < log->person_count; p++) {
        bool active = false;
        for (size_t i = 0; i < log->event_count && !active; i++) {
            const struct us_log_event *ev = &log->events[i];
            active = ev->user == log->people[p].id && ev->from <= t && t < ev->to &&
                     t - ev->at < ACTIVE_DAYS * US_DAY_US;
        }
        count += active;
    }
    return count;
}

static us_value kept(us_value v, struct us_arena *a)
{
    if (v.kind == US_STRING) v.text = us_arena_str(a, v.text);
    return v;
}

static bool heavier(const struct us_fact *a, const struct us_fact *b)
{
    return a->weight > b->weight;
}

/* When somebody asked for a person. */
static void hand_raise(
    struct build *b, const struct us_log *log, struct us_queue_row *row)
{
    struct us_fact asked[FACTS_MAX];
    size_t count = us_fact_find(b->ask->rules, b->ask->rules->hand_raise, log,
        US_NOBODY, b->ask->at, &b->scratch, asked, 0, FACTS_MAX);
    for (size_t i = 0; i < count; i++) {
        bool later =
            row->hand_raised_at == US_NEVER || asked[i].last > row->hand_raised_at;
        if (asked[i].events && later) row->hand_raised_at = asked[i].last;
    }
}

/* The facts that say most, of gates and lines that hold. */
static void facts(
    struct build *b, const struct us_log *log, struct us_queue_row *row, uint32_t user)
{
    struct us_fact all[FACTS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < row->verdict.judged_count; i++) {
        const struct us_judged *j = &row->verdict.judged[i];
        bool speaks =
            j->passed && (j->gate == US_GATE_MUST || j->gate == US_GATE_SCORE);
        if (speaks)
            count = us_fact_find(b->ask->rules, j->node, log, user, b->ask->at,
                &b->scratch, all, count, FACTS_MAX);
    }
    if (row->verdict.hand_raised) hand_raise(b, log, row);
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && heavier(&all[k], &all[k - 1]); k--) {
            struct us_fact swap = all[k];
            all[k] = all[k - 1];
            all[k - 1] = swap;
        }
    for (size_t i = 0; i < count && row->fact_count < US_FACTS_SHOWN; i++) {
        if (all[i].weight <= 0.1) break;
        all[i].now = kept(all[i].now, b->a);
        row->facts[row->fact_count++] = all[i];
    }
}

static void checkout_open(
    struct build *b, const struct us_log *log, struct us_queue_row *row)
{
    const struct us_rules *r = b->ask->rules;
    if (r->shown.checkout == US_NODE_NONE) return;
    us_value v =
        us_naive(r->plan, r->shown.checkout, log, US_NOBODY, b->ask->at, &b->scratch);
    if (v.kind == US_BOOL && v.truth)
        us_caution_add(row, "answer.caution.checkout", NULL);
}

static us_str person_key(const struct us_log *log, uint32_t user)
{
    for (size_t i = 0; i < log->person_count && user != US_NOBODY; i++)
        if (log->people[i].id == user) return log->people[i].key;
    return (us_str){0};
}

static void add_row(
    struct build *b, const struct us_log *log, const struct us_standing *standing)
{
    uint32_t definition = standing->definition;
    uint32_t user = standing->user;
    const struct us_rules *r = b->ask->rules;
    int64_t t = b->ask->at;
    struct us_queue *q = b->out;
    struct us_queue_row *row = us_push(b->a, q->rows, q->count, b->cap);
    *row = (struct us_queue_row){
        .definition = definition, .standing = *standing, .hand_raised_at = US_NEVER};
    row->account = us_arena_str(b->a, log->key);
    row->user = us_arena_str(b->a, person_key(log, user));
    us_judge(r, &r->definitions[definition], log, user, t, b->a, &row->verdict);
    uint32_t within = r->definitions[definition].within;
    if (within != US_NODE_NONE) {
        row->of_account = us_new(b->a, struct us_verdict, 1);
        us_judge(r, &r->definitions[within], log, US_NOBODY, t, b->a, row->of_account);
    }
    for (size_t i = 0; i < row->verdict.judged_count; i++)
        row->verdict.judged[i].value = kept(row->verdict.judged[i].value, b->a);
    row->name = text_of(r, r->shown.name, log, US_NOBODY, t, b->a);
    if (user != US_NOBODY) {
        row->user_name = text_of(r, r->shown.user_name, log, user, t, b->a);
        row->user_email = text_of(r, r->shown.user_email, log, user, t, b->a);
        row->user_title = text_of(r, r->shown.user_title, log, user, t, b->a);
    }
    row->plan = text_of(r, r->shown.plan, log, US_NOBODY, t, b->a);
    row->has_mrr = number_of(r, r->shown.mrr, log, t, &b->scratch, &row->mrr);
    number_of(r, r->shown.paid, log, t, &b->scratch, &row->paid);
    row->people = people_of(log, t);
    facts(b, log, row, user);
    checkout_open(b, log, row);
}

static us_code take(void *ctx, const struct us_log *log, struct us_error *e)
{
    struct build *b = ctx;
    struct us_timing *timing = b->ask->timing;
    us_timing_lap(timing, US_LAP_READING);
    if (timing) timing->accounts++;
    if (timing) timing->events += (int64_t)log->event_count;
    b->out->accounts++;
    const struct us_standings_asked asked = {log, b->definition, b->ask->at};
    const struct us_standing *list;
    size_t count = us_standings_ask(b->standings, &asked, &list);
    for (size_t i = 0; i < count; i++) {
        if (!list[i].qualified) continue;
        us_arena_reset(&b->scratch);
        add_row(b, log, &list[i]);
    }
    us_timing_lap(timing, US_LAP_REPLAY);
    if (b->out->count > US_QUEUE_ROWS_MAX)
        return us_fail(e, US_LIMIT, "answer.too_many",
            US_ARGS(US_WHOLE("max", US_QUEUE_ROWS_MAX)));
    return US_OK;
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
    us_arena_init(&b.scratch, SCRATCH_BYTES);
    us_arena_init(&b.work, SCRATCH_BYTES);
    b.standings = us_standings_new(ask->rules, &b.work);
    us_code code = us_history_logs(
        ask->history, &ask->rules->plan->need, (us_str){0}, ask->at, take, &b, e);
    us_standings_done(b.standings);
    us_arena_done(&b.work);
    us_arena_done(&b.scratch);
    us_timing_lap(ask->timing, US_LAP_READING);
    if (code != US_OK) return code;
    struct us_rules rules = *ask->rules;
    if (out->count) qsort_r(out->rows, out->count, sizeof *out->rows, compare, &rules);
    us_timing_lap(ask->timing, US_LAP_SORTING);
    us_code asked = us_cautions_ask(ask, out, a, e);
    us_timing_lap(ask->timing, US_LAP_READING);
    return asked;
}
