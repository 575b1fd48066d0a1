/* jobs.h: long work asked for through the API, one piece after the other.
 *
 * A job is a row of state (state.h): it waits, runs in the one thread here, and has its
 * answer kept. A study is the command of its kind with --json, run in this process as
 * one that came through the socket would be (lent.h), so that its answer is byte for
 * byte the command's. It reads beside the loader, and its thread and those it starts
 * give way to all others (nice 10), so that who posts events notices little.
 *
 * Those that wait when the server ends are run by the next one. One that ran is not: it
 * has failed, as "interrupted". What it was asked may depend on when, and whoever still
 * wants it asks again. One that is stopped because history is put in place anew is
 * begun again after it: what it has read may name somebody who is forgotten.
 *
 * Owns:    its thread, its handle of state. Texts of the options stay the caller's.
 * Threads: any.
 */
#pragma once

#include "base/err.h"
#include "server/lent.h"
#include "server/say.h"

enum {
    US_JOBS_WAITING_MAX = 64, /* more are refused */
    US_JOBS_KEPT = 200,       /* that are over; older ones go */
    US_JOBS_NICE = 10,
};

struct us_jobs_options {
    us_str dir, data; /* the workspace, and its data/ */
    us_lent_run *run;
    void *ctx;
    const struct us_server_log *log;
};

struct us_jobs;
us_code us_jobs_open(
    const struct us_jobs_options *options, struct us_jobs **out, struct us_error *e);
/* The one that runs is stopped and has failed; none is begun any more. */
void us_jobs_stop(struct us_jobs *j);
/* After which nobody calls. NULL is fine. */
void us_jobs_close(struct us_jobs *j);

/* One was put into state. */
void us_jobs_wake(struct us_jobs *j);

/* It was cancelled in state: should it run, it need not go on. */
void us_jobs_cancel(struct us_jobs *j, int64_t id);

/* true: none runs any more when it returns, and the one that did waits again; false
 * lets them go on. Each true has its false. */
void us_jobs_hold(struct us_jobs *j, bool hold);

/* How far it is; false: it does not run. */
struct us_job_progress {
    const char *what;    /* a key of i18n/; NULL: nothing is known yet */
    int64_t done, total; /* total 0: not known */
};
bool us_jobs_progress(struct us_jobs *j, int64_t id, struct us_job_progress *out);
