/* replay_file.c: files that are written once, front to back, under a name of their own,
 * get theirs when they are whole on the disk, and are checked whole when opened.
 *
 * Checking reads every byte, at about the speed of memory: a tenth of a second for the
 * rows of 50 million events that the kernel has at hand.
 */
#include "file/file.h"
#include "history/replay_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t MAGIC = UINT64_C(0x0a59414c50455255); /* "UREPLAY\n" */
static const size_t BODY_MAX = (size_t)256 << 30;
static const size_t SINK_MAX = (size_t)16 << 20;

static uint64_t own_sum(const struct replay_head *h)
{
    const char *bytes = (const char *)h;
    return us_hash((us_str){bytes, offsetof(struct replay_head, own)});
}

us_code replay_sink_open(us_str path, struct replay_sink *s, struct us_error *e)
{
    *s = (struct replay_sink){.fd = -1};
    if (!path.len) {
        us_arena_init(&s->memory, BODY_MAX);
        return US_OK;
    }
    us_arena_init(&s->arena, SINK_MAX);
    s->path = us_arena_str(&s->arena, path);
    s->made = us_arena_fmt(&s->arena, "%.*s.new", US_ARG(path));
    s->chunk = us_new(&s->arena, char, REPLAY_CHUNK_BYTES);
    int flags = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
    s->fd = open(us_arena_cstr(&s->arena, s->made), flags, 0666);
    if (s->fd >= 0) return US_OK;
    us_code code = us_file_fail(e, "file.no_write", path);
    replay_sink_drop(s);
    return code;
}

static us_code write_at(
    const struct replay_sink *s, us_str bytes, uint64_t at, struct us_error *e)
{
    while (bytes.len) {
        ssize_t n = pwrite(s->fd, bytes.ptr, bytes.len, (off_t)at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return us_file_fail(e, "file.no_write", s->path);
        bytes = us_str_slice(bytes, (size_t)n, bytes.len);
        at += (uint64_t)n;
    }
    return US_OK;
}

/* The chunk, which is full unless it is the last. */
static us_code chunk_write(struct replay_sink *s, struct us_error *e)
{
    us_str bytes = {s->chunk, s->len};
    *us_push(&s->arena, s->sums, s->sum_count, s->sum_cap) = us_hash(bytes);
    uint64_t at = REPLAY_HEAD_BYTES + s->head.body - s->len;
    s->len = 0;
    return write_at(s, bytes, at, e);
}

us_code replay_sink_put(
    struct replay_sink *s, const void *bytes, size_t count, struct us_error *e)
{
    if (!count) return US_OK;
    if (s->fd < 0) {
        memcpy(us_alloc(&s->memory, 1, 1, count), bytes, count);
        s->head.body += count;
        return US_OK;
    }
    const char *from = bytes;
    while (count) {
        size_t room = REPLAY_CHUNK_BYTES - s->len;
        size_t n = count < room ? count : room;
        memcpy(s->chunk + s->len, from, n);
        s->len += n;
        s->head.body += n;
        from += n;
        count -= n;
        if (s->len == REPLAY_CHUNK_BYTES) US_TRY(chunk_write(s, e));
    }
    return US_OK;
}

us_code replay_sink_pad(struct replay_sink *s, struct us_error *e)
{
    static const char zeros[8];
    return replay_sink_put(s, zeros, -s->head.body & 7, e);
}

void replay_part_begin(struct replay_sink *s, size_t part)
{
    s->head.parts[part].from = s->head.body;
}

us_code replay_part_end(struct replay_sink *s, size_t part, struct us_error *e)
{
    s->head.parts[part].bytes = s->head.body - s->head.parts[part].from;
    return replay_sink_pad(s, e);
}

void replay_sink_drop(struct replay_sink *s)
{
    if (s->fd >= 0) {
        close(s->fd);
        unlink(us_arena_cstr(&s->arena, s->made));
    }
    us_arena_done(&s->arena);
    us_arena_done(&s->memory);
    s->fd = -1;
}

static us_code sums_write(struct replay_sink *s, struct us_error *e)
{
    if (s->len) US_TRY(chunk_write(s, e));
    us_str sums = {(const char *)s->sums, s->sum_count * sizeof *s->sums};
    s->head.sums = us_hash(sums);
    return write_at(s, sums, REPLAY_HEAD_BYTES + s->head.body, e);
}

/* The head last: without it the file is nothing. */
static us_code head_write(struct replay_sink *s, struct us_error *e)
{
    char page[REPLAY_HEAD_BYTES] = {0};
    memcpy(page, &s->head, sizeof s->head);
    return write_at(s, (us_str){page, sizeof page}, 0, e);
}

static us_code file_map(int fd, struct replay_file *out)
{
    struct stat st;
    if (fstat(fd, &st) || st.st_size < REPLAY_HEAD_BYTES) return US_IO;
    size_t size = (size_t)st.st_size;
    void *p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) return US_IO;
    memcpy(&out->head, p, sizeof out->head);
    out->body = (const char *)p + REPLAY_HEAD_BYTES;
    out->mapped = size;
    return US_OK;
}

/* Written, durable, renamed, mapped. */
static us_code file_finish(
    struct replay_sink *s, struct replay_file *out, struct us_error *e)
{
    US_TRY(sums_write(s, e));
    s->head.own = own_sum(&s->head);
    US_TRY(head_write(s, e));
    if (fsync(s->fd)) return us_file_fail(e, "file.no_write", s->path);
    if (file_map(s->fd, out) != US_OK) return us_file_fail(e, "file.no_read", s->path);
    if (rename(us_arena_cstr(&s->arena, s->made), us_arena_cstr(&s->arena, s->path)))
        return us_file_fail(e, "file.no_write", s->path);
    return us_file_sync_dir(us_file_dir(s->path), e);
}

/* Cells of hundreds of columns lie beside one another: with a ceiling's worth of
 * addresses each, there would be none left. */
static void memory_fit(struct us_arena *memory)
{
    size_t used = us_arena_used(memory);
    struct us_arena fit;
    us_arena_init(&fit, used + 1);
    memcpy(us_alloc_raw(&fit, 1, 1, used), memory->base, used);
    us_arena_done(memory);
    *memory = fit;
}

us_code replay_sink_finish(
    struct replay_sink *s, struct replay_file *out, struct us_error *e)
{
    s->head.magic = MAGIC;
    s->head.format = REPLAY_FORMAT;
    *out = (struct replay_file){0};
    if (s->fd < 0) {
        s->head.own = own_sum(&s->head);
        if (s->head.kind == REPLAY_CELLS) memory_fit(&s->memory);
        out->head = s->head;
        out->memory = s->memory;
        out->body = s->memory.base;
        return US_OK;
    }
    us_code code = file_finish(s, out, e);
    if (code == US_OK) {
        close(s->fd);
        s->fd = -1;
    } else {
        replay_file_close(out);
    }
    replay_sink_drop(s);
    return code;
}

static size_t chunks_of(uint64_t body)
{
    return (size_t)((body + REPLAY_CHUNK_BYTES - 1) / REPLAY_CHUNK_BYTES);
}

static bool head_good(const struct replay_head *h)
{
    return h->magic == MAGIC && h->format == REPLAY_FORMAT && h->own == own_sum(h);
}

/* Nothing stands between the head and the body. */
static bool rest_good(const struct replay_file *f)
{
    const char *page = f->body - REPLAY_HEAD_BYTES;
    for (size_t i = sizeof f->head; i < REPLAY_HEAD_BYTES; i++)
        if (page[i]) return false;
    return true;
}

static bool body_good(const struct replay_file *f)
{
    const struct replay_head *h = &f->head;
    size_t chunks = chunks_of(h->body);
    if (f->mapped != REPLAY_HEAD_BYTES + h->body + chunks * sizeof(uint64_t))
        return false;
    us_str sums = {f->body + h->body, chunks * sizeof(uint64_t)};
    if (us_hash(sums) != h->sums) return false;
    for (size_t i = 0; i < chunks; i++) {
        size_t from = i * REPLAY_CHUNK_BYTES;
        size_t left = h->body - from;
        us_str chunk = {
            f->body + from, left < REPLAY_CHUNK_BYTES ? left : REPLAY_CHUNK_BYTES};
        uint64_t sum;
        memcpy(&sum, sums.ptr + i * sizeof sum, sizeof sum);
        if (us_hash(chunk) != sum) return false;
    }
    return true;
}

static int file_fd(us_str path)
{
    char text[US_FILE_PATH_MAX];
    if (path.len >= sizeof text) return -1;
    memcpy(text, path.ptr, path.len);
    text[path.len] = 0;
    return open(text, O_RDONLY | O_CLOEXEC);
}

bool replay_file_open(
    us_str path, enum replay_kind kind, uint64_t number, struct replay_file *out)
{
    *out = (struct replay_file){0};
    int fd = file_fd(path);
    if (fd < 0) return false;
    bool good = file_map(fd, out) == US_OK;
    close(fd);
    good = good && head_good(&out->head) && out->head.kind == kind &&
           out->head.number == number && rest_good(out) && body_good(out);
    if (!good) replay_file_close(out);
    return good;
}

bool replay_head_read(us_str path, struct replay_head *out)
{
    int fd = file_fd(path);
    if (fd < 0) return false;
    bool good = pread(fd, out, sizeof *out, 0) == (ssize_t)sizeof *out;
    close(fd);
    return good && head_good(out);
}

void replay_file_close(struct replay_file *f)
{
    if (f->mapped) {
        const char *map = f->body - REPLAY_HEAD_BYTES;
        munmap((void *)(uintptr_t)map, f->mapped);
    }
    us_arena_done(&f->memory);
    *f = (struct replay_file){0};
}
