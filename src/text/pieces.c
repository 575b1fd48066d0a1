/* pieces.c: numbers, shares, sizes and moments as people read them. */
#include "base/time.h"
#include "text/text.h"

#include <math.h>
#include <stdio.h>

/* digits (of a whole part, no sign) with a comma before every third. */
static void grouped(struct us_buf *out, us_str digits)
{
    for (size_t i = 0; i < digits.len; i++) {
        if (i && (digits.len - i) % 3 == 0) us_buf_char(out, ',');
        us_buf_char(out, digits.ptr[i]);
    }
}

/* A decimal text, sign and fraction allowed, its whole part grouped. */
static void decimal(struct us_buf *out, us_str text)
{
    size_t from = text.len && text.ptr[0] == '-';
    size_t point = us_str_find(text, US_S("."));
    us_buf_put(out, us_str_slice(text, 0, from));
    grouped(out, us_str_slice(text, from, point));
    us_buf_put(out, us_str_slice(text, point, text.len));
}

void us_say_whole(struct us_buf *out, us_lang lang, int64_t n)
{
    (void)lang; /* both languages group by thousands */
    char text[24];
    int len = snprintf(text, sizeof text, "%lld", (long long)n);
    decimal(out, (us_str){text, (size_t)len});
}

/* value with so many decimals, those that are zero at the end left out. */
static void rounded(struct us_buf *out, double value, int decimals)
{
    char text[400]; /* the largest double has 309 digits */
    int len = snprintf(text, sizeof text, "%.*f", decimals, value);
    us_str s = {text, (size_t)len};
    while (decimals && s.len && s.ptr[s.len - 1] == '0')
        s.len--;
    if (s.len && s.ptr[s.len - 1] == '.') s.len--;
    decimal(out, us_str_eq(s, US_S("-0")) ? US_S("0") : s);
}

/* Six significant digits are as many as anyone reads; large numbers keep cents. */
void us_say_real(struct us_buf *out, us_lang lang, double value)
{
    (void)lang;
    double size = fabs(value);
    if (isnan(value)) {
        us_buf_put(out, US_S("–"));
    } else if (isinf(value)) {
        us_buf_put(out, value < 0 ? US_S("-∞") : US_S("∞"));
    } else if (size != 0 && (size < 1e-4 || size >= 1e15)) {
        us_buf_fmt(out, "%.6g", value);
    } else if (value == floor(value)) {
        rounded(out, value, 0);
    } else {
        int before = size >= 1 ? (int)floor(log10(size)) + 1 : 0;
        rounded(out, value, before > 3 ? 2 : 6 - before);
    }
}

/* Two significant digits at the ends of the scale, whole per cents between. What is not
 * all is not said to be 100 %, what is not nothing not 0 %. */
static void per_cent(struct us_buf *out, double p)
{
    double size = fabs(p);
    if (size > 0 && size < 0.01) {
        us_buf_put(out, US_S("< 0.01"));
    } else if (size > 99.9 && size < 100) {
        us_buf_put(out, US_S("> 99.9"));
    } else {
        rounded(out, p, size < 1 ? 2 : size < 10 || (size > 99 && size < 100) ? 1 : 0);
    }
}

void us_say_share(struct us_buf *out, us_lang lang, double share)
{
    if (isfinite(share)) {
        per_cent(out, share * 100);
    } else {
        us_buf_put(out, US_S("–"));
    }
    us_buf_put(out, lang == US_ZH ? US_S("%") : US_S(" %"));
}

void us_say_bytes(struct us_buf *out, us_lang lang, int64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    (void)lang;
    double n = (double)bytes;
    size_t unit = 0;
    /* 999.6 kB would read as 1,000 kB. */
    while (
        fabs(n) >= (unit ? 999.5 : 1000) && unit + 1 < sizeof units / sizeof *units) {
        n /= 1000;
        unit++;
    }
    rounded(out, n, unit && fabs(n) < 9.95 ? 1 : 0);
    us_buf_fmt(out, " %s", units[unit]);
}

static bool is_moment(int64_t at)
{
    return at >= US_TIME_MIN && at < US_TIME_MAX;
}

void us_say_day(struct us_buf *out, us_lang lang, int64_t at)
{
    static const char *const months[] = {"text.month_1", "text.month_2", "text.month_3",
        "text.month_4", "text.month_5", "text.month_6", "text.month_7", "text.month_8",
        "text.month_9", "text.month_10", "text.month_11", "text.month_12"};
    if (!is_moment(at)) {
        us_say(out, lang, "text.no_time", NULL);
        return;
    }
    us_date d = us_date_of(at);
    char year[16];
    int len = snprintf(year, sizeof year, "%d", d.year); /* a year has no comma */
    us_say(out, lang, "text.day",
        US_ARGS(US_TEXT("year", ((us_str){year, (size_t)len})),
            US_WORD("month", months[d.month - 1]), US_WHOLE("day", d.day)));
}

void us_say_time(struct us_buf *out, us_lang lang, int64_t at)
{
    if (!is_moment(at)) {
        us_say(out, lang, "text.no_time", NULL);
        return;
    }
    us_date d = us_date_of(at);
    char clock[32];
    int len = snprintf(clock, sizeof clock, "%02d:%02d", d.hour, d.minute);
    us_say(out, lang, "text.time",
        US_ARGS(US_DAY("day", at), US_TEXT("clock", ((us_str){clock, (size_t)len}))));
}
