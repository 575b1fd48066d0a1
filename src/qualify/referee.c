#include "qualify/referee.h"

#include "qualify/clock.h"

#include <stdlib.h>

struct referee {
    const struct us_trial *trial;
    const struct us_rules *rules;
    uint32_t *people; /* the identified, by id */
    int64_t *known;   /* since when each is */
    size_t person_count;
    struct us_machine **machines; /* of each definition: one, or one a person */
    int64_t *converted_at;        /* of each definition */
    struct us_firing *fired;      /* at the moment at hand */
    size_t fired_count;
};

/* Whether it is asked for itself. */
static bool wanted(const struct referee *f, uint32_t definition)
{
    uint32_t asked = f->trial->definition;
    return asked == US_NODE_NONE || asked == definition;
}

/* Or is needed by the pql that is. */
static bool needed(const struct referee *f, uint32_t definition)
{
    return wanted(f, definition) ||
           f->rules->definitions[f->trial->definition].within == definition;
}

static void begin(struct referee *f, const struct us_trial *trial)
{
    const struct us_log *log = trial->log;
    struct us_arena *a = trial->arena;
    const struct us_rules *r = trial->rules;
    size_t most = 0;
    *f = (struct referee){.trial = trial, .rules = r};
    f->people = us_new(a, uint32_t, log->person_count + 1);
    f->known = us_new(a, int64_t, log->person_count + 1);
    int64_t *known = us_new(a, int64_t, log->person_count + 1);
    us_log_people_from(log, known);
    for (size_t i = 0; i < log->person_count; i++) {
        if (!log->people[i].identified) continue;
        f->known[f->person_count] = known[i];
        f->people[f->person_count++] = log->people[i].id;
    }
    f->machines = us_new(a, struct us_machine *, r->definition_count + 1);
    f->converted_at = us_new(a, int64_t, r->definition_count + 1);
    for (size_t i = 0; i < r->definition_count; i++) {
        size_t count = r->definitions[i].pql ? f->person_count : 1;
        f->machines[i] = us_new(a, struct us_machine, count + 1);
        f->converted_at[i] = US_NEVER;
        most += count;
    }
    f->fired = us_new(a, struct us_firing, most + 1);
}

/* The first moment of the definition's at which its aim holds stays that moment. */
static void latch(struct referee *f, uint32_t definition, int64_t t)
{
    uint32_t aim = f->rules->definitions[definition].aim;
    if (aim == US_NODE_NONE || f->converted_at[definition] != US_NEVER) return;
    bool holds = us_outcome_holds(
        f->rules, &f->rules->outcomes[aim], f->trial->log, t, f->trial->arena);
    if (holds) f->converted_at[definition] = t;
}

/* One evaluation of a definition, of the account or of a person. */
static void step(
    struct referee *f, uint32_t definition, uint32_t who, bool outside, int64_t t)
{
    const struct us_definition *def = &f->rules->definitions[definition];
    const struct us_trial *trial = f->trial;
    uint32_t user = def->pql ? f->people[who] : US_NOBODY;
    us_mark mark = us_arena_mark(trial->arena);
    struct us_verdict v;
    us_judge(f->rules, def, trial->log, user, t, trial->arena, &v);
    struct us_machine_inputs in = us_verdict_inputs(&v);
    us_arena_pop(trial->arena, mark);
    in.outside = outside;
    in.converted_at = f->converted_at[definition];
    struct us_transition made;
    if (!us_machine_step(&def->times, &f->machines[definition][who], &in, t, &made))
        return;
    if (wanted(f, definition))
        f->fired[f->fired_count++] =
            (struct us_firing){trial->log->account, definition, user, made};
}

static void step_all(struct referee *f, uint32_t definition, int64_t t)
{
    const struct us_definition *def = &f->rules->definitions[definition];
    bool outside = def->within != US_NODE_NONE &&
                   f->machines[def->within]->phase != US_PHASE_QUALIFIED;
    latch(f, definition, t);
    size_t count = def->pql ? f->person_count : 1;
    for (uint32_t i = 0; i < count; i++)
        if (!def->pql || f->known[i] <= t) step(f, definition, i, outside, t);
}

/* Definitions of accounts, then those of people: these go by where their account stands
 * after the same moment. hour: it is nothing but the end of an hour. */
static void moment(struct referee *f, int64_t t, bool hour)
{
    f->fired_count = 0;
    for (int pql = 0; pql < 2; pql++)
        for (uint32_t i = 0; i < f->rules->definition_count; i++) {
            const struct us_definition *def = &f->rules->definitions[i];
            bool looks = !hour || def->times.hour_ticks;
            if (def->pql == pql && needed(f, i) && looks) step_all(f, i, t);
        }
}

static int order(const void *a, const void *b)
{
    const struct us_firing *x = a;
    const struct us_firing *y = b;
    if (x->definition != y->definition) return x->definition < y->definition ? -1 : 1;
    return (x->user > y->user) - (x->user < y->user);
}

static us_code run(
    struct referee *f, us_firing_take *take, void *ctx, struct us_error *e)
{
    const struct us_trial *trial = f->trial;
    bool hours = false;
    for (uint32_t i = 0; i < f->rules->definition_count; i++)
        hours = hours || (needed(f, i) && f->rules->definitions[i].times.hour_ticks);
    struct us_clock clock = us_clock_of(trial->log, hours, trial->until, trial->arena);
    int64_t t;
    bool row;
    while (us_clock_next(&clock, &t, &row)) {
        bool day = (us_day(t) + 1) * US_DAY_US - 1 == t;
        moment(f, t, !row && !day);
        if (f->fired_count) qsort(f->fired, f->fired_count, sizeof *f->fired, order);
        for (size_t i = 0; i < f->fired_count && take; i++)
            US_TRY(take(ctx, &f->fired[i], e));
    }
    return US_OK;
}

us_code us_referee(
    const struct us_trial *trial, us_firing_take *take, void *ctx, struct us_error *e)
{
    struct referee f;
    begin(&f, trial);
    return run(&f, take, ctx, e);
}

size_t us_referee_standings(
    const struct us_trial *trial, const struct us_standing **out)
{
    struct referee f;
    begin(&f, trial);
    run(&f, NULL, NULL, NULL);
    const struct us_rules *r = trial->rules;
    struct us_standing *list = us_new(trial->arena, struct us_standing,
        r->definition_count * (f.person_count + 1) + 1);
    size_t count = 0;
    for (uint32_t i = 0; i < r->definition_count; i++) {
        const struct us_definition *def = &r->definitions[i];
        size_t machines = def->pql ? f.person_count : 1;
        for (size_t k = 0; k < machines && wanted(&f, i); k++) {
            uint32_t user = def->pql ? f.people[k] : US_NOBODY;
            list[count++] = us_standing_of(def, i, user, &f.machines[i][k]);
        }
    }
    *out = list;
    return count;
}
