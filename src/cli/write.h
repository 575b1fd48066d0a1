/* write.h: what is found out put into usher.yml: read again as any command reads it,
 * and put back if it does not load.
 */
#pragma once

#include "cli/workspace.h"

/* text in place of c->files[file]. What does not load is undone: `wrong`, with {why}.
 * US_INPUT too for a file that its owner made read-only. */
struct us_written {
    uint32_t file;
    us_str text;
    const char *wrong; /* key of i18n/ */
};
us_code us_workspace_write(struct us_cli *cli, const struct us_workspace *w,
    const struct us_written *is, struct us_error *e);
