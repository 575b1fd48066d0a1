/* Whose line it is, and what of others' lines becomes stars: a table, and what must
 * hold of every row of it. */
#include "base/tap.h"
#include "import/person.h"

#include <stdio.h>
#include <string.h>

#define HEAD(seq) "{\"us\":{\"seq\":" #seq ",\"known\":\"2026-01-01T00:00:00Z\"},\"m\":"
#define TYPED(type)                                                          \
    "{\"us\":{\"seq\":1,\"known\":\"2026-01-01T00:00:00Z\",\"type\":\"" type \
    "\"},\"m\":"
#define TRACK(who)                             \
    HEAD(3)                                    \
    "{\"type\":\"track\",\"event\":\"E\"," who \
    ",\"timestamp\":\"2026-01-01T00:00:00Z\"}}"

static const struct row {
    const char *line, *want; /* NULL: it goes; the same: it stays as it is */
} rows[] = {
    /* by an id of hers */
    {TRACK("\"userId\":\"u_4711\""), NULL},
    {TRACK("\"userId\":42"), NULL},
    {TRACK("\"userId\":\"\\u0075_4711\""), NULL},
    {TRACK("\"anonymousId\":\"a-1f9c-77aa\""), NULL},
    {TRACK("\"userId\":\"42\",\"anonymousId\":\"z\""), NULL},
    {HEAD(7) "{\"type\":\"track\",\"event\":\"E\",\"anonymousId\":\"kiosk-3301\","
             "\"timestamp\":\"2026-01-01T00:00:00Z\"}}",
        NULL},
    {HEAD(4) "{\"type\":\"alias\",\"userId\":\"other\",\"previousId\":\"u_4711\","
             "\"timestamp\":\"2026-01-01T00:00:00Z\"}}",
        NULL},
    {HEAD(4) "{\"type\":\"identify\",\"userId\":\"u_4711\",\"anonymousId\":\"kiosk-"
             "3301\""
             ",\"timestamp\":\"2026-01-01T00:00:00Z\"}}",
        NULL},
    {TYPED("contact") "{\"email\":\"ADA@x.example\",\"account\":\"n\"}}", NULL},
    {TYPED("mql") "{\"contact\":\"ada@x.example\",\"account\":\"n\"}}", NULL},
    {TYPED("activity") "{\"contact\":\"u_4711\",\"account\":\"n\"}}", NULL},
    {TYPED("test") "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u_4711\","
                   "\"timestamp\":\"2026-01-01T00:00:00Z\"}}",
        NULL},
    {TYPED("dead") "{\"bytes\":\"{\\\"userId\\\":\\\"u_4711\\\"\"}}", NULL},
    {TYPED("dead") "{\"bytes\":\"{\\\"userId\\\":\\\"42\\\"\"}}", NULL},
    {TYPED("dead") "{\"bytes\":\"{\\\"userId\\\": 42,\"}}", NULL},
    {TYPED("dead") "{\"base64\":\"/3VfNDcxMSA=\"}}", NULL}, /* "\xffu_4711 " */

    /* others' */
    {TRACK("\"userId\":\"u_47112\""), TRACK("\"userId\":\"u_47112\"")},
    {TRACK("\"userId\":\"4\""), TRACK("\"userId\":\"4\"")},
    {TRACK("\"userId\":\"other\",\"anonymousId\":\"kiosk-3301\""),
        TRACK("\"userId\":\"other\",\"anonymousId\":\"kiosk-3301\"")},
    {TRACK("\"anonymousId\":\"kiosk-3301\""), TRACK("\"anonymousId\":\"kiosk-3301\"")},
    {TYPED("contact") "{\"email\":\"ben@x.example\",\"account\":\"n\"}}",
        TYPED("contact") "{\"email\":\"ben@x.example\",\"account\":\"n\"}}"},
    {TYPED("dead") "{\"bytes\":\"{\\\"userId\\\":421,\"}}",
        TYPED("dead") "{\"bytes\":\"{\\\"userId\\\":421,\"}}"},
    {TYPED("dead") "{\"bytes\":\"seats 42 or 4711\"}}",
        TYPED("dead") "{\"bytes\":\"seats 42 or 4711\"}}"},
    /* a short id is a word like others */
    {TRACK("\"userId\":\"o\",\"properties\":{\"seats\":\"42\"}"),
        TRACK("\"userId\":\"o\",\"properties\":{\"seats\":\"42\"}")},

    /* others' that name her */
    {TRACK("\"userId\":\"o\",\"anonymousId\":\"a-1f9c-77aa\""),
        TRACK("\"userId\":\"o\",\"anonymousId\":\"***********\"")},
    {TRACK("\"userId\":\"o\",\"properties\":{\"by\":\"u_4711\"}"),
        TRACK("\"userId\":\"o\",\"properties\":{\"by\":\"******\"}")},
    {TRACK("\"userId\":\"o\",\"properties\":{\"to\":\"Ada@X.example\"}"),
        TRACK("\"userId\":\"o\",\"properties\":{\"to\":\"*************\"}")},
    {TRACK("\"userId\":\"o\",\"properties\":{\"t\":\"<ada@x.example>, hi\"}"),
        TRACK("\"userId\":\"o\",\"properties\":{\"t\":\"<*************>, hi\"}")},
    {TRACK("\"userId\":\"o\",\"properties\":{\"u\":\"/?m=ada%40x.example&n=1\"}"),
        TRACK("\"userId\":\"o\",\"properties\":{\"u\":\"/?m=***************&n=1\"}")},
    {TRACK("\"userId\":\"o\",\"properties\":{\"u\":\"%3Cada@x.example\"}"),
        TRACK("\"userId\":\"o\",\"properties\":{\"u\":\"%3C*************\"}")},
    {TRACK("\"userId\":\"o\",\"properties\":{\"t\":\"\\u0061da@x.example\"}"),
        TRACK("\"userId\":\"o\",\"properties\":{\"t\":\"******************\"}")},
    {TRACK("\"userId\":\"o\",\"properties\":{\"t\":\"see a-1f9c-77aa there\"}"),
        TRACK("\"userId\":\"o\",\"properties\":{\"t\":\"see *********** there\"}")},
    {TRACK("\"userId\":\"o\",\"properties\":{\"ada@x.example\":1}"),
        TRACK("\"userId\":\"o\",\"properties\":{\"*************\":1}")},
    {TYPED("deal") "{\"deal_id\":\"d\",\"account\":\"n\",\"owner\":\"ada@x.example\"}}",
        TYPED("deal") "{\"deal_id\":\"d\",\"account\":\"n\",\"owner\":\"*************"
                      "\"}}"},
    {TRACK("\"userId\":\"o\",\"properties\":{\"t\":\"请联系ada@x.example谢谢\"}"),
        TRACK("\"userId\":\"o\",\"properties\":{\"t\":\"请联系*************谢谢\"}")},
    /* not hers: longer words */
    {TRACK("\"userId\":\"o\",\"properties\":{\"to\":\"canada@x.example\"}"),
        TRACK("\"userId\":\"o\",\"properties\":{\"to\":\"canada@x.example\"}")},
    {TRACK("\"userId\":\"o\",\"properties\":{\"to\":\"x.ada@x.example\"}"),
        TRACK("\"userId\":\"o\",\"properties\":{\"to\":\"x.ada@x.example\"}")},
    {TRACK("\"userId\":\"o\",\"properties\":{\"to\":\"ada@x.example.org\"}"),
        TRACK("\"userId\":\"o\",\"properties\":{\"to\":\"ada@x.example.org\"}")},
    {TRACK("\"userId\":\"o\",\"properties\":{\"t\":\"ya-1f9c-77aab\"}"),
        TRACK("\"userId\":\"o\",\"properties\":{\"t\":\"ya-1f9c-77aab\"}")},
    /* the end of a sentence is not of the address */
    {TRACK("\"userId\":\"o\",\"properties\":{\"t\":\"ask ada@x.example.\"}"),
        TRACK("\"userId\":\"o\",\"properties\":{\"t\":\"ask *************.\"}")},
};

static struct us_person *her(void)
{
    static us_str users[] = {US_S_INIT("u_4711"), US_S_INIT("42")};
    static us_str anonymous[] = {US_S_INIT("a-1f9c-77aa")};
    static us_str shared[] = {US_S_INIT("kiosk-3301")};
    static us_str emails[] = {US_S_INIT("ada@x.example")};
    static int64_t lines[] = {5, 7, 9};
    struct us_history_circle c = {.users = users,
        .user_count = 2,
        .anonymous = anonymous,
        .anonymous_count = 1,
        .shared = shared,
        .shared_count = 1,
        .emails = emails,
        .email_count = 1,
        .lines = lines,
        .line_count = 3};
    return us_person_new(&c);
}

static bool row_holds(struct us_person *p, const struct row *row)
{
    enum { ROOM = 1 << 12 };
    char line[ROOM] = {0};
    size_t len = strlen(row->line);
    us_line_type type = US_LINE_TYPES;
    us_assert(len + US_JSON_PAD < sizeof line);
    memcpy(line, row->line, len);
    us_person_text(p, (us_str){line, len});
    us_person_verdict v = us_person_judge(p, line, len, &type);
    if (!row->want) return v == US_PERSON_GOES && type != US_LINE_TYPES;
    bool same = strcmp(row->line, row->want) == 0;
    if (v != (same ? US_PERSON_STAYS : US_PERSON_MASKED)) return false;
    return strcmp(line, row->want) == 0;
}

static void test_rows(struct us_tap *t)
{
    struct us_person *p = her();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_AS(t, row_holds(p, &rows[i]), rows[i].line);
    us_person_free(p);
}

/* The same of all rows in one text. */
static void test_text(struct us_tap *t)
{
    enum { ROOM = 1 << 15 };
    static char text[ROOM];
    static char want[ROOM];
    struct us_person *p = her();
    size_t len = 0;
    us_line_type type;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t own = strlen(rows[i].line);
        us_assert(len + own + US_JSON_PAD < ROOM);
        memcpy(text + len, rows[i].line, own);
        memcpy(want + len, rows[i].want ? rows[i].want : rows[i].line, own);
        if (!rows[i].want) memset(want + len, '\n', own);
        text[len + own] = want[len + own] = '\n';
        len += own + 1;
    }
    us_person_text(p, (us_str){text, len});
    for (us_str rest = {text, len}; rest.len;) {
        char *line = text + (rest.ptr - text);
        size_t own = us_str_cut(rest, '\n', &rest).len;
        if (us_person_judge(p, line, own, &type) == US_PERSON_GOES)
            memset(line, '\n', own);
    }
    CHECK(t, memcmp(text, want, len) == 0);
    us_person_free(p);
}

/* In what was decided: JSON whose escapes nobody looks into. */
static void test_mask(struct us_tap *t)
{
    struct us_person *p = her();
    char text[] = "{\"user\":\"u_4711\",\"why\":\"ada@x.example and u_4711, 42\"}";
    CHECK(t, us_person_mask(p, text, sizeof text - 1));
    CHECK(
        t, strcmp(text,
               "{\"user\":\"******\",\"why\":\"************* and u_4711, 42\"}") == 0);
    char other[] = "{\"user\":\"u_4712\"}";
    CHECK(t, !us_person_mask(p, other, sizeof other - 1));
    us_person_free(p);
}

int main(void)
{
    struct us_tap t = {0};
    test_rows(&t);
    test_text(&t);
    test_mask(&t);
    return us_tap_done(&t);
}
