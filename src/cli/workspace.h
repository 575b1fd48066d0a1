/* workspace.h: a folder with usher.yml and data/, opened for a command.
 *
 * Reading usher.yml says all mistakes on stderr and answers US_INPUT with nothing left
 * to say. History is brought up to the journal when it is opened for writing, and new
 * property columns are built then; a command that only asks opens it for writing too
 * when there is such work, so that what it says is never behind.
 */
#pragma once

#include "cli/cli.h"
#include "history/history.h"
#include "qualify/qualify.h"

struct us_workspace {
    struct us_cli *cli;
    us_str yml, data, journal; /* paths */
    struct us_config *config;
    struct us_rules *rules;
    struct us_history_rules history_rules;
    struct us_history *history;
    struct us_progress progress;
};

/* Signals of this call alone, of accounts or of people. */
struct us_expressions {
    const us_str *texts;
    const us_str *names; /* the signals they become; nobody sees them */
    size_t count;
    bool people;
};

/* Read and compile usher.yml; more may be NULL. A mistake in an expression is shown as
 * those of the file are. */
us_code us_workspace_read(struct us_cli *cli, struct us_workspace *w,
    const struct us_expressions *more, struct us_error *e);

/* Say mistakes on stderr, where people look for them: US_INPUT; there are none: US_OK.
 */
us_code us_workspace_mistakes(struct us_cli *cli, const struct us_diags *d,
    const struct us_config *c, struct us_error *e);

/* The rules of another file, over this workspace's history, which will have what they
 * need; before history is opened. US_INPUT when it measures another unit of account. */
us_code us_workspace_other(struct us_cli *cli, struct us_workspace *w, us_str path,
    struct us_rules **out, struct us_error *e);

/* Then open history. */
us_code us_workspace_history(struct us_workspace *w, struct us_error *e);

/* Both. */
us_code us_workspace_open(
    struct us_cli *cli, struct us_workspace *w, struct us_error *e);
void us_workspace_close(struct us_workspace *w);

/* us_history_seen; a history that is lent has it. */
us_code us_workspace_seen(struct us_workspace *w, struct us_error *e);

/* --at as a moment; without it the last moment anything is known, or now when that is
 * later data or none: on a file of last year the queue is that of its last day. */
us_code us_workspace_at(
    struct us_cli *cli, struct us_workspace *w, int64_t *at, struct us_error *e);
/* The same for another option. */
us_code us_workspace_time(struct us_cli *cli, struct us_workspace *w,
    const char *option, int64_t *at, struct us_error *e);

/* The definition of that name. */
us_code us_workspace_named(struct us_cli *cli, const struct us_rules *rules,
    us_str name, uint32_t *definition, struct us_error *e);

/* The definition named by args[index]; US_NODE_NONE when it was not given. */
us_code us_workspace_definition(struct us_cli *cli, const struct us_workspace *w,
    size_t index, uint32_t *definition, struct us_error *e);
