/* plain.c: what follows the text of a plain segment. */
#include "journal/journal_internal.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CHUNK = 1 << 16,
    /* An SSD takes so much in a few milliseconds. */
    SYNC_BYTES = 4 << 20,
};

static bool is_clear(const char *bytes, size_t len)
{
    return len == 0 || (bytes[0] == '\n' && memcmp(bytes, bytes + 1, len - 1) == 0);
}

us_code us_plain_is_clear(const struct us_dir *d, uint32_t number, int fd,
    uint64_t from, bool *clear, struct us_error *e)
{
    char bytes[CHUNK];
    size_t got = sizeof bytes;
    *clear = true;
    for (; *clear && got == sizeof bytes; from += got) {
        if (!us_read_at(fd, from, bytes, sizeof bytes, &got))
            return us_segment_errno(d, number, e);
        *clear = is_clear(bytes, got);
    }
    return US_OK;
}

/* A commit line among those of `text`, which begins at a line. */
static bool has_later(us_str text, uint32_t segment, uint64_t group)
{
    while (text.len) {
        const char *end = memchr(text.ptr, '\n', text.len);
        if (!end) return false;
        size_t len = (size_t)(end - text.ptr) + 1;
        struct us_commit c;
        size_t start;
        if (text.ptr[0] == '{' && us_commit_read((us_str){text.ptr, len}, &c, &start) &&
            start == 0 && c.segment == segment && c.group > group)
            return true;
        text = us_str_slice(text, len, text.len);
    }
    return false;
}

us_code us_plain_goes_on(const struct us_scan *s, bool *more, struct us_error *e)
{
    char bytes[CHUNK];
    size_t got = sizeof bytes;
    *more = false;
    /* A step less than a chunk: a line at its end is whole in the next one. What is
     * before the first line end in a later one was the end of a line before. */
    for (uint64_t at = s->text; !*more && got == sizeof bytes;
         at += sizeof bytes - US_COMMIT_BYTES_MAX) {
        if (!us_read_at(s->fd, at, bytes, sizeof bytes, &got))
            return us_segment_errno(s->dir, s->segment, e);
        us_str text = {bytes, got};
        const char *line = at > s->text ? memchr(bytes, '\n', got) : bytes;
        if (line && got)
            *more = has_later(
                us_str_slice(text, (size_t)(line - bytes), got), s->segment, s->group);
    }
    return US_OK;
}

us_code us_plain_end(
    const struct us_dir *d, uint32_t number, int fd, uint64_t *end, struct us_error *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return us_segment_errno(d, number, e);
    uint64_t low = 0;
    uint64_t high = (uint64_t)st.st_size;
    /* No line is empty: text ends before the first line end that follows one. */
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        char two[2] = {'\n', '\n'};
        size_t got;
        bool first = middle == 0;
        if (!us_read_at(fd, middle - !first, two + first, 2 - first, &got))
            return us_segment_errno(d, number, e);
        if (is_clear(two, sizeof two))
            high = middle;
        else
            low = middle + 1;
    }
    *end = low;
    return US_OK;
}

bool us_plain_clear(int fd, uint64_t bytes)
{
    char clear[CHUNK];
    memset(clear, '\n', sizeof clear);
    if (ftruncate(fd, (off_t)bytes) != 0) return false;
    for (uint64_t at = 0; at < bytes; at += sizeof clear) {
        size_t len = bytes - at < CHUNK ? (size_t)(bytes - at) : CHUNK;
        if (!us_write_at(fd, at, clear, len)) return false;
        if ((at + len) % SYNC_BYTES == 0 && fdatasync(fd) != 0) return false;
    }
    return fdatasync(fd) == 0;
}
