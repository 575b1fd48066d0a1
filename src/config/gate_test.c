/* One more gate: all else stays byte for byte, and it loads with that gate as its last
 * (or its first, where it had none). */

#include "base/tap.h"
#include "config/config.h"

#include <stdio.h>
#include <string.h>

#define X     "first(count(\"Invite Sent\", 14d)) >= 3"
#define COLON "count(\"a: b\", 1d) >= 1"

static const struct {
    const char *name, *before, *expression, *after; /* after NULL: none is taken */
} rows[] = {
    {"a list with lines",
        "qualify:\n  q: # mine\n    must:   # gates\n      - a > 1   # one\n"
        "      - b > 2   # two\n    stay: a > 1\n",
        X,
        "qualify:\n  q: # mine\n    must:   # gates\n      - a > 1   # one\n"
        "      - b > 2   # two\n      - " X "\n    stay: a > 1\n"},
    {"at the same depth as its key", "qualify:\n  q:\n    must:\n    - a > 1\n", X,
        "qualify:\n  q:\n    must:\n    - a > 1\n    - " X "\n"},
    {"a gate in quotes",
        "qualify:\n  q:\n    must:\n      - 'count(\"it''s\", 1d) > 1'\n", X,
        "qualify:\n  q:\n    must:\n      - 'count(\"it''s\", 1d) > 1'\n      - " X
        "\n"},
    {"one that needs quotes", "qualify:\n  q:\n    must:\n      - a > 1\n", COLON,
        "qualify:\n  q:\n    must:\n      - a > 1\n      - '" COLON "'\n"},
    {"a list in brackets", "qualify:\n  q:\n    must: [a > 1, 'b > 2'] # here\n", X,
        "qualify:\n  q:\n    must: [a > 1, 'b > 2', '" X "'] # here\n"},
    {"a definition in braces with gates",
        "qualify: {q: {kind: pqa, must: [\"a > 1\"]}}\n", X,
        "qualify: {q: {kind: pqa, must: [\"a > 1\", '" X "']}}\n"},
    {"no gate yet",
        "qualify:\n  q:\n\n    # for sale\n    kind: pqa\n    stay: a > 1\n", X,
        "qualify:\n  q:\n\n    # for sale\n    must:\n      - " X
        "\n    kind: pqa\n    stay: a > 1\n"},
    {"without a line end at the end", "qualify:\n  q:\n    must:\n      - a > 1", X,
        "qualify:\n  q:\n    must:\n      - a > 1\n      - " X},
    {"line ends of another system",
        "qualify:\r\n  q:\r\n    must:\r\n      - a > 1\r\n    hold: 1d\r\n", X,
        "qualify:\r\n  q:\r\n    must:\r\n      - a > 1\r\n      - " X
        "\r\n    hold: 1d\r\n"},
    {"other scripts before it",
        "qualify:\n  q:\n    must: ['count(\"邀请\", 1d) > 1']\n", X,
        "qualify:\n  q:\n    must: ['count(\"邀请\", 1d) > 1', '" X "']\n"},
    {"braces without gates", "qualify: {q: {kind: pqa}}\n", X, NULL},
    {"a definition of its own", "outcomes: {paid: {payment: first}}", X,
        "outcomes: {paid: {payment: first}}\nqualify:\n  found:\n    kind: pqa\n    "
        "aim: paid\n"
        "    must:\n      - " X "\n"},
};

static bool added(
    const struct us_config *c, us_str text, us_str expression, struct us_arena *a)
{
    struct us_diags d = {.arena = a};
    struct us_config *now = NULL;
    us_code code = us_config_parse(US_S("t.yml"), text, a, &d, &now, NULL);
    if (code != US_OK || d.errors || now->definition_count == 0) return false;
    const struct us_definition_text *def = &now->definitions[0];
    size_t before = c->definition_count ? c->definitions[0].must_count : 0;
    bool more = def->must_count == before + 1;
    return more && us_str_eq(def->must[def->must_count - 1].text, expression);
}

int main(void)
{
    struct us_tap t = {0};
    struct us_arena a;
    us_arena_init(&a, 256 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        us_arena_reset(&a);
        struct us_diags d = {.arena = &a};
        struct us_config *c = NULL;
        us_code code =
            us_config_parse(US_S("t.yml"), us_str_c(rows[i].before), &a, &d, &c, NULL);
        us_assert(code == US_OK && c);
        struct us_gate_asked asked = {.definition = c->definition_count ? 0 : SIZE_MAX,
            .name = US_S("found"),
            .aim = US_S("paid"),
            .expression = us_str_c(rows[i].expression)};
        uint32_t file = 9;
        us_str text = {0};
        bool taken = us_config_gate(c, &asked, &a, &file, &text);
        bool good = taken == (rows[i].after != NULL);
        if (good && taken)
            good = file == 0 && us_str_eq(text, us_str_c(rows[i].after)) &&
                   added(c, text, asked.expression, &a);
        if (!CHECK_AS(&t, good, rows[i].name)) printf("# %.*s\n", US_ARG(text));
    }
    us_arena_done(&a);
    return us_tap_done(&t);
}
