/* sheet_fixture.h: tables read with nothing behind them: what a row became is text, a
 * line each: "payment 2026-01-02T00:00:00Z {…}", "dead import.empty at", and an error
 * of the whole table "error import.…". Stands in for take.c. */
#pragma once

#include "base/tap.h"
#include "import/csv.h"
#include "import/sheet.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW INT64_C(1800000000000000) /* 2027-01-15T08:00:00Z */

struct fixture {
    struct us_arena a, scratch;
    struct us_json *json;
    struct us_buf out;
    struct us_import_options options;
    struct us_import_counts counts;
    struct us_take take;
    bool places; /* say of a dead letter where its row begins */
};

/* take.c's callers know of no fixture. */
static struct fixture *here;

us_code us_take_message(struct us_take *t, const struct us_json_doc *doc, uint32_t node,
    const struct us_head *batch, struct us_error *e)
{
    (void)t;
    (void)batch;
    (void)e;
    us_buf_fmt(&here->out, "message %.*s\n", US_ARG(us_json_raw(doc, node)));
    return US_OK;
}

us_code us_take_row(
    struct us_take *t, us_line_type type, us_str m, int64_t known, struct us_error *e)
{
    (void)t;
    (void)e;
    us_buf_fmt(&here->out, "%s ", us_line_type_name(type));
    if (known == NOW) {
        us_buf_put(&here->out, US_S("now"));
    } else {
        us_time_put(&here->out, known);
    }
    us_buf_fmt(&here->out, " %.*s\n", US_ARG(m));
    return US_OK;
}

static void say_error(const char *what, const struct us_error *e)
{
    us_buf_fmt(&here->out, "%s %s", what, e->key);
    for (const us_arg *arg = e->args; arg->name; arg++) {
        if (arg->kind == US_ARG_TEXT && strcmp(arg->name, "path") != 0 &&
            strcmp(arg->name, "kinds") != 0)
            us_buf_fmt(&here->out, " %s=%.*s", arg->name, US_ARG(arg->text));
        if (arg->kind == US_ARG_WHOLE)
            us_buf_fmt(&here->out, " %s=%lld", arg->name, (long long)arg->whole);
    }
    us_buf_char(&here->out, '\n');
}

us_code us_take_dead(
    struct us_take *t, us_str row, const struct us_error *why, struct us_error *e)
{
    (void)row;
    (void)e;
    if (here->places)
        us_buf_fmt(&here->out, "%lld:%lld ", (long long)t->place.line,
            (long long)t->place.byte);
    say_error("dead", why);
    return US_OK;
}

void us_take_progress(struct us_take *t)
{
    (void)t;
}

static inline void fixture_init(struct fixture *x)
{
    *x = (struct fixture){.json = us_json_new()};
    us_arena_init(&x->a, (size_t)1 << 30);
    us_arena_init(&x->scratch, (size_t)256 << 20);
    x->options.now = NOW;
    here = x;
}

static inline void fixture_done(struct fixture *x)
{
    us_json_free(x->json);
    us_arena_done(&x->a);
    us_arena_done(&x->scratch);
}

/* A file of these bytes; its path. */
static inline us_str fixture_file(struct fixture *x, us_str bytes)
{
    char *path = us_arena_cstr(&x->a, US_S("/tmp/usher-import-XXXXXX"));
    int fd = mkstemp(path);
    us_assert(fd >= 0 && write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len);
    close(fd);
    return us_str_c(path);
}

static inline void fixture_begin(struct fixture *x)
{
    x->out = us_buf_new(&x->a, 64 << 20);
    x->counts = (struct us_import_counts){0};
    x->take = (struct us_take){.options = &x->options,
        .source = US_S("import"),
        .json = x->json,
        .scratch = &x->scratch,
        .path = US_S("table.csv"),
        .counts = &x->counts};
}

/* A text as the name of a check: one line of it. */
static inline const char *fixture_name(struct fixture *x, us_str text)
{
    us_str rest;
    us_str line = us_str_cut(us_str_trim(text), '\n', &rest);
    return us_arena_cstr(&x->a, line.len ? line : US_S("-"));
}

/* What a CSV text of header and rows became. */
static inline us_str fixture_read(struct fixture *x, us_str csv)
{
    struct us_sheet table;
    struct us_csv_row row;
    struct us_error e = {0};
    fixture_begin(x);
    us_assert(us_csv_next(csv, true, ',', &x->a, &row));
    us_code code = us_sheet_open(&table, &x->take, &x->a, row.fields, row.count, &e);
    csv = us_str_slice(csv, row.bytes, csv.len);
    while (code == US_OK && csv.len) {
        us_arena_reset(&x->scratch);
        us_assert(us_csv_next(csv, true, ',', &x->scratch, &row));
        code = us_sheet_row(&table, row.raw, row.fields, row.count, &e);
        csv = us_str_slice(csv, row.bytes, csv.len);
    }
    if (code != US_OK) say_error("error", &e);
    us_sheet_close(&table);
    return us_buf_str(&x->out);
}

/* Whether it became that; says what it was when not. */
static inline bool fixture_same(us_str got, const char *want)
{
    if (us_str_eq(got, us_str_c(want))) return true;
    printf("# got:\n");
    while (got.len) {
        us_str line = us_str_cut(got, '\n', &got);
        printf("#   %.*s\n", US_ARG(line));
    }
    return false;
}
