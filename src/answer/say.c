/* say.c: facts and values in words. */

#include "answer/answer.h"
#include "signal/function.h"

#include <math.h>

enum { WORDS_MAX = 2048 };

void us_value_say(us_value v, us_lang lang, struct us_buf *out)
{
    switch (v.kind) {
    case US_MISSING: us_say(out, lang, "answer.unknown", NULL); break;
    case US_BOOL: us_say(out, lang, v.truth ? "answer.yes" : "answer.no", NULL); break;
    case US_STRING: us_buf_put(out, v.text); break;
    case US_NUMBER:
    default: us_say_real(out, lang, v.number); break;
    }
}

/* "14 days", "24 hours", "all time". */
static us_str window_words(us_window w, us_lang lang, struct us_arena *a)
{
    const char *key = w.unit == US_HOURS  ? "answer.hours"
                      : w.unit == US_DAYS ? "answer.days"
                                          : "answer.all_time";
    return us_text(a, lang, key, US_ARGS(US_WHOLE("n", w.n)));
}

/* A weekday when it was in the last six days, else the date. */
static us_str day_words(int64_t at, int64_t t, us_lang lang, struct us_arena *a)
{
    static const char *const days[] = {"answer.monday", "answer.tuesday",
        "answer.wednesday", "answer.thursday", "answer.friday", "answer.saturday",
        "answer.sunday"};
    if (us_day(t) == us_day(at)) return us_text(a, lang, "answer.today", NULL);
    if (us_day(t) - us_day(at) < 7)
        return us_text(a, lang, days[us_date_of(at).weekday - 1], NULL);
    struct us_buf b = us_buf_new(a, 64);
    us_say_day(&b, lang, at);
    return us_buf_str(&b);
}

static us_str event_name(
    const struct us_plan *p, const struct us_node *n, us_lang lang, struct us_arena *a)
{
    if (n->pattern == US_NODE_NONE) return us_text(a, lang, "answer.any_event", NULL);
    const struct us_pattern *pattern = &p->patterns[n->pattern];
    if (pattern->name == US_ANY_NAME) return us_text(a, lang, "answer.any_event", NULL);
    us_str name = p->need.names[pattern->name];
    if (pattern->where == US_NODE_NONE) return name;
    struct us_buf b = us_buf_new(a, WORDS_MAX);
    us_buf_put(&b, name);
    const struct us_node *w = &p->nodes[pattern->where];
    const struct us_node *right = w->arg_count == 2 ? &p->nodes[us_node_arg(w, 1)] : w;
    if (w->op == US_OP_EQ && right->op == US_OP_CONST && right->kind == US_STRING) {
        us_buf_put(&b, US_S(": ")); /* Limit Reached: seats */
        us_buf_put(&b, right->constant.text);
    } else {
        us_buf_put(&b, US_S(" ("));
        us_plan_print(p, pattern->where, true, &b);
        us_buf_char(&b, ')');
    }
    return us_buf_str(&b);
}

static bool any_event(const struct us_plan *p, const struct us_node *n)
{
    return n->pattern == US_NODE_NONE ||
           (p->patterns[n->pattern].name == US_ANY_NAME &&
               p->patterns[n->pattern].where == US_NODE_NONE);
}

static const char *call_key(
    const struct us_plan *p, const struct us_node *n, bool fresh)
{
    static const struct {
        us_function_id id;
        const char *any, *event;
    } keys[] = {
        {US_FN_users, "answer.fact.users_any", "answer.fact.users"},
        {US_FN_days, "answer.fact.days_any", "answer.fact.days"},
        {US_FN_sum, "answer.fact.sum", "answer.fact.sum"},
        {US_FN_since, "answer.fact.since", "answer.fact.since"},
        {US_FN_age, "answer.fact.age", "answer.fact.age"},
        {US_FN_ever, "answer.fact.ever", "answer.fact.ever"},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].id == n->function->id)
            return any_event(p, n) ? keys[i].any : keys[i].event;
    return fresh ? "answer.fact.count_since" : "answer.fact.count";
}

/* The user's own words: {n} {w} {event} filled in. */
static void template(struct us_buf *out, us_str say, us_str n, us_str w, us_str event)
{
    for (size_t i = 0; i < say.len; i++) {
        us_str rest = us_str_slice(say, i, say.len);
        if (us_str_has_prefix(rest, US_S("{n}"))) {
            us_buf_put(out, n);
            i += 2;
        } else if (us_str_has_prefix(rest, US_S("{w}"))) {
            us_buf_put(out, w);
            i += 2;
        } else if (us_str_has_prefix(rest, US_S("{event}"))) {
            us_buf_put(out, event);
            i += 6;
        } else {
            us_buf_char(out, say.ptr[i]);
        }
    }
}

struct words {
    const struct us_rules *r;
    const struct us_fact *f;
    us_lang lang;
    int64_t t;
    struct us_arena *a;
    struct us_buf *out;
};

static void call_words(const struct words *w)
{
    const struct us_plan *p = w->r->plan;
    const struct us_node *n = &p->nodes[w->f->node];
    bool dated = w->f->events > 0;
    bool fresh = dated && w->t - w->f->first < 7 * US_DAY_US &&
                 n->window.unit == US_DAYS && n->window.n > 7 &&
                 (!w->f->has_usual || w->f->usual == 0);
    us_str column =
        n->column == US_NODE_NONE ? (us_str){0} : p->need.columns[n->column].path;
    double value = w->f->now.kind == US_NUMBER ? w->f->now.number : 0;
    us_say(w->out, w->lang, call_key(p, n, fresh),
        US_ARGS(US_TEXT("event", event_name(p, n, w->lang, w->a)), US_WHOLE("n", value),
            US_REAL("value", value),
            US_TEXT("w", window_words(n->window, w->lang, w->a)),
            US_TEXT("property", column),
            US_TEXT(
                "day", day_words(dated ? w->f->first : w->t, w->t, w->lang, w->a))));
}

static void own_words(const struct words *w, us_str say)
{
    const struct us_plan *p = w->r->plan;
    const struct us_node *n = &p->nodes[w->f->node];
    struct us_buf number = us_buf_new(w->a, WORDS_MAX);
    us_value_say(w->f->now, w->lang, &number);
    bool call = n->op == US_OP_CALL;
    us_str window = call ? window_words(n->window, w->lang, w->a) : (us_str){0};
    us_str event = call ? event_name(p, n, w->lang, w->a) : (us_str){0};
    template(w->out, say, us_buf_str(&number), window, event);
}

static void attribute_words(const struct words *w)
{
    const struct us_plan *p = w->r->plan;
    const struct us_node *n = &p->nodes[w->f->node];
    us_str name = {0};
    if (n->op == US_OP_TRAIT)
        name = n->scope == US_PER_USER ? p->need.user_traits[n->trait]
                                       : p->need.account_traits[n->trait];
    else if (n->op == US_OP_SIGNAL)
        name = p->signals[n->signal].name;
    else
        name = us_text(w->a, w->lang,
            n->op == US_OP_MRR    ? "answer.mrr"
            : n->op == US_OP_ARR  ? "answer.arr"
            : n->op == US_OP_PAID ? "answer.paid"
                                  : "answer.age",
            NULL);
    struct us_buf value = us_buf_new(w->a, WORDS_MAX);
    us_value_say(w->f->now, w->lang, &value);
    us_say(w->out, w->lang, "answer.fact.value",
        US_ARGS(US_TEXT("name", name), US_TEXT("value", us_buf_str(&value))));
}

void us_fact_say(const struct us_rules *r, const struct us_fact *f, us_lang lang,
    int64_t t, struct us_buf *out)
{
    struct us_arena scratch;
    us_arena_init(&scratch, 1 << 20);
    struct words w = {r, f, lang, t, &scratch, out};
    const struct us_plan_signal *signal =
        f->signal == US_NODE_NONE ? NULL : &r->plan->signals[f->signal];
    us_str say = !signal         ? (us_str){0}
                 : lang == US_ZH ? signal->say.zh
                                 : signal->say.en;
    if (say.len)
        own_words(&w, say);
    else if (r->plan->nodes[f->node].op == US_OP_CALL && f->now.kind != US_MISSING)
        call_words(&w);
    else
        attribute_words(&w);
    if (f->has_usual && f->now.kind == US_NUMBER && f->now.number != f->usual)
        us_say(out, lang, "answer.fact.usual", US_ARGS(US_REAL("usual", f->usual)));
    us_arena_done(&scratch);
}
