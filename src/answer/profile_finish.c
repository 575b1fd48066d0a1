/* profile_finish.c: rows by account and day, and what follows from their order. */

#include "answer/profile_maker.h"
#include "base/time.h"

#include <stdlib.h>
#include <string.h>

/* The person a row belongs to; a chain of aliases is followed so far. */
static uint32_t settled(const struct us_profile_maker *m, uint32_t person)
{
    for (int i = 0; i < 8 && m->people[person].same != US_PROFILE_NONE; i++)
        person = m->people[person].same;
    return person;
}

/* Share of events that need their group named for a workspace to be the unit, and with
 * a work e-mail for the company to be it. */
static const double GROUPS_LEAST = 0.5;
static const double EMAILS_LEAST = 0.2;

static void people_count(struct us_profile *p)
{
    const struct us_profile_maker *m = p->maker;
    for (size_t i = 0; i < m->people_count; i++) {
        const struct us_profile_person *person = &m->people[i];
        if (person->same != US_PROFILE_NONE) continue;
        p->people++;
        p->identified += person->identified;
        p->emails += person->email;
        p->work_emails += person->domain != US_PROFILE_NONE;
    }
}

static void unit_choose(struct us_profile *p)
{
    struct us_profile_maker *m = p->maker;
    for (size_t i = 0; i < m->row_count; i++) {
        struct us_profile_row *row = &m->rows[i];
        row->user = settled(m, row->user);
        if (row->account == US_PROFILE_NONE &&
            m->people[row->user].group != US_PROFILE_NONE) {
            row->account = m->people[row->user].group;
            p->with_group++;
        }
        p->with_email += m->people[row->user].domain != US_PROFILE_NONE;
    }
    double count = (double)(p->count ? p->count : 1);
    bool groups = (double)p->with_group >= GROUPS_LEAST * count;
    bool emails = (double)p->with_email >= EMAILS_LEAST * count;
    p->unit =
        !groups && emails && p->with_email > p->with_group ? US_COMPANY : US_WORKSPACE;
    for (size_t i = 0; i < m->row_count && p->unit == US_COMPANY; i++)
        m->rows[i].account = m->people[m->rows[i].user].domain;
}

static int by_count(const void *x, const void *y, void *ctx)
{
    const struct us_profile_event *events = ctx;
    const struct us_profile_event *a = &events[*(const uint32_t *)x];
    const struct us_profile_event *b = &events[*(const uint32_t *)y];
    if (a->count != b->count) return a->count > b->count ? -1 : 1;
    return us_str_cmp(a->name, b->name);
}

/* Events in order of how common they are; rows follow. */
static void events_sort(struct us_profile *p)
{
    struct us_profile_maker *m = p->maker;
    uint32_t *order = us_new(&m->memory, uint32_t, m->event_count + 1);
    uint32_t *place = us_new(&m->memory, uint32_t, m->event_count + 1);
    p->events = us_new(&m->memory, struct us_profile_event, m->event_count + 1);
    for (uint32_t i = 0; i < m->event_count; i++)
        order[i] = i;
    if (m->event_count)
        qsort_r(order, m->event_count, sizeof *order, by_count, m->events);
    for (uint32_t i = 0; i < m->event_count; i++) {
        place[order[i]] = i;
        p->events[i] = m->events[order[i]];
        for (size_t f = 0; f < p->events[i].field_count; f++) {
            struct us_profile_field *field = &p->events[i].fields[f];
            field->of = us_profile_looked_at(p->events[i].count, field->key);
            us_profile_field_finish(field);
        }
    }
    p->event_count = m->event_count;
    for (size_t i = 0; i < m->row_count; i++)
        m->rows[i].name = place[m->rows[i].name];
}

static int by_day(const void *x, const void *y)
{
    const struct us_profile_row *a = x;
    const struct us_profile_row *b = y;
    return (a->day > b->day) - (a->day < b->day);
}

/* Rows of each account together, by day; accounts without any are dropped. */
static void rows_sort(struct us_profile *p)
{
    struct us_profile_maker *m = p->maker;
    size_t accounts = m->accounts.count;
    size_t *start = us_new(&m->sorted, size_t, accounts + 1);
    for (size_t i = 0; i < m->row_count; i++)
        if (m->rows[i].account != US_PROFILE_NONE) start[m->rows[i].account + 1]++;
    for (size_t i = 0; i < accounts; i++)
        start[i + 1] += start[i];
    p->row_count = start[accounts];
    p->with_account = (int64_t)p->row_count;
    p->rows = us_new(&m->sorted, struct us_profile_row, p->row_count + 1);
    p->accounts = us_new(&m->sorted, struct us_profile_account, accounts + 1);
    size_t *next = us_new(&m->sorted, size_t, accounts + 1);
    memcpy(next, start, (accounts + 1) * sizeof *next);
    for (size_t i = 0; i < m->row_count; i++)
        if (m->rows[i].account != US_PROFILE_NONE)
            p->rows[next[m->rows[i].account]++] = m->rows[i];
    for (uint32_t i = 0; i < accounts; i++) {
        size_t count = start[i + 1] - start[i];
        if (count == 0) continue;
        struct us_profile_row *rows = p->rows + start[i];
        qsort(rows, count, sizeof *rows, by_day);
        for (size_t k = 0; k < count; k++)
            rows[k].account = (uint32_t)p->account_count;
        p->accounts[p->account_count++] = (struct us_profile_account){
            .key = us_intern_text(&m->accounts, i),
            .row = start[i],
            .row_count = count,
            .first_day = rows[0].day,
            .last_day = rows[count - 1].day,
        };
    }
}

/* The first time an account had an event: on which day of its life. */
struct first {
    uint32_t name;
    int32_t day;
};

struct firsts {
    struct us_profile *p;
    uint32_t *seen; /* by event: the account that last had it, + 1 */
    struct first *all;
    size_t count;
};

/* Old enough to see its second month, and not already there when the log begins. */
static bool followed(const struct us_profile *p, const struct us_profile_account *a)
{
    return a->first_day + US_PROFILE_KEPT_TO <= us_day(p->last) &&
           a->first_day >= us_day(p->first) + US_PROFILE_EARLY_DAYS;
}

static void account_firsts(struct firsts *f, uint32_t account)
{
    struct us_profile *p = f->p;
    const struct us_profile_account *a = &p->accounts[account];
    size_t begin = f->count;
    bool kept = false;
    for (size_t i = a->row; i < a->row + a->row_count; i++) {
        const struct us_profile_row *row = &p->rows[i];
        int32_t day = row->day - a->first_day;
        kept |= day >= US_PROFILE_KEPT_FROM && day < US_PROFILE_KEPT_TO;
        p->events[row->name].with_account++;
        if (f->seen[row->name] == account + 1) continue;
        f->seen[row->name] = account + 1;
        f->all[f->count++] = (struct first){row->name, day};
    }
    bool counts = followed(p, a);
    p->followed += counts;
    p->kept += counts && kept;
    for (size_t i = begin; i < f->count; i++) {
        struct us_profile_event *event = &p->events[f->all[i].name];
        event->accounts++;
        event->opening += f->all[i].day == 0;
        if (!counts || f->all[i].day >= US_PROFILE_EARLY_DAYS) continue;
        event->early++;
        event->early_kept += kept;
    }
}

static int by_name(const void *x, const void *y)
{
    const struct first *a = x;
    const struct first *b = y;
    if (a->name != b->name) return a->name < b->name ? -1 : 1;
    return (a->day > b->day) - (a->day < b->day);
}

static void firsts_count(struct us_profile *p)
{
    struct us_arena *a = &p->maker->sorted;
    struct firsts f = {.p = p};
    f.seen = us_new(a, uint32_t, p->event_count + 1);
    us_mark mark = us_arena_mark(a);
    f.all = us_new(a, struct first, p->row_count + 1);
    for (uint32_t i = 0; i < p->account_count; i++)
        account_firsts(&f, i);
    if (f.count) qsort(f.all, f.count, sizeof *f.all, by_name);
    for (size_t i = 0; i < f.count;) {
        struct us_profile_event *event = &p->events[f.all[i].name];
        size_t middle = i + (size_t)event->accounts / 2;
        event->median_day = f.all[middle].day;
        i += (size_t)event->accounts;
    }
    us_arena_pop(a, mark);
}

void us_profile_finish(struct us_profile *p)
{
    people_count(p);
    unit_choose(p);
    events_sort(p);
    rows_sort(p);
    firsts_count(p);
    us_profile_traits_finish(p);
}
