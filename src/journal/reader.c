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
    bool final;             /* a plain one: there is a later segment */
    uint64_t text;          /* of a sealed one: where its text ends */
    struct us_error damage; /* US_OK before there is any */
};

/* Asks again whether the segment is sealed: it may have been since. */
static us_code look(struct us_journal_reader *r, struct us_index *x, struct us_error *e)
{
    us_arena_reset(&r->scratch);
    US_TRY(us_index_load(&r->dir, r->scan.segment, r->fd, &r->scratch, x, e));
    r->sealed = x->sealed;
    r->text = x->text;
    return US_OK;
}

static void close_file(struct us_journal_reader *r)
{
    if (r->fd >= 0) close(r->fd);
    r->fd = -1;
    r->sealed = r->final = false;
}

/* The file is the segment's now; to the group that begins at `text`. */
static us_code go_to(
    struct us_journal_reader *r, bool plain, uint64_t text, struct us_error *e)
{
    struct us_index x;
    us_scan_start(&r->scan, r->scan.segment, r->fd, plain);
    if (plain) return us_scan_seek(&r->scan, NULL, text, e);
    US_TRY(look(r, &x, e));
    if (!x.sealed && text) US_TRY(us_scan_index(&r->scan, &x, e));
    return us_scan_seek(&r->scan, &x, text, e);
}

/* A plain one that was sealed since may be another's file by now: whatever was found in
 * it counts only while there is no sealed form. Goes on in that if there is. */
static us_code turn(struct us_journal_reader *r, bool *turned, struct us_error *e)
{
    int fd;
    US_TRY(us_segment_sealed(&r->dir, r->scan.segment, &fd, e));
    *turned = fd >= 0;
    if (!*turned) return US_OK;
    uint64_t text = r->scan.text;
    close_file(r);
    r->fd = fd;
    return go_to(r, false, text, e);
}

/* Opens scan.segment at a group. */
static us_code open_at(struct us_journal_reader *r, uint64_t text, struct us_error *e)
{
    struct us_segment segment;
    bool turned;
    US_TRY(us_segment_open(&r->dir, r->scan.segment, O_RDONLY, &segment, e));
    r->fd = segment.fd;
    us_code code = go_to(r, segment.plain, text, e);
    if (code != US_INPUT || !segment.plain) return code;
    struct us_error own;
    r->scan.text = text;
    US_TRY(turn(r, &turned, &own));
    return turned ? US_OK : code;
}

static us_code start(struct us_journal_reader *r, us_pos from, struct us_error *e)
{
    uint32_t first;
    uint32_t last;
    US_TRY(us_dir_range(&r->dir, &first, &last, e));
    bool beginning = from.segment == 0 && from.offset == 0;
    us_scan_start(&r->scan, beginning && first ? first : from.segment, -1, false);
    return from.offset == 0 ? US_OK : open_at(r, from.offset, e);
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

static us_code is_last(struct us_journal_reader *r, bool *last, struct us_error *e)
{
    uint32_t lowest;
    uint32_t highest;
    US_TRY(us_dir_range(&r->dir, &lowest, &highest, e));
    *last = r->scan.segment >= highest;
    return US_OK;
}

static us_code at_end(struct us_journal_reader *r, struct us_error *e)
{
    /* Recovery removes a segment without a group, and its name is used again. */
    if (r->scan.text == 0) close_file(r);
    return us_fail(e, US_NOT_FOUND, "journal.end", NULL);
}

/* Open the segment that is next. */
static us_code enter(struct us_journal_reader *r, struct us_error *e)
{
    if (r->scan.segment == 0) { /* there was none at all when we were opened */
        uint32_t last;
        US_TRY(us_dir_range(&r->dir, &r->scan.segment, &last, e));
        if (!last) return at_end(r, e);
    }
    us_code code = open_at(r, 0, e);
    if (code != US_NOT_FOUND) return code;
    bool last;
    US_TRY(is_last(r, &last, e));
    if (last) return at_end(r, e);
    code = open_at(r, 0, e); /* it was begun since, and ended */
    return code == US_NOT_FOUND ? damaged(r, "journal.gap", e) : code;
}

static void leave(struct us_journal_reader *r)
{
    close_file(r);
    us_scan_start(&r->scan, r->scan.segment + 1, -1, false);
}

static bool is_over(const struct us_journal_reader *r)
{
    return r->sealed && r->scan.text == r->text;
}

/* No group more in a plain one: US_OK when it is to be looked at again. */
static us_code after_plain(struct us_journal_reader *r, struct us_error *e)
{
    const struct us_scan *s = &r->scan;
    bool was_final = r->final;
    bool clear = false;
    bool turned;
    bool last;
    if (was_final)
        US_TRY(us_plain_is_clear(&r->dir, s->segment, r->fd, s->text, &clear, e));
    US_TRY(turn(r, &turned, e));
    if (turned) return US_OK;
    if (was_final && !clear) return damaged(r, "journal.damaged", e);
    if (was_final) {
        leave(r);
        return US_OK;
    }
    US_TRY(is_last(r, &last, e));
    /* What was written before the writer went on is there now, if it was not before. */
    r->final = !last;
    return last ? at_end(r, e) : US_OK;
}

/* The same of one of frames that was not sealed. A writer may have been at work on the
 * group, and have sealed since; before it goes on to a later one it always has. */
static us_code after_frames(struct us_journal_reader *r, struct us_error *e)
{
    struct us_index x;
    bool last;
    if (r->sealed) return damaged(r, "journal.damaged", e);
    US_TRY(look(r, &x, e));
    if (r->sealed) return US_OK;
    US_TRY(is_last(r, &last, e));
    if (last) return at_end(r, e);
    US_TRY(look(r, &x, e));
    return r->sealed ? US_OK : damaged(r, "journal.damaged", e);
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
            if (!r->sealed && !s->plain) US_TRY(look(r, &x, e));
            *at = begin;
            *next = is_over(r) ? (us_pos){s->segment + 1, 0}
                               : (us_pos){s->segment, s->text};
            return US_OK;
        }
        if (code != US_NOT_FOUND) return code;
        US_TRY(s->plain ? after_plain(r, e) : after_frames(r, e));
    }
}
