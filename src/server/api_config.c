/* api_config.c: what the server runs by, what it would run by, and changing that. Files
 * hold keys of sources, so all of it takes the scope admin. */

#include "base/buf.h"
#include "base/hash.h"
#include "base/time.h"
#include "config/config.h"
#include "file/file.h"
#include "import/customers.h"
#include "server/api_inner.h"

/* A configuration read for one answer. */
struct reading {
    struct us_arena a;
    struct us_diags d;
    struct us_config *config;
    struct us_rules *rules; /* NULL: it has mistakes */
};

/* text.ptr NULL: the files on disk. */
static us_code reading_make(
    const struct us_api *api, us_str text, struct reading *r, struct us_error *e)
{
    us_arena_init(&r->a, API_MEMORY);
    r->d = (struct us_diags){.arena = &r->a};
    us_str yml = us_file_join(&r->a, api->o.dir, US_S("usher.yml"));
    us_code code = text.ptr ? us_config_parse(yml, text, &r->a, &r->d, &r->config, e)
                            : us_config_read(yml, &r->a, &r->d, &r->config, e);
    if (code == US_OK && r->d.errors == 0)
        us_rules_compile(r->config, &r->a, &r->d, &r->rules);
    if (code == US_OK && r->d.errors) r->rules = NULL;
    return code;
}

/* What a server would be given: files of customers, too. One that cannot be read is
 * refused as one with mistakes is; coming again is of no use. */
static us_code reading_served(
    const struct us_api *api, us_str text, struct reading *r, struct us_error *e)
{
    struct us_error why = {0};
    us_code code = reading_make(api, text, r, &why);
    if (code == US_IO) return us_fail(e, US_REFUSED, why.key, why.args);
    if (code != US_OK) return us_fail(e, code, why.key, why.args);
    us_customers_check(r->config, api->o.dir, &r->d);
    if (r->d.errors) r->rules = NULL;
    return US_OK;
}

us_code api_config_good(struct api_asked *q, us_str text, struct us_error *e)
{
    struct reading r = {0};
    us_code code = reading_make(q->api, text, &r, e);
    if (code == US_OK && r.d.errors) {
        struct us_buf words = us_buf_new(us_http_arena(q->request), API_WORDS_BYTES);
        us_diags_print(&r.d, r.config, api_lang(q), false, &words);
        code = us_fail(e, US_INPUT, "server.config_wrong",
            US_ARGS(US_TEXT("why", us_buf_str(&words))));
    }
    us_arena_done(&r.a);
    return code;
}

/* Of all the texts, with their paths. */
static us_str version_of(const struct us_config *c, struct us_arena *a)
{
    struct us_buf all = us_buf_new(a, API_ANSWER_BYTES);
    for (size_t i = 0; i < c->file_count; i++) {
        us_buf_json(&all, c->files[i].path);
        us_buf_json(&all, c->files[i].text);
    }
    us_print sum = us_print_of(us_buf_str(&all));
    return us_arena_fmt(
        a, "%016llx%016llx", (unsigned long long)sum.hi, (unsigned long long)sum.lo);
}

/* ---- what would change ---- */

/* Names with what they stand for, in the order of the file. */
struct named {
    us_str name, what;
};
struct names {
    struct named *items;
    size_t count;
};
typedef struct names names_of(const struct us_rules *r, struct us_arena *a);

static struct names definitions_of(const struct us_rules *r, struct us_arena *a)
{
    struct names n = {us_new(a, struct named, r->definition_count + 1), 0};
    for (size_t i = 0; i < r->definition_count; i++)
        n.items[n.count++] =
            (struct named){r->definitions[i].name, r->definitions[i].version};
    return n;
}

static struct names signals_of(const struct us_rules *r, struct us_arena *a)
{
    const struct us_config *c = r->config;
    struct names n = {
        us_new(a, struct named, c->signal_count + c->user_signal_count + 1), 0};
    for (size_t i = 0; i < c->signal_count; i++)
        n.items[n.count++] =
            (struct named){c->signals[i].name.text, c->signals[i].is.text};
    for (size_t i = 0; i < c->user_signal_count; i++)
        n.items[n.count++] =
            (struct named){c->user_signals[i].name.text, c->user_signals[i].is.text};
    return n;
}

static struct names plays_of(const struct us_rules *r, struct us_arena *a)
{
    const struct us_config *c = r->config;
    struct names n = {us_new(a, struct named, c->play_count + 1), 0};
    for (size_t i = 0; i < c->play_count; i++)
        n.items[n.count++] = (struct named){c->plays[i].name.text,
            us_arena_fmt(a, "%.*s %lld", US_ARG(c->plays[i].on.text),
                (long long)c->plays[i].live_from)};
    return n;
}

static struct names sources_of(const struct us_rules *r, struct us_arena *a)
{
    const struct us_config *c = r->config;
    struct names n = {us_new(a, struct named, c->source_count + 1), 0};
    for (size_t i = 0; i < c->source_count; i++) {
        const struct us_source_text *s = &c->sources[i];
        struct us_buf what = us_buf_new(a, API_WORDS_BYTES);
        us_buf_fmt(&what, "%d %d ", (int)s->kind, s->production);
        us_buf_json(&what, s->key.text);
        us_buf_json(&what, s->customers.text);
        for (size_t k = 0; k < s->secret_count; k++)
            us_buf_json(&what, s->secrets[k].text);
        n.items[n.count++] = (struct named){s->name, us_buf_str(&what)};
    }
    return n;
}

static const struct named *found(const struct names *in, us_str name)
{
    for (size_t i = 0; i < in->count; i++)
        if (us_str_eq(in->items[i].name, name)) return &in->items[i];
    return NULL;
}

/* Those of `of` that are not in `than`; or, same: that are, as something else. */
static void differ_put(struct us_buf *out, const char *key, const struct names *of,
    const struct names *than, bool same)
{
    bool any = false;
    us_buf_fmt(out, "\"%s\":[", key);
    for (size_t i = 0; i < of->count; i++) {
        const struct named *other = found(than, of->items[i].name);
        bool differs =
            same ? other && !us_str_eq(other->what, of->items[i].what) : other == NULL;
        if (!differs) continue;
        if (any) us_buf_char(out, ',');
        us_buf_json(out, of->items[i].name);
        any = true;
    }
    us_buf_char(out, ']');
}

static void changes_put(struct us_buf *out, const struct us_rules *now,
    const struct us_rules *next, struct us_arena *a)
{
    static const struct {
        const char *key;
        names_of *names;
    } kinds[] = {{"definitions", definitions_of}, {"signals", signals_of},
        {"plays", plays_of}, {"sources", sources_of}};
    us_buf_char(out, '{');
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct names old = kinds[i].names(now, a);
        struct names fresh = kinds[i].names(next, a);
        us_buf_fmt(out, "%s\"%s\":{", i ? "," : "", kinds[i].key);
        differ_put(out, "added", &fresh, &old, false);
        us_buf_char(out, ',');
        differ_put(out, "changed", &fresh, &old, true);
        us_buf_char(out, ',');
        differ_put(out, "removed", &old, &fresh, false);
        us_buf_char(out, '}');
    }
    us_buf_char(out, '}');
}

/* Names alone: texts hold keys. */
void api_reload_noted(
    struct us_api *api, const struct us_rules *old, const struct us_serve_rules *next)
{
    struct us_arena a;
    us_arena_init(&a, API_MEMORY);
    struct us_buf changes = us_buf_new(&a, US_STATE_TEXT_MAX);
    changes_put(&changes, old, next->rules, &a);
    struct us_state_audit row = {.who = next->who,
        .what = US_S("reload"),
        .about = version_of(next->rules->config, &a),
        .details = changes.full ? US_S("{}") : us_buf_str(&changes)};
    api_noted(api, &row);
    us_arena_done(&a);
}

/* "version":…,"mistakes":[…],"restart":…,"changes":{…}; with the lock of the rules. */
static void reading_put(
    struct us_buf *out, const struct us_api *api, struct reading *r, us_lang lang)
{
    bool restart = r->rules && r->config->unit != api->o.rules->config->unit;
    if (restart)
        us_diag_add(&r->d, r->config->unit_place, true, "server.config_unit", NULL,
            (us_str){"", 0});
    struct us_buf lines = us_buf_new(&r->a, API_ANSWER_BYTES);
    us_diags_json(&r->d, r->config, lang, &lines);
    us_str rest = us_str_trim(us_buf_str(&lines));
    us_buf_fmt(out, "\"version\":\"%.*s\",\"mistakes\":[",
        US_ARG(version_of(r->config, &r->a)));
    while (rest.len) {
        us_buf_put(out, us_str_cut(rest, '\n', &rest));
        if (rest.len) us_buf_char(out, ',');
    }
    us_buf_fmt(out, "],\"restart\":%s,\"changes\":", restart ? "true" : "false");
    if (r->rules)
        changes_put(out, api->o.rules, r->rules, &r->a);
    else
        us_buf_put(out, US_S("null"));
}

/* ---- GET /api/v1/config ---- */

static void show(struct api_asked *q)
{
    struct us_api *api = q->api;
    struct us_arena *a = us_http_arena(q->request);
    struct us_buf out = us_buf_new(a, API_ANSWER_BYTES);
    pthread_rwlock_rdlock(&api->ruled);
    const struct us_rules *r = api->o.rules;
    us_str version = version_of(r->config, a);
    us_buf_fmt(&out, "{\"version\":\"%.*s\"", US_ARG(version));
    api_moment_put(&out, "loaded", api->loaded);
    us_buf_put(&out, US_S(",\"files\":["));
    for (size_t i = 0; i < r->config->file_count; i++) {
        us_buf_put(&out, i ? US_S(",{\"path\":") : US_S("{\"path\":"));
        us_buf_json(&out, r->config->files[i].path);
        us_buf_put(&out, US_S(",\"text\":"));
        us_buf_json(&out, r->config->files[i].text);
        us_buf_char(&out, '}');
    }
    us_buf_put(&out, US_S("],\"definitions\":["));
    for (size_t i = 0; i < r->definition_count; i++) {
        us_buf_put(&out, i ? US_S(",{\"name\":") : US_S("{\"name\":"));
        us_buf_json(&out, r->definitions[i].name);
        us_buf_fmt(&out, ",\"version\":\"%.*s\"}", US_ARG(r->definitions[i].version));
    }
    us_buf_put(&out, US_S("]}\n"));
    pthread_rwlock_unlock(&api->ruled);
    api_answer(q, us_buf_str(&out), NULL, api_tag_of(q, us_buf_str(&out)));
}

/* ---- POST /api/v1/config/check ---- */

static void check(struct api_asked *q)
{
    struct us_api *api = q->api;
    struct us_error why = {0};
    struct reading r = {0};
    us_str body = us_http_body(q->request);
    struct us_buf out = us_buf_new(us_http_arena(q->request), API_ANSWER_BYTES);
    us_code code =
        reading_served(api, us_str_trim(body).len ? body : (us_str){0}, &r, &why);
    if (code == US_OK) {
        pthread_rwlock_rdlock(&api->ruled);
        us_buf_fmt(&out, "{\"good\":%s,", r.d.errors ? "false" : "true");
        reading_put(&out, api, &r, api_lang(q));
        us_buf_put(&out, US_S("}\n"));
        pthread_rwlock_unlock(&api->ruled);
        api_answer(q, us_buf_str(&out), NULL, (us_str){0});
    } else {
        api_refuse(q, code, &why);
    }
    us_arena_done(&r.a);
}

/* ---- POST /api/v1/config/reload ---- */

/* One with mistakes is answered as check does; what the server itself then says to it
 * is the answer else. */
static void reload(struct api_asked *q)
{
    struct us_api *api = q->api;
    struct us_error why = {0};
    struct reading r = {0};
    struct us_buf out = us_buf_new(us_http_arena(q->request), API_ANSWER_BYTES);
    struct us_buf said = us_buf_new(us_http_arena(q->request), API_ANSWER_BYTES);
    us_code code = reading_served(api, (us_str){0}, &r, &why);
    bool good = code == US_OK && r.d.errors == 0;
    if (code == US_OK) {
        pthread_rwlock_rdlock(&api->ruled);
        reading_put(&said, api, &r, api_lang(q));
        pthread_rwlock_unlock(&api->ruled);
    }
    if (good) code = api->o.reload(api->o.reload_ctx, q->who, &why);
    us_arena_done(&r.a);
    if (code != US_OK) {
        api_refuse(q, code, &why);
        return;
    }
    us_buf_fmt(&out, "{\"reloaded\":%s,%.*s}\n", good ? "true" : "false", (int)said.len,
        said.ptr);
    struct us_http_answer answer = {
        .status = good ? 200 : 422, .body = us_buf_str(&out)};
    us_http_answer(q->request, &answer);
}

const struct api_door api_config_doors[] = {
    {"GET", "/api/v1/config", API_ADMIN, true, show},
    {"POST", "/api/v1/config/check", API_ADMIN, true, check},
    {"POST", "/api/v1/config/reload", API_ADMIN, true, reload},
};
const size_t api_config_door_count = sizeof api_config_doors / sizeof *api_config_doors;
