/* compile.c: the signals of a workspace and single expressions, into one plan. */

#include "signal/compile.h"

#include "base/err.h"

static void fail_at(struct us_diags *d, us_place place, const char *key, us_str name)
{
    us_diag_add(d, place, false, key, US_ARGS(US_TEXT("name", name)), (us_str){0});
}

/* Parse and check one source, whose text is the plan's own by now. */
static uint32_t compile(struct us_plan *p, us_source source, us_kind want,
    us_scope scope, struct us_diags *d)
{
    struct us_check c = {.plan = p, .diags = d, .source = source, .scope = scope};
    const struct us_term *t = us_parse(source, p->arena, d);
    if (!t) return US_NODE_NONE;
    uint32_t node = us_check_term(&c, t, want);
    return us_check_kind(&c, t, node, want, (us_str){0}) ? node : US_NODE_NONE;
}

static void compile_signal(struct us_plan *p, uint32_t signal, struct us_diags *d)
{
    struct us_compiler *k = p->compiler;
    k->progress[signal] = US_AT_WORK;
    k->stack[k->stack_count++] = signal;
    p->signals[signal].node =
        compile(p, k->sources[signal], US_MISSING, p->signals[signal].scope, d);
    k->stack_count--;
    k->progress[signal] = US_DONE;
}

/* "a → b → a", from where the signal stands on the stack. */
static us_str cycle(struct us_plan *p, uint32_t signal)
{
    enum { SHOWN_MAX = 400 };
    const struct us_compiler *k = p->compiler;
    struct us_buf b = us_buf_new(p->arena, SHOWN_MAX);
    size_t from = 0;
    while (k->stack[from] != signal)
        from++;
    for (size_t i = from; i < k->stack_count; i++) {
        us_buf_put(&b, p->signals[k->stack[i]].name);
        us_buf_put(&b, US_S(" → "));
    }
    us_buf_put(&b, p->signals[signal].name);
    return us_buf_str(&b);
}

/* Signals in signals are as deep as the compiler's stack would get, in whichever order
 * they stand in the file. */
static bool level_good(struct us_compiler *k, uint32_t signal)
{
    if (k->stack_count == 0) return true;
    uint32_t *level = &k->levels[k->stack[k->stack_count - 1]];
    if (*level <= k->levels[signal]) *level = k->levels[signal] + 1;
    return *level < US_DEPTH_MAX;
}

uint32_t us_plan_signal(struct us_check *c, const struct us_term *t, uint32_t signal)
{
    struct us_compiler *k = c->plan->compiler;
    if (k->progress[signal] == US_AT_WORK) {
        us_check_fail(c, t, "signal.cycle",
            US_ARGS(US_TEXT("cycle", cycle(c->plan, signal))), (us_str){0});
        return US_NODE_NONE;
    }
    bool shallow = k->progress[signal] == US_DONE || k->stack_count < US_DEPTH_MAX;
    if (shallow && k->progress[signal] == US_UNSEEN)
        compile_signal(c->plan, signal, c->diags);
    if (!shallow || !level_good(k, signal)) {
        us_check_fail(c, t, "signal.too_deep", US_ARGS(US_WHOLE("max", US_DEPTH_MAX)),
            (us_str){0});
        return US_NODE_NONE;
    }
    return c->plan->signals[signal].node;
}

/* As much of an expression as is ever read. */
static us_str copy(struct us_plan *p, us_str text)
{
    return us_arena_str(p->arena, us_str_slice(text, 0, US_EXPRESSION_BYTES_MAX + 1));
}

/* Names a signal cannot have, since an expression could not name it. */
static bool name_good(us_str name)
{
    static const us_str taken[] = {US_S_INIT("account"), US_S_INIT("user"),
        US_S_INIT("any"), US_S_INIT("all"), US_S_INIT("prop")};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (us_str_eq(taken[i], name)) return false;
    return !us_lex_is_word(name);
}

static void add_signal(struct us_plan *p, const struct us_signal_text *text,
    us_scope scope, struct us_diags *d)
{
    uint32_t i = (uint32_t)p->signal_count;
    us_source source = text->is;
    source.text = copy(p, source.text);
    us_str name = us_arena_str(p->arena, text->name.text);
    p->signals[i] = (struct us_plan_signal){.name = name,
        .node = US_NODE_NONE,
        .scope = scope,
        .say = text->say,
        .may_mention = text->may_mention,
        .place = text->name.place};
    p->compiler->sources[i] = source;
    p->compiler->signal_names[i] = name;
    p->signal_count++;
    const char *wrong = NULL;
    if (!us_str_is_utf8(name) || !us_lex_is_name(name)) {
        wrong = "signal.bad_name";
    } else if (!name_good(name)) {
        wrong = "signal.taken_name";
    } else if (!us_plan_signal_add(p, name, i)) {
        wrong = "signal.duplicate";
    }
    if (wrong) fail_at(d, text->name.place, wrong, name);
}

void us_plan_open(const struct us_config *c, struct us_arena *a, struct us_diags *d,
    struct us_plan **out)
{
    struct us_plan *p = us_new(a, struct us_plan, 1);
    struct us_compiler *k = us_new(a, struct us_compiler, 1);
    size_t count = c->signal_count + c->user_signal_count;
    p->arena = a;
    p->compiler = k;
    p->signals = us_new(a, struct us_plan_signal, count);
    k->config = c;
    k->sources = us_new(a, us_source, count);
    k->progress = us_new(a, us_progress, count);
    k->levels = us_new(a, uint32_t, count);
    k->signal_names = us_new(a, us_str, count);
    k->stack = us_new(a, uint32_t, count);
    for (size_t i = 0; i < c->signal_count; i++)
        add_signal(p, &c->signals[i], US_PER_ACCOUNT, d);
    for (size_t i = 0; i < c->user_signal_count; i++)
        add_signal(p, &c->user_signals[i], US_PER_USER, d);
    for (uint32_t i = 0; i < count; i++)
        if (k->progress[i] == US_UNSEEN) compile_signal(p, i, d);
    *out = p;
}

uint32_t us_plan_add(struct us_plan *p, us_source source, us_kind want, us_scope scope,
    struct us_diags *d)
{
    us_assert(!p->compiler->closed);
    source.text = copy(p, source.text);
    return compile(p, source, want, scope, d);
}

void us_plan_close(struct us_plan *p)
{
    us_assert(!p->compiler->closed);
    p->compiler->closed = true;
    us_plan_others(p);
}
