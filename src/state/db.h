/* db.h: what the families of tables ask of a database, so that another one than SQLite
 * can stand behind state.h. Inside this folder only.
 *
 * SQL is a literal: it is prepared once a handle and known by its address. Arguments
 * are ?1, ?2, … in order. A moment that is US_NEVER is NULL.
 *
 * Fails:   as state.h says.
 */
#pragma once

#include "base/time.h"
#include "state/state.h"

struct db; /* opaque */

typedef enum db_kind { DB_END, DB_WHOLE, DB_TEXT, DB_MOMENT, DB_BLOB } db_kind;

struct db_value {
    db_kind kind;
    int64_t whole;
    us_str text;
};
#define DB_INT(v)                               \
    {                                           \
        .kind = DB_WHOLE, .whole = (int64_t)(v) \
    }
#define DB_STR(s)                    \
    {                                \
        .kind = DB_TEXT, .text = (s) \
    }
#define DB_AT(v)                        \
    {                                   \
        .kind = DB_MOMENT, .whole = (v) \
    }
#define DB_RAW(s)                    \
    {                                \
        .kind = DB_BLOB, .text = (s) \
    }
#define DB_ARGS(...) ((const struct db_value[]){__VA_ARGS__, {.kind = DB_END}})

/* The file's folder is there. */
us_code db_open(
    us_str path, bool write, struct us_arena *a, struct db **out, struct us_error *e);
void db_close(struct db *db);

/* Several statements without arguments; not kept. */
us_code db_script(struct db *db, const char *sql, struct us_error *e);

/* A statement that brings no rows; args may be NULL. */
us_code db_run(
    struct db *db, const char *sql, const struct db_value *args, struct us_error *e);
int64_t db_changed(const struct db *db); /* rows, by the last db_run */
int64_t db_last_id(const struct db *db);

/* Rows one by one; take's answer other than US_OK ends it and is passed on. A statement
 * is not asked again from within its own take. */
struct db_row;
typedef us_code db_take(void *ctx, const struct db_row *row, struct us_error *e);
struct db_ask {
    const char *sql;
    const struct db_value *args;
};
us_code db_each(struct db *db, const struct db_ask *ask, db_take *take, void *ctx,
    struct us_error *e);
/* The same into an array in the arena; texts are copied there. */
struct db_shape {
    size_t size; /* of one item */
    void (*read)(const struct db_row *row, struct us_arena *a, void *item);
};
struct db_found {
    void *items;
    size_t count;
    bool more; /* of a page: it ended before the rows did */
};
us_code db_list(struct db *db, const struct db_ask *ask, const struct db_shape *shape,
    struct us_arena *a, struct db_found *out, struct us_error *e);
/* The same, but without what comes once the items have more than US_STATE_PAGE_BYTES.
 */
us_code db_page(struct db *db, const struct db_ask *ask, const struct db_shape *shape,
    struct us_arena *a, struct db_found *out, struct us_error *e);

int64_t db_int(const struct db_row *row, int column);
int64_t db_at(const struct db_row *row, int column);
int64_t db_ref(const struct db_row *row, int column); /* an id; 0 where there is none */
us_str db_kept(const struct db_row *row, int column, struct us_arena *a);
/* Borrowed: valid during the call that brings the row. */
us_str db_str(const struct db_row *row, int column);

/* The one number of a one-row answer; `none` when there is no row. */
us_code db_one(struct db *db, const struct db_ask *ask, int64_t none, int64_t *out,
    struct us_error *e);

/* work in one transaction that writes: committed when it says US_OK, else undone. */
typedef us_code db_work(struct us_state *s, void *ctx, struct us_error *e);
us_code db_all(struct us_state *s, db_work *work, void *ctx, struct us_error *e);

/* Format of the file (0: it is new), and whether it is one of ours. */
us_code db_format(struct db *db, int64_t *format, bool *ours, struct us_error *e);
us_code db_set_format(struct db *db, int format, struct us_error *e);

us_code db_check(struct db *db, struct us_error *e);
us_code db_copy(us_str from, us_str to, struct us_arena *a, struct us_error *e);

/* ---- state.c ---- */

struct us_state {
    struct us_arena life;
    struct us_arena scratch; /* of one call */
    us_str path;
    struct db *db;
};

/* Bring the file from the format it has to the one given. */
us_code state_migrate(struct us_state *s, int format, struct us_error *e);

/* US_LIMIT for a text that is too long. */
us_code state_fits(us_str text, const char *what, struct us_error *e);

/* The company, or the account where it has none; not confusable with each other. */
us_str state_unit(us_str company, us_str account, struct us_arena *a);

/* ---- handoffs.c ---- */

/* Queue h; h->id is 0 when its company, or it itself, has an open one already or had
 * this one. In a transaction. */
us_code state_handoff_put(
    struct us_state *s, struct us_state_handoff *h, struct us_error *e);
us_code state_unit_open(
    struct us_state *s, us_str unit, bool *open, struct us_error *e);

/* ---- plays.c ---- */

us_code state_backlog_add(struct us_state *s, const struct us_state_play *play,
    const struct us_state_transition *entry, struct us_error *e);
us_code state_backlog_gone(
    struct us_state *s, const struct us_state_transition *exit, struct us_error *e);
us_code state_play_find(struct us_state *s, us_str name, struct us_arena *a,
    struct us_state_play *out, struct us_error *e);

/* ---- outbox.c ---- */

us_code state_outbox_put(
    struct us_state *s, struct us_state_outbox *row, struct us_error *e);
