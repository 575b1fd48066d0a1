/* past_sieve.c: what the sieves of functions are made of: counts a day, people a day,
 * and both over the windows that end with each day. */

#include "signal/past_inner.h"

#include <math.h>
#include <string.h>

void us_vector_wholes(struct us_past *s, struct us_vector *v)
{
    v->form = US_FORM_WHOLE;
    v->whole_least = us_new(&s->work, int32_t, s->days + US_DAY_PAD);
    v->whole_end = us_new(&s->work, int32_t, s->days + US_DAY_PAD);
    v->whole_most = v->whole_end_most = v->whole_final = v->whole_end;
}

void us_vector_loosen(struct us_past *s, bool people, struct us_vector *v)
{
    const int32_t *swapping = people ? s->swapping : NULL;
    if (!swapping && !s->open) return;
    int32_t *end_least = us_new(&s->work, int32_t, s->days + US_DAY_PAD);
    int32_t *end_most = us_new(&s->work, int32_t, s->days + US_DAY_PAD);
    for (size_t d = 0; d < s->days; d++) {
        int32_t open = s->open ? s->open[d] : 0;
        int32_t by = (swapping ? swapping[d] : 0) + open;
        int32_t more = (swapping ? swapping[d] : 0) + (s->runs->to ? open : 0);
        end_least[d] = v->whole_end[d] > by ? v->whole_end[d] - by : 0;
        end_most[d] = v->whole_end[d] + more;
        v->whole_least[d] = v->whole_least[d] > by ? v->whole_least[d] - by : 0;
    }
    v->whole_end = end_least;
    v->whole_most = v->whole_end_most = end_most;
}

void us_vector_reals(struct us_past *s, struct us_vector *v)
{
    v->form = US_FORM_REAL;
    v->real_least = us_new(&s->work, double, s->days + US_DAY_PAD);
    v->real_most = us_new(&s->work, double, s->days + US_DAY_PAD);
    v->real_end = us_new(&s->work, double, s->days + US_DAY_PAD);
    v->real_end_most = v->real_end;
}

/* The runs of a pattern, when they are all of its rows. */
static bool plain_runs(
    const struct us_past *s, uint32_t pattern, uint32_t *from, uint32_t *to)
{
    const struct us_pattern *p = &s->plan->patterns[pattern];
    if (p->name == US_ANY_NAME || p->where != US_NODE_NONE) return false;
    *from = s->name_runs[p->name];
    *to = s->name_runs[p->name + 1];
    return true;
}

int32_t *us_past_day_counts(struct us_past *s, uint32_t pattern)
{
    const struct us_runs *r = s->runs;
    int32_t *counts = us_new(&s->work, int32_t, s->days + US_DAY_PAD);
    int64_t first = s->first_day;
    int64_t days = (int64_t)s->days;
    uint32_t from = 0;
    uint32_t to = 0;
    if (plain_runs(s, pattern, &from, &to)) {
        for (; from < to; from++)
            for (uint32_t k = r->runs[from].day_from; k < r->runs[from].day_to; k++)
                if (r->days[k].day - first < days)
                    counts[r->days[k].day - first] += (int32_t)r->days[k].count;
    } else if (s->plan->patterns[pattern].name == US_ANY_NAME) {
        for (size_t k = 0; k < r->user_day_count; k++)
            if (r->user_days[k].day - first < days)
                counts[r->user_days[k].day - first] += (int32_t)r->user_days[k].count;
    } else {
        const struct us_lane *l = us_past_lane(s, pattern);
        for (size_t i = 0; i < l->count; i++)
            if (us_day(l->at[i]) - first < days && us_lane_stays(l, i))
                counts[us_day(l->at[i]) - first]++;
    }
    return counts;
}

void us_days_within(const int32_t *counts, size_t n, int32_t *out, size_t days)
{
    int32_t sum = 0;
    for (size_t d = 0; d < days; d++) {
        sum += counts[d];
        if (d >= n) sum -= counts[d - n];
        out[d] = sum;
    }
}

struct people {
    struct us_past *s;
    struct us_person_days *out;
    int32_t *last; /* by local user: its last day plus 1; 0: none */
};

static void person_day(struct people *p, uint32_t user, int64_t day)
{
    int64_t d = day - p->s->first_day;
    if (user == US_NOBODY || d >= (int64_t)p->s->days) return;
    int32_t last = p->last[user] - 1;
    if (last == (int32_t)d) return;
    p->out->items[p->out->count++] =
        (struct us_person_day){(int32_t)d, last < 0 ? INT32_MIN : last, user};
    p->last[user] = (int32_t)d + 1;
}

const struct us_person_days *us_past_person_days(struct us_past *s, uint32_t pattern)
{
    const struct us_runs *r = s->runs;
    struct us_person_days *out = &s->person_days[pattern];
    if (out->turn == s->turn) return out;
    struct people p = {.s = s, .out = out};
    *out = (struct us_person_days){.turn = s->turn};
    p.last = us_new(&s->work, int32_t, r->facts.person_count + 1);
    if (s->plan->patterns[pattern].name == US_ANY_NAME) {
        out->items = us_new(&s->work, struct us_person_day, r->user_day_count + 1);
        for (size_t k = 0; k < r->user_day_count; k++)
            person_day(&p, r->user_days[k].user, r->user_days[k].day);
    } else {
        const struct us_lane *l = us_past_lane(s, pattern);
        out->items = us_new(&s->work, struct us_person_day, l->count + 1);
        for (size_t i = 0; i < l->count; i++)
            if (us_lane_stays(l, i)) person_day(&p, l->user[i], us_day(l->at[i]));
    }
    return out;
}

size_t us_person_days_from(const struct us_person_days *p, int64_t day)
{
    size_t from = 0;
    size_t to = p->count;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (p->items[mid].day < day)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

/* Each active day of a person covers the n days from it on; where the one before still
 * covers, it adds from where that ends. */
void us_people_within(
    const struct us_person_days *p, size_t n, int32_t *out, size_t days)
{
    memset(out, 0, days * sizeof *out);
    if (n == 0) return;
    for (size_t i = 0; i < p->count; i++) {
        int64_t from = p->items[i].day;
        int64_t to = from + (int64_t)n;
        bool covered = p->items[i].before != INT32_MIN;
        if (covered && p->items[i].before + (int64_t)n > from)
            from = p->items[i].before + (int64_t)n;
        if (from < (int64_t)days) out[from]++;
        if (to < (int64_t)days) out[to]--;
    }
    int32_t sum = 0;
    for (size_t d = 0; d < days; d++)
        out[d] = sum += out[d];
}

struct us_range us_vector_then(const struct us_past *s, const struct us_vector *v,
    size_t then, size_t now, bool people)
{
    struct us_range r = us_vector_end(v, then);
    if (v->form == US_FORM_WHOLE)
        r = us_range_number(v->whole_final[then], v->whole_final[then]);
    int32_t open = s->open ? s->open[now] : 0;
    int32_t swapping = people && s->swapping ? s->swapping[now] : 0;
    if (!open && !swapping) return r;
    r.least = fmax(r.least - open - swapping, 0);
    r.most += swapping + (s->runs->to ? open : 0);
    return r;
}

bool us_sieve_between(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    const struct us_lane *l = us_past_lane(s, n->pattern);
    struct us_rows all = {
        .lane = l, .runs = s->runs, .to = l->count, .user = US_NOBODY};
    struct us_decimals d = us_rows_decimals(s, n, &all);
    struct us_range r = us_range_missing();
    if (d.count) {
        r.least = (double)d.lowest / US_MILLION;
        r.most = (double)d.highest / US_MILLION;
    }
    us_vector_ranges(s, v);
    for (size_t i = 0; i < s->days; i++)
        v->range_in[i] = v->range_end[i] = r;
    return true;
}

const int64_t *us_past_sums(struct us_past *s, const struct us_node *n)
{
    const double most = 4e18;
    struct us_sums *sums = &s->sums[n - s->plan->nodes];
    if (sums->turn == s->turn) return sums->fit ? sums->before : NULL;
    const struct us_lane *l = us_past_lane(s, n->pattern);
    double all = 0;
    *sums = (struct us_sums){.turn = s->turn};
    sums->before = us_new(&s->work, int64_t, l->count + 1);
    for (size_t i = 0; i < l->count; i++) {
        int64_t part = 0;
        us_decimal(us_lane_value(s, l, i, n->column), &part);
        all += fabs((double)part);
        if (all > most) return NULL;
        sums->before[i + 1] = sums->before[i] + part;
    }
    sums->fit = true;
    return sums->before;
}
