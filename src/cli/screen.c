/* screen.c: colours, widths and wrapping, for a terminal and for a file alike. */
#include "cli/html.h"

#include <string.h>

/* SGR parameters by us_tone. */
static const char *const tones[] = {
    [US_PLAIN] = "",
    [US_BOLD] = "1",
    [US_DIM] = "2",
    [US_RED] = "31",
    [US_GREEN] = "32",
    [US_YELLOW] = "33",
    [US_CYAN] = "36",
};

void us_screen_tone(struct us_buf *out, bool colour, us_tone tone, us_str s)
{
    if (!colour || tone == US_PLAIN) {
        us_buf_put(out, s);
        return;
    }
    us_buf_fmt(out, "\033[%sm", tones[tone]);
    us_buf_put(out, s);
    us_buf_put(out, US_S("\033[0m"));
}

void us_screen_heading(struct us_cli *cli, const char *key, const us_arg *args)
{
    us_str text = us_text(cli->arena, cli->lang, key, args);
    if (cli->html) {
        us_html_element(cli->out, "h2", text);
        return;
    }
    us_screen_tone(cli->out, cli->colour, US_BOLD, text);
    us_buf_char(cli->out, '\n');
}

void us_screen_blanks(struct us_buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        us_buf_char(out, ' ');
}

/* The character that begins at i, as a text of its own; a stray byte is one. */
static us_str character(us_str s, size_t i)
{
    size_t end = i + 1;
    while (end < s.len && end < i + 4 && ((unsigned char)s.ptr[end] & 0xc0) == 0x80)
        end++;
    return us_str_slice(s, i, end);
}

/* Marks that close what stands before them, and so begin no line. */
static bool closes(us_str c)
{
    us_str marks = US_S("，。；：、！？）」』】》”’…%");
    return us_str_find(marks, c) < marks.len;
}

/* And those that open what follows, and so end none. */
static bool opens(us_str c)
{
    us_str marks = US_S("（「『【《“‘");
    return us_str_find(marks, c) < marks.len;
}

/* How far the piece that may not be broken goes from i: a word, a `command` to type, or
 * one wide character with the marks that cling to it. */
static size_t piece(us_str s, size_t i)
{
    us_str rest = us_str_slice(s, i + 1, s.len);
    size_t tick = s.ptr[i] == '`' ? us_str_find(rest, US_S("`")) : rest.len;
    us_str last = character(s, tick < rest.len ? i + 1 + tick : i);
    size_t end = (size_t)(last.ptr - s.ptr) + last.len;
    while (end < s.len && s.ptr[end] != ' ' && s.ptr[end] != '\n') {
        us_str c = character(s, end);
        bool narrow = us_str_columns(last) < 2 && us_str_columns(c) < 2;
        if (!narrow && !closes(c) && !opens(last)) break;
        end += c.len;
        last = c;
    }
    return end;
}

static size_t blanks_at(us_str s, size_t i)
{
    size_t n = 0;
    while (i + n < s.len && s.ptr[i + n] == ' ')
        n++;
    return n;
}

void us_screen_wrap(
    struct us_buf *out, us_str text, size_t width, size_t indent, size_t at)
{
    bool fresh = true; /* nothing on this line yet */
    bool meant = true; /* the text itself begins this line, so its blanks count */
    for (size_t i = 0; i < text.len;) {
        size_t gap = blanks_at(text, i);
        i += gap;
        if (i == text.len) break;
        size_t end = piece(text, i);
        size_t columns = us_str_columns(us_str_slice(text, i, end));
        bool hard = text.ptr[i] == '\n';
        if (hard || (!fresh && at + gap + columns > width)) {
            us_buf_char(out, '\n');
            fresh = true;
            meant = hard;
            at = 0;
            i += hard;
        }
        if (hard) continue;
        if (fresh && at < indent) {
            us_screen_blanks(out, indent - at);
            at = indent;
        }
        if (fresh && !meant) gap = 0;
        us_screen_blanks(out, gap);
        us_buf_put(out, us_str_slice(text, i, end));
        at += gap + columns;
        fresh = false;
        i = end;
    }
    us_buf_char(out, '\n');
}

void us_screen_say(struct us_cli *cli, us_str text, size_t indent)
{
    if (cli->html)
        us_html_element(cli->out, "p", text);
    else
        us_screen_wrap(cli->out, text, cli->width, indent, 0);
}

void us_screen_as_is(struct us_cli *cli, us_str lines)
{
    if (!cli->html) {
        us_buf_put(cli->out, lines);
        return;
    }
    us_buf_put(cli->out, US_S("<pre>"));
    us_html_put(cli->out, lines);
    us_buf_put(cli->out, US_S("</pre>\n"));
}

void us_screen_bar(struct us_buf *out, double share, size_t columns)
{
    static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    double filled = share > 0 ? (share < 1 ? share : 1) * (double)columns : 0;
    size_t eighths = (size_t)(filled * 8 + 0.5);
    for (size_t i = 0; i < columns; i++) {
        size_t part = eighths > i * 8 ? eighths - i * 8 : 0;
        us_buf_put(out, part >= 8 ? US_S("█")
                        : part    ? us_str_c(parts[part])
                                  : US_S(" "));
    }
}

us_str us_screen_fit(struct us_arena *a, us_str s, size_t columns)
{
    if (us_str_columns(s) <= columns) return s;
    if (columns == 0) return US_S("");
    size_t used = 0;
    size_t end = 0;
    while (end < s.len) {
        us_str c = character(s, end);
        size_t wide = us_str_columns(c);
        if (used + wide > columns - 1) break;
        used += wide;
        end += c.len;
    }
    return us_arena_fmt(a, "%.*s…", US_ARG(us_str_slice(s, 0, end)));
}

us_str us_screen_clean(struct us_arena *a, us_str s)
{
    bool clean = us_str_is_utf8(s);
    for (size_t i = 0; clean && i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        clean =
            c >= 0x20 && c != 0x7f && c != 0xc2; /* U+0080 to U+009F begin with c2 */
    }
    if (clean) return s;
    char *text = us_new(a, char, s.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < s.len;) {
        us_str c = character(s, i);
        unsigned char first = (unsigned char)c.ptr[0];
        bool blank = first == '\n' || first == '\t' || first == '\r';
        bool control = first < 0x20 || first == 0x7f ||
                       (first == 0xc2 && c.len == 2 && (unsigned char)c.ptr[1] < 0xa0);
        if (blank || control || !us_str_is_utf8(c)) {
            text[len++] = blank ? ' ' : '?';
        } else {
            memcpy(text + len, c.ptr, c.len);
            len += c.len;
        }
        i += c.len;
    }
    return (us_str){text, len};
}
