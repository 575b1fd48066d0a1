/* The replay executor against the referee: the same transitions, to the microsecond, on
 * random definitions and random accounts.
 *
 *   replay_test [SEED [COUNT]]    COUNT stories from SEED on
 */

#include "qualify/replay.h"
#include "signal/story.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { STORIES = 120, YML_MAX = 16384, SAID_MAX = 6 };

struct yml {
    struct story *y;
    char text[YML_MAX];
    size_t len;
};

__attribute__((format(printf, 2, 3))) static void put(
    struct yml *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(m->text + m->len, YML_MAX - m->len, format, args);
    va_end(args);
    us_assert(n >= 0 && m->len + (size_t)n < YML_MAX);
    m->len += (size_t)n;
}

static bool one_in(struct yml *m, uint64_t n)
{
    return story_below(m->y, n) == 0;
}

/* A random condition, in single quotes with what goes before it. */
static void condition(struct yml *m, const char *key, const char *points)
{
    char text[STORY_TEXT_MAX];
    story_condition(m->y, text);
    put(m, "%s '%s%s'\n", key, points, text);
}

static void lengths(struct yml *m)
{
    if (one_in(m, 4)) put(m, "    hold: %dd\n", 1 + (int)story_below(m->y, 3));
    if (one_in(m, 3)) put(m, "    cooldown: %dd\n", 1 + (int)story_below(m->y, 6));
    if (one_in(m, 2)) put(m, "    expires: %dd\n", 1 + (int)story_below(m->y, 12));
}

static void definition(struct yml *m, int which)
{
    bool pql = which > 0 && one_in(m, 3);
    put(m, "  d%d:\n    kind: %s\n", which, pql ? "pql" : "pqa");
    if (pql) put(m, "    within: d0\n");
    if (one_in(m, 2)) put(m, "    aim: %s\n", one_in(m, 3) ? "rich" : "often");
    if (one_in(m, 3)) condition(m, "    who:", "");
    put(m, "    must:\n      - 'count(any, all) >= 1'\n");
    condition(m, "      -", "");
    if (one_in(m, 2)) condition(m, "      -", "");
    if (one_in(m, 3)) {
        put(m, "    score:\n      usage:\n        - '60 if count(any, %dd) >= 2'\n",
            1 + (int)story_below(m->y, 9));
        condition(m, "        -", "30 if ");
    }
    if (one_in(m, 3)) condition(m, "    stay:", "");
    lengths(m);
}

/* A configuration of three definitions; some do not compile, which is no fault. */
static void write(struct yml *m)
{
    put(m, "account: {unit: workspace}\n");
    if (one_in(m, 3)) put(m, "events: {hand_raise: \"C\"}\n");
    if (one_in(m, 3)) condition(m, "exclude:", "");
    put(m,
        "outcomes:\n  often: {event: \"B\", nth: %d%s}\n  rich: {arr: %d}\nqualify:\n",
        1 + (int)story_below(m->y, 4), one_in(m, 2) ? ", within: 5d" : "",
        1 + (int)story_below(m->y, 20));
    for (int i = 0; i < 3; i++)
        definition(m, i);
}

static int order(const void *a, const void *b)
{
    const struct us_replayed *x = a;
    const struct us_replayed *y = b;
    if (x->definition != y->definition) return x->definition < y->definition ? -1 : 1;
    if (x->user != y->user) return x->user < y->user ? -1 : 1;
    return (x->change.t > y->change.t) - (x->change.t < y->change.t);
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

static bool same(const struct us_replayed *a, const struct us_replayed *b)
{
    return a->definition == b->definition && a->user == b->user &&
           a->change.change == b->change.change && a->change.t == b->change.t &&
           a->change.since == b->change.since && a->change.ordinal == b->change.ordinal;
}

/* ---- every definition at every moment ---- */

struct plain {
    struct story *y;
    const struct us_rules *rules;
    struct us_machine machines[3][8];
    int64_t converted[3];
    struct us_replayed *out;
    size_t count;
};

static bool holds(struct plain *p, uint32_t node, uint32_t user, int64_t t)
{
    us_value v = us_naive(p->rules->plan, node, &p->y->log, user, t, &p->y->work);
    return v.kind == US_BOOL && v.truth;
}

static struct us_machine_inputs inputs(
    struct plain *p, uint32_t d, uint32_t user, int64_t t)
{
    const struct us_definition *def = &p->rules->definitions[d];
    struct us_verdict v;
    us_judge(p->rules, def, &p->y->log, user, t, &p->y->work, &v);
    struct us_machine_inputs in = {.eligible = v.eligible,
        .who = def->who == US_NODE_NONE || holds(p, def->who, user, t),
        .excluded = v.excluded,
        .hand_raised = v.hand_raised,
        .converted_at = p->converted[d]};
    in.stays = true;
    for (size_t i = 0; i < def->must_count && def->stay == US_NODE_NONE; i++)
        in.stays &= holds(p, def->must[i], user, t);
    if (def->stay != US_NODE_NONE) in.stays = holds(p, def->stay, user, t);
    in.stays |= v.hand_raised;
    if (def->within != US_NODE_NONE)
        in.outside = p->machines[def->within][7].phase != US_PHASE_QUALIFIED;
    return in;
}

static void step(struct plain *p, uint32_t d, uint32_t user, int64_t t)
{
    struct us_machine *m = &p->machines[d][user == US_NOBODY ? 7 : user];
    struct us_machine_inputs in = inputs(p, d, user, t);
    struct us_transition change;
    if (us_machine_step(&p->rules->definitions[d].times, m, &in, t, &change))
        p->out[p->count++] = (struct us_replayed){d, user, change};
}

static void plain_run(struct plain *p)
{
    struct story *y = p->y;
    for (int d = 0; d < 3; d++)
        p->converted[d] = US_NEVER;
    for (size_t i = 0; i < y->moment_count; i++) {
        int64_t t = y->moments[i];
        us_arena_reset(&y->work);
        for (uint32_t d = 0; d < 3; d++) {
            const struct us_definition *def = &p->rules->definitions[d];
            bool aim = def->aim != US_NODE_NONE && p->converted[d] == US_NEVER;
            bool hour = (t + 1) % US_HOUR_US == 0 && (t + 1) % US_DAY_US != 0;
            if (hour && !y->lines[i] && !def->times.hour_ticks) continue;
            if (aim && us_outcome_holds(p->rules, &p->rules->outcomes[def->aim],
                           &y->log, t, &y->work))
                p->converted[d] = t;
            if (!def->pql) step(p, d, US_NOBODY, t);
        }
        for (uint32_t d = 0; d < 3; d++) {
            const struct us_definition *def = &p->rules->definitions[d];
            bool hour = (t + 1) % US_HOUR_US == 0 && (t + 1) % US_DAY_US != 0;
            if (hour && !y->lines[i] && !def->times.hour_ticks) continue;
            for (uint32_t u = 0; def->pql && u < y->log.person_count; u++)
                step(p, d, u, t);
        }
    }
}

/* ---- one story ---- */

static bool compile(struct story *y, struct yml *m, struct us_rules **rules)
{
    y->diags = (struct us_diags){.arena = &y->memory};
    us_code code = us_config_parse(
        US_S("usher.yml"), us_str_c(m->text), &y->memory, &y->diags, &y->config, NULL);
    us_assert(code == US_OK);
    if (y->diags.errors) return false;
    us_rules_compile(y->config, &y->memory, &y->diags, rules);
    y->plan = (*rules)->plan;
    return y->diags.errors == 0;
}

static void differ(const struct us_rules *r, const struct plain *p,
    const struct us_replayed *got, size_t count)
{
    int said = 0;
    for (size_t i = 0; said < SAID_MAX && (i < p->count || i < count); i++) {
        if (i < p->count && i < count && same(&p->out[i], &got[i])) continue;
        if (i < p->count) say(r, "referee", &p->out[i]);
        if (i < count) say(r, "replay ", &got[i]);
        said++;
    }
}

static bool one_story(struct us_tap *t, uint64_t seed, size_t *changes)
{
    struct story y;
    struct us_rules *rules = NULL;
    struct us_runs runs;
    story_begin(&y, seed);
    struct yml *m = us_new(&y.memory, struct yml, 1);
    m->y = &y;
    write(m);
    bool good = compile(&y, m, &rules);
    if (good) {
        for (uint32_t d = 0; d < 3; d++)
            y.hour_ticks |= rules->definitions[d].times.hour_ticks;
        story_fill(&y);
        struct plain *p = us_new(&y.memory, struct plain, 1);
        *p = (struct plain){.y = &y, .rules = rules};
        p->out = us_new(&y.memory, struct us_replayed, 1 << 16);
        plain_run(p);
        us_runs_of_log(&y.log, &y.plan->need, &y.memory, &runs);
        struct us_replay *replay = us_replay_new(rules, &y.memory);
        us_replay_take(replay, &runs, y.moments[y.moment_count - 1]);
        struct us_replayed *got = us_new(&y.memory, struct us_replayed, 1 << 16);
        size_t count = 0;
        for (uint32_t d = 0; d < 3; d++) {
            struct us_replay_answer a = us_replay_ask(replay, d, false);
            if (a.count) memcpy(got + count, a.items, a.count * sizeof *got);
            count += a.count;
        }
        qsort(p->out, p->count, sizeof *p->out, order);
        qsort(got, count, sizeof *got, order);
        bool equal = p->count == count;
        for (size_t i = 0; equal && i < count; i++)
            equal = same(&p->out[i], &got[i]);
        if (!equal) {
            printf("# seed %llu\n%s", (unsigned long long)seed, m->text);
            differ(rules, p, got, count);
        }
        CHECK_AS(t, equal, "the same transitions");
        *changes += count;
        us_replay_done(replay);
    }
    story_close(&y);
    return good;
}

int main(int argc, char **argv)
{
    struct us_tap t = {0};
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : STORIES;
    size_t changes = 0;
    size_t compiled = 0;
    for (uint64_t i = 0; i < count; i++)
        compiled += one_story(&t, seed + i, &changes);
    printf("# %zu of %llu definitions sets compile; %zu transitions\n", compiled,
        (unsigned long long)count, changes);
    CHECK_AS(&t, 2 * compiled > count && changes > count, "stories tell something");
    return us_tap_done(&t);
}
