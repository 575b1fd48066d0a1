/* api_studies.c: studies as jobs: asked for, looked at, cancelled. */

#include "base/buf.h"
#include "base/time.h"
#include "server/api_inner.h"
#include "server/clock.h"
#include "server/study.h"

enum { LIST = 's' };

/* ---- a job as JSON ---- */

static us_str state_word(us_job_status status)
{
    return status == US_JOB_WAITING ? US_S("queued") : us_job_word(status);
}

static void progress_put(
    struct api_asked *q, const struct us_state_job *job, struct us_buf *out)
{
    struct us_job_progress p;
    us_buf_put(out, US_S(",\"progress\":"));
    if (!us_jobs_progress(q->api->jobs, job->id, &p) || !p.what) {
        us_buf_put(out, US_S("null"));
        return;
    }
    us_buf_put(out, US_S("{\"what\":"));
    us_buf_json(out, us_text(us_http_arena(q->request), api_lang(q), p.what, NULL));
    us_buf_fmt(out, ",\"done\":%lld,\"total\":", (long long)p.done);
    if (p.total > 0)
        us_buf_fmt(out, "%lld}", (long long)p.total);
    else
        us_buf_put(out, US_S("null}"));
}

/* Rows of a study that says a line for each become a list. */
static void result_put(const struct us_state_job *job, struct us_buf *out)
{
    const struct us_study_kind *kind = us_study_kind(job->kind);
    us_str rest = us_str_trim(job->result);
    if (!kind || !kind->lines) {
        us_buf_put(out, rest);
        return;
    }
    us_buf_char(out, '[');
    while (rest.len) {
        us_buf_put(out, us_str_cut(rest, '\n', &rest));
        if (rest.len) us_buf_char(out, ',');
    }
    us_buf_char(out, ']');
}

static void job_put(
    struct api_asked *q, const struct us_state_job *job, bool whole, struct us_buf *out)
{
    us_buf_fmt(out, "{\"id\":%lld,\"kind\":", (long long)job->id);
    us_buf_json(out, job->kind);
    us_buf_put(out, US_S(",\"asked\":"));
    us_buf_put(out, job->args);
    us_buf_fmt(out, ",\"state\":\"%.*s\"", US_ARG(state_word(job->status)));
    progress_put(q, job, out);
    api_moment_put(out, "created", job->created);
    api_moment_put(out, "started", job->started);
    api_moment_put(out, "ended", job->ended);
    us_buf_put(out, US_S(",\"why\":"));
    if (job->why.len)
        us_buf_json(out, job->why);
    else
        us_buf_put(out, US_S("null"));
    if (whole) us_buf_put(out, US_S(",\"result\":"));
    if (whole && job->status == US_JOB_DONE)
        result_put(job, out);
    else if (whole)
        us_buf_put(out, US_S("null"));
    us_buf_char(out, '}');
}

/* ---- asking for one ---- */

/* What is in state for good is good JSON: the request without spaces. */
static us_code asked_read(
    struct api_asked *q, struct us_state_job *job, struct us_error *e)
{
    struct us_arena *a = us_http_arena(q->request);
    us_str body = us_http_body(q->request);
    struct us_json_doc doc;
    struct us_study study;
    struct us_buf args = us_buf_new(a, US_STATE_TEXT_MAX);
    struct us_json *json = us_json_new();
    us_code code = us_json_parse(json, body, &doc, e);
    if (code == US_OK) code = us_study_read(&doc, a, &study, e);
    if (code == US_OK) us_json_minify(&doc, 0, NULL, &args);
    us_json_free(json);
    if (code == US_OK && args.full)
        code = us_fail(e, US_LIMIT, "state.text",
            US_ARGS(US_WORD("what", "state.what_args"), US_BYTES("bytes", body.len),
                US_BYTES("most", US_STATE_TEXT_MAX)));
    if (code != US_OK) return code;
    if (study.config.len) US_TRY(api_config_good(q, study.config, e));
    *job = (struct us_state_job){.kind = us_str_c(study.kind->name),
        .args = us_buf_str(&args),
        .created = us_server_now()};
    return US_OK;
}

static us_code put(struct api_asked *q, struct us_state_job *job, struct us_error *e)
{
    struct us_state *s = NULL;
    int64_t waiting = 0;
    US_TRY(us_state_open(q->api->o.data, true, &s, e));
    us_code code = us_state_jobs_waiting(s, &waiting, e);
    if (code == US_OK && waiting >= US_JOBS_WAITING_MAX)
        code =
            us_fail(e, US_BUSY, "server.studies_wait", US_ARGS(US_WHOLE("n", waiting)));
    if (code == US_OK) code = us_state_job_put(s, job, e);
    us_state_close(s);
    return code;
}

static void ask(struct api_asked *q)
{
    struct us_arena *a = us_http_arena(q->request);
    struct us_buf out = us_buf_new(a, US_STATE_TEXT_MAX * 2);
    struct us_state_job job;
    struct us_error why = {0};
    us_code code = asked_read(q, &job, &why);
    if (code == US_OK) code = put(q, &job, &why);
    if (code != US_OK) {
        api_refuse(q, code, &why);
        return;
    }
    us_jobs_wake(q->api->jobs);
    job_put(q, &job, true, &out);
    us_buf_char(&out, '\n');
    struct us_http_answer answer = {.status = 202, .body = us_buf_str(&out)};
    answer.headers[answer.header_count++] = (struct us_http_header){
        "Location", us_arena_fmt(a, "/api/v1/studies/%lld", (long long)job.id)};
    us_http_answer(q->request, &answer);
}

/* ---- looking ---- */

static us_code found(struct api_asked *q, struct us_state_job *job, struct us_error *e)
{
    struct us_state *s;
    int64_t id = 0;
    us_str text = us_http_param(q->request, 0);
    if (!us_str_int(text, &id))
        return us_fail(
            e, US_NOT_FOUND, "server.no_study", US_ARGS(US_TEXT("id", text)));
    US_TRY(api_state_take(q->api, &s, e));
    us_code code = us_state_job(s, id, us_http_arena(q->request), job, e);
    api_state_give(q->api, s);
    return code;
}

typedef us_code job_find(
    struct api_asked *q, struct us_state_job *job, struct us_error *e);

static void job_answer(struct api_asked *q, job_find *find)
{
    struct us_state_job job;
    struct us_error why = {0};
    us_code code = find(q, &job, &why);
    if (code != US_OK) {
        api_refuse(q, code, &why);
        return;
    }
    struct us_buf out = us_buf_new(us_http_arena(q->request), API_ANSWER_BYTES);
    job_put(q, &job, true, &out);
    us_buf_char(&out, '\n');
    api_answer(q, us_buf_str(&out), NULL, (us_str){0});
}

static void show(struct api_asked *q)
{
    job_answer(q, found);
}

static void result(struct api_asked *q)
{
    struct us_state_job job;
    struct us_error why = {0};
    us_code code = found(q, &job, &why);
    if (code == US_OK && job.status != US_JOB_DONE)
        code = us_fail(&why, US_REFUSED, "server.study_not_done",
            US_ARGS(US_DIGITS("id", job.id), US_TEXT("state", state_word(job.status))));
    if (code != US_OK) {
        api_refuse(q, code, &why);
        return;
    }
    const struct us_study_kind *kind = us_study_kind(job.kind);
    api_answer(q, job.result, kind && kind->lines ? "application/x-ndjson" : NULL,
        api_tag_of(q, job.result));
}

static us_code listed(struct api_asked *q, int64_t before, int64_t limit,
    struct us_buf *out, struct us_error *e)
{
    struct us_state *s;
    struct us_state_job_list list = {0};
    struct us_arena *a = us_http_arena(q->request);
    us_code code = api_state_take(q->api, &s, e);
    if (code == US_OK) {
        code = us_state_jobs(s, before, a, &list, e);
        api_state_give(q->api, s);
    }
    if (code != US_OK && code != US_NOT_FOUND) return code;
    size_t count = list.count < (size_t)limit ? list.count : (size_t)limit;
    us_buf_put(out, US_S("{\"studies\":["));
    for (size_t i = 0; i < count; i++) {
        if (i) us_buf_char(out, ',');
        job_put(q, &list.items[i], false, out);
    }
    us_buf_put(out, US_S("],\"next\":"));
    if (list.count > count || list.more)
        us_buf_json(out, api_cursor_whole(a, LIST, list.items[count - 1].id));
    else
        us_buf_put(out, US_S("null"));
    us_buf_put(out, US_S("}\n"));
    return US_OK;
}

static void list(struct api_asked *q)
{
    struct us_buf out = us_buf_new(us_http_arena(q->request), API_ANSWER_BYTES);
    struct us_error why = {0};
    int64_t before = 0;
    int64_t limit = 0;
    if (!api_whole(q, "limit", US_API_ROWS, US_API_ROWS_MAX, &limit)) return;
    if (!api_after_whole(q, LIST, &before)) return;
    us_code code = listed(q, before, limit ? limit : 1, &out, &why);
    if (code == US_OK)
        api_answer(q, us_buf_str(&out), NULL, (us_str){0});
    else
        api_refuse(q, code, &why);
}

/* ---- cancelling ---- */

static us_code over(const struct us_state_job *job, struct us_error *e)
{
    return us_fail(e, US_REFUSED, "server.study_over",
        US_ARGS(US_DIGITS("id", job->id), US_TEXT("state", state_word(job->status))));
}

static us_code cancelled(
    struct api_asked *q, struct us_state_job *job, struct us_error *e)
{
    struct us_state *s;
    US_TRY(found(q, job, e));
    if (job->status > US_JOB_RUNNING) return over(job, e);
    US_TRY(us_state_open(q->api->o.data, true, &s, e));
    us_code code = us_state_job_cancel(s, job->id, us_server_now(), e);
    us_state_close(s);
    if (code == US_NOT_FOUND) { /* it ended a moment ago */
        US_TRY(found(q, job, e));
        return over(job, e);
    }
    US_TRY(code);
    us_jobs_cancel(q->api->jobs, job->id);
    return found(q, job, e);
}

static void cancel(struct api_asked *q)
{
    job_answer(q, cancelled);
}

const struct api_door api_study_doors[] = {
    {"POST", "/api/v1/studies", API_WRITE, false, ask},
    {"GET", "/api/v1/studies", API_READ, false, list},
    {"GET", "/api/v1/studies/{study}", API_READ, false, show},
    {"GET", "/api/v1/studies/{study}/result", API_READ, false, result},
    {"DELETE", "/api/v1/studies/{study}", API_WRITE, false, cancel},
};
const size_t api_study_door_count = sizeof api_study_doors / sizeof *api_study_doors;
