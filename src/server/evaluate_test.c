/* The evaluator against the referee: random people of random workspaces send what they
 * like, in any order of what happened; whatever is told while it becomes known is what
 * the referee says of the history it wrote. Evaluators are closed and opened again, and
 * told batches are refused, on the way.
 *
 *   evaluate_test [SEED [COUNT]]    COUNT worlds from SEED on; USHER_SOAK multiplies
 */
#include "server/evaluate_wanted.h"

enum { WORLDS = 6 };

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
static void reopen(struct world *w)
{
    evaluator_close(w);
    evaluator_open(w);
}

/* As ever, but for the first, which is new. */
static us_evaluator_how *how_with_new(struct world *w)
{
    us_evaluator_how *how = us_new(&w->a, us_evaluator_how, w->rules->definition_count);
    for (size_t i = 0; w->always && i < w->rules->definition_count; i++)
        how[i] = w->always[i];
    if (w->absent.len) how[0] = US_DEFINITION_NEW;
    return how;
}

/* All but the first go on by how accounts and people stand, each time. */
static void given_always(struct world *w)
{
    us_evaluator_how *how = us_new(&w->a, us_evaluator_how, w->rules->definition_count);
    for (size_t i = 1; i < w->rules->definition_count; i++)
        how[i] = US_DEFINITION_GIVEN;
    w->always = how;
    reopen(w);
}

/* By definitions of which the first is new. */
static void reopen_whole(struct world *w)
{
    us_evaluator_how *how = how_with_new(w);
    w->absent = (us_str){"", 0};
    w->joins++;
    w->how = how;
    reopen(w);
    w->how = NULL;
}

/* Others are loaded beside now and then, follow, and take the place of those in force;
 * by the first of them the first definition is new. */
static void beside(struct world *w)
{
    us_code code = US_OK;
    if (!w->beside && draw(w, 4) == 0) {
        w->how = how_with_new(w);
        beside_open(w);
        w->how = NULL;
    }
    if (!w->beside) return;
    for (size_t n = draw(w, 3); n > 0 && code == US_OK; n--)
        code = us_evaluator_step(w->beside, NULL);
    if (draw(w, 6) == 0) beside_close(w);
    if (!w->beside || draw(w, 4)) return;
    code = beside_meet(w);
    us_assert(code == US_OK || code == US_BUSY);
    if (code != US_OK) return;
    w->absent = (us_str){"", 0};
    w->joins++;
    code = beside_join(w);
    us_assert(code == US_OK || code == US_BUSY);
}

static void run(struct us_tap *t, struct world *w)
{
    w->absent = w->rules->definitions[0].name;
    for (size_t i = 0; i < STEPS;) {
        /* What goes on by standings does so from where history is: never far ahead. */
        size_t most = w->always ? 1 : 6;
        for (size_t n = 1 + draw(w, most); n > 0 && i < STEPS; n--, i++)
            line(w);
        OK(t, fixture_journal(&w->x, w->journal, e));
        if (!w->always &&
            draw(w, 3) == 0) { /* it will have several groups to take, and be behind */
            if (draw(w, 2)) beside(w);
            continue;
        }
        us_code code;
        struct us_error e = {0};
        do
            code = us_evaluator_step(w->evaluator, &e);
        while (code == US_OK || code == US_BUSY);
        if (code != US_NOT_FOUND) fixture_say(&e);
        us_assert(code == US_NOT_FOUND);
        w->evaluated = us_evaluator_counts(w->evaluator).position;
        if (draw(w, 4) == 0) {
            int64_t over = w->known - 1;
            while (us_evaluator_until(w->evaluator, over, NULL) != US_OK)
                while (us_evaluator_step(w->evaluator, NULL) != US_NOT_FOUND) {
                }
        }
        if (draw(w, 10) == 0) {
            beside_close(w);
            reopen(w);
            if (w->always) (void)us_evaluator_step(w->evaluator, NULL); /* it loads */
        }
        beside(w);
    }
    beside_close(w);
    w->refuse = false;
    if (w->absent.len) reopen_whole(w);
    us_code code;
    do
        code = us_evaluator_step(w->evaluator, NULL);
    while (code == US_OK);
    us_assert(code == US_NOT_FOUND);
    w->known += 20 * US_DAY_US;
    OK(t, us_evaluator_until(w->evaluator, w->known, e));
}
/* ---- a replay ---- */

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

/* How much happened, all worlds together. */
struct happened {
    size_t told, again, came, joins, ahead, kept, taken, loads[BY_ADDRESS + 1];
};

static void world(
    struct us_tap *t, uint64_t seed, enum by by, bool given, struct happened *all)
{
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 32);
    struct world *w = us_new(&a, struct world, 1);
    world_open(t, w, a, seed, by, texts[seed % (sizeof texts / sizeof *texts)]);
    w->refuse = !given;
    w->lags = true;
    w->keeps = KEEPS_BY_CHANCE;
    if (given) given_always(w);
    run(t, w);
    evaluator_close(w);
    OK(t, us_history_catch_up(w->history, w->journal_dir, NULL, NULL, e));
    OK(t, us_history_logs(
              w->history, &w->rules->plan->need, US_S(""), US_NEVER, judge, w, e));
    bool good = equal(w);
    static const char *const words[] = {"by group", "by company", "by address"};
    if (!good)
        printf("# seed %llu %s%s\n", (unsigned long long)seed, words[by],
            given ? " given" : "");
    CHECK_AS(t, good, "what was told is what the referee says");
    CHECK_AS(t, w->ordered, "in order of moment, with an explanation");
    OK(t, replay_all(w, e));
    good = equal(w);
    if (!good) printf("# replay, seed %llu\n", (unsigned long long)seed);
    CHECK_AS(t, good, "a replay says the same");
    all->told += w->want.count;
    all->again += w->again;
    all->came += w->came;
    all->joins += w->joins;
    all->kept += w->kept;
    all->taken += w->taken;
    all->ahead += w->ahead;
    all->loads[by] += w->loads;
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
    for (uint64_t i = 0; i < count; i++) {
        world(&t, seed + i, BY_GROUP, false, &all);
        world(&t, seed + i, BY_GROUP, true, &all);
        if (i % 4 == 0) world(&t, seed + i, BY_COMPANY, i % 8 == 4, &all);
        if (i % 2 == 0) world(&t, seed + i, BY_ADDRESS, i % 4 == 2, &all);
    }
    printf(
        "# %zu times where it stood was kept, %zu times taken\n", all.kept, all.taken);
    printf("# %zu transitions, %zu accounts given anew, %zu rows came; loaded %zu "
           "times by "
           "group, %zu by company, %zu by address\n",
        all.told, all.again, all.came, all.loads[0], all.loads[1], all.loads[2]);
    CHECK_AS(&t,
        all.told > count && all.again > count && all.came > count &&
            all.joins > count && all.ahead > 0,
        "something happens");
    return us_tap_done(&t);
}
