/* circle.c: all ids that are one person, and which of them are others' too.
 *
 * An anonymousId is a machine, and a machine may have had several people at it. Where
 * links tie it to others as well, it is not the person's own: of its lines without a
 * userId those are the person's that identity gives to it (identity.h, rule 1). An
 * e-mail address that somebody else has as well is not the person's own either.
 */
#include "history/core.h"

enum { SQL_MAX = 16 << 20 };
static const size_t WORK_BYTES = (size_t)8 << 30;

struct circle {
    struct us_history *h;
    struct us_arena *a; /* of the answer */
    struct us_arena work;
    us_str key; /* lower case when it is an address */
    bool address;
    uint32_t *person; /* by id: who it is now */
    bool *in;         /* by id: it is this person's */
    bool *shared;     /* by id: an anonymousId that had others at it too */
    struct us_history_circle *out;
    size_t users_cap, anonymous_cap, shared_cap, emails_cap, lines_cap;
};

static us_str lower(struct us_arena *a, us_str s)
{
    char *copy = us_new(a, char, s.len + 1);
    for (size_t i = 0; i < s.len; i++)
        copy[i] =
            s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? (char)(s.ptr[i] | 0x20) : s.ptr[i];
    return (us_str){copy, s.len};
}

static size_t people(const struct circle *c)
{
    return c->h->people.terms.count;
}

/* "(1,2,3)" of those that are set; "(-1)" when none is. */
static void list_put(struct us_buf *sql, const bool *set, size_t count)
{
    us_buf_char(sql, '(');
    us_buf_put(sql, US_S("-1"));
    for (size_t i = 0; i < count; i++)
        if (set[i]) us_buf_fmt(sql, ",%zu", i);
    us_buf_char(sql, ')');
}

/* Sets of what a query of ids finds. */
static us_code ids_set(
    struct circle *c, const struct us_buf *sql, bool *set, struct us_error *e)
{
    struct duck_rows r;
    us_code code;
    us_assert(!sql->full);
    US_TRY(duck_ask(c->h->duck.side, us_buf_str(sql), &r, e));
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            if (!duck_null(&r, 0, i)) set[duck_id(&r, 0, i)] = true;
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

/* ---- who it is ---- */

/* By an id, or by an address that is somebody's. */
static us_code starts_find(struct circle *c, bool *start, struct us_error *e)
{
    for (uint32_t i = 0; i < people(c); i++)
        start[i] = us_str_eq(core_person_key(c->h, i), c->out->asked);
    if (!c->address) return US_OK;
    struct us_buf sql = us_buf_new(&c->work, SQL_MAX);
    us_buf_put(&sql, US_S("SELECT DISTINCT person FROM traits WHERE person IS NOT NULL "
                          "AND key = 'email' AND "
                          "trim(lower(json_extract_string(value, '$'))) = "));
    core_put_text(&sql, c->key);
    return ids_set(c, &sql, start, e);
}

/* Everybody who is the same person as one of those. */
static bool members_set(struct circle *c, const bool *start)
{
    bool any = false;
    bool *same = us_new(&c->work, bool, people(c) + 1);
    for (uint32_t i = 0; i < people(c); i++)
        if (start[i]) any = same[c->person[i]] = true;
    for (uint32_t i = 0; i < people(c); i++)
        c->in[i] = same[c->person[i]];
    return any;
}

/* In rows that have but an address. */
static us_code address_known(struct circle *c, bool *known, struct us_error *e)
{
    int64_t rows = 0;
    if (!c->address) return US_OK;
    struct us_buf sql = us_buf_new(&c->work, SQL_MAX);
    us_buf_put(&sql, US_S("SELECT count(*) FROM (SELECT email AS contact FROM contacts "
                          "UNION ALL SELECT contact FROM mqls UNION ALL SELECT contact "
                          "FROM activities) WHERE lower(contact) = "));
    core_put_text(&sql, c->key);
    US_TRY(duck_number(c->h->duck.side, us_buf_str(&sql), &rows, e));
    *known = rows > 0;
    return US_OK;
}

/* ---- whose machine ---- */

/* Linked to one of the circle, and to somebody else. */
static us_code shared_find(struct circle *c, struct us_error *e)
{
    size_t count = people(c);
    struct us_buf sql = us_buf_new(&c->work, SQL_MAX);
    us_buf_put(&sql, US_S("SELECT from_id FROM links_made WHERE kind = 'anonymous' AND "
                          "from_id IS NOT NULL AND to_id IS NOT NULL AND seq NOT IN "
                          "(SELECT link FROM undos) GROUP BY from_id HAVING "
                          "bool_or(to_id IN "));
    list_put(&sql, c->in, count);
    us_buf_put(&sql, US_S(") AND bool_or(to_id NOT IN "));
    list_put(&sql, c->in, count);
    us_buf_char(&sql, ')');
    return ids_set(c, &sql, c->shared, e);
}

/* Lines of shared machines that are the person's. */
static us_code lines_find(struct circle *c, struct us_error *e)
{
    struct us_history_circle *out = c->out;
    struct us_buf sql = us_buf_new(&c->work, SQL_MAX);
    us_buf_put(
        &sql, US_S("SELECT e.seq FROM events e LEFT JOIN event_spans x ON x.seq "
                   "= e.seq AND x.to_known = TIMESTAMP 'infinity' WHERE e.usr IS "
                   "NULL AND e.anon IN "));
    list_put(&sql, c->shared, people(c));
    us_buf_put(
        &sql, US_S(" AND CASE WHEN x.seq IS NULL THEN e.person ELSE x.person END "
                   "IN "));
    list_put(&sql, c->in, people(c));
    us_buf_put(&sql, US_S(" ORDER BY e.seq"));
    us_assert(!sql.full);
    struct duck_rows r;
    us_code code;
    US_TRY(duck_ask(c->h->duck.side, us_buf_str(&sql), &r, e));
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            *us_push(c->a, out->lines, out->line_count, c->lines_cap) =
                duck_i64(&r, 0, i);
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

/* ---- addresses ---- */

static void email_put(struct circle *c, us_str email)
{
    struct us_history_circle *out = c->out;
    us_str own = lower(c->a, email);
    for (size_t i = 0; i < out->email_count; i++)
        if (us_str_eq(out->emails[i], own)) return;
    *us_push(c->a, out->emails, out->email_count, c->emails_cap) = own;
}

static bool is_address(us_str s)
{
    size_t at = us_str_find(s, US_S("@"));
    return at > 0 && at + 3 < s.len;
}

/* The addresses of the circle, each with whether others have it too. */
static us_code emails_find(struct circle *c, struct us_error *e)
{
    struct us_buf sql = us_buf_new(&c->work, SQL_MAX);
    us_buf_put(&sql, US_S("SELECT email, bool_or(person NOT IN "));
    list_put(&sql, c->in, people(c));
    us_buf_put(&sql, US_S(") FROM (SELECT trim(lower(json_extract_string(value, '$'))) "
                          "AS email, person FROM traits WHERE person IS NOT NULL AND "
                          "key = 'email') WHERE contains(email, '@') GROUP BY email "
                          "HAVING bool_or(person IN "));
    list_put(&sql, c->in, people(c));
    us_buf_put(&sql, US_S(") ORDER BY email"));
    us_assert(!sql.full);
    struct duck_rows r;
    us_code code;
    US_TRY(duck_ask(c->h->duck.side, us_buf_str(&sql), &r, e));
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++) {
            us_str email = duck_text(&r, 0, i);
            bool others = duck_bool(&r, 1, i) && !us_str_eq(email, c->key);
            c->out->others_emails += others;
            if (!others && is_address(email)) email_put(c, email);
        }
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

/* ---- the answer ---- */

static void ids_put(struct circle *c)
{
    struct us_history_circle *out = c->out;
    for (uint32_t i = 0; i < people(c); i++) {
        if (!c->in[i] && !c->shared[i]) continue;
        us_str key = us_arena_str(c->a, core_person_key(c->h, i));
        if (c->shared[i])
            *us_push(c->a, out->shared, out->shared_count, c->shared_cap) = key;
        else if (core_identified(c->h, i))
            *us_push(c->a, out->users, out->user_count, c->users_cap) = key;
        else
            *us_push(c->a, out->anonymous, out->anonymous_count, c->anonymous_cap) =
                key;
        if (core_identified(c->h, i) && is_address(key)) email_put(c, key);
    }
}

static us_code find(struct circle *c, struct us_error *e)
{
    bool known = false;
    bool *start = us_new(&c->work, bool, people(c) + 1);
    c->person = us_new(&c->work, uint32_t, people(c) + 1);
    c->in = us_new(&c->work, bool, people(c) + 1);
    c->shared = us_new(&c->work, bool, people(c) + 1);
    US_TRY(core_people_now(c->h, c->person, e));
    US_TRY(starts_find(c, start, e));
    bool any = members_set(c, start);
    US_TRY(address_known(c, &known, e));
    if (!any && !known)
        return us_fail(e, US_NOT_FOUND, "history.no_person",
            US_ARGS(US_TEXT("id", c->out->asked)));
    US_TRY(shared_find(c, e));
    US_TRY(lines_find(c, e));
    US_TRY(emails_find(c, e));
    if (c->address) email_put(c, c->key);
    ids_put(c);
    return US_OK;
}

us_code us_history_circle(struct us_history *h, us_str asked, struct us_arena *a,
    struct us_history_circle *out, struct us_error *e)
{
    struct us_history_circle found = {.asked = us_arena_str(a, us_str_trim(asked))};
    struct circle c = {.h = h, .a = a, .out = &found};
    us_arena_init(&c.work, WORK_BYTES);
    us_arena_reset(&h->line);
    c.address = is_address(found.asked);
    c.key = lower(&c.work, found.asked);
    us_code code = find(&c, e);
    us_arena_done(&c.work);
    if (code == US_OK) *out = found;
    return code;
}

/* ---- who is not heard of any more ---- */

/* Of every person the newest moment of any line, links and traits too. */
static us_code newest_of(struct circle *c, int64_t *newest, struct us_error *e)
{
    struct duck_rows r;
    us_code code;
    US_TRY(duck_ask(c->h->duck.side,
        US_S(
            "SELECT person, max(happened) FROM (SELECT person, happened FROM events "
            "UNION ALL SELECT usr, happened FROM events UNION ALL SELECT anon, "
            "happened "
            "FROM events UNION ALL SELECT person, happened FROM traits UNION ALL "
            "SELECT from_id, known FROM links_made WHERE kind <> 'company' UNION ALL "
            "SELECT to_id, known FROM links_made WHERE kind IN ('anonymous', 'alias')) "
            "WHERE person IS NOT NULL GROUP BY person"),
        &r, e));
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++) {
            int64_t *own = &newest[c->person[duck_id(&r, 0, i)]];
            if (duck_time(&r, 1, i) > *own) *own = duck_time(&r, 1, i);
        }
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code us_history_gone(struct us_history *h, int64_t before,
    us_history_person_take *take, void *ctx, struct us_error *e)
{
    struct circle c = {.h = h};
    us_arena_init(&c.work, WORK_BYTES);
    us_arena_reset(&h->line);
    c.person = us_new(&c.work, uint32_t, people(&c) + 1);
    int64_t *newest = us_new(&c.work, int64_t, people(&c) + 1);
    for (size_t i = 0; i < people(&c); i++)
        newest[i] = US_ALWAYS;
    us_code code = core_people_now(h, c.person, e);
    if (code == US_OK) code = newest_of(&c, newest, e);
    for (uint32_t i = 0; i < people(&c) && code == US_OK; i++)
        if (newest[c.person[i]] < before)
            code = take(ctx, core_person_key(h, i), core_identified(h, i), false, e);
    us_arena_done(&c.work);
    return code;
}
