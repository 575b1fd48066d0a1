#include "signal/lex.h"

/* What people type, or an editor makes of it, and what the language wants. */
static const struct {
    us_str typed, wanted;
} instead[] = {
    {US_S_INIT("&&"), US_S_INIT("and")},
    {US_S_INIT("||"), US_S_INIT("or")},
    {US_S_INIT("<>"), US_S_INIT("!=")},
    {US_S_INIT("!"), US_S_INIT("not")},
    {US_S_INIT("="), US_S_INIT("==")},
    {US_S_INIT("≠"), US_S_INIT("!=")},
    {US_S_INIT("≤"), US_S_INIT("<=")},
    {US_S_INIT("≥"), US_S_INIT(">=")},
    {US_S_INIT("×"), US_S_INIT("*")},
    {US_S_INIT("÷"), US_S_INIT("/")},
    {US_S_INIT("−"), US_S_INIT("-")},
    {US_S_INIT("–"), US_S_INIT("-")},
    {US_S_INIT("“"), US_S_INIT("\"")},
    {US_S_INIT("”"), US_S_INIT("\"")},
    {US_S_INIT("‘"), US_S_INIT("'")},
    {US_S_INIT("’"), US_S_INIT("'")},
    {US_S_INIT("，"), US_S_INIT(",")},
    {US_S_INIT("、"), US_S_INIT(",")},
    {US_S_INIT("。"), US_S_INIT(".")},
    {US_S_INIT("（"), US_S_INIT("(")},
    {US_S_INIT("）"), US_S_INIT(")")},
    {US_S_INIT("【"), US_S_INIT("[")},
    {US_S_INIT("】"), US_S_INIT("]")},
    {US_S_INIT("＞"), US_S_INIT(">")},
    {US_S_INIT("＜"), US_S_INIT("<")},
    {US_S_INIT("＝"), US_S_INIT("==")},
};

/* Longest first. */
static const us_str marks[] = {
    US_S_INIT("=="),
    US_S_INIT("!="),
    US_S_INIT("<="),
    US_S_INIT(">="),
    US_S_INIT("<"),
    US_S_INIT(">"),
    US_S_INIT("+"),
    US_S_INIT("-"),
    US_S_INIT("*"),
    US_S_INIT("/"),
    US_S_INIT("("),
    US_S_INIT(")"),
    US_S_INIT("["),
    US_S_INIT("]"),
    US_S_INIT(","),
    US_S_INIT("."),
};

static const us_str words[] = {
    US_S_INIT("and"),
    US_S_INIT("or"),
    US_S_INIT("not"),
    US_S_INIT("in"),
    US_S_INIT("contains"),
    US_S_INIT("if"),
    US_S_INIT("where"),
    US_S_INIT("true"),
    US_S_INIT("false"),
};

bool us_lex_is_word(us_str s)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (us_str_eq(words[i], s)) return true;
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The character at i: its code point and length in bytes. */
static uint32_t character(us_str s, size_t i, size_t *len)
{
    unsigned char c = (unsigned char)s.ptr[i];
    *len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (*len > s.len - i) *len = 1;
    uint32_t point = *len == 1 ? c : c & (0xffU >> (*len + 1));
    for (size_t k = 1; k < *len; k++)
        point = point << 6 | ((unsigned char)s.ptr[i + k] & 0x3fU);
    return point;
}

/* Letters of other scripts are not told from their symbols, but the blocks of
 * punctuation are kept out, so that a full-width comma is not part of a name. */
static bool is_letter(uint32_t c)
{
    if (c < 0x80) return (c | 32) >= 'a' ? (c | 32) <= 'z' : c == '_';
    if (c < 0xc0 || c == 0xd7 || c == 0xf7) return false;
    if (c >= 0x2000 && c <= 0x2bff) return false;
    return !(c >= 0x3000 && c <= 0x303f) && !(c >= 0xff00 && c <= 0xff65);
}

/* The bytes of the name that begins at i; 0 when none does. */
static size_t name_len(us_str s, size_t i)
{
    size_t from = i;
    while (i < s.len) {
        size_t len = 0;
        uint32_t c = character(s, i, &len);
        bool good =
            c == '_' || is_letter(c) || (i > from && c < 0x80 && is_digit((char)c));
        if (!good) break;
        i += len;
    }
    return i - from;
}

bool us_lex_is_name(us_str s)
{
    return s.len && name_len(s, 0) == s.len;
}

static size_t digits(us_str s, size_t i)
{
    size_t from = i;
    while (i < s.len && is_digit(s.ptr[i]))
        i++;
    return i - from;
}

static struct us_token token(struct us_lexer *l, us_token_kind kind, size_t len)
{
    struct us_token t = {.kind = kind,
        .from = (uint32_t)l->at,
        .to = (uint32_t)(l->at + len),
        .text = us_str_slice(l->text, l->at, l->at + len)};
    l->at += len;
    return t;
}

static struct us_token bad(struct us_lexer *l, const char *key, size_t len)
{
    struct us_token t = token(l, US_TOKEN_BAD, len);
    t.bad = key;
    return t;
}

/* 12, 1.5, 1e6 or a window: 24h, 7d, 4w. A week is seven days. */
static struct us_token number(struct us_lexer *l)
{
    us_str s = l->text;
    size_t i = l->at + digits(s, l->at);
    size_t whole = i - l->at;
    if (i < s.len && s.ptr[i] == '.') i += 1 + digits(s, i + 1);
    if (i < s.len && (s.ptr[i] == 'e' || s.ptr[i] == 'E')) {
        bool sign = i + 1 < s.len && (s.ptr[i + 1] == '+' || s.ptr[i + 1] == '-');
        size_t power = digits(s, i + 1 + sign);
        if (power) i += 1 + sign + power;
    }
    size_t letters = name_len(s, i);
    size_t len = i + letters - l->at;
    if (letters == 0) {
        struct us_token t = token(l, US_TOKEN_NUMBER, len);
        if (us_str_real(t.text, &t.number)) return t;
        t.kind = US_TOKEN_BAD;
        t.bad = "signal.bad_number";
        return t;
    }
    char unit = s.ptr[i];
    int64_t n = 0;
    bool window = letters == 1 && i == l->at + whole &&
                  (unit == 'h' || unit == 'd' || unit == 'w') &&
                  us_str_int(us_str_slice(s, l->at, i), &n);
    if (!window) return bad(l, "signal.bad_window", len);
    struct us_token t = token(l, US_TOKEN_WINDOW, len);
    int64_t most = INT64_MAX / 7;
    t.window.unit = unit == 'h' ? US_HOURS : US_DAYS;
    t.window.n = unit == 'w' ? (n < most ? n : most) * 7 : n;
    return t;
}

/* s without its escapes. */
static us_str unescape(struct us_arena *a, us_str s, size_t escapes)
{
    if (escapes == 0) return s;
    char *text = us_new(a, char, s.len - escapes);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\\') i++;
        text[len++] = s.ptr[i];
    }
    return (us_str){text, len};
}

/* In either quotes; \ before a quote or another \ takes it as it is. */
static struct us_token quoted(struct us_lexer *l)
{
    us_str s = l->text;
    char quote = s.ptr[l->at];
    size_t i = l->at + 1;
    size_t escapes = 0;
    for (; i < s.len && s.ptr[i] != quote; i++) {
        if (s.ptr[i] != '\\') continue;
        us_str next = us_str_slice(s, i + 1, i + 2);
        if (next.len == 0 || us_str_find(US_S("\\\"'"), next) == 3) {
            l->at = i;
            return bad(l, "signal.bad_escape", 1);
        }
        escapes++;
        i++;
    }
    if (i == s.len) return bad(l, "signal.open_text", s.len - l->at);
    struct us_token t = token(l, US_TOKEN_TEXT, i + 1 - l->at);
    t.text = unescape(l->arena, us_str_slice(s, t.from + 1, i), escapes);
    return t;
}

struct us_token us_lex(struct us_lexer *l)
{
    us_str s = l->text;
    while (l->at < s.len && (s.ptr[l->at] == ' ' || s.ptr[l->at] == '\t' ||
                                s.ptr[l->at] == '\n' || s.ptr[l->at] == '\r'))
        l->at++;
    if (l->at == s.len) return token(l, US_TOKEN_END, 0);
    char c = s.ptr[l->at];
    if (is_digit(c)) return number(l);
    if (c == '"' || c == '\'') return quoted(l);
    us_str rest = us_str_slice(s, l->at, s.len);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        bool not_equal = us_str_has_prefix(rest, US_S("<>"));
        if (!not_equal && us_str_has_prefix(rest, marks[i]))
            return token(l, US_TOKEN_MARK, marks[i].len);
    }
    size_t len = name_len(s, l->at);
    if (len) return token(l, US_TOKEN_NAME, len);
    for (size_t i = 0; i < sizeof instead / sizeof *instead; i++) {
        if (!us_str_has_prefix(rest, instead[i].typed)) continue;
        struct us_token t = bad(l, "signal.write_instead", instead[i].typed.len);
        t.instead = instead[i].wanted;
        return t;
    }
    character(s, l->at, &len);
    return bad(l, "signal.bad_character", len);
}
