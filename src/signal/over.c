/* over.c: functions over events, with what they take: events, a window, and of prior,
 * trend and first another function.
 */

#include "signal/compile.h"

uint32_t us_check_refuse(
    struct us_check *c, const struct us_term *t, const char *key, const us_arg *args)
{
    us_check_fail(c, t, key, args, (us_str){0});
    return US_NODE_NONE;
}

bool us_check_window(struct us_check *c, const struct us_term *t)
{
    us_window w = t->window;
    us_str text = us_source_text(c->source, t->from, t->to);
    if (w.unit == US_ALL) return true;
    int64_t most = w.unit == US_HOURS ? US_WINDOW_HOURS_MAX : US_WINDOW_DAYS_MAX;
    if (w.n >= 1 && w.n <= most) return true;
    const char *key = w.unit == US_HOURS ? "signal.window_hours" : "signal.window_days";
    us_check_refuse(c, t, key, US_ARGS(US_TEXT("text", text), US_WHOLE("max", most)));
    return false;
}

/* One call at work. */
struct over {
    struct us_check *c;
    const struct us_function *f;
    const struct us_term *t;
    uint32_t next; /* of its arguments */
    struct us_node n;
};

static const struct us_term *argument(const struct over *o)
{
    return o->next < o->t->arg_count ? o->t->args[o->next] : NULL;
}

/* At the argument that is wrong, or at the call when it is not there. */
static bool refuse(const struct over *o, const char *key)
{
    const struct us_term *at = argument(o);
    us_check_refuse(
        o->c, at ? at : o->t, key, US_ARGS(US_TEXT("function", o->f->name)));
    return false;
}

static bool is_event(const struct us_term *t)
{
    return t && (t->kind == US_TERM_PATTERN || t->kind == US_TERM_TEXT);
}

static bool property(struct over *o, const struct us_term *t)
{
    static const us_kind kinds[] = {US_NUMBER, US_STRING, US_BOOL};
    if (o->f->property == US_READS_NUMBER) {
        o->n.column = us_plan_column(o->c, t->property, US_NUMBER, t);
        return o->n.column != US_NODE_NONE;
    }
    for (int i = 0; i < 3; i++) {
        o->n.columns[i] = us_plan_column(o->c, t->property, kinds[i], t);
        if (o->n.columns[i] == US_NODE_NONE) return false;
    }
    return true;
}

/* The event of the next argument, with its property. */
static bool event(struct over *o)
{
    struct us_check *c = o->c;
    const struct us_term *t = argument(o);
    struct us_pattern made = {.name = US_ANY_NAME, .where = US_NODE_NONE};
    us_str path = t->kind == US_TERM_PATTERN ? t->property : (us_str){0};
    bool any = t->kind == US_TERM_PATTERN && t->any;
    const char *wrong = NULL;
    if (!any && t->text.len == 0) wrong = "signal.empty_event";
    if (any && t->where) wrong = "signal.any_where";
    if (any && o->f->property) wrong = "signal.any_property";
    if (!any && o->f->property && path.len == 0) wrong = "signal.want_property";
    if (!o->f->property && path.len) wrong = "signal.extra_property";
    if (wrong) return refuse(o, wrong);
    if (t->kind == US_TERM_PATTERN && t->where) {
        c->where = true;
        made.where = us_check_term(c, t->where, US_BOOL);
        c->where = false;
        if (!us_check_kind(c, t->where, made.where, US_BOOL, US_S("where")))
            return false;
    }
    if (o->f->property && !property(o, t)) return false;
    if (!any) made.name = us_plan_name(c->plan, t->text);
    if (any) c->plan->need.any = true;
    o->n.pattern = us_plan_pattern(c->plan, made);
    o->next++;
    return true;
}

/* E1, E2, … of seq. */
static bool steps(struct over *o)
{
    uint32_t found[US_NODE_ARGS_MAX];
    uint32_t count = 0;
    for (; is_event(argument(o)); found[count++] = o->n.pattern)
        if (!event(o)) return false;
    if (count < 2) return refuse(o, "signal.want_steps");
    uint32_t *list = us_new(o->c->plan->arena, uint32_t, count);
    for (uint32_t i = 0; i < count; i++)
        list[i] = found[i];
    o->n.pattern = US_NODE_NONE;
    o->n.steps = list;
    o->n.step_count = count;
    return true;
}

/* [E[.p]] */
static bool pattern(struct over *o)
{
    const struct us_term *first = argument(o);
    if (is_event(first)) return event(o);
    bool none = !first || first->kind == US_TERM_WINDOW;
    if (o->f->pattern == US_TAKES_MUST || !none) return refuse(o, "signal.want_event");
    o->c->plan->need.any = true;
    o->n.pattern = us_plan_pattern(
        o->c->plan, (struct us_pattern){.name = US_ANY_NAME, .where = US_NODE_NONE});
    return true;
}

static bool window(struct over *o)
{
    const struct us_term *t = argument(o);
    if (!t || t->kind != US_TERM_WINDOW) return refuse(o, "signal.want_window");
    o->n.window = t->window;
    o->next++;
    return us_check_window(o->c, t);
}

/* Whether a term can be a function with a window: such a call, or the name of a signal,
 * which may be one. */
static bool may_be_windowed(const struct us_term *t)
{
    if (!t || t->kind == US_TERM_NAME) return t;
    if (t->kind != US_TERM_CALL) return false;
    const struct us_function *f = us_function_find(t->text);
    return !f || us_function_is_windowed(f); /* what is unknown is told as such */
}

/* f of prior, trend and first. A signal that is such a function and nothing else may
 * stand for it. */
static bool inside(struct over *o, uint32_t *arg)
{
    const struct us_term *t = argument(o);
    const struct us_plan *p = o->c->plan;
    if (!may_be_windowed(t)) return refuse(o, "signal.want_windowed");
    *arg = us_check_term(o->c, t, US_MISSING);
    if (*arg == US_NODE_NONE) return false;
    while (p->nodes[*arg].op == US_OP_SIGNAL)
        *arg = p->nodes[*arg].args[0];
    const struct us_node *n = &p->nodes[*arg];
    if (n->op != US_OP_CALL || !us_function_is_windowed(n->function))
        return refuse(o, "signal.want_windowed");
    if (n->window.unit == US_ALL) {
        const struct us_term *all =
            t->kind == US_TERM_CALL ? t->args[t->arg_count - 1] : t;
        us_check_refuse(
            o->c, all, "signal.no_all", US_ARGS(US_TEXT("function", o->f->name)));
        return false;
    }
    if (n->scope != o->c->scope) return refuse(o, "signal.account_inside");
    /* Whose first days they are, any event tells. */
    if (o->f->id == US_FN_first) o->c->plan->need.any = true;
    o->n.arg_count = 1;
    o->next++;
    return true;
}

static bool least(struct over *o)
{
    const struct us_term *t = argument(o);
    o->n.constant = us_number(US_FLOOR);
    if (!t) return true;
    if (t->kind != US_TERM_NUMBER || t->number <= 0)
        return refuse(o, "signal.want_floor");
    o->n.constant = us_number(t->number);
    o->next++;
    return true;
}

/* Nothing but what it takes was given. */
static bool ends(const struct over *o)
{
    const struct us_term *t = argument(o);
    if (!t) return true;
    bool window = t->kind == US_TERM_WINDOW && !o->f->inside;
    return refuse(o, window ? "signal.extra_window" : "signal.extra_argument");
}

uint32_t us_check_over(
    struct us_check *c, const struct us_function *f, const struct us_term *t)
{
    struct over o = {.c = c, .f = f, .t = t};
    uint32_t arg = US_NODE_NONE;
    o.n = (struct us_node){.op = US_OP_CALL,
        .kind = f->result,
        .scope = c->scope,
        .function = f,
        .pattern = US_NODE_NONE,
        .column = US_NODE_NONE,
        .columns = {US_NODE_NONE, US_NODE_NONE, US_NODE_NONE}};
    bool good = true;
    if (f->inside) good = inside(&o, &arg);
    if (good && f->floor) good = least(&o);
    if (good && f->steps) good = steps(&o);
    if (good && !f->inside && !f->steps) good = pattern(&o);
    if (good && f->window) good = window(&o);
    if (!good || !ends(&o)) return US_NODE_NONE;
    return us_plan_node(c, &o.n, &arg, t);
}
