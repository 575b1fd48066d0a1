/* sql_expr.c: operators and helpers, over columns that hold what is below them.
 *
 * A value of a known kind is one expression. One that may be of any kind (a trait) is
 * three, of which at most one is not NULL; whoever uses it asks for the kind it can
 * use.
 */

#include "signal/function.h"
#include "signal/sql_inner.h"

const char *us_sql_kind_suffix(us_kind kind)
{
    static const char *const suffixes[] = {
        [US_MISSING] = "",
        [US_BOOL] = "_truth",
        [US_NUMBER] = "_number",
        [US_STRING] = "_text",
    };
    return suffixes[kind];
}

static const char *type_of(us_kind kind)
{
    static const char *const types[] = {[US_MISSING] = "VARCHAR",
        [US_BOOL] = "BOOLEAN",
        [US_NUMBER] = "DOUBLE",
        [US_STRING] = "VARCHAR"};
    return types[kind];
}

static void constant(us_value v, bool typed, struct us_buf *out)
{
    if (v.kind == US_BOOL) us_buf_put(out, v.truth ? US_S("true") : US_S("false"));
    if (v.kind == US_NUMBER) us_sql_number(out, v.number, typed);
    if (v.kind == US_STRING) us_sql_text(out, v.text);
}

/* What a signal stands for, however many signals deep. */
static uint32_t behind(const struct us_sql *s, uint32_t node)
{
    while (s->plan->nodes[node].op == US_OP_SIGNAL)
        node = s->plan->nodes[node].args[0];
    return node;
}

static bool is_constant(const struct us_sql *s, uint32_t node)
{
    return s->plan->nodes[behind(s, node)].op == US_OP_CONST;
}

/* At work on one node's text. */
struct writer {
    struct us_sql *s;
    struct us_sql_frame *f;
    struct us_buf *out;
};

static void write(struct writer w, uint32_t node, us_kind kind, bool typed);
static void write_own(struct writer w, uint32_t node, us_kind kind);

/* Whether its text holds together beside an operator. */
static bool is_tight(struct writer w, uint32_t node)
{
    const struct us_node *n = &w.s->plan->nodes[node];
    if (w.f->refs[node].name.len || n->op == US_OP_CONST || n->op == US_OP_IF ||
        n->op == US_OP_PROPERTY || n->op == US_OP_CONTAINS)
        return true;
    if (us_sql_is_arithmetic(n)) return us_sql_may_overflow(w.f, node);
    return n->op == US_OP_HELPER;
}

static void operand(struct writer w, uint32_t node, us_kind kind, bool typed)
{
    node = behind(w.s, node);
    bool tight = is_tight(w, node);
    if (!tight) us_buf_char(w.out, '(');
    write(w, node, kind, typed);
    if (!tight) us_buf_char(w.out, ')');
}

static void between(
    struct writer w, const struct us_node *n, const char *op, us_kind kind, bool typed)
{
    uint32_t a = us_node_arg(n, 0);
    uint32_t b = us_node_arg(n, 1);
    operand(w, a, kind, typed);
    us_buf_fmt(w.out, " %s ", op);
    operand(w, b, kind, typed);
}

static const char *sign_of(us_op op)
{
    static const char *const signs[US_OP_PROPERTY + 1] = {
        [US_OP_ADD] = "+",
        [US_OP_SUBTRACT] = "-",
        [US_OP_MULTIPLY] = "*",
        [US_OP_EQ] = "=",
        [US_OP_NE] = "<>",
        [US_OP_LT] = "<",
        [US_OP_LE] = "<=",
        [US_OP_GT] = ">",
        [US_OP_GE] = ">=",
        [US_OP_AND] = "AND",
        [US_OP_OR] = "OR",
    };
    return signs[op];
}

static void arithmetic(struct writer w, uint32_t node)
{
    const struct us_node *n = &w.s->plan->nodes[node];
    uint32_t b = us_node_arg(n, 1);
    bool typed = is_constant(w.s, us_node_arg(n, 0)) && is_constant(w.s, b);
    bool guard = us_sql_may_overflow(w.f, node);
    if (guard) us_buf_put(w.out, US_S("us_finite("));
    if (us_sql_is_division(n)) {
        bool sure = us_sql_is_nonzero(w.s, b);
        operand(w, us_node_arg(n, 0), US_NUMBER, typed);
        us_buf_put(w.out, sure ? US_S(" / ") : US_S(" / nullif("));
        if (sure) {
            operand(w, b, US_NUMBER, typed);
        } else {
            write(w, b, US_NUMBER, typed);
            us_buf_put(w.out, US_S(", 0)"));
        }
    } else {
        between(w, n, sign_of(n->op), US_NUMBER, typed);
    }
    if (guard) us_buf_char(w.out, ')');
}

/* The kind in which two values can be compared: that of whichever has one. */
static us_kind common(const struct us_sql *s, uint32_t a, uint32_t b)
{
    us_kind kind = s->plan->nodes[a].kind;
    return kind != US_MISSING ? kind : s->plan->nodes[b].kind;
}

static bool is_ordered(us_op op)
{
    return op != US_OP_EQ && op != US_OP_NE;
}

static void pair(struct writer w, us_op op, uint32_t a, uint32_t b, us_kind kind)
{
    operand(w, a, kind, false);
    us_buf_fmt(w.out, " %s ", sign_of(op));
    operand(w, b, kind, false);
}

/* Of two that may be of any kind: as what both are. */
static void compare(struct writer w, us_op op, uint32_t a, uint32_t b)
{
    us_kind kind = common(w.s, a, b);
    if (kind != US_MISSING) {
        pair(w, op, a, b, kind);
        return;
    }
    us_buf_put(w.out, US_S("coalesce("));
    pair(w, op, a, b, US_NUMBER);
    us_buf_put(w.out, US_S(", "));
    pair(w, op, a, b, US_STRING);
    if (!is_ordered(op)) {
        us_buf_put(w.out, US_S(", "));
        pair(w, op, a, b, US_BOOL);
    }
    us_buf_char(w.out, ')');
}

/* Those of the list that are of one kind; the rest are compared one by one. */
static uint32_t in_kind(
    struct writer w, const struct us_node *n, us_kind kind, bool more)
{
    uint32_t found = 0;
    for (uint32_t i = 1; i < n->arg_count; i++) {
        uint32_t item = us_node_arg(n, i);
        if (w.s->plan->nodes[item].kind != kind) continue;
        if (!found && more) us_buf_put(w.out, US_S(" OR "));
        if (!found) {
            operand(w, us_node_arg(n, 0), kind, false);
            us_buf_put(w.out, US_S(" IN ("));
        } else {
            us_buf_put(w.out, US_S(", "));
        }
        write(w, item, kind, false);
        found++;
    }
    if (found) us_buf_char(w.out, ')');
    return found;
}

static void in(struct writer w, const struct us_node *n)
{
    us_kind of = w.s->plan->nodes[us_node_arg(n, 0)].kind;
    bool more = false;
    for (int kind = US_BOOL; kind <= US_STRING; kind++)
        if (of == US_MISSING || (int)of == kind)
            more |= in_kind(w, n, (us_kind)kind, more) > 0;
    for (uint32_t i = 1; i < n->arg_count; i++) {
        uint32_t item = us_node_arg(n, i);
        if (w.s->plan->nodes[item].kind != US_MISSING) continue;
        if (more) us_buf_put(w.out, US_S(" OR "));
        compare(w, US_OP_EQ, us_node_arg(n, 0), item);
        more = true;
    }
}

/* Runs of one word need no parentheses. */
static void chain(struct writer w, const struct us_node *n)
{
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t arg = behind(w.s, us_node_arg(n, i));
        bool same = w.s->plan->nodes[arg].op == n->op;
        if (i) us_buf_fmt(w.out, " %s ", sign_of(n->op));
        if (same) {
            write(w, arg, US_BOOL, false);
        } else {
            operand(w, arg, US_BOOL, false);
        }
    }
}

static void choose(struct writer w, const struct us_node *n)
{
    us_buf_put(w.out, US_S("CASE WHEN "));
    write(w, us_node_arg(n, 1), US_BOOL, false);
    us_buf_put(w.out, US_S(" THEN "));
    write(w, us_node_arg(n, 0), US_NUMBER, true);
    us_buf_put(w.out, US_S(" ELSE 0 END"));
}

/* "x IS NOT NULL", of any kind. */
static void known(struct writer w, uint32_t node)
{
    us_kind kind = w.s->plan->nodes[node].kind;
    for (int k = US_BOOL; k <= US_STRING; k++) {
        if (kind != US_MISSING && (int)kind != k) continue;
        if (kind == US_MISSING && k > US_BOOL) us_buf_put(w.out, US_S(" OR "));
        operand(w, node, (us_kind)k, false);
        us_buf_put(w.out, US_S(" IS NOT NULL"));
    }
}

/* The first that is there, of whatever kind, as this kind. */
static void first_known(struct writer w, const struct us_node *n, us_kind kind)
{
    us_buf_put(w.out, US_S("CASE"));
    for (uint32_t i = 0; i + 1 < n->arg_count; i++) {
        us_buf_put(w.out, US_S(" WHEN "));
        known(w, us_node_arg(n, i));
        us_buf_put(w.out, US_S(" THEN "));
        write(w, us_node_arg(n, i), kind, true);
    }
    us_buf_put(w.out, US_S(" ELSE "));
    write(w, us_node_arg(n, n->arg_count - 1), kind, true);
    us_buf_put(w.out, US_S(" END"));
}

static us_str arguments(struct writer w, const struct us_node *n, us_kind kind)
{
    bool typed = true;
    for (uint32_t i = 0; i < n->arg_count; i++)
        typed &= is_constant(w.s, us_node_arg(n, i));
    struct us_buf text = us_buf_new(w.s->arena, US_SQL_SCRATCH_BYTES);
    struct writer to = {w.s, w.f, &text};
    for (uint32_t i = 0; i < n->arg_count; i++) {
        if (i) us_buf_put(&text, US_S(", "));
        write(to, us_node_arg(n, i), kind, typed);
    }
    return us_buf_str(&text);
}

/* "a IS NOT NULL AND b IS NOT NULL" of those that may be missing. */
static us_str all_known(struct writer w, const struct us_node *n, us_kind kind)
{
    struct us_buf text = us_buf_new(w.s->arena, US_SQL_SCRATCH_BYTES);
    struct writer to = {w.s, w.f, &text};
    for (uint32_t i = 0; i < n->arg_count; i++) {
        if (!w.f->refs[us_node_arg(n, i)].extent.miss) continue;
        if (text.len) us_buf_put(&text, US_S(" AND "));
        operand(to, us_node_arg(n, i), kind, false);
        us_buf_put(&text, US_S(" IS NOT NULL"));
    }
    return us_buf_str(&text);
}

/* A helper that needs all its arguments says {known} first. */
static void helper(struct writer w, const struct us_node *n, us_kind kind)
{
    const us_str known_first = US_S("{known}");
    if (n->kind == US_MISSING) {
        first_known(w, n, kind);
        return;
    }
    us_str text = us_str_c(n->function->sql);
    us_str guard = {0};
    if (us_str_has_prefix(text, known_first)) {
        guard = all_known(w, n, kind);
        text = us_str_slice(text, known_first.len, text.len);
    }
    if (guard.len) {
        us_buf_put(w.out, US_S("CASE WHEN "));
        us_buf_put(w.out, guard);
        us_buf_put(w.out, US_S(" THEN "));
    }
    us_sql_fill(
        w.out, text, (const struct us_sql_hole[]){{"all", arguments(w, n, kind)}, {0}});
    if (guard.len) us_buf_put(w.out, US_S(" END"));
}

static void property(struct writer w, const struct us_node *n)
{
    bool number = n->kind == US_NUMBER;
    if (number) us_buf_put(w.out, US_S("us_number("));
    us_buf_put(w.out, US_S("e."));
    us_sql_label(w.out, w.s->of->columns[n->column]);
    if (number) us_buf_char(w.out, ')');
}

static void write_own(struct writer w, uint32_t node, us_kind kind)
{
    const struct us_node *n = &w.s->plan->nodes[node];
    if (us_sql_is_arithmetic(n)) {
        arithmetic(w, node);
    } else if (n->op == US_OP_NEGATE) {
        us_buf_put(w.out, US_S("0e0 - "));
        operand(w, us_node_arg(n, 0), US_NUMBER, true);
    } else if (n->op >= US_OP_EQ && n->op <= US_OP_GE) {
        compare(w, n->op, us_node_arg(n, 0), us_node_arg(n, 1));
    } else if (n->op == US_OP_IN) {
        in(w, n);
    } else if (n->op == US_OP_CONTAINS) {
        us_buf_put(w.out, US_S("contains("));
        write(w, us_node_arg(n, 0), US_STRING, false);
        us_buf_put(w.out, US_S(", "));
        write(w, us_node_arg(n, 1), US_STRING, false);
        us_buf_char(w.out, ')');
    } else if (n->op == US_OP_NOT) {
        us_buf_put(w.out, US_S("NOT "));
        operand(w, us_node_arg(n, 0), US_BOOL, false);
    } else if (n->op == US_OP_AND || n->op == US_OP_OR) {
        chain(w, n);
    } else if (n->op == US_OP_IF) {
        choose(w, n);
    } else if (n->op == US_OP_HELPER) {
        helper(w, n, kind);
    } else {
        property(w, n);
    }
}

static void write(struct writer w, uint32_t node, us_kind kind, bool typed)
{
    node = behind(w.s, node);
    const struct us_node *n = &w.s->plan->nodes[node];
    struct us_sql_ref *r = &w.f->refs[node];
    if (w.out->full) return;
    if (n->kind != US_MISSING && n->kind != kind) {
        us_buf_fmt(w.out, "CAST(NULL AS %s)", type_of(kind));
    } else if (n->op == US_OP_CONST) {
        constant(n->constant, typed, w.out);
    } else if (r->name.len) {
        us_str name = r->name;
        if (n->kind == US_MISSING)
            name = us_arena_fmt(
                w.s->arena, "%.*s%s", US_ARG(name), us_sql_kind_suffix(kind));
        r->kinds |= 1U << kind;
        us_buf_fmt(w.out, "%c.", w.f->alias);
        us_sql_label(w.out, name);
    } else {
        write_own(w, node, kind);
    }
}

void us_sql_write(struct us_sql *s, struct us_sql_frame *f, uint32_t node, us_kind kind,
    struct us_buf *out)
{
    write((struct writer){s, f, out}, node, kind, false);
}

void us_sql_write_level(
    struct us_sql *s, struct us_sql_frame *f, uint32_t level, struct us_buf *out)
{
    struct writer w = {s, f, out};
    for (size_t i = 0; i < f->named_count; i++) {
        uint32_t node = f->named[i];
        struct us_sql_ref *r = &f->refs[node];
        if (r->level != level) continue;
        for (int kind = US_BOOL; kind <= US_STRING; kind++) {
            us_kind own = s->plan->nodes[node].kind;
            bool any = own == US_MISSING;
            if (any ? !(r->kinds & 1U << kind) : (int)own != kind) continue;
            us_buf_put(out, US_S(",\n        "));
            write_own(w, node, (us_kind)kind);
            us_buf_put(out, US_S(" AS "));
            us_str name = r->name;
            if (any)
                name = us_arena_fmt(s->arena, "%.*s%s", US_ARG(name),
                    us_sql_kind_suffix((us_kind)kind));
            us_sql_label(out, name);
        }
    }
}
