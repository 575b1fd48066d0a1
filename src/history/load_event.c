/* load_event.c: one track message → one row of events. */
#include "history/core.h"

#include <string.h>

static us_str key_text(const struct us_json_doc *doc, uint32_t node)
{
    const us_json_node *n = &doc->nodes[node];
    return us_str_slice(doc->text, n->from, n->to);
}

static bool key_is(const struct us_json_doc *doc, uint32_t node, us_str path)
{
    const us_json_node *n = &doc->nodes[node];
    return n->to - n->from == path.len &&
           memcmp(doc->text.ptr + n->from, path.ptr, path.len) == 0;
}

uint64_t core_length_bit(size_t len)
{
    return UINT64_C(1) << (len < 63 ? len : 63);
}

/* One pass over the keys, since a look-up for each column would make many. */
void core_columns_find(const struct core_columns *columns,
    const struct us_json_doc *doc, uint32_t properties, uint32_t *nodes)
{
    memset(nodes, 0, columns->count * sizeof *nodes);
    if (!doc->count || doc->nodes[properties].kind != US_JSON_OBJECT) return;
    uint32_t end = doc->nodes[properties].next;
    bool odd = false; /* a key spelled with escapes */
    for (uint32_t k = properties + 1; k < end; k = doc->nodes[k + 1].next) {
        odd |= doc->nodes[k].escaped;
        if (!(columns->lengths & core_length_bit(key_text(doc, k).len))) continue;
        for (size_t c = 0; c < columns->count; c++)
            if (key_is(doc, k, columns->items[c].path)) nodes[c] = k + 1;
    }
    for (size_t c = 0; c < columns->count; c++)
        if (odd || (columns->items[c].dotted && !nodes[c]))
            nodes[c] = us_json_path(doc, properties, columns->items[c].path);
}

/* A number as most are written, at most nine digits before the point and six after it:
 * there millionths read from the text are those of the double, whose error is under a
 * quarter of one (2^-52 of 10^15). */
static bool decimal_plain(us_str text, int64_t *millionths)
{
    size_t i = text.len && text.ptr[0] == '-';
    size_t from = i;
    int64_t n = 0;
    int scale = 0; /* of the digits so far, 6 when done */
    for (; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
        n = i - from < 9 ? n * 10 + (text.ptr[i] - '0') : -1;
    if (i - from > 9) return false;
    if (i < text.len && text.ptr[i] == '.') {
        for (i++; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++) {
            if (++scale > 6) return false;
            n = n * 10 + (text.ptr[i] - '0');
        }
    }
    if (i < text.len) return false;
    for (; scale < 6; scale++)
        n *= 10;
    *millionths = from ? -n : n;
    return true;
}

static bool put_number(struct duck_table *t, size_t column,
    const struct us_json_doc *doc, uint32_t node, struct us_arena *a)
{
    int64_t millionths = 0;
    if (doc->nodes[node].kind != US_JSON_NUMBER) return false;
    if (!decimal_plain(us_json_raw(doc, node), &millionths) &&
        !us_decimal(us_json_value(doc, node, a), &millionths))
        return false;
    duck_put_i64(t, column, millionths);
    return true;
}

bool core_column_put(struct duck_table *t, size_t column, const struct core_property *p,
    struct us_arena *a)
{
    const struct core_column *c = p->column;
    uint8_t kind = p->node ? p->doc->nodes[p->node].kind : (uint8_t)US_JSON_NULL;
    bool page = !p->node && c->page_name && p->message->page_name.len;
    bool good = false;
    if (c->kind == US_NUMBER && p->node) {
        good = put_number(t, column, p->doc, p->node, a);
    } else if (c->kind == US_BOOL) {
        good = kind == US_JSON_TRUE || kind == US_JSON_FALSE;
        if (good) duck_put_bool(t, column, kind == US_JSON_TRUE);
    } else if (c->kind == US_STRING) {
        good = kind == US_JSON_STRING || page;
        if (good)
            duck_put_text(t, column,
                page ? p->message->page_name : us_json_text(p->doc, p->node, a));
    }
    if (!good) duck_put_null(t, column);
    return good;
}

/* Nearly every line has the source of the line before. */
static uint32_t source_of(struct us_history *h, us_str source)
{
    struct us_intern *all = &h->sources.terms;
    if (!all->count || !us_str_eq(us_intern_text(all, h->source), source))
        h->source = us_intern_put(all, source);
    return h->source;
}

/* The node of each column's value. */
static void nodes_find(const struct us_history *h, const struct core_line *l,
    const struct us_message *m, uint32_t *nodes)
{
    static const struct us_json_doc none = {0};
    if (l->values) {
        for (uint32_t c = 0; c < h->columns.count; c++)
            nodes[c] = l->doc->nodes[c + 1].to ? c + 1 : US_JSON_NONE;
        return;
    }
    bool there = l->rooted || m->properties != US_JSON_NONE;
    core_columns_find(&h->columns, there ? l->doc : &none, m->properties, nodes);
}

us_code core_load_event(struct us_history *h, const struct core_line *l,
    const struct us_message *m, struct us_error *e)
{
    struct duck_table *t;
    US_TRY(core_table(h, T_EVENTS, &t, e));
    struct us_who who = core_who(h, m);
    uint32_t person, account;
    core_now(h, &who, &person, &account);
    duck_put_i64(t, E_SEQ, l->head.seq);
    duck_put_time(t, E_AT, m->at);
    duck_put_time(t, E_KNOWN, m->known);
    duck_put_id(t, E_ACCOUNT, account);
    duck_put_id(t, E_PERSON, person);
    duck_put_id(t, E_USR, who.user);
    duck_put_id(t, E_ANON, who.anonymous);
    duck_put_id(t, E_GRP, who.group);
    duck_put_id(t, E_NAME, us_intern_put(&h->names.terms, m->event));
    duck_put_id(t, E_SOURCE, source_of(h, l->head.source));
    duck_put_bool(t, E_SKEWED, m->skewed);
    us_assert(l->at.offset >> CORE_LINE_BITS == 0);
    uint64_t line = (uint64_t)l->at.segment << CORE_LINE_BITS | l->at.offset;
    duck_put_i64(t, E_LINE, (int64_t)line);
    if (h->columns.count) {
        uint32_t nodes[US_HISTORY_COLUMNS_MAX];
        nodes_find(h, l, m, nodes);
        for (size_t c = 0; c < h->columns.count; c++) {
            struct core_property p = {&h->columns.items[c], l->doc, nodes[c], m};
            core_column_put(t, E_COLUMNS + c, &p, &h->line);
        }
    }
    return duck_row_end(t, e);
}

size_t us_history_values(const struct us_history *h, const struct us_json_doc *doc,
    uint32_t properties, us_json_node out[US_READY_VALUES_MAX + 1])
{
    static const struct us_json_doc none = {0};
    uint32_t nodes[US_READY_VALUES_MAX];
    size_t count = h->columns.count;
    if (count > US_READY_VALUES_MAX) return SIZE_MAX;
    core_columns_find(
        &h->columns, properties == US_JSON_NONE ? &none : doc, properties, nodes);
    for (size_t c = 0; c < count; c++)
        out[c + 1] = nodes[c] ? doc->nodes[nodes[c]] : (us_json_node){0};
    return count;
}

static us_str cut_of(us_str line, struct us_cut cut)
{
    return us_str_slice(line, cut.from, (size_t)cut.from + cut.len);
}

us_code core_load_ready(struct us_history *h, const struct us_ready *ready, us_str line,
    us_str source, us_pos at, struct us_error *e)
{
    struct us_json_doc doc = {0};
    struct core_line l = {.doc = &doc, .rooted = true, .at = at};
    l.head = (struct us_head){.seq = ready->seq, .known = ready->known};
    l.head.source = source;
    struct us_message m = {.call = US_TRACK,
        .at = ready->at,
        .known = ready->known,
        .skewed = ready->skewed,
        .user = cut_of(line, ready->user),
        .anonymous = cut_of(line, ready->anonymous),
        .group = cut_of(line, ready->group),
        .event = cut_of(line, ready->event)};
    if (h->columns.count && ready->values) {
        us_arena_reset(&h->line);
        l.values = true;
        doc = (struct us_json_doc){.text = line, .nodes = ready->values};
        doc.count = (uint32_t)h->columns.count + 1;
    } else if (h->columns.count && ready->properties.len) {
        us_arena_reset(&h->line);
        US_TRY(us_json_parse(h->json, cut_of(line, ready->properties), &doc, e));
    }
    if (ready->seq > h->seq) h->seq = ready->seq;
    h->pending++;
    h->counts[US_TRACK]++;
    return core_load_event(h, &l, &m, e);
}
