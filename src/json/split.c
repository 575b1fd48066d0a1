#include "json/split.h"

#include <string.h>

struct splitting {
    us_str text;
    size_t at;
    size_t most;
    struct us_arena *a;
    struct us_json_parts *out;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* What stands next after space; 0 at the end. */
static char next(struct splitting *s)
{
    while (s->at < s->text.len && is_space(s->text.ptr[s->at]))
        s->at++;
    return s->at < s->text.len ? s->text.ptr[s->at] : 0;
}

/* Past the string that begins here. */
static bool string_pass(struct splitting *s)
{
    for (s->at++; s->at < s->text.len; s->at++) {
        char c = s->text.ptr[s->at];
        if (c == '\\') {
            s->at++;
        } else if (c == '"') {
            s->at++;
            return true;
        }
    }
    return false;
}

/* To the comma or the bracket, of any kind, that ends a value here. */
static bool value_pass(struct splitting *s)
{
    size_t depth = 0;
    while (s->at < s->text.len) {
        char c = s->text.ptr[s->at];
        bool closes = c == '}' || c == ']';
        if (depth == 0 && (c == ',' || closes)) return true;
        if (c == '"') {
            if (!string_pass(s)) return false;
            continue;
        }
        if (closes) depth--;
        if (c == '{' || c == '[') depth++;
        s->at++;
    }
    return false;
}

static us_str trimmed(us_str text, size_t from, size_t to)
{
    while (to > from && is_space(text.ptr[to - 1]))
        to--;
    return (us_str){text.ptr + from, to - from};
}

/* From its bracket to past the other one. */
static bool array_pass(struct splitting *s)
{
    struct us_json_parts *out = s->out;
    size_t cap = 0;
    *out = (struct us_json_parts){.from = ++s->at};
    if (next(s) == ']') {
        out->to = s->at++;
        return true;
    }
    for (;;) {
        char first = next(s);
        size_t from = s->at;
        if (!first || !value_pass(s) || s->text.ptr[s->at] == '}') return false;
        out->more |= out->count == s->most;
        if (!out->more)
            *us_push(s->a, out->items, out->count, cap) = trimmed(s->text, from, s->at);
        if (s->text.ptr[s->at++] == ']') {
            out->to = s->at - 1;
            return true;
        }
    }
}

static bool object_pass(struct splitting *s, us_str member)
{
    bool found = false;
    s->at++;
    if (next(s) == '}') return false;
    for (;;) {
        if (next(s) != '"') return false;
        size_t from = s->at;
        if (!string_pass(s)) return false;
        us_str name = us_str_slice(s->text, from + 1, s->at - 1);
        if (next(s) != ':') return false;
        s->at++;
        bool wanted = us_str_eq(name, member);
        bool array = next(s) == '[';
        if (wanted) found = array;
        if (wanted && array && !array_pass(s)) return false;
        if (!value_pass(s)) return false;
        char end = s->text.ptr[s->at++];
        if (end == '}') return found;
        if (end != ',') return false;
    }
}

bool us_json_split(us_str text, us_str member, size_t most, struct us_arena *a,
    struct us_json_parts *out)
{
    struct splitting s = {.text = text, .most = most, .a = a, .out = out};
    char first = next(&s);
    bool good = first == '[' ? array_pass(&s) : first == '{' && object_pass(&s, member);
    return good && next(&s) == 0 && s.at == text.len;
}
