/* dead.c: what could not be understood, as the object of a line of its own. */

#include "base/buf.h"
#include "event/event.h"

enum { TEXT_MAX = 16 << 20 };

/* Bytes of a dead letter: as text when they are, else base64 (RFC 4648). */
static void put_bytes(struct us_buf *out, us_str bytes)
{
    static const char code[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (us_str_is_utf8(bytes)) {
        us_buf_put(out, US_S(",\"bytes\":"));
        us_buf_json(out, bytes);
        return;
    }
    us_buf_put(out, US_S(",\"base64\":\""));
    for (size_t i = 0; i < bytes.len; i += 3) {
        uint32_t word = 0;
        size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
        for (size_t k = 0; k < 3; k++)
            word = word << 8 | (k < n ? (unsigned char)bytes.ptr[i + k] : 0);
        for (size_t k = 0; k < 4; k++) {
            char c = code[word >> (18 - 6 * k) & 63];
            us_buf_put(out, k <= n ? (us_str){&c, 1} : US_S("="));
        }
    }
    us_buf_char(out, '"');
}

/* What was wrong, as key and arguments, so that it is read in any language later. */
static void put_reason(struct us_buf *out, const struct us_error *why)
{
    us_buf_put(out, US_S(",\"reason\":"));
    us_buf_json(out, us_str_c(why->key));
    us_buf_put(out, US_S(",\"args\":{"));
    for (const us_arg *arg = why->args; arg->name; arg++) {
        if (arg != why->args) us_buf_char(out, ',');
        us_buf_json(out, us_str_c(arg->name));
        us_buf_char(out, ':');
        if (arg->kind == US_ARG_TEXT || arg->kind == US_ARG_WORD)
            us_buf_json(out, arg->text);
        else if (arg->kind == US_ARG_REAL || arg->kind == US_ARG_SHARE)
            us_buf_real(out, arg->real);
        else
            us_buf_int(out, arg->whole);
    }
    us_buf_char(out, '}');
}

void us_dead_write(struct us_buf *out, const struct us_dead *d, struct us_arena *a)
{
    us_str kept = us_str_clip(d->bytes, US_DEAD_BYTES_MAX);
    struct us_buf shown = us_buf_new(a, TEXT_MAX);
    us_secrets_hide(&shown, kept);
    us_buf_put(out, US_S("{\"file\":"));
    us_buf_json(out, us_str_is_utf8(d->file) ? d->file : US_S("?"));
    us_buf_fmt(out, ",\"line\":%lld,\"byte\":%lld,\"size\":%zu", (long long)d->line,
        (long long)d->byte, d->bytes.len);
    put_reason(out, d->why);
    put_bytes(out, us_buf_str(&shown));
    us_buf_char(out, '}');
}
