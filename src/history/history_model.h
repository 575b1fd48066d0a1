/* history_model.h: what the logs of a random history must be, from a model that knows
 * nothing of tables: it asks identity.h about each line.
 */
#pragma once

#include "history/history_story.h"

/* ---- the model ---- */

/* Persons: 'u' and its texts u0…, a0…; then 'a' and the same: 24 numbers. */
enum { TEXTS = 2 * IDS, PERSONS = 2 * TEXTS };
/* Accounts: g0…, c0…, d0.com… */
enum { GROUPS = 4, COMPANIES = 3, ACCOUNTS = GROUPS + 2 * COMPANIES };

static inline us_str account_name(struct us_arena *a, uint32_t id)
{
    if (id < GROUPS) return us_arena_fmt(a, "g%u", id);
    if (id < GROUPS + COMPANIES) return us_arena_fmt(a, "c%u", id - GROUPS);
    return us_arena_fmt(a, "d%u.com", id - GROUPS - COMPANIES);
}

static inline us_str person_name(struct us_arena *a, uint32_t id)
{
    uint32_t text = id % TEXTS;
    return us_arena_fmt(
        a, "%c:%c%u", id < TEXTS ? 'u' : 'a', text < IDS ? 'u' : 'a', text % IDS);
}

static inline uint32_t user_id(int user)
{
    return user < 0 ? US_NOBODY : (uint32_t)user;
}

static inline uint32_t anonymous_id(int anonymous)
{
    return anonymous < 0 ? US_NOBODY : (uint32_t)(TEXTS + IDS + anonymous);
}

/* A stretch in which somebody is one of an account's people. */
struct stay {
    int64_t from, to;
    struct stay *next;
};

struct model {
    struct us_arena *a;
    const struct story *s;
    struct us_identity *identity;
    int64_t until;
    bool present[ACCOUNTS];
    struct stay *member[ACCOUNTS][PERSONS]; /* for traits of people; unordered */
    bool seen[ACCOUNTS][PERSONS];           /* in a row of the log */
    us_str *rows[ACCOUNTS];
    size_t count[ACCOUNTS], cap[ACCOUNTS];
};

static inline void model_link(struct model *m, const struct move *v, us_link_kind kind,
    uint32_t from, uint32_t to)
{
    if (from == US_NOBODY || to == US_NOBODY) return;
    bool account = kind >= US_LINK_GROUP;
    us_str text = account ? account_name(m->a, to) : person_name(m->a, to);
    if (!account) text = us_str_slice(text, 2, text.len);
    us_identity_add(m->identity,
        &(struct us_link){v->seq, v->known, US_NEVER, kind, from, to, text});
}

static inline void model_links(struct model *m)
{
    for (size_t i = 0; i < m->s->count; i++) {
        const struct move *v = &m->s->moves[i];
        uint32_t user = user_id(v->user);
        uint32_t anonymous = anonymous_id(v->anonymous);
        uint32_t raw = user != US_NOBODY ? user : anonymous;
        if (v->type == IDENTIFY) {
            model_link(m, v, US_LINK_ANONYMOUS, anonymous, user);
            if (m->s->company)
                model_link(
                    m, v, US_LINK_EMAIL, raw, (uint32_t)(GROUPS + COMPANIES + v->name));
        } else if (v->type == GROUP) {
            model_link(m, v, US_LINK_GROUP, raw, (uint32_t)v->group);
        } else if (v->type == ALIAS && v->previous != v->user) {
            model_link(m, v, US_LINK_ALIAS, (uint32_t)v->previous, user);
            model_link(m, v, US_LINK_ANONYMOUS, TEXTS + (uint32_t)v->previous, user);
        } else if (v->type == COMPANY) {
            uint32_t company = (uint32_t)(GROUPS + v->name);
            int other = mapped_company(v);
            model_link(m, v, US_LINK_COMPANY,
                (uint32_t)(other < 0 ? v->group : GROUPS + other), company);
            if (v->dated)
                model_link(m, v, US_LINK_COMPANY,
                    (uint32_t)(GROUPS + COMPANIES + v->target), company);
        } else if (v->type == UNDO && v->target >= 0) {
            us_identity_undo(m->identity, m->s->moves[v->target].seq, v->known);
        }
    }
    us_identity_freeze(m->identity);
}

static inline void model_row(struct model *m, uint32_t account, us_str row)
{
    us_assert(account < ACCOUNTS);
    *us_push(m->a, m->rows[account], m->count[account], m->cap[account]) = row;
}

static inline us_str moment(struct us_arena *a, int64_t at)
{
    return at == US_NEVER    ? US_S("never")
           : at == US_ALWAYS ? US_S("always")
                             : us_arena_fmt(a, "%lld", (long long)at);
}

static inline us_str person_seen(struct model *m, uint32_t account, uint32_t person)
{
    if (person == US_NOBODY) return US_S("nobody");
    m->seen[account][person] = true;
    return person_name(m->a, person);
}

/* A domain that is a mapped company's counts as that company while it is mapped. */
static inline uint32_t company_of(const struct model *m, uint32_t domain, int64_t t)
{
    uint32_t mapped = us_identity_company(m->identity, domain, t, NULL);
    return mapped == US_NOBODY ? domain : mapped;
}

static inline size_t spans_of(
    struct model *m, const struct us_who *who, struct us_span *spans)
{
    return us_identity_spans(m->identity, who, m->s->company, spans, 256);
}

static inline struct us_who who_of(const struct move *v, bool group)
{
    return (struct us_who){user_id(v->user), anonymous_id(v->anonymous),
        group && v->group >= 0 ? (uint32_t)v->group : US_NOBODY, v->known};
}

/* The value of property v as the columns see it: as text, as number. */
static inline us_str columns_text(struct us_arena *a, const char *value)
{
    us_str v = us_str_c(value);
    bool number = v.ptr[0] == '-' || (v.ptr[0] >= '0' && v.ptr[0] <= '9');
    return us_arena_fmt(
        a, "%s %s", v.ptr[0] == '"' ? value : "-", number ? value : "-");
}

static inline uint32_t raw_of(const struct move *v)
{
    return v->user >= 0 ? user_id(v->user) : anonymous_id(v->anonymous);
}

/* When the move's link was undone, US_NEVER: not. */
static inline int64_t undone_at(const struct story *s, const struct move *link)
{
    int64_t at = US_NEVER;
    for (size_t i = 0; i < s->count; i++) {
        const struct move *v = &s->moves[i];
        bool of = v->type == UNDO && v->target >= 0 && &s->moves[v->target] == link;
        if (of && v->known < at) at = v->known;
    }
    return at;
}

static inline bool makes_links(const struct model *m, const struct move *v)
{
    switch ((int)v->type) {
    case IDENTIFY: return (v->user >= 0 && v->anonymous >= 0) || m->s->company;
    case GROUP: return raw_of(v) != US_NOBODY;
    case ALIAS: return v->previous != v->user;
    case COMPANY: return true;
    default: return false;
    }
}

/* Whether it is the moment at which some link was undone. */
static inline bool undoes(const struct model *m, int64_t t)
{
    for (size_t i = 0; i < m->s->count; i++) {
        const struct move *v = &m->s->moves[i];
        if (makes_links(m, v) && undone_at(m->s, v) == t) return true;
    }
    return false;
}

/* From then on, whoever the line is of later, unless a link was undone with that. */
static inline void model_member(struct model *m, const struct us_span *s, int64_t to)
{
    struct stay *stay = us_new(m->a, struct stay, 1);
    struct stay **list = &m->member[s->account][s->person];
    bool ends = s->to != US_NEVER && undoes(m, s->to);
    *stay = (struct stay){s->from, ends && s->to < to ? s->to : to, *list};
    if (stay->from < stay->to) *list = stay;
}

static inline bool is_member(const struct stay *list, int64_t t)
{
    for (; list; list = list->next)
        if (list->from <= t && t < list->to) return true;
    return false;
}

/* The first moment later than t at which that may be another. */
static inline int64_t next_stay(const struct stay *list, int64_t t)
{
    int64_t next = US_NEVER;
    for (; list; list = list->next) {
        if (list->from > t && list->from < next) next = list->from;
        if (list->to > t && list->to < next) next = list->to;
    }
    return next;
}

static inline void model_event(struct model *m, const struct move *v)
{
    struct us_span spans[256];
    struct us_who who = who_of(v, true);
    size_t count = spans_of(m, &who, spans);
    for (size_t i = 0; i < count; i++) {
        uint32_t account = spans[i].account;
        if (account == US_NOBODY || spans[i].from > m->until) continue;
        m->present[account] = true;
        if (spans[i].person != US_NOBODY) model_member(m, &spans[i], US_NEVER);
        us_str person = person_seen(m, account, spans[i].person);
        us_str name = v->name == 2 ? US_S("*") : us_arena_fmt(m->a, "n%d", v->name);
        model_row(m, account,
            us_arena_fmt(m->a, "event %lld %.*s %.*s %.*s %.*s %.*s", (long long)v->at,
                US_ARG(name), US_ARG(person), US_ARG(moment(m->a, spans[i].from)),
                US_ARG(moment(m->a, spans[i].to)),
                US_ARG(columns_text(m->a, v->value))));
    }
}

/* ---- whose an account nobody mapped is: logs_company.c has the rule ---- */

struct ballot {
    int64_t since;
    int domain;
};

static inline int ballot_order(const void *a, const void *b)
{
    const struct ballot *x = a;
    const struct ballot *y = b;
    if (x->since != y->since) return x->since < y->since ? -1 : 1;
    return x->domain - y->domain;
}

/* When it is first true of person and group, or person and domain; US_NEVER: never. */
static inline int64_t first_seen(
    const struct story *s, uint32_t person, int group, int domain)
{
    int64_t first = US_NEVER;
    for (size_t i = 0; i < s->count; i++) {
        const struct move *v = &s->moves[i];
        bool in = group >= 0
                      ? (v->type == TRACK || v->type == GROUP) && v->group == group
                      : v->type == IDENTIFY && v->name == domain;
        if (in && raw_of(v) == person && v->known < first) first = v->known;
    }
    return first;
}

/* The company that leads in group at t: people's domains counted again from the start.
 */
static inline uint32_t leader(const struct model *m, int group, int64_t t)
{
    const struct story *s = m->s;
    struct ballot cast[PERSONS * COMPANIES];
    size_t count = 0;
    for (uint32_t p = 0; p < PERSONS; p++) {
        int64_t inside = first_seen(s, p, group, -1);
        for (int d = 0; d < COMPANIES; d++) {
            int64_t mail = first_seen(s, p, -1, d);
            int64_t since = inside > mail ? inside : mail;
            if (since <= t && since != US_NEVER)
                cast[count++] = (struct ballot){since, d};
        }
    }
    if (count) qsort(cast, count, sizeof *cast, ballot_order);
    int votes[ACCOUNTS] = {0};
    uint32_t lead = US_NOBODY;
    for (size_t i = 0; i < count; i++) {
        uint32_t domain = (uint32_t)(GROUPS + COMPANIES + cast[i].domain);
        uint32_t company = company_of(m, domain, t);
        votes[company]++;
        if (lead == US_NOBODY || votes[company] > votes[lead]) lead = company;
    }
    return lead == US_NOBODY ? (uint32_t)group : lead;
}

/* Stretches of an account's own line, those nobody mapped cut at each line's moment
 * where the lead changes. */
static inline size_t led_spans(
    struct model *m, const struct move *v, struct us_span *spans, size_t max)
{
    struct us_span mapped[256];
    struct us_who who = {US_NOBODY, US_NOBODY, (uint32_t)v->group, v->known};
    size_t n = spans_of(m, &who, mapped);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        struct us_span s = mapped[i];
        if (!m->s->company || s.account != US_NOBODY) {
            spans[count++] = s;
            continue;
        }
        s.account = leader(m, v->group, s.from);
        for (;;) {
            int64_t next = US_NEVER;
            for (size_t k = 0; k < m->s->count; k++) {
                int64_t t = m->s->moves[k].known;
                if (t > s.from && t < next && t < mapped[i].to &&
                    leader(m, v->group, t) != s.account)
                    next = t;
            }
            us_assert(count < max);
            spans[count++] = s;
            if (next == US_NEVER) break;
            spans[count - 1].to = next;
            s.from = next;
            s.account = leader(m, v->group, next);
        }
    }
    return count;
}

static inline const char *shown(const char *value)
{
    return strcmp(value, "null") == 0 ? "-" : value;
}

static inline us_str deal_row(
    struct model *m, const struct move *v, const struct us_span *s)
{
    us_str stage_at = moment(m->a, v->dated ? v->at : US_NEVER);
    return us_arena_fmt(m->a,
        "deal %lld %lld %.*s %.*s never never d%d/s%d//// 0 %d000000",
        (long long)(v->dated ? v->at : v->known), (long long)s->from,
        US_ARG(moment(m->a, s->to)), US_ARG(stage_at), v->target, v->name, v->name + 1);
}

/* Traits, payments and deals of the account: its own stretches. */
static inline void model_account(struct model *m, const struct move *v)
{
    struct us_span spans[256];
    size_t count = led_spans(m, v, spans, 256);
    bool fixed = v->type == ACCOUNT && !v->dated;
    for (size_t i = 0; i < count; i++) {
        uint32_t account = spans[i].account;
        bool last = i + 1 == count;
        bool in_time = v->known <= m->until && spans[i].from <= m->until;
        if (in_time) m->present[account] = true;
        if (v->type == PAYMENT) {
            if (v->known <= m->until)
                model_row(m, account,
                    us_arena_fmt(m->a,
                        "payment %lld %lld %.*s 0 %d000000 0 %lld..%lld 0 x1 yes ///",
                        (long long)v->at, (long long)spans[i].from,
                        US_ARG(moment(m->a, spans[i].to)), v->name + 1,
                        (long long)v->at, (long long)v->at));
            continue;
        }
        if (v->type == DEAL && v->known <= m->until)
            model_row(m, account, deal_row(m, v, &spans[i]));
        if (v->type == DEAL || (v->known > m->until && !fixed)) continue;
        int64_t at = v->type == ACCOUNT && !v->dated ? v->known : v->at;
        us_str from = moment(m->a, fixed && last ? US_ALWAYS : spans[i].from);
        model_row(m, account,
            us_arena_fmt(m->a, "trait %lld %s nobody %.*s %.*s %s", (long long)at,
                v->type == ACCOUNT ? "country" : "plan", US_ARG(from),
                US_ARG(moment(m->a, spans[i].to)), shown(v->value)));
    }
}

static inline void model_members(struct model *m, const struct move *v)
{
    struct us_span spans[256];
    struct us_who who = who_of(v, true);
    if (v->user >= 0) who.anonymous = US_NOBODY;
    size_t count = spans_of(m, &who, spans);
    for (size_t i = 0; i < count; i++)
        if (spans[i].from <= m->until && spans[i].person != US_NOBODY &&
            spans[i].account != US_NOBODY)
            model_member(m, &spans[i], undone_at(m->s, v));
}

/* A trait of a person in [from, to) at an account: while they are a member, by event or
 * by group call. */
static inline void model_trait(
    struct model *m, const struct move *v, uint32_t account, const struct us_span *of)
{
    const struct stay *stays = m->member[account][of->person];
    int64_t from = of->from;
    while (from < of->to) {
        int64_t to = next_stay(stays, from);
        if (!is_member(stays, from)) {
            from = to;
            continue;
        }
        while (to < of->to && is_member(stays, to))
            to = next_stay(stays, to);
        if (to > of->to) to = of->to;
        if (from > m->until) return;
        m->seen[account][of->person] = true;
        model_row(m, account,
            us_arena_fmt(m->a, "trait %lld role %.*s %.*s %.*s %s", (long long)v->at,
                US_ARG(person_name(m->a, of->person)), US_ARG(moment(m->a, from)),
                US_ARG(moment(m->a, to)), shown(v->value)));
        from = to;
    }
}

static inline void model_identify(struct model *m, const struct move *v)
{
    struct us_span spans[256];
    struct us_who who = who_of(v, false);
    size_t count = spans_of(m, &who, spans);
    for (size_t i = 0; i < count; i++) {
        struct us_span of = spans[i];
        while (i + 1 < count && spans[i + 1].person == of.person)
            i++;
        of.to = spans[i].to;
        for (uint32_t account = 0; account < ACCOUNTS && of.person != US_NOBODY;
             account++)
            model_trait(m, v, account, &of);
    }
}

static inline us_str model_print(struct model *m)
{
    struct us_buf out = us_buf_new(m->a, 64 << 20);
    us_str names[ACCOUNTS];
    uint32_t order[ACCOUNTS];
    for (uint32_t i = 0; i < ACCOUNTS; i++)
        names[i] = account_name(m->a, i);
    /* c… d… g…: by key */
    size_t n = 0;
    for (uint32_t i = GROUPS; i < ACCOUNTS; i++)
        order[n++] = i;
    for (uint32_t i = 0; i < GROUPS; i++)
        order[n++] = i;
    for (size_t k = 0; k < n; k++) {
        uint32_t i = order[k];
        if (!m->present[i]) continue;
        for (uint32_t p = 0; p < PERSONS; p++)
            if (m->seen[i][p])
                model_row(m, i,
                    us_arena_fmt(m->a, "person %.*s", US_ARG(person_name(m->a, p))));
        if (m->count[i]) qsort(m->rows[i], m->count[i], sizeof(us_str), fixture_order);
        us_buf_fmt(&out, "account %.*s\n", US_ARG(names[i]));
        for (size_t r = 0; r < m->count[i]; r++) {
            us_buf_put(&out, m->rows[i][r]);
            us_buf_char(&out, '\n');
        }
    }
    return us_buf_str(&out);
}

static inline us_str model_logs(
    struct us_arena *a, const struct story *s, int64_t until)
{
    struct model *m = us_new(a, struct model, 1);
    *m = (struct model){.a = a, .s = s, .until = until};
    m->identity = us_identity_new();
    model_links(m);
    for (size_t i = 0; i < s->count; i++) {
        const struct move *v = &s->moves[i];
        bool in_time = v->known <= until;
        if (v->type == TRACK && in_time) model_event(m, v);
        if (v->type == GROUP && in_time) model_members(m, v);
        if (v->type == GROUP || v->type == ACCOUNT || v->type == PAYMENT ||
            v->type == DEAL)
            model_account(m, v);
    }
    for (size_t i = 0; i < s->count; i++)
        if (s->moves[i].type == IDENTIFY && s->moves[i].known <= until)
            model_identify(m, &s->moves[i]);
    us_identity_free(m->identity);
    return model_print(m);
}
