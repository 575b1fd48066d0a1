/* print.h: a message written as canonical Segment JSON, for tests and the fuzzer only:
 * read again it must be the same message. */
#pragma once

#include "event/event.h"

static inline void print_text(struct us_buf *out, const char *key, us_str text)
{
    if (text.len == 0) return;
    us_buf_fmt(out, ",\"%s\":", key);
    us_buf_json(out, text);
}

static inline void print_node(
    struct us_buf *out, const char *key, const struct us_json_doc *doc, uint32_t node)
{
    if (node == US_JSON_NONE) return;
    us_buf_fmt(out, ",\"%s\":", key);
    us_json_minify(doc, node, NULL, out);
}

static inline us_str print_message(
    struct us_buf *out, const struct us_json_doc *doc, const struct us_message *m)
{
    static const char *const calls[] = {"track", "identify", "group", "alias"};
    bool page = m->call == US_TRACK && us_str_eq(m->event, US_S("Page Viewed"));
    bool screen = m->call == US_TRACK && us_str_eq(m->event, US_S("Screen Viewed"));
    us_buf_fmt(out, "{\"type\":\"%s\"",
        page     ? "page"
        : screen ? "screen"
                 : calls[m->call]);
    if (!page && !screen) print_text(out, "event", m->event);
    print_text(out, "name", m->page_name);
    print_text(out, "messageId", m->id);
    print_text(out, "userId", m->user);
    print_text(out, "anonymousId", m->anonymous);
    print_text(out, "previousId", m->previous);
    if (m->call == US_GROUP) {
        print_text(out, "groupId", m->group);
    } else if (m->group.len) {
        us_buf_fmt(out, ",\"context\":{\"groupId\":");
        us_buf_json(out, m->group);
        us_buf_char(out, '}');
    }
    print_node(out, "properties", doc, m->properties);
    print_node(out, "traits", doc, m->traits);
    us_buf_fmt(out, ",\"timestamp\":\"");
    us_time_put(out, m->at);
    us_buf_fmt(out, "\",\"receivedAt\":\"");
    us_time_put(out, m->known);
    us_buf_fmt(out, "\"}");
    return us_buf_str(out);
}
