/* http_route.c: which route a path is of. */

#include "base/buf.h"
#include "http/http_inner.h"

#include <string.h>

enum { ALLOW_BYTES_MAX = 200 };

/* The next part of a path, without its slash. */
static us_str part_of(us_str *path)
{
    us_str rest;
    us_str part = us_str_cut(*path, '/', &rest);
    *path = rest;
    return part;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* False: a % without two digits, a zero byte, or no UTF-8. */
static bool decode(us_str part, struct us_arena *a, us_str *out)
{
    char *text = us_new(a, char, part.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < part.len; i++) {
        text[n] = part.ptr[i];
        if (part.ptr[i] == '%') {
            int high = part.len - i > 2 ? hex(part.ptr[i + 1]) : -1;
            int low = part.len - i > 2 ? hex(part.ptr[i + 2]) : -1;
            if (high < 0 || low < 0 || high + low == 0) return false;
            text[n] = (char)(high * 16 + low);
            i += 2;
        }
        n++;
    }
    *out = (us_str){text, n};
    return us_str_is_utf8(*out);
}

void us_http_path_take(struct us_http_request *r, us_str path)
{
    struct us_http_parts *out = &r->parts;
    while (path.len > 1 && path.ptr[path.len - 1] == '/')
        path.len--;
    r->path = us_http_decoded(path, &r->arena);
    while (path.len && !out->bad) {
        us_str part = {0};
        out->bad = !decode(part_of(&path), &r->arena, &part);
        if (out->count < US_HTTP_PARTS_MAX) out->items[out->count] = part;
        out->count++;
    }
}

size_t us_http_as_it_came(void *ctx, struct MHD_Connection *c, char *text)
{
    (void)ctx;
    (void)c;
    return strlen(text);
}

static bool matches(
    us_str pattern, const struct us_http_parts *path, us_str params[US_HTTP_PARAMS_MAX])
{
    size_t n = 0;
    size_t i = 0;
    if (path->bad || path->count > US_HTTP_PARTS_MAX) return false;
    for (; pattern.len && i < path->count; i++) {
        us_str want = part_of(&pattern);
        us_str part = path->items[i];
        if (want.len && want.ptr[0] == '{') {
            if (part.len == 0 || n == US_HTTP_PARAMS_MAX) return false;
            params[n++] = part;
        } else if (!us_str_eq(want, part)) {
            return false;
        }
    }
    return pattern.len == 0 && i == path->count;
}

const struct us_http_route *us_http_find(const struct us_http_options *o, us_str method,
    const struct us_http_parts *path, us_str params[US_HTTP_PARAMS_MAX], bool *known)
{
    *known = false;
    if (us_str_eq(method, US_S("HEAD"))) method = US_S("GET"); /* without its body */
    for (size_t i = 0; i < o->route_count; i++) {
        const struct us_http_route *route = &o->routes[i];
        if (!matches(us_str_c(route->path), path, params)) continue;
        *known = true;
        if (us_str_eq(us_str_c(route->method), method)) return route;
    }
    return NULL;
}

us_str us_http_allowed(const struct us_http_options *o,
    const struct us_http_parts *path, struct us_arena *a, bool *browsers)
{
    struct us_buf out = us_buf_new(a, ALLOW_BYTES_MAX);
    us_str params[US_HTTP_PARAMS_MAX];
    *browsers = false;
    for (size_t i = 0; i < o->route_count; i++) {
        if (!matches(us_str_c(o->routes[i].path), path, params)) continue;
        *browsers = *browsers || o->routes[i].browsers;
        us_buf_fmt(&out, "%s, ", o->routes[i].method);
    }
    us_buf_put(&out, US_S("OPTIONS"));
    return us_buf_str(&out);
}
