#include "config/config_test.h"

#include <string.h>

static void shows(struct proof *p, const char *yaml, us_lang lang, const char *wanted)
{
    bool read = proof_parse(p, us_str_c(yaml));
    struct us_buf out = us_buf_new(&p->a, 1 << 16);
    if (read) us_diags_print(&p->d, p->c, lang, false, &out);
    us_str got = us_buf_str(&out);
    us_str rest;
    us_str first = us_str_cut(us_str_c(wanted), '\n', &rest);
    const char *name = us_arena_cstr(&p->a, first);
    if (CHECK_AS(&p->t, us_str_eq(got, us_str_c(wanted)), name)) return;
    printf("# got\n%.*s# wanted\n%s", US_ARG(got), wanted);
}

/* Alignment behind wide characters, long lines, tabs, the end of the file. */
static void carets(struct proof *p)
{
    shows(p,
        "qualify:\n  team:\n    who: a\n    aim: o\n    trehsold: {usage: 40}\n"
        "outcomes: {o: {arr: 1}}\n",
        US_EN,
        "t.yml:5:5: error: unknown key \"trehsold\" in qualify.team; did you mean "
        "\"threshold\"?\n"
        "        trehsold: {usage: 40}\n"
        "        ^~~~~~~~\n"
        "        threshold\n");
    shows(p, "prices: {企业版: {席位: 4, month: 贵, year: 1}}\n", US_EN,
        "t.yml:1:16: error: unknown key \"席位\" in prices.企业版\n"
        "    prices: {企业版: {席位: 4, month: 贵, year: 1}}\n"
        "                      ^~~~\n"
        "t.yml:1:30: error: prices.企业版.month must be a number, not \"贵\"\n"
        "    prices: {企业版: {席位: 4, month: 贵, year: 1}}\n"
        "                                      ^~\n");
    shows(p, "prices: {企业版: {席位: 4}}\n", US_ZH,
        "t.yml:1:16: 错误：prices.企业版 中有未知的键“席位”\n"
        "    prices: {企业版: {席位: 4}}\n"
        "                      ^~~~\n");
    shows(p, "account: {unit: workspce}\n", US_ZH,
        "t.yml:1:17: 错误：account.unit 不能是“workspce”：只能是 workspace, company "
        "之一；"
        "是不是想写“workspace”？\n"
        "    account: {unit: workspce}\n"
        "                    ^~~~~~~~\n"
        "                    workspace\n");
    shows(p, "outcomes: {o: {arr: 1}}\nqualify:\n  q: {who: x}\n", US_EN,
        "t.yml:3:3: warning: q has no aim:, so nothing can say whether it finds the "
        "right "
        "accounts\n"
        "      q: {who: x}\n"
        "      ^\n");
    shows(p, "account:\n  unit:\tcompny\n", US_EN,
        "t.yml:2:9: error: account.unit cannot be \"compny\": it is one of workspace, "
        "company; did you mean \"company\"?\n"
        "      unit: compny\n"
        "            ^~~~~~\n"
        "            company\n");
    shows(p, "exclude: \"x: 1\" == a # no\n", US_EN,
        "t.yml:1:10: error: an expression that begins with a quote needs single quotes "
        "around all of it: '\"x: 1\" == a'\n"
        "    exclude: \"x: 1\" == a # no\n"
        "             ^~~~~~~~~~~\n");
    shows(p, "account: {internal: [a.com]\n", US_EN,
        "t.yml:2:1: error: a comma or a closing bracket is missing; put text that "
        "holds "
        "[ ] {} or , in quotes\n");
    shows(p, "exclude: a\x1b[31m\n", US_EN,
        "t.yml:1:11: error: an invisible control character stands here; delete it\n"
        "    exclude: a?[31m\n"
        "              ^\n");
    shows(p, "account: {unit: \"\\e[31m\\n\"}\n", US_EN,
        "t.yml:1:17: error: account.unit cannot be \"?[31m?\": it is one of workspace, "
        "company\n"
        "    account: {unit: \"\\e[31m\\n\"}\n"
        "                    ^~~~~~~~~~\n");
}

static void long_lines(struct proof *p)
{
    struct us_arena a;
    us_arena_init(&a, 1 << 16);
    struct us_buf text = us_buf_new(&a, 1 << 12);
    us_buf_put(&text, US_S("account: {internal: ["));
    for (int i = 0; i < 60; i++)
        us_buf_put(&text, US_S("a.com, "));
    us_buf_put(&text, US_S("b, c.com]}\n"));
    CHECK(&p->t, proof_parse(p, us_buf_str(&text)));
    struct us_buf out = us_buf_new(&p->a, 1 << 16);
    us_diags_print(&p->d, p->c, US_EN, false, &out);
    us_str rest;
    us_str_cut(us_buf_str(&out), '\n', &rest);
    us_str line = us_str_cut(rest, '\n', &rest);
    us_str caret = us_str_cut(rest, '\n', &rest);
    CHECK(&p->t, line.len < 100 && caret.len <= line.len);
    CHECK(&p->t, line.ptr[caret.len - 1] == 'b' && caret.ptr[caret.len - 1] == '^');
    us_arena_done(&a);
}

static void colours(struct proof *p)
{
    CHECK(&p->t, proof_parse(p, US_S("x: 1\n")));
    struct us_buf out = us_buf_new(&p->a, 1 << 16);
    us_diags_print(&p->d, p->c, US_EN, true, &out);
    CHECK(
        &p->t, us_str_eq(us_buf_str(&out),
                   US_S("\x1b[1mt.yml:1:1: \x1b[1;31merror\x1b[0m: unknown key \"x\"\n"
                        "    x: 1\n    \x1b[1;32m^\x1b[0m\n")));
}

static void json(struct proof *p)
{
    CHECK(&p->t, proof_parse(p, US_S("account: {unti: 1}\nsignals:\n  s: ''\n")));
    struct us_buf out = us_buf_new(&p->a, 1 << 16);
    us_diags_json(&p->d, p->c, US_EN, &out);
    us_diags_json(&p->d, p->c, US_ZH, &out);
    CHECK(&p->t,
        us_str_eq(us_buf_str(&out),
            US_S("{\"file\":\"t.yml\",\"line\":1,\"column\":11,\"severity\":\"error\","
                 "\"key\":\"config.unknown_key\",\"message\":\"unknown key "
                 "\\\"unti\\\" in "
                 "account\",\"suggestion\":\"unit\"}\n"
                 "{\"file\":\"t.yml\",\"line\":3,\"column\":6,\"severity\":\"error\","
                 "\"key\":\"config.empty\",\"message\":\"signals.s holds nothing; give "
                 "it a "
                 "value or delete the line\",\"suggestion\":\"\"}\n"
                 "{\"file\":\"t.yml\",\"line\":1,\"column\":11,\"severity\":\"error\","
                 "\"key\":\"config.unknown_key\",\"message\":\"account "
                 "中有未知的键“unti”\",\"suggestion\":\"unit\"}\n"
                 "{\"file\":\"t.yml\",\"line\":3,\"column\":6,\"severity\":\"error\","
                 "\"key\":\"config.empty\",\"message\":\"signals.s "
                 "是空的；请填写，或删除这一行\",\"suggestion\":\"\"}\n")));
}

/* Every key of the tables has a row with words, and no word is missing. */
static void manual(struct proof *p)
{
    static const us_lang langs[] = {US_EN, US_ZH};
    static const char *const rows[] = {"| `qualify.NAME.threshold.usage` | ",
        "| `account.unit` | `workspace`, `company` | `workspace` | ",
        "| `plays.NAME.holdout.share` | ", "| `prices.PLAN.seat_month` | ",
        "| `events.hand_raise` | ", "| `events.alias.EVENT` | ", "## `exclude`",
        "| `signals.NAME.say.zh` | "};
    for (size_t lang = 0; lang < 2; lang++) {
        struct us_buf out = us_buf_new(&p->a, 1 << 20);
        us_config_manual(langs[lang], &out);
        us_str text = us_buf_str(&out);
        CHECK(&p->t, !out.full && text.len > 5000);
        CHECK(&p->t, us_str_find(text, US_S("config.")) == text.len);
        CHECK(&p->t, us_str_find(text, US_S("|  |\n")) == text.len);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            CHECK_AS(&p->t, us_str_find(text, us_str_c(rows[i])) < text.len, rows[i]);
    }
}

void proof_print(struct proof *p)
{
    carets(p);
    long_lines(p);
    colours(p);
    json(p);
    manual(p);
}
