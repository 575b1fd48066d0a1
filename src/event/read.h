/* read.h: what the readers of messages share; inside src/event/ only. */
#pragma once

#include "event/event.h"

/* The times a message may tell; US_NEVER where it does not. */
struct us_clock {
    int64_t timestamp, original, sent, received;
};

/* The one correction of client clocks (semantics 6): when it happened, by the best of
 * what is known; US_NEVER when nothing is. */
int64_t us_clock_correct(const struct us_clock *c);

/* ISO 8601, fast for what clients write; else as us_time_read. */
bool us_clock_text(us_str text, int64_t *at);

/* A time as a message gives it: ISO text, or a number of seconds or milliseconds since
 * 1970. null, "" and absence leave *at alone and are no error. */
us_code us_clock_read(const struct us_json_doc *doc, uint32_t node, const char *field,
    int64_t *at, struct us_error *e);

/* One message while it is read. */
struct us_reading {
    const struct us_json_doc *doc;
    uint32_t node;
    const struct us_head *head;
    struct us_arena *arena;
    struct us_error *e;
    struct us_clock clock;
    us_str blocked; /* the last id that did not count */
    struct us_message m;
};

us_code us_posthog_read(struct us_reading *r);

/* An id: text or number, within its limit; anything else leaves *out alone. A person or
 * an account (us_id_read) may not be blocked either. us_id_missing is how it fails. */
us_code us_id_text(struct us_reading *r, uint32_t node, const char *field, us_str *out);
us_code us_id_read(struct us_reading *r, uint32_t node, const char *field, us_str *out);
us_code us_id_missing(struct us_reading *r, const char *key);
us_code us_name_read(struct us_reading *r, uint32_t node);
bool us_id_is_blocked(us_str id);

/* The node, when it is an object; else US_JSON_NONE. */
static inline uint32_t us_object_or_none(const struct us_json_doc *doc, uint32_t node)
{
    bool object = node != US_JSON_NONE && doc->nodes[node].kind == US_JSON_OBJECT;
    return object ? node : (uint32_t)US_JSON_NONE;
}

static inline us_str us_node_span(const struct us_json_doc *doc, uint32_t node)
{
    const us_json_node *n = &doc->nodes[node];
    if (n->from == n->to) return (us_str){0};
    return (us_str){doc->text.ptr + n->from, n->to - n->from};
}

static inline us_str us_node_text(
    const struct us_json_doc *doc, uint32_t node, struct us_arena *a)
{
    const us_json_node *n = &doc->nodes[node];
    if (n->kind != US_JSON_STRING) return (us_str){0};
    return n->escaped ? us_json_text(doc, node, a) : us_node_span(doc, node);
}

/* What is noted of a shape: for each reader whose members, 1 + the object's node, and
 * then where its fields are. */
struct us_notes {
    uint8_t body[19], library[2], message[17], context[4], head[11];
};
_Static_assert(sizeof(struct us_notes) <= US_JSON_NOTES, "so much is kept of a shape");

static inline struct us_notes *us_notes_of(const struct us_json_doc *doc)
{
    return (struct us_notes *)(void *)doc->notes;
}

/* False: it is not noted yet. */
static inline bool us_fields_noted(
    const uint8_t *note, uint32_t object, uint32_t *at, uint32_t fields)
{
    if (!note || note[0] != object + 1) return false;
    for (uint32_t i = 0; i < fields; i++)
        at[i] = note[1 + i];
    return true;
}

static inline void us_fields_note(
    uint8_t *note, uint32_t object, const uint32_t *at, uint32_t fields)
{
    if (!note) return;
    note[0] = (uint8_t)(object + 1);
    for (uint32_t i = 0; i < fields; i++)
        note[1 + i] = (uint8_t)at[i];
}

/* One pass over an object's members: at[field_of(key)] is its value's node, the last
 * one when a key stands twice. field_of gives 0 for keys that nobody asks for. */
static inline void us_fields_read(const struct us_json_doc *doc, uint32_t object,
    struct us_arena *a, uint32_t (*field_of)(const char *key, size_t len), uint32_t *at)
{
    uint32_t end = doc->nodes[object].next;
    for (uint32_t k = object + 1; k < end; k = doc->nodes[k + 1].next) {
        us_str key = us_node_text(doc, k, a);
        at[field_of(key.ptr, key.len)] = k + 1;
    }
}

/* Whether key, len bytes long, is the literal; for switches over len. */
#define US_IS(key, literal) (memcmp((key), (literal), sizeof(literal) - 1) == 0)
