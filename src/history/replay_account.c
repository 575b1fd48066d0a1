/* replay_account.c: one account of a view.
 *
 * Most have all of their rows in one segment and everything in it is wanted: their runs
 * are arrays of the file. Else rows are put together (replay_join.c).
 */
#include "history/replay_store.h"

#include <string.h>

/* ---- straight from the file ---- */

static void cells_point(const struct us_replay_view *v, const struct replay_seen *seen,
    const uint64_t *run, const struct us_runs *r, const uint64_t **cells)
{
    for (size_t c = 0; c < r->column_count; c++) {
        const uint32_t *begin = seen->runs[c];
        for (size_t k = 0; k < r->run_count; k++) {
            uint32_t from = begin[run[k]];
            if (from) cells[k * r->column_count + c] = seen->cells[c] + from - 1;
        }
    }
    (void)v;
}

/* Runs in order of the need's names; run[k] is the number of the k-th in its segment.
 */
static size_t runs_point(const struct us_replay_view *v, const struct replay_entry *e,
    const struct replay_arrays *a, struct us_run *runs, uint64_t *run)
{
    size_t n = 0;
    for (uint32_t k = 0; k < e->runs; k++) {
        uint32_t name = v->names[a->runs[k].name];
        size_t at = n++;
        for (; at && runs[at - 1].name > name; at--) {
            runs[at] = runs[at - 1];
            run[at] = run[at - 1];
        }
        runs[at] = (struct us_run){.name = name,
            .spelled = a->runs[k].name,
            .from = a->runs[k].from,
            .to = a->runs[k + 1].from,
            .day_from = a->runs[k].day_from,
            .day_to = a->runs[k + 1].day_from};
        run[at] = e->first_run + k;
    }
    return n;
}

static void straight(const struct us_replay_view *v, const struct replay_source *source,
    const struct replay_arrays *a, struct us_arena *arena, struct us_runs *out)
{
    const struct replay_seen *seen = &v->seen[source->segment];
    const struct replay_entry *e = &seen->segment->entries[source->entry];
    struct us_run *runs = us_new(arena, struct us_run, e->runs + 1);
    uint64_t *run = us_new(arena, uint64_t, e->runs + 1);
    out->run_count = runs_point(v, e, a, runs, run);
    out->runs = runs;
    out->at = a->at;
    out->known = a->known;
    out->to = a->to;
    out->user = a->user;
    out->seq = a->seq;
    out->seq_base = seen->segment->file.head.range.from;
    out->row_count = e->rows;
    out->swaps = a->swaps;
    out->swap_count = e->swaps;
    out->days = a->days;
    out->user_days = a->user_days;
    out->user_day_count = e->user_days;
    out->late = a->late;
    out->late_count = e->late;
    out->first_at = e->first_at;
    out->last_at = e->last_at;
    out->texts = seen->texts;
    if (out->column_count) {
        const uint64_t **cells =
            us_new(arena, const uint64_t *, out->run_count * out->column_count + 1);
        cells_point(v, seen, run, out, cells);
        out->cells = cells;
    }
    struct us_log_person *people = us_new(arena, struct us_log_person, e->people + 1);
    for (uint32_t i = 0; i < e->people; i++)
        replay_person_fill(v, a->people[i], &people[i]);
    out->facts.people = people;
    out->facts.person_count = e->people;
}

/* ---- which way ---- */

static bool all_wanted(const struct us_replay_view *v, const struct replay_piece *p)
{
    const struct logs_facts *f = &v->facts;
    for (uint32_t i = 0; v->need->any == false && i < p->entry->runs; i++)
        if (v->names[p->a.runs[i].name] == US_NAME_OTHER) return false;
    for (uint32_t i = 0; v->history->rules.internal_count && i < p->entry->people; i++)
        if (f->internal[p->a.people[i]]) return false;
    return true;
}

/* Whether nobody has traits here who is in no row. */
static bool all_met(const struct us_replay_view *v, const struct replay_piece *p)
{
    const struct logs_facts *f = &v->facts;
    uint32_t account = p->entry->account;
    uint32_t at = 0;
    for (size_t i = f->member_from[account]; i < f->member_from[account + 1]; i++) {
        uint32_t person = f->members[i].person;
        if (f->user_from[person] == f->user_from[person + 1]) continue;
        while (at < p->entry->people && p->a.people[at] < person)
            at++;
        if (at == p->entry->people || p->a.people[at] != person) return false;
    }
    return true;
}

/* ---- while somebody is a member ---- */

static bool some_traits(const struct logs_facts *f, uint32_t account)
{
    for (size_t i = f->member_from[account]; i < f->member_from[account + 1]; i++)
        if (f->user_from[f->members[i].person] < f->user_from[f->members[i].person + 1])
            return true;
    return false;
}

/* Of those of one account by its rows. */
struct members {
    const struct us_replay_view *v;
    struct us_arena *a;
    struct logs_member *list;
    size_t count, cap;
    int64_t *first; /* of the part's people, who stay from then on */
};

/* A stretch of a row. */
static void member_row(struct members *m, const struct replay_piece *p, uint32_t user,
    int64_t from, int64_t to)
{
    if (user == US_NOBODY || from >= to) return;
    int64_t end = to == US_NEVER ? to : logs_member_to(&m->v->facts, to);
    if (end == US_NEVER) {
        if (from < m->first[user]) m->first[user] = from;
        return;
    }
    *us_push(m->a, m->list, m->count, m->cap) =
        (struct logs_member){p->entry->account, p->a.people[user], from, end};
}

static void members_part(struct members *m, const struct replay_piece *p)
{
    size_t swap = 0;
    m->first = us_new(m->a, int64_t, p->entry->people + 1);
    for (uint32_t i = 0; i < p->entry->people; i++)
        m->first[i] = US_NEVER;
    for (uint32_t row = 0; row < p->entry->rows; row++) {
        int64_t from = p->a.known[row];
        for (; swap < p->entry->swaps && p->a.swaps[swap].row == row; swap++) {
            member_row(m, p, p->a.swaps[swap].user, from, p->a.swaps[swap].until);
            from = p->a.swaps[swap].until;
        }
        member_row(m, p, p->a.user[row], from, p->a.to ? p->a.to[row] : US_NEVER);
    }
    for (uint32_t i = 0; i < p->entry->people; i++)
        if (m->first[i] != US_NEVER)
            *us_push(m->a, m->list, m->count, m->cap) = (struct logs_member){
                p->entry->account, p->a.people[i], m->first[i], US_NEVER};
}

void us_replay_account(
    const struct us_replay_view *v, size_t i, struct us_arena *a, struct us_runs *out)
{
    uint32_t account = v->accounts[i];
    *out = (struct us_runs){.column_count = v->need->column_count,
        .first_at = US_NEVER,
        .last_at = US_ALWAYS};
    out->facts.account = account;
    out->facts.key = core_account_key(v->history, account);
    out->facts.column_count = v->need->column_count;
    size_t count = v->source_to[i] - v->source_from[i];
    struct replay_piece *parts = us_new(a, struct replay_piece, count + 1);
    for (size_t p = 0; p < count; p++) {
        const struct replay_source *source = &v->sources[v->source_from[i] + p];
        struct replay_piece *part = &parts[p];
        part->seen = &v->seen[source->segment];
        part->entry = &part->seen->segment->entries[source->entry];
        replay_arrays_of(part->seen->segment->data, part->entry, &part->a);
    }
    struct members members = {.v = v, .a = a};
    bool asked = some_traits(&v->facts, account);
    for (size_t p = 0; p < count && asked; p++)
        members_part(&members, &parts[p]);
    logs_facts_take(&v->facts, account, members.list, members.count, a, &out->facts);
    if (count == 1 && all_wanted(v, &parts[0]) && all_met(v, &parts[0])) {
        straight(v, &v->sources[v->source_from[i]], &parts[0].a, a, out);
        us_runs_known(out);
        return;
    }
    replay_join(v, parts, count, a, out);
    us_runs_known(out);
}
