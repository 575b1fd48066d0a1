/* buf.h: text built up in an arena, with an end it may not pass.
 *
 * Grows by doubling inside its arena until cap_max.
 * Fails:   by latching `full`; later puts do nothing. Build it all, ask once.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

struct us_buf {
    struct us_arena *arena;
    char *ptr;
    size_t len;
    size_t cap;
    size_t cap_max;
    bool full;
};

struct us_buf us_buf_new(struct us_arena *a, size_t cap_max);
void us_buf_put(struct us_buf *b, us_str s);
void us_buf_char(struct us_buf *b, char c);
void us_buf_int(struct us_buf *b, int64_t n);
__attribute__((format(printf, 2, 3))) void us_buf_fmt(
    struct us_buf *b, const char *fmt, ...);

/* s as a JSON string, quotes and escapes included; for each byte that is no UTF-8
 * stands U+FFFD, so that it is JSON whatever s is. */
void us_buf_json(struct us_buf *b, us_str s);

/* s as a field of CSV (RFC 4180). An empty text is quoted, so that it differs from a
 * field that is not there. */
void us_buf_csv(struct us_buf *b, us_str s);

/* A finite number as JSON and expressions write it: shortest text that reads back
 * as the same double; whole numbers below 1e15 without a point. */
void us_buf_real(struct us_buf *b, double value);

us_str us_buf_str(const struct us_buf *b);
