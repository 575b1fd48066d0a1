#include "qualify/machine.h"

us_str us_phase_word(us_phase phase)
{
    static const us_str words[] = {[US_PHASE_NONE] = US_S_INIT("none"),
        [US_PHASE_QUALIFIED] = US_S_INIT("qualified"),
        [US_PHASE_COOLING] = US_S_INIT("cooling")};
    return words[phase];
}

us_str us_change_word(us_change change)
{
    static const us_str words[] = {
        [US_CHANGE_NONE] = US_S_INIT(""),
        [US_CHANGE_ENTERED] = US_S_INIT("entered"),
        [US_CHANGE_CONVERTED] = US_S_INIT("converted"),
        [US_CHANGE_EXCLUDED] = US_S_INIT("excluded"),
        [US_CHANGE_LEFT] = US_S_INIT("left"),
        [US_CHANGE_FADED] = US_S_INIT("faded"),
        [US_CHANGE_EXPIRED] = US_S_INIT("expired"),
        [US_CHANGE_REDEFINED] = US_S_INIT("redefined"),
    };
    return words[change];
}

/* The last microsecond of the hour or day t is in. */
static int64_t end_of(bool hours, int64_t t)
{
    return hours ? (us_hour(t) + 1) * US_HOUR_US - 1 : (us_day(t) + 1) * US_DAY_US - 1;
}

bool us_machine_ticks(const struct us_machine_times *times, int64_t t)
{
    return end_of(times->hour_ticks, t) == t;
}

int64_t us_machine_tick(const struct us_machine_times *times, int64_t t)
{
    return end_of(times->hour_ticks, t);
}

static bool enter(struct us_machine *m, int64_t t, struct us_transition *out)
{
    m->phase = US_PHASE_QUALIFIED;
    m->entered = t;
    m->entries++;
    m->holding = false;
    *out = (struct us_transition){US_CHANGE_ENTERED, t, t, m->entries};
    return true;
}

static bool leave(
    struct us_machine *m, us_change change, int64_t t, struct us_transition *out)
{
    m->phase = US_PHASE_COOLING;
    m->left = t;
    m->left_by = (uint8_t)change;
    *out = (struct us_transition){change, t, m->entered, m->entries};
    return true;
}

static bool eligible(const struct us_machine_inputs *in)
{
    return in->eligible && !in->outside;
}

static bool step_none(const struct us_machine_times *times, struct us_machine *m,
    const struct us_machine_inputs *in, int64_t t, struct us_transition *out)
{
    bool tick = us_machine_ticks(times, t);
    if (!eligible(in)) {
        m->must_reset = false;
        if (tick || in->excluded) m->holding = false;
        return false;
    }
    if (m->must_reset) return false;
    if (times->hold == 0 || in->hand_raised) return enter(m, t, out);
    if (!m->holding) {
        m->holding = true;
        m->holding_since = t;
    }
    return tick && t - m->holding_since >= times->hold && enter(m, t, out);
}

static bool converted(const struct us_machine_times *times, const struct us_machine *m,
    int64_t at, int64_t t)
{
    if (at <= m->entered || at > t) return false;
    return times->within == 0 || at - m->entered <= times->within;
}

static bool step_qualified(const struct us_machine_times *times, struct us_machine *m,
    const struct us_machine_inputs *in, int64_t t, struct us_transition *out)
{
    bool tick = end_of(times->hour_exits, t) == t;
    us_change change = US_CHANGE_NONE;
    if (in->excluded) {
        change = US_CHANGE_EXCLUDED;
    } else if (converted(times, m, in->converted_at, t)) {
        change = US_CHANGE_CONVERTED;
    } else if (tick && (!in->who || in->outside)) {
        change = US_CHANGE_LEFT;
    } else if (tick && !in->stays) {
        change = US_CHANGE_FADED;
    } else if (tick && t - m->entered >= times->expires) {
        change = US_CHANGE_EXPIRED;
    }
    if (change == US_CHANGE_NONE) return false;
    bool spent = change == US_CHANGE_CONVERTED || change == US_CHANGE_EXPIRED;
    m->must_reset = spent && eligible(in);
    return leave(m, change, t, out);
}

/* Whether a step at t finds it cooled. */
static bool cooled(
    const struct us_machine_times *times, const struct us_machine *m, int64_t t)
{
    return us_machine_ticks(times, t) && t > m->left && t - m->left >= times->cooldown;
}

unsigned us_machine_asks(const struct us_machine_times *times,
    const struct us_machine *m, bool outside, int64_t converted_at, int64_t t)
{
    if (m->phase == US_PHASE_QUALIFIED) {
        unsigned asks = US_ASKS_EXCLUDED;
        bool tick = end_of(times->hour_exits, t) == t;
        if (tick) asks |= US_ASKS_WHO | US_ASKS_STAYS;
        bool spent = converted(times, m, converted_at, t) ||
                     (tick && t - m->entered >= times->expires);
        return spent ? asks | US_ASKS_ELIGIBLE : asks;
    }
    if (m->phase == US_PHASE_COOLING && !cooled(times, m, t))
        return m->must_reset ? US_ASKS_ELIGIBLE : 0;
    unsigned hold = times->hold ? US_ASKS_EXCLUDED | US_ASKS_HAND_RAISED : 0;
    return outside ? hold : US_ASKS_ELIGIBLE | hold;
}

bool us_machine_step(const struct us_machine_times *times, struct us_machine *m,
    const struct us_machine_inputs *in, int64_t t, struct us_transition *out)
{
    if (m->phase == US_PHASE_QUALIFIED) return step_qualified(times, m, in, t, out);
    if (m->phase == US_PHASE_COOLING) {
        if (!eligible(in)) m->must_reset = false;
        if (!cooled(times, m, t)) return false;
        m->phase = US_PHASE_NONE;
    }
    return step_none(times, m, in, t, out);
}

bool us_machine_redefine(
    struct us_machine *m, bool eligible_now, int64_t t, struct us_transition *out)
{
    m->holding = false;
    if (m->phase != US_PHASE_QUALIFIED || eligible_now) return false;
    return leave(m, US_CHANGE_REDEFINED, t, out);
}

int64_t us_machine_due(const struct us_machine_times *times, const struct us_machine *m)
{
    switch ((us_phase)m->phase) {
    case US_PHASE_QUALIFIED:
        return end_of(times->hour_exits, m->entered + times->expires);
    case US_PHASE_COOLING: {
        int64_t wait = times->cooldown ? times->cooldown : 1;
        return us_machine_tick(times, m->left + wait);
    }
    case US_PHASE_NONE:
    default: break;
    }
    if (!m->holding) return US_NEVER;
    return us_machine_tick(times, m->holding_since + times->hold);
}

int64_t us_machine_next(const struct us_machine_times *times,
    const struct us_machine *m, const struct us_machine_inputs *in, int64_t t)
{
    int64_t due = us_machine_due(times, m);
    if (m->phase == US_PHASE_QUALIFIED) {
        bool goes = !in->who || in->outside || !in->stays;
        int64_t exit = end_of(times->hour_exits, t + 1);
        return goes || due <= t ? exit : due;
    }
    if (m->phase == US_PHASE_NONE && m->holding && !eligible(in))
        return us_machine_tick(times, t + 1);
    return due > t ? due : us_machine_tick(times, t + 1);
}
