/* words.c: functions over events in words: what was counted, of what, in which window.
 */

#include "answer/words.h"

#include "signal/function.h"

#include <math.h>

/* By function: the whole sentence, and what trend says of it; of any event, of one. */
static const struct {
    us_function_id id;
    const char *any, *event, *what_any, *what;
} keys[] = {
    {US_FN_count, "answer.fact.count", "answer.fact.count", "answer.what.count",
        "answer.what.count"},
    {US_FN_users, "answer.fact.users_any", "answer.fact.users", "answer.what.users_any",
        "answer.what.users"},
    {US_FN_days, "answer.fact.days_any", "answer.fact.days", "answer.what.days_any",
        "answer.what.days"},
    {US_FN_sum, "answer.fact.sum", "answer.fact.sum", "answer.what.sum",
        "answer.what.sum"},
    {US_FN_mean, "answer.fact.mean", "answer.fact.mean", "answer.what.mean",
        "answer.what.mean"},
    {US_FN_highest, "answer.fact.highest", "answer.fact.highest", "answer.what.highest",
        "answer.what.highest"},
    {US_FN_lowest, "answer.fact.lowest", "answer.fact.lowest", "answer.what.lowest",
        "answer.what.lowest"},
    {US_FN_distinct, "answer.fact.distinct", "answer.fact.distinct",
        "answer.what.distinct", "answer.what.distinct"},
    {US_FN_latest, "answer.fact.newest", "answer.fact.newest", NULL, NULL},
    {US_FN_since, "answer.fact.since", "answer.fact.since", NULL, NULL},
    {US_FN_age, "answer.fact.age", "answer.fact.age", NULL, NULL},
    {US_FN_ever, "answer.fact.ever", "answer.fact.ever", NULL, NULL},
    {US_FN_seq, "answer.fact.seq", "answer.fact.seq", NULL, NULL},
    {US_FN_streak, "answer.fact.streak_any", "answer.fact.streak", NULL, NULL},
    {US_FN_streak_weeks, "answer.fact.streak_weeks_any", "answer.fact.streak_weeks",
        NULL, NULL},
};
enum { KEYS = sizeof keys / sizeof *keys };

us_str us_words_shown(us_str text, struct us_arena *a)
{
    const us_str more = US_S("…");
    if (text.len <= US_WORDS_MAX) return text;
    us_str start = us_str_clip(text, US_WORDS_MAX - more.len);
    return us_arena_fmt(a, "%.*s%.*s", US_ARG(start), US_ARG(more));
}

/* The call whose events are spoken of. */
static const struct us_node *subject(const struct us_words *w)
{
    const struct us_plan *p = w->rules->plan;
    const struct us_node *n = &p->nodes[w->fact->node];
    return n->function->inside ? &p->nodes[n->args[0]] : n;
}

us_str us_words_window(const struct us_words *w)
{
    const struct us_node *n = subject(w);
    if (!n->function->window) return (us_str){0};
    const char *key = n->window.unit == US_HOURS  ? "answer.hours"
                      : n->window.unit == US_DAYS ? "answer.days"
                                                  : "answer.all_time";
    return us_text(w->arena, w->lang, key, US_ARGS(US_WHOLE("n", n->window.n)));
}

static void pattern_words(const struct us_words *w, uint32_t index, struct us_buf *out)
{
    const struct us_plan *p = w->rules->plan;
    const struct us_pattern *pattern = &p->patterns[index];
    if (pattern->name == US_ANY_NAME) {
        us_say(out, w->lang, "answer.any_event", NULL);
        return;
    }
    us_buf_put(out, p->need.names[pattern->name]);
    if (pattern->where == US_NODE_NONE) return;
    const struct us_node *where = &p->nodes[pattern->where];
    const struct us_node *right =
        where->arg_count == 2 ? &p->nodes[us_node_arg(where, 1)] : where;
    if (where->op == US_OP_EQ && right->op == US_OP_CONST && right->kind == US_STRING) {
        us_buf_put(out, US_S(": ")); /* Limit Reached: seats */
        us_buf_put(out, right->constant.text);
    } else {
        us_buf_put(out, US_S(" ("));
        us_plan_print(p, pattern->where, true, out);
        us_buf_char(out, ')');
    }
}

us_str us_words_event(const struct us_words *w)
{
    const struct us_node *n = subject(w);
    struct us_buf b = us_buf_new(w->arena, US_PRINTED_MAX);
    if (n->pattern != US_NODE_NONE) pattern_words(w, n->pattern, &b);
    for (uint32_t i = 0; i < n->step_count; i++) {
        if (i) us_buf_put(&b, US_S(" → "));
        pattern_words(w, n->steps[i], &b);
    }
    return us_words_shown(us_buf_str(&b), w->arena);
}

us_str us_words_day(const struct us_words *w, int64_t at)
{
    static const char *const days[] = {"answer.monday", "answer.tuesday",
        "answer.wednesday", "answer.thursday", "answer.friday", "answer.saturday",
        "answer.sunday"};
    int64_t ago = us_day(w->t) - us_day(at);
    if (ago == 0) return us_text(w->arena, w->lang, "answer.today", NULL);
    if (ago < 7)
        return us_text(w->arena, w->lang, days[us_date_of(at).weekday - 1], NULL);
    struct us_buf b = us_buf_new(w->arena, 64);
    us_say_day(&b, w->lang, at);
    return us_buf_str(&b);
}

/* All of it happened of late, in a longer window: it is new. */
static bool fresh(const struct us_words *w, const struct us_node *n)
{
    const struct us_fact *f = w->fact;
    bool late = f->events > 0 && w->t - f->first < 7 * US_DAY_US;
    bool longer = n->window.unit == US_DAYS && n->window.n > 7;
    return n->function->id == US_FN_count && late && longer &&
           (!f->has_usual || f->usual == 0);
}

static const char *key_of(const struct us_words *w, const struct us_node *in)
{
    const struct us_node *n = &w->rules->plan->nodes[w->fact->node];
    bool none = w->fact->now.kind == US_BOOL && !w->fact->now.truth;
    if (n->function->id == US_FN_ever && none) return "answer.fact.never";
    if (n->function->id == US_FN_seq && none) return "answer.fact.no_seq";
    if (fresh(w, n)) return "answer.fact.count_since";
    bool any = in->pattern != US_NODE_NONE &&
               w->rules->plan->patterns[in->pattern].name == US_ANY_NAME;
    size_t i = 0;
    while (i + 1 < KEYS && keys[i].id != in->function->id)
        i++;
    if (n->function->id == US_FN_trend) return any ? keys[i].what_any : keys[i].what;
    return any ? keys[i].any : keys[i].event;
}

/* As much of it as says something. */
static double shown(double value)
{
    return fabs(value) >= 0.01 ? round(value * 100) / 100 : value;
}

void us_words_call(const struct us_words *w)
{
    const struct us_plan *p = w->rules->plan;
    const struct us_node *n = &p->nodes[w->fact->node];
    const struct us_node *in = subject(w);
    uint32_t column = in->column != US_NODE_NONE ? in->column : in->columns[0];
    us_str property =
        column == US_NODE_NONE ? (us_str){0} : p->need.columns[column].path;
    double value = w->fact->now.kind == US_NUMBER ? w->fact->now.number : 0;
    us_function_id id = n->function->id;
    bool divided = id == US_FN_trend || in->function->id == US_FN_mean;
    us_str window = us_words_window(w);
    us_str whole = window;
    if (id == US_FN_prior || id == US_FN_first)
        whole = us_text(w->arena, w->lang,
            id == US_FN_prior ? "answer.window_before" : "answer.window_first",
            US_ARGS(US_TEXT("w", window)));
    int64_t day = w->fact->events > 0 ? w->fact->first : w->t;
    const us_arg *args =
        US_ARGS(US_TEXT("event", us_words_event(w)), US_WHOLE("n", value),
            US_REAL("value", divided ? shown(value) : value), US_TEXT("w", whole),
            US_TEXT("property", property), US_TEXT("day", us_words_day(w, day)));
    const char *key = key_of(w, in);
    if (id != US_FN_trend) {
        us_say(w->out, w->lang, key, args);
        return;
    }
    us_say(w->out, w->lang, "answer.fact.trend",
        US_ARGS(US_TEXT("what", us_text(w->arena, w->lang, key, args)),
            US_REAL("value", shown(value)), US_TEXT("w", window)));
}

void us_words_latest(const struct us_words *w)
{
    const struct us_fact *f = w->fact;
    const struct us_node *n = &w->rules->plan->nodes[f->node];
    bool counted = n->op == US_OP_CALL && n->function->id == US_FN_count;
    if (!counted || !f->events || (f->signal == US_NODE_NONE && fresh(w, n))) return;
    us_say(w->out, w->lang, "answer.fact.latest",
        US_ARGS(US_TEXT("day", us_words_day(w, f->last))));
}
