/* starter.c: where the gates of a first definition stand.
 *
 * For each account in use, three things over a trailing window of days: people, days
 * active, events of the product's work; by day, as far back as a run in the queue may
 * last. All gates stand at one quantile of the accounts in use; of the quantiles, the
 * one is taken at which the share in the queue on the last day is nearest to the aim.
 */

#include "answer/starter.h"

#include "base/time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ACCOUNTS_MAX = 20000, /* more are sampled: the shares are as good */
    QUALIFIED_LEAST = 3,
    DAYS_SEEN_LEAST = 3, /* active days of the median account that make a window do */
    WINDOWS = 3,
    EXPIRIES = 4,
    STEPS = 40, /* quantiles that are tried */
};
static const double SHARE_AIM = 0.05;
static const double NEAR_ENOUGH = 0.7;  /* 2.5 % to 10 %: a factor of two either way */
static const double TEAMS_LEAST = 0.05; /* accounts in use with two people or more */
static const int64_t windows[WINDOWS] = {14, 30, 90};
static const int64_t quiets[WINDOWS] = {7, 14, 30};
static const int64_t expiries[EXPIRIES] = {30, 60, 90, 365};

typedef enum measure { USERS, DAYS, WORK, RECENT, MEASURES } measure;

/* One account in use: each measure by day; the last is the last day of the log. */
struct series {
    uint32_t account;
    int32_t *of[MEASURES];
    bool out;           /* on the top plan */
    double now, before; /* events in the window, and in the one before it */
};

struct choice {
    const struct us_profile *p;
    const struct us_guesses *g;
    struct us_arena *a;
    struct us_starter_numbers *n;
    int64_t last;   /* day */
    int64_t length; /* days of a series */
    struct series *series;
    size_t count, cap;
    size_t stride;             /* each so many-th account is looked at */
    int32_t *sorted[MEASURES]; /* on the last day, ascending */
};

static int by_user(const void *x, const void *y)
{
    const struct us_profile_row *a = x;
    const struct us_profile_row *b = y;
    if (a->user != b->user) return a->user < b->user ? -1 : 1;
    return (a->day > b->day) - (a->day < b->day);
}

/* +1 on the days [from, to] of a series of differences. */
static void spread(const struct choice *c, int32_t *series, int64_t from, int64_t to)
{
    int64_t first = c->last - c->length + 1;
    if (to > c->last) to = c->last;
    if (from < first) from = first;
    if (from > to) return;
    series[from - first]++;
    series[to - first + 1]--;
}

static void summed(const struct choice *c, int32_t *series)
{
    for (int64_t i = 1; i < c->length; i++)
        series[i] += series[i - 1];
}

static bool is_top_plan(const struct choice *c, uint32_t account)
{
    const struct us_starter_numbers *n = c->n;
    if (n->top_plan.len == 0) return false;
    us_value v = us_profile_account_trait(c->p, account, n->plan_trait);
    return v.kind == US_STRING && us_str_eq(v.text, n->top_plan);
}

static void people_spread(const struct choice *c, const struct us_profile_row *rows,
    size_t count, int32_t *series)
{
    us_mark mark = us_arena_mark(c->a);
    struct us_profile_row *by = us_new(c->a, struct us_profile_row, count + 1);
    memcpy(by, rows, count * sizeof *by);
    qsort(by, count, sizeof *by, by_user);
    for (size_t i = 0; i < count; i++) {
        int64_t to = by[i].day + c->n->window - 1;
        bool again = i + 1 < count && by[i + 1].user == by[i].user;
        if (again && by[i + 1].day <= to) to = by[i + 1].day - 1;
        spread(c, series, by[i].day, to);
    }
    us_arena_pop(c->a, mark);
}

/* Rows that any day of the series can see. */
static const struct us_profile_row *seen(
    const struct choice *c, uint32_t account, size_t *count)
{
    const struct us_profile_account *a = &c->p->accounts[account];
    int64_t from = c->last - c->length - 2 * c->n->window;
    size_t i = a->row;
    size_t end = a->row + a->row_count;
    while (i < end && c->p->rows[i].day < from)
        i++;
    *count = end - i;
    return c->p->rows + i;
}

static void account_series(struct choice *c, uint32_t account)
{
    const struct us_profile_account *a = &c->p->accounts[account];
    int64_t window = c->n->window;
    if (a->last_day <= c->last - window) return;
    struct series *s = us_push(c->a, c->series, c->count, c->cap);
    *s = (struct series){.account = account, .out = is_top_plan(c, account)};
    for (int m = 0; m < MEASURES; m++)
        s->of[m] = us_new(c->a, int32_t, (size_t)c->length + 1);
    size_t count = 0;
    const struct us_profile_row *rows = seen(c, account, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t day = rows[i].day;
        s->now += day > c->last - window;
        s->before += day <= c->last - window && day > c->last - 2 * window;
        if (rows[i].name == c->n->work_event)
            spread(c, s->of[WORK], day, day + window - 1);
        if (i > 0 && rows[i - 1].day == day) continue;
        spread(c, s->of[DAYS], day, day + window - 1);
        spread(c, s->of[RECENT], day, day + c->n->quiet);
    }
    people_spread(c, rows, count, s->of[USERS]);
    for (int m = 0; m < MEASURES; m++)
        summed(c, s->of[m]);
}

static int by_number(const void *x, const void *y)
{
    const int32_t *a = x;
    const int32_t *b = y;
    return (*a > *b) - (*a < *b);
}

static int32_t last_of(const struct choice *c, size_t i, measure m)
{
    return c->series[i].of[m][c->length - 1];
}

static void sort_measures(struct choice *c)
{
    for (int m = 0; m < MEASURES; m++) {
        c->sorted[m] = us_new(c->a, int32_t, c->count + 1);
        for (size_t i = 0; i < c->count; i++)
            c->sorted[m][i] = last_of(c, i, (measure)m);
        if (c->count) qsort(c->sorted[m], c->count, sizeof(int32_t), by_number);
    }
}

static double quantile(const struct choice *c, measure m, double q)
{
    if (c->count == 0) return 0;
    return c->sorted[m][(size_t)(q * (double)(c->count - 1) + 0.5)];
}

/* Small numbers as they are, larger ones to one or two digits that people remember. */
static double round_number(double v)
{
    if (v <= 20) return round(v);
    double unit = pow(10, floor(log10(v)));
    double step = unit / (v / unit < 2 ? 4 : 2);
    return floor(v / step) * step; /* never past what was seen */
}

static struct us_bar bar(const struct choice *c, measure m, double at)
{
    size_t count = 0;
    for (size_t i = 0; i < c->count; i++)
        count += c->sorted[m][i] >= at;
    return (struct us_bar){at, c->count ? (double)count / (double)c->count : 0};
}

static bool passes(const struct choice *c, const struct series *s, int64_t day)
{
    const struct us_starter_numbers *n = c->n;
    return s->of[RECENT][day] > 0 && s->of[DAYS][day] >= n->days.at &&
           (!n->teams || s->of[USERS][day] >= n->users.at) &&
           (n->work_event == US_PROFILE_NONE || s->of[WORK][day] >= n->work.at);
}

/* In the queue on the last day: the gates hold, and not for longer than it is kept. */
static bool in_queue(const struct choice *c, const struct series *s)
{
    if (s->out) return false;
    int64_t day = c->length - 1;
    while (day >= 0 && passes(c, s, day))
        day--;
    int64_t held = c->length - 1 - day;
    return held > 0 && held <= c->n->expires;
}

static size_t queued(const struct choice *c)
{
    size_t count = 0;
    for (size_t i = 0; i < c->count; i++)
        count += in_queue(c, &c->series[i]);
    return count;
}

static void gates_at(struct choice *c, double q)
{
    struct us_starter_numbers *n = c->n;
    n->users = bar(c, USERS, fmax(2, round_number(quantile(c, USERS, q))));
    n->days = bar(c, DAYS, fmax(2, round_number(quantile(c, DAYS, q))));
    n->work = bar(c, WORK, fmax(1, round_number(quantile(c, WORK, q))));
}

/* How far a number of accounts is from the aim; a queue of none is no queue. */
static double distance(const struct choice *c, size_t count)
{
    double aim = fmax(SHARE_AIM * (double)c->count, QUALIFIED_LEAST);
    if (count == 0) return INFINITY;
    double few = count * c->stride < QUALIFIED_LEAST ? NEAR_ENOUGH / 2 : 0;
    return fabs(log((double)count / aim)) + few;
}

/* Gates at quantiles from..to, in STEPS, each tried; true when one comes near enough.
 */
static bool gates_try(struct choice *c, int from, int to,
    struct us_starter_numbers *best, double *nearest)
{
    struct us_starter_numbers *n = c->n;
    for (int step = from; step < to; step++) {
        double q = (double)step / STEPS;
        gates_at(c, q);
        double d = distance(c, queued(c));
        if (d >= *nearest) continue;
        *nearest = d;
        *best = *n;
        best->users_high = bar(c, USERS, round_number(quantile(c, USERS, (1 + q) / 2)));
        best->work_high = bar(c, WORK, round_number(quantile(c, WORK, (1 + q) / 2)));
    }
    return *nearest <= NEAR_ENOUGH;
}

/* Above the median if that gives a queue at all: where the heaviest accounts have been
 * that heavy for long, a run may have to last longer before it expires. */
static void gates_choose(struct choice *c)
{
    struct us_starter_numbers *n = c->n;
    struct us_starter_numbers best = *n;
    double nearest = INFINITY;
    bool found = false;
    for (int e = 0; e < EXPIRIES && !found; e++) {
        n->expires = expiries[e];
        found = gates_try(c, STEPS / 2, STEPS, &best, &nearest);
    }
    for (int e = 0; e < EXPIRIES && !found; e++) {
        n->expires = expiries[e];
        found = gates_try(c, 0, STEPS / 2, &best, &nearest);
    }
    *n = best;
    n->enough = isfinite(nearest);
    if (n->users_high.at <= n->users.at)
        n->users_high = bar(c, USERS, round_number(1.5 * n->users.at + 1));
    if (n->work_high.at <= n->work.at)
        n->work_high = bar(c, WORK, round_number(1.5 * n->work.at + 1));
    n->qualified = queued(c) * c->stride;
}

static void growth_choose(struct choice *c)
{
    double *before = us_new(c->a, double, c->count + 1);
    size_t grown = 0;
    size_t used = 0;
    for (size_t i = 0; i < c->count; i++)
        if (c->series[i].before > 0) before[used++] = c->series[i].before;
    double sum = 0;
    for (size_t i = 0; i < used; i++)
        sum += log(before[i]);
    /* The geometric mean: a few very large accounts do not move it. */
    c->n->growth_floor = fmax(5, used ? round_number(exp(sum / (double)used)) : 0);
    for (size_t i = 0; i < c->count; i++) {
        const struct series *s = &c->series[i];
        grown += s->now / fmax(s->before, c->n->growth_floor) >= US_STARTER_GROWTH;
    }
    c->n->growth_share = c->count ? (double)grown / (double)c->count : 0;
}

/* Days active of the median account in use over so many days. */
static double median_days(const struct choice *c, int64_t window)
{
    us_mark mark = us_arena_mark(c->a);
    int32_t *days = us_new(c->a, int32_t, c->p->account_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < c->p->account_count; i++) {
        const struct us_profile_account *a = &c->p->accounts[i];
        if (a->last_day <= c->last - window) continue;
        int32_t before = INT32_MAX;
        for (size_t r = a->row + a->row_count; r-- > a->row;) {
            int32_t day = c->p->rows[r].day;
            if (day <= c->last - window) break;
            days[count] += day != before;
            before = day;
        }
        count++;
    }
    if (count) qsort(days, count, sizeof *days, by_number);
    double median = count ? days[count / 2] : 0;
    us_arena_pop(c->a, mark);
    return median;
}

static void window_choose(struct choice *c)
{
    int i = 0;
    while (i < WINDOWS - 1 && median_days(c, windows[i]) < DAYS_SEEN_LEAST)
        i++;
    c->n->window = windows[i];
    c->n->quiet = quiets[i];
}

/* Done again and again, and by many accounts: only then does a number of it say much.
 */
static bool recurs(const struct us_profile *p, const struct us_profile_event *event)
{
    return event->accounts > 0 && event->with_account >= 3 * event->accounts &&
           event->accounts * 5 >= (int64_t)p->account_count;
}

/* What accounts do with the product: what activates them when that recurs, else the
 * most common thing that somebody did. */
static void work_choose(struct choice *c)
{
    const struct us_profile *p = c->p;
    const struct us_profile_event *activated =
        us_guesses_event(p, c->g, US_ROLE_ACTIVATED);
    c->n->work_event = US_PROFILE_NONE;
    if (activated && recurs(p, activated)) {
        c->n->work_event = (uint32_t)(activated - p->events);
        return;
    }
    for (uint32_t i = 0; i < p->event_count; i++) {
        if (!recurs(p, &p->events[i]) || !us_role_is_usable(p->events[i].name, c->a))
            continue;
        c->n->work_event = i;
        return;
    }
}

/* Whose use is in the top quarter, by the first measure that can tell. */
static void heavy_mark(struct choice *c)
{
    measure m = c->n->teams ? USERS : c->n->work_event != US_PROFILE_NONE ? WORK : DAYS;
    double least = fmax(1, quantile(c, m, 0.75));
    c->n->use = us_new(c->a, us_use, c->p->account_count + 1);
    for (size_t i = 0; i < c->count; i++)
        c->n->use[c->series[i].account] =
            last_of(c, i, m) >= least ? US_USE_HEAVY : US_USE_SOME;
}

static bool like_plan(us_str key)
{
    static const us_str keys[] = {US_S_INIT("plan"), US_S_INIT("plan_name"),
        US_S_INIT("planName"), US_S_INIT("tier"), US_S_INIT("subscription"),
        US_S_INIT("tariff"), US_S_INIT("tariffPlan"), US_S_INIT("套餐")};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (us_str_eq_nocase(keys[i], key)) return true;
    return false;
}

static void plan_choose(struct choice *c)
{
    static const us_str tops[] = {
        US_S_INIT("enterprise"), US_S_INIT("企业版"), US_S_INIT("旗舰版")};
    c->n->plan_trait = US_PROFILE_NONE;
    for (uint32_t i = 0; i < c->p->account_trait_count; i++) {
        const struct us_profile_field *field = &c->p->account_traits[i];
        if (!like_plan(field->key) || field->texts == 0) continue;
        c->n->plan_trait = i;
        for (size_t v = 0; v < field->value_count; v++)
            for (size_t k = 0; k < sizeof tops / sizeof *tops; k++)
                if (us_str_eq_nocase(field->values[v].text, tops[k]))
                    c->n->top_plan = field->values[v].text;
        return;
    }
}

void us_starter_choose(const struct us_profile *p, const struct us_guesses *g,
    struct us_arena *a, struct us_starter_numbers *out)
{
    *out = (struct us_starter_numbers){.window = windows[0],
        .quiet = quiets[0],
        .expires = expiries[0],
        .growth_floor = 50};
    struct choice c = {.p = p, .g = g, .a = a, .n = out, .stride = 1};
    out->work_event = out->plan_trait = US_PROFILE_NONE;
    if (p->row_count == 0) return;
    c.last = us_day(p->later ? p->now : p->known); /* when the queue is asked about */
    window_choose(&c);
    work_choose(&c);
    plan_choose(&c);
    c.length = expiries[EXPIRIES - 1] + 2;
    c.stride = p->account_count / ACCOUNTS_MAX + 1;
    for (uint32_t i = 0; i < p->account_count; i += (uint32_t)c.stride)
        account_series(&c, i);
    out->active = c.count * c.stride;
    sort_measures(&c);
    size_t teams = 0;
    for (size_t i = 0; i < c.count; i++)
        teams += c.sorted[USERS][i] >= 2;
    out->teams = (double)teams >= TEAMS_LEAST * (double)c.count && teams > 0;
    gates_choose(&c);
    growth_choose(&c);
    heavy_mark(&c);
}
