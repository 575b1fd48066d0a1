#include "import/record.h"

struct reading {
    const struct us_sheet_kind *kind;
    const struct us_json_doc *doc;
    struct us_arena *a;
    struct us_record *out;
    struct us_cell cells[US_RULES_MAX];
    bool given[US_RULES_MAX];
    struct us_buf extras; /* members of an open kind, as they go into m */
};

static bool is_called(const struct us_cell_rule *rule, us_str name)
{
    us_str rest = rule->names;
    if (us_same_name(rule->key, name)) return true;
    while (rest.len)
        if (us_same_name(us_str_cut(rest, '|', &rest), name)) return true;
    return false;
}

/* The rule a member falls under; US_RULES_MAX: none. */
static size_t rule_of(const struct us_sheet_kind *kind, us_str name)
{
    for (size_t i = 0; kind->rules[i].key.len; i++)
        if (is_called(&kind->rules[i], name)) return i;
    return US_RULES_MAX;
}

static us_code cell_read(
    struct reading *r, size_t rule, us_str name, uint32_t node, struct us_error *e)
{
    const us_json_node *n = &r->doc->nodes[node];
    us_str text = {0};
    if (r->given[rule])
        return us_fail(e, US_INPUT, "import.record_twice",
            US_ARGS(US_TEXT("name", us_shown(name))));
    if (n->kind == US_JSON_ARRAY || n->kind == US_JSON_OBJECT)
        return us_fail(e, US_INPUT, "import.record_nested",
            US_ARGS(US_TEXT("name", us_shown(name))));
    r->given[rule] = true;
    if (n->kind == US_JSON_STRING)
        text = us_json_text(r->doc, node, r->a);
    else if (n->kind != US_JSON_NULL)
        text = us_json_raw(r->doc, node);
    bool good =
        us_cell_read(&r->kind->rules[rule], name, text, r->a, &r->cells[rule], e);
    return good ? US_OK : US_INPUT;
}

/* A trait of any shape stands in m as it is; null takes one away. */
static void extra_put(struct reading *r, us_str name, uint32_t node)
{
    struct us_record *out = r->out;
    if (r->kind->open) {
        if (r->extras.len) us_buf_char(&r->extras, ',');
        us_buf_json(&r->extras, name);
        us_buf_char(&r->extras, ':');
        us_json_minify(r->doc, node, NULL, &r->extras);
    } else if (out->ignored_count < US_RECORD_IGNORED_MAX) {
        out->ignored[out->ignored_count++] = us_shown(name);
    }
}

static us_code members_read(struct reading *r, uint32_t object, struct us_error *e)
{
    const us_json_node *nodes = r->doc->nodes;
    for (uint32_t i = object + 1; i < nodes[object].next; i = nodes[i + 1].next) {
        us_str name = us_json_text(r->doc, i, r->a);
        size_t rule = rule_of(r->kind, name);
        if (us_is_message_secret(name)) continue;
        if (rule == US_RULES_MAX)
            extra_put(r, name, i + 1);
        else
            US_TRY(cell_read(r, rule, name, i + 1, e));
    }
    return US_OK;
}

static us_code all_filled(const struct reading *r, struct us_error *e)
{
    for (size_t i = 0; r->kind->rules[i].key.len; i++)
        if (r->kind->rules[i].need == US_FILLED && !r->cells[i].text.len)
            return us_fail(e, US_INPUT, "import.empty",
                US_ARGS(US_TEXT("column", r->kind->rules[i].key)));
    return US_OK;
}

us_code us_record_read(const struct us_sheet_kind *kind, const struct us_json_doc *doc,
    uint32_t node, struct us_arena *a, struct us_record *out, struct us_error *e)
{
    struct reading r = {.kind = kind, .doc = doc, .a = a, .out = out};
    *out = (struct us_record){0};
    if (doc->nodes[node].kind != US_JSON_OBJECT)
        return us_fail(e, US_INPUT, "event.not_object", NULL);
    if (us_json_raw(doc, node).len > US_RECORD_BYTES_MAX)
        return us_fail(e, US_LIMIT, "event.too_large",
            US_ARGS(US_WHOLE("bytes", us_json_raw(doc, node).len),
                US_WHOLE("limit", US_RECORD_BYTES_MAX)));
    for (size_t i = 0; i < US_RULES_MAX; i++)
        r.cells[i].at = US_NEVER;
    r.extras = us_buf_new(a, (size_t)2 * US_RECORD_BYTES_MAX);
    US_TRY(members_read(&r, node, e));
    US_TRY(all_filled(&r, e));
    /* Escapes make a text at most six times as long. */
    struct us_buf m = us_buf_new(a, (size_t)8 * US_RECORD_BYTES_MAX);
    us_buf_char(&m, '{');
    out->dated = us_m_cells(&m, kind, r.cells).at != US_NEVER;
    if (r.extras.len && m.len > 1) us_buf_char(&m, ',');
    us_buf_put(&m, us_buf_str(&r.extras));
    us_buf_char(&m, '}');
    us_assert(!m.full && !r.extras.full);
    out->m = us_buf_str(&m);
    return US_OK;
}
