#include "import/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { ROOM = US_ROW_BYTES_MAX + 2 * US_READ_BYTES, MOVE_BYTES = 64 << 10 };

enum packing { PLAIN, GZIP, ZSTD };

struct us_reader {
    struct us_arena memory;
    us_str path;
    int fd;
    char *text;      /* ROOM bytes and the pad */
    size_t from, to; /* the window */
    bool last;
    enum packing packing;
    char *raw; /* packed bytes, US_READ_BYTES */
    size_t raw_from, raw_to;
    bool raw_last;
    bool frame_done; /* at the end of a gzip member or a zstd frame */
    z_stream gz;
    bool gz_open;
    ZSTD_DStream *zstd;
    int64_t taken, file_byte, file_size;
};

static us_code read_some(
    struct us_reader *r, char *to, size_t room, size_t *got, struct us_error *e)
{
    ssize_t n;
    do {
        n = read(r->fd, to, room);
    } while (n < 0 && errno == EINTR);
    if (n < 0) return us_fail_errno(e, US_IO, "import.read", r->path);
    *got = (size_t)n;
    r->file_byte += n;
    return US_OK;
}

static us_code damaged(const struct us_reader *r, struct us_error *e)
{
    int64_t byte = r->taken + (int64_t)(r->to - r->from);
    return us_fail(e, US_INPUT, "import.damaged",
        US_ARGS(US_TEXT("path", r->path), US_WHOLE("byte", byte)));
}

static us_code raw_more(struct us_reader *r, struct us_error *e)
{
    if (r->raw_from < r->raw_to || r->raw_last) return US_OK;
    size_t got = 0;
    US_TRY(read_some(r, r->raw, US_READ_BYTES, &got, e));
    r->raw_from = 0;
    r->raw_to = got;
    r->raw_last = got == 0;
    return US_OK;
}

static us_code inflate_some(struct us_reader *r, size_t room, struct us_error *e)
{
    if (r->frame_done) us_assert(inflateReset(&r->gz) == Z_OK);
    r->frame_done = false;
    r->gz.next_in = (unsigned char *)r->raw + r->raw_from;
    r->gz.avail_in = (unsigned)(r->raw_to - r->raw_from);
    r->gz.next_out = (unsigned char *)r->text + r->to;
    r->gz.avail_out = (unsigned)room;
    int answer = inflate(&r->gz, Z_NO_FLUSH);
    r->raw_from = r->raw_to - r->gz.avail_in;
    r->to += room - r->gz.avail_out;
    if (answer == Z_STREAM_END) r->frame_done = true;
    bool fine = answer == Z_OK || answer == Z_STREAM_END || answer == Z_BUF_ERROR;
    return fine ? US_OK : damaged(r, e);
}

static us_code unzstd_some(struct us_reader *r, size_t room, struct us_error *e)
{
    ZSTD_inBuffer in = {r->raw, r->raw_to, r->raw_from};
    ZSTD_outBuffer out = {r->text + r->to, room, 0};
    size_t left = ZSTD_decompressStream(r->zstd, &out, &in);
    if (ZSTD_isError(left)) return damaged(r, e);
    r->raw_from = in.pos;
    r->to += out.pos;
    r->frame_done = left == 0;
    return US_OK;
}

static us_code unpack_some(struct us_reader *r, size_t room, struct us_error *e)
{
    size_t before = r->to;
    while (r->to == before) {
        US_TRY(raw_more(r, e));
        if (r->raw_from == r->raw_to && r->raw_last) {
            if (!r->frame_done) return damaged(r, e);
            r->last = true;
            return US_OK;
        }
        US_TRY(r->packing == GZIP ? inflate_some(r, room, e) : unzstd_some(r, room, e));
    }
    return US_OK;
}

us_code us_reader_fill(struct us_reader *r, struct us_error *e)
{
    if (r->last) return US_OK;
    /* A short rest goes to the front, so that the window stays where the caches are. */
    bool short_rest = r->from && r->to - r->from < MOVE_BYTES;
    if (short_rest || (r->from && r->to + US_READ_BYTES > ROOM)) {
        memmove(r->text, r->text + r->from, r->to - r->from);
        r->to -= r->from;
        r->from = 0;
    }
    us_assert(r->to + US_READ_BYTES <= ROOM);
    if (r->packing != PLAIN) {
        US_TRY(unpack_some(r, US_READ_BYTES, e));
    } else if (r->raw_from < r->raw_to) { /* what the sniffing read */
        size_t n = r->raw_to - r->raw_from;
        memcpy(r->text + r->to, r->raw + r->raw_from, n);
        r->to += n;
        r->raw_from = r->raw_to;
    } else {
        size_t got = 0;
        US_TRY(read_some(r, r->text + r->to, US_READ_BYTES, &got, e));
        r->to += got;
        r->last = got == 0;
    }
    memset(r->text + r->to, 0, US_JSON_PAD);
    return US_OK;
}

static us_code sniff(struct us_reader *r, struct us_error *e)
{
    while (r->raw_to < 4 && !r->raw_last) {
        size_t got = 0;
        US_TRY(read_some(r, r->raw + r->raw_to, US_READ_BYTES - r->raw_to, &got, e));
        r->raw_to += got;
        r->raw_last = got == 0;
    }
    r->raw_last = false;
    us_str head = {r->raw, r->raw_to};
    r->frame_done = true;
    if (us_str_has_prefix(head, US_S("\x1f\x8b"))) {
        r->packing = GZIP;
        us_assert(inflateInit2(&r->gz, 15 + 16) == Z_OK);
        r->gz_open = true;
    } else if (us_str_has_prefix(head, US_S("\x28\xb5\x2f\xfd"))) {
        r->packing = ZSTD;
        r->zstd = ZSTD_createDStream();
        us_assert(r->zstd != NULL);
    }
    return US_OK;
}

us_code us_reader_open(us_str path, struct us_reader **out, struct us_error *e)
{
    struct us_arena memory;
    us_arena_init(&memory, (size_t)2 * ROOM);
    struct us_reader *r = us_new(&memory, struct us_reader, 1);
    r->path = us_arena_str(&memory, path);
    bool standard_input = us_str_eq(path, US_S("-"));
    r->fd = standard_input ? dup(STDIN_FILENO)
                           : open(us_arena_cstr(&memory, path), O_RDONLY | O_CLOEXEC);
    if (r->fd < 0) {
        us_code code = us_fail_errno(e, US_IO, "import.open", path);
        us_arena_done(&memory);
        return code;
    }
    struct stat st;
    if (fstat(r->fd, &st) == 0 && S_ISREG(st.st_mode)) r->file_size = st.st_size;
    r->raw = us_new(&memory, char, US_READ_BYTES);
    r->text = us_new(&memory, char, ROOM + US_JSON_PAD);
    r->memory = memory;
    us_code code = sniff(r, e);
    if (code != US_OK) {
        us_reader_close(r);
        return code;
    }
    *out = r;
    return US_OK;
}

void us_reader_close(struct us_reader *r)
{
    if (!r) return;
    if (r->gz_open) inflateEnd(&r->gz);
    ZSTD_freeDStream(r->zstd);
    close(r->fd);
    struct us_arena memory = r->memory;
    us_arena_done(&memory);
}

us_str us_reader_window(const struct us_reader *r, bool *last)
{
    *last = r->last;
    return (us_str){r->text + r->from, r->to - r->from};
}

void us_reader_take(struct us_reader *r, size_t bytes)
{
    us_assert(bytes <= r->to - r->from);
    r->from += bytes;
    r->taken += (int64_t)bytes;
    if (r->from == r->to) r->from = r->to = 0;
}

int64_t us_reader_byte(const struct us_reader *r)
{
    return r->taken;
}

int64_t us_reader_file_byte(const struct us_reader *r)
{
    return r->file_byte;
}

int64_t us_reader_file_size(const struct us_reader *r)
{
    return r->file_size;
}

static us_str without_end(us_str line)
{
    if (line.len && line.ptr[line.len - 1] == '\r') line.len--;
    return line;
}

/* Past the end of a line that is too long: skip to its '\n'. */
static us_code skip_line(struct us_reader *r, struct us_error *e)
{
    for (;;) {
        bool last = false;
        us_str window = us_reader_window(r, &last);
        const char *end = window.len ? memchr(window.ptr, '\n', window.len) : NULL;
        us_reader_take(r, end ? (size_t)(end - window.ptr) + 1 : window.len);
        if (end || last) return US_OK;
        US_TRY(us_reader_fill(r, e));
    }
}

us_code us_reader_line(struct us_reader *r, us_str *line, bool *cut, struct us_error *e)
{
    *cut = false;
    size_t searched = 0;
    for (;;) {
        bool last = false;
        us_str window = us_reader_window(r, &last);
        const char *end = searched < window.len ? memchr(window.ptr + searched, '\n',
                                                      window.len - searched)
                                                : NULL;
        if (end) {
            size_t len = (size_t)(end - window.ptr);
            *line = without_end((us_str){window.ptr, len});
            /* taken without resetting: the line must stay where it is */
            r->from += len + 1;
            r->taken += (int64_t)len + 1;
            return US_OK;
        }
        searched = window.len;
        if (last && window.len == 0) return US_NOT_FOUND;
        if (last) {
            *line = without_end(window);
            r->from += window.len;
            r->taken += (int64_t)window.len;
            return US_OK;
        }
        if (window.len >= US_ROW_BYTES_MAX) {
            *cut = true;
            us_str head = {r->text + r->from, US_ROW_BYTES_MAX};
            *line = us_arena_str(&r->memory, us_str_slice(head, 0, 64 << 10));
            return skip_line(r, e);
        }
        US_TRY(us_reader_fill(r, e));
    }
}
