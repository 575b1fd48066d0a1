#include "cli/plot.h"

#include "base/time.h"

#include <math.h>

enum {
    DAY_COLUMNS_MAX = 3,
    MONDAYS_UNTIL = 45, /* days; past that the months are named */
    LABEL_BYTES_MAX = 64
};

struct us_plot us_plot_fit(int64_t first_day, size_t days, size_t room)
{
    size_t each = days ? room / days : 1;
    if (each > DAY_COLUMNS_MAX) each = DAY_COLUMNS_MAX;
    return (struct us_plot){first_day, days, each ? days * each : room};
}

size_t us_plot_day(const struct us_plot *p, size_t column)
{
    size_t past = (column + 1) * p->days / p->columns;
    if (p->columns >= p->days) return column * p->days / p->columns;
    return past ? past - 1 : 0;
}

size_t us_plot_column(const struct us_plot *p, size_t day)
{
    size_t column = day * p->columns / p->days;
    while (column > 0 && us_plot_day(p, column - 1) >= day)
        column--;
    while (column + 1 < p->columns && us_plot_day(p, column) < day)
        column++;
    return column;
}

us_str us_plot_level(double share)
{
    static const us_str levels[] = {US_S_INIT("▁"), US_S_INIT("▂"), US_S_INIT("▃"),
        US_S_INIT("▄"), US_S_INIT("▅"), US_S_INIT("▆"), US_S_INIT("▇"), US_S_INIT("█")};
    if (!(share > 0)) return levels[0];
    double level = ceil((share < 1 ? share : 1) * 7);
    return levels[(size_t)level];
}

static const char *const months[] = {"text.month_1", "text.month_2", "text.month_3",
    "text.month_4", "text.month_5", "text.month_6", "text.month_7", "text.month_8",
    "text.month_9", "text.month_10", "text.month_11", "text.month_12"};

/* What stands above a day; empty for most. */
static us_str label(
    const struct us_plot *p, size_t day, us_lang lang, struct us_arena *a)
{
    us_date d = us_date_of((p->first_day + (int64_t)day) * US_DAY_US);
    us_str month = us_text(a, lang, months[d.month - 1], NULL);
    if (p->days <= MONDAYS_UNTIL) {
        if (d.weekday != 1) return (us_str){0};
        return us_text(a, lang, "cli.plot_day",
            US_ARGS(US_WHOLE("day", d.day), US_TEXT("month", month)));
    }
    if (d.day != 1) return (us_str){0};
    return d.month == 1 ? us_arena_fmt(a, "%d", d.year) : month;
}

void us_plot_dates(const struct us_plot *p, us_lang lang, struct us_buf *out)
{
    size_t at = 0;
    for (size_t day = 0; day < p->days; day++) {
        us_mark mark = us_arena_mark(out->arena);
        char kept[LABEL_BYTES_MAX];
        us_str text = label(p, day, lang, out->arena);
        size_t len = text.len < sizeof kept ? text.len : 0;
        for (size_t i = 0; i < len; i++)
            kept[i] = text.ptr[i];
        us_arena_pop(out->arena, mark); /* out grows in the same arena */
        text = (us_str){kept, len};
        size_t column = us_plot_column(p, day);
        size_t wide = us_str_columns(text);
        bool fits = column + wide <= p->columns && (at == 0 || column > at);
        if (!len || !fits) continue;
        us_screen_blanks(out, column - at);
        us_buf_put(out, text);
        at = column + wide;
    }
    us_screen_blanks(out, p->columns > at ? p->columns - at : 0);
}
