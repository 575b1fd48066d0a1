/* dialect.c: which client made an object, and how its batches look.
 *
 * Only the shape of PostHog's events is another one; between Segment, RudderStack and
 * Jitsu the reader is the same and the name is kept for people.
 */

#include "event/event.h"
#include "event/read.h"

#include <string.h>

static const char *const dialects[US_DIALECTS] = {
    [US_SEGMENT] = "segment",
    [US_RUDDERSTACK] = "rudderstack",
    [US_POSTHOG] = "posthog",
    [US_JITSU] = "jitsu",
};

const char *us_dialect_name(us_dialect d)
{
    return dialects[d];
}

enum {
    NONE,
    TYPE,
    BATCH,
    EVENT,
    USER,
    SENT,
    CHANNEL,
    CONTEXT,
    API_KEY,
    SENT_SNAKE,
    RUDDER,
    WRITE_KEY,
    CREATED,
    PROPERTIES,
    RECEIVED,
    DISTINCT,
    ORIGINAL,
    SECRET, /* any of us_message_secrets; the last one */
    FIELDS
};
_Static_assert(FIELDS + 1 == sizeof(((struct us_notes *)0)->body), "of each a note");

static uint32_t field_of(const char *key, size_t len)
{
    switch (len) {
    case 4: return US_IS(key, "type") ? TYPE : NONE;
    case 5:
        if (US_IS(key, "event")) return EVENT;
        return US_IS(key, "batch") ? BATCH : US_IS(key, "token") ? SECRET : NONE;
    case 7:
        if (US_IS(key, "context")) return CONTEXT;
        if (US_IS(key, "channel")) return CHANNEL;
        return US_IS(key, "sent_at")   ? SENT_SNAKE
               : US_IS(key, "api_key") ? API_KEY
                                       : NONE;
    case 8:
        if (US_IS(key, "writeKey")) return WRITE_KEY;
        return US_IS(key, "rudderId") ? RUDDER : US_IS(key, "writekey") ? SECRET : NONE;
    case 10:
        if (US_IS(key, "properties")) return PROPERTIES;
        if (US_IS(key, "auth_token")) return SECRET;
        return US_IS(key, "created_at")   ? CREATED
               : US_IS(key, "receivedAt") ? RECEIVED
                                          : NONE;
    case 11:
        return US_IS(key, "distinct_id")   ? DISTINCT
               : US_IS(key, "anonymousId") ? USER
                                           : NONE;
    case 17: return US_IS(key, "originalTimestamp") ? ORIGINAL : NONE;
    case 6:
        if (US_IS(key, "userId")) return USER;
        if (US_IS(key, "sentAt")) return SENT;
        return us_is_message_secret((us_str){key, len}) ? SECRET : NONE;
    case 9:
    case 12:
    case 13: return us_is_message_secret((us_str){key, len}) ? SECRET : NONE;
    default: return NONE;
    }
}

/* Keys are ours, so none has an escape and no arena is needed to compare them. */
static void marks_read(const struct us_json_doc *doc, uint32_t object, uint32_t *at)
{
    uint8_t *note = doc->notes ? us_notes_of(doc)->body : NULL;
    if (us_fields_noted(note, object, at, FIELDS)) return;
    uint32_t end = doc->nodes[object].next;
    for (uint32_t k = object + 1; k < end; k = doc->nodes[k + 1].next) {
        us_str key = us_node_span(doc, k);
        at[field_of(key.ptr, key.len)] = k + 1;
    }
    us_fields_note(note, object, at, FIELDS);
}

/* The last member of an object with this key, which has no escapes. */
static uint32_t member(const struct us_json_doc *doc, uint32_t object, us_str key)
{
    uint32_t found = US_JSON_NONE;
    uint32_t end = doc->nodes[object].next;
    for (uint32_t k = object + 1; k < end; k = doc->nodes[k + 1].next)
        if (us_str_eq(us_node_span(doc, k), key)) found = k + 1;
    return found;
}

static uint32_t library_name(const struct us_json_doc *doc, uint32_t context)
{
    uint32_t library = us_object_or_none(doc, member(doc, context, US_S("library")));
    return library == US_JSON_NONE ? member(doc, context, US_S("library.name"))
                                   : member(doc, library, US_S("name"));
}

/* The name its library gives itself; letters of another case would be another one. */
static us_str library_of(const struct us_json_doc *doc, uint32_t context)
{
    uint32_t name = US_JSON_NONE;
    uint8_t *note = doc->notes ? us_notes_of(doc)->library : NULL;
    if (!us_fields_noted(note, context, &name, 1)) {
        name = library_name(doc, context);
        us_fields_note(note, context, &name, 1);
    }
    return name == US_JSON_NONE ? (us_str){0} : us_node_span(doc, name);
}

/* What the name of a library tells. Most have none of the letters it takes. */
static us_dialect dialect_of_library(us_str name)
{
    bool some = name.len &&
                (memchr(name.ptr, 'j', name.len) || memchr(name.ptr, 'r', name.len) ||
                    memchr(name.ptr, 'R', name.len));
    if (!some) return US_SEGMENT;
    for (size_t i = 0; i + 5 <= name.len; i++) {
        const char *c = name.ptr + i;
        if (*c == 'j' && US_IS(c, "jitsu")) return US_JITSU;
        if (*c != 'r' && *c != 'R') continue;
        if (i + 6 <= name.len && US_IS(c, "rudder")) return US_RUDDERSTACK;
        if (i + 10 <= name.len && US_IS(c, "RudderLabs")) return US_RUDDERSTACK;
    }
    return US_SEGMENT;
}

static us_dialect dialect_of_one(const struct us_json_doc *doc, const uint32_t *at)
{
    bool segment_ids = at[USER] != US_JSON_NONE || at[TYPE] != US_JSON_NONE;
    if (at[DISTINCT] != US_JSON_NONE && at[USER] == US_JSON_NONE) return US_POSTHOG;
    if (!segment_ids && at[EVENT] != US_JSON_NONE) {
        uint32_t inner = us_object_or_none(doc, at[PROPERTIES]);
        if (at[API_KEY] != US_JSON_NONE) return US_POSTHOG;
        if (inner && us_json_get(doc, inner, US_S("distinct_id"))) return US_POSTHOG;
    }
    if (at[RUDDER] != US_JSON_NONE) return US_RUDDERSTACK;
    if (at[WRITE_KEY] != US_JSON_NONE &&
        us_str_has_suffix(us_node_span(doc, at[WRITE_KEY]), US_S(":***")))
        return US_JITSU;
    uint32_t context = us_object_or_none(doc, at[CONTEXT]);
    if (context != US_JSON_NONE) {
        us_dialect told = dialect_of_library(library_of(doc, context));
        if (told != US_SEGMENT) return told;
    }
    bool rudder = at[ORIGINAL] != US_JSON_NONE && at[CHANNEL] != US_JSON_NONE &&
                  at[RECEIVED] == US_JSON_NONE;
    return rudder ? US_RUDDERSTACK : US_SEGMENT;
}

/* An event may carry a property of this name at its top, but then it has a type. */
static bool is_batch(const struct us_json_doc *doc, const uint32_t *at)
{
    return at[BATCH] != US_JSON_NONE && at[TYPE] == US_JSON_NONE &&
           doc->nodes[at[BATCH]].kind == US_JSON_ARRAY;
}

static us_dialect dialect_of_batch(const struct us_json_doc *doc, const uint32_t *at)
{
    if (at[API_KEY] != US_JSON_NONE) return US_POSTHOG;
    uint32_t first = at[BATCH] + 1;
    if (first == doc->nodes[at[BATCH]].next || doc->nodes[first].kind != US_JSON_OBJECT)
        return at[CREATED] != US_JSON_NONE ? US_POSTHOG : US_SEGMENT;
    uint32_t of_first[FIELDS] = {0};
    marks_read(doc, first, of_first);
    return dialect_of_one(doc, of_first);
}

us_dialect us_dialect_of(const struct us_json_doc *doc, uint32_t node)
{
    struct us_head head = {0};
    bool secret;
    us_body_read(doc, node, &head, &secret);
    return head.dialect;
}

uint32_t us_body_read(
    const struct us_json_doc *doc, uint32_t node, struct us_head *head, bool *secret)
{
    *secret = false;
    head->dialect = US_SEGMENT;
    head->sent = US_NEVER;
    head->context = (us_str){0};
    if (doc->nodes[node].kind != US_JSON_OBJECT) return US_JSON_NONE;
    uint32_t at[FIELDS] = {0};
    marks_read(doc, node, at);
    *secret = at[SECRET] || at[WRITE_KEY] || at[API_KEY];
    if (!is_batch(doc, at)) {
        head->dialect = dialect_of_one(doc, at);
        return US_JSON_NONE;
    }
    head->dialect = dialect_of_batch(doc, at);
    uint32_t when = at[SENT] != US_JSON_NONE ? at[SENT] : at[SENT_SNAKE];
    if (when == US_JSON_NONE && head->dialect == US_POSTHOG) when = at[CREATED];
    /* An unreadable time corrects nothing; the messages' own times stand. */
    if (us_clock_read(doc, when, "sentAt", &head->sent, NULL) != US_OK)
        head->sent = US_NEVER;
    uint32_t own = us_object_or_none(doc, at[CONTEXT]);
    if (own != US_JSON_NONE) head->context = us_json_raw(doc, own);
    return at[BATCH];
}
