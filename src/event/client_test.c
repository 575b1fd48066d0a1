/* What each client sends, as recorded from its wire, is one and the same events. */

#include "event/testing.h"

/* What four calls of a person look like on each wire. The client's clock is an hour
 * fast: it says 11:00:00 and sends at 11:00:03; usher receives at 10:00:05. */
struct wire {
    const char *client;
    us_dialect dialect;
    const char *bodies[4];
};

static const struct wire wires[] = {
    {"@segment/analytics-node 3.1.0", US_SEGMENT,
        {"{\"batch\":["
         "{\"userId\":\"u1\",\"traits\":{\"email\":\"ann@acme.com\"},\"type\":"
         "\"identify\","
         "\"timestamp\":\"2026-11-23T11:00:00.000Z\",\"messageId\":\"node-next-1-a\","
         "\"integrations\":{},\"_metadata\":{\"nodeVersion\":\"20.1.0\",\"jsRuntime\":"
         "\"node\"},\"context\":{\"library\":{\"name\":\"@segment/analytics-node\","
         "\"version\":\"3.1.0\"}}},"
         "{\"groupId\":\"acme\",\"userId\":\"u1\",\"traits\":{\"plan\":\"pro\"},"
         "\"type\":"
         "\"group\",\"timestamp\":\"2026-11-23T11:00:00.000Z\",\"messageId\":"
         "\"node-next-1-b\",\"context\":{}},"
         "{\"userId\":\"u1\",\"event\":\"Invite Sent\",\"properties\":{\"count\":2},"
         "\"type\":\"track\",\"timestamp\":\"2026-11-23T11:00:00.000Z\",\"messageId\":"
         "\"node-next-1-c\",\"context\":{\"groupId\":\"acme\"}},"
         "{\"userId\":\"u1\",\"name\":\"Pricing\",\"properties\":{\"url\":"
         "\"https://x.io/"
         "pricing\",\"name\":\"Pricing\"},\"type\":\"page\",\"timestamp\":"
         "\"2026-11-23T11:00:00.000Z\",\"messageId\":\"node-next-1-d\",\"context\":"
         "{\"groupId\":\"acme\"}}],"
         "\"writeKey\":\"wk\",\"sentAt\":\"2026-11-23T11:00:03.000Z\"}"}},
    {"analytics-node 6.2.0", US_SEGMENT,
        {"{\"batch\":[{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"email\":"
         "\"ann@acme.com\"},\"context\":{\"library\":{\"name\":\"analytics-node\","
         "\"version\":\"6.2.0\"}},\"_metadata\":{\"nodeVersion\":\"20.1.0\"},"
         "\"timestamp\":\"2026-11-23T11:00:00.000Z\",\"messageId\":\"node-5f-0\"}],"
         "\"timestamp\":\"2026-11-23T11:00:03.000Z\",\"sentAt\":"
         "\"2026-11-23T11:00:03.000Z\"}",
            "{\"batch\":[{\"type\":\"group\",\"userId\":\"u1\",\"groupId\":\"acme\","
            "\"traits\":{\"plan\":\"pro\"},\"timestamp\":\"2026-11-23T11:00:00.000Z\","
            "\"messageId\":\"node-5f-1\"},"
            "{\"type\":\"track\",\"userId\":\"u1\",\"event\":\"Invite Sent\","
            "\"properties\":{\"count\":2},\"context\":{\"groupId\":\"acme\"},"
            "\"timestamp\":\"2026-11-23T11:00:00.000Z\",\"messageId\":\"node-5f-2\"},"
            "{\"type\":\"page\",\"userId\":\"u1\",\"name\":\"Pricing\",\"context\":"
            "{\"groupId\":\"acme\"},\"timestamp\":\"2026-11-23T11:00:00.000Z\","
            "\"messageId\":\"node-5f-3\"}],\"timestamp\":\"2026-11-23T11:00:03.000Z\","
            "\"sentAt\":\"2026-11-23T11:00:03.000Z\"}"}},
    {"@segment/analytics-next 1.84.3", US_SEGMENT,
        {"{\"timestamp\":\"2026-11-23T11:00:00.000Z\",\"integrations\":{},\"userId\":"
         "\"u1\",\"anonymousId\":\"an1\",\"traits\":{\"email\":\"ann@acme.com\"},"
         "\"type\":\"identify\",\"context\":{\"page\":{\"path\":\"/\",\"title\":\"T\"},"
         "\"userAgent\":\"M\",\"library\":{\"name\":\"analytics.js\",\"version\":"
         "\"npm:next-1.84.3\"}},\"messageId\":\"ajs-next-1-a\",\"writeKey\":\"wk\","
         "\"sentAt\":\"2026-11-23T11:00:03.000Z\",\"_metadata\":{}}",
            "{\"timestamp\":\"2026-11-23T11:00:00.000Z\",\"userId\":\"u1\","
            "\"anonymousId\":\"an1\",\"groupId\":\"acme\",\"traits\":{\"plan\":\"pro\"}"
            ","
            "\"type\":\"group\",\"messageId\":\"ajs-next-1-b\",\"writeKey\":\"wk\","
            "\"sentAt\":\"2026-11-23T11:00:03.000Z\"}",
            "{\"timestamp\":\"2026-11-23T11:00:00.000Z\",\"userId\":\"u1\","
            "\"anonymousId\":\"an1\",\"event\":\"Invite Sent\",\"type\":\"track\","
            "\"properties\":{\"count\":2},\"context\":{\"groupId\":\"acme\"},"
            "\"messageId\":\"ajs-next-1-c\",\"writeKey\":\"wk\",\"sentAt\":"
            "\"2026-11-23T11:00:03.000Z\"}",
            "{\"timestamp\":\"2026-11-23T11:00:00.000Z\",\"userId\":\"u1\","
            "\"anonymousId\":\"an1\",\"name\":\"Pricing\",\"type\":\"page\","
            "\"properties\":{\"path\":\"/pricing\",\"name\":\"Pricing\"},\"context\":"
            "{\"groupId\":\"acme\"},\"messageId\":\"ajs-next-1-d\",\"writeKey\":\"wk\","
            "\"sentAt\":\"2026-11-23T11:00:03.000Z\"}"}},
    {"@rudderstack/rudder-sdk-node 3.0.13", US_RUDDERSTACK,
        {"{\"batch\":["
         "{\"userId\":\"u1\",\"traits\":{\"email\":\"ann@acme.com\"},\"type\":"
         "\"identify\",\"channel\":\"server\",\"context\":{\"traits\":{\"email\":"
         "\"ann@acme.com\"},\"library\":{\"name\":\"analytics-node\",\"version\":"
         "\"3.0.13\"}},\"originalTimestamp\":\"2026-11-23T11:00:00.000Z\",\"sentAt\":"
         "\"2026-11-23T11:00:03.000Z\",\"messageId\":\"r-1\"},"
         "{\"userId\":\"u1\",\"groupId\":\"acme\",\"traits\":{\"plan\":\"pro\"},"
         "\"type\":\"group\",\"channel\":\"server\",\"originalTimestamp\":"
         "\"2026-11-23T11:00:00.000Z\",\"sentAt\":\"2026-11-23T11:00:03.000Z\","
         "\"messageId\":\"r-2\"},"
         "{\"userId\":\"u1\",\"event\":\"Invite Sent\",\"properties\":{\"count\":2},"
         "\"type\":\"track\",\"channel\":\"server\",\"context\":{\"groupId\":\"acme\"},"
         "\"originalTimestamp\":\"2026-11-23T11:00:00.000Z\",\"sentAt\":"
         "\"2026-11-23T11:00:03.000Z\",\"messageId\":\"r-3\"},"
         "{\"userId\":\"u1\",\"name\":\"Pricing\",\"type\":\"page\",\"channel\":"
         "\"server\",\"context\":{\"groupId\":\"acme\"},\"originalTimestamp\":"
         "\"2026-11-23T11:00:00.000Z\",\"sentAt\":\"2026-11-23T11:00:03.000Z\","
         "\"messageId\":\"r-4\"}],"
         "\"timestamp\":\"2026-11-23T11:00:03.000Z\",\"sentAt\":"
         "\"2026-11-23T11:00:03.000Z\"}"}},
    {"posthog-node 5.70.0, /batch/", US_POSTHOG,
        {"{\"api_key\":\"phc_x\",\"batch\":["
         "{\"event\":\"$identify\",\"properties\":{\"$set\":{\"email\":\"ann@acme."
         "com\"},"
         "\"$lib\":\"posthog-node\"},\"timestamp\":\"2026-11-23T11:00:00.000Z\","
         "\"uuid\":"
         "\"0199-1\",\"distinct_id\":\"u1\"},"
         "{\"event\":\"$groupidentify\",\"properties\":{\"$group_type\":\"company\","
         "\"$group_key\":\"acme\",\"$group_set\":{\"plan\":\"pro\"}},\"timestamp\":"
         "\"2026-11-23T11:00:00.000Z\",\"uuid\":\"0199-2\",\"distinct_id\":\"u1\"},"
         "{\"event\":\"Invite "
         "Sent\",\"properties\":{\"count\":2,\"$groups\":{\"project\":"
         "\"p1\",\"company\":\"acme\"}},\"timestamp\":\"2026-11-23T11:00:00.000Z\","
         "\"uuid\":\"0199-3\",\"distinct_id\":\"u1\"},"
         "{\"event\":\"$pageview\",\"properties\":{\"$current_url\":"
         "\"https://x.io/pricing\",\"title\":\"Pricing\",\"$groups\":{\"company\":"
         "\"acme\"}},\"timestamp\":\"2026-11-23T11:00:00.000Z\",\"uuid\":\"0199-4\","
         "\"distinct_id\":\"u1\"}],\"sent_at\":\"2026-11-23T11:00:03.000Z\"}"}},
    {"posthog-node 5.70.0, /i/v1/analytics/events", US_POSTHOG,
        {"{\"created_at\":\"2026-11-23T11:00:03.000Z\",\"batch\":["
         "{\"uuid\":\"0199-1\",\"event\":\"$identify\",\"distinct_id\":\"u1\","
         "\"timestamp\":\"2026-11-23T11:00:00.000Z\",\"properties\":{\"$set\":{"
         "\"email\":"
         "\"ann@acme.com\"}}},"
         "{\"uuid\":\"0199-2\",\"event\":\"$groupidentify\",\"distinct_id\":\"u1\","
         "\"timestamp\":\"2026-11-23T11:00:00.000Z\",\"properties\":{\"$group_type\":"
         "\"company\",\"$group_key\":\"acme\",\"$group_set\":{\"plan\":\"pro\"}}},"
         "{\"uuid\":\"0199-3\",\"event\":\"Invite Sent\",\"distinct_id\":\"u1\","
         "\"timestamp\":\"2026-11-23T11:00:00.000Z\",\"properties\":{\"$groups\":"
         "{\"company\":\"acme\"},\"count\":2}},"
         "{\"uuid\":\"0199-4\",\"event\":\"$pageview\",\"distinct_id\":\"u1\","
         "\"timestamp\":\"2026-11-23T11:00:00.000Z\",\"properties\":{\"title\":"
         "\"Pricing\",\"$groups\":{\"account\":\"acme\"}}}]}"}},
    {"@jitsu/js 1.11.0", US_JITSU,
        {"{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"email\":"
         "\"ann@acme.com\"},\"context\":{\"library\":{\"name\":\"@jitsu/"
         "js\",\"version\":"
         "\"1.11.0\"},\"traits\":{\"email\":\"ann@acme.com\"}},\"timestamp\":"
         "\"2026-11-23T11:00:00.000Z\",\"sentAt\":\"2026-11-23T11:00:03.000Z\","
         "\"messageId\":\"x7\",\"writeKey\":\"id:***\"}",
            "{\"type\":\"group\",\"userId\":\"u1\",\"groupId\":\"acme\",\"traits\":"
            "{\"plan\":\"pro\"},\"timestamp\":\"2026-11-23T11:00:00.000Z\",\"sentAt\":"
            "\"2026-11-23T11:00:03.000Z\",\"messageId\":\"x8\",\"writeKey\":\"id:***"
            "\"}",
            "{\"type\":\"track\",\"event\":\"Invite Sent\",\"userId\":\"u1\","
            "\"properties\":{\"count\":2},\"context\":{\"groupId\":\"acme\","
            "\"library\":"
            "{\"name\":\"@jitsu/js\"}},\"timestamp\":\"2026-11-23T11:00:00.000Z\","
            "\"sentAt\":\"2026-11-23T11:00:03.000Z\",\"messageId\":\"x9\"}",
            "{\"type\":\"page\",\"name\":\"Pricing\",\"userId\":\"u1\",\"context\":"
            "{\"groupId\":\"acme\",\"library\":{\"name\":\"@jitsu/js\"}},\"timestamp\":"
            "\"2026-11-23T11:00:00.000Z\",\"sentAt\":\"2026-11-23T11:00:03.000Z\","
            "\"messageId\":\"xa\"}"}},
};

static const char canonical[] =
    "identify at 2026-11-23T10:00:02Z known 2026-11-23T10:00:05Z user u1 email "
    "\"ann@acme.com\"\n"
    "group at 2026-11-23T10:00:02Z known 2026-11-23T10:00:05Z user u1 group acme plan "
    "\"pro\"\n"
    "track at 2026-11-23T10:00:02Z known 2026-11-23T10:00:05Z user u1 group acme event "
    "Invite Sent count 2\n"
    "track at 2026-11-23T10:00:02Z known 2026-11-23T10:00:05Z user u1 group acme event "
    "Page Viewed name Pricing\n";

static void tell_text(struct us_buf *out, const char *what, us_str text)
{
    if (text.len) us_buf_fmt(out, " %s %.*s", what, US_ARG(text));
}

static void tell_member(
    struct us_buf *out, const struct us_json_doc *doc, uint32_t object, const char *key)
{
    if (object == US_JSON_NONE) return;
    uint32_t node = us_json_get(doc, object, us_str_c(key));
    if (node != US_JSON_NONE) tell_text(out, key, us_json_raw(doc, node));
}

static void tell(
    struct us_buf *out, const struct us_json_doc *doc, const struct us_message *m)
{
    static const char *const calls[] = {"track", "identify", "group", "alias"};
    us_buf_fmt(out, "%s at ", calls[m->call]);
    us_time_put(out, m->at);
    us_buf_fmt(out, " known ");
    us_time_put(out, m->known);
    tell_text(out, "user", m->user);
    tell_text(out, "previous", m->previous);
    tell_text(out, "group", m->group);
    tell_text(out, "event", m->event);
    tell_text(out, "name", m->page_name);
    tell_member(out, doc, m->properties, "count");
    tell_member(out, doc, m->traits, "email");
    tell_member(out, doc, m->traits, "plan");
    us_buf_char(out, '\n');
}

static void tell_body(
    struct bench *b, const char *body, us_dialect *dialect, struct us_buf *out)
{
    struct us_json_doc doc;
    if (!parsed(b, us_str_c(body), &doc)) return;
    struct us_head head = head_of(US_SEGMENT);
    head.received = moment(5);
    bool secret;
    uint32_t batch = us_body_read(&doc, 0, &head, &secret);
    *dialect = head.dialect;
    uint32_t node = batch == US_JSON_NONE ? 0 : batch + 1;
    uint32_t end = doc.nodes[batch].next;
    for (; node < end; node = doc.nodes[node].next) {
        struct us_message m;
        struct us_error e;
        if (us_message_read(&doc, node, &head, US_NEVER, &b->a, &m, &e) == US_OK)
            tell(out, &doc, &m);
        else
            us_buf_fmt(out, "%s\n", e.key);
    }
}

static void clients(struct bench *b)
{
    for (size_t i = 0; i < sizeof wires / sizeof wires[0]; i++) {
        struct us_buf out = us_buf_new(&b->a, 1 << 16);
        bool dialect_good = true;
        for (size_t k = 0; k < 4 && wires[i].bodies[k]; k++) {
            us_dialect dialect = US_DIALECTS;
            tell_body(b, wires[i].bodies[k], &dialect, &out);
            /* A body of Segment's shape with nothing of its client in it is Segment's.
             */
            dialect_good &=
                dialect == wires[i].dialect ||
                (k && dialect == US_SEGMENT && wires[i].dialect == US_JITSU);
        }
        CHECK_AS(&b->t, dialect_good, wires[i].client);
        bool same = us_str_eq(us_buf_str(&out), us_str_c(canonical));
        CHECK_AS(&b->t, same, "semantics 6, 10: … and it is the same events");
        if (!same) printf("# got\n%.*s", US_ARG(us_buf_str(&out)));
    }
}

int main(void)
{
    struct bench b;
    bench_open(&b);
    clients(&b);
    return bench_close(&b);
}
