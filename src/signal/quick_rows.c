/* quick_rows.c: the rows of an account, made when they are asked for. */

#include "signal/quick.h"

#include <math.h>
#include <string.h>

enum { STEP = 16, SLACK = 5 * STEP };

/* ---- whether, and where not ---- */

static size_t blur(struct us_past *s, uint64_t *bits)
{
    size_t count = 0;
    for (size_t d = 0; d < s->days; d++) {
        bool blurred = (s->open && s->open[d]) || (s->swapping && s->swapping[d]);
        bits[d / 64] |= (uint64_t)blurred << (d % 64);
        count += blurred;
    }
    return count;
}

bool us_quick_here(struct us_past *s)
{
    struct us_quick *q = s->quick;
    if (q->turn == s->turn) return q->here;
    q->turn = s->turn;
    q->pool_at = 0;
    q->blurred = NULL;
    q->here = s->runs->row_count <= US_QUICK_ROWS_MAX && s->days > 0;
    if (!q->here || (!s->open && !s->swapping)) return q->here;
    uint64_t *bits = us_new(&s->work, uint64_t, us_past_words(s) + 1);
    /* Where many days say nothing, ranges say more. */
    q->here = blur(s, bits) <= 4 + s->days / 16;
    q->blurred = bits;
    return q->here;
}

/* ---- making ---- */

/* A number that grows from day to day, written out. */
struct filling {
    int16_t *row;
    size_t at, days;
    int16_t value;
};

static void fill(int16_t *row, size_t from, size_t to, int16_t value)
{
    int16_t block[STEP];
    for (int i = 0; i < STEP; i++)
        block[i] = value;
    for (; from < to; from += STEP)
        memcpy(row + from, block, sizeof block);
}

/* False: beyond the last day. */
static bool fill_on(struct filling *f, int64_t day, uint32_t more)
{
    size_t d = (size_t)day;
    if (d >= f->days) return false;
    if (d > f->at) fill(f->row, f->at, d, f->value);
    f->at = d;
    f->value = (int16_t)(f->value + (int16_t)more);
    return true;
}

static void fill_end(struct filling *f)
{
    fill(f->row, f->at, f->days, f->value);
}

static void of_any(struct us_past *s, bool days, struct filling *f)
{
    const struct us_runs *r = s->runs;
    int32_t last = INT32_MIN;
    for (size_t i = 0; i < r->user_day_count; i++) {
        const struct us_user_day *u = &r->user_days[i];
        uint32_t more = days ? u->day != last : u->count;
        last = u->day;
        if (more && !fill_on(f, u->day - s->first_day, more)) break;
    }
}

static void of_run(
    struct us_past *s, const struct us_run *run, bool days, struct filling *f)
{
    const struct us_run_day *list = s->runs->days;
    for (uint32_t i = run->day_from; i < run->day_to; i++)
        if (!fill_on(f, list[i].day - s->first_day, days ? 1 : list[i].count)) break;
}

static void of_lane(struct us_past *s, uint32_t pattern, bool days, struct filling *f)
{
    const struct us_lane *l = us_past_lane(s, pattern);
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < l->count; i++) {
        if (!us_lane_stays(l, i)) continue;
        int64_t day = us_day(l->at[i]);
        if (days && day == last) continue;
        last = day;
        if (!fill_on(f, day - s->first_day, 1)) break;
    }
}

/* The only run of a pattern whose rows are all of a run; NULL. */
static const struct us_run *only_run(const struct us_past *s, uint32_t pattern)
{
    const struct us_pattern *p = &s->plan->patterns[pattern];
    if (p->name == US_ANY_NAME || p->where != US_NODE_NONE) return NULL;
    uint32_t from = s->name_runs[p->name];
    bool one = s->name_runs[p->name + 1] == from + 1;
    return one ? &s->runs->runs[from] : NULL;
}

static void growing(struct us_past *s, struct us_quick_row *row)
{
    const struct us_pattern *p = &s->plan->patterns[row->pattern];
    bool days = row->of == US_ROW_DAYS;
    struct filling f = {.row = row->at, .days = s->days};
    const struct us_run *run = only_run(s, row->pattern);
    if (p->name == US_ANY_NAME && p->where == US_NODE_NONE)
        of_any(s, days, &f);
    else if (run)
        of_run(s, run, days, &f);
    else
        of_lane(s, row->pattern, days, &f);
    fill_end(&f);
}

/* Each active day of a person covers the n days from it on. */
static void people(struct us_past *s, struct us_quick_row *row)
{
    const struct us_person_days *p = us_past_person_days(s, row->pattern);
    int64_t days = (int64_t)s->days;
    int64_t n = row->n ? row->n : days;
    memset(row->at, 0, (s->days + STEP) * sizeof *row->at);
    memset(row->fresh, 0, (s->days + STEP) * sizeof *row->fresh);
    for (size_t i = 0; i < p->count; i++) {
        const struct us_person_day *of = &p->items[i];
        int64_t from = of->day;
        int64_t covered = of->before == INT32_MIN ? from : of->before + n;
        if (covered > from)
            from = covered;
        else
            row->fresh[from]++;
        if (from < days) row->at[from]++;
        if (of->day + n < days) row->at[of->day + n]--;
    }
    int16_t sum = 0;
    for (size_t d = 0; d < s->days; d++)
        row->at[d] = sum = (int16_t)(sum + row->at[d]);
}

static int16_t *room(struct us_past *s, size_t cap)
{
    return us_new(s->arena, int16_t, US_QUICK_PAD + cap + SLACK) + US_QUICK_PAD;
}

static const struct us_quick_row *row_of(struct us_past *s, uint32_t which)
{
    struct us_quick_row *row = &s->quick->rows[which];
    if (row->turn == s->turn) return row;
    row->turn = s->turn;
    if (row->cap < s->days) {
        row->cap = 2 * s->days;
        row->at = room(s, row->cap);
        if (row->of == US_ROW_USERS) row->fresh = room(s, row->cap);
    }
    if (row->of == US_ROW_USERS)
        people(s, row);
    else
        growing(s, row);
    return row;
}

static const int16_t *zeros(struct us_past *s)
{
    struct us_quick *q = s->quick;
    if (q->zero_cap < s->days) {
        q->zero_cap = 2 * s->days;
        q->zeros = room(s, q->zero_cap);
    }
    return q->zeros;
}

struct us_quick_view us_quick_view(struct us_past *s, struct us_quick_term t)
{
    const struct us_quick_row *row = row_of(s, t.row);
    const int16_t *end = row->at - t.back;
    if (row->of == US_ROW_USERS)
        return (struct us_quick_view){
            end, zeros(s), end, t.back ? zeros(s) : row->fresh};
    const int16_t *less = t.n ? end - t.n : zeros(s);
    return (struct us_quick_view){end, less, t.back ? end : end - 1, less};
}

/* ---- what cannot be ---- */

bool us_quick_reaches(struct us_past *s, struct us_quick_term t, int32_t k)
{
    enum { FEW = 24 };
    const struct us_quick_row *row = &s->quick->rows[t.row];
    const struct us_pattern *p = &s->plan->patterns[row->pattern];
    bool any = p->name == US_ANY_NAME;
    uint32_t rows = s->totals[any ? s->plan->need.name_count : p->name];
    if ((int64_t)rows < k) return false;
    if (row->of == US_ROW_USERS) return (int64_t)s->runs->facts.person_count >= k;
    if (k < 1 || row->turn == s->turn) return true;
    const struct us_run *run = only_run(s, row->pattern);
    if (!run || run->day_to - run->day_from > FEW || !t.n) return true;
    const struct us_run_day *list = s->runs->days;
    int64_t sum = 0;
    uint32_t from = run->day_from;
    for (uint32_t i = from; i < run->day_to; i++) {
        bool days = row->of == US_ROW_DAYS;
        sum += days ? 1 : list[i].count;
        for (; list[from].day + t.n <= list[i].day; from++)
            sum -= days ? 1 : list[from].count;
        if (sum >= k) return true;
    }
    return false;
}

/* ---- sums ---- */

static double bound_of(struct us_past *s, const struct us_quick_total *total)
{
    const struct us_runs *r = s->runs;
    uint32_t name = s->plan->patterns[total->pattern].name;
    bool any = name == US_ANY_NAME;
    uint32_t from = any ? 0 : s->name_runs[name];
    uint32_t to = any ? (uint32_t)r->run_count : s->name_runs[name + 1];
    double sum = 0;
    size_t rows = 0;
    for (; from < to; from++) {
        const uint64_t *cells = r->cells[from * r->column_count + total->column];
        size_t n = r->runs[from].to - r->runs[from].from;
        for (size_t i = 0; cells && i < n; i++) {
            double v = us_cell_number(cells[i]); /* US_CELL_NONE is no number */
            sum += v > 0 ? v : 0;
        }
        rows += n;
    }
    return sum * (1 + 1e-9) + (double)rows * 1e-6;
}

double us_quick_bound(struct us_past *s, uint32_t which)
{
    struct us_quick_total *total = &s->quick->totals[which];
    if (total->bound_turn == s->turn) return total->bound;
    total->bound_turn = s->turn;
    total->bound = bound_of(s, total);
    return total->bound;
}

static bool total_make(struct us_past *s, struct us_quick_total *total)
{
    const struct us_node *n = &s->plan->nodes[total->node];
    const struct us_lane *l = us_past_lane(s, total->pattern);
    const int64_t *sums = us_past_sums(s, n);
    size_t at = 0;
    int64_t value = 0;
    if (!sums || s->runs->to) return false;
    for (size_t i = 0; i < l->count; i++) {
        int64_t d = us_day(l->at[i]) - s->first_day;
        if (sums[i + 1] < sums[i]) return false;
        if (d >= (int64_t)s->days) break;
        for (; (int64_t)at < d; at++)
            total->at[at] = value;
        value = sums[i + 1];
    }
    for (; at < s->days; at++)
        total->at[at] = value;
    return true;
}

const int64_t *us_quick_total(struct us_past *s, uint32_t which)
{
    struct us_quick_total *total = &s->quick->totals[which];
    if (total->turn != s->turn) {
        total->turn = s->turn;
        if (total->cap < s->days) {
            total->cap = 2 * s->days;
            size_t all = US_QUICK_PAD + total->cap + SLACK;
            total->at = us_new(s->arena, int64_t, all) + US_QUICK_PAD;
        }
        total->fit = total_make(s, total);
    }
    return total->fit ? total->at : NULL;
}
