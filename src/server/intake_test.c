/* Bodies of real clients and of none: what of them becomes a line, what a dead letter,
 * and which key they come with. */

#include "base/tap.h"
#include "server/intake.h"
#include "text/text.h"

#include <string.h>

#define AT INT64_C(1764064800000000) /* 2025-11-25T10:00:00Z */

struct desk {
    struct us_tap t;
    struct us_json *json;
    struct us_arena a;
    struct us_intake in;
};

static const struct us_intake *read_at(
    struct desk *d, const char *body, const char *call)
{
    struct us_buf padded = us_buf_new(&d->a, 4 << 20);
    static const char pad[US_JSON_PAD];
    us_buf_put(&padded, us_str_c(body));
    us_buf_put(&padded, (us_str){pad, sizeof pad});
    struct us_intake_asked asked = {.body = {padded.ptr, strlen(body)},
        .path = US_S("/v1/batch"),
        .call = us_str_c(call),
        .source = US_S("web"),
        .received = AT,
        .message_bytes_max = 32 << 10};
    us_intake_read(d->json, &asked, &d->a, &d->in);
    return &d->in;
}

static bool is(us_str s, const char *text)
{
    bool good = us_str_eq(s, us_str_c(text));
    if (!good) printf("# wanted %s, got %.*s\n", text, US_ARG(s));
    return good;
}

static bool has(us_str s, const char *text)
{
    bool good = us_str_find(s, us_str_c(text)) < s.len;
    if (!good) printf("# no %s in %.*s\n", text, US_ARG(s));
    return good;
}

static void batches(struct desk *d)
{
    const struct us_intake *in = read_at(d,
        "{\"batch\":[{\"type\":\"track\",\"event\":\"A\",\"userId\":\"u\","
        "\"messageId\":"
        "\"1\",\"timestamp\":\"2025-11-25T09:59:00Z\"},{\"type\":\"track\",\"userId\":"
        "\"u\"},"
        "{\"type\":\"identify\",\"userId\":\"u\",\"writeKey\":\"wk\",\"messageId\":"
        "\"3\"},7],"
        "\"writeKey\":\"wk\",\"sentAt\":\"2025-11-25T10:00:01Z\"}",
        "");
    CHECK(&d->t, in->count == 4 && in->dead == 2 && !in->broken && is(in->key, "wk"));
    CHECK(&d->t, !in->items[0].dead && is(in->items[0].id, "1"));
    CHECK(&d->t,
        in->items[0].head.sent == AT + 1000000 && in->items[0].head.received == AT);
    CHECK_AS(&d->t, has(in->items[0].m, "\"event\":\"A\""), "the client's own object");
    CHECK_AS(&d->t, in->items[1].dead && in->items[1].head.type == US_LINE_DEAD,
        "a track without a name is a dead letter by itself");
    CHECK(&d->t, has(in->items[1].m, "\"file\":\"/v1/batch\",\"line\":2,"));
    CHECK(&d->t, has(in->items[1].m, "\"bytes\":\"{\\\"type\\\":\\\"track\\\""));
    CHECK_AS(&d->t,
        is(in->items[2].m,
            "{\"type\":\"identify\",\"userId\":\"u\",\"messageId\":\"3\"}"),
        "keys never enter the journal");
    CHECK(&d->t,
        in->items[3].dead && strcmp(in->items[3].dead->key, "event.not_object") == 0);
    in = read_at(d,
        "{\"api_key\":\"phc_1\",\"batch\":[{\"event\":\"$identify\",\"distinct_id\":"
        "\"u\","
        "\"uuid\":\"9\",\"properties\":{},\"timestamp\":\"2025-11-25T10:00:00Z\"}],"
        "\"sent_at\":\"2025-11-25T10:00:00Z\"}",
        "");
    CHECK(&d->t, in->count == 1 && in->dead == 0 && is(in->key, "phc_1"));
    CHECK(&d->t, in->items[0].head.dialect == US_POSTHOG && is(in->items[0].id, "9"));
    in = read_at(d,
        "{\"batch\":[{\"event\":\"\",\"uuid\":\"8\"},{\"type\":\"track\",\"messageId\":"
        "\"7\"},{\"event\":\"\"}],\"api_key\":\"phc_1\"}",
        "");
    CHECK_AS(&d->t,
        in->dead == 3 && is(in->items[0].refused, "8") &&
            is(in->items[1].refused, "7") && is(in->items[2].refused, "") &&
            in->items[0].id.len == 0,
        "what is refused has its sender's id apart");
    in = read_at(d, "{\"batch\":[],\"writeKey\":\"wk\"}", "");
    CHECK_AS(&d->t, in->count == 0 && !in->broken, "an empty batch is nothing");
    in = read_at(d, "[{\"type\":\"track\",\"event\":\"A\",\"userId\":\"u\"}]", "");
    CHECK_AS(&d->t, in->count == 1 && in->dead == 0 && in->items[0].id.len == 0,
        "a bare list; one without an id has none");
}

static void singles(struct desk *d)
{
    const struct us_intake *in = read_at(
        d, "{\"userId\":\"u\",\"event\":\"A\",\"properties\":{\"n\":1}}", "track");
    CHECK(&d->t, in->count == 1 && in->dead == 0);
    CHECK(&d->t,
        is(in->items[0].m,
            "{\"type\":\"track\",\"userId\":\"u\",\"event\":\"A\",\"properties\":{"
            "\"n\":1}}"));
    in = read_at(d, " {\n\"userId\": \"u\", \"traits\": {\"a\": \"b c\"}}", "identify");
    CHECK(&d->t,
        is(in->items[0].m,
            "{\"type\":\"identify\",\"userId\":\"u\",\"traits\":{\"a\":\"b c\"}}"));
    in = read_at(d, "{\"type\":\"track\",\"event\":\"A\",\"userId\":\"u\"}", "page");
    CHECK_AS(&d->t, has(in->items[0].m, "\"type\":\"track\""),
        "what says its type is believed");
    in = read_at(d, "{}", "track");
    CHECK(&d->t, in->count == 1 && in->dead == 1 && !in->broken);
    in = read_at(d,
        "{\"writeKey\":\"id:***\",\"type\":\"track\",\"event\":\"A\",\"userId\":\"u\"}",
        "");
    CHECK(&d->t, is(in->key, "id:***") &&
                     is(in->items[0].m,
                         "{\"type\":\"track\",\"event\":\"A\",\"userId\":\"u\"}"));
}

/* Of those that are no JSON by themselves each is dead, and no other. */
static void apart(struct desk *d)
{
    char text[4000] =
        "{\"writeKey\":\"wk\",\"batch\":[{\"type\":\"track\",\"event\":\"A\xe9\"},"
        "{\"type\":\"track\",\"event\":\"B\",\"userId\":\"u\",\"messageId\":\"2\"}, "
        "{\"type\":\"track\"},{\"type\":\"track\",\"event\":\"C\",\"deep\":";
    size_t deep = 300;
    char *at = text + strlen(text);
    memset(at, '[', deep);
    memset(at + deep, ']', deep);
    strcpy(at + 2 * deep,
        "},{\"type\":\"track\",\"event\":\"D\",\"userId\":\"u\",\"writeKey\":\"wk\"}],"
        "\"sentAt\":\"2025-11-25T10:00:01Z\"}");
    const struct us_intake *in = read_at(d, text, "");
    CHECK(&d->t, in->count == 5 && in->dead == 3 && !in->broken && is(in->key, "wk"));
    static const struct {
        const char *why, *line, *bytes;
    } dead[] = {{"json.bad", "\"line\":1,\"byte\":26,", "\"base64\":\"eyJ0eXBl"},
        {"json.too_deep", "\"line\":4,", "\\\"event\\\":\\\"C\\\""}};
    for (size_t i = 0; i < sizeof dead / sizeof *dead; i++) {
        const struct us_intake_message *m = &in->items[3 * i];
        CHECK(&d->t, m->dead && strcmp(m->dead->key, dead[i].why) == 0);
        CHECK(&d->t, has(m->m, dead[i].line) && has(m->m, dead[i].bytes));
    }
    CHECK(&d->t, !in->items[1].dead && is(in->items[1].id, "2") &&
                     in->items[1].head.sent == AT + 1000000);
    CHECK_AS(&d->t,
        in->items[2].dead && has(in->items[2].m, "\"line\":3,\"byte\":115,"),
        "one that is JSON and no message is where it stands in the body");
    CHECK(&d->t, !in->items[4].dead &&
                     is(in->items[4].m,
                         "{\"type\":\"track\",\"event\":\"D\",\"userId\":\"u\"}"));
    in = read_at(
        d, "[{\"type\":\"track\",\"event\":\"A\",\"userId\":\"u\"},{\"a\":tru}]", "");
    CHECK_AS(&d->t, in->count == 2 && in->dead == 1 && !in->broken, "a bare list");
    in = read_at(d,
        "{\"api_key\":\"phc_1\",\"batch\":[{\"event\":1.},{\"event\":\"E\","
        "\"distinct_id\":\"u\",\"uuid\":\"9\",\"properties\":{}}]}",
        "");
    CHECK_AS(&d->t,
        in->dead == 1 && is(in->items[1].id, "9") &&
            in->items[1].head.dialect == US_POSTHOG,
        "of any dialect");
    in = read_at(d, "{\"batch\":[1],\"type\":tru}", "");
    CHECK_AS(&d->t, in->broken && in->count == 1 && in->dead == 1, "it is not of them");
}

/* It is the client it would be were all of it JSON. */
static void apart_as_whole(struct desk *d)
{
    static const char *const around[][2] = {{"{\"batch\":[", "]}"}, {"[", "]"}};
    static const char *const good = "{\"type\":\"track\",\"event\":\"E\",\"userId\":"
                                    "\"u\",\"context\":{\"library\":{"
                                    "\"name\":\"RudderLabs JavaScript SDK\"}}}";
    us_dialect got[2][2];
    for (int i = 0; i < 2; i++) {
        for (int broken = 0; broken < 2; broken++) {
            char text[1000];
            snprintf(text, sizeof text, "%s%s,%s%s", around[i][0],
                broken ? "{\"a\":tru}" : good, good, around[i][1]);
            const struct us_intake *in = read_at(d, text, "");
            us_assert(in->count == 2 && !in->items[1].dead);
            got[i][broken] = in->items[1].head.dialect;
        }
    }
    CHECK(&d->t, got[0][0] == US_RUDDERSTACK && got[0][1] == US_RUDDERSTACK);
    CHECK(&d->t, got[1][0] == got[1][1]);
}

static void apart_too_many(struct desk *d)
{
    struct us_buf out = us_buf_new(&d->a, 1 << 20);
    us_buf_put(&out, US_S("[tru"));
    for (int i = 0; i < US_INTAKE_MESSAGES_MAX; i++)
        us_buf_put(&out, US_S(",1"));
    us_buf_put(&out, US_S("]"));
    us_buf_char(&out, 0);
    CHECK(&d->t, read_at(d, us_buf_str(&out).ptr, "")->too_many);
}

static void wrong(struct desk *d)
{
    static const char *const bodies[] = {
        "", "{", "nonsense", "12", "\"text\"", "{\"batch\":[{]}", "null"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        const struct us_intake *in = read_at(d, bodies[i], "");
        CHECK_AS(&d->t, in->broken && in->count == 1 && in->dead == 1, bodies[i]);
    }
    apart(d);
    apart_as_whole(d);
    apart_too_many(d);
    char *long_one = us_new(&d->a, char, 70000);
    char *middle = long_one;
    middle += sprintf(
        middle, "{\"batch\":[{\"type\":\"track\",\"userId\":\"u\",\"event\":\"");
    memset(middle, 'x', 60000);
    strcpy(
        middle + 60000, "\"},{\"type\":\"track\",\"userId\":\"u\",\"event\":\"B\"}]}");
    const struct us_intake *in = read_at(d, long_one, "");
    CHECK_AS(&d->t, in->count == 2 && in->dead == 1 && !in->items[1].dead,
        "what is too long takes no other with it");
    CHECK(&d->t, strcmp(in->items[0].dead->key, "event.too_large") == 0);
    us_str said =
        us_text(&d->a, US_EN, in->items[0].dead->key, in->items[0].dead->args);
    CHECK_AS(&d->t, us_str_find(said, US_S("32,768 bytes")) < said.len,
        "its limit is said as the manual has it, to the byte");
}

static void keys(struct desk *d)
{
    struct us_intake_keys k = {
        .body = US_S("id:***"), .write_key = US_S(" id:secret ")};
    CHECK_AS(
        &d->t, is(us_intake_key(&k, &d->a), "id:secret"), "a header before the body");
    k = (struct us_intake_keys){
        .authorization = US_S("Basic d2tfMTo="), .body = US_S("other")};
    CHECK(&d->t, is(us_intake_key(&k, &d->a), "wk_1"));
    k.authorization = US_S("basic d2tfMQ==");
    CHECK(&d->t, is(us_intake_key(&k, &d->a), "wk_1"));
    k.authorization = US_S("Bearer phc_2");
    CHECK(&d->t, is(us_intake_key(&k, &d->a), "phc_2"));
    CHECK_AS(&d->t, us_intake_by_bearer(&k), "which may be a token");
    k.write_key = US_S("wk");
    CHECK(&d->t, !us_intake_by_bearer(&k));
    k.write_key = US_S("");
    k.authorization = US_S("Digest x");
    CHECK(&d->t, !us_intake_by_bearer(&k));
    CHECK(&d->t, is(us_intake_key(&k, &d->a), "other"));
    k = (struct us_intake_keys){0};
    CHECK(&d->t, us_intake_key(&k, &d->a).len == 0);
}

int main(void)
{
    struct desk d = {.json = us_json_new()};
    us_arena_init(&d.a, 256 << 20);
    batches(&d);
    singles(&d);
    wrong(&d);
    keys(&d);
    us_json_free(d.json);
    us_arena_done(&d.a);
    return us_tap_done(&d.t);
}
