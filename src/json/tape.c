#include "json/json.h"

#include <string.h>

enum { REPLACEMENT = 0xfffd, UTF8_MAX = 4 };

/* ---- strings ------------------------------------------------------------------ */

static uint32_t hex4(const char *p)
{
    uint32_t n = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t c = (unsigned char)p[i];
        n = n << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return n;
}

/* The code point of the \u escape at p. Where its string ends a quote stands, so there
 * is no reading past it. */
static uint32_t unicode(const char *p, size_t *used)
{
    uint32_t c = hex4(p + 2);
    *used = 6;
    if (c < 0xd800 || c > 0xdfff) return c;
    if (c > 0xdbff || p[6] != '\\' || p[7] != 'u') return REPLACEMENT;
    uint32_t low = hex4(p + 8);
    if (low < 0xdc00 || low > 0xdfff) return REPLACEMENT;
    *used = 12;
    return 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
}

static size_t utf8(uint32_t c, char out[UTF8_MAX])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80U | (c & 0x3fU));
    out[0] = (char)(0xf00U >> n | c);
    return n;
}

/* The text of the escape at p: its bytes in out, their count is the answer. A parsed
 * text holds no bad escapes. */
static size_t unescape(const char *p, char out[UTF8_MAX], size_t *used)
{
    static const char plain[128] = {
        ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'};
    if (p[1] == 'u') return utf8(unicode(p, used), out);
    *used = 2;
    char c = plain[p[1] & 0x7f];
    out[0] = c ? c : p[1];
    return 1;
}

static us_str span(const struct us_json_doc *doc, const us_json_node *n)
{
    return (us_str){doc->text.ptr + n->from, n->to - n->from};
}

static bool same_unescaped(us_str escaped, us_str key)
{
    size_t k = 0;
    for (size_t i = 0; i < escaped.len;) {
        char out[UTF8_MAX] = {escaped.ptr[i]};
        size_t used = 1, n = 1;
        if (out[0] == '\\') n = unescape(escaped.ptr + i, out, &used);
        if (n > key.len - k || memcmp(key.ptr + k, out, n) != 0) return false;
        i += used;
        k += n;
    }
    return k == key.len;
}

static bool is_key(const struct us_json_doc *doc, const us_json_node *n, us_str key)
{
    us_str s = span(doc, n);
    if (n->escaped) return same_unescaped(s, key);
    return s.len == key.len && (s.len == 0 || memcmp(s.ptr, key.ptr, s.len) == 0);
}

us_str us_json_text(const struct us_json_doc *doc, uint32_t node, struct us_arena *a)
{
    const us_json_node *n = &doc->nodes[node];
    if (n->kind != US_JSON_STRING) return (us_str){0};
    us_str s = span(doc, n);
    if (!n->escaped) return s;
    char *to = us_new(a, char, s.len); /* an escape is never shorter than its text */
    size_t len = 0;
    for (size_t i = 0; i < s.len;) {
        if (s.ptr[i] != '\\') {
            to[len++] = s.ptr[i++];
            continue;
        }
        char out[UTF8_MAX];
        size_t used;
        size_t n_out = unescape(s.ptr + i, out, &used);
        memcpy(to + len, out, n_out);
        len += n_out;
        i += used;
    }
    return (us_str){to, len};
}

/* ---- looking up --------------------------------------------------------------- */

uint32_t us_json_get(const struct us_json_doc *doc, uint32_t object, us_str key)
{
    const us_json_node *nodes = doc->nodes;
    uint32_t found = US_JSON_NONE;
    if (nodes[object].kind != US_JSON_OBJECT) return found;
    for (uint32_t i = object + 1; i < nodes[object].next; i = nodes[i + 1].next)
        if (is_key(doc, &nodes[i], key)) found = i + 1;
    return found;
}

bool us_json_has_any(const struct us_json_doc *doc, uint32_t object, const us_str *keys)
{
    const us_json_node *nodes = doc->nodes;
    uint64_t lengths = 0; /* no member of another length can be one */
    if (nodes[object].kind != US_JSON_OBJECT) return false;
    for (const us_str *key = keys; key->len; key++)
        lengths |= UINT64_C(1) << (key->len & 63);
    for (uint32_t i = object + 1; i < nodes[object].next; i = nodes[i + 1].next) {
        uint32_t len = nodes[i].to - nodes[i].from;
        if (!nodes[i].escaped && !(lengths >> (len & 63) & 1)) continue;
        for (const us_str *key = keys; key->len; key++)
            if (is_key(doc, &nodes[i], *key)) return true;
    }
    return false;
}

/* Of the ways to cut a path the one with the longest first key wins. Paths come from
 * the configuration and are short. */
uint32_t us_json_path(const struct us_json_doc *doc, uint32_t object, us_str path)
{
    uint32_t found = us_json_get(doc, object, path);
    for (size_t dot = path.len; found == US_JSON_NONE && dot > 0; dot--) {
        if (path.ptr[dot - 1] != '.') continue;
        uint32_t in = us_json_get(doc, object, us_str_slice(path, 0, dot - 1));
        if (in == US_JSON_NONE) continue;
        found = us_json_path(doc, in, us_str_slice(path, dot, path.len));
    }
    return found;
}

us_str us_json_raw(const struct us_json_doc *doc, uint32_t node)
{
    const us_json_node *n = &doc->nodes[node];
    uint32_t quote = n->kind == US_JSON_STRING;
    return us_str_slice(doc->text, n->from - quote, n->to + quote);
}

us_value us_json_value(const struct us_json_doc *doc, uint32_t node, struct us_arena *a)
{
    double number;
    switch ((us_json_kind)doc->nodes[node].kind) {
    case US_JSON_FALSE: return us_bool(false);
    case US_JSON_TRUE: return us_bool(true);
    case US_JSON_STRING: return us_string(us_json_text(doc, node, a));
    case US_JSON_NUMBER:
        if (!us_str_real(us_json_raw(doc, node), &number)) return us_missing();
        return us_number(number);
    case US_JSON_NULL:
    case US_JSON_ARRAY:
    case US_JSON_OBJECT: break;
    }
    return us_missing();
}

/* ---- writing ------------------------------------------------------------------ */

static bool omitted(
    const struct us_json_doc *doc, const us_json_node *key, const us_str *omit)
{
    for (; omit && omit->len; omit++)
        if (is_key(doc, key, *omit)) return true;
    return false;
}

/* Recursion is as deep as a document may be. */
static void put(const struct us_json_doc *doc, uint32_t node, const us_str *omit,
    struct us_buf *out)
{
    const us_json_node *n = &doc->nodes[node];
    bool object = n->kind == US_JSON_OBJECT;
    bool container = object || n->kind == US_JSON_ARRAY;
    if (!container || (doc->compact && !(object && omit && omit->len))) {
        us_buf_put(out, us_json_raw(doc, node));
        return;
    }
    us_buf_char(out, object ? '{' : '[');
    bool first = true;
    for (uint32_t i = node + 1; i < n->next;) {
        uint32_t value = i + object;
        if (!object || !omitted(doc, &doc->nodes[i], omit)) {
            if (!first) us_buf_char(out, ',');
            first = false;
            if (object) {
                us_buf_put(out, us_json_raw(doc, i));
                us_buf_char(out, ':');
            }
            put(doc, value, NULL, out);
        }
        i = doc->nodes[value].next;
    }
    us_buf_char(out, object ? '}' : ']');
}

void us_json_minify(const struct us_json_doc *doc, uint32_t node, const us_str *omit,
    struct us_buf *out)
{
    put(doc, node, omit, out);
}
