/* The machine, row by row of semantics 19 to 21, and that moments at which nothing can
 * change may be left out. */

#include "base/tap.h"
#include "qualify/machine.h"

#define DAY(d, hour)      (((d)*24 + (hour)) * US_HOUR_US)
#define END(d)            (((d) + 1) * US_DAY_US - 1)
#define HOUR_END(d, hour) (DAY(d, (hour) + 1) - 1)

enum { STEPS_MAX = 14 };

/* Inputs as letters: e eligible, w who, s stays, x excluded, h hand raised, o its
 * account is outside, c the aim comes true at this very moment. */
struct step {
    int64_t t;
    const char *in;
    us_change want;
};

struct script {
    const char *name;
    struct us_machine_times times;
    struct step steps[STEPS_MAX]; /* up to one without inputs */
};

#define LONG .expires = 30 * US_DAY_US
#define HELD "ews"

static const struct script scripts[] = {
    {"semantics 20: entry is a level, at the very line", {LONG},
        {{DAY(1, 9), "w", 0}, {DAY(1, 10), HELD, US_CHANGE_ENTERED},
            {DAY(1, 11), HELD, 0}}},
    {"semantics 20: a tick enters too", {LONG},
        {{DAY(1, 9), "w", 0}, {END(1), HELD, US_CHANGE_ENTERED}}},
    {"semantics 20: excluded goes at once, between ticks", {LONG},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED},
            {DAY(1, 10), "wsx", US_CHANGE_EXCLUDED}}},
    {"semantics 20: converted at once", {LONG},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {DAY(2, 3), "ewsc", US_CHANGE_CONVERTED},
            {DAY(2, 4), HELD, 0}}},
    {"excluded goes before converted", {LONG},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED},
            {DAY(2, 3), "wsxc", US_CHANGE_EXCLUDED}}},
    {"converted goes before left, faded and expired", {.expires = US_DAY_US},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {END(2), "c", US_CHANGE_CONVERTED}}},
    {"left goes before faded and expired", {.expires = US_DAY_US},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {END(2), "", US_CHANGE_LEFT}}},
    {"faded goes before expired", {.expires = US_DAY_US},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {END(2), "w", US_CHANGE_FADED}}},
    {"true at or before the entry does not convert", {LONG},
        {{DAY(1, 8), "wc", 0}, {DAY(1, 9), HELD, US_CHANGE_ENTERED},
            {DAY(1, 10), HELD, 0}}},
    {"true at the moment of entry neither", {LONG},
        {{DAY(1, 9), "ewsc", US_CHANGE_ENTERED}, {DAY(1, 10), HELD, 0},
            {END(1), HELD, 0}}},
    {"semantics 25: within counts from entry, its last moment is in",
        {LONG, .within = 2 * US_DAY_US},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED},
            {DAY(3, 9), "ewsc", US_CHANGE_CONVERTED}}},
    {"semantics 25: and the microsecond after it is not",
        {LONG, .within = 2 * US_DAY_US},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {DAY(3, 9) + 1, "ewsc", 0},
            {DAY(4, 0), HELD, 0}}},
    {"semantics 20: left at ticks only", {LONG},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {DAY(1, 10), "s", 0},
            {END(1) - 1, "s", 0}, {END(1), "s", US_CHANGE_LEFT}}},
    {"semantics 20: a half-filled bucket does not flap: faded at ticks only", {LONG},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {DAY(2, 0), "w", 0},
            {DAY(2, 9), HELD, 0}, {END(2), HELD, 0}, {END(3), "w", US_CHANGE_FADED}}},
    {"stay may hold where entry would not", {LONG},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {END(1), "ws", 0}, {END(2), "ws", 0}}},
    {"semantics 5: expires at the first tick past its length",
        {.expires = 2 * US_DAY_US},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {END(2), HELD, 0}, {DAY(3, 9), HELD, 0},
            {END(3), HELD, US_CHANGE_EXPIRED}}},
    {"entered at a tick, expired at the tick exactly that far",
        {.expires = 2 * US_DAY_US},
        {{END(1), HELD, US_CHANGE_ENTERED}, {END(2), HELD, 0},
            {END(3), HELD, US_CHANGE_EXPIRED}}},
    {"hour exits: faded at the end of an hour",
        {LONG, .hour_ticks = true, .hour_exits = true},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {DAY(1, 9) + 1, "w", 0},
            {HOUR_END(1, 9), "w", US_CHANGE_FADED}}},
    {"hours beside days: exits at the end of the day", {LONG, .hour_ticks = true},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {HOUR_END(1, 9), "w", 0},
            {END(1), "w", US_CHANGE_FADED}}},
    {"hour exits: expired at the end of an hour",
        {.expires = US_HOUR_US, .hour_ticks = true, .hour_exits = true},
        {{DAY(1, 9) + 1, HELD, US_CHANGE_ENTERED}, {HOUR_END(1, 9), HELD, 0},
            {HOUR_END(1, 10), HELD, US_CHANGE_EXPIRED}}},
    {"an hour's end is no tick without hour windows", {.expires = US_HOUR_US},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {HOUR_END(1, 12), "", 0},
            {END(1), HELD, US_CHANGE_EXPIRED}}},

    {"hold: enters at the first tick past it", {LONG, .hold = 2 * US_DAY_US},
        {{DAY(1, 9), HELD, 0}, {END(1), HELD, 0}, {END(2), HELD, 0},
            {DAY(3, 10), HELD, 0}, {END(3), HELD, US_CHANGE_ENTERED}}},
    {"hold begun at a tick passes at a tick", {LONG, .hold = 2 * US_DAY_US},
        {{END(1), HELD, 0}, {END(2), HELD, 0}, {END(3), HELD, US_CHANGE_ENTERED}}},
    {"hold: broken at a tick at which it is not eligible",
        {LONG, .hold = 2 * US_DAY_US},
        {{DAY(1, 9), HELD, 0}, {END(1), "w", 0}, {DAY(2, 9), HELD, 0},
            {END(2), HELD, 0}, {END(3), HELD, 0}, {END(4), HELD, US_CHANGE_ENTERED}}},
    {"hold: not broken between ticks", {LONG, .hold = 38 * US_HOUR_US},
        {{DAY(1, 9), HELD, 0}, {DAY(1, 10), "w", 0}, {DAY(1, 11), HELD, 0},
            {END(1), HELD, 0}, {END(2), HELD, US_CHANGE_ENTERED}}},
    {"hold: not eligible at the tick that would enter", {LONG, .hold = US_DAY_US},
        {{DAY(1, 9), HELD, 0}, {END(1), HELD, 0}, {END(2), "w", 0}, {END(3), HELD, 0},
            {END(4), HELD, US_CHANGE_ENTERED}}},
    {"hold: broken at once when excluded", {LONG, .hold = 38 * US_HOUR_US},
        {{DAY(1, 9), HELD, 0}, {DAY(1, 10), "wx", 0}, {DAY(1, 11), HELD, 0},
            {END(1), HELD, 0}, {END(2), HELD, 0}, {END(3), HELD, US_CHANGE_ENTERED}}},
    {"hold: a hand-raiser does not wait", {LONG, .hold = 2 * US_DAY_US},
        {{DAY(1, 9), HELD, 0}, {DAY(1, 10), "ewsh", US_CHANGE_ENTERED}}},
    {"hold: at hour ends where there are hour windows",
        {LONG, .hold = 2 * US_HOUR_US, .hour_ticks = true},
        {{DAY(1, 9) + 1, HELD, 0}, {HOUR_END(1, 10), HELD, 0},
            {HOUR_END(1, 11), HELD, US_CHANGE_ENTERED}}},

    {"semantics 20: cooling follows, and ends at the first tick past it",
        {LONG, .cooldown = 2 * US_DAY_US},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {DAY(1, 12), "wsx", US_CHANGE_EXCLUDED},
            {DAY(1, 13), HELD, 0}, {END(1), HELD, 0}, {END(2), HELD, 0},
            {DAY(3, 13), HELD, 0}, {END(3), HELD, US_CHANGE_ENTERED}}},
    {"left at a tick, cooled at the tick exactly that far",
        {LONG, .cooldown = 2 * US_DAY_US},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {END(1), "w", US_CHANGE_FADED},
            {END(2), HELD, 0}, {END(3), HELD, US_CHANGE_ENTERED}}},
    {"no cooldown: not before the next tick", {LONG},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {DAY(1, 12), "wsx", US_CHANGE_EXCLUDED},
            {DAY(1, 13), HELD, 0}, {END(1), HELD, US_CHANGE_ENTERED}}},
    {"no cooldown: left at a tick, the next tick is a day later", {LONG},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {END(1), "w", US_CHANGE_FADED},
            {DAY(2, 9), HELD, 0}, {END(2), HELD, US_CHANGE_ENTERED}}},
    {"once cooled it enters at any line", {LONG},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {END(1), "w", US_CHANGE_FADED},
            {END(2), "w", 0}, {DAY(3, 9), HELD, US_CHANGE_ENTERED}}},
    {"semantics 20: after expired it must have been ineligible once",
        {.expires = US_DAY_US},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {END(2), HELD, US_CHANGE_EXPIRED},
            {END(3), HELD, 0}, {DAY(4, 9), HELD, 0}, {DAY(4, 10), "w", 0},
            {DAY(4, 11), HELD, US_CHANGE_ENTERED}}},
    {"semantics 20: also where that is while it cools", {.expires = US_DAY_US},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {END(2), HELD, US_CHANGE_EXPIRED},
            {DAY(3, 9), "w", 0}, {DAY(3, 10), HELD, 0},
            {END(3), HELD, US_CHANGE_ENTERED}}},
    {"semantics 20: or is so at the exit, though stay held", {.expires = US_DAY_US},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {END(2), "ws", US_CHANGE_EXPIRED},
            {DAY(3, 9), HELD, 0}, {END(3), HELD, US_CHANGE_ENTERED}}},
    {"semantics 20: after converted likewise", {LONG},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED},
            {DAY(1, 10), "ewsc", US_CHANGE_CONVERTED}, {END(1), HELD, 0},
            {END(2), HELD, 0}, {END(3), "ew", 0}, {END(4), "wo", 0},
            {END(5), HELD, US_CHANGE_ENTERED}}},
    {"a hand-raiser must reset too", {.expires = US_DAY_US},
        {{DAY(1, 9), "ewsh", US_CHANGE_ENTERED}, {END(2), "ewsh", US_CHANGE_EXPIRED},
            {END(3), "ewsh", 0}, {DAY(4, 9), "ewsh", 0}}},
    {"after left and faded it need not", {LONG},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {END(1), "es", US_CHANGE_LEFT},
            {END(2), HELD, US_CHANGE_ENTERED}}},
    {"the hold counts anew after cooling", {LONG, .hold = US_DAY_US},
        {{END(1), HELD, 0}, {END(2), HELD, US_CHANGE_ENTERED},
            {END(3), "w", US_CHANGE_FADED}, {END(4), HELD, 0},
            {END(5), HELD, US_CHANGE_ENTERED}}},

    {"a pql waits for its account", {LONG},
        {{DAY(1, 9), "ewso", 0}, {DAY(1, 10), HELD, US_CHANGE_ENTERED}}},
    {"a pql leaves at the tick after its account did", {LONG},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {DAY(1, 10), "ewso", 0},
            {END(1), "ewso", US_CHANGE_LEFT}}},
    {"a pql stays when its account is back by the tick", {LONG},
        {{DAY(1, 9), HELD, US_CHANGE_ENTERED}, {DAY(1, 10), "ewso", 0},
            {END(1), HELD, 0}}},
};

static bool has(const char *letters, char letter)
{
    for (; *letters; letters++)
        if (*letters == letter) return true;
    return false;
}

static struct us_machine_inputs inputs_of(const char *in, int64_t converted_at)
{
    return (struct us_machine_inputs){.eligible = has(in, 'e'),
        .who = has(in, 'w'),
        .stays = has(in, 's'),
        .excluded = has(in, 'x'),
        .hand_raised = has(in, 'h'),
        .outside = has(in, 'o'),
        .converted_at = converted_at};
}

static bool runs(const struct script *s)
{
    struct us_machine m = {0};
    int64_t converted_at = US_NEVER;
    int64_t since = 0;
    uint32_t ordinal = 0;
    for (size_t i = 0; i < STEPS_MAX && s->steps[i].in; i++) {
        const struct step *step = &s->steps[i];
        if (has(step->in, 'c') && converted_at == US_NEVER) converted_at = step->t;
        struct us_machine_inputs in = inputs_of(step->in, converted_at);
        struct us_transition out = {0};
        bool moved = us_machine_step(&s->times, &m, &in, step->t, &out);
        if (out.change == US_CHANGE_ENTERED) {
            since = step->t;
            ordinal++;
        }
        bool good = moved == (step->want != 0) && out.change == step->want;
        if (moved)
            good = good && out.t == step->t && out.since == since &&
                   out.ordinal == ordinal;
        if (!good) {
            printf("# step %zu: %.*s\n", i, (int)us_change_word(out.change).len,
                us_change_word(out.change).ptr);
            return false;
        }
    }
    return true;
}

static void redefined(struct us_tap *t)
{
    struct us_machine_times times = {LONG, .hold = US_DAY_US};
    struct us_machine_inputs in = inputs_of(HELD, US_NEVER);
    struct us_transition out = {0};
    struct us_machine m = {0};
    us_machine_step(&times, &m, &in, END(1), &out);
    us_machine_step(&times, &m, &in, END(2), &out);
    CHECK_AS(t,
        !us_machine_redefine(&m, true, DAY(3, 9), &out) &&
            m.phase == US_PHASE_QUALIFIED && m.entered == END(2),
        "semantics 21: qualified stays if still eligible");
    CHECK_AS(t,
        us_machine_redefine(&m, false, DAY(3, 10), &out) &&
            out.change == US_CHANGE_REDEFINED && out.t == DAY(3, 10) &&
            out.since == END(2) && out.ordinal == 1,
        "semantics 21: else it leaves, redefined");
    CHECK_AS(t, m.phase == US_PHASE_COOLING && m.left_by == US_CHANGE_REDEFINED,
        "and cools");
    m = (struct us_machine){0};
    us_machine_step(&times, &m, &in, END(1), &out);
    us_machine_step(&times, &m, &in, END(2), &out);
    us_machine_redefine(&m, false, END(3), &out);
    CHECK_AS(t,
        !us_machine_step(&times, &m, &in, END(3), &out) && m.phase == US_PHASE_COOLING,
        "not only until that moment's step");
    m = (struct us_machine){0};
    us_machine_step(&times, &m, &in, END(1), &out);
    CHECK_AS(t, !us_machine_redefine(&m, true, DAY(2, 9), &out) && !m.holding,
        "a hold begins anew");
    us_machine_step(&times, &m, &in, DAY(2, 9), &out);
    CHECK_AS(t,
        !us_machine_step(&times, &m, &in, END(2), &out) &&
            us_machine_step(&times, &m, &in, END(3), &out),
        "from the moment of the change");
    m = (struct us_machine){.must_reset = true};
    us_machine_redefine(&m, true, DAY(3, 9), &out);
    CHECK_AS(t, m.must_reset, "semantics 21: only newly eligible ones enter");
}

static void lengths(struct us_tap *t)
{
    struct us_machine_times times = {
        .hold = US_DAY_US, .cooldown = 2 * US_DAY_US, .expires = 3 * US_DAY_US};
    struct us_machine_inputs in = inputs_of(HELD, US_NEVER);
    struct us_transition out = {0};
    struct us_machine m = {0};
    CHECK_AS(t, us_machine_due(&times, &m) == US_NEVER, "nothing is due at the start");
    us_machine_step(&times, &m, &in, DAY(1, 9), &out);
    CHECK_AS(t, us_machine_due(&times, &m) == END(2), "the hold passes then");
    us_machine_step(&times, &m, &in, END(2), &out);
    CHECK_AS(t, us_machine_due(&times, &m) == END(5), "it expires then");
    in = inputs_of("wsx", US_NEVER);
    us_machine_step(&times, &m, &in, DAY(3, 9), &out);
    CHECK_AS(t, us_machine_due(&times, &m) == END(5), "it has cooled then");
    times.cooldown = 0;
    CHECK_AS(t, us_machine_due(&times, &m) == END(3), "at the next tick at least");
    CHECK_AS(t, sizeof m == 32, "a machine is 32 bytes");
}

/* ---- leaving moments out ---- */

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

enum { DAYS = 40, CHANGES = 60, OUT_MAX = 200 };

struct life {
    int64_t at[CHANGES]; /* when inputs change, in order */
    struct us_machine_inputs in[CHANGES];
    struct us_machine_times times;
};

static int64_t length_of(uint64_t *seed)
{
    static const int64_t lengths[] = {0, US_HOUR_US, US_DAY_US - 1, US_DAY_US,
        US_DAY_US + 1, 3 * US_DAY_US, 7 * US_DAY_US};
    return lengths[next_random(seed) % 7];
}

static struct life life_of(uint64_t *seed)
{
    struct life l = {0};
    l.times.hold = next_random(seed) % 2 ? length_of(seed) : 0;
    l.times.cooldown = length_of(seed);
    l.times.expires = 1 + length_of(seed) * 2;
    l.times.within = length_of(seed);
    l.times.hour_ticks = next_random(seed) % 2;
    l.times.hour_exits = l.times.hour_ticks && next_random(seed) % 2;
    int64_t t = 0;
    int64_t converted_at = US_NEVER;
    for (size_t i = 0; i < CHANGES; i++) {
        t += 1 + (int64_t)(next_random(seed) % (uint64_t)(2 * US_DAY_US));
        if (next_random(seed) % 4 == 0) t = us_machine_tick(&l.times, t);
        if (next_random(seed) % 30 == 0 && converted_at == US_NEVER) converted_at = t;
        bool who = next_random(seed) % 5 > 0;
        bool excluded = next_random(seed) % 12 == 0;
        bool hand = next_random(seed) % 12 == 0;
        bool gates = next_random(seed) % 3 > 0;
        l.at[i] = t;
        l.in[i] =
            (struct us_machine_inputs){.eligible = who && !excluded && (gates || hand),
                .who = who,
                .stays = gates || hand || next_random(seed) % 2,
                .excluded = excluded,
                .hand_raised = hand,
                .outside = next_random(seed) % 10 == 0,
                .converted_at = converted_at};
    }
    return l;
}

/* What a step does not ask for may be anything. */
static struct us_machine_inputs asked(const struct us_machine_times *times,
    const struct us_machine *m, struct us_machine_inputs in, int64_t t)
{
    unsigned asks = us_machine_asks(times, m, in.outside, in.converted_at, t);
    bool other = us_hour(t) % 2;
    if (!(asks & US_ASKS_ELIGIBLE)) in.eligible = other;
    if (!(asks & US_ASKS_WHO)) in.who = other;
    if (!(asks & US_ASKS_STAYS)) in.stays = other;
    if (!(asks & US_ASKS_EXCLUDED)) in.excluded = other;
    if (!(asks & US_ASKS_HAND_RAISED)) in.hand_raised = other;
    return in;
}

/* Every tick, and idle moments between, or only what us_machine_next asks for. */
static size_t live(const struct life *l, bool all, struct us_transition *out)
{
    struct us_machine m = {0};
    size_t count = 0;
    size_t i = 0;
    int64_t t = l->at[0];
    while (count < OUT_MAX && i < CHANGES) {
        while (i + 1 < CHANGES && l->at[i + 1] <= t)
            i++;
        struct us_machine_inputs in = l->in[i];
        if (all) in = asked(&l->times, &m, in, t);
        count += us_machine_step(&l->times, &m, &in, t, &out[count]);
        int64_t next = us_machine_next(&l->times, &m, &l->in[i], t);
        int64_t idle = t + 17 * US_MINUTE_US;
        int64_t tick = us_machine_tick(&l->times, t + 1);
        if (all) next = idle < tick ? idle : tick;
        if (i + 1 == CHANGES && next > l->at[CHANGES - 1] + DAYS * US_DAY_US) break;
        t = i + 1 < CHANGES && l->at[i + 1] < next ? l->at[i + 1] : next;
    }
    return count;
}

static void left_out(struct us_tap *t)
{
    size_t moves = 0;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        uint64_t state = seed;
        struct life l = life_of(&state);
        struct us_transition all[OUT_MAX] = {0};
        struct us_transition few[OUT_MAX] = {0};
        size_t count = live(&l, true, all);
        bool same = live(&l, false, few) == count;
        for (size_t i = 0; same && i < count; i++)
            same = all[i].change == few[i].change && all[i].t == few[i].t &&
                   all[i].since == few[i].since && all[i].ordinal == few[i].ordinal;
        moves += count;
        if (!same) {
            printf("# seed %llu\n", (unsigned long long)seed);
            CHECK_AS(t, false, "moments at which nothing changes may be left out");
            return;
        }
    }
    CHECK_AS(t, moves > 2000, "moments at which nothing changes may be left out");
}

int main(void)
{
    struct us_tap t = {0};
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        CHECK_AS(&t, runs(&scripts[i]), scripts[i].name);
    redefined(&t);
    lengths(&t);
    left_out(&t);
    return us_tap_done(&t);
}
