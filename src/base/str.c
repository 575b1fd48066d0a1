#include "base/str.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = 64, DISTANCE_MAX = 64 };

us_str us_str_c(const char *text)
{
    return text ? (us_str){text, strlen(text)} : (us_str){0};
}

bool us_str_eq(us_str a, us_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool us_str_has_prefix(us_str s, us_str prefix)
{
    return s.len >= prefix.len && us_str_eq((us_str){s.ptr, prefix.len}, prefix);
}

bool us_str_has_suffix(us_str s, us_str suffix)
{
    return s.len >= suffix.len &&
           us_str_eq(us_str_slice(s, s.len - suffix.len, s.len), suffix);
}

int us_str_cmp(us_str a, us_str b)
{
    size_t both = a.len < b.len ? a.len : b.len;
    int order = both ? memcmp(a.ptr, b.ptr, both) : 0;
    if (order) return order;
    return (a.len > b.len) - (a.len < b.len);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool us_str_eq_nocase(us_str a, us_str b)
{
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i])) return false;
    return true;
}

size_t us_str_find(us_str s, us_str needle)
{
    if (needle.len == 0) return 0;
    const char *at = s.len ? memmem(s.ptr, s.len, needle.ptr, needle.len) : NULL;
    return at ? (size_t)(at - s.ptr) : s.len;
}

us_str us_str_slice(us_str s, size_t from, size_t to)
{
    if (to > s.len) to = s.len;
    if (from >= to)
        return (us_str){s.len ? s.ptr + (from < s.len ? from : s.len) : NULL, 0};
    return (us_str){s.ptr + from, to - from};
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

us_str us_str_trim(us_str s)
{
    while (s.len && blank(s.ptr[0]))
        s = (us_str){s.ptr + 1, s.len - 1};
    while (s.len && blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

us_str us_str_cut(us_str s, char sep, us_str *rest)
{
    const char *at = s.len ? memchr(s.ptr, sep, s.len) : NULL;
    if (!at) {
        *rest = (us_str){0};
        return s;
    }
    size_t head = (size_t)(at - s.ptr);
    *rest = (us_str){at + 1, s.len - head - 1};
    return (us_str){s.ptr, head};
}

bool us_str_int(us_str s, int64_t *out)
{
    bool minus = s.len && s.ptr[0] == '-';
    size_t i = minus;
    if (i == s.len || s.len > 20) return false;
    uint64_t n = 0;
    uint64_t limit = (uint64_t)INT64_MAX + minus;
    for (; i < s.len; i++) {
        unsigned digit = (unsigned)(s.ptr[i] - '0');
        if (digit > 9 || n > (limit - digit) / 10) return false;
        n = n * 10 + digit;
    }
    *out = minus ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

static size_t digits(us_str s, size_t i)
{
    size_t from = i;
    while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
        i++;
    return i - from;
}

static bool number_shape(us_str s)
{
    size_t i = s.len && s.ptr[0] == '-';
    size_t n = digits(s, i);
    if (n == 0 || (n > 1 && s.ptr[i] == '0')) return false;
    i += n;
    if (i < s.len && s.ptr[i] == '.') {
        n = digits(s, i + 1);
        if (n == 0) return false;
        i += 1 + n;
    }
    if (i < s.len && (s.ptr[i] == 'e' || s.ptr[i] == 'E')) {
        i++;
        if (i < s.len && (s.ptr[i] == '+' || s.ptr[i] == '-')) i++;
        n = digits(s, i);
        if (n == 0) return false;
        i += n;
    }
    return i == s.len;
}

bool us_str_real(us_str s, double *out)
{
    if (!number_shape(s) || s.len >= NUMBER_MAX) return false;
    char text[NUMBER_MAX];
    memcpy(text, s.ptr, s.len);
    text[s.len] = 0;
    double value = strtod(text, NULL); /* no locale is ever set by usher */
    if (value > 1.7976931348623157e308 || value < -1.7976931348623157e308) return false;
    *out = value;
    return true;
}

/* The length of the valid UTF-8 sequence at p (n bytes are there); 0 when none. */
static size_t sequence(const unsigned char *p, size_t n, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (p[0] < 0x80) {
        *point = p[0];
        return 1;
    }
    size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc0 ? 2 : 0;
    if (len == 0 || len > n || p[0] > 0xf4) return 0;
    uint32_t c = p[0] & (0xffU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80) return 0;
        c = c << 6 | (p[i] & 0x3fU);
    }
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return 0;
    *point = c;
    return len;
}

size_t us_str_utf8(us_str s)
{
    size_t i = 0;
    while (i < s.len) {
        uint64_t word;
        if (i + 8 <= s.len) {
            memcpy(&word, s.ptr + i, 8);
            if (!(word & 0x8080808080808080U)) {
                i += 8;
                continue;
            }
        }
        uint32_t point;
        size_t n = sequence((const unsigned char *)s.ptr + i, s.len - i, &point);
        if (n == 0) break;
        i += n;
    }
    return i;
}

bool us_str_is_utf8(us_str s)
{
    return us_str_utf8(s) == s.len;
}

us_str us_str_clip(us_str s, size_t most)
{
    enum { LONGEST = 4 }; /* bytes of a character */
    if (s.len <= most) return s;
    for (size_t len = most; len && most - len < LONGEST; len--)
        if (((unsigned char)s.ptr[len] & 0xc0) != 0x80) return (us_str){s.ptr, len};
    return (us_str){s.ptr, most}; /* no text */
}

/* Unicode East Asian Width: the blocks that are wide, enough for Chinese text. */
static bool wide(uint32_t c)
{
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
           (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
           (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) ||
           (c >= 0x20000 && c <= 0x3fffd);
}

size_t us_str_columns(us_str s)
{
    size_t columns = 0;
    for (size_t i = 0; i < s.len;) {
        uint32_t c = 0;
        size_t n = sequence((const unsigned char *)s.ptr + i, s.len - i, &c);
        bool combining = c >= 0x300 && c <= 0x36f;
        columns += combining ? 0 : wide(c) ? 2 : 1;
        i += n ? n : 1;
    }
    return columns;
}

size_t us_str_distance(us_str a, us_str b)
{
    if (a.len > DISTANCE_MAX || b.len > DISTANCE_MAX) return SIZE_MAX;
    size_t rows[3][DISTANCE_MAX + 1];
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i + 2) % 3];
        const size_t *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            char x = lower(a.ptr[i - 1]);
            char y = lower(b.ptr[j - 1]);
            size_t best = last[j - 1] + (x != y);
            if (last[j] + 1 < best) best = last[j] + 1;
            if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
            bool swapped =
                i > 1 && j > 1 && x == lower(b.ptr[j - 2]) && y == lower(a.ptr[i - 2]);
            if (swapped && before[j - 2] + 1 < best) best = before[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[a.len % 3][b.len];
}
