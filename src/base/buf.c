#include "base/buf.h"

#include "base/err.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAP_FIRST = 256 };

struct us_buf us_buf_new(struct us_arena *a, size_t cap_max)
{
    size_t cap = cap_max < CAP_FIRST ? cap_max : CAP_FIRST;
    return (struct us_buf){
        .arena = a, .ptr = us_alloc_raw(a, 1, 1, cap), .cap = cap, .cap_max = cap_max};
}

/* Room for n more bytes; false latches full. */
static bool room(struct us_buf *b, size_t n)
{
    if (b->full) return false;
    if (n <= b->cap - b->len) return true;
    if (n > b->cap_max - b->len) {
        b->full = true;
        return false;
    }
    size_t cap = b->cap;
    while (cap < b->len + n)
        cap = cap > b->cap_max / 2 ? b->cap_max : cap * 2;
    if (b->ptr + b->cap == b->arena->at) {
        us_alloc_raw(b->arena, 1, 1, cap - b->cap);
    } else {
        char *moved = us_alloc_raw(b->arena, 1, 1, cap);
        memcpy(moved, b->ptr, b->len);
        b->ptr = moved;
    }
    b->cap = cap;
    return true;
}

void us_buf_put(struct us_buf *b, us_str s)
{
    if (!room(b, s.len)) return;
    if (s.len) memcpy(b->ptr + b->len, s.ptr, s.len);
    b->len += s.len;
}

void us_buf_char(struct us_buf *b, char c)
{
    us_buf_put(b, (us_str){&c, 1});
}

void us_buf_int(struct us_buf *b, int64_t n)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%lld", (long long)n);
    us_buf_put(b, (us_str){text, (size_t)len});
}

void us_buf_fmt(struct us_buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    us_assert(len >= 0);
    if (room(b, (size_t)len + 1)) {
        vsnprintf(b->ptr + b->len, (size_t)len + 1, fmt, again);
        b->len += (size_t)len;
    }
    va_end(again);
    va_end(ap);
}

static size_t plain(us_str s, size_t i)
{
    size_t from = i;
    while (i < s.len && (unsigned char)s.ptr[i] >= 0x20 && s.ptr[i] != '"' &&
           s.ptr[i] != '\\')
        i++;
    return i - from;
}

static void escaped(struct us_buf *b, us_str s)
{
    for (size_t i = 0; i < s.len;) {
        size_t run = plain(s, i);
        us_buf_put(b, us_str_slice(s, i, i + run));
        i += run;
        if (i == s.len) break;
        char c = s.ptr[i++];
        if (c == '"' || c == '\\') {
            us_buf_put(b, (us_str){(char[]){'\\', c}, 2});
        } else if (c == '\n') {
            us_buf_put(b, US_S("\\n"));
        } else {
            us_buf_fmt(b, "\\u%04x", (unsigned char)c);
        }
    }
}

void us_buf_json(struct us_buf *b, us_str s)
{
    us_buf_char(b, '"');
    for (;;) {
        size_t good = us_str_utf8(s);
        escaped(b, us_str_slice(s, 0, good));
        if (good == s.len) break;
        us_buf_put(b, US_S("\xef\xbf\xbd"));
        s = us_str_slice(s, good + 1, s.len);
    }
    us_buf_char(b, '"');
}

void us_buf_csv(struct us_buf *b, us_str s)
{
    bool quoted = s.len == 0 || s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ';
    for (size_t i = 0; i < s.len && !quoted; i++)
        quoted = s.ptr[i] && strchr(",\"\r\n", s.ptr[i]);
    if (!quoted) {
        us_buf_put(b, s);
        return;
    }
    us_buf_char(b, '"');
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '"') us_buf_char(b, '"');
        us_buf_char(b, s.ptr[i]);
    }
    us_buf_char(b, '"');
}

void us_buf_real(struct us_buf *b, double value)
{
    us_assert(isfinite(value));
    if (value == floor(value) && fabs(value) < 1e15) {
        us_buf_int(b, (int64_t)value);
        return;
    }
    char text[40];
    int len = 0;
    for (int digits = 15; digits <= 17; digits++) {
        len = snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    us_buf_put(b, (us_str){text, (size_t)len});
}

us_str us_buf_str(const struct us_buf *b)
{
    return (us_str){b->ptr, b->len};
}
