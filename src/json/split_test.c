/* Where the elements of an array end, of texts that are JSON and of texts that are not.
 */

#include "base/buf.h"
#include "base/err.h"
#include "base/tap.h"
#include "json/split.h"

#include <stdio.h>

static us_str split(struct us_arena *a, const char *text, size_t most)
{
    struct us_json_parts parts;
    struct us_buf out = us_buf_new(a, 1 << 16);
    us_str all = us_str_c(text);
    if (!us_json_split(all, US_S("batch"), most, a, &parts)) return US_S("no");
    for (size_t i = 0; i < parts.count; i++)
        us_buf_fmt(&out, "<%.*s>", US_ARG(parts.items[i]));
    if (parts.more) us_buf_put(&out, US_S("more"));
    us_assert(all.ptr[parts.from - 1] == '[' && all.ptr[parts.to] == ']');
    return us_buf_str(&out);
}

int main(void)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"[]", ""},
        {" [ 1 , \"a\" ] ", "<1><\"a\">"},
        {"[[1,2],{\"a\":[3,4]},5]", "<[1,2]><{\"a\":[3,4]}><5>"},
        {"[\"a,]\\\"\",\"\\\\\",{\"}\":\"]\"}]",
            "<\"a,]\\\"\"><\"\\\\\"><{\"}\":\"]\"}>"},
        {"{\"batch\":[1,2]}", "<1><2>"},
        {"{\"x\":[7,8],\"batch\":[1],\"y\":{\"batch\":[9]}}", "<1>"},
        {"{\"x\":\"\\\"batch\\\":[7]\",\"batch\" : [ 1 ] , \"z\":2}", "<1>"},
        {"{\"batch\":[1],\"batch\":[2,3]}", "<2><3>"},
        {"{\"batch\":[]}", ""},
        /* what is no JSON within an element */
        {"[{\"a\":\xe9},{\"b\":tru}, x y ,\"\n\"]",
            "<{\"a\":\xe9}><{\"b\":tru}><x y><\"\n\">"},
        {"[1,,2]", "<1><><2>"},
        {"[1,]", "<1><>"},
        {"[{\"a\":1} 2,3]", "<{\"a\":1} 2><3>"},
        /* where nobody can tell */
        {"", "no"},
        {"   ", "no"},
        {"7", "no"},
        {"\"[1]\"", "no"},
        {"[", "no"},
        {"[1", "no"},
        {"[1}", "no"},
        {"[{]}", "no"},
        {"[\"a]", "no"},
        {"[\"a\\", "no"},
        {"[1] 2", "no"},
        {"{}", "no"},
        {"{\"batch\"", "no"},
        {"{\"batch\":", "no"},
        {"{\"batch\":{}}", "no"},
        {"{\"batch\":[1],\"batch\":2}", "no"},
        {"{\"b\\u0061tch\":[1]}", "no"},
        {"{\"batch\":[1]", "no"},
        {"{\"batch\":[1],}", "no"},
        {"{\"batch\":[1]]", "no"},
        {"{batch:[1]}", "no"},
        {"{\"batch\":[1]} 2", "no"},
        {"{\"x\":1}", "no"},
    };
    struct us_tap t = {0};
    struct us_arena a;
    us_arena_init(&a, 1 << 24);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        us_str got = split(&a, cases[i].text, 100);
        bool good = us_str_eq(got, us_str_c(cases[i].wanted));
        if (!good) printf("# %.*s\n", US_ARG(got));
        CHECK_AS(&t, good, cases[i].text[0] == '\n' ? "" : cases[i].wanted);
    }
    CHECK(&t, us_str_eq(split(&a, "[1,2,3]", 2), US_S("<1><2>more")));
    CHECK(&t, us_str_eq(split(&a, "[1,2,3]", 3), US_S("<1><2><3>")));
    struct us_json_parts parts;
    CHECK(&t, !us_json_split((us_str){"[1]\0", 4}, US_S("x"), 9, &a, &parts));
    /* Depth is only counted. */
    size_t deep = 1 << 20;
    struct us_buf out = us_buf_new(&a, 1 << 22);
    us_buf_char(&out, '[');
    for (size_t i = 0; i < deep; i++)
        us_buf_char(&out, '{');
    for (size_t i = 0; i < deep; i++)
        us_buf_char(&out, '}');
    us_buf_put(&out, US_S(",1]"));
    CHECK(&t, us_json_split(us_buf_str(&out), US_S(""), 9, &a, &parts) &&
                  parts.count == 2 && parts.items[0].len == 2 * deep);
    us_arena_done(&a);
    return us_tap_done(&t);
}
