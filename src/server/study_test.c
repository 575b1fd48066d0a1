/* study_test.c: every option that may be asked for through the API is one of the
 * command's, no file of the server is among them, and what is asked becomes its
 * arguments. */

#include "base/buf.h"
#include "base/tap.h"
#include "server/study.h"

#include <string.h>

struct ask {
    const char *body;
    const char *args; /* with a space between; NULL: it is refused … */
    const char *why;  /* … with this key */
};

static const struct ask asks[] = {
    {"{\"kind\":\"assess\"}", "--", NULL},
    {"{\"kind\":\"backtest\",\"of\":[\"team\"],\"options\":{\"horizon\":\"90d\","
     "\"limit\":5}}",
        "--horizon=90d --limit=5 -- team", NULL},
    {"{\"kind\":\"values\",\"options\":{\"user\":true,\"account\":[\"a\",\"b\"]}}",
        "--user --account=a --account=b --", NULL},
    {"{\"kind\":\"values\",\"options\":{\"user\":false}}", "--", NULL},
    {"{\"kind\":\"firings\",\"of\":[\"--html=x\"]}", "-- --html=x", NULL},
    {"{\"kind\":\"firings\",\"options\":{\"from\":\"-1\"}}", "--from=-1 --", NULL},
    {"{\"kind\":\"serve\"}", NULL, "server.study_kind"},
    {"{\"kind\":7}", NULL, "server.study_kind"},
    {"[]", NULL, "server.study_kind"},
    {"{\"kind\":\"backtest\"}", NULL, "server.study_of"},
    {"{\"kind\":\"backtest\",\"of\":\"team\"}", NULL, "server.study_of"},
    {"{\"kind\":\"backtest\",\"of\":[\"a\",\"b\"]}", NULL, "server.study_of"},
    {"{\"kind\":\"backtest\",\"of\":[{}]}", NULL, "server.study_of"},
    {"{\"kind\":\"backtest\",\"of\":[\"a\\u0000b\"]}", NULL, "server.study_value"},
    {"{\"kind\":\"fit\",\"options\":{\"write\":\"team\"}}", NULL,
        "server.study_option"},
    {"{\"kind\":\"fit\",\"options\":{\"html\":\"x\"}}", NULL, "server.study_option"},
    {"{\"kind\":\"fit\",\"options\":{\"\":\"x\"}}", NULL, "server.study_option"},
    {"{\"kind\":\"fit\",\"options\":[]}", NULL, "server.study_value"},
    {"{\"kind\":\"fit\",\"options\":{\"split\":null}}", NULL, "server.study_value"},
    {"{\"kind\":\"fit\",\"options\":{\"event\":[[1]]}}", NULL, "server.study_value"},
    {"{\"kind\":\"backtest\",\"of\":[\"a\"],\"options\":{\"against\":\"b\"}}",
        "--against=b -- a", NULL},
    {"{\"kind\":\"backtest\",\"of\":[\"a\"],\"options\":{\"against\":\"b.yml\"}}", NULL,
        "server.study_value"},
    {"{\"kind\":\"diff\",\"of\":[\"a\"]}", NULL, "server.study_config"},
    {"{\"kind\":\"diff\",\"of\":[\"a\",\"b.yml\"],\"config\":\"x\"}", NULL,
        "server.study_of"},
    {"{\"kind\":\"diff\",\"of\":[\"a\"],\"config\":\"x\"}", "-- a", NULL},
    {"{\"kind\":\"assess\",\"config\":\"x\"}", NULL, "server.study_no_config"},
};

static us_str joined(const struct us_study *s, struct us_arena *a)
{
    struct us_buf out = us_buf_new(a, 1 << 16);
    for (size_t i = 0; i < s->count; i++) {
        if (i) us_buf_char(&out, ' ');
        us_buf_put(&out, us_str_c(s->args[i]));
    }
    return us_buf_str(&out);
}

static void one(struct us_tap *t, const struct ask *k, struct us_arena *a)
{
    struct us_json_doc doc;
    struct us_study s;
    struct us_error e = {0};
    struct us_json *json = us_json_new();
    struct us_buf body = us_buf_new(a, 1 << 16);
    us_buf_put(&body, us_str_c(k->body));
    size_t len = body.len;
    for (size_t i = 0; i < US_JSON_PAD; i++)
        us_buf_char(&body, 0);
    us_code code = us_json_parse(json, (us_str){body.ptr, len}, &doc, &e);
    us_assert(code == US_OK);
    code = us_study_read(&doc, a, &s, &e);
    if (k->why)
        CHECK_AS(
            t, code != US_OK && us_str_eq(us_str_c(e.key), us_str_c(k->why)), k->body);
    else
        CHECK_AS(
            t, code == US_OK && us_str_eq(joined(&s, a), us_str_c(k->args)), k->body);
    us_json_free(json);
}

int main(void)
{
    struct us_tap t = {0};
    struct us_arena a;
    us_arena_init(&a, 1 << 26);
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++)
        one(&t, &asks[i], &a);
    us_arena_done(&a);
    return us_tap_done(&t);
}
