#include "import/ageing.h"

#include "base/hash.h"

static const size_t ROOM = (size_t)1 << 30;

struct us_ageing {
    struct us_arena own; /* it lies in this */
    struct us_arena line;
    struct us_json *json;
    struct us_forget_limits limits;
    struct us_intern gone; /* 'u' or 'a', then the id: of whom there is nothing newer */
};

static int64_t limit_of(int64_t days, int64_t now)
{
    return days ? us_day(now) * US_DAY_US - days * US_DAY_US : US_ALWAYS;
}

struct us_forget_limits us_forget_limits_of(const struct us_retention *r, int64_t now)
{
    return (struct us_forget_limits){limit_of(r->events, now),
        limit_of(r->dead_letters, now), limit_of(r->test, now)};
}

static us_str term(struct us_arena *a, us_str id, bool identified)
{
    return us_arena_fmt(a, "%c%.*s", identified ? 'u' : 'a', US_ARG(id));
}

static us_code gone_take(
    void *ctx, us_str key, bool identified, bool internal, struct us_error *e)
{
    (void)internal;
    (void)e;
    struct us_ageing *g = ctx;
    us_arena_reset(&g->line);
    us_intern_put(&g->gone, term(&g->line, key, identified));
    return US_OK;
}

us_code us_ageing_new(const struct us_forget_limits *limits, struct us_history *history,
    struct us_ageing **out, struct us_error *e)
{
    struct us_arena own;
    us_arena_init(&own, 1 << 16);
    struct us_ageing *g = us_new(&own, struct us_ageing, 1);
    g->own = own;
    g->limits = *limits;
    g->json = us_json_line_new();
    us_arena_init(&g->line, ROOM);
    us_intern_init(&g->gone);
    us_code code = US_OK;
    if (limits->events != US_ALWAYS)
        code = us_history_gone(history, limits->events, gone_take, g, e);
    if (code != US_OK) {
        us_ageing_free(g);
        return code;
    }
    *out = g;
    return US_OK;
}

void us_ageing_free(struct us_ageing *g)
{
    if (!g) return;
    us_json_free(g->json);
    us_intern_done(&g->gone);
    us_arena_done(&g->line);
    struct us_arena own = g->own;
    us_arena_done(&own);
}

static bool is_gone(struct us_ageing *g, us_str id, bool identified)
{
    us_str key = term(&g->line, id, identified);
    return id.len && us_intern_find(&g->gone, key) != US_INTERN_NONE;
}

/* Who is who and traits stay with the person. An alias ties two, who are one. */
static bool message_goes(struct us_ageing *g, const struct us_json_doc *doc,
    const struct us_head *head, uint32_t node)
{
    struct us_message m;
    if (us_message_read(doc, node, head, US_NEVER, &g->line, &m, NULL) != US_OK)
        return false;
    if (m.at >= g->limits.events) return false;
    if (m.call == US_TRACK) return true;
    return m.user.len ? is_gone(g, m.user, true) : is_gone(g, m.anonymous, false);
}

static bool goes(struct us_ageing *g, const struct us_json_doc *doc,
    const struct us_head *head, uint32_t m)
{
    if (head->type == US_LINE_DEAD) return head->known < g->limits.dead_letters;
    if (head->type == US_LINE_TEST) return head->known < g->limits.test;
    if (head->type == US_LINE_IMPORT) return head->known < g->limits.events;
    return head->type == US_LINE_MESSAGE && message_goes(g, doc, head, m);
}

bool us_ageing_goes(struct us_ageing *g, us_str line, us_line_type *type)
{
    struct us_json_doc doc;
    struct us_head head;
    uint32_t m;
    if (!line.len) return false;
    us_arena_reset(&g->line);
    if (us_json_parse(g->json, line, &doc, NULL) != US_OK) return false;
    if (us_head_read(&doc, &head, &m, &g->line, NULL) != US_OK) return false;
    *type = head.type;
    return goes(g, &doc, &head, m);
}
