#include "server/webhook.h"

#include "connector/stripe.h"
#include "import/sink.h"
#include "server/clock.h"
#include "text/text.h"

#include <pthread.h>
#include <stdatomic.h>

enum { ANSWER_BYTES_MAX = 4096, AGAIN_SECONDS = 2, SOURCES_BYTES = 256 << 20 };

struct us_webhook {
    struct us_webhook_options options;
    pthread_rwlock_t ruled; /* of the sources: held while an event is read by them */
    struct us_arena memory; /* of all that there ever were, for who still works */
    _Atomic int64_t lines, repeats, dead, passed, refused;
};

struct call {
    struct us_webhook *webhook;
    struct us_http_request *request;
    struct us_batch batch;
    struct us_intake_message message;
};

/* ---- answers ---- */

static void answer(struct us_http_request *r, const char *what, const char *key)
{
    struct us_buf out = us_buf_new(us_http_arena(r), ANSWER_BYTES_MAX);
    us_buf_put(&out, US_S("{\"received\":true"));
    if (key) us_buf_fmt(&out, ",\"%s\":\"%s\"", what, key);
    us_buf_char(&out, '}');
    struct us_http_answer a = {.status = 200, .body = us_buf_str(&out)};
    us_http_answer(r, &a);
}

static void refuse(struct call *c, const struct us_error *why)
{
    us_str detail = us_text(us_http_arena(c->request), US_EN, why->key, why->args);
    c->webhook->refused++;
    us_http_refuse(c->request, us_code_http(why->code), detail,
        us_code_retry(why->code) ? AGAIN_SECONDS : 0);
}

static void done(void *ctx, struct us_batch *b)
{
    struct call *c = ctx;
    struct us_webhook *w = c->webhook;
    const struct us_error *dead = c->message.dead;
    if (b->code != US_OK) {
        us_http_refuse(c->request, 503,
            US_S("nothing can be written at the moment; send it again"), AGAIN_SECONDS);
        return;
    }
    w->repeats += (int64_t)b->repeats;
    *(dead ? &w->dead : &w->lines) += (int64_t)b->added;
    answer(c->request, dead ? "dead" : "repeat",
        dead         ? dead->key
        : b->repeats ? "stripe.repeat"
                     : NULL);
}

/* ---- an event ---- */

/* The source whose secret signed it. What one says beyond "wrong signature" is the
 * reason, since its secret was right. */
static us_code source_of(
    const struct call *c, const struct us_webhook_source **out, struct us_error *e)
{
    const struct us_webhook_options *o = &c->webhook->options;
    us_str header = us_http_header(c->request, "Stripe-Signature");
    us_str body = us_http_body(c->request);
    us_code code = us_fail(e, US_NOT_FOUND, "stripe.no_source", NULL);
    for (size_t i = 0; i < o->source_count; i++) {
        const struct us_webhook_source *s = &o->sources[i];
        code = us_stripe_verify(header, body, s->secrets, s->secret_count, o->now(), e);
        if (code == US_OK) *out = s;
        bool other = code != US_OK &&
                     us_str_eq(us_str_c(e->key), US_S("stripe.wrong_signature"));
        if (!other) return code;
    }
    return code;
}

/* What cannot become a line, for `usher status` and to be tried again. */
static void letter(struct call *c, const struct us_error *why)
{
    struct us_arena *a = us_http_arena(c->request);
    struct us_error *kept = us_new(a, struct us_error, 1);
    struct us_buf m = us_buf_new(a, US_LINE_BYTES_MAX);
    us_code code = us_fail(kept, why->code, why->key, why->args);
    us_assert(code == why->code);
    struct us_dead letter = {
        us_http_path(c->request), 1, 0, us_http_body(c->request), kept};
    us_dead_write(&m, &letter, a);
    c->message = (struct us_intake_message){
        .head = {.type = US_LINE_DEAD}, .m = us_buf_str(&m), .dead = kept};
    /* The same event, come again, is the same letter. */
    us_print sum = us_print_of(us_http_body(c->request));
    c->message.id = us_arena_fmt(
        a, "h:%016llx%016llx", (unsigned long long)sum.hi, (unsigned long long)sum.lo);
}

us_code us_webhook_read(const struct us_webhook_source *s, bool domains, us_str body,
    struct us_arena *a, struct us_intake_message *out, struct us_error *e)
{
    struct us_json_doc doc;
    struct us_stripe_line l;
    struct us_json *json = us_json_new();
    struct us_stripe_asked asked = {
        .doc = &doc, .customers = s->customers, .domains = domains, .live = !s->test};
    us_code code = us_json_parse(json, body, &doc, e);
    if (code == US_OK) code = us_stripe_read(&asked, a, &l, e);
    if (code == US_OK) { /* its texts may lie in the document */
        us_line_type type = s->test ? US_LINE_TEST : l.type;
        us_str id = us_arena_str(a, l.id);
        *out = (struct us_intake_message){
            .head = {.type = type, .source = s->name, .sent = US_NEVER, .id = id},
            .id = id,
            .print = us_row_print(s->name, type, id),
            .m = us_arena_str(a, l.m)};
    }
    us_json_free(json);
    return code;
}

/* Without these two nothing can be kept, however often it is tried again. */
static bool is_event(const struct us_error *why)
{
    us_str key = us_str_c(why->key);
    return us_str_eq(key, US_S("stripe.lacks")) ||
           us_str_eq(key, US_S("stripe.unknown_customer"));
}

static void commit(
    struct call *c, const struct us_webhook_source *s, struct us_error *why)
{
    struct us_http_request *r = c->request;
    struct us_intake_message *m = &c->message;
    m->head.source = s->name;
    m->head.sent = US_NEVER;
    m->head.id = m->id;
    m->print = us_row_print(s->name, m->head.type, m->id);
    c->batch = (struct us_batch){.items = m, .count = 1, .done = done, .ctx = c};
    /* After a put that is good the request may be gone at any moment. */
    us_code code = us_committer_put(c->webhook->options.committer, &c->batch, why);
    if (code == US_OK) return;
    us_http_refuse(r, code == US_LIMIT ? 413 : 429,
        US_S("more waits than may; send it again"), AGAIN_SECONDS);
}

static void stripe(void *ctx, struct us_http_request *r)
{
    struct us_error why = {0};
    const struct us_webhook_source *s = NULL;
    struct call *c = us_new(us_http_arena(r), struct call, 1);
    *c = (struct call){.webhook = ctx, .request = r};
    pthread_rwlock_rdlock(&c->webhook->ruled);
    us_code code = source_of(c, &s, &why);
    if (code == US_OK)
        code = us_webhook_read(s, c->webhook->options.domains, us_http_body(r),
            us_http_arena(r), &c->message, &why);
    pthread_rwlock_unlock(&c->webhook->ruled);
    if (code == US_NOT_FOUND && s) {
        c->webhook->passed++;
        answer(r, "passed", why.key);
        return;
    }
    if (code == US_INPUT && s && is_event(&why)) {
        letter(c, &why);
        code = US_OK;
    }
    if (code == US_OK)
        commit(c, s, &why);
    else
        refuse(c, &why);
}

const struct us_http_route us_webhook_routes[] = {
    {"POST", "/webhooks/stripe", stripe, false},
};
const size_t us_webhook_route_count =
    sizeof us_webhook_routes / sizeof *us_webhook_routes;

struct us_webhook *us_webhook_new(
    const struct us_webhook_options *options, struct us_arena *a)
{
    struct us_webhook *w = us_new(a, struct us_webhook, 1);
    w->options = *options;
    if (!w->options.now) w->options.now = us_server_now;
    pthread_rwlock_init(&w->ruled, NULL);
    us_arena_init(&w->memory, (size_t)SOURCES_BYTES);
    return w;
}

struct us_webhook_counts us_webhook_counts(const struct us_webhook *w)
{
    return (struct us_webhook_counts){
        w->lines, w->repeats, w->dead, w->passed, w->refused};
}

void us_webhook_sources(
    struct us_webhook *w, const struct us_webhook_source *sources, size_t count)
{
    pthread_rwlock_wrlock(&w->ruled);
    struct us_webhook_source *own =
        us_new(&w->memory, struct us_webhook_source, count + 1);
    for (size_t i = 0; i < count; i++) {
        us_str *secrets = us_new(&w->memory, us_str, sources[i].secret_count + 1);
        for (size_t k = 0; k < sources[i].secret_count; k++)
            secrets[k] = us_arena_str(&w->memory, sources[i].secrets[k]);
        own[i] = sources[i];
        own[i].name = us_arena_str(&w->memory, sources[i].name);
        own[i].secrets = secrets;
    }
    w->options.sources = own;
    w->options.source_count = count;
    pthread_rwlock_unlock(&w->ruled);
}

void us_webhook_done(struct us_webhook *w)
{
    us_arena_done(&w->memory);
    pthread_rwlock_destroy(&w->ruled);
}
