/* assess_funnel.c: how many accounts came to each stage, by month and by segment. */

#include "cli/assess_page.h"
#include "cli/cells.h"

#include <math.h>

enum { WORDS_MAX = 1 << 12 };

typedef const struct us_assess_page page;

static void say(page *p, const char *key, const us_arg *args)
{
    us_screen_say(p->cli, us_text(p->cli->arena, p->cli->lang, key, args), 0);
}

static us_code stages(page *p, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"stage", "assess.column_stage", US_LEFT},
        {"within", "assess.column_within", US_RIGHT},
        {"n", "assess.column_over", US_RIGHT},
        {"hits", "assess.column_reached", US_RIGHT},
        {"rate", "assess.column_rate", US_RIGHT},
        {"bar", "assess.column_of_all", US_LEFT},
        {"low", "cli.column_rate_low", US_RIGHT},
        {"high", "cli.column_rate_high", US_RIGHT},
        {"step", "assess.column_step", US_RIGHT},
        {"young", "assess.column_young", US_RIGHT},
        {"so_far", "assess.column_so_far", US_RIGHT},
    };
    struct us_table table;
    us_table_begin(&table, p->cli, columns, sizeof columns / sizeof *columns);
    for (int i = US_STAGE_ACTIVATED; i < US_STAGES; i++) {
        const struct us_funnel_cell *cell = &p->x->study.all.stages[i];
        if (!p->x->known[i]) continue;
        us_str bar = cell->rate.n ? us_cell_bar(p->cli, cell->rate.rate) : (us_str){0};
        US_TRY(us_table_row(&table,
            US_ARGS(US_WORD("stage", us_assess_stage_key((us_stage)i)),
                US_WHOLE("within", p->x->within[i] / US_DAY_US),
                US_WHOLE("n", cell->rate.n), US_WHOLE("hits", cell->rate.hits),
                us_cell_share("rate", cell->rate.rate), US_TEXT("bar", bar),
                us_cell_share("low", cell->rate.in.low),
                us_cell_share("high", cell->rate.in.high),
                us_cell_share("step", cell->step.rate), US_WHOLE("young", cell->young),
                US_WHOLE("so_far", cell->so_far)),
            e));
    }
    return us_table_end(&table, e);
}

/* "62 % of 8", "too young", or "not known". */
static us_str cell_words(page *p, us_stage stage, const struct us_funnel_cell *cell)
{
    us_lang lang = p->cli->lang;
    if (!p->x->known[stage])
        return us_text(p->cli->arena, lang, "assess.not_known", NULL);
    if (cell->rate.n)
        return us_text(p->cli->arena, lang, "assess.rate_of",
            US_ARGS(US_SHARE("rate", cell->rate.rate), US_WHOLE("n", cell->rate.n)));
    if (!cell->young) return US_S("–");
    /* a terminal has no room for days; --json has them, too */
    return us_text(p->cli->arena, lang,
        p->cli->html ? "assess.too_young_until" : "assess.too_young",
        US_ARGS(US_DAY("day", cell->over_at)));
}

static us_code funnels(page *p, const struct us_funnel *all, size_t count,
    const us_str *names, struct us_error *e)
{
    const struct us_table_column columns[] = {
        {"of", names ? "assess.column_segment" : "cli.backtest_month", US_LEFT},
        {"seen", "assess.stage.seen", US_RIGHT},
        {"activated", "assess.stage.activated", US_LEFT},
        {"bar", "assess.column_of_all", US_LEFT},
        {"habitual", "assess.stage.habitual", US_LEFT},
        {"paid", "assess.stage.paid", US_LEFT},
        {"expanded", "assess.stage.expanded", US_LEFT},
    };
    struct us_table table;
    us_table_begin(&table, p->cli, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        const struct us_funnel *f = &all[i];
        const struct us_funnel_cell *s = f->stages;
        /* the bar is of the first stage that can be told */
        us_stage shown =
            p->x->known[US_STAGE_ACTIVATED] ? US_STAGE_ACTIVATED : US_STAGE_HABITUAL;
        double rate = s[shown].rate.rate;
        us_arg of = US_DAY("of", f->from);
        if (names) of = (us_arg)US_TEXT("of", names[i]);
        US_TRY(us_table_row(&table,
            US_ARGS(of, US_WHOLE("seen", f->accounts),
                US_TEXT("activated",
                    cell_words(p, US_STAGE_ACTIVATED, &s[US_STAGE_ACTIVATED])),
                US_TEXT("bar", isnan(rate) ? (us_str){0} : us_cell_bar(p->cli, rate)),
                US_TEXT("habitual",
                    cell_words(p, US_STAGE_HABITUAL, &s[US_STAGE_HABITUAL])),
                US_TEXT("paid", cell_words(p, US_STAGE_PAID, &s[US_STAGE_PAID])),
                US_TEXT("expanded",
                    cell_words(p, US_STAGE_EXPANDED, &s[US_STAGE_EXPANDED]))),
            e));
    }
    return us_table_end(&table, e);
}

/* Values as they are known, then those that are not, then all others. */
static const us_str *segment_names(page *p)
{
    const struct us_assessed *x = p->x;
    us_str *names = us_new(p->cli->arena, us_str, x->segment_count + 1);
    size_t known = x->segment_count - x->segment_others - x->segment_unknown;
    for (size_t i = 0; i < known; i++)
        names[i] = us_screen_clean(p->cli->arena, x->segments[i]);
    size_t at = known;
    if (x->segment_unknown)
        names[at++] =
            us_text(p->cli->arena, p->cli->lang, "assess.segment_unknown", NULL);
    if (x->segment_others)
        names[at] = us_text(p->cli->arena, p->cli->lang, "assess.segment_others", NULL);
    return names;
}

static void meanings(page *p)
{
    for (int i = US_STAGE_ACTIVATED; i < US_STAGES; i++) {
        const struct us_stage_source *s = &p->x->sources[i];
        us_arg stage = US_WORD("stage", us_assess_stage_key((us_stage)i));
        us_arg name = US_TEXT("name", us_screen_clean(p->cli->arena, s->name));
        us_arg days = US_WHOLE("days", p->x->within[i] / US_DAY_US);
        if (!p->x->known[i])
            say(p, "assess.stage_unknown", US_ARGS(stage));
        else
            say(p, s->key, US_ARGS(stage, name, days));
    }
}

us_code us_assess_funnel_say(page *p, struct us_error *e)
{
    us_buf_char(p->cli->out, '\n');
    us_screen_heading(p->cli, "assess.funnel", NULL);
    us_assess_funnel_charts(p);
    US_TRY(stages(p, e));
    say(p, "assess.funnel_reading", NULL);
    meanings(p);
    us_buf_char(p->cli->out, '\n');
    us_screen_heading(p->cli, "assess.cohorts", NULL);
    US_TRY(funnels(p, p->x->study.months, p->x->study.month_count, NULL, e));
    if (!p->x->segment.len) return US_OK;
    us_buf_char(p->cli->out, '\n');
    us_screen_heading(
        p->cli, "assess.segments", US_ARGS(US_TEXT("trait", p->x->segment)));
    US_TRY(funnels(p, p->x->study.segments, p->x->segment_count, segment_names(p), e));
    say(p, "assess.segments_reading", NULL);
    return US_OK;
}
