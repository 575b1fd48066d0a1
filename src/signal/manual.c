/* manual.c: docs/signals.md, from the tables of functions and operators. */

#include "signal/function.h"

struct page {
    us_lang lang;
    struct us_buf *out;
};

static void say(struct page p, const char *before, const char *key, const char *after)
{
    us_buf_put(p.out, us_str_c(before));
    us_say(p.out, p.lang, key, NULL);
    us_buf_put(p.out, us_str_c(after));
}

struct row {
    const char *code, *key;
};

static void table(struct page p, const struct row *rows)
{
    us_buf_put(p.out, US_S("| | |\n|---|---|\n"));
    for (; rows->code; rows++) {
        us_buf_put(p.out, US_S("| `"));
        us_buf_put(p.out, us_str_c(rows->code));
        say(p, "` | ", rows->key, " |\n");
    }
    us_buf_char(p.out, '\n');
}

static const struct row operators[] = {
    {"x if c", "signal.manual_if"},
    {"a or b", "signal.manual_or"},
    {"a and b", "signal.manual_and"},
    {"not a", "signal.manual_not"},
    {"== != < <= > >=", "signal.manual_compare"},
    {"x in [a, b]", "signal.manual_in"},
    {"x contains y", "signal.manual_contains"},
    {"+ -", "signal.manual_sum"},
    {"* /", "signal.manual_product"},
    {NULL},
};

static const struct row traits[] = {
    {"account.plan", "signal.manual_trait"},
    {"user.title", "signal.manual_user_trait"},
    {"account.mrr", "signal.manual_mrr"},
    {"account.arr", "signal.manual_arr"},
    {"account.paid(30d)", "signal.manual_paid"},
    {"account.age, user.age", "signal.manual_age"},
    {NULL},
};

/* count(E, W) and, where E may be left out, the form without it first. */
static void signature(struct us_buf *out, const struct us_function *f)
{
    bool twice = f->pattern == US_TAKES_MAY;
    for (int form = twice ? 0 : 1; form < 2; form++) {
        bool pattern = form == 1 && f->pattern != US_TAKES_NONE;
        us_buf_put(out, form == 1 && twice ? US_S(", `") : US_S("`"));
        us_buf_put(out, f->name);
        us_buf_char(out, '(');
        if (f->args) us_buf_put(out, us_str_c(f->args));
        if (pattern) us_buf_put(out, f->property ? US_S("E.p") : US_S("E"));
        if ((pattern || f->args) && f->window) us_buf_put(out, US_S(", "));
        if (f->window) us_buf_char(out, 'W');
        us_buf_put(out, US_S(")`"));
    }
}

static void example(struct page p, const struct us_case *c, const char *last)
{
    if (c->history != last && c->history[0]) {
        us_buf_put(p.out, US_S("\n```\n"));
        us_buf_put(p.out, us_str_c(c->history));
        us_buf_put(p.out, US_S("```\n"));
    }
    if (c->history != last) us_buf_char(p.out, '\n');
    const us_arg args[] = {US_WORD("about", c->about),
        US_TEXT("expr", us_str_c(c->expr)), US_TEXT("at", us_str_c(c->at)),
        US_TEXT("want", us_str_c(c->want)), US_TEXT("user", us_str_c(c->user)),
        {.name = NULL}};
    us_buf_put(p.out, US_S("- "));
    const char *key = c->user ? "signal.manual_case_user" : "signal.manual_case";
    us_say(p.out, p.lang, key, args);
    us_buf_char(p.out, '\n');
}

static void function(struct page p, const struct us_function *f)
{
    us_buf_put(p.out, US_S("### "));
    signature(p.out, f);
    say(p, "\n\n", f->about, "\n");
    const char *last = NULL;
    for (const struct us_case *c = f->cases; c->about; c++) {
        example(p, c, last);
        last = c->history;
    }
    us_buf_char(p.out, '\n');
}

void us_signals_manual(us_lang lang, struct us_buf *out)
{
    struct page p = {lang, out};
    say(p, "# ", "signal.manual_title", "\n\n");
    say(p, "", "signal.manual_intro", "\n\n");
    say(p, "## ", "signal.manual_values", "\n\n");
    say(p, "", "signal.manual_kinds", "\n\n");
    say(p, "", "signal.manual_operators", "\n\n");
    table(p, operators);
    say(p, "## ", "signal.manual_events", "\n\n");
    say(p, "", "signal.manual_pattern", "\n\n");
    say(p, "## ", "signal.manual_windows", "\n\n");
    say(p, "", "signal.manual_window", "\n\n");
    say(p, "## ", "signal.manual_traits", "\n\n");
    table(p, traits);
    say(p, "## ", "signal.manual_functions", "\n\n");
    say(p, "", "signal.manual_histories", "\n\n");
    for (size_t i = 0; i < US_FUNCTIONS; i++)
        function(p, us_function_of((us_function_id)i));
}
