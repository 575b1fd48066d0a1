/* logs_columns.c: the names and columns of events that somebody reads, in SQL and out
 * of it. */
#include "history/logs.h"

enum { SQL_MAX = 4 << 20 };

static void name_use(const struct us_history *h, us_str name, uint32_t index,
    uint32_t *of, struct us_buf *ids)
{
    uint32_t id = us_intern_find(&h->names.terms, name);
    if (id == US_INTERN_NONE) return;
    of[id] = index;
    us_buf_fmt(ids, "%s%u", ids->len ? ", " : "", id);
}

us_str logs_names_of_interest(struct us_history *h, const struct us_need *need,
    struct us_arena *a, uint32_t **index)
{
    size_t count = h->names.terms.count;
    *index = us_new(a, uint32_t, count + 1);
    for (size_t i = 0; i < count; i++)
        (*index)[i] = US_NAME_OTHER;
    struct us_buf ids = us_buf_new(&h->line, SQL_MAX);
    for (size_t i = 0; i < need->other_count; i++)
        name_use(h, need->others[i].other, need->others[i].name, *index, &ids);
    for (size_t i = 0; i < need->name_count; i++)
        name_use(h, need->names[i], (uint32_t)i, *index, &ids);
    if (need->any) return (us_str){"", 0};
    if (!ids.len) us_buf_put(&ids, US_S("NULL"));
    return us_arena_fmt(
        &h->line, " AND e.name IN (%s)", us_arena_cstr(&h->line, us_buf_str(&ids)));
}

us_code logs_columns_put(struct us_history *h, const struct us_need *need,
    const char *alias, struct us_buf *sql, struct us_error *e)
{
    for (size_t i = 0; i < need->column_count; i++) {
        const struct us_column *c = &need->columns[i];
        size_t at = core_column_find(&h->columns, c->path, c->kind);
        if (at == SIZE_MAX)
            return us_fail(e, US_INPUT, "history.column_absent",
                US_ARGS(US_TEXT("path", c->path)));
        us_buf_fmt(sql, ", %s.", alias);
        core_put_name(sql, h->columns.items[at].name);
    }
    return US_OK;
}

us_value logs_column_value(const struct duck_rows *r, size_t column, size_t row,
    us_kind kind, struct us_arena *texts)
{
    if (duck_null(r, column, row)) return us_missing();
    switch (kind) {
    case US_BOOL: return us_bool(duck_bool(r, column, row));
    case US_NUMBER: return us_number((double)duck_i64(r, column, row) / US_MILLION);
    case US_STRING: return us_string(us_arena_str(texts, duck_text(r, column, row)));
    case US_MISSING:
    default: return us_missing();
    }
}
