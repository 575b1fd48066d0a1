/* naive_call.c: the referee's functions over events. What most of them are is said by
 * the rows that match in one stretch of time; prior, trend and first are the same over
 * another stretch.
 */

#include "signal/function.h"
#include "signal/naive.h"

enum { MONDAY = -3, WEEK_DAYS = 7 }; /* the first day of 1970's first ISO week */

bool us_naive_seen(struct us_asked q, size_t i)
{
    const struct us_log_event *e = &q.of.log->events[i];
    bool theirs = q.of.user == US_NOBODY || e->user == q.of.user;
    return theirs && e->from <= q.of.t && q.of.t < e->to;
}

static bool fits(struct us_asked q, uint32_t pattern, size_t i)
{
    const struct us_log_event *e = &q.of.log->events[i];
    const struct us_pattern *p = &q.of.plan->patterns[pattern];
    if (p->name != US_ANY_NAME && p->name != e->name) return false;
    q.row = i;
    if (p->where == US_NODE_NONE) return true;
    us_value where = us_naive_value(q, p->where);
    return where.kind == US_BOOL && where.truth;
}

static bool matches(struct us_asked q, const struct us_behind *b, size_t i)
{
    int64_t at = q.of.log->events[i].at;
    const struct us_node *n = b->call;
    if (!us_naive_seen(q, i) || at < b->from || at >= b->to) return false;
    bool one = n->pattern != US_NODE_NONE && fits(q, n->pattern, i);
    for (uint32_t k = 0; k < n->step_count; k++)
        one |= fits(q, n->steps[k], i);
    return one;
}

/* How many different numbers there are. */
static size_t distinct(const int64_t *list, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        size_t earlier = 0;
        while (list[earlier] != list[i])
            earlier++;
        found += earlier == i;
    }
    return found;
}

static us_value cell(struct us_asked q, size_t row, uint32_t column)
{
    return q.of.log->values[row * q.of.log->column_count + column];
}

/* Numbers are different when their decimals are. */
static bool same(us_value a, us_value b)
{
    int64_t x = 0;
    int64_t y = 0;
    if (a.kind != US_NUMBER) return us_value_same(a, b);
    return us_decimal(a, &x) && us_decimal(b, &y) && x == y;
}

/* Different values of one column; a number that is no decimal is skipped. */
static size_t distinct_in(struct us_asked q, const struct us_behind *b, uint32_t column)
{
    us_value *list = us_new(q.of.arena, us_value, q.of.log->event_count);
    size_t count = 0;
    int64_t millionths = 0;
    for (size_t i = 0; i < q.of.log->event_count; i++) {
        us_value v = cell(q, i, column);
        bool good = v.kind == US_NUMBER ? us_decimal(v, &millionths) : v.kind;
        if (!good || !matches(q, b, i)) continue;
        size_t earlier = 0;
        while (earlier < count && !same(list[earlier], v))
            earlier++;
        if (earlier == count) list[count++] = v;
    }
    return count;
}

/* What sum, mean, highest and lowest are made of: decimals, in millionths. */
struct decimals {
    __extension__ __int128 total;
    size_t count;
    int64_t highest, lowest;
};

static struct decimals decimals(struct us_asked q, const struct us_behind *b)
{
    struct decimals d = {.highest = INT64_MIN, .lowest = INT64_MAX};
    for (size_t i = 0; i < q.of.log->event_count; i++) {
        int64_t m = 0;
        bool number = us_decimal(cell(q, i, b->call->column), &m);
        if (!number || !matches(q, b, i)) continue;
        d.total += m;
        d.count++;
        if (m > d.highest) d.highest = m;
        if (m < d.lowest) d.lowest = m;
    }
    return d;
}

/* The greatest number of the newest moment that has one. */
static us_value newest(struct us_asked q, const struct us_behind *b)
{
    int64_t at = US_ALWAYS;
    int64_t value = 0;
    for (size_t i = 0; i < q.of.log->event_count; i++) {
        int64_t m = 0;
        int64_t then = q.of.log->events[i].at;
        bool number = us_decimal(cell(q, i, b->call->column), &m);
        if (!number || !matches(q, b, i) || then < at) continue;
        if (then > at || m > value) value = m;
        at = then;
    }
    return at == US_ALWAYS ? us_missing() : us_number((double)value / US_MILLION);
}

/* Of functions that read a number. */
static us_value measured(struct us_asked q, const struct us_behind *b)
{
    struct decimals d = decimals(q, b);
    us_function_id id = b->call->function->id;
    if (id == US_FN_sum) return us_number((double)d.total / US_MILLION);
    if (d.count == 0) return us_missing();
    if (id == US_FN_highest) return us_number((double)d.highest / US_MILLION);
    if (id == US_FN_lowest) return us_number((double)d.lowest / US_MILLION);
    return us_number((double)d.total / ((double)d.count * US_MILLION));
}

/* What the other functions over events are defined on: the rows that match. */
struct found {
    size_t count;
    int64_t *days, *users; /* of each; users has those of somebody */
    size_t user_count;
    int64_t first, last; /* day */
};

static struct found find(struct us_asked q, const struct us_behind *b)
{
    struct found f = {.first = US_NEVER, .last = US_ALWAYS};
    f.days = us_new(q.of.arena, int64_t, q.of.log->event_count);
    f.users = us_new(q.of.arena, int64_t, q.of.log->event_count);
    for (size_t i = 0; i < q.of.log->event_count; i++) {
        const struct us_log_event *e = &q.of.log->events[i];
        if (!matches(q, b, i)) continue;
        int64_t day = us_day(e->at);
        if (day < f.first) f.first = day;
        if (day > f.last) f.last = day;
        f.days[f.count++] = day;
        if (e->user != US_NOBODY) f.users[f.user_count++] = e->user;
    }
    return f;
}

static bool has(const int64_t *list, size_t count, int64_t wanted)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == wanted) return true;
    return false;
}

/* The run of days (or weeks) that ends with today's or, when that has none yet, with
 * the one before: its first, and how many. */
struct run {
    int64_t first, length;
};

static struct run run(struct us_asked q, const struct us_node *n)
{
    struct us_behind all = {n, US_ALWAYS, US_NEVER};
    struct found f = find(q, &all);
    int64_t now = us_day(q.of.t);
    if (n->function->id == US_FN_streak_weeks) {
        now = us_floor_div(now - MONDAY, WEEK_DAYS);
        for (size_t i = 0; i < f.count; i++)
            f.days[i] = us_floor_div(f.days[i] - MONDAY, WEEK_DAYS);
    }
    int64_t last = has(f.days, f.count, now) ? now : now - 1;
    struct run r = {.first = last + 1};
    while (has(f.days, f.count, r.first - 1))
        r.first--;
    r.length = last + 1 - r.first;
    return r;
}

/* The events of steps one after the other, each the earliest there is. */
static us_value seq(struct us_asked q, const struct us_behind *b)
{
    int64_t last = US_ALWAYS;
    for (uint32_t k = 0; k < b->call->step_count; k++) {
        int64_t next = US_NEVER;
        for (size_t i = 0; i < q.of.log->event_count; i++) {
            int64_t at = q.of.log->events[i].at;
            bool after = k == 0 || at > last;
            if (after && at < next && matches(q, b, i) && fits(q, b->call->steps[k], i))
                next = at;
        }
        if (next == US_NEVER) return us_bool(false);
        last = next;
    }
    return us_bool(true);
}

/* The buckets of n's window from `from` before that of now to `to` before it. */
static struct us_behind buckets(
    struct us_asked q, const struct us_node *n, int64_t from, int64_t to)
{
    bool hours = n->window.unit == US_HOURS;
    int64_t length = hours ? US_HOUR_US : US_DAY_US;
    int64_t now = hours ? us_hour(q.of.t) : us_day(q.of.t);
    return (struct us_behind){n, (now - from) * length, (now - to + 1) * length};
}

/* The first N days or hours of the account or user; none until they are over. */
static struct us_behind beginning(struct us_asked q, const struct us_node *n)
{
    int64_t length =
        n->window.n * (n->window.unit == US_HOURS ? US_HOUR_US : US_DAY_US);
    int64_t first = US_NEVER;
    for (size_t i = 0; i < q.of.log->event_count; i++)
        if (us_naive_seen(q, i) && q.of.log->events[i].at < first)
            first = q.of.log->events[i].at;
    if (first == US_NEVER || q.of.t < first + length)
        return (struct us_behind){n, 0, 0};
    return (struct us_behind){n, first, first + length};
}

static struct us_behind behind(struct us_asked q, const struct us_node *n)
{
    const struct us_node *in = n->function->inside ? &q.of.plan->nodes[n->args[0]] : n;
    us_function_id id = n->function->id;
    if (id == US_FN_prior) return buckets(q, in, 2 * in->window.n - 1, in->window.n);
    if (id == US_FN_trend) return buckets(q, in, 2 * in->window.n, 1);
    if (id == US_FN_first) return beginning(q, in);
    if (id == US_FN_streak || id == US_FN_streak_weeks) {
        int64_t day = run(q, n).first;
        if (id == US_FN_streak_weeks) day = day * WEEK_DAYS + MONDAY;
        return (struct us_behind){n, day * US_DAY_US, US_NEVER};
    }
    us_window w = n->function->window ? n->window : (us_window){.unit = US_ALL};
    return (struct us_behind){n, us_window_start(w, q.of.t), us_window_end(w, q.of.t)};
}

static us_value number_if(bool there, int64_t number)
{
    return there ? us_number((double)number) : us_missing();
}

static us_value over(struct us_asked q, struct us_behind b);

/* The last N buckets that are over, divided by the N before them. */
static us_value trend(struct us_asked q, const struct us_node *n)
{
    const struct us_node *in = &q.of.plan->nodes[n->args[0]];
    us_value now = over(q, buckets(q, in, in->window.n, 1));
    us_value before = over(q, buckets(q, in, 2 * in->window.n, in->window.n + 1));
    if (now.kind != US_NUMBER || before.kind != US_NUMBER) return us_missing();
    double floor = n->constant.number;
    return us_number(now.number / (before.number > floor ? before.number : floor));
}

static us_value over(struct us_asked q, struct us_behind b)
{
    const struct us_node *n = b.call;
    struct found f = find(q, &b);
    size_t different = 0;
    switch (n->function->id) {
    case US_FN_count: return us_number((double)f.count);
    case US_FN_users: return us_number((double)distinct(f.users, f.user_count));
    case US_FN_days: return us_number((double)distinct(f.days, f.count));
    case US_FN_sum:
    case US_FN_mean:
    case US_FN_highest:
    case US_FN_lowest: return measured(q, &b);
    case US_FN_latest: return newest(q, &b);
    case US_FN_distinct:
        for (int i = 0; i < 3; i++)
            different += distinct_in(q, &b, n->columns[i]);
        return us_number((double)different);
    case US_FN_since: return number_if(f.count > 0, us_day(q.of.t) - f.last);
    case US_FN_age: return number_if(f.count > 0, us_day(q.of.t) - f.first);
    case US_FN_ever: return us_bool(f.count > 0);
    case US_FN_seq: return seq(q, &b);
    case US_FN_prior:
    case US_FN_trend:
    case US_FN_first:
    case US_FN_streak:
    case US_FN_streak_weeks: /* of another stretch of time: us_naive_call */
    case US_FN_ratio:        /* these are over values: helper */
    case US_FN_least:
    case US_FN_most:
    case US_FN_round:
    case US_FN_coalesce:
    case US_FUNCTIONS:
    default: return us_missing();
    }
}

us_value us_naive_call(struct us_asked q, const struct us_node *n)
{
    us_mark mark = us_arena_mark(q.of.arena);
    us_function_id id = n->function->id;
    us_value v = us_missing();
    if (id == US_FN_trend) {
        v = trend(q, n);
    } else if (id == US_FN_streak || id == US_FN_streak_weeks) {
        v = us_number((double)run(q, n).length);
    } else {
        struct us_behind b = behind(q, n);
        bool over_yet = id != US_FN_first || b.from < b.to;
        if (over_yet) v = over(q, b);
    }
    us_arena_pop(q.of.arena, mark);
    return v;
}

/* Of a call per account it is anybody's. */
static struct us_asked of_scope(const struct us_question *q, const struct us_node *n)
{
    struct us_asked asked = {.of = *q};
    if (n->scope == US_PER_ACCOUNT) asked.of.user = US_NOBODY;
    return asked;
}

us_value us_naive_over(const struct us_question *q, struct us_behind b)
{
    us_mark mark = us_arena_mark(q->arena);
    us_value v = over(of_scope(q, b.call), b);
    us_arena_pop(q->arena, mark);
    return v;
}

struct us_behind us_naive_behind(
    const struct us_question *q, const struct us_node *call)
{
    us_mark mark = us_arena_mark(q->arena);
    struct us_behind b = behind(of_scope(q, call), call);
    us_arena_pop(q->arena, mark);
    return b;
}

bool us_naive_matches(const struct us_question *q, const struct us_behind *b, size_t i)
{
    return matches(of_scope(q, b->call), b, i);
}
