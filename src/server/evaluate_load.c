/* evaluate_load.c: all accounts, from what history has of them. */

#include "base/err.h"
#include "history/replay.h"
#include "qualify/replay.h"
#include "server/evaluate_inner.h"

#include <stdlib.h>
#include <string.h>

/* ---- all of them ---- */

static us_code person_take(
    void *ctx, us_str key, bool identified, bool internal, struct us_error *e)
{
    (void)e;
    struct us_evaluator *v = ctx;
    uint32_t person = us_book_person(v->book, key, identified);
    if (person == US_NOBODY) return US_OK;
    us_book_seen(v->book, person);
    if (v->o.rules->plan->need.user_trait_count) us_book_traits(v->book, person);
    if (internal) us_book_internal(v->book, person);
    return US_OK;
}

static us_code link_take(
    void *ctx, const struct us_history_link *told, struct us_error *e)
{
    (void)e;
    struct us_evaluator *v = ctx;
    bool people = told->kind == US_LINK_ANONYMOUS || told->kind == US_LINK_ALIAS;
    struct us_link link = {.seq = told->seq,
        .known = told->known,
        .undone = told->undone,
        .kind = told->kind};
    link.from = told->kind == US_LINK_COMPANY
                    ? us_book_account(v->book, told->from)
                    : us_book_person(v->book, told->from, told->from_identified);
    link.to = people ? us_book_person(v->book, told->to, told->to_identified)
                     : us_book_account(v->book, told->to);
    us_book_load(v->book, &link);
    return US_OK;
}

static us_code voter_take(
    void *ctx, us_str person, bool identified, us_str account, struct us_error *e)
{
    (void)e;
    struct us_evaluator *v = ctx;
    us_book_votes(v->book, us_book_person(v->book, person, identified),
        us_book_account(v->book, account));
    return US_OK;
}

static us_code companies_load(
    struct us_evaluator *v, struct us_history *h, struct us_error *e)
{
    bool grouped;
    US_TRY(us_history_grouped(h, &grouped, e));
    if (grouped) us_book_grouped(v->book);
    return us_history_voters(h, voter_take, v, e);
}

/* ---- what replay says of an account ---- */

struct adopting {
    struct us_evaluator *v;
    struct us_replay *replay;
    const struct us_runs *runs;
    struct us_arena *a;
    int64_t until;
    uint32_t account; /* the book's */
    uint32_t *people; /* of the book, by index of the runs' */
    struct us_given_machine *machines;
    size_t count, cap;
    int64_t *converted;
};

static us_value past_value(void *ctx, uint32_t node, uint32_t user, int64_t t)
{
    return us_past_value(ctx, node, user, t);
}

static uint32_t person_at(const struct adopting *x, uint32_t id)
{
    return id == US_NOBODY ? US_NOBODY
                           : us_evaluator_person(&x->runs->facts, x->people, id);
}

/* Whether anything that happened by then may be told: working out when things happened
 * costs as much as where they stand. */
static bool may_tell(const struct us_evaluator *v, uint32_t definition, int64_t until)
{
    us_evaluator_how how = v->how[definition];
    if (how == US_DEFINITION_NEW) return true;
    return how == US_DEFINITION_SAME && !v->o.silent && (v->past || until > v->over);
}

static void transitions_tell(struct adopting *x, uint32_t definition)
{
    struct us_evaluator *v = x->v;
    struct us_replay_answer all = us_replay_ask(x->replay, definition, false);
    for (size_t i = 0; i < all.count; i++) {
        struct us_firing f = {x->account, definition, person_at(x, all.items[i].user),
            all.items[i].change};
        struct us_judging of = {v->o.rules, &v->o.rules->definitions[definition],
            all.items[i].user, f.transition.t, past_value, us_replay_past(x->replay)};
        us_evaluator_tell(v, &f, &of);
    }
}

static void machine_put(
    struct adopting *x, uint32_t definition, uint32_t user, const struct us_machine *m)
{
    static const struct us_machine zero;
    if (memcmp(m, &zero, sizeof zero) == 0) return;
    *us_push(x->a, x->machines, x->count, x->cap) =
        (struct us_given_machine){x->account, definition, user, *m};
}

static void machines_take(struct adopting *x, uint32_t definition)
{
    const struct us_log *facts = &x->runs->facts;
    bool pql = x->v->o.rules->definitions[definition].pql;
    size_t count = pql ? facts->person_count : 1;
    struct us_machine *list = us_new(x->a, struct us_machine, count + 1);
    us_replay_machines(x->replay, definition, list);
    for (size_t i = 0; i < count; i++)
        machine_put(x, definition, pql ? x->people[i] : US_NOBODY, &list[i]);
}

static void definitions_take(struct adopting *x)
{
    const struct us_rules *r = x->v->o.rules;
    const uint32_t *possible;
    size_t count = us_replay_possible(x->replay, &possible);
    uint32_t *own = us_new(x->a, uint32_t, count + 1);
    if (count) memcpy(own, possible, count * sizeof *own);
    for (size_t i = 0; i < count; i++) {
        if (may_tell(x->v, own[i], x->until)) transitions_tell(x, own[i]);
        machines_take(x, own[i]);
    }
    x->converted = us_new(x->a, int64_t, r->definition_count + 1);
    for (uint32_t d = 0; d < r->definition_count; d++) {
        const struct us_definition *def = &r->definitions[d];
        x->converted[d] =
            def->aim == US_NODE_NONE
                ? US_NEVER
                : us_replay_outcome(x->replay, def->aim, def->times.hour_ticks);
    }
}

static void account_adopt(struct us_evaluator *v, struct us_replay *replay,
    const struct us_runs *runs, int64_t until, struct us_arena *a)
{
    struct us_log log;
    struct us_log mine;
    const struct us_log *facts = &runs->facts;
    us_log_of_runs(runs, &v->o.rules->plan->need, until, a, &log);
    us_evaluator_adopt(v, a, &log, &mine);
    us_replay_take(replay, runs, until);
    struct adopting x = {.v = v,
        .replay = replay,
        .runs = runs,
        .a = a,
        .until = until,
        .account = mine.account};
    x.people = us_new(a, uint32_t, facts->person_count + 1);
    for (size_t i = 0; i < facts->person_count; i++)
        x.people[i] =
            us_book_person(v->book, facts->people[i].key, facts->people[i].identified);
    definitions_take(&x);
    struct us_given_account given = {&mine, until, x.machines, x.count, x.converted};
    us_shard_adopt(v->shard, &given);
}

static us_code accounts_load(
    struct us_evaluator *v, struct us_history *h, int64_t until, struct us_error *e)
{
    const struct us_need *need = &v->o.rules->plan->need;
    struct us_replay_store *store = NULL;
    struct us_replay_view *view = NULL;
    struct us_arena a;
    struct us_arena own;
    us_arena_init(&a, (size_t)32 << 30);
    us_arena_init(&own, (size_t)32 << 30);
    struct us_replay *replay = us_replay_new(v->o.rules, &own);
    us_code code = us_replay_open(v->o.data, h, NULL, NULL, &store, e);
    if (code == US_OK) code = us_replay_view(store, need, NULL, NULL, &view, e);
    for (size_t i = 0; code == US_OK && i < us_replay_count(view); i++) {
        struct us_runs runs;
        if (v->o.stop && *v->o.stop) code = us_fail(e, US_BUSY, "server.stops", NULL);
        us_arena_reset(&a);
        us_replay_account(view, i, &a, &runs);
        account_adopt(v, replay, &runs, until, &a);
    }
    us_replay_view_close(view);
    us_replay_close(store);
    us_replay_done(replay);
    us_arena_done(&a);
    us_arena_done(&own);
    return code;
}

static us_code standing_take(void *ctx, us_str account, us_str user,
    const struct us_machine *machine, struct us_error *e)
{
    (void)e;
    struct us_evaluator *v = ctx;
    struct us_given_machine given = {.account = us_book_account(v->book, account),
        .definition = v->given_definition,
        .user = us_book_person(v->book, user, true),
        .machine = *machine};
    us_shard_give_back(v->shard, &given);
    return US_OK;
}

us_code us_evaluator_give(struct us_evaluator *v, struct us_error *e)
{
    uint32_t count = (uint32_t)v->o.rules->definition_count;
    us_arena_reset(&v->line);
    uint64_t *given = us_new(&v->line, uint64_t, US_LIVE_WORDS(count) + 1);
    uint64_t *redefined = us_new(&v->line, uint64_t, US_LIVE_WORDS(count) + 1);
    bool some = false;
    for (uint32_t d = 0; d < count; d++) {
        bool changed = v->how[d] == US_DEFINITION_CHANGED;
        if (!changed && v->how[d] != US_DEFINITION_GIVEN) continue;
        given[d / 64] |= UINT64_C(1) << (d % 64);
        if (changed) redefined[d / 64] |= UINT64_C(1) << (d % 64);
        some = true;
        us_shard_forget(v->shard, d);
        v->given_definition = d;
        US_TRY(v->o.standings(v->o.standings_ctx, d, standing_take, v, e));
    }
    v->giving = true;
    if (some) us_shard_given(v->shard, given, redefined);
    v->giving = false;
    if (v->broken != US_OK && e) *e = v->why;
    return v->broken;
}

static us_code load_work(void *ctx, struct us_history *h, struct us_error *e)
{
    struct us_evaluator *v = ctx;
    int64_t until = US_ALWAYS;
    US_TRY(us_evaluator_past(v, e));
    US_TRY(us_history_last_known(h, &until, e));
    US_TRY(us_history_persons(h, person_take, v, e));
    US_TRY(us_history_links(h, link_take, v, e));
    if (v->o.history_rules->unit == US_COMPANY) US_TRY(companies_load(v, h, e));
    us_book_loaded(v->book);
    us_recent_begin(v->recent, us_book_people(v->book));
    if (until < v->over) until = v->over;
    v->position = us_history_position(h);
    v->last = v->now = until;
    if (until == US_ALWAYS) return US_OK; /* nothing is known yet */
    US_TRY(accounts_load(v, h, until, e));
    us_shard_loaded(v->shard, until);
    return v->o.silent ? US_OK : us_evaluator_give(v, e);
}

static int told_order(const void *a, const void *b)
{
    const struct us_told *x = a;
    const struct us_told *y = b;
    if (x->change.t != y->change.t) return x->change.t < y->change.t ? -1 : 1;
    int keys = us_str_cmp(x->account, y->account);
    if (keys) return keys;
    if (x->definition != y->definition) return x->definition < y->definition ? -1 : 1;
    return us_str_cmp(x->user, y->user);
}

void us_evaluator_order(struct us_evaluator *v, size_t from)
{
    struct us_told *items = (struct us_told *)(void *)v->items.base;
    if (v->told_count > from)
        qsort(items + from, v->told_count - from, sizeof *items, told_order);
}

us_code us_evaluator_load(struct us_evaluator *v, struct us_error *e)
{
    us_book_free(v->book);
    if (v->shard) us_shard_done(v->shard);
    us_arena_reset(&v->shard_arena);
    struct us_shard_calls calls = {v, us_evaluator_take, us_evaluator_again};
    v->shard = us_shard_new(v->live, &calls, &v->shard_arena);
    v->book = us_book_new(v->o.history_rules->unit);
    size_t before = v->told_count;
    v->loading = true;
    us_code code = v->o.use(v->o.use_ctx, v->group_end, US_ASK_ALL, load_work, v, e);
    v->loading = false;
    if (code != US_OK) return code;
    us_evaluator_order(v, before);
    v->over = v->now;
    v->stale = v->past = v->first = false;
    v->counts.loads++;
    v->loaded = true;
    return US_OK;
}
