/* discover.c: tables of behaviours by outcome, and what follows from them. */

#include "study/discover.h"

#include "base/time.h"
#include "study/tally.h"

#include <math.h>
#include <stdlib.h>

static const size_t SCRATCH_MAX = (size_t)16 << 30;

us_str us_behaviour_word(us_behaviour_kind kind)
{
    static const us_str words[US_BEHAVIOUR_KINDS] = {
        [US_BEHAVIOUR_COUNT] = US_S_INIT("count"),
        [US_BEHAVIOUR_USERS] = US_S_INIT("users"),
        [US_BEHAVIOUR_PAIR] = US_S_INIT("pair")};
    return words[kind];
}

us_str us_leak_word(us_leak leak)
{
    static const us_str words[] = {[US_LEAK_NONE] = US_S_INIT(""),
        [US_LEAK_OUTCOME] = US_S_INIT("outcome"),
        [US_LEAK_NEAR] = US_S_INIT("near"),
        [US_LEAK_SALES] = US_S_INIT("sales")};
    return words[leak];
}

/* ---- lead times ---- */

static int by_lead(const void *a, const void *b)
{
    const struct tally_lead *x = a;
    const struct tally_lead *y = b;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return (x->days > y->days) - (x->days < y->days);
}

static void leads(struct tally *w, struct us_discovered *rows)
{
    if (w->lead_count) qsort(w->leads, w->lead_count, sizeof *w->leads, by_lead);
    double *days = us_new(w->scratch, double, w->lead_count + 1);
    double *all = us_new(w->scratch, double, w->lead_count + 1);
    size_t at = 0;
    for (uint32_t row = 0; row < w->count; row++) {
        size_t n = 0;
        size_t count = 0;
        for (; at < w->lead_count && w->leads[at].row == row; at++) {
            all[count++] = w->leads[at].days;
            if (w->leads[at].eligible) days[n++] = w->leads[at].days;
        }
        struct us_discovered *r = &rows[row];
        r->lead_p25 = us_quantile(days, n, 0.25);
        r->lead_median = us_quantile(days, n, 0.5);
        r->lead_p75 = us_quantile(days, n, 0.75);
        r->lead_all_median = us_quantile(all, count, 0.5);
    }
}

/* ---- what leaks ---- */

static bool by_sales(const struct tally *w, const struct tally_event *e)
{
    double share = (double)e->after_sales / (double)e->times;
    double usual = (double)w->after_sales / (double)w->times;
    return share >= US_LEAK_SALES_SHARE && share >= 2 * usual;
}

static us_leak leak_of_event(const struct tally *w, uint32_t event)
{
    if (event == w->q->outcome) return US_LEAK_OUTCOME;
    const struct tally_event *e = &w->events[event];
    double share = (double)e->near / (double)w->outcomes;
    if (share >= US_LEAK_SHARE) return US_LEAK_NEAR;
    return by_sales(w, e) ? US_LEAK_SALES : US_LEAK_NONE;
}

static us_leak leak_of(const struct tally *w, const struct us_behaviour *is)
{
    us_leak leak = leak_of_event(w, is->event);
    bool pair = is->kind == US_BEHAVIOUR_PAIR && leak == US_LEAK_NONE;
    return pair ? leak_of_event(w, is->second) : leak;
}

/* ---- a row ---- */

static struct us_fourfold table_of(struct tally_cells met, struct tally_cells all)
{
    return (struct us_fourfold){met.yes, met.no, all.yes - met.yes, all.no - met.no};
}

static struct us_fourfold minus(struct us_fourfold t, struct us_fourfold of)
{
    return (struct us_fourfold){t.a - of.a, t.b - of.b, t.c - of.c, t.d - of.d};
}

static struct us_strata adjusted(const struct tally *w, uint32_t row)
{
    const struct us_behaviour *is = &w->is[row];
    const struct tally_row *r = &w->rows[row];
    const struct tally_cells *shift =
        is->kind == US_BEHAVIOUR_PAIR ? r->shift : w->events[is->event].shift;
    struct us_fourfold strata[TALLY_STRATA];
    for (int i = 0; i < TALLY_STRATA; i++) {
        struct tally_cells all = {
            w->idle[i].yes + shift[i].yes, w->idle[i].no + shift[i].no};
        strata[i] = table_of(r->strata[i], all);
    }
    return us_mantel_haenszel(strata, TALLY_STRATA, 0.95);
}

static void row_rates(
    const struct tally *w, const struct us_landmark *frame, struct us_discovered *r)
{
    struct us_fourfold *t = &r->table;
    double units = (double)frame->count;
    double base = (double)frame->converted / units;
    double exposed = (double)(t->a + t->b) / units;
    r->rate_exposed = us_table_exposed(*t);
    r->rate_unexposed = us_table_unexposed(*t);
    r->rate_in = us_wilson(t->a, t->a + t->b, 0.95);
    r->lift = us_table_lift(*t);
    r->risk = us_risk_ratio(*t, 0.95);
    r->odds = us_odds_ratio(*t, 0.95);
    r->odds_exact = us_odds_exact(*t, 0.95);
    r->fisher = us_fisher(*t);
    r->precision = r->rate_exposed;
    r->recall = (double)t->a / (double)frame->converted;
    r->least_lift =
        us_power_least(r->rate_unexposed, 1 - exposed, units, 0.05, 0.8) / base;
    r->rate_late = us_table_exposed(r->late);
    r->late_exposed = r->late.a + r->late.b;
    uint32_t event = r->is.event;
    int64_t touched = w->events[event].touched;
    if (r->is.kind == US_BEHAVIOUR_PAIR) touched = t->a + t->b;
    r->coverage = (double)touched / units;
}

static double weeks_of(const struct us_landmark *frame)
{
    if (frame->cohort_count < 2) return 1;
    int64_t span =
        frame->cohort[frame->cohort_count - 1].start - frame->cohort[0].start;
    double weeks = (double)span / (double)(7 * US_DAY_US);
    return weeks < 1 ? 1 : weeks;
}

static void row_finish(const struct tally *w, const struct us_landmark *frame,
    uint32_t row, struct us_discovered *r)
{
    const struct tally_row *got = &w->rows[row];
    struct tally_cells all = {
        frame->converted, (int64_t)frame->count - frame->converted};
    r->is = w->is[row];
    r->table = table_of(got->exposed, all);
    r->late = table_of(got->late, w->late);
    r->early = minus(r->table, r->late);
    r->untouched = table_of(got->untouched, w->untouched);
    row_rates(w, frame, r);
    r->recall_all = (double)got->all_hits / (double)w->all;
    r->adjusted = adjusted(w, row);
    r->fires_per_week = (double)got->reached / weeks_of(frame);
    r->leak = leak_of(w, &r->is);
}

static void rows_q(struct us_discovered *rows, size_t count, struct us_arena *scratch)
{
    us_mark mark = us_arena_mark(scratch);
    double *p = us_new(scratch, double, count + 1);
    for (size_t i = 0; i < count; i++)
        p[i] = rows[i].fisher.p;
    us_bh(p, count, p, scratch);
    for (size_t i = 0; i < count; i++)
        rows[i].q = p[i];
    us_arena_pop(scratch, mark);
}

void us_discover(const struct us_landmark_asked *asked, const struct us_landmark *frame,
    const struct us_behaviour *rows, size_t count, struct us_arena *a,
    struct us_discovered_all *out)
{
    struct us_arena scratch;
    us_arena_init(&scratch, SCRATCH_MAX);
    struct tally w = {
        .q = asked, .u = asked->units, .scratch = &scratch, .is = rows, .count = count};
    us_tally(&w, frame);
    struct us_discovered *found = us_new(a, struct us_discovered, count + 1);
    for (uint32_t row = 0; row < count; row++)
        row_finish(&w, frame, row, &found[row]);
    leads(&w, found);
    rows_q(found, count, &scratch);
    us_arena_done(&scratch);
    *out = (struct us_discovered_all){.rows = found,
        .count = count,
        .base_rate = (double)frame->converted / (double)frame->count};
}

void us_discovered_keep(struct us_discovered_all *all, struct us_arena *scratch)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++) {
        struct us_fourfold t = all->rows[i].table;
        bool asked = t.a + t.b >= US_DISCOVER_UNITS_LEAST &&
                     t.c + t.d >= US_DISCOVER_UNITS_LEAST;
        if (asked) all->rows[kept++] = all->rows[i];
    }
    all->count = kept;
    rows_q(all->rows, kept, scratch);
}

void us_discovered_join(const struct us_discovered_all *each, size_t windows,
    struct us_arena *a, struct us_discovered_all *out)
{
    size_t count = 0;
    for (size_t i = 0; i < windows; i++)
        count += each[i].count;
    *out =
        (struct us_discovered_all){.rows = us_new(a, struct us_discovered, count + 1),
            .base_rate = windows ? each[0].base_rate : NAN};
    for (uint32_t i = 0; i < windows; i++)
        for (size_t k = 0; k < each[i].count; k++) {
            out->rows[out->count] = each[i].rows[k];
            out->rows[out->count++].window = i;
        }
    rows_q(out->rows, out->count, a);
}
