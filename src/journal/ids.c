#include "journal/journal_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* A sidecar: the fingerprints, then this. Little endian. It is never synced: one that a
 * crash left torn does not hold its sum, and is made anew. */
struct trailer {
    char magic[8];
    uint64_t count;
    uint64_t text; /* of the segment it stands for */
    us_print sum;  /* of the fingerprints and of the above */
};
static const char MAGIC[8] = "usherids";

enum { CHUNK = 1 << 16, AHEAD = 16 };

struct out {
    XXH3_state_t hash;
    int fd;
    uint64_t count;
};

struct us_ids {
    struct out out;
    uint32_t segment;      /* of the file in work; 0 for none */
    uint64_t appends;      /* groups whose fingerprints it has */
    uint64_t groups, text; /* of the segment once it is sealed; 0 before */
};

static bool out_open(struct out *o, const struct us_dir *d, const char *name)
{
    o->fd = openat(d->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    o->count = 0;
    XXH3_128bits_reset(&o->hash);
    return o->fd >= 0;
}

static bool out_put(struct out *o, const us_print *prints, size_t count)
{
    size_t bytes = count * sizeof *prints;
    uint64_t at = o->count * sizeof *prints;
    if (!us_write_at(o->fd, at, (const char *)prints, bytes)) return false;
    XXH3_128bits_update(&o->hash, prints, bytes);
    o->count += count;
    return true;
}

static us_print trailer_sum(XXH3_state_t *hash, const struct trailer *t)
{
    XXH3_128bits_update(hash, t, offsetof(struct trailer, sum));
    XXH128_hash_t h = XXH3_128bits_digest(hash);
    return (us_print){h.low64, h.high64};
}

static bool out_end(struct out *o, uint64_t text)
{
    struct trailer t = {.count = o->count, .text = text};
    memcpy(t.magic, MAGIC, sizeof MAGIC);
    t.sum = trailer_sum(&o->hash, &t);
    uint64_t at = o->count * sizeof(us_print);
    return us_write_at(o->fd, at, (const char *)&t, sizeof t);
}

static void out_close(struct out *o)
{
    if (o->fd >= 0) close(o->fd);
    o->fd = -1;
}

/* ---- while the segment is in work ---- */

struct us_ids *us_ids_new(struct us_arena *a)
{
    struct us_ids *ids = us_new(a, struct us_ids, 1);
    ids->out.fd = -1;
    return ids;
}

void us_ids_close(struct us_ids *ids)
{
    if (ids) out_close(&ids->out);
}

/* The last group's fingerprints may come before or after the seal. */
static void end_if_whole(struct us_ids *ids)
{
    if (ids->out.fd < 0 || !ids->groups || ids->appends != ids->groups) return;
    out_end(&ids->out, ids->text);
    out_close(&ids->out);
}

void us_ids_seal(struct us_ids *ids, uint32_t segment, uint64_t groups, uint64_t text)
{
    if (ids->segment != segment) {
        out_close(&ids->out);
        ids->segment = segment;
        ids->appends = 0;
    }
    ids->groups = groups;
    ids->text = text;
    end_if_whole(ids);
}

us_code us_ids_append(
    struct us_journal *j, const us_print *prints, size_t count, struct us_error *e)
{
    struct us_ids *ids = j->ids;
    us_assert(j->write && j->groups > 0);
    uint32_t segment = j->fd >= 0 ? j->end.segment : j->end.segment - 1;
    if (ids->segment != segment) {
        out_close(&ids->out);
        ids->segment = segment;
        ids->appends = ids->groups = 0;
    }
    char name[US_NAME_MAX];
    snprintf(name, sizeof name, US_NAME_IDS, segment);
    bool first = ids->appends++ == 0;
    bool good = !first || out_open(&ids->out, &j->dir, name);
    if (good && ids->out.fd < 0) return US_OK; /* failed before: made anew by load */
    if (good) good = out_put(&ids->out, prints, count);
    if (!good) {
        us_code code = us_segment_errno(&j->dir, segment, e);
        out_close(&ids->out);
        return code;
    }
    end_if_whole(ids);
    return US_OK;
}

/* ---- all of them, at the start ---- */

struct load {
    struct us_dir dir;
    struct us_arena scratch;
    bool (*print)(void *ctx, us_str line, us_print *out);
    void *ctx;
    struct us_print_map *into;
    us_print chunk[CHUNK / sizeof(us_print)];
};

static void take(struct load *l, size_t count)
{
    bool fresh;
    for (size_t i = 0; i < count; i++) {
        if (i + AHEAD < count) us_print_map_prefetch(l->into, l->chunk[i + AHEAD]);
        us_print_map_put(l->into, l->chunk[i], &fresh);
    }
}

/* Goes over a sidecar's fingerprints: once to sum them up, once to take them. */
static bool pass(struct load *l, int fd, uint64_t count, XXH3_state_t *hash)
{
    uint64_t bytes = count * sizeof(us_print);
    for (uint64_t at = 0; at < bytes;) {
        size_t want = bytes - at < CHUNK ? (size_t)(bytes - at) : CHUNK;
        size_t got;
        if (!us_read_at(fd, at, (char *)l->chunk, want, &got) || got < want)
            return false;
        if (hash)
            XXH3_128bits_update(hash, l->chunk, want);
        else
            take(l, want / sizeof(us_print));
        at += want;
    }
    return true;
}

static bool load_sidecar(struct load *l, int fd, uint64_t text)
{
    struct stat st;
    struct trailer t;
    size_t got;
    if (fstat(fd, &st) != 0 || (uint64_t)st.st_size < sizeof t) return false;
    uint64_t bytes = (uint64_t)st.st_size - sizeof t;
    if (!us_read_at(fd, bytes, (char *)&t, sizeof t, &got) || got < sizeof t)
        return false;
    if (memcmp(t.magic, MAGIC, sizeof MAGIC) != 0 || t.text != text) return false;
    if (bytes % sizeof(us_print) || t.count != bytes / sizeof(us_print)) return false;
    XXH3_state_t hash;
    XXH3_128bits_reset(&hash);
    if (!pass(l, fd, t.count, &hash)) return false;
    us_print sum = trailer_sum(&hash, &t);
    us_print_map_reserve(l->into, t.count);
    return sum.lo == t.sum.lo && sum.hi == t.sum.hi && pass(l, fd, t.count, NULL);
}

static void print_lines(struct load *l, us_str text, struct out *o, bool *write)
{
    size_t n = 0;
    size_t room = sizeof l->chunk / sizeof *l->chunk;
    while (text.len) {
        us_str line = us_str_cut(text, '\n', &text);
        n += l->print(l->ctx, line, &l->chunk[n]);
        if (n < room && text.len) continue;
        take(l, n);
        if (*write) *write = out_put(o, l->chunk, n);
        n = 0;
    }
}

/* From the segment itself. The new sidecar is a help for next time: where it cannot be
 * written, so be it. */
static us_code make_anew(
    struct load *l, uint32_t number, const struct us_index *x, struct us_error *e)
{
    char name[US_NAME_MAX];
    char temporary[US_NAME_MAX];
    snprintf(name, sizeof name, US_NAME_IDS, number);
    snprintf(temporary, sizeof temporary, US_NAME_IDS ".new", number);
    struct us_journal_reader *r;
    struct out o = {.fd = -1};
    US_TRY(us_journal_reader_open(l->dir.path, (us_pos){number, 0}, &r, e));
    bool write = x->sealed && out_open(&o, &l->dir, temporary);
    us_code code;
    for (;;) {
        us_str text;
        us_pos at;
        us_pos next;
        code = us_journal_reader_next(r, &text, &at, &next, e);
        if (code != US_OK || at.segment != number) break;
        print_lines(l, text, &o, &write);
        if (next.segment != number) break;
    }
    if (code == US_NOT_FOUND) code = US_OK;
    write = write && code == US_OK && out_end(&o, x->text);
    if (write) renameat(l->dir.fd, temporary, l->dir.fd, name);
    if (!write && o.fd >= 0) unlinkat(l->dir.fd, temporary, 0);
    out_close(&o);
    us_journal_reader_close(r);
    return code;
}

static us_code load_one(struct load *l, uint32_t number, struct us_error *e)
{
    int segment;
    us_code code = us_segment_open(&l->dir, number, O_RDONLY, &segment, e);
    if (code == US_NOT_FOUND)
        return us_segment_fail(&l->dir, number, US_INPUT, "journal.gap", 0, e);
    if (code != US_OK) return code;
    struct us_index x;
    us_arena_reset(&l->scratch);
    code = us_index_load(&l->dir, number, segment, &l->scratch, &x, e);
    close(segment);
    if (code != US_OK) return code;
    char name[US_NAME_MAX];
    snprintf(name, sizeof name, US_NAME_IDS, number);
    int fd = openat(l->dir.fd, name, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && x.sealed && load_sidecar(l, fd, x.text);
    if (fd >= 0) close(fd);
    return good ? US_OK : make_anew(l, number, &x, e);
}

us_code us_ids_load(us_str dir, bool (*print)(void *ctx, us_str line, us_print *out),
    void *ctx, struct us_print_map *into, struct us_error *e)
{
    struct us_arena scratch;
    struct load *l;
    us_arena_init(&scratch, 2 * sizeof *l);
    l = us_new(&scratch, struct load, 1);
    *l = (struct load){.print = print, .ctx = ctx, .into = into};
    us_arena_init(&l->scratch, US_INDEX_ROOM);
    uint32_t first = 0;
    uint32_t last = 0;
    us_code code = us_dir_open(dir, false, &l->dir, e);
    bool opened = code == US_OK;
    if (opened) code = us_dir_range(&l->dir, &first, &last, e);
    for (uint32_t n = first; code == US_OK && n && n <= last; n++)
        code = load_one(l, n, e);
    if (opened) us_dir_close(&l->dir);
    us_arena_done(&l->scratch);
    us_arena_done(&scratch);
    return code;
}
