#include "server/ingest.h"

#include "base/buf.h"
#include "base/err.h"
#include "server/clock.h"

#include <pthread.h>

enum {
    PARSERS = 64,
    AGAIN_SECONDS = 2,
    DEAD_SHOWN = 100,
    ANSWER_BYTES_MAX = 64 << 10, /* DEAD_SHOWN with their reasons */
    SETTINGS_BYTES_MAX = 4 << 20,
    VERDICTS_BYTES_MAX = 8 << 20, /* of PostHog's own answer, without the dead */
    VERDICT_BYTES = 256,          /* one, without its id */
    SOURCES_BYTES = 256 << 20
};

struct us_ingest {
    struct us_ingest_options options;
    pthread_rwlock_t ruled; /* of the sources */
    struct us_arena memory; /* of all that there ever were, for who still works */
    pthread_mutex_t lock;
    struct us_json *parsers[PARSERS]; /* not at work */
    size_t parser_count;
};

/* How a client wants to be told. */
enum shape { SEGMENT, POSTHOG, VERDICTS };

struct post {
    struct us_ingest *ingest;
    struct us_ingest_source source;
    struct us_http_request *request;
    struct us_batch batch;
    struct us_intake in;
    enum shape shape;
};

static struct us_json *parser_take(struct us_ingest *in)
{
    pthread_mutex_lock(&in->lock);
    struct us_json *json = in->parser_count ? in->parsers[--in->parser_count] : NULL;
    pthread_mutex_unlock(&in->lock);
    return json ? json : us_json_new();
}

static void parser_give(struct us_ingest *in, struct us_json *json)
{
    pthread_mutex_lock(&in->lock);
    bool room = in->parser_count < PARSERS;
    if (room) in->parsers[in->parser_count++] = json;
    pthread_mutex_unlock(&in->lock);
    if (!room) us_json_free(json);
}

/* ---- answers ---- */

/* Those that became dead letters, by their place in the request. */
static void dead_put(const struct us_intake *in, struct us_buf *out)
{
    size_t shown = 0;
    us_buf_fmt(out, ",\"dead\":%zu,\"errors\":[", in->dead);
    for (size_t i = 0; i < in->count && shown < DEAD_SHOWN; i++) {
        if (!in->items[i].dead) continue;
        us_buf_fmt(out, "%s{\"index\":%zu,\"reason\":", shown++ ? "," : "", i);
        us_buf_json(out, us_str_c(in->items[i].dead->key));
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

/* As large as a verdict on an id may be. */
static size_t verdict_room(us_str id)
{
    return 6 * id.len + VERDICT_BYTES;
}

static void verdict_put(const struct us_intake_message *m, us_str id, bool why,
    const char *before, struct us_buf *out)
{
    us_buf_put(out, us_str_c(before));
    us_buf_json(out, id);
    us_buf_put(
        out, m->dead ? US_S(":{\"result\":\"drop\"") : US_S(":{\"result\":\"ok\""));
    if (why) {
        us_buf_put(out, US_S(",\"details\":"));
        us_buf_json(out, us_str_c(m->dead->key));
    }
    us_buf_char(out, '}');
}

/* PostHog's own: by uuid, "ok" or "drop"; nothing is to be sent again. One that is not
 * named counts as delivered there, so those that became dead letters are named too, and
 * have their room first where there is not enough for all. */
static void verdicts_put(const struct us_intake *in, struct us_buf *out)
{
    const char *before = "";
    size_t shown = 0, owed = 0;
    for (size_t i = 0; i < in->count; i++)
        if (in->items[i].dead) owed += verdict_room(in->items[i].refused);
    us_buf_put(out, US_S("{\"results\":{"));
    for (size_t i = 0; i < in->count; i++) {
        const struct us_intake_message *m = &in->items[i];
        us_str id = m->dead ? m->refused : m->id;
        if (m->dead) owed -= verdict_room(id);
        size_t room = verdict_room(id) + (m->dead ? 0 : owed);
        if (id.len == 0 || out->len + room > VERDICTS_BYTES_MAX) continue;
        verdict_put(m, id, m->dead && shown++ < DEAD_SHOWN, before, out);
        before = ",";
    }
    us_buf_put(out, US_S("}"));
    if (in->dead) dead_put(in, out);
    us_buf_char(out, '}');
}

static us_str told(const struct post *p, struct us_arena *a)
{
    bool verdicts = p->shape == VERDICTS;
    struct us_buf out = us_buf_new(
        a, verdicts ? VERDICTS_BYTES_MAX + ANSWER_BYTES_MAX : ANSWER_BYTES_MAX);
    if (verdicts) {
        verdicts_put(&p->in, &out);
        return us_buf_str(&out);
    }
    us_buf_put(
        &out, p->shape == POSTHOG ? US_S("{\"status\":1") : US_S("{\"success\":true"));
    if (p->in.dead) dead_put(&p->in, &out);
    us_buf_char(&out, '}');
    return us_buf_str(&out);
}

static void broken(struct post *p)
{
    bool cut = us_http_body(p->request).len > US_DEAD_BYTES_MAX;
    us_str why =
        cut ? US_S("the body is not JSON that holds messages; its beginning is kept as "
                   "a dead letter")
            : US_S("the body is not JSON that holds messages; it is kept as a dead "
                   "letter");
    us_http_refuse(p->request, 400, why, 0);
}

static void answer(struct post *p)
{
    struct us_http_answer a = {.status = 200};
    if (p->in.broken) {
        broken(p);
        return;
    }
    a.body = told(p, us_http_arena(p->request));
    us_http_answer(p->request, &a);
}

static void done(void *ctx, struct us_batch *b)
{
    struct post *p = ctx;
    const struct us_ingest_options *o = &p->ingest->options;
    if (b->code == US_OK && o->taken) o->taken(o->ctx, p->source.name, b);
    if (b->code == US_OK)
        answer(p);
    else
        us_http_refuse(p->request, 503,
            US_S("nothing can be written at the moment; send it again"), AGAIN_SECONDS);
}

/* ---- a request ---- */

static bool key_is(const struct us_ingest_source *s, us_str key)
{
    us_str rest;
    return us_str_eq(s->key, key) || us_str_eq(s->key, us_str_cut(key, ':', &rest));
}

/* A key's source; false: there is no such key. Of two parts, id:secret, either the
 * whole or the id is a key. */
static bool source_of(struct us_ingest *in, us_str key, struct us_ingest_source *out)
{
    bool found = false;
    pthread_rwlock_rdlock(&in->ruled);
    const struct us_ingest_options *o = &in->options;
    for (size_t i = 0; i < o->source_count && !found; i++) {
        found = key_is(&o->sources[i], key);
        if (found) *out = o->sources[i];
    }
    if (!o->source_count) *out = (struct us_ingest_source){.name = o->source};
    found |= !o->source_count;
    pthread_rwlock_unlock(&in->ruled);
    return found;
}

static void no_key(struct us_http_request *r)
{
    us_http_refuse(
        r, 401, US_S("no source has this write key; see sources: in usher.yml"), 0);
}

static void too_much(struct us_http_request *r)
{
    us_str why = US_S("too much for one request; send it in smaller batches");
    us_http_refuse(r, 413, why, 0);
}

/* After a put that is good the request may be answered and gone at any moment. */
static void commit(struct us_ingest *in, struct post *p)
{
    struct us_http_request *r = p->request;
    struct us_error why;
    us_code code = US_OK;
    if (p->in.too_many)
        code = US_LIMIT;
    else if (p->in.count)
        code = us_committer_put(in->options.committer, &p->batch, &why);
    else
        answer(p);
    if (code == US_LIMIT)
        too_much(r);
    else if (code != US_OK)
        us_http_refuse(
            r, 429, US_S("more waits than may; send it again"), AGAIN_SECONDS);
}

static void post(
    struct us_ingest *in, struct us_http_request *r, us_str call, enum shape shape)
{
    struct us_arena *a = us_http_arena(r);
    struct post *p = us_new(a, struct post, 1);
    struct us_intake_keys keys = {.write_key = us_http_header(r, "X-Write-Key"),
        .authorization = us_http_header(r, "Authorization")};
    struct us_intake_asked asked = {.body = us_http_body(r),
        .path = us_http_path(r),
        .call = call,
        .received = in->options.now(),
        .message_bytes_max = in->options.message_bytes_max};
    *p = (struct post){.ingest = in, .request = r, .shape = shape};
    us_str key = us_intake_key(&keys, a);
    bool found = key.len && source_of(in, key, &p->source);
    if (key.len && !found && !us_intake_by_bearer(&keys)) {
        no_key(r);
        return;
    }
    if (!found) key = (us_str){0}; /* a token, it may be: the body's own counts */
    if (!key.len) source_of(in, key, &p->source); /* its name, where any will do */
    asked.source = p->source.name;
    asked.test = p->source.test;
    struct us_json *json = parser_take(in);
    us_intake_read(json, &asked, a, &p->in);
    parser_give(in, json);
    if (!key.len) {
        if (!source_of(in, p->in.key, &p->source)) {
            no_key(r);
            return;
        }
        us_intake_source(&p->in, p->source.name, p->source.test);
    }
    p->batch = (struct us_batch){
        .items = p->in.items, .count = p->in.count, .done = done, .ctx = p};
    commit(in, p);
}

/* ---- handlers ---- */

static void batch(void *ctx, struct us_http_request *r)
{
    post(ctx, r, (us_str){0}, SEGMENT);
}

#define CALL(name)                                         \
    static void name(void *ctx, struct us_http_request *r) \
    {                                                      \
        post(ctx, r, US_S(#name), SEGMENT);                \
    }
CALL(track)
CALL(identify)
CALL(group)
CALL(page)
CALL(screen)
CALL(alias)
#undef CALL

static void posthog(void *ctx, struct us_http_request *r)
{
    post(ctx, r, (us_str){0}, POSTHOG);
}

static void verdicts(void *ctx, struct us_http_request *r)
{
    post(ctx, r, (us_str){0}, VERDICTS);
}

/* Jitsu: /api/s/track, or /api/s/s2s/track from a server. What is no call of the spec
 * says nothing. */
static void jitsu(void *ctx, struct us_http_request *r)
{
    static const us_str calls[] = {US_S_INIT("track"), US_S_INIT("identify"),
        US_S_INIT("group"), US_S_INIT("page"), US_S_INIT("screen"), US_S_INIT("alias")};
    us_str call = {0};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (us_str_eq(calls[i], us_http_param(r, 0))) call = calls[i];
    post(ctx, r, call, SEGMENT);
}

/* What analytics-next tells of itself: of no use to anybody here. */
static void metrics(void *ctx, struct us_http_request *r)
{
    (void)ctx;
    struct us_http_answer a = {.status = 200, .body = US_S("{\"success\":true}")};
    us_http_answer(r, &a);
}

static void settings(void *ctx, struct us_http_request *r)
{
    (void)ctx;
    struct us_buf out = us_buf_new(us_http_arena(r), SETTINGS_BYTES_MAX);
    us_buf_put(&out, US_S("{\"integrations\":{\"Segment.io\":{\"apiKey\":"));
    us_buf_json(&out, us_http_param(r, 0));
    us_buf_put(&out, US_S("}}}"));
    struct us_http_answer a = {.status = 200, .body = us_buf_str(&out)};
    us_http_answer(r, &a);
}

const struct us_http_route us_ingest_routes[] = {
    {"POST", "/v1/batch", batch, true},
    {"POST", "/v1/b", batch, true},
    {"POST", "/v1/track", track, true},
    {"POST", "/v1/t", track, true},
    {"POST", "/v1/identify", identify, true},
    {"POST", "/v1/i", identify, true},
    {"POST", "/v1/group", group, true},
    {"POST", "/v1/g", group, true},
    {"POST", "/v1/page", page, true},
    {"POST", "/v1/p", page, true},
    {"POST", "/v1/screen", screen, true},
    {"POST", "/v1/s", screen, true},
    {"POST", "/v1/alias", alias, true},
    {"POST", "/v1/a", alias, true},
    {"POST", "/v1/m", metrics, true},
    {"GET", "/v1/projects/{key}/settings", settings, true},
    {"POST", "/batch", posthog, true},
    {"POST", "/i/v1/analytics/events", verdicts, true},
    {"POST", "/api/s/{call}", jitsu, true},
    {"POST", "/api/s/s2s/{call}", jitsu, true},
};
const size_t us_ingest_route_count = sizeof us_ingest_routes / sizeof *us_ingest_routes;

/* The call in a path of Jitsu's; false: it is none of them. */
static bool jitsu_word(us_str path, us_str *word)
{
    static const us_str prefixes[] = {US_S_INIT("/api/s/s2s/"), US_S_INIT("/api/s/")};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (!us_str_has_prefix(path, prefixes[i])) continue;
        *word = us_str_slice(path, prefixes[i].len, path.len);
        return true;
    }
    return false;
}

bool us_ingest_call(us_str path, us_str *call)
{
    static const struct {
        us_http_handler *handler;
        us_str call;
    } calls[] = {{track, US_S_INIT("track")}, {identify, US_S_INIT("identify")},
        {group, US_S_INIT("group")}, {page, US_S_INIT("page")},
        {screen, US_S_INIT("screen")}, {alias, US_S_INIT("alias")}};
    us_str word;
    *call = (us_str){0};
    if (jitsu_word(path, &word)) {
        for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
            if (us_str_eq(calls[i].call, word)) *call = calls[i].call;
        return true;
    }
    for (size_t i = 0; i < us_ingest_route_count; i++) {
        const struct us_http_route *route = &us_ingest_routes[i];
        if (!us_str_eq(us_str_c(route->path), path)) continue;
        for (size_t k = 0; k < sizeof calls / sizeof *calls; k++)
            if (calls[k].handler == route->handler) *call = calls[k].call;
        return us_str_eq(us_str_c(route->method), US_S("POST"));
    }
    return false;
}

struct us_ingest *us_ingest_new(
    const struct us_ingest_options *options, struct us_arena *a)
{
    struct us_ingest *in = us_new(a, struct us_ingest, 1);
    in->options = *options;
    if (!in->options.now) in->options.now = us_server_now;
    if (!in->options.message_bytes_max)
        in->options.message_bytes_max = US_MESSAGE_BYTES_MAX;
    pthread_mutex_init(&in->lock, NULL);
    pthread_rwlock_init(&in->ruled, NULL);
    us_arena_init(&in->memory, (size_t)SOURCES_BYTES);
    return in;
}

void us_ingest_done(struct us_ingest *in)
{
    for (size_t i = 0; i < in->parser_count; i++)
        us_json_free(in->parsers[i]);
    us_arena_done(&in->memory);
    pthread_rwlock_destroy(&in->ruled);
    pthread_mutex_destroy(&in->lock);
}

const struct us_ingest_source *us_ingest_copy(
    const struct us_ingest_source *sources, size_t count, struct us_arena *a)
{
    struct us_ingest_source *own = us_new(a, struct us_ingest_source, count + 1);
    for (size_t i = 0; i < count; i++)
        own[i] = (struct us_ingest_source){us_arena_str(a, sources[i].key),
            us_arena_str(a, sources[i].name), sources[i].test};
    return own;
}

void us_ingest_sources(
    struct us_ingest *in, const struct us_ingest_source *sources, size_t count)
{
    pthread_rwlock_wrlock(&in->ruled);
    in->options.sources = us_ingest_copy(sources, count, &in->memory);
    in->options.source_count = count;
    pthread_rwlock_unlock(&in->ruled);
}
