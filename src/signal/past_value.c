/* past_value.c: the exact value of a node at one moment. */

#include "base/err.h"
#include "signal/naive.h"
#include "signal/quick.h"

struct us_span_of us_span_of_window(us_window w, int64_t t)
{
    return (struct us_span_of){us_window_start(w, t), us_window_end(w, t)};
}

struct us_span_of us_span_of_buckets(
    const struct us_node *n, int64_t t, int64_t from, int64_t to)
{
    bool hours = n->window.unit == US_HOURS;
    int64_t length = hours ? US_HOUR_US : US_DAY_US;
    int64_t now = hours ? us_hour(t) : us_day(t);
    return (struct us_span_of){(now - from) * length, (now - to + 1) * length};
}

struct us_decimals us_rows_decimals(
    struct us_past *s, const struct us_node *n, const struct us_rows *r)
{
    struct us_decimals d = {.highest = INT64_MIN, .lowest = INT64_MAX};
    for (size_t i = r->from; i < r->to; i++) {
        int64_t m = 0;
        if (!us_rows_has(r, i)) continue;
        if (!us_decimal(us_lane_value(s, r->lane, i, n->column), &m)) continue;
        d.total += m;
        d.count++;
        if (m > d.highest) d.highest = m;
        if (m < d.lowest) d.lowest = m;
    }
    return d;
}

/* ---- events of any name ---- */

size_t us_first_user_day(const struct us_runs *r, int64_t day)
{
    size_t from = 0;
    size_t to = r->user_day_count;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (r->user_days[mid].day < day)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

/* While every row is known on its day and stays, what lies before today is in the
 * roll-up of people, and only today's rows are read one by one. */

static struct us_any any_of(
    struct us_past *s, struct us_span_of span, uint32_t user, int64_t t)
{
    const struct us_runs *r = s->runs;
    int64_t day = us_day(t);
    struct us_any any = {.user = user, .today = {.runs = r, .t = t, .user = user}};
    int64_t first = span.from == US_ALWAYS ? INT32_MIN : us_day(span.from);
    int64_t end = span.to > t ? day : us_day(span.to);
    size_t from = us_first_user_day(r, first);
    size_t to = us_first_user_day(r, end);
    any.days = r->user_days + from;
    any.day_count = from < to ? to - from : 0;
    any.today.lane = us_past_today(s, day);
    if (span.to > t && first <= day) {
        struct us_span_of all = {US_ALWAYS, US_NEVER};
        any.today = us_past_rows(s, any.today.lane, all, user, t);
    }
    return any;
}

static bool whole_days(struct us_span_of span, int64_t t)
{
    bool from = span.from == US_ALWAYS || span.from % US_DAY_US == 0;
    return from && (span.to > t || span.to % US_DAY_US == 0);
}

/* Windows of whole days over anything, while nothing is late. */
static bool by_days(const struct us_past *s, const struct us_node *n,
    struct us_span_of span, uint32_t user, int64_t t)
{
    if (n->pattern == US_NODE_NONE || !n->function->over_any) return false;
    if (s->plan->patterns[n->pattern].name != US_ANY_NAME) return false;
    if (n->function->window && n->window.unit == US_HOURS) return false;
    bool people = n->function->people || user != US_NOBODY;
    if (people && !us_past_named(s, us_day(t))) return false;
    return us_past_settled(s, us_day(t)) && whole_days(span, t);
}

/* The rows as the referee reads them, for functions without a form of their own. */
static struct us_question plainly(struct us_past *s, uint32_t user, int64_t t)
{
    if (s->log_turn != s->turn) {
        s->log = us_new(&s->work, struct us_log, 1);
        us_log_of_runs(s->runs, &s->plan->need, US_NEVER, &s->work, s->log);
        s->log_turn = s->turn;
    }
    const struct us_log *facts = &s->runs->facts;
    uint32_t id = US_NOBODY;
    if (user != US_NOBODY) /* somebody who was never here is in no row */
        id = user < facts->person_count ? facts->people[user].id : US_NOBODY - 1;
    return (struct us_question){s->plan, s->log, id, t, &s->work};
}

us_value us_past_call(struct us_past *s, const struct us_node *n,
    struct us_span_of span, uint32_t user, int64_t t)
{
    if (!n->function->over) {
        struct us_question q = plainly(s, user, t);
        return us_naive_over(&q, (struct us_behind){n, span.from, span.to});
    }
    if (by_days(s, n, span, user, t)) {
        struct us_any any = any_of(s, span, user, t);
        return n->function->over_any(s, n, &any);
    }
    const struct us_lane *lane = us_past_lane(s, n->pattern);
    struct us_rows rows = us_past_rows(s, lane, span, user, t);
    return n->function->over(s, n, &rows);
}

const struct us_rises *us_past_rises(struct us_past *s, uint32_t node, int64_t day)
{
    const struct us_vector *v = &s->vectors[node];
    const struct us_node *n = &s->plan->nodes[node];
    struct us_rises *r = &s->rises[node];
    int64_t d = day - s->first_day;
    if (r->turn == s->turn && r->day == day) return r;
    if (v->turn != s->turn || v->form != US_FORM_WHOLE || n->op != US_OP_CALL)
        return NULL;
    if (!n->function->rises || d < 0 || d >= (int64_t)s->days) return NULL;
    if (!us_past_settled(s, day)) return NULL;
    if (n->function->people && !us_past_named(s, day)) return NULL;
    bool any = s->plan->patterns[n->pattern].name == US_ANY_NAME;
    const struct us_lane *lane =
        any ? us_past_today(s, day) : us_past_lane(s, n->pattern);
    struct us_rows rows = {.lane = lane, .runs = s->runs, .user = US_NOBODY};
    rows.from = us_first_at(lane->at, lane->count, day * US_DAY_US);
    rows.to = us_first_at(lane->at, lane->count, (day + 1) * US_DAY_US);
    int64_t *at = us_new(&s->work, int64_t, rows.to - rows.from + 1);
    size_t count = n->function->rises(s, n, &rows, at);
    us_sort_moments(at, count);
    *r = (struct us_rises){at, count, v->whole_least[d], day, s->turn};
    return r;
}

/* By the sieve's vector and what the day has brought. False: it cannot be had so. */
static bool by_today(struct us_past *s, uint32_t node, int64_t t, us_value *out)
{
    const struct us_vector *v = &s->vectors[node];
    int64_t day = us_day(t);
    int64_t d = day - s->first_day;
    if (v->turn != s->turn || d < 0 || d >= (int64_t)s->days) return false;
    if (v->form == US_FORM_REAL && s->plan->nodes[node].function->steady) {
        if (!us_past_settled(s, day) || !us_past_named(s, day)) return false;
        *out = us_number(v->real_end[d]); /* one value all day */
        return true;
    }
    const struct us_rises *r = us_past_rises(s, node, day);
    if (!r) return false;
    size_t risen = us_first_at(r->at, r->count, t + 1);
    *out = us_number(r->begins + (double)risen);
    return true;
}

static us_value call(struct us_past *s, uint32_t node, uint32_t user, int64_t t)
{
    us_value v;
    const struct us_node *n = &s->plan->nodes[node];
    if (user == US_NOBODY) {
        if (by_today(s, node, t, &v)) return v;
        if (us_quick_now(s, node, t, &v)) return v;
    }
    if (n->function->at) return n->function->at(s, n, user, t);
    if (!n->function->over) {
        struct us_question q = plainly(s, user, t);
        return us_naive(s->plan, node, s->log, q.user, t, &s->work);
    }
    us_window w = n->function->window ? n->window : (us_window){.unit = US_ALL};
    return us_past_call(s, n, us_span_of_window(w, t), user, t);
}

/* ---- what is no event ---- */

/* There may be many more traits of people than of the account. */
static void account_traits(struct us_past *s)
{
    const struct us_log *log = &s->runs->facts;
    size_t keys = s->plan->need.account_trait_count;
    uint32_t *from = us_new(&s->work, uint32_t, keys + 2);
    uint32_t *list = us_new(&s->work, uint32_t, log->trait_count + 1);
    for (size_t i = 0; i < log->trait_count; i++)
        if (log->traits[i].user == US_NOBODY) from[log->traits[i].key + 2]++;
    for (size_t k = 2; k < keys + 2; k++)
        from[k] += from[k - 1];
    for (uint32_t i = 0; i < log->trait_count; i++)
        if (log->traits[i].user == US_NOBODY) list[from[log->traits[i].key + 1]++] = i;
    s->trait_from = from;
    s->traits = list;
    s->trait_turn = s->turn;
}

/* Whether r goes before best, at t: the newest by at, then from; equal in both, the
 * greatest value, as the referee has it. */
static bool newer(
    const struct us_log_trait *r, const struct us_log_trait *best, int64_t t)
{
    if (r->from > t || t >= r->to) return false;
    if (!best || r->at != best->at) return !best || r->at > best->at;
    if (r->from != best->from) return r->from > best->from;
    return us_value_cmp(r->value, best->value) > 0;
}

static us_value trait(
    struct us_past *s, const struct us_node *n, uint32_t user, int64_t t)
{
    const struct us_log *log = &s->runs->facts;
    const struct us_log_trait *best = NULL;
    if (user == US_NOBODY) {
        if (s->trait_turn != s->turn) account_traits(s);
        for (uint32_t i = s->trait_from[n->trait]; i < s->trait_from[n->trait + 1];
             i++) {
            const struct us_log_trait *r = &log->traits[s->traits[i]];
            if (newer(r, best, t)) best = r;
        }
        return best ? best->value : us_missing();
    }
    if (user >= log->person_count) return us_missing(); /* never here */
    for (size_t i = 0; i < log->trait_count; i++) {
        const struct us_log_trait *r = &log->traits[i];
        bool theirs = r->user == log->people[user].id && r->key == n->trait;
        if (theirs && newer(r, best, t)) best = r;
    }
    return best ? best->value : us_missing();
}

/* Since when the first event is seen for good; US_NEVER: at times or not at all. */
static int64_t begun_known(struct us_past *s)
{
    const struct us_runs *r = s->runs;
    if (s->begun_turn == s->turn) return s->begun_known;
    s->begun_turn = s->turn;
    s->begun_known = US_NEVER;
    for (size_t i = 0; i < r->row_count; i++) {
        bool first = r->at[i] == r->first_at && (!r->to || r->to[i] == US_NEVER);
        if (first && r->known[i] < s->begun_known) s->begun_known = r->known[i];
    }
    return s->begun_known;
}

int64_t us_past_begun(struct us_past *s, uint32_t user, int64_t t)
{
    const struct us_runs *r = s->runs;
    if (user == US_NOBODY) {
        if (s->prompt) return r->first_at <= t ? r->first_at : US_NEVER;
        if (begun_known(s) <= t) return r->first_at;
    }
    int64_t first = US_NEVER;
    for (size_t i = 0; i < r->row_count; i++) {
        bool theirs = user == US_NOBODY || us_runs_user(r, (uint32_t)i, t) == user;
        bool seen = theirs && r->known[i] <= t && (!r->to || t < r->to[i]);
        if (seen && r->at[i] < first) first = r->at[i];
    }
    return first;
}

static us_value age(struct us_past *s, uint32_t user, int64_t t)
{
    int64_t first = us_past_begun(s, user, t);
    if (first == US_NEVER) return us_missing();
    return us_number((double)(us_day(t) - us_day(first)));
}

void us_past_give(struct us_past *s, const struct us_given *list, size_t count)
{
    if (!s->given && count)
        s->given = us_new(s->arena, const struct us_given *, s->plan->node_count);
    for (size_t i = 0; i < s->given_count; i++)
        s->given[s->list[i].node] = NULL;
    for (size_t i = 0; i < count; i++)
        s->given[list[i].node] = &list[i];
    s->list = list;
    s->given_count = count;
}

static us_value given(const struct us_given *g, int64_t t)
{
    size_t i = us_first_at(g->from, g->count, t + 1);
    return i ? g->values[i - 1] : us_missing();
}

static us_value value(struct us_past *s, uint32_t node, uint32_t user, int64_t t);

/* Of the account the last one asked for is kept: several conditions have it. */
static us_value call_kept(struct us_past *s, uint32_t node, uint32_t user, int64_t t)
{
    struct us_kept_value *kept = &s->kept[node];
    if (user != US_NOBODY) return call(s, node, user, t);
    if (kept->turn == s->turn && kept->t == t) return kept->value;
    us_value v = call(s, node, user, t);
    *kept = (struct us_kept_value){v, t, s->turn};
    return v;
}

/* The cheaper first; the other only when it is not settled by that. */
static us_value logic(struct us_past *s, uint32_t node, uint32_t user, int64_t t)
{
    const struct us_node *n = &s->plan->nodes[node];
    bool swapped = s->quick->nodes[node].swapped;
    us_value args[2] = {value(s, us_node_arg(n, swapped), user, t)};
    if (args[0].kind == US_BOOL && args[0].truth == (n->op == US_OP_OR)) return args[0];
    args[1] = value(s, us_node_arg(n, !swapped), user, t);
    return us_node_apply(n, args);
}

static us_value compared(
    struct us_past *s, const struct us_node *n, uint32_t user, int64_t t)
{
    us_value args[2];
    args[0] = value(s, us_node_arg(n, 0), user, t);
    args[1] = value(s, us_node_arg(n, 1), user, t);
    return us_node_apply(n, args);
}

/* Apart, as the list is long and seldom needed. */
static us_value applied(
    struct us_past *s, const struct us_node *n, uint32_t user, int64_t t)
{
    us_value args[US_NODE_ARGS_MAX + 1];
    for (uint32_t i = 0; i < n->arg_count; i++)
        args[i] = value(s, us_node_arg(n, i), user, t);
    return us_node_apply(n, args);
}

static us_value value(struct us_past *s, uint32_t node, uint32_t user, int64_t t)
{
    const struct us_node *n = &s->plan->nodes[node];
    if (s->given_count && s->given[node]) return given(s->given[node], t);
    if (n->scope == US_PER_ACCOUNT) user = US_NOBODY;
    if (us_quick_short(s, &s->quick->nodes[node])) return us_bool(false);
    switch ((int)n->op) {
    case US_OP_CONST: return n->constant;
    case US_OP_SIGNAL: return value(s, us_node_arg(n, 0), user, t);
    case US_OP_AND:
    case US_OP_OR: return logic(s, node, user, t);
    case US_OP_CALL: return call_kept(s, node, user, t);
    case US_OP_TRAIT: return trait(s, n, user, t);
    case US_OP_MRR: return us_money_mrr(&s->runs->facts, t);
    case US_OP_ARR: return us_money_arr(&s->runs->facts, t);
    case US_OP_PAID: return us_money_paid(&s->runs->facts, n->window, t);
    case US_OP_AGE: return age(s, user, t);
    default: break;
    }
    if (n->op >= US_OP_EQ && n->op <= US_OP_GE) return compared(s, n, user, t);
    return applied(s, n, user, t);
}

us_value us_past_value(struct us_past *s, uint32_t node, uint32_t user, int64_t t)
{
    if (user == US_NOBODY) return value(s, node, user, t);
    return value(s, node, (uint32_t)us_log_person_at(&s->runs->facts, user), t);
}
