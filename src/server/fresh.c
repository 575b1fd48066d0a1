#include "server/fresh.h"

#include "base/err.h"
#include "json/json.h"

#include <pthread.h>
#include <string.h>

/* A part of the ring. */
struct part {
    size_t from, to;
};

struct entry {
    us_pos at, next;
    struct part part; /* with what may be read after its end */
    size_t len;
};

struct us_fresh {
    struct us_arena own; /* it lies in this */
    char *bytes;
    size_t size;
    pthread_mutex_t lock;  /* of all below; bytes of no entry are the committer's */
    struct entry *entries; /* US_FRESH_GROUPS of them, by number */
    uint64_t first, end;   /* numbers: those here, in order of the journal */
    size_t head;           /* where the next one goes */
    struct reader {
        us_pos passed;
        bool there; /* it took something once */
        bool at_work;
        struct part on;
    } readers[US_FRESH_READERS];
    struct us_fresh_counts counts;
};

struct us_fresh *us_fresh_new(size_t bytes)
{
    if (bytes == 0) bytes = US_FRESH_BYTES;
    struct us_arena own;
    us_arena_init(&own, bytes + sizeof(struct entry) * US_FRESH_GROUPS + (1 << 16));
    struct us_fresh *f = us_new(&own, struct us_fresh, 1);
    f->entries = us_new(&own, struct entry, US_FRESH_GROUPS);
    f->bytes = us_new(&own, char, bytes);
    f->size = bytes;
    f->own = own;
    pthread_mutex_init(&f->lock, NULL);
    return f;
}

void us_fresh_free(struct us_fresh *f)
{
    if (!f) return;
    pthread_mutex_destroy(&f->lock);
    struct us_arena own = f->own;
    us_arena_done(&own);
}

static struct entry *entry(struct us_fresh *f, uint64_t number)
{
    return &f->entries[number % US_FRESH_GROUPS];
}

static bool overlap(struct part a, struct part b)
{
    return a.from < b.to && b.from < a.to;
}

static bool passed_by_all(const struct us_fresh *f, us_pos end)
{
    bool passed = true;
    bool any = false;
    for (size_t i = 0; i < US_FRESH_READERS; i++) {
        const struct reader *r = &f->readers[i];
        any |= r->there;
        if (r->there && us_pos_before(r->passed, end)) passed = false;
    }
    return passed && any;
}

static bool in_work(const struct us_fresh *f, struct part part)
{
    for (size_t i = 0; i < US_FRESH_READERS; i++)
        if (f->readers[i].at_work && overlap(f->readers[i].on, part)) return true;
    return false;
}

/* Room for so much, without what was there; false: somebody is at work on it. */
static bool room_make(struct us_fresh *f, size_t need, struct part *out)
{
    while (f->first < f->end && passed_by_all(f, entry(f, f->first)->next))
        f->first++;
    size_t old = f->head;
    size_t from = f->first == f->end ? 0 : old;
    bool around = from + need > f->size;
    if (around) from = 0;
    *out = (struct part){from, from + need};
    if (in_work(f, *out)) return false;
    /* The oldest lie after the head, as far as the end, then from the beginning on. */
    for (; f->first < f->end; f->first++) {
        const struct entry *oldest = entry(f, f->first);
        bool behind = around && oldest->part.from >= old;
        bool full = f->end - f->first == US_FRESH_GROUPS;
        if (!behind && !full && !overlap(oldest->part, *out)) break;
    }
    f->head = out->to;
    return true;
}

void us_fresh_put(struct us_fresh *f, us_pos at, us_pos next, us_str text)
{
    struct part part = {0};
    size_t need = text.len + US_JSON_PAD;
    pthread_mutex_lock(&f->lock);
    bool fits = need <= f->size && room_make(f, need, &part);
    f->counts.put += fits;
    f->counts.left_out += !fits;
    pthread_mutex_unlock(&f->lock);
    if (!fits) return;
    memcpy(f->bytes + part.from, text.ptr, text.len);
    memset(f->bytes + part.from + text.len, 0, US_JSON_PAD);
    pthread_mutex_lock(&f->lock);
    *entry(f, f->end++) = (struct entry){at, next, part, text.len};
    pthread_mutex_unlock(&f->lock);
}

void us_fresh_clear(struct us_fresh *f)
{
    pthread_mutex_lock(&f->lock);
    f->first = f->end;
    pthread_mutex_unlock(&f->lock);
}

static const struct entry *find(struct us_fresh *f, us_pos at)
{
    uint64_t from = f->first;
    uint64_t to = f->end;
    while (from < to) {
        uint64_t middle = from + (to - from) / 2;
        if (us_pos_before(entry(f, middle)->at, at))
            from = middle + 1;
        else
            to = middle;
    }
    return from < f->end && us_pos_same(entry(f, from)->at, at) ? entry(f, from) : NULL;
}

bool us_fresh_take(
    struct us_fresh *f, us_fresh_reader reader, us_pos at, us_str *text, us_pos *next)
{
    if (!f) return false;
    pthread_mutex_lock(&f->lock);
    struct reader *r = &f->readers[reader];
    r->there = true;
    r->passed = at;
    const struct entry *found = find(f, at);
    r->at_work = found != NULL;
    if (found) {
        r->on = found->part;
        *text = (us_str){f->bytes + found->part.from, found->len};
        *next = found->next;
    }
    f->counts.taken += found != NULL;
    f->counts.missed += found == NULL;
    pthread_mutex_unlock(&f->lock);
    return found != NULL;
}

void us_fresh_passed(struct us_fresh *f, us_fresh_reader reader, us_pos at)
{
    if (!f) return;
    pthread_mutex_lock(&f->lock);
    f->readers[reader] = (struct reader){.passed = at, .there = true};
    pthread_mutex_unlock(&f->lock);
}

void us_fresh_leave(struct us_fresh *f, us_fresh_reader reader)
{
    if (!f) return;
    pthread_mutex_lock(&f->lock);
    f->readers[reader] = (struct reader){0};
    pthread_mutex_unlock(&f->lock);
}

/* ---- on in the journal ---- */

static void reader_close(struct us_fresh_follower *f)
{
    us_journal_reader_close(f->reader);
    f->reader = NULL;
}

static us_code reader_there(
    struct us_fresh_follower *f, us_pos from, struct us_error *e)
{
    if (f->reader && us_pos_same(f->reader_at, from)) return US_OK;
    reader_close(f);
    f->reader_at = from;
    return us_journal_reader_open(f->journal, from, &f->reader, e);
}

us_code us_fresh_next(struct us_fresh_follower *f, us_pos from, const us_pos *durable,
    us_str *text, us_pos *at, us_pos *next, struct us_error *e)
{
    *at = from;
    if (durable && !us_pos_before(from, *durable)) {
        us_fresh_passed(f->fresh, f->who, from);
        return US_NOT_FOUND;
    }
    if (durable && us_fresh_take(f->fresh, f->who, from, text, next)) return US_OK;
    US_TRY(reader_there(f, from, e));
    US_TRY(us_journal_reader_next(f->reader, text, at, &f->reader_at, e));
    if (durable && !us_pos_before(*at, *durable)) {
        reader_close(f);
        return US_NOT_FOUND;
    }
    *next = f->reader_at;
    return US_OK;
}

void us_fresh_stop(struct us_fresh_follower *f)
{
    us_fresh_leave(f->fresh, f->who);
    reader_close(f);
}

struct us_fresh_counts us_fresh_counts(struct us_fresh *f)
{
    pthread_mutex_lock(&f->lock);
    struct us_fresh_counts counts = f->counts;
    pthread_mutex_unlock(&f->lock);
    return counts;
}
