/* http_body.c: bodies as they come in, plain or packed. */

#include "base/err.h"
#include "http/http_inner.h"

#include <string.h>

enum { FIRST_BYTES = 4096, GZIP_WINDOW = 15 + 32 /* gzip or zlib, by its header */ };

void us_http_body_drop(struct us_http_request *r)
{
    if (r->inflating) inflateEnd(&r->inflate);
    r->inflating = false;
    atomic_fetch_sub(&r->http->held, r->held);
    r->held = 0;
    us_arena_reset(&r->bytes);
    r->body = NULL;
    r->body_len = r->body_cap = 0;
}

static void refuse(struct us_http_request *r, int status)
{
    us_http_body_drop(r);
    r->refused = status;
}

/* Room for n bytes more. False: there is none, and it is refused. */
static bool room(struct us_http_request *r, size_t n)
{
    struct us_http *h = r->http;
    size_t cap = r->body_cap ? r->body_cap : FIRST_BYTES;
    if (n > h->options.body_bytes_max - r->body_len) {
        refuse(r, 413);
        return false;
    }
    if (r->body_len + n <= r->body_cap) return true;
    while (cap < r->body_len + n)
        cap *= 2;
    if (atomic_fetch_add(&h->held, cap - r->body_cap) + cap - r->body_cap >
        h->options.held_bytes_max) {
        atomic_fetch_sub(&h->held, cap - r->body_cap);
        refuse(r, 429);
        return false;
    }
    r->held += cap - r->body_cap;
    size_t more = r->body_cap ? cap - r->body_cap : cap + US_HTTP_PAD;
    char *at = us_alloc_raw(&r->bytes, 1, 1, more); /* nothing else is in that arena */
    us_assert(!r->body || at == r->body + r->body_cap + US_HTTP_PAD);
    if (!r->body) r->body = at;
    r->body_cap = cap;
    return true;
}

static void put(struct us_http_request *r, const void *bytes, size_t n)
{
    if (n == 0 || !room(r, n)) return;
    memcpy(r->body + r->body_len, bytes, n);
    r->body_len += n;
}

/* A stream that has ended may be followed by another, as gzip files are joined. */
static bool again(struct us_http_request *r)
{
    r->inflated = true;
    if (r->inflate.avail_in == 0) return false;
    if (inflateReset(&r->inflate) == Z_OK) return true;
    refuse(r, 400);
    return false;
}

static void unpack(struct us_http_request *r, const void *bytes, size_t n)
{
    unsigned char out[16384];
    z_stream *z = &r->inflate;
    z->next_in = (z_const Bytef *)(uintptr_t)bytes;
    z->avail_in = (uInt)n;
    bool more = n > 0;
    while (more && !r->refused) {
        z->next_out = out;
        z->avail_out = sizeof out;
        r->inflated = false;
        int code = inflate(z, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
            refuse(r, 400);
            return;
        }
        put(r, out, sizeof out - z->avail_out);
        if (r->refused) return;
        if (code == Z_STREAM_END)
            more = again(r);
        else
            more = z->avail_in > 0 || z->avail_out == 0;
        if (code == Z_BUF_ERROR) return;
    }
}

/* JSON begins with neither of these. */
static bool packed(const uint8_t head[2])
{
    bool gzip = head[0] == 0x1f && head[1] == 0x8b;
    bool zlib =
        (head[0] & 0x0f) == 8 && head[0] <= 0x78 && (head[0] * 256 + head[1]) % 31 == 0;
    return gzip || zlib;
}

static void take(struct us_http_request *r, const void *bytes, size_t n)
{
    if (r->inflating)
        unpack(r, bytes, n);
    else
        put(r, bytes, n);
}

static void begin(struct us_http_request *r)
{
    bool pack = r->head_len == 2 && packed(r->head);
    r->plain = !pack;
    if (pack) {
        r->inflate = (z_stream){0};
        r->inflating = inflateInit2(&r->inflate, GZIP_WINDOW) == Z_OK;
        us_assert(r->inflating);
    }
    take(r, r->head, r->head_len);
}

void us_http_body_take(struct us_http_request *r, const char *bytes, size_t n)
{
    atomic_fetch_add(&r->http->body_bytes, (int64_t)n); /* what is dropped too */
    if (r->refused) return;
    bool told = r->inflating || r->plain;
    while (!told && n > 0 && r->head_len < 2) {
        r->head[r->head_len++] = (uint8_t)*bytes++;
        n--;
    }
    if (!told && r->head_len < 2) return;
    if (!told) begin(r);
    if (!r->refused) take(r, bytes, n);
}

void us_http_body_end(struct us_http_request *r)
{
    if (!r->refused && !r->inflating && !r->plain) begin(r);
    if (!r->refused && r->inflating && !r->inflated) refuse(r, 400);
    if (!r->refused && !r->body) room(r, 1);
    if (!r->refused) memset(r->body + r->body_len, 0, US_HTTP_PAD);
    if (r->inflating) inflateEnd(&r->inflate);
    if (r->inflating) atomic_fetch_add(&r->http->inflated_bytes, (int64_t)r->body_len);
    r->inflating = false;
}
