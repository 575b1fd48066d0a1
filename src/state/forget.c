/* forget.c: a person taken out of what was decided.
 *
 * What was decided of the person alone goes: transitions of definitions of people, what
 * plays made of them, and what was to be told of them. Of an account's decisions what
 * names the person becomes stars, for the decision was the account's. Pages are
 * overwritten, and the file is written anew, so that nothing is left between its rows.
 */
#include "state/db.h"

#include <string.h>
#include <unistd.h>

enum { TRIES = 100, TRY_MS = 50 };

struct forgetting {
    const struct us_state_forget *asked;
    int64_t rows;
};

/* ---- rows of the person ---- */

static us_code run_for(struct us_state *s, const char *sql, us_str user,
    struct forgetting *f, struct us_error *e)
{
    US_TRY(db_run(s->db, sql, DB_ARGS(DB_STR(user)), e));
    f->rows += db_changed(s->db);
    return US_OK;
}

struct key_rows {
    struct us_state *s;
    us_str *items;
    size_t count, cap;
};

static us_code key_take(void *ctx, const struct db_row *row, struct us_error *e)
{
    (void)e;
    struct key_rows *k = ctx;
    us_str key = us_state_key(db_str(row, 0), db_str(row, 1), db_str(row, 2),
        (uint32_t)db_int(row, 3), &k->s->scratch);
    *us_push(&k->s->scratch, k->items, k->count, k->cap) = key;
    return US_OK;
}

/* By the keys of what was decided of the person, so before that goes; of a backlog
 * there may be no transition. */
static us_code outbox_drop(
    struct us_state *s, us_str user, struct forgetting *f, struct us_error *e)
{
    struct key_rows k = {.s = s};
    struct db_ask ask = {"SELECT definition, account, user, ordinal FROM transitions "
                         "WHERE user = ?1 UNION SELECT definition, account, user, "
                         "ordinal FROM handoffs WHERE user = ?1 UNION SELECT "
                         "definition, account, user, ordinal FROM backlogs WHERE user "
                         "= ?1",
        DB_ARGS(DB_STR(user))};
    US_TRY(db_each(s->db, &ask, key_take, &k, e));
    for (size_t i = 0; i < k.count; i++)
        US_TRY(run_for(s, "DELETE FROM outbox WHERE key = ?1", k.items[i], f, e));
    return US_OK;
}

static us_code user_drop(
    struct us_state *s, us_str user, struct forgetting *f, struct us_error *e)
{
    US_TRY(outbox_drop(s, user, f, e));
    US_TRY(run_for(s,
        "DELETE FROM routings WHERE transition IN (SELECT id FROM transitions WHERE "
        "user = ?1)",
        user, f, e));
    US_TRY(run_for(s, "DELETE FROM handoffs WHERE user = ?1", user, f, e));
    US_TRY(run_for(s, "DELETE FROM backlogs WHERE user = ?1", user, f, e));
    US_TRY(run_for(s, "DELETE FROM standings WHERE user = ?1", user, f, e));
    return run_for(s, "DELETE FROM transitions WHERE user = ?1", user, f, e);
}

/* ---- texts that name them ---- */

static const struct text {
    const char *ask, *put; /* id and text; the text of an id */
} texts[] = {
    {"SELECT id, explanation FROM transitions",
        "UPDATE transitions SET explanation = ?2 WHERE id = ?1"},
    {"SELECT id, body FROM outbox", "UPDATE outbox SET body = ?2 WHERE id = ?1"},
    {"SELECT id, why FROM outbox", "UPDATE outbox SET why = ?2 WHERE id = ?1"},
    {"SELECT id, args FROM jobs", "UPDATE jobs SET args = ?2 WHERE id = ?1"},
    {"SELECT id, result FROM jobs", "UPDATE jobs SET result = ?2 WHERE id = ?1"},
    {"SELECT id, why FROM jobs", "UPDATE jobs SET why = ?2 WHERE id = ?1"},
    {"SELECT id, about FROM audit", "UPDATE audit SET about = ?2 WHERE id = ?1"},
    {"SELECT id, details FROM audit", "UPDATE audit SET details = ?2 WHERE id = ?1"},
};

struct masked_row {
    int64_t id;
    us_str text;
};

struct masking {
    struct us_state *s;
    const struct us_state_forget *asked;
    struct masked_row *items;
    size_t count, cap;
};

static us_code mask_take(void *ctx, const struct db_row *row, struct us_error *e)
{
    (void)e;
    struct masking *m = ctx;
    struct us_arena *a = &m->s->scratch;
    us_mark mark = us_arena_mark(a);
    us_str text = db_str(row, 1);
    char *copy = us_arena_cstr(a, text);
    if (m->asked->mask(m->asked->ctx, copy, text.len))
        *us_push(a, m->items, m->count, m->cap) =
            (struct masked_row){db_int(row, 0), {copy, text.len}};
    else
        us_arena_pop(a, mark);
    return US_OK;
}

static us_code text_mask(
    struct us_state *s, const struct text *t, struct forgetting *f, struct us_error *e)
{
    struct masking m = {.s = s, .asked = f->asked};
    struct db_ask ask = {t->ask, NULL};
    us_arena_reset(&s->scratch);
    US_TRY(db_each(s->db, &ask, mask_take, &m, e));
    for (size_t i = 0; i < m.count; i++) {
        struct masked_row *row = &m.items[i];
        US_TRY(db_run(s->db, t->put, DB_ARGS(DB_INT(row->id), DB_STR(row->text)), e));
        f->rows += db_changed(s->db);
    }
    return US_OK;
}

/* ---- all of it ---- */

/* It was finished once, and only its plan was left. */
static us_code is_recorded(
    struct us_state *s, const struct us_state_audit *row, bool *is, struct us_error *e)
{
    int64_t there = 0;
    struct db_ask ask = {"SELECT count(*) FROM audit WHERE what = ?1 AND about = ?2",
        DB_ARGS(DB_STR(row->what), DB_STR(row->about))};
    US_TRY(db_one(s->db, &ask, 0, &there, e));
    *is = there > 0;
    return US_OK;
}

static us_code forget(struct us_state *s, void *ctx, struct us_error *e)
{
    struct forgetting *f = ctx;
    struct us_state_audit row = f->asked->audit;
    bool recorded = false;
    for (size_t i = 0; i < f->asked->user_count; i++) {
        us_arena_reset(&s->scratch);
        US_TRY(user_drop(s, f->asked->users[i], f, e));
    }
    for (size_t i = 0; f->asked->mask && i < sizeof texts / sizeof *texts; i++)
        US_TRY(text_mask(s, &texts[i], f, e));
    US_TRY(is_recorded(s, &row, &recorded, e));
    return recorded ? US_OK : us_state_audit_put(s, &row, e);
}

/* What is in the log goes into the file, and the log is emptied; a reader may stand in
 * the way for a moment. */
static us_code log_empty(struct us_state *s, struct us_error *e)
{
    int64_t busy = 1;
    struct db_ask ask = {"PRAGMA wal_checkpoint(TRUNCATE)", NULL};
    for (int i = 0; i < TRIES && busy; i++) {
        US_TRY(db_one(s->db, &ask, 0, &busy, e));
        if (busy) usleep(TRY_MS * 1000);
    }
    if (!busy) return US_OK;
    return us_fail(e, US_BUSY, "state.busy",
        US_ARGS(US_TEXT("path", s->path), US_TEXT("why", US_S("wal_checkpoint"))));
}

us_code us_state_forget(struct us_state *s, const struct us_state_forget *asked,
    int64_t *rows, struct us_error *e)
{
    struct forgetting f = {.asked = asked};
    US_TRY(db_script(s->db, "PRAGMA secure_delete = ON;", e));
    US_TRY(db_all(s, forget, &f, e));
    US_TRY(db_script(s->db, "VACUUM;", e));
    US_TRY(log_empty(s, e));
    *rows = f.rows;
    return US_OK;
}

us_code us_state_forgotten(struct us_state *s, bool *any, struct us_error *e)
{
    int64_t there = 0;
    struct db_ask ask = {
        "SELECT count(*) FROM audit WHERE what IN ('forget', 'retention')", NULL};
    US_TRY(db_one(s->db, &ask, 0, &there, e));
    *any = there > 0;
    return US_OK;
}
