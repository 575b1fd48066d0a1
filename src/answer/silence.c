#include "answer/silence.h"

#include <stdlib.h>

enum { SQL_MAX = 1024 };

struct gather {
    struct us_arena *a;
    struct us_silence state; /* of the source at hand */
    us_str source;
    struct us_backtest_silent *items;
    size_t count, cap;
};

static void put(struct gather *g, const struct us_silent_span *span)
{
    if (g->count == US_SILENT_SPANS_MAX) return;
    *us_push(g->a, g->items, g->count, g->cap) =
        (struct us_backtest_silent){.source = g->source, .span = *span};
}

static void close_source(struct gather *g, int64_t until)
{
    struct us_silent_span span;
    if (us_silence_at(&g->state, until, &span)) put(g, &span);
}

struct reading {
    struct gather *g;
    int64_t until;
};

/* Cells: source, and of an hour the first and the last event, in microseconds. */
static us_code hour(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    const struct reading *r = ctx;
    struct gather *g = r->g;
    struct us_silent_span span;
    if (!us_str_eq(cells[0].text, g->source)) {
        close_source(g, r->until);
        us_silence_init(&g->state);
        g->source = us_arena_str(g->a, cells[0].text);
    }
    for (int i = 1; i <= 2; i++) {
        int64_t t = 0;
        if (us_str_int(cells[i].text, &t) && us_silence_take(&g->state, t, &span))
            put(g, &span);
    }
    return US_OK;
}

us_code us_silence_ask(const struct us_ask *ask, int64_t until, struct us_arena *a,
    struct us_backtest_silent **out, size_t *count, struct us_error *e)
{
    struct gather g = {.a = a};
    struct reading r = {&g, until};
    struct us_buf sql = us_buf_new(a, SQL_MAX);
    char text[US_TIME_TEXT_MAX];
    us_silence_init(&g.state);
    us_buf_fmt(&sql,
        "SELECT coalesce(any_value(s.name), ''), epoch_us(min(known)), "
        "epoch_us(max(known)) FROM events e LEFT JOIN sources s ON s.id = e.source "
        "WHERE known <= TIMESTAMP '%.*s' GROUP BY e.source, epoch_us(known) // "
        "3600000000 "
        "ORDER BY 1, 2",
        US_ARG(us_time_write(until, text)));
    US_TRY(us_history_sql(ask->history, us_buf_str(&sql), hour, &r, e));
    close_source(&g, until);
    *out = g.items;
    *count = g.count;
    return US_OK;
}
