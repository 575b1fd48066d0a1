/* Messages as files hold them: lines, arrays of any layout, and what breaks them; each
 * dead letter names its place; no secret enters the journal, whatever is wrong. */

#include "import/array.h"
#include "import/import_fixture.h"

#include <stdio.h>

#define M(id)                                                                  \
    "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\",\"messageId\":\"" id \
    "\",\"timestamp\":\"2026-01-02T00:00:00Z\"}"

/* ---- arrays ---- */

static const struct {
    const char *what, *text;
    int64_t lines, added, dead;
    const char *told;
} layouts[] = {
    {"one line of NDJSON is an array", M("1") "\n[" M("2") "," M("3") "]\n" M("4") "\n",
        4, 4, 0, ""},
    {"a whole file, a message a line", "[\n" M("1") ",\n" M("2") "\n]\n", 2, 2, 0, ""},
    {"as jq and mongoexport write it", "[" M("1") ",\n" M("2") "]", 2, 2, 0, ""},
    {"printed for people",
        "\xef\xbb\xbf [\r\n  {\r\n    \"type\": \"track\",\r\n    \"event\": \"E "
        "]}\\\"\","
        "\r\n    \"userId\": \"u\",\r\n    \"timestamp\": \"2026-01-02T00:00:00Z\",\r\n"
        "    \"properties\": {\r\n      \"a\": [1, {\"b\": \"[\"}]\r\n    }\r\n  "
        "},\r\n  " M("2") "\r\n]\r\n",
        2, 2, 0, ""},
    {"nothing in it", "[]\n[ ]\n" M("1") "\n", 1, 1, 0, ""},
    {"arrays with a body of several in them", "[{\"batch\":[" M("1") "," M("2") "]}]",
        1, 2, 0, ""},
    {"what is no message is named by line and byte",
        "[" M("1") ",\n 7,\n{\"type\":},\n" M("2") ", [1]]", 5, 2, 3,
        "2:96 event.not_object\n3:99 json.bad\n4:204 event.not_object\n"},
    {"a string that does not end costs its line",
        "[\n" M("1") ",\n{\"type\":\"track,\n" M("2") "\n]\n" M("3") "\n", 4, 3, 1,
        "3:96 import.element_open\n"},
    {"and of one printed for people its element",
        "[\n  {\n    \"type\": \"x,\n    \"p\": [\n      {}\n    ]\n  },\n  " M(
            "2") "\n]\n",
        2, 1, 1, "2:4 import.element_open\n"},
    {"an element that does not end costs its line, not the file",
        "[\n" M("1") ",\n{\"type\":{\n" M("2") ",\n" M("3") "]", 4, 3, 1,
        "3:96 import.element_open\n"},
    {"a file cut off is told of", "[" M("1") ",\n" M("2") ",\n", 2, 2, 1,
        "3:189 import.array_open\n"},
    {"cut off within an element", "[" M("1") ",\n{\"type\":\"tra", 2, 1, 2,
        "2:95 import.element_open\n2:107 import.array_open\n"},
    {"a bracket too many", "[" M("1") "]]\n}\n" M("2") "\n", 4, 2, 2,
        "1:94 json.bad\n2:96 json.bad\n"},
};

static void written_as(struct us_tap *t, struct fixture *x)
{
    static const struct us_column_map map[] = {
        {US_S_INIT("Time"), US_S_INIT("timestamp")}};
    struct place p;
    struct us_error why = {0};
    place_init(&p, x, "as");
    us_str path = written(x, "as.ndjson", US_S(M("1") "\n"));
    p.options.kind = US_S("payments");
    CHECK(t, import(&p, &path, 1, &why) == US_USAGE);
    CHECK(t, us_str_eq(us_str_c(why.key), US_S("import.ndjson_as")));
    p.options.kind = US_S("Events"); /* which is what they are */
    OK(t, import(&p, &path, 1, e));
    CHECK(t, p.counts.added == 1);
    p.options.map = map;
    p.options.map_count = 1;
    CHECK(t, import(&p, &path, 1, &why) == US_USAGE);
    CHECK(t, us_str_eq(us_str_c(why.key), US_S("import.ndjson_map")));
}

/* ---- secrets ---- */

static void secrets(struct us_tap *t, struct fixture *x)
{
    struct place p;
    place_init(&p, x, "secrets");
    us_str paths[] = {
        written(x, "broken.ndjson",
            US_S("{\"writeKey\":\"QQ1\",\"type\":\"track\"\n"
                 "{\"type\":\"track\",\"context\":{\"headers\":{\"Authorization\":"
                 "\"Basic QQ2=\"}},\"event\":\"kept\"}\n"
                 "\xff{\"api_key\":\"QQ3\"}\n[{\"token\":\"QQ4}\n]\n" M("1") "\n")),
        written(x, "accounts.csv",
            US_S("account,API Key,password,plan,at\na1,QQ5,\"QQ\"\"6\",free,never\n"
                 "a2,QQ7,QQ8,pro,2026-01-01\na3,QQ9,QQ0,\"open,2026-01-01\n"))};
    OK(t, import(&p, paths, 2, e));
    us_str rows = answer(&p, "SELECT coalesce(message->>'bytes', "
                             "decode(from_base64(message->>'base64')[2:])) FROM "
                             "dead_letters ORDER BY seq");
    CHECK(t, fixture_same(rows, US_S("{\"writeKey\":\"***\",\"type\":\"track\"\n"
                                     "{\"type\":\"track\",\"context\":{\"headers\":{"
                                     "\"Authorization\":"
                                     "\"***\"}},\"event\":\"kept\"}\n"
                                     "{\"api_key\":\"***\"}\n{\"token\":\"***\n"
                                     "a1,***,\"***\",free,never\na3,***,***,\"open,"
                                     "2026-01-01\n\n"))); /* the
                                                             quote
                                                             took
                                                             the
                                                             line
                                                             end
                                                           */
    us_str traits = answer(&p, "SELECT DISTINCT key FROM traits ORDER BY key");
    CHECK_AS(t, fixture_same(traits, US_S("password\nplan\n")),
        "what is named as a key is no trait");
    us_str left = answer(&p, "SELECT count(*) FROM dead_letters WHERE message LIKE "
                             "'%QQ%'");
    CHECK(t, fixture_same(left, US_S("0\n")));
}

static void arrays(struct us_tap *t, struct fixture *x)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        struct place p;
        place_init(&p, x, us_arena_cstr(&x->a, us_arena_fmt(&x->a, "array%zu", i)));
        us_str path = written(x, "array.json", us_str_c(layouts[i].text));
        OK(t, import(&p, &path, 1, e));
        bool same = p.counts.lines == layouts[i].lines &&
                    p.counts.added == layouts[i].added &&
                    p.counts.dead == layouts[i].dead;
        if (!same)
            printf("# %lld rows, %lld added, %lld dead", (long long)p.counts.lines,
                (long long)p.counts.added, (long long)p.counts.dead);
        CHECK_AS(t, same, layouts[i].what);
        CHECK_AS(t, fixture_same(us_buf_str(&p.told), us_str_c(layouts[i].told)),
            layouts[i].what);
    }
}

int main(void)
{
    struct us_tap t = {0};
    struct fixture x;
    fixture_init(&x);
    arrays(&t, &x);
    written_as(&t, &x);
    secrets(&t, &x);
    fixture_done(&x);
    return us_tap_done(&t);
}
