/* evaluate_load.c: rows from history: of one account once more, or of all from the
 * beginning. */

#include "history/replay.h"
#include "qualify/replay.h"
#include "server/evaluate_inner.h"

#include <stdlib.h>
#include <string.h>

/* ---- a log in the numbers of the book ---- */

static int person_order(const void *a, const void *b)
{
    uint32_t x = ((const struct us_log_person *)a)->id;
    uint32_t y = ((const struct us_log_person *)b)->id;
    return (x > y) - (x < y);
}

/* The book's number of the log's person. */
static uint32_t person_of(const struct us_log *log, const uint32_t *people, uint32_t id)
{
    if (id == US_NOBODY) return US_NOBODY;
    size_t at = us_log_person_at(log, id);
    us_assert(at < log->person_count);
    return people[at];
}

static void adopt(struct us_evaluator *v, struct us_arena *a, const struct us_log *log,
    struct us_log *out)
{
    *out = *log;
    out->account = us_book_account(v->book, log->key);
    uint32_t *people = us_new(a, uint32_t, log->person_count + 1);
    out->people = us_new(a, struct us_log_person, log->person_count + 1);
    for (size_t i = 0; i < log->person_count; i++) {
        const struct us_log_person *p = &log->people[i];
        people[i] = us_book_person(v->book, p->key, p->identified);
        out->people[i] = *p;
        out->people[i].id = people[i];
        us_book_member(v->book, people[i], out->account);
    }
    if (log->person_count)
        qsort(out->people, log->person_count, sizeof *out->people, person_order);
    out->events = us_new(a, struct us_log_event, log->event_count + 1);
    for (size_t i = 0; i < log->event_count; i++) {
        out->events[i] = log->events[i];
        out->events[i].user = person_of(log, people, log->events[i].user);
    }
    out->traits = us_new(a, struct us_log_trait, log->trait_count + 1);
    for (size_t i = 0; i < log->trait_count; i++) {
        out->traits[i] = log->traits[i];
        out->traits[i].user = person_of(log, people, log->traits[i].user);
        if (log->traits[i].user != US_NOBODY)
            us_book_traits(v->book, out->traits[i].user);
    }
}

/* ---- one account ---- */

struct renewing {
    struct us_evaluator *v;
    struct us_shard *shard;
    uint32_t account;
    int64_t t;
    bool asked;
};

/* Rows seen at t, in the order in which they became known: those of a kind apart, since
 * only events of one moment could be told apart by it, and they are not. */
struct seen_row {
    int64_t from;
    uint32_t kind, at;
};

static int seen_order(const void *a, const void *b)
{
    const struct seen_row *x = a;
    const struct seen_row *y = b;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static size_t seen_rows(
    const struct us_log *log, int64_t t, struct us_arena *a, struct seen_row **out)
{
    size_t most =
        log->event_count + log->trait_count + log->payment_count + log->deal_count;
    struct seen_row *rows = us_new(a, struct seen_row, most + 1);
    size_t n = 0;
    for (uint32_t i = 0; i < log->event_count; i++)
        if (log->events[i].from <= t && t < log->events[i].to)
            rows[n++] = (struct seen_row){log->events[i].from, 0, i};
    for (uint32_t i = 0; i < log->trait_count; i++)
        if (log->traits[i].from <= t && t < log->traits[i].to)
            rows[n++] = (struct seen_row){log->traits[i].from, 1, i};
    for (uint32_t i = 0; i < log->payment_count; i++)
        if (log->payments[i].from <= t)
            rows[n++] = (struct seen_row){log->payments[i].from, 2, i};
    for (uint32_t i = 0; i < log->deal_count; i++)
        if (log->deals[i].from <= t)
            rows[n++] = (struct seen_row){log->deals[i].from, 3, i};
    if (n) qsort(rows, n, sizeof *rows, seen_order);
    *out = rows;
    return n;
}

static void row_give(
    const struct renewing *r, const struct us_log *log, const struct seen_row *row)
{
    const us_value *values = log->values;
    if (values && row->kind == 0) values += row->at * log->column_count;
    switch (row->kind) {
    case 0: us_shard_event(r->shard, r->account, &log->events[row->at], values); return;
    case 1: us_shard_trait(r->shard, r->account, &log->traits[row->at]); return;
    case 2: us_shard_payment(r->shard, r->account, &log->payments[row->at]); return;
    default: us_shard_deal(r->shard, r->account, &log->deals[row->at]); return;
    }
}

static void rows_give(const struct renewing *r, const struct us_log *log)
{
    struct seen_row *rows;
    size_t count = seen_rows(log, r->t, &r->v->again, &rows);
    for (size_t i = 0; i < count; i++)
        row_give(r, log, &rows[i]);
}

/* Whether t is a moment of the account: some row begins or ends to be seen. One that is
 * no moment must not be made one, as time would then be looked at that nobody asked to.
 */
static bool is_moment(const struct us_log *log, int64_t t)
{
    for (size_t i = 0; i < log->event_count; i++)
        if (log->events[i].from == t || log->events[i].to == t) return true;
    for (size_t i = 0; i < log->trait_count; i++)
        if (log->traits[i].from == t || log->traits[i].to == t) return true;
    for (size_t i = 0; i < log->payment_count; i++)
        if (log->payments[i].from == t) return true;
    for (size_t i = 0; i < log->deal_count; i++)
        if (log->deals[i].from == t) return true;
    return false;
}

static us_code renew_take(void *ctx, const struct us_log *log, struct us_error *e)
{
    (void)e;
    struct renewing *r = ctx;
    struct us_evaluator *v = r->v;
    struct us_log *mine = &v->given;
    us_arena_reset(&v->again);
    adopt(v, &v->again, log, mine);
    us_assert(mine->account == r->account);
    if (r->asked) { /* by the shard, in the middle of a moment */
        rows_give(r, mine);
        return US_OK;
    }
    if (!is_moment(mine, r->t)) return US_OK;
    v->given_now = true;
    us_shard_left(r->shard, r->account, r->t);
    v->given_now = false;
    v->now = r->t;
    v->counts.again++;
    int64_t *from = us_new(&v->again, int64_t, mine->person_count + 1);
    us_log_people_from(mine, from);
    for (size_t i = 0; i < mine->person_count; i++)
        if (mine->people[i].identified && from[i] <= r->t)
            us_shard_person(r->shard, r->account, mine->people[i].id);
    return US_OK;
}

static us_code renew_work(void *ctx, struct us_history *h, struct us_error *e)
{
    struct renewing *r = ctx;
    us_str key = us_book_account_key(r->v->book, r->account);
    return us_history_logs(h, &r->v->o.rules->plan->need, key, r->t, renew_take, r, e);
}

void us_evaluator_renew(struct us_evaluator *v, uint32_t account, int64_t t)
{
    struct renewing r = {v, v->shard, account, t, false};
    /* What is before it may ask for rows, too: one turn at history at a time. */
    if (v->now < t) {
        us_shard_until(v->shard, t - 1);
        v->now = t - 1;
    }
    if (v->broken == US_OK)
        v->broken = v->o.use(v->o.use_ctx, v->group_end, renew_work, &r, &v->why);
}

void us_evaluator_again(void *ctx, struct us_shard *s, uint32_t account, int64_t t)
{
    struct us_evaluator *v = ctx;
    struct renewing r = {v, s, account, t, true};
    if (v->broken != US_OK) return;
    if (v->given_now && v->given.account == account) {
        rows_give(&r, &v->given);
    } else {
        v->broken = v->o.use(v->o.use_ctx, v->group_end, renew_work, &r, &v->why);
    }
}

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

/* ---- what replay says of an account ---- */

struct adopting {
    struct us_evaluator *v;
    struct us_replay *replay;
    const struct us_runs *runs;
    struct us_arena *a;
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
    return id == US_NOBODY ? US_NOBODY : person_of(&x->runs->facts, x->people, id);
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
        transitions_tell(x, own[i]);
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
    adopt(v, a, &log, &mine);
    us_replay_take(replay, runs, until);
    struct adopting x = {
        .v = v, .replay = replay, .runs = runs, .a = a, .account = mine.account};
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

/* Of those that had another text: as they stand by what was told. */
static us_code machines_give(struct us_evaluator *v, struct us_error *e)
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
    if (!some) return US_OK;
    v->giving = true;
    us_shard_given(v->shard, given, redefined);
    v->giving = false;
    return v->broken;
}

/* ---- lines that nobody evaluated ---- */

/* The known of a line that something may rest on; US_NEVER of others. */
static us_code known_of(
    struct us_evaluator *v, us_str line, int64_t *known, struct us_error *e)
{
    struct us_json_doc doc;
    struct us_head head;
    struct us_message m;
    uint32_t node;
    us_arena_reset(&v->line);
    *known = US_NEVER;
    US_TRY(us_json_parse(v->json, line, &doc, e));
    us_code code = us_head_read(&doc, &head, &node, &v->line, e);
    if (code == US_NOT_FOUND) return US_OK; /* a commit line */
    if (code != US_OK) return code;
    if (head.type == US_LINE_DEAD || head.type == US_LINE_IMPORT ||
        head.type == US_LINE_TEST)
        return US_OK;
    *known = head.known;
    if (head.type != US_LINE_MESSAGE) return US_OK;
    US_TRY(us_message_read(&doc, node, &head, US_NEVER, &v->line, &m, e));
    *known = m.known;
    return US_OK;
}

static us_code lines_look(
    struct us_evaluator *v, struct us_journal_reader *r, struct us_error *e)
{
    us_str text;
    us_pos at;
    us_pos next;
    us_code code;
    while ((code = us_journal_reader_next(r, &text, &at, &next, e)) == US_OK) {
        while (text.len) {
            int64_t known;
            us_str line = us_str_cut(text, '\n', &text);
            if (!line.len) continue;
            US_TRY(known_of(v, line, &known, e));
            if (known > v->o.told_until) continue;
            v->past = true;
            return US_OK;
        }
    }
    return code == US_NOT_FOUND ? US_OK : code;
}

static us_code past_look(struct us_evaluator *v, struct us_error *e)
{
    struct us_journal_reader *r = NULL;
    if (!v->unlooked) return US_OK;
    US_TRY(us_journal_reader_open(v->o.journal, v->o.told_at, &r, e));
    us_code code = lines_look(v, r, e);
    us_journal_reader_close(r);
    v->unlooked = code != US_OK;
    return code;
}

static us_code load_work(void *ctx, struct us_history *h, struct us_error *e)
{
    struct us_evaluator *v = ctx;
    int64_t until = US_ALWAYS;
    US_TRY(past_look(v, e));
    US_TRY(us_history_last_known(h, &until, e));
    US_TRY(us_history_persons(h, person_take, v, e));
    US_TRY(us_history_links(h, link_take, v, e));
    us_book_loaded(v->book);
    if (until < v->over) until = v->over;
    v->position = us_history_position(h);
    v->last = v->now = until;
    if (until == US_ALWAYS) return US_OK; /* nothing is known yet */
    US_TRY(accounts_load(v, h, until, e));
    us_shard_loaded(v->shard, until);
    return machines_give(v, e);
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
    us_code code = v->o.use(v->o.use_ctx, v->group_end, load_work, v, e);
    v->loading = false;
    if (code != US_OK) return code;
    struct us_told *items = (struct us_told *)(void *)v->items.base;
    if (v->told_count > before)
        qsort(items + before, v->told_count - before, sizeof *items, told_order);
    v->over = v->now;
    v->stale = v->past = v->first = false;
    v->counts.loads++;
    v->loaded = true;
    return US_OK;
}
