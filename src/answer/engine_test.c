/* What the engine says of a past is what the naive evaluator and the referee say of it,
 * account by account, in order; and who is asked for and not there is named. */

#include "answer/engine_fixture.h"

/* ---- values ---- */

/* "account|user|value|…" of each row. */
static void row_text(struct us_buf *out, us_str account, us_str user,
    const us_value *values, size_t count)
{
    us_buf_fmt(out, "%.*s|%.*s|", US_ARG(account), US_ARG(user));
    for (size_t i = 0; i < count; i++)
        fixture_value(out, values[i]);
    us_buf_char(out, '\n');
}

struct told {
    struct us_buf text;
    size_t values, rows, stop;
};

static us_code tell_values(
    void *ctx, const struct us_values_row *row, struct us_error *e)
{
    struct told *told = ctx;
    row_text(&told->text, row->account, row->user, row->values, told->values);
    if (++told->rows == told->stop) return us_fail(e, US_LIMIT, "cli.closed", NULL);
    return US_OK;
}

struct naive {
    struct world *w;
    const struct us_values_asked *asked;
    struct us_buf text;
};

static void naive_row(
    struct naive *n, const struct us_log *log, const struct us_log_person *person)
{
    us_value values[64];
    size_t count = 0;
    for (size_t m = 0; m < n->asked->moment_count; m++)
        for (size_t i = 0; i < n->asked->node_count; i++)
            values[count++] = us_naive(n->w->rules->plan, n->asked->nodes[i], log,
                person ? person->id : US_NOBODY, n->asked->moments[m], &n->w->work);
    row_text(&n->text, log->key, person ? person->key : (us_str){0}, values, count);
}

static us_code naive_take(void *ctx, const struct us_log *log, struct us_error *e)
{
    (void)e;
    struct naive *n = ctx;
    if (!n->asked->people) naive_row(n, log, NULL);
    us_str last = {0};
    for (size_t i = 0; i < log->person_count && n->asked->people; i++) {
        const struct us_log_person *next = NULL; /* in order of their keys */
        for (size_t k = 0; k < log->person_count; k++) {
            const struct us_log_person *p = &log->people[k];
            if (!p->identified || us_str_cmp(p->key, last) <= 0) continue;
            if (!next || us_str_cmp(p->key, next->key) < 0) next = p;
        }
        if (!next) break;
        naive_row(n, log, next);
        last = next->key;
    }
    return US_OK;
}

/* Whoever was not known by the last moment has no row. account: empty for all. */
static void values_agree(struct world *w, us_str account, bool people,
    const int64_t *moments, size_t moment_count)
{
    uint32_t nodes[16];
    struct us_values_asked asked = {.whom = {&account, account.len > 0},
        .nodes = nodes,
        .moments = moments,
        .moment_count = moment_count,
        .people = people};
    for (size_t i = 0; i < w->rules->plan->signal_count; i++)
        if (people || w->rules->plan->signals[i].scope == US_PER_ACCOUNT)
            nodes[asked.node_count++] = w->rules->plan->signals[i].node;
    struct told told = {.text = us_buf_new(&w->x.a, 1 << 24),
        .values = asked.node_count * moment_count};
    OK(w->t, us_engine_values(&w->ask, &asked, tell_values, &told, e));
    struct naive n = {w, &asked, us_buf_new(&w->x.a, 1 << 24)};
    OK(w->t, us_history_logs(w->h, &w->rules->plan->need, account,
                 moments[moment_count - 1], naive_take, &n, e));
    CHECK_AS(w->t, told.rows > 0 || account.len, "rows are told");
    CHECK_AS(w->t, fixture_same(us_buf_str(&n.text), us_buf_str(&told.text)),
        people ? "values of people are the naive evaluator's"
               : "values of accounts are the naive evaluator's");
}

static void values(struct world *w)
{
    const int64_t moments[] = {
        day(2), day(7), day(19) - 7 * US_HOUR_US, day(33), day(70)};
    size_t count = sizeof moments / sizeof *moments;
    for (size_t i = 0; i < count; i++) {
        values_agree(w, (us_str){0}, false, moments + i, 1);
        values_agree(w, (us_str){0}, true, moments + i, 1);
    }
    values_agree(w, (us_str){0}, false, moments, count);
    values_agree(w, (us_str){0}, true, moments, count);
}

static void whom(struct world *w)
{
    const int64_t moment = day(70);
    const us_str two[] = {US_S("acc 7"), US_S("acc 2"), US_S("acc 7")};
    const us_str wrong[] = {US_S("acc 1"), US_S("acc1")};
    uint32_t node = w->rules->plan->signals[0].node;
    struct us_values_asked asked = {.whom = {two, 3},
        .nodes = &node,
        .node_count = 1,
        .moments = &moment,
        .moment_count = 1};
    struct told told = {.text = us_buf_new(&w->x.a, 1 << 16), .values = 0};
    OK(w->t, us_engine_values(&w->ask, &asked, tell_values, &told, e));
    CHECK_AS(w->t, fixture_same(us_buf_str(&told.text), US_S("acc 2||\nacc 7||\n")),
        "those asked for, each once, in order");
    us_str many[40];
    for (size_t i = 0; i < 40; i++)
        many[i] = two[i % 2];
    asked.whom = (struct us_whom){many, 40};
    told = (struct told){.text = us_buf_new(&w->x.a, 1 << 16)};
    OK(w->t, us_engine_values(&w->ask, &asked, tell_values, &told, e));
    CHECK(w->t, told.rows == 2);
    struct us_error e = {0};
    asked.whom = (struct us_whom){wrong, 2};
    us_code code = us_engine_values(&w->ask, &asked, tell_values, &told, &e);
    CHECK_AS(w->t,
        code == US_NOT_FOUND && us_str_eq(e.args[0].text, US_S("acc1")) &&
            us_str_has_prefix(e.args[1].text, US_S("acc ")),
        "an account that is not there is named, and the nearest");
    asked.whom = (struct us_whom){0};
    told = (struct told){.text = us_buf_new(&w->x.a, 1 << 16), .stop = 3};
    code = us_engine_values(&w->ask, &asked, tell_values, &told, &e);
    CHECK_AS(w->t, code == US_LIMIT && told.rows == 3, "a taker can end it");
}

/* ---- transitions ---- */

static void change_text(struct us_buf *out, us_str account, us_str user,
    const struct us_transition *t, const struct us_verdict *v)
{
    us_buf_fmt(out, "%lld %.*s|%.*s %s since %lld entry %u", (long long)t->t,
        US_ARG(account), US_ARG(user), us_change_word(t->change).ptr,
        (long long)t->since, t->ordinal);
    for (int axis = 0; axis < US_AXES; axis++)
        us_buf_fmt(out, " %c%g", v->grade[axis], v->points[axis]);
    for (size_t i = 0; i < v->judged_count; i++)
        fixture_value(out, v->judged[i].value);
}

struct lines {
    struct world *w;
    const struct us_changes_asked *asked;
    const struct us_log *log; /* of the referee */
    us_str *rows;
    size_t count, cap;
    us_str account; /* of the row before */
    int64_t last;
    bool ordered;
};

static void line_add(struct lines *l, const struct us_buf *line)
{
    *us_push(&l->w->x.a, l->rows, l->count, l->cap) = us_buf_str(line);
}

static us_code tell_change(
    void *ctx, const struct us_changes_row *row, struct us_error *e)
{
    (void)e;
    struct lines *l = ctx;
    struct us_buf line = us_buf_new(&l->w->x.a, 1 << 16);
    us_buf_fmt(&line, "%u ", row->definition);
    change_text(&line, row->account, row->user, &row->change, row->verdict);
    int order = us_str_cmp(l->account, row->account);
    if (order > 0 || (order == 0 && row->change.t < l->last)) l->ordered = false;
    l->account = us_arena_str(&l->w->x.a, row->account);
    l->last = row->change.t;
    line_add(l, &line);
    return US_OK;
}

static us_code referee_fires(void *ctx, const struct us_firing *f, struct us_error *e)
{
    (void)e;
    struct lines *l = ctx;
    struct world *w = l->w;
    int64_t t = f->transition.t;
    if (t < l->asked->from || t > l->asked->to) return US_OK;
    if (l->asked->definition != US_NODE_NONE && l->asked->definition != f->definition)
        return US_OK;
    struct us_verdict v;
    us_judge(w->rules, &w->rules->definitions[f->definition], l->log, f->user, t,
        &w->x.a, &v);
    us_str user = {0};
    for (size_t i = 0; i < l->log->person_count; i++)
        if (f->user == l->log->people[i].id) user = l->log->people[i].key;
    struct us_buf line = us_buf_new(&w->x.a, 1 << 16);
    us_buf_fmt(&line, "%u ", f->definition);
    change_text(&line, l->log->key, user, &f->transition, &v);
    line_add(l, &line);
    return US_OK;
}

static us_code referee_take(void *ctx, const struct us_log *log, struct us_error *e)
{
    struct lines *l = ctx;
    l->log = log;
    us_arena_reset(&l->w->work);
    struct us_trial trial = {.rules = l->w->rules,
        .log = log,
        .definition = US_NODE_NONE,
        .until = l->asked->to,
        .arena = &l->w->work};
    return us_referee(&trial, referee_fires, l, e);
}

static us_str sorted(struct world *w, const struct lines *l)
{
    struct us_buf text = us_buf_new(&w->x.a, 1 << 24);
    if (l->count) qsort(l->rows, l->count, sizeof *l->rows, fixture_order);
    for (size_t i = 0; i < l->count; i++)
        us_buf_fmt(&text, "%.*s\n", US_ARG(l->rows[i]));
    return us_buf_str(&text);
}

static void changes_agree(struct world *w, us_str account, uint32_t definition,
    int64_t from, int64_t to, size_t least)
{
    struct us_changes_asked asked = {.whom = {&account, account.len > 0},
        .definition = definition,
        .from = from,
        .to = to,
        .judged = true};
    struct lines ours = {.w = w, .asked = &asked, .ordered = true};
    struct lines theirs = {.w = w, .asked = &asked};
    OK(w->t, us_engine_changes(&w->ask, &asked, tell_change, &ours, e));
    OK(w->t, us_history_logs(
                 w->h, &w->rules->plan->need, account, to, referee_take, &theirs, e));
    CHECK_AS(w->t, ours.count >= least, "transitions are told");
    CHECK_AS(w->t, ours.ordered, "by account, then by moment");
    CHECK_AS(w->t, fixture_same(sorted(w, &theirs), sorted(w, &ours)),
        "transitions and verdicts are the referee's");
}

/* ---- one account ---- */

static us_code look_take(void *ctx, const struct us_view *v, struct us_error *e)
{
    (void)e;
    struct world *w = ctx;
    struct us_view_change *changes;
    bool good = true;
    for (uint32_t d = 0; d < 2; d++) {
        size_t count = us_view_changes(v, d, &w->x.a, &changes);
        for (int n = 5; n < 70; n += 9) {
            struct us_view_asked asked = {d, US_NOBODY, day(n)};
            struct us_standing s = us_view_standing(v, &asked);
            us_change last = US_CHANGE_NONE;
            for (size_t i = 0; i < count && changes[i].change.t <= day(n); i++)
                last = changes[i].change.change;
            good = good && s.qualified == (last == US_CHANGE_ENTERED);
        }
        /* A look at one moment leaves the view as it was. */
        struct us_view_change *again;
        good = good && us_view_changes(v, d, &w->x.a, &again) == count;
    }
    CHECK_AS(w->t, good, "standings follow the transitions");
    CHECK(w->t, us_view_start(v) >= day(0) && us_view_start(v) < day(20));
    return US_OK;
}

struct shown {
    struct printed p;
    const struct us_history *h;
};

/* A log as explain has it: every row in its order, and who there is. */
static us_code log_print(void *ctx, const struct us_log *log, struct us_error *e)
{
    struct shown *s = ctx;
    struct printed *p = &s->p;
    for (size_t i = 0; i < log->event_count; i++) {
        const struct us_log_event *v = &log->events[i];
        us_str name = us_history_name_of(s->h, v->spelled);
        us_buf_fmt(&p->out, "%lld %lld %lld %lld %.*s %u\n", (long long)v->at,
            (long long)v->seq, (long long)v->from, (long long)v->to, US_ARG(name),
            v->user);
    }
    for (size_t i = 0; i < log->trait_count; i++)
        us_buf_fmt(&p->out, "trait %lld\n", (long long)log->traits[i].seq);
    return fixture_take(p, log, e);
}

/* One account, read for itself alone, is what logs have of it: its rows, the values and
 * transitions worked out of them. */
static void few(struct world *w)
{
    static const us_str accounts[] = {
        US_S_INIT("acc 0"), US_S_INIT("acc 3"), US_S_INIT("acc 8")};
    for (size_t i = 0; i < sizeof accounts / sizeof *accounts; i++) {
        int64_t moments[] = {day(9 + (int)below(w, 20)), day(30 + (int)below(w, 40))};
        moments[0] -= (int64_t)below(w, 20 * 3600) * US_SECOND_US;
        values_agree(w, accounts[i], false, moments, 2);
        values_agree(w, accounts[i], true, moments, 2);
        changes_agree(w, accounts[i], US_NODE_NONE, US_ALWAYS, moments[1], 0);
        struct us_ask ask = w->ask;
        ask.at = moments[0];
        const struct us_need *need = &w->rules->plan->need;
        struct printed empty = {
            .a = &w->x.a, .out = us_buf_new(&w->x.a, 1 << 22), .need = need};
        struct shown ours = {empty, w->h};
        empty.out = us_buf_new(&w->x.a, 1 << 22);
        struct shown logs = {empty, w->h};
        OK(w->t, us_engine_log(&ask, accounts[i], log_print, &ours, e));
        OK(w->t, us_history_logs(w->h, need, accounts[i], ask.at, log_print, &logs, e));
        CHECK_AS(w->t, fixture_same(us_buf_str(&logs.p.out), us_buf_str(&ours.p.out)),
            "the log of one account, read alone, is that of the logs");
    }
}

/* It stands still, so that a lap is what was there before it. */
static int64_t stopped(void)
{
    return 1000;
}

static void timing(struct world *w)
{
    struct us_timing timing = {.clock = stopped, .last = -2000};
    us_timing_lap(&timing, US_LAP_READING);
    us_timing_lap(&timing, US_LAP_REPLAY);
    CHECK(w->t, timing.spent[US_LAP_READING] == 3000 && !timing.spent[US_LAP_REPLAY]);
    us_timing_lap(NULL, US_LAP_SAYING);
    struct us_ask ask = w->ask;
    ask.timing = &timing;
    struct us_changes_asked asked = {.definition = 0, .from = US_ALWAYS, .to = day(70)};
    struct lines lines = {.w = w, .asked = &asked};
    asked.judged = true;
    OK(w->t, us_engine_changes(&ask, &asked, tell_change, &lines, e));
    CHECK_AS(w->t, timing.accounts == ACCOUNTS, "accounts are counted");
    CHECK_AS(w->t, timing.events > EVENTS / 2 && timing.events <= EVENTS,
        "and their events");
}

/* ---- how many hands ---- */

static us_code told_change(
    void *ctx, const struct us_changes_row *row, struct us_error *e)
{
    (void)e;
    us_buf_fmt(ctx, "%.*s %.*s %u %d %lld %u %g\n", US_ARG(row->account),
        US_ARG(row->user), row->definition, (int)row->change.change,
        (long long)row->change.t, row->change.ordinal, row->verdict->points[0]);
    return US_OK;
}

static us_code told_values(
    void *ctx, const struct us_values_row *row, struct us_error *e)
{
    (void)e;
    us_buf_fmt(ctx, "%.*s %.*s %d %g\n", US_ARG(row->account), US_ARG(row->user),
        (int)row->values[0].kind, row->values[0].number);
    return US_OK;
}

/* Every transition and the value of a signal at one moment, as text. */
static us_str told(struct world *w, int hands)
{
    struct us_ask ask = w->ask;
    ask.threads = hands;
    struct us_buf out = us_buf_new(&w->x.a, (size_t)1 << 24);
    struct us_changes_asked changes = {
        .definition = US_NODE_NONE, .from = US_ALWAYS, .to = day(70), .judged = true};
    OK(w->t, us_engine_changes(&ask, &changes, told_change, &out, e));
    int64_t at = day(40);
    struct us_values_asked values = {.nodes = &w->rules->plan->signals[1].node,
        .node_count = 1,
        .moments = &at,
        .moment_count = 1};
    OK(w->t, us_engine_values(&ask, &values, told_values, &out, e));
    return us_buf_str(&out);
}

static void hands(struct world *w)
{
    us_str one = told(w, 1);
    CHECK_AS(w->t, one.len > 1000, "there is something to tell");
    CHECK_AS(w->t, us_str_eq(one, told(w, 2)), "two hands tell the same as one");
    CHECK_AS(w->t, us_str_eq(one, told(w, 7)), "and seven");
}

int main(void)
{
    struct us_tap t = {0};
    struct world w;
    open_world(&w, &t, 20261125);
    hands(&w);
    values(&w);
    whom(&w);
    changes_agree(&w, (us_str){0}, US_NODE_NONE, US_ALWAYS, day(70), 40);
    changes_agree(&w, (us_str){0}, 0, day(20), day(40), 1);
    few(&w);
    struct us_look_asked one = {.whom = {&US_S("acc 4"), 1}, .until = day(70)};
    OK(&t, us_engine_look(&w.ask, &one, look_take, &w, e));
    timing(&w);
    close_world(&w);
    return us_tap_done(&t);
}
