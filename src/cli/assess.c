/* assess.c: are we ready for product-led sales? */

#include "cli/asked.h"
#include "cli/assess_page.h"
#include "cli/html.h"

enum { WITHIN_MAX_DAYS = 3660, JSON_MAX = 64 << 20 };

/* "activated=14d": how long a stage is given. That of habitual is its weeks. */
static us_code within_asked(struct us_assess_of *of, us_str text, struct us_error *e)
{
    us_str length;
    us_str name = us_str_cut(text, '=', &length);
    int64_t n = 0;
    char unit = 0;
    for (int i = US_STAGE_ACTIVATED; i < US_STAGES; i++) {
        if (i == US_STAGE_HABITUAL ||
            !us_str_eq(name, us_str_c(us_stage_word((us_stage)i))))
            continue;
        bool good = us_span_read(length, &n, &unit) && n > 0;
        if (good) of->within[i] = us_span_us(n, unit);
        if (good && of->within[i] <= WITHIN_MAX_DAYS * US_DAY_US) return US_OK;
    }
    return us_fail(
        e, US_USAGE, "cli.assess_bad_within", US_ARGS(US_TEXT("value", text)));
}

static us_code asked_read(
    struct us_cli *cli, struct us_asked *a, struct us_assess_of *of, struct us_error *e)
{
    int64_t until = 0;
    *of = (struct us_assess_of){.segment = us_cli_option(cli, "segment"),
        .within = {[US_STAGE_ACTIVATED] = US_WITHIN_ACTIVATED_DAYS * US_DAY_US,
            [US_STAGE_HABITUAL] = US_DAY_US * 7 * US_HABIT_WEEKS,
            [US_STAGE_PAID] = US_WITHIN_PAID_DAYS * US_DAY_US,
            [US_STAGE_EXPANDED] = US_WITHIN_EXPANDED_DAYS * US_DAY_US}};
    US_TRY(us_workspace_time(cli, &a->w, "to", &until, e));
    of->to = us_cli_has(cli, "to") ? until : until + 1;
    US_TRY(us_cli_option_time(cli, "from", US_ALWAYS, &of->from, e));
    for (size_t i = 0; us_cli_option_nth(cli, "within", i).ptr; i++)
        US_TRY(within_asked(of, us_cli_option_nth(cli, "within", i), e));
    if (of->from == US_ALWAYS || of->from < of->to) return US_OK;
    return us_fail(e, US_USAGE, "cli.from_after_to",
        US_ARGS(US_TIME("from", of->from), US_TIME("to", of->to)));
}

static us_code say_json(
    struct us_cli *cli, const struct us_assessed *x, struct us_error *e)
{
    struct us_buf out = us_buf_new(cli->arena, JSON_MAX);
    us_assess_json(x, &out);
    us_buf_put(&out, US_S("}\n"));
    if (out.full) return us_fail(e, US_LIMIT, "cli.assess_much", NULL);
    us_buf_put(cli->out, us_buf_str(&out));
    return US_OK;
}

static us_code say_page(void *ctx, struct us_error *e)
{
    return us_assess_page(ctx, e);
}

static us_code answer(struct us_cli *cli, struct us_asked *a, struct us_error *e)
{
    struct us_assess_of of;
    struct us_assessed x;
    US_TRY(asked_read(cli, a, &of, e));
    a->ask.at = of.to - 1;
    US_TRY(us_assess_ask(&a->ask, &of, cli->arena, &x, e));
    us_progress_end(&a->w.progress);
    struct us_assess_page page = {cli, &x};
    if (cli->format == US_FORMAT_JSON)
        US_TRY(say_json(cli, &x, e));
    else if (cli->format == US_FORMAT_CSV)
        return us_fail(e, US_USAGE, "cli.assess_csv", NULL);
    else if (us_cli_has(cli, "html"))
        US_TRY(us_html_page(cli, "cli.assess_title", NULL, say_page, &page, e));
    else
        US_TRY(us_assess_page(&page, e));
    return us_asked_end(cli, a, true, e);
}

/* Without an event for prices the path of pages is asked for; a signal of this call
 * makes history keep it. */
static us_code run(struct us_cli *cli, struct us_error *e)
{
    static const us_str text = US_S_INIT(US_PRICING_PAGE_SIGNAL);
    static const us_str name = US_S_INIT("usher_pricing_page");
    const struct us_expressions page = {&text, &name, 1, false};
    struct us_asked a;
    US_TRY(us_asked_read(cli, NULL, &a, e));
    bool named = a.w.config->role_count[US_ROLE_PRICING] > 0;
    if (!named) US_TRY(us_asked_read(cli, &page, &a, e));
    US_TRY(us_asked_history(cli, &a, e));
    us_code code = answer(cli, &a, e);
    us_asked_close(&a);
    return code;
}

static const struct us_option options[] = {
    {"from", 0, "TIME", "cli.assess_option_from"},
    {"to", 0, "TIME", "cli.assess_option_to"},
    {"segment", 0, "TRAIT", "cli.assess_option_segment"},
    {"within", 0, "STAGE=60d", "cli.assess_option_within"},
    US_OPTION_HTML,
    US_OPTION_TIMING,
    {0},
};

static const struct us_example examples[] = {
    {"usher assess", "cli.assess_example"},
    {"usher assess --from 2026-01-01 --within paid=90d", "cli.assess_example_within"},
    {"usher assess --html assess.html --lang both", "cli.assess_example_html"},
    {0},
};

const struct us_command us_command_assess = {
    .name = "assess",
    .group = US_GROUP_LOOK,
    .summary = "cli.assess",
    .about = "cli.assess_about",
    .usage = "[--from TIME] [--to TIME] [--segment TRAIT]",
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};
