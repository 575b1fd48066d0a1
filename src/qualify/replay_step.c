/* replay_step.c: the exact inputs of a moment, and the moments of a day. */

#include "qualify/replay_inner.h"

/* At an evaluation moment; what is the same all day is not read again. */
static us_value value_at(const struct us_replay_run *r, uint32_t node, int64_t t)
{
    us_value v;
    const struct us_replay *p = r->p;
    int64_t day = us_day(t) - p->first_day;
    bool own = r->user == US_NOBODY && r->past == p->past;
    bool in = own && day >= 0 && day < (int64_t)p->days;
    if (in && us_past_day_value(r->past, node, (size_t)day, &v)) return v;
    return us_past_value(r->past, node, r->user, t);
}

bool us_replay_holds(const struct us_replay_run *r, uint32_t node, int64_t t)
{
    us_value v = value_at(r, node, t);
    return v.kind == US_BOOL && v.truth;
}

bool us_replay_who(const struct us_replay_run *r, int64_t t)
{
    return r->def->who == US_NODE_NONE || us_replay_holds(r, r->def->who, t);
}

bool us_replay_hand_raised(const struct us_replay_run *r, int64_t t)
{
    uint32_t node = r->p->rules->hand_raise;
    return !r->def->pql && node != US_NODE_NONE && us_replay_holds(r, node, t);
}

bool us_replay_excluded(const struct us_replay_run *r, int64_t t)
{
    uint32_t node = r->p->rules->exclude;
    if (node == US_NODE_NONE) return false;
    us_value v = us_past_value(r->p->past, node, US_NOBODY, t);
    return v.kind == US_BOOL && v.truth;
}

static bool musts_hold(const struct us_replay_run *r, int64_t t)
{
    for (size_t i = 0; i < r->def->must_count; i++)
        if (!us_replay_holds(r, r->def->must[i], t)) return false;
    return true;
}

/* As the judge adds up. */
static bool reaches(const struct us_replay_run *r, int64_t t)
{
    const struct us_definition *def = r->def;
    for (int axis = 0; axis < US_AXES; axis++) {
        double threshold = def->text->threshold[axis];
        if (threshold <= 0) continue; /* points are never below 0 */
        double points = 0;
        for (size_t i = 0; i < def->score_count[axis]; i++) {
            us_value v = value_at(r, def->score[axis][i], t);
            points += v.kind == US_NUMBER ? v.number : 0;
        }
        points = points > 100 ? 100 : points;
        if (points < threshold) return false;
    }
    return true;
}

bool us_replay_eligible(const struct us_replay_run *r, int64_t t)
{
    if (!us_replay_who(r, t)) return false;
    bool all = musts_hold(r, t) && reaches(r, t);
    if (!all && !us_replay_hand_raised(r, t)) return false;
    return !us_replay_excluded(r, t);
}

static bool stays(const struct us_replay_run *r, int64_t t)
{
    bool good = r->def->stay == US_NODE_NONE ? musts_hold(r, t)
                                             : us_replay_holds(r, r->def->stay, t);
    return good || us_replay_hand_raised(r, t);
}

/* Of a pql: whether its account is not qualified after its own step at t. */
static bool outside(const struct us_replay_run *r, int64_t t)
{
    if (r->def->within == US_NODE_NONE) return false;
    bool in = false;
    for (size_t i = 0; i < r->account_count && r->account[i].change.t <= t; i++)
        in = r->account[i].change.change == US_CHANGE_ENTERED;
    return !in;
}

/* What the step reads; the rest is left at false. */
static struct us_machine_inputs inputs(const struct us_replay_run *r, int64_t t)
{
    struct us_machine_inputs in = {.outside = outside(r, t)};
    in.converted_at = r->converted_at <= t ? r->converted_at : US_NEVER;
    unsigned asks =
        us_machine_asks(&r->def->times, &r->machine, in.outside, in.converted_at, t);
    if (asks & US_ASKS_ELIGIBLE) in.eligible = us_replay_eligible(r, t);
    if (asks & US_ASKS_WHO) in.who = us_replay_who(r, t);
    if (asks & US_ASKS_STAYS) in.stays = stays(r, t);
    if (asks & US_ASKS_EXCLUDED) in.excluded = us_replay_excluded(r, t);
    if (asks & US_ASKS_HAND_RAISED) in.hand_raised = us_replay_hand_raised(r, t);
    return in;
}

void us_replay_step(
    struct us_replay_run *r, const struct us_machine_inputs *in, int64_t t)
{
    struct us_transition change;
    if (!us_machine_step(&r->def->times, &r->machine, in, t, &change)) return;
    struct us_replay *p = r->p;
    *us_push(&p->work, p->out, p->out_count, p->out_cap) =
        (struct us_replayed){r->index, r->user, change};
    if (r->first_only) r->over = true;
}

void us_replay_step_at(struct us_replay_run *r, int64_t t)
{
    if (t < r->p->start || t > r->p->until || t < r->from || r->over) return;
    struct us_machine_inputs in = inputs(r, t);
    us_replay_step(r, &in, t);
}

/* Every moment of a day that touches the definition, the aim's own among them. */
void us_replay_day(struct us_replay_run *r, int64_t day)
{
    const struct us_definition *def = r->def;
    bool hours = def->times.hour_ticks;
    bool first = hours;
    /* What holds as the day begins is seen at its first line. */
    if (!first)
        first = us_replay_eligible(r, day * US_DAY_US) ||
                us_replay_excluded(r, day * US_DAY_US) ||
                r->machine.phase != US_PHASE_NONE || r->machine.must_reset;
    const struct us_replay_roots *roots = &r->p->roots[r->index];
    struct us_moments_asked asked = {
        .nodes = roots->nodes, .count = roots->count, .hours = hours, .first = first};
    struct us_moments m = us_past_moments(r->p->past, &asked, day);
    int64_t last = day * US_DAY_US - 1;
    for (size_t i = 0; i < m.count && !r->over; i++) {
        bool aim = r->converted_at > last && r->converted_at < m.at[i];
        if (aim) us_replay_step_at(r, r->converted_at);
        us_replay_step_at(r, m.at[i]);
        last = m.at[i];
    }
}
