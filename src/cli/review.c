/* review.c: the weekly half hour. */

#include "answer/review.h"

#include "cli/asked.h"
#include "cli/html.h"
#include "cli/review_page.h"

enum { MISSED_SHOWN = 20, JSON_MAX = 64 << 20 };

/* --week by name or by a day of it; else the last that is over. */
static us_code week_asked(struct us_cli *cli, const struct us_ask *ask,
    struct us_review_of *of, struct us_error *e)
{
    us_str text = us_cli_option(cli, "week");
    int64_t day = 0;
    if (!text.ptr) {
        US_TRY(us_review_monday(ask, of->at + 1, &of->monday, e));
        of->monday -= 7 * US_DAY_US;
        return US_OK;
    }
    if (us_review_named(text, &of->monday)) return US_OK;
    bool is_day = text.len == 10 && us_time_read(text, &day);
    if (!is_day)
        return us_fail(e, US_USAGE, "review.bad_week", US_ARGS(US_TEXT("value", text)));
    of->monday = day - (us_date_of(day).weekday - 1) * US_DAY_US;
    return US_OK;
}

static us_code say_page(void *ctx, struct us_error *e)
{
    return us_review_page(ctx, e);
}

static us_code answer(struct us_cli *cli, struct us_asked *a, struct us_error *e)
{
    struct us_review_of of = {.monday = 0};
    struct us_reviewed found;
    int64_t shown = 0;
    US_TRY(us_cli_option_whole(cli, "limit", MISSED_SHOWN, 0, 1000000, &shown, e));
    US_TRY(us_asked_capacity(cli, &of.capacity, e));
    US_TRY(us_workspace_at(cli, &a->w, &of.at, e));
    a->ask.at = of.at;
    US_TRY(week_asked(cli, &a->ask, &of, e));
    US_TRY(us_review_ask(&a->ask, &of, cli->arena, &found, e));
    us_progress_end(&a->w.progress);
    struct us_review_page page = {cli, &found, (size_t)shown};
    if (cli->format == US_FORMAT_JSON) {
        struct us_buf out = us_buf_new(cli->arena, JSON_MAX);
        us_review_json(&found, cli->arena, &out);
        us_buf_put(cli->out, us_buf_str(&out));
    } else if (us_cli_has(cli, "html")) {
        US_TRY(us_html_page(cli, "review.title",
            US_ARGS(US_TEXT("week", us_review_name(of.monday, cli->arena)),
                US_DAY("from", of.monday), US_DAY("to", of.monday + 6 * US_DAY_US)),
            say_page, &page, e));
    } else {
        US_TRY(us_review_page(&page, e));
    }
    return us_asked_end(cli, a, true, e);
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct us_asked a = {0};
    US_TRY(us_asked_open(cli, NULL, &a, e));
    us_code code = answer(cli, &a, e);
    us_asked_close(&a);
    return code;
}

static const struct us_option options[] = {
    {"week", 'w', "2026-W47|DAY", "review.option_week"},
    {"at", 0, "TIME", "cli.backtest_option_at"},
    {"capacity", 0, "N/week", "review.option_capacity"},
    {"limit", 'n', "N", "review.option_limit"},
    US_OPTION_HTML,
    US_OPTION_TIMING,
    {0},
};

static const struct us_example examples[] = {
    {"usher review", "review.example"},
    {"usher review --week 2026-W12 --capacity 15/week", "review.example_week"},
    {"usher review --html review.html --lang both", "review.example_html"},
    {0},
};

const struct us_command us_command_review = {
    .name = "review",
    .group = US_GROUP_LOOK,
    .summary = "review.summary",
    .about = "review.about",
    .usage = "[--week 2026-W47|DAY] [--capacity N/week]",
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};
