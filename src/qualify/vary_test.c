/* Variants decided together against each of them replayed by itself, on random
 * definitions and accounts: the same transitions, to the microsecond.
 *
 *   vary_test [SEED [COUNT]]    COUNT definitions from SEED on
 */

#include "base/err.h"
#include "qualify/replay.h"
#include "qualify/vary.h"
#include "signal/story.h"

#include <stdlib.h>
#include <string.h>

enum { DEFINITIONS = 600, TEXT_MAX = 3000, VALUES = 9 };

static const double numbers[VALUES] = {0, 0.5, 1, 1.5, 2, 3, 5, 8, 13};
static const double points[VALUES] = {0, 5, 10, 20, 35, 50, 70, 100, 120};
static const double days[VALUES] = {1, 2, 3, 4, 5, 7, 9, 14, 30};
static const double mixed[VALUES] = {3, 1, 8, 2, 0, 5, 13, 1, 0.5};

static const char *one_of(struct story *y, const char *const *list, uint64_t n)
{
    return list[story_below(y, n)];
}

static void definition(struct story *y, char *text)
{
    static const char *const calls[] = {"count(\"A\", 3d)", "count(any, 7d)",
        "users(5d)", "users(\"A\", 4d)", "days(9d)", "prior(count(any, 2d))",
        "sum(\"B\".size, 5d)", "count(\"A\", all)", "count(any, 9h)", "account.age",
        "trend(count(any, 2d))", "highest(\"B\".size, 9d)", "count(\"A\" where ok, 6d)",
        "count(any, 9d) - count(any, 2d)", "since(\"B\")", "count(\"B\", 2d)",
        "count(any, 4d) + account.mrr / 100", "count(any, 1d)"};
    static const char *const others[] = {"", "", "", ", 'count(\"B\", 4d) >= 1'",
        ", 'account.plan == \"pro\"'", ", 'count(any, 2d) < 4'",
        ", 'days(5d) == 2 or users(9d) >= 2'", ", 'n >= 1 and days(3d) >= 1'"};
    static const char *const ops[] = {">=", ">=", ">", "<=", "<"};
    static const char *const tops[] = {"", "", "", "",
        "exclude: 'count(\"C\", 2d) >= 2'\n", "events: {hand_raise: C}\n",
        "events: {hand_raise: C}\n"};
    static const char *const ends[] = {"", "", "    who: account.plan != \"free\"\n",
        "    stay: 'count(any, 3d) >= 1'\n", "    hold: 2d\n", "    hold: 1d\n"};
    static const char *const times[] = {"", "    cooldown: 3d\n", "    expires: 2d\n",
        "    expires: 4d\n    cooldown: 1d\n"};
    static const char *const aims[] = {"", "", "    aim: often\n"};
    static const char *const scores[] = {"",
        "    score: {fit: ['50 if days(4d) >= 2']}\n    threshold: {fit: 50}\n",
        "    score: {usage: ['5 * count(any, 3d)', '20 if users(5d) >= 2']}\n"
        "    threshold: {usage: 20}\n",
        "    score: {usage: ['30 if count(\"A\", 6h) >= 1', '25 if n >= 2'], fit: ['60 "
        "if days(9d) >= 1']}\n"
        "    threshold: {usage: 30, fit: 50}\n"};
    const char *swap = story_one_in(y, 6) ? "'2 <= n'" : NULL;
    char gate[32];
    snprintf(gate, sizeof gate, "'n %s 2'", one_of(y, ops, 5));
    snprintf(text, TEXT_MAX,
        "%soutcomes: {often: {event: \"B\", nth: 4}}\n"
        "signals: {n: '%s'}\nqualify:\n  d:\n    kind: pqa\n    must: [%s%s]\n%s%s%s%s",
        one_of(y, tops, 7), one_of(y, calls, 18), swap ? swap : gate,
        one_of(y, others, 8), one_of(y, ends, 6), one_of(y, times, 4),
        one_of(y, aims, 3), one_of(y, scores, 4));
}

static struct us_rules *compile(struct story *y, const char *text)
{
    struct us_diags d = {.arena = &y->memory};
    struct us_config *config = NULL;
    struct us_rules *rules = NULL;
    us_code code = us_config_parse(
        US_S("usher.yml"), us_str_c(text), &y->memory, &d, &config, NULL);
    us_assert(code == US_OK);
    us_rules_compile(config, &y->memory, &d, &rules);
    return d.errors ? NULL : rules;
}

static bool same(const struct us_replayed *a, const struct us_replayed *b)
{
    return a->user == b->user && a->change.change == b->change.change &&
           a->change.t == b->change.t && a->change.since == b->change.since &&
           a->change.ordinal == b->change.ordinal;
}

struct asked {
    const struct us_varied *v;
    struct us_replay *p;
    const char *what, *text;
    uint64_t seed;
    size_t changes, lives;
};

/* Every variant is in one life, and did what is said of it. */
static bool alike(struct asked *q, const struct us_runs *runs, int64_t until)
{
    us_replay_take(q->p, runs, until);
    struct us_vary_lives lives = us_vary_ask(q->v, q->p);
    size_t met[VALUES] = {0};
    bool good = true;
    q->lives += lives.count;
    for (size_t i = 0; i < lives.count; i++) {
        const struct us_vary_life *life = &lives.items[i];
        for (size_t k = life->first; k <= life->last; k++) {
            struct us_replay_answer own =
                us_replay_ask(q->p, q->v->first + (uint32_t)k, false);
            bool equal = own.count == life->count;
            for (size_t j = 0; equal && j < own.count; j++)
                equal = same(&own.items[j], &life->items[j]);
            if (!equal)
                printf("# seed %llu, %s, value %g: %zu transitions, not %zu\n%s\n",
                    (unsigned long long)q->seed, q->what, q->v->values[k], life->count,
                    own.count, q->text);
            good = good && equal;
            q->changes += own.count;
            met[k]++;
        }
    }
    for (size_t k = 0; k < q->v->count; k++)
        good = good && met[k] == 1;
    return good;
}

struct totals {
    size_t together, changes, lives, asked;
};

static void sweep(struct us_tap *t, struct story *y, const struct us_rules *r,
    const struct us_vary_of *of, const char *text, struct totals *all)
{
    struct us_varied v;
    struct us_error e = {0};
    if (us_vary(r, of, &y->memory, &v, &e) != US_OK) return;
    y->plan = v.rules->plan;
    y->hour_ticks = v.rules->definitions[v.first].times.hour_ticks;
    story_fill(y);
    int64_t until = y->moments[y->moment_count - 1];
    if (story_one_in(y, 2)) until -= (int64_t)story_below(y, 30 * US_DAY_US);
    struct us_runs runs;
    us_runs_of_log(&y->log, &v.rules->plan->need, &y->memory, &runs);
    struct asked q = {.v = &v,
        .p = us_replay_new(v.rules, &y->memory),
        .what = of->what.ptr,
        .text = text,
        .seed = y->seed};
    CHECK_AS(t, alike(&q, &runs, until), "variants live as one by one");
    us_replay_done(q.p);
    all->together += v.levels != NULL;
    all->changes += q.changes;
    all->lives += q.lives;
    all->asked += v.count;
}

static void one(struct us_tap *t, uint64_t seed, struct totals *all)
{
    static const struct {
        const char *what;
        const double *values;
    } sweeps[] = {{"n", numbers}, {"threshold", points}, {"threshold.fit", points},
        {"window", days}, {"n", mixed}, {"n", numbers}, {"threshold", points}};
    struct story y;
    char text[TEXT_MAX];
    story_begin(&y, seed);
    definition(&y, text);
    struct us_rules *r = compile(&y, text);
    if (!r) { /* of money alone, say */
        story_close(&y);
        return;
    }
    size_t which = (size_t)story_below(&y, sizeof sweeps / sizeof *sweeps);
    struct us_vary_of of = {
        0, us_str_c(sweeps[which].what), sweeps[which].values, VALUES};
    sweep(t, &y, r, &of, text, all);
    story_close(&y);
}

int main(int argc, char **argv)
{
    struct us_tap t = {0};
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : DEFINITIONS;
    struct totals all = {0};
    for (uint64_t i = 0; i < count; i++)
        one(&t, seed + i, &all);
    printf(
        "# %zu sweeps decided together, %zu transitions, %zu lives for %zu variants\n",
        all.together, all.changes, all.lives, all.asked);
    CHECK_AS(&t, all.together * 3 > count, "most are decided together");
    CHECK_AS(&t, all.changes > count, "something happens");
    CHECK_AS(&t, all.lives < all.asked, "and not everything is told apart");
    return us_tap_done(&t);
}
