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
    FIELDS
};

static uint32_t field_of(const char *key, size_t len)
{
    switch (len) {
    case 4: return US_IS(key, "type") ? TYPE : NONE;
    case 5: return US_IS(key, "batch") ? BATCH : US_IS(key, "event") ? EVENT : NONE;
    case 6: return US_IS(key, "userId") ? USER : US_IS(key, "sentAt") ? SENT : NONE;
    case 7:
        if (US_IS(key, "context")) return CONTEXT;
        if (US_IS(key, "channel")) return CHANNEL;
        return US_IS(key, "sent_at")   ? SENT_SNAKE
               : US_IS(key, "api_key") ? API_KEY
                                       : NONE;
    case 8:
        return US_IS(key, "rudderId")   ? RUDDER
               : US_IS(key, "writeKey") ? WRITE_KEY
                                        : NONE;
    case 10:
        if (US_IS(key, "properties")) return PROPERTIES;
        return US_IS(key, "created_at")   ? CREATED
               : US_IS(key, "receivedAt") ? RECEIVED
                                          : NONE;
    case 11:
        return US_IS(key, "distinct_id")   ? DISTINCT
               : US_IS(key, "anonymousId") ? USER
                                           : NONE;
    case 17: return US_IS(key, "originalTimestamp") ? ORIGINAL : NONE;
    default: return NONE;
    }
}

/* Keys are ours, so none has an escape and no arena is needed to compare them. */
static void marks_read(const struct us_json_doc *doc, uint32_t object, uint32_t *at)
{
    uint32_t end = doc->nodes[object].next;
    for (uint32_t k = object + 1; k < end; k = doc->nodes[k + 1].next) {
        us_str key = us_node_span(doc, k);
        at[field_of(key.ptr, key.len)] = k + 1;
    }
}

/* The name its library gives itself; letters of another case would be another one. */
static us_str library_of(const struct us_json_doc *doc, uint32_t context)
{
    uint32_t name = us_json_path(doc, context, US_S("library.name"));
    return name == US_JSON_NONE ? (us_str){0} : us_node_span(doc, name);
}

static bool holds(us_str text, us_str part)
{
    return us_str_find(text, part) < text.len;
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
        us_str library = library_of(doc, context);
        if (holds(library, US_S("jitsu"))) return US_JITSU;
        if (holds(library, US_S("rudder")) || holds(library, US_S("RudderLabs")))
            return US_RUDDERSTACK;
    }
    bool rudder = at[ORIGINAL] != US_JSON_NONE && at[CHANNEL] != US_JSON_NONE &&
                  at[RECEIVED] == US_JSON_NONE;
    return rudder ? US_RUDDERSTACK : US_SEGMENT;
}

us_dialect us_dialect_of(const struct us_json_doc *doc, uint32_t node)
{
    if (doc->nodes[node].kind != US_JSON_OBJECT) return US_SEGMENT;
    uint32_t at[FIELDS] = {0};
    marks_read(doc, node, at);
    bool batch = at[BATCH] != US_JSON_NONE && at[TYPE] == US_JSON_NONE &&
                 doc->nodes[at[BATCH]].kind == US_JSON_ARRAY;
    if (!batch) return dialect_of_one(doc, at);
    if (at[API_KEY] != US_JSON_NONE) return US_POSTHOG;
    uint32_t first = at[BATCH] + 1;
    if (first == doc->nodes[at[BATCH]].next || doc->nodes[first].kind != US_JSON_OBJECT)
        return at[CREATED] != US_JSON_NONE ? US_POSTHOG : US_SEGMENT;
    memset(at, 0, sizeof at);
    marks_read(doc, first, at);
    return dialect_of_one(doc, at);
}

uint32_t us_batch_of(const struct us_json_doc *doc, uint32_t node, us_dialect dialect,
    int64_t *sent, us_str *context)
{
    *sent = US_NEVER;
    *context = (us_str){0};
    if (doc->nodes[node].kind != US_JSON_OBJECT) return US_JSON_NONE;
    uint32_t at[FIELDS] = {0};
    marks_read(doc, node, at);
    /* An event may carry a property of this name at its top, but then it has a type. */
    bool batch = at[BATCH] != US_JSON_NONE && at[TYPE] == US_JSON_NONE &&
                 doc->nodes[at[BATCH]].kind == US_JSON_ARRAY;
    if (!batch) return US_JSON_NONE;
    uint32_t when = at[SENT] != US_JSON_NONE ? at[SENT] : at[SENT_SNAKE];
    if (when == US_JSON_NONE && dialect == US_POSTHOG) when = at[CREATED];
    /* An unreadable time corrects nothing; the messages' own times stand. */
    if (us_clock_read(doc, when, "sentAt", sent, NULL) != US_OK) *sent = US_NEVER;
    uint32_t own = us_object_or_none(doc, at[CONTEXT]);
    if (own != US_JSON_NONE) *context = us_json_raw(doc, own);
    return at[BATCH];
}
