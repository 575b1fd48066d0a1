#include "server/records.h"

#include "import/record.h"
#include "import/sink.h"
#include "text/text.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    ANSWER_BYTES_MAX = 1 << 20,
    AGAIN_SECONDS = 2,
    SHOWN_MAX = 100,
    SOURCES_BYTES = 256 << 20
};

struct us_records {
    struct us_records_options options;
    pthread_rwlock_t ruled; /* of the sources */
    struct us_arena memory; /* of all that there ever were, for who still works */
    _Atomic int64_t added, repeats, rejected;
};

struct post {
    struct us_records *records;
    struct us_http_request *request;
    const struct us_sheet_kind *kind;
    const struct us_ingest_source *source;
    struct us_batch batch;
    struct us_intake_message *items;
    size_t count, cap;
    size_t seen, rejected; /* rows */
    bool too_many;
    struct us_buf rows; /* of the answer */
    size_t shown;
};

/* ---- rows ---- */

static void ignored_put(struct us_buf *out, const struct us_record *record)
{
    us_buf_put(out, US_S(",\"ignored\":["));
    for (size_t i = 0; i < record->ignored_count; i++) {
        if (i) us_buf_char(out, ',');
        us_buf_json(out, record->ignored[i]);
    }
    us_buf_char(out, ']');
}

static void told(
    struct post *p, const struct us_record *record, const struct us_error *why)
{
    if (p->shown == SHOWN_MAX) return;
    us_buf_fmt(&p->rows, "%s{\"index\":%zu", p->shown++ ? "," : "", p->seen);
    if (why) {
        us_buf_put(&p->rows, US_S(",\"reason\":"));
        us_buf_json(&p->rows, us_str_c(why->key));
        us_buf_put(&p->rows, US_S(",\"message\":"));
        us_buf_json(
            &p->rows, us_text(us_http_arena(p->request), US_EN, why->key, why->args));
    } else {
        ignored_put(&p->rows, record);
    }
    us_buf_char(&p->rows, '}');
}

static void keep(struct post *p, const struct us_record *record)
{
    struct us_arena *a = us_http_arena(p->request);
    us_line_type type = p->source->test ? US_LINE_TEST : p->kind->type;
    us_print sum = us_print_of(record->m);
    struct us_intake_message *m = us_push(a, p->items, p->count, p->cap);
    *m = (struct us_intake_message){
        .head = {.type = type, .source = p->source->name, .sent = US_NEVER},
        .m = us_arena_str(a, record->m)};
    if (!record->dated) return; /* the committer gives it an id of its own */
    m->id = us_arena_fmt(a, "h:%016llx%016llx:0", (unsigned long long)sum.hi,
        (unsigned long long)sum.lo);
    m->head.id = m->id;
    m->print = us_row_print(p->source->name, type, m->id);
}

static void take(struct post *p, const struct us_json_doc *doc, uint32_t node)
{
    struct us_record record;
    struct us_error why = {0};
    struct us_arena *a = us_http_arena(p->request);
    us_code code = us_record_read(p->kind, doc, node, a, &record, &why);
    if (code == US_OK) {
        keep(p, &record);
        if (record.ignored_count) told(p, &record, NULL);
    } else {
        p->rejected++;
        told(p, &record, &why);
    }
    p->seen++;
    p->too_many |= a->full || p->seen > US_RECORDS_MAX;
}

static void take_all(struct post *p, const struct us_json_doc *doc)
{
    bool array = doc->nodes[0].kind == US_JSON_ARRAY;
    if (!array) take(p, doc, 0);
    for (uint32_t i = 1; array && !p->too_many && i < doc->nodes[0].next;
         i = doc->nodes[i].next)
        take(p, doc, i);
}

/* A line each. One that is no JSON is rejected alone. */
static void take_lines(struct post *p, struct us_json *json, us_str rest)
{
    while (rest.len && !p->too_many) {
        struct us_json_doc doc;
        struct us_error why = {0};
        us_str line = us_str_trim(us_str_cut(rest, '\n', &rest));
        if (!line.len) continue;
        if (us_json_parse(json, line, &doc, &why) == US_OK) {
            take(p, &doc, 0);
            continue;
        }
        p->rejected++;
        told(p, NULL, &why);
        p->seen++;
    }
}

static bool has_lines(us_str body)
{
    body = us_str_trim(body);
    return us_str_find(body, US_S("\n")) < body.len;
}

/* ---- answers ---- */

static void answer(struct post *p)
{
    struct us_buf out =
        us_buf_new(us_http_arena(p->request), (size_t)2 * ANSWER_BYTES_MAX);
    us_buf_fmt(&out, "{\"added\":%zu,\"repeats\":%zu,\"rejected\":%zu,\"rows\":[",
        p->batch.added, p->batch.repeats, p->rejected);
    us_buf_put(&out, us_buf_str(&p->rows));
    us_buf_put(&out, US_S("]}"));
    bool none = p->rejected && p->rejected == p->seen;
    struct us_http_answer a = {.status = none ? 400 : 200, .body = us_buf_str(&out)};
    p->records->added += (int64_t)p->batch.added;
    p->records->repeats += (int64_t)p->batch.repeats;
    p->records->rejected += (int64_t)p->rejected;
    us_http_answer(p->request, &a);
}

static void done(void *ctx, struct us_batch *b)
{
    struct post *p = ctx;
    if (b->code == US_OK)
        answer(p);
    else
        us_http_refuse(p->request, 503,
            US_S("nothing can be written at the moment; send it again"), AGAIN_SECONDS);
}

static void too_much(struct us_http_request *r)
{
    us_http_refuse(
        r, 413, US_S("too much for one request; send it in smaller batches"), 0);
}

/* After a put that is good the request may be answered and gone at any moment. */
static void commit(struct post *p)
{
    struct us_http_request *r = p->request;
    struct us_error why;
    us_code code = US_OK;
    p->batch =
        (struct us_batch){.items = p->items, .count = p->count, .done = done, .ctx = p};
    if (p->count)
        code = us_committer_put(p->records->options.committer, &p->batch, &why);
    else
        answer(p);
    if (code == US_LIMIT)
        too_much(r);
    else if (code != US_OK)
        us_http_refuse(
            r, 429, US_S("more waits than may; send it again"), AGAIN_SECONDS);
}

/* ---- a request ---- */

/* Keys are compared by their sums, so that how long it takes tells nothing of one. */
static const struct us_ingest_source *source_of(struct us_records *records, us_str key)
{
    us_print given = us_print_of(key);
    const struct us_ingest_source *found = NULL;
    pthread_rwlock_rdlock(&records->ruled);
    for (size_t i = 0; key.len && i < records->options.source_count; i++) {
        const struct us_ingest_source *s = &records->options.sources[i];
        us_print own = us_print_of(s->key);
        if (own.lo == given.lo && own.hi == given.hi) found = s;
    }
    pthread_rwlock_unlock(&records->ruled);
    return found;
}

void us_records_sources(
    struct us_records *r, const struct us_ingest_source *sources, size_t count)
{
    pthread_rwlock_wrlock(&r->ruled);
    r->options.sources = us_ingest_copy(sources, count, &r->memory);
    r->options.source_count = count;
    pthread_rwlock_unlock(&r->ruled);
}

static void post(void *ctx, struct us_http_request *r, const struct us_sheet_kind *kind)
{
    struct us_arena *a = us_http_arena(r);
    struct us_intake_keys keys = {.write_key = us_http_header(r, "X-Write-Key"),
        .authorization = us_http_header(r, "Authorization")};
    struct post *p = us_new(a, struct post, 1);
    *p = (struct post){.records = ctx, .request = r, .kind = kind};
    p->source = source_of(ctx, us_intake_key(&keys, a));
    p->rows = us_buf_new(a, ANSWER_BYTES_MAX);
    if (!p->source) {
        us_http_refuse(r, 401,
            US_S("this takes the key of a source of kind records; see sources: in "
                 "usher.yml"),
            0);
        return;
    }
    struct us_json_doc doc;
    struct us_error why = {0};
    struct us_json *json = us_json_new();
    us_code code = us_json_parse(json, us_http_body(r), &doc, &why);
    if (code == US_OK)
        take_all(p, &doc);
    else if (has_lines(us_http_body(r)))
        take_lines(p, json, us_http_body(r));
    us_json_free(json);
    if (p->too_many)
        too_much(r);
    else if (code != US_OK && !p->seen)
        us_http_refuse(r, 400, us_text(a, US_EN, why.key, why.args), 0);
    else
        commit(p);
}

#define ROUTE(name)                                        \
    static void name(void *ctx, struct us_http_request *r) \
    {                                                      \
        post(ctx, r, &us_kind_##name);                     \
    }
ROUTE(payments)
ROUTE(deals)
ROUTE(activities)
ROUTE(contacts)
ROUTE(companies)
ROUTE(accounts)
ROUTE(mqls)
#undef ROUTE

const struct us_http_route us_records_routes[] = {
    {"POST", "/v1/payments", payments, false},
    {"POST", "/v1/deals", deals, false},
    {"POST", "/v1/activities", activities, false},
    {"POST", "/v1/contacts", contacts, false},
    {"POST", "/v1/companies", companies, false},
    {"POST", "/v1/accounts", accounts, false},
    {"POST", "/v1/mqls", mqls, false},
};
const size_t us_records_route_count =
    sizeof us_records_routes / sizeof *us_records_routes;

struct us_records *us_records_new(
    const struct us_records_options *options, struct us_arena *a)
{
    struct us_records *r = us_new(a, struct us_records, 1);
    r->options = *options;
    pthread_rwlock_init(&r->ruled, NULL);
    us_arena_init(&r->memory, (size_t)SOURCES_BYTES);
    return r;
}

struct us_records_counts us_records_counts(const struct us_records *r)
{
    return (struct us_records_counts){r->added, r->repeats, r->rejected};
}

void us_records_done(struct us_records *r)
{
    us_arena_done(&r->memory);
    pthread_rwlock_destroy(&r->ruled);
}
