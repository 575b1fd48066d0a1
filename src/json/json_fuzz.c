/* The scanner, with shapes cold and warm, and simdjson agree on every text; and what is
 * written from a tape reads back as the same tape. An input is one text, and then the
 * lines of it are texts, each met with the shapes of those before it. What splits an
 * array by brackets alone finds the elements that a tape has. */

#include "json/json_same.h"
#include "json/split.h"

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

/* of: an array of the document, which `member` is, or its root. */
static void splits(
    const struct us_json_doc *doc, uint32_t of, us_str member, struct us_arena *a)
{
    struct us_json_parts parts;
    size_t n = 0;
    us_assert(us_json_split(doc->text, member, SIZE_MAX, a, &parts));
    for (uint32_t i = of + 1; i < doc->nodes[of].next; i = doc->nodes[i].next)
        us_assert(n < parts.count && us_str_eq(us_json_raw(doc, i), parts.items[n++]));
    us_assert(n == parts.count && !parts.more);
}

static void arrays_split(struct us_json *p, struct us_arena *a, us_str text)
{
    struct us_json_doc doc;
    us_assert(us_json_parse(p, text, &doc, NULL) == US_OK);
    if (doc.nodes[0].kind == US_JSON_ARRAY) splits(&doc, 0, US_S(""), a);
    if (doc.nodes[0].kind != US_JSON_OBJECT) return;
    for (uint32_t k = 1; k < doc.nodes[0].next; k = doc.nodes[k + 1].next) {
        us_str name = {
            doc.text.ptr + doc.nodes[k].from, doc.nodes[k].to - doc.nodes[k].from};
        bool last = true;
        for (uint32_t j = doc.nodes[k + 1].next; j < doc.nodes[0].next;
             j = doc.nodes[j + 1].next)
            last &= !us_str_eq(name, (us_str){doc.text.ptr + doc.nodes[j].from,
                                         doc.nodes[j].to - doc.nodes[j].from});
        bool array = doc.nodes[k + 1].kind == US_JSON_ARRAY;
        if (last && array) splits(&doc, k + 1, name, a);
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
    if (good) arrays_split(p, a, padded);
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
