#include "base/time.h"

#include <stdio.h>

/* Days from the civil date, proleptic Gregorian. Howard Hinnant, "chrono-Compatible
 * Low-Level Date Algorithms", days_from_civil and civil_from_days. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = us_floor_div(y, 400);
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

us_date us_date_of(int64_t at)
{
    int64_t day = us_day(at);
    int64_t rest = at - day * US_DAY_US;
    int64_t z = day + 719468;
    int64_t era = us_floor_div(z, 146097);
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    us_date d = {0};
    d.day = (int)(doy - (153 * mp + 2) / 5 + 1);
    d.month = (int)(mp < 10 ? mp + 3 : mp - 9);
    d.year = (int)(yoe + era * 400 + (d.month <= 2));
    d.hour = (int)(rest / US_HOUR_US);
    d.minute = (int)(rest / US_MINUTE_US % 60);
    d.second = (int)(rest / US_SECOND_US % 60);
    d.micro = (int)(rest % US_SECOND_US);
    d.weekday = (int)((day % 7 + 7 + 3) % 7) + 1; /* 1970-01-01 was a Thursday */
    return d;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

bool us_date_time(us_date d, int64_t *at)
{
    if (d.month < 1 || d.month > 12 || d.day < 1) return false;
    if (d.day > month_days(d.year, d.month)) return false;
    if (d.hour < 0 || d.hour > 23 || d.minute < 0 || d.minute > 59) return false;
    if (d.second < 0 || d.second > 60 || d.micro < 0 || d.micro > 999999) return false;
    int64_t t = days_from_civil(d.year, d.month, d.day) * US_DAY_US;
    t += d.hour * US_HOUR_US + d.minute * US_MINUTE_US + d.second * US_SECOND_US;
    *at = t + d.micro;
    return true;
}

int64_t us_add_months(int64_t at, int months)
{
    us_date d = us_date_of(at);
    int64_t index = (int64_t)d.year * 12 + d.month - 1 + months;
    d.year = (int)us_floor_div(index, 12);
    d.month = (int)(index - (int64_t)d.year * 12) + 1;
    int last = month_days(d.year, d.month);
    if (d.day > last) d.day = last;
    int64_t t = at;
    return us_date_time(d, &t) ? t : at;
}

/* Read exactly n digits at *p. */
static bool fixed(us_str s, size_t *p, size_t n, int *out)
{
    if (s.len - *p < n) return false;
    int value = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned)(s.ptr[*p + i] - '0');
        if (digit > 9) return false;
        value = value * 10 + (int)digit;
    }
    *p += n;
    *out = value;
    return true;
}

static bool one(us_str s, size_t *p, char c)
{
    if (*p >= s.len || s.ptr[*p] != c) return false;
    ++*p;
    return true;
}

static bool fraction(us_str s, size_t *p, int *micro)
{
    int value = 0;
    int weight = 100000;
    size_t from = *p;
    for (; *p < s.len && s.ptr[*p] >= '0' && s.ptr[*p] <= '9'; ++*p) {
        value += (s.ptr[*p] - '0') * weight;
        weight /= 10;
    }
    *micro = value;
    return *p > from;
}

static bool zone(us_str s, size_t *p, int64_t *offset)
{
    *offset = 0;
    if (*p == s.len || one(s, p, 'Z') || one(s, p, 'z')) return true;
    bool minus = s.ptr[*p] == '-';
    if (!minus && s.ptr[*p] != '+') return false;
    ++*p;
    int hours = 0;
    int minutes = 0;
    if (!fixed(s, p, 2, &hours)) return false;
    one(s, p, ':');
    if (*p < s.len && !fixed(s, p, 2, &minutes)) return false;
    if (hours > 23 || minutes > 59) return false;
    *offset = (hours * US_HOUR_US + minutes * US_MINUTE_US) * (minus ? -1 : 1);
    return true;
}

bool us_time_read(us_str s, int64_t *at)
{
    us_date d = {0};
    size_t p = 0;
    int64_t offset = 0;
    if (!fixed(s, &p, 4, &d.year) || !one(s, &p, '-')) return false;
    if (!fixed(s, &p, 2, &d.month) || !one(s, &p, '-')) return false;
    if (!fixed(s, &p, 2, &d.day)) return false;
    if (p < s.len) {
        if (!one(s, &p, 'T') && !one(s, &p, 't') && !one(s, &p, ' ')) return false;
        if (!fixed(s, &p, 2, &d.hour) || !one(s, &p, ':')) return false;
        if (!fixed(s, &p, 2, &d.minute)) return false;
        if (one(s, &p, ':') && !fixed(s, &p, 2, &d.second)) return false;
        bool point = one(s, &p, '.') || one(s, &p, ',');
        if (point && !fraction(s, &p, &d.micro)) return false;
        if (one(s, &p, ' ') && p == s.len) return false;
        if (!zone(s, &p, &offset)) return false;
    }
    int64_t t = 0;
    if (p != s.len || !us_date_time(d, &t)) return false;
    t -= offset;
    if (t < US_TIME_MIN || t >= US_TIME_MAX) return false;
    *at = t;
    return true;
}

us_str us_time_write(int64_t at, char text[US_TIME_TEXT_MAX])
{
    us_date d = us_date_of(at);
    int n = snprintf(text, US_TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d",
        d.year % 10000, d.month, d.day, d.hour, d.minute, d.second);
    size_t len = (size_t)n;
    if (d.micro % 1000) {
        n = snprintf(text + len, US_TIME_TEXT_MAX - len, ".%06d", d.micro);
        len += (size_t)n;
    } else if (d.micro) {
        n = snprintf(text + len, US_TIME_TEXT_MAX - len, ".%03d", d.micro / 1000);
        len += (size_t)n;
    }
    text[len++] = 'Z';
    return (us_str){text, len};
}

void us_time_put(struct us_buf *b, int64_t at)
{
    char text[US_TIME_TEXT_MAX];
    us_buf_put(b, us_time_write(at, text));
}

bool us_span_read(us_str s, int64_t *n, char *unit)
{
    if (s.len < 2) return false;
    char u = s.ptr[s.len - 1];
    if (u != 's' && u != 'm' && u != 'h' && u != 'd' && u != 'w') return false;
    int64_t count = 0;
    if (s.ptr[0] == '-' || !us_str_int(us_str_slice(s, 0, s.len - 1), &count))
        return false;
    if (count > 1000000) return false;
    *n = count;
    *unit = u;
    return true;
}

int64_t us_span_us(int64_t n, char unit)
{
    switch (unit) {
    case 's': return n * US_SECOND_US;
    case 'm': return n * US_MINUTE_US;
    case 'h': return n * US_HOUR_US;
    case 'd': return n * US_DAY_US;
    default: return n * 7 * US_DAY_US;
    }
}
