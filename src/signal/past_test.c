/* The replay executor's reading against the referee, on random accounts and random
 * expressions: every value at every moment, and the sieve's promises for every day.
 *
 *   past_test [SEED [COUNT]]    COUNT histories from SEED on
 */

#include "signal/case.h"
#include "signal/function.h"
#include "signal/past.h"
#include "signal/story.h"

#include <stdlib.h>
#include <string.h>

enum { HISTORIES = 320, NODES = 24 };

static uint8_t can_of(us_value v)
{
    if (v.kind != US_BOOL) return US_CAN_MISS;
    return v.truth ? US_CAN_YES : US_CAN_NO;
}

struct check {
    struct story *story;
    struct us_past *past;
    uint32_t nodes[NODES];
    char texts[NODES][STORY_TEXT_MAX];
    uint64_t *all; /* every day, as bits */
    bool values, days, bits, stretches, moments;
};

static void say(const struct check *c, size_t k, int64_t t, const char *what)
{
    char text[US_TIME_TEXT_MAX];
    us_str at = us_time_write(t, text);
    printf("# seed %llu: %s of %s at %.*s\n", (unsigned long long)c->story->seed, what,
        c->texts[k], US_ARG(at));
}

/* At t: the exact value of each node. */
static void value_at(struct check *c, int64_t t)
{
    struct story *y = c->story;
    for (size_t k = 0; k < NODES; k++) {
        const struct us_node *n = &y->plan->nodes[c->nodes[k]];
        uint32_t user = n->scope == US_PER_USER ? story_user(y) : US_NOBODY;
        us_value want = us_naive(y->plan, c->nodes[k], &y->log, user, t, &y->work);
        us_value got = us_past_value(c->past, c->nodes[k], user, t);
        if (us_value_same(want, got)) continue;
        if (c->values) say(c, k, t, "value");
        c->values = false;
    }
}

static bool among(const struct us_moments *m, int64_t t)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->at[i] == t) return true;
    return false;
}

/* That bits of day d, the value among them, say what it is at a moment. */
static bool bits_say(const struct us_day_bits *b, size_t d, us_value v, bool tick)
{
    uint64_t bit = (uint64_t)1 << (d % 64);
    bool yes = v.kind == US_BOOL && v.truth;
    const uint64_t *in = yes ? b->in_yes : b->in_no;
    const uint64_t *end = yes ? b->end_yes : b->end_no;
    return (in[d / 64] & bit) && (!tick || (end[d / 64] & bit));
}

/* Over the moments of a day: whether a condition is true just in its stretch, and what
 * bits say of all. */
static void bits_day(
    struct check *c, size_t k, const struct us_day_bits *bits, size_t d)
{
    struct story *y = c->story;
    uint32_t node = c->nodes[k];
    int64_t of = us_past_first_day(c->past) + (int64_t)d;
    int64_t from = 0;
    int64_t to = 0;
    bool known = us_past_stretch(c->past, node, of, &from, &to);
    struct us_least least = us_past_least(y->plan, &node, 1, &y->work);
    for (size_t i = 0; i < y->moment_count; i++) {
        int64_t t = y->moments[i];
        if (us_day(t) != of) continue;
        us_value v = us_naive(y->plan, node, &y->log, US_NOBODY, t, &y->work);
        bool yes = v.kind == US_BOOL && v.truth;
        if (!bits_say(bits, d, v, t == (of + 1) * US_DAY_US - 1)) {
            if (c->bits) say(c, k, t, "bits");
            c->bits = false;
        }
        if (known && yes != (from <= t && t < to)) {
            if (c->stretches) say(c, k, t, "the stretch");
            c->stretches = false;
        }
        if (yes && us_past_short(c->past, &least)) c->bits = false;
    }
}

/* Over the moments of the log on a day, the end of it last: what the sieve said of it,
 * and that a node changes at no moment that was left out. */
static void day(struct check *c, size_t k, size_t d, const int64_t *at, size_t count)
{
    struct story *y = c->story;
    uint32_t node = c->nodes[k];
    if (y->plan->nodes[node].scope == US_PER_USER) return;
    int64_t of = us_past_first_day(c->past) + (int64_t)d;
    struct us_day_truth truth = us_past_truth(c->past, node);
    struct us_moments_asked asked = {.nodes = &node, .count = 1, .first = true};
    struct us_moments m = us_past_moments(c->past, &asked, of);
    us_value last = us_missing();
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        if (us_day(at[i]) != of) continue;
        us_value v = us_naive(y->plan, node, &y->log, US_NOBODY, at[i], &y->work);
        bool tick = at[i] == (of + 1) * US_DAY_US - 1;
        uint8_t can = can_of(v);
        bool promised = (truth.in[d] & can) && (!tick || (truth.end[d] & can));
        if (!promised && c->days) say(c, k, at[i], "the sieve");
        c->days = c->days && promised;
        bool same = !first && us_value_same(v, last);
        bool listed = same || among(&m, at[i]) || y->hours;
        if (!listed && c->moments) say(c, k, at[i], "a moment left out");
        c->moments = c->moments && listed;
        if (us_past_never(c->past, node) && (can & US_CAN_YES)) c->days = false;
        last = v;
        first = false;
    }
}

/* Functions over events without any form of their own for replay; of those that stand
 * as rows of days (quick.h) rises is a part. */
static void strip(struct story *y)
{
    for (size_t i = 0; i < y->plan->node_count; i++) {
        struct us_node *n = &y->plan->nodes[i];
        if (n->op != US_OP_CALL || n->function->apply) continue;
        struct us_function *bare = us_new(&y->memory, struct us_function, 1);
        *bare = *n->function;
        bare->over = NULL;
        bare->over_any = NULL;
        bare->sieve = NULL;
        bare->at = NULL;
        n->function = bare;
    }
}

static void one_history(struct us_tap *t, uint64_t seed, bool bare)
{
    struct story y;
    struct us_runs runs;
    struct check c = {.story = &y, .values = true, .days = true, .moments = true};
    c.bits = c.stretches = true;
    story_open(&y, seed);
    for (size_t k = 0; k < NODES; k++)
        c.nodes[k] = story_expression(&y, c.texts[k]);
    y.plan->need.any = true;
    us_plan_close(y.plan);
    if (bare) strip(&y);
    story_fill(&y);
    us_runs_of_log(&y.log, &y.plan->need, &y.memory, &runs);
    c.past = us_past_new(y.plan, &y.memory);
    int64_t until = y.moments[y.moment_count - 1] + 3 * US_DAY_US;
    us_past_take(c.past, &runs, until);
    for (size_t i = 0; i < y.moment_count; i++)
        value_at(&c, y.moments[i]);
    for (size_t d = 0; d < us_past_day_count(c.past); d++)
        for (size_t k = 0; k < NODES; k++) {
            us_arena_reset(&y.work);
            day(&c, k, d, y.moments, y.moment_count);
        }
    us_past_take(c.past, &runs, until); /* nothing made for the sieve is there */
    size_t words = us_past_words(c.past);
    c.all = us_new(&y.memory, uint64_t, words + 1);
    memset(c.all, 0xff, words * sizeof *c.all);
    for (size_t k = 0; k < NODES && words; k++) {
        if (y.plan->nodes[c.nodes[k]].scope == US_PER_USER) continue;
        struct us_day_bits bits = us_past_bits(c.past, c.nodes[k], c.all);
        for (size_t d = 0; d < us_past_day_count(c.past); d++) {
            us_arena_reset(&y.work);
            bits_day(&c, k, &bits, d);
        }
    }
    us_past_done(c.past);
    CHECK_AS(t, c.values, "values equal the referee's");
    CHECK_AS(t, c.days, "a day is never ruled out wrongly");
    CHECK_AS(t, c.bits, "nor by bits or totals");
    CHECK_AS(t, c.stretches, "a stretch is just when it is true");
    CHECK_AS(t, c.moments, "no moment of change is left out");
    story_close(&y);
}

/* The cases of every function, as its page shows them; and again as if more were to
 * come, when nothing may be taken from whole days. */
static void one_case(struct us_tap *t, const struct us_case *c)
{
    struct story y;
    struct us_runs runs;
    story_open(&y, 1);
    us_source source = {us_str_c(c->expr), {0, 1, 1, 1}};
    us_scope scope = c->user ? US_PER_USER : US_PER_ACCOUNT;
    uint32_t node = us_plan_add(y.plan, source, US_MISSING, scope, &y.diags);
    us_plan_close(y.plan);
    us_case_read(y.plan, us_str_c(c->history), &y.memory, &y.log);
    us_runs_of_log(&y.log, &y.plan->need, &y.memory, &runs);
    struct us_past *past = us_past_new(y.plan, &y.memory);
    int64_t at = us_case_time(us_str_c(c->at));
    uint32_t user = c->user ? us_case_person(&y.log, us_str_c(c->user)) : US_NOBODY;
    for (int more = 0; more < 2; more++) {
        if (more) runs.last_known = US_NEVER;
        us_past_take(past, &runs, at);
        us_value v = us_past_value(past, node, user, at);
        CHECK_AS(t, us_value_same(v, us_case_value(us_str_c(c->want))), c->about);
    }
    us_past_done(past);
    story_close(&y);
}

int main(int argc, char **argv)
{
    struct us_tap t = {0};
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : HISTORIES;
    for (size_t f = 0; f < US_FUNCTIONS; f++)
        for (const struct us_case *c = us_function_of((us_function_id)f)->cases;
             c->about; c++)
            one_case(&t, c);
    for (uint64_t i = 0; i < count; i++)
        one_history(&t, seed + i, i % 4 == 3);
    return us_tap_done(&t);
}
