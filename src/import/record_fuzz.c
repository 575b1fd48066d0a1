/* What a record became is a record, and becomes the same. The first byte chooses the
 * kind. */
#include "import/record.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static us_str padded(struct us_arena *a, us_str s)
{
    char *copy = us_new(a, char, s.len + US_JSON_PAD);
    if (s.len) memcpy(copy, s.ptr, s.len);
    return (us_str){copy, s.len};
}

static void one(struct us_json *json, const struct us_sheet_kind *kind, us_str text,
    struct us_arena *a)
{
    struct us_json_doc doc;
    struct us_record first;
    struct us_record again;
    if (us_json_parse(json, padded(a, text), &doc, NULL) != US_OK) return;
    if (us_record_read(kind, &doc, 0, a, &first, NULL) != US_OK) return;
    if (first.m.len > US_RECORD_BYTES_MAX) return; /* escapes may make it longer */
    us_assert(us_json_parse(json, padded(a, first.m), &doc, NULL) == US_OK);
    us_assert(us_record_read(kind, &doc, 0, a, &again, NULL) == US_OK);
    us_assert(us_str_eq(first.m, again.m) && first.dated == again.dated);
    us_assert(again.ignored_count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct us_sheet_kind *const kinds[] = {&us_kind_payments,
        &us_kind_deals, &us_kind_activities, &us_kind_contacts, &us_kind_companies,
        &us_kind_accounts, &us_kind_mqls};
    if (size == 0) return 0;
    struct us_arena a;
    us_arena_init(&a, 64 << 20);
    struct us_json *json = us_json_new();
    us_str text = {(const char *)data + 1, size - 1};
    one(json, kinds[data[0] % (sizeof kinds / sizeof *kinds)], text, &a);
    us_json_free(json);
    us_arena_done(&a);
    return 0;
}
