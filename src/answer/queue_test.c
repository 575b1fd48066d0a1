/* The queue, found through the replay store by several threads, is the one found
 * account by account in logs with the naive evaluator and the referee: who stands in
 * it, since when, by which verdict, and the facts shown; on random pasts, at moments on
 * the way.
 *
 *   queue_test [SEED [COUNT]]    COUNT pasts from SEED on
 */

#include "answer/engine_fixture.h"
#include "qualify/referee.h"

#include <stdlib.h>

enum { PASTS = 3, ACTIVE_DAYS = 30 };

struct rows {
    struct world *w;
    us_str *lines;
    size_t count, cap;
    int64_t accounts;
};

static void row_add(struct rows *l, const struct us_buf *line)
{
    *us_push(&l->w->work, l->lines, l->count, l->cap) = us_buf_str(line);
}

static void standing_put(struct us_buf *out, const struct us_standing *s)
{
    us_buf_fmt(out, " %d %d %d %lld %lld %u %d %lld %lld", (int)s->phase, s->holding,
        s->must_reset, (long long)s->since, (long long)s->due, s->ordinal,
        (int)s->left_by, (long long)s->entered, (long long)s->left);
}

static void verdict_put(struct us_buf *out, const struct us_verdict *v)
{
    us_buf_fmt(out, " | %d%d%d%d%d", v->eligible, v->who, v->stays, v->hand_raised,
        v->excluded);
    for (int axis = 0; axis < US_AXES; axis++)
        us_buf_fmt(out, " %c%g", v->grade[axis], v->points[axis]);
    for (size_t i = 0; i < v->judged_count; i++) {
        us_buf_fmt(out, " %d%d", v->judged[i].passed, v->judged[i].unknown);
        fixture_value(out, v->judged[i].value);
    }
}

static void fact_put(struct us_buf *out, const struct us_fact *f)
{
    us_buf_fmt(out, " | %u %lld %lld %lld %g %g", f->node, (long long)f->first,
        (long long)f->last, (long long)f->events, f->has_usual ? f->usual : -1,
        f->weight);
    fixture_value(out, f->now);
}

/* ---- by the store ---- */

static void ours(struct world *w, struct rows *l, const struct us_queue *q)
{
    l->accounts = q->accounts;
    for (size_t i = 0; i < q->count; i++) {
        const struct us_queue_row *row = &q->rows[i];
        struct us_buf line = us_buf_new(&w->work, 1 << 16);
        us_buf_fmt(&line, "%u %.*s|%.*s|%.*s %lld %lld", row->definition,
            US_ARG(row->account), US_ARG(row->user), US_ARG(row->plan),
            (long long)row->people, (long long)row->hand_raised_at);
        standing_put(&line, &row->standing);
        verdict_put(&line, &row->verdict);
        if (row->of_account) verdict_put(&line, row->of_account);
        for (size_t k = 0; k < row->fact_count; k++)
            fact_put(&line, &row->facts[k]);
        row_add(l, &line);
    }
}

/* ---- by logs ---- */

static us_str key_of(const struct us_log *log, uint32_t user)
{
    for (size_t i = 0; i < log->person_count; i++)
        if (log->people[i].id == user) return log->people[i].key;
    return (us_str){0};
}

static int64_t people_of(const struct us_log *log, int64_t t)
{
    int64_t count = 0;
    for (size_t p = 0; p < log->person_count; p++) {
        bool active = false;
        for (size_t i = 0; i < log->event_count; i++) {
            const struct us_log_event *e = &log->events[i];
            active |= e->user == log->people[p].id && e->from <= t && t < e->to &&
                      t - e->at < ACTIVE_DAYS * US_DAY_US;
        }
        count += active;
    }
    return count;
}

/* The heaviest first; of the same weight as found. */
static void facts_put(struct us_buf *out, const struct world *w,
    const struct us_log *log, const struct us_verdict *v, uint32_t user)
{
    struct us_facts all = {0};
    struct us_arena *a = (struct us_arena *)(uintptr_t)&w->work;
    const struct us_fact_asked asked = {w->rules, log, NULL, user, w->ask.at, a};
    for (size_t i = 0; i < v->judged_count; i++) {
        const struct us_judged *j = &v->judged[i];
        if (!j->passed || (j->gate != US_GATE_MUST && j->gate != US_GATE_SCORE))
            continue;
        us_fact_find(&asked, j->node, &all);
    }
    bool *said = us_new(a, bool, all.count + 1);
    for (size_t shown = 0; shown < US_FACTS_SHOWN && shown < all.count; shown++) {
        size_t best = all.count;
        for (size_t i = 0; i < all.count; i++)
            if (!said[i] &&
                (best == all.count || all.items[i].weight > all.items[best].weight))
                best = i;
        if (all.items[best].weight <= 0.1) return;
        said[best] = true;
        fact_put(out, &all.items[best]);
    }
}

static int64_t hand_raised_at(const struct world *w, const struct us_log *log)
{
    int64_t last = US_NEVER;
    for (size_t i = 0; i < log->event_count; i++) {
        const struct us_log_event *e = &log->events[i];
        bool asked = e->name != US_NAME_OTHER &&
                     us_str_eq(w->rules->plan->need.names[e->name], US_S("Asked"));
        bool seen = e->from <= w->ask.at && w->ask.at < e->to;
        bool fresh = us_day(e->at) > us_day(w->ask.at) - ACTIVE_DAYS;
        if (asked && seen && fresh && (last == US_NEVER || e->at > last)) last = e->at;
    }
    return last;
}

static void theirs_one(
    struct rows *l, const struct us_log *log, const struct us_standing *s)
{
    struct world *w = l->w;
    const struct us_rules *r = w->rules;
    int64_t t = w->ask.at;
    struct us_verdict v;
    struct us_verdict of_account;
    struct us_buf line = us_buf_new(&w->work, 1 << 16);
    us_judge(r, &r->definitions[s->definition], log, s->user, t, &w->work, &v);
    us_value plan = us_naive(r->plan, r->shown.plan, log, US_NOBODY, t, &w->work);
    us_str user = s->user == US_NOBODY ? (us_str){0} : key_of(log, s->user);
    us_buf_fmt(&line, "%u %.*s|%.*s|%.*s %lld %lld", s->definition, US_ARG(log->key),
        US_ARG(user), US_ARG(plan.kind == US_STRING ? plan.text : (us_str){0}),
        (long long)people_of(log, t),
        v.hand_raised ? (long long)hand_raised_at(w, log) : (long long)US_NEVER);
    standing_put(&line, s);
    verdict_put(&line, &v);
    uint32_t within = r->definitions[s->definition].within;
    if (within != US_NODE_NONE) {
        us_judge(r, &r->definitions[within], log, US_NOBODY, t, &w->work, &of_account);
        verdict_put(&line, &of_account);
    }
    facts_put(&line, w, log, &v, s->user);
    row_add(l, &line);
}

static us_code theirs(void *ctx, const struct us_log *log, struct us_error *e)
{
    (void)e;
    struct rows *l = ctx;
    struct world *w = l->w;
    const struct us_standing *list;
    struct us_trial trial = {.rules = w->rules,
        .log = log,
        .definition = US_NODE_NONE,
        .until = w->ask.at,
        .arena = &w->work};
    size_t count = us_referee_standings(&trial, &list);
    l->accounts++;
    for (size_t i = 0; i < count; i++)
        if (list[i].qualified) theirs_one(l, log, &list[i]);
    return US_OK;
}

/* ---- held together ---- */

static us_str text_of(struct rows *l)
{
    struct us_buf text = us_buf_new(&l->w->work, 1 << 24);
    if (l->count) qsort(l->lines, l->count, sizeof *l->lines, fixture_order);
    us_buf_fmt(&text, "%lld accounts\n", (long long)l->accounts);
    for (size_t i = 0; i < l->count; i++)
        us_buf_fmt(&text, "%.*s\n", US_ARG(l->lines[i]));
    return us_buf_str(&text);
}

static size_t agree(struct world *w, int64_t at, int hands)
{
    us_arena_reset(&w->work);
    struct rows store = {.w = w};
    struct rows logs = {.w = w};
    struct us_queue q;
    w->ask.at = at;
    w->ask.threads = hands;
    OK(w->t, us_queue_ask(&w->ask, US_NODE_NONE, &w->work, &q, e));
    ours(w, &store, &q);
    OK(w->t, us_history_logs(
                 w->h, &w->rules->plan->need, (us_str){0}, at, theirs, &logs, e));
    CHECK_AS(w->t, fixture_same(text_of(&logs), text_of(&store)),
        "the queue of the store is that of the logs");
    return q.count;
}

static void past(struct us_tap *t, uint64_t seed)
{
    struct world w;
    open_world(&w, t, seed);
    size_t found = 0;
    for (int n = 1; n < 70; n += 7) {
        found += agree(&w, day(n), 1 + n % 3);
        found += agree(&w, day(n) - (int64_t)below(&w, 20 * 3600) * US_SECOND_US, 2);
    }
    printf("# seed %llu, %zu rows\n", (unsigned long long)seed, found);
    CHECK_AS(t, found > 40, "there is a queue");
    close_world(&w);
}

int main(int argc, char **argv)
{
    struct us_tap t = {0};
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : PASTS;
    for (uint64_t i = 0; i < count; i++)
        past(&t, seed + i);
    return us_tap_done(&t);
}
