#include "base/time.h"
#include "config/check.h"
#include "config/scan.h"
#include "config/world.h"

/* What one value is read with. */
struct reading {
    struct us_check *check;
    struct us_yaml *node;
    const struct us_key *key;
    const struct us_where *where;
};

static void mistake(
    const struct reading *r, const char *key, const us_arg *more, us_str suggestion)
{
    us_arg args[US_ERROR_ARGS_MAX + 1] = {
        US_TEXT("key", us_where_text(r->check->a, r->where)),
        US_TEXT("text", r->node->text),
    };
    size_t n = 2;
    for (; more && more->name; more++)
        args[n++] = *more;
    us_check_mistake(r->check, r->node, key, args, suggestion);
}

static void wrong(const struct reading *r, us_str suggestion)
{
    mistake(r, "config.wrong_value",
        US_ARGS(US_WORD("wanted", us_key_kind_words(r->key->kind))), suggestion);
}

static bool letters(us_str s, char from, char to)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < from || s.ptr[i] > to) return false;
    return true;
}

static void read_name(const struct reading *r)
{
    if (us_is_name(r->node->text)) return;
    mistake(r, "config.bad_reference", NULL, (us_str){0});
}

static void read_choice(const struct reading *r)
{
    r->node->whole = us_key_choice(r->key, r->node->text);
    if (r->node->whole >= 0) return;
    us_str names[US_KEYS_MAX];
    size_t n = 0;
    struct us_buf list = us_buf_new(r->check->a, 1024);
    for (us_str rest = us_str_c(r->key->choices); rest.len && n < US_KEYS_MAX;) {
        names[n] = us_str_cut(rest, ' ', &rest);
        if (n) us_buf_put(&list, US_S(", "));
        us_buf_put(&list, names[n++]);
    }
    mistake(r, n == 1 ? "config.only_choice" : "config.choice",
        US_ARGS(US_TEXT("choices", us_buf_str(&list))),
        us_nearest(r->node->text, names, n));
}

static void read_bool(const struct reading *r)
{
    static const us_str words[] = {
        US_S_INIT("no"), US_S_INIT("yes"), US_S_INIT("false"), US_S_INIT("true")};
    for (size_t i = 0; i < 4; i++) {
        if (!us_str_eq(r->node->text, words[i])) continue;
        r->node->whole = (int64_t)(i % 2);
        return;
    }
    wrong(r, us_nearest(r->node->text, words, 4));
}

static void read_number(const struct reading *r)
{
    double value = 0;
    int64_t whole = 0;
    const struct us_key *key = r->key;
    bool ok = us_str_real(r->node->text, &value);
    if (key->kind == US_KEY_WHOLE) ok = ok && us_str_int(r->node->text, &whole);
    if (!ok) {
        wrong(r, (us_str){0});
    } else if (key->most != 0 && (value < key->least || value > key->most)) {
        mistake(r, "config.number_range",
            US_ARGS(US_REAL("least", key->least), US_REAL("most", key->most)),
            (us_str){0});
    } else if (value < key->least) {
        mistake(r, key->least > 0 ? "config.number_positive" : "config.number_negative",
            NULL, (us_str){0});
    }
    r->node->number = value;
    r->node->whole = whole;
}

static void read_share(const struct reading *r)
{
    us_str text = r->node->text;
    double value = 0;
    if (us_str_real(text, &value)) {
        double cent = value > 0 && value < 1 ? value * 100 : value;
        struct us_buf right = us_buf_new(r->check->a, 64);
        us_buf_real(&right, cent);
        us_buf_char(&right, '%');
        wrong(r, cent >= 0 && cent <= 100 ? us_buf_str(&right) : (us_str){0});
        return;
    }
    bool cent = us_str_has_suffix(text, US_S("%"));
    if (!cent ||
        !us_str_real(us_str_trim(us_str_slice(text, 0, text.len - 1)), &value)) {
        wrong(r, (us_str){0});
        return;
    }
    if (value < 0 || value > 100) mistake(r, "config.share_range", NULL, (us_str){0});
    r->node->number = value / 100;
}

static bool unit_known(us_key_kind kind, char unit)
{
    if (unit == 'd') return true;
    if (unit == 'w') return kind != US_KEY_CLOCK;
    if (unit == 'h') return kind != US_KEY_DAYS;
    return unit == 'm' && kind == US_KEY_CLOCK;
}

/* A span of nothing is no span, and ten years are longer than anyone waits. */
static void read_span(const struct reading *r)
{
    us_str text = r->node->text;
    int64_t n = 0;
    char unit = 0;
    bool ok = us_span_read(text, &n, &unit) && unit_known(r->key->kind, unit);
    if (!ok && r->key->kind == US_KEY_CLOCK && us_str_has_suffix(text, US_S("bd"))) {
        ok = us_str_int(us_str_slice(text, 0, text.len - 2), &n) && n >= 0;
        unit = 'd';
    }
    if (!ok) {
        bool bare = us_str_int(text, &n) && n > 0 && n <= US_SPAN_DAYS_MAX;
        wrong(r, bare ? us_arena_fmt(r->check->a, "%dd", (int)n) : (us_str){0});
        return;
    }
    bool long_enough = n > 0 && n <= 1000000;
    int64_t us = long_enough ? us_span_us(n, unit) : 0;
    if (!long_enough || us > US_SPAN_DAYS_MAX * US_DAY_US) {
        mistake(r, "config.span_range", US_ARGS(US_WHOLE("most", US_SPAN_DAYS_MAX)),
            (us_str){0});
        return;
    }
    r->node->whole = r->key->kind == US_KEY_DAYS ? us / US_DAY_US : us;
}

static void read_rate(const struct reading *r)
{
    us_str unit;
    int64_t n = 0;
    us_str head = us_str_cut(r->node->text, '/', &unit);
    bool known = us_str_eq(unit, US_S("day")) || us_str_eq(unit, US_S("week")) ||
                 us_str_eq(unit, US_S("month"));
    if (!known || !us_str_int(head, &n) || n < 1 || n > 1000000) wrong(r, (us_str){0});
    r->node->whole = n;
}

static void read_date(const struct reading *r)
{
    if (r->node->text.len != 10 || !us_time_read(r->node->text, &r->node->whole))
        wrong(r, (us_str){0});
}

static void read_code(const struct reading *r)
{
    us_str text = r->node->text;
    size_t len = (size_t)r->key->most;
    if (text.len == len && letters(text, 'A', 'Z')) return;
    us_str right = {0};
    if (text.len == len && letters(text, 'a', 'z')) {
        char *upper = us_arena_cstr(r->check->a, text);
        for (size_t i = 0; i < len; i++)
            upper[i] = (char)(upper[i] & 0x5f);
        right = (us_str){upper, len};
    }
    mistake(r, "config.code", US_ARGS(US_WHOLE("letters", len)), right);
}

static void read_country(const struct reading *r)
{
    if (us_country_known(r->node->text)) return;
    wrong(r, us_country_nearest(r->node->text, r->check->a));
}

static void read_zone(const struct reading *r)
{
    if (us_zone_known(r->node->text)) return;
    wrong(r, us_zone_nearest(r->node->text, r->check->a));
}

static void read_domain(const struct reading *r)
{
    us_str text = r->node->text;
    us_str domain;
    us_str_cut(text, '@', &domain);
    if (!domain.ptr) domain = text;
    bool inside = us_str_find(domain, US_S(".")) < domain.len;
    bool good = inside && domain.ptr[0] != '.' && domain.ptr[domain.len - 1] != '.';
    for (size_t i = 0; i < domain.len; i++)
        good &= domain.ptr[i] != ' ' && domain.ptr[i] != '@' && domain.ptr[i] != '/';
    if (!good || domain.len != text.len) wrong(r, good ? domain : (us_str){0});
}

static bool odd_quotes(us_str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += text.ptr[i] == '"';
    return n % 2;
}

/* Up to the end of the line whatever stands there: a # was meant. */
static us_str quoted_line(const struct reading *r, us_str text)
{
    size_t end = r->node->from;
    while (end < text.len && text.ptr[end] != '\n')
        end++;
    us_str value = us_str_trim(us_str_slice(text, r->node->from, end));
    return us_scan_quoted(text, r->node->from, r->node->from + value.len, r->check->a);
}

/* The language itself is checked by signal/; here, what YAML may have done to it. */
static void read_expression(const struct reading *r)
{
    struct us_yaml *node = r->node;
    us_str text = r->check->c->files[node->place.file].text;
    if (node->lines) {
        mistake(r, "config.multi_line", NULL, (us_str){0});
        return;
    }
    if (!node->plain || !odd_quotes(node->text)) return;
    size_t at = node->to;
    while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t'))
        at++;
    if (at == text.len || text.ptr[at] != '#') return;
    mistake(r, "config.cut_hash", US_ARGS(US_TEXT("right", quoted_line(r, text))),
        (us_str){0});
}

void us_check_scalar(struct us_check *check, struct us_yaml *node,
    const struct us_key *key, const struct us_where *where)
{
    const struct reading r = {check, node, key, where};
    switch (key->kind) {
    case US_KEY_TEXT: break;
    case US_KEY_NAME: read_name(&r); break;
    case US_KEY_CHOICE: read_choice(&r); break;
    case US_KEY_BOOL: read_bool(&r); break;
    case US_KEY_NUMBER:
    case US_KEY_WHOLE: read_number(&r); break;
    case US_KEY_SHARE: read_share(&r); break;
    case US_KEY_DAYS:
    case US_KEY_SPAN:
    case US_KEY_CLOCK: read_span(&r); break;
    case US_KEY_RATE: read_rate(&r); break;
    case US_KEY_DATE: read_date(&r); break;
    case US_KEY_CODE: read_code(&r); break;
    case US_KEY_COUNTRY: read_country(&r); break;
    case US_KEY_ZONE: read_zone(&r); break;
    case US_KEY_DOMAIN: read_domain(&r); break;
    case US_KEY_EXPRESSION: read_expression(&r); break;
    case US_KEY_MAP:
    case US_KEY_NAMED:
    case US_KEY_TABLE:
    case US_KEY_LIST:
    case US_KEY_KINDS: us_assert(node->kind != US_YAML_SCALAR); break;
    }
}
