#include "study/backtest_inner.h"

#include <stdlib.h>

static bool within(const struct us_silent_span *span, int64_t t)
{
    return t > span->from && t <= span->to;
}

static bool by_absence(const struct us_backtest_entry *entry)
{
    return entry->exit == US_EXIT_LEFT || entry->exit == US_EXIT_FADED;
}

static void count(const struct us_backtesting *b, struct us_backtest_silent *s)
{
    const struct us_backtest_asked *q = b->q;
    for (size_t i = 0; i < b->count; i++) {
        const struct us_backtest_entry *entry = &b->entries[i];
        if (entry->t < q->from || entry->t > q->to) continue;
        s->entries += within(&s->span, entry->t);
        s->exits += by_absence(entry) && within(&s->span, entry->left);
    }
    for (size_t i = 0; i < b->out->missed_count; i++)
        s->missed += within(&s->span, q->accounts[b->out->missed[i]].outcome);
}

static int by_from(const void *a, const void *b)
{
    const struct us_backtest_silent *x = a;
    const struct us_backtest_silent *y = b;
    if (x->span.from != y->span.from) return x->span.from < y->span.from ? -1 : 1;
    return us_str_cmp(x->source, y->source);
}

void us_backtest_silences(struct us_backtesting *b)
{
    struct us_backtest *out = b->out;
    const struct us_backtest_asked *q = b->q;
    out->silent = us_new(b->a, struct us_backtest_silent, q->silent_count + 1);
    for (size_t i = 0; i < q->silent_count; i++) {
        const struct us_backtest_silent *s = &q->silent[i];
        if (s->span.to < q->from || s->span.from > q->to) continue;
        out->silent[out->silent_count] = *s;
        count(b, &out->silent[out->silent_count++]);
    }
    if (out->silent_count)
        qsort(out->silent, out->silent_count, sizeof *out->silent, by_from);
}
