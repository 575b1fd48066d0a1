/* compile.c: from definitions as written to definitions that can be judged.
 *
 * Refuses, with the arithmetic, what could never qualify anybody and what would qualify
 * an account that has never used the product (field.md B2: published recipes do both).
 */

#include "qualify/compile.h"

#include <math.h>

enum { ROLE_BYTES_MAX = 1 << 20, SUM_BYTES_MAX = 2000 };

static us_str axis_name(us_axis axis)
{
    static const us_str names[] = {
        [US_AXIS_USAGE] = US_S_INIT("usage"),
        [US_AXIS_FIT] = US_S_INIT("fit"),
        [US_AXIS_INTENT] = US_S_INIT("intent"),
    };
    return names[axis];
}

static uint32_t condition(struct us_build *b, us_source source, us_scope scope)
{
    if (source.text.len == 0) return US_NODE_NONE;
    return us_plan_add(b->r->plan, source, US_BOOL, scope, b->d);
}

static uint32_t within_of(const struct us_config *c, us_str name)
{
    for (size_t i = 0; i < c->definition_count; i++)
        if (name.len && us_str_eq(c->definitions[i].name.text, name))
            return (uint32_t)i;
    return US_NODE_NONE;
}

static uint32_t aim_of(const struct us_config *c, us_str name)
{
    for (size_t i = 0; i < c->outcome_count; i++)
        if (name.len && us_str_eq(c->outcomes[i].name.text, name)) return (uint32_t)i;
    return US_NODE_NONE;
}

/* False when something in it, or in a signal it names, could not be compiled. */
static bool expressions(struct us_build *b, struct us_definition *def)
{
    const struct us_definition_text *text = def->text;
    us_scope scope = def->pql ? US_PER_USER : US_PER_ACCOUNT;
    def->who = condition(b, text->who, scope);
    def->stay = condition(b, text->stay, scope);
    def->must = us_new(b->a, uint32_t, text->must_count + 1);
    bool good = (def->who != US_NODE_NONE) == (text->who.text.len > 0) &&
                (def->stay != US_NODE_NONE) == (text->stay.text.len > 0);
    for (size_t i = 0; i < text->must_count; i++) {
        uint32_t node = condition(b, text->must[i], scope);
        good = good && node != US_NODE_NONE;
        def->must[def->must_count++] = node;
    }
    for (int axis = 0; axis < US_AXES; axis++) {
        def->score[axis] = us_new(b->a, uint32_t, text->score_count[axis] + 1);
        for (size_t i = 0; i < text->score_count[axis]; i++) {
            uint32_t node =
                us_plan_add(b->r->plan, text->score[axis][i], US_NUMBER, scope, b->d);
            good = good && node != US_NODE_NONE;
            def->score[axis][def->score_count[axis]++] = node;
        }
    }
    return good;
}

/* Whether a gate cannot hold for an account that never used the product. */
static bool any_usage_gate(const struct us_build *b, const struct us_definition *def)
{
    const struct us_plan *plan = b->r->plan;
    if (def->who != US_NODE_NONE && us_plan_bounds_idle(plan, def->who).most < 1)
        return true;
    for (size_t i = 0; i < def->must_count; i++)
        if (us_plan_bounds_idle(plan, def->must[i]).most < 1) return true;
    return false;
}

/* "40 + 30 + 3 * 10" style text of the most each line can give; the sum is returned. */
static double most_points(const struct us_build *b, const struct us_definition *def,
    int axis, bool without_usage, struct us_buf *sum)
{
    double total = 0;
    for (size_t i = 0; i < def->score_count[axis]; i++) {
        uint32_t node = def->score[axis][i];
        double most = without_usage ? us_plan_bounds_idle(b->r->plan, node).most
                                    : us_plan_bounds(b->r->plan, node).most;
        if (most < 0) most = 0;
        if (sum->len) us_buf_put(sum, US_S(" + "));
        if (isfinite(most))
            us_buf_real(sum, most);
        else
            us_buf_put(sum, US_S("∞"));
        total += most;
    }
    if (!sum->len) us_buf_char(sum, '0');
    return total;
}

static void refuse(struct us_build *b, const struct us_definition *def, int axis,
    const char *key, struct us_buf *sum, double most)
{
    us_place place = def->text->threshold_place[axis];
    if (place.line == 0) place = def->text->name.place;
    us_diag_add(b->d, place, false, key,
        US_ARGS(US_TEXT("definition", def->name),
            US_TEXT("axis", axis_name((us_axis)axis)),
            US_REAL("threshold", def->text->threshold[axis]),
            US_TEXT("sum", us_buf_str(sum)), US_REAL("most", most)),
        (us_str){0});
}

static void reachable(struct us_build *b, const struct us_definition *def)
{
    bool usage = any_usage_gate(b, def);
    bool asks = usage;
    int idle_axis = -1;
    us_mark mark = us_arena_mark(b->a);
    size_t told = b->d->count;
    for (int axis = 0; axis < US_AXES; axis++) {
        double threshold = def->text->threshold[axis];
        if (threshold <= 0) continue;
        struct us_buf sum = us_buf_new(b->a, SUM_BYTES_MAX);
        double most = most_points(b, def, axis, false, &sum);
        if (most < threshold) refuse(b, def, axis, "qualify.never_reached", &sum, most);
        struct us_buf idle = us_buf_new(b->a, SUM_BYTES_MAX);
        if (most_points(b, def, axis, true, &idle) < threshold)
            asks = true;
        else
            idle_axis = axis;
    }
    if (!asks && idle_axis >= 0) {
        struct us_buf sum = us_buf_new(b->a, SUM_BYTES_MAX);
        double most = most_points(b, def, idle_axis, true, &sum);
        refuse(b, def, idle_axis, "qualify.no_usage_needed", &sum, most);
    } else if (!asks && def->must_count) { /* without any gate config has said it */
        us_diag_add(b->d, def->text->name.place, false, "qualify.no_gate",
            US_ARGS(US_TEXT("definition", def->name)), (us_str){0});
    }
    if (b->d->count == told) us_arena_pop(b->a, mark); /* mistakes may lie above it */
}

/* Whether any event of a role happened within a window, as one condition. */
static uint32_t role_node(struct us_build *b, us_role role, const char *window)
{
    size_t count = b->c->role_count[role];
    if (count == 0) return US_NODE_NONE;
    struct us_buf text = us_buf_new(b->a, ROLE_BYTES_MAX);
    us_place place = b->c->roles[role][0].place;
    for (size_t i = 0; i < count; i++) {
        if (i) us_buf_put(&text, US_S(" or "));
        us_buf_put(&text, US_S("count("));
        us_buf_json(&text, b->c->roles[role][i].text);
        us_buf_fmt(&text, ", %s) > 0", window);
    }
    us_source source = {us_buf_str(&text), place};
    return us_plan_add(b->r->plan, source, US_BOOL, US_PER_ACCOUNT, b->d);
}

static uint32_t any_kind(struct us_build *b, us_str text, us_scope scope)
{
    us_source source = {text, {0, 1, 1, 1}};
    return us_plan_add(b->r->plan, source, US_MISSING, scope, b->d);
}

static void shown_nodes(struct us_build *b)
{
    struct us_shown *s = &b->r->shown;
    s->name = any_kind(b, US_S("account.name"), US_PER_ACCOUNT);
    s->plan = any_kind(b, US_S("account.plan"), US_PER_ACCOUNT);
    s->employees = any_kind(b, US_S("account.employees"), US_PER_ACCOUNT);
    s->mrr = any_kind(b, US_S("account.mrr"), US_PER_ACCOUNT);
    s->paid = any_kind(b, US_S("account.paid(400d)"), US_PER_ACCOUNT);
    s->user_name = any_kind(b, US_S("user.name"), US_PER_USER);
    s->user_email = any_kind(b, US_S("user.email"), US_PER_USER);
    s->user_title = any_kind(b, US_S("user.title"), US_PER_USER);
    s->checkout = role_node(b, US_ROLE_CHECKOUT, "72h");
}

static void head(struct us_build *b, struct us_definition *def,
    const struct us_definition_text *text)
{
    def->text = text;
    def->name = text->name.text;
    def->pql = text->pql;
    def->within = within_of(b->c, text->within.text);
    def->aim = aim_of(b->c, text->aim.text);
    def->times = (struct us_machine_times){.hold = text->hold_us,
        .cooldown = text->cooldown_us,
        .expires = text->expires_us};
    if (text->expires_us == 0) def->times.expires = US_EXPIRES_DEFAULT_DAYS * US_DAY_US;
    if (def->aim != US_NODE_NONE) def->times.within = b->r->outcomes[def->aim].within;
}

/* A pql is looked at whenever its accounts may come and go. */
static void reaches(struct us_build *b)
{
    struct us_rules *r = b->r;
    for (size_t i = 0; i < r->definition_count; i++)
        us_build_reach(b, &r->definitions[i]);
    for (size_t i = 0; i < r->definition_count; i++) {
        struct us_definition *def = &r->definitions[i];
        if (def->within == US_NODE_NONE) continue;
        const struct us_definition *accounts = &r->definitions[def->within];
        def->times.hour_ticks |= accounts->times.hour_ticks;
    }
}

void us_rules_compile(const struct us_config *c, struct us_arena *a, struct us_diags *d,
    struct us_rules **out)
{
    struct us_rules *r = us_new(a, struct us_rules, 1);
    struct us_build b = {c, a, d, r};
    *out = r;
    r->config = c;
    us_plan_open(c, a, d, &r->plan);
    r->exclude = condition(&b, c->exclude, US_PER_ACCOUNT);
    r->hand_raise = role_node(&b, US_ROLE_HAND_RAISE, "30d");
    shown_nodes(&b);
    us_build_outcomes(&b);
    r->definitions = us_new(a, struct us_definition, c->definition_count + 1);
    r->definition_count = c->definition_count;
    for (size_t i = 0; i < c->definition_count; i++) {
        struct us_definition *def = &r->definitions[i];
        head(&b, def, &c->definitions[i]);
        if (!expressions(&b, def)) continue;
        reachable(&b, def);
        us_build_version(&b, def);
    }
    /* Every line of an account is a moment at which it is evaluated. */
    if (r->definition_count) r->plan->need.any = true;
    us_plan_close(r->plan);
    reaches(&b);
    us_build_retention(&b);
}

uint32_t us_rules_find(const struct us_rules *r, us_str name)
{
    for (size_t i = 0; i < r->definition_count; i++)
        if (us_str_eq(r->definitions[i].name, name)) return (uint32_t)i;
    return US_NODE_NONE;
}
