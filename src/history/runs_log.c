/* runs_log.c: runs as a log again, for those who read row by row. */

#include "history/runs.h"

#include <stdlib.h>

/* Where a row of the log comes from. */
struct origin {
    struct us_log_event event;
    uint32_t run, row;
};

static int origin_order(const void *a, const void *b)
{
    const struct origin *x = a;
    const struct origin *y = b;
    if (x->event.at != y->event.at) return x->event.at < y->event.at ? -1 : 1;
    if (x->event.seq != y->event.seq) return x->event.seq < y->event.seq ? -1 : 1;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return (x->event.from > y->event.from) - (x->event.from < y->event.from);
}

static uint32_t global_user(const struct us_runs *r, uint32_t local)
{
    return local == US_NOBODY ? US_NOBODY : r->facts.people[local].id;
}

/* The stretches of one row that begin by then. */
static size_t stretches(const struct us_runs *r, uint32_t run, uint32_t row,
    int64_t until, struct origin *out)
{
    size_t count = 0;
    struct origin one = {.event = {.at = r->at[row],
                             .from = r->known[row],
                             .seq = r->seq ? r->seq_base + r->seq[row] : 0,
                             .name = r->runs[run].name,
                             .spelled = r->runs[run].spelled},
        .run = run,
        .row = row};
    for (size_t k = us_runs_swap(r, row);
         k < r->swap_count && r->swaps[k].row == row && one.event.from <= until; k++) {
        one.event.user = global_user(r, r->swaps[k].user);
        one.event.to = r->swaps[k].until;
        out[count++] = one;
        one.event.from = one.event.to;
    }
    if (one.event.from > until) return count;
    one.event.user = global_user(r, r->user[row]);
    one.event.to = r->to ? r->to[row] : US_NEVER;
    out[count++] = one;
    return count;
}

size_t us_log_person_at(const struct us_log *log, uint32_t id)
{
    size_t from = 0;
    size_t to = log->person_count;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (log->people[mid].id < id)
            from = mid + 1;
        else
            to = mid;
    }
    bool found = from < log->person_count && log->people[from].id == id;
    return found ? from : log->person_count;
}

static void lower(const struct us_log *log, uint32_t user, int64_t at, int64_t *from)
{
    if (user == US_NOBODY) return;
    size_t i = us_log_person_at(log, user);
    if (i == log->person_count) return;
    if (at < from[i]) from[i] = at;
}

void us_log_people_from(const struct us_log *log, int64_t *from)
{
    for (size_t i = 0; i < log->person_count; i++)
        from[i] = US_NEVER;
    for (size_t i = 0; i < log->event_count; i++)
        lower(log, log->events[i].user, log->events[i].from, from);
    for (size_t i = 0; i < log->trait_count; i++)
        lower(log, log->traits[i].user, log->traits[i].from, from);
}

struct us_log us_log_money_at(const struct us_log *log, int64_t t, struct us_arena *a)
{
    struct us_log out = *log;
    out.payment_count = out.deal_count = 0;
    out.payments = us_new(a, struct us_log_payment, log->payment_count + 1);
    for (size_t i = 0; i < log->payment_count; i++)
        if (us_log_seen(log->payments[i].from, log->payments[i].to, t))
            out.payments[out.payment_count++] = log->payments[i];
    out.deals = us_new(a, struct us_log_deal, log->deal_count + 1);
    for (size_t i = 0; i < log->deal_count; i++)
        if (us_log_seen(log->deals[i].from, log->deals[i].to, t))
            out.deals[out.deal_count++] = log->deals[i];
    return out;
}

struct us_log *us_log_split(const struct us_log *log, struct us_arena *a)
{
    size_t people = log->person_count;
    size_t columns = log->column_count;
    size_t *place = us_new(a, size_t, log->event_count + 1);
    size_t *next = us_new(a, size_t, people + 2);
    for (size_t i = 0; i < log->event_count; i++) {
        place[i] = us_log_person_at(log, log->events[i].user);
        next[place[i] + 1]++; /* of nobody: after everybody's */
    }
    for (size_t i = 0; i < people; i++)
        next[i + 1] += next[i];
    struct us_log_event *events = us_new(a, struct us_log_event, log->event_count + 1);
    us_value *values = us_new(a, us_value, log->event_count * columns + 1);
    struct us_log *own = us_new(a, struct us_log, people + 1);
    for (size_t i = 0; i < people; i++) {
        own[i] = *log;
        own[i].events = &events[next[i]];
        own[i].values = &values[next[i] * columns];
        own[i].event_count = next[i + 1] - next[i];
    }
    for (size_t i = 0; i < log->event_count; i++) {
        size_t to = next[place[i]]++;
        events[to] = log->events[i];
        for (size_t c = 0; c < columns; c++)
            values[to * columns + c] = log->values[i * columns + c];
    }
    return own;
}

/* Those in rows and traits, of all that are there. */
static void people_keep(struct us_log *log, struct us_arena *a)
{
    int64_t *from = us_new(a, int64_t, log->person_count + 1);
    us_log_people_from(log, from);
    struct us_log_person *kept = us_new(a, struct us_log_person, log->person_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < log->person_count; i++)
        if (from[i] != US_NEVER) kept[count++] = log->people[i];
    log->people = kept;
    log->person_count = count;
}

void us_log_of_runs(const struct us_runs *r, const struct us_need *need, int64_t until,
    struct us_arena *a, struct us_log *out)
{
    struct origin *all = us_new(a, struct origin, r->row_count + r->swap_count + 1);
    size_t count = 0;
    for (uint32_t k = 0; k < r->run_count; k++)
        for (uint32_t i = r->runs[k].from; i < r->runs[k].to; i++)
            count += stretches(r, k, i, until, &all[count]);
    if (count) qsort(all, count, sizeof *all, origin_order);
    *out = r->facts;
    out->event_count = count;
    out->events = us_new(a, struct us_log_event, count + 1);
    out->column_count = r->column_count;
    out->values = us_new(a, us_value, count * r->column_count + 1);
    us_value *value = out->values;
    for (size_t i = 0; i < count; i++) {
        out->events[i] = all[i].event;
        if (!r->seq) out->events[i].seq = (int64_t)i;
        for (uint32_t c = 0; c < r->column_count; c++)
            *value++ = us_runs_value(r, all[i].run, all[i].row, need, c);
    }
    people_keep(out, a);
}
