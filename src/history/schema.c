/* schema.c: the tables, the views, and the few words kept about the file itself. */
#include "schema.inc"

#include "history/core.h"
#include "views.inc"

#include <sys/random.h>

/* Written at creation, updated ever after. */
static const struct {
    const char *key, *value;
} meta[] = {
    {"schema", "6"}, {"segment", "0"}, {"offset", "0"}, {"seq", "0"},
    {"seq_settled", "0"}, {"unit", ""},
    {"internal", "none"}, /* what the flags of people and accounts were made of */
    {"views", ""},        /* which were made last: a hash of their text */
};

static const char *const call_names[COUNT_CALLS] = {
    [US_TRACK] = "track",
    [US_IDENTIFY] = "identify",
    [US_GROUP] = "group",
    [US_ALIAS] = "alias",
};

const char *core_count_name(size_t kind)
{
    return kind < COUNT_CALLS ? call_names[kind]
                              : us_line_type_name((us_line_type)(kind - COUNT_CALLS));
}

static void quoted(struct us_buf *sql, us_str text, char quote)
{
    us_buf_char(sql, quote);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == quote) us_buf_char(sql, quote);
        if (text.ptr[i]) us_buf_char(sql, text.ptr[i]);
    }
    us_buf_char(sql, quote);
}

void core_put_text(struct us_buf *sql, us_str text)
{
    quoted(sql, text, '\'');
}

void core_put_name(struct us_buf *sql, us_str name)
{
    quoted(sql, name, '"');
}

enum { SQL_MAX = 4 << 20 };

static us_str creation(struct us_arena *a)
{
    struct us_buf sql = us_buf_new(a, SQL_MAX);
    us_buf_put(&sql, US_S("BEGIN TRANSACTION;\n"));
    us_buf_put(&sql, us_str_c(schema_sql));
    for (size_t i = 0; i < sizeof meta / sizeof *meta; i++)
        us_buf_fmt(&sql, "INSERT INTO meta VALUES ('%s', '%s');\n", meta[i].key,
            meta[i].value);
    for (size_t i = 0; i < COUNTS; i++)
        us_buf_fmt(&sql, "INSERT INTO counts VALUES ('%s', 0);\n", core_count_name(i));
    us_buf_put(&sql, US_S("COMMIT;"));
    us_assert(!sql.full);
    return us_buf_str(&sql);
}

us_code core_schema(struct us_history *h, struct us_error *e)
{
    int64_t tables = 0;
    US_TRY(duck_number(h->duck.link,
        US_S("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'meta'"), &tables,
        e));
    if (!tables && !h->write)
        return us_fail(
            e, US_NOT_FOUND, "history.none", US_ARGS(US_TEXT("path", h->dir)));
    if (!tables) US_TRY(duck_run(h->duck.link, creation(&h->line), e));
    int64_t version = 0;
    US_TRY(duck_number(h->duck.link,
        US_S("SELECT value::BIGINT FROM meta WHERE key = 'schema'"), &version, e));
    if (version != CORE_SCHEMA_VERSION)
        return us_fail(e, US_INPUT, "history.schema",
            US_ARGS(
                US_WHOLE("found", version), US_WHOLE("wanted", CORE_SCHEMA_VERSION)));
    return US_OK;
}

us_code core_views(struct us_history *h, struct us_error *e)
{
    us_arena_reset(&h->line);
    struct us_buf list = us_buf_new(&h->line, SQL_MAX);
    for (size_t i = 0; i < h->columns.count; i++) {
        us_buf_put(&list, US_S(", e."));
        core_put_name(&list, h->columns.items[i].name);
    }
    struct us_buf sql = us_buf_new(&h->line, SQL_MAX);
    us_str rest = us_str_c(views_sql);
    const us_str hole = US_S("{columns}");
    for (;;) {
        size_t at = us_str_find(rest, hole);
        us_buf_put(&sql, us_str_slice(rest, 0, at));
        if (at == rest.len) break;
        us_buf_put(&sql, us_buf_str(&list));
        rest = us_str_slice(rest, at + hole.len, rest.len);
    }
    us_assert(!sql.full && !list.full);
    us_str print = us_arena_fmt(
        &h->line, "%016llx", (unsigned long long)us_hash(us_buf_str(&sql)));
    us_str made = us_arena_fmt(&h->line,
        "SELECT count(*) FROM meta WHERE key = 'views' AND value = '%.*s'",
        US_ARG(print));
    int64_t same = 0;
    US_TRY(duck_number(h->duck.link, made, &same, e));
    if (same) return US_OK;
    US_TRY(duck_run(h->duck.link, us_buf_str(&sql), e));
    return core_meta_put(h, "views", print, e);
}

us_code core_meta_put(
    struct us_history *h, const char *key, us_str value, struct us_error *e)
{
    struct us_buf sql = us_buf_new(&h->line, SQL_MAX);
    us_buf_put(&sql, US_S("UPDATE meta SET value = "));
    core_put_text(&sql, value);
    us_buf_fmt(&sql, " WHERE key = '%s'", key);
    return duck_run(h->duck.link, us_buf_str(&sql), e);
}

us_code core_meta_number(
    struct us_history *h, const char *key, int64_t value, struct us_error *e)
{
    return core_meta_put(h, key, us_arena_fmt(&h->line, "%lld", (long long)value), e);
}

static us_code meta_number(
    struct us_history *h, const char *key, int64_t *out, struct us_error *e)
{
    us_str sql =
        us_arena_fmt(&h->line, "SELECT value::BIGINT FROM meta WHERE key = '%s'", key);
    return duck_number(h->duck.link, sql, out, e);
}

us_code core_meta_read(struct us_history *h, struct us_error *e)
{
    int64_t segment = 0;
    int64_t offset = 0;
    US_TRY(meta_number(h, "segment", &segment, e));
    US_TRY(meta_number(h, "offset", &offset, e));
    US_TRY(meta_number(h, "seq", &h->seq_saved, e));
    US_TRY(meta_number(h, "seq_settled", &h->seq_settled, e));
    h->position = (us_pos){(uint32_t)segment, (uint64_t)offset};
    h->next = h->position;
    h->seq = h->seq_saved;
    return US_OK;
}

us_code core_birth(struct us_history *h, struct us_error *e)
{
    US_TRY(meta_number(h, "birth", &h->birth, e));
    if (h->birth || !h->write) return US_OK;
    uint64_t drawn = 0;
    if (getrandom(&drawn, sizeof drawn, 0) != (ssize_t)sizeof drawn)
        return us_fail_errno(e, US_IO, "file.no_read", US_S("getrandom"));
    h->birth = (int64_t)(drawn >> 1 | 1);
    return duck_run(h->duck.link,
        us_arena_fmt(
            &h->line, "INSERT INTO meta VALUES ('birth', '%lld')", (long long)h->birth),
        e);
}
