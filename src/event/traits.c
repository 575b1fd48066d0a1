/* traits.c: an object of traits, key by key. */

#include "event/event.h"

struct walking {
    const struct us_json_doc *doc;
    const us_str *omit;
    struct us_arena *arena;
    us_trait_take *take;
    void *ctx;
};

static bool omitted(const us_str *omit, us_str key)
{
    for (; omit && omit->len; omit++)
        if (us_str_eq(*omit, key)) return true;
    return false;
}

static us_code walk(
    const struct walking *w, us_str prefix, uint32_t object, struct us_error *e)
{
    const struct us_json_doc *doc = w->doc;
    uint32_t end = doc->nodes[object].next;
    for (uint32_t k = object + 1; k < end; k = doc->nodes[k + 1].next) {
        us_str key = us_json_text(doc, k, w->arena);
        if (!prefix.len && omitted(w->omit, key)) continue;
        if (prefix.len)
            key = us_arena_fmt(w->arena, "%.*s.%.*s", US_ARG(prefix), US_ARG(key));
        uint8_t kind = doc->nodes[k + 1].kind;
        if (!key.len || key.len > US_TRAIT_KEY_BYTES_MAX || kind == US_JSON_ARRAY)
            continue;
        if (kind == US_JSON_OBJECT) {
            US_TRY(walk(w, key, k + 1, e));
        } else {
            US_TRY(w->take(w->ctx, key, k + 1, e));
        }
    }
    return US_OK;
}

us_code us_traits_walk(const struct us_json_doc *doc, uint32_t node, const us_str *omit,
    struct us_arena *a, us_trait_take *take, void *ctx, struct us_error *e)
{
    if (node == US_JSON_NONE || doc->nodes[node].kind != US_JSON_OBJECT) return US_OK;
    struct walking w = {doc, omit, a, take, ctx};
    return walk(&w, (us_str){"", 0}, node, e);
}
