/* duck.h: DuckDB as this folder wants it: open, run, read chunks, append chunks.
 *
 * Owns:    what it opens, until the matching close. Rows read are valid until the next
 *          chunk; texts handed to append are copied.
 * Fails:   US_IO "history.database" with the library's words; US_BUSY when another
 *          process holds the file.
 * Threads: one connection by one thread.
 *
 * The appender takes invalid UTF-8 silently: what is put there comes from a JSON text
 * that was checked. Its rows are seen only after flush, which must precede COMMIT.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"
#include "identity/identity.h"

#include <duckdb.h>

#include <stdint.h>

enum { DUCK_COLUMNS_MAX = 560, DUCK_CHUNK_ROWS = 2048 };

struct duck {
    duckdb_database base;
    duckdb_connection link; /* where transactions of loading live */
    duckdb_connection side; /* for streams read while the other one writes */
    duckdb_connection user; /* for SQL from outside, also asked during a stream */
};

struct duck_options {
    const char *path; /* NULL: in memory */
    const char *temp; /* folder for what does not fit in memory */
    bool write;
    int64_t memory_bytes;
    int threads;
};

/* Before a file is opened: what a kill within a checkpoint left is made whole (mend.c).
 * This process must not have it open. */
void duck_mend(const char *path);

us_code duck_open(const struct duck_options *o, struct duck *d, struct us_error *e);

/* Connections of their own to a database that is open already, each with a transaction
 * that sees what is committed now and nothing later; that of `user` changes nothing.
 * They are closed before the database is. */
us_code duck_beside(const struct duck *open, struct duck *d, struct us_error *e);
us_code duck_look(duckdb_connection c, us_str begin, struct us_error *e);
void duck_close(struct duck *d);

/* A statement without an answer; several, cut by semicolons, are fine. */
us_code duck_run(duckdb_connection c, us_str sql, struct us_error *e);

/* A number from a query of one row; 0 when it is NULL or there is no row. */
us_code duck_number(duckdb_connection c, us_str sql, int64_t *out, struct us_error *e);

/* A query, read chunk by chunk:
 *     US_TRY(duck_ask(c, sql, &r, e));
 *     while ((code = duck_next(&r, e)) == US_OK) for (row 0 … r.count - 1) …
 *     duck_done(&r);     US_NOT_FOUND is the end */
struct duck_rows {
    duckdb_prepared_statement statement;
    duckdb_result result;
    duckdb_data_chunk chunk;
    size_t columns;
    size_t count; /* of rows in this chunk */
    void *data[DUCK_COLUMNS_MAX];
    uint64_t *valid[DUCK_COLUMNS_MAX];
};
us_code duck_ask(
    duckdb_connection c, us_str sql, struct duck_rows *r, struct us_error *e);
us_code duck_next(struct duck_rows *r, struct us_error *e);
/* The answer of r->statement, which duck_done closes, whatever happens. */
us_code duck_answer(struct duck_rows *r, struct us_error *e);
void duck_done(struct duck_rows *r);

static inline bool duck_null(const struct duck_rows *r, size_t column, size_t row)
{
    const uint64_t *valid = r->valid[column];
    return valid && !(valid[row / 64] >> (row % 64) & 1);
}

static inline int64_t duck_i64(const struct duck_rows *r, size_t column, size_t row)
{
    return ((const int64_t *)r->data[column])[row];
}

/* TIMESTAMP; NULL is US_NEVER, as is infinity. */
static inline int64_t duck_time(const struct duck_rows *r, size_t column, size_t row)
{
    return duck_null(r, column, row) ? US_NEVER : duck_i64(r, column, row);
}

/* UINTEGER; NULL is US_NOBODY. */
static inline uint32_t duck_id(const struct duck_rows *r, size_t column, size_t row)
{
    if (duck_null(r, column, row)) return US_NOBODY;
    return ((const uint32_t *)r->data[column])[row];
}

static inline bool duck_bool(const struct duck_rows *r, size_t column, size_t row)
{
    return !duck_null(r, column, row) && ((const bool *)r->data[column])[row];
}

/* VARCHAR; NULL is empty. */
us_str duck_text(const struct duck_rows *r, size_t column, size_t row);

/* Rows appended to a table, chunk by chunk, inside the connection's transaction. */
struct duck_table {
    duckdb_appender appender;
    duckdb_data_chunk chunk;
    size_t columns;
    idx_t row; /* the one being filled */
    duckdb_vector vectors[DUCK_COLUMNS_MAX];
    void *data[DUCK_COLUMNS_MAX];
    uint64_t *valid[DUCK_COLUMNS_MAX]; /* NULL until a NULL is put */
};
us_code duck_table_open(
    duckdb_connection c, const char *name, struct duck_table *t, struct us_error *e);
/* Rows not flushed may still get into the transaction: roll it back after this. */
void duck_table_close(struct duck_table *t);
us_code duck_table_flush(struct duck_table *t, struct us_error *e);

us_code duck_chunk_full(struct duck_table *t, struct us_error *e);
void duck_mask(struct duck_table *t, size_t column);

/* Every column of a row is put, then the row is ended. */
static inline us_code duck_row_end(struct duck_table *t, struct us_error *e)
{
    return ++t->row < DUCK_CHUNK_ROWS ? US_OK : duck_chunk_full(t, e);
}

/* Give the row up before its end. */
static inline void duck_row_undo(struct duck_table *t)
{
    for (size_t i = 0; i < t->columns; i++)
        if (t->valid[i]) t->valid[i][t->row / 64] |= UINT64_C(1) << (t->row % 64);
}

static inline void duck_put_null(struct duck_table *t, size_t column)
{
    if (!t->valid[column]) duck_mask(t, column);
    t->valid[column][t->row / 64] &= ~(UINT64_C(1) << (t->row % 64));
}

static inline void duck_put_i64(struct duck_table *t, size_t column, int64_t value)
{
    ((int64_t *)t->data[column])[t->row] = value;
}

/* US_NEVER is stored as it is, which DuckDB reads as infinity. */
static inline void duck_put_time(struct duck_table *t, size_t column, int64_t at)
{
    duck_put_i64(t, column, at);
}

static inline void duck_put_bool(struct duck_table *t, size_t column, bool value)
{
    ((bool *)t->data[column])[t->row] = value;
}

static inline void duck_put_id(struct duck_table *t, size_t column, uint32_t id)
{
    if (id == US_NOBODY) {
        duck_put_null(t, column);
    } else {
        ((uint32_t *)t->data[column])[t->row] = id;
    }
}

static inline void duck_put_text(struct duck_table *t, size_t column, us_str text)
{
    duckdb_vector_assign_string_element_len(
        t->vectors[column], t->row, text.len ? text.ptr : "", text.len);
}

/* An empty text as NULL. */
static inline void duck_put_word(struct duck_table *t, size_t column, us_str text)
{
    if (text.len) {
        duck_put_text(t, column, text);
    } else {
        duck_put_null(t, column);
    }
}
