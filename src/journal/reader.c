#include "journal/journal_internal.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct us_journal_reader {
    struct us_arena life; /* itself, its path, the buffers of its scan */
    struct us_arena scratch;
    struct us_dir dir;
    struct us_scan scan;
    int fd; /* of scan.segment, or -1 */
    bool sealed;
    uint64_t disk;          /* of a sealed one: where its frames of text end */
    struct us_error damage; /* US_OK before there is any */
};

/* Asks again whether the segment is sealed: it may have been since. */
static us_code look(struct us_journal_reader *r, struct us_index *x, struct us_error *e)
{
    us_arena_reset(&r->scratch);
    US_TRY(us_index_load(&r->dir, r->scan.segment, r->fd, &r->scratch, x, e));
    r->sealed = x->sealed;
    r->disk = x->disk;
    return US_OK;
}

static us_code start(struct us_journal_reader *r, us_pos from, struct us_error *e)
{
    uint32_t first;
    uint32_t last;
    US_TRY(us_dir_range(&r->dir, &first, &last, e));
    bool beginning = from.segment == 0 && from.offset == 0;
    us_scan_start(&r->scan, beginning && first ? first : from.segment, -1);
    if (from.offset == 0) return US_OK;
    US_TRY(us_segment_open(&r->dir, from.segment, O_RDONLY, &r->fd, e));
    r->scan.fd = r->fd;
    struct us_index x;
    US_TRY(look(r, &x, e));
    if (!x.sealed) US_TRY(us_scan_index(&r->scan, &x, e));
    return us_scan_seek(&r->scan, &x, from.offset, e);
}

us_code us_journal_reader_open(
    us_str dir, us_pos from, struct us_journal_reader **out, struct us_error *e)
{
    struct us_arena life;
    us_arena_init(&life, US_JOURNAL_ROOM);
    struct us_journal_reader *r = us_new(&life, struct us_journal_reader, 1);
    *r = (struct us_journal_reader){.life = life, .fd = -1, .dir = {.fd = -1}};
    us_arena_init(&r->scratch, US_INDEX_ROOM);
    us_scan_init(&r->scan, &r->dir, &r->life);
    us_str path = us_arena_str(&r->life, dir);
    us_code code = us_dir_open(path, false, &r->dir, e);
    if (code == US_OK) code = start(r, from, e);
    if (code != US_OK) {
        us_journal_reader_close(r);
        return code;
    }
    *out = r;
    return US_OK;
}

void us_journal_reader_close(struct us_journal_reader *r)
{
    if (!r) return;
    us_scan_done(&r->scan);
    if (r->fd >= 0) close(r->fd);
    us_dir_close(&r->dir);
    us_arena_done(&r->scratch);
    struct us_arena life = r->life;
    us_arena_done(&life);
}

static us_code damaged(struct us_journal_reader *r, const char *key, struct us_error *e)
{
    const struct us_error *d = &r->damage;
    if (d->code == US_OK) {
        us_code made = us_segment_fail(
            &r->dir, r->scan.segment, US_INPUT, key, r->scan.stop, &r->damage);
        us_assert(made == US_INPUT);
    }
    return us_fail(e, d->code, d->key, d->args);
}

/* Nothing more here. That is the end, unless a later segment says otherwise. */
static us_code at_end(struct us_journal_reader *r, const char *key, struct us_error *e)
{
    uint32_t first;
    uint32_t last;
    US_TRY(us_dir_range(&r->dir, &first, &last, e));
    if (r->scan.segment < last) return damaged(r, key, e);
    if (r->scan.text == 0 && r->fd >= 0) {
        /* Recovery removes a segment without a group, and its name is used again. */
        close(r->fd);
        r->fd = -1;
    }
    return us_fail(e, US_NOT_FOUND, "journal.end", NULL);
}

/* Open the segment that is next. */
static us_code enter(struct us_journal_reader *r, struct us_error *e)
{
    if (r->scan.segment == 0) { /* there was none at all when we were opened */
        uint32_t last;
        US_TRY(us_dir_range(&r->dir, &r->scan.segment, &last, e));
    }
    struct us_index x;
    us_code code = us_segment_open(&r->dir, r->scan.segment, O_RDONLY, &r->fd, e);
    if (code == US_NOT_FOUND) return at_end(r, "journal.gap", e);
    if (code != US_OK) return code;
    us_scan_start(&r->scan, r->scan.segment, r->fd);
    return look(r, &x, e);
}

static void leave(struct us_journal_reader *r)
{
    close(r->fd);
    r->fd = -1;
    us_scan_start(&r->scan, r->scan.segment + 1, -1);
}

static bool is_over(const struct us_journal_reader *r)
{
    return r->sealed && r->scan.disk == r->disk;
}

us_code us_journal_reader_next(struct us_journal_reader *r, us_str *text, us_pos *at,
    us_pos *next, struct us_error *e)
{
    struct us_scan *s = &r->scan;
    if (r->damage.code != US_OK) return damaged(r, NULL, e);
    for (;;) {
        if (r->fd < 0) US_TRY(enter(r, e));
        if (is_over(r)) {
            leave(r);
            continue;
        }
        struct us_index x;
        us_pos begin = {s->segment, s->text};
        us_code code = us_scan_next(s, NULL, text, e);
        if (code == US_OK) {
            if (!r->sealed) US_TRY(look(r, &x, e));
            *at = begin;
            *next = is_over(r) ? (us_pos){s->segment + 1, 0}
                               : (us_pos){s->segment, s->text};
            return US_OK;
        }
        if (code != US_NOT_FOUND) return code;
        if (r->sealed) return damaged(r, "journal.damaged", e);
        /* A writer may have been at work on the group, and have sealed since. */
        US_TRY(look(r, &x, e));
        if (!r->sealed) return at_end(r, "journal.damaged", e);
    }
}
