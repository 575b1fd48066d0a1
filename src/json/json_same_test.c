/* The scanner, its shapes and simdjson must agree: on the parsing test suite, on a line
 * cut at every byte, on every single byte of it changed, on shuffled shapes. */

#include "base/tap.h"
#include "json/json.h"
#include "json/json_same.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct bench {
    struct us_tap *t;
    struct us_arena a;
    struct us_json *p, *judge;
};

static const us_str line = US_S_INIT(
    "{\"type\":\"track\",\"messageId\":\"node-next-1790000000000-0b5a\",\"userId\":\"u_"
    "17\","
    "\"event\":\"Report \\\"Q3\\\" 已查看\",\"timestamp\":\"2026-11-23T10:11:12.345Z\","
    "\"context\":{\"groupId\":\"acc_9\",\"library\":{\"name\":\"n\",\"version\":\"3.1."
    "0\"}},"
    "\"properties\":{\"seats\":12,\"value\":-3.50e1,\"trial\":false,\"x\":null,"
    "\"tags\":[\"a\",1,{\"k\":[]},{}]}}");

static void every_cut(struct bench *b)
{
    bool same = true;
    us_str whole = line;
    for (size_t n = 0; n <= whole.len; n++) {
        bool good;
        us_mark mark = us_arena_mark(&b->a);
        /* What is cut off stands behind, as it does in a buffer of lines. */
        us_str text = us_json_padded(&b->a, whole, '\n');
        text.len = n;
        same &= us_json_same(b->p, b->judge, text, &good);
        same &= good == (n == whole.len);
        text = us_json_padded(&b->a, us_str_slice(whole, 0, n), '"');
        same &= us_json_same(b->p, b->judge, text, &good);
        us_arena_pop(&b->a, mark);
        if (!same) printf("# cut at %zu\n", n);
        if (!same) break;
    }
    CHECK(b->t, same);
}

/* Cut short where what stands behind goes on as the shape does, for all of the padding:
 * a sanitizer sees when that is believed. */
static void cut_before_more_of_the_same(struct bench *b)
{
    struct us_buf out = us_buf_new(&b->a, 1 << 12);
    us_buf_put(&out, US_S("{\"a\":1,\"a_glue_of_more_than_"));
    for (int i = 0; i < 300; i++)
        us_buf_char(&out, (char)('a' + i % 26));
    us_buf_put(&out, US_S("\":2"));
    for (int i = 0; i < 8; i++)
        us_buf_fmt(
            &out, ",\"a_glue_of_28_bytes_%04d\":%s", i, i < 4 ? "\"x\"" : "true");
    us_buf_put(&out, US_S("}"));
    us_str whole = us_json_padded(&b->a, us_buf_str(&out), ' ');
    bool good;
    CHECK(b->t, us_json_same(b->p, b->judge, whole, &good) && good);
    bool same = true;
    for (size_t n = 0; n < whole.len; n++) {
        us_mark mark = us_arena_mark(&b->a);
        us_str text = us_arena_str(&b->a, (us_str){whole.ptr, n + US_JSON_PAD});
        text.len = n;
        same &= us_json_same(b->p, b->judge, text, &good) && !good;
        us_arena_pop(&b->a, mark);
    }
    CHECK(b->t, same);
}

static void every_byte_changed(struct bench *b)
{
    bool same = true, good;
    size_t accepted = 0;
    us_str text = us_json_padded(&b->a, line, '"');
    char *bytes = us_arena_cstr(&b->a, text);
    for (size_t i = 0; i < text.len && same; i++) {
        for (int c = 0; c < 256 && same; c++) {
            us_mark mark = us_arena_mark(&b->a);
            char was = bytes[i];
            /* The shapes are those of the sound line at every try. */
            us_str sound = us_json_padded(&b->a, line, '"');
            same &= us_json_same(b->p, b->judge, sound, &good) && good;
            bytes[i] = (char)c;
            us_str changed =
                us_json_padded(&b->a, (us_str){bytes, text.len}, (char)(c ? '"' : '1'));
            same &= us_json_same(b->p, b->judge, changed, &good);
            accepted += good;
            bytes[i] = was;
            us_arena_pop(&b->a, mark);
            if (!same) printf("# byte %zu made %d\n", i, c);
        }
    }
    CHECK(b->t, same);
    printf("# %zu of %zu changes accepted\n", accepted, text.len * 256);
    CHECK(b->t, accepted > text.len * 20 && accepted < text.len * 200);
}

/* Bytes of the line doubled, dropped, and swapped for what JSON is made of. */
static void tokens_changed(struct bench *b)
{
    static const char *const bits[] = {"\"", "\\", ",", ":", "{", "}", "[", "]", "1",
        "-", "null", "true", "\\u", "\\ud800", "e", ".", "0", " ", "\n", "\xe4\xb8",
        "\xff", ""};
    bool same = true, good;
    us_str whole = line;
    for (size_t i = 0; i < whole.len && same; i++) {
        for (size_t k = 0; k < sizeof bits / sizeof *bits * 2 && same; k++) {
            us_mark mark = us_arena_mark(&b->a);
            size_t skip = k % 2;
            us_str text = us_arena_fmt(
                &b->a, "%.*s%s%s", (int)i, line.ptr, bits[k / 2], line.ptr + i + skip);
            same &=
                us_json_same(b->p, b->judge, us_json_padded(&b->a, text, ']'), &good);
            us_arena_pop(&b->a, mark);
            if (!same) printf("# at %zu: %s\n", i, bits[k / 2]);
        }
    }
    CHECK(b->t, same);
}

static uint64_t draw(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = (*state ^ *state >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint32_t below(uint64_t *state, uint32_t n)
{
    return (uint32_t)(draw(state) % n);
}

static void put_value(struct us_buf *out, uint64_t *s, int depth)
{
    static const char *const leaves[] = {"0", "-1.5", "12e3", "99999999999999999999",
        "true", "false", "null", "\"\"", "\"plain\"",
        "\"with \\\"escapes\\\" \\u4e2d\"",
        "\"中文 and more than thirty-two bytes of it, to be sure\"", "[]", "{}", "1.25",
        "\"2026-11-23T10:11:12Z\"", "\"\\\\\""};
    static const char *const keys[] = {"a", "b", "key with space", "esc\\n", "中",
        "a_key_that_is_longer_than_any_vector_is"};
    uint32_t kind = depth > 3 ? 9 : below(s, 12);
    if (kind < 10) {
        us_buf_put(out, us_str_c(leaves[below(s, sizeof leaves / sizeof *leaves)]));
        return;
    }
    const char *gap = below(s, 20) ? "" : " ";
    us_buf_char(out, kind == 10 ? '{' : '[');
    for (uint32_t i = 0, n = below(s, 4); i < n; i++) {
        if (i) us_buf_char(out, ',');
        us_buf_put(out, us_str_c(gap));
        if (kind == 10) us_buf_fmt(out, "\"%s\"%s:", keys[below(s, 6)], gap);
        put_value(out, s, depth + 1);
    }
    us_buf_char(out, kind == 10 ? '}' : ']');
}

/* Event lines in four orders of keys, most alike, some with members of any kind. */
static void shuffled_shapes(struct bench *b)
{
    enum { LINES = 20000 };
    static const int orders[4][5] = {
        {0, 1, 2, 3, 4}, {3, 1, 0, 2, 4}, {2, 4, 1, 0, 3}, {0, 1, 4, 3, 2}};
    static const char *const keys[] = {
        "type", "userId", "event", "timestamp", "properties"};
    uint64_t s = 11, hits = b->p->shapes.hits;
    bool same = true, good;
    for (int i = 0; i < LINES && same; i++) {
        us_mark mark = us_arena_mark(&b->a);
        struct us_buf out = us_buf_new(&b->a, 1 << 20);
        const int *order = orders[below(&s, 4)];
        bool wild = below(&s, 4) == 0;
        us_buf_put(&out, below(&s, 50) ? US_S("{") : US_S("[{\"n\":1},{\"n\":2},{"));
        bool listed = out.len > 1;
        for (int k = 0; k < 5; k++) {
            us_buf_fmt(&out, "%s\"%s\":", k ? "," : "", keys[order[k]]);
            if (wild) {
                put_value(&out, &s, 0);
            } else if (order[k] == 4) {
                us_buf_fmt(&out, "{\"seats\":%u,\"on\":%s}", below(&s, 1000),
                    below(&s, 2) ? "true" : "null");
            } else {
                us_buf_fmt(
                    &out, "\"%s%u\"", below(&s, 9) ? "v" : "\\t中", below(&s, 99999));
            }
        }
        us_buf_put(&out, listed ? US_S("}]") : US_S("}"));
        us_str text = us_json_padded(&b->a, us_buf_str(&out), '}');
        same &= us_json_same(b->p, b->judge, text, &good) && good;
        if (!same) printf("# %.*s\n", US_ARG(text));
        us_arena_pop(&b->a, mark);
    }
    CHECK(b->t, same);
    CHECK(b->t, b->p->shapes.hits - hits > LINES / 3);
}

/* Shapes that never come again must not crowd out the work for good. */
static void ever_new_shapes(struct bench *b)
{
    bool same = true, good;
    for (int i = 0; i < 30000 && same; i++) {
        us_mark mark = us_arena_mark(&b->a);
        us_str text =
            us_arena_fmt(&b->a, "{\"k%d\":\"v\",\"n\":{\"m%d\":%d}}", i, i, i);
        same &= us_json_same(b->p, b->judge, us_json_padded(&b->a, text, '9'), &good);
        same &= good;
        us_arena_pop(&b->a, mark);
    }
    CHECK(b->t, same);
    struct us_json *p = b->p;
    uint64_t before = p->shapes.hits;
    for (int i = 0; i < 3000; i++) {
        us_mark mark = us_arena_mark(&b->a);
        us_str text = us_arena_fmt(&b->a, "{\"back\":\"%d\",\"to\":%d}", i, i);
        us_json_same(p, b->judge, us_json_padded(&b->a, text, '9'), &good);
        us_arena_pop(&b->a, mark);
    }
    CHECK_AS(b->t, p->shapes.hits > before + 1500, "the shapes recover");
}

static us_str minified(struct bench *b, const struct us_json_doc *doc)
{
    struct us_buf out = us_buf_new(&b->a, 1 << 20);
    us_json_minify(doc, 0, NULL, &out);
    return us_json_padded(&b->a, us_buf_str(&out), ' ');
}

/* minify(x) has the kinds and texts of x. */
static bool minifies(struct bench *b, us_str text)
{
    struct us_json_doc x, y;
    if (us_json_parse(b->p, text, &x, NULL) != US_OK) return false;
    if (us_json_parse(b->judge, minified(b, &x), &y, NULL) != US_OK) return false;
    if (!y.compact || x.count != y.count) return false;
    for (uint32_t i = 0; i < x.count; i++) {
        const us_json_node *m = &x.nodes[i];
        const us_json_node *n = &y.nodes[i];
        if (m->kind != n->kind || m->next != n->next) return false;
        bool container = m->kind == US_JSON_OBJECT || m->kind == US_JSON_ARRAY;
        if (!container && !us_str_eq(us_json_raw(&x, i), us_json_raw(&y, i)))
            return false;
    }
    return true;
}

static void suite_file(struct bench *b, const char *name, us_str text)
{
    const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
    bool good;
    bool same = us_json_same(b->p, b->judge, us_json_padded(&b->a, text, '1'), &good);
    bool right = base[0] == 'y' ? good : base[0] == 'n' ? !good : true;
    bool small = !good || minifies(b, us_json_padded(&b->a, text, '1'));
    CHECK_AS(b->t, same && right && small, base);
}

/* A tar is read here as far as this one needs: 512-byte headers, the name first, the
 * size in octal at 124, the type at 156. */
static int suite(struct bench *b, gzFile tar)
{
    int files = 0;
    char head[512];
    while (gzread(tar, head, sizeof head) == (int)sizeof head && head[0]) {
        us_mark mark = us_arena_mark(&b->a);
        size_t size = strtoul(head + 124, NULL, 8);
        size_t room = (size + 511) / 512 * 512;
        char *bytes = us_new(&b->a, char, room + 1);
        if (room && gzread(tar, bytes, (unsigned)room) != (int)room) return -1;
        head[99] = 0;
        if (head[156] == '0' && strstr(head, ".json")) {
            suite_file(b, head, (us_str){bytes, size});
            files++;
        }
        us_arena_pop(&b->a, mark);
    }
    return files;
}

static void parsing_suite(struct bench *b)
{
    const char *shared = getenv("USHER_SHARED");
    us_str path = us_arena_fmt(&b->a, "%s/fixtures/json/test_parsing.tar.gz",
        shared ? shared : USHER_SOURCE "/../shared");
    gzFile tar = gzopen(us_arena_cstr(&b->a, path), "rb");
    if (!tar) {
        b->t->ran++;
        printf("ok %d # SKIP no %.*s; set USHER_SHARED\n", b->t->ran, US_ARG(path));
        return;
    }
    int files = suite(b, tar);
    gzclose(tar);
    CHECK(b->t, files >= 300);
}

int main(void)
{
    struct us_tap t = {0};
    struct bench b = {.t = &t, .p = us_json_new(), .judge = us_json_new()};
    us_arena_init(&b.a, 64 << 20);
    parsing_suite(&b);
    every_cut(&b);
    cut_before_more_of_the_same(&b);
    every_byte_changed(&b);
    tokens_changed(&b);
    shuffled_shapes(&b);
    ever_new_shapes(&b);
    us_json_free(b.p);
    us_json_free(b.judge);
    us_arena_done(&b.a);
    return us_tap_done(&t);
}
