#include "identity/naive.h"

static bool holds(const struct us_link *l, int64_t t)
{
    if ((l->kind == US_LINK_ANONYMOUS || l->kind == US_LINK_ALIAS) && l->from == l->to)
        return false;
    return l->known <= t && t < l->undone;
}

/* Whether a is newer than b, or wins the tie. */
static bool beats(const struct us_link *a, const struct us_link *b)
{
    if (!b) return true;
    if (a->known != b->known) return a->known > b->known;
    int order = us_str_cmp(a->text, b->text);
    return order > 0 || (order == 0 && a->to > b->to);
}

static bool sooner(const struct us_link *a, const struct us_link *b)
{
    return !b || a->known < b->known || (a->known == b->known && beats(a, b));
}

static const struct us_link *alias(
    const struct world *w, uint32_t from, int64_t t, const bool *left_out)
{
    const struct us_link *best = NULL;
    for (size_t k = 0; k < w->count; k++) {
        const struct us_link *l = &w->links[k];
        bool may = l->kind == US_LINK_ALIAS && l->from == from && holds(l, t);
        if (may && !left_out[k] && beats(l, best)) best = l;
    }
    return best;
}

/* The newest link of a circle through id, or NULL when id is on none. */
static const struct us_link *circle(
    const struct world *w, uint32_t id, int64_t t, const bool *left_out)
{
    const struct us_link *newest = NULL;
    uint32_t at = id;
    for (uint32_t k = 0; k < w->persons; k++) {
        const struct us_link *l = alias(w, at, t, left_out);
        if (!l) return NULL;
        if (beats(l, newest)) newest = l;
        at = l->to;
        if (at == id) return newest;
    }
    return NULL;
}

static void cut(const struct world *w, int64_t t, bool *left_out)
{
    for (uint32_t id = 0; id < w->persons; id++) {
        const struct us_link *l = circle(w, id, t, left_out);
        if (!l) continue;
        left_out[l - w->links] = true;
        id = UINT32_MAX; /* from the start again */
    }
}

static uint32_t root(
    const struct world *w, uint32_t id, int64_t t, const bool *left_out)
{
    for (;;) {
        const struct us_link *l = alias(w, id, t, left_out);
        if (!l) return id;
        id = l->to;
    }
}

static uint32_t user(const struct world *w, uint32_t id, int64_t x, int64_t t)
{
    const struct us_link *before = NULL;
    const struct us_link *after = NULL;
    bool users[PERSONS_MAX] = {false};
    int count = 0;
    for (size_t k = 0; k < w->count; k++) {
        const struct us_link *l = &w->links[k];
        if (l->kind != US_LINK_ANONYMOUS || l->from != id || !holds(l, t)) continue;
        count += !users[l->to];
        users[l->to] = true;
        if (l->known <= x && beats(l, before)) before = l;
        if (l->known > x && sooner(l, after)) after = l;
    }
    if (count > US_LINK_USERS_MAX) return id;
    return before ? before->to : after ? after->to : id;
}

static uint32_t link(const struct world *w, us_link_kind kind, uint32_t person,
    int64_t x, int64_t t, const bool *left_out)
{
    const struct us_link *before = NULL;
    const struct us_link *after = NULL;
    for (size_t k = 0; k < w->count && person != US_NOBODY; k++) {
        const struct us_link *l = &w->links[k];
        if (l->kind != kind || !holds(l, t)) continue;
        uint32_t whose = root(w, user(w, l->from, l->known, t), t, left_out);
        if (whose != person) continue;
        if (l->known <= x && beats(l, before)) before = l;
        if (l->known > x && sooner(l, after)) after = l;
    }
    const struct us_link *best = before ? before : after;
    return best ? best->to : US_NOBODY;
}

static uint32_t company(const struct world *w, uint32_t account, int64_t t)
{
    const struct us_link *best = NULL;
    for (size_t k = 0; k < w->count; k++) {
        const struct us_link *l = &w->links[k];
        bool may = l->kind == US_LINK_COMPANY && l->from == account && holds(l, t);
        if (may && beats(l, best)) best = l;
    }
    return best ? best->to : US_NOBODY;
}

struct us_span us_naive_at(
    const struct world *w, const struct us_who *who, bool by_company, int64_t t)
{
    bool left_out[LINKS_MAX] = {false};
    cut(w, t, left_out);
    struct us_span s = {.person = who->user, .account = who->group};
    if (s.person == US_NOBODY && who->anonymous != US_NOBODY)
        s.person = user(w, who->anonymous, who->known, t);
    if (s.person != US_NOBODY) s.person = root(w, s.person, t, left_out);
    if (s.account == US_NOBODY)
        s.account = link(w, US_LINK_GROUP, s.person, who->known, t, left_out);
    if (!by_company) return s;
    if (s.account != US_NOBODY) s.account = company(w, s.account, t);
    if (s.account == US_NOBODY)
        s.account = link(w, US_LINK_EMAIL, s.person, who->known, t, left_out);
    if (s.account == US_NOBODY) return s;
    uint32_t whose = company(w, s.account, t);
    if (whose != US_NOBODY) s.account = whose;
    return s;
}
