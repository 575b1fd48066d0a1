/* call.c: account.X, user.X, and functions with what they take. */

#include "signal/compile.h"

static uint32_t refuse(
    struct us_check *c, const struct us_term *t, const char *key, const us_arg *args)
{
    us_check_fail(c, t, key, args, (us_str){0});
    return US_NODE_NONE;
}

/* The window of t's last argument, within its limits. */
static bool window(struct us_check *c, const struct us_term *t, us_window w)
{
    us_str text = us_source_text(c->source, t->from, t->to);
    if (w.unit == US_ALL) return true;
    int64_t most = w.unit == US_HOURS ? US_WINDOW_HOURS_MAX : US_WINDOW_DAYS_MAX;
    if (w.n >= 1 && w.n <= most) return true;
    const char *key = w.unit == US_HOURS ? "signal.window_hours" : "signal.window_days";
    refuse(c, t, key, US_ARGS(US_TEXT("text", text), US_WHOLE("max", most)));
    return false;
}

/* account.paid(W) */
static uint32_t paid(struct us_check *c, const struct us_term *t)
{
    struct us_node n = {.op = US_OP_PAID, .kind = US_NUMBER};
    bool one = t->called && t->arg_count == 1;
    if (!one || t->args[0]->kind != US_TERM_WINDOW)
        return refuse(c, t, "signal.want_paid_window", NULL);
    n.window = t->args[0]->window;
    if (!window(c, t->args[0], n.window)) return US_NODE_NONE;
    c->plan->need.payments = true;
    return us_plan_node(c, &n, NULL, t);
}

uint32_t us_check_trait(struct us_check *c, const struct us_term *t)
{
    us_str text = us_source_text(c->source, t->from, t->to);
    bool account = t->of == US_PER_ACCOUNT;
    if (!account && c->scope == US_PER_ACCOUNT)
        return refuse(c, t, "signal.user_here", US_ARGS(US_TEXT("text", text)));
    struct us_node n = {.kind = US_NUMBER, .scope = t->of};
    bool own = !t->quoted;
    if (own && account && us_str_eq(t->text, US_S("paid"))) return paid(c, t);
    if (t->called)
        return refuse(c, t, "signal.not_callable", US_ARGS(US_TEXT("text", text)));
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

/* The event pattern of a call, with the column of its property. */
static bool pattern(struct us_check *c, const struct us_function *f,
    const struct us_term *t, struct us_node *n)
{
    const us_arg *args = US_ARGS(US_TEXT("function", f->name));
    struct us_pattern made = {.name = US_ANY_NAME, .where = US_NODE_NONE};
    us_str property = t->kind == US_TERM_PATTERN ? t->property : (us_str){0};
    bool any = t->kind == US_TERM_PATTERN && t->any;
    const char *wrong = NULL;
    if (!any && t->text.len == 0) wrong = "signal.empty_event";
    if (any && t->where) wrong = "signal.any_where";
    if (any && f->property) wrong = "signal.any_property";
    if (!any && f->property && property.len == 0) wrong = "signal.want_property";
    if (!f->property && property.len) wrong = "signal.extra_property";
    if (wrong) {
        refuse(c, t, wrong, args);
        return false;
    }
    if (t->kind == US_TERM_PATTERN && t->where) {
        c->where = true;
        made.where = us_check_term(c, t->where, US_BOOL);
        c->where = false;
        if (!us_check_kind(c, t->where, made.where, US_BOOL, US_S("where")))
            return false;
    }
    if (f->property) n->column = us_plan_column(c->plan, property, US_NUMBER);
    if (!any) made.name = us_plan_name(c->plan, t->text);
    if (any) c->plan->need.any = true;
    n->pattern = us_plan_pattern(c->plan, made);
    return true;
}

/* A function over events: name([E] [, W]). */
static uint32_t over_events(
    struct us_check *c, const struct us_function *f, const struct us_term *t)
{
    struct us_node n = {.op = US_OP_CALL,
        .kind = f->result,
        .scope = c->scope,
        .function = f,
        .pattern = US_NODE_NONE,
        .column = US_NODE_NONE};
    const us_arg *args = US_ARGS(US_TEXT("function", f->name));
    uint32_t i = 0;
    us_term_kind first = t->arg_count ? t->args[0]->kind : US_TERM_WINDOW;
    bool given = first == US_TERM_PATTERN || first == US_TERM_TEXT;
    if (given) {
        if (!pattern(c, f, t->args[i++], &n)) return US_NODE_NONE;
    } else if (f->pattern == US_TAKES_MUST || first != US_TERM_WINDOW) {
        return refuse(c, t->arg_count ? t->args[0] : t, "signal.want_event", args);
    } else {
        c->plan->need.any = true;
        n.pattern = us_plan_pattern(
            c->plan, (struct us_pattern){.name = US_ANY_NAME, .where = US_NODE_NONE});
    }
    if (f->window) {
        bool there = i < t->arg_count && t->args[i]->kind == US_TERM_WINDOW;
        if (!there)
            return refuse(
                c, i < t->arg_count ? t->args[i] : t, "signal.want_window", args);
        n.window = t->args[i]->window;
        if (!window(c, t->args[i++], n.window)) return US_NODE_NONE;
    }
    if (i < t->arg_count) {
        bool has_window = t->args[i]->kind == US_TERM_WINDOW;
        const char *key = has_window ? "signal.extra_window" : "signal.extra_argument";
        return refuse(c, t->args[i], key, args);
    }
    return us_plan_node(c, &n, NULL, t);
}

/* A function over values: name(a, b, …). */
static uint32_t helper(struct us_check *c, const struct us_function *f,
    const struct us_term *t, us_kind want)
{
    if (t->arg_count < f->args_least || t->arg_count > f->args_most)
        return refuse(c, t, "signal.argument_count",
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
    if (!c->where) return over_events(c, f, t);
    return refuse(
        c, t, "signal.no_events_in_where", US_ARGS(US_TEXT("function", f->name)));
}
