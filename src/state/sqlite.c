/* sqlite.c: db.h over SQLite.
 *
 * WAL with synchronous=FULL: a commit is on the disk when it returns, and readers see
 * whole transactions without waiting. A handle is one thread's, so SQLite's own mutexes
 * are left out.
 */
#include "state/db.h"

#include <sqlite3.h>

#include <errno.h>
#include <stdio.h>

enum {
    STATEMENTS_MAX = 96,
    APPLICATION_ID = 0x75736872, /* "ushr", in the file's head */
};

struct statement {
    const char *sql;
    sqlite3_stmt *is;
};

struct db {
    sqlite3 *is;
    us_str path;
    struct statement statements[STATEMENTS_MAX];
    size_t count;
};

struct db_row {
    sqlite3_stmt *is;
};

/* ---- errors ---- */

static us_code fail(struct db *db, us_str path, int code, struct us_error *e)
{
    us_str why = us_str_c(db ? sqlite3_errmsg(db->is) : sqlite3_errstr(code));
    const us_arg *args = US_ARGS(US_TEXT("path", path), US_TEXT("why", why));
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return us_fail(e, US_BUSY, "state.busy", args);
    case SQLITE_FULL: return us_fail(e, US_IO, "state.full", args);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT: return us_fail(e, US_INPUT, "state.damaged", args);
    default: return us_fail(e, US_IO, "state.io", args);
    }
}

static us_code failed(struct db *db, int code, struct us_error *e)
{
    return fail(db, db->path, code, e);
}

/* ---- open ---- */

us_code db_script(struct db *db, const char *sql, struct us_error *e)
{
    int code = sqlite3_exec(db->is, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? US_OK : failed(db, code, e);
}

us_code db_open(
    us_str path, bool write, struct us_arena *a, struct db **out, struct us_error *e)
{
    struct db *db = us_new(a, struct db, 1);
    db->path = path;
    /* A reader of a WAL may have to make its index, so it opens for writing too. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                (write ? SQLITE_OPEN_CREATE : 0);
    int code = sqlite3_open_v2(us_arena_cstr(a, path), &db->is, flags, NULL);
    us_code done = US_OK;
    if (code != SQLITE_OK) {
        errno = db->is ? sqlite3_system_errno(db->is) : 0;
        done = errno == ENOENT ? us_fail(e, US_NOT_FOUND, "state.missing",
                                     US_ARGS(US_TEXT("path", path)))
                               : fail(db->is ? db : NULL, path, code, e);
    } else {
        sqlite3_busy_timeout(db->is, US_STATE_BUSY_MS);
        sqlite3_limit(db->is, SQLITE_LIMIT_LENGTH, 64 << 20);
        done = db_script(db,
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
            "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;",
            e);
    }
    if (done == US_OK && !write) done = db_script(db, "PRAGMA query_only = ON;", e);
    if (done != US_OK) {
        sqlite3_close_v2(db->is);
        return done;
    }
    *out = db;
    return US_OK;
}

void db_close(struct db *db)
{
    if (!db) return;
    for (size_t i = 0; i < db->count; i++)
        sqlite3_finalize(db->statements[i].is);
    sqlite3_close_v2(db->is);
}

/* ---- statements ---- */

static us_code prepared(
    struct db *db, const char *sql, sqlite3_stmt **out, struct us_error *e)
{
    for (size_t i = 0; i < db->count; i++)
        if (db->statements[i].sql == sql) {
            *out = db->statements[i].is;
            return US_OK;
        }
    us_assert(db->count < STATEMENTS_MAX);
    int code =
        sqlite3_prepare_v3(db->is, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    if (code != SQLITE_OK) return failed(db, code, e);
    db->statements[db->count++] = (struct statement){sql, *out};
    return US_OK;
}

static int bind(sqlite3_stmt *is, int place, const struct db_value *v)
{
    const char *ptr = v->text.ptr ? v->text.ptr : "";
    switch (v->kind) {
    case DB_WHOLE: return sqlite3_bind_int64(is, place, v->whole);
    case DB_MOMENT:
        return v->whole == US_NEVER ? sqlite3_bind_null(is, place)
                                    : sqlite3_bind_int64(is, place, v->whole);
    case DB_TEXT:
        return sqlite3_bind_text64(
            is, place, ptr, v->text.len, SQLITE_STATIC, SQLITE_UTF8);
    case DB_BLOB:
        return sqlite3_bind_blob64(is, place, ptr, v->text.len, SQLITE_STATIC);
    case DB_END: break;
    }
    return SQLITE_MISUSE;
}

us_code db_each(struct db *db, const struct db_ask *ask, db_take *take, void *ctx,
    struct us_error *e)
{
    sqlite3_stmt *is = NULL;
    US_TRY(prepared(db, ask->sql, &is, e));
    us_assert(!sqlite3_stmt_busy(is));
    int code = SQLITE_OK;
    int place = 1;
    for (const struct db_value *v = ask->args; v && v->kind != DB_END; v++, place++)
        if (code == SQLITE_OK) code = bind(is, place, v);
    us_assert(place == sqlite3_bind_parameter_count(is) + 1);
    us_code done = US_OK;
    struct db_row row = {is};
    while (code == SQLITE_OK && done == US_OK) {
        code = sqlite3_step(is);
        if (code != SQLITE_ROW) break;
        code = SQLITE_OK;
        done = take ? take(ctx, &row, e) : US_OK;
    }
    if (code != SQLITE_OK && code != SQLITE_DONE) done = failed(db, code, e);
    sqlite3_reset(is);
    sqlite3_clear_bindings(is);
    return done;
}

us_code db_run(
    struct db *db, const char *sql, const struct db_value *args, struct us_error *e)
{
    return db_each(db, &(struct db_ask){sql, args}, NULL, NULL, e);
}

int64_t db_changed(const struct db *db)
{
    return sqlite3_changes64(db->is);
}

int64_t db_last_id(const struct db *db)
{
    return sqlite3_last_insert_rowid(db->is);
}

int64_t db_int(const struct db_row *row, int column)
{
    return sqlite3_column_int64(row->is, column);
}

int64_t db_at(const struct db_row *row, int column)
{
    bool none = sqlite3_column_type(row->is, column) == SQLITE_NULL;
    return none ? US_NEVER : sqlite3_column_int64(row->is, column);
}

us_str db_str(const struct db_row *row, int column)
{
    const char *ptr = sqlite3_column_blob(row->is, column);
    return (us_str){ptr ? ptr : "", (size_t)sqlite3_column_bytes(row->is, column)};
}

us_str db_kept(const struct db_row *row, int column, struct us_arena *a)
{
    return us_arena_str(a, db_str(row, column));
}

int64_t db_ref(const struct db_row *row, int column)
{
    int64_t id = db_at(row, column);
    return id == US_NEVER ? 0 : id;
}

struct listing {
    const struct db_shape *shape;
    struct us_arena *arena;
    struct db_found found;
    size_t cap;
    size_t before, most; /* used of the arena; how much more may be */
};

static us_code take_listed(void *ctx, const struct db_row *row, struct us_error *e)
{
    struct listing *l = ctx;
    size_t size = l->shape->size;
    (void)e;
    l->found.more = us_arena_used(l->arena) - l->before > l->most;
    if (l->found.more) return US_LIMIT;
    l->found.items = us_grow(l->arena, l->found.items, size, l->found.count, &l->cap);
    l->shape->read(row, l->arena, (char *)l->found.items + l->found.count++ * size);
    return US_OK;
}

us_code db_list(struct db *db, const struct db_ask *ask, const struct db_shape *shape,
    struct us_arena *a, struct db_found *out, struct us_error *e)
{
    struct listing l = {.shape = shape, .arena = a, .most = SIZE_MAX};
    US_TRY(db_each(db, ask, take_listed, &l, e));
    *out = l.found;
    return US_OK;
}

struct one {
    int64_t value;
};

static us_code take_one(void *ctx, const struct db_row *row, struct us_error *e)
{
    (void)e;
    ((struct one *)ctx)->value = db_int(row, 0);
    return US_OK;
}

us_code db_page(struct db *db, const struct db_ask *ask, const struct db_shape *shape,
    struct us_arena *a, struct db_found *out, struct us_error *e)
{
    struct listing l = {.shape = shape,
        .arena = a,
        .before = us_arena_used(a),
        .most = US_STATE_PAGE_BYTES};
    us_code code = db_each(db, ask, take_listed, &l, e);
    if (code != US_OK && !l.found.more) return code;
    *out = l.found;
    return US_OK;
}

us_code db_one(struct db *db, const struct db_ask *ask, int64_t none, int64_t *out,
    struct us_error *e)
{
    struct one one = {none};
    US_TRY(db_each(db, ask, take_one, &one, e));
    *out = one.value;
    return US_OK;
}

/* ---- transactions ---- */

us_code db_all(struct us_state *s, db_work *work, void *ctx, struct us_error *e)
{
    US_TRY(db_run(s->db, "BEGIN IMMEDIATE", NULL, e));
    us_code code = work(s, ctx, e);
    if (code == US_OK) code = db_run(s->db, "COMMIT", NULL, e);
    if (code != US_OK && !sqlite3_get_autocommit(s->db->is)) {
        us_code lost = db_run(s->db, "ROLLBACK", NULL, NULL);
        (void)lost; /* the first failure is the one to tell */
    }
    return code;
}

/* ---- the file as a whole ---- */

us_code db_format(struct db *db, int64_t *format, bool *ours, struct us_error *e)
{
    int64_t id;
    int64_t things;
    US_TRY(db_one(db, &(struct db_ask){"PRAGMA user_version", NULL}, 0, format, e));
    US_TRY(db_one(db, &(struct db_ask){"PRAGMA application_id", NULL}, 0, &id, e));
    US_TRY(db_one(db, &(struct db_ask){"SELECT count(*) FROM sqlite_schema", NULL}, 0,
        &things, e));
    *ours = id == APPLICATION_ID || (id == 0 && *format == 0 && things == 0);
    return US_OK;
}

us_code db_set_format(struct db *db, int format, struct us_error *e)
{
    char sql[96];
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
        (int)APPLICATION_ID, format);
    return db_script(db, sql, e);
}

static us_code take_check(void *ctx, const struct db_row *row, struct us_error *e)
{
    struct db *db = ctx;
    us_str says = db_str(row, 0);
    if (us_str_eq(says, US_S("ok"))) return US_OK;
    return us_fail(e, US_INPUT, "state.damaged",
        US_ARGS(US_TEXT("path", db->path), US_TEXT("why", says)));
}

us_code db_check(struct db *db, struct us_error *e)
{
    struct db_ask ask = {"PRAGMA integrity_check(1)", NULL};
    return db_each(db, &ask, take_check, db, e);
}

us_code db_copy(us_str from, us_str to, struct us_arena *a, struct us_error *e)
{
    struct db *source = NULL;
    struct db *copy = NULL;
    US_TRY(db_open(from, false, a, &source, e));
    us_code code = db_open(to, true, a, &copy, e);
    if (code == US_OK) {
        sqlite3_backup *b = sqlite3_backup_init(copy->is, "main", source->is, "main");
        /* In one step, and so as of one moment: it holds a reader's snapshot. */
        int stepped = b ? sqlite3_backup_step(b, -1) : sqlite3_errcode(copy->is);
        if (b) sqlite3_backup_finish(b);
        if (stepped != SQLITE_DONE) code = failed(copy, stepped, e);
    }
    /* A file of its own, without a log beside it. */
    if (code == US_OK) code = db_script(copy, "PRAGMA journal_mode = DELETE;", e);
    db_close(copy);
    db_close(source);
    return code;
}
