#include "json/scan.h"

#include <string.h>

/* One pass over one text. */
struct scan {
    struct us_json *p;
    us_str text;
    const char *at, *end;
    struct fault *fault;
    unsigned depth;
};

static bool refuse(struct scan *s, const char *at, const char *why)
{
    *s->fault = (struct fault){at, why};
    return false;
}

static bool ended(struct scan *s)
{
    return refuse(s, s->at, "json.why_end");
}

/* At the end of the text nothing else is wrong with it than that it ends. */
static bool expected(struct scan *s, const char *why)
{
    return s->at < s->end ? refuse(s, s->at, why) : ended(s);
}

size_t us_json_escape(const char *p, const char *end)
{
    if (end - p < 2) return 0;
    switch (p[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return 2;
    case 'u': break;
    default: return 0;
    }
    if (end - p < 6) return 0;
    for (int i = 2; i < 6; i++) {
        bool digit = p[i] >= '0' && p[i] <= '9';
        bool letter = (p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'f';
        if (!digit && !letter) return 0;
    }
    return 6;
}

/* The first byte of s that is not UTF-8; s is known to hold one. */
static const char *broken(us_str s)
{
    size_t i = 0;
    for (size_t n = 1; n <= 4; n++) {
        if (i + n > s.len || !us_str_is_utf8(us_str_slice(s, i, i + n))) continue;
        i += n;
        n = 0;
    }
    return s.ptr + i;
}

const char *us_json_string_slow(
    const char *from, const char *q, const char *end, bool *escaped, struct fault *f)
{
    const char *why = "json.why_unclosed";
    bool high = false;
    while (q < end && *q != '"') {
        if (*q == '\\') {
            size_t n = us_json_escape(q, end);
            if (n == 0) {
                why = "json.why_escape";
                break;
            }
            *escaped = true;
            q += n;
        } else if ((unsigned char)*q < 0x20) {
            why = "json.why_control";
            break;
        } else {
            high = true;
            while (q < end && (unsigned char)*q >= 0x80)
                q++;
        }
        q = us_json_plain_end(q, end);
    }
    if (q > end) q = end;
    us_str body = {from, (size_t)(q - from)};
    if (high && !us_str_is_utf8(body)) {
        *f = (struct fault){broken(body), "json.why_utf8"};
        return NULL;
    }
    if (q < end && *q == '"') return q;
    *f = (struct fault){q == end ? from - 1 : q, why};
    return NULL;
}

void us_json_grow(struct us_json *p, size_t n)
{
    while (p->cap - p->count < n)
        p->nodes = us_grow(&p->tape, p->nodes, sizeof *p->nodes, p->cap, &p->cap);
}

static inline void space(struct scan *s)
{
    while (s->at < s->end && (unsigned char)*s->at <= ' ') {
        if (*s->at != ' ' && *s->at != '\n' && *s->at != '\t' && *s->at != '\r') return;
        s->p->compact = false;
        s->at++;
    }
}

static inline void push(
    struct scan *s, uint8_t kind, const char *from, const char *to, bool escaped)
{
    struct us_json *p = s->p;
    us_json_room(p, 1);
    p->nodes[p->count] = (us_json_node){
        .from = (uint32_t)(from - s->text.ptr),
        .to = (uint32_t)(to - s->text.ptr),
        .next = (uint32_t)p->count + 1,
        .kind = kind,
        .escaped = escaped,
    };
    p->count++;
}

static inline bool string(struct scan *s)
{
    us_json_ahead(s->at);
    bool escaped;
    const char *from = s->at + 1;
    const char *to = us_json_string_end(from, s->end, &escaped, s->fault);
    if (!to) return false;
    push(s, US_JSON_STRING, from, to, escaped);
    s->at = to + 1;
    return true;
}

static bool key(struct scan *s)
{
    space(s);
    if (s->at == s->end || *s->at != '"') return expected(s, "json.why_key");
    if (!string(s)) return false;
    space(s);
    if (s->at == s->end || *s->at != ':') return expected(s, "json.why_colon");
    s->at++;
    return true;
}

/* An element of an array, or the root, may have a shape that is known. */
static bool may_match(const struct scan *s)
{
    if (!s->p->speculate) return false;
    if (s->depth == 0) return true;
    return s->p->nodes[s->p->open[s->depth - 1]].kind == US_JSON_ARRAY;
}

static bool matched(struct scan *s)
{
    struct matched made;
    const char *to = us_json_shape_match(s->p, s->text, s->at, s->depth, &made);
    if (!to) return false;
    s->p->count += made.nodes;
    if (s->depth == 0) s->p->notes = made.notes;
    s->at = to;
    return true;
}

/* Enter a container; *more is false when it is empty and already left again. */
static bool enter(struct scan *s, uint8_t kind, bool *more)
{
    if (s->depth == s->p->depth_max) return refuse(s, s->at, "json.too_deep");
    s->p->open[s->depth++] = (uint32_t)s->p->count;
    push(s, kind, s->at, s->at, false);
    s->at++;
    space(s);
    *more = s->at == s->end || *s->at != (kind == US_JSON_OBJECT ? '}' : ']');
    return !*more || kind == US_JSON_ARRAY || key(s);
}

/* One value, or the opening of one that holds more. */
static bool value(struct scan *s, bool *more)
{
    *more = false;
    space(s);
    if (s->at == s->end) return ended(s);
    switch (*s->at) {
    case '"': return string(s);
    case '{':
        if (may_match(s) && matched(s)) return true;
        return enter(s, US_JSON_OBJECT, more);
    case '[': return enter(s, US_JSON_ARRAY, more);
    default: break;
    }
    uint8_t kind;
    const char *to = us_json_scalar_end(s->at, s->end, &kind);
    if (!to) {
        bool number = *s->at == '-' || (*s->at >= '0' && *s->at <= '9');
        bool mark = s->at == s->text.ptr && *s->at == '\xef';
        return refuse(s, s->at,
            number ? "json.why_number"
            : mark ? "json.why_mark"
                   : "json.why_value");
    }
    push(s, kind, s->at, to, false);
    s->at = to;
    return true;
}

static void leave(struct scan *s)
{
    struct us_json *p = s->p;
    us_json_node *n = &p->nodes[s->p->open[--s->depth]];
    s->at++;
    n->to = (uint32_t)(s->at - s->text.ptr);
    n->next = (uint32_t)p->count;
    if (n->kind == US_JSON_OBJECT && may_match(s))
        us_json_shape_learn(p, s->text, s->p->open[s->depth]);
}

/* What follows a value: leave the containers that end here, up to the next value.
 * *more is false when the root is done. */
static bool after(struct scan *s, bool *more)
{
    *more = true;
    while (s->depth) {
        bool object = s->p->nodes[s->p->open[s->depth - 1]].kind == US_JSON_OBJECT;
        space(s);
        if (s->at == s->end) return ended(s);
        if (*s->at == ',') {
            s->at++;
            return !object || key(s);
        }
        if (*s->at != (object ? '}' : ']')) return expected(s, "json.why_comma");
        leave(s);
    }
    *more = false;
    return true;
}

bool us_json_scan(struct us_json *p, us_str text, struct fault *f)
{
    struct scan s = {
        .p = p, .text = text, .at = text.ptr, .end = text.ptr + text.len, .fault = f};
    p->count = 0;
    p->notes = NULL;
    p->compact = true;
    space(&s);
    if (s.at == s.end) return refuse(&s, s.at, "json.why_empty");
    bool more = true;
    while (more) {
        if (!value(&s, &more)) return false;
        if (!more && !after(&s, &more)) return false;
    }
    space(&s);
    return s.at == s.end || refuse(&s, s.at, "json.why_more");
}
