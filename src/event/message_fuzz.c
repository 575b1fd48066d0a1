/* Whatever is read as a message is, printed as canonical Segment JSON and read again,
 * the same message; in all dialects. The first byte chooses dialect and head. */

#include "base/err.h"
#include "event/print.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static us_str padded(struct us_arena *a, us_str s)
{
    char *copy = us_new(a, char, s.len + US_JSON_PAD);
    if (s.len) memcpy(copy, s.ptr, s.len);
    return (us_str){copy, s.len};
}

static bool same_node(const struct us_json_doc *x, uint32_t at_x,
    const struct us_json_doc *y, uint32_t at_y, struct us_arena *a)
{
    if (at_x == US_JSON_NONE || at_y == US_JSON_NONE) return at_x == at_y;
    struct us_buf one = us_buf_new(a, 1 << 20);
    struct us_buf two = us_buf_new(a, 1 << 20);
    us_json_minify(x, at_x, NULL, &one);
    us_json_minify(y, at_y, NULL, &two);
    return us_str_eq(us_buf_str(&one), us_buf_str(&two));
}

static void again(struct us_json *json, const struct us_json_doc *doc,
    const struct us_message *m, struct us_arena *a)
{
    struct us_buf out = us_buf_new(a, 1 << 20);
    us_str text = print_message(&out, doc, m);
    us_assert(!out.full);
    if (text.len > US_MESSAGE_BYTES_MAX) return; /* escapes may make it longer */
    struct us_json_doc read;
    us_assert(us_json_parse(json, padded(a, text), &read, NULL) == US_OK);
    us_assert(us_dialect_of(&read, 0) == US_SEGMENT);
    struct us_head head = {.received = US_NEVER, .sent = US_NEVER, .known = US_NEVER};
    struct us_message n;
    us_assert(us_message_read(&read, 0, &head, US_NEVER, a, &n, NULL) == US_OK);
    us_assert(m->call == n.call && m->at == n.at && m->known == n.known && !n.skewed);
    us_assert(us_str_eq(m->id, n.id) && us_str_eq(m->user, n.user));
    us_assert(
        us_str_eq(m->anonymous, n.anonymous) && us_str_eq(m->previous, n.previous));
    us_assert(us_str_eq(m->group, n.group) && us_str_eq(m->event, n.event));
    us_assert(us_str_eq(m->page_name, n.page_name));
    us_assert(same_node(doc, m->properties, &read, n.properties, a));
    us_assert(same_node(doc, m->traits, &read, n.traits, a));
}

/* A head that can be read can be written and read again. */
static void heads(
    struct us_json *json, const struct us_json_doc *doc, struct us_arena *a)
{
    struct us_head h;
    struct us_head g;
    uint32_t m;
    struct us_json_doc read;
    if (us_head_read(doc, &h, &m, a, NULL) != US_OK) return;
    struct us_buf out = us_buf_new(a, 1 << 20);
    us_head_write(&out, &h, US_S("{}"));
    us_assert(us_json_parse(json, padded(a, us_buf_str(&out)), &read, NULL) == US_OK);
    us_assert(us_head_read(&read, &g, &m, a, NULL) == US_OK);
    us_assert(h.seq == g.seq && h.known == g.known && h.received == g.received);
    us_assert(h.sent == g.sent && h.type == g.type && us_str_eq(h.source, g.source));
    us_assert(h.type != US_LINE_MESSAGE || h.dialect == g.dialect);
    us_assert(us_str_eq(h.id, g.id) && us_str_eq(h.context, g.context));
}

static void one(struct us_json *json, struct us_json *second, struct us_arena *a,
    uint8_t how, us_str text)
{
    struct us_json_doc doc;
    if (us_json_parse(json, padded(a, text), &doc, NULL) != US_OK) return;
    struct us_head head = {.received = US_NEVER, .sent = US_NEVER, .known = US_NEVER};
    if (how & 16) head.received = INT64_C(1795428000000000);
    if (how & 32) head.known = INT64_C(1795428000000001);
    bool secret;
    uint32_t batch = us_body_read(&doc, 0, &head, &secret);
    if (how & 8) head.dialect = (us_dialect)(how & 3);
    uint32_t node = batch == US_JSON_NONE ? 0 : batch + 1;
    for (uint32_t end = doc.nodes[batch].next; node < end;
         node = doc.nodes[node].next) {
        struct us_message m;
        struct us_error e = {0};
        int64_t now = how & 64 ? US_NEVER : INT64_C(1795428000000009);
        if (us_message_read(&doc, node, &head, now, a, &m, &e) == US_OK)
            again(second, &doc, &m, a);
        else
            us_assert(e.code == US_INPUT && e.key);
    }
    heads(second, &doc, a);
}

/* Kept over all inputs: making parsers would take most of the time. */
static struct {
    struct us_json *json, *second;
    struct us_arena a;
} kept;

static void done(void)
{
    us_json_free(kept.json);
    us_json_free(kept.second);
    us_arena_done(&kept.a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > (size_t)4 * US_MESSAGE_BYTES_MAX) return 0;
    if (!kept.json) {
        kept.json = us_json_new();
        kept.second = us_json_new();
        us_arena_init(&kept.a, 64 << 20);
        atexit(done);
    }
    us_arena_reset(&kept.a);
    one(kept.json, kept.second, &kept.a, data[0],
        (us_str){(const char *)data + 1, size - 1});
    return 0;
}
