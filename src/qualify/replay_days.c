/* replay_days.c: what inputs can be on each day, and the days that are worth a look. */

#include "qualify/replay_inner.h"

#include <string.h>

typedef struct us_day_bits bits;

static bool has(const uint64_t *list, size_t d)
{
    return list[d / 64] >> (d % 64) & 1;
}

/* The first day from d on that is in the list; days, when none is. */
static size_t next_in(const uint64_t *list, size_t d, size_t days)
{
    if (d >= days) return days;
    uint64_t word = list[d / 64] & UINT64_MAX << (d % 64);
    for (size_t w = d / 64; w < (days + 63) / 64; word = list[w]) {
        if (word) {
            size_t found = 64 * w + (size_t)__builtin_ctzll(word);
            return found < days ? found : days;
        }
        if (++w == (days + 63) / 64) break;
    }
    return days;
}

static bits same_always(struct us_replay_run *r, bool yes)
{
    size_t words = us_past_words(r->p->past);
    uint64_t *at = us_new(&r->p->work, uint64_t, 4 * words + 1);
    bits out = {at, at + words, at + 2 * words, at + 3 * words};
    size_t bytes = words * sizeof(uint64_t);
    memset(yes ? out.in_yes : out.in_no, 0xff, bytes);
    memset(yes ? out.end_yes : out.end_no, 0xff, bytes);
    if (r->p->days % 64 && yes)
        out.in_yes[words - 1] = ~(UINT64_MAX << (r->p->days % 64));
    return out;
}

static void both(bits a, bits b, size_t words)
{
    for (size_t w = 0; w < words; w++) {
        a.in_yes[w] &= b.in_yes[w];
        a.in_no[w] |= b.in_no[w];
        a.end_yes[w] &= b.end_yes[w];
        a.end_no[w] |= b.end_no[w];
    }
}

static void either(bits a, bits b, size_t words)
{
    for (size_t w = 0; w < words; w++) {
        a.in_yes[w] |= b.in_yes[w];
        a.in_no[w] &= b.in_no[w];
        a.end_yes[w] |= b.end_yes[w];
        a.end_no[w] &= b.end_no[w];
    }
}

static bits without(bits a)
{
    return (bits){a.in_no, a.in_yes, a.end_no, a.end_yes};
}

static bool none_of(const uint64_t *list, size_t words)
{
    uint64_t any = 0;
    for (size_t w = 0; w < words; w++)
        any |= list[w];
    return any == 0;
}

/* As bits, of what has one truth a day each. */
static bits bits_of(struct us_replay_run *r, struct us_day_truth t)
{
    bits out = same_always(r, false);
    size_t words = us_past_words(r->p->past);
    memset(out.in_no, 0, words * sizeof(uint64_t));
    memset(out.end_no, 0, words * sizeof(uint64_t));
    for (size_t d = 0; d < r->p->days; d++) {
        uint64_t in_no = (t.in[d] & (US_CAN_NO | US_CAN_MISS)) != 0;
        uint64_t end_no = (t.end[d] & (US_CAN_NO | US_CAN_MISS)) != 0;
        out.in_yes[d / 64] |= (uint64_t)(t.in[d] & US_CAN_YES) << (d % 64);
        out.in_no[d / 64] |= in_no << (d % 64);
        out.end_yes[d / 64] |= (uint64_t)(t.end[d] & US_CAN_YES) << (d % 64);
        out.end_no[d / 64] |= end_no << (d % 64);
    }
    return out;
}

/* Gates that must all hold, the next only where those before may: what is said of other
 * days counts for nothing. */
static void gates(struct us_replay_run *r, bits eligible, bits musts)
{
    size_t words = us_past_words(r->p->past);
    uint64_t *among = us_new(&r->p->work, uint64_t, words + 1);
    for (size_t i = 0; i < r->def->must_count; i++) {
        for (size_t w = 0; w < words; w++)
            among[w] = eligible.in_yes[w] & musts.in_yes[w];
        if (none_of(among, words)) {
            memset(musts.in_yes, 0, words * sizeof(uint64_t));
            return;
        }
        both(musts, us_past_bits(r->p->past, r->def->must[i], among), words);
    }
}

static void scores(struct us_replay_run *r, bits eligible)
{
    const struct us_definition *def = r->def;
    for (int axis = 0; axis < US_AXES; axis++) {
        double threshold = def->text->threshold[axis];
        if (threshold <= 0) continue;
        struct us_day_truth t = us_past_reaches(
            r->p->past, def->score[axis], def->score_count[axis], threshold);
        both(eligible, bits_of(r, t), us_past_words(r->p->past));
    }
}

/* Somebody asks for a person: gates and thresholds do not count. False: nobody does. */
static bool hand_may(struct us_replay_run *r)
{
    struct us_replay *p = r->p;
    uint32_t hand = r->def->pql ? US_NODE_NONE : p->rules->hand_raise;
    bits all = r->sieve.always;
    r->sieve.hand = r->sieve.never;
    if (hand == US_NODE_NONE || us_past_short(p->past, &p->hand_least)) return false;
    r->sieve.hand = us_past_bits(p->past, hand, all.in_yes);
    size_t words = us_past_words(p->past);
    for (size_t w = 0; w < words; w++)
        r->sieve.hand.in_yes[w] &= all.in_yes[w];
    return !none_of(r->sieve.hand.in_yes, words);
}

static bits given(struct us_replay_run *r, uint32_t node, bits otherwise)
{
    if (node == US_NODE_NONE) return otherwise;
    return us_past_bits(r->p->past, node, r->sieve.always.in_yes);
}

/* Whether it has gates of the one kind only. */
static bool musts_only(const struct us_replay_run *r)
{
    const struct us_definition *def = r->def;
    bool more = def->who != US_NODE_NONE || def->stay != US_NODE_NONE ||
                r->p->rules->exclude != US_NODE_NONE || def->must_count == 0;
    for (int axis = 0; axis < US_AXES; axis++)
        more = more || def->text->threshold[axis] > 0;
    return !more;
}

static bool musts_make(struct us_replay_run *r)
{
    struct us_past *past = r->p->past;
    struct us_replay_sieve *s = &r->sieve;
    size_t words = us_past_words(past);
    bits all = us_past_bits(past, r->def->must[0], s->always.in_yes);
    for (size_t w = 0; w < words; w++)
        all.in_yes[w] &= s->always.in_yes[w];
    for (size_t i = 1; i < r->def->must_count && !none_of(all.in_yes, words); i++)
        both(all, us_past_bits(past, r->def->must[i], all.in_yes), words);
    s->who = s->always;
    s->excluded = s->never;
    s->stays = s->eligible = all;
    return !none_of(all.in_yes, words);
}

bool us_replay_sieve_make(struct us_replay_run *r)
{
    const struct us_definition *def = r->def;
    struct us_replay *p = r->p;
    struct us_replay_sieve *s = &r->sieve;
    size_t words = us_past_words(p->past);
    if (!p->always.in_yes) {
        p->always = same_always(r, true);
        p->never = same_always(r, false);
    }
    s->always = p->always;
    s->never = p->never;
    bool hand = hand_may(r);
    if (!hand && musts_only(r)) return musts_make(r);
    s->eligible = same_always(r, true);
    s->who = given(r, def->who, s->always);
    both(s->eligible, s->who, words);
    bits musts = same_always(r, true);
    if (hand) {
        gates(r, s->always, musts);
    } else {
        gates(r, s->eligible, musts);
    }
    s->stays = def->stay == US_NODE_NONE ? musts : given(r, def->stay, musts);
    if (!hand && none_of(musts.in_yes, words)) return false;
    bits good = same_always(r, true);
    both(good, musts, words);
    scores(r, good);
    if (hand) {
        bits stays = same_always(r, false);
        either(stays, s->stays, words);
        either(stays, s->hand, words);
        s->stays = stays;
        either(good, s->hand, words);
    }
    both(s->eligible, good, words);
    if (none_of(s->eligible.in_yes, words)) return false;
    s->excluded = given(r, p->rules->exclude, s->never);
    both(s->eligible, without(s->excluded), words);
    for (size_t w = 0; w < words; w++)
        s->eligible.in_yes[w] &= s->always.in_yes[w];
    return !none_of(s->eligible.in_yes, words);
}

/* ---- days ---- */

static bool known(bits b, size_t d)
{
    return has(b.end_yes, d) != has(b.end_no, d);
}

/* The inputs at the end of a day, when the sieve knows each. */
static bool tick_known(
    const struct us_replay_run *r, size_t d, struct us_machine_inputs *in)
{
    const struct us_replay_sieve *s = &r->sieve;
    bool qualified = r->machine.phase == US_PHASE_QUALIFIED;
    if (!known(s->eligible, d) || !known(s->excluded, d) || !known(s->hand, d))
        return false;
    if (qualified && (!known(s->who, d) || !known(s->stays, d))) return false;
    int64_t t = (r->p->first_day + (int64_t)d + 1) * US_DAY_US - 1;
    *in = (struct us_machine_inputs){.eligible = has(s->eligible.end_yes, d),
        .who = has(s->who.end_yes, d),
        .stays = has(s->stays.end_yes, d),
        .excluded = has(s->excluded.end_yes, d),
        .hand_raised = has(s->hand.end_yes, d),
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
        return has(s->excluded.in_yes, d) ||
               us_day(r->converted_at) == r->p->first_day + (int64_t)d;
    if (m->phase == US_PHASE_COOLING) return m->must_reset && has(s->eligible.in_no, d);
    if (m->must_reset) return has(s->eligible.in_no, d);
    if (m->holding) return has(s->excluded.in_yes, d) || has(s->hand.in_yes, d);
    return has(s->eligible.in_yes, d);
}

/* The next day, d or later, on which the machine is worth a look. */
static size_t next_day(const struct us_replay_run *r, size_t d)
{
    const struct us_replay_sieve *s = &r->sieve;
    const struct us_machine *m = &r->machine;
    size_t days = r->p->days;
    if (m->phase == US_PHASE_NONE && !m->holding && !m->must_reset)
        return next_in(s->eligible.in_yes, d, days);
    if (m->phase != US_PHASE_QUALIFIED || m->holding) return d;
    int64_t due = us_day(us_machine_due(&r->def->times, m)) - r->p->first_day;
    int64_t conversion = us_day(r->converted_at) - r->p->first_day;
    size_t most = days;
    if (due < (int64_t)most) most = due > (int64_t)d ? (size_t)due : d;
    if (conversion >= (int64_t)d && conversion < (int64_t)most)
        most = (size_t)conversion;
    for (; d < most; d = (d / 64 + 1) * 64) {
        size_t w = d / 64;
        uint64_t stays = s->who.end_yes[w] & ~s->who.end_no[w] & s->stays.end_yes[w] &
                         ~s->stays.end_no[w] & ~s->excluded.in_yes[w];
        uint64_t goes = ~stays & UINT64_MAX << (d % 64);
        if (!goes) continue;
        size_t found = 64 * w + (size_t)__builtin_ctzll(goes);
        return found < most ? found : most;
    }
    return most;
}

/* ---- an entry ---- */

/* Whether on a day nothing but gates decides about an entry. */
static bool only_gates(const struct us_replay_run *r, size_t d)
{
    const struct us_machine *m = &r->machine;
    const struct us_definition *def = r->def;
    bool open = m->phase == US_PHASE_NONE && !m->holding && !m->must_reset;
    if (!open || def->times.hold || def->times.hour_ticks) return false;
    if (has(r->sieve.excluded.in_yes, d) || has(r->sieve.hand.in_yes, d)) return false;
    for (int axis = 0; axis < US_AXES; axis++)
        if (def->text->threshold[axis] > 0) return false;
    return us_day(r->converted_at) != r->p->first_day + (int64_t)d;
}

/* When all gates hold on a day. */
static bool gates_stretch(
    const struct us_replay_run *r, int64_t day, int64_t *from, int64_t *to)
{
    const struct us_definition *def = r->def;
    *from = US_ALWAYS;
    *to = US_NEVER;
    for (size_t i = 0; i <= def->must_count; i++) {
        uint32_t node = i < def->must_count ? def->must[i] : def->who;
        int64_t a = US_ALWAYS;
        int64_t b = US_NEVER;
        if (node == US_NODE_NONE) continue;
        if (!us_past_stretch(r->p->past, node, day, &a, &b)) return false;
        if (a > *from) *from = a;
        if (b < *to) *to = b;
    }
    return true;
}

/* A day on which it may enter, and its end. False: it has to be looked at moment by
 * moment. */
static bool enters(struct us_replay_run *r, size_t d)
{
    struct us_replay *p = r->p;
    int64_t day = p->first_day + (int64_t)d;
    int64_t tick = (day + 1) * US_DAY_US - 1;
    int64_t from = 0;
    int64_t to = 0;
    if (!only_gates(r, d) || !gates_stretch(r, day, &from, &to)) return false;
    if (from >= to) return true;
    if (day == us_day(p->start) && from == US_ALWAYS) return false;
    int64_t t = from == US_ALWAYS ? us_past_first_moment(p->past, day) : from;
    if (t >= to || t > p->until) return true;
    struct us_machine_inputs in = {.eligible = true, .who = true, .stays = true};
    in.converted_at = r->converted_at <= t ? r->converted_at : US_NEVER;
    us_replay_step(r, &in, t);
    if (t == tick || tick > p->until || r->over) return true;
    if (tick_known(r, d, &in))
        us_replay_step(r, &in, tick);
    else
        us_replay_step_at(r, tick);
    return true;
}

static void look_at(struct us_replay_run *r, size_t d)
{
    int64_t day = r->p->first_day + (int64_t)d;
    struct us_machine_inputs in;
    bool hours = r->def->times.hour_ticks;
    if (hours || within_day(r, d) || !tick_known(r, d, &in)) {
        if (!enters(r, d)) us_replay_day(r, day);
    } else {
        int64_t t = (day + 1) * US_DAY_US - 1;
        if (t <= r->p->until) us_replay_step(r, &in, t);
    }
}

/* The first entry by a single count. False: it has to be looked for. */
static bool first_entry(struct us_replay_run *r)
{
    const struct us_definition *def = r->def;
    bool one = r->first_only && def->must_count == 1 && !def->times.hold;
    int64_t t = 0;
    if (!one || r->p->rules->hand_raise != US_NODE_NONE || !musts_only(r)) return false;
    if (!us_past_first_reach(r->p->past, def->must[0], &t)) return false;
    struct us_machine_inputs in = {.eligible = true, .who = true, .stays = true};
    in.converted_at = US_NEVER;
    if (t <= r->p->until) us_replay_step(r, &in, t);
    return true;
}

void us_replay_days(struct us_replay_run *r)
{
    struct us_replay *p = r->p;
    if (first_entry(r)) return;
    if (!us_replay_sieve_make(r)) return;
    if (!r->first_only) r->converted_at = us_replay_aim(p, r->index);
    int64_t start = us_day(p->start) - p->first_day;
    for (size_t d = start > 0 ? (size_t)start : 0; d < p->days && !r->over; d++) {
        if (!r->def->times.hour_ticks) d = next_day(r, d);
        if (d < p->days) look_at(r, d);
    }
}
