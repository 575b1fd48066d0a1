/* event.h: one message, whatever client sent it, and the head usher gives its line.
 *
 * A journal line is {"us":{head},"m":{the client's object, minified}}. The reader here
 * is used twice on the same bytes: by import and server, to judge a message, and by the
 * loader, to make rows of it; so both see one thing.
 *
 * Owns:    nothing; texts borrow from the document or the arena.
 * Fails:   US_INPUT with a key that becomes the reason of a dead letter.
 * Threads: any.
 */
#pragma once

#include "base/time.h"
#include "json/json.h"

#include <stdint.h>

enum {
    US_MESSAGE_BYTES_MAX = 32 << 10, /* default; per message, never per batch */
    US_ID_BYTES_MAX = 512,           /* user, account, message ids */
    US_NAME_BYTES_MAX = 256,         /* event names */
    US_SKEW_FLAG_US = 600000000,     /* at later than known by more is flagged */
};

typedef enum us_dialect {
    US_SEGMENT,
    US_RUDDERSTACK,
    US_POSTHOG,
    US_JITSU,
    US_DIALECTS
} us_dialect;
const char *us_dialect_name(us_dialect d);

typedef enum us_line_type {
    US_LINE_MESSAGE,
    US_LINE_ACCOUNT, /* traits of an account: {"account":…, "at"?:…, traits…} */
    US_LINE_CONTACT,
    US_LINE_PAYMENT,
    US_LINE_DEAL,
    US_LINE_ACTIVITY,
    US_LINE_MQL,
    US_LINE_COMPANY,
    US_LINE_UNDO,   /* {"link": seq of the line that made the link} */
    US_LINE_DEAD,   /* what could not be understood: {"file","line","byte","reason",
                       "args","bytes"}; bytes not UTF-8 are in "base64" instead */
    US_LINE_IMPORT, /* one finished import: {"file","lines","added","duplicates",…} */
    US_LINE_TEST,   /* a message of a source with mode: test; kept here, and in nothing
                       that is made from the journal */
    US_LINE_RETRY, /* {"letters":[seq, …]}: these dead letters were understood when they
                      were tried again; what they said is in lines of the same group */
    US_LINE_TYPES
} us_line_type;
const char *us_line_type_name(us_line_type t);

/* What usher knows of a line. */
struct us_head {
    int64_t seq;      /* 1, 2, 3 … over the whole journal */
    int64_t known;    /* when usher could know it (semantics 1) */
    int64_t received; /* US_NEVER when not known */
    int64_t sent;     /* of the batch; US_NEVER when none */
    us_line_type type;
    us_dialect dialect;
    us_str source;  /* "import" unless said */
    us_str id;      /* made up for a row without an id of its own; else empty */
    us_str context; /* raw JSON of a batch's own context; else empty */
};

/* Append {"us":{…},"m":M}\n. m is minified JSON without line ends. */
void us_head_write(struct us_buf *out, const struct us_head *h, us_str m);

/* The head of a parsed line; *m is the node of "m" (US_JSON_NONE in a commit line,
 * for which the answer is US_NOT_FOUND). */
us_code us_head_read(const struct us_json_doc *doc, struct us_head *h, uint32_t *m,
    struct us_arena *a, struct us_error *e);

typedef enum us_call {
    US_TRACK, /* page and screen too: "Page Viewed", "Screen Viewed" */
    US_IDENTIFY,
    US_GROUP,
    US_ALIAS
} us_call;

struct us_message {
    us_call call;
    int64_t at; /* corrected (semantics 6), never later than known */
    int64_t known;
    bool skewed;      /* at was more than US_SKEW_FLAG_US past known */
    us_str id;        /* messageId, uuid; empty when it has none */
    us_str user;      /* userId, distinct_id of an identified person; or empty */
    us_str anonymous; /* or empty */
    us_str previous;  /* alias */
    us_str group;     /* groupId of a group call, context.groupId otherwise; or empty */
    us_str event;     /* name of a track */
    uint32_t properties; /* node in the document, or US_JSON_NONE */
    uint32_t traits;     /* of identify and group */
    us_str page_name;    /* the name of a page or screen call, for property "name" */
};

/* Read the object at node. head gives dialect, received, sent, context; its known may
 * be US_NEVER: then known := received, else the corrected timestamp, else `now`. now is
 * US_NEVER when a message without any time is an error (imports). Blocked ids (null,
 * -1, anonymous, all zeros …) count as absent. */
us_code us_message_read(const struct us_json_doc *doc, uint32_t node,
    const struct us_head *head, int64_t now, struct us_arena *a, struct us_message *out,
    struct us_error *e);

/* Which client made this object; by its own marks, else US_SEGMENT. */
us_dialect us_dialect_of(const struct us_json_doc *doc, uint32_t node);

/* Sets the head's dialect and, if the object is a request body of several messages, its
 * sent (sentAt or sent_at) and context, which are else US_NEVER and empty; the answer
 * is the body's array, or US_JSON_NONE. */
/* *secret: the object itself has a member that never enters the journal. */
uint32_t us_body_read(
    const struct us_json_doc *doc, uint32_t node, struct us_head *head, bool *secret);

/* Keys that never enter the journal: write keys and tokens. Ends at an empty str. */
extern const us_str us_message_secrets[];
bool us_is_message_secret(us_str key); /* one of them */

/* Whether a column or member of this name holds a key, a token, a password. */
bool us_is_secret(us_str name);

/* Append a text that may be broken anywhere, with the values of such names as ***. */
void us_secrets_hide(struct us_buf *out, us_str text);

/* Traits of an object as they are kept: nested objects become dotted keys, arrays are
 * left out, null is a trait that was removed; of a key that stands twice the last
 * counts. omit: keys at the top left out, ends at an empty one; NULL: none. A non-OK
 * answer of take ends it and is passed on. */
enum { US_TRAIT_KEY_BYTES_MAX = 1024 };
typedef us_code us_trait_take(void *ctx, us_str key, uint32_t node, struct us_error *e);
us_code us_traits_walk(const struct us_json_doc *doc, uint32_t node, const us_str *omit,
    struct us_arena *a, us_trait_take *take, void *ctx, struct us_error *e);

enum { US_DEAD_BYTES_MAX = 64 << 10 }; /* of a dead letter's bytes that are kept */

/* What could not be understood, where it stood, and why. */
struct us_dead {
    us_str file; /* or the path of a request */
    int64_t line, byte;
    us_str bytes;
    const struct us_error *why;
};
/* Append its object, of a line of US_LINE_DEAD; secrets are hidden. */
void us_dead_write(struct us_buf *out, const struct us_dead *d, struct us_arena *a);

/* A name the Segment B2B spec gives a meaning: the role's key ("sign_up", "invite" …)
 * or empty. */
us_str us_semantic_role(us_str event);
