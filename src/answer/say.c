/* say.c: facts and values in words. */

#include "answer/words.h"
#include "signal/function.h"

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

/* What the fact is of, as it is now. */
static us_str value_words(const struct us_words *w)
{
    us_value now = w->fact->now;
    if (now.kind == US_STRING) now.text = us_words_shown(now.text, w->arena);
    struct us_buf out = us_buf_new(w->arena, US_WORDS_MAX);
    us_value_say(now, w->lang, &out);
    return us_buf_str(&out);
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

static void own_words(const struct us_words *w, us_str say)
{
    const struct us_plan *p = w->rules->plan;
    const struct us_node *n = &p->nodes[w->fact->node];
    bool call = n->op == US_OP_CALL;
    us_str window = call ? us_words_window(w) : (us_str){0};
    us_str event = call ? us_words_event(w) : (us_str){0};
    template(w->out, say, value_words(w), window, event);
}

static us_str printed(const struct us_plan *p, uint32_t node, struct us_arena *a)
{
    struct us_buf b = us_buf_new(a, US_PRINTED_MAX);
    us_plan_print(p, node, true, &b);
    return us_words_shown(us_buf_str(&b), a);
}

/* What has a name and a value, and a call whose value is missing. */
static void attribute_words(const struct us_words *w)
{
    const struct us_plan *p = w->rules->plan;
    const struct us_node *n = &p->nodes[w->fact->node];
    us_str name = {0};
    if (n->op == US_OP_TRAIT)
        name = n->scope == US_PER_USER ? p->need.user_traits[n->trait]
                                       : p->need.account_traits[n->trait];
    else if (n->op == US_OP_SIGNAL)
        name = p->signals[n->signal].name;
    else if (n->op == US_OP_CALL)
        name = printed(p, w->fact->node, w->arena);
    else
        name = us_text(w->arena, w->lang,
            n->op == US_OP_MRR    ? "answer.mrr"
            : n->op == US_OP_ARR  ? "answer.arr"
            : n->op == US_OP_PAID ? "answer.paid"
                                  : "answer.age",
            NULL);
    us_say(w->out, w->lang, "answer.fact.value",
        US_ARGS(US_TEXT("name", name), US_TEXT("value", value_words(w))));
}

static void fact_words(const struct us_words *w)
{
    const struct us_rules *r = w->rules;
    const struct us_fact *f = w->fact;
    us_lang lang = w->lang;
    const struct us_plan_signal *signal =
        f->signal == US_NODE_NONE ? NULL : &r->plan->signals[f->signal];
    us_str say = !signal         ? (us_str){0}
                 : lang == US_ZH ? signal->say.zh
                                 : signal->say.en;
    if (say.len)
        own_words(w, say);
    else if (r->plan->nodes[f->node].op == US_OP_CALL && f->now.kind != US_MISSING)
        us_words_call(w);
    else
        attribute_words(w);
    if (f->has_usual && f->now.kind == US_NUMBER && f->now.number != f->usual)
        us_say(w->out, lang, "answer.fact.usual", US_ARGS(US_REAL("usual", f->usual)));
}

void us_fact_say(const struct us_rules *r, const struct us_fact *f, us_lang lang,
    int64_t t, struct us_buf *out)
{
    struct us_arena scratch;
    us_arena_init(&scratch, 1 << 20);
    struct us_words w = {r, f, lang, t, &scratch, out};
    fact_words(&w);
    us_arena_done(&scratch);
}

void us_fact_say_dated(const struct us_rules *r, const struct us_fact *f, us_lang lang,
    int64_t t, struct us_buf *out)
{
    struct us_arena scratch;
    us_arena_init(&scratch, 1 << 20);
    struct us_words w = {r, f, lang, t, &scratch, out};
    fact_words(&w);
    us_words_latest(&w);
    us_arena_done(&scratch);
}

void us_hand_raise_say(
    const struct us_rules *r, us_lang lang, int64_t t, int64_t at, struct us_buf *out)
{
    struct us_arena scratch;
    us_arena_init(&scratch, 1 << 20);
    struct us_words w = {r, NULL, lang, t, &scratch, out};
    us_say(out, lang, "answer.queue.hand_raised", NULL);
    if (at != US_NEVER)
        us_say(out, lang, "answer.queue.hand_raised_day",
            US_ARGS(US_TEXT("day", us_words_day(&w, at))));
    us_arena_done(&scratch);
}
