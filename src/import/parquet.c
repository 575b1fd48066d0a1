/* parquet.c: a Parquet file, read by DuckDB, as a table of text. */

#include "import/csv.h"
#include "import/sheet.h"

static const size_t NAMES_BYTES = (size_t)64 << 20;

enum { PROGRESS_ROWS = 1 << 16, SQL_MAX = 64 << 10 };

struct parquet {
    struct us_take *take;
    struct us_arena *memory;
    us_str *names;
    size_t count, cap;
    us_str *cells;
    struct us_sheet table;
    int64_t rows;
    us_code failed; /* by us, not by the database */
};

/* DESCRIBE gives a row for each column, its name first. */
static us_code name_add(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct parquet *p = ctx;
    *us_push(p->memory, p->names, p->count, p->cap) =
        us_arena_str(p->memory, us_str_trim(cells[0].text));
    return US_OK;
}

static us_code count_set(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    us_str_int(cells[0].text, &((struct parquet *)ctx)->rows);
    return US_OK;
}

/* A dead letter of a row shows it as CSV. */
static us_code row_add(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    struct parquet *p = ctx;
    struct us_take *t = p->take;
    us_arena_reset(t->scratch);
    for (size_t i = 0; i < head->column_count; i++)
        p->cells[i] = cells[i].null ? (us_str){"", 0} : cells[i].text;
    struct us_buf raw = us_buf_new(t->scratch, (size_t)2 * US_ROW_BYTES_MAX);
    us_csv_put(&raw, ',', p->cells, head->column_count);
    t->counts->lines++;
    t->place = (struct us_row_place){t->counts->lines, 0};
    us_str text = us_str_trim(us_buf_str(&raw));
    p->failed = us_sheet_row(&p->table, text, p->cells, head->column_count, e);
    const struct us_import_options *o = t->options;
    if (o->progress && t->counts->lines % PROGRESS_ROWS == 0)
        o->progress(o->ctx, "import.progress_rows", t->counts->lines, p->rows);
    return p->failed;
}

static us_code ask(struct parquet *p, struct us_history *h, const char *what,
    us_history_row *row, struct us_error *e)
{
    us_str path = p->take->path;
    struct us_buf sql = us_buf_new(p->memory, SQL_MAX);
    us_buf_fmt(&sql, "%s read_parquet('", what);
    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] == '\'') us_buf_char(&sql, '\'');
        us_buf_char(&sql, path.ptr[i]);
    }
    us_buf_put(&sql, US_S("')"));
    struct us_error why;
    us_code code = us_history_sql(h, us_buf_str(&sql), row, p, &why);
    if (code == US_OK) return US_OK;
    if (p->failed != US_OK) return us_fail(e, why.code, why.key, why.args);
    return us_fail(e, US_INPUT, "import.parquet",
        US_ARGS(US_TEXT("path", us_shown(path)), US_TEXT("why", why.args[0].text)));
}

static us_code take_all(struct parquet *p, struct us_history *h, struct us_error *e)
{
    US_TRY(ask(p, h, "DESCRIBE SELECT * FROM", name_add, e));
    if (p->count > US_IMPORT_FIELDS_MAX)
        return us_fail(e, US_LIMIT, "import.header_wide",
            US_ARGS(US_TEXT("path", us_shown(p->take->path)), US_WHOLE("n", p->count),
                US_WHOLE("max", US_IMPORT_FIELDS_MAX)));
    p->cells = us_new(p->memory, us_str, p->count);
    US_TRY(ask(p, h, "SELECT count(*) FROM", count_set, e));
    US_TRY(us_sheet_open(&p->table, p->take, p->memory, p->names, p->count, e));
    return ask(p, h, "SELECT * FROM", row_add, e);
}

us_code us_take_parquet(struct us_take *t, struct us_error *e)
{
    if (us_str_eq(t->path, US_S("-")))
        return us_fail(e, US_USAGE, "import.parquet_stdin", NULL);
    struct us_arena a;
    us_arena_init(&a, NAMES_BYTES);
    struct parquet p = {.take = t, .memory = &a};
    struct us_history *h = NULL;
    us_code code = us_history_scratch(&h, e);
    if (code == US_OK) code = take_all(&p, h, e);
    us_sheet_close(&p.table);
    us_history_close(h);
    us_arena_done(&a);
    return code;
}
