/* evaluate_load.c: all accounts, from what history has of them. */

#include "history/replay.h"
#include "server/evaluate_inner.h"

#include <stdlib.h>

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
    us_evaluator_undone_put(v, link.known, link.undone);
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

static void machines_name(
    struct us_gathered *g, uint32_t account, const uint32_t *people)
{
    for (size_t i = 0; i < g->machine_count; i++) {
        struct us_given_machine *m = &g->machines[i];
        m->account = account;
        if (m->user != US_NOBODY) m->user = people[m->user];
    }
}

static bool in(int64_t t, int64_t after, int64_t until)
{
    return t > after && t <= until;
}

/* Whether a row of it came or went after what is over, so that a moment was not looked
 * at. */
static bool moved(const struct us_evaluator *v, const struct us_log *log)
{
    int64_t after = v->over;
    int64_t until = v->load_until;
    bool some = false;
    for (size_t i = 0; i < log->event_count && !some; i++)
        some = in(log->events[i].from, after, until) ||
               in(log->events[i].to, after, until);
    for (size_t i = 0; i < log->trait_count && !some; i++)
        some = in(log->traits[i].from, after, until) ||
               in(log->traits[i].to, after, until);
    for (size_t i = 0; i < log->payment_count && !some; i++)
        some = in(log->payments[i].from, after, until) ||
               in(log->payments[i].to, after, until);
    for (size_t i = 0; i < log->deal_count && !some; i++)
        some =
            in(log->deals[i].from, after, until) || in(log->deals[i].to, after, until);
    return some;
}

static us_code account_take(
    void *ctx, struct us_gathered *g, struct us_arena *a, struct us_error *e)
{
    (void)e;
    struct us_evaluator *v = ctx;
    struct us_log mine;
    const struct us_log *facts = &g->runs.facts;
    us_evaluator_adopt(v, a, &g->log, &mine);
    uint32_t *people = us_new(a, uint32_t, facts->person_count + 1);
    for (size_t i = 0; i < facts->person_count; i++)
        people[i] =
            us_book_person(v->book, facts->people[i].key, facts->people[i].identified);
    for (size_t i = 0; i < g->told_count; i++) {
        const struct us_gathered_told *told = &g->told[i];
        uint32_t user = told->user == US_NOBODY ? US_NOBODY : people[told->user];
        struct us_firing f = {mine.account, told->definition, user, told->change};
        if (us_evaluator_tells(v, &f))
            us_evaluator_tell(v, &f, us_arena_str(&v->texts, told->explanation));
    }
    us_evaluator_undone_look(v, &g->log, a);
    if (!v->o.silent && v->over < v->load_until && moved(v, &mine)) {
        *us_new(&v->moved, uint32_t, 1) = mine.account;
        v->moved_count++;
    }
    for (size_t i = 0; i < mine.trait_count; i++)
        if (mine.traits[i].from == US_ALWAYS && mine.traits[i].seq > v->fixed_seq)
            v->fixed_seq = mine.traits[i].seq;
    machines_name(g, mine.account, people);
    struct us_given_account given = {
        &mine, v->load_until, g->machines, g->machine_count, g->converted};
    us_shard_adopt(v->shard, &given);
    return US_OK;
}

/* Which transitions of the past may be told: those later than it. */
static int64_t told_after(const struct us_evaluator *v, uint32_t definition)
{
    us_evaluator_how how = v->how[definition];
    if (how == US_DEFINITION_NEW) return US_ALWAYS;
    if (how != US_DEFINITION_SAME || v->o.silent) return US_NEVER;
    return v->past ? US_ALWAYS : v->over;
}

static us_code accounts_load(
    struct us_evaluator *v, struct us_history *h, int64_t until, struct us_error *e)
{
    const struct us_rules *r = v->o.rules;
    struct us_replay_store *store = NULL;
    struct us_replay_view *view = NULL;
    us_arena_reset(&v->line);
    int64_t *after = us_new(&v->line, int64_t, r->definition_count + 1);
    for (uint32_t d = 0; d < r->definition_count; d++)
        after[d] = told_after(v, d);
    us_code code = us_replay_open(v->o.data, h, NULL, NULL, &store, e);
    if (code == US_OK)
        code = us_replay_view(store, &r->plan->need, NULL, NULL, &view, e);
    v->load_until = until;
    struct us_gathering g = {.rules = r,
        .view = view,
        .until = until,
        .after = after,
        .chunk = v->o.load_chunk ? v->o.load_chunk : US_EVALUATOR_CHUNK,
        .stop = v->o.stop,
        .take = account_take,
        .ctx = v};
    if (code == US_OK) code = us_evaluator_gather(&g, e);
    us_replay_view_close(view);
    us_replay_close(store);
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
    uint64_t *left = us_new(&v->line, uint64_t, US_LIVE_WORDS(count) + 1);
    bool some = false;
    US_TRY(us_evaluator_go_on(v, e));
    for (uint32_t d = 0; d < count; d++) {
        uint64_t bit = UINT64_C(1) << (d % 64);
        if (!us_evaluator_by_standings(v->how[d])) continue;
        given[d / 64] |= bit;
        if (v->how[d] == US_DEFINITION_CHANGED) redefined[d / 64] |= bit;
        if (v->how[d] == US_DEFINITION_LEFT) left[d / 64] |= bit;
        some = true;
        us_shard_forget(v->shard, d);
        v->given_definition = d;
        US_TRY(v->o.standings(v->o.standings_ctx, d, standing_take, v, e));
    }
    v->giving = true;
    uint32_t *moves = (uint32_t *)(void *)v->moved.base;
    struct us_shard_given how = {given, redefined, left, moves, v->moved_count};
    if (some) us_shard_given(v->shard, &how);
    us_arena_reset(&v->moved);
    v->moved_count = 0;
    v->giving = false;
    return us_evaluator_broken(v, e);
}

static us_code load_work(void *ctx, struct us_history *h, struct us_error *e)
{
    struct us_evaluator *v = ctx;
    int64_t until = US_ALWAYS;
    US_TRY(us_evaluator_past(v, us_history_position(h), e));
    US_TRY(us_history_last_known(h, &until, e));
    US_TRY(us_history_persons(h, person_take, v, e));
    us_arena_reset(&v->undone);
    v->undone_count = 0;
    US_TRY(us_history_links(h, link_take, v, e));
    us_evaluator_undone_ready(v);
    if (v->o.history_rules->unit == US_COMPANY) US_TRY(companies_load(v, h, e));
    us_book_loaded(v->book);
    us_recent_begin(v->recent, us_book_people(v->book));
    if (until < v->over) until = v->over;
    v->position = us_history_position(h);
    v->last = v->now = until;
    if (until != US_ALWAYS) { /* something is known */
        US_TRY(accounts_load(v, h, until, e));
        us_shard_loaded(v->shard, until);
    }
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

static void begin_anew(struct us_evaluator *v)
{
    us_book_free(v->book);
    if (v->shard) us_shard_done(v->shard);
    us_arena_reset(&v->shard_arena);
    struct us_shard_calls calls = {
        v, us_evaluator_take, us_evaluator_again, us_evaluator_stands};
    v->shard = us_shard_new(v->live, &calls, &v->shard_arena);
    v->book = us_book_new(v->o.history_rules->unit);
}

static us_code history_load(struct us_evaluator *v, struct us_error *e)
{
    size_t before = v->told_count;
    us_arena_reset(&v->moved);
    v->moved_count = 0;
    v->loading = true;
    us_code code = v->o.use(v->o.use_ctx, v->group_end, US_ASK_ALL, load_work, v, e);
    v->loading = false;
    if (code != US_OK) return code;
    us_evaluator_order(v, before);
    v->over = v->now;
    v->counts.loads++;
    return US_OK;
}

us_code us_evaluator_load(struct us_evaluator *v, struct us_error *e)
{
    bool taken;
    begin_anew(v);
    US_TRY(us_evaluator_kept(v, &taken, e));
    if (taken) {
        us_recent_begin(v->recent, us_book_people(v->book));
        v->counts.taken++;
    } else {
        begin_anew(v);
        US_TRY(history_load(v, e));
    }
    v->stale = v->past = v->first = false;
    v->loaded = true;
    return US_OK;
}
