#include "study/silence.h"

#include <math.h>
#include <string.h>

enum { KEPT = (1 << US_SILENCE_WEEKS) - 1 };
static const double chance_most = 0.9;
static const double prior = 0.5; /* hours at the mean */
static const double year = 8760; /* hours */
static const double times_usual = 2;
static const double days_off = 0.5; /* of a week */

void us_silence_init(struct us_silence *s)
{
    memset(s, 0, sizeof *s); /* also between fields: states are compared, and stored */
    s->first = s->noticed = US_NEVER;
    s->last = US_ALWAYS;
}

/* n mod count, of negative n too. */
static size_t round_of(int64_t n, int64_t count)
{
    return (size_t)(n - count * us_floor_div(n, count));
}

static size_t slot_of(int64_t hour)
{
    return round_of(hour, US_SILENCE_WEEK);
}

static size_t day_of(int64_t day)
{
    return round_of(day, US_SILENCE_DAYS);
}

static int bits(uint8_t weeks)
{
    return __builtin_popcount(weeks);
}

/* −ln of the chance that nothing comes in an hour of the week. */
static double surprise_of(const struct us_silence *s, size_t slot)
{
    double mean = (double)s->busy / (US_SILENCE_WEEKS * US_SILENCE_WEEK);
    double p = (bits(s->weeks[slot]) + prior * mean) / (US_SILENCE_WEEKS + prior);
    return -log1p(-(p < chance_most ? p : chance_most));
}

static void learn(struct us_silence *s, int64_t hour, bool busy)
{
    uint8_t *weeks = &s->weeks[slot_of(hour)];
    s->busy -= bits(*weeks);
    *weeks = (uint8_t)((*weeks << 1 | busy) & KEPT);
    s->busy += bits(*weeks);
}

/* ---- what is usual ---- */

static double longest(const struct us_silence *s, int64_t day)
{
    double most = 0;
    for (int64_t d = 0; d < US_SILENCE_DAYS; d++) {
        int64_t of = s->day - d; /* the day this place stands for */
        if (of <= day - US_SILENCE_DAYS) break;
        double v = (double)s->longest[day_of(of)];
        if (v > most) most = v;
    }
    return most;
}

static void longest_put(struct us_silence *s, int64_t day, double surprise)
{
    int64_t gone = day - s->day < US_SILENCE_DAYS ? day - s->day : US_SILENCE_DAYS;
    for (int64_t d = 0; d < gone; d++)
        s->longest[day_of(day - d)] = 0;
    s->day = day;
    float *at = &s->longest[day_of(day)];
    if (surprise > (double)*at) *at = (float)surprise;
}

/* Of a silence that begins now. */
static double limit_of(const struct us_silence *s)
{
    double week = 0;
    int empty = 0;
    for (size_t i = 0; i < US_SILENCE_WEEK; i++) {
        week += surprise_of(s, i);
        empty += s->weeks[i] == 0;
    }
    double most = log(year);
    double own = times_usual * longest(s, us_day(s->last));
    double off = empty >= US_SILENCE_EMPTY ? days_off * week : 0;
    if (own > most) most = own;
    return off > most ? off : most;
}

/* ---- hour by hour ---- */

/* All hours before `hour` are over, and only the last event's had anything. */
static void pass(struct us_silence *s, int64_t hour)
{
    bool known = s->last - s->first >= US_SILENCE_DAYS * US_DAY_US;
    for (; s->hour < hour; s->hour++) {
        bool busy = s->hour == us_hour(s->last);
        if (busy) {
            s->surprise = 0;
        } else {
            if (s->surprise == 0) s->limit = limit_of(s);
            s->surprise += surprise_of(s, slot_of(s->hour));
        }
        learn(s, s->hour, busy);
        if (known && !busy && s->noticed == US_NEVER && s->surprise >= s->limit)
            s->noticed = (s->hour + 1) * US_HOUR_US;
    }
}

static bool span_of(const struct us_silence *s, int64_t t, struct us_silent_span *out)
{
    if (s->noticed == US_NEVER) return false;
    *out = (struct us_silent_span){.from = s->last, .to = t, .noticed = s->noticed};
    return true;
}

bool us_silence_take(struct us_silence *s, int64_t t, struct us_silent_span *out)
{
    if (s->first == US_NEVER) {
        s->first = s->last = t;
        s->hour = us_hour(t);
        s->day = us_day(t);
        return false;
    }
    if (t <= s->last) return false;
    int64_t hour = us_hour(t);
    bool silent = false;
    if (hour > us_hour(s->last)) {
        pass(s, hour);
        silent = span_of(s, t, out);
        /* What was longer than usual is no measure of it. */
        if (!silent && s->surprise > 0) longest_put(s, us_day(t), s->surprise);
        s->surprise = 0;
        s->noticed = US_NEVER;
    }
    s->last = t;
    return silent;
}

bool us_silence_at(const struct us_silence *s, int64_t t, struct us_silent_span *out)
{
    struct us_silence then = *s;
    if (s->first == US_NEVER || t <= s->last) return false;
    pass(&then, us_hour(t));
    if (!span_of(&then, t, out)) return false;
    out->open = true;
    return true;
}
