/* asked.h: what the commands that ask of the past share: the workspace opened, who is
 * asked about and when, progress, and with --timing where the time went.
 */
#pragma once

#include "answer/engine.h"
#include "cli/workspace.h"

struct us_asked {
    struct us_workspace w;
    struct us_ask ask;
    struct us_timing timing;
};

/* One more option of each such command. */
#define US_OPTION_TIMING                       \
    {                                          \
        "timing", 0, NULL, "cli.option_timing" \
    }

/* expressions may be NULL; see workspace.h. Without success nothing is left open. */
us_code us_asked_open(struct us_cli *cli, const struct us_expressions *expressions,
    struct us_asked *a, struct us_error *e);
/* The same in two steps: usher.yml first, then history, for who has to put something
 * between. */
us_code us_asked_read(struct us_cli *cli, const struct us_expressions *expressions,
    struct us_asked *a, struct us_error *e);
us_code us_asked_history(struct us_cli *cli, struct us_asked *a, struct us_error *e);
void us_asked_close(struct us_asked *a);

/* The accounts of --account, as often as it was given. */
struct us_whom us_asked_whom(const struct us_cli *cli);

/* --capacity, "15" or "15/week"; 0: it was not said. */
us_code us_asked_capacity(struct us_cli *cli, double *out, struct us_error *e);

/* Write what has gathered, the progress line out of its way; as us_cli_drain. */
us_code us_asked_drain(struct us_cli *cli, struct us_asked *a, struct us_error *e);

/* All is said: write it and say the timing, if that was asked for. In JSON it is a
 * field of the object at the end of what was said; of lines (not whole), one more
 * line; else a line on stderr. */
us_code us_asked_end(
    struct us_cli *cli, struct us_asked *a, bool whole, struct us_error *e);
