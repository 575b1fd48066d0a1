/* rewrite.c: a sealed segment written anew without some of its lines.
 *
 * Lines that go are turned into line ends, in number as many as they had bytes, and
 * commit lines keep their length. So no position moves: not those that history, state
 * and sidecars keep, nor that of a reader at work, who goes on in the file he has open.
 * What commit lines say of lines is how many the group had. */
#include "journal/journal_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct rewrite {
    struct us_dir dir;
    struct us_arena memory; /* of scan and gather */
    struct us_arena group;  /* the group at hand */
    struct us_scan scan;
    struct us_pack pack;
    struct us_gather gather;
    us_print chain;
    us_journal_edit *edit;
    void *ctx;
    bool changed;
};

/* The group as it is to be, with its commit line. */
static us_code group_edit(
    struct rewrite *w, us_str text, us_pos at, us_str *out, struct us_error *e)
{
    struct us_commit c = w->scan.commit;
    bool changed = false;
    us_arena_reset(&w->group);
    char *bytes =
        us_new(&w->group, char, text.len + US_COMMIT_BYTES_MAX + US_JOURNAL_PAD);
    memcpy(bytes, text.ptr, text.len);
    US_TRY(w->edit(w->ctx, at, bytes, text.len, &changed, e));
    w->changed |= changed;
    us_assert(text.len == 0 || bytes[text.len - 1] == '\n');
    c.sum = us_print_of((us_str){bytes, text.len});
    c.chain = us_commit_chain(&c, w->chain);
    w->chain = c.chain;
    size_t len = text.len + us_commit_write(&c, bytes + text.len);
    *out = (us_str){bytes, len};
    us_assert(len == us_scan_group(&w->scan, text).len);
    return US_OK;
}

static us_code groups_edit(struct rewrite *w, uint64_t end, struct us_error *e)
{
    struct us_scan *s = &w->scan;
    us_str text;
    us_str group;
    while (s->text < end) {
        us_pos at = {s->segment, s->text};
        us_code code = us_scan_next(s, NULL, &text, e);
        if (code == US_NOT_FOUND)
            return us_segment_fail(
                s->dir, s->segment, US_INPUT, "journal.damaged", s->stop, e);
        if (code != US_OK) return code;
        US_TRY(group_edit(w, text, at, &group, e));
        US_TRY(us_gather_put(&w->gather, group, e));
    }
    return us_gather_end(&w->gather, e);
}

static void step(const struct rewrite *w, const char *done)
{
    if (w->pack.tuning->step) w->pack.tuning->step(done);
}

static us_code name_it(
    struct rewrite *w, const char *part, uint32_t number, struct us_error *e)
{
    char name[US_NAME_MAX];
    snprintf(name, sizeof name, US_NAME_TEXT, number);
    US_TRY(us_pack_seal(&w->pack, e));
    step(w, "sealed");
    if (renameat(w->dir.fd, part, w->dir.fd, name) != 0)
        return us_segment_errno(&w->dir, number, e);
    step(w, "named");
    US_TRY(us_dir_sync(&w->dir, e));
    step(w, "holds");
    return US_OK;
}

static us_code write_anew(
    struct rewrite *w, uint32_t number, uint64_t end, struct us_error *e)
{
    char part[US_NAME_MAX];
    snprintf(part, sizeof part, US_NAME_PART, number);
    int flags = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC;
    us_pack_begin(&w->pack, number, openat(w->dir.fd, part, flags, 0640));
    if (w->pack.fd < 0) return us_segment_errno(&w->dir, number, e);
    us_gather_init(&w->gather, &w->pack, &w->memory);
    us_code code = groups_edit(w, end, e);
    step(w, "packed");
    bool keep = code == US_OK && w->changed;
    if (keep) code = name_it(w, part, number, e);
    if (!keep || code != US_OK) unlinkat(w->dir.fd, part, 0);
    us_pack_end(&w->pack);
    return code;
}

/* A copy of its own, as the scan's arena is the rewrite's. */
static us_code sealed_text(
    struct rewrite *w, uint32_t number, int fd, uint64_t *end, struct us_error *e)
{
    struct us_index x;
    us_mark mark = us_arena_mark(&w->memory);
    US_TRY(us_index_load(&w->dir, number, fd, &w->memory, &x, e));
    *end = x.text;
    us_arena_pop(&w->memory, mark);
    if (x.sealed) return US_OK;
    return us_segment_fail(&w->dir, number, US_REFUSED, "journal.not_sealed", 0, e);
}

static us_code rewrite(struct rewrite *w, uint32_t number, struct us_error *e)
{
    int fd;
    uint64_t end = 0;
    US_TRY(us_segment_sealed(&w->dir, number, &fd, e));
    if (fd < 0)
        return us_segment_fail(&w->dir, number, US_REFUSED, "journal.not_sealed", 0, e);
    us_code code = sealed_text(w, number, fd, &end, e);
    us_scan_init(&w->scan, &w->dir, &w->memory);
    us_scan_start(&w->scan, number, fd, false);
    if (code == US_OK) code = write_anew(w, number, end, e);
    us_scan_done(&w->scan);
    close(fd);
    return code;
}

us_code us_journal_rewrite_tuned(us_str dir, uint32_t number,
    const struct us_journal_tuning *t, us_journal_edit *edit, void *ctx, bool *changed,
    struct us_error *e)
{
    struct rewrite w = {.edit = edit, .ctx = ctx};
    US_TRY(us_dir_open(dir, false, &w.dir, e));
    us_arena_init(&w.memory, US_JOURNAL_ROOM);
    us_arena_init(&w.group, US_JOURNAL_ROOM);
    us_pack_init(&w.pack, &w.dir, t);
    us_code code = rewrite(&w, number, e);
    us_pack_done(&w.pack);
    us_arena_done(&w.group);
    us_arena_done(&w.memory);
    us_dir_close(&w.dir);
    if (code == US_OK) *changed = w.changed;
    return code;
}

us_code us_journal_rewrite(us_str dir, uint32_t number, us_journal_edit *edit,
    void *ctx, bool *changed, struct us_error *e)
{
    return us_journal_rewrite_tuned(
        dir, number, &us_journal_usual, edit, ctx, changed, e);
}

/* ---- whole segments ---- */

us_code us_journal_range(
    us_str dir, uint32_t *first, uint32_t *last, struct us_error *e)
{
    struct us_dir d;
    US_TRY(us_dir_open(dir, false, &d, e));
    us_code code = us_dir_range(&d, first, last, e);
    us_dir_close(&d);
    return code;
}

us_code us_journal_is_sealed(
    us_str dir, uint32_t below, bool *sealed, struct us_error *e)
{
    struct us_dir d;
    uint32_t lowest = 0;
    uint32_t count;
    US_TRY(us_dir_open(dir, false, &d, e));
    us_code code = us_dir_plain(&d, 1, below, &lowest, &count, e);
    us_dir_close(&d);
    *sealed = code == US_OK && lowest == 0;
    return code;
}

us_code us_journal_drop_first(us_str dir, uint32_t number, struct us_error *e)
{
    struct us_dir d;
    uint32_t first;
    uint32_t last;
    char ids[US_NAME_MAX];
    snprintf(ids, sizeof ids, US_NAME_IDS, number);
    US_TRY(us_dir_open(dir, false, &d, e));
    us_code code = us_dir_range(&d, &first, &last, e);
    if (code == US_OK) {
        us_assert(number == first && first < last);
        code = us_segment_remove(&d, number, false, e);
    }
    if (code == US_OK) unlinkat(d.fd, ids, 0);
    if (code == US_OK) code = us_dir_sync(&d, e);
    us_dir_close(&d);
    return code;
}

us_code us_journal_drop_used(us_str dir, struct us_error *e)
{
    struct us_dir d;
    US_TRY(us_dir_open(dir, false, &d, e));
    if (unlinkat(d.fd, US_NAME_USED, 0) != 0 && errno != ENOENT) {
        us_code code = us_segment_errno(&d, 0, e);
        us_dir_close(&d);
        return code;
    }
    us_dir_close(&d);
    return US_OK;
}
