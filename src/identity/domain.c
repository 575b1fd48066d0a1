/* domain.c: from an e-mail address or a host to the domain a company registers.
 *
 * The Public Suffix List is the one built into libpsl. A domain that is not ASCII is
 * brought to lower case and NFKC by libpsl, then to the form DNS knows (RFC 3492,
 * "xn--…"), so that both spellings are one company.
 */

#include "identity/identity.h"

#include <libpsl.h>
#include <string.h>

enum { HOST_BYTES_MAX = 253, LABEL_BYTES_MAX = 63, POINTS_MAX = 63 };

static bool is_ascii(us_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] >= 0x80) return false;
    return true;
}

/* What stands after the last @, without what people and mailers put around it. */
static us_str host_of(us_str address)
{
    us_str s = us_str_trim(address);
    for (size_t i = s.len; i > 0; i--) {
        if (s.ptr[i - 1] != '@') continue;
        s = us_str_slice(s, i, s.len);
        break;
    }
    if (s.len && s.ptr[s.len - 1] == '>') s.len--;
    if (s.len && s.ptr[s.len - 1] == '.') s.len--;
    return s;
}

/* Labels of letters, digits, - and _ (seen in the wild), and anything not ASCII; at
 * least two, the last one with a letter, or it is an IP address. */
static bool is_host(us_str host)
{
    if (host.len == 0 || host.len > HOST_BYTES_MAX) return false;
    size_t labels = 0;
    bool letter = false;
    while (host.ptr) {
        us_str label = us_str_cut(host, '.', &host);
        if (label.len == 0 || label.len > LABEL_BYTES_MAX) return false;
        letter = false;
        for (size_t i = 0; i < label.len; i++) {
            unsigned char c = (unsigned char)label.ptr[i];
            bool digit = (c >= '0' && c <= '9') || c == '-' || c == '_';
            bool other = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
            if (!digit && !other) return false;
            letter |= other;
        }
        labels++;
    }
    return labels >= 2 && letter;
}

/* The next code point of text already known to be UTF-8. */
static uint32_t point_at(us_str s, size_t *i)
{
    unsigned char c = (unsigned char)s.ptr[(*i)++];
    if (c < 0x80) return c;
    int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    uint32_t point = c & (0x3fU >> more);
    for (; more > 0 && *i < s.len; more--)
        point = point << 6 | ((unsigned char)s.ptr[(*i)++] & 0x3fU);
    return point;
}

/* RFC 3492 §6.1. */
static uint32_t adapt(uint32_t delta, uint32_t count, bool first)
{
    delta = first ? delta / 700 : delta / 2;
    delta += delta / count;
    uint32_t k = 0;
    for (; delta > (36 - 1) * 26 / 2; k += 36)
        delta /= 36 - 1;
    return k + (36 - 1 + 1) * delta / (delta + 38);
}

/* One number as digits a-z0-9 of a base that varies, RFC 3492 §6.3. */
static void put_delta(struct us_buf *out, uint32_t delta, uint32_t bias)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (uint32_t k = 36;; k += 36) {
        uint32_t least = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
        if (delta < least) break;
        us_buf_char(out, digits[least + (delta - least) % (36 - least)]);
        delta = (delta - least) / (36 - least);
    }
    us_buf_char(out, digits[delta]);
}

static void put_label(struct us_buf *out, us_str label)
{
    if (is_ascii(label)) {
        us_buf_put(out, label);
        return;
    }
    uint32_t points[POINTS_MAX];
    uint32_t count = 0;
    us_buf_put(out, US_S("xn--"));
    uint32_t done = 0;
    for (size_t i = 0; i < label.len && count < POINTS_MAX;) {
        points[count] = point_at(label, &i);
        if (points[count] < 0x80) us_buf_char(out, (char)points[count]);
        done += points[count++] < 0x80;
    }
    uint32_t basic = done;
    if (basic) us_buf_char(out, '-');
    uint32_t from = 0x80;
    uint32_t delta = 0;
    uint32_t bias = 72;
    /* 63 points below 2^21 keep delta far from overflow. */
    for (; done < count; delta++, from++) {
        uint32_t next = UINT32_MAX;
        for (uint32_t k = 0; k < count; k++)
            if (points[k] >= from && points[k] < next) next = points[k];
        delta += (next - from) * (done + 1);
        from = next;
        for (uint32_t k = 0; k < count; k++) {
            delta += points[k] < from;
            if (points[k] != from) continue;
            put_delta(out, delta, bias);
            bias = adapt(delta, done + 1, done == basic);
            delta = 0;
            done++;
        }
    }
}

/* Lower case, and ASCII. Empty when the text cannot be a domain. */
static us_str dns_form(us_str host, struct us_arena *a)
{
    struct us_buf out = us_buf_new(a, (size_t)4 * HOST_BYTES_MAX);
    if (is_ascii(host)) {
        for (size_t i = 0; i < host.len; i++) {
            char c = host.ptr[i];
            if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
            us_buf_char(&out, c);
        }
        return us_buf_str(&out);
    }
    char *lower = NULL;
    bool good = us_str_is_utf8(host) && psl_str_to_utf8lower(us_arena_cstr(a, host),
                                            "utf-8", NULL, &lower) == PSL_SUCCESS;
    us_str rest = good ? us_arena_str(a, us_str_c(lower)) : (us_str){0};
    if (lower) psl_free_string(lower);
    if (!is_host(rest)) return (us_str){0};
    while (rest.ptr) {
        put_label(&out, us_str_cut(rest, '.', &rest));
        if (rest.ptr) us_buf_char(&out, '.');
    }
    return us_buf_str(&out);
}

us_str us_domain_of(us_str address, struct us_arena *a)
{
    us_str host = host_of(address);
    if (!is_host(host)) return (us_str){0};
    host = dns_form(host, a);
    if (!is_host(host)) return (us_str){0};
    const char *text = us_arena_cstr(a, host);
    return us_str_c(psl_registrable_domain(psl_builtin(), text));
}
