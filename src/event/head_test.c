/* Times, heads of lines, dialects and batches. */

#include "event/read.h"
#include "event/testing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <zlib.h>

/* --- semantics 6 and 1 --- */

struct clock_row {
    const char *what;
    const char *times;                  /* members of the message */
    int64_t sent, received, known, now; /* of the head; seconds, or NO */
    int64_t at, want_known;
    bool skewed;
};

enum { NO = INT32_MIN };

static const struct clock_row clocks[] = {
    {"semantics 6: Segment: timestamp with the batch's sentAt, clock an hour fast",
        "\"timestamp\":\"2026-11-23T11:00:00Z\"", 3603, 5, NO, NO, 2, 5, false},
    {"semantics 6: RudderStack: originalTimestamp with its own sentAt",
        "\"originalTimestamp\":\"2026-11-23T11:00:00Z\",\"sentAt\":\"2026-11-23T11:00:"
        "03Z\"",
        NO, 5, NO, NO, 2, 5, false},
    {"semantics 6: … where a timestamp stands beside it, the original counts",
        "\"originalTimestamp\":\"2026-11-23T11:00:00Z\",\"sentAt\":\"2026-11-23T11:00:"
        "03Z\","
        "\"timestamp\":\"2026-11-23T10:30:00Z\"",
        NO, 5, NO, NO, 2, 5, false},
    {"semantics 6: its own sentAt before the batch's",
        "\"timestamp\":\"2026-11-23T11:00:00Z\",\"sentAt\":\"2026-11-23T11:00:01Z\"",
        3603, 5, NO, NO, 4, 5, false},
    {"semantics 6: a slow clock is corrected forwards",
        "\"timestamp\":\"2026-11-23T09:00:00Z\"", -3597, 5, NO, NO, 2, 5, false},
    {"semantics 6: an old event sent late keeps its distance",
        "\"timestamp\":\"2026-11-23T09:00:00Z\"", 3, 5, NO, NO, -3598, 5, false},
    {"semantics 6: without sentAt nothing is corrected",
        "\"timestamp\":\"2026-11-23T09:00:00Z\"", NO, 5, NO, NO, -3600, 5, false},
    {"semantics 6: an import without receivedAt: timestamp as it stands",
        "\"timestamp\":\"2026-11-23T09:00:00Z\",\"originalTimestamp\":"
        "\"2026-11-23T08:00:00Z\",\"sentAt\":\"2026-11-23T11:00:00Z\"",
        NO, NO, NO, NO, -3600, -3600, false},
    {"semantics 6: else originalTimestamp",
        "\"originalTimestamp\":\"2026-11-23T08:00:00Z\"", NO, NO, NO, NO, -7200, -7200,
        false},
    {"semantics 1: the row's own receivedAt is when it was known",
        "\"timestamp\":\"2026-11-23T09:00:00Z\",\"receivedAt\":\"2026-11-23T10:00:"
        "09Z\"",
        NO, NO, NO, NO, -3600, 9, false},
    {"semantics 1: or received",
        "\"timestamp\":\"2026-11-23T09:00:00Z\",\"received\":\"2026-11-23T10:00:09Z\"",
        NO, NO, NO, NO, -3600, 9, false},
    {"semantics 1: a client's word for it does not count against ours",
        "\"timestamp\":\"2026-11-23T09:00:00Z\",\"receivedAt\":\"2026-11-23T10:00:"
        "09Z\"",
        NO, 5, NO, NO, -3600, 5, false},
    {"semantics 1: the committer's known holds",
        "\"timestamp\":\"2026-11-23T09:00:00Z\"", NO, 5, 7, NO, -3600, 7, false},
    {"semantics 1: at is never after known", "\"timestamp\":\"2026-11-23T10:09:00Z\"",
        NO, 5, NO, NO, 5, 5, false},
    {"semantics 1: and flagged when the gap is over ten minutes",
        "\"timestamp\":\"2026-11-23T10:10:05.001Z\"", NO, 5, NO, NO, 5, 5, true},
    {"semantics 1: ten minutes are not over", "\"timestamp\":\"2026-11-23T10:10:05Z\"",
        NO, 5, NO, NO, 5, 5, false},
    {"a call without a time happened when it came", "\"x\":1", NO, 5, NO, NO, 5, 5,
        false},
    {"… with sentAt too", "\"x\":1", 3603, 5, NO, NO, 5, 5, false},
    {"… or when it was sent", "\"x\":1", 3, NO, NO, NO, 3, 3, false},
    {"… or now", "\"x\":1", NO, NO, NO, 9, 9, 9, false},
    {"… or when it was known", "\"x\":1", NO, NO, 8, 9, 8, 8, false},
    {"a number of milliseconds", "\"timestamp\":1795428001500", NO, NO, NO, NO, 1, 1,
        false},
    {"a number of seconds in quotes", "\"timestamp\":\"1795428001\"", NO, NO, NO, NO, 1,
        1, false},
    {"null and the empty text are no times", "\"timestamp\":null,\"sentAt\":\"\"", NO,
        5, NO, NO, 5, 5, false},
    {"a zone and no seconds", "\"timestamp\":\"2026-11-23T12:00+02:00\"", NO, NO, NO,
        NO, 0, 0, false},
};

static int64_t of(int64_t seconds)
{
    return seconds == NO ? US_NEVER : moment(seconds);
}

static bool clock_good(struct bench *b, const struct clock_row *r, us_dialect dialect)
{
    us_str json = us_arena_fmt(&b->a,
        "{\"event\":\"E\",\"userId\":\"u\",\"distinct_id\":"
        "\"u\",%s}",
        r->times);
    struct us_json_doc doc;
    struct us_head head = head_of(dialect);
    head.sent = of(r->sent);
    head.received = of(r->received);
    head.known = of(r->known);
    struct us_message m = {0};
    struct us_error e;
    if (!parsed(b, json, &doc)) return false;
    if (us_message_read(&doc, 0, &head, of(r->now), &b->a, &m, &e) != US_OK)
        return false;
    bool good =
        us_floor_div(m.at, US_SECOND_US) == us_floor_div(moment(r->at), US_SECOND_US) &&
        us_floor_div(m.known, US_SECOND_US) ==
            us_floor_div(moment(r->want_known), US_SECOND_US) &&
        m.skewed == r->skewed;
    if (!good)
        printf("# at %" PRId64 " known %" PRId64 " skewed %d\n", m.at - moment(0),
            m.known - moment(0), m.skewed);
    return good;
}

static void clock_table(struct bench *b)
{
    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++)
        CHECK_AS(&b->t, clock_good(b, &clocks[i], US_SEGMENT), clocks[i].what);
    struct clock_row posthog = clocks[0];
    CHECK_AS(&b->t, clock_good(b, &posthog, US_POSTHOG),
        "semantics 6: PostHog: timestamp with the batch's sent_at");
}

static uint64_t next(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15U; /* splitmix64 */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static void fast_times(struct bench *b)
{
    bool same = true;
    uint64_t seed = 1;
    for (int i = 0; i < 300000 && same; i++) {
        char text[US_TIME_TEXT_MAX];
        int64_t span = US_TIME_MAX - US_TIME_MIN;
        int64_t at = US_TIME_MIN + (int64_t)(next(&seed) % (uint64_t)span);
        at -= at % (i % 3 == 0 ? 1 : i % 3 == 1 ? 1000 : 1000000);
        us_str s = us_time_write(at, text);
        if (i % 2) text[next(&seed) % s.len] = (char)next(&seed);
        int64_t fast = 5;
        int64_t slow = 5;
        same = us_clock_text(s, &fast) == us_time_read(s, &slow) && fast == slow;
        if (!same) printf("# %.*s\n", US_ARG(s));
    }
    CHECK_AS(
        &b->t, same, "the fast reader of times is the careful one, sound text or not");
}

/* --- heads --- */

static bool same_head(const struct us_head *x, const struct us_head *y)
{
    return x->seq == y->seq && x->known == y->known && x->received == y->received &&
           x->sent == y->sent && x->type == y->type && x->dialect == y->dialect &&
           us_str_eq(x->source, y->source) && us_str_eq(x->id, y->id) &&
           us_str_eq(x->context, y->context);
}

static void head_round_trip(struct bench *b)
{
    static const us_str sources[] = {
        US_S_INIT("import"), US_S_INIT("a \"b\"\n中"), US_S_INIT("")};
    bool same = true;
    uint64_t seed = 9;
    for (int i = 0; i < 20000 && same; i++) {
        us_mark mark = us_arena_mark(&b->a);
        struct us_head h = {.seq = (int64_t)(next(&seed) >> (1 + next(&seed) % 60))};
        h.known = US_TIME_MIN +
                  (int64_t)(next(&seed) % (uint64_t)(US_TIME_MAX - US_TIME_MIN));
        h.known -= i % 2 ? 0 : us_floor_div(h.known, 1000) % 1000 * 1000;
        h.received = next(&seed) % 2 ? US_NEVER : h.known / 2;
        h.sent = next(&seed) % 2 ? US_NEVER : us_floor_div(h.known, 1000000) * 1000000;
        h.type = (us_line_type)(next(&seed) % US_LINE_TYPES);
        if (h.type == US_LINE_MESSAGE)
            h.dialect = (us_dialect)(next(&seed) % US_DIALECTS);
        h.source = sources[next(&seed) % 3];
        if (next(&seed) % 2) h.id = US_S("0123456789abcdef");
        if (next(&seed) % 2) h.context = US_S("{\"groupId\":\"g\"}");
        struct us_buf out = us_buf_new(&b->a, 4096);
        us_head_write(&out, &h, US_S("{\"type\":\"track\"}"));
        us_str line = us_str_slice(us_buf_str(&out), 0, out.len - 1);
        struct us_json_doc doc;
        struct us_head read;
        uint32_t m = 0;
        same = out.ptr[out.len - 1] == '\n' && parsed(b, line, &doc) && doc.compact &&
               us_head_read(&doc, &read, &m, &b->a, NULL) == US_OK &&
               same_head(&h, &read) &&
               us_str_eq(us_json_raw(&doc, m), US_S("{\"type\":\"track\"}"));
        if (!same) printf("# %.*s\n", US_ARG(line));
        us_arena_pop(&b->a, mark);
    }
    CHECK_AS(&b->t, same, "semantics 26: a head is read back as it was written");
    struct us_head h = {.seq = 7,
        .known = moment(0) + 500000,
        .received = US_NEVER,
        .sent = moment(-1),
        .source = US_S("app")};
    struct us_buf out = us_buf_new(&b->a, 4096);
    us_head_write(&out, &h, US_S("{}"));
    CHECK(&b->t,
        us_str_eq(us_buf_str(&out), US_S("{\"us\":{\"seq\":7,\"known\":\"2026-11-23T10:"
                                         "00:00.500Z\",\"source\":\"app\","
                                         "\"dialect\":\"segment\",\"sentAt\":\"2026-11-"
                                         "23T09:59:59Z\"},\"m\":{}}\n")));
}

static void bad_heads(struct bench *b)
{
#define KNOWN "\"known\":\"2026-11-23T10:00:00Z\""
    static const struct {
        const char *line, *field;
    } lines[] = {
        {"[]", "us"},
        {"{\"m\":{}}", "us"},
        {"{\"us\":1,\"m\":{}}", "us"},
        {"{\"us\":{" KNOWN "},\"m\":{}}", "us.seq"},
        {"{\"us\":{\"seq\":1.5," KNOWN "},\"m\":{}}", "us.seq"},
        {"{\"us\":{\"seq\":1},\"m\":{}}", "us.known"},
        {"{\"us\":{\"seq\":1,\"known\":5},\"m\":{}}", "us.known"},
        {"{\"us\":{\"seq\":1,\"received\":\"x\"," KNOWN "},\"m\":{}}", "us.received"},
        {"{\"us\":{\"seq\":1,\"sentAt\":null," KNOWN "},\"m\":{}}", "us.sentAt"},
        {"{\"us\":{\"seq\":1,\"type\":\"x\"," KNOWN "},\"m\":{}}", "us.type"},
        {"{\"us\":{\"seq\":1,\"dialect\":\"x\"," KNOWN "},\"m\":{}}", "us.dialect"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct us_json_doc doc;
        struct us_head h = {.seq = 77};
        struct us_error e = {0};
        uint32_t m = 0;
        bool good = parsed(b, us_str_c(lines[i].line), &doc) &&
                    us_head_read(&doc, &h, &m, &b->a, &e) == US_INPUT && h.seq == 77 &&
                    strcmp(e.key, "event.bad_head") == 0 &&
                    us_str_eq(e.args[0].text, us_str_c(lines[i].field));
        CHECK_AS(&b->t, good, lines[i].line);
    }
    struct us_json_doc doc;
    struct us_head h;
    struct us_error e = {0};
    uint32_t m = 7;
    parsed(b, US_S("{\"us\":{\"commit\":{\"segment\":1}}}"), &doc);
    CHECK_AS(&b->t,
        us_head_read(&doc, &h, &m, &b->a, &e) == US_NOT_FOUND && m == US_JSON_NONE &&
            strcmp(e.key, "event.no_message") == 0,
        "a commit line");
}

/* --- batches and dialects --- */

static void batches(struct bench *b)
{
    struct us_json_doc doc;
    parsed(b,
        US_S("{\"batch\":[{\"event\":\"E\",\"userId\":\"u\"}, {\"event\":\"F\","
             "\"userId\":\"u\",\"context\":{\"groupId\":\"own\"}}],\"sentAt\":"
             "\"2026-11-23T10:00:01Z\",\"context\":{\"a\":{\"groupId\":\"not\"},\"x\":"
             "\"groupId\",\"groupId\":\"g\\/1\"}}"),
        &doc);
    struct us_head head = head_of(US_SEGMENT);
    bool secret = true;
    uint32_t batch = us_body_read(&doc, 0, &head, &secret);
    CHECK(&b->t, batch && head.sent == moment(1) && head.dialect == US_SEGMENT);
    CHECK(&b->t, head.context.len > 0 && head.context.ptr[0] == '{');
    head.received = moment(2);
    struct us_message m = {0};
    us_message_read(&doc, batch + 1, &head, US_NEVER, &b->a, &m, NULL);
    CHECK_AS(&b->t, us_str_eq(m.group, US_S("g/1")),
        "a batch's own context.groupId stands for its messages");
    us_message_read(&doc, doc.nodes[batch + 1].next, &head, US_NEVER, &b->a, &m, NULL);
    CHECK_AS(&b->t, us_str_eq(m.group, US_S("own")), "their own first");
    head.context = US_S("{\"groupId\":42}");
    us_message_read(&doc, batch + 1, &head, US_NEVER, &b->a, &m, NULL);
    CHECK(&b->t, us_str_eq(m.group, US_S("42")));
    head.context = US_S("{\"groupId\":null,\"b\":[{}]}");
    us_message_read(&doc, batch + 1, &head, US_NEVER, &b->a, &m, NULL);
    CHECK(&b->t, m.group.len == 0);

    static const struct {
        const char *json;
        us_dialect dialect;
        bool batch;
    } rows[] = {
        {"{}", US_SEGMENT, false},
        {"[]", US_SEGMENT, false},
        {"{\"batch\":[],\"sentAt\":\"bad\"}", US_SEGMENT, true},
        {"{\"batch\":[],\"created_at\":\"bad\"}", US_POSTHOG, true},
        {"{\"batch\":3,\"event\":\"E\",\"userId\":\"u\"}", US_SEGMENT, false},
        {"{\"type\":\"track\",\"batch\":[]}", US_SEGMENT, false},
        {"{\"api_key\":\"k\",\"event\":\"E\",\"properties\":{\"distinct_id\":\"d\"}}",
            US_POSTHOG, false},
        {"{\"event\":\"E\",\"properties\":{\"distinct_id\":\"d\"}}", US_POSTHOG, false},
        {"{\"event\":\"E\",\"userId\":\"u\",\"properties\":{\"distinct_id\":\"d\"}}",
            US_SEGMENT, false},
        {"{\"type\":\"track\",\"rudderId\":\"r\",\"userId\":\"u\"}", US_RUDDERSTACK,
            false},
        {"{\"type\":\"track\",\"channel\":\"server\",\"originalTimestamp\":\"x\","
         "\"receivedAt\":\"y\"}",
            US_SEGMENT, false}, /* Segment's own export */
        {"{\"type\":\"track\",\"context\":{\"library\":{\"name\":\"RudderLabs "
         "JavaScript "
         "SDK\"}}}",
            US_RUDDERSTACK, false},
        {"{\"type\":\"track\",\"context\":{\"library\":{\"name\":\"x/rudder-sdk\"}}}",
            US_RUDDERSTACK, false},
        {"{\"type\":\"track\",\"context\":{\"library.name\":\"jitsu-js\"}}", US_JITSU,
            false},
        {"{\"type\":\"track\",\"context\":{\"library\":{\"name\":\"@jitsu\"}}}",
            US_JITSU, false},
        {"{\"type\":\"track\",\"context\":{\"library\":{\"name\":\"jits rudde "
         "Rudder\"},\"ip\":\"jitsu\"}}",
            US_SEGMENT, false},
        {"{\"type\":\"page\",\"writeKey\":\"id:***\"}", US_JITSU, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        parsed(b, us_str_c(rows[i].json), &doc);
        bool is = us_body_read(&doc, 0, &head, &secret) != US_JSON_NONE;
        bool same = head.dialect == rows[i].dialect && is == rows[i].batch &&
                    head.sent == US_NEVER && us_dialect_of(&doc, 0) == head.dialect;
        CHECK_AS(&b->t, same, rows[i].json);
    }
}

static void names(struct bench *b)
{
    CHECK(&b->t, us_str_eq(us_semantic_role(US_S("Invite Sent")), US_S("invite")));
    CHECK(&b->t, us_str_eq(us_semantic_role(US_S("invite_sent")), US_S("invite")));
    CHECK(&b->t, us_str_eq(us_semantic_role(US_S("signedUp")), US_S("sign_up")));
    CHECK(&b->t, us_str_eq(us_semantic_role(US_S("Account Added User")), US_S("seat")));
    CHECK(&b->t, us_semantic_role(US_S("Invite Sent Again To All Of Them")).len == 0);
    CHECK(&b->t, us_semantic_role(US_S("")).len == 0);
    bool key = false;
    for (const us_str *s = us_message_secrets; s->len; s++)
        key |= us_str_eq(*s, US_S("writeKey"));
    CHECK_AS(&b->t, key, "semantics 26: write keys never enter the journal");
    CHECK(&b->t, strcmp(us_dialect_name(US_JITSU), "jitsu") == 0);
    CHECK(&b->t, strcmp(us_line_type_name(US_LINE_IMPORT), "import") == 0);
}

/* --- real data, where it is --- */

static int64_t count_calls(struct bench *b, gzFile f, int64_t calls[4])
{
    static char text[1 << 16];
    int64_t bad = 0;
    while (gzgets(f, text, sizeof text - US_JSON_PAD)) {
        us_mark mark = us_arena_mark(&b->a);
        struct us_json_doc doc;
        struct us_head head = head_of(US_SEGMENT);
        struct us_message m;
        us_str line = us_str_trim(us_str_c(text));
        bool good =
            us_json_parse(b->json, line, &doc, NULL) == US_OK &&
            us_dialect_of(&doc, 0) == US_SEGMENT &&
            us_message_read(&doc, 0, &head, US_NEVER, &b->a, &m, NULL) == US_OK &&
            m.at == m.known && !m.skewed;
        if (good)
            calls[m.call]++;
        else
            bad++;
        us_arena_pop(&b->a, mark);
    }
    return bad;
}

static void real_data(struct bench *b)
{
    const char *shared = getenv("USHER_SHARED");
    if (!shared) shared = USHER_SOURCE "/../shared";
    const char *path = us_arena_cstr(&b->a,
        us_arena_fmt(&b->a, "%s/data/callmemaybe/callmemaybe.ndjson.gz", shared));
    gzFile f = gzopen(path, "rb");
    if (!f) {
        printf(
            "# skipped: no %s; USHER_SHARED names the folder of the data sets\n", path);
        return;
    }
    int64_t calls[4] = {0};
    CHECK_AS(
        &b->t, count_calls(b, f, calls) == 0, "callmemaybe: every line is a message");
    gzclose(f);
    CHECK(&b->t, calls[US_GROUP] == 1824 && calls[US_TRACK] == 50826);
    CHECK(&b->t, calls[US_IDENTIFY] == 1092 && calls[US_ALIAS] == 0);
}

int main(void)
{
    struct bench b;
    bench_open(&b);
    clock_table(&b);
    fast_times(&b);
    head_round_trip(&b);
    bad_heads(&b);
    batches(&b);
    names(&b);
    real_data(&b);
    return bench_close(&b);
}
