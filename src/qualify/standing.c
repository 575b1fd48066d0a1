/* standing.c: where accounts stand, by the replay executor. */

#include "qualify/replay.h"

static const size_t WORK_BYTES_MAX = (size_t)4 << 30;

struct us_standings {
    const struct us_rules *rules;
    struct us_replay *replay;
    struct us_arena work; /* of the account at hand */
};

struct us_standings *us_standings_new(const struct us_rules *r, struct us_arena *a)
{
    struct us_standings *s = us_new(a, struct us_standings, 1);
    s->rules = r;
    s->replay = us_replay_new(r, a);
    us_arena_init(&s->work, WORK_BYTES_MAX);
    return s;
}

void us_standings_done(struct us_standings *s)
{
    us_replay_done(s->replay);
    us_arena_done(&s->work);
}

static size_t of_people(const struct us_log *log, const struct us_definition *def,
    uint32_t definition, const struct us_machine *machines, struct us_standing *out)
{
    size_t count = 0;
    for (size_t i = 0; i < log->person_count; i++)
        if (log->people[i].identified)
            out[count++] =
                us_standing_of(def, definition, log->people[i].id, &machines[i]);
    return count;
}

size_t us_standings_ask(struct us_standings *s, const struct us_standings_asked *asked,
    const struct us_standing **out)
{
    const struct us_rules *r = s->rules;
    const struct us_log *log = asked->log;
    size_t most = log->person_count + 1;
    us_arena_reset(&s->work);
    struct us_runs runs;
    us_runs_of_log(log, &r->plan->need, &s->work, &runs);
    us_replay_take(s->replay, &runs, asked->t);
    struct us_machine *machines = us_new(&s->work, struct us_machine, most);
    struct us_standing *list =
        us_new(&s->work, struct us_standing, r->definition_count * most + 1);
    size_t count = 0;
    for (uint32_t i = 0; i < r->definition_count; i++) {
        const struct us_definition *def = &r->definitions[i];
        if (asked->definition != US_NODE_NONE && asked->definition != i) continue;
        us_replay_machines(s->replay, i, machines);
        if (def->pql)
            count += of_people(log, def, i, machines, list + count);
        else
            list[count++] = us_standing_of(def, i, US_NOBODY, &machines[0]);
    }
    *out = list;
    return count;
}

struct us_standing us_standing_of(const struct us_definition *def, uint32_t definition,
    uint32_t user, const struct us_machine *m)
{
    us_phase phase = (us_phase)m->phase;
    struct us_standing s = {.definition = definition,
        .user = user,
        .phase = phase,
        .qualified = phase == US_PHASE_QUALIFIED,
        .holding = m->holding,
        .must_reset = m->must_reset,
        .since = US_NEVER,
        .due = us_machine_due(&def->times, m),
        .ordinal = m->entries,
        .left_by = (us_change)m->left_by,
        .entered = m->entries ? m->entered : US_NEVER,
        .left = m->left_by ? m->left : US_NEVER};
    if (s.qualified) s.since = s.entered;
    if (phase == US_PHASE_COOLING) s.since = s.left;
    if (s.holding) s.since = m->holding_since;
    return s;
}

const struct us_standing *us_standing_find(
    const struct us_standing *list, size_t count, uint32_t definition, uint32_t user)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].definition == definition && list[i].user == user) return &list[i];
    return NULL;
}
