/* The scanner, with shapes cold and warm, and simdjson agree on every text; and what is
 * written from a tape reads back as the same tape. An input is one text, and then the
 * lines of it are texts, each met with the shapes of those before it. */

#include "json/json_same.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void writes_back(struct us_json *p, struct us_arena *a, us_str text)
{
    struct us_json_doc doc, again;
    us_assert(us_json_parse(p, text, &doc, NULL) == US_OK);
    struct us_buf out = us_buf_new(a, 1 << 22);
    us_json_minify(&doc, 0, NULL, &out);
    us_str small = us_json_padded(a, us_buf_str(&out), '0');
    us_assert(!out.full && (small.len < text.len) != doc.compact);
    uint32_t count = doc.count;
    us_assert(us_json_parse(p, small, &again, NULL) == US_OK);
    us_assert(again.compact && again.count == count);
    struct us_buf twice = us_buf_new(a, 1 << 22);
    us_json_minify(&again, 0, (us_str[]){{0}}, &twice);
    us_assert(us_str_eq(us_buf_str(&twice), small));
    for (uint32_t i = 0; i < again.count; i++) {
        us_assert(us_str_is_utf8(us_json_text(&again, i, a)));
        us_assert(us_json_raw(&again, i).len > 0);
    }
}

static void one_text(
    struct us_json *p, struct us_json *judge, struct us_arena *a, us_str text)
{
    us_mark mark = us_arena_mark(a);
    us_str padded = us_json_padded(a, text, '"');
    bool good;
    us_assert(us_json_same(p, judge, padded, &good));
    us_assert(us_json_same(p, judge, padded, &good));
    if (good) writes_back(p, a, padded);
    us_arena_pop(a, mark);
}

/* Kept from input to input: a parser is dear to make. */
static struct {
    struct us_json *p, *judge;
    struct us_arena a;
} kept;

static void done(void)
{
    us_json_free(kept.p);
    us_json_free(kept.judge);
    us_arena_done(&kept.a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!kept.p) {
        kept.p = us_json_new();
        kept.judge = us_json_new();
        us_arena_init(&kept.a, 64 << 20);
        atexit(done);
    }
    us_json_shapes_forget(&kept.p->shapes);
    us_str rest = {(const char *)data, size};
    one_text(kept.p, kept.judge, &kept.a, rest);
    while (rest.len)
        one_text(kept.p, kept.judge, &kept.a, us_str_cut(rest, '\n', &rest));
    return 0;
}
