/* scan.h: inside src/json: the scanner, and the shapes it speculates on.
 *
 * The scanner reads a text once, in order, and accepts what RFC 8259 does. Where an
 * object begins that may look like an earlier one (the root, and every element of an
 * array) it first tries the shapes: the bytes between values ("glue") are compared as
 * they stand, 32 at a time, only the values are read, and the nodes are copied from
 * those of the earlier object, moved to where this one stands.
 */
#pragma once

#include "json/json.h"
#include "json/simd.h"

#include <immintrin.h>
#include <string.h>

enum {
    SHAPE_EDGES = 8192,
    SHAPE_PARTS_IN = 2, /* nodes a glue keeps with itself; most need no more */
    SHAPE_PARTS = 32768,
    SHAPE_CLOSES = 16384,
    SHAPE_BYTES = 1 << 19,
    SHAPE_NODES = 200,   /* a larger object is not learnt */
    SHAPE_DEPTH = 16,    /* nor a deeper one */
    SHAPE_SIBLINGS = 64, /* shapes that part at one place; the stalest goes */
    SHAPE_WAIT = 1000,   /* so that learning stays cheap where no shape comes twice */
    GLUE_HEAD = 32,
};

/* What stands after a glue. */
typedef enum then { THEN_STRING, THEN_SCALAR, THEN_DONE } then;

/* A container that a glue closes: `to` counts from the glue, the others from the
 * object's first node. */
struct close {
    uint16_t open, next;
    uint32_t to;
};

/* Shapes are a trie of glues: objects that begin alike share their beginning, so that
 * key orders and optional members cost one more compare where they part. */
struct edge {
    _Alignas(64) char head[GLUE_HEAD]; /* the first bytes of the glue */
    struct edge *child, *sibling;
    uint64_t tail; /* second half of the node of the value that follows */
    uint32_t mask; /* which bytes of head count */
    uint16_t len;
    uint16_t node;                      /* the first node this glue makes */
    us_json_node first[SHAPE_PARTS_IN]; /* its first nodes, then from `more` on */
    const us_json_node *more;
    const char *rest; /* its bytes past head */
    const struct close *closed;
    uint8_t parts, closes;
    uint8_t then;
    uint8_t depth; /* the deepest nesting up to here */
    bool compact;
};

struct shapes {
    struct edge *first; /* the roots of the trie */
    uint32_t edge_count, part_count, close_count, byte_count;
    uint32_t
        wait; /* misses to let pass before the trie is emptied, 0 while it has room */
    uint64_t hits;
    struct edge edges[SHAPE_EDGES];
    us_json_node parts[SHAPE_PARTS];
    struct close closes[SHAPE_CLOSES];
    uint8_t notes[SHAPE_EDGES][US_JSON_NOTES]; /* by the edge that ends a shape */
    char bytes[SHAPE_BYTES + GLUE_HEAD];
};

struct us_json {
    struct us_arena memory; /* this struct */
    struct us_arena tape;   /* the nodes alone: a vector that never moves */
    us_json_node *nodes;
    size_t count, cap;
    uint32_t open[US_JSON_LINE_DEPTH_MAX]; /* the containers around, outermost first */
    unsigned depth_max;
    struct us_json_simd *judge;
    uint8_t *notes; /* of the root's shape; NULL */
    bool compact;
    bool speculate; /* false only in tests and measurements */
    struct shapes shapes;
};

/* Why a text was refused, and where. */
struct fault {
    const char *at;
    const char *why; /* a key of i18n/ */
};

/* True: p holds the tape. False: *f says what is wrong. */
bool us_json_scan(struct us_json *p, us_str text, struct fault *f);

/* What an object of a known shape brought. */
struct matched {
    size_t nodes;
    uint8_t *notes;
};

/* The object that begins at `at` has a known shape: its nodes follow p->count, which
 * is left alone. Returns where it ends, NULL when no shape fits. `depth` is how deep it
 * lies itself. */
const char *us_json_shape_match(struct us_json *p, us_str text, const char *at,
    unsigned depth, struct matched *made);

/* Keep the shape of the object whose nodes begin at `node` and go to the last. */
void us_json_shape_learn(struct us_json *p, us_str text, size_t node);

void us_json_shapes_forget(struct shapes *s);

void us_json_grow(struct us_json *p, size_t n);

/* Room for n more nodes. */
static inline void us_json_room(struct us_json *p, size_t n)
{
    if (__builtin_expect(p->cap - p->count < n, 0)) us_json_grow(p, n);
}

/* The closing quote of the string whose text begins at `from`, of which all before q
 * is plain ASCII. NULL with *f set. */
const char *us_json_string_slow(
    const char *from, const char *q, const char *end, bool *escaped, struct fault *f);

/* What a backslash at p begins: its length, 0 when it is no escape. */
size_t us_json_escape(const char *p, const char *end);

/* Texts are read in a row; asking for what comes next hides a third of the time that
 * fresh memory takes. */
static inline void us_json_ahead(const char *at)
{
    _mm_prefetch(at + 1024, _MM_HINT_T0);
}

/* The first byte from p on that is a quote, a backslash, a control character or not
 * ASCII. Reads up to 31 bytes past end, and may answer one of those. */
static inline const char *us_json_plain_end(const char *p, const char *end)
{
    const __m256i quote = _mm256_set1_epi8('"');
    const __m256i slash = _mm256_set1_epi8('\\');
    const __m256i space = _mm256_set1_epi8(' ');
    for (; p < end; p += 32) {
        __m256i v = _mm256_loadu_si256((const __m256i *)p);
        /* As signed bytes the controls and all from 0x80 on are less than a space. */
        __m256i special = _mm256_or_si256(_mm256_cmpgt_epi8(space, v),
            _mm256_or_si256(_mm256_cmpeq_epi8(v, quote), _mm256_cmpeq_epi8(v, slash)));
        uint32_t at = (uint32_t)_mm256_movemask_epi8(special);
        if (at) return p + __builtin_ctz(at);
    }
    return end;
}

static inline const char *us_json_string_end(
    const char *p, const char *end, bool *escaped, struct fault *f)
{
    const char *q = us_json_plain_end(p, end);
    *escaped = false;
    if (__builtin_expect(q < end && *q == '"', 1)) return q;
    return us_json_string_slow(p, q, end, escaped, f);
}

static inline const char *us_json_digits(const char *p, const char *end)
{
    while (p < end && (unsigned char)(*p - '0') < 10)
        p++;
    return p;
}

/* Where the number at p ends; NULL when it is none. RFC 8259 syntax of any size:
 * what a double cannot hold is still a number of the text. */
static inline const char *us_json_number_end(const char *p, const char *end)
{
    if (p < end && *p == '-') p++;
    if (p < end && *p == '0') {
        p++;
    } else {
        const char *from = p;
        p = us_json_digits(p, end);
        if (p == from) return NULL;
    }
    if (p < end && *p == '.') {
        const char *from = p + 1;
        p = us_json_digits(from, end);
        if (p == from) return NULL;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-')) p++;
        const char *from = p;
        p = us_json_digits(p, end);
        if (p == from) return NULL;
    }
    return p;
}

/* A number, true, false or null at p: where it ends. NULL when it is none. */
static inline const char *us_json_scalar_end(
    const char *p, const char *end, uint8_t *kind)
{
    static const us_str words[] = {
        [US_JSON_NULL] = US_S_INIT("null"),
        [US_JSON_FALSE] = US_S_INIT("false"),
        [US_JSON_TRUE] = US_S_INIT("true"),
    };
    uint8_t k = *p == 't'   ? US_JSON_TRUE
                : *p == 'f' ? US_JSON_FALSE
                : *p == 'n' ? US_JSON_NULL
                            : US_JSON_NUMBER;
    *kind = k;
    if (k == US_JSON_NUMBER) return us_json_number_end(p, end);
    us_str word = words[k];
    if ((size_t)(end - p) < word.len || memcmp(p, word.ptr, word.len) != 0) return NULL;
    return p + word.len;
}
