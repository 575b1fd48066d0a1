/* follow_stands.c: where the evaluator goes on, by what state kept of each machine. */

#include "server/follow_inner.h"

struct standing_asking {
    us_evaluator_standing *take;
    void *ctx;
};

static us_change change_of(us_str word)
{
    us_change change = US_CHANGE_NONE;
    while (change < US_CHANGES && !us_str_eq(us_change_word(change), word))
        change++;
    return change;
}

/* A machine as its last transition left it. */
static us_code standing_row(
    void *ctx, const struct us_state_transition *row, struct us_error *e)
{
    const struct standing_asking *q = ctx;
    us_change change = change_of(row->change);
    struct us_machine m = {.entered = row->since, .entries = row->ordinal};
    if (change == US_CHANGE_ENTERED) {
        m.phase = US_PHASE_QUALIFIED;
    } else {
        m.phase = US_PHASE_COOLING;
        m.left = row->t;
        m.left_by = (uint8_t)change;
        m.must_reset = change == US_CHANGE_EXPIRED || change == US_CHANGE_CONVERTED;
    }
    return q->take(q->ctx, row->account, row->user, &m, e);
}

/* And as it went on. */
static us_code beyond_row(
    void *ctx, const struct us_state_standing *row, struct us_error *e)
{
    const struct standing_asking *q = ctx;
    struct us_machine m = {.entries = (uint32_t)row->entries,
        .phase = row->cooled ? US_PHASE_NONE : US_PHASE_COOLING,
        .must_reset = row->reset,
        .holding = row->holding != US_NEVER,
        .holding_since = row->holding != US_NEVER ? row->holding : 0};
    if (row->entries) {
        m.entered = row->since;
        m.left = row->t;
        m.left_by = (uint8_t)change_of(row->change);
    }
    return q->take(q->ctx, row->account, row->user, &m, e);
}

us_code us_follow_standings(void *ctx, uint32_t definition, us_evaluator_standing *take,
    void *take_ctx, struct us_error *e)
{
    struct us_follow *f = ctx;
    struct standing_asking q = {take, take_ctx};
    us_str name = f->o.rules->definitions[definition].name;
    US_TRY(us_state_standings(f->state, name, standing_row, &q, e));
    return us_state_standings_beyond(f->state, name, beyond_row, &q, e);
}

static struct us_state_who who_of(
    const struct us_follow *f, const struct us_evaluator_who *who)
{
    return (struct us_state_who){
        f->o.rules->definitions[who->definition].name, who->account, who->user};
}

us_code us_follow_stood(void *ctx, const struct us_evaluator_who *who,
    us_evaluator_standing *take, void *take_ctx, struct us_error *e)
{
    struct us_follow *f = ctx;
    struct standing_asking q = {take, take_ctx};
    struct us_state_who is = who_of(f, who);
    US_TRY(us_state_standing(f->state, &is, standing_row, &q, e));
    return us_state_standing_beyond(f->state, &is, beyond_row, &q, e);
}

struct reached_asking {
    uint32_t definition;
    us_evaluator_reach *take;
    void *ctx;
};

static us_code reached_row(void *ctx, const struct us_state_who *who, uint32_t entries,
    bool over, struct us_error *e)
{
    const struct reached_asking *q = ctx;
    struct us_evaluator_who is = {q->definition, who->account, who->user};
    return q->take(q->ctx, &is, entries, over, e);
}

us_code us_follow_reached(void *ctx, uint32_t definition, us_evaluator_reach *take,
    void *take_ctx, struct us_error *e)
{
    struct us_follow *f = ctx;
    struct reached_asking q = {definition, take, take_ctx};
    return us_state_reached(
        f->state, f->o.rules->definitions[definition].name, reached_row, &q, e);
}
