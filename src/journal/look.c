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
    struct us_index index;
    int fd;
};

static us_code look_open(
    struct look *k, const struct us_dir *d, uint32_t number, struct us_error *e)
{
    *k = (struct look){.fd = -1};
    US_TRY(us_segment_open(d, number, O_RDONLY, &k->fd, e));
    us_arena_init(&k->arena, US_JOURNAL_ROOM);
    us_scan_init(&k->scan, d, &k->arena);
    us_scan_start(&k->scan, number, k->fd);
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
}

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
    if (!end || (begin > k->scan.out && begin[-1] != '\n'))
        return us_segment_fail(d, at.segment, US_INPUT, "journal.no_line", byte, e);
    size_t len = (size_t)(end - begin);
    char *copy = us_new(a, char, len + US_JOURNAL_PAD);
    memcpy(copy, begin, len);
    *line = (us_str){copy, len};
    return US_OK;
}

us_code us_journal_line(
    us_str dir, us_pos at, struct us_arena *a, us_str *line, struct us_error *e)
{
    struct us_dir d;
    struct look k;
    US_TRY(us_dir_open(dir, false, &d, e));
    us_code code = look_open(&k, &d, at.segment, e);
    if (code == US_OK) code = find_line(&k, at, a, line, e);
    look_close(&k);
    us_dir_close(&d);
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
        struct look k;
        struct stat st;
        code = look_open(&k, &d, n, e);
        if (code == US_OK && fstat(k.fd, &st) != 0) code = us_segment_errno(&d, n, e);
        if (code == US_OK) {
            sum.disk += (uint64_t)st.st_size;
            sum.text += k.index.text;
            sum.segments++;
        }
        look_close(&k);
    }
    us_dir_close(&d);
    if (code == US_OK) *out = sum;
    return code;
}
