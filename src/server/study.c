#include "server/study.h"

#include "base/buf.h"

#include <string.h>

const struct us_study_kind us_study_kinds[] = {
    {"assess", 0, 0, false, false, "from to segment within "},
    {"backtest", 1, 1, false, false,
        "outcome horizon from to at capacity holdout sweep against limit "},
    {"ceiling", 0, 0, false, false, "from to draws seed limit "},
    {"diff", 1, 1, true, false, "at limit "},
    {"discover", 0, 0, false, false,
        "outcome-event nth start outcome exclude-trait unit within horizon from to "
        "rows design "},
    {"firings", 0, 1, false, true, "from to account "},
    {"fit", 0, 0, false, false,
        "outcome-event nth start outcome exclude-trait unit within horizon from to "
        "event penalty split "},
    {"power", 0, 0, false, true, "rate with holdout week "},
    {"review", 0, 0, false, false, "week at capacity limit "},
    {"trace", 1, 2, false, false, "from to signal "},
    {"values", 0, 0, false, true, "at account signal expr user "},
};
const size_t us_study_kind_count = sizeof us_study_kinds / sizeof *us_study_kinds;

const struct us_study_kind *us_study_kind(us_str name)
{
    for (size_t i = 0; i < us_study_kind_count; i++)
        if (us_str_eq(us_str_c(us_study_kinds[i].name), name))
            return &us_study_kinds[i];
    return NULL;
}

static bool takes(const struct us_study_kind *kind, us_str option)
{
    us_str rest = us_str_c(kind->options);
    while (rest.len)
        if (us_str_eq(us_str_cut(rest, ' ', &rest), option)) return true;
    return false;
}

/* A text without what ends one in C. */
static us_code plain(us_str text, us_str where, struct us_error *e)
{
    if (!memchr(text.ptr ? text.ptr : "", 0, text.len)) return US_OK;
    return us_fail(e, US_INPUT, "server.study_value", US_ARGS(US_TEXT("name", where)));
}

static us_code push(struct us_study *s, us_str arg, struct us_arena *a, us_str where,
    struct us_error *e)
{
    US_TRY(plain(arg, where, e));
    if (s->count == US_STUDY_ARGS_MAX)
        return us_fail(e, US_LIMIT, "server.study_many",
            US_ARGS(US_WHOLE("most", US_STUDY_ARGS_MAX)));
    s->args[s->count++] = us_arena_cstr(a, arg);
    return US_OK;
}

struct option {
    const struct us_json_doc *doc;
    us_str name;
    struct us_study *study;
    struct us_arena *a;
};

/* --against names a definition, or a file of whoever types it: of the server's files
 * none is asked for by name. */
static bool is_file(us_str name, us_str value)
{
    bool file = us_str_find(value, US_S("/")) < value.len ||
                us_str_find(value, US_S(".")) < value.len;
    return us_str_eq(name, US_S("against")) && file;
}

static us_code value_put(const struct option *o, uint32_t node, struct us_error *e)
{
    const struct us_json_doc *doc = o->doc;
    uint8_t kind = doc->nodes[node].kind;
    us_str text =
        kind == US_JSON_STRING ? us_json_text(doc, node, o->a) : us_json_raw(doc, node);
    bool whole = kind == US_JSON_STRING || kind == US_JSON_NUMBER;
    us_str arg = us_arena_fmt(o->a, "--%.*s", US_ARG(o->name));
    if (kind == US_JSON_FALSE) return US_OK;
    if (kind == US_JSON_TRUE) return push(o->study, arg, o->a, o->name, e);
    if (!whole || is_file(o->name, text))
        return us_fail(
            e, US_INPUT, "server.study_value", US_ARGS(US_TEXT("name", o->name)));
    struct us_buf b = us_buf_new(o->a, arg.len + text.len + 2);
    us_buf_put(&b, arg);
    us_buf_char(&b, '=');
    us_buf_put(&b, text);
    return push(o->study, us_buf_str(&b), o->a, o->name, e);
}

static us_code option_put(const struct option *o, uint32_t node, struct us_error *e)
{
    const struct us_json_node *nodes = o->doc->nodes;
    if (!takes(o->study->kind, o->name))
        return us_fail(e, US_INPUT, "server.study_option",
            US_ARGS(US_TEXT("name", o->name),
                US_TEXT("kind", us_str_c(o->study->kind->name)),
                US_TEXT("options", us_str_trim(us_str_c(o->study->kind->options)))));
    if (nodes[node].kind != US_JSON_ARRAY) return value_put(o, node, e);
    for (uint32_t i = node + 1; i < nodes[node].next; i = nodes[i].next)
        US_TRY(value_put(o, i, e));
    return US_OK;
}

static us_code options_read(const struct us_json_doc *doc, struct us_arena *a,
    struct us_study *s, struct us_error *e)
{
    uint32_t object = us_json_get(doc, 0, US_S("options"));
    if (object == US_JSON_NONE) return US_OK;
    if (doc->nodes[object].kind != US_JSON_OBJECT)
        return us_fail(e, US_INPUT, "server.study_value",
            US_ARGS(US_TEXT("name", US_S("options"))));
    for (uint32_t i = object + 1; i < doc->nodes[object].next;) {
        struct option o = {doc, us_json_text(doc, i, a), s, a};
        US_TRY(option_put(&o, i + 1, e));
        i = doc->nodes[i + 1].next;
    }
    return US_OK;
}

static us_code of_read(const struct us_json_doc *doc, struct us_arena *a,
    struct us_study *s, struct us_error *e)
{
    const us_str name = US_S("of");
    uint32_t array = us_json_get(doc, 0, name);
    size_t count = 0;
    bool good = array == US_JSON_NONE || doc->nodes[array].kind == US_JSON_ARRAY;
    US_TRY(push(s, US_S("--"), a, name, e));
    for (uint32_t i = array + 1;
         good && array != US_JSON_NONE && i < doc->nodes[array].next;
         i = doc->nodes[i].next, count++) {
        good = doc->nodes[i].kind == US_JSON_STRING;
        if (good) US_TRY(push(s, us_json_text(doc, i, a), a, name, e));
    }
    if (good && count >= s->kind->of_min && count <= s->kind->of_max) return US_OK;
    return us_fail(e, US_INPUT, "server.study_of",
        US_ARGS(US_TEXT("kind", us_str_c(s->kind->name)),
            US_WHOLE("least", s->kind->of_min), US_WHOLE("most", s->kind->of_max)));
}

static us_code config_read(const struct us_json_doc *doc, struct us_arena *a,
    struct us_study *s, struct us_error *e)
{
    uint32_t node = us_json_get(doc, 0, US_S("config"));
    if (node != US_JSON_NONE) s->config = us_json_text(doc, node, a);
    if ((s->config.len > 0) == s->kind->config) return US_OK;
    return us_fail(e, US_INPUT,
        s->kind->config ? "server.study_config" : "server.study_no_config",
        US_ARGS(US_TEXT("kind", us_str_c(s->kind->name))));
}

static us_code no_kind(us_str given, struct us_error *e)
{
    enum { NAMES_BYTES = 512 };
    char names[NAMES_BYTES];
    size_t at = 0;
    for (size_t i = 0; i < us_study_kind_count; i++) {
        size_t n = strlen(us_study_kinds[i].name);
        us_assert(at + n + 2 < sizeof names);
        if (at) names[at++] = ' ';
        memcpy(names + at, us_study_kinds[i].name, n);
        at += n;
    }
    return us_fail(e, US_INPUT, "server.study_kind",
        US_ARGS(US_TEXT("given", given), US_TEXT("kinds", ((us_str){names, at}))));
}

us_code us_study_read(const struct us_json_doc *doc, struct us_arena *a,
    struct us_study *out, struct us_error *e)
{
    *out = (struct us_study){0};
    uint32_t kind = us_json_get(doc, 0, US_S("kind"));
    us_str name = kind == US_JSON_NONE ? (us_str){0} : us_json_text(doc, kind, a);
    out->kind = us_study_kind(name);
    if (!out->kind) return no_kind(name, e);
    uint32_t lang = us_json_get(doc, 0, US_S("lang"));
    out->lang =
        us_lang_of(lang == US_JSON_NONE ? US_S("en") : us_json_text(doc, lang, a));
    US_TRY(options_read(doc, a, out, e));
    US_TRY(of_read(doc, a, out, e));
    return config_read(doc, a, out, e);
}
