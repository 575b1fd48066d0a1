/* engine_rows.c: values and transitions of many accounts, as rows. */

#include "answer/engine_inner.h"

#include <stdlib.h>
#include <string.h>

static us_value kept(struct us_arena *a, us_value v)
{
    if (v.kind == US_STRING) v.text = us_arena_str(a, v.text);
    return v;
}

/* ---- values ---- */

struct values {
    const struct us_ask *ask;
    const struct us_values_asked *asked;
    int64_t until; /* the last of its moments */
    us_values_take *take;
    void *ctx;
};

/* Of one account. */
struct values_rows {
    struct us_values_row *rows;
    size_t count;
};

static int person_order(const void *a, const void *b)
{
    const struct us_log_person *const *x = a;
    const struct us_log_person *const *y = b;
    return us_str_cmp((*x)->key, (*y)->key);
}

static void values_row(const struct values *x, struct us_hand *hand,
    const struct us_log_person *person, struct us_values_row *out)
{
    const struct us_values_asked *asked = x->asked;
    struct us_arena *a = hand->results;
    uint32_t user = person ? person->id : US_NOBODY;
    us_value *values = us_new(a, us_value, asked->moment_count * asked->node_count + 1);
    us_value *at = values;
    struct us_past *past = us_replay_past(hand->replay);
    for (size_t m = 0; m < asked->moment_count; m++)
        for (size_t n = 0; n < asked->node_count; n++)
            *at++ =
                kept(a, us_past_value(past, asked->nodes[n], user, asked->moments[m]));
    *out = (struct us_values_row){.account = us_arena_str(a, hand->runs->facts.key),
        .user = person ? us_arena_str(a, person->key) : (us_str){0},
        .values = values};
}

/* Since when each of the people is known; runs have later ones too. */
static int64_t *people_from(struct us_hand *hand)
{
    size_t count = hand->runs->facts.person_count;
    int64_t *from = us_new(hand->scratch, int64_t, count + 1);
    struct us_runs_people people;
    us_runs_by_person(hand->runs, hand->scratch, &people);
    for (uint32_t i = 0; i < count; i++)
        from[i] = us_runs_person_from(hand->runs, &people, i);
    return from;
}

static void *values_work(void *ctx, struct us_hand *hand, size_t i)
{
    (void)i;
    const struct values *x = ctx;
    struct us_arena *a = hand->results;
    const struct us_log *facts = &hand->runs->facts;
    struct values_rows *found = us_new(a, struct values_rows, 1);
    found->rows = us_new(a, struct us_values_row, facts->person_count + 1);
    if (!x->asked->people) {
        values_row(x, hand, NULL, &found->rows[found->count++]);
        return found;
    }
    const struct us_log_person **people =
        us_new(a, const struct us_log_person *, facts->person_count + 1);
    const int64_t *from = people_from(hand);
    size_t count = 0;
    for (size_t k = 0; k < facts->person_count; k++)
        if (facts->people[k].identified && from[k] <= x->until)
            people[count++] = &facts->people[k];
    if (count) qsort(people, count, sizeof *people, person_order);
    for (size_t k = 0; k < count; k++)
        values_row(x, hand, people[k], &found->rows[found->count++]);
    return found;
}

static us_code values_tell(void *ctx, size_t i, void *result, struct us_error *e)
{
    (void)i;
    const struct values *x = ctx;
    const struct values_rows *found = result;
    us_timing_lap(x->ask->timing, US_LAP_REPLAY);
    for (size_t k = 0; k < found->count; k++)
        US_TRY(x->take(x->ctx, &found->rows[k], e));
    us_timing_lap(x->ask->timing, US_LAP_SAYING);
    return US_OK;
}

us_code us_engine_values(const struct us_ask *ask, const struct us_values_asked *asked,
    us_values_take *take, void *ctx, struct us_error *e)
{
    struct us_look_asked look = {.whom = asked->whom, .until = US_ALWAYS};
    for (size_t i = 0; i < asked->moment_count; i++)
        if (asked->moments[i] > look.until) look.until = asked->moments[i];
    struct values x = {ask, asked, look.until, take, ctx};
    struct us_engine_job job = {values_work, values_tell, &x};
    return us_engine_work(ask, &look, &job, e);
}

/* ---- transitions ---- */

struct changes {
    const struct us_ask *ask;
    const struct us_changes_asked *asked;
    us_changes_take *take;
    void *ctx;
};

struct changes_rows {
    struct us_changes_row *rows;
    size_t count;
};

static int change_order(const void *a, const void *b)
{
    const struct us_replayed *x = a;
    const struct us_replayed *y = b;
    if (x->change.t != y->change.t) return x->change.t < y->change.t ? -1 : 1;
    if (x->definition != y->definition) return x->definition < y->definition ? -1 : 1;
    return (x->user > y->user) - (x->user < y->user);
}

static us_str person_key(const struct us_log *facts, uint32_t user)
{
    for (size_t i = 0; i < facts->person_count && user != US_NOBODY; i++)
        if (facts->people[i].id == user) return facts->people[i].key;
    return (us_str){0};
}

static us_value past_value(void *ctx, uint32_t node, uint32_t user, int64_t t)
{
    return us_past_value(ctx, node, user, t);
}

static const struct us_verdict *judged(
    const struct changes *x, struct us_hand *hand, const struct us_replayed *r)
{
    const struct us_rules *rules = x->ask->rules;
    struct us_verdict *v = us_new(hand->results, struct us_verdict, 1);
    struct us_judging of = {rules, &rules->definitions[r->definition], r->user,
        r->change.t, past_value, us_replay_past(hand->replay)};
    us_judge_by(&of, hand->results, v);
    for (size_t i = 0; i < v->judged_count; i++)
        v->judged[i].value = kept(hand->results, v->judged[i].value);
    return v;
}

/* All of them between the two moments, in order. */
static struct us_replayed *replayed(
    const struct changes *x, struct us_hand *hand, size_t *count)
{
    struct us_replayed *all = NULL;
    size_t cap = 0;
    const uint32_t *possible;
    size_t n = us_replay_possible(hand->replay, &possible);
    for (size_t k = 0; k < n; k++) {
        uint32_t d = possible[k];
        if (x->asked->definition != US_NODE_NONE && x->asked->definition != d) continue;
        struct us_replay_answer answer = us_replay_ask(hand->replay, d, false);
        for (size_t i = 0; i < answer.count; i++) {
            int64_t t = answer.items[i].change.t;
            if (t < x->asked->from || t > x->asked->to) continue;
            *us_push(hand->results, all, *count, cap) = answer.items[i];
        }
    }
    if (*count) qsort(all, *count, sizeof *all, change_order);
    return all;
}

static void *changes_work(void *ctx, struct us_hand *hand, size_t i)
{
    (void)i;
    const struct changes *x = ctx;
    const struct us_log *facts = &hand->runs->facts;
    struct us_arena *a = hand->results;
    struct changes_rows *found = us_new(a, struct changes_rows, 1);
    const struct us_replayed *all = replayed(x, hand, &found->count);
    if (!found->count) return NULL;
    found->rows = us_new(a, struct us_changes_row, found->count);
    us_str key = us_arena_str(a, facts->key);
    for (size_t k = 0; k < found->count; k++)
        found->rows[k] = (struct us_changes_row){.account = key,
            .user = us_arena_str(a, person_key(facts, all[k].user)),
            .definition = all[k].definition,
            .change = all[k].change,
            .verdict = x->asked->judged ? judged(x, hand, &all[k]) : NULL};
    return found;
}

static us_code changes_tell(void *ctx, size_t i, void *result, struct us_error *e)
{
    (void)i;
    const struct changes *x = ctx;
    const struct changes_rows *found = result;
    us_timing_lap(x->ask->timing, US_LAP_REPLAY);
    for (size_t k = 0; k < found->count; k++)
        US_TRY(x->take(x->ctx, &found->rows[k], e));
    us_timing_lap(x->ask->timing, US_LAP_SAYING);
    return US_OK;
}

us_code us_engine_changes(const struct us_ask *ask,
    const struct us_changes_asked *asked, us_changes_take *take, void *ctx,
    struct us_error *e)
{
    struct us_look_asked look = {.whom = asked->whom, .until = asked->to};
    struct changes x = {ask, asked, take, ctx};
    struct us_engine_job job = {changes_work, changes_tell, &x};
    return us_engine_work(ask, &look, &job, e);
}
