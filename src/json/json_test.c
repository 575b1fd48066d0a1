/* What json.h promises, in tables. json_same_test.c holds the two readers against each
 * other. */

#include "base/tap.h"
#include "json/json.h"
#include "json/json_same.h"

#include <stdio.h>
#include <string.h>

struct bench {
    struct us_tap *t;
    struct us_arena a;
    struct us_json *p, *judge;
};

static struct us_json_doc parse(struct bench *b, us_str text)
{
    struct us_json_doc doc = {0};
    struct us_error e;
    us_code code = us_json_parse(b->p, us_json_padded(&b->a, text, '1'), &doc, &e);
    us_assert(code == US_OK);
    return doc;
}

static void good_texts(struct bench *b)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "0",
        "-0",
        "1",
        " \t\r\n 1 ",
        "1.5e+300",
        "1e400",
        "-1E-999",
        "123456789012345678901234567890",
        "0.1",
        "1E5",
        "true",
        "false",
        "null",
        "\"\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\"",
        "\"\\ud800\"",
        "\"\\udc00 \\ud83d\\ude00\"",
        "\"\\u0000\"",
        "\"\x7f\"",
        "\"中文 😀\"",
        "[[[[]]],{}]",
        "{\"\":\"\"}",
        "{\"a\":1,\"a\":2}",
        "[1,2 , 3]",
        "{ \"a\" : [ ] }",
        "[[],[[]],{\"a\":{}}]",
        "\"0123456789012345678901234567890123456789012345678901234567890123456789\"",
        "[\"\\\\\",\"\\\\\\\"\",\"\"]",
    };
    static const char fills[] = {
        0, '"', '1', '}', ']', ' ', '.', 'e', '\\', (char)0x80};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bool all = true;
        for (size_t k = 0; k < sizeof fills; k++) {
            bool good;
            us_str text = us_json_padded(&b->a, us_str_c(texts[i]), fills[k]);
            all &= us_json_same(b->p, b->judge, text, &good) && good;
        }
        CHECK_AS(b->t, all, texts[i]);
    }
}

struct bad_text {
    const char *text;
    int64_t byte;
    const char *why; /* NULL: too deep */
};

static void bad_texts(struct bench *b)
{
    static const struct bad_text table[] = {
        {"", 1, "json.why_empty"},
        {" \n", 3, "json.why_empty"},
        {"\xef\xbb\xbf{}", 1, "json.why_mark"},
        {"{", 2, "json.why_end"},
        {"{\"a\"", 5, "json.why_end"},
        {"{\"a\":", 6, "json.why_end"},
        {"[1,", 4, "json.why_end"},
        {"[1", 3, "json.why_end"},
        {"[1,]", 4, "json.why_value"},
        {"[,1]", 2, "json.why_value"},
        {"{a:1}", 2, "json.why_key"},
        {"{\"a\":1,}", 8, "json.why_key"},
        {"{\"a\" 1}", 6, "json.why_colon"},
        {"{\"a\":}", 6, "json.why_value"},
        {"[1 2]", 4, "json.why_comma"},
        {"[1}", 3, "json.why_comma"},
        {"{\"a\":1]", 7, "json.why_comma"},
        {"{} {}", 4, "json.why_more"},
        {"1 1", 3, "json.why_more"},
        {"1\x0c", 2, "json.why_more"},
        {"[\x0b]", 2, "json.why_value"},
        {"01", 2, "json.why_more"},
        {"-", 1, "json.why_number"},
        {"[1.]", 2, "json.why_number"},
        {"[1.e1]", 2, "json.why_number"},
        {"[1e]", 2, "json.why_number"},
        {"[.5]", 2, "json.why_value"},
        {"[+1]", 2, "json.why_value"},
        {"[NaN]", 2, "json.why_value"},
        {"[tru]", 2, "json.why_value"},
        {"[nulL]", 2, "json.why_value"},
        {"truefalse", 5, "json.why_more"},
        {"'a'", 1, "json.why_value"},
        {"[\"a]", 2, "json.why_unclosed"},
        {"\"", 1, "json.why_unclosed"},
        {"\"\\", 2, "json.why_escape"},
        {"\"\\\"", 1, "json.why_unclosed"},
        {"\"a\nb\"", 3, "json.why_control"},
        {"\"a\tb\"", 3, "json.why_control"},
        {"\"ab\\x\"", 4, "json.why_escape"},
        {"\"\\u12g4\"", 2, "json.why_escape"},
        {"\"\\u123\"", 2, "json.why_escape"},
        {"{\"a\\q\":1}", 4, "json.why_escape"},
        {"\"ab\xff\"", 4, "json.why_utf8"},
        {"\"ä\xc3\"", 4, "json.why_utf8"},
        {"\"\xed\xa0\x80\"", 2, "json.why_utf8"},
        {"\"\xc0\xaf\"", 2, "json.why_utf8"},
        {"\xff", 1, "json.why_value"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct bad_text *x = &table[i];
        us_str text = us_json_padded(&b->a, us_str_c(x->text), '"');
        bool good;
        CHECK_AS(b->t, us_json_same(b->p, b->judge, text, &good) && !good, x->text);
        struct us_error e;
        struct us_json_doc doc = {.count = 77};
        CHECK(b->t, us_json_parse(b->p, text, &doc, &e) == US_INPUT && doc.count == 77);
        CHECK(b->t, strcmp(e.key, "json.bad") == 0);
        if (!CHECK(b->t, e.args[0].whole == x->byte))
            printf("# byte %lld\n", (long long)e.args[0].whole);
        if (!CHECK(b->t, us_str_eq(e.args[1].text, us_str_c(x->why))))
            printf("# %.*s\n", US_ARG(e.args[1].text));
        CHECK(b->t, us_json_parse_checked(b->p, text, &doc, &e) == US_INPUT);
    }
}

static us_str nested(struct bench *b, int depth, const char *open, const char *close)
{
    struct us_buf out = us_buf_new(&b->a, 1 << 16);
    for (int i = 0; i < depth; i++)
        us_buf_put(&out, us_str_c(open));
    us_buf_char(&out, '1');
    for (int i = 0; i < depth; i++)
        us_buf_put(&out, us_str_c(close));
    return us_json_padded(&b->a, us_buf_str(&out), ' ');
}

static void limits(struct bench *b)
{
    static const char *const pairs[][2] = {
        {"[", "]"}, {"{\"k\":", "}"}, {"[{\"k\":", "}]"}};
    for (int i = 0; i < 3; i++) {
        int whole = i == 2 ? US_JSON_DEPTH_MAX / 2 : US_JSON_DEPTH_MAX;
        bool good;
        us_str most = nested(b, whole, pairs[i][0], pairs[i][1]);
        CHECK(b->t, us_json_same(b->p, b->judge, most, &good) && good);
        us_str more = nested(b, whole + 1, pairs[i][0], pairs[i][1]);
        CHECK(b->t, us_json_same(b->p, b->judge, more, &good) && !good);
        struct us_error e;
        struct us_json_doc doc;
        CHECK(b->t, us_json_parse(b->p, more, &doc, &e) == US_LIMIT);
        CHECK(b->t, strcmp(e.key, "json.too_deep") == 0);
        CHECK(b->t, us_json_parse_checked(b->p, more, &doc, &e) == US_LIMIT);
    }
    struct us_error e;
    struct us_json_doc doc;
    struct us_json *line = us_json_line_new();
    for (int i = 0; i < 2; i++) {
        us_str most = nested(b, US_JSON_DEPTH_MAX + 1, pairs[i][0], pairs[i][1]);
        us_str more = nested(b, US_JSON_DEPTH_MAX + 2, pairs[i][0], pairs[i][1]);
        CHECK(b->t, us_json_parse(line, most, &doc, &e) == US_OK);
        CHECK(b->t, us_json_parse_checked(line, most, &doc, &e) == US_OK);
        CHECK(b->t, us_json_parse(line, more, &doc, &e) == US_LIMIT);
    }
    us_json_free(line);
    us_str huge = {"1", US_JSON_BYTES_MAX + (size_t)1}; /* refused unread */
    CHECK(b->t, us_json_parse(b->p, huge, &doc, &e) == US_LIMIT);
    CHECK(b->t, strcmp(e.key, "json.too_long") == 0);
    CHECK(b->t, us_json_parse_checked(b->p, huge, &doc, &e) == US_LIMIT);
}

static void known_shapes_keep_the_depth_limit(struct bench *b)
{
    /* The same object lies in more and more arrays: learnt high up, met too deep. */
    bool ok = true;
    for (int depth = 0; depth < US_JSON_DEPTH_MAX + 2; depth++) {
        struct us_buf out = us_buf_new(&b->a, 1 << 12);
        for (int i = 0; i < depth; i++)
            us_buf_char(&out, '[');
        us_buf_put(&out, US_S("{\"a\":{\"b\":\"c\"}}"));
        for (int i = 0; i < depth; i++)
            us_buf_char(&out, ']');
        bool good;
        ok &= us_json_same(
            b->p, b->judge, us_json_padded(&b->a, us_buf_str(&out), ']'), &good);
        ok &= good == (depth + 2 <= US_JSON_DEPTH_MAX);
    }
    CHECK(b->t, ok);
}

static void nodes_are_in_text_order(struct bench *b)
{
    struct us_json_doc d = parse(b, US_S("{\"a\":[1,\"x\\n\"],\"b\":null}"));
    static const us_json_node want[] = {
        {0, 24, 7, US_JSON_OBJECT, false},
        {2, 3, 2, US_JSON_STRING, false},
        {5, 14, 5, US_JSON_ARRAY, false},
        {6, 7, 4, US_JSON_NUMBER, false},
        {9, 12, 5, US_JSON_STRING, true},
        {16, 17, 6, US_JSON_STRING, false},
        {19, 23, 7, US_JSON_NULL, false},
    };
    struct us_json_doc w = {d.text, want, 7, true};
    CHECK(b->t, us_json_same_tape(&d, &w));
    CHECK(b->t, !parse(b, US_S(" {}")).compact && !parse(b, US_S("[1, 2]")).compact);
    CHECK(b->t, parse(b, US_S("[1,2,\"a b\",{\"c d\":[]}]")).compact);
}

static void looks_up(struct bench *b)
{
    struct us_json_doc d = parse(b,
        US_S("{\"a\":1,\"b\":{\"c\":{\"d\":2}},\"b.c\":{\"e\":3},\"a\":4,"
             "\"\\u0061\\n\":5,\"\":6,\"list\":[7],\"b.c.x\":8,\"\\ud83d\\ude00\":9}"));
    static const struct {
        const char *path;
        const char *raw; /* NULL: not there */
    } table[] = {
        {"a", "4"},
        {"b.c.d", "2"},
        {"b.c.e", "3"},
        {"b.c", "{\"e\":3}"},
        {"b.c.x", "8"},
        {"b.c.y", NULL},
        {"a.b", NULL},
        {"z", NULL},
        {"a\n", "5"},
        {"", "6"},
        {".", NULL},
        {"list", "[7]"},
        {"list.0", NULL},
        {"b.", NULL},
        {".b", NULL},
        {"😀", "9"},
        {"\xed\xa0\xbd", NULL},
        {"a\n1", NULL},
        {"b.c.d.e", NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        uint32_t n = us_json_path(&d, 0, us_str_c(table[i].path));
        bool ok = table[i].raw
                      ? n && us_str_eq(us_json_raw(&d, n), us_str_c(table[i].raw))
                      : n == US_JSON_NONE;
        CHECK_AS(b->t, ok, table[i].path);
    }
    CHECK(b->t, us_json_get(&d, us_json_get(&d, 0, US_S("list")), US_S("x")) == 0);
    CHECK(b->t, us_json_get(&d, 0, US_S("b.c.d")) == US_JSON_NONE);
    static const us_str some[] = {US_S_INIT("nothing"), US_S_INIT("a\n"), {0}};
    static const us_str none[] = {US_S_INIT("nothing"), US_S_INIT("lisp"), {0}};
    CHECK_AS(b->t, us_json_has_any(&d, 0, some), "one of them, with an escape");
    CHECK_AS(b->t, us_json_has_any(&d, 0, (us_str[]){US_S_INIT("list"), {0}}), "plain");
    CHECK_AS(b->t, !us_json_has_any(&d, 0, none), "of the same length");
    CHECK(b->t, !us_json_has_any(&d, us_json_get(&d, 0, US_S("list")), some));
}

static void values(struct bench *b)
{
    static const struct {
        const char *text;
        us_value want;
    } table[] = {
        {"1.5", {.kind = US_NUMBER, .number = 1.5}},
        {"-0.25e2", {.kind = US_NUMBER, .number = -25}},
        {"1e400", {.kind = US_MISSING}},
        {"true", {.kind = US_BOOL, .truth = true}},
        {"false", {.kind = US_BOOL}},
        {"null", {.kind = US_MISSING}},
        {"[1]", {.kind = US_MISSING}},
        {"{\"a\":1}", {.kind = US_MISSING}},
        {"\"\"", {.kind = US_STRING, .text = US_S_INIT("")}},
        {"\"a b\"", {.kind = US_STRING, .text = US_S_INIT("a b")}},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
            {.kind = US_STRING, .text = US_S_INIT("\"\\/\b\f\n\r\t")}},
        {"\"\\u0041\\u00e4\\u4e2d\\ud83d\\ude00\"",
            {.kind = US_STRING, .text = US_S_INIT("Aä中😀")}},
        {"\"\\ud800x\"", {.kind = US_STRING, .text = US_S_INIT("\xef\xbf\xbdx")}},
        {"\"\\ud800\\ud83d\\ude00\"",
            {.kind = US_STRING, .text = US_S_INIT("\xef\xbf\xbd😀")}},
        {"\"\\ud800\\u0041\"", {.kind = US_STRING,
                                   .text = US_S_INIT("\xef\xbf\xbd"
                                                     "A")}},
        {"\"\\udfff\"", {.kind = US_STRING, .text = US_S_INIT("\xef\xbf\xbd")}},
        {"\"\\u0000.\"", {.kind = US_STRING, .text = US_S_INIT("\0.")}},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct us_json_doc d = parse(b, us_str_c(table[i].text));
        us_value v = us_json_value(&d, 0, &b->a);
        CHECK_AS(b->t, us_value_same(v, table[i].want), table[i].text);
        bool text = v.kind == US_STRING;
        CHECK(b->t, us_str_eq(us_json_text(&d, 0, &b->a), text ? v.text : (us_str){0}));
        CHECK(b->t, us_str_eq(us_json_raw(&d, 0), us_str_c(table[i].text)));
    }
}

static us_str minified(struct bench *b, us_str text, uint32_t node, const us_str *omit)
{
    struct us_json_doc d = parse(b, text);
    struct us_buf out = us_buf_new(&b->a, 1 << 20);
    us_json_minify(&d, node, omit, &out);
    return us_buf_str(&out);
}

static void minifies(struct bench *b)
{
    static const us_str none[] = {{0}};
    static const us_str some[] = {US_S_INIT("b"), US_S_INIT("d"), {0}};
    static const us_str all[] = {US_S_INIT("a"), US_S_INIT("b"), US_S_INIT("c"), {0}};
    static const struct {
        const char *text;
        const us_str *omit;
        const char *want;
    } table[] = {
        {" 1 ", NULL, "1"},
        {"\" a \"", some, "\" a \""},
        {"[ 1 , 2,[ ] ,{ } ]", NULL, "[1,2,[],{}]"},
        {"{ \"a b\" : \"c  d\" , \"e\":[ null ]}", none,
            "{\"a b\":\"c  d\",\"e\":[null]}"},
        {"{\"a\":1,\"b\":{\"b\":2},\"c\":[3, {\"d\":4}],\"d\":5}", some,
            "{\"a\":1,\"c\":[3,{\"d\":4}]}"},
        {"{\"a\":1,\"b\":2,\"c\":{\"b\":3}}", some, "{\"a\":1,\"c\":{\"b\":3}}"},
        {"{\"\\u0062\":1,\"b\":2,\"x\":3}", some, "{\"x\":3}"},
        {"{\"a\":1,\"b\":2,\"c\":3}", all, "{}"},
        {"[{\"b\":1}]", some, "[{\"b\":1}]"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        us_str got = minified(b, us_str_c(table[i].text), 0, table[i].omit);
        CHECK_AS(b->t, us_str_eq(got, us_str_c(table[i].want)), table[i].text);
    }
    us_str in = minified(b, US_S("{\"a\":{\"b\" : 1, \"c\":2}}"), 2, some);
    CHECK(b->t, us_str_eq(in, US_S("{\"c\":2}")));
}

static void large_texts(struct bench *b)
{
    enum { ITEMS = 100000 };
    struct us_buf out = us_buf_new(&b->a, 64 << 20);
    us_buf_char(&out, '[');
    for (int i = 0; i < ITEMS; i++)
        us_buf_fmt(&out, "%s{\"id\":%d,\"name\":\"n%d\",\"tags\":[1,%d]}", i ? "," : "",
            i, i * 7, i % 3);
    us_buf_char(&out, ']');
    bool good;
    us_str text = us_json_padded(&b->a, us_buf_str(&out), '"');
    CHECK(b->t, us_json_same(b->p, b->judge, text, &good) && good);
    CHECK(b->t, b->p->count == 1 + (size_t)ITEMS * 9);
}

int main(void)
{
    struct us_tap t = {0};
    struct bench b = {.t = &t, .p = us_json_new(), .judge = us_json_new()};
    us_arena_init(&b.a, 512 << 20);
    good_texts(&b);
    bad_texts(&b);
    limits(&b);
    known_shapes_keep_the_depth_limit(&b);
    nodes_are_in_text_order(&b);
    looks_up(&b);
    values(&b);
    minifies(&b);
    large_texts(&b);
    us_json_free(b.p);
    us_json_free(b.judge);
    us_json_free(NULL);
    us_arena_done(&b.a);
    return us_tap_done(&t);
}
