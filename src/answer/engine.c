#include "answer/engine_inner.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* Up to so many accounts that are named have a view of their own, one after another;
 * past that the view is of all. */
enum { ONE_BY_ONE_MAX = 16 };

static const size_t WORK_BYTES_MAX = (size_t)8 << 30;

struct us_view {
    const struct us_ask *ask;
    const struct us_runs *runs;
    struct us_replay *replay;
    int64_t until;
    struct us_arena *scratch; /* of the account at hand */
};

/* A walk over accounts. */
struct scan {
    const struct us_ask *ask;
    us_str *wanted; /* sorted, each once; none: all */
    bool *found;
    size_t wanted_count;
    int64_t until, done;
    struct us_arena memory, work,
        scratch; /* of the scan, of the account, of what is told of it */
    struct us_replay *replay;
    us_look_take *take;
    void *ctx;
    const struct us_engine_job *job; /* instead of take */
};

void us_timing_lap(struct us_timing *t, us_lap lap)
{
    if (!t || !t->clock) return;
    int64_t now = t->clock();
    t->spent[lap] += now - t->last;
    t->last = now;
}

/* ---- accounts ---- */

static int text_order(const void *a, const void *b)
{
    const us_str *left = a;
    const us_str *right = b;
    return us_str_cmp(*left, *right);
}

static void wanted_make(struct scan *s, struct us_whom whom)
{
    if (whom.count == 0) return;
    s->wanted = us_new(&s->memory, us_str, whom.count);
    s->found = us_new(&s->memory, bool, whom.count);
    memcpy(s->wanted, whom.accounts, whom.count * sizeof *s->wanted);
    qsort(s->wanted, whom.count, sizeof *s->wanted, text_order);
    for (size_t i = 0; i < whom.count; i++)
        if (i == 0 || !us_str_eq(s->wanted[s->wanted_count - 1], s->wanted[i]))
            s->wanted[s->wanted_count++] = s->wanted[i];
}

/* The account with the nearest key, for "did you mean". */
struct nearest {
    us_str wanted, best;
    size_t distance;
    bool same;
    struct us_arena *a;
};

static us_code near_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct nearest *n = ctx;
    if (us_str_eq(n->wanted, cells[0].text)) n->same = true;
    size_t d = us_str_distance(n->wanted, cells[0].text);
    bool close = d != SIZE_MAX && d <= n->wanted.len / 3 + 1;
    if (!close || (n->best.len && d >= n->distance)) return US_OK;
    n->best = us_arena_str(n->a, cells[0].text);
    n->distance = d;
    return US_OK;
}

us_code us_engine_no_account(
    const struct us_ask *ask, us_str account, struct us_error *e)
{
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 30);
    struct nearest n = {.wanted = account, .a = &a};
    us_code code =
        us_history_sql(ask->history, US_S("SELECT key FROM accounts"), near_row, &n, e);
    bool near = n.best.len && !n.same;
    if (code == US_OK)
        code = us_fail(e, US_NOT_FOUND,
            near ? "answer.no_account_near" : "answer.no_account",
            US_ARGS(US_TEXT("account", account), US_TEXT("nearest", n.best)));
    us_arena_done(&a);
    return code;
}

static us_code all_found(const struct scan *s, struct us_error *e)
{
    for (size_t i = 0; i < s->wanted_count; i++)
        if (!s->found[i]) return us_engine_no_account(s->ask, s->wanted[i], e);
    return US_OK;
}

static us_code goes_on(const struct us_ask *ask, struct us_error *e)
{
    if (ask->stop && *ask->stop) return us_fail(e, US_REFUSED, "answer.stopped", NULL);
    return US_OK;
}

static us_code progress(const struct scan *s, struct us_error *e)
{
    const struct us_ask *ask = s->ask;
    if (ask->progress)
        ask->progress(
            ask->progress_ctx, "answer.replaying", s->done, (int64_t)s->wanted_count);
    return goes_on(ask, e);
}

/* ---- the walk ---- */

/* One account, taken by the replay. */
static us_code account(struct scan *s, const struct us_runs *runs, struct us_error *e)
{
    struct us_timing *timing = s->ask->timing;
    us_timing_lap(timing, US_LAP_READING);
    if (timing) timing->accounts++;
    if (timing) timing->events += (int64_t)runs->row_count;
    us_arena_reset(&s->scratch);
    us_code code = US_OK;
    if (s->job) {
        struct us_hand hand = {s->replay, runs, &s->scratch, &s->work};
        void *result = s->job->work(s->job->ctx, &hand, 0);
        us_timing_lap(timing, US_LAP_REPLAY);
        if (result) code = s->job->tell(s->job->ctx, 0, result, e);
        return code;
    }
    struct us_view view = {s->ask, runs, s->replay, s->until, &s->scratch};
    code = s->take(s->ctx, &view, e);
    us_timing_lap(timing, US_LAP_REPLAY);
    return code;
}

/* ---- from the replay store ---- */

struct store {
    struct us_replay_store *store;
    struct us_replay_view *view;
};

static us_code store_open(const struct us_ask *ask, struct store *t, struct us_error *e)
{
    us_str dir = us_history_dir(ask->history);
    *t = (struct store){0};
    return us_replay_open(
        dir, ask->history, ask->progress, ask->progress_ctx, &t->store, e);
}

static us_code view_open(const struct us_ask *ask, struct store *t, struct us_error *e)
{
    return us_replay_view(t->store, &ask->rules->plan->need, ask->progress,
        ask->progress_ctx, &t->view, e);
}

static void store_close(struct store *t)
{
    us_replay_view_close(t->view);
    us_replay_close(t->store);
}

/* All accounts, by as many threads as there are. */
static us_code all_of(struct scan *s, const struct store *t, struct us_error *e)
{
    const struct us_ask *ask = s->ask;
    us_timing_lap(ask->timing, US_LAP_READING);
    for (size_t i = 0; ask->timing && i < us_replay_count(t->view); i++) {
        ask->timing->accounts++;
        ask->timing->events += (int64_t)us_replay_rows(t->view, i);
    }
    struct us_crew_asked crew = {.view = t->view,
        .rules = ask->rules,
        .until = s->until,
        .hands = ask->threads,
        .work = s->job->work,
        .tell = s->job->tell,
        .ctx = s->job->ctx,
        .progress = ask->progress,
        .progress_ctx = ask->progress_ctx,
        .stop = ask->stop};
    us_code code = us_crew_run(&crew, e);
    us_timing_lap(ask->timing, US_LAP_REPLAY);
    return code;
}

static us_code many_of(struct scan *s, const struct store *t, struct us_error *e)
{
    for (; (size_t)s->done < s->wanted_count; s->done++) {
        struct us_crew_account of = {.view = t->view, .until = s->until};
        struct us_runs runs;
        US_TRY(progress(s, e));
        if (us_replay_find(t->view, s->wanted[s->done], &of.i) != US_OK) continue;
        us_arena_reset(&s->work);
        if (!us_crew_take(&of, s->replay, &s->work, &runs)) continue;
        s->found[s->done] = true;
        US_TRY(account(s, &runs, e));
    }
    return all_found(s, e);
}

/* One view after another: each is only of its account, as of the moment. */
static us_code one_of(struct scan *s, const struct store *t, struct us_error *e)
{
    struct us_replay_one one = {.key = s->wanted[s->done], .until = s->until};
    struct us_crew_account of = {.until = s->until};
    struct us_replay_view *v;
    US_TRY(us_replay_view_one(t->store, &s->ask->rules->plan->need, &one, &v, e));
    us_code code = US_OK;
    if (us_replay_count(v)) {
        struct us_runs runs;
        s->found[s->done] = true;
        of.view = v;
        us_arena_reset(&s->work);
        us_crew_take(&of, s->replay, &s->work, &runs);
        code = account(s, &runs, e);
    }
    us_replay_view_close(v);
    return code;
}

static us_code few_of(struct scan *s, const struct store *t, struct us_error *e)
{
    for (; (size_t)s->done < s->wanted_count; s->done++) {
        US_TRY(progress(s, e));
        US_TRY(one_of(s, t, e));
    }
    return all_found(s, e);
}

static us_code walk_in(struct scan *s, struct store *t, struct us_error *e)
{
    US_TRY(goes_on(s->ask, e));
    if (s->wanted_count && s->wanted_count <= ONE_BY_ONE_MAX) return few_of(s, t, e);
    US_TRY(view_open(s->ask, t, e));
    return s->wanted_count ? many_of(s, t, e) : all_of(s, t, e);
}

static us_code walk(struct scan *s, struct us_error *e)
{
    struct store t;
    us_code code = store_open(s->ask, &t, e);
    if (code == US_OK) code = walk_in(s, &t, e);
    store_close(&t);
    us_timing_lap(s->ask->timing, US_LAP_READING);
    return code;
}

static us_code scan(struct scan *s, struct us_whom whom, struct us_error *e)
{
    us_arena_init(&s->memory, WORK_BYTES_MAX);
    us_arena_init(&s->work, WORK_BYTES_MAX);
    us_arena_init(&s->scratch, WORK_BYTES_MAX);
    wanted_make(s, whom);
    s->replay = us_replay_new(s->ask->rules, &s->memory);
    us_code code = walk(s, e);
    us_replay_done(s->replay);
    us_arena_done(&s->scratch);
    us_arena_done(&s->work);
    us_arena_done(&s->memory);
    return code;
}

us_code us_engine_look(const struct us_ask *ask, const struct us_look_asked *asked,
    us_look_take *take, void *ctx, struct us_error *e)
{
    us_assert(asked->whom.count);
    struct scan s = {.ask = ask, .until = asked->until, .take = take, .ctx = ctx};
    return scan(&s, asked->whom, e);
}

us_code us_engine_work(const struct us_ask *ask, const struct us_look_asked *asked,
    const struct us_engine_job *job, struct us_error *e)
{
    struct scan s = {.ask = ask, .until = asked->until, .job = job};
    return scan(&s, asked->whom, e);
}

static us_code log_of_one(const struct us_ask *ask, const struct us_replay_view *v,
    us_history_take *take, void *ctx, struct us_error *e)
{
    struct us_arena a;
    struct us_runs runs;
    struct us_log log;
    us_arena_init(&a, WORK_BYTES_MAX);
    us_replay_account(v, 0, &a, &runs);
    us_log_of_runs(&runs, &ask->rules->plan->need, ask->at, &a, &log);
    us_code code = take(ctx, &log, e);
    us_arena_done(&a);
    return code;
}

us_code us_engine_log(const struct us_ask *ask, us_str account, us_history_take *take,
    void *ctx, struct us_error *e)
{
    struct store t;
    struct us_replay_one one = {account, ask->at};
    us_code code = store_open(ask, &t, e);
    if (code == US_OK)
        code = us_replay_view_one(t.store, &ask->rules->plan->need, &one, &t.view, e);
    if (code == US_OK)
        code = us_replay_count(t.view) ? log_of_one(ask, t.view, take, ctx, e)
                                       : us_engine_no_account(ask, account, e);
    store_close(&t);
    return code;
}

/* ---- one account ---- */

us_str us_view_account(const struct us_view *v)
{
    return v->runs->facts.key;
}

size_t us_view_people(const struct us_view *v, const struct us_log_person **out)
{
    *out = v->runs->facts.people;
    return v->runs->facts.person_count;
}

bool us_view_knows(const struct us_view *v, uint32_t user, int64_t t)
{
    struct us_runs_people people;
    const struct us_log *facts = &v->runs->facts;
    uint32_t i = 0;
    while (i < facts->person_count && facts->people[i].id != user)
        i++;
    if (i == facts->person_count) return false;
    us_runs_by_person(v->runs, v->scratch, &people);
    return us_runs_person_from(v->runs, &people, i) <= t;
}

int64_t us_view_start(const struct us_view *v)
{
    return us_past_start(us_replay_past(v->replay));
}

us_value us_view_value(const struct us_view *v, uint32_t node, uint32_t user, int64_t t)
{
    return us_past_value(us_replay_past(v->replay), node, user, t);
}

static us_value view_value(void *ctx, uint32_t node, uint32_t user, int64_t t)
{
    return us_view_value(ctx, node, user, t);
}

void us_view_judge(const struct us_view *v, const struct us_view_asked *asked,
    struct us_arena *a, struct us_verdict *out)
{
    const struct us_rules *r = v->ask->rules;
    struct us_view own = *v;
    struct us_judging of = {
        r, &r->definitions[asked->definition], asked->user, asked->t, view_value, &own};
    us_judge_by(&of, a, out);
}

struct us_standing us_view_standing(
    const struct us_view *v, const struct us_view_asked *asked)
{
    const struct us_definition *def = &v->ask->rules->definitions[asked->definition];
    us_replay_take(v->replay, v->runs, asked->t);
    struct us_machine m = us_replay_machine(v->replay, asked->definition, asked->user);
    us_replay_take(v->replay, v->runs, v->until);
    return us_standing_of(def, asked->definition, asked->user, &m);
}

size_t us_view_changes(const struct us_view *v, uint32_t definition, struct us_arena *a,
    struct us_view_change **out)
{
    struct us_replay_answer all = us_replay_ask(v->replay, definition, false);
    *out = us_new(a, struct us_view_change, all.count + 1);
    for (size_t i = 0; i < all.count; i++)
        (*out)[i] = (struct us_view_change){all.items[i].user, all.items[i].change};
    return all.count;
}
