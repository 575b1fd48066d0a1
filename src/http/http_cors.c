/* http_cors.c: what lets pages of other origins use a route. */

#include "http/http_inner.h"

enum { ASKED_BYTES_MAX = 1024, PREFLIGHT_SECONDS = 86400 };

/* Its cookies may come along, so the origin is named and not "*". */
void us_http_cors_put(const struct us_http_request *r, struct MHD_Response *response)
{
    const char *origin =
        MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Origin");
    bool asks = us_str_eq(r->method, US_S("OPTIONS"));
    us_http_header_put(
        response, "Vary", asks ? "Origin, Access-Control-Request-Headers" : "Origin");
    if (!origin || !us_http_header_put(response, "Access-Control-Allow-Origin", origin))
        return;
    us_http_header_put(response, "Access-Control-Allow-Credentials", "true");
    us_http_header_put(response, "Access-Control-Expose-Headers", "Retry-After");
}

/* A name as RFC 9110 has it in 5.6.2. */
static bool is_token(us_str s)
{
    us_str marks = US_S("!#$%&'*+-.^_`|~");
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool digit = c >= '0' && c <= '9';
        bool mark = us_str_find(marks, (us_str){&c, 1}) < marks.len;
        if (!letter && !digit && !mark) return false;
    }
    return s.len > 0;
}

/* Names with a comma between each two, and spaces around them or none. */
static bool is_list(us_str s)
{
    us_str rest = s;
    if (s.len == 0 || s.len > ASKED_BYTES_MAX || s.ptr[s.len - 1] == ',') return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < ' ') return false;
    while (rest.len)
        if (!is_token(us_str_trim(us_str_cut(rest, ',', &rest)))) return false;
    return true;
}

/* Clients send headers of their own with each event, and their next version sends
 * others. Only the key lets an event in, so whatever is asked for may be sent. */
static us_str headers_of(const struct us_http_request *r)
{
    us_str asked = us_http_header(r, "Access-Control-Request-Headers");
    if (is_list(asked)) return asked;
    return US_S("authorization, content-type, x-retry-count, x-write-key");
}

struct us_http_answer us_http_cors_preflight(struct us_http_request *r, us_str allow)
{
    us_str seconds = us_arena_fmt(&r->arena, "%d", PREFLIGHT_SECONDS);
    return (struct us_http_answer){.status = 204,
        .header_count = 4,
        .headers = {{"Allow", allow}, {"Access-Control-Allow-Methods", allow},
            {"Access-Control-Allow-Headers", headers_of(r)},
            {"Access-Control-Max-Age", seconds}}};
}
