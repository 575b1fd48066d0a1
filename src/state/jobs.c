/* jobs.c: long work that was asked for, and what came of it. */

#include "state/db.h"

/* The numbers are in files and in the statements below. */
_Static_assert(US_JOB_WAITING == 0 && US_JOB_RUNNING == 1 && US_JOB_DONE == 2 &&
                   US_JOB_FAILED == 3 && US_JOB_CANCELLED == 4,
    "a job's status keeps its number");

us_str us_job_word(us_job_status status)
{
    static const us_str words[] = {
        [US_JOB_WAITING] = US_S_INIT("waiting"),
        [US_JOB_RUNNING] = US_S_INIT("running"),
        [US_JOB_DONE] = US_S_INIT("done"),
        [US_JOB_FAILED] = US_S_INIT("failed"),
        [US_JOB_CANCELLED] = US_S_INIT("cancelled"),
    };
    us_assert(status < US_JOBS);
    return words[status];
}

#define COLUMNS(result) \
    "id, kind, args, status, " result ", why, created, started, ended"

static void read_job(const struct db_row *row, struct us_arena *a, void *item)
{
    *(struct us_state_job *)item = (struct us_state_job){
        .id = db_int(row, 0),
        .kind = db_kept(row, 1, a),
        .args = db_kept(row, 2, a),
        .status = (us_job_status)db_int(row, 3),
        .result = db_kept(row, 4, a),
        .why = db_kept(row, 5, a),
        .created = db_int(row, 6),
        .started = db_at(row, 7),
        .ended = db_at(row, 8),
    };
}

static us_code jobs_by(struct us_state *s, const struct db_ask *ask, struct us_arena *a,
    struct us_state_job_list *out, struct us_error *e)
{
    static const struct db_shape shape = {sizeof(struct us_state_job), read_job};
    struct db_found found;
    US_TRY(db_page(s->db, ask, &shape, a, &found, e));
    *out = (struct us_state_job_list){found.items, found.count, found.more};
    return US_OK;
}

static us_code no_job(int64_t id, struct us_error *e)
{
    return us_fail(e, US_NOT_FOUND, "state.no_job", US_ARGS(US_DIGITS("id", id)));
}

static us_code changed(struct us_state *s, int64_t id, struct us_error *e)
{
    return db_changed(s->db) ? US_OK : no_job(id, e);
}

/* ---- begun ---- */

us_code us_state_job_put(
    struct us_state *s, struct us_state_job *job, struct us_error *e)
{
    US_TRY(state_fits(job->args, "state.what_args", e));
    US_TRY(db_run(s->db,
        "INSERT INTO jobs (kind, args, status, created) VALUES (?1, ?2, 0, ?3)",
        DB_ARGS(DB_STR(job->kind), DB_STR(job->args), DB_INT(job->created)), e));
    job->id = db_last_id(s->db);
    job->status = US_JOB_WAITING;
    job->started = job->ended = US_NEVER;
    return US_OK;
}

struct starting {
    int64_t at;
    struct us_arena *arena;
    struct us_state_job_list jobs;
};

static us_code start(struct us_state *s, void *ctx, struct us_error *e)
{
    struct starting *n = ctx;
    struct db_ask ask = {
        "SELECT " COLUMNS("result") " FROM jobs WHERE status = 0 ORDER BY id LIMIT 1",
        NULL};
    US_TRY(jobs_by(s, &ask, n->arena, &n->jobs, e));
    if (!n->jobs.count) return us_fail(e, US_NOT_FOUND, "state.no_job_waits", NULL);
    struct us_state_job *job = &n->jobs.items[0];
    job->status = US_JOB_RUNNING;
    job->started = n->at;
    return db_run(s->db, "UPDATE jobs SET status = 1, started = ?2 WHERE id = ?1",
        DB_ARGS(DB_INT(job->id), DB_INT(n->at)), e);
}

us_code us_state_job_next(struct us_state *s, int64_t at, struct us_arena *a,
    struct us_state_job *out, struct us_error *e)
{
    struct starting n = {.at = at, .arena = a};
    US_TRY(db_all(s, start, &n, e));
    *out = n.jobs.items[0];
    return US_OK;
}

/* ---- ended ---- */

us_code us_state_job_end(
    struct us_state *s, const struct us_state_job *job, struct us_error *e)
{
    us_assert(job->status == US_JOB_DONE || job->status == US_JOB_FAILED);
    US_TRY(state_fits(job->why, "state.what_result", e));
    if (job->result.len > US_STATE_RESULT_MAX)
        return us_fail(e, US_LIMIT, "state.text",
            US_ARGS(US_WORD("what", "state.what_result"),
                US_BYTES("bytes", job->result.len),
                US_BYTES("most", US_STATE_RESULT_MAX)));
    US_TRY(db_run(s->db,
        "UPDATE jobs SET status = ?2, ended = ?3, result = ?4, why = ?5 WHERE id = ?1 "
        "AND status = 1",
        DB_ARGS(DB_INT(job->id), DB_INT(job->status), DB_INT(job->ended),
            DB_STR(job->result), DB_STR(job->why)),
        e));
    return changed(s, job->id, e);
}

us_code us_state_job_again(struct us_state *s, int64_t id, struct us_error *e)
{
    US_TRY(db_run(s->db,
        "UPDATE jobs SET status = 0, started = NULL WHERE id = ?1 AND status = 1",
        DB_ARGS(DB_INT(id)), e));
    return changed(s, id, e);
}

us_code us_state_job_cancel(
    struct us_state *s, int64_t id, int64_t at, struct us_error *e)
{
    US_TRY(db_run(s->db,
        "UPDATE jobs SET status = 4, ended = ?2 WHERE id = ?1 AND status <= 1",
        DB_ARGS(DB_INT(id), DB_INT(at)), e));
    return changed(s, id, e);
}

us_code us_state_jobs_interrupted(
    struct us_state *s, int64_t at, us_str why, struct us_error *e)
{
    return db_run(s->db,
        "UPDATE jobs SET status = 3, ended = ?1, why = ?2 WHERE status = 1",
        DB_ARGS(DB_INT(at), DB_STR(why)), e);
}

us_code us_state_jobs_waiting(struct us_state *s, int64_t *out, struct us_error *e)
{
    struct db_ask ask = {"SELECT count(*) FROM jobs WHERE status = 0", NULL};
    return db_one(s->db, &ask, 0, out, e);
}

us_code us_state_jobs_prune(struct us_state *s, int64_t keep, struct us_error *e)
{
    return db_run(s->db,
        "DELETE FROM jobs WHERE status > 1 AND id NOT IN (SELECT id FROM jobs ORDER BY "
        "id DESC LIMIT ?1)",
        DB_ARGS(DB_INT(keep)), e);
}

/* ---- looked up ---- */

us_code us_state_job(struct us_state *s, int64_t id, struct us_arena *a,
    struct us_state_job *out, struct us_error *e)
{
    struct us_state_job_list l;
    struct db_ask ask = {
        "SELECT " COLUMNS("result") " FROM jobs WHERE id = ?1", DB_ARGS(DB_INT(id))};
    US_TRY(jobs_by(s, &ask, a, &l, e));
    if (!l.count) return no_job(id, e);
    *out = l.items[0];
    return US_OK;
}

us_code us_state_jobs(struct us_state *s, int64_t before, struct us_arena *a,
    struct us_state_job_list *out, struct us_error *e)
{
    struct db_ask ask = {
        "SELECT " COLUMNS("''") " FROM jobs WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
        DB_ARGS(DB_INT(before ? before : INT64_MAX), DB_INT(US_STATE_ROWS_MAX))};
    return jobs_by(s, &ask, a, out, e);
}
