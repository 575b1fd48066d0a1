/* The replay executor against the referee: the same transitions, to the microsecond, on
 * random definitions and random accounts.
 *
 *   replay_test [SEED [COUNT]]    COUNT tales from SEED on
 */

#include "base/err.h"
#include "qualify/referee.h"
#include "qualify/replay.h"
#include "qualify/tale.h"

#include <stdlib.h>
#include <string.h>

enum { TALES = 160, SAID_MAX = 6, CHANGES_MAX = 1 << 16 };

struct list {
    struct us_replayed *items;
    size_t count;
};

static struct list list_new(struct us_arena *a)
{
    return (struct list){us_new(a, struct us_replayed, CHANGES_MAX), 0};
}

static us_code take(void *ctx, const struct us_firing *f, struct us_error *e)
{
    (void)e;
    struct list *l = ctx;
    us_assert(l->count < CHANGES_MAX);
    l->items[l->count++] = (struct us_replayed){f->definition, f->user, f->transition};
    return US_OK;
}

static void replay(
    const struct tale *tale, struct us_arena *a, struct list *all, struct list *first)
{
    struct us_runs runs;
    us_runs_of_log(tale->log, &tale->rules->plan->need, a, &runs);
    struct us_replay *p = us_replay_new(tale->rules, a);
    us_replay_take(p, &runs, tale->until);
    const uint32_t *possible = NULL;
    size_t possible_count = us_replay_possible(p, &possible);
    for (uint32_t d = 0; d < tale->rules->definition_count; d++) {
        struct us_replay_answer got = us_replay_ask(p, d, false);
        us_assert(all->count + got.count < CHANGES_MAX);
        bool among = false;
        for (size_t i = 0; i < possible_count; i++)
            among = among || possible[i] == d;
        us_assert(among || got.count == 0);
        if (got.count)
            memcpy(all->items + all->count, got.items, got.count * sizeof *got.items);
        all->count += got.count;
        if (tale->rules->definitions[d].pql) continue;
        got = us_replay_ask(p, d, true);
        if (got.count) first->items[first->count++] = got.items[0];
    }
    us_replay_done(p);
}

static int order(const void *a, const void *b)
{
    const struct us_replayed *x = a;
    const struct us_replayed *y = b;
    if (x->definition != y->definition) return x->definition < y->definition ? -1 : 1;
    if (x->user != y->user) return x->user < y->user ? -1 : 1;
    return (x->change.t > y->change.t) - (x->change.t < y->change.t);
}

static bool same(const struct us_replayed *a, const struct us_replayed *b)
{
    return a->definition == b->definition && a->user == b->user &&
           a->change.change == b->change.change && a->change.t == b->change.t &&
           a->change.since == b->change.since && a->change.ordinal == b->change.ordinal;
}

static void say(const struct us_rules *r, const char *who, const struct us_replayed *x)
{
    char text[US_TIME_TEXT_MAX];
    us_str at = us_time_write(x->change.t, text);
    us_str word = us_change_word(x->change.change);
    printf("#   %s: %.*s user %d %.*s at %.*s entry %u\n", who,
        US_ARG(r->definitions[x->definition].name), (int)x->user, US_ARG(word),
        US_ARG(at), x->change.ordinal);
}

static bool equal(const struct us_rules *r, struct list *want, struct list *got)
{
    if (want->count) qsort(want->items, want->count, sizeof *want->items, order);
    if (got->count) qsort(got->items, got->count, sizeof *got->items, order);
    bool good = want->count == got->count;
    for (size_t i = 0; good && i < got->count; i++)
        good = same(&want->items[i], &got->items[i]);
    int said = 0;
    for (size_t i = 0; !good && said < SAID_MAX; i++) {
        if (i >= want->count && i >= got->count) break;
        bool both = i < want->count && i < got->count;
        if (both && same(&want->items[i], &got->items[i])) continue;
        if (i < want->count) say(r, "referee", &want->items[i]);
        if (i < got->count) say(r, "replay ", &got->items[i]);
        said++;
    }
    return good;
}

/* The first entry of each definition of accounts. */
static struct list firsts(const struct us_rules *r, struct list *l, struct us_arena *a)
{
    struct list out = list_new(a);
    for (size_t i = 0; i < l->count; i++) {
        const struct us_replayed *x = &l->items[i];
        bool first = x->change.ordinal == 1 && x->change.change == US_CHANGE_ENTERED;
        if (first && !r->definitions[x->definition].pql) out.items[out.count++] = *x;
    }
    return out;
}

static size_t one_tale(struct us_tap *t, uint64_t seed)
{
    struct tale tale;
    struct us_arena a;
    tale_open(&tale, seed);
    us_arena_init(&a, (size_t)1 << 30);
    struct list want = list_new(&a);
    struct list got = list_new(&a);
    struct list first = list_new(&a);
    struct us_trial trial = {tale.rules, tale.log, US_NODE_NONE, tale.until, &a};
    us_assert(us_referee(&trial, take, &want, NULL) == US_OK);
    replay(&tale, &a, &got, &first);
    struct list want_first = firsts(tale.rules, &want, &a);
    bool good =
        equal(tale.rules, &want, &got) && equal(tale.rules, &want_first, &first);
    if (!good) printf("# seed %llu\n%s", (unsigned long long)seed, tale.text);
    CHECK_AS(t, good, "the same transitions");
    size_t count = want.count;
    us_arena_done(&a);
    tale_close(&tale);
    return count;
}

int main(int argc, char **argv)
{
    struct us_tap t = {0};
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : TALES;
    size_t changes = 0;
    for (uint64_t i = 0; i < count; i++)
        changes += one_tale(&t, seed + i);
    printf("# %zu transitions\n", changes);
    CHECK_AS(&t, changes > count, "tales tell something");
    return us_tap_done(&t);
}
