#include "config/yaml.h"

#include "config/scan.h"

#include <libfyaml.h>
#include <string.h>

/* A byte of the text and its line and column, moved along as tokens come. */
struct cursor {
    size_t at;
    uint32_t line, column;
};

struct builder {
    struct us_arena *a;
    struct us_diags *d;
    us_str text;
    uint32_t file;
    struct cursor cursor;
    us_place last; /* of the last token, for values that are not there */
    size_t end;    /* behind it */
    struct us_yaml *root;
    struct us_yaml *open[US_YAML_DEPTH_MAX];
    struct us_yaml *key[US_YAML_DEPTH_MAX]; /* waits for its value */
    size_t depth, flow, documents;
    size_t *nodes;
    bool stop;
};

static bool middle(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Tokens come almost in order; one that lies back restarts its file. */
static void move(struct builder *b, size_t at)
{
    struct cursor *c = &b->cursor;
    if (at < c->at) *c = (struct cursor){0, 1, 1};
    for (; c->at < at && c->at < b->text.len; c->at++) {
        char byte = b->text.ptr[c->at];
        if (byte == '\n') {
            c->line++;
            c->column = 1;
        } else if (!middle(byte)) {
            c->column++;
        }
    }
}

static us_place place_at(struct builder *b, size_t from, size_t to)
{
    move(b, from);
    uint32_t len = us_scan_characters(b->text, from, to);
    b->last = (us_place){b->file, b->cursor.line, b->cursor.column, len};
    return b->last;
}

static void mistake(struct builder *b, us_place place, const char *key)
{
    us_diag_add(b->d, place, false, key, NULL, (us_str){0});
    b->stop = true;
}

static bool key_is_next(const struct builder *b)
{
    return b->depth && b->open[b->depth - 1]->kind == US_YAML_MAP &&
           !b->key[b->depth - 1];
}

/* Put a value where it belongs: the root, a list, a map's key or that key's value. */
static void place_node(struct builder *b, struct us_yaml *node)
{
    if (b->depth == 0) {
        b->root = node;
        return;
    }
    struct us_yaml *up = b->open[b->depth - 1];
    struct us_yaml **key = &b->key[b->depth - 1];
    if (key_is_next(b)) {
        *key = node;
        return;
    }
    node->key = *key;
    *key = NULL;
    if (up->last) {
        up->last->next = node;
    } else {
        up->first = node;
        if (up->place.len == 0) up->place = node->key ? node->key->place : node->place;
    }
    up->last = node;
    up->count++;
}

static struct us_yaml *node_new(struct builder *b, us_yaml_kind kind)
{
    struct us_yaml *node = us_new(b->a, struct us_yaml, 1);
    node->kind = kind;
    node->flow = b->flow > 0;
    node->joined = b->file;
    if (++*b->nodes > US_YAML_NODES_MAX || b->a->full)
        mistake(b, b->last, "config.too_many");
    return node;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void put_single(struct us_buf *out, us_str line)
{
    for (size_t i = 0; i < line.len; i++) {
        us_buf_char(out, line.ptr[i]);
        i += line.ptr[i] == '\''; /* the second of a pair */
    }
}

/* The value between single quotes, by YAML 1.2.2 §7.3.2: a line end is a blank, empty
 * lines are line ends. libfyaml 0.7.12 reads 'x''''y' wrong, and leaks on four pairs.
 */
static us_str single_text(struct us_arena *a, us_str raw)
{
    struct us_buf out = us_buf_new(a, raw.len + 1);
    size_t empty = 0;
    for (size_t n = 0, at = 0; at <= raw.len; n++) {
        size_t end = at + us_str_find(us_str_slice(raw, at, raw.len), US_S("\n"));
        bool last = end == raw.len;
        size_t to = end;
        while (n && at < to && blank(raw.ptr[at]))
            at++;
        while (!last && at < to && blank(raw.ptr[to - 1]))
            to--;
        if (n && !last && at == to) {
            empty++;
        } else {
            if (n && !empty) us_buf_char(&out, ' ');
            for (; empty; empty--)
                us_buf_char(&out, '\n');
            put_single(&out, us_str_slice(raw, at, to));
        }
        at = end + 1;
    }
    return us_buf_str(&out);
}

/* Borrowed from the file where it stands there as it is, else copied. */
static us_str scalar_text(struct builder *b, struct fy_token *token, us_str raw)
{
    if (fy_token_scalar_style(token) == FYSS_SINGLE_QUOTED) {
        bool as_it_is = us_str_find(raw, US_S("'")) == raw.len &&
                        us_str_find(raw, US_S("\n")) == raw.len;
        return as_it_is ? raw : single_text(b->a, raw);
    }
    size_t len = 0;
    const char *ptr = fy_token_get_text(token, &len);
    us_str text = {ptr ? ptr : "", ptr ? len : 0};
    return us_str_eq(text, raw) ? raw : us_arena_str(b->a, text);
}

/* A value that is not there: seen at its dash, or at the key before it. */
static void add_nothing(struct builder *b, struct us_yaml *node)
{
    bool item = b->depth && b->open[b->depth - 1]->kind == US_YAML_LIST;
    size_t at = b->end;
    while (item && at < b->text.len && b->text.ptr[at] != '-')
        at = b->text.ptr[at] == '#' ? us_scan_line_end(b->text, at) : at + 1;
    if (item && at < b->text.len) {
        b->end = at + 1;
        place_at(b, at, at + 1);
    }
    node->plain = true;
    node->place = b->last;
    node->source.place = b->last;
    node->from = node->to = b->end;
    place_node(b, node);
}

static void add_scalar(struct builder *b, struct fy_token *token)
{
    struct us_yaml *node = node_new(b, US_YAML_SCALAR);
    const struct fy_mark *from = token ? fy_token_start_mark(token) : NULL;
    const struct fy_mark *to = token ? fy_token_end_mark(token) : NULL;
    if (!from || !to || from->input_pos > b->text.len || to->input_pos > b->text.len ||
        from->input_pos > to->input_pos) {
        add_nothing(b, node);
        return;
    }
    enum fy_scalar_style style = fy_token_scalar_style(token);
    bool quoted = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
    bool block = style == FYSS_LITERAL || style == FYSS_FOLDED;
    node->from = from->input_pos;
    node->to = to->input_pos;
    while (block && node->from < node->to && b->text.ptr[node->from] == ' ')
        node->from++;
    us_str raw = us_str_slice(b->text, node->from, node->to);
    node->plain = style == FYSS_PLAIN;
    node->lines = block || us_str_find(raw, US_S("\n")) < raw.len;
    node->text = scalar_text(b, token, raw);
    size_t quote = quoted && node->from > 0;
    b->end = node->to + quote;
    node->place = place_at(b, node->from - quote, b->end);
    node->source = (us_source){node->text, place_at(b, node->from, node->to)};
    place_node(b, node);
}

static void open_node(struct builder *b, us_yaml_kind kind, const struct fy_mark *mark)
{
    struct us_yaml *node = node_new(b, kind);
    size_t at = mark && mark->input_pos < b->text.len ? mark->input_pos : b->text.len;
    if (key_is_next(b)) mistake(b, place_at(b, at, at + 1), "config.key_shape");
    char first = at < b->text.len ? b->text.ptr[at] : '\0';
    if (b->flow || first == (kind == US_YAML_MAP ? '{' : '[')) b->flow++;
    /* Without a bracket it begins with its first value, which sets the place. */
    node->from = b->text.len;
    if (first == '{' || first == '[') {
        node->place = place_at(b, at, at + 1);
        node->from = at;
    }
    place_node(b, node);
    if (b->depth == US_YAML_DEPTH_MAX)
        mistake(b, place_at(b, at, at + 1), "config.too_deep");
    if (b->stop) return;
    b->open[b->depth] = node;
    b->key[b->depth++] = NULL;
}

static void close_node(struct builder *b, const struct fy_mark *mark)
{
    if (b->depth == 0) return;
    struct us_yaml *node = b->open[--b->depth];
    if (node->place.len == 0) node->place = b->last;
    if (b->flow) b->flow--;
    node->to = mark ? mark->input_pos : b->text.len;
    if (node->from < b->text.len)
        node->place.len = us_scan_characters(b->text, node->from, node->to + 1);
}

/* Anchors, aliases and tags are refused where they stand. */
static void refuse(struct builder *b, struct fy_token *token, const char *key)
{
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    if (!token) return;
    bool inside = mark && mark->input_pos <= b->text.len;
    us_place place = b->last;
    if (inside) {
        const struct fy_mark *end = fy_token_end_mark(token);
        size_t at = mark->input_pos;
        bool behind =
            at > 0 && (b->text.ptr[at - 1] == '&' || b->text.ptr[at - 1] == '*');
        place = place_at(b, at - behind, end ? end->input_pos : at);
    }
    mistake(b, place, key);
}

static void take(struct builder *b, struct fy_event *event)
{
    const struct fy_mark *start = fy_event_start_mark(event);
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (++b->documents > 1) {
            size_t at = start ? start->input_pos : b->text.len;
            mistake(b, place_at(b, at, at + 3), "config.documents");
        }
        break;
    case FYET_MAPPING_START:
        refuse(b, event->mapping_start.anchor, "config.anchor");
        refuse(b, event->mapping_start.tag, "config.tag");
        if (!b->stop) open_node(b, US_YAML_MAP, start);
        break;
    case FYET_SEQUENCE_START:
        refuse(b, event->sequence_start.anchor, "config.anchor");
        refuse(b, event->sequence_start.tag, "config.tag");
        if (!b->stop) open_node(b, US_YAML_LIST, start);
        break;
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END: close_node(b, start); break;
    case FYET_SCALAR:
        refuse(b, event->scalar.anchor, "config.anchor");
        refuse(b, event->scalar.tag, "config.tag");
        if (!b->stop) add_scalar(b, event->scalar.value);
        break;
    case FYET_ALIAS: refuse(b, event->alias.anchor, "config.anchor"); break;
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
    case FYET_DOCUMENT_END: break;
    }
}

/* The first error libfyaml noted, in our words. */
static void syntax_mistake(struct builder *b, struct fy_diag *diag)
{
    void *walk = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &walk);
    size_t at = b->text.len;
    us_str why = {0};
    if (error) {
        at = us_scan_offset(b->text, error->line, error->column);
        why = us_str_c(error->msg);
    }
    us_scan_syntax(b->text, b->file, at, why, b->d);
    b->stop = true;
}

/* libfyaml says its errors to stderr unless it is told to keep them. */
static struct fy_diag *quiet_diag(void)
{
    struct fy_diag_cfg cfg;
    fy_diag_cfg_default(&cfg);
    cfg.fp = NULL;
    cfg.output_fn = NULL;
    cfg.level = FYET_ERROR;
    struct fy_diag *diag = fy_diag_create(&cfg);
    us_assert(diag);
    fy_diag_set_collect_errors(diag, true);
    return diag;
}

static void parse(struct builder *b)
{
    struct fy_diag *diag = quiet_diag();
    struct fy_parse_cfg cfg = {
        .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2,
        .diag = diag,
    };
    struct fy_parser *parser = fy_parser_create(&cfg);
    us_assert(parser);
    bool set = fy_parser_set_string(parser, b->text.ptr, b->text.len) == 0;
    struct fy_event *event = NULL;
    while (set && !b->stop && (event = fy_parser_parse(parser))) {
        take(b, event);
        fy_parser_event_free(parser, event);
    }
    if (!b->stop && (!set || fy_parser_get_stream_error(parser)))
        syntax_mistake(b, diag);
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
}

struct us_yaml *us_yaml_read(us_str text, uint32_t file, struct us_arena *a,
    struct us_diags *d, size_t *nodes, bool *broken)
{
    struct builder *b = us_new(a, struct builder, 1);
    *b = (struct builder){.a = a, .d = d, .text = text, .file = file, .nodes = nodes};
    b->cursor = (struct cursor){0, 1, 1};
    b->last = (us_place){file, 1, 1, 1};
    if (!us_scan_text(text, file, d)) {
        *broken = true;
        return NULL;
    }
    if (text.len) parse(b);
    if (b->stop) {
        *broken = true;
        return NULL;
    }
    struct us_yaml *root = b->root;
    bool nothing =
        root && root->kind == US_YAML_SCALAR && root->plain && !root->text.len;
    return nothing ? NULL : root;
}
