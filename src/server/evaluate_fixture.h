/* evaluate_fixture.h: a world of lines, a history that loads them, and an evaluator of
 * which what it told is kept. Shared by the tests of the evaluator.
 */
#pragma once

#include "history/history_fixture.h"
#include "history/replay.h"
#include "qualify/referee.h"
#include "qualify/replay.h"
#include "server/evaluate.h"

#include <unistd.h>

enum { STEPS = 120, TOLD_MAX = 1 << 15, SAID_MAX = 6 };

static const int64_t BEGIN = INT64_C(1700000000000000);

struct told {
    us_str account, user;
    uint32_t definition;
    struct us_transition change;
    bool live;
};

/* What makes an account: the group that lines name; the company of that, or of an
 * address; the company of an address, where next to nothing names a group. */
enum by { BY_GROUP, BY_COMPANY, BY_ADDRESS };

struct list {
    struct told *items;
    size_t count;
};

/* Of one machine the last. */
struct stands {
    struct us_told_standing *items;
    size_t count;
};

enum keeps { KEEPS_NOT, KEEPS_BY_CHANCE, KEEPS };

struct world {
    struct fixture x;
    struct us_arena a;
    uint64_t seed;
    uint64_t refusals; /* a seed, too: how often it is asked is a matter of time */
    enum by by;
    struct us_config *config;
    struct us_rules *rules;
    struct us_history_rules history_rules;
    us_str journal_dir;
    struct us_journal *journal;
    struct us_history *history;
    struct us_evaluator *evaluator;
    struct us_evaluator *beside; /* silent, behind that one; NULL: there is none */
    us_pos evaluated;            /* by that one, after a step that went well */
    struct list got, want;
    struct stands stands;
    struct list corrected; /* change.since: at which undo */
    int64_t known, until;  /* until: of the last batch taken */
    int64_t links[STEPS];  /* seqs of lines an undo may name */
    size_t link_count;
    us_pos told_at;
    bool ordered, refuse;
    enum keeps keeps;                     /* what it knows is left for the next one */
    uint64_t kept, taken;                 /* how often it was */
    bool lags, starts;                    /* history, at a start; this is one */
    size_t batch_bytes;                   /* 0: by chance */
    useconds_t slow_us;                   /* what history takes to answer */
    const us_evaluator_how *how, *always; /* always: where that says nothing */
    us_str absent; /* a definition that is not told, as if it were not there yet */
    uint64_t again, came, loads;
    int refuse_next; /* so many batches */
    size_t asked;    /* questions to history */
    size_t joins;    /* evaluators that took another one's place */
    size_t ahead;    /* those that had loaded more than it had taken */
};
static inline uint64_t draw_of(uint64_t *seed, uint64_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*seed >> 33) % below;
}

static inline uint64_t draw(struct world *w, uint64_t below)
{
    return draw_of(&w->seed, below);
}
/* ---- the evaluator's world ---- */

static inline us_code use(void *ctx, us_pos upto, us_evaluator_ask ask,
    us_evaluator_work *work, void *work_ctx, struct us_error *e)
{
    (void)ask;
    struct world *w = ctx;
    w->asked++;
    if (w->slow_us) usleep(w->slow_us);
    /* At a start it may be behind what was told: as far as it is asked to it reads on.
     */
    bool lags = w->starts && draw_of(&w->refusals, 2);
    w->starts = false;
    if (!lags || us_pos_before(us_history_position(w->history), upto))
        US_TRY(us_history_catch_up(w->history, w->journal_dir, NULL, NULL, e));
    return work(work_ctx, w->history, e);
}

static inline void stands_put(struct world *w, const struct us_told_standing *s)
{
    size_t i = 0;
    for (; i < w->stands.count; i++) {
        const struct us_told_standing *is = &w->stands.items[i];
        if (is->definition == s->definition && us_str_eq(is->account, s->account) &&
            us_str_eq(is->user, s->user))
            break;
    }
    us_assert(i < TOLD_MAX);
    /* As state has it: one of which nothing is to be said was never there. */
    if (!s->machine.entries && !s->machine.must_reset && !s->machine.holding) {
        if (i < w->stands.count)
            w->stands.items[i] = w->stands.items[--w->stands.count];
        return;
    }
    w->stands.items[i] = *s;
    w->stands.items[i].account = us_arena_str(&w->a, s->account);
    w->stands.items[i].user = us_arena_str(&w->a, s->user);
    if (i == w->stands.count) w->stands.count++;
}

static inline us_code take(void *ctx, const struct us_told_batch *b, struct us_error *e)
{
    struct world *w = ctx;
    if (w->refuse_next && w->refuse_next--)
        return us_fail(e, US_BUSY, "state.full", NULL);
    if (w->refuse && draw_of(&w->refusals, 3) == 0)
        return us_fail(e, US_BUSY, "state.full", NULL);
    for (size_t i = 0; i < b->count; i++) {
        const struct us_told *t = &b->items[i];
        if (us_str_eq(w->rules->definitions[t->definition].name, w->absent)) continue;
        us_assert(w->got.count < TOLD_MAX);
        const struct told *last = &w->got.items[w->got.count - 1];
        /* What is new to one that joins is past. */
        if (w->got.count && last->change.t > t->change.t && (t->live || !w->joins))
            w->ordered = false;
        w->got.items[w->got.count++] = (struct told){us_arena_str(&w->a, t->account),
            us_arena_str(&w->a, t->user), t->definition, t->change, t->live};
        if (t->explanation.len < 10) w->ordered = false;
    }
    for (size_t i = 0; i < b->standing_count; i++)
        stands_put(w, &b->standings[i]);
    for (size_t i = 0; i < b->correction_count; i++) {
        const struct us_told_correction *c = &b->corrections[i];
        us_assert(w->corrected.count < TOLD_MAX);
        w->corrected.items[w->corrected.count] =
            (struct told){us_arena_str(&w->a, c->account), us_arena_str(&w->a, c->user),
                c->definition, c->change, true};
        w->corrected.items[w->corrected.count++].change.since = c->at;
    }
    w->until = b->until;
    w->told_at = b->to;
    return US_OK;
}

static inline us_code standings(void *ctx, uint32_t definition,
    us_evaluator_standing *take_one, void *take_ctx, struct us_error *e);
static inline us_code stood(void *ctx, const struct us_evaluator_who *who,
    us_evaluator_standing *take_one, void *take_ctx, struct us_error *e);
static inline us_code reached(void *ctx, uint32_t definition,
    us_evaluator_reach *take_one, void *take_ctx, struct us_error *e);

static inline struct us_evaluator_options options_of(struct world *w)
{
    return (struct us_evaluator_options){.data = w->x.dir,
        .journal = w->journal_dir,
        .rules = w->rules,
        .history_rules = &w->history_rules,
        .use = use,
        .use_ctx = w,
        .told = take,
        .told_ctx = w,
        .told_until = w->until,
        .told_at = w->told_at,
        .how = w->how ? w->how : w->always,
        .standings = standings,
        .stood = stood,
        .reached = reached,
        .standings_ctx = w,
        .load_chunk = draw(w, 2) ? 0 : 1, /* by one thread, or by several */
        .recent_bytes = draw(w, 3) ? 0 : 2000,
        .batch_bytes = w->batch_bytes ? w->batch_bytes : 1 + draw(w, 20000)};
}

static inline void evaluator_open(struct world *w)
{
    w->starts = w->lags;
    struct us_evaluator_options o = options_of(w);
    if (w->keeps) o.kept = us_file_join(&w->a, w->x.dir, US_KEPT_ACCOUNTS);
    o.kept_end = us_journal_end(w->journal);
    us_assert(us_evaluator_open(&o, &w->evaluator, NULL) == US_OK);
}

/* As a server that is killed, or one that is stopped. */
static inline void evaluator_close(struct world *w)
{
    if (w->keeps == KEEPS || (w->keeps == KEEPS_BY_CHANCE && draw(w, 3))) {
        us_str path = us_file_join(&w->a, w->x.dir, US_KEPT_ACCOUNTS);
        us_assert(us_evaluator_keep(w->evaluator, path, NULL) == US_OK);
        w->kept += us_file_exists(path);
    }
    struct us_evaluator_counts c = us_evaluator_counts(w->evaluator);
    w->again += (uint64_t)c.again;
    w->came += (uint64_t)c.came;
    w->loads += (uint64_t)c.loads;
    w->taken += (uint64_t)c.taken;
    us_evaluator_close(w->evaluator);
}
/* ---- one beside it ---- */

static inline us_pos evaluated(void *ctx)
{
    return ((struct world *)ctx)->evaluated;
}

/* Nothing is told by it. */
static inline us_code nobody(
    void *ctx, const struct us_told_batch *b, struct us_error *e)
{
    (void)ctx;
    (void)b;
    (void)e;
    us_assert(false);
    return US_OK;
}

/* By the rules and the how of the world as they are now. */
static inline void beside_open(struct world *w)
{
    struct us_evaluator_options o = options_of(w);
    o.silent = true;
    o.durable = evaluated;
    o.durable_ctx = w;
    o.told = nobody;
    us_assert(us_evaluator_open(&o, &w->beside, NULL) == US_OK);
}

static inline void beside_close(struct world *w)
{
    us_evaluator_close(w->beside);
    w->beside = NULL;
}

static inline void stepped(void *ctx)
{
    struct world *w = ctx;
    w->evaluated = us_evaluator_counts(w->evaluator).position;
}

static inline us_code beside_meet(struct world *w)
{
    us_pos at = us_evaluator_counts(w->beside).position;
    w->ahead += us_pos_before(w->evaluated, at);
    return us_evaluator_meet(w->beside, w->evaluator, stepped, w, NULL);
}

/* It takes the other one's place. */
static inline us_code beside_join(struct world *w)
{
    struct us_evaluator_options o = options_of(w);
    evaluator_close(w);
    w->evaluator = w->beside;
    w->beside = NULL;
    return us_evaluator_join(w->evaluator, &o, NULL);
}
/* ---- another text ---- */

/* Where each stands by what was told; of a definition. */
static inline us_code standings(void *ctx, uint32_t definition,
    us_evaluator_standing *take_one, void *take_ctx, struct us_error *e)
{
    struct world *w = ctx;
    for (size_t i = 0; i < w->got.count; i++) {
        const struct told *t = &w->got.items[i];
        bool last = t->definition == definition;
        for (size_t k = i + 1; last && k < w->got.count; k++)
            last = !(w->got.items[k].definition == definition &&
                     us_str_eq(w->got.items[k].account, t->account) &&
                     us_str_eq(w->got.items[k].user, t->user));
        if (!last) continue;
        bool in = t->change.change == US_CHANGE_ENTERED;
        struct us_machine m = {.entered = t->change.since,
            .entries = t->change.ordinal,
            .phase = in ? US_PHASE_QUALIFIED : US_PHASE_COOLING,
            .left = in ? 0 : t->change.t,
            .left_by = in ? 0 : (uint8_t)t->change.change,
            .must_reset = t->change.change == US_CHANGE_EXPIRED ||
                          t->change.change == US_CHANGE_CONVERTED};
        US_TRY(take_one(take_ctx, t->account, t->user, &m, e));
    }
    for (size_t i = 0; i < w->stands.count; i++) {
        const struct us_told_standing *s = &w->stands.items[i];
        bool entered = false;
        for (size_t k = 0; k < w->got.count; k++) {
            const struct told *t = &w->got.items[k];
            entered = entered || (t->definition == definition &&
                                     t->change.ordinal > s->machine.entries &&
                                     us_str_eq(s->account, t->account) &&
                                     us_str_eq(s->user, t->user));
        }
        if (s->definition == definition && !entered)
            US_TRY(take_one(take_ctx, s->account, s->user, &s->machine, e));
    }
    return US_OK;
}

struct stood_one {
    const struct us_evaluator_who *who;
    us_evaluator_standing *take;
    void *ctx;
};

static inline us_code stood_one(void *ctx, us_str account, us_str user,
    const struct us_machine *machine, struct us_error *e)
{
    const struct stood_one *q = ctx;
    bool same = us_str_eq(account, q->who->account) && us_str_eq(user, q->who->user);
    return same ? q->take(q->ctx, account, user, machine, e) : US_OK;
}

static inline us_code stood(void *ctx, const struct us_evaluator_who *who,
    us_evaluator_standing *take_one, void *take_ctx, struct us_error *e)
{
    struct stood_one q = {who, take_one, take_ctx};
    return standings(ctx, who->definition, stood_one, &q, e);
}

struct reached_one {
    uint32_t definition;
    us_evaluator_reach *take;
    void *ctx;
};

/* One may be given twice. */
static inline us_code reached_one(void *ctx, us_str account, us_str user,
    const struct us_machine *machine, struct us_error *e)
{
    const struct reached_one *q = ctx;
    struct us_evaluator_who who = {q->definition, account, user};
    return q->take(
        q->ctx, &who, machine->entries, machine->phase != US_PHASE_QUALIFIED, e);
}

static inline us_code reached(void *ctx, uint32_t definition,
    us_evaluator_reach *take_one, void *take_ctx, struct us_error *e)
{
    struct reached_one q = {definition, take_one, take_ctx};
    return standings(ctx, definition, reached_one, &q, e);
}
/* ---- one world ---- */

static inline void rules_read(struct world *w, const char *text)
{
    struct us_diags d = {.arena = &w->a};
    struct us_error e = {0};
    us_str whole = us_str_c(text);
    size_t at = us_str_find(whole, US_S("UNIT"));
    us_str head = us_str_slice(whole, 0, at);
    us_str rest =
        at < whole.len ? us_str_slice(whole, at + 4, whole.len) : (us_str){"", 0};
    us_str yml = us_arena_fmt(&w->a, "%.*s%s%.*s", US_ARG(head),
        at == whole.len     ? ""
        : w->by != BY_GROUP ? "company"
                            : "workspace",
        US_ARG(rest));
    us_code code = us_config_parse(US_S("usher.yml"), yml, &w->a, &d, &w->config, &e);
    if (code == US_OK) us_rules_compile(w->config, &w->a, &d, &w->rules);
    if (code != US_OK) fixture_say(&e);
    if (d.errors) {
        struct us_buf out = us_buf_new(&w->a, 1 << 16);
        us_diags_print(&d, w->config, US_EN, false, &out);
        printf("%.*s\n", US_ARG(us_buf_str(&out)));
        fflush(stdout);
    }
    us_assert(code == US_OK && d.errors == 0);
    const struct us_need *need = &w->rules->plan->need;
    w->history_rules = (struct us_history_rules){.unit = w->config->unit,
        .fixed = w->config->fixed,
        .fixed_count = w->config->fixed_count,
        .internal = w->config->internal,
        .internal_count = w->config->internal_count,
        .currency = US_S("USD"),
        .columns = need->columns,
        .column_count = need->column_count,
        .threads = 1};
}

static inline void world_open(struct us_tap *t, struct world *w, struct us_arena a,
    uint64_t seed, enum by by, const char *text)
{
    w->a = a;
    w->seed = w->refusals = seed;
    for (int i = 0; i < 4; i++)
        draw(w, 2);
    w->by = by;
    w->known = BEGIN;
    w->until = US_ALWAYS;
    w->ordered = true;
    w->got.items = us_new(&w->a, struct told, TOLD_MAX);
    w->want.items = us_new(&w->a, struct told, TOLD_MAX);
    w->corrected.items = us_new(&w->a, struct told, TOLD_MAX);
    w->stands.items = us_new(&w->a, struct us_told_standing, TOLD_MAX);
    fixture_init(&w->x);
    w->journal_dir = us_arena_fmt(&w->a, "%.*s/journal", US_ARG(w->x.dir));
    rules_read(w, text);
    OK(t, us_journal_open(w->journal_dir, true, &w->journal, e));
    OK(t,
        us_history_open(w->x.dir, &w->history_rules, true, NULL, NULL, &w->history, e));
    evaluator_open(w);
}

static inline void world_close(struct world *w)
{
    us_history_close(w->history);
    us_journal_close(w->journal);
    fixture_done(&w->x);
    struct us_arena a = w->a;
    us_arena_done(&a);
}
static inline void say_line(struct world *w, us_str m)
{
    fixture_line(&w->x, US_LINE_MESSAGE, w->known, m);
    w->known += 60000000;
}

static inline void say_e0(struct world *w, const char *account, const char *user)
{
    say_line(
        w, us_arena_fmt(&w->a,
               "{\"type\":\"track\",\"event\":\"E0\",\"userId\":\"%s\",\"context\":"
               "{\"groupId\":\"%s\"}}",
               user, account));
}

static inline void steps(struct us_tap *t, struct world *w)
{
    us_code code;
    if (w->x.text.len) OK(t, fixture_journal(&w->x, w->journal, e));
    while ((code = us_evaluator_step(w->evaluator, NULL)) == US_OK) {
    }
    CHECK(t, code == US_NOT_FOUND);
}

/* What was told, as "account/user definition change entry live". */
static inline us_str told_text(struct world *w, size_t from)
{
    struct us_buf out = us_buf_new(&w->a, 1 << 16);
    for (size_t i = from; i < w->got.count; i++) {
        const struct told *t = &w->got.items[i];
        us_buf_fmt(&out, "%.*s/%.*s %.*s %.*s %u %s\n", US_ARG(t->account),
            US_ARG(t->user), US_ARG(w->rules->definitions[t->definition].name),
            US_ARG(us_change_word(t->change.change)), t->change.ordinal,
            t->live ? "live" : "past");
    }
    return us_buf_str(&out);
}
