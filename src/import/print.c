#include "import/print.h"

#include "json/json.h"

struct us_printer {
    struct us_arena own; /* it lies in this */
    struct us_arena scratch;
    struct us_json *json;
};

us_print us_row_print(us_str source, us_line_type type, us_str id)
{
    us_print p = us_print_pair(source, id);
    p.hi += (uint64_t)type * UINT64_C(0x9e3779b97f4a7c15);
    return p;
}

struct us_printer *us_printer_new(void)
{
    struct us_arena own;
    us_arena_init(&own, 1 << 12);
    struct us_printer *p = us_new(&own, struct us_printer, 1);
    p->own = own;
    p->json = us_json_line_new();
    us_arena_init(&p->scratch, (size_t)256 << 20);
    return p;
}

void us_printer_free(struct us_printer *p)
{
    us_json_free(p->json);
    us_arena_done(&p->scratch);
    struct us_arena own = p->own;
    us_arena_done(&own);
}

bool us_printer_line(void *ctx, us_str line, us_print *out, int64_t *known)
{
    struct us_printer *p = ctx;
    struct us_json_doc doc;
    struct us_head head;
    uint32_t m = US_JSON_NONE;
    us_arena_reset(&p->scratch);
    if (us_json_parse(p->json, line, &doc, NULL) != US_OK) return false;
    if (us_head_read(&doc, &head, &m, &p->scratch, NULL) != US_OK) return false;
    *known = head.known;
    us_str id = head.id;
    if (id.len == 0 && (head.type == US_LINE_MESSAGE || head.type == US_LINE_TEST)) {
        struct us_message msg;
        if (us_message_read(&doc, m, &head, US_NEVER, &p->scratch, &msg, NULL) != US_OK)
            return false;
        id = msg.id;
    }
    if (id.len == 0) return false;
    *out = us_row_print(head.source, head.type, id);
    return true;
}
