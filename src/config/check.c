#include "config/check.h"

#include "config/scan.h"

#include <stdlib.h>

static us_place place_of_name(const struct us_yaml *node)
{
    return node->key ? node->key->place : node->place;
}

us_str us_where_text(struct us_arena *a, const struct us_where *where)
{
    us_str text = {0};
    for (; where && where->up; where = where->up) {
        struct us_buf out = us_buf_new(a, where->name.len + 1 + text.len);
        us_buf_put(&out, where->name);
        if (text.len) us_buf_char(&out, '.');
        us_buf_put(&out, text);
        text = us_buf_str(&out);
    }
    return text;
}

void us_check_mistake(struct us_check *check, struct us_yaml *node, const char *key,
    const us_arg *args, us_str suggestion)
{
    node->bad = true;
    us_diag_add(check->d, node->place, false, key, args, suggestion);
}

bool us_is_name(us_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9')) return false;
    }
    return text.len > 0;
}

/* "Active Users" → "active_users"; empty when that is no name either. */
static us_str name_from(struct us_arena *a, us_str text)
{
    struct us_buf out = us_buf_new(a, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c | 0x20);
        us_buf_char(&out, c == ' ' || c == '-' || c == '.' ? '_' : c);
    }
    us_str name = us_buf_str(&out);
    return us_is_name(name) ? name : (us_str){0};
}

/* The kind that was found, for "must be …, but this is …". */
static const char *found_words(const struct us_yaml *node)
{
    switch (node->kind) {
    case US_YAML_MAP: return "config.kind_map";
    case US_YAML_LIST: return "config.kind_list";
    case US_YAML_SCALAR: break;
    }
    return "config.kind_text";
}

static bool colon_without_space(us_str text)
{
    size_t colon = us_str_find(text, US_S(":"));
    return colon > 0 && colon + 1 < text.len;
}

static void wrong_kind(struct us_check *check, struct us_yaml *node,
    const struct us_key *key, const struct us_where *where)
{
    bool map = key->kind == US_KEY_MAP || key->kind == US_KEY_NAMED ||
               key->kind == US_KEY_TABLE;
    if (map && node->kind == US_YAML_SCALAR && colon_without_space(node->text)) {
        us_check_mistake(check, node, "config.colon_space",
            US_ARGS(US_TEXT("text", node->text)), (us_str){0});
        return;
    }
    us_check_mistake(check, node, "config.wrong_kind",
        US_ARGS(US_TEXT("key", us_where_text(check->a, where)),
            US_WORD("wanted", us_key_kind_words(key->kind)),
            US_WORD("found", found_words(node))),
        (us_str){0});
}

static int by_place(us_place a, us_place b)
{
    if (a.file != b.file) return a.file < b.file ? -1 : 1;
    if (a.line != b.line) return a.line < b.line ? -1 : 1;
    return (a.column > b.column) - (a.column < b.column);
}

static int by_key(const void *x, const void *y)
{
    const struct us_yaml *a = *(struct us_yaml *const *)x;
    const struct us_yaml *b = *(struct us_yaml *const *)y;
    int order = us_str_cmp(a->key->text, b->key->text);
    return order ? order : by_place(a->key->place, b->key->place);
}

void us_check_twice(struct us_check *check, struct us_yaml **nodes, size_t count)
{
    qsort(nodes, count, sizeof nodes[0], by_key);
    for (size_t i = 1, first = 0; i < count; i++) {
        us_str name = nodes[i]->key->text;
        if (!us_str_eq(nodes[first]->key->text, name)) {
            first = i;
            continue;
        }
        if (nodes[i]->bad) continue;
        us_place place = nodes[first]->key->place;
        us_str path = check->c->files[place.file].path;
        us_str at = us_arena_fmt(check->a, "%.*s:%u", US_ARG(path), place.line);
        us_diag_add(check->d, nodes[i]->key->place, false, "config.twice",
            US_ARGS(US_TEXT("key", name), US_TEXT("first", at)), (us_str){0});
        nodes[i]->bad = true;
    }
}

static void check_twice(struct us_check *check, struct us_yaml *map)
{
    struct us_yaml **nodes = us_new(check->a, struct us_yaml *, map->count + 1);
    size_t n = 0;
    for (struct us_yaml *child = map->first; child; child = child->next)
        nodes[n++] = child;
    us_check_twice(check, nodes, n);
}

static void unknown_key(struct us_check *check, struct us_yaml *node,
    const struct us_key *table, const struct us_where *where)
{
    us_str name = node->key->text;
    node->bad = true;
    bool empty = node->kind == US_YAML_SCALAR && !node->text.len;
    if (empty && colon_without_space(name)) {
        us_diag_add(check->d, place_of_name(node), false, "config.colon_space",
            US_ARGS(US_TEXT("text", name)), (us_str){0});
        return;
    }
    us_str names[US_KEYS_MAX];
    us_str near = us_nearest(name, names, us_key_names(table, names));
    const char *key = where->name.len ? "config.unknown_key" : "config.unknown_section";
    us_diag_add(check->d, place_of_name(node), false, key,
        US_ARGS(US_TEXT("key", name), US_TEXT("in", us_where_text(check->a, where))),
        near);
}

static void check_missing(struct us_check *check, struct us_yaml *map,
    const struct us_key *table, const struct us_where *where)
{
    for (const struct us_key *row = table; row->name; row++) {
        if (!row->required) continue;
        const struct us_yaml *child = map->first;
        while (child && !us_str_eq(child->key->text, us_str_c(row->name)))
            child = child->next;
        if (child) continue;
        us_diag_add(check->d, place_of_name(map), false, "config.missing_key",
            US_ARGS(US_TEXT("key", us_str_c(row->name)),
                US_TEXT("in", us_where_text(check->a, where))),
            (us_str){0});
    }
}

static void empty(
    struct us_check *check, struct us_yaml *node, const struct us_where *where)
{
    us_check_mistake(check, node, "config.empty",
        US_ARGS(US_TEXT("key", us_where_text(check->a, where))), (us_str){0});
}

static void check_map(struct us_check *check, struct us_yaml *map,
    const struct us_key *key, const struct us_where *where)
{
    check_twice(check, map);
    for (struct us_yaml *child = map->first; child; child = child->next) {
        const struct us_key *row = us_key_find(key->of, child->key->text);
        struct us_where inner = {where, child->key->text};
        if (row) {
            us_check_node(check, child, row, &inner);
        } else {
            unknown_key(check, child, key->of, where);
        }
    }
    check_missing(check, map, key->of, where);
}

static void check_named(struct us_check *check, struct us_yaml *map,
    const struct us_key *key, const struct us_where *where)
{
    check_twice(check, map);
    for (struct us_yaml *child = map->first; child; child = child->next) {
        us_str name = child->key->text;
        struct us_where inner = {where, name};
        if (key->kind == US_KEY_NAMED && !us_is_name(name)) {
            us_diag_add(check->d, child->key->place, false, "config.bad_name",
                US_ARGS(US_TEXT("name", name)), name_from(check->a, name));
            child->bad = true;
        } else if (!name.len) {
            empty(check, child->key, where);
            child->bad = true;
        }
        us_check_node(check, child, key->of, &inner);
    }
}

/* How many more ( than ) stand outside of quotes. */
static int open_brackets(us_str text)
{
    int open = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"') quoted = !quoted;
        if (!quoted) open += (text.ptr[i] == '(') - (text.ptr[i] == ')');
    }
    return open;
}

/* In [ ] a comma ends an entry, so [count("A", 7d) > 1] is two pieces. The pieces are
 * told once, together, and passed over; the last of them is returned. */
static struct us_yaml *check_pieces(
    struct us_check *check, struct us_yaml *node, const struct us_where *where)
{
    if (!node->flow || !node->plain || node->kind != US_YAML_SCALAR) return NULL;
    int open = open_brackets(node->text);
    if (open <= 0) return NULL;
    struct us_yaml *last = node;
    node->bad = true;
    while (open > 0 && last->next && last->next->kind == US_YAML_SCALAR) {
        last = last->next;
        last->bad = true;
        open += open_brackets(last->text);
    }
    us_str text = check->c->files[node->place.file].text;
    us_str right = us_scan_quoted(text, node->from, last->to, check->a);
    us_check_mistake(check, node, "config.cut_comma",
        US_ARGS(
            US_TEXT("key", us_where_text(check->a, where)), US_TEXT("right", right)),
        (us_str){0});
    return last;
}

static void check_list(struct us_check *check, struct us_yaml *list,
    const struct us_key *key, const struct us_where *where)
{
    if (!list->count) {
        us_check_mistake(check, list, "config.empty_list",
            US_ARGS(US_TEXT("key", us_where_text(check->a, where))), (us_str){0});
        return;
    }
    for (struct us_yaml *item = list->first; item; item = item->next) {
        struct us_yaml *last = NULL;
        if (key->of->kind == US_KEY_EXPRESSION) last = check_pieces(check, item, where);
        if (last) {
            item = last;
        } else {
            us_check_node(check, item, key->of, where);
        }
    }
}

/* `- count("a: b", 7d) > 1` is a map to YAML: its key runs up to the colon. */
static bool expression_cut_at_colon(struct us_check *check, struct us_yaml *node)
{
    if (node->kind != US_YAML_MAP || node->flow || !node->first) return false;
    const struct us_yaml *key = node->first->key;
    us_str text = check->c->files[node->place.file].text;
    bool like = us_is_name(key->text) || !key->plain;
    if (like || us_str_find(key->text, US_S("\n")) < key->text.len) return false;
    size_t end = us_scan_value_end(text, key->from);
    us_str right = us_scan_quoted(text, key->from, end, check->a);
    node->place = us_scan_place(text, node->place.file, key->from, end);
    us_check_mistake(
        check, node, "config.cut_colon", US_ARGS(US_TEXT("right", right)), (us_str){0});
    return true;
}

static void check_single(struct us_check *check, struct us_yaml *node,
    const struct us_key *key, const struct us_where *where)
{
    if (node->kind == US_YAML_SCALAR) {
        us_check_scalar(check, node, key, where);
    } else if (key->kind != US_KEY_EXPRESSION ||
               !expression_cut_at_colon(check, node)) {
        wrong_kind(check, node, key, where);
    }
}

void us_check_node(struct us_check *check, struct us_yaml *node,
    const struct us_key *key, const struct us_where *where)
{
    bool scalar = node->kind == US_YAML_SCALAR;
    if (scalar && !node->text.len) {
        empty(check, node, where);
    } else if (key->kind == US_KEY_LIST && scalar && key->brief) {
        us_check_node(check, node, key->of, where);
    } else if (key->kind == US_KEY_LIST) {
        if (node->kind == US_YAML_LIST) {
            check_list(check, node, key, where);
        } else if (key->of->kind != US_KEY_EXPRESSION ||
                   !expression_cut_at_colon(check, node)) {
            wrong_kind(check, node, key, where);
        }
    } else if (key->kind == US_KEY_MAP && scalar && key->brief) {
        us_check_scalar(check, node, key->of, where);
    } else if (key->kind == US_KEY_MAP || key->kind == US_KEY_NAMED ||
               key->kind == US_KEY_TABLE) {
        if (node->kind != US_YAML_MAP) {
            wrong_kind(check, node, key, where);
        } else if (!node->count && where->name.len) {
            empty(check, node, where);
        } else if (key->kind == US_KEY_MAP) {
            check_map(check, node, key, where);
        } else {
            check_named(check, node, key, where);
        }
    } else {
        check_single(check, node, key, where);
    }
}
