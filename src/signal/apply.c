/* apply.c: operators and helpers, from the values of what they stand over. Every
 * executor has them from here: they read nothing but their arguments. */

#include "signal/function.h"

static bool is_true(us_value v)
{
    return v.kind == US_BOOL && v.truth;
}

static bool is_false(us_value v)
{
    return v.kind == US_BOOL && !v.truth;
}

static us_value arithmetic(us_op op, us_value a, us_value b)
{
    if (a.kind != US_NUMBER || b.kind != US_NUMBER) return us_missing();
    if (op == US_OP_ADD) return us_number(a.number + b.number);
    if (op == US_OP_SUBTRACT) return us_number(a.number - b.number);
    if (op == US_OP_MULTIPLY) return us_number(a.number * b.number);
    return b.number == 0 ? us_missing() : us_number(a.number / b.number);
}

static us_value compare(us_op op, us_value a, us_value b)
{
    if (a.kind != b.kind || a.kind == US_MISSING) return us_missing();
    int order = a.kind == US_NUMBER ? (a.number > b.number) - (a.number < b.number)
                                    : us_value_cmp(a, b);
    if (op == US_OP_EQ) return us_bool(order == 0);
    if (op == US_OP_NE) return us_bool(order != 0);
    if (a.kind == US_BOOL) return us_missing();
    if (op == US_OP_LT) return us_bool(order < 0);
    if (op == US_OP_LE) return us_bool(order <= 0);
    if (op == US_OP_GT) return us_bool(order > 0);
    return us_bool(order >= 0);
}

static us_value contains(us_value text, us_value part)
{
    if (text.kind != US_STRING || part.kind != US_STRING) return us_missing();
    return us_bool(
        part.text.len == 0 || us_str_find(text.text, part.text) < text.text.len);
}

/* Kleene's three values; what is neither true nor false is unknown. */
static us_value not_of(us_value a)
{
    if (a.kind != US_BOOL) return us_missing();
    return us_bool(!a.truth);
}

static us_value and_of(us_value a, us_value b)
{
    if (is_false(a) || is_false(b)) return us_bool(false);
    return is_true(a) && is_true(b) ? us_bool(true) : us_missing();
}

static us_value or_of(us_value a, us_value b)
{
    if (is_true(a) || is_true(b)) return us_bool(true);
    return is_false(a) && is_false(b) ? us_bool(false) : us_missing();
}

static us_value in(const us_value *args, uint32_t count)
{
    us_value found = us_bool(false);
    for (uint32_t i = 1; i < count; i++)
        found = or_of(found, compare(US_OP_EQ, args[0], args[i]));
    return found;
}

static us_value choose(us_value v, us_value condition)
{
    if (!is_true(condition)) return us_number(0);
    return v.kind == US_NUMBER ? v : us_missing();
}

us_value us_node_apply(const struct us_node *n, const us_value *args)
{
    switch (n->op) {
    case US_OP_CONST: return n->constant;
    case US_OP_SIGNAL: return args[0];
    case US_OP_NEGATE: return arithmetic(US_OP_SUBTRACT, us_number(0), args[0]);
    case US_OP_ADD:
    case US_OP_SUBTRACT:
    case US_OP_MULTIPLY:
    case US_OP_DIVIDE: return arithmetic(n->op, args[0], args[1]);
    case US_OP_EQ:
    case US_OP_NE:
    case US_OP_LT:
    case US_OP_LE:
    case US_OP_GT:
    case US_OP_GE: return compare(n->op, args[0], args[1]);
    case US_OP_IN: return in(args, n->arg_count);
    case US_OP_CONTAINS: return contains(args[0], args[1]);
    case US_OP_NOT: return not_of(args[0]);
    case US_OP_AND: return and_of(args[0], args[1]);
    case US_OP_OR: return or_of(args[0], args[1]);
    case US_OP_IF: return choose(args[0], args[1]);
    case US_OP_HELPER: return n->function->apply(args, n->arg_count);
    case US_OP_CALL: /* these read rows: each executor has its own */
    case US_OP_TRAIT:
    case US_OP_MRR:
    case US_OP_ARR:
    case US_OP_PAID:
    case US_OP_AGE:
    case US_OP_PROPERTY:
    default: return us_missing();
    }
}
