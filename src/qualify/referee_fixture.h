/* referee_fixture.h: transitions as text, and standings held against one another, for
 * the tests of the referee.
 */
#pragma once

#include "qualify/live.h"
#include "qualify/qualify_fixture.h"
#include "qualify/referee.h"
#include "qualify/replay.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 20 };

struct printed {
    struct world *w;
    struct us_buf out;
    bool judged;
};

static inline us_str person_of(const struct us_log *log, uint32_t user)
{
    for (size_t i = 0; i < log->person_count; i++)
        if (log->people[i].id == user) return log->people[i].key;
    return US_S("?");
}

/* What the verdict at its moment says of a transition. */
static inline bool judged(struct printed *p, const struct us_firing *f)
{
    struct us_verdict v;
    us_judge(p->w->rules, &p->w->rules->definitions[f->definition], &p->w->log, f->user,
        f->transition.t, &p->w->arena, &v);
    switch (f->transition.change) {
    case US_CHANGE_ENTERED: return v.eligible;
    case US_CHANGE_EXCLUDED: return v.excluded;
    case US_CHANGE_FADED: return v.who && !v.stays && !v.excluded;
    case US_CHANGE_EXPIRED: return v.who && v.stays && !v.excluded;
    case US_CHANGE_LEFT: return f->user != US_NOBODY || !v.who;
    case US_CHANGE_CONVERTED: return !v.excluded;
    case US_CHANGE_NONE:
    case US_CHANGE_REDEFINED:
    case US_CHANGES:
    default: return false;
    }
}

static inline us_code print(void *ctx, const struct us_firing *f, struct us_error *e)
{
    (void)e;
    struct printed *p = ctx;
    us_str name = p->w->rules->definitions[f->definition].name;
    us_time_put(&p->out, f->transition.t);
    us_buf_fmt(&p->out, " %.*s ", US_ARG(name));
    if (f->user != US_NOBODY)
        us_buf_fmt(&p->out, "%.*s ", US_ARG(person_of(&p->w->log, f->user)));
    us_buf_put(&p->out, us_change_word(f->transition.change));
    us_buf_fmt(&p->out, " %u\n", f->transition.ordinal);
    p->judged = p->judged && judged(p, f);
    return US_OK;
}

static inline struct us_trial trial_of(struct world *w, int64_t until)
{
    return (struct us_trial){w->rules, &w->log, US_NODE_NONE, until, &w->arena};
}

static inline us_str transitions(struct world *w, int64_t until, bool *judged_too)
{
    struct printed p = {w, us_buf_new(&w->arena, TEXT_MAX), true};
    struct us_trial trial = trial_of(w, until);
    us_assert(us_referee(&trial, print, &p, NULL) == US_OK);
    if (judged_too) *judged_too = p.judged;
    return us_buf_str(&p.out);
}

static inline int firing_order(const void *a, const void *b)
{
    const struct us_firing *x = a;
    const struct us_firing *y = b;
    if (x->transition.t != y->transition.t)
        return x->transition.t < y->transition.t ? -1 : 1;
    return (x->definition > y->definition) - (x->definition < y->definition);
}

/* The same by the replay executor, of no more than one person. */
static inline us_str replayed(struct world *w, int64_t until)
{
    struct printed p = {w, us_buf_new(&w->arena, TEXT_MAX), true};
    struct us_runs runs;
    us_runs_of_log(&w->log, &w->rules->plan->need, &w->arena, &runs);
    struct us_replay *r = us_replay_new(w->rules, &w->arena);
    us_replay_take(r, &runs, until);
    struct us_firing *all = us_new(&w->arena, struct us_firing, TEXT_MAX / 64);
    size_t count = 0;
    for (uint32_t d = 0; d < w->rules->definition_count; d++) {
        struct us_replay_answer got = us_replay_ask(r, d, false);
        for (size_t i = 0; i < got.count; i++)
            all[count++] = (struct us_firing){.definition = d,
                .user = got.items[i].user,
                .transition = got.items[i].change};
    }
    if (count) qsort(all, count, sizeof *all, firing_order);
    for (size_t i = 0; i < count; i++)
        us_assert(print(&p, &all[i], NULL) == US_OK);
    us_replay_done(r);
    return us_buf_str(&p.out);
}

static inline void print_live(void *ctx, const struct us_firing *f)
{
    us_assert(print(ctx, f, NULL) == US_OK);
}

/* The same by the live executor. */
static inline us_str lived(struct world *w, int64_t until)
{
    struct printed p = {w, us_buf_new(&w->arena, TEXT_MAX), true};
    struct us_shard_calls calls = {.ctx = &p, .take = print_live};
    struct us_shard *s =
        us_shard_new(us_live_rules_new(w->rules, &w->arena), &calls, &w->arena);
    us_shard_log(s, &w->log, until);
    us_shard_done(s);
    return us_buf_str(&p.out);
}

static inline bool same_standing(
    const struct us_standing *a, const struct us_standing *b)
{
    return a->definition == b->definition && a->user == b->user &&
           a->phase == b->phase && a->holding == b->holding &&
           a->must_reset == b->must_reset && a->since == b->since && a->due == b->due &&
           a->ordinal == b->ordinal && a->left_by == b->left_by &&
           a->entered == b->entered && a->left == b->left;
}

/* Where everybody stands at count moments up to until, asked for by itself. */
static inline bool stands(struct world *w, int64_t until, int count, int64_t apart)
{
    struct us_standings *s = us_standings_new(w->rules, &w->arena);
    bool same = true;
    for (int i = 0; i < count && same; i++) {
        int64_t t = until - i * apart;
        struct us_trial trial = trial_of(w, t);
        const struct us_standing *want;
        const struct us_standing *got;
        size_t found = us_referee_standings(&trial, &want);
        struct us_standings_asked asked = {&w->log, US_NODE_NONE, t};
        same = us_standings_ask(s, &asked, &got) == found;
        for (size_t k = 0; k < found && same; k++)
            same = same_standing(&want[k], &got[k]);
    }
    us_standings_done(s);
    return same;
}

static inline void show(us_str text)
{
    while (text.len) {
        us_str row = us_str_cut(text, '\n', &text);
        printf("#   %.*s\n", US_ARG(row));
    }
}
