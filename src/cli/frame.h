/* frame.h: what the sources of the frame share; commands include cli.h alone. */
#pragma once

#include "cli/cli.h"

/* Whatever can be known before the arguments are read: language, colour, width, clock.
 */
us_code us_frame_start(
    struct us_cli *cli, int argc, char *const *argv, struct us_error *e);

/* Read argv into cli. --help and --version become their commands. */
us_code us_frame_args(
    struct us_cli *cli, int argc, char *const *argv, struct us_error *e);

/* The help pages, into cli->out. */
void us_frame_overview(struct us_cli *cli);
void us_frame_help(struct us_cli *cli, const struct us_command *command);

/* What an exit status means, as a key; codes are 0 to the count, exclusive. */
const char *us_frame_exit_meaning(us_code code);
size_t us_frame_exit_count(void);

/* The nearest of count names to what was meant, or NULL. */
const char *us_frame_nearest(us_str meant, const char *const *names, size_t count);

/* The line of progress, without what moves the cursor; rate is a second. */
struct us_progress_now {
    const char *what;
    int64_t done, total;
    double rate;
    bool bytes;
};
void us_progress_line(
    struct us_buf *out, us_lang lang, size_t width, const struct us_progress_now *now);
