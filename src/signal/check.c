/* check.c: what names mean, and whether kinds fit. Functions are in call.c. */

#include "signal/compile.h"

void us_check_fail(struct us_check *c, const struct us_term *t, const char *key,
    const us_arg *args, us_str suggestion)
{
    us_place place = us_source_place(c->source, t->from, t->to);
    us_diag_add(c->diags, place, false, key, args, suggestion);
}

static us_str shown(const struct us_check *c, const struct us_term *t)
{
    return us_source_text(c->source, t->from, t->to);
}

static const char *kind_word(us_kind kind)
{
    switch (kind) {
    case US_BOOL: return "signal.kind_bool";
    case US_NUMBER: return "signal.kind_number";
    case US_STRING: return "signal.kind_text";
    case US_MISSING:
    default: return "signal.kind_any";
    }
}

bool us_check_kind(struct us_check *c, const struct us_term *t, uint32_t node,
    us_kind need, us_str user)
{
    if (node == US_NODE_NONE) return false;
    us_kind kind = c->plan->nodes[node].kind;
    if (kind == need || kind == US_MISSING || need == US_MISSING) return true;
    const us_arg *args =
        US_ARGS(US_TEXT("text", shown(c, t)), US_WORD("kind", kind_word(kind)),
            US_WORD("need", kind_word(need)), US_TEXT("operator", user));
    const char *key = "signal.need_kind";
    if (user.len == 0) key = "signal.need_kind_here";
    if (need == US_BOOL && kind == US_NUMBER) key = "signal.number_as_condition";
    if (need == US_NUMBER && kind == US_BOOL) key = "signal.condition_as_number";
    us_check_fail(c, t, key, args, (us_str){0});
    return false;
}

/* What a term surely is, inside a where, before its properties have a kind. */
static us_kind guess(const struct us_term *t)
{
    const struct us_function *f = NULL;
    us_kind kind = US_MISSING;
    switch (t->kind) {
    case US_TERM_NUMBER: return US_NUMBER;
    case US_TERM_TEXT: return US_STRING;
    case US_TERM_TRUTH: return US_BOOL;
    case US_TERM_CALL:
        f = us_function_find(t->text);
        if (!f || !f->any_kind) return f ? f->result : US_MISSING;
        for (uint32_t i = 0; i < t->arg_count && kind == US_MISSING; i++)
            kind = guess(t->args[i]);
        return kind;
    case US_TERM_APPLY: {
        us_level level = us_op_level(t->op);
        bool truth = level >= US_LEVEL_OR && level <= US_LEVEL_COMPARE;
        return truth ? US_BOOL : US_NUMBER;
    }
    case US_TERM_NAME:
    case US_TERM_TRAIT:
    case US_TERM_WINDOW:
    case US_TERM_PATTERN:
    default: return US_MISSING;
    }
}

static uint32_t leaf(struct us_check *c, const struct us_term *t, struct us_node n)
{
    return us_plan_node(c, &n, NULL, t);
}

static uint32_t constant(struct us_check *c, const struct us_term *t, us_value v)
{
    if (v.kind == US_NUMBER && v.number == 0) v.number = 0; /* no -0 */
    return leaf(
        c, t, (struct us_node){.op = US_OP_CONST, .kind = v.kind, .constant = v});
}

static uint32_t property(struct us_check *c, const struct us_term *t, us_kind want)
{
    if (want == US_MISSING) {
        us_check_fail(c, t, "signal.kind_unclear", US_ARGS(US_TEXT("name", t->text)),
            (us_str){0});
        return US_NODE_NONE;
    }
    struct us_node n = {.op = US_OP_PROPERTY, .kind = want};
    n.column = us_plan_column(c, t->text, want, t);
    return n.column == US_NODE_NONE ? US_NODE_NONE : leaf(c, t, n);
}

static uint32_t unknown_name(struct us_check *c, const struct us_term *t)
{
    if (us_function_find(t->text)) {
        us_check_fail(
            c, t, "signal.want_call", US_ARGS(US_TEXT("name", t->text)), (us_str){0});
        return US_NODE_NONE;
    }
    const struct us_plan *p = c->plan;
    us_str near = us_nearest(t->text, p->compiler->signal_names, p->signal_count);
    us_check_fail(c, t, "signal.unknown_name", US_ARGS(US_TEXT("name", t->text)), near);
    return US_NODE_NONE;
}

static uint32_t name(struct us_check *c, const struct us_term *t, us_kind want)
{
    if (c->where) return property(c, t, want);
    uint32_t signal = us_plan_signal_find(c->plan, t->text);
    if (signal == US_NODE_NONE) return unknown_name(c, t);
    if (c->plan->signals[signal].scope > c->scope) {
        us_check_fail(c, t, "signal.user_signal_here",
            US_ARGS(US_TEXT("name", t->text)), (us_str){0});
        return US_NODE_NONE;
    }
    uint32_t node = us_plan_signal(c, t, signal);
    if (node == US_NODE_NONE) return node;
    struct us_node n = {.op = US_OP_SIGNAL, .signal = signal, .arg_count = 1};
    n.kind = c->plan->nodes[node].kind;
    return us_plan_node(c, &n, &node, t);
}

static uint32_t unary(struct us_check *c, const struct us_term *t)
{
    bool inverts = t->op == US_OP_NOT;
    us_kind kind = inverts ? US_BOOL : US_NUMBER;
    uint32_t arg = us_check_term(c, t->args[0], kind);
    if (!us_check_kind(c, t->args[0], arg, kind, us_op_text(t->op)))
        return US_NODE_NONE;
    const struct us_node *of = &c->plan->nodes[arg];
    if (!inverts && of->op == US_OP_CONST)
        return constant(c, t, us_number(-of->constant.number));
    struct us_node n = {.op = t->op, .kind = kind, .arg_count = 1};
    return us_plan_node(c, &n, &arg, t);
}

/* The two operands of t are used as kind; US_MISSING: as one another. */
static bool operands(
    struct us_check *c, const struct us_term *t, us_kind kind, uint32_t args[2])
{
    us_str op = us_op_text(t->op);
    args[0] = us_check_term(c, t->args[0], kind);
    args[1] = us_check_term(c, t->args[1], kind);
    bool left = us_check_kind(c, t->args[0], args[0], kind, op);
    return us_check_kind(c, t->args[1], args[1], kind, op) && left;
}

/* Neither known kind is the other: the comparison could never be true. */
static bool comparable(struct us_check *c, const struct us_term *t,
    const struct us_term *left, uint32_t a, const struct us_term *right, uint32_t b)
{
    us_kind x = c->plan->nodes[a].kind;
    us_kind y = c->plan->nodes[b].kind;
    if (x == y || x == US_MISSING || y == US_MISSING) return true;
    us_check_fail(c, t, "signal.kinds_differ",
        US_ARGS(US_TEXT("left", shown(c, left)), US_WORD("left_kind", kind_word(x)),
            US_TEXT("right", shown(c, right)), US_WORD("right_kind", kind_word(y))),
        (us_str){0});
    return false;
}

static uint32_t compare(struct us_check *c, const struct us_term *t)
{
    us_kind kind = US_MISSING;
    if (c->where) kind = guess(t->args[0]);
    if (c->where && kind == US_MISSING) kind = guess(t->args[1]);
    uint32_t args[2];
    args[0] = us_check_term(c, t->args[0], kind);
    args[1] = us_check_term(c, t->args[1], kind);
    if (args[0] == US_NODE_NONE || args[1] == US_NODE_NONE) return US_NODE_NONE;
    if (!comparable(c, t, t->args[0], args[0], t->args[1], args[1]))
        return US_NODE_NONE;
    bool ordered = t->op != US_OP_EQ && t->op != US_OP_NE;
    for (int i = 0; i < 2 && ordered; i++) {
        if (c->plan->nodes[args[i]].kind != US_BOOL) continue;
        us_check_fail(c, t->args[i], "signal.need_order",
            US_ARGS(US_TEXT("text", shown(c, t->args[i])),
                US_TEXT("operator", us_op_text(t->op))),
            (us_str){0});
        return US_NODE_NONE;
    }
    struct us_node n = {.op = t->op, .kind = US_BOOL, .arg_count = 2};
    return us_plan_node(c, &n, args, t);
}

static uint32_t in(struct us_check *c, const struct us_term *t)
{
    us_kind kind = US_MISSING;
    for (uint32_t i = 0; i < t->arg_count && c->where && kind == US_MISSING; i++)
        kind = guess(t->args[i]);
    uint32_t args[US_NODE_ARGS_MAX + 1];
    bool good = true;
    for (uint32_t i = 0; i < t->arg_count; i++) {
        args[i] = us_check_term(c, t->args[i], kind);
        good &= args[i] != US_NODE_NONE;
        if (!good || i == 0) continue;
        const struct us_term *item = t->args[i];
        good = comparable(c, item, t->args[0], args[0], item, args[i]);
    }
    if (!good) return US_NODE_NONE;
    struct us_node n = {.op = US_OP_IN, .kind = US_BOOL, .arg_count = t->arg_count};
    return us_plan_node(c, &n, args, t);
}

static uint32_t apply(struct us_check *c, const struct us_term *t)
{
    uint32_t args[2];
    struct us_node n = {.op = t->op, .kind = US_NUMBER, .arg_count = 2};
    switch (us_op_level(t->op)) {
    case US_LEVEL_OR:
    case US_LEVEL_AND:
        n.kind = US_BOOL;
        if (!operands(c, t, US_BOOL, args)) return US_NODE_NONE;
        return us_plan_node(c, &n, args, t);
    case US_LEVEL_SUM:
    case US_LEVEL_PRODUCT:
        if (!operands(c, t, US_NUMBER, args)) return US_NODE_NONE;
        return us_plan_node(c, &n, args, t);
    case US_LEVEL_IF: {
        args[0] = us_check_term(c, t->args[0], US_NUMBER);
        args[1] = us_check_term(c, t->args[1], US_BOOL);
        bool value =
            us_check_kind(c, t->args[0], args[0], US_NUMBER, us_op_text(t->op));
        if (!us_check_kind(c, t->args[1], args[1], US_BOOL, us_op_text(t->op)) ||
            !value)
            return US_NODE_NONE;
        return us_plan_node(c, &n, args, t);
    }
    case US_LEVEL_COMPARE:
        if (t->op == US_OP_IN) return in(c, t);
        if (t->op != US_OP_CONTAINS) return compare(c, t);
        n.kind = US_BOOL;
        if (!operands(c, t, US_STRING, args)) return US_NODE_NONE;
        return us_plan_node(c, &n, args, t);
    case US_LEVEL_NOT:
    case US_LEVEL_NEGATE:
    case US_LEVEL_VALUE:
    default: return unary(c, t);
    }
}

static uint32_t term(struct us_check *c, const struct us_term *t, us_kind want)
{
    us_str none = {0};
    switch (t->kind) {
    case US_TERM_NUMBER: return constant(c, t, us_number(t->number));
    case US_TERM_TEXT: return constant(c, t, us_string(t->text));
    case US_TERM_TRUTH: return constant(c, t, us_bool(t->truth));
    case US_TERM_NAME: return name(c, t, want);
    case US_TERM_TRAIT: return us_check_trait(c, t);
    case US_TERM_CALL: return us_check_call(c, t, want);
    case US_TERM_APPLY: return apply(c, t);
    case US_TERM_WINDOW:
        us_check_fail(
            c, t, "signal.window_place", US_ARGS(US_TEXT("text", shown(c, t))), none);
        return US_NODE_NONE;
    case US_TERM_PATTERN:
    default:
        us_check_fail(
            c, t, "signal.pattern_place", US_ARGS(US_TEXT("text", shown(c, t))), none);
        return US_NODE_NONE;
    }
}

uint32_t us_check_term(struct us_check *c, const struct us_term *t, us_kind want)
{
    uint32_t *depth = &c->plan->compiler->depth;
    if (*depth >= US_NODE_DEPTH_MAX) {
        us_check_fail(c, t, "signal.too_deep",
            US_ARGS(US_WHOLE("max", US_NODE_DEPTH_MAX)), (us_str){0});
        return US_NODE_NONE;
    }
    ++*depth;
    uint32_t node = term(c, t, want);
    --*depth;
    return node;
}
