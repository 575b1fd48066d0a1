/* vary_live.c: the lives of variants decided together, at one account. */

#include "qualify/vary_level.h"

#include <math.h>
#include <string.h>

/* ---- moments of an account ---- */

enum {
    ROW_WHO = 1,
    ROW_REST = 2, /* all other gates and thresholds */
    ROW_STAYS = 4,
    ROW_EXCLUDED = 8,
    ROW_HAND = 16,
};

struct row {
    int64_t t;
    double level; /* -INFINITY where it decides nothing */
    uint8_t flags;
};

struct day {
    struct row *rows; /* every moment that matters; NULL: not asked for yet */
    size_t count;
    struct row end;
    bool ended; /* end is there */
};

struct levelled {
    const struct us_vary_levels *l;
    struct us_replay *p;
    struct us_replay_run run;  /* of the variant that asks least, and its sieve */
    struct us_replay_run rest; /* what they have in common */
    struct us_day_levels levels;
    uint64_t *musts; /* days on which all other gates hold at every moment */
    uint64_t *whole; /* and everything else that is asked but the number */
    struct day *days;
    /* of the variant at work */
    double value;
    double least; /* of the levels that were far enough */
};

static bool has(const uint64_t *list, size_t d)
{
    return list[d / 64] >> (d % 64) & 1;
}

/* One truth at every moment of a day: whether it is told, and which. */
static bool all_day(struct us_day_bits b, size_t d, bool *yes)
{
    *yes = has(b.in_yes, d);
    return *yes != has(b.in_no, d);
}

static bool at_end(struct us_day_bits b, size_t d, bool *yes)
{
    *yes = has(b.end_yes, d);
    return *yes != has(b.end_no, d);
}

/* What of a bit is known of a moment: of the whole day, or of its end. */
static bool told(struct us_day_bits b, size_t d, bool tick, bool *yes)
{
    return all_day(b, d, yes) || (tick && at_end(b, d, yes));
}

static bool who_at(const struct levelled *x, size_t d, bool tick, int64_t t)
{
    bool yes;
    return told(x->run.sieve.who, d, tick, &yes) ? yes : us_replay_who(&x->rest, t);
}

static bool excluded_at(const struct levelled *x, size_t d, bool tick, int64_t t)
{
    bool yes;
    if (told(x->run.sieve.excluded, d, tick, &yes)) return yes;
    return us_replay_excluded(&x->rest, t);
}

static bool hand_at(const struct levelled *x, size_t d, bool tick, int64_t t)
{
    bool yes;
    if (told(x->run.sieve.hand, d, tick, &yes)) return yes;
    return us_replay_hand_raised(&x->rest, t);
}

static us_value value_at(const struct levelled *x, uint32_t node, size_t d, int64_t t)
{
    us_value v;
    if (us_past_day_value(x->p->past, node, d, &v)) return v;
    return us_past_value(x->p->past, node, US_NOBODY, t);
}

/* As the judge adds up. */
static double points_at(const struct levelled *x, us_axis axis, size_t d, int64_t t)
{
    const struct us_definition *def = &x->l->rest;
    double points = 0;
    for (size_t i = 0; i < def->score_count[axis]; i++) {
        us_value v = value_at(x, def->score[axis][i], d, t);
        points += v.kind == US_NUMBER ? v.number : 0;
    }
    return points > 100 ? 100 : points;
}

static bool reaches_at(const struct levelled *x, size_t d, int64_t t)
{
    const struct us_definition *def = &x->l->rest;
    for (int axis = 0; axis < US_AXES; axis++) {
        double threshold = def->text->threshold[axis];
        if (threshold > 0 && points_at(x, (us_axis)axis, d, t) < threshold)
            return false;
    }
    return true;
}

static bool musts_at(const struct levelled *x, size_t d, int64_t t)
{
    const struct us_definition *def = &x->l->rest;
    for (size_t i = 0; i < def->must_count && !has(x->musts, d); i++) {
        us_value v = value_at(x, def->must[i], d, t);
        if (v.kind != US_BOOL || !v.truth) return false;
    }
    return true;
}

static double level_at(const struct levelled *x, size_t d, bool tick, int64_t t)
{
    const struct us_levels_asked *of = &x->l->of;
    if (tick && x->levels.end_least[d] == x->levels.end_most[d])
        return x->levels.end_most[d];
    if (of->points) return fmax(points_at(x, x->l->axis, d, t), 0);
    us_value v = value_at(x, of->nodes[0], d, t);
    if (v.kind != US_NUMBER) return -INFINITY;
    return of->low ? -v.number : v.number;
}

static int64_t end_of(const struct levelled *x, size_t d)
{
    return (x->p->first_day + (int64_t)d + 1) * US_DAY_US - 1;
}

/* Whether it may leave at a moment by what no longer holds. */
static bool exit_at(const struct levelled *x, size_t d, int64_t t)
{
    bool hours = x->l->rest.times.hour_exits;
    return t == end_of(x, d) || (hours && (t + 1) % US_HOUR_US == 0);
}

static bool stays_at(const struct levelled *x, bool musts, int64_t t)
{
    uint32_t stay = x->rest.def->stay;
    return stay == US_NODE_NONE ? musts : us_replay_holds(&x->rest, stay, t);
}

/* What is no input of any step at t is left out. */
static struct row row_at(const struct levelled *x, size_t d, int64_t t)
{
    struct row row = {.t = t, .level = -INFINITY};
    bool tick = t == end_of(x, d);
    bool exit = exit_at(x, d, t);
    bool may = has(x->run.sieve.eligible.in_yes, d);
    bool who = (may || exit) && who_at(x, d, tick, t);
    if (excluded_at(x, d, tick, t)) row.flags |= ROW_EXCLUDED;
    if (who) row.flags |= ROW_WHO;
    if (who && hand_at(x, d, tick, t)) row.flags |= ROW_HAND;
    bool gone = tick && !may && !has(x->run.sieve.stays.end_yes, d);
    if (!who || gone) return row; /* by whatever value */
    bool musts = musts_at(x, d, t);
    if (exit && stays_at(x, musts, t)) row.flags |= ROW_STAYS;
    if (may && musts && (has(x->whole, d) || reaches_at(x, d, t)))
        row.flags |= ROW_REST;
    bool asked = row.flags & ROW_REST || (row.flags & ROW_STAYS && x->l->fades);
    if (asked) row.level = level_at(x, d, tick, t);
    return row;
}

static const struct row *day_end(struct levelled *x, size_t d)
{
    struct day *day = &x->days[d];
    if (!day->ended) day->end = row_at(x, d, end_of(x, d));
    day->ended = true;
    return &day->end;
}

static void row_put(struct levelled *x, size_t d, int64_t t)
{
    struct day *day = &x->days[d];
    if (t < x->p->start || t > x->p->until) return;
    struct row row = t == end_of(x, d) ? *day_end(x, d) : row_at(x, d, t);
    day->rows[day->count++] = row;
    bool good = row.flags & ROW_WHO && !(row.flags & ROW_EXCLUDED);
    double level = -INFINITY;
    if (good && row.flags & ROW_REST) level = row.level;
    if (good && row.flags & ROW_HAND) level = INFINITY;
    if (level > x->levels.most[d]) x->levels.most[d] = level;
    if (level < x->levels.least[d]) x->levels.least[d] = level;
}

/* Every moment of a day, and where it may convert; from then on the day is known by the
 * farthest it comes. */
static const struct day *day_rows(struct levelled *x, size_t d)
{
    struct day *day = &x->days[d];
    if (day->rows) return day;
    int64_t date = x->p->first_day + (int64_t)d;
    struct us_moments m = us_past_moments(x->p->past, &x->l->at, date);
    day->rows = us_new(&x->p->work, struct row, m.count + 1);
    x->levels.most[d] = -INFINITY; /* from here on of those that may enter */
    x->levels.least[d] = INFINITY;
    int64_t aim = us_day(x->run.converted_at) == date ? x->run.converted_at : US_NEVER;
    for (size_t i = 0; i < m.count; i++) {
        if (aim < m.at[i]) row_put(x, d, aim);
        if (aim <= m.at[i]) aim = US_NEVER;
        row_put(x, d, m.at[i]);
    }
    return day;
}

/* ---- one variant ---- */

static bool far(const struct levelled *x, double level)
{
    return x->l->more ? level > x->value : level >= x->value;
}

static void step(struct levelled *x, const struct row *row)
{
    struct us_replay_run *r = &x->run;
    bool enough = far(x, row->level);
    bool hand = row->flags & ROW_HAND;
    bool who = row->flags & ROW_WHO;
    bool out = row->flags & ROW_EXCLUDED;
    if (row->t < x->p->start || row->t > x->p->until) return;
    if (enough && row->level < x->least) x->least = row->level;
    bool good = (row->flags & ROW_REST && enough) || hand;
    struct us_machine_inputs in = {.eligible = who && good && !out,
        .who = who,
        .stays = (row->flags & ROW_STAYS && (enough || !x->l->fades)) || hand,
        .excluded = out,
        .hand_raised = hand,
        .converted_at = r->converted_at <= row->t ? r->converted_at : US_NEVER};
    us_replay_step(r, &in, row->t);
}

static bool idle(const struct us_machine *m)
{
    return m->phase == US_PHASE_NONE && !m->holding && !m->must_reset;
}

/* Whether moments before its end may matter on a day. */
static bool within_day(const struct levelled *x, size_t d)
{
    const struct us_replay_run *r = &x->run;
    const struct us_machine *m = &r->machine;
    const struct us_replay_sieve *s = &r->sieve;
    if (r->def->times.hour_ticks) return true;
    if (m->phase == US_PHASE_QUALIFIED)
        return has(s->excluded.in_yes, d) ||
               us_day(r->converted_at) == x->p->first_day + (int64_t)d;
    if (m->phase == US_PHASE_COOLING && !m->must_reset) return false;
    return has(s->eligible.in_yes, d) || (m->holding && has(s->excluded.in_yes, d));
}

/* The first day from d on that comes far enough. */
static size_t next_far(const struct levelled *x, size_t d)
{
    const uint64_t *may = x->run.sieve.eligible.in_yes;
    size_t days = x->p->days;
    while (d < days) {
        uint64_t word = may[d / 64] & UINT64_MAX << (d % 64);
        for (; word; word &= word - 1) {
            size_t found = d / 64 * 64 + (size_t)__builtin_ctzll(word);
            if (found >= days) return days;
            if (far(x, x->levels.most[found])) return found;
        }
        d = (d / 64 + 1) * 64;
    }
    return days;
}

/* While qualified: the first day from d on on which it may leave. */
static size_t next_exit(struct levelled *x, size_t d)
{
    const struct us_replay_run *r = &x->run;
    const struct us_machine *m = &r->machine;
    int64_t first = x->p->first_day;
    int64_t due = us_day(us_machine_due(&r->def->times, m)) - first;
    int64_t conversion = us_day(r->converted_at) - first;
    size_t most = x->p->days;
    if (due < (int64_t)most) most = due > (int64_t)d ? (size_t)due : d;
    if (conversion >= (int64_t)d && conversion < (int64_t)most)
        most = (size_t)conversion;
    for (; d < most; d++) {
        if (has(r->sieve.excluded.in_yes, d)) return d;
        const struct row *end = day_end(x, d);
        bool enough = !x->l->fades || far(x, end->level);
        bool stays = (end->flags & ROW_STAYS && enough) || end->flags & ROW_HAND;
        if (!(end->flags & ROW_WHO) || !stays) return d;
        if (enough && end->level < x->least) x->least = end->level;
    }
    return most;
}

/* The first day from d on on which it may not be eligible at some moment. */
static size_t next_reset(struct levelled *x, size_t d)
{
    for (; d < x->p->days; d++) {
        bool told = x->days[d].rows || has(x->whole, d);
        double least = x->levels.least[d];
        if (!told || !far(x, least)) return d;
        if (least < x->least) x->least = least;
    }
    return d;
}

static size_t next_day(struct levelled *x, size_t d)
{
    const struct us_replay_run *r = &x->run;
    const struct us_machine *m = &r->machine;
    if (r->def->times.hour_ticks) return d;
    if (idle(m)) return next_far(x, d);
    if (m->phase == US_PHASE_QUALIFIED) return next_exit(x, d);
    if (m->holding) return d;
    size_t next = m->must_reset ? next_reset(x, d) : x->p->days;
    if (m->phase != US_PHASE_COOLING) return next;
    int64_t due = us_day(us_machine_due(&r->def->times, m)) - x->p->first_day;
    size_t cooled = due > (int64_t)d ? (size_t)due : d;
    return next < cooled ? next : cooled;
}

static void look_at(struct levelled *x, size_t d)
{
    if (!within_day(x, d)) {
        step(x, day_end(x, d));
        return;
    }
    const struct day *day = day_rows(x, d);
    for (size_t i = 0; i < day->count; i++) {
        const struct row *row = &day->rows[i];
        bool enters = row->flags & ROW_HAND || far(x, row->level);
        if (enters || !idle(&x->run.machine)) step(x, row);
    }
}

static void live(struct levelled *x, uint32_t definition)
{
    int64_t start = us_day(x->p->start) - x->p->first_day;
    x->run.index = definition;
    x->run.machine = (struct us_machine){0};
    x->least = INFINITY;
    for (size_t d = start > 0 ? (size_t)start : 0; d < x->p->days; d++) {
        d = next_day(x, d);
        if (d < x->p->days) look_at(x, d);
    }
}

/* ---- all of them ---- */

static void keep(uint64_t *days, const uint64_t *yes, const uint64_t *no, size_t words)
{
    for (size_t w = 0; w < words; w++)
        days[w] &= yes[w] & ~no[w];
}

/* Thresholds of other axes, on each day. */
static void keep_reaching(struct levelled *x)
{
    const struct us_definition *def = &x->l->rest;
    for (int axis = 0; axis < US_AXES; axis++) {
        double threshold = def->text->threshold[axis];
        if (threshold <= 0) continue;
        struct us_day_truth t = us_past_reaches(
            x->p->past, def->score[axis], def->score_count[axis], threshold);
        for (size_t d = 0; d < x->p->days; d++)
            if (t.in[d] != US_CAN_YES) x->whole[d / 64] &= ~((uint64_t)1 << (d % 64));
    }
}

static void sure_days(struct levelled *x)
{
    size_t words = us_past_words(x->p->past);
    const struct us_replay_sieve *s = &x->run.sieve;
    x->musts = us_new(&x->p->work, uint64_t, words + 1);
    x->whole = us_new(&x->p->work, uint64_t, words + 1);
    memcpy(x->musts, s->eligible.in_yes, words * sizeof(uint64_t));
    for (size_t i = 0; i < x->l->rest.must_count; i++) {
        struct us_day_bits b =
            us_past_bits(x->p->past, x->l->rest.must[i], s->eligible.in_yes);
        keep(x->musts, b.in_yes, b.in_no, words);
    }
    memcpy(x->whole, x->musts, words * sizeof(uint64_t));
    keep(x->whole, s->who.in_yes, s->who.in_no, words);
    keep(x->whole, s->excluded.in_no, s->excluded.in_yes, words);
    keep_reaching(x);
}

/* False: not even the variant that asks least is ever eligible. */
static bool ready(struct levelled *x, uint32_t least)
{
    struct us_replay *p = x->p;
    if (p->start == US_NEVER || p->start > p->until) return false;
    if (us_replay_never(p, least)) return false;
    x->run = us_replay_run_of(p, least);
    if (!us_replay_sieve_make(&x->run)) return false;
    x->rest = x->run;
    x->rest.def = &x->l->rest;
    x->run.converted_at = us_replay_aim(p, least);
    x->levels = us_past_levels(p->past, &x->l->of);
    x->days = us_new(&p->work, struct day, p->days + 1);
    sure_days(x);
    for (size_t d = 0; d < p->days; d++)
        if (has(x->run.sieve.hand.in_yes, d)) x->levels.most[d] = INFINITY;
    return true;
}

/* Whether a farther value would have decided everywhere as the one at work. */
static bool same(const struct levelled *x, double value)
{
    return x->l->more ? x->least > value : x->least >= value;
}

struct us_vary_lives us_vary_levels_ask(
    const struct us_vary_levels *l, struct us_replay *p)
{
    struct levelled x = {.l = l, .p = p, .least = INFINITY};
    struct us_vary_life *lives = us_new(&p->work, struct us_vary_life, l->count);
    size_t *begins = us_new(&p->work, size_t, l->count + 1);
    size_t n = 0;
    size_t last = l->count - 1;
    bool any = ready(&x, l->first + (uint32_t)(l->backwards ? last : 0));
    begins[0] = p->out_count;
    for (size_t i = 0; i < l->count;) {
        size_t next = i + 1;
        x.value = l->values[i];
        if (any) live(&x, l->first + (uint32_t)(l->backwards ? last - i : i));
        while (next < l->count && same(&x, l->values[next]))
            next++;
        lives[n] = (struct us_vary_life){.first = i, .last = next - 1};
        if (l->backwards)
            lives[n] =
                (struct us_vary_life){.first = last - next + 1, .last = last - i};
        begins[++n] = p->out_count;
        i = next;
    }
    for (size_t i = 0; i < n && p->out_count; i++) {
        lives[i].items = p->out + begins[i];
        lives[i].count = begins[i + 1] - begins[i];
    }
    return (struct us_vary_lives){lives, n};
}
