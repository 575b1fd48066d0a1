/* http_read.c: what a handler reads of a request. */

#include "http/http_inner.h"

#include <arpa/inet.h>
#include <string.h>

us_str us_http_method(const struct us_http_request *r)
{
    return r->method;
}

us_str us_http_path(const struct us_http_request *r)
{
    return r->path;
}

us_str us_http_param(const struct us_http_request *r, size_t i)
{
    return i < US_HTTP_PARAMS_MAX ? r->params[i] : (us_str){0};
}

us_str us_http_decoded(us_str text, struct us_arena *a)
{
    if (!text.ptr) return text;
    char *own = us_arena_cstr(a, text);
    MHD_http_unescape(own);
    return us_str_c(own); /* up to a zero byte */
}

/* The first value of a name, of any case. */
struct queried {
    us_str name, value;
    struct us_arena *a;
};

static enum MHD_Result query_see(
    void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    struct queried *q = ctx;
    if (!us_str_eq_nocase(us_http_decoded(us_str_c(name), q->a), q->name))
        return MHD_YES;
    q->value = us_http_decoded(us_str_c(value), q->a);
    return MHD_NO;
}

us_str us_http_query(struct us_http_request *r, const char *name)
{
    struct queried q = {.name = us_str_c(name), .a = &r->arena};
    MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, query_see, &q);
    return q.value;
}

us_str us_http_header(const struct us_http_request *r, const char *name)
{
    return us_str_c(MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name));
}

struct framing {
    size_t lengths, codings;
    bool listed, chunked;
};

static enum MHD_Result framing_see(
    void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    struct framing *f = ctx;
    us_str text = us_str_c(value);
    if (us_str_eq_nocase(us_str_c(name), US_S("Content-Length"))) {
        f->lengths++;
        f->listed |= us_str_find(text, US_S(",")) < text.len;
    }
    if (us_str_eq_nocase(us_str_c(name), US_S("Transfer-Encoding"))) {
        f->codings++;
        f->chunked = us_str_eq_nocase(text, US_S("chunked"));
    }
    return MHD_YES;
}

us_str us_http_misframed(const struct us_http_request *r)
{
    struct framing f = {0};
    MHD_get_connection_values(r->connection, MHD_HEADER_KIND, framing_see, &f);
    if (f.lengths > 1 || f.listed) return US_S("more than one Content-Length");
    if (f.lengths && f.codings) return US_S("Content-Length and Transfer-Encoding");
    if (f.codings > 1 || (f.codings && !f.chunked))
        return US_S("a Transfer-Encoding other than chunked");
    return (us_str){0};
}

us_str us_http_body(const struct us_http_request *r)
{
    return (us_str){r->body, r->body_len};
}

struct us_arena *us_http_arena(struct us_http_request *r)
{
    return &r->arena;
}

/* ---- whether who asks sits at this machine ---- */

/* Of 127.0.0.0/8, ::1, or the first as IPv6 writes it. */
static bool is_loopback(const struct sockaddr *at)
{
    if (at->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, at, sizeof four);
        return ntohl(four.sin_addr.s_addr) >> 24 == 127;
    }
    if (at->sa_family != AF_INET6) return at->sa_family == AF_UNIX;
    struct sockaddr_in6 six;
    memcpy(&six, at, sizeof six);
    if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) return six.sin6_addr.s6_addr[12] == 127;
    return IN6_IS_ADDR_LOOPBACK(&six.sin6_addr);
}

/* "localhost", "127.0.0.1", "[::1]", with a port or without. */
static bool is_local_name(us_str host)
{
    static const us_str names[] = {
        US_S_INIT("localhost"), US_S_INIT("127.0.0.1"), US_S_INIT("[::1]")};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        us_str name = names[i];
        if (!us_str_has_prefix(host, name)) continue;
        if (host.len == name.len || host.ptr[name.len] == ':') return true;
    }
    return false;
}

bool us_http_is_local(const struct us_http_request *r)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    us_str origin = us_http_header(r, "Origin");
    us_str rest = origin;
    if (!info || !info->client_addr || !is_loopback(info->client_addr)) return false;
    if (us_http_header(r, "X-Forwarded-For").ptr || us_http_header(r, "Forwarded").ptr)
        return false;
    if (!is_local_name(us_http_header(r, "Host"))) return false;
    if (!origin.ptr) return true;
    for (size_t at = us_str_find(rest, US_S("://")); at < rest.len; at = rest.len)
        rest = us_str_slice(rest, at + 3, rest.len);
    return is_local_name(rest);
}
