/* gate.c: one more gate of a definition in the text people wrote, all else byte for
 * byte.
 *
 * The place of what is there already says how it is written: a list with a line for
 * each gate, a list in brackets, or none yet. A definition in braces gets none.
 */

#include "config/edit.h"

enum { TEXT_MAX = US_EDIT_TEXT_MAX };

struct text {
    us_str all;
    const char *end_of_line; /* "\n", or "\r\n" where the file has that */
};

/* The byte of a place: its column counts characters. */
static size_t byte_of(us_str text, us_place place)
{
    size_t at = us_edit_line(text, place.line);
    for (uint32_t column = 1; column < place.column && at < text.len; column++) {
        at++;
        while (at < text.len && ((unsigned char)text.ptr[at] & 0xc0) == 0x80)
            at++;
    }
    return at;
}

/* The text up to `at`, what stands in *more, the rest. */
static us_str spliced(us_str text, size_t at, us_str more, struct us_arena *a)
{
    struct us_buf out = us_buf_new(a, TEXT_MAX);
    us_buf_put(&out, us_str_slice(text, 0, at));
    us_buf_put(&out, more);
    us_buf_put(&out, us_str_slice(text, at, text.len));
    return out.full ? (us_str){0} : us_buf_str(&out);
}

/* Past a scalar that begins at its place, quotes and all. */
static size_t past_scalar(us_str text, const struct us_source *s)
{
    size_t at = byte_of(text, s->place);
    char quote = text.ptr[at];
    if (at > 0 && (text.ptr[at - 1] == '\'' || text.ptr[at - 1] == '"'))
        quote = text.ptr[--at];
    if (quote != '\'' && quote != '"') return at + s->text.len;
    for (at++; at < text.len; at++) {
        bool twice = quote == '\'' && at + 1 < text.len && text.ptr[at] == quote &&
                     text.ptr[at + 1] == quote;
        if (twice || (quote == '"' && text.ptr[at] == '\\')) {
            at++;
        } else if (text.ptr[at] == quote) {
            return at + 1;
        }
    }
    return text.len;
}

/* "      - " before a gate that has a line to itself; empty: it has not. */
static us_str dash_of(us_str text, const struct us_source *s)
{
    size_t line = us_edit_line(text, s->place.line);
    size_t at = line + us_edit_indent(text, line).len;
    if (at >= text.len || text.ptr[at] != '-') return (us_str){0};
    for (at++; at < text.len && text.ptr[at] == ' ';)
        at++;
    size_t scalar = byte_of(text, s->place);
    bool here = at == scalar || at + 1 == scalar; /* its quote may stand before it */
    return here ? us_str_slice(text, line, at) : (us_str){0};
}

static us_str after_last(const struct text *t, const struct us_definition_text *def,
    us_str expression, struct us_arena *a)
{
    const struct us_source *last = &def->must[def->must_count - 1];
    us_str dash = dash_of(t->all, last);
    struct us_buf more = us_buf_new(a, TEXT_MAX);
    size_t at = past_scalar(t->all, last);
    if (dash.len) {
        at = us_edit_line_end(t->all, at);
        us_buf_put(&more, us_str_c(t->end_of_line));
        us_buf_put(&more, dash);
    } else {
        us_buf_put(&more, US_S(", "));
    }
    us_edit_scalar(expression, !dash.len, &more);
    return spliced(t->all, at, us_buf_str(&more), a);
}

/* Before the first key of a definition that has no gate. */
static us_str as_first(const struct text *t, const struct us_definition_text *def,
    us_str expression, struct us_arena *a)
{
    us_str text = t->all;
    size_t own = us_edit_line(text, def->name.place.line);
    us_str outer = us_edit_indent(text, own);
    size_t colon = own;
    while (colon < text.len && text.ptr[colon] != ':' && text.ptr[colon] != '\n')
        colon++;
    us_str rest =
        us_str_trim(us_str_slice(text, colon + 1, us_edit_line_end(text, own)));
    if (rest.len && rest.ptr[0] != '#') return (us_str){0};
    size_t line = own;
    for (;;) {
        while (line < text.len && text.ptr[line] != '\n')
            line++;
        if (line >= text.len) return (us_str){0};
        line++;
        us_str words =
            us_str_trim(us_str_slice(text, line, us_edit_line_end(text, line)));
        if (words.len && words.ptr[0] != '#') break;
    }
    us_str inner = us_edit_indent(text, line);
    if (inner.len <= outer.len) return (us_str){0};
    struct us_buf more = us_buf_new(a, TEXT_MAX);
    us_buf_fmt(
        &more, "%.*smust:%s%.*s  - ", US_ARG(inner), t->end_of_line, US_ARG(inner));
    us_edit_scalar(expression, false, &more);
    us_buf_put(&more, us_str_c(t->end_of_line));
    return spliced(text, line, us_buf_str(&more), a);
}

/* A definition of its own, at the end. */
static us_str as_new(
    const struct text *t, const struct us_gate_asked *asked, struct us_arena *a)
{
    struct us_buf more = us_buf_new(a, TEXT_MAX);
    const char *end = t->end_of_line;
    bool ended = t->all.len == 0 || t->all.ptr[t->all.len - 1] == '\n';
    if (!ended) us_buf_put(&more, us_str_c(end));
    us_buf_fmt(&more, "qualify:%s  %.*s:%s    kind: %s%s", end, US_ARG(asked->name),
        end, asked->pql ? "pql" : "pqa", end);
    if (asked->aim.len) us_buf_fmt(&more, "    aim: %.*s%s", US_ARG(asked->aim), end);
    us_buf_fmt(&more, "    must:%s      - ", end);
    us_edit_scalar(asked->expression, false, &more);
    us_buf_put(&more, us_str_c(end));
    return spliced(t->all, t->all.len, us_buf_str(&more), a);
}

bool us_config_gate(const struct us_config *c, const struct us_gate_asked *asked,
    struct us_arena *a, uint32_t *file, us_str *out)
{
    const struct us_definition_text *def =
        asked->definition == SIZE_MAX ? NULL : &c->definitions[asked->definition];
    *file = def ? def->name.place.file : 0;
    if (def && def->must_count) *file = def->must[def->must_count - 1].place.file;
    us_str all = c->files[*file].text;
    struct text t = {all, us_edit_end_of_line(all)};
    if (!def) {
        *out = as_new(&t, asked, a);
    } else if (def->must_count) {
        *out = after_last(&t, def, asked->expression, a);
    } else {
        *out = as_first(&t, def, asked->expression, a);
    }
    return out->len > 0;
}
