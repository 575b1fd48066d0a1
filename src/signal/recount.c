#include "signal/recount.h"

#include <math.h>
#include <string.h>

/* No history here has more rows or lasts longer. */
enum { ROWS_MAX = 64, ALL_DAYS = 60, DAYS_MAX = 256 };

struct count {
    const struct us_plan *plan;
    const struct us_log *log;
    const struct recount_asked *asked;
    int64_t t;
};

static us_value cell(struct count c, size_t row, const char *path, us_kind kind)
{
    for (size_t k = 0; k < c.log->column_count; k++) {
        const struct us_column *column = &c.plan->need.columns[k];
        if (column->kind == kind && us_str_eq(column->path, us_str_c(path)))
            return c.log->values[row * c.log->column_count + k];
    }
    return us_missing();
}

static bool seen(struct count c, size_t i)
{
    const struct us_log_event *e = &c.log->events[i];
    if (c.t < e->from || c.t >= e->to) return false;
    return c.asked->user == US_NOBODY || e->user == c.asked->user;
}

static bool counts(struct count c, size_t i, uint32_t name)
{
    if (!seen(c, i)) return false;
    if (!c.asked->any && c.log->events[i].name != name) return false;
    if (!c.asked->where) return true;
    us_value kind = cell(c, i, "kind", US_STRING);
    us_value amount = cell(c, i, "amount", US_NUMBER);
    return kind.kind == US_STRING && us_str_eq(kind.text, US_S("a")) &&
           amount.kind == US_NUMBER && amount.number > 0;
}

/* What has been met so far, bucket after bucket. */
struct tally {
    bool met[RECOUNT_PEOPLE], days[DAYS_MAX];
    double count, users, day_count;
    int64_t total, highest, lowest;
    int64_t numbers;
    us_value values[3 * ROWS_MAX]; /* sorted */
    size_t value_count;
};

static void keep(struct tally *s, us_value v)
{
    size_t at = s->value_count++;
    for (; at > 0 && us_value_cmp(s->values[at - 1], v) > 0; at--)
        s->values[at] = s->values[at - 1];
    s->values[at] = v;
}

static void add(struct count c, struct tally *s, size_t i)
{
    static const us_kind kinds[] = {US_BOOL, US_NUMBER, US_STRING};
    const struct us_log_event *e = &c.log->events[i];
    int64_t day = us_day(c.t) - us_day(e->at);
    s->count++;
    if (e->user != US_NOBODY && !s->met[e->user]) s->users++;
    if (e->user != US_NOBODY) s->met[e->user] = true;
    if (!s->days[day]) s->day_count++;
    s->days[day] = true;
    for (int k = 0; k < 3; k++) {
        us_value v = cell(c, i, c.asked->property, kinds[k]);
        int64_t part = 0;
        if (v.kind == US_NUMBER && us_decimal(v, &part)) {
            s->total += part;
            if (s->numbers == 0 || part > s->highest) s->highest = part;
            if (s->numbers == 0 || part < s->lowest) s->lowest = part;
            s->numbers++;
            v.number = (double)part;
        }
        if (v.kind != US_MISSING) keep(s, v);
    }
}

static us_value told(struct count c, const struct tally *s)
{
    const char *f = c.asked->function;
    double different = 0;
    for (size_t i = 0; i < s->value_count; i++)
        different += i == 0 || us_value_cmp(s->values[i - 1], s->values[i]) != 0;
    if (strcmp(f, "count") == 0) return us_number(s->count);
    if (strcmp(f, "users") == 0) return us_number(s->users);
    if (strcmp(f, "days") == 0) return us_number(s->day_count);
    if (strcmp(f, "sum") == 0) return us_number((double)s->total / 1e6);
    if (strcmp(f, "distinct") == 0) return us_number(different);
    if (s->numbers == 0) return us_missing();
    if (strcmp(f, "highest") == 0) return us_number((double)s->highest / 1e6);
    if (strcmp(f, "lowest") == 0) return us_number((double)s->lowest / 1e6);
    return us_number((double)s->total / ((double)s->numbers * 1e6));
}

/* Buckets of a length, from `from` to `to` of them after origin. */
struct stretch {
    int64_t origin, length, from, to;
};

static us_value over(struct count c, struct stretch s)
{
    struct tally tally = {.count = 0};
    for (int64_t bucket = s.from; bucket <= s.to; bucket++) {
        for (size_t i = 0; i < c.log->event_count; i++) {
            int64_t into = c.log->events[i].at - s.origin - bucket * s.length;
            bool in = into >= 0 && into < s.length;
            if (in && counts(c, i, c.asked->name)) add(c, &tally, i);
        }
    }
    return told(c, &tally);
}

static us_value first(struct count c, struct stretch s)
{
    int64_t last = US_ALWAYS;
    s.origin = US_NEVER;
    for (size_t i = 0; i < c.log->event_count; i++) {
        int64_t at = c.log->events[i].at;
        if (seen(c, i) && at < s.origin) s.origin = at;
    }
    if (s.origin < US_NEVER) last = s.origin + c.asked->n * s.length - 1;
    if (s.origin == US_NEVER || c.t <= last) return us_missing();
    s.from = 0;
    s.to = c.asked->n - 1;
    return over(c, s);
}

/* reached[k]: some k events stand one after the other for the first k steps. */
static us_value seq(struct count c, struct stretch s)
{
    bool reached[RECOUNT_STEPS + 1] = {true};
    int64_t from = s.origin + s.from * s.length;
    for (int64_t before = from - 1;;) {
        int64_t at = US_NEVER; /* the next moment with rows */
        for (size_t i = 0; i < c.log->event_count; i++) {
            int64_t other = c.log->events[i].at;
            if (other > before && other < at) at = other;
        }
        if (at >= s.origin + (s.to + 1) * s.length) break;
        for (size_t k = c.asked->steps; k > 0; k--)
            for (size_t i = 0; i < c.log->event_count && reached[k - 1]; i++)
                if (c.log->events[i].at == at && counts(c, i, c.asked->step[k - 1]))
                    reached[k] = true;
        before = at;
    }
    return us_bool(reached[c.asked->steps]);
}

/* Days ago, or weeks from Monday, are marked, and read from the newest. */
static us_value streak(struct count c, bool weeks)
{
    bool marked[DAYS_MAX] = {false};
    int64_t monday = us_day(c.t) - us_date_of(c.t).weekday;
    for (size_t i = 0; i < c.log->event_count; i++) {
        if (!counts(c, i, c.asked->name)) continue;
        int64_t at = c.log->events[i].at;
        int64_t ago = us_day(c.t) - us_day(at);
        if (weeks) ago = (monday - (us_day(at) - us_date_of(at).weekday)) / 7;
        marked[ago] = true;
    }
    double length = 0;
    for (int ago = !marked[0]; ago < DAYS_MAX && marked[ago]; ago++)
        length++;
    return us_number(length);
}

us_value recount(const struct us_plan *p, const struct us_log *log,
    const struct recount_asked *q, int64_t t)
{
    struct count c = {p, log, q, t};
    bool weeks = strcmp(q->function, "streak_weeks") == 0;
    if (weeks || strcmp(q->function, "streak") == 0) return streak(c, weeks);
    int64_t length = q->unit == 'h' ? US_HOUR_US : US_DAY_US;
    int64_t now = us_floor_div(t, length);
    int64_t n = q->unit == 'a' ? ALL_DAYS : q->n;
    struct stretch s = {0, length, now - n + 1, now};
    if (strcmp(q->function, "seq") == 0) return seq(c, s);
    if (strcmp(q->shape, "first") == 0) return first(c, s);
    if (strcmp(q->shape, "prior") == 0)
        return over(c, (struct stretch){0, length, now - 2 * n + 1, now - n});
    if (strcmp(q->shape, "trend") != 0) return over(c, s);
    us_value late = over(c, (struct stretch){0, length, now - n, now - 1});
    us_value early = over(c, (struct stretch){0, length, now - 2 * n, now - n - 1});
    if (late.kind == US_MISSING || early.kind == US_MISSING) return us_missing();
    return us_number(late.number / fmax(q->floor, early.number));
}
