/* load_traits.c: an object of traits → rows, one a key.
 *
 * Nested objects become dotted keys; arrays are kept out; null removes a key. Values
 * are kept as JSON scalars, so that "5" and 5 stay two things.
 */
#include "history/core.h"

enum { KEY_BYTES_MAX = 1024 };

struct flat {
    struct us_history *h;
    const struct core_line *l;
    const struct core_traits *t;
    struct duck_table *table;
};

static us_code row_put(
    const struct flat *f, us_str key, uint32_t node, struct us_error *e)
{
    const struct us_json_doc *doc = f->l->doc;
    struct duck_table *t = f->table;
    duck_put_i64(t, 0, f->l->head.seq);
    duck_put_time(t, 1, f->t->at);
    duck_put_time(t, 2, f->l->head.known);
    duck_put_bool(t, 3, f->t->undated);
    duck_put_id(t, 4, f->t->account);
    duck_put_id(t, 5, f->t->person);
    duck_put_text(t, 6, key);
    if (doc->nodes[node].kind == US_JSON_NULL) {
        duck_put_null(t, 7);
    } else {
        duck_put_text(t, 7, us_json_raw(doc, node));
    }
    return duck_row_end(t, e);
}

static bool omitted(const us_str *omit, us_str key)
{
    for (; omit && omit->len; omit++)
        if (us_str_eq(*omit, key)) return true;
    return false;
}

static us_code walk(
    const struct flat *f, us_str prefix, uint32_t object, struct us_error *e)
{
    const struct us_json_doc *doc = f->l->doc;
    struct us_arena *a = &f->h->line;
    uint32_t end = doc->nodes[object].next;
    for (uint32_t k = object + 1; k < end; k = doc->nodes[k + 1].next) {
        us_str key = us_json_text(doc, k, a);
        if (!prefix.len && omitted(f->t->omit, key)) continue;
        if (prefix.len) key = us_arena_fmt(a, "%.*s.%.*s", US_ARG(prefix), US_ARG(key));
        uint8_t kind = doc->nodes[k + 1].kind;
        if (!key.len || key.len > KEY_BYTES_MAX || kind == US_JSON_ARRAY) continue;
        if (kind == US_JSON_OBJECT) {
            US_TRY(walk(f, key, k + 1, e));
        } else {
            US_TRY(row_put(f, key, k + 1, e));
        }
    }
    return US_OK;
}

us_code core_load_traits(struct us_history *h, const struct core_line *l, uint32_t node,
    const struct core_traits *t, struct us_error *e)
{
    if (node == US_JSON_NONE || l->doc->nodes[node].kind != US_JSON_OBJECT)
        return US_OK;
    struct flat f = {.h = h, .l = l, .t = t};
    US_TRY(core_table(h, T_TRAITS, &f.table, e));
    return walk(&f, (us_str){"", 0}, node, e);
}
