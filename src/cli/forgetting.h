/* forgetting.h: what `forget` and `retention` share: the work, with a server or
 * without, and what is said of it. */
#pragma once

#include "cli/workspace.h"
#include "import/forget.h"

extern const struct us_option us_forgetting_options[];

/* usher.yml, and that no server holds the workspace unless it runs this itself; a plan
 * that was begun and not finished is finished first. */
us_code us_forgetting_open(
    struct us_cli *cli, struct us_workspace *w, int *lock, struct us_error *e);
void us_forgetting_close(struct us_workspace *w, int lock);

/* Count what goes and say it; but with --dry-run, do it. History is open, and closed
 * when it returns. */
us_code us_forgetting_run(struct us_cli *cli, struct us_workspace *w,
    struct us_forget *f, struct us_error *e);
