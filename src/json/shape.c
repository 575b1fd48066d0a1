#include "json/scan.h"

#include <string.h>

/* Is what stands past the glue a number or a word? Where a value was one of these and
 * is a string now, the glue alone still fits. */
static bool scalar_at(const char *p)
{
    return *p != '"' && *p != '{' && *p != '[';
}

static bool rest_same(const struct edge *e, const char *at)
{
    for (uint32_t i = GLUE_HEAD; i < e->len; i += GLUE_HEAD) {
        const char *want = e->rest + i - GLUE_HEAD;
        __m256i a = _mm256_loadu_si256((const __m256i *)(at + i));
        __m256i b = _mm256_loadu_si256((const __m256i *)want);
        uint32_t same = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, b));
        uint32_t left = e->len - i;
        uint32_t mask = left < GLUE_HEAD ? (1U << left) - 1 : UINT32_MAX;
        if ((same & mask) != mask) return false;
    }
    return true;
}

/* A glue of up to GLUE_HEAD bytes may run past end into what happens to stand there:
 * the caller looks. */
static inline bool fits(const struct edge *e, const char *at, const char *end)
{
    __m256i a = _mm256_loadu_si256((const __m256i *)at);
    __m256i b = _mm256_load_si256((const __m256i *)e->head);
    uint32_t same = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, b));
    if ((same & e->mask) != e->mask) return false;
    if (__builtin_expect(e->len > GLUE_HEAD, 0) &&
        (e->len > end - at || !rest_same(e, at)))
        return false;
    return e->then != THEN_SCALAR || scalar_at(at + e->len);
}

/* Among the siblings of *list, whose glue stands at `at`? It moves to the front. */
static struct edge *find(struct edge **list, const char *at, const char *end)
{
    for (struct edge **link = list; *link; link = &(*link)->sibling) {
        struct edge *e = *link;
        if (!fits(e, at, end)) continue;
        *link = e->sibling;
        e->sibling = *list;
        *list = e;
        return e;
    }
    return NULL;
}

static inline void put_part(us_json_node *to, const us_json_node *part, __m128i shift)
{
    __m128i n = _mm_loadu_si128((const __m128i *)part);
    _mm_storeu_si128((__m128i *)to, _mm_add_epi32(n, shift));
}

/* The nodes of one glue, moved to where it stands; then what it closes. The first two
 * are always written: what comes next overwrites them where they were none. */
static inline void place(
    const struct edge *e, us_json_node *nodes, uint32_t base, uint32_t at)
{
    __m128i shift = _mm_set_epi32(0, (int)base, (int)at, (int)at);
    us_json_node *to = nodes + e->node;
    put_part(to, &e->first[0], shift);
    put_part(to + 1, &e->first[1], shift);
    size_t parts = e->parts;
    for (size_t i = SHAPE_PARTS_IN; i < parts; i++)
        put_part(to + i, &e->more[i - SHAPE_PARTS_IN], shift);
    const struct close *closed = e->closed;
    for (size_t i = 0, n = e->closes; i < n; i++) {
        us_json_node *open = nodes + closed[i].open;
        open->to = at + closed[i].to;
        open->next = base + closed[i].next;
    }
}

/* A node in two halves, as it lies in memory. */
static inline void put_value(us_json_node *n, uint32_t from, uint32_t to, uint64_t tail)
{
    uint64_t halves[2] = {from | (uint64_t)to << 32, tail};
    memcpy(n, halves, sizeof halves);
}

const char *us_json_shape_match(struct us_json *p, us_str text, const char *at,
    unsigned depth, struct matched *made)
{
    us_json_room(p, SHAPE_NODES + SHAPE_PARTS_IN);
    us_json_node *nodes = p->nodes + p->count;
    uint32_t base = (uint32_t)p->count;
    const char *end = text.ptr + text.len;
    bool compact = true;
    for (struct edge **list = &p->shapes.first;;) {
        struct edge *e = *list;
        if (!e) return NULL;
        if (!fits(e, at, end) && !(e = find(list, at, end))) return NULL;
        us_json_ahead(at);
        /* While the value is read, what most likely follows it comes near, if anything
         * does; a number, as there is no 64 bytes past nothing. */
        uintptr_t follows = (uintptr_t)e->child;
        _mm_prefetch((const char *)follows, _MM_HINT_T0);
        _mm_prefetch((const char *)(follows + 64), _MM_HINT_T0);
        place(e, nodes, base, (uint32_t)(at - text.ptr));
        at += e->len;
        if (at > end) return NULL;
        compact &= e->compact;
        us_json_node *n = nodes + e->node + e->parts;
        struct fault fault;
        const char *to;
        uint64_t tail = e->tail + base;
        if (e->then == THEN_STRING) {
            bool escaped;
            to = us_json_string_end(at, end, &escaped, &fault);
            tail += (uint64_t)escaped << 40;
        } else if (e->then == THEN_SCALAR) {
            uint8_t kind;
            to = us_json_scalar_end(at, end, &kind);
            tail += (uint64_t)kind << 32;
        } else {
            if (depth + e->depth > p->depth_max) return NULL;
            p->shapes.hits++;
            p->compact &= compact;
            *made = (struct matched){
                (size_t)(n - nodes), p->shapes.notes[e - p->shapes.edges]};
            return at;
        }
        if (!to) return NULL;
        put_value(n, (uint32_t)(at - text.ptr), (uint32_t)(to - text.ptr), tail);
        at = to;
        list = &e->child;
    }
}

/* ---- learning ---------------------------------------------------------------- */

/* A walk over the nodes of one object, cut into glues. */
struct lesson {
    struct shapes *s;
    us_str text;
    const us_json_node *nodes; /* of the object: node 0 is its root */
    uint32_t base;             /* its place in the tape */
    uint32_t count;
    struct edge **list; /* where the next edge hangs */
    uint32_t from;      /* text: the glue begins here */
    uint32_t part;      /* node: the glue's first */
    struct close closed[SHAPE_DEPTH * 2];
    uint8_t closes;
    uint8_t deepest;
};

void us_json_shapes_forget(struct shapes *s)
{
    s->first = NULL;
    s->edge_count = s->part_count = s->close_count = s->byte_count = s->wait = 0;
}

static bool blank_between(const struct lesson *l, uint32_t from, uint32_t to)
{
    /* Space inside a key is no space between tokens. */
    for (uint32_t i = from, k = l->part; i < to; i++) {
        while (k < l->count && l->nodes[k].kind != US_JSON_STRING)
            k++;
        if (k < l->count && i == l->nodes[k].from) {
            i = l->nodes[k].to;
            k++;
        } else if ((unsigned char)l->text.ptr[i] <= ' ') {
            return true;
        }
    }
    return false;
}

static bool same_glue(const struct edge *e, const char *at, uint32_t len, then t)
{
    if (e->len != len || e->then != t) return false;
    size_t head = len < GLUE_HEAD ? len : GLUE_HEAD;
    return memcmp(e->head, at, head) == 0 &&
           memcmp(e->rest, at + head, len - head) == 0;
}

/* The edge there is for this glue; or NULL, and then the list has room for one. */
static struct edge *known(struct lesson *l, const char *at, uint32_t len, then t)
{
    struct edge *last = NULL;
    int n = 0;
    for (struct edge *e = *l->list; e; e = e->sibling) {
        if (same_glue(e, at, len, t)) return e;
        if (++n < SHAPE_SIBLINGS) last = e;
    }
    if (last) last->sibling = NULL;
    return NULL;
}

static void fill(struct lesson *l, struct edge *e, const char *at, uint32_t to_node)
{
    struct shapes *s = l->s;
    size_t head = e->len < GLUE_HEAD ? e->len : GLUE_HEAD;
    e->mask = head < GLUE_HEAD ? (1U << head) - 1 : UINT32_MAX;
    memcpy(e->head, at, head);
    char *rest = s->bytes + s->byte_count;
    memcpy(rest, at + head, e->len - head);
    s->byte_count += (uint32_t)(e->len - head);
    e->rest = rest;
    e->node = (uint16_t)l->part;
    e->parts = (uint8_t)(to_node - l->part);
    e->more = s->parts + s->part_count;
    for (uint32_t i = 0; i < e->parts; i++) {
        us_json_node n = l->nodes[l->part + i];
        n.from -= l->from;
        n.to -= l->from;
        n.next -= l->base;
        if (i < SHAPE_PARTS_IN) {
            e->first[i] = n;
        } else {
            s->parts[s->part_count++] = n;
        }
    }
    e->tail =
        to_node + 1 + ((uint64_t)(e->then == THEN_STRING ? US_JSON_STRING : 0) << 32);
    struct close *closed = s->closes + s->close_count;
    memcpy(closed, l->closed, sizeof *closed * l->closes);
    e->closed = closed;
    e->closes = l->closes;
    s->close_count += l->closes;
}

/* The glue up to byte `to`, with the nodes up to to_node. False: no room is left. */
static bool step(struct lesson *l, uint32_t to, uint32_t to_node, then t)
{
    struct shapes *s = l->s;
    const char *at = l->text.ptr + l->from;
    uint32_t len = to - l->from;
    struct edge *e = known(l, at, len, t);
    if (!e) {
        bool room = s->edge_count < SHAPE_EDGES &&
                    s->part_count + SHAPE_NODES <= SHAPE_PARTS &&
                    s->close_count + SHAPE_DEPTH * 2 <= SHAPE_CLOSES &&
                    len <= UINT16_MAX && s->byte_count + len <= SHAPE_BYTES;
        if (!room) return false;
        if (t == THEN_DONE) memset(s->notes[s->edge_count], 0, US_JSON_NOTES);
        e = &s->edges[s->edge_count++];
        *e = (struct edge){.len = (uint16_t)len, .then = (uint8_t)t};
        fill(l, e, at, to_node);
        e->depth = l->deepest;
        e->compact = !blank_between(l, l->from, to);
        e->sibling = *l->list;
        *l->list = e;
    }
    l->list = &e->child;
    l->closes = 0;
    return true;
}

/* Where a container stands while the lesson is inside it. */
struct inside {
    uint32_t node;
    bool object;
    bool key; /* the next node is a key */
};

/* True when node i, a leaf of kind string, is a key; keeps count of whose turn it is.
 */
static bool takes_key(struct inside *around)
{
    if (!around->object) return false;
    around->key = !around->key;
    return !around->key;
}

static bool walk(struct lesson *l)
{
    struct inside around[SHAPE_DEPTH];
    unsigned depth = 0;
    for (uint32_t i = 0;; i++) {
        for (; depth && l->nodes[around[depth - 1].node].next - l->base == i; depth--) {
            uint32_t open = around[depth - 1].node;
            if (l->closes == SHAPE_DEPTH * 2) return true;
            l->closed[l->closes++] = (struct close){
                (uint16_t)open, (uint16_t)i, l->nodes[open].to - l->from};
        }
        if (i == l->count) return step(l, l->nodes[0].to, i, THEN_DONE);
        const us_json_node *n = &l->nodes[i];
        bool container = n->kind == US_JSON_OBJECT || n->kind == US_JSON_ARRAY;
        bool is_key = depth && takes_key(&around[depth - 1]);
        if (container) {
            if (depth == SHAPE_DEPTH) return true;
            bool object = n->kind == US_JSON_OBJECT;
            around[depth++] = (struct inside){i, object, true};
            if (depth > l->deepest) l->deepest = (uint8_t)depth;
        } else if (!is_key) {
            bool text = n->kind == US_JSON_STRING;
            if (!step(l, n->from, i, text ? THEN_STRING : THEN_SCALAR)) return false;
            l->from = n->to;
            l->part = i + 1;
        }
    }
}

void us_json_shape_learn(struct us_json *p, us_str text, size_t node)
{
    struct shapes *s = &p->shapes;
    if (p->count - node > SHAPE_NODES) return;
    if (s->wait) {
        if (--s->wait) return;
        us_json_shapes_forget(s);
    }
    struct lesson l = {
        .s = s,
        .text = text,
        .nodes = p->nodes + node,
        .base = (uint32_t)node,
        .count = (uint32_t)(p->count - node),
        .list = &s->first,
        .from = p->nodes[node].from,
    };
    if (!walk(&l)) s->wait = SHAPE_WAIT;
}
