#include "config/edit.h"

size_t us_edit_line(us_str text, uint32_t line)
{
    size_t at = 0;
    while (line > 1 && at < text.len)
        line -= text.ptr[at++] == '\n';
    return at;
}

size_t us_edit_line_end(us_str text, size_t at)
{
    while (at < text.len && text.ptr[at] != '\n')
        at++;
    return at > 0 && at < text.len && text.ptr[at - 1] == '\r' ? at - 1 : at;
}

us_str us_edit_indent(us_str text, size_t line)
{
    size_t at = line;
    while (at < text.len && text.ptr[at] == ' ')
        at++;
    return us_str_slice(text, line, at);
}

void us_edit_scalar(us_str s, bool listed, struct us_buf *out)
{
    char first = s.len ? s.ptr[0] : '"';
    bool word = ('a' <= first && first <= 'z') || ('0' <= first && first <= '9');
    bool plain = !listed && (word || first == '(');
    bool odd = us_str_find(s, US_S(": ")) < s.len ||
               us_str_find(s, US_S(" #")) < s.len || us_str_has_suffix(s, US_S(":"));
    if (plain && !odd) {
        us_buf_put(out, s);
        return;
    }
    us_buf_char(out, '\'');
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\'') us_buf_char(out, '\'');
        us_buf_char(out, s.ptr[i]);
    }
    us_buf_char(out, '\'');
}

const char *us_edit_end_of_line(us_str text)
{
    return us_str_find(text, US_S("\r\n")) < text.len ? "\r\n" : "\n";
}
