/* outcome_when.c: when an outcome of payments and deals came true, for studies, which
 * read the past by when things happened, not by when they were known: by company, too,
 * what went from one account to another is for all time where it stays. */

#include "qualify/qualify.h"

#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool of_channel(const struct us_outcome *o, us_str channel)
{
    return o->channel.len == 0 || us_str_eq_nocase(o->channel, channel);
}

static int64_t first_paid(const struct us_outcome *o, const struct us_log *log)
{
    for (size_t i = 0; i < log->payment_count; i++) {
        const struct us_log_payment *p = &log->payments[i];
        bool received = p->status == US_PAY_PAID && p->amount > 0;
        if (received && of_channel(o, p->channel)) return p->at;
    }
    return US_NEVER;
}

/* Each stage asked by itself whether it is one, the earliest counts. */
static int64_t first_deal(
    const struct us_outcome *o, const struct us_log *log, struct us_arena *a)
{
    int64_t when = US_NEVER;
    bool created = o->kind == US_OUTCOME_DEAL_CREATED;
    for (size_t i = 0; i < log->deal_count; i++) {
        struct us_log one = {.deals = &log->deals[i], .deal_count = 1};
        const struct us_log_deal *d = &log->deals[i];
        int64_t at = created ? d->created : d->stage_at;
        if (at == US_NEVER) at = d->at;
        if (at < when && us_outcome_of_facts(o, &one, US_NEVER - 1, a)) when = at;
    }
    return when;
}

/* Money grows only where a payment becomes known or its period begins. */
static int64_t first_money(const struct us_rules *r, const struct us_outcome *o,
    const struct us_log *log, struct us_arena *a)
{
    us_mark mark = us_arena_mark(a);
    int64_t *at = us_new(a, int64_t, log->payment_count * 2 + 1);
    size_t count = 0;
    for (size_t i = 0; i < log->payment_count; i++) {
        const struct us_log_payment *p = &log->payments[i];
        at[count++] = p->from;
        at[count++] = p->from > p->start ? p->from : p->start;
    }
    if (count) qsort(at, count, sizeof *at, by_value);
    int64_t when = US_NEVER;
    for (size_t i = 0; i < count && when == US_NEVER; i++)
        if (us_outcome_holds(r, o, log, at[i], a)) when = at[i];
    us_arena_pop(a, mark);
    return when;
}

int64_t us_outcome_when(const struct us_rules *r, const struct us_outcome *o,
    const struct us_log *facts, struct us_arena *a)
{
    us_mark mark = us_arena_mark(a);
    struct us_log log = us_log_money_at(facts, US_NEVER - 1, a);
    int64_t when;
    switch (o->kind) {
    case US_OUTCOME_PAYMENT: when = first_paid(o, &log); break;
    case US_OUTCOME_DEAL_CREATED:
    case US_OUTCOME_DEAL_WON: when = first_deal(o, &log, a); break;
    case US_OUTCOME_MRR:
    case US_OUTCOME_ARR:
    case US_OUTCOME_CONDITION:
    default: when = first_money(r, o, &log, a); break;
    }
    us_arena_pop(a, mark);
    return when;
}
