/* outbox.c: what is to be told outside. */

#include "state/db.h"

#define COLUMNS "id, key, kind, body, created, status, due, done, attempts, why"

/* The numbers are in files and in the statements below. */
_Static_assert(US_OUTBOX_WAITING == 0 && US_OUTBOX_TAKEN == 1 && US_OUTBOX_DONE == 2 &&
                   US_OUTBOX_FAILED == 3,
    "an outbox row's status keeps its number");

static void key_part(struct us_buf *b, us_str part)
{
    for (size_t i = 0; i < part.len; i++) {
        if (part.ptr[i] == '/' || part.ptr[i] == '%')
            us_buf_fmt(b, "%%%02X", (unsigned)(unsigned char)part.ptr[i]);
        else
            us_buf_char(b, part.ptr[i]);
    }
    us_buf_char(b, '/');
}

us_str us_state_key(us_str definition, us_str account, us_str user, uint32_t ordinal,
    struct us_arena *a)
{
    struct us_buf b = us_buf_new(a, US_STATE_TEXT_MAX);
    key_part(&b, definition);
    key_part(&b, account);
    key_part(&b, user);
    us_buf_int(&b, ordinal);
    return us_buf_str(&b);
}

us_code state_outbox_put(
    struct us_state *s, struct us_state_outbox *row, struct us_error *e)
{
    US_TRY(state_fits(row->body, "state.what_body", e));
    US_TRY(db_run(s->db,
        "INSERT INTO outbox (key, kind, body, created, status, due) VALUES (?1, ?2, "
        "?3, ?4, 0, ?5) ON CONFLICT DO NOTHING",
        DB_ARGS(DB_STR(row->key), DB_STR(row->kind), DB_STR(row->body),
            DB_INT(row->created), DB_INT(row->due ? row->due : row->created)),
        e));
    row->put = db_changed(s->db) ? US_PUT_ADDED : US_PUT_REPEATED;
    return US_OK;
}

static void read_row(const struct db_row *row, struct us_arena *a, void *item)
{
    *(struct us_state_outbox *)item = (struct us_state_outbox){
        .id = db_int(row, 0),
        .key = db_kept(row, 1, a),
        .kind = db_kept(row, 2, a),
        .body = db_kept(row, 3, a),
        .created = db_int(row, 4),
        .status = (us_outbox_status)db_int(row, 5),
        .due = db_int(row, 6),
        .done = db_at(row, 7),
        .attempts = (uint32_t)db_int(row, 8),
        .why = db_kept(row, 9, a),
    };
}

static us_code rows_by(struct us_state *s, const struct db_ask *ask, struct us_arena *a,
    struct us_state_outbox_rows *out, struct us_error *e)
{
    static const struct db_shape shape = {sizeof(struct us_state_outbox), read_row};
    struct db_found found;
    US_TRY(db_list(s->db, ask, &shape, a, &found, e));
    *out = (struct us_state_outbox_rows){found.items, found.count};
    return US_OK;
}

us_code us_state_outbox_list(struct us_state *s, us_outbox_status status, int64_t after,
    struct us_arena *a, struct us_state_outbox_rows *out, struct us_error *e)
{
    struct db_ask ask = {"SELECT " COLUMNS " FROM outbox WHERE status = ?1 AND id > ?2 "
                         "ORDER BY id LIMIT ?3",
        DB_ARGS(DB_INT(status), DB_INT(after), DB_INT(US_STATE_ROWS_MAX))};
    return rows_by(s, &ask, a, out, e);
}

/* ---- delivering ---- */

struct taking {
    int64_t now, until;
    struct us_arena *arena;
    struct us_state_outbox_rows rows;
};

static us_code take_next(struct us_state *s, void *ctx, struct us_error *e)
{
    struct taking *t = ctx;
    struct db_ask ask = {"SELECT " COLUMNS " FROM outbox WHERE status <= 1 AND due <= "
                         "?1 ORDER BY due, id LIMIT 1",
        DB_ARGS(DB_INT(t->now))};
    US_TRY(rows_by(s, &ask, t->arena, &t->rows, e));
    if (!t->rows.count) return us_fail(e, US_NOT_FOUND, "state.nothing_due", NULL);
    struct us_state_outbox *row = &t->rows.items[0];
    row->status = US_OUTBOX_TAKEN;
    row->due = t->until;
    row->attempts++;
    return db_run(s->db,
        "UPDATE outbox SET status = 1, due = ?2, attempts = attempts + 1 WHERE id = ?1",
        DB_ARGS(DB_INT(row->id), DB_INT(t->until)), e);
}

us_code us_state_outbox_take(struct us_state *s, int64_t now, int64_t until,
    struct us_arena *a, struct us_state_outbox *out, struct us_error *e)
{
    struct taking t = {.now = now, .until = until, .arena = a};
    US_TRY(db_all(s, take_next, &t, e));
    *out = t.rows.items[0];
    return US_OK;
}

static us_code there(struct us_state *s, int64_t id, struct us_error *e)
{
    if (db_changed(s->db)) return US_OK;
    return us_fail(e, US_NOT_FOUND, "state.no_outbox", US_ARGS(US_DIGITS("id", id)));
}

us_code us_state_outbox_done(
    struct us_state *s, int64_t id, int64_t at, struct us_error *e)
{
    US_TRY(db_run(s->db, "UPDATE outbox SET status = 2, done = ?2 WHERE id = ?1",
        DB_ARGS(DB_INT(id), DB_INT(at)), e));
    return there(s, id, e);
}

us_code us_state_outbox_failed(
    struct us_state *s, int64_t id, int64_t due, us_str why, struct us_error *e)
{
    US_TRY(state_fits(why, "state.what_body", e));
    bool over = due == US_NEVER;
    US_TRY(db_run(s->db,
        "UPDATE outbox SET status = ?2, due = ?3, why = ?4 WHERE id = ?1 AND status <> "
        "2",
        DB_ARGS(DB_INT(id), DB_INT(over ? US_OUTBOX_FAILED : US_OUTBOX_WAITING),
            DB_INT(due), DB_STR(why)),
        e));
    return there(s, id, e);
}
