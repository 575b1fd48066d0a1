/* ndjson.c: messages, one JSON object a line: a Segment-spec message, what another
 * client sends (event/dialect.c), or a recorded request body that holds several. */

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
    head.dialect = us_dialect_of(&doc, 0);
    uint32_t array = us_batch_of(&doc, 0, head.dialect, &head.sent, &head.context);
    if (array != US_JSON_NONE) return take_batch(t, &doc, array, &head, e);
    return us_take_message(t, &doc, 0, &head, e);
}

us_code us_take_ndjson(struct us_take *t, struct us_error *e)
{
    for (t->place.line = 1;; t->place.line++) {
        us_str line;
        bool cut = false;
        t->place.byte = us_reader_byte(t->reader);
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
