/* states.h: data/state.sqlite of the workspace at hand.
 *
 * Fails: US_NOT_FOUND "cli.no_workspace" without usher.yml; as us_state_open.
 */
#pragma once

#include "cli/cli.h"
#include "state/state.h"

/* The caller closes it. To write, it and data/ are made where they are absent. */
us_code us_cli_state(
    struct us_cli *cli, bool write, struct us_state **out, struct us_error *e);
/* To read; NULL where no server has begun it yet. */
us_code us_cli_state_if_any(
    struct us_cli *cli, struct us_state **out, struct us_error *e);

/* Who changed what, for good: who and at are set. */
us_code us_cli_noted(struct us_cli *cli, struct us_state *s, struct us_state_audit row,
    struct us_error *e);
us_str us_cli_who(struct us_cli *cli); /* "uid 1000" */
