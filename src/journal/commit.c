#include "journal/journal_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The line up to its chain, which is what the chain is made of. */
static size_t write_head(const struct us_commit *c, char out[US_COMMIT_BYTES_MAX])
{
    int n = snprintf(out, US_COMMIT_BYTES_MAX,
        "{\"us\":{\"commit\":{\"segment\":%" PRIu32 ",\"group\":%" PRIu64
        ",\"from\":%" PRIu64 ",\"to\":%" PRIu64 ",\"lines\":%" PRIu64
        ",\"seq\":%" PRId64 ",\"sum\":\"%016" PRIx64 "%016" PRIx64 "\",\"chain\":\"",
        c->segment, c->group, c->from, c->to, c->lines, c->seq, c->sum.hi, c->sum.lo);
    us_assert(n > 0 && n < US_COMMIT_BYTES_MAX);
    return (size_t)n;
}

us_print us_commit_chain(const struct us_commit *c, us_print before)
{
    char text[sizeof before + US_COMMIT_BYTES_MAX];
    memcpy(text, &before, sizeof before);
    size_t len = sizeof before + write_head(c, text + sizeof before);
    return us_print_of((us_str){text, len});
}

size_t us_commit_write(const struct us_commit *c, char out[US_COMMIT_BYTES_MAX])
{
    size_t len = write_head(c, out);
    int n = snprintf(out + len, US_COMMIT_BYTES_MAX - len,
        "%016" PRIx64 "%016" PRIx64 "\"}}}\n", c->chain.hi, c->chain.lo);
    us_assert(n > 0 && (size_t)n < US_COMMIT_BYTES_MAX - len);
    return len + (size_t)n;
}

static bool take(us_str *s, us_str word)
{
    if (!us_str_has_prefix(*s, word)) return false;
    *s = us_str_slice(*s, word.len, s->len);
    return true;
}

static bool take_number(us_str *s, us_str name, uint64_t most, uint64_t *out)
{
    if (!take(s, name)) return false;
    size_t n = 0;
    uint64_t value = 0;
    for (; n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9'; n++) {
        uint64_t digit = (uint64_t)(s->ptr[n] - '0');
        if (value > (most - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *s = us_str_slice(*s, n, s->len);
    *out = value;
    return n > 0;
}

static bool take_hex(us_str *s, uint64_t *out)
{
    if (s->len < 16) return false;
    uint64_t value = 0;
    for (size_t i = 0; i < 16; i++) {
        char c = s->ptr[i];
        bool digit = c >= '0' && c <= '9';
        if (!digit && (c < 'a' || c > 'f')) return false;
        value = value << 4 | (uint64_t)(digit ? c - '0' : c - 'a' + 10);
    }
    *s = us_str_slice(*s, 16, s->len);
    *out = value;
    return true;
}

static bool take_print(us_str *s, us_str name, us_print *out)
{
    return take(s, name) && take_hex(s, &out->hi) && take_hex(s, &out->lo);
}

bool us_commit_read(us_str text, struct us_commit *c, size_t *start)
{
    size_t least = text.len > US_COMMIT_BYTES_MAX ? text.len - US_COMMIT_BYTES_MAX : 0;
    if (text.len == 0 || text.ptr[text.len - 1] != '\n') return false;
    const char *end = memrchr(text.ptr + least, '\n', text.len - 1 - least);
    if (!end && least) return false;
    *start = end ? (size_t)(end - text.ptr) + 1 : 0;
    us_str line = us_str_slice(text, *start, text.len);
    us_str s = line;
    uint64_t segment = 0;
    uint64_t seq = 0;
    *c = (struct us_commit){0};
    if (!take_number(
            &s, US_S("{\"us\":{\"commit\":{\"segment\":"), UINT32_MAX, &segment) ||
        !take_number(&s, US_S(",\"group\":"), UINT64_MAX, &c->group) ||
        !take_number(&s, US_S(",\"from\":"), UINT64_MAX, &c->from) ||
        !take_number(&s, US_S(",\"to\":"), UINT64_MAX, &c->to) ||
        !take_number(&s, US_S(",\"lines\":"), UINT64_MAX, &c->lines) ||
        !take_number(&s, US_S(",\"seq\":"), INT64_MAX, &seq) ||
        !take_print(&s, US_S(",\"sum\":\""), &c->sum) ||
        !take_print(&s, US_S("\",\"chain\":\""), &c->chain))
        return false;
    c->segment = (uint32_t)segment;
    c->seq = (int64_t)seq;
    /* One way to write each number, so that what was read is what was written. */
    char again[US_COMMIT_BYTES_MAX];
    size_t len = us_commit_write(c, again);
    return us_str_eq(line, (us_str){again, len});
}
