/* ceiling.c: where self-serve stops, and from where on a person pays. */

#include "answer/ceiling.h"

#include "cli/asked.h"
#include "cli/ceiling_page.h"
#include "cli/html.h"

enum {
    DRAWS_LEAST = 100,
    DRAWS_MAX = 100000,
    SHOWN = 20,
    JSON_MAX = 256 << 20,
};

struct asking {
    struct us_asked a;
    struct us_ceiling_of of;
    struct us_ceiled found;
};

static us_code asked_read(struct us_cli *cli, struct asking *x, struct us_error *e)
{
    struct us_ceiling_of *of = &x->of;
    int64_t draws = 0;
    int64_t seed = 0;
    int64_t last = US_ALWAYS;
    US_TRY(us_workspace_time(cli, &x->a.w, "to", &of->to, e));
    /* Payments may end after the events, or be all there is. */
    US_TRY(us_ceiling_last(x->a.w.history, &last, e));
    if (last > cli->until) {
        cli->until = last;
        cli->ended = last < cli->now;
    }
    US_TRY(
        us_cli_option_time(cli, "to", cli->ended ? cli->until : cli->now, &of->to, e));
    US_TRY(us_cli_option_time(cli, "from", US_ALWAYS, &of->from, e));
    if (of->from != US_ALWAYS && of->from > of->to)
        return us_fail(e, US_USAGE, "cli.from_after_to",
            US_ARGS(US_TIME("from", of->from), US_TIME("to", of->to)));
    US_TRY(us_cli_option_whole(
        cli, "draws", US_CEILING_DRAWS, DRAWS_LEAST, DRAWS_MAX, &draws, e));
    US_TRY(us_cli_option_whole(cli, "seed", 1, 0, INT64_MAX, &seed, e));
    of->draws = (size_t)draws;
    of->seed = (uint64_t)seed;
    return US_OK;
}

static us_code say_json(struct us_cli *cli, const struct asking *x, struct us_error *e)
{
    struct us_buf out = us_buf_new(cli->arena, JSON_MAX);
    us_ceiling_json(&x->found, &out);
    us_buf_put(&out, US_S("}\n"));
    if (out.full) return us_fail(e, US_LIMIT, "cli.ceiling_much", NULL);
    us_buf_put(cli->out, us_buf_str(&out));
    return US_OK;
}

static us_code say_page(void *ctx, struct us_error *e)
{
    return us_ceiling_page(ctx, e);
}

static us_code answer(struct us_cli *cli, struct asking *x, struct us_error *e)
{
    int64_t shown = 0;
    US_TRY(us_cli_option_whole(cli, "limit", SHOWN, 0, 1000000, &shown, e));
    US_TRY(asked_read(cli, x, e));
    x->a.ask.at = x->of.to;
    US_TRY(us_ceiling_ask(&x->a.ask, &x->of, cli->arena, &x->found, e));
    us_progress_end(&x->a.w.progress);
    struct us_ceiling_page page = {cli, &x->found, (size_t)shown};
    if (cli->format == US_FORMAT_JSON)
        US_TRY(say_json(cli, x, e));
    else if (cli->format == US_FORMAT_CSV)
        US_TRY(us_ceiling_bins_table(&page, e));
    else if (us_cli_has(cli, "html"))
        US_TRY(us_html_page(cli, "cli.ceiling_title", NULL, say_page, &page, e));
    else
        US_TRY(us_ceiling_page(&page, e));
    return us_asked_end(cli, &x->a, true, e);
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct asking x = {0};
    US_TRY(us_asked_open(cli, NULL, &x.a, e));
    us_code code = answer(cli, &x, e);
    us_asked_close(&x.a);
    return code;
}

static const struct us_option options[] = {
    {"from", 0, "TIME", "cli.ceiling_option_from"},
    {"to", 0, "TIME", "cli.ceiling_option_to"},
    {"draws", 0, "N", "cli.ceiling_option_draws"},
    {"seed", 0, "N", "cli.ceiling_option_seed"},
    {"limit", 'n', "N", "cli.ceiling_option_limit"},
    US_OPTION_HTML,
    US_OPTION_TIMING,
    {0},
};

static const struct us_example examples[] = {
    {"usher ceiling", "cli.ceiling_example"},
    {"usher ceiling --html ceiling.html --lang both", "cli.ceiling_example_html"},
    {"usher ceiling --csv", "cli.ceiling_example_csv"},
    {0},
};

const struct us_command us_command_ceiling = {
    .name = "ceiling",
    .group = US_GROUP_LOOK,
    .summary = "cli.ceiling",
    .about = "cli.ceiling_about",
    .usage = "[--from TIME] [--to TIME]",
    .args_max = 0,
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};
