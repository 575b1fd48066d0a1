#include "config/config_test.h"
#include "config/world.h"

#include <string.h>

/* A definition that is right, for snippets about something else. */
#define PQA  "qualify:\n  q: {aim: o, who: x > 1}\n"
#define COMP "comp: {p: {team: a, from: 2026-01-01, "
#define O    "outcomes: {o: {payment: first}}\n"

/* The keys are without "config."; a warning's begins with ~. */
static const struct {
    const char *yaml;
    const char *diags;
} rows[] = {
    {"", ""},
    {"# nothing\n", ""},
    {"\xef\xbb\xbf"
     "acount: 1\n",
        "1:1 unknown_section"},
    /* text */
    {"exclude: a\xff\n", "1:11 utf8"},
    {"exclude: \xe4\xb8\xad\xe4\xb8\n", "1:11 utf8"},
    {"exclude: a\x01\n", "1:11 control"},
    {"exclude: a\x7f\n", "1:11 control"},
    {"exclude: a\xc2\x85"
     "b\n",
        "1:11 control"},
    {"exclude: a\xe2\x80\xa8"
     "b\n",
        "1:11 control"},
    {"exclude: a\rb\n", "1:11 control"},
    {"exclude: a\r\ncosts: {}\r\n", "2:8 empty"},
    {"account:\n\tunit: company\n \tfixed: a\n", "2:1 tab|3:2 tab"},
    {"account:\n  unit:\tcompany\n\t\n", "3:1 tab"},
    {"account:\n  unit:\tcompany\t\n", ""},
    /* YAML */
    {"%YAML 1.1\n---\nsignals: {a: b}\n", "1:1 directive"},
    {"a: b\n- c\n", "2:1 yaml_syntax"},
    {"account:\n  unit: company\n fixed: a\n", "3:2 yaml_indent"},
    {"exclude: \"x\n", "1:10 yaml_quote"},
    {"exclude: 'x\n", "1:10 yaml_quote"},
    {"exclude: \"a\\qb\"\n", "1:12 yaml_quote"},
    {"account: {internal: [a.com, fixed: x\n", "2:1 yaml_bracket"},
    {"plays: {a: {on: b in [1]}}\n", "1:22 yaml_bracket"},
    {"account:\n  unit: company\n  fixed\n", "3:3 yaml_colon"},
    {"exclude: @x\n", "1:10 yaml_start"},
    {"exclude: \"x\" in y\n", "1:10 quote_first"},
    {"qualify:\n  q:\n    must:\n      - \"x\" in y # z\n", "4:9 quote_first"},
    {"exclude: 'x' in y\n", "1:10 quote_first"},
    {"exclude: a == \"b: c\"\n", "1:10 cut_colon"},
    {"signals:\n  s: *x\n", "2:6 anchor"},
    {"signals:\n  s: &x y\n", "2:6 anchor"},
    {"signals: &x\n  s: y\n", "1:10 anchor"},
    {"account:\n  fixed: &f [*f]\n", "2:10 anchor"},
    {"signals:\n  s: !x y\n", "2:6 tag"},
    {"account: !!map {unit: company}\n", "1:10 tag"},
    {"account: {unit: company}\n---\ncosts: {}\n", "2:1 documents"},
    {"a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n",
        "1:35 too_deep"},
    {"? [a]\n: b\n", "1:3 key_shape"},
    {"a:\n  ? b: c\n  : d\n", "2:5 key_shape"},
    {"{a: b}: c\n", "1:1 key_shape"},
    {"- a\n", "1:3 not_keys"},
    {"account\n", "1:1 not_keys"},
    {"include: a.yml\n", "1:1 include_memory"},
    /* keys */
    {"acount: {unit: company}\nnothing_like_it: 1\n",
        "1:1 unknown_section|2:1 unknown_section"},
    {"account: {unti: company}\n", "1:11 unknown_key"},
    {"account: {unit:company}\n", "1:11 colon_space"},
    {"account:\n  unit:company\n", "2:3 colon_space"},
    {"signals:\n  a: 1\n  a: 2\n  a: 3\n", "3:3 twice|4:3 twice"},
    {"signals: {a: 1}\nsignals: {b: 2}\n", "2:1 twice"},
    {"signals: {a: 1}\nuser_signals: {a: 2, b: 1}\n", "2:16 twice"},
    {"account: {unit: company, unit: company}\n", "1:26 twice"},
    {"signals:\n  s: {may_mention: no}\n", "2:3 missing_key"},
    {PQA O "plays: {p: {holdout: {share: 5%}}}\n", "4:9 missing_key|4:13 missing_key"},
    {"sources: {web: {mode: test}}\n", "1:11 missing_key"},
    {"sources: {web: {kind: stripe}}\n", "1:11 missing_key"},
    {"sources: {web: {kind: stripe, key: k}}\n", "1:11 missing_key|1:31 other_kind"},
    {"sources: {web: {key: k, secret: s, customers: c}}\n",
        "1:25 other_kind|1:36 other_kind"},
    {"sources: {web: {kind: records, secret: k}}\n",
        "1:11 missing_key|1:32 other_kind"},
    {"sources: {web: {kind: strip, secret: s}}\n", "1:23 choice"},
    {"signals:\ncosts:\n", "1:1 empty|2:1 empty"},
    {"signals:\n  s: \"\"\n", "2:6 empty"},
    {"account: {fixed: ''}\n", "1:18 empty"},
    {"account:\n  fixed:\n    # - a\n    -\n    - b\n    -\n", "4:5 empty|6:5 empty"},
    {"account:\n  fixed:\n    - a\n    -\n", "4:5 empty"},
    {"signals: {}\n", "1:10 empty"},
    {"prices: {'': {month: 1}}\n", "1:10 empty"},
    {"account: {internal: []}\n", "1:21 empty_list"},
    /* kinds */
    {"account: [a]\nsignals: x\nexclude: [a]\nevents: {invite: {a: b}}\n",
        "1:10 wrong_kind|2:10 wrong_kind|3:10 wrong_kind|4:18 wrong_kind"},
    {"account: {unit: [company]}\n", "1:17 wrong_kind"},
    {"signals: {a: {is: {b: c}}}\n", "1:19 wrong_kind"},
    {"signals: {Active Users: 1, 9a: 1, ok_9: 1, 中: 1}\n",
        "1:11 bad_name|1:28 bad_name|1:44 bad_name"},
    {"account: {unit: compny}\n", "1:17 choice"},
    {"outcomes: {o: {payment: frist}}\n", "1:25 only_choice"},
    {"signals: {a: {is: b, may_mention: yse}}\n", "1:35 wrong_value"},
    {"costs: {rep_hour: $50, hours_per_deal: -1}\n",
        "1:19 wrong_value|1:40 number_negative"},
    {"currency: {rates: {EUR: 0}}\n", "1:25 number_positive"},
    {"outcomes: {o: {event: E, nth: 1.5}, p: {event: E, nth: 0}}\n",
        "1:31 wrong_value|1:56 number_range"},
    {"costs: {win_rate: 0.2, margin: 120%}\n", "1:19 wrong_value|1:32 share_range"},
    {"costs: {win_rate: 20 %, margin: -1%}\n", "1:33 share_range"},
    {"costs: {win_rate: '%', margin: x%}\n", "1:19 wrong_value|1:32 wrong_value"},
    {O "qualify:\n  q: {aim: o, who: x, horizon: 90, hold: 0d, cooldown: 9999d}\n",
        "3:32 wrong_value|3:42 span_range|3:56 span_range"},
    {O "qualify:\n  q: {aim: o, who: x, horizon: 12h, hold: 12h, expires: 5m}\n",
        "3:32 wrong_value|3:57 wrong_value"},
    {PQA O "plays: {p: {on: q, sla: {accept: 1bd, touch: 1w}}}\n", "4:46 wrong_value"},
    {PQA O "plays: {p: {on: q, sla: {accept: 0bd, touch: xbd}}}\n",
        "4:34 span_range|4:46 wrong_value"},
    {PQA O "plays: {p: {on: q, route: {capacity: {open: 3, new: 5/wek}}}}\n",
        "4:53 wrong_value"},
    {PQA O "plays: {p: {on: q, live_from: 2026-02-31, deliver: [slack, slak]}}\n",
        "4:31 wrong_value|4:60 choice"},
    {"calendar: {holidays: [de, CHN]}\ncurrency: eur\n",
        "1:23 wrong_value|1:27 wrong_value|2:11 code"},
    {"calendar: {time_zone: Europe/Berln, holidays: DE}\n", "1:23 wrong_value"},
    {"calendar: {time_zone: America/Argentina/Ushuaia, holidays: [CN, AX]}\n", ""},
    {"currency: {rates: {eur: 1, EURO: 1, CHF: 1}}\n", "1:20 code|1:28 code"},
    {PQA O "plays: {p: {on: q, help: [sso_trail, sso_trial, mine]}}\n",
        "4:27 unknown_help|4:49 unknown_help"},
    {PQA O "plays: {p: {on: q, help: mine}}\nhelps: {mine: {en: X, zh: 某}}\n", ""},
    {COMP "rates: {sales_sourced: 8%}}}\n", ""},
    {COMP "rates: {sales_sourcd: 8%}, quotta: {amount: 1}}}\n",
        "1:47 unknown_key|1:66 unknown_key"},
    {COMP "rates: {product_sourced: 0%}}}\n", "1:39 comp_free"},
    {COMP "rates: {sales_sourced: 8%}, until: 2026-01-01}}\n", "1:74 comp_until"},
    {COMP "rates: {sales_sourced: 8%}, split: {a: 70%, b: 20%}}}\n", "1:67 comp_split"},
    {COMP "rates: {sales_sourced: 8%}, split: {a: 70%, b: 30%}, cap: 0.5}}\n",
        "1:97 number_range"},
    {"comp: {p: {variable: 0.5}}\n",
        "1:8 missing_key|1:8 missing_key|1:8 missing_key|1:22 wrong_value"},
    {"account: {internal: [a@b.com, localhost, .com, 'a b.c', ok.com]}\n",
        "1:22 wrong_value|1:31 wrong_value|1:42 wrong_value|1:48 wrong_value"},
    {O "qualify:\n  q: {aim: The One, who: x}\n", "3:12 bad_reference"},
    /* expressions */
    {"exclude: |\n  a and\n  b\n", "2:3 multi_line"},
    {"exclude: >-\n  a\n", "2:3 multi_line"},
    {"exclude: a\n  and b\n", "1:10 multi_line"},
    {"exclude: 'a\n  and b'\n", "1:10 multi_line"},
    {"exclude: a == \"x #1\"\n", "1:10 cut_hash"},
    {"exclude: a == \"x\" # always\n", ""},
    {"exclude: '\"x #1\" == a'\n", ""},
    {O "qualify:\n  q:\n    aim: o\n    must:\n      - count(\"a: b\", 7d) > 3\n",
        "6:9 cut_colon"},
    {O "qualify:\n  q:\n    aim: o\n    must:\n      count(\"a: b\", 7d) > 3: 1\n",
        "6:7 cut_colon"},
    {O "qualify:\n  q: {aim: o, must: [a > 1, count(\"A\", 7d) > 3, b]}\n",
        "3:29 cut_comma"},
    {O "qualify:\n  q: {aim: o, must: [a > 1, count(\"A\"]}\n", "3:29 cut_comma"},
    /* rules */
    {O "qualify:\n  q: {aim: p, who: x}\n", "3:12 unknown_outcome"},
    {"qualify:\n  q: {aim: o, who: x}\n", "2:12 unknown_outcome"},
    {PQA O "plays: {p: {on: qq}}\n", "4:17 unknown_definition"},
    {PQA O "  \nplays: {p: {on: q}}\n", ""},
    {O "qualify:\n  q: {who: x}\n", "3:3 ~no_aim"},
    {O "qualify:\n  q: {aim: o}\n", "3:3 no_gate"},
    {PQA "  b: {kind: pql, within: q}\n  c: {kind: pql, within: b}\n" O,
        "4:26 within_pql"},
    {PQA "  b: {kind: pql, within: z}\n  c: {kind: pql}\n" O,
        "3:26 unknown_definition|4:3 pql_within"},
    {PQA "  b: {kind: pqa, aim: o, who: x, within: q}\n" O, "3:34 within_pqa"},
    {"outcomes:\n  a: {within: 3d}\n  b: {event: E, arr: 3}\n",
        "2:3 outcome_none|3:3 outcome_two"},
    {"outcomes:\n  a: {arr: 1, nth: 3}\n  b: {event: E, channel: sales}\n",
        "2:15 outcome_nth|3:17 outcome_channel"},
    {O "qualify:\n  q: {aim: o, who: x, grades: {B: 80}, rank: [fit, usage, fit]}\n",
        "3:23 grade_order|3:59 rank_twice"},
    {"events: {alias: {A: [A, B], C: B, D: C}}\n",
        "1:22 alias_self|1:32 alias_twice|1:38 alias_twice"},
};

/* "line:col key|…" of what was found, in the order in which it is printed. */
static us_str found(struct proof *p)
{
    struct us_buf json = us_buf_new(&p->a, 1 << 20);
    us_diags_json(&p->d, p->c, US_EN, &json);
    struct us_buf out = us_buf_new(&p->a, 1 << 16);
    for (us_str rest = us_buf_str(&json); rest.len;) {
        us_str line = us_str_cut(rest, '\n', &rest);
        char text[160] = {0};
        char severity[10] = {0};
        char key[40] = {0};
        unsigned row = 0;
        unsigned column = 0;
        memcpy(text, line.ptr, line.len < sizeof text ? line.len : sizeof text - 1);
        int n = sscanf(text,
            "{\"file\":\"t.yml\",\"line\":%u,\"column\":%u,\"severity\":\"%9[a-z]\","
            "\"key\":\"config.%39[a-z0-9_]\"",
            &row, &column, severity, key);
        us_buf_fmt(&out, "%s%u:%u %s%s", out.len ? "|" : "", row, column,
            severity[0] == 'w' ? "~" : "", n == 4 ? key : "?");
    }
    return us_buf_str(&out);
}

static void each_is_found(struct proof *p)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool read = proof_parse(p, us_str_c(rows[i].yaml));
        us_str got = read ? found(p) : US_S("failed");
        const char *name = rows[i].diags[0] ? rows[i].diags : "nothing is wrong";
        if (CHECK_AS(&p->t, us_str_eq(got, us_str_c(rows[i].diags)), name)) continue;
        printf("# row %zu got %.*s\n", i, US_ARG(got));
    }
}

static const char many[] =
    "acount: {}\n" /* 1 */
    "account:\n"
    "  unit: workspaces\n"    /* 3 */
    "  internal: [a@b.com]\n" /* 4 */
    "  fixd: [country]\n"     /* 5 */
    "events:\n"
    "  actived: \"Project Published\"\n"                     /* 7 */
    "  invite: []\n"                                         /* 8 */
    "  alias: {A: A}\n"                                      /* 9 */
    "exclude: a == \"b #1\"\n"                               /* 10 */
    "prices: {pro: {seat_mnth: 12, month: free}}\n"          /* 11 twice */
    "costs: {rep_hour: 1e400, win_rate: 25, margin: 101%}\n" /* 12 three times */
    "calendar: {time_zone: [x], holidays: [Germany]}\n"      /* 13 twice */
    "outcomes:\n"
    "  Paid: {payment: second}\n"   /* 15 twice */
    "  big: {arr: 0, within: 6m}\n" /* 16 twice */
    "signals:\n"
    "  a: |\n    b\n"                                      /* 19 */
    "  a: 3\n"                                             /* 20 */
    "  say: {is: b, say: {fr: c}, may_mention: perhaps}\n" /* 21 twice */
    "qualify:\n"
    "  q:\n"
    "    kind: pqx\n"                    /* 24 */
    "    aim: bgi\n"                     /* 25 */
    "    horizon: 0d\n"                  /* 26 */
    "    must: [count(\"A\", 7d) > 1]\n" /* 27 */
    "    score: {use: [1 if a]}\n"       /* 28 */
    "    trehsold: {usage: 40}\n"        /* 29 */
    "    rank: [usage, money]\n"         /* 30 */
    "    cooldown: soon\n"               /* 31 */
    "plays:\n"
    "  p: {on: nobody, holdout: {for: 9d, then: relase}, sla: {acept: 1bd}}\n" /* 33 ×4
                                                                                */
    "  r: {route: {owner: me, capacity: {open: 0}}}\n"; /* 34 three times */

static void all_are_found_at_once(struct proof *p)
{
    static const uint32_t lines[] = {1, 3, 4, 5, 7, 8, 9, 10, 11, 11, 12, 12, 12, 13,
        13, 15, 15, 16, 16, 19, 20, 21, 21, 24, 25, 26, 27, 28, 29, 30, 31, 33, 33, 33,
        33, 34, 34, 34};
    CHECK(&p->t, proof_parse(p, us_str_c(many)));
    size_t wanted = sizeof lines / sizeof *lines;
    CHECK(&p->t, p->d.errors == wanted && wanted > 30);
    us_str got = found(p);
    bool same = true;
    for (size_t i = 0; i < wanted; i++) {
        us_str one = us_str_cut(got, '|', &got);
        int64_t line = 0;
        us_str rest;
        same &= us_str_int(us_str_cut(one, ':', &rest), &line) && line == lines[i];
        if (line != lines[i]) printf("# line %u, got %.*s\n", lines[i], US_ARG(one));
    }
    CHECK(&p->t, same);
}

/* More than are kept are counted, and the rest is said to be there. */
static void the_list_has_an_end(struct proof *p)
{
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    struct us_buf text = us_buf_new(&a, 1 << 16);
    for (int i = 0; i < US_DIAGS_MAX + 7; i++)
        us_buf_fmt(&text, "unknown_%d: 1\n", i);
    CHECK(&p->t, proof_parse(p, us_buf_str(&text)));
    CHECK(&p->t, p->d.errors == US_DIAGS_MAX + 7 && p->d.count == US_DIAGS_MAX + 7);
    struct us_buf out = us_buf_new(&p->a, 1 << 20);
    us_diags_print(&p->d, p->c, US_EN, false, &out);
    CHECK(
        &p->t, us_str_has_suffix(us_buf_str(&out), US_S("\n… and 7 more mistakes\n")));
    us_arena_done(&a);
}

static void nearest(struct proof *p)
{
    static const us_str names[] = {US_S_INIT("threshold"), US_S_INIT("who"),
        US_S_INIT("within"), US_S_INIT("kind"), US_S_INIT("aim")};
    static const struct {
        const char *name, *near;
    } cases[] = {{"trehsold", "threshold"}, {"thresholds", "threshold"},
        {"whom", "who"}, {"Kind", "kind"}, {"am", "aim"}, {"xyz", ""}, {"", ""},
        {"withhold", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        us_str got = us_nearest(us_str_c(cases[i].name), names, 5);
        CHECK_AS(&p->t, us_str_eq(got, us_str_c(cases[i].near)), cases[i].name);
    }
}

/* What is offered for a zone or a country that is none. */
static void the_world(struct proof *p)
{
    static const struct {
        const char *text, *zone;
    } zones[] = {{"Europe/Berln", "Europe/Berlin"}, {"europe/berlin", "Europe/Berlin"},
        {"Berlin", "Europe/Berlin"}, {"New York", "America/New_York"},
        {"America/San_Francisco", "America/Los_Angeles"}, {"Beijing", "Asia/Shanghai"},
        {"Shangai", "Asia/Shanghai"}, {"CEST", "Europe/Berlin"}, {"UTC+2", ""},
        {"nowhere at all", ""}, {"", ""}};
    static const struct {
        const char *text, *code;
    } countries[] = {{"de", "DE"}, {"Germany", "DE"}, {"china", "CN"}, {"UK", "GB"},
        {"ja", "JP"}, {"XQ", ""}, {"Grmany", "DE"}, {"", ""}};
    struct us_arena a;
    us_arena_init(&a, 4 << 20);
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        us_str near = us_zone_nearest(us_str_c(zones[i].text), &a);
        CHECK_AS(&p->t, us_str_eq(near, us_str_c(zones[i].zone)), zones[i].text);
        CHECK(&p->t, !near.len || us_zone_known(near));
    }
    for (size_t i = 0; i < sizeof countries / sizeof *countries; i++) {
        us_str near = us_country_nearest(us_str_c(countries[i].text), &a);
        CHECK_AS(
            &p->t, us_str_eq(near, us_str_c(countries[i].code)), countries[i].text);
        CHECK(&p->t, !near.len || us_country_known(near));
    }
    us_arena_done(&a);
}

/* The zones of this machine's database are known to us. */
static void the_machines_zones(struct proof *p)
{
    FILE *table = fopen("/usr/share/zoneinfo/zone1970.tab", "r");
    if (!table) {
        printf("# skipped: this machine has no time zone database\n");
        return;
    }
    char line[512];
    size_t known = 0;
    size_t all = 0;
    while (fgets(line, sizeof line, table)) {
        us_str rest = us_str_c(line);
        if (line[0] == '#') continue;
        us_str_cut(rest, '\t', &rest);
        us_str_cut(rest, '\t', &rest);
        us_str zone = us_str_trim(us_str_cut(rest, '\t', &rest));
        all++;
        known += us_zone_known(zone);
        if (!us_zone_known(zone)) printf("# %.*s is new\n", US_ARG(zone));
    }
    fclose(table);
    CHECK(&p->t, all > 200 && all - known < 5); /* one is made every year or two */
}

void proof_mistakes(struct proof *p)
{
    the_world(p);
    the_machines_zones(p);
    each_is_found(p);
    all_are_found_at_once(p);
    the_list_has_an_end(p);
    nearest(p);
}
