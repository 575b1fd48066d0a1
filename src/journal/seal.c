#include "journal/journal_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static us_code put_all(struct us_pack *p, struct us_scan *s, struct us_error *e)
{
    struct us_gather g;
    bool clear;
    us_code code;
    us_str text;
    us_gather_init(&g, p, s->arena);
    while ((code = us_scan_next(s, NULL, &text, e)) == US_OK)
        US_TRY(us_gather_put(&g, us_scan_group(s, text), e));
    if (code != US_NOT_FOUND) return code;
    US_TRY(us_plain_is_clear(s->dir, s->segment, s->fd, s->text, &clear, e));
    if (!clear || s->text == 0)
        return us_segment_fail(
            s->dir, s->segment, US_INPUT, "journal.damaged", s->text, e);
    return us_gather_end(&g, e);
}

static void step(const struct us_pack *p, const char *done)
{
    if (p->tuning->step) p->tuning->step(done);
}

us_code us_plain_seal(
    struct us_pack *p, struct us_scan *s, uint32_t number, struct us_error *e)
{
    const struct us_dir *d = p->dir;
    struct us_segment plain;
    char part[US_NAME_MAX];
    char name[US_NAME_MAX];
    snprintf(part, sizeof part, US_NAME_PART, number);
    snprintf(name, sizeof name, US_NAME_TEXT, number);
    US_TRY(us_segment_open(d, number, O_RDONLY, &plain, e));
    if (!plain.plain) { /* it has its name, and the folder's sync failed then */
        close(plain.fd);
        return us_dir_sync(d, e);
    }
    us_scan_start(s, number, plain.fd, true);
    int flags = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC;
    us_pack_begin(p, number, openat(d->fd, part, flags, 0640));
    us_code code = US_OK;
    if (p->fd < 0) code = us_segment_errno(d, number, e);
    if (code == US_OK) code = put_all(p, s, e);
    step(p, "packed");
    if (code == US_OK) code = us_pack_seal(p, e);
    if (code == US_OK) {
        step(p, "sealed");
        if (renameat(d->fd, part, d->fd, name) != 0)
            code = us_segment_errno(d, number, e);
    }
    if (code != US_OK) unlinkat(d->fd, part, 0);
    step(p, "named");
    us_pack_end(p);
    close(plain.fd);
    /* Not before this may the plain one go. */
    if (code == US_OK) code = us_dir_sync(d, e);
    step(p, "holds");
    return code;
}
