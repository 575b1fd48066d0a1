/* testing.h: what the tests of this folder share. */
#pragma once

#include "base/tap.h"
#include "event/event.h"

#include <string.h>

struct bench {
    struct us_tap t;
    struct us_arena a;
    struct us_json *json;
};

static inline void bench_open(struct bench *b)
{
    memset(b, 0, sizeof *b);
    us_arena_init(&b->a, 256 << 20);
    b->json = us_json_new();
}

static inline int bench_close(struct bench *b)
{
    us_json_free(b->json);
    us_arena_done(&b->a);
    return us_tap_done(&b->t);
}

/* Text with the bytes after its end that a parser may read. */
static inline us_str padded(struct bench *b, us_str text)
{
    char *copy = us_new(&b->a, char, text.len + US_JSON_PAD);
    if (text.len) memcpy(copy, text.ptr, text.len);
    return (us_str){copy, text.len};
}

static inline bool parsed(struct bench *b, us_str text, struct us_json_doc *doc)
{
    struct us_error e;
    us_code code = us_json_parse(b->json, padded(b, text), doc, &e);
    if (code != US_OK) printf("# no JSON: %.*s\n", US_ARG(text));
    return code == US_OK;
}

static inline struct us_head head_of(us_dialect dialect)
{
    return (struct us_head){
        .received = US_NEVER, .sent = US_NEVER, .known = US_NEVER, .dialect = dialect};
}

/* 2026-11-23T10:00:00Z, and seconds after it. */
static inline int64_t moment(int64_t seconds)
{
    return INT64_C(1795428000000000) + seconds * US_SECOND_US;
}
