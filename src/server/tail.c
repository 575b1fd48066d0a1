#include "server/tail.h"

bool us_tail_head(
    struct us_json *json, us_str text, struct us_arena *scratch, struct us_head *out)
{
    struct us_json_doc doc;
    uint32_t m;
    size_t end = text.len;
    while (end && text.ptr[end - 1] == '\n')
        end--;
    size_t from = end;
    while (from && text.ptr[from - 1] != '\n')
        from--;
    us_arena_reset(scratch);
    if (us_json_parse(json, us_str_slice(text, from, end), &doc, NULL) != US_OK)
        return false;
    return us_head_read(&doc, out, &m, scratch, NULL) == US_OK;
}
