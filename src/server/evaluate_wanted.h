/* evaluate_wanted.h: what the referee says of a history, and whether it was told.
 * Shared by the tests of the evaluator.
 */
#pragma once

#include "server/evaluate_fixture.h"

struct judging {
    struct world *w;
    const struct us_log *log;
    struct us_arena *a;
};

static inline us_code want_take(
    void *ctx, const struct us_firing *f, struct us_error *e)
{
    (void)e;
    struct judging *j = ctx;
    struct told t = {.account = us_arena_str(&j->w->a, j->log->key),
        .definition = f->definition,
        .change = f->transition};
    if (f->user != US_NOBODY)
        t.user = us_arena_str(
            &j->w->a, j->log->people[us_log_person_at(j->log, f->user)].key);
    us_assert(j->w->want.count < TOLD_MAX);
    j->w->want.items[j->w->want.count++] = t;
    return US_OK;
}

static inline us_code judge(void *ctx, const struct us_log *log, struct us_error *e)
{
    struct world *w = ctx;
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 32);
    struct judging j = {w, log, &a};
    struct us_trial trial = {w->rules, log, US_NODE_NONE, w->known, &a};
    us_code code = us_referee(&trial, want_take, &j, e);
    us_arena_done(&a);
    return code;
}

static inline int told_order(const void *a, const void *b)
{
    const struct told *x = a;
    const struct told *y = b;
    if (x->change.t != y->change.t) return x->change.t < y->change.t ? -1 : 1;
    int order = us_str_cmp(x->account, y->account);
    if (order) return order;
    if (x->definition != y->definition) return x->definition < y->definition ? -1 : 1;
    return us_str_cmp(x->user, y->user);
}

static inline bool same(const struct told *a, const struct told *b)
{
    return told_order(a, b) == 0 && a->change.change == b->change.change &&
           a->change.since == b->change.since && a->change.ordinal == b->change.ordinal;
}

static inline void say(const struct world *w, const char *who, const struct told *t)
{
    char text[US_TIME_TEXT_MAX];
    us_str at = us_time_write(t->change.t, text);
    us_str word = us_change_word(t->change.change);
    printf("#   %s: %.*s %.*s %.*s %.*s at %.*s entry %u\n", who, US_ARG(t->account),
        US_ARG(w->rules->definitions[t->definition].name), US_ARG(t->user),
        US_ARG(word), US_ARG(at), t->change.ordinal);
}

static inline bool equal(struct world *w)
{
    struct list *want = &w->want;
    struct list *got = &w->got;
    if (want->count) qsort(want->items, want->count, sizeof *want->items, told_order);
    if (got->count) qsort(got->items, got->count, sizeof *got->items, told_order);
    bool good = want->count == got->count;
    for (size_t i = 0; good && i < got->count; i++)
        good = same(&want->items[i], &got->items[i]);
    size_t i = 0;
    size_t k = 0;
    for (int said = 0;
         !good && said < SAID_MAX && (i < want->count || k < got->count);) {
        bool both = i < want->count && k < got->count;
        if (both && same(&want->items[i], &got->items[k])) {
            i++;
            k++;
            continue;
        }
        said++;
        bool first = k >= got->count ||
                     (both && told_order(&want->items[i], &got->items[k]) <= 0);
        if (first) {
            say(w, "referee ", &want->items[i++]);
        } else {
            say(w, "told    ", &got->items[k++]);
        }
    }
    return good;
}
