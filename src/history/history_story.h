/* history_story.h: random histories, and their lines. */
#pragma once

#include "history/history_fixture.h"

enum { MOVES_MAX = 60, IDS = 6 };

/* One line to come. Small numbers stand for ids; -1 is absent. */
struct move {
    enum {
        TRACK,
        IDENTIFY,
        GROUP,
        ALIAS,
        ACCOUNT,
        PAYMENT,
        DEAL,
        COMPANY,
        UNDO,
        MOVES
    } type;
    int user, anonymous, group, previous, name;
    int target; /* UNDO: which move; COMPANY: which domain, when dated */
    int64_t at, known;
    int64_t seq; /* given when it is written */
    bool dated;
    const char *value;
};

struct story {
    struct move moves[MOVES_MAX];
    size_t count;
    bool company;
    uint64_t seed;
};

static inline uint64_t draw(uint64_t *seed, uint64_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*seed >> 33) % below;
}

static inline int maybe(uint64_t *seed, int below, uint64_t absent)
{
    return draw(seed, 10) < absent ? -1 : (int)draw(seed, (uint64_t)below);
}

static const char *const values[] = {
    "\"free\"", "\"pro \\\"x\\\"\"", "12", "-0.5", "true", "null", "\"\xe4\xb8\xad\""};

static const int64_t START = INT64_C(1700000000000000);

static inline struct move move_draw(struct story *s, size_t i)
{
    uint64_t *seed = &s->seed;
    struct move m = {.user = maybe(seed, IDS, 3),
        .anonymous = maybe(seed, IDS, 3),
        .group = maybe(seed, 4, 4),
        .previous = (int)draw(seed, 2 * IDS),
        .name = (int)draw(seed, 3),
        .value = values[draw(seed, sizeof values / sizeof *values)],
        .dated = draw(seed, 2)};
    uint64_t kind = draw(seed, 21);
    m.type = kind < 9    ? TRACK
             : kind < 12 ? IDENTIFY
             : kind < 15 ? GROUP
             : kind < 16 ? ALIAS
             : kind < 17 ? ACCOUNT
             : kind < 18 ? PAYMENT
             : kind < 19 ? DEAL
             : kind < 20 ? COMPANY
                         : UNDO;
    /* Ties of known happen; so do lines that come long after they happened. */
    m.known = START + (int64_t)draw(seed, 40) * US_HOUR_US;
    m.at = m.known - (int64_t)draw(seed, 3) * 40 * US_HOUR_US;
    m.target = (int)draw(seed, 3);
    if (m.type == UNDO) {
        m.target = i ? (int)draw(seed, i) : -1;
        if (m.target >= 0 && s->moves[m.target].known > m.known)
            m.known = s->moves[m.target].known;
    }
    if (m.user < 0 && m.anonymous < 0) m.user = 0;
    if ((m.type == ACCOUNT || m.type == PAYMENT || m.type == DEAL ||
            m.type == COMPANY || m.type == GROUP) &&
        m.group < 0)
        m.group = 0;
    if (m.type == ALIAS) m.user = m.user < 0 ? 1 : m.user;
    return m;
}

static inline void story_draw(struct story *s, uint64_t seed, bool company)
{
    *s = (struct story){.seed = seed, .company = company};
    s->count = 10 + draw(&s->seed, MOVES_MAX - 10);
    for (size_t i = 0; i < s->count; i++)
        s->moves[i] = move_draw(s, i);
}

/* COMPANY: which company is mapped to another, -1: it is an account that is mapped. */
static inline int mapped_company(const struct move *m)
{
    return m->previous < 3 ? m->previous : -1;
}

/* ---- a move as a line ---- */

static inline void put_id(struct us_buf *b, const char *key, char kind, int id)
{
    if (id >= 0) us_buf_fmt(b, ",\"%s\":\"%c%d\"", key, kind, id);
}

/* previousId is a userId or an anonymousId of the others, and does not say which. */
static inline void put_previous(struct us_buf *b, int previous)
{
    put_id(b, "previousId", previous < IDS ? 'u' : 'a', previous % IDS);
}

static inline void put_message(struct us_buf *b, const struct move *m)
{
    static const char *const types[] = {"track", "identify", "group", "alias"};
    char at[US_TIME_TEXT_MAX];
    us_buf_fmt(b, "{\"type\":\"%s\",\"timestamp\":\"%.*s\"", types[m->type],
        US_ARG(us_time_write(m->at, at)));
    put_id(b, "userId", 'u', m->user);
    if (m->type != ALIAS) put_id(b, "anonymousId", 'a', m->anonymous);
    if (m->type == GROUP) put_id(b, "groupId", 'g', m->group);
    if (m->type == ALIAS) put_previous(b, m->previous);
    if (m->type == TRACK) {
        us_buf_fmt(
            b, ",\"event\":\"n%d\",\"properties\":{\"v\":%s}", m->name, m->value);
        if (m->group >= 0)
            us_buf_fmt(b, ",\"context\":{\"groupId\":\"g%d\"}", m->group);
    } else if (m->type == IDENTIFY) {
        us_buf_fmt(
            b, ",\"traits\":{\"role\":%s,\"email\":\"p@d%d.com\"}", m->value, m->name);
    } else if (m->type == GROUP) {
        us_buf_fmt(b, ",\"traits\":{\"plan\":%s}", m->value);
    }
    us_buf_char(b, '}');
}

static inline us_line_type line_type(const struct move *m)
{
    switch (m->type) {
    case ACCOUNT: return US_LINE_ACCOUNT;
    case PAYMENT: return US_LINE_PAYMENT;
    case DEAL: return US_LINE_DEAL;
    case COMPANY: return US_LINE_COMPANY;
    case UNDO: return US_LINE_UNDO;
    case TRACK:
    case IDENTIFY:
    case GROUP:
    case ALIAS:
    case MOVES:
    default: return US_LINE_MESSAGE;
    }
}

static inline void move_write(struct fixture *x, struct story *s, struct move *m)
{
    struct us_buf b = us_buf_new(&x->a, 4096);
    char at[US_TIME_TEXT_MAX];
    us_str when = us_time_write(m->at, at);
    if (m->type == UNDO) {
        int64_t seq = m->target < 0 ? 999999 : s->moves[m->target].seq;
        us_buf_fmt(&b, "{\"link\":%lld}", (long long)seq);
    } else if (m->type == ACCOUNT) {
        us_buf_fmt(&b, "{\"account\":\"g%d\",\"country\":%s", m->group, m->value);
        if (m->dated) us_buf_fmt(&b, ",\"at\":\"%.*s\"", US_ARG(when));
        us_buf_char(&b, '}');
    } else if (m->type == PAYMENT) {
        us_buf_fmt(&b, "{\"account\":\"g%d\",\"at\":\"%.*s\",\"amount\":%d}", m->group,
            US_ARG(when), m->name + 1);
    } else if (m->type == DEAL) {
        us_buf_fmt(&b,
            "{\"deal_id\":\"d%d\",\"account\":\"g%d\",\"stage\":\"s%d\",\"arr\":%d",
            m->target, m->group, m->name, m->name + 1);
        if (m->dated) us_buf_fmt(&b, ",\"stage_at\":\"%.*s\"", US_ARG(when));
        us_buf_char(&b, '}');
    } else if (m->type == COMPANY) {
        int other = mapped_company(m);
        us_buf_fmt(&b, "{\"company\":\"c%d\",\"account\":\"%c%d\"", m->name,
            other < 0 ? 'g' : 'c', other < 0 ? m->group : other);
        if (m->dated) us_buf_fmt(&b, ",\"domain\":\"d%d.com\"", m->target);
        us_buf_char(&b, '}');
    } else {
        put_message(&b, m);
    }
    m->seq = fixture_line(x, line_type(m), m->known, us_buf_str(&b));
}
