/* backtest_charts.c: the charts of a backtest's page. */

#include "cli/backtest_page.h"
#include "cli/html.h"

#include <math.h>

typedef const struct us_backtest_page page;

static us_str day_text(page *p, int64_t at)
{
    struct us_buf text = us_buf_new(p->cli->arena, 64);
    us_date d = us_date_of(at);
    us_buf_fmt(&text, "%04d-%02d-%02d", d.year, d.month, d.day);
    return us_buf_str(&text);
}

/* Where a moment lies among the weeks, in columns. */
static double column_of(const struct us_backtest *t, int64_t at)
{
    size_t i = 0;
    while (i + 1 < t->week_count && t->weeks[i + 1].from <= at)
        i++;
    const struct us_backtest_span *week = &t->weeks[i];
    double share = (double)(at - week->from) / (double)(week->to - week->from);
    return (double)i + (share < 0 ? 0 : share > 1 ? 1 : share);
}

static struct us_shade *shades_of(page *p)
{
    const struct us_backtest *t = &p->b->main;
    struct us_shade *all = us_new(p->cli->arena, struct us_shade, t->silent_count + 1);
    for (size_t i = 0; i < t->silent_count; i++) {
        const struct us_silent_span *span = &t->silent[i].span;
        all[i] = (struct us_shade){column_of(t, span->from), column_of(t, span->to),
            us_backtest_silent_text(p, &t->silent[i])};
    }
    return all;
}

void us_backtest_week_charts(page *p)
{
    const struct us_backtest *t = &p->b->main;
    struct us_arena *a = p->cli->arena;
    us_str *labels = us_new(a, us_str, t->week_count + 1);
    double *fired = us_new(a, double, t->week_count + 1);
    double *waiting = us_new(a, double, t->week_count + 1);
    for (size_t i = 0; i < t->week_count; i++) {
        labels[i] = day_text(p, t->weeks[i].from);
        fired[i] = (double)(t->weeks[i].fired + t->weeks[i].again);
        waiting[i] = (double)t->weeks[i].waiting;
    }
    double capacity = p->b->asked.capacity;
    us_chart_put(p->cli, &(struct us_chart){.title = "cli.backtest_chart_weeks",
                             .labels = labels,
                             .values = fired,
                             .count = t->week_count,
                             .line = capacity > 0 ? capacity : NAN,
                             .line_says = "cli.backtest_chart_capacity",
                             .shades = shades_of(p),
                             .shade_count = t->silent_count,
                             .shade_says = "cli.backtest_chart_silent"});
    if (capacity > 0)
        us_chart_put(p->cli, &(struct us_chart){.title = "cli.backtest_chart_waiting",
                                 .labels = labels,
                                 .values = waiting,
                                 .count = t->week_count,
                                 .line = NAN});
}

void us_backtest_month_chart(page *p)
{
    const struct us_backtest *t = &p->b->main;
    struct us_arena *a = p->cli->arena;
    us_str *labels = us_new(a, us_str, t->month_count + 1);
    double *values = us_new(a, double, 3 * t->month_count + 1);
    double *low = values + t->month_count;
    double *high = low + t->month_count;
    for (size_t i = 0; i < t->month_count; i++) {
        labels[i] = us_str_slice(day_text(p, t->months[i].from), 0, 7);
        values[i] = t->months[i].rate.rate;
        low[i] = t->months[i].rate.in.low;
        high[i] = t->months[i].rate.in.high;
    }
    us_chart_put(p->cli, &(struct us_chart){.title = "cli.backtest_chart_months",
                             .labels = labels,
                             .values = values,
                             .low = low,
                             .high = high,
                             .count = t->month_count,
                             .share = true,
                             .line = t->base.exposed ? t->base.base : NAN,
                             .line_says = "cli.backtest_chart_base"});
}

void us_backtest_sweep_charts(page *p)
{
    struct us_arena *a = p->cli->arena;
    size_t n = p->sweep->count;
    us_str *labels = us_new(a, us_str, n + 1);
    double *values = us_new(a, double, 4 * n + 1);
    double *low = values + n;
    double *high = low + n;
    double *week = high + n;
    for (size_t i = 0; i < n; i++) {
        const struct us_backtest *t = &p->b->variants[i];
        labels[i] = us_arena_fmt(a, "%g", p->sweep->values[i]);
        values[i] = t->rate.rate;
        low[i] = t->rate.in.low;
        high[i] = t->rate.in.high;
        week[i] = t->per_week;
    }
    struct us_chart chart = {.title = "cli.backtest_chart_rates",
        .labels = labels,
        .values = values,
        .low = low,
        .high = high,
        .count = n,
        .share = true,
        .line = NAN};
    us_chart_put(p->cli, &chart);
    double capacity = p->b->asked.capacity;
    us_chart_put(p->cli, &(struct us_chart){.title = "cli.backtest_chart_volumes",
                             .labels = labels,
                             .values = week,
                             .count = n,
                             .line = capacity > 0 ? capacity : NAN,
                             .line_says = "cli.backtest_chart_capacity"});
}
