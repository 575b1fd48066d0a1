/* A sweep over thresholds against the referee, which is asked threshold by threshold,
 * on random accounts.
 *
 *   sweep_test [SEED [COUNT]]    COUNT definitions from SEED on
 */

#include "base/err.h"
#include "qualify/referee.h"
#include "qualify/replay.h"
#include "signal/story.h"

#include <stdlib.h>
#include <string.h>

enum { DEFINITIONS = 150, TEXT_MAX = 2000, THRESHOLDS = 7 };

static const double thresholds[THRESHOLDS] = {0.5, 1, 1.5, 2, 3, 5, 8};

static const char *one_of(struct story *y, const char *const *list, uint64_t n)
{
    return list[story_below(y, n)];
}

/* A definition, with %s where its number stands. */
static void definition(struct story *y, char *text)
{
    static const char *const numbers[] = {"count(\"A\", 3d)", "count(any, 7d)",
        "users(5d)", "users(\"A\", 4d)", "days(9d)", "prior(count(any, 2d))",
        "sum(\"B\".size, 5d)", "count(\"A\", all)", "count(any, 9h)", "account.age",
        "trend(count(any, 2d))", "highest(\"B\".size, 9d)", "count(\"A\" where ok, 6d)",
        "count(any, 9d) - count(any, 2d)", "since(\"B\")"};
    static const char *const others[] = {"", "", ", 'count(\"B\", 4d) >= 1'",
        ", 'account.plan == \"pro\"'", ", 'count(any, 2d) < 2'",
        ", 'days(5d) == 2 or users(9d) >= 2'", ", 'count(\"C\", 5h) >= 1'"};
    static const char *const ops[] = {">=", ">=", ">", "<=", "<"};
    static const char *const tops[] = {
        "", "", "", "exclude: 'count(\"C\", 2d) >= 2'\n", "events: {hand_raise: C}\n"};
    static const char *const ends[] = {"", "", "    who: account.plan != \"free\"\n",
        "    score: {usage: ['50 if days(4d) >= 2']}\n    threshold: {usage: 50}\n"};
    snprintf(text, TEXT_MAX,
        "%squalify:\n  d:\n    kind: pqa\n    must: ['%s %s %%s'%s]\n%s",
        one_of(y, tops, 5), one_of(y, numbers, 15), one_of(y, ops, 5),
        one_of(y, others, 7), one_of(y, ends, 4));
}

static struct us_rules *compile(struct story *y, const char *format, double k)
{
    char number[32];
    char *text = us_new(&y->memory, char, TEXT_MAX + 64);
    snprintf(number, sizeof number, "%g", k);
    const char *at = strstr(format, "%s");
    int len = snprintf(
        text, TEXT_MAX + 64, "%.*s%s%s", (int)(at - format), format, number, at + 2);
    struct us_diags d = {.arena = &y->memory};
    struct us_config *config = NULL;
    struct us_rules *rules = NULL;
    us_code code = us_config_parse(
        US_S("usher.yml"), (us_str){text, (size_t)len}, &y->memory, &d, &config, NULL);
    us_assert(code == US_OK);
    us_rules_compile(config, &y->memory, &d, &rules);
    return d.errors == 0 ? rules : NULL;
}

static us_code take(void *ctx, const struct us_firing *f, struct us_error *e)
{
    (void)e;
    *(bool *)ctx |= f->transition.change == US_CHANGE_ENTERED;
    return US_OK;
}

static bool enters(struct story *y, const struct us_rules *r, int64_t until)
{
    bool entered = false;
    struct us_trial trial = {r, &y->log, US_NODE_NONE, until, &y->work};
    us_assert(us_referee(&trial, take, &entered, NULL) == US_OK);
    return entered;
}

static const size_t *swept(
    struct story *y, const struct us_rules *r, int64_t until, struct us_replay **out)
{
    struct us_runs *runs = us_new(&y->memory, struct us_runs, 1);
    struct us_sweep_asked asked = {0, 0, thresholds, THRESHOLDS};
    struct us_sweep *s = us_sweep_new(r, &asked, &y->memory);
    us_assert(s != NULL);
    *out = us_replay_new(r, &y->memory);
    us_runs_of_log(&y->log, &r->plan->need, &y->memory, runs);
    us_replay_take(*out, runs, until);
    us_sweep_take(s, *out);
    us_sweep_take(s, *out); /* as two accounts of the same */
    return us_sweep_entered(s);
}

/* How many thresholds could be asked about and were entered by. */
static size_t one(struct us_tap *t, uint64_t seed)
{
    struct story y;
    char format[TEXT_MAX];
    struct us_rules *rules[THRESHOLDS];
    struct us_replay *p = NULL;
    struct us_rules *any = NULL;
    size_t entered = 0;
    story_begin(&y, seed);
    definition(&y, format);
    for (int i = 0; i < THRESHOLDS; i++) {
        rules[i] = compile(&y, format, thresholds[i]);
        if (rules[i]) any = rules[i];
    }
    if (any) {
        y.plan = any->plan;
        y.hour_ticks = any->definitions[0].times.hour_ticks;
        story_fill(&y);
        int64_t until = y.moments[y.moment_count - 1];
        if (story_below(&y, 2)) until -= (int64_t)story_below(&y, 30 * US_DAY_US);
        const size_t *got = swept(&y, any, until, &p);
        bool good = true;
        for (int i = 0; i < THRESHOLDS; i++) {
            if (!rules[i]) continue;
            bool want = enters(&y, rules[i], until);
            entered += want;
            good = good && got[i] == (want ? 2 : 0);
        }
        if (!good) printf("# seed %llu\n%s\n", (unsigned long long)seed, format);
        CHECK_AS(t, good, "thresholds are entered as one by one");
        us_replay_done(p);
    }
    story_close(&y);
    return entered;
}

static void refused(struct us_tap *t)
{
    struct story y;
    story_begin(&y, 1);
    struct us_rules *r = compile(&y,
        "qualify:\n  d:\n    kind: pqa\n    hold: 2d\n    must: ['days(9d) >= %s']\n",
        2);
    struct us_sweep_asked asked = {0, 0, thresholds, THRESHOLDS};
    CHECK_AS(t, us_sweep_new(r, &asked, &y.memory) == NULL, "a hold needs replaying");
    asked.gate = 1;
    CHECK_AS(t, us_sweep_new(r, &asked, &y.memory) == NULL, "there is no such gate");
    story_close(&y);
}

int main(int argc, char **argv)
{
    struct us_tap t = {0};
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : DEFINITIONS;
    size_t entered = 0;
    refused(&t);
    for (uint64_t i = 0; i < count; i++)
        entered += one(&t, seed + i);
    printf("# %zu thresholds entered\n", entered);
    CHECK_AS(&t, entered > count, "some are");
    return us_tap_done(&t);
}
