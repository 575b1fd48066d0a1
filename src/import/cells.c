/* cells.c: one cell of a table, judged by its rule. */

#include "import/sheet.h"

#include <string.h>

enum { MONEY_MAX = 40, SHOWN_MAX = 80 };

static char small(char c)
{
    if (c < 'A' || c > 'Z') return c;
    return (char)(c - 'A' + 'a');
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool letter(char c)
{
    return small(c) >= 'a' && small(c) <= 'z';
}

/* Bytes past ASCII belong to a name: columns may be named in any language. */
static bool counts(char c)
{
    return letter(c) || digit(c) || (unsigned char)c >= 0x80;
}

us_str us_plain_name(us_str name, struct us_arena *a)
{
    char *out = us_new(a, char, name.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++)
        if (counts(name.ptr[i])) out[len++] = small(name.ptr[i]);
    return (us_str){out, len};
}

bool us_same_name(us_str a, us_str b)
{
    size_t i = 0;
    size_t k = 0;
    size_t same = 0;
    for (;; i++, k++, same++) {
        while (i < a.len && !counts(a.ptr[i]))
            i++;
        while (k < b.len && !counts(b.ptr[k]))
            k++;
        if (i == a.len || k == b.len) return i == a.len && k == b.len && same > 0;
        if (small(a.ptr[i]) != small(b.ptr[k])) return false;
    }
}

us_str us_shown(us_str text)
{
    return us_str_clip(text, SHOWN_MAX);
}

/* ---- numbers ---- */

/* What may stand around an amount: a code of three letters, signs of money, spaces. */
static us_str without_currency(us_str s)
{
    size_t letters = 0;
    while (s.len &&
           (s.ptr[0] == '$' || s.ptr[0] == ' ' || (unsigned char)s.ptr[0] >= 0x80 ||
               (letter(s.ptr[0]) && letters++ < 3)))
        s = us_str_slice(s, 1, s.len);
    for (letters = 0; s.len; s.len--) {
        char c = s.ptr[s.len - 1];
        bool code = letter(c) && letters++ < 3;
        if (!code && c != ' ' && (unsigned char)c < 0x80) break;
    }
    return s;
}

/* 1,234,567.89 without its commas: groups of three after the first, none after the
 * point. "1,50" is no amount: whether it means 1.5 cannot be known. */
static bool ungrouped(us_str s, struct us_buf *out)
{
    size_t whole = us_str_find(s, US_S("."));
    size_t run = 0;
    bool grouped = false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == ',') {
            if (i > whole || run == 0 || run > 3 || (grouped && run != 3)) return false;
            grouped = true;
            run = 0;
            continue;
        }
        if (i == whole) {
            if (grouped && run != 3) return false;
            if (out->len == 0) us_buf_char(out, '0');
        } else if (!digit(c)) {
            return false;
        }
        run++;
        us_buf_char(out, c);
    }
    return s.len > 0 && !(whole == s.len && grouped && run != 3);
}

static us_str without_zeros(us_str s)
{
    while (s.len > 1 && s.ptr[0] == '0' && digit(s.ptr[1]))
        s = us_str_slice(s, 1, s.len);
    return s;
}

static bool money_read(us_str text, struct us_arena *a, us_str *out)
{
    us_str s = text;
    bool minus = false;
    if (s.len > 2 && s.ptr[0] == '(' && s.ptr[s.len - 1] == ')') {
        minus = true; /* as accountants write it */
        s = us_str_slice(s, 1, s.len - 1);
    }
    if (s.len && s.ptr[0] == '-' && !minus) {
        minus = true;
        s = us_str_slice(s, 1, s.len);
    }
    s = without_currency(s);
    if (s.len && s.ptr[0] == '-' && !minus) { /* "$-5.00" */
        minus = true;
        s = us_str_slice(s, 1, s.len);
    }
    if (s.len > MONEY_MAX) return false;
    struct us_buf plain = us_buf_new(a, (size_t)2 * MONEY_MAX);
    if (!ungrouped(s, &plain)) return false;
    us_str number = without_zeros(us_buf_str(&plain));
    *out = us_arena_fmt(a, "%s%.*s", minus ? "-" : "", US_ARG(number));
    return true;
}

static bool number_fits(us_str text)
{
    double number;
    int64_t millionths;
    return us_str_real(text, &number) && us_decimal(us_number(number), &millionths);
}

/* ---- times ---- */

/* Digits up to `most` of them. */
static bool few_digits(us_str *s, size_t most, int *out)
{
    int value = 0;
    size_t n = 0;
    for (; n < s->len && n < most && digit(s->ptr[n]); n++)
        value = value * 10 + (s->ptr[n] - '0');
    *s = us_str_slice(*s, n, s->len);
    *out = value;
    return n > 0;
}

static bool passed(us_str *s, char c)
{
    if (!s->len || s->ptr[0] != c) return false;
    *s = us_str_slice(*s, 1, s->len);
    return true;
}

/* "2:30 PM", "14:30", "14:30:05". */
static bool clock_read(us_str s, us_date *d)
{
    if (!few_digits(&s, 2, &d->hour) || !passed(&s, ':')) return false;
    if (!few_digits(&s, 2, &d->minute)) return false;
    if (passed(&s, ':') && !few_digits(&s, 2, &d->second)) return false;
    s = us_str_trim(s);
    if (!s.len) return true;
    bool afternoon = us_str_eq_nocase(s, US_S("pm"));
    if (!afternoon && !us_str_eq_nocase(s, US_S("am"))) return false;
    if (d->hour < 1 || d->hour > 12) return false;
    d->hour = d->hour % 12 + (afternoon ? 12 : 0);
    return true;
}

/* Month, day, year, as the United States write it. The other order cannot be told from
 * it, and is found out by the first day past the twelfth. */
static bool us_date_read(us_str s, int64_t *at)
{
    us_date d = {0};
    if (!few_digits(&s, 2, &d.month) || !passed(&s, '/')) return false;
    if (!few_digits(&s, 2, &d.day) || !passed(&s, '/')) return false;
    if (s.len < 4 || !few_digits(&s, 4, &d.year) || d.year < 1000) return false;
    if (s.len && !passed(&s, ' ') && !passed(&s, ',')) return false;
    s = us_str_trim(s);
    if (s.len && !clock_read(s, &d)) return false;
    int64_t t;
    if (!us_date_time(d, &t) || t < US_TIME_MIN || t >= US_TIME_MAX) return false;
    *at = t;
    return true;
}

/* Seconds or milliseconds since 1970: between 1973 and 5138 no moment is both. */
static bool epoch_read(us_str s, int64_t *at)
{
    static const int64_t seconds_max = INT64_C(100000000000);
    int64_t n;
    if (!us_str_int(s, &n) || n < 100000000 || n >= seconds_max * 1000) return false;
    int64_t t = n < seconds_max ? n * US_SECOND_US : n * 1000;
    if (t >= US_TIME_MAX) return false;
    *at = t;
    return true;
}

static bool time_read(us_cell_kind kind, us_str text, int64_t *at)
{
    if (us_time_read(text, at)) return true;
    if (kind == US_CELL_MOMENT) return epoch_read(text, at);
    return kind == US_CELL_DATE && us_date_read(text, at);
}

/* ---- words ---- */

static bool word_read(us_str words, us_str text, us_str *out)
{
    while (words.len) {
        us_str means;
        us_str spelled = us_str_cut(us_str_cut(words, ' ', &words), ':', &means);
        if (!us_same_name(spelled, text)) continue;
        *out = means.len ? means : spelled;
        return true;
    }
    return false;
}

static us_str nearest_word(us_str words, us_str text)
{
    us_str best = {0};
    size_t least = SIZE_MAX;
    while (words.len) {
        us_str means;
        us_str word = us_str_cut(words, ' ', &words);
        us_str spelled = us_str_cut(word, ':', &means);
        size_t distance = us_str_distance(spelled, text);
        if (best.len && distance >= least) continue;
        least = distance;
        best = means.len ? means : spelled;
    }
    return best;
}

static const us_str intervals =
    US_S_INIT("month year quarter week day months:month years:year quarters:quarter "
              "weeks:week days:day monthly:month yearly:year annual:year annually:year "
              "annum:year quarterly:quarter weekly:week daily:day mo:month yr:year");

static const us_str yes_words = US_S_INIT(
    "true false t:true f:false yes:true no:false y:true n:false 1:true 0:false");

/* "3 months" is three of them. */
static bool interval_read(us_str text, struct us_arena *a, us_str *out)
{
    us_str rest = text;
    us_str word;
    int n = 1;
    if (digit(text.ptr[0]) && !few_digits(&rest, 3, &n)) return false;
    if (n < 1 || !word_read(intervals, us_str_trim(rest), &word)) return false;
    *out = n == 1 ? word : us_arena_fmt(a, "%d %.*ss", n, US_ARG(word));
    return true;
}

static bool bad(struct us_error *why, const char *key, us_str column, us_str text)
{
    return us_fail(why, US_INPUT, key,
               US_ARGS(US_TEXT("column", us_shown(column)),
                   US_TEXT("text", us_shown(text)))) == US_OK;
}

static bool bad_word(struct us_error *why, us_str words, us_str column, us_str text)
{
    return us_fail(why, US_INPUT, "import.bad_word",
               US_ARGS(US_TEXT("column", us_shown(column)),
                   US_TEXT("text", us_shown(text)),
                   US_TEXT("nearest", nearest_word(words, text)))) == US_OK;
}

bool us_cell_read(const struct us_cell_rule *rule, us_str column, us_str text,
    struct us_arena *a, struct us_cell *cell, struct us_error *why)
{
    text = us_str_trim(text);
    *cell = (struct us_cell){.text = text, .at = US_NEVER, .column = column};
    if (!text.len) return true;
    switch (rule->kind) {
    case US_CELL_TIME:
    case US_CELL_MOMENT:
    case US_CELL_DATE:
        return time_read(rule->kind, text, &cell->at) ||
               bad(why, "import.bad_time", column, text);
    case US_CELL_MONEY:
        if (!number_fits(text) && !money_read(text, a, &cell->text))
            return bad(why, "import.bad_number", column, text);
        return number_fits(cell->text) || bad(why, "import.bad_number", column, text);
    case US_CELL_NUMBER:
        return number_fits(text) || bad(why, "import.bad_number", column, text);
    case US_CELL_WORD:
        return word_read(rule->words, text, &cell->text) ||
               bad_word(why, rule->words, column, text);
    case US_CELL_INTERVAL:
        return interval_read(text, a, &cell->text) ||
               bad_word(why, intervals, column, text);
    case US_CELL_YES:
        if (!word_read(yes_words, text, &cell->text))
            return bad_word(why, yes_words, column, text);
        cell->yes = us_str_eq(cell->text, US_S("true"));
        return true;
    case US_CELL_TEXT:
    default: return true;
    }
}

us_str us_capitals(us_str s, struct us_arena *a)
{
    char *out = us_new(a, char, s.len + 1);
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool small = c >= 'a' && c <= 'z';
        out[i] = (char)(small ? c - 'a' + 'A' : c);
    }
    return (us_str){out, s.len};
}
