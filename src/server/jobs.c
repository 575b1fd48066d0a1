#include "server/jobs.h"

#include "base/buf.h"
#include "base/thread.h"
#include "file/file.h"
#include "server/clock.h"
#include "server/study.h"
#include "state/state.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { OWN_BYTES = 1 << 20, WHY_BYTES_MAX = 8192, PAUSE_SECONDS = 5 };
static const size_t MEMORY = (size_t)1 << 30; /* address space: of one job */

struct us_jobs {
    struct us_arena own; /* it lies in this */
    struct us_jobs_options options;
    pthread_t thread;
    struct us_state *state; /* of the thread; NULL: not open */
    struct us_arena memory; /* of the thread: of one job */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t moved;
    bool woken, stop;
    int held;        /* so often; none is begun while it is not 0 */
    bool busy;       /* one is begun, or is about to be */
    bool again;      /* the one that runs is held: it waits again */
    int64_t running; /* 0: none */
    struct us_job_progress progress;
    _Atomic bool ends; /* of the one that runs: nobody waits for it */
};

/* ---- one job ---- */

static void progress_take(void *ctx, const char *what, int64_t done, int64_t total)
{
    struct us_jobs *j = ctx;
    pthread_mutex_lock(&j->lock);
    j->progress = (struct us_job_progress){what, done, total > 0 ? total : 0};
    pthread_mutex_unlock(&j->lock);
}

/* What was written there, up to most. */
static us_str said(int fd, size_t most, struct us_arena *a)
{
    off_t size = lseek(fd, 0, SEEK_END);
    size_t len = size < 0 ? 0 : (size_t)size < most ? (size_t)size : most;
    char *text = us_new(a, char, len + 1);
    size_t at = 0;
    while (at < len) {
        ssize_t n = pread(fd, text + at, len - at, (off_t)at);
        if (n <= 0) break;
        at += (size_t)n;
    }
    return (us_str){text, at};
}

/* The other side of a diff is a file to the command: one at a time, so it has one name.
 * It may hold keys, and stays no longer than the study is at work. */
static us_str config_path(struct us_jobs *j)
{
    return us_file_join(&j->memory, j->options.data, US_S("study.yml"));
}

/* usher -C DIR KIND --json --lang … */
static us_code call_make(struct us_jobs *j, const struct us_study *s,
    struct us_lent_call *out, struct us_error *e)
{
    enum { FIXED = 7 };
    struct us_arena *a = &j->memory;
    char **argv = us_new(a, char *, FIXED + US_STUDY_ARGS_MAX + 2);
    const char *fixed[FIXED] = {"usher", "-C", us_arena_cstr(a, j->options.dir),
        s->kind->name, "--json", "--lang", s->lang == US_ZH ? "zh" : "en"};
    int count = 0;
    for (size_t i = 0; i < FIXED; i++)
        argv[count++] = us_arena_cstr(a, us_str_c(fixed[i]));
    for (size_t i = 0; i < s->count; i++)
        argv[count++] = us_arena_cstr(a, us_str_c(s->args[i]));
    if (s->config.len) {
        us_str path = config_path(j);
        US_TRY(us_file_write(path, s->config, e));
        argv[count++] = us_arena_cstr(a, path);
    }
    *out = (struct us_lent_call){
        .argc = count, .argv = argv, .env = us_new(a, char *, 1), .in_fd = -1};
    return US_OK;
}

/* "usher: why" is why. */
static us_str reason(us_str text)
{
    us_str rest;
    us_str prefix = US_S("usher:");
    us_str line = us_str_trim(text);
    if (us_str_has_prefix(line, prefix))
        line = us_str_trim(us_str_slice(line, prefix.len, line.len));
    us_str first = us_str_cut(line, '\n', &rest);
    return us_str_has_prefix(us_str_trim(text), prefix) ? first : line;
}

static us_code study_run(struct us_jobs *j, const struct us_study *s, const int *fds,
    struct us_state_job *job, struct us_error *e)
{
    struct us_lent_call call;
    struct us_lent_watch watch = {progress_take, j, &j->ends};
    US_TRY(call_make(j, s, &call, e));
    call.out_fd = fds[0];
    call.err_fd = fds[1];
    call.watch = &watch;
    int status = j->options.run(j->options.ctx, &call);
    if (s->config.len) unlink(us_arena_cstr(&j->memory, config_path(j)));
    job->status = status == 0 ? US_JOB_DONE : US_JOB_FAILED;
    if (status == 0)
        job->result = said(fds[0], (size_t)US_STATE_RESULT_MAX + 1, &j->memory);
    else
        job->why = reason(said(fds[1], WHY_BYTES_MAX, &j->memory));
    return US_OK;
}

static us_code study_do(struct us_jobs *j, struct us_state_job *job, struct us_error *e)
{
    struct us_study study;
    struct us_json_doc doc;
    int fds[2];
    struct us_buf args = us_buf_new(&j->memory, job->args.len + US_JSON_PAD + 1);
    us_buf_put(&args, job->args);
    for (size_t i = 0; i < US_JSON_PAD; i++)
        us_buf_char(&args, 0);
    struct us_json *json = us_json_new();
    us_code code = us_json_parse(json, (us_str){args.ptr, job->args.len}, &doc, e);
    if (code == US_OK) code = us_study_read(&doc, &j->memory, &study, e);
    us_json_free(json);
    if (code != US_OK) return code;
    for (size_t i = 0; i < 2; i++)
        fds[i] = memfd_create("usher-study", MFD_CLOEXEC);
    if (fds[0] < 0 || fds[1] < 0)
        code = us_fail_errno(e, US_IO, "server.study_memory", US_S("memfd"));
    else
        code = study_run(j, &study, fds, job, e);
    for (size_t i = 0; i < 2; i++)
        if (fds[i] >= 0) close(fds[i]);
    return code;
}

/* Stored, or put back. */
static us_code job_end(struct us_jobs *j, struct us_state_job *job, struct us_error *e)
{
    pthread_mutex_lock(&j->lock);
    bool again = j->again && !j->stop;
    pthread_mutex_unlock(&j->lock);
    if (again) return us_state_job_again(j->state, job->id, e);
    us_code code = us_state_job_end(j->state, job, e);
    if (code != US_LIMIT) return code;
    job->status = US_JOB_FAILED;
    job->result = (us_str){0};
    job->why = us_text(&j->memory, US_EN, e->key, e->args);
    return us_state_job_end(j->state, job, e);
}

/* Who cancelled it before it was said to run could not say so here (us_jobs_cancel). */
static us_code cancelled_before(
    struct us_jobs *j, const struct us_state_job *job, bool *out, struct us_error *e)
{
    struct us_state_job now;
    US_TRY(us_state_job(j->state, job->id, &j->memory, &now, e));
    *out = now.status != US_JOB_RUNNING;
    return US_OK;
}

static void run_begins(struct us_jobs *j, int64_t id)
{
    pthread_mutex_lock(&j->lock);
    j->running = id;
    j->progress = (struct us_job_progress){0};
    j->again = j->held;
    j->ends = j->stop || j->held;
    pthread_mutex_unlock(&j->lock);
}

static void run_ends(struct us_jobs *j)
{
    pthread_mutex_lock(&j->lock);
    j->running = 0;
    pthread_mutex_unlock(&j->lock);
}

/* Fails where its end could not be written: to state it runs on. */
static us_code job_run(struct us_jobs *j, struct us_state_job *job, struct us_error *e)
{
    struct us_error why = {0};
    bool cancelled = false;
    US_TRY(cancelled_before(j, job, &cancelled, e));
    if (cancelled) return US_OK;
    us_code code = study_do(j, job, &why);
    if (code != US_OK) {
        job->status = US_JOB_FAILED;
        job->why = us_text(&j->memory, US_EN, why.key, why.args);
    }
    if (j->ends) { /* whatever it says; state knows it if it was cancelled */
        job->status = US_JOB_FAILED;
        job->result = (us_str){0};
        job->why = US_S("interrupted");
    }
    job->ended = us_server_now();
    code = job_end(j, job, e);
    return code == US_NOT_FOUND ? US_OK : code; /* it was cancelled meanwhile */
}

/* ---- its thread ---- */

/* What state says runs when it is opened here ended with another server, or its end
 * could not be written. */
static us_code opened(struct us_jobs *j, struct us_error *e)
{
    if (j->state) return US_OK;
    unlink(us_arena_cstr(&j->memory, config_path(j))); /* of one that was killed */
    US_TRY(us_state_open(j->options.data, true, &j->state, e));
    return us_state_jobs_interrupted(j->state, us_server_now(), US_S("interrupted"), e);
}

/* It is opened anew when it is needed, and that tidies it up. */
static void closed(struct us_jobs *j)
{
    us_state_close(j->state);
    j->state = NULL;
}

/* US_NOT_FOUND: none waits. */
static us_code one(struct us_jobs *j, struct us_error *e)
{
    struct us_state_job job;
    us_arena_reset(&j->memory);
    US_TRY(opened(j, e));
    US_TRY(us_state_job_next(j->state, us_server_now(), &j->memory, &job, e));
    run_begins(j, job.id);
    us_code code = job_run(j, &job, e);
    run_ends(j);
    if (code != US_OK) return code;
    return us_state_jobs_prune(j->state, US_JOBS_KEPT, e);
}

/* False: it is to stop, or held. */
static bool begins(struct us_jobs *j)
{
    pthread_mutex_lock(&j->lock);
    j->busy = !j->stop && !j->held;
    bool busy = j->busy;
    pthread_mutex_unlock(&j->lock);
    return busy;
}

static void ended(struct us_jobs *j)
{
    pthread_mutex_lock(&j->lock);
    j->busy = false;
    pthread_cond_broadcast(&j->moved);
    pthread_mutex_unlock(&j->lock);
}

/* Until woken, or some seconds where state could not be had. False: it is to stop. */
static bool rest(struct us_jobs *j, bool failed)
{
    struct timespec until = us_server_in_ms(PAUSE_SECONDS * 1000);
    pthread_mutex_lock(&j->lock);
    int timed = 0;
    while (!j->stop && !j->woken && timed == 0) {
        if (failed)
            timed = pthread_cond_timedwait(&j->moved, &j->lock, &until);
        else
            pthread_cond_wait(&j->moved, &j->lock);
    }
    j->woken = false;
    bool stop = j->stop;
    pthread_mutex_unlock(&j->lock);
    return !stop;
}

static void *run(void *ctx)
{
    struct us_jobs *j = ctx;
    us_thread_is("usher-job", US_JOBS_NICE);
    bool failed = false;
    while (rest(j, failed)) {
        struct us_error why = {0};
        us_code code = US_OK;
        while (code == US_OK && begins(j)) {
            code = one(j, &why);
            ended(j);
        }
        failed = code != US_OK && code != US_NOT_FOUND;
        if (failed) closed(j);
        if (failed)
            us_server_say_error(
                j->options.log, US_WARN, "server.said_job_failed", &why);
    }
    return NULL;
}

/* ---- outside ---- */

us_code us_jobs_open(
    const struct us_jobs_options *options, struct us_jobs **out, struct us_error *e)
{
    struct us_arena own;
    us_arena_init(&own, OWN_BYTES);
    struct us_jobs *j = us_new(&own, struct us_jobs, 1);
    j->own = own;
    j->options = *options;
    us_arena_init(&j->memory, MEMORY);
    pthread_mutex_init(&j->lock, NULL);
    us_server_cond_init(&j->moved);
    /* Without state nothing waits, and nothing ran. */
    j->woken = us_file_exists(us_state_path(options->data, &j->own));
    int failed = pthread_create(&j->thread, NULL, run, j);
    if (!failed) {
        *out = j;
        return US_OK;
    }
    us_arena_done(&j->memory);
    own = j->own;
    us_arena_done(&own);
    return us_fail(
        e, US_IO, "server.thread", US_ARGS(US_TEXT("why", us_str_c(strerror(failed)))));
}

void us_jobs_stop(struct us_jobs *j)
{
    pthread_mutex_lock(&j->lock);
    bool stopped = j->stop;
    j->stop = true;
    j->ends = true;
    pthread_cond_broadcast(&j->moved);
    pthread_mutex_unlock(&j->lock);
    if (!stopped) pthread_join(j->thread, NULL);
}

void us_jobs_close(struct us_jobs *j)
{
    if (!j) return;
    us_jobs_stop(j);
    closed(j);
    us_arena_done(&j->memory);
    pthread_cond_destroy(&j->moved);
    pthread_mutex_destroy(&j->lock);
    struct us_arena own = j->own;
    us_arena_done(&own);
}

void us_jobs_wake(struct us_jobs *j)
{
    pthread_mutex_lock(&j->lock);
    j->woken = true;
    pthread_cond_broadcast(&j->moved);
    pthread_mutex_unlock(&j->lock);
}

void us_jobs_cancel(struct us_jobs *j, int64_t id)
{
    pthread_mutex_lock(&j->lock);
    if (j->running == id) j->ends = true;
    pthread_mutex_unlock(&j->lock);
}

void us_jobs_hold(struct us_jobs *j, bool hold)
{
    pthread_mutex_lock(&j->lock);
    j->held += hold ? 1 : -1;
    if (hold && j->running) {
        j->again = true;
        j->ends = true;
    }
    while (hold && j->busy)
        pthread_cond_wait(&j->moved, &j->lock);
    j->woken |= !hold;
    pthread_cond_broadcast(&j->moved);
    pthread_mutex_unlock(&j->lock);
}

bool us_jobs_progress(struct us_jobs *j, int64_t id, struct us_job_progress *out)
{
    pthread_mutex_lock(&j->lock);
    bool runs = j->running == id;
    if (runs) *out = j->progress;
    pthread_mutex_unlock(&j->lock);
    return runs;
}
