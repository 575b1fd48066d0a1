/* senders.h: sources: of usher.yml as the server has them, with the environment's
 * values in the place of ${NAME}.
 *
 * Fails: US_USAGE "cli.serve_secret" where one is not set; US_INPUT where a file of
 *        customers cannot be had: the mistakes were said on stderr.
 */
#pragma once

#include "cli/cli.h"
#include "config/config.h"
#include "server/serve.h"

/* In the cli's arena; files of customers are read, and are the caller's to close, after
 * a failure too. */
us_code us_sources_of(struct us_cli *cli, const struct us_config *c,
    struct us_serve_sources *o, struct us_error *e);
void us_sources_close(const struct us_serve_sources *o); /* zeroes are fine */

/* Warns of each ${NAME} that the environment has nothing for. */
void us_sources_unset(
    struct us_cli *cli, const struct us_config *c, struct us_diags *d);
