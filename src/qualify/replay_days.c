/* replay_days.c: what inputs can be on each day, and the days that are worth a look. */

#include "qualify/replay_inner.h"

#include <string.h>

static uint8_t bits_of(uint8_t can)
{
    /* yes is may, no is may not, and so is missing, one bit above. */
    return (uint8_t)((can & (US_CAN_YES | US_CAN_NO)) | (can >> 1 & MAY_NOT));
}

/* and, or of what may and may not be. */
static uint8_t both(uint8_t a, uint8_t b)
{
    return (uint8_t)((a & b & MAY) | ((a | b) & MAY_NOT));
}

static uint8_t either(uint8_t a, uint8_t b)
{
    return (uint8_t)(((a | b) & MAY) | (a & b & MAY_NOT));
}

static void narrow(uint8_t *in, uint8_t *end, struct us_day_truth t, size_t days)
{
    for (size_t d = 0; d < days; d++) {
        in[d] = both(in[d], bits_of(t.in[d]));
        end[d] = both(end[d], bits_of(t.end[d]));
    }
}

static uint8_t *days_of(struct us_replay_run *r, uint8_t what)
{
    uint8_t *bits = us_new(&r->p->work, uint8_t, r->p->days + 8);
    memset(bits, what, r->p->days);
    return bits;
}

/* Whether some gate rules the account out at every moment, by its totals alone. */
static bool never(const struct us_replay_run *r)
{
    const struct us_definition *def = r->def;
    struct us_past *past = r->p->past;
    uint32_t hand = def->pql ? US_NODE_NONE : r->p->rules->hand_raise;
    if (def->who != US_NODE_NONE && us_past_never(past, def->who)) return true;
    if (hand != US_NODE_NONE && !us_past_never(past, hand)) return false;
    for (size_t i = 0; i < def->must_count; i++)
        if (us_past_never(past, def->must[i])) return true;
    return false;
}

static void sieve_make(struct us_replay_run *r)
{
    const struct us_definition *def = r->def;
    struct us_replay *p = r->p;
    struct us_replay_sieve *s = &r->sieve;
    uint32_t hand = def->pql ? US_NODE_NONE : p->rules->hand_raise;
    s->eligible_in = days_of(r, MAY);
    s->eligible_end = days_of(r, MAY);
    for (size_t i = 0; i < def->must_count; i++)
        narrow(s->eligible_in, s->eligible_end, us_past_truth(p->past, def->must[i]),
            p->days);
    s->stays_end = days_of(r, MAY);
    memcpy(s->stays_end, s->eligible_end, p->days);
    for (int axis = 0; axis < US_AXES; axis++) {
        double threshold = def->text->threshold[axis];
        if (threshold <= 0) continue;
        narrow(s->eligible_in, s->eligible_end,
            us_past_reaches(
                p->past, def->score[axis], def->score_count[axis], threshold),
            p->days);
    }
    if (def->stay != US_NODE_NONE) {
        struct us_day_truth t = us_past_truth(p->past, def->stay);
        for (size_t d = 0; d < p->days; d++)
            s->stays_end[d] = bits_of(t.end[d]);
    }
    s->hand_in = days_of(r, MAY_NOT);
    s->hand_end = days_of(r, MAY_NOT);
    if (hand != US_NODE_NONE) {
        struct us_day_truth t = us_past_truth(p->past, hand);
        for (size_t d = 0; d < p->days; d++) {
            s->hand_in[d] = bits_of(t.in[d]);
            s->hand_end[d] = bits_of(t.end[d]);
            s->eligible_in[d] = either(s->eligible_in[d], bits_of(t.in[d]));
            s->eligible_end[d] = either(s->eligible_end[d], s->hand_end[d]);
            s->stays_end[d] = either(s->stays_end[d], s->hand_end[d]);
        }
    }
    s->who_end = days_of(r, MAY);
    if (def->who != US_NODE_NONE) {
        struct us_day_truth t = us_past_truth(p->past, def->who);
        narrow(s->eligible_in, s->eligible_end, t, p->days);
        for (size_t d = 0; d < p->days; d++)
            s->who_end[d] = bits_of(t.end[d]);
    }
    s->excluded_in = days_of(r, MAY_NOT);
    s->excluded_end = s->excluded_in;
    if (p->rules->exclude == US_NODE_NONE) return;
    s->excluded_end = days_of(r, MAY_NOT);
    struct us_day_truth t = us_past_truth(p->past, p->rules->exclude);
    for (size_t d = 0; d < p->days; d++) {
        s->excluded_in[d] = bits_of(t.in[d]);
        s->excluded_end[d] = bits_of(t.end[d]);
        uint8_t free_in =
            (uint8_t)((s->excluded_in[d] & MAY) << 1 | s->excluded_in[d] >> 1);
        uint8_t free_end =
            (uint8_t)((s->excluded_end[d] & MAY) << 1 | s->excluded_end[d] >> 1);
        s->eligible_in[d] = both(s->eligible_in[d], free_in);
        s->eligible_end[d] = both(s->eligible_end[d], free_end);
    }
}

/* ---- days ---- */

/* The inputs at the end of a day, when the sieve knows each. */
static bool tick_known(
    const struct us_replay_run *r, size_t d, struct us_machine_inputs *in)
{
    const struct us_replay_sieve *s = &r->sieve;
    bool qualified = r->machine.phase == US_PHASE_QUALIFIED;
    if (s->eligible_end[d] == EITHER || s->excluded_end[d] == EITHER) return false;
    if (s->hand_end[d] == EITHER) return false;
    if (qualified && (s->who_end[d] == EITHER || s->stays_end[d] == EITHER))
        return false;
    int64_t t = (r->p->first_day + (int64_t)d + 1) * US_DAY_US - 1;
    *in = (struct us_machine_inputs){.eligible = s->eligible_end[d] & MAY,
        .who = s->who_end[d] & MAY,
        .stays = s->stays_end[d] & MAY,
        .excluded = s->excluded_end[d] & MAY,
        .hand_raised = s->hand_end[d] & MAY,
        .converted_at = r->converted_at <= t ? r->converted_at : US_NEVER};
    return true;
}

/* Whether something may happen within a day d, before its end or at it by more than the
 * inputs there. */
static bool within_day(const struct us_replay_run *r, size_t d)
{
    const struct us_replay_sieve *s = &r->sieve;
    const struct us_machine *m = &r->machine;
    if (m->phase == US_PHASE_QUALIFIED)
        return (s->excluded_in[d] & MAY) ||
               us_day(r->converted_at) == r->p->first_day + (int64_t)d;
    if (m->phase == US_PHASE_COOLING)
        return m->must_reset && (s->eligible_in[d] & MAY_NOT);
    if (m->must_reset) return s->eligible_in[d] & MAY_NOT;
    if (m->holding) return (s->excluded_in[d] | s->hand_in[d]) & MAY;
    return s->eligible_in[d] & MAY;
}

/* The next day, d or later, on which the machine is worth a look. */
static size_t next_day(const struct us_replay_run *r, size_t d)
{
    const struct us_replay_sieve *s = &r->sieve;
    const struct us_machine *m = &r->machine;
    size_t days = r->p->days;
    if (m->phase == US_PHASE_NONE && !m->holding && !m->must_reset) {
        for (; d < days && !(s->eligible_in[d] & MAY); d++) {
        }
        return d;
    }
    if (m->phase != US_PHASE_QUALIFIED || m->holding) return d;
    int64_t due = us_day(us_machine_due(&r->def->times, m)) - r->p->first_day;
    int64_t conversion = us_day(r->converted_at) - r->p->first_day;
    for (; d < days; d++) {
        bool stays = s->who_end[d] == MAY && s->stays_end[d] == MAY &&
                     s->excluded_in[d] == MAY_NOT;
        if (!stays || (int64_t)d >= due || (int64_t)d == conversion) break;
    }
    return d;
}

static bool any_day(const struct us_replay_sieve *s, size_t days)
{
    for (size_t d = 0; d < days; d++)
        if (s->eligible_in[d] & MAY) return true;
    return false;
}

void us_replay_days(struct us_replay_run *r)
{
    struct us_replay *p = r->p;
    if (never(r)) return;
    sieve_make(r);
    if (!any_day(&r->sieve, p->days)) return;
    if (!r->first_only) r->converted_at = us_replay_aim(p, r->index);
    bool hours = r->def->times.hour_ticks;
    int64_t start = us_day(p->start) - p->first_day;
    for (size_t d = start > 0 ? (size_t)start : 0; d < p->days && !r->over; d++) {
        if (!hours) d = next_day(r, d);
        if (d >= p->days) break;
        int64_t day = p->first_day + (int64_t)d;
        struct us_machine_inputs in;
        if (hours || within_day(r, d) || !tick_known(r, d, &in)) {
            us_replay_day(r, day);
        } else {
            int64_t t = (day + 1) * US_DAY_US - 1;
            if (t <= p->until) us_replay_step(r, &in, t);
        }
    }
}
