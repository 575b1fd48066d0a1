/* One message: its calls and ids in each dialect, its limits, every way to be wrong,
 * and that each of them has its words. */

#include "event/print.h"
#include "event/testing.h"

#include <stdio.h>
#include <stdlib.h>

struct row {
    const char *what;
    us_dialect dialect;
    const char *json;
    const char *want; /* as print_message writes it; or the key of the error */
};

#define T "\"timestamp\":\"2026-11-23T10:00:00Z\""
#define END \
    ",\"timestamp\":\"2026-11-23T10:00:00Z\",\"receivedAt\":\"2026-11-23T10:00:00Z\"}"

static const struct row rows[] = {
    {"numeric ids are their text", US_SEGMENT,
        "{\"type\":\"track\",\"event\":\"E\",\"userId\":123,\"messageId\":7," T "}",
        "{\"type\":\"track\",\"event\":\"E\",\"messageId\":\"7\",\"userId\":"
        "\"123\"" END},
    {"no type but an event is a track", US_SEGMENT,
        "{\"event\":\"E\",\"anonymousId\":\"a\"," T "}",
        "{\"type\":\"track\",\"event\":\"E\",\"anonymousId\":\"a\"" END},
    {"semantics 10: a page is the event Page Viewed", US_SEGMENT,
        "{\"type\":\"page\",\"userId\":\"u\",\"properties\":{\"a\":1}," T "}",
        "{\"type\":\"page\",\"userId\":\"u\",\"properties\":{\"a\":1}" END},
    {"semantics 10: a screen is the event Screen Viewed", US_SEGMENT,
        "{\"type\":\"screen\",\"userId\":\"u\",\"name\":\"Home\"," T "}",
        "{\"type\":\"screen\",\"name\":\"Home\",\"userId\":\"u\"" END},
    {"keys and ids with escapes", US_SEGMENT,
        "{\"\\u0074ype\":\"tr\\u0061ck\",\"event\":\"\\u00c4\",\"user\\u0049d\":\"a\\/"
        "b\","
        "\"anonymousId\":\"\\u4e2d\"," T "}",
        "{\"type\":\"track\",\"event\":\"Ä\",\"userId\":\"a/"
        "b\",\"anonymousId\":\"中\"" END},
    {"of a key that stands twice the last counts", US_SEGMENT,
        "{\"type\":\"track\",\"event\":\"A\",\"event\":\"B\",\"userId\":\"u\"," T "}",
        "{\"type\":\"track\",\"event\":\"B\",\"userId\":\"u\"" END},
    {"semantics 16: context.groupId", US_SEGMENT,
        "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\",\"context\":{\"groupId\":"
        "9},"
        "\"groupId\":\"no\"," T "}",
        "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\",\"context\":{\"groupId\":"
        "\"9\"}" END},
    {"Jitsu: the group of the last group call", US_JITSU,
        "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\",\"groupId\":\"g\"," T "}",
        "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\",\"context\":{\"groupId\":"
        "\"g\"}" END},
    {"Jitsu: context.groupId before it", US_JITSU,
        "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\",\"groupId\":\"g\","
        "\"context\":{\"groupId\":\"h\"}," T "}",
        "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\",\"context\":{\"groupId\":"
        "\"h\"}" END},
    {"what is no object is no properties and no traits", US_SEGMENT,
        "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\",\"properties\":[1],"
        "\"context\":\"x\"," T "}",
        "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\"" END},
    {"RudderStack's browser puts traits into context", US_RUDDERSTACK,
        "{\"type\":\"identify\",\"userId\":\"u\",\"context\":{\"traits\":{\"a\":1}}," T
        "}",
        "{\"type\":\"identify\",\"userId\":\"u\",\"traits\":{\"a\":1}" END},
    {"but a group's traits are its own", US_RUDDERSTACK,
        "{\"type\":\"group\",\"groupId\":\"g\",\"context\":{\"traits\":{\"a\":1}}," T
        "}",
        "{\"type\":\"group\",\"groupId\":\"g\"" END},
    {"a blocked id counts as absent", US_SEGMENT,
        "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"NULL\",\"anonymousId\":"
        "\"a\"," T "}",
        "{\"type\":\"track\",\"event\":\"E\",\"anonymousId\":\"a\"" END},
    {"self alias is read; identity makes nothing of it", US_SEGMENT,
        "{\"type\":\"alias\",\"userId\":\"u1\",\"previousId\":\"u1\"," T "}",
        "{\"type\":\"alias\",\"userId\":\"u1\",\"previousId\":\"u1\"" END},
    {"alias with previousId alone", US_SEGMENT,
        "{\"type\":\"alias\",\"previousId\":\"u0\"," T "}",
        "{\"type\":\"alias\",\"previousId\":\"u0\"" END},
    {"group with groupId alone", US_SEGMENT,
        "{\"type\":\"group\",\"groupId\":\"g\",\"traits\":{\"x\":null}," T "}",
        "{\"type\":\"group\",\"groupId\":\"g\",\"traits\":{\"x\":null}" END},
    {"PostHog: the anonymous past of $identify", US_POSTHOG,
        "{\"event\":\"$identify\",\"distinct_id\":\"u\",\"$set\":{\"a\":1},"
        "\"properties\":"
        "{\"$anon_distinct_id\":\"d\",\"$device_id\":\"d\"}," T "}",
        "{\"type\":\"identify\",\"userId\":\"u\",\"anonymousId\":\"d\",\"traits\":{"
        "\"a\":"
        "1}" END},
    {"PostHog: $set and $set_once are traits", US_POSTHOG,
        "{\"event\":\"$set\",\"distinct_id\":\"u\",\"properties\":{\"$set_once\":{"
        "\"b\":2}}"
        "," T "}",
        "{\"type\":\"identify\",\"userId\":\"u\",\"traits\":{\"b\":2}" END},
    {"PostHog: no profile, so anonymous", US_POSTHOG,
        "{\"event\":\"E\",\"distinct_id\":\"d\",\"properties\":"
        "{\"$process_person_profile\":false}," T "}",
        "{\"type\":\"track\",\"event\":\"E\",\"anonymousId\":\"d\",\"properties\":"
        "{\"$process_person_profile\":false}" END},
    {"PostHog: not identified, so anonymous", US_POSTHOG,
        "{\"event\":\"E\",\"distinct_id\":\"d\",\"properties\":{\"$is_identified\":"
        "false}," T "}",
        "{\"type\":\"track\",\"event\":\"E\",\"anonymousId\":\"d\",\"properties\":"
        "{\"$is_identified\":false}" END},
    {"PostHog: the device's own id is anonymous, in the browser's shape", US_POSTHOG,
        "{\"event\":\"E\",\"uuid\":\"i\",\"properties\":{\"distinct_id\":\"d\","
        "\"$device_id\":\"d\"}," T "}",
        "{\"type\":\"track\",\"event\":\"E\",\"messageId\":\"i\",\"anonymousId\":\"d\","
        "\"properties\":{\"distinct_id\":\"d\",\"$device_id\":\"d\"}" END},
    {"PostHog: $groups, the likeliest type", US_POSTHOG,
        "{\"event\":\"E\",\"distinct_id\":\"u\",\"properties\":{\"$groups\":{\"team\":"
        "\"t\",\"workspace\":\"w\",\"zone\":\"z\"}}," T "}",
        "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\",\"context\":{\"groupId\":"
        "\"w\"},\"properties\":{\"$groups\":{\"team\":\"t\",\"workspace\":\"w\","
        "\"zone\":"
        "\"z\"}}" END},
    {"PostHog: $groups, else the first", US_POSTHOG,
        "{\"event\":\"E\",\"distinct_id\":\"u\",\"properties\":{\"$groups\":{\"zone\":"
        "5,"
        "\"area\":\"a\"}}," T "}",
        "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\",\"context\":{\"groupId\":"
        "\"5\"},\"properties\":{\"$groups\":{\"zone\":5,\"area\":\"a\"}}" END},
    {"PostHog: a group's made-up distinct_id is no person", US_POSTHOG,
        "{\"event\":\"$groupidentify\",\"distinct_id\":\"$company_acct\","
        "\"properties\":"
        "{\"$group_type\":\"company\",\"$group_key\":\"acct\",\"$group_set\":{\"n\":1}}"
        "," T "}",
        "{\"type\":\"group\",\"groupId\":\"acct\",\"traits\":{\"n\":1}" END},
    {"PostHog: $create_alias", US_POSTHOG,
        "{\"event\":\"$create_alias\",\"distinct_id\":\"u1\",\"properties\":{\"alias\":"
        "\"u0\",\"distinct_id\":\"u1\"}," T "}",
        "{\"type\":\"alias\",\"userId\":\"u1\",\"previousId\":\"u0\"" END},
    {"PostHog: $screen", US_POSTHOG,
        "{\"event\":\"$screen\",\"distinct_id\":\"u\",\"properties\":{\"$screen_name\":"
        "\"Home\"}," T "}",
        "{\"type\":\"screen\",\"name\":\"Home\",\"userId\":\"u\",\"properties\":"
        "{\"$screen_name\":\"Home\"}" END},
    {"PostHog: $pageview without a title has its path", US_POSTHOG,
        "{\"event\":\"$pageview\",\"distinct_id\":\"u\",\"properties\":{\"$pathname\":"
        "\"/p\"}," T "}",
        "{\"type\":\"page\",\"name\":\"/p\",\"userId\":\"u\",\"properties\":"
        "{\"$pathname\":\"/p\"}" END},
    {"wrong", US_SEGMENT, "[1]", "event.not_object"},
    {"wrong", US_POSTHOG, "\"x\"", "event.not_object"},
    {"wrong", US_SEGMENT, "{\"userId\":\"u\"," T "}", "event.no_type"},
    {"wrong", US_SEGMENT, "{\"type\":null,\"event\":\"E\",\"userId\":\"u\"," T "}",
        "event.bad_type"},
    {"wrong", US_SEGMENT, "{\"type\":\"tarck\",\"event\":\"E\",\"userId\":\"u\"," T "}",
        "event.bad_type"},
    {"wrong", US_SEGMENT, "{\"type\":\"track\",\"userId\":\"u\"," T "}",
        "event.no_name"},
    {"wrong", US_SEGMENT, "{\"event\":\" \",\"userId\":\"u\"," T "}", "event.no_name"},
    {"wrong", US_POSTHOG, "{\"event\":7,\"distinct_id\":\"u\"," T "}", "event.no_name"},
    {"wrong", US_SEGMENT, "{\"event\":\"E\"," T "}", "event.no_person"},
    {"wrong", US_SEGMENT,
        "{\"type\":\"identify\",\"userId\":{},\"groupId\":\"g\"," T "}",
        "event.no_person"},
    {"wrong", US_POSTHOG, "{\"event\":\"E\",\"properties\":null," T "}",
        "event.no_person"},
    {"wrong", US_SEGMENT, "{\"event\":\"E\",\"userId\":\"undefined\"," T "}",
        "event.blocked_id"},
    {"wrong", US_POSTHOG, "{\"event\":\"E\",\"distinct_id\":\"anonymous\"," T "}",
        "event.blocked_id"},
    {"wrong", US_SEGMENT,
        "{\"type\":\"group\",\"userId\":\"null\",\"groupId\":\"undefined\"," T "}",
        "event.blocked_id"},
    {"wrong", US_SEGMENT, "{\"type\":\"group\",\"userId\":\"null\"," T "}",
        "event.no_group"},
    {"wrong", US_POSTHOG, "{\"event\":\"$groupidentify\",\"distinct_id\":\"u\"," T "}",
        "event.no_group"},
    {"wrong", US_SEGMENT, "{\"type\":\"alias\",\"userId\":\"u\"," T "}",
        "event.no_previous"},
    {"wrong", US_POSTHOG, "{\"event\":\"$create_alias\",\"distinct_id\":\"u\"," T "}",
        "event.no_previous"},
    {"wrong", US_SEGMENT, "{\"event\":\"E\",\"userId\":\"u\",\"timestamp\":\"soon\"}",
        "event.bad_time"},
    {"wrong", US_SEGMENT, "{\"event\":\"E\",\"userId\":\"u\",\"sentAt\":true," T "}",
        "event.bad_time"},
    {"wrong", US_SEGMENT,
        "{\"event\":\"E\",\"userId\":\"u\",\"timestamp\":\"2150-01-01\",\"sentAt\":"
        "\"1905-01-01\",\"receivedAt\":\"2026-11-23\"}",
        "event.bad_clock"},
    {"wrong", US_SEGMENT, "{\"event\":\"E\",\"userId\":\"u\"}", "event.no_time"},
};

static bool produced(struct bench *b, const char *key, us_str json, us_dialect dialect)
{
    struct us_json_doc doc;
    struct us_head head = head_of(dialect);
    struct us_message m = {.at = 77};
    struct us_error e = {0};
    if (!parsed(b, json, &doc)) return false;
    us_code code = us_message_read(&doc, 0, &head, US_NEVER, &b->a, &m, &e);
    bool good = code == US_INPUT && strcmp(e.key, key) == 0 && m.at == 77;
    if (!good)
        printf("# %.*s gave %s\n", US_ARG(us_str_slice(json, 0, 200)),
            code == US_OK ? "OK" : e.key);
    return good;
}

static bool reads_as(struct bench *b, const struct row *r)
{
    struct us_json_doc doc;
    struct us_head head = head_of(r->dialect);
    struct us_message m;
    struct us_error e = {0};
    if (!parsed(b, us_str_c(r->json), &doc)) return false;
    if (us_message_read(&doc, 0, &head, US_NEVER, &b->a, &m, &e) != US_OK) {
        printf("# %s\n", e.key);
        return false;
    }
    struct us_buf out = us_buf_new(&b->a, 1 << 16);
    us_str got = print_message(&out, &doc, &m);
    bool good = us_str_eq(got, us_str_c(r->want));
    if (!good) printf("# got %.*s\n# not %s\n", US_ARG(got), r->want);
    return good;
}

static void one_by_one(struct bench *b)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        if (r->want[0] == '{')
            CHECK_AS(&b->t, reads_as(b, r), r->what);
        else
            CHECK_AS(
                &b->t, produced(b, r->want, us_str_c(r->json), r->dialect), r->want);
    }
}

/* --- limits --- */

static us_str long_message(struct bench *b, const char *key, size_t bytes)
{
    struct us_buf out = us_buf_new(&b->a, 1 << 20);
    us_buf_fmt(&out, "{" T ",\"event\":\"E\",\"userId\":\"u\",\"%s\":\"", key);
    for (size_t i = 0; i < bytes; i++)
        us_buf_char(&out, 'i');
    us_buf_put(&out, US_S("\"}"));
    return us_buf_str(&out);
}

static void limits(struct bench *b)
{
    static const struct {
        const char *field, *key;
        size_t most;
    } limit[] = {
        {"userId", "event.id_too_long", US_ID_BYTES_MAX},
        {"anonymousId", "event.id_too_long", US_ID_BYTES_MAX},
        {"messageId", "event.id_too_long", US_ID_BYTES_MAX},
        {"event", "event.name_too_long", US_NAME_BYTES_MAX},
        {"pad", "event.too_large", US_MESSAGE_BYTES_MAX - 70},
    };
    for (size_t i = 0; i < sizeof limit / sizeof limit[0]; i++) {
        us_str over = long_message(b, limit[i].field, limit[i].most + 1);
        CHECK_AS(&b->t, produced(b, limit[i].key, over, US_SEGMENT), limit[i].key);
        us_str most = long_message(b, limit[i].field, limit[i].most);
        struct us_json_doc doc;
        struct us_head head = head_of(US_SEGMENT);
        struct us_message m;
        CHECK_AS(&b->t,
            parsed(b, most, &doc) &&
                us_message_read(&doc, 0, &head, US_NEVER, &b->a, &m, NULL) == US_OK,
            limit[i].field);
    }
    us_str note = US_S("{\"type\":\"idnetify\",\"userId\":\"u\"," T "}");
    struct us_json_doc doc;
    struct us_head head = head_of(US_SEGMENT);
    struct us_message m;
    struct us_error e;
    bool near = parsed(b, note, &doc) &&
                us_message_read(&doc, 0, &head, US_NEVER, &b->a, &m, &e) == US_INPUT &&
                us_str_eq(e.args[1].text, US_S("identify"));
    CHECK_AS(&b->t, near, "an unknown type names the nearest known one");
}

static void blocked(struct bench *b)
{
    static const char *const bad[] = {"null", "NULL", "-1", "Anonymous", "undefined",
        "NaN", "none", "0", "00000000-0000-0000-0000-000000000000", "000", "-", " ",
        "[object Object]", "true", "false", "guest", "N/A", "Unknown"};
    static const char *const good[] = {
        "1", "-2", "u", "00a", "0-1", "nullable", "guest1", "anonymous-7f", "[object]"};
    bool all = true;
    for (size_t k = 0; k < sizeof bad / sizeof bad[0] + sizeof good / sizeof good[0];
         k++) {
        bool is_bad = k < sizeof bad / sizeof bad[0];
        const char *id = is_bad ? bad[k] : good[k - sizeof bad / sizeof bad[0]];
        us_str json = us_arena_fmt(&b->a,
            "{\"event\":\"E\",\"anonymousId\":\"a\",\"userId\":\"%s\"," T "}", id);
        struct us_json_doc doc;
        struct us_head head = head_of(US_SEGMENT);
        struct us_message m = {0};
        parsed(b, json, &doc);
        us_code code = us_message_read(&doc, 0, &head, US_NEVER, &b->a, &m, NULL);
        bool right = code == US_OK && (m.user.len == 0) == is_bad;
        if (!right) printf("# %s\n", id);
        all &= right;
    }
    CHECK_AS(&b->t, all, "blocked ids, in any case, and ids that only look like them");
}

/* Each key of the catalogue is met by a row above, or by the head tests. */
static void keys_met(struct bench *b)
{
    static const char *const elsewhere[] = {"event.bad_head", "event.no_message",
        "event.too_large", "event.id_too_long", "event.name_too_long"};
    FILE *f = fopen(USHER_SOURCE "/i18n/event.json", "rb");
    if (!CHECK(&b->t, f != NULL)) return;
    char *text = us_new(&b->a, char, 1 << 20);
    size_t len = fread(text, 1, (1 << 20) - US_JSON_PAD, f);
    fclose(f);
    struct us_json_doc doc;
    bool all = parsed(b, (us_str){text, len}, &doc) && doc.count > 1;
    for (uint32_t k = 1; all && k < doc.nodes[0].next; k = doc.nodes[k + 1].next) {
        us_str key = us_json_text(&doc, k, &b->a);
        bool met = false;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            met |= us_str_eq(key, us_str_c(rows[i].want));
        for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
            met |= us_str_eq(key, us_str_c(elsewhere[i]));
        if (!met) printf("# no row gives %.*s\n", US_ARG(key));
        all &= met;
    }
    CHECK_AS(
        &b->t, all, "semantics 33: every reason has its words and is given by a row");
}

int main(void)
{
    struct bench b;
    bench_open(&b);
    one_by_one(&b);
    limits(&b);
    blocked(&b);
    keys_met(&b);
    return bench_close(&b);
}
