/* recognise.c: what a table is, by its header. */

#include "import/sheet.h"

#include <string.h>

enum { LIST_MAX = 100, LACKS_MAX = 60, KINDS_MAX = 400 };

/* A list for people, cut where it gets long. */
static void list_add(struct us_buf *list, us_str name)
{
    if (list->full) return;
    size_t len = list->len;
    if (len) us_buf_put(list, US_S(", "));
    us_buf_put(list, name.len ? name : US_S("?"));
    if (!list->full) return;
    list->full = false;
    list->len = len;
    us_buf_put(list, US_S(", …"));
    list->full = true;
}

static us_str columns_of(const struct us_sheet *t, struct us_arena *a)
{
    struct us_buf list = us_buf_new(a, LIST_MAX);
    for (size_t i = 0; i < t->column_count; i++)
        list_add(&list, us_shown(t->names[i]));
    return us_buf_str(&list);
}

static us_str kinds_of(struct us_arena *a)
{
    struct us_buf list = us_buf_new(a, KINDS_MAX);
    for (size_t i = 0; i < us_sheet_kind_count; i++)
        list_add(&list, us_sheet_kinds[i]->name);
    return us_buf_str(&list);
}

/* ---- --map ---- */

us_code us_sheet_map(struct us_sheet *t, struct us_arena *a, struct us_error *e)
{
    const struct us_import_options *o = t->take->options;
    for (size_t m = 0; m < o->map_count; m++) {
        bool found = false;
        for (size_t i = 0; i < t->column_count; i++) {
            if (t->mapped[i] || !us_same_name(t->names[i], o->map[m].from)) continue;
            bool ignored = us_same_name(o->map[m].to, US_S("ignore"));
            t->names[i] = ignored ? (us_str){0} : o->map[m].to;
            t->mapped[i] = found = true;
        }
        if (!found)
            return us_fail(e, US_USAGE, "import.map_absent",
                US_ARGS(US_TEXT("path", us_shown(t->take->path)),
                    US_TEXT("column", us_shown(o->map[m].from)),
                    US_TEXT("columns", columns_of(t, a))));
    }
    return US_OK;
}

/* ---- columns and rules ---- */

/* The column of one name: the one that --map named so, else the first. */
static size_t column_named(const struct us_sheet *t, us_str name, bool only_mapped)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < t->column_count; i++) {
        if (!us_same_name(t->names[i], name)) continue;
        if (t->mapped[i]) return i;
        if (found == SIZE_MAX && !only_mapped) found = i;
    }
    return found;
}

/* A key of ours is no name of a vendor's who has names of his own, but --map may say
 * it. */
static size_t column_of(const struct us_sheet *t, const struct us_sheet_kind *kind,
    const struct us_cell_rule *rule)
{
    us_str names = rule->names;
    size_t found = column_named(t, rule->key, kind->vendor && names.len);
    while (found == SIZE_MAX && names.len)
        found = column_named(t, us_str_cut(names, '|', &names), false);
    return found;
}

/* A name people will look for in their file: the vendor's, else ours. */
static us_str rule_name(
    const struct us_sheet_kind *kind, const struct us_cell_rule *rule)
{
    us_str rest;
    us_str theirs = us_str_cut(rule->names, '|', &rest);
    return kind->vendor && theirs.len ? theirs : rule->key;
}

/* How well a header fits a kind. */
struct fit {
    size_t needed, missing, known;
    us_str lacks; /* names of what is missing */
};

static struct fit fit_of(
    const struct us_sheet *t, const struct us_sheet_kind *kind, struct us_arena *a)
{
    struct fit fit = {0};
    struct us_buf lacks = us_buf_new(a, LACKS_MAX);
    struct us_buf either = us_buf_new(a, LACKS_MAX);
    bool wants_either = false;
    bool has_either = false;
    for (const struct us_cell_rule *rule = kind->rules; rule->key.len; rule++) {
        bool there = column_of(t, kind, rule) != SIZE_MAX;
        fit.known += there;
        if (rule->need == US_MUST || rule->need == US_FILLED) {
            fit.needed++;
            fit.missing += !there;
            if (!there) list_add(&lacks, rule_name(kind, rule));
        } else if (rule->need == US_EITHER) {
            wants_either = true;
            has_either |= there;
            us_buf_fmt(&either, "%s%.*s", either.len ? "/" : "",
                US_ARG(rule_name(kind, rule)));
        }
    }
    fit.needed += wants_either;
    if (wants_either && !has_either) {
        fit.missing++;
        list_add(&lacks, us_buf_str(&either));
    }
    fit.lacks = us_buf_str(&lacks);
    return fit;
}

static bool claimed(const struct us_sheet *t, size_t column)
{
    for (size_t i = 0; i < t->rule_count; i++)
        if (t->column_of[i] == column) return true;
    return false;
}

/* Of an open kind: a column that --map put another one in the place of. */
static bool displaced(const struct us_sheet *t, us_str name)
{
    for (size_t i = 0; i < t->rule_count; i++)
        if (us_same_name(t->kind->rules[i].key, name)) return true;
    return false;
}

/* A key is no trait and no property: it never enters the journal. */
static bool is_secret(us_str name)
{
    for (const us_str *s = us_message_secrets; s->len; s++)
        if (us_same_name(*s, name)) return true;
    return false;
}

static void assign(
    struct us_sheet *t, const struct us_sheet_kind *kind, struct us_arena *a)
{
    t->kind = kind;
    t->rule_count = 0;
    t->extra_count = 0;
    t->extras = us_new(a, struct us_extra, t->column_count);
    for (const struct us_cell_rule *rule = kind->rules; rule->key.len; rule++) {
        us_assert(t->rule_count < US_RULES_MAX);
        t->column_of[t->rule_count++] = column_of(t, kind, rule);
    }
    for (size_t i = 0; i < t->column_count; i++) {
        us_str name = t->names[i];
        if (!name.len || claimed(t, i) || (kind->open && displaced(t, name))) continue;
        if (kind->open && is_secret(name)) continue;
        t->extras[t->extra_count++] = (struct us_extra){i, name};
    }
}

/* ---- mistakes ---- */

static us_code unknown_table(
    const struct us_sheet *t, struct us_arena *a, struct us_error *e)
{
    const struct us_sheet_kind *nearest = NULL;
    struct fit best = {0};
    for (size_t i = 0; i < us_sheet_kind_count; i++) {
        struct fit fit = fit_of(t, us_sheet_kinds[i], a);
        if (!fit.needed || fit.missing == fit.needed) continue;
        size_t lack = fit.missing * (best.needed ? best.needed : 1);
        size_t best_lack = best.missing * fit.needed;
        bool better = lack < best_lack || (lack == best_lack && fit.known > best.known);
        if (nearest && !better) continue;
        nearest = us_sheet_kinds[i];
        best = fit;
    }
    us_str path = us_shown(t->take->path);
    if (!nearest)
        return us_fail(e, US_INPUT, "import.unknown_table",
            US_ARGS(US_TEXT("path", path), US_TEXT("columns", columns_of(t, a)),
                US_TEXT("kinds", kinds_of(a))));
    return us_fail(e, US_INPUT, "import.unknown_table_near",
        US_ARGS(US_TEXT("path", path), US_TEXT("columns", columns_of(t, a)),
            US_TEXT("nearest", nearest->name), US_TEXT("lacks", best.lacks),
            US_TEXT("kinds", kinds_of(a))));
}

static us_code twice(const struct us_sheet *t, us_str name, struct us_error *e)
{
    return us_fail(e, US_INPUT, "import.column_twice",
        US_ARGS(US_TEXT("path", us_shown(t->take->path)),
            US_TEXT("column", us_shown(name))));
}

/* Two columns of one name: which of them is meant? */
static us_code columns_differ(const struct us_sheet *t, struct us_error *e)
{
    for (size_t r = 0; r < t->rule_count; r++) {
        size_t c = t->column_of[r];
        for (size_t i = 0; c != SIZE_MAX && !t->mapped[c] && i < t->column_count; i++)
            if (i != c && us_same_name(t->names[i], t->names[c]))
                return twice(t, t->names[i], e);
    }
    for (size_t i = 0; t->kind->open && i < t->extra_count; i++)
        for (size_t k = 0; k < i; k++)
            if (us_str_eq(t->extras[i].name, t->extras[k].name))
                return twice(t, t->extras[i].name, e);
    return US_OK;
}

/* In a table of ours a column that is nearly one of ours is a slip of the pen, and to
 * pass over it would be to take a failed payment for a paid one. */
static us_code columns_spelled(
    const struct us_sheet *t, struct us_arena *a, struct us_error *e)
{
    if (t->kind->open || t->kind->vendor) return US_OK;
    for (size_t i = 0; i < t->extra_count; i++) {
        us_str name = us_plain_name(t->extras[i].name, a);
        for (size_t r = 0; r < t->rule_count; r++) {
            if (t->column_of[r] != SIZE_MAX) continue;
            us_str key = us_plain_name(t->kind->rules[r].key, a);
            if (key.len < 3 || us_str_distance(name, key) > (key.len > 5 ? 2U : 1U))
                continue;
            return us_fail(e, US_INPUT, "import.column_typo",
                US_ARGS(US_TEXT("path", us_shown(t->take->path)),
                    US_TEXT("column", us_shown(t->extras[i].name)),
                    US_TEXT("nearest", t->kind->rules[r].key)));
        }
    }
    return US_OK;
}

/* ---- which ---- */

static us_code kind_asked(const struct us_sheet *t, struct us_arena *a,
    const struct us_sheet_kind **out, struct us_error *e)
{
    us_str given = t->take->options->kind;
    size_t least = SIZE_MAX;
    us_str nearest = us_sheet_kinds[0]->name;
    for (size_t i = 0; i < us_sheet_kind_count; i++) {
        us_str name = us_sheet_kinds[i]->name;
        size_t distance = us_str_distance(given, name);
        if (distance < least) {
            least = distance;
            nearest = name;
        }
        if (!us_same_name(given, name)) continue;
        struct fit fit = fit_of(t, us_sheet_kinds[i], a);
        *out = us_sheet_kinds[i];
        if (!fit.missing) return US_OK;
        return us_fail(e, US_INPUT, "import.kind_lacks",
            US_ARGS(US_TEXT("path", us_shown(t->take->path)), US_TEXT("kind", name),
                US_TEXT("lacks", fit.lacks), US_TEXT("columns", columns_of(t, a))));
    }
    return us_fail(e, US_USAGE, "import.bad_kind",
        US_ARGS(US_TEXT("given", us_shown(given)), US_TEXT("nearest", nearest),
            US_TEXT("kinds", kinds_of(a))));
}

static bool tells(const struct us_sheet *t)
{
    if (!t->kind->modest || !t->extra_count) return true;
    for (size_t i = 0; i < t->rule_count; i++)
        if (t->kind->rules[i].need == US_TELLS && t->column_of[i] != SIZE_MAX)
            return true;
    return false;
}

/* The kind of which one column is missing, when a needed one is there that is not the
 * last resort's too: a table of events without its users is no table of traits. */
static us_code nearly(const struct us_sheet *t, const struct us_sheet_kind *resort,
    struct us_arena *a, struct us_error *e)
{
    for (size_t i = 0; i < us_sheet_kind_count; i++) {
        const struct us_sheet_kind *kind = us_sheet_kinds[i];
        struct fit fit = fit_of(t, kind, a);
        bool own = false;
        for (const struct us_cell_rule *r = kind->rules; r->key.len && !own; r++) {
            bool needed = r->need == US_MUST || r->need == US_FILLED;
            bool shared = false;
            for (const struct us_cell_rule *s = resort->rules; s->key.len; s++)
                shared |= us_str_eq(s->key, r->key);
            own = needed && !shared && column_of(t, kind, r) != SIZE_MAX;
        }
        if (kind->vendor || fit.missing != 1 || !own) continue;
        return us_fail(e, US_INPUT, "import.nearly",
            US_ARGS(US_TEXT("path", us_shown(t->take->path)),
                US_TEXT("one", resort->name), US_TEXT("other", kind->name),
                US_TEXT("lacks", fit.lacks)));
    }
    return US_OK;
}

/* The first kind of the table whose columns are all there. */
static us_code kind_found(struct us_sheet *t, struct us_arena *a,
    const struct us_sheet_kind **out, struct us_error *e)
{
    const struct us_sheet_kind *unsure = NULL;
    for (size_t i = 0; i < us_sheet_kind_count; i++) {
        const struct us_sheet_kind *kind = us_sheet_kinds[i];
        if (fit_of(t, kind, a).missing) continue;
        if (kind->resort && !unsure) US_TRY(nearly(t, kind, a, e));
        if (kind->resort && unsure)
            return us_fail(e, US_INPUT, "import.two_kinds",
                US_ARGS(US_TEXT("path", us_shown(t->take->path)),
                    US_TEXT("one", unsure->name), US_TEXT("other", kind->name)));
        assign(t, kind, a);
        *out = kind;
        if (tells(t)) return US_OK;
        unsure = kind;
    }
    return *out ? US_OK : unknown_table(t, a, e);
}

us_code us_sheet_recognise(struct us_sheet *t, struct us_arena *a, struct us_error *e)
{
    const struct us_sheet_kind *kind = NULL;
    bool asked = t->take->options->kind.len > 0;
    US_TRY(asked ? kind_asked(t, a, &kind, e) : kind_found(t, a, &kind, e));
    assign(t, kind, a);
    US_TRY(columns_differ(t, e));
    return columns_spelled(t, a, e);
}
