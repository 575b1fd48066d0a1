/* sql.c: any one question in SQL → rows of text cells. */
#include "history/core.h"

#include <math.h>

enum { SQL_MAX = 1 << 20 };

/* How a column's cells become text. */
enum how { AS_TEXT, AS_BOOL, AS_SIGNED, AS_UNSIGNED, AS_REAL, AS_FLOAT, AS_TIME, CAST };

struct type {
    enum how how;
    int bytes;
    bool number;
};

static struct type type_of(duckdb_type t)
{
    /* Only these are read as they are; the rest is cast to text by the database. */
    static const struct {
        duckdb_type type;
        struct type is;
    } types[] = {
        {DUCKDB_TYPE_VARCHAR, {AS_TEXT, 0, false}},
        {DUCKDB_TYPE_BOOLEAN, {AS_BOOL, 1, false}},
        {DUCKDB_TYPE_TINYINT, {AS_SIGNED, 1, true}},
        {DUCKDB_TYPE_SMALLINT, {AS_SIGNED, 2, true}},
        {DUCKDB_TYPE_INTEGER, {AS_SIGNED, 4, true}},
        {DUCKDB_TYPE_BIGINT, {AS_SIGNED, 8, true}},
        {DUCKDB_TYPE_UTINYINT, {AS_UNSIGNED, 1, true}},
        {DUCKDB_TYPE_USMALLINT, {AS_UNSIGNED, 2, true}},
        {DUCKDB_TYPE_UINTEGER, {AS_UNSIGNED, 4, true}},
        {DUCKDB_TYPE_UBIGINT, {AS_UNSIGNED, 8, true}},
        {DUCKDB_TYPE_FLOAT, {AS_FLOAT, 4, true}},
        {DUCKDB_TYPE_DOUBLE, {AS_REAL, 8, true}},
        {DUCKDB_TYPE_TIMESTAMP, {AS_TIME, 8, false}},
        {DUCKDB_TYPE_TIMESTAMP_TZ, {AS_TIME, 8, false}},
        {DUCKDB_TYPE_HUGEINT, {CAST, 0, true}},
        {DUCKDB_TYPE_UHUGEINT, {CAST, 0, true}},
        {DUCKDB_TYPE_DECIMAL, {CAST, 0, true}},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].type == t) return types[i].is;
    return (struct type){CAST, 0, false};
}

struct question {
    struct us_arena a;    /* types, names, SQL */
    struct us_arena text; /* of the cells of a row */
    struct type *types;
    struct us_history_rows head;
    struct us_history_cell *cells;
    us_str sql;
    bool cast;
};

static us_code wrong(struct us_error *e, const char *why)
{
    return us_fail(
        e, US_INPUT, "history.sql_wrong", US_ARGS(US_TEXT("why", us_str_c(why))));
}

/* One statement, not several: the second would run outside of what was checked. */
static us_code statement_one(duckdb_connection c, const char *sql, struct us_error *e)
{
    duckdb_extracted_statements all;
    idx_t count = duckdb_extract_statements(c, sql, &all);
    us_code code = US_OK;
    if (count == 0) {
        const char *why = duckdb_extract_statements_error(all);
        code = wrong(e, why && *why ? why : "no statement");
    } else if (count > 1) {
        code = us_fail(e, US_INPUT, "history.sql_many", NULL);
    }
    duckdb_destroy_extracted(&all);
    return code;
}

static us_code columns_read(
    struct question *q, duckdb_prepared_statement st, struct us_error *e)
{
    size_t n = duckdb_prepared_statement_column_count(st);
    if (n > US_HISTORY_SQL_COLUMNS_MAX)
        return us_fail(e, US_LIMIT, "history.sql_wide",
            US_ARGS(
                US_WHOLE("count", n), US_WHOLE("most", US_HISTORY_SQL_COLUMNS_MAX)));
    q->head.column_count = n;
    q->head.columns = us_new(&q->a, us_str, n + 1);
    q->types = us_new(&q->a, struct type, n + 1);
    q->cells = us_new(&q->a, struct us_history_cell, n + 1);
    for (size_t i = 0; i < n; i++) {
        const char *name = duckdb_prepared_statement_column_name(st, i);
        q->head.columns[i] = us_arena_str(&q->a, us_str_c(name));
        duckdb_free((void *)(uintptr_t)name);
        if (q->a.full) return us_fail(e, US_LIMIT, "history.sql_names", NULL);
        q->types[i] = type_of(duckdb_prepared_statement_column_type(st, i));
        q->cast |= q->types[i].how == CAST;
    }
    return US_OK;
}

/* The statement stays open: planning a long one twice would be half of its time. */
static us_code describe(duckdb_connection c, struct question *q,
    duckdb_prepared_statement *out, struct us_error *e)
{
    const char *sql = us_arena_cstr(&q->a, q->sql);
    *out = NULL;
    US_TRY(statement_one(c, sql, e));
    duckdb_prepared_statement st;
    us_code code = duckdb_prepare(c, sql, &st) == DuckDBError
                       ? wrong(e, duckdb_prepare_error(st))
                       : columns_read(q, st, e);
    if (code != US_OK) duckdb_destroy_prepare(&st);
    *out = st;
    return code;
}

/* Columns by position, so that two of one name do no harm; a line end before the
 * bracket, so that a comment at the end does none. */
static us_str cast_all(struct question *q)
{
    struct us_buf sql = us_buf_new(&q->a, SQL_MAX);
    us_buf_put(&sql, US_S("SELECT "));
    for (size_t i = 0; i < q->head.column_count; i++)
        us_buf_fmt(&sql, "%sc%zu%s", i ? ", " : "", i,
            q->types[i].how == CAST ? "::VARCHAR" : "");
    us_str inner = us_str_trim(q->sql);
    while (inner.len && inner.ptr[inner.len - 1] == ';')
        inner = us_str_trim(us_str_slice(inner, 0, inner.len - 1));
    us_buf_put(&sql, US_S(" FROM ("));
    us_buf_put(&sql, inner);
    us_buf_put(&sql, US_S("\n) t("));
    for (size_t i = 0; i < q->head.column_count; i++)
        us_buf_fmt(&sql, "%sc%zu", i ? ", " : "", i);
    us_buf_char(&sql, ')');
    return us_buf_str(&sql);
}

static int64_t whole_signed(const void *data, int bytes, size_t row)
{
    switch (bytes) {
    case 1: return ((const int8_t *)data)[row];
    case 2: return ((const int16_t *)data)[row];
    case 4: return ((const int32_t *)data)[row];
    default: return ((const int64_t *)data)[row];
    }
}

static uint64_t whole_unsigned(const void *data, int bytes, size_t row)
{
    switch (bytes) {
    case 1: return ((const uint8_t *)data)[row];
    case 2: return ((const uint16_t *)data)[row];
    case 4: return ((const uint32_t *)data)[row];
    default: return ((const uint64_t *)data)[row];
    }
}

static us_str real_text(struct us_arena *a, double value)
{
    if (!isfinite(value)) return (us_str){"", 0};
    struct us_buf text = us_buf_new(a, 64);
    us_buf_real(&text, value);
    return us_buf_str(&text);
}

static us_str time_text(struct us_arena *a, int64_t at)
{
    if (at == US_NEVER) return US_S("infinity");
    if (at < US_TIME_MIN || at >= US_TIME_MAX)
        return us_arena_fmt(a, "%lld", (long long)at);
    char text[US_TIME_TEXT_MAX];
    return us_arena_str(a, us_time_write(at, text));
}

static void cell_read(
    struct question *q, const struct duck_rows *r, size_t column, size_t row)
{
    struct us_history_cell *c = &q->cells[column];
    struct type t = q->types[column];
    *c =
        (struct us_history_cell){.null = duck_null(r, column, row), .number = t.number};
    if (c->null) return;
    const void *data = r->data[column];
    switch (t.how) {
    case AS_BOOL:
        c->text = duck_bool(r, column, row) ? US_S("true") : US_S("false");
        break;
    case AS_SIGNED:
        c->text =
            us_arena_fmt(&q->text, "%lld", (long long)whole_signed(data, t.bytes, row));
        break;
    case AS_UNSIGNED:
        c->text = us_arena_fmt(
            &q->text, "%llu", (unsigned long long)whole_unsigned(data, t.bytes, row));
        break;
    case AS_REAL: c->text = real_text(&q->text, ((const double *)data)[row]); break;
    case AS_FLOAT:
        c->text = real_text(&q->text, (double)((const float *)data)[row]);
        break;
    case AS_TIME: c->text = time_text(&q->text, duck_i64(r, column, row)); break;
    case AS_TEXT:
    case CAST:
    default: c->text = duck_text(r, column, row); break;
    }
    if (t.number && !c->text.len) c->null = true; /* not a finite number */
}

static us_code rows_give(struct question *q, struct duck_rows *r, us_history_row *row,
    void *ctx, struct us_error *e)
{
    us_code code;
    while ((code = duck_next(r, e)) == US_OK) {
        for (size_t i = 0; i < r->count; i++) {
            us_arena_reset(&q->text);
            for (size_t c = 0; c < q->head.column_count; c++)
                cell_read(q, r, c, i);
            US_TRY(row(ctx, &q->head, q->cells, e));
        }
    }
    return code == US_NOT_FOUND ? US_OK : code;
}

/* Types that are not read as they are take a question around the question. */
static us_code begin(
    duckdb_connection c, struct question *q, struct duck_rows *r, struct us_error *e)
{
    US_TRY(describe(c, q, &r->statement, e));
    struct us_error why = {0};
    us_code code;
    if (q->cast) {
        duckdb_destroy_prepare(&r->statement);
        code = duck_ask(c, cast_all(q), r, &why);
    } else {
        code = duck_answer(r, &why);
        if (code != US_OK) duck_done(r);
    }
    if (code == US_OK) return US_OK;
    return us_fail(
        e, US_INPUT, "history.sql_wrong", US_ARGS(US_TEXT("why", why.args[0].text)));
}

static us_code ask(struct us_history *h, struct question *q, us_history_row *row,
    void *ctx, struct us_error *e)
{
    struct duck_rows r;
    us_code code = begin(h->duck.user, q, &r, e);
    if (code != US_OK) return code;
    code = rows_give(q, &r, row, ctx, e);
    duck_done(&r);
    return code;
}

us_code us_history_sql(struct us_history *h, us_str sql, us_history_row *row, void *ctx,
    struct us_error *e)
{
    if (sql.len > SQL_MAX / 2) return us_fail(e, US_LIMIT, "history.sql_long", NULL);
    struct question q = {.sql = sql};
    us_arena_init(&q.a, (size_t)64 << 20);
    us_arena_init(&q.text, (size_t)1 << 30);
    /* A question changes nothing, whatever it says. Beside another handle the
     * transaction is open, and a mistake may have ended it. */
    const us_str begin = US_S("BEGIN TRANSACTION READ ONLY");
    us_code code = h->beside ? US_OK : duck_run(h->duck.user, begin, e);
    if (code == US_OK) {
        code = ask(h, &q, row, ctx, e);
        bool ends = !h->beside || code != US_OK;
        if (ends) (void)duck_run(h->duck.user, US_S("ROLLBACK"), NULL);
        if (ends && h->beside) (void)duck_look(h->duck.user, begin, NULL);
    }
    us_arena_done(&q.text);
    us_arena_done(&q.a);
    return code;
}
