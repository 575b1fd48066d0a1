/* evaluate_told.c: where what was told is not what a replay says.
 *
 * A fact of all time, or rows that become known in the past, can undo what was told: an
 * account entered and left, and by a replay it never did. What was told stays. So that
 * an entry has its exit, and an exit its entry, each such machine goes on as it was
 * told: it leaves by its own rule and enters again as the next of its entries. All
 * others go on by the replay.
 *
 * A machine has come so many changes far, entries and exits, and that is compared.
 * Where a replay is as far as what was told, if by other moments, it goes on by the
 * replay: what it tells next is what follows. Where it is further, it does if all that
 * lies between is told now, by the load at hand. Else, and where it is behind, it goes
 * on as told, and nothing of it that the load found is told. People do as well where
 * the account they are within does, as they are in only while it is.
 *
 * What its transitions do not say of a machine that goes on so is told as standings, as
 * of definitions that had another text once, so that it is the same after every start.
 */

#include "server/evaluate_inner.h"

#include <stdlib.h>

/* How far a machine has come, that entered so often. */
static uint64_t far_of(uint32_t entries, bool out)
{
    return 2 * (uint64_t)entries + out;
}

static uint64_t machine_far(const struct us_machine *m)
{
    return far_of(m->entries, m->phase != US_PHASE_QUALIFIED);
}

/* What the load at hand found. */
struct finding {
    uint32_t definition, account, user;
    uint64_t far;
    size_t item;
};

struct comparing {
    struct us_evaluator *v;
    struct us_arena a;
    uint32_t definition, within;   /* the one at hand */
    struct us_given_machine *list; /* that go on as told: by definition its part, … */
    size_t count, cap;
    size_t *from, *to;     /* … which is in order of account and user */
    struct finding *found; /* in order, once somebody asked */
    size_t found_count;
    bool searched;
};

/* ---- what the load found ---- */

static int number_order(uint32_t x, uint32_t y)
{
    return (x > y) - (x < y);
}

static int account_order(const void *a, const void *b)
{
    return number_order(*(const uint32_t *)a, *(const uint32_t *)b);
}

static int finding_order(const void *a, const void *b)
{
    const struct finding *x = a;
    const struct finding *y = b;
    int order = number_order(x->definition, y->definition);
    if (!order) order = number_order(x->account, y->account);
    if (!order) order = number_order(x->user, y->user);
    return order ? order : (x->far > y->far) - (x->far < y->far);
}

static void search(struct comparing *c)
{
    struct us_evaluator *v = c->v;
    const struct us_told *items = (struct us_told *)(void *)v->items.base;
    if (c->searched) return;
    c->searched = true;
    c->found = us_new(&c->a, struct finding, v->told_count + 1);
    for (size_t i = 0; i < v->told_count; i++) {
        const struct us_told *told = &items[i];
        if (v->how[told->definition] != US_DEFINITION_SAME) continue;
        c->found[c->found_count++] = (struct finding){.definition = told->definition,
            .account = us_book_account(v->book, told->account),
            .user = us_book_person(v->book, told->user, true),
            .far =
                far_of(told->change.ordinal, told->change.change != US_CHANGE_ENTERED),
            .item = i};
    }
    if (c->found_count)
        qsort(c->found, c->found_count, sizeof *c->found, finding_order);
}

/* Where in what was found those of it begin, or would. */
static size_t found_at(struct comparing *c, uint32_t account, uint32_t user)
{
    const struct finding it = {
        .definition = c->definition, .account = account, .user = user};
    search(c);
    size_t from = 0;
    size_t to = c->found_count;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (finding_order(&c->found[mid], &it) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

/* How far the first of it goes; UINT64_MAX: nothing was found. */
static uint64_t found_first(struct comparing *c, uint32_t account, uint32_t user)
{
    size_t at = found_at(c, account, user);
    if (at == c->found_count) return UINT64_MAX;
    const struct finding *f = &c->found[at];
    bool same = f->definition == c->definition && f->account == account;
    return same && f->user == user ? f->far : UINT64_MAX;
}

/* ---- which go on as told ---- */

static int going_order(const void *a, const void *b)
{
    const struct us_given_machine *x = a;
    const struct us_given_machine *y = b;
    int order = number_order(x->account, y->account);
    return order ? order : number_order(x->user, y->user);
}

/* Whether the account goes on as told by the definition, which was compared. */
static bool is_going(const struct comparing *c, uint32_t definition, uint32_t account)
{
    size_t from = c->from[definition];
    size_t to = c->to[definition];
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (c->list[mid].account < account)
            from = mid + 1;
        else
            to = mid;
    }
    return from < c->to[definition] && c->list[from].account == account;
}

static bool agrees(
    struct comparing *c, const struct us_given_machine *told, uint64_t said)
{
    struct us_evaluator *v = c->v;
    if (c->within != US_NODE_NONE && is_going(c, c->within, told->account))
        return false;
    struct us_machine now = {0};
    if (us_live_find(us_shard_live(v->shard), told->account) != US_SLOT_NONE)
        now = us_shard_machine(v->shard, told->account, c->definition, told->user);
    uint64_t replayed = machine_far(&now);
    if (replayed <= said) return replayed == said;
    return v->past || found_first(c, told->account, told->user) <= said + 1;
}

static us_code reach_compare(void *ctx, const struct us_evaluator_who *who,
    uint32_t entries, bool over, struct us_error *e)
{
    (void)e;
    struct comparing *c = ctx;
    struct us_given_machine told = {
        .account = us_book_account(c->v->book, who->account),
        .definition = c->definition,
        .user = us_book_person(c->v->book, who->user, true)};
    if (!agrees(c, &told, far_of(entries, over)))
        *us_push(&c->a, c->list, c->count, c->cap) = told;
    return US_OK;
}

/* ---- and how ---- */

/* What the load found of the account, and of that person or, nobody, of all of them. */
static void untell(struct comparing *c, uint32_t account, uint32_t user)
{
    struct us_told *items = (struct us_told *)(void *)c->v->items.base;
    bool all = user == US_NOBODY;
    size_t i = found_at(c, account, all ? 0 : user);
    for (; i < c->found_count; i++) {
        const struct finding *f = &c->found[i];
        if (f->definition != c->definition || f->account != account) break;
        if (!all && f->user != user) break;
        items[f->item].definition = UINT32_MAX;
    }
}

static void within_go_on(struct comparing *c)
{
    for (size_t i = c->from[c->within]; i < c->to[c->within]; i++) {
        uint32_t account = c->list[i].account;
        us_shard_forget_people(c->v->shard, account, c->definition);
        us_shard_as_told(c->v->shard, account, c->definition);
        untell(c, account, US_NOBODY);
    }
}

static us_code standing_take(void *ctx, us_str account, us_str user,
    const struct us_machine *machine, struct us_error *e)
{
    (void)account;
    (void)user;
    (void)e;
    ((struct us_given_machine *)ctx)->machine = *machine; /* the second counts */
    return US_OK;
}

/* Rows of it came or went after what is over. */
static bool moved(const struct us_evaluator *v, uint32_t account)
{
    const uint32_t *list = (uint32_t *)(void *)v->moved.base;
    return v->moved_count &&
           bsearch(&account, list, v->moved_count, sizeof account, account_order);
}

static us_code one_go_on(
    struct comparing *c, struct us_given_machine *m, struct us_error *e)
{
    struct us_evaluator *v = c->v;
    struct us_evaluator_who who = {.definition = m->definition,
        .account = us_book_account_key(v->book, m->account)};
    if (m->user != US_NOBODY) who.user = us_book_person_key(v->book, m->user);
    US_TRY(v->o.stood(v->o.standings_ctx, &who, standing_take, m, e));
    us_shard_go_on(v->shard, m, moved(v, m->account));
    untell(c, m->account, m->user);
    return US_OK;
}

static us_code definition_compare(
    struct comparing *c, uint32_t definition, struct us_error *e)
{
    struct us_evaluator *v = c->v;
    size_t from = c->count;
    c->definition = definition;
    c->within = v->o.rules->definitions[definition].within;
    US_TRY(v->o.reached(v->o.standings_ctx, definition, reach_compare, c, e));
    size_t count = c->count - from;
    if (count) qsort(c->list + from, count, sizeof *c->list, going_order);
    c->from[definition] = from;
    c->to[definition] = c->count;
    if (c->within != US_NODE_NONE) within_go_on(c);
    for (size_t i = from; i < c->count; i++) {
        bool again = i > from && going_order(&c->list[i - 1], &c->list[i]) == 0;
        if (!again) US_TRY(one_go_on(c, &c->list[i], e));
    }
    return US_OK;
}

/* Those that untell has marked leave the batch. */
static void batch_pack(struct us_evaluator *v)
{
    struct us_told *items = (struct us_told *)(void *)v->items.base;
    size_t count = 0;
    for (size_t i = 0; i < v->told_count; i++)
        if (items[i].definition != UINT32_MAX) items[count++] = items[i];
    if (count == v->told_count) return;
    us_arena_pop(&v->items, (us_mark){(char *)(items + count)});
    v->told_count = count;
}

us_code us_evaluator_go_on(struct us_evaluator *v, struct us_error *e)
{
    const struct us_rules *r = v->o.rules;
    struct comparing c = {.v = v};
    if (v->first) return US_OK; /* nothing was told */
    us_arena_init(&c.a, (size_t)32 << 30);
    c.from = us_new(&c.a, size_t, r->definition_count + 1);
    c.to = us_new(&c.a, size_t, r->definition_count + 1);
    if (v->moved_count)
        qsort(v->moved.base, v->moved_count, sizeof(uint32_t), account_order);
    us_code code = US_OK;
    /* Accounts come first, then people, who go by theirs. */
    for (int people = 0; people < 2; people++)
        for (uint32_t d = 0; d < r->definition_count && code == US_OK; d++)
            if (v->how[d] == US_DEFINITION_SAME && r->definitions[d].pql == people)
                code = definition_compare(&c, d, e);
    if (code == US_OK) batch_pack(v);
    if (code == US_OK && c.count) us_shard_until(v->shard, v->now);
    us_arena_done(&c.a);
    return code;
}
