/* Random bodies and journal lines, each shape several times: what is noted of a shape
 * changes nothing in what is read of a text. */

#include "event/testing.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 20000, SAME_MAX = 4, MEMBERS = 12, TEXT_MAX = 8192 };

/* A shape is drawn from one state, its values from another. */
struct drawing {
    uint64_t shape, values;
    struct us_buf *out;
};

static uint64_t below(uint64_t *state, uint64_t n)
{
    /* Steele, Lea, Flood: SplitMix64. */
    uint64_t z = (*state += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (z ^ (z >> 31)) % n;
}

static const char *const keys[] = {"type", "event", "userId", "anonymousId",
    "messageId", "timestamp", "sentAt", "receivedAt", "context", "properties", "traits",
    "name", "groupId", "previousId", "originalTimestamp", "distinct_id", "rudderId",
    "channel", "api_key", "writeKey", "token", "\\u0074ype", "user\\u0049d", "other"};
static const char *const texts[] = {"track", "page", "identify", "group", "alias", "E",
    "u", "u", "a", "null", "2026-11-23T10:00:00Z", "2026-11-29T10:00:00.123Z",
    "2026-11-23T10:00:00Z", "rudder", "k:***", "\\u00e4", "jitsu", ""};
static const char *const scalars[] = {"null", "1", "true", "12.5", "1795428000"};

enum { KEYS = sizeof keys / sizeof keys[0], TEXTS = sizeof texts / sizeof texts[0] };

static void put(struct drawing *d, const char *text)
{
    us_buf_put(d->out, us_str_c(text));
}

static void put_text(struct drawing *d, const char *text)
{
    put(d, "\"");
    put(d, text);
    put(d, "\"");
}

static void scalar(struct drawing *d)
{
    if (below(&d->shape, 6) == 0)
        put(d, scalars[below(&d->values, 5)]);
    else
        put_text(d, texts[below(&d->values, TEXTS)]);
}

static void context(struct drawing *d)
{
    uint64_t how = below(&d->shape, 8);
    put(d, "{\"locale\":\"de\"");
    if (how & 1) {
        put(d, ",\"groupId\":");
        scalar(d);
    }
    if (how & 2) put(d, ",\"traits\":{\"a\":1}");
    if (how & 4) {
        bool inner = below(&d->shape, 3) > 0;
        put(d, inner ? ",\"library\":{\"name\":" : ",\"library.name\":");
        scalar(d);
        if (inner) put(d, ",\"version\":\"1\"}");
    }
    put(d, "}");
}

static void message(struct drawing *d)
{
    uint64_t count = below(&d->shape, MEMBERS);
    put(d, "{\"type\":");
    scalar(d);
    for (uint64_t i = 0; i < count; i++) {
        const char *key = keys[below(&d->shape, KEYS)];
        put(d, ",");
        put_text(d, key);
        put(d, ":");
        bool object = strcmp(key, "properties") == 0 || strcmp(key, "traits") == 0;
        if (strcmp(key, "context") == 0 && below(&d->shape, 6))
            context(d);
        else if (object && below(&d->shape, 6))
            put(d, "{\"a\":1,\"distinct_id\":\"x\"}");
        else
            scalar(d);
    }
    put(d, "}");
}

static void head(struct drawing *d)
{
    uint64_t how = below(&d->shape, 32);
    put(d, "{\"us\":{\"seq\":7");
    if (how & 1) put(d, ",\"received\":\"2026-11-23T10:00:01Z\"");
    put(d, ",\"known\":\"2026-11-23T10:00:02Z\"");
    if (how & 2) put(d, below(&d->values, 2) ? ",\"id\":\"x\"" : ",\"id\":\"y\"");
    if (how & 4) put(d, ",\"source\":\"app\",\"dialect\":\"jitsu\"");
    if (how & 8) put(d, ",\"sentAt\":\"2026-11-23T10:00:01Z\"");
    if (how & 16) put(d, ",\"context\":{\"groupId\":\"g\"}");
    put(d, "},\"m\":");
    message(d);
    put(d, "}");
}

static us_str draw(struct drawing d)
{
    d.out->len = 0;
    uint64_t how = below(&d.shape, 8);
    if (how == 0) {
        put(&d, "{\"batch\":[");
        for (uint64_t more = below(&d.shape, 4); more; more--) {
            message(&d);
            put(&d, more > 1 ? "," : "");
        }
        put(&d, "],\"sentAt\":");
        scalar(&d);
        put(&d, ",\"context\":");
        context(&d);
        put(&d, "}");
    } else if (how < 4) {
        head(&d);
    } else {
        message(&d);
    }
    us_assert(!d.out->full);
    return us_buf_str(d.out);
}

/* All that is read of one document. */
struct reading {
    struct us_head body, line;
    struct us_message messages[4];
    us_code codes[4], line_code;
    uint32_t batch, of_line;
    size_t count;
    bool secret;
};

static void read_one(
    struct bench *b, const struct us_json_doc *doc, uint32_t node, struct reading *r)
{
    us_assert(r->count < 4);
    r->codes[r->count] = us_message_read(
        doc, node, &r->body, moment(9), &b->a, &r->messages[r->count], NULL);
    r->count++;
}

static void read_all(struct bench *b, const struct us_json_doc *doc, struct reading *r)
{
    memset(r, 0, sizeof *r);
    r->body = head_of(US_SEGMENT);
    r->line_code = us_head_read(doc, &r->line, &r->of_line, &b->a, NULL);
    r->batch = us_body_read(doc, 0, &r->body, &r->secret);
    read_one(b, doc, 0, r);
    if (r->line_code == US_OK) read_one(b, doc, r->of_line, r);
    uint32_t end = r->batch == US_JSON_NONE ? 0 : doc->nodes[r->batch].next;
    for (uint32_t k = r->batch + 1; k < end; k = doc->nodes[k].next)
        read_one(b, doc, k, r);
}

static bool same_head(const struct us_head *x, const struct us_head *y)
{
    return x->seq == y->seq && x->known == y->known && x->received == y->received &&
           x->sent == y->sent && x->type == y->type && x->dialect == y->dialect &&
           us_str_eq(x->source, y->source) && us_str_eq(x->id, y->id) &&
           us_str_eq(x->context, y->context);
}

static bool same_message(const struct us_message *x, const struct us_message *y)
{
    return x->call == y->call && x->at == y->at && x->known == y->known &&
           x->skewed == y->skewed && us_str_eq(x->id, y->id) &&
           us_str_eq(x->user, y->user) && us_str_eq(x->anonymous, y->anonymous) &&
           us_str_eq(x->previous, y->previous) && us_str_eq(x->group, y->group) &&
           us_str_eq(x->event, y->event) && us_str_eq(x->page_name, y->page_name) &&
           x->properties == y->properties && x->traits == y->traits;
}

static bool same(const struct reading *x, const struct reading *y)
{
    bool all = x->line_code == y->line_code && x->batch == y->batch &&
               x->of_line == y->of_line && x->count == y->count &&
               x->secret == y->secret && same_head(&x->body, &y->body);
    if (x->line_code == US_OK) all &= same_head(&x->line, &y->line);
    for (size_t i = 0; i < x->count && all; i++)
        all = x->codes[i] == y->codes[i] &&
              (x->codes[i] != US_OK || same_message(&x->messages[i], &y->messages[i]));
    return all;
}

int main(int argc, char **argv)
{
    struct bench b;
    bench_open(&b);
    struct us_arena room;
    us_arena_init(&room, 1 << 20);
    struct us_buf out = us_buf_new(&room, TEXT_MAX);
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    size_t noted = 0;
    bool good = true;
    for (uint64_t i = 0; i < ROUNDS && good; i++) {
        /* Shapes come again after many others, too. */
        struct drawing d = {seed + (i % 4 ? i : i % 256), seed ^ i << 20, &out};
        for (uint64_t k = 0; k <= i % SAME_MAX && good; k++, d.values += 977) {
            struct us_json_doc doc;
            struct reading with, without;
            us_arena_reset(&b.a);
            good = parsed(&b, draw(d), &doc);
            noted += doc.notes != NULL;
            read_all(&b, &doc, &with);
            doc.notes = NULL;
            read_all(&b, &doc, &without);
            good &= same(&with, &without);
            if (!good) printf("# %.*s\n", US_ARG(us_buf_str(&out)));
        }
    }
    CHECK_AS(&b.t, good, "a shape that was noted is read as one that was not");
    CHECK_AS(&b.t, noted > ROUNDS, "most texts have a shape that is known");
    us_arena_done(&room);
    return bench_close(&b);
}
