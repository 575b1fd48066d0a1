/* score.c: the lines of one axis of a definition's score, and the signals they name, in
 * the text people wrote; all else byte for byte.
 *
 * The file is read once more as a tree, which knows where each value begins and ends.
 * What stands in braces is left alone: there is no line to add to.
 */

#include "config/edit.h"
#include "config/fill.h"

struct putting {
    const struct us_score_asked *q;
    struct us_arena *a;
    us_str text;
    const char *end; /* of a line */
    struct us_score_put *out;
    bool braces;
};

/* ---- where things stand ---- */

/* Without a bracket of its own: its values have lines. */
static bool has_lines(const struct putting *p, const struct us_yaml *node)
{
    return node->kind != US_YAML_SCALAR && node->from >= p->text.len;
}

static bool is_nothing(const struct us_yaml *node)
{
    return node->kind == US_YAML_SCALAR && node->plain && node->from == node->to;
}

/* Behind the last byte of a value. */
static size_t behind(const struct putting *p, const struct us_yaml *node)
{
    while (has_lines(p, node) && node->last)
        node = node->last;
    if (node->kind != US_YAML_SCALAR) return node->to + 1;
    size_t at = node->to + !node->plain;
    while (at > node->from && p->text.ptr[at - 1] == '\n')
        at--; /* of a text of several lines */
    return at;
}

/* Where the line after that byte begins. */
static size_t next_line(const struct putting *p, size_t at)
{
    while (at < p->text.len && p->text.ptr[at] != '\n')
        at++;
    return at < p->text.len ? at + 1 : at;
}

static size_t indent_of(const struct us_yaml *key)
{
    return key->place.column - 1;
}

/* ---- pieces ---- */

static struct us_buf piece(const struct putting *p)
{
    return us_buf_new(p->a, US_EDIT_TEXT_MAX);
}

static void edit(struct putting *p, size_t at, size_t cut, us_str text)
{
    us_assert(p->out->edit_count < US_SCORE_EDITS_MAX);
    if (cut || text.len)
        p->out->edits[p->out->edit_count++] = (struct us_config_edit){at, cut, text};
}

/* Lines at the beginning of a line, or at the end of a file whose last has no end. */
static void lines_at(struct putting *p, size_t at, struct us_buf *lines)
{
    bool open = at == p->text.len && at > 0 && p->text.ptr[at - 1] != '\n';
    if (!open) {
        edit(p, at, 0, us_buf_str(lines));
        return;
    }
    struct us_buf more = piece(p);
    us_buf_put(&more, us_str_c(p->end));
    us_buf_put(&more, us_buf_str(lines));
    edit(p, at, 0, us_buf_str(&more));
}

static void blanks(struct us_buf *out, size_t count)
{
    while (count-- > 0)
        us_buf_char(out, ' ');
}

static void key_put(
    const struct putting *p, struct us_buf *out, size_t indent, us_str key)
{
    blanks(out, indent);
    us_buf_fmt(out, "%.*s:%s", US_ARG(key), p->end);
}

static void items_put(const struct putting *p, struct us_buf *out, size_t indent)
{
    for (size_t i = 0; i < p->q->line_count; i++) {
        blanks(out, indent);
        us_buf_put(out, US_S("- "));
        us_edit_scalar(p->q->lines[i], false, out);
        us_buf_put(out, us_str_c(p->end));
    }
}

static us_str axis_name(us_axis axis)
{
    static const us_str names[] = {[US_AXIS_USAGE] = US_S_INIT("usage"),
        [US_AXIS_FIT] = US_S_INIT("fit"),
        [US_AXIS_INTENT] = US_S_INIT("intent")};
    return names[axis];
}

enum { STEP = 2 };

/* ---- the axis ---- */

/* Comments that have a line, between the lines that go. */
static void comments_put(
    const struct putting *p, size_t from, size_t to, struct us_buf *out)
{
    for (size_t at = from; at < to; at = next_line(p, at)) {
        us_str line = us_str_slice(p->text, at, next_line(p, at));
        us_str words = us_str_trim(line);
        if (words.len && words.ptr[0] == '#') us_buf_put(out, line);
    }
}

static void list_replaced(struct putting *p, const struct us_yaml *list)
{
    size_t from = us_edit_line(p->text, list->first->place.line);
    size_t last = behind(p, list);
    size_t to = us_edit_line_end(p->text, last);
    struct us_buf lines = piece(p);
    comments_put(p, from, to, &lines);
    items_put(p, &lines, us_edit_indent(p->text, from).len);
    /* The last line's end stays where it is: it may be the file's. */
    us_str text = us_buf_str(&lines);
    while (
        text.len && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r'))
        text.len--;
    edit(p, from, to - from, text);
}

/* "usage: [40 if a]" or "usage: 40 if a": what is behind the colon goes. */
static void value_replaced(struct putting *p, const struct us_yaml *value)
{
    size_t from = value->key->to + !value->key->plain;
    while (from < p->text.len && p->text.ptr[from] != ':')
        from++;
    from++;
    size_t to = is_nothing(value) ? from : behind(p, value);
    us_str gone = us_str_slice(p->text, from, to);
    if (us_str_find(gone, US_S("#")) < gone.len &&
        us_str_find(gone, US_S("\n")) < gone.len) {
        p->braces = true; /* comments inside would go with it */
        return;
    }
    struct us_buf lines = piece(p);
    items_put(p, &lines, indent_of(value->key) + STEP);
    edit(p, from, to - from, (us_str){0});
    lines_at(p, next_line(p, to), &lines);
}

static bool says(const struct us_yaml *node, us_str text)
{
    return node->kind == US_YAML_SCALAR && us_str_eq(node->text, text);
}

static bool is_same(const struct putting *p, const struct us_yaml *value)
{
    if (value->kind == US_YAML_SCALAR)
        return p->q->line_count == 1 && says(value, p->q->lines[0]);
    const struct us_yaml *n = value->first;
    for (size_t i = 0; i < p->q->line_count; i++, n = n->next)
        if (!n || !says(n, p->q->lines[i])) return false;
    return n == NULL;
}

static us_scored axis_put(struct putting *p, const struct us_yaml *score)
{
    us_str name = axis_name(p->q->axis);
    const struct us_yaml *value = us_fill_any(score, name.ptr);
    if (value && is_same(p, value)) return US_SCORED_SAME;
    bool taken = value && !is_nothing(value) &&
                 (value->kind == US_YAML_SCALAR || value->count > 0);
    if (taken && !p->q->replace) return US_SCORED_TAKEN;
    struct us_buf lines = piece(p);
    if (!value) {
        size_t indent = indent_of(score->first->key);
        key_put(p, &lines, indent, name);
        items_put(p, &lines, indent + STEP);
        lines_at(p, next_line(p, behind(p, score)), &lines);
    } else if (has_lines(p, value) && value->count) {
        list_replaced(p, value);
    } else {
        value_replaced(p, value);
    }
    return US_SCORED;
}

/* Behind `must`, or behind all it has. */
static us_scored score_put(struct putting *p, const struct us_yaml *definition)
{
    const struct us_yaml *score = us_fill_any(definition, "score");
    const struct us_yaml *must = us_fill_any(definition, "must");
    if (score && score->kind == US_YAML_MAP && score->count) {
        p->braces |= !has_lines(p, score);
        return p->braces ? US_SCORED_BRACES : axis_put(p, score);
    }
    size_t indent = indent_of(definition->first->key);
    struct us_buf lines = piece(p);
    size_t at = behind(p, must ? must : definition);
    if (score) { /* without a word */
        p->braces |= !is_nothing(score);
        at = score->key->to;
    } else {
        key_put(p, &lines, indent, US_S("score"));
    }
    key_put(p, &lines, indent + STEP, axis_name(p->q->axis));
    items_put(p, &lines, indent + 2 * STEP);
    lines_at(p, next_line(p, at), &lines);
    return US_SCORED;
}

/* ---- the signals ---- */

static void signals_put(struct putting *p, const struct us_yaml *root, bool people)
{
    const char *key = people ? "user_signals" : "signals";
    if (!p->q->signal_count) return;
    const struct us_yaml *section = us_fill_any(root, key);
    bool some = section && section->kind == US_YAML_MAP && section->count;
    struct us_buf lines = piece(p);
    p->braces |= section && !(some ? has_lines(p, section) : is_nothing(section));
    if (p->braces) return;
    size_t at = p->text.len;
    if (section) at = next_line(p, some ? behind(p, section) : section->key->to);
    if (!section) key_put(p, &lines, 0, us_str_c(key));
    for (size_t i = 0; i < p->q->signal_count; i++) {
        blanks(&lines, some ? indent_of(section->first->key) : STEP);
        us_buf_fmt(&lines, "%.*s: ", US_ARG(p->q->signals[i]));
        us_edit_scalar(p->q->expressions[i], false, &lines);
        us_buf_put(&lines, us_str_c(p->end));
    }
    lines_at(p, at, &lines);
}

/* ---- all of it ---- */

/* Of two at one place the one made first stays first. */
static void sort(struct us_config_edit *edits, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && edits[k].at < edits[k - 1].at; k--) {
            struct us_config_edit swap = edits[k];
            edits[k] = edits[k - 1];
            edits[k - 1] = swap;
        }
}

static us_str applied(const struct putting *p)
{
    struct us_buf out = piece(p);
    size_t at = 0;
    for (size_t i = 0; i < p->out->edit_count; i++) {
        const struct us_config_edit *e = &p->out->edits[i];
        us_buf_put(&out, us_str_slice(p->text, at, e->at));
        us_buf_put(&out, e->text);
        at = e->at + e->cut;
    }
    us_buf_put(&out, us_str_slice(p->text, at, p->text.len));
    return us_buf_str(&out);
}

us_scored us_config_score(const struct us_config *c, const struct us_score_asked *asked,
    struct us_arena *a, struct us_score_put *out)
{
    const struct us_definition_text *def = &c->definitions[asked->definition];
    *out = (struct us_score_put){.file = def->name.place.file};
    struct putting p = {
        .q = asked, .a = a, .text = c->files[out->file].text, .out = out};
    p.end = us_edit_end_of_line(p.text);
    struct us_diags d = {.arena = a};
    size_t nodes = 0;
    bool broken = false;
    const struct us_yaml *root =
        us_yaml_read(p.text, out->file, a, &d, &nodes, &broken);
    us_assert(root && !broken); /* it was read before */
    const struct us_yaml *all = us_fill_any(root, "qualify");
    char *name = us_arena_cstr(a, def->name.text);
    const struct us_yaml *definition = all ? us_fill_any(all, name) : NULL;
    us_assert(definition);
    bool open = has_lines(&p, root) && has_lines(&p, all) && has_lines(&p, definition);
    if (!open || definition->count == 0) return US_SCORED_BRACES;
    us_scored scored = score_put(&p, definition);
    if (scored == US_SCORED_TAKEN || scored == US_SCORED_BRACES) return scored;
    signals_put(&p, root, def->pql);
    if (p.braces) return US_SCORED_BRACES;
    if (!out->edit_count) return US_SCORED_SAME;
    sort(out->edits, out->edit_count);
    out->text = applied(&p);
    return US_SCORED;
}
