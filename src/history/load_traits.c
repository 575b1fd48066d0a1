/* load_traits.c: an object of traits → rows, one a key. Values are kept as JSON
 * scalars, so that "5" and 5 stay two things.
 */
#include "history/core.h"

struct flat {
    const struct core_line *l;
    const struct core_traits *t;
    struct duck_table *table;
};

static us_code row_put(void *ctx, us_str key, uint32_t node, struct us_error *e)
{
    const struct flat *f = ctx;
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

us_code core_load_traits(struct us_history *h, const struct core_line *l, uint32_t node,
    const struct core_traits *t, struct us_error *e)
{
    if (node == US_JSON_NONE || l->doc->nodes[node].kind != US_JSON_OBJECT)
        return US_OK;
    struct flat f = {.l = l, .t = t};
    US_TRY(core_table(h, T_TRAITS, &f.table, e));
    return us_traits_walk(l->doc, node, t->omit, &h->line, row_put, &f, e);
}
