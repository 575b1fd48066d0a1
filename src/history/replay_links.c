/* replay_links.c: what links say of events, and of which accounts they say it anew.
 *
 * A segment holds its rows as the links had them when it was built, and for each
 * account they touched the sum over the rows of event_spans that named it, or named an
 * event stored under it. Where that sum is another one now, the account's rows may be
 * too.
 */
#include "history/replay_inner.h"

static const size_t SPANS_MAX = (size_t)64 << 30;

uint64_t replay_span_sum(const struct replay_span *s)
{
    struct replay_span plain = *s;
    _Static_assert(sizeof plain == 32, "no holes");
    return us_hash((us_str){(const char *)&plain, sizeof plain});
}

uint64_t replay_span_sum_stored(const struct replay_span *s)
{
    return replay_span_sum(s) * UINT64_C(0x9e3779b97f4a7c15);
}

static us_code spans_take(
    struct replay_spans *out, struct duck_rows *r, struct us_error *e)
{
    us_code code;
    size_t cap = 0;
    while ((code = duck_next(r, e)) == US_OK) {
        for (size_t i = 0; i < r->count; i++) {
            struct replay_span *s = us_push(&out->arena, out->items, out->count, cap);
            *s = (struct replay_span){.seq = duck_i64(r, 0, i),
                .from = duck_i64(r, 1, i),
                .to = duck_i64(r, 2, i),
                .person = duck_id(r, 3, i),
                .account = duck_id(r, 4, i)};
            out->sum += replay_span_sum(s);
        }
    }
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code replay_spans_read(struct us_history *h, struct replay_range range,
    struct replay_spans *out, struct us_error *e)
{
    *out = (struct replay_spans){0};
    struct duck_rows r;
    us_str sql = us_arena_fmt(&h->line,
        "SELECT seq, from_known, to_known, person, account FROM event_spans "
        "WHERE seq > %lld AND seq <= %lld ORDER BY seq, from_known",
        (long long)range.from, (long long)range.to);
    US_TRY(duck_ask(h->duck.side, sql, &r, e));
    us_arena_init(&out->arena, SPANS_MAX);
    us_code code = spans_take(out, &r, e);
    duck_done(&r);
    if (code != US_OK) replay_spans_done(out);
    return code;
}

void replay_spans_done(struct replay_spans *s)
{
    us_arena_done(&s->arena);
    *s = (struct replay_spans){0};
}

/* Events come in order of seq; should one not, it is searched for. */
size_t replay_spans_find(const struct replay_spans *s, int64_t seq, size_t *at)
{
    size_t i = *at;
    if (i && s->items[i - 1].seq >= seq) {
        size_t to = i;
        i = 0;
        while (i < to) {
            size_t mid = i + (to - i) / 2;
            if (s->items[mid].seq < seq)
                i = mid + 1;
            else
                to = mid;
        }
    }
    while (i < s->count && s->items[i].seq < seq)
        i++;
    size_t n = 0;
    while (i + n < s->count && s->items[i + n].seq == seq)
        n++;
    *at = i;
    return n;
}

size_t replay_spans_row(const struct replay_span *spans, size_t count)
{
    size_t n = 1;
    while (n < count && spans[n].account == spans[0].account &&
           spans[n].from == spans[n - 1].to)
        n++;
    return n;
}

/* ---- what changed ---- */

static void event_add(const struct replay_spans *spans, size_t at, size_t n,
    uint32_t stored, uint64_t *sums)
{
    for (size_t i = at; i < at + n; i++) {
        const struct replay_span *s = &spans->items[i];
        if (s->account != US_NOBODY) sums[s->account] += replay_span_sum(s);
        if (stored != US_NOBODY) sums[stored] += replay_span_sum_stored(s);
    }
}

static us_code sums_read(struct us_history *h, const struct replay_spans *spans,
    uint64_t *sums, struct us_error *e)
{
    if (!spans->count) return US_OK;
    struct duck_rows r;
    us_str sql = us_arena_fmt(&h->line,
        "SELECT seq, account FROM events WHERE seq >= %lld AND seq <= %lld",
        (long long)spans->items[0].seq, (long long)spans->items[spans->count - 1].seq);
    US_TRY(duck_ask(h->duck.side, sql, &r, e));
    size_t at = 0;
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK) {
        for (size_t i = 0; i < r.count; i++) {
            size_t n = replay_spans_find(spans, duck_i64(&r, 0, i), &at);
            if (n) event_add(spans, at, n, duck_id(&r, 1, i), sums);
        }
    }
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

static us_code sums_compare(struct us_history *h, const struct replay_segment *s,
    const struct replay_spans *spans, bool *dirty, struct us_error *e)
{
    size_t accounts = h->accounts.terms.count;
    struct us_arena a;
    us_arena_init(&a, SPANS_MAX);
    uint64_t *sums = us_new(&a, uint64_t, accounts + 1);
    us_code code = sums_read(h, spans, sums, e);
    const struct replay_link *links = replay_part_of(&s->file, PART_LINKS);
    size_t count = s->file.head.parts[PART_LINKS].bytes / sizeof *links;
    for (size_t i = 0; i < count; i++)
        sums[links[i].account] -= links[i].sum;
    for (size_t i = 0; i < accounts && code == US_OK; i++)
        dirty[i] = dirty[i] || sums[i] != 0;
    us_arena_done(&a);
    return code;
}

us_code replay_links_audit(struct us_history *h, const struct replay_segment *s,
    bool *dirty, struct us_error *e)
{
    struct replay_spans spans;
    US_TRY(replay_spans_read(h, s->file.head.range, &spans, e));
    us_code code = US_OK;
    if (spans.sum != s->file.head.spans) code = sums_compare(h, s, &spans, dirty, e);
    replay_spans_done(&spans);
    return code;
}
