/* print.c: a node as canonical text, with as few parentheses as it can be read by. */

#include "signal/compile.h"

struct printer {
    const struct us_plan *plan;
    struct us_buf *out;
    bool signals;
};

static void print(struct printer p, uint32_t node, us_level least);

static void quote(struct us_buf *out, us_str text)
{
    us_buf_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\') us_buf_char(out, '\\');
        us_buf_char(out, text.ptr[i]);
    }
    us_buf_char(out, '"');
}

void us_print_value(us_value v, struct us_buf *out)
{
    switch (v.kind) {
    case US_BOOL: us_buf_put(out, v.truth ? US_S("true") : US_S("false")); break;
    case US_NUMBER: us_buf_real(out, v.number); break;
    case US_STRING: quote(out, v.text); break;
    case US_MISSING:
    default: us_buf_put(out, US_S("missing")); break;
    }
}

void us_print_window(us_window w, struct us_buf *out)
{
    if (w.unit == US_ALL) {
        us_buf_put(out, US_S("all"));
        return;
    }
    us_buf_int(out, w.n);
    us_buf_char(out, w.unit == US_HOURS ? 'h' : 'd');
}

/* Whether a path can be written bare, part by part. */
static bool bare(us_str path)
{
    us_str rest = path;
    bool good = path.len && path.ptr[path.len - 1] != '.';
    while (good && rest.len)
        good = us_lex_is_name(us_str_cut(rest, '.', &rest));
    return good;
}

static void path(struct us_buf *out, us_str text)
{
    if (bare(text)) {
        us_buf_put(out, text);
    } else {
        quote(out, text);
    }
}

static void trait(struct printer p, const struct us_node *n)
{
    const struct us_need *need = &p.plan->need;
    bool user = n->scope == US_PER_USER;
    us_str key = user ? need->user_traits[n->trait] : need->account_traits[n->trait];
    us_buf_put(p.out, user ? US_S("user.") : US_S("account."));
    bool own = us_str_eq(key, US_S("age")) ||
               (!user && (us_str_eq(key, US_S("mrr")) || us_str_eq(key, US_S("arr")) ||
                             us_str_eq(key, US_S("paid"))));
    if (own) {
        quote(p.out, key);
    } else {
        path(p.out, key);
    }
}

static void property(struct printer p, us_str key)
{
    us_str rest;
    us_str first = us_str_cut(key, '.', &rest);
    if (bare(key) && !us_lex_is_word(first)) {
        us_buf_put(p.out, key);
    } else {
        us_buf_put(p.out, US_S("prop."));
        quote(p.out, key);
    }
}

/* An event as it stands in a call: any, or its name, property and where. */
static void event(struct printer p, const struct us_node *n, uint32_t index)
{
    const struct us_need *need = &p.plan->need;
    const struct us_pattern *pattern = &p.plan->patterns[index];
    uint32_t column = n->column != US_NODE_NONE ? n->column : n->columns[0];
    if (pattern->name == US_ANY_NAME) {
        us_buf_put(p.out, US_S("any"));
    } else {
        quote(p.out, need->names[pattern->name]);
    }
    if (column != US_NODE_NONE) {
        us_buf_char(p.out, '.');
        path(p.out, need->columns[column].path);
    }
    if (pattern->where == US_NODE_NONE) return;
    us_buf_put(p.out, US_S(" where "));
    print(p, pattern->where, US_LEVEL_OR);
}

static void items(struct printer p, const struct us_node *n, uint32_t from)
{
    for (uint32_t i = from; i < n->arg_count; i++) {
        if (i > from) us_buf_put(p.out, US_S(", "));
        print(p, us_node_arg(n, i), US_LEVEL_IF);
    }
}

static void call(struct printer p, const struct us_node *n)
{
    const struct us_function *f = n->function;
    if (n->scope == US_PER_USER && !p.signals) us_buf_put(p.out, US_S("user:"));
    us_buf_put(p.out, f->name);
    us_buf_char(p.out, '(');
    items(p, n, 0);
    if (f->floor && n->constant.number != US_FLOOR) {
        us_buf_put(p.out, US_S(", "));
        us_print_value(n->constant, p.out);
    }
    for (uint32_t i = 0; i < n->step_count; i++) {
        if (i) us_buf_put(p.out, US_S(", "));
        event(p, n, n->steps[i]);
    }
    bool any =
        n->pattern == US_NODE_NONE || p.plan->patterns[n->pattern].name == US_ANY_NAME;
    bool given = !any || f->pattern == US_TAKES_MUST;
    if (given && !f->inside && !f->steps) event(p, n, n->pattern);
    if ((given || f->steps) && f->window) us_buf_put(p.out, US_S(", "));
    if (f->window) us_print_window(n->window, p.out);
    us_buf_char(p.out, ')');
}

/* An operator of the table in term.c, between, before or around its arguments. */
static void operation(struct printer p, const struct us_node *n, us_level level)
{
    us_str op = us_op_text(n->op);
    if (level == US_LEVEL_NOT || level == US_LEVEL_NEGATE) {
        us_buf_put(p.out, op);
        if (level == US_LEVEL_NOT) us_buf_char(p.out, ' ');
        print(p, n->args[0], level);
        return;
    }
    bool row = level != US_LEVEL_IF && level != US_LEVEL_COMPARE;
    print(p, us_node_arg(n, 0), row ? level : level + 1);
    us_buf_char(p.out, ' ');
    us_buf_put(p.out, op);
    us_buf_char(p.out, ' ');
    if (n->op != US_OP_IN) {
        print(p, n->args[1], level + 1);
        return;
    }
    us_buf_char(p.out, '[');
    items(p, n, 1);
    us_buf_char(p.out, ']');
}

/* What is one value to the operators around it. */
static void value(struct printer p, const struct us_node *n)
{
    const struct us_need *need = &p.plan->need;
    bool user = n->scope == US_PER_USER;
    if (n->op == US_OP_CONST) {
        us_print_value(n->constant, p.out);
    } else if (n->op == US_OP_SIGNAL) {
        us_buf_put(p.out, p.plan->signals[n->signal].name);
    } else if (n->op == US_OP_CALL) {
        call(p, n);
    } else if (n->op == US_OP_TRAIT) {
        trait(p, n);
    } else if (n->op == US_OP_PROPERTY) {
        property(p, need->columns[n->column].path);
    } else if (n->op == US_OP_HELPER) {
        us_buf_put(p.out, n->function->name);
        us_buf_char(p.out, '(');
        items(p, n, 0);
        us_buf_char(p.out, ')');
    } else if (n->op == US_OP_PAID) {
        us_buf_put(p.out, US_S("account.paid("));
        us_print_window(n->window, p.out);
        us_buf_char(p.out, ')');
    } else if (n->op == US_OP_AGE) {
        us_buf_put(p.out, user ? US_S("user.age") : US_S("account.age"));
    } else {
        us_buf_put(
            p.out, n->op == US_OP_MRR ? US_S("account.mrr") : US_S("account.arr"));
    }
}

/* In parentheses when it binds less than least. Signals written out can grow without
 * end: a full buffer ends it. */
static void print(struct printer p, uint32_t node, us_level least)
{
    const struct us_node *n = &p.plan->nodes[node];
    if (p.out->full) return;
    if (n->op == US_OP_SIGNAL && !p.signals) {
        print(p, n->args[0], least);
        return;
    }
    us_level level = us_op_level(n->op);
    if (level < least) us_buf_char(p.out, '(');
    if (level == US_LEVEL_VALUE) {
        value(p, n);
    } else {
        operation(p, n, level);
    }
    if (level < least) us_buf_char(p.out, ')');
}

void us_plan_print(
    const struct us_plan *p, uint32_t node, bool signals, struct us_buf *out)
{
    print((struct printer){p, out, signals}, node, US_LEVEL_IF);
}
