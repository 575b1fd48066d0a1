#include "base/time.h"
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
 * crash left torn does not hold its sums, and is made anew. */
struct trailer {
    char magic[8];
    uint64_t count;
    uint64_t text;                   /* of the segment it stands for */
    int64_t known_first, known_last; /* of its lines */
    us_print ids;                    /* sum of the fingerprints */
    us_print sum;                    /* of the above */
};
static const char MAGIC[8] = "usherid2";

enum { CHUNK = 1 << 16, AHEAD = 16 };

struct out {
    XXH3_state_t hash;
    int fd;
    uint64_t count;
    int64_t known_first, known_last;
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
    o->known_first = US_NEVER;
    o->known_last = US_ALWAYS;
    XXH3_128bits_reset(&o->hash);
    return o->fd >= 0;
}

static void out_known(struct out *o, int64_t first, int64_t last)
{
    if (first < o->known_first) o->known_first = first;
    if (last > o->known_last) o->known_last = last;
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

static us_print digest(XXH3_state_t *hash)
{
    XXH128_hash_t h = XXH3_128bits_digest(hash);
    return (us_print){h.low64, h.high64};
}

static us_print trailer_sum(const struct trailer *t)
{
    return us_print_of((us_str){(const char *)t, offsetof(struct trailer, sum)});
}

static bool same(us_print a, us_print b)
{
    return a.lo == b.lo && a.hi == b.hi;
}

static bool out_end(struct out *o, uint64_t text)
{
    struct trailer t = {.count = o->count,
        .text = text,
        .known_first = o->known_first,
        .known_last = o->known_last,
        .ids = digest(&o->hash)};
    memcpy(t.magic, MAGIC, sizeof MAGIC);
    t.sum = trailer_sum(&t);
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
    struct us_journal *j, const struct us_ids_group *g, struct us_error *e)
{
    struct us_ids *ids = j->ids;
    us_assert(ids && j->groups > 0);
    uint32_t segment = us_journal_in_work(j) ? j->end.segment : j->end.segment - 1;
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
    if (good) good = out_put(&ids->out, g->prints, g->count);
    if (!good) {
        us_code code = us_segment_errno(&j->dir, segment, e);
        out_close(&ids->out);
        return code;
    }
    out_known(&ids->out, g->known_first, g->known_last);
    end_if_whole(ids);
    return US_OK;
}

/* ---- at the start: all of them, or the newest ---- */

struct load {
    struct us_dir dir;
    struct us_arena scratch;
    const struct us_ids_wanted *wanted;
    struct us_print_map *into;
    int64_t known_last;
    us_print chunk[CHUNK / sizeof(us_print)];
};

static bool is_full(const struct load *l, uint64_t more)
{
    return l->wanted->most && l->into->count + more > l->wanted->most;
}

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

static bool trailer_read(int fd, uint64_t text, struct trailer *t)
{
    struct stat st;
    size_t got;
    if (fstat(fd, &st) != 0 || (uint64_t)st.st_size < sizeof *t) return false;
    uint64_t bytes = (uint64_t)st.st_size - sizeof *t;
    if (!us_read_at(fd, bytes, (char *)t, sizeof *t, &got) || got < sizeof *t)
        return false;
    if (memcmp(t->magic, MAGIC, sizeof MAGIC) != 0 || t->text != text) return false;
    if (bytes % sizeof(us_print) || t->count != bytes / sizeof(us_print)) return false;
    return same(trailer_sum(t), t->sum);
}

static bool load_sidecar(struct load *l, int fd, uint64_t text)
{
    struct trailer t;
    XXH3_state_t hash;
    if (!trailer_read(fd, text, &t)) return false;
    bool wanted = t.known_last >= l->wanted->since && !is_full(l, t.count);
    if (wanted) {
        XXH3_128bits_reset(&hash);
        if (!pass(l, fd, t.count, &hash) || !same(digest(&hash), t.ids)) return false;
        us_print_map_reserve(l->into, t.count);
        if (!pass(l, fd, t.count, NULL)) return false;
    }
    if (t.known_last > l->known_last) l->known_last = t.known_last;
    return true;
}

/* ---- from the lines ---- */

struct anew {
    struct out out;
    bool write;
};

static void print_lines(struct load *l, us_str text, struct anew *n)
{
    size_t count = 0;
    size_t room = sizeof l->chunk / sizeof *l->chunk;
    bool fresh;
    while (text.len) {
        us_str line = us_str_cut(text, '\n', &text);
        int64_t known = US_ALWAYS;
        us_print *print = &l->chunk[count];
        bool there = line.len != 0; /* one that was taken out left but line ends */
        bool has = there && l->wanted->print(l->wanted->ctx, line, print, &known);
        if (there) out_known(&n->out, known, known);
        if (has && known >= l->wanted->since && !is_full(l, 1))
            us_print_map_put(l->into, *print, &fresh);
        count += has;
        if (count < room && text.len) continue;
        if (n->write) n->write = out_put(&n->out, l->chunk, count);
        count = 0;
    }
}

static us_code read_lines(
    struct load *l, uint32_t number, struct anew *n, struct us_error *e)
{
    struct us_journal_reader *r;
    US_TRY(us_journal_reader_open(l->dir.path, (us_pos){number, 0}, &r, e));
    us_code code;
    for (;;) {
        us_str text;
        us_pos at;
        us_pos next;
        code = us_journal_reader_next(r, &text, &at, &next, e);
        if (code != US_OK || at.segment != number) break;
        print_lines(l, text, n);
        if (next.segment != number) break;
    }
    us_journal_reader_close(r);
    return code == US_NOT_FOUND ? US_OK : code;
}

/* From the segment itself. The new sidecar is a help for next time: where it cannot be
 * written, so be it. */
static us_code make_anew(
    struct load *l, uint32_t number, bool whole, uint64_t text, struct us_error *e)
{
    char name[US_NAME_MAX];
    char temporary[US_NAME_MAX];
    snprintf(name, sizeof name, US_NAME_IDS, number);
    snprintf(temporary, sizeof temporary, US_NAME_IDS ".new", number);
    struct anew n;
    n.write = out_open(&n.out, &l->dir, temporary) && whole;
    us_code code = read_lines(l, number, &n, e);
    n.write = n.write && code == US_OK && out_end(&n.out, text);
    if (n.write)
        renameat(l->dir.fd, temporary, l->dir.fd, name);
    else if (n.out.fd >= 0)
        unlinkat(l->dir.fd, temporary, 0);
    out_close(&n.out);
    if (n.out.known_last > l->known_last) l->known_last = n.out.known_last;
    return code;
}

static us_code load_one(struct load *l, uint32_t number, struct us_error *e)
{
    struct us_segment segment;
    us_code code = us_segment_open(&l->dir, number, O_RDONLY, &segment, e);
    if (code == US_NOT_FOUND)
        return us_segment_fail(&l->dir, number, US_INPUT, "journal.gap", 0, e);
    if (code != US_OK) return code;
    struct us_index x = {0};
    us_arena_reset(&l->scratch);
    if (segment.plain)
        code = us_plain_end(&l->dir, number, segment.fd, &x.text, e);
    else
        code = us_index_load(&l->dir, number, segment.fd, &l->scratch, &x, e);
    close(segment.fd);
    if (code != US_OK) return code;
    char name[US_NAME_MAX];
    snprintf(name, sizeof name, US_NAME_IDS, number);
    int fd = openat(l->dir.fd, name, O_RDONLY | O_CLOEXEC);
    bool whole = x.sealed || segment.plain; /* what a writer left plain is final */
    bool good = fd >= 0 && whole && load_sidecar(l, fd, x.text);
    if (fd >= 0) close(fd);
    bool ours = !l->wanted->below || number < l->wanted->below;
    return good ? US_OK : make_anew(l, number, whole && ours, x.text, e);
}

us_code us_ids_load(us_str dir, const struct us_ids_wanted *w,
    struct us_print_map *into, int64_t *known_last, struct us_error *e)
{
    struct us_arena scratch;
    struct load *l;
    us_arena_init(&scratch, 2 * sizeof *l);
    l = us_new(&scratch, struct load, 1);
    *l = (struct load){.wanted = w, .into = into, .known_last = US_ALWAYS};
    us_arena_init(&l->scratch, US_INDEX_ROOM);
    uint32_t first = 0;
    uint32_t last = 0;
    us_code code = us_dir_open(dir, false, &l->dir, e);
    bool opened = code == US_OK;
    if (opened) code = us_dir_range(&l->dir, &first, &last, e);
    for (uint32_t n = last; code == US_OK && n && n >= first; n--)
        code = load_one(l, n, e);
    if (code == US_OK && known_last) *known_last = l->known_last;
    if (opened) us_dir_close(&l->dir);
    us_arena_done(&l->scratch);
    us_arena_done(&scratch);
    return code;
}
