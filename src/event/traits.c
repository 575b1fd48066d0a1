/* traits.c: an object of traits, key by key. */

#include "base/hash.h"
#include "event/event.h"

enum { FEW = 24 }; /* keys compared one by one */

struct trait {
    us_str key;
    uint32_t node;
    bool again; /* a later one has the same key */
};

struct walking {
    const struct us_json_doc *doc;
    const us_str *omit;
    struct us_arena *arena;
    struct trait *found;
    size_t count, cap;
};

static bool omitted(const us_str *omit, us_str key)
{
    for (; omit && omit->len; omit++)
        if (us_str_eq(*omit, key)) return true;
    return false;
}

static void walk(struct walking *w, us_str prefix, uint32_t object)
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
        if (kind == US_JSON_OBJECT)
            walk(w, key, k + 1);
        else
            *us_push(w->arena, w->found, w->count, w->cap) =
                (struct trait){key, k + 1, false};
    }
}

static void few_again(struct walking *w)
{
    for (size_t i = 0; i < w->count; i++)
        for (size_t k = i + 1; k < w->count && !w->found[i].again; k++)
            w->found[i].again = us_str_eq(w->found[i].key, w->found[k].key);
}

static void many_again(struct walking *w)
{
    struct us_intern keys;
    us_intern_init(&keys);
    for (size_t i = w->count; i-- > 0;) {
        struct trait *t = &w->found[i];
        t->again = us_intern_find(&keys, t->key) != US_INTERN_NONE;
        us_intern_put(&keys, t->key);
    }
    us_intern_done(&keys);
}

us_code us_traits_walk(const struct us_json_doc *doc, uint32_t node, const us_str *omit,
    struct us_arena *a, us_trait_take *take, void *ctx, struct us_error *e)
{
    if (node == US_JSON_NONE || doc->nodes[node].kind != US_JSON_OBJECT) return US_OK;
    struct walking w = {.doc = doc, .omit = omit, .arena = a};
    walk(&w, (us_str){"", 0}, node);
    if (w.count > FEW)
        many_again(&w);
    else
        few_again(&w);
    for (size_t i = 0; i < w.count; i++)
        if (!w.found[i].again) US_TRY(take(ctx, w.found[i].key, w.found[i].node, e));
    return US_OK;
}
