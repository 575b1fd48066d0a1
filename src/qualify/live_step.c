/* live_step.c: one definition at one account or person: its inputs now, and when they
 * may be others. */

#include "qualify/live_inner.h"

static bool given_holds(struct us_standpoint *p, uint32_t node)
{
    return node == US_NODE_NONE || us_now_holds(p->now, node);
}

static bool excluded(struct us_standpoint *p)
{
    uint32_t node = p->shard->of->rules->exclude;
    return node != US_NODE_NONE && us_now_holds(p->now, node);
}

static bool hand_raised(struct us_standpoint *p)
{
    uint32_t node = p->shard->of->rules->hand_raise;
    return !p->def->pql && node != US_NODE_NONE && us_now_holds(p->now, node);
}

static bool musts_hold(struct us_standpoint *p)
{
    for (size_t i = 0; i < p->def->must_count; i++)
        if (!us_now_holds(p->now, p->def->must[i])) return false;
    return true;
}

/* As the judge adds up. */
static bool reaches(struct us_standpoint *p)
{
    for (int axis = 0; axis < US_AXES; axis++) {
        double threshold = p->def->text->threshold[axis];
        if (threshold <= 0) continue; /* points are never below 0 */
        double points = 0;
        for (size_t i = 0; i < p->def->score_count[axis]; i++) {
            us_value v = us_now_value(p->now, p->def->score[axis][i]);
            points += v.kind == US_NUMBER ? v.number : 0;
        }
        points = points > 100 ? 100 : points;
        if (points < threshold) return false;
    }
    return true;
}

bool us_standpoint_eligible(struct us_standpoint *p)
{
    if (!given_holds(p, p->def->who)) return false;
    bool all = musts_hold(p) && reaches(p);
    if (!all && !hand_raised(p)) return false;
    return !excluded(p);
}

static bool stays(struct us_standpoint *p)
{
    bool good = p->def->stay == US_NODE_NONE ? musts_hold(p)
                                             : us_now_holds(p->now, p->def->stay);
    return good || hand_raised(p);
}

bool us_standpoint_step(
    struct us_standpoint *p, struct us_machine *m, struct us_transition *made)
{
    const struct us_machine_times *times = &p->def->times;
    unsigned asks = us_machine_asks(times, m, p->outside, p->converted_at, p->t);
    struct us_machine_inputs in = {
        .outside = p->outside, .converted_at = p->converted_at};
    if (asks & US_ASKS_ELIGIBLE) in.eligible = us_standpoint_eligible(p);
    if (asks & US_ASKS_WHO) in.who = given_holds(p, p->def->who);
    if (asks & US_ASKS_STAYS) in.stays = stays(p);
    if (asks & US_ASKS_EXCLUDED) in.excluded = excluded(p);
    if (asks & US_ASKS_HAND_RAISED) in.hand_raised = hand_raised(p);
    return us_machine_step(times, m, &in, p->t, made);
}

bool us_standpoint_aim(struct us_standpoint *p)
{
    const struct us_rules *r = p->shard->of->rules;
    const struct us_outcome *o = &r->outcomes[p->def->aim];
    if (o->kind == US_OUTCOME_CONDITION) return us_now_holds(p->now, o->node);
    struct us_log facts = us_live_facts(p->shard->live, p->slot);
    return us_outcome_of_facts(o, &facts, p->t, &p->shard->work);
}

/* ---- when they may be others ---- */

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t given_flips(struct us_standpoint *p, uint32_t node)
{
    return node == US_NODE_NONE ? US_NEVER : us_now_flips(p->now, node);
}

static int64_t excluded_flips(struct us_standpoint *p)
{
    return given_flips(p, p->shard->of->rules->exclude);
}

static int64_t hand_flips(struct us_standpoint *p)
{
    return p->def->pql ? US_NEVER : given_flips(p, p->shard->of->rules->hand_raise);
}

static int64_t points_change(struct us_standpoint *p)
{
    int64_t next = US_NEVER;
    for (int axis = 0; axis < US_AXES; axis++) {
        if (p->def->text->threshold[axis] <= 0) continue;
        for (size_t i = 0; i < p->def->score_count[axis]; i++)
            next = sooner(next, us_now_changes(p->now, p->def->score[axis][i]));
    }
    return next;
}

/* Of gates that all hold: the first of them. Else of the first that does not. */
static int64_t musts_flip(struct us_standpoint *p, bool hold)
{
    int64_t next = US_NEVER;
    for (size_t i = 0; i < p->def->must_count; i++) {
        if (!hold && us_now_holds(p->now, p->def->must[i])) continue;
        next = sooner(next, us_now_flips(p->now, p->def->must[i]));
        if (!hold) return next;
    }
    return next;
}

/* When it may become eligible that is not, or the other way round. */
static int64_t eligible_flips(struct us_standpoint *p, bool now)
{
    if (!now && !given_holds(p, p->def->who)) return given_flips(p, p->def->who);
    bool gates = musts_hold(p);
    bool all = gates && reaches(p);
    bool hand = hand_raised(p);
    if (!now && (all || hand)) return excluded_flips(p);
    int64_t next = hand_flips(p);
    if (gates == all) next = sooner(next, musts_flip(p, gates));
    if (gates) next = sooner(next, points_change(p));
    if (!now) return next;
    return sooner(next, sooner(given_flips(p, p->def->who), excluded_flips(p)));
}

static int64_t stays_flip(struct us_standpoint *p)
{
    int64_t next = hand_flips(p);
    if (p->def->stay != US_NODE_NONE)
        return sooner(next, us_now_flips(p->now, p->def->stay));
    return sooner(next, musts_flip(p, musts_hold(p)));
}

static int64_t money_changes(const struct us_log *facts, int64_t t)
{
    int64_t next = US_NEVER;
    for (size_t i = 0; i < facts->payment_count; i++) {
        const struct us_log_payment *r = &facts->payments[i];
        bool months = r->months > 0 && r->months <= US_PERIOD_MONTHS_MAX;
        int64_t end = months ? us_add_months(r->end, (int)r->months) : US_NEVER;
        if (r->start > t) next = sooner(next, r->start);
        if (r->end > t) next = sooner(next, r->end);
        if (end > t) next = sooner(next, end);
    }
    return next;
}

int64_t us_standpoint_aim_due(struct us_standpoint *p)
{
    const struct us_rules *r = p->shard->of->rules;
    if (p->def->aim == US_NODE_NONE || p->converted_at != US_NEVER) return US_NEVER;
    const struct us_outcome *o = &r->outcomes[p->def->aim];
    if (o->kind == US_OUTCOME_CONDITION) return us_now_flips(p->now, o->node);
    if (o->kind != US_OUTCOME_MRR && o->kind != US_OUTCOME_ARR) return US_NEVER;
    struct us_log facts = us_live_facts(p->shard->live, p->slot);
    return money_changes(&facts, p->t);
}

static int64_t qualified_due(struct us_standpoint *p, struct us_machine_inputs *in)
{
    in->who = given_holds(p, p->def->who);
    in->stays = stays(p);
    int64_t next = excluded_flips(p);
    next = sooner(next, given_flips(p, p->def->who));
    return sooner(next, stays_flip(p));
}

int64_t us_standpoint_due(
    struct us_standpoint *p, const struct us_machine *m, bool *cared)
{
    struct us_machine_inputs in = {.outside = p->outside};
    bool account = p->member == US_MEMBER_NONE;
    int64_t next = account ? us_standpoint_aim_due(p) : US_NEVER;
    *cared = m->phase == US_PHASE_QUALIFIED || m->must_reset || m->holding;
    if (m->phase == US_PHASE_QUALIFIED) {
        next = sooner(next, qualified_due(p, &in));
    } else if (m->phase == US_PHASE_NONE || m->must_reset) {
        if (p->outside && !m->holding && !m->must_reset) return next;
        in.eligible = us_standpoint_eligible(p);
        next = sooner(next, eligible_flips(p, in.eligible));
        if (m->holding) next = sooner(next, excluded_flips(p));
    }
    return sooner(next, us_machine_next(&p->def->times, m, &in, p->t));
}
