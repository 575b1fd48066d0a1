/* table.c: rows, said as a table, as CSV or as JSON lines. */
#include "base/time.h"
#include "cli/html.h"

#include <math.h>
#include <string.h>

enum { CELL_MAX = 1 << 16, GAP = 2, COLUMN_LEAST = 8, DAY_LEN = 10, SHORT = 24 };

void us_table_begin(struct us_table *t, struct us_cli *cli,
    const struct us_table_column *columns, size_t count)
{
    us_assert(count > 0 && count <= US_TABLE_COLUMNS_MAX);
    *t = (struct us_table){.cli = cli, .columns = columns, .column_count = count};
}

/* What stands behind the last point of a key. */
static us_str last_part(us_str key)
{
    size_t i = key.len;
    while (i && key.ptr[i - 1] != '.')
        i--;
    return us_str_slice(key, i, key.len);
}

/* A cell as programs read it, a text without its quotes. False: not there. */
static bool plain_cell(struct us_arena *a, const us_arg *cell, us_str *out)
{
    struct us_buf number = us_buf_new(a, CELL_MAX);
    switch (cell->kind) {
    case US_ARG_NONE: return false;
    case US_ARG_TEXT: *out = cell->text; return true;
    case US_ARG_WORD: *out = last_part(cell->text); return true;
    case US_ARG_WHOLE:
    case US_ARG_DIGITS:
    case US_ARG_BYTES: us_buf_int(&number, cell->whole); break;
    case US_ARG_REAL:
    case US_ARG_SHARE:
        if (!isfinite(cell->real)) return false;
        us_buf_real(&number, cell->real);
        break;
    case US_ARG_TIME:
    case US_ARG_DAY:
        if (cell->whole < US_TIME_MIN || cell->whole >= US_TIME_MAX) return false;
        us_time_put(&number, cell->whole);
        if (cell->kind == US_ARG_DAY) number.len = DAY_LEN;
        break;
    }
    *out = us_buf_str(&number);
    return true;
}

static bool is_text(const us_arg *cell)
{
    return cell->kind == US_ARG_TEXT || cell->kind == US_ARG_WORD ||
           cell->kind == US_ARG_TIME || cell->kind == US_ARG_DAY;
}

static void json_row(struct us_table *t, const us_arg *cells)
{
    struct us_buf *out = t->cli->out;
    for (size_t i = 0; i < t->column_count; i++) {
        us_buf_char(out, i ? ',' : '{');
        us_buf_json(out, us_str_c(t->columns[i].key));
        us_buf_char(out, ':');
        us_str cell;
        if (!plain_cell(t->cli->arena, &cells[i], &cell)) {
            us_buf_put(out, US_S("null"));
        } else if (is_text(&cells[i])) {
            us_buf_json(out, cell);
        } else {
            us_buf_put(out, cell);
        }
    }
    us_buf_put(out, US_S("}\n"));
}

static void csv_head(struct us_table *t)
{
    for (size_t i = 0; i < t->column_count; i++) {
        if (i) us_buf_char(t->cli->out, ',');
        us_buf_csv(t->cli->out, us_str_c(t->columns[i].key));
    }
    us_buf_put(t->cli->out, US_S("\r\n"));
}

static void csv_row(struct us_table *t, const us_arg *cells)
{
    for (size_t i = 0; i < t->column_count; i++) {
        if (i) us_buf_char(t->cli->out, ',');
        us_str cell;
        if (plain_cell(t->cli->arena, &cells[i], &cell)) us_buf_csv(t->cli->out, cell);
    }
    us_buf_put(t->cli->out, US_S("\r\n"));
}

static us_str words_of(struct us_table *t, const us_arg *cell)
{
    struct us_arena *a = t->cli->arena;
    if (cell->kind == US_ARG_NONE) return US_S("–");
    if (cell->kind == US_ARG_TEXT) return us_screen_clean(a, cell->text);
    us_arg args[] = {*cell, {.name = NULL}};
    args[0].name = "cell";
    return us_screen_clean(a, us_text(a, t->cli->lang, "cli.cell", args));
}

static void put_line(struct us_table *t, struct us_buf *out, const us_str *row)
{
    for (size_t i = 0; i < t->column_count; i++) {
        bool left = t->columns[i].align == US_LEFT;
        bool last = i + 1 == t->column_count;
        us_str cell = row[i];
        if (left && t->cli->terminal)
            cell = us_screen_fit(t->cli->arena, cell, t->widths[i]);
        size_t columns = us_str_columns(cell);
        size_t pad = columns < t->widths[i] ? t->widths[i] - columns : 0;
        if (!left) us_screen_blanks(out, pad);
        us_buf_put(out, cell);
        if (!last) us_screen_blanks(out, (left ? pad : 0) + GAP);
    }
}

/* It begins with a block of any eighths, U+2588 to U+258F. */
static bool is_bar(us_str s)
{
    if (s.len < 3 || !us_str_has_prefix(s, US_S("\xe2\x96"))) return false;
    unsigned char last = (unsigned char)s.ptr[2];
    return last >= 0x88 && last <= 0x8f;
}

/* Short cells are not broken; bars have a colour. */
static void html_line(struct us_table *t, const us_str *row, const char *cell)
{
    struct us_buf *out = t->cli->out;
    us_buf_put(out, US_S("<tr>"));
    for (size_t i = 0; i < t->column_count; i++) {
        bool right = t->columns[i].align == US_RIGHT;
        bool shorter = us_str_columns(row[i]) <= SHORT;
        bool bar = is_bar(row[i]);
        us_buf_fmt(out, "<%s%s>", cell,
            right     ? " class=n"
            : bar     ? " class=b"
            : shorter ? " class=s"
                      : "");
        us_html_put(out, row[i]);
        us_buf_fmt(out, "</%s>", cell);
    }
    us_buf_put(out, US_S("</tr>\n"));
}

static void row_line(struct us_table *t, const us_str *row)
{
    if (t->cli->html) {
        html_line(t, row, "td");
        return;
    }
    put_line(t, t->cli->out, row);
    us_buf_char(t->cli->out, '\n');
}

/* Take from the widest column that may be cut until the line fits or none is left. */
static void shrink(struct us_table *t)
{
    size_t all = GAP * (t->column_count - 1);
    for (size_t i = 0; i < t->column_count; i++)
        all += t->widths[i];
    while (all > t->cli->width) {
        size_t widest = t->column_count;
        for (size_t i = 0; i < t->column_count; i++) {
            bool can = t->columns[i].align == US_LEFT && t->widths[i] > COLUMN_LEAST;
            if (can && (widest == t->column_count || t->widths[i] > t->widths[widest]))
                widest = i;
        }
        if (widest == t->column_count) return;
        t->widths[widest]--;
        all--;
    }
}

static us_str title_of(const struct us_table *t, size_t i)
{
    const struct us_table_column *c = &t->columns[i];
    struct us_arena *a = t->cli->arena;
    if (!c->title) return us_screen_clean(a, us_str_c(c->key));
    return us_text(a, t->cli->lang, c->title, NULL);
}

/* Fix the widths by the rows seen so far, and say those. */
static void fix(struct us_table *t)
{
    struct us_cli *cli = t->cli;
    t->fixed = true;
    us_str titles[US_TABLE_COLUMNS_MAX];
    for (size_t i = 0; i < t->column_count; i++) {
        titles[i] = title_of(t, i);
        t->widths[i] = us_str_columns(titles[i]);
        for (size_t c = i; c < t->cell_count; c += t->column_count) {
            size_t columns = us_str_columns(t->cells[c]);
            if (columns > t->widths[i]) t->widths[i] = columns;
        }
    }
    if (cli->html) {
        us_buf_put(cli->out, US_S("<div class=wide><table><thead>"));
        html_line(t, titles, "th");
        us_buf_put(cli->out, US_S("</thead><tbody>\n"));
    } else if (cli->terminal) {
        shrink(t);
    }
    struct us_buf head = us_buf_new(cli->arena, CELL_MAX);
    put_line(t, &head, titles);
    if (!cli->html) {
        us_screen_tone(cli->out, cli->colour, US_BOLD, us_buf_str(&head));
        us_buf_char(cli->out, '\n');
    }
    for (size_t c = 0; c < t->cell_count; c += t->column_count)
        row_line(t, t->cells + c);
}

static void people_row(struct us_table *t, const us_arg *cells)
{
    us_str row[US_TABLE_COLUMNS_MAX] = {{0}};
    for (size_t i = 0; i < t->column_count; i++)
        row[i] = words_of(t, &cells[i]);
    if (t->fixed) {
        row_line(t, row);
        return;
    }
    /* The texts may be the caller's for this row alone. */
    for (size_t i = 0; i < t->column_count; i++) {
        us_str cell = us_arena_str(t->cli->arena, row[i]);
        *us_push(t->cli->arena, t->cells, t->cell_count, t->cell_cap) = cell;
    }
    if (t->total + 1 == US_TABLE_FIT_ROWS) fix(t);
}

us_code us_table_row(struct us_table *t, const us_arg *cells, struct us_error *e)
{
    for (size_t i = 0; i < t->column_count; i++)
        us_assert(cells[i].name && strcmp(cells[i].name, t->columns[i].key) == 0);
    us_mark mark = us_arena_mark(t->cli->arena);
    bool keep = t->cli->format == US_FORMAT_PEOPLE && !t->fixed;
    if (t->cli->format == US_FORMAT_JSON) {
        json_row(t, cells);
    } else if (t->cli->format == US_FORMAT_CSV) {
        if (t->total == 0) csv_head(t);
        csv_row(t, cells);
    } else {
        people_row(t, cells);
    }
    t->total++;
    if (!keep) us_arena_pop(t->cli->arena, mark);
    return us_cli_drain(t->cli, e);
}

us_code us_table_end(struct us_table *t, struct us_error *e)
{
    if (t->cli->format == US_FORMAT_CSV && t->total == 0) csv_head(t);
    if (t->cell_count && !t->fixed) fix(t);
    if (t->cli->html && t->fixed)
        us_buf_put(t->cli->out, US_S("</tbody></table></div>\n"));
    return us_cli_drain(t->cli, e);
}
