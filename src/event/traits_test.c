/* An object of traits, key by key: what is kept, and that a key counts once. */
#include "base/buf.h"
#include "event/testing.h"

#include <stdio.h>

struct walked {
    struct us_json_doc doc;
    struct us_buf out;
};

static us_code put(void *ctx, us_str key, uint32_t node, struct us_error *e)
{
    (void)e;
    struct walked *w = ctx;
    us_str value = us_json_raw(&w->doc, node);
    us_buf_fmt(&w->out, "%.*s=%.*s ", US_ARG(key), US_ARG(value));
    return US_OK;
}

static us_str walked(struct bench *b, us_str traits, const us_str *omit)
{
    struct walked w = {.out = us_buf_new(&b->a, 1 << 20)};
    struct us_buf json = us_buf_new(&b->a, 1 << 20);
    us_buf_put(&json, US_S("{\"traits\":"));
    us_buf_put(&json, traits);
    us_buf_char(&json, '}');
    us_assert(parsed(b, us_buf_str(&json), &w.doc));
    uint32_t node = us_json_get(&w.doc, 0, US_S("traits"));
    us_assert(us_traits_walk(&w.doc, node, omit, &b->a, put, &w, NULL) == US_OK);
    return us_buf_str(&w.out);
}

static void kept(struct bench *b)
{
    static const us_str omit[] = {US_S_INIT("no"), US_S_INIT("")};
    static const struct {
        const char *what, *json, *want;
    } rows[] = {
        {"in order", "{\"a\":1,\"b\":null}", "a=1 b=null "},
        {"the last of a key", "{\"a\":1,\"b\":2,\"a\":null}", "b=2 a=null "},
        {"three times", "{\"a\":1,\"a\":2,\"a\":3}", "a=3 "},
        {"objects are dotted", "{\"a\":{\"b\":{\"c\":1}},\"d\":2}", "a.b.c=1 d=2 "},
        {"a dotted key is the same key", "{\"a\":{\"b\":1},\"a.b\":2}", "a.b=2 "},
        {"an object twice", "{\"a\":{\"b\":1,\"c\":2},\"a\":{\"b\":3}}",
            "a.c=2 a.b=3 "},
        {"no arrays, nothing empty", "{\"a\":[1],\"\":2,\"b\":3}", "b=3 "},
        {"left out", "{\"no\":1,\"a\":{\"no\":2}}", "a.no=2 "},
        {"escapes", "{\"\\u0061\":1,\"a\":2}", "a=2 "},
        {"no object", "[1]", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        us_str got = walked(b, us_str_c(rows[i].json), omit);
        if (!CHECK_AS(&b->t, us_str_eq(got, us_str_c(rows[i].want)), rows[i].what))
            printf("# %.*s\n", US_ARG(got));
    }
}

/* So many that they are not compared one by one. */
static void many(struct bench *b)
{
    enum { KEYS = 1000 };
    struct us_buf json = us_buf_new(&b->a, 1 << 20);
    struct us_buf want = us_buf_new(&b->a, 1 << 20);
    for (int i = 0; i < 3 * KEYS; i++)
        us_buf_fmt(&json, "%c\"k%d\":%d", i ? ',' : '{', i % KEYS, i);
    us_buf_char(&json, '}');
    for (int i = 0; i < KEYS; i++)
        us_buf_fmt(&want, "k%d=%d ", i, 2 * KEYS + i);
    CHECK(&b->t, us_str_eq(walked(b, us_buf_str(&json), NULL), us_buf_str(&want)));
}

int main(void)
{
    struct bench b;
    bench_open(&b);
    kept(&b);
    many(&b);
    return bench_close(&b);
}
