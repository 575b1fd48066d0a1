/* columns.c: typed columns of events for the properties that signals name.
 *
 * A column newly named is filled from the journal: the lines are read once more, what
 * they hold is gathered in a temporary table and put into events in one transaction.
 * A column no longer named stays and is kept filled, so that it can be named again.
 */
#include "history/core.h"

static const struct {
    const char *name, *suffix, *type;
} kinds[] = {
    [US_MISSING] = {"", "", ""},
    [US_BOOL] = {"bool", "_bool", "BOOLEAN"},
    [US_NUMBER] = {"number", "_num", "DECIMAL(18, 6)"},
    [US_STRING] = {"text", "", "VARCHAR"},
};

static us_kind kind_of(us_str name)
{
    us_kind kind = US_STRING;
    while (kind > US_MISSING && !us_str_eq(name, us_str_c(kinds[kind].name)))
        kind--;
    return kind;
}

size_t core_column_find(const struct core_columns *c, us_str path, us_kind kind)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].kind == kind && us_str_eq(c->items[i].path, path)) return i;
    return SIZE_MAX;
}

us_code us_history_column_names(struct us_history *h, const struct us_column *columns,
    size_t count, us_str *names, struct us_error *e)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = core_column_find(&h->columns, columns[i].path, columns[i].kind);
        if (at == SIZE_MAX)
            return us_fail(e, US_INPUT, "history.column_absent",
                US_ARGS(US_TEXT("path", columns[i].path)));
        names[i] = h->columns.items[at].name;
    }
    return US_OK;
}

static us_code many(struct us_error *e)
{
    return us_fail(e, US_LIMIT, "history.columns_many",
        US_ARGS(US_WHOLE("most", US_HISTORY_COLUMNS_MAX)));
}

static void column_add(struct core_columns *c, us_str path, us_kind kind, us_str name)
{
    us_assert(c->count < US_HISTORY_COLUMNS_MAX);
    c->items[c->count++] = (struct core_column){.path = path,
        .kind = kind,
        .name = name,
        .dotted = us_str_find(path, US_S(".")) < path.len,
        .page_name = us_str_eq(path, US_S("name"))};
    c->lengths |= core_length_bit(path.len);
}

/* The first ones alone. */
static void columns_cut(struct core_columns *c, size_t count)
{
    c->count = count;
    c->lengths = 0;
    for (size_t i = 0; i < count; i++)
        c->lengths |= core_length_bit(c->items[i].path.len);
}

us_code core_columns_read(struct us_history *h, struct us_error *e)
{
    h->columns = (struct core_columns){
        .items = us_new(&h->arena, struct core_column, US_HISTORY_COLUMNS_MAX)};
    int64_t count;
    US_TRY(duck_number(
        h->duck.side, US_S("SELECT count(*) FROM property_columns"), &count, e));
    if (count > US_HISTORY_COLUMNS_MAX) return many(e);
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side,
        US_S("SELECT name, path, kind FROM property_columns ORDER BY rowid"), &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK) {
        for (size_t i = 0; i < r.count; i++)
            column_add(&h->columns, us_arena_str(&h->arena, duck_text(&r, 1, i)),
                kind_of(duck_text(&r, 2, i)),
                us_arena_str(&h->arena, duck_text(&r, 0, i)));
    }
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

static bool name_taken(const struct core_columns *c, us_str name)
{
    for (size_t i = 0; i < c->count; i++)
        if (us_str_eq_nocase(c->items[i].name, name)) return true;
    return false;
}

/* "p_amount_num". SQL takes no notice of case, properties do: a number goes after the
 * second of two names that SQL cannot tell apart. */
static us_str column_name(struct us_history *h, us_str path, us_kind kind)
{
    us_str name = us_arena_fmt(&h->arena, "p_%.*s%s", US_ARG(path), kinds[kind].suffix);
    for (int n = 2; name_taken(&h->columns, name); n++)
        name =
            us_arena_fmt(&h->arena, "p_%.*s%s_%d", US_ARG(path), kinds[kind].suffix, n);
    return name;
}

enum { SQL_MAX = 1 << 20 };

static us_code column_make(
    struct us_history *h, const struct core_column *c, struct us_error *e)
{
    struct us_buf sql = us_buf_new(&h->line, SQL_MAX);
    us_buf_put(&sql, US_S("ALTER TABLE events ADD COLUMN "));
    core_put_name(&sql, c->name);
    us_buf_fmt(
        &sql, " %s;\nINSERT INTO property_columns VALUES (", kinds[c->kind].type);
    core_put_text(&sql, c->name);
    us_buf_put(&sql, US_S(", "));
    core_put_text(&sql, c->path);
    us_buf_fmt(&sql, ", '%s');", kinds[c->kind].name);
    return duck_run(h->duck.link, us_buf_str(&sql), e);
}

static us_code gathered_make(
    struct us_history *h, const struct core_columns *fresh, struct us_error *e)
{
    struct us_buf sql = us_buf_new(&h->line, SQL_MAX);
    us_buf_put(&sql, US_S("CREATE TEMP TABLE gathered (seq BIGINT"));
    for (size_t i = 0; i < fresh->count; i++)
        us_buf_fmt(&sql, ", v%zu %s", i, kinds[fresh->items[i].kind].type);
    us_buf_put(&sql, US_S(")"));
    return duck_run(h->duck.link, us_buf_str(&sql), e);
}

static us_code gathered_use(
    struct us_history *h, const struct core_columns *fresh, struct us_error *e)
{
    struct us_buf sql = us_buf_new(&h->line, SQL_MAX);
    us_buf_put(&sql, US_S("UPDATE events SET "));
    for (size_t i = 0; i < fresh->count; i++) {
        if (i) us_buf_put(&sql, US_S(", "));
        core_put_name(&sql, fresh->items[i].name);
        us_buf_fmt(&sql, " = g.v%zu", i);
    }
    us_buf_put(
        &sql, US_S(" FROM gathered g WHERE g.seq = events.seq; DROP TABLE gathered;"));
    return duck_run(h->duck.link, us_buf_str(&sql), e);
}

/* What a walk over the journal carries. */
struct gather {
    struct us_history *h;
    const struct core_columns *fresh;
    struct duck_table *table;
};

static us_code gather_line(const struct gather *g, us_str line, struct us_error *e)
{
    struct us_history *h = g->h;
    us_arena_reset(&h->line);
    struct us_json_doc doc;
    struct us_head head;
    struct us_message m;
    uint32_t node;
    US_TRY(us_json_parse(h->json, line, &doc, e));
    us_code code = us_head_read(&doc, &head, &node, &h->line, e);
    if (code == US_NOT_FOUND) return US_OK;
    if (code != US_OK) return code;
    if (head.type != US_LINE_MESSAGE) return US_OK;
    US_TRY(us_message_read(&doc, node, &head, US_NEVER, &h->line, &m, e));
    if (m.call != US_TRACK) return US_OK;
    uint32_t nodes[US_HISTORY_COLUMNS_MAX];
    if (m.properties == US_JSON_NONE) doc.count = 0;
    core_columns_find(g->fresh, &doc, m.properties, nodes);
    bool any = false;
    for (size_t i = 0; i < g->fresh->count; i++) {
        struct core_property p = {&g->fresh->items[i], &doc, nodes[i], &m};
        any |= core_column_put(g->table, 1 + i, &p, &h->line);
    }
    if (!any) {
        duck_row_undo(g->table);
        return US_OK;
    }
    duck_put_i64(g->table, 0, head.seq);
    return duck_row_end(g->table, e);
}

static us_code gather_text(const struct gather *g, us_str text, struct us_error *e)
{
    while (text.len) {
        us_str line = us_str_cut(text, '\n', &text);
        if (line.len) US_TRY(gather_line(g, line, e));
    }
    return US_OK;
}

static us_code gather_journal(const struct gather *g, us_history_progress *progress,
    void *ctx, struct us_error *e)
{
    struct us_journal_sizes sizes = {0};
    US_TRY(us_journal_sizes(g->h->journal, &sizes, e));
    struct us_journal_reader *r;
    US_TRY(us_journal_reader_open(g->h->journal, (us_pos){0, 0}, &r, e));
    int64_t done = 0;
    us_str text;
    us_pos at, next;
    us_code code;
    us_pos end = g->h->position;
    while ((code = us_journal_reader_next(r, &text, &at, &next, e)) == US_OK) {
        if (at.segment > end.segment ||
            (at.segment == end.segment && at.offset >= end.offset))
            break;
        code = gather_text(g, text, e);
        if (code != US_OK) break;
        done += (int64_t)text.len;
        if (progress) progress(ctx, "history.column", done, (int64_t)sizes.text);
    }
    us_journal_reader_close(r);
    return code == US_NOT_FOUND ? US_OK : code;
}

static us_code fill(struct us_history *h, const struct core_columns *fresh,
    us_history_progress *progress, void *ctx, struct us_error *e)
{
    US_TRY(gathered_make(h, fresh, e));
    struct duck_table table;
    US_TRY(duck_table_open(h->duck.link, "gathered", &table, e));
    struct gather g = {h, fresh, &table};
    us_code code = gather_journal(&g, progress, ctx, e);
    if (code == US_OK) code = duck_table_flush(&table, e);
    duck_table_close(&table);
    if (code != US_OK) return code;
    us_arena_reset(&h->line);
    return gathered_use(h, fresh, e);
}

static us_code build(struct us_history *h, const struct core_columns *fresh,
    us_history_progress *progress, void *ctx, struct us_error *e)
{
    for (size_t i = 0; i < fresh->count; i++)
        US_TRY(column_make(h, &fresh->items[i], e));
    int64_t events = 0;
    US_TRY(duck_number(h->duck.side, US_S("SELECT count(*) FROM events"), &events, e));
    if (events) US_TRY(fill(h, fresh, progress, ctx, e));
    return duck_run(h->duck.link, US_S("COMMIT"), e);
}

static bool has(const struct us_history *h, const struct us_column *c)
{
    return core_column_find(&h->columns, c->path, c->kind) != SIZE_MAX;
}

static us_code room_check(const struct us_history *h,
    const struct us_history_rules *rules, struct us_error *e)
{
    US_TRY(core_columns_check(rules, e));
    size_t count = h->columns.count;
    for (size_t i = 0; i < rules->column_count; i++)
        count += !has(h, &rules->columns[i]);
    return count > US_HISTORY_COLUMNS_MAX ? many(e) : US_OK;
}

static us_code build_missing(struct us_history *h, const struct us_history_rules *rules,
    us_history_progress *progress, void *ctx, struct us_error *e)
{
    size_t had = h->columns.count;
    US_TRY(room_check(h, rules, e));
    for (size_t i = 0; i < rules->column_count; i++) {
        const struct us_column *c = &rules->columns[i];
        if (has(h, c)) continue;
        us_str path = us_arena_str(&h->arena, c->path);
        column_add(&h->columns, path, c->kind, column_name(h, path, c->kind));
    }
    if (h->columns.count == had) return US_OK;
    struct core_columns fresh = {.items = h->columns.items + had,
        .count = h->columns.count - had,
        .lengths = h->columns.lengths};
    us_code code = duck_run(h->duck.link, US_S("BEGIN TRANSACTION"), e);
    if (code == US_OK) {
        code = build(h, &fresh, progress, ctx, e);
        if (code != US_OK) (void)duck_run(h->duck.link, US_S("ROLLBACK"), NULL);
    }
    if (code != US_OK) columns_cut(&h->columns, had);
    return code;
}

us_code core_columns_check(const struct us_history_rules *rules, struct us_error *e)
{
    if (rules->column_count <= US_HISTORY_COLUMNS_MAX) return US_OK;
    return us_fail(e, US_LIMIT, "history.columns_wanted",
        US_ARGS(US_WHOLE("count", rules->column_count),
            US_WHOLE("most", US_HISTORY_COLUMNS_MAX)));
}

us_code core_columns_build(
    struct us_history *h, us_history_progress *progress, void *ctx, struct us_error *e)
{
    return build_missing(h, &h->rules, progress, ctx, e);
}

us_code us_history_want(struct us_history *h, const struct us_history_rules *rules,
    us_history_progress *progress, void *ctx, struct us_error *e)
{
    us_assert(h->write && !h->pending);
    size_t had = h->columns.count;
    us_arena_reset(&h->line);
    core_tables_close(h); /* they are opened by the columns there are */
    US_TRY(build_missing(h, rules, progress, ctx, e));
    return h->columns.count == had ? US_OK : core_views(h, e);
}
