/* json_same.h: for tests and fuzzing: a text read both ways, and the tapes compared. */
#pragma once

#include "base/arena.h"
#include "json/scan.h"

#include <string.h>

static inline bool us_json_same_tape(
    const struct us_json_doc *a, const struct us_json_doc *b)
{
    if (a->count != b->count || a->compact != b->compact) return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const us_json_node *x = &a->nodes[i];
        const us_json_node *y = &b->nodes[i];
        if (x->from != y->from || x->to != y->to || x->next != y->next) return false;
        if (x->kind != y->kind || x->escaped != y->escaped) return false;
    }
    return true;
}

static inline struct us_json_doc us_json_same_doc(const struct us_json *p, us_str text)
{
    return (struct us_json_doc){text, p->nodes, (uint32_t)p->count, p->compact};
}

/* A copy of text in an allocation of its own, so that a sanitizer sees a read past the
 * padding; the padding is `fill` all over. */
static inline us_str us_json_padded(struct us_arena *a, us_str text, char fill)
{
    char *copy = us_new(a, char, text.len + US_JSON_PAD);
    if (text.len) memcpy(copy, text.ptr, text.len);
    memset(copy + text.len, fill, US_JSON_PAD);
    return (us_str){copy, text.len};
}

/* The scanner of p with and without speculation, and simdjson through judge, have the
 * same verdict and tape for text, which is padded. */
static inline bool us_json_same(
    struct us_json *p, struct us_json *judge, us_str text, bool *good)
{
    struct us_json_doc by_judge;
    struct us_error e;
    us_code code = us_json_parse_checked(judge, text, &by_judge, &e);
    *good = code == US_OK;
    for (int i = 0; i < 2; i++) {
        struct fault f = {0};
        p->speculate = i;
        bool mine = us_json_scan(p, text, &f);
        if (mine != *good) return false;
        if (!mine && (f.at < text.ptr || f.at > text.ptr + text.len)) return false;
        struct us_json_doc by_scan = us_json_same_doc(p, text);
        if (mine && !us_json_same_tape(&by_scan, &by_judge)) return false;
    }
    return true;
}
