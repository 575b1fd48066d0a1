#include "history/duck.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What this folder was written and tested against. */
static const char VERSION[] = "v1.5.";

enum { THREADS_MAX = 256 };
static const int64_t MEMORY_MAX = INT64_C(4) << 30;

static us_code refused(struct us_error *e, const char *why)
{
    us_str words = us_str_c(why);
    if (us_str_find(words, US_S("Could not set lock")) < words.len)
        return us_fail(e, US_BUSY, "history.busy", NULL);
    return us_fail(e, US_IO, "history.database", US_ARGS(US_TEXT("why", words)));
}

static int64_t memory_preset(void)
{
    int64_t pages = sysconf(_SC_PHYS_PAGES);
    int64_t half = pages * sysconf(_SC_PAGESIZE) / 2;
    return half > 0 && half < MEMORY_MAX ? half : MEMORY_MAX;
}

/* False when the library does not know the option or refuses its value. */
static bool options_set(const struct duck_options *o, duckdb_config config)
{
    int64_t bytes = o->memory_bytes > 0 ? o->memory_bytes : memory_preset();
    char memory[32], threads[16];
    snprintf(memory, sizeof memory, "%lldMiB", (long long)((bytes >> 20) + 1));
    snprintf(threads, sizeof threads, "%d", o->threads < 1 ? 1 : o->threads);
    const struct {
        const char *name, *value;
    } options[] = {
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"access_mode", o->write || !o->path ? "READ_WRITE" : "READ_ONLY"},
        {"memory_limit", memory},
        {"temp_directory", o->temp ? o->temp : ""},
        /* What is in the WAL alone lies in memory unpacked, three times as large: of a
         * server that is never still all of a day would. */
        {"checkpoint_threshold", "64MB"},
        /* The last one, and only when a number was given. */
        {"threads", threads},
    };
    size_t count = sizeof options / sizeof *options;
    if (o->threads <= 0 || o->threads > THREADS_MAX) count--;
    for (size_t i = 0; i < count; i++)
        if (duckdb_set_config(config, options[i].name, options[i].value) == DuckDBError)
            return false;
    return true;
}

static us_code base_open(
    const struct duck_options *o, struct duck *d, struct us_error *e)
{
    duckdb_config config;
    if (duckdb_create_config(&config) == DuckDBError)
        return refused(e, "duckdb_create_config");
    us_code code = US_OK;
    char *why = NULL;
    if (!options_set(o, config)) {
        code = refused(e, "duckdb_set_config");
    } else if (duckdb_open_ext(o->path, &d->base, config, &why) == DuckDBError) {
        code = refused(e, why);
    }
    duckdb_free(why);
    duckdb_destroy_config(&config);
    return code;
}

/* Times are UTC whatever the machine thinks. */
static us_code link_open(
    duckdb_database base, duckdb_connection *link, struct us_error *e)
{
    if (duckdb_connect(base, link) == DuckDBError) return refused(e, "duckdb_connect");
    return duck_run(*link, US_S("SET TimeZone = 'UTC'"), e);
}

us_code duck_open(const struct duck_options *o, struct duck *d, struct us_error *e)
{
    us_str version = us_str_c(duckdb_library_version());
    if (!us_str_has_prefix(version, us_str_c(VERSION)))
        return us_fail(
            e, US_IO, "history.version", US_ARGS(US_TEXT("version", version)));
    struct duck open = {0};
    if (o->path) duck_mend(o->path);
    US_TRY(base_open(o, &open, e));
    us_code code = link_open(open.base, &open.link, e);
    if (code == US_OK) code = link_open(open.base, &open.side, e);
    if (code == US_OK) code = link_open(open.base, &open.user, e);
    if (code == US_OK) {
        *d = open;
    } else {
        duck_close(&open);
    }
    return code;
}

/* The database takes its look at the first question, not at BEGIN. */
us_code duck_look(duckdb_connection c, us_str begin, struct us_error *e)
{
    int64_t rows;
    US_TRY(duck_run(c, begin, e));
    return duck_number(c, US_S("SELECT count(*) FROM meta"), &rows, e);
}

us_code duck_beside(const struct duck *open, struct duck *d, struct us_error *e)
{
    struct duck beside = {0};
    us_code code = link_open(open->base, &beside.link, e);
    if (code == US_OK) code = link_open(open->base, &beside.side, e);
    if (code == US_OK) code = link_open(open->base, &beside.user, e);
    if (code == US_OK) code = duck_look(beside.link, US_S("BEGIN TRANSACTION"), e);
    if (code == US_OK) code = duck_look(beside.side, US_S("BEGIN TRANSACTION"), e);
    if (code == US_OK)
        code = duck_look(beside.user, US_S("BEGIN TRANSACTION READ ONLY"), e);
    if (code == US_OK)
        *d = beside;
    else
        duck_close(&beside);
    return code;
}

void duck_close(struct duck *d)
{
    duckdb_disconnect(&d->user);
    duckdb_disconnect(&d->side);
    duckdb_disconnect(&d->link);
    if (d->base) duckdb_close(&d->base);
}

/* The library wants a NUL at the end. */
enum { SQL_BYTES_MAX = 4 << 20 };
static char *ended(us_str sql, struct us_arena *a)
{
    us_arena_init(a, sql.len + 64);
    return us_arena_cstr(a, sql);
}

us_code duck_run(duckdb_connection c, us_str sql, struct us_error *e)
{
    if (sql.len > SQL_BYTES_MAX) return refused(e, "SQL text too long");
    struct us_arena a;
    duckdb_result result;
    us_code code = US_OK;
    if (duckdb_query(c, ended(sql, &a), &result) == DuckDBError)
        code = refused(e, duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    us_arena_done(&a);
    return code;
}

us_code duck_number(duckdb_connection c, us_str sql, int64_t *out, struct us_error *e)
{
    struct duck_rows r;
    US_TRY(duck_ask(c, sql, &r, e));
    us_code code = duck_next(&r, e);
    if (code == US_OK) *out = duck_null(&r, 0, 0) ? 0 : duck_i64(&r, 0, 0);
    if (code == US_NOT_FOUND) {
        *out = 0;
        code = US_OK;
    }
    duck_done(&r);
    return code;
}

us_code duck_answer(struct duck_rows *r, struct us_error *e)
{
    r->chunk = NULL;
    memset(&r->result, 0, sizeof r->result);
    if (duckdb_execute_prepared_streaming(r->statement, &r->result) == DuckDBError)
        return refused(e, duckdb_result_error(&r->result));
    r->columns = duckdb_column_count(&r->result);
    return r->columns <= DUCK_COLUMNS_MAX ? US_OK : refused(e, "too many columns");
}

us_code duck_ask(
    duckdb_connection c, us_str sql, struct duck_rows *r, struct us_error *e)
{
    if (sql.len > SQL_BYTES_MAX) return refused(e, "SQL text too long");
    struct us_arena a;
    us_code code;
    r->chunk = NULL;
    memset(&r->result, 0, sizeof r->result);
    if (duckdb_prepare(c, ended(sql, &a), &r->statement) == DuckDBError) {
        code = refused(e, duckdb_prepare_error(r->statement));
    } else {
        code = duck_answer(r, e);
    }
    us_arena_done(&a);
    if (code != US_OK) duck_done(r);
    return code;
}

us_code duck_next(struct duck_rows *r, struct us_error *e)
{
    do {
        duckdb_destroy_data_chunk(&r->chunk);
        r->chunk = duckdb_fetch_chunk(r->result);
        if (!r->chunk) {
            const char *why = duckdb_result_error(&r->result);
            return why && *why ? refused(e, why) : US_NOT_FOUND;
        }
        r->count = duckdb_data_chunk_get_size(r->chunk);
    } while (r->count == 0);
    for (size_t i = 0; i < r->columns; i++) {
        duckdb_vector v = duckdb_data_chunk_get_vector(r->chunk, i);
        r->data[i] = duckdb_vector_get_data(v);
        r->valid[i] = duckdb_vector_get_validity(v);
    }
    return US_OK;
}

void duck_done(struct duck_rows *r)
{
    duckdb_destroy_data_chunk(&r->chunk);
    duckdb_destroy_result(&r->result);
    duckdb_destroy_prepare(&r->statement);
}

us_str duck_text(const struct duck_rows *r, size_t column, size_t row)
{
    if (duck_null(r, column, row)) return (us_str){"", 0};
    const duckdb_string_t *s = &((const duckdb_string_t *)r->data[column])[row];
    uint32_t len = s->value.inlined.length;
    bool within = len <= sizeof s->value.inlined.inlined;
    return (us_str){within ? s->value.inlined.inlined : s->value.pointer.ptr, len};
}

static void chunk_begin(struct duck_table *t)
{
    t->row = 0;
    for (size_t i = 0; i < t->columns; i++) {
        t->vectors[i] = duckdb_data_chunk_get_vector(t->chunk, i);
        t->data[i] = duckdb_vector_get_data(t->vectors[i]);
        t->valid[i] = NULL;
    }
}

us_code duck_table_open(
    duckdb_connection c, const char *name, struct duck_table *t, struct us_error *e)
{
    t->chunk = NULL;
    if (duckdb_appender_create(c, NULL, name, &t->appender) == DuckDBError) {
        us_code code = refused(e, duckdb_appender_error(t->appender));
        duckdb_appender_destroy(&t->appender);
        return code;
    }
    t->columns = duckdb_appender_column_count(t->appender);
    us_assert(t->columns <= DUCK_COLUMNS_MAX);
    duckdb_logical_type types[DUCK_COLUMNS_MAX];
    for (size_t i = 0; i < t->columns; i++)
        types[i] = duckdb_appender_column_type(t->appender, i);
    t->chunk = duckdb_create_data_chunk(types, t->columns);
    for (size_t i = 0; i < t->columns; i++)
        duckdb_destroy_logical_type(&types[i]);
    us_assert(duckdb_vector_size() == DUCK_CHUNK_ROWS);
    chunk_begin(t);
    return US_OK;
}

void duck_table_close(struct duck_table *t)
{
    duckdb_destroy_data_chunk(&t->chunk);
    duckdb_appender_destroy(&t->appender);
}

us_code duck_chunk_full(struct duck_table *t, struct us_error *e)
{
    duckdb_data_chunk_set_size(t->chunk, t->row);
    if (duckdb_append_data_chunk(t->appender, t->chunk) == DuckDBError)
        return refused(e, duckdb_appender_error(t->appender));
    duckdb_data_chunk_reset(t->chunk);
    chunk_begin(t);
    return US_OK;
}

us_code duck_table_flush(struct duck_table *t, struct us_error *e)
{
    if (t->row) US_TRY(duck_chunk_full(t, e));
    if (duckdb_appender_flush(t->appender) == DuckDBError)
        return refused(e, duckdb_appender_error(t->appender));
    return US_OK;
}

void duck_mask(struct duck_table *t, size_t column)
{
    duckdb_vector_ensure_validity_writable(t->vectors[column]);
    t->valid[column] = duckdb_vector_get_validity(t->vectors[column]);
}
