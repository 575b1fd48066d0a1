/* backtest.c: a definition replayed over the past as it was known. */

#include "cli/asked.h"
#include "cli/backtest_page.h"
#include "cli/html.h"

#include <math.h>

enum {
    HORIZON_MAX_DAYS = 3660,
    MISSED_SHOWN = 20,
    STEPS_PRESET = 20,
    JSON_MAX = 256 << 20,
};

struct asking {
    struct us_asked a;
    struct us_ask other_ask;  /* of --against, when it is a file's */
    struct us_rules *against; /* NULL: ours */
    us_str against_name;
    struct us_backtest_of of, other;
    struct us_backtested found, beside;
    struct us_vary_of vary;
    double now;
    struct us_varied varied;
};

/* ---- options ---- */

static us_code bad_option(
    struct us_cli *cli, const char *name, const char *key, struct us_error *e)
{
    return us_fail(
        e, US_USAGE, key, US_ARGS(US_TEXT("value", us_cli_option(cli, name))));
}

static us_code horizon_asked(
    struct us_cli *cli, int64_t preset_days, int64_t *out, struct us_error *e)
{
    int64_t n = 0;
    char unit = 0;
    *out = preset_days * US_DAY_US;
    if (!us_cli_has(cli, "horizon")) return US_OK;
    bool good = us_span_read(us_cli_option(cli, "horizon"), &n, &unit) && n > 0;
    if (good) *out = us_span_us(n, unit);
    if (good && *out <= HORIZON_MAX_DAYS * US_DAY_US) return US_OK;
    return bad_option(cli, "horizon", "cli.backtest_bad_horizon", e);
}

/* "20%" or "0.2" */
static us_code holdout_asked(struct us_cli *cli, double *out, struct us_error *e)
{
    us_str text = us_cli_option(cli, "holdout");
    double unit = 1;
    *out = 0;
    if (!text.ptr) return US_OK;
    if (us_str_has_suffix(text, US_S("%"))) {
        text = us_str_slice(text, 0, text.len - 1);
        unit = 100;
    }
    bool good = us_str_real(text, out);
    *out /= unit;
    if (good && *out > 0 && *out < 1) return US_OK;
    return bad_option(cli, "holdout", "cli.backtest_bad_holdout", e);
}

static us_code outcome_asked(struct us_cli *cli, const struct us_rules *r,
    uint32_t definition, uint32_t *out, struct us_error *e)
{
    us_str name = us_cli_option(cli, "outcome");
    struct us_buf names = us_buf_new(cli->arena, 1 << 16);
    us_str *list = us_new(cli->arena, us_str, r->outcome_count + 1);
    for (uint32_t i = 0; i < r->outcome_count; i++) {
        list[i] = r->outcomes[i].name;
        us_buf_fmt(&names, "%s%.*s", i ? ", " : "", US_ARG(list[i]));
        if (name.ptr && us_str_eq(list[i], name)) {
            *out = i;
            return US_OK;
        }
    }
    *out = r->definitions[definition].aim;
    if (!name.ptr && *out != US_NODE_NONE) return US_OK;
    us_str nearest = name.ptr ? us_nearest(name, list, r->outcome_count) : (us_str){0};
    const char *key = nearest.len ? "cli.backtest_outcome_near"
                      : name.ptr  ? "cli.backtest_outcome_unknown"
                                  : "cli.backtest_no_aim";
    return us_fail(e, US_USAGE, key,
        US_ARGS(US_TEXT("name", name), US_TEXT("nearest", nearest),
            US_TEXT("names", us_buf_str(&names)),
            US_TEXT("definition", r->definitions[definition].name)));
}

/* ---- what a sweep goes over ---- */

static us_code bad_sweep(struct us_cli *cli, struct us_error *e)
{
    return us_fail(e, US_USAGE, "cli.backtest_bad_sweep",
        US_ARGS(US_TEXT("value", us_cli_option(cli, "sweep")),
            US_WHOLE("most", US_VARIANTS_MAX)));
}

/* "a,b,c", or "from..to" with ":step" */
static us_code values_read(
    struct us_cli *cli, us_str text, struct us_vary_of *vary, struct us_error *e)
{
    double *values = us_new(cli->arena, double, US_VARIANTS_MAX + 1);
    size_t dots = us_str_find(text, US_S(".."));
    vary->values = values;
    if (dots < text.len) {
        us_str end = us_str_slice(text, dots + 2, text.len);
        us_str step = {0};
        double from = 0, to = 0, by = 1;
        end = us_str_cut(end, ':', &step);
        bool good = us_str_real(us_str_slice(text, 0, dots), &from) &&
                    us_str_real(end, &to) && (!step.len || us_str_real(step, &by));
        if (!good || by <= 0 || to < from) return bad_sweep(cli, e);
        for (size_t i = 0; from + (double)i * by <= to + by / 1e6; i++) {
            if (vary->count == US_VARIANTS_MAX) return bad_sweep(cli, e);
            values[vary->count++] = from + (double)i * by;
        }
        return US_OK;
    }
    while (text.len) {
        us_str one = us_str_cut(text, ',', &text);
        if (vary->count == US_VARIANTS_MAX) return bad_sweep(cli, e);
        if (!us_str_real(us_str_trim(one), &values[vary->count++]))
            return bad_sweep(cli, e);
    }
    return vary->count ? US_OK : bad_sweep(cli, e);
}

/* Around what stands there now; of thresholds by fives, of windows the usual ones. */
static void values_preset(struct us_cli *cli, struct us_vary_of *vary, double now)
{
    static const double windows[] = {1, 3, 7, 14, 21, 28, 42, 60, 90};
    double *values = us_new(cli->arena, double, STEPS_PRESET + 1);
    vary->values = values;
    if (us_str_eq(vary->what, US_S("window"))) {
        vary->values = windows;
        vary->count = sizeof windows / sizeof *windows;
        return;
    }
    bool points = us_str_has_prefix(vary->what, US_S("threshold"));
    double step = points ? 5 : 1;
    if (!points && fabs(now) < 1) step = 0.05;
    if (!points && fabs(now) > STEPS_PRESET / 2.0)
        step = exp2(ceil(log2(fabs(now) / (STEPS_PRESET / 2.0))));
    for (size_t i = 1; i <= STEPS_PRESET; i++)
        values[vary->count++] = step * (double)i;
}

static us_code sweep_asked(struct us_cli *cli, struct asking *x, struct us_error *e)
{
    us_str text = us_cli_option(cli, "sweep");
    us_str values = {0};
    if (!text.ptr) return US_OK;
    x->vary = (struct us_vary_of){.definition = x->of.definition};
    x->vary.what = us_str_trim(us_str_cut(text, '=', &values));
    US_TRY(us_vary_now(x->a.w.rules, &x->vary, cli->arena, &x->now, e));
    if (values.len)
        US_TRY(values_read(cli, values, &x->vary, e));
    else
        values_preset(cli, &x->vary, x->now);
    US_TRY(us_vary(x->a.w.rules, &x->vary, cli->arena, &x->varied, e));
    x->of.varied = &x->varied;
    return US_OK;
}

static us_code against_read(struct us_cli *cli, struct asking *x, struct us_error *e)
{
    us_str text = us_cli_option(cli, "against");
    if (!text.ptr) return US_OK;
    x->against_name = text;
    bool file = us_str_has_prefix(text, US_S("@")) ||
                us_str_has_suffix(text, US_S(".yml")) ||
                us_str_has_suffix(text, US_S(".yaml"));
    if (!file) return US_OK;
    if (text.ptr[0] == '@') text = us_str_slice(text, 1, text.len);
    return us_workspace_other(cli, &x->a.w, text, &x->against, e);
}

static us_code against_asked(struct us_cli *cli, struct asking *x, struct us_error *e)
{
    x->other = x->of;
    x->other.varied = NULL;
    x->other_ask = x->a.ask;
    us_str name = x->against_name;
    if (x->against) {
        x->other_ask.rules = x->against;
        name = cli->args[0];
    }
    US_TRY(us_workspace_named(cli, x->other_ask.rules, name, &x->other.definition, e));
    return outcome_asked(
        cli, x->other_ask.rules, x->other.definition, &x->other.outcome, e);
}

/* ---- the command ---- */

static us_code asked_read(struct us_cli *cli, struct asking *x, struct us_error *e)
{
    const struct us_rules *r = x->a.w.rules;
    struct us_backtest_of *of = &x->of;
    US_TRY(us_workspace_at(cli, &x->a.w, &of->until, e));
    US_TRY(us_workspace_definition(cli, &x->a.w, 0, &of->definition, e));
    US_TRY(outcome_asked(cli, r, of->definition, &of->outcome, e));
    US_TRY(horizon_asked(
        cli, r->definitions[of->definition].text->horizon_days, &of->horizon, e));
    US_TRY(us_cli_option_time(cli, "from", US_ALWAYS, &of->from, e));
    US_TRY(us_cli_option_time(cli, "to", of->until, &of->to, e));
    if (of->to > of->until) of->to = of->until;
    if (of->from != US_ALWAYS && of->from > of->to)
        return us_fail(e, US_USAGE, "cli.from_after_to",
            US_ARGS(US_TIME("from", of->from), US_TIME("to", of->to)));
    US_TRY(us_asked_capacity(cli, &of->capacity, e));
    US_TRY(holdout_asked(cli, &of->held, e));
    return sweep_asked(cli, x, e);
}

static us_code say_json(struct us_cli *cli, const struct asking *x, struct us_error *e)
{
    struct us_buf out = us_buf_new(cli->arena, JSON_MAX);
    us_backtest_json(&x->found, &out);
    if (x->vary.count) {
        us_buf_put(&out, US_S(",\"sweep\":"));
        us_backtest_sweep_json(&x->found, &x->vary, x->now, &out);
    }
    if (x->against_name.ptr) {
        us_buf_put(&out, US_S(",\"against\":"));
        us_backtest_json(&x->beside, &out);
        us_buf_char(&out, '}');
    }
    us_buf_put(&out, US_S("}\n"));
    if (out.full)
        return us_fail(
            e, US_LIMIT, "cli.backtest_much", US_ARGS(US_WHOLE("n", x->vary.count)));
    us_buf_put(cli->out, us_buf_str(&out));
    return US_OK;
}

static us_code say_page(void *ctx, struct us_error *e)
{
    return us_backtest_page(ctx, e);
}

static us_code answer(struct us_cli *cli, struct asking *x, struct us_error *e)
{
    int64_t shown = 0;
    US_TRY(us_cli_option_whole(cli, "limit", MISSED_SHOWN, 0, 1000000, &shown, e));
    US_TRY(asked_read(cli, x, e));
    if (x->against_name.ptr) US_TRY(against_asked(cli, x, e));
    x->a.ask.at = x->of.until;
    struct us_ask ask = x->a.ask;
    if (x->of.varied) ask.rules = x->varied.rules;
    US_TRY(us_backtest_ask(&ask, &x->of, cli->arena, &x->found, e));
    if (x->against_name.ptr)
        US_TRY(us_backtest_ask(&x->other_ask, &x->other, cli->arena, &x->beside, e));
    us_progress_end(&x->a.w.progress);
    struct us_backtest_page page = {.cli = cli,
        .b = &x->found,
        .against = x->against_name.ptr ? &x->beside : NULL,
        .against_name = x->against_name,
        .sweep = x->vary.count ? &x->vary : NULL,
        .now = x->now,
        .missed_shown = (size_t)shown};
    if (cli->format == US_FORMAT_JSON)
        US_TRY(say_json(cli, x, e));
    else if (cli->format == US_FORMAT_CSV && !x->vary.count)
        return us_fail(e, US_USAGE, "cli.backtest_csv", NULL);
    else if (cli->format == US_FORMAT_CSV)
        US_TRY(us_backtest_sweep_table(&page, e));
    else if (us_cli_has(cli, "html"))
        US_TRY(us_html_page(cli, "cli.backtest_title",
            US_ARGS(US_TEXT("definition", cli->args[0]),
                US_TEXT("outcome", x->a.w.rules->outcomes[x->of.outcome].name)),
            say_page, &page, e));
    else
        US_TRY(us_backtest_page(&page, e));
    return us_asked_end(cli, &x->a, true, e);
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct asking x = {0};
    US_TRY(us_asked_read(cli, NULL, &x.a, e));
    US_TRY(against_read(cli, &x, e));
    US_TRY(us_asked_history(cli, &x.a, e));
    us_code code = answer(cli, &x, e);
    us_asked_close(&x.a);
    return code;
}

static const struct us_option options[] = {
    {"outcome", 0, "NAME", "cli.backtest_option_outcome"},
    {"horizon", 0, "90d", "cli.backtest_option_horizon"},
    {"from", 0, "TIME", "cli.backtest_option_from"},
    {"to", 0, "TIME", "cli.backtest_option_to"},
    {"at", 0, "TIME", "cli.backtest_option_at"},
    {"capacity", 0, "N/week", "cli.backtest_option_capacity"},
    {"holdout", 0, "20%", "cli.backtest_option_holdout"},
    {"sweep", 0, "WHAT[=1..20]", "cli.backtest_option_sweep"},
    {"against", 0, "DEFINITION|FILE", "cli.backtest_option_against"},
    {"limit", 'n', "N", "cli.backtest_option_limit"},
    US_OPTION_HTML,
    US_OPTION_TIMING,
    {0},
};

static const struct us_example examples[] = {
    {"usher backtest team_expansion --capacity 15/week --holdout 20%",
        "cli.backtest_example"},
    {"usher backtest team_expansion --capacity 15 --sweep active_users=1..20",
        "cli.backtest_example_sweep"},
    {"usher backtest team_expansion --html backtest.html --lang both",
        "cli.backtest_example_html"},
    {"usher backtest team_expansion --against stricter.yml",
        "cli.backtest_example_against"},
    {0},
};

const struct us_command us_command_backtest = {
    .name = "backtest",
    .group = US_GROUP_LOOK,
    .summary = "cli.backtest",
    .about = "cli.backtest_about",
    .usage = "DEFINITION [--outcome NAME] [--horizon 90d] [--capacity N/week]",
    .args_min = 1,
    .args_max = 1,
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};
