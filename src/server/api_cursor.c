/* api_cursor.c: where a list goes on, as a text that says nothing to who reads it.
 *
 * base64url of '1', the list's letter and the position. The version lets a position
 * change its form; the letter keeps a cursor of one list from being taken by another.
 */

#include "base/buf.h"
#include "server/api_inner.h"

enum { CURSOR_BYTES_MAX = 2048, HEAD = 2 };

static const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int place_of(char c)
{
    for (int i = 0; letters[i]; i++)
        if (letters[i] == c) return i;
    return -1;
}

us_str api_cursor(struct us_arena *a, char list, us_str position)
{
    struct us_buf out = us_buf_new(a, (position.len + HEAD) * 2);
    us_str whole = us_arena_fmt(a, "1%c", list);
    struct us_buf plain = us_buf_new(a, position.len + HEAD);
    us_buf_put(&plain, whole);
    us_buf_put(&plain, position);
    us_str text = us_buf_str(&plain);
    uint32_t word = 0;
    int bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        word = word << 8 | (unsigned char)text.ptr[i];
        for (bits += 8; bits >= 6; bits -= 6)
            us_buf_char(&out, letters[word >> (bits - 6) & 63]);
    }
    if (bits) us_buf_char(&out, letters[word << (6 - bits) & 63]);
    return us_buf_str(&out);
}

static bool decoded(us_str text, struct us_arena *a, us_str *out)
{
    char *bytes = us_new(a, char, text.len + 1);
    size_t n = 0;
    uint32_t word = 0;
    int bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        int place = place_of(text.ptr[i]);
        if (place < 0) return false;
        word = word << 6 | (uint32_t)place;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes[n++] = (char)(word >> bits & 255);
    }
    *out = (us_str){bytes, n};
    return (word & ((1U << bits) - 1)) == 0;
}

bool api_after(struct api_asked *q, char list, us_str *out)
{
    struct us_arena *a = us_http_arena(q->request);
    us_str text = us_http_query(q->request, "after");
    us_str plain;
    *out = (us_str){0};
    if (!text.ptr) return true;
    bool good = text.len > 0 && text.len <= CURSOR_BYTES_MAX &&
                decoded(text, a, &plain) && plain.len > HEAD && plain.ptr[0] == '1' &&
                plain.ptr[1] == list;
    if (good) {
        *out = us_str_slice(plain, HEAD, plain.len);
        return true;
    }
    api_refuse_by(q, 400, "server.bad_cursor", NULL, 0);
    return false;
}

bool api_after_whole(struct api_asked *q, char list, int64_t *out)
{
    us_str text;
    *out = 0;
    if (!api_after(q, list, &text)) return false;
    if (!text.len || (us_str_int(text, out) && *out >= 0)) return true;
    api_refuse_by(q, 400, "server.bad_cursor", NULL, 0);
    return false;
}

us_str api_cursor_whole(struct us_arena *a, char list, int64_t position)
{
    return api_cursor(a, list, us_arena_fmt(a, "%lld", (long long)position));
}
