/* events.c: a table of events: every row a track message of the Segment spec. */

#include "import/kinds.h"

#include <string.h>

static const struct us_cell_rule events[] = {
    US_RULE("event", TEXT, FILLED, "event_name"),
    US_RULE("timestamp", MOMENT, FILLED, "time|at|occurred_at|event_time"),
    US_RULE("userId", TEXT, EITHER, "user|distinct_id"),
    US_RULE("anonymousId", TEXT, EITHER, "anonymous|device_id"),
    US_RULE("groupId", TEXT, MAY, "group|account|account_id|workspace|workspace_id"),
    US_RULE("messageId", TEXT, MAY, "insert_id|event_id|uuid"),
    US_RULE("receivedAt", MOMENT, MAY, "received"),
    US_RULES_END,
};

/* What a warehouse calls properties.plan is the property plan. */
static us_str property_name(us_str name)
{
    us_str prefix = US_S("properties.");
    bool prefixed = us_str_has_prefix(name, prefix) && name.len > prefix.len;
    return prefixed ? us_str_slice(name, prefix.len, name.len) : name;
}

static us_code row_message(
    struct us_sheet *table, struct us_row *row, struct us_error *e)
{
    static const us_str texts[] = {US_S_INIT("event"), US_S_INIT("userId"),
        US_S_INIT("anonymousId"), US_S_INIT("messageId")};
    static const us_str times[] = {US_S_INIT("timestamp"), US_S_INIT("receivedAt")};
    struct us_take *t = table->take;
    struct us_buf m = us_m_begin(table);
    us_m_text(&m, US_S("type"), US_S("track"));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        us_m_text(&m, texts[i], us_row_text(table, row, texts[i]));
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        us_m_time(&m, times[i], us_row_cell(table, row, times[i])->at);
    us_str group = us_row_text(table, row, US_S("groupId"));
    if (group.len) {
        us_buf_put(&m, US_S(",\"context\":{\"groupId\":"));
        us_buf_json(&m, group);
        us_buf_char(&m, '}');
    }
    struct us_buf p = us_m_begin(table);
    for (size_t i = 0; i < table->extra_count; i++)
        us_m_guess(&p, property_name(table->extras[i].name),
            row->cells[table->extras[i].column]);
    us_buf_char(&p, '}');
    if (p.len > 2 || p.full) us_m_raw(&m, US_S("properties"), us_buf_str(&p));
    us_buf_char(&m, '}');

    struct us_json_doc doc;
    struct us_error why;
    us_str text = us_buf_str(&m);
    static const char pad[US_JSON_PAD];
    us_buf_put(&m, (us_str){pad, US_JSON_PAD});
    text.ptr = m.ptr; /* it may have moved */
    if (m.full || p.full) {
        us_code code = us_fail(&why, US_LIMIT, "import.line_too_long",
            US_ARGS(US_BYTES("max", US_LINE_BYTES_MAX)));
        return code == US_OK ? code : us_row_dead(table, row, &why, e);
    }
    if (us_json_parse(t->json, text, &doc, &why) != US_OK)
        return us_row_dead(table, row, &why, e);
    struct us_head head = {.received = US_NEVER, .sent = US_NEVER};
    return us_take_message(t, &doc, 0, &head, e);
}

const struct us_sheet_kind us_kind_events = {.name = US_S_INIT("events"),
    .type = US_LINE_MESSAGE,
    .rules = events,
    .at = US_S_INIT("timestamp"),
    .open = true,
    .row = row_message};
