/* simulate.c: a product-led company from a seed, as files that import takes. */

#include "cli/workspace.h"
#include "file/file.h"
#include "sim/sim.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
    EVENTS_PRESET = 200000,
    DAYS_PRESET = 365,
};

struct target {
    int fds[US_SIM_FILES];
    int failed; /* errno of the first failed write */
    struct us_progress progress;
    int64_t events;
};

static int put(void *ctx, us_sim_file file, us_str bytes)
{
    struct target *t = ctx;
    while (bytes.len) {
        ssize_t n = write(t->fds[file], bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            t->failed = errno;
            return -1;
        }
        bytes = (us_str){bytes.ptr + n, bytes.len - (size_t)n};
    }
    return 0;
}

static void show(void *ctx, int64_t done)
{
    struct target *t = ctx;
    us_progress_show(&t->progress, "cli.simulate_progress", done, t->events);
}

static us_code open_files(
    struct us_cli *cli, struct target *t, us_str dir, struct us_error *e)
{
    US_TRY(us_file_make_dirs(dir, e));
    for (int i = 0; i < US_SIM_FILES; i++) {
        us_str name = us_str_c(us_sim_file_name((us_sim_file)i));
        us_str path = us_file_join(cli->arena, dir, name);
        t->fds[i] = open(us_arena_cstr(cli->arena, path),
            O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (t->fds[i] < 0) return us_fail_errno(e, US_IO, "cli.simulate_write", path);
    }
    return US_OK;
}

static us_code simulate(struct us_cli *cli, struct us_sim_options *o, struct target *t,
    bool stream, us_str dir, struct us_error *e)
{
    if (stream)
        t->fds[US_SIM_EVENTS] = cli->out_fd;
    else
        US_TRY(open_files(cli, t, dir, e));
    us_code code = us_sim_run(o, e);
    us_progress_end(&t->progress);
    if (t->failed == EPIPE && stream) {
        cli->closed = true; /* the reader has enough */
        return US_OK;
    }
    if (t->failed) {
        errno = t->failed;
        code = us_fail_errno(e, US_IO, "cli.simulate_write", stream ? US_S("-") : dir);
    }
    for (int i = 0; i < US_SIM_FILES && !stream; i++)
        if (close(t->fds[i]) != 0 && code == US_OK)
            code = us_fail_errno(e, US_IO, "cli.simulate_write", dir);
    if (code == US_OK && !stream)
        us_cli_say(cli, "cli.simulate_done", US_ARGS(US_TEXT("dir", dir)));
    return code;
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct target t = {0};
    int64_t seed = 1;
    int64_t end = us_day(cli->now) * US_DAY_US;
    us_progress_init(&t.progress, cli);
    struct us_sim_options o = {.write = put, .progress = show, .ctx = &t};
    US_TRY(us_cli_option_whole(cli, "seed", 1, 0, INT64_MAX, &seed, e));
    US_TRY(us_cli_option_whole(
        cli, "events", EVENTS_PRESET, 1, US_SIM_EVENTS_MAX, &o.events, e));
    US_TRY(
        us_cli_option_whole(cli, "days", DAYS_PRESET, 1, US_SIM_DAYS_MAX, &o.days, e));
    US_TRY(us_cli_option_time(cli, "end", end, &end, e));
    o.seed = (uint64_t)seed;
    o.end = us_day(end) * US_DAY_US;
    o.nothing = us_cli_has(cli, "nothing");
    us_str dir = cli->arg_count ? cli->args[0] : US_S("sim");
    o.only_events = us_str_eq(dir, US_S("-"));
    t.events = o.events;
    return simulate(cli, &o, &t, o.only_events, dir, e);
}

static const struct us_option options[] = {
    {"seed", 0, "N", "cli.simulate_seed"},
    {"events", 0, "N", "cli.simulate_events"},
    {"days", 0, "N", "cli.simulate_days"},
    {"end", 0, "TIME", "cli.simulate_end"},
    {"nothing", 0, NULL, "cli.simulate_nothing"},
    {0},
};

static const struct us_example examples[] = {
    {"usher simulate sim --events 1000000 --seed 7", "cli.simulate_example"},
    {"usher simulate - --events 50000000 | usher import -",
        "cli.simulate_example_stream"},
    {0},
};

const struct us_command us_command_simulate = {
    .name = "simulate",
    .group = US_GROUP_SET_UP,
    .summary = "cli.simulate",
    .about = "cli.simulate_about",
    .usage = "[DIR|-]",
    .args_max = 1,
    .options = options,
    .examples = examples,
    .run = run,
};
