/* replay_order.c: accounts in order of their keys.
 *
 * Keys of one workspace begin alike ("ws_1", "ws_2"): what they have in common is left
 * out, and of the rest the first eight bytes stand for it until two are the same.
 */
#include "history/replay_inner.h"

#include <stdlib.h>

static const size_t ORDER_MAX = (size_t)64 << 30;

struct ranked {
    uint64_t begin; /* bytes after what all have in common, most significant first */
    us_str key;
    uint32_t account;
};

static int ranked_order(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return us_str_cmp(x->key, y->key);
}

static size_t alike(const struct us_history *h)
{
    us_str first = core_account_key(h, 0);
    size_t len = first.len;
    for (uint32_t i = 1; i < h->accounts.terms.count; i++) {
        us_str key = core_account_key(h, i);
        size_t n = 0;
        while (n < len && n < key.len && key.ptr[n] == first.ptr[n])
            n++;
        len = n;
    }
    return len;
}

static uint64_t begin_of(us_str key, size_t from)
{
    uint64_t begin = 0;
    for (size_t i = 0; i < 8; i++) {
        unsigned char c = from + i < key.len ? (unsigned char)key.ptr[from + i] : 0;
        begin = begin << 8 | c;
    }
    return begin;
}

void replay_order_make(const struct us_history *h, struct replay_order *o)
{
    size_t n = h->accounts.terms.count;
    if (o->arena.base && o->count == n) return;
    replay_order_done(o);
    us_arena_init(&o->arena, ORDER_MAX);
    o->account = us_new(&o->arena, uint32_t, n + 1);
    o->rank = us_new(&o->arena, uint32_t, n + 1);
    o->count = n;
    if (!n) return;
    us_mark mark = us_arena_mark(&o->arena);
    struct ranked *list = us_new(&o->arena, struct ranked, n);
    size_t from = alike(h);
    for (uint32_t i = 0; i < n; i++) {
        us_str key = core_account_key(h, i);
        list[i] = (struct ranked){begin_of(key, from), key, i};
    }
    qsort(list, n, sizeof *list, ranked_order);
    for (uint32_t i = 0; i < n; i++) {
        o->account[i] = list[i].account;
        o->rank[list[i].account] = i;
    }
    us_arena_pop(&o->arena, mark);
}

void replay_order_done(struct replay_order *o)
{
    us_arena_done(&o->arena);
    *o = (struct replay_order){0};
}
