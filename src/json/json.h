/* json.h: read one JSON text into a flat tape, and write it back.
 *
 * A document is an array of nodes in text order. An object's children alternate key,
 * value; `next` jumps over a value with all it holds. Nothing is copied: a node is a
 * span of the text, which must outlive the document and be readable for US_JSON_PAD
 * bytes past its end. The scanner speculates that a text has the shape of one of the
 * last few; simdjson is the checked fallback and the judge: both accept the same texts
 * and build the same tape.
 *
 * Accepts: RFC 8259, UTF-8 checked everywhere, one value, depth to US_JSON_DEPTH_MAX.
 * Owns:    its nodes, until the next parse.
 * Fails:   US_INPUT "json.bad" with {byte}, counted from 1, and {why} (a key of i18n/);
 *          US_LIMIT when the text is over US_JSON_BYTES_MAX or too deep.
 * Threads: one parser a thread.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/value.h"

#include <stdint.h>

enum {
    US_JSON_PAD = 64,
    US_JSON_DEPTH_MAX = 64,
    US_JSON_AROUND = 1, /* levels a line of the journal puts around a message */
    US_JSON_LINE_DEPTH_MAX = US_JSON_DEPTH_MAX + US_JSON_AROUND,
    US_JSON_BYTES_MAX = 64 << 20,
    US_JSON_NONE = 0, /* as the answer of a look-up: not there (node 0 is the root) */
    US_JSON_NOTES = 64,
};

typedef enum us_json_kind {
    US_JSON_NULL,
    US_JSON_FALSE,
    US_JSON_TRUE,
    US_JSON_NUMBER,
    US_JSON_STRING,
    US_JSON_ARRAY,
    US_JSON_OBJECT,
} us_json_kind;

typedef struct us_json_node {
    uint32_t from, to; /* bytes of the text; a string's are without its quotes */
    uint32_t next;     /* the node after this value */
    uint8_t kind;      /* us_json_kind */
    bool escaped;      /* a string that holds a backslash */
} us_json_node;

struct us_json; /* the parser, opaque */

/* What the last parse gave; borrowed from the parser and the text. */
struct us_json_doc {
    us_str text;
    const us_json_node *nodes;
    uint32_t count;
    bool compact; /* no space between tokens: the text is its own minified form */
    /* US_JSON_NOTES bytes that src/event keeps for the shape of the text: keys, and
     * which node is which, are the same in all texts of one shape, so that they are
     * looked up once. Zero at first; a number of a node fits in one. NULL: no shape
     * is known, which a reader must stand. */
    uint8_t *notes;
};

struct us_json *us_json_new(void);
/* For lines of the journal: depth to US_JSON_LINE_DEPTH_MAX, as a message may be as
 * deep as others allow. */
struct us_json *us_json_line_new(void);
void us_json_free(struct us_json *p); /* NULL is fine */

us_code us_json_parse(
    struct us_json *p, us_str text, struct us_json_doc *doc, struct us_error *e);

/* The same by simdjson alone, for tests and fuzzing. */
us_code us_json_parse_checked(
    struct us_json *p, us_str text, struct us_json_doc *doc, struct us_error *e);

/* The value of a key of an object; the last when it stands twice. US_JSON_NONE when
 * absent or when the node is no object. Keys with escapes are compared unescaped. */
uint32_t us_json_get(const struct us_json_doc *doc, uint32_t object, us_str key);
/* Whether it has any of these; the list ends with an empty one. */
bool us_json_has_any(
    const struct us_json_doc *doc, uint32_t object, const us_str *keys);

/* Dotted path ("context.page.url"); a key that itself holds dots is found first. */
uint32_t us_json_path(const struct us_json_doc *doc, uint32_t object, us_str path);

/* The bytes of a value as they stand (with quotes for a string). */
us_str us_json_raw(const struct us_json_doc *doc, uint32_t node);

/* A string's text: the span itself, or unescaped into the arena. Lone surrogates
 * become U+FFFD. Empty for any other kind. */
us_str us_json_text(const struct us_json_doc *doc, uint32_t node, struct us_arena *a);

/* null, arrays and objects are missing, and so is a number that us_str_real does not
 * take: a text may hold numbers of any size. Text as us_json_text gives it. */
us_value us_json_value(
    const struct us_json_doc *doc, uint32_t node, struct us_arena *a);

/* The value without space between tokens; members of the top object named in omit
 * (ends at an empty str; NULL is none) are left out. */
void us_json_minify(const struct us_json_doc *doc, uint32_t node, const us_str *omit,
    struct us_buf *out);
