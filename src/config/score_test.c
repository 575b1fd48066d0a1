/* Lines of a score and their signals put into a text: all else stays byte for byte, it
 * loads with just those lines, and once more changes nothing. */

#include "base/tap.h"
#include "config/config.h"

#include <stdio.h>

#define ONE   "12 if a1 >= 1"
#define TWO   "88 if a1 >= 3"
#define OWN   "first(count(\"A\", 14d))"
#define ITEMS "        - " ONE "\n        - " TWO "\n"

enum { USAGE = US_AXIS_USAGE, FIT = US_AXIS_FIT };

static const struct {
    const char *name, *before;
    int axis;
    bool replace;
    us_scored scored;
    const char *after;
} rows[] = {
    {"behind must, signals at the end",
        "qualify:\n  q: # mine\n    must: [a > 1] # gate\n    # sold\n    hold: 1d\n",
        USAGE, false, US_SCORED,
        "qualify:\n  q: # mine\n    must: [a > 1] # gate\n    score:\n      "
        "usage:\n" ITEMS "    # sold\n    hold: 1d\nsignals:\n  a1: " OWN "\n"},
    {"no must, and no end of the last line", "qualify:\n  q:\n    who: a", USAGE, false,
        US_SCORED,
        "qualify:\n  q:\n    who: a\n    score:\n      usage:\n" ITEMS
        "\nsignals:\n  a1: " OWN "\n"},
    {"another axis beside it, signals that are there",
        "signals:\n    b: 1 # one\n# end\nqualify:\n  q:\n    score:\n      fit: [9 if "
        "b]\n"
        "    who: b\n",
        USAGE, false, US_SCORED,
        "signals:\n    b: 1 # one\n    a1: " OWN
        "\n# end\nqualify:\n  q:\n    score:\n      fit: [9 if b]\n      usage:\n" ITEMS
        "    who: b\n"},
    {"behind a signal of several lines",
        "signals:\n  b:\n    is: 1\n    say: {en: x, zh: y} # words\nqualify:\n  q:\n"
        "    must:\n    - b > 0 # gate\n    - b > 1\n",
        FIT, false, US_SCORED,
        "signals:\n  b:\n    is: 1\n    say: {en: x, zh: y} # words\n  a1: " OWN
        "\nqualify:\n  q:\n    must:\n    - b > 0 # gate\n    - b > 1\n    score:\n    "
        "  fit:\n" ITEMS},
    {"a section without a word, an axis without one",
        "signals: # none\nqualify:\n  q:\n    score:\n      usage: # soon\n    who: "
        "a\n",
        USAGE, false, US_SCORED,
        "signals: # none\n  a1: " OWN
        "\nqualify:\n  q:\n    score:\n      usage: # soon\n" ITEMS "    who: a\n"},
    {"lines are left alone", "qualify:\n  q:\n    score:\n      usage: [1 if a]\n",
        USAGE, false, US_SCORED_TAKEN, NULL},
    {"unless they are to go, comments stay",
        "qualify:\n  q:\n    score:\n      usage: # axis\n      # first\n      - 1 if "
        "a\n"
        "      # next\n      - '2 if b' # two\n      # last\n      fit: [3 if a]\n",
        USAGE, true, US_SCORED,
        "qualify:\n  q:\n    score:\n      usage: # axis\n      # first\n      # next\n"
        "      - " ONE "\n      - " TWO
        "\n      # last\n      fit: [3 if a]\nsignals:\n  a1: " OWN "\n"},
    {"from brackets to lines",
        "qualify:\n  q:\n    score:\n      usage: ['1 if a', 2 if b] # points\n    "
        "who: a\n",
        USAGE, true, US_SCORED,
        "qualify:\n  q:\n    score:\n      usage: # points\n" ITEMS
        "    who: a\nsignals:\n  a1: " OWN "\n"},
    {"from one line alone",
        "qualify:\n  q:\n    score:\n      usage: '1 if a' # it''s\n", USAGE, true,
        US_SCORED,
        "qualify:\n  q:\n    score:\n      usage: # it''s\n" ITEMS
        "signals:\n  a1: " OWN "\n"},
    {"a score without a word", "qualify:\n  q:\n    score: # soon\n    who: a\n", USAGE,
        false, US_SCORED,
        "qualify:\n  q:\n    score: # soon\n      usage:\n" ITEMS
        "    who: a\nsignals:\n  a1: " OWN "\n"},
    {"line ends of another system",
        "qualify:\r\n  q:\r\n    who: a\r\n    score:\r\n      usage:\r\n        - 1 "
        "if a\r\n",
        USAGE, true, US_SCORED,
        "qualify:\r\n  q:\r\n    who: a\r\n    score:\r\n      usage:\r\n        - " ONE
        "\r\n        - " TWO "\r\nsignals:\r\n  a1: " OWN "\r\n"},
    {"a definition in braces", "qualify: {q: {who: a}}\n", USAGE, false,
        US_SCORED_BRACES, NULL},
    {"a score in braces", "qualify:\n  q:\n    score: {fit: [1 if a]}\n", USAGE, false,
        US_SCORED_BRACES, NULL},
    {"signals in braces", "signals: {b: 1}\nqualify:\n  q:\n    who: b\n", USAGE, false,
        US_SCORED_BRACES, NULL},
    {"comments inside brackets",
        "qualify:\n  q:\n    score:\n      usage: [1 if a, # why\n        2 if b]\n",
        USAGE, true, US_SCORED_BRACES, NULL},
};

static us_str lines[] = {US_S_INIT(ONE), US_S_INIT(TWO)};
static us_str names[] = {US_S_INIT("a1")};
static us_str expressions[] = {US_S_INIT(OWN)};

static struct us_config *parsed(us_str text, struct us_arena *a)
{
    struct us_diags d = {.arena = a};
    struct us_config *c = NULL;
    us_code code = us_config_parse(US_S("t.yml"), text, a, &d, &c, NULL);
    return code == US_OK && c && c->definition_count ? c : NULL;
}

/* It has the lines and the signal, and a second time all of it is there. */
static bool holds(us_str text, struct us_score_asked asked, struct us_arena *a)
{
    const struct us_config *c = parsed(text, a);
    if (!c) return false;
    const struct us_definition_text *def = &c->definitions[0];
    bool good = def->score_count[asked.axis] == 2 &&
                us_str_eq(def->score[asked.axis][1].text, lines[1]);
    good &= c->signal_count &&
            us_str_eq(c->signals[c->signal_count - 1].is.text, expressions[0]);
    struct us_score_put put;
    asked.signal_count = 0;
    asked.replace = false;
    return good && us_config_score(c, &asked, a, &put) == US_SCORED_SAME;
}

int main(void)
{
    struct us_tap t = {0};
    struct us_arena a;
    us_arena_init(&a, 512 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        us_arena_reset(&a);
        const struct us_config *c = parsed(us_str_c(rows[i].before), &a);
        us_assert(c);
        struct us_score_asked asked = {.axis = (us_axis)rows[i].axis,
            .lines = lines,
            .line_count = 2,
            .signals = names,
            .expressions = expressions,
            .signal_count = 1,
            .replace = rows[i].replace};
        struct us_score_put put = {0};
        us_scored scored = us_config_score(c, &asked, &a, &put);
        bool good = scored == rows[i].scored;
        if (good && rows[i].after)
            good = us_str_eq(put.text, us_str_c(rows[i].after)) &&
                   holds(put.text, asked, &a);
        if (!CHECK_AS(&t, good, rows[i].name))
            printf("# %d\n%.*s\n", scored, US_ARG(put.text));
    }
    us_arena_done(&a);
    return us_tap_done(&t);
}
