/* evaluate_owe.c: facts of all time (account.fixed) that become known late.
 *
 * A replay sees them at every moment of their account, those before they came too. So
 * an account to which one comes is replayed by itself. Where what was told of it is a
 * part of what the replay says, the rest of that is told, as not live, and the account
 * goes on by the machine of the replay, as it would after a load. Where it is not, what
 * was told stays, and goes on as it stands: it leaves by its own rule, and is told
 * nothing of what the replay says else. So it does after a load, as long as the replay
 * has not come as far as what was told (evaluate_told.c); one that entered or left at
 * other moments alone goes on by the replay from then on. People go by what was told
 * where the account they are within does.
 */

#include "server/evaluate_inner.h"

/* Accounts of one step, each a question to history of some milliseconds; of more, as a
 * CRM has in its first file, one load tells all of them, and can be stopped. */
enum { OWE_MAX = 128 };

bool us_evaluator_is_fixed(const struct us_evaluator *v, us_str key)
{
    const struct us_history_rules *rules = v->o.history_rules;
    for (size_t i = 0; i < rules->fixed_count; i++)
        if (us_str_eq(rules->fixed[i], key)) return true;
    return false;
}

void us_evaluator_not_yet(const struct us_evaluator *v, struct us_log *log)
{
    size_t count = 0;
    for (size_t i = 0; i < log->trait_count; i++) {
        const struct us_log_trait *r = &log->traits[i];
        if (r->from != US_ALWAYS || r->seq <= v->fixed_seq) log->traits[count++] = *r;
    }
    log->trait_count = count;
}

/* ---- one machine ---- */

struct owing {
    struct us_evaluator *v;
    uint32_t account;
    int64_t t;
    struct us_gathered g;
    struct us_given_machine *machines; /* by which it goes on */
    size_t machine_count, machine_cap;
    bool *as_told; /* by definition: some of it does not go by the replay */
};

/* Of a definition, and a person among the log's or nobody. */
struct one {
    uint32_t definition, at, user; /* user: as the book has it */
    struct us_machine was;
};

static bool is_of(const struct us_gathered_told *told, const struct one *o)
{
    return told->definition == o->definition && told->user == o->at;
}

/* How it left, if it did, is as it was told. */
static bool is_exit(const struct us_machine *m, const struct us_transition *made)
{
    return made->change != US_CHANGE_ENTERED && made->ordinal == m->entries &&
           made->t == m->left && made->change == m->left_by;
}

static bool is_entry(const struct us_machine *m, const struct us_transition *made)
{
    return made->change == US_CHANGE_ENTERED && made->ordinal == m->entries &&
           made->t == m->entered;
}

/* A part of what the replay says. */
static bool agrees(const struct owing *x, const struct one *o)
{
    us_evaluator_how how = x->v->how[o->definition];
    uint32_t within = x->v->o.rules->definitions[o->definition].within;
    if (us_evaluator_by_standings(how)) return false;
    if (within != US_NODE_NONE && x->as_told[within]) return false;
    bool entered = !o->was.entries;
    bool left = entered || o->was.phase == US_PHASE_QUALIFIED;
    for (size_t i = 0; i < x->g.told_count; i++) {
        const struct us_gathered_told *told = &x->g.told[i];
        if (!is_of(told, o)) continue;
        entered |= is_entry(&o->was, &told->change);
        left |= is_exit(&o->was, &told->change);
    }
    return entered && left;
}

/* Behind what was told. */
static bool is_owed(const struct us_machine *m, const struct us_transition *made)
{
    if (made->ordinal != m->entries) return made->ordinal > m->entries;
    return made->change != US_CHANGE_ENTERED && m->phase == US_PHASE_QUALIFIED;
}

static void owed_tell(const struct owing *x, const struct one *o)
{
    struct us_evaluator *v = x->v;
    for (size_t i = 0; i < x->g.told_count; i++) {
        const struct us_gathered_told *told = &x->g.told[i];
        if (!is_of(told, o) || !is_owed(&o->was, &told->change)) continue;
        struct us_firing f = {x->account, o->definition, o->user, told->change};
        if (us_evaluator_tells(v, &f))
            us_evaluator_tell(v, &f, us_arena_str(&v->texts, told->explanation));
    }
}

static struct us_machine replayed(const struct owing *x, const struct one *o)
{
    for (size_t i = 0; i < x->g.machine_count; i++) {
        const struct us_given_machine *m = &x->g.machines[i];
        if (m->definition == o->definition && m->user == o->at) return m->machine;
    }
    return (struct us_machine){0};
}

static void one_go_on(struct owing *x, uint32_t definition, uint32_t at)
{
    struct us_evaluator *v = x->v;
    struct one o = {.definition = definition, .at = at, .user = US_NOBODY};
    if (at != US_NOBODY) o.user = x->g.runs.facts.people[at].id;
    o.was = us_shard_machine(v->shard, x->account, definition, o.user);
    struct us_given_machine go_on = {x->account, definition, o.user, o.was};
    if (agrees(x, &o)) {
        owed_tell(x, &o);
        go_on.machine = replayed(x, &o);
    } else if (v->how[definition] == US_DEFINITION_SAME) {
        x->as_told[definition] = true;
        if (o.was.phase != US_PHASE_QUALIFIED) us_evaluator_stands(v, &go_on);
    }
    *us_push(&v->come, x->machines, x->machine_count, x->machine_cap) = go_on;
}

static void definition_go_on(
    struct owing *x, uint32_t definition, const struct us_log *mine)
{
    bool pql = x->v->o.rules->definitions[definition].pql;
    size_t people = pql ? mine->person_count : 1;
    for (uint32_t i = 0; i < people; i++)
        /* A visitor without a name is nobody whom a definition could tell. */
        if (!pql || mine->people[i].identified)
            one_go_on(x, definition, pql ? i : US_NOBODY);
}

/* ---- the account ---- */

static us_code owe_take(void *ctx, const struct us_log *log, struct us_error *e)
{
    (void)e;
    struct owing *x = ctx;
    struct us_evaluator *v = x->v;
    const struct us_rules *r = v->o.rules;
    struct us_log mine;
    us_evaluator_adopt(v, &v->come, log, &mine);
    us_evaluator_not_yet(v, &mine);
    int64_t *after = us_new(&v->come, int64_t, r->definition_count + 1);
    for (size_t d = 0; d < r->definition_count; d++)
        after[d] = US_ALWAYS;
    struct us_gathering g = {.rules = r, .until = x->t - 1, .after = after};
    us_evaluator_gather_one(&g, &mine, &v->come, &x->g);
    size_t before = v->told_count;
    x->as_told = us_new(&v->come, bool, r->definition_count + 1);
    v->owing = true;
    for (int people = 0; people < 2; people++) /* who go by their account */
        for (uint32_t d = 0; d < r->definition_count; d++)
            if (r->definitions[d].pql == people) definition_go_on(x, d, &mine);
    v->owing = false;
    us_evaluator_order(v, before);
    struct us_given_account given = {
        &mine, x->t - 1, x->machines, x->machine_count, x->g.converted};
    us_shard_adopt_again(v->shard, &given);
    for (uint32_t d = 0; d < r->definition_count; d++)
        if (x->as_told[d]) us_shard_as_told(v->shard, mine.account, d);
    v->counts.again++;
    return US_OK;
}

static us_code owe_work(void *ctx, struct us_history *h, struct us_error *e)
{
    const struct owing *x = ctx;
    us_str key = us_book_account_key(x->v->book, x->account);
    return us_history_logs(h, &x->v->o.rules->plan->need, key, x->t, owe_take, ctx, e);
}

bool us_evaluator_owe(struct us_evaluator *v, uint32_t account, int64_t t)
{
    struct owing x = {.v = v, .account = account, .t = t};
    v->owed = true; /* a load tells it, should this not be */
    if (v->owe_count++ == OWE_MAX) {
        v->stale = v->past = true;
        return false;
    }
    /* What is before it may ask for rows, too: one turn at history at a time. */
    if (v->now < t) {
        us_shard_until(v->shard, t - 1);
        v->now = t - 1;
    }
    us_arena_reset(&v->come);
    if (v->broken == US_OK)
        v->broken =
            v->o.use(v->o.use_ctx, v->group_end, US_ASK_ACCOUNT, owe_work, &x, &v->why);
    return true;
}
