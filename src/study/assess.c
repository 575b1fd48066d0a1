/* assess.c: the funnel, who saw the prices, who asked for a person. */

#include "study/assess.h"

#include "study/backtest_inner.h"

#include <math.h>

const char *us_stage_word(us_stage stage)
{
    static const char *const words[] = {[US_STAGE_SEEN] = "seen",
        [US_STAGE_ACTIVATED] = "activated",
        [US_STAGE_HABITUAL] = "habitual",
        [US_STAGE_PAID] = "paid",
        [US_STAGE_EXPANDED] = "expanded"};
    return words[stage];
}

/* ---- months ---- */

size_t us_assess_months(
    int64_t from, int64_t to, struct us_arena *a, struct us_assess_month **out)
{
    size_t count = 0;
    for (int64_t at = us_backtest_month(from); at < to; at = us_add_months(at, 1))
        count++;
    struct us_assess_month *months = us_new(a, struct us_assess_month, count + 1);
    int64_t at = us_backtest_month(from);
    for (size_t i = 0; i < count; i++) {
        int64_t end = us_add_months(at, 1);
        months[i] = (struct us_assess_month){.from = at < from ? from : at,
            .to = end > to ? to : end,
            .whole = at >= from && end <= to};
        at = end;
    }
    *out = months;
    return count;
}

/* ---- the funnel ---- */

static bool came_in(
    const struct us_assess_asked *q, const struct us_assess_account *x, us_stage stage)
{
    int64_t at = x->reached[stage];
    return at != US_NEVER && at <= q->until &&
           at - x->reached[US_STAGE_SEEN] < q->within[stage];
}

static bool over(
    const struct us_assess_asked *q, const struct us_assess_account *x, us_stage stage)
{
    return x->reached[US_STAGE_SEEN] <= q->until - q->within[stage];
}

/* The nearest stage before it that history can tell of. */
static us_stage before(const struct us_assess_asked *q, us_stage stage)
{
    us_stage at = (us_stage)(stage - 1);
    while (at > US_STAGE_SEEN && !q->known[at])
        at = (us_stage)(at - 1);
    return at;
}

static void stage_add(const struct us_assess_asked *q,
    const struct us_assess_account *x, us_stage stage, struct us_funnel_cell *cell)
{
    int64_t end = x->reached[US_STAGE_SEEN] + q->within[stage];
    cell->so_far += x->reached[stage] != US_NEVER && x->reached[stage] <= q->until;
    if (cell->over_at == US_NEVER || end > cell->over_at) cell->over_at = end;
    if (!over(q, x, stage)) {
        cell->young++;
        return;
    }
    bool hit = came_in(q, x, stage);
    us_stage earlier = before(q, stage);
    bool stepped = earlier == US_STAGE_SEEN || came_in(q, x, earlier);
    cell->rate.n++;
    cell->rate.hits += hit;
    cell->step.n += stepped;
    cell->step.hits += stepped && hit;
}

static void funnel_add(const struct us_assess_asked *q,
    const struct us_assess_account *x, struct us_funnel *f)
{
    f->accounts++;
    for (int stage = US_STAGE_ACTIVATED; stage < US_STAGES; stage++)
        if (q->known[stage]) stage_add(q, x, (us_stage)stage, &f->stages[stage]);
}

static void funnel_begin(struct us_funnel *f, int64_t from, int64_t to)
{
    *f = (struct us_funnel){.from = from, .to = to};
    for (int stage = 0; stage < US_STAGES; stage++)
        f->stages[stage].over_at = US_NEVER;
}

static void funnel_end(struct us_funnel *f)
{
    for (int stage = 0; stage < US_STAGES; stage++) {
        struct us_funnel_cell *cell = &f->stages[stage];
        cell->rate = us_backtest_rate_of(cell->rate.hits, cell->rate.n);
        cell->step = us_backtest_rate_of(cell->step.hits, cell->step.n);
    }
}

static void pricing_add(const struct us_assess_asked *q,
    const struct us_assess_account *x, struct us_assess *out)
{
    int64_t at = x->reached[US_STAGE_ACTIVATED];
    if (q->known[US_STAGE_ACTIVATED] && (at == US_NEVER || at > q->until)) return;
    out->pricing.n++;
    out->pricing.hits += x->pricing > 0;
    out->pricing_often.n++;
    out->pricing_often.hits += x->pricing >= US_PRICING_OFTEN;
}

static struct us_funnel *month_at(struct us_assess *out, int64_t t)
{
    size_t i = 0;
    while (i + 1 < out->month_count && out->months[i].to <= t)
        i++;
    return &out->months[i];
}

void us_assess_of(
    const struct us_assess_asked *asked, struct us_arena *a, struct us_assess *out)
{
    struct us_assess_month *months;
    *out = (struct us_assess){0};
    out->month_count = us_assess_months(asked->from, asked->to, a, &months);
    out->months = us_new(a, struct us_funnel, out->month_count + 1);
    out->segments = us_new(a, struct us_funnel, asked->segment_count + 1);
    funnel_begin(&out->all, asked->from, asked->to);
    for (size_t i = 0; i < out->month_count; i++)
        funnel_begin(&out->months[i], months[i].from, months[i].to);
    for (size_t i = 0; i < asked->segment_count; i++)
        funnel_begin(&out->segments[i], asked->from, asked->to);
    for (size_t i = 0; i < asked->count; i++) {
        const struct us_assess_account *x = &asked->accounts[i];
        int64_t t0 = x->reached[US_STAGE_SEEN];
        if (t0 < asked->from || t0 >= asked->to) continue;
        funnel_add(asked, x, &out->all);
        funnel_add(asked, x, month_at(out, t0));
        if (x->segment < asked->segment_count)
            funnel_add(asked, x, &out->segments[x->segment]);
        pricing_add(asked, x, out);
    }
    funnel_end(&out->all);
    for (size_t i = 0; i < out->month_count; i++)
        funnel_end(&out->months[i]);
    for (size_t i = 0; i < asked->segment_count; i++)
        funnel_end(&out->segments[i]);
    out->pricing = us_backtest_rate_of(out->pricing.hits, out->pricing.n);
    out->pricing_often =
        us_backtest_rate_of(out->pricing_often.hits, out->pricing_often.n);
}

/* ---- hand-raisers ---- */

void us_hands_of(const struct us_hand_week *raised, size_t count, int64_t from,
    int64_t to, struct us_arena *a, struct us_hands *out)
{
    const int64_t week = 7 * US_DAY_US;
    int64_t first = us_backtest_week(from);
    if (first < from) first += week;
    *out = (struct us_hands){.per_week = NAN, .in = {NAN, NAN}};
    if (to - first < week) return;
    out->week_count = (size_t)((to - first) / week);
    out->weeks = us_new(a, struct us_hand_week, out->week_count);
    for (size_t i = 0; i < out->week_count; i++)
        out->weeks[i].from = first + (int64_t)i * week;
    for (size_t i = 0; i < count; i++) {
        int64_t at = raised[i].from - first;
        if (at < 0 || at >= (int64_t)out->week_count * week) continue;
        out->weeks[at / week].hands += raised[i].hands;
        out->hands += raised[i].hands;
    }
    out->per_week = (double)out->hands / (double)out->week_count;
    out->in = us_poisson_rate(out->hands, (double)out->week_count, 0.95);
}
