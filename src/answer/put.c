#include "answer/put.h"

#include <math.h>

void us_put_whole(struct us_buf *out, const char *key, int64_t n)
{
    us_buf_fmt(out, ",\"%s\":%lld", key, (long long)n);
}

void us_put_number(struct us_buf *out, double n)
{
    if (isfinite(n))
        us_buf_real(out, n);
    else
        us_buf_put(out, US_S("null"));
}

void us_put_real(struct us_buf *out, const char *key, double n)
{
    us_buf_fmt(out, ",\"%s\":", key);
    us_put_number(out, n);
}

void us_put_moment(struct us_buf *out, const char *key, int64_t t)
{
    us_buf_fmt(out, ",\"%s\":\"", key);
    us_time_put(out, t);
    us_buf_char(out, '"');
}

void us_put_interval(struct us_buf *out, const char *key, struct us_interval in)
{
    us_buf_fmt(out, ",\"%s\":[", key);
    us_put_number(out, in.low);
    us_buf_char(out, ',');
    us_put_number(out, in.high);
    us_buf_char(out, ']');
}

void us_put_rate(struct us_buf *out, const char *key, const struct us_backtest_rate *r)
{
    us_buf_fmt(out, ",\"%s\":{\"hits\":%lld,\"n\":%lld", key, (long long)r->hits,
        (long long)r->n);
    us_put_real(out, "rate", r->rate);
    us_put_interval(out, "ci95", r->in);
    us_buf_char(out, '}');
}

void us_put_days(struct us_buf *out, const char *key, const struct us_backtest_days *d)
{
    us_buf_fmt(out, ",\"%s\":{\"n\":%lld", key, (long long)d->n);
    us_put_real(out, "p25", d->p25);
    us_put_real(out, "median", d->median);
    us_put_real(out, "p75", d->p75);
    us_buf_char(out, '}');
}
