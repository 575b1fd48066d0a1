/* fit.c: a scorecard learnt from the past and tried on what came after it. */

#include "cli/fit.h"

#include "cli/html.h"

#include <math.h>

enum { JSON_MAX = 16 << 20 };
static const double split_preset = 0.7;

/* ---- what is asked ---- */

static us_code events_named(
    struct us_cli *cli, struct us_fitting *x, struct us_error *e)
{
    uint32_t *list = NULL;
    size_t cap = 0;
    for (size_t n = 0;; n++) {
        us_str name = us_cli_option_nth(cli, "event", n);
        if (!name.ptr) break;
        uint32_t event;
        US_TRY(us_studied_event(&x->s.units, name, &event, e));
        bool again = false;
        for (size_t j = 0; j < x->q.count; j++)
            again |= list[j] == event;
        if (again) continue;
        *us_push(cli->arena, list, x->q.count, cap) = event;
    }
    x->q.events = list;
    return US_OK;
}

/* Between 0 and most; as it is when it was not given. */
static us_code option_real(
    struct us_cli *cli, const char *name, double most, double *out, struct us_error *e)
{
    us_str text = us_cli_option(cli, name);
    if (!text.ptr) return US_OK;
    if (us_str_real(text, out) && *out >= 0 && *out <= most) return US_OK;
    return us_fail(e, US_USAGE, "cli.fit_real",
        US_ARGS(US_TEXT("option", us_str_c(name)), US_TEXT("value", text),
            US_REAL("most", most)));
}

static us_code study(struct us_cli *cli, struct us_fitting *x, struct us_error *e)
{
    US_TRY(us_studied_read(cli, &x->a, &x->s, e));
    if (x->s.window_count > 1) return us_fail(e, US_USAGE, "cli.fit_window", NULL);
    US_TRY(events_named(cli, x, e));
    x->q.landmark = &x->s.q;
    x->q.frame = &x->s.frame;
    x->q.penalty = 1;
    x->q.split = split_preset;
    US_TRY(option_real(cli, "penalty", 1e6, &x->q.penalty, e));
    US_TRY(option_real(cli, "split", 1, &x->q.split, e));
    US_TRY(us_studied_frame(cli, &x->s, e));
    if (!x->q.count) {
        uint32_t *list;
        x->q.count = us_fit_inputs(&x->s.q, &x->s.frame, cli->arena, &list);
        x->q.events = list;
    }
    us_fit_study(&x->q, cli->arena, &x->f);
    return US_OK;
}

/* ---- for people ---- */

static const struct us_table_column inputs[] = {
    {"event", "cli.column_event", US_LEFT},
    {"coefficient", "cli.column_coefficient", US_RIGHT},
    {"error", "cli.column_error", US_RIGHT},
    {"alone", "cli.column_auc_alone", US_RIGHT},
};
enum { INPUTS = sizeof inputs / sizeof *inputs };

static const struct us_table_column bands[] = {
    {"predicted", "cli.column_predicted", US_RIGHT},
    {"came", "cli.column_came", US_RIGHT},
    {"low", "cli.column_rate_low", US_RIGHT},
    {"high", "cli.column_rate_high", US_RIGHT},
    {"n", "cli.column_tried", US_RIGHT},
    {"bar", "cli.column_bar", US_LEFT},
};
enum { BANDS = sizeof bands / sizeof *bands, BAR = 20 };

static us_arg cell(struct us_cli *cli, const char *name, double value)
{
    bool whole = cli->format != US_FORMAT_PEOPLE; /* numbers as they are */
    us_arg arg =
        US_TEXT(name, us_arena_fmt(cli->arena, whole ? "%.17g" : "%.2f", value));
    if (!isfinite(value)) arg.kind = US_ARG_NONE;
    return arg;
}

static us_code inputs_say(
    struct us_cli *cli, const struct us_fitting *x, struct us_error *e)
{
    struct us_table table;
    us_table_begin(&table, cli, inputs, INPUTS);
    for (size_t j = 0; j < x->q.count; j++) {
        const us_arg cells[] = {US_TEXT("event", x->s.units.names[x->q.events[j]]),
            cell(cli, "coefficient", x->f.beta[j]),
            cell(cli, "error", x->f.errors[j + 1]),
            cell(cli, "alone", x->f.single_auc[j]), {.name = NULL}};
        US_TRY(us_table_row(&table, cells, e));
    }
    return us_table_end(&table, e);
}

static us_code bands_say(
    struct us_cli *cli, const struct us_fitted *f, struct us_error *e)
{
    struct us_table table;
    us_table_begin(&table, cli, bands, BANDS);
    for (size_t i = 0; i < f->band_count; i++) {
        const struct us_calibration_band *b = &f->bands[i];
        double rate = (double)b->hits / (double)b->n;
        struct us_buf bar = us_buf_new(cli->arena, 1 << 10);
        us_screen_bar(&bar, rate, BAR);
        const us_arg cells[] = {US_SHARE("predicted", b->predicted),
            US_SHARE("came", rate), US_SHARE("low", b->in.low),
            US_SHARE("high", b->in.high), US_WHOLE("n", b->n),
            US_TEXT("bar", us_buf_str(&bar)), {.name = NULL}};
        US_TRY(us_table_row(&table, cells, e));
    }
    return us_table_end(&table, e);
}

/* Why there is none. */
static const char *no_fit(const struct us_fitted *f)
{
    static const char *const keys[] = {[US_FIT_GOOD] = "cli.fit_tried_one",
        [US_FIT_ONE_OUTCOME] = "cli.fit_one_outcome",
        [US_FIT_SEPARATED] = "cli.fit_separated",
        [US_FIT_SINGULAR] = "cli.fit_singular"};
    return keys[f->fit];
}

/* What was said against what came, band by band. */
static void calibration_chart(struct us_cli *cli, const struct us_fitted *f)
{
    struct us_chart chart = {
        .title = "cli.fit_chart", .count = f->band_count, .share = true, .line = NAN};
    us_str *labels = us_new(cli->arena, us_str, f->band_count + 1);
    double *came = us_new(cli->arena, double, 3 * f->band_count + 1);
    double *low = came + f->band_count;
    double *high = low + f->band_count;
    for (size_t i = 0; i < f->band_count; i++) {
        const struct us_calibration_band *b = &f->bands[i];
        labels[i] = us_arena_fmt(cli->arena, "%.1f %%", 100 * b->predicted);
        came[i] = b->n ? (double)b->hits / (double)b->n : NAN;
        low[i] = b->in.low;
        high[i] = b->in.high;
    }
    chart.labels = labels;
    chart.values = came;
    chart.low = low;
    chart.high = high;
    us_chart_put(cli, &chart);
}

static us_code say_people(
    struct us_cli *cli, const struct us_fitting *x, struct us_error *e)
{
    const struct us_fitted *f = &x->f;
    us_cli_say(cli, "cli.fit_sides",
        US_ARGS(US_WHOLE("train", f->train.n), US_WHOLE("train_hits", f->train.hits),
            US_DAY("split", f->split_at), US_WHOLE("test", f->test.n),
            US_WHOLE("test_hits", f->test.hits), US_TEXT("outcome", x->s.said)));
    us_cli_say(cli, "cli.fit_auc",
        US_ARGS(US_TEXT("auc", us_arena_fmt(cli->arena, "%.2f", f->test.auc.value)),
            US_TEXT("error", us_arena_fmt(cli->arena, "%.2f", f->test.auc.error)),
            US_TEXT("train", us_arena_fmt(cli->arena, "%.2f", f->train.auc.value)),
            US_WHOLE("top", f->top_n), US_WHOLE("top_hits", f->top_hits),
            US_SHARE("rate", f->rate)));
    us_buf_char(cli->out, '\n');
    US_TRY(inputs_say(cli, x, e));
    us_buf_char(cli->out, '\n');
    us_screen_heading(cli, "cli.fit_calibration", NULL);
    calibration_chart(cli, f);
    US_TRY(bands_say(cli, f, e));
    if (isfinite(f->slope))
        us_cli_say(cli, f->slope < 0.8 ? "cli.fit_slope_sure" : "cli.fit_slope",
            US_ARGS(US_TEXT("slope", us_arena_fmt(cli->arena, "%.2f", f->slope))));
    us_buf_char(cli->out, '\n');
    us_screen_heading(cli, "cli.fit_points", NULL);
    struct us_buf yaml = us_buf_new(cli->arena, JSON_MAX);
    us_fit_yaml(&x->q, f, cli->arena, &yaml);
    us_screen_as_is(cli, us_buf_str(&yaml));
    us_buf_char(cli->out, '\n');
    us_cli_say(cli, "cli.fit_reading", NULL);
    us_fit_wrote_say(cli, x);
    return US_OK;
}

struct saying {
    struct us_cli *cli;
    const struct us_fitting *x;
};

static us_code say_page(void *ctx, struct us_error *e)
{
    const struct saying *s = ctx;
    return say_people(s->cli, s->x, e);
}

static us_code answer(struct us_cli *cli, struct us_fitting *x, struct us_error *e)
{
    US_TRY(study(cli, x, e));
    const struct us_fitted *f = &x->f;
    bool told = f->fit == US_FIT_GOOD && f->test.hits > 0 && f->test.hits < f->test.n;
    if (!told && us_cli_has(cli, "write"))
        return us_fail(e, US_INPUT, no_fit(f), US_ARGS(US_TIME("split", f->split_at)));
    if (told) US_TRY(us_fit_write(cli, x, e));
    if (cli->format == US_FORMAT_JSON) {
        struct us_buf json = us_buf_new(cli->arena, JSON_MAX);
        us_fit_json(&x->q, f, &json);
        us_fit_wrote_json(x, &json);
        us_buf_put(cli->out, us_buf_str(&json));
        return us_cli_drain(cli, e);
    }
    if (cli->format == US_FORMAT_CSV && f->fit != US_FIT_GOOD)
        return us_fail(e, US_INPUT, no_fit(f), US_ARGS(US_TIME("split", f->split_at)));
    if (cli->format == US_FORMAT_CSV) return inputs_say(cli, x, e);
    struct saying saying = {cli, x};
    if (told && us_cli_has(cli, "html"))
        return us_html_page(cli, "cli.fit_title",
            US_ARGS(US_TEXT("outcome", x->s.said)), say_page, &saying, e);
    if (told) return say_people(cli, x, e);
    us_cli_say(cli, no_fit(f), US_ARGS(US_TIME("split", f->split_at)));
    return US_OK;
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct us_fitting x = {0};
    US_TRY(us_asked_open(cli, NULL, &x.a, e));
    us_code code = answer(cli, &x, e);
    us_asked_close(&x.a);
    return code;
}

static const struct us_option options[] = {
    US_STUDY_OPTIONS{"event", 'e', "EVENT", "cli.fit_option_event"},
    {"penalty", 0, "L", "cli.fit_option_penalty"},
    {"split", 0, "SHARE", "cli.fit_option_split"},
    {"write", 0, "DEFINITION", "cli.fit_option_write"},
    {"axis", 0, "usage|fit|intent", "cli.fit_option_axis"},
    {"replace", 0, NULL, "cli.fit_option_replace"},
    US_OPTION_HTML,
    {0},
};

static const struct us_example examples[] = {
    {"usher fit --outcome-event 'Plan Upgraded'", "cli.fit_example"},
    {"usher fit --outcome-event 'Plan Upgraded' --event 'Invite Sent' --event 'Report "
     "Viewed' "
     "--penalty 2",
        "cli.fit_example_events"},
    {0},
};

const struct us_command us_command_fit = {
    .name = "fit",
    .group = US_GROUP_LOOK,
    .summary = "cli.fit_summary",
    .about = "cli.fit_about",
    .usage =
        "--outcome-event EVENT|--outcome NAME [--event EVENT]… [--write DEFINITION]",
    .args_max = 0,
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};
