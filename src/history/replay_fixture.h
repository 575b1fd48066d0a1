/* replay_fixture.h: a view printed as fixture_logs prints logs, so that the two can be
 * held against each other; and what runs.h promises of its arrays, checked.
 */
#pragma once

#include "history/history_fixture.h"
#include "history/replay.h"

/* One stretch of a row. */
struct runs_part {
    uint32_t row, user;
    int64_t from, to;
};

static inline void runs_part_print(
    struct printed *p, const struct us_runs *r, size_t run, struct runs_part part)
{
    uint32_t i = part.row;
    struct us_buf row = us_buf_new(p->a, 1 << 16);
    uint32_t name = r->runs[run].name;
    us_buf_fmt(&row, "event %lld %.*s", (long long)r->at[i],
        US_ARG(name == US_NAME_OTHER ? US_S("*") : p->need->names[name]));
    uint32_t user = part.user;
    if (user == US_NOBODY) {
        us_buf_put(&row, US_S(" nobody"));
    } else if (user >= r->facts.person_count) {
        us_buf_put(&row, US_S(" LOST"));
    } else {
        const struct us_log_person *who = &r->facts.people[user];
        us_buf_fmt(&row, " %c:%.*s", who->identified ? 'u' : 'a', US_ARG(who->key));
    }
    fixture_moment(&row, part.from);
    fixture_moment(&row, part.to);
    for (uint32_t c = 0; c < r->column_count; c++)
        fixture_value(&row, us_runs_value(r, run, i, p->need, c));
    fixture_row(p, &row);
}

/* Every stretch of a row, as logs have them. */
static inline void runs_row(
    struct printed *p, const struct us_runs *r, size_t run, uint32_t i)
{
    struct runs_part part = {.row = i, .from = r->known[i]};
    for (size_t k = 0; k < r->swap_count; k++) {
        if (r->swaps[k].row != i) continue;
        part.user = r->swaps[k].user;
        part.to = r->swaps[k].until;
        runs_part_print(p, r, run, part);
        part.from = part.to;
    }
    part.user = r->user[i];
    part.to = r->to ? r->to[i] : US_NEVER;
    runs_part_print(p, r, run, part);
}

/* ---- what runs.h promises ---- */

static inline bool runs_stays(const struct us_runs *r, uint32_t i)
{
    return !r->to || r->to[i] == US_NEVER;
}

static inline bool runs_run_holds(const struct us_runs *r, const struct us_run *run)
{
    uint32_t next = run->from;
    int64_t last = INT64_MIN;
    for (uint32_t d = run->day_from; d < run->day_to; d++) {
        const struct us_run_day *day = &r->days[d];
        while (next < run->to && !runs_stays(r, next))
            next++;
        if (day->from != next || !day->count || day->day <= last) return false;
        last = day->day;
        for (uint32_t i = 0; i < day->count; next++) {
            if (next == run->to) return false;
            if (!runs_stays(r, next)) continue;
            if (us_day(r->at[next]) != day->day) return false;
            i++;
        }
    }
    while (next < run->to && !runs_stays(r, next))
        next++;
    for (uint32_t i = run->from; i + 1 < run->to; i++)
        if (r->at[i] > r->at[i + 1]) return false;
    return next == run->to && run->to > run->from;
}

static inline int fixture_user_day(const void *a, const void *b)
{
    const struct us_user_day *x = a;
    const struct us_user_day *y = b;
    if (x->day != y->day) return x->day < y->day ? -1 : 1;
    return (x->user > y->user) - (x->user < y->user);
}

static inline bool runs_user_days_hold(struct us_arena *a, const struct us_runs *r)
{
    struct us_user_day *want = us_new(a, struct us_user_day, r->row_count + 1);
    size_t n = 0;
    for (uint32_t i = 0; i < r->row_count; i++)
        if (runs_stays(r, i))
            want[n++] = (struct us_user_day){(int32_t)us_day(r->at[i]), r->user[i], 1};
    if (n) qsort(want, n, sizeof *want, fixture_user_day);
    size_t k = 0;
    for (size_t i = 0; i < n; k++) {
        struct us_user_day one = want[i];
        one.count = 0;
        for (; i < n && fixture_user_day(&want[i], &one) == 0; i++)
            one.count++;
        if (k >= r->user_day_count || fixture_user_day(&r->user_days[k], &one) != 0 ||
            r->user_days[k].count != one.count)
            return false;
    }
    return k == r->user_day_count;
}

/* Why not, or NULL. */
static inline const char *runs_broken(
    struct us_arena *a, const struct us_runs *r, bool any)
{
    bool *seen = us_new(a, bool, r->row_count + 1);
    size_t rows = 0;
    int64_t first = US_NEVER;
    int64_t last = US_ALWAYS;
    size_t late = 0;
    for (size_t k = 0; k < r->run_count; k++) {
        const struct us_run *run = &r->runs[k];
        if (k && run->name < run[-1].name) return "runs are not by name";
        if (run->to > r->row_count) return "rows past the last";
        if (!runs_run_holds(r, run)) return "rows or days of a run";
        for (uint32_t i = run->from; i < run->to; i++) {
            if (seen[i]) return "a row in two runs";
            seen[i] = true;
            rows++;
        }
    }
    if (rows != r->row_count) return "rows that are in no run";
    for (uint32_t i = 0; i < r->row_count; i++) {
        if (r->at[i] < first) first = r->at[i];
        if (r->at[i] > last) last = r->at[i];
        if (r->known[i] < r->at[i]) return "known before it happened";
        if (us_day(r->known[i]) == us_day(r->at[i]) && runs_stays(r, i)) continue;
        if (late >= r->late_count || r->late[late++] != i) return "late rows";
    }
    if (late != r->late_count) return "too many late rows";
    if (first != r->first_at || last != r->last_at) return "first or last";
    for (size_t i = 0; i + 1 < r->facts.person_count; i++)
        if (r->facts.people[i].id >= r->facts.people[i + 1].id) return "people";
    return !any || runs_user_days_hold(a, r) ? NULL : "days of users";
}

static inline void runs_print(struct printed *p, const struct us_runs *r)
{
    p->rows = NULL;
    p->row_count = p->row_cap = 0;
    const char *broken = runs_broken(p->a, r, p->need->any);
    if (broken) us_buf_fmt(&p->out, "BROKEN %s\n", broken);
    for (size_t k = 0; k < r->run_count; k++)
        for (uint32_t i = r->runs[k].from; i < r->runs[k].to; i++)
            runs_row(p, r, k, i);
    /* The facts as they are printed there, their header apart. */
    struct printed facts = {
        .a = p->a, .out = us_buf_new(p->a, 1 << 24), .need = p->need};
    us_assert(fixture_take(&facts, &r->facts, NULL) == US_OK);
    us_str rest;
    us_str head = us_str_cut(us_buf_str(&facts.out), '\n', &rest);
    while (rest.len) {
        us_str row = us_str_cut(rest, '\n', &rest);
        *us_push(p->a, p->rows, p->row_count, p->row_cap) = row;
    }
    if (p->row_count) qsort(p->rows, p->row_count, sizeof *p->rows, fixture_order);
    us_buf_put(&p->out, head);
    us_buf_char(&p->out, '\n');
    for (size_t i = 0; i < p->row_count; i++) {
        us_buf_put(&p->out, p->rows[i]);
        us_buf_char(&p->out, '\n');
    }
}

/* Whether a log made of the runs is as they are, from what p has of them on. */
static inline bool runs_log_holds(
    struct printed *p, size_t from, const struct us_runs *r, struct us_arena *work)
{
    struct us_log log;
    us_log_of_runs(r, p->need, US_NEVER, work, &log);
    us_str runs = us_str_slice(us_buf_str(&p->out), from, p->out.len);
    size_t end = p->out.len;
    us_assert(fixture_take(p, &log, NULL) == US_OK);
    us_str logs = us_str_slice(us_buf_str(&p->out), end, p->out.len);
    p->out.len = end;
    for (size_t i = 1; i < log.event_count; i++)
        if (log.events[i - 1].at > log.events[i].at) return false;
    return us_str_eq(runs, logs);
}

/* All accounts of a view as text; "FAILED …" when it cannot be had. */
static inline us_str fixture_view(
    struct us_arena *a, struct us_replay_store *s, const struct us_need *need)
{
    struct printed p = {.a = a, .out = us_buf_new(a, (size_t)256 << 20), .need = need};
    struct us_error e = {0};
    struct us_replay_view *v;
    us_code code = us_replay_view(s, need, NULL, NULL, &v, &e);
    if (code != US_OK) {
        fixture_say(&e);
        us_buf_fmt(&p.out, "FAILED %s\n", us_code_name(code));
        return us_buf_str(&p.out);
    }
    struct us_arena work;
    us_arena_init(&work, (size_t)1 << 30);
    for (size_t i = 0; i < us_replay_count(v); i++) {
        struct us_runs r;
        size_t found = SIZE_MAX;
        us_arena_reset(&work);
        us_replay_account(v, i, &work, &r);
        size_t from = p.out.len;
        runs_print(&p, &r);
        if (!runs_log_holds(&p, from, &r, &work))
            us_buf_put(&p.out, US_S("BROKEN log\n"));
        us_code known = us_replay_find(v, r.facts.key, &found);
        if (known != US_OK || found != i) us_buf_put(&p.out, US_S("BROKEN look-up\n"));
    }
    us_arena_done(&work);
    us_replay_view_close(v);
    return us_buf_str(&p.out);
}
