/* secret.c: keys that open something, taken out of what is kept.
 *
 * Of a message that can be read the members are left out (us_message_secrets). A dead
 * letter is a text that may be broken anywhere, so there the values are found by what
 * stands before them: a secret's name, in quotes with ':' after it, or as in a header
 * or an address, with ':' or '='. Quotes may themselves stand in a string, behind as
 * many backslashes as that takes. Rather a word too many is hidden than a key kept; all
 * else stays byte for byte.
 */

#include "event/event.h"
#include "event/read.h"

#include <string.h>

const us_str us_message_secrets[] = {US_S_INIT("writeKey"), US_S_INIT("write_key"),
    US_S_INIT("writekey"), US_S_INIT("api_key"), US_S_INIT("apiKey"),
    US_S_INIT("apikey"), US_S_INIT("token"), US_S_INIT("access_token"),
    US_S_INIT("auth_token"), US_S_INIT("authorization"), US_S_INIT("Authorization"),
    US_S_INIT("secret"), {0}};

bool us_is_message_secret(us_str key)
{
    const char *k = key.ptr;
    switch (key.len) {
    case 5: return US_IS(k, "token");
    case 6: return US_IS(k, "secret") || US_IS(k, "apiKey") || US_IS(k, "apikey");
    case 7: return US_IS(k, "api_key");
    case 8: return US_IS(k, "writeKey") || US_IS(k, "writekey");
    case 9: return US_IS(k, "write_key");
    case 10: return US_IS(k, "auth_token");
    case 12: return US_IS(k, "access_token");
    case 13: return US_IS(k, "authorization") || US_IS(k, "Authorization");
    default: return false;
    }
}

/* Names that end so are secret ("x-api-key", "refreshToken"), in plain letters; those
 * marked also before a ':' that nothing quotes, where others are but prose. */
static const struct {
    us_str end;
    bool header;
} secrets[] = {
    {US_S_INIT("writekey"), true},
    {US_S_INIT("apikey"), true},
    {US_S_INIT("authorization"), true},
    {US_S_INIT("cookie"), true},
    {US_S_INIT("token"), false},
    {US_S_INIT("secret"), false},
    {US_S_INIT("secretkey"), false},
    {US_S_INIT("privatekey"), false},
    {US_S_INIT("password"), false},
    {US_S_INIT("passwd"), false},
};

static char small(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool of_name(char c)
{
    char s = small(c);
    return (s >= 'a' && s <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* Whether the name ends so, its marks and cases aside. */
static bool ends_so(us_str name, us_str end)
{
    size_t n = name.len;
    size_t k = end.len;
    while (k) {
        while (n && (!of_name(name.ptr[n - 1]) || name.ptr[n - 1] == '_' ||
                        name.ptr[n - 1] == '-'))
            n--;
        if (!n || small(name.ptr[n - 1]) != end.ptr[k - 1]) return false;
        n--;
        k--;
    }
    return true;
}

static bool names_secret(us_str name, bool header)
{
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        if ((secrets[i].header || !header) && ends_so(name, secrets[i].end))
            return true;
    return false;
}

bool us_is_secret(us_str name)
{
    return names_secret(name, false);
}

static size_t spaces(us_str s, size_t at)
{
    while (at < s.len && (s.ptr[at] == ' ' || s.ptr[at] == '\t'))
        at++;
    return at;
}

/* A quote and the backslashes before it. */
struct quote {
    char mark; /* 0: none */
    size_t slashes;
};

/* The one that begins at a byte. */
static struct quote quote_at(us_str s, size_t at)
{
    struct quote q = {0};
    while (at < s.len && s.ptr[at] == '\\') {
        q.slashes++;
        at++;
    }
    if (at < s.len && (s.ptr[at] == '"' || s.ptr[at] == '\'')) q.mark = s.ptr[at];
    return q;
}

/* The one that ends before a byte. */
static struct quote quote_before(us_str s, size_t at)
{
    struct quote q = {0};
    if (at == 0 || (s.ptr[at - 1] != '"' && s.ptr[at - 1] != '\'')) return q;
    q.mark = s.ptr[--at];
    while (at && s.ptr[at - 1] == '\\') {
        q.slashes++;
        at--;
    }
    return q;
}

/* Where the string in such quotes ends: before its closing quote, or with the text. A
 * backslash of the string's own takes twice as many as the quote and its mark. */
static size_t string_end(us_str s, size_t at, struct quote q)
{
    size_t slashes = 0;
    for (; at < s.len; at++) {
        bool closes = slashes % (2 * (q.slashes + 1)) == q.slashes;
        if (s.ptr[at] == q.mark && closes) return at - q.slashes;
        slashes = s.ptr[at] == '\\' ? slashes + 1 : 0;
    }
    return s.len;
}

/* Where an object or array ends, brackets within strings aside. */
static size_t brackets_end(us_str s, size_t at)
{
    size_t depth = 0;
    for (; at < s.len; at++) {
        struct quote q = quote_at(s, at);
        if (q.mark) {
            at = string_end(s, at + q.slashes + 1, q) + q.slashes;
            continue;
        }
        if (q.slashes) { /* each is looked at once */
            at += q.slashes - 1;
            continue;
        }
        if (s.ptr[at] == '{' || s.ptr[at] == '[') depth++;
        if ((s.ptr[at] == '}' || s.ptr[at] == ']') && --depth == 0) return at + 1;
    }
    return s.len;
}

static size_t word_end(us_str s, size_t at)
{
    static const us_str ends = US_S_INIT(" \t\r\n,;&}])\"'\\");
    while (at < s.len && us_str_find(ends, us_str_slice(s, at, at + 1)) == ends.len)
        at++;
    return at;
}

/* A word by itself; after the name of a scheme ("Bearer", "Basic") the next one too. */
static size_t bare_end(us_str s, size_t at)
{
    size_t end = word_end(s, at);
    us_str word = us_str_slice(s, at, end);
    bool scheme = us_str_eq_nocase(word, US_S("bearer")) ||
                  us_str_eq_nocase(word, US_S("basic")) ||
                  us_str_eq_nocase(word, US_S("token"));
    return scheme ? word_end(s, spaces(s, end)) : end;
}

/* The value that belongs to a name which ends at a byte; false when it has none. */
static bool value_of(us_str s, size_t from, size_t to, size_t *begin, size_t *end)
{
    struct quote around = quote_before(s, from);
    size_t at = to;
    bool quoted = false;
    if (around.mark) {
        struct quote after = quote_at(s, to);
        quoted = after.mark == around.mark && after.slashes == around.slashes;
        if (quoted) at += after.slashes + 1;
    }
    at = spaces(s, at);
    if (at >= s.len || (s.ptr[at] != ':' && s.ptr[at] != '=')) return false;
    bool header = !quoted && s.ptr[at] == ':';
    if (!names_secret(us_str_slice(s, from, to), header)) return false;
    at = spaces(s, at + 1);
    struct quote q = quote_at(s, at);
    bool nested = at < s.len && (s.ptr[at] == '{' || s.ptr[at] == '[');
    *begin = q.mark ? at + q.slashes + 1 : at;
    *end = q.mark   ? string_end(s, *begin, q)
           : nested ? brackets_end(s, at)
                    : bare_end(s, at);
    return *end > *begin;
}

void us_secrets_hide(struct us_buf *out, us_str text)
{
    size_t kept = 0;
    for (size_t at = 0; at < text.len;) {
        size_t from = at;
        while (at < text.len && of_name(text.ptr[at]))
            at++;
        size_t begin;
        size_t end;
        if (at == from) {
            at++;
        } else if (value_of(text, from, at, &begin, &end)) {
            us_buf_put(out, us_str_slice(text, kept, begin));
            us_buf_put(out, US_S("***"));
            kept = end;
            at = end;
        }
    }
    us_buf_put(out, us_str_slice(text, kept, text.len));
}
