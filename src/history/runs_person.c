/* runs_person.c: what of an account is one person's. */

#include "history/runs.h"

#include <stdlib.h>
#include <string.h>

/* Where each person's begin, once counts[i + 1] says how many each has. */
static void add_up(uint32_t *counts, size_t people)
{
    for (size_t i = 0; i < people; i++)
        counts[i + 1] += counts[i];
}

/* The stretches of row i, of whoever: how many, next says where the swaps go on. */
static size_t stretches(const struct us_runs *r, uint32_t row, size_t *next,
    struct us_stretch *out, uint32_t *users)
{
    size_t count = 0;
    int64_t from = r->known[row];
    for (; *next < r->swap_count && r->swaps[*next].row == row; ++*next) {
        const struct us_swap *s = &r->swaps[*next];
        users[count] = s->user;
        out[count++] = (struct us_stretch){row, from, s->until};
        from = s->until;
    }
    users[count] = r->user[row];
    out[count++] = (struct us_stretch){row, from, r->to ? r->to[row] : US_NEVER};
    return count;
}

static void rows_by_person(
    const struct us_runs *r, struct us_arena *a, struct us_runs_people *out)
{
    size_t people = r->facts.person_count;
    size_t most = r->row_count + r->swap_count;
    uint32_t *from = us_new(a, uint32_t, people + 2);
    struct us_stretch *all = us_new(a, struct us_stretch, most + 1);
    uint32_t *users = us_new(a, uint32_t, most + 1);
    size_t count = 0;
    size_t swap = 0;
    for (uint32_t i = 0; i < r->row_count; i++)
        count += stretches(r, i, &swap, &all[count], &users[count]);
    for (size_t i = 0; i < count; i++)
        if (users[i] != US_NOBODY) from[users[i] + 1]++;
    add_up(from, people);
    uint32_t *next = us_new(a, uint32_t, people + 1);
    memcpy(next, from, people * sizeof *next);
    struct us_stretch *rows = us_new(a, struct us_stretch, most + 1);
    for (size_t i = 0; i < count; i++)
        if (users[i] != US_NOBODY) rows[next[users[i]]++] = all[i];
    out->row_from = from;
    out->rows = rows;
}

void us_runs_by_person(
    const struct us_runs *r, struct us_arena *a, struct us_runs_people *out)
{
    *out = (struct us_runs_people){0};
    rows_by_person(r, a, out);
    const struct us_log *facts = &r->facts;
    size_t people = facts->person_count;
    uint32_t *from = us_new(a, uint32_t, people + 2);
    uint32_t *traits = us_new(a, uint32_t, facts->trait_count + 1);
    uint32_t *whose = us_new(a, uint32_t, facts->trait_count + 1);
    uint32_t *account = us_new(a, uint32_t, facts->trait_count + 1);
    for (size_t i = 0; i < facts->trait_count; i++) {
        uint32_t id = facts->traits[i].user;
        size_t at = id == US_NOBODY ? facts->person_count : us_log_person_at(facts, id);
        whose[i] = at < facts->person_count ? (uint32_t)at : US_NOBODY;
        if (whose[i] != US_NOBODY) from[whose[i] + 1]++;
        if (id == US_NOBODY) account[out->account_trait_count++] = (uint32_t)i;
    }
    add_up(from, people);
    uint32_t *next = us_new(a, uint32_t, people + 1);
    memcpy(next, from, people * sizeof *next);
    for (uint32_t i = 0; i < facts->trait_count; i++)
        if (whose[i] != US_NOBODY) traits[next[whose[i]]++] = i;
    out->trait_from = from;
    out->traits = traits;
    out->account_traits = account;
}

struct making {
    const struct us_runs *of;
    const struct us_stretch *rows; /* of the person */
    size_t count;
    struct us_arena *a;
    struct us_runs *out;
};

static void rows_put(struct making *m)
{
    const struct us_runs *of = m->of;
    struct us_runs *r = m->out;
    int64_t *at = us_new(m->a, int64_t, m->count + 1);
    int64_t *known = us_new(m->a, int64_t, m->count + 1);
    int64_t *to = us_new(m->a, int64_t, m->count + 1);
    uint32_t *late = us_new(m->a, uint32_t, m->count + 1);
    bool stay = true;
    bool prompt = true;
    for (uint32_t i = 0; i < m->count; i++) {
        at[i] = of->at[m->rows[i].row];
        known[i] = m->rows[i].from;
        to[i] = m->rows[i].to;
        stay = stay && to[i] == US_NEVER;
        prompt = prompt && known[i] == at[i];
        bool late_row = to[i] != US_NEVER || us_day(known[i]) > us_day(at[i]);
        if (late_row) late[r->late_count++] = i;
        if (at[i] < r->first_at) r->first_at = at[i];
        if (at[i] > r->last_at) r->last_at = at[i];
    }
    r->at = at;
    r->known = prompt ? at : known;
    r->to = stay ? NULL : to;
    r->user = us_new(m->a, uint32_t, m->count + 1); /* all 0 */
    r->late = late;
    r->row_count = m->count;
}

/* The cells of some of a run's rows. */
static const uint64_t *cells_of(const struct making *m, const uint64_t *cells,
    uint32_t base, uint32_t from, uint32_t to)
{
    if (!cells) return NULL;
    uint64_t *made = us_new(m->a, uint64_t, to - from);
    for (uint32_t i = from; i < to; i++)
        made[i - from] = cells[m->rows[i].row - base];
    return made;
}

static bool in_run(const struct us_run *run, uint32_t row)
{
    return row >= run->from && row < run->to;
}

/* The person's rows, run by run: runs are in order of name, which need not be that of
 * their rows. */
static void rows_order(struct making *m, const struct us_stretch *rows, size_t count)
{
    const struct us_runs *of = m->of;
    struct us_stretch *ordered = us_new(m->a, struct us_stretch, count + 1);
    for (size_t k = 0; k < of->run_count; k++) {
        size_t from = 0;
        size_t to = count;
        while (from < to) {
            size_t mid = from + (to - from) / 2;
            if (rows[mid].row < of->runs[k].from)
                from = mid + 1;
            else
                to = mid;
        }
        for (; from < count && in_run(&of->runs[k], rows[from].row); from++)
            ordered[m->count++] = rows[from];
    }
    m->rows = ordered;
}

/* Rows of one run of the account are one of the person. */
static void runs_put(struct making *m)
{
    const struct us_runs *of = m->of;
    struct us_runs *r = m->out;
    size_t columns = of->column_count;
    size_t most = of->run_count < m->count ? of->run_count : m->count;
    struct us_run *runs = us_new(m->a, struct us_run, most + 1);
    struct us_run_day *days = us_new(m->a, struct us_run_day, m->count + 1);
    const uint64_t **cells = us_new(m->a, const uint64_t *, most *columns + 1);
    uint32_t day_count = 0;
    uint32_t i = 0;
    for (size_t k = 0; k < of->run_count && i < m->count; k++) {
        uint32_t from = i;
        uint32_t day_from = day_count;
        for (; i < m->count && in_run(&of->runs[k], m->rows[i].row); i++) {
            if (m->rows[i].to != US_NEVER) continue;
            int32_t day = (int32_t)us_day(r->at[i]);
            if (day_count == day_from || days[day_count - 1].day != day)
                days[day_count++] = (struct us_run_day){day, i, 0};
            days[day_count - 1].count++;
        }
        if (i == from) continue;
        for (size_t c = 0; c < columns; c++)
            cells[r->run_count * columns + c] =
                cells_of(m, of->cells[k * columns + c], of->runs[k].from, from, i);
        runs[r->run_count++] = (struct us_run){.name = of->runs[k].name,
            .from = from,
            .to = i,
            .day_from = day_from,
            .day_to = day_count};
    }
    r->runs = runs;
    r->days = days;
    r->cells = cells;
}

static int day_order(const void *a, const void *b)
{
    int32_t x = ((const struct us_user_day *)a)->day;
    int32_t y = ((const struct us_user_day *)b)->day;
    return (x > y) - (x < y);
}

static void user_days_put(struct making *m)
{
    struct us_runs *r = m->out;
    struct us_user_day *list = us_new(m->a, struct us_user_day, m->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < m->count; i++)
        if (m->rows[i].to == US_NEVER)
            list[count++] = (struct us_user_day){(int32_t)us_day(r->at[i]), 0, 1};
    if (count) qsort(list, count, sizeof *list, day_order);
    for (size_t i = 0; i < count; i++) {
        size_t n = r->user_day_count;
        if (n && list[n - 1].day == list[i].day)
            list[n - 1].count++;
        else
            list[r->user_day_count++] = list[i];
    }
    r->user_days = list;
}

/* The account's and theirs, in the order they were in. */
static void facts_put(struct making *m, const struct us_runs_person *of)
{
    const struct us_runs_people *p = of->people;
    const struct us_log *from = &m->of->facts;
    struct us_log *facts = &m->out->facts;
    const uint32_t *own = &p->traits[p->trait_from[of->person]];
    const uint32_t *own_end = &p->traits[p->trait_from[of->person + 1]];
    const uint32_t *all = p->account_traits;
    const uint32_t *all_end = all + (of->account_traits ? p->account_trait_count : 0);
    size_t count = (size_t)(own_end - own) + (size_t)(all_end - all);
    facts->traits = us_new(m->a, struct us_log_trait, count + 1);
    facts->trait_count = count;
    for (size_t i = 0; i < count; i++) {
        bool theirs = all == all_end || (own < own_end && *own < *all);
        facts->traits[i] = from->traits[theirs ? *own++ : *all++];
    }
    facts->people = &from->people[of->person];
    facts->person_count = 1;
}

void us_runs_of_person(const struct us_runs *r, const struct us_runs_person *of,
    struct us_arena *a, struct us_runs *out)
{
    const struct us_runs_people *p = of->people;
    uint32_t from = p->row_from[of->person];
    struct making m = {.of = r, .a = a, .out = out};
    *out = (struct us_runs){.facts = r->facts,
        .column_count = r->column_count,
        .texts = r->texts,
        .first_at = US_NEVER,
        .last_at = US_ALWAYS};
    rows_order(&m, &p->rows[from], p->row_from[of->person + 1] - from);
    rows_put(&m);
    runs_put(&m);
    user_days_put(&m);
    facts_put(&m, of);
    us_runs_known(out);
}

int64_t us_runs_person_from(
    const struct us_runs *r, const struct us_runs_people *people, uint32_t person)
{
    int64_t from = US_NEVER;
    for (uint32_t i = people->row_from[person]; i < people->row_from[person + 1]; i++)
        if (people->rows[i].from < from) from = people->rows[i].from;
    for (uint32_t i = people->trait_from[person]; i < people->trait_from[person + 1];
         i++) {
        int64_t seen = r->facts.traits[people->traits[i]].from;
        if (seen < from) from = seen;
    }
    return from;
}
