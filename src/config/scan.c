#include "config/scan.h"

enum { OPEN_BRACKETS_MAX = 2000, BLANKS_MAX = 10000 };

static bool middle(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t line_start(us_str text, size_t at)
{
    while (at > 0 && text.ptr[at - 1] != '\n')
        at--;
    return at;
}

size_t us_scan_line_end(us_str text, size_t at)
{
    while (at < text.len && text.ptr[at] != '\n')
        at++;
    return at;
}

uint32_t us_scan_characters(us_str text, size_t from, size_t to)
{
    uint32_t n = 0;
    for (size_t i = from; i < to && i < text.len && text.ptr[i] != '\n'; i++)
        n += !middle(text.ptr[i]) && text.ptr[i] != '\r';
    return n ? n : 1;
}

us_place us_scan_place(us_str text, uint32_t file, size_t from, size_t to)
{
    us_place place = {file, 1, 1, us_scan_characters(text, from, to)};
    for (size_t i = 0; i < from && i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            place.line++;
            place.column = 1;
        } else if (!middle(text.ptr[i])) {
            place.column++;
        }
    }
    return place;
}

size_t us_scan_offset(us_str text, int line, int column)
{
    size_t at = 0;
    for (int n = 1; n < line; n++) {
        size_t end = us_scan_line_end(text, at);
        if (end == text.len) return end;
        at = end + 1;
    }
    for (int n = 1; n < column && at < text.len && text.ptr[at] != '\n'; n++) {
        at++;
        while (at < text.len && middle(text.ptr[at]))
            at++;
    }
    return at;
}

size_t us_scan_value_end(us_str text, size_t at)
{
    size_t end = at;
    bool quoted = false;
    for (; end < text.len && text.ptr[end] != '\n'; end++) {
        if (text.ptr[end] == '"') quoted = !quoted;
        if (text.ptr[end] == '#' && !quoted && end > at && blank(text.ptr[end - 1]))
            break;
    }
    while (end > at && (blank(text.ptr[end - 1]) || text.ptr[end - 1] == '\r'))
        end--;
    return end;
}

us_str us_scan_quoted(us_str text, size_t from, size_t to, struct us_arena *a)
{
    us_str value = us_str_slice(text, from, to);
    struct us_buf out = us_buf_new(a, 2 * value.len + 2);
    us_buf_char(&out, '\'');
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '\'') us_buf_char(&out, '\'');
        us_buf_char(&out, value.ptr[i]);
    }
    us_buf_char(&out, '\'');
    return us_buf_str(&out);
}

static void mistake(
    us_str text, uint32_t file, size_t from, struct us_diags *d, const char *key)
{
    us_place place = us_scan_place(text, file, from, from + 1);
    us_diag_add(d, place, false, key, NULL, (us_str){0});
}

/* The bytes of the character at i. */
static size_t character(us_str text, size_t i)
{
    size_t end = i + 1;
    while (end < text.len && middle(text.ptr[end]))
        end++;
    return end - i;
}

/* C0, DEL, C1, U+2028, U+2029. */
bool us_scan_control(us_str text, size_t i)
{
    unsigned char c = (unsigned char)text.ptr[i];
    unsigned char next = i + 1 < text.len ? (unsigned char)text.ptr[i + 1] : 0;
    unsigned char third = i + 2 < text.len ? (unsigned char)text.ptr[i + 2] : 0;
    if (c == '\r') return next != '\n';
    if (c < 0x20) return c != '\t' && c != '\n';
    if (c == 0xc2) return next < 0xa0;
    return c == 0x7f || (c == 0xe2 && next == 0x80 && (third == 0xa8 || third == 0xa9));
}

/* Told for each line; a file of nothing else ends at US_DIAGS_MAX. */
static void scan_lines(us_str text, uint32_t file, struct us_diags *d)
{
    for (size_t at = 0; at < text.len && d->count < US_DIAGS_MAX;) {
        size_t tab = at;
        while (tab < text.len && text.ptr[tab] == ' ')
            tab++;
        if (tab < text.len && text.ptr[tab] == '\t')
            mistake(text, file, tab, d, "config.tab");
        if (text.ptr[at] == '%') mistake(text, file, at, d, "config.directive");
        at = us_scan_line_end(text, at) + 1;
    }
}

/* What would take libfyaml longer than anyone waits, its time growing with the square:
 * brackets it looks for the end of, and blanks behind a dash. No file that is meant has
 * so many, quoted ones counted too. */
static bool scan_slow(us_str text, uint32_t file, struct us_diags *d)
{
    size_t open = 0;
    size_t blanks = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        open += c == '[' || c == '{';
        open -= open && (c == ']' || c == '}');
        blanks = blank(c) ? blanks + 1 : 0;
        if (open <= OPEN_BRACKETS_MAX && blanks <= BLANKS_MAX) continue;
        mistake(text, file, i, d, blanks ? "config.blanks" : "config.too_deep");
        return false;
    }
    return true;
}

bool us_scan_text(us_str text, uint32_t file, struct us_diags *d)
{
    size_t before = d->errors;
    if (!us_str_is_utf8(text)) {
        size_t i = 0;
        while (us_str_is_utf8(us_str_slice(text, i, i + character(text, i))))
            i += character(text, i);
        mistake(text, file, i, d, "config.utf8");
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!us_scan_control(text, i)) continue;
        mistake(text, file, i, d, "config.control");
        return false;
    }
    scan_lines(text, file, d);
    return d->errors == before && scan_slow(text, file, d);
}

/* Where the value of at's line begins: behind "- " and a plain key. */
static size_t value_start(us_str text, size_t at)
{
    size_t i = line_start(text, at);
    size_t end = us_scan_line_end(text, i);
    while (i < end && (blank(text.ptr[i]) || (text.ptr[i] == '-' && i + 1 < end &&
                                                 blank(text.ptr[i + 1]))))
        i++;
    if (i < end && (text.ptr[i] == '"' || text.ptr[i] == '\'')) return i;
    for (size_t colon = i; colon + 1 < end; colon++) {
        if (text.ptr[colon] == '"') break;
        if (text.ptr[colon] != ':' || !blank(text.ptr[colon + 1])) continue;
        for (i = colon + 1; i < end && blank(text.ptr[i]);)
            i++;
        return i;
    }
    return i;
}

static bool has(us_str s, us_str needle)
{
    return us_str_find(s, needle) < s.len;
}

/* An expression that YAML took for a quoted text or for a map within the line. */
static bool syntax_of_value(
    us_str text, uint32_t file, size_t at, us_str why, struct us_diags *d)
{
    size_t from = value_start(text, at);
    size_t to = us_scan_value_end(text, from);
    if (from == to) return false;
    bool quote = text.ptr[from] == '"' || text.ptr[from] == '\'';
    const char *key = NULL;
    if (quote && has(why, US_S("trailing content"))) {
        key = "config.quote_first";
    } else if (!quote && has(why, US_S("nested block mapping on the same line"))) {
        key = "config.cut_colon";
    } else {
        return false;
    }
    us_str right = us_scan_quoted(text, from, to, d->arena);
    us_diag_add(d, us_scan_place(text, file, from, to), false, key,
        US_ARGS(US_TEXT("right", right)), (us_str){0});
    return true;
}

/* A line that is a word and nothing else. */
static bool no_colon(us_str text, size_t at)
{
    size_t from = line_start(text, at);
    us_str line = us_str_trim(us_str_slice(text, from, us_scan_value_end(text, from)));
    bool item = us_str_has_prefix(line, US_S("-"));
    return line.len && !item && us_str_find(line, US_S(":")) == line.len;
}

void us_scan_syntax(
    us_str text, uint32_t file, size_t at, us_str why, struct us_diags *d)
{
    /* libfyaml's words, in the order they are asked for. */
    static const struct {
        us_str part;
        const char *key;
    } reasons[] = {
        {US_S_INIT("alias"), "config.anchor"},
        {US_S_INIT("anchor"), "config.anchor"},
        {US_S_INIT("depth limit"), "config.too_deep"},
        {US_S_INIT("cannot start with"), "config.yaml_start"},
        {US_S_INIT("-quoted"), "config.yaml_quote"},
        {US_S_INIT("flow "), "config.yaml_bracket"},
        {US_S_INIT("closing bracket"), "config.yaml_bracket"},
        {US_S_INIT("indent"), "config.yaml_indent"},
        {US_S_INIT("indendation"), "config.yaml_indent"},
    };
    if (syntax_of_value(text, file, at, why, d)) return;
    const char *key = no_colon(text, at) ? "config.yaml_colon" : "config.yaml_syntax";
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (!has(why, reasons[i].part)) continue;
        key = reasons[i].key;
        break;
    }
    /* It tells the place behind a quote; the quote itself is what to look at. */
    bool behind = at > 0 && (text.ptr[at - 1] == '"' || text.ptr[at - 1] == '\'');
    mistake(text, file, at - (behind && has(why, US_S("-quoted"))), d, key);
}
