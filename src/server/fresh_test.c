/* fresh_test.c: what is taken is what was put, whoever else is at work; what somebody
 * has in hand is not written over; who keeps up uses the same bytes again. */

#include "base/err.h"
#include "base/tap.h"
#include "file/file.h"
#include "json/json.h"
#include "server/fresh.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { RING = 16 << 10, GROUPS = 40000, LEN_MAX = 3000, STEPS = 200000 };

/* What group n says, and how long it is, follows from n; so does where it is. */
static size_t length(uint64_t n)
{
    return 1 + (size_t)(n * 2654435761u % LEN_MAX) / (n % 7 ? 20 : 1);
}

static void text_put(char *to, uint64_t n)
{
    for (size_t i = 0; i < length(n); i++)
        to[i] = (char)('a' + (n + i * 7) % 26);
}

static us_pos place(uint64_t n)
{
    return (us_pos){(uint32_t)(1 + n / 1000), n % 1000 * LEN_MAX};
}

static void put(struct us_fresh *f, uint64_t n)
{
    char text[LEN_MAX + 1];
    text_put(text, n);
    us_fresh_put(f, place(n), place(n + 1), (us_str){text, length(n)});
}

static bool is_group(us_str text, uint64_t n)
{
    char want[LEN_MAX + 1];
    text_put(want, n);
    bool same = text.len == length(n) && memcmp(text.ptr, want, text.len) == 0;
    for (size_t i = 0; i < US_JSON_PAD; i++)
        same = same && text.ptr[text.len + i] == 0;
    return same;
}

static bool is_place(us_pos p, uint64_t n)
{
    return p.segment == place(n).segment && p.offset == place(n).offset;
}

/* ---- one thread, in any order ---- */

static uint64_t draw(uint64_t *seed, uint64_t n) /* splitmix64 */
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % n;
}

struct hand {
    us_str text;
    uint64_t n;
    bool full;
};

static void in_any_order(struct us_tap *t, uint64_t seed)
{
    struct us_fresh *f = us_fresh_new(RING);
    struct hand hands[US_FRESH_READERS] = {0};
    uint64_t end = 0;
    uint64_t cleared = 0;
    size_t wrong = 0;
    size_t lost = 0;
    for (size_t step = 0; step < STEPS; step++) {
        us_fresh_reader r = (us_fresh_reader)draw(&seed, US_FRESH_READERS);
        struct hand *h = &hands[r];
        us_pos next;
        uint64_t what = draw(&seed, 100);
        if (what < 50) {
            int64_t out = us_fresh_counts(f).left_out;
            put(f, end);
            bool kept = us_fresh_counts(f).left_out == out;
            bool any = hands[0].full || hands[1].full;
            lost += !kept && !any; /* then nothing is in the way */
            /* the newest is there, for whoever comes */
            if (kept && what == 0) {
                h->full = us_fresh_take(f, r, place(end), &h->text, &next);
                h->n = end;
                lost += !h->full;
            }
            end++;
        } else if (what < 90) {
            uint64_t back = draw(&seed, 12);
            uint64_t n = end > back ? end - back : 0;
            h->full = us_fresh_take(f, r, place(n), &h->text, &next);
            h->n = n;
            if (h->full) wrong += !is_place(next, n + 1) || n < cleared || n >= end;
        } else if (what < 95) {
            us_fresh_passed(f, r, place(end));
            h->full = false;
        } else if (what < 97) {
            us_fresh_leave(f, r);
            h->full = false;
        } else if (what == 97) {
            us_fresh_clear(f);
            cleared = end;
        }
        for (size_t i = 0; i < US_FRESH_READERS; i++)
            if (hands[i].full) wrong += !is_group(hands[i].text, hands[i].n);
    }
    struct us_fresh_counts c = us_fresh_counts(f);
    CHECK_AS(t, wrong == 0, "what is in hand is what was put");
    CHECK_AS(t, lost == 0, "what nobody is in the way of is kept");
    CHECK_AS(t, c.taken > STEPS / 20 && c.missed > STEPS / 50 && c.left_out > 0,
        "found, not found, left out: each of them happened");
    us_fresh_free(f);
}

/* ---- who keeps up ---- */

static void the_same_bytes(struct us_tap *t)
{
    struct us_fresh *f = us_fresh_new(RING);
    us_str text;
    us_pos next;
    const char *first = NULL;
    bool same = true;
    for (uint64_t n = 0; n < 1000; n++) {
        put(f, n);
        for (int r = 0; r < US_FRESH_READERS; r++) {
            bool there = us_fresh_take(f, (us_fresh_reader)r, place(n), &text, &next);
            if (!there) text.ptr = NULL;
            if (!first) first = text.ptr;
            same = same && there && text.ptr == first;
            us_fresh_passed(f, (us_fresh_reader)r, next);
        }
    }
    CHECK_AS(t, same, "one after the other in the same place");
    /* One that is behind keeps its own. */
    put(f, 1000);
    put(f, 1001);
    us_fresh_passed(f, US_FRESH_LOADER, place(1002));
    put(f, 1002);
    bool kept = us_fresh_take(f, US_FRESH_EVALUATOR, place(1000), &text, &next);
    CHECK_AS(t, kept && is_group(text, 1000), "until all have passed");
    us_fresh_leave(f, US_FRESH_EVALUATOR);
    us_fresh_passed(f, US_FRESH_LOADER, place(1003));
    put(f, 1003);
    CHECK_AS(t, !us_fresh_take(f, US_FRESH_LOADER, place(1000), &text, &next),
        "who is gone holds nothing");
    static char large[RING];
    int64_t out = us_fresh_counts(f).left_out;
    us_fresh_put(f, place(1004), place(1005), (us_str){large, RING});
    CHECK_AS(t, us_fresh_counts(f).left_out == out + 1, "one that is too long");
    CHECK_AS(t, !us_fresh_take(NULL, US_FRESH_LOADER, place(0), &text, &next),
        "without one there is nothing");
    us_fresh_free(f);
}

/* More groups than there are places for, however short. */
static void many_short(struct us_tap *t)
{
    struct us_fresh *f = us_fresh_new(8 << 20);
    us_str text;
    us_pos next;
    uint64_t most = US_FRESH_GROUPS;
    for (uint64_t n = 0; n < most + 10; n++)
        us_fresh_put(f, place(n), place(n + 1), US_S("x\n"));
    bool old = us_fresh_take(f, US_FRESH_LOADER, place(9), &text, &next);
    CHECK_AS(t, !old, "the oldest go");
    bool there = us_fresh_take(f, US_FRESH_LOADER, place(10), &text, &next);
    CHECK_AS(t, there && us_str_eq(text, US_S("x\n")), "the others stay");
    us_fresh_free(f);
}

/* ---- on in a journal ---- */

struct groups {
    char dir[32];
    struct us_journal *journal;
    uint64_t count; /* written */
    us_pos ends[64];
};

/* Group n of the journal: some lines of the same length, as said of n. */
static us_str line_group(char *to, uint64_t n)
{
    size_t len = 0;
    for (uint64_t i = 0; i <= n % 5; i++)
        len += (size_t)sprintf(to + len, "{\"us\":{\"n\":%d}}\n", (int)n);
    return (us_str){to, len};
}

static void group_write(struct groups *x, struct us_fresh *fresh)
{
    char bytes[1024 + US_COMMIT_BYTES_MAX];
    struct us_error e;
    us_str text = line_group(bytes, x->count);
    struct us_group g = {.bytes = bytes,
        .len = text.len,
        .lines = x->count % 5 + 1,
        .last_seq = (int64_t)x->count + 1};
    us_journal_place(x->journal, &g);
    us_code code = us_journal_write(x->journal, &g, &e);
    us_assert(code == US_OK);
    x->ends[x->count++] = us_journal_end(x->journal);
    if (fresh) us_fresh_put(fresh, g.at, us_journal_end(x->journal), text);
}

static bool is_line_group(us_str text, uint64_t n)
{
    char want[1024];
    return us_str_eq(text, line_group(want, n));
}

/* One group is in memory, the next is not; a segment ends; nothing that is not durable
 * is given, and where it stands stays. */
static void follows_on(struct us_tap *t)
{
    struct groups x = {.dir = "/tmp/usher-fresh-XXXXXX"};
    struct us_error e;
    us_assert(mkdtemp(x.dir));
    us_str dir = us_str_c(x.dir);
    us_code code = us_journal_open(dir, US_JOURNAL_LIVE, &x.journal, &e);
    us_assert(code == US_OK);
    struct us_fresh *fresh = us_fresh_new(RING);
    struct us_fresh_follower f = {fresh, US_FRESH_LOADER, dir, NULL, {0}};
    us_pos from = {0};
    us_pos at;
    us_str text;
    bool good = true;
    for (uint64_t n = 0; n < 40; n++) {
        bool kept = n % 7 < 4;
        us_pos before = n ? x.ends[n - 1] : (us_pos){0};
        us_pos was = from;
        group_write(&x, kept ? fresh : NULL);
        if (n && !kept) /* it is not durable */
            good = good && us_fresh_next(&f, from, &before, &text, &at, &from, &e) ==
                               US_NOT_FOUND;
        good = good && us_pos_same(from, was);
        int64_t taken = us_fresh_counts(fresh).taken;
        good =
            good && us_fresh_next(&f, from, &x.ends[n], &text, &at, &from, &e) == US_OK;
        good = good && is_line_group(text, n);
        bool first = n == 0; /* {0,0} is the beginning, wherever that is */
        good = good && (us_fresh_counts(fresh).taken > taken) == (kept && !first);
        /* What comes next is seen from before the end that is said to be durable. */
        if (n == 24) good = good && us_journal_seal(x.journal, &e) == US_OK;
        if (n == 24) x.ends[n] = us_journal_end(x.journal);
    }
    CHECK_AS(t, good, "from memory and from disk by turns");
    us_pos end = x.ends[39];
    CHECK(t, us_fresh_next(&f, end, &end, &text, &at, &from, &e) == US_NOT_FOUND);
    us_pos all = {UINT32_MAX, 0}; /* it says more than is so */
    group_write(&x, NULL);
    CHECK(t, us_fresh_next(&f, end, &all, &text, &at, &from, &e) == US_OK);
    us_pos some = from;
    group_write(&x, NULL); /* what a reader sees, and nobody said to be durable */
    code = us_fresh_next(&f, x.ends[39], &x.ends[40], &text, &at, &from, &e);
    CHECK(t, code == US_OK && is_line_group(text, 40));
    CHECK(t, us_fresh_next(&f, from, &some, &text, &at, &from, &e) == US_NOT_FOUND);
    CHECK(t, us_pos_same(from, x.ends[40]));
    CHECK(t, us_fresh_next(&f, from, NULL, &text, &at, &from, &e) == US_OK);
    CHECK(t, is_line_group(text, 41) && us_pos_same(from, x.ends[41]));
    us_fresh_stop(&f);
    us_journal_close(x.journal);
    us_fresh_free(fresh);
    code = us_file_remove_tree(dir, &e);
    us_assert(code == US_OK);
}

/* ---- threads ---- */

struct race {
    struct us_fresh *f;
    _Atomic uint64_t end;
    struct runner {
        struct race *race;
        us_fresh_reader reader;
        uint64_t found, wrong;
    } runners[US_FRESH_READERS];
};

static void *follow(void *ctx)
{
    struct runner *r = ctx;
    us_str text;
    us_pos next;
    for (uint64_t n = 0; n < GROUPS;) {
        if (n >= r->race->end) {
            us_fresh_passed(r->race->f, r->reader, place(n));
            continue;
        }
        if (us_fresh_take(r->race->f, r->reader, place(n), &text, &next)) {
            r->found++;
            r->wrong += !is_group(text, n) || !is_place(next, n + 1);
        }
        n++;
    }
    us_fresh_leave(r->race->f, r->reader);
    return NULL;
}

static void at_once(struct us_tap *t)
{
    struct race race = {.f = us_fresh_new(RING)};
    pthread_t threads[US_FRESH_READERS];
    for (int i = 0; i < US_FRESH_READERS; i++) {
        race.runners[i] = (struct runner){&race, (us_fresh_reader)i, 0, 0};
        CHECK_AS(t, pthread_create(&threads[i], NULL, follow, &race.runners[i]) == 0,
            "a reader");
    }
    for (uint64_t n = 0; n < GROUPS; n++) {
        put(race.f, n);
        race.end = n + 1;
    }
    uint64_t found = 0;
    uint64_t wrong = 0;
    for (int i = 0; i < US_FRESH_READERS; i++) {
        pthread_join(threads[i], NULL);
        found += race.runners[i].found;
        wrong += race.runners[i].wrong;
    }
    CHECK_AS(t, wrong == 0 && found > 0, "what two find while one puts is right");
    printf("# %d of %d found\n", (int)found, 2 * GROUPS);
    us_fresh_free(race.f);
}

int main(void)
{
    struct us_tap t = {0};
    for (uint64_t seed = 1; seed <= 3; seed++)
        in_any_order(&t, seed);
    the_same_bytes(&t);
    many_short(&t);
    follows_on(&t);
    at_once(&t);
    return us_tap_done(&t);
}
