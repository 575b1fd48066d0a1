/* replay_scan.c: events of history, account by account, in order of seq.
 *
 * The database gives events in order of time, cheaply; sorted by account it gives them
 * at ten times the price. So they are counted by account, then dealt out: accounts in
 * order of key make partitions of some ten thousand rows, each of which is sorted where
 * the processor has it at hand. What does not fit into one pass's memory takes several,
 * each over the same events.
 */
#include "history/replay_inner.h"

#include <string.h>
#include <sys/mman.h>

enum {
    PARTITION_ROWS = 16 << 10,
    HUGE_FROM = 4 << 20,
    SQL_MAX = 1 << 20,
    PROGRESS_EVENTS = 1 << 18,
    NAMES_IN_SQL = 64,
};
static const size_t MEMORY_MAX = (size_t)64 << 30;

/* Columns of both streams; values follow. */
enum { S_ACCOUNT, S_NAME, S_SEQ, S_PERSON, S_AT, S_KNOWN, S_VALUES = S_AT };

/* Where an account's rows go in this pass. */
struct place {
    uint32_t rank, partition;
};
#define ELSEWHERE UINT32_MAX /* of no partition in this pass */

struct partition {
    uint32_t from, to;  /* ranks */
    size_t first, next; /* recs: from here on; so far */
};

struct scanning {
    struct replay_scan *s;
    struct us_arena arena;   /* counts, places */
    struct us_arena memory;  /* recs */
    struct us_arena numbers; /* seqs */
    struct us_arena stays;   /* extras */
    struct us_arena changes; /* swaps */
    struct us_arena pass;    /* partitions */
    struct us_arena sorting; /* of a partition */
    struct replay_spans spans;
    size_t span_at;
    uint32_t *counts; /* rows by rank */
    struct place *places;
    struct replay_rec *recs;
    uint32_t *seqs; /* of recs; NULL: of cells */
    struct partition *partitions;
    size_t partition_count, partition_cap;
    struct replay_extra *extras;
    size_t extra_count, extra_cap;
    struct replay_swap *swaps;
    size_t swap_count, swap_cap;
    struct duck_rows rows;
    int64_t a[DUCK_CHUNK_ROWS], b[DUCK_CHUNK_ROWS];
    size_t passes, pass_at;
    int64_t seen, total, told; /* for progress */
};

static bool wanted(const struct replay_scan *s, uint32_t account)
{
    return account != US_NOBODY && (!s->only || s->only[account]);
}

/* ---- asking ---- */

/* A few names are left to the database; the rest is looked at here as well. */
static void names_put(const struct scanning *g, struct us_buf *sql)
{
    const bool *names = g->s->names;
    size_t count = 0;
    for (uint32_t i = 0; names && i < g->s->h->names.terms.count; i++)
        count += names[i];
    if (!names || count > NAMES_IN_SQL) return;
    us_buf_put(sql, US_S(" AND name IN (NULL"));
    for (uint32_t i = 0; i < g->s->h->names.terms.count; i++)
        if (names[i]) us_buf_fmt(sql, ", %u", i);
    us_buf_char(sql, ')');
}

static bool named(const struct scanning *g, size_t i)
{
    return !g->s->names || g->s->names[duck_id(&g->rows, S_NAME, i)];
}

static us_code ask(struct scanning *g, const char *columns, struct us_error *e)
{
    const struct replay_scan *s = g->s;
    struct us_arena a;
    us_arena_init(&a, SQL_MAX);
    struct us_buf sql = us_buf_new(&a, SQL_MAX);
    us_buf_fmt(&sql, "SELECT %s", columns);
    for (size_t i = 0; i < s->value_count && g->recs; i++) {
        us_buf_put(&sql, US_S(", "));
        core_put_name(&sql, s->values[i].column->name);
    }
    us_buf_put(&sql, US_S(" FROM events WHERE true"));
    /* The database looks at each row for a condition, needed or not. */
    if (s->range.from) us_buf_fmt(&sql, " AND seq > %lld", (long long)s->range.from);
    if (s->range.to < s->h->seq_saved)
        us_buf_fmt(&sql, " AND seq <= %lld", (long long)s->range.to);
    names_put(g, &sql);
    us_assert(!sql.full);
    us_code code = duck_ask(s->h->duck.side, us_buf_str(&sql), &g->rows, e);
    us_arena_done(&a);
    return code;
}

/* Whoever lays the store may be told to leave off. */
static us_code ended(const struct scanning *g, struct us_error *e)
{
    const _Atomic bool *ends = g->s->h->lay_ends;
    return ends && *ends ? us_fail(e, US_BUSY, "history.lay_ended", NULL) : US_OK;
}

static us_code chunk_next(struct scanning *g, struct us_error *e)
{
    US_TRY(ended(g, e));
    return duck_next(&g->rows, e);
}

static void tell(struct scanning *g, size_t count)
{
    const struct replay_scan *s = g->s;
    g->seen += (int64_t)count;
    if (!s->progress || g->seen - g->told < PROGRESS_EVENTS) return;
    g->told = g->seen;
    s->progress(s->progress_ctx, s->what, g->seen, g->total);
}

/* ---- counting ---- */

/* The spans of one event. */
static void count_spans(
    struct scanning *g, const struct replay_span *v, size_t n, uint32_t stored)
{
    struct replay_scan *s = g->s;
    for (size_t k = 0; k < n; k += replay_spans_row(v + k, n - k))
        if (wanted(s, v[k].account)) g->counts[s->order->rank[v[k].account]]++;
    for (size_t k = 0; k < n && s->links; k++) {
        if (v[k].account != US_NOBODY) s->links[v[k].account] += replay_span_sum(&v[k]);
        if (stored != US_NOBODY) s->links[stored] += replay_span_sum_stored(&v[k]);
    }
}

static void count_chunk(struct scanning *g)
{
    struct replay_scan *s = g->s;
    const struct duck_rows *r = &g->rows;
    s->events += r->count;
    for (size_t i = 0; i < r->count; i++) {
        if (!named(g, i)) continue;
        uint32_t account = duck_id(r, S_ACCOUNT, i);
        size_t n = g->spans.count ? replay_spans_find(
                                        &g->spans, duck_i64(r, S_SEQ, i), &g->span_at)
                                  : 0;
        if (n) count_spans(g, &g->spans.items[g->span_at], n, account);
        if (!n && wanted(s, account)) g->counts[s->order->rank[account]]++;
    }
}

static us_code count(struct scanning *g, struct us_error *e)
{
    const char *columns = g->s->names      ? "account, name, seq"
                          : g->spans.count ? "account, 0::UINTEGER, seq"
                                           : "account";
    US_TRY(ask(g, columns, e));
    us_code code;
    while ((code = chunk_next(g, e)) == US_OK)
        count_chunk(g);
    duck_done(&g->rows);
    return code == US_NOT_FOUND ? US_OK : code;
}

/* ---- dealing out ---- */

/* What is not plain of a row made of spans. */
static void extra_put(
    struct scanning *g, struct replay_rec *rec, const struct replay_span *v, size_t n)
{
    struct replay_extra extra = {.to = v[n - 1].to,
        .swap_from = (uint32_t)g->swap_count,
        .swap_count = (uint32_t)(n - 1)};
    if (extra.to == US_NEVER && n == 1) return;
    for (size_t i = 0; i + 1 < n; i++)
        *us_push(&g->changes, g->swaps, g->swap_count, g->swap_cap) =
            (struct replay_swap){v[i].to, v[i].person};
    *us_push(&g->stays, g->extras, g->extra_count, g->extra_cap) = extra;
    rec->extra = (uint32_t)g->extra_count;
}

/* Where a row of the account goes, of the i-th event of the chunk; NULL: not in this
 * pass. */
static struct replay_rec *rec_next(struct scanning *g, uint32_t account, size_t i)
{
    if (!wanted(g->s, account)) return NULL;
    struct place p = g->places[account];
    if (p.partition == ELSEWHERE) return NULL;
    size_t at = g->partitions[p.partition].next++;
    struct replay_rec *rec = &g->recs[at];
    rec->rank = p.rank;
    if (g->seqs)
        g->seqs[at] = (uint32_t)(duck_i64(&g->rows, S_SEQ, i) - g->s->range.from);
    return rec;
}

/* Rows of the i-th event of the chunk, made of n spans. */
static void spans_deal(
    struct scanning *g, size_t i, const struct replay_span *v, size_t n)
{
    bool cells = g->s->value_count > 0;
    while (n) {
        size_t row = replay_spans_row(v, n);
        struct replay_rec *rec = rec_next(g, v->account, i);
        if (rec) {
            rec->a = g->a[i];
            rec->b = cells ? g->b[i] : v->from;
            rec->name = duck_id(&g->rows, S_NAME, i);
            rec->person = v[row - 1].person;
            rec->extra = 0;
            extra_put(g, rec, v, row);
        }
        v += row;
        n -= row;
    }
}

static void deal_chunk(struct scanning *g)
{
    enum { AHEAD = 12 };
    const struct duck_rows *r = &g->rows;
    bool spans = g->spans.count > 0;
    for (size_t i = 0; i < r->count; i++) {
        uint32_t ahead =
            i + AHEAD < r->count ? duck_id(r, S_ACCOUNT, i + AHEAD) : US_NOBODY;
        if (ahead != US_NOBODY) __builtin_prefetch(&g->places[ahead]);
        if (!named(g, i)) continue;
        size_t n =
            spans ? replay_spans_find(&g->spans, duck_i64(r, S_SEQ, i), &g->span_at)
                  : 0;
        if (n) {
            spans_deal(g, i, &g->spans.items[g->span_at], n);
            continue;
        }
        struct replay_rec *rec = rec_next(g, duck_id(r, S_ACCOUNT, i), i);
        if (!rec) continue;
        rec->a = g->a[i];
        rec->b = g->b[i];
        rec->name = duck_id(r, S_NAME, i);
        rec->person = duck_id(r, S_PERSON, i);
        rec->extra = 0;
    }
}

static int64_t cell_of(
    const struct replay_value *v, const struct duck_rows *r, size_t column, size_t i)
{
    uint64_t cell = US_CELL_NONE;
    if (duck_null(r, column, i)) return (int64_t)cell;
    switch (v->column->kind) {
    case US_BOOL: cell = duck_bool(r, column, i); break;
    case US_NUMBER:
        cell = us_cell_of_number((double)duck_i64(r, column, i) / US_MILLION);
        break;
    case US_STRING:
        cell = v->text_base + us_intern_put(v->texts, duck_text(r, column, i));
        break;
    case US_MISSING:
    default: break;
    }
    return (int64_t)cell;
}

static void values_fill(struct scanning *g)
{
    const struct replay_scan *s = g->s;
    const struct duck_rows *r = &g->rows;
    if (!s->value_count) {
        memcpy(g->a, r->data[S_AT], r->count * sizeof *g->a);
        memcpy(g->b, r->data[S_KNOWN], r->count * sizeof *g->b);
        return;
    }
    for (size_t c = 0; c < s->value_count; c++) {
        int64_t *to = c ? g->b : g->a;
        for (size_t i = 0; i < r->count; i++)
            to[i] = cell_of(&s->values[c], r, S_VALUES + c, i);
    }
}

static us_code deal(struct scanning *g, struct us_error *e)
{
    bool cells = g->s->value_count > 0;
    g->span_at = 0;
    US_TRY(ask(g,
        cells ? "account, name, seq, 0::UINTEGER"
              : "account, name, seq, person, happened, known",
        e));
    us_code code;
    while ((code = chunk_next(g, e)) == US_OK) {
        values_fill(g);
        deal_chunk(g);
        tell(g, g->rows.count);
    }
    duck_done(&g->rows);
    return code == US_NOT_FOUND ? US_OK : code;
}

/* ---- handing out ---- */

static us_code accounts_take(
    struct scanning *g, const struct partition *p, struct us_error *e)
{
    struct replay_scan *s = g->s;
    size_t accounts = p->to - p->from;
    const struct replay_rec *recs = g->recs + p->first;
    size_t n = p->next - p->first;
    us_arena_reset(&g->sorting);
    uint32_t *begin = us_new(&g->sorting, uint32_t, accounts + 2);
    uint32_t *order = us_new(&g->sorting, uint32_t, n + 1);
    for (size_t i = 0; i < n; i++)
        begin[recs[i].rank - p->from + 2]++;
    for (size_t k = 2; k < accounts + 2; k++)
        begin[k] += begin[k - 1];
    for (uint32_t i = 0; i < n; i++)
        order[begin[recs[i].rank - p->from + 1]++] = i;
    for (size_t k = 0; k < accounts; k++) {
        size_t count = begin[k + 1] - begin[k];
        if (!count) continue;
        struct replay_taken taken = {.account = s->order->account[p->from + k],
            .recs = recs,
            .seqs = g->seqs ? g->seqs + p->first : NULL,
            .order = order + begin[k],
            .count = count,
            .extras = g->extras,
            .swaps = g->swaps};
        US_TRY(s->take(s->ctx, &taken, e));
    }
    return US_OK;
}

/* ---- passes ---- */

/* Partitions of the accounts from rank on, as many rows as go into one pass; the answer
 * is the first rank of the next. */
static uint32_t pass_plan(struct scanning *g, uint32_t rank, size_t pass_rows)
{
    us_arena_reset(&g->pass);
    g->partitions = NULL;
    g->partition_count = g->partition_cap = 0;
    size_t rows = 0;
    size_t accounts = g->s->order->count;
    while (rank < accounts && (!rows || rows + g->counts[rank] <= pass_rows)) {
        struct partition *p =
            us_push(&g->pass, g->partitions, g->partition_count, g->partition_cap);
        *p = (struct partition){.from = rank, .first = rows, .next = rows};
        do
            rows += g->counts[rank++];
        while (rank < accounts && rows - p->first + g->counts[rank] <= PARTITION_ROWS &&
               rows + g->counts[rank] <= pass_rows);
        p->to = rank;
    }
    return rank;
}

static void places_fill(struct scanning *g)
{
    const struct replay_order *o = g->s->order;
    for (uint32_t i = 0; i < o->count; i++)
        g->places[i].partition = ELSEWHERE;
    for (uint32_t k = 0; k < g->partition_count; k++)
        for (uint32_t r = g->partitions[k].from; r < g->partitions[k].to; r++)
            g->places[o->account[r]] = (struct place){r, k};
}

/* Rows of the largest pass, and how many passes there are. */
static size_t passes_count(struct scanning *g, size_t pass_rows)
{
    size_t most = 0;
    g->passes = 0;
    for (uint32_t rank = 0; rank < g->s->order->count; g->passes++) {
        uint32_t next = pass_plan(g, rank, pass_rows);
        size_t rows = 0;
        for (; rank < next; rank++)
            rows += g->counts[rank];
        if (rows > most) most = rows;
    }
    return most;
}

/* The same, with more rows at once until there are no more passes than may be: accounts
 * are not cut, and links make several rows of an event. */
static size_t passes_fit(struct scanning *g, size_t *pass_rows)
{
    size_t passes_max = g->s->passes;
    size_t most = passes_count(g, *pass_rows);
    while (passes_max && g->passes > passes_max) {
        *pass_rows += *pass_rows / passes_max + 1;
        most = passes_count(g, *pass_rows);
    }
    return most;
}

static void recs_make(struct scanning *g, size_t most)
{
    size_t bytes = most * sizeof *g->recs;
    us_arena_init(&g->memory, bytes + HUGE_FROM);
    if (bytes >= HUGE_FROM) madvise(g->memory.base, bytes, MADV_HUGEPAGE);
    g->recs = us_new(&g->memory, struct replay_rec, most + 1);
    if (g->s->value_count) return;
    us_arena_init(&g->numbers, most * sizeof *g->seqs + HUGE_FROM);
    g->seqs = us_new(&g->numbers, uint32_t, most + 1);
}

static us_code passes_run(struct scanning *g, struct us_error *e)
{
    struct replay_scan *s = g->s;
    size_t pass_rows = s->pass_rows ? s->pass_rows : REPLAY_PASS_ROWS;
    recs_make(g, passes_fit(g, &pass_rows));
    g->total = (int64_t)(s->events * g->passes);
    for (uint32_t rank = 0; rank < s->order->count;) {
        rank = pass_plan(g, rank, pass_rows);
        places_fill(g);
        s->took++;
        g->extra_count = g->swap_count = 0;
        US_TRY(deal(g, e));
        for (size_t k = 0; k < g->partition_count; k++) {
            US_TRY(ended(g, e));
            US_TRY(accounts_take(g, &g->partitions[k], e));
        }
    }
    return US_OK;
}

us_code replay_scan(struct replay_scan *s, struct us_error *e)
{
    struct scanning *g;
    struct us_arena arena;
    us_arena_init(&arena, MEMORY_MAX);
    g = us_new(&arena, struct scanning, 1);
    g->s = s;
    us_arena_init(&g->stays, MEMORY_MAX);
    us_arena_init(&g->changes, MEMORY_MAX);
    us_arena_init(&g->pass, MEMORY_MAX);
    us_arena_init(&g->sorting, MEMORY_MAX);
    g->counts = us_new(&arena, uint32_t, s->order->count + 1);
    g->places = us_new(&arena, struct place, s->order->count + 1);
    s->events = s->took = 0;
    us_assert(s->range.to - s->range.from <= UINT32_MAX);
    us_code code = replay_spans_read(s->h, s->range, &g->spans, e);
    s->spans = g->spans.sum;
    if (code == US_OK) code = count(g, e);
    if (code == US_OK) code = passes_run(g, e);
    replay_spans_done(&g->spans);
    us_arena_done(&g->memory);
    us_arena_done(&g->numbers);
    us_arena_done(&g->stays);
    us_arena_done(&g->changes);
    us_arena_done(&g->pass);
    us_arena_done(&g->sorting);
    us_arena_done(&arena);
    return code;
}
