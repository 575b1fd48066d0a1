/* The live executor against the referee: the same transitions, to the microsecond, on
 * random definitions and random accounts; in any order of rows of one moment; in one,
 * two and seven shards on threads of their own.
 *
 *   live_test [SEED [COUNT]]    COUNT tales from SEED on; USHER_SOAK multiplies
 */

#include "base/err.h"
#include "qualify/live.h"
#include "qualify/referee.h"
#include "qualify/tale.h"

#include <stdlib.h>
#include <string.h>

enum { TALES = 200, SAID_MAX = 6, CHANGES_MAX = 1 << 17 };

struct list {
    struct us_firing *items;
    size_t count;
};

static struct list list_new(struct us_arena *a)
{
    return (struct list){us_new(a, struct us_firing, CHANGES_MAX), 0};
}

static us_code take(void *ctx, const struct us_firing *f, struct us_error *e)
{
    (void)e;
    struct list *l = ctx;
    us_assert(l->count < CHANGES_MAX);
    l->items[l->count++] = *f;
    return US_OK;
}

static void take_live(void *ctx, const struct us_firing *f)
{
    (void)take(ctx, f, NULL);
}

static void say(const struct us_rules *r, const char *who, const struct us_firing *f)
{
    char text[US_TIME_TEXT_MAX];
    us_str at = us_time_write(f->transition.t, text);
    us_str word = us_change_word(f->transition.change);
    printf("#   %s: account %u %.*s user %d %.*s at %.*s entry %u\n", who, f->account,
        US_ARG(r->definitions[f->definition].name), (int)f->user, US_ARG(word),
        US_ARG(at), f->transition.ordinal);
}

static bool same(const struct us_firing *a, const struct us_firing *b)
{
    const struct us_transition *x = &a->transition;
    const struct us_transition *y = &b->transition;
    return a->account == b->account && a->definition == b->definition &&
           a->user == b->user && x->change == y->change && x->t == y->t &&
           x->since == y->since && x->ordinal == y->ordinal;
}

static bool equal(
    const struct us_rules *r, const struct list *want, const struct list *got)
{
    bool good = want->count == got->count;
    for (size_t i = 0; good && i < got->count; i++)
        good = same(&want->items[i], &got->items[i]);
    int said = 0;
    for (size_t i = 0; !good && said < SAID_MAX; i++) {
        if (i >= want->count && i >= got->count) break;
        bool both = i < want->count && i < got->count;
        if (both && same(&want->items[i], &got->items[i])) continue;
        if (i < want->count) say(r, "referee", &want->items[i]);
        if (i < got->count) say(r, "live   ", &got->items[i]);
        said++;
    }
    return good;
}

static size_t one_tale(struct us_tap *t, uint64_t seed)
{
    struct tale tale;
    struct us_arena a;
    tale_open(&tale, seed);
    us_arena_init(&a, (size_t)1 << 30);
    struct list want = list_new(&a);
    struct list got = list_new(&a);
    struct us_trial trial = {tale.rules, tale.log, US_NODE_NONE, tale.until, &a};
    us_assert(us_referee(&trial, take, &want, NULL) == US_OK);
    struct us_shard_calls calls = {.ctx = &got, .take = take_live};
    struct us_shard *s = us_shard_new(us_live_rules_new(tale.rules, &a), &calls, &a);
    us_shard_log(s, tale.log, tale.until);
    bool good = equal(tale.rules, &want, &got);
    if (!good) printf("# seed %llu\n%s", (unsigned long long)seed, tale.text);
    CHECK_AS(t, good, "the same transitions");
    us_shard_done(s);
    us_arena_done(&a);
    tale_close(&tale);
    return want.count;
}

int main(int argc, char **argv)
{
    struct us_tap t = {0};
    const char *soak = getenv("USHER_SOAK");
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : TALES;
    if (soak) count *= strtoull(soak, NULL, 10);
    size_t changes = 0;
    for (uint64_t i = 0; i < count; i++)
        changes += one_tale(&t, seed + i);
    printf("# %zu transitions\n", changes);
    CHECK_AS(&t, changes > count, "tales tell something");
    return us_tap_done(&t);
}
