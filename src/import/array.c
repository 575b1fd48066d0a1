/* array.c: messages in a JSON array, as many tools export them: a whole file of it over
 * many lines, or one line of NDJSON.
 *
 * An array may be larger than memory, so its elements are told apart by brackets and
 * quotes alone and read one by one; each is then judged as a line of NDJSON is, and a
 * dead letter names the line and byte where it begins. A comma that is missing is not
 * missed. An element that does not end, or holds a string that does not end on its
 * line, is dead with its line; reading goes on at the next line that begins with an
 * element standing no deeper.
 */

#include "import/array.h"

#include <string.h>

us_element us_element_end(struct us_element_scan *s, us_str text)
{
    for (; s->at < text.len; s->at++) {
        char c = text.ptr[s->at];
        if (s->quoted) {
            if (c == '\n') return US_ELEMENT_BROKEN;
            if (s->escaped || c == '\\') {
                s->escaped = !s->escaped;
            } else if (c == '"') {
                s->quoted = false;
            }
            continue;
        }
        bool closes = c == '}' || c == ']';
        if (s->depth == 0 && (c == ',' || c == ']' || c == '\n'))
            return US_ELEMENT_WHOLE;
        if (c == '"') s->quoted = true;
        if (c == '{' || c == '[') s->depth++;
        if (!closes || s->depth == 0) continue;
        if (--s->depth) continue;
        s->at++;
        return US_ELEMENT_WHOLE;
    }
    return US_ELEMENT_MORE;
}

static bool between(char c)
{
    return c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct array {
    const struct us_array *of;
    size_t column; /* of the next byte on its line, from 0 */
    bool last;     /* nothing follows the window */
};

static us_str window(struct array *v)
{
    return us_reader_window(v->of->reader, &v->last);
}

static void pass(struct array *v, size_t bytes)
{
    us_str w = window(v);
    for (size_t i = 0; i < bytes; i++) {
        v->column++;
        if (w.ptr[i] != '\n') continue;
        v->of->place->line++;
        v->column = 0;
    }
    v->of->place->byte += (int64_t)bytes;
    us_reader_take(v->of->reader, bytes);
}

/* Pass what stands between elements; the next byte, or 0 at the end of the file. */
static us_code next_byte(struct array *v, char *next, struct us_error *e)
{
    for (;;) {
        us_str w = window(v);
        size_t i = 0;
        while (i < w.len && between(w.ptr[i]))
            i++;
        *next = '\0';
        if (i < w.len) *next = w.ptr[i];
        pass(v, i);
        if (*next || v->last) return US_OK;
        US_TRY(us_reader_fill(v->of->reader, e));
    }
}

/* Go to the next line; false at the end of the file. */
static us_code line_next(struct array *v, bool *there, struct us_error *e)
{
    for (;;) {
        us_str w = window(v);
        const char *end = w.len ? memchr(w.ptr, '\n', w.len) : NULL;
        pass(v, end ? (size_t)(end - w.ptr) + 1 : w.len);
        *there = end != NULL;
        if (end || v->last) return US_OK;
        US_TRY(us_reader_fill(v->of->reader, e));
    }
}

/* After a broken element that began so far in: to where the next may begin. */
static us_code recover(struct array *v, size_t column, struct us_error *e)
{
    for (;;) {
        bool there = false;
        char next = '\0';
        US_TRY(line_next(v, &there, e));
        if (!there) return US_OK;
        US_TRY(next_byte(v, &next, e));
        if (!next || (v->column <= column && (next == '{' || next == ']')))
            return US_OK;
    }
}

static us_code dead(struct array *v, us_str text, const char *key, struct us_error *e)
{
    struct us_error why;
    us_code code = us_fail(&why, US_INPUT, key, NULL);
    return code == US_OK ? code : v->of->dead(v->of->ctx, text, &why, e);
}

static us_code element(struct array *v, struct us_error *e)
{
    struct us_element_scan scan = {0};
    us_str w = window(v);
    us_element found;
    while ((found = us_element_end(&scan, w)) == US_ELEMENT_MORE && !v->last &&
           w.len < US_ROW_BYTES_MAX) {
        US_TRY(us_reader_fill(v->of->reader, e));
        w = window(v);
    }
    if (found == US_ELEMENT_WHOLE) {
        us_str text = us_str_trim(us_str_slice(w, 0, scan.at));
        US_TRY(v->of->one(v->of->ctx, text, e));
        pass(v, scan.at);
        return US_OK;
    }
    size_t line = us_str_find(w, US_S("\n"));
    if (found == US_ELEMENT_BROKEN) line = scan.at;
    size_t column = v->column;
    US_TRY(dead(v, us_str_slice(w, 0, line), "import.element_open", e));
    return recover(v, column, e);
}

us_code us_array_at(struct us_reader *reader, bool *array, struct us_error *e)
{
    for (;;) {
        bool last = false;
        us_str w = us_reader_window(reader, &last);
        size_t i = 0;
        while (i < w.len && (w.ptr[i] == ' ' || w.ptr[i] == '\t'))
            i++;
        *array = i < w.len && w.ptr[i] == '[';
        if (i < w.len || last || w.len >= US_ROW_BYTES_MAX) return US_OK;
        US_TRY(us_reader_fill(reader, e));
    }
}

us_code us_array_read(const struct us_array *array, struct us_error *e)
{
    struct array v = {.of = array};
    char next;
    US_TRY(next_byte(&v, &next, e));
    pass(&v, 1); /* the bracket */
    for (;;) {
        US_TRY(next_byte(&v, &next, e));
        if (next == ']') {
            pass(&v, 1);
            return US_OK;
        }
        if (!next) return dead(&v, US_S(""), "import.array_open", e);
        US_TRY(element(&v, e));
    }
}
