/* backtest_silent.c: where a source sent nothing, of a backtest. */

#include "cli/backtest_page.h"

#include <math.h>

enum { SHOWN = 5 };

typedef const struct us_backtest_page page;

us_str us_backtest_silent_text(page *p, const struct us_backtest_silent *s)
{
    const struct us_silent_span *span = &s->span;
    double hours = (double)(span->noticed - span->from) / (double)US_HOUR_US;
    return us_text(p->cli->arena, p->cli->lang,
        span->open ? "cli.backtest_silent_open" : "cli.backtest_silent",
        US_ARGS(US_TEXT("source", s->source), US_TIME("from", span->from),
            US_TIME("to", span->to), US_REAL("usual", ceil(hours)),
            US_WHOLE("entries", s->entries), US_WHOLE("exits", s->exits),
            US_WHOLE("missed", s->missed)));
}

void us_backtest_silent_say(page *p)
{
    const struct us_backtest *t = &p->b->main;
    for (size_t i = 0; i < t->silent_count && i < SHOWN; i++)
        us_screen_say(p->cli, us_backtest_silent_text(p, &t->silent[i]), 0);
    if (t->silent_count > SHOWN)
        us_screen_say(p->cli,
            us_text(p->cli->arena, p->cli->lang, "cli.backtest_silent_more",
                US_ARGS(US_WHOLE("n", (int64_t)t->silent_count - SHOWN))),
            0);
    if (t->silent_count)
        us_screen_say(p->cli,
            us_text(p->cli->arena, p->cli->lang, "cli.backtest_silent_reading", NULL),
            0);
}
