/* field.c: fields of the studies' JSON. */

#include "study/field.h"

#include "base/time.h"

#include <math.h>

void us_field_key(struct us_buf *out, const char *name)
{
    us_buf_fmt(out, ",\"%s\":", name);
}

static void number(struct us_buf *out, double value)
{
    if (isfinite(value))
        us_buf_real(out, value);
    else
        us_buf_put(out, US_S("null"));
}

void us_field_number(struct us_buf *out, const char *name, double value)
{
    us_field_key(out, name);
    number(out, value);
}

void us_field_whole(struct us_buf *out, const char *name, int64_t value)
{
    us_field_key(out, name);
    us_buf_int(out, value);
}

void us_field_text(struct us_buf *out, const char *name, us_str value)
{
    us_field_key(out, name);
    if (value.ptr)
        us_buf_json(out, value);
    else
        us_buf_put(out, US_S("null"));
}

void us_field_names(
    struct us_buf *out, const char *name, const us_str *names, size_t count)
{
    us_field_key(out, name);
    us_buf_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i) us_buf_char(out, ',');
        us_buf_json(out, names[i]);
    }
    us_buf_char(out, ']');
}

void us_field_time(struct us_buf *out, const char *name, int64_t at)
{
    us_field_key(out, name);
    if (at <= US_TIME_MIN || at >= US_TIME_MAX) {
        us_buf_put(out, US_S("null"));
        return;
    }
    us_buf_char(out, '"');
    us_time_put(out, at);
    us_buf_char(out, '"');
}

/* [low, high]; an end that cannot be told is null. */
void us_field_interval(struct us_buf *out, const char *name, struct us_interval in)
{
    us_field_key(out, name);
    us_buf_char(out, '[');
    number(out, in.low);
    us_buf_char(out, ',');
    number(out, in.high);
    us_buf_char(out, ']');
}
