#include "json/json.h"

#include "json/scan.h"

#include <string.h>

_Static_assert(STEP_NULL == (int)US_JSON_NULL && STEP_OBJECT == (int)US_JSON_OBJECT,
    "the steps of a walk begin with the kinds");
_Static_assert(sizeof(us_json_node) == 16, "a node is moved as one vector");
_Static_assert(SHAPE_NODES <= UINT8_MAX, "a note is the number of a node");

/* Two bytes of text make at most one node ("[1,1,…"). */
#define TAPE_BYTES \
    ((size_t)(US_JSON_BYTES_MAX / 2 + SHAPE_NODES) * sizeof(us_json_node))

static struct us_json *json_new(unsigned depth_max)
{
    struct us_arena memory;
    us_arena_init(&memory, sizeof(struct us_json) + 64);
    struct us_json *p = us_new(&memory, struct us_json, 1);
    p->memory = memory;
    us_arena_init(&p->tape, TAPE_BYTES);
    us_json_room(p, SHAPE_NODES);
    p->judge = us_json_simd_new();
    us_assert(p->judge);
    p->speculate = true;
    p->depth_max = depth_max;
    return p;
}

struct us_json *us_json_new(void)
{
    return json_new(US_JSON_DEPTH_MAX);
}

struct us_json *us_json_line_new(void)
{
    return json_new(US_JSON_LINE_DEPTH_MAX);
}

void us_json_free(struct us_json *p)
{
    if (!p) return;
    us_json_simd_free(p->judge);
    us_arena_done(&p->tape);
    struct us_arena memory = p->memory;
    us_arena_done(&memory);
}

static void answer(const struct us_json *p, us_str text, struct us_json_doc *doc)
{
    *doc = (struct us_json_doc){
        .text = text,
        .nodes = p->nodes,
        .count = (uint32_t)p->count,
        .compact = p->compact,
        .notes = p->notes,
    };
}

static us_code too_long(us_str text, struct us_error *e)
{
    return us_fail(e, US_LIMIT, "json.too_long",
        US_ARGS(US_BYTES("size", text.len), US_BYTES("limit", US_JSON_BYTES_MAX)));
}

/* Bytes are counted from 1, as lines are. */
static us_code bad(
    const struct us_json *p, us_str text, const struct fault *f, struct us_error *e)
{
    int64_t byte = f->at - text.ptr + 1;
    if (us_str_eq(us_str_c(f->why), US_S("json.too_deep")))
        return us_fail(e, US_LIMIT, f->why,
            US_ARGS(US_WHOLE("byte", byte), US_WHOLE("limit", p->depth_max)));
    return us_fail(e, US_INPUT, "json.bad",
        US_ARGS(US_WHOLE("byte", byte), US_WORD("why", f->why)));
}

/* ---- what simdjson says, as a tape -------------------------------------------- */

struct builder {
    struct us_json *p;
    uint32_t open[US_JSON_LINE_DEPTH_MAX];
    bool empty[US_JSON_LINE_DEPTH_MAX]; /* the container holds nothing yet */
    bool keyed;                         /* a key was last: its value needs no comma */
    unsigned depth;
    const char *text;
    size_t bytes; /* of the minified form */
};

static void count_comma(struct builder *b)
{
    if (b->depth && !b->keyed) {
        b->bytes += !b->empty[b->depth - 1];
        b->empty[b->depth - 1] = false;
    }
    b->keyed = false;
}

static bool take(void *into, us_json_step step, uint32_t from, uint32_t to)
{
    struct builder *b = into;
    struct us_json *p = b->p;
    if (step == STEP_CLOSE) {
        us_json_node *n = &p->nodes[b->open[--b->depth]];
        n->to = to;
        n->next = (uint32_t)p->count;
        return true;
    }
    count_comma(b);
    bool text = step == STEP_KEY || step == STEP_STRING;
    us_json_room(p, 1);
    p->nodes[p->count] = (us_json_node){
        .from = from,
        .to = to,
        .next = (uint32_t)p->count + 1,
        .kind = (uint8_t)(step == STEP_KEY ? US_JSON_STRING : (us_json_kind)step),
        .escaped = text && to > from && memchr(b->text + from, '\\', to - from),
    };
    bool container = step == STEP_ARRAY || step == STEP_OBJECT;
    b->keyed = step == STEP_KEY;
    b->bytes += (container ? 2 : to - from) + (text ? 2 : 0) + b->keyed;
    if (container) {
        b->empty[b->depth] = true;
        b->open[b->depth++] = (uint32_t)p->count;
    }
    p->count++;
    return true;
}

/* simdjson says whether; the scanner, which goes byte by byte, says where and why. */
static us_code explain(struct us_json *p, us_str text, struct us_error *e)
{
    struct fault f = {text.ptr, "json.why_other"};
    bool disagree = us_json_scan(p, text, &f);
    if (disagree) f = (struct fault){text.ptr, "json.why_other"};
    return bad(p, text, &f, e);
}

us_code us_json_parse_checked(
    struct us_json *p, us_str text, struct us_json_doc *doc, struct us_error *e)
{
    if (text.len > US_JSON_BYTES_MAX) return too_long(text, e);
    struct builder b = {.p = p, .text = text.ptr};
    p->count = 0;
    p->notes = NULL;
    us_json_verdict verdict =
        us_json_simd_walk(p->judge, text.ptr, text.len, p->depth_max, take, &b);
    us_assert(verdict != SIMD_MEMORY);
    if (verdict == SIMD_REJECT) return explain(p, text, e);
    p->compact = b.bytes == text.len;
    answer(p, text, doc);
    return US_OK;
}

us_code us_json_parse(
    struct us_json *p, us_str text, struct us_json_doc *doc, struct us_error *e)
{
    if (text.len > US_JSON_BYTES_MAX) return too_long(text, e);
    struct fault f;
    if (!us_json_scan(p, text, &f)) return us_json_parse_checked(p, text, doc, e);
    answer(p, text, doc);
    return US_OK;
}
