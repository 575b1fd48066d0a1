/* posthog.c: PostHog's events as messages.
 *
 * Everything is an event with a distinct_id; events whose name begins with $ are calls:
 *
 *   $identify       identify; properties.$anon_distinct_id is the anonymous past
 *   $set            identify, traits only
 *   $groupidentify  group: $group_type, $group_key, $group_set. Its distinct_id is no
 *                   person when the client makes it up ("$company_acct")
 *   $create_alias   alias: properties.alias becomes distinct_id
 *   $pageview       "Page Viewed"; $screen: "Screen Viewed"
 *
 * A distinct_id is anonymous when the event says so ($process_person_profile or
 * $is_identified false) or it is the device's own id. Of several $groups the one that
 * is most likely the account counts; the browser's distinct_id is inside properties.
 */

#include "event/read.h"

#include <string.h>

enum {
    NONE,
    UUID,
    EVENT,
    DISTINCT,
    PROPERTIES,
    TIMESTAMP,
    SENT,
    SET,
    SET_ONCE,
    FIELDS
};

static uint32_t field_of(const char *key, size_t len)
{
    switch (len) {
    case 4: return US_IS(key, "uuid") ? UUID : US_IS(key, "$set") ? SET : NONE;
    case 5: return US_IS(key, "event") ? EVENT : NONE;
    case 7: return US_IS(key, "sent_at") ? SENT : NONE;
    case 9:
        return US_IS(key, "timestamp")   ? TIMESTAMP
               : US_IS(key, "$set_once") ? SET_ONCE
                                         : NONE;
    case 10: return US_IS(key, "properties") ? PROPERTIES : NONE;
    case 11: return US_IS(key, "distinct_id") ? DISTINCT : NONE;
    default: return NONE;
    }
}

enum {
    P_DISTINCT = 1,
    P_DEVICE,
    P_ANON_DISTINCT,
    P_ALIAS,
    P_GROUPS,
    P_GROUP_TYPE,
    P_GROUP_KEY,
    P_GROUP_SET,
    P_SET,
    P_SET_ONCE,
    P_INSERT,
    P_PROFILE,
    P_IDENTIFIED,
    P_NAME,
    P_TITLE,
    P_PATH,
    P_SCREEN,
    P_FIELDS
};

static const struct {
    us_str key;
    uint32_t field;
} properties[] = {
    {US_S_INIT("distinct_id"), P_DISTINCT},
    {US_S_INIT("alias"), P_ALIAS},
    {US_S_INIT("name"), P_NAME},
    {US_S_INIT("title"), P_TITLE},
    {US_S_INIT("$title"), P_TITLE},
    {US_S_INIT("$device_id"), P_DEVICE},
    {US_S_INIT("$anon_distinct_id"), P_ANON_DISTINCT},
    {US_S_INIT("$groups"), P_GROUPS},
    {US_S_INIT("$group_type"), P_GROUP_TYPE},
    {US_S_INIT("$group_key"), P_GROUP_KEY},
    {US_S_INIT("$group_set"), P_GROUP_SET},
    {US_S_INIT("$set"), P_SET},
    {US_S_INIT("$set_once"), P_SET_ONCE},
    {US_S_INIT("$insert_id"), P_INSERT},
    {US_S_INIT("$process_person_profile"), P_PROFILE},
    {US_S_INIT("$is_identified"), P_IDENTIFIED},
    {US_S_INIT("$pathname"), P_PATH},
    {US_S_INIT("$screen_name"), P_SCREEN},
};

static uint32_t property_of(const char *key, size_t len)
{
    if (len == 0 || (key[0] != '$' && len > sizeof "distinct_id" - 1)) return NONE;
    for (size_t i = 0; i < sizeof properties / sizeof properties[0]; i++)
        if (us_str_eq(properties[i].key, (us_str){key, len}))
            return properties[i].field;
    return NONE;
}

static bool is_false(const struct us_json_doc *doc, uint32_t node)
{
    return node != US_JSON_NONE && doc->nodes[node].kind == US_JSON_FALSE;
}

static us_str text_at(const struct us_reading *r, uint32_t node)
{
    return node == US_JSON_NONE ? (us_str){0} : us_node_text(r->doc, node, r->arena);
}

static uint32_t first_object(
    const struct us_json_doc *doc, const uint32_t *nodes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (us_object_or_none(doc, nodes[i]) != US_JSON_NONE) return nodes[i];
    return US_JSON_NONE;
}

/* The group of the type that most likely is the account, else the first. */
static uint32_t best_group(const struct us_reading *r, uint32_t groups)
{
    static const us_str types[] = {US_S_INIT("company"), US_S_INIT("account"),
        US_S_INIT("organization"), US_S_INIT("workspace"), US_S_INIT("team"),
        US_S_INIT("project")};
    if (us_object_or_none(r->doc, groups) == US_JSON_NONE) return US_JSON_NONE;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        uint32_t node = us_json_get(r->doc, groups, types[i]);
        if (node != US_JSON_NONE) return node;
    }
    bool some = r->doc->nodes[groups].next > groups + 1;
    return some ? groups + 2 : (uint32_t)US_JSON_NONE;
}

static void call_read(struct us_reading *r, const uint32_t *at, const uint32_t *in)
{
    static const struct {
        us_str event;
        us_call call;
        us_str name;
    } calls[] = {
        {US_S_INIT("$identify"), US_IDENTIFY, {0}},
        {US_S_INIT("$set"), US_IDENTIFY, {0}},
        {US_S_INIT("$groupidentify"), US_GROUP, {0}},
        {US_S_INIT("$create_alias"), US_ALIAS, {0}},
        {US_S_INIT("$pageview"), US_TRACK, US_S_INIT("Page Viewed")},
        {US_S_INIT("$screen"), US_TRACK, US_S_INIT("Screen Viewed")},
    };
    struct us_message *m = &r->m;
    bool named = false;
    for (size_t i = 0; m->event.ptr[0] == '$' && i < sizeof calls / sizeof calls[0];
         i++) {
        if (!us_str_eq(m->event, calls[i].event)) continue;
        m->call = calls[i].call;
        m->event = calls[i].name;
        named = m->event.len > 0;
        break;
    }
    if (named) {
        const uint32_t names[] = {in[P_NAME], in[P_SCREEN], in[P_TITLE], in[P_PATH]};
        for (size_t i = 0; i < sizeof names / sizeof names[0] && !m->page_name.len; i++)
            m->page_name = text_at(r, names[i]);
    }
    const uint32_t sets[] = {at[SET], in[P_SET], at[SET_ONCE], in[P_SET_ONCE]};
    if (m->call == US_TRACK) m->properties = us_object_or_none(r->doc, at[PROPERTIES]);
    if (m->call == US_IDENTIFY) m->traits = first_object(r->doc, sets, 4);
    if (m->call == US_GROUP) m->traits = us_object_or_none(r->doc, in[P_GROUP_SET]);
}

/* The distinct_id that a client makes up for a group that nobody identified. */
static bool is_made_up(const struct us_reading *r, const uint32_t *in, us_str distinct)
{
    us_str type = text_at(r, in[P_GROUP_TYPE]);
    us_str key = r->m.group;
    return distinct.len == type.len + key.len + 2 && distinct.ptr[0] == '$' &&
           us_str_eq(us_str_slice(distinct, 1, 1 + type.len), type) &&
           distinct.ptr[1 + type.len] == '_' && us_str_has_suffix(distinct, key);
}

static us_code people_read(struct us_reading *r, const uint32_t *at, const uint32_t *in)
{
    struct us_message *m = &r->m;
    uint32_t node = at[DISTINCT] != US_JSON_NONE ? at[DISTINCT] : in[P_DISTINCT];
    us_str distinct = {0};
    us_str device = {0};
    r->blocked = (us_str){0};
    US_TRY(us_id_read(r, node, "distinct_id", &distinct));
    if (m->call == US_GROUP) {
        if (is_made_up(r, in, distinct)) distinct = (us_str){0};
    } else if (distinct.len == 0) {
        return us_id_missing(r, "event.no_person");
    }
    US_TRY(us_id_text(r, in[P_DEVICE], "$device_id", &device));
    bool anonymous = is_false(r->doc, in[P_PROFILE]) ||
                     is_false(r->doc, in[P_IDENTIFIED]) ||
                     (distinct.len && us_str_eq(device, distinct));
    if (m->call == US_ALIAS || !anonymous)
        m->user = distinct;
    else
        m->anonymous = distinct;
    if (m->call == US_IDENTIFY && m->user.len)
        US_TRY(us_id_read(r, in[P_ANON_DISTINCT], "$anon_distinct_id", &m->anonymous));
    return US_OK;
}

us_code us_posthog_read(struct us_reading *r)
{
    const struct us_json_doc *doc = r->doc;
    struct us_message *m = &r->m;
    uint32_t at[FIELDS] = {0};
    uint32_t in[P_FIELDS] = {0};
    us_fields_read(doc, r->node, r->arena, field_of, at);
    uint32_t inner = us_object_or_none(doc, at[PROPERTIES]);
    if (inner != US_JSON_NONE) us_fields_read(doc, inner, r->arena, property_of, in);

    US_TRY(us_name_read(r, at[EVENT]));
    call_read(r, at, in);
    struct us_clock *c = &r->clock;
    US_TRY(us_clock_read(doc, at[TIMESTAMP], "timestamp", &c->timestamp, r->e));
    US_TRY(us_clock_read(doc, at[SENT], "sent_at", &c->sent, r->e));
    US_TRY(us_id_text(r, at[UUID] ? at[UUID] : in[P_INSERT], "uuid", &m->id));

    bool group_call = m->call == US_GROUP;
    uint32_t group = group_call ? in[P_GROUP_KEY] : best_group(r, in[P_GROUPS]);
    US_TRY(us_id_read(r, group, group_call ? "$group_key" : "$groups", &m->group));
    if (group_call && m->group.len == 0) return us_id_missing(r, "event.no_group");
    US_TRY(people_read(r, at, in));
    if (m->call != US_ALIAS) return US_OK;
    r->blocked = (us_str){0};
    US_TRY(us_id_read(r, in[P_ALIAS], "alias", &m->previous));
    return m->previous.len ? US_OK : us_id_missing(r, "event.no_previous");
}
