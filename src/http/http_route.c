/* http_route.c: which route a path is of. */

#include "base/buf.h"
#include "http/http_inner.h"

enum { ALLOW_BYTES_MAX = 200 };

/* The next part of a path, without its slash. */
static us_str part_of(us_str *path)
{
    us_str rest;
    us_str part = us_str_cut(*path, '/', &rest);
    *path = rest;
    return part;
}

static bool matches(us_str pattern, us_str path, us_str params[US_HTTP_PARAMS_MAX])
{
    size_t n = 0;
    while (pattern.len && path.len) {
        us_str want = part_of(&pattern);
        us_str part = part_of(&path);
        if (want.len && want.ptr[0] == '{') {
            if (part.len == 0 || n == US_HTTP_PARAMS_MAX) return false;
            params[n++] = part;
        } else if (!us_str_eq(want, part)) {
            return false;
        }
    }
    return pattern.len == 0 && path.len == 0;
}

const struct us_http_route *us_http_find(const struct us_http_options *o, us_str method,
    us_str path, us_str params[US_HTTP_PARAMS_MAX], bool *known)
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

us_str us_http_allowed(
    const struct us_http_options *o, us_str path, struct us_arena *a, bool *browsers)
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
