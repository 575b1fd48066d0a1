/* put.h: fields of JSON that answers of studies have alike. Each begins with a comma;
 * what is NaN or infinite is null. */
#pragma once

#include "base/buf.h"
#include "study/backtest.h"

void us_put_whole(struct us_buf *out, const char *key, int64_t n);
void us_put_number(struct us_buf *out, double n); /* the value alone */
void us_put_real(struct us_buf *out, const char *key, double n);
void us_put_moment(struct us_buf *out, const char *key, int64_t t);
void us_put_interval(struct us_buf *out, const char *key, struct us_interval in);
void us_put_rate(struct us_buf *out, const char *key, const struct us_backtest_rate *r);
void us_put_days(struct us_buf *out, const char *key, const struct us_backtest_days *d);
