/* evaluate_tell.c: a transition with the verdict that made it, as JSON with the keys of
 * `usher firings --json`, and what its comparisons compare. */

#include "answer/firings.h"
#include "answer/values.h"
#include "base/buf.h"
#include "server/evaluate_inner.h"

enum {
    EXPLANATION_BYTES_MAX = 256 << 10,
    TAIL_BYTES = 64, /* behind the lines */
    EXPRESSION_BYTES_MAX = 64 << 10,
};

struct asking {
    struct us_live *live;
    uint32_t slot, member;
};

static us_value value_at(void *ctx, uint32_t node, uint32_t user, int64_t t)
{
    const struct asking *q = ctx;
    struct us_now *now = us_live_now(q->live, q->slot, t);
    us_now_of(now, user == US_NOBODY ? US_MEMBER_NONE : q->member);
    us_value v = us_now_value(now, node);
    us_now_of(now, US_MEMBER_NONE);
    return v;
}

/* What a comparison compares: its text and value. */
static void inputs_put(struct us_buf *out, const struct us_plan *plan, uint32_t node,
    const struct us_judging *of, struct us_arena *scratch)
{
    const struct us_node *n = &plan->nodes[node];
    while (n->op == US_OP_SIGNAL)
        n = &plan->nodes[us_node_arg(n, 0)];
    us_buf_put(out, US_S(",\"inputs\":["));
    if (n->op >= US_OP_EQ && n->op <= US_OP_GE) {
        uint32_t left = us_node_arg(n, 0);
        struct us_buf expr = us_buf_new(scratch, EXPRESSION_BYTES_MAX);
        us_plan_print(plan, left, true, &expr);
        us_buf_put(out, US_S("{\"measure\":"));
        us_buf_json(out, us_buf_str(&expr));
        us_buf_put(out, US_S(",\"value\":"));
        us_value_json(of->value(of->ctx, left, of->user, of->t), out);
        us_buf_char(out, '}');
    }
    us_buf_put(out, US_S("]}"));
}

/* Those that fit: behind one that is too long there may be shorter ones. How many are
 * left out is said. */
static void lines_put(struct us_buf *out, const struct us_judging *of,
    const struct us_verdict *v, struct us_arena *scratch)
{
    size_t put = 0;
    us_buf_put(out, US_S(",\"lines\":["));
    for (size_t i = 0; i < v->judged_count; i++) {
        size_t before = out->len;
        if (put++) us_buf_char(out, ',');
        us_judged_json(of->rules, &v->judged[i], out);
        inputs_put(out, of->rules->plan, v->judged[i].node, of, scratch);
        if (!out->full && out->len <= EXPLANATION_BYTES_MAX) continue;
        out->len = before;
        out->full = false;
        put--;
    }
    us_buf_char(out, ']');
    if (put < v->judged_count)
        us_buf_fmt(out, ",\"left_out\":%zu", v->judged_count - put);
    us_buf_char(out, '}');
}

us_str us_evaluator_explain(
    const struct us_judging *of, struct us_arena *texts, struct us_arena *scratch)
{
    struct us_verdict verdict;
    us_mark mark = us_arena_mark(scratch);
    us_judge_by(of, scratch, &verdict);
    struct us_buf out = us_buf_new(texts, EXPLANATION_BYTES_MAX + TAIL_BYTES);
    us_buf_fmt(&out, "{\"eligible\":%s,\"hand_raised\":%s",
        verdict.eligible ? "true" : "false", verdict.hand_raised ? "true" : "false");
    us_axes_json(&verdict, &out);
    lines_put(&out, of, &verdict, scratch);
    us_assert(!out.full);
    us_arena_pop(scratch, mark);
    return us_buf_str(&out);
}

/* A load finds what happened long ago, too. */
static bool is_past(const struct us_evaluator *v, const struct us_firing *f)
{
    return v->owing || (v->loading && !v->giving && f->transition.t <= v->over);
}

bool us_evaluator_tells(const struct us_evaluator *v, const struct us_firing *f)
{
    us_evaluator_how how = v->how[f->definition];
    if (v->broken != US_OK) return false;
    if (v->o.silent && how != US_DEFINITION_NEW) return false;
    return !is_past(v, f) || v->past || v->owing || how == US_DEFINITION_NEW;
}

void us_evaluator_tell(
    struct us_evaluator *v, const struct us_firing *f, us_str explanation)
{
    bool fresh = v->loading && v->how[f->definition] == US_DEFINITION_NEW;
    bool found = v->first || v->o.silent || fresh;
    *us_new(&v->items, struct us_told, 1) = (struct us_told){
        .account = us_arena_str(&v->texts, us_book_account_key(v->book, f->account)),
        .user = f->user == US_NOBODY
                    ? (us_str){"", 0}
                    : us_arena_str(&v->texts, us_book_person_key(v->book, f->user)),
        .definition = f->definition,
        .change = f->transition,
        .explanation = explanation,
        .live = !is_past(v, f) && !found,
        .found = found};
    v->told_count++;
}

void us_evaluator_take(void *ctx, const struct us_firing *f)
{
    struct us_evaluator *v = ctx;
    struct asking q = {.live = us_shard_live(v->shard)};
    if (!us_evaluator_tells(v, f)) return;
    q.slot = us_live_find(q.live, f->account);
    q.member =
        f->user == US_NOBODY ? US_MEMBER_NONE : us_live_member(q.live, q.slot, f->user);
    struct us_judging of = {.rules = v->o.rules,
        .def = &v->o.rules->definitions[f->definition],
        .user = f->user,
        .t = f->transition.t,
        .value = value_at,
        .ctx = &q};
    us_evaluator_tell(v, f, us_evaluator_explain(&of, &v->texts, &v->line));
}

void us_evaluator_stands(void *ctx, const struct us_given_machine *m)
{
    struct us_evaluator *v = ctx;
    if (v->broken != US_OK || v->o.silent) return;
    *us_new(&v->stands, struct us_told_standing, 1) = (struct us_told_standing){
        .account = us_arena_str(&v->texts, us_book_account_key(v->book, m->account)),
        .user = m->user == US_NOBODY
                    ? (us_str){"", 0}
                    : us_arena_str(&v->texts, us_book_person_key(v->book, m->user)),
        .definition = m->definition,
        .machine = m->machine};
    v->stand_count++;
}
