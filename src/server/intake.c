#include "server/intake.h"

#include "base/buf.h"
#include "base/err.h"
#include "import/print.h"
#include "journal/journal.h"
#include "json/split.h"

#include <string.h>

struct intake {
    const struct us_intake_asked *asked;
    struct us_json *json;
    struct us_arena *a;
    struct us_intake *out;
    size_t cap;
    int64_t place; /* of the message at hand in the body, from 1 */
};

/* ---- a message ---- */

static struct us_intake_message *push(struct intake *in)
{
    return us_push(in->a, in->out->items, in->out->count, in->cap);
}

/* What its sender calls a message: PostHog's uuid, else messageId; or empty. */
static us_str sender_id(
    struct intake *in, const struct us_json_doc *doc, uint32_t message)
{
    static const us_str names[] = {US_S_INIT("uuid"), US_S_INIT("messageId")};
    us_str id = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names && !id.len; i++) {
        uint32_t node = us_json_get(doc, message, names[i]);
        if (node == US_JSON_NONE) continue;
        bool number = doc->nodes[node].kind == US_JSON_NUMBER;
        id = number ? us_json_raw(doc, node) : us_json_text(doc, node, in->a);
    }
    return id;
}

static void dead(
    struct intake *in, us_str row, us_str refused, const struct us_error *why)
{
    const struct us_intake_asked *asked = in->asked;
    struct us_error *kept = us_new(in->a, struct us_error, 1);
    struct us_buf m = us_buf_new(in->a, US_LINE_BYTES_MAX);
    us_code code = us_fail(kept, why->code, why->key, why->args); /* a copy */
    us_assert(code == why->code);
    struct us_dead letter = {asked->path, in->place,
        row.ptr >= asked->body.ptr && row.ptr <= asked->body.ptr + asked->body.len
            ? row.ptr - asked->body.ptr
            : 0,
        row, kept};
    us_dead_write(&m, &letter, in->a);
    in->out->dead++;
    *push(in) = (struct us_intake_message){.m = us_buf_str(&m),
        .refused = refused,
        .dead = kept,
        .head = {.received = asked->received,
            .sent = US_NEVER,
            .type = US_LINE_DEAD,
            .source = asked->source}};
}

static us_str minified(
    struct intake *in, const struct us_json_doc *doc, uint32_t node, bool secret)
{
    if (doc->compact && !secret) return us_json_raw(doc, node);
    struct us_buf out = us_buf_new(in->a, US_LINE_BYTES_MAX);
    us_json_minify(doc, node, us_message_secrets, &out);
    return us_buf_str(&out);
}

/* row: its text in the body. */
static void take(struct intake *in, const struct us_json_doc *doc, uint32_t node,
    us_str row, const struct us_head *batch)
{
    const struct us_intake_asked *asked = in->asked;
    struct us_head head = *batch;
    struct us_message message;
    struct us_error why = {0};
    us_code code = US_OK;
    head.source = asked->source;
    head.type = asked->test ? US_LINE_TEST : US_LINE_MESSAGE;
    head.received = asked->received;
    head.known = asked->received;
    if (row.len > asked->message_bytes_max)
        code = us_fail(&why, US_LIMIT, "event.too_large",
            US_ARGS(US_WHOLE("bytes", row.len),
                US_WHOLE("limit", asked->message_bytes_max)));
    if (code == US_OK)
        code =
            us_message_read(doc, node, &head, asked->received, in->a, &message, &why);
    if (code != US_OK) {
        dead(in, row, sender_id(in, doc, node), &why);
        return;
    }
    bool secret = us_json_has_any(doc, node, us_message_secrets);
    us_str m = minified(in, doc, node, secret);
    struct us_intake_message *out = push(in);
    *out = (struct us_intake_message){.head = head, .id = message.id, .m = m};
    if (message.id.len) out->print = us_row_print(asked->source, head.type, message.id);
}

/* ---- the body ---- */

static void broken(struct intake *in, const struct us_error *why)
{
    in->place = 1;
    dead(in, in->asked->body, (us_str){0}, why);
    in->out->broken = true;
}

/* A route such as /v1/track says what a message is that does not say so itself: the
 * text with that, and parsed again. */
static bool call_put(struct intake *in, struct us_json_doc *doc)
{
    us_str call = in->asked->call;
    us_str text = us_json_raw(doc, 0);
    if (!call.len || us_json_get(doc, 0, US_S("type")) != US_JSON_NONE) return true;
    static const char pad[US_JSON_PAD];
    struct us_buf out = us_buf_new(in->a, US_JSON_BYTES_MAX);
    us_buf_fmt(&out, "{\"type\":\"%.*s\"", US_ARG(call));
    if (doc->nodes[0].next > 1) us_buf_char(&out, ',');
    us_buf_put(&out, us_str_slice(text, 1, text.len));
    us_str whole = us_buf_str(&out);
    us_buf_put(&out, (us_str){pad, sizeof pad});
    whole.ptr = out.ptr; /* it may have moved */
    struct us_error why = {0};
    us_code code = US_OK;
    if (out.full)
        code = us_fail(&why, US_LIMIT, "event.too_large",
            US_ARGS(US_WHOLE("bytes", text.len), US_WHOLE("limit", US_JSON_BYTES_MAX)));
    if (code == US_OK) code = us_json_parse(in->json, whole, doc, &why);
    if (code != US_OK) broken(in, &why);
    return code == US_OK;
}

static bool has_room(struct intake *in)
{
    in->out->too_many = in->a->full || in->out->count > US_INTAKE_MESSAGES_MAX;
    return !in->out->too_many;
}

static void each(struct intake *in, const struct us_json_doc *doc, uint32_t array,
    const struct us_head *batch)
{
    for (uint32_t i = array + 1; i < doc->nodes[array].next; i = doc->nodes[i].next) {
        in->place++;
        take(in, doc, i, us_json_raw(doc, i), batch);
        if (!has_room(in)) return;
    }
}

static void body_key(struct intake *in, const struct us_json_doc *doc)
{
    static const us_str names[] = {
        US_S_INIT("writeKey"), US_S_INIT("api_key"), US_S_INIT("token")};
    for (size_t i = 0; i < sizeof names / sizeof *names && !in->out->key.len; i++) {
        uint32_t node = us_json_get(doc, 0, names[i]);
        if (node != US_JSON_NONE) in->out->key = us_json_text(doc, node, in->a);
    }
}

/* ---- a body that is no JSON, because of some of its messages ---- */

/* What is around them, or nothing, of a bare list; false: that is none either. */
static bool read_around(struct intake *in, const struct us_json_parts *parts,
    struct us_head *batch, bool *list)
{
    static const char pad[US_JSON_PAD];
    us_str body = in->asked->body;
    struct us_buf out = us_buf_new(in->a, US_JSON_BYTES_MAX);
    struct us_json_doc doc;
    bool secret;
    us_buf_put(&out, us_str_slice(body, 0, parts->from));
    us_buf_put(&out, us_str_slice(body, parts->to, body.len));
    us_str text = us_buf_str(&out);
    us_buf_put(&out, (us_str){pad, sizeof pad});
    text.ptr = out.ptr; /* it may have moved */
    if (out.full || us_json_parse(in->json, text, &doc, NULL) != US_OK) return false;
    uint32_t array = us_body_read(&doc, 0, batch, &secret);
    body_key(in, &doc);
    *list = doc.nodes[0].kind == US_JSON_ARRAY;
    return *list || array != US_JSON_NONE;
}

/* A message that is no JSON, or too deep, harms no other. Which client it was the first
 * that is good says, as in a body that is whole. False: it is not because of messages
 * that the body is broken, or nobody can tell where they end. */
static bool read_apart(struct intake *in)
{
    struct us_json_parts parts;
    struct us_head batch = {0};
    bool list;
    bool first = true;
    if (!us_json_split(
            in->asked->body, US_S("batch"), US_INTAKE_MESSAGES_MAX, in->a, &parts) ||
        !read_around(in, &parts, &batch, &list))
        return false;
    in->out->too_many = parts.more;
    for (size_t i = 0; i < parts.count && !in->out->too_many; i++) {
        us_str row = parts.items[i];
        struct us_json_doc doc;
        struct us_error why = {0};
        in->place++;
        if (us_json_parse(in->json, row, &doc, &why) != US_OK) {
            dead(in, row, (us_str){0}, &why);
        } else {
            if (first && !list && batch.dialect == US_SEGMENT)
                batch.dialect = us_dialect_of(&doc, 0);
            first = false;
            take(in, &doc, 0, row, &batch);
        }
        if (!has_room(in)) break;
    }
    return true;
}

void us_intake_read(struct us_json *json, const struct us_intake_asked *asked,
    struct us_arena *a, struct us_intake *out)
{
    struct intake in = {.asked = asked, .json = json, .a = a, .out = out};
    struct us_json_doc doc;
    struct us_error why = {0};
    struct us_head batch = {0};
    bool secret = false;
    *out = (struct us_intake){0};
    if (us_json_parse(json, asked->body, &doc, &why) != US_OK) {
        if (read_apart(&in)) return;
        broken(&in, &why);
        return;
    }
    uint32_t array = us_body_read(&doc, 0, &batch, &secret);
    body_key(&in, &doc);
    if (doc.nodes[0].kind == US_JSON_ARRAY) {
        each(&in, &doc, 0, &batch);
    } else if (array != US_JSON_NONE) {
        each(&in, &doc, array, &batch);
    } else if (doc.nodes[0].kind != US_JSON_OBJECT) {
        us_code code = us_fail(&why, US_INPUT, "event.not_object", NULL);
        us_assert(code != US_OK);
        broken(&in, &why);
    } else if (call_put(&in, &doc)) {
        us_body_read(&doc, 0, &batch, &secret);
        in.place = 1;
        take(&in, &doc, 0, us_json_raw(&doc, 0), &batch);
    }
}

void us_intake_source(struct us_intake *in, us_str source, bool test)
{
    for (size_t i = 0; i < in->count; i++) {
        struct us_intake_message *m = &in->items[i];
        m->head.source = source;
        if (!m->dead) m->head.type = test ? US_LINE_TEST : US_LINE_MESSAGE;
        if (m->id.len) m->print = us_row_print(source, m->head.type, m->id);
    }
}

/* ---- keys ---- */

static int place_of(char c)
{
    static const char code[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(code, c) : NULL;
    return at ? (int)(at - code) : -1;
}

/* Base64 as RFC 4648 has it, up to what is none. */
static us_str decoded(us_str text, struct us_arena *a)
{
    char *out = us_new(a, char, text.len + 1);
    size_t n = 0;
    uint32_t word = 0;
    int bits = 0;
    for (size_t i = 0; i < text.len && place_of(text.ptr[i]) >= 0; i++) {
        word = word << 6 | (uint32_t)place_of(text.ptr[i]);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        out[n++] = (char)(word >> bits & 0xff);
    }
    return (us_str){out, n};
}

/* What follows a scheme such as "Basic "; empty when it is another. */
static us_str credentials(us_str header, us_str scheme)
{
    us_str rest;
    us_str word = us_str_cut(us_str_trim(header), ' ', &rest);
    return us_str_eq_nocase(word, scheme) ? us_str_trim(rest) : (us_str){0};
}

us_str us_intake_key(const struct us_intake_keys *keys, struct us_arena *a)
{
    us_str rest;
    us_str own = us_str_trim(keys->write_key);
    if (own.len) return us_arena_str(a, own);
    us_str basic = credentials(keys->authorization, US_S("Basic"));
    us_str user = us_str_cut(decoded(basic, a), ':', &rest);
    if (user.len) return user;
    us_str bearer = credentials(keys->authorization, US_S("Bearer"));
    return us_arena_str(a, bearer.len ? bearer : keys->body);
}

bool us_intake_by_bearer(const struct us_intake_keys *keys)
{
    return us_str_trim(keys->write_key).len == 0 &&
           credentials(keys->authorization, US_S("Bearer")).len > 0;
}
