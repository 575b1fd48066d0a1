/* api_letters.c: POST /api/v1/dead-letters/replay. */

#include "base/buf.h"
#include "server/api_inner.h"
#include "server/letters.h"

static us_code put(void *ctx, struct us_batch *b, struct us_error *e)
{
    struct us_api *api = ctx;
    return us_committer_put_wait(api->committer, b, e);
}

static bool seqs_read(const struct us_json_doc *doc, uint32_t list, struct us_arena *a,
    struct us_letters_asked *out)
{
    const struct us_json_node *nodes = doc->nodes;
    bool good = nodes[list].kind == US_JSON_ARRAY && nodes[list].next > list + 1;
    int64_t *seqs = us_new(a, int64_t, nodes[list].next - list);
    for (uint32_t i = list + 1; good && i < nodes[list].next; i = nodes[i].next)
        good = us_str_int(us_json_raw(doc, i), &seqs[out->seq_count++]);
    out->seqs = seqs;
    return good;
}

static bool limit_read(
    const struct us_json_doc *doc, uint32_t node, struct us_letters_asked *out)
{
    int64_t n = 0;
    bool good = us_str_int(us_json_raw(doc, node), &n) && n > 0 && n <= US_LETTERS_MAX;
    out->limit = (size_t)n;
    return good;
}

static bool after_read(
    const struct us_json_doc *doc, uint32_t node, struct us_letters_asked *out)
{
    return us_str_int(us_json_raw(doc, node), &out->after) && out->after >= 0;
}

/* What is misspelt would have all of them tried. */
static bool members_read(
    const struct us_json_doc *doc, struct us_arena *a, struct us_letters_asked *out)
{
    bool good = doc->nodes[0].kind == US_JSON_OBJECT;
    for (uint32_t i = 1; good && i < doc->nodes[0].next; i = doc->nodes[i + 1].next) {
        us_str name = us_json_text(doc, i, a);
        if (us_str_eq(name, US_S("seqs"))) {
            good = seqs_read(doc, i + 1, a, out);
        } else if (us_str_eq(name, US_S("limit"))) {
            good = limit_read(doc, i + 1, out);
        } else if (us_str_eq(name, US_S("after"))) {
            good = after_read(doc, i + 1, out);
        } else {
            good = us_str_eq(name, US_S("reason")) &&
                   doc->nodes[i + 1].kind == US_JSON_STRING;
            if (good) out->reason = us_json_text(doc, i + 1, a);
        }
    }
    return good;
}

/* {"seqs":[…],"reason":"…","after":…,"limit":…}; nothing: all of them. */
static us_code asked_read(
    struct api_asked *q, struct us_letters_asked *out, struct us_error *e)
{
    struct us_json_doc doc;
    us_str body = us_http_body(q->request);
    if (!us_str_trim(body).len) return US_OK;
    struct us_json *json = us_json_new();
    us_code code = us_json_parse(json, body, &doc, e);
    bool good = code == US_OK && members_read(&doc, us_http_arena(q->request), out);
    us_json_free(json);
    if (code != US_OK || good) return code;
    return us_fail(
        e, US_INPUT, "server.letter_asked", US_ARGS(US_WHOLE("most", US_LETTERS_MAX)));
}

us_code us_api_letters(void *ctx, struct us_letters_asked *asked, struct us_arena *a,
    struct us_letters_done *out, struct us_error *e)
{
    struct us_api *api = ctx;
    struct us_history *h = NULL;
    asked->put = put;
    asked->ctx = api;
    /* One call at a time: what another one took is off the list when this one looks. */
    pthread_mutex_lock(&api->letters);
    pthread_rwlock_rdlock(&api->ruled);
    asked->sources = &api->o.sources;
    struct us_loader_wish wish = api_wish(api);
    us_code code = us_loader_beside_soon(api->loader, &wish, NULL, NULL, &h, e);
    if (code == US_OK) {
        code = wish.behind.events ? us_fail(e, US_BUSY, "server.letters_behind",
                                        US_ARGS(US_WHOLE("events", wish.behind.events)))
                                  : us_letters_retry(h, asked, a, out, e);
        us_loader_beside_close(api->loader, h);
    }
    pthread_rwlock_unlock(&api->ruled);
    pthread_mutex_unlock(&api->letters);
    if (out->taken) { /* some may be, though it failed later */
        struct us_state_audit row = us_letters_audit(asked, out, a);
        api_noted(api, &row);
    }
    return code;
}

static void replay(struct api_asked *q)
{
    struct us_api *api = q->api;
    struct us_error why = {0};
    struct us_letters_asked asked = {.who = q->who};
    struct us_letters_done *done = us_new(q->a, struct us_letters_done, 1);
    us_code code = asked_read(q, &asked, &why);
    if (code == US_OK) code = us_api_letters(api, &asked, q->a, done, &why);
    if (code != US_OK) {
        api_refuse(q, code, &why);
        return;
    }
    struct us_buf out = us_buf_new(q->a, API_ANSWER_BYTES);
    us_letters_json(done, &out);
    api_answer(q, us_buf_str(&out), NULL, (us_str){0});
}

const struct api_door api_letter_doors[] = {
    {"POST", "/api/v1/dead-letters/replay", API_WRITE, true, replay},
};
const size_t api_letter_door_count = sizeof api_letter_doors / sizeof *api_letter_doors;
