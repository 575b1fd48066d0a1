/* quick_days.c: conditions over all days of an account at once, as bits. */

#include "base/err.h"
#include "signal/quick.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

typedef struct us_day_bits bits;

static bool none_of(const uint64_t *a, size_t words)
{
    uint64_t any = 0;
    for (size_t w = 0; w < words; w++)
        any |= a[w];
    return any == 0;
}

static void all_or_none(bits out, bool yes, size_t words)
{
    size_t bytes = words * sizeof(uint64_t);
    memset(out.in_yes, yes ? 0xff : 0, bytes);
    memset(out.end_yes, yes ? 0xff : 0, bytes);
    memset(out.in_no, yes ? 0 : 0xff, bytes);
    memset(out.end_no, yes ? 0 : 0xff, bytes);
}

/* With whatever lay there before. */
static bits room(struct us_past *s)
{
    struct us_quick *q = s->quick;
    size_t words = us_past_words(s);
    if (q->pool_at + 4 * words > q->pool_cap) {
        q->pool_cap = 2 * q->pool_cap + 256 * words;
        q->pool = us_new(s->arena, uint64_t, q->pool_cap);
        q->pool_at = 0;
    }
    uint64_t *at = q->pool + q->pool_at;
    q->pool_at += 4 * words;
    return (bits){at, at + words, at + 2 * words, at + 3 * words};
}

/* ---- atoms ---- */

/* Of 16 days: a - b, or that less c - d. */
static inline __m256i load(const int16_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

struct difference {
    const int16_t *a, *b, *c, *d; /* c: NULL when there is no more */
};

static inline __m256i difference(const struct difference *of, size_t day)
{
    __m256i v = _mm256_sub_epi16(load(of->a + day), load(of->b + day));
    if (!of->c) return v;
    __m256i w = _mm256_sub_epi16(load(of->c + day), load(of->d + day));
    return _mm256_sub_epi16(v, w);
}

/* The days of a word on which it is more than k. */
static inline uint64_t above(const struct difference *of, size_t word, __m256i k)
{
    uint64_t out = 0;
    for (size_t half = 0; half < 2; half++) {
        size_t day = 64 * word + 32 * half;
        __m256i low = _mm256_cmpgt_epi16(difference(of, day), k);
        __m256i high = _mm256_cmpgt_epi16(difference(of, day + 16), k);
        __m256i both = _mm256_permute4x64_epi64(_mm256_packs_epi16(low, high), 0xd8);
        out |= (uint64_t)(uint32_t)_mm256_movemask_epi8(both) << (32 * half);
    }
    return out;
}

/* Days on which it is at least k: at the end, at most and at least within the day. */
struct reached {
    uint64_t *end, *most, *least;
};

static void reach(
    struct us_past *s, const struct us_quick_node *n, int32_t k, struct reached *out)
{
    size_t words = us_past_words(s);
    struct us_quick_view x = us_quick_view(s, n->x);
    struct difference end = {x.end, x.end_less, NULL, NULL};
    struct difference least = {x.begin, x.begin_less, NULL, NULL};
    struct difference most = end;
    bool still = us_quick_still(n);
    if (n->two) {
        struct us_quick_view y = us_quick_view(s, n->y);
        end.c = least.c = y.end;
        end.d = least.d = y.end_less;
        most.c = y.begin;
        most.d = y.begin_less;
    }
    __m256i above_it = _mm256_set1_epi16((int16_t)(k - 1));
    for (size_t w = 0; w < words; w++) {
        out->end[w] = above(&end, w, above_it);
        out->least[w] = still ? out->end[w] : above(&least, w, above_it);
        out->most[w] = n->two && !still ? above(&most, w, above_it) : out->end[w];
    }
}

/* x >= k as bits; `not`: x < k. */
static void as_bits(const struct reached *r, bool not, bits out, size_t words)
{
    for (size_t w = 0; w < words; w++) {
        uint64_t most = r->most[w];
        uint64_t least = r->least[w];
        uint64_t end = r->end[w];
        out.in_yes[w] = not ? ~least : most;
        out.in_no[w] = not ? most : ~least;
        out.end_yes[w] = not ? ~end : end;
        out.end_no[w] = not ? end : ~end;
    }
}

static void both(bits out, bits a, size_t words)
{
    for (size_t w = 0; w < words; w++) {
        out.in_yes[w] &= a.in_yes[w];
        out.in_no[w] |= a.in_no[w];
        out.end_yes[w] &= a.end_yes[w];
        out.end_no[w] |= a.end_no[w];
    }
}

static void either(bits out, bits a, size_t words)
{
    for (size_t w = 0; w < words; w++) {
        out.in_yes[w] |= a.in_yes[w];
        out.in_no[w] &= a.in_no[w];
        out.end_yes[w] |= a.end_yes[w];
        out.end_no[w] &= a.end_no[w];
    }
}

static void negate(bits out, size_t words)
{
    for (size_t w = 0; w < words; w++) {
        uint64_t in = out.in_yes[w];
        uint64_t end = out.end_yes[w];
        out.in_yes[w] = out.in_no[w];
        out.in_no[w] = in;
        out.end_yes[w] = out.end_no[w];
        out.end_no[w] = end;
    }
}

static struct reached reached_of(bits at)
{
    return (struct reached){at.end_yes, at.in_yes, at.in_no};
}

static void atom(struct us_past *s, const struct us_quick_node *n, bits out)
{
    size_t words = us_past_words(s);
    bool one_more = n->op == US_OP_GT || n->op == US_OP_LE;
    bool less = n->op == US_OP_LT || n->op == US_OP_LE;
    int32_t k = n->k + one_more;
    if (!less && n->op != US_OP_NE && k > 0 && !us_quick_reaches(s, n->x, k)) {
        all_or_none(out, false, words);
        return;
    }
    bits more = room(s);
    struct reached r = reached_of(more);
    reach(s, n, k, &r);
    as_bits(&r, less, out, words);
    if (n->op != US_OP_EQ && n->op != US_OP_NE) return;
    reach(s, n, k + 1, &r);
    bits above_k = room(s);
    as_bits(&r, true, above_k, words);
    both(out, above_k, words);
    if (n->op == US_OP_NE) negate(out, words);
}

/* ---- sums ---- */

static bool sums(struct us_past *s, const struct us_quick_node *n, bits out)
{
    size_t words = us_past_words(s);
    bool less = n->op == US_OP_LT;
    if (n->m > 0 && us_quick_bound(s, n->x.row) * US_MILLION < (double)n->m) {
        all_or_none(out, less, words);
        return true;
    }
    const int64_t *total = us_quick_total(s, n->x.row);
    if (!total) return false;
    const int64_t *before = total - (n->x.n ? n->x.n : 0);
    bits more = room(s);
    struct reached r = reached_of(more);
    memset(r.end, 0, words * sizeof *r.end);
    memset(r.least, 0, words * sizeof *r.least);
    for (size_t d = 0; d < s->days; d++) {
        int64_t gone = n->x.n ? before[d] : 0;
        uint64_t end = total[d] - gone >= n->m;
        uint64_t least = total[(int64_t)d - 1] - gone >= n->m;
        r.end[d / 64] |= end << (d % 64);
        r.least[d / 64] |= least << (d % 64);
    }
    memcpy(r.most, r.end, words * sizeof *r.end);
    as_bits(&r, less, out, words);
    return true;
}

/* ---- numbers, day by day ---- */

static struct us_quick_number exactly(double v)
{
    return (struct us_quick_number){v, v, v};
}

static const struct us_quick_view *view_of(struct us_past *s, uint32_t node)
{
    struct us_quick *q = s->quick;
    if (q->viewed[node] != s->turn) {
        q->views[node] = us_quick_view(s, q->nodes[node].x);
        q->viewed[node] = s->turn;
    }
    return &q->views[node];
}

static struct us_quick_number of_count(struct us_past *s, uint32_t node, size_t d)
{
    const struct us_quick_view *v = view_of(s, node);
    double end = v->end[d] - v->end_less[d];
    return (struct us_quick_number){v->begin[d] - v->begin_less[d], end, end};
}

static struct us_quick_number of_trend(
    struct us_past *s, const struct us_quick_node *n, uint32_t node, size_t d)
{
    struct us_quick_term then = n->x;
    double floor = s->plan->nodes[node].constant.number;
    then.back = 1 + n->x.n;
    struct us_quick_view v = us_quick_view(s, then);
    double before = v.end[d] - v.end_less[d];
    return exactly(of_count(s, node, d).end / fmax(floor, before));
}

static struct us_quick_number times(struct us_quick_number a, struct us_quick_number b)
{
    double w = a.least * b.least;
    double x = a.least * b.most;
    double y = a.most * b.least;
    double z = a.most * b.most;
    return (struct us_quick_number){
        fmin(fmin(w, x), fmin(y, z)), fmax(fmax(w, x), fmax(y, z)), a.end * b.end};
}

struct us_quick_number us_quick_number(struct us_past *s, uint32_t node, size_t d)
{
    const struct us_quick_node *n = &s->quick->nodes[node];
    if (n->kind == US_QUICK_CONST) return exactly(s->plan->nodes[node].constant.number);
    if (n->kind == US_QUICK_COUNT) return of_count(s, node, d);
    if (n->kind == US_QUICK_TREND) return of_trend(s, n, node, d);
    us_assert(n->kind == US_QUICK_ARITHMETIC);
    struct us_quick_number a = us_quick_number(s, n->a, d);
    struct us_quick_number b = us_quick_number(s, n->b, d);
    if (n->op == US_OP_MULTIPLY) return times(a, b);
    if (n->op == US_OP_ADD)
        return (struct us_quick_number){
            a.least + b.least, a.most + b.most, a.end + b.end};
    return (struct us_quick_number){a.least - b.most, a.most - b.least, a.end - b.end};
}

struct truth {
    bool yes, no;
};

static struct truth compared(
    us_op op, struct us_quick_number a, struct us_quick_number b)
{
    bool ge = a.most >= b.least; /* can be */
    bool lt = a.least < b.most;
    bool gt = a.most > b.least;
    bool le = a.least <= b.most;
    bool one = a.least == a.most && b.least == b.most && a.least == b.least;
    switch ((int)op) {
    case US_OP_GE: return (struct truth){ge, lt};
    case US_OP_GT: return (struct truth){gt, le};
    case US_OP_LE: return (struct truth){le, gt};
    case US_OP_LT: return (struct truth){lt, ge};
    case US_OP_EQ: return (struct truth){ge && le, !one};
    default: return (struct truth){!one, ge && le};
    }
}

/* Most are a count, or a constant times one: read without going through nodes. */
struct scaled {
    double by;                      /* not below 0 */
    const struct us_quick_view *of; /* NULL: 1 */
};

static bool scaled_of(struct us_past *s, uint32_t node, struct scaled *out)
{
    const struct us_quick_node *n = &s->quick->nodes[node];
    const struct us_node *at = &s->plan->nodes[node];
    *out = (struct scaled){.by = 1};
    if (n->kind == US_QUICK_ARITHMETIC && n->op == US_OP_MULTIPLY) {
        bool left = s->quick->nodes[n->a].kind == US_QUICK_CONST;
        at = &s->plan->nodes[left ? n->a : n->b];
        node = left ? n->b : n->a;
        n = &s->quick->nodes[node];
        if (at->op != US_OP_CONST || n->kind != US_QUICK_COUNT) return false;
    }
    if (at->op == US_OP_CONST) out->by = at->constant.number;
    if (n->kind == US_QUICK_COUNT) out->of = view_of(s, node);
    return out->by >= 0 && (n->kind == US_QUICK_COUNT || n->kind == US_QUICK_CONST);
}

static inline struct us_quick_number scaled_on(const struct scaled *x, size_t d)
{
    const struct us_quick_view *v = x->of;
    if (!v) return exactly(x->by);
    double end = x->by * (v->end[d] - v->end_less[d]);
    return (struct us_quick_number){x->by * (v->begin[d] - v->begin_less[d]), end, end};
}

/* Only among the days asked about: elsewhere it is left at no. */
static void compare(
    struct us_past *s, const struct us_quick_node *n, const uint64_t *among, bits out)
{
    size_t words = us_past_words(s);
    struct scaled x;
    struct scaled y;
    bool scaled = scaled_of(s, n->a, &x) && scaled_of(s, n->b, &y);
    all_or_none(out, false, words);
    for (size_t w = 0; w < words; w++)
        for (uint64_t left = among[w]; left; left &= left - 1) {
            size_t d = 64 * w + (size_t)__builtin_ctzll(left);
            uint64_t bit = left & -left;
            struct us_quick_number a =
                scaled ? scaled_on(&x, d) : us_quick_number(s, n->a, d);
            struct us_quick_number b =
                scaled ? scaled_on(&y, d) : us_quick_number(s, n->b, d);
            struct truth in = compared(n->op, a, b);
            struct truth end = compared(n->op, exactly(a.end), exactly(b.end));
            out.in_yes[w] |= in.yes ? bit : 0;
            out.in_no[w] ^= in.no ? 0 : bit;
            out.end_yes[w] |= end.yes ? bit : 0;
            out.end_no[w] ^= end.yes ? bit : 0;
        }
}

/* ---- conditions ---- */

/* What may be missing is not true then. */
static void by_truth(struct us_past *s, uint32_t node, bits out)
{
    struct us_day_truth t = us_past_truth(s, node);
    size_t words = us_past_words(s);
    memset(out.in_yes, 0, words * sizeof(uint64_t));
    memset(out.in_no, 0, words * sizeof(uint64_t));
    memset(out.end_yes, 0, words * sizeof(uint64_t));
    memset(out.end_no, 0, words * sizeof(uint64_t));
    for (size_t d = 0; d < s->days; d++) {
        size_t w = d / 64;
        size_t b = d % 64;
        out.in_yes[w] |= (uint64_t)(t.in[d] & US_CAN_YES) << b;
        out.in_no[w] |= (uint64_t)((t.in[d] & (US_CAN_NO | US_CAN_MISS)) != 0) << b;
        out.end_yes[w] |= (uint64_t)(t.end[d] & US_CAN_YES) << b;
        out.end_no[w] |= (uint64_t)((t.end[d] & (US_CAN_NO | US_CAN_MISS)) != 0) << b;
    }
}

static void condition(
    struct us_past *s, uint32_t node, const uint64_t *among, bits out);

/* The cheaper first; the other only where it matters. */
static void logic(
    struct us_past *s, const struct us_quick_node *n, const uint64_t *among, bits out)
{
    size_t words = us_past_words(s);
    condition(s, n->a, among, out);
    if (n->kind == US_QUICK_OR) {
        bits other = room(s);
        condition(s, n->b, among, other);
        either(out, other, words);
        return;
    }
    bits other = room(s);
    uint64_t left = 0;
    for (size_t w = 0; w < words; w++)
        left |= other.in_yes[w] = among[w] & out.in_yes[w];
    if (!left) {
        all_or_none(out, false, words);
        return;
    }
    bits second = room(s);
    condition(s, n->b, other.in_yes, second);
    both(out, second, words);
}

static void condition(struct us_past *s, uint32_t node, const uint64_t *among, bits out)
{
    const struct us_quick_node *n = &s->quick->nodes[node];
    us_quick_kind kind = us_quick_here(s) ? n->kind : US_QUICK_NOT;
    if (kind == US_QUICK_ATOM) {
        atom(s, n, out);
    } else if (kind == US_QUICK_COMPARE) {
        compare(s, n, among, out);
    } else if (kind == US_QUICK_AND || kind == US_QUICK_OR) {
        logic(s, n, among, out);
    } else if (kind == US_QUICK_NEGATION) {
        condition(s, n->a, among, out);
        negate(out, us_past_words(s));
    } else if (kind != US_QUICK_SUMS || !sums(s, n, out)) {
        by_truth(s, node, out);
    }
}

size_t us_past_words(const struct us_past *s)
{
    return (s->days + 63) / 64;
}

struct us_day_bits us_past_bits(struct us_past *s, uint32_t node, const uint64_t *among)
{
    size_t words = us_past_words(s);
    bool here = us_quick_here(s); /* which empties the pool of another account */
    bits out = room(s);
    if (none_of(among, words)) {
        all_or_none(out, false, words);
        return out;
    }
    condition(s, node, among, out);
    const uint64_t *blurred = here ? s->quick->blurred : NULL;
    for (size_t w = 0; blurred && w < words; w++) {
        out.in_yes[w] |= blurred[w];
        out.in_no[w] |= blurred[w];
        out.end_yes[w] |= blurred[w];
        out.end_no[w] |= blurred[w];
    }
    return out;
}

bool us_past_blurred(struct us_past *s, int64_t day)
{
    size_t d = (size_t)(day - s->first_day);
    if (!us_quick_here(s)) return true;
    return s->quick->blurred && s->quick->blurred[d / 64] >> (d % 64) & 1;
}
