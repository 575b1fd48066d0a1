/* import_fixture.h: a workspace to import into, and what is in it afterwards. */
#pragma once

#include "history/history_fixture.h"
#include "import/import.h"

#define NOW INT64_C(1800000000000000) /* 2027-01-15 */

/* A workspace of its own, and what was told of dead letters. */
struct place {
    struct us_arena *a;
    us_str dir;
    struct us_import_options options;
    struct us_history_rules rules;
    struct us_import_counts counts; /* of the last file */
    struct us_buf told;
};

static void dead(
    void *ctx, us_str file, int64_t line, int64_t byte, const struct us_error *why)
{
    struct place *p = ctx;
    (void)file;
    us_buf_fmt(&p->told, "%lld:%lld %s\n", (long long)line, (long long)byte, why->key);
}

static void place_init(struct place *p, struct fixture *x, const char *name)
{
    *p = (struct place){.a = &x->a};
    p->dir = us_file_join(&x->a, x->dir, us_str_c(name));
    us_assert(us_file_make_dirs(p->dir, NULL) == US_OK);
    p->rules = (struct us_history_rules){
        .currency = US_S("USD"), .memory_bytes = (int64_t)1 << 30, .threads = 2};
    p->options = (struct us_import_options){
        .dir = p->dir, .rules = &p->rules, .now = NOW, .ctx = p, .dead = dead};
    p->told = us_buf_new(&x->a, 1 << 20);
}

/* Import these files, one after the other; the first error ends it. */
static us_code import(
    struct place *p, const us_str *paths, size_t count, struct us_error *e)
{
    struct us_import *im = NULL;
    p->told.len = 0;
    p->options.rules = &p->rules;
    p->options.ctx = p;
    US_TRY(us_import_open(&p->options, &im, e));
    us_code code = US_OK;
    for (size_t i = 0; i < count && code == US_OK; i++)
        code = us_import_file(im, paths[i], &p->counts, e);
    if (code == US_OK) code = us_import_finish(im, e);
    p->counts.kind = us_arena_str(p->a, p->counts.kind); /* was the import's */
    us_import_close(im);
    return code;
}

static us_str written(struct fixture *x, const char *name, us_str bytes)
{
    us_str path = us_file_join(&x->a, x->dir, us_str_c(name));
    us_assert(us_file_write(path, bytes, NULL) == US_OK);
    return path;
}

static us_str answer(struct place *p, const char *sql)
{
    struct us_history *h = NULL;
    us_assert(us_history_open(p->dir, &p->rules, false, NULL, NULL, &h, NULL) == US_OK);
    us_str rows = fixture_asked(p->a, h, us_str_c(sql));
    us_history_close(h);
    return rows;
}
