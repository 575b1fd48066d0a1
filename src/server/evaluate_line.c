/* evaluate_line.c: one durable line → rows of accounts.
 *
 * The same line is loaded into history by history/load*.c; what that makes of it is
 * what stands here, for the case that no line before it changes by it. Where some does,
 * the accounts it touches are given their rows anew, the line's own among them.
 */

#include "server/evaluate_inner.h"

struct taking {
    struct us_evaluator *v;
    const struct us_json_doc *doc;
    struct us_head head;
    uint32_t m;
    int64_t known;
};

/* ---- time ---- */

/* A moment later than all before; else history has to be asked, as a line became known
 * in the past. */
static bool moment(struct us_evaluator *v, int64_t known)
{
    if (known <= v->now) {
        v->stale = v->past = v->owed = true;
        return false;
    }
    return true;
}

/* ---- events ---- */

static us_value property(struct us_evaluator *v, const struct taking *t,
    const struct us_message *m, const struct us_column *c)
{
    us_value value = us_missing();
    uint32_t node = US_JSON_NONE;
    if (m->properties != US_JSON_NONE)
        node = us_json_path(t->doc, m->properties, c->path);
    if (node != US_JSON_NONE) {
        value = us_json_value(t->doc, node, &v->line);
    } else if (m->page_name.len && us_str_eq(c->path, US_S("name"))) {
        value = us_string(m->page_name);
    }
    int64_t millionths;
    if (value.kind != c->kind) return us_missing();
    if (value.kind != US_NUMBER) return value;
    if (!us_decimal(value, &millionths)) return us_missing();
    return us_number((double)millionths / US_MILLION);
}

static us_value *values_of(struct us_evaluator *v, const struct taking *t,
    const struct us_message *m, uint32_t name)
{
    const struct us_need *need = &v->o.rules->plan->need;
    struct us_live_columns columns =
        us_live_columns_of(us_live_rules_plan(v->live), name);
    if (!columns.count) return NULL;
    us_value *values = us_new(&v->line, us_value, need->column_count);
    for (size_t i = 0; i < columns.count; i++)
        values[columns.items[i]] = property(v, t, m, &need->columns[columns.items[i]]);
    return values;
}

/* The index of an event among those asked for. */
static uint32_t name_of(const struct us_evaluator *v, us_str event, bool *named)
{
    uint32_t found = us_intern_find(&v->names, event);
    *named = found != US_INTERN_NONE;
    return *named ? v->name_of[found] : US_NAME_OTHER;
}

/* In no account yet: remembered, as it may come to one. */
static void homeless(
    struct taking *t, const struct us_message *m, const struct us_who *who)
{
    struct us_evaluator *v = t->v;
    bool named;
    uint32_t id = who->user != US_NOBODY ? who->user : who->anonymous;
    uint32_t name = name_of(v, m->event, &named);
    if (id == US_NOBODY || who->group != US_NOBODY) return;
    if (!named && !v->o.rules->plan->need.any) return;
    struct us_log_event row = {.at = m->at,
        .from = t->known,
        .to = US_NEVER,
        .seq = t->head.seq,
        .name = name,
        .user = US_NOBODY};
    us_recent_event(v->recent, id, &row, values_of(v, t, m, name));
}

/* What follows an account to another company. */
static bool asks_of_accounts(const struct us_evaluator *v)
{
    const struct us_need *need = &v->o.rules->plan->need;
    return need->account_trait_count || need->payments || need->deals;
}

static us_code event(struct taking *t, const struct us_message *m)
{
    struct us_evaluator *v = t->v;
    struct us_who who = {.user = us_book_person(v->book, m->user, true),
        .anonymous = us_book_person(v->book, m->anonymous, false),
        .group = us_book_account(v->book, m->group),
        .known = t->known};
    uint32_t raw = who.user != US_NOBODY ? who.user : who.anonymous;
    if (who.group != US_NOBODY && us_book_grouped(v->book)) v->stale = true;
    if (us_book_votes(v->book, raw, who.group) && asks_of_accounts(v)) v->stale = true;
    if (v->stale) return US_OK;
    if (who.user != US_NOBODY) us_book_seen(v->book, who.user);
    if (who.anonymous != US_NOBODY) us_book_seen(v->book, who.anonymous);
    struct us_book_now now = us_book_now(v->book, &who);
    if (now.account == US_NOBODY) homeless(t, m, &who);
    if (now.account == US_NOBODY || us_book_is_internal(v->book, now.person))
        return US_OK;
    us_str key = us_book_account_key(v->book, now.account);
    if (v->o.history_rules->internal_count && us_evaluator_is_ours(v, key))
        return US_OK;
    bool person = now.person != US_NOBODY;
    bool comes = person && us_book_member(v->book, now.person, now.account);
    if (comes && us_book_has_traits(v->book, now.person)) {
        struct us_book_touched traits = us_book_comes(v->book, now.person, now.account);
        us_evaluator_renew_all(
            v, &traits, t->known);      /* what is known of them comes along */
        if (traits.count) return US_OK; /* with all rows, the line's own among them */
    }
    bool named;
    uint32_t name = name_of(v, m->event, &named);
    struct us_log_event row = {.at = m->at,
        .from = t->known,
        .to = US_NEVER,
        .seq = t->head.seq,
        .name = name,
        .user = now.person};
    us_shard_event(v->shard, now.account, &row, values_of(v, t, m, name));
    if (person && us_book_identified(v->book, now.person))
        us_shard_person(v->shard, now.account, now.person);
    v->now = t->known;
    return US_OK;
}

/* ---- traits ---- */

struct trait_taking {
    struct taking *t;
    const us_str *keys; /* that somebody reads */
    size_t key_count;
    struct us_log_trait *rows;
    size_t count, cap;
    int64_t at;
    us_str email;
};

static us_code trait_take(void *ctx, us_str key, uint32_t node, struct us_error *e)
{
    (void)e;
    struct trait_taking *x = ctx;
    struct us_evaluator *v = x->t->v;
    if (us_str_eq(key, US_S("email")))
        x->email = us_json_text(x->t->doc, node, &v->line);
    for (size_t i = 0; i < x->key_count; i++) {
        if (!us_str_eq(x->keys[i], key)) continue;
        *us_push(&v->line, x->rows, x->count, x->cap) =
            (struct us_log_trait){.at = x->at,
                .from = x->t->known,
                .to = US_NEVER,
                .seq = x->t->head.seq,
                .user = US_NOBODY,
                .key = (uint32_t)i,
                .value = us_json_value(x->t->doc, node, &v->line)};
    }
    return US_OK;
}

static struct trait_taking traits_of(
    struct taking *t, uint32_t node, bool of_user, int64_t at, const us_str *omit)
{
    const struct us_need *need = &t->v->o.rules->plan->need;
    struct trait_taking x = {.t = t,
        .keys = of_user ? need->user_traits : need->account_traits,
        .key_count = of_user ? need->user_trait_count : need->account_trait_count,
        .at = at};
    (void)us_traits_walk(t->doc, node, omit, &t->v->line, trait_take, &x, NULL);
    return x;
}

static void account_traits(
    struct taking *t, uint32_t account, const struct trait_taking *x, bool undated)
{
    struct us_evaluator *v = t->v;
    bool ever = false; /* some is a fact of all time */
    bool told = true;  /* … and all of these are known */
    if (!x->count || us_evaluator_is_ours(v, us_book_account_key(v->book, account)))
        return;
    for (size_t i = 0; i < x->count; i++) {
        struct us_log_trait *row = &x->rows[i];
        if (!undated || !us_evaluator_is_fixed(v, x->keys[row->key])) continue;
        row->from = US_ALWAYS;
        ever = true;
        told = told && us_shard_is_told(v->shard, account, row);
    }
    if (v->o.history_rules->unit == US_COMPANY && !us_book_is_plain(v->book)) {
        /* whose it is now history knows */
        v->stale = true;
        if (ever) v->past = v->owed = true;
        return;
    }
    if (ever) v->fixed_seq = t->head.seq;
    if (!told && !us_evaluator_owe(v, account, t->known)) return;
    for (size_t i = 0; i < x->count; i++) {
        us_shard_trait(v->shard, account, &x->rows[i]);
        if (x->rows[i].from != US_ALWAYS) v->now = t->known;
    }
}

static void user_traits(struct taking *t, uint32_t raw, const struct trait_taking *x,
    const struct us_evaluator_renewed *done)
{
    struct us_evaluator *v = t->v;
    us_book_traits(v->book, raw);
    struct us_who who = {.user = US_NOBODY, .anonymous = raw, .group = US_NOBODY};
    uint32_t person = us_book_now(v->book, &who).person;
    if (us_book_is_internal(v->book, person)) return;
    uint32_t account;
    for (size_t n = 0; (account = us_book_account_of(v->book, person, n)) != US_NOBODY;
         n++) {
        if (us_evaluator_is_renewed(done, account)) continue;
        if (!us_book_is_member(v->book, person, account)) continue;
        if (us_evaluator_is_ours(v, us_book_account_key(v->book, account))) continue;
        for (size_t i = 0; i < x->count; i++) {
            struct us_log_trait row = x->rows[i];
            row.user = person;
            us_shard_trait(v->shard, account, &row);
        }
        if (us_book_identified(v->book, person))
            us_shard_person(v->shard, account, person);
        v->now = t->known;
    }
}

/* ---- calls ---- */

static struct us_link link_of(
    const struct taking *t, us_link_kind kind, uint32_t from, uint32_t to)
{
    return (struct us_link){.seq = t->head.seq,
        .known = t->known,
        .undone = US_NEVER,
        .kind = kind,
        .from = from,
        .to = to};
}

static bool mail_links(const struct us_evaluator *v, us_str email)
{
    return v->o.history_rules->unit == US_COMPANY && email.len;
}

static us_code identify(struct taking *t, const struct us_message *m)
{
    struct us_evaluator *v = t->v;
    uint32_t user = us_book_person(v->book, m->user, true);
    uint32_t anonymous = us_book_person(v->book, m->anonymous, false);
    uint32_t raw = user != US_NOBODY ? user : anonymous;
    if (raw == US_NOBODY) return US_OK;
    struct us_evaluator_renewed renewed = {.count = 0};
    struct trait_taking x = traits_of(t, m->traits, true, m->at, NULL);
    if (user != US_NOBODY && anonymous != US_NOBODY) {
        if (x.count) us_book_traits(v->book, raw);
        struct us_link link = link_of(t, US_LINK_ANONYMOUS, anonymous, user);
        us_evaluator_link(v, &link, &renewed);
    }
    us_book_seen(v->book, raw);
    if (mail_links(v, x.email)) {
        us_str domain = us_domain_of(x.email, &v->line);
        uint32_t company = domain.len && !us_domain_is_free(domain)
                               ? us_book_account(v->book, domain)
                               : US_NOBODY;
        struct us_link link = link_of(t, US_LINK_EMAIL, raw, company);
        if (domain.len) us_evaluator_link(v, &link, &renewed);
    }
    for (size_t i = 0; i < x.count && !v->stale; i++)
        us_recent_trait(v->recent, raw, &x.rows[i]);
    bool ours =
        x.email.len && us_history_is_internal(v->o.history_rules, x.email, &v->line);
    if (ours && !us_book_is_internal(v->book, raw)) {
        us_book_internal(v->book, raw);
        us_evaluator_renew_person(v, raw, t->known);
    } else if (x.count && !v->stale) {
        user_traits(t, raw, &x, &renewed);
    }
    return US_OK;
}

static us_code group(struct taking *t, const struct us_message *m)
{
    struct us_evaluator *v = t->v;
    uint32_t user = us_book_person(v->book, m->user, true);
    uint32_t anonymous = us_book_person(v->book, m->anonymous, false);
    uint32_t raw = user != US_NOBODY ? user : anonymous;
    uint32_t account = us_book_account(v->book, m->group);
    if (account == US_NOBODY) return US_OK;
    struct us_evaluator_renewed renewed = {.count = 0};
    struct trait_taking x = traits_of(t, m->traits, false, m->at, NULL);
    if (raw != US_NOBODY) {
        struct us_link link = link_of(t, US_LINK_GROUP, raw, account);
        us_evaluator_link(v, &link, &renewed);
    }
    if (!v->stale && !us_evaluator_is_renewed(&renewed, account))
        account_traits(t, account, &x, false);
    return US_OK;
}

static us_code alias(struct taking *t, const struct us_message *m)
{
    struct us_evaluator *v = t->v;
    if (us_str_eq(m->user, m->previous)) return US_OK;
    uint32_t user = us_book_person(v->book, m->user, true);
    uint32_t previous = us_book_person(v->book, m->previous, true);
    struct us_link link = link_of(t, US_LINK_ALIAS, previous, user);
    struct us_book_touched touched = us_book_link(v->book, &link);
    struct us_evaluator_renewed first = {.count = touched.count};
    if (touched.all || first.count > US_EVALUATOR_TOUCHED_MAX) {
        v->stale = true;
        return US_OK;
    }
    us_evaluator_come(v, &touched, t->known);
    for (size_t i = 0; i < first.count; i++)
        first.accounts[i] = touched.accounts[i];
    link = link_of(
        t, US_LINK_ANONYMOUS, us_book_person(v->book, m->previous, false), user);
    struct us_evaluator_renewed renewed = {.count = 0};
    us_evaluator_link(v, &link, &renewed);
    for (size_t i = 0; i < first.count && !v->stale; i++)
        if (!us_evaluator_is_renewed(&renewed, first.accounts[i]))
            us_evaluator_renew(v, first.accounts[i], t->known);
    return US_OK;
}

static us_code message(struct taking *t, struct us_error *e)
{
    struct us_message m;
    US_TRY(us_message_read(t->doc, t->m, &t->head, US_NEVER, &t->v->line, &m, e));
    t->known = m.known;
    if (m.known > t->v->last) t->v->last = m.known;
    if (!moment(t->v, m.known)) return US_OK;
    switch (m.call) {
    case US_IDENTIFY: return identify(t, &m);
    case US_GROUP: return group(t, &m);
    case US_ALIAS: return alias(t, &m);
    case US_TRACK:
    default: return event(t, &m);
    }
}

/* ---- rows that are no messages ---- */

static us_str field(const struct taking *t, us_str key)
{
    struct us_arena *a = &t->v->line;
    uint32_t node = us_json_get(t->doc, t->m, key);
    if (node == US_JSON_NONE) return (us_str){"", 0};
    switch ((us_json_kind)t->doc->nodes[node].kind) {
    case US_JSON_STRING: return us_str_trim(us_json_text(t->doc, node, a));
    case US_JSON_NUMBER:
    case US_JSON_FALSE:
    case US_JSON_TRUE: return us_json_raw(t->doc, node);
    case US_JSON_NULL:
    case US_JSON_ARRAY:
    case US_JSON_OBJECT:
    default: return (us_str){"", 0};
    }
}

static void account_line(struct taking *t)
{
    static const us_str omit[] = {US_S_INIT("account"), US_S_INIT("at"), US_S_INIT("")};
    uint32_t account = us_book_account(t->v->book, field(t, US_S("account")));
    int64_t at = t->known;
    if (account == US_NOBODY) return;
    bool undated = !us_time_read(field(t, US_S("at")), &at);
    if (undated || at > t->known) at = t->known;
    struct trait_taking x = traits_of(t, t->m, false, at, omit);
    account_traits(t, account, &x, undated);
}

static void money(struct taking *t)
{
    struct us_evaluator *v = t->v;
    const struct us_need *need = &v->o.rules->plan->need;
    if (!(t->head.type == US_LINE_DEAL ? need->deals : need->payments)) return;
    uint32_t account = us_book_account(v->book, field(t, US_S("account")));
    if (v->o.history_rules->unit == US_COMPANY && !us_book_is_plain(v->book)) {
        v->stale = true;
    } else if (account != US_NOBODY &&
               !us_evaluator_is_ours(v, us_book_account_key(v->book, account))) {
        us_evaluator_money(v, account, t->known);
    }
}

static void undo(struct taking *t)
{
    t->v->stale = true;
}

static void company(struct taking *t)
{
    t->v->stale |= t->v->o.history_rules->unit == US_COMPANY;
}

/* NULL: decisions are none of its business. */
typedef void taker(struct taking *t);
static taker *taker_of(us_line_type type)
{
    switch ((int)type) {
    case US_LINE_ACCOUNT: return account_line;
    case US_LINE_PAYMENT:
    case US_LINE_DEAL: return money;
    case US_LINE_UNDO: return undo;
    case US_LINE_COMPANY: return company;
    default: return NULL;
    }
}

static us_code row(struct taking *t)
{
    struct us_evaluator *v = t->v;
    taker *take = taker_of(t->head.type);
    t->known = t->head.known;
    if (!take) return US_OK;
    if (t->known > v->last) v->last = t->known;
    if (moment(v, t->known)) take(t);
    return US_OK;
}

us_code us_evaluator_line(struct us_evaluator *v, us_str line, struct us_error *e)
{
    us_arena_reset(&v->line);
    struct us_json_doc doc;
    struct taking t = {.v = v, .doc = &doc};
    US_TRY(us_json_parse(v->json, line, &doc, e));
    us_code code = us_head_read(&doc, &t.head, &t.m, &v->line, e);
    if (code == US_NOT_FOUND) return US_OK; /* a commit line */
    if (code != US_OK) return code;
    v->counts.lines++;
    v->counts.seq = t.head.seq;
    return t.head.type == US_LINE_MESSAGE ? message(&t, e) : row(&t);
}
