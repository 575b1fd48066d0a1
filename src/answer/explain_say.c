/* explain_say.c: one account, gate by gate and line by line, for people. */

#include "answer/explain.h"
#include "base/err.h"

#include <math.h>

enum { PEOPLE_MAX = 50, WEEK_DAYS = 7 };

static void tone(struct us_explain *x, const char *code)
{
    if (x->colour) us_buf_fmt(x->out, "\x1b[%sm", code);
}

static void say(struct us_explain *x, const char *key, const us_arg *args)
{
    us_say(x->out, x->ask->lang, key, args);
}

static void heading(struct us_explain *x, const char *key, const us_arg *args)
{
    us_buf_put(x->out, US_S("\n  "));
    tone(x, "1");
    say(x, key, args);
    tone(x, "0");
    us_buf_char(x->out, '\n');
}

us_str us_explain_person(const struct us_log *log, uint32_t user)
{
    size_t i = us_log_person_at(log, user);
    return i < log->person_count ? log->people[i].key : US_S("?");
}

us_str us_explain_name(const struct us_explain *x, const struct us_log_event *ev)
{
    const struct us_plan *p = x->ask->rules->plan;
    if (ev->name != US_NAME_OTHER) return p->need.names[ev->name];
    return us_history_name_of(x->ask->history, ev->spelled);
}

size_t us_explain_events(const struct us_explain *x, uint32_t user,
    const struct us_fact *fact, const struct us_log_event **events, size_t max)
{
    const struct us_plan *p = x->ask->rules->plan;
    const struct us_node *n = &p->nodes[fact->node];
    size_t count = 0;
    if (n->op != US_OP_CALL) return 0;
    const struct us_log *log = us_explain_log(x, fact->node, user);
    const struct us_question q = {p, log, user, x->ask->at, x->a};
    const struct us_behind behind = us_naive_behind(&q, n);
    for (size_t i = log->event_count; i-- > 0 && count < max;)
        if (us_naive_matches(&q, &behind, i)) events[count++] = &log->events[i];
    return count;
}

const struct us_standing *us_explain_standings(
    const struct us_explain *x, const struct us_definition *def, size_t *count)
{
    uint32_t index = (uint32_t)(def - x->ask->rules->definitions);
    const struct us_standing *s = x->standings;
    const struct us_standing *end = s + x->standing_count;
    while (s < end && s->definition != index)
        s++;
    *count = 0;
    while (s + *count < end && s[*count].definition == index)
        ++*count;
    return s;
}

static void event_lines(struct us_explain *x, uint32_t user, const struct us_fact *fact)
{
    const struct us_log_event *events[US_FACT_EVENTS_SHOWN];
    size_t count = us_explain_events(x, user, fact, events, US_FACT_EVENTS_SHOWN);
    for (size_t i = 0; i < count; i++) {
        const struct us_log_event *ev = events[i];
        us_buf_put(x->out, US_S("            "));
        tone(x, "2");
        us_say_time(x->out, x->ask->lang, ev->at);
        us_buf_put(x->out, US_S("  "));
        us_buf_put(x->out, us_explain_name(x, ev));
        us_buf_put(x->out, US_S("  "));
        us_buf_put(x->out, us_explain_person(x->log, ev->user));
        tone(x, "0");
        us_buf_char(x->out, '\n');
    }
    if (fact->events > (int64_t)count && count) {
        us_buf_put(x->out, US_S("            "));
        say(x, "answer.explain.more_events",
            US_ARGS(US_WHOLE("n", fact->events - (int64_t)count)));
        us_buf_char(x->out, '\n');
    }
}

static void fact_lines(struct us_explain *x, uint32_t node, uint32_t user)
{
    struct us_facts facts = {0};
    const struct us_fact_asked asked = us_explain_asked(x, user);
    us_fact_find(&asked, node, &facts);
    for (size_t i = 0; i < facts.count; i++) {
        us_buf_put(x->out, US_S("          "));
        us_fact_say(x->ask->rules, &facts.items[i], x->ask->lang, x->ask->at, x->out);
        us_buf_char(x->out, '\n');
        event_lines(x, user, &facts.items[i]);
    }
}

static void mark(struct us_explain *x, const struct us_judged *j)
{
    if (j->gate == US_GATE_SCORE) {
        double points = j->value.kind == US_NUMBER ? j->value.number : 0;
        tone(x, points > 0 ? "32" : j->unknown ? "33" : "2");
        us_buf_fmt(x->out, "    %s", points >= 0 ? "+" : "");
        us_buf_real(x->out, round(points * 100) / 100);
        if (j->unknown) us_buf_put(x->out, US_S(" ?"));
    } else {
        tone(x, j->passed ? "32" : j->unknown ? "33" : "31");
        us_buf_put(x->out, j->passed    ? US_S("    ✓")
                           : j->unknown ? US_S("    ?")
                                        : US_S("    ✗"));
    }
    tone(x, "0");
    us_buf_put(x->out, US_S("  "));
}

static void judged_line(struct us_explain *x, const struct us_judged *j, uint32_t user)
{
    const struct us_plan *p = x->ask->rules->plan;
    mark(x, j);
    us_str source = p->nodes[j->node].source.text;
    if (j->gate == US_GATE_WHO) us_buf_put(x->out, US_S("who: "));
    if (j->gate == US_GATE_EXCLUDE) us_buf_put(x->out, US_S("exclude: "));
    if (j->gate == US_GATE_STAY) us_buf_put(x->out, US_S("stay: "));
    if (source.len)
        us_buf_put(x->out, source);
    else
        us_plan_print(p, j->node, true, x->out);
    us_buf_char(x->out, '\n');
    fact_lines(x, j->node, j->gate == US_GATE_EXCLUDE ? US_NOBODY : user);
}

static void gates(struct us_explain *x, const struct us_verdict *v, uint32_t user)
{
    heading(x, "answer.explain.gates", NULL);
    for (size_t i = 0; i < v->judged_count; i++)
        if (v->judged[i].gate != US_GATE_SCORE) judged_line(x, &v->judged[i], user);
}

static void axes(struct us_explain *x, const struct us_definition *def,
    const struct us_verdict *v, uint32_t user)
{
    static const char *const keys[] = {[US_AXIS_USAGE] = "answer.usage",
        [US_AXIS_FIT] = "answer.fit",
        [US_AXIS_INTENT] = "answer.intent"};
    for (int axis = 0; axis < US_AXES; axis++) {
        if (def->score_count[axis] == 0) continue;
        double threshold = def->text->threshold[axis];
        char grade[2] = {v->grade[axis], 0};
        heading(x, threshold > 0 ? "answer.explain.axis_needs" : "answer.explain.axis",
            US_ARGS(US_WORD("axis", keys[axis]), US_REAL("points", v->points[axis]),
                US_REAL("threshold", threshold), US_TEXT("grade", us_str_c(grade))));
        for (size_t i = 0; i < v->judged_count; i++)
            if (v->judged[i].gate == US_GATE_SCORE && (int)v->judged[i].axis == axis)
                judged_line(x, &v->judged[i], user);
    }
}

/* What is different from a week ago: gates that turned, lines that gained or lost. */
static void changes(struct us_explain *x, const struct us_definition *def,
    const struct us_verdict *v, uint32_t user)
{
    struct us_verdict then;
    us_explain_judge(x, def, user, x->ask->at - WEEK_DAYS * US_DAY_US, &then);
    const struct us_plan *p = x->ask->rules->plan;
    bool any = false;
    heading(x, "answer.explain.changed", NULL);
    for (size_t i = 0; i < v->judged_count; i++) {
        const struct us_judged *now = &v->judged[i];
        const struct us_judged *was = &then.judged[i];
        bool gate = now->gate != US_GATE_SCORE;
        if (gate ? now->passed == was->passed : us_value_same(now->value, was->value))
            continue;
        any = true;
        us_str source = p->nodes[now->node].source.text;
        us_buf_put(x->out, US_S("    "));
        if (gate)
            say(x,
                now->passed ? "answer.explain.now_holds" : "answer.explain.no_longer",
                US_ARGS(US_TEXT("gate", source)));
        else
            say(x, "answer.explain.points_moved",
                US_ARGS(US_TEXT("line", source),
                    US_REAL(
                        "was", was->value.kind == US_NUMBER ? was->value.number : 0),
                    US_REAL(
                        "now", now->value.kind == US_NUMBER ? now->value.number : 0)));
        us_buf_char(x->out, '\n');
    }
    if (!any) {
        us_buf_put(x->out, US_S("    "));
        say(x, "answer.explain.nothing_changed", NULL);
        us_buf_char(x->out, '\n');
    }
}

static void lack_line(struct us_explain *x, const struct us_judged *j, uint32_t user)
{
    struct us_lack lack;
    us_str source = x->ask->rules->plan->nodes[j->node].source.text;
    us_buf_put(x->out, US_S("    "));
    if (j->unknown)
        say(x, "answer.explain.lack_unknown", US_ARGS(US_TEXT("gate", source)));
    else if (us_lack_of(x->ask->rules, j->node, x->log, user, x->ask->at, x->a, &lack))
        say(x, "answer.explain.lack_number",
            US_ARGS(US_TEXT("gate", source), US_REAL("now", lack.now)));
    else
        say(x, "answer.explain.lack", US_ARGS(US_TEXT("gate", source)));
    us_buf_char(x->out, '\n');
}

static void missing(struct us_explain *x, const struct us_definition *def,
    const struct us_verdict *v, uint32_t user)
{
    static const char *const keys[] = {[US_AXIS_USAGE] = "answer.usage",
        [US_AXIS_FIT] = "answer.fit",
        [US_AXIS_INTENT] = "answer.intent"};
    heading(x, "answer.explain.missing", NULL);
    for (size_t i = 0; i < v->judged_count; i++)
        if (v->judged[i].gate != US_GATE_SCORE && v->judged[i].gate != US_GATE_STAY &&
            !v->judged[i].passed &&
            !(v->judged[i].gate == US_GATE_EXCLUDE && !v->excluded))
            lack_line(x, &v->judged[i], user);
    for (int axis = 0; axis < US_AXES; axis++) {
        if (v->reached[axis]) continue;
        us_buf_put(x->out, US_S("    "));
        say(x, "answer.explain.lack_points",
            US_ARGS(US_WORD("axis", keys[axis]), US_REAL("points", v->points[axis]),
                US_REAL("threshold", def->text->threshold[axis])));
        us_buf_char(x->out, '\n');
    }
}

static void standing(
    struct us_explain *x, const struct us_definition *def, const struct us_standing *s)
{
    const char *key = s->qualified                   ? "answer.explain.qualified"
                      : s->holding                   ? "answer.explain.holding"
                      : s->phase == US_PHASE_COOLING ? "answer.explain.cooling"
                                                     : "answer.explain.not_qualified";
    us_buf_char(x->out, '\n');
    tone(x, "1");
    us_buf_put(x->out, def->name);
    if (s->user != US_NOBODY) {
        us_buf_put(x->out, US_S(" · "));
        us_buf_put(x->out, us_explain_person(x->log, s->user));
    }
    us_buf_put(x->out, US_S(": "));
    say(x, key,
        US_ARGS(US_TIME("since", s->since == US_NEVER ? 0 : s->since),
            US_TIME("due", s->due == US_NEVER ? 0 : s->due)));
    tone(x, "0");
    us_buf_char(x->out, '\n');
}

static void line(struct us_explain *x, const char *key, const us_arg *args)
{
    us_buf_put(x->out, US_S("  "));
    say(x, key, args);
    us_buf_char(x->out, '\n');
}

/* What came before, and what has to come. */
static void course(
    struct us_explain *x, const struct us_standing *s, const struct us_verdict *v)
{
    static const char *const reasons[] = {
        [US_CHANGE_CONVERTED] = "answer.exit.converted",
        [US_CHANGE_EXCLUDED] = "answer.exit.excluded",
        [US_CHANGE_LEFT] = "answer.exit.left",
        [US_CHANGE_FADED] = "answer.exit.faded",
        [US_CHANGE_EXPIRED] = "answer.exit.expired",
        [US_CHANGE_REDEFINED] = "answer.exit.redefined",
    };
    if (s->qualified) line(x, "answer.explain.until", US_ARGS(US_TIME("due", s->due)));
    if (s->left_by != US_CHANGE_NONE) {
        /* While it is qualified again, entered is that of now. */
        const char *key =
            s->qualified ? "answer.explain.before" : "answer.explain.last_time";
        line(x, key,
            US_ARGS(US_TIME("entered", s->entered), US_TIME("left", s->left),
                US_WORD("why", reasons[s->left_by])));
    }
    bool free = s->phase == US_PHASE_NONE && !s->holding;
    if (s->must_reset && v->eligible) line(x, "answer.explain.must_reset", NULL);
    if (free && v->eligible && !s->must_reset) line(x, "answer.explain.enters", NULL);
}

static void one(
    struct us_explain *x, const struct us_definition *def, const struct us_standing *s)
{
    uint32_t user = s->user;
    struct us_verdict v;
    us_explain_judge(x, def, user, x->ask->at, &v);
    standing(x, def, s);
    course(x, s, &v);
    if (v.hand_raised) {
        us_buf_put(x->out, US_S("  "));
        say(x, "answer.queue.hand_raised", NULL);
        us_buf_char(x->out, '\n');
    }
    bool brief = def->pql && !v.eligible && x->definition == US_NODE_NONE;
    if (!brief) {
        gates(x, &v, user);
        axes(x, def, &v, user);
        changes(x, def, &v, user);
    }
    if (!v.eligible) missing(x, def, &v, user);
}

/* What MRR does not count is said beside it, else the number would be believed. */
static void left_out(struct us_explain *x)
{
    struct us_left_out n = us_explain_left_out(x);
    if (n.no_rate) {
        us_buf_put(x->out, US_S("  "));
        say(x, "answer.explain.no_rate", US_ARGS(US_WHOLE("n", n.no_rate)));
        us_buf_char(x->out, '\n');
    }
    if (n.no_period) {
        us_buf_put(x->out, US_S("  "));
        say(x, "answer.explain.no_period", US_ARGS(US_WHOLE("n", n.no_period)));
        us_buf_char(x->out, '\n');
    }
}

static void head(struct us_explain *x)
{
    const struct us_rules *r = x->ask->rules;
    us_value name =
        us_naive(r->plan, r->shown.name, x->log, US_NOBODY, x->ask->at, x->a);
    us_value plan =
        us_naive(r->plan, r->shown.plan, x->log, US_NOBODY, x->ask->at, x->a);
    us_value mrr = us_naive(r->plan, r->shown.mrr, x->log, US_NOBODY, x->ask->at, x->a);
    tone(x, "1");
    us_buf_put(x->out, name.kind == US_STRING ? name.text : x->log->key);
    tone(x, "0");
    us_buf_put(x->out, US_S("  "));
    if (name.kind == US_STRING) {
        us_buf_put(x->out, x->log->key);
        us_buf_put(x->out, US_S(" · "));
    }
    if (plan.kind == US_STRING)
        say(x, "answer.queue.plan", US_ARGS(US_TEXT("plan", plan.text)));
    if (mrr.kind == US_NUMBER)
        say(x, "answer.queue.mrr",
            US_ARGS(US_REAL("mrr", round(mrr.number)),
                US_TEXT("currency", r->config->currency)));
    say(x, "answer.explain.known",
        US_ARGS(US_WHOLE("events", x->log->event_count),
            US_WHOLE("people", x->log->person_count), US_TIME("at", x->ask->at)));
    us_buf_char(x->out, '\n');
    left_out(x);
}

/* Of people those who qualify come first; how many are left out is said. */
static void of_definition(struct us_explain *x, const struct us_definition *def)
{
    size_t count;
    size_t shown = 0;
    const struct us_standing *all = us_explain_standings(x, def, &count);
    for (int in = 1; in >= 0; in--)
        for (size_t i = 0; i < count && shown < PEOPLE_MAX; i++) {
            if (all[i].qualified != in) continue;
            us_mark mark = us_arena_mark(x->a);
            one(x, def, &all[i]);
            us_arena_pop(x->a, mark);
            shown++;
        }
    if (shown == count) return;
    us_buf_char(x->out, '\n');
    say(x, "answer.explain.more_people", US_ARGS(US_WHOLE("n", count - shown)));
    us_buf_char(x->out, '\n');
}

void us_explain_say(struct us_explain *x)
{
    head(x);
    const struct us_rules *r = x->ask->rules;
    for (uint32_t i = 0; i < r->definition_count; i++)
        if (x->definition == US_NODE_NONE || x->definition == i)
            of_definition(x, &r->definitions[i]);
}
