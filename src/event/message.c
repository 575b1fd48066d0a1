/* message.c: one message of the Segment spec, as Segment, RudderStack and Jitsu send
 * it.
 *
 * This runs once for every line of every import and of every load: one pass over the
 * object's members and one over its context's, no look-up by name.
 */

#include "event/event.h"
#include "event/read.h"

#include <string.h>

enum {
    NONE,
    TYPE,
    NAME,
    EVENT,
    USER,
    TRAITS,
    SENT,
    GROUP,
    CONTEXT,
    RECEIVED,
    MESSAGE,
    TIMESTAMP,
    PREVIOUS,
    PROPERTIES,
    ANONYMOUS,
    ORIGINAL,
    FIELDS
};

static uint32_t field_of(const char *key, size_t len)
{
    switch (len) {
    case 4: return US_IS(key, "type") ? TYPE : US_IS(key, "name") ? NAME : NONE;
    case 5: return US_IS(key, "event") ? EVENT : NONE;
    case 6:
        if (US_IS(key, "userId")) return USER;
        return US_IS(key, "traits") ? TRAITS : US_IS(key, "sentAt") ? SENT : NONE;
    case 7:
        return US_IS(key, "context") ? CONTEXT : US_IS(key, "groupId") ? GROUP : NONE;
    case 8: return US_IS(key, "received") ? RECEIVED : NONE;
    case 9:
        return US_IS(key, "messageId")   ? MESSAGE
               : US_IS(key, "timestamp") ? TIMESTAMP
                                         : NONE;
    case 10:
        if (US_IS(key, "properties")) return PROPERTIES;
        return US_IS(key, "previousId")   ? PREVIOUS
               : US_IS(key, "receivedAt") ? RECEIVED
                                          : NONE;
    case 11: return US_IS(key, "anonymousId") ? ANONYMOUS : NONE;
    case 17: return US_IS(key, "originalTimestamp") ? ORIGINAL : NONE;
    default: return NONE;
    }
}

enum { CONTEXT_GROUP = 1, CONTEXT_TRAITS, CONTEXT_FIELDS };
_Static_assert(FIELDS + 1 == sizeof(((struct us_notes *)0)->message) &&
                   CONTEXT_FIELDS + 1 == sizeof(((struct us_notes *)0)->context),
    "of each a note");

static uint32_t context_field_of(const char *key, size_t len)
{
    if (len == 7) return US_IS(key, "groupId") ? CONTEXT_GROUP : NONE;
    if (len == 6) return US_IS(key, "traits") ? CONTEXT_TRAITS : NONE;
    return NONE;
}

/* The calls of the spec. Screen and page are tracks with a fixed name. */
static const struct {
    us_str name;
    us_call call;
    us_str event;
} types[] = {
    {US_S_INIT("track"), US_TRACK, {0}},
    {US_S_INIT("page"), US_TRACK, US_S_INIT("Page Viewed")},
    {US_S_INIT("identify"), US_IDENTIFY, {0}},
    {US_S_INIT("group"), US_GROUP, {0}},
    {US_S_INIT("screen"), US_TRACK, US_S_INIT("Screen Viewed")},
    {US_S_INIT("alias"), US_ALIAS, {0}},
};
enum { TYPES = sizeof types / sizeof types[0] };

static us_code bad_type(struct us_reading *r, us_str type)
{
    size_t nearest = 0;
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < TYPES; i++) {
        size_t distance = us_str_distance(type, types[i].name);
        if (distance >= least) continue;
        least = distance;
        nearest = i;
    }
    return us_fail(r->e, US_INPUT, "event.bad_type",
        US_ARGS(US_TEXT("type", us_str_clip(type, US_NAME_BYTES_MAX)),
            US_TEXT("nearest", types[nearest].name)));
}

static us_code type_read(struct us_reading *r, const uint32_t *at, size_t *type)
{
    *type = 0;
    if (at[TYPE] == US_JSON_NONE) {
        if (at[EVENT] != US_JSON_NONE) return US_OK;
        return us_fail(r->e, US_INPUT, "event.no_type", NULL);
    }
    bool string = r->doc->nodes[at[TYPE]].kind == US_JSON_STRING;
    us_str text = string ? us_node_text(r->doc, at[TYPE], r->arena)
                         : us_node_span(r->doc, at[TYPE]);
    for (; *type < TYPES && string; ++*type)
        if (us_str_eq(types[*type].name, text)) return US_OK;
    return bad_type(r, text);
}

us_code us_name_read(struct us_reading *r, uint32_t node)
{
    us_str name = {0};
    if (node != US_JSON_NONE) name = us_node_text(r->doc, node, r->arena);
    bool blank = name.len == 0 || (name.ptr[0] <= ' ' && us_str_trim(name).len == 0);
    if (blank) return us_fail(r->e, US_INPUT, "event.no_name", NULL);
    if (name.len > US_NAME_BYTES_MAX)
        return us_fail(r->e, US_INPUT, "event.name_too_long",
            US_ARGS(US_TEXT("start", us_str_clip(name, 64)),
                US_WHOLE("bytes", name.len), US_WHOLE("limit", US_NAME_BYTES_MAX)));
    r->m.event = name;
    return US_OK;
}

/* Whether one of the blocked words begins with it. */
static bool may_be_blocked(char first)
{
    switch (first | 0x20) {
    case 'n':
    case 'u':
    case 'a':
    case 't':
    case 'f':
    case 'g':
    case '-':
    case '[' | 0x20: return true;
    default: return false;
    }
}

/* What careless clients put where an id should be. One of them as an id would make one
 * person, or one account, of all that forgot theirs. */
bool us_id_is_blocked(us_str id)
{
    static const us_str blocked[] = {US_S_INIT("null"), US_S_INIT("undefined"),
        US_S_INIT("anonymous"), US_S_INIT("nan"), US_S_INIT("none"), US_S_INIT("n/a"),
        US_S_INIT("nil"), US_S_INIT("true"), US_S_INIT("false"), US_S_INIT("guest"),
        US_S_INIT("unknown"), US_S_INIT("-1"), US_S_INIT("[object object]")};
    if (id.len == 0) return true;
    char first = id.ptr[0];
    if (first <= ' ' && us_str_trim(id).len == 0) return true;
    if (first == '0' || first == '-') {
        size_t i = 0;
        while (i < id.len && (id.ptr[i] == '0' || id.ptr[i] == '-'))
            i++;
        if (i == id.len) return true;
    }
    /* Almost every id is told apart by its length or its first letter. */
    if (id.len > sizeof "[object object]" - 1) return false;
    if (!may_be_blocked(first)) return false;
    for (size_t i = 0; i < sizeof blocked / sizeof blocked[0]; i++)
        if (blocked[i].len == id.len && us_str_eq_nocase(id, blocked[i])) return true;
    return false;
}

us_code us_id_text(struct us_reading *r, uint32_t node, const char *field, us_str *out)
{
    if (node == US_JSON_NONE) return US_OK;
    us_str id = {0};
    if (r->doc->nodes[node].kind == US_JSON_STRING)
        id = us_node_text(r->doc, node, r->arena);
    else if (r->doc->nodes[node].kind == US_JSON_NUMBER)
        id = us_node_span(r->doc, node);
    if (id.len > US_ID_BYTES_MAX)
        return us_fail(r->e, US_INPUT, "event.id_too_long",
            US_ARGS(US_TEXT("field", us_str_c(field)), US_WHOLE("bytes", id.len),
                US_WHOLE("limit", US_ID_BYTES_MAX)));
    *out = id;
    return US_OK;
}

us_code us_id_read(struct us_reading *r, uint32_t node, const char *field, us_str *out)
{
    us_str id = {0};
    US_TRY(us_id_text(r, node, field, &id));
    if (!us_id_is_blocked(id))
        *out = id;
    else if (id.len)
        r->blocked = id;
    return US_OK;
}

us_code us_id_missing(struct us_reading *r, const char *key)
{
    if (r->blocked.len == 0) return us_fail(r->e, US_INPUT, key, NULL);
    us_str id = us_str_clip(r->blocked, 64);
    return us_fail(r->e, US_INPUT, "event.blocked_id", US_ARGS(US_TEXT("id", id)));
}

/* The value of key in the raw text of an object that was once parsed: a batch's own
 * context, which has no nodes here. Empty when absent. */
static us_str raw_member(us_str object, us_str key)
{
    int depth = 0;
    bool string = false;
    us_str found = {0};
    for (size_t i = 0; i < object.len; i++) {
        char c = object.ptr[i];
        if (string) {
            i += c == '\\';
            string = c != '"';
        } else if (c == '"') {
            string = true;
            us_str rest = us_str_slice(object, i + 1, object.len);
            bool is = depth == 1 && us_str_has_prefix(rest, key) &&
                      rest.len > key.len && rest.ptr[key.len] == '"';
            if (!is) continue;
            us_str value = us_str_trim(us_str_slice(rest, key.len + 1, rest.len));
            if (value.len && value.ptr[0] == ':')
                found = us_str_trim(us_str_slice(value, 1, value.len));
        } else {
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        }
    }
    return found;
}

static bool in_number(char c)
{
    return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' || c == 'e' ||
           c == 'E';
}

/* context.groupId of a batch stands for each of its messages that has none. */
static us_code batch_group_read(struct us_reading *r)
{
    us_str raw = raw_member(r->head->context, US_S("groupId"));
    us_json_node node = {.kind = US_JSON_NUMBER};
    if (raw.len && raw.ptr[0] == '"') {
        node.kind = US_JSON_STRING;
        node.from = 1;
        for (node.to = 1; node.to < raw.len && raw.ptr[node.to] != '"'; node.to++) {
            if (raw.ptr[node.to] != '\\') continue;
            node.escaped = true;
            node.to++;
        }
    } else {
        while (node.to < raw.len && in_number(raw.ptr[node.to]))
            node.to++;
    }
    us_json_node nodes[2] = {[1] = node};
    struct us_json_doc doc = {.text = raw, .nodes = nodes, .count = 2};
    struct us_reading inner = *r;
    inner.doc = &doc;
    us_str group = {0};
    US_TRY(us_id_read(&inner, 1, "context.groupId", &group));
    r->m.group = group;
    return US_OK;
}

/* context.groupId names the account of any call but group. Jitsu keeps the group of its
 * last group call and puts it beside the userId of whatever follows. */
static us_code context_group_read(
    struct us_reading *r, uint32_t node, uint32_t beside_user)
{
    US_TRY(us_id_read(r, node, "context.groupId", &r->m.group));
    if (node == US_JSON_NONE && r->head->dialect == US_JITSU &&
        beside_user != US_JSON_NONE)
        return us_id_read(r, beside_user, "groupId", &r->m.group);
    if (node == US_JSON_NONE && r->head->context.len) return batch_group_read(r);
    return US_OK;
}

/* The ids, whatever must be there last, so that `blocked` is about it. */
static us_code ids_read(
    struct us_reading *r, const uint32_t *at, uint32_t context_group)
{
    struct us_message *m = &r->m;
    US_TRY(us_id_text(r, at[MESSAGE], "messageId", &m->id));
    if (m->call != US_GROUP) US_TRY(context_group_read(r, context_group, at[GROUP]));
    r->blocked = (us_str){0};
    US_TRY(us_id_read(r, at[USER], "userId", &m->user));
    US_TRY(us_id_read(r, at[ANONYMOUS], "anonymousId", &m->anonymous));
    if (m->call == US_TRACK || m->call == US_IDENTIFY) {
        bool somebody = m->user.len || m->anonymous.len;
        return somebody ? US_OK : us_id_missing(r, "event.no_person");
    }
    r->blocked = (us_str){0};
    if (m->call == US_GROUP) {
        US_TRY(us_id_read(r, at[GROUP], "groupId", &m->group));
        return m->group.len ? US_OK : us_id_missing(r, "event.no_group");
    }
    US_TRY(us_id_read(r, at[PREVIOUS], "previousId", &m->previous));
    return m->previous.len ? US_OK : us_id_missing(r, "event.no_previous");
}

static us_code times_read(struct us_reading *r, const uint32_t *at)
{
    const struct us_json_doc *doc = r->doc;
    struct us_clock *c = &r->clock;
    US_TRY(us_clock_read(doc, at[TIMESTAMP], "timestamp", &c->timestamp, r->e));
    US_TRY(us_clock_read(doc, at[ORIGINAL], "originalTimestamp", &c->original, r->e));
    US_TRY(us_clock_read(doc, at[SENT], "sentAt", &c->sent, r->e));
    if (c->received != US_NEVER)
        return US_OK; /* ours: a client's word for it is none */
    return us_clock_read(doc, at[RECEIVED], "receivedAt", &c->received, r->e);
}

/* Where the members are, and those of the context. */
static void members_read(struct us_reading *r, uint32_t *at, uint32_t *context)
{
    struct us_notes *notes = us_notes_of(r->doc);
    bool noted = notes && us_fields_noted(notes->message, r->node, at, FIELDS) &&
                 us_fields_noted(notes->context, r->node, context, CONTEXT_FIELDS);
    if (noted) return;
    us_fields_read(r->doc, r->node, r->arena, field_of, at);
    uint32_t node = us_object_or_none(r->doc, at[CONTEXT]);
    if (node != US_JSON_NONE)
        us_fields_read(r->doc, node, r->arena, context_field_of, context);
    if (!notes) return;
    us_fields_note(notes->message, r->node, at, FIELDS);
    us_fields_note(notes->context, r->node, context, CONTEXT_FIELDS);
}

static us_code segment_read(struct us_reading *r)
{
    uint32_t at[FIELDS] = {0};
    uint32_t context[CONTEXT_FIELDS] = {0};
    members_read(r, at, context);

    size_t type = 0;
    US_TRY(type_read(r, at, &type));
    r->m.call = types[type].call;
    r->m.event = types[type].event;
    if (r->m.call == US_TRACK) {
        if (r->m.event.len == 0) {
            US_TRY(us_name_read(r, at[EVENT]));
        } else if (at[NAME] != US_JSON_NONE) {
            r->m.page_name = us_node_text(r->doc, at[NAME], r->arena);
        }
        r->m.properties = us_object_or_none(r->doc, at[PROPERTIES]);
    } else if (r->m.call != US_ALIAS) {
        r->m.traits = us_object_or_none(r->doc, at[TRAITS]);
        bool elsewhere = r->m.call == US_IDENTIFY && r->m.traits == US_JSON_NONE;
        if (elsewhere) r->m.traits = us_object_or_none(r->doc, context[CONTEXT_TRAITS]);
    }
    US_TRY(times_read(r, at));
    return ids_read(r, at, context[CONTEXT_GROUP]);
}

/* Semantics 1: known, and at never after it. */
static us_code times_settle(struct us_reading *r, int64_t now)
{
    const struct us_head *h = r->head;
    struct us_message *m = &r->m;
    m->at = us_clock_correct(&r->clock);
    if (m->at == US_NEVER) m->at = h->known != US_NEVER ? h->known : now;
    if (m->at == US_NEVER) return us_fail(r->e, US_INPUT, "event.no_time", NULL);
    if (m->at < US_TIME_MIN || m->at >= US_TIME_MAX)
        return us_fail(r->e, US_INPUT, "event.bad_clock",
            US_ARGS(US_TIME("sent", r->clock.sent),
                US_TIME("received", r->clock.received)));
    m->known = h->known;
    if (m->known == US_NEVER) m->known = r->clock.received;
    if (m->known == US_NEVER) m->known = m->at;
    if (m->at <= m->known) return US_OK;
    m->skewed = m->at - m->known > US_SKEW_FLAG_US;
    m->at = m->known;
    return US_OK;
}

/* NOLINTNEXTLINE(readability-function-size): its seven parameters are event.h's. */
us_code us_message_read(const struct us_json_doc *doc, uint32_t node,
    const struct us_head *head, int64_t now, struct us_arena *a, struct us_message *out,
    struct us_error *e)
{
    const us_json_node *n = &doc->nodes[node];
    if (n->kind != US_JSON_OBJECT)
        return us_fail(e, US_INPUT, "event.not_object", NULL);
    if (n->to - n->from > US_MESSAGE_BYTES_MAX)
        return us_fail(e, US_INPUT, "event.too_large",
            US_ARGS(US_WHOLE("bytes", n->to - n->from),
                US_WHOLE("limit", US_MESSAGE_BYTES_MAX)));
    struct us_reading r = {.doc = doc, .node = node, .head = head, .arena = a, .e = e};
    r.clock = (struct us_clock){US_NEVER, US_NEVER, head->sent, head->received};
    US_TRY(head->dialect == US_POSTHOG ? us_posthog_read(&r) : segment_read(&r));
    US_TRY(times_settle(&r, now));
    *out = r.m;
    return US_OK;
}
