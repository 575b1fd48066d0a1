/* parse.c: recursive descent, one token ahead (two at the start of an argument).
 *
 *   expr     = logic ["if" logic]
 *   logic    = operators of the table below, by level; comparisons do not chain
 *   prefix   = "not" logic(NOT) | "-" prefix | primary
 *   primary  = number | text | true | false | "(" expr ")" | name | name "(" args ")"
 *            | ("account" | "user") "." path ["(" args ")"]
 *   args     = [arg {"," arg}]
 *   arg      = window | "all" | pattern | expr
 *   pattern  = (text | "any") ["." path] ["where" logic]
 *   list     = "[" expr {"," expr} "]"                            only after "in"
 *   path     = (name | text) {"." (name | text)}
 *
 * Inside a where a name is a property and may be a path; prop."odd name" takes any.
 */

#include "base/err.h"
#include "signal/term.h"

struct parser {
    us_source source;
    struct us_arena *arena;
    struct us_diags *diags;
    struct us_lexer lexer;
    struct us_token now;
    uint32_t before; /* where the token before now ended */
    int nest;
    bool where;
    bool failed;
};

static struct us_term *expr(struct parser *p);
static struct us_term *logic(struct parser *p, us_level least);

/* Say the first mistake; later ones are its consequences. */
static struct us_term *fail(
    struct parser *p, uint32_t from, uint32_t to, const char *key, const us_arg *args)
{
    if (!p->failed)
        us_diag_add(p->diags, us_source_place(p->source, from, to), false, key, args,
            (us_str){0});
    p->failed = true;
    return NULL;
}

static bool is(const struct parser *p, us_str word)
{
    bool kind = p->now.kind == US_TOKEN_NAME || p->now.kind == US_TOKEN_MARK;
    return kind && us_str_eq(p->now.text, word);
}

static void advance(struct parser *p)
{
    p->before = p->now.to;
    p->now = us_lex(&p->lexer);
    if (p->now.kind != US_TOKEN_BAD) return;
    us_str text = us_source_text(p->source, p->now.from, p->now.to);
    fail(p, p->now.from, p->now.to, p->now.bad,
        US_ARGS(US_TEXT("text", text), US_TEXT("instead", p->now.instead)));
}

static struct us_token peek(const struct parser *p)
{
    struct us_lexer ahead = p->lexer;
    return us_lex(&ahead);
}

static bool peeks(const struct parser *p, us_str word)
{
    struct us_token next = peek(p);
    bool kind = next.kind == US_TOKEN_NAME || next.kind == US_TOKEN_MARK;
    return kind && us_str_eq(next.text, word);
}

/* A value was wanted where the token stands. */
static struct us_term *no_value(struct parser *p)
{
    if (p->now.kind == US_TOKEN_END)
        return fail(p, p->now.from, p->now.to, "signal.ends_early", NULL);
    us_str text = us_source_text(p->source, p->now.from, p->now.to);
    if (is(p, US_S("[")))
        return fail(p, p->now.from, p->now.to, "signal.list_place", NULL);
    return fail(
        p, p->now.from, p->now.to, "signal.want_value", US_ARGS(US_TEXT("text", text)));
}

static bool want(struct parser *p, us_str mark)
{
    if (is(p, mark)) {
        advance(p);
        return !p->failed;
    }
    us_str text = us_source_text(p->source, p->now.from, p->now.to);
    if (p->now.kind == US_TOKEN_END) {
        fail(p, p->now.from, p->now.to, "signal.want_mark_at_end",
            US_ARGS(US_TEXT("mark", mark)));
    } else {
        fail(p, p->now.from, p->now.to, "signal.want_mark",
            US_ARGS(US_TEXT("mark", mark), US_TEXT("text", text)));
    }
    return false;
}

static struct us_term *term(struct parser *p, us_term_kind kind, uint32_t from)
{
    struct us_term *t = us_new(p->arena, struct us_term, 1);
    t->kind = kind;
    t->from = from;
    t->to = p->before;
    t->depth = 1;
    return t;
}

/* Its arguments are known: so is its depth, which later recursion stands on. */
static struct us_term *over(
    struct parser *p, struct us_term *t, struct us_term **args, uint32_t count)
{
    t->args = args;
    t->arg_count = count;
    for (uint32_t i = 0; i < count; i++)
        if (args[i]->depth >= t->depth) t->depth = args[i]->depth + 1;
    if (t->where && t->where->depth >= t->depth) t->depth = t->where->depth + 1;
    if (t->depth <= US_NODE_DEPTH_MAX) return t;
    return fail(p, t->from, t->to, "signal.too_deep",
        US_ARGS(US_WHOLE("max", US_NODE_DEPTH_MAX)));
}

static struct us_term *apply(
    struct parser *p, us_op op, uint32_t from, struct us_term *a, struct us_term *b)
{
    struct us_term *t = term(p, US_TERM_APPLY, from);
    t->op = op;
    struct us_term **args = us_new(p->arena, struct us_term *, 2);
    args[0] = a;
    args[1] = b;
    return over(p, t, args, b ? 2 : 1);
}

static bool enter(struct parser *p)
{
    if (++p->nest <= US_DEPTH_MAX) return true;
    fail(p, p->now.from, p->now.to, "signal.too_nested",
        US_ARGS(US_WHOLE("max", US_DEPTH_MAX)));
    return false;
}

/* One part of a path; its text is added to the path in *out. */
static bool part(struct parser *p, struct us_buf *out)
{
    bool name = p->now.kind == US_TOKEN_NAME || p->now.kind == US_TOKEN_TEXT;
    if (!name || p->now.text.len == 0) {
        us_str text = us_source_text(p->source, p->now.from, p->now.to);
        fail(p, p->now.from, p->now.to, "signal.want_name",
            US_ARGS(US_TEXT("text", text)));
        return false;
    }
    us_buf_put(out, p->now.text);
    advance(p);
    return !p->failed;
}

/* name.name."odd name" as one text with dots. */
static bool path(struct parser *p, us_str *out)
{
    struct us_buf b = us_buf_new(p->arena, US_EXPRESSION_BYTES_MAX);
    if (!part(p, &b)) return false;
    while (is(p, US_S("."))) {
        advance(p);
        us_buf_char(&b, '.');
        if (p->failed || !part(p, &b)) return false;
    }
    *out = us_buf_str(&b);
    return true;
}

static struct us_term *pattern(struct parser *p)
{
    uint32_t from = p->now.from;
    bool any = p->now.kind == US_TOKEN_NAME;
    us_str name = p->now.text;
    us_str property = {0};
    advance(p);
    if (is(p, US_S("."))) {
        advance(p);
        if (p->failed || !path(p, &property)) return NULL;
    }
    struct us_term *where = NULL;
    if (is(p, US_S("where"))) {
        advance(p);
        p->where = true;
        where = p->failed ? NULL : logic(p, US_LEVEL_OR);
        p->where = false;
        if (!where) return NULL;
    }
    struct us_term *t = term(p, US_TERM_PATTERN, from);
    t->any = any;
    t->text = name;
    t->property = property;
    t->where = where;
    return over(p, t, NULL, 0);
}

static struct us_term *window(struct parser *p, us_window w)
{
    uint32_t from = p->now.from;
    advance(p);
    struct us_term *t = term(p, US_TERM_WINDOW, from);
    t->window = w;
    return p->failed ? NULL : t;
}

static struct us_term *argument(struct parser *p)
{
    if (p->now.kind == US_TOKEN_WINDOW) return window(p, p->now.window);
    if (p->where) return expr(p);
    bool alone = peeks(p, US_S(",")) || peeks(p, US_S(")"));
    if (is(p, US_S("all")) && alone) return window(p, (us_window){.unit = US_ALL});
    bool follows = peeks(p, US_S(".")) || peeks(p, US_S("where"));
    if (p->now.kind == US_TOKEN_TEXT && follows) return pattern(p);
    if (is(p, US_S("any")) && (alone || follows)) return pattern(p);
    return expr(p);
}

/* What stands between ( or [ and its end, at least one of it. */
static struct us_term **items(struct parser *p, us_str end, uint32_t *count)
{
    struct us_term **list = NULL;
    size_t cap = 0;
    size_t n = 0;
    bool call = us_str_eq(end, US_S(")"));
    for (;;) {
        uint32_t from = p->now.from;
        struct us_term *t = call ? argument(p) : expr(p);
        if (!t || p->failed) return NULL;
        if (n == US_NODE_ARGS_MAX) {
            fail(p, from, t->to, "signal.too_many_items",
                US_ARGS(US_WHOLE("max", US_NODE_ARGS_MAX)));
            return NULL;
        }
        /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
        *us_push(p->arena, list, n, cap) = t;
        if (!is(p, US_S(","))) break;
        advance(p);
    }
    *count = (uint32_t)n;
    return want(p, end) ? list : NULL;
}

/* ( has been seen; the arguments of t follow. */
static struct us_term *call(struct parser *p, struct us_term *t)
{
    advance(p);
    if (p->failed || !enter(p)) return NULL;
    struct us_term **args = NULL;
    uint32_t count = 0;
    if (is(p, US_S(")"))) {
        advance(p);
    } else {
        args = items(p, US_S(")"), &count);
    }
    p->nest--;
    t->to = p->before;
    t->called = true;
    return p->failed ? NULL : over(p, t, args, count);
}

static struct us_term *list(struct parser *p, struct us_term *left)
{
    if (!is(p, US_S("["))) {
        us_str text = us_source_text(p->source, p->now.from, p->now.to);
        return fail(p, p->now.from, p->now.to, "signal.want_list",
            US_ARGS(US_TEXT("text", text)));
    }
    uint32_t from = p->now.from;
    advance(p);
    if (is(p, US_S("]"))) return fail(p, from, p->now.to, "signal.empty_list", NULL);
    uint32_t count = 0;
    if (p->failed || !enter(p)) return NULL;
    struct us_term **found = items(p, US_S("]"), &count);
    p->nest--;
    if (!found) return NULL;
    struct us_term **args = us_new(p->arena, struct us_term *, count + 1);
    args[0] = left;
    for (uint32_t i = 0; i < count; i++)
        args[i + 1] = found[i];
    struct us_term *t = term(p, US_TERM_APPLY, left->from);
    t->op = US_OP_IN;
    return over(p, t, args, count + 1);
}

static struct us_term *property(struct parser *p)
{
    uint32_t from = p->now.from;
    us_str name = {0};
    struct us_lexer ahead = p->lexer;
    bool odd = is(p, US_S("prop")) && us_str_eq(us_lex(&ahead).text, US_S(".")) &&
               us_lex(&ahead).kind == US_TOKEN_TEXT;
    if (odd) {
        advance(p);
        advance(p);
    }
    if (!path(p, &name)) return NULL;
    struct us_term *t = term(p, US_TERM_NAME, from);
    t->text = name;
    return t;
}

static struct us_term *trait(struct parser *p)
{
    struct us_term *t = term(p, US_TERM_TRAIT, p->now.from);
    t->of = is(p, US_S("user")) ? US_PER_USER : US_PER_ACCOUNT;
    advance(p);
    if (!is(p, US_S("."))) {
        us_str text = us_source_text(p->source, t->from, p->before);
        return fail(
            p, t->from, p->before, "signal.want_trait", US_ARGS(US_TEXT("text", text)));
    }
    advance(p);
    if (p->failed) return NULL;
    t->quoted = p->now.kind == US_TOKEN_TEXT;
    if (!path(p, &t->text)) return NULL;
    t->to = p->before;
    return is(p, US_S("(")) ? call(p, t) : t;
}

static struct us_term *named(struct parser *p)
{
    bool called = peeks(p, US_S("("));
    if (p->where && !called) return property(p);
    if (is(p, US_S("account")) || is(p, US_S("user"))) return trait(p);
    us_term_kind kind = called ? US_TERM_CALL : US_TERM_NAME;
    struct us_term *t = term(p, kind, p->now.from);
    t->text = p->now.text;
    advance(p);
    t->to = p->before;
    if (p->failed) return NULL;
    return called ? call(p, t) : t;
}

static struct us_term *literal(struct parser *p, us_term_kind kind)
{
    struct us_token now = p->now;
    advance(p);
    struct us_term *t = term(p, kind, now.from);
    t->text = now.text;
    t->number = now.number;
    t->truth = us_str_eq(now.text, US_S("true"));
    return p->failed ? NULL : t;
}

static struct us_term *primary(struct parser *p)
{
    if (p->now.kind == US_TOKEN_NUMBER) return literal(p, US_TERM_NUMBER);
    if (p->now.kind == US_TOKEN_TEXT) return literal(p, US_TERM_TEXT);
    if (is(p, US_S("true")) || is(p, US_S("false"))) return literal(p, US_TERM_TRUTH);
    if (p->now.kind == US_TOKEN_WINDOW)
        return fail(p, p->now.from, p->now.to, "signal.window_place",
            US_ARGS(US_TEXT("text", p->now.text)));
    if (p->now.kind == US_TOKEN_NAME && !us_lex_is_word(p->now.text)) return named(p);
    if (!is(p, US_S("("))) return no_value(p);
    uint32_t from = p->now.from;
    advance(p);
    struct us_term *t = p->failed ? NULL : expr(p);
    if (!t || !want(p, US_S(")"))) return NULL;
    t->from = from; /* messages show it with its parentheses */
    t->to = p->before;
    return t;
}

static struct us_term *prefix(struct parser *p, us_level least)
{
    bool inverts = is(p, US_S("not")) && least <= US_LEVEL_NOT;
    bool minus = is(p, US_S("-"));
    if (p->failed || !enter(p)) return NULL;
    struct us_term *t = NULL;
    if (inverts || minus) {
        uint32_t from = p->now.from;
        advance(p);
        t = minus ? prefix(p, US_LEVEL_PRODUCT) : logic(p, US_LEVEL_NOT);
        if (t) t = apply(p, minus ? US_OP_NEGATE : US_OP_NOT, from, t, NULL);
    } else {
        t = primary(p);
    }
    p->nest--;
    return p->failed ? NULL : t;
}

static bool operator_at(const struct parser *p, us_op *op)
{
    bool kind = p->now.kind == US_TOKEN_NAME || p->now.kind == US_TOKEN_MARK;
    return kind && us_op_find(p->now.text, op);
}

/* Precedence climbing: operators of level least or tighter. */
static struct us_term *logic(struct parser *p, us_level least)
{
    struct us_term *left = prefix(p, least);
    us_op op = US_OP_OR;
    while (left && operator_at(p, &op) && us_op_level(op) >= least) {
        us_level level = us_op_level(op);
        advance(p);
        if (op == US_OP_IN) {
            left = list(p, left);
        } else {
            struct us_term *right = logic(p, level + 1);
            if (!right) return NULL;
            left = apply(p, op, left->from, left, right);
        }
        bool again = operator_at(p, &op) && us_op_level(op) == US_LEVEL_COMPARE;
        if (left && again && level == US_LEVEL_COMPARE)
            return fail(p, p->now.from, p->now.to, "signal.chained", NULL);
    }
    return p->failed ? NULL : left;
}

static struct us_term *expr(struct parser *p)
{
    struct us_term *value = logic(p, US_LEVEL_OR);
    if (!value || !is(p, US_S("if"))) return value;
    advance(p);
    struct us_term *condition = p->failed ? NULL : logic(p, US_LEVEL_OR);
    return condition ? apply(p, US_OP_IF, value->from, value, condition) : NULL;
}

struct us_term *us_parse(us_source source, struct us_arena *a, struct us_diags *d)
{
    struct parser p = {.source = source,
        .arena = a,
        .diags = d,
        .lexer = {.text = source.text, .arena = a}};
    if (source.text.len > US_EXPRESSION_BYTES_MAX)
        return fail(&p, 0, 1, "signal.too_long",
            US_ARGS(US_BYTES("max", US_EXPRESSION_BYTES_MAX)));
    if (!us_str_is_utf8(source.text)) return fail(&p, 0, 1, "signal.not_utf8", NULL);
    advance(&p);
    if (p.now.kind == US_TOKEN_END) return fail(&p, 0, 1, "signal.empty", NULL);
    struct us_term *t = p.failed ? NULL : expr(&p);
    if (!t || p.failed) return NULL;
    if (p.now.kind == US_TOKEN_END) return t;
    us_str text = us_source_text(source, p.now.from, p.now.to);
    return fail(
        &p, p.now.from, p.now.to, "signal.unexpected", US_ARGS(US_TEXT("text", text)));
}
