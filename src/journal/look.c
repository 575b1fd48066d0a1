/* look.c: single lines and sizes, straight from the files. */
#include "journal/journal_internal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One segment, opened for a look. */
struct look {
    struct us_arena arena;
    struct us_scan scan;
    struct us_index index; /* of frames */
    int fd;
    bool plain;
};

static us_code look_open(
    struct look *k, const struct us_dir *d, uint32_t number, struct us_error *e)
{
    struct us_segment segment;
    *k = (struct look){.fd = -1};
    US_TRY(us_segment_open(d, number, O_RDONLY, &segment, e));
    k->fd = segment.fd;
    k->plain = segment.plain;
    us_arena_init(&k->arena, US_JOURNAL_ROOM);
    us_scan_init(&k->scan, d, &k->arena);
    us_scan_start(&k->scan, number, k->fd, k->plain);
    if (k->plain) return US_OK;
    us_code code = us_index_load(d, number, k->fd, &k->arena, &k->index, e);
    if (code != US_OK || k->index.sealed) return code;
    return us_scan_index(&k->scan, &k->index, e);
}

static void look_close(struct look *k)
{
    if (k->fd < 0) return;
    us_scan_done(&k->scan);
    us_arena_done(&k->arena);
    close(k->fd);
    k->fd = -1;
}

/* The sealed form came while a plain one was looked at: that may have been the file of
 * another segment already. */
static us_code sealed_since(const struct look *k, bool *since, struct us_error *e)
{
    int fd;
    *since = false;
    if (!k->plain) return US_OK;
    US_TRY(us_segment_sealed(k->scan.dir, k->scan.segment, &fd, e));
    *since = fd >= 0;
    if (fd >= 0) close(fd);
    return US_OK;
}

static us_str copy_line(struct us_arena *a, const char *begin, const char *end)
{
    size_t len = (size_t)(end - begin);
    char *copy = us_new(a, char, len + US_JOURNAL_PAD);
    memcpy(copy, begin, len);
    return (us_str){copy, len};
}

/* ---- a line in a plain segment ---- */

/* The commit line of its group follows somewhere: its range says where that begins, its
 * sum whether the line is what was written. `bytes` begin at `at`. */
static bool commit_after(
    const struct us_scan *s, us_str bytes, uint64_t at, struct us_commit *c)
{
    for (us_str rest = bytes; rest.len;) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        if (!end) return false;
        size_t len = (size_t)(end - rest.ptr) + 1;
        uint64_t here = at + (uint64_t)(rest.ptr - bytes.ptr);
        size_t start;
        if (rest.ptr[0] == '{' && us_commit_read((us_str){rest.ptr, len}, c, &start) &&
            start == 0 && c->segment == s->segment && c->to == here && c->from <= at &&
            c->to - c->from <= US_GROUP_BYTES_MAX)
            return true;
        rest = us_str_slice(rest, len, rest.len);
    }
    return false;
}

/* Bytes of the file from `at` on; cut where it ends. */
static us_code bytes_at(
    struct look *k, uint64_t at, size_t want, us_str *out, struct us_error *e)
{
    size_t got;
    char *bytes = us_new(&k->arena, char, want);
    if (!us_read_at(k->fd, at, bytes, want, &got))
        return us_segment_errno(k->scan.dir, k->scan.segment, e);
    *out = (us_str){bytes, got};
    return US_OK;
}

/* The group that holds the line at `at`, with its commit line; *text is empty when the
 * sum does not hold. */
static us_code group_of(
    struct look *k, uint64_t at, uint64_t *from, us_str *text, struct us_error *e)
{
    struct us_commit c;
    us_str bytes = {0};
    bool found = false;
    *text = (us_str){0};
    for (size_t want = 1 << 16; !found; want *= 2) {
        us_mark mark = us_arena_mark(&k->arena);
        US_TRY(bytes_at(k, at, want, &bytes, e));
        found = commit_after(&k->scan, bytes, at, &c);
        us_arena_pop(&k->arena, mark);
        if (!found && (bytes.len < want || want > (size_t)2 * US_FRAME_TEXT_MAX))
            return US_OK;
    }
    size_t len = (size_t)(c.to - c.from);
    *from = c.from;
    US_TRY(bytes_at(k, c.from, len + US_COMMIT_BYTES_MAX, &bytes, e));
    if (bytes.len < len) return US_OK;
    us_print sum = us_print_of(us_str_slice(bytes, 0, len));
    if (sum.lo == c.sum.lo && sum.hi == c.sum.hi) *text = bytes;
    return US_OK;
}

static us_code find_plain(
    struct look *k, us_pos at, struct us_arena *a, us_str *line, struct us_error *e)
{
    const struct us_dir *d = k->scan.dir;
    uint64_t end;
    uint64_t from;
    us_str text;
    US_TRY(us_plain_end(d, at.segment, k->fd, &end, e));
    if (at.offset >= end)
        return us_segment_fail(
            d, at.segment, US_NOT_FOUND, "journal.no_line", at.offset, e);
    US_TRY(group_of(k, at.offset, &from, &text, e));
    if (!text.len)
        return us_segment_fail(
            d, at.segment, US_INPUT, "journal.damaged", at.offset, e);
    const char *begin = text.ptr + (at.offset - from);
    const char *stop = memchr(begin, '\n', text.len - (size_t)(at.offset - from));
    if (!stop || (begin > text.ptr && begin[-1] != '\n'))
        return us_segment_fail(
            d, at.segment, US_INPUT, "journal.no_line", at.offset, e);
    *line = copy_line(a, begin, stop);
    return US_OK;
}

/* ---- a line in a frame ---- */

static us_code find_line(
    struct look *k, us_pos at, struct us_arena *a, us_str *line, struct us_error *e)
{
    const struct us_dir *d = k->scan.dir;
    size_t i = 0;
    uint64_t disk = 0;
    uint64_t text = 0;
    for (; i < k->index.count && text + k->index.entries[i].text <= at.offset; i++) {
        disk += k->index.entries[i].disk;
        text += k->index.entries[i].text;
    }
    uint64_t byte = at.offset;
    if (i == k->index.count)
        return us_segment_fail(d, at.segment, US_NOT_FOUND, "journal.no_line", byte, e);
    struct us_frame f;
    k->scan.step = k->index.entries[i].disk;
    us_code code = us_scan_frame(&k->scan, disk, &f, e);
    if (code != US_OK && code != US_NOT_FOUND) return code;
    if (code != US_OK || f.text != k->index.entries[i].text ||
        !us_scan_decode(&k->scan, &f))
        return us_segment_fail(d, at.segment, US_INPUT, "journal.damaged", disk, e);
    const char *begin = k->scan.out + (at.offset - text);
    const char *end = memchr(begin, '\n', (size_t)(f.text - (at.offset - text)));
    bool blank = *begin == '\n'; /* it was taken out */
    if (!end || blank || (begin > k->scan.out && begin[-1] != '\n'))
        return us_segment_fail(d, at.segment, US_INPUT, "journal.no_line", byte, e);
    *line = copy_line(a, begin, end);
    return US_OK;
}

static us_code line_in(const struct us_dir *d, us_pos at, struct us_arena *a,
    us_str *line, bool *since, struct us_error *e)
{
    struct look k;
    us_code code = look_open(&k, d, at.segment, e);
    if (code == US_OK)
        code = k.plain ? find_plain(&k, at, a, line, e) : find_line(&k, at, a, line, e);
    struct us_error own;
    if (code != US_OK && sealed_since(&k, since, &own) != US_OK) *since = false;
    look_close(&k);
    return code;
}

us_code us_journal_line(
    us_str dir, us_pos at, struct us_arena *a, us_str *line, struct us_error *e)
{
    struct us_dir d;
    bool since = false;
    US_TRY(us_dir_open(dir, false, &d, e));
    us_code code = line_in(&d, at, a, line, &since, e);
    if (since) code = line_in(&d, at, a, line, &since, e);
    us_dir_close(&d);
    return code;
}

us_code us_journal_plain_text(
    us_str dir, uint32_t number, uint64_t *bytes, struct us_error *e)
{
    struct us_dir d;
    struct us_segment segment;
    US_TRY(us_dir_open(dir, false, &d, e));
    us_code code = us_segment_open(&d, number, O_RDONLY, &segment, e);
    if (code == US_OK) {
        code = segment.plain
                   ? us_plain_end(&d, number, segment.fd, bytes, e)
                   : us_segment_fail(&d, number, US_NOT_FOUND, "journal.gap", 0, e);
        close(segment.fd);
    }
    us_dir_close(&d);
    return code;
}

/* ---- sizes ---- */

static us_code size_of(const struct us_dir *d, uint32_t number,
    struct us_journal_sizes *out, bool *since, struct us_error *e)
{
    struct look k;
    struct stat st;
    us_code code = look_open(&k, d, number, e);
    if (code == US_OK && fstat(k.fd, &st) != 0) code = us_segment_errno(d, number, e);
    uint64_t text = k.index.text;
    if (code == US_OK && k.plain) code = us_plain_end(d, number, k.fd, &text, e);
    if (code == US_OK) code = sealed_since(&k, since, e);
    look_close(&k);
    if (code == US_OK) *out = (struct us_journal_sizes){(uint64_t)st.st_size, text, 1};
    return code;
}

us_code us_journal_sizes(us_str dir, struct us_journal_sizes *out, struct us_error *e)
{
    struct us_dir d;
    struct us_journal_sizes sum = {0};
    uint32_t first;
    uint32_t last;
    US_TRY(us_dir_open(dir, false, &d, e));
    us_code code = us_dir_range(&d, &first, &last, e);
    for (uint32_t n = first; code == US_OK && n && n <= last; n++) {
        struct us_journal_sizes one = {0};
        bool since = false;
        code = size_of(&d, n, &one, &since, e);
        if (since) code = size_of(&d, n, &one, &since, e);
        sum.disk += one.disk;
        sum.text += one.text;
        sum.segments += one.segments;
    }
    us_dir_close(&d);
    if (code == US_OK) *out = sum;
    return code;
}
