/* assess_charts.c: the charts of an assessment's page. */

#include "cli/assess_page.h"
#include "cli/html.h"

#include <math.h>

typedef const struct us_assess_page page;

static us_str day_text(page *p, int64_t at, bool month)
{
    us_date d = us_date_of(at);
    if (month) return us_arena_fmt(p->cli->arena, "%04d-%02d", d.year, d.month);
    return us_arena_fmt(p->cli->arena, "%04d-%02d-%02d", d.year, d.month, d.day);
}

/* Points with whiskers over months. */
struct rates {
    us_str *labels;
    double *values, *low, *high;
};

static struct rates rates_new(page *p, size_t count)
{
    double *room = us_new(p->cli->arena, double, 3 * count + 1);
    return (struct rates){
        us_new(p->cli->arena, us_str, count + 1), room, room + count, room + 2 * count};
}

static void rates_chart(page *p, const char *title, const struct rates *r, size_t count)
{
    us_chart_put(p->cli, &(struct us_chart){.title = title,
                             .labels = r->labels,
                             .values = r->values,
                             .low = r->low,
                             .high = r->high,
                             .count = count,
                             .share = true,
                             .line = NAN});
}

static void whole_chart(page *p)
{
    const struct us_funnel *all = &p->x->study.all;
    us_str *labels = us_new(p->cli->arena, us_str, US_STAGES);
    double *values = us_new(p->cli->arena, double, US_STAGES);
    size_t count = 0;
    for (int i = US_STAGE_ACTIVATED; i < US_STAGES; i++) {
        if (!p->x->known[i] || !all->stages[i].rate.n) continue;
        labels[count] = us_text(
            p->cli->arena, p->cli->lang, us_assess_stage_key((us_stage)i), NULL);
        values[count++] = all->stages[i].rate.rate;
    }
    us_chart_put(p->cli, &(struct us_chart){.title = "assess.chart_funnel",
                             .labels = labels,
                             .values = values,
                             .count = count,
                             .share = true,
                             .line = NAN});
}

void us_assess_funnel_charts(page *p)
{
    static const char *const titles[] = {
        [US_STAGE_ACTIVATED] = "assess.chart_activated",
        [US_STAGE_HABITUAL] = "assess.chart_habitual",
        [US_STAGE_PAID] = "assess.chart_paid",
        [US_STAGE_EXPANDED] = "assess.chart_expanded"};
    size_t n = p->x->study.month_count;
    whole_chart(p);
    for (int stage = US_STAGE_ACTIVATED; stage < US_STAGES; stage++) {
        if (!p->x->known[stage] || !p->x->study.all.stages[stage].rate.n) continue;
        struct rates r = rates_new(p, n);
        for (size_t i = 0; i < n; i++) {
            const struct us_funnel *f = &p->x->study.months[i];
            r.labels[i] = day_text(p, f->from, true);
            r.values[i] = f->stages[stage].rate.rate;
            r.low[i] = f->stages[stage].rate.in.low;
            r.high[i] = f->stages[stage].rate.in.high;
        }
        rates_chart(p, titles[stage], &r, n);
    }
}

void us_assess_hands_chart(page *p)
{
    const struct us_hands *h = &p->x->hands;
    us_str *labels = us_new(p->cli->arena, us_str, h->week_count + 1);
    double *values = us_new(p->cli->arena, double, h->week_count + 1);
    for (size_t i = 0; i < h->week_count; i++) {
        labels[i] = day_text(p, h->weeks[i].from, false);
        values[i] = (double)h->weeks[i].hands;
    }
    us_chart_put(p->cli, &(struct us_chart){.title = "assess.chart_hands",
                             .labels = labels,
                             .values = values,
                             .count = h->week_count,
                             .line = h->hands ? h->per_week : NAN,
                             .line_says = "assess.chart_mean"});
}

void us_assess_rate_chart(page *p, const struct us_assess_definition *d)
{
    size_t n = p->x->month_count;
    struct rates r = rates_new(p, n);
    for (size_t i = 0; i < n; i++) {
        const struct us_pqa_month *m = &d->months[i];
        r.labels[i] = day_text(p, m->month.from, true);
        r.values[i] = m->rate.rate;
        r.low[i] = m->rate.in.low;
        r.high[i] = m->rate.in.high;
    }
    rates_chart(p, "assess.chart_rate", &r, n);
}
