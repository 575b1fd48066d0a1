/* field.h: fields of the studies' JSON, here and in answer/. Every field begins with
 * its comma; what cannot be told is null. */
#pragma once

#include "base/buf.h"
#include "stats/stats.h"

void us_field_key(struct us_buf *out, const char *name);
void us_field_number(struct us_buf *out, const char *name, double value);
void us_field_whole(struct us_buf *out, const char *name, int64_t value);
void us_field_text(
    struct us_buf *out, const char *name, us_str value); /* NULL ptr: null */
void us_field_names(
    struct us_buf *out, const char *name, const us_str *names, size_t count);
void us_field_time(struct us_buf *out, const char *name, int64_t at);
void us_field_interval(struct us_buf *out, const char *name, struct us_interval in);
