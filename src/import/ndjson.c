/* ndjson.c: messages, one JSON object a line: a Segment-spec message, what another
 * client sends (event/dialect.c), or a recorded request body that holds several; and
 * arrays of them (array.c). */

#include "import/array.h"
#include "import/sheet.h"
#include "import/take.h"

static us_code take_batch(struct us_take *t, const struct us_json_doc *doc,
    uint32_t array, const struct us_head *batch, struct us_error *e)
{
    uint32_t end = doc->nodes[array].next;
    for (uint32_t i = array + 1; i < end; i = doc->nodes[i].next)
        US_TRY(us_take_message(t, doc, i, batch, e));
    return US_OK;
}

static us_code take_line(struct us_take *t, us_str line, struct us_error *e)
{
    struct us_json_doc doc;
    struct us_error why = {0};
    if (us_json_parse(t->json, line, &doc, &why) != US_OK)
        return us_take_dead(t, line, &why, e);
    struct us_head head = {.received = US_NEVER, .sent = US_NEVER};
    bool secret = false;
    uint32_t array = us_body_read(&doc, 0, &head, &secret);
    if (array != US_JSON_NONE) return take_batch(t, &doc, array, &head, e);
    return us_take_message_of(t, &doc, 0, &head, secret, e);
}

static us_code take_element(void *ctx, us_str text, struct us_error *e)
{
    struct us_take *t = ctx;
    us_arena_reset(t->scratch);
    t->counts->lines++;
    US_TRY(take_line(t, text, e));
    us_take_progress(t);
    return US_OK;
}

static us_code take_broken(
    void *ctx, us_str text, const struct us_error *why, struct us_error *e)
{
    struct us_take *t = ctx;
    us_arena_reset(t->scratch);
    t->counts->lines += text.len > 0;
    return us_take_dead(t, text, why, e);
}

/* --as and --map are about columns, and messages have none. */
static us_code as_table(const struct us_take *t, struct us_error *e)
{
    const struct us_import_options *o = t->options;
    us_str path = us_shown(t->path);
    if (o->kind.len && !us_same_name(o->kind, US_S("events")))
        return us_fail(e, US_USAGE, "import.ndjson_as",
            US_ARGS(US_TEXT("path", path), US_TEXT("kind", us_shown(o->kind))));
    if (o->map_count)
        return us_fail(e, US_USAGE, "import.ndjson_map",
            US_ARGS(US_TEXT("path", path), US_TEXT("from", us_shown(o->map[0].from)),
                US_TEXT("to", us_shown(o->map[0].to))));
    return US_OK;
}

us_code us_take_ndjson(struct us_take *t, struct us_error *e)
{
    US_TRY(as_table(t, e));
    const struct us_array elements = {
        t->reader, &t->place, take_element, take_broken, t};
    for (t->place.line = 1;; t->place.line++) {
        us_str line;
        bool cut = false;
        bool array = false;
        t->place.byte = us_reader_byte(t->reader);
        US_TRY(us_array_at(t->reader, &array, e));
        if (array) US_TRY(us_array_read(&elements, e));
        us_arena_reset(t->scratch);
        us_code code = us_reader_line(t->reader, &line, &cut, e);
        if (code == US_NOT_FOUND) return US_OK;
        if (code != US_OK) return code;
        if (us_str_trim(line).len == 0) continue;
        t->counts->lines++;
        if (cut) {
            struct us_error why;
            code = us_fail(&why, US_LIMIT, "import.line_too_long",
                US_ARGS(US_BYTES("max", US_ROW_BYTES_MAX)));
            code = us_take_dead(t, line, &why, e);
        } else {
            code = take_line(t, line, e);
        }
        if (code != US_OK) return code;
        us_take_progress(t);
    }
}
