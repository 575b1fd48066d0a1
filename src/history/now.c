/* now.c: who an event belongs to, by the links loaded before it.
 *
 * A few arrays instead of identity.h's tables, because links and events come mixed and
 * there are many of both. Whatever this gives, settle holds against identity.h; what
 * matters is that it is nearly always the same (events in order of time).
 */
#include "history/core.h"

enum { ALIAS_HOPS_MAX = 8 };

static const char *const link_names[] = {
    [US_LINK_ANONYMOUS] = "anonymous",
    [US_LINK_ALIAS] = "alias",
    [US_LINK_GROUP] = "group",
    [US_LINK_EMAIL] = "email",
    [US_LINK_COMPANY] = "company",
};

const char *core_link_name(us_link_kind kind)
{
    return link_names[kind];
}

us_link_kind core_link_kind(us_str name)
{
    us_link_kind kind = US_LINK_ANONYMOUS;
    while (kind < US_LINK_COMPANY && !us_str_eq(name, us_str_c(link_names[kind])))
        kind++;
    return kind;
}

static struct core_person *person_of(struct us_history *h, uint32_t id)
{
    size_t count = us_arena_used(&h->person_rows) / sizeof(struct core_person);
    for (; count <= id; count++) {
        *us_new(&h->person_rows, struct core_person, 1) = (struct core_person){
            US_NOBODY, US_NOBODY, US_NOBODY, US_ALWAYS, US_ALWAYS, US_ALWAYS};
    }
    return (struct core_person *)(void *)h->person_rows.base + id;
}

static uint32_t *company_of(struct us_history *h, uint32_t id)
{
    size_t count = us_arena_used(&h->account_rows) / sizeof(uint32_t);
    for (; count <= id; count++)
        *us_new(&h->account_rows, uint32_t, 1) = US_NOBODY;
    return (uint32_t *)(void *)h->account_rows.base + id;
}

static void newest(uint32_t *to, int64_t *known, const struct us_link *link)
{
    if (link->known < *known) return;
    *to = link->to;
    *known = link->known;
}

static void note(struct us_history *h, const struct us_link *link)
{
    if (link->kind == US_LINK_COMPANY) {
        *company_of(h, link->from) = link->to;
        return;
    }
    struct core_person *p = person_of(h, link->from);
    if (link->kind == US_LINK_GROUP) {
        newest(&p->group, &p->group_known, link);
    } else if (link->kind == US_LINK_EMAIL) {
        newest(&p->domain, &p->domain_known, link);
    } else {
        newest(&p->user, &p->user_known, link);
        h->aliases |= link->kind == US_LINK_ALIAS;
    }
}

us_code core_now_read(struct us_history *h, struct us_error *e)
{
    if (h->now_there) return US_OK;
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side,
        US_S("SELECT l.known, l.kind, l.from_id, l.to_id FROM links_made l "
             "WHERE l.seq NOT IN (SELECT link FROM undos WHERE link IS NOT NULL) "
             "ORDER BY l.seq"),
        &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK) {
        for (size_t i = 0; i < r.count; i++) {
            struct us_link link = {.known = duck_i64(&r, 0, i),
                .kind = core_link_kind(duck_text(&r, 1, i)),
                .from = duck_id(&r, 2, i),
                .to = duck_id(&r, 3, i)};
            note(h, &link);
        }
    }
    duck_done(&r);
    h->now_there = code == US_NOT_FOUND;
    return h->now_there ? US_OK : code;
}

us_code core_link(struct us_history *h, const struct us_link *link, struct us_error *e)
{
    bool leaves = link->to == US_NOBODY && link->kind == US_LINK_EMAIL;
    if (link->from == US_NOBODY || (link->to == US_NOBODY && !leaves)) return US_OK;
    struct duck_table *t;
    US_TRY(core_table(h, T_LINKS, &t, e));
    duck_put_i64(t, 0, link->seq);
    duck_put_time(t, 1, link->known);
    duck_put_text(t, 2, us_str_c(link_names[link->kind]));
    duck_put_id(t, 3, link->from);
    duck_put_id(t, 4, link->to);
    US_TRY(duck_row_end(t, e));
    note(h, link);
    return US_OK;
}

static uint32_t person_now(struct us_history *h, const struct us_who *who)
{
    uint32_t id = who->user != US_NOBODY ? who->user : who->anonymous;
    if (who->user != US_NOBODY && !h->aliases) return id;
    for (int hop = 0; hop < ALIAS_HOPS_MAX && id != US_NOBODY; hop++) {
        const struct core_person *p = person_of(h, id);
        if (p->user == US_NOBODY || p->user_known > who->known) break;
        id = p->user;
    }
    return id;
}

void core_now(
    struct us_history *h, const struct us_who *who, uint32_t *person, uint32_t *account)
{
    *person = person_now(h, who);
    uint32_t a = who->group;
    bool known = *person != US_NOBODY;
    if (a == US_NOBODY && known) a = person_of(h, *person)->group;
    if (h->rules.unit == US_COMPANY) {
        uint32_t company = a == US_NOBODY ? US_NOBODY : *company_of(h, a);
        if (company == US_NOBODY && known) company = person_of(h, *person)->domain;
        uint32_t whose = company == US_NOBODY ? US_NOBODY : *company_of(h, company);
        a = whose == US_NOBODY ? company : whose;
    }
    *account = a;
}
