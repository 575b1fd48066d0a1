/* head.c: what usher knows of a line, written before the client's object and read back.
 *
 *     {"us":{"seq":7,"received":"…","known":"…","source":"app","dialect":"segment",
 *            "sentAt":"…","id":"…","context":{…}},"m":{…}}
 *
 * What is not known is not written; a line without "type" is a message. Each line of a
 * journal passes here twice, so times are written and read by hand.
 */

#include "event/event.h"
#include "event/read.h"

#include <string.h>

static const char *const line_types[US_LINE_TYPES] = {
    [US_LINE_MESSAGE] = "message",
    [US_LINE_ACCOUNT] = "account",
    [US_LINE_CONTACT] = "contact",
    [US_LINE_PAYMENT] = "payment",
    [US_LINE_DEAL] = "deal",
    [US_LINE_ACTIVITY] = "activity",
    [US_LINE_MQL] = "mql",
    [US_LINE_COMPANY] = "company",
    [US_LINE_UNDO] = "undo",
    [US_LINE_DEAD] = "dead",
    [US_LINE_IMPORT] = "import",
    [US_LINE_TEST] = "test",
    [US_LINE_RETRY] = "retry",
};

const char *us_line_type_name(us_line_type t)
{
    return line_types[t];
}

/* The part of a head that has a known greatest length, put together in place. */
enum { SHORT_BYTES_MAX = 64, HEAD_BYTES_MAX = 448 };
struct pen {
    char text[HEAD_BYTES_MAX];
    char *at;
    int64_t day; /* of the last time written, whose date stands in `date` */
    char date[10];
};

#define PUT(p, literal) \
    (memcpy((p)->at, (literal), sizeof(literal) - 1), (p)->at += sizeof(literal) - 1)

static inline void put_two(char *at, unsigned n)
{
    at[0] = (char)('0' + n / 10);
    at[1] = (char)('0' + n % 10);
}

static inline void put_three(char *at, unsigned n)
{
    at[0] = (char)('0' + n / 100);
    put_two(at + 1, n % 100);
}

/* Neri and Schneider, "Euclidean affine functions and their application to calendar
 * algorithms" (2023), for days of the years 1900 to 2199. */
static void put_date(char at[10], int64_t day)
{
    uint32_t n = 4 * (uint32_t)(day + 719468) + 3;
    uint32_t century = n / 146097;
    uint64_t p = UINT64_C(2939745) * (n % 146097 / 4 * 4 + 3);
    uint32_t year = 100 * century + (uint32_t)(p >> 32);
    uint32_t day_of_year =
        (uint32_t)p / 2939745 / 4; /* of a year that begins in March */
    uint32_t m = 2141 * day_of_year + 197913;
    bool next_year = day_of_year >= 306;
    year += next_year;
    put_two(at, year / 100);
    put_two(at + 2, year % 100);
    at[4] = at[7] = '-';
    put_two(at + 5, (m >> 16) - (next_year ? 12 : 0));
    put_two(at + 8, m % 65536 / 2141 + 1);
}

static void put_number(struct pen *p, int64_t n)
{
    char text[20];
    size_t i = sizeof text;
    if (n < 0) *p->at++ = '-';
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do
        text[--i] = (char)('0' + rest % 10);
    while (rest /= 10);
    memcpy(p->at, text + i, sizeof text - i);
    p->at += sizeof text - i;
}

/* As us_time_write does, in quotes. */
static void put_time(struct pen *p, int64_t at)
{
    int64_t day = us_day(at);
    if (day != p->day) {
        put_date(p->date, day);
        p->day = day;
    }
    int64_t rest = at - day * US_DAY_US;
    unsigned second = (unsigned)(rest / US_SECOND_US);
    unsigned micro = (unsigned)(rest % US_SECOND_US);
    char *c = p->at;
    c[0] = '"';
    memcpy(c + 1, p->date, sizeof p->date);
    c[11] = 'T';
    put_two(c + 12, second / 3600);
    c[14] = ':';
    put_two(c + 15, second / 60 % 60);
    c[17] = ':';
    put_two(c + 18, second % 60);
    c += 20;
    if (micro) {
        *c++ = '.';
        put_three(c, micro / 1000);
        c += 3;
        if (micro % 1000) {
            put_three(c, micro % 1000);
            c += 3;
        }
    }
    *c++ = 'Z';
    *c++ = '"';
    p->at = c;
}

static void put_word(struct pen *p, const char *word)
{
    size_t len = strlen(word);
    *p->at++ = '"';
    memcpy(p->at, word, len);
    p->at += len;
    *p->at++ = '"';
}

static void flush(struct pen *p, struct us_buf *out)
{
    us_buf_put(out, (us_str){p->text, (size_t)(p->at - p->text)});
    p->at = p->text;
}

/* Text of any length as JSON; short and plain, as nearly all is, in place. */
static void put_text(struct pen *p, struct us_buf *out, us_str text)
{
    bool plain = text.len <= SHORT_BYTES_MAX;
    for (size_t i = 0; plain && i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        plain = c >= 0x20 && c != '"' && c != '\\';
    }
    if (!plain) {
        flush(p, out);
        us_buf_json(out, text);
        return;
    }
    *p->at++ = '"';
    if (text.len) memcpy(p->at, text.ptr, text.len);
    p->at += text.len;
    *p->at++ = '"';
}

void us_head_write(struct us_buf *out, const struct us_head *h, us_str m)
{
    struct pen pen;
    pen.at = pen.text;
    pen.day = INT64_MIN;
    struct pen *p = &pen;
    PUT(p, "{\"us\":{\"seq\":");
    put_number(p, h->seq);
    if (h->received != US_NEVER) {
        PUT(p, ",\"received\":");
        put_time(p, h->received);
    }
    PUT(p, ",\"known\":");
    put_time(p, h->known);
    if (h->type != US_LINE_MESSAGE) {
        PUT(p, ",\"type\":");
        put_word(p, line_types[h->type]);
    }
    PUT(p, ",\"source\":");
    put_text(p, out, h->source);
    if (h->type == US_LINE_MESSAGE) {
        PUT(p, ",\"dialect\":");
        put_word(p, us_dialect_name(h->dialect));
    }
    if (h->sent != US_NEVER) {
        PUT(p, ",\"sentAt\":");
        put_time(p, h->sent);
    }
    if (h->id.len) {
        PUT(p, ",\"id\":");
        put_text(p, out, h->id);
    }
    if (h->context.len) {
        PUT(p, ",\"context\":");
        flush(p, out);
        us_buf_put(out, h->context);
    }
    PUT(p, "},\"m\":");
    flush(p, out);
    us_buf_put(out, m);
    us_buf_put(out, US_S("}\n"));
}

enum { NONE, SEQ, RECEIVED, KNOWN, TYPE, SOURCE, DIALECT, SENT, ID, CONTEXT, FIELDS };
_Static_assert(FIELDS + 1 == sizeof(((struct us_notes *)0)->head), "of each a note");

static uint32_t field_of(const char *key, size_t len)
{
    switch (len) {
    case 2: return US_IS(key, "id") ? ID : NONE;
    case 3: return US_IS(key, "seq") ? SEQ : NONE;
    case 4: return US_IS(key, "type") ? TYPE : NONE;
    case 5: return US_IS(key, "known") ? KNOWN : NONE;
    case 6: return US_IS(key, "source") ? SOURCE : US_IS(key, "sentAt") ? SENT : NONE;
    case 7:
        return US_IS(key, "dialect") ? DIALECT : US_IS(key, "context") ? CONTEXT : NONE;
    case 8: return US_IS(key, "received") ? RECEIVED : NONE;
    default: return NONE;
    }
}

static us_code bad_head(struct us_error *e, const char *field)
{
    return us_fail(
        e, US_INPUT, "event.bad_head", US_ARGS(US_TEXT("field", us_str_c(field))));
}

/* Which of count names the text is; count when none. */
static size_t name_of(us_str text, const char *const *names, size_t count)
{
    size_t i = 0;
    while (i < count && !us_str_eq(text, us_str_c(names[i])))
        i++;
    return i;
}

static bool time_at(const struct us_json_doc *doc, uint32_t node, int64_t *at)
{
    *at = US_NEVER;
    if (node == US_JSON_NONE) return true;
    bool string = doc->nodes[node].kind == US_JSON_STRING;
    return string && us_clock_text(us_node_span(doc, node), at);
}

static us_code words_read(const struct us_json_doc *doc, const uint32_t *at,
    struct us_head *h, struct us_arena *a, struct us_error *e)
{
    if (at[TYPE] != US_JSON_NONE) {
        us_str text = us_node_text(doc, at[TYPE], a);
        size_t type = name_of(text, line_types, US_LINE_TYPES);
        if (type == US_LINE_TYPES) return bad_head(e, "us.type");
        h->type = (us_line_type)type;
    }
    if (at[DIALECT] != US_JSON_NONE) {
        us_str text = us_node_text(doc, at[DIALECT], a);
        while (h->dialect < US_DIALECTS &&
               !us_str_eq(text, us_str_c(us_dialect_name(h->dialect))))
            h->dialect++;
        if (h->dialect == US_DIALECTS) return bad_head(e, "us.dialect");
    }
    if (at[SOURCE] != US_JSON_NONE) h->source = us_node_text(doc, at[SOURCE], a);
    if (at[ID] != US_JSON_NONE) h->id = us_node_text(doc, at[ID], a);
    if (at[CONTEXT] != US_JSON_NONE) h->context = us_json_raw(doc, at[CONTEXT]);
    return US_OK;
}

us_code us_head_read(const struct us_json_doc *doc, struct us_head *h, uint32_t *m,
    struct us_arena *a, struct us_error *e)
{
    *m = US_JSON_NONE;
    if (doc->nodes[0].kind != US_JSON_OBJECT) return bad_head(e, "us");
    uint32_t us = US_JSON_NONE;
    uint32_t message = US_JSON_NONE;
    for (uint32_t k = 1; k < doc->nodes[0].next; k = doc->nodes[k + 1].next) {
        us_str key = us_node_span(doc, k);
        if (us_str_eq(key, US_S("us"))) us = k + 1;
        if (us_str_eq(key, US_S("m"))) message = k + 1;
    }
    if (us_object_or_none(doc, us) == US_JSON_NONE) return bad_head(e, "us");
    if (message == US_JSON_NONE)
        return us_fail(e, US_NOT_FOUND, "event.no_message", NULL);

    uint32_t at[FIELDS] = {0};
    uint8_t *note = doc->notes ? us_notes_of(doc)->head : NULL;
    if (!us_fields_noted(note, us, at, FIELDS)) {
        us_fields_read(doc, us, a, field_of, at);
        us_fields_note(note, us, at, FIELDS);
    }
    struct us_head read = {
        .type = US_LINE_MESSAGE, .dialect = US_SEGMENT, .source = US_S("import")};
    bool seq =
        at[SEQ] != US_JSON_NONE && us_str_int(us_node_span(doc, at[SEQ]), &read.seq);
    if (!seq) return bad_head(e, "us.seq");
    if (!time_at(doc, at[KNOWN], &read.known) || read.known == US_NEVER)
        return bad_head(e, "us.known");
    if (!time_at(doc, at[RECEIVED], &read.received)) return bad_head(e, "us.received");
    if (!time_at(doc, at[SENT], &read.sent)) return bad_head(e, "us.sentAt");
    US_TRY(words_read(doc, at, &read, a, e));
    *h = read;
    *m = message;
    return US_OK;
}
