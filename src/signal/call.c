/* call.c: account.X, user.X, and helpers, which are over values. Functions over events
 * are in over.c. */

#include "signal/compile.h"

/* account.paid(W) */
static uint32_t paid(struct us_check *c, const struct us_term *t)
{
    struct us_node n = {.op = US_OP_PAID, .kind = US_NUMBER};
    bool one = t->called && t->arg_count == 1;
    if (!one || t->args[0]->kind != US_TERM_WINDOW)
        return us_check_refuse(c, t, "signal.want_paid_window", NULL);
    n.window = t->args[0]->window;
    if (!us_check_window(c, t->args[0])) return US_NODE_NONE;
    c->plan->need.payments = true;
    return us_plan_node(c, &n, NULL, t);
}

uint32_t us_check_trait(struct us_check *c, const struct us_term *t)
{
    us_str text = us_source_text(c->source, t->from, t->to);
    bool account = t->of == US_PER_ACCOUNT;
    if (!account && c->scope == US_PER_ACCOUNT)
        return us_check_refuse(
            c, t, "signal.user_here", US_ARGS(US_TEXT("text", text)));
    struct us_node n = {.kind = US_NUMBER, .scope = t->of};
    bool own = !t->quoted;
    if (own && account && us_str_eq(t->text, US_S("paid"))) return paid(c, t);
    if (t->called)
        return us_check_refuse(
            c, t, "signal.not_callable", US_ARGS(US_TEXT("text", text)));
    bool mrr = own && account && us_str_eq(t->text, US_S("mrr"));
    bool arr = own && account && us_str_eq(t->text, US_S("arr"));
    if (own && us_str_eq(t->text, US_S("age"))) {
        n.op = US_OP_AGE;
        c->plan->need.any = true;
    } else if (mrr || arr) {
        n.op = mrr ? US_OP_MRR : US_OP_ARR;
        c->plan->need.payments = true;
    } else {
        n.op = US_OP_TRAIT;
        n.kind = US_MISSING;
        n.trait = us_plan_trait(c->plan, t->text, t->of);
    }
    return us_plan_node(c, &n, NULL, t);
}

/* A function over values: name(a, b, …). */
static uint32_t helper(struct us_check *c, const struct us_function *f,
    const struct us_term *t, us_kind want)
{
    if (t->arg_count < f->args_least || t->arg_count > f->args_most)
        return us_check_refuse(c, t, "signal.argument_count",
            US_ARGS(US_TEXT("function", f->name), US_TEXT("args", us_str_c(f->args)),
                US_WHOLE("n", t->arg_count)));
    uint32_t args[US_NODE_ARGS_MAX];
    us_kind kind = f->any_kind ? (c->where ? want : US_MISSING) : f->result;
    bool good = true;
    bool sure = true; /* that kind is the result's */
    for (uint32_t i = 0; i < t->arg_count; i++) {
        args[i] = us_check_term(c, t->args[i], kind);
        us_kind found = args[i] == US_NODE_NONE ? kind : c->plan->nodes[args[i]].kind;
        sure &= found != US_MISSING;
        if (kind == US_MISSING) kind = found;
        good &= us_check_kind(c, t->args[i], args[i], kind, f->name);
    }
    if (!good) return US_NODE_NONE;
    struct us_node n = {.op = US_OP_HELPER, .function = f, .arg_count = t->arg_count};
    n.kind = f->any_kind && !sure ? US_MISSING : kind;
    return us_plan_node(c, &n, args, t);
}

uint32_t us_check_call(struct us_check *c, const struct us_term *t, us_kind want)
{
    const struct us_function *f = us_function_find(t->text);
    if (!f) {
        us_str names[US_FUNCTIONS];
        for (size_t i = 0; i < US_FUNCTIONS; i++)
            names[i] = us_function_of((us_function_id)i)->name;
        us_check_fail(c, t, "signal.unknown_function",
            US_ARGS(US_TEXT("name", t->text)),
            us_nearest(t->text, names, US_FUNCTIONS));
        return US_NODE_NONE;
    }
    if (f->apply) return helper(c, f, t, want);
    if (!c->where) return us_check_over(c, f, t);
    return us_check_refuse(
        c, t, "signal.no_events_in_where", US_ARGS(US_TEXT("function", f->name)));
}
