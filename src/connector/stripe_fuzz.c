/* Whatever an event says, the line it becomes is one that a record of its kind could
 * have been; and no header signs anything without the secret. */
#include "connector/stripe.h"
#include "import/record.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static us_str padded(struct us_arena *a, us_str s)
{
    char *copy = us_new(a, char, s.len + US_JSON_PAD);
    if (s.len) memcpy(copy, s.ptr, s.len);
    return (us_str){copy, s.len};
}

static void read_event(struct us_json *json, us_str text, struct us_arena *a)
{
    struct us_json_doc doc;
    struct us_stripe_line line;
    struct us_record record;
    if (us_json_parse(json, padded(a, text), &doc, NULL) != US_OK) return;
    struct us_stripe_asked asked = {.doc = &doc, .domains = true, .live = true};
    if (us_stripe_read(&asked, a, &line, NULL) != US_OK) return;
    us_assert(line.id.len && line.at != US_NEVER);
    const struct us_sheet_kind *kind =
        line.type == US_LINE_PAYMENT ? &us_kind_payments : &us_kind_accounts;
    us_assert(line.type == US_LINE_PAYMENT || line.type == US_LINE_ACCOUNT);
    us_assert(us_json_parse(json, padded(a, line.m), &doc, NULL) == US_OK);
    if (line.m.len > US_RECORD_BYTES_MAX) return;
    us_assert(us_record_read(kind, &doc, 0, a, &record, NULL) == US_OK);
    us_assert(record.dated && record.ignored_count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const us_str secret = US_S_INIT("whsec_fuzz");
    struct us_arena a;
    us_arena_init(&a, 64 << 20);
    struct us_json *json = us_json_new();
    us_str text = {(const char *)data, size};
    us_str rest;
    us_str header = us_str_cut(text, '\n', &rest);
    us_assert(us_stripe_verify(header, rest, &secret, 1, 0, NULL) != US_OK);
    read_event(json, text, &a);
    us_json_free(json);
    us_arena_done(&a);
    return 0;
}
