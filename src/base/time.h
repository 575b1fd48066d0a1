/* time.h: moments and calendar, in UTC, without a clock.
 *
 * A moment is int64_t microseconds since 1970-01-01T00:00:00Z. A day is its floor
 * division by US_DAY_US (so days before 1970 work), an hour likewise. Reading the
 * clock is for server and cli; this file only computes.
 */
#pragma once

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define US_SECOND_US INT64_C(1000000)
#define US_MINUTE_US (60 * US_SECOND_US)
#define US_HOUR_US   (3600 * US_SECOND_US)
#define US_DAY_US    (86400 * US_SECOND_US)

/* Moments usher takes from outside: years 1900 to 2199. Others are bad input. */
#define US_TIME_MIN INT64_C(-2208988800000000)
#define US_TIME_MAX INT64_C(7258118400000000)

/* Before and after every moment. */
#define US_NEVER  INT64_MAX
#define US_ALWAYS INT64_MIN

static inline int64_t us_floor_div(int64_t a, int64_t b)
{
    return a / b - ((a % b != 0) & ((a < 0) != (b < 0)));
}

static inline int64_t us_day(int64_t at)
{
    return us_floor_div(at, US_DAY_US);
}

static inline int64_t us_hour(int64_t at)
{
    return us_floor_div(at, US_HOUR_US);
}

typedef struct us_date {
    int year, month, day; /* month 1-12 */
    int hour, minute, second, micro;
    int weekday; /* 1 Monday … 7 Sunday */
} us_date;

us_date us_date_of(int64_t at);

/* False when a field is out of its range (31 February is). weekday is ignored. */
bool us_date_time(us_date d, int64_t *at);

/* Months added as people do: 31 January + 1 is the last of February. */
int64_t us_add_months(int64_t at, int months);

/* ISO 8601 as clients write it: "2026-11-23", "2026-11-23T10:11:12Z",
 * "…12.345678Z", "…+02:00", "…+0200", a space for the T, no zone (taken as UTC).
 * More than six decimals are cut. A leap second counts as the next second. False
 * leaves *at alone; so does a moment outside US_TIME_MIN..US_TIME_MAX. */
bool us_time_read(us_str s, int64_t *at);

/* "2026-11-23T10:11:12.345Z": as few decimals as say it (0, 3 or 6). */
enum { US_TIME_TEXT_MAX = 32 };
us_str us_time_write(int64_t at, char text[US_TIME_TEXT_MAX]);
void us_time_put(struct us_buf *b, int64_t at);

/* A length as people write it: 90s 30m 24h 7d 4w. *unit is the letter, *n the
 * count; false when it is none. */
bool us_span_read(us_str s, int64_t *n, char *unit);
int64_t us_span_us(int64_t n, char unit);
