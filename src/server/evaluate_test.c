/* The evaluator against the referee: random people of random workspaces send what they
 * like, in any order of what happened; whatever is told while it becomes known is what
 * the referee says of the history it wrote. Evaluators are closed and opened again, and
 * told batches are refused, on the way.
 *
 *   evaluate_test [SEED [COUNT]]    COUNT worlds from SEED on; USHER_SOAK multiplies
 */

#include "history/history_fixture.h"
#include "history/replay.h"
#include "qualify/referee.h"
#include "qualify/replay.h"
#include "server/evaluate.h"

#include <unistd.h>

enum { WORLDS = 6, STEPS = 120, TOLD_MAX = 1 << 15, SAID_MAX = 6 };

static const int64_t BEGIN = INT64_C(1700000000000000);

static const char *const texts[] = {
    "account: {unit: UNIT, internal: [ours.com]}\n"
    "outcomes:\n  paid: {payment: first}\n  many: {event: E2, nth: 4}\n"
    "signals:\n  few: count(\"E0\", 7d)\n"
    "qualify:\n"
    "  a: {kind: pqa, aim: paid, must: [few >= 2, users(7d) >= 2], stay: few >= 1, "
    "cooldown: 1d, expires: 9d}\n"
    "  b: {kind: pqa, aim: many, must: ['sum(\"E1\".amount, 14d) >= 30'], "
    "threshold: {usage: 40}, score: {usage: ['20 * count(\"E1\", 2d)', 40 if few > "
    "0]}}\n"
    "  c: {kind: pqa, who: account.plan == \"pro\", must: [days(14d) >= 2]}\n"
    "  d: {kind: pql, within: a, who: 'user.role == \"admin\"', must: [days(14d) >= "
    "1]}\n"
    "  e: {kind: pql, within: b, must: ['count(\"E0\", 3d) >= 2']}\n",

    "account: {unit: UNIT}\nexclude: ever(\"E2\")\n"
    "outcomes:\n  paid: {mrr: 10}\n"
    "qualify:\n"
    "  a: {kind: pqa, aim: paid, must: [since(any) >= 2, users(all) >= 2]}\n"
    "  b: {kind: pqa, must: ['first(count(\"E0\", 3d)) >= 2']}\n"
    "  c: {kind: pqa, must: ['trend(count(\"E0\", 2d)) >= 1', streak(any) >= 1]}\n"
    "  d: {kind: pqa, must: ['distinct(\"E1\".kind, 7d) >= 2'], hold: 1d}\n"
    "  e: {kind: pql, within: a, who: 'user.role in [\"admin\", \"owner\"]', must: "
    "[account.age >= 1]}\n"
    "  f: {kind: pqa, must: ['count(\"E0\" where amount > 20, 30h) >= 1']}\n",

    "account: {unit: UNIT}\n"
    "signals:\n  starts: count(\"E0\", 400d)\n"
    "qualify:\n"
    "  a: {kind: pqa, must: [starts >= 4, users(400d) >= 3]}\n"
    "  b: {kind: pqa, who: account.plan == \"pro\", must: ['sum(\"E1\".amount, 400d) "
    ">= "
    "60']}\n"
    "  c: {kind: pqa, must: ['since(\"E2\") >= 20', starts >= 1]}\n"
    "  d: {kind: pql, within: a, who: user.role == \"admin\", must: ['count(\"E3\", "
    "400d) >= 1']}\n",

    "account: {unit: UNIT, fixed: [size]}\noutcomes: {won: {deal: won}}\n"
    "qualify:\n"
    "  d: {kind: pqa, aim: won, must: [days(30d) >= 1]}\n"
    "  a: {kind: pqa, who: account.size > 5 or account.plan == \"pro\", must: "
    "['users(\"E0\", 14d) >= 2']}\n"
    "  b: {kind: pqa, must: ['seq(\"E0\", \"E1\", 7d)'], expires: 3d}\n"
    "  c: {kind: pqa, must: [account.paid(30d) >= 10, days(30d) >= 1]}\n",
};

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

struct world {
    struct fixture x;
    struct us_arena a;
    uint64_t seed;
    enum by by;
    struct us_config *config;
    struct us_rules *rules;
    struct us_history_rules history_rules;
    us_str journal_dir;
    struct us_journal *journal;
    struct us_history *history;
    struct us_evaluator *evaluator;
    struct list got, want;
    int64_t known, until; /* until: of the last batch taken */
    int64_t links[STEPS]; /* seqs of lines an undo may name */
    size_t link_count;
    us_pos told_at;
    bool ordered, refuse;
    size_t batch_bytes; /* 0: by chance */
    useconds_t slow_us; /* what history takes to answer */
    const us_evaluator_how *how;
    uint64_t again, came, loads;
    size_t asked; /* questions to history */
};

static uint64_t draw(struct world *w, uint64_t below)
{
    w->seed = w->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (w->seed >> 33) % below;
}

/* ---- lines ---- */

static void id_put(struct world *w, struct us_buf *out, const char *key, char kind,
    uint64_t of, uint64_t absent)
{
    uint64_t n = draw(w, of);
    if (draw(w, 10) < absent) return;
    us_buf_fmt(out, ",\"%s\":\"%c%llu\"", key, kind, (unsigned long long)n);
}

static void message(struct world *w, const char *type, struct us_buf *out)
{
    int64_t at = w->known;
    if (draw(w, 4) == 0) at -= (int64_t)draw(w, 5 * 24) * US_HOUR_US;
    us_buf_fmt(out, "{\"type\":\"%s\",\"timestamp\":\"", type);
    us_time_put(out, at);
    us_buf_char(out, '"');
    uint64_t who = strcmp(type, "alias") == 0 ? 0 : draw(w, 3);
    if (who != 1) id_put(w, out, "userId", 'u', 6, 0);
    if (who != 0) id_put(w, out, "anonymousId", 'a', 6, 0);
}

static void track(struct world *w, struct us_buf *out)
{
    message(w, "track", out);
    us_buf_fmt(out, ",\"event\":\"E%llu\"", (unsigned long long)draw(w, 4));
    if (draw(w, 2) && (w->by != BY_ADDRESS || draw(w, 600) == 0)) {
        us_buf_put(out, US_S(",\"context\":{\"x\":1"));
        id_put(w, out, "groupId", 'g', 3, 2);
        us_buf_char(out, '}');
    }
    us_buf_fmt(out, ",\"properties\":{\"amount\":%llu.%llu,\"kind\":\"k%llu\"}}",
        (unsigned long long)draw(w, 40), (unsigned long long)draw(w, 10),
        (unsigned long long)draw(w, 3));
}

static void identify(struct world *w, struct us_buf *out)
{
    static const char *const roles[] = {"admin", "owner", "none"};
    static const char *const mails[] = {
        "x@one.com", "y@two.com", "z@gmail.com", "w@three.com"};
    message(w, "identify", out);
    us_buf_put(out, US_S(",\"traits\":{\"name\":\"n\""));
    if (draw(w, 2)) us_buf_fmt(out, ",\"role\":\"%s\"", roles[draw(w, 3)]);
    if (draw(w, 6) == 0) us_buf_put(out, US_S(",\"role\":null"));
    if (w->by != BY_GROUP && draw(w, 2))
        us_buf_fmt(out, ",\"email\":\"%s\"", mails[draw(w, 4)]);
    us_buf_put(out, US_S("}}"));
}

/* An account that a row names. */
static us_str account(struct world *w)
{
    static const us_str domains[] = {
        US_S_INIT("one.com"), US_S_INIT("two.com"), US_S_INIT("three.com")};
    uint64_t n = draw(w, 3);
    if (w->by == BY_ADDRESS) return domains[n];
    return us_arena_fmt(&w->a, "g%llu", (unsigned long long)n);
}

static void traits(struct world *w, struct us_buf *out)
{
    static const char *const plans[] = {"free", "pro", "team"};
    if (draw(w, 2)) us_buf_fmt(out, ",\"plan\":\"%s\"", plans[draw(w, 3)]);
    if (draw(w, 3) == 0)
        us_buf_fmt(out, ",\"size\":%llu", (unsigned long long)draw(w, 10));
}

static void group(struct world *w, struct us_buf *out)
{
    message(w, "group", out);
    us_buf_fmt(out, ",\"groupId\":\"g%llu\",\"traits\":{\"n\":1",
        (unsigned long long)draw(w, 3));
    traits(w, out);
    us_buf_put(out, US_S("}}"));
}

static void payment(struct world *w, struct us_buf *out)
{
    us_str of = account(w);
    us_buf_fmt(out, "{\"account\":\"%.*s\",\"amount\":%llu,\"at\":\"", US_ARG(of),
        (unsigned long long)draw(w, 40));
    us_time_put(out, w->known - (int64_t)draw(w, 3) * US_DAY_US);
    us_buf_put(out, US_S("\",\"currency\":\"USD\",\"status\":\"paid\",\"interval\":"
                         "\"month\""));
    /* Told again with a larger amount, a movement counts by what it grew. */
    if (draw(w, 2))
        us_buf_fmt(out, ",\"payment_id\":\"p%llu\"", (unsigned long long)draw(w, 4));
    us_buf_char(out, '}');
}

static void deal(struct world *w, struct us_buf *out)
{
    static const char *const stages[] = {"new", "won", "lost", "won"};
    uint64_t id = draw(w, 3);
    us_str of = account(w);
    us_buf_fmt(out, "{\"deal_id\":\"d%llu\",\"account\":\"%.*s\",\"stage\":\"%s\",",
        (unsigned long long)id, US_ARG(of), stages[draw(w, 4)]);
    us_buf_put(out, US_S("\"stage_at\":\""));
    us_time_put(out, w->known - (int64_t)draw(w, 3) * US_DAY_US);
    us_buf_put(out, US_S("\"}"));
}

static void line(struct world *w)
{
    struct us_buf out = us_buf_new(&w->a, 4096);
    uint64_t kind = draw(w, 40);
    us_line_type type = US_LINE_MESSAGE;
    bool link = false;
    if (kind < 24) {
        track(w, &out);
    } else if (kind < 29) {
        identify(w, &out);
        link = true;
    } else if (kind < 34 && (w->by != BY_ADDRESS || draw(w, 300) == 0)) {
        group(w, &out);
        link = true;
    } else if (kind < 35) {
        message(w, "alias", &out);
        us_buf_fmt(&out, ",\"previousId\":\"%c%llu\"}", draw(w, 2) ? 'u' : 'a',
            (unsigned long long)draw(w, 6));
        link = true;
    } else if (kind < 37 && w->by != BY_COMPANY) {
        bool deals = draw(w, 2) == 0;
        type = deals ? US_LINE_DEAL : US_LINE_PAYMENT;
        (deals ? deal : payment)(w, &out);
    } else if (kind < 38) {
        type = US_LINE_ACCOUNT;
        us_str of = account(w);
        us_buf_fmt(&out, "{\"account\":\"%.*s\",\"at\":\"", US_ARG(of));
        us_time_put(&out, w->known);
        us_buf_char(&out, '"');
        traits(w, &out);
        us_buf_char(&out, '}');
    } else if (kind < 39 && w->link_count) {
        type = US_LINE_UNDO;
        us_buf_fmt(
            &out, "{\"link\":%lld}", (long long)w->links[draw(w, w->link_count)]);
    } else {
        track(w, &out);
    }
    int64_t seq = fixture_line(&w->x, type, w->known, us_buf_str(&out));
    if (link) w->links[w->link_count++] = seq;
    /* Mostly minutes; now and then days. */
    w->known += 1 + (int64_t)draw(w, 40) * 60 * 1000000;
    if (draw(w, 12) == 0) w->known += (int64_t)draw(w, 4 * 24) * US_HOUR_US;
}

/* ---- the evaluator's world ---- */

static us_code use(void *ctx, us_pos upto, bool settled, us_evaluator_work *work,
    void *work_ctx, struct us_error *e)
{
    (void)upto;
    (void)settled;
    struct world *w = ctx;
    w->asked++;
    if (w->slow_us) usleep(w->slow_us);
    US_TRY(us_history_catch_up(w->history, w->journal_dir, NULL, NULL, e));
    return work(work_ctx, w->history, e);
}

static us_code take(void *ctx, const struct us_told_batch *b, struct us_error *e)
{
    struct world *w = ctx;
    if (w->refuse && draw(w, 3) == 0) return us_fail(e, US_BUSY, "state.full", NULL);
    for (size_t i = 0; i < b->count; i++) {
        const struct us_told *t = &b->items[i];
        us_assert(w->got.count < TOLD_MAX);
        const struct told *last = &w->got.items[w->got.count - 1];
        if (w->got.count && last->change.t > t->change.t) w->ordered = false;
        w->got.items[w->got.count++] = (struct told){us_arena_str(&w->a, t->account),
            us_arena_str(&w->a, t->user), t->definition, t->change, t->live};
        if (t->explanation.len < 10) w->ordered = false;
    }
    w->until = b->until;
    w->told_at = b->to;
    return US_OK;
}

static us_code standings(void *ctx, uint32_t definition,
    us_evaluator_standing *take_one, void *take_ctx, struct us_error *e);

static void evaluator_open(struct world *w)
{
    struct us_evaluator_options o = {.data = w->x.dir,
        .journal = w->journal_dir,
        .rules = w->rules,
        .history_rules = &w->history_rules,
        .use = use,
        .use_ctx = w,
        .told = take,
        .told_ctx = w,
        .told_until = w->until,
        .told_at = w->told_at,
        .how = w->how,
        .standings = standings,
        .standings_ctx = w,
        .recent_bytes = draw(w, 3) ? 0 : 2000,
        .batch_bytes = w->batch_bytes ? w->batch_bytes : 1 + draw(w, 20000)};
    us_assert(us_evaluator_open(&o, &w->evaluator, NULL) == US_OK);
}

static void evaluator_close(struct world *w)
{
    struct us_evaluator_counts c = us_evaluator_counts(w->evaluator);
    w->again += (uint64_t)c.again;
    w->came += (uint64_t)c.came;
    w->loads += (uint64_t)c.loads;
    us_evaluator_close(w->evaluator);
}

static void run(struct us_tap *t, struct world *w)
{
    for (size_t i = 0; i < STEPS;) {
        for (size_t n = 1 + draw(w, 6); n > 0 && i < STEPS; n--, i++)
            line(w);
        OK(t, fixture_journal(&w->x, w->journal, e));
        if (draw(w, 3) == 0) continue; /* it will have several groups to take */
        us_code code;
        struct us_error e = {0};
        do
            code = us_evaluator_step(w->evaluator, &e);
        while (code == US_OK || code == US_BUSY);
        if (code != US_NOT_FOUND) fixture_say(&e);
        us_assert(code == US_NOT_FOUND);
        if (draw(w, 4) == 0) {
            int64_t over = w->known - 1;
            while (us_evaluator_until(w->evaluator, over, NULL) != US_OK)
                while (us_evaluator_step(w->evaluator, NULL) != US_NOT_FOUND) {
                }
        }
        if (draw(w, 10) == 0) {
            evaluator_close(w);
            evaluator_open(w);
        }
    }
    w->refuse = false;
    us_code code;
    do
        code = us_evaluator_step(w->evaluator, NULL);
    while (code == US_OK);
    us_assert(code == US_NOT_FOUND);
    w->known += 20 * US_DAY_US;
    OK(t, us_evaluator_until(w->evaluator, w->known, e));
}

/* ---- what it should be ---- */

struct judging {
    struct world *w;
    const struct us_log *log;
    struct us_arena *a;
};

static us_code want_take(void *ctx, const struct us_firing *f, struct us_error *e)
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

static us_code judge(void *ctx, const struct us_log *log, struct us_error *e)
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

/* The same by replay, from the store of sorted rows. */
static void replayed_take(
    struct world *w, const struct us_runs *runs, struct us_replay *p)
{
    us_replay_take(p, runs, w->known);
    for (uint32_t d = 0; d < w->rules->definition_count; d++) {
        struct us_replay_answer all = us_replay_ask(p, d, false);
        for (size_t i = 0; i < all.count; i++) {
            struct told t = {.account = us_arena_str(&w->a, runs->facts.key),
                .definition = d,
                .change = all.items[i].change};
            uint32_t user = all.items[i].user;
            if (user != US_NOBODY)
                t.user = us_arena_str(&w->a,
                    runs->facts.people[us_log_person_at(&runs->facts, user)].key);
            us_assert(w->got.count < TOLD_MAX);
            w->got.items[w->got.count++] = t;
        }
    }
}

static us_code replay_all(struct world *w, struct us_error *e)
{
    struct us_replay_store *store = NULL;
    struct us_replay_view *view = NULL;
    struct us_arena a;
    struct us_arena own;
    us_arena_init(&a, (size_t)1 << 32);
    us_arena_init(&own, (size_t)1 << 32);
    struct us_replay *p = us_replay_new(w->rules, &own);
    w->got.count = 0;
    us_code code = us_replay_open(w->x.dir, w->history, NULL, NULL, &store, e);
    if (code == US_OK)
        code = us_replay_view(store, &w->rules->plan->need, NULL, NULL, &view, e);
    for (size_t i = 0; code == US_OK && i < us_replay_count(view); i++) {
        struct us_runs runs;
        us_arena_reset(&a);
        us_replay_account(view, i, &a, &runs);
        replayed_take(w, &runs, p);
    }
    us_replay_view_close(view);
    us_replay_close(store);
    us_replay_done(p);
    us_arena_done(&a);
    us_arena_done(&own);
    return code;
}

static int told_order(const void *a, const void *b)
{
    const struct told *x = a;
    const struct told *y = b;
    if (x->change.t != y->change.t) return x->change.t < y->change.t ? -1 : 1;
    int order = us_str_cmp(x->account, y->account);
    if (order) return order;
    if (x->definition != y->definition) return x->definition < y->definition ? -1 : 1;
    return us_str_cmp(x->user, y->user);
}

static bool same(const struct told *a, const struct told *b)
{
    return told_order(a, b) == 0 && a->change.change == b->change.change &&
           a->change.since == b->change.since && a->change.ordinal == b->change.ordinal;
}

static void say(const struct world *w, const char *who, const struct told *t)
{
    char text[US_TIME_TEXT_MAX];
    us_str at = us_time_write(t->change.t, text);
    us_str word = us_change_word(t->change.change);
    printf("#   %s: %.*s %.*s %.*s %.*s at %.*s entry %u\n", who, US_ARG(t->account),
        US_ARG(w->rules->definitions[t->definition].name), US_ARG(t->user),
        US_ARG(word), US_ARG(at), t->change.ordinal);
}

static bool equal(struct world *w)
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

/* ---- another text ---- */

/* Where each stands by what was told; of a definition. */
static us_code standings(void *ctx, uint32_t definition,
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
            .left_by = in ? 0 : (uint8_t)t->change.change};
        US_TRY(take_one(take_ctx, t->account, t->user, &m, e));
    }
    return US_OK;
}

/* ---- one world ---- */

static void rules_read(struct world *w, const char *text)
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

static void world_open(struct us_tap *t, struct world *w, struct us_arena a,
    uint64_t seed, enum by by, const char *text)
{
    w->a = a;
    w->seed = seed;
    for (int i = 0; i < 4; i++)
        draw(w, 2);
    w->by = by;
    w->known = BEGIN;
    w->until = US_ALWAYS;
    w->ordered = true;
    w->got.items = us_new(&w->a, struct told, TOLD_MAX);
    w->want.items = us_new(&w->a, struct told, TOLD_MAX);
    fixture_init(&w->x);
    w->journal_dir = us_arena_fmt(&w->a, "%.*s/journal", US_ARG(w->x.dir));
    rules_read(w, text ? text : texts[draw(w, sizeof texts / sizeof *texts)]);
    OK(t, us_journal_open(w->journal_dir, true, &w->journal, e));
    OK(t,
        us_history_open(w->x.dir, &w->history_rules, true, NULL, NULL, &w->history, e));
    evaluator_open(w);
}

static void world_close(struct world *w)
{
    us_history_close(w->history);
    us_journal_close(w->journal);
    fixture_done(&w->x);
    struct us_arena a = w->a;
    us_arena_done(&a);
}

/* How much happened, all worlds together. */
struct happened {
    size_t told, again, came, loads[BY_ADDRESS + 1];
};

static void world(struct us_tap *t, uint64_t seed, enum by by, struct happened *all)
{
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 32);
    struct world *w = us_new(&a, struct world, 1);
    world_open(t, w, a, seed, by, NULL);
    w->refuse = true;
    run(t, w);
    evaluator_close(w);
    OK(t, us_history_catch_up(w->history, w->journal_dir, NULL, NULL, e));
    OK(t, us_history_logs(
              w->history, &w->rules->plan->need, US_S(""), US_NEVER, judge, w, e));
    bool good = equal(w);
    static const char *const words[] = {"by group", "by company", "by address"};
    if (!good) printf("# seed %llu %s\n", (unsigned long long)seed, words[by]);
    CHECK_AS(t, good, "what was told is what the referee says");
    CHECK_AS(t, w->ordered, "in order of moment, with an explanation");
    OK(t, replay_all(w, e));
    good = equal(w);
    if (!good) printf("# replay, seed %llu\n", (unsigned long long)seed);
    CHECK_AS(t, good, "a replay says the same");
    all->told += w->want.count;
    all->again += w->again;
    all->came += w->came;
    all->loads[by] += w->loads;
    world_close(w);
}

static const char *const before =
    "account: {unit: workspace}\nqualify:\n"
    "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 2']}\n"
    "  b: {kind: pqa, must: ['count(\"E0\", 30d) >= 2']}\n"
    "  p: {kind: pql, within: b, who: 'true', must: ['count(\"E0\", 30d) >= 1']}\n"
    "  l: {kind: pqa, must: ['count(\"E0\", 30d) >= 9']}\n";
static const char *const after =
    "account: {unit: workspace}\nqualify:\n"
    "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 3']}\n"
    "  b: {kind: pqa, must: ['count(\"E0\", 30d) >= 2']}\n"
    "  p: {kind: pql, within: b, who: 'true', must: ['count(\"E0\", 30d) >= 2']}\n"
    "  l: {kind: pqa, must: ['count(\"E0\", 30d) >= 2']}\n"
    "  n: {kind: pqa, must: ['count(\"E0\", 30d) >= 3']}\n";

static void say_line(struct world *w, us_str m)
{
    fixture_line(&w->x, US_LINE_MESSAGE, w->known, m);
    w->known += 60000000;
}

static void say_e0(struct world *w, const char *account, const char *user)
{
    say_line(
        w, us_arena_fmt(&w->a,
               "{\"type\":\"track\",\"event\":\"E0\",\"userId\":\"%s\",\"context\":"
               "{\"groupId\":\"%s\"}}",
               user, account));
}

static void steps(struct us_tap *t, struct world *w)
{
    us_code code;
    if (w->x.text.len) OK(t, fixture_journal(&w->x, w->journal, e));
    while ((code = us_evaluator_step(w->evaluator, NULL)) == US_OK) {
    }
    CHECK(t, code == US_NOT_FOUND);
}

/* What was told, as "account/user definition change entry live". */
static us_str told_text(struct world *w, size_t from)
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

/* Rows imported while no evaluator is there: what they make of the past is told, as not
 * live, and what was told before comes once more. */
static void imported(struct us_tap *t)
{
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 32);
    struct world *w = us_new(&a, struct world, 1);
    world_open(t, w, a, 9, BY_GROUP, before);
    steps(t, w);
    say_e0(w, "two", "u1");
    say_e0(w, "two", "u1");
    steps(t, w);
    size_t from = w->got.count;
    CHECK(t, from == 3);
    evaluator_close(w);
    evaluator_open(w);
    steps(t, w);
    CHECK(t, w->got.count == from);
    evaluator_close(w);
    w->known -= 10 * US_DAY_US;
    say_e0(w, "old", "u5");
    say_e0(w, "old", "u5");
    OK(t, fixture_journal(&w->x, w->journal, e));
    evaluator_open(w);
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("old/ a entered 1 past\n"
                                                   "old/ b entered 1 past\n"
                                                   "old/u5 p entered 1 past\n"
                                                   "two/ a entered 1 past\n"
                                                   "two/ b entered 1 past\n"
                                                   "two/u1 p entered 1 past\n")));
    /* The same while one is there. */
    from = w->got.count;
    say_e0(w, "older", "u6");
    say_e0(w, "older", "u6");
    steps(t, w);
    CHECK(t, w->got.count == from + 9);
    evaluator_close(w);
    world_close(w);
}

static void group_u4(struct world *w, const char *account)
{
    say_line(
        w, us_arena_fmt(&w->a,
               "{\"type\":\"group\",\"userId\":\"u4\",\"groupId\":\"%s\"}", account));
}

/* Somebody known by traits alone comes to an account with an event of theirs, and the
 * traits with them. Who changes places and takes no line along makes no moment: that
 * two days went by is seen when the second is over. */
static void coming(struct us_tap *t)
{
    static const char text[] =
        "account: {unit: workspace}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 1']}\n"
        "  p: {kind: pql, within: a, who: user.role == \"admin\", must: [days(14d) >= "
        "1]}\n"
        "  s: {kind: pqa, must: ['since(\"E0\") >= 2']}\n";
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 32);
    struct world *w = us_new(&a, struct world, 1);
    world_open(t, w, a, 8, BY_GROUP, text);
    steps(t, w);
    say_line(w, US_S("{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"role\":"
                     "\"admin\"}}"));
    say_e0(w, "one", "u2");
    steps(t, w);
    size_t from = w->got.count;
    say_e0(w, "one", "u1");
    say_e0(w, "one", "u4");
    group_u4(w, "three");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("one/u1 p entered 1 live\n")));
    from = w->got.count;
    say_e0(w, "two", "u3");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("two/ a entered 1 live\n")));
    w->known = (us_day(w->known) + 2) * US_DAY_US + US_HOUR_US;
    from = w->got.count;
    group_u4(w, "two");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("")));
    OK(t, us_evaluator_until(w->evaluator, (us_day(w->known) + 1) * US_DAY_US - 1, e));
    CHECK(t, fixture_same(told_text(w, from), US_S("one/ s entered 1 live\n"
                                                   "two/ s entered 1 live\n")));
    evaluator_close(w);
    world_close(w);
}

/* What one id of a person says again counts, when another of theirs said something else
 * in between. */
static void said_again(struct us_tap *t)
{
    static const char text[] = "account: {unit: workspace}\nqualify:\n"
                               "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 1']}\n";
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 32);
    struct world *w = us_new(&a, struct world, 1);
    world_open(t, w, a, 8, BY_GROUP, text);
    steps(t, w);
    say_line(
        w, US_S("{\"type\":\"identify\",\"userId\":\"u1\",\"anonymousId\":\"a1\"}"));
    say_line(w, US_S("{\"type\":\"group\",\"userId\":\"u1\",\"groupId\":\"one\"}"));
    say_line(
        w, US_S("{\"type\":\"group\",\"anonymousId\":\"a1\",\"groupId\":\"two\"}"));
    say_line(w, US_S("{\"type\":\"group\",\"userId\":\"u1\",\"groupId\":\"one\"}"));
    say_line(w, US_S("{\"type\":\"track\",\"event\":\"E0\",\"userId\":\"u1\"}"));
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, 0), US_S("one/ a entered 1 live\n")));
    evaluator_close(w);
    world_close(w);
}

/* Who was there before all was loaded: what is known of them is asked for once, and
 * what is said of them later counts. */
static void at_hand(struct us_tap *t)
{
    static const char text[] =
        "account: {unit: workspace}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 1']}\n"
        "  p: {kind: pql, within: a, who: 'user.role == \"admin\" and user.team == 1', "
        "must: [days(14d) >= 1]}\n";
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 32);
    struct world *w = us_new(&a, struct world, 1);
    world_open(t, w, a, 8, BY_GROUP, text);
    steps(t, w);
    say_line(w, US_S("{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"role\":"
                     "\"admin\",\"team\":1}}"));
    say_e0(w, "one", "u2");
    say_e0(w, "two", "u2");
    say_e0(w, "three", "u2");
    steps(t, w);
    evaluator_close(w);
    evaluator_open(w);
    steps(t, w);
    size_t from = w->got.count;
    size_t asked = w->asked;
    say_e0(w, "one", "u1");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("one/u1 p entered 1 live\n")));
    CHECK(t, w->asked == asked + 1);
    say_line(w, US_S("{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"role\":"
                     "\"none\"}}"));
    from = w->got.count;
    say_e0(w, "two", "u1");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("")));
    say_line(w, US_S("{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"role\":"
                     "\"admin\"}}"));
    steps(t, w);
    from = w->got.count;
    say_e0(w, "three", "u1");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("three/u1 p entered 1 live\n")));
    CHECK_AS(t, w->asked == asked + 1, "history was asked once");
    evaluator_close(w);
    world_close(w);
}

/* By company, where nothing names a group: an address brings what was sent before it to
 * the company of its domain, and only that is asked for. Whoever gets another address
 * is elsewhere from then on. */
static void addressed(struct us_tap *t)
{
    static const char text[] =
        "account: {unit: company}\nqualify:\n"
        "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 2']}\n"
        "  p: {kind: pql, within: a, who: user.role == \"admin\", must: [days(14d) >= "
        "1]}\n"
        "  m: {kind: pqa, who: account.plan == \"pro\", must: ['account.paid(30d) >= "
        "10', days(14d) >= 1]}\n";
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 32);
    struct world *w = us_new(&a, struct world, 1);
    world_open(t, w, a, 8, BY_COMPANY, text);
    steps(t, w);
    size_t asked = w->asked;
    say_line(w, US_S("{\"type\":\"track\",\"event\":\"E0\",\"anonymousId\":\"a1\"}"));
    say_line(w, US_S("{\"type\":\"track\",\"event\":\"E0\",\"anonymousId\":\"a1\"}"));
    steps(t, w);
    say_line(w, US_S("{\"type\":\"identify\",\"anonymousId\":\"a1\",\"userId\":\"u1\","
                     "\"traits\":{\"email\":\"x@one.com\",\"role\":\"admin\"}}"));
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, 0), US_S("one.com/ a entered 1 live\n"
                                                "one.com/u1 p entered 1 live\n")));
    size_t from = w->got.count;
    say_line(w, US_S("{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"email\":"
                     "\"x@two.com\"}}"));
    for (int i = 0; i < 2; i++)
        say_line(w, US_S("{\"type\":\"track\",\"event\":\"E0\",\"userId\":\"u1\"}"));
    fixture_line(&w->x, US_LINE_ACCOUNT, w->known++,
        US_S("{\"account\":\"two.com\",\"plan\":\"pro\"}"));
    fixture_line(&w->x, US_LINE_PAYMENT, w->known++,
        US_S("{\"account\":\"two.com\",\"amount\":20,\"at\":\"2023-11-14\","
             "\"status\":\"paid\"}"));
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("two.com/ a entered 1 live\n"
                                                   "two.com/u1 p entered 1 live\n"
                                                   "two.com/ m entered 1 live\n")));
    from = w->got.count; /* who has an address and sent nothing is somewhere, too */
    say_line(w, US_S("{\"type\":\"identify\",\"userId\":\"u9\",\"traits\":{\"email\":"
                     "\"x@three.com\"}}"));
    for (int i = 0; i < 2; i++)
        say_line(
            w, US_S("{\"type\":\"track\",\"event\":\"E0\",\"anonymousId\":\"a9\"}"));
    say_line(
        w, US_S("{\"type\":\"identify\",\"userId\":\"u9\",\"anonymousId\":\"a9\"}"));
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("three.com/ a entered 1 live\n")));
    CHECK_AS(t, w->asked == asked + 1, "history is asked for the payment alone");
    CHECK_AS(
        t, us_evaluator_counts(w->evaluator).loads == 1, "nothing is loaded again");
    say_e0(w, "two", "u1"); /* a group: from here on addresses vote */
    steps(t, w);
    CHECK(t, us_evaluator_counts(w->evaluator).loads == 2);
    evaluator_close(w);
    world_close(w);
}

/* However much is there to be taken: a line that asks a history which is slow is told
 * of before the next such line is taken. */
static void told_meanwhile(struct us_tap *t)
{
    static const char text[] = "account: {unit: workspace}\nqualify:\n"
                               "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 1']}\n";
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 32);
    struct world *w = us_new(&a, struct world, 1);
    w->batch_bytes = 1 << 20;
    world_open(t, w, a, 7, BY_GROUP, text);
    for (int i = 0; i < 3; i++)
        say_line(w, us_arena_fmt(&w->a,
                        "{\"type\":\"track\",\"event\":\"E0\",\"userId\":\"u%d\"}", i));
    steps(t, w);
    for (int i = 0; i < 3; i++) {
        say_line(w,
            us_arena_fmt(&w->a,
                "{\"type\":\"group\",\"userId\":\"u%d\",\"groupId\":\"g%d\"}", i, i));
        OK(t, fixture_journal(&w->x, w->journal, e));
    }
    w->slow_us = 60000;
    for (size_t i = 0; i < 3; i++) {
        CHECK(t, w->got.count == i);
        OK(t, us_evaluator_step(w->evaluator, e));
    }
    CHECK(t, w->got.count == 3);
    CHECK(t, us_evaluator_step(w->evaluator, NULL) == US_NOT_FOUND);
    evaluator_close(w);
    world_close(w);
}

/* An anonymous id that turns out to be somebody: lines that named their account become
 * theirs there, and lines that named none come to the account they are of, for which
 * nobody is given all rows anew. */
static void turns_out(struct us_tap *t)
{
    static const char text[] = "account: {unit: workspace}\nqualify:\n"
                               "  a: {kind: pqa, must: ['count(\"E0\", 30d) >= 1']}\n"
                               "  p: {kind: pql, within: a, must: [days(14d) >= 1]}\n";
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 32);
    struct world *w = us_new(&a, struct world, 1);
    world_open(t, w, a, 9, false, text);
    steps(t, w);
    say_line(w, US_S("{\"type\":\"track\",\"event\":\"E0\",\"anonymousId\":\"a1\","
                     "\"context\":{\"groupId\":\"one\"}}"));
    say_line(w, US_S("{\"type\":\"track\",\"event\":\"E0\",\"anonymousId\":\"a2\"}"));
    say_line(w, US_S("{\"type\":\"group\",\"userId\":\"u2\",\"groupId\":\"two\"}"));
    steps(t, w);
    size_t from = w->got.count;
    say_line(
        w, US_S("{\"type\":\"identify\",\"userId\":\"u1\",\"anonymousId\":\"a1\"}"));
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("one/u1 p entered 1 live\n")));
    from = w->got.count;
    struct us_evaluator_counts was = us_evaluator_counts(w->evaluator);
    say_line(
        w, US_S("{\"type\":\"identify\",\"userId\":\"u2\",\"anonymousId\":\"a2\"}"));
    steps(t, w);
    struct us_evaluator_counts is = us_evaluator_counts(w->evaluator);
    CHECK(t, fixture_same(told_text(w, from), US_S("two/ a entered 1 live\n"
                                                   "two/u2 p entered 1 live\n")));
    CHECK(t, is.again == was.again && is.came == was.came + 1);
    evaluator_close(w);
    world_close(w);
}

static void redefined(struct us_tap *t)
{
    static const us_evaluator_how how[] = {US_DEFINITION_CHANGED, US_DEFINITION_SAME,
        US_DEFINITION_CHANGED, US_DEFINITION_CHANGED, US_DEFINITION_NEW};
    static const us_evaluator_how given[] = {US_DEFINITION_GIVEN, US_DEFINITION_SAME,
        US_DEFINITION_GIVEN, US_DEFINITION_GIVEN, US_DEFINITION_SAME};
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 32);
    struct world *w = us_new(&a, struct world, 1);
    world_open(t, w, a, 7, BY_GROUP, before);
    steps(t, w);
    say_e0(w, "two", "u1");
    say_e0(w, "two", "u1");
    say_e0(w, "many", "u2");
    say_e0(w, "many", "u2");
    say_e0(w, "many", "u3");
    say_e0(w, "one", "u4");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, 0), US_S("two/ a entered 1 live\n"
                                                "two/ b entered 1 live\n"
                                                "two/u1 p entered 1 live\n"
                                                "many/ a entered 1 live\n"
                                                "many/ b entered 1 live\n"
                                                "many/u2 p entered 1 live\n"
                                                "many/u3 p entered 1 live\n")));
    evaluator_close(w);
    size_t from = w->got.count;
    /* What came meanwhile is told once, by the new text. */
    for (int i = 0; i < 3; i++)
        say_e0(w, "late", "u7");
    OK(t, fixture_journal(&w->x, w->journal, e));
    rules_read(w, after);
    w->how = how;
    evaluator_open(w);
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("many/ n entered 1 past\n"
                                                   "late/ b entered 1 live\n"
                                                   "late/ a entered 1 live\n"
                                                   "late/u7 p entered 1 live\n"
                                                   "late/ l entered 1 live\n"
                                                   "late/ n entered 1 past\n"
                                                   "many/u3 p redefined 1 live\n"
                                                   "many/ l entered 1 live\n"
                                                   "two/ a redefined 1 live\n"
                                                   "two/ l entered 1 live\n")));
    from = w->got.count;
    /* From here on they are what they are by the new text. */
    w->how = given;
    evaluator_close(w);
    evaluator_open(w);
    steps(t, w);
    CHECK(t, w->got.count == from);
    w->known = (us_day(w->known) + 2) * US_DAY_US;
    say_e0(w, "two", "u1");
    say_e0(w, "many", "u3");
    say_e0(w, "one", "u4");
    steps(t, w);
    CHECK(t, fixture_same(told_text(w, from), US_S("two/ a entered 2 live\n"
                                                   "two/ n entered 1 live\n"
                                                   "many/u3 p entered 2 live\n"
                                                   "one/ b entered 1 live\n"
                                                   "one/u4 p entered 1 live\n"
                                                   "one/ l entered 1 live\n")));
    evaluator_close(w);
    world_close(w);
}

int main(int argc, char **argv)
{
    struct us_tap t = {0};
    const char *soak = getenv("USHER_SOAK");
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : WORLDS;
    if (soak) count *= strtoull(soak, NULL, 10);
    struct happened all = {0};
    redefined(&t);
    coming(&t);
    turns_out(&t);
    told_meanwhile(&t);
    said_again(&t);
    at_hand(&t);
    addressed(&t);
    imported(&t);
    for (uint64_t i = 0; i < count; i++) {
        world(&t, seed + i, BY_GROUP, &all);
        if (i % 4 == 0) world(&t, seed + i, BY_COMPANY, &all);
        if (i % 2 == 0) world(&t, seed + i, BY_ADDRESS, &all);
    }
    printf("# %zu transitions, %zu accounts given anew, %zu rows came; loaded %zu "
           "times by "
           "group, %zu by company, %zu by address\n",
        all.told, all.again, all.came, all.loads[0], all.loads[1], all.loads[2]);
    CHECK_AS(&t, all.told > count && all.again > count && all.came > count,
        "something happens");
    return us_tap_done(&t);
}
