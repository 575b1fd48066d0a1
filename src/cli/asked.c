#include "cli/asked.h"

#include "server/lent.h"

#include <unistd.h>

enum { LINE_BYTES_MAX = 4096, CAPACITY_MAX = 100000 };

static const char *const laps[] = {
    [US_LAP_OPENING] = "opening",
    [US_LAP_READING] = "reading",
    [US_LAP_REPLAY] = "replay",
    [US_LAP_SORTING] = "sorting",
    [US_LAP_SAYING] = "saying",
};

us_code us_asked_read(struct us_cli *cli, const struct us_expressions *expressions,
    struct us_asked *a, struct us_error *e)
{
    *a = (struct us_asked){.timing = {.clock = us_cli_clock_us}};
    a->timing.last = us_cli_clock_us();
    return us_workspace_read(cli, &a->w, expressions, e);
}

us_code us_asked_history(struct us_cli *cli, struct us_asked *a, struct us_error *e)
{
    US_TRY(us_workspace_history(&a->w, e));
    a->ask = (struct us_ask){
        .history = a->w.history,
        .rules = a->w.rules,
        .journal_dir = a->w.journal,
        .lang = cli->lang,
        .timing = &a->timing,
        .progress = us_progress_show,
        .progress_ctx = &a->w.progress,
        .stop = cli->lender && cli->lender->watch ? cli->lender->watch->stop : NULL,
    };
    us_timing_lap(&a->timing, US_LAP_OPENING);
    return US_OK;
}

us_code us_asked_open(struct us_cli *cli, const struct us_expressions *expressions,
    struct us_asked *a, struct us_error *e)
{
    US_TRY(us_asked_read(cli, expressions, a, e));
    return us_asked_history(cli, a, e);
}

void us_asked_close(struct us_asked *a)
{
    us_progress_end(&a->w.progress);
    us_workspace_close(&a->w);
}

struct us_whom us_asked_whom(const struct us_cli *cli)
{
    us_str *accounts = us_new(cli->arena, us_str, US_CLI_OPTIONS_MAX);
    size_t count = 0;
    while (us_cli_option_nth(cli, "account", count).ptr) {
        accounts[count] = us_cli_option_nth(cli, "account", count);
        count++;
    }
    return (struct us_whom){accounts, count};
}

us_code us_asked_capacity(struct us_cli *cli, double *out, struct us_error *e)
{
    us_str given = us_cli_option(cli, "capacity");
    us_str text = given;
    us_str week = US_S("/week");
    *out = 0;
    if (!text.ptr) return US_OK;
    if (us_str_has_suffix(text, week))
        text = us_str_slice(text, 0, text.len - week.len);
    if (us_str_real(text, out) && *out > 0 && *out <= CAPACITY_MAX) return US_OK;
    return us_fail(
        e, US_USAGE, "cli.backtest_bad_capacity", US_ARGS(US_TEXT("value", given)));
}

us_code us_asked_drain(struct us_cli *cli, struct us_asked *a, struct us_error *e)
{
    if (cli->out->len < US_CLI_OUT_DRAIN && !cli->closed) return US_OK;
    us_progress_end(&a->w.progress);
    return us_cli_flush(cli, e);
}

static int64_t all_laps(const struct us_timing *t)
{
    int64_t all = 0;
    for (int i = 0; i < US_LAPS; i++)
        all += t->spent[i];
    return all;
}

/* "timing":{…} */
static void timing_json(const struct us_timing *t, struct us_buf *out)
{
    us_buf_put(out, US_S("\"timing\":{"));
    for (int i = 0; i < US_LAPS; i++)
        us_buf_fmt(out, "\"%s_us\":%lld,", laps[i], (long long)t->spent[i]);
    us_buf_fmt(out, "\"all_us\":%lld,\"accounts\":%lld,\"events\":%lld}",
        (long long)all_laps(t), (long long)t->accounts, (long long)t->events);
}

static double millis(int64_t us)
{
    return (double)(us / 100) / 10;
}

static void timing_say(const struct us_cli *cli, const struct us_timing *t)
{
    us_mark mark = us_arena_mark(cli->arena);
    struct us_buf line = us_buf_new(cli->arena, LINE_BYTES_MAX);
    int64_t replay = t->spent[US_LAP_REPLAY];
    double rate = replay > 0 ? (double)t->events / (double)replay : 0; /* M a second */
    us_say(&line, cli->lang, "cli.timing",
        US_ARGS(US_REAL("opening", millis(t->spent[US_LAP_OPENING])),
            US_REAL("reading", millis(t->spent[US_LAP_READING])),
            US_REAL("replay", millis(replay)),
            US_REAL("sorting", millis(t->spent[US_LAP_SORTING])),
            US_REAL("saying", millis(t->spent[US_LAP_SAYING])),
            US_REAL("all", millis(all_laps(t)))));
    us_say(&line, cli->lang, "cli.timing_rate",
        US_ARGS(US_WHOLE("accounts", t->accounts), US_WHOLE("events", t->events),
            US_REAL("rate", (double)(int64_t)(rate * 100 + 0.5) / 100)));
    us_buf_char(&line, '\n');
    us_str text = us_buf_str(&line);
    ssize_t wrote = write(cli->err_fd, text.ptr, text.len);
    (void)wrote; /* it was a courtesy */
    us_arena_pop(cli->arena, mark);
}

us_code us_asked_end(
    struct us_cli *cli, struct us_asked *a, bool whole, struct us_error *e)
{
    us_progress_end(&a->w.progress);
    us_timing_lap(&a->timing, US_LAP_SAYING);
    bool timing = us_cli_has(cli, "timing");
    bool json = cli->format == US_FORMAT_JSON;
    if (json) us_lag_add(&cli->behind, whole, cli->out);
    if (timing && json && whole) {
        us_assert(us_str_has_suffix(us_buf_str(cli->out), US_S("}\n")));
        cli->out->len -= 2;
        us_buf_char(cli->out, ',');
        timing_json(&a->timing, cli->out);
        us_buf_put(cli->out, US_S("}\n"));
    } else if (timing && json) {
        us_buf_char(cli->out, '{');
        timing_json(&a->timing, cli->out);
        us_buf_put(cli->out, US_S("}\n"));
    }
    US_TRY(us_cli_flush(cli, e));
    us_timing_lap(&a->timing, US_LAP_SAYING);
    if (timing && !json) timing_say(cli, &a->timing);
    return US_OK;
}
