/* state.c: the file opened, brought up to date, checked and copied. */

#include "file/file.h"
#include "format_1.inc"
#include "format_2.inc"
#include "format_3.inc"
#include "format_4.inc"
#include "format_5.inc"
#include "format_6.inc"
#include "state/db.h"

#include <fcntl.h>
#include <unistd.h>

static const size_t SCRATCH_BYTES = (size_t)4 << 30;

/* What brings a file from format i to i + 1. */
static const char *const formats[] = {
    format_1_sql, format_2_sql, format_3_sql, format_4_sql, format_5_sql, format_6_sql};
_Static_assert(sizeof formats / sizeof *formats == US_STATE_FORMAT,
    "every format has what makes it");

us_str us_state_path(us_str dir, struct us_arena *a)
{
    return us_file_join(a, dir, US_S("state.sqlite"));
}

us_str state_unit(us_str company, us_str account, struct us_arena *a)
{
    return company.len ? us_arena_fmt(a, "company %.*s", US_ARG(company))
                       : us_arena_fmt(a, "account %.*s", US_ARG(account));
}

us_code state_fits(us_str text, const char *what, struct us_error *e)
{
    if (text.len <= US_STATE_TEXT_MAX) return US_OK;
    return us_fail(e, US_LIMIT, "state.text",
        US_ARGS(US_WORD("what", what), US_BYTES("bytes", text.len),
            US_BYTES("most", US_STATE_TEXT_MAX)));
}

/* ---- formats ---- */

static us_code migrate(struct us_state *s, void *ctx, struct us_error *e)
{
    const int *wanted = ctx;
    int64_t format;
    bool ours;
    US_TRY(db_format(s->db, &format, &ours, e));
    if (format >= *wanted) return US_OK; /* another process was faster */
    for (; format < *wanted; format++)
        US_TRY(db_script(s->db, formats[format], e));
    return db_set_format(s->db, *wanted, e);
}

us_code state_migrate(struct us_state *s, int format, struct us_error *e)
{
    /* It cannot be changed within a transaction, and stays with the file. */
    US_TRY(db_script(s->db, "PRAGMA journal_mode = WAL;", e));
    return db_all(s, migrate, &format, e);
}

static us_code fit_format(struct us_state *s, bool write, struct us_error *e)
{
    int64_t format;
    bool ours;
    US_TRY(db_format(s->db, &format, &ours, e));
    if (!ours)
        return us_fail(e, US_INPUT, "state.foreign", US_ARGS(US_TEXT("path", s->path)));
    if (format > US_STATE_FORMAT)
        return us_fail(e, US_REFUSED, "state.newer",
            US_ARGS(US_TEXT("path", s->path), US_WHOLE("format", format),
                US_WHOLE("most", US_STATE_FORMAT)));
    if (format == US_STATE_FORMAT) return US_OK;
    if (write) return state_migrate(s, US_STATE_FORMAT, e);
    if (format == 0)
        return us_fail(
            e, US_NOT_FOUND, "state.missing", US_ARGS(US_TEXT("path", s->path)));
    return us_fail(e, US_REFUSED, "state.older",
        US_ARGS(US_TEXT("path", s->path), US_WHOLE("format", format)));
}

/* ---- open ---- */

/* What people said of customers is nobody else's to read. */
static us_code make_file(struct us_state *s, us_str dir, struct us_error *e)
{
    US_TRY(us_file_make_dirs(dir, e));
    int fd =
        open(us_arena_cstr(&s->life, s->path), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return us_file_fail(e, "state.io", s->path);
    close(fd);
    return us_file_sync_dir(dir, e);
}

static us_code open_in(struct us_state *s, us_str dir, bool write, struct us_error *e)
{
    s->path = us_state_path(us_arena_str(&s->life, dir), &s->life);
    if (write && !us_file_exists(s->path)) US_TRY(make_file(s, dir, e));
    US_TRY(db_open(s->path, write, &s->life, &s->db, e));
    return fit_format(s, write, e);
}

us_code us_state_open(us_str dir, bool write, struct us_state **out, struct us_error *e)
{
    struct us_arena life;
    us_arena_init(&life, 1 << 20);
    struct us_state *s = us_new(&life, struct us_state, 1);
    s->life = life;
    us_arena_init(&s->scratch, SCRATCH_BYTES);
    us_code code = open_in(s, dir, write, e);
    if (code != US_OK) {
        us_state_close(s);
        return code;
    }
    *out = s;
    return US_OK;
}

void us_state_close(struct us_state *s)
{
    if (!s) return;
    db_close(s->db);
    us_arena_done(&s->scratch);
    struct us_arena life = s->life;
    us_arena_done(&life);
}

us_code us_state_check(struct us_state *s, struct us_error *e)
{
    return db_check(s->db, e);
}

static us_code sync_file(us_str path, struct us_arena *a, struct us_error *e)
{
    int fd = open(us_arena_cstr(a, path), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return us_file_fail(e, "state.io", path);
    us_code code = fsync(fd) == 0 ? US_OK : us_file_fail(e, "state.io", path);
    close(fd);
    return code;
}

us_code us_state_copy(us_str dir, us_str path, struct us_error *e)
{
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    us_code code = db_copy(us_state_path(dir, &a), path, &a, e);
    if (code == US_OK) code = sync_file(path, &a, e);
    us_arena_done(&a);
    return code;
}
