/* The referee on random definitions and accounts: what it says does not depend on the
 * order of rows, is a sequence of entries and exits with their reasons, and is what
 * standings say.
 *
 *   shuffle_test [SEED [COUNT]]    COUNT tales from SEED on
 */

#include "qualify/referee_fixture.h"
#include "qualify/tale.h"

#include <stdlib.h>

enum { TALES = 80 };

static void swap(void *a, void *b, size_t size)
{
    char spare[256];
    us_assert(size <= sizeof spare);
    memcpy(spare, a, size);
    memcpy(a, b, size);
    memcpy(b, spare, size);
}

/* Fisher and Yates; columns values go with each row. */
static void shuffle_rows(struct story *y, void *rows, size_t count, size_t size)
{
    const size_t columns = y->log.column_count;
    char *at = rows;
    for (size_t i = count; i > 1; i--) {
        size_t k = story_below(y, i);
        swap(at + (i - 1) * size, at + k * size, size);
        bool events = rows == (void *)y->log.events;
        if (!events || !columns) continue;
        for (size_t c = 0; c < columns; c++)
            swap(&y->log.values[(i - 1) * columns + c], &y->log.values[k * columns + c],
                sizeof(us_value));
    }
}

static void shuffle(struct story *y)
{
    struct us_log *log = &y->log;
    shuffle_rows(y, log->events, log->event_count, sizeof *log->events);
    shuffle_rows(y, log->traits, log->trait_count, sizeof *log->traits);
    shuffle_rows(y, log->payments, log->payment_count, sizeof *log->payments);
    shuffle_rows(y, log->deals, log->deal_count, sizeof *log->deals);
}

/* Of each machine: an entry, then an exit of it, and the next is one more. */
struct sequence {
    bool in;
    uint32_t ordinal;
    int64_t since, last;
};

struct sequences {
    struct world *w;
    struct us_buf out;
    struct sequence *of; /* definition x person */
    size_t counts[US_CHANGES];
    bool good;
};

static us_code follow(void *ctx, const struct us_firing *f, struct us_error *e)
{
    struct sequences *s = ctx;
    size_t people = s->w->log.person_count + 1;
    size_t who = f->user == US_NOBODY ? people - 1 : f->user;
    struct sequence *q = &s->of[f->definition * people + who];
    const struct us_transition *made = &f->transition;
    bool enters = made->change == US_CHANGE_ENTERED;
    s->good = s->good && enters != q->in && made->t > q->last;
    if (enters) {
        s->good = s->good && made->ordinal == q->ordinal + 1 && made->since == made->t;
        q->since = made->t;
    } else {
        s->good = s->good && made->ordinal == q->ordinal && made->since == q->since;
    }
    q->in = enters;
    q->ordinal = made->ordinal;
    q->last = made->t;
    s->counts[made->change]++;
    struct printed p = {s->w, s->out, true};
    us_code code = print(&p, f, e);
    s->out = p.out;
    s->good = s->good && p.judged;
    return code;
}

static us_str followed(struct world *w, int64_t until, struct sequences *s)
{
    size_t people = w->log.person_count + 1;
    s->w = w;
    s->out = us_buf_new(&w->arena, TEXT_MAX);
    s->good = true;
    s->of = us_new(&w->arena, struct sequence, w->rules->definition_count * people + 1);
    for (size_t i = 0; i < w->rules->definition_count * people; i++)
        s->of[i].last = US_ALWAYS;
    struct us_trial trial = trial_of(w, until);
    us_assert(us_referee(&trial, follow, s, NULL) == US_OK);
    return us_buf_str(&s->out);
}

static bool one_tale(uint64_t seed, struct sequences *s)
{
    struct tale tale;
    tale_open(&tale, seed);
    struct world w = {.rules = tale.rules, .log = *tale.log};
    us_arena_init(&w.arena, (size_t)1 << 30);
    us_str first = followed(&w, tale.until, s);
    bool good = s->good && stands(&w, tale.until, 2, 13 * US_DAY_US + 5);
    shuffle(&tale.story);
    w.log = *tale.log;
    us_str then = followed(&w, tale.until, s);
    if (!us_str_eq(first, then)) {
        good = false;
        show(first);
        printf("# shuffled:\n");
        show(then);
    }
    us_arena_done(&w.arena);
    tale_close(&tale);
    return good;
}

static void tales(struct us_tap *t, uint64_t seed, uint64_t count)
{
    struct sequences s = {0};
    for (uint64_t i = 0; i < count; i++) {
        if (one_tale(seed + i, &s)) continue;
        printf("# seed %llu\n", (unsigned long long)(seed + i));
        CHECK_AS(t, false, "semantics 7: the order of rows changes no transition");
        return;
    }
    CHECK_AS(t, true, "semantics 7: the order of rows changes no transition");
    for (int change = US_CHANGE_ENTERED; change < US_CHANGES; change++) {
        us_str word = us_change_word((us_change)change);
        printf("# %.*s: %zu\n", US_ARG(word), s.counts[change]);
        bool rare = change == US_CHANGE_REDEFINED || count < TALES;
        if (!rare && s.counts[change] < 5)
            CHECK_AS(t, false, "each way to leave is met");
    }
}

int main(int argc, char **argv)
{
    struct us_tap t = {0};
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : TALES;
    tales(&t, seed, count);
    return us_tap_done(&t);
}
